"""The tables a redraw is argued with: each takes options and scores and computes nothing new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import figures
from zhaosheng_analysis.alerts import class_sizes
from zhaosheng_analysis.redraw import FATES, JOINED, phasing, scenarios
from zhaosheng_analysis.report import children_groups
from zhaosheng_analysis.report.blocks import heading, laid, text
from zhaosheng_analysis.schema import small_cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.redraw import Option, Score
    from zhaosheng_analysis.report.blocks import Block

SEATS = {2: "本校", 1: "其他学校", 0: "没有学位"}
SIDES = {"before": "今天", "after": "方案"}
SEATS_NOTE = (
    "按各校预计新生与学位相比，不按学区招生的民办学校不计；照规则录取本校录不下多少人，见“今后各年照规则录取的结果”。"
)


#: Said in place of what only an intake can tell.
NOBODY = "还没有报名数据，没有模拟录取：谁会落选、谁变好变差、走多远，报名之后再算。"
#: Said of every further part that is left out for the same reason.
SKIPPED = "没有报名数据，这一部分从略。"


def side_by_side(options: Sequence[Option], scores: Mapping[str, Score]) -> Block:
    """Show the options one a line.

    Parameters
    ----------
    options : sequence of Option
        The options.
    scores : mapping of str to Score
        What they do, by option_id.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    rows = []
    for option in options:
        score = scores[option.option_id]
        rows.append(
            {
                "name": option.name,
                "units_n": len(option.moved),
                "moved_n": round(option.moved[list(option.problem.years)].to_numpy().sum()),
                "moving_n": round(phasing.transfers(score.phases)),
                "cost": round(option.cost),
                **_counted(score, "after"),
                **_proved(option),
                **children_groups.counted(option, option.assignment),
            }
        )
    score = scores[options[0].option_id]
    now = {"name": "今天的学区", "units_n": 0, "moved_n": 0, **_counted(score, "before")}
    now |= children_groups.counted(options[0], options[0].problem.before)
    now["moving_n"] = 0
    if score.simulated:
        now |= {"gain_n": 0, "lose_n": 0}
    columns = [
        heading("name", "方案", share=3),
        heading("units_n", "改变的|小区或村", "whole"),
        heading("moved_n", "改变学校|的新生", "whole"),
        heading("missing_n", "预测|缺口", "whole"),
        heading("away_n", "模拟录取|本校录不下", "whole"),
        heading("large_n", "大班额|（校·年）", "whole"),
        heading("way_m", "平均|步行（米）", "whole"),
        heading("gain_n", "变好", "whole"),
        heading("lose_n", "变差", "whole"),
        heading("moving_n", "各年级一起|改须转学", "whole"),
        *children_groups.headings(options[0]),
        heading("cost", "代价", "whole"),
        heading("bound", "下界", "whole"),
        heading("gap", "与理论最优|的差距上限"),
    ]
    note = (
        "人数与学位为各年合计；预测缺口与模拟录取是两个数，见各方案的录取结果；变好、变差以今年的新生计。"
        "每个方案的代价按它自己的权重，不能互相比较。"
    )
    if not score.simulated:
        columns = [column for column in columns if column["key"] not in ("away_n", "way_m", "gain_n", "lose_n")]
        note += NOBODY
    note += children_groups.note(options[0])
    table = pd.DataFrame([now, *rows]).reindex(columns=[column["key"] for column in columns])
    return laid(table, columns, title="方案比较", sheet="方案比较", note=note)


def _counted(score: Score, when: str) -> dict:
    """Return the measures of one side; those of children only where there are any."""
    large = score.classes[f"flag_{when}"].isin(["oversized", "super"]).sum()
    counted = {"missing_n": score.seats[f"missing_{when}_n"].sum(), "large_n": large}
    if not score.simulated:
        return counted
    whole = score.everybody
    ends = {"away_n": score.tiers[f"away_{when}_n"].sum(), "way_m": round(whole[f"way_{when}_m"])}
    return counted | ends | {"gain_n": whole["gain_n"], "lose_n": whole["lose_n"]}


def _proved(option: Option) -> dict:
    """Return bound and gap, nothing where there is none: families choose otherwise than today."""
    return {} if pd.isna(option.bound) else {"bound": round(option.bound), "gap": f"{option.gap:.2%}"}


