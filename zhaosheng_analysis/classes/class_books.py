"""The workbook a school works with after the lot: a sheet a class, with every column of its own roster.

The papers of the lot hold what the lot needs and no more; telephone numbers, kindergartens and remarks stay in the
roster, and meet the classes here.
"""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import sheets
from zhaosheng_analysis.classes import rosters
from zhaosheng_analysis.classes.papers import INSIDE
from zhaosheng_analysis.classes.rosters import LABELS
from zhaosheng_analysis.schema import Faults, csv_safety

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

_NAMES = {name: label for label, name in reversed(LABELS.items())}
_SHOWN = 5  # names in a message
_DRAWN_BY = ("sex", "birth_on")
_CREATED = dt.date(2000, 1, 1)  # no clock is read: the same classes give the same bytes


def joined(roster: pd.DataFrame, result: pd.DataFrame) -> pd.DataFrame:
    """Put class and number before every column of a school's roster.

    Parameters
    ----------
    roster : DataFrame
        Text as the school wrote it (`rosters.kept`), with pupil_id.
    result : DataFrame
        pupil_id, sex, birth_on, class_no and number, from the lot or as changed by hand.

    Returns
    -------
    DataFrame
        班号, 班内序号, then the roster under its own headings; sorted by class and number.

    Raises
    ------
    DataError
        Pupils of one of the two who are not in the other, or whose sex or birth is another there.
    """
    faults = Faults()
    for where, these, others in (("名册里没有", result, roster), ("编班结果里没有", roster, result)):
        lone = sorted(set(these["pupil_id"]) - set(others["pupil_id"]))
        if lone:
            faults.add(where, _shown(lone), "两份是同一批学生", "请用编班时的名册")
    faults.raise_if_any()
    _judge_traits(roster, result, faults)
    faults.raise_if_any()
    own = roster.drop(columns=["class_no", "number"], errors="ignore")
    table = result[["pupil_id", "class_no", "number"]].merge(own, on="pupil_id", validate="1:1")
    table = table.sort_values(["class_no", "number"], ignore_index=True)
    return table[["class_no", "number", *own.columns]].rename(columns=_NAMES)


def _judge_traits(roster: pd.DataFrame, result: pd.DataFrame, faults: Faults) -> None:
    """Note pupils whose sex or birth the roster says otherwise than the lot was drawn with."""
    said, drawn = (rosters.typed(table.copy()).set_index("pupil_id") for table in (roster, result))
    for name in _DRAWN_BY:
        other = said[name].reindex(drawn.index) != drawn[name]
        if other.any():
            found = f"{_shown(sorted(drawn.index[other]))}的{_NAMES[name]}与编班时的不同"
            faults.add("名册", found, "编班时的名册，可以多列", "请核对；要更正的，先更正再另行编班")


def _shown(names: list[str]) -> str:
    return "、".join(names[:_SHOWN]) + ("" if len(names) <= _SHOWN else f"等 {len(names)} 人")


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
