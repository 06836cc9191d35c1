"""What an audit found, as its report shows it: on the clean town with one fee and one empty seat."""

import json

from tests.towns.audit_town import rules, with_two_faults
from zhaosheng_analysis import report


def words(block) -> str:
    return json.dumps(block.data, ensure_ascii=False)


def test_what_is_to_be_done_names_fault_clause_school_remedy_and_day():
    _, found, _ = with_two_faults()
    block = report.findings.to_do(found, severity="grave").data
    rows = {row[0]: row[1:5] for row in block["rows"]}
    assert rows["收取与入学挂钩的费用"] == ["二(二)", 1, "甲小学", "全额退还，移交纪检核查"]
    assert rows["人籍分离：学籍在本校，人在他校"][2] == "甲小学"
    assert "建议 2024-11-15 前整改" in block["title"]
    assert report.findings.to_do(found, severity="note").data["rows"] == []


def test_the_rows_behind_a_finding_are_printed_without_a_childs_id():
    district, found, _ = with_two_faults()
    data = report.findings.records(found, district).data
    told = found.evidence.set_index("finding_id")["rule"]
    by_rule = {told[row[0]]: row[1:] for row in data["rows"] if row[0]}
    assert by_rule["fee.tied"][:2] == ["甲小学", "收费记录"]
    assert "收费项目：共建费；金额：5000.0" in by_rule["fee.tied"][2]
    assert "班号：1" in by_rule["roll.separated"][2]
    assert "o-a-1" not in words(report.findings.records(found, district))
    assert "990401" not in words(report.findings.records(found, district))


def test_the_clauses_cited_say_what_they_ask_for():
    _, found, _ = with_two_faults()
    rows = {row[0]: row[1:] for row in report.findings.clauses(found, rules("zhanhe-2024")).data["rows"]}
    assert rows.keys() == {"二(二)", "二(六)"}
    assert "ZH-08" in rows["二(二)"][0]
    assert sum(row[1] for row in rows.values()) == 3


def test_a_finding_is_shown_with_pseudonym_sentence_and_clause():
    _, found, _ = with_two_faults()
    block = report.findings.evidence(found, severity="grave").data
    assert [column["label"] for column in block["columns"]] == [
        "学校",
        "问题",
        "学生（化名）",
        "发现的情况",
        "条款",
        "发现编号",
    ]
    assert "o-a-1" not in words(report.findings.evidence(found, severity="grave"))
    assert any("实际在乙小学就读" in str(row) for row in block["rows"])
