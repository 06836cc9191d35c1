"""Classmates parted by junior zones, counted child by child, and the best redraw of all there are."""

from dataclasses import replace

import pandas as pd
import pytest

from tests.towns import hand_made, nine_year_town
from tests.towns.nine_year_town import CHILDREN, COLUMNS, ROWS, UNITS, YEARS
from zhaosheng_analysis import redraw, report

ONLY = dict.fromkeys(("walk", "shortage", "oversize", "surplus", "balance", "border"), 0.0)


@pytest.fixture(scope="module")
def town():
    return nine_year_town.town()


def problem(town, **weights: float) -> redraw.Problem:
    """Return the junior redraw in which only changes and parted classmates cost anything."""
    return redraw.problem(
        town,
        None,
        hand_made.rules(),
        stage="junior",
        years=YEARS,
        children=nine_year_town.children(),
        weights=ONLY | weights,
    )


def apart(assignment: dict[str, str]) -> float:
    """Ask every child which share of the class goes to another school than its own."""
    pupils = [(ROWS[unit], door) for unit, door in assignment.items() for _ in range(int(sum(CHILDREN[unit])))]
    total = 0.0
    for primary, door in pupils:
        mates = [other for school, other in pupils if school == primary]
        total += sum(other != door for other in mates) / len(mates)
    return total


def series(assignment: dict[str, str]) -> pd.Series:
    return pd.Series(assignment).rename_axis("unit_id")


def test_what_keeps_friends_together_is_the_best_of_all_assignments(town):
    made = problem(town, moved=1.0, split=3.0)
    costs = [
        nine_year_town.moved(one) + 3.0 * apart(one) for one in nine_year_town.every() if nine_year_town.fits(one, 40)
    ]
    option = redraw.solve(made, "friends", "同学不分开", seed="1", seconds=60, iterations=1)
    assert option.cost == pytest.approx(min(costs))
    assert option.bound <= min(costs) + 1e-6
    terms = option.terms.set_index("term")
    assert terms["after"]["split"] == pytest.approx(apart(option.assignment.to_dict()))
    assert terms["before"]["split"] == pytest.approx(apart(COLUMNS))


def test_it_is_measured_and_not_weighed_unless_asked(town):
    option = redraw.valued(problem(town, moved=1.0), series(COLUMNS), "now", "现状")
    terms = option.terms.set_index("term")
    assert (terms["weight"]["split"], option.cost) == (0.0, 0.0)
    assert terms["after"]["split"] == pytest.approx(apart(COLUMNS))
    assert apart(COLUMNS) > 0


def test_parted_primaries_are_named_with_those_who_do_not_go_with_most(town):
    assignment = COLUMNS | {"u1": "s1", "u2": "s1", "u3": "s3"}
    table = redraw.classmates.parted(problem(town), series(assignment)).set_index("primary_id")
    assert set(table.index) == {"s1", "s2", "s3"}
    assert table.loc["s1", ["schools_n", "to"]].tolist() == [2, "s1"]
    assert table.loc["s1", "apart_n"] == sum(CHILDREN["u3"])
    together = {unit: ROWS[unit] for unit in UNITS}
    assert redraw.classmates.parted(problem(town), series(together)).empty


def test_where_primaries_promote_as_a_whole_a_plot_follows_its_new_primary_and_both_changes_are_listed(town):
    feeders = pd.DataFrame({"primary_id": ["s1", "s2", "s3"], "junior_id": ["s1", "s2", "s3"]})
    bound = replace(town, tables=town.tables | {"feeders": feeders})
    same = {"years": YEARS, "children": nine_year_town.children(), "weights": ONLY | {"moved": 1.0}}
    follows = series(COLUMNS | {"u7": "s2"})
    made = redraw.problem(bound, None, hand_made.rules(), stage="junior", primary=follows, **same)
    junior = redraw.solve(made, "fewest", "少动", seed="1", seconds=60, iterations=1)
    assert junior.moved[["unit_id", "from", "to"]].to_numpy().tolist() == [["u7", "s1", "s2"]]
    assert junior.terms.set_index("term")["after"]["split"] == 0
    base = redraw.problem(town, None, hand_made.rules(), stage="primary", **same)
    primary = redraw.valued(base, series(ROWS | {"u1": "s2", "u7": "s2"}), "hand", "手工方案")
    table = report.both_stages.changes(primary, junior).set_index("unit_id")
    assert table.loc["u1"].tolist() == ["一号院", "s1", "s2", "s1", "s1"]
    assert table.loc["u7"].tolist() == ["七号院", "s3", "s2", "s1", "s2"]
    assert len(table) == 2
