"""Twins on one ticket and several schools: together or not at all, by the rule for a pair that does not fit: A-G4."""

import numpy as np
import pandas as pd
import pytest

from tests.towns import rulebook
from tests.towns.clerks import ticket
from tests.towns.rulebook import a_round
from tests.towns.street import ranked, street
from zhaosheng_analysis import admission


def intake(children, seats, *, rule="skip", applications=(), seed="s", **said):
    """Let children ask for the nearest vacancy, twins on one ticket."""
    said = {"key": ["tier", "ticket"], "bundle": rule, "sector": "any", **said}
    kind = said.pop("kind", "nearest")
    rules = rulebook.rules(a_round(kind, **said))
    people, district = ranked(children), street(seats, applications=applications)
    outcome = admission.run(people, district, rules, seed=seed)
    if rule != "expand":
        assert admission.check(outcome, people, district, rules) == []
    return outcome.children["school_id"].fillna("").tolist()


def pair(name, **said):
    return [{"twin_id": name, "x": 900.0, **said}] * 2


@pytest.mark.parametrize(
    ("rule", "schools"),
    [("skip", ["B", "B"]), ("stop", ["B", "B"]), ("expand", ["A", "A"]), ("split", ["A", "B"])],
)
def test_a_pair_before_one_last_seat(rule, schools):
    assert intake(pair("t"), {"A": 1, "B": 2, "P": 0}, rule=rule) == schools


def test_a_pair_that_fits_nowhere_is_out_as_a_whole_and_the_seats_go_on():
    """Five seats in three schools, a pair before one child: A and B have one seat each, P none."""
    children = [*pair("t"), {"tier": "2", "x": 900.0}]
    assert intake(children, {"A": 1, "B": 1, "P": 0}) == ["", "", "A"]


def test_twins_who_do_not_wish_it_stand_alone():
    for wish, schools in ((True, ["B", "B"]), (None, ["B", "B"]), (False, ["A", "B"])):
        children = [{"twin_id": "t", "x": 900.0, "twin_bundle": said} for said in (True, wish)]
        assert sorted(intake(children, {"A": 1, "B": 2, "P": 0})) == schools


def by_hand(people, seats, seed):
    """Let pairs and single children ask one school after the other; a pair one seat would do for never asked there."""
    unit_of = people["twin_id"].fillna(pd.Series(people.index, people.index))
    units = {name: rows.index.tolist() for name, rows in people.groupby(unit_of)}
    first = {name: people.loc[members[0]] for name, members in units.items()}
    places = {"A": 0.0, "B": 2000.0, "P": 4000.0}
    wishes = {name: sorted(places, key=lambda s, row=row: abs(row["x"] - places[s])) for name, row in first.items()}
    wishes = {name: [school for school in list_ if seats[school]] for name, list_ in wishes.items()}
    while True:
        passed_over, held, asked = [], {}, dict.fromkeys(units, 0)
        asking = sorted(units)
        while asking and not passed_over:
            asking, held = [], {}
            for school, room in seats.items():
                here = [n for n in units if asked[n] < len(wishes[n]) and wishes[n][asked[n]] == school]
                order = {n: (first[n]["tier_rank"], ticket(seed, school, n)) for n in here}
                for name in sorted(here, key=order.get):
                    if len(units[name]) <= room:
                        held[name], room = school, room - len(units[name])
                        continue
                    asking.append(name)
                    if room:
                        passed_over.append((*order[name], name, school))
            for name in asking:
                asked[name] += 1
        if not passed_over:
            return {child: school for name, school in held.items() for child in units[name]}
        *_, name, school = min(passed_over)
        wishes[name].remove(school)


@pytest.mark.parametrize("seed", range(40))
def test_random_families_come_out_as_by_hand_and_never_apart(seed):
    chance = np.random.default_rng(seed)
    children = []
    for family in range(int(chance.integers(3, 25))):
        said = {"tier": str(chance.choice(["1", "2"])), "x": float(chance.integers(0, 4000))}
        twins = chance.random() < 0.3
        children += [{**said, "twin_id": f"t{family}"}] * 2 if twins else [said]
    seats = {name: int(chance.integers(0, 9)) for name in "ABP"}
    people = ranked(children)
    district, rules = street(seats), rulebook.rules(a_round("nearest", sector="any", bundle="skip"))
    outcome = admission.run(people, district, rules, seed=str(seed))
    assert admission.check(outcome, people, district, rules) == []
    found = outcome.children["school_id"].dropna()
    assert found.to_dict() == by_hand(people, seats, str(seed))
    ends = outcome.children["school_id"].fillna("").groupby(people["twin_id"]).nunique()
    assert (ends == 1).all()
