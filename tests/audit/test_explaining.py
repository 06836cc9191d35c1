"""A parent asks under a text that admits nobody: why there is no way to tell, what is on paper, what was found."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from tests.towns.audit_town import tables, town
from zhaosheng_analysis import audit, geodata, policy
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError

CHECKLIST = policy.load("zhanhe-2024")


@pytest.fixture(scope="module")
def moved():
    """Return the town with e-a-1, admitted to a and on its roll, sitting in b."""
    attendance = tables("attendance")["attendance"]
    here = attendance["pupil_id"].eq("e-a-1")
    return town({"attendance": attendance.assign(school_id=attendance["school_id"].mask(here, "b"))})


def test_a_pupil_hears_why_nobody_is_admitted_what_is_written_and_what_was_found(moved):
    found = audit.run(moved, CHECKLIST, only=["roll.separated", "roll.guest"])
    lines = audit.explain("e-a-1", found, moved, CHECKLIST).splitlines()
    assert lines[0] == "e-a-1　不能说明录取经过：湛河区义务教育阳光招生实施方案没有录取规则"
    assert lines[1].startswith("原因：本文件是专项行动的自查清单")
    held = "\n".join(lines)
    assert "\n    录取名单：学段 小学，招生年度 2024，录取学校 甲小学" in held
    assert "\n    学籍：" in held
    assert "\n    实际就读：学校 乙小学，年级 1" in held
    rows = found.evidence[
        found.evidence["finding_id"].isin(found.keys.loc[found.keys["value"] == "e-a-1", "finding_id"])
    ]
    assert len(rows) == 2
    assert [line.strip().split("，")[0] for line in lines[-2:]] == [
        f"{row['item']}（{row['clause']}）：{row['name']}" for row in rows.to_dict("records")
    ]


def test_a_pupil_whom_nothing_was_found_on_is_told_so_and_what_could_not_be_judged(moved):
    bare = audit.run(moved, CHECKLIST, only=["roll.separated", "size.rebound"])
    blind = bare.summary["state"].eq("not_assessable")
    lines = audit.explain("e-a-2", bare, moved, CHECKLIST).splitlines()
    assert "    没有点到这名学生的问题" in lines
    assert any("不等于合格" in line for line in lines) is bool(blind.any())


def test_who_stands_in_no_table_is_refused_in_words(moved):
    found = audit.run(moved, CHECKLIST, only=["roll.separated"])
    with pytest.raises(DataError, match="各表里都没有「e-a-99」"):
        audit.explain("e-a-99", found, moved, CHECKLIST)


def test_the_verb_answers_where_the_rules_of_the_folder_are_an_audit(moved, tmp_path):
    few = {name: moved.tables[name] for name in ("roll", "attendance", "admitted", "plans")}
    geodata.save(replace(moved, tables=few), tmp_path / "town")
    said = CliRunner().invoke(main.app, ["explain", str(tmp_path / "town"), "e-a-1", "--seed", "s"])
    assert said.exit_code == 0, said.output
    assert said.stdout.startswith("e-a-1　不能说明录取经过")
    assert "ZH-25" in said.stdout
