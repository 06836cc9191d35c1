"""Text that a spreadsheet would run as a formula is kept as text in CSV files, and read back as it was.

A name such as =HYPERLINK(...) in somebody's list must not start a formula on the next reader's screen. A cell that
begins with an apostrophe is text to Excel; the apostrophe is taken off again when the file is read here.
"""

import pandas as pd

_STARTS_FORMULA = r"^(?='*[=+\-@\t\r])"
_GUARDED = r"^'(?='*[=+\-@\t\r])"


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
    return text.startswith(("=", "+", "-", "@", "\t", "\r"))


def guarded(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts begin with an apostrophe where they would begin a formula; numbers stay numbers.

    Parameters
    ----------
    table : DataFrame
        Any table.

    Returns
    -------
    DataFrame
        A copy with the same columns.
    """
    return table.assign(**{name: table[name].str.replace(_STARTS_FORMULA, "'", regex=True) for name in _texts(table)})


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
    return table.assign(**{name: table[name].str.replace(_GUARDED, "", regex=True) for name in _texts(table)})


def _texts(table: pd.DataFrame) -> list[str]:
    return [name for name in table if pd.api.types.is_string_dtype(table[name])]
