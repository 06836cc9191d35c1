"""What each change of a scenario does to a district: its schools, classes, housing, zones."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import shapely

from zhaosheng_analysis.forecast import plans_in_force
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.redraw import zoning
from zhaosheng_analysis.redraw.scenarios import Scenario, resolved
from zhaosheng_analysis.redraw.status_quo import JOINED
from zhaosheng_analysis.schema import DataError, Fault


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
    before = plans_in_force.planned(district, scenario.stage, year)
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
    plan = plans_in_force.planned(district, scenario.stage, scenario.from_year).loc[change["school"]]
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
    """Change nothing in the district: who is sent where is told by `directed`, which grades move by the problem."""
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
    "phase": _same,
}
