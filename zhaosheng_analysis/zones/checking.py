"""Do the zones of a stage cover everybody once? 全覆盖、无遗漏、不重复, with every doubt located, counted and worded.

Every finding says which units and children it concerns and what to do. A repair is proposed only where whole units
decide it (a border that was not drawn exactly); everything else is for a person to settle.
"""

import dataclasses
import datetime as dt
import itertools
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import STAGES
from zhaosheng_analysis.sentences import Gazetteer, gazetteer, surface
from zhaosheng_analysis.zones import (
    findings,
    school_links,
    sentence_checks,
    sketching,
    unit_counts,
    versions,
)
from zhaosheng_analysis.zones.findings import Flaw, Survey, hair, square_kilometres, thin

TOUCH_M2 = 1.0
CUT_SHARE = 0.01
STREET_M = 80.0  # land this near to other land lies across a street from it
LEAST_OVERLAP_M2 = 1e4  # of land without units: less is a border's error
UNITS_TOLD = 3
SLIVERS = ("sliver_gap", "sliver_overlap", "sliver_piece")
RING_CHANGE = 0.01
REASONS = {
    "Ring Self-intersection": "一条边界碰到了自己",
    "Self-intersection": "边界自相交",
    "Hole lies outside shell": "洞在外边界之外",
    "Holes are nested": "洞中有洞",
    "Nested shells": "两片互相包含",
    "Duplicate Rings": "同一条边界画了两次",
    "Too few points": "边界的点太少",
    "Interior is disconnected": "内部被切断",
}


def check(
    district: District,
    *,
    stage: str | None = None,
    policy: Policy | None = None,
    on: dt.date | pd.Timestamp | str | None = None,
) -> gpd.GeoDataFrame:
    """Check that the zones in force cover everybody once (全覆盖、无遗漏、不重复) and fit schools and sentences.

    Parameters
    ----------
    district : District
        Units, schools, zones and their schools.
    stage : {"primary", "junior"}, optional
        Stage to check; both by default.
    policy : Policy, optional
        Says when registration begins, by which new estates must be assigned.
    on : date, Timestamp or str, optional
        The day; the first of September of the intake year by default.

    Returns
    -------
    GeoDataFrame
        One row a finding, those that concern most children first, then the gravest kind (`findings.KINDS`): what,
        where, which units, how many children, what to do.

    Examples
    --------
    >>> import dataclasses
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> bare = dataclasses.replace(town, zones=town.zones[:2], zone_schools=town.zone_schools[:2])
    >>> zs.zones.check(bare, stage="primary")[["kind", "unit_ids", "children_n"]]
      kind      unit_ids  children_n
    0  gap  (u3, u6, u9)           2
    """
    day = pd.Timestamp(on or f"{district.about['intake_year']}-09-01")
    index = gazetteer(district)
    district = sketching.from_sentences(district, index=index)
    index = replace(index, district=district)
    parts = []
    for each in [stage] if stage else STAGES:
        drawn = versions.valid(district.zones, stage=each, on=day)
        sheet = survey(district, drawn, stage=each, on=day, index=index)
        flaws = [
            *_land(sheet),
            *school_links.check(sheet, policy),
            *sentence_checks.check(sheet),
            *sketching.check(sheet),
        ]
        parts.append(findings.table(flaws, sheet))
    return pd.concat(parts, ignore_index=True)


def survey(district: District, drawn: gpd.GeoDataFrame, *, stage: str, on: pd.Timestamp, index: Gazetteer) -> Survey:
    """Prepare the zones of one stage for checking."""
    valid = drawn.set_geometry(
        [surface(shape) for shape in shapely.make_valid(drawn.geometry.to_numpy())], crs=drawn.crs
    )
    sentences = sentence_checks.placed(drawn, district, index)
    return Survey(district, stage, on, valid.reset_index(drop=True), drawn.reset_index(drop=True), sentences, index)


