"""The drawing of a made-up district: rough coordinates and names from ``demo/<district>.toml``, turned into curves.

What comes in are control points, in kilometres east and north of a centre or in degrees; what goes out are smooth
lines and rings in metres of the district's own CRS. Everything drawn here is schematic: the names are those of the
published plans, the geometry is not surveyed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from shapely import LineString, Point, Polygon

from zhaosheng_analysis import disk, lottery

SEED = "townscape"
SAMPLES_PER_BEND = 6
GRID_M = 0.01
"""Every coordinate of a made-up district lies on a centimetre grid, so that neighbours share their edges exactly."""

Spot = Sequence[float]


@dataclass(frozen=True)
class Blueprint:
    """One layout file and the way from its coordinates to metres.

    Attributes
    ----------
    settings : dict of str to object
        The parsed file.
    degrees : bool
        Whether coordinates are longitude and latitude instead of kilometres from the centre.
    origin : tuple of float, length 2
        Easting and northing of the centre, metres.
    """

    settings: dict[str, Any]
    degrees: bool
    origin: tuple[float, float]

    def __getitem__(self, key: str) -> Any:
        """Return one required entry of the layout."""
        return self.settings[key]

    def get(self, key: str, default: Any = None) -> Any:
        """Return one optional entry of the layout."""
        return self.settings.get(key, default)

    @property
    def prefix(self) -> str:
        """Two letters that begin every id of the district."""
        return self.settings["prefix"]

    def metres(self, spots: Iterable[Spot]) -> np.ndarray:
        """Turn coordinates of the layout into an (n, 2) array of metres in the district's CRS."""
        pairs = np.asarray(list(spots), dtype=float).reshape(-1, 2)
        if not self.degrees:
            return pairs * 1000 + np.asarray(self.origin)
        return np.column_stack(_transformer(self.settings["crs"]).transform(pairs[:, 0], pairs[:, 1]))

    def point(self, spot: Spot) -> Point:
        """Place one point."""
        return Point(self.metres([spot])[0])

    def ring(self, spots: Iterable[Spot]) -> Polygon:
        """Draw a closed smooth outline through the given spots."""
        return shapely.set_precision(Polygon(_spline(self.metres(spots), closed=True)), GRID_M)

    def curve(self, spots: Sequence[Spot], *, name: str, straight: bool = False) -> LineString:
        """Draw a smooth line through the given spots; a line of two spots gets a gentle bend of its own."""
        controls = self.metres(spots)
        if straight:
            return shapely.set_precision(LineString(controls), GRID_M)
        if len(controls) == 2:
            controls = _bend(controls, name)
        return shapely.set_precision(LineString(_spline(controls, closed=False)), GRID_M)


def load(district_id: str) -> Blueprint:
    """Read the layout of one of the five demo districts.

    Parameters
    ----------
    district_id : str
        One of `DISTRICTS`.

    Returns
    -------
    Blueprint
        The layout.

    Raises
    ------
    FileNotFoundError when there is no such layout.
    """
    settings = disk.own("demo", f"{district_id}.toml")
    easting, northing = _transformer(settings["crs"]).transform(*settings["centre"])
    return Blueprint(settings, settings.get("coordinates", "km") == "degrees", (round(easting), round(northing)))


def _transformer(crs: str) -> Transformer:
    """Return the way from CGCS2000 degrees to the CRS of the district."""
    return Transformer.from_crs("EPSG:4490", crs, always_xy=True)


def _spline(controls: np.ndarray, *, closed: bool) -> np.ndarray:
    """Sample a Catmull-Rom curve, which passes through every control point: streets that share a spot do meet."""
    ends = (controls[-1], controls[0], controls[1]) if closed else _mirrored_ends(controls)
    before, *after = ends
    chain = np.vstack([before, controls, *after]) if closed else np.vstack([before, controls, after[0]])
    steps = np.linspace(0, 1, SAMPLES_PER_BEND, endpoint=False)[:, None]
    pieces = [_bow(chain[i : i + 4], steps) for i in range(len(chain) - 3)]
    return np.vstack([*pieces, controls[:1] if closed else controls[-1:]])


def _mirrored_ends(controls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Prolong an open curve by one mirrored spot at each end."""
    return 2 * controls[0] - controls[1], 2 * controls[-1] - controls[-2]


def _bow(four: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Sample the middle of four control points."""
    a, b, c, d = four
    return 0.5 * (2 * b + (c - a) * steps + (2 * a - 5 * b + 4 * c - d) * steps**2 + (3 * b - a - 3 * c + d) * steps**3)


def _bend(ends: np.ndarray, name: str) -> np.ndarray:
    """Put three control points between two, each up to one part in a hundred of the length aside."""
    course = ends[1] - ends[0]
    aside = np.array([-course[1], course[0]])
    shares = lottery.generator(SEED, f"bend {name}").uniform(-0.01, 0.01, 3)
    middle = [ends[0] + course * t + aside * share for t, share in zip((0.25, 0.5, 0.75), shares, strict=True)]
    return np.vstack([ends[0], *middle, ends[1]])
