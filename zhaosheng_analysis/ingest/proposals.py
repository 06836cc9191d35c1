"""How the columns of a table of ours may be made of a table of theirs: a line a column, with what is not sure marked.

Comes in: what was seen. Goes out: lines of a recipe. What nobody wrote in the file is a draft the clerk takes over or
changes, never a line that runs unasked.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import pandas as pd

from zhaosheng_analysis import disk
from zhaosheng_analysis.ingest import columns, headings, pieces, plan_cells, seeing, side_by_side
from zhaosheng_analysis.ingest.seeing import ASK, Seen
from zhaosheng_analysis.ingest.side_by_side import Group
from zhaosheng_analysis.schema import TABLES, cell_types, student_numbers

_LIKE = 0.75
_SIZES = {"primary": 45, "junior": 50}  # pupils a class, national standard
_STAGE_SIZES = {"小学": 45, "初中": 50}
_SECTORS = {"公办": "public", "民办": "private"}
_GUESSED = "按文件名或标题猜的，请核对"
_MOST_VALUES = 12
_MOST_CLASSES = 30  # of one intake; more are pupils
_NAMED = {"classes_n": "classes_in", "seats_n": "seats_in", "class_size_n": "size_in"}
_PLANNED = re.compile(r"招生|计划")
_PRESENT = re.compile(r"在校|现有|实有")


@dataclass(frozen=True)
class Line:
    """How one column is made.

    Attributes
    ----------
    text : str
        As it stands in a recipe, without the name of the column.
    remark : str
        Why it must be looked at first; "" where it is sure.
    """

    text: str
    remark: str = ""


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
    return [name for name in fits if name in first]


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
        line = _line(name, column, way, present, seen, coded=coded)
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
    line = _line(name, own, way, [what for what in things if what in seen.things], seen, coded=coded)
    return asked(name, own, things, seen) if line is None else _told(own, line)


def _told(column: str, line: Line) -> str:
    return f"{ASK}{column} = {line.text}  # {line.remark}" if line.remark else f"{column} = {line.text}"


def _each(name: str, side: list[Group], inside: list, seen: Seen, *, coded: bool) -> str:
    """Write the groups of columns that stand side by side."""
    written = []
    for group in side:
        parts = [f'{column} = {{ is = {json.dumps(value)}, why = "表头" }}' for column, value in group.fixed.items()]
        own = replace(seen, things={**seen.things, **group.things})
        for column, way, what in inside:
            line = _line(name, column, way, [what] if what in group.things else [], own, coded=coded)
            parts += [f"{column} = {line.text}"] if line is not None else []
        size = _SIZES.get(str(group.fixed.get("stage", "")))
        if name == "plans" and size and "size" not in own.things:
            parts.append(f'class_size_n = {{ is = {size}, why = "国家标准班额" }}')
        written.append("{ " + ", ".join(parts) + " }")
    return "each = [" + ", ".join(written) + "]"


def _line(name: str, column: str, way: str, found: list[str], seen: Seen, *, coded: bool) -> Line | None:
    """Write how one column is made of the first thing that was seen; None where there is nothing to make it of."""
    people = next((seen.things[what] for what in ("seats", "pupils") if what in seen.things), "")
    if way == "size" and not found and people and "classes" in seen.things:
        pair = json.dumps([people, seen.things["classes"]], ensure_ascii=False)
        return Line(f'{{ quotient = {pair}, why = "人数除以班数" }}', "请核对")
    if way in ("year", "term") and not found:
        named = headings.year(seen.words)
        return Line(f'{{ is = {named}, why = "文件名或标题" }}', _GUESSED) if named else None
    if column == "stage" and not found:
        stage = _titled_stage(seen)
        return Line(f'{{ is = "{stage}", why = "文件名或标题" }}', _GUESSED) if stage else None
    if column == "sector" and not found:
        sectors = [code for word, code in _SECTORS.items() if word in seen.words]
        return Line(f'{{ is = "{sectors[0]}", why = "文件名或标题" }}', _GUESSED) if len(sectors) == 1 else None
    if not found:
        return None
    header = seen.things[found[0]]
    if column == "seats_n" and found[0] == "pupils" and _PRESENT.search(header):
        return None
    line = _WAYS[way](name, column, found[0], header, seen, coded)
    if line is not None and not line.remark and found[0] in seen.by_content:
        guess = "没有写是户籍还是常住" if found[0] in ("hukou_births", "births") else "按内容认的"
        return replace(line, remark=f"{guess}，请核对")
    if line is not None and not line.remark and found[0] in seen.rivals:
        return replace(line, remark=f"有几列都像：{'、'.join(seen.rivals[found[0]][:4])}，请选一列")
    return line


def _titled_stage(seen: Seen) -> str:
    """Return the only stage that title, sheet and file name; "" where they name none, or both."""
    named = [code for word, code in headings.STAGES.items() if word in seen.words]
    return named[0] if len(named) == 1 else ""


def _copy(_name: str, _column: str, _what: str, header: str, *_: object) -> Line:
    return Line(f'"{header}"')


def _planned(_name: str, column: str, what: str, header: str, seen: Seen, _coded: bool) -> Line | None:
    """Take a number of a plan over: of a column of its own, or out of cells that name classes and pupils together."""
    if what != "plan":
        return Line(f'"{header}"')
    cells = _cells(seen, header)
    if len(cells) and all(column in plan_cells.said(cell) for cell in cells):
        return Line(f'{{ {_NAMED[column]} = "{header}" }}')
    numbers = pd.to_numeric(cells, errors="coerce")
    fits = {"classes_n": numbers <= _MOST_CLASSES, "seats_n": numbers > _MOST_CLASSES}.get(column)
    return None if fits is None or not fits.all() else Line(f'"{header}"', "是班数还是人数，请核对")


def _actual(_name: str, _column: str, what: str, header: str, *_: object) -> Line:
    return Line(f'"{header}"', "是实有人数，还是标准班额，请核对" if what == "size" else "")


def _made(text: str) -> Callable[..., Line]:
    return lambda _name, _column, _what, header, *_: Line(text.replace("%", header))


def _zone(_name: str, _column: str, _what: str, header: str, seen: Seen, _coded: bool) -> Line:
    # A school of nine years has a zone of each stage.
    stage = seen.said.get("stage", "") or ("" if "stage" in seen.things else _titled_stage(seen))
    prefix = {"primary": "zp", "junior": "zj"}.get(stage, "z")
    return Line(f'{{ key = "{header}", prefix = "{prefix}" }}')


def _school(name: str, _column: str, what: str, header: str, seen: Seen, coded: bool) -> Line:
    n = int(_cells(seen, header).duplicated().sum()) if name == "schools" else 0
    campuses = f"有 {n} 个重复，像是一校几个校区，请改用各不相同的一列" if n else ""
    if what == "school_code":
        return Line(f'"{header}"', campuses)
    if coded and name != "schools":
        return Line(f'{{ match = "{header}", in = "schools" }}')
    return Line(f'{{ key = "{header}", prefix = "s" }}', campuses)


def _child(name: str, column: str, what: str, header: str, seen: Seen, coded: bool) -> Line:
    if what != "register_no":
        return _pseudonym(name, column, what, header, seen, coded)
    return Line(f'"{header}"', _doubled(name, header, seen))


def _doubled(name: str, header: str, seen: Seen) -> str:
    """Say that numbers which should name one child each do not."""
    n = int(_cells(seen, header).duplicated().sum()) if name in ("roll", "children") else 0
    return f"有 {n} 个重复，不像一人一号，请核对" if n else ""


def _pseudonym(_name: str, _column: str, what: str, header: str, seen: Seen, _coded: bool) -> Line:
    """Write what number a pseudonym is made of: one of the document that another column names, or any number at all."""
    cells = _cells(seen, header)
    doubled = _doubled(_name, header, seen)
    if what == "person_no" and "document" in seen.things:
        return Line(f'{{ pseudonym = "{header}", document = "{seen.things["document"]}" }}', doubled)
    if what == "person_no" or student_numbers.citizens(cells.str.strip()).any():
        return Line(f'{{ pseudonym = "{header}" }}', doubled)
    text = f'{{ pseudonym = "{header}", any = true, why = "不是身份证号" }}'
    return Line(text, doubled or "须全区唯一、各年各表相同，请核对")


def _cells(seen: Seen, header: str) -> pd.Series:
    return seen.table[header].dropna().astype("str")


def _grade(_name: str, _column: str, _what: str, header: str, seen: Seen, _coded: bool) -> Line | None:
    """Write how a grade is made: of its name, or of the year of entry."""
    cells = _cells(seen, header) if header in seen.table else pd.Series(dtype="str")
    even = [unicodedata.normalize("NFKC", cell).strip() for cell in cells]
    if all(columns.grade_in(cell) for cell in even):
        return Line(f'{{ grade_in = "{header}" }}')
    years = [found for cell in even if (found := columns.year(cell))]
    if len(years) == len(even):
        return Line(f'{{ grade_from = "{header}", in_year = {max(map(int, years))} }}', "按入学年份推算，请核对学年")
    return Line(f'{{ grade_in = "{header}" }}', "有的值不像年级，请核对")


def _choice(name: str, column: str, _what: str, header: str, seen: Seen, _coded: bool) -> Line:
    """Take a column of a closed list over; words that are not on it are to be mapped."""
    declared, cells = TABLES[name].columns[column], _cells(seen, header)
    read = cell_types.parse(cells, "choice", words=declared.choices)
    strange = list(dict.fromkeys(cells[read.isna().to_numpy() | ~read.isin(list(declared.choices)).to_numpy()]))
    if not strange:
        return Line(f'"{header}"')
    allowed = "、".join(f"{code} {word}" for code, word in declared.choices.items())
    if len(strange) > _MOST_VALUES:
        return Line('{ is = "", why = "" }', f"「{header}」有 {len(strange)} 种值；可填 {allowed}")
    said = {word: code for word, code in zip(cells, read, strict=True) if code in declared.choices}
    said |= _declared()["words"].get(column, {})
    drafts = {word: said.get(word) or _within(column, word) for word in cells.unique()}
    codes = {word: code if code in declared.choices else "" for word, code in drafts.items()}
    values = ", ".join(f'{json.dumps(word, ensure_ascii=False)} = "{code}"' for word, code in codes.items())
    return Line(f'{{ from = "{header}", values = {{ {values} }} }}', f"每个值对应：{allowed}")


def _within(column: str, word: str) -> str:
    """Draft what a longer word means by the only known one that stands in it, as in 一、公办小学."""
    known = {"stage": headings.STAGES, "sector": _SECTORS}
    codes = {code for part, code in known.get(column, {}).items() if part in word}
    return codes.pop() if len(codes) == 1 else ""


def _day(_name: str, _column: str, what: str, header: str, seen: Seen, _coded: bool) -> Line:
    """Take days over; what is no day is asked about, and a citizen number says a day of birth."""
    if what in ("person_no", "student_no"):
        return Line(f'{{ birth_in = "{header}" }}', f"由「{header}」读出，请核对")
    cells = _cells(seen, header)
    strange = cells[cell_types.parse(cells, "date").isna().to_numpy()]
    remark = f"有 {len(strange)} 个不是日期，如「{strange.iloc[0]}」；没有日的不要这一列" if len(strange) else ""
    return Line(f'"{header}"', remark)


def _sex(name: str, column: str, what: str, header: str, seen: Seen, coded: bool) -> Line:
    """Take the sex over, or read it off a citizen number."""
    if what in ("person_no", "student_no"):
        return Line(f'{{ sex_in = "{header}" }}', f"由「{header}」读出，请核对")
    return _choice(name, column, what, header, seen, coded)


def _address(_name: str, _column: str, _what: str, header: str, *_: object) -> Line:
    return Line(f'{{ address = "{header}" }}', "要先有小区表 units，写在前面")


def _first(_name: str, _column: str, _what: str, header: str, seen: Seen, _coded: bool) -> Line | None:
    """Take an order over where it is written in numbers."""
    cells = _cells(seen, header)
    return Line(f'"{header}"') if len(cells) and cells.str.fullmatch(r"\d+").all() else None


def _entered(_name: str, _column: str, what: str, header: str, seen: Seen, _coded: bool) -> Line:
    """Write in which September children enter, by the months they were born in."""
    if what == "year":
        return Line(f'{{ year_of = "{header}" }}')
    values = ", ".join(f"{json.dumps(word, ensure_ascii=False)} = {year}" for word, year in _spans(seen).items())
    return Line(f'{{ from = "{header}", values = {{ {values} }} }}', "满六周岁（截至八月末）那年的九月入学，请核对")


def _term(_name: str, _column: str, what: str, header: str, _seen: Seen, _coded: bool) -> Line:
    """Take a school year over; a year that may be that of entry is asked about."""
    sure = what == "term" or header in (pieces.FILE, pieces.SHEET)
    return Line(f'{{ year_of = "{header}" }}', "" if sure else "是学年，还是入学、招生的年份，请核对")


def _spans(seen: Seen) -> dict[str, int]:
    return headings.spans(map(str, seen.table.columns), seen.words)


_WAYS: dict[str, Callable[..., Line | None]] = {
    "copy": _copy,
    "actual": _actual,
    "pseudonym": _pseudonym,
    "zone": _zone,
    "unit": _made('{ key = "%", prefix = "u" }'),
    "year": _made('{ year_of = "%" }'),
    "term": _term,
    "number": _made('{ number_in = "%" }'),
    "address": _address,
    "day": _day,
    "sex": _sex,
    "size": _planned,
    "planned": _planned,
    "code": _copy,
    "person": _copy,
    "school": _school,
    "child": _child,
    "grade": _grade,
    "choice": _choice,
    "first": _first,
    "entered": _entered,
}


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
    if not header and _titled_stage(seen):
        return f'{{ is = {_SIZES[_titled_stage(seen)]}, why = "国家标准班额" }}'
    stages = list(dict.fromkeys(_cells(seen, header))) if header else []
    if not stages or not set(stages) <= set(_STAGE_SIZES):
        return ""
    values = ", ".join(f'"{stage}" = {_STAGE_SIZES[stage]}' for stage in stages)
    return f'{{ from = "{header}", values = {{ {values} }} }}'
