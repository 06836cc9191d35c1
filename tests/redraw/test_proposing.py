"""The river town redrawn: every assignment there is, counted by hand, against what `redraw` says."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.towns import declared, river_town
from tests.towns.river_town import CHILDREN, SEATS, TODAY, UNITS, YEARS
from zhaosheng_analysis import alerts as alerts_
from zhaosheng_analysis import demo, forecast, policy, redraw
from zhaosheng_analysis.redraw import (
    adjacency,
    checking,
    objective,
    options,
    problems,
    proposing,
    valuing,
)
from zhaosheng_analysis.redraw.solver import instances, relaxation
from zhaosheng_analysis.schema import DataError

HOME = {"s-bing": "b1", "s-jia": "a2", "s-yi": "d2"}
FREE = [unit for unit in UNITS if unit not in HOME.values() and unit != "d3"]
WEIGHTS = {"walk": 1.0, "moved": 2.0, "balance": 0.0, "surplus": 0.0, "border": 3.0}


def joined(zone: set[str], home: str) -> bool:
    """Walk through a zone from its school and see whether every unit is met."""
    met, waiting = {home}, [home]
    while waiting:
        unit = waiting.pop()
        new = {other for other in zone - met if river_town.beside(unit, other)}
        met |= new
        waiting += new
    return met == zone


def fits(assignment: dict[str, str], seats: dict[str, float]) -> bool:
    """Count the children of every school and year; the zone of choice is shared out by seats."""
    for year in range(len(YEARS)):
        shared = CHILDREN["d3"][year] / (SEATS["s-yi"] + SEATS["s-bing"])
        for school, most in seats.items():
            own = sum(CHILDREN[unit][year] for unit, door in assignment.items() if door == school and unit != "d3")
            if own + (shared * SEATS[school] if school != "s-jia" else 0.0) > most + 1e-6:
                return False
    return True


def allowed(assignment: dict[str, str], seats: dict[str, float]) -> bool:
    """Say whether an assignment keeps every hard rule; the unit of choice counts as its first school's land."""
    zones = {school: {unit for unit, door in assignment.items() if door == school} for school in HOME}
    zones["s-yi"] = zones["s-yi"] | {"d3"}
    return all(joined(zones[school], home) for school, home in HOME.items()) and fits(assignment, seats)


def every_assignment() -> list[dict[str, str]]:
    """List all assignments of the free units."""
    sure = {home: school for school, home in HOME.items()}
    return [sure | dict(zip(FREE, doors, strict=True)) for doors in itertools.product(HOME, repeat=len(FREE))]


def by_hand(found: problems.Problem, assignment: dict[str, str]) -> float:
    """Add up ways, changes and borders of an assignment."""
    total = 0.0
    for unit, door in assignment.items():
        children = sum(CHILDREN[unit])
        total += WEIGHTS["walk"] * children * found.walk_m.loc[unit, door] / 1000
        total += WEIGHTS["moved"] * children * (door != TODAY[unit])
    zone = assignment | {"d3": "s-yi"}
    for one, other in itertools.combinations(UNITS, 2):
        if river_town.beside(one, other) and zone[one] != zone[other]:
            # West Street runs between a and b, South Street between 1 and 2; the other edges have no name.
            named = {one[0], other[0]} == {"a", "b"} or {one[1], other[1]} == {"1", "2"}
            total += 0.0 if named else WEIGHTS["border"] * 0.5
    return total


def assignment_of(changes: dict[str, str]) -> pd.Series:
    """Return today's assignment with some units changed."""
    return pd.Series(TODAY | changes).rename_axis("unit_id")


def roomy(**options) -> problems.Problem:
    """Return the town's problem with a third more seats than children."""
    return river_town.problem(weights=WEIGHTS, overload=0.6, **options)


MOST = {school: 1.6 * seats for school, seats in SEATS.items()}


def test_the_best_of_all_assignments_is_found_and_the_bound_lies_below_it():
    found = roomy()
    best = min(by_hand(found, assignment) for assignment in every_assignment() if allowed(assignment, MOST))
    plain = problems.weighed(found, WEIGHTS | {"shortage": 0.0, "oversize": 0.0})
    option = redraw.solve(plain, "best", "最好", seed="1", seconds=60, iterations=12)
    assert option.cost == pytest.approx(best, abs=0.2)
    assert option.bound <= best + 0.2


