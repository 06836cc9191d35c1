"""The numbers a report keeps for its successor, and what the successor says of them (与上次相比)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.alerts import changes
from zhaosheng_analysis.report import blocks
from zhaosheng_analysis.report.blocks import Block, heading, laid
from zhaosheng_analysis.schema import DataError, Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

FILE = "early-warning.json"
TITLE = "与上次相比"
#: Why two counts of a list are not the same.
TWO_COUNTS = (
    "只计公办学校。缺学位是预计入学（含非户籍）减计划学位；户籍学位比只看户籍适龄与计划之比，到 100% 为红、90% 为黄，"
    "各地另有界线的从其界线：两者口径不同，不必相等。大班额按若不分流的平均班额。"
)
_WHOLE = ["demand_n", "hukou_n", "seats_n", "missing_seats_n"]


def kept(district: District, policy: Policy, alerts: pd.DataFrame) -> dict[str, Any]:
    """Return what is kept of a run: its numbers, its day and its rules.

    Parameters
    ----------
    district : District
        District it is about.
    policy : Policy
        The rules.
    alerts : DataFrame
        Flags, from `alerts.flag`.

    Returns
    -------
    dict of str to object
        Plain JSON.
    """
    crowded = alerts["class_flag"].isin(["oversized", "super"]) & (alerts["sector"] == "public")
    rows = alerts[changes.KEPT].astype(object).where(alerts[changes.KEPT].notna(), None)
    return {
        "district_id": district.id,
        "data_as_of": district.about.get("data_as_of", ""),
        "rules": _rules(policy),
        "oversized": {str(year): int(number) for year, number in crowded.groupby(alerts["year"]).sum().items()},
        "rows": [[_plain(cell) for cell in row] for row in rows.to_numpy().tolist()],
    }


def _rules(policy: Policy) -> dict[str, Any]:
    """Return what tells two sets of rules apart."""
    chosen = {name: str(value) for name, value in policy.chosen.items()}
    return {"id": policy.id, "source": policy.source.sha256, "set": chosen}


def _plain(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, str) else int(cell)


def last(path: str | Path) -> dict[str, Any]:
    """Read what a report kept.

    Parameters
    ----------
    path : str or Path
        Its ``early-warning.json``, or the folder it lies in.

    Returns
    -------
    dict of str to object
        As `kept` made it, its rows as a table.

    Raises
    ------
    DataError
        There is none, or it is of a version that kept no numbers.
    """
    file = Path(path) / FILE if Path(path).is_dir() else Path(path)
    where, allowed = file.as_posix(), f"上一次 zhaosheng report 写出的 {FILE}，或它所在的文件夹"
    if not file.is_file():
        raise DataError(Fault(where, "没有这个文件", allowed, "请检查 --last 的路径"))
    try:
        numbers = json.loads(file.read_text(encoding="utf-8"))["numbers"]
        rows = pd.DataFrame(numbers["rows"], columns=changes.KEPT).astype(dict.fromkeys(_WHOLE, "Int64"))
        return {name: numbers[name] for name in ("district_id", "data_as_of", "rules")} | {"rows": rows}
    except (ValueError, KeyError, TypeError):
        raise DataError(Fault(where, "里面没有上次的逐校数字", allowed, "请用本版程序重新生成上次的报告")) from None


def by_year(numbers: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Add the numbers of a report up by year, for the list of all reports: public schools, as in the headline.

    Years that are only watched (观察) are left out.

    Parameters
    ----------
    numbers : dict of str to object or None
        As `kept` made them; None of a report that keeps none.

    Returns
    -------
    list of dict
        One a year: year, lacking_n (seats) and short_n (schools that lack any); red_n and yellow_n (schools by the
        ratio of counted children; None where none were counted); oversized_n (schools whose first grade would average
        an oversized class; None of a report that kept no count); and lacking_share of the worst year's seats.
    """
    rows = pd.DataFrame((numbers or {}).get("rows", []), columns=changes.KEPT)
    rows = rows[(rows["watch"] == 0) & (rows["sector"] == "public")].copy()
    rows["missing_seats_n"] = rows["missing_seats_n"].fillna(0).astype(int)
    years = [
        {
            "year": int(year),
            "lacking_n": int(own["missing_seats_n"].sum()),
            "short_n": int((own["missing_seats_n"] > 0).sum()),
            "red_n": _graded(own, "red"),
            "yellow_n": _graded(own, "yellow"),
            "oversized_n": (numbers or {}).get("oversized", {}).get(str(int(year))),
        }
        for year, own in rows.groupby("year")
    ]
    most = max((it["lacking_n"] for it in years), default=0)
    return [it | {"lacking_share": it["lacking_n"] / most if most else 0.0} for it in years]


