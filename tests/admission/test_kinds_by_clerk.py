"""Rounds that split, keep back and list apart, held against a clerk with paper on sixty little towns a kind.

The towns lie side by side in one district: each has two schools, nobody asks a school of another town, and no two
children of a tier have the same number, so that no ticket decides.
"""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pandas as pd
import pytest

from tests.towns import rulebook
from tests.towns.clerks import table, walk
from tests.towns.rulebook import a_round
from tests.towns.two_schools import ORDER, TURNS, Towns, carried_out, left_by
from zhaosheng_analysis import admission
from zhaosheng_analysis.applicants import registration
from zhaosheng_analysis.policy import Window, campuses
from zhaosheng_analysis.policy.elements import Pool


@pytest.mark.parametrize("rounding", ["down", "nearest", "up"])
@pytest.mark.parametrize("share", ["0.3", "0.5"])
@pytest.mark.parametrize("turn", range(TURNS))
def test_a_share_by_one_order_and_the_rest_by_another(share, rounding, turn):
    """Of 3 seats 0.3 are 0, 1 or 1; a half of one is rounded up as at school."""
    towns = Towns(1 + 100 * turn)
    part = {
        "down": floor,
        "up": ceil,
        "nearest": lambda whole: floor(whole + Fraction(1, 2)),
    }[rounding]
    first = {school: part(n * Fraction(share)) for school, n in towns.seats.items()}
    wishes = towns.asked["first"]
    placed = walk(wishes, lambda child, school: -towns.children[child]["points_n"], first)
    rest = {child: named for child, named in wishes.items() if child not in placed}
    placed |= walk(rest, towns.order, left_by(placed, towns.seats))
    drawn = a_round("choice", id="part", key=["-points_n", "ticket"], share=float(share), rounding=rounding)
    assert carried_out(towns, drawn, a_round("choice", id="rest", key=ORDER)) == placed


@pytest.mark.parametrize("turn", range(TURNS))
def test_seats_kept_back_go_to_the_favoured_and_return_to_everybody(turn):
    towns = Towns(2 + 100 * turn)
    wishes, children = towns.asked["first"], towns.children
    free = {school: n - towns.kept[school] for school, n in towns.seats.items()}
    others = {child: named for child, named in wishes.items() if children[child]["special"] == "no"}
    placed = walk(others, towns.order, free)
    favoured = {child: named for child, named in wishes.items() if children[child]["special"] == "yes"}
    placed |= walk(favoured, towns.order, towns.kept)
    rest = {child: named for child, named in wishes.items() if child not in placed}
    placed |= walk(rest, towns.order, left_by(placed, towns.seats))
    said = [
        a_round("choice", id="open", takes={"special": "no"}, key=ORDER),
        a_round("choice", id="kept", takes={"special": "yes"}, seats="reserved", key=ORDER),
        a_round("choice", id="last", key=ORDER),
    ]
    assert carried_out(towns, *said, reserved=True) == placed


@pytest.mark.parametrize("turn", range(TURNS))
def test_each_batch_is_a_list_of_its_own(turn):
    towns = Towns(3 + 100 * turn)
    placed = walk(towns.asked["first"], towns.order, towns.seats)
    rest = {child: named for child, named in towns.asked["second"].items() if child not in placed}
    placed |= walk(rest, towns.order, left_by(placed, towns.seats))
    said = [a_round("choice", id=name, batch=name, key=ORDER) for name in ("first", "second")]
    assert carried_out(towns, *said, batches=True) == placed


@pytest.mark.parametrize("turn", range(TURNS))
def test_first_choices_of_some_and_all_choices_of_the_others_in_one_order(turn):
    towns = Towns(4 + 100 * turn)
    wishes = {
        child: named[:1] if towns.children[child]["tier"] == "2" else named
        for child, named in towns.asked["first"].items()
    }
    placed = walk(wishes, towns.order, towns.seats)
    said = a_round("choice", key=ORDER, choices_by=[{"if": {"tier": "2"}, "choices": 1}])
    assert carried_out(towns, said) == placed


@pytest.mark.parametrize("seed", range(20))
def test_days_off_inside_a_window_are_those_of_a_wall_calendar(seed):
    """Written on the wall: every day of the window, struck out where it is off, a working Saturday written back in."""
    random = np.random.default_rng(seed)
    opens, days = date(2025, 6, 20), int(random.integers(5, 25))
    wall = [opens + timedelta(day) for day in range(days)]
    off = {day for day in wall if random.random() < 0.2}
    weekends = bool(random.random() < 0.5)
    back = {day for day in wall if day.weekday() >= 5 and day not in off and random.random() < 0.4}
    worked = [day for day in wall if day not in off and (weekends or day.weekday() < 5 or day in back)]
    window = Window(
        name="registration",
        label="报名",
        clause="一",
        opens=opens,
        closes=wall[-1],
        weekends=weekends,
        closed_on=tuple(sorted(off)),
        open_on=() if weekends else tuple(sorted(back)),
    )
    moments = pd.Series([pd.Timestamp(opens) + pd.Timedelta(hours=int(hour)) for hour in range(-48, days * 24 + 48, 7)])
    found = registration.inside(window, moments, rulebook.plain())
    assert found.tolist() == [moment.date() in worked for moment in moments]


@pytest.mark.parametrize("how", ["campuses", "pools"])
@pytest.mark.parametrize("turn", range(TURNS))
def test_two_campuses_or_joint_schools_with_one_plan_are_filled_as_one_school(how, turn):
    """The clerk pastes the two lists of a town on one sheet and admits from the top until the one number is reached."""
    towns = Towns(6 + 100 * turn)
    one = {school: n for school, n in towns.seats.items() if school.endswith("A")}
    wishes = {child: [named[0][:2] + "A"] for child, named in towns.asked["first"].items() if named}
    placed = walk(wishes, towns.order, one)
    rules = rulebook.rules(a_round("choice", key=ORDER))
    district = towns.district(rules)
    main = district.schools["school_id"].str[:2] + "A"
    second = district.schools["school_id"].str.endswith("B") & (how == "campuses")
    layer = district.schools.assign(campus_of=main.where(second).astype("str"), aliases=pd.NA, successor_id=pd.NA)
    if how == "pools":
        pairs = [(school, f"{school[:2]}B") for school in one]
        joint = [Pool(f"p{a[:2]}", f"{a[:2]}片", (f"{b}校", f"{a}校"), "一", plan=f"{a}校") for a, b in pairs]
        rules = replace(rules, pools=tuple(joint))
    plans = district.tables["plans"]
    district = replace(district, schools=layer, tables=district.tables | {"plans": plans[plans["school_id"].isin(one)]})
    ranked = table(rules, towns.children)
    found = admission.run(ranked, campuses.joined(district, rules), rules, seed="s").children["school_id"].dropna()
    assert {int(child[1:]): school for child, school in found.items() if school} == placed
