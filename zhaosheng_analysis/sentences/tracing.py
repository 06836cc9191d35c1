"""The lines of one sentence traced on the map: which street is meant, where it is drawn, what had to be added to it.

Whatever is added to a drawn street and becomes the border of the land is said with its metres; more of it than the
street is long is a doubt until a clerk has settled it.
"""

import functools
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import shapely
from shapely import LineString, union_all
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.choices import Choices
from zhaosheng_analysis.sentences.corners import End, Flags, flags, open_ends
from zhaosheng_analysis.sentences.courses import Course
from zhaosheng_analysis.sentences.gazetteer import BANK, REACH_M, STRETCH, UPRIGHT, Gazetteer
from zhaosheng_analysis.sentences.grammar import Between, Ring, Side
from zhaosheng_analysis.sentences.halfplanes import EVERY_WAY, TOWARD, Cut, apart, in_order, parted, surface
from zhaosheng_analysis.sentences.printing import WORDS
from zhaosheng_analysis.sentences.territory import Made, Meaning, Territory

LEAST_SAID_M = 1.0
EDGE_M = 0.05  # a line this near the border of the land is the border
MAIN_SHARE = 0.75  # one street of a name this much longer than the others together is taken, and that is a doubt
ASIDE_SHARE, ASIDE_M = 1.0, 300.0
LEAST_ARM_M2, ARM_SHARE = 2000.0, 0.01  # land by which two arms may differ and still give the same zone
COMPASS = ("东", "东北", "北", "西北", "西", "西南", "南", "东南")


class _Line(NamedTuple):
    """A line that bounds some land: its streets, and what was added at its ends and within it."""

    names: tuple[str, ...]
    courses: list[Course]
    extensions: list[BaseGeometry]
    bridges: list[BaseGeometry]


class Arm(NamedTuple):
    """An arm of a street that was taken at a corner, and the land the other one would give."""

    end: End
    taken: str
    left: str
    land: BaseGeometry


