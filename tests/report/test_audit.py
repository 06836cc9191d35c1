"""The audit pack: what the report shows, and the verbs that write it, on the clean town with one thing wrong."""

import functools
import io
import json
import re
from dataclasses import replace

import pandas as pd
import pypdf
import pytest
from typer.testing import CliRunner

from tests.towns.audit_town import changed, rules, run, tables, town
from zhaosheng_analysis import audit, figures, geodata, report
from zhaosheng_analysis.audit import ledger, ledger_workbook
from zhaosheng_analysis.cli.main import app
from zhaosheng_analysis.schema import DataError

FORBIDDEN = {"fee_id": ["f9"], "school_id": ["a"], "item": ["共建费"], "amount_yuan": [5000.0], "listed": [False]}


@functools.cache
def parts():
    """甲小学 took a fee tied to entry and has a pupil who sits in 乙小学."""
    seats = changed("attendance", "pupil_id", "o-a-1", school_id="b")
    fees = pd.concat([tables("fees")["fees"], pd.DataFrame(FORBIDDEN)])
    district = town({"attendance": seats, "fees": fees})
    found = run(district)
    return district, found, ledger.from_findings(found, district)


def words(block) -> str:
    return json.dumps(block.data, ensure_ascii=False)


def test_the_headline_counts_findings_schools_and_what_is_open():
    _, found, book = parts()
    assert len(found.evidence) == 3  # the fee, the pupil at the school of the roll and at the school of the seat
    line = report.audit.headline(found, book)
    assert line.startswith("共发现 3 条，其中严重 3 条，涉及 2 所学校")
    assert "一概没有记为符合" in line


def test_what_is_to_be_done_names_fault_clause_school_remedy_and_day():
    _, found, _ = parts()
    block = report.audit.to_do(found, severity="grave").data
    rows = {row[0]: row[1:5] for row in block["rows"]}
    assert rows["收取与入学挂钩的费用"] == ["二(二)", 1, "甲小学", "全额退还，移交纪检核查"]
    assert rows["人籍分离：学籍在本校，人在他校"][2] == "甲小学"
    assert "建议 2024-11-15 前整改" in block["title"]
    assert report.audit.to_do(found, severity="note").data["rows"] == []


def test_every_link_of_the_page_leads_somewhere_and_every_finding_to_rows_and_clause(written):
    folder, _ = written
    page = (folder / "out" / "town" / "compliance-audit.html").read_text(encoding="utf-8")
    wanted = set(re.findall(r'href="#([fcr]-[^"]+)"', page))
    there = set(re.findall(r' id="([fcr]-[^"]+)"', page))
    _, found, _ = parts()
    assert {f"{kind}-{name}" for kind in "fr" for name in found.evidence["finding_id"]} <= wanted
    assert {f"c-{clause}" for clause in found.evidence["clause"]} <= wanted
    assert wanted <= there


def test_the_rows_behind_a_finding_are_printed_without_a_childs_id():
    district, found, _ = parts()
    data = report.audit.records(found, district).data
    told = found.evidence.set_index("finding_id")["rule"]
    by_rule = {told[row[0]]: row[1:] for row in data["rows"] if row[0]}
    assert by_rule["fee.tied"][:2] == ["甲小学", "收费记录"]
    assert "收费项目：共建费；金额：5000.0" in by_rule["fee.tied"][2]
    assert "班号：1" in by_rule["roll.separated"][2]
    assert "o-a-1" not in words(report.audit.records(found, district))
    assert "990401" not in words(report.audit.records(found, district))


def test_the_clauses_cited_say_what_they_ask_for():
    _, found, _ = parts()
    rows = {row[0]: row[1:] for row in report.audit.clauses(found, rules("zhanhe-2024")).data["rows"]}
    assert rows.keys() == {"二(二)", "二(六)"}
    assert "ZH-08" in rows["二(二)"][0]
    assert sum(row[1] for row in rows.values()) == 3


