"""The text of a notice as its clauses: read from what a bureau publishes, hashed, numbered, never interpreted.

A notice may be plain text (UTF-8 with or without mark, GBK), a Word document, a page saved as HTML, or a PDF that
holds text. The hash is that of the file as it lies on disk.
"""

import hashlib
import html
import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd

from zhaosheng_analysis.schema import DataError, Fault

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BREAKS = re.compile(r"<\s*(br|/p|/div|/tr|/li|/h\d)[^>]*>", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]+>", re.IGNORECASE | re.DOTALL)
NUMERALS = "一二三四五六七八九十"
#: A line that begins so stands behind the text, and everything after it.
APPENDIX = re.compile(rf"附[件表录]\s*[{NUMERALS}\d]*")
#: A chapter that holds clauses numbered anew; where the clauses run on, or there are none, its number is theirs.
CHAPTER = re.compile(rf"第[{NUMERALS}]+(?:章|编|部分)")
#: Stands between a number and which of the places of that number is meant (三1#2 is the second 1 of 三).
AGAIN = "#"
#: Numbers of clauses from the widest to the narrowest.
_LEVELS = (
    re.compile(rf"^(?:第([{NUMERALS}]+)(?:条|章|编|部分)|([{NUMERALS}]+)、)\s*"),
    re.compile(rf"^[（(]([{NUMERALS}]+)[）)]\s*"),
    re.compile(r"^(\d+)\s*[.．、](?:(?!\d)|(?=\d{1,2}\s*月|\d{4}\s*年))\s*"),
    re.compile(r"^[（(](\d+)[）)]\s*"),
    re.compile(r"^([①②③④⑤⑥⑦⑧⑨⑩])\s*"),
)
_BRACKETED = (_LEVELS[1], _LEVELS[3])
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
_ENDS = ("。", "；", ";", "！", "）", ")")


def text(path: Path) -> str:
    """Return the text of a notice.

    Parameters
    ----------
    path : Path
        The file: txt, md, docx, html or pdf; anything else is read as text.

    Returns
    -------
    str
        Its text, a paragraph a line.

    Raises
    ------
    DataError
        There is no such file, it is of no encoding, or it holds no text (a scan).
    """
    if not path.is_file():
        raise DataError(Fault(path.name, "没有这个文件", "txt、docx、html、pdf", "请核对路径"))
    content, ending = path.read_bytes(), path.suffix.lower()
    if content[:4] == b"PK\x03\x04":
        words = _of_word(content, path.name)
    elif content[:5] == b"%PDF-":
        words = _of_pdf(content)
    elif content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise DataError(Fault(path.name, "是旧的 Word 格式（doc）", "txt、docx、html、pdf", "请用 Word 另存为 docx"))
    else:
        words = _decoded(content, path.name)
        if ending in (".html", ".htm") or words.lstrip()[:9].lower().startswith(("<!doctype", "<html")):
            words = html.unescape(_TAGS.sub("", _BREAKS.sub("\n", words)))
    if not re.search(r"[\u4e00-\u9fff]", words):
        raise DataError(Fault(path.name, "没有读到文字", "须有文字，扫描件不行", "请改用文字版，或抄成 txt"))
    return words


