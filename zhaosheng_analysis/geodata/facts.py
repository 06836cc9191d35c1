"""The facts about a folder, as the sheet about says them: read as cells are, and refused where they cannot be."""

import re

import pandas as pd
import pyproj

from zhaosheng_analysis.geodata import datums, sense, whereabouts
from zhaosheng_analysis.schema import SCHOOL_SYSTEMS, TABLES, Faults, inspect, moments, student_numbers

_YEARS = (1990, 2100)
_SAID = re.compile(r"(六三|五四)(?:学制|制)?")
# Without these a folder does not say which district it is, where it lies and which intake it is about.
REQUIRED_FACTS = ("district_id", "name", "district_code", "crs", "intake_year", "synthetic")
_EPSG = re.compile(r"EPSG:\d{4,6}", re.IGNORECASE)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CLOSED_FACTS = {
    **{key: datums.DATUMS for key in TABLES["about"].columns["key"].choices if key.startswith("datum")},
    "synthetic": ("是", "否"),
    "school_system": tuple(SCHOOL_SYSTEMS),
}


def with_system(about: dict[str, str], told: str, where: str, faults: Faults) -> dict[str, str]:
    """Return the facts with the school system in one writing: that of the sheet, else that of the rule file.

    Parameters
    ----------
    about : dict of str to str
        The facts as written.
    told : str
        School system of the rule file; empty where it says nothing.
    where : str
        File and sheet, for the messages.
    faults : Faults
        Where it is noted that the two differ.

    Returns
    -------
    dict of str to str
        The facts.
    """
    said = _SAID.fullmatch(about.get("school_system", "").strip())
    mine = said[1] if said else about.get("school_system", "")
    if mine and told and mine != told:
        title = TABLES["about"].columns["key"].choices["school_system"]
        found = f"「{title}」(school_system)为「{mine}」，规则文件 [stages] 是「{told}」"
        faults.add(where, found, "两处须一致", "请更正其中一处")
    return about | {"school_system": mine or told} if mine or told else about


def settled(about: dict[str, str], where: str, faults: Faults) -> dict[str, str]:
    """Return the facts in one writing (2025, 2025-06-30), and note those that are no year, day or code.

    Parameters
    ----------
    about : dict of str to str
        The facts as written.
    where : str
        File and sheet, for the messages.
    faults : Faults
        Where what is wrong is noted.

    Returns
    -------
    dict of str to str
        The facts; those that are wrong as they were.
    """
    year = about.get("intake_year", "").strip().removesuffix("年")
    if not (re.fullmatch(r"\d{4}", year, re.ASCII) and _YEARS[0] <= int(year) <= _YEARS[1]):
        _refuse("intake_year", about, f"须为 {_YEARS[0]} 至 {_YEARS[1]} 之间的年份，如 2025", where, faults)
    day = moments.moment(about.get("data_as_of", "").strip(), "date", "")
    if about.get("data_as_of") and (day is None or not _YEARS[0] <= day.year <= _YEARS[1]):
        _refuse("data_as_of", about, "须为真实存在的日期，如 2025-06-30", where, faults)
    code = about.get("district_code", "")
    if not re.fullmatch(r"\d{6}", code, re.ASCII) or code[:2] not in sense.PROVINCES:
        _refuse("district_code", about, "须为六位行政区划代码，前两位是省份", where, faults)
    if about.get("shift") and datums.shift(about["shift"]) is None:
        _refuse("shift", about, "须为三个数（dX、dY、dZ，米），如 15.8, -154.4, -82.3", where, faults)
    if about.get("headquarters") and whereabouts.headquarters(about) is None:
        _refuse("headquarters", about, "须为国内的东经、北纬（度），如 118.9, 39.4", where, faults)
    days = {"data_as_of": f"{day:%Y-%m-%d}"} if about.get("data_as_of") and day is not None else {}
    return about | {"intake_year": year} | days


def _refuse(key: str, about: dict[str, str], allowed: str, where: str, faults: Faults) -> None:
    title = f"「{TABLES['about'].columns['key'].choices[key]}」({key})"
    faults.add(where, f"{title}为「{about.get(key, '')}」", allowed, "请更正")


def of_sheet(frame: pd.DataFrame | None, where: str, system: str, faults: Faults) -> dict[str, str]:
    """Return the facts about the folder, or nothing where they cannot be used.

    Parameters
    ----------
    frame : DataFrame or None
        The sheet about, as read; None where there is none.
    where : str
        File and sheet, for the messages.
    system : str
        School system of the rule file; empty where it says nothing.
    faults : Faults
        Where what is wrong is noted.

    Returns
    -------
    dict of str to str
        The facts in one writing; empty where one of them is wrong.
    """
    if frame is None:
        return {}
    frame, wrong = inspect("about", frame, where=where)
    faults.found += wrong
    values = frame["value"].fillna("").map(student_numbers.hidden)
    about = with_system(dict(zip(frame["key"], values, strict=True)), system, where, faults)
    before = len(faults.found)
    _judge_words(about, where, faults)
    if wrong or len(faults.found) > before:
        return {}
    about = settled(about, where, faults)
    return about if _good_system(about["crs"], where, faults) and len(faults.found) == before else {}


def _judge_words(about: dict[str, str], where: str, faults: Faults) -> None:
    """Note facts that are missing, and those that are not one of the words they may be."""
    titles = {key: f"「{title}」({key})" for key, title in TABLES["about"].columns["key"].choices.items()}
    missing = [key for key in REQUIRED_FACTS if not about.get(key)]
    if missing:
        faults.add(where, f"缺少 {len(missing)} 项：{'、'.join(titles[key] for key in missing)}", "", "请补填")
    for key in (key for key, words in _CLOSED_FACTS.items() if about.get(key) and about[key] not in words):
        faults.add(where, f"{titles[key]}为「{about[key]}」", f"只能填写 {'、'.join(_CLOSED_FACTS[key])}", "请更正")
    slug = about.get("district_id")
    if slug and not _SLUG.fullmatch(slug):
        allowed = "只能用小写字母、数字和连字符，如 heping-qu"
        faults.add(where, f"{titles['district_id']}为「{slug}」", allowed, "请更正")


def _good_system(crs: str, where: str, faults: Faults) -> bool:
    """Tell whether the district's system is a projection of CGCS2000 in metres."""
    try:
        # Nothing but a number: other texts could name a file of this machine or an address.
        system = pyproj.CRS(crs) if _EPSG.fullmatch(crs) else None
    except pyproj.exceptions.CRSError:
        system = None
    if system is not None and system.is_projected and datums.exact(system) and system.geodetic_crs.to_epsg() == 4490:
        return True
    allowed = "须为 CGCS2000 三度带投影，如 EPSG:4547（中央经线 114 度）、EPSG:4549（120 度）、EPSG:4550（123 度）"
    faults.add(where, f"「坐标系」(crs) 为「{crs}」", allowed, "请按区县所在经度改正")
    return False
