"""Excel workbooks written one way: text from data stays text, and the same tables give the same bytes.

What a school is called is only a name: no text becomes a formula, a link or a number. A cell that somebody may edit
and whose text begins like a formula (`schema.csv_safety.begins_formula`) also needs a format with ``quote_prefix``.
"""

import io
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_SAFE = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def workbook(fill: "Callable[[Workbook], None]", *, title: str, day: date, author: str = "") -> bytes:
    """Make a workbook.

    Parameters
    ----------
    fill : callable
        Adds the sheets.
    title : str
        Title in the properties of the file.
    day : date
        Date Day it counts as made on; no clock is read.
    author : str, optional
        Author in the properties of the file.

    Returns
    -------
    bytes
        The xlsx file.

    Examples
    --------
    >>> import datetime as dt
    >>> import zhaosheng_analysis as zs
    >>> def fill(book):
    ...     book.add_worksheet("各校计划").write_row(0, 0, ["学校", "学位"])
    >>> content = zs.sheets.workbook(fill, title="招生计划", day=dt.date(2025, 5, 31))
    >>> content[:2], content == zs.sheets.workbook(fill, title="招生计划", day=dt.date(2025, 5, 31))
    (b'PK', True)
    """
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _SAFE) as book:
        properties = {"title": title, "created": datetime(day.year, day.month, day.day)}
        book.set_properties(properties | ({"author": author} if author else {}))
        fill(book)
    return buffer.getvalue()


def for_print(sheet: "Worksheet", *, heading: int, last: int, columns: int) -> None:
    """Freeze and filter the heading of a table, and print it landscape, one page wide, under its heading.

    Parameters
    ----------
    sheet : Worksheet
        The sheet, one table.
    heading : int
        Rows of the heading and of the last line; a table without lines is not filtered.
    last : int
        Rows of the heading and of the last line; a table without lines is not filtered.
    columns : int
        How many columns there are.

    Examples
    --------
    >>> import datetime as dt
    >>> import zhaosheng_analysis as zs
    >>> def fill(book):
    ...     sheet = book.add_worksheet("各校计划")
    ...     sheet.write_row(0, 0, ["学校", "学位"])
    ...     sheet.write_row(1, 0, ["一小", 2])
    ...     zs.sheets.for_print(sheet, heading=0, last=1, columns=2)
    >>> content = zs.sheets.workbook(fill, title="招生计划", day=dt.date(2025, 5, 31))
    >>> [grid.cells for grid in zs.sheets.opened(content, "计划.xlsx")]
    [[['学校', '学位'], ['一小', 2.0]]]
    """
    sheet.freeze_panes(heading + 1, 1)
    if last > heading:
        sheet.autofilter(heading, 0, last, columns - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(heading)
