"""What a bureau sees of its rule book: complete, readable, checked, and compared."""

import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.towns import counted_rules, nine_rules
from zhaosheng_analysis import audit, policy, report, texts
from zhaosheng_analysis.admission import rounds
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError

ADMISSION = ["laoting-2025", "pingcheng-2024", "quzhou-2022", "taobei-2024"]


def call(*arguments):
    return CliRunner().invoke(main.app, ["policy", *map(str, arguments)], catch_exceptions=False)


def edited(tmp_path, name, *changes):
    """Return a copy of a rule file with pieces of text replaced, each of which must be there once."""
    path = tmp_path / f"{name}.toml"
    shutil.copy(policy.FOLDER / path.name, path)
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", policy.names())
def test_every_row_of_the_catalogue_is_modelled_or_left_out_with_a_reason(name):
    done = call("coverage", name)
    wanted = policy.load(name).catalogue
    assert done.exit_code == 0
    assert f"目录 {len(wanted)} 条" in done.output
    assert "没有缺漏" in done.output
    table = texts.provisions.coverage_rows(policy.coverage(policy.load(name))).set_index("行号")
    assert sorted(table.index) == sorted(wanted)
    left_out = table["写在哪里"].str.split("、").map(lambda places: places == ["未纳入"])
    assert (table.loc[left_out, "未纳入的理由"] != "").all()


def test_a_row_nobody_answers_for_fails_the_coverage(tmp_path):
    path = edited(tmp_path, "pingcheng-2024", ('provisions = ["PC-20"]', "provisions = []"))
    done = call("coverage", path)
    assert done.exit_code == 1
    assert "缺 1 条：PC-20" in done.output


@pytest.mark.parametrize("name", policy.names())
def test_a_rule_book_prints_every_tier_round_parameter_and_gap_with_its_clause(name, tmp_path):
    rules = policy.load(name)
    page = tmp_path / "书" / "规则.html"
    assert call("show", name, "--html", page).exit_code == 0
    text = page.read_text(encoding="utf-8")
    wanted = [item.name for item in rounds.read(rules)] + [item.clause for item in rounds.read(rules)]
    wanted += [item.question for item in rules.parameters.values()] + [item.title for item in rules.unseen]
    wanted += [item.what for item in rules.not_modelled] + [rules.source.sha256[:16], "签发"]
    wanted += [row.clause for row in rules.table.rows] if rules.table else [item.text for item in rules.questions]
    shown = text.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"').replace("&amp;", "&")
    assert [words for words in wanted if words not in shown] == []


@pytest.mark.parametrize("name", ADMISSION)
def test_nothing_in_a_rule_book_is_left_in_english(name):
    """Codes of parameters, rounds and sources may stand in Latin letters; conditions, orders and papers may not."""
    rules = policy.load(name)
    for table in (texts.policy.round_rows(rules), texts.policy.check_rows(rules), texts.policy.residence_rows(rules)):
        words = table.drop(columns=[name for name in ("原文",) if name in table]).to_string(header=False, index=False)
        assert not any(letter.isascii() and letter.isalpha() for letter in words), words
    needs = texts.tiers.tier_rows(rules)["条件"]
    assert not needs.str.contains("[a-z]").any()


def test_show_prints_the_book_for_a_terminal_with_a_changed_parameter():
    done = call("show", "taobei-2024", "--set", "tb.overflow=designate")
    assert "【一、类别（先后即录取次序）】" in done.output
    assert "本次改动" in done.output
    assert call("show", "zhanhe-2024").output.count("自查问题") == 1


def test_check_says_what_is_proved_and_what_the_last_row_catches():
    done = call("check", "pingcheng-2024")
    assert "768 种情形逐一证明恰有一行" in done.output
    assert "与登记学校的学区没有联系：" in done.output
    assert "zhanhe-2024：梯次表 0 行" in call("check", "zhanhe-2024").output


def test_check_says_which_families_the_table_has_no_place_for(tmp_path):
    """A home outside the county is none of zone, district and none: the first such family would end the intake."""
    path = tmp_path / "town-2025.toml"
    path.write_text(nine_rules.BASE + nine_rules.USUAL, encoding="utf-8")
    told = call("check", str(path)).output
    assert "[facts] home：没有写在本市其他区（县）、在区（县）外（city、outside）；有这样的家庭，录取就会停下" in told
    path.write_text(counted_rules.OUTSIDE + nine_rules.USUAL, encoding="utf-8")
    assert "录取就会停下" not in call("check", str(path)).output


