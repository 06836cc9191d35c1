"""The names of one sentence looked up on the map, and its land added up, node by node.

What the map cannot show is said, never left out in silence: house numbers without a layer of them, a part the text does
not settle, a slanting side.
"""

import functools
import re

from shapely import union_all
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.sentences import printing
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.choices import Choices
from zhaosheng_analysis.sentences.entries import Entry
from zhaosheng_analysis.sentences.gazetteer import Gazetteer
from zhaosheng_analysis.sentences.grammar import (
    OPPOSITE,
    Between,
    Bounds,
    Except,
    Former,
    Intersection,
    Node,
    Part,
    Place,
    Ring,
    Shared,
    Side,
    Some,
    Union,
    Who,
    ZoneOf,
)
from zhaosheng_analysis.sentences.halfplanes import TOWARD, surface
from zhaosheng_analysis.sentences.territory import FORMER, HALF, NAMED, Meaning, Territory
from zhaosheng_analysis.sentences.tracing import Tracing

LAYERS = {"streets": "街道", "units": "小区或村", "areas": "区域", "zones": "学区"}
NOT_SAID = ("文字没有说清是哪一部分", "", "请教育局写明，或在区域图层中画出这一处")
# A door with a number of its own: it lies where the door does.
ADDRESS = re.compile(
    r"(?P<road>[^\d]{2,}?)[甲乙丙丁]?(?P<number>\d{1,4})号(?:[之附](?:[一二三四五六七八九十]{1,3}|\d{1,3})号?|[甲乙丙丁]号?)?"
)
NO_DOORS = "请补充门牌号段表 doors（号以外的邻、组、幢、弄在“计数单位”一栏写明），或在小区或区域图层中画出这一处"


