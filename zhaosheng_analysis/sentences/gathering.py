"""What has been gathered from a stretch of a notice: places joined by ∪, sides being joined by ∩, what is left out.

Sides gather into one intersection until all four are named or something else comes (gold.md calls it a quadrant, a
clerk calls it 四至); a condition on the child holds for what was said since the last full stop or semicolon.
"""

import re
from dataclasses import dataclass, field, fields, replace
from functools import cache

from zhaosheng_analysis.sentences import names
from zhaosheng_analysis.sentences.boxes import Box, Suspended, across
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.grammar import (
    OPPOSITE,
    Between,
    Bounds,
    Except,
    Intersection,
    Node,
    Part,
    Place,
    Shared,
    Side,
    Union,
    Who,
    intersection,
    union,
)
from zhaosheng_analysis.sentences.suffixes import with_kind

HOUSE_OF_DOORS = re.compile(r"\d{1,4}(?:号[附之]|号?-+)$")
MANY = 10_000


@dataclass
class Gathering:
    """What a stretch of the notice has said so far.

    Attributes
    ----------
    parent : Place, optional
        The place in whose brackets the stretch stands; numbers without a name are its numbers.
    parts : list of Node
        Finished parts of the union.
    less : list of Node
        What is left out of all of it.
    box : Box, optional
        The intersection being gathered.
    clause : int
        How many parts were finished when the clause began.
    run : int
        How many were finished when the run of names joined by 、 began.
    leaving : bool
        Whether what comes is left out.
    narrowing : bool
        Whether names that come lie inside of the box.
    included : bool
        Whether the stretch began with 含.
    base : Place, optional
        Whose numbers may go on.
    conditions : list of str
        On the child, said without land.
    shared : int
        Parts before this one already have their shared schools.
    pending : list of str
        Conditions said before the places they hold for.
    apart : int, optional
        How much was left out before 「甲社区除乙苑外」 began, which leaves out of 甲社区 alone.
    contrast : bool
        Whether 全部 was said of an earlier list, so that 部分 is said of a whole one.
    broken : list of str
        Sides of the box that 含 has ended in this clause.
    suspended : Suspended, optional
        The box that 含 or 不含 has ended, should a labelled side go on with it.
    unfinished : list of str
        Sides of a box that ended with its sentence, not all four.
    among : int
        Parts before 「其中…除外」, which leaves out of them rather than with them.
    township : Place, optional
        Street office that all of the clause lies in.
    parity : str
        Of the bracket before a list of doors, which holds for the ranges behind it too: 「（单）111号、233-545弄」.
    """

    parent: Place | None = None
    parts: list[Node] = field(default_factory=list)
    less: list[Node] = field(default_factory=list)
    box: Box | None = None
    clause: int = 0
    run: int = 0
    leaving: bool = False
    narrowing: bool = False
    included: bool = False
    base: Place | None = None
    conditions: list[str] = field(default_factory=list)
    shared: int = 0
    pending: list[str] = field(default_factory=list)
    apart: int | None = None
    contrast: bool = False
    broken: list[str] = field(default_factory=list)
    suspended: "Suspended | None" = None
    unfinished: list[str] = field(default_factory=list)
    among: int = 0
    township: Place | None = None
    parity: str = ""

    def saved(self) -> dict[str, object]:
        """Return a copy of all that has been gathered, for `back_to`."""
        kept = _copied(self)
        if self.box is not None:
            kept["box"] = replace(self.box, **_copied(self.box))
        return kept

    def back_to(self, kept: dict[str, object]) -> None:
        """Forget what has been gathered since."""
        vars(self).update(kept)

    def result(self) -> Node | None:
        """Return all of it as one node."""
        if self.pending:
            self.who([])
        self._end_township()
        whole = union(self.parts)
        return Except(whole, tuple(self.less)) if whole is not None and self.less else whole

    def close(self) -> None:
        """End the intersection that is being gathered, if there is one."""
        box, self.box, self.narrowing = self.box, None, False
        if box is not None and (box.parts or box.narrow):
            (self.less if self.leaving else self.parts).append(box.node())

    def suspend(self) -> None:
        """End the box before 含 or 不含, so that a labelled side may go on with it."""
        box, parts, less = self.box, len(self.parts), len(self.less)
        if box is not None and not box.complete:
            self.broken = list(box.said)
            self.suspended = None if self.leaving else Suspended(box, parts, less)
        self.close()

    def resume(self, side: str) -> None:
        """Go on with the box that 含 or 不含 has ended: 「东：甲路以西，含乙苑；南：丙路以北」.

        Parameters
        ----------
        side : str
            Where the land lies, seen from the line said next.
        """
        held, self.suspended = self.suspended, None
        if held is None or self.box is not None or side in held.box.said or not held.box.said:
            return
        if self.parts[held.parts : held.parts + 1] != [held.box.node()]:
            return
        held.box.more += self.parts[held.parts + 1 :]
        held.box.less += self.less[held.less :]
        del self.parts[held.parts :], self.less[held.less :]
        self.box, self.leaving, self.broken = held.box, False, []
        self.clause = min(self.clause, len(self.parts))
        self.run = min(self.run, len(self.parts))

    def add(self, node: Node) -> None:
        """Add a place, or another part that is no side."""
        if self.narrowing and self.box is not None and not self._leaves_box(node):
            self.box.narrow.append(node)
            return
        if self.box is not None and self.box.ended:
            self.limit_box()
        self.close()
        self.unfinished = []
        (self.less if self.leaving else self.parts).append(node)
        numbered = node.parts[0] if isinstance(node, Intersection | Union) else node
        if isinstance(numbered, Part):
            self.base = road_of(numbered.place)
        elif not (isinstance(node, Place) and self.base is not None and node.name.startswith(self.base.name)):
            self.base = None

    def _leaves_box(self, node: Node) -> bool:
        """Tell whether a community comes after houses said to lie in a box: it lies beside it."""
        held = self.box.narrow
        lead = node.parts[0] if isinstance(node, Intersection) else node
        if held and self.box.area and isinstance(lead, Place) and lead.within:
            return True  # 「甲村的乙自然村、丙镇的丁村」
        return bool(held) and bool(self.box.area) and _is_community(node) and not any(map(_is_community, held))

    def side(self, side: str, of: tuple[str, ...], *, strong: bool, border: bool = False) -> str:
        """Add one side to the intersection; say what is unclear about it.

        Parameters
        ----------
        side : str
            Where the land lies, seen from the line.
        of : tuple of str
            Names of the line.
        strong : bool
            Whether a semicolon, full stop or line break stood before it.
        border : bool
            Whether it is said as 「东至…」.

        Returns
        -------
        str
            What is unclear, empty where nothing is.
        """
        doubt = ""
        box = self.box
        node = Bounds(((OPPOSITE[side], of),)) if border else Side(side, of)
        if box is not None and node == box.parts[-1] and not box.narrow and not (strong and box.ended):
            return ""
        again = box is not None and side in box.said and strong and len(box.said) > 1
        if box is not None and (box.complete or box.narrow or again or (strong and box.ended)):
            self.close()
        elif box is not None and any(across(part, side, of) for part in box.parts):
            self.close()
            doubt = "前后说了同一条路的两侧，后一片是否也在前面的其他界线之内，文字没有说清"
        elif box is not None and side in box.said:
            doubt = "同一方位说了两次，是一条折线还是两片，文字没有说清"
        if self.box is None:
            self.box = Box()
            if self.broken and side not in self.broken:
                doubt = "四至被「含…」隔开，是一片还是两片，文字没有说清"
            elif self.unfinished and side not in self.unfinished:
                doubt = "前一句的四至没有说完，是一片还是两片，文字没有说清"
        self.box.said.append(side)
        self.box.parts.append(node)
        return doubt

    def between(self, node: Node, *, strong: bool) -> None:
        """Add what lies between two lines; sides said with it narrow it: 「甲路与乙路之间、丙街以南」.

        Parameters
        ----------
        node : Node
            What lies between the lines.
        strong : bool
            Whether a semicolon, full stop or line break stood before it.
        """
        if self.box is None or strong or (self.box.ended and not self._is_between(self.box)) or self.box.narrow:
            self.close()
            self.box = Box()
        self.box.parts.append(node)
        self.box.ended = True

    @staticmethod
    def _is_between(box: Box) -> bool:
        return all(isinstance(part, Between) for part in box.parts)

    def limit(self, node: Node, *, ends: bool = True) -> None:
        """Keep the zone inside of an area: the box, or what the clause has said so far.

        Parameters
        ----------
        node : Node
            The area.
        ends : bool
            Whether the box ends with it, as in 「…以北甲街道区域内」; not where it stands before the first side.
        """
        if self.box is not None:
            self.box.parts.append(node)
            self.box.ended = self.box.ended or ends
        else:
            self.add(node)

    def limit_box(self) -> None:
        """Let the street office at the head hold for the box alone, before places that may lie beyond it are added."""
        if self.township is not None and self.box is not None and len(self.parts) == self.clause:
            self.box.parts.append(self.township)
            self.township = None

    def limit_ahead(self) -> Node | None:
        """Return the area at the head of the clause in which the box that begins lies: 「县城规划区内，甲路以北」.

        Returns
        -------
        Node or None
            The area, which is then no part of its own any more.
        """
        alone = self.box is None and not self.leaving and len(self.parts) == self.clause + 1
        last = self.last() if alone else None
        return self.parts.pop() if isinstance(last, Place) and last.limit else None

    def include_whole(self) -> None:
        """Take an area before 还包括 for all of it, not for the limit of the box that follows."""
        last = self.last()
        if isinstance(last, Place) and last.limit:
            self.replace_last(replace(last, limit=False))

    def open(self, area: Node) -> None:
        """Begin a list of places that lie inside of an area: 「望湖新邨内甲苑、乙苑」."""
        self.close()
        self.box, self.narrowing = Box([area], area=[area]), True

    def end_apart(self) -> None:
        """Leave what 除 names out of the place before it alone."""
        if self.apart is None:
            return
        self.close()
        start, self.apart = self.apart, None
        less = self.less[start:]
        del self.less[start:]
        if less and self.parts:
            self.replace_last(Except(self.parts[-1], tuple(less)))
        self.leaving = False

    def hold(self) -> None:
        """Begin a list of areas that all of the clause so far lies in: 「…以北具有甲社区、乙社区户籍的」."""
        self.close()
        said = self.parts[self.clause :]
        if said:
            del self.parts[self.clause :]
            self.box, self.narrowing = Box([union(said)]), True

    def move_to_less(self, *, alone: bool = False) -> None:
        """Leave out what the run has named: 「甲苑、乙苑除外」; in a bracket all the places and numbers it lists.

        Parameters
        ----------
        alone : bool
            Whether only the run is left out, whatever the bracket lists before it.
        """
        start = self.run
        if self.parent is not None and not alone:
            while start > self.among and isinstance(self.parts[start - 1], Place | Part):
                start -= 1
        self.less += self.parts[start:]
        del self.parts[start:]
        self.run = start  # 「38除外乙苑除外」: what comes next is a run of its own

    def last(self) -> Node | None:
        """Return the part that was finished last."""
        return self.parts[-1] if self.parts else None

    def ends_in_exception(self) -> bool:
        """Tell whether something has just been left out: 「松涛里9鄰除外，其余各鄰」.

        Returns
        -------
        bool
            Whether it has.
        """
        last = self.last()
        return isinstance(last, Except) or (isinstance(last, Part) and bool(last.excepted)) or bool(self.less)

    def listed(self) -> int:
        """Return how many places the clause has named so far; numbered ones count each.

        Returns
        -------
        int
            The number.
        """
        held = self.box.narrow if self.box is not None and self.narrowing else []
        return sum(map(_count, [*self.parts[self.clause :], *held]))

    def replace_last(self, node: Node) -> None:
        """Put another node in the place of the part finished last."""
        self.parts[-1] = node

    def who(self, conditions: list[str]) -> None:
        """Make what the clause has said so far hold only for children who meet some conditions."""
        self._end_township()
        conditions, self.pending = [*self.pending, *conditions], []
        said = self.parts[self.clause :]
        if conditions and said:
            self.parts[self.clause :] = [Who(union(said), tuple(conditions))]
        elif conditions:
            self.conditions += conditions
        self.clause = len(self.parts)

    def share(self, schools: tuple[str, ...]) -> None:
        """Make the parts finished since the last such word a zone shared among schools."""
        self.close()
        start = max(self.shared, min(self.among, len(self.parts)))
        said = self.parts[start:]
        if said:
            self.parts[start:] = [Shared(union(said), schools)]
        self.clause = self.shared = len(self.parts)

    def end_clause(self) -> None:
        """Begin a new clause after a semicolon; sides may go on, what is left out does not."""
        if self.pending:
            self.who([])
        if self.leaving or self.narrowing or self.township:
            self._end_township()
        if self.box is not None and (self.box.complete or self.box.ended):
            self.close()
        self.leaving = False
        self.clause = self.run = len(self.parts)

    def end_sentence(self, ahead: str = "") -> None:
        """Begin a new sentence.

        Parameters
        ----------
        ahead : str
            The side it begins with, where it says so: 「东边：…。西边：…」 is one box.
        """
        box = self.box
        goes_on = box is not None and ahead and ahead not in box.said and not (box.ended or box.narrow)
        if not goes_on:
            self.close()
        self.end_clause()
        self.broken = []
        open_ = box is not None and not goes_on and not (box.ended or box.narrow or box.complete)
        self.unfinished = list(box.said) if open_ else []

    def end_township(self) -> None:
        """Begin another township in the same clause."""
        self._end_township()
        self.clause = self.run = len(self.parts)

    def _end_township(self) -> None:
        """Close the box, and keep the clause inside of the street office at its head."""
        self.close()
        said, limit = self.parts[self.clause :], self.township
        if limit is not None and said:
            self.parts[self.clause :] = [intersection([union(said), limit])]
        self.township = None

    def share_last(self, schools: tuple[str, ...]) -> None:
        """Make the part finished last a zone shared among schools."""
        self.close()
        if self.parts:
            self.parts[-1] = Shared(self.parts[-1], schools)

    def suffix(self, kind: str) -> None:
        """Give the kind said once at the end to every name of the run that has none: 「松涛、竹影等里」."""
        pool = self.box.narrow if self.narrowing and self.box is not None else self.parts
        start = 0 if pool is not self.parts else self.run
        pool[start:] = [with_kind(node, kind) for node in pool[start:]]


