"""What every table of a district may say by itself and hardly together: each of these is asked, and nothing is changed.

A wrong number follows from each in silence: an address that lies in another estate than it names, a grade that is not
in the rolls of one year, a school without a plan among schools that have one. It may be true all the same.
"""

from collections.abc import Iterator, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis.geodata import slips
from zhaosheng_analysis.schema import TABLES, Note, SchoolSystem, examples

_LEAST_M2 = 1.0
_FAR_M = 5_000.0  # a street may well leave the district, hardly so far
_BESIDE_M = 50.0  # a point this far from the estate it names lies elsewhere
_OVERLAP = 0.9  # of both shapes: two estates that are one
_MOST_A_CLASS = 100
_MOST_A_HOME, _SPARE = 2, 20  # children of one year a dwelling, and beside them
_TWINS_DAYS = 3
_FEW = 0.2

_NO_SEATS = "本年录取按没有学位计；如果漏了，请补上"
_SLIP = "与前后相差七倍以上，像是多写或少写了一位"
# The same children a year on, the same grade a year on, and the grade beside: of a first year there is no other.
_NEXT = [
    dict.fromkeys(names, by) for names in (("school_year", "grade"), ("school_year",), ("grade",)) for by in (-1, 1)
]
_LAYERS = ("areas", "units", "schools", "zones", "zone_schools")

Frames = Mapping[str, pd.DataFrame]


def note(checked: Frames, about: Mapping[str, str], places: Mapping[str, str], system: SchoolSystem) -> Iterator[Note]:
    """Yield what is asked of the tables of a district together.

    Parameters
    ----------
    checked : Mapping of str to pd.DataFrame
        Layers and tables without a fault, by name.
    about : Mapping of str to str
        The facts about the folder.
    places : Mapping of str to str
        File and sheet of each, for the messages.
    system : SchoolSystem
        Which grades belong to which stage.

    Yields
    ------
    Note
        A question each.
    """
    year = int(about["intake_year"])
    if "roll_counts" in checked and checked["roll_counts"].empty:
        yield Note(places["roll_counts"], "一行也没有", "按没有在校生计，不能预测；如果漏了，请补上", asks=True)
    checked = {name: frame for name, frame in checked.items() if len(frame) or name in (*_LAYERS, "plans")}
    outline = checked["boundary"].geometry.union_all() if "boundary" in checked else shapely.Polygon()
    yield from _of_land(checked, outline, places)
    if "hukou" in checked:
        yield from _of_hukou(checked, outline, about, places)
    yield from _of_addresses(checked, places)
    if "children" in checked:
        yield from _of_twins(checked["children"], places)
    if "roll_counts" in checked:
        yield from _of_rolls(checked["roll_counts"], checked["schools"], places, system)
    if "cohorts" in checked:
        yield from _of_registers(checked["cohorts"], checked["units"], places)
    if "plans" in checked:
        yield from _of_plans(checked, year, places)


def _of_land(checked: Frames, outline: shapely.Geometry, places: Mapping[str, str]) -> Iterator[Note]:
    """Ask about what lies outside the boundary, has no size, or lies where something else does."""
    for name in ("homes", "hukou", "permits"):
        if name in checked:
            found = f"坐标在别的小区里，离所填的小区超过 {_BESIDE_M:.0f} 米"
            yield from _asked(name, places, found, _elsewhere(checked[name], checked["units"]))
    for name in ("units", "schools"):
        outside = checked[name].geometry.disjoint(outline)
        yield from _asked(name, places, "在区县界以外", checked[name].loc[outside, "name"])
        yield from _asked(name, places, "远离其他各处，像是坐标错了一位", slips.strays(checked[name]))
    for name in (name for name in ("streets", "areas") if name in checked):
        shapes = checked[name].geometry.to_numpy()
        far = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes) | shapely.dwithin(shapes, outline, _FAR_M))
        yield from _asked(name, places, f"在区县界 {_FAR_M / 1000:.0f} 公里以外", checked[name].loc[far, "name"])
    for name in (name for name in ("boundary", "units", "zones") if name in checked):
        tiny = checked[name].geometry.area.between(0, _LEAST_M2, inclusive="right")
        yield from _asked(name, places, "的面积不到 1 平方米", checked[name].loc[tiny, "name"])
    yield from _asked("units", places, "与另一个小区几乎重合", _doubled(checked["units"]))


def _asked(name: str, places: Mapping[str, str], found: str, rows: pd.Series) -> Iterator[Note]:
    """Ask about rows, each told by the words of a series."""
    if len(rows):
        shown = examples(TABLES[name], rows.astype("str"))
        yield Note(places[name], f"有 {len(rows)} 行{found}：{shown}", "照此计算；如果写错了，请更正", asks=True)


