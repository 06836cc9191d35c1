"""Numbers that name somebody: digits lost in a spreadsheet, zeros that may be missing, several forms in one column.

Excel keeps 15 digits of a number. A longer one in a numeric cell has lost its tail, and two children may have become
one; a number that begins with zeros loses them. Neither can be put right from the file, so that such cells are refused.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from zhaosheng_analysis.schema import Faults
from zhaosheng_analysis.sheets.grids import at, some

EXACT = 10**15
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,2}")
_DECIMAL = re.compile(r"\d+\.0+")
_SUSPECT = re.compile(r"[eE]\+?\d|\.0")
_ALIKE = 0.8

Cell = tuple[int, int, Any]


def judge(cells: Sequence[Cell], title: str, where: str, faults: Faults) -> None:
    """Note the cells of a column of numbers that cannot be trusted.

    Parameters
    ----------
    cells : sequence of tuple of (int, int, object)
        Row, column and value of the cells that are not blank, values as the file types them.
    title : str
        Name of the column, for the messages.
    where : str
        File and sheet, for the messages.
    faults : Faults
        Where they are noted.
    """
    texts = [cell[2] for cell in cells if isinstance(cell[2], str)]
    if len(texts) == len(cells) and not _SUSPECT.search("\n".join(texts)):
        return
    judge_lost(cells, title, where, faults)
    decimal = [cell for cell in cells if isinstance(cell[2], str) and _DECIMAL.fullmatch(cell[2].strip())]
    if decimal:
        found = f"列{title}有 {len(decimal)} 处带小数：{at(decimal)}"
        faults.add(where, found, "编号没有小数", "像是导出时被当作数字，请以文本重新导出")
    _judge_zeros(cells, title, where, faults)


def judge_lost(cells: Sequence[Cell], title: str, where: str, faults: Faults) -> None:
    """Note cells whose digits were lost, in a column of numbers or of text.

    Parameters
    ----------
    cells : sequence of tuple of (int, int, object)
        As in `judge`.
    title : str
        Name of the column, for the messages.
    where : str
        File and sheet, for the messages.
    faults : Faults
        Where they are noted.
    """
    lost = [cell for cell in cells if _has_lost(cell[2])]
    if lost:
        found = f"列{title}有 {len(lost)} 处长号码被当作数字存放，末几位已丢失：{at(lost)}"
        faults.add(where, found, "须为文本格式的单元格", "请把该列设为「文本」后从原始资料重新录入")


def _has_lost(value: Any) -> bool:
    if isinstance(value, str):
        return _SCIENTIFIC.fullmatch(value.strip()) is not None
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= EXACT


def _judge_zeros(cells: Sequence[Cell], title: str, where: str, faults: Faults) -> None:
    """Note numbers beside texts of digits that are longer or begin with zero: their own zeros may be lost."""
    numbers = [cell for cell in cells if _is_number(cell[2]) and not _has_lost(cell[2])]
    texts = [cell[2].strip() for cell in cells if isinstance(cell[2], str) and cell[2].strip().isdecimal()]
    widths = {len(text) for text in texts}
    if not numbers or not texts:
        return
    short = [cell for cell in numbers if len(str(int(cell[2]))) < min(widths)] if len(widths) == 1 else []
    if any(text.startswith("0") for text in texts):
        short = numbers
    if short:
        example = next((text for text in texts if text.startswith("0")), texts[0])
        found = f"列{title}有 {len(short)} 处是数值，别的是文本（如「{example}」），前面的零可能丢了：{at(short)}"
        faults.add(where, found, "一列须全是文本", "请把该列设为「文本」后核对这些号码")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def form(number: str) -> str:
    """Describe the form of a number.

    Parameters
    ----------
    number : str
        A number that names somebody.

    Returns
    -------
    str
        Its form in Chinese.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.sheets.digits.form("P003"), zs.sheets.digits.form("合计")
    ('P+3位数字', '2个汉字')
    """
    parts = []
    for kind, run in groupby(number, key=_kind):
        text = "".join(run)
        parts.append(f"{len(text)}位数字" if kind == "digit" else f"{len(text)}个汉字" if kind == "han" else text)
    return "+".join(parts)


def _kind(character: str) -> str:
    return "digit" if character.isdecimal() else "han" if "\u4e00" <= character <= "\u9fff" else "other"


def forms(numbers: Iterable[str]) -> str:
    """Say how many of many numbers have another form than the most, or nothing where they are alike.

    Parameters
    ----------
    numbers : iterable of str
        Numbers of one column.

    Returns
    -------
    str
        A clause in Chinese, or "".
    """
    numbers = list(numbers)
    counted = Counter(map(form, numbers))
    if len(counted) < 2:
        return ""
    usual, times = counted.most_common(1)[0]
    odd = [number for number in numbers if form(number) != usual]
    return f"{times} 个号码的形式是「{usual}」，{len(odd)} 个不同：{some(f'「{number}」' for number in odd)}"


def strange(numbers: Sequence[str]) -> list[int]:
    """Return the places of numbers without any digit among numbers that nearly all have some.

    Parameters
    ----------
    numbers : sequence of str
        Numbers of one column.

    Returns
    -------
    list of int
        Their places, from 0.
    """
    without = [place for place, number in enumerate(numbers) if not any(map(str.isdecimal, number))]
    return without if len(without) <= (1 - _ALIKE) * len(numbers) or _few(numbers, without) else []


def _few(numbers: Sequence[str], without: Sequence[int]) -> bool:
    """Tell whether the numbers without digits are words of Chinese, while the others are not."""
    words = all(any("\u4e00" <= character <= "\u9fff" for character in numbers[place]) for place in without)
    return words and 2 * len(without) < len(numbers)
