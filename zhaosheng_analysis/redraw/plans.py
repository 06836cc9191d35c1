"""The file of a plan: which unit goes to which school, from when, under which scenario."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from zhaosheng_analysis.redraw.status_quo import JOINED
from zhaosheng_analysis.schema import STAGES, DataError, Fault, Faults

VERSION = 1
KEYS = ("version", "district", "policy", "stage", "valid_from", "plan", "locked", "scenario", "note")


@dataclass(frozen=True)
class Plan:
    """A plan as it is stored and exchanged with the page.

    Attributes
    ----------
    district, policy : ids. stage : primary or junior. valid_from : the day the zones come into force.
    plan : unit_id -> school_id, several joined by 、 where families may choose.
    locked : units that stay. scenario : table of a scenario file, None without. note : a planner's own words.
    """

    district: str
    policy: str
    stage: str
    valid_from: dt.date
    plan: pd.Series
    locked: tuple[str, ...] = ()
    scenario: Mapping[str, Any] | None = None
    note: str = ""


def read_plan(path: str | Path) -> Plan:
    """Read a plan file.

    Raises
    ------
    DataError with every fault of the file.
    """
    file = Path(path)
    if not file.is_file():
        raise DataError(Fault(file.name, "没有这个文件", "须为导出的方案文件 plan.json", "请核对路径"))
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(Fault(file.name, f"不是 JSON 文件：{error}", "须为导出的方案文件", "请重新导出")) from None
    return parsed(data, where=file.name)


def parsed(data: object, *, where: str) -> Plan:
    """Return a plan from the table of its file."""
    faults = Faults()
    if not isinstance(data, dict):
        raise DataError(Fault(where, "最外层不是一张表", f"须有：{'、'.join(KEYS)}", "请重新导出"))
    for key in sorted(set(data) - set(KEYS)):
        faults.add(where, f"有不认识的一项「{key}」", f"只能有：{'、'.join(KEYS)}", "请删去或改名")
    for key in ("version", "district", "policy", "stage", "valid_from", "plan"):
        if key not in data:
            faults.add(where, f"缺少「{key}」", "", "请补上")
    faults.raise_if_any()
    _judge(data, where, faults)
    faults.raise_if_any()
    plan = pd.Series(data["plan"], dtype="str", name="school_id").rename_axis("unit_id").sort_index()
    day = dt.date.fromisoformat(data["valid_from"])
    locked, scenario, note = tuple(data.get("locked", ())), data.get("scenario"), data.get("note", "")
    return Plan(data["district"], data["policy"], data["stage"], day, plan, locked, scenario, note)


def _judge(data: dict, where: str, faults: Faults) -> None:
    """Note what is wrong with the values."""
    if data["version"] != VERSION:
        faults.add(f"{where}「version」", f"版本为 {data['version']}", f"本程序读版本 {VERSION}", "请用同一版本导出")
    if data["stage"] not in STAGES:
        faults.add(f"{where}「stage」", f"学段为 {data['stage']}", "只能是 primary（小学）或 junior（初中）", "请改正")
    for key in ("district", "policy"):
        if not isinstance(data[key], str) or not data[key]:
            faults.add(f"{where}「{key}」", "不是编号", "须为文字", "请改正")
    try:
        dt.date.fromisoformat(data["valid_from"])
    except (TypeError, ValueError):
        faults.add(f"{where}「valid_from」", f"「{data['valid_from']}」不是日期", "写法：2026-05-01", "请改正")
    plan = data["plan"]
    if not isinstance(plan, dict) or not plan:
        faults.add(f"{where}「plan」", "没有小区", "须为“小区编号：学校编号”", "请重新导出")
    else:
        wrong = [unit for unit, school in plan.items() if not isinstance(school, str) or not school.strip(JOINED)]
        if wrong:
            faults.add(
                f"{where}「plan」", f"{len(wrong)} 个小区没有学校：{'、'.join(wrong[:3])}", "每个小区一所学校", ""
            )
    locked = data.get("locked", [])
    if not isinstance(locked, list) or not all(isinstance(unit, str) for unit in locked):
        faults.add(f"{where}「locked」", "不是小区编号的列表", "", "请改正")
    elif isinstance(plan, dict) and set(locked) - set(plan):
        strange = sorted(set(locked) - set(plan))
        faults.add(f"{where}「locked」", f"{len(strange)} 个小区不在方案中：{'、'.join(strange[:3])}", "", "请核对")
    if not isinstance(data.get("scenario"), dict | None):
        faults.add(f"{where}「scenario」", "不是一张表", "没有情景时写 null", "请改正")
    if not isinstance(data.get("note", ""), str):
        faults.add(f"{where}「note」", "不是文字", "", "请改正")


def table(plan: Plan) -> dict[str, Any]:
    """Return the table of a plan's file."""
    return {
        "version": VERSION,
        "district": plan.district,
        "policy": plan.policy,
        "stage": plan.stage,
        "valid_from": plan.valid_from.isoformat(),
        "plan": plan.plan.sort_index().to_dict(),
        "locked": sorted(plan.locked),
        "scenario": None if plan.scenario is None else dict(plan.scenario),
        "note": plan.note,
    }


def text(plan: Plan) -> str:
    """Return the file of a plan; the same plan gives the same text."""
    return json.dumps(table(plan), ensure_ascii=False, indent=1) + "\n"


def write_plan(plan: Plan, path: str | Path) -> None:
    """Write a plan file, moved into place when it is whole."""
    file = Path(path)
    unfinished = file.with_name(f"{file.name}.part")
    unfinished.write_text(text(plan), encoding="utf-8")
    unfinished.replace(file)
