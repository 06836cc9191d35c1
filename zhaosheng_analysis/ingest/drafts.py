"""How one column of a table of ours may be made of what was seen: a line of a recipe, with what is not sure marked."""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from zhaosheng_analysis import disk
from zhaosheng_analysis.ingest import cell_words, headings, pieces, plan_cells
from zhaosheng_analysis.ingest.seeing import Seen
from zhaosheng_analysis.schema import TABLES, cell_types, quoted, student_numbers

_SECTORS = {"公办": "public", "民办": "private"}
_GUESSED = "按文件名或标题猜的，请核对"
_MOST_VALUES = 12
_MOST_CLASSES = 30  # of one intake; more are pupils
_NAMED = {"classes_n": "classes_in", "seats_n": "seats_in", "class_size_n": "size_in"}
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


def line(name: str, column: str, way: str, found: list[str], seen: Seen, *, coded: bool) -> Line | None:
    """Write how one column is made of the first thing that was seen.

    Parameters
    ----------
    name : str
        A table of ours.
    column : str
        Its column.
    way : str
        How it is made, of those that proposals.toml names.
    found : list of str
        What was seen that it can be made of, the best first; [] for nothing.
    seen : Seen
        The table of theirs.
    coded : bool
        Whether names of schools are matched with another table of the folder.

    Returns
    -------
    Line or None
        None where there is nothing to make it of.
    """
    people = next((seen.things[what] for what in ("seats", "pupils") if what in seen.things), "")
    classes = next((seen.things[what] for what in ("plan_classes", "classes") if what in seen.things), "")
    if way == "size" and not found and people and classes:
        pair = json.dumps([people, classes], ensure_ascii=False)
        return Line(f'{{ quotient = {pair}, why = "人数除以班数" }}', "请核对")
    if way in ("year", "term") and not found:
        named = headings.year(seen.words)
        return Line(f'{{ is = {named}, why = "文件名或标题" }}', _GUESSED) if named else None
    if column == "stage" and not found:
        stage = titled_stage(seen)
        return Line(f'{{ is = "{stage}", why = "文件名或标题" }}', _GUESSED) if stage else None
    if column == "sector" and not found:
        sectors = [code for word, code in _SECTORS.items() if word in seen.words]
        return Line(f'{{ is = "{sectors[0]}", why = "文件名或标题" }}', _GUESSED) if len(sectors) == 1 else None
    if not found:
        return None
    header = seen.things[found[0]]
    if column == "seats_n" and found[0] == "pupils" and _PRESENT.search(header):
        return None
    made = _WAYS[way](name, column, found[0], header, seen, coded)
    if made is not None and not made.remark and found[0] in seen.by_content:
        guess = "没有写是户籍还是常住" if found[0] in ("hukou_births", "births") else "按内容认的"
        return replace(made, remark=f"{guess}，请核对")
    if made is not None and not made.remark and found[0] in seen.rivals:
        return replace(made, remark=f"有几列都像：{'、'.join(seen.rivals[found[0]][:4])}，请选一列")
    return made


def titled_stage(seen: Seen) -> str:
    """Return the only stage that title, sheet and file name.

    Parameters
    ----------
    seen : Seen
        A table.

    Returns
    -------
    str
        "" where they name none, or both.
    """
    named = [code for word, code in headings.STAGES.items() if word in seen.words]
    return named[0] if len(named) == 1 else ""


def _copy(_name: str, _column: str, _what: str, header: str, *_: object) -> Line:
    return Line(quoted(header))


def _planned(_name: str, column: str, what: str, header: str, seen: Seen, _coded: bool) -> Line | None:
    """Take a number of a plan over: of a column of its own, or out of cells that name classes and pupils together."""
    if what != "plan":
        return Line(quoted(header))
    written = cells(seen, header)
    if len(written) and all(column in plan_cells.said(cell) for cell in written):
        return Line(f"{{ {_NAMED[column]} = {quoted(header)} }}")
    numbers = pd.to_numeric(written, errors="coerce")
    fits = {"classes_n": numbers <= _MOST_CLASSES, "seats_n": numbers > _MOST_CLASSES}.get(column)
    return None if fits is None or not fits.all() else Line(quoted(header), "是班数还是人数，请核对")


