"""What might be: schools closed, opened, merged, classes added, estates built, choices offered; each a small file.

A scenario changes the district and nothing else; whatever is computed of a district can be computed under it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis import disk
from zhaosheng_analysis.forecast import housing, outlook_tables
from zhaosheng_analysis.geodata import District, names
from zhaosheng_analysis.redraw import zoning
from zhaosheng_analysis.redraw.status_quo import JOINED
from zhaosheng_analysis.schema import STAGES, DataError, Fault, Faults, keys, near, takes

#: Keys a scenario must and may have, with their kinds.
MUST = {"id": str, "name": str, "stage": STAGES, "from_year": int, "changes": tuple[keys.Table, ...]}
MAY = {"note": str}
#: kind -> keys it must have and keys it may have, with their kinds.
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "close": ({"school": str}, {"successor": str, "pupils": {"move": "在校生转出", "stay": "在校读完"}}),
    "open": ({"school": str, "name": str, "unit": str, "classes_n": int}, {"class_size_n": int}),
    "merge": ({"school": str, "into": str}, {}),
    "classes": ({"school": str, "classes_n": int}, {"class_size_n": int}),
    "estate": ({"unit": str, "dwellings_n": int, "delivered_on": keys.Day}, {}),
    "choice": ({"units": keys.Strings, "schools": keys.Strings}, {}),
    "second": ({"school": str, "second": str, "tiers": list}, {}),
}


#: Keys of a change that name a school or a unit, with the key of its layer.
_NAMES = dict.fromkeys(("school", "into", "second", "successor", "schools"), "school_id") | dict.fromkeys(
    ("unit", "units"), "unit_id"
)


@dataclass(frozen=True)
class Scenario:
    """One thing that might be.

    Attributes
    ----------
    id : str
        Its slug.
    name : str
        Its Chinese name.
    stage : str
        Primary or junior.
    from_year : int
        First September it holds for.
    changes : tuple of mapping of str to object
        One table a change; `KINDS` says what each kind takes.
    note : str
        A planner's own words.
    """

    id: str
    name: str
    stage: str
    from_year: int
    changes: tuple[Mapping[str, Any], ...]
    note: str = ""


def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario file, TOML or JSON.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Scenario
        The scenario.

    Raises
    ------
    DataError
        With every fault of the file.

    Examples
    --------
    >>> import pathlib
    >>> import tempfile
    >>> import zhaosheng_analysis as zs
    >>> more = {"kind": "classes", "school": "s1", "classes_n": 1}
    >>> scenario = zs.redraw.Scenario("more", "一小增 1 个班", "primary", 2026, (more,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "more.json"
    ...     _ = file.write_text(zs.redraw.scenarios.text(scenario), encoding="utf-8")
    ...     zs.redraw.read_scenario(file).name
    '一小增 1 个班'
    """
    file = Path(path)
    return parsed(disk.read(file, expected="须为情景文件（.toml 或 .json）"), where=file.name)


def parsed(data: object, *, where: str) -> Scenario:
    """Return the scenario of a table.

    Parameters
    ----------
    data : object
        The table as the parser gave it.
    where : str
        Name of the file, for the messages.

    Returns
    -------
    Scenario
        The scenario.

    Raises
    ------
    DataError
        With every fault of the table.
    """
    faults = Faults()
    if keys.judge(data, MUST, MAY, where=where, faults=faults):
        if not disk.is_name(data["id"]):
            allowed = "只能用文字、数字和 _ . - ·，不能是路径"
            faults.add(f"{where}「id」", f"「{data['id'][:40]}」不能作文件夹名", allowed, "请改正")
        for number, change in enumerate(data["changes"], 1):
            _judge_change(change, f"{where} 第 {number} 项变化", faults)
    faults.raise_if_any()
    changes = tuple({key: _day_as_text(value) for key, value in change.items()} for change in data["changes"])
    return Scenario(data["id"], data["name"], data["stage"], data["from_year"], changes, data.get("note", ""))


