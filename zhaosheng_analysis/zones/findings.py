"""What can be wrong with a district's zones: the kinds, one flaw, and the table of them that a planner reads."""

from dataclasses import dataclass, field
from functools import cached_property

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis import schema
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import RESULTS, STAGES
from zhaosheng_analysis.sentences import Gazetteer, Territory
from zhaosheng_analysis.zones import unit_counts

YEARS_SHOWN = 3
NAMES_SHOWN = 6
SLIVER_M = 10.0  # mean width below which a strip is the drawing's doing
SPECK_M2 = 200.0
HAIR_M = 0.5  # nobody draws a border nearer than this; a datum converted point by point bends long edges as much

#: kind -> what it is called, what to do about it. In the order in which a planner should read them.
KINDS = {
    "gap": ("遗漏", "请划入相邻学区，或在文字中写明由哪所学校招收"),
    "ended": ("学区到期后无着落", "请写明到期以后由哪所学校招收，或延长原学区的有效期"),
    "new_estate": ("新交付小区未划入", "请在报名前划入学区，并在通告中列名"),
    "overlap": ("重叠", "请划归其中一所，或写明为多校可选"),
    "named_twice": ("重复列名", "请核对通告：改归一所，或写明为多校可选；改正之前按可选处理并列入缺陷"),
    "wording": ("文字与图不符", "请以通告文字为准改图，或按现图改写文字"),
    "unplaced": ("文字没有落到图上", "请补全图层或改写文字"),
    "unsettled": ("文字须认定", "请补全街道图层，或把认定的约定记在学区旁边（zhaosheng zones settle）"),
    "cut_unit": ("小区被切开", "请整体划入一个学区，或写明按楼栋划分"),
    "zone_without_school": ("学区没有学校", "请补上对应的学校，或删去这个学区"),
    "closed_school": ("停办学校仍有学区", "请把学区划给承接学校，或写明失效日期"),
    "school_without_zone": ("学校没有学区", "请划定学区，或写明招生方式"),
    "school_outside": ("学校不在本校学区内", "请核对学校位置与学区边界"),
    "no_way": ("图上步行无法到达学校", "请核对是否漏画道路或桥；确实不通的，请安排校车或寄宿，或改划到走得到的学校"),
    "piece": ("飞地", "请确认确需分成几片；如非本意，请划入相邻学区"),
    "ring": ("图形无效", "请修正多边形的线形"),
    "hole": ("空洞", "洞内无人居住，可以并入这个学区"),
    "sliver_gap": ("缝隙", "两个学区的公共边没有画齐，可以并入所在小区的学区"),
    "sliver_overlap": ("细条重叠", "两个学区的公共边没有画齐，可以归所在小区的学区"),
    "sliver_piece": ("细碎片", "可以从这个学区中去掉"),
}
#: Flaws of a whole zone: all its children are concerned.
WHOLE_ZONE = ("unplaced", "unsettled", "zone_without_school", "closed_school")
SAFE = {"add": "并入", "take": "去掉", "redraw": "重画"}
COLUMNS = list(RESULTS["zone_findings"].columns)


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong with the zones of a stage.

    Attributes
    ----------
    kind : str
        Of `KINDS`.
    where : BaseGeometry
        The land or the point to look at (m).
    message : str
        What was found, in Chinese.
    zones : tuple of str
        Their ids.
    units : tuple of str
        Their ids.
    schools : tuple of str
        Their ids.
    action : str
        What may safely be done (`SAFE`), with which land, to which zone; none where a person has to decide.
    repair : BaseGeometry or None
        What may safely be done (`SAFE`), with which land, to which zone; none where a person has to decide.
    target : str
        What may safely be done (`SAFE`), with which land, to which zone; none where a person has to decide.
    """

    kind: str
    where: BaseGeometry
    message: str
    zones: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    action: str = ""
    repair: BaseGeometry | None = None
    target: str = ""


@dataclass(frozen=True)
class Survey:
    """The zones of one stage with everything a check asks about, worked out once.

    Attributes
    ----------
    district : District
        What is looked at, and on which day.
    stage : str
        What is looked at, and on which day.
    on : Timestamp
        What is looked at, and on which day.
    zones : GeoDataFrame
        Zones in force, polygons made valid.
    drawn : GeoDataFrame
        The same as they were drawn.
    sentences : dict of str to Territory
        `zone_id` -> what its sentence came to on the map; zones without a sentence are left out.
    index : Gazetteer
        The names of the district.
    """

    district: District
    stage: str
    on: pd.Timestamp
    zones: gpd.GeoDataFrame
    drawn: gpd.GeoDataFrame
    sentences: dict[str, Territory]
    index: Gazetteer = field(repr=False)

    @cached_property
    def held(self) -> pd.DataFrame:
        """How much of each unit lies in each zone."""
        return unit_counts.shares(self.district.units, self.zones)

    @cached_property
    def homes(self) -> pd.Series:
        """The zones that hold most of each unit, by unit_id."""
        return unit_counts.homes(self.held)

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of zones, units and schools, by id."""
        district = self.district
        layers = ((self.zones, "zone_id"), (district.units, "unit_id"), (district.schools, "school_id"))
        return {key: name for layer, column in layers for key, name in zip(layer[column], layer["name"], strict=True)}

    @cached_property
    def links(self) -> pd.DataFrame:
        """Which school each zone in force leads to."""
        links = self.district.zone_schools
        return links[links["zone_id"].isin(self.zones["zone_id"])]

    @cached_property
    def due(self) -> pd.DataFrame:
        """Children by unit and September of entry into the stage."""
        return unit_counts.due(self.district, stage=self.stage)

    @property
    def year(self) -> int:
        """Year of the intake the zones are looked at for."""
        return self.on.year

    def listed(self, ids: tuple[str, ...] | list[str]) -> str:
        """Name some things, count first where they are many: 「甲、乙、丙等 12 个」."""
        names = [str(self.names.get(key, key)) for key in ids]
        return "、".join(names[:NAMES_SHOWN]) + (f"等 {len(names)} 个" if len(names) > NAMES_SHOWN else "")

    def concerned(self, flaw: Flaw) -> int | None:
        """Count the children due in the intake year whom a flaw concerns: of its units, or of a whole zone's."""
        units = flaw.units
        if not units and flaw.kind in WHOLE_ZONE:
            held = [not set(zones).isdisjoint(flaw.zones) for zones in self.homes]
            units = tuple(self.homes.index[held])
        return unit_counts.expected(self.due, units, range(self.year, self.year + 1)).get(self.year)

    def children(self, units: tuple[str, ...]) -> str:
        """Say how many children are due from some units: 「应入学 2025 年 31 人、2026 年 28 人」, or 无数据."""
        counted = unit_counts.expected(self.due, units, range(self.year, self.year + YEARS_SHOWN))
        if not counted:
            return "应入学人数无数据"
        return "应入学 " + "、".join(f"{year} 年 {number} 人" for year, number in counted.items())


