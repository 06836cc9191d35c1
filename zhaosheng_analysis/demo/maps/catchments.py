"""The zones of a made-up district: what the sentences name, then the land nearest to each school.

A unit belongs to whoever names it; failing that to the zone that inherits the former school district it lies in;
failing that to the zone on whose side of the streets it lies; what no sentence speaks of goes to the nearest school,
over the borders of units, with streets dearer to cross than lanes, so that zones are contiguous and follow streets.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from shapely import LineString

from zhaosheng_analysis.demo.maps.parcels import TOUCH_M, Ground

STREET_FACTOR = 2.0
BARRIER_FACTOR = 6.0
THROUGH_FACTOR = 40.0
ROUNDS = 40
FAR_M = 1e7


@dataclass(frozen=True)
class Web:
    """Which units are neighbours, how far apart they are, and how heavy the borders between them are (1 = a lane)."""

    one: np.ndarray
    other: np.ndarray
    apart_m: np.ndarray
    weight: np.ndarray
    units_n: int

    def costs(self, extra: np.ndarray) -> coo_array:
        """Return the way costs between neighbours, times `extra` (one factor a pair)."""
        shape = (self.units_n, self.units_n)
        return coo_array((self.apart_m * self.weight * extra, (self.one, self.other)), shape=shape).tocsr()


def web(ground: Ground, streets: list[LineString], barriers: list[LineString]) -> Web:
    """Build the web of neighbours; a pair that meets along several edges counts its lightest.

    Parameters
    ----------
    ground : Ground
        The units.
    streets : list of LineString
        Lines that make a border dearer to cross.
    barriers : list of LineString
        Rivers and railways, dearer still.

    Returns
    -------
    Web
        Which units lie beside which.
    """
    inner = (ground.left >= 0) & (ground.right >= 0) & (shapely.length(ground.edges) > 1)
    pairs = np.sort(np.column_stack([ground.left, ground.right])[inner], axis=1)
    middle = shapely.line_interpolate_point(ground.edges[inner], 0.5, normalized=True)
    weight = np.ones(len(pairs))
    for factor, lines in ((STREET_FACTOR, streets), (BARRIER_FACTOR, barriers)):
        weight[_near(middle, lines)] = factor
    order = np.lexsort((weight, pairs[:, 1], pairs[:, 0]))
    unique, first = np.unique(pairs[order], axis=0, return_index=True)
    centre = shapely.get_coordinates(shapely.centroid(ground.cells))
    apart_m = np.linalg.norm(centre[unique[:, 0]] - centre[unique[:, 1]], axis=1)
    return Web(unique[:, 0], unique[:, 1], apart_m, weight[order][first], len(ground.cells))


def _near(points: np.ndarray, lines: list[LineString]) -> np.ndarray:
    """Return the positions of the points that lie on one of the lines."""
    return np.unique(shapely.STRtree(lines).query(points, predicate="dwithin", distance=TOUCH_M)[0])


def grow(
    net: Web,
    sources: np.ndarray,
    *,
    free: np.ndarray,
    load: np.ndarray,
    balance: float,
    barred: np.ndarray | None = None,
) -> np.ndarray:
    """Give every free unit to the source that is nearest over the web.

    Parameters
    ----------
    net : Web
        Which units lie beside which.
    sources : ndarray
        Unit of every school.
    free : ndarray
        Which units are to be given away; others are passed through only where there is no other way.
    load : ndarray
        Dwellings of every unit.
    balance : float
        0 for the nearest school; up to 1 to shift borders until schools carry similar loads.
    barred : ndarray, optional
        (sources, units), true where a unit may not go to a source unless all are barred to it.

    Returns
    -------
    ndarray of int
        Position in `sources` for every free unit, -1 for the others.
    """
    extra = np.where(free[net.one] & free[net.other], 1.0, THROUGH_FACTOR)
    far_m = dijkstra(net.costs(extra), directed=False, indices=sources)
    if barred is not None:
        far_m += FAR_M * barred
    between_m = far_m[:, sources] + np.diag(np.full(len(sources), np.inf))
    most_m = 0.49 * balance * np.minimum(between_m.min(axis=1), 1e9)
    handicap_m = np.zeros(len(sources))
    for _ in range(ROUNDS if balance else 0):
        owner = np.argmin(far_m + handicap_m[:, None], axis=0)
        carried = np.bincount(owner[free], weights=load[free], minlength=len(sources))
        handicap_m += 0.1 * most_m * np.clip(carried / max(carried.mean(), 1) - 1, -1, 1)
        handicap_m = np.clip(handicap_m, -most_m, most_m)
    owner = np.argmin(far_m + handicap_m[:, None], axis=0)
    return np.where(free, owner, -1)


def beside(points: np.ndarray, line: LineString, side: str) -> np.ndarray:
    """Tell which points lie on one side (东 西 南 北) of a street that is prolonged straight at both ends.

    The street must run roughly across the side that is asked for: north-south for 东 and 西, west-east for 南 and 北.
    """
    across, course = (0, 1) if side in "东西" else (1, 0)
    track = shapely.get_coordinates(line)
    track = track[np.argsort(track[:, course], kind="stable")]
    offset = points[:, across] - np.interp(points[:, course], track[:, course], track[:, across])
    return offset > 0 if side in "东北" else offset < 0


def claims(
    specs: list[dict[str, Any]],
    *,
    names: dict[str, int],
    shapes: dict[str, np.ndarray],
    curves: dict[str, LineString],
    points: np.ndarray,
) -> list[np.ndarray]:
    """Return the units each hand-made zone claims: named before former district before side of the streets.

    Parameters
    ----------
    specs : list of dict of str to object
        Zones of one stage, as in the layout: `named`, `former`, `sides`, `within`.
    names : dict of str to int
        Unit of every place name and alias.
    shapes : dict of str to ndarray
        Units (True) of every area by its id.
    curves : dict of str to LineString
        Named streets.
    points : ndarray
        A point in every unit, (n, 2) metres.

    Returns
    -------
    list of ndarray of bool
        One array a zone, true for its units.
    """
    named, former, sided = [], [], []
    for spec in specs:
        named.append(_members([names[name] for name in spec.get("named", [])], len(points)))
        former.append(
            np.any([shapes[area] for area in spec.get("former", [])] or [np.zeros(len(points), bool)], axis=0)
        )
        half = np.full(len(points), "sides" in spec or spec.get("everywhere", False))
        for street, side in spec.get("sides", []):
            half &= beside(points, curves[street], side)
        sided.append(half & shapes[spec["within"]] if "within" in spec else half)
    any_named, any_former = np.any(named, axis=0), np.any(former, axis=0)
    return [
        own | (old & ~any_named) | (half & ~any_named & ~any_former)
        for own, old, half in zip(named, former, sided, strict=True)
    ]


def _members(positions: list[int], count: int) -> np.ndarray:
    """Return a mask that is true at the given positions."""
    mask = np.zeros(count, dtype=bool)
    mask[positions] = True
    return mask
