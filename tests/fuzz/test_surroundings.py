"""A home, a right, room or a reader that is missing ends in one line of Chinese, and nothing half done is left."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.fuzz import surroundings
from zhaosheng_analysis import demo, geodata
from zhaosheng_analysis.cli import main


@pytest.fixture(scope="module")
def place():
    """Return a folder anybody may enter, with a town in it, after one run has loaded all that a run needs."""
    folder = Path(tempfile.mkdtemp(prefix="surroundings-"))
    folder.chmod(0o755)
    geodata.save(demo.nine_plots(), folder / "town")
    CliRunner().invoke(main.app, ["admit", str(folder / "town"), "--seed", "1", "--out", str(folder / "before")])
    yield folder
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o700)
    shutil.rmtree(folder)


def admit(place, out):
    return ["admit", str(place / "town"), "--seed", "1", "--out", str(out)]


def new(place, name, mode):
    (place / name).mkdir()
    (place / name).chmod(mode)
    return place / name


def one_line(said, word):
    lines = said.strip().splitlines()
    return len(lines) == 1 and word in lines[0] and lines[0].endswith("。")


def test_who_has_no_home_and_no_place_for_what_is_temporary_is_served(place):
    """Nor may nobody write into the package, where compiled code could lie."""
    out = new(place, "open", 0o777)
    assert surroundings.run(admit(place, out / "out"), surroundings.nobody, folder=place) == (0, "")
    assert (out / "out" / "summary.html").is_file()


def test_a_folder_that_may_not_be_written_to_is_told_in_a_line(place):
    out = new(place, "closed", 0o555)
    code, said = surroundings.run(admit(place, out / "out"), surroundings.nobody, folder=place)
    assert (code, one_line(said, "写不进去")) == (1, True), said
    assert not list(out.iterdir())


def test_a_folder_that_may_not_be_read_is_told_in_a_line(place):
    shutil.copytree(place / "town", place / "secret")
    (place / "secret").chmod(0)
    out = new(place, "open2", 0o777)
    words = ["admit", str(place / "secret"), "--seed", "1", "--out", str(out / "out")]
    code, said = surroundings.run(words, surroundings.nobody, folder=place)
    assert (code, one_line(said, "secret")) == (1, True), said
    (place / "secret").chmod(0o755)
    (place / "secret" / "district.gpkg").chmod(0)
    code, said = surroundings.run(words, surroundings.nobody, folder=place)
    assert (code, "district.gpkg" in said, "Traceback" in said) == (1, True, False), said
    assert not list(out.iterdir())


def test_a_full_disk_is_told_in_a_line_and_nothing_is_left(place):
    out = new(place, "small", 0o777)
    code, said = surroundings.run(admit(place, out / "out"), surroundings.full, folder=place)
    assert (code, one_line(said, "写不进去")) == (1, True), said
    assert not list(out.iterdir())


def test_a_disk_that_is_full_is_told_in_a_line_where_one_can_be_mounted(place):
    out = new(place, "disk", 0o777)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(out)], capture_output=True)
    if mounted.returncode:
        return  # only root may mount one; the limit above stands for it
    try:
        code, said = surroundings.run(admit(place, out / "out"), folder=place)
        assert (code, one_line(said, "写不进去")) == (1, True), said
        assert not list(out.iterdir())
    finally:
        subprocess.run(["umount", str(out)], check=True)


def test_a_closed_input_and_a_reader_that_goes_away_are_no_faults(place):
    assert surroundings.run(["policy", "words"], surroundings.deaf, folder=place) == (0, "")
    assert surroundings.run(["check", str(place / "town")], surroundings.deaf, folder=place) == (0, "")
    code, said = surroundings.run(["policy", "words"], surroundings.unread, folder=place)
    assert (code, said) in ((0, ""), (1, ""))
