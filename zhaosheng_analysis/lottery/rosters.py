"""The roster of a draw as a school keeps it: a line a household or a line a child, under Chinese headings.

Nothing that is no child may hold a ticket: rows of totals and notes, blank numbers and spoilt ones are faults.
"""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from zhaosheng_analysis import sheets
from zhaosheng_analysis.lottery import commitments
from zhaosheng_analysis.schema import DataError, Fault, Faults, Note, cell_types

HEADINGS = {
    "family": ("户号", "家庭编号", "派位组", "family"),
    "heads": ("人数", "heads"),
    "child": ("编号", "报名号", "儿童编号", "学生编号", "child_id"),
    "twin": ("多胞胎编号", "双胞胎编号", "多胞胎组", "twin_id"),
    "name": ("姓名", "学生姓名", "儿童姓名", "幼儿姓名"),
    "card": ("身份证号", "身份证件号", "身份证号码", "证件号码", "公民身份号码"),
}
_TITLES = {
    "family": "「户号」",
    "heads": "「人数」",
    "child": "「报名号」",
    "twin": "「多胞胎编号」",
    "name": "「姓名」",
    "card": "「身份证号」",
}
_SOUGHT = sheets.Sought(
    {word: name for name, words in HEADINGS.items() for word in words},
    {"family": "number", "child": "number", "twin": "number", "heads": "count", "name": "text", "card": "number"},
    _TITLES,
)
_ALLOWED = "「户号」和「人数」（一户一行），或「报名号」和可选的「多胞胎编号」（一名儿童一行）"


@dataclass(frozen=True)
class Roster:
    """A roster that can be drawn from.

    Attributes
    ----------
    families : dict of str to int
        Children by family; twins are one family under their own number.
    notes : tuple of Note
        How the file was read, and which numbers look unlike the others.
    identities : dict of str to str
        Who the children of each family are, as a commitment binds them: number, name and document number of each, in
        order. Never printed; empty where the file has no such columns.
    """

    families: dict[str, int]
    notes: tuple[Note, ...]
    identities: dict[str, str]


def read(content: bytes, file: str, *, sheet: str = "") -> Roster:
    """Read a roster; of columns it does not need, such as names, only a hash ever leaves it.

    Parameters
    ----------
    content : bytes
        A workbook, a text in any encoding, or a web page (`sheets.read`).
    file : str
        Its name, for the messages.
    sheet : str, optional
        Name of the sheet; "" takes the only one that fits.

    Returns
    -------
    Roster
        Families and notes.

    Raises
    ------
    DataError
        Headings missing, rows that are no children, numbers blank, double or spoilt, head counts that are no whole
        numbers, each with its cell.
    """
    roster = sheets.read(content, file, _SOUGHT, sheet=sheet, strict=True)
    names = set(roster.table.columns) & set(HEADINGS)
    faults = Faults(list(roster.faults))
    if not ({"family", "heads"} <= names or ("child" in names and "family" not in names)):
        seen = "、".join(_TITLES.get(name, str(name)).strip("「」") for name in roster.table) or "没有表头"
        faults.found.insert(0, Fault(f"{roster.where} 表头", f"是「{seen}」", _ALLOWED, "请改表头"))
        raise DataError(*faults.found)
    key = "family" if "family" in names else "child"
    numbers = _plain(roster.table[key])
    sheets.persons.judge(roster, key, _TITLES[key], numbers, faults)
    families = _households(roster, numbers, faults) if key == "family" else _children(roster, numbers, faults)
    faults.raise_if_any()
    commitments.judge_families(families, faults, what=roster.where)
    faults.raise_if_any()
    notes = (*roster.notes, *sheets.persons.likeness(roster, _TITLES[key], numbers))
    return Roster(families, notes, _identities(roster, numbers, key))


def _plain(cells: pd.Series) -> pd.Series:
    """Read numbers as they are compared, so that one family written four ways is one."""
    numbers = cell_types.parse(cells, "id")
    return numbers.map(commitments.plain_family, na_action="ignore").replace("", pd.NA).astype("str")


def _identities(sheet: sheets.Sheet, numbers: pd.Series, key: str) -> dict[str, str]:
    """Return who the children of each family are, one line a child."""
    said = [name for name in ("name", "card") if name in sheet.table]
    if not said:
        return {}
    families = numbers if key == "family" or "twin" not in sheet.table else _plain(sheet.table["twin"]).fillna(numbers)
    words = numbers.str.cat([_plain(sheet.table[name]).fillna("") for name in said], sep="|")
    return words.groupby(families).agg(lambda lines: "\n".join(sorted(lines))).to_dict()


def _households(sheet: sheets.Sheet, numbers: pd.Series, faults: Faults) -> dict[str, int]:
    """Read a line a household."""
    heads = cell_types.parse(sheet.table["heads"], "whole", unit="人")
    odd = sheet.table["heads"][~(heads > 0).fillna(False)]
    if len(odd):
        shown = sheet.shown("heads", odd)
        faults.add(sheet.where, f"列「人数」有 {len(odd)} 行不是正整数：{shown}", "1、2、3……", "请改正")
        return {}
    return dict(zip(numbers, heads.astype(int).tolist(), strict=True))


def _children(sheet: sheets.Sheet, numbers: pd.Series, faults: Faults) -> dict[str, int]:
    """Read a line a child; who shares a twin number is one family."""
    twins = sheet.table["twin"] if "twin" in sheet.table else pd.Series(pd.NA, index=numbers.index, dtype="str")
    twins = _plain(twins)
    shared = twins.notna() & twins.duplicated(keep=False)
    for cells, what, remedy in (
        (twins[twins.notna() & ~shared], "个只有一名儿童", "请补上另一名，或清空"),
        (twins[twins.notna() & twins.isin(set(numbers.dropna()))], "个同时是报名号", "请另编一个号"),
    ):
        if len(cells):
            shown = sheet.shown("twin", cells)
            faults.add(sheet.where, f"列「多胞胎编号」有 {len(cells)} {what}：{shown}", "", remedy)
    return dict(Counter(twins.fillna(numbers)))
