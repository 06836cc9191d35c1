"""Names and homes of the units of a made-up district."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis import lottery
from zhaosheng_analysis.demo.maps.blueprint import SEED, Blueprint
from zhaosheng_analysis.demo.maps.parcels import Ground

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRANTS_PER_DWELLING = 0.075
"""Children a year who reach grade 1, for each dwelling; dwellings are set so that a district's entrants come out."""

TOWN_DWELLINGS = (150, 1500)
VILLAGE_DWELLINGS = (80, 500)


def counted(layout: Blueprint, ground: Ground) -> np.ndarray:
    """Return the dwellings of every unit, whole numbers that add up to the entrants the layout asks for.

    A town community has 150 to 1,500, a village 80 to 500; more where a unit is larger, with a log-normal spread.
    """
    chance = lottery.generator(SEED, f"dwellings {layout['id']}")
    size = np.sqrt(shapely.area(ground.cells)) * np.exp(chance.normal(0, 0.4, len(ground.cells)))
    total = layout["entrants_n"] / ENTRANTS_PER_DWELLING
    town_total = total * layout["town_share"]
    homes = np.zeros(len(size))
    for where, sum_n, bounds in (
        (ground.in_town, town_total, TOWN_DWELLINGS),
        (~ground.in_town, total - town_total, VILLAGE_DWELLINGS),
    ):
        if where.any():
            homes[where] = _scaled(size[where], sum_n, bounds)
    return homes.round()


def _scaled(size: np.ndarray, sum_n: float, bounds: tuple[int, int]) -> np.ndarray:
    """Scale positive numbers to a sum within bounds; where the bounds forbid the sum, they win."""
    scale = sum_n / size.sum()
    for _ in range(30):
        scale *= sum_n / np.clip(size * scale, *bounds).sum()
    return np.clip(size * scale, *bounds)


def named(layout: Blueprint, ground: Ground) -> tuple[dict[str, int], pd.DataFrame]:
    """Name every unit: places of the layout in the nearest free unit, plausible made-up names elsewhere.

    Parameters
    ----------
    layout : Blueprint
        The layout of the district.
    ground : Ground
        The units.

    Returns
    -------
    tuple of (dict of str to int, DataFrame)
        The unit of every place name and alias of the layout; a frame with unit_id, name, aliases and kind of every
        unit.
    """
    names: dict[str, int] = {}
    labels: dict[int, tuple[str, str]] = {}
    for place in [*layout.get("villages", []), *layout.get("places", [])]:
        apart_m = shapely.distance(ground.cells, layout.point(place["at"]))
        apart_m[list(labels)] = np.inf
        unit = int(np.argmin(apart_m))
        labels[unit] = (place["name"], place.get("aliases", ""))
        names |= dict.fromkeys([place["name"], *filter(None, place.get("aliases", "").split("、"))], unit)
    used = set(names)
    town = _fresh(layout["community_heads"], layout["community_tails"], used, stream=f"{layout['id']} town")
    land = _fresh(layout["village_heads"], layout["village_tails"], used, stream=f"{layout['id']} land")
    rows = []
    for unit, in_town in enumerate(ground.in_town):
        name, aliases = labels.get(unit, ("", ""))
        name = name or next(town if in_town else land)
        kind = ("block" if name.endswith("街坊") else "community") if in_town else "village"
        rows.append((f"{layout.prefix}-unit-{unit + 1:03d}", name, aliases or None, kind))
    return names, pd.DataFrame(rows, columns=["unit_id", "name", "aliases", "kind"]).astype("str").replace(
        {"aliases": {"None": None}}
    )


def _fresh(heads: list[str], tails: list[str], used: set[str], *, stream: str) -> "Iterator[str]":
    """Yield names of head and tail in the order of their tickets, each once, none that is used."""
    every = [head + tail for tail in tails for head in heads]
    order = np.argsort(lottery.tickets(every, seed=SEED, stream=stream), kind="stable")
    yield from (every[place] for place in order if every[place] not in used)
