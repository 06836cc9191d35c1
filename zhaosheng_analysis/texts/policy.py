"""A rule book as tables a bureau can read beside its notice and sign: every row with its clause, in Chinese.

Its tiers stand in `tiers`, its dates and calendar in `dates`, its provisions in `provisions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from zhaosheng_analysis.admission import descriptions, rounds, wording
from zhaosheng_analysis.policy import parameters, vocabulary
from zhaosheng_analysis.texts import labels, premises

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.texts.dates import date_rows, day, window_rows
from zhaosheng_analysis.texts.provisions import question_rows
from zhaosheng_analysis.texts.sections import Section
from zhaosheng_analysis.texts.tiers import catch_rows, tier_rows, unplaced


def sections(rules: Policy) -> list[Section]:
    """Write a whole rule book: tiers, rounds, dates, papers, silences, what is left out and what nobody has read.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    list of Section
        The sections in order.
    """
    parts = [
        Section("一、类别（先后即录取次序）", tier_rows(rules), note=unplaced(rules), on_paper=("原文",)),
        Section("二、招生环节（依次进行）", round_rows(rules)),
        Section("三、按什么地址确定登记学校（依次，先合者定）", residence_rows(rules), on_paper=("原文",)),
        Section("四、报名核查（第一项不合的决定状态）", check_rows(rules), on_paper=("原文",)),
        Section("四、由材料判断的情形（依次看，先符合的算）", defined_rows(rules)),
        Section("四、积分", point_rows(rules)),
        Section("四、学位锁定和合在一起录取的学校", joint_rows(rules)),
        Section("五、规则比较的日期", date_rows(rules), on_paper=("原文",)),
        Section("六、日程", window_rows(rules), on_paper=("原文",)),
        Section("七、文件没有回答的问题与本次取值", setting_rows(rules), on_paper=("理由",)),
        Section("八、文件没有说清、只有一种读法的", note_rows(rules), on_paper=("理由",)),
        Section("九、最后一类接住的情形", catch_rows(rules), note="规则书好不好，要看落到最后一类的是谁。"),
        Section("十、班额与预警的界线", _renamed(premises.thresholds(rules))),
        Section("十一、自查问题", question_rows(rules)),
        Section("十二、写了而没有纳入计算的条文", _renamed(premises.not_modelled(rules))),
        Section("十三、提到而没有读到的文件（内容一概没有推测）", _renamed(premises.unseen(rules))),
    ]
    kept = [section for section in parts if len(section.table)]
    return [_numbered(section, number) for number, section in enumerate(kept)]


def _numbered(section: Section, place: int) -> Section:
    """Give the sections that remain consecutive numbers."""
    numbers = [
        "一",
        "二",
        "三",
        "四",
        "五",
        "六",
        "七",
        "八",
        "九",
        "十",
        "十一",
        "十二",
        "十三",
        "十四",
        "十五",
        "十六",
    ]
    return Section(
        f"{numbers[place]}、{section.title.split('、', 1)[1]}", section.table, section.note, section.on_paper
    )


def facts(rules: Policy) -> list[tuple[str, str]]:
    """Return what identifies a rule book: document, year, source text and its hash.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    list of (str, str)
        What each is called, and what it is.
    """
    checked = "引文已与原文逐字核对" if rules.words_checked else "引文未核对（未给原文）"
    changed = parameters.listed(rules, rules.changed)
    return [
        ("规则编号", rules.id),
        ("文件", rules.title),
        ("文号", rules.number or "未注明"),
        ("印发", day(rules.issued_on)),
        ("招生年度", str(rules.intake_year)),
        ("原文", f"{rules.source.file}，SHA-256 {rules.source.sha256[:16]}…，{checked}"),
        ("改动的参数", changed or "无，全部取默认值"),
    ]


def round_rows(rules: Policy) -> pd.DataFrame:
    """List the rounds in force, in their order.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    names = dict(rules.table.labels) if rules.table else {}
    windows = {item.name: item.label or item.name for item in rules.windows}
    rows = [
        {
            "序": number,
            "环节": item.name,
            "学段": labels.stages(item.stage),
            "谁参加": descriptions.who(item, names),
            "学校": descriptions.schools(item),
            "学位": descriptions.seats(item),
            "先后": descriptions.order(item),
            "未录取的": descriptions.rest(item),
            "时间": windows.get(item.window, "—"),
            "条款": item.clause,
        }
        for number, item in enumerate(rounds.read(rules), 1)
    ]
    return pd.DataFrame(rows)


