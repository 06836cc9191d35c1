"""The sentence of a notice that describes a zone, read into a small tree that prints itself.

「滨河路以东、金融街东延以南的城区,还包括盛世景湾、原西高小学学区」 becomes the union of (east of one street ∩ south
of another ∩ the urban area), a named place and a former school's zone.

The parser is a reader, not a guesser: every character of the sentence is used by a node of the tree, or is
punctuation or a linking word, or is listed in `grammar.Parsed.unread`.
"""

import re

from zhaosheng_analysis.sentences.grammar import (
    OPPOSITE,
    SIDES,
    Attribute,
    Beside,
    Chain,
    Except,
    Former,
    Forward,
    Intersection,
    Named,
    Node,
    Parsed,
    Side,
    Union,
    Within,
    ZoneOf,
    plain,
)

LEAD = re.compile(r"^[^:,;]{0,40}?(?:招生|招收)范围为?:|^(?:招生|招收)范围为:?")
LINK = re.compile(r"^(?:还包括|另包括|还含|包括|含|以及|其中)")
BUT = re.compile(r"^(?:但不含|但不包括|不含|不包括|扣除)")
STREET = r"(?:路|街|巷|道|河|渠|墙|桥|线|铁路|高速|延)"
LIMIT = re.compile(r"(?:范围|区域|界)(?:区域|以内|内)?$|^城区$")
MARKS = {
    "side": re.compile(r"^(?P<name>.+?)以(?P<side>[东西南北])(?P<rest>.*)$"),
    "box": re.compile(r"^(?P<side>[东西南北])(?:起自|起|至|到|临|接|邻)(?P<name>.+)$"),
    "former": re.compile(r"^原(?P<name>.+?)(?P<kind>小学学区|学区|招生片区|片区)$"),
    "present": re.compile(r"^(?P<name>.+?)(?:招生片区|学区)$"),
    "beside": re.compile(rf"^(?P<street>.+?{STREET})(?P<side>[东西南北])侧的?(?P<what>.+)$"),
    "named": re.compile(r"^(?P<name>[^()]+)(?:\((?P<alias>[^()]+)\))?$"),
}
# A name holds none of these: where they stand, the words are a rule, not a place.
RULE_WORDS = re.compile(
    r"学生|可以|必须|须(?:凭|按|在|经|持|到|于|提供|符合)|符合|由.+(?:安排|统筹|接收|负责|学校|小学|中学)|按(?:照|规定|政策|原|户)|招收|录取|报名|\d{4}年"
)
SUCH = re.compile(r"(?<=.)的小区$")  # 「包括同煤新苑、机车厂的小区」 names the compounds themselves
LONGEST_NAME = 20
QUOTED = re.compile(r"^「([^」]+)」$")  # a name that would otherwise be read as something else

FORWARDS = (
    re.compile(r"^.*?原(?P<former>.+?)学区范围划归至(?:现合并学校)?(?P<school>.+?)学区范围[。;,]?$"),
    re.compile(r"^(?P<year>\d{4})年(?P<closing>.+?)不再招收新生,学区内学生到(?P<school>.+?)报名入学[。;,]?$"),
)
MEMBERS = re.compile(r"^第.+?片区:(?P<list>[^。()]+)[。;]?(?P<point>\(.+?为第二阶段报名点\))?")
CONDITIONS = re.compile(
    r"[^,;。、\s]{0,12}(?:小学|初中|中学|学校)只招收[^,;。、\s]{0,12}(?:学生|毕业生|儿童|少年|子女)"
    r"|单校划学区或多校划片(?:方式)?招生|小学与初中「?校校对口」?的方式招生"
    r"|(?:承担了部分学区范围招生计划的)?民办学校,应明确其学区范围|在对应的小学学区范围内有入读需求的对象"
)


def parse(text: str) -> Parsed:
    """Read one zone sentence, in traditional or simplified script, into a tree.

    Returns
    -------
    Parsed, whose `unread` is empty where every construction was understood. Names are not looked up.
    """
    line = plain(text.strip())
    for read in (_forward, _members, _conditions, _places):
        used, tree = read(line)
        if tree is not None:
            break
    return Parsed(text.strip(), line, tree, tuple(used), _unread(line, used))


def _forward(line: str) -> tuple[list, Node | None]:
    """Read a zone that is handed on to another school."""
    for match in filter(None, (pattern.match(line) for pattern in FORWARDS)):
        part = match.groupdict()
        zone = Former(part["former"], "学区") if "former" in part else ZoneOf(part["closing"])
        tree = Forward(zone, part["school"], int(part["year"]) if "year" in part else None)
        return [(0, len(line), tree)], tree
    return [], None


