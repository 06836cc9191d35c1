"""Put a real street network to the test: how many named streets can be a boundary, and how honestly they are drawn.

The network is real and never part of the project: it is looked for in $ZHAOSHENG_REAL, else in ../shared/real beside
the checkout; without it nothing is measured. A street counts from 800 m between its farthest points. Its honest course
is its own longest piece as drawn, prolonged straight over a long chord; where the land cut off differs from that by
more than 2 km², the street must say so in `assumed`. Why the courses are our own and not those of neatnet and momepy is
told in ``results/streets.md``.
"""

import json
import os
import time
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

import zhaosheng_analysis as zs
from zhaosheng_analysis.schema import DataError
from zhaosheng_analysis.sentences import Gazetteer, gazetteer, place
from zhaosheng_analysis.sentences.courses import courses
from zhaosheng_analysis.sentences.halfplanes import TOWARD, cut

ROOT = Path(__file__).resolve().parent.parent
REAL = Path(os.environ.get("ZHAOSHENG_REAL", ROOT.parent / "shared" / "real"))
RESULTS = Path(__file__).parent / "results"
CRS = "EPSG:4545"
NO_NAMES = ("路口转向", "无名道路")
LEAST_M = 800.0
MOST_APART_M2 = 2e6
WORDS = {"east": "以东", "west": "以西", "north": "以北", "south": "以南"}
ENDS = ("立交", "入口", "出口", "服务区", "环岛", "盘道", "环道")  # parts of a junction: no notice has them as borders


PEERS = """\
## Why not neatnet and momepy

Measured on the same network on 2026-11-29, by hand, in an environment of their own (neatnet 0.1.6, momepy 0.11.0). Both
are well kept and install at once, with networkx, libpysal, esda and scikit-learn behind them; importing momepy took 7 s
the first time, where the whole of this package takes 2 to 3 s.

| | ours | neatnet.neatify | momepy.COINS |
| --- | --- | --- | --- |
| whole network, wall clock | 5 s | 70 s | 1.6 s |
| lines out of 9,842 | one a street | 1,507, 57 % of them without a name | 1,037 strokes |
| of 296 named streets of 800 m and more, kept | 296 | 215 | names are not looked at |
| of them usable, by the same rule | 287 | 179 (92 less than half as long as drawn) | carriageways stay two |

neatify simplifies the form of a whole network: it replaces dual carriageways and junctions by new lines, which bear no
name, and a notice asks for streets by name. COINS joins lines that run straight on, whatever their names, and leaves
both carriageways. What is needed is one course for each name, gaps counted; this is `sentences.courses`.
"""


def network(folder: Path) -> gpd.GeoDataFrame:
    """Return the links that bear a name."""
    archive = next((folder / "streets").glob("*links.zip"))
    with zipfile.ZipFile(archive) as held:
        shape = next(name for name in held.namelist() if name.endswith(".shp"))
    links = gpd.read_file(f"zip://{archive}!{shape}", encoding="gbk").to_crs(CRS)
    return links[~links["road_name"].isin(NO_NAMES)].reset_index(drop=True)


def district(links: gpd.GeoDataFrame) -> zs.geodata.District:
    """Return a district that has these streets and nothing else."""
    town = zs.demo.nine_plots()
    streets = gpd.GeoDataFrame(
        {"street_id": links.index.astype(str), "name": links["road_name"], "kind": "street"},
        geometry=links.geometry,
        crs=CRS,
    )
    land = gpd.GeoDataFrame(
        {"district_id": ["xian"], "name": ["西安西南"]}, geometry=[shapely.box(*links.total_bounds)], crs=CRS
    )
    layers = {name: getattr(town, name).iloc[:0] for name in zs.geodata.LAYERS}
    layers = {name: layer.set_crs(CRS, allow_override=True) for name, layer in layers.items()}
    layers |= {"boundary": land, "streets": streets, "zone_schools": town.zone_schools.iloc[:0]}
    facts = town.about | {"district_id": "xian", "name": "西安西南", "crs": CRS}
    return zs.geodata.assemble(layers, facts, where="路网")


def extent_m(shapes: list[shapely.LineString]) -> float:
    """Return how far the farthest points of a street lie apart, along its longer side."""
    frame = shapely.minimum_rotated_rectangle(shapely.union_all(shapes))
    if frame.geom_type != "Polygon":
        return frame.length
    corners = shapely.get_coordinates(frame.exterior)
    return float(max(shapely.length(shapely.linestrings([corners[:2], corners[1:3]]))))


def longest(shapes: list[shapely.LineString]) -> shapely.LineString:
    """Return the longest piece of a street as it is drawn."""
    return max(shapely.get_parts(shapely.line_merge(shapely.union_all(shapes))), key=lambda line: line.length)


