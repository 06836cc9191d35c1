"""Does the map say what the notice says? Each sentence is put on the map anew and held against the zone as drawn."""

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import Fault
from zhaosheng_analysis.sentences import Gazetteer, Parsed, Territory, choices, parse, placing, surface
from zhaosheng_analysis.zones.findings import Flaw, Survey, thin

STRAY_SHARE = 1e-3
FAULTS_SHOWN = 2


def placed(zones: gpd.GeoDataFrame, district: District, index: Gazetteer) -> dict[str, Territory]:
    """Put the sentence of every zone of one stage on the map; a sentence that only speaks of children has no land."""
    written = zones[zones["sentence"].fillna("") != ""]
    read = [(row, parse(row.sentence)) for row in written.itertuples(index=False)]
    return {
        row.zone_id: placing.place(parsed, district, stage=row.stage, index=index, assume=choices.beside(row))
        for row, parsed in read
        if not _about_children(parsed)
    }


def _about_children(parsed: Parsed) -> bool:
    """Tell whether a sentence is a condition on the child and not a place: 「农村小学只招收本乡镇学生」."""
    return parsed.tree is None and bool(parsed.notes) and not parsed.doubts


def check(survey: Survey) -> list[Flaw]:
    """Find sentences that could not be placed or stand on assumptions, and zones that are not drawn as they say.

    A sentence that leaves its sides without a limit may mean the whole country or the town (A-LT6); a drawing that
    follows either is right, and what is to be settled is what that reading assumes.
    """
    readings = [survey.sentences, *_limited(survey)]
    chosen = set(survey.zones.loc[survey.zones["rule"] == "choice", "zone_id"])
    inhabited = shapely.union_all(survey.district.units.geometry.to_numpy())
    astray, unsettled = [], []
    for row in survey.zones[survey.zones["zone_id"].isin(survey.sentences)].itertuples(index=False):
        strays = [_stray(row, reading, chosen, inhabited) for reading in readings]
        nearest = int(np.argmin([stray.area for stray in strays]))
        doubts = readings[nearest][row.zone_id].doubts.found
        if doubts:
            unsettled.append(Flaw("unsettled", row.geometry, _told(survey, row.zone_id, doubts), zones=(row.zone_id,)))
        whole = not survey.sentences[row.zone_id].faults.found
        if whole and strays[nearest].area > STRAY_SHARE * row.geometry.area:
            astray.append(_disagreement(survey, row, strays[nearest]))
    return [*_unplaced(survey), *unsettled, *astray]


def _unplaced(survey: Survey) -> list[Flaw]:
    """Find sentences with words that are not understood or names that are on no layer."""
    drawn = survey.zones.set_index("zone_id").geometry
    return [
        Flaw("unplaced", drawn[zone], _told(survey, zone, territory.faults.found), zones=(zone,))
        for zone, territory in survey.sentences.items()
        if territory.faults.found
    ]


def _told(survey: Survey, zone: str, faults: list[Fault]) -> str:
    """Say what in a sentence could not be placed or has to be settled, count first."""
    doubts = [str(fault).rstrip("。") for fault in faults]
    count = f"{len(doubts)} 处：" if len(doubts) > 1 else ""
    return f"{survey.names[zone]}，{count}" + "。".join(doubts[:FAULTS_SHOWN])


def _limited(survey: Survey) -> list[dict[str, Territory]]:
    """Return the other reading of the sentences, with open sides kept inside the town."""
    areas = survey.district.areas
    towns = areas.loc[areas["kind"] == "urban", "name"]
    return [_again(survey, name) for name in towns]


def _again(survey: Survey, limit: str) -> dict[str, Territory]:
    """Put the sentences on the map once more, with a limit; they have been read already."""
    rows = {row.zone_id: row for row in survey.zones.itertuples(index=False)}
    return {
        zone: placing.place(
            territory.parsed,
            survey.district,
            stage=rows[zone].stage,
            limit=limit,
            index=survey.index,
            assume=choices.beside(rows[zone]),
        )
        for zone, territory in survey.sentences.items()
    }


def _stray(row: tuple, reading: dict[str, Territory], chosen: set[str], inhabited: BaseGeometry) -> BaseGeometry:
    """Return the land that is only in the drawing or only in the sentence, less strips the width of a street.

    Where the sentence hands a zone on to another school, the drawing has only to hold that zone.
    """
    said = placing.settled(row.zone_id, reading, chosen)
    handed_on = reading[row.zone_id].parsed.handed_on
    stray = said.difference(row.geometry) if handed_on else said.symmetric_difference(row.geometry)
    stray = surface(stray.intersection(inhabited))
    return shapely.union_all([part for part in shapely.get_parts(stray) if not thin(part)])


def _disagreement(survey: Survey, row: tuple, stray: BaseGeometry) -> Flaw:
    """Name the units on which drawing and sentence disagree."""
    units = survey.district.units
    share = shapely.area(shapely.intersection(units.geometry.to_numpy(), stray)) / units.area
    apart = units[share > 0.5]
    drawn = shapely.contains(row.geometry, apart.geometry.representative_point().to_numpy())
    only_drawn, only_said = apart.loc[drawn, "unit_id"].tolist(), apart.loc[~drawn, "unit_id"].tolist()
    parts = [f"图上有而文字没有：{survey.listed(only_drawn)}"] if only_drawn else []
    parts += [f"文字有而图上没有：{survey.listed(only_said)}"] if only_said else []
    parts += [f"相差面积占学区的 {stray.area / row.geometry.area:.1%}"]
    message = f"{row.name}，{'；'.join(parts)}"
    return Flaw("wording", stray, message, zones=(row.zone_id,), units=tuple(apart["unit_id"]))