def test_no_option_loses_to_another_assignment_known_by_its_own_aim():
    """Today's assignment, a given one and those of the other aims, each weighed by hand under every aim."""
    town, rules = demo.nine_plots(), policy.load("laoting-2025")
    outlook = forecast.project(town, rules, years=[2026])
    flags = alerts_.flag(outlook, rules)
    base = problems.problem(town, outlook, rules, years=[2026])
    hand = base.now.copy()
    hand["u7"] = "s2"
    given = redraw.assignment_of(redraw.valued(base, hand, "hand", "街道提出的方案"))
    found = redraw.propose(town, flags, rules, seed="1", seconds=60, iterations=1, outlook=outlook, given=[given])
    assert [option.option_id for option in found[-2:]] == ["fewest-classes", "given-1"]
    assert found[-1].name == "街道提出的方案"
    for option in found[:-1]:
        for other in found:
            rival = redraw.valued(option.problem, other.assignment, "x", "x")
            if option.scenario == other.scenario and redraw.check(option.problem, other.assignment).empty:
                assert option.cost <= rival.cost + 1e-6
        assert (option.terms["weight"] * option.terms["after"]).sum() == pytest.approx(option.cost)
    short = replace(given, schools=given.schools.drop("u7"))
    with pytest.raises(DataError, match="没有写 1 个小区"):
        redraw.propose(town, flags, rules, seed="1", iterations=1, outlook=outlook, given=[short])


def test_a_search_that_has_no_time_keeps_the_best_of_the_assignments_it_was_given():
    found = problems.weighed(roomy(), WEIGHTS | {"shortage": 0.0, "oversize": 0.0})
    best = min(
        (assignment for assignment in every_assignment() if allowed(assignment, MOST)),
        key=lambda assignment: by_hand(found, assignment),
    )
    others = [problems.folded(found, assignment_of(best)), np.full(found.instance.units_n, -1)]
    option = redraw.solve(found, "best", "最好", seed="1", seconds=0.01, others=others)
    assert option.cost == pytest.approx(by_hand(found, best), abs=0.2)


def test_a_cheaper_assignment_that_breaks_a_rule_is_not_taken_over():
    found = problems.weighed(roomy(), WEIGHTS | {"shortage": 0.0, "oversize": 0.0})
    option = redraw.solve(found, "any", "方案", seed="2", seconds=60, iterations=1)
    free = replace(option, cost=1e9)
    loose = problems.folded(found, assignment_of({"c3": "s-jia"}))
    crowded = problems.folded(found, assignment_of({"b2": "s-bing", "b3": "s-bing", "c2": "s-bing"}))
    assert options.cheapest(free, [loose, crowded]) is free
    taken = options.cheapest(free, [loose, crowded, found.start])
    assert taken.assignment.equals(found.now)
    assert taken.cost == pytest.approx(by_hand(found, {unit: TODAY[unit] for unit in UNITS if unit != "d3"}), abs=0.2)


def test_the_check_is_silent_for_exactly_the_assignments_that_keep_every_rule():
    found = roomy()
    assignments = [
        assignment
        for assignment in every_assignment()
        if sum(assignment[unit] != TODAY[unit] for unit in assignment) <= 2
    ]
    silent = [redraw.check(found, assignment_of(assignment)).empty for assignment in assignments]
    assert silent == [allowed(assignment, MOST) for assignment in assignments]
    assert {True, False} == set(silent)


def test_terms_times_weights_add_up_to_the_cost():
    found = roomy()
    option = redraw.solve(found, "any", "方案", seed="2", seconds=60, iterations=3)
    assert (option.terms["weight"] * option.terms["after"]).sum() == pytest.approx(option.cost)
    assert list(option.terms["term"]) == list(objective.TERMS)
    assert option.terms.set_index("term")["before"]["moved"] == 0
    moved = {unit for unit in FREE if option.assignment[unit] != TODAY[unit]}
    assert set(option.moved["unit_id"]) == moved
    assert option.terms.set_index("term")["after"]["moved"] == pytest.approx(sum(sum(CHILDREN[u]) for u in moved))


