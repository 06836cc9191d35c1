"""What might be: schools closed, opened, merged, classes added, estates built, choices offered, all grades moved.

A scenario changes the district and nothing else; whatever is computed of a district can be computed under it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from zhaosheng_analysis import disk
from zhaosheng_analysis.geodata import District, names
from zhaosheng_analysis.schema import STAGES, Faults, keys, near

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
    "phase": ({"grades": {"entry": "只新生", "all": "各年级一起"}}, {}),
}

#: Schools up to which a scenario's name tells each.
FEW = 2
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
    keys.judge(data, MUST, MAY, where=where, faults=faults)
    told = data if isinstance(data, Mapping) else {}
    if isinstance(told.get("id"), str) and not disk.is_name(told["id"]):
        allowed = "只能用文字、数字和 _ . - ·，不能是路径"
        faults.add(f"{where}「id」", f"「{told['id'][:40]}」不能作文件夹名", allowed, "请改正")
    changes = told.get("changes")
    for number, change in enumerate(changes if isinstance(changes, list) else (), 1):
        if isinstance(change, Mapping):  # any other is told above
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


def moves_pupils(scenario: Scenario) -> bool:
    """Return whether all grades follow new zones under a scenario, instead of those who enter from then on.

    Parameters
    ----------
    scenario : Scenario
        What might be.

    Returns
    -------
    bool
        Whether pupils change school.
    """
    return any(change["kind"] == "phase" and change["grades"] == "all" for change in scenario.changes)


def relief(
    scenario_id: str, stage: str, year: int, lacking: Mapping[str, int], names: Mapping[str, str], why: str = ""
) -> Scenario:
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
    why : str, default ""
        Why classes have to be added.

    Returns
    -------
    Scenario
        The scenario; of more than two schools its name tells the sum, and its note each of them.
    """
    changes = tuple({"kind": "classes", "school": school, "classes_n": n} for school, n in sorted(lacking.items()))
    classes = "，".join(f"{names[change['school']]}增 {change['classes_n']} 个班" for change in changes)
    if len(changes) <= FEW:
        return Scenario(scenario_id, classes, stage, year, changes, why)
    name = f"{len(changes)} 所学校共增 {sum(lacking.values())} 个班"
    return Scenario(scenario_id, name, stage, year, changes, f"{classes}。{why}")
