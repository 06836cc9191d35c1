"""Tables of a district folder, read from whatever files hold them; every file is used, or named with the reason.

A table is a sheet of the workbook ``district`` (in English or Chinese) or a file of its own, NAME.csv, NAME.xlsx,
NAME.parquet and so on; what is in a file counts, not its ending.
"""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from zhaosheng_analysis import outputs, sheets
from zhaosheng_analysis.geodata import vectors
from zhaosheng_analysis.schema import TABLES, DataError, Faults, Note, Table, near

WORKBOOK = "district.xlsx"
SHEETS = {table.title: name for name, table in TABLES.items()} | {name: name for name in TABLES}
NOTES = ("说明", "填表说明", "怎么填", "数据字典")
_STEM = Path(WORKBOOK).stem
_MISTYPED = 0.75  # likeness of a file name to a table's from which it must be a slip of the hand
_LEFT = {"~$": "Excel 打开时的临时文件", ".": "隐藏文件", "ingest-log.csv": "接收原始文件的记录"} | {
    "database-log.csv": "取自数据库的记录"
}
_KINDS = {"id": "number", "text": "text", "ids-list": "text"}


def read(
    folder: Path,
    faults: Faults,
    notes: list[Note],
    unused: dict[str, str],
    tables: Mapping[str, Table] = TABLES,
) -> Iterator[tuple[str, str, pd.DataFrame | None]]:
    """Yield every table of a folder: name, where it stands, and its cells as text; None where the file is broken.

    Parameters
    ----------
    folder : Path
        The district folder.
    faults : Faults
        Where what is wrong with the files is noted.
    notes : list of Note
        Where it is noted what was found and settled.
    unused : dict of str to str
        Where the files that are no source are put: name -> why.
    tables : mapping of str to Table, optional
        The contracts, with the columns of the rule file.

    Yields
    ------
    tuple of (str, str, DataFrame or None)
        Name of the table, where it stands, and its cells.
    """
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        why = _left_out(path)
        if path.name == outputs.MARK:
            continue
        if _is_no_file(path):
            faults.add(path.name, "不是普通文件（是文件夹、管道或失效的链接）", "表须为文件", "请换成文件或移走")
        elif why:
            unused[path.name] = why
        elif _ending(path) == "parquet" and path.stem in TABLES:
            yield path.stem, path.name, _of_parquet(path, faults)
        elif path.stem == _STEM and _ending(path) in sheets.ENDINGS:
            yield from _of_workbook(path, faults, notes, tables)
        elif path.stem in TABLES and _ending(path) in sheets.ENDINGS:
            yield from _of_file(path, faults, notes, tables)
        elif not vectors.is_used(path):
            _note_stranger(path, faults, unused)


def policy(folder: Path) -> str:
    """Return the policy the sheet about of a folder names, without judging the sheet; empty where it names none."""
    if not folder.is_dir() or not any(folder.glob("*.toml")):
        return ""
    paths = [path for path in sorted(folder.iterdir()) if path.stem in (_STEM, "about")]
    paths = [path for path in paths if _ending(path) in sheets.ENDINGS and path.is_file() and not _left_out(path)]
    for path in paths:
        reader = _of_workbook if path.stem == _STEM else _of_file
        for name, _, frame in reader(path, Faults(), [], TABLES):
            if name == "about" and frame is not None and len(frame.columns) > 1:
                facts = dict(zip(frame.iloc[:, 0], frame.iloc[:, 1], strict=True))
                return str(facts.get("policy") or facts.get("政策编号") or "")
    return ""


def _is_no_file(path: Path) -> bool:
    """Tell whether what has the name of a table or layer is no file: a folder, a pipe, a link that leads nowhere."""
    endings = (*sheets.ENDINGS, *vectors.ENDINGS, "parquet")
    return path.stem in (*TABLES, _STEM) and _ending(path) in endings and not path.is_file()


def _of_parquet(path: Path, faults: Faults) -> pd.DataFrame | None:
    """Read a Parquet file; what is wrong with it is noted."""
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError, TypeError, OverflowError, KeyError, NotImplementedError, UnicodeDecodeError) as error:
        found = f"打不开：{type(error).__name__}"
        faults.add(path.name, found, "须为完好的 Parquet 文件", "请重新导出")
        return None


