"""A fault of a table that was made names the row and cell of the file it came from, however it was reshaped."""

import pytest

from zhaosheng_analysis import ingest
from zhaosheng_analysis.schema import DataError

MELTED = """
[[sources]]
files = "{files}"
melt = {{ columns = "*年级", into = "年级", value = "人数" }}
[sources.roll_counts]
school_id = {{ key = "学校", prefix = "s" }}
school_year = {{ {year} }}
grade = {{ number_in = "年级" }}
pupils_n = {pupils}
"""
TITLED = "某县在校生统计\n学校,一年级,二年级\n甲,3,{0}\n乙,{1},5\n"


@pytest.fixture
def refused(tmp_path):
    """Return what is said of files that are taken in by a recipe and refused."""

    def refuse(recipe: str, **files: str) -> str:
        for name, content in files.items():
            (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
        (tmp_path / "ingest.toml").write_text(recipe, encoding="utf-8")
        with pytest.raises(DataError) as fault:
            ingest.run(ingest.load(tmp_path / "ingest.toml"), tmp_path / "out")
        return str(fault.value)

    return refuse


def melted(*, files="counts.csv", year='is = 2025, why = "题"', pupils='"人数"'):
    return MELTED.format(files=files, year=year, pupils=pupils)


def test_a_cell_of_columns_side_by_side_is_named_by_its_own_row_and_column(refused):
    said = refused(melted(), counts=TITLED.format("abc", "-4"))
    assert "第 3 行（C3「二年级」）「abc」" in said
    assert "第 4 行（B4「一年级」）「-4」" in said


def test_a_cell_that_a_rule_cannot_read_is_named_by_its_own_letter(refused):
    said = refused(melted(pupils='{ sum = ["人数", 0] }'), counts=TITLED.format("abc", "x"))
    assert "C3「abc」、B4「x」" in said


def test_a_row_is_named_with_its_file_where_several_make_one_table(refused):
    recipe = melted(files="*.csv", year='year_of = "文件名"')
    said = refused(recipe, **{"2024年": TITLED.format(1, 2), "2025年": TITLED.format("abc", 2)})
    assert "2025年.csv 第 3 行（C3「二年级」）「abc」" in said


def test_rows_below_one_another_that_disagree_are_named_as_the_file_counts_them(refused):
    recipe = """
    [[sources]]
    files = "schools.csv"
    leave = { "学校" = "丙" }
    schools = { school_id = { key = "学校", prefix = "s" }, name = "学校", stage = "学段", distinct = true }
    """
    said = refused(recipe, schools="学校,学段\n丙,小学\n甲,小学\n丙,初中\n甲,初中\n")
    assert "第 3 行「小学」、第 5 行「初中」" in said


def test_counts_to_be_added_up_are_named_as_the_file_counts_them(refused):
    said = refused(f"{melted()}total = true\n", counts="学校,一年级,二年级\n甲,3,4\n甲,三,4\n")
    assert "第 3 行（B3「一年级」）「三」" in said
