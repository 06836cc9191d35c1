"""The study of a closure: no child is lost, classes follow from the standard size, prices are never guessed."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import demo, forecast, geodata, policy, redraw, report
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError

RULES = "laoting-2025"


@pytest.fixture(scope="module")
def town():
    return demo.nine_plots()


@pytest.fixture(scope="module")
def outlook(town):
    return forecast.project(town, policy.load(RULES), years=[2026, 2027, 2028])


def study(town, outlook, school="s3", **options):
    """Return the study of one school of the town."""
    return redraw.close(town, outlook, policy.load(RULES), school, **options)


def pupils(outlook, school, years):
    """Count the pupils of a school by year."""
    rows = outlook.grades[(outlook.grades["school_id"] == school) & outlook.grades["year"].isin(years)]
    return rows.groupby("year")["pupils_n"].sum()


def test_every_pupil_comes_to_a_school_that_stays(town, outlook):
    made = study(town, outlook, "s2")
    assert set(made.units["to"]) <= {"s1", "s3"}
    come = made.receivers.groupby("year")["children_come_n"].sum()
    assert come.tolist() == pupils(outlook, "s2", made.years).tolist()
    assert made.units["pupils_n"].sum() == pytest.approx(made.grades["children_n"].sum())
    table = made.receivers
    assert (table["children_before_n"] + table["children_come_n"] == table["children_after_n"]).all()


def test_pupils_who_stay_until_they_leave_do_not_come(town, outlook):
    made = study(town, outlook, from_year=2027, stays=True)
    come = made.classes.set_index(["year", "grade"])["children_come_n"]
    wanted = outlook.grades.set_index(["school_id", "year", "grade"])["pupils_n"]
    assert come[2027, 1] == wanted["s3", 2027, 1]
    assert come[2027, 2] == 0
    assert come[2028, 2] == wanted["s3", 2028, 2]


def test_classes_are_added_where_the_standard_size_asks_for_them(town, outlook):
    rows = outlook.grades["school_id"].isin(["s2", "s3"])
    crowded = outlook.grades.assign(pupils_n=outlook.grades["pupils_n"].where(~rows, 30))
    made = study(town, forecast.Outlook(**(vars(outlook) | {"grades": crowded})))
    # Thirty and thirty are sixty children: two classes of 45 and less where there was one.
    assert set(made.classes["classes_after_n"] - made.classes["classes_before_n"]) == {1}
    assert set(made.classes["largest_n"]) == {60}
    assert made.costs.set_index("item").loc["增加的班", "quantity"] == 6


def test_prices_are_named_or_missing(town, outlook):
    made = study(town, outlook, prices={"不再补足的公用经费": 720.0}).costs.set_index("item")
    assert made.loc["不再补足的公用经费", "amount"] == 720.0 * (100 - 12)
    assert made["amount"].drop("不再补足的公用经费").isna().all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"school": "四小"}, "四小"),
        ({"successor": "s3"}, "不能接收"),
        ({"from_year": 2031}, "2031"),
        ({"prices": {"宿舍": 1.0}}, "宿舍"),
        ({"prices": {"增加的班": "many"}}, "不是数"),
        ({"stage": "junior"}, "junior"),
    ],
)
def test_what_cannot_be_studied_is_refused(town, outlook, options, said):
    with pytest.raises(DataError, match=said):
        study(town, outlook, **options)


def test_the_page_tells_no_few_children_and_the_workbook_has_them(town, outlook):
    made = study(town, outlook)
    public, own = (report.closing.paper(made, public=public) for public in (True, False))
    counts = [
        pd.DataFrame(block["rows"])[1].tolist()
        for paper in (public, own)
        for block in paper.blocks
        if block.get("sheet") == "各年级"
    ]
    assert counts == [["<10"] * 6, [2] * 6]
    assert report.workbook.xlsx(own)[:2] == b"PK"


def test_who_comes_does_not_follow_from_the_pupils_before_and_after(town, outlook):
    many = outlook.grades["school_id"].ne("s3")
    crowded = outlook.grades.assign(pupils_n=outlook.grades["pupils_n"].mask(many, 40).mask(~many, 4))
    made = study(town, forecast.Outlook(**(vars(outlook) | {"grades": crowded})))
    tables = {block.get("sheet"): block for block in report.closing.paper(made).blocks}
    for sheet, come in (("接收学校各年级", "children_n"), ("接收学校", "children_come_n")):
        columns = [column["key"] for column in tables[sheet]["columns"]]
        for row in tables[sheet]["rows"]:
            told = dict(zip(columns, row, strict=True))
            if isinstance(told[come], str):
                assert str in {type(told[name]) for name in ("children_before_n", "children_after_n")}
    assert "<10" in {row[3] for row in tables["接收学校各年级"]["rows"]} | {
        row[4] for row in tables["接收学校各年级"]["rows"]
    }


def test_the_verb_writes_the_paper_and_a_scenario_that_it_reads_again(tmp_path, town):
    geodata.save(town, tmp_path / "town")
    asked = ["redraw", str(tmp_path / "town"), "--policy", RULES, "--years", "2026-2027", "--close"]
    for wanted, out in (("s3", "one"), (str(tmp_path / "one" / "scenario.json"), "two")):
        CliRunner().invoke(main.app, [*asked, wanted, "--out", str(tmp_path / out)], catch_exceptions=False)
    told = [json.loads((tmp_path / out / "scenario.json").read_text(encoding="utf-8")) for out in ("one", "two")]
    assert told[0] == told[1]
    assert told[0]["changes"] == [{"kind": "close", "school": "s3", "successor": "s2", "pupils": "move"}]
    page = (tmp_path / "one" / "closure.html").read_text(encoding="utf-8")
    assert "接收学校各年的班" in page


def test_classes_nobody_counted_are_not_taken_for_none(town, outlook):
    silent = geodata.District(**(vars(town) | {"tables": dict(town.tables)}))
    rolls = town.table("roll_counts")
    mine = rolls["school_id"].eq("s3")
    year = rolls.loc[mine, "school_year"].max()
    rolls = rolls.assign(classes_n=rolls["classes_n"].mask(mine & rolls["school_year"].eq(year)))
    silent.tables["roll_counts"] = rolls
    grades = outlook.grades.assign(classes_n=outlook.grades["classes_n"].mask(outlook.grades["school_id"].eq("s3")))
    made = study(silent, forecast.Outlook(**(vars(outlook) | {"grades": grades})))
    told = made.rolls.set_index("year")["classes_n"]
    assert pd.isna(told[year])
    assert told[year - 1] == 6
    assert pd.isna(made.costs.set_index("item").loc["腾出的班", "quantity"])


def test_one_year_of_rolls_is_told_as_one(town, outlook):
    single = geodata.District(**(vars(town) | {"tables": dict(town.tables)}))
    rolls = town.table("roll_counts")
    single.tables["roll_counts"] = rolls[rolls["school_year"] == rolls["school_year"].max()]
    words = json.dumps(report.closing.paper(study(single, outlook)).blocks, ensure_ascii=False)
    assert "这一年的记录" in words
    assert "在校生由 2" not in words
