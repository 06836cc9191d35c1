"""The tree a zone sentence is read into: sides, boxes and rings of lines, places and their parts, and what joins them.

Names are words here, as the notice writes them; which place on a map they mean is settled elsewhere. `as_data` gives
the tree as plain data; the form is documented, construction by construction, in ``docs/zone-sentences.zh.md``.
"""

from dataclasses import dataclass

Range = tuple[int, int | None]  # first and last number; last None for 起到底

OPPOSITE = {
    "east": "west",
    "west": "east",
    "south": "north",
    "north": "south",
    "southeast": "northwest",
    "northwest": "southeast",
    "southwest": "northeast",
    "northeast": "southwest",
}


class _Said:
    """A node prints itself on one line."""

    def __str__(self) -> str:
        from zhaosheng_analysis.sentences import printing

        return printing.said(self)


@dataclass(frozen=True)
class Side(_Said):
    """All that lies on one side of a line: 「滨河路以东」; several names are one line, end to end.

    Attributes
    ----------
    side : str
        Side of the line: east, west, south, north and what lies between.
    of : tuple of str
        The names; several are one line, end to end.
    """

    side: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class Bounds(_Said):
    """What lies inside of lines named by where they run: 「东至甲路、南至乙街」; (side, names), one a side.

    Attributes
    ----------
    lines : tuple of tuple of (str, tuple of str)
        Side and names of each line, one a side.
    """

    lines: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Ring(_Said):
    """What lies inside a closed line: 「甲路→乙路→丙路以内」, 「由甲路、乙路、丙河围合的区域」.

    Attributes
    ----------
    of : tuple of str
        Names of the lines it is made of.
    """

    of: tuple[str, ...]


@dataclass(frozen=True)
class Between(_Said):
    """What lies between two lines: 「甲路与乙路之间」, 「甲路至乙路段」.

    Attributes
    ----------
    of : tuple of str, length 2
        Names of the two lines.
    """

    of: tuple[str, str]


@dataclass(frozen=True)
class Place(_Said):
    """A compound, village, community or other place by its name.

    Attributes
    ----------
    name : str
        Its name as it is written.
    aliases : tuple of str
        Other names the text gives it.
    within : str
        Township or street office put before it.
    short : tuple of str
        The name without the kind that the text gives to several at once (松涛 for 松涛里 in 「松涛、竹影等里」).
    limit : bool
        Whether the text says that the zone stays inside it (「安平区域内」), rather than that it belongs whole.
    """

    name: str
    aliases: tuple[str, ...] = ()
    within: str = ""
    short: tuple[str, ...] = ()
    limit: bool = False


@dataclass(frozen=True)
class Part(_Said):
    """The part of a place that has some numbers: 「5－13鄰」, 「1、2幢」, 「双号」, 「32号起到底」.

    Attributes
    ----------
    place : Place
        The place.
    unit : str
        What is counted.
    only : tuple of Range
        These numbers; empty for all.
    excepted : tuple of Range
        All but these.
    parity : {"odd", "even", ""}
        Whether only odd or even numbers count.
    aliases : tuple of str
        What the text calls the houses with these numbers.
    """

    place: Place
    unit: str
    only: tuple[Range, ...] = ()
    excepted: tuple[Range, ...] = ()
    parity: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Some(_Said):
    """A part of a place that the text does not settle: 「社区北」, 「部分」, 「附近」.

    Attributes
    ----------
    of : Node
        The place.
    hint : str
        What the text says of the part.
    """

    of: "Node"
    hint: str


@dataclass(frozen=True)
class ZoneOf(_Said):
    """The zone a school has now.

    Attributes
    ----------
    school : str
        Name of the school.
    """

    school: str


@dataclass(frozen=True)
class Former(_Said):
    """The zone a former school or school district had: 「原西高小学学区」.

    Attributes
    ----------
    name : str
        Name of the former school or district.
    """

    name: str


