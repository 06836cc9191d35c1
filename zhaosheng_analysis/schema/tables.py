"""What every table must look like: the contracts of tables.toml, and the data dictionary that is made from them.

Tables a bureau hands in (`TABLES`) are read and held to their contracts in `checking`; those one package hands to
another (`RESULTS`) in `results`.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files

import pandas as pd

from zhaosheng_analysis.schema import cell_types


@dataclass(frozen=True)
class Column:
    """One column of a table, as declared in tables.toml (which explains every attribute).

    Attributes
    ----------
    name : str
        Name of the column in the program, such as classes_n.
    kind : str
        One of `cell_types.DTYPES`.
    label : str
        Its Chinese header.
    about : str
        What it means, for the data dictionary.
    unit : str
        Unit of its numbers, in Chinese; empty where there is none.
    required : bool
        Whether every row must have a value.
    choices : mapping of str to str
        The words of a closed list by their codes.
    low : float or None
        Smallest number allowed.
    high : float or None
        Largest number allowed.
    digits : int or None
        How many digits a code of digits has.
    refers : tuple of str
        The ``table.column`` its values must occur in; several where one of them is enough.
    empty : bool, int or None
        What a missing value is read as.
    blank_means : str
        What a blank cell means, in Chinese, where that is not that nothing is known.
    day : {"", "start", "end"}
        What a bare date means in a column of timestamps.
    optional : bool
        Whether a result has it in some runs only.
    each : {"", "tier", "year", "digit"}
        Of what a result has one such column each, named by it in place of the ``<…>``.
    person : bool
        Whether it names a person, so that it must be a pseudonym.
    """

    name: str
    kind: str
    label: str
    about: str = ""
    unit: str = ""
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    digits: int | None = None
    refers: tuple[str, ...] = ()
    empty: bool | int | None = None
    blank_means: str = ""
    day: str = ""
    optional: bool = False
    each: str = ""
    person: bool = False

    @property
    def title(self) -> str:
        """The column as a planner and a programmer know it: 「班数」(classes_n)."""
        return f"「{self.label}」({self.name})"

    @property
    def dtype(self) -> str:
        """The pandas dtype of the checked column; plain bool and int64 where nothing can be missing."""
        full = self.required or self.empty is not None
        return (
            {"flag": "bool", "whole": "int64"}.get(self.kind, cell_types.DTYPES[self.kind])
            if full
            else self.loose_dtype
        )

    @property
    def loose_dtype(self) -> str:
        """The pandas dtype while values may still be missing."""
        return cell_types.DTYPES[self.kind]

    @property
    def blank(self) -> str:
        """What a blank cell of the column means, in Chinese."""
        if self.required:
            return "不得空白"
        if self.blank_means:
            return self.blank_means
        words = {None: "不知道", True: "当作是", False: "当作否"}
        # 0 and False are equal, so that the kind decides which of them is meant.
        return words[self.empty] if self.empty is None or self.kind == "flag" else f"当作 {self.empty}"

    @property
    def allowed(self) -> str:
        """What may stand in the column, in Chinese."""
        if self.kind == "choice":
            return "只能填写 " + "、".join(f"{word}({code})" for code, word in self.choices.items())
        if self.digits:
            return f"须为 {self.digits} 位数字"
        if self.low is None and self.high is None:
            return cell_types.ALLOWED[self.kind]
        bounds = [f"不小于 {self.low:g}"] if self.low is not None else []
        bounds += [f"不大于 {self.high:g}"] if self.high is not None else []
        return f"{cell_types.ALLOWED[self.kind]}，{'、'.join(bounds)}"


@dataclass(frozen=True)
class Relation:
    """What the rows of a table must say to make sense, as declared in tables.toml (which explains every attribute).

    Attributes
    ----------
    found : str
        What is told where it does not hold.
    holds : str
        The condition on every row; empty where `circle` says it.
    when : str
        The rows it is asked of; all where it is empty.
    circle : str
        A column that names another row of the table and must never lead back.
    remedy : str
        What to do about it.
    ask : bool
        Whether it may be true all the same, so that it is asked and not refused.
    """

    found: str
    holds: str = ""
    when: str = ""
    circle: str = ""
    remedy: str = "请更正"
    ask: bool = False


@dataclass(frozen=True)
class Table:
    """One layer or table of a district folder, or one that travels between packages, as declared in tables.toml.

    Attributes
    ----------
    name : str
        Name of the layer, sheet or file.
    title : str
        Its Chinese name.
    level : str
        What it is: layer, planner or child for what is handed in, result for what is made.
    key : tuple of str
        The columns that tell one row from another; empty where rows may repeat.
    columns : mapping of str to Column
        The declared columns by name, in order.
    relations : tuple of Relation
        What its rows must say to make sense.
    geometry : str
        Kind of geometry of a layer; empty for a table.
    geometry_optional : bool
        Whether a feature may be without one.
    geometry_in_words : str
        The column whose words may stand for the geometry of a feature; empty where none does.
    made_by : str
        What makes a result; empty for what is handed in.
    index : str
        The column of a result that names its rows and stands in the index; empty where none does.
    row_names : mapping of int to str
        Position -> what a row is called in messages, where it was made of another file's.
    """

    name: str
    title: str
    level: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    relations: tuple[Relation, ...] = ()
    geometry: str = ""
    geometry_optional: bool = False
    geometry_in_words: str = ""
    made_by: str = ""
    index: str = ""
    row_names: Mapping[int, str] = field(default_factory=dict)

    def row(self, position: int) -> str:
        """Name a row as the planner sees it: the Excel row under one header row, or the feature of a layer.

        Parameters
        ----------
        position : int
            Which row, counted from 0.

        Returns
        -------
        str
            Its name in a message, such as 第 5 行.
        """
        own = f"第 {position + 1} 个要素" if self.geometry else f"第 {position + 2} 行"
        return self.row_names.get(position, own)


def _column(name: str, facts: Mapping) -> Column:
    refers = facts.get("refers", ())
    return Column(name, **{**facts, "refers": (refers,) if isinstance(refers, str) else tuple(refers)})


def _tables() -> dict[str, Table]:
    """Read tables.toml."""
    declared = tomllib.loads((files("zhaosheng_analysis.schema") / "tables.toml").read_text(encoding="utf-8"))
    return {
        name: Table(
            name,
            **{
                **facts,
                "key": tuple(facts["key"]),
                "relations": tuple(Relation(**relation) for relation in facts.get("relations", ())),
                "columns": {column: _column(column, about) for column, about in facts["columns"].items()},
            },
        )
        for name, facts in declared.items()
    }


DECLARED = _tables()
#: What a bureau hands in: layers and tables of a district folder.
TABLES = {name: table for name, table in DECLARED.items() if table.level != "result"}
#: What one package hands to another; no file of a district folder is ever read as one of these.
RESULTS = {name: table for name, table in DECLARED.items() if table.level == "result"}


def extended(more: Mapping[str, Iterable[Column]]) -> dict[str, Table]:
    """Return what a bureau hands in with columns that only its own rule file asks for.

    A column that stands in the table already is replaced: so a rule file says which kinds of records there are.

    Parameters
    ----------
    more : mapping of str to iterable of Column
        Columns by table.

    Returns
    -------
    dict of str to Table
        Every table of `TABLES`, those columns among its own.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> share = zs.schema.Column("ownership", "share", "产权份额")
    >>> list(zs.schema.extended({"homes": [share]})["homes"].columns)[-1]
    'ownership'
    """
    added = {name: {column.name: column for column in columns} for name, columns in more.items()}
    return TABLES | {
        name: replace(TABLES[name], columns={**TABLES[name].columns, **new}) for name, new in added.items()
    }


def empty(name: str, table: Table | None = None) -> pd.DataFrame:
    """Return a table without rows, typed as its contract says.

    Parameters
    ----------
    name : str
        Name of the table in tables.toml.
    table : Table, optional
        Its contract where a rule file adds columns (`extended`).

    Returns
    -------
    DataFrame
        Every declared column in order, no row.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.empty("permits").columns[:3].to_list()
    ['child_id', 'holder', 'district_code']
    """
    contract_columns = (table or DECLARED[name]).columns
    columns = [column for column in contract_columns.values() if not (column.each or column.optional)]
    return pd.DataFrame({column.name: pd.Series(dtype=column.dtype) for column in columns})


def dictionary(tables: Mapping[str, Table] | None = None) -> pd.DataFrame:
    """Return the data dictionary: one row a column of every table, in Chinese; results say what makes them.

    Parameters
    ----------
    tables : mapping of str to Table, optional
        Contracts that go before those of tables.toml (`extended`).

    Returns
    -------
    DataFrame
        Columns 表, 表名, 列, 列名, 必填, 允许, 空白, 单位, 引用, 说明 and 由谁生成, in the order of tables.toml.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> pages = zs.schema.dictionary()
    >>> pages[pages["表"] == "plans"].iloc[0][["列", "列名", "必填"]].to_list()
    ['school_id', '学校编号', '是']
    """
    return pd.DataFrame(
        [
            {
                "表": table.name,
                "表名": table.title,
                "列": column.name,
                "列名": column.label,
                "必填": "是" if column.required else "否",
                "允许": column.allowed,
                "空白": column.blank,
                "单位": column.unit,
                "引用": "、".join(column.refers),
                "说明": column.about,
                "由谁生成": table.made_by,
            }
            for table in (DECLARED | dict(tables or {})).values()
            for column in table.columns.values()
        ]
    )


def ordered(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Sort a checked table by its key, or by all columns where it has none, so that no result hangs on row order.

    Parameters
    ----------
    name : str
        Name of the table in tables.toml.
    frame : DataFrame
        The table, checked.

    Returns
    -------
    DataFrame
        The same rows, sorted, on a fresh index.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> plans = zs.demo.nine_plots().table("plans")
    >>> zs.schema.ordered("plans", plans.iloc[::-1])["school_id"].to_list()
    ['s1', 's2', 's3']
    """
    table = TABLES[name]
    return frame.sort_values(list(table.key) or list(table.columns), ignore_index=True)