def _graded(rows: pd.DataFrame, level: str) -> int | None:
    """Count the schools of a level; without counted children there is no ratio, and no level."""
    return int((rows["level"] == level).sum()) if rows["hukou_n"].notna().any() else None


def since(district: District, policy: Policy, alerts: pd.DataFrame, path: str = "") -> Block:
    """Show what this run warns of otherwise than the last one, and whether data or rules are others.

    Parameters
    ----------
    district : District
        District it is about.
    policy : Policy
        The rules.
    alerts : DataFrame
        Flags, from `alerts.flag`.
    path : str, optional
        Folder of the last report, or its JSON; nothing is compared where it is empty.

    Returns
    -------
    Block
        The block, which a notebook shows.

    Raises
    ------
    DataError
        The last report is of another district, or kept no numbers.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> alerts = zs.alerts.flag(zs.forecast.project(town, rules, years=[2026]), rules)
    >>> zs.report.since(town, rules, alerts).data["markdown"]
    '没有指明上次的报告，不作比较。'
    """
    if not path:
        return blocks.text("没有指明上次的报告，不作比较。")
    before = last(path)
    if before["district_id"] != district.id:
        found, allowed = f"是「{before['district_id']}」的报告", f"同一区县「{district.id}」上次的报告"
        raise DataError(Fault(Path(path).as_posix(), found, allowed, "请改 --last"))
    table = changes.since(before["rows"], alerts)
    levels = schema.RESULTS["alerts"].columns["level"].choices
    for name, counted in (("level_before", "hukou_n_before"), ("level", "hukou_n")):
        known = table[counted].notna()  # without the children of the register there is no ratio, and no level
        table[name] = table[name].map(levels).astype("object").where(known, None)
    table["stage"] = table["stage"].map(schema.STAGES)
    table["turn"] = table["turn"].map(changes.TURNS)
    return laid(
        table.assign(why=[_why(row) for row in table.to_dict("records")]),
        [
            heading("turn", "变化"),
            heading("name", "学校", share=3),
            heading("stage", "学段"),
            heading("year", "入学年份", "year"),
            heading("level_before", "上次级别"),
            heading("level", "本次级别"),
            heading("missing_seats_n_before", "上次缺学位", "whole"),
            heading("missing_seats_n", "本次缺学位", "whole"),
            heading("why", "来自哪些数字", share=5, look="long"),
        ],
        title=TITLE,
        sheet=TITLE,
        note=_grounds(before, district, policy, alerts),
        empty="级别和缺学位数都没有变化。",
    )


def changed(pieces: Sequence[dict[str, Any]]) -> str:
    """Count what a report says is new, worse, better or gone, for the list of all reports.

    Parameters
    ----------
    pieces : sequence of dict of str to object
        Blocks of the report, that of `since` among them.

    Returns
    -------
    str
        Such as 新增 2、消除 1; "" of a report that was compared with none.
    """
    block = next((piece for piece in pieces if piece["kind"] == "table" and piece["title"] == TITLE), None)
    if block is None:
        return ""
    turns = [row[0] for row in block["rows"]]
    said = [f"{word} {turns.count(word)}" for word in changes.TURNS.values() if word in turns]
    return "、".join(said) or "没有变化"


def _why(row: dict[str, Any]) -> str:
    """Name the numbers that are others, with both values."""
    labels = {"demand_n": "预计入学", "hukou_n": "户籍适龄", "seats_n": "计划学位"}
    said = [
        f"{label} {_number(row[f'{name}_before'])}→{_number(row[name])}"
        for name, label in labels.items()
        if _number(row[f"{name}_before"]) != _number(row[name])
    ]
    return "，".join(said) or "数字没有变，界线或概率变了"


def _number(value: Any) -> str:
    return "—" if pd.isna(value) else str(int(value))


def _grounds(before: dict[str, Any], district: District, policy: Policy, alerts: pd.DataFrame) -> str:
    """Say from when the data are, whether the rules are the same, and which years and schools can be compared."""
    then, now = before["data_as_of"] or "未注明", district.about.get("data_as_of", "未注明")
    data = f"数据截至：上次 {then}，本次 {now}。"
    own = _rules(policy)
    rules = (
        "规则编号、原文和参数与上次相同。"
        if before["rules"] == own
        else f"规则不同：上次 {before['rules']['id']}，本次 {policy.id}。"
    )
    if before["rules"] != own and before["rules"]["id"] == policy.id:
        rules = "规则文件编号相同，原文或参数改过。"
    years = "、".join(map(str, changes.years_of_both(before["rows"], alerts))) or "无"
    mine, theirs = set(alerts["school_id"]), set(before["rows"]["school_id"])
    others = f"上次没有而本次有的学校 {len(mine - theirs)} 所，上次有而本次没有的 {len(theirs - mine)} 所。"
    return f"{data}{rules}两次都有的年份：{years}。{others}"
