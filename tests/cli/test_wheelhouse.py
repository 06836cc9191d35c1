"""What is fetched for a computer without the internet; a whole one was installed with the network cut, by hand."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zhaosheng_analysis.bootstrap import LOCK
from zhaosheng_analysis.cli import main, wheelhouse
from zhaosheng_analysis.schema import DataError


def test_the_versions_fetched_are_those_of_the_lock():
    pins = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\n]+)", wheelhouse._pins(), re.MULTILINE))
    lock = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE))
    assert pins == lock
    assert "pandas" in pins
    assert "--hash" not in wheelhouse._pins()


def test_a_wheel_is_pinned_by_its_name():
    assert wheelhouse._pinned(Path("zhaosheng_analysis-0.1.0-py3-none-any.whl")) == "zhaosheng_analysis==0.1.0"


def test_a_folder_with_files_is_left_alone(tmp_path):
    (tmp_path / "a.txt").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="文件夹里已有文件"):
        CliRunner().invoke(main.app, ["wheelhouse", str(tmp_path)], catch_exceptions=False)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
