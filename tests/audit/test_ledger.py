"""The ledger: every item at every school, struck off by somebody on a day, out to Excel and back."""

import functools
import hashlib
import io
from dataclasses import replace

import pandas as pd
import pytest
import python_calamine

from tests.towns.audit_town import changed, layers, run, tables, town
from zhaosheng_analysis.audit import findings, ledger, ledger_workbook
from zhaosheng_analysis.schema import DataError

QUESTIONS = [f"ZH-{n:02d}" for n in range(1, 26)]


@functools.cache
def audited() -> findings.Findings:
    """A child of 甲小学 is on the roll of 乙小学 too; the inspector has not answered ZH-09 about 甲小学."""
    roll = tables("roll")["roll"]
    twice = pd.concat([roll, roll[roll["pupil_id"] == "o-a-1"].assign(school_id="b")])
    answers = tables("findings")["findings"]
    answers.loc[answers["finding_id"] == "i-ZH-09-a", "answer"] = ""
    return run(town({"roll": twice, "findings": answers}))


def opened() -> ledger.Ledger:
    return ledger.from_findings(audited(), town())


def status(book: ledger.Ledger, item: str, school: str) -> str:
    rows = book.rows
    return ledger.statuses(book)[(rows["item"] == item) & (rows["school_id"] == school)].item()


def test_the_25_questions_stand_once_for_every_school():
    rows = opened().rows
    asked = rows[rows["item"].isin(QUESTIONS) & rows["school_id"].ne("")]
    assert len(asked) == 25 * 4
    assert not rows.duplicated(["item", "school_id"]).any()
    assert asked["item"].drop_duplicates().tolist() == QUESTIONS


def test_an_item_is_a_finding_before_it_is_a_question_before_it_is_a_pass():
    book = opened()
    assert status(book, "ZH-25", "b") == "open"
    assert status(book, "ZH-25", "j") == "pass"
    assert status(book, "ZH-25", "a") == "waiting"  # its pupil is on two rolls
    assert status(book, "ZH-09", "a") == "waiting"
    assert status(book, "ZH-09", "j") == "pass"


def test_what_is_only_worth_knowing_is_nothing_to_be_put_right_unless_an_inspector_says_so():
    book = opened()
    mine = (book.rows["item"] == "ZH-25") & (book.rows["school_id"] == "b")
    book = replace(book, rows=book.rows.assign(severity=book.rows["severity"].mask(mine, "note")))
    assert status(book, "ZH-25", "b") == "noted"
    assert ledger.add_up(book).query("level == 'school' and school_id == 'b'")["noted"].tolist() == [1]
    with pytest.raises(DataError, match="没有待整改"):
        ledger.cure(book, "ZH-25", "b", by="李", on="2024-11-20")
    assert status(ledger.answer(book, "ZH-25", "b", found=True, by="检查组", on="2024-11-01"), "ZH-25", "b") == "open"


def test_a_matter_of_the_district_has_a_row_of_its_own():
    rows = opened().rows
    whole = rows[rows["school_id"] == ""]
    assert "ZH-21" in set(whole["item"])
    assert status(opened(), "ZH-21", "") == "pass"


def test_a_school_no_rule_is_about_is_not_concerned():
    assert status(opened(), "ZH-02", "a") == "pass"
    assert status(opened(), "ZH-04", "a") == "not_concerned"


def test_striking_off_asks_who_and_when():
    book = ledger.cure(opened(), "ZH-25", "b", by="李", on="2024-11-20", note="已注销一条")
    assert status(book, "ZH-25", "b") == "cured"
    row = book.rows[(book.rows["item"] == "ZH-25") & (book.rows["school_id"] == "b")].iloc[0]
    assert (row["cured_by"], row["cured_on"], row["note"]) == ("李", pd.Timestamp("2024-11-20"), "已注销一条")


@pytest.mark.parametrize(
    ("item", "school", "by", "on", "words"),
    [
        ("ZH-25", "j", "李", "2024-11-20", "没有待整改"),
        ("ZH-25", "b", "", "2024-11-20", "销号人"),
        ("ZH-25", "b", "李", "2024-10-01", "早于核查日期"),
        ("ZH-52", "a", "李", "2024-11-20", "没有事项"),
    ],
)
def test_a_striking_off_that_cannot_be_is_refused(item, school, by, on, words):
    with pytest.raises(DataError, match=words):
        ledger.cure(opened(), item, school, by=by, on=on)


def test_an_inspectors_answer_decides_what_the_data_could_not_and_never_clears_a_finding():
    book = ledger.answer(opened(), "ZH-09", "a", found=False, by="检查组", on="2024-11-01")
    assert status(book, "ZH-09", "a") == "pass"
    book = ledger.answer(book, "ZH-25", "b", found=False, by="检查组", on="2024-11-01")
    assert status(book, "ZH-25", "b") == "open"
    book = ledger.answer(book, "ZH-25", "j", found=True, by="检查组", on="2024-11-01")
    assert status(book, "ZH-25", "j") == "open"


