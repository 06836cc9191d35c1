"""The documents a redraw is argued with: options side by side, the hearing pack of one, its list of families.

Courts have asked of a bureau that it inquired, asked the people concerned and gave its reasons; the pack has a part
for each, and leaves blank what only the bureau can fill in. Near is not nearest (就近不等于最近).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from zhaosheng_analysis import __version__, figures, texts
from zhaosheng_analysis.redraw import JOINED, problems
from zhaosheng_analysis.report import (
    blocks,
    children_groups,
    consultation,
    hearing_lists,
    public_counts,
    redraw,
    redraw_notice,
)
from zhaosheng_analysis.report.pages import Document
from zhaosheng_analysis.schema import STAGES, small_cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy
    from zhaosheng_analysis.redraw import Option, Score
    from zhaosheng_analysis.report.blocks import Block


#: Said where an assignment has no bound.
UNPROVED = "多校任选的范围与今天不同：各校分到几成由家庭自己决定，这里按学位分摊，没有下界可比。"


@dataclass(frozen=True)
class Pictures:
    """The pictures of one option, which several of its papers show.

    Attributes
    ----------
    change : Figure
        Map of the units that change school.
    map : Block
        The same as pages show it.
    groups : Block
        Who gains and who loses; a sentence where nobody has registered yet.
    """

    change: Figure
    map: Block
    groups: Block


def pictures(option: Option, score: Score, district: District) -> Pictures:
    """Draw one option, once for all its papers.

    Parameters
    ----------
    option : Option
        What is drawn.
    score : Score
        What it does.
    district : District
        Its name and source are written below.

    Returns
    -------
    Pictures
        For `comparison` and `pack`.
    """
    change = figures.redraw.change(option, score)
    groups = blocks.figure(figures.redraw.groups(option, score, district)) if score.simulated else redraw.groups(score)
    return Pictures(change, blocks.figure(change), groups)


def comparison(
    options: Sequence[Option],
    scores: Mapping[str, Score],
    district: District,
    policy: Policy,
    *,
    drawn: Mapping[str, Pictures] | None = None,
) -> Document:
    """Return the page that shows options side by side.

    Parameters
    ----------
    options : sequence of Option
        The first one names stage and years.
    scores : mapping of str to Score
        By option_id.
    district : District
        What they were made for.
    policy : Policy
        Its rules.
    drawn : mapping of str to Pictures, optional
        By option_id; drawn here where they are not given.

    Returns
    -------
    Document
        To be written as a page.
    """
    drawn = drawn or {option.option_id: pictures(option, scores[option.option_id], district) for option in options}
    first = options[0]
    years = first.problem.years
    title = f"{district.name}{STAGES[first.problem.stage]}学区调整方案比较（{figures.style.span(years)}）"
    pieces = [
        blocks.text(
            "## 各方案一览\n\n每个方案都满足同样的硬性规则：学区连成一片、小区和村不拆分、不超过学位、锁定的不动。"
        ),
        blocks.figure(figures.redraw.options(options, scores, district)),
        public_counts.shown(redraw.side_by_side(options, scores)),
        blocks.text(alike(options)),
        blocks.text("代价等于各项数量乘权重之和，各方案的权重在方案内；下界是同一目标下任何方案都低不过的数。"),
        blocks.figure(figures.redraw.search(options, district)),
        hearing_lists.compared(
            options, {o.option_id: public_counts.shown(redraw.groups(scores[o.option_id])) for o in options}
        ),
        blocks.text("## 逐个方案\n\n点方案名展开；打印时全部展开。"),
    ]
    pieces += [_option(option, scores[option.option_id], drawn[option.option_id]) for option in options]
    pieces.append(limits(first))
    question = "哪些小的边界调整能消除今后几年的学位缺口？移动谁？还有没有更好的？"
    return document(
        "options", title, question, figures.redraw.options_message(options, scores), pieces, district, policy
    )


def alike(options: Sequence[Option]) -> str:
    """Say which options draw the same zones under the same scenario, though they were after different things.

    Parameters
    ----------
    options : sequence of Option
        All that are shown.

    Returns
    -------
    str
        Sentences; that no two are alike where that is so.
    """
    same: dict[str, list[str]] = {}
    for option in options:
        drawn = "|".join([str(option.scenario and option.scenario.id), *option.assignment.sort_index()])
        same.setdefault(drawn, []).append(f"「{texts.labels.plain(option.name)}」")
    said = [f"{JOINED.join(names)}是同一种划法：几个目标得出同一个结果。" for names in same.values() if len(names) > 1]
    unmoved = [f"「{texts.labels.plain(option.name)}」" for option in options if option.moved.empty]
    said += [f"{JOINED.join(unmoved)}不改任何学区。"] if unmoved else []
    return "".join(said) or "各方案的划法都不相同。"


def _option(option: Option, score: Score, drawn: Pictures) -> Block:
    """Return the part of one option: where its papers are, what moves, who gains and loses, what was weighed."""
    papers = {
        "听证材料": "hearing.pdf",
        "听证材料（Word）": "hearing.docx",
        "涉及的家庭": "内部-families.xlsx",
        "通告草案": "notice.txt",
        "通告草案（Word）": "notice.docx",
        "图层": "zones.gpkg",
    }
    if not score.simulated:
        papers.pop("涉及的家庭")
    links = JOINED.join(f"[{word}]({quote(option.option_id)}/{quote(file)})" for word, file in papers.items())
    words = summary(option, score).removeprefix(f"{option.name}：")
    return blocks.part(
        option.name,
        words,
        [
            blocks.text(f"同一文件夹中的材料：{links}。"),
            drawn.map,
            public_counts.shown(redraw.moved_units(option)),
            public_counts.shown(redraw.seats(score)),
            public_counts.ends(score)[0],
            drawn.groups,
            public_counts.shown(redraw.groups(score)),
            redraw.weighing([option]),
        ],
    )


def pack(
    option: Option,
    score: Score,
    others: Sequence[Option],
    scores: Mapping[str, Score],
    district: District,
    policy: Policy,
    *,
    drawn: Pictures | None = None,
) -> Document:
    """Return the hearing pack of one option: inquiry, assignment, whom it concerns, reasons, notice, consultation.

    Parameters
    ----------
    option : Option
        What is heard.
    score : Score
        What it does.
    others : sequence of Option
        All that were proposed, this one among them.
    scores : mapping of str to Score
        Of the others, by option_id.
    district : District
        What they were made for.
    policy : Policy
        Its rules.
    drawn : Pictures, optional
        Of this option; drawn here where they are not given.

    Returns
    -------
    Document
        To be written as a page and as PDF.
    """
    drawn = drawn or pictures(option, score, district)
    stage, losers = STAGES[option.problem.stage], texts.labels.literal(consultation.losers(score))
    losers += f"没有一类学生不在表上；{small_cells.NOTE}" if score.simulated else ""
    pieces = [
        blocks.text(f"## 一、调查\n\n{_inquiry(option, score)}"),
        public_counts.shown(redraw.seats(score)),
        *public_counts.ends(score),
        redraw.classes(score),
        blocks.text(f"## 二、方案\n\n{summary(option, score)}"),
        drawn.map,
        public_counts.shown(redraw.moved_units(option)),
        hearing_lists.aloud(public_counts.shown(redraw.moved_units(option)), option, score.assignment.comments),
        public_counts.by_grade(score),
        public_counts.shown(redraw.phases(score, policy.capacity.standard[option.problem.stage])),
        blocks.text(f"## 三、影响谁\n\n{losers}"),
        drawn.groups,
        public_counts.shown(redraw.groups(score)),
        public_counts.ways(score),
        *([public_counts.shown(children_groups.parted(option))] if option.problem.flocks else []),
        blocks.text(f"## 四、理由与其他方案\n\n{_reasons(option)}"),
        redraw.weighing([option]),
        public_counts.shown(redraw.side_by_side(others, scores)),
        blocks.text("## 五、通告草案\n\n文字按图起草，读回核对与图形一致；没有变化的学区不重复。"),
        redraw_notice.notices(score),
        checked(score),
        blocks.text("## 六、征求意见与决定\n\n由教育行政部门填写：问过谁，说了什么，采纳没有，为什么。"),
        public_counts.shown(consultation.consulted(option, score)),
        consultation.steps(),
        limits(option),
    ]
    pieces = [piece for at, piece in enumerate(pieces) if not at or piece.data != pieces[at - 1].data]
    title = f"{district.name}{stage}学区调整听证材料：{option.name}"
    question = "为什么调整，怎样调整，影响谁，有没有更好的办法？"
    headline = figures.redraw.change_message(option, score)
    return document("hearing", title, question, headline + "。", pieces, district, policy)


def families(option: Option, score: Score, district: District, policy: Policy) -> Document:
    """Return the list for the bureau as a workbook: families, units, children by grade, seats; pseudonyms only.

    Parameters
    ----------
    option : Option
        The option.
    score : Score
        What it does.
    district : District
        District it is about.
    policy : Policy
        The rules.

    Returns
    -------
    Document
        A workbook.
    """
    pieces = [
        redraw.family_rows(score),
        redraw.moved_units(option),
        redraw.by_grade(score),
        redraw.seats(score),
        redraw.groups(score),
    ]
    title = f"内部：{district.name}学区调整涉及的家庭：{option.name}"
    message = (
        f"{len(score.families)} 名今年的新生学区改变，或录取结果、路程因此改变。学生为化名，凭化名可在本单位查到。"
        if score.simulated
        else redraw.NOBODY
    )
    return document("families", title, "涉及哪些家庭？", message, pieces, district, policy)


def document(
    name: str, title: str, question: str, headline: str, pieces: list[Block], district: District, policy: Policy
) -> Document:
    """Return a paper for those who decide: its head, its pieces, and what it is no proof of.

    Parameters
    ----------
    name : str
        What the paper is called among others.
    title : str
        Its title.
    question : str
        The question it answers, in Chinese.
    headline : str
        Its answer in one sentence.
    pieces : list of Block
        What it says, in order.
    district : District
        District it is about.
    policy : Policy
        The rules.

    Returns
    -------
    Document
        To be written as a page, a PDF or a workbook.
    """
    head = {
        "title": title,
        "question": question,
        "headline": headline,
        "synthetic": district.synthetic,
        "district": district.name,
        "policy": policy.title,
        "facts": [
            ("区县", f"{district.name}（{district.code}）"),
            ("政策文件", policy.title),
            ("数据截至", district.about.get("data_as_of", "未注明")),
        ],
    }
    day = district.about.get("data_as_of") or "2000-01-01"
    ways = f"直线距离的 {problems.DETOUR:g} 倍" if district.streets.empty else "沿街步行估算"
    foot = (("程序", f"zhaosheng_analysis {__version__}"), ("声明", f"供决策参考；路程为{ways}，就近不等于最近"))
    return Document(name, head, tuple(piece.data for piece in pieces), foot, __version__, day)


def summary(option: Option, score: Score) -> str:
    """Say what an option does, how good it is, and what it presupposes.

    Parameters
    ----------
    option : Option
        The option.
    score : Score
        What it does.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    parts = [f"{figures.redraw.change_message(option, score)}。"]
    if option.scenario is not None:
        parts.append(f"前提：{option.scenario.name}。{option.scenario.note}")
    if option.problem.overload:
        parts.append(f"允许学校超出学位 {option.problem.overload:.0%}。")
    if score.simulated:
        whole, few = score.everybody, small_cells.shown
        parts.append(f"今年的新生中 {few(whole['gain_n'])} 人变好，{few(whole['lose_n'])} 人变差。")
    else:
        parts.append(redraw.NOBODY)
    if np.isnan(option.bound):
        return "".join([*parts, f"本方案的代价为 {option.cost:,.0f}。{UNPROVED}"])
    parts.append(f"按本方案自己的目标，任何方案的代价都不低于 {option.bound:,.0f}，本方案 {option.cost:,.0f}，")
    parts.append(f"与理论最优的差距不超过 {option.gap:.2%}。")
    return "".join(parts)


