"""The demo districts redrawn: the move that cures a planted shortage, sentences there and back, scores that add up."""

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.towns import demo_districts, zone_maps
from tests.towns.taobei_redrawn import GEODATA, YEARS, border_unit, scored, taobei
from zhaosheng_analysis import forecast, redraw, zones
from zhaosheng_analysis.redraw import assignments, problems, proposing, scenario_children, scenarios
from zhaosheng_analysis.redraw.solver import instances
from zhaosheng_analysis.schema import DataError
from zhaosheng_analysis.sentences import placing
from zhaosheng_analysis.zones import unit_counts

AHEAD = range(2024, 2029)  # of 衢州, whose rolls end in 2022


@cache
def quzhou() -> problems.Problem:
    """Return 衢州's problem of five years, after the fewest moves."""
    district, rules = demo_districts.district("quzhou"), demo_districts.rules("quzhou")
    outlook = forecast.project(district, rules, years=AHEAD)
    found = problems.problem(district, outlook, rules, years=AHEAD)
    return problems.weighed(found, proposing.AIMS["fewest"][1])


@cache
def alone(school: str) -> problems.Problem:
    """Return 衢州's problem with no shortage but one school's: every other short school has classes added."""
    base = quzhou()
    over = (instances.loads(base.instance, base.start) - base.instance.capacity).max(axis=1)
    short = zip(base.schools["school_id"], over, strict=True)
    lacking = {other: int(np.ceil(most / 40)) for other, most in short if most > 0 and other != school}
    names = base.schools.set_index("school_id")["name"]
    relief = scenarios.relief("rest", "primary", AHEAD[0], lacking, names)
    return problems.weighed(redraw.under(base, relief, None), base.weights)


def single_moves(found: problems.Problem, school: str) -> list[float]:
    """Give every unit of a school to every school beside it, one at a time; return the costs of those that cure."""
    number = found.schools["school_id"].tolist().index(school)
    cures = []
    for row in np.flatnonzero(found.start == number):
        for other in {int(found.start[beside]) for beside in found.instance.neighbours(row)} - {number}:
            assignment = found.start.copy()
            assignment[row] = other
            if redraw.check(found, problems.unfolded(found, assignment)).empty:
                cures.append(instances.price(found.instance, assignment))
    return sorted(cures)


def test_the_one_move_that_cures_a_planted_shortage_is_found():
    truth = pd.read_csv(f"{GEODATA}/quzhou/truth/planted.csv")
    planted = truth.loc[truth["story"] == "red", "where"]
    base = quzhou()
    over = (instances.loads(base.instance, base.start) - base.instance.capacity).max(axis=1)
    short = [school for school, most in zip(base.schools["school_id"], over, strict=True) if most > 0]
    curable = {school: (alone(school), single_moves(alone(school), school)) for school in planted if school in short}
    curable = {school: (found, cures) for school, (found, cures) in curable.items() if cures}
    assert curable, "no planted shortage can be cured by one move"
    for found, cures in curable.values():
        assert instances.overflow(found.instance, found.start) > 0
        option = redraw.solve(found, "one", "一处", seed="planted", seconds=120, iterations=4)
        assert redraw.check(found, option.assignment).empty
        assert option.bound - 1e-6 <= option.cost <= cures[0] + 1e-6


def test_the_cure_that_was_planted_is_the_cheapest_single_move():
    truth = pd.read_csv(f"{GEODATA}/quzhou/truth/cures.csv")
    assert len(truth) == 1
    for row in truth.itertuples():
        found = alone(row.school_id)
        start = problems.unfolded(found, found.start)
        assert start[row.unit_id] == row.school_id
        cured = start.where(start.index != row.unit_id, row.to_school_id)
        assert "capacity" in set(redraw.check(found, start)["rule"])
        assert redraw.check(found, cured).empty
        cost = instances.price(found.instance, problems.folded(found, cured))
        assert cost == pytest.approx(single_moves(found, row.school_id)[0])


def test_children_of_the_units_add_up_to_the_forecast_of_their_school():
    found = quzhou()
    start = problems.unfolded(found, found.start)
    told = forecast.project(found.district, found.policy, years=AHEAD).schools
    demand = told[told["stage"] == "primary"].pivot_table(index="school_id", columns="year", values="demand_n")
    own = [
        school
        for school in found.schools["school_id"]
        if not (found.now.str.contains("、") & found.now.str.contains(school)).any()
    ]
    known = start[(start == found.now) & start.isin(own)]
    added = found.children.loc[known.index].groupby(known).sum()
    pd.testing.assert_frame_equal(
        added, demand.loc[added.index, list(AHEAD)].astype(float), check_names=False, check_column_type=False, rtol=1e-6
    )


def test_todays_assignment_changes_nothing_for_anybody():
    found = scored()
    assert found.moved.empty
    assert found.families.empty
    assert found.groups[["changed_n", "gain_n", "lose_n"]].to_numpy().sum() == 0
    assert (found.seats["missing_before_n"] == found.seats["missing_after_n"]).all()
    assert (found.fates["before_n"] == found.fates["after_n"]).all()
    assert list(found.district.zones["zone_id"]) == list(taobei()[0].zones["zone_id"])


