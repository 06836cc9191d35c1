"""The paper a closure is heard with: whose school it is, where its children go, what it makes of the schools that stay.

The page shows no count of few children; the workbook of the bureau has them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from zhaosheng_analysis import figures
from zhaosheng_analysis.redraw import closing, problems
from zhaosheng_analysis.report import blocks, consultation, hearing, public_counts
from zhaosheng_analysis.report.blocks import heading, laid
from zhaosheng_analysis.schema import STAGES, small_cells

if TYPE_CHECKING:
    from zhaosheng_analysis.redraw import Closure
    from zhaosheng_analysis.report.blocks import Block
    from zhaosheng_analysis.report.pages import Document

BAND_NAMES = ("1 公里以内", "1—2 公里", "2—3 公里", "3 公里以上")


def paper(study: Closure, *, public: bool = True) -> Document:
    """Return the paper of one closure.

    Parameters
    ----------
    study : Closure
        From `redraw.close`.
    public : bool, default True
        Whether counts of few children are left out.

    Returns
    -------
    Document
        To be written as a page, a PDF or, not public, as the bureau's workbook.
    """
    name = study.district.schools.set_index("school_id").loc[study.school_id, "name"]
    tables = _tables(study, public=public)
    pieces = [
        blocks.text(f"## 一、这所学校\n\n{_school(study, public=public)}"),
        tables["rolls"],
        tables["grades"],
        blocks.text(f"## 二、学生去哪里，走多远\n\n{_walks_said(study, tables['bands'])}"),
        blocks.figure(figures.closing.where(study)),
        tables["bands"],
        tables["units"],
        blocks.text(f"## 三、接收学校各年的班\n\n{_receivers_said(study)}"),
        tables["receivers"],
        tables["classes"],
        blocks.text(f"## 四、费用与节省\n\n{_costs_said(study)}"),
        _costs(study),
        blocks.text("## 五、听证与决定\n\n由教育行政部门填写：问过谁，说了什么，采纳没有，为什么。"),
        consultation.steps(),
        blocks.text(_limits(study)),
    ]
    title = f"{study.district.name}{STAGES[study.scenario.stage]}停办论证材料：{name}"
    question = "停办之后，学生去哪里，走多远，接收学校装得下吗，要花多少？"
    headline = figures.closing.message(study) + "。"
    return hearing.document("closure", title, question, headline, pieces, study.district, study.policy)


def _tables(study: Closure, *, public: bool) -> dict[str, Block]:
    """Return the tables that count pupils, for the public hidden together: they count the same ones in other ways."""
    made = {
        "rolls": _rolls(study),
        "grades": _grades(study),
        "bands": _bands(study),
        "units": _units(study),
        "receivers": _receivers(study),
        "classes": _classes(study),
    }
    if not public:
        return made
    units, receivers = (public_counts.frame(made[name]) for name in ("units", "receivers"))
    banded = {when: units.assign(band=_band(units[f"walk_{when}_m"])) for when in ("before", "after")}
    counts, pupils, come = small_cells.Counts, ["children_n"], ["children_come_n"]
    beside = {when: counts(table[["name", "to", "band", *pupils]], pupils) for when, table in banded.items()}
    beside["first"] = counts(receivers[receivers["year"] == study.years[0]], come)
    same = [(("units", pupils, ["name", "to"]), (when, pupils, ["name", "to"])) for when in banded]
    same += [((when, pupils, ["band"]), ("bands", [f"own_{when}_n"], ["band"])) for when in banded]
    same += [
        (("receivers", come, ["name", "year"]), ("first", come, ["name", "year"])),
        (("units", pupils, ["to"]), ("first", come, ["name"])),
        (("classes", pupils, ["name", "year"]), ("receivers", come, ["name", "year"])),
    ]
    links = [small_cells.Link(one, other) for one, other in same]
    return public_counts.together(made, links, beside)


def _band(metres: pd.Series) -> list[str]:
    return [BAND_NAMES[at] for at in np.searchsorted(closing.BANDS[:-1], metres.to_numpy(float), side="left")]


def _short(study: Closure) -> dict[str, str]:
    """Return the short name of every school by id."""
    rows = study.district.schools.itertuples()
    return {row.school_id: figures.maps.short_name(row.name, study.district.name) for row in rows}


def _school(study: Closure, *, public: bool) -> str:
    """Say how the school has fared and would go on."""
    said = small_cells.shown if public else "{:,}".format
    counted, coming = study.rolls[study.rolls["known"]], study.rolls[~study.rolls["known"]]
    parts = []
    if len(counted):
        first, last = (
            f"{row['year']} 年的 {said(row['children_n'])} 人" for _, row in counted.iloc[[0, -1]].iterrows()
        )
        parts.append(f"在校生由 {first}变为 {last}" if len(counted) > 1 else f"在校生只有{last}这一年的记录")
    if len(coming):
        last = coming.iloc[-1]
        parts.append(f"不停办的话，预计 {last['year']} 年 {said(last['children_n'])} 人")
    return "；".join(parts) + "。"


def _rolls(study: Closure) -> Block:
    """Show the school's pupils and classes year by year."""
    table = study.rolls.assign(basis=np.where(study.rolls["known"], "在校生统计", "预测（不停办）"))
    columns = [heading("year", "年份", "year"), heading("children_n", "在校生", "whole")]
    columns += [heading("classes_n", "班数", "whole"), heading("basis", "来自")]
    return laid(table, columns, title="历年和今后的在校生", sheet="历年在校生")


