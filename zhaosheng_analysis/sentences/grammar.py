"""The parts a zone sentence is made of: sides of streets, named places, former zones, and what joins them.

Each part prints itself. Names are words here; which place on a map they mean is settled elsewhere.
"""

from dataclasses import dataclass
from functools import cache

SIDES = {"东": "east", "西": "west", "南": "south", "北": "north"}
WORDS = {side: word for word, side in SIDES.items()}
OPPOSITE = {"east": "west", "west": "east", "south": "north", "north": "south"}


@dataclass(frozen=True)
class Chain:
    """One side of a zone: a street, railway, river, wall or compound, or several of them end to end."""

    names: tuple[str, ...]
    along: bool = False  # True for "A——B", a chain drawn as one line; False for a list "A、B"

    def __str__(self) -> str:
        return ("——" if self.along else "、").join(self.names)


@dataclass(frozen=True)
class Side:
    """All that lies on one side (east, west, south, north) of a chain: 「滨河路以东」."""

    chain: Chain
    side: str

    def __str__(self) -> str:
        return f"{self.chain}以{WORDS[self.side]}"


@dataclass(frozen=True)
class Beside:
    """Named buildings along one side of a street: 「金融街南侧机关单位家属楼」."""

    street: str
    side: str
    what: str

    def __str__(self) -> str:
        return f"{self.street}{WORDS[self.side]}侧{self.what}"


@dataclass(frozen=True)
class Named:
    """A compound, village or other place by its name, with the name given in brackets behind it."""

    name: str
    aliases: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name + (f"({'、'.join(self.aliases)})" if self.aliases else "")


@dataclass(frozen=True)
class Former:
    """The zone a former school or school district had: 「原西高小学学区」."""

    name: str
    kind: str  # 学区, 小学学区, 招生片区 …

    def __str__(self) -> str:
        return f"原{self.name}{self.kind}"


@dataclass(frozen=True)
class ZoneOf:
    """The present zone of a school, or the area its intake comes from."""

    school: str

    def __str__(self) -> str:
        return f"{self.school}学区"


@dataclass(frozen=True)
class Within:
    """A limit the zone must stay inside: 城区, 古城, the district's school-zone limit."""

    name: str

    def __str__(self) -> str:
        return f"{self.name}范围内"


@dataclass(frozen=True)
class Attribute:
    """A condition on the child or the way schools are assigned, not a place: 「本乡镇小学毕业生」."""

    who: str

    def __str__(self) -> str:
        return self.who


@dataclass(frozen=True)
class Intersection:
    """What lies in every part (∩)."""

    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " ∩ ".join(_bracketed(part, Union) for part in self.parts)


@dataclass(frozen=True)
class Union:
    """What lies in some part (∪)."""

    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " ∪ ".join(_bracketed(part, Intersection) for part in self.parts)


@dataclass(frozen=True)
class Except:
    """What lies in one part and in none of the places left out: 「…范围内,不含X」."""

    whole: "Node"
    less: tuple["Node", ...]

    def __str__(self) -> str:
        return f"({self.whole}) \\ {'、'.join(map(str, self.less))}"


@dataclass(frozen=True)
class Forward:
    """A zone handed on to another school: 「原…学区范围划归至…」."""

    zone: "Node"
    school: str
    year: int | None = None

    def __str__(self) -> str:
        return f"{self.zone} → {self.school}" + (f"（{self.year}年起）" if self.year else "")


Node = Side | Beside | Named | Former | ZoneOf | Within | Attribute | Intersection | Union | Except | Forward


@dataclass(frozen=True)
class Parsed:
    """A sentence, the tree it was read into, and the words that were not understood.

    Attributes
    ----------
    text : the sentence as it was given; `plain` : in simplified script and plain punctuation, same length.
    tree : what it describes, or None where nothing was understood.
    used : (start, end, node) of each word used; `unread` : words no node uses.
    """

    text: str
    plain: str
    tree: Node | None
    used: tuple[tuple[int, int, Node], ...] = ()
    unread: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [str(self.tree) if self.tree is not None else "（未读懂）"]
        lines += [f"  「{self.text[a:b]}」 {type(node).__name__}: {node}" for a, b, node in self.used]
        lines += [f"  未读懂：「{word}」" for word in self.unread]
        return "\n".join(lines)


def branches(node: Node | Chain) -> dict[str, object]:
    """Return a part as plain data, what it is under ``part``, for JSON."""
    found: dict[str, object] = {"part": type(node).__name__.lower()}
    for key, value in vars(node).items():
        parts = value if isinstance(value, tuple) else (value,)
        plain_parts = [branches(part) if hasattr(part, "__dataclass_fields__") else part for part in parts]
        found[key] = plain_parts if isinstance(value, tuple) else plain_parts[0]
    return found


def _bracketed(part: Node, other: type) -> str:
    """Put a nested set of the other kind into brackets, so that the printed tree cannot be misread."""
    return f"({part})" if isinstance(part, other) else str(part)


@cache
def _converter():
    """Return the converter from traditional to simplified script."""
    import opencc

    return opencc.OpenCC("t2s")


@cache
def _simplified(character: str) -> str:
    """Return one character in simplified script; a character that would become two stays as it is."""
    converted = _converter().convert(character)
    return converted if len(converted) == 1 else character


PUNCTUATION = str.maketrans(dict(zip("，；：（）﹐﹑･“”『』", ",;:(),、、「」「」", strict=True)))


def plain(text: str) -> str:
    """Return a sentence in simplified script and plain punctuation, character by character, so that places stay."""
    return "".join(map(_simplified, text)).translate(PUNCTUATION)
