"""What a redraw does to children as groups: classmates who part after primary school, a group that gathers at a school.

Both are measured wherever they can be, and weighed only if a planner says so; the tables say which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhaosheng_analysis import figures, texts
from zhaosheng_analysis.redraw import classmates, composition, valuing
from zhaosheng_analysis.report.blocks import heading, laid

if TYPE_CHECKING:
    import pandas as pd

    from zhaosheng_analysis.redraw import Option, Problem
    from zhaosheng_analysis.report.blocks import Block

#: Terms that are shown even where they weigh nothing.
MEASURED = ("mix", "split")


def measured(problem: Problem) -> list[str]:
    """Return the terms of groups that a problem can tell.

    Parameters
    ----------
    problem : Problem
        With a group that somebody named, with classmates, or without either.

    Returns
    -------
    list of str
        Of `MEASURED`.
    """
    there = {"mix": problem.mix is not None, "split": bool(problem.flocks)}
    return [term for term in MEASURED if there[term]]


def headings(option: Option) -> list[dict[str, object]]:
    """Return the columns of the options' table that only some redraws have.

    Parameters
    ----------
    option : Option
        One of them.

    Returns
    -------
    list of dict
        Columns of `counted`.
    """
    made = option.problem
    columns = [heading("beyond_n", "构成高于|平均（人次）", "whole")] if made.mix is not None else []
    if made.flocks:
        columns += [heading("split_n", "拆开的|小学", "whole"), heading("apart_n", "不与多数|同学一起", "whole")]
    return columns


def counted(option: Option, assignment: pd.Series) -> dict[str, float]:
    """Count what the columns of `headings` say of an assignment.

    Parameters
    ----------
    option : Option
        Its problem.
    assignment : Series of str
        The school_id of each unit_id.

    Returns
    -------
    dict of str to float
        By the key of the column.
    """
    made, found = option.problem, {}
    if made.mix is not None:
        found["beyond_n"] = round(valuing.measures(made, assignment)["mix"])
    if made.flocks:
        table = classmates.parted(made, assignment)
        found |= {"split_n": len(table), "apart_n": round(table["apart_n"].sum())}
    return found


def note(option: Option) -> str:
    """Say who the group is, how classmates are counted, and whether that was weighed.

    Parameters
    ----------
    option : Option
        One of the options.

    Returns
    -------
    str
        Sentences; none where nothing is measured.
    """
    made, words = option.problem, ""
    weighed = {
        term: f"权重 {made.weights[term]:g}" if made.weights[term] else "只列出，不参加求解" for term in MEASURED
    }
    if made.mix is not None:
        share = composition.average(made.mix, made.children)
        words += (
            f"学生构成：{texts.labels.plain(made.mix.label)}，全区平均占 {share:.0%}；"
            f"数的是各校高出这个比例的人数，各年合计（{weighed['mix']}）。"
        )
    if made.flocks:
        words += (
            "与小学同学分开：同一小学的毕业生进了不同初中；每人按分开的同学所占比例折算，"
            f"100 人对半分开折合 50 人次，90 与 10 分开折合 18 人次（{weighed['split']}）。"
        )
    return words


def parted(option: Option) -> Block:
    """Show the primaries whose pupils would go on to more than one junior school.

    Parameters
    ----------
    option : Option
        Of the junior stage.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    made = option.problem
    table = classmates.parted(made, option.assignment).round(0)
    before = classmates.parted(made, made.before).set_index("primary_id")["apart_n"]
    short = {row.school_id: figures.maps.short_name(row.name, made.district.name) for row in _schools(option)}
    table["to"] = table["to"].map(short)
    table["name"] = table["primary_id"].map(short)
    table["own_before_n"] = before.reindex(table["primary_id"]).fillna(0.0).round(0).to_numpy()
    columns = [
        heading("name", "小学", share=3),
        heading("children_n", "毕业生", "whole"),
        heading("schools_n", "去几所|初中", "whole"),
        heading("to", "多数去"),
        heading("own_before_n", "今天去|别校", "whole"),
        heading("apart_n", "方案|去别校", "whole"),
    ]
    words = "各年合计，按所依的小学学区。校校对口的小学整体升学，不会拆开。"
    empty = "每所小学的毕业生都进同一所初中。"
    return laid(table, columns, title="哪些小学的同学会分开", sheet="小学同学", note=words, empty=empty)


def _schools(option: Option) -> list:
    """Return the schools of the option's district, one row each."""
    return list(option.problem.district.schools.itertuples())
