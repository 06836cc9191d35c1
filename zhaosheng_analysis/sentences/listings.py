"""What is listed behind a place and a colon: its parts, the places of a township, the doors of a street."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from zhaosheng_analysis.sentences import names, notes
from zhaosheng_analysis.sentences.brackets import court_of
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.gathering import Gathering
from zhaosheng_analysis.sentences.grammar import (
    Except,
    Intersection,
    Node,
    Part,
    Place,
    Shared,
    Some,
    Union,
    Who,
    union,
)
from zhaosheng_analysis.sentences.refusals import Refusal
from zhaosheng_analysis.sentences.sections import Item
from zhaosheng_analysis.sentences.views import GROUP, View

if TYPE_CHECKING:
    from zhaosheng_analysis.sentences.ledger import Ledger
    from zhaosheng_analysis.sentences.parsing import Reader
    from zhaosheng_analysis.sentences.views import Text

PART_WORDS = ("部分", "一部分", "局部")
PART_HEAD = re.compile("(?:的)?(?:一?部分|局部)(?:区域|小区)?$")
ALL_OF_IT = re.compile(
    "(?:全部|全域|全境|全段|全路段|全路|全街|全巷|全弄|全里|全村|全社区|全小区|全镇|全乡|整个|所有)(?:的)?(?:小区|住宅|区域|范围|居民)?"
)
DISTRICT = re.compile("[东西南北中]区")
OF_TAIWAN = re.compile("[鄰國學區]")
LI = re.compile(f"里(?:$|{GROUP}|\\d)|[邻鄰]")
# Where a part of a list holds the place that it is about.
HELD = {Part: "place", Except: "whole", Shared: "of", Some: "of", Who: "of"}


class Listings:
    """The part of a clause's reader that reads what is listed of a place."""

    reader: "Reader"
    text: "Text"
    ledger: "Ledger"
    to: Gathering

    def place_head(self, view: View, rest: list[Item]) -> None:
        """Read 「槐荫社区：1、2组」, 「安平街道：甲社区、乙社区」.

        Parameters
        ----------
        view : View
            The words before the colon.
        rest : list of Item
            What stands behind it.
        """
        view = self._without_part(view)
        district = self.is_district(view, rest)
        node = Place(self.text.name(view)) if district else self.place(view, self.to)
        if isinstance(node, Part) and node.only and rest:
            self._part_head(view, node, rest)
            return
        parity = node.parity if isinstance(node, Part) and not node.only else ""
        node = node.place if parity else node
        if not isinstance(node, Place) or isinstance(node, Refusal) or not rest:
            self.ledger.doubt(view, "冒号前的话没有读懂", unread=True)
            self.runs(rest)
        elif parity or not self._all_of(view, node, rest):
            bare = district or (not names.has_kind(view.s) and self._of_taiwan())
            self._lists(view, node, rest, parity=parity, bare=bare)

    def _without_part(self, view: View) -> View:
        """Take 部分 off 「甲社区部分：乙苑、丙苑」: what stands behind says which part."""
        part = PART_HEAD.search(view.s)
        whole = self.inner(view[len(view) - 1 :]).s in PART_WORDS if view.s[-1:] == GROUP else bool(part)
        if not whole or len(view) <= 2:
            return view
        self.ignore_brackets(view)
        self.ledger.mark(view)
        return view[: part.start() if part else len(view) - 1]

    def _all_of(self, view: View, node: Place, rest: list[Item]) -> bool:
        """Read 「甲社区：全部」, 「甲镇：【自由学区】」."""
        said = rest[0].view
        if all(notes.CATEGORY.fullmatch(item.view.s) for item in rest):
            self.ledger.node(view, node)
            for item in rest:
                self.ledger.note(item.view, "category")
            self.to.add(node)
            return True
        if len(rest) > 1 or not (said.s == GROUP or ALL_OF_IT.fullmatch(said.s)):
            return False
        shared = self.shared_schools(self.inner(said)) if said.s == GROUP else ()
        if shared is None:
            return False
        self.ledger.node(view, node)
        self.ledger.mark(self.inner(said) if shared else said)
        self.to.add(Shared(node, shared) if shared else node)
        return True

    def _lists(self, view: View, node: Place, rest: list[Item], *, parity: str, bare: bool) -> None:
        """Read what is listed of a place; `bare` where it is a township named without its kind."""
        inner, doubts = Gathering(node, base=node), len(self.ledger.doubts)
        listed = _with_parity(self.gathered(inner, rest), parity)
        if listed is None and not inner.less and any(doubt.unread for doubt in self.ledger.doubts[doubts:]):
            self.ledger.doubt(view, "后面列的没有读懂，不知道是其中哪些", unread=True)
            return
        self.ledger.node(view, node)
        if listed is None:
            self.to.add(Except(node, tuple(inner.less)) if inner.less else node)
        else:
            self.to.add(_of_area(node, listed) if bare else inside(node, listed))
        self.to.base = inner.base

    def _part_head(self, view: View, node: Part, rest: list[Item]) -> None:
        """Read 「5鄰：甲路、乙巷」, the places within a group or neighbourhood, and 「200弄：1-17号」."""
        court, doubts = court_of(node), len(self.ledger.doubts)
        listed = self.gathered(Gathering(court, base=court), rest)
        if listed is None:
            if any(doubt.unread for doubt in self.ledger.doubts[doubts:]):
                self.ledger.doubt(view, "后面列的没有读懂，不知道是其中哪些", unread=True)
                return
            self.ledger.node(view, node)
            self.to.add(node)
            return
        self.ledger.node(view, node)
        own = court is not None and inside(court, listed) == listed
        self.to.add(listed if own else Intersection((node, listed)))

    def is_district(self, view: View, rest: list[Item]) -> bool:
        """Tell whether 「南區：…」 is the city's southern district, listed with its 里, and no campus.

        Parameters
        ----------
        view : View
            The words before the colon.
        rest : list of Item
            What stands behind it.

        Returns
        -------
        bool
            Whether it is.
        """
        listed = any(LI.search(item.view.s) for item in rest) or self._of_taiwan()
        return bool(DISTRICT.fullmatch(view.s)) and listed

    def _of_taiwan(self) -> bool:
        """Tell whether a notice is one of Taiwan's, whose lists leave 里 and 区 out: 「仁德：太子，土庫（1鄰）」."""
        return bool(OF_TAIWAN.search(self.text.original))

    def gathered(self, inner: Gathering, rest: list[Item]) -> Node | None:
        """Read what stands behind a colon on its own.

        Parameters
        ----------
        inner : Gathering
            What takes it up.
        rest : list of Item
            What stands behind the colon.

        Returns
        -------
        Node or None
            What it says, None where it says no land.
        """
        type(self)(self.reader, inner).read(rest)
        return inner.result()


