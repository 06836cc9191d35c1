"""A district: its layers and tables, checked and in one system of coordinates.

It is read from a folder and written to one in `folder`, and put together and checked in `assembling`.
"""

from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.geodata import layers
from zhaosheng_analysis.schema import Column, DataError, Fault, Note, SchoolSystem

LAYERS = layers.SPATIAL


@dataclass(frozen=True)
class District:
    """Everything known of one district, in metres, in one coordinate reference system.

    Attributes
    ----------
    id : str
        Slug of the district, in small letters.
    name : str
        Its Chinese name.
    code : str
        Its GB/T 2260 code.
    crs : str
        Its CGCS2000 three-degree zone, as ``EPSG:4547``.
    boundary : GeoDataFrame
        Its outline, one polygon.
    areas : GeoDataFrame
        Townships, former zones, 大学区 and other named pieces of land.
    streets : GeoDataFrame
        Streets, railways, rivers and walls, as lines.
    units : GeoDataFrame
        小区, villages and blocks, as polygons.
    schools : GeoDataFrame
        Schools and campuses, as points.
    zones : GeoDataFrame
        School zones, as polygons, each with its days of validity.
    zone_schools : DataFrame
        Which schools a zone leads to.
    tables : dict of str to DataFrame
        The other tables by name.
    about : dict of str to str
        Facts about the folder itself (data cut-off, seed, whether it is synthetic).
    places : dict of str to str
        Layer or table -> the file it was read from, and the system its coordinates were taken in.
    notes : tuple of Note
        What was found while reading and settled without asking.
    unused : dict of str to str
        File of the folder that is no source -> why.
    columns : dict of str to tuple of Column
        Columns that only the rule file of the folder asks for, by table.
    joined : dict of str to tuple of str
        School with a plan -> names of the schools and campuses that fill it too and are taken as one with it
        (`policy.campuses.joined`).
    """

    id: str
    name: str
    code: str
    crs: str
    boundary: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    schools: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    zone_schools: pd.DataFrame
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    unused: dict[str, str] = field(default_factory=dict)
    columns: dict[str, tuple[Column, ...]] = field(default_factory=dict)
    joined: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def synthetic(self) -> bool:
        """Whether the district is made up, so that every page made from it must say 示例数据."""
        return self.about.get("synthetic") == "是"

    @property
    def mapped(self) -> bool:
        """Whether it is drawn at all: in a bureau's first year there may be no map, and no school has a place."""
        return len(self.boundary) > 0

    @property
    def school_system(self) -> SchoolSystem:
        """Which grades belong to which stage: six and three, unless the folder or its rule file says otherwise."""
        return schema.school_system_of(self.about)

    def table(self, name: str) -> pd.DataFrame:
        """Return one table, or say which sheet is missing.

        Parameters
        ----------
        name : str
            Name of the table in tables.toml.

        Returns
        -------
        DataFrame
            The table, checked.

        Raises
        ------
        DataError
            The folder has no such table.
        """
        if name in self.tables:
            return self.tables[name]
        raise DataError(
            Fault(
                f"{self.name}数据文件夹",
                f"缺少工作表「{name}」",
                f"现有：{'、'.join(sorted(self.tables)) or '无'}",
                f"请在 district.xlsx 中补上工作表「{name}」，或提供 {name}.csv",
            )
        )
