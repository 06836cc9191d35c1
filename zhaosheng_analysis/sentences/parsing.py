"""The sentence of a notice that describes a zone, read into a tree.

The reader is written by hand. A grammar for a parser generator has to say what a name is before it can say what a
sentence is, and in a notice a name is whatever is left between words that cannot be part of one: an Earley parser
takes every way to cut it, a table-driven one none. So the text is cut from the outside in (points, sentences, clauses,
items), each item is matched against the constructions in turn, and brackets are read by the same reader. Whatever no
construction matches becomes a doubt with its place in the text, never a name.
"""

import itertools
import re

from zhaosheng_analysis.sentences import boundaries, notes, sections
from zhaosheng_analysis.sentences.clauses import Clause
from zhaosheng_analysis.sentences.gathering import Gathering
from zhaosheng_analysis.sentences.grammar import (
    OPPOSITE,
    Bounds,
    Former,
    Node,
    Parsed,
    Place,
    Side,
    ZoneOf,
    intersection,
)
from zhaosheng_analysis.sentences.ledger import Ledger
from zhaosheng_analysis.sentences.views import DEEPEST, GROUP, QUOTED, Text, View

SAID = re.compile(rf"[^\W_]|{QUOTED}")
HANDED_ON = (
    re.compile(
        "^.*?原(?P<former>.+?学区)(?:范围)?(?:划归|划入|并入|划转)(?:至|到)?(?:现合并学校)?(?P<school>.+?)(?:学区)?(?:范围)?$"
    ),
    re.compile("^(?:\\d{4}年)?(?P<closing>.+?)不再招收新生,学区内学生到(?P<school>.+?)(?:报名)?(?:入学|就读)$"),
)
WHEREAS = re.compile("如|若|凡(?!尔)|因|由于|对于|按|根据|经|符合|上述|其余|其中|以上|鉴于|为|截至")
LAND = re.compile(rf"[社村里路街][^ ]?{GROUP}|以[东西南北]|^[^,;。]*[、]")


def parse(text: str) -> Parsed:
    r"""Read one zone sentence, in traditional or simplified script, into a tree.

    Parameters
    ----------
    text : str
        As in the notice, with its numbering, brackets and line breaks.

    Returns
    -------
    Parsed
        The tree and what was read in it; its doubts are empty where every construction was understood. Names are not
        looked up.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> found = zs.sentences.parse("中一路以东、横二街以南的城区，不含五号院")
    >>> print(found)
    (中一路以东 ∩ 横二街以南 ∩ 城区范围内) \ 五号院
    >>> found.understood
    True
    """
    text = text.strip()
    reader = Reader(Text(text))
    tree = reader.read()
    account = reader.ledger
    return Parsed(text, tree, tuple(account.used), tuple(account.notes), tuple(account.doubts))