def _day_as_text(value: object) -> object:
    """Write a day of a TOML file as JSON has it."""
    return value.isoformat() if isinstance(value, date) else value


def _judge_change(change: object, where: str, faults: Faults) -> None:
    """Note what is wrong with one change."""
    kind = change.get("kind") if isinstance(change, Mapping) else None
    if kind not in KINDS:
        faults.add(where, f"没有「{kind}」这一类变化", f"可用：{'、'.join(KINDS)}", near(kind, KINDS) or "请改正")
        return
    must, may = KINDS[kind]
    keys.judge(change, {"kind": str, **must}, may, where=where, faults=faults)


def table(scenario: Scenario) -> dict[str, Any]:
    """Return the table of a scenario's file.

    Parameters
    ----------
    scenario : Scenario
        What might be.

    Returns
    -------
    dict of str to object
        What stands in its file.
    """
    return {
        "id": scenario.id,
        "name": scenario.name,
        "stage": scenario.stage,
        "from_year": scenario.from_year,
        "changes": [dict(change) for change in scenario.changes],
        "note": scenario.note,
    }


def text(scenario: Scenario) -> str:
    """Return a scenario as a JSON file, which `read_scenario` reads back.

    Parameters
    ----------
    scenario : Scenario
        What might be.

    Returns
    -------
    str
        JSON.
    """
    return json.dumps(table(scenario), ensure_ascii=False, indent=1) + "\n"


def apply(district: District, scenario: Scenario, *, year: int | None = None) -> District:
    """Return the district under a scenario.

    Parameters
    ----------
    district : District
        As it is.
    scenario : Scenario
        What might be.
    year : int, optional
        First September it holds for, instead of the scenario's own.

    Returns
    -------
    District
        A copy; the one given stays as it is.

    Raises
    ------
    DataError
        A change names a school or unit that is not there.
    """
    scenario = resolved(scenario if year is None else replace(scenario, from_year=year), district)
    for change in scenario.changes:
        district = _CHANGES[change["kind"]](district, scenario, change)
    return district


def resolved(scenario: Scenario, district: District) -> Scenario:
    """Return a scenario whose schools and units are told by id, whatever its file calls them.

    Parameters
    ----------
    scenario : Scenario
        What might be.
    district : District
        Its schools and units.

    Returns
    -------
    Scenario
        A copy with ids.

    Raises
    ------
    DataError
        A school or unit that is not there, one of several of that name, or a new school whose id is taken.
    """
    faults, layers = Faults(), {"school_id": district.schools, "unit_id": district.units}
    borne = {key: names.bearers(layer, key) for key, layer in layers.items()}
    if any(change["kind"] == "open" and change["school"] in borne["school_id"] for change in scenario.changes):
        faults.add(f"情景「{scenario.name}」", "新学校的编号已有学校用了", "新学校须用新编号", "请改名")

    def ids(given: object, key: str, where: str) -> object:
        words = [given] if isinstance(given, str) else given
        for word in words:
            names.judge(word, borne[key], key=key, where=where, faults=faults)
        meant = [next(iter(names.meant(word, borne[key])), word) for word in words]
        return meant[0] if isinstance(given, str) else meant

    def change_of(number: int, change: Mapping) -> dict[str, Any]:
        where = f"情景「{scenario.name}」第 {number} 项变化"
        kept = {"school"} if change["kind"] == "open" else set()
        asked = {name: key for name, key in _NAMES.items() if name in change and name not in kept}
        return {**change, **{name: ids(change[name], key, where) for name, key in asked.items()}}

    changes = tuple(change_of(number, change) for number, change in enumerate(scenario.changes, 1))
    faults.raise_if_any()
    return replace(scenario, changes=changes)


