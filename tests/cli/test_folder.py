"""``zhaosheng check`` of a folder that is refused, and of one that raises questions."""

from dataclasses import replace

from typer.testing import CliRunner

from zhaosheng_analysis import geodata
from zhaosheng_analysis.cli import main


def test_a_refused_folder_still_has_its_picture(town, tmp_path):
    far = town.zones.set_crs("EPSG:4550", allow_override=True).to_crs(town.crs)
    geodata.save(replace(town, zones=far, tables={}), tmp_path / "town")
    done = CliRunner().invoke(main.app, ["check", str(tmp_path / "town"), "--picture", str(tmp_path / "at.png")])
    assert done.exit_code == 1
    assert "向西移 3 度就在区县界内，像是中央经线写错" in done.output
    assert (tmp_path / "at.png").read_bytes().startswith(b"\x89PNG")


def test_sentences_that_cannot_be_put_on_the_map_are_questions_of_check(town, tmp_path):
    worded = town.zones.assign(sentence=["还包括十号院", *[None] * (len(town.zones) - 1)])
    geodata.save(replace(town, zones=worded, tables={}), tmp_path / "town")
    done = CliRunner().invoke(main.app, ["check", str(tmp_path / "town"), "--strict"])
    assert done.exit_code == 1
    n = done.output.count("（请确认）")
    assert done.output.startswith(f"{town.name}：没有错误，有 {n} 处请确认。")
    assert "有 1 个学区的文字不能都落到图上" in done.output
    assert "十号院" in done.output
