"""Phase-in: pupils of every grade counted by hand, for new entrants only and for all grades at once."""

from dataclasses import replace

import pytest

from zhaosheng_analysis import demo, forecast, policy, redraw
from zhaosheng_analysis.redraw import phasing, problems, scenarios

YEARS = [2026, 2027]


@pytest.fixture(scope="module")
def world():
    """Return the little town, its rules and its forecast."""
    town, rules = demo.nine_plots(), policy.load("laoting-2025")
    return town, rules, forecast.project(town, rules, years=YEARS)


def test_every_pupil_is_counted_once_and_only_entrants_move_where_only_they_do(world):
    """Plot u7 goes from s1 to s2: it has a third of every grade of s1, for each plot has one child a year."""
    town, _, outlook = world
    before = problems.problem(*world[:1], outlook, world[1], years=YEARS).now
    after = before.where(before.index != "u7", "s2")
    table = phasing.phases(town, outlook, before, after, stage="primary", years=YEARS, seats={})
    assert set(table["school_id"]) == {"s1", "s2"}
    grades = outlook.grades.set_index(["school_id", "year", "grade"])["pupils_n"]
    for row in table.itertuples():
        assert row.pupils_before_n == grades[row.school_id, row.year, row.grade]
        third = grades["s1", row.year, row.grade] / 3
        share = -third if row.school_id == "s1" else third
        assert row.pupils_all_n == pytest.approx(row.pupils_before_n + share)
        entered = row.year - (row.grade - 1) >= YEARS[0]
        assert row.pupils_entry_n == pytest.approx(row.pupils_all_n if entered else row.pupils_before_n)
    sums = table[["pupils_before_n", "pupils_entry_n", "pupils_all_n"]].sum()
    assert sums.to_numpy() == pytest.approx(sums.iloc[0])
    stay = sum(grades["s1", 2026, grade] / 3 for grade in range(2, 7))
    assert phasing.transfers(table) == pytest.approx(stay)


def test_nothing_is_counted_where_no_zone_changes(world):
    town, rules, outlook = world
    now = problems.problem(town, outlook, rules, years=YEARS).now
    assert phasing.phases(town, outlook, now, now, stage="primary", years=YEARS, seats={}).empty


def test_under_the_scenario_of_all_grades_pupils_are_children_who_change_school(world):
    town, rules, outlook = world
    base = redraw.problem(town, outlook, rules, years=YEARS)
    whole = scenarios.Scenario("all", "各年级一起改", "primary", 2026, ({"kind": "phase", "grades": "all"},))
    entry = replace(whole, id="entry", changes=({"kind": "phase", "grades": "entry"},))
    assert scenarios.parsed(scenarios.table(whole), where="x") == whole
    at = base.units["unit_id"].tolist().index("u7")
    to = base.schools["school_id"].tolist().index("s2")
    rolls = town.table("roll_counts")
    last = rolls[(rolls["school_id"] == "s1") & (rolls["school_year"] == rolls["school_year"].max())]
    staying = last.loc[last["grade"] < 6, "pupils_n"].sum() / 3
    plain, all_ = (redraw.under(base, made, outlook) for made in (entry, whole))
    assert plain.changed[at, to] == pytest.approx(base.changed[at, to])
    assert all_.changed[at, to] == pytest.approx(base.changed[at, to] + staying)
