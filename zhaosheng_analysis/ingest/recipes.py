"""The file of decisions: which files, which rows, which column of ours is which column of theirs, and why.

Comes in: ingest.toml. Goes out: a `Recipe`, or every fault of the file at once. Nothing is read of the sources yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyproj

from zhaosheng_analysis import disk
from zhaosheng_analysis.geodata import datums
from zhaosheng_analysis.schema import TABLES, DataError, Faults, keys

_EXPECTED = "须为写明各列用途的文件（TOML 写法，见 导入.md 的「全部写法」）"
Texts = keys.Strings
#: How a column of ours is made: by which word the way is told -> what else may be said with it.
WAYS: dict[str, tuple[str, ...]] = {
    "from": ("values", "else", "why"),
    "is": ("why",),
    "product": ("else", "least", "why"),
    "sum": ("else", "least", "why"),
    "quotient": ("else", "least", "why"),
    "join": ("with",),
    "grade_from": ("in_year", "add"),
    "number_in": (),
    "grade_in": (),
    "enters_in": (),
    "classes_in": (),
    "seats_in": (),
    "size_in": (),
    "birth_in": (),
    "sex_in": (),
    "year_of": (),
    "key": ("prefix",),
    "pseudonym": ("or", "document", "any", "why"),
    "match": ("in", "where", "all", "why"),
    "address": ("why",),
    "share": ("times", "why"),
}
_ASK_WHY = ("is", "product", "quotient", "share")
_LISTS = ("product", "sum", "quotient", "join")
_SOURCE = {
    "sheet": str,
    "header": int,
    "fill_down": Texts,
    "stop": Texts,
    "keep": keys.Table,
    "leave": keys.Table,
    "explode": str,
    "append": Texts,
    "gather": str,
    "section": str,
    "melt": keys.Table,
    "blank": Texts,
    "encoding": str,
    "datum": str,
    "crs": str,
    "north_first": bool,
    "layer": str,
    "rest": str,
}
_MAKING = {
    "each": tuple[keys.Table, ...],
    "skip_blank": str,
    "distinct": bool,
    "dissolve": bool,
    "total": bool,
    "fills": bool,
    "point": Texts,
    "hull": Texts,
    "cells": Texts,
    "union": str,
    "repair": bool,
    "close": bool,
    "no_shape": str,
    "only_known": str,
}
_TOP = {
    "about": keys.Table,
    "empty": Texts,
    "rest": str,
    "key_file": str,
    "decisions": str,
    "sources": tuple[keys.Table, ...],
}
DECISIONS = "decisions.csv"


@dataclass(frozen=True)
class Rule:
    """How one column is made.

    Attributes
    ----------
    way : str
        One of `WAYS`.
    what : object
        A header, a list of headers and numbers, or a constant.
    more : mapping of str to object
        What else is said.
    """

    way: str
    what: Any
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of theirs it reads."""
        if self.way == "is":
            return ()
        own = self.what if isinstance(self.what, tuple) else (self.what,)
        other = self.more.get("or", ())
        others = ((other,) if isinstance(other, str) else tuple(other)) + (self.more.get("document"),)
        return tuple(part for part in (*own, *others) if isinstance(part, str))