def test_one_unit_moved_is_counted_once_and_by_hand():
    unit, old, new = border_unit()
    district, _, _ = taobei()
    found = scored((unit, new))
    assert set(found.moved["unit_id"]) == {unit}
    cohorts = district.table("cohorts")
    mine = cohorts[(cohorts["unit_id"] == unit) & (cohorts["entry_year"] == 2026)]["hukou_n"].sum()
    first = found.moved[(found.moved["year"] == 2026) & (found.moved["grade"] == 1)]
    assert first["children_n"].sum() == mine
    by_year = found.seats.groupby("year")[["demand_before_n", "demand_after_n"]].sum()
    assert (by_year["demand_before_n"] - by_year["demand_after_n"]).abs().max() <= 2  # whole children, rounded apart
    table = found.seats.set_index(["school_id", "year"])
    assert (table.loc[old]["demand_after_n"] <= table.loc[old]["demand_before_n"]).all()
    assert (table.loc[new]["demand_after_n"] >= table.loc[new]["demand_before_n"]).all()


def test_no_group_is_left_out_and_every_facet_counts_every_child():
    unit, _, new = border_unit()
    found = scored((unit, new))
    whole = found.everybody
    for _, rows in found.groups.groupby("facet"):
        for column in ("children_n", "changed_n", "gain_n", "lose_n", "own_after_n", "none_after_n"):
            assert rows[column].sum() == whole[column]
    assert len(found.families) >= whole["changed_n"]
    assert found.families["loses"].sum() == whole["lose_n"]


def test_every_child_to_come_has_one_fate_and_comes_on_both_sides():
    unit, _, new = border_unit()
    found, _, reference = scored((unit, new)), *taobei()[1:]
    told = found.fates.groupby("year")[["before_n", "after_n"]].sum()
    come = reference.coming.drawn.groupby("year").size()
    assert (told["before_n"] == told["after_n"]).all()
    assert (told["before_n"] == come).all()
    by_fate = found.fates.groupby("fate")[["before_n", "after_n"]].sum()
    for when in ("before", "after"):
        assert found.tiers[f"none_{when}_n"].sum() == by_fate.loc["none", f"{when}_n"]
        assert found.tiers[f"away_{when}_n"].sum() == by_fate.loc[["refused", "none"], f"{when}_n"].sum()


def test_the_children_of_an_estate_come_on_the_assignments_side_only():
    district, rules, reference = taobei()
    unit, school, _ = border_unit()
    flats = {"kind": "estate", "unit": unit, "dwellings_n": 2000, "delivered_on": "2025-06-30"}
    estate = scenarios.Scenario("estate", "新建小区", "primary", 2026, (flats,))
    told = scenarios.table(estate)
    assignment = assignments.Assignment(
        "taobei", rules.id, "primary", dt.date(2026, 5, 1), reference.side.sets, scenario=told
    )
    found = redraw.score(district, rules, assignment, seed="2026", years=YEARS, reference=reference).fates
    come = scenario_children.arrivals(estate, tuple(YEARS)).loc[unit]
    added = found.groupby("year")[["before_n", "after_n"]].sum().diff(axis=1)["after_n"]
    assert added.tolist() == [int(np.floor(number + 0.5)) for number in come]
    assert added.sum() > 100
    own = found[found["school_id"] == school].groupby("year")[["before_n", "after_n"]].sum().diff(axis=1)["after_n"]
    assert own.sum() > added.sum() / 2


def test_those_who_seek_a_seat_are_as_many_as_the_forecast_has_at_public_schools():
    _, _, reference = taobei()
    table = reference.side.outlook.schools
    public = table[(table["stage"] == "primary") & (table["sector"] == "public")]
    ends = reference.side.fates
    seeks = ends[ends["fate"].isin(["own", "refused", "apart", "none"])].groupby("year")["children_n"].sum()
    assert (seeks == public.groupby("year")["demand_n"].sum()).all()


def test_the_drafted_sentence_read_again_gives_the_zone():
    unit, old, new = border_unit()
    found = scored((unit, new))
    fresh = found.district.zones[found.district.zones["valid_from"] == pd.Timestamp("2026-05-01")]
    assert len(fresh) == 2
    for row in fresh.itertuples():
        land = placing.place(row.sentence, found.district, stage="primary").land
        assert shapely.symmetric_difference(land, row.geometry).area < 1e-3 * row.geometry.area
    before = zones.valid(found.district.zones, stage="primary", on="2026-04-30")
    after = zones.valid(found.district.zones, stage="primary", on="2026-05-01")
    assert before.geometry.area.sum() == pytest.approx(after.geometry.area.sum())
    homes = unit_counts.homes(unit_counts.shares(found.district.units, after))
    doors = found.district.zone_schools.set_index("zone_id")["school_id"]
    assert doors[homes[unit][0]] == new
    assert old in set(doors[after["zone_id"]])


def test_zones_of_an_assignment_have_no_finding_that_todays_have_not():
    unit, _, new = border_unit()
    before = zones.check(taobei()[0], stage="primary", on="2026-09-01")
    found = scored((unit, new))
    assert set(found.findings["message"]) <= set(before["message"])


def test_an_assignment_of_another_district_or_with_units_left_out_is_refused():
    district, rules, reference = taobei()
    doors = reference.side.sets
    wrong = assignments.Assignment("laoting", rules.id, "primary", dt.date(2026, 5, 1), doors)
    with pytest.raises(DataError, match="laoting"):
        redraw.score(district, rules, wrong, seed="1", years=YEARS, reference=reference)
    with pytest.raises(DataError, match="缺少小区"):
        redraw.redrawn(district, doors.iloc[1:], stage="primary", valid_from="2026-05-01")


def test_a_stage_without_zones_cannot_be_redrawn():
    town = zone_maps.demo("pingcheng")
    with pytest.raises(DataError, match="没有划定学区"):
        problems.problem(town, None, None, stage="junior", years=YEARS)