def _inquiry(option: Option, score: Score) -> str:
    """Say what was looked into and with which data."""
    made, about = option.problem, score.district.about
    missing = score.seats[score.seats["missing_before_n"] > 0]
    schools = JOINED.join(missing["name"].drop_duplicates().head(5))
    declared = f"有 {len(made.declared)} 对小区今天就不相连，按视为相邻处理。" if made.declared else ""
    marked = f"规划人员标出不可跨越：{JOINED.join(made.barriers)}。" if made.barriers else ""
    locked = f"锁定不动的小区 {len(made.locked)} 个。" if made.locked else ""
    drawn = len(score.district.streets)
    walked = "步行路程沿街道量算，过河只走桥。" if drawn else "没有道路图层，步行路程按直线距离的 1.5 倍估算。"
    return (
        f"数据截至 {about.get('data_as_of', '未注明')}：{len(made.units)} 个小区或村、{len(made.schools)} 所学校，"
        f"逐校预测 {figures.style.span(made.years)}新生。照现在的学区，{missing['school_id'].nunique()} 所学校缺学位"
        f"{f'（{schools}）' if schools else ''}。{walked}{declared}{marked}{locked}"
    )


def _reasons(option: Option) -> str:
    """Say what was weighed, and how much better any other assignment could be."""
    shown = "各项都摆在明处：每项的数量、权重、调整前后。"
    if np.isnan(option.bound):
        return f"{shown}{UNPROVED}权重改变，方案会变；其他方案列在后面。"
    return (
        f"{shown}同样的硬性规则下，按这些权重没有一个方案的代价低于 {option.bound:,.0f}；本方案为 {option.cost:,.0f}，"
        f"即使有更好的方案，也至多好 {option.gap:.2%}。权重改变，方案会变；其他方案列在后面。"
    )


