"""What every table must look like, and the one error a planner sees when it does not.

A fault says *where: what was found; what is allowed; what to do*. All faults of a file are collected before the
error is raised, because a clerk who mends a workbook wants the whole list, not the first line of it. Tables a bureau
hands in (`TABLES`) are read and checked here; those one package hands to another (`RESULTS`) in `results`.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.schema import cell_types, moments, student_numbers
from zhaosheng_analysis.schema.faults import DataError, Fault, Faults, near

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

SHOWN_ROWS = 3


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
        return f"第 {position + 1} 个要素" if self.geometry else f"第 {position + 2} 行"


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


_DECLARED = _tables()
#: What a bureau hands in: layers and tables of a district folder.
TABLES = {name: table for name, table in _DECLARED.items() if table.level != "result"}
#: What one package hands to another; no file of a district folder is ever read as one of these.
RESULTS = {name: table for name, table in _DECLARED.items() if table.level == "result"}


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
    contract_columns = (table or _DECLARED[name]).columns
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
            for table in (_DECLARED | dict(tables or {})).values()
            for column in table.columns.values()
        ]
    )


def examples(table: Table, cells: pd.Series) -> str:
    """Name at most three rows and what stands in them: 第 5 行「六」、第 9 行「4.5」.

    Parameters
    ----------
    table : Table
        The table's contract.
    cells : Series
        What was found, indexed by the position of the row.

    Returns
    -------
    str
        The rows and their values; 等 where there are more.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.examples(zs.schema.TABLES["plans"], pd.Series({3: "六", 7: "4.5"}))
    '第 5 行「六」、第 9 行「4.5」'
    """
    shown = [f"{table.row(position)}「{value}」" for position, value in cells.head(SHOWN_ROWS).items()]
    return "、".join(shown) + ("等" if len(cells) > SHOWN_ROWS else "")


def rows(table: Table, positions: Iterable[int]) -> str:
    """Name at most three rows: 第 5 行、第 9 行等.

    Parameters
    ----------
    table : Table
        The table's contract.
    positions : iterable of int
        Which rows, counted from 0.

    Returns
    -------
    str
        Their names in a message; 等 where there are more.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.rows(zs.schema.TABLES["plans"], [3, 7])
    '第 5 行、第 9 行'
    """
    positions = list(positions)
    return "、".join(table.row(at) for at in positions[:SHOWN_ROWS]) + ("等" if len(positions) > SHOWN_ROWS else "")


def check(name: str, frame: pd.DataFrame, *, where: str) -> pd.DataFrame:
    """Return a table in its declared columns and types, or say everything that is wrong with it.

    Parameters
    ----------
    name : str
        Name of the table in tables.toml.
    frame : DataFrame
        One row a row of the file, as text or typed; headers by name or by Chinese label. An index of whole numbers
        gives the row numbers of the messages (Excel row = index + 2).
    where : str
        The file and sheet, for the messages.

    Returns
    -------
    DataFrame
        A new frame on a fresh index with every declared column in order; a column that may be left out is there, empty.

    Raises
    ------
    DataError
        With all faults of the table: columns, types, dates, closed lists, ranges, duplicates, missing values.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> told = pd.DataFrame({"学校编号": ["s1"], "学年": ["2025"], "年级": ["1"], "学生数": ["41"]})
    >>> zs.schema.check("roll_counts", told, where="年级人数.csv")[["school_id", "grade", "pupils_n"]]
      school_id  grade  pupils_n
    0        s1      1        41
    >>> zs.schema.check("roll_counts", told.drop(columns="年级"), where="年级人数.csv")
    Traceback (most recent call last):
    zhaosheng_analysis.schema.faults.DataError: 年级人数.csv：缺少 1 列：「年级」(grade)；请补上这些列。
    """
    checked, faults = inspect(name, frame, where=where)
    if faults:
        raise DataError(*faults)
    return checked.reset_index(drop=True)


def inspect(
    name: str, frame: pd.DataFrame, *, where: str, table: Table | None = None
) -> tuple[pd.DataFrame, list[Fault]]:
    """Do what `check` does, but keep the index and return the faults instead of raising them.

    Parameters
    ----------
    name : str
        Name of the table in tables.toml.
    frame : DataFrame
        One row a row of the file, as text or typed.
    where : str
        The file and sheet, for the messages.
    table : Table, optional
        Its contract where a rule file adds columns (`extended`).

    Returns
    -------
    tuple of (DataFrame, list of Fault)
        The table as far as it could be read, and everything that is wrong with it.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> permits = {"child_id": ["c1"], "holder": ["child"], "district_code": ["130299"], "points_n": ["-3"]}
    >>> table, faults = zs.schema.inspect("permits", pd.DataFrame(permits), where="居住证")
    >>> print(*faults)
    居住证：列「积分」(points_n)有 1 处超出范围：第 2 行「-3」；须为整数，不小于 0、不大于 10000；请更正。
    """
    table, faults = table or TABLES[name], Faults()
    counted = pd.api.types.is_integer_dtype(frame.index) and frame.index.is_unique
    frame = _named(table, frame if counted else frame.reset_index(drop=True), where, faults)
    typed, unread = {}, {}
    for column in table.columns.values():
        if column.name in frame:
            cells = frame[column.name]
            typed[column.name], unread[column.name] = _read(column, cells)
            _note_unread(table, column, cells[unread[column.name]], where, faults)
        else:
            typed[column.name] = pd.Series(column.empty, index=frame.index, dtype=column.loose_dtype)
            # The absence of a required column has been said once, for all rows.
            unread[column.name] = frame.index if column.required else frame.index[:0]
        if column.dtype != column.loose_dtype and not typed[column.name].isna().any():
            typed[column.name] = typed[column.name].astype(column.dtype)
    checked = pd.DataFrame(typed, index=frame.index)
    _judge_pseudonyms(table, checked, where, faults)
    judge(table, checked, unread, where, faults)
    if "geometry" in frame:
        checked = frame[["geometry"]].assign(**typed)[[*table.columns, "geometry"]]
    return checked, faults.found


def _read(column: Column, cells: pd.Series) -> tuple[pd.Series, pd.Index]:
    """Return one column typed, and the rows whose text could not be read; a blank becomes what the column says."""
    typed = cell_types.parse(cells, column.kind, words=column.choices, day=column.day, unit=column.unit)
    doubtful = cells[typed.isna() & cells.notna()]
    unread = doubtful.index
    if len(doubtful):
        unread = unread[cell_types.written(doubtful).notna()]
    return typed if column.empty is None else typed.fillna(column.empty), unread


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


def _named(table: Table, frame: pd.DataFrame, where: str, faults: Faults) -> pd.DataFrame:
    """Rename Chinese headers to column names; note columns that are missing, doubled or unknown."""
    names = {column.label: column.name for column in table.columns.values()}
    headers = [str(header).strip() for header in frame.columns]
    headers = [names.get(header, header) for header in headers]
    declared = [*table.columns, *(["geometry"] if table.geometry else [])]
    doubled = sorted({header for header in headers if headers.count(header) > 1})
    unknown = sorted(set(headers) - set(declared))
    missing = [column for column in table.columns.values() if column.required and column.name not in headers]
    if doubled:
        faults.add(where, f"{len(doubled)} 个列名重复：{'、'.join(doubled)}", "每列只能有一个", "请删去多余的列")
    for header in unknown:
        hint = near(header, [*table.columns, *names])
        own = f"请改列名或删去此列；只有本地规则要的列，写进规则文件的 [columns.{table.name}]"
        faults.add(
            where, f"不认识的列「{header}」", "", f"{hint}{own if table.level == 'child' else '请改列名或删去此列'}"
        )
    if missing:
        titles = "、".join(column.title for column in missing)
        faults.add(where, f"缺少 {len(missing)} 列：{titles}", "", "请补上这些列")
    frame = frame.set_axis(headers, axis=1)
    return frame.loc[:, ~frame.columns.duplicated() & frame.columns.isin(declared)]


def _note_unread(table: Table, column: Column, cells: pd.Series, where: str, faults: Faults) -> None:
    """Note the cells of one column that hold something its kind cannot be."""
    if len(cells) == 0:
        return
    found = f"列{column.title}有 {len(cells)} 处不能识别：{examples(table, cells)}"
    hint = near(str(cells.iloc[0]), [word for pair in column.choices.items() for word in pair])
    if column.kind in ("date", "timestamp"):
        hint = _doubts(cells, column.kind)
    faults.add(where, found, column.allowed, hint + "请更正")


def _doubts(cells: pd.Series, kind: str) -> str:
    """Say of a few dates that were not read what is in question, one of each sort."""
    doubts = {doubt: cell for cell in reversed(cells.tolist()) if (doubt := moments.doubt(str(cell), kind))}
    return "".join(f"「{cell}」{doubt}，" for doubt, cell in list(reversed(doubts.items()))[:SHOWN_ROWS])


@cache
def contract(name: str) -> "DataFrameSchema":
    """Return the pandera contract of one table: required values, ranges, patterns."""
    return _contract(_DECLARED[name])


def _contract(table: Table) -> "DataFrameSchema":
    import pandera.pandas as pa

    def checks(column: Column) -> list:
        bounds = [pa.Check.ge(column.low, error=column.allowed)] if column.low is not None else []
        bounds += [pa.Check.le(column.high, error=column.allowed)] if column.high is not None else []
        bounds += [pa.Check.in_range(0, 1, error=column.allowed)] if column.kind == "share" else []
        bounds += [pa.Check.str_matches(rf"^\d{{{column.digits}}}$", error=column.allowed)] if column.digits else []
        # What a bureau writes has become a code, or a fault, when it was read; a result has never been read.
        closed = column.choices and table.level == "result"
        return [*bounds, pa.Check.isin([*column.choices], error=column.allowed)] if closed else bounds

    columns = [column for column in table.columns.values() if not column.each]
    return pa.DataFrameSchema(
        {it.name: pa.Column(None, checks(it), nullable=not it.required, required=not it.optional) for it in columns}
    )


def judge(table: Table, frame: pd.DataFrame, unread: Mapping[str, pd.Index], where: str, faults: Faults) -> None:
    """Note missing values, values out of range and rows with the same key."""
    from pandera.errors import SchemaErrors

    try:
        own = table is not _DECLARED[table.name]
        (_contract(table) if own else contract(table.name)).validate(frame, lazy=True)
    except SchemaErrors as errors:
        for (name, test), cases in errors.failure_cases.groupby(["column", "check"], sort=False):
            _note_case(table, table.columns[name], test, cases, unread[name], where, faults)
    _note_doubles(table, frame, unread, where, faults)


def _judge_pseudonyms(table: Table, frame: pd.DataFrame, where: str, faults: Faults) -> None:
    """Note citizen numbers where a pseudonym belongs: whoever reads the table would know whose they are."""
    for column in (column for column in table.columns.values() if column.person):
        numbers = frame[column.name][student_numbers.citizens(frame[column.name])]
        if len(numbers):
            shown = examples(table, student_numbers.masked(numbers.str.removeprefix("G")))
            found = f"列{column.title}有 {len(numbers)} 处是身份证号：{shown}"
            faults.add(where, found, "须为化名编号，不得使用身份证号", "请另编编号，对照表留在本单位")


def _note_doubles(
    table: Table, frame: pd.DataFrame, unread: Mapping[str, pd.Index], where: str, faults: Faults
) -> None:
    """Note rows that share a key with another row; rows whose key is blank or unread have been noted already."""
    key = list(table.key)
    if not key:
        return
    readable = frame[key].dropna(how="all")
    for name in key:
        readable = readable.drop(index=unread[name], errors="ignore")
    doubled = readable[readable.duplicated(keep=False)]
    if len(doubled):
        titles = "、".join(table.columns[name].title for name in key)
        parts = [doubled[name].astype("str") for name in key]
        values = parts[0].str.cat(parts[1:], sep="，", na_rep="")
        found = f"有 {len(doubled)} 行的{titles}与别的行相同：{examples(table, values)}"
        faults.add(where, found, "不得重复", "请删去重复的行或更正编号")


def _note_case(
    table: Table, column: Column, test: str, cases: pd.DataFrame, unread: pd.Index, where: str, faults: Faults
) -> None:
    """Turn the failures pandera found in one column under one test into one fault."""
    if test != "not_nullable":
        cells = pd.Series(cases["failure_case"].to_numpy(), index=cases["index"].astype(int))
        found = f"列{column.title}有 {len(cells)} 处超出范围：{examples(table, cells)}"
        faults.add(where, found, column.allowed, "请更正")
        return
    at = [position for position in cases["index"].astype(int) if position not in unread]
    if at:
        faults.add(where, f"列{column.title}有 {len(at)} 处空白：{rows(table, at)}", "此列不得空白", "请补填")
