"""The audit engine: three states, nothing passed for want of data, every provision a rule or a question."""

import functools
import hashlib
import hmac
from dataclasses import replace

import pandas as pd
import pytest

from tests.towns import audit_town
from tests.towns.audit_town import rules, run, states, tables, town
from zhaosheng_analysis import audit
from zhaosheng_analysis.audit import findings, questions
from zhaosheng_analysis.schema import DataError

POLICIES = ("pingcheng-2024", "taobei-2024", "quzhou-2022", "zhanhe-2024", "laoting-2025")


@functools.cache
def clean() -> findings.Findings:
    return run(town())


@pytest.mark.parametrize("policy_id", POLICIES)
def test_every_provision_of_an_auditable_kind_is_a_rule_or_a_question(policy_id):
    rows = questions.provisions(rules(policy_id))
    wanted = set(rows.loc[rows["auditable"], "id"])
    applied = audit.rules.applied(rules(policy_id))
    answered = {row for rule in applied if rule.check != "questions.answers" for row in rule.provisions}
    put = {row for rule in applied if rule.check == "questions.answers" for row in rule.provisions}
    assert wanted <= answered | put
    # Whatever only a person can answer says what to look at, and nothing is asked that a rule answers already.
    asked = {row for row in questions.asked(rules(policy_id)) if row in wanted}
    assert wanted - answered - asked <= {row for item in rules(policy_id).questions for row in item.provisions}
    assert asked & answered <= {"ZH-27"}  # its yardstick, the ten prohibitions, is not among the sources


def test_the_auditable_rows_are_the_225_of_the_seven_kinds():
    counts = [int(questions.provisions(rules(name))["auditable"].sum()) for name in POLICIES]
    assert counts == [39, 34, 63, 39, 50]


@pytest.mark.parametrize("policy_id", POLICIES)
def test_every_rule_cites_a_clause_of_the_text_or_says_whose_it_is(policy_id):
    own = questions.clauses(rules(policy_id))
    for rule in audit.rules.applied(rules(policy_id)):
        assert set(rule.provisions) <= set(own)
        assert rule.provisions or rule.basis, rule.id


def test_the_25_questions_and_the_duties_are_the_items_of_zhanhe():
    items = clean().items
    asked = items[items["item"].isin([f"ZH-{n:02d}" for n in range(1, 26)])]
    assert len(asked) == 25
    assert (asked["scope"] == "school").all()
    assert set(items["item"]) == {item.id for item in (*rules("zhanhe-2024").questions, *rules("zhanhe-2024").duties)}


def test_a_clean_town_has_no_finding_and_says_what_it_cannot_judge():
    result = clean()
    assert result.evidence.empty
    assert set(result.summary["state"]) == {"pass", "not_assessable"}
    unsure = result.summary[result.summary["state"] == "not_assessable"]
    assert (unsure["missing"] != "").all()


def test_a_town_without_any_table_passes_nothing_that_needs_one():
    result = run(audit_town.bare())
    needing = {
        rule.id for rule in audit.rules.applied(rules("zhanhe-2024")) if any(is_table(need) for need in rule.needs)
    }
    rows = result.summary[result.summary["rule"].isin(needing)]
    assert set(rows["state"]) == {"not_assessable"}


def is_table(need: str) -> bool:
    return need.partition(".")[0] in audit_town.tables()


@pytest.mark.parametrize("policy_id", POLICIES)
def test_without_one_of_its_tables_or_columns_a_rule_knows_what_it_lacks(policy_id):
    district = town()
    for rule in audit.rules.applied(rules(policy_id)):
        for need in filter(is_table, rule.needs):
            table, _, column = need.rstrip("?").partition(".")
            left = {name: frame for name, frame in district.tables.items() if name != table}
            assert f"({table})" in findings.lacking(replace(district, tables=left), rule.needs)
            if column:
                left[table] = district.tables[table].drop(columns=column)
                assert f"({column})" in findings.lacking(replace(district, tables=left), rule.needs)


@pytest.mark.parametrize("table", ["roll", "attendance", "classes", "publications", "calendar", "admitted", "findings"])
def test_without_one_of_its_tables_no_rule_passes(table):
    district, applied = town(), audit.rules.applied(rules("zhanhe-2024"))
    hit = [rule.id for rule in applied if any(need.partition(".")[0] == table for need in rule.needs)]
    left = {name: frame for name, frame in district.tables.items() if name != table}
    result = run(replace(district, tables=left), only=hit)
    assert set(result.summary["state"]) == {"not_assessable"}
    assert result.summary["missing"].str.contains(f"({table})", regex=False).all()


