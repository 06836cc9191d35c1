"""One file or sheet of theirs as rows of text, each knowing where it stands; what was left out on the way is counted.

Comes in: a path and how it is to be read. Goes out: a `Piece`. Tables, GeoJSON, Shapefiles (also zipped) and lists of
JSON records are read; what is in a file counts, not its ending.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis import sheets
from zhaosheng_analysis.geodata import vectors
from zhaosheng_analysis.ingest import envelopes, sheet_choice
from zhaosheng_analysis.ingest.recipes import Source
from zhaosheng_analysis.schema import TABLES, Column, DataError, Fault, Faults, Note, near, student_numbers

FILE, SHEET = "文件名", "工作表名"  # asked for like headers
LISTED = "、"  # how a list of a record is written in one cell
_VECTORS = tuple(f".{ending}" for ending in vectors.ENDINGS)
HEADLESS = (
    "没有表头：第一行像是一个人，或是「名称：」「内容」并排的登记表，不是列名",
    "须有一行列名",
    "请在第一行上面加上列名；登记表请改成一行一项",
)
_TAKEN = ("from", "pseudonym", "birth_in", "sex_in")  # ways that take a cell as it stands
_KINDS = {"id": "number", "text": "text", "ids-list": "text"}


@dataclass(frozen=True)
class Step:
    """One thing that changed the number of rows, for the log.

    Attributes
    ----------
    what : str
        In Chinese.
    rows_n : int
        Rows that came (above 0) or went.
    """

    what: str
    rows_n: int


@dataclass(frozen=True)
class Piece:
    """A table or layer of theirs.

    Attributes
    ----------
    where : str
        File and sheet, for messages.
    sha256 : str
        Of the file.
    table : DataFrame
        Text under their headers, blanks missing; a layer has its geometry. The index plus 2 is the row in the file; a
        row that was taken apart stands in it more than once.
    places : mapping of str to str
        Header -> letter of its column, where the file has letters.
    steps : tuple of Step
        Rows that came and went.
    notes : tuple of Note
        What was settled while it was read.
    ignored : tuple of str
        Headers nobody asked for.
    sheet : str
        Name of the sheet; "" where the file has none.
    melted : tuple of str
        The column that holds the headers of columns side by side, and the one that holds what stood below them; ()
        where each row of the table is one of the file.
    """

    where: str
    sha256: str
    table: pd.DataFrame
    places: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    notes: tuple[Note, ...] = ()
    ignored: tuple[str, ...] = ()
    sheet: str = ""
    melted: tuple[str, ...] = ()

    def cell(self, row: int, header: str) -> str:
        """Name a cell: C4, or 第 3 个要素的「name」 where the file has no cells.

        Parameters
        ----------
        row : int
            Of the index of the table.
        header : str
            A header.

        Returns
        -------
        str
            Its place.
        """
        if header in self.places:
            return f"{self.places[header]}{row + 2}"
        return f"第 {row + 1} 个的「{header}」"

    def some(self, header: str, cells: pd.Series) -> str:
        """Name at most three cells of a column with what stands in them.

        Parameters
        ----------
        header : str
            Their column.
        cells : Series
            What stands in them, on the index of the table.

        Returns
        -------
        str
            Such as C4「男」、C9「女」等.
        """
        places = self._melted_cells(header, cells) if header in self.melted else None
        places = places or [self.cell(row, header) for row in cells.index]
        shown = [at + ("" if pd.isna(cell) else f"「{cell}」") for at, cell in zip(places, cells, strict=True)]
        shown = list(dict.fromkeys(shown))
        return "、".join(shown[:3]) + ("等" if len(shown) > 3 else "")

    def _melted_cells(self, header: str, cells: pd.Series) -> list[str]:
        """Name the cells of columns side by side that stand below each other now: by their row and what is in them."""
        into, value = self.melted
        if header == into:
            return ["表头"] * len(cells)
        left: dict[tuple, list[str]] = {}
        for row, origin, cell in zip(self.table.index, self.table[into], self.table[value], strict=True):
            left.setdefault((row, cell), []).append(self.cell(row, origin))
        return [left.get((row, cell), [self.cell(row, value)]).pop(0) for row, cell in cells.items()]

    def row_names(self) -> list[str]:
        """Name every row of the table as its file has it, in the order of the table.

        Returns
        -------
        list of str
            Such as 第 5 行, and of columns that stood side by side the cell: 第 5 行（C5「二年级」）.
        """
        own = [f"第 {row + 2} 行" if self.places else f"第 {row + 1} 个" for row in self.table.index]
        if not self.melted:
            return own
        origins = self.table[self.melted[0]]
        cells = [self.cell(row, origin) if origin in self.places else "" for row, origin in origins.items()]
        return [f"{name}（{cell}「{origin}」）" for name, cell, origin in zip(own, cells, origins, strict=True)]

    def without(self, gone: pd.Series, what: str) -> "Piece":
        """Leave rows out, and count them.

        Parameters
        ----------
        gone : Series of bool
            Which, by position.
        what : str
            Why, in Chinese.

        Returns
        -------
        Piece
            With the other rows.
        """
        gone = gone.to_numpy(dtype=bool)
        if not gone.any():
            return self
        return replace(self, table=self.table[~gone], steps=(*self.steps, Step(what, -int(gone.sum()))))


def of(source: Source, folder: Path, faults: Faults) -> Iterator[Piece]:
    """Read every file of a source.

    Parameters
    ----------
    source : Source
        Which files, and how they are read.
    folder : Path
        The folder its pattern is relative to.
    faults : Faults
        Where what is wrong is noted.

    Yields
    ------
    Piece
        One a file.
    """
    paths = sorted(path for path in folder.glob(source.files) if path.is_file() and not path.name.startswith("~$"))
    if not paths and (folder / source.files).is_file():  # a name that happens to be a pattern, as 名册[1].csv
        paths = [folder / source.files]
    if not paths:
        there = [path.name for path in sorted(folder.iterdir()) if path.is_file()]
        faults.add(source.files, "没有这样的文件", "", near(source.files, there) or "请核对文件名")
    for path in paths:
        try:
            read = list(_read(path, source, faults))
        except DataError as error:
            faults.found += error.faults
            continue
        for piece in read:
            checked = _headed(_named(piece, path.stem, source), source, faults)
            if checked is not None:
                yield checked


def section_title(grid: sheets.Grid, heading: sheets.Heading) -> str:
    """Return the line right above a heading, which may head the first section of a table.

    Parameters
    ----------
    grid : Grid
        A sheet.
    heading : Heading
        Of its table.

    Returns
    -------
    str
        What its one cell says; "" where there is none.
    """
    above = [[str(cell).strip() for cell in row if str(cell).strip()] for row in grid.cells[: heading.top]]
    return above[-1][0] if above and len(above[-1]) == 1 else ""


def sectioned(table: pd.DataFrame, header: str, above: str) -> tuple[pd.DataFrame, pd.Series]:
    """Give every row the heading of its section, which stands alone in a row above.

    Parameters
    ----------
    table : DataFrame
        Text, with rows in which one cell is filled.
    header : str
        What the new column is called.
    above : str
        The line above the heading of the table.

    Returns
    -------
    tuple of (DataFrame, Series of bool)
        The table with the column; which rows are headings of sections.
    """
    alone = table.notna().sum(axis=1) == 1
    words = table.bfill(axis=1).iloc[:, 0].where(alone)
    if len(words) and not alone.iloc[0]:
        words.iloc[0] = above or None
    return table.assign(**{header: words.ffill()}), alone


def _named(piece: Piece, file: str, source: Source) -> Piece:
    """Give the rows the name of their file or sheet as a column, where the recipe asks for it."""
    said = {FILE: file, SHEET: piece.sheet}
    asked = {name: said[name] for name in said if name in source.headers and name not in piece.table}
    return replace(piece, table=piece.table.assign(**asked)) if asked else piece


def _parted(piece: Piece, source: Source, above: str) -> Piece:
    """Take the rows that head a section out of a sheet, where the recipe asks for them."""
    header = source.options.get("section")
    if not header or not len(piece.table):
        return piece
    table, alone = sectioned(piece.table, header, above)
    return replace(piece, table=table).without(alone, "小节标题")


def _read(path: Path, source: Source, faults: Faults) -> Iterator[Piece]:
    """Read one file, told by what is in it; the hash is that of the file as it came."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with envelopes.opened(path) as plain:
        content = plain.read_bytes()
        listed = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
        if listed or plain.suffix.lower() in _VECTORS:
            notes: list[Note] = []
            with vectors.heard(path.name, notes):
                table, said = _of_json(path, content) if listed else _of_layer(plain, source)
            notes += [Note(path.name, said)] if said else []
            yield Piece(path.name, digest, table, steps=(Step("读入", len(table)),), notes=tuple(notes))
            return
        grids = sheets.opened(content, path.name, _sought(source).words)
        chosen = sheet_choice.chosen(grids, path.name, source)
        unread = sheet_choice.unread(grids, chosen, path.name)
        for grid in chosen:
            piece = _of_sheet(path.name, grid, source, faults)
            yield replace(piece, sha256=digest, notes=(*unread, *piece.notes))
            unread = ()


