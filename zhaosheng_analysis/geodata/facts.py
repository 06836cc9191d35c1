"""The facts about a folder, as the sheet about says them: read as cells are, and refused where they cannot be."""

import re

from zhaosheng_analysis.geodata import datums, sense
from zhaosheng_analysis.schema import TABLES, Faults, moments

_YEARS = (1990, 2100)
_SAID = re.compile(r"(六三|五四)(?:学制|制)?")


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
    if about.get("data_as_of") and day is None:
        _refuse("data_as_of", about, "须为真实存在的日期，如 2025-06-30", where, faults)
    code = about.get("district_code", "")
    if not re.fullmatch(r"\d{6}", code, re.ASCII) or code[:2] not in sense.PROVINCES:
        _refuse("district_code", about, "须为六位行政区划代码，前两位是省份", where, faults)
    if about.get("shift") and datums.shift(about["shift"]) is None:
        _refuse("shift", about, "须为三个数（dX、dY、dZ，米），如 15.8, -154.4, -82.3", where, faults)
    days = {"data_as_of": f"{day:%Y-%m-%d}"} if about.get("data_as_of") and day is not None else {}
    return about | {"intake_year": year} | days


def _refuse(key: str, about: dict[str, str], allowed: str, where: str, faults: Faults) -> None:
    title = f"「{TABLES['about'].columns['key'].choices[key]}」({key})"
    faults.add(where, f"{title}为「{about.get(key, '')}」", allowed, "请更正")