def apart(name: str, side: str, land: shapely.Geometry, shapes: list, country: shapely.Geometry) -> float:
    """Return how much land the street cuts off otherwise than its own longest piece (m²)."""
    try:
        honest = cut(longest(shapes), side, country, name=name).land
    except DataError:
        return float("nan")
    return float(land.symmetric_difference(honest).area)


def judged(name: str, shapes: list, town: zs.geodata.District, index: Gazetteer) -> dict[str, object]:
    """Place the four sides of one street; return the best of them."""
    best = {"name": name, "extent_m": extent_m(shapes), "usable": False, "doubt": False, "apart": 0.0, "silent": False}
    for side in TOWARD:
        found = place(f"「{name}」{WORDS[side]}", town, index=index)
        if found.land.is_empty:
            best.setdefault("why", str(found.faults.found[0]) if found.faults.found else "")
            continue
        off = apart(name, side, found.land, shapes, index.country)
        best |= {"usable": True, "doubt": best["doubt"] or bool(found.doubts.found), "apart": max(best["apart"], off)}
        best["silent"] |= off > MOST_APART_M2 and not found.assumed
    return best


def sentences(folder: Path, town: zs.geodata.District, index: Gazetteer) -> pd.DataFrame:
    """Place the sentences of the district the network lies under."""
    rows = []
    for entry in json.loads((folder / "zones" / "corpus.json").read_text(encoding="utf-8")):
        if "beilin" in entry["src"]:
            found = place(entry["text"], town, index=index)
            faults = [str(fault) for fault in found.faults.found]
            unknown = sum("没有这个名称" in fault for fault in faults)
            rows.append(
                {
                    "school": entry["school"],
                    "km2": found.land.area / 1e6,
                    "lines": len(found.lines),
                    "unknown": unknown,
                    "faults": len(faults) - unknown,
                    "doubts": len(found.doubts.found),
                    "assumed": len(found.assumed),
                }
            )
    return pd.DataFrame(rows)


def tally(label: str, rows: pd.DataFrame) -> str:
    """Return one row of the table of streets."""
    usable = rows[rows["usable"]]
    apart_n = (usable["apart"] > MOST_APART_M2).sum()
    share = f"{len(usable) / len(rows):.1%}"
    counts = (len(rows), len(usable), share, usable["doubt"].sum(), apart_n, usable["silent"].sum())
    return f"| {label} | {' | '.join(map(str, counts))} |"


def page(table: pd.DataFrame, placed: pd.DataFrame, links_n: int, seconds: float) -> str:
    """Return the results as Markdown."""
    junction, long_ones = table["name"].str.endswith(ENDS), table["extent_m"] >= LEAST_M
    refused = table[long_ones & ~table["usable"]]
    several = refused["why"].str.contains("互不相连").sum()
    land = placed["km2"] > 0
    lines = [
        "# Streets benchmark",
        "",
        f"{links_n} links of a real network (zdsjjtTLG/TrackIt, MIT), {len(table)} names; the courses of all of",
        f"them in {seconds:.1f} s of CPU. A street is usable where one of its four sides is land; it differs where",
        "that land and the land its own longest piece cuts off, prolonged straight, are more than 2 km² apart;",
        "silently, where `assumed` is empty. The land is the frame of the whole network, so that nearly every lone",
        "street is prolonged past its own length, which is the doubt.",
        "",
        "| streets | number | usable | share | with a doubt | differ | silently |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        tally("all names", table),
        tally(f"{LEAST_M:.0f} m and more", table[long_ones]),
        tally("the same, no parts of junctions", table[long_ones & ~junction]),
        "",
        f"Of the {len(refused)} refused, {several} are several streets of one name and are asked for.",
        "",
        f"Sentences of the district under which the network lies: {len(placed)}; {land.sum()} come out as land, of"
        f" {placed.loc[land, 'km2'].min():.2f} to {placed.loc[land, 'km2'].max():.2f} km²;",
        f"{(~land & (placed['unknown'] > 0)).sum()} of the others name streets or places that are not on this network.",
        "",
        PEERS,
    ]
    return "\n".join(lines)


def main() -> None:
    if not (REAL / "streets").is_dir():
        print(f"no real material at {REAL}: nothing to measure")
        return
    links = network(REAL)
    town = district(links)
    index = gazetteer(town)
    shapes = {name: list(rows.geometry) for name, rows in links.groupby("road_name")}
    started = time.process_time()
    for each in shapes.values():
        courses(each)
    seconds = time.process_time() - started
    table = pd.DataFrame([judged(name, each, town, index) for name, each in shapes.items()])
    told = page(table, sentences(REAL, town, index), len(links), seconds)
    (RESULTS / "streets.md").write_text(told, encoding="utf-8")
    print(told)
    for row in table[(table["extent_m"] >= LEAST_M) & ~table["usable"]].itertuples(index=False):
        print(f"  refused: {row.why}")


if __name__ == "__main__":
    main()
