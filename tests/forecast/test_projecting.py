"""Coming intakes: worked by hand on two schools, conserved through every move, blind to what lies after the origin."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from tests.towns import forecast_town, rulebook
from tests.towns.forecast_town import ORIGIN, town
from zhaosheng_analysis import forecast
from zhaosheng_analysis.forecast import entry_grade, housing, progression, projection
from zhaosheng_analysis.forecast.progression import Panel, Tuning
from zhaosheng_analysis.schema import DataError
from zhaosheng_analysis.zones import memberships

YEARS = range(2026, 2031)
#: Two schools, two grades, Septembers 2020 and 2021; zone A grows from 15 to 25 children, zone B stays at 35.
TWO = Panel(
    first_year=2020,
    pupils=np.array([[[10.0, 8.0], [12.0, 10.0]], [[20.0, 20.0], [22.0, 17.0]]]),
    levels=(np.zeros(2, dtype=int),),
    cohort=np.array([[[15.0, 25.0], [35.0, 35.0]]] * 2),
    cohort_first=2021,
    zone=np.array([0, 1]),
    zone_levels=(np.zeros(2, dtype=int),),
)
BY_HAND = Tuning(
    strengths=(10.0,), mobility=10.0, persistence=0.5, pull=0.0, betas=(1.0,), weights=(1.0,), capture_years=1
)


@pytest.fixture(scope="module")
def outlook():
    return forecast.project(town(), rulebook.rules(), years=YEARS)


def test_two_schools_agree_with_the_spreadsheet():
    coming = projection.project(TWO, 2021, 1, BY_HAND)
    # Of 30 first graders 27 are there a year later: .9. Mobility, ten pupils lent: A (10 + 10) / (9 + 10), B (17 + 10)
    # / (18 + 10), and half of it persists. Each ratio is drawn toward .9 · mobility by ten pupils more.
    ratio_a = (10 + 10 * 0.9 * (20 / 19) ** 0.5) / (10 + 10)
    ratio_b = (17 + 10 * 0.9 * (27 / 28) ** 0.5) / (20 + 10)
    np.testing.assert_allclose(coming.ratios[:, 0], [ratio_a, ratio_b])
    # Five quiet children smooth the growth: A (25 + 5) / (15 + 5), B 1. Intakes 12 · 1.5 = 18 and 22, together 40; of
    # the cohort of 50 came 34, so 34 / 50 · 60 = 40.8 are due: times 1.02.
    np.testing.assert_allclose(coming.pupils[:, 0], [[18 * 1.02, 12 * ratio_a], [22 * 1.02, 22 * ratio_b]])


def test_half_a_belief_moves_a_zone_by_the_root_of_its_own_growth():
    index = entry_grade.index(TWO.cohort[-1], TWO.zone_levels, (0.5,))
    growth = index[:, 1] / index[:, 0]
    # District 50 to 60; the zones bend it by the root of (own growth / district growth).
    np.testing.assert_allclose(growth, [1.2 * (1.5 / 1.2) ** 0.5, 1.2 * (1.0 / 1.2) ** 0.5, 1.2])


def test_a_school_no_zone_feeds_grows_with_the_district():
    index = entry_grade.index(TWO.cohort[-1], TWO.zone_levels, (1.0,))
    assert index[-1].tolist() == pytest.approx([50, 60])


def test_a_full_town_where_nobody_moves_is_forecast_to_the_child(outlook):
    sure = outlook.schools[outlook.schools["year"] == 2026].set_index("school_id")["demand_n"]
    assert sure.to_dict() == {"j1": 30 + 42, "y1": 40, "b1": 100}
    upper = outlook.grades[(outlook.grades["year"] == 2028) & (outlook.grades["grade"] == 6)]
    assert upper.set_index("school_id")["pupils_n"].to_dict() == {"j1": 60, "y1": 40}


def test_juniors_receive_the_growth_of_their_feeders_six_years_on():
    far = forecast.project(town(), rulebook.rules(), years=[2031, 2032])
    junior = far.schools[far.schools["school_id"] == "b1"].set_index("year")["demand_n"]
    # 2025's 106 first graders reach grade 7 in 2031, 2026's 112 in 2032.
    assert junior.to_dict() == {2031: 106, 2032: 112}


def test_drivers_add_up_to_the_change_from_the_last_intake(outlook):
    entry = {"primary": 1, "junior": 7}
    last = outlook.grades[outlook.grades["year"] == ORIGIN].set_index(["school_id", "grade"])["pupils_n"]
    total = outlook.drivers.groupby(["school_id", "stage", "year"])["pupils_n"].sum()
    for row in outlook.schools.itertuples():
        assert row.demand_n - last[row.school_id, entry[row.stage]] == total[row.school_id, row.stage, row.year]


def test_schools_sum_to_areas_and_district(outlook):
    by_year = outlook.schools.groupby(["stage", "year"])["demand_n"].sum()
    district = outlook.totals[outlook.totals["level"] == "district"].set_index(["stage", "year"])["demand_n"]
    assert district.sort_index().equals(by_year.sort_index())
    area = outlook.totals[outlook.totals["level"] == "area"]
    in_area = outlook.schools[outlook.schools["area_id"] == "a"].groupby("year")["demand_n"].sum()
    assert area.set_index("year")["demand_n"].equals(in_area)


def test_some_years_of_an_outlook_are_those_projected_alone(outlook):
    some, alone = outlook.of_years([2027, 2026]), forecast.project(town(), rulebook.rules(), years=[2026, 2027])
    for name in ("schools", "grades", "drivers", "totals"):
        told, expected = (getattr(one, name)["year"].unique().tolist() for one in (some, alone))
        assert told == expected
    same = ["school_id", "year", "demand_n", "seats_n", "classes_n", "hukou_n"]
    left, right = (one.schools[same].reset_index(drop=True) for one in (some, alone))
    pd.testing.assert_frame_equal(left, right)
    with pytest.raises(DataError, match=r"没有预测 2040 年.*2026、2027"):
        outlook.of_years([2026, 2040])


def test_intervals_hold_the_forecast_and_widen_with_the_level(outlook):
    table = outlook.schools
    order = ["low95_n", "low80_n", "demand_n", "high80_n", "high95_n"]
    for narrow, wide in pairwise(order):
        assert (table[narrow] <= table[wide]).all()
    assert not table["calibrated"].any(), "seven years of two schools are too short a past"


def test_what_lies_after_the_origin_changes_nothing():
    poisoned = forecast_town.roll_counts()
    poisoned.loc[poisoned["school_year"] > 2023, "pupils_n"] = 9999
    clean = forecast_town.roll_counts(last=2023)
    years = range(2024, 2029)
    told = forecast.project(town(roll_counts=poisoned), rulebook.rules(), years=years, origin=2023)
    plain = forecast.project(town(roll_counts=clean), rulebook.rules(), years=years)
    pd.testing.assert_frame_equal(told.schools, plain.schools)
    pd.testing.assert_frame_equal(told.accuracy, plain.accuracy)


def test_children_not_born_at_the_origin_and_later_plans_change_no_forecast():
    # At 2023 nobody who enters from 2030 on is born, and the plans of 2024 and 2025 have not been made.
    clean, poisoned = forecast_town.cohorts(last=2029), forecast_town.cohorts(last=2033)
    counts = ["hukou_n", "resident_n"]
    poisoned.loc[poisoned["entry_year"] > 2029, counts] = 9999
    plans = forecast_town.plans()
    full = pd.concat([plans, plans.assign(intake_year=2024, seats_n=1)], ignore_index=True)
    years = range(2024, 2032)
    told = forecast.project(town(cohorts=poisoned, plans=full), rulebook.rules(), years=years, origin=2023)
    plain = forecast.project(town(cohorts=clean), rulebook.rules(), years=years, origin=2023)
    columns = ["school_id", "year", "demand_n", "low80_n", "high80_n", "low95_n", "high95_n"]
    pd.testing.assert_frame_equal(told.schools[columns], plain.schools[columns])
    pd.testing.assert_frame_equal(told.grades, plain.grades)
    pd.testing.assert_frame_equal(told.accuracy, plain.accuracy)


def test_the_order_of_rows_changes_nothing(outlook):
    shuffled = {
        "roll_counts": forecast_town.roll_counts().iloc[::-1],
        "cohorts": forecast_town.cohorts().iloc[::-1],
        "schools": forecast_town.schools().iloc[::-1],
    }
    other = forecast.project(town(**shuffled), rulebook.rules(), years=YEARS)
    pd.testing.assert_frame_equal(other.schools, outlook.schools)


def test_a_closed_school_moves_whole_to_its_successor(outlook):
    closing = forecast_town.schools(
        status=["open", "closing", "open"],
        closed_year=pd.array([None, 2027, None], dtype="Int64"),
        successor_id=pd.array([None, "j1", None], dtype="str"),
    )
    closed = forecast.project(town(schools=closing), rulebook.rules(), years=YEARS)
    assert set(closed.schools.loc[closed.schools["school_id"] == "y1", "year"]) == {2026}
    one_roof = closed.grades[closed.grades["school_id"].isin(["j1", "y1"])].groupby(["year", "grade"])["pupils_n"].sum()
    two_roofs = (
        outlook.grades[outlook.grades["school_id"].isin(["j1", "y1"])].groupby(["year", "grade"])["pupils_n"].sum()
    )
    assert (one_roof - two_roofs).abs().max() <= 1, "only rounding may differ"
    moved = closed.drivers[(closed.drivers["driver"] == "closure") & (closed.drivers["year"] == 2028)]
    by_school = moved.set_index("school_id")["pupils_n"]
    assert by_school["j1"] == 40
    assert by_school.drop("j1").eq(0).all()


def test_a_closure_without_a_successor_is_an_error_that_names_the_school():
    closing = forecast_town.schools(closed_year=pd.array([None, 2027, None], dtype="Int64"))
    with pytest.raises(DataError, match=r"乙小学.*2027 年停办"):
        forecast.project(town(schools=closing), rulebook.rules(), years=YEARS)


def test_a_redraw_moves_the_units_children_and_loses_none(outlook):
    # From 2027 unit u2 belongs to the east: 48 of the west's 78 children in 2027.
    old, new = forecast_town.zones(), forecast_town.zones()
    old.loc[old["stage"] == "primary", "valid_to"] = pd.Timestamp("2026-12-31")
    new = new[new["stage"] == "primary"].assign(zone_id=["nj", "ny"], valid_from=pd.Timestamp("2027-01-01"))
    west, east = new.geometry.iloc[0], new.geometry.iloc[1]
    half = forecast_town.box(100, 0, 200, 200)
    new = new.set_geometry([west.difference(half), east.union(half)], crs=forecast_town.CRS)
    zones = pd.concat([old, new], ignore_index=True)
    doors = forecast_town.doors("zj", "zy", "zb", "nj", "ny")
    redrawn = forecast.project(town(zones=zones, zone_schools=doors), rulebook.rules(), years=YEARS)
    both = redrawn.schools.set_index(["school_id", "year"])["demand_n"]
    before = outlook.schools.set_index(["school_id", "year"])["demand_n"]
    assert both["j1", 2026] == before["j1", 2026]
    assert abs(both["j1", 2027] - 30) <= 1
    assert abs(both["y1", 2027] - (40 + 48)) <= 1
    assert (both["j1"] + both["y1"] - before["j1"] - before["y1"]).abs().max() <= 1
    hukou = redrawn.schools.set_index(["school_id", "year"])["hukou_n"]
    assert (hukou["j1", 2027], hukou["y1", 2027]) == (30, 88)


@pytest.mark.parametrize("since", ["2010-01-01", "2026-03-01"], ids=["long-standing", "this notice's"])
def test_a_redrawn_district_is_projected_with_the_units_children(outlook, since):
    # Unit u2 goes east on 1 July 2026: 42 of the west's 72 children of September 2026, 48 of 78 the year after. The
    # answer is the same where the old zones stand in this year's notice only and rolls are all that tells of the past.
    there = town(**forecast_town.redrawn(forecast_town.box(100, 0, 400, 200), on="2026-07-01", since=since))
    after = forecast.project(there, rulebook.rules(), years=YEARS)
    table = after.schools.set_index(["school_id", "year"])
    for year, u2, west, east in ((2026, 42, 30, 40), (2027, 48, 30, 40), (2028, 54, 30, 40)):
        assert table.loc[("j1", year), "hukou_n"] == west
        assert table.loc[("y1", year), "hukou_n"] == east + u2
        assert abs(table.loc[("j1", year), "demand_n"] - west) <= 1
        assert abs(table.loc[("y1", year), "demand_n"] - (east + u2)) <= 1
    change = after.drivers[after.drivers["driver"] == "redraw"].set_index(["school_id", "year"])["pupils_n"]
    assert (change["j1", 2026], change["y1", 2026]) == (-42, 42)
    assert after.totals.query("level == 'district'")["demand_n"].tolist() == pytest.approx(
        outlook.totals.query("level == 'district'")["demand_n"].tolist(), abs=1
    )


def test_migrants_of_a_policy_come_where_unregistered_children_live(outlook):
    # 30 of u3's children a year live there and are registered nowhere in the district; nobody else's do.
    cohorts = forecast_town.cohorts()
    cohorts.loc[cohorts["unit_id"] == "u3", "resident_n"] += 30
    rolls = forecast_town.roll_counts()
    east = rolls["school_id"] == "y1"
    rolls.loc[east, "pupils_n"] += 30
    district = town(cohorts=cohorts, roll_counts=rolls)
    usual, more = (
        forecast.project(district, rulebook.rules(), years=YEARS, migrants=number).schools.set_index(
            ["school_id", "year"]
        )
        for number in (0, {2027: 25, 2028: -500})
    )
    change = (more["demand_n"] - usual["demand_n"])[lambda table: table.index.get_level_values("school_id") != "b1"]
    assert change[change != 0].to_dict() == {("y1", 2027): 25, ("y1", 2028): -int(usual.loc[("y1", 2028), "demand_n"])}
    told = forecast.project(district, rulebook.rules(), years=YEARS, migrants=25).drivers
    told = told[told["driver"] == "migrants"].groupby(["school_id", "stage"])["pupils_n"].sum()
    assert told.to_dict() == {("j1", "primary"): 0, ("y1", "primary"): 5 * 25, ("b1", "junior"): 0}


def test_migrants_who_entered_grade_one_are_leavers_six_years_on():
    far = range(2026, 2034)
    usual, more = (forecast.project(town(), rulebook.rules(), years=far, migrants=n) for n in (0, {2026: 40}))
    pupils = [each.grades.groupby(["year", "grade"])["pupils_n"].sum() for each in (usual, more)]
    change = (pupils[1] - pupils[0])[lambda table: table > 5]
    # The cohort moves up whole: grade one in 2026, grade six in 2031, and 2032's seventh graders come from it.
    assert [key for key in change.index if key[1] <= 6] == [(2026 + step, 1 + step) for step in range(6)]
    assert (2032, 7) in change.index


def test_leavers_who_go_to_no_junior_school_of_the_district_are_told():
    # Ten of every hundred leavers went elsewhere in each past year; y1's leavers are named no junior school at all.
    rolls = forecast_town.roll_counts()
    junior = rolls["grade"] >= 7
    rolls.loc[junior, "pupils_n"] = (rolls.loc[junior, "pupils_n"] * 9) // 10
    feeders = pd.DataFrame({"primary_id": ["j1"], "junior_id": ["b1"]})
    zones = forecast_town.zones()
    district = town(roll_counts=rolls, feeders=feeders, zones=zones[zones["stage"] == "primary"])
    told = forecast.project(district, rulebook.rules(), years=YEARS).totals.query(
        "level == 'district' and stage == 'junior'"
    )
    # Sixth graders of 2025: 60 in the west, 40 in the east.
    first = told.set_index("year").loc[2026]
    assert (first["leavers_n"], first["unnamed_n"]) == (100, 40)
    assert first["elsewhere_n"] == first["leavers_n"] - first["demand_n"] == 10


def test_leavers_of_primaries_without_zones_go_where_the_primary_stands():
    # A bureau that drew zones for its juniors only was told that its leavers had no junior school.
    zones = forecast_town.zones()
    drawn = zones[zones["stage"] == "junior"]
    district = town(zones=drawn, zone_schools=forecast_town.doors("zb").set_axis(["zone_id", "school_id"], axis=1))
    outlook = forecast.project(district, rulebook.rules(), years=range(2026, 2027))
    told = outlook.totals.query("level == 'district' and stage == 'junior'").iloc[0]
    assert (told["leavers_n"], told["unnamed_n"], told["demand_n"]) == (100, 0, 100)
    assert outlook.cautions.query("stage == 'junior'")["caution"].tolist().count("standing") == 1
    # A private primary draws from everywhere: where it stands tells nothing.
    sector = district.schools["sector"].where(district.schools["school_id"] != "y1", "private")
    private = replace(district, schools=district.schools.assign(sector=sector))
    stands = memberships.standing(private, ["j1", "y1"], ["b1"], pd.Timestamp(2026, 9, 1))
    np.testing.assert_array_equal(stands, [[1.0], [0.0]])


def test_a_choice_zone_is_shared_out_by_seats_unless_the_planner_says_otherwise():
    zones = forecast_town.zones()
    zones["rule"] = ["choice", "single", "single"]
    doors = pd.concat([forecast_town.doors("zj", "zy", "zb"), pd.DataFrame({"zone_id": ["zj"], "school_id": ["y1"]})])
    district = town(zones=zones, zone_schools=doors)
    by_seats = memberships.members(district, stage="primary", year=2026, seats={"j1": 75, "y1": 25})
    assert by_seats[by_seats["unit_id"] == "u1"].set_index("school_id")["share"].to_dict() == {"j1": 0.75, "y1": 0.25}
    told = {("zj", "j1"): 0.5, ("zj", "y1"): 0.5}
    by_choice = memberships.members(district, stage="primary", year=2026, seats={"j1": 75, "y1": 25}, shares=told)
    assert by_choice.groupby("unit_id")["share"].sum().eq(1).all()
    assert by_choice[by_choice["unit_id"] == "u1"]["share"].tolist() == [0.5, 0.5]


def test_twice_the_flats_of_one_estate_move_the_right_school_and_year(outlook):
    def with_flats(number):
        table = pd.DataFrame({"unit_id": ["u3"], "delivered_on": [pd.Timestamp("2026-11-30")], "dwellings_n": [number]})
        return forecast.project(town(housing=table), rulebook.rules(), years=YEARS).schools.set_index(
            ["school_id", "year"]
        )

    before = outlook.schools.set_index(["school_id", "year"])["demand_n"]
    once, twice = with_flats(1000)["demand_n"] - before, with_flats(2000)["demand_n"] - before
    assert once["j1"].eq(0).all()
    assert once["y1", 2026] == 0, "handed over in November 2026, first felt in September 2027"
    assert once["y1"].loc[2027:].tolist() == pytest.approx([8, 16, 22, 27], abs=1)
    assert twice["y1"].loc[2027:].tolist() == pytest.approx([16, 32, 44, 54], abs=1)


def test_the_usual_yearly_flats_are_in_the_trend_and_not_counted_again():
    flats = np.full((1, 8), 100.0)
    assert housing.beyond_usual(flats, 5).sum() == 0
    flats[0, 6] = 300
    assert housing.beyond_usual(flats, 5).tolist() == [[0, 200, 0]]
    np.testing.assert_allclose(housing.first_graders(np.array([[100.0, 0, 0]]), (0.01, 0.02)), [[1, 2, 2]])


def test_scenarios_part_only_where_the_cohort_is_not_born():
    short = {"cohorts": forecast_town.cohorts(last=2029)}
    told = {
        scenario: forecast.project(town(**short), rulebook.rules(), years=range(2028, 2032), scenario=scenario).schools
        for scenario in ("low", "mid", "high")
    }
    primary = {
        name: table[table["stage"] == "primary"].groupby("year")["demand_n"].sum() for name, table in told.items()
    }
    assert primary["low"].loc[:2029].equals(primary["high"].loc[:2029])
    assert (primary["low"].loc[2030:] <= primary["mid"].loc[2030:]).all()
    assert primary["low"].loc[2031] < primary["mid"].loc[2031] < primary["high"].loc[2031]


def test_a_year_marked_invalid_is_as_if_it_had_not_been():
    spoilt = forecast_town.roll_counts()
    spoilt.loc[spoilt["school_year"] == 2022, "pupils_n"] = 1
    told = forecast.project(town(roll_counts=spoilt), rulebook.rules(), years=YEARS, invalid=[2022])
    upper = told.grades[(told.grades["year"] == 2027) & (told.grades["grade"] == 6)].set_index("school_id")["pupils_n"]
    assert upper.to_dict() == {"j1": 60, "y1": 40}
    demand = told.schools[told.schools["year"] == 2026].set_index("school_id")["demand_n"]
    assert demand.to_dict() == pytest.approx({"j1": 72, "y1": 40, "b1": 100}, abs=1)


@pytest.mark.parametrize(("years", "invalid"), [([2025, 2026], ()), ([], ()), ([2026], (2025,))])
def test_years_that_cannot_be_forecast_are_refused(years, invalid):
    with pytest.raises(DataError):
        forecast.project(town(), rulebook.rules(), years=years, invalid=invalid)


def test_every_pupil_of_a_closed_school_is_carried_by_someone():
    values = np.arange(6.0).reshape(3, 2)
    moved = progression.inherit(values, np.array([0, 0, 2]))
    assert moved.tolist() == [[2, 4], [0, 0], [4, 5]]


def test_zones_of_this_years_notice_only_are_no_redraw(outlook):
    zones = forecast_town.zones()
    zones["valid_from"] = pd.Timestamp("2026-06-30")
    told = forecast.project(town(zones=zones), rulebook.rules(), years=YEARS)
    assert told.drivers.loc[told.drivers["driver"] == "redraw", "pupils_n"].eq(0).all()
    assert told.schools["demand_n"].equals(outlook.schools["demand_n"])


def test_a_register_without_a_past_still_tells_the_total_to_come():
    # Registered residents from 2026 on only: 112, 118, 124 … children are due, and as many are expected.
    cohorts = forecast_town.cohorts()
    future = cohorts[cohorts["entry_year"] > ORIGIN]
    told = forecast.project(town(cohorts=future), rulebook.rules(), years=range(2026, 2030))
    primary = told.schools[told.schools["stage"] == "primary"].groupby("year")["demand_n"].sum()
    assert primary.tolist() == pytest.approx([112, 118, 124, 130], abs=1)


def test_a_new_school_in_a_new_zone_takes_over_its_share_of_the_old_ones_children():
    # 丁 opens in 2027 for unit u1, whose 30 children of the 78 due leave 甲.
    old = forecast_town.schools()
    new = old.iloc[[0]].assign(school_id="d1", name="丁小学", status="planned", opened_year=2027)
    schools = pd.concat([old, new], ignore_index=True)
    zones = forecast_town.zones()
    zones.loc[zones["zone_id"] == "zj", "valid_to"] = pd.Timestamp("2026-12-31")
    west = zones[zones["zone_id"] == "zj"]
    parts = [forecast_town.box(0, 0, 100, 200), forecast_town.box(100, 0, 200, 200)]
    split = pd.concat([west, west], ignore_index=True).assign(zone_id=["nd", "nj"], valid_to=pd.NaT)
    split = split.assign(valid_from=pd.Timestamp("2027-01-01")).set_geometry(parts, crs=forecast_town.CRS)
    district = town(
        schools=schools,
        zones=pd.concat([zones, split], ignore_index=True),
        zone_schools=forecast_town.doors("zj", "zy", "zb", "nd", "nj"),
    )
    told = forecast.project(district, rulebook.rules(), years=YEARS)
    demand = told.schools.set_index(["school_id", "year"])["demand_n"]
    assert ("d1", 2026) not in demand.index or demand["d1", 2026] == 0
    assert abs(demand["d1", 2027] - 30) <= 1
    assert abs(demand["j1", 2027] - 48) <= 1
    grown = told.grades[(told.grades["school_id"] == "d1") & (told.grades["year"] == 2029)].set_index("grade")
    assert grown["pupils_n"].loc[[2, 3]].tolist() == pytest.approx([30, 30], abs=1)
    assert grown["pupils_n"].loc[[4, 5, 6]].eq(0).all()


def test_a_unit_that_had_no_zone_brings_its_children_to_the_school_that_gets_it_and_nobody_new(outlook):
    # u4's 20 children a year lay in no zone and went somewhere; from 2027 they belong to 乙.
    zones = forecast_town.zones()
    zones.loc[1, "geometry"] = forecast_town.box(200, 0, 300, 200)
    district = town(zones=zones)
    before = forecast.project(district, rulebook.rules(), years=YEARS)
    later = forecast_town.redrawn(forecast_town.box(200, 0, 400, 200), on="2027-03-01")
    later["zones"].loc[1, "geometry"] = forecast_town.box(200, 0, 300, 200)
    there = town(**later)
    after = forecast.project(there, rulebook.rules(), years=YEARS)
    sums = [each.totals.query("stage == 'primary' and level == 'district'")["demand_n"] for each in (before, after)]
    assert (sums[0] - sums[1]).abs().max() <= 1
    change = after.drivers.query("driver == 'redraw' and year == 2027").set_index("school_id")["pupils_n"]
    assert 0 < change["y1"] < 20, "part of the twenty were 乙's already"
    assert change["j1"] == -change["y1"]
