"""The roster of a grade as a school keeps it, and its list of teams of teachers, read cell by cell.

Nothing that is no child may get a class: rows of totals and notes, blank and spoilt numbers, sexes and dates of birth
that stand there and are not understood are faults with their cells, never missing values.
"""

import pandas as pd

from zhaosheng_analysis import sheets
from zhaosheng_analysis.schema import TABLES, Faults, Note, cell_types, moments

LABELS = {
    "学生编号": "pupil_id",
    "性别": "sex",
    "出生日期": "birth_on",
    "出生年月日": "birth_on",
    "随迁子女": "migrant",
    "是否随迁子女": "migrant",
    "是否随迁": "migrant",
    "毕业小学": "feeder",
    "毕业小学编号": "feeder",
    "随班就读": "special",
    "多胞胎编号": "twin_id",
    "居住地": "residence",
    "小区": "residence",
    "分层": "band",
    "姓名": "name",
    "学生姓名": "name",
    "班号": "class_no",
    "班内序号": "number",
    "教师组合": "team",
}
KINDS = {
    "pupil_id": "id",
    "sex": "choice",
    "birth_on": "date",
    "migrant": "flag",
    "special": "flag",
    "feeder": "id",
    "twin_id": "id",
    "residence": "id",
    "band": "id",
    "name": "id",
    "class_no": "whole",
    "number": "whole",
}
NEEDED = ("pupil_id", "sex", "birth_on")
_TITLES = {name: f"「{label}」({name})" for label, name in reversed(LABELS.items())}
_SEX = TABLES["children"].columns["sex"]
_SOUGHT = sheets.Sought(
    LABELS | {name: name for name in LABELS.values()},
    {"pupil_id": "number", "twin_id": "number", "feeder": "text", "residence": "text", "name": "text", "team": "text"},
    _TITLES,
)
# What else a number is called where there is no 学生编号.
_OTHERS = dict.fromkeys(("报名号", "儿童编号", "新生编号", "编号", "学籍号", "全国学籍号"), "pupil_id")
_YEARS_APART = 8  # of births within one grade; more is a mistyped year


def read(content: bytes, file: str, *, sheet: str = "") -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Read the roster of a grade.

    Parameters
    ----------
    content : bytes
        A workbook, a text in any encoding, or a web page (`sheets.read`).
    file : str
        Its name, for the messages.
    sheet : str
        Name of the sheet; "" takes the only one that fits.

    Returns
    -------
    pd.DataFrame
        One row a pupil: pupil_id, sex, birth_on and what else the file has, typed; other columns as numbers where all
        of their cells are.
    tuple of Note
        How the file was read.

    Raises
    ------
    DataError
        Columns missing, rows that are no children, cells blank, double, spoilt or not understood, each with its cell.
    """
    roster = _sheet(content, file, sheet)
    faults = Faults(list(roster.faults))
    lost = [_TITLES[name] for name in NEEDED if name not in roster.table]
    if lost:
        seen = "、".join(map(str, roster.table.columns)) or "没有表头"
        faults.add(roster.where, f"缺少列：{'、'.join(lost)}", f"现有：{seen}", "请补上，或改表头")
        faults.raise_if_any()
    table = typed(roster.table)
    _judge_cells(roster, table, faults)
    sheets.persons.judge(roster, "pupil_id", _TITLES["pupil_id"], table["pupil_id"], faults)
    _judge_births(roster, table["birth_on"], faults)
    faults.raise_if_any()
    likeness = sheets.persons.likeness(roster, _TITLES["pupil_id"], table["pupil_id"])
    return table.reset_index(drop=True), (*roster.notes, *likeness, *_strange(roster))


def _strange(roster: sheets.Sheet) -> list[Note]:
    """Name the columns nothing is known of: one of them may be a column of ours under a name of the school's."""
    names = [f"「{name}」" for name in roster.table.columns if name not in KINDS and name not in LABELS.values()]
    return [Note(roster.where, f"另有列{'、'.join(names)}", "编班不看这些列（--key 所指的除外）")] if names else []


def kept(content: bytes, file: str, *, sheet: str = "") -> pd.DataFrame:
    """Read a roster with every cell as the school wrote it, and pupils named as in the papers of a lot.

    Parameters
    ----------
    content : bytes, str, str
        As in `read`.
    file : bytes, str, str
        As in `read`.
    sheet : bytes, str, str
        As in `read`.

    Returns
    -------
    DataFrame
        One row a pupil, text; the columns of `LABELS` under their names, others under the headings they have.

    Raises
    ------
    DataError
        As in `read`.
    """
    pupils, _ = read(content, file, sheet=sheet)
    return _sheet(content, file, sheet).table.reset_index(drop=True).assign(pupil_id=pupils["pupil_id"])


