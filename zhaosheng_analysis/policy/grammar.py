"""What may stand in each section of a rule file: the keys with their Chinese, from which words and schema are made.

The keys live in ``keys.toml``; that they are the keys the program reads is held by a test. The JSON Schema is for
editors, which then complete and mark words while a file is written; the program itself judges more (`loading.load`).
"""

from dataclasses import MISSING, fields
from typing import Any

import pandas as pd

from zhaosheng_analysis import disk
from zhaosheng_analysis.geodata import Declared, Record, declared
from zhaosheng_analysis.policy import elements, measures, uses, vocabulary
from zhaosheng_analysis.policy.book import Policy
from zhaosheng_analysis.policy.declarations import evidence
from zhaosheng_analysis.schema import STAGES, TABLES, DataError, Fault, near

KEYS: dict[str, dict[str, str]] = disk.own("policy", "keys.toml")
#: Sections that are lists, [[…]]; that hold elements under names of their own; and that stand once.
LISTS = {
    "windows": elements.Window,
    "residence": elements.Residence,
    "checks": elements.Check,
    "pools": elements.Pool,
    "parameters": elements.Parameter,
    "notes": elements.Note,
    "not_modelled": elements.NotModelled,
    "unseen": elements.Unseen,
    "questions": elements.Question,
    "duties": elements.Duty,
    "redraw": elements.Redraw,
    "cases": elements.Case,
}
NAMED = {
    "dates": elements.Date,
    "records": Record,
    "measures": measures.Measure,
    "catalogue": elements.Provision,
    "audit": elements.Audited,
}
SINGLE = {
    "source": elements.Source,
    "home": elements.Home,
    "stages": elements.Stages,
    "lock": elements.Lock,
    "capacity": elements.Capacity,
    "warning": elements.Levels,
}
COLUMNS = Declared
#: Keys of the file that have another name in the program.
WRITTEN = {"measures": {"since": "from"}, "rounds": {"origin": "from"}}
ROUNDS = {
    "zone": "学区学校（多校划片的按志愿）",
    "promotion": "直升、对口初中",
    "reserve": "预留学位（照顾对象）",
    "designated": "指定的学校",
    "lottery": "派位，按志愿先后一批一批",
    "choice": "几个志愿一起，按次序录取",
    "area": "大学区内统筹",
    "nearest": "就近统筹",
    "withdrawal": "放弃已得的学位",
    "waiting": "接着另一轮递补",
    "transfer": "长幼随学转学",
}
_ENUMS = {
    "checks.rule": vocabulary.CHECKS,
    "checks.status": vocabulary.STATUSES,
    "residence.use": vocabulary.ADDRESSES,
    "rounds.kind": ROUNDS,
    "measures.of": {**measures.UNITS, **measures.MADE, **measures.FILED},
    "measures.take": measures.TAKES,
    "measures.holder": measures.HOLDERS,
    "columns.kind": declared.KINDS,
    "redraw.rule": vocabulary.REDRAW,
    "lock.rivals": elements.RIVALS,
}
_SWITCH = {"type": "object", "required": ["parameter"]}
_BY_STAGE = {
    "type": "object",
    "properties": {name: {"type": "integer"} for name in STAGES},
    "additionalProperties": False,
}
_CONDITION = {"$ref": "#/definitions/condition"}


def _closed(needed: dict[str, Any], **free: Any) -> dict[str, Any]:
    """Describe a table of these keys and no other, the first of them needed."""
    parts = {"type": "object", "required": list(needed), "properties": needed | free}
    return parts | {"additionalProperties": False}