class Surveyor:
    """Look up the names of one sentence and add up its land."""

    def __init__(self, index: Gazetteer, stage: str, territory: Territory, limit: str, choices: Choices) -> None:
        self.index, self.district = index, index.district
        self.stage, self.territory, self.limit = stage, territory, limit
        self.tracing = Tracing(index, territory, choices)

    def survey(self, tree: Node) -> None:
        """Put a whole tree on the map; a part of the union that cannot be placed is missing and said."""
        self.territory.ranked = self._ranked(tree)

    def _ranked(self, node: Node) -> dict[int, BaseGeometry]:
        """Return the land of a node by precedence."""
        if isinstance(node, Union):
            return functools.reduce(_added, map(self._ranked, node.parts), {})
        if isinstance(node, Who | Shared):
            self.territory.assume(_about_children(node))
            return self._ranked(node.of)
        if isinstance(node, Except):
            less = functools.reduce(_added, map(self._ranked, node.less), {})
            taken = list(less.values())
            return {
                rank: land.difference(union_all(taken)) if taken else land
                for rank, land in self._ranked(node.whole).items()
            }
        try:
            with self.tracing.of(_sides_in(node)):
                land, rank = self._land(node)
                land = self._within_limit(node, land, rank)
                self.tracing.say(land)
            return {rank: land}
        except DataError as error:
            self.territory.faults.found.extend(error.faults)
            return {}

    def _within_limit(self, node: Node, land: BaseGeometry, rank: int) -> BaseGeometry:
        """Keep a half-plane that the sentence leaves open inside the limit asked for."""
        if rank != HALF or not self.limit or _limited(node):
            return land
        self.territory.assume(f"「{node}」没有写明界限，限于{self.limit}")
        return surface(land.intersection(self._area(Place(self.limit, limit=True))))

    def _land(self, node: Node, *, alone: bool = True) -> tuple[BaseGeometry, int]:
        """Return the land of a node, and its precedence; `alone` where it is no part of an intersection."""
        if isinstance(node, Intersection | Bounds):
            return self._intersection(node)
        if isinstance(node, Side):
            land = self.tracing.half(node)
            if alone:
                self.tracing.say_arms(node, land, [])
            return land, HALF
        if isinstance(node, Ring):
            return self.tracing.inside(node), HALF
        if isinstance(node, Between):
            return self.tracing.between(node), HALF
        if isinstance(node, Former | ZoneOf):
            return self._zone(node), FORMER
        if isinstance(node, Place):
            return self._area(node), HALF if node.limit else NAMED
        if isinstance(node, Part):
            return self._numbered(node), NAMED
        if isinstance(node, Some):
            raise DataError(Fault(f"「{node}」", *NOT_SAID))
        return self._joined(node)

    def _joined(self, node: Union | Except | Who | Shared) -> tuple[BaseGeometry, int]:
        """Return the land of a node of several within an intersection; all of it must be placed."""
        before = len(self.territory.faults.found)
        ranked = self._ranked(node)
        faults = self.territory.faults.found[before:]
        del self.territory.faults.found[before:]
        if faults or not ranked:
            raise DataError(*(faults or [Fault(f"「{node}」", "在图上没有地域", "", "请核对名称")]))
        return union_all(list(ranked.values())), max(ranked)

    def _intersection(self, node: Intersection | Bounds) -> tuple[BaseGeometry, int]:
        """Intersect sides and limits; neighbouring sides must meet on the map."""
        parts = _sides_apart(node)
        if strip := self._strip(parts):
            return strip
        self.tracing.must_be_known([name for part in parts if isinstance(part, Side) for name in part.of])
        self.tracing.must_meet([part for part in parts if isinstance(part, Side)])
        lands = [self._land(part, alone=False) for part in parts]
        land = _common([land for land, _ in lands])
        for place, part in enumerate(parts if land.is_empty else []):
            others = [other for k, (other, _) in enumerate(lands) if k != place]
            instead = self.tracing.other_arm(part, others) if isinstance(part, Side) else None
            if instead is not None:
                lands[place] = (instead, HALF)
                land = _common([land for land, _ in lands])
                break
        if land.is_empty:
            raise DataError(
                Fault(f"「{node}」", "各侧没有共同的地域", "", "请核对路名与方位词；说的是几片地的，请分几句写")
            )
        for place, part in enumerate(parts):
            if isinstance(part, Side):
                self.tracing.say_arms(part, land, [other for k, (other, _) in enumerate(lands) if k != place])
            elif isinstance(part, Union):
                self._say_outside(part, land)
        return land, max(rank for _, rank in lands)

    def _say_outside(self, listed: Union, land: BaseGeometry) -> None:
        """Ask about places that a list names inside of some sides and the map has outside of them."""
        named = [each for each in listed.parts if isinstance(each, Place) and not each.limit]
        outside = [each.name for each in named if not surface(self._area(each).intersection(land)).area]
        if outside:
            self.territory.doubtful += [Entry("", name, self._area(Place(name))) for name in outside]
            called = "、".join(outside)
            found = "图上不在这句话说的界线之内，没有算进来"
            self.territory.doubts.add(f"「{called}」", found, "", "请核对方位词与名称，或更正图层")

    def _zone(self, node: Former | ZoneOf) -> BaseGeometry:
        """Return a former or present zone: the area drawn under its words, else the zone of the school."""
        more = [f"{node.school}招生片区"] if isinstance(node, ZoneOf) else [node.name]
        for name in (str(node), *more):
            areas = self.index.find("areas", name)
            if areas:
                self._note(str(node), "areas", areas)
                return union_all([area.shape for area in areas])
        if isinstance(node, ZoneOf):
            return self._school_zone(node)
        raise self.index.unknown(str(node), "areas")

    def _school_zone(self, node: ZoneOf) -> BaseGeometry:
        """Return the zone a school has now."""
        schools = self.index.find("schools", node.school)
        if not schools:
            raise self.index.unknown(node.school, "schools", "areas")
        links = self.district.zone_schools
        ids = links.loc[links["school_id"].isin([school.place_id for school in schools]), "zone_id"]
        drawn = self.district.zones[self.district.zones["zone_id"].isin(ids)]
        drawn = drawn[(drawn["stage"] == self.stage) & (drawn["rule"] == "single")]
        if drawn.empty:
            raise DataError(Fault(f"「{node}」", "这所学校在学区图层中没有学区", "", "请先画出它的学区，或写明范围"))
        entries = [Entry(row.zone_id, row.name, row.geometry) for row in drawn.itertuples(index=False)]
        self._note(str(node), "zones", entries)
        return union_all([entry.shape for entry in entries])

    def _strip(self, parts: list[Node]) -> tuple[BaseGeometry, int] | None:
        """Return buildings beside a street that the map has under all these words; they must lie on that side."""
        if len(parts) != 2 or not isinstance(parts[0], Side) or not isinstance(parts[1], Place):
            return None
        side, place = parts
        name = f"{'——'.join(side.of)}{printing.WORDS[side.side]}侧{place.name}"
        entries = self.index.find("areas", name) or self.index.find("units", name)
        if not entries:
            return None
        self._note(name, "areas" if self.index.find("areas", name) else "units", entries)
        land = union_all([entry.shape for entry in entries])
        if land.difference(self.tracing.half(side)).area > 0.5 * land.area:
            where = f"不在{'——'.join(side.of)}的{printing.WORDS[side.side]}侧"
            raise DataError(Fault(f"「{name}」", f"图上的这片地{where}", "", "请核对方位词，或更正图层"))
        return land, NAMED

    def _area(self, node: Place) -> BaseGeometry:
        """Return a named place: an area or unit of exactly that name or alias."""
        if node.limit and self.district.name in (node.name, node.name.removesuffix("区域")):
            return self.index.country
        for word in _names_of(node):
            for layer in ("areas", "units"):
                entries = self.index.find(layer, word)
                if len(entries) > 1:
                    found = f"有 {len(entries)} 个同名的{LAYERS[layer]}：{'、'.join(e.place_id for e in entries[:3])}"
                    raise DataError(Fault(f"「{word}」", found, "名称应当唯一", "请在名称或别名中加以区别"))
                if entries:
                    self._note(node.name, layer, entries)
                    return entries[0].shape
        if address := ADDRESS.fullmatch(plain(node.name)):  # 「青云路12号附1号」 lies where number 12 does
            number = int(address["number"])
            return self._numbered(Part(Place(address["road"], within=node.within), "号", ((number, number),)))
        raise self.index.unknown(node.name, "units", "areas")

    def _numbered(self, node: Part) -> BaseGeometry:
        """Return the units that some numbers of a place are: those so named, else those the table of doors has."""
        for layer in ("units", "areas"):
            if entries := self.index.numbered(layer, node):
                self._note(str(node), layer, entries)
                return union_all([entry.shape for entry in entries])
        doors = self.index.doors_of(node)
        if doors is None:
            missing = f"门牌号段里没有「{node.place.name}」的{node.unit}" if self.index.has_doors else "没有门牌号段表"
            raise DataError(Fault(f"「{node}」", f"{missing}，不知道这些{node.unit}在哪里", "", NO_DOORS))
        whole, partly = doors
        if partly:
            self.territory.doubtful += partly
            called = "、".join(entry.name for entry in partly)
            self.territory.doubts.add(
                f"「{node}」",
                f"{called}只有一部分{node.unit}在其中，没有算进来",
                "整个小区在内或不在内",
                "请教育局写明",
            )
        if not whole:
            raise DataError(Fault(f"「{node}」", f"门牌号段里没有一个小区的{node.unit}全在其中", "", NO_DOORS))
        self._note(str(node), "units", whole)
        self.territory.assume(f"「{node}」按门牌号段取{'、'.join(entry.name for entry in whole)}")
        return union_all([entry.shape for entry in whole])

    def _note(self, word: str, layer: str, entries: list[Entry]) -> None:
        """Remember what a word means."""
        for entry in entries:
            self.territory.mean(Meaning(word, layer, entry.place_id, entry.name))


