"""An empty, commented district folder that a planner can fill."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from zhaosheng_analysis import disk, schema
from zhaosheng_analysis.geodata import forms, layers, sources, vectors
from zhaosheng_analysis.schema import TABLES, Column, DataError, Fault


def template(
    policy_id: str,
    out: str | Path,
    *,
    needed: Collection[str] | None = None,
    useful: Collection[str] = (),
    crs: str = "EPSG:4490",
    columns: Mapping[str, Iterable[Column]] | None = None,
    system: str = "",
) -> None:
    """Write an empty, commented district folder that a planner can fill.

    Parameters
    ----------
    policy_id : str
        Policy the data are for; it is noted in the sheet about.
    out : str or Path
        Folder to make; files that are there already are not touched.
    needed : collection of str, optional
        Tables the policy cannot do without (`policy.needed_tables.tables`); every table there is, where nothing is
        said.
    useful : collection of str, optional
        Tables that are optional: the sheet 说明 tells them apart, and their sheets have a grey tab.
    crs : str, default "EPSG:4490"
        System of the empty layers, CGCS2000 degrees unless said otherwise; `load` brings it into the district's.
    columns : mapping of str to iterable of Column, optional
        Columns that only the policy asks for, by table (`policy.Policy.columns`).
    system : str, optional
        School system the policy says (`policy.Policy.school_system`); it is noted in the sheet about.

    Raises
    ------
    DataError
        Where the folder holds a district already.

    Examples
    --------
    >>> import pathlib
    >>> import tempfile
    >>> import zhaosheng_analysis as zs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     zs.geodata.template("laoting-2025", folder, needed=["plans"])
    ...     sorted(path.name for path in pathlib.Path(folder).iterdir())
    ['district.gpkg', 'district.xlsx']
    """
    folder = Path(out)
    there = [name for name in (vectors.GEOPACKAGE, sources.WORKBOOK) if (folder / name).exists()]
    if there:
        raise DataError(Fault(folder.name, f"已有 {'、'.join(there)}", "样表不覆盖已有数据", "请换一个文件夹"))
    contracts = schema.extended(columns or {})
    empty = {name: schema.empty(name, table) for name, table in contracts.items()}
    keys = list(TABLES["about"].columns["key"].choices)
    said = {"policy": policy_id, "school_system": system or None}
    empty["about"] = pd.DataFrame({"key": keys, "value": [said.get(key) for key in keys]}, dtype="str")
    for name in layers.SPATIAL:
        empty[name] = gpd.GeoDataFrame(empty[name], geometry=gpd.GeoSeries([], crs=crs))
    tables = [name for name, table in TABLES.items() if table.level != "layer"]
    needed = set(tables if needed is None else needed)
    sheets = {name: empty[name] for name in tables if name in needed or name in useful}
    notes = schema.dictionary(contracts).drop(columns="由谁生成")
    notes = notes[notes["表"].isin({*sheets, *layers.NAMES})]
    grades = ["图层" if name in layers.NAMES else "需要" if name in needed else "可选" for name in notes["表"]]
    notes.insert(0, "本规则", grades)
    with disk.together(folder) as draft:
        vectors.write({name: empty[name] for name in layers.NAMES}, draft / vectors.GEOPACKAGE)
        forms.write(sheets, draft / sources.WORKBOOK, notes=notes, optional=set(sheets) - needed, contracts=contracts)
