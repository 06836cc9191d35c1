"""The facts about a folder, as the sheet about says them: read as cells are, and refused where they cannot be."""

import re

from zhaosheng_analysis.geodata import datums, sense
from zhaosheng_analysis.schema import TABLES, Faults, moments

_YEARS = (1990, 2100)


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