def _elsewhere(papers: pd.DataFrame, units: gpd.GeoDataFrame) -> pd.Series:
    """Return the estates named by papers whose coordinates lie in another one."""
    rows = papers[["unit_id", "x", "y"]].dropna()
    shapes = units.set_index("unit_id").geometry.reindex(rows["unit_id"]).to_numpy()
    spots = shapely.points(rows["x"].to_numpy(float), rows["y"].to_numpy(float))
    far = np.nan_to_num(shapely.distance(shapes, spots)) > _BESIDE_M
    rows, spots = rows[far], spots[far]
    inside = np.unique(units.sindex.query(spots, predicate="within")[0])
    return rows["unit_id"].iloc[inside]


def _doubled(units: gpd.GeoDataFrame) -> pd.Series:
    """Return the names of estates that lie where another one lies."""
    shapes, kinds = units.geometry.to_numpy(), units["kind"].to_numpy()
    one, other = units.sindex.query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    alike = (kinds[one] == kinds[other]) & np.isclose(shapely.area(shapes[one]), shapely.area(shapes[other]), rtol=0.1)
    one, other = one[alike], other[alike]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    same = shared >= _OVERLAP * np.maximum(shapely.area(shapes[one]), shapely.area(shapes[other]))
    return units["name"].iloc[one[same]].str.cat(units["name"].iloc[other[same]].to_numpy(), sep="与")


def _of_hukou(
    checked: Frames, outline: shapely.Geometry, about: Mapping[str, str], places: Mapping[str, str]
) -> Iterator[Note]:
    """Ask about registers in the district under another code, and about children registered before they were born."""
    hukou = checked["hukou"]
    located, inside = hukou["x"].notna(), hukou["unit_id"].notna()
    inside[located] |= shapely.intersects_xy(outline, hukou.loc[located, "x"], hukou.loc[located, "y"])
    other = hukou.loc[inside & hukou["district_code"].ne(about["district_code"]), "district_code"]
    if len(other) <= _FEW * inside.sum():  # a district of several counties has several codes
        yield from _asked("hukou", places, "户籍区划代码是别的区县，地址却在本区县", other)
    if "children" in checked:
        own = hukou[hukou["person"].eq("child")]
        born = own["child_id"].map(checked["children"].set_index("child_id")["birth_on"])
        early = own.loc[own["since_on"] < born, "since_on"].dt.strftime("%Y-%m-%d")
        yield from _asked("hukou", places, "儿童本人的迁入日期早于出生", early)


def _of_twins(children: pd.DataFrame, places: Mapping[str, str]) -> Iterator[Note]:
    """Ask about families whose twins were born on different days, and about twins without a twin."""
    born = children.groupby("twin_id")["birth_on"].agg(["min", "max", "size"])
    apart = born.index[(born["max"] - born["min"]).dt.days > _TWINS_DAYS]
    twins = children["twin_id"].dropna()
    yield from _asked("children", places, "多胞胎的出生日期相差三天以上", twins[twins.isin(apart)])
    alone = twins[twins.isin(born.index[born["size"] == 1])]
    yield from _asked("children", places, "多胞胎编号只有一名儿童，没有同胞", alone)


def _of_addresses(checked: Frames, places: Mapping[str, str]) -> Iterator[Note]:
    """Ask about dwellings of one number that lie in several places: locks and co-residence would take them for one."""
    for name in (name for name in ("homes", "hukou", "permits") if name in checked):
        rows = checked[name]
        if "address_id" not in rows:
            continue
        each = rows.dropna(subset="address_id").groupby("address_id")
        spots = each[["x", "y"]].agg(["min", "max"])
        wide = (spots.xs("max", axis=1, level=1) - spots.xs("min", axis=1, level=1) > _BESIDE_M).any(axis=1)
        apart = each["unit_id"].nunique().gt(1) | wide
        numbers = pd.Series(apart.index[apart], dtype="str")
        found = f"地址编号相同，却在不同的小区或相距 {_BESIDE_M:.0f} 米以上"
        yield from _asked(name, places, found, rows["address_id"][rows["address_id"].isin(numbers)])


def _of_rolls(
    counts: pd.DataFrame, schools: pd.DataFrame, places: Mapping[str, str], system: SchoolSystem
) -> Iterator[Note]:
    """Ask about classes nobody could sit in, and about grades and years that are missing among others."""
    full = (counts["pupils_n"] > counts["classes_n"] * _MOST_A_CLASS).fillna(False).astype(bool)
    rows = counts[full]
    words = rows["pupils_n"].astype("str") + " 人 " + rows["classes_n"].astype("str") + " 班"
    yield from _asked("roll_counts", places, f"平均每班超过 {_MOST_A_CLASS} 人", words)
    yield from _asked("roll_counts", places, _SLIP, slips.leaps(counts, "pupils_n", "school_id", _NEXT))
    for found, lost in (
        ("缺年级，上一年却有这批学生", _lost_grades(counts, system)),
        ("缺整个学年，别的学校却有", _lost_years(counts, schools)),
    ):
        if lost:
            done = "按没有学生计；如果漏了，请补上，确实没有的请写 0"
            yield Note(places["roll_counts"], f"有 {len(lost)} 处{found}：{'、'.join(lost[:3])}", done, asks=True)


