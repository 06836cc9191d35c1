"""One builder of districts: what a town does not say has the usual value, what it does not have is there and empty."""

import functools

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from tests.towns import rulebook
from zhaosheng_analysis import geodata, schema
from zhaosheng_analysis.geodata import District

CRS = "EPSG:4547"
#: Layer -> values of the columns that a row need not give; a name that is not given is the id.
USUAL = {
    "boundary": {"district_id": "jia", "name": "示范县"},
    "areas": {"kind": "urban"},
    "streets": {"kind": "street"},
    "units": {"kind": "community"},
    "schools": {"stage": "primary", "sector": "public", "status": "open"},
    "zones": {"stage": "primary", "rule": "single"},
}
KEYS = {name: next(iter(schema.TABLES[name].columns)) for name in USUAL}


def about(**more: object) -> dict[str, str]:
    """Return the facts of a folder; `more` replaces the usual ones."""
    usual = {"district_id": "jia", "name": "示范县", "district_code": "130200", "crs": CRS, "datum": "CGCS2000"}
    usual |= {"intake_year": rulebook.YEAR, "synthetic": "是", "seed": "0"}
    return {key: str(value) for key, value in (usual | more).items()}


@functools.cache
def nothing(name: str, crs: str) -> gpd.GeoDataFrame:
    """Return a layer without rows, with the columns of its contract."""
    return gpd.GeoDataFrame(schema.empty(name), geometry=gpd.GeoSeries([], crs=crs))


def layer(name: str, rows: list[dict] | pd.DataFrame, crs: str = CRS) -> gpd.GeoDataFrame:
    """Return a layer of rows, each with a geometry."""
    if not len(rows):
        return nothing(name, crs)
    table = pd.DataFrame(rows)
    usual = {"name": table[KEYS[name]]} | USUAL[name] if KEYS[name] in table else USUAL[name]
    for column, value in usual.items():
        table[column] = table[column].fillna(value) if column in table else value
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs)


def district(
    *, checked: bool = True, facts: dict[str, str] | None = None, **frames: list[dict] | pd.DataFrame
) -> District:
    """Return a district of layers and tables.

    Parameters
    ----------
    checked : bring it through `geodata.assemble` as if it had been read from disk; without, columns stay as they are
        given, which is quick and enough where hundreds of towns are drawn.
    facts : what `about` is to say.
    frames : layers as rows or frames, tables as frames; the boundary is drawn around all layers where it is not given.
    """
    said = about(**(facts or {}))
    drawn = {name: layer(name, frames.pop(name, []), said["crs"]) for name in USUAL if name != "boundary"}
    edge = frames.pop("boundary", None)
    drawn["boundary"] = layer("boundary", around(drawn, said) if edge is None else edge, said["crs"])
    drawn["zone_schools"] = frames.pop("zone_schools", schema.empty("zone_schools"))
    if checked:
        return geodata.assemble(drawn | frames, said, where=said["name"])
    identity = (said[key] for key in ("district_id", "name", "district_code", "crs"))
    return District(*identity, **drawn, tables=frames, about=said)


def around(drawn: dict[str, gpd.GeoDataFrame], said: dict[str, str]) -> list[dict]:
    """Return a boundary drawn around everything that is in the district."""
    bounds = np.array([part.total_bounds for part in drawn.values() if len(part)])
    extent = shapely.box(*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0))
    return [{"district_id": said["district_id"], "name": said["name"], "geometry": extent}]


def links(pairs: list[tuple[str, str]]) -> pd.DataFrame:
    """Return which school each zone leads to, in the order of the pairs."""
    table = pd.DataFrame(pairs, columns=["zone_id", "school_id"]).astype("str")
    return table.assign(order_n=table.groupby("zone_id").cumcount() + 1)
