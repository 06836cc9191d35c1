"""The children of the years ahead, drawn and admitted: a town of five units counted by hand.

::

    w1 | w2 || e1 | e2       w1, w2 belong to s1 (8 seats), e1, e2 to s2 (6 seats); an assignment gives w1 to s2.
                             w1: three children with a home but no hukou; w2: two with both; e1: one with both; e2: none
"""

from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from tests.towns import outlooks, paper_town, rulebook, street
from zhaosheng_analysis import admission, applicants, lottery, policy, tiers, zones
from zhaosheng_analysis.admission import repeating
from zhaosheng_analysis.forecast import Outlook
from zhaosheng_analysis.redraw import future_children, future_ends
from zhaosheng_analysis.redraw import side as sides

YEARS = (2026, 2027)
UNITS = {"w1": (0, 0, 5, 10), "w2": (5, 0, 10, 10), "e1": (10, 0, 15, 10), "e2": (15, 0, 20, 10)}
CHILDREN = [("a1", 1, False), ("a2", 2, False), ("a3", 3, False), ("b1", 6, True), ("b2", 7, True), ("c1", 12, True)]
SEATS = {"s1": 8, "s2": 6}
DEMAND = {"s1": (10, 14), "s2": (4, 4)}
ZONES = {"today": {"z1": ["w1", "w2"], "z2": ["e1", "e2"]}, "assignment": {"z1": ["w2"], "z2": ["w1", "e1", "e2"]}}


@cache
def rules() -> policy.Policy:
    return policy.load("pingcheng-2024")


def town(which: str = "today", *, shuffled: bool = False, without: str = ""):
    """Return the town with today's zones or the assignment's, perhaps without a child."""
    book = paper_town.Register(rules())
    for name, x, settled in CHILDREN:
        if name == without:
            continue
        book.child(name)
        book.home(name, x, 5)
        if settled:
            book.hukou(name, x, 5)
        else:
            book.away(name)
        book.applies(name, "s2" if x > 10 or (which == "assignment" and x < 5) else "s1")
    made = book.district()
    units = [
        {"unit_id": unit, "name": unit, "kind": "community", "dwellings_n": 100, "geometry": paper_town.area(*corners)}
        for unit, corners in UNITS.items()
    ]
    units = gpd.GeoDataFrame(units, geometry="geometry", crs=made.crs)
    drawn = made.zones[made.zones["zone_id"].isin(["z1", "z2"])].copy()
    shapes = units.set_index("unit_id").geometry
    drawn["geometry"] = [shapes[ZONES[which][zone]].union_all() for zone in drawn["zone_id"]]
    doors = made.zone_schools[made.zone_schools["zone_id"].isin(["z1", "z2"])]
    schools = made.schools[made.schools["school_id"].isin(["s1", "s2"])].assign(area_id="a1")
    plans = pd.DataFrame(
        {"school_id": list(SEATS), "seats_n": list(SEATS.values()), "class_size_n": 10, "classes_n": 1}
    )
    tables = made.tables | {"plans": plans.assign(stage="primary", intake_year=2024, reserved_n=0)}
    if shuffled:
        tables = {name: table.iloc[::-1].reset_index(drop=True) for name, table in tables.items()}
        units, schools = units.iloc[::-1], schools.iloc[::-1]
    return replace(made, units=units, zones=drawn, zone_schools=doors, schools=schools, tables=tables)


def outlook() -> Outlook:
    rows = [(s, "primary", "public", y, n, SEATS[s]) for s in DEMAND for y, n in zip(YEARS, DEMAND[s], strict=True)]
    names = ["school_id", "stage", "sector", "year", "demand_n", "seats_n"]
    return outlooks.of(schools=pd.DataFrame(rows, columns=names))


@cache
def today() -> sides.Side:
    """Return today's side of the town."""
    return side(town())


