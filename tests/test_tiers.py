"""Tiers: the table against a reading of the text in plain sentences, over thousands of invented children."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from zhaosheng_analysis import applicants, demo, lottery, policy, tiers
from zhaosheng_analysis.applicants import cases, facts
from zhaosheng_analysis.policy import decision_table, pipe_table, table_proof
from zhaosheng_analysis.policy.vocabulary import EVIDENCE
from zhaosheng_analysis.schema import DataError, Faults

DAYS = {
    "pingcheng-2024": pd.to_datetime(["2020-05-01", "2023-06-30", "2023-07-01", "2024-06-30", "2024-07-01", None]),
    "laoting-2025": pd.to_datetime(["2020-05-01", "2024-08-31", "2024-09-01", "2025-06-01", "2025-06-02", None]),
}


def children(name: str, n: int, seed: str = "tiers") -> pd.DataFrame:
    """Invent children: every column of the evidence drawn from what it may hold, half the time what is usual."""
    drawn = {}
    for column in EVIDENCE.values():
        generator = lottery.generator(seed, f"{name} {column.name}")  # a new column draws the others no differently
        if column.kind in ("place", "one_of"):
            drawn[column.name] = generator.choice(column.values, n).astype(object)
        elif column.kind == "flag":
            drawn[column.name] = generator.random(n) < 0.5
        elif column.kind in ("date", "moment"):
            drawn[column.name] = pd.Series(DAYS[name][generator.integers(0, len(DAYS[name]), n)]).astype(
                "datetime64[us]"
            )
        elif column.kind == "number":
            drawn[column.name] = generator.integers(0, 3, n).astype(float)
        else:
            drawn[column.name] = np.full(n, "", dtype=object)
        if column.kind in ("flag", "one_of"):
            usual = generator.random(n) < 0.5
            drawn[column.name] = np.where(usual, column.default, drawn[column.name])
    drawn["hukou_at"] = np.where(drawn["hukou_at"] == "none", "outside", drawn["hukou_at"])
    return pd.DataFrame(drawn)


def assigned(evidence: pd.DataFrame, rules: policy.Policy) -> pd.DataFrame:
    return tiers.assign(facts.build(evidence, rules), rules)


def pingcheng(child: dict, *, scope: str, level: str) -> str:
    """Read 七(一)1–2 as a clerk would, without the table."""
    if child["stage"] == "junior":
        return "J"
    papers = child["home_evidence"] in ("title", "resettlement")
    papers |= child["home_evidence"] in ("web_contract", "presale") and child["home_accepted"]
    owned = papers and child["home_owner"] in ("parent", "child", "grandparent") and child["home_at"] != "none"
    plain = {"town": "district", "city": "outside"}  # 平城 asks for zone and district only
    home = plain.get(child["home_at"], child["home_at"]) if owned else "none"
    hukou = plain.get(child["hukou_at"], child["hukou_at"])
    dates = [child["home_dated_on"], child["hukou_since_on"]]
    limit = pd.Timestamp("2023-06-30" if child["home_second_hand"] else "2024-06-30")
    # A-PC14: a home not yet accepted is no home, and a tie to the zone all the same.
    ties = ("home_at", "hukou_at", "guardian_hukou_at", "rent_at", "grand_home_at", "permit_at")
    tied = "zone" in [child[column] for column in ties]
    permit = child["permit_at"] == "zone" and child["permit_holders"] != "none"
    if home == "zone" and hukou == "zone":
        agree = level == "zone" or child["same_dwelling"]
        shared = child["hukou_head"] == "collective" and child["same_register"]  # a 集体户 together with the parents
        if not (child["hukou_head"] in ("parent", "grandparent") or shared) or not agree:
            return "6"
        return "1" if all(not pd.isna(day) and day <= limit for day in dates) else "2"
    if home == "zone":
        return "3a" if hukou == "district" else "3b"
    if hukou == "zone":
        return "4" if scope == "zone" or home == "none" else "6"
    if home in ("outside", "none") and hukou == "outside" and permit:
        return "5"
    return "6" if tied else "x"


def laoting(child: dict, *, gap: str) -> str:
    """Read 二(一), 二(二)1–5 and 三(二) in their order, without the table."""
    if not child["urban"]:
        return "R"
    town = ("zone", "town")
    on_time = child["home_evidence"] != "untransferred" or child["home_dated_on"] <= pd.Timestamp("2025-06-01")
    paper = child["home_evidence"] not in ("rent", "")
    home = child["home_owner"] == "parent" and paper and on_time and child["home_at"] in town
    hukou = child["hukou_at"] in town
    if home and hukou:
        lives = child["home_occupied"] or child["homes_n"] > 1
        one = child["same_register"] and child["same_dwelling"] and child["hukou_head"] == "parent"
        return "1" if lives and one else gap
    # 「县城居住证」: one of a township gives no place in the town.
    migrant = "4" if child["permit_at"] in town and child["permit_holders"] != "none" else "N"
    # 三(二): from outside the county, and asking private schools alone, needs no permit.
    if migrant == "N" and child["sector"] == "private" and child["hukou_at"] in ("city", "outside"):
        migrant = "O"
    if home:
        return "2" if child["home_occupied"] else migrant.replace("N", "6").replace("O", "6")
    parent = child["guardian_hukou_at"] in town
    if child["demolition"] and child["demolition_papers"] and (hukou or parent):
        return "3"
    if child["demolition"] and child["demolition_papers"]:
        return migrant
    # 依次顺位: who may stand under 3 does not fall to 5 for living with grandparents.
    if parent and child["guardian_hukou_since_on"] <= pd.Timestamp("2024-08-31"):
        return "3"
    if child["grand_home_at"] in town:
        late = pd.isna(child["hukou_since_on"]) or child["hukou_since_on"] > pd.Timestamp("2024-08-31")
        if child["grand_hukou"] and hukou and child["hukou_head"] == "grandparent" and not late:
            return "5"
    if hukou or (parent and migrant != "4"):
        return "6"
    return migrant


@pytest.mark.parametrize("scope", ["zone", "any"])
@pytest.mark.parametrize("level", ["zone", "dwelling"])
def test_pingcheng_puts_every_child_where_a_reading_of_the_text_puts_it(scope, level):
    rules = policy.load("pingcheng-2024", set={"pc.t4_home_scope": scope, "pc.match_level": level})
    evidence = children(rules.id, 6000)
    found = assigned(evidence, rules)["tier"].astype(str).tolist()
    read = [pingcheng(child, scope=scope, level=level) for child in evidence.to_dict("records")]
    assert found == read
    assert set(read) == set(rules.table.order)


@pytest.mark.parametrize(("rank", "gap"), [(1.5, "1b"), (2, "2"), (6, "6")])
def test_laoting_puts_every_child_where_a_reading_of_the_text_puts_it(rank, gap):
    rules = policy.load("laoting-2025", set={"lt.gap_rank": rank})
    evidence = children(rules.id, 6000)
    found = assigned(evidence, rules)["tier"].astype(str).tolist()
    read = [laoting(child, gap=gap) for child in evidence.to_dict("records")]
    assert found == read
    assert {"1", gap, "2", "3", "4", "5", "6", "N", "O", "R"} == set(read)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("pingcheng-2024", ["home_dated_on", "hukou_since_on"]),
        ("laoting-2025", ["hukou_since_on", "guardian_hukou_since_on"]),
    ],
)
def test_a_later_date_never_gives_a_better_tier(name, columns):
    rules = policy.load(name)
    evidence = children(name, 4000, seed="later")
    before = assigned(evidence, rules)["tier_rank"]
    for column in columns:
        later = evidence.assign(**{column: evidence[column] + pd.Timedelta(days=200)})
        assert (assigned(later, rules)["tier_rank"] >= before).all()


def test_second_hand_never_gives_a_better_tier_than_first_hand():
    rules = policy.load("pingcheng-2024")
    evidence = children(rules.id, 4000, seed="second")
    first = assigned(evidence.assign(home_second_hand=False), rules)["tier_rank"]
    assert (assigned(evidence.assign(home_second_hand=True), rules)["tier_rank"] >= first).all()


def test_a_strict_cut_off_only_moves_children_down():
    rules = policy.load("laoting-2025")
    evidence = children(rules.id, 4000, seed="strict").assign(home_evidence="title")
    strict = policy.under(rules, {"cutoff.inclusive": False})
    assert (assigned(evidence, strict)["tier_rank"] >= assigned(evidence, rules)["tier_rank"]).all()


@pytest.mark.parametrize("name", ["pingcheng-2024", "laoting-2025"])
def test_tiers_do_not_depend_on_the_order_of_the_children(name):
    rules = policy.load(name)
    evidence = children(name, 500)
    turned = assigned(evidence[::-1], rules)[::-1]
    pd.testing.assert_frame_equal(turned, assigned(evidence, rules))


@pytest.mark.parametrize("name", ["pingcheng-2024", "laoting-2025"])
def test_every_tier_comes_with_the_clause_and_words_of_one_of_its_rows(name):
    rules = policy.load(name)
    found = assigned(children(name, 3000), rules)
    rows = {(row.tier, row.clause, row.words) for row in rules.table.rows}
    assert set(zip(found["tier"].astype(str), found["clause"], found["words"], strict=True)) <= rows
    assert (found["tier_rank"] == found["tier"].cat.codes).all()
    assert found["tier_rank"].dtype == "int8"


def test_the_explanation_names_tier_facts_clause_and_words():
    rules = policy.load("pingcheng-2024")
    evidence = cases.evidence_of([{"home_at": "zone", "hukou_at": "district"}])
    said = tiers.explain(assigned(evidence, rules).iloc[0], rules)
    assert said.startswith("第3甲类（住房在学区，户籍在本区其他学区）")
    assert "户籍：在本区（县）其他地方" in said
    assert said.endswith("依据七(一)2(3)「住房在學區,戶籍不在學區但屬于平城區范圍內」。")


def test_a_missing_fact_is_named():
    rules = policy.load("pingcheng-2024")
    table = facts.build(children(rules.id, 3), rules)
    with pytest.raises(DataError, match="儿童表中没有这一列"):
        tiers.assign(table.drop(columns="home"), rules)


def test_an_unknown_value_is_counted_and_its_children_named():
    rules = policy.load("pingcheng-2024")
    table = facts.build(children(rules.id, 3), rules).set_axis(["a", "b", "c"])
    table["home"] = ["zone", "zon", "none"]
    with pytest.raises(DataError, match=r"1 名儿童没有可用的取值（b）"):
        tiers.assign(table, rules)


def test_an_audit_policy_has_no_tiers():
    rules = policy.load("zhanhe-2024")
    with pytest.raises(DataError, match="没有类别表"):
        tiers.assign(pd.DataFrame(), rules)


def test_a_situation_declared_impossible_stops_with_its_children():
    rules = policy.load("pingcheng-2024")
    table = facts.build(children(rules.id, 3), rules).set_axis(["a", "b", "c"]).astype(str)
    table.loc["b"] = {
        "stage": "primary",
        "home": "none",
        "hukou": "zone",
        "kin": "yes",
        "match": "yes",
        "in_time": "yes",
        "permit": "no",
        "link": "yes",
    }
    with pytest.raises(DataError, match="声明为不可能（b）"):
        tiers.assign(table, rules)


def test_a_child_of_every_one_of_five_hundred_rows_is_in_the_tier_of_that_row():
    rules = policy.load("laoting-2025")
    facts_ = dict.fromkeys(list(rules.words)[:9], ("yes", "no"))
    every = list(itertools.product(*facts_.values()))
    lines = [f"tier | {' | '.join(facts_)} | clause | words"]
    lines += [f"{1 + n % 3} | {' | '.join(cells)} | 一{n} | 文" for n, cells in enumerate(every)]
    rows = pipe_table.parse("\n".join(lines), facts_, "表", faults := Faults())
    table = decision_table.Table(facts_, ("1", "2", "3"), ("3",), {"1": "甲", "2": "乙", "3": "丙"}, rows)
    table_proof.prove(table, {}, "表", faults)
    assert faults.found == []
    rules = replace(rules, facts=facts_, table=table, answer=decision_table.compile_rows(table, {}))
    ranked = tiers.assign(pd.DataFrame(every, columns=list(facts_)), rules)
    assert list(ranked["clause"]) == [f"一{n}" for n in range(512)]
    assert list(ranked["tier"]) == [str(1 + n % 3) for n in range(512)]


def test_a_register_that_was_not_handed_in_is_never_told_as_one_elsewhere():
    """The cell of the table is that of an outsider, since the child waits; its words are not."""
    town, rules = demo.nine_plots(), policy.load("laoting-2025")
    without = town.table("hukou").query("child_id != 'c1'")
    ranked = tiers.assign(applicants.build(replace(town, tables=town.tables | {"hukou": without}), rules), rules)
    assert "户籍：没有交材料" in tiers.explain(ranked.loc["c1"], rules)
    assert "在区（县）外" not in tiers.explain(ranked.loc["c1"], rules)
    assert "没有交材料" not in tiers.explain(ranked.loc["c2"], rules)