@pytest.mark.parametrize("policy_id", POLICIES)
def test_a_needed_column_left_blank_is_as_good_as_missing(policy_id):
    district = town()
    for rule in audit.rules.applied(rules(policy_id)):
        for need in (need for need in rule.needs if "." in need and is_table(need) and not need.endswith("?")):
            table, _, column = need.partition(".")
            frame = district.tables[table]
            if frame[column].dtype == bool:
                continue  # read from a file, a blank flag is a plain no
            blanked = frame.assign(**{column: loose(frame[column]).mask(frame[column].notna())})
            tables_ = {**district.tables, table: blanked}
            assert "全部空白" in findings.lacking(replace(district, tables=tables_), rule.needs)


def loose(column: pd.Series) -> pd.Series:
    return column.astype("Int64") if pd.api.types.is_integer_dtype(column) else column


def test_one_more_clean_school_adds_no_finding_and_takes_none_away():
    double = pd.DataFrame(tables("roll")["roll"].query("pupil_id == 'o-a-1'")).assign(school_id="b")
    before = run(town({"roll": pd.concat([tables("roll")["roll"], double])}))
    frames = audit_town.with_another_school("z")
    after = run(town(frames | {"roll": pd.concat([frames["roll"], double])}))
    assert before.evidence["sentence"].tolist() == ["同一学生另有在籍学籍：甲小学"]
    assert after.evidence["finding_id"].tolist() == before.evidence["finding_id"].tolist()
    states_ = after.summary.loc[after.summary["school_id"] == "z", "state"]
    assert set(states_) == {"pass", "not_assessable"}


def test_the_order_of_the_rows_changes_nothing():
    roll = tables("roll")["roll"]
    twice = pd.concat([roll, roll[roll["pupil_id"] == "o-a-1"].assign(school_id="b")])
    district = town({"roll": twice})
    turned = {name: frame.iloc[::-1] for name, frame in district.tables.items()}
    one, other = run(district), run(replace(district, tables=turned))
    pd.testing.assert_frame_equal(one.evidence, other.evidence)
    pd.testing.assert_frame_equal(one.summary, other.summary)


def test_the_values_in_force_are_written_beside_every_verdict():
    result = run(town(), parameters={"pub_lead_days": 7}, only=["public.advance"])
    assert set(result.summary["parameters"]) == {"pub_lead_days=7"}


def test_an_unknown_parameter_or_rule_is_refused_with_a_suggestion():
    with pytest.raises(DataError, match=r"没有参数「pub_lead_day」.*是不是「pub_lead_days」"):
        run(town(), parameters={"pub_lead_day": 7})
    with pytest.raises(DataError, match="没有规则「roll_duplicates」"):
        run(town(), only=["roll_duplicates"])


def test_without_a_day_nothing_is_audited():
    with pytest.raises(DataError, match="没有核查日期"):
        run(town(data_as_of=""))


def test_pseudonyms_are_the_same_in_every_run_and_differ_between_districts():
    names, made = pd.Series(["e-a-1", "e-a-2", "e-a-1"]), town()
    here, there = findings.pseudonyms(names, made), findings.pseudonyms(names, replace(made, id="other"))
    assert here[0] == here[2] != here[1]
    assert here[0] != there[0]
    assert all(len(name) == 11 and name.startswith("生") for name in here)


def test_pseudonyms_of_a_real_district_need_its_key(monkeypatch):
    """Who knows every name, the id of the district and this program, and not the key, finds nobody."""
    real = town()
    real = replace(real, about=real.about | {"synthetic": "否"})
    names = pd.Series(["e-a-1", pd.NA])
    monkeypatch.delenv(findings.KEY, raising=False)
    findings._made.cache_clear()
    with pytest.warns(UserWarning, match="没有化名密钥"):
        made = findings.pseudonyms(names, real)
    assert made[1] == ""
    assert made.equals(findings.pseudonyms(names, real))
    monkeypatch.setenv(findings.KEY, "ab" * 32)
    keyed = findings.pseudonyms(names, real)
    expected = hmac.new(("ab" * 32).encode(), f"{real.id}|e-a-1".encode(), hashlib.sha256).hexdigest()[:10]
    assert keyed[0] == f"生{expected}"
    assert made[0] != keyed[0]
    public = hashlib.sha256(f"{real.id}|pseudonym|e-a-1".encode()).hexdigest()
    assert keyed[0][1:] not in public


def test_a_school_without_any_attendance_is_not_called_empty():
    seats = tables("attendance")["attendance"]
    result = run(town({"attendance": seats[seats["school_id"] != "b"]}), only=["roll.empty", "roll.separated"])
    assert states(result, "roll.empty") == {"a": "pass", "b": "not_assessable", "j": "pass", "p": "pass"}
    assert result.evidence.empty


def test_counts_by_rule_add_up_to_the_schools():
    result = clean()
    counts = audit.states(result)
    whole = counts[["passed_n", "found_n", "unknown_n"]].sum(axis=1)
    assert set(whole) <= {1, 2, 3, 4}
    assert counts["rows_n"].sum() == len(result.evidence)