@dataclass(frozen=True)
class Shared(_Said):
    """A zone with a choice among several schools (双学区, 共同学区, 自由學區); ? where the partner is not named.

    Attributes
    ----------
    of : Node
        The land.
    schools : tuple of str
        Names of the schools; ? where the partner is not named.
    """

    of: "Node"
    schools: tuple[str, ...]


@dataclass(frozen=True)
class Who(_Said):
    """A zone for those children only who meet a condition: hukou, owner, match, migrant, nonlocal, lottery ….

    Attributes
    ----------
    of : Node
        The land.
    conditions : tuple of str
        Codes of the conditions.
    """

    of: "Node"
    conditions: tuple[str, ...]


@dataclass(frozen=True)
class Intersection(_Said):
    """What lies in every part (∩).

    Attributes
    ----------
    parts : tuple of Node
        The parts.
    """

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Union(_Said):
    """What lies in some part (∪).

    Attributes
    ----------
    parts : tuple of Node
        The parts.
    """

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Except(_Said):
    """What lies in one part and in none of those left out.

    Attributes
    ----------
    whole : Node
        The part.
    less : tuple of Node
        What is left out.
    """

    whole: "Node"
    less: tuple["Node", ...]


Node = (
    Side
    | Bounds
    | Ring
    | Between
    | Place
    | Part
    | Some
    | ZoneOf
    | Former
    | Shared
    | Who
    | Intersection
    | Union
    | Except
)


def union(parts: list[Node]) -> Node | None:
    """Join parts by ∪; one part stays as it is, no part is None.

    Parameters
    ----------
    parts : list of Node
        The parts.

    Returns
    -------
    Node or None
        The union, or None where there is no part.
    """
    flat = [each for part in parts for each in (part.parts if isinstance(part, Union) else (part,))]
    return None if not flat else flat[0] if len(flat) == 1 else Union(tuple(flat))


