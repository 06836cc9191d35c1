"""Sides being joined by ∩ until all four are named or something else comes."""

from dataclasses import dataclass, field

from zhaosheng_analysis.sentences.grammar import (
    OPPOSITE,
    Bounds,
    Except,
    Node,
    Side,
    Some,
    intersection,
    union,
)

FOUR = {"east", "west", "south", "north"}


@dataclass
class Box:
    """Sides and limits that are being joined by ∩.

    Attributes
    ----------
    parts : list of Node
        Sides, borders and limits so far.
    said : list of str
        Which side of a line the land lies on, in the order of the text.
    more : list of Node
        What the text adds to this box alone.
    less : list of Node
        What it takes from it.
    narrow : list of Node
        Places it names inside of the box.
    ended : bool
        Whether 范围内 or a limit has been said, after which a semicolon begins another box.
    hint : str
        「…以北的部分区域」: which part of it is not said.
    area : list of Node
        The place 「甲邨内乙苑、丙苑」 lists houses of.
    """

    parts: list[Node] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    more: list[Node] = field(default_factory=list)
    less: list[Node] = field(default_factory=list)
    narrow: list[Node] = field(default_factory=list)
    ended: bool = False
    hint: str = ""
    area: list[Node] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Tell whether all four sides are named."""
        return set(self.said) >= FOUR

    def node(self) -> Node:
        """Return the box as a node; borders said one after another are one node."""
        parts: list[Node] = []
        for part in self.parts:
            if isinstance(part, Bounds) and parts and isinstance(parts[-1], Bounds):
                parts[-1] = Bounds((*parts[-1].lines, *part.lines))
            else:
                parts.append(part)
        whole = self._narrowed(parts)
        whole = Except(whole, tuple(self.less)) if self.less else whole
        whole = Some(whole, self.hint) if self.hint else whole
        return union([whole, *self.more])

    def _narrowed(self, parts: list[Node]) -> Node:
        """Return the sides with the places named inside of them; a part of a place in a box is a part of both."""
        if len(self.narrow) == 1 and isinstance(self.narrow[0], Some):
            return Some(intersection([*parts, self.narrow[0].of]), self.narrow[0].hint)
        return intersection([*parts, union(self.narrow)] if self.narrow else parts)


@dataclass(frozen=True)
class Suspended:
    """A box that 含 or 不含 has ended before all four sides were named.

    Attributes
    ----------
    box : Box
        The box.
    parts : int
        How many parts were finished before it.
    less : int
        How much had been left out before it.
    """

    box: Box
    parts: int
    less: int


def across(part: Node, side: str, of: tuple[str, ...]) -> bool:
    """Tell whether a part of a box lies on the other side of the same line: no land lies on both.

    Parameters
    ----------
    part : Node
        The part.
    side : str
        Where the land lies, seen from the line.
    of : tuple of str
        Names of the line.

    Returns
    -------
    bool
        Whether it does.
    """
    lines = part.lines if isinstance(part, Bounds) else ()
    return part == Side(OPPOSITE[side], of) or (side, of) in lines