def test_sums_add_up_from_school_to_unit_to_district():
    book = opened()
    sums = ledger.add_up(book)
    by_level = sums.groupby("level")[list(ledger.STATUSES)].sum()
    assert (by_level.loc["school"] == by_level.loc["district"]).all()
    assert (by_level.loc["org"] == by_level.loc["district"]).all()
    assert by_level.loc["district"].sum() == len(book.rows)
    assert set(sums.loc[sums["level"] == "org", "org"]) == {"西片中心校", "东片中心校", "区级事项"}


def test_last_year_beside_this_year_new_lasting_cured_and_rebounded():
    last = opened()
    clean = ledger.from_findings(run(town()), town())
    again = opened()
    assert change(ledger.compare(clean, again)) == "new"
    assert change(ledger.compare(last, again)) == "lasting"
    gone = ledger.compare(last, clean)
    assert change(gone) == "gone"
    assert change(ledger.compare(gone, again)) == "rebounded"
    cured = ledger.cure(last, "ZH-25", "b", by="李", on="2024-11-20")
    assert change(ledger.compare(cured, again)) == "rebounded"
    assert change(ledger.compare(last, cured)) == "cured"
    blind = ledger.from_findings(run(without(town(), "attendance")), town())
    assert change(ledger.compare(clean, blind)) == "lost"


def change(book: ledger.Ledger) -> str:
    rows = book.rows
    return rows.loc[(rows["item"] == "ZH-25") & (rows["school_id"] == "b"), "change"].item()


def without(district, name):
    from dataclasses import replace

    return replace(district, tables={key: frame for key, frame in district.tables.items() if key != name})


def test_whoever_answers_for_an_open_row_still_does_next_year():
    last = opened()
    at = last.rows.index[(last.rows["item"] == "ZH-25") & (last.rows["school_id"] == "b")]
    last.rows.loc[at, "owner"] = "王"
    later = ledger.compare(last, opened())
    assert later.rows.loc[at, "owner"].item() == "王"


@functools.cache
def filled() -> ledger.Ledger:
    book = ledger.cure(opened(), "ZH-25", "b", by="=李", on="2024-11-20", note="一行\n两行，“引号”")
    book = ledger.answer(book, "ZH-09", "a", found=True, by="001", on="2024-11-01")
    return ledger.compare(ledger.from_findings(run(town()), town()), book)


@functools.cache
def written() -> bytes:
    return ledger_workbook.write(filled())


def test_excel_out_and_in_again_loses_nothing():
    book = filled()
    back = ledger_workbook.read(ledger_workbook.write(book))
    pd.testing.assert_frame_equal(back.rows, book.rows, check_dtype=False)
    for name in ("district", "district_name", "policy", "policy_title", "on", "year"):
        assert getattr(back, name) == getattr(book, name)
    assert ledger_workbook.write(back) == ledger_workbook.write(book)


def test_a_school_whose_name_looks_like_a_formula_stays_a_name():
    schools = layers()["schools"]
    schools.loc[schools["school_id"] == "a", "name"] = "=1+1"
    book = ledger.from_findings(run(town({"schools": schools}), only=["roll.duplicate"]), town({"schools": schools}))
    back = ledger_workbook.read(ledger_workbook.write(book))
    assert "=1+1" in set(back.rows["name"])