def test_the_same_seed_gives_the_same_assignment():
    first, second = (redraw.solve(roomy(), "a", "甲", seed="7", seconds=60, iterations=4) for _ in range(2))
    pd.testing.assert_series_equal(first.assignment, second.assignment)


BROKEN = {
    "unplaced": ({"a1": ""}, {}),
    "unknown": ({"a1": "s-ding"}, {}),
    "own_unit": ({"b1": "s-jia"}, {}),
    "locked": ({"b2": "s-bing"}, {"locked": ("b2",)}),
    "forbidden": ({"b2": "s-bing"}, {"forbidden": (("b2", "s-bing"),)}),
    "contiguity": ({"c3": "s-jia"}, {}),
    "capacity": ({"b2": "s-bing", "b3": "s-bing", "c2": "s-bing"}, {}),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_each_broken_rule_is_named(rule):
    changes, options = BROKEN[rule]
    found = redraw.check(roomy(**options), assignment_of(changes))
    assert rule in set(found["rule"])
    assert found["message"].str.len().gt(4).all()


def test_a_marked_street_is_a_barrier_and_is_named():
    found = roomy(barriers=("南街",))
    broken = redraw.check(found, assignment_of({"b1": "s-bing", "b2": "s-bing"}))
    assert set(broken.loc[broken["rule"] == "barrier", "unit_id"]) >= {"b2"}
    assert "南街" in broken.loc[broken["rule"] == "barrier", "message"].iloc[0]


def test_an_unknown_barrier_is_refused():
    with pytest.raises(DataError, match="北街"):
        roomy(barriers=("北街",))


def test_a_bridge_joins_the_banks():
    town = river_town.town({})
    bridge = town.streets.iloc[[0]].assign(
        street_id="q", name="清河桥", kind="bridge", geometry=[river_town.line((0.9, 1.25), (1.1, 1.25))]
    )
    streets = pd.concat([town.streets, bridge], ignore_index=True)
    units = town.units
    found = {frozenset(units["unit_id"].iloc[list(pair)]) for pair in adjacency.adjacent(units, streets).edges}
    assert frozenset(("b3", "c3")) in found
    assert frozenset(("b3", "c3")) not in {
        frozenset(units["unit_id"].iloc[list(pair)]) for pair in adjacency.adjacent(units, town.streets).edges
    }


def test_units_that_meet_in_a_point_are_not_adjacent():
    units = river_town.town({}).units
    ids = units["unit_id"]
    pairs = {frozenset(ids.iloc[list(pair)]) for pair in adjacency.adjacent(units, river_town.town({}).streets).edges}
    assert frozenset(("a1", "b2")) not in pairs
    assert len(pairs) == 16


def test_seats_that_are_lacking_whatever_the_zones_are_counted():
    children = pd.DataFrame.from_dict(CHILDREN, orient="index", columns=list(YEARS)).rename_axis("unit_id")
    town, rules = river_town.town({}), river_town.hand_made.rules()
    problem = redraw.problem(town, None, rules, years=YEARS, stage="primary", children=children)
    found = [
        f"{year} 年缺 {int(np.ceil(sum(CHILDREN[unit][place] for unit in UNITS) - sum(SEATS.values())))} 个学位"
        for place, year in enumerate(YEARS)
    ]
    told = [str(fault) for fault in options.lacks(problem)]
    assert told
    assert sum(line in fault for line in found for fault in told) == len(told)


def two_schools(first: list[float], second: list[float]) -> instances.Instance:
    """Return a row of four units, ten children each in both years: schools in the outer ones, seats by year."""
    seats = np.array([first, second])
    rows = np.array([[0, 1], [1, 2], [2, 3]])
    return instances.instance(np.ones((4, 2)), np.full((4, 2), 10.0), seats, np.array([0, 3]), rows)


@pytest.mark.parametrize(("first", "second", "missing"), [([30, 10], [10, 30], 20), ([30, 15], [10, 25], 15)])
def test_years_that_fit_alone_but_not_with_the_same_zones_lack_seats_in_all_years_together(first, second, missing):
    place = two_schools(first, second)
    for year in range(2):
        alone = two_schools([first[year]] * 2, [second[year]] * 2)
        assert relaxation.lack(alone) == []
    (area,) = relaxation.lack(place)
    assert area.year == -1
    assert (area.units.tolist(), area.schools.tolist()) == ([0, 1, 2, 3], [0, 1])
    # The first school may be given any share of the twenty children between: count what is missing for each share.
    lacking = [
        sum(max(0, 10 + given - seats) for seats in first) + sum(max(0, 30 - given - seats) for seats in second)
        for given in range(21)
    ]
    assert area.missing == pytest.approx(missing)
    assert min(lacking) == missing


def test_a_locked_unit_stays_and_a_forbidden_pair_is_not_used():
    free = redraw.solve(roomy(), "a", "甲", seed="3", seconds=60, iterations=6)
    unit = free.moved["unit_id"].iloc[0]
    kept = redraw.solve(roomy(locked=(unit,)), "a", "甲", seed="3", seconds=60, iterations=6)
    assert kept.assignment[unit] == TODAY[unit]
    barred = redraw.solve(
        roomy(forbidden=((unit, free.assignment[unit]),)), "a", "甲", seed="3", seconds=60, iterations=6
    )
    assert barred.assignment[unit] != free.assignment[unit]
    assert min(kept.cost, barred.cost) >= free.bound - 1e-6


def test_unknown_terms_units_and_schools_are_refused_together():
    with pytest.raises(DataError, match="没有「beauty」"):
        river_town.problem(weights={"beauty": 1.0})
    with pytest.raises(DataError) as caught:
        river_town.problem(locked=("x9",), forbidden=(("a1", "s-ding"),), overload=2.0)
    assert len(caught.value.faults) == 3


def test_an_assignment_made_by_hand_has_its_cost_and_a_bound_below():
    found = roomy()
    option = redraw.valued(found, assignment_of({"b2": "s-bing"}), "hand", "手工")
    assert option.cost >= option.bound
    assert list(option.moved["unit_id"]) == ["b2"]
    assert option.moved.loc[0, "from"] == "s-jia"
    assert option.moved.loc[0, "walk_after_m"] == found.walk_m.loc["b2", "s-bing"]


def test_children_of_a_closing_school_count_once_more_with_the_pupils_it_has():
    town = river_town.town({})
    rolls = pd.DataFrame({"school_id": "s-bing", "school_year": 2025, "grade": [1, 5, 6], "pupils_n": [30, 20, 25]})
    town = replace(town, tables=town.tables | {"roll_counts": rolls})
    schools = town.schools.assign(status=["closing", "open", "open"])
    children = pd.DataFrame.from_dict(CHILDREN, orient="index", columns=list(YEARS)).rename_axis("unit_id")
    found = problems.problem(
        replace(town, schools=schools), None, river_town.hand_made.rules(), years=YEARS, children=children, overload=1.0
    )
    assert list(found.schools["school_id"]) == ["s-jia", "s-yi"]
    rows = [UNITS.index(unit) for unit in ("b1", "c1")]
    entering = sum(sum(CHILDREN[unit]) for unit in ("b1", "c1"))
    assert found.changed[rows, 0].sum() == pytest.approx(entering + 30 + 20)
    assert found.changed[UNITS.index("a1"), 1] == pytest.approx(sum(CHILDREN["a1"]))


def test_a_closed_school_leaves_the_zone_of_choice_and_its_children_are_counted_once():
    made = river_town.with_yi_closed(river_town.problem(overload=1.0))
    assert made.now["d3"] == "s-bing"
    assert made.choice == ()
    bing = list(made.schools["school_id"]).index("s-bing")
    place = list(made.units["unit_id"]).index("d3")
    assert problems.folded(made, made.now)[made.row[place]] == bing
    option = redraw.solve(made, "closed", "停办", seed="1", seconds=60, iterations=4)
    assert set(option.assignment) == {"s-bing", "s-jia"}
    loads = checking.loads(made, option.assignment)
    assert loads.sum().tolist() == pytest.approx([sum(column) for column in zip(*CHILDREN.values(), strict=True)])
    assert redraw.check(made, option.assignment).empty
    assert option.moved.set_index("unit_id").loc["d3", "from"] == "s-yi、s-bing"


def test_a_rural_school_gets_no_unit_of_another_township_where_the_text_says_so():
    town = river_town.town({})
    towns = ["west" if unit[0] in "ab" else "east" for unit in UNITS]
    schools = town.schools.assign(urban=[True, True, False], township_id=["west", "west", "east"])
    town = replace(town, units=town.units.assign(area_id=towns), schools=schools)
    children = pd.DataFrame.from_dict(CHILDREN, orient="index", columns=list(YEARS)).rename_axis("unit_id")
    plain = river_town.hand_made.rules()
    strict = replace(plain, redraw=policy.load("taobei-2024").redraw)
    free, kept = (
        problems.problem(town, None, rules, years=YEARS, children=children, overload=1.0) for rules in (plain, strict)
    )
    number = list(kept.schools["school_id"]).index("s-yi")
    west = [place for place, unit in enumerate(UNITS) if unit[0] in "ab" and unit not in HOME.values()]
    assert np.isfinite(free.instance.cost[west, number]).all()
    assert np.isinf(kept.instance.cost[west, number]).all()
    assert np.isfinite(kept.instance.cost[UNITS.index("c1"), number])


def alerts(seats: int) -> pd.DataFrame:
    """Return warnings that say the primary schools lack seats."""
    rows = [(school, year, seats) for school in SEATS for year in YEARS]
    return declared.whole(
        "alerts", pd.DataFrame(rows, columns=["school_id", "year", "missing_seats_n"]), stage="primary"
    )


def test_the_stage_that_lacks_most_seats_is_redrawn_and_one_without_zones_is_not():
    assert proposing.most_short(river_town.town({}), alerts(3), list(YEARS)) == "primary"
    with pytest.raises(DataError, match="没有可以重划的学段"):
        proposing.most_short(replace(river_town.town({}), zones=river_town.town({}).zones.iloc[:0]), alerts(3), [2026])


def test_classes_are_added_where_seats_are_lacking_and_then_they_suffice():
    found = river_town.problem()
    assert options.lacks(found)
    scenario = proposing.relief(found)
    assert {change["kind"] for change in scenario.changes} == {"classes"}
    assert not options.lacks(redraw.under(found, scenario, None))
    more = proposing.relief(roomy(), everywhere=True)
    assert len(more.changes) <= len(SEATS)


def test_two_scenarios_of_one_id_are_refused_before_the_search():
    made = [redraw.Scenario("same", name, "primary", 2026, ()) for name in "甲乙"]
    with pytest.raises(DataError, match="same"):
        redraw.propose(river_town.town({}), alerts(3), None, seed="1", scenarios=made)


def test_where_families_choose_otherwise_the_cost_is_counted_by_hand_and_nothing_is_proved():
    found = river_town.problem()
    assignment = assignment_of({"c2": "s-yi、s-bing", "d3": "s-yi"})
    told = valuing.measures(found, assignment)
    usual, part = problems.measures(found, found.start), 40 / 100  # 丙 has 40 of the 100 seats of both
    here, there = (sum(CHILDREN[unit]) / 1000 * part for unit in ("c2", "d3"))
    ways = found.walk_m
    more = here * (ways.loc["c2", "s-bing"] - ways.loc["c2", "s-yi"])
    more += there * (ways.loc["d3", "s-yi"] - ways.loc["d3", "s-bing"])
    assert told["walk"] == pytest.approx(usual["walk"] + more)
    assert told["moved"] == pytest.approx(1000 * here)
    load = checking.loads(found, assignment)
    assert load.loc["s-bing", 2026] == pytest.approx(13 + 16 + part * 17)  # b1, c1, two of five of c2
    assert redraw.check(found, assignment).rule.eq("capacity").all()
    option = redraw.valued(found, assignment, "hand", "手工")
    assert np.isnan(option.bound)
    assert np.isnan(option.gap)
    assert not np.isnan(redraw.valued(found, assignment_of({"c2": "s-bing"}), "hand", "手工").bound)


def test_a_zone_of_choice_is_one_zone_in_whatever_order_its_schools_are_told():
    assignment = assignment_of({"c2": "s-bing、s-yi"})
    there = redraw.redrawn(river_town.town({}), assignment, stage="primary", valid_from="2026-05-01")
    new = there.zones[(there.zones["rule"] == "choice") & there.zones["valid_to"].isna()]
    assert len(new) == 1
    assert new.geometry.iloc[0].area == pytest.approx(2 * 500**2)