def intersection(parts: list[Node]) -> Node:
    """Join parts by ∩; one part stays as it is.

    Parameters
    ----------
    parts : list of Node
        The parts.

    Returns
    -------
    Node
        The intersection.
    """
    flat = [each for part in parts for each in (part.parts if isinstance(part, Intersection) else (part,))]
    return flat[0] if len(flat) == 1 else Intersection(tuple(flat))


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes a node is made of.

    Parameters
    ----------
    node : Node
        The tree.

    Returns
    -------
    tuple of Node
        The nodes; none for a leaf.
    """
    if isinstance(node, Intersection | Union):
        return node.parts
    if isinstance(node, Except):
        return (node.whole, *node.less)
    if isinstance(node, Some | Shared | Who):
        return (node.of,)
    return (node.place,) if isinstance(node, Part) else ()


def walk(node: Node | None) -> list[Node]:
    """Return a node and all that are in it, outermost first.

    Parameters
    ----------
    node : Node or None
        The tree.

    Returns
    -------
    list of Node
        The nodes; none without a tree.
    """
    if node is None:
        return []
    return [node, *(each for child in children(node) for each in walk(child))]


def lines_of(node: Node) -> tuple[str, ...]:
    """Return the names of the lines of a side or border.

    Parameters
    ----------
    node : Node
        Any node.

    Returns
    -------
    tuple of str
        The names; none for any other node.
    """
    if isinstance(node, Bounds):
        return tuple(name for _, names_of in node.lines for name in names_of)
    return node.of if isinstance(node, Side) else ()


def as_data(node: Node) -> dict[str, object]:
    """Return a tree as plain data, for JSON.

    Parameters
    ----------
    node : Node
        The tree.

    Returns
    -------
    dict of str to object
        Dicts, lists and texts only.
    """
    if isinstance(node, Side):
        return {"side": node.side, "of": list(node.of)}
    if isinstance(node, Bounds):
        return {"bounds": {side: list(names) for side, names in node.lines}}
    if isinstance(node, Ring):
        return {"ring": list(node.of)}
    if isinstance(node, Between):
        return {"between": list(node.of)}
    if isinstance(node, Place):
        return _place_data(node)
    if isinstance(node, Part):
        return _part_data(node)
    if isinstance(node, ZoneOf):
        return {"zone": node.school}
    if isinstance(node, Former):
        return {"former": node.name}
    return _joined_data(node)


def _joined_data(node: Some | Shared | Who | Intersection | Union | Except) -> dict[str, object]:
    """Return a node made of other nodes as plain data."""
    if isinstance(node, Some):
        return {"some": as_data(node.of), "hint": node.hint}
    if isinstance(node, Shared):
        return {"shared": as_data(node.of), "with": list(node.schools)}
    if isinstance(node, Who):
        return {"who": list(node.conditions), "of": as_data(node.of)}
    word = {Intersection: "and", Union: "or", Except: "minus"}[type(node)]
    return {word: [as_data(part) for part in children(node)]}


def _place_data(node: Place) -> dict[str, object]:
    """Return a place as plain data; what it does not have is left out."""
    more = {"alias": list(node.aliases), "in": node.within, "short": list(node.short), "limit": node.limit}
    return {"place": node.name} | {key: value for key, value in more.items() if value}


def _part_data(node: Part) -> dict[str, object]:
    """Return a part by numbers as plain data."""
    only, excepted = ([list(pair) for pair in pairs] for pairs in (node.only, node.excepted))
    more = {"only": only, "except": excepted, "parity": node.parity}
    more |= {"alias": [*node.place.aliases, *node.aliases]}
    return _place_data(node.place) | {"of": node.unit} | {key: value for key, value in more.items() if value}


@dataclass(frozen=True)
class Doubt:
    """A stretch of the sentence that a clerk has to settle.

    Attributes
    ----------
    start : int
        Where it begins in the text.
    end : int
        Where it ends.
    words : str
        The words as they are written.
    why : str
        What is to be settled, in Chinese.
    unread : bool
        Whether the words are in no node at all.
    """

    start: int
    end: int
    words: str
    why: str
    unread: bool = False

    def __str__(self) -> str:
        return f"「{self.words}」（第 {self.start + 1}–{self.end} 字）：{self.why}"


@dataclass(frozen=True)
class Note:
    """A stretch that describes no land: where migrants go, what may be chosen, tiers, rules; see `notes.KINDS`.

    Attributes
    ----------
    start : int
        Where it begins in the text.
    end : int
        Where it ends.
    words : str
        The words as they are written.
    kind : str
        One of `notes.KINDS`.
    """

    start: int
    end: int
    words: str
    kind: str


@dataclass(frozen=True)
class Parsed:
    """A sentence and what was read in it.

    Attributes
    ----------
    text : str
        The sentence as it was given.
    tree : Node or None
        The land it describes, or None where it describes none or nothing was understood.
    used : tuple of tuple of (int, int, Node)
        Each stretch that became a node: start, end and node.
    notes : tuple of Note
        What describes no land, in the order of the text.
    doubts : tuple of Doubt
        What a clerk has to settle, in the order of the text.
    """

    text: str
    tree: Node | None
    used: tuple[tuple[int, int, Node], ...] = ()
    notes: tuple[Note, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def __str__(self) -> str:
        from zhaosheng_analysis.sentences import printing

        return printing.in_words(self)

    @property
    def unread(self) -> tuple[str, ...]:
        """Return the words that are in no node and in no note."""
        return tuple(doubt.words for doubt in self.doubts if doubt.unread)

    @property
    def handed_on(self) -> bool:
        """Tell whether the sentence hands the zone it describes on to another school."""
        return any(note.kind == "to" for note in self.notes)

    @property
    def understood(self) -> bool:
        """Tell whether it describes land and nothing is left for a clerk to settle."""
        return self.tree is not None and not self.doubts