def checked(score: Score) -> Block:
    """Say what the check of the new zones found.

    Parameters
    ----------
    score : Score
        What it does.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    if score.findings.empty:
        return blocks.text("学区检查：全覆盖、无遗漏、不重复，文字与图一致，没有发现问题。")
    lines = "\n".join(f"- {texts.labels.literal(message)}" for message in score.findings["message"])
    return blocks.text(f"学区检查发现 {len(score.findings)} 项：\n\n{lines}")


def limits(option: Option) -> Block:
    """Say what the options do not say.

    Parameters
    ----------
    option : Option
        The option.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    first, last = option.problem.years[0], option.problem.years[-1]
    ways = "步行路程沿图上的街道，没有考虑坡度、红绿灯和校车；就近不等于最近。"
    if option.problem.district.streets.empty:
        ways = f"没有道路图层，路程按直线距离的 {problems.DETOUR:g} 倍估算；就近不等于最近。"
    return blocks.text(
        "## 没有考虑的\n\n"
        f"- 预测有误差：学位按预测的中位数比较，{last} 年比 {first} 年更不确定。\n"
        "- 家庭会因学区改变而搬家、购房或改报民办学校，这里没有算。\n"
        f"- {ways}\n"
        "- 均衡线与各项权重是规划人员的选择，可以改。\n"
        "- 学校教学质量与房价不在目标之内。"
    )