def _members(line: str) -> tuple[list, Node | None]:
    """Read an area that is the union of its schools' zones: 「第一片区:十四校、四十三校」."""
    match = MEMBERS.match(line)
    if not match:
        return [], None
    used = [(start, end, ZoneOf(word)) for start, end, word, _ in _items(line, *match.span("list"))]
    tree = Union(tuple(node for _, _, node in used))
    return [(0, match.start("list"), tree), *used, (match.end("list"), match.end(), tree)], tree


def _conditions(line: str) -> tuple[list, Node | None]:
    """Read 「农村小学只招收本乡镇学生」 and the like: how children are assigned, and not a place."""
    used = [(m.start(), m.end(), Attribute(m.group())) for m in CONDITIONS.finditer(line)]
    return used, _joined([node for _, _, node in used])


def _items(line: str, start: int, end: int) -> list[tuple[int, int, str, str]]:
    """Split a stretch of a sentence at its punctuation, brackets kept whole: (start, end, word, mark before)."""
    found = re.finditer(r"(?P<mark>[、,;。\s]*)(?P<word>(?:\([^)]*\)|「[^」]*」|[^、,;。\s(])+)", line[start:end])
    return [(start + m.start("word"), start + m.end("word"), m["word"], m["mark"][:1]) for m in found]


def _places(line: str) -> tuple[list, Node | None]:
    """Read a list of sides and places, the usual sentence."""
    lead = LEAD.match(line)
    reader = _Reader()
    for start, end, word, mark in _items(line, lead.end() if lead else 0, len(line)):
        reader.read(start, end, word, mark)
    reader.close()
    tree = _joined(reader.parts)
    return reader.used, Except(tree, tuple(reader.less)) if tree is not None and reader.less else tree