def test_the_days_of_the_lists_stand_in_the_pack():
    district, found, _ = parts()
    rows = report.reconciliation.days(found, district).data["rows"]
    assert rows[-1] == ["2024-10-31", 28, 28, 28, 0, 0, 0]
    assert report.reconciliation.differences(found, district).data["rows"] == []
    assert all(row[6] > 0 for row in report.reconciliation.days_by_school(found, district).data["rows"])
    bare = replace(district, tables={name: t for name, t in district.tables.items() if name != "roll"})
    assert report.reconciliation.days(found, bare).data["rows"] == []
    assert report.reconciliation.differences(found, bare).data["rows"] == []


def test_the_shares_stand_year_by_year():
    district, found, _ = parts()
    rows = report.audit.shares(found, district).data["rows"]
    assert ["随迁子女在公办（含购买学位）就读", "2023", 100, "86.00%"] in rows
    assert ["民办在校生占比", "2024", 56, "14.29%"] in rows


def test_every_question_is_answered_in_numbers_of_schools():
    _, _, book = parts()
    data = report.audit.answers(book).data
    asked = [row for row in data["rows"] if row[0].startswith("ZH-")]
    assert len({row[0] for row in asked}) == len(asked) >= 25
    by_item = {row[0]: row[3:] for row in asked}
    assert by_item["ZH-08"] == [1, 0, 0, 3, 0]
    assert all(sum(counts) >= 4 for counts in by_item.values())


def test_a_finding_is_shown_with_pseudonym_sentence_and_clause():
    _, found, _ = parts()
    block = report.audit.evidence(found, severity="grave").data
    assert [column["label"] for column in block["columns"]] == [
        "学校",
        "问题",
        "学生（化名）",
        "发现的情况",
        "条款",
        "发现编号",
    ]
    assert "o-a-1" not in words(report.audit.evidence(found, severity="grave"))
    assert any("实际在乙小学就读" in str(row) for row in block["rows"])


def test_what_nobody_has_read_is_named():
    assert "“十项严禁”规定" in report.audit.looked_at(rules("zhanhe-2024"))


def test_the_tables_that_hang_on_ledger_and_district_have_their_rows():
    district, found, book = parts()
    assert {row[0] for row in report.audit.by_unit(book).data["rows"]} == {
        "全区（县）",
        "西片中心校",
        "东片中心校",
        "区级事项",
    }
    assert len(report.audit.by_school(book).data["rows"]) == 4
    assert report.audit.guidance(book, district).data["rows"][0][0] == "甲小学"
    assert len(report.audit.sample(district, seed="s", schools_n=2, pupils_n=3).data["rows"]) == 2
    assert report.audit.history(book).data["rows"] == []
    assert "走访学生和家长" in words(report.audit.open_questions(found))
    assert [row[0] for row in report.audit.seat_room(district, rules("zhanhe-2024")).data["rows"]] == [1, 2, 7, 8]
    assert len(report.audit.rules(found).data["rows"]) == found.summary["rule"].nunique()
    assert "“十项严禁”" in words(report.audit.district_matters(book))


def test_the_pictures_say_what_they_count():
    district, _, book = parts()
    # The fee breaks questions 8 and 12 at 甲小学; its pupil question 25 there and question 12 at 乙小学.
    matrix = figures.audit.matrix(book, district)
    assert "2 所学校有待整改事项共 4 格" in matrix.get_suptitle()
    sizes = figures.audit.sizes(district, rules("zhanhe-2024"))
    assert sizes.get_suptitle() == "2024 学年 14 个班中 0 个超过标准班额，其中大班额 0 个"


def test_the_ledger_prints_with_every_open_row():
    _, _, book = parts()
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(report.ledger.pdf(book))).pages)
    assert "核查镇自查台账" in text
    assert "示例数据" in text
    assert text.count("待整改") >= 4
    assert "共建费" in text


def test_last_years_ledger_is_read_from_its_file(tmp_path):
    _, _, book = parts()
    last = ledger.from_findings(run(town()), town())
    (tmp_path / "last.xlsx").write_bytes(ledger_workbook.write(last))
    turned = report.audit.compared(book, str(tmp_path / "last.xlsx"))
    assert turned.rows["change"].value_counts()["new"] == 4
    assert report.audit.history(turned).data["rows"]
    assert report.audit.compared(book, "") is book