def inside(whole: Place, listed: Node) -> Node:
    """Return the part of a place that a list behind it names; numbers are the place's own.

    Parameters
    ----------
    whole : Place
        The place before the colon.
    listed : Node
        What stands behind it.

    Returns
    -------
    Node
        The part that is meant.
    """
    parts = listed.parts if isinstance(listed, Union) else (listed,)
    if all(isinstance(part, Part) and part.place.name.startswith(whole.name) for part in parts):
        return listed
    if names.is_street(plain(whole.name)):
        return _along(parts)
    leads = [_lead(part) for part in parts]
    if None not in leads and (names.is_township(plain(whole.name)) or _lists_communities(plain(whole.name), leads)):
        return union([_within(part, whole.name) for part in parts])
    return Intersection((whole, listed))


def _of_area(whole: Place, listed: Node) -> Node:
    """Return what is listed of a township that is named without its kind: 「仁德：太子，土庫」."""
    parts = listed.parts if isinstance(listed, Union) else (listed,)
    own = all(isinstance(part, Part) and part.place == whole for part in parts)
    held = [
        part if own or _lead(part) is None or isinstance(part, Shared) else _within(part, whole.name) for part in parts
    ]
    return union(held)


def _along(parts: tuple[Node, ...]) -> Node:
    """Return what is listed of a street: its numbers, and places named among them, which are land of their own."""
    own = [part for part in parts if isinstance(part, Part) or _lead(part) is None]
    named = [part for part in parts if part not in own]
    return union([*own, *named]) if own or not all(isinstance(part, Place) for part in named) else union(named)


def _lists_communities(whole: str, leads: list[Place]) -> bool:
    """Tell whether what stands before a colon is larger than the communities behind it: 「车坊片区：甲社区、乙村」."""
    small = re.search("(?:社区|村|居委会?|里)$", whole)
    return not small and all(names.is_community(plain(lead.name)) for lead in leads)


def _lead(node: Node) -> Place | None:
    """Return the place that a part of a list names first."""
    if isinstance(node, Place):
        return node
    if isinstance(node, Union):
        leads = [_lead(part) for part in node.parts]
        return leads[0] if None not in leads else None
    held = HELD.get(type(node))
    if held is not None:
        return _lead(getattr(node, held))
    return _lead(node.parts[0]) if isinstance(node, Intersection) else None


def _with_parity(listed: Node | None, parity: str) -> Node | None:
    """Give the parity of 「青云路（单）：1-207弄」 to the numbers behind the colon."""
    if isinstance(listed, Union) and parity:
        return Union(tuple(_with_parity(part, parity) for part in listed.parts))
    if isinstance(listed, Except):
        return replace(listed, whole=_with_parity(listed.whole, parity))
    return replace(listed, parity=parity) if parity and isinstance(listed, Part) and not listed.parity else listed


def _within(node: Node, whole: str) -> Node:
    """Return a part of a list with the street office it was listed under."""
    if isinstance(node, Place):
        return node if node.within or node.limit else replace(node, within=whole)
    if isinstance(node, Union):
        return Union(tuple(_within(part, whole) for part in node.parts))
    if isinstance(node, Intersection):
        return Intersection((_within(node.parts[0], whole), *node.parts[1:]))
    held = HELD[type(node)]
    return replace(node, **{held: _within(getattr(node, held), whole)})