def _ending(path: Path) -> str:
    return path.suffix.lower().lstrip(".")


def _left_out(path: Path) -> str:
    """Say why a file is no source at all, or nothing."""
    if path.is_dir():
        return "文件夹"
    if path.suffix == ".toml":
        return "规则文件"
    if path.suffix == ".part":
        return "没有写完的文件"
    return next((why for start, why in _LEFT.items() if path.name.startswith(start)), "")


def _note_stranger(path: Path, faults: Faults, unused: dict[str, str]) -> None:
    """Note a file nobody asked for: a fault where its name is nearly that of a table, else one more not used."""
    ending = _ending(path)
    if ending not in (*sheets.ENDINGS, *vectors.ENDINGS, "parquet"):
        unused[path.name] = "不是表，也不是图层"
        return
    if ending == "gpkg":
        remedy = f"请把图层并入 {vectors.GEOPACKAGE}，或另存为同名的 geojson、shp、kml"
        if path.stem in TABLES:
            faults.add(path.name, "没有读", f"GeoPackage 只读 {vectors.GEOPACKAGE}", remedy)
        else:
            unused[path.name] = f"GeoPackage 只读 {vectors.GEOPACKAGE}"
        return
    accepted = [*TABLES, *(() if ending in vectors.ENDINGS else [_STEM])]
    if difflib.get_close_matches(path.stem, accepted, n=1, cutoff=_MISTYPED):
        hint = near(path.stem, accepted)
        what = "图层" if ending in vectors.ENDINGS else "表"
        faults.add(path.name, f"不认识的{what}", "", f"{hint}请改文件名或移走")
    else:
        unused[path.name] = "文件名不是表名"


def sought(table: Table) -> sheets.Sought:
    """Return the columns of a table as they may be headed: name, label, label with its unit."""
    words, kinds = {}, {}
    for column in table.columns.values():
        units = [f"{column.label}({column.unit})", f"{column.label}/{column.unit}"] if column.unit else []
        words |= dict.fromkeys([column.name, column.label, *units], column.name)
        kinds[column.name] = "count" if column.name.endswith("_n") else _KINDS.get(column.kind, "")
    return sheets.Sought(words, kinds, {column.name: column.title for column in table.columns.values()})


def _of_workbook(
    path: Path, faults: Faults, notes: list[Note], tables: Mapping[str, Table]
) -> Iterator[tuple[str, str, pd.DataFrame | None]]:
    """Yield the tables of the workbook that holds a sheet a table."""
    try:
        grids = sheets.opened(path.read_bytes(), path.name)
    except DataError as error:
        faults.found += error.faults
        yield "about", path.name, None
        return
    for grid in grids:
        where = sheets.place(path.name, grid)
        title = "".join(grid.title.split())
        if not grid.title:
            faults.add(where, "是文本，不是工作簿", "须为 Excel 工作簿，一张工作表一个表", "请用 Excel 另存为 xlsx")
        elif title in SHEETS:
            yield SHEETS[title], where, _taken(sheets.of(grid, where, sought(tables[SHEETS[title]])), faults, notes)
            if grid.hidden:
                notes.append(Note(where, "是隐藏的工作表", "也已读入"))
        elif title not in NOTES and any(cell != "" for row in grid.cells for cell in row):
            faults.add(where, "不认识的工作表", "", f"{near(title, SHEETS)}请改名或删去")


def _of_file(
    path: Path, faults: Faults, notes: list[Note], tables: Mapping[str, Table]
) -> Iterator[tuple[str, str, pd.DataFrame | None]]:
    """Yield the table of a file of its own."""
    try:
        sheet = sheets.read(path.read_bytes(), path.name, sought(tables[path.stem]))
    except DataError as error:
        faults.found += error.faults
        yield path.stem, path.name, None
        return
    yield path.stem, sheet.where, _taken(sheet, faults, notes)


def _taken(sheet: sheets.Sheet, faults: Faults, notes: list[Note]) -> pd.DataFrame:
    """Return the table of a sheet; what is wrong with it and what was settled is noted."""
    faults.found += sheet.faults
    notes += sheet.notes
    return sheet.table
