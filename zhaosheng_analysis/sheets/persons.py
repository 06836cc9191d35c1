"""Rows that must each be somebody: numbers that are blank, double or no numbers at all are told with their cells."""

import pandas as pd

from zhaosheng_analysis.schema import Faults, Note, student_numbers
from zhaosheng_analysis.sheets import digits
from zhaosheng_analysis.sheets.sheet import Sheet

_MOSTLY = 0.5
_LONE = "像是人数或页码；不是儿童的行请删去，是儿童的请补填"


def judge(sheet: Sheet, name: str, title: str, numbers: pd.Series, faults: Faults) -> None:
    """Note rows of a roster that name nobody, or somebody named already.

    Parameters
    ----------
    sheet : Sheet
        The sheet the numbers were read from.
    name : str
        Column of the numbers.
    title : str
        How messages call it.
    numbers : Series
        The numbers as they are compared, on the index of the sheet; a blank one is missing.
    faults : Faults
        Where they are noted.
    """
    if numbers.empty:
        faults.add(sheet.where, "没有一行名单", "", "请检查文件")
        return
    blank, given = numbers[numbers.isna()], numbers.dropna()
    lone = given[_is_lone(sheet, name).reindex(given.index)]
    double = given[given.duplicated(keep=False)]
    strange = given.iloc[digits.strange(given.tolist())]
    for cells, what, allowed, remedy in (
        (blank, "空白", "每行须有编号", "请补上"),
        (double, "重复", "每个编号只出现一次", "请核对"),
        (strange, "不像编号", "与其余的编号同样形式", "不是儿童的行请删去"),
        (lone.drop(strange.index, errors="ignore"), "只有编号，别的格都空着", "别的行都不是这样", _LONE),
    ):
        if len(cells):
            faults.add(sheet.where, f"列{title}有 {len(cells)} 行{what}：{sheet.shown(name, cells)}", allowed, remedy)


def _is_lone(sheet: Sheet, name: str) -> pd.Series:
    """Tell which rows hold a number alone while most hold more, as the number of pupils below a list does."""
    others = sheet.table.drop(columns=name).notna().any(axis=1)
    return ~others & (others.mean() > _MOSTLY)


def likeness(sheet: Sheet, title: str, numbers: pd.Series) -> list[Note]:
    """Say which numbers have another form than the rest, and how many are citizen numbers.

    Parameters
    ----------
    sheet : Sheet
        The sheet the numbers were read from.
    title : str
        How messages call their column.
    numbers : Series
        The numbers, none missing.

    Returns
    -------
    list of Note
        At most one of each.
    """
    notes = []
    forms = digits.forms(numbers)
    if forms:
        notes.append(Note(sheet.where, f"列{title}：{forms}", "都当作编号"))
    citizens = int(student_numbers.citizens(numbers).sum())
    if citizens:
        done = "结果会写出编号，请改用报名号等化名编号"
        notes.append(Note(sheet.where, f"列{title}有 {citizens} 个是身份证号", done))
    return notes