def _actual(_name: str, _column: str, what: str, header: str, *_: object) -> Line:
    return Line(quoted(header), "是实有人数，还是标准班额，请核对" if what == "size" else "")


def _made(text: str) -> Callable[..., Line]:
    return lambda _name, _column, _what, header, *_: Line(text.replace("%", header))


def _zone(_name: str, _column: str, _what: str, header: str, seen: Seen, _coded: bool) -> Line:
    # A school of nine years has a zone of each stage.
    stage = seen.said.get("stage", "") or ("" if "stage" in seen.things else titled_stage(seen))
    prefix = {"primary": "zp", "junior": "zj"}.get(stage, "z")
    return Line(f'{{ key = {quoted(header)}, prefix = "{prefix}" }}')


def _school(name: str, _column: str, what: str, header: str, seen: Seen, coded: bool) -> Line:
    n = int(cells(seen, header).duplicated().sum()) if name == "schools" else 0
    campuses = f"有 {n} 个重复，像是一校几个校区，请改用各不相同的一列" if n else ""
    if what == "school_code":
        return Line(quoted(header), campuses)
    if coded and name != "schools":
        return Line(f'{{ match = {quoted(header)}, in = "schools" }}')
    return Line(f'{{ key = {quoted(header)}, prefix = "s" }}', campuses)


def _child(name: str, column: str, what: str, header: str, seen: Seen, coded: bool) -> Line:
    if what != "register_no":
        return _pseudonym(name, column, what, header, seen, coded)
    return Line(quoted(header), _doubled(name, header, seen))


def _doubled(name: str, header: str, seen: Seen) -> str:
    """Say that numbers which should name one child each do not."""
    n = int(cells(seen, header).duplicated().sum()) if name in ("roll", "children") else 0
    return f"有 {n} 个重复，不像一人一号，请核对" if n else ""


def _pseudonym(_name: str, _column: str, what: str, header: str, seen: Seen, _coded: bool) -> Line:
    """Write what number a pseudonym is made of: one of the document that another column names, or any number at all."""
    written = cells(seen, header)
    doubled = _doubled(_name, header, seen)
    if what == "person_no" and "document" in seen.things:
        return Line(f'{{ pseudonym = {quoted(header)}, document = "{seen.things["document"]}" }}', doubled)
    if what == "person_no" or student_numbers.citizens(written.str.strip()).any():
        return Line(f"{{ pseudonym = {quoted(header)} }}", doubled)
    text = f'{{ pseudonym = {quoted(header)}, any = true, why = "不是身份证号" }}'
    return Line(text, doubled or "须全区唯一、各年各表相同，请核对")


def cells(seen: Seen, header: str) -> pd.Series:
    """Return what stands in a column, as text.

    Parameters
    ----------
    seen : Seen
        A table.
    header : str
        Its column.

    Returns
    -------
    Series of str
        Without blanks.
    """
    return seen.table[header].dropna().astype("str")


def _grade(_name: str, _column: str, what: str, header: str, seen: Seen, _coded: bool) -> Line | None:
    """Write how a grade is made: of its name, or of the year of entry."""
    written = cells(seen, header) if header in seen.table else pd.Series(dtype="str")
    even = [unicodedata.normalize("NFKC", cell).strip() for cell in written]
    if all(cell_words.grade_in(cell) for cell in even):
        return Line(f"{{ grade_in = {quoted(header)} }}")
    if what == "class":
        return None  # 1班 says no grade
    years = [found for cell in even if (found := cell_words.year(cell))]
    if len(years) == len(even):
        return Line(
            f"{{ grade_from = {quoted(header)}, in_year = {max(map(int, years))} }}", "按入学年份推算，请核对学年"
        )
    return Line(f"{{ grade_in = {quoted(header)} }}", "有的值不像年级，请核对")