def weighing(options: Sequence[Option]) -> Block:
    """Show every term of the options' objectives, weight, before and after.

    Parameters
    ----------
    options : sequence of Option
        The options.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    parts = [_discreet(option.terms.assign(cost=option.terms["weight"] * option.terms["after"])) for option in options]
    table = pd.concat([part.assign(name=option.name) for part, option in zip(parts, options, strict=True)])
    columns = [heading("name", "方案", share=3)] if len(options) > 1 else []
    columns += [
        heading("label", "项目"),
        heading("unit", "单位"),
        heading("weight", "权重", "size"),
        heading("before", "今天", "whole"),
        heading("after", "调整后", "whole"),
        heading("cost", "代价", "whole"),
    ]
    note = "均衡线：全区（县）平均利用率与满员的中点。改变学校的儿童含有兄姊在原校的，以及停办学校的在校生。"
    note += children_groups.note(options[0])
    kept = table["weight"].gt(0) | table["term"].isin(children_groups.measured(options[0].problem))
    return laid(table[kept], columns, title="目标各项", sheet="目标各项", note=note)


def _discreet(terms: pd.DataFrame) -> pd.DataFrame:
    """Hide a few children who change school, and one more term, because the costs add up to a known sum."""
    few = terms["term"].eq("moved") & terms["weight"].gt(0) & terms["after"].round().between(1, small_cells.FEWEST - 1)
    if not few.any():
        return terms
    others = terms.index[terms["weight"].gt(0) & ~few & terms["after"].gt(0)][:1]
    hidden = terms.astype({"after": "object", "cost": "object"})
    hidden.loc[[*terms.index[few], *others], ["after", "cost"]] = small_cells.LEFT_OUT
    hidden.loc[few, "after"] = f"<{small_cells.FEWEST}"
    return hidden


def moved_units(option: Option) -> Block:
    """Show the units whose school changes.

    Parameters
    ----------
    option : Option
        The option.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    years = list(option.problem.years)
    table = named(option.moved, option.problem.district)
    table["from"] = table["from"].replace("", "（没有学区）")
    table["total"] = table[years].sum(axis=1)
    table = table.rename(columns={year: f"y{year}" for year in years}).round(0)
    columns = [heading("name", "小区或村", share=3), heading("from", "原学校"), heading("to", "新学校")]
    columns += [heading(f"y{year}", f"{year}|新生", "whole") for year in years]
    columns += [heading("total", "合计", "whole"), heading("walk_before_m", "原步行|（米）", "whole")]
    columns += [heading("walk_after_m", "新步行|（米）", "whole")]
    return laid(table, columns, title="改变学校的小区和村", sheet="小区和村", empty="没有小区改变学校。")


def named(table: pd.DataFrame, district: District) -> pd.DataFrame:
    """Return a table with the schools' short names instead of their ids.

    Parameters
    ----------
    table : DataFrame
        With columns from and to: school_ids, several joined by 、.
    district : District
        Its schools.

    Returns
    -------
    DataFrame
        The same with names.
    """
    short = {row.school_id: figures.maps.short_name(row.name, district.name) for row in district.schools.itertuples()}
    names = {
        column: [JOINED.join(short.get(school, school) for school in joined.split(JOINED)) for joined in table[column]]
        for column in ("from", "to")
    }
    return table.assign(**names)


def by_grade(score: Score) -> Block:
    """Show whose zone changes, by unit, grade and year.

    Parameters
    ----------
    score : Score
        What it does.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    table = score.moved.dropna(subset=["grade"])
    wide = table.pivot_table(index=["name", "grade"], columns="year", values="children_n", aggfunc="sum", fill_value=0)
    wide, years = wide.reset_index(), list(wide.columns)
    wide = wide.rename(columns={year: f"y{year}" for year in years})
    columns = [heading("name", "小区或村", share=3), heading("grade", "年级", "whole")]
    columns += [heading(f"y{year}", f"{year} 年", "whole") for year in years]
    note = "各年级的适龄儿童（按户籍）。"
    note += "各年级一起按新学区就读。" if whole_school(score) else "在校生不转学，起始年级新生按新学区入学。"
    return laid(wide, columns, title="学区改变的儿童，按小区和年级", sheet="按年级", note=note, fold=True)


def whole_school(score: Score) -> bool:
    """Return whether all grades follow the new zones at once, instead of those who enter from then on.

    Parameters
    ----------
    score : Score
        What an assignment does.

    Returns
    -------
    bool
        As its scenario says.
    """
    scenario = score.assignment.scenario
    return scenario is not None and scenarios.moves_pupils(scenarios.parsed(dict(scenario), where="方案中的情景"))


def phases(score: Score, size: float) -> Block:
    """Show what both ways of phasing in mean for pupils and classes: only new entrants, or all grades at once.

    Parameters
    ----------
    score : Score
        What it does.
    size : float
        Pupils in a class of standard size.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    empty = "没有学区改变，不用分步。"
    if score.phases.empty:
        return text(empty)
    table = phasing.classes(score.phases, size)
    table.insert(1, "name", table["school_id"].map(score.district.schools.set_index("school_id")["name"]))
    columns = [heading("name", "学校", share=3), heading("year", "年份", "year")]
    for side, word in {"before": "不调整", "entry": "只新生", "all": "各年级"}.items():
        columns += [heading(f"pupils_{side}_n", f"{word}|在校生", "whole")]
        columns += [heading(f"classes_{side}_n", f"{word}|要班数", "whole")]
    moving, first = round(phasing.transfers(score.phases)), score.phases["year"].min()
    note = (
        f"只新生：从 {first} 年起入学的按新学区，在校生读完；各年级：{first} 年 9 月各年级一起按新学区，"
        f"当年转学的在校生 {small_cells.shown(moving)} 人。在校生住在哪里没有逐人的数据，"
        f"按原学区内各小区同一届的适龄儿童分摊。要班数按每班 {size:g} 人逐个年级算。"
        f"本方案是{'各年级一起' if whole_school(score) else '只新生'}。"
    )
    return laid(table, columns, title="分步实施与一步到位", sheet="分步实施", note=note, fold=True)


