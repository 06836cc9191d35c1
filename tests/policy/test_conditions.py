"""Conditions of a rule file: three answers, checked words, and an oracle that looks at one row at a time."""

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest

from zhaosheng_analysis.policy import conditions
from zhaosheng_analysis.policy.conditions import NO, UNKNOWN, YES
from zhaosheng_analysis.policy.elements import Date
from zhaosheng_analysis.policy.vocabulary import Column
from zhaosheng_analysis.schema import DataError, Faults

COLUMNS = {
    "kind": Column("kind", "住房种类", "choice", values=("flat", "shop", "dorm")),
    "share": Column("share", "产权份额", "share"),
    "lived": Column("lived", "实际居住", "flag"),
    "dated_on": Column("dated_on", "发证日期", "date"),
}
DATES = {"settled": Date(dt.date(2025, 6, 30), "一"), "counted": Date(dt.date(2025, 6, 30), "一", inclusive=True)}


def read(data):
    """Read a condition; raise what is wrong with it."""
    faults = Faults()
    found = conditions.read(data, COLUMNS, DATES, "规则", faults)
    faults.raise_if_any()
    return found


def town():
    """Return every combination of a few cells, blanks among them."""
    kinds, shares, lived = ["flat", "shop", None], [0.5, 0.51, None], [True, False, None]
    days = [dt.date(2025, 6, 29), dt.date(2025, 6, 30), dt.date(2025, 7, 1), None]
    rows = pd.DataFrame(itertools.product(kinds, shares, lived, days), columns=list(COLUMNS))
    types = {"kind": "str", "share": "Float64", "lived": "boolean", "dated_on": "datetime64[us]"}
    return rows.astype(types)


def by_hand(row: dict, data: dict, *, inclusive: bool) -> bool | None:
    """Answer for one row as a clerk would: None is "I do not know"."""
    answers = []
    for name, wanted in data.items():
        if name == "any":
            parts = [by_hand(row, part, inclusive=inclusive) for part in wanted]
            answers.append(True if True in parts else None if None in parts else False)
        elif name == "not":
            inner = by_hand(row, wanted, inclusive=inclusive)
            answers.append(None if inner is None else not inner)
        elif wanted in ("known", "unknown"):
            answers.append((row[name] is None) == (wanted == "unknown"))
        elif row[name] is None:
            answers.append(None)
        elif name == "dated_on":
            day, limit = row[name], DATES[wanted.split()[1]]
            early = day < limit.on or (day == limit.on and (limit.inclusive or inclusive))
            answers.append(early if wanted.startswith("by") else not early)
        elif name == "share":
            answers.append(row[name] >= float(wanted.split()[1]))
        else:
            answers.append(row[name] in (wanted if isinstance(wanted, list) else [wanted]))
    return False if False in answers else None if None in answers else True


CASES = [
    {"kind": "flat"},
    {"kind": ["flat", "shop"], "share": ">= 0.51"},
    {"lived": True, "dated_on": "by settled"},
    {"dated_on": "after counted"},
    {"any": [{"kind": "shop"}, {"lived": True}], "share": ">= 0.51"},
    {"not": {"kind": "shop", "lived": False}},
    {"share": "unknown", "any": [{"lived": "known"}, {"kind": "flat"}]},
    {},
]


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("data", CASES, ids=str)
def test_every_answer_is_that_of_a_clerk_who_looks_at_one_row(data, inclusive):
    rows = town()
    told = conditions.judge(read(data), rows, inclusive=inclusive)
    plain = rows.astype(object).where(rows.notna(), None).to_dict("records")
    for row in plain:
        row["dated_on"] = row["dated_on"].date() if row["dated_on"] else None
    words = {True: YES, False: NO, None: UNKNOWN}
    expected = [words[by_hand(row, data, inclusive=inclusive)] for row in plain]
    np.testing.assert_array_equal(told, expected)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"kinds": "flat"}, "没有列「kinds」.*是不是「kind」"),
        ({"kind": "flatt"}, "没有取值「flatt」.*是不是「flat」"),
        ({"kind": 1}, "这一列是文字"),
        ({"lived": 1}, "只有 true 和 false"),
        ({"lived": "yes"}, "只有 true 和 false"),
        ({"share": True}, "这一列是数"),
        ({"share": "more than half"}, "这一列是数"),
        ({"dated_on": "by setled"}, "没有日期「setled」.*是不是「settled」"),
        ({"dated_on": "2025-06-30"}, "by 日期名"),
        ({"any": [{"kind": "flat"}, {"kind": "tent"}]}, "没有取值「tent」"),
        ({"not": "kind"}, "应为键值表"),
    ],
)
def test_what_could_never_hold_is_refused_with_the_nearest_name(data, said):
    with pytest.raises(DataError, match=said):
        read(data)


def test_all_faults_of_a_condition_come_at_once():
    with pytest.raises(DataError, match="共 3 处问题"):
        read({"kind": "tent", "lived": 1, "not": {"wheels": 4}})


def test_a_condition_names_the_columns_it_looks_at_once():
    data = {"kind": "flat", "any": [{"lived": True}, {"kind": "shop"}], "not": {"share": "unknown"}}
    assert read(data).columns == ("kind", "lived", "share")


def beside(row, wanted):
    """Answer a comparison of two columns for one row."""
    columns = {
        **COLUMNS,
        "town": Column("town", "乡镇", "text"),
        "school.town": Column("school.town", "学校乡镇", "id"),
        "school.since": Column("school.since", "起算日", "date"),
    }
    faults = Faults()
    found = conditions.read(wanted, columns, DATES, "规则", faults)
    faults.raise_if_any()
    table = pd.DataFrame({name: pd.Series([row.get(name)]) for name in found.columns})
    days = [name for name in table if columns[name].kind == "date"]
    return conditions.judge(found, table.astype(dict.fromkeys(days, "datetime64[us]")))[0]


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"town": "t1", "school.town": "t1"}, YES),
        ({"town": "t1", "school.town": "t2"}, NO),
        ({"town": None, "school.town": "t2"}, UNKNOWN),
        ({"town": "t1", "school.town": None}, UNKNOWN),
    ],
)
def test_words_are_compared_with_those_of_the_school(row, answer):
    assert beside(row, {"town": "= school.town"}) == answer


def test_days_are_compared_with_those_of_the_school():
    day = dt.date(2025, 6, 30)
    assert beside({"dated_on": day, "school.since": day}, {"dated_on": "<= school.since"}) == YES
    assert beside({"dated_on": day, "school.since": day}, {"dated_on": "< school.since"}) == NO


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"town": "= school.twon"}, "没有列「school.twon」.*是不是「school.town」"),
        ({"town": ">= school.town"}, "文字只能比相同"),
        ({"town": "= share"}, "「share」不是文字"),
        ({"share": ">= town"}, "「town」不是数"),
    ],
)
def test_a_comparison_that_could_never_hold_is_refused(wanted, said):
    with pytest.raises(DataError, match=said):
        beside({}, wanted)