def residence_rows(rules: Policy) -> pd.DataFrame:
    """List the ways to find the school a child belongs to, in their order.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    ways = [item for item in rules.residence if rules.holds(item.when)]
    rows = [
        {
            "序": number,
            "地址": item.school or vocabulary.ADDRESSES[item.use],
            "条件": _only_if(item, rules),
            "学段": labels.stages(item.stage),
            "条款": item.clause,
            "原文": item.words,
        }
        for number, item in enumerate(ways, 1)
    ]
    return pd.DataFrame(rows)


def _only_if(way: Any, rules: Policy) -> str:
    """Say for whom an address counts."""
    said = [descriptions.asked(way.only_if, rules)] if way.only_if else []
    return "；".join([*said, *(["地址在城区"] if way.within == "town" else [])]) or "—"


def check_rows(rules: Policy) -> pd.DataFrame:
    """List the tests of a registration, in their order.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = [
        {
            "核查": vocabulary.CHECKS[item.rule],
            "不合时": vocabulary.STATUSES[item.status],
            "适用": _concerned(item, rules),
            "条款": item.clause,
            "原文": item.words,
        }
        for item in rules.checks
    ]
    return pd.DataFrame(rows)


def _concerned(check: Any, rules: Policy) -> str:
    """Say whom a check is for."""
    whom = [labels.stages(check.stage)] if check.stage else []
    if check.when:
        whom.append(descriptions.asked(check.when, rules))
    if check.allow:
        whom.append(f"只能：{'、'.join(_evidence(value) for value in check.allow)}")
    if check.must:
        whom.append(f"须：{descriptions.asked(check.must, rules)}")
    return "；".join(whom) or "所有人"


def _evidence(value: Any) -> str:
    """Write one value of an evidence column."""
    return labels.code("evidence", wording.value("", value))


def defined_rows(rules: Policy) -> pd.DataFrame:
    """List the facts the rule file makes of the papers, answer by answer.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = []
    for item in rules.declared.facts.values():
        answers = item.fact.answers
        lines = [(answers[said], descriptions.aloud(condition, rules)) for said, condition in item.when]
        lines.append((answers[item.otherwise], "以上都不符合"))
        if item.unknown:
            lines.append((answers[item.unknown], "材料空着，判断不了"))
        rows += [{"情形": item.fact.label, "答案": said, "条件": text, "条款": item.clause} for said, text in lines]
    return pd.DataFrame(rows)


def point_rows(rules: Policy) -> pd.DataFrame:
    """List the table of points, with what each number is counted from.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    table, numbers = rules.declared.points, rules.askable
    together = {group.id: group for group in table.groups}
    rows = []
    for item in table.items:
        worth = f"{item.points:g}分"
        if item.measure:
            worth = f"{numbers[item.measure].label}，每个{item.per:g}分" + (f"，至多{item.cap:g}分" if item.cap else "")
        group = together.get(item.group)
        rows.append(
            {
                "积分项": item.label,
                "给谁": descriptions.aloud(item.condition, rules) or "所有人",
                "分值": worth,
                "与别项": "" if group is None else _counted_together(group),
                "条款": item.clause,
            }
        )
    return pd.DataFrame(rows)


def _counted_together(group: Any) -> str:
    """Say how a group of lines counts."""
    said = {"max": "取最高的一项", "sum": "相加"}[group.take]
    return f"{group.label or group.id}：{said}" + (f"，合计至多{group.cap:g}分" if group.cap else "")


def joint_rows(rules: Policy) -> pd.DataFrame:
    """List the lock of dwellings and the schools that fill their seats together.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = []
    if rules.lock is not None:
        where = "、".join(rules.lock.schools) or "全部学校"
        kin = "，兄弟姐妹除外" if rules.lock.siblings else ""
        years = rules.lock.by_stage
        each = "、".join(f"{labels.code('stage', stage)}{n}年" for stage, n in years.items())
        said = each if len(set(years.values())) > 1 or rules.lock.stage else f"{max(years.values())}年"
        rows.append(("学位锁定", f"{where}：一套住房{said}内只供一户{kin}", rules.lock.clause))
    rows += [(item.name, f"{'、'.join(item.schools)}合在一起按一个次序录取", item.clause) for item in rules.pools]
    return pd.DataFrame(rows, columns=["名称", "内容", "条款"], dtype="str")


def setting_rows(rules: Policy) -> pd.DataFrame:
    """List every silence of the text with the value taken and the others it may have.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = [
        {
            "参数": item.name,
            "问题": item.question,
            "取值": parameters.said(item, rules.chosen[item.name])
            + ("　本次改动" if item.name in rules.changed else ""),
            "可选": parameters.written(parameters.offered(item)),
            "歧义": item.ambiguity,
            "条款": item.clause,
            "理由": item.why,
        }
        for item in rules.parameters.values()
    ]
    return pd.DataFrame(rows)


def note_rows(rules: Policy) -> pd.DataFrame:
    """List what the text leaves open and can be read one way only.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = [
        {"问题": item.question, "读法": item.reading, "歧义": item.ambiguity, "条款": item.clause, "理由": item.why}
        for item in rules.notes
    ]
    return pd.DataFrame(rows)


def _renamed(table: pd.DataFrame) -> pd.DataFrame:
    """Give the columns of a report table their Chinese names."""
    names: Mapping[str, str] = {key: labels.column(key)["label"] for key in table.columns}
    return table.rename(columns=names)
