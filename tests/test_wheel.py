"""The package as a bureau gets it: a wheel, installed where there is no checkout, run in a folder of one's own."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

ROOT = Path(__file__).parent.parent


def run(*command: object, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    """Run a command without this checkout on the path of Python."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel."""
    made = tmp_path_factory.mktemp("wheel")
    done = run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", made)
    assert done.returncode == 0, done.stderr
    return next(made.glob("*.whl"))


@pytest.fixture(scope="module")
def programs(wheel) -> Path:
    """Install the wheel beside the locked packages and return the folder of its programs.

    A path in a ``.pth`` file is searched, but the ``.pth`` files in it are not read: the checkout stays unknown.
    """
    folder = wheel.parent / "environment"
    venv.create(folder)
    own = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
    (Path(own["purelib"]) / "locked.pth").write_text(sysconfig.get_paths()["purelib"], encoding="utf-8")
    python = Path(own["scripts"]) / "python"
    done = run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    assert done.returncode == 0, done.stderr
    return python.parent


def test_every_file_of_the_package_and_every_notebook_is_in_the_wheel(wheel):
    ours = [path for path in (ROOT / "zhaosheng_analysis").rglob("*") if path.is_file()]
    wanted = {path.relative_to(ROOT).as_posix() for path in ours if path.suffix != ".pyc"}
    wanted |= {f"zhaosheng_analysis/notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    handbook = [path for path in (ROOT / "docs").rglob("*") if path.is_file()]
    wanted |= {f"zhaosheng_analysis/{path.relative_to(ROOT).as_posix()}" for path in handbook}
    wanted |= {f"zhaosheng_analysis/docs/{name}" for name in ("README.zh-CN.md", "early-warning.png")}
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert inside == wanted


def test_where_it_is_installed_no_checkout_can_be_imported(programs, tmp_path):
    where = "import pathlib, zhaosheng_analysis as zs; print(pathlib.Path(zs.__file__).parents[1])"
    done = run(programs / "python", "-c", where, cwd=tmp_path)
    assert Path(done.stdout.strip()).is_relative_to(programs.parent)


def test_a_demo_district_and_its_report_are_made_in_a_folder_of_ones_own(programs, tmp_path):
    received = tmp_path / "notebooks" / "05-early-warning.ipynb"  # never run: nobody named it
    received.parent.mkdir()
    bad = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("open('../ran', 'w')")])
    received.write_text(nbformat.writes(bad), encoding="utf-8")

    made = run(programs / "zhaosheng", "demo", "d", "--district", "laoting", cwd=tmp_path)
    assert (made.returncode, made.stdout) == (0, "d/laoting\n"), made.stderr
    written = run(programs / "zhaosheng", "report", "d/laoting", cwd=tmp_path)
    assert written.returncode == 0, written.stderr
    assert written.stdout.splitlines() == ["reports/laoting/early-warning.html", "reports/index.html"]
    assert "乐亭县" in (tmp_path / "reports" / "laoting" / "early-warning.html").read_text(encoding="utf-8")
    assert not (tmp_path / "ran").exists()


def test_the_handbook_is_written_without_a_checkout(programs, tmp_path):
    done = run(programs / "zhaosheng", "docs", "--out", "说明书", cwd=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "说明书/index.html"), done.stderr
    pages = {path.resolve(): path.read_text(encoding="utf-8") for path in (tmp_path / "说明书").rglob("*.html")}
    assert len(pages) > 10
    for path, text in pages.items():
        links = [unquote(link) for link in re.findall(r'(?:href|src)="([^"]+)"', text) if not link.startswith("http")]
        for link in links:
            name, _, anchor = link.partition("#")
            there = (path.parent / name).resolve() if name else path
            assert there.is_file(), (path.name, link)
            assert not anchor or there.suffix != ".html" or f'id="{anchor}"' in pages[there], (path.name, link)
    assert "zhaosheng ingest suggest" in pages[(tmp_path / "说明书" / "导入.html").resolve()]


@pytest.mark.parametrize("verb", ["test", "strip", "benchmark"])
def test_what_works_on_a_checkout_says_in_one_line_that_there_is_none(programs, tmp_path, verb):
    done = run(programs / "zhaosheng", verb, cwd=tmp_path)
    told = f"zhaosheng {verb}：安装的程序包里没有测试、笔记本源文件和基准；请在项目的检出目录里运行。\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)
    assert not list(tmp_path.iterdir())