def thin(shape: BaseGeometry) -> bool:
    """Tell whether land is so narrow, or so small, that it is the drawing's doing (see `SLIVER_M`, `SPECK_M2`)."""
    return shape.area < SPECK_M2 or 2 * shape.area / max(shape.length, 1e-9) < SLIVER_M


def hair(shape: BaseGeometry) -> bool:
    """Tell whether land is but a hair between two borders that are one (see `HAIR_M`): no finding at all.

    Parameters
    ----------
    shape : BaseGeometry
        The land (m).

    Returns
    -------
    bool
        Whether it is.
    """
    return 2 * shape.area / max(shape.length, 1e-9) < HAIR_M


def square_kilometres(shape: BaseGeometry) -> str:
    """Write an area as a planner reads it."""
    return f"{shape.area / 1e6:.2f} 平方公里" if shape.area > 1e4 else f"{shape.area:.0f} 平方米"


def table(flaws: list[Flaw], survey: Survey) -> gpd.GeoDataFrame:
    """List flaws, those that concern most children first; of equal ones the gravest kind.

    Parameters
    ----------
    flaws : list of Flaw
        What was found.
    survey : Survey
        What was looked at.

    Returns
    -------
    GeoDataFrame
        `finding_id`, stage, kind, zone_ids, unit_ids, school_ids (tuples), children_n (concerned, due in the intake
        year, missing where nothing is known), area_m2, message, remedy (Chinese), action, repair, target (see `Flaw`),
        geometry (m).
    """
    rank = {kind: place for place, kind in enumerate(KINDS)}
    concerned = {id(flaw): survey.concerned(flaw) for flaw in flaws}
    flaws = sorted(
        flaws,
        key=lambda flaw: (-(concerned[id(flaw)] or 0), rank[flaw.kind], flaw.zones, flaw.units, flaw.schools),
    )
    counted = pd.Series([flaw.kind for flaw in flaws], dtype="str")
    numbers = counted.groupby(counted).cumcount() + 1
    rows = [
        {
            "finding_id": f"{survey.stage}-{flaw.kind}-{number}",
            "stage": survey.stage,
            "kind": flaw.kind,
            "zone_ids": flaw.zones,
            "unit_ids": flaw.units,
            "school_ids": flaw.schools,
            "children_n": concerned[id(flaw)],
            "area_m2": flaw.where.area,
            "message": f"{KINDS[flaw.kind][0]}（{STAGES[survey.stage]}）：{flaw.message}",
            "remedy": KINDS[flaw.kind][1],
            "action": flaw.action,
            "target": flaw.target,
            "repair": flaw.repair or shapely.Polygon(),
            "geometry": flaw.where,
        }
        for flaw, number in zip(flaws, numbers, strict=True)
    ]
    frame = gpd.GeoDataFrame(rows, columns=COLUMNS, geometry="geometry", crs=survey.district.crs)
    frame["repair"] = gpd.GeoSeries(frame["repair"], crs=survey.district.crs)
    return schema.typed("zone_findings", frame)
