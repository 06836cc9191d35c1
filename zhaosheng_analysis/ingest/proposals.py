"""How the columns of a table of ours may be made of a table of theirs: a line a column, with what is not sure marked.

Comes in: what was seen. Goes out: lines of a recipe. What nobody wrote in the file is a draft the clerk takes over or
changes, never a line that runs unasked.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from zhaosheng_analysis import disk
from zhaosheng_analysis.ingest import drafts, pieces, seeing, side_by_side
from zhaosheng_analysis.ingest.seeing import ASK, Seen
from zhaosheng_analysis.ingest.side_by_side import Group
from zhaosheng_analysis.schema import TABLES, quoted

_LIKE = 0.75
_SIZES = {"primary": 45, "junior": 50}  # pupils a class, national standard
_STAGE_SIZES = {"小学": 45, "初中": 50}
_PLANNED = re.compile(r"招生|计划")


@dataclass(frozen=True)
class Table:
    """A table of ours that can be made of what was seen.

    Attributes
    ----------
    name : str
        Name of the table.
    lines : tuple of str
        Lines of the recipe.
    used : frozenset of str
        Headers they read.
    """

    name: str
    lines: tuple[str, ...]
    used: frozenset[str]


def _declared() -> Mapping[str, Any]:
    return disk.own("ingest", "proposals.toml")


def names(seen: Seen) -> list[str]:
    """Return the tables that can be made of what was seen: those of a child's papers together, else one.

    Parameters
    ----------
    seen : Seen
        A table.

    Returns
    -------
    list of str
        Names of tables of ours.
    """
    if "teacher" in seen.things:
        return []  # a list of teachers has numbers and birthdays like one of children
    there = {*seen.things, *seen.said} | {
        what for group in side_by_side.groups(seen) for what in (*group.things, *_axis(group))
    }
    if "kindergarten" in there:
        there -= {"class", "grade"}  # its classes are none of ours
    fits = [
        name
        for name, told in _declared().items()
        if name not in ("drafts", "words")
        and all(there & set(some) for some in told["must"])
        and not there & set(told.get("without", ()))
        and ("sure" not in told or there & set(told["sure"]) or _PLANNED.search(seen.words))
    ]
    together = ({"children", "applications", "homes", "hukou"}, {"zones", "zone_schools"}, {"units", "housing"})
    if "plans" in fits and "schools" in fits and seeing.pair(seen):
        return ["schools", "plans"]  # where its schools stand is in no other sheet
    first = next((some for some in together if fits and fits[0] in some), set(fits[:1]))
    # To which junior school a primary school leads may stand beside all else that is known of it.
    return [name for name in fits if name in first or name == "feeders"]


def _axis(group: Group) -> tuple[str, ...]:
    return tuple({"class_no": "class"}.get(name, name) for name in group.fixed)


def table(name: str, seen: Seen, *, coded: bool) -> Table:
    """Write how one table is made.

    Parameters
    ----------
    name : str
        A table of ours.
    seen : Seen
        What it is made of.
    coded : bool
        Whether schools have codes of their own in another table of the folder, so that names are matched with them.

    Returns
    -------
    Table
        The lines, and what they use.
    """
    declared, lines, used = _declared()[name], [], set()
    wanted = {what for _, *things in declared["columns"].values() for what in things}
    side = [group for group in side_by_side.groups(seen) if wanted & set(group.things)]
    grouped = {what for group in side for what in group.things if what not in seen.things or len(side) > 1}
    fixed = {column for group in side for column in group.fixed}
    inside = []
    for column, (way, *things) in declared["columns"].items():
        if listed(name, seen) and column in ("zone_id", "name"):
            things = ["zone_name"]  # a list of schools names no zone once it is taken apart
        present = [what for what in things if what in seen.things or what in grouped]
        if column in fixed:
            continue
        if present and present[0] in grouped:
            inside.append((column, way, present[0]))
            continue
        line = drafts.line(name, column, way, present, seen, coded=coded)
        if column in seen.said:
            lines.append(f'{column} = {{ is = {json.dumps(seen.said[column])}, why = "表头或标题" }}')
        elif line is not None:
            used |= {seen.things[what] for what in present[:1]}
            lines.append(_told(column, line))
        elif column in declared["ask"]:
            lines.append(asked(name, column, things, seen))
    if inside:
        each = _each(name, side, inside, seen, coded=coded)
        lines = [line for line in lines if not (line.startswith(f"{ASK}class_size_n") and "class_size_n" in each)]
        sized = "class_size_n" in each and all(column != "class_size_n" for column, *_ in inside)
        lines.append(f"{ASK}{each}  # 班额按国家标准，请核对" if sized else each)
        used |= {header for group in side for header in group.things.values()}
    pair = seeing.pair(seen)
    if name == "schools" and pair:
        lines.append(f"point = {json.dumps(pair, ensure_ascii=False)}")
        used |= set(pair)
    if name == "schools" and not pair:
        lines.append(
            "# 没有坐标，报告就没有地图、邻校和路程，也不能模拟录取；在这张表里加上经度、纬度两列，再运行一次 suggest"
        )
    if name == "units" and pair:
        lines.append(
            f"{ASK}cells = {json.dumps(pair, ensure_ascii=False)}  # 只有点，没有边界：把土地就近分给各小区，示意"
        )
        lines.append(f"{ASK}dissolve = true")
        used |= set(pair)
    if name == "feeders":
        lines.append(f"skip_blank = {quoted(seen.things['junior_of'])}")
    born = any("{ enters_in = " in line for line in lines)
    lines += ["total = true"] if born else []  # several months are one year of entry
    lines += ["distinct = true"] if name == "zone_schools" or (name == "schools" and "plans" in names(seen)) else []
    return Table(name, tuple(lines), frozenset(used))


def listed(name: str, seen: Seen) -> str:
    """Return the column in which zones name several schools; "" where none does, or the table is another.

    Parameters
    ----------
    name : str
        A table of ours.
    seen : Seen
        What it is made of.

    Returns
    -------
    str
        The header.
    """
    school = seen.things.get("school", "") if name in ("zones", "zone_schools") else ""
    named = "zone_name" in seen.things and school in seen.table
    return school if named and seeing.lists(seen.table[school]) else ""


def column(name: str, own: str, seen: Seen, *, coded: bool) -> str:
    """Write how one column of a table is made: of what was seen, else a line to fill in.

    Parameters
    ----------
    name : str
        A table of ours.
    own : str
        Its column.
    seen : Seen
        What it is made of.
    coded : bool
        Whether schools have codes of their own in another table of the folder.

    Returns
    -------
    str
        The line.
    """
    way, *things = _declared().get(name, {}).get("columns", {}).get(own, ("copy", own))
    line = drafts.line(name, own, way, [what for what in things if what in seen.things], seen, coded=coded)
    return asked(name, own, things, seen) if line is None else _told(own, line)


def _told(column: str, line: drafts.Line) -> str:
    return f"{ASK}{column} = {line.text}  # {line.remark}" if line.remark else f"{column} = {line.text}"


def _each(name: str, side: list[Group], inside: list, seen: Seen, *, coded: bool) -> str:
    """Write the groups of columns that stand side by side."""
    written = []
    for group in side:
        parts = [f'{column} = {{ is = {json.dumps(value)}, why = "表头" }}' for column, value in group.fixed.items()]
        own = replace(seen, things={**seen.things, **group.things})
        for column, way, what in inside:
            line = drafts.line(name, column, way, [what] if what in group.things else [], own, coded=coded)
            parts += [f"{column} = {line.text}"] if line is not None else []
        size = _SIZES.get(str(group.fixed.get("stage", "")))
        if name == "plans" and size and "size" not in own.things:
            parts.append(f'class_size_n = {{ is = {size}, why = "国家标准班额" }}')
        written.append("{ " + ", ".join(parts) + " }")
    return "each = [" + ", ".join(written) + "]"


def asked(name: str, column: str, things: list[str], seen: Seen) -> str:
    """Write a line to be filled in, with a draft, the words allowed, or the header most like what is looked for.

    Parameters
    ----------
    name : str
        A table of ours.
    column : str
        Its column.
    things : list of str
        What it could have been made of.
    seen : Seen
        The table of theirs.

    Returns
    -------
    str
        The line, marked 待定.
    """
    words = [word for what in things for word in disk.own("ingest", "headers.toml").get(what, [])]
    like = [h for h in map(str, seen.table.columns) if get_close_matches(h, words, n=1, cutoff=_LIKE)]
    hint = f"；像是「{like[0]}」" if like and like[0] not in (pieces.FILE, pieces.SHEET) else ""
    draft = _sized(seen) if (name, column) == ("plans", "class_size_n") else ""
    draft = draft or _declared()["drafts"].get(f"{name}.{column}")
    if draft:
        return f"{ASK}{column} = {draft}  # 没有这一列，请核对，或写表头{hint}"
    choices = TABLES[name].columns[column].choices
    allowed = "；可填 " + "、".join(f"{code} {word}" for code, word in choices.items()) if choices else ""
    return f'{ASK}{column} = {{ is = "", why = "" }}  # 或写表头{hint}{allowed}'


def _sized(seen: Seen) -> str:
    """Draft the national sizes of a class by the stages that a column names; "" where it names others, or one."""
    header = seen.things.get("stage", "")
    if not header and drafts.titled_stage(seen):
        return f'{{ is = {_SIZES[drafts.titled_stage(seen)]}, why = "国家标准班额" }}'
    stages = list(dict.fromkeys(drafts.cells(seen, header))) if header else []
    if not stages or not set(stages) <= set(_STAGE_SIZES):
        return ""
    values = ", ".join(f'"{stage}" = {_STAGE_SIZES[stage]}' for stage in stages)
    return f"{{ from = {quoted(header)}, values = {{ {values} }} }}"