def side(there) -> sides.Side:
    """Return one side of a town, without its fates."""
    ranked = tiers.assign(applicants.build(there, rules()), rules())
    children = admission.run(ranked, there, rules(), seed="1").children
    layer = zones.valid(there.zones, stage="primary", on="2026-09-01")
    return sides.Side(there, outlook(), ranked, children, sides.sets_of(there, "primary", 2026), layer, pd.DataFrame())


def drawn(here: sides.Side, **options) -> future_children.Intakes:
    return future_children.draw(here, here.district, stage="primary", years=YEARS, seed="1", **options)


def doubled(there, coming: future_children.Intakes, here: sides.Side):
    """Return a town with the doubles of a side's children."""
    lives = sides.units_of(here.ranked, here.district, "primary")
    return future_children.with_doubles(there, coming.moved, lives, here.sets)


def ends(which: str, coming: future_children.Intakes, *, shuffled: bool = False) -> pd.DataFrame:
    """Put the years ahead through the rules on one side."""
    there = doubled(town(which, shuffled=shuffled), coming, today())
    pool = tiers.assign(applicants.build(there, rules()), rules())
    return future_ends.counted(pool, there, there, coming, rules(), seed="1")


#: (year, own school, tier, fate) -> children, counted by hand. 2026: five children come from each of w1 and w2, two
#: from e1 and e2; 2027: seven from w1 and w2. Tier 1 (home and hukou) is served before 3b (home alone);
#: whom the own school refuses the other takes while it has seats.
BY_HAND = {
    "today": {
        (2026, "s1", "1", "own"): 5,
        (2026, "s1", "3b", "own"): 3,
        (2026, "s1", "3b", "refused"): 2,
        (2026, "s2", "1", "own"): 4,
        (2027, "s1", "1", "own"): 7,
        (2027, "s1", "3b", "own"): 1,
        (2027, "s1", "3b", "refused"): 2,
        (2027, "s1", "3b", "none"): 4,
        (2027, "s2", "1", "own"): 4,
    },
    "assignment": {
        (2026, "s1", "1", "own"): 5,
        (2026, "s2", "1", "own"): 4,
        (2026, "s2", "3b", "own"): 2,
        (2026, "s2", "3b", "refused"): 3,
        (2027, "s1", "1", "own"): 7,
        (2027, "s2", "1", "own"): 4,
        (2027, "s2", "3b", "own"): 2,
        (2027, "s2", "3b", "refused"): 1,
        (2027, "s2", "3b", "none"): 4,
    },
}


@pytest.mark.parametrize("which", BY_HAND)
def test_who_goes_without_a_seat_is_as_counted_by_hand(which):
    found = ends(which, drawn(today())).set_index(["year", "school_id", "tier", "fate"])["children_n"]
    assert found.to_dict() == BY_HAND[which]


def test_nothing_depends_on_the_order_of_rows():
    coming = drawn(side(town(shuffled=True)))
    pd.testing.assert_frame_equal(coming.drawn, drawn(today()).drawn)
    pd.testing.assert_frame_equal(ends("assignment", coming, shuffled=True), ends("assignment", drawn(today())))


def test_the_head_of_the_line_comes_again_first_and_the_tail_is_left_out_first():
    coming = drawn(today()).drawn
    line = sorted(["a1", "a2", "a3"], key=lambda name: int(lottery.tickets([name], seed="1", stream="intake")[0]))
    counts = coming[coming["year"] == 2026].groupby("child_id").size()
    assert [counts[name] for name in line] == [2, 2, 1]  # five from three
    few = outlook().schools.assign(demand_n=4)
    coming = drawn(replace(today(), outlook=outlooks.of(schools=few))).drawn
    assert set(coming.loc[coming["child_id"].str.startswith("a"), "child_id"]) == set(line[:2])