_LISTED_WORDS = {"type": "array", "items": {"type": "string"}}
_SHORTLIST = _closed(
    {"key": _LISTED_WORDS},
    keep={"type": "integer", "minimum": 1, "description": "几名"},
    times={"type": "number", "exclusiveMinimum": 0, "description": "学位数的几倍"},
    each={"enum": ["all", "school"], "description": "合在一起，或每校各自"},
    ties={"enum": ["in", "out"], "description": "末位同序的一并入围，或放不下的都不入围"},
)
#: Keys that take values of more than one shape, as the reader takes them.
_SHAPES: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("checks.when", "checks.must", "residence.only_if", "home.must", "points.items.if"), _CONDITION),
    **dict.fromkeys(("rounds.takes", "rounds.excludes", "rounds.offers"), _CONDITION),  # a switch is an object, too
    "rounds.groups": {"type": ["array", "object"], "items": _CONDITION},
    "rounds.key_by": {"type": ["array", "object"], "items": _closed({"if": _CONDITION, "key": _LISTED_WORDS})},
    "rounds.shortlist": {"anyOf": [_SHORTLIST, _SWITCH]},
    "rounds.choices_by": {"type": ["array", "object"], "items": _closed({"if": _CONDITION, "choices": {}})},
    "define.when": {"type": "array", "items": _closed({"answer": {"type": "string"}, "if": _CONDITION}, when={})},
    "capacity.standard": _BY_STAGE,
    "capacity.limit": _BY_STAGE,
    "lock.years": {"anyOf": [{"type": "integer"}, _BY_STAGE]},
    "rounds.cap": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^school\."}, _SWITCH]},
    "rounds.not_schools": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "object"}]},
    "points.items.cap": {"type": "number"},
    "points.items.per": {
        "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\d+(\.\d+)? */ *\d+(\.\d+)?$"}]
    },
    "points.groups.cap": {"type": "number"},
}
#: Lists of words that are no section: name -> words with their Chinese.
LISTED = {
    "statuses": ("报名状态", vocabulary.STATUSES),
    "addresses": ("地址", vocabulary.ADDRESSES),
    "kinds": ("规定的种类", vocabulary.KINDS),
    "kinds-of-rounds": ("轮次的种类", ROUNDS),
    "redraw-bans": ("学区调整的禁令", vocabulary.REDRAW),
    "check-rules": ("核查", vocabulary.CHECKS),
    "round-results": ("前面一轮的结果，轮次的 takes、excludes 可以问：round.编号", vocabulary.ROUND_RESULTS),
    "window-names": ("程序按名字读的时间窗口", vocabulary.WINDOWS),
}


def words(section: str = "", rules: Policy | None = None) -> pd.DataFrame:
    """List what may be written: the sections, or the words of one.

    Parameters
    ----------
    section : str, optional
        A section of the file, or one of facts, evidence, child, pair, parameters and `LISTED`; all of them by name
        where nothing is said. Of any other word, in code or in Chinese, every place is listed where it is written.
    rules : Policy, optional
        A rule file, whose own columns and facts are listed, too, and where it asks each word.

    Returns
    -------
    DataFrame
        词, 中文, 取值: one row a word; of what conditions ask also 须有 (dates, parameters and sections of the file),
        可由参数改变, 看的列 (columns of the folder it is made of), 空着 (of evidence: what is made of a blank), 可写在
        (sections that may ask it) and, with `rules`, 本文件写在.

    Raises
    ------
    DataError
        There is no such section, and no word that has it in it.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.grammar.words("双胞胎")["词"].to_list()
    ['rounds bundle']
    >>> zs.policy.grammar.words("lock")["词"].to_list()
    ['years', 'clause', 'schools', 'stage', 'siblings', 'rivals', 'words', 'provisions']
    """
    if not section:
        rows = [
            (f"[{name}]" if name else "文件开头", "、".join(_written(name, key) for key in keys), "")
            for name, keys in KEYS.items()
        ]
        lists = {**{name: label for name, (label, _) in LISTED.items()}, **_VOCABULARY_TITLES}
        return _rows([*rows, *((name, label, "zhaosheng policy words " + name) for name, label in lists.items())])
    if section == "parameter-names":
        return _rows(
            (name, item.label, "、".join(map(str, item.values)) or item.kind)
            for name, item in vocabulary.PARAMETERS.items()
        )
    if section in _VOCABULARY_TITLES:
        return _asking(section, rules)
    if section in LISTED:
        return _rows((word, label, "") for word, label in LISTED[section][1].items())
    if section in KEYS:
        listed = ((key, about, _allowed(section, key)) for key, about in KEYS[section].items())
        return _rows((_written(section, key), about, allowed) for key, about, allowed in listed)
    sections = [*(name for name in KEYS if name), *LISTED, *_VOCABULARY_TITLES]
    written = _places_of(section, sections)
    if written:
        return _rows(written)
    raise DataError(
        Fault("policy words", f"没有「{section}」", f"可用：{'、'.join(sections)}", near(section, sections))
    )


