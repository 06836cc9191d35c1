"""The workbook a school works with after the lot: a sheet a class, with every column of its own roster.

The papers of the lot hold what the lot needs and no more; telephone numbers, kindergartens and remarks stay in the
roster, and meet the classes here.
"""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import sheets
from zhaosheng_analysis.classes.papers import INSIDE
from zhaosheng_analysis.classes.rosters import LABELS
from zhaosheng_analysis.schema import Faults, csv_safety

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

_NAMES = {name: label for label, name in reversed(LABELS.items())}
_SHOWN = 5  # names in a message
_CREATED = dt.date(2000, 1, 1)  # no clock is read: the same classes give the same bytes


def joined(roster: pd.DataFrame, result: pd.DataFrame) -> pd.DataFrame:
    """Put class and number before every column of a school's roster.

    Parameters
    ----------
    roster : DataFrame
        Text as the school wrote it (`rosters.kept`), with pupil_id.
    result : DataFrame
        pupil_id, class_no and number, from the lot or as changed by hand.

    Returns
    -------
    DataFrame
        班号, 班内序号, then the roster under its own headings; sorted by class and number.

    Raises
    ------
    DataError
        Pupils of one of the two who are not in the other.
    """
    faults = Faults()
    sides = (("名册", roster, result), ("编班结果", result, roster))
    for where, these, others in sides:
        lone = sorted(set(these["pupil_id"]) - set(others["pupil_id"]))
        if lone:
            named = "、".join(lone[:_SHOWN]) + ("" if len(lone) <= _SHOWN else f"等 {len(lone)} 人")
            faults.add(where, f"{named}，另一份没有", "两份是同一批学生", "请用编班时的名册")
    faults.raise_if_any()
    own = roster.drop(columns=["class_no", "number"], errors="ignore")
    table = result[["pupil_id", "class_no", "number"]].merge(own, on="pupil_id", validate="1:1")
    table = table.sort_values(["class_no", "number"], ignore_index=True)
    return table[["class_no", "number", *own.columns]].rename(columns=_NAMES)


def workbook(table: pd.DataFrame, *, title: str, teams: Mapping[int, str]) -> bytes:
    """Write the classes as a workbook: one sheet a class, ready to print.

    Parameters
    ----------
    table : DataFrame
        From `joined`.
    title : str
        Of which school and grade.
    teams : mapping of int to str
        Team of teachers by class, where it is drawn.

    Returns
    -------
    bytes
        The xlsx file, the same bytes for the same classes.
    """

    def fill(book: "Workbook") -> None:
        for number, pupils in table.groupby("班号"):
            _write_class(book, pupils, f"{title} {number} 班，{len(pupils)} 人", teams.get(int(number), ""))

    return sheets.workbook(fill, title=title, day=_CREATED)


def _write_class(book: "Workbook", pupils: pd.DataFrame, title: str, team: str) -> None:
    """Write one class: whose list it is, that it stays inside, and a row a pupil."""
    sheet = book.add_worksheet(f"{pupils['班号'].iloc[0]} 班")
    strong = book.add_format({"bold": True, "bottom": 1})
    text = {kind: book.add_format({"quote_prefix": kind}) for kind in (False, True)}
    sheet.write_string(0, 0, f"{title}。" + (f"教师：{team}。" if team else "") + INSIDE)
    rows = pupils.drop(columns="班号").astype("string").fillna("")
    for at, name in enumerate(rows.columns):
        sheet.write_string(1, at, name, strong)
        sheet.set_column(at, at, min(30, 4 + 2 * max(len(name), rows[name].str.len().max() / 2)))
        for down, cell in enumerate(rows[name], 2):
            sheet.write_string(down, at, cell, text[csv_safety.begins_formula(cell)])
    sheets.for_print(sheet, heading=1, last=1 + len(rows), columns=len(rows.columns))