def test_a_unit_without_children_gets_those_of_its_zone_and_they_live_there():
    coming = drawn(today())
    assert coming.moved.to_dict("records") == [{"child_id": "c1@e2", "donor": "c1", "unit_id": "e2"}]
    there = doubled(town(), coming, today())
    found = side(there)
    assert sides.units_of(found.ranked, there, "primary")["c1@e2"] == "e2"
    assert found.ranked.loc["c1@e2", "tier"] == found.ranked.loc["c1", "tier"] == "1"
    homes = there.table("homes").set_index("child_id")["address_id"]
    assert homes["c1@e2"] != homes["c1"]


def test_a_zone_without_children_gets_those_of_the_district_in_the_same_tier_at_its_own_school():
    bare = side(town(without="c1"))
    coming = drawn(bare)
    assert set(coming.moved["unit_id"]) == {"e1", "e2"}
    found = side(doubled(bare.district, coming, bare)).ranked
    for row in coming.moved.itertuples():
        assert found.loc[row.child_id, "school_id"] == "s2"
        assert found.loc[row.child_id, "tier"] == found.loc[row.donor, "tier"]
        assert found.loc[row.child_id, "zone_id"] == "z2"


def test_the_children_of_a_new_estate_come_on_top_and_nobody_else_changes():
    more = pd.DataFrame({2026: [3.0], 2027: [9.4]}, index=["e2"])
    plain, grown = drawn(today()).drawn, drawn(today(), more=more).drawn
    both = grown.merge(plain, on=["year", "child_id", "copy"], how="outer", indicator=True)
    assert set(both["_merge"]) == {"both", "left_only"}
    added = both[both["_merge"] == "left_only"]
    assert added.groupby("year").size().to_dict() == {2026: 3, 2027: 9}
    assert added["child_id"].str.endswith("@e2").all()


def test_a_school_that_closes_has_no_children_from_then_on():
    table = outlook().schools
    table = table[(table["school_id"] != "s2") | (table["year"] == 2026)]
    coming = drawn(replace(today(), outlook=outlooks.of(schools=table))).drawn
    home = coming["child_id"].str[0]
    assert coming[home == "c"].groupby("year").size().to_dict() == {2026: 4}
    assert coming[home != "c"].groupby("year").size().to_dict() == {2026: 10, 2027: 14}


def test_rounding_keeps_the_total_and_moves_no_part_by_a_whole_child():
    chance = lottery.generator("intakes", "rounding")
    for _ in range(20):
        total = int(chance.integers(1, 90))
        parts = pd.Series(chance.dirichlet(np.ones(7)) * total, index=list("gfedcba"))
        found = future_children.whole(parts, total)
        assert found.sum() == total
        assert (found - parts).abs().max() < 1
        assert found.sort_index().equals(future_children.whole(parts.sort_index(), total))


def test_schools_open_and_close_in_their_years():
    schools = pd.DataFrame({"status": ["open", "planned", "open"], "opened_year": [2000, 2027, 2028]})
    schools["closed_year"] = [2027, None, None]
    told = {year: future_ends.open_in(schools, year)["status"].tolist() for year in (2026, 2027, 2028)}
    assert told[2026] == ["open", "planned", "planned"]
    assert told[2027] == ["closed", "open", "planned"]
    assert told[2028] == ["closed", "open", "open"]


def test_of_children_tied_at_the_last_seats_as_many_have_one_as_there_are_seats():
    # Three seats and no ticket: the first tier has one, the four of the second are tied at the other two.
    people = street.ranked([{"tier": tier, "school_id": "A"} for tier in ["1", *["2"] * 4]]).sort_index()
    book = rulebook.rules(rulebook.a_round("zone", key=["tier"]))
    intake = repeating.ready(people, street.street({"A": 3, "B": 0, "P": 0}), book)
    cast = repeating.cast(np.arange(5))
    ends = repeating.ends(intake, cast, seed="1")
    assert ends.status.tolist() == ["admitted", *["undetermined"] * 4]
    found = future_ends.fates(intake, cast, ends, seed="1")["fate"]
    assert found.value_counts().to_dict() == {"own": 3, "none": 2}
