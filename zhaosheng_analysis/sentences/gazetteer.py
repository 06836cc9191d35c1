"""What the names of one district mean on its map: rows by name or alias, courses of streets, halves of the land.

Everything is looked up once and kept, so that a thousand sentences cost little more than one.
"""

import re
from dataclasses import dataclass, field

import shapely
from shapely import LineString, union_all
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import DataError, Fault, near
from zhaosheng_analysis.sentences import doors, namesakes
from zhaosheng_analysis.sentences.borders import bordering, edge
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.courses import WIDTH_M, Course, courses
from zhaosheng_analysis.sentences.entries import KEYS, LABELS, Entry, entries
from zhaosheng_analysis.sentences.grammar import OPPOSITE, Part
from zhaosheng_analysis.sentences.halfplanes import TOWARD, Cut, chained, cut, in_order
from zhaosheng_analysis.sentences.printing import WORDS

SEGMENT = re.compile(r"(?:[东西南北中]段|全段|沿线)$")
# The bank of a river or one side of a road: the map has its course.
BANK = re.compile(r"(?<=..)[东西南北左右][侧面]?岸$|(?<=.[路街道巷])[东西南北]侧$")
STRETCH = re.compile(r"(?P<street>.{2,}?)(?:[东西南北中上下][一二]?段|[东西南北]?延(?:长线|伸线|长段|伸段))")
KIND_OF_ROAD = re.compile(r"(?P<stem>.{2,}?)(?P<kind>大街|大道|路|街)")
OPPOSITE_HALVES = (("南", "北"), ("东", "西"))
BRACKET = re.compile(r"^(?P<name>[^()\[\]]+)[(\[](?P<other>[^()\[\]]*)[)\]]$")
UPRIGHT = ("east", "west")  # sides that a street running north and south divides
NEAR_NAMES = 3
REACH_M = 300.0  # how far apart two streets may end and still meet
MOSTLY = 0.9
AT_EDGE_M = 50.0  # borders of two layers may lie so far apart and still be one


