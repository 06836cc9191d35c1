"""A district of five and four grades is forecast, warned of, audited and looked at with its own grades of entry."""

import pandas as pd
import pytest

from tests.towns import five_four
from zhaosheng_analysis import audit, classes, forecast, policy
from zhaosheng_analysis.zones import memberships, unit_counts


@pytest.fixture(scope="module")
def town():
    return five_four.town()


@pytest.fixture(scope="module")
def rules(town):
    return policy.of(town)


@pytest.fixture(scope="module")
def outlook(town, rules):
    return forecast.project(town, rules, years=[2026])


def test_those_who_leave_the_fifth_grade_are_the_juniors_of_the_next(town, outlook):
    """Nobody ever moves: seven leave the primaries, and seven enter grade 6 of the one junior school."""
    rolls = town.table("roll_counts")
    leaving = rolls.query("school_year == 2025 and grade == 5")["pupils_n"].sum()
    junior = outlook.schools.query("stage == 'junior'").iloc[0]
    assert (junior["demand_n"], junior["hukou_n"], leaving) == (7, 7, 7)
    whole = outlook.totals.query("level == 'district' and stage == 'junior'").iloc[0]
    assert (whole["leavers_n"], whole["elsewhere_n"], whole["unnamed_n"]) == (7, 0, 0)
    taught = outlook.grades.groupby(["school_id", "year"])["grade"].agg(lambda grades: "".join(map(str, grades)))
    assert set(taught.loc["j1"]) == {"6789"}
    assert set(taught.loc["s1"]) == {"12345"}


def test_a_class_of_grade_six_is_junior_and_stands_where_it_entered(town, rules):
    table = audit.cohorts(town.table("classes"), town.school_system)
    six = table.query("grade == 6 and school_year == 2025").iloc[0]
    assert (six["stage"], six["entered_year"]) == ("junior", 2025)
    room = classes.headroom(table.query("school_year == 2025"), rules, system=town.school_system)
    standard = rules.capacity.standard
    bases = room.assign(stage=table["stage"]).groupby("stage")["base"].unique().map(list).to_dict()
    assert bases == {"primary": [standard["primary"]], "junior": [standard["junior"]]}
    entry = room[room["grade"].isin([1, 6])]
    assert (entry["cap"] == entry["base"]).all()


def test_a_register_reaches_junior_school_after_five_years(town):
    due = unit_counts.due(town, stage="junior")
    assert memberships.years_before(town) == 5
    mine = due.query("unit_id == 'u1'")
    register = town.table("cohorts").query("unit_id == 'u1'")
    assert set(mine["grade"]) == {6}
    assert mine["year"].tolist() == (register["entry_year"] + 5).tolist()


def test_a_forecast_is_scored_by_the_grade_its_stage_enters(town, outlook):
    """One more came to grade 6 than was said, and just as many as were said to grade 1."""
    later = town.table("roll_counts").query("school_year == 2025").assign(school_year=2026)
    later.loc[later["grade"] == 6, "pupils_n"] += 1
    counts = pd.concat([town.table("roll_counts"), later], ignore_index=True)
    known = {"origin": 2025, "system": town.school_system}
    told = forecast.scoring.errors(outlook.schools, outlook.grades, outlook.totals, counts, **known)
    schools = told.query("level == 'school'").set_index("stage")["wape"]
    assert (schools["primary"], schools["junior"]) == pytest.approx((0, 1 / 8))