class Tracing:
    """Trace the lines of one sentence, and say what was added to them."""

    def __init__(self, index: Gazetteer, territory: Territory, choices: Choices) -> None:
        self.index, self.territory, self.choices = index, territory, choices
        self.lines: list[_Line] = []
        self.around: list[Side | Ring | Between] = []
        self.arms: dict[Side, list[Arm]] = {}

    @contextmanager
    def of(self, around: list[Side | Ring | Between]) -> Iterator[None]:
        """Trace lines that bound one part of the sentence, which tell streets of one name apart."""
        before = self.lines, self.around
        self.lines, self.around = [], around
        try:
            yield
        finally:
            self.lines, self.around = before

    def half(self, node: Side) -> BaseGeometry:
        """Return the land on one side of a chain, whose members must meet end to end."""
        numbers, courses = self._courses(node.of, node.side)
        gaps = apart(self._ordered(node.of, courses), reach_m=REACH_M)
        parted_ones = [
            _apart(f"「{node}」", *gap, "同一侧的各段应当首尾相接") for gap in gaps if not self._settled(*gap)
        ]
        if parted_ones:
            raise DataError(*parted_ones)
        cut, bridges = self._cut(node, numbers, courses)
        self.lines.append(_Line(node.of, courses, list(cut.extensions), bridges))
        return cut.land

    def _cut(self, node: Side, numbers: tuple[int | None, ...], courses: list[Course]) -> tuple[Cut, list]:
        """Cut along a chain; where an end runs on both ways past its corner, along the longer arm that has the side."""
        ends = open_ends(self._ordered(node.of, courses))
        cuts: dict[Flags, tuple[Cut, list]] = {}
        faults: list[DataError] = []
        for way in flags(ends, self._arms_settled(ends)):
            try:
                cuts[way] = self.index.cut(node.of, node.side, numbers, way)
            except DataError as error:
                faults.append(error)
        if not cuts:
            raise faults[0]
        way = next(iter(cuts))
        for end in ends:
            other = tuple(not taken if place == end.place else taken for place, taken in enumerate(way))
            if other in cuts:
                taken, left = end.sides if not way[end.place] else end.sides[::-1]
                self.arms.setdefault(node, []).append(Arm(end, taken, left, cuts[other][0].land))
        return cuts[way]

    def _arms_settled(self, ends: list[End]) -> dict[int, bool]:
        """Return at which ends a clerk settled on an arm, and whether on the shorter one."""
        taken = {}
        for end in ends:
            side = self.choices.arm(end.street, end.corner)
            if side in end.sides:
                taken[end.place] = end.sides.index(side) == 1
                self.territory.assume(f"「{end.street}」按约定取{end.corner}以{WORDS[side]}的一段")
            elif side:
                raise DataError(
                    Fault(
                        f"约定「{end.street}取{end.corner}以{WORDS[side]}的一段」",
                        f"{end.street}只有{end.corner}以{'、以'.join(WORDS[each] for each in end.sides)}的两段",
                        "",
                        "请改写方位",
                    )
                )
        return taken

    def say_arms(self, node: Side, land: BaseGeometry, others: list[BaseGeometry]) -> None:
        """Doubt an arm that was taken without being asked for, where the other one would give other land.

        Parameters
        ----------
        node : Side
            The chain.
        land : BaseGeometry
            What came out (m).
        others : list of BaseGeometry
            What the land on the side of the chain was intersected with (m).
        """
        for arm in self.arms.pop(node, []):
            instead = functools.reduce(shapely.intersection, others, arm.land)
            apart_m2 = instead.symmetric_difference(land).area
            if instead.area > LEAST_ARM_M2 and apart_m2 > max(LEAST_ARM_M2, ARM_SHARE * land.area):
                self._doubt_arm(arm, apart_m2)

    def other_arm(self, node: Side, others: list[BaseGeometry]) -> BaseGeometry | None:
        """Return the land on the side of a chain by its other arm, where that one has ground in common with others.

        Parameters
        ----------
        node : Side
            The chain.
        others : list of BaseGeometry
            What it is intersected with (m).

        Returns
        -------
        BaseGeometry or None
            None where neither has, or there is no other arm.
        """
        for arm in self.arms.get(node, []):
            if functools.reduce(shapely.intersection, others, arm.land).area > LEAST_ARM_M2:
                word = (
                    f"「{arm.end.street}」取{arm.end.corner}以{WORDS[arm.left]}的一段，另一段与其他各侧没有共同的地域"
                )
                self.territory.assume(word)
                self.arms[node] = []
                return arm.land
        return None

    def _doubt_arm(self, arm: "Arm", apart_m2: float) -> None:
        """Say that the sentence does not tell which arm is meant, and how a clerk may settle it."""
        street, corner = arm.end.street, arm.end.corner
        one, other = (f"「{street}取{corner}以{WORDS[side]}的一段」" for side in (arm.taken, arm.left))
        self.territory.doubts.add(
            f"「{street}」",
            f"越过{corner}向两边都延伸，文字没有说取哪一段；这里取{corner}以{WORDS[arm.taken]}的一段，"
            f"取另一段的地域相差 {apart_m2 / 1e6:.2f} 平方公里",
            "应当只取一段",
            f"请写明，或写约定{one}或{other}（--assume）",
        )

    def inside(self, node: Ring) -> BaseGeometry:
        """Return what a ring road, or several streets that meet round some land, enclose."""
        _, courses = self._courses(node.of, "")
        if len(courses) == 1:
            if courses[0].inside is None:
                remedy = "请写明围合的其他各条路，或补全街道图层"
                raise DataError(Fault(f"「{node}」", f"{node.of[0]}在图上不是闭合的环路", "环路须首尾相接", remedy))
            self.lines.append(_Line(node.of, courses, [], list(courses[0].gaps)))
            return surface(courses[0].inside.intersection(self.index.country))
        lines = [course.line for course in courses]
        corners = [(place, (place + 1) % len(lines)) for place in range(len(lines))][: None if len(lines) > 2 else 1]
        gaps = [(node.of[a], node.of[b], lines[a].distance(lines[b])) for a, b in corners]
        wide = [
            _apart(f"「{node}」", *gap, "围合的各条路应当首尾相接")
            for gap in gaps
            if gap[2] > REACH_M and not self._settled(*gap)
        ]
        if wide:
            raise DataError(*wide)
        bridges = [shapely.shortest_line(lines[a], lines[b]) for a, b in corners]
        land = _enclosed(lines, [bridge for bridge in bridges if bridge.length > 0])
        if land is None:
            found = f"{'、'.join(node.of)}在图上围不成一圈"
            raise DataError(Fault(f"「{node}」", found, "各条路须首尾相接，围住一片地", "请核对路名，或补全街道图层"))
        more = [gap for course in courses for gap in course.gaps]
        self.lines.append(_Line(node.of, courses, [], [bridge for bridge in bridges if bridge.length > 0] + more))
        return surface(land.intersection(self.index.country))

    def between(self, node: Between) -> BaseGeometry:
        """Return what lies between two streets that do not cross, each extended to the edge of the district."""
        _, courses = self._courses(node.of, "")
        land = self.index.country
        for name, course, other in zip(node.of, courses, reversed(courses), strict=True):
            parts, ends = parted(course.line, land)
            share = [other.line.intersection(part).length for part in parts]
            if course.inside is not None or not parts or max(share) < 0.9 * other.line.length:
                found = f"{'与'.join(node.of)}在图上相交或折回，看不出两路之间是哪一片"
                raise DataError(Fault(f"「{node}」", found, "两条路应当大致平行", "请写明在两条路的哪一侧"))
            land = surface(land.intersection(parts[int(np.argmax(share))]))
            self.lines.append(_Line((name,), [course], ends, list(course.gaps)))
        return land

    def must_be_known(self, names: list[str]) -> None:
        """Refuse names that the map does not have, all of them at once.

        Parameters
        ----------
        names : list of str
            Names of lines.
        """
        faults = []
        for name in dict.fromkeys(names):
            if not self.index.courses(name) and not self.index.is_border(name):
                try:
                    self.index.area(name)
                except DataError as error:
                    faults += error.faults
        if faults:
            for name in names:  # what is known is in the picture of what is not
                known = self.index.courses(name)
                self.territory.lines |= {name: known[0].line} if len(known) == 1 else {}
            raise DataError(*faults)

    def must_meet(self, sides: list[Side]) -> None:
        """Refuse two neighbouring sides whose streets end far from each other, unless a clerk has settled it."""
        lines = {side: union_all([course.line for course in self._courses(side.of, side.side)[1]]) for side in sides}
        faults = []
        for side, other in itertools.product(sides, sides):
            if side.side not in UPRIGHT or other.side in UPRIGHT or other.side not in TOWARD:
                continue
            if any(self.index.is_border(name, own=True) for name in (*side.of, *other.of)):
                continue  # a street is prolonged to the border of the district in any case
            gap = lines[side].distance(lines[other])
            if gap > REACH_M and not any(self._settled(one, another, gap) for one in side.of for another in other.of):
                names = "——".join(side.of), "——".join(other.of)
                faults.append(_apart(f"「{side}、{other}」", *names, gap, "相邻两侧应当相交"))
        if faults:
            raise DataError(*faults)

    def _settled(self, one: str, other: str, gap: float) -> bool:
        """Tell whether a clerk settled that two streets meet, and say so."""
        if not self.choices.meet(one, other):
            return False
        self.territory.assume(f"「{one}」与「{other}」在图上相距 {gap:.0f} 米，按约定照直延长到相接")
        return True

    def _ordered(self, names: tuple[str, ...], courses: list[Course]) -> list[tuple[str, LineString]]:
        """Return the members of a chain in the order in which they hang together."""
        order = in_order([course.line for course in courses], reach_m=REACH_M)
        return [(names[place], courses[place].line) for place in order]

    def _courses(self, names: tuple[str, ...], side: str) -> tuple[tuple[int | None, ...], list[Course]]:
        """Return number and course of each name, and remember them for the picture."""
        if side and side not in EVERY_WAY:
            raise DataError(Fault(f"「{side}」", "这个方位不能落到图上", "", "请改写为东、西、南、北"))
        numbers = tuple(self._number(name) for name in names)
        courses = [self.index.course(name, side, number) for name, number in zip(names, numbers, strict=True)]
        for name, course in zip(names, courses, strict=True):
            self.territory.lines[name] = course.line
            self._mean(name, course)
        return numbers, courses

    def _number(self, name: str) -> int | None:
        """Return which of several streets of a name is meant: as settled, else the only one the other lines meet."""
        settled, courses = self.choices.of_name(name), self.index.courses(name)
        if isinstance(settled, str):
            return self._meeting(name, settled, courses)
        if settled is not None or len(courses) < 2:
            return settled
        others = [line for node in self.around for other in node.of if other != name for line in self._drawn(other)]
        met = [sum(course.line.dwithin(line, REACH_M) for line in others) for course in courses]
        message = f"图上有 {len(courses)} 条互不相连的路叫「{name}」"
        if max(met) > 0 and met.count(max(met)) == 1:
            number = met.index(max(met)) + 1
            self.territory.assume(
                f"{message}，取与这一句的其他路相接的第 {number} 条（{_kilometres(courses[number - 1])}）"
            )
            return number
        if courses[0].drawn_m >= MAIN_SHARE * sum(course.drawn_m for course in courses):
            rest = "、".join(map(_kilometres, courses[1:]))
            self.territory.doubts.add(
                f"「{name}」",
                f"{message}，取最长的第 1 条（{_kilometres(courses[0])}），没有用其余的（{rest}）",
                "应当只指一条",
                f"请核对街道图层；确认的写约定「{name}取第1条」（--assume）",
            )
            self.territory.assume(f"{message}，取最长的第 1 条（{_kilometres(courses[0])}）")
            return 1
        return None

    def _meeting(self, name: str, other: str, courses: list[Course]) -> int:
        """Return which of several streets meets another one, as was settled."""
        lines = self._drawn(other)
        met = [
            number for number, course in enumerate(courses, 1) if any(course.line.dwithin(x, REACH_M) for x in lines)
        ]
        if len(met) != 1:
            message = f"图上与{other}相接的「{name}」有 {len(met)} 条"
            raise DataError(
                Fault(f"约定「{name}取与{other}相接的一条」", message, "应当恰好一条", "请改用另一条相接的路")
            )
        return met[0]

    def _drawn(self, name: str) -> list[BaseGeometry]:
        """Return what the map has of a name: all streets that bear it, else the area or unit."""
        lines = [course.line for course in self.index.courses(name)]
        return lines or [entry.shape for layer in ("areas", "units") for entry in self.index.find(layer, name)]

    def _mean(self, name: str, course: Course) -> None:
        """Remember what a line of the sentence is on the map; stretches of it in the order in which they lie."""
        streets = self.index.street(name)
        for street in streets:
            self.territory.mean(Meaning(name, "streets", street.place_id, street.name))
        along: dict[str, list[float]] = {}
        for street in streets:
            along.setdefault(street.name, []).append(course.line.project(street.shape.centroid))
        borne = sorted(along, key=lambda each: (float(np.median(along[each])), each))
        if len(borne) > 1:
            self.territory.assume(f"「{name}」在图上分段命名，由{'、'.join(borne)}连成")
        elif borne and STRETCH.fullmatch(plain(borne[0])) and plain(borne[0]) != plain(name):
            self.territory.assume(f"「{name}」在图上只有「{borne[0]}」，当作整条")
        elif borne and BANK.search(plain(name)) and plain(name) not in map(plain, borne):
            self.territory.assume(f"「{name}」以图上{borne[0]}的中线为界")
        if not streets and self.index.is_border(name):
            self.territory.assume(f"「{name}」取图上这片地的边界")
        elif not streets:
            self.territory.assume(f"「{name}」是一片地而不是一条线，以穿过其中心的线为界")

    def say(self, land: BaseGeometry) -> None:
        """Say what of the border of some land is drawn nowhere."""
        if land.is_empty:
            return
        edge = land.boundary.buffer(EDGE_M)
        for line in self.lines:
            self._say_added(line, "extended", line.extensions, edge)
            self._say_added(line, "bridged", line.bridges, edge)
            for name, course in zip(line.names, line.courses, strict=True):
                self._say_aside(name, course, edge)

    def _say_added(self, line: _Line, how: str, added: list[BaseGeometry], edge: BaseGeometry) -> None:
        """Say how far a line was extended or bridged, and doubt what is longer than the line itself."""
        shapes = [shape.intersection(edge) for shape in added]
        shapes = [shape for shape in shapes if shape.length >= LEAST_SAID_M]
        metres, drawn = sum(shape.length for shape in shapes), sum(course.drawn_m for course in line.courses)
        if not shapes:
            return
        name = "——".join(line.names)
        self.territory.made += [
            Made(name, how, shape) for shape in shapes if Made(name, how, shape) not in self.territory.made
        ]
        ways = "、".join(dict.fromkeys(map(_compass, added))) if how == "extended" else ""
        done = (
            f"向{ways}照直延长 {metres:.0f} 米" if how == "extended" else f"中间 {metres:.0f} 米图上没有画，按直线相接"
        )
        self.territory.assume(f"「{name}」{done}（图上画出 {drawn:.0f} 米）")
        settled = [self.choices.goes_on(each) for each in line.names]
        if metres > drawn and not any(settled):
            self.territory.doubts.add(
                f"「{name}」",
                f"{done}，比图上画出的 {drawn:.0f} 米还长",
                "补出的部分不应超过这条路本身",
                f"请补全街道图层；确认照直的写约定「{line.names[-1]}照直延长」（--assume）",
            )

    def _say_aside(self, name: str, course: Course, edge: BaseGeometry) -> None:
        """Say that a course is the middle of several lines, and doubt one that leaves more aside than it follows."""
        if course.as_drawn or course.line.intersection(edge).length < LEAST_SAID_M:
            return
        more = f"，另有 {course.aside_m:.0f} 米同名的线（匝道、辅道、支路）不在其上" if course.aside_m > ASIDE_M else ""
        self.territory.assume(f"「{name}」在图上画成几条线（双向车道、路口连线等），取其中线{more}")
        if course.aside_m > max(ASIDE_M, ASIDE_SHARE * course.drawn_m) and not self.choices.goes_on(name):
            self.territory.doubts.add(
                f"「{name}」",
                f"不在取用的线上的同名线有 {course.aside_m:.0f} 米，比这条线（{course.drawn_m:.0f} 米）还长",
                "应当是一条路",
                f"请核对街道图层；确认的写约定「{name}照直延长」（--assume）",
            )


