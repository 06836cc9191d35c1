"""The ledger as a workbook that an office fills in, and back again without loss."""

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import sheets
from zhaosheng_analysis.audit.ledger import (
    ANSWERS,
    CHANGES,
    COLUMNS,
    FACTS,
    FILLED,
    KEY,
    SEVERITY,
    STATES,
    STATUSES,
    Ledger,
    add_up,
    statuses,
)
from zhaosheng_analysis.schema import Faults, Note, cell_types, csv_safety, moments

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

SHEET, SUMS, ABOUT = "台账", "汇总", "说明"
LABELS = {name: column.label for name, column in COLUMNS.items()}
WORDS = {
    "scope": {"school": "学校", "district": "区级"},
    "state": STATES,
    "severity": SEVERITY,
    "change": CHANGES,
    "answer": {"": ""} | ANSWERS,
}
_SOUGHT = sheets.Sought({label: name for name, label in LABELS.items()})
WIDTHS = {
    "text": 44,
    "told": 50,
    "missing": 34,
    "todo": 34,
    "name": 22,
    "note": 24,
    "clause": 10,
    "school_id": 14,
    "org": 16,
}
_IDENTITY = {
    "district": "区县编号",
    "district_name": "区县",
    "policy": "规则编号",
    "policy_title": "政策文件",
    "on": "核查日期",
    "year": "招生年度",
    "synthetic": "示例数据",
}


def write(ledger: Ledger) -> bytes:
    """Return the ledger as a workbook: the rows to fill (yellow), the sums, and whose it is.

    Parameters
    ----------
    ledger : Ledger
        The ledger.

    Returns
    -------
    bytes
        The xlsx file, the same bytes for the same ledger.
    """

    def fill(book: "Workbook") -> None:
        _write_rows(book, ledger)
        _write_sums(book, ledger)
        _write_identity(book, ledger)

    return sheets.workbook(fill, title="自查台账", day=ledger.on)


def _write_identity(book: "Workbook", ledger: Ledger) -> None:
    """Write whose ledger it is."""
    sheet = book.add_worksheet(ABOUT)
    sheet.set_column(0, 1, 40)
    words = {"on": f"{ledger.on:%Y-%m-%d}", "synthetic": "是" if ledger.synthetic else "否"}
    for at, (name, label) in enumerate(_IDENTITY.items()):
        sheet.write_string(at, 0, label)
        sheet.write_string(at, 1, words.get(name, str(getattr(ledger, name))))


def _write_rows(book: "Workbook", ledger: Ledger) -> None:
    """Write one line a row of the ledger; what people fill is open, dates are dates, text is never a formula."""
    sheet, looks, columns = book.add_worksheet(SHEET), _looks(book), [*FACTS, *FILLED]
    for at, name in enumerate(columns):
        sheet.write_string(0, at, LABELS[name], looks["head"])
        sheet.set_column(at, at, WIDTHS.get(name, 11))
    for down, row in enumerate(ledger.rows[columns].itertuples(index=False, name=None), 1):
        for at, (name, value) in enumerate(zip(columns, row, strict=True)):
            _write_cell(sheet, down, at, name, value, looks)
    last, answer = len(ledger.rows), columns.index("answer")
    sheet.data_validation(1, answer, last, answer, {"validate": "list", "source": list(ANSWERS.values())})
    sheets.for_print(sheet, heading=0, last=last, columns=len(columns))


def _looks(book: "Workbook") -> dict[str, object]:
    """Return the formats of the sheet of rows."""
    top, open_ = {"text_wrap": True, "valign": "top"}, {"bg_color": "#fff8dc"}
    return {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"}),
        "plain": book.add_format(top),
        # A name that begins like a formula stays text when somebody edits the cell.
        "quoted": book.add_format(top | {"quote_prefix": True}),
        "fill": book.add_format(top | open_),
        "date": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"} | open_),
    }


def _write_cell(sheet: "Worksheet", down: int, at: int, name: str, value: object, looks: dict[str, object]) -> None:
    """Write one value of a column the way its kind asks for."""
    dated = COLUMNS[name].kind == "date"
    look = "date" if dated else "fill" if name in FILLED else "plain"
    if COLUMNS[name].kind == "whole":
        sheet.write_number(down, at, value, looks[look])
    elif pd.isna(value) or value == "":
        sheet.write_blank(down, at, None, looks[look])
    elif dated:
        sheet.write_datetime(down, at, value.to_pydatetime(), looks[look])
    else:
        text = WORDS.get(name, {}).get(value, value)
        sheet.write_string(
            down, at, text, looks["quoted" if csv_safety.begins_formula(text) and look == "plain" else look]
        )


def _write_sums(book: "Workbook", ledger: Ledger) -> None:
    """Write the sums from district to school."""
    sheet, table = book.add_worksheet(SUMS), add_up(ledger)
    words = {"level": "层级", "org": "上报单位", "name": "学校"} | STATUSES
    level = {"school": "学校", "org": "上报单位", "district": "全区（县）"}
    for at, name in enumerate(words):
        sheet.write_string(0, at, words[name])
        for down, value in enumerate(table[name], 1):
            if name in STATUSES:
                sheet.write_number(down, at, value)
            else:
                sheet.write_string(down, at, level.get(value, value) if name == "level" else value)
    sheet.set_column(0, 2, 22)
    sheet.freeze_panes(1, 0)