ROW_2 = "2    | yes | yes   | no "
GIVEN = 'home = "zone", hukou = "zone" }'


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (ROW_2, ROW_2.replace("no ", "yes"), "没有规则[\\s\\S]*第1行与第2行规则重叠"),
        (GIVEN, GIVEN.replace("zone", "znoe", 1), "home =「znoe」不是它的取值.*是不是「zone」"),
        ("kin = [", "kni = [", "没有事实「kni」.*是不是「kin」"),
        ("七(一)2(2) | 房戶", " | 房戶", "第2行规则：没有写条款"),
        ('takes = { tier = ["J"]', 'takes = { tier = ["K"]', "没有类别「K」"),
        ('window = "supplement"\n', 'window = "suplement"\n', "没有时间窗口「suplement」"),
    ],
)
def test_check_names_the_fault_of_a_rule_file(tmp_path, old, new, told):
    path = edited(tmp_path, "pingcheng-2024", (old, new))
    with pytest.raises(DataError, match=told):
        call("check", path)


def test_check_tells_every_kind_of_fault_in_one_pass(tmp_path):
    """A word of a round, an unread parameter, a rule of the audit there is none of, and a second file with its own."""
    first = edited(
        tmp_path,
        "pingcheng-2024",
        ('window = "supplement"\n', 'window = "suplement"\n'),
        ("applied_public = true }\nseats", "aplied_public = true }\nseats"),
        ('sets = "match_level"\n', ""),
    )
    second = edited(tmp_path, "laoting-2025", ('audit = ["roll.without"]', 'audit = ["roll.witout"]'))
    with pytest.raises(DataError) as told:
        call("check", first, second)
    said = str(told.value)
    words = ("没有时间窗口「suplement」", "aplied_public", "参数「pc.match_level」：有几种取值", "roll.witout")
    assert [word for word in words if word not in said] == []
    assert len(told.value.faults) == len(set(told.value.faults))


@pytest.mark.parametrize("name", policy.names())
def test_every_audit_rule_is_listed_with_its_clause_or_that_the_text_does_not_ask_for_it(name):
    rules = policy.load(name)
    table = texts.provisions.audit_rows(rules).set_index("规则名")["条款"]
    unasked = {rule.id for rule in audit.rules.unlinked(rules)}
    assert set(table.index[table == "没有引用"]) == unasked
    assert table.index.is_unique
    named = {rule for row in rules.catalogue.values() for rule in row.audit}
    assert named <= set(table.index) - unasked
    done = call("rules", name)
    assert done.exit_code == 0
    assert all(word in done.output for word in ("size.over", "没有引用"))


def test_check_refuses_a_row_that_names_a_rule_there_is_none_of(tmp_path):
    path = edited(tmp_path, "laoting-2025", ('audit = ["roll.without"]', 'audit = ["roll.witout"]'))
    with pytest.raises(DataError, match=r"没有核查规则「roll\.witout」.*是不是「roll\.without」"):
        call("check", path)


def test_check_tries_every_option_of_every_parameter(tmp_path):
    path = edited(tmp_path, "pingcheng-2024", (', off_plan = "none" }', " }"))
    with pytest.raises(DataError, match="没有写取值 off_plan"):
        call("check", path)


def test_check_runs_the_worked_cases(tmp_path):
    text = (policy.FOLDER / "taobei-2024.toml").read_text(encoding="utf-8")
    at = text.index("[[cases]]")
    wrong = text[:at] + text[at:].replace('expect = { tier = "zone"', 'expect = { tier = "designated"', 1)
    assert wrong != text
    path = tmp_path / "t.toml"
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(DataError, match="算例"):
        call("check", path)


def test_compare_needs_two_sets_of_rules(tmp_path):
    with pytest.raises(DataError, match="只有一份规则"):
        call("compare", "taobei-2024", "--district", tmp_path)


def test_a_notebook_setting_is_no_rule(tmp_path):
    with pytest.raises(DataError, match="大写的是笔记本参数"):
        call("show", "taobei-2024", "--set", "YEARS_AHEAD=3")


def test_a_page_escapes_what_the_data_say():
    section = texts.sections.Section("表", pd.DataFrame({"名": ["<script>x</script>"], "数": [1234]}))
    page = report.printout.html("题", [("甲", "<b>")], [section])
    assert "<script>x" not in page
    assert "<b>" not in page
    assert "1,234" in page


def test_a_terminal_table_keeps_every_cell():
    table = pd.DataFrame({"学校": ["一所名字很长很长的学校"] * 2, "人数": [1, 2345]})
    drawn = report.printout.grid(table, width=60)
    assert drawn.count("一所名字很长很长的学校") == 2
    assert "2,345" in drawn
