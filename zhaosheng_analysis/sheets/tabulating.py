"""A grid made into a table: rows that are rows, under the names of their columns, as text.

Every step notes what it found, with the cell: where the heading stands, what was merged, which rows are totals, which
cells were cleaned, which cannot be trusted.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from zhaosheng_analysis.schema import Faults, Note
from zhaosheng_analysis.sheets import digits, grids, headings, rows
from zhaosheng_analysis.sheets.grids import Grid
from zhaosheng_analysis.sheets.headings import Heading
from zhaosheng_analysis.sheets.sheet import Sheet, Sought

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f]")
_GUARD = re.compile(r"'(?='*[=+\-@\t\r\n＝＋－＠])")  # as schema.csv_safety writes it
_QUOTE = re.compile(r"'(?=[0-9A-Za-z])")

Body = Mapping[int, Sequence[Any]]


@dataclass(frozen=True)
class _Reading:
    """One grid while it is read: what is looked for, where its heading stands, what has been noted."""

    grid: Grid
    where: str
    sought: Sought
    strict: bool
    heading: Heading
    notes: list[Note] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)

    def say(self, found: str, done: str = "") -> None:
        """Note what was found and settled."""
        self.notes.append(Note(self.where, found, done))

    def refuse(self, found: str, allowed: str, remedy: str) -> None:
        """Note what must be put right first."""
        self.faults.add(self.where, found, allowed, remedy)


def of(grid: Grid, where: str, sought: Sought, *, strict: bool = False) -> Sheet:
    """Make a table of one grid.

    Parameters
    ----------
    grid : Grid
        A sheet as its file holds it.
    where : str
        File and sheet, for the messages.
    sought : Sought
        The columns looked for.
    strict : bool, optional
        Whether rows that are no rows of the table, and hidden ones, are faults.

    Returns
    -------
    Sheet
        The table, with what was found and settled, and what must be put right.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> grid = zs.sheets.Grid("表", [["报名号", "班"], ["c1", "一班"], ["c2", ""]], merged=(((1, 1), (2, 1)),))
    >>> zs.sheets.of(grid, "名册", zs.sheets.Sought({"报名号": "child"})).table["班"].tolist()
    ['一班', '一班']
    """
    reading = _Reading(grid, where, sought, strict, headings.heading(grid, sought.words))
    reading.notes.extend(Note(where, said) for said in grid.said)
    _say_heading(reading)
    body = _filled(reading)
    kept = _kept(reading, body)
    _note_surplus(reading, body, kept)
    table, places = _columns(reading, body, kept)
    _note_unread(reading, kept)
    _note_hidden(reading, kept)
    return Sheet(where, table, places, tuple(reading.notes), tuple(reading.faults.found))


def _say_heading(reading: _Reading) -> None:
    """Say where the heading stands where that is not the first row, and which columns are doubled."""
    heading, cells = reading.heading, reading.grid.cells
    if heading.bottom > 0:
        several = f"第 {heading.top + 1}—{heading.bottom + 1} 行"
        rows = several if heading.bottom > heading.top else f"第 {heading.top + 1} 行"
        above = [(row, at, cell) for row in range(heading.top) for at, cell in enumerate(cells[row]) if cell != ""]
        reading.say(f"表头在{rows}", f"以上的当作标题，未读：{grids.at(above)}" if above else "")
    for name, columns in heading.doubled.items():
        places = "、".join(f"{grids.letters(column)} 列" for column in columns)
        found = f"{reading.sought.title(name)}有 {len(columns)} 列：{places}"
        reading.refuse(found, "每列只能有一个", "请删去多余的列")


def _filled(reading: _Reading) -> Body:
    """Return the rows below the heading by their place, merged cells filled downwards inside their range only."""
    first = reading.heading.bottom + 1
    body = dict(enumerate(reading.grid.cells[first:], first))
    filled = []
    for (top, left), (bottom, right) in reading.grid.merged:
        if top not in body or left >= len(body[top]) or body[top][left] == "":
            continue
        name = reading.heading.known.get(left, "")
        if bottom > top and reading.sought.kinds.get(name) == "count":
            _refuse_merged(reading, name, grids.span((top, left), (bottom, right)), body[top][left])
            continue
        for row in range(top + 1, min(bottom, max(body)) + 1):
            body[row] = [*body[row][:left], body[top][left], *body[row][left + 1 :]]
        filled.append(grids.span((top, left), (bottom, right)))
    if filled:
        done = "下面各格填上同样的内容；横向合并的只算在左边一列"
        reading.say(f"有 {len(filled)} 处合并单元格：{grids.some(filled)}", done)
    return body


def _refuse_merged(reading: _Reading, name: str, span: str, value: Any) -> None:
    """Refuse a number that is merged over several rows."""
    found = f"列{reading.sought.title(name)}的 {span} 合并，里面是「{grids.written(value)}」"
    reading.refuse(found, "每行一个数", "不知是每行各有这么多，还是合起来这么多；请取消合并，逐行填写")


def _kept(reading: _Reading, body: Body) -> list[int]:
    """Return the rows of the table; those that are none of it are named."""
    printed = headings.printed(reading.grid, reading.heading)
    kinds = {row: rows.kind(cells, printed) for row, cells in body.items()}
    for kind, what in rows.KINDS.items():
        left = [row for row, found in kinds.items() if found == kind]
        if not left:
            continue
        found = f"有 {len(left)} 行是{what}：{grids.at((row, *_first(body[row])) for row in left)}"
        if reading.strict and kind != "again":
            reading.refuse(found, "名单须一行一个", "请删去这些行")
        else:
            reading.say(found, "未读")
    return [row for row, found in kinds.items() if found == ""]


def _first(cells: Sequence[Any]) -> tuple[int, Any]:
    """Return the place and content of the first filled cell."""
    return next((column, cell) for column, cell in enumerate(cells) if cell != "")


def _note_surplus(reading: _Reading, body: Body, kept: Sequence[int]) -> None:
    """Note rows with more cells than the heading: a comma inside a text has pushed what follows to the right."""
    width = len(reading.heading.names)
    long = [row for row in kept if any(cell != "" for cell in body[row][width:])]
    if long:
        shown = grids.some(f"第 {row + 1} 行有 {len(body[row])} 格" for row in long)
        found = f"表头有 {width} 列，{len(long)} 行的格数更多：{shown}"
        reading.refuse(found, "每行与表头一样多", "文字里的分隔符须加引号，请核对这些行")


def _columns(reading: _Reading, body: Body, kept: Sequence[int]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the rows as text under the names of their columns, and the letter of every column."""
    columns, places = {}, {}
    by_column = _turned([body[row] for row in kept], len(reading.heading.names))
    for column, cells in enumerate(by_column):
        name = _name(reading.heading, column, cells, columns)
        if name:
            columns[name] = _texts(reading, cells, kept, column)
            places[name] = grids.letters(column)
    index = pd.Index([row - 1 for row in kept], dtype="int64")
    return pd.DataFrame(columns, index=index, dtype="str"), places


