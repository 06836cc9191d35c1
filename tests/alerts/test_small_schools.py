"""What a report leaves out does not follow from what it shows: a solver is asked for every number that is hidden."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from zhaosheng_analysis import alerts, demo, forecast, policy
from zhaosheng_analysis.alerts import small_schools
from zhaosheng_analysis.schema import small_cells

STAGE_YEARS = [("primary", 2026), ("primary", 2027), ("junior", 2026)]


@pytest.fixture(scope="module")
def first():
    rules = policy.load("laoting-2025")
    outlook = forecast.project(demo.nine_plots(), rules, years=[2026])
    return alerts.flag(outlook, rules).head(1), outlook


def county(first, seed):
    """Return flags of a few schools with few children, and what tells the last intake of each."""
    row, outlook = first
    chance, rows = np.random.default_rng(seed), []
    for stage, year in STAGE_YEARS:
        for number in range(chance.integers(2, 8)):
            demand = int(chance.choice([0, 1, 2, 5, 9, 10, 12, 40, 90]))
            hukou = int(chance.choice([0, 1, 3, demand, demand + 5]))
            missing = int(chance.random() < 0.2) * 3
            keys = {"school_id": f"{stage[0]}{number}", "stage": stage, "year": year, "name": f"{stage[0]}{number}"}
            numbers = {"demand_n": demand, "hukou_n": hukou, "missing_seats_n": missing}
            rows.append(row.assign(level="green", colour="green", **keys, **numbers))
    flags = pd.concat(rows, ignore_index=True)
    moved = flags[small_schools.KEYS].assign(driver="cohort", pupils_n=chance.integers(-3, 30, len(flags)))
    return flags, replace(outlook, drivers=moved)


def ends(hidden, cell, total):
    """Return the least and the most a hidden number can be: whole numbers of at least one that make up the rest."""
    aim = (np.arange(len(hidden)) == cell).astype(float)
    bounds = Bounds(np.where(hidden > 0, 1, 0), np.where(hidden > 0, np.inf, 0))
    sums = LinearConstraint(np.ones((1, len(hidden))), total, total)
    return [milp(sign * aim, constraints=sums, bounds=bounds, integrality=np.ones(len(hidden))).fun for sign in (1, -1)]


@pytest.mark.parametrize("seed", range(12))
def test_no_number_of_few_children_is_shown_or_follows_from_a_sum(first, seed):
    flags, outlook = county(first, seed)
    told = small_schools.shown(flags, outlook)
    left = pd.MultiIndex.from_frame(flags[small_schools.KEYS]).isin(pd.MultiIndex.from_frame(told[small_schools.KEYS]))
    assert not small_schools.inside(told)
    for (stage, year), rows in flags.assign(told=left).groupby(["stage", "year"]):
        for name in small_schools.COUNTS:
            hidden, rest = rows.loc[~rows["told"], name].to_numpy(float), rows.loc[rows["told"], name]
            for cell in np.flatnonzero((hidden > 0) & (hidden < small_cells.FEWEST)):
                least, most = ends(hidden, cell, rows[name].sum() - rest.sum())
                assert -most - least >= 1 or not (rest > 0).any(), (stage, year, name)


def test_a_school_that_lacks_seats_is_hidden_last(first):
    flags, outlook = county(first, 1)
    few = pd.concat([flags.head(1)] * 4, ignore_index=True).assign(
        school_id=list("abcd"), name=list("abcd"), demand_n=[3, 11, 60, 90], hukou_n=[3, 11, 60, 90]
    )
    few["missing_seats_n"] = [0, 2, 0, 0]
    told = small_schools.shown(few, replace(outlook, drivers=outlook.drivers.head(0)))
    assert told["school_id"].tolist() == ["b", "d"]
    assert small_schools.left_out(few, told)["name"].tolist() == ["a", "c"]


def test_a_county_of_few_children_is_shown_and_says_that_it_stays_inside(first):
    row, outlook = first
    few = row.assign(demand_n=3, hukou_n=3)
    told = small_schools.shown(few, outlook)
    assert len(told) == 1
    assert small_schools.inside(told)
    assert small_schools.left_out(few, told).empty
