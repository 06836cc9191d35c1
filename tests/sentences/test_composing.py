"""Sentences put together from pieces whose land is known: the whole is what the words between them make of it."""

import itertools

import numpy as np
import pytest

from zhaosheng_analysis.sentences import grammar, parse
from zhaosheng_analysis.sentences.grammar import OPPOSITE

# Pieces of own words; none begins a list that others would go on with.
PLACES = [
    "望湖花园",
    "槐荫社区",
    "柳溪村1-5组",
    "青云路1-99号（单号）",
    "松涛苑1、2、3幢",
    "竹影里",
    "安平街道槐荫社区",
    "青云路12弄",
    "原安平小学学区",
    "柳溪村（除3、7组外）",
    "槐荫社区（长虹路以南）",
    "松涛苑A区",
    "永安镇",
    "槐荫社区（望湖花园、柳溪苑）",
    "青云路12号望湖公寓",
    "柳溪村第二、三经济社",
    "望湖花园一期、二期",
    "白塔街双号",
    "市医院家属院",
    "柳溪自然村",
    "新村",
    "东风农场三队",
]
LANDS = [
    "青云路以东、白塔街以南区域",
    "东至青云路，南至白塔街，西至北塘河，北至长虹路",
    "青云路以东、白塔街以南、北塘河以西、长虹路以北",
    "青云路、白塔街、北塘河、长虹路围合的区域",
    "永安镇青云路以东、白塔街以南区域",
    "青云路与北塘河之间区域",
    "环城路以内区域",
    "东：青云路；南：白塔街；西：北塘河；北：长虹路",
    "青云路以东，白塔街以南，永安区范围内",
]
COMMUNITIES = ["槐荫社区", "安平街道槐荫社区", "永安镇", "松涛村"]
SIDES = ["长虹路以南", "青云路以东、白塔街以南", "北塘河以西", "长虹路南侧"]
# How lands (x, y), places (a, b, c), a community (m) and a side of a line (s) are joined, and what that may mean;
# a clerk may read some in two ways.
JOINED = {
    "{x}，不含{a}、{b}，还包括{c}": lambda a, b, c, x, **_: (x - a - b + c, x + c - a - b),
    "{x}；{a}、{b}": lambda a, b, x, **_: (x + a + b,),
    "{a}、{b}；{x}": lambda a, b, x, **_: (x + a + b,),
    "{a}，{b}、{c}": lambda a, b, c, **_: (a + b + c,),
    "{a} {b} {c}": lambda a, b, c, **_: (a + b + c,),
    "{a}、{b}和{c}": lambda a, b, c, **_: (a + b + c,),
    "{x}。{a}、{b}。": lambda a, b, x, **_: (x + a + b,),
    "{x}\n{a}、{b}": lambda a, b, x, **_: (x + a + b,),
    "1.{x}；2.{a}、{b}": lambda a, b, x, **_: (x + a + b,),
    "（1）{x}；（2）{y}；（3）{a}": lambda a, x, y, **_: (x + y + a,),
    "一、{x}；二、{y}；三、{a}、{b}": lambda a, b, x, y, **_: (x + y + a + b,),
    "①{x}②{y}③{a}": lambda a, x, y, **_: (x + y + a,),
    "{x}（含{a}、{b}）": lambda a, b, x, **_: (x + a + b,),
    "{x}（不含{a}、{b}）": lambda a, b, x, **_: (x - a - b,),
    "{x}（不含{a}，含{b}）": lambda a, b, x, **_: (x - a + b, x + b - a),
    "{x}（{a}、{b}除外）": lambda a, b, x, **_: (x - a - b,),
    "{x}（不含{a}）、{b}": lambda a, b, x, **_: (x - a + b,),
    "{x}（含{a}）和{b}": lambda a, b, x, **_: (x + a + b,),
    "{x}（不含{a}）；{y}（含{b}）": lambda a, b, x, y, **_: (x - a + (y + b), x + y + b - a),
    "{x}，不含{a}；{y}，含{b}": lambda a, b, x, y, **_: (x - a + (y + b), x + y + b - a),
    "{x}，还包括{a}、{b}，不含{c}": lambda a, b, c, x, **_: (x + a + b - c, x + a + (b - c)),
    "{x}，包括{a}、{b}以及{c}": lambda a, b, c, x, **_: (x + a + b + c,),
    "{x}，其中{a}、{b}除外": lambda a, b, x, **_: (x - a - b,),
    "{x}。不含{a}、{b}。": lambda a, b, x, **_: (x - a - b,),
    "{x}，以及{a}、{b}": lambda a, b, x, **_: (x + a + b,),
    "{x}和{a}": lambda a, x, **_: (x + a,),
    "{x}，{m}": lambda m, x, **_: (x + m,),
    "{m}（{s}）、{a}、{b}": lambda a, b, m, s, **_: (m * s + a + b,),
    "{m}（除{a}外）、{b}": lambda a, b, m, **_: (m - a + b,),
    "{m}除{a}、{b}以外的区域": lambda a, b, m, **_: (m - a - b,),
    "{m}（不含{a}、{b}）、{c}": lambda a, b, c, m, **_: (m - a - b + c,),
    "{m}{s}区域和{a}": lambda a, m, s, **_: (m * s + a,),
    "{a}、{m}{s}区域": lambda a, m, s, **_: (m * s + a,),
    "{x}以及{m}{s}区域": lambda m, s, x, **_: (x + m * s,),
}
DRAWN = 12  # of each way to join
ASSIGNMENTS = 160


