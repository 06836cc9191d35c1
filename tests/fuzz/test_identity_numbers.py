"""No identity number that somebody wrote into a text comes out again: not in a file, a message or a fault.

``make fuzz`` asks the verbs too that make reports.
"""

import io
import re
import unicodedata
import zipfile

import pandas as pd
import pypdf
import pytest
from typer.testing import CliRunner

from tests.fuzz import ending, hostile
from zhaosheng_analysis import geodata
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError, student_numbers

# The example of GB 11643-1999, as people write it.
CARD = "11010519491231002X"
WIDE = "１１０１０５１９４９１２３１００２Ｘ"
TEXTS = (f"{CARD}，", f"证号{CARD.lower()}，", f"G{CARD}，", f"张三（{WIDE}），")


def leaked(path):
    """Return the numbers in a file, whatever its form."""
    content = path.read_bytes()
    if path.suffix == ".pdf":
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    elif path.suffix == ".parquet":
        text = pd.read_parquet(path).to_csv()
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            text = "".join(package.read(part).decode(errors="replace") for part in package.namelist())
    else:
        text = content.decode(errors="replace")
    return numbers(f"{path.name} {text}")


def numbers(text):
    found = re.findall(r"[0-9]{17}[0-9X]", unicodedata.normalize("NFKC", text).upper())
    return [number for number in found if student_numbers.citizens(pd.Series([number])).all()]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    frames, about = hostile.town(TEXTS)
    folder = tmp_path_factory.mktemp("cards") / "town"
    geodata.save(geodata.assemble(frames, about, where="镇"), folder)
    return folder


def test_no_number_comes_out_of_a_verb(town, tmp_path):
    here, out = str(town), tmp_path / "out"
    verbs = [
        ["check", here, "--strict"],
        ["zones", "check", here],
        ["zones", "parse", here],
        ["admit", here, "--seed", "1", "--out", str(out / "admit")],
        ["explain", here, "c1", "--seed", "1"],
        ["forecast", "run", here, "--archive", str(out / "archive"), "--out", str(out / "forecast")],
    ]
    if ending.SECONDS:
        some = ["--iterations", "1", "--seconds", "30", "--workers", "1", "--page"]
        verbs.append(["report", here, "--out", str(out / "report")])
        verbs.append(["audit", here, "--out", str(out / "audit"), "--keys", str(out / "keys.csv")])
        verbs.append(["redraw", here, "--out", str(out / "redraw"), *some])
    said = {}
    for words in verbs:
        done = CliRunner().invoke(main.app, words)
        assert done.exit_code in (0, 1), (words, done.exception)
        said[words[0]] = f"{done.output}{done.exception}"
    assert not {verb: found for verb, text in said.items() if (found := numbers(text))}
    files = [path for path in sorted(out.rglob("*")) if path.is_file()]
    assert len(files) > 10
    assert not {path.name: found[:1] for path in files if (found := leaked(path))}


def told(frames):
    """Return what is said of frames: the faults, or the notes."""
    try:
        return "".join(map(str, geodata.assemble(frames, {**hostile.little_town.ABOUT}, where=CARD).notes))
    except DataError as error:
        return str(error)


def test_a_number_in_place_of_another_value_is_not_told():
    frames, _ = hostile.town(("甲",))
    for names in (["children", "homes", "schools"], ["applications", "roll_counts", "zones"]):
        columns = {name: [column for column in frames[name] if column != "geometry"] for name in names}
        wrong = {name: frames[name].assign(**dict.fromkeys(columns[name], CARD)) for name in names}
        said = told(frames | wrong)
        assert "110105…2X" in said
        assert not numbers(said)


def test_whoever_sends_numbers_is_told_so_and_they_are_not_kept(town):
    district = geodata.load(town)
    assert any("处身份证号；只留前六位和末两位" in str(note) for note in district.notes)
    assert not numbers("".join(frame.to_csv() for frame in district.tables.values()))
    again = town.with_name("again")
    geodata.save(district, again)
    assert not {path.name for path in again.iterdir() if leaked(path)}
