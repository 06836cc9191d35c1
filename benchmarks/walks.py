"""Time all ways from homes to gates against shortest paths by the book, in one run, on the same streets and doors.

The book searches from one gate after the other with a heap and dictionaries, in Python; it must give the same metres.
"""

import heapq

import geopandas as gpd
import numpy as np
import shapely
from stopwatch import best, keep

from zhaosheng_analysis import lottery, walks
from zhaosheng_analysis.demo.maps import townscape

CRS = "EPSG:4549"
BLOCK_M = 150.0


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


def by_the_book(net: walks.Network, homes: gpd.GeoSeries, gates: gpd.GeoSeries) -> np.ndarray:
    """Return the same ways by a heap and dictionaries, one search a gate, from the same doors onto the same streets."""
    out, back = walks.access_points(homes, net), walks.access_points(gates, net)
    length = shapely.length(net.lines)
    roads: list[dict[int, float]] = [{} for _ in net.corners]
    for (one, other), step in zip(net.ends.tolist(), length.tolist(), strict=True):
        roads[one][other] = roads[other][one] = min(step, roads[one].get(other, np.inf))
    ways = np.full((len(homes), len(gates)), np.inf)
    for gate in range(len(gates)):
        mine = np.flatnonzero(back.point == gate)
        starts = {}
        for door in mine:
            for end, along in zip(net.ends[back.line[door]], _along(back, door, length), strict=True):
                starts[int(end)] = min(starts.get(int(end), np.inf), back.leg_m[door] + along)
        found = searched(roads, starts)
        for door in range(len(out.point)):
            line = out.line[door]
            first, last = _along(out, door, length)
            best = min(found[net.ends[line, 0]] + first, found[net.ends[line, 1]] + last) + out.leg_m[door]
            for other in mine[back.line[mine] == line]:
                beside = abs(out.along_m[door] - back.along_m[other]) + out.leg_m[door] + back.leg_m[other]
                best = min(best, beside)
            ways[out.point[door], gate] = min(ways[out.point[door], gate], best)
    return ways


def _along(doors: walks.AccessPoints, door: int, length: np.ndarray) -> tuple[float, float]:
    """Return how far a door is from both ends of its street."""
    return doors.along_m[door], length[doors.line[door]] - doors.along_m[door]


def searched(roads: list[dict[int, float]], starts: dict[int, float]) -> np.ndarray:
    """Return the way from the nearest start to every corner, with a heap."""
    found, heap = np.full(len(roads), np.inf), [(so_far, corner) for corner, so_far in starts.items()]
    heapq.heapify(heap)
    while heap:
        so_far, place = heapq.heappop(heap)
        if so_far < found[place]:
            found[place] = so_far
            for other, step in roads[place].items():
                if so_far + step < found[other]:
                    heapq.heappush(heap, (so_far + step, other))
    return found


def main() -> None:
    rng, lines = lottery.generator("benchmark", "homes"), []
    for size, gates_n, homes_n in ((60, 60, 5_000), (60, 1, 5_000), (200, 60, 5_000), (200, 1, 5_000)):
        joining, net = best(lambda size=size: walks.network(grid(size)), repeats=1)
        homes = gpd.GeoSeries(gpd.points_from_xy(*rng.uniform(0, BLOCK_M * (size - 1), (2, homes_n))), crs=CRS)
        gates = homes[:gates_n]
        ours, mine = best(lambda net=net, homes=homes, gates=gates: walks.distances(homes, gates, net))
        theirs, other = best(lambda net=net, homes=homes, gates=gates: by_the_book(net, homes, gates), repeats=1)
        # Where no street is nearer than the gate itself the way is straight; the book knows streets only.
        apart = (other - mine.to_numpy())[np.isfinite(other)]
        lines.append(
            f"{len(net.lines):,} streets (joined in {joining:.1f} s), {homes_n:,} homes x {gates_n} gates: "
            f"{ours:.2f} s, by the book {theirs:.2f} s, ratio {theirs / ours:.1f}; "
            f"{(np.abs(apart) > 0.01).sum()} of {apart.size:,} ways differ, all straight ones and shorter: "
            f"{bool((apart > -0.01).all())}"
        )
    for district_id in ("quzhou", "pingcheng"):
        layers = townscape.layers(district_id)
        net = walks.network(layers["streets"])
        homes, gates = layers["units"].representative_point(), layers["schools"].geometry
        ours, _ = best(lambda net=net, homes=homes, gates=gates: walks.distances(homes, gates, net))
        theirs, _ = best(lambda net=net, homes=homes, gates=gates: by_the_book(net, homes, gates), repeats=1)
        lines.append(
            f"{district_id}: {len(homes)} units x {len(gates)} schools {ours:.2f} s, "
            f"by the book {theirs:.2f} s, ratio {theirs / ours:.1f}"
        )
    keep("walks", "Ways on foot, against a search by the book", lines)


if __name__ == "__main__":
    main()