def spoilt(column: str, word: str) -> bytes:
    """Write the ledger, then type a word into the first cell of a column, as somebody in Excel does."""
    import xlsxwriter

    source = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(written()))
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for name in source.sheet_names:
            sheet, cells = book.add_worksheet(name), source.get_sheet_by_name(name).to_python(skip_empty_area=False)
            at = cells[0].index(column) if name == ledger_workbook.SHEET else -1
            for down, row in enumerate(cells):
                for across, cell in enumerate(row):
                    text = word if name == ledger_workbook.SHEET and (down, across) == (1, at) else cell
                    sheet.write(down, across, f"{text:%Y-%m-%d}" if hasattr(text, "year") else text)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("column", "word", "found"),
    [
        ("检查结论", "大概没有", "检查结论.*2「大概没有」"),
        ("销号日期", "2024-02-30", "销号日期.*2「2024-02-30」.*没有这一天"),
        ("销号人", "李", "销号不全，如第 2 行"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_cell(column, word, found):
    with pytest.raises(DataError, match=found):
        ledger_workbook.read(spoilt(column, word))


def returned(
    *, above=(), below=(), hidden=(), day="%Y-%m-%d", merged=False, turned=False, more="", pad="", again=0
) -> bytes:
    """Write the ledger as an office sends it back: retyped under a title, summed up, filtered, with its own dates.

    Columns may be turned about, one of their own added, words padded, the heading printed again below some rows.
    """
    import xlsxwriter

    source = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(written()))
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"strings_to_formulas": False}) as book:
        for name in source.sheet_names:
            sheet, rows = book.add_worksheet(name), source.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if name == ledger_workbook.SHEET:
                rows = [[*row, more if at else more and "科室意见"] for at, row in enumerate(rows)] if more else rows
                rows = [row[::-1] for row in rows] if turned else rows
                rows = [
                    [f"{pad}{cell}{pad}" if isinstance(cell, str) and cell else cell for cell in row] for row in rows
                ]
                rows = [*above, *rows[: again or None], *([rows[0], *rows[again:]] if again else []), *below]
            for down, row in enumerate(rows):
                dated = day if name == ledger_workbook.SHEET else "%Y-%m-%d"
                words = [f"{cell:{dated}}" if hasattr(cell, "year") else str(cell) for cell in row]
                words = [word.removesuffix(".0") for word in words]
                for across, word in enumerate(words):
                    if word:
                        sheet.write_string(down, across, word)
            if name == ledger_workbook.SHEET:
                for at in hidden:
                    sheet.set_row(at, None, None, {"hidden": True})
                if merged:
                    sheet.merge_range(1, rows[0].index("责任人"), 3, rows[0].index("责任人"), "王")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("dirt", "said"),
    [
        ({"above": [["某县自查台账"], ["填表人：王"]]}, "表头在第 3 行"),
        ({"below": [["合计", "", "", "218"], [], ["注：本表一式两份"]]}, "A219「合计」"),
        ({"hidden": [2, 5]}, "第 3 行、第 6 行"),
        ({"day": "%Y年%m月%d日"}, ""),
        ({"day": "%Y.%m.%d"}, ""),
        ({"day": "%Y%m%d"}, ""),
        ({"day": "%Y/%m/%d 0:00:00"}, ""),
        ({"turned": True}, ""),
        ({"more": "同意"}, "科室意见"),
        ({"pad": " "}, ""),
        ({"again": 4}, "A5「事项」"),
        ({"above": [["某县自查台账"]], "below": [["合计"]], "day": "%Y.%m.%d", "pad": "\u3000"}, "表头在第 2 行"),
    ],
)
def test_a_ledger_that_comes_back_untidy_is_the_same_ledger(dirt, said):
    back = ledger_workbook.read(returned(**dirt))
    pd.testing.assert_frame_equal(back.rows, filled().rows, check_dtype=False)
    assert said in " ".join(map(str, back.notes))


def test_an_owner_merged_over_rows_answers_for_each_of_them():
    back = ledger_workbook.read(returned(merged=True))
    assert back.rows["owner"].tolist()[:4] == ["王", "王", "王", ""]


@pytest.mark.parametrize("day", ["%m/%d/%Y", "%m月%d日"])
def test_a_date_that_names_no_year_first_is_refused_with_its_cell(day):
    with pytest.raises(DataError, match=r"列「销号日期」有 1 处不能识别：[A-Z]+\d+「"):
        ledger_workbook.read(returned(day=day))


def test_the_sample_is_the_one_anybody_computes_from_the_seed():
    drawn, pupils = ledger.spot_check(town(), seed="2024-11-01", schools_n=3, pupils_n=2)

    def ticket(name: str, stream: str) -> str:
        return hashlib.sha256(f"2024-11-01|{stream}|{name}".encode()).hexdigest()[:16]

    order = sorted("abpj", key=lambda name: ticket(name, "spot-check"))
    unit = {"a": "west", "j": "west", "b": "east", "p": "east"}
    first = [next(name for name in order if unit[name] == where) for where in dict.fromkeys(map(unit.get, order))]
    assert drawn["school_id"].tolist() == [*first, *[name for name in order if name not in first]][:3]
    assert drawn["ticket"].tolist() == [ticket(name, "spot-check") for name in drawn["school_id"]]
    own = sorted(
        tables("roll")["roll"].query("school_id == @first[0]")["pupil_id"], key=lambda n: ticket(n, "spot-check pupils")
    )
    assert pupils.loc[pupils["school_id"] == first[0], "pupil_id"].tolist() == own[:2]


def test_every_reporting_unit_is_sampled_before_any_is_twice():
    for seed in map(str, range(20)):
        drawn, _ = ledger.spot_check(town(), seed=seed, schools_n=2)
        assert {"a": 0, "j": 0, "b": 1, "p": 1}[drawn["school_id"][0]] != {"a": 0, "j": 0, "b": 1, "p": 1}[
            drawn["school_id"][1]
        ]


def test_schools_are_ranked_by_findings_and_complaints():
    told = pd.concat(
        [changed("complaints", "complaint_id", "k1", school_id="p", complaint_id=f"k{n}") for n in range(3)]
    )
    district = town({"complaints": told})
    ranked = ledger.need_guidance(opened(), district)
    assert ranked["school_id"].tolist()[:2] == ["p", "b"]
    assert ranked.loc[0, ["open_n", "complaints_n"]].tolist() == [0, 3]
