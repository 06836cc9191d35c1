"""The ledger as a workbook that an office fills in, and back again without loss."""

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import disk, sheets
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
from zhaosheng_analysis.schema import Faults, cell_types, csv_safety

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

SHEET, SUMS, ABOUT = "台账", "汇总", "说明"
LABELS = {name: column.label for name, column in COLUMNS.items()}
WORDS = {
    "scope": {"school": "学校", "district": "区级"}, "state": STATES, "severity": SEVERITY, "change": CHANGES,
    "answer": {"": ""} | ANSWERS,
}  # fmt: skip
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
    "district": "区县编号", "district_name": "区县", "policy": "规则编号", "policy_title": "政策文件", "on": "核查日期",
    "year": "招生年度", "synthetic": "示例数据",
}  # fmt: skip


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
    """Read a workbook that `write` made and people filled.

    Parameters
    ----------
    content : bytes
        The xlsx file.
    where : str, default "台账.xlsx"
        Name of the file, for the messages.

    Returns
    -------
    Ledger
        The ledger as it was filled.

    Raises
    ------
    DataError
        With everything wrong: missing columns, words nobody knows, dates that are none, rows that are double, a
        striking-off without a name or a day.
    """
    with disk.workbook(content, where=where) as book:
        faults = Faults()
        lost = [name for name in (SHEET, ABOUT) if name not in book.sheet_names]
        if lost:
            faults.add(where, f"缺少工作表「{'」「'.join(lost)}」", "", "请用程序写出的台账填报")
            faults.raise_if_any()
        cells = book.get_sheet_by_name(SHEET).to_python(skip_empty_area=False)
        about = book.get_sheet_by_name(ABOUT).to_python()
    rows = _rows(cells, where, faults)
    known = {label: name for name, label in _IDENTITY.items()}
    identity = {known[str(line[0])]: str(line[1]) for line in about if str(line[0]) in known}
    if len(identity) < len(known):
        faults.add(f"{where}「{ABOUT}」", "不全", "、".join(_IDENTITY.values()), "请恢复该表")
    faults.raise_if_any()
    typed = {"on": pd.Timestamp(identity["on"]), "year": int(identity["year"])}
    return Ledger(**identity | typed | {"synthetic": identity["synthetic"] == "是"}, rows=rows)


def _rows(cells: list[list], where: str, faults: Faults) -> pd.DataFrame:
    """Turn the cells of the sheet into typed rows, noting what cannot be read."""
    header = [str(name) for name in cells[0]]
    lost = [label for label in LABELS.values() if label not in header]
    if lost:
        faults.add(f"{where}「{SHEET}」", f"缺少 {len(lost)} 列：{'、'.join(lost)}", "", "请恢复表头")
        return pd.DataFrame()
    frame = pd.DataFrame(cells[1:], columns=header, dtype=object)[list(LABELS.values())]
    frame = frame.set_axis(list(LABELS), axis=1)
    frame = frame[(frame.astype(str) != "").any(axis=1)].reset_index(drop=True)
    for name in frame:
        frame[name] = _column(name, frame[name], where, faults)
    _judge(frame, where, faults)
    return frame[[*FACTS, *FILLED]]


def _column(name: str, cells: pd.Series, where: str, faults: Faults) -> pd.Series:
    """Type one column; a word or date nobody knows is a fault that names the Excel rows."""
    if COLUMNS[name].kind == "whole":
        return pd.to_numeric(cells, errors="coerce").fillna(0).astype(int)
    if COLUMNS[name].kind == "date":
        text = cells.map(lambda cell: f"{cell:%Y-%m-%d}" if hasattr(cell, "year") else str(cell).strip()).astype("str")
        typed = cell_types.parse(text.where(text != ""), "date")
        _note(name, text[typed.isna() & (text != "")], "须为真实存在的日期，写成 2024-08-31", where, faults)
        return typed
    text = cells.map(lambda cell: str(int(cell)) if isinstance(cell, float) else str(cell)).astype("str")
    if name not in WORDS:
        return text
    codes = {word: code for code, word in WORDS[name].items()}
    _note(name, text[~text.isin(list(codes))], "只能填写 " + "、".join(word for word in codes if word), where, faults)
    return text.map(codes).astype("str").fillna("")


def _note(name: str, wrong: pd.Series, allowed: str, where: str, faults: Faults) -> None:
    if len(wrong):
        shown = "、".join(f"第 {at + 2} 行「{cell}」" for at, cell in wrong.head(3).items())
        found = f"列「{LABELS[name]}」有 {len(wrong)} 处不能识别：{shown}"
        faults.add(f"{where}「{SHEET}」", found, allowed, "请更正")


def _judge(frame: pd.DataFrame, where: str, faults: Faults) -> None:
    """Note double rows and strikings-off without a name or a day."""
    double = frame.index[frame.duplicated(KEY)]
    if len(double):
        faults.add(
            f"{where}「{SHEET}」", f"{len(double)} 行重复，如第 {double[0] + 2} 行", "一事一校一行", "请删去多余的行"
        )
    half = frame.index[frame["cured_on"].notna() != frame["cured_by"].ne("")]
    if len(half):
        found = f"{len(half)} 行销号不全，如第 {half[0] + 2} 行"
        faults.add(f"{where}「{SHEET}」", found, "销号人和销号日期须同时填写", "请补填")


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
