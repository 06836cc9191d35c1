"""What the names of one district mean on its map: rows by name or alias, courses of streets, halves of the land.

Everything is looked up once and kept, so that a thousand sentences cost little more than one.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd
from shapely import LineString, union_all
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import DataError, Fault, near
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.halfplanes import chained, course, half

LABELS = {"streets": "街道", "units": "小区与村", "areas": "区域", "schools": "学校"}
KEYS = {"streets": "street_id", "units": "unit_id", "areas": "area_id", "zones": "zone_id", "schools": "school_id"}
SEGMENT = re.compile(r"(?:[东西南北中]段|全段|沿线)$")
BRACKET = re.compile(r"^(?P<name>[^()\[\]]+)[(\[](?P<other>[^()\[\]]*)[)\]]$")
UPRIGHT = ("east", "west")  # sides that a street running north and south divides
NEAR_NAMES = 3


class Entry(NamedTuple):
    """One row of a layer that bears a name: its id, its own name and its shape (m)."""

    place_id: str
    name: str
    shape: BaseGeometry


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
            found = self.find("streets", each) or self.find("streets", SEGMENT.sub("", each))
            if found:
                return found
        return []

    def line(self, name: str, side: str) -> LineString:
        """Return the course of one street, or of the line across the middle of a compound or works.

        Parameters
        ----------
        name : str
            The name, in either script.
        side : str
            Which side of it is meant; a compound is crossed at right angles to it.

        Returns
        -------
        LineString
            The course, in metres.

        Raises
        ------
        DataError
            No layer knows the name; near names are shown and none is taken.
        """
        streets = self.street(name)
        if streets:
            return self._keep((name,), lambda: course(_pieces(streets)))
        match = BRACKET.match(plain(name))
        middle = self.area(match["name"] if match else name).representative_point()
        west, south, east, north = self.country.bounds
        upright = side in UPRIGHT
        ends = [(middle.x, south), (middle.x, north)] if upright else [(west, middle.y), (east, middle.y)]
        return LineString(ends)

    def half(self, names: tuple[str, ...], side: str) -> BaseGeometry:
        """Return the land on one side of a street, or of several end to end.

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
            No layer knows a name, or the line does not part the district in two.
        """

        def drawn() -> BaseGeometry:
            line = chained([self.line(name, side) for name in names])
            return half(line, side, self.country, name="、".join(names))

        return self._keep((names, side), drawn)

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
            found = self.find(layer, name)
            if found:
                return union_all([entry.shape for entry in found])
        raise self.unknown(name, "streets", "units", "areas")

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
    return Gazetteer(district, country, {layer: _entries(getattr(district, layer), KEYS[layer]) for layer in LABELS})


def _entries(layer: pd.DataFrame, key: str) -> dict[str, list[Entry]]:
    """Return the rows that bear each name or alias."""
    aliases = layer["aliases"].fillna("") if "aliases" in layer else pd.Series("", index=layer.index)
    columns = (layer[key], layer["name"].fillna(""), aliases, layer.geometry)
    found: dict[str, list[Entry]] = {}
    for place_id, name, others, shape in zip(*columns, strict=True):
        for word in dict.fromkeys([plain(name), *plain(others).split("、")]):
            if word:
                found.setdefault(word, []).append(Entry(place_id, name, shape))
    return found


def _pieces(streets: list[Entry]) -> list[LineString]:
    """Return the pieces a street is drawn in."""
    return [part for street in streets for part in getattr(street.shape, "geoms", [street.shape])]