def seats(score: Score) -> Block:
    """Show the schools and years in which seats are or would be missing.

    Parameters
    ----------
    score : Score
        What it does.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    table = score.seats[(score.seats["missing_before_n"] > 0) | (score.seats["missing_after_n"] > 0)]
    columns = [
        heading("name", "学校", share=3),
        heading("year", "年份", "year"),
        heading("seats_before_n", "原学位", "whole"),
        heading("demand_before_n", "原预计|新生", "whole"),
        heading("missing_before_n", "原缺", "whole"),
        heading("seats_after_n", "新学位", "whole"),
        heading("demand_after_n", "新预计|新生", "whole"),
        heading("missing_after_n", "仍缺", "whole"),
    ]
    return laid(table, columns, title="预测缺口，调整前后", sheet="学位", note=SEATS_NOTE, empty="调整前后都不缺学位。")


def fates(score: Score) -> Block:
    """Show what the rules make of the children of every year ahead, beside the forecast's missing seats.

    Parameters
    ----------
    score : Score
        What it does.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    if not score.simulated:
        return text(SKIPPED)
    missing = score.seats.groupby("year")[["missing_before_n", "missing_after_n"]].sum()
    rows = []
    for when, word in SIDES.items():
        ends = score.fates.pivot_table(
            index="year", columns="fate", values=f"{when}_n", aggfunc="sum", fill_value=0
        ).reindex(columns=list(FATES), fill_value=0)
        ends = ends.assign(children=ends.sum(axis=1), missing=missing[f"missing_{when}_n"], zones=word)
        rows.append(ends.reset_index())
    table = pd.concat(rows).sort_values("year", kind="stable")
    columns = [
        heading("year", "年份", "year"),
        heading("zones", "学区"),
        heading("missing", "预测缺口", "whole"),
    ]
    columns += [
        heading("children", "新生|（模拟）", "whole"),
        *(heading(fate, word, "whole") for fate, word in FATES.items()),
    ]
    note = (
        "两个不同的数。预测缺口：各校预计新生超出学位之数，还没有人选择或改派。模拟录取：把同一批新生照规则录取一遍，"
        "“本校录不下”与“没有学位”是本校没有录取的人。两者不等，因为：有人去了民办、选了别的学校或按政策安排，腾出学位；"
        "多校选择和统筹安排把人改派到别校，也会占满别校；规则不许在登记学校就读的（如退回原学区、没有联系的），"
        "有空学位也算没有学位。新生由今年的新生重复或略去得出（派位号决定），每校人数合于预测，两边是同一批人、同一派位号。"
        "假定：材料、日期和志愿照今年（各年的截止日相应顺延），民办计划与不参加公办录取的比例不变。"
    )
    return laid(table, columns, title="今后各年照规则录取的结果", sheet="模拟录取", note=note)