# ---- the verbs


def invoke(*arguments: str):
    return CliRunner().invoke(app, list(arguments), catch_exceptions=True)


def roster(path, number: int = 60) -> str:
    frame = pd.DataFrame({"pupil_id": [f"p{n:03d}" for n in range(number)], "sex": ["男", "女"] * (number // 2)})
    frame["birth_on"] = pd.date_range("2017-09-01", periods=number, freq="5D").strftime("%Y-%m-%d")
    frame["migrant"] = ["是" if n % 5 == 0 else "否" for n in range(number)]
    frame.to_csv(path / "roster.csv", index=False)
    return str(path / "roster.csv")


FORM = ["--seed-form", "digits:6", "--seed-source", "公证处摇号球"]


def committed(names, out, *more):
    """Commit a roster and return the published hash."""
    terms = ["--classes", "2", "--stage", "primary", *FORM, "--for", "甲校一年级", "--out", str(out)]
    said = invoke("classes", "commit", names, *terms, *more).output
    return next(line for line in said.splitlines() if len(line) == 64)


def dealt(names, out, *more):
    """Commit and form; return the published hash."""
    hashed = committed(names, out, *more)
    paper = str(out / "内部-承诺书.json")
    made = invoke("classes", "form", paper, "--seed", "012345", "--published", hashed, "--out", str(out))
    assert "60 人编入 2 个班，每班 30—30 人" in made.output
    return hashed


def test_classes_are_committed_formed_once_and_verified(tmp_path):
    names, out = roster(tmp_path), tmp_path / "out"
    hashed = dealt(names, out)
    assert "核验无误" in invoke("classes", "verify", str(out), "--published", hashed, "--seed", "01 23 45").output
    paper = str(out / "内部-承诺书.json")
    again = invoke("classes", "form", paper, "--seed", "012346", "--published", hashed, "--out", str(out))
    assert isinstance(again.exception, DataError)
    assert "一次运行即锁定" in str(again.exception)
    assert "p000" not in (out / "公示.csv").read_text(encoding="utf-8-sig")
    assert (out / "内部-编班结果.csv").read_text(encoding="utf-8").startswith("内部")


def test_a_rule_book_says_how_twins_and_sexes_are_dealt(tmp_path):
    names, out = roster(tmp_path), tmp_path / "out"
    settings = ["--set", "class.keep_twins=apart", "--set", "class.balance=none"]
    hashed = dealt(names, out, "--policy", "taobei-2024", *settings)
    document = json.loads((out / "内部-承诺书.json").read_text(encoding="utf-8"))
    assert (document["twins"], document["even"]) == ("apart", "none")
    assert "核验无误" in invoke("classes", "verify", str(out), "--published", hashed, "--seed", "012345").output


def test_a_result_touched_by_hand_is_not_verified(tmp_path):
    names, out = roster(tmp_path), tmp_path / "out"
    hashed = dealt(names, out)
    path = out / "内部-编班结果.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    first = lines[2].split(",")
    lines[2] = ",".join([first[0], "2" if first[1] == "1" else "1", *first[2:]])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    refused = invoke("classes", "verify", str(out), "--published", hashed, "--seed", "012345")
    assert "编班结果" in str(refused.exception)


def test_rosters_are_read_from_workbook_parquet_and_csv_alike(tmp_path):
    path = roster(tmp_path)
    words = {"pupil_id": "学生编号", "sex": "性别", "birth_on": "出生日期", "migrant": "随迁子女"}
    frame = pd.read_csv(path, dtype=str).rename(columns=words)
    dated = frame.assign(出生日期=pd.to_datetime(frame["出生日期"]))
    dated.to_excel(tmp_path / "r.xlsx", index=False, engine="xlsxwriter")
    frame.to_parquet(tmp_path / "r.parquet")
    names = ("roster.csv", "r.xlsx", "r.parquet")
    hashes = {committed(str(tmp_path / name), tmp_path / f"out-{name}") for name in names}
    assert len(hashes) == 1
    (tmp_path / "r.txt").write_text("x")
    terms = ["--classes", "2", "--stage", "primary", *FORM, "--out", str(tmp_path / "o")]
    told = invoke("classes", "commit", str(tmp_path / "r.txt"), *terms).exception
    assert "r.txt：缺少列：「学生编号」(pupil_id)" in str(told)


def test_teachers_are_drawn_into_the_same_folder_and_verified_with_the_pupils(tmp_path):
    names, out = roster(tmp_path), tmp_path / "out"
    pd.DataFrame({"教师组合": ["甲组", "乙组"]}).to_csv(tmp_path / "teams.csv", index=False)
    proof = ["classes", "verify", str(out), "--published", dealt(names, out), "--seed", "012345"]
    assert "未核验教师组合" in invoke(*proof).output
    filing = ["--filed-at", "2024-08-23T10:00", *FORM, "--out", str(out)]
    said = invoke("classes", "file", str(tmp_path / "teams.csv"), *filing).output
    hashed = next(line for line in said.splitlines() if len(line) == 64)
    terms = ["classes", "teachers", "--seed", "222222", "--published", hashed, "--out", str(out)]
    assert "才报备" in str(invoke(*terms, "--drawn-at", "2024-08-23T10:00").exception)
    drawn = invoke(*terms, "--drawn-at", "2024-08-26T09:00")
    assert drawn.exit_code == 0, drawn.output
    assert "须用公布的哈希和种子核验" in str(invoke(*proof).exception)
    proof += ["--teams-published", hashed, "--teams-seed", "222222"]
    assert "教师派位核验无误：2 组" in invoke(*proof).output
    assert "一次运行即锁定" in str(invoke(*terms, "--drawn-at", "2024-08-26T09:00").exception)
    path = out / "teachers.json"
    path.write_bytes(path.read_bytes().replace("甲组".encode(), "丙组".encode()))
    assert "教师派位 teachers.json" in str(invoke(*proof).exception)


def test_a_given_list_is_judged_trait_by_trait(tmp_path):
    frame = pd.read_csv(roster(tmp_path), dtype=str)
    half = len(frame) // 2
    frame.assign(班号=[1] * half + [2] * half).to_csv(tmp_path / "sorted.csv", index=False)
    told = invoke("classes", "test", str(tmp_path / "sorted.csv")).output
    assert "1 班：30 人，男 15 女 15" in told
    assert "月龄：p = 0.001，随机编班难以出现" in told
    assert "性别：p = 1.000，看不出不是随机编班" in told
    assert "没有班号" in str(invoke("classes", "test", str(tmp_path / "roster.csv")).exception)


def test_a_folder_gives_roster_and_headroom(written, tmp_path):
    folder, _ = written
    town_ = str(folder / "town")
    terms = ["--classes", "2", "--stage", "junior", *FORM, "--out", str(tmp_path / "paper")]
    said = invoke("classes", "commit", town_, "--school", "j", "--grade", "7", *terms).output
    assert any(len(line) == 64 for line in said.splitlines())
    assert "请写明 --school" in str(invoke("classes", "commit", town_, *terms[:-1], str(tmp_path / "o")).exception)
    told = invoke("classes", "headroom", town_, "--policy", "quzhou-2022", "--out", str(tmp_path)).output
    assert told.splitlines()[-1].startswith("14 个班")
    room = pd.read_csv(tmp_path / "headroom.csv", encoding="utf-8-sig")
    assert (room["现有人数"] + room["长幼随学余位"]).max() < 56


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Write the town and its whole pack."""
    district, _, _ = parts()
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
    first = (tmp_path / "sample_pupils.csv").read_text(encoding="utf-8-sig")
    invoke("ledger", "sample", str(folder / "town"), "--seed", "彩票 1", "--schools", "2", "--out", str(tmp_path))
    assert (tmp_path / "sample_pupils.csv").read_text(encoding="utf-8-sig") == first
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
    _, _, expected = parts()
    pd.testing.assert_frame_equal(book.rows, expected.rows, check_dtype=False)