def _places_of(word: str, sections: list[str]) -> list[tuple[str, str, str]]:
    """List every word of every section that is this one, or has it in its Chinese."""
    rows = [(name, *row[:3]) for name in sections for row in words(name).itertuples(index=False)]
    return [
        (f"{name} {written}", about, values)
        for name, written, about, values in rows
        if word == written or (not word.isascii() and word in about + values)
    ]


_VOCABULARY_TITLES = {
    "facts": "事实：类别表、条件都可以问",
    "evidence": "证据列：条件可以问",
    "child": "轮次还可以问儿童的",
    "pair": "轮次可以问儿童与学校的",
    "transfer": "长幼随学的轮次（transfer）可以问的",
    "parameter-names": "参数可以用 sets 给出的",
}


def _rows(rows: Any) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["词", "中文", "取值"], dtype="str")


def _written(section: str, key: str) -> str:
    """Return a key as it stands in the file."""
    return WRITTEN.get(section, {}).get(key, key)


def _allowed(section: str, key: str) -> str:
    """Return the words of a closed list, with their Chinese."""
    return "、".join(f"{word}（{label}）" for word, label in _ENUMS.get(f"{section}.{key}", {}).items())


#: Sections of a rule file that may ask a word, by the kind of word.
_CHILD_PLACES = "define、points、checks、residence（only_if）、rounds"
PLACES_OF = {
    "facts": f"facts 和 tiers（类别表）、{_CHILD_PLACES}",
    "evidence": _CHILD_PLACES,
    "child": "rounds（takes、excludes、groups、key）",
    "pair": "rounds（offers、key）、points（of = pair）",
    "transfer": "rounds（kind = transfer）",
}
_SAID = {
    "flag": "true、false",
    "date": "by 日期名、after 日期名",
    "moment": "by 日期名、after 日期名",
    "number": '数，或 ">= 6"',
}


def _asking(section: str, rules: Policy | None) -> pd.DataFrame:
    """List words conditions ask, with what each needs and where it may stand; with a file where it does."""
    by_name = {"evidence": vocabulary.EVIDENCE, "child": vocabulary.CHILD, "pair": vocabulary.PAIR}
    by_name |= {"transfer": vocabulary.TRANSFER, "facts": vocabulary.FACTS}
    listed: dict[str, Any] = dict(by_name[section])
    if rules is not None and section in ("facts", "evidence"):
        listed |= rules.words if section == "facts" else rules.evidence
    table = _rows((name, item.label, _answers(item)) for name, item in listed.items())
    table["须有"] = ["、".join(needed(name)) for name in listed]
    table["可由参数改变"] = ["、".join(steering(name)) for name in listed]
    table["看的列"] = ["、".join(sources(name, rules)) for name in listed]
    if section == "evidence":
        table["空着"] = [item.blank for item in listed.values()]
    table["可写在"] = [PLACES_OF[section] + "、home（must）" * (name in vocabulary.OF_HOMES) for name in listed]
    if rules is not None:
        where = uses.listed(rules)
        table["本文件写在"] = ["；".join(where.get(name, ())) for name in listed]
    return table


def _answers(item: vocabulary.Fact | vocabulary.Column) -> str:
    """Return what a word may be asked to be."""
    if isinstance(item, vocabulary.Fact):
        return "、".join(f"{word}（{label}）" for word, label in item.answers.items())
    return _values_of(item) or _SAID.get(item.kind, item.kind)


def needed(name: str) -> list[str]:
    """List what a file must have for a word.

    Parameters
    ----------
    name : str
        A word of the vocabulary.

    Returns
    -------
    list of str
        Dates, parameters and sections, as they are written.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.grammar.needed("in_time"), zs.policy.grammar.needed("staff")
    (['[dates.settled]'], ['参数 staff.years'])
    """
    fact = vocabulary.FACTS.get(name)
    return [_need(text) for text in fact.needs] if fact is not None else []


