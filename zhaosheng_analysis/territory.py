"""From the words of a zone sentence to land: names looked up, streets made into half-planes, precedence kept.

A named place beats a former zone, and a former zone beats a half-plane (A-LT7): 「金融街南侧机关单位家属楼」 belongs to
the school that names it although it lies in another school's half-plane. Equals that overlap stay in both zones, for
only the bureau can say which of them is meant (A-LT4).
"""

import difflib
import re
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd
from shapely import LineString, MultiPolygon, union_all
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.halfplanes import course, half, meet
from zhaosheng_analysis.phrases import (
    Beside,
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
from zhaosheng_analysis.schema import DataError, Fault, Faults
from zhaosheng_analysis.sentences import parse

NAMED, FORMER, HALF = 3, 2, 1
REACH_M = 300.0
SEGMENT = re.compile(r"(?:[东西南北中]段|全段|沿线)$")
NEIGHBOURS = {"east": ("north", "south"), "west": ("north", "south")}


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
    faults : what could not be placed; the land of these words is missing.
    """

    parsed: Parsed
    ranked: dict[int, BaseGeometry] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)

    @property
    def land(self) -> BaseGeometry:
        """All of it, whatever other zones may claim."""
        return union_all(list(self.ranked.values())) if self.ranked else MultiPolygon()


def place(sentence: str, district: District, *, stage: str = "primary", limit: str = "") -> Territory:
    """Read one sentence and put it on the map.

    Parameters
    ----------
    sentence : as in the notice.
    district : layers streets, units, areas, zones and schools are looked up, in this order of trust.
    stage : whose present zones 「…学区」 means, where no area of that name is drawn.
    limit : area that half-planes stay inside where the sentence itself names none (A-LT6: 「城区」); empty for none.
    """
    found = Territory(parse(sentence))
    for word in found.parsed.unread:
        found.faults.add(f"「{sentence[:24]}…」", f"没有读懂「{word}」", "", "请改写这一句，或把它作为单独的规定列出")
    surveyor = _Surveyor(district, stage, found, limit)
    tree = found.parsed.tree
    whole, less = (tree.whole, tree.less) if isinstance(tree, Except) else (tree, ())
    for part in whole.parts if isinstance(whole, Union) else (whole,) if whole is not None else ():
        surveyor.take(part)
    for part in less:
        surveyor.leave_out(part)
    return found


def zones(district: District, sentences: pd.DataFrame, *, limit: str = "") -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Draw the zones of one stage from their sentences alone.

    Parameters
    ----------
    sentences : zone_id, stage, sentence; all of one stage, for precedence is settled among them.
    limit : see `place`.

    Returns
    -------
    zones : zone_id, geometry (m), one row a sentence that gave land; and every doubt.
    """
    territories = {
        row.zone_id: place(row.sentence, district, stage=row.stage, limit=limit)
        for row in sentences.itertuples(index=False)
    }
    land = {zone: _after_precedence(zone, territories) for zone in territories}
    doubts = [fault for territory in territories.values() for fault in territory.faults.found]
    frame = gpd.GeoDataFrame({"zone_id": list(land)}, geometry=list(land.values()), crs=district.crs)
    return frame[~frame.geometry.is_empty].reset_index(drop=True), doubts


def _after_precedence(zone: str, territories: dict[str, Territory]) -> BaseGeometry:
    """Return the land of one zone less what others claim with better right."""
    kept = []
    for rank, land in territories[zone].ranked.items():
        better = [
            other
            for name, territory in territories.items()
            for above, other in territory.ranked.items()
            if name != zone and above > rank
        ]
        kept.append(land.difference(union_all(better)) if better else land)
    return union_all(kept) if kept else MultiPolygon()


class _Surveyor:
    """Look up the names of one sentence and add up its land."""

    def __init__(self, district: District, stage: str, found: Territory, limit: str) -> None:
        self.district, self.stage, self.found, self.limit = district, stage, found, limit
        self.country = union_all(district.boundary.geometry.to_numpy())

    def take(self, node: Node) -> None:
        """Add one part of the union."""
        try:
            land, rank = self._land(node)
        except DataError as error:
            self.found.faults.found.extend(error.faults)
            return
        if rank == HALF and self.limit and not (isinstance(node, Intersection) and _limited(node)):
            land = land.intersection(self._area(Within(self.limit)))
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
            return half(self._course(node), node.side, self.country, name=str(node.chain)), HALF
        if isinstance(node, Forward):
            return self._land(node.zone)
        if isinstance(node, Former | ZoneOf):
            return self._zone(node), FORMER
        if isinstance(node, Named | Beside | Within):
            return self._area(node), NAMED if not isinstance(node, Within) else HALF
        raise DataError(Fault(f"「{node}」", "这是对学生的条件，不是地域", "", "请写入政策文件的规则，而不是学区范围"))

    def _intersection(self, node: Intersection) -> tuple[BaseGeometry, int]:
        """Intersect sides and limits; neighbouring sides must meet on the map."""
        sides = [part for part in node.parts if isinstance(part, Side)]
        courses = {str(part.chain): self._course(part) for part in sides}
        self._must_meet(sides, courses)
        lands = [self._land(part) for part in node.parts]
        land = lands[0][0]
        for other, _ in lands[1:]:
            land = land.intersection(other)
        if land.is_empty:
            raise DataError(Fault(f"「{node}」", "各侧没有共同的地域", "", "请核对路名与方位词"))
        return land, max(rank for _, rank in lands)

    def _must_meet(self, sides: list[Side], courses: dict[str, LineString]) -> None:
        """Refuse two neighbouring sides whose streets end far from each other."""
        faults = Faults()
        for side in (s for s in sides if s.side in NEIGHBOURS):
            for other in (s for s in sides if s.side in NEIGHBOURS[side.side]):
                pair = {str(s.chain): courses[str(s.chain)] for s in (side, other)}
                for a, b, gap in meet(pair, reach_m=REACH_M):
                    faults.add(
                        f"「{side}、{other}」",
                        f"{a}与{b}在图上不相接，最近处相距 {gap:.0f} 米",
                        f"相邻两侧应当相交，或相距不超过 {REACH_M:.0f} 米",
                        "请补全街道图层，或改用相接的路名",
                    )
        faults.raise_if_any()

    def _course(self, side: Side) -> LineString:
        """Return the line of one side."""
        return course([self._line(name, side) for name in side.chain.names])

    def _line(self, name: str, side: Side) -> LineString:
        """Return a street's line; a compound or works stands for the line across its middle."""
        streets = self._rows("streets", SEGMENT.sub("", name)) if not self._known("streets", name) else None
        streets = self._rows("streets", name) if streets is None or streets.empty else streets
        if len(streets):
            self._note(name, "streets", streets)
            return course([part for line in streets.geometry for part in getattr(line, "geoms", [line])])
        middle = self._area(Named(name)).representative_point()
        west, south, east, north = self.country.bounds
        upright = side.side in NEIGHBOURS
        ends = [(middle.x, south), (middle.x, north)] if upright else [(west, middle.y), (east, middle.y)]
        return LineString(ends)

    def _zone(self, node: Former | ZoneOf) -> BaseGeometry:
        """Return a former or present zone: the area drawn under its words, else the zone of the school."""
        names = [str(node)] + ([f"{node.school}招生片区", f"{node.school}学区"] if isinstance(node, ZoneOf) else [])
        for name in names:
            areas = self._rows("areas", name)
            if len(areas):
                self._note(str(node), "areas", areas)
                return union_all(areas.geometry.to_numpy())
        if isinstance(node, ZoneOf):
            return self._school_zone(node)
        raise self._unknown(str(node), "areas")

    def _school_zone(self, node: ZoneOf) -> BaseGeometry:
        """Return the zone a school has now."""
        schools = self._rows("schools", node.school)
        if schools.empty:
            raise self._unknown(node.school, "schools", "areas")
        links = self.district.zone_schools
        ids = links.loc[links["school_id"].isin(schools["school_id"]), "zone_id"]
        drawn = self.district.zones[self.district.zones["zone_id"].isin(ids)]
        drawn = drawn[(drawn["stage"] == self.stage) & (drawn["rule"] == "single")]
        if drawn.empty:
            raise DataError(Fault(f"「{node}」", "这所学校在学区图层中没有学区", "", "请先画出它的学区，或写明范围"))
        self._note(str(node), "zones", drawn)
        return union_all(drawn.geometry.to_numpy())

    def _area(self, node: Named | Beside | Within) -> BaseGeometry:
        """Return a named place: an area or unit of exactly that name or alias."""
        name = node.name if isinstance(node, Named | Within) else str(node)
        wanted = [name, *(node.aliases if isinstance(node, Named) else ())]
        if isinstance(node, Within):
            wanted += [f"{name}范围", f"{name}范围内"]
            if name in (self.district.name, f"{self.district.name}区域"):
                return self.country
        for word in wanted:
            for layer in ("areas", "units"):
                rows = self._rows(layer, word)
                if len(rows):
                    self._note(name, layer, rows)
                    return union_all(rows.geometry.to_numpy())
        raise self._unknown(name, "units", "areas")

    def _known(self, layer: str, name: str) -> bool:
        return len(self._rows(layer, name)) > 0

    def _rows(self, layer: str, name: str) -> gpd.GeoDataFrame:
        """Return the rows of a layer whose name or alias is exactly this, in simplified script."""
        frame, word = getattr(self.district, layer), plain(name)
        aliases = frame["aliases"].fillna("") if "aliases" in frame else pd.Series("", index=frame.index)
        matches = [
            word == plain(str(own)) or word in plain(str(other)).split("、")
            for own, other in zip(frame["name"], aliases, strict=True)
        ]
        return frame[matches]

    def _note(self, word: str, layer: str, rows: gpd.GeoDataFrame) -> None:
        """Remember what a word means."""
        key = {"streets": "street_id", "units": "unit_id", "areas": "area_id", "zones": "zone_id"}[layer]
        for row in rows[[key, "name"]].itertuples(index=False):
            note = Place(word, layer, row[0], row[1])
            if note not in self.found.places:
                self.found.places.append(note)

    def _unknown(self, name: str, *layers: str) -> DataError:
        """Say that a name is on no layer, with near names to look at; none of them is taken."""
        words = {str(n) for layer in layers for n in getattr(self.district, layer)["name"]}
        near = difflib.get_close_matches(plain(name), sorted(words), n=3, cutoff=0.5)
        hint = f"相近的有：{'、'.join(near)}（不会自动采用）" if near else ""
        labels = {"streets": "街道", "units": "小区与村", "areas": "区域", "schools": "学校"}
        where = "、".join(labels[layer] for layer in layers)
        return DataError(
            Fault(f"「{name}」", f"{where}图层中没有这个名称", hint, "请核对名称，或在图层中补上，或登记别名")
        )


def _limited(node: Intersection) -> bool:
    """Tell whether a sentence bounds its sides itself: 「…的城区」."""
    return any(isinstance(part, Within) for part in node.parts)


def summary(found: Territory) -> str:
    """Say in Chinese what a sentence came to: tree, names, area, doubts."""
    lines = [str(found.parsed), f"面积：{found.land.area / 1e6:.3f} 平方公里"]
    lines += [f"  「{p.word}」→ {p.layer} {p.place_id} {p.name}" for p in found.places]
    lines += [f"  疑问：{fault}" for fault in found.faults.found]
    return "\n".join(lines)
