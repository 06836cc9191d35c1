"""What must hold between two intakes of 衢州 and of 乐亭: rows turned round, somebody else added, one more seat."""

from dataclasses import replace

import pandas as pd
import pytest

from tests.towns import laoting_county, quzhou_counties
from tests.towns.clerks import lane
from zhaosheng_analysis import admission, policy
from zhaosheng_analysis.admission import PLACED


def quzhou(seed):
    rules = policy.load("quzhou-2022")
    people, filed, plans = quzhou_counties.ten_counties(rules, seed)
    return rules, people, quzhou_counties.counties(rules, filed, plans)


def laoting(seed):
    rules = policy.load("laoting-2025")
    people, filed, seats = laoting_county.county(rules, seed)
    return rules, people, lane(rules, laoting_county.schools(), seats, filed)


def ends(rules, people, district):
    return admission.run(people, district, rules, seed="s").children


def with_seats(district, school, stage, more):
    """Return the district with other seats at one school."""
    plans = district.tables["plans"]
    here = plans["school_id"].eq(school) & plans["stage"].eq(stage)
    return replace(district, tables={**district.tables, "plans": plans.assign(seats_n=plans["seats_n"] + here * more)})


@pytest.mark.parametrize("town", [quzhou, laoting])
def test_the_order_of_the_rows_changes_nothing(town):
    rules, people, district = town(3)
    before = ends(rules, people, district)
    turned = {name: table.iloc[::-1].reset_index(drop=True) for name, table in district.tables.items()}
    schools = district.schools.iloc[::-1].reset_index(drop=True)
    again = ends(rules, people.sample(frac=1, random_state=1), replace(district, tables=turned, schools=schools))
    pd.testing.assert_frame_equal(before, again)


@pytest.mark.parametrize("town", [quzhou, laoting])
def test_a_school_that_takes_nobody_and_children_who_never_registered_are_irrelevant(town):
    """An empty school is asked for by ten newcomers whose registration does not stand; the others keep their places."""
    rules, people, district = town(4)
    before = ends(rules, people, district)
    plans = district.tables["plans"]
    empty = plans.loc[plans["seats_n"].eq(0), "school_id"].iloc[0]
    new = people.iloc[:10].rename(index=lambda name: f"x{name}").assign(status="not_registered", returner=False)
    new = new.assign(status_private="not_registered")
    filed = pd.DataFrame({"child_id": new.index, "school_id": empty, "sector": "public", "choice_n": 1})
    filed = pd.concat([district.tables["applications"], filed], ignore_index=True)
    after = ends(rules, pd.concat([people, new]), replace(district, tables={**district.tables, "applications": filed}))
    columns = ["status", "school_id", "round", "ticket"]
    pd.testing.assert_frame_equal(after.loc[before.index, columns], before[columns])


@pytest.mark.parametrize("town", [quzhou, laoting])
@pytest.mark.parametrize("seed", range(2))
def test_one_more_seat_hurts_nobody_of_that_school_and_tier(town, seed):
    """Every child of the zone with a seat still has one; in each tier as many at that school as before, or more."""
    rules, people, district = town(seed)
    before = ends(rules, people, district)
    full = before.groupby(["zone_school_id", "stage"])["status"].agg(lambda status: (~status.isin(PLACED)).sum())
    school, stage = full[full > 0].index[seed]
    here = before[before["zone_school_id"].eq(school) & before["stage"].eq(stage)]
    after = ends(rules, people, with_seats(district, school, stage, 1)).loc[here.index]
    assert (after["status"].isin(PLACED) | ~here["status"].isin(PLACED)).all()
    own = [result["school_id"].eq(school).groupby(here["tier"]).sum() for result in (here, after)]
    assert (own[1] >= own[0]).all()
