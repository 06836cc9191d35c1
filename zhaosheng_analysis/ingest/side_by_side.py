"""Columns that stand side by side: one a stage, a grade, a class or a wish, each a row of ours.

Comes in: a table as it was seen. Goes out: its groups of columns, each with what its header says of all its rows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from zhaosheng_analysis import sheets
from zhaosheng_analysis.ingest import cell_words, headings
from zhaosheng_analysis.ingest.seeing import Seen

_WISH = re.compile(r"第?([一二三四五六1-9])志愿(?:学校|校)?(?:名称)?")


@dataclass(frozen=True)
class Group:
    """Columns that stand side by side for one stage, grade or class.

    Attributes
    ----------
    fixed : mapping of str to object
        Column of ours -> what it is for all of the group.
    things : mapping of str to str
        What a column is -> its header.
    """

    fixed: Mapping[str, object]
    things: Mapping[str, str] = field(default_factory=dict)


def groups(seen: Seen) -> list[Group]:
    """Return the columns that stand side by side: for stages, for three grades or more, or for classes.

    Parameters
    ----------
    seen : Seen
        A table.

    Returns
    -------
    list of Group
        Two at least, or none.
    """
    wishes = {header: number for header in map(str, seen.table.columns) if (number := _wish(header))}
    if len(wishes) > 1:
        return [Group({"choice_n": number}, {"apply_school": header}) for header, number in wishes.items()]
    parted: dict[str, dict[str, str]] = {}
    for header in map(str, seen.table.columns):
        label, before = headings.split(header)
        if label and before:
            parted.setdefault(before, {}).setdefault(label, header)
    for means, least in ((_grade, 3), (_stage, 2), (_class, 2)):
        found: dict[str, Group] = {}
        for before in sorted(parted, key=len):
            fixed = means(before)
            if fixed:
                other = found.get(str(fixed), Group(fixed))
                found[str(fixed)] = Group(fixed, {**parted[before], **other.things})
        if len(found) >= least:
            order = {str(header): at for at, header in enumerate(seen.table.columns)}
            return sorted(found.values(), key=lambda group: min(order[header] for header in group.things.values()))
    return []


def _grade(before: str) -> dict[str, object]:
    number = cell_words.grade_in(before.removesuffix("在校").removesuffix("现有"))
    return {"grade": int(number)} if number and "班" not in before else {}


def _wish(header: str) -> int:
    """Return which wish a column of schools is, as in 第二志愿学校; 0 where it is none."""
    match = _WISH.fullmatch(sheets.folded(header))
    return 0 if match is None else "一二三四五六".find(match[1]) + 1 or int(match[1])


def _stage(before: str) -> dict[str, object]:
    return next(({"stage": code} for word, code in headings.STAGES.items() if word in before), {})


def _class(before: str) -> dict[str, object]:
    number, grade = cell_words.number_in(before), cell_words.grade_in(before)
    if number is None or "班" not in before:
        return {}
    return ({"grade": int(grade)} if grade and not before[0].isdecimal() else {}) | {"class_no": int(number)}
