"""From the words of a zone sentence to land: names looked up, streets made into half-planes, precedence kept.

A named place beats a former zone, and a former zone beats a half-plane (A-LT7): 「金融街南侧机关单位家属楼」 belongs to
the school that names it although it lies in another school's half-plane. Equals that overlap stay in both zones, for
only the bureau can say which of them is meant (A-LT4).
"""

from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd
from shapely import LineString, MultiPolygon, union_all
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import DataError, Fault, Faults
from zhaosheng_analysis.sentences.gazetteer import UPRIGHT, Entry, Gazetteer, gazetteer
from zhaosheng_analysis.sentences.grammar import (
    WORDS,
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
)
from zhaosheng_analysis.sentences.halfplanes import apart, surface
from zhaosheng_analysis.sentences.parsing import parse

NAMED, FORMER, HALF = 3, 2, 1
REACH_M = 300.0
LAYERS = {"streets": "街道", "units": "小区或村", "areas": "区域", "zones": "学区"}


@dataclass(frozen=True)
class Place:
    """One word of a sentence and the place of the map it means: layer, id, and the name it has there."""

    word: str
    layer: str
    place_id: str
    name: str


@dataclass
class Territory:
    """The land of one sentence.

    Attributes
    ----------
    parsed : the sentence and its tree.
    ranked : land by precedence: `NAMED`, `FORMER`, `HALF`.
    places : what each name means.
    lines : course of each street the sentence names, whether or not it could be used.
    assumed : what was settled that the sentence leaves open, in Chinese.
    faults : what could not be placed; the land of these words is missing.
    """

    parsed: Parsed
    ranked: dict[int, BaseGeometry] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    lines: dict[str, LineString] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)

    @property
    def land(self) -> BaseGeometry:
        """All of it, whatever other zones may claim."""
        return union_all(list(self.ranked.values())) if self.ranked else MultiPolygon()


def place(
    sentence: str,
    district: District,
    *,
    stage: str = "primary",
    limit: str = "",
    known: Gazetteer | None = None,
) -> Territory:
    """Read one sentence and put it on the map.

    Parameters
    ----------
    sentence : as in the notice.
    district : layers streets, areas, units, schools and zones are looked up.
    stage : whose present zones 「…学区」 means, where no area of that name is drawn.
    limit : area that half-planes stay inside where the sentence itself names none (A-LT6: 「城区」); empty for none.
    known : `gazetteer.gazetteer(district)`, made once when many sentences are placed.
    """
    found = Territory(parse(sentence))
    for word in found.parsed.unread:
        found.faults.add(f"「{sentence[:24]}…」", f"没有读懂「{word}」", "", "请改写这一句，或把它作为单独的规定列出")
    surveyor = _Surveyor(known or gazetteer(district), stage, found, limit)
    tree = found.parsed.tree
    whole, less = (tree.whole, tree.less) if isinstance(tree, Except) else (tree, ())
    for part in whole.parts if isinstance(whole, Union) else (whole,) if whole is not None else ():
        surveyor.take(part)
    for part in less:
        surveyor.leave_out(part)
    return found