def tiers(score: Score) -> Block:
    """Show by tier and year whom their own school has no seat for under the rules, before and after.

    Parameters
    ----------
    score : Score
        What it does.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    if not score.simulated:
        return text(SKIPPED)
    table, years = score.tiers, sorted(set(score.fates["year"]))
    rank = table.groupby("tier_label")["tier_rank"].min()
    rows = []
    for when, word in SIDES.items():
        wide = table.pivot_table(index="tier_label", columns="year", values=f"away_{when}_n", aggfunc="sum")
        wide = wide.reindex(columns=years).fillna(0).assign(all=table.groupby("tier_label")[f"away_{when}_n"].sum())
        wide = wide.assign(none=table.groupby("tier_label")[f"none_{when}_n"].sum(), zones=word)
        rows.append(wide.rename(columns={year: f"y{year}" for year in years}).reset_index())
    whole = pd.concat(rows).sort_values("tier_label", key=lambda labels: labels.map(rank), kind="stable")
    columns = [heading("tier_label", "梯次"), heading("zones", "学区")]
    columns += [heading(f"y{year}", f"{year} 年", "whole") for year in years]
    columns += [heading("all", "合计", "whole"), heading("none", "其中|没有学位", "whole")]
    note = "照规则录取，本校录不下的新生（模拟录取，见上表），不是预测缺口；最后一列是其中哪所公办学校都没有学位的。"
    empty = "照规则录取，调整前后各校都录得下本校的新生。"
    return laid(whole, columns, title="本校录不下的落在哪些梯次", sheet="梯次", note=note, empty=empty)


def classes(score: Score) -> Block:
    """Show entry classes that are too large before or after.

    Parameters
    ----------
    score : Score
        What it does.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    table = score.classes[(score.classes["flag_before"] != "ok") | (score.classes["flag_after"] != "ok")].copy()
    for when in ("before", "after"):
        table[f"flag_{when}"] = table[f"flag_{when}"].map(class_sizes.SIZE_NAMES)
    columns = [
        heading("name", "学校", share=3),
        heading("year", "年份", "year"),
        heading("size_before_n", "原班额", "whole"),
        heading("flag_before", "原情况"),
        heading("size_after_n", "新班额", "whole"),
        heading("flag_after", "新情况"),
    ]
    return laid(table, columns, title="班额，调整前后（全部接收时）", sheet="班额", empty="没有超过标准的班额。")


def groups(score: Score) -> Block:
    """Show every group: how many change school, gain and lose, seats and ways before and after.

    Parameters
    ----------
    score : Score
        What it does.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    if not score.simulated:
        return text(SKIPPED)
    columns = [
        heading("facet", "按"),
        heading("group", "类别"),
        heading("children_n", "新生", "whole"),
        heading("changed_n", "学区|改变", "whole"),
        heading("gain_n", "变好", "whole"),
        heading("lose_n", "变差", "whole"),
        heading("own_before_n", "原在|本校", "whole"),
        heading("own_after_n", "新在|本校", "whole"),
        heading("none_before_n", "原无|学位", "whole"),
        heading("none_after_n", "新无|学位", "whole"),
        heading("way_before_m", "原步行|（米）", "whole"),
        heading("way_after_m", "新步行|（米）", "whole"),
    ]
    table = score.groups.round(0)
    note = (
        "今年的新生照规则录取两遍（同样的派位号），一遍用今天的学区，一遍用方案的学区。"
        "变好：得到学位、回到本校，或路近 200 米以上；变差相反。各类之间有重叠。"
    )
    return laid(table, columns, title="谁变好，谁变差", sheet="各类学生", note=note)


def ways(score: Score) -> Block:
    """Show how far children walk, before and after.

    Parameters
    ----------
    score : Score
        What it does.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    if not score.simulated:
        return text(SKIPPED)
    columns = [
        heading("whom", "新生"),
        heading("children_n", "人数", "whole"),
        heading("mean_before_m", "原平均|（米）", "whole"),
        heading("mean_after_m", "新平均|（米）", "whole"),
    ]
    for limit in (1000, 2000, 3000):
        columns += [
            heading(f"beyond_{limit}_{when}_share", f"{word}超过|{limit} 米", "percent")
            for when, word in (("before", "原"), ("after", "新"))
        ]
    return laid(score.ways.round(3), columns, title="步行路程，调整前后", sheet="路程")


def family_rows(score: Score) -> Block:
    """Show this year's children concerned, one a line, as pseudonyms.

    Parameters
    ----------
    score : Score
        What it does.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    if not score.simulated:
        return text(SKIPPED)
    units = score.district.units.set_index("unit_id")["name"]
    table = named(score.families.reset_index(names="child"), score.district)
    table["unit"] = table["unit_id"].map(units).fillna("不在图上")
    for when in ("before", "after"):
        table[f"seat_{when}"] = table[f"seat_{when}"].map(SEATS)
    table["effect"] = "不变"
    table.loc[table["gains"], "effect"] = "变好"
    table.loc[table["loses"], "effect"] = "变差"
    table["tier_label"] = table["tier_label"].astype("str")
    columns = [
        heading("child", "学生（化名）"),
        heading("unit", "小区或村"),
        heading("tier_label", "梯次"),
        heading("from", "原学区"),
        heading("to", "新学区"),
        heading("seat_before", "原录取"),
        heading("seat_after", "新录取"),
        heading("way_before_m", "原步行|（米）", "whole"),
        heading("way_after_m", "新步行|（米）", "whole"),
        heading("effect", "影响", share=6, look="long"),
    ]
    order = ["unit", "child"]
    note = "今年的新生；学区改变的，或录取结果、路程因别人改变而改变的。"
    table = table.sort_values(order, ignore_index=True).round({"way_before_m": 0, "way_after_m": 0})
    return laid(table, columns, title="涉及的家庭", sheet="家庭", note=note)
