"""A table as a bureau wrote it, read into its declared columns and types, and all that is wrong with it said at once.

A fault says *where: what was found; what is allowed; what to do*. All faults of a file are collected before the
error is raised, because a clerk who mends a workbook wants the whole list, not the first line of it.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.schema import cell_types, moments, student_numbers
from zhaosheng_analysis.schema.faults import DataError, Fault, Faults, near

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema
from zhaosheng_analysis.schema.tables import TABLES, Column, Table

SHOWN_ROWS = 3


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
    plain, typed, unread = pd.DataFrame(frame), {}, {}
    for column in table.columns.values():
        if column.name in plain:
            cells = plain[column.name]
            typed[column.name], unread[column.name] = _read(column, cells)
            if len(unread[column.name]):
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
    if column.kind == "text":  # whatever is made of it, nobody's identity number is in it
        typed = student_numbers.without(typed)
    lost = typed.isna()
    if not lost.any():
        return typed, cells.index[:0]
    doubtful = cells[lost & cells.notna()]
    unread = doubtful.index
    if len(doubtful):
        unread = unread[cell_types.written(doubtful).notna()]
    return typed if column.empty is None else typed.fillna(column.empty), unread


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
    if not (doubled or unknown):
        return frame
    return frame.loc[:, ~frame.columns.duplicated() & frame.columns.isin(declared)]


def _note_unread(table: Table, column: Column, cells: pd.Series, where: str, faults: Faults) -> None:
    """Note the cells of one column that hold something its kind cannot be."""
    found = f"列{column.title}有 {len(cells)} 处不能识别：{examples(table, cells)}"
    hint = near(str(cells.iloc[0]), [word for pair in column.choices.items() for word in pair])
    if column.kind in ("date", "timestamp"):
        hint = _doubts(cells, column.kind)
    faults.add(where, found, column.allowed, hint + "请更正")


def _doubts(cells: pd.Series, kind: str) -> str:
    """Say of a few dates that were not read what is in question, one of each sort."""
    doubts = {doubt: cell for cell in reversed(cells.tolist()) if (doubt := moments.doubt(str(cell), kind))}
    return "".join(f"「{cell}」{doubt}，" for doubt, cell in list(reversed(doubts.items()))[:SHOWN_ROWS])


def _contract(table: Table, columns: Iterable[Column]) -> "DataFrameSchema":
    """Return the pandera contract of some columns of a table: required values, ranges, patterns."""
    import pandera.pandas as pa

    def checks(column: Column) -> list:
        bounds = [pa.Check.ge(column.low, error=column.allowed)] if column.low is not None else []
        bounds += [pa.Check.le(column.high, error=column.allowed)] if column.high is not None else []
        bounds += [pa.Check.in_range(0, 1, error=column.allowed)] if column.kind == "share" else []
        bounds += [pa.Check.str_matches(rf"^\d{{{column.digits}}}$", error=column.allowed)] if column.digits else []
        # What a bureau writes has become a code, or a fault, when it was read; a result has never been read.
        closed = column.choices and table.level == "result"
        return [*bounds, pa.Check.isin([*column.choices], error=column.allowed)] if closed else bounds

    return pa.DataFrameSchema(
        {it.name: pa.Column(None, checks(it), nullable=not it.required, required=not it.optional) for it in columns}
    )


def judge(table: Table, frame: pd.DataFrame, unread: Mapping[str, pd.Index], where: str, faults: Faults) -> None:
    """Note missing values, values out of range and rows with the same key."""
    result = table.level == "result"
    columns = [it for it in table.columns.values() if not it.each and (result or not _sound(it, frame[it.name]))]
    if columns:
        from pandera.errors import SchemaErrors

        try:
            _contract(table, columns).validate(frame, lazy=True)
        except SchemaErrors as errors:
            for (name, test), cases in errors.failure_cases.groupby(["column", "check"], sort=False):
                _note_case(table, table.columns[name], test, cases, unread[name], where, faults)
    _note_doubles(table, frame, unread, where, faults)


def _sound(column: Column, cells: pd.Series) -> bool:
    """Tell at a glance of a column that was read that nothing in it can be against its contract."""
    if column.required and cells.isna().any():
        return False
    low, high = (0.0, 1.0) if column.kind == "share" else (column.low, column.high)
    if low is None and high is None:
        return column.digits is None or cells.isna().all()
    least, most = cells.min(), cells.max()
    inside = pd.isna(least) or ((low is None or least >= low) and (high is None or most <= high))
    return inside and column.digits is None


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
    if not key or not frame.duplicated(key).any():
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
