"""Lists for the hearing made of what is shown publicly: moves read aloud one by one, and groups of children compared.

They take tables whose small counts are hidden already, so that no list tells more than the table it comes from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import texts
from zhaosheng_analysis.report.blocks import heading, laid, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zhaosheng_analysis.redraw import Option
    from zhaosheng_analysis.report.blocks import Block

_KILOMETRE = 1000


def aloud(moves: Block, option: Option, comments: Mapping[str, str] | None = None) -> Block:
    """Return the moves of an option as sentences to be read aloud, with room for what the unit says.

    Parameters
    ----------
    moves : Block
        The table of units that change school, as it is shown publicly.
    option : Option
        The option.
    comments : mapping of str to str, optional
        What was said of single units already, by unit_id.

    Returns
    -------
    Block
        A table: number, sentence, and what the unit says, empty where nothing was written down yet.
    """
    keys = [column["key"] for column in moves.data["columns"]]
    first, last = option.problem.years[0], option.problem.years[-1]
    span = f"{first} 年" if first == last else f"{first} 至 {last} 年"
    rows = [dict(zip(keys, row, strict=True)) for row in moves.data["rows"]]
    said = [_sentence(row, span) for row in rows]
    names = option.problem.units.set_index("unit_id")["name"]
    spoken = {names[unit]: words for unit, words in (comments or {}).items()}
    opinions = [spoken.get(str(row["name"]), "") for row in rows]
    table = pd.DataFrame({"number": range(1, len(said) + 1), "sentence": said, "opinion": opinions})
    columns = [heading("number", "序", "whole"), heading("sentence", "宣读", share=6)]
    columns += [heading("opinion", "小区、村的意见", share=3)]
    note = "顺序与“改变学校的小区和村”相同，孩子多的在前；没有念到的小区和村，学校不变。"
    return laid(table, columns, title="逐条宣读", sheet="逐条宣读", note=note, empty="没有小区改变学校。")


def _sentence(row: Mapping[str, object], span: str) -> str:
    """Say one move so that it is understood without the table."""
    ways = [row["walk_before_m"], row["walk_after_m"]]
    total = str(row["total"])
    children = {"<10": "不到 10 人", "…": "人数不公布"}.get(total, f"约 {total} 人")
    before = "原来没有学区" if row["from"].startswith("（") else f"原来上{row['from']}"
    parts = [f"{row['name']}：{before}，今后上{row['to']}；{span}入学的新生{children}"]
    if all(isinstance(way, int | float) and way == way for way in ways):
        here, there = (f"{way / _KILOMETRE:.1f} 千米" if way >= _KILOMETRE else f"{way:.0f} 米" for way in ways)
        parts.append(f"步行由 {here}变为 {there}")
    return "；".join(parts) + "。"


def compared(options: Sequence[Option], groups: Mapping[str, Block]) -> Block:
    """Return the groups of children side by side under every option.

    Parameters
    ----------
    options : sequence of Option
        In the order of the columns.
    groups : mapping of str to Block
        The table of groups of each option as it is shown publicly, by option_id; no table where nobody applied yet.

    Returns
    -------
    Block
        One row a group: children, and of each option how many gain and lose.
    """
    shown = [option for option in options if groups[option.option_id].data["kind"] == "table"]
    if not shown:
        return groups[options[0].option_id] if options else text("")
    tables = []
    for option in shown:
        data = groups[option.option_id].data
        table = pd.DataFrame(data["rows"], columns=[column["key"] for column in data["columns"]])
        tables.append(table.set_index(["facet", "group"])[["children_n", "gain_n", "lose_n"]])
    rows = tables[0][["children_n"]].copy()
    columns = [heading("facet", "按"), heading("group", "类别"), heading("children_n", "新生", "whole")]
    for at, (option, table) in enumerate(zip(shown, tables, strict=True)):
        name = texts.labels.plain(option.name)
        for key, word in (("gain_n", "变好"), ("lose_n", "变差")):
            rows[f"{key}{at}"] = table[key]
            columns.append(heading(f"{key}{at}", f"{name}|{word}", "whole"))
    note = "同一批新生、同样的派位号，照每个方案各录取一遍；小于 10 人的不写出来。比较两个方案时，看同一行的两组数。"
    return laid(rows.reset_index(), columns, title="各类学生在各方案中", sheet="各类学生对照", note=note)