def _sheet(content: bytes, file: str, sheet: str) -> sheets.Sheet:
    """Find the roster in a file; where there is no 学生编号 another number of the pupils serves."""
    roster = sheets.read(content, file, _SOUGHT, sheet=sheet, strict=True)
    if "pupil_id" in roster.table:
        return roster
    sought = sheets.Sought({**_SOUGHT.words, **_OTHERS}, _SOUGHT.kinds, _SOUGHT.titles)
    return sheets.read(content, file, sought, sheet=sheet, strict=True)


def typed(table: pd.DataFrame) -> pd.DataFrame:
    """Type the columns of a roster; what cannot be read is missing.

    Parameters
    ----------
    table : DataFrame
        Text, or typed already, under the names of `KINDS` or their Chinese labels.

    Returns
    -------
    DataFrame
        The table under those names, typed.
    """
    table = table.rename(columns=lambda name: LABELS.get(str(name).strip(), str(name).strip()))
    for name, kind in KINDS.items():
        if name in table:
            words = _SEX.choices if kind == "choice" else {}
            table[name] = cell_types.parse(table[name], kind, words=words, unit="班" if name == "class_no" else "")
    for name in table.columns.difference(list(KINDS)):
        numbers = pd.to_numeric(table[name], errors="coerce")
        table[name] = numbers if numbers.notna().all() else table[name]
    return table


def teams(content: bytes, file: str, *, sheet: str = "") -> tuple[list[str], tuple[Note, ...]]:
    """Read the names of the teams of teachers, one a class.

    Parameters
    ----------
    content : bytes, str, str
        As in `read`.
    file : bytes, str, str
        As in `read`.
    sheet : bytes, str, str
        As in `read`.

    Returns
    -------
    tuple of (list of str, tuple of Note)
        The names, and what was settled on the way.

    Raises
    ------
    DataError
        No column of teams, or rows that are none.
    """
    roster = sheets.read(content, file, _SOUGHT, sheet=sheet, strict=True)
    if "pupil_id" not in roster.table:
        sought = sheets.Sought({**_SOUGHT.words, **_OTHERS}, _SOUGHT.kinds, _SOUGHT.titles)
        roster = sheets.read(content, file, sought, sheet=sheet, strict=True)
    faults = Faults(list(roster.faults))
    if "team" not in roster.table:
        faults.add(roster.where, f"没有列{_TITLES['team']}", "一班一组", "请补上")
    faults.raise_if_any()
    return roster.table["team"].dropna().tolist(), roster.notes


def _judge_cells(sheet: sheets.Sheet, table: pd.DataFrame, faults: Faults) -> None:
    """Note cells that stand there and are not understood, and blank ones that must not be."""
    for name, kind in KINDS.items():
        if name not in table:
            continue
        cells = sheet.table[name]
        unread = cells[table[name].isna() & cells.notna()]
        if len(unread):
            doubts = [f"「{cell}」{doubt}，" for cell in unread[:3] if (doubt := moments.doubt(cell, kind))]
            allowed = _SEX.allowed if kind == "choice" else cell_types.ALLOWED[kind]
            message = f"列{_TITLES[name]}有 {len(unread)} 处不能识别：{sheet.shown(name, unread)}"
            faults.add(sheet.where, message, allowed, "".join(doubts) + "请更正")
        blank = cells[cells.isna()]
        if name in NEEDED[1:] and len(blank):
            message = f"列{_TITLES[name]}有 {len(blank)} 处空白：{sheet.shown(name, blank)}"
            faults.add(sheet.where, message, "此列不得空白", "请补填")


def _judge_births(sheet: sheets.Sheet, births: pd.Series, faults: Faults) -> None:
    """Note births so far from the others of the grade that the year must be mistyped."""
    years = births.dt.year
    odd = births[(years - years.median()).abs() > _YEARS_APART]
    if len(odd):
        shown = sheet.shown("birth_on", odd.dt.strftime("%Y-%m-%d"))
        message = f"列{_TITLES['birth_on']}有 {len(odd)} 处与同年级相差 {_YEARS_APART} 年以上：{shown}"
        faults.add(sheet.where, message, f"多数生于 {years.median():.0f} 年前后", "请核对年份")