def steering(name: str) -> list[str]:
    """List the parameters that change the answer of a word, where the file sets them.

    Parameters
    ----------
    name : str
        A word of the vocabulary.

    Returns
    -------
    list of str
        Parameters of the package, in the order of the alphabet.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.grammar.steering("in_time")
    ['cutoff.inclusive', 'house_date']
    """
    fact = vocabulary.FACTS.get(name)
    if fact is None:
        return []
    own = {text.removeprefix("parameters.") for text in fact.needs}
    return sorted(_asks(fact) - own)


def _need(text: str) -> str:
    kind, _, name = text.partition(".")
    return {"dates": f"[dates.{name}]", "parameters": f"参数 {name}"}.get(kind, f"[{text}]")


def _asks(fact: vocabulary.Fact) -> set[str]:
    """Return the parameters that change a fact, those of facts it looks at among them."""
    inner = (vocabulary.FACTS[word] for word in fact.reads if word in vocabulary.FACTS and word != fact.name)
    return {*fact.asks, *(word for part in inner for word in _asks(part))}


def sources(name: str, rules: Policy | None = None) -> list[str]:
    """List the columns of a district folder a word is made of.

    Parameters
    ----------
    name : str
        A word of the vocabulary, or of the file.
    rules : Policy, optional
        The file, where the word is one of its own.

    Returns
    -------
    list of str
        Names of tables and columns, each with its Chinese.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.grammar.sources("permit")[-1]
    'permits.holder（持证人）'
    """
    fact = rules.declared.facts.get(name) if rules is not None else None
    if fact is not None:
        return list(dict.fromkeys(text for word in fact.columns for text in sources(word, rules)))
    made = {
        f"{word}": f"{item.table}.{item.name}（{item.label}）"
        for item in (rules.declared.columns if rules is not None else ())
        for word in evidence(item)
    }
    found = [
        text
        for column in sorted(uses.reads(name), key=_place)
        for text in ([made[column]] if column in made else map(_labelled, _source(column)))
    ]
    return list(dict.fromkeys(found))


def _source(column: str) -> tuple[str, ...]:
    return vocabulary.EVIDENCE[column].source if column in vocabulary.EVIDENCE else ()


def _place(column: str) -> tuple[int, str]:
    names = list(vocabulary.EVIDENCE)
    return (names.index(column) if column in vocabulary.EVIDENCE else len(names)), column


def _labelled(source: str) -> str:
    """Return a table or column with its Chinese."""
    table, _, column = source.partition(".")
    label = TABLES[table].columns[column].label if column else TABLES[table].title
    return f"{source}（{label}）"