@dataclass(frozen=True)
class Making:
    """How rows of one table are made of the rows of one source.

    Attributes
    ----------
    table : str
        Name of the table.
    rules : mapping of str to Rule
        Column of ours -> how it is made.
    each : tuple of mapping of str to Rule
        One more row of ours for each of these, where columns stand side by side; empty where a row is a row.
    options : mapping of str to object
        The other things said: point, dissolve, distinct and so on.
    """

    table: str
    rules: Mapping[str, Rule]
    each: tuple[Mapping[str, Rule], ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of theirs it reads."""
        rules = [*self.rules.values(), *(rule for part in self.each for rule in part.values())]
        places = [self.options.get(name, ()) for name in ("point", "hull", "cells")]
        single = [self.options[name] for name in ("skip_blank", "union") if name in self.options]
        headers = [header for rule in rules for header in rule.headers]
        return tuple(dict.fromkeys([*headers, *(header for place in places for header in place), *single]))


@dataclass(frozen=True)
class Source:
    """Some files of theirs that are alike, and what is made of them.

    Attributes
    ----------
    files : str
        Which files, as a pattern relative to the folder of the recipe.
    options : mapping of str to object
        How they are read: sheet, header, fill_down, stop, keep, leave, explode, melt, blank, encoding, datum, crs, …
    makings : tuple of Making
        The tables made of them.
    """

    files: str
    options: Mapping[str, Any]
    makings: tuple[Making, ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of theirs it reads, those that a reshaping makes left out."""
        melt = self.options.get("melt", {})
        made = {melt.get("into"), melt.get("value"), self.options.get("section")}
        asked = [header for making in self.makings for header in making.headers if header not in made]
        asked += [*self.options.get("keep", {}), *self.options.get("leave", {}), *self.options.get("fill_down", ())]
        columns = melt.get("columns", ())
        asked += [column for column in ([columns] if isinstance(columns, str) else columns) if "*" not in column]
        asked += [self.options[name] for name in ("explode", "gather") if name in self.options]
        asked += self.options.get("append", ())
        return tuple(dict.fromkeys(asked))


@dataclass(frozen=True)
class Recipe:
    """A file of decisions.

    Attributes
    ----------
    path : Path
        Where it stands; patterns of files are relative to its folder.
    about : mapping of str to str
        Facts about the district.
    sources : tuple of Source
        What is read, in this order.
    empty : tuple of str
        Layers there is nothing for.
    key_file : str
        Where the key of the pseudonyms is; "" where none are made.
    decisions : str
        Where the answers to questions are kept.
    """

    path: Path
    about: Mapping[str, str]
    sources: tuple[Source, ...]
    empty: tuple[str, ...] = ()
    key_file: str = ""
    decisions: str = DECISIONS

    @property
    def answers(self) -> Path:
        """The file of answers."""
        return self.path.parent / self.decisions


def load(path: str | Path) -> Recipe:
    """Read a file of decisions.

    Parameters
    ----------
    path : str or Path
        An ingest.toml.

    Returns
    -------
    Recipe
        What it says.

    Raises
    ------
    DataError
        Everything that is wrong with it.

    Examples
    --------
    >>> import pathlib
    >>> import tempfile
    >>> import zhaosheng_analysis as zs
    >>> words = '''
    ... [[sources]]
    ... files = "plan.csv"
    ... plans = { school_id = "学校", intake_year = { is = 2026, why = "文件标题" } }
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "ingest.toml")
    ...     _ = file.write_text(words, encoding="utf-8")
    ...     recipe = zs.ingest.load(file)
    >>> recipe.sources[0].makings[0].rules["school_id"].headers
    ('学校',)
    """
    path = Path(path)
    draft = "" if path.is_file() else "，可用 zhaosheng ingest suggest 生成初稿"
    data = disk.read(path, expected=_EXPECTED + draft)
    faults = Faults()
    if not keys.judge(data, {"sources": tuple[keys.Table, ...]}, _TOP, where=path.name, faults=faults):
        raise DataError(*faults.found)
    rest = {"rest": data["rest"]} if "rest" in data else {}
    sources = [
        _source({**rest, **each}, f"{path.name} 第 {at} 个来源", faults)
        for at, each in enumerate(data["sources"], start=1)
    ]
    _judge_about(data.get("about", {}), f"{path.name}「about」", faults)
    about = {key: str(value) for key, value in data.get("about", {}).items()}
    unsaid = [key for key in ("district_id", "name", "district_code", "intake_year") if about.get(key) == ""]
    if unsaid:
        faults.add(f"{path.name}「about」", f"还没有填：{'、'.join(unsaid)}", "", "请填上")
    about = {key: value for key, value in about.items() if value != ""}
    keys.known_only(about, TABLES["about"].columns["key"].choices, where=f"{path.name}「about」", faults=faults)
    keys.known_only(data.get("empty", ()), TABLES, where=f"{path.name}「empty」", faults=faults)
    if any(name in TABLES and TABLES[name].geometry for name in data.get("empty", ())) and "crs" not in about:
        faults.add(f"{path.name}「empty」", "有图层，没有写坐标系", "如 EPSG:4549", "请在 about 里补上 crs")
    faults.raise_if_any()
    empty, key_file = tuple(data.get("empty", ())), data.get("key_file", "")
    return Recipe(path, about, tuple(sources), empty, key_file, data.get("decisions", DECISIONS))


def _source(data: Mapping[str, Any], where: str, faults: Faults) -> Source:
    """Read one source."""
    tables = {name: data[name] for name in data if name in TABLES}
    options = {name: value for name, value in data.items() if name not in tables}
    accepted = {**_SOURCE, "header": keys.Any if isinstance(options.get("header"), list) else int}
    accepted["sheet"] = Texts if isinstance(options.get("sheet"), list) else str
    keys.judge(options, {"files": str}, accepted, where=where, faults=faults)
    _judge_source(options, where, faults)
    if not tables:
        faults.add(where, "没有写要整理成哪张表", f"可用：{'、'.join(TABLES)}", "请补上")
    if options.get("rest", "ignore") != "ignore":
        faults.add(f"{where}「rest」", f"写成了 {options['rest']}", "只能是 ignore（其余各列不用）", "请改正")
    makings = [_making(name, way, f"{where}「{name}」", faults) for name, way in tables.items()]
    return Source(str(options.pop("files", "")), _frozen(options), tuple(makings))


def _judge_source(options: Mapping[str, Any], where: str, faults: Faults) -> None:
    """Note what can be of the right kind and still mean nothing: paths, rows, conditions, datums and systems."""
    if Path(str(options.get("files", ""))).is_absolute():
        faults.add(f"{where}「files」", f"写成了 {options['files']}", "须相对于 ingest.toml 所在的文件夹", "请改正")
    header = options.get("header", 1)
    rows = header if isinstance(header, list) and header else [header]
    if not all(isinstance(row, int) and not isinstance(row, bool) and row >= 1 for row in rows):
        faults.add(f"{where}「header」", f"写成了 {keys.shown(header)}", "须为 1 以上的行号，或行号的列表", "请改正")
    for name in ("keep", "leave"):
        for said, wanted in dict(options.get(name, {})).items():
            words = wanted if isinstance(wanted, list) else [wanted]
            if not words or not all(isinstance(word, str | int) for word in words):
                faults.add(
                    f"{where}「{name}.{said}」", f"写成了 {keys.shown(wanted)}", "须为文字或文字的列表", "请改正"
                )
    melt = options.get("melt")
    if isinstance(melt, Mapping):
        keys.judge(melt, {"columns": Any, "into": str, "value": str}, {}, where=f"{where}「melt」", faults=faults)
        columns = melt.get("columns", "")
        if not all(isinstance(part, str) for part in (columns if isinstance(columns, list) else [columns])):
            faults.add(f"{where}「melt」", f"columns 写成了 {keys.shown(columns)}", "须为表头或表头的列表", "请改正")
    if "datum" in options and options["datum"] not in datums.DATUMS:
        faults.add(f"{where}「datum」", f"写成了 {options['datum']}", f"只能是 {'、'.join(datums.DATUMS)}", "请改正")
    if "crs" in options and _system(options["crs"]) is None:
        faults.add(f"{where}「crs」", f"没有坐标系 {options['crs']}", "如 EPSG:4549", "请改正")


def _system(word: Any) -> pyproj.CRS | None:
    try:
        return pyproj.CRS(word)
    except pyproj.exceptions.CRSError:
        return None


def _judge_about(about: Mapping[str, Any], where: str, faults: Faults) -> None:
    """Note facts that are no single words, and a system of the district that is not in metres of CGCS2000."""
    for name, value in about.items():
        if isinstance(value, list | dict | bool):
            faults.add(f"{where} 的 {name}", f"写成了 {keys.shown(value)}", "须为文字", "请改正")
    system = _system(about["crs"]) if "crs" in about else None
    if "crs" in about and not (system is not None and system.is_projected and system.geodetic_crs.to_epsg() == 4490):
        allowed = "须为 CGCS2000 三度带投影，如 EPSG:4547（中央经线 114 度）、EPSG:4549（120 度）"
        faults.add(f"{where} 的 crs", f"写成了 {keys.shown(about['crs'])}", allowed, "请按区县所在经度改正")


def _making(table: str, data: Any, where: str, faults: Faults) -> Making:
    """Read how one table is made."""
    if not isinstance(data, Mapping):
        faults.add(where, f"写成了 {keys.shown(data)}", "应为键值表 { … }", "请改正")
        return Making(table, {})
    columns = TABLES[table].columns
    options = {name: value for name, value in data.items() if name in _MAKING and name not in columns}
    keys.judge(options, {}, _MAKING, where=where, faults=faults)
    rules = {name: _rule(way, f"{where} 的 {name}", faults) for name, way in data.items() if name not in options}
    each = tuple(
        {name: _rule(way, f"{where} 的 each.{name}", faults) for name, way in part.items()}
        for part in options.pop("each", ())
        if isinstance(part, Mapping)
    )
    for names in (rules, *each):
        keys.known_only(names, columns, where=where, faults=faults)
        _judge_answered(table, names, where, faults)
        _judge_years({**rules, **names}, where, faults)
    return Making(table, rules, each, _frozen(options))


def _judge_years(rules: Mapping[str, Rule], where: str, faults: Faults) -> None:
    """Note grades counted in another school year than the rows are said to be of."""
    year, grade = rules.get("school_year"), rules.get("grade")
    if year is None or grade is None or year.way != "is" or grade.way != "grade_from":
        return
    if str(year.what) != str(grade.more.get("in_year")):
        found = f"school_year 写成了 {keys.shown(year.what)}，grade 按 {grade.more.get('in_year')} 学年推算"
        faults.add(where, found, "须为同一学年", "请改正")


def _judge_answered(table: str, rules: Mapping[str, Rule], where: str, faults: Faults) -> None:
    """Note values of a closed list that are drafted and not filled in yet."""
    for name, rule in rules.items():
        column = TABLES[table].columns.get(name)
        values = rule.more.get("values", {}) if isinstance(rule.more, Mapping) else {}
        left = [str(said) for said, value in values.items() if value == ""] if isinstance(values, Mapping) else []
        if column is not None and column.required and left:
            allowed = "、".join(f"{code} {word}" for code, word in column.choices.items())
            faults.add(f"{where} 的 {name}", f"还没有填：{'、'.join(left[:5])}", allowed, "请在 values 里填上")


def _rule(written: Any, where: str, faults: Faults) -> Rule:
    """Read how one column is made: a header, or a table with one way in it."""
    if isinstance(written, str):
        return Rule("from", written)
    if not isinstance(written, Mapping):
        remedy = '常数写成 { is = 2026, why = "…" }'
        faults.add(where, f"写成了 {keys.shown(written)}", "应为表头，或 { 做法 = … }", remedy)
        return Rule("is", written)
    ways = [way for way in WAYS if way in written]
    if len(ways) != 1:
        faults.add(where, f"写了 {len(ways)} 种做法", f"须恰有一种：{'、'.join(WAYS)}", "请改正")
        return Rule("is", "")
    way = ways[0]
    keys.known_only(written, (way, *WAYS[way]), where=where, faults=faults)
    _judge_rule(way, written, where, faults)
    return Rule(way, _frozen(written[way]), {key: _frozen(value) for key, value in written.items() if key != way})


def _judge_rule(way: str, written: Mapping[str, Any], where: str, faults: Faults) -> None:
    """Note what a rule must say and does not."""
    if way == "is" and written["is"] == "":
        faults.add(where, "还没有填", "", '请填 is = "…"，或写成他们的表头；不要这一列的，删去这一行')
        return
    if way in _ASK_WHY and not str(written.get("why", "")).strip():
        faults.add(where, "没有写理由", "常数和推算须写明理由", '请补上 why = "…"')
    if way in _LISTS and not (isinstance(written[way], list) and len(written[way]) > 1):
        faults.add(where, f"{way} 写成了 {keys.shown(written[way])}", "应为两项以上的列表", "请改正")
    elif way not in (*_LISTS, "is", "key") and not isinstance(written[way], str):
        faults.add(where, f"{way} 写成了 {keys.shown(written[way])}", "应为表头", "请改正")
    if way == "grade_from" and not isinstance(written.get("in_year"), int):
        faults.add(where, "没有写学年", "须为整数", "请补上 in_year = 2025")
    if way == "match" and written.get("in") not in ("schools", "units", "zones", "areas", "streets"):
        faults.add(where, "没有写与哪个图层对照", "schools、units、zones、areas、streets", '请补上 in = "schools"')
    elif way == "match":
        columns = TABLES[written["in"]].columns
        keys.known_only(dict(written.get("where", {})), columns, where=f"{where} 的 where", faults=faults)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(part) for part in value)
    return {key: _frozen(part) for key, part in value.items()} if isinstance(value, Mapping) else value
