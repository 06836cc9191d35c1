"""Nothing a person has made is ever written over, and what a run writes comes as one."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import demo, disk, folders, geodata, outputs
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError

ROOT = Path(__file__).parent.parent


def bytes_of(folder):
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def read(name, folder):
    file = os.open(name, os.O_RDONLY, dir_fd=folder)
    try:
        return os.read(file, 100)
    finally:
        os.close(file)


def hidden(folder):
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(".") and path.name != outputs.MARK)


@pytest.fixture(scope="module")
def town_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("towns") / "town"
    geodata.save(demo.nine_plots(), folder)
    return folder


def admit(folder, out, *more):
    words = ["admit", str(folder), "--seed", "1", "--out", str(out), *map(str, more)]
    return CliRunner().invoke(main.app, words)


def test_no_verb_writes_into_the_folder_of_a_district(town_folder):
    before = bytes_of(town_folder)
    for words in (
        ["admit", "--seed", "1"],
        ["siblings", "--seed", "1"],
        ["forecast", "run", "--archive", str(town_folder.parent / "kept")],
        ["forecast", "backtest"],
        ["zones", "check", "--draw"],
    ):
        out = [] if words[:2] == ["zones", "check"] else ["--out"]
        verb = [word for word in words if word.isalpha()][: 2 if words[0] in ("forecast", "zones") else 1]
        rest = words[len(verb) :]
        done = CliRunner().invoke(main.app, [*verb, str(town_folder), *rest, *out, str(town_folder)])
        assert bytes_of(town_folder) == before, words
        assert isinstance(done.exception, DataError | SystemExit), words
    assert "这个文件夹里有区县数据（district.gpkg），不往里写" in str(admit(town_folder, town_folder).exception)


def test_a_file_of_somebody_else_is_named_and_stays(town_folder, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "内部-children.csv").write_text("my own list", encoding="utf-8")
    (out / "notes.txt").write_text("kept", encoding="utf-8")
    refused = admit(town_folder, out)
    assert "内部-children.csv：已有这个文件，不是本程序写出的；不覆盖别人的文件" in str(refused.exception)
    assert bytes_of(out) == {"内部-children.csv": b"my own list", "notes.txt": b"kept"}
    assert admit(town_folder, out, "--force", out / "内部-cuts.csv").exit_code == 1
    assert admit(town_folder, out, "--force", out / "内部-children.csv").exit_code == 0
    assert (out / "notes.txt").read_text(encoding="utf-8") == "kept"
    assert (out / "内部-children.csv").read_bytes() != b"my own list"
    (out / "内部-cuts.csv").write_text("filled in by hand", encoding="utf-8")
    assert "内部-cuts.csv：已有这个文件，之后有人改过" in str(admit(town_folder, out).exception)


def test_a_run_leaves_what_it_writes_and_says_what_it_read(town_folder, tmp_path):
    out = tmp_path / "out"
    assert admit(town_folder, out, "--draws", 2).exit_code == 0
    assert (out / "内部-chances.csv").exists()
    first = bytes_of(out)
    assert admit(town_folder, out).exit_code == 0
    assert not (out / "内部-chances.csv").exists(), "a table of yesterday beside those of today"
    marks = json.loads((out / outputs.MARK).read_text(encoding="utf-8"))
    assert set(marks["files"]) == {path.name for path in out.iterdir()} - {outputs.MARK}
    assert set(marks["read"]["admit"]) == {f"town/{path.name}" for path in town_folder.iterdir()}
    assert admit(town_folder, out, "--draws", 2).exit_code == 0
    assert bytes_of(out) == first


def test_a_run_that_fails_at_its_end_changes_nothing(tmp_path):
    disk_before = {"a.txt": b"1", "b.txt": b"1"}
    with outputs.gathered("verb"):
        outputs.write({tmp_path / "out" / name: content for name, content in disk_before.items()})
    kept = bytes_of(tmp_path / "out")

    def fail():
        with outputs.gathered("verb"):
            outputs.write({tmp_path / "out" / "a.txt": b"2"})
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail()
    assert bytes_of(tmp_path / "out") == kept


def test_a_folder_is_exchanged_in_one_step(tmp_path):
    """Whoever looks while it is written a hundred times finds a whole folder: all files of one writing."""
    names, torn, done = [f"{n}.txt" for n in range(20)], [], threading.Event()

    def write(content):
        with disk.together(tmp_path / "out") as draft:
            for name in names:
                (draft / name).write_text(str(content), encoding="utf-8")

    def look():
        while not done.is_set():
            seen = os.open(tmp_path / "out", os.O_RDONLY)
            try:
                found = {read(name, seen) for name in names}
            except FileNotFoundError:
                continue  # it was exchanged meanwhile, and the old one is being taken away
            finally:
                os.close(seen)
            torn.extend([found] if len(found) > 1 else [])

    write(0)
    looking = threading.Thread(target=look)
    looking.start()
    for content in range(1, 101):
        write(content)
    done.set()
    looking.join()
    assert not torn
    assert hidden(tmp_path) == []


def test_what_a_killed_run_left_is_taken_away_by_the_next(tmp_path):
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    pid = int(dead.stdout)
    (tmp_path / f".out.{pid}.part").mkdir()
    (tmp_path / f".report.html.{pid}.part").write_text("half", encoding="utf-8")
    (tmp_path / f".town.{pid}.old").mkdir()
    (tmp_path / f".town.{pid}.old" / "district.gpkg").write_text("yesterday", encoding="utf-8")
    (tmp_path / f".other.{os.getpid()}.part").write_text("of a run that lives", encoding="utf-8")
    folders.clear(tmp_path)
    assert hidden(tmp_path) == [f".other.{os.getpid()}.part"]
    assert (tmp_path / "town" / "district.gpkg").read_text(encoding="utf-8") == "yesterday"


def test_two_runs_into_one_folder_leave_one_whole(tmp_path):
    code = (
        "import sys\nfrom pathlib import Path\nfrom zhaosheng_analysis import outputs\n"
        "for _ in range(30):\n"
        "    with outputs.gathered('verb') as run:\n"
        "        outputs.write({Path(sys.argv[1]) / f'{n}.txt': sys.argv[2] for n in range(20)})\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "out"), who], cwd=ROOT) for who in "ab"]
    assert [run.wait() for run in runs] == [0, 0]
    assert len({path.read_text(encoding="utf-8") for path in (tmp_path / "out").glob("*.txt")}) == 1
    assert hidden(tmp_path) == []


def test_a_demo_is_not_made_over_the_district_of_somebody_else(tmp_path):
    geodata.save(demo.nine_plots(), tmp_path / "taobei")
    before = bytes_of(tmp_path / "taobei")
    done = CliRunner().invoke(main.app, ["demo", str(tmp_path), "--district", "taobei"])
    assert "已有区县数据（district.gpkg），不是本程序写出的" in str(done.exception)
    assert bytes_of(tmp_path / "taobei") == before


def test_a_made_district_may_be_made_again_until_somebody_changes_it(tmp_path):
    def make():
        with outputs.gathered("demo"), outputs.district(tmp_path / "town") as draft:
            geodata.save(demo.nine_plots(), draft)

    make()
    first = bytes_of(tmp_path / "town")
    make()
    assert bytes_of(tmp_path / "town") == first
    (tmp_path / "town" / "children.csv").write_text("corrected", encoding="utf-8")
    with pytest.raises(DataError, match=r"写出之后有人改过：children\.csv"):
        make()


def test_a_run_ends_in_one_chinese_line_when_it_is_asked_to(town_folder, tmp_path):
    """SIGINT and SIGTERM while a verb works: no traceback, nothing written, nothing left beside."""
    code = (
        "import sys, time\nfrom zhaosheng_analysis.cli import main\nfrom zhaosheng_analysis import geodata\n"
        "def slow(*args, **kwargs):\n    print('begun', flush=True)\n    time.sleep(60)\n"
        "geodata.load = slow\nsys.argv[0] = 'zhaosheng'\nmain.main()\n"
    )
    words = [sys.executable, "-c", code, "admit", str(town_folder), "--seed", "1", "--out", str(tmp_path / "out")]
    for number, expected in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        run = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert run.stdout.readline() == "begun\n"
        run.send_signal(number)
        _, said = run.communicate(timeout=30)
        assert (run.returncode, said) == (expected, "已中止：没有写出新的文件，原有的文件没有变。\n")
        assert not list(tmp_path.iterdir())


def test_a_killed_run_leaves_no_workers(tmp_path):
    code = (
        "import os, time\nfrom zhaosheng_analysis import parallel\n"
        "def work(world, jobs):\n"
        "    open(os.path.join(world, str(os.getpid())), 'w').close()\n    time.sleep(120)\n    return jobs\n"
        f"parallel.spread(work, {str(tmp_path)!r}, range(4), workers=2)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    end = time.monotonic() + 60
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < end:
        time.sleep(0.2)
    workers = [int(path.name) for path in tmp_path.iterdir()]
    assert workers
    run.kill()
    run.wait()
    end = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < end:
        time.sleep(0.2)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


def test_a_disk_that_is_full_half_way_leaves_yesterday(tmp_path):
    """The limit of a file's size stands for the disk: the third file of five does not fit."""
    with outputs.gathered("verb"):
        outputs.write({tmp_path / "out" / f"{n}.txt": b"yesterday" for n in range(5)})
    before = bytes_of(tmp_path / "out")
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom zhaosheng_analysis import outputs\n"
        "from zhaosheng_analysis.schema import DataError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "try:\n    with outputs.gathered('verb'):\n"
        "        outputs.write({Path(sys.argv[1]) / f'{n}.txt': b'x' * 3000 * n for n in range(5)})\n"
        "except DataError as error:\n    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], cwd=ROOT, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == f"{(tmp_path / 'out').as_posix()}：写不进去：文件太大；原有的文件没有变；请核对后再试。\n"
    assert bytes_of(tmp_path / "out") == before
    assert hidden(tmp_path) == []


def test_a_reader_that_goes_away_and_a_closed_input_are_no_faults():
    verb = f"{sys.executable} -m zhaosheng_analysis policy words"
    for words, code in ((f"{verb} | head -1", 0), (f"{verb} <&- | tail -1", 0)):
        run = subprocess.run(["/bin/sh", "-c", words], cwd=ROOT, capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr) == (code, "")
        assert len(run.stdout.splitlines()) == 1
