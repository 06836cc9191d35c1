"""One column of ours made of theirs: taken over, mapped, computed by a named formula, or constant with a reason.

Comes in: a rule and a piece. Goes out: text on the rows of the piece. What stands there and is not understood is a
fault with its cell; nothing becomes a blank for want of a reading.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from hashlib import sha256

import numpy as np
import pandas as pd

from zhaosheng_analysis.geodata import datums
from zhaosheng_analysis.geodata import names as bearers
from zhaosheng_analysis.ingest import addresses, cell_words, documents, plan_cells, pseudonyms
from zhaosheng_analysis.ingest.answers import NOBODY, Answers, alike
from zhaosheng_analysis.ingest.pieces import Piece
from zhaosheng_analysis.ingest.recipes import Rule
from zhaosheng_analysis.schema import SIX_THREE, TABLES, Faults, SchoolSystem, cell_types, names, student_numbers

_SHORT = 10  # hexadecimal digits of an id made from a name


@dataclass
class Kitchen:
    """What the rules of all tables share while a recipe is run.

    Attributes
    ----------
    made : dict of str to DataFrame
        Tables that are made already, for names to be matched with.
    answers : Answers
        What was decided.
    secret : bytes
        The key of the pseudonyms; empty where none are made.
    faults : Faults
        What is wrong.
    notes : list of str
        What was worked out rather than read.
    row_names : list of (str, str)
        Of every row that was made: file and sheet, and which row of them; the index of the tables counts them.
    district : str
        Name of the district; "" where the recipe does not say it.
    shift : tuple of float, optional
        Three parameters of the county for layers of an old national datum.
    system : SchoolSystem
        Which grades belong to which stage there.
    """

    made: Mapping[str, pd.DataFrame]
    answers: Answers
    secret: bytes
    faults: Faults
    notes: list[str] = field(default_factory=list)
    row_names: list[tuple[str, str]] = field(default_factory=list)
    district: str = ""
    shift: datums.Shift | None = None
    system: SchoolSystem = SIX_THREE


def made(rule: Rule, piece: Piece, title: str, kitchen: Kitchen) -> pd.Series:
    """Make one column.

    Parameters
    ----------
    rule : Rule
        How.
    piece : Piece
        Of what.
    title : str
        How messages call the column.
    kitchen : Kitchen
        Decisions, key, tables made before; faults are noted there.

    Returns
    -------
    Series of object
        Text, or lists of ids where a name means several; by position, on the index of the piece.
    """
    cells = _WAYS[rule.way](rule, piece, title, kitchen)
    return pd.Series(np.asarray(cells, dtype="object"), index=piece.table.index, dtype="object")


def _from(rule: Rule, piece: Piece, title: str, kitchen: Kitchen) -> pd.Series | list[str | None]:
    """Take a column over, or map its values; one that is not in the map is a fault."""
    cells = piece.table[rule.what]
    values = {names.plain(str(said)): value for said, value in rule.more.get("values", {}).items()}
    if not values:
        return cells
    other = rule.more.get("else")
    mapped = {cell: _mapped(names.plain(cell), values) for cell in cells.dropna().unique()}
    strange = cells[[mapped.get(cell, "") is None for cell in cells]]
    if len(strange) and other is None:
        allowed = "、".join(map(str, rule.more["values"]))
        found = f"列「{rule.what}」有 {len(strange)} 处不在对照表里：{piece.some(rule.what, strange)}"
        kitchen.faults.add(piece.where, found, f"{title}已写的有 {allowed}", "请在 values 里补上，或用 else 写明")
    mapped = {cell: other if value is None else value for cell, value in mapped.items()}
    return [None if pd.isna(cell) or mapped[cell] is None else cell_text(mapped[cell]) for cell in cells]


def _mapped(word: str, values: Mapping[str, object]) -> object | None:
    """Return what a word is mapped to: by itself, else by the first pattern with a star that fits."""
    if word in values:
        return values[word]
    return next((value for said, value in values.items() if "*" in said and fnmatchcase(word, said)), None)


def _is(rule: Rule, piece: Piece, _title: str, _kitchen: Kitchen) -> list[str]:
    return [cell_text(rule.what)] * len(piece.table)


def cell_text(value: object) -> str:
    """Write a constant of the recipe as a cell.

    Parameters
    ----------
    value : object
        Text, number, date or yes and no.

    Returns
    -------
    str
        Its text.
    """
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)


def _numbers(part: object, piece: Piece, title: str, kitchen: Kitchen) -> np.ndarray:
    """Return a column, or one number, as numbers; blank cells are missing, others that are none are faults."""
    if not isinstance(part, str):
        return np.full(len(piece.table), float(part))
    cells = piece.table[part]
    read = cell_types.parse(cells.str.replace(r"[人班个名套]$", "", regex=True), "number")
    strange = cells[cells.notna().to_numpy() & read.isna().to_numpy()]
    if len(strange):
        found = f"列「{part}」有 {len(strange)} 处不是数字：{piece.some(part, strange)}"
        kitchen.faults.add(piece.where, found, f"{title}由它算出", "请更正，或在 blank 里写明是空白")
    return read.to_numpy(dtype=float)


def _counted(combine: Callable) -> Callable:
    """Make a way that combines several columns of numbers into whole numbers."""

    def way(rule: Rule, piece: Piece, title: str, kitchen: Kitchen) -> list[str | None]:
        parts = [_numbers(part, piece, title, kitchen) for part in rule.what]
        with np.errstate(divide="ignore", invalid="ignore"):
            combined = combine(parts)
        kitchen.notes.append(f"{title}由{'、'.join(map(str, rule.what))}算出：{rule.more.get('why', '')}")
        other = None if "else" not in rule.more else cell_text(rule.more["else"])
        blank = int((~np.isfinite(combined)).sum())
        if blank and other is not None:
            kitchen.notes.append(f"{title}为推算：{blank} 行算不出，按 {other} 计")
        combined = np.maximum(combined, float(rule.more.get("least", -np.inf)))
        return [str(int(np.floor(value + 0.5))) if np.isfinite(value) else other for value in combined]

    return way


def _join(rule: Rule, piece: Piece, _title: str, _kitchen: Kitchen) -> list[str | None]:
    """Join the texts of several columns; blanks are left out."""
    rows = zip(*(piece.table[part] for part in rule.what), strict=True)
    joined = [rule.more.get("with", "").join(str(cell) for cell in row if not pd.isna(cell)) for row in rows]
    return [text or None for text in joined]


def _read_each(
    header: str, piece: Piece, title: str, kitchen: Kitchen, read: Callable[[str], str | None], allowed: str
) -> list[str | None]:
    """Read every cell of a column by a function; one that gives nothing is a fault."""
    cells = piece.table[header]
    read_cells = [None if pd.isna(cell) else read(unicodedata.normalize("NFKC", cell).strip()) for cell in cells]
    lost = np.array([word is None for word in read_cells], dtype=bool) & cells.notna().to_numpy()
    if lost.any():
        found = f"列「{header}」有 {lost.sum()} 处不能识别：{piece.some(header, cells[lost])}"
        kitchen.faults.add(piece.where, found, f"{title}：{allowed}", "请更正")
    return read_cells


def _year_of(rule: Rule, piece: Piece, title: str, kitchen: Kitchen) -> list[str | None]:
    return _read_each(rule.what, piece, title, kitchen, cell_words.year, "须写着一个四位的年份")


def _grade_from(rule: Rule, piece: Piece, title: str, kitchen: Kitchen) -> list[str | None]:
    """Return the grade in a school year from the year of entry."""

    def grade(text: str) -> str | None:
        entered = cell_words.year(text)
        number = rule.more["in_year"] - int(entered) + 1 + int(rule.more.get("add", 0)) if entered else 0
        return str(number) if 1 <= number <= 9 else None

    return _read_each(rule.what, piece, title, kitchen, grade, f"须为 {rule.more['in_year']} 学年在校的入学年份")


def _grade_in(rule: Rule, piece: Piece, title: str, kitchen: Kitchen) -> list[str | None]:
    grade = partial(cell_words.grade_in, system=kitchen.system)
    return _read_each(rule.what, piece, title, kitchen, grade, "须为一个年级，如 三年级、小学三年级、初一、三(2)班")


def _number_in(rule: Rule, piece: Piece, title: str, kitchen: Kitchen) -> list[str | None]:
    return _read_each(rule.what, piece, title, kitchen, cell_words.number_in, "须为一个班号或年级，如 3班、一(3)班")


def _enters_in(rule: Rule, piece: Piece, title: str, kitchen: Kitchen) -> list[str | None]:
    allowed = "须为出生的年月或日期，如 2019年9月、2019-09-01"
    return _read_each(rule.what, piece, title, kitchen, cell_words.enters, allowed)


def _planned(name: str) -> Callable:
    """Make a way that reads one of the numbers a cell of a plan names."""
    allowed = "如 4个班180人、4个班（每班45人）"

    def read(rule: Rule, piece: Piece, title: str, kitchen: Kitchen) -> list[str | None]:
        def number(cell: str) -> str | None:
            return str(plan_cells.said(cell)[name]) if name in plan_cells.said(cell) else None

        return _read_each(rule.what, piece, title, kitchen, number, allowed)

    return read


def _key(rule: Rule, piece: Piece, _title: str, _kitchen: Kitchen) -> list[str | None]:
    """Make an id of a name, the same in every file and year."""
    headers = rule.what if isinstance(rule.what, tuple) else (rule.what,)
    prefix = rule.more.get("prefix", "x")
    rows = zip(*(piece.table[header] for header in headers), strict=True)
    return [_id_of(row, prefix) for row in rows]


def _id_of(words: tuple, prefix: str) -> str | None:
    if all(pd.isna(word) for word in words):
        return None
    even = "\x1f".join("" if pd.isna(word) else "".join(names.plain(str(word)).split()) for word in words)
    return prefix + sha256(even.encode()).hexdigest()[:_SHORT]


def _pseudonym(rule: Rule, piece: Piece, _title: str, kitchen: Kitchen) -> list[str | None]:
    """Make pseudonyms of numbers; a number that cannot be one is a fault, and never shown whole."""
    cells = piece.table[rule.what]
    even = cells.map(
        lambda cell: None if pd.isna(cell) else "".join(unicodedata.normalize("NFKC", cell).upper().split())
    )
    even = pd.Series(even.tolist(), index=cells.index, dtype="str")
    for other in (rule.more["or"],) if isinstance(rule.more.get("or"), str) else rule.more.get("or", ()):
        even = even.where(even.notna(), piece.table[other])
    blank = even[even.isna()]
    if len(blank):
        found = f"列「{rule.what}」有 {len(blank)} 行空白：{piece.some(rule.what, blank)}"
        kitchen.faults.add(piece.where, found, "没有号码就没有化名", '请补上，或用 or = "…" 写明另用哪一列')
    if not rule.more.get("any"):
        _judge_numbers(even.where(cells.notna()), rule, piece, kitchen)
    return [None if pd.isna(number) else pseudonyms.of(number, kitchen.secret) for number in even]


def _judge_numbers(numbers: pd.Series, rule: Rule, piece: Piece, kitchen: Kitchen) -> None:
    """Note numbers that are no citizen number, or none of the document they are said to be of; shown masked."""
    header, typed = rule.what, rule.more.get("document")
    words = piece.table[typed] if typed else pd.Series(None, numbers.index, dtype="str")
    kinds = words.map(lambda word: "" if pd.isna(word) else documents.kind(word))
    unknown = words[words.notna() & (kinds == "")]
    if len(unknown):
        found = f"列「{typed}」有 {len(unknown)} 处不认识的证件类型：{piece.some(typed, unknown)}"
        kitchen.faults.add(piece.where, found, "如 居民身份证、护照、港澳居民来往内地通行证、其他", "请更正")
    strange = numbers[~documents.fits(numbers, kinds) & ~numbers.index.isin(unknown.index)]
    if len(strange):
        shown = piece.some(header, student_numbers.masked(strange))
        if typed:
            found, allowed = f"列「{header}」有 {len(strange)} 处与「{typed}」不符：{shown}", "须为这种证件的号码"
        else:
            found = f"列「{header}」有 {len(strange)} 处不是身份证号（位数、日期或校验码不符）：{shown}"
            allowed = "须为 18 位身份证号或 999 开头的临时号"
        remedy = "请核对；本来就是别的号码的，写 any = true 并写明 why"
        if not typed:
            remedy += '；有护照、港澳台证件的，用 document = "…" 写明证件类型在哪一列'
        kitchen.faults.add(piece.where, found, allowed, remedy)


def _in_number(read: Callable[[str], str]) -> Callable:
    """Make a way that reads what a citizen number says of its bearer; the numbers themselves are never shown."""

    def way(rule: Rule, piece: Piece, title: str, kitchen: Kitchen) -> list[str | None]:
        cells = piece.table[rule.what]
        even = cells.str.normalize("NFKC").str.upper().str.replace(r"\s", "", regex=True).str.removeprefix("G")
        valid = student_numbers.citizens(even) & even.notna()
        strange = cells[cells.notna() & ~valid]
        if len(strange):
            shown = piece.some(rule.what, student_numbers.masked(strange))
            found = f"列「{rule.what}」有 {len(strange)} 处不是身份证号：{shown}"
            kitchen.faults.add(piece.where, found, f"{title}要由它读出", "请核对，或另写一列")
        kitchen.notes.append(f"{title}由「{rule.what}」读出")
        return [read(number) if fits else None for number, fits in zip(even, valid, strict=True)]

    return way


def _match(rule: Rule, piece: Piece, title: str, kitchen: Kitchen) -> list:
    """Find the ids that names mean: by id, name or alias, else by decision; the rest is asked."""
    table, key = rule.more["in"], TABLES[rule.more["in"]].key[0]
    layer = kitchen.made.get(table)
    if layer is None:
        kitchen.faults.add(
            piece.where, f"{title}要与「{table}」对照，而「{table}」还没有整理出来", "", "请把它写在前面"
        )
        return [None] * len(piece.table)
    for column, value in rule.more.get("where", {}).items():
        wanted = {value} if isinstance(value, str) else set(value)
        layer = layer[layer[column].isin(wanted)]
    borne, called = bearers.bearers(layer, key), _called(layer, key)
    cells = piece.table[rule.what]
    words = dict.fromkeys(cells.dropna())
    said = {word: _meant(word, borne, called, table, rule, kitchen, piece, cells) for word in words}
    return [None if pd.isna(cell) else said[cell] for cell in cells]


def _called(layer: pd.DataFrame, key: str) -> dict[str, str]:
    """Return ids with the name each bears, as a person can answer with them."""
    called = layer["name"] if "name" in layer else layer[key]
    return {one: f"{one} {name}" for one, name in zip(layer[key], called, strict=True)}


def _decided(answer: str, borne: Mapping[str, list[str]]) -> str:
    """Return the id that was decided on; a name that one thing bears is as good as its id."""
    ids = bearers.meant(answer, borne)
    return ids[0] if len(ids) == 1 and answer != NOBODY else answer


def _meant(
    word: str,
    borne: Mapping[str, list[str]],
    called: Mapping[str, str],
    table: str,
    rule: Rule,
    kitchen: Kitchen,
    piece: Piece,
    cells: pd.Series,
) -> str | list[str] | None:
    """Return what one name means: an id, several where that is wanted, 无, or None where it is asked."""
    decided = kitchen.answers.of(table, word)
    if decided:
        return _decided(decided, borne)
    ids = bearers.meant(word, borne) or _with_district(word, borne, kitchen)
    if len(ids) == 1:
        return ids[0]
    if ids and rule.more.get("all"):
        return ids
    hint = "；".join(called.get(one, one) for one in ids) if ids else alike(word, borne)
    kitchen.answers.ask(table, word, hint, f"{piece.where} {piece.some(rule.what, cells[cells == word])}")
    return None


def _with_district(word: str, borne: Mapping[str, list[str]], kitchen: Kitchen) -> list[str]:
    """Return what bears a name with the district's own before it, or without: 第一小学 in 某县 is 某县第一小学."""
    own = kitchen.district
    others = (own + word, word.removeprefix(own)) if own else ()
    ids = list(dict.fromkeys(one for name in others if name != word for one in bearers.meant(name, borne)))
    if len(ids) == 1:
        kitchen.notes.append(f"「{word}」认作{'、'.join(name for name in others if bearers.meant(name, borne))}")
    return ids