def road_of(place: Place) -> Place:
    """Return the road of a house whose own doors are counted, 「青云路4号附」, 「青云路12-」; else the place itself.

    Parameters
    ----------
    place : Place
        The place whose numbers were said.

    Returns
    -------
    Place
        The place whose numbers may go on.
    """
    house = HOUSE_OF_DOORS.search(plain(place.name))
    return replace(place, name=place.name[: house.start()]) if house and house.start() > 1 else place


def _count(node: Node) -> int:
    """Return how many places a node is: 「柳溪1–3村」 are three, an open range is any number."""
    if isinstance(node, Union):
        return sum(map(_count, node.parts))
    if isinstance(node, Part) and node.only:
        return sum((last or first + MANY) - first + 1 for first, last in node.only)
    return 1


def _copied(record: object) -> dict[str, object]:
    """Return the fields of a record, its lists as lists of their own."""
    kept = vars(record).copy()
    kept.update((key, kept[key].copy()) for key in _lists(type(record)))
    return kept


@cache
def _lists(kind: type) -> list[str]:
    """Return the fields of a kind of record that are lists."""
    return [each.name for each in fields(kind) if each.default_factory is list]


def _is_community(node: Node) -> bool:
    """Tell whether a node is a community or village, or a part of one by its numbers."""
    place = node.place if isinstance(node, Part) else node
    return isinstance(place, Place) and names.is_community(place.name)