def _land(sheet: Survey) -> list[Flaw]:
    """Find what is wrong with the land itself."""
    cover = shapely.union_all(sheet.zones.geometry.to_numpy())
    flaws = [
        *_rings(sheet),
        *_gaps(sheet, cover),
        *_overlaps(sheet),
        *_pieces(sheet),
        *_holes(sheet, cover),
        *_cut_units(sheet),
    ]
    return _grouped(flaws)


def _grouped(flaws: list[Flaw]) -> list[Flaw]:
    """Make one finding of all strips and specks that are mended the same way."""
    groups: dict[tuple, list[Flaw]] = {}
    for number, flaw in enumerate(flaws):
        same = (flaw.kind, flaw.zones, flaw.action, flaw.target) if flaw.kind in SLIVERS else (number,)
        groups.setdefault(same, []).append(flaw)
    return [group[0] if len(group) == 1 else _together(group) for group in groups.values()]


def _together(group: list[Flaw]) -> Flaw:
    """Return several strips as one finding."""
    land = shapely.union_all([flaw.where for flaw in group])
    message = f"{len(group)} 处，共 {square_kilometres(land)}；如{group[0].message}"
    return dataclasses.replace(group[0], where=land, message=message, repair=land if group[0].action else None)


def _rings(sheet: Survey) -> list[Flaw]:
    """Find polygons that are not valid; one that is merely touched up, and keeps its area, may be redrawn."""
    shapes = sheet.drawn.geometry.to_numpy()
    flaws = []
    for place in (~shapely.is_valid(shapes)).nonzero()[0]:
        row, mended = sheet.drawn.iloc[place], sheet.zones.geometry.iloc[place]
        said = shapely.is_valid_reason(shapes[place])
        why = next((words for reason, words in REASONS.items() if said.startswith(reason)), "不合规范")
        # A figure of eight loses its area as drawn; which loop was meant is not for a program to say.
        safe = abs(mended.area - shapes[place].area) < RING_CHANGE * mended.area
        repair = {"action": "redraw", "repair": mended, "target": row["zone_id"]} if safe else {}
        flaws.append(Flaw("ring", mended, f"{row['name']}：{why}", zones=(row["zone_id"],), **repair))
    return flaws


def _gaps(sheet: Survey, cover: BaseGeometry) -> list[Flaw]:
    """Find inhabited land in no zone, neighbourhood by neighbourhood."""
    units = sheet.district.units
    bare = surface(shapely.union_all(units.geometry.to_numpy()).difference(cover))
    free = units[~units["unit_id"].isin(sheet.homes.index)]
    spots = free.representative_point()
    lapsed = _lapsed(sheet)
    flaws, inhabited = [], []
    for part in shapely.get_parts(bare):
        if spots.within(part).any():
            inhabited.append(part)
        elif thin(part) and part.area > TOUCH_M2 and not hair(part):
            home = _home(sheet, part)
            message = f"{square_kilometres(part)}，在{sheet.names.get(home, '学区')}的边上"
            repair = {"action": "add", "repair": part, "target": home} if home else {}
            flaws.append(Flaw("sliver_gap", part, message, zones=(home,) if home else (), **repair))
    for land in _neighbourhoods(inhabited):
        flaws += _left_out(sheet, land, tuple(free.loc[spots.within(land), "unit_id"]), lapsed)
    return flaws


def _neighbourhoods(parts: list[BaseGeometry]) -> list[BaseGeometry]:
    """Join land that only streets part: a side of the town nobody drew is one finding and not one a block."""
    if not parts:
        return []
    one, other = shapely.STRtree(parts).query(parts, predicate="dwithin", distance=STREET_M)
    _, label = connected_components(coo_array((np.ones(len(one)), (one, other)), shape=(len(parts),) * 2))
    return [shapely.union_all([parts[place] for place in np.flatnonzero(label == each)]) for each in np.unique(label)]


def _lapsed(sheet: Survey) -> pd.Series:
    """Return, for each unit, the zones of the stage that ended before the day, if any held it."""
    zones = sheet.district.zones
    over = zones[(zones["stage"] == sheet.stage) & (zones["valid_to"] < sheet.on)]
    return unit_counts.homes(unit_counts.shares(sheet.district.units, over))