def _of_layer(path: Path, source: Source) -> tuple[pd.DataFrame, str]:
    """Read a layer through the door of `geodata`, which lets in nothing that leads elsewhere."""
    options = {name: source.options[name] for name in ("encoding", "layer") if name in source.options}
    frame, said = vectors.opened(path, **options)
    return _texts(frame), said


def _of_json(path: Path, content: bytes) -> tuple[pd.DataFrame, str]:
    """Read GeoJSON, or a list of records; a list within a record becomes its words joined."""
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise DataError(Fault(path.name, "不是完好的 JSON", "须为 UTF-8 的 JSON", "请重新导出")) from None
    if isinstance(data, dict) and "features" in data:
        with tempfile.TemporaryDirectory() as aside:
            plain = Path(aside, path.name).with_suffix(".geojson")
            plain.write_bytes(content)
            frame, said = vectors.opened(plain)
        return _texts(frame), said
    rows = data if isinstance(data, list) else next((part for part in data.values() if isinstance(part, list)), [])
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise DataError(Fault(path.name, "不是记录的列表", "[{…}, {…}]", "请核对文件"))
    return _texts(pd.DataFrame([{name: _word(cell) for name, cell in row.items()} for row in rows], dtype="object")), ""


def _word(cell: Any) -> Any:
    """Write one value of a record as a cell."""
    if isinstance(cell, list):
        return LISTED.join(map(str, cell))
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict) else cell


