"""Text that a spreadsheet would run as a formula is kept as text in CSV files, and read back as it was.

A name such as =HYPERLINK(...) in somebody's list must not start a formula on the next reader's screen. A cell that
begins with an apostrophe is text to Excel; the apostrophe is taken off again when the file is read here.
"""

import re

import pandas as pd

# A Chinese or Japanese spreadsheet takes the full-width signs too.
_SIGNS = "=+-@\t\r\n＝＋－＠"
_STARTS_FORMULA = rf"^(?='*[{re.escape(_SIGNS)}])"
_GUARDED = rf"^'(?='*[{re.escape(_SIGNS)}])"


def begins_formula(text: str) -> bool:
    """Tell whether a spreadsheet would run a text as a formula.

    Parameters
    ----------
    text : str
        The text of a cell.

    Returns
    -------
    bool
        Whether it begins like one.
    """
    return text.startswith(tuple(_SIGNS))


def guarded(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts and headings begin with an apostrophe where they would begin a formula.

    Numbers stay numbers.

    Parameters
    ----------
    table : DataFrame
        Any table.

    Returns
    -------
    DataFrame
        A copy with the same columns.
    """
    return _replaced(table, _STARTS_FORMULA, "'")


def csv(table: pd.DataFrame) -> str:
    """Return a table as CSV that no spreadsheet runs.

    Parameters
    ----------
    table : DataFrame
        Any table.

    Returns
    -------
    str
        Its CSV with a header, lines ended by a newline.
    """
    return guarded(table).to_csv(index=False, lineterminator="\n")


def restored(table: pd.DataFrame) -> pd.DataFrame:
    """Undo `guarded`.

    Parameters
    ----------
    table : DataFrame
        A table as `guarded` gave it, read back.

    Returns
    -------
    DataFrame
        A copy without the apostrophes.
    """
    return _replaced(table, _GUARDED, "")


def _replaced(table: pd.DataFrame, pattern: str, by: str) -> pd.DataFrame:
    """Replace a pattern at the beginning of every text and heading of a table."""
    texts = {at: _of_column(table.iloc[:, at], pattern, by) for at in range(table.shape[1]) if _holds_text(table, at)}
    headings = [re.sub(pattern, by, name) if isinstance(name, str) else name for name in table.columns]
    columns = {at: texts.get(at, table.iloc[:, at]) for at in range(table.shape[1])}
    return pd.DataFrame(columns, index=table.index).set_axis(headings, axis=1)


def _of_column(cells: pd.Series, pattern: str, by: str) -> pd.Series:
    """Replace a pattern in a column; of mixed cells, such as a list of words and numbers, only the texts change."""
    if pd.api.types.is_string_dtype(cells):
        return cells.str.replace(pattern, by, regex=True)
    return cells.astype("object").map(lambda cell: re.sub(pattern, by, cell) if isinstance(cell, str) else cell)


def _holds_text(table: pd.DataFrame, at: int) -> bool:
    dtype = table.dtypes.iloc[at]
    return pd.api.types.is_string_dtype(dtype) or dtype.kind == "O"