def _decoded(content: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(Fault(name, "不是 UTF-8，也不是 GBK 编码", "", "请用记事本另存为，编码选 UTF-8"))


def _of_word(content: bytes, name: str) -> str:
    """Return the paragraphs and table rows of a Word document."""
    try:
        document = ET.fromstring(zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml"))  # noqa: S314 - no entities
    except (KeyError, zipfile.BadZipFile, ET.ParseError):
        raise DataError(Fault(name, "不是 Word 文档，或已损坏", "txt、docx、html、pdf", "请重新另存")) from None
    return "\n".join("".join(part.text or "" for part in line.iter(f"{_WORD}t")) for line in document.iter(f"{_WORD}p"))


def _of_pdf(content: bytes) -> str:
    """Return the text of the pages of a PDF."""
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as it lies on disk.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()


def clauses(whole: str) -> pd.DataFrame:
    r"""Take a text apart into its clauses by the numbers its lines begin with.

    Parameters
    ----------
    whole : str
        A paragraph a line.

    Returns
    -------
    DataFrame
        条款 (such as 三(二)1, empty before the first number) and 原文: one row a line. A paragraph behind the last
        item of a list none of whose items goes on below its first line is filed under what the list stands in; of
        clauses of one number the second is told by ``#2``.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> told = zs.policy.notices.clauses("一、对象\n（一）年龄\n1.满六周岁\n2.有户籍\n二、办法\n随后公布")
    >>> told["条款"].to_list()
    ['一', '一(一)', '一(一)1', '一(一)2', '二', '二']
    """
    lines = numbered(whole)
    rows = [("".join(_filed(lines, place)), line) for place, (_, line) in enumerate(lines)]
    return pd.DataFrame(rows, columns=["条款", "原文"], dtype="str")


def _filed(lines: list[tuple[tuple[str, ...], str]], place: int) -> tuple[str, ...]:
    """Return the clause a line is shown under: what stands behind a list belongs to what the list stands in."""
    path, line = lines[place]
    if len(path) < 2 or _number(line) is not None:
        return path
    first = next(number for number, (at, _) in enumerate(lines) if at == path)
    before = [at for at, _ in lines[:first] if len(at) == len(path) and at[:-1] == path[:-1]]
    ended = lines[first][1].endswith(_ENDS)
    goes_on = any(before.count(at) > 1 for at in before)
    return path[:-1] if before and ended and not goes_on else path


def numbered(whole: str) -> list[tuple[tuple[str, ...], str]]:
    """Take a text apart into its lines, each with the numbers of its clause from the widest to the narrowest.

    Parameters
    ----------
    whole : str
        A paragraph a line.

    Returns
    -------
    list of (tuple of str, str)
        Numbers, empty before the first, and line; behind the text the name of the appendix goes before.
    """
    at: list[str] = []
    main: list[str] = []
    rows = []
    times: dict[tuple[str, ...], int] = {}
    lines = [line for part in whole.replace("\r", "\n").split("\n") if (line := part.strip())]
    chaptered = _has_chapters(lines)
    for line in lines:
        title = APPENDIX.match(line)
        if title:
            main, at = at if not _behind(at) else main, ["".join(title[0].split())]
        chapter = CHAPTER.match(line) if chaptered else None
        numbered = None if chapter else _number(line)
        if chapter:
            at = [chapter[0]]
        elif numbered:
            level, written = numbered
            if _behind(at) and _goes_on(main, level, written) and not _goes_on(at[1:], level, written):
                at, main = main, []
            level += _headed(at)
            at = _once([*at[:level], *[""] * (level - len(at)), written], times)
        rows.append((tuple(at), line))
    return rows


def _once(at: list[str], times: dict[tuple[str, ...], int]) -> list[str]:
    """Return a place that begins, told from those of the same number before it."""
    place = tuple(at)
    times[place] = times.get(place, 0) + 1
    return at if times[place] == 1 else [*at[:-1], f"{at[-1]}{AGAIN}{times[place]}"]


def _has_chapters(lines: list[str]) -> bool:
    """Say whether clauses stand in the chapters of a text, so that a chapter is part of their names."""
    first = next((number for number, line in enumerate(lines) if CHAPTER.match(line)), len(lines))
    inner = (_number(line) for line in lines[first:] if not CHAPTER.match(line))
    return any(mark is not None and mark[0] == 0 for mark in inner)


def _headed(at: list[str]) -> bool:
    """Say whether an appendix or a chapter stands before the numbers of a place."""
    return _behind(at) or bool(at and CHAPTER.match(at[0]))


def _behind(at: list[str]) -> bool:
    """Say whether a place is behind the text."""
    return bool(at and APPENDIX.match(at[0]))


def _number(line: str) -> tuple[int, str] | None:
    """Return level and number of the clause that a line begins."""
    for level, pattern in enumerate(_LEVELS):
        match = pattern.match(line)
        if match:
            number = next(filter(None, match.groups()))
            return level, f"({number})" if pattern in _BRACKETED else number
    return None


def _goes_on(at: list[str], level: int, written: str) -> bool:
    """Say whether a number of the two widest levels is the next after a place."""
    return level < 2 and len(at) > level and bool(at[level]) and counted(written) == counted(at[level]) + 1


def counted(number: str) -> int:
    """Return the value of a number of a clause.

    Parameters
    ----------
    number : str
        As it is written: 三, (十一), 14, (2), ⑤.

    Returns
    -------
    int
        From 1.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> [zs.policy.notices.counted(number) for number in ("三", "(十一)", "14", "⑤")]
    [3, 11, 14, 5]
    """
    bare = number.partition(AGAIN)[0].strip("()")
    if bare.isascii():
        return int(bare)
    if bare in CIRCLED:
        return CIRCLED.index(bare) + 1
    tens, ten, ones = bare.rpartition("十")
    tens_n = NUMERALS.index(tens) + 1 if tens else 1
    return (10 * tens_n if ten else 0) + (NUMERALS.index(ones) + 1 if ones else 0)
