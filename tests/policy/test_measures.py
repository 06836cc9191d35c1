"""Months over the records of a family: named families by hand, and random ones against a clerk who ticks off days."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from zhaosheng_analysis.policy import measures
from zhaosheng_analysis.policy.elements import Date
from zhaosheng_analysis.policy.measures import Measure

DATES = {"counted": Date(dt.date(2025, 3, 31), "四", inclusive=True)}
DAY = dt.timedelta(days=1)


def measure(**said) -> Measure:
    return Measure("月数", "四", **{"of": "months", "records": ("insurance",), "until": "counted", **said})


def records(*rows) -> pd.DataFrame:
    """Make rows of child, holder, first day, last day (or nothing)."""
    table = pd.DataFrame(rows, columns=["child_id", "holder", "since_on", "until_on"]).assign(kind="insurance")
    for name in ("since_on", "until_on"):
        table[name] = pd.to_datetime(table[name])
    return table.astype({"child_id": "str", "holder": "str"})


def counted(told: Measure, rows: pd.DataFrame, *children: str) -> list:
    found = measures.recorded(told, rows, pd.Index(children or ["c"]), DATES)
    return [None if pd.isna(value) else int(value) for value in found]


BROKEN = records(
    ("c", "father", "2023-01-01", "2023-12-31"),  # twelve months
    ("c", "father", "2024-03-01", "2024-08-31"),  # two months later, six more
    ("c", "father", "2025-01-01", None),  # four months later, and it runs on: three to the end of March
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"take": "sum"}, 21),
        ({"take": "longest"}, 12),
        ({"take": "longest", "gap_months": 2}, 18),
        ({"take": "latest", "gap_months": 3}, 3),
        ({"take": "latest", "gap_months": 4}, 21),
        ({"take": "current"}, 3),
        ({"take": "current", "of": "days"}, 90),
        ({"take": "sum", "of": "years"}, 1),
        ({"take": "sum", "holder": "mother"}, None),
        ({"take": "sum", "holder": "mother", "unknown": "zero"}, 0),
        ({"take": "sum", "holder": "both"}, 0),
        ({"take": "sum", "holder": "best"}, 21),
    ],
)
def test_a_family_whose_insurance_was_interrupted(said, expected):
    assert counted(measure(**said), BROKEN) == [expected]


def test_records_that_ended_are_no_longer_current():
    rows = records(("c", "father", "2020-01-01", "2024-12-30"))
    assert counted(measure(take="latest"), rows) == [59]
    assert counted(measure(take="current"), rows) == [0]
    assert counted(measure(take="current", gap_months=3), rows) == [0]
    assert counted(measure(take="current", gap_months=4), rows) == [59]


def test_two_papers_of_the_same_months_count_once_and_two_parents_each_for_themselves():
    rows = records(
        ("c", "father", "2024-01-01", "2024-06-30"),
        ("c", "father", "2024-04-01", "2024-09-30"),
        ("c", "mother", "2024-10-01", "2024-12-31"),
    )
    assert counted(measure(take="sum"), rows) == [12]
    assert counted(measure(take="sum", holder="best"), rows) == [9]
    assert counted(measure(take="sum", holder="both"), rows) == [3]


def test_nothing_handed_in_and_a_blank_first_day_are_not_known():
    rows = records(("a", "father", None, "2024-06-30"), ("b", "father", "2026-01-01", None))
    assert counted(measure(take="sum"), rows, "a", "b", "c") == [None, 0, None]


def test_numbers_are_made_of_numbers():
    known = {"x": pd.Series([1, 4, None], dtype="Int64"), "y": pd.Series([3, 2, 1], dtype="Int64")}
    for of, expected in {"sum": [7.0, 8.0, None], "most": [6.0, 4.0, None], "least": [1.0, 4.0, None]}.items():
        told = measures.measured(Measure("和", "四", of=of, parts={"x": 1.0, "y": 2.0}), known, DATES)
        assert [None if pd.isna(value) else value for value in told] == expected


def by_days(rows: pd.DataFrame, take: str, gap: int) -> int:
    """Tick off the days of one holder on a calendar and read the stretches off it."""
    last, days = DATES["counted"].on, set()
    for row in rows.itertuples():
        day, end = row.since_on.date(), last if pd.isna(row.until_on) else row.until_on.date()
        while day <= min(end, last):
            days.add(day)
            day += DAY
    stretches: list[list[dt.date]] = []
    for day in sorted(days):
        stays = stretches and day <= (pd.Timestamp(stretches[-1][-1] + DAY) + pd.DateOffset(months=gap)).date()
        if stays:
            stretches[-1].append(day)
        else:
            stretches.append([day])
    if not stretches:
        return 0
    if take == "sum":
        return len(days)
    if take == "longest":
        return max(map(len, stretches))
    runs = (pd.Timestamp(stretches[-1][-1] + DAY) + pd.DateOffset(months=gap)).date() > last
    return len(stretches[-1]) if runs or take == "latest" else 0


@pytest.mark.parametrize("seed", range(12))
def test_random_records_are_those_ticked_off_on_a_calendar(seed):
    random = np.random.default_rng(seed)
    gap, rows = int(random.integers(0, 4)), []
    for child in ("a", "b", "c", "d"):
        ended = {}
        for _ in range(random.integers(1, 5)):
            holder, since = (
                str(random.choice(["father", "mother"])),
                dt.date(2023, 1, 1) + DAY * int(random.integers(900)),
            )
            if ended.get(holder) and random.random() < 0.6:  # on the edge of the gap, a day before it or after
                edge = pd.Timestamp(ended[holder] + DAY) + pd.DateOffset(months=gap)
                since = edge.date() + DAY * int(random.integers(-1, 2))
            until = None if random.random() < 0.3 else since + DAY * int(random.integers(0, 200))
            ended[holder] = until
            rows.append((child, holder, since, until))
    table = records(*rows)
    for take in measures.TAKES:
        told = counted(measure(take=take, gap_months=gap, of="days", holder="best"), table, "a", "b", "c", "d")
        held = [
            [by_days(own, take, gap) for _, own in table[table["child_id"] == child].groupby("holder")]
            for child in ("a", "b", "c", "d")
        ]
        assert told == [max(found) for found in held]


def test_months_that_have_begun_count_each_once():
    rows = records(("c", "father", "2024-01-31", "2024-02-01"), ("c", "father", "2024-02-20", "2024-03-01"))
    assert counted(measure(take="sum", count="started"), rows) == [3]
    assert counted(measure(take="sum"), rows) == [0]