def _close(district: District, scenario: Scenario, change: Mapping) -> District:
    """Close a school: its pupils go to the successor at once, or stay until they leave and nobody new comes."""
    schools = district.schools.copy()
    mine = schools["school_id"] == change["school"]
    stays = change.get("pupils", "move") == "stay"
    years = len(district.school_system.grades[scenario.stage])
    schools.loc[mine, "status"] = "closing"
    schools.loc[mine, "closed_year"] = scenario.from_year + (years if stays else 0)
    schools.loc[mine, "successor_id"] = change.get("successor") or _nearest(district, scenario, change["school"])
    return replace(district, schools=schools)


def _nearest(district: District, scenario: Scenario, school: str) -> str:
    """Return the open public school of the stage nearest to one."""
    schools = district.schools.set_index("school_id")
    able = schools["stage"].isin([scenario.stage, "both"]) & (schools["sector"] == "public")
    others = schools[able & (schools["status"] == "open")].drop(index=school, errors="ignore")
    return str(others.geometry.distance(schools.geometry[school]).sort_values(kind="stable").index[0])


def _open(district: District, scenario: Scenario, change: Mapping) -> District:
    """Open a school in the middle of a unit, with its classes."""
    unit = district.units.set_index("unit_id").loc[change["unit"]]
    size = change.get("class_size_n", _usual_size(district, scenario.stage))
    facts = {
        "school_id": change["school"],
        "name": change["name"],
        "stage": scenario.stage,
        "sector": "public",
        "status": "open",
        "opened_year": scenario.from_year,
        "boarding": False,
        "urban": True,
        "geometry": unit.geometry.representative_point(),
    }
    towns = district.areas[district.areas["kind"] == "township"]
    inside = towns[shapely.contains(towns.geometry.to_numpy(), facts["geometry"])]
    facts["township_id"] = inside["area_id"].iloc[0] if len(inside) else None
    new = gpd.GeoDataFrame([facts], geometry="geometry", crs=district.crs).reindex(columns=district.schools.columns)
    new = new.astype(district.schools.drop(columns="geometry").dtypes.to_dict())
    schools = pd.concat([district.schools, new], ignore_index=True).sort_values("school_id", ignore_index=True)
    return _planned(replace(district, schools=schools), scenario, change["school"], change["classes_n"], size)


def _usual_size(district: District, stage: str) -> int:
    """Return the class size most plans of a stage have."""
    planned = district.table("plans")
    return int(planned.loc[planned["stage"] == stage, "class_size_n"].mode().iloc[0])


def _planned(district: District, scenario: Scenario, school: str, classes_n: int, size: int | None) -> District:
    """Add classes to the plan of a school, from the scenario's first September on."""
    planned, year = district.table("plans"), scenario.from_year
    before = outlook_tables.planned(district, scenario.stage, year)
    nothing = pd.Series({"seats_n": 0, "classes_n": 0, "class_size_n": size})
    now = before.loc[school] if school in before.index else nothing
    size = int(now["class_size_n"]) if size is None else size
    if int(now["classes_n"]) + classes_n < 0:
        message = f"只有 {now['classes_n']} 个班，减不了 {-classes_n} 个"
        raise DataError(Fault(f"情景「{scenario.name}」", message, "班数不能为负", "请改正"))
    keys = (planned["school_id"] == school) & (planned["stage"] == scenario.stage)
    later = keys & (planned["intake_year"] >= year)
    planned = planned.copy()
    planned.loc[later, "classes_n"] += classes_n
    planned.loc[later, "seats_n"] += classes_n * size
    if not (keys & (planned["intake_year"] == year)).any():
        row = {
            "school_id": school,
            "stage": scenario.stage,
            "intake_year": year,
            "classes_n": int(now["classes_n"]) + classes_n,
            "class_size_n": max(size, int(now["class_size_n"])),
            "seats_n": int(now["seats_n"]) + classes_n * size,
            "reserved_n": 0,
        }
        new = pd.DataFrame([row]).reindex(columns=planned.columns).astype(planned.dtypes.to_dict())
        planned = pd.concat([planned, new], ignore_index=True)
    planned = planned.sort_values(["school_id", "stage", "intake_year"], ignore_index=True)
    return replace(district, tables=district.tables | {"plans": planned})