def _address(rule: Rule, piece: Piece, title: str, kitchen: Kitchen) -> list:
    """Find the units that addresses lie in; doubtful ones are asked, and stay blank until they are answered."""
    units = kitchen.made.get("units")
    if units is None:
        kitchen.faults.add(piece.where, f"{title}要与「units」对照，而它还没有整理出来", "", "请把它写在前面")
        return [None] * len(piece.table)
    beside = (kitchen.made.get(name) for name in ("doors", "areas", "streets"))
    book = addresses.book(units, *beside, district=kitchen.district)
    matched, cells, count = [], piece.table[rule.what], {"certain": 0, "doubtful": 0, "unmatched": 0, "decided": 0}
    borne, called = bearers.bearers(units, "unit_id"), _called(units, "unit_id")
    for cell in cells:
        if pd.isna(cell):
            matched.append(None)
            continue
        decided = kitchen.answers.of("addresses", cell)
        match = addresses.find(cell, book)
        count["decided" if decided else match.verdict] += 1
        if not decided and match.verdict == "doubtful":
            hint = "；".join(called.get(one, one) for one in match.units)
            kitchen.answers.ask("addresses", cell, hint, f"{piece.where}「{rule.what}」")
        own = None if decided == NOBODY else _decided(decided, borne)
        matched.append(own or (match.units[0] if match.verdict == "certain" else None))
    kitchen.notes.append(
        f"{title}由「{rule.what}」对照：确定 {count['certain']}，已决定 {count['decided']}，"
        f"待定 {count['doubtful']}，对不上 {count['unmatched']}"
    )
    return matched


