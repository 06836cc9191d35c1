"""What a reference to clauses means, such as 七(一)1、2(2): the places of a notice it points to, and their text.

Numbers are looked for where lines begin; a number that stands inside a paragraph is found in the clause around it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zhaosheng_analysis.policy import notices

Path = tuple[str, ...]
_BETWEEN = re.compile(r"[、；;，,+＋\s]+")
_UNTIL = re.compile(r"[–—~～-]|至")
_AGAIN = rf"(?:{notices.AGAIN}\d+)?"
_NUMBERS = re.compile(
    rf"([{notices.NUMERALS}]+{_AGAIN})?(\([{notices.NUMERALS}]+\){_AGAIN})?(\d+{_AGAIN})?(\(\d+\){_AGAIN})?"
    rf"((?:[{notices.CIRCLED}]+{_AGAIN})?)(.*)",
    re.DOTALL,
)
_ARTICLE = re.compile(rf"^第([{notices.NUMERALS}]+)条")
_FRONT = ("前言", "序言", "文头", "主送", "标题")
_WHOLE = ("全文",)
_NOWHERE = ("推论", "假定", "依假定", "原文未载", "原文没有")
_WIDE = str.maketrans("（）０１２３４５６７８９．", "()0123456789.")


@dataclass(frozen=True)
class Reference:
    """One place a clause names.

    Attributes
    ----------
    path : tuple of str
        Its numbers from the widest to the narrowest, empty ones among them; none for a place without a number.
    tail : str
        What stands behind the numbers: 第一阶段, 一是, or the name of a place without a number.
    """

    path: Path
    tail: str = ""

    def __str__(self) -> str:
        """Write the reference as a file does."""
        return "".join(self.path) + self.tail


def read(clause: str) -> list[Reference]:
    """Take the clause of an element apart into the places it names, in full.

    Parameters
    ----------
    clause : str
        As a rule file has it: parts between 、, numbers that continue those before, ranges with –.

    Returns
    -------
    list of Reference
        The places, in the order of the text.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> [str(place) for place in zs.policy.references.read("七(一)1、2(2)；四(三)1(1)–(3)")]
    ['七(一)1', '七(一)2(2)', '四(三)1(1)', '四(三)1(2)', '四(三)1(3)']
    """
    places: list[Reference] = []
    before: Path = ()
    for part in filter(None, _BETWEEN.split(clause.translate(_WIDE))):
        first, *rest = _UNTIL.split(part)
        ends = [_place(first, before)]
        before = ends[-1].path or before
        for end in rest:
            last = _place(end, before)
            ends += _between(before, last.path)
            before = last.path or before
        places += [place for place in ends if not str(place).startswith(_NOWHERE)]
    return places


def _place(part: str, before: Path) -> Reference:
    """Read one part; numbers it leaves out are those before it."""
    chapter, bare = notices.CHAPTER.match(part), part
    head = (chapter[0],) if chapter else before[:1] if before and notices.CHAPTER.match(before[0]) else ()
    if head:
        bare = part[chapter.end() :] if chapter else part
        inside = _place(bare, before[1:] if before[:1] == head else ()) if bare else Reference(())
        return Reference((*head, *inside.path), inside.tail) if inside.path or chapter else inside
    numbers = _NUMBERS.match(_ARTICLE.sub(r"\1", part))
    *found, tail = numbers.groups(default="")  # type: ignore[union-attr]  # it matches anything
    tail = tail.strip("·")
    if not any(found):
        return Reference((), tail)
    first = next(level for level, number in enumerate(found) if number)
    path = [*before[:first], *[""] * (first - len(before)), *found[first:]]
    while path and not path[-1]:
        path.pop()
    return Reference(tuple(path), tail)


def _between(first: Path, last: Path) -> list[Reference]:
    """List the places from one to another behind it, the first left out."""
    if len(first) != len(last) or not last:
        return [Reference(last)]
    low, high = (notices.counted(path[-1]) for path in (first, last))
    return [Reference((*last[:-1], _like(last[-1], number))) for number in range(low + 1, high + 1)]


def _like(written: str, number: int) -> str:
    """Write a number as another is written."""
    bare = written.strip("()")
    if bare.isdigit() and bare.isascii():
        said = str(number)
    elif bare in notices.CIRCLED:
        said = notices.CIRCLED[number - 1]
    else:
        tens, ones = divmod(number, 10)
        digits = notices.NUMERALS
        said = ("" if tens < 2 else digits[tens - 1]) + ("十" if tens else "") + (digits[ones - 1] if ones else "")
    return f"({said})" if written.startswith("(") else said


class Notice:
    """The text of a notice by its clauses.

    Parameters
    ----------
    whole : str
        The text, a paragraph a line.
    """

    def __init__(self, whole: str) -> None:
        self.whole = whole.translate(_WIDE)
        self.lines = [(path, line.translate(_WIDE)) for path, line in notices.numbered(whole)]

    def text(self, place: Reference) -> str | None:
        """Return what stands at a place; None where the notice has no such place.

        Parameters
        ----------
        place : Reference
            The place.

        Returns
        -------
        str or None
            Its text, all below it included.
        """
        if not place.path:
            return self._named(place.tail)
        depth = next(length for length in range(len(place.path), -1, -1) if self._under(place.path[:length]))
        text: str | None = "\n".join(self._under(place.path[:depth]))
        for number in place.path[depth:]:
            text = _from(text, number)
        return text if text is None or not place.tail else _tailed(text, place.tail)

    def _under(self, path: Path) -> list[str]:
        """Return the lines of a clause and of everything below it."""
        return [line for at, line in self.lines if begins(at, path)]

    def _named(self, name: str) -> str | None:
        """Return the text of a place without a number."""
        if name.startswith(_WHOLE):
            return self.whole
        if name in _FRONT:
            return "\n".join(line for at, line in self.lines if not at)
        title = notices.APPENDIX.match(name)
        if title is None:
            return self.whole if name in self.whole else None
        at, rest = self.whole.find(title[0]), name[title.end() :]
        if at < 0:  # 附表5 may be number 5 of what stands in the only 附表
            at, rest = self.whole.find(title[0][:2]), name[2:].strip()
        return _tailed(self.whole[at:], rest) if at >= 0 else None

    def where(self, words: str, same: Callable[[str], str]) -> str:
        """Return the clause in which words stand, empty where they stand in none.

        Parameters
        ----------
        words : str
            The words, made comparable.
        same : callable
            Makes text comparable.

        Returns
        -------
        str
            The clause.
        """
        paths = sorted({at[:length] for at, _ in self.lines for length in range(len(at) + 1)}, key=len, reverse=True)
        return next(("".join(path) for path in paths if words in same("\n".join(self._under(path)))), "")

    def leaves(self) -> Iterator[Path]:
        """List the clauses that have none below them.

        Returns
        -------
        iterator of tuple of str
            The numbers of each, in the order of the text.
        """
        paths = list(dict.fromkeys(at for at, _ in self.lines if at))
        own = [path for path in paths if not notices.APPENDIX.match(path[0])]
        return (path for path in own if not any(other != path and other[: len(path)] == path for other in own))

    def several(self, place: Reference) -> list[Reference]:
        """List the clauses a place may mean, where the text has its number more than once.

        Parameters
        ----------
        place : Reference
            The place.

        Returns
        -------
        list of Reference
            The clauses, in the order of the text; none where it is one.
        """
        length = len(bare(place.path))
        paths = dict.fromkeys(at[: len(at) - len(bare(at)) + length] for at, _ in self.lines)
        meant = [path for path in paths if len(bare(path)) == length and begins(path, place.path)]
        plain = [tuple(number.partition(notices.AGAIN)[0] for number in path) for path in meant]
        double = [path if plain.count(one) == 1 else _first(path) for path, one in zip(meant, plain, strict=True)]
        return [Reference(path) for path in double] if length and len(meant) > 1 else []


def begins(at: Path, path: Path) -> bool:
    """Tell whether a clause is another or lies below it; without chapter or ``#`` any of that number is meant.

    Parameters
    ----------
    at : tuple of str
        Numbers of a clause of the text.
    path : tuple of str
        Numbers of a place as a file names it.

    Returns
    -------
    bool
        Whether it is.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> at = ("第一章", "三", "(一)#2", "1")
    >>> [zs.policy.references.begins(at, path) for path in (("三", "(一)"), ("三", "(一)#2"), ("第二章", "三"))]
    [True, True, False]
    """
    if not chaptered(path):
        at = bare(at)
    pairs = zip(at, path, strict=False)
    return len(at) >= len(path) and all(own in (said, *_alike(said)) for said, own in pairs)


def _first(path: Path) -> Path:
    """Write the first of several clauses of one number so that no other is meant."""
    return path if any(notices.AGAIN in number for number in path) else (*path[:-1], f"{path[-1]}{notices.AGAIN}1")


def _alike(said: str) -> tuple[str, str]:
    """Return what else a number of the text may be called: any of that number, or (``#1``) the first of them."""
    number, mark, _ = said.partition(notices.AGAIN)
    return number, said if mark else f"{said}{notices.AGAIN}1"


def chaptered(path: Path) -> bool:
    """Tell whether a clause is named with its chapter.

    Parameters
    ----------
    path : tuple of str
        Its numbers.

    Returns
    -------
    bool
        Whether the first of them is that of a chapter.
    """
    return bool(path) and notices.CHAPTER.match(path[0]) is not None


def bare(path: Path) -> Path:
    """Return the numbers of a clause without its chapter.

    Parameters
    ----------
    path : tuple of str
        Its numbers.

    Returns
    -------
    tuple of str
        Those behind the chapter.
    """
    return path[1:] if chaptered(path) else path


def _from(text: str | None, number: str) -> str | None:
    """Return the rest of a text from a number that stands inside it."""
    if text is None or not number:
        return text
    if number.startswith("("):
        mark = re.escape(number)
    elif number[0] in notices.CIRCLED:
        mark = f"[{number}]"
    else:
        mark = rf"(?<![\d{notices.NUMERALS}]){number}\s*[.、]"
    match = re.search(mark, text)
    return text[match.start() :] if match else None


def _tailed(text: str, tail: str) -> str | None:
    """Return the rest of a text from words that stand inside it, and a number behind them."""
    words = tail.rstrip("0123456789")
    number = tail[len(words) :]
    return _from(text[text.find(words) :], number) if words in text else None