def _classes(district: District, scenario: Scenario, change: Mapping) -> District:
    """Add classes to a school, or take some away."""
    return _planned(district, scenario, change["school"], change["classes_n"], change.get("class_size_n"))


def _merge(district: District, scenario: Scenario, change: Mapping) -> District:
    """Merge a school into another, which gets its classes."""
    plan = outlook_tables.planned(district, scenario.stage, scenario.from_year).loc[change["school"]]
    there = _close(district, scenario, {"school": change["school"], "successor": change["into"]})
    return _planned(there, scenario, change["into"], int(plan["classes_n"]), int(plan["class_size_n"]))


def _estate(district: District, scenario: Scenario, change: Mapping) -> District:
    """Build flats in a unit."""
    del scenario  # flats come when they come
    housing = district.tables.get("housing", pd.DataFrame({"unit_id": [], "delivered_on": [], "dwellings_n": []}))
    row = {"unit_id": change["unit"], "delivered_on": pd.Timestamp(change["delivered_on"])}
    new = pd.DataFrame([row | {"dwellings_n": change["dwellings_n"]}])
    grown = pd.concat([housing, new.astype(housing.dtypes.to_dict()) if len(housing) else new], ignore_index=True)
    grown = grown.sort_values(["unit_id", "delivered_on"], ignore_index=True)
    return replace(district, tables=district.tables | {"housing": grown})


def _choice(district: District, scenario: Scenario, change: Mapping) -> District:
    """Let the families of some units choose between schools."""
    assignment = pd.Series(JOINED.join(change["schools"]), index=pd.Index(sorted(change["units"])), dtype="str")
    return zoning.changed(district, assignment, stage=scenario.stage, valid_from=f"{scenario.from_year}-01-01")


def _same(district: District, scenario: Scenario, change: Mapping) -> District:
    """Change nothing in the district: who is sent where is told by `directed`."""
    del scenario, change
    return district


_CHANGES: dict[str, Callable[[District, Scenario, Mapping], District]] = {
    "close": _close,
    "open": _open,
    "merge": _merge,
    "classes": _classes,
    "estate": _estate,
    "choice": _choice,
    "second": _same,
}


def arrivals(scenario: Scenario, years: tuple[int, ...]) -> pd.DataFrame:
    """Count the children of new estates, at the yields of `forecast.housing`.

    Parameters
    ----------
    scenario : Scenario
        What might be.
    years : tuple of int
        Septembers.

    Returns
    -------
    DataFrame
        Children, unit_id by year.
    """
    table = pd.DataFrame(0.0, index=pd.Index([], name="unit_id", dtype="str"), columns=list(years))
    for change in scenario.changes:
        if change["kind"] != "estate":
            continue
        flats = pd.DataFrame([{"delivered_on": change["delivered_on"], "dwellings_n": change["dwellings_n"]}])
        first = min(pd.Timestamp(change["delivered_on"]).year, years[0])
        when = range(first - 1, years[-1])
        built = housing.deliveries(flats.assign(unit_id=change["unit"]), [change["unit"]], when)
        come = housing.first_graders(built, housing.YIELDS)[0]
        row = pd.Series(come, index=[year + 1 for year in when]).reindex(list(years))
        table = table.add(pd.DataFrame([row], index=[change["unit"]]), fill_value=0.0)
    return table


def asks_tiers(scenario: Scenario) -> bool:
    """Return whether a scenario sends children by their tiers, so that this year's must be known.

    Parameters
    ----------
    scenario : Scenario
        What might be.

    Returns
    -------
    bool
        Whether it does.
    """
    return any(change["kind"] == "second" for change in scenario.changes)