def _enclosed(lines: list[LineString], bridges: list[LineString]) -> BaseGeometry | None:
    """Return the land that lines close round, all of them taking part, or None."""
    noded = union_all([*lines, *bridges])
    faces = [face for face in shapely.get_parts(shapely.polygonize([noded])) if face.area > 1.0]
    bands = [line.buffer(EDGE_M) for line in lines]
    whole = union_all(faces) if faces else None
    candidates = [*faces, whole] if whole is not None and whole.geom_type == "Polygon" else faces
    fitting = [
        face for face in candidates if all(face.boundary.intersection(band).length > LEAST_SAID_M for band in bands)
    ]
    return max(fitting, key=lambda face: face.area) if fitting else None


def _compass(line: BaseGeometry) -> str:
    """Say in which direction an extension leaves its street."""
    points = shapely.get_coordinates(line)
    x, y = points[-1] - points[0]
    return COMPASS[round(float(np.degrees(np.arctan2(y, x))) / 45) % 8]


def _kilometres(course: Course) -> str:
    """Say how long a street is."""
    return f"{course.drawn_m / 1000:.1f} 公里"


def _apart(where: str, one: str, other: str, gap_m: float, rule: str) -> Fault:
    """Say that two streets end apart from each other, and how a clerk may settle it."""
    found = f"{one}与{other}在图上不相接，最近处相距 {gap_m:.0f} 米"
    names = one.rsplit("——", maxsplit=1)[-1], other.split("——", maxsplit=1)[0]
    remedy = f"请补全街道图层，或改用相接的路名；确认照直延长的写约定「{names[0]}与{names[1]}照直相接」（--assume）"
    return Fault(where, found, f"{rule}，或相距不超过 {REACH_M:.0f} 米", remedy)
