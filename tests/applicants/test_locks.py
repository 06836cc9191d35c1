"""A dwelling that sent a child lately is locked: families by hand, and towns against a clerk with the register."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from zhaosheng_analysis import admission, applicants, demo, policy, tiers
from zhaosheng_analysis.audit import findings
from zhaosheng_analysis.audit.checks import seats
from zhaosheng_analysis.policy import starting
from zhaosheng_analysis.schema import DataError

YEAR = 2025
COLUMNS = ["address_id", "child_id", "school_id", "intake_year"]


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    path = tmp_path_factory.mktemp("rules") / "town-2025.toml"
    path.write_text(starting.text("town-2025", "seat-lock", year=YEAR), encoding="utf-8")
    return policy.load(path)


def with_locks(rows, **children):
    """Return the little town, every home under an address of its own, with a register of locks."""
    town = demo.nine_plots()
    homes = town.tables["homes"].assign(address_id="h-" + town.tables["homes"]["child_id"])
    tables = {"homes": homes, "seat_locks": pd.DataFrame(rows, columns=COLUMNS)}
    tables["children"] = town.tables["children"].assign(**children)
    return replace(town, tables={**town.tables, **tables})


def locked(town, rules):
    return applicants.build(town, rules)["locked"].astype("str").to_dict()


def owner(rules):
    """Return a child with a home and the school it stands at."""
    table = applicants.build(with_locks([]), rules)
    return next((child, row["school_id"]) for child, row in table.iterrows() if row["home_at"] != "none")


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2024, "yes"), (2020, "yes"), (2019, "no"), (2025, "no")],
    ids=["last", "fifth", "sixth", "now"],
)
def test_six_years_are_five_intakes_after_the_one_it_was_used_in(rules, year, expected):
    child, school = owner(rules)
    assert locked(with_locks([(f"h-{child}", "older", school, year)]), rules)[child] == expected


def test_the_same_child_a_sibling_and_another_school_do_not_lock(rules):
    child, school = owner(rules)
    row = (f"h-{child}", "older", school, 2024)
    assert locked(with_locks([(*row[:1], child, *row[2:])]), rules)[child] == "no"
    assert locked(with_locks([(*row[:2], "elsewhere", 2024)]), rules)[child] == "no"
    kin = with_locks([row], sibling_school_id=school)
    assert locked(kin, rules)[child] == "no"
    assert locked(kin, replace(rules, lock=replace(rules.lock, siblings=False)))[child] == "yes"


def test_only_the_schools_and_stages_named_are_locked(rules):
    child, school = owner(rules)
    town = with_locks([(f"h-{child}", "older", school, 2024)])
    other = next(name for name in town.schools["school_id"] if name != school)
    for lock, expected in (
        ({"schools": (other,)}, "no"),
        ({"schools": (school,)}, "yes"),
        ({"stage": ("junior",)}, "no"),
    ):
        assert locked(town, replace(rules, lock=replace(rules.lock, **lock)))[child] == expected
    assert locked(town, replace(rules, lock=None))[child] == "no"


def test_the_years_of_each_stage_are_counted_apart(rules):
    child, school = owner(rules)  # a primary child
    town = with_locks([(f"h-{child}", "older", school, 2021)])
    for years, expected in (
        ({"primary": 5, "junior": 4}, "yes"),
        ({"primary": 4, "junior": 5}, "no"),
        ({"junior": 9}, "no"),
    ):
        assert locked(town, replace(rules, lock=replace(rules.lock, years=years)))[child] == expected


@pytest.mark.parametrize(("stage", "expected"), [("primary", "yes"), ("junior", "no"), (None, "unknown")])
def test_at_a_school_of_nine_years_the_register_must_say_of_which_stage(rules, stage, expected):
    child, school = owner(rules)
    town = with_locks([(f"h-{child}", "older", school, 2024)])
    locks = town.tables["seat_locks"].assign(stage=pd.Series([stage], dtype="str"))
    schools = town.schools.assign(stage=town.schools["stage"].mask(town.schools["school_id"] == school, "both"))
    town = replace(town, schools=schools, tables={**town.tables, "seat_locks": locks})
    assert locked(town, rules)[child] == expected


def test_a_stage_there_is_none_of_is_refused_wherever_it_stands(tmp_path):
    text = starting.text("town-2025", "seat-lock", year=YEAR)
    wrong = text.replace("years = 6", "years = { primary = 6, junor = 3 }", 1)
    wrong = wrong.replace('rule = "registered"', 'rule = "registered", stage = ["primry"]', 1)
    path = tmp_path / "town-2025.toml"
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(DataError) as told:
        policy.load(path)
    assert "没有学段「junor」" in str(told.value)
    assert "没有学段「primry」" in str(told.value)


def test_a_home_without_an_address_is_not_known_and_a_missing_register_is_told(rules):
    child, _ = owner(rules)
    town = with_locks([])
    bare = town.tables["homes"].assign(address_id=pd.NA)
    assert locked(replace(town, tables={**town.tables, "homes": bare}), rules)[child] == "unknown"
    with pytest.raises(DataError, match="seat_locks"):
        applicants.build(demo.nine_plots(), rules)


@pytest.mark.parametrize("seed", range(40))
def test_random_registers_are_read_as_by_a_clerk(rules, seed):
    random = np.random.default_rng(seed)
    town = with_locks([])
    table = applicants.build(town, rules)
    rows = [
        (
            f"h-{random.choice(table.index)}",
            str(random.choice([*table.index, "older"])),
            f"s{random.integers(1, 4)}",
            int(random.integers(2017, 2026)),
        )
        for _ in range(random.integers(0, 12))
    ]
    found = locked(with_locks(rows), rules)
    homes = set(town.tables["homes"].loc[town.tables["homes"]["evidence"] != "rent", "child_id"])
    for child, row in table.iterrows():
        if row["home_at"] == "none" or child not in homes:
            continue
        used = [
            other
            for address, other, school, year in rows
            if address == f"h-{child}" and school == row["school_id"] and other != child and 2020 <= year <= 2024
        ]
        assert found[child] == ("yes" if used else "no")


def test_the_audit_counts_the_years_of_the_same_section(rules):
    rows = [("d1", "a", "s1", 2021), ("d1", "b", "s1", 2025), ("d2", "c", "s1", 2019), ("d2", "d", "s1", 2025)]
    town = with_locks(rows)
    chosen = {"seat_lock.years": 0, "seat_lock.sibling_exempt": True}
    view = findings.View(town, rules, pd.Timestamp("2025-10-01"), YEAR, chosen)
    found = seats.locked_twice(view)
    assert found.frame.loc[found.wrong, "child_id"].to_list() == ["b"]
    # Another school, or one that the section does not name, is no second use.
    for lock in ({"years": 3}, {"years": {"junior": 9}}, {"schools": ("s2",)}):
        assert not seats.locked_twice(
            replace(view, policy=replace(rules, lock=replace(rules.lock, **lock)))
        ).wrong.any()
    apart = with_locks([("d1", "a", "s1", 2021), ("d1", "b", "s2", 2025)])
    assert not seats.locked_twice(replace(view, district=apart)).wrong.any()


def test_the_rest_of_the_city_is_told_from_beyond(rules):
    town = demo.nine_plots()
    city, far = f"{town.code[:4]}01", "990101"
    hukou = town.tables["hukou"].copy()
    hukou[["unit_id", "x", "y"]] = pd.NA
    for code, expected in ((city, "city"), (far, "outside")):
        table = hukou.assign(district_code=code, x=np.nan, y=np.nan)
        found = applicants.build(replace(with_locks([]), tables={**with_locks([]).tables, "hukou": table}), rules)
        assert set(found["hukou"].astype("str")) == {expected}


def one_dwelling(**dates):
    """Return the town in which c1 and c2 live at one address, each with its own paper; schools have room for all."""
    town = with_locks([], twin_id=pd.NA)
    homes = town.tables["homes"].set_index("child_id", drop=False)
    homes.loc["c2", ["address_id", "unit_id", "x", "y"]] = homes.loc["c1", ["address_id", "unit_id", "x", "y"]]
    for child, day in dates.items():
        homes.loc[child, "dated_on"] = pd.Timestamp(day)
    tables = {"homes": homes.reset_index(drop=True), "plans": town.tables["plans"].assign(seats_n=9)}
    return replace(town, tables={**town.tables, **tables})


def run(town, rules):
    ranked = tiers.assign(applicants.build(town, rules), rules)
    outcome = admission.run(ranked, town, rules, seed="1")
    return ranked, outcome


def test_two_families_of_one_dwelling_in_one_intake_wait_until_it_is_known_whose_it_is(rules):
    town = one_dwelling()
    ranked, outcome = run(town, rules)
    assert ranked.loc[["c1", "c2"], "lock_rivals"].tolist() == ["c2", "c1"]
    assert ranked.loc[["c1", "c2"], ["status", "status_clause"]].to_numpy().tolist() == [["incomplete", "三(1)"]] * 2
    assert not (ranked["status"].drop(["c1", "c2"]) == "incomplete").any()
    assert admission.check(outcome, ranked, town, rules) == []
    said = admission.explain("c1", ranked, outcome, town, rules)
    assert "同一住房：今年另有 1 名儿童用这套住房报名同一所学校，由哪一家使用还没有查清" in said
    assert "还可以：补齐由本户使用这套住房的材料（今年另有 1 名儿童用同一住房报名）" in said
    twins = replace(town, tables={**town.tables, "children": town.tables["children"].assign(twin_id="t")})
    assert "lock_rivals" not in applicants.build(twins, rules)
    let_in = ranked.assign(status="registered", status_clause="", unregistered=0)
    both = admission.run(let_in, town, rules, seed="1")
    assert "2 名儿童与另一家用同一住房在同一年录取到同一所学校：c1、c2" in admission.check(both, let_in, town, rules)


def test_the_earliest_paper_has_the_dwelling_where_the_file_says_so(rules):
    earliest = replace(rules, lock=replace(rules.lock, rivals="earliest"))
    town = one_dwelling(c1="2019-01-01", c2="2018-01-01")
    ranked, outcome = run(town, earliest)
    assert ranked.loc[["c1", "c2"], "locked"].tolist() == ["yes", "no"]
    assert "由更早的一户使用" in admission.explain("c1", ranked, outcome, town, earliest)
    assert admission.check(outcome, ranked, town, earliest) == []
    same = run(one_dwelling(c1="2018-01-01", c2="2018-01-01"), earliest)[0]
    assert same.loc[["c1", "c2"], "status"].tolist() == ["incomplete"] * 2


@pytest.mark.parametrize("seed", range(12))
def test_families_of_one_dwelling_are_told_apart_as_by_a_clerk(rules, seed):
    """Addresses, days, twins and the reading are drawn; the clerk goes through the pairs of children one by one."""
    random = np.random.default_rng(seed)
    earliest = replace(rules, lock=replace(rules.lock, rivals="earliest" if seed % 2 else "ask"))
    town = with_locks([])
    own = town.tables["homes"]
    n = len(town.tables["children"])
    twins = pd.Series(random.choice(["t1", None, None], n), dtype="str")
    days = pd.to_datetime(random.choice(["2018-01-01", "2019-01-01", "2020-01-01"], len(own)))
    homes = own.assign(address_id=random.choice(["a", "b"], len(own)), dated_on=days)
    children = town.tables["children"].assign(twin_id=twins.array)
    table = applicants.build(replace(town, tables={**town.tables, "homes": homes, "children": children}), earliest)
    lives = homes[homes["evidence"] != "rent"].set_index("child_id")
    twin = children.set_index("child_id")["twin_id"]
    mine = [
        c for c in table.index if c in lives.index and table.loc[c, "home_at"] != "none" and table.loc[c, "registered"]
    ]
    for child in mine:
        there = [
            other
            for other in mine
            if lives.loc[other, "address_id"] == lives.loc[child, "address_id"]
            and table.loc[other, ["school_id", "stage"]].equals(table.loc[child, ["school_id", "stage"]])
        ]
        families: dict[str, list] = {}
        for other in there:
            family = other if pd.isna(twin[other]) else twin[other]
            families.setdefault(family, []).append(lives.loc[other, "dated_on"])
        own_family = child if pd.isna(twin[child]) else twin[child]
        first = [name for name, held in families.items() if min(held) == min(map(min, families.values()))]
        expected = "no"
        if len(families) > 1 and (seed % 2 == 0 or len(first) > 1):
            expected = "unknown"
        elif len(families) > 1 and first != [own_family]:
            expected = "yes"
        assert table.loc[child, "locked"] == expected, (child, there)


def test_a_dwelling_of_which_nothing_is_known_is_asked_about_and_not_refused(rules, tmp_path):
    """A check that the dwelling be free does not call a blank address locked."""
    text = starting.text("town-2025", "seat-lock", year=YEAR)
    must = ', { rule = "must", status = "ineligible", clause = "三(1)", must = { locked = "no" } }]'
    path = tmp_path / "town-2025.toml"
    path.write_text(text.replace('clause = "二" }]', 'clause = "二" }' + must, 1), encoding="utf-8")
    strict = policy.load(path)
    town = with_locks([])
    bare = replace(town, tables={**town.tables, "homes": town.tables["homes"].assign(address_id=pd.NA)})
    row = applicants.build(bare, strict).loc["c1"]
    assert (row["status"], row["missing"]) == ("incomplete", "住房的地址编号，或写明学段的锁定记录")


def test_a_word_there_is_none_of_for_rivals_is_refused(tmp_path):
    text = starting.text("town-2025", "seat-lock", year=YEAR).replace("years = 6", 'years = 6\nrivals = "first"', 1)
    path = tmp_path / "town-2025.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="没有「first」"):
        policy.load(path)