def _grades(study: Closure) -> Block:
    """Show the school's pupils by grade when it closes."""
    columns = [heading("grade", "年级", "whole"), heading("children_n", "在校生", "whole")]
    columns += [heading("classes_n", "班数", "whole")]
    title = f"{study.years[0]} 年各年级在校生（预测）"
    return laid(study.grades, columns, title=title, sheet="各年级")


def _walks_said(study: Closure, bands: Block) -> str:
    """Say how walks change, as far as the table of bands tells it, and how the children of a unit were counted."""
    units = study.units
    farther = units["walk_after_m"] > units["walk_before_m"]
    *_, last = bands.data["rows"]
    before, after = (f"{count:,}" if isinstance(count, int) else count for count in last[1:3])
    worst = units.loc[units["walk_after_m"].idxmax()]
    return (
        f"学区内 {len(units)} 个小区或村，{int(farther.sum())} 个走得更远；步行超过 3 公里的在校生由 "
        f"{before} 人变为 {after} 人；"
        f"最远的是{worst['name']}，{worst['walk_after_m']:,.0f} 米。"
        "在校生住在哪里没有逐人的数据，按各小区、村今后新生的比例分摊。"
    )


def _bands(study: Closure) -> Block:
    """Show how many pupils walk how far before and after."""
    edges = [0.0, *closing.BANDS]
    rows = []
    for name, low, high in zip(BAND_NAMES, edges[:-1], edges[1:], strict=True):
        counts = [
            study.units.loc[study.units[way].gt(low if low else -1.0) & study.units[way].le(high), "pupils_n"].sum()
            for way in ("walk_before_m", "walk_after_m")
        ]
        rows.append((name, *np.rint(counts).astype(int)))
    table = pd.DataFrame(rows, columns=["band", "own_before_n", "own_after_n"])
    columns = [heading("band", "步行路程"), heading("own_before_n", "停办前|（人）", "whole")]
    columns += [heading("own_after_n", "停办后|（人）", "whole")]
    return laid(table, columns, title="步行路程，停办前后", sheet="步行路程")


def _units(study: Closure) -> Block:
    """Show unit by unit where its children go and how far."""
    years = list(study.years)
    table = study.units.assign(to=study.units["to"].map(_short(study)), children_n=study.units["pupils_n"])
    table = table.rename(columns={year: f"y{year}" for year in years}).round(0)
    columns = [heading("name", "小区或村", share=3), heading("to", "接收学校")]
    columns += [heading("children_n", f"{years[0]}|在校生", "whole")]
    columns += [heading(f"y{year}", f"{year}|新生", "whole") for year in years]
    columns += [heading("walk_before_m", "原步行|（米）", "whole"), heading("walk_after_m", "新步行|（米）", "whole")]
    return laid(table, columns, title="各小区、村的去向和路程", sheet="小区和村", note="人数四舍五入，合计可能差 1。")


def _receivers_said(study: Closure) -> str:
    """Say which schools must form more classes than ever, and what their classes would be without more."""
    size = round(float(study.policy.capacity.standard[study.scenario.stage]))
    names, table = _short(study), study.receivers
    most = np.fmax(table["most_n"].astype(float), table["classes_before_n"])
    lacking = table[table["classes_after_n"] > most]
    over = table[table["largest_n"] > size]
    parts = [f"班数按标准班额 {size} 人逐年级算，已编的班不合并。"]
    for word, rows in (("所需班数超过原班数和历年最多班数、须核教室的", lacking), ("不增班就超过标准班额的", over)):
        spans = rows.groupby("school_id")["year"].agg(["min", "max"])
        listed = [f"{names[school]}（{_span(low, high)}）" for school, low, high in spans.itertuples()]
        parts.append(f"{word}：{'、'.join(listed) or '没有'}。")
    return "".join(parts)


