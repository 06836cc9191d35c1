"""Only what a draw can change is drawn again: the same end for every child as the whole intake, draw by draw."""

import numpy as np
import pandas as pd
import pytest

from tests.towns import laoting_county, quzhou_counties, rulebook
from tests.towns.clerks import lane
from tests.towns.rulebook import a_round
from tests.towns.street import ranked, street
from zhaosheng_analysis import admission, policy
from zhaosheng_analysis.admission import chances


def ends(margin, seed):
    """Return the school of every child after one draw of the margin."""
    ids = np.append(margin.intake.world.schools["school_id"].to_numpy(object), "")
    return pd.Series(ids[chances.draw(margin, seed=seed)], margin.intake.children.index)


def same(people, district, rules, seeds):
    """Hold the margin against whole intakes; return how many children a draw can move, and how many one moved."""
    margin = chances.reduced(people, district, rules)
    whole = [admission.run(people, district, rules, seed=seed).children["school_id"].fillna("") for seed in seeds]
    for seed, expected in zip(seeds, whole, strict=True):
        assert ends(margin, seed).tolist() == expected.tolist()
    moved = pd.concat(whole, axis=1).nunique(axis=1).gt(1)
    assert not (moved & ~margin.open).any()
    return int(margin.open.sum()), int(moved.sum())


@pytest.mark.parametrize("seed", range(2))
def test_the_counties_of_laoting_end_as_in_whole_intakes(seed):
    rules = policy.under(policy.load("laoting-2025"), {"lt.freed": ["refilled", "empty"][seed % 2]})
    people, filed, seats = laoting_county.county(rules, seed)
    district = lane(rules, laoting_county.schools(), seats, filed)
    open_, _ = same(people, district, rules, ["a", "b"])
    assert open_ < len(people)


@pytest.mark.parametrize("seed", range(2))
def test_the_counties_of_quzhou_end_as_in_whole_intakes(seed):
    rules = policy.load("quzhou-2022")
    people, filed, plans = quzhou_counties.ten_counties(rules, seed)
    district = quzhou_counties.counties(rules, filed, plans)
    given_up = pd.DataFrame({"child_id": people.index[:9], "proof": True, "consent": True})
    district.tables["withdrawals"] = given_up.assign(school_id=[f"P{n}" for n in range(9)])
    open_, moved = same(people, district, rules, ["a", "b"])
    assert moved <= open_ < len(people)


@pytest.mark.parametrize("bundle", ["skip", "stop", "expand", "split"])
@pytest.mark.parametrize("seed", range(2))
def test_streets_with_twins_and_several_choices_end_as_in_whole_intakes(seed, bundle):
    chance = np.random.default_rng(seed)
    children, filed = [], []
    for number in range(60):
        said = {"tier": str(chance.choice(["1", "2", "3a"])), "x": float(chance.integers(0, 4000))}
        said |= {
            "school_id": str(chance.choice(["A", "B"])),
            "special": str(chance.choice(["yes", "no"], p=[0.1, 0.9])),
        }
        children.append(said | {"twin_id": f"t{number // 2}" if chance.random() < 0.4 else None})
        wishes = [*chance.permutation(["P", "A"])]
        filed += [(f"c{number:03d}", wishes[0], "private" if wishes[0] == "P" else "public", 1)]
    district = street({"A": 14, "B": 16, "P": 9}, applications=filed, reserved={"A": 2})
    rules = rulebook.rules(
        a_round("reserve", seats="reserved", takes={"special": "yes"}),
        a_round("zone", cap=9),
        a_round("lottery", sector="private", release=True, bundle=bundle),
        a_round("nearest", bundle=bundle),
    )
    open_, moved = same(ranked(children), district, rules, ["a", "b"])
    assert 0 < moved <= open_


def test_where_everybody_has_a_seat_nothing_is_drawn():
    rules = rulebook.rules(a_round("zone"), a_round("nearest"))
    margin = chances.reduced(ranked([{} for _ in range(9)]), street({"A": 9, "B": 0, "P": 0}), rules)
    assert not margin.open.any()
    assert ends(margin, "x").tolist() == ["A"] * 9


def test_of_two_tiers_only_the_one_that_straddles_the_seats_is_open():
    """Seats 5: three of tier 1 are in, four of tier 2 draw for two, tier 3a is out; half the draws for each, nearly."""
    people = ranked([{"tier": tier} for tier in ["1"] * 3 + ["2"] * 4 + ["3a"] * 2])
    district, rules = street({"A": 5, "B": 0, "P": 0}), rulebook.rules(a_round("zone"))
    found = chances.simulate(people, district, rules, draws=60, seed="s")
    assert found["certain"].tolist() == [True] * 3 + [False] * 4 + [True] * 2
    assert found["placed_share"].tolist()[:3] == [1.0] * 3
    assert found["placed_share"].tolist()[-2:] == [0.0] * 2
    assert found["placed_share"].iloc[3:7].sum() == pytest.approx(2)
    assert (found["placed_share"].iloc[3:7].sub(0.5).abs() < 4 * found["error"].iloc[3:7]).all()
