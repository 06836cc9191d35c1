"""Time zones.locate against geopandas.sjoin on the same points and zones, in one run; the answers must be the same."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from stopwatch import best, keep

from zhaosheng_analysis import lottery, zones

CRS = "EPSG:4549"
POINTS = 1_000_000
SIDE_M = 20_000.0


def draw_zones(across: int, down: int, *, corners: int) -> gpd.GeoDataFrame:
    """Cut a square into wavy zones whose neighbours share their border exactly."""
    width, height = SIDE_M / across, SIDE_M / down

    def wave(steps: np.ndarray) -> np.ndarray:
        return 0.1 * min(width, height) * np.sin(steps * np.pi * 2)

    steps = np.linspace(0, 1, corners, endpoint=False)
    rows = []
    for column in range(across):
        for row in range(down):
            x, y = column * width, row * height
            south = np.column_stack([x + steps * width, y + wave(steps)])
            east = np.column_stack([x + width + wave(steps), y + steps * height])
            north = np.column_stack([x + (1 - steps) * width, y + height + wave(1 - steps)])
            west = np.column_stack([x + wave(1 - steps), y + (1 - steps) * height])
            outline = shapely.Polygon(np.vstack([south, east, north, west]))
            rows.append({"zone_id": f"z-{column:03d}-{row:03d}", "geometry": outline})
    return gpd.GeoDataFrame(rows, crs=CRS)


def joined(points: gpd.GeoSeries, layer: gpd.GeoDataFrame) -> pd.Series:
    frame = gpd.GeoDataFrame(geometry=points)
    return frame.sjoin(layer, how="left", predicate="within")["zone_id"]


def main() -> None:
    generator, lines = lottery.generator("benchmark", "locate"), []
    points = gpd.GeoSeries(gpd.points_from_xy(*generator.uniform(0, SIDE_M, (2, POINTS))), crs=CRS)
    for across, down, corners in ((10, 6, 90), (100, 50, 25)):
        layer = draw_zones(across, down, corners=corners)
        ours, mine = best(lambda layer=layer: zones.locate(points, layer))
        theirs, other = best(lambda layer=layer: joined(points, layer))
        pd.testing.assert_series_equal(mine, other, check_names=False, check_dtype=False)
        corners_n = int(shapely.get_num_coordinates(layer.geometry.array).sum())
        lines.append(
            f"{POINTS:,} points, {len(layer):,} zones, {corners_n:,} corners: "
            f"locate {ours:.2f} s, sjoin {theirs:.2f} s, ratio {theirs / ours:.1f}, answers identical"
        )
    keep("locate", "Points to zones, against geopandas", lines)


if __name__ == "__main__":
    main()
