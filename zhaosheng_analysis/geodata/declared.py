"""Columns and records that only one rule file asks for, as its ``[columns]`` and ``[records]`` declare them.

A district folder is read with the columns of its rule file: the file named ``policy.toml`` in the folder, or the one
the sheet about names where it lies in the folder. The rule file is not judged here but where it is loaded
(`policy.load`); what is wrong with a declaration is told there and here alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zhaosheng_analysis import disk
from zhaosheng_analysis.schema import (
    SCHOOL_SYSTEMS,
    STAGES,
    TABLES,
    Column,
    DataError,
    Faults,
    SchoolSystem,
    keys,
    near,
)

#: The rule file of a folder, found without a path.
RULES = "policy.toml"
#: Tables that may be given columns of their own.
OPEN = ("children", "homes", "hukou", "permits", "applications", "records", "plans", "schools")
KINDS = {
    "flag": "是或否",
    "choice": "几个词中的一个",
    "text": "文字",
    "id": "编号",
    "whole": "整数",
    "number": "数",
    "share": "0 到 1 之间的份额（也可写 51%）",
    "date": "日期",
}
EXPECTED = "须为规则文件（TOML）"
_BLANKS = {
    "flag": "true 或 false",
    "choice": "choices 里的一个代码",
    "whole": "整数",
    "number": "数",
    "share": "0 到 1 之间的数",
    "text": "文字",
    "id": "这一类的列不能写 blank",
    "date": "这一类的列不能写 blank",
}


@dataclass(frozen=True)
class Declared:
    """One column of a table that only this rule file asks for.

    Attributes
    ----------
    table, name, kind, label : str
        Where it stands, what it is called, what it holds, and its Chinese header.
    choices : dict of str to str
        Of a choice: code -> word.
    unit, about, empty : str
        For the data dictionary; `empty` says what a blank means (nothing said: not known).
    blank : bool, int, float, str or None
        Value a blank is read as; None: it stays not known.
    clause : str
        Where the text asks for it.
    words : str
        The words of the text.
    provisions : tuple of str
        Rows of the catalogue it answers for.
    """

    table: str
    name: str
    kind: str
    label: str
    choices: dict[str, str] = field(default_factory=dict)
    unit: str = ""
    about: str = ""
    empty: str = ""
    blank: Any = None
    clause: str = ""
    words: str = ""
    provisions: keys.Strings = ()

    def column(self) -> Column:
        """Return the column as its table has it.

        Returns
        -------
        Column
            With what a blank means in the words of the data dictionary.
        """
        about = "；".join(part for part in (self.about, self.clause and f"规则文件 {self.clause}") if part)
        means = self.empty or ("" if self.blank is None else f"当作{self._said()}")
        shown = {"about": about, "unit": self.unit, "choices": dict(self.choices), "blank_means": means}
        return Column(self.name, self.kind, self.label, empty=self.blank, **shown)

    def _said(self) -> str:
        """Return what a blank is read as, in Chinese."""
        if isinstance(self.blank, bool):
            return "是" if self.blank else "否"
        return self.choices.get(self.blank, str(self.blank))


@dataclass(frozen=True)
class Record:
    """One kind of record in the table records: social insurance, a tax paid, a tenancy.

    Attributes
    ----------
    label : str
        Its Chinese name, which may stand in the table in place of the code.
    clause, about, words : str
        Where the text asks for it, and what to fill in.
    provisions : tuple of str
        Rows of the catalogue it answers for.
    """

    label: str
    clause: str = ""
    about: str = ""
    words: str = ""
    provisions: keys.Strings = ()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_FITS: dict[str, Callable[[Declared], bool]] = {
    "flag": lambda made: isinstance(made.blank, bool),
    "choice": lambda made: isinstance(made.blank, str) and made.blank in made.choices,
    "whole": lambda made: _is_number(made.blank) and float(made.blank).is_integer(),
    "number": lambda made: _is_number(made.blank),
    "share": lambda made: _is_number(made.blank) and 0 <= made.blank <= 1,
    "text": lambda made: isinstance(made.blank, str),
    "id": lambda _: False,
    "date": lambda _: False,
}


def tables(data: Any, where: str, faults: Faults) -> list[tuple[str, dict[str, Any]]]:
    """List the tables inside a table, and note what is none.

    Parameters
    ----------
    data : object
        What stands in the file.
    where : str
        File and section, for the messages.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    list of (str, dict)
        Name and table.
    """
    if not isinstance(data, Mapping):
        faults.add(where, f"写成了 {keys.shown(data)}", "应为键值表 { … }", "请改正")
        return []
    for name, item in data.items():
        if not isinstance(item, Mapping):
            faults.add(f"{where} {name}", f"写成了 {keys.shown(item)}", "应为键值表 { … }", "请改正")
    return [(name, item) for name, item in data.items() if isinstance(item, Mapping)]


def read(data: Any, file: str, faults: Faults) -> tuple[Declared, ...]:
    """Read the section ``[columns]`` of a rule file.

    Parameters
    ----------
    data : object
        The section.
    file : str
        Name of the file, for the messages.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    tuple of Declared
        The columns, in the order of the file.
    """
    declared = []
    for table, columns in tables(data, f"{file} [columns]", faults):
        if table not in OPEN:
            faults.add(f"{file} [columns]", f"没有表「{table}」", f"可用：{'、'.join(OPEN)}", near(table, OPEN))
            continue
        for name, item in tables(columns, f"{file} [columns.{table}]", faults):
            where = f"{file} [columns.{table}.{name}]"
            made = keys.read(Declared, {"table": table, "name": name, **item}, where=where, faults=faults)
            if made is not None:
                _judge(made, where, faults)
                declared.append(made)
    return tuple(declared)


def _judge(made: Declared, where: str, faults: Faults) -> None:
    """Judge one declaration: its kind, its choices, and whether the table has the column already."""
    if made.kind not in KINDS:
        allowed = "、".join(f"{kind}（{words}）" for kind, words in KINDS.items())
        faults.add(f"{where}「kind」", f"写成了「{made.kind}」", f"可用：{allowed}", near(made.kind, KINDS))
    elif (made.kind == "choice") != bool(made.choices):
        faults.add(where, "kind 和 choices 不配", 'kind = "choice" 的列写 choices，别的不写', "请改正")
    if made.kind in KINDS and made.blank is not None and not _FITS[made.kind](made):
        faults.add(f"{where}「blank」", f"写成了 {keys.shown(made.blank)}", _BLANKS.get(made.kind, ""), "请改正或删去")
    if not made.name.isidentifier() or not made.name.isascii():
        faults.add(where, f"列名「{made.name}」写法不对", "英文字母、数字和下划线", "请改名；中文写在 label")
    taken = TABLES[made.table].columns
    if made.name in taken:
        faults.add(where, f"表「{made.table}」已有列{taken[made.name].title}", "", "请直接使用它，或换一个名字")
    elif made.label in {column.label for column in taken.values()}:
        faults.add(f"{where}「label」", f"表「{made.table}」已有列名「{made.label}」", "", "请换一个中文列名")


def records(data: Any, file: str, faults: Faults) -> dict[str, Record]:
    """Read the section ``[records]`` of a rule file: the kinds of records it knows.

    Parameters
    ----------
    data : object
        The section.
    file : str
        Name of the file, for the messages.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    dict of str to Record
        The kinds by code.
    """
    made = {
        name: keys.read(Record, item, where=f"{file} [records.{name}]", faults=faults)
        for name, item in tables(data, f"{file} [records]", faults)
    }
    return {name: item for name, item in made.items() if item is not None}


def columns(declared: tuple[Declared, ...], kinds: Mapping[str, Record]) -> dict[str, tuple[Column, ...]]:
    """Return the columns a rule file adds to each table; the kinds of records it knows are a closed list.

    Parameters
    ----------
    declared : tuple of Declared
        From `read`.
    kinds : mapping of str to Record
        From `records`.

    Returns
    -------
    dict of str to tuple of Column
        Columns by table.
    """
    more: dict[str, tuple[Column, ...]] = {}
    if kinds:
        words = {name: item.label for name, item in kinds.items()}
        more["records"] = (Column("kind", "choice", "记录种类", required=True, choices=words),)
    for item in declared:
        more[item.table] = (*more.get(item.table, ()), item.column())
    return more


def beside(folder: Path, name: str = "") -> Path | None:
    """Find the rule file that lies in a district folder.

    Parameters
    ----------
    folder : Path
        The district folder.
    name : str, optional
        Id or file the sheet about names.

    Returns
    -------
    Path or None
        ``NAME.toml``, else ``policy.toml``; None where neither is there.
    """
    file = name if name.endswith(".toml") else f"{name}.toml"
    places = [folder / file] if disk.is_name(file) else []
    return next((path for path in (*places, folder / RULES) if path.is_file()), None)


def system(data: Any, where: str, faults: Faults) -> str:
    """Read the section ``[stages]`` of a rule file: the first and last grade of its stages.

    Parameters
    ----------
    data : object
        The section.
    where : str
        File and section, for the messages.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    str
        Name of the school system; empty where nothing is said or it is none.
    """
    spans = {stage: data[stage] for stage in STAGES if data.get(stage)} if isinstance(data, Mapping) else {}
    fitting = [name for name, it in SCHOOL_SYSTEMS.items() if spans and all(_is(it, *pair) for pair in spans.items())]
    if len(fitting) == 1:
        return fitting[0]
    if data:
        allowed = "或".join(
            "、".join(f"{stage} = [{span[0]}, {span[-1]}]" for stage, span in it.grades.items()) + f"（{name}）"
            for name, it in SCHOOL_SYSTEMS.items()
        )
        faults.add(where, f"写成了 {keys.shown(spans or data)}", f"应为 {allowed}", "请改正")
    return ""


def _is(system: SchoolSystem, stage: str, span: Any) -> bool:
    """Tell whether a stage has these first and last grades in a school system."""
    return isinstance(span, list | tuple) and list(span) == [system.entry[stage], system.last[stage]]


def of_file(path: Path, faults: Faults) -> tuple[dict[str, tuple[Column, ...]], str]:
    """Return the columns a rule file adds to the tables of its district, and its school system.

    Parameters
    ----------
    path : Path
        The rule file.
    faults : Faults
        Collects what is wrong with it.

    Returns
    -------
    columns : dict of str to tuple of Column
        Columns by table; none where the file cannot be read.
    system : str
        Name of the school system; empty where it says nothing.
    """
    try:
        data = disk.read(path, expected=EXPECTED)
    except DataError as error:
        faults.found += error.faults
        return {}, ""
    declared = tuple(item for item in read(data.get("columns", {}), path.name, faults) if item.kind in KINDS)
    more = columns(declared, records(data.get("records", {}), path.name, faults))
    return more, system(data.get("stages", {}), f"{path.name} [stages]", faults)
