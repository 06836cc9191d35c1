"""The sentence of a notice that describes a zone, read into a tree.

The reader is written by hand. A grammar for a parser generator has to say what a name is before it can say what a
sentence is, and in a notice a name is whatever is left between words that cannot be part of one: an Earley parser
takes every way to cut it, a table-driven one none. So the text is cut from the outside in (points, sentences, clauses,
items), each item is matched against the constructions in turn, and brackets are read by the same reader. Whatever no
construction matches becomes a doubt with its place in the text, never a name.
"""

import itertools
import re
from functools import lru_cache

from zhaosheng_analysis.sentences import boundaries, names, notes, sections
from zhaosheng_analysis.sentences.boxes import FOUR
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.clauses import Clause
from zhaosheng_analysis.sentences.gathering import Gathering
from zhaosheng_analysis.sentences.grammar import (
    OPPOSITE,
    Bounds,
    Except,
    Former,
    Intersection,
    Node,
    Parsed,
    Part,
    Place,
    Ring,
    Side,
    Union,
    ZoneOf,
    intersection,
    union,
    walk,
)
from zhaosheng_analysis.sentences.ledger import Ledger
from zhaosheng_analysis.sentences.listings import inside
from zhaosheng_analysis.sentences.views import DEEPEST, GROUP, QUOTED, Text, View
from zhaosheng_analysis.sentences.words import DIRECTION

KEPT = 256  # sentences whose reading is remembered
SAID = re.compile(rf"[^\W_]|{QUOTED}")
HANDED_ON = (
    re.compile(
        "^.*?原(?P<former>.+?学区)(?:范围)?(?:划归|划入|并入|划转)(?:至|到)?(?:现合并学校)?(?P<school>.+?)(?:学区)?(?:范围)?$"
    ),
    re.compile("^(?:\\d{4}年)?(?P<closing>.+?)不再招收新生,学区内学生到(?P<school>.+?)(?:报名)?(?:入学|就读)$"),
)
# 「自甲路口起，沿甲路向东至乙路，沿乙路向南至…」
WALK_MARKS = re.compile("[,;、](?=(?:再|然后|后|又|并)?(?:沿|转|折)|[东西南北]{1,2}行)")
START_OF_WALK = re.compile(
    "(?:自|从|由|以)?[^,;]{2,}?(?:交叉口|交汇处|交叉处|交汇口|路口|交口|桥|处)?(?:开始|为?起点?|出发)(?:,?(?:向|往)?[东西南北]{0,2})?"
)
LEG = re.compile(
    rf"(?:再|然后|后|又|并)?(?:沿着?)(?P<road>[^,;、]{{2,}}?)(?:一直|继续)?(?:向|往|朝)?(?:正)?(?:{DIRECTION})(?:方向|面)?(?:延伸|前行|行|走)?"
    r"(?:至|到|直至|直到|折至|抵|回到|返回)[^,;、]{2,}$"
)
OR = re.compile("或者?")
COUNTS = 4  # as many lone numbers of buildings may be how many there are
LEGS = 3  # fewer do not go round
FEEDERS_AHEAD = re.compile("对口(?:小学:|本校)[^;]*(?:小学|学校|校|部)")
ZONE_AHEAD = re.compile("(?:学区|招生范围|服务范围|施教区)(?:范围)?[:为]")
LINE = re.compile("[^\n]+")
ITEM_MARK = re.compile("[、,:/ ]")
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
    return _parsed(text.strip())


