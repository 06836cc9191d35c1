"""The plans in force, against the words of the rule: the year's own, else the last before it, else the first after."""

import numpy as np
import pandas as pd
import pytest

from tests.towns.forecast_town import town
from zhaosheng_analysis.forecast import plans_in_force

NUMBERS = ["seats_n", "classes_n", "class_size_n"]


def by_the_words(plans: pd.DataFrame, school: str, name: str, year: int) -> float:
    """Look one number of one school up, cell by cell."""
    mine = plans[plans["school_id"] == school].sort_values("intake_year")
    told = mine.dropna(subset=[name])
    if (mine["intake_year"] <= year).any():
        before = told.loc[told["intake_year"] <= year, name]
        return before.iloc[-1] if len(before) else np.nan
    return told[name].iloc[0] if len(told) else np.nan


@pytest.mark.parametrize("seed", range(20))
def test_a_plan_holds_until_the_next_one(seed):
    chance = np.random.default_rng(seed)
    rows = [(school, year) for school in ("a", "b", "c") for year in range(2022, 2029) if chance.random() < 0.4]
    plans = pd.DataFrame(rows or [("a", 2024)], columns=["school_id", "intake_year"]).assign(stage="primary")
    for name in NUMBERS:
        numbers = pd.array(chance.integers(1, 90, len(plans)), dtype="Int64")
        numbers[chance.random(len(plans)) < 0.2] = pd.NA
        plans[name] = numbers
    district = town(plans=plans.sample(frac=1, random_state=seed))
    found = plans_in_force.in_force(district, "primary", range(2020, 2031))
    for year, table in found.items():
        assert table.index.tolist() == sorted(set(plans["school_id"]))
        for school in table.index:
            expected = [by_the_words(plans, school, name, year) for name in NUMBERS]
            told = table.loc[school, NUMBERS].astype(float).tolist()
            assert told == pytest.approx(pd.Series(expected).astype(float).tolist(), nan_ok=True)
        assert (table.dtypes == "Int64").all()