def _texts(table: pd.DataFrame) -> pd.DataFrame:
    """Write every attribute as text, blanks missing; geometry stays."""
    texts = {
        name: pd.Series([_text(cell) for cell in table[name].astype("object")], index=table.index, dtype="str")
        for name in table
        if name != "geometry"
    }
    frame = pd.DataFrame(texts, index=table.index)
    return gpd.GeoDataFrame(frame, geometry=table.geometry, crs=table.crs) if "geometry" in table else frame


def _text(cell: Any) -> str | None:
    """Write an attribute as text; a list becomes its words joined."""
    if isinstance(cell, list | tuple | np.ndarray):
        return LISTED.join(map(str, cell)) or None
    if isinstance(cell, dict):
        return json.dumps(cell, ensure_ascii=False)
    if cell is None or (not isinstance(cell, str) and pd.isna(cell)):
        return None
    return sheets.written(cell).strip() or None


def _of_sheet(file: str, grid: sheets.Grid, source: Source, faults: Faults) -> Piece:
    """Read one sheet of a table; rows that are no rows are counted."""
    sought = _sought(source)
    cut, steps = _cut(grid, source)
    sheet = sheets.of(cut, sheets.place(file, grid), sought)
    if headless(sheet.table):
        raise DataError(Fault(sheet.where, *HEADLESS))
    faults.found += sheet.faults
    table = sheet.table
    filled = sum(map(sheet_choice.is_filled, cut.cells))
    heading = sheets.heading(cut, sought.words)
    above = sum(map(sheet_choice.is_filled, cut.cells[: heading.bottom + 1]))
    missed = filled - above - len(table)
    steps = (Step("读入", filled - above - sum(step.rows_n for step in steps)), *steps)
    if missed:
        steps = (*steps, Step("合计、注释、重复的表头", -missed))
    piece = Piece(sheet.where, "", table, sheet.places, steps, sheet.notes, sheet=grid.title)
    return _parted(piece, source, section_title(cut, heading))