def _lost_grades(counts: pd.DataFrame, system: SchoolSystem) -> list[str]:
    """List the grades of schools that are not there, although their pupils were in the grade below a year before."""
    filled = counts[counts["pupils_n"] > 0]
    keys = set(zip(counts["school_id"], counts["school_year"], counts["grade"], strict=True))
    years = set(zip(counts["school_id"], counts["school_year"], strict=True))
    last = {grades[-1] for grades in system.grades.values()}
    return [
        f"{school} {year + 1} 年 {grade + 1} 年级"
        for school, year, grade in zip(filled["school_id"], filled["school_year"], filled["grade"], strict=True)
        if grade not in last and (school, year + 1) in years and (school, year + 1, grade + 1) not in keys
    ]


def _lost_years(counts: pd.DataFrame, schools: pd.DataFrame) -> list[str]:
    """List the years without a row of schools that are open, after their first."""
    every = sorted(set(counts["school_year"]))
    own = counts[counts["school_id"].isin(schools.loc[schools["status"].eq("open"), "school_id"])]
    years = own.groupby("school_id")["school_year"].agg(set)
    return [
        f"{school} {year} 年" for school, has in years.items() for year in every if year > min(has) and year not in has
    ]


def _of_registers(cohorts: pd.DataFrame, units: gpd.GeoDataFrame, places: Mapping[str, str]) -> Iterator[Note]:
    """Ask about more children than flats, and about years that are missing where others are written as nought."""
    dwellings = cohorts["unit_id"].map(units.set_index("unit_id")["dwellings_n"])
    most = cohorts[["hukou_n", "resident_n"]].max(axis=1) if "resident_n" in cohorts else cohorts["hukou_n"]
    many = (most > dwellings * _MOST_A_HOME + _SPARE).fillna(False).astype(bool)
    words = most.astype("str") + " 人，住宅 " + dwellings.astype("str") + " 套"
    yield from _asked("cohorts", places, "一年的儿童多于住宅套数的两倍", words[many])
    years = [{"entry_year": by} for by in (-1, 1)]
    for name in (name for name in ("hukou_n", "resident_n") if name in cohorts):
        yield from _asked("cohorts", places, _SLIP, slips.leaps(cohorts, name, "unit_id", years))
    if not cohorts["hukou_n"].eq(0).any():
        return  # years without a child are simply not written
    years = cohorts.groupby("unit_id")["entry_year"].agg(["min", "max", "nunique"])
    lost = years[years["nunique"] < years["max"] - years["min"] + 1]
    if len(lost):
        found = f"有 {len(lost)} 个小区中间缺年份：{'、'.join(map(str, lost.index[:3]))}"
        yield Note(places["cohorts"], found, "缺的年份按 0 人计；如果漏了，请补上", asks=True)


def _of_plans(checked: Frames, year: int, places: Mapping[str, str]) -> Iterator[Note]:
    """Ask about public schools with a zone and without a plan for the intake, where others have one, or none has."""
    schools, plans = checked["schools"], checked["plans"]
    current = plans[plans["intake_year"] == year]
    campuses = set(schools.loc[schools["campus_of"].notna(), "school_id"]) | set(schools["campus_of"].dropna())
    own = schools[schools["status"].eq("open") & schools["sector"].eq("public") & ~schools["school_id"].isin(campuses)]
    if not len(current) and len(own):
        yield Note(places["plans"], f"一所学校也没有 {year} 年招生计划", _NO_SEATS, asks=True)
    areas = checked["areas"]
    pools = areas.loc[areas["kind"].eq("area"), "area_id"]  # the rules may give one plan to all schools of such an area
    own = own[~own["area_id"].isin(pools)]
    stages = checked["zones"].set_index("zone_id")["stage"]
    links = checked["zone_schools"].assign(stage=checked["zone_schools"]["zone_id"].map(stages))
    for stage, rows in links.groupby("stage"):
        planned = set(current.loc[current["stage"].eq(stage), "school_id"])
        lost = own.loc[own["school_id"].isin(rows["school_id"]) & ~own["school_id"].isin(planned), "name"]
        if planned and len(lost):
            found = f"有 {len(lost)} 所有学区的公办学校没有 {year} 年招生计划，别的学校有：{'、'.join(lost[:3])}"
            yield Note(places["plans"], found, _NO_SEATS, asks=True)
