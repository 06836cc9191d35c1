"""A stretch of a sentence as the grammar sees it: brackets folded into one character, quotation marks and gaps gone.

「槐蔭里（5－13鄰）」 is seen as 槐荫里, then one character that stands for the whole bracket. Every character knows
where in the sentence it came from, so that a name can be shown as it was written and a doubt can point to its place.
"""

import re
from dataclasses import dataclass

from zhaosheng_analysis.sentences.characters import plain

GROUP = "\ue000"  # stands for a bracket with all that is in it
QUOTED = "\ue001"  # stands for a name in quotation marks
PAIRS = {"(": ")", "[": "]", "{": "}"}
QUOTE = "「", "」"
FOLDED = re.compile(r"[「」()\[\]{} \n]")  # a stretch without any of these is seen as it stands
PAIRED = re.compile(r"[「」()\[\]{}]")
MAY_GO = frozenset((*QUOTE, *PAIRS, *PAIRS.values(), " ", "\n"))
BEFORE_UNIT = re.compile(r"\([\d、,\-~ ]+\)(?=[邻鄰组队幢栋])")
DEEPEST = 6  # brackets within brackets that are still read
# In quotation marks: a name, which may hold anything; a phrase of the rules; a whole limit with its own separators.
PHRASE = re.compile(r"[人户房籍购租同权一二两三四统致证校对口双学区]+")
STRETCH = re.compile(r"[、,;].*以[东西南北]|以[东西南北].*[、,;]|以[东西南北]$|-.*-")
POINT = re.compile(r"[ \n]+\d{1,2}[、.)](?!\d)")  # a gap before the number of a numbered point
# A line that begins with the numbers of the place the line before it ends with: 「甲里⏎第1-18鄰」, 「甲里⏎（全里）」.
GOES_ON = re.compile(r"\n *(?:\(|\[)? *(?:第?\d[\d、,\-~至 第]*[邻鄰]|全里[)\]])")
GOES_BEFORE = re.compile(f"[里{GROUP}]")
COUNTED = re.compile(r"\d(?:号|邻|鄰|组|队|幢|栋|座|弄|巷|期)$")
WORD = re.compile(r"[^\W\d_]")


@dataclass(slots=True, unsafe_hash=True)  # not frozen: a sentence makes a hundred, and frozen ones take twice as long
class View:
    """A stretch of the sentence.

    Attributes
    ----------
    s : str
        What the grammar matches against, plain.
    starts : tuple of int
        Where in the sentence each character of `s` begins.
    ends : tuple of int
        Where each ends.
    """

    s: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __getitem__(self, part: slice) -> "View":
        start, stop = part.start or 0, part.stop
        if start == 0 and (stop is None or stop >= len(self.s)):
            return self
        return View(self.s[part], self.starts[part], self.ends[part])

    def __len__(self) -> int:
        return len(self.s)

    @property
    def span(self) -> tuple[int, int]:
        """Return where the stretch begins and ends in the sentence; (0, 0) for nothing."""
        return (self.starts[0], self.ends[-1]) if self.s else (0, 0)

    def part(self, match: re.Match, name: str | int = 0) -> "View":
        """Return the stretch a group of a match covers."""
        return self[slice(*match.span(name))] if match.start(name) >= 0 else self[0:0]

    def plus(self, other: "View") -> "View":
        """Return this stretch and another one as one."""
        return View(self.s + other.s, self.starts + other.starts, self.ends + other.ends)

    def trimmed(self, marks: str = " \n") -> "View":
        """Return the stretch without these characters at either end."""
        if self.s and self.s[0] not in marks and self.s[-1] not in marks:
            return self
        left = len(self.s) - len(self.s.lstrip(marks))
        return self[left : max(left, len(self.s.rstrip(marks)))]