def zones(
    district: District, sentences: pd.DataFrame, *, limit: str = "", known: Gazetteer | None = None
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Draw the zones of one stage from their sentences alone.

    Parameters
    ----------
    sentences : zone_id, stage, sentence; all of one stage, for precedence is settled among them. Where there is a
        column rule, a zone of several schools (choice) is cut out of the single zones around it.
    limit, known : see `place`.

    Returns
    -------
    zones : zone_id, geometry (m), one row a sentence that gave land; and every doubt.
    """
    known = known or gazetteer(district)
    territories = {
        row.zone_id: place(row.sentence, district, stage=row.stage, limit=limit, known=known)
        for row in sentences.itertuples(index=False)
    }
    chosen = set(sentences.loc[sentences["rule"] == "choice", "zone_id"]) if "rule" in sentences else set()
    land = {zone: settled(zone, territories, chosen) for zone in territories}
    doubts = [fault for territory in territories.values() for fault in territory.faults.found]
    frame = gpd.GeoDataFrame({"zone_id": list(land)}, geometry=list(land.values()), crs=district.crs)
    return frame[~frame.geometry.is_empty].reset_index(drop=True), doubts


def settled(zone: str, territories: dict[str, Territory], chosen: set[str]) -> BaseGeometry:
    """Return the land of one zone less what others claim with better right."""
    kept = []
    for rank, land in territories[zone].ranked.items():
        better = [
            other
            for name, territory in territories.items()
            for above, other in territory.ranked.items()
            if name != zone and (above > rank or (above == rank and name in chosen and zone not in chosen))
        ]
        kept.append(land.difference(union_all(better)) if better else land)
    return union_all(kept) if kept else MultiPolygon()


class _Surveyor:
    """Look up the names of one sentence and add up its land."""

    def __init__(self, known: Gazetteer, stage: str, found: Territory, limit: str) -> None:
        self.known, self.district = known, known.district
        self.stage, self.found, self.limit = stage, found, limit

    def take(self, node: Node) -> None:
        """Add one part of the union."""
        try:
            land, rank = self._land(node)
        except DataError as error:
            self.found.faults.found.extend(error.faults)
            return
        if rank == HALF and self.limit and not _limited(node):
            land = surface(land.intersection(self._area(Within(self.limit))))
            self.found.assumed.append(f"「{node}」没有写明界限，限于{self.limit}")
        before = self.found.ranked.get(rank)
        self.found.ranked[rank] = land if before is None else before.union(land)

    def leave_out(self, node: Node) -> None:
        """Take a place away from all the rest."""
        try:
            land, _ = self._land(node)
        except DataError as error:
            self.found.faults.found.extend(error.faults)
            return
        self.found.ranked = {rank: kept.difference(land) for rank, kept in self.found.ranked.items()}

    def _land(self, node: Node) -> tuple[BaseGeometry, int]:
        """Return the land of a part, and its precedence."""
        if isinstance(node, Intersection):
            return self._intersection(node)
        if isinstance(node, Side):
            return self._half(node), HALF
        if isinstance(node, Forward):
            return self._land(node.zone)
        if isinstance(node, Former | ZoneOf):
            return self._zone(node), FORMER
        if isinstance(node, Beside):
            return self._strip(node), NAMED
        if isinstance(node, Named | Within):
            return self._area(node), NAMED if isinstance(node, Named) else HALF
        raise DataError(Fault(f"「{node}」", "这是对学生的条件，不是地域", "", "请写入政策文件的规则，而不是学区范围"))

    def _intersection(self, node: Intersection) -> tuple[BaseGeometry, int]:
        """Intersect sides and limits; neighbouring sides must meet on the map."""
        self._must_meet([part for part in node.parts if isinstance(part, Side)])
        lands = [self._land(part) for part in node.parts]
        land = lands[0][0]
        for other, _ in lands[1:]:
            land = surface(land.intersection(other))
        if land.is_empty:
            raise DataError(Fault(f"「{node}」", "各侧没有共同的地域", "", "请核对路名与方位词"))
        return land, max(rank for _, rank in lands)

    def _half(self, node: Side) -> BaseGeometry:
        """Return the land on one side of a chain, whose members must meet end to end."""
        lines = self._courses(node)
        gaps = [_parted(f"「{node}」", *gap, "同一侧的各段应当首尾相接") for gap in apart(lines, reach_m=REACH_M)]
        if gaps:
            raise DataError(*gaps)
        return self.known.half(node.chain.names, node.side)

    def _courses(self, node: Side) -> list[tuple[str, LineString]]:
        """Return name and course of each member of a side, and remember them for the picture."""
        lines = [(name, self.known.line(name, node.side)) for name in node.chain.names]
        self.found.lines |= dict(lines)
        for name in node.chain.names:
            streets = self.known.street(name)
            if streets:
                self._note(name, "streets", streets)
            elif (note := f"「{name}」是一片地而不是一条线，以穿过其中心的线为界") not in self.found.assumed:
                self.found.assumed.append(note)
        return lines

    def _must_meet(self, sides: list[Side]) -> None:
        """Refuse two neighbouring sides whose streets end far from each other."""
        lines = {side: union_all([line for _, line in self._courses(side)]) for side in sides}
        faults = [
            _parted(f"「{side}、{other}」", str(side.chain), str(other.chain), gap, "相邻两侧应当相交")
            for side in sides
            for other in sides
            if side.side in UPRIGHT and other.side not in UPRIGHT
            if (gap := lines[side].distance(lines[other])) > REACH_M
        ]
        if faults:
            raise DataError(*faults)

    def _zone(self, node: Former | ZoneOf) -> BaseGeometry:
        """Return a former or present zone: the area drawn under its words, else the zone of the school."""
        names = [str(node)] + ([f"{node.school}招生片区", f"{node.school}学区"] if isinstance(node, ZoneOf) else [])
        for name in names:
            areas = self.known.find("areas", name)
            if areas:
                self._note(str(node), "areas", areas)
                return union_all([area.shape for area in areas])
        if isinstance(node, ZoneOf):
            return self._school_zone(node)
        raise self.known.unknown(str(node), "areas")

    def _school_zone(self, node: ZoneOf) -> BaseGeometry:
        """Return the zone a school has now."""
        schools = self.known.find("schools", node.school)
        if not schools:
            raise self.known.unknown(node.school, "schools", "areas")
        links = self.district.zone_schools
        ids = links.loc[links["school_id"].isin([school.place_id for school in schools]), "zone_id"]
        drawn = self.district.zones[self.district.zones["zone_id"].isin(ids)]
        drawn = drawn[(drawn["stage"] == self.stage) & (drawn["rule"] == "single")]
        if drawn.empty:
            raise DataError(Fault(f"「{node}」", "这所学校在学区图层中没有学区", "", "请先画出它的学区，或写明范围"))
        entries = [Entry(row.zone_id, row.name, row.geometry) for row in drawn.itertuples(index=False)]
        self._note(str(node), "zones", entries)
        return union_all([entry.shape for entry in entries])

    def _strip(self, node: Beside) -> BaseGeometry:
        """Return named buildings beside a street, which must lie on the side the sentence says."""
        land = self._area(node)
        beyond = land.difference(self._half(Side(Chain((node.street,)), node.side)))
        if beyond.area > 0.5 * land.area:
            where = f"不在{node.street}的{WORDS[node.side]}侧"
            raise DataError(Fault(f"「{node}」", f"图上的这片地{where}", "", "请核对方位词，或更正图层"))
        return land

    def _area(self, node: Named | Beside | Within) -> BaseGeometry:
        """Return a named place: an area or unit of exactly that name or alias."""
        name = node.name if isinstance(node, Named | Within) else str(node)
        wanted = [name, *(node.aliases if isinstance(node, Named) else ())]
        if isinstance(node, Within):
            wanted += [f"{name}范围", f"{name}范围内"]
            if name in (self.district.name, f"{self.district.name}区域"):
                return self.known.country
        for word in wanted:
            for layer in ("areas", "units"):
                entries = self.known.find(layer, word)
                if len(entries) > 1:
                    found = f"有 {len(entries)} 个同名的{LAYERS[layer]}：{'、'.join(e.place_id for e in entries[:3])}"
                    raise DataError(Fault(f"「{word}」", found, "名称应当唯一", "请在名称或别名中加以区别"))
                if entries:
                    self._note(name, layer, entries)
                    return entries[0].shape
        raise self.known.unknown(name, "units", "areas")

    def _note(self, word: str, layer: str, entries: list[Entry]) -> None:
        """Remember what a word means."""
        for entry in entries:
            note = Place(word, layer, entry.place_id, entry.name)
            if note not in self.found.places:
                self.found.places.append(note)


def _parted(where: str, one: str, other: str, gap_m: float, rule: str) -> Fault:
    """Say that two streets end apart from each other."""
    found = f"{one}与{other}在图上不相接，最近处相距 {gap_m:.0f} 米"
    return Fault(where, found, f"{rule}，或相距不超过 {REACH_M:.0f} 米", "请补全街道图层，或改用相接的路名")


def _limited(node: Node) -> bool:
    """Tell whether a part bounds its sides itself: 「…的城区」, or a street on every side of it."""
    parts = node.parts if isinstance(node, Intersection) else ()
    sides = {part.side for part in parts if isinstance(part, Side)}
    return len(sides) == len(WORDS) or any(isinstance(part, Within) for part in parts)


def summary(found: Territory) -> str:
    """Say in Chinese what a sentence came to: tree, names, area, assumptions, doubts."""
    lines = [str(found.parsed), f"面积：{found.land.area / 1e6:.3f} 平方公里"]
    lines += [f"  「{p.word}」→ {LAYERS[p.layer]} {p.place_id} {p.name}" for p in found.places]
    lines += [f"  假定：{note}" for note in found.assumed]
    lines += [f"  疑问：{fault}" for fault in found.faults.found]
    return "\n".join(lines)
