"""A district as it lies on disk: one GeoPackage of layers, one workbook of tables, checked at the door."""

from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from zhaosheng_analysis.schema import DataError, Fault

LAYERS = ("boundary", "areas", "streets", "units", "schools", "zones")


@dataclass(frozen=True)
class District:
    """Everything known of one district, in metres, in one coordinate reference system.

    Attributes
    ----------
    id, name, code : slug, Chinese name and GB/T 2260 code of the district.
    crs : CGCS2000 three-degree zone of the district, as ``EPSG:4547``.
    boundary, areas, streets, units, schools, zones : layers (GeoDataFrames).
    zone_schools : which schools a zone leads to.
    tables : the other tables by name.
    about : facts about the folder itself (data cut-off, seed, whether it is synthetic).
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

    @property
    def synthetic(self) -> bool:
        """Whether the district is made up, so that every page made from it must say 示例数据."""
        return self.about.get("synthetic") == "是"

    def table(self, name: str) -> pd.DataFrame:
        """Return one table, or say which sheet is missing."""
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