@dataclass(frozen=True)
class Gazetteer:
    """The names of a district, and what has been drawn from them so far.

    Attributes
    ----------
    district : District
        Whose layers are looked up.
    country : BaseGeometry
        The whole district as one polygon (m).
    entries : dict of str to dict of str to list of Entry
        The rows that bear a name or alias in simplified script, by layer.
    drawn : dict of tuple to object
        Courses and halves drawn so far, by (street,) and (streets, side); a failure is kept as its error.
    """

    district: District
    country: BaseGeometry
    entries: dict[str, dict[str, list[Entry]]]
    drawn: dict[tuple, object] = field(default_factory=dict)

    def find(self, layer: str, name: str) -> list[Entry]:
        """Return the rows of a layer whose name or alias is exactly this, whichever script either is written in.

        Parameters
        ----------
        layer : str
            Name of the layer.
        name : str
            The name, in either script.

        Returns
        -------
        list of Entry
            The rows; none where nobody bears the name.
        """
        return self.entries[layer].get(plain(name), [])

    def street(self, name: str) -> list[Entry]:
        """Return the rows of a street.

        A stretch of it (「北都街西段」) stands for the whole where it is not drawn; what the notice puts in brackets
        behind it (「青云巷（白塔巷）」) is another name or an extent.

        Parameters
        ----------
        name : str
            The name, in either script.

        Returns
        -------
        list of Entry
            Its rows; none where there is no such street.
        """
        match = BRACKET.match(plain(name))
        names = [plain(name), *match.groups()] if match else [plain(name)]
        for each in names:
            entries = (
                self.find("streets", each)
                or self._stretches(each)
                or self.find("streets", SEGMENT.sub("", each))
                or self.find("streets", BANK.sub("", each))
                or self._halves(each)
            )
            if entries:
                return entries
        return []

    def _stretches(self, name: str) -> list[Entry]:
        """Return the rows that bear the name with a stretch of it: 北段, 中段, 延长线."""

        def listed() -> dict[str, list[Entry]]:
            entries: dict[str, list[Entry]] = {}
            for word, rows in self.entries["streets"].items():
                if match := STRETCH.fullmatch(word):
                    entries.setdefault(match["street"], []).extend(rows)
            return entries

        return self._keep(("stretches",), listed).get(name, [])

    def _halves(self, name: str) -> list[Entry]:
        """Return the rows of 甲南路 and 甲北路 for 甲路, where the two continue each other as one street."""
        match = KIND_OF_ROAD.fullmatch(name)
        if match is None:
            return []
        lines = [
            rows
            for pair in OPPOSITE_HALVES
            if all(rows := [self.find("streets", f"{match['stem']}{half}{match['kind']}") for half in pair])
        ]
        entries = [entry for rows in lines[:1] for half in rows for entry in half]
        return entries if len(lines) == 1 and len(courses(_pieces(entries))) == 1 else []

    def courses(self, name: str) -> list[Course]:
        """Return the streets that bear a name, the longest first; a chain of pieces that continue each other is one.

        Parameters
        ----------
        name : str
            The name, in either script.

        Returns
        -------
        list of Course
            None where no street bears it.
        """

        def drawn() -> list[Course]:
            streets = self.street(name)
            kinds = self._keep(("kinds",), lambda: dict(zip(*self._columns("street_id", "kind"), strict=True)))
            width = max((WIDTH_M.get(kinds[street.place_id], WIDTH_M["street"]) for street in streets), default=0.0)
            return courses(_pieces(streets), width_m=width) if streets else []

        return self._keep((name, "courses"), drawn)

    def _columns(self, *names: str) -> list[list]:
        """Return columns of the streets."""
        return [self.district.streets[name].tolist() for name in names]

    def course(self, name: str, side: str, number: int | None = None) -> Course:
        """Return the one street that bears a name, or the line that a compound, works or border stands for.

        Parameters
        ----------
        name : str
            The name, in either script.
        side : str
            Which side of it is meant: a compound is crossed at right angles to it, a border is the edge that faces it.
        number : int, optional
            Which of several streets of that name, from 1, the longest first.

        Returns
        -------
        Course
            In metres.

        Raises
        ------
        DataError
            No layer knows the name, several streets bear it, or there are not so many.
        """
        courses = self.courses(name)
        if not courses:
            line = self._border(name, side) or self._middle(name, side)
            return Course(line, line.length)
        if number is None and len(courses) == 1:
            return courses[0]
        if number is None or not 1 <= number <= len(courses):
            tree = self._keep(("tree",), lambda: shapely.STRtree(self.district.streets.geometry.to_numpy()))
            raise DataError(namesakes.fault(name, courses, self.district.streets, tree, self.country))
        return courses[number - 1]

    def _middle(self, name: str, side: str) -> LineString:
        """Return the line across the middle of a compound or works."""
        match = BRACKET.match(plain(name))
        middle = self.area(match["name"] if match else name).representative_point()
        west, south, east, north = self.country.bounds
        upright = side in UPRIGHT
        ends = [(middle.x, south), (middle.x, north)] if upright else [(west, middle.y), (east, middle.y)]
        return LineString(ends)

    def is_border(self, name: str, *, own: bool = False) -> bool:
        """Tell whether a name is that of a border the map can show.

        Parameters
        ----------
        name : str
            The name, in either script.
        own : bool, optional
            Whether it has to be the border of the district itself, to which every street may be prolonged.

        Returns
        -------
        bool
            Whether it is.
        """
        land = self._bordered(name)
        return land is not None and not self.street(name) and (not own or self._holds_all(land))

    def _border(self, name: str, side: str) -> LineString | None:
        """Return the edge of an area that faces a side, where the name is that of its border."""
        land = self._bordered(name)
        if land is None or side not in TOWARD:
            return None
        if self._holds_all(land):
            return edge(self.country, OPPOSITE[side])
        facing, far = edge(land, side), edge(land, OPPOSITE[side])
        return far if self._is_outer(facing) and not self._is_outer(far) else facing

    def _is_outer(self, line: LineString) -> bool:
        """Tell whether no land of the district lies beyond a line."""
        rim = self.country.boundary.buffer(AT_EDGE_M)
        return line.intersection(rim).length > MOSTLY * line.length

    def _holds_all(self, land: BaseGeometry) -> bool:
        """Tell whether some land holds nearly all of the district."""
        return land.intersection(self.country).area > MOSTLY * self.country.area

    def _bordered(self, name: str) -> BaseGeometry | None:
        """Return the land whose border a name is, or None where it is that of no border."""
        area = bordering(plain(name))
        return self.country if area == "" else self._named_land(area) if area else None

    def _named_land(self, name: str) -> BaseGeometry | None:
        """Return the land of an area or unit, or None where none bears the name."""
        entries = self.find("areas", name) or self.find("units", name)
        return union_all([entry.shape for entry in entries]) if entries else None

    def line(self, name: str, side: str) -> LineString:
        """Return the course of one street as a line; see `course`.

        Parameters
        ----------
        name : str
            The name, in either script.
        side : str
            Which side of it is meant.

        Returns
        -------
        LineString
            The course, in metres.

        Raises
        ------
        DataError
            As `course`.
        """
        return self.course(name, side).line

    def cut(
        self,
        names: tuple[str, ...],
        side: str,
        numbers: tuple[int | None, ...] = (),
        shorter: tuple[bool, bool] = (False, False),
    ) -> tuple[Cut, list]:
        """Cut the district along a street, or along several end to end.

        Parameters
        ----------
        names : tuple of str
            Names of the streets.
        side : str
            The side that is meant.
        numbers : tuple of int or None
            Which of several streets of each name; empty where no name has several.
        shorter : tuple of (bool, bool), default (False, False)
            Whether the shorter arm is taken where the first and the last street run on both ways past their corner.

        Returns
        -------
        cut : Cut
            The land, in metres, and what was added to the line at its ends.
        bridges : list of LineString
            What was bridged within a street or between two.

        Raises
        ------
        DataError
            No layer knows a name, a street is a ring, or the line does not part the district in two.
        """
        numbers = numbers or (None,) * len(names)

        def drawn() -> tuple[Cut, list]:
            courses = [self.course(name, side, number) for name, number in zip(names, numbers, strict=True)]
            for name, course in zip(names, courses, strict=True):
                _refuse_ring(name, course, side)
            order = in_order([course.line for course in courses], reach_m=REACH_M)
            line, bridges = chained([courses[place].line for place in order], shorter)
            bridges += [gap for course in courses for gap in course.gaps]
            return cut(line, side, self.country, name="、".join(names)), bridges

        return self._keep((names, numbers, side, shorter), drawn)

    def half(self, names: tuple[str, ...], side: str) -> BaseGeometry:
        """Return the land on one side of a street, or of several end to end; see `cut`.

        Parameters
        ----------
        names : tuple of str
            Names of the streets.
        side : str
            The side that is meant.

        Returns
        -------
        BaseGeometry
            The land, in metres.

        Raises
        ------
        DataError
            As `cut`.
        """
        return self.cut(names, side)[0].land

    def area(self, name: str) -> BaseGeometry:
        """Return the land of a named area or unit.

        Parameters
        ----------
        name : str
            The name, in either script.

        Returns
        -------
        BaseGeometry
            The land, in metres.

        Raises
        ------
        DataError
            No layer knows the name.
        """
        for layer in ("areas", "units"):
            entries = self.find(layer, name)
            if entries:
                return union_all([entry.shape for entry in entries])
        raise self.unknown(name, "streets", "units", "areas")

    @property
    def has_doors(self) -> bool:
        """Tell whether the district has a table of door numbers."""
        return "doors" in self.district.tables

    def numbered(self, layer: str, part: Part) -> list[Entry]:
        """Return the rows of a layer that are named by the numbers of a part: 柳溪一村 … 柳溪六村.

        Parameters
        ----------
        layer : str
            Name of the layer.
        part : Part
            The part.

        Returns
        -------
        list of Entry
            One for each number; none where one of them is missing or borne twice.
        """
        matches = [next(filter(None, (self.find(layer, name) for name in each)), []) for each in doors.names(part)]
        return [rows[0] for rows in matches] if all(len(rows) == 1 for rows in matches) else []

    def doors_of(self, part: Part) -> tuple[list[Entry], list[Entry]] | None:
        """Return the units whose numbers a part of a place holds, by the table of door numbers.

        Parameters
        ----------
        part : Part
            The part.

        Returns
        -------
        tuple of (list of Entry, list of Entry) or None
            Units that lie in it whole, and those of which some numbers do; None where the table has nothing of it.
        """
        table = self._keep(("doors",), lambda: doors.listed(self.district.tables.get("doors")))
        held = doors.held(part, table)
        if held is None:
            return None
        units = self._keep(
            ("units",), lambda: {row.unit_id: row for row in self.district.units.itertuples(index=False)}
        )
        return tuple([Entry(each, units[each].name, units[each].geometry) for each in some] for some in held)

    def unknown(self, name: str, *layers: str) -> DataError:
        """Say that a name is on no layer, with near names to look at; none of them is taken.

        Parameters
        ----------
        name : str
            The name, in either script.
        *layers : str
            The layers that were looked through.

        Returns
        -------
        DataError
            The error, to be raised.
        """
        borne = {word for layer in layers for word in self.entries[layer]}
        hint = near(plain(name), borne, most=NEAR_NAMES)
        where = "、".join(LABELS[layer] for layer in layers)
        return DataError(
            Fault(f"「{name}」", f"{where}图层中没有这个名称", hint, "请核对名称，或在图层中补上，或登记别名")
        )

    def _keep(self, key: tuple, draw: object) -> object:
        """Draw something once; what cannot be drawn fails the same way every time."""
        if key not in self.drawn:
            try:
                self.drawn[key] = draw()
            except DataError as error:
                self.drawn[key] = error
        if isinstance(self.drawn[key], DataError):
            raise self.drawn[key]
        return self.drawn[key]


def gazetteer(district: District) -> Gazetteer:
    """List the names of a district's streets, units, areas and schools.

    Parameters
    ----------
    district : District
        District whose layers are looked up.

    Returns
    -------
    Gazetteer
        What looks the names up.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> names = zs.sentences.gazetteer(zs.demo.nine_plots())
    >>> [entry.name for entry in names.find("units", "一號院")]
    ['一号院']
    """
    country = union_all(district.boundary.geometry.to_numpy())
    return Gazetteer(district, country, {layer: entries(getattr(district, layer), KEYS[layer]) for layer in LABELS})


def _refuse_ring(name: str, course: Course, side: str) -> None:
    """Refuse a side of a street that closes."""
    if course.inside is None:
        return
    word = WORDS[side]
    found = f"{name}是一条环路，绕 {course.inside.area / 1e6:.1f} 平方公里，没有哪一侧能称为{word}"
    raise DataError(Fault(f"「{name}以{word}」", found, "环路只有里外", f"请写“{name}以内”，或写明是环路的哪一段"))


def _pieces(streets: list[Entry]) -> list[LineString]:
    """Return the pieces a street is drawn in."""
    return [part for street in streets for part in getattr(street.shape, "geoms", [street.shape])]