def _span(low: int, high: int) -> str:
    """Return a span of years as words."""
    return f"{low} 年" if low == high else f"{low}—{high} 年"


def _receivers(study: Closure) -> Block:
    """Show the receiving schools year by year."""
    table = study.receivers.assign(name=study.receivers["school_id"].map(_short(study)))
    columns = [heading("name", "接收学校", share=3), heading("year", "年份", "year"), *_counted()]
    columns += [heading("most_n", "历年最多|班数", "whole")]
    note = "原班数：已编的班升级，新生按计划班数；历年最多班数是现有教室的下限，须到校核实。"
    return laid(table, columns, title="接收学校各年的学生和班", sheet="接收学校", note=note)


def _classes(study: Closure) -> Block:
    """Show the receiving schools grade by grade."""
    table = study.classes[study.classes["children_come_n"] > 0]
    table = table.assign(name=table["school_id"].map(_short(study)), children_n=table["children_come_n"])
    columns = [heading("name", "接收学校", share=3), heading("year", "年份", "year"), heading("grade", "年级", "whole")]
    columns += [
        column | {"key": "children_n"} if column["key"] == "children_come_n" else column for column in _counted()
    ]
    return laid(table, columns, title="接收学校各年各年级的学生和班", sheet="接收学校各年级", fold=True)


def _counted() -> list[dict]:
    """Return the headings of pupils and classes before and after."""
    return [
        heading("children_before_n", "原预测|在校生", "whole"),
        heading("children_come_n", "转入", "whole"),
        heading("children_after_n", "停办后|在校生", "whole"),
        heading("classes_before_n", "原班数", "whole"),
        heading("classes_after_n", "所需|班数", "whole"),
        heading("largest_n", "不增班时|最大平均班额", "whole"),
    ]


def _costs_said(study: Closure) -> str:
    """Say which prices somebody named, and that they are assumptions."""
    named = study.costs.dropna(subset=["price"])
    if named.empty:
        return "下面只有数量。单价没有写（--cost 项目=元），不猜；写上之后算金额，单价是假定。"
    missing = "、".join(study.costs.loc[study.costs["price"].isna(), "item"])
    rest = f"没有写单价、未计入的：{missing}。" if missing else ""
    return f"单价是假定，由编制单位写出：{'、'.join(named['item'])}。{rest}费用与节省分列，不相抵。"


def _costs(study: Closure) -> Block:
    """Show what is to be paid or saved, counted and, where a price was named, in yuan."""
    columns = [
        heading("item", "项目", share=3),
        heading("counted", "数量怎么来", share=6, look="long"),
        heading("quantity", "数量", "size"),
        heading("unit", "单位"),
        heading("price", "单价|（元，假定）", "whole"),
        heading("amount", "金额|（元）", "whole"),
    ]
    return laid(study.costs, columns, title="费用与节省", sheet="费用与节省")


def _limits(study: Closure) -> str:
    """Say what the paper rests on."""
    to = (
        "全部去一所学校"
        if len(set(study.units["to"])) == 1
        else "各小区、村去步行最近的学校（多校任选的去其余学校中最近的）"
    )
    stage = study.scenario.stage
    span = study.district.school_system.grades[stage]
    ways = "路程沿街步行估算，没有坡度、季节和校车"
    if study.district.streets.empty:
        ways = f"没有道路图层，路程按直线距离的 {problems.DETOUR:g} 倍估算，没有坡度、季节和校车"
    moved = "只有停办后应入学的各届转走" if study.scenario.changes[0]["pupils"] == "stay" else "在校生当年全部转走"
    return (
        "## 假定\n\n"
        f"- {to}；{moved}；家庭因停办搬家或改报别校，没有算。\n"
        f"- 人数是预测的中位数，越往后越不确定；{ways}。\n"
        f"- 步行超过 {closing.FAR_M / 1000:.0f} 公里按需要校车或寄宿计；"
        f"教职工按每 {closing.PER_POST[stage]:g} 名学生一名（中央编办发〔2014〕72号）。\n"
        "- 农村学校不足 100 人按 100 人拨付公用经费（国发〔2015〕67号），城区学校不适用。\n"
        f"- 只算 {span[0]}—{span[-1]} 年级。"
    )