class Reader:
    """Read one sentence; every character is accounted for in `ledger`.

    Parameters
    ----------
    text : Text
        The sentence.
    """

    def __init__(self, text: Text) -> None:
        self.text, self.ledger = text, Ledger(text)
        self.depth = 0
        self.campuses: list[View] = []
        self.schools_noted = False  # whether a list of schools to register at has begun

    def read(self) -> Node | None:
        """Return the tree of the whole sentence.

        Returns
        -------
        Node or None
            The tree, or None where no land was read.
        """
        whole = self.text.whole()
        whole = self.text.inner(*whole.span) if whole.s == GROUP else whole
        tree = self.gather(whole, None).result()
        self.ledger.close(tree)
        if tree is None and not self.ledger.doubts and not self.ledger.notes:
            self.ledger.doubt(self.text.whole(), "没有说是哪里")
        return tree

    def gather(self, view: View, parent: Place | None) -> Gathering:
        """Read a stretch: its numbered points one by one, joined by ∪.

        Parameters
        ----------
        view : View
            The stretch.
        parent : Place or None
            The place in whose brackets it stands, if any.

        Returns
        -------
        Gathering
            What was gathered.
        """
        points = [point for point in sections.points(view, self.text) if SAID.search(point.s) or GROUP in point.s]
        if len(points) == 1 and not self.depth and points[0].starts[0] == view.starts[0]:
            points = [sections.unnumbered(points[0], self.text)]
        self._mark_numbers(view, points)
        if len(points) <= 1:
            return self._point(points[0] if points else view[:0], parent)
        whole, nodes = Gathering(parent), []
        for point in points:
            part = self._point(point, parent)
            node = part.result()
            nodes += [node] if node is not None else []
            whole.less += part.less if node is None else []
            whole.conditions += part.conditions
        whole.parts = self._sides_of_points(nodes, view)
        return whole

    def _sides_of_points(self, nodes: list[Node], view: View) -> list[Node]:
        """Join points that say one side each, as of a box: 「①东至甲路，②西至乙路，③南至丙路」."""
        sides = [
            OPPOSITE[node.lines[0][0]] if isinstance(node, Bounds) else node.side for node in nodes if one_side(node)
        ]
        if len(sides) < 2:
            return nodes
        if len(sides) == len(nodes) > 2 and len(set(sides)) == len(sides):
            return [intersection(nodes)]
        self.ledger.doubt(view, "每一点只写了一侧，是合成一片还是各为一片，文字没有说清")
        return nodes

    def _mark_numbers(self, view: View, points: list[View]) -> None:
        """Take the numbers of numbered points, which are no part of a name."""
        said = {start for point in points for start in point.starts}
        for place, start in enumerate(view.starts):
            if start not in said and view.s[place] != GROUP:
                self.ledger.mark(view[place : place + 1])
            elif start not in said:
                self.ledger.taken[start : view.ends[place]] = b"\1" * (view.ends[place] - start)

    def _point(self, view: View, parent: Place | None) -> Gathering:
        """Read one point: sentence by sentence, clause by clause."""
        gathering = Gathering(parent)
        if self.depth > DEEPEST:
            self.ledger.doubt(view, "括号套得太深，没有读", unread=True)
            return gathering
        self.depth += 1
        sentences = sections.split(view, sections.SENTENCE_ENDS)
        for sentence, following in itertools.pairwise([*sentences, view[:0]]):
            if self._handed_on(sentence, gathering) or self._remark(sentence):
                continue
            for clause in sections.split(sentence, sections.CLAUSE_ENDS):
                if not self._remark(clause):
                    items = sections.items(clause, self.text)
                    self._mark_numbers(clause, [item.view for item in items])
                    Clause(self, gathering).read(items)
                gathering.end_clause()
            gathering.end_sentence(boundaries.side_ahead(following.trimmed().s))
        self.depth -= 1
        gathering.close()
        return gathering

    def _handed_on(self, view: View, gathering: Gathering) -> bool:
        """Read a zone that is handed on to another school: 「原甲小学学区范围划归至乙小学学区范围」."""
        match = next(filter(None, (pattern.match(view.s) for pattern in HANDED_ON)), None)
        if not match:
            return False
        former = "former" in match.groupdict()
        name = self.text.name(view.part(match, "former" if former else "closing"))
        node = Former(name) if former else ZoneOf(name)
        self.ledger.node(view, node)
        self.ledger.note(view.part(match, "school"), "to")
        gathering.add(node)
        return True

    def _remark(self, view: View) -> bool:
        """Take a sentence that is a remark, not a description of land."""
        kind = remark_of(view.s)
        first, comma, _ = view.s.partition(",")
        if (
            comma
            and kind
            and not notes.note(first)
            and not notes.PUBLIC_RULE.search(view.s)
            and not WHEREAS.match(first)
        ):
            return False  # what stands before the comma is land; the clause tells where the remark begins
        if kind:
            self.remark(view, kind)
        return bool(kind)

    def remark(self, view: View, kind: str) -> None:
        """Take a remark; one on land that comes or goes for a time is for a clerk to settle too.

        Parameters
        ----------
        view : View
            Its words.
        kind : str
            One of `notes.KINDS`.
        """
        self.ledger.note(view, kind)
        if kind in ("temporary", "to"):
            self.ledger.doubt(view, "暂时或变动的安排，算不算这所学校的学区须由教育局说明")


def one_side(node: Node) -> bool:
    """Tell whether a node is a single side of a line.

    Parameters
    ----------
    node : Node
        Any node.

    Returns
    -------
    bool
        Whether it is.
    """
    return isinstance(node, Side) or (isinstance(node, Bounds) and len(node.lines) == 1)


def remark_of(s: str) -> str:
    """Return the kind of remark a sentence is, or nothing where it describes land.

    Parameters
    ----------
    s : str
        The sentence.

    Returns
    -------
    str
        One of `notes.KINDS`, or "".
    """
    if notes.PUBLIC_RULE.search(s):
        return "rule"
    kind = notes.note(s)
    return "" if kind in ("rule", "temporary") and LAND.search(s) else kind
