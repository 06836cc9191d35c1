"""The command line as a planner meets it: Chinese help, Chinese errors, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zhaosheng_analysis.cli import demo, main, options
from zhaosheng_analysis.schema import DataError

ROOT = Path(__file__).parents[2]


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    """Run ``python -m zhaosheng_analysis`` with UTF-8 output."""
    command = [sys.executable, "-m", "zhaosheng_analysis", *arguments]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_help_is_chinese_and_loads_none_of_the_heavy_libraries():
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom zhaosheng_analysis.cli import main\n"
        "print(CliRunner().invoke(main.app, ['--help']).output)\n"
        "heavy = {'pandas', 'numpy', 'geopandas', 'matplotlib', 'sklearn', 'numba', 'nbclient'}\n"
        "print(sorted(set(sys.modules) & heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert "学位预警" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_wrong_data_is_told_in_chinese_on_the_error_stream_without_a_traceback(tmp_path):
    done = run("report", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "没有这个文件夹" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()


def test_settings_are_sorted_by_the_case_of_their_names():
    chosen = options.chosen(["YEARS_AHEAD=3", "cutoff.inclusive=false", "order=甲"], "jia-2025")
    assert chosen == {"POLICY": "jia-2025", "YEARS_AHEAD": 3, "SETTINGS": {"cutoff.inclusive": False, "order": "甲"}}


def test_a_setting_without_a_value_is_refused():
    with pytest.raises(DataError, match="没有等号"):
        options.chosen(["YEARS_AHEAD"], "")


def test_an_unknown_demo_district_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(DataError, match=r"没有示例区县「beijing」.*pingcheng"):
        demo.write(tmp_path, ["beijing"], "")


def test_a_misspelt_policy_parameter_is_refused_by_name():
    with pytest.raises(DataError, match=r"cutoff\.inclusiv"):
        CliRunner().invoke(
            main.app, ["policy", "show", "taobei-2024", "--set", "cutoff.inclusiv=false"], catch_exceptions=False
        )


def test_a_console_in_gbk_shows_a_mark_for_a_character_it_lacks():
    line = "import sys; from zhaosheng_analysis.cli.main import main; sys.argv[0] = 'zhaosheng'; main()"
    known = os.environ | {"PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-c", line, "zones", "parse", "𠮷庆路以东"], env=known, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout.decode("gbk").splitlines()[0]) == (0, "?庆路以东"), done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["admit", "数据"], "没有写选项 --seed\n用法见："),
        (["admit"], "没有写「区县数据文件夹」"),
        (["admit", "数据", "--sed", "1"], "没有选项「--sed」；是不是「--seed」？"),
        (["admit", "数据", "--seed", "1", "--draws", "x"], "选项 --draws 的值不合要求；请写数字"),
        (["admit", "甲", "乙", "--seed", "1"], "多写了「乙」；含空格的文件名请加引号"),
        (["admti", "数据"], "没有命令「admti」；是不是「admit」？"),
        (["policy", "chek"], "没有命令「chek」；是不是「check」？"),
        (["policy", "new", "heping-2026", "--like"], "选项 --like 后面没有写值"),
    ],
)
def test_a_verb_called_amiss_is_told_in_chinese(words, said):
    done = CliRunner().invoke(main.app, words)
    assert done.exit_code == 2
    assert said in done.output
    assert not any(word in done.output for word in ("Usage", "Error", "Missing"))
