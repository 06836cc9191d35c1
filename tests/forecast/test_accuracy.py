"""What is published of past errors: schools that open since are in it, what is counted is counted alike."""

import pandas as pd

from tests.forecast.test_existing_grades import with_school
from tests.towns import forecast_town, rulebook
from tests.towns.forecast_town import ORIGIN, town
from zhaosheng_analysis import forecast, texts


def primaries() -> pd.DataFrame:
    """Return the rolls of the two primaries."""
    counts = forecast_town.roll_counts()
    return counts[counts["school_id"] != "b1"]


def test_a_school_that_opens_unforeseen_is_an_error_beside_the_one_of_the_others():
    counts = primaries()
    taken = (counts["school_id"] == "y1") & (counts["school_year"] == ORIGIN) & (counts["grade"] == 1)
    counts.loc[taken, "pupils_n"] -= 10
    new = pd.DataFrame([("p1", ORIGIN, 1, 10, 1)], columns=counts.columns)
    there = town(**with_school(pd.concat([counts, new], ignore_index=True)))
    table = forecast.project(there, rulebook.rules(), years=[ORIGIN + 1]).accuracy
    row = table[table["level"].eq("school") & table["horizon"].eq(1)].squeeze()
    # Six origins foresee two schools each. 乙 gets ten fewer than foreseen, the ten of the new school nobody foresaw.
    came = 6 * 100 + 6
    assert row["n"] == 12
    assert row["wape_all"] * came - row["wape"] * (came - 10) == 10
    shown = texts.forecast.accuracy(forecast.project(there, rulebook.rules(), years=[ORIGIN + 1]))
    assert shown.loc[0, ["加权误差", "含新开停办"]].tolist() == [f"{row['wape']:.1%}", f"{row['wape_all']:.1%}"]


def test_hits_are_shares_of_the_cases_beside_them_and_few_are_counted():
    told = forecast.project(town(), rulebook.rules(), years=[ORIGIN + 1, ORIGIN + 2])
    schools = told.accuracy[told.accuracy["level"] == "school"]
    # From 2019 to 2024 two primaries and one junior were forecast one year ahead, from 2019 to 2023 two.
    assert schools.set_index(["stage", "horizon"])["n"].to_dict() == {
        ("primary", 1): 12,
        ("primary", 2): 10,
        ("junior", 1): 6,
        ("junior", 2): 5,
    }
    hits = schools["coverage80"] * schools["n"]
    assert (hits - hits.round()).abs().max() < 1e-9
    shown = texts.accuracy.accuracy(told)
    few = shown["n"] < texts.accuracy.FEW
    assert shown.loc[few, "held80"].str.fullmatch(r"\d+/\d+").all()
    assert (shown.loc[few, "held80"].str.partition("/")[2] == shown.loc[few, "n"].astype(str)).all()
    assert shown.loc[~few, "held80"].str.endswith("%").all()