def headless(table: pd.DataFrame) -> bool:
    """Tell whether what was taken for headers are the cells of a person, or the labels of a form.

    A person has an identity or telephone number, or one sex; a label ends in a colon and has its word beside it.

    Parameters
    ----------
    table : DataFrame
        A table of theirs.

    Returns
    -------
    bool
        Whether it has no header.
    """
    headers = pd.Series([str(name).strip() for name in table], dtype="str")
    sexes = {"男", "女"} & set(headers)
    labels = headers.str.endswith(("：", ":"))
    return bool(
        (1 < labels.sum() < len(labels))
        or student_numbers.citizens(headers).any()
        or headers.str.fullmatch(r"1[3-9]\d{9}").any()
        or len(sexes) == 1
    )


def _sought(source: Source) -> sheets.Sought:
    """Return the headers of theirs that are looked for, and what their cells must not lose."""
    kinds: dict[str, str] = {}
    for making in source.makings:
        columns = TABLES[making.table].columns
        for part in (making.rules, *making.each):
            for name, rule in part.items():
                if rule.way in _TAKEN:
                    kinds |= dict.fromkeys(rule.headers, _kind(name, rule.way, columns))
    headers = source.headers
    return sheets.Sought({name: name for name in headers}, {name: kinds.get(name, "") for name in headers})


def _kind(name: str, way: str, columns: Mapping[str, Column]) -> str:
    """Say what the cells of a column must not lose: the digits of a number, or how many there are."""
    if way in ("birth_in", "sex_in"):
        return "number"
    # A merged size of classes holds for each row; a merged number of people may be that of all together.
    counted = name.endswith("_n") and name != "class_size_n"
    return "count" if counted else _KINDS.get(getattr(columns.get(name), "kind", ""), "")


def _cut(grid: sheets.Grid, source: Source) -> tuple[sheets.Grid, tuple[Step, ...]]:
    """Blank what stands above the heading the recipe names, and cut what begins with a stop word."""
    cells, steps = grid.cells, ()
    header = source.options.get("header")
    if header:
        top = header[0] if isinstance(header, tuple) else header
        cells = [[""] * len(row) for row in cells[: top - 1]] + cells[top - 1 :]
    for at, row in enumerate(cells):
        first = next((str(cell).strip() for cell in row if cell != ""), "")
        if any(first.startswith(word) for word in source.options.get("stop", ())):
            lost = sum(map(sheet_choice.is_filled, cells[at:]))
            return replace(grid, cells=cells[:at]), (Step(f"自「{first[:10]}」起", -lost),)
    return replace(grid, cells=cells), steps


def _headed(piece: Piece, source: Source, faults: Faults) -> Piece | None:
    """Give the columns the names the recipe calls them by; headers that are not there, and others, are told."""
    there = [name for name in piece.table if name != "geometry"]
    folded = {sheets.folded(name): name for name in there}
    called, missing = {}, []
    for header in source.headers:
        own = header if header in there else folded.get(sheets.folded(header))
        if own is None:
            missing.append(header)
        else:
            called[own] = header
    for header in missing:
        faults.add(
            piece.where, f"没有「{header}」这一列", f"现有：{_titles(there)}", near(header, there) or "请核对表头"
        )
    if missing:
        return None
    made = source.options.get("section")
    rest = tuple(name for name in there if name not in called and name != made and not _melted(name, source))
    if rest and source.options.get("rest") != "ignore":
        remedy = '逐列写明用途，或写 rest = "ignore"'
        faults.add(piece.where, f"有 {len(rest)} 列没有写用途：{_titles(rest)}", "", remedy)
    table = piece.table.rename(columns=called)
    places = {called.get(name, name): place for name, place in piece.places.items()}
    return replace(piece, table=table, places=places, ignored=rest)


def _melted(name: str, source: Source) -> bool:
    columns = source.options.get("melt", {}).get("columns", ())
    return any(fnmatchcase(name, pattern) for pattern in ([columns] if isinstance(columns, str) else columns))


def _titles(names: Iterable[str]) -> str:
    names = list(names)
    return "、".join(f"「{name}」" for name in names[:8]) + (f"等 {len(names)} 列" if len(names) > 8 else "")
