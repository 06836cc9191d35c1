"""Both stages redrawn: which units change their primary, their junior or both, and which classmates part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.report import blocks, children_groups, hearing, public_counts, redraw
from zhaosheng_analysis.report.blocks import heading, laid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy
    from zhaosheng_analysis.redraw import Option
    from zhaosheng_analysis.report.blocks import Block
    from zhaosheng_analysis.report.pages import Document


def paper(primary: Option, juniors: Sequence[Option], district: District, policy: Policy) -> Document:
    """Return the page that reads the options of both stages together.

    Parameters
    ----------
    primary : Option
        Of primary schools: the juniors follow its zones.
    juniors : sequence of Option
        Of junior schools.
    district : District
        What they were made for.
    policy : Policy
        Its rules.

    Returns
    -------
    Document
        To be written as a page.
    """
    first = juniors[0]
    both = changes(primary, first)
    twice = both[both["primary_from"].ne(both["primary_to"]) & both["junior_from"].ne(both["junior_to"])]
    head = (
        f"小学按「{primary.name}」，初中按「{first.name}」：{len(both)} 个小区或村至少改变一个学段的学校，"
        f"其中 {len(twice)} 个两个学段都变。"
    )
    bound = "校校对口的小学整体升学，划进哪所小学就升哪所初中。" if len(district.table("feeders")) else ""
    pieces = [
        blocks.text(
            f"## 两个学段一起看\n\n{bound}初中方案按小学方案的新学区算同学；"
            "今后几年升初中的，仍是按原学区进小学的孩子。\n\n"
            "[小学各方案](primary/options.html)、[初中各方案](junior/options.html)。"
        ),
        _changes(both, district),
        *([public_counts.shown(_friends(juniors))] if first.problem.flocks else []),
        *([public_counts.shown(children_groups.parted(first))] if first.problem.flocks else []),
    ]
    title = f"{district.name}小学、初中学区一起调整"
    return hearing.document("both", title, "两个学段一起改，谁的学校变？同学分不分开？", head, pieces, district, policy)


def changes(primary: Option, junior: Option) -> pd.DataFrame:
    """List the units that change the school of one stage at least.

    Parameters
    ----------
    primary : Option
        Of primary schools.
    junior : Option
        Of junior schools.

    Returns
    -------
    DataFrame
        Columns unit_id, name, and primary_from, primary_to, junior_from, junior_to: school_ids joined by 、.
    """
    table = primary.problem.units[["unit_id", "name"]].copy()
    for stage, option in (("primary", primary), ("junior", junior)):
        for side, schools in (("from", option.problem.before), ("to", option.assignment)):
            table[f"{stage}_{side}"] = schools.reindex(table["unit_id"]).fillna("").to_numpy()
    changed = table["primary_from"].ne(table["primary_to"]) | table["junior_from"].ne(table["junior_to"])
    return table[changed].reset_index(drop=True)


def _friends(juniors: Sequence[Option]) -> Block:
    """Show how many primaries every junior option parts, beside today."""
    first = juniors[0]
    sides = [("今天的学区", first.problem.before), *((option.name, option.assignment) for option in juniors)]
    rows = [{"name": name, **children_groups.counted(first, schools)} for name, schools in sides]
    columns = [heading("name", "初中方案", share=3)]
    columns += [column for column in children_groups.headings(first) if column["key"] != "beyond_n"]
    note = children_groups.note(first)
    return laid(pd.DataFrame(rows), columns, title="初中各方案拆开几所小学", sheet="初中各方案", note=note)


def _changes(table: pd.DataFrame, district: District) -> Block:
    """Show them with the schools' names."""
    shown = table[["name"]].copy()
    for stage in ("primary", "junior"):
        sides = table.rename(columns={f"{stage}_from": "from", f"{stage}_to": "to"})[["from", "to"]]
        named = redraw.named(sides, district)
        same = sides["from"].eq(sides["to"])
        shown[f"{stage}_from"], shown[f"{stage}_to"] = named["from"], named["to"].where(~same, "不变")
    columns = [heading("name", "小区或村", share=3)]
    columns += [heading("primary_from", "原小学"), heading("primary_to", "新小学")]
    columns += [heading("junior_from", "原初中"), heading("junior_to", "新初中")]
    title = "改变小学或初中的小区和村"
    return laid(shown, columns, title=title, sheet="两个学段", empty="没有小区改变学校。")