@takes(ranked="ranked")
def directed(ranked: pd.DataFrame, district: District, scenario: Scenario | None) -> pd.DataFrame:
    """Send the children of some tiers to the nearer of two schools, where a scenario adds one.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    district : District
        The schools under the scenario.
    scenario : Scenario or None
        What might be.

    Returns
    -------
    DataFrame
        The children with the school_id they are sent to.
    """
    if scenario is None:
        return ranked
    gates = district.schools.set_index("school_id").geometry
    links = district.zone_schools.drop_duplicates("school_id", keep="last").set_index("school_id")["zone_id"]
    for change in scenario.changes:
        if change["kind"] != "second":
            continue
        mine = sent(ranked, change, scenario.stage) & _nearer(ranked, gates[change["second"]], gates[change["school"]])
        zone = links.get(change["second"])
        ranked = ranked.assign(
            school_id=ranked["school_id"].where(~mine, change["second"]), zone_id=ranked["zone_id"].where(~mine, zone)
        )
    return ranked


@takes(ranked="ranked")
def sent(ranked: pd.DataFrame, change: Mapping, stage: str) -> pd.Series:
    """Return which children the rules send to the school of a change.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    change : mapping of str to object
        A change of kind second.
    stage : {"primary", "junior"}
        Stage of school.

    Returns
    -------
    Series of bool
        On the index of the children.
    """
    tiers = ranked["tier"].astype("str").isin([str(tier) for tier in change["tiers"]])
    return tiers & (ranked["school_id"] == change["school"]) & (ranked["stage"].astype("str") == stage)


def _nearer(ranked: pd.DataFrame, one: shapely.Point, other: shapely.Point) -> pd.Series:
    """Return which children live nearer to one gate than to the other; who has no place stays."""
    away = [np.hypot(ranked["x"] - gate.x, ranked["y"] - gate.y) for gate in (one, other)]
    return (away[0] < away[1]).fillna(value=False).astype(bool)


@takes(ranked="ranked")
def shifts(ranked: pd.DataFrame, district: District, scenario: Scenario, demand: pd.DataFrame) -> pd.DataFrame:
    """Count the children whom a second school takes from the first: less here, more there.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    district : District
        The schools under the scenario.
    scenario : Scenario
        What might be.
    demand : DataFrame
        Forecast, school_id by year; the share of the school's entrants who are sent there is taken to stay.

    Returns
    -------
    DataFrame
        Children, school_id by year.
    """
    after = directed(ranked, district, scenario)
    table = pd.DataFrame(0.0, index=demand.index, columns=demand.columns)
    for change in scenario.changes:
        if change["kind"] == "second":
            one, other = change["school"], change["second"]
            stage = ranked["stage"].astype("str") == scenario.stage
            whole = max(1, int((stage & (ranked["school_id"] == one)).sum()))
            moved = int((stage & (ranked["school_id"] == one) & (after["school_id"] == other)).sum())
            table.loc[one] -= demand.loc[one] * moved / whole
            table.loc[other] += demand.loc[one] * moved / whole
    return table


def relief(scenario_id: str, stage: str, year: int, lacking: Mapping[str, int], names: Mapping[str, str]) -> Scenario:
    """Make the scenario that adds classes where seats are lacking.

    Parameters
    ----------
    scenario_id : str
        Its slug.
    stage : {"primary", "junior"}
        Stage of school.
    year : int
        First September it holds for.
    lacking : mapping of str to int
        Classes to add by school_id.
    names : mapping of str to str
        Name of each school_id.

    Returns
    -------
    Scenario
        The scenario.
    """
    changes = tuple({"kind": "classes", "school": school, "classes_n": n} for school, n in sorted(lacking.items()))
    classes = "，".join(f"{names[change['school']]}增 {change['classes_n']} 个班" for change in changes)
    return Scenario(scenario_id, classes, stage, year, changes)