def _left_out(sheet: Survey, part: BaseGeometry, units: tuple[str, ...], lapsed: pd.Series) -> list[Flaw]:
    """Tell units whose zone ended from those that never had one."""
    shapes = sheet.district.units.set_index("unit_id").geometry
    flaws = []
    for zones, mine in lapsed[lapsed.index.isin(units)].groupby(lapsed):
        land = surface(part.intersection(shapely.union_all(shapes[mine.index].to_numpy())))
        flaws.append(_ended(sheet, land, zones, tuple(mine.index)))
    never = tuple(unit for unit in units if unit not in lapsed.index)
    rest = surface(part.difference(shapely.union_all([flaw.where for flaw in flaws])))
    return [*flaws, _gap(sheet, rest, never)] if never else flaws


def _gap(sheet: Survey, part: BaseGeometry, units: tuple[str, ...]) -> Flaw:
    """Say which units a gap holds and whose children."""
    message = f"{sheet.listed(units)}不在任何{STAGES[sheet.stage]}学区内，共 {square_kilometres(part)}"
    return Flaw("gap", part, f"{message}；{sheet.children(units)}", units=units)


def _ended(sheet: Survey, part: BaseGeometry, zones: tuple[str, ...], units: tuple[str, ...]) -> Flaw:
    """Say which zones ended whose units no zone has taken up."""
    layer = sheet.district.zones.set_index("zone_id").loc[list(zones)]
    over = "、".join(f"{row.name}（{row.valid_to:%Y-%m-%d} 止）" for row in layer.itertuples(index=False))
    message = f"{sheet.listed(units)}原属{over}，到期后不在任何{STAGES[sheet.stage]}学区内"
    return Flaw("ended", part, f"{message}；{sheet.children(units)}", zones=zones, units=units)


def _home(sheet: Survey, part: BaseGeometry) -> str:
    """Return the zone that holds the unit most of some land lies in, if there is exactly one."""
    units = sheet.district.units
    common = shapely.area(shapely.intersection(units.geometry.to_numpy(), part))
    zones = sheet.homes.get(units["unit_id"].iloc[int(common.argmax())], ())
    return zones[0] if len(zones) == 1 else ""


def _overlaps(sheet: Survey) -> list[Flaw]:
    """Find land in two zones that nothing declares to be a choice."""
    zones = sheet.zones[sheet.zones["rule"] != "district"].reset_index(drop=True)
    shapes = zones.geometry.to_numpy()
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects").T
    flaws = []
    for one, other in sorted((one, other) for one, other in pairs.tolist() if one < other):
        if _declared(sheet, zones.iloc[one], zones.iloc[other]):
            continue
        common = surface(shapes[one].intersection(shapes[other]))
        if common.area > TOUCH_M2:
            flaws += _overlap(sheet, zones.iloc[one], zones.iloc[other], common)
    return flaws


def _declared(sheet: Survey, one: pd.Series, other: pd.Series) -> bool:
    """Tell whether a zone of several schools lies over the zone of one of them, which the text means."""
    schools = [set(sheet.links.loc[sheet.links["zone_id"] == zone["zone_id"], "school_id"]) for zone in (one, other)]
    return "choice" in (one["rule"], other["rule"]) and bool(schools[0] & schools[1])


def _overlap(sheet: Survey, one: pd.Series, other: pd.Series, common: BaseGeometry) -> list[Flaw]:
    """Tell units claimed twice, by name or by drawing, from borders that were not drawn exactly."""
    pair = tuple(sorted((one["zone_id"], other["zone_id"])))
    homes = sheet.homes
    both = tuple(homes.index[[set(pair) <= set(zones) for zones in homes]])
    named = [_named_units(sheet, zone) for zone in pair]
    twice = tuple(unit for unit in both if unit in named[0] & named[1])
    shapes = sheet.district.units.set_index("unit_id").geometry
    flaws = []
    for kind, units in (("named_twice", twice), ("overlap", tuple(unit for unit in both if unit not in twice))):
        if units:
            where = surface(common.intersection(shapely.union_all([shapes[unit] for unit in units])))
            flaws.append(Flaw(kind, where, _claimed(sheet, kind, pair, units), zones=pair, units=units))
    rest = surface(common.difference(shapely.union_all([shapes[unit] for unit in both]))) if both else common
    parts = shapely.get_parts(rest)
    flaws += [_strip(sheet, pair, part) for part in parts if thin(part) and part.area > TOUCH_M2 and not hair(part)]
    return flaws + _reaching(sheet, pair, [part for part in parts if not thin(part)])