def _common(lands: list[BaseGeometry]) -> BaseGeometry:
    """Return the land that lies in all of some."""
    return functools.reduce(lambda land, other: surface(land.intersection(other)), lands)


def _added(one: dict[int, BaseGeometry], other: dict[int, BaseGeometry]) -> dict[int, BaseGeometry]:
    """Return the land of two parts together, by precedence."""
    return one | {rank: one[rank].union(land) if rank in one else land for rank, land in other.items()}


def _sides_apart(node: Intersection | Bounds) -> list[Node]:
    """Return the parts of an intersection with every border as a side of its own."""
    parts = node.parts if isinstance(node, Intersection) else (node,)
    sides: list[Node] = []
    for part in parts:
        borders = isinstance(part, Bounds)
        sides += [Side(OPPOSITE[side], of) for side, of in part.lines] if borders else [part]
    return sides


def _names_of(node: Place) -> list[str]:
    """Return the names a place may have on the map, the fullest first."""
    whole = [node.within + node.name] if node.within else []
    limits = [f"{node.name}范围", node.name.removesuffix("范围")] if node.limit else []
    return list(dict.fromkeys([*whole, node.name, *limits, *node.aliases, *node.short]))


def _about_children(node: Who | Shared) -> str:
    """Say what of a node is about children rather than land."""
    if isinstance(node, Shared):
        partners = "、".join(node.schools) if node.schools != ("?",) else "文字没有写明的学校"
        return f"「{node.of}」是与{partners}的共同学区，图上画的是全部"
    listed = "、".join(map(printing.condition, node.conditions))
    return f"「{listed}」是对学生的条件，图上画的是全部地域"


def _sides_in(node: Node) -> list[Side | Ring | Between]:
    """Return the lines a part of a sentence speaks of."""
    parts = _sides_apart(node) if isinstance(node, Intersection | Bounds) else [node]
    return [part for part in parts if isinstance(part, Side | Ring | Between)]


def _limited(node: Node) -> bool:
    """Tell whether a part bounds its sides itself: 「…的城区」, or a street on every side of it."""
    parts = _sides_apart(node) if isinstance(node, Intersection | Bounds) else []
    sides = {part.side for part in parts if isinstance(part, Side)}
    return len(sides) == len(TOWARD) or any(isinstance(part, Place) for part in parts)