@lru_cache(KEPT)
def _parsed(text: str) -> Parsed:
    """Read a sentence once; a draft, its check and its place on the map ask for the same one."""
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
        self.depth, self.table = 0, False
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
        self._doubt_counts(whole, tree)
        self._doubt_lone_side(whole, tree)
        self._doubt_or()
        self.ledger.close(tree)
        if tree is None and not self.ledger.doubts and not self.ledger.notes:
            self.ledger.doubt(self.text.whole(), "没有说是哪里")
        return tree

    def _doubt_counts(self, whole: View, tree: Node | None) -> None:
        """Doubt lists like 「甲苑24栋、乙苑8栋、丙楼1栋」, which count the buildings rather than name one of each."""
        parts = [node for node in walk(tree) if isinstance(node, Part)] if tree is not None else []
        houses = [part for part in parts if part.unit in ("栋", "幢")]
        lone = [part for part in houses if len(part.only) == 1 and len(set(part.only[0])) == 1 and not part.parity]
        if len(lone) < COUNTS or len(lone) < len(houses) or len({part.place for part in lone}) < len(lone):
            return
        if any(part.only == ((1, 1),) for part in lone):
            self.ledger.doubt(whole, "「…栋」是第几栋还是一共几栋，文字没有说清")

    def _doubt_lone_side(self, whole: View, tree: Node | None) -> None:
        """Doubt a side of one line beside a box with all its sides: how far it reaches is not said."""
        parts = tree.parts if isinstance(tree, Union) else ()
        sides = [sum(_sides(each) for each in _joined(part)) for part in parts]
        if any(n >= len(FOUR) for n in sides) and any(isinstance(part, Side) for part in parts):
            self.ledger.doubt(whole, "只写了一条界线的一侧，到哪里为止，文字没有说清")

    def _doubt_or(self) -> None:
        """Doubt 「甲社区或乙社区」: two places, one by two names, or one of them, which the text leaves open."""
        starts = {start for start, _, node in self.ledger.used if isinstance(node, Place | Part)}
        ends = {end for _, end, node in self.ledger.used if isinstance(node, Place | Part)}
        for match in OR.finditer(self.text.plain):
            if match.start() in ends and match.end() in starts:
                self.ledger.doubt(
                    self.text.view(*match.span()), "「或」的前后是两处都算、其中一处还是同一处，文字没有说清"
                )

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
        if groups := self._by_township(view):
            return self._joined_groups(groups, parent)
        points = [point for point in sections.points(view, self.text) if SAID.search(point.s) or GROUP in point.s]
        if len(points) == 1 and not self.depth and points[0].starts[0] == view.starts[0]:
            points = [sections.unnumbered(points[0], self.text)]
        self._mark_numbers(view, points)
        points = self._under_township(points[0]) if len(points) == 1 else points
        if len(points) <= 1:
            return self._point(points[0] if points else view[:0], parent)
        whole, nodes = Gathering(parent), []
        head = self._heading(points[0], view)
        for point in points[1:] if head else points:
            part = self._point(point, parent)
            node = part.result()
            nodes += [node] if node is not None else []
            whole.less += part.less if node is None else []
            whole.conditions += part.conditions
        whole.parts = self._sides_of_points(nodes, view)
        if head and whole.parts:
            whole.parts = [inside(head, union(whole.parts))]
        return whole

    def _joined_groups(self, groups: list[View], parent: Place | None) -> Gathering:
        """Read several lists one by one."""
        whole = Gathering(parent)
        for group in groups:
            part = self.gather(group, parent)
            node = part.result()
            whole.parts += [node] if node is not None else []
            whole.conditions += part.conditions
        return whole

    def _under_township(self, view: View) -> list[View]:
        """Return the line with a township alone, and what is listed under it as one point."""
        first, line_end, _ = view.s.partition("\n")
        alone = line_end and _is_alone(first.rstrip(":"))
        return [view[: len(first) + 1], view[len(first) + 1 :]] if alone else [view]

    def _by_township(self, view: View) -> list[View]:
        """Return the stretches that lines with a township alone head: 「甲区⏎乙里⏎丙区⏎丁里」."""
        starts = [match.start() for match in LINE.finditer(view.s) if _is_alone(match[0])]
        if len(starts) < 2 or starts[0]:
            return []
        return [view[start:end] for start, end in itertools.pairwise([*starts, len(view)])]

    def _heading(self, view: View, whole: View) -> Place | None:
        """Return the township or community that stands above numbered points and lists them."""
        name = view.trimmed("\n :,、。;")
        if view.starts[0] != whole.starts[0] or names.objection(name.s) or name.s[-1:] == GROUP:
            return None
        if view.s[-1:] not in ("\n", ":") or (view.s[-1] == "\n" and names.is_street(name.s)):
            return None
        if not (names.is_township(name.s) or names.is_community(name.s)):
            return None
        node = Place(self.text.name(name))
        self.ledger.node(name, node)
        return node

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
        sentences = self._without_school(self._without_feeders(sentences))
        for sentence, following in itertools.pairwise([*sentences, view[:0]]):
            if sections.COLUMNS.fullmatch(sentence.trimmed().s):
                self.ledger.note(sentence, "lead")
                self.table = True
                continue
            if self._handed_on(sentence, gathering) or self._walked(sentence, gathering) or self._remark(sentence):
                continue
            for clause in sections.split(sentence, sections.CLAUSE_ENDS):
                if not self._remark(clause):
                    items = sections.items(clause, self.text, table=self.table)
                    self._mark_numbers(clause, [item.view for item in items])
                    Clause(self, gathering).read(items)
                gathering.end_clause()
            gathering.end_sentence(boundaries.side_ahead(following.trimmed().s))
        self.depth -= 1
        gathering.close()
        return gathering

    def _without_feeders(self, sentences: list[View]) -> list[View]:
        """Take 「对口小学：甲小学、乙小学。」 before 「学区：…」, which says the same land itself."""
        if not any(ZONE_AHEAD.match(sentence.s) for sentence in sentences[1:]):
            return sentences
        for sentence in sentences:
            if FEEDERS_AHEAD.fullmatch(sentence.s):
                self.ledger.note(sentence, "lead")
        return [sentence for sentence in sentences if not FEEDERS_AHEAD.fullmatch(sentence.s)]

    def _without_school(self, sentences: list[View]) -> list[View]:
        """Take 「第一小学。」 at the head of what its zone is."""
        head = sentences[0].trimmed() if len(sentences) > 1 and self.depth == 1 else None
        if head is None or not notes.SCHOOL_ENDS.search(head.s) or ITEM_MARK.search(head.s) or names.objection(head.s):
            return sentences
        self.ledger.note(head, "campus")
        return sentences[1:]

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

    def _walked(self, view: View, gathering: Gathering) -> bool:
        """Read a walk around the zone: 「自甲路与乙路交叉口起，沿甲路向东至丙路，沿丙路向南至…」."""
        start, *legs = WALK_MARKS.split(view.s)
        roads = [match for leg in legs if (match := LEG.match(leg))]
        if not START_OF_WALK.fullmatch(start) or len(roads) < LEGS or len(roads) < len(legs):
            return self._lost_on_walk(view, start)
        node = Ring(tuple(dict.fromkeys(self._of_leg(view, match["road"]) for match in roads)))
        if len(node.of) < LEGS or any(map(boundaries.unlike_a_line, map(plain, node.of))):
            return False
        self.ledger.node(view, node)
        gathering.close()
        gathering.add(node)
        return True

    def _lost_on_walk(self, view: View, start: str) -> bool:
        """Mark a walk some leg of which is not understood: none of its borders is one by itself."""
        walked = view.s.count("沿") >= LEGS and bool(boundaries.CROSSING.search(start))
        if walked:
            self.ledger.doubt(view, "沿界线走一圈的写法没有读懂", unread=True)
        return walked

    def _of_leg(self, view: View, road: str) -> str:
        """Return a road of a walk as it is written."""
        start = view.s.index(road)
        return self.text.name(view[start : start + len(road)])

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


def _is_alone(line: str) -> bool:
    """Tell whether a line holds the name of a township and nothing else."""
    return names.is_township(line) and not names.is_street(line) and not names.objection(line)


def _joined(node: Node) -> tuple[Node, ...]:
    """Return the parts that a box is made of."""
    node = node.whole if isinstance(node, Except) else node
    return node.parts if isinstance(node, Intersection) else (node,)


def _sides(node: Node) -> int:
    """Count the sides a node says."""
    return len(node.lines) if isinstance(node, Bounds) else int(isinstance(node, Side))


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