def _reaching(sheet: Survey, pair: tuple[str, str], parts: list[BaseGeometry]) -> list[Flaw]:
    """Find land in two zones that is neither a strip nor a whole unit, whether or not a unit is drawn there."""
    if not parts:
        return []
    land = shapely.union_all(parts)
    units = sheet.district.units.set_index("unit_id").geometry
    share = units.intersection(land).area / units.area
    cut = tuple(sorted(share.index[share > CUT_SHARE]))
    if not cut and land.area < LEAST_OVERLAP_M2:
        return []
    message = f"{sheet.listed(pair)}重叠 {square_kilometres(land)}，"
    message += f"伸进{sheet.listed(cut)}；{sheet.children(cut)}" if cut else "其中没有画出小区或村"
    return [Flaw("overlap", land, message, zones=pair, units=cut)]


def _claimed(sheet: Survey, kind: str, pair: tuple[str, str], units: tuple[str, ...]) -> str:
    """Say which units two zones claim, and whose children."""
    how = "的文字都列了" if kind == "named_twice" else "都包含"
    return f"{sheet.listed(pair)}{how}{sheet.listed(units)}；{sheet.children(units)}"


def _strip(sheet: Survey, pair: tuple[str, str], part: BaseGeometry) -> Flaw:
    """Give a narrow overlap to the zone that holds the unit it lies in."""
    home = _home(sheet, part)
    message = f"{sheet.listed(pair)}之间，{square_kilometres(part)}"
    other = [zone for zone in pair if zone != home]
    repair = {"action": "take", "repair": part, "target": other[0]} if len(other) == 1 else {}
    return Flaw("sliver_overlap", part, message, zones=pair, **repair)


def _named_units(sheet: Survey, zone: str) -> set[str]:
    """Return the units that the sentence of a zone lists by name."""
    said = sheet.sentences.get(zone)
    return {place.place_id for place in said.places if place.layer == "units"} if said else set()


def _pieces(sheet: Survey) -> list[Flaw]:
    """Find zones in several pieces that their sentence does not name."""
    flaws = []
    for row in sheet.zones[sheet.zones["rule"].isin(["single", "choice"])].itertuples(index=False):
        parts = _main_first(sheet, row)
        specks = [part for part in parts[1:] if thin(part) and not hair(part)]
        flaws += [_speck(sheet, row, part) for part in specks]
        away = [part for part in parts[1:] if not thin(part) and not _explained(sheet, row.zone_id, part)]
        if away:
            units = sheet.district.units
            land = shapely.union_all(away)
            mine = tuple(units.loc[units.representative_point().within(land), "unit_id"])
            message = f"{row.name}分成 {len(away) + 1} 片，主片之外有：{sheet.listed(mine) or square_kilometres(land)}"
            message += f"；{sheet.children(mine)}" if mine else ""
            flaws.append(Flaw("piece", land, message, zones=(row.zone_id,), units=mine))
    return flaws


def _main_first(sheet: Survey, row: tuple) -> list[BaseGeometry]:
    """Return the pieces of a zone, the one with its school first, else the largest."""
    schools = sheet.links.loc[sheet.links["zone_id"] == row.zone_id, "school_id"]
    spots = sheet.district.schools.geometry[sheet.district.schools["school_id"].isin(schools)].to_numpy()
    parts = shapely.get_parts(row.geometry)
    return sorted(parts, key=lambda part: (-shapely.contains(part, spots).sum(), -part.area))


