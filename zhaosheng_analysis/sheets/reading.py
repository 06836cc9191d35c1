"""A file read as the one table somebody looks for, with all that was found and done on the way.

Comes in: the bytes of a file and what columns are looked for. Goes out: a `Sheet`. What can be settled without harm is
settled and said (a title above the heading, a merged class name); what cannot is a fault with its cell.
"""

from collections.abc import Sequence
from dataclasses import replace

from zhaosheng_analysis.schema import DataError, Fault, Note
from zhaosheng_analysis.sheets import books, headings, tabulating
from zhaosheng_analysis.sheets.grids import Grid
from zhaosheng_analysis.sheets.sheet import Sheet, Sought


def read(content: bytes, file: str, sought: Sought, *, sheet: str = "", strict: bool = False) -> Sheet:
    r"""Read the one table of a file that has the columns looked for.

    Parameters
    ----------
    content : bytes
        What is in the file, of any kind `opened` knows.
    file : str
        Its name, for the messages.
    sought : Sought
        The columns looked for.
    sheet : str, optional
        Name of the sheet to read; "" takes the only one that fits.
    strict : bool, optional
        Whether rows that are no rows of the table, and hidden ones, are faults, as in a roster that is drawn from.

    Returns
    -------
    Sheet
        The table; its faults are for the caller to raise, together with those of its own.

    Raises
    ------
    DataError
        The file cannot be opened, no sheet has this name, or several sheets fit.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> text = "某校名册\n报名号；性别\nP1；男\n合计；1人\n".encode("gb18030")
    >>> found = zs.sheets.read(text, "名册.txt", zs.sheets.Sought({"报名号": "child", "性别": "sex"}))
    >>> found.table["child"].tolist(), found.cell(found.table.index[0], "sex")
    (['P1'], 'B3')
    >>> for note in found.notes:
    ...     print(note)
    名册.txt：编码 GB18030，分隔符为全角分号。
    名册.txt：表头在第 2 行；以上的当作标题，未读：A1「某校名册」。
    名册.txt：有 1 行是合计或小计：A4「合计」；未读。
    """
    chosen, notes = _chosen(books.opened(content, file, sought.words), file, sought, sheet)
    table = tabulating.of(chosen, place(file, chosen), sought, strict=strict)
    return replace(table, notes=(*notes, *table.notes))


def place(file: str, grid: Grid) -> str:
    """Name a file and the sheet in it.

    Parameters
    ----------
    file : str
        Name of the file.
    grid : Grid
        One of its sheets.

    Returns
    -------
    str
        Such as 名册.xlsx 工作表「一年级」; the file alone where it is one table of text.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.sheets.place("名册.xlsx", zs.sheets.Grid("一年级", []))
    '名册.xlsx 工作表「一年级」'
    """
    return f"{file} 工作表「{grid.title}」" if grid.title else file


def _chosen(opened: Sequence[Grid], file: str, sought: Sought, sheet: str) -> tuple[Grid, list[Note]]:
    """Choose the sheet to read: the one named, or the only one with the columns looked for."""
    if sheet:
        return _called(opened, file, sheet), []
    fits = [len(headings.heading(grid, sought.words).known) for grid in opened]
    rivals = [grid for grid, fit in zip(opened, fits, strict=True) if fit and 2 * fit >= max(fits)]
    shown = [grid for grid in rivals if not grid.hidden]
    if len(shown) > 1:
        remedy = "名单分在几张上的，请合成一张；多余的请删去，或用 --sheet（有这个选项的命令）写明读哪一张"
        raise DataError(Fault(file, f"有 {len(shown)} 张工作表都有所找的列：{_titles(shown)}", "只能有一张", remedy))
    if rivals and not shown:
        raise DataError(Fault(file, f"所找的列在隐藏的工作表{_titles(rivals)}", "", "请取消隐藏，核对后再用"))
    chosen = shown[0] if shown else next((grid for grid in opened if not grid.hidden), opened[0])
    left = [grid for grid in opened if grid is not chosen and any(cell != "" for row in grid.cells for cell in row)]
    if not left:
        return chosen, []
    return chosen, [Note(file, f"读工作表「{chosen.title}」", f"其余 {len(left)} 张未读：{_titles(left)}")]


def _called(opened: Sequence[Grid], file: str, sheet: str) -> Grid:
    """Return the sheet with this name."""
    named = [grid for grid in opened if grid.title == sheet]
    if not named:
        titles = _titles([grid for grid in opened if grid.title]) or "（不分工作表）"
        raise DataError(Fault(file, f"没有工作表「{sheet}」", f"现有：{titles}", "请更正"))
    return named[0]


def _titles(sheets: Sequence[Grid]) -> str:
    return "、".join(f"「{grid.title}」" + ("（隐藏）" if grid.hidden else "") for grid in sheets)
