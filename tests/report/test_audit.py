"""The audit pack: what the report shows, and the verbs that write it, on the clean town with one thing wrong."""

import json
import re

import pandas as pd
import pypdf
import pytest
from typer.testing import CliRunner

from tests.towns.audit_town import rules, with_two_faults
from zhaosheng_analysis import audit, figures, geodata, report
from zhaosheng_analysis.audit import ledger, ledger_workbook
from zhaosheng_analysis.cli.main import app


def words(block) -> str:
    return json.dumps(block.data, ensure_ascii=False)


def test_the_headline_counts_findings_schools_and_what_is_open():
    _, found, book = with_two_faults()
    assert len(found.evidence) == 3  # the fee, the pupil at the school of the roll and at the school of the seat
    line = report.audit.headline(found, book)
    assert line.startswith("共发现 3 条，其中严重 3 条，涉及 2 所学校")
    assert "一概没有记为符合" in line


def test_every_link_of_the_page_leads_somewhere_and_every_finding_to_rows_and_clause(written):
    folder, _ = written
    page = (folder / "out" / "town" / "compliance-audit.html").read_text(encoding="utf-8")
    wanted = set(re.findall(r'href="#([fcr]-[^"]+)"', page))
    there = set(re.findall(r' id="([fcr]-[^"]+)"', page))
    _, found, _ = with_two_faults()
    assert {f"{kind}-{name}" for kind in "fr" for name in found.evidence["finding_id"]} <= wanted
    assert {f"c-{clause}" for clause in found.evidence["clause"]} <= wanted
    assert wanted <= there


def test_the_shares_stand_year_by_year():
    district, found, _ = with_two_faults()
    rows = report.audit.shares(found, district).data["rows"]
    assert ["随迁子女在公办（含购买学位）就读", "2023", 100, "86.00%"] in rows
    assert ["民办在校生占比", "2024", 56, "14.29%"] in rows


def test_what_nobody_has_read_is_named():
    assert "“十项严禁”规定" in report.audit.looked_at(rules("zhanhe-2024"))


def test_the_tables_of_the_audit_have_their_rows():
    district, found, _ = with_two_faults()
    assert len(report.audit.sample(district, seed="s", schools_n=2, pupils_n=3).data["rows"]) == 2
    assert "走访学生和家长" in words(report.audit.open_questions(found))
    assert len(report.audit.rules(found).data["rows"]) == found.summary["rule"].nunique()


def test_the_pictures_say_what_they_count():
    district, _, book = with_two_faults()
    # The fee breaks questions 8 and 12 at 甲小学; its pupil question 25 there and question 12 at 乙小学.
    matrix = figures.audit.matrix(book, district)
    assert "2 所学校有待整改事项共 4 格" in matrix.get_suptitle()
    sizes = figures.audit.sizes(district, rules("zhanhe-2024"))
    assert sizes.get_suptitle() == "2024 学年 14 个班中 0 个超过标准班额，其中大班额 0 个"


# ---- the verbs


def invoke(*arguments: str):
    return CliRunner().invoke(app, list(arguments), catch_exceptions=True)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Write the town and its whole pack."""
    district, _, _ = with_two_faults()
    folder = tmp_path_factory.mktemp("audit")
    geodata.save(district, folder / "town")
    keys = folder / "keys.csv"
    told = invoke(
        "audit", str(folder / "town"), "--policy", "zhanhe-2024", "--out", str(folder / "out"), "--keys", str(keys)
    )
    assert told.exit_code == 0, told.output
    return folder, told.output


def test_zhaosheng_audit_writes_the_pack(written):
    folder, output = written
    made = {path.name for path in (folder / "out" / "town").iterdir()}
    assert made >= {
        "compliance-audit.html",
        "compliance-audit.pdf",
        "compliance-audit.xlsx",
        "ledger.xlsx",
        "ledger.pdf",
        "findings.csv",
    }
    assert "共发现 3 条" in output
    page = (folder / "out" / "town" / "compliance-audit.html").read_text(encoding="utf-8")
    assert "核查镇义务教育招生核查报告" in page
    assert "实际在乙小学就读" in page
    assert "示例数据" in page


def test_a_filled_ledger_is_added_up_printed_and_compared_with_last_years(written, tmp_path):
    folder, _ = written
    filled = folder / "out" / "town" / "ledger.xlsx"
    book = ledger_workbook.read(filled.read_bytes())
    cured = ledger.cure(book, "ZH-08", "a", by="王督学", on="2024-11-05")
    (tmp_path / "now.xlsx").write_bytes(ledger_workbook.write(cured))
    told = invoke("ledger", "print", str(tmp_path / "now.xlsx"), "--out", str(tmp_path), "--last", str(filled))
    assert told.exit_code == 0, told.output
    assert "核查镇：待整改 3，已销号 1" in told.output
    assert "西片中心校：待整改 2，已销号 1" in told.output
    assert "与上次相比：新发现 0，仍未整改 3，已销号 1，反弹 0" in told.output
    text = "".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "ledger.pdf").pages)
    assert "王督学 2024-11-05" in text
    assert "没有这个文件" in str(invoke("ledger", "print", str(tmp_path / "none.xlsx")).exception)


def test_a_sample_is_drawn_from_a_seed_without_a_childs_id(written, tmp_path):
    folder, _ = written
    one = invoke("ledger", "sample", str(folder / "town"), "--seed", "彩票 1", "--schools", "2", "--out", str(tmp_path))
    assert "抽到 2 所学校" in one.output
    first = (tmp_path / "内部-sample_pupils.csv").read_text(encoding="utf-8-sig")
    invoke("ledger", "sample", str(folder / "town"), "--seed", "彩票 1", "--schools", "2", "--out", str(tmp_path))
    assert (tmp_path / "内部-sample_pupils.csv").read_text(encoding="utf-8-sig") == first
    assert "o-" not in first


def test_the_report_of_a_district_with_a_checklist_is_its_audit_pack(written, monkeypatch):
    folder, _ = written
    audit_, audited = audit.run, []
    monkeypatch.setattr(audit, "run", lambda *given, **options: audited.append(given) or audit_(*given, **options))
    told = invoke("report", str(folder / "town"), "--out", str(folder / "reports"))
    assert told.exit_code == 0, told.output
    made = {path.name for path in (folder / "reports" / "town").iterdir()}
    assert {"compliance-audit.html", "ledger.xlsx", "ledger.pdf", "findings.csv"} <= made
    assert not audited, "the notebook audits, in its own process, and nobody once more"
    assert "town/compliance-audit.html" in (folder / "reports" / "index.html").read_text(encoding="utf-8")


def test_each_finding_leads_to_its_row_by_the_key_file_alone(written):
    folder, _ = written
    told = pd.read_csv(folder / "out" / "town" / "findings.csv", encoding="utf-8-sig")
    keys = pd.read_csv(folder / "keys.csv", encoding="utf-8-sig")
    both = told.merge(keys, on="finding_id", validate="1:1")
    assert set(both.loc[both["rule"] == "roll.separated", "value"]) == {"o-a-1"}
    assert "o-a-1" not in (folder / "out" / "town" / "findings.csv").read_text(encoding="utf-8-sig")
    assert (told["clause"].str.len() > 0).all()


def test_the_ledger_of_the_pack_comes_back_as_it_was(written):
    folder, _ = written
    book = ledger_workbook.read((folder / "out" / "town" / "ledger.xlsx").read_bytes())
    _, _, expected = with_two_faults()
    pd.testing.assert_frame_equal(book.rows, expected.rows, check_dtype=False)