def _speck(sheet: Survey, row: tuple, part: BaseGeometry) -> Flaw:
    """Propose to drop a speck that lies in a unit of another zone."""
    home = _home(sheet, part)
    repair = {"action": "take", "repair": part, "target": row.zone_id} if home and home != row.zone_id else {}
    return Flaw("sliver_piece", part, f"{row.name}另有 {square_kilometres(part)}的碎片", zones=(row.zone_id,), **repair)


def _explained(sheet: Survey, zone: str, part: BaseGeometry) -> bool:
    """Tell whether the sentence names what lies in a piece, or the piece is itself bounded by what it says."""
    said = sheet.sentences.get(zone)
    return said is not None and part.difference(said.land).area < CUT_SHARE * part.area


def _holes(sheet: Survey, cover: BaseGeometry) -> list[Flaw]:
    """Find holes of a zone that no zone fills and nobody lives in; inhabited ones are gaps."""
    inhabited = shapely.union_all(sheet.district.units.geometry.to_numpy())
    flaws = []
    for row in sheet.zones.itertuples(index=False):
        rings = itertools.chain.from_iterable(part.interiors for part in shapely.get_parts(row.geometry))
        for ring in rings:
            hole = surface(shapely.Polygon(ring).difference(cover))
            if hole.area > TOUCH_M2 and not hair(hole) and hole.intersection(inhabited).area <= TOUCH_M2:
                message = f"{row.name}中间有 {square_kilometres(hole)}的空洞"
                repair = {"action": "add", "repair": hole, "target": row.zone_id}
                flaws.append(Flaw("hole", hole, message, zones=(row.zone_id,), **repair))
    return flaws


def _cut_units(sheet: Survey) -> list[Flaw]:
    """Find units of which a part worth speaking of lies in another zone, or in none (A-G11); one finding a border."""
    units = sheet.district.units.set_index("unit_id").geometry
    lands = sheet.zones.set_index("zone_id").geometry
    partial = sheet.held[(sheet.held["share"] > CUT_SHARE) & (sheet.held["share"] < 1 - CUT_SHARE)]
    most = sheet.held.groupby("unit_id")["share"].max()
    cut: dict[tuple[str, ...], dict[str, str]] = {}
    for unit, rows in partial.groupby("unit_id", sort=True):
        main = rows.sort_values(["share", "zone_id"], ascending=[False, True])["zone_id"].iloc[0]
        away = shapely.get_parts(surface(units[unit].difference(lands[main])))
        if most[unit] < 1 - CUT_SHARE and not all(map(thin, away)):
            cut.setdefault(tuple(sorted(rows["zone_id"])), {})[unit] = _shares(sheet, units[unit], rows, lands)
    return [_cut_by(sheet, zones, told, units) for zones, told in cut.items()]


def _shares(sheet: Survey, shape: BaseGeometry, rows: pd.DataFrame, lands: gpd.GeoSeries) -> str:
    """Say how much of a unit each zone has."""
    parts = "、".join(f"{sheet.names[row.zone_id]} {row.share:.0%}" for row in rows.itertuples(index=False))
    left = 1 - shapely.union_all([lands[zone] for zone in rows["zone_id"]]).intersection(shape).area / shape.area
    return parts + (f"、不在学区内 {left:.0%}" if left > CUT_SHARE else "")


def _cut_by(sheet: Survey, zones: tuple[str, ...], shares: dict[str, str], units: gpd.GeoSeries) -> Flaw:
    """Say which units the border of some zones cuts, the first of them with their shares."""
    mine = tuple(shares)
    shown = "；".join(f"{sheet.names[unit]}：{shares[unit]}" for unit in mine[:UNITS_TOLD])
    more = f"；等 {len(mine)} 个" if len(mine) > UNITS_TOLD else ""
    where = shapely.union_all([units[unit] for unit in mine])
    return Flaw("cut_unit", where, f"{shown}{more}；{sheet.children(mine)}", zones=zones, units=mine)
