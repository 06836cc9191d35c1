"""What is wrong with a file of decisions is told before any source is read, all at once."""

import pytest

from zhaosheng_analysis import ingest
from zhaosheng_analysis.schema import DataError

GOOD = """
[[sources]]
files = "a.csv"
roll_counts = { school_id = "学校", school_year = { is = 2025, why = "x" }, grade = "年级", pupils_n = "人数" }
"""
ABOUT = 'about = { district_id = "x", name = "小小县", crs = "EPSG:4549" }\n'


def load(tmp_path, words: str) -> ingest.Recipe:
    (tmp_path / "ingest.toml").write_text(words, encoding="utf-8")
    return ingest.load(tmp_path / "ingest.toml")


def test_a_good_file_says_which_headers_it_reads(tmp_path):
    recipe = load(tmp_path, ABOUT + GOOD)
    assert recipe.sources[0].headers == ("学校", "年级", "人数")
    assert recipe.about["crs"] == "EPSG:4549"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (GOOD.replace('"a.csv"', '"/somewhere/a.csv"'), "须相对于"),
        (GOOD.replace('"a.csv"', '"a.csv"\nheader = 0'), "须为 1 以上的行号"),
        (GOOD.replace('"a.csv"', '"a.csv"\nheader = ["x"]'), "须为 1 以上的行号"),
        (GOOD.replace('"a.csv"', '"a.csv"\nkeep = { "年级" = { a = 1 } }'), "keep.年级"),
        (GOOD.replace('"a.csv"', '"a.csv"\nmelt = { into = "x" }'), "缺少「columns」"),
        (GOOD.replace('"a.csv"', '"a.csv"\nmelt = { columns = 3, into = "x", value = "y" }'), "须为表头或表头的列表"),
        (GOOD.replace('"a.csv"', '"a.csv"\ndatum = "火星"'), "GCJ-02"),
        (GOOD.replace('"a.csv"', '"a.csv"\ncrs = "EPSG:1"'), "没有坐标系"),
        (GOOD.replace('"a.csv"', '"a.csv"\nrest = "drop"'), "只能是 ignore"),
        (GOOD.replace("pupils_n", "pupil_n"), "pupils_n"),
        (GOOD.replace('"人数" }', '"人数", each = ["x"] }'), "键值表的列表"),
        (GOOD.replace('{ is = 2025, why = "x" }', "2025"), "常数写成"),
        (GOOD.replace('{ is = 2025, why = "x" }', '{ is = 2025, from = "x", why = "x" }'), "写了 2 种做法"),
        (GOOD.replace('"学校"', '{ match = "学校" }'), "没有写与哪个图层对照"),
        (GOOD.replace('"学校"', '{ match = "学校", in = "schools", where = { foo = "x" } }'), "不认识的键「foo」"),
        (ABOUT.replace("4549", "4490") + GOOD, "须为 CGCS2000 三度带投影"),
        (ABOUT.replace("4549", "999999") + GOOD, "须为 CGCS2000 三度带投影"),
        (ABOUT.replace('"x"', '["x"]') + GOOD, "须为文字"),
        ('empty = ["areas"]\n' + GOOD, "没有写坐标系"),
        ("sources = 3\n", "键值表的列表"),
        ("[[sources]]\nfiles = 'a.csv'\n", "没有写要整理成哪张表"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, words, told):
    with pytest.raises(DataError, match=told):
        load(tmp_path, words)


def test_every_fault_is_told_at_once(tmp_path):
    words = ABOUT.replace("4549", "1") + GOOD.replace("pupils_n", "pupil_n").replace('why = "x"', 'why = ""')
    with pytest.raises(DataError) as refused:
        load(tmp_path, words)
    assert len(refused.value.faults) == 3


def test_a_slip_in_a_recipe_does_not_send_to_suggest_what_is_there(tmp_path):
    (tmp_path / "ingest.toml").write_text("empty = [", encoding="utf-8")
    with pytest.raises(DataError) as refused:
        ingest.load(tmp_path / "ingest.toml")
    assert "第 1 行" in str(refused.value)
    assert "suggest" not in str(refused.value)
    with pytest.raises(DataError, match="suggest"):
        ingest.load(tmp_path / "none.toml")