def _values_of(column: vocabulary.Column) -> str:
    """List the values of a column with their Chinese; an empty one, for nothing written, is no word."""
    places = vocabulary.FACTS["home"].answers if column.kind == "place" else {}
    said = {**places, **dict(column.said)}
    values = [value for value in column.values if value]  # noqa: PD011 - a field, no frame
    return "、".join(f"{value}（{said[value]}）" if value in said else value for value in values)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a rule file, for editors.

    Returns
    -------
    dict
        Draft 7: sections, keys with their Chinese, closed lists.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> made = zs.policy.grammar.schema()
    >>> made["properties"]["lock"]["properties"]["years"]["description"]
    '用过之后几个招生年度内不再供别的家庭；各学段不同的写 { primary = 6, junior = 3 }'
    """
    properties: dict[str, Any] = {key: {"description": about} for key, about in KEYS[""].items()}
    properties["kind"] |= {"enum": ["admission", "audit", "forecast"]}
    properties |= {name: {"type": "array", "items": _object(name, kind)} for name, kind in LISTS.items()}
    named = {name: {"type": "object", "additionalProperties": _object(name, kind)} for name, kind in NAMED.items()}
    named["define"] = {"type": "object", "additionalProperties": _object("define")}
    columns = {"type": "object", "additionalProperties": _object("columns", COLUMNS)}
    named["columns"] = {"type": "object", "properties": dict.fromkeys(declared.OPEN, columns)}
    properties |= named | {name: _object(name, kind) for name, kind in SINGLE.items()}
    properties |= {"tiers": _object("tiers"), "rounds": {"type": "array", "items": _object("rounds")}}
    properties["tiers"]["properties"]["parts"] |= {"type": "array", "items": _object("tiers.parts")}
    properties["quotes"] = {"type": "object", "additionalProperties": {"type": "string"}}
    properties["points"] = _object("points")
    for part in ("items", "groups"):
        properties["points"]["properties"][part] |= {"type": "array", "items": _object(f"points.{part}")}
    answers = {
        name: {"items": {"enum": list(fact.answers)}, "type": "array"} for name, fact in vocabulary.FACTS.items()
    }
    properties["facts"] = {"type": "object", "properties": answers}
    needed = ["id", "district", "kind", "title", "intake_year", "source"]
    draft = "http://json-schema.org/draft-07/schema#"
    return {
        "$schema": draft,
        "title": "招生规则文件",
        "type": "object",
        "required": needed,
        "properties": properties,
        "additionalProperties": False,
        "definitions": {"condition": _condition()},
    }


def _condition() -> dict[str, Any]:
    """Describe a condition: every word each rule file knows, with its answers; words of its own are free."""
    declared: dict[str, list[vocabulary.Column]] = {}
    for columns in (vocabulary.EVIDENCE, vocabulary.CHILD, vocabulary.PAIR, vocabulary.TRANSFER):
        for name, column in columns.items():
            declared.setdefault(name, []).append(column)
    answers = {name: (fact.label, list(fact.answers)) for name, fact in vocabulary.FACTS.items()}
    for name, columns in declared.items():
        label, said = answers.get(name, (columns[0].label, []))
        lists = [column.values for column in columns]  # noqa: PD011 - fields, no frames
        answers[name] = label, [*said, *(word for words in lists for word in words)] if said or all(lists) else []
    inner = {"anyOf": [_CONDITION, {"type": "array", "items": _CONDITION}]}
    asked = {
        name: {"description": label} | _asked(declared.get(name, []), said) for name, (label, said) in answers.items()
    }
    return {"type": "object", "properties": {"any": inner, "not": inner} | asked}


def _asked(columns: list[vocabulary.Column], said: list[str]) -> dict[str, Any]:
    """Describe what a condition may ask of one word; a switch of a round may stand in its place."""
    sure, switch = {"enum": ["known", "unknown"]}, {"type": "object"}
    kinds = {column.kind for column in columns}
    parts = [{"enum": list(dict.fromkeys(said))}] if said else []
    if "flag" in kinds:  # a word may be a fact of the child and a flag of child and school
        parts.append({"type": "boolean"})
    if parts and kinds <= {"flag", "one_of", "place", "choice"}:
        return {"anyOf": [*parts, sure, {"type": "array", "items": {"anyOf": parts}}, switch]}
    if kinds and kinds <= {"date", "moment", "timestamp"}:
        return {"anyOf": [{"type": "string", "pattern": r"^(by|after)\s+\w+$"}, sure, switch]}
    return {}


def _object(section: str, kind: type | None = None) -> dict[str, Any]:
    """Describe one element of a section."""
    properties: dict[str, Any] = {}
    for key, about in KEYS[section].items():
        properties[_written(section, key)] = {"description": about} | _values(f"{section}.{key}")
    if section == "columns":
        properties = {key: value for key, value in properties.items() if key not in ("table", "name")}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    # Names with a dot are taken apart by TOML: a table in a table, and nothing else.
    dotted = section in ("dates", "catalogue", "audit")
    schema["additionalProperties"] = {"type": "object"} if dotted else False
    if kind is not None and section in ("checks", "residence", "pools", "lock", "columns", "records", "measures"):
        bare = [item.name for item in fields(kind) if item.default is MISSING and item.default_factory is MISSING]
        schema["required"] = [key for key in bare if key in properties]
    return schema


def _values(name: str) -> dict[str, Any]:
    """Describe the values of a key: a closed list, or the shapes it may have."""
    return {"enum": list(_ENUMS[name])} if name in _ENUMS else _SHAPES.get(name, {})
