"""A district as it lies on disk: one GeoPackage of layers, one workbook of tables, checked at the door."""

from dataclasses import replace
from itertools import chain
from pathlib import Path

import geopandas as gpd
import pandas as pd

from zhaosheng_analysis import disk, schema
from zhaosheng_analysis.geodata import containers, declared, kept, layers, sources, vectors, workbooks
from zhaosheng_analysis.geodata.assembling import judge_one_system, put_together
from zhaosheng_analysis.geodata.district import District
from zhaosheng_analysis.schema import TABLES, Column, DataError, Fault, Faults, Note


def load(path: str | Path, *, rules: str | Path = "") -> District:
    """Read a district folder, check everything in it, and bring its layers into the district's system.

    The columns that only its rule file asks for are read too. A large folder whose every file is as it was when it was
    read before by the same program comes from the user's own cache (`kept`).

    Parameters
    ----------
    path : str or Path
        Folder with district.gpkg and district.xlsx, or tables as NAME.csv or NAME.parquet.
    rules : str or Path, optional
        Rule file whose ``[columns]`` and ``[records]`` the tables follow; by default the one the folder holds:
        NAME.toml with the name in the sheet about, or ``policy.toml``.

    Returns
    -------
    District
        Everything the folder holds, checked.

    Raises
    ------
    DataError
        With every fault of the folder at once.

    Examples
    --------
    >>> import tempfile
    >>> import zhaosheng_analysis as zs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     zs.geodata.save(zs.demo.nine_plots(), folder)
    ...     town = zs.geodata.load(folder)
    >>> town.name, town.crs, sorted(town.zones["name"])
    ('九格镇', 'EPSG:4549', ['一小学区', '三小学区', '二小学区'])
    """
    folder = Path(path)
    mark = kept.mark(folder, rules)
    recalled = kept.recalled(mark)
    if recalled is not None:
        return District(**recalled)
    district = _loaded(folder, rules)
    if mark and kept.mark(folder, rules) == mark:  # nobody wrote to it meanwhile
        kept.keep(mark, vars(district))
    return district


def _loaded(folder: Path, rules: str | Path) -> District:
    """Read a district folder anew, and check everything in it."""
    faults = Faults()
    notes, unused = [], {}
    frames, places, columns, system = _read(folder, rules, faults, notes, unused)
    district = put_together(frames, places, faults, notes, columns, system)
    faults.raise_if_any()
    return replace(district, unused=unused)


def check(path: str | Path) -> list[Fault]:
    """Return every fault of a district folder, without raising."""
    try:
        load(path)
    except DataError as error:
        return list(error.faults)
    return []


def save(district: District, path: str | Path, *, bulk: str = "csv") -> None:
    """Write a district folder that `load` reads back as it was; the same district gives the same bytes.

    Everything is written beside the folder first and then moved into place, so that a failure leaves the old files.

    Parameters
    ----------
    district : District
        District whose tables are read.
    path : str or Path
        Folder to write; it is made where it is not there.
    bulk : {"csv", "parquet"}, default "csv"
        Format of the tables with one row a child: csv, which Excel opens, or parquet, a tenth of the size.

    Examples
    --------
    >>> import pathlib
    >>> import tempfile
    >>> import zhaosheng_analysis as zs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     zs.geodata.save(zs.demo.nine_plots(full=False), folder)
    ...     sorted(path.name for path in pathlib.Path(folder).iterdir())
    ['applications.csv', 'children.csv', 'district.gpkg', 'district.xlsx', 'homes.csv', 'hukou.csv']
    """
    folder = Path(path)
    sheet = pd.DataFrame({"key": list(district.about), "value": list(district.about.values())}, dtype="str")
    with disk.together(folder, drop=_outdated) as draft:
        geometry = {name: getattr(district, name) for name in layers.NAMES}
        vectors.write(geometry, draft / vectors.GEOPACKAGE)
        contracts = schema.extended(district.columns)
        workbooks.write({"about": sheet, **district.tables}, draft, bulk=bulk, contracts=contracts)


def _outdated(draft: Path) -> set[str]:
    """Name the files that would stand beside a new folder as second copies of its tables."""
    files = {f"{name}.{ending}" for name in TABLES for ending in ("csv", "parquet")}
    return files - {file.name for file in draft.iterdir()}


def _read(
    folder: Path, rules: str | Path, faults: Faults, notes: list[Note], unused: dict[str, str]
) -> tuple[dict[str, pd.DataFrame], dict[str, str], dict[str, tuple[Column, ...]], str]:
    """Read every layer and table of a folder, where each stands, and the columns and school system of its rule file."""
    frames, places = {}, {}
    containers.outsiders(folder, faults)
    faults.raise_if_any()
    rule_file = _rules(folder, rules)
    columns, system = declared.of_file(rule_file, faults) if rule_file else ({}, "")
    contracts = schema.extended(columns)
    tables = sources.read(folder, faults, notes, unused, contracts)
    read = (vectors.read(folder, faults, notes), tables)
    for name, where, frame in chain(*read):
        if name in places:
            faults.add(where, f"与 {places[name]} 是同一张表", "一张表只能有一处", "请删去其中一处")
            continue
        places[name] = where
        if frame is not None:
            frames[name] = vectors.placed(frame) if name in layers.SPATIAL else frame
            if isinstance(frames[name], gpd.GeoDataFrame):
                frames[name] = layers.fielded(frames[name], contracts[name], where, notes)
    if rule_file:
        unused.pop(rule_file.name, None)
    packed = {name: frame for name, frame in frames.items() if places[name].startswith(vectors.GEOPACKAGE)}
    judge_one_system(packed, vectors.GEOPACKAGE, faults)
    if not places:
        remedy = "请核对路径；空白样表可用 zhaosheng template 生成"
        faults.add(folder.name, f"没有 {vectors.GEOPACKAGE} 和 {sources.WORKBOOK}", "须为区县数据文件夹", remedy)
        faults.raise_if_any()
    return frames, places, columns, system


def _rules(folder: Path, named: str | Path) -> Path | None:
    """Find the rule file that was named, or the one the folder holds."""
    if named and Path(named).is_file():
        return Path(named)
    return declared.beside(folder, str(named) or sources.policy(folder))
