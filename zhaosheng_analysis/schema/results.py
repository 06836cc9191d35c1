"""The tables one package hands to another, checked at the door of whoever receives one.

They are declared beside the input tables (``tables.toml``, level result). A door looks at columns and their types only,
so that it costs the same for seven children and for a million; `verify` looks at every value as well.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any, ParamSpec, TypeVar

import pandas as pd

from zhaosheng_analysis.schema import cell_types
from zhaosheng_analysis.schema.checking import judge
from zhaosheng_analysis.schema.faults import DataError, Fault, Faults
from zhaosheng_analysis.schema.tables import RESULTS, Table

#: Kinds whose cells are objects.
UNTYPED = ("list", "geometry")
Given = ParamSpec("Given")
Made = TypeVar("Made")


def takes(**tables: str) -> Callable[[Callable[Given, Made]], Callable[Given, Made]]:
    """Declare which parameters of a function are declared tables, and check them whenever it is called.

    Parameters
    ----------
    **tables : str
        Parameter -> name of its table in `RESULTS`. A parameter that may be None is checked where it is given.

    Returns
    -------
    Callable
        Decorator; the function it returns has the same signature, raises `DataError` as `expect` does, and says in
        its attribute ``takes`` which tables it takes.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> @zs.schema.takes(flags="alerts")
    ... def red(flags):
    ...     return flags[flags["level"] == "red"]
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> flags = zs.alerts.flag(zs.forecast.project(town, rules, years=[2026]), rules)
    >>> red(flags)["name"].to_list()
    ['一小']
    >>> try:
    ...     red(flags.drop(columns="level"))
    ... except zs.schema.DataError as error:
    ...     print(error.faults[0].found, error.faults[0].allowed)
    缺少 1 列：「预警级别」(level) 这张表由 alerts.flag 生成
    """

    def at_the_door(function: Callable[Given, Made]) -> Callable[Given, Made]:
        places = {name: place for place, name in enumerate(inspect.signature(function).parameters) if name in tables}
        door = f"{function.__module__.partition('.')[2]}.{function.__name__}"

        @functools.wraps(function)
        def checked(*args: Given.args, **kwargs: Given.kwargs) -> Made:
            for name, place in places.items():
                given = args[place] if place < len(args) else kwargs.get(name)
                if given is not None:
                    expect(tables[name], given, door=door)
            return function(*args, **kwargs)

        checked.takes = tables
        return checked

    return at_the_door


def expect(name: str, table: pd.DataFrame, *, door: str = "") -> None:
    """Refuse a table that lacks a declared column, or has one of another kind; values are not looked at.

    Parameters
    ----------
    name : str
        Name of the table in `RESULTS`.
    table : pandas.DataFrame
        What was received; columns that are not declared do no harm.
    door : str
        Who received it, for the message.

    Raises
    ------
    DataError
        With the table, the columns, their Chinese titles and where the table comes from.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> published = pd.DataFrame({"school_id": ["s1"], "stage": ["primary"], "level": ["red"]})
    >>> zs.schema.expect("alerts.published", published)
    >>> try:
    ...     zs.schema.expect("alerts.published", published.assign(level=2))
    ... except zs.schema.DataError as error:
    ...     print(error.faults[0].where, error.faults[0].found)
    「上次发布的预警级别」(alerts.published) 列「预警级别」(level)的类型是 int64
    """
    faults = _lacks(RESULTS[name], table, door)
    if faults:
        raise DataError(*faults)


def expect_all(owner: object, prefix: str) -> None:
    """Refuse an object of tables, such as an outlook, if one of them is not as declared under its name.

    Parameters
    ----------
    owner : object
        A dataclass; each field ``name`` for which ``prefix.name`` is declared is checked.
    prefix : str
        What the tables of the object are declared under.

    Raises
    ------
    DataError
        With everything that is wrong with any of its tables.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> zs.schema.expect_all(zs.forecast.project(town, rules, years=[2026]), "outlook")
    """
    door = f"{type(owner).__module__.partition('.')[2]}.{type(owner).__name__}"
    named = {f"{prefix}.{field.name}": getattr(owner, field.name) for field in fields(owner)}
    faults = [fault for name, table in named.items() if name in RESULTS for fault in _lacks(RESULTS[name], table, door)]
    if faults:
        raise DataError(*faults)


def typed(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Give the declared columns of a table their types, which pandas loses where rows are put together of nothing.

    Parameters
    ----------
    name : str
        Name of the table in `RESULTS`.
    table : pandas.DataFrame
        The table its maker has put together; columns of lists and shapes stay as they are.

    Returns
    -------
    pandas.DataFrame
        The same rows and columns.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> bare = pd.DataFrame(columns=["school_id", "stage", "level"])
    >>> zs.schema.typed("alerts.published", bare).dtypes.astype(str).unique().tolist()
    ['str']
    """
    declared = RESULTS[name].columns.values()
    return table.astype({it.name: it.dtype for it in declared if it.name in table and it.kind not in UNTYPED})