class Text:
    """A sentence as it was given, and which bracket closes which.

    Parameters
    ----------
    original : str
        As it was given.

    Attributes
    ----------
    plain : str
        Made plain, same length.
    partners : dict of int to int
        Place of each opening bracket or quotation mark -> place of the closing one.
    """

    def __init__(self, original: str) -> None:
        self.original, self.plain = original, plain(original)
        self.bare: set[int] = set()
        self.partners = _partners(self.plain)
        self._drop_around_numbers()
        self.closing = set(self.partners.values())

    def _drop_around_numbers(self) -> None:
        """Take the brackets off 「甲里(11-12)鄰」, whose numbers belong to the unit behind them."""
        for match in BEFORE_UNIT.finditer(self.plain):
            self.partners.pop(match.start(), None)
            self.bare |= {match.start(), match.end() - 1}

    def whole(self) -> View:
        """Return all of the sentence."""
        return self.view(0, len(self.plain))

    def view(self, start: int, end: int) -> View:
        """Return a stretch with its brackets folded."""
        if not FOLDED.search(self.plain, start, end):
            return View(self.plain[start:end], tuple(range(start, end)), tuple(range(start + 1, end + 1)))
        seen: list[tuple[str, int, int]] = []
        place = start
        while place < end:
            character, partner = self.plain[place], self.partners.get(place, end)
            inside = partner < end
            if inside and character in PAIRS:
                seen.append((GROUP, place, partner + 1))
                place = partner + 1
            elif inside and character == QUOTE[0] and self._opaque(place, partner):
                seen.append((QUOTED, place, partner + 1))
                place = partner + 1
            else:
                if character not in MAY_GO or not self._is_left_out(place, seen, end):
                    seen.append((character, place, place + 1))
                place += 1
        s, starts, ends = zip(*seen, strict=True) if seen else ((), (), ())
        return View("".join(s), starts, ends)

    def inner(self, start: int, end: int) -> View:
        """Return what is in a bracket that spans these places."""
        return self.view(start + 1, end - 1)

    def name(self, view: View) -> str:
        """Return a stretch as it was written, without the gaps and quotation marks the grammar leaves out."""
        pieces = []
        for character, start, end in zip(view.s, view.starts, view.ends, strict=True):
            piece = self.original[start:end]
            pieces.append(piece[1:-1] if character == QUOTED else piece)
        return "".join(pieces)

    def _opaque(self, start: int, end: int) -> bool:
        """Tell whether quotation marks hold a name, rather than a phrase of the rules or a whole limit."""
        inner = self.plain[start + 1 : end]
        return bool(inner) and not PHRASE.fullmatch(inner) and not STRETCH.search(inner)

    def _closes_nothing(self, place: int) -> bool:
        """Tell whether a bracket closes what none has opened, behind a number: 「甲里15－21鄰）」."""
        unpaired = self.plain[place] in PAIRS.values() and place not in self.closing
        return unpaired and bool(COUNTED.search(self.plain, max(0, place - 3), place))

    def _is_left_out(self, place: int, seen: list[tuple[str, int, int]], end: int) -> bool:
        """Tell whether the grammar need not see a character: a quotation mark, a gap beside a number or a mark."""
        character = self.plain[place]
        if character in QUOTE or place in self.bare or self._closes_nothing(place):
            return True
        if character not in " \n":
            return False
        before = next((s for s, _, _ in reversed(seen) if s != " "), "")
        after = self.plain[place:end].lstrip(" \n")[:1]
        if character == "\n":
            return (
                not before or before == "\n" or bool(GOES_ON.match(self.plain, place) and GOES_BEFORE.fullmatch(before))
            )
        if POINT.match(self.plain, place):
            return False
        if before == "以" and after in ("东", "西", "南", "北"):
            return True
        if after in PAIRS and _is_word(before):
            return True  # 「12-40弄 （双号）」: the bracket belongs to what stands before the gap
        return not (_is_word(before) and _is_word(after)) and not (
            (before.isdigit() or before == GROUP) and after.isdigit()
        )


def _is_word(character: str) -> bool:
    """Tell whether a gap beside this character parts two words."""
    return bool(character) and (character in (GROUP, QUOTED, QUOTE[0], *PAIRS) or bool(WORD.match(character)))


def _partners(text: str) -> dict[int, int]:
    """Pair brackets and quotation marks; one that has no partner, or lies too deep, is left alone."""
    partners: dict[int, int] = {}
    open_: list[int] = []
    closing = PAIRS | dict([QUOTE])
    for match in PAIRED.finditer(text):
        place, character = match.start(), match[0]
        if character in closing:
            open_.append(place)
        else:
            depth = next((k for k in range(len(open_) - 1, -1, -1) if closing[text[open_[k]]] == character), None)
            if depth is not None:
                partners[open_[depth]] = place
                del open_[depth:]
    return partners
