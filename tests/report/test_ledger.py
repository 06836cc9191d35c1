"""The ledger as the report shows it and as it prints: on the clean town with one fee and one empty seat."""

import io
import json

import pypdf

from tests.towns.audit_town import run, town, with_two_faults
from zhaosheng_analysis import report
from zhaosheng_analysis.audit import ledger, ledger_workbook


def words(block) -> str:
    return json.dumps(block.data, ensure_ascii=False)


def test_every_question_is_answered_in_numbers_of_schools():
    _, _, book = with_two_faults()
    data = report.ledger.answers(book).data
    asked = [row for row in data["rows"] if row[0].startswith("ZH-")]
    assert len({row[0] for row in asked}) == len(asked) >= 25
    by_item = {row[0]: row[3:] for row in asked}
    assert by_item["ZH-08"] == [1, 0, 0, 0, 3, 0]
    assert all(sum(counts) >= 4 for counts in by_item.values())


def test_the_ledger_is_added_up_by_unit_and_school_and_says_who_needs_guidance():
    district, _, book = with_two_faults()
    assert {row[0] for row in report.ledger.by_unit(book).data["rows"]} == {
        "全区（县）",
        "西片中心校",
        "东片中心校",
        "区级事项",
    }
    assert len(report.ledger.by_school(book).data["rows"]) == 4
    assert report.ledger.guidance(book, district).data["rows"][0][0] == "甲小学"
    assert report.ledger.history(book).data["rows"] == []
    assert "“十项严禁”" in words(report.ledger.district_matters(book))


def test_the_ledger_prints_with_every_open_row():
    _, _, book = with_two_faults()
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(report.ledger.pdf(book))).pages)
    assert "核查镇自查台账" in text
    assert "示例数据" in text
    assert text.count("待整改") >= 4
    assert "共建费" in text


def test_last_years_ledger_is_read_from_its_file(tmp_path):
    _, _, book = with_two_faults()
    last = ledger.from_findings(run(town()), town())
    (tmp_path / "last.xlsx").write_bytes(ledger_workbook.write(last))
    turned = report.ledger.compared(book, str(tmp_path / "last.xlsx"))
    assert turned.rows["change"].value_counts()["new"] == 4
    assert report.ledger.history(turned).data["rows"]
    assert report.ledger.compared(book, "") is book
