"""What changed since the last run, by hand."""

import pandas as pd
import pytest

from zhaosheng_analysis.alerts import changes

COLUMNS = ["school_id", "level", "missing_seats_n", "demand_n"]


def run(rows: list[tuple], year: int = 2026) -> pd.DataFrame:
    """Return the kept numbers of some schools of one year: level, missing seats, demand."""
    frame = pd.DataFrame(rows, columns=COLUMNS).assign(
        stage="primary", year=year, hukou_n=90, seats_n=100, watch=False, sector="public"
    )
    return frame.assign(name=frame["school_id"])[changes.KEPT]


@pytest.mark.parametrize(
    ("before", "after", "turn"),
    [
        (("green", 0, 90), ("red", 5, 105), "new"),
        (("green", 0, 90), ("green", 0, 99), ""),
        (("green", 0, 90), ("yellow", 0, 96), "new"),
        (("green", 0, 99), ("green", 1, 101), "new"),
        (("yellow", 0, 96), ("red", 0, 100), "worse"),
        (("red", 5, 105), ("red", 9, 109), "worse"),
        (("yellow", 9, 109), ("red", 5, 105), "worse"),
        (("red", 9, 109), ("red", 5, 105), "better"),
        (("red", 5, 105), ("yellow", 0, 95), "better"),
        (("red", 5, 105), ("green", 0, 80), "gone"),
        (("red", 5, 105), ("red", 5, 106), ""),
        ((None, pd.NA, 105), (None, 5, 105), "new"),
    ],
)
def test_a_turn_is_new_worse_better_or_gone(before, after, turn):
    table = changes.since(run([("a", *before)]), run([("a", *after)]))
    assert table["turn"].tolist() == ([turn] if turn else [])


def test_new_ones_come_first_and_the_largest_shortage_first():
    before = run([("a", "red", 9, 109), ("b", "green", 0, 90), ("c", "green", 0, 90), ("d", "red", 3, 103)])
    after = run([("a", "red", 20, 120), ("b", "red", 2, 102), ("c", "red", 7, 107), ("d", "green", 0, 80)])
    assert changes.since(before, after)["school_id"].tolist() == ["c", "b", "a", "d"]


def test_only_years_and_schools_of_both_are_compared():
    before = pd.concat([run([("a", "red", 9, 109), ("gone", "red", 9, 109)]), run([("a", "red", 9, 109)], 2025)])
    after = pd.concat([run([("a", "green", 0, 90), ("new", "red", 9, 109)]), run([("a", "red", 9, 109)], 2027)])
    assert changes.since(before, after)[["school_id", "year", "turn"]].to_numpy().tolist() == [["a", 2026, "gone"]]
    assert changes.years_of_both(before, after) == [2026]


def test_a_year_that_is_only_watched_has_no_warning():
    before, after = run([("a", "green", 0, 90)]), run([("a", "red", 9, 109)])
    assert len(changes.since(before, after)) == 1
    assert changes.since(before, after.assign(watch=True)).empty
    assert changes.years_of_both(before, after.assign(watch=True)) == []


def test_a_private_school_that_is_asked_for_too_much_is_no_shortage():
    before, after = run([("a", "green", 0, 90)]), run([("a", "red", 9, 109)])
    assert changes.since(before, after.assign(sector="private")).empty