def verify(name: str, table: pd.DataFrame) -> list[Fault]:
    """Look at every value of a table: columns, types, missing values, closed lists, ranges, doubles of the key.

    Parameters
    ----------
    name : str
        Name of the table in `RESULTS`.
    table : pandas.DataFrame
        The table.

    Returns
    -------
    list of Fault
        What differs from the declaration, empty where it is fulfilled.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> published = pd.DataFrame({"school_id": ["s1"], "stage": ["primary"], "level": ["purple"]})
    >>> [fault.found for fault in zs.schema.verify("alerts.published", published)]
    ['列「预警级别」(level)有 1 处超出范围：第 2 行「purple」']
    """
    declared = RESULTS[name]
    faults = Faults(_lacks(declared, table, ""))
    if not faults.found:
        frame = table.reset_index(drop=not declared.index)
        unread = dict.fromkeys(declared.columns, frame.index[:0])
        judge(declared, frame, unread, _place(declared, ""), faults)
    return faults.found


def _lacks(declared: Table, table: pd.DataFrame, door: str) -> list[Fault]:
    """Return the columns that are missing, and those of another kind."""
    where, source = _place(declared, door), f"这张表由 {declared.made_by} 生成"
    if not isinstance(table, pd.DataFrame):
        return [Fault(where, f"收到的是 {type(table).__name__}，不是表", source, "请传入那里得到的表")]
    dtypes = dict(zip(table.columns, table.dtypes, strict=True)) | {table.index.name: table.index.dtype}
    wanted = [column for column in declared.columns.values() if not column.each]
    lost = [column for column in wanted if column.name not in dtypes and not column.optional]
    lacking = []
    if lost:
        titles = "、".join(column.title for column in lost)
        lacking.append(Fault(where, f"缺少 {len(lost)} 列：{titles}", source, "请传入那里得到的表，不要删改它的列"))
    if declared.index and declared.index in table.columns:
        title = declared.columns[declared.index].title
        lacking.append(Fault(where, f"{title}是普通的列", f"{source}，{title}是它的行名", "请用 set_index 还原"))
    for column in wanted:
        if column.name in dtypes and not _is(dtypes[column.name], column.kind) and _said(table, column.name):
            said = f"列{column.title}的类型是 {dtypes[column.name]}"
            lacking.append(Fault(where, said, f"{cell_types.ALLOWED.get(column.kind, '须为文字代码')}；{source}"))
    return lacking


def _place(declared: Table, door: str) -> str:
    """Name a table as a planner and a programmer know it, and who received it."""
    return f"{f'{door} 收到的' if door else ''}「{declared.title}」({declared.name})"


def _said(table: pd.DataFrame, name: str) -> bool:
    """Tell whether any cell of a column says something; pandas types a column of blanks as it likes."""
    return name not in table or not table[name].isna().all()


def _is(dtype: Any, kind: str) -> bool:
    """Tell whether a column of a type can hold values of a kind."""
    if isinstance(dtype, pd.CategoricalDtype):
        dtype = dtype.categories.dtype
    if kind in UNTYPED:
        return str(dtype) == cell_types.DTYPES[kind]
    if cell_types.DTYPES[kind] == "str":
        return isinstance(dtype, pd.StringDtype)
    return dtype.kind in {"whole": "iu", "flag": "b", "date": "M", "timestamp": "M"}.get(kind, "iuf")