def _share(rule: Rule, piece: Piece, title: str, kitchen: Kitchen) -> list[str | None]:
    """Spread a total of one row of theirs evenly over the rows of ours made of it; the parts add up to it."""
    total = _numbers(rule.what, piece, title, kitchen) * float(rule.more.get("times", 1))
    rows = pd.Series(piece.table.index)
    at, size = rows.groupby(rows).cumcount().to_numpy(), rows.groupby(rows).transform("size").to_numpy()
    whole = np.floor(total + 0.5)
    part = np.floor((at + 1) * whole / size) - np.floor(at * whole / size)
    kitchen.notes.append(f"{title}为推算，由「{rule.what}」平均摊开：{rule.more['why']}")
    return [None if not np.isfinite(value) else str(int(value)) for value in part]


_WAYS: dict[str, Callable] = {
    "from": _from,
    "is": _is,
    "join": _join,
    "year_of": _year_of,
    "grade_from": _grade_from,
    "number_in": _number_in,
    "enters_in": _enters_in,
    "classes_in": _planned("classes_n"),
    "seats_in": _planned("seats_n"),
    "size_in": _planned("class_size_n"),
    "grade_in": _grade_in,
    "birth_in": _in_number(lambda number: f"{number[6:10]}-{number[10:12]}-{number[12:14]}"),
    "sex_in": _in_number(lambda number: "男" if int(number[16]) % 2 else "女"),
    "product": _counted(lambda parts: np.prod(parts, axis=0)),
    "sum": _counted(lambda parts: np.sum(parts, axis=0)),
    "quotient": _counted(lambda parts: parts[0] / parts[1]),
    "key": _key,
    "pseudonym": _pseudonym,
    "match": _match,
    "address": _address,
    "share": _share,
}
