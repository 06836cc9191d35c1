"""Time walking distances: joining streets, all ways from homes to gates, against a shortest path by the book.

The by-the-book search (a heap and dictionaries, in Python) must give the same metres at every corner.
"""

import heapq
import time

import geopandas as gpd
import numpy as np
import shapely

from zhaosheng_analysis import lottery
from zhaosheng_analysis.catchment import walks
from zhaosheng_analysis.demo import townscape

CRS = "EPSG:4549"
BLOCK_M = 150.0
HOMES, GATES = 5_000, 60
REPEATS = 3


def grid(size: int) -> gpd.GeoDataFrame:
    """Draw a town of crooked streets, one in ten missing."""
    rng = lottery.generator("benchmark", "walks")
    x, y = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    corners = BLOCK_M * np.stack([x, y], axis=-1) + rng.uniform(-40, 40, (size, size, 2))
    pairs = [
        np.stack([corners[:-1, :], corners[1:, :]], axis=-2).reshape(-1, 2, 2),
        np.stack([corners[:, :-1], corners[:, 1:]], axis=-2).reshape(-1, 2, 2),
    ]
    lines = shapely.linestrings(np.concatenate(pairs))
    lines = lines[rng.random(len(lines)) < 0.9]
    return gpd.GeoDataFrame({"kind": "street"}, index=range(len(lines)), geometry=lines, crs=CRS)


def best(task) -> tuple[float, object]:
    """Return the shortest of a few runs, in seconds, and the answer."""
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        answer = task()
        seconds.append(time.perf_counter() - started)
    return min(seconds), answer


def by_the_book(net: walks.Network, start: int) -> np.ndarray:
    """Return the distance from one corner to all others."""
    roads = [{} for _ in net.corners]
    for (one, other), length in zip(net.ends.tolist(), shapely.length(net.lines).tolist(), strict=True):
        roads[one][other] = roads[other][one] = min(length, roads[one].get(other, np.inf))
    found, heap = np.full(len(net.corners), np.inf), [(0.0, start)]
    while heap:
        so_far, place = heapq.heappop(heap)
        if so_far < found[place]:
            found[place] = so_far
            for other, length in roads[place].items():
                heapq.heappush(heap, (so_far + length, other))
    return found


def main() -> None:
    rng = lottery.generator("benchmark", "homes")
    for size in (60, 200):
        streets = grid(size)
        joining, net = best(lambda streets=streets: walks.network(streets))
        places = gpd.GeoSeries(gpd.points_from_xy(*rng.uniform(0, BLOCK_M * (size - 1), (2, HOMES))), crs=CRS)
        walking, ways = best(lambda net=net, places=places: walks.distances(places, places[:GATES], net))
        corners = gpd.GeoSeries(shapely.points(net.corners), crs=CRS)
        ours, mine = best(lambda net=net, corners=corners: walks.distances(corners, corners[:1], net))
        theirs, other = best(lambda net=net: by_the_book(net, 0))
        apart = np.nanmax(np.abs(mine.iloc[:, 0].to_numpy() - np.where(np.isinf(other), np.nan, other)))
        print(
            f"{len(net.lines):,} streets: joined in {joining:.2f} s; {HOMES:,} homes x {GATES} gates {walking:.2f} s "
            f"({ways.size / walking / 1e6:.2f} M ways a second); one gate to {len(corners):,} corners {ours:.2f} s, "
            f"by the book {theirs:.2f} s, farthest apart {apart:.2g} m"
        )
    for district_id in ("quzhou", "pingcheng"):
        layers = townscape.layers(district_id)
        net = walks.network(layers["streets"])
        homes = layers["units"].representative_point()
        seconds, ways = best(
            lambda net=net, homes=homes, layers=layers: walks.distances(homes, layers["schools"].geometry, net)
        )
        print(f"{district_id}: {len(homes)} units x {len(layers['schools'])} schools {seconds:.2f} s")


if __name__ == "__main__":
    main()
