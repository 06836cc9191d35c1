"""The verb of a redraw, as a planner types it."""

import hashlib
import json
from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import applicants, demo, forecast, geodata
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError

FOLDER = "geodata/taobei"


@pytest.mark.parametrize(
    ("arguments", "found", "remedy"),
    [
        (["--weight", "walk"], "写成 walk", "左=右"),
        (["--weight", "steps=2"], "没有「steps」这一项", "walk、moved"),
        (["--weight", "walk=-1"], "取值为 -1", "不小于 0"),
        (["--forbid", "=tb-sch-j10"], "写成 =tb-sch-j10", "左=右"),
    ],
)
def test_a_wish_that_cannot_be_read_is_refused_before_anything_is_written(tmp_path, arguments, found, remedy):
    verb = ["redraw", FOLDER, "--years", "2026", "--stage", "junior", "--seconds", "1", "--out", str(tmp_path / "out")]
    with pytest.raises(DataError) as caught:
        CliRunner().invoke(main.app, [*verb, *arguments], catch_exceptions=False)
    assert found in str(caught.value)
    assert remedy in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_locks_barriers_and_pairs_that_are_nowhere_are_told_at_once_and_before_the_forecast(tmp_path, monkeypatch):
    geodata.save(demo.nine_plots(), tmp_path / "town")
    monkeypatch.setattr(forecast, "project", None)  # nothing is forecast before the wishes are judged
    verb = ["redraw", str(tmp_path / "town"), "--years", "2026", "--out", str(tmp_path / "out")]
    wrong = ["--lock", "十一号院", "--barrier", "中九路", "--forbid", "一号院=九小"]
    for stage in ([], ["--stage", "primary"], ["--stage", "both"]):
        with pytest.raises(DataError) as caught:
            CliRunner().invoke(main.app, [*verb, *stage, *wrong], catch_exceptions=False)
        assert all(word in str(caught.value) for word in ("十一号院", "中九路", "九小")), stage


def content(district: geodata.District) -> str:
    """Return a hash of all tables and layers of a district, whatever objects hold them."""
    layers = {name: pd.DataFrame(getattr(district, name)) for name in geodata.LAYERS}
    tables = layers | {"zone_schools": district.zone_schools} | district.tables
    parts = [name + table.astype("str").to_csv() for name, table in sorted(tables.items())]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def test_a_redraw_projects_a_district_once_and_builds_its_applicants_once(tmp_path, monkeypatch):
    projected, built = Counter(), Counter()
    project, build = forecast.project, applicants.build

    def projecting(district, policy, *, years, **options):
        projected[content(district), tuple(years)] += 1
        return project(district, policy, years=years, **options)

    def building(district, policy, **options):
        built[content(district)] += 1
        return build(district, policy, **options)

    monkeypatch.setattr(forecast, "project", projecting)
    monkeypatch.setattr(applicants, "build", building)
    chosen = ["--stage", "primary", "--years", "2026", "--iterations", "1", "--seconds", "600", "--workers", "1"]
    geodata.save(demo.nine_plots(), tmp_path / "town")
    verb = ["redraw", str(tmp_path / "town"), *chosen, "--out", str(tmp_path / "new")]
    found = CliRunner().invoke(main.app, verb, catch_exceptions=False)
    assert found.exit_code == 0
    steps = ["推算今天的学区", "已打分 1/", "画各方案的图", "写方案「少动」的材料（1/", "写方案比较页"]
    told = [found.stderr.find(step) for step in steps]
    assert told == sorted(told)
    assert told[0] > found.stderr.rfind("下界") > 0, "what goes on after the search is said as well"
    assignments = [
        json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "new").glob("*/assignment.json")
    ]
    sides = 1 + len({json.dumps(assignment | {"note": ""}, sort_keys=True) for assignment in assignments})
    assert len(assignments) > 2
    assert (len(projected), set(projected.values())) == (sides, {1}), "one forecast a side, none of them twice"
    # The registered children of 2025 are built beside those to come in 2026.
    assert (len(built), set(built.values())) == (sides + 1, {1}), "the applicants of a side are built once"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Return a folder of the nine plots and what is typed to redraw it."""
    path = tmp_path_factory.mktemp("redraw") / "town"
    geodata.save(demo.nine_plots(), path)
    return path


def refused(folder, *arguments: object) -> str:
    """Return the words a redraw is refused with; nothing is forecast before them."""
    verb = ["redraw", "propose", str(folder), "--out", str(folder.parent / "out"), *map(str, arguments)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(forecast, "project", lambda *_, **__: pytest.fail("forecast before the options were judged"))
        done = CliRunner().invoke(main.app, verb)
    assert isinstance(done.exception, DataError)
    assert not (folder.parent / "out").exists()
    return str(done.exception)


def test_a_folder_without_units_is_told_that_a_redraw_needs_them_and_how_to_come_by_them(tmp_path):
    whole = demo.nine_plots()
    counts = {name: whole.table(name) for name in ("plans", "roll_counts")}
    geodata.save(replace(whole, units=whole.units.iloc[:0], tables=counts), tmp_path / "town")
    words = refused(tmp_path / "town")
    assert "(units)里一个也没有，学区调整方案不能没有它" in words
    assert "ingest.toml" in words


def test_every_word_that_is_not_known_is_told_before_the_forecast(town, tmp_path):
    file = tmp_path / "分步.toml"
    file.write_text('name = "分步"\n[[changes]]\nkind = "phase"\ngrades = "al"\n', encoding="utf-8")
    words = refused(town, "--stage", "both3", "--scenario", file)
    for told in (
        "可用：primary、junior、both",
        "缺少「id」",
        "缺少「stage」",
        "缺少「from_year」",
        '写成了 "al"',
    ):
        assert told in words
    file.write_text(
        'id = "a"\nname = "加班"\nstage = "primary"\nfrom_year = 2026\n'
        '[[changes]]\nkind = "classes"\nschool = "第九小学"\nclasses_n = 1\n',
        encoding="utf-8",
    )
    words = refused(town, "--mix", "kind=castle", "--scenario", file)
    assert "第九小学" in words
    assert "castle" in words
    assert "情景须与方案同一学段" in refused(town, "--stage", "junior", "--scenario", file)