def _turned(lines: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Return rows of cells as columns; a short row is filled up with blanks."""
    full = [line if len(line) >= width else [*line, *[""] * (width - len(line))] for line in lines]
    return [list(cells) for cells in zip(*full, strict=False)][:width] if full else [[] for _ in range(width)]


def _name(heading: Heading, column: int, cells: Sequence[Any], taken: Iterable[str]) -> str:
    """Name a column of the table; one without heading and without cells has none, nor has a doubled one."""
    name = heading.names[column]
    blank = all(cell == "" for cell in cells)
    if not name:
        return "" if blank else f"第 {column + 1} 列（无表头）"
    if name not in taken:
        return name
    return "" if blank or column in heading.known else f"{name}（{grids.letters(column)} 列）"


def _texts(reading: _Reading, cells: list[Any], kept: Sequence[int], column: int) -> list[str | None]:
    """Return the cells of one column as text, and note what is wrong with numbers among them."""
    name = reading.heading.known.get(column, "")
    kind = reading.sought.kinds.get(name, "")
    if name:
        cells = _cleaned(reading, cells, kept, column)
    if kind in ("number", "text"):
        filled = [(row, column, cell) for row, cell in zip(kept, cells, strict=True) if cell != ""]
        judge = digits.judge if kind == "number" else digits.judge_lost
        judge(filled, reading.sought.title(name), reading.where, reading.faults)
    return [cell.strip() or None if type(cell) is str else grids.written(cell) for cell in cells]


def _cleaned(reading: _Reading, cells: list[Any], kept: Sequence[int], column: int) -> list[Any]:
    """Take off what does not belong to a text: marks nobody sees, the apostrophe before a number kept as text."""
    name = reading.heading.known[column]
    texts = "\n".join(cell for cell in cells if isinstance(cell, str))
    if _INVISIBLE.search(texts):
        marked = [
            row for row, cell in zip(kept, cells, strict=True) if isinstance(cell, str) and _INVISIBLE.search(cell)
        ]
        _say_cleaned(reading, marked, column, "看不见的字符")
        cells = [_INVISIBLE.sub("", cell) if isinstance(cell, str) else cell for cell in cells]
    if "'" not in texts:
        return cells
    if not reading.grid.title:
        cells = [cell.strip(" \u3000")[1:] if _starts(_GUARD, cell) else cell for cell in cells]
    if reading.sought.kinds.get(name) == "number":
        quoted = [row for row, cell in zip(kept, cells, strict=True) if _starts(_QUOTE, cell)]
        _say_cleaned(reading, quoted, column, "撇号")
        cells = [cell.strip(" \u3000")[1:] if _starts(_QUOTE, cell) else cell for cell in cells]
    return cells


def _starts(mark: re.Pattern, cell: Any) -> bool:
    return isinstance(cell, str) and mark.match(cell.strip(" \u3000")) is not None


def _say_cleaned(reading: _Reading, marked: Sequence[int], column: int, what: str) -> None:
    if marked:
        shown = grids.some(grids.address(row, column) for row in marked)
        title = reading.sought.title(reading.heading.known[column])
        reading.say(f"列{title}有 {len(marked)} 格带{what}：{shown}", "已去掉")


def _note_unread(reading: _Reading, kept: Sequence[int]) -> None:
    """Note cells looked for whose value is not in the file."""
    heading = reading.heading
    rows = {*kept, *range(heading.top, heading.bottom + 1)}
    lost = [
        (*place, why)
        for place, why in sorted(reading.grid.unread.items())
        if place[0] in rows and place[1] in heading.known
    ]
    if lost:
        found = f"有 {len(lost)} 格没有值：{grids.at(lost)}"
        reading.refuse(found, "须为算好的值", "请用 Excel 打开、重算并保存，或改填数值")


def _note_hidden(reading: _Reading, kept: Sequence[int]) -> None:
    """Name hidden rows and columns: what nobody sees is read, or refused where a draw hangs on it."""
    hidden = [f"第 {row + 1} 行" for row in kept if row in reading.grid.hidden_rows]
    found = f"有 {len(hidden)} 行是隐藏的：{grids.some(hidden)}"
    if hidden and reading.strict:
        reading.refuse(found, "名单须全部看得见", "请取消隐藏或筛选，核对后再存")
    elif hidden:
        reading.say(found, "也已读入")
    columns = [
        grids.letters(column) for column in sorted(reading.grid.hidden_columns) if column in reading.heading.known
    ]
    if columns:
        reading.say(f"有隐藏的列：{grids.some(columns)}", "也已读入")
