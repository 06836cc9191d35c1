"""A repeated intake ends as a whole one does: with other tickets, doubles of its families, other plans."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.towns import laoting_county, quzhou_counties, rulebook
from tests.towns.clerks import lane
from tests.towns.rulebook import a_round
from tests.towns.street import ranked, street
from zhaosheng_analysis import admission, policy
from zhaosheng_analysis.admission import repeating
from zhaosheng_analysis.forecast import resampling, simulation


def whole(children, district, rules, seed):
    """Return what a whole intake says of each child: status, school, and whether its own school refused it."""
    outcome = admission.run(children, district, rules, seed=seed)
    table = outcome.children[["status", "school_id"]].fillna({"school_id": ""})
    elsewhere = table["school_id"].ne(outcome.children["zone_school_id"]) | table["status"].eq("undetermined")
    return table.assign(refused=children.index.isin(simulation.refused_at_home(outcome).index), elsewhere=elsewhere)


def same(people, district, rules, cast, seed):
    """Hold a repetition against the whole intake of the same families, doubles written out as children."""
    people = people.sort_index()
    intake = repeating.ready(people, district, rules)
    ends = repeating.ends(intake, cast, seed=seed)
    children = resampling.resampled(people, cast.row, cast.copy)
    names = people.index[cast.row]
    tables = {
        name: resampling.copied(table, names, children.index) if "child_id" in table else table
        for name, table in district.tables.items()
    }
    expected = whole(children, replace(district, tables=tables), rules, seed).loc[children.index]
    ids = np.append(intake.world.schools["school_id"].to_numpy(object), "")
    assert ends.status.tolist() == expected["status"].tolist()
    assert ids[ends.school].tolist() == expected["school_id"].tolist()
    turned_away = ends.refused_at_home & expected["elsewhere"] & np.isin(ends.status, simulation.TURNED_AWAY)
    assert turned_away.tolist() == expected["refused"].tolist()
    return ends


def some(people, seed):
    """Draw families by number, some of them several times."""
    copies = np.random.default_rng(seed).choice([0, 1, 2, 3], len(people), p=[0.2, 0.5, 0.2, 0.1])
    row = np.repeat(np.arange(len(people)), copies)
    return repeating.cast(row, np.arange(row.size) - np.searchsorted(row, row))


@pytest.mark.parametrize("seed", range(2))
def test_doubles_of_the_families_of_laoting(seed):
    rules = policy.under(policy.load("laoting-2025"), {"lt.freed": ["refilled", "empty"][seed % 2]})
    people, filed, seats = laoting_county.county(rules, seed)
    same(people, lane(rules, laoting_county.schools(), seats, filed), rules, some(people, seed), "a")


def test_doubles_of_families_that_give_up_their_seats():
    rules = policy.load("quzhou-2022")
    people, filed, plans = quzhou_counties.ten_counties(rules, 0)
    district = quzhou_counties.counties(rules, filed, plans)
    given_up = pd.DataFrame({"child_id": people.index[:9], "proof": True, "consent": [True, False, True] * 3})
    district.tables["withdrawals"] = given_up.assign(school_id=[f"P{n}" for n in range(9)])
    same(people, district, rules, some(people, 0), "a")


def crowd(seed):
    """Return a street where twins and wishes are many and seats few."""
    chance = np.random.default_rng(seed)
    children, filed = [], []
    for number in range(60):
        said = {"tier": str(chance.choice(["1", "2", "3a"])), "x": float(chance.integers(0, 4000))}
        said |= {"school_id": str(chance.choice(["A", "B"]))}
        twins = {"twin_id": f"t{number // 2}", "twin_bundle": bool(chance.random() < 0.8)}
        children.append(said | (twins if chance.random() < 0.4 else {"twin_id": None, "twin_bundle": True}))
        wishes = [*chance.permutation(["P", "A"])]
        filed += [(f"c{number:03d}", wishes[0], "private" if wishes[0] == "P" else "public", 1)]
    return ranked(children), street({"A": 14, "B": 16, "P": 9}, applications=filed, reserved={"A": 2})


@pytest.mark.parametrize("bundle", ["skip", "stop", "expand", "split"])
@pytest.mark.parametrize("key", [("tier", "ticket"), ("choice", "tier", "ticket"), ("tier",)])
def test_twins_several_choices_ties_and_orders_that_ask_the_number_of_the_choice(bundle, key):
    people, district = crowd(len(key))
    rules = rulebook.rules(
        a_round("zone", cap=9, key=[name for name in key if name != "choice"]),
        a_round("lottery", sector="private", release=True, bundle=bundle),
        a_round("nearest", bundle=bundle, key=[*dict.fromkeys([*key, "ticket"])]),
    )
    ends = same(people, district, rules, some(people, 1), "a")
    assert set(ends.status) & {"admitted", "undetermined"}
    same(people, district, rules, repeating.cast(np.arange(len(people))), "b")


def test_the_second_repetition_is_as_good_as_the_first():
    people, district = crowd(5)
    rules = rulebook.rules(a_round("zone", cap=9), a_round("nearest"))
    intake, everybody = repeating.ready(people, district, rules), repeating.cast(np.arange(len(people)))
    half = repeating.cast(np.arange(0, len(people), 2))
    repeating.ends(intake, half, seed="x")
    again = repeating.ends(intake, everybody, seed="a")
    fresh = repeating.ends(repeating.ready(people, district, rules), everybody, seed="a")
    assert again.school.tolist() == fresh.school.tolist()


def test_other_plans_leave_what_was_worked_out_where_rounds_ask_no_more_of_them_than_seats():
    people, district = crowd(5)
    more = replace(district, tables=district.tables | {"plans": district.table("plans").assign(seats_n=40)})
    rules = rulebook.rules(a_round("zone", cap=9), a_round("nearest", takes={"private_only": [True, False]}))
    intake = repeating.ready(people, district, rules)
    under = repeating.replanned(intake, more, year=rules.intake_year)
    assert under.listed is intake.listed
    everybody = repeating.cast(np.arange(len(people)))
    ends, fresh = (repeating.ends(one, everybody, seed="a") for one in (under, repeating.ready(people, more, rules)))
    assert ends.school.tolist() == fresh.school.tolist()
    assert "unplaced" not in set(ends.status)
    asks = rulebook.rules(a_round("zone", schools={"seats_n": ">= 15"}), a_round("nearest"))
    assert repeating.replanned(repeating.ready(people, district, asks), more, year=asks.intake_year) is None