def read(content: bytes, *, where: str = "台账.xlsx") -> Ledger:
    """Read a workbook that `write` made and people filled, in whatever kind of workbook it came back.

    Parameters
    ----------
    content : bytes
        What is in the file.
    where : str, optional
        Its name, for the messages.

    Returns
    -------
    Ledger
        As it was filled; its notes say what was settled while reading.

    Raises
    ------
    DataError
        With everything wrong: missing columns, words nobody knows, dates that are none, rows that are double, a
        striking-off without a name or a day.
    """
    grids = {grid.title: grid for grid in sheets.opened(content, where)}
    faults = Faults()
    lost = [name for name in (SHEET, ABOUT) if name not in grids]
    if lost:
        faults.add(where, f"缺少工作表「{'」「'.join(lost)}」", "", "请用程序写出的台账填报")
        faults.raise_if_any()
    sheet = sheets.of(grids[SHEET], f"{where}「{SHEET}」", _SOUGHT)
    faults.found += sheet.faults
    rows = _rows(sheet, faults)
    identity = _identity(grids[ABOUT], f"{where}「{ABOUT}」", faults)
    faults.raise_if_any()
    return Ledger(**identity, rows=rows, notes=(*sheet.notes, *_others(sheet)))


def _others(sheet: sheets.Sheet) -> list[Note]:
    """Say which columns somebody added; the next ledger does not have them."""
    added = [str(name) for name in sheet.table if name not in LABELS and sheet.table[name].notna().any()]
    return [Note(sheet.where, f"有 {len(added)} 列不是台账的：{'、'.join(added)}", "没有读")] if added else []


def _identity(grid: sheets.Grid, where: str, faults: Faults) -> dict[str, object]:
    """Return whose ledger it is, from the sheet that says so."""
    names = {label: name for name, label in _IDENTITY.items()}
    rows = ((sheets.written(row[0]).strip(), sheets.written(row[1]).strip()) for row in grid.cells)
    cells = {names[label]: value for label, value in rows if label in names}
    if len(cells) < len(names):
        faults.add(where, "不全", "、".join(_IDENTITY.values()), "请恢复该表")
        return {}
    on, year = moments.moment(cells["on"], "date"), cells["year"]
    if on is None or not year.isdecimal():
        faults.add(where, f"核查日期为「{cells['on']}」，招生年度为「{year}」", "须为日期和年份", "请恢复该表")
        return {}
    return cells | {"on": pd.Timestamp(on), "year": int(year), "synthetic": cells["synthetic"] == "是"}


def _rows(sheet: sheets.Sheet, faults: Faults) -> pd.DataFrame:
    """Turn the table of the sheet into typed rows, noting what cannot be read."""
    lost = [label for name, label in LABELS.items() if name not in sheet.table]
    if lost:
        faults.add(sheet.where, f"缺少 {len(lost)} 列：{'、'.join(lost)}", "", "请恢复表头")
        return pd.DataFrame()
    columns = {name: _column(sheet, name, faults) for name in [*FACTS, *FILLED]}
    frame = pd.DataFrame(columns)
    _judge(sheet, frame, faults)
    return frame.reset_index(drop=True)


def _column(sheet: sheets.Sheet, name: str, faults: Faults) -> pd.Series:
    """Type one column; a word, a number or a date nobody knows is a fault that names its cells."""
    cells = sheet.table[name]
    kind = COLUMNS[name].kind
    if kind in ("whole", "date"):
        typed = cell_types.parse(cells, kind)
        _note(sheet, name, cells[typed.isna() & cells.notna()], cell_types.ALLOWED[kind], faults)
        return typed.fillna(0).astype(int) if kind == "whole" else typed
    text = cells.fillna("")
    if name not in WORDS:
        return text
    codes = {word: code for code, word in WORDS[name].items()}
    _note(sheet, name, text[~text.isin(list(codes))], "只能填写 " + "、".join(word for word in codes if word), faults)
    return text.map(codes).astype("str").fillna("")


def _note(sheet: sheets.Sheet, name: str, wrong: pd.Series, allowed: str, faults: Faults) -> None:
    if len(wrong):
        found = f"列「{LABELS[name]}」有 {len(wrong)} 处不能识别：{sheet.shown(name, wrong)}"
        doubts = "".join(f"「{cell}」{doubt}，" for cell in wrong[:1] if (doubt := moments.doubt(cell, "date")))
        faults.add(sheet.where, found, allowed, (doubts if COLUMNS[name].kind == "date" else "") + "请更正")


def _judge(sheet: sheets.Sheet, frame: pd.DataFrame, faults: Faults) -> None:
    """Note double rows and strikings-off without a name or a day."""
    double = frame.index[frame.duplicated(KEY)]
    if len(double):
        faults.add(sheet.where, f"{len(double)} 行重复，如第 {double[0] + 2} 行", "一事一校一行", "请删去多余的行")
    half = frame.index[frame["cured_on"].notna() != frame["cured_by"].ne("")]
    if len(half):
        found = f"{len(half)} 行销号不全，如第 {half[0] + 2} 行"
        faults.add(sheet.where, found, "销号人和销号日期须同时填写", "请补填")


def open_rows(ledger: Ledger) -> pd.DataFrame:
    """Return the rows that need something done, with their status in words, gravest first.

    Parameters
    ----------
    ledger : Ledger
        The ledger.

    Returns
    -------
    DataFrame
        Rows of the ledger with status.
    """
    rows = ledger.rows.assign(status=statuses(ledger))
    rows = rows[rows["status"].isin(["open", "cured"])]
    order = rows["severity"].map(list(SEVERITY).index)
    return rows.assign(place=order).sort_values(["place", "item", "school_id"], kind="stable").drop(columns="place")