class _Reader:
    """Read item after item; sides gather into one intersection until something else comes."""

    def __init__(self) -> None:
        self.parts: list[Node] = []  # what will be joined by ∪
        self.less: list[Node] = []  # what is left out again
        self.leaving_out = False
        self.sides: list[Node] = []  # what is being joined by ∩
        self.used: list[tuple[int, int, Node]] = []
        self.waiting: list[tuple[int, int, str]] = []  # streets that may turn out to be the first of a chain
        self.boxed = False  # the last side was written 「北起…」, so that a further street continues it

    def read(self, start: int, end: int, word: str, mark: str) -> None:
        """Take one item of the sentence."""
        if mark == ";" and any(isinstance(side, Within) for side in self.sides):
            self.close()  # a part that has named its limit is complete
        but = BUT.match(word)
        link = but or LINK.match(word)
        if link:
            self.close()
            self.leaving_out = bool(but)
            start, word = start + link.end(), word[link.end() :]
            if word.startswith("(") and word.endswith(")"):
                for a, b, inner, before in _items(word, 1, len(word) - 1):
                    self.read(start + a, start + b, inner, before)
                return
        if QUOTED.match(word):
            self._quoted(start, end, word)
        elif self.boxed and mark == "、" and not any(MARKS[m].match(word) for m in ("side", "box")):
            self._lengthen(end, word)
        elif match := MARKS["box"].match(word):
            self._box(start, end, match)
        elif match := MARKS["side"].match(word):
            self._side(start, end, match)
        elif self.sides and LIMIT.search(word):
            self._bound(start, end, word)
        else:
            self._place(start, end, word)

    def close(self) -> None:
        """End the intersection that is being gathered, if there is one."""
        for start, end, word in self.waiting:
            self._add(start, end, Named(word))
        self.waiting = []
        if self.sides:
            self.parts.append(self.sides[0] if len(self.sides) == 1 else Intersection(tuple(self.sides)))
        self.sides, self.boxed = [], False

    def _box(self, start: int, end: int, match: re.Match) -> None:
        """Take 「北起同泉路」: the zone lies south of it."""
        name = match["name"]
        if LIMIT.search(name):
            self._bound(start, end, name)
            return
        self._gather(start, end, Side(_chain([name]), OPPOSITE[SIDES[match["side"]]]))
        self.boxed = True

    def _side(self, start: int, end: int, match: re.Match) -> None:
        """Take 「滨河路以东」, with what may follow: 「的城区」, 「范围内」, 「的同煤新苑」."""
        name, rest = match["name"], match["rest"].removeprefix("的")
        inside = re.match(r"^(?P<area>[^内]{2,})内(?P<name>.+)$", name)
        street = inside["name"] if inside else name
        names = [word for _, _, word in self.waiting] + [street.strip("「」")]
        first = self.waiting[0][0] if self.waiting else start + (inside.start("name") if inside else 0)
        self.waiting, self.boxed = [], False
        self._gather(first, end - len(rest), Side(_chain(names), SIDES[match["side"]]))
        if inside:
            self._narrow(start, start + inside.end("area"), Within(inside["area"]))
        if rest and rest not in LINKS:
            self._narrow(end - len(rest), end, Within(rest) if LIMIT.search(rest) else Named(rest))
        if rest:
            self.close()

    def _gather(self, start: int, end: int, side: Side) -> None:
        """Add a side to the intersection; a second one of the same direction starts a new part."""
        if any(isinstance(s, Side) and s.side == side.side for s in self.sides):
            self.close()
        self._narrow(start, end, side)

    def _narrow(self, start: int, end: int, node: Node) -> None:
        """Add one more condition to the intersection."""
        self.sides.append(node)
        self.used.append((start, end, node))

    def _bound(self, start: int, end: int, word: str) -> None:
        """Take a limit: 「原某区学区范围内」."""
        name = re.sub(r"(?:范围)?(?:区域|以内|内)$", "范围", word).removesuffix("范围") or word
        self._narrow(start, end, Within(name))

    def _lengthen(self, end: int, word: str) -> None:
        """Take a further street of the side named last: 「北起同泉路、北都街西段」."""
        last = self.sides[-1]
        longer = Side(Chain((*last.chain.names, word)), last.side)
        self.sides[-1] = longer
        self.used[-1] = (self.used[-1][0], end, longer)

    def _place(self, start: int, end: int, word: str) -> None:
        """Take a place: a former zone, buildings beside a street, a compound or a village."""
        if self.sides:
            self.close()
        if re.search(STREET + "$", word) and not self.parts:
            self.waiting.append((start, end, word))
            return
        node = _place(word)
        if node is not None:
            self._add(start, end, node)

    def _quoted(self, start: int, end: int, word: str) -> None:
        """Take a name in quotation marks as it stands: 「含光小区」."""
        if self.sides:
            self.close()
        self._add(start, end, Named(word.strip("「」")))

    def _add(self, start: int, end: int, node: Node) -> None:
        """Add a place to what is in, or to what is left out."""
        (self.less if self.leaving_out else self.parts).append(node)
        self.used.append((start, end, node))


def _chain(names: list[str]) -> Chain:
    """Make one side of its streets; 「A——B」 is one line."""
    along = re.split(r"—+|－|~", names[0]) if len(names) == 1 else []
    return Chain(tuple(along), along=True) if len(along) > 1 else Chain(tuple(names))


def _place(word: str) -> Node | None:
    """Read one name as the place it must be, or None where it reads like a rule."""
    if match := MARKS["former"].match(word):
        return Former(match["name"], match["kind"])
    if match := MARKS["beside"].match(word):
        return Beside(match["street"], SIDES[match["side"]], match["what"])
    if RULE_WORDS.search(word) or len(word) > LONGEST_NAME:
        return None
    if match := MARKS["present"].match(word):
        return ZoneOf(match["name"])
    match = MARKS["named"].match(SUCH.sub("", word))
    return Named(match["name"], tuple((match["alias"] or "").split("、")) if match["alias"] else ()) if match else None


def _joined(parts: list[Node]) -> Node | None:
    """Join parts by ∪; one part stays as it is."""
    return None if not parts else parts[0] if len(parts) == 1 else Union(tuple(parts))


LINKS = {"还包括", "包括", "含", "和", "及", "以及", "其中", "等", "的", "范围", "范围内", "范围区域", "区域", "内"}


def _unread(line: str, used: list[tuple[int, int, Node]]) -> tuple[str, ...]:
    """Return the words of a sentence that no node uses, without its lead, punctuation and linking words."""
    lead = LEAD.match(line)
    free = list(line)
    for start, end in [(0, lead.end() if lead else 0), *((a, b) for a, b, _ in used)]:
        free[start:end] = " " * (end - start)
    words = (LINK.sub("", BUT.sub("", word)) for word in re.split(r"[\s、,;。:()「」]+", "".join(free)))
    return tuple(word for word in words if word and word not in LINKS)