class Land:
    """Where some land lies on a map that is not drawn: for each of many assignments of the leaves, whether it holds."""

    def __init__(self, held: np.ndarray) -> None:
        self.held = held

    def __add__(self, other: "Land") -> "Land":
        return Land(self.held | other.held)

    def __mul__(self, other: "Land") -> "Land":
        return Land(self.held & other.held)

    def __sub__(self, other: "Land") -> "Land":
        return Land(self.held & ~other.held)


class Map:
    """Assignments of true and false to the leaves of trees, drawn when a leaf is first met.

    Half of them hold few leaves and half most, so that ∪, ∩ and ∖ are told apart.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng, self.leaves = rng, {}
        self.density = rng.choice([0.1, 0.3, 0.5, 0.7, 0.9], ASSIGNMENTS)

    def leaf(self, key: object) -> np.ndarray:
        """Return where a leaf is true."""
        if key not in self.leaves:
            self.leaves[key] = self.rng.random(ASSIGNMENTS) < self.density
        return self.leaves[key]

    def side(self, side: str, of: tuple[str, ...]) -> np.ndarray:
        """Return where land lies on one side of a line; the other side is the rest."""
        turned = side in ("west", "north")
        held = self.leaf((OPPOSITE[side] if turned else side, frozenset(of)))
        return ~held if turned else held

    def land(self, node: grammar.Node) -> Land:
        """Return where a tree is true."""
        if isinstance(node, grammar.Union):
            return Land(np.any([self.land(part).held for part in node.parts], axis=0))
        if isinstance(node, grammar.Intersection):
            return Land(np.all([self.land(part).held for part in node.parts], axis=0))
        if isinstance(node, grammar.Except):
            whole, *less = (self.land(part) for part in grammar.children(node))
            return Land(whole.held & ~np.any([each.held for each in less], axis=0))
        if isinstance(node, grammar.Bounds):
            return Land(np.all([self.side(OPPOSITE[side], of) for side, of in node.lines], axis=0))
        if isinstance(node, grammar.Side):
            return Land(self.side(node.side, node.of))
        if isinstance(node, grammar.Part):
            return Land(np.any([self.leaf(each) for each in numbers_of(node)], axis=0))
        if isinstance(node, grammar.Place):
            return Land(self.leaf(node.within + node.name))
        return Land(self.leaf(node))


def numbers_of(part: grammar.Part) -> list[object]:
    """Return the leaves of a part: its ranges one by one."""
    key = (part.place.within + part.place.name, part.unit, part.parity, part.excepted)
    return [(*key, pair) for pair in part.only or ((),)]


@pytest.mark.parametrize("joined", JOINED)
def test_what_is_put_together_means_what_the_words_between_say(joined):
    rng = np.random.default_rng([14, list(JOINED).index(joined)])
    read = 0
    for _ in range(DRAWN):
        drawn = [*rng.permutation(PLACES)[:3], *rng.permutation(LANDS)[:2], rng.choice(COMMUNITIES), rng.choice(SIDES)]
        pieces = dict(zip("abcxyms", map(str, drawn), strict=True))
        text = joined.format(**pieces)
        parsed = parse(text)
        if parsed.doubts:
            continue
        read += 1
        ground = Map(rng)
        known = {name: ground.land(parse(piece).tree) for name, piece in pieces.items()}
        found = ground.land(parsed.tree).held
        meant = JOINED[joined](**known)
        assert any((found == each.held).all() for each in meant), (text, str(parsed.tree))
    assert read >= DRAWN // 2


def test_the_pieces_are_understood_alone_and_differ():
    trees = [parse(piece) for piece in (*PLACES, *LANDS, *COMMUNITIES, *SIDES)]
    assert all(each.understood for each in trees)
    assert all(one.tree != other.tree for one, other in itertools.combinations(trees[: len(PLACES)], 2))
