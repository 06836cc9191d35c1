"""A folder that was read before comes from the user's cache, as it was, and never when anything of it changed."""

import os

import pandas as pd
import pytest

from zhaosheng_analysis import geodata
from zhaosheng_analysis.geodata import kept
from zhaosheng_analysis.schema import DataError


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Keep districts of this test in a folder of its own."""
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "districts"


@pytest.fixture
def large(town_dir):
    """Return the town with a file beside it that makes it worth keeping."""
    (town_dir / "scan.pdf").write_bytes(b"0" * kept._WORTH)
    return town_dir


def _texts(district):
    """Write out everything a district holds, the kind of every column included."""
    frames = {**district.tables, **{name: getattr(district, name) for name in geodata.LAYERS}}
    told = {name: (frame.to_csv(), frame.dtypes.to_string()) for name, frame in sorted(frames.items())}
    return told, district.zone_schools.to_csv(), district.about, district.notes, district.places, district.unused


def test_second_reading_is_the_first(large, cache):
    first = geodata.load(large)
    (file,) = cache.glob("*.zip")
    written = file.stat().st_mtime_ns, file.read_bytes()
    again = geodata.load(large)
    assert _texts(again) == _texts(first)
    assert all(getattr(again, name).crs == getattr(first, name).crs for name in geodata.LAYERS)
    assert file.read_bytes() == written[1]
    again.tables["children"].loc[:, "twin_id"] = "x"  # what one reader writes the next does not see
    assert _texts(geodata.load(large)) == _texts(first)


def test_every_change_is_read(large, cache):
    marks = [kept.mark(large)]
    before = len(geodata.load(large).tables["applications"])
    filed = (large / "applications.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)
    (large / "applications.csv").write_text("".join(filed[:-1]), encoding="utf-8-sig")
    marks.append(kept.mark(large))
    assert len(geodata.load(large).tables["applications"]) == before - 1
    (large / "另一份.pdf").write_bytes(b"")
    marks.append(kept.mark(large))
    (large / "scan.pdf").rename(large / "scan2.pdf")
    (large / "sub").mkdir()
    marks.append(kept.mark(large))
    assert len({*marks}) == len(marks)
    assert "另一份.pdf" in geodata.load(large).unused


def test_a_rule_file_is_part_of_what_was_read(large, cache, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text("", encoding="utf-8")
    assert not geodata.load(large, rules=rules).columns
    rules.write_text(
        '[columns.children]\nboat = { kind = "yes_no", label = "住船上", about = "家在船上" }\n', encoding="utf-8"
    )
    marks = {kept.mark(large), kept.mark(large, rules)}
    rules.write_text("", encoding="utf-8")
    assert len({*marks, kept.mark(large, rules)}) == 3


def test_faults_are_told_every_time(large, cache):
    (large / "homes.csv").write_text("child_id,owner\nc1,谁\n", encoding="utf-8")
    told = []
    for _ in range(2):
        with pytest.raises(DataError) as error:
            geodata.load(large)
        told.append(str(error.value))
    assert told[0] == told[1]
    assert not list(cache.glob("*.zip"))


def test_what_is_spoilt_is_read_again(large, cache):
    first = _texts(geodata.load(large))
    (file,) = cache.glob("*.zip")
    whole = file.read_bytes()
    for spoilt in (b"", whole[:200] + b"\xff" * 64 + whole[264:]):
        file.write_bytes(spoilt)
        assert _texts(geodata.load(large)) == first
        assert file.read_bytes() == whole  # and kept anew


@pytest.mark.skipif(os.name != "posix", reason="who may write to a folder is told by its bits on POSIX only")
def test_nothing_is_believed_that_others_could_have_written(large, cache):
    geodata.load(large)
    cache.chmod(0o777)
    assert kept.place() is None
    assert kept.mark(large) == ""
    cache.chmod(0o700)
    assert kept.mark(large)


def test_nothing_is_kept_where_it_is_switched_off(large, cache, monkeypatch, town_dir):
    (large / "link.pdf").symlink_to(large / "scan.pdf")
    assert kept.mark(large) == ""  # where a link leads is judged anew every time
    (large / "link.pdf").unlink()
    monkeypatch.setenv(kept.VARIABLE, kept.OFF)
    geodata.load(large)
    assert kept.place() is None
    assert not cache.exists() or not list(cache.iterdir())


def test_what_nobody_asked_for_goes(large, cache):
    geodata.load(large)
    (old,) = cache.glob("*.zip")
    os.utime(old, (0, 0))
    (large / "more.pdf").write_bytes(b"")
    geodata.load(large)
    (new,) = cache.glob("*.zip")
    assert new != old


def test_only_what_comes_back_as_it_is_is_kept(large, cache):
    district = geodata.load(large)
    mark = kept.mark(large)
    odd = vars(district) | {"tables": {"children": pd.DataFrame({"x": [(1, 2), [3]]}, dtype=object)}}
    kept.keep("0" * 64, odd)
    assert kept.recalled("0" * 64) is None
    assert kept.recalled(mark) is not None