def _choice(name: str, column: str, _what: str, header: str, seen: Seen, _coded: bool) -> Line:
    """Take a column of a closed list over; words that are not on it are to be mapped."""
    declared, written = TABLES[name].columns[column], cells(seen, header)
    read = cell_types.parse(written, "choice", words=declared.choices)
    strange = list(dict.fromkeys(written[read.isna().to_numpy() | ~read.isin(list(declared.choices)).to_numpy()]))
    if not strange:
        return Line(quoted(header))
    allowed = "、".join(f"{code} {word}" for code, word in declared.choices.items())
    if len(strange) > _MOST_VALUES:
        return Line('{ is = "", why = "" }', f"「{header}」有 {len(strange)} 种值；可填 {allowed}")
    said = {word: code for word, code in zip(written, read, strict=True) if code in declared.choices}
    said |= disk.own("ingest", "proposals.toml")["words"].get(column, {})
    drafts = {word: said.get(word) or _within(column, word) for word in written.unique()}
    codes = {word: code if code in declared.choices else "" for word, code in drafts.items()}
    values = ", ".join(f'{json.dumps(word, ensure_ascii=False)} = "{code}"' for word, code in codes.items())
    return Line(f"{{ from = {quoted(header)}, values = {{ {values} }} }}", f"每个值对应：{allowed}")


def _within(column: str, word: str) -> str:
    """Draft what a longer word means by the only known one that stands in it, as in 一、公办小学."""
    known = {"stage": headings.STAGES, "sector": _SECTORS}
    codes = {code for part, code in known.get(column, {}).items() if part in word}
    return codes.pop() if len(codes) == 1 else ""


def _day(_name: str, _column: str, what: str, header: str, seen: Seen, _coded: bool) -> Line:
    """Take days over; what is no day is asked about, and a citizen number says a day of birth."""
    if what in ("person_no", "student_no"):
        return Line(f"{{ birth_in = {quoted(header)} }}", f"由「{header}」读出，请核对")
    written = cells(seen, header)
    strange = written[cell_types.parse(written, "date").isna().to_numpy()]
    remark = f"有 {len(strange)} 个不是日期，如「{strange.iloc[0]}」；没有日的不要这一列" if len(strange) else ""
    return Line(quoted(header), remark)


def _sex(name: str, column: str, what: str, header: str, seen: Seen, coded: bool) -> Line:
    """Take the sex over, or read it off a citizen number."""
    if what in ("person_no", "student_no"):
        return Line(f"{{ sex_in = {quoted(header)} }}", f"由「{header}」读出，请核对")
    return _choice(name, column, what, header, seen, coded)


def _address(_name: str, _column: str, _what: str, header: str, *_: object) -> Line:
    return Line(f"{{ address = {quoted(header)} }}", "要先有小区表 units，写在前面")


def _first(_name: str, _column: str, _what: str, header: str, seen: Seen, _coded: bool) -> Line | None:
    """Take an order over where it is written in numbers."""
    written = cells(seen, header)
    return Line(quoted(header)) if len(written) and written.str.fullmatch(r"\d+").all() else None


def _entered(_name: str, _column: str, what: str, header: str, seen: Seen, _coded: bool) -> Line:
    """Write in which September children enter, by the months they were born in."""
    if what == "birth":
        return Line(f"{{ enters_in = {quoted(header)} }}", "满六周岁（截至八月末）那年的九月入学，请核对")
    if what == "year":
        return Line(f"{{ year_of = {quoted(header)} }}")
    values = ", ".join(f"{json.dumps(word, ensure_ascii=False)} = {year}" for word, year in _spans(seen).items())
    return Line(
        f"{{ from = {quoted(header)}, values = {{ {values} }} }}", "满六周岁（截至八月末）那年的九月入学，请核对"
    )


def _term(_name: str, _column: str, what: str, header: str, _seen: Seen, _coded: bool) -> Line:
    """Take a school year over; a year that may be that of entry is asked about."""
    sure = what == "term" or header in (pieces.FILE, pieces.SHEET)
    return Line(f"{{ year_of = {quoted(header)} }}", "" if sure else "是学年，还是入学、招生的年份，请核对")


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
