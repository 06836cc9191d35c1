"""Tables kept as text: the encoding and the separator are found, and said where they are not the usual ones.

Chinese Excel saves CSV in GB18030, its 「Unicode text」 in UTF-16 with tabs, European settings use semicolons, and a
list typed on a Chinese keyboard has full-width commas. A file that could be two things is refused: nothing is guessed.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator

from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.sheets.grids import Grid, at

SEPARATORS = {",": "逗号", "\t": "制表符", ";": "分号", "，": "全角逗号", "；": "全角分号", "|": "竖线"}
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_USUAL = "UTF-8"
_LOST = re.compile("\ufffd|[?][\u4e00-\u9fff]|^[\u4e00-\u9fff]{1,3}[?]+$")
_REMEDY = "请用 Excel 或记事本另存为 UTF-8"
_SAMPLE = 60  # lines looked at to find the separator
_FEW_BAD = 0.02  # of the characters that are not ASCII: a UTF-8 file with a broken byte, not another encoding
_PLAIN_HANZI = 0.8  # a text in GB18030 keeps to the 6,763 characters of GB 2312, or it may be Big5
_REPLACED = "\ufffd"


def read(content: bytes, file: str, matches: Callable[[list[str]], int]) -> Grid:
    """Read a table kept as text.

    Parameters
    ----------
    content : bytes
        The bytes of the file.
    file : str
        Its name, for the messages.
    matches : callable
        How many known headings a row of cells holds; it decides between separators.

    Returns
    -------
    Grid
        The table, with what was settled on the way.

    Raises
    ------
    DataError
        No encoding fits, or more than one; quotes that never close.
    """
    text, encoding = decoded(content, file)
    separator = _separator(text, matches)
    if text[:4].lower() == "sep=":
        text = text.partition("\n")[2]
    rows = _rows(text, separator, file)
    return Grid("", rows, said=tuple(_said(rows, encoding, separator)))


def _said(rows: list[list[str]], encoding: str, separator: str) -> Iterator[str]:
    """Say how a text was read, where that is not the usual way, and which characters an earlier program lost."""
    split = f"，分隔符为{SEPARATORS[separator]}" if any(len(row) > 1 for row in rows) else ""
    if encoding != _USUAL or (split and separator != ","):
        yield f"编码 {encoding}{split}"
    lost = [
        (row, column, cell) for row, cells in enumerate(rows) for column, cell in enumerate(cells) if _LOST.search(cell)
    ]
    if lost:
        yield f"有 {len(lost)} 格的「?」可能是以前转换编码时丢的字：{at(lost)}"


def decoded(content: bytes, file: str) -> tuple[str, str]:
    """Return the text of a file and the encoding it was in."""
    for mark, codec in _BOMS.items():
        if content.startswith(mark):
            return _strict(content, codec, file), "UTF-16" if codec == "utf-16" else "UTF-8"
    if b"\0" in content:
        little = content[1::2].count(0) >= content[::2].count(0)
        return _strict(content, "utf-16-le" if little else "utf-16-be", file), "UTF-16"
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as broken:
        _refuse_broken(content, broken, file)
    text = _strict(content, "gb18030", file)
    if _may_be_big5(content, text):
        raise DataError(Fault(file, "编码可能是 GB18030，也可能是 Big5", "须能确定编码", _REMEDY))
    return text, "GB18030"


def _strict(content: bytes, codec: str, file: str) -> str:
    """Decode every byte, or say in which line it fails."""
    try:
        return content.decode(codec)
    except UnicodeDecodeError as broken:
        line = content[: broken.start].count(b"\n") + 1
        found = f"第 {line} 行有不是 {codec.upper()} 的字节"
        raise DataError(Fault(file, found, "编码须为 UTF-8、UTF-16 或 GB18030", _REMEDY)) from None


def _refuse_broken(content: bytes, broken: UnicodeDecodeError, file: str) -> None:
    """Refuse a UTF-8 file in which a few bytes are broken; read in another encoding it would turn to nonsense."""
    text = content.decode("utf-8", errors="replace")
    bad, beyond = text.count(_REPLACED), sum(character > "\x7f" for character in text)
    if bad <= max(1, _FEW_BAD * beyond) and beyond > 2 * bad:
        line = content[: broken.start].count(b"\n") + 1
        raise DataError(Fault(file, f"第 {line} 行的 UTF-8 编码断了，共 {bad} 处", "须为完好的文件", "请重新导出"))


def _may_be_big5(content: bytes, text: str) -> bool:
    """Tell whether a text that decodes as GB18030 could as well be Big5."""
    beyond = [character for character in text if character > "\x7f"]
    plain = sum(_in_gb2312(character) for character in beyond)
    if plain >= _PLAIN_HANZI * len(beyond):
        return False
    try:
        content.decode("big5")
    except UnicodeDecodeError:
        return False
    return True


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _separator(text: str, matches: Callable[[list[str]], int]) -> str:
    """Return the separator under which most headings are recognised and the lines are of one width."""
    if text[:4].lower() == "sep=" and text[4:5] in SEPARATORS:
        return text[4]
    sample = "\n".join(text.splitlines()[:_SAMPLE])

    def fitness(separator: str) -> tuple[int, float, int]:
        rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator) if any(row)]
        widths = Counter(len(row) for row in rows if len(row) > 1)
        width, times = widths.most_common(1)[0] if widths else (1, 0)
        return max(map(matches, rows), default=0), times / max(len(rows), 1), width

    return max(SEPARATORS, key=fitness)


def _rows(text: str, separator: str, file: str) -> list[list[str]]:
    """Split a text into cells; a quote that never closes would swallow the rest of the file."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows = list(reader)
    except csv.Error:
        found = f"第 {reader.line_num} 行前后的引号不成对"
        raise DataError(Fault(file, found, "引号须成对", "请用 Excel 打开核对后另存")) from None
    return rows
