"""Which rows below a heading are no rows of the table: totals, notes, a heading printed again, blanks.

A total that is taken for a child gets a seat; so they are told apart, and named wherever they are left out.
"""

import re
from collections.abc import Sequence
from typing import Any

_TOTAL = re.compile(r".{0,12}?(?:合计|小计|总计|共计|累计)(?:人数|数)?[:：]?|共\d+[人名户]|总人数[:：]?|平均")
_NOTE = re.compile(
    r"(?:附?注|备注|说明|填表说明|注意)(?:\d*[:：.、]|\d).*|(?:填表|制表|填报|审核|复核|经办|负责|联系)人.{0,2}[:：].*"
    r"|(?:填表|制表|填报|上报)(?:日期|时间|单位).{0,2}[:：].*|(?:单位)?(?:负责人|盖章|公章|签字|签名).{0,2}[:：(（].*"
    r"|[(（]?(?:以下|此处|下)空白[)）]?|[※*★].+|第\d+页.*"
)
# What a cell must hold to be looked at twice; a row is judged in full only then.
_HINTS = re.compile(r"计|注|说明|示例|填|制表|审核|复核|经办|负责|联系|章|签|空白|平均|总人数|^共|^[※*★第]")
_FIRST = 3  # a total may stand behind a running number
_EXAMPLE = re.compile(r"[(（]示例[)）].*")
KINDS = {"total": "合计或小计", "note": "注或签署", "again": "重复的表头", "example": "示例"}


def kind(row: Sequence[Any], heading: Sequence[str]) -> str:
    """Say what a row is instead of a row of the table: total, note, example …, or "" for a row like the others.

    Parameters
    ----------
    row : sequence of object
        Cells.
    heading : sequence of str
        Names of the columns as the file writes them, spaces removed.

    Returns
    -------
    {"total", "note", "again", "example", "blank", ""}
        What it is.
    """
    first = [cell for cell in row if cell != ""][:_FIRST]
    if not first or all(isinstance(cell, str) and not cell.strip() for cell in first):
        return "blank" if not any(_tight(cell) for cell in row) else ""
    if len(first) > 1 and not any(isinstance(cell, str) and _HINTS.search(cell) for cell in first):
        return "again" if first[0] in heading and _is_heading(row, heading) else ""
    if _is_heading(row, heading):
        return "again"
    filled = [_tight(cell) for cell in row if cell != ""]
    if _EXAMPLE.fullmatch(filled[0]):
        return "example"
    if any(_TOTAL.fullmatch(text) for text in filled[:_FIRST]):
        return "total"
    if _NOTE.fullmatch(filled[0]) or (len(filled) == 1 and _is_remark(filled[0])):
        return "note"
    return ""


def _is_heading(row: Sequence[Any], heading: Sequence[str]) -> bool:
    """Tell whether a row is the heading once more."""
    same = [_tight(cell) == name for cell, name in zip(row, heading, strict=False) if cell != ""]
    return len(same) > 1 and all(same)


def _is_remark(text: str) -> bool:
    """Tell whether the only words of a row are a sentence, such as 本表一式两份."""
    return bool(re.search(r"[，。；]|本表|一式|盖章|签字|^(?:以上|以下)?(?:数据|资料)?(?:截至|截止|来源)", text))


def _tight(cell: Any) -> str:
    return "".join(cell.split()) if isinstance(cell, str) else ("" if cell == "" else str(cell))
