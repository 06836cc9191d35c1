"""Zones that are known only by their sentences, drawn from them; what could not be drawn is found and said.

A sketch is as good as its sentence and the layers of streets and units: it stands where nobody has drawn the zone yet.
"""

from dataclasses import replace

import pandas as pd
import shapely

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import STAGES, Note
from zhaosheng_analysis.sentences import Gazetteer, gazetteer, placing
from zhaosheng_analysis.zones import sentence_checks, versions
from zhaosheng_analysis.zones.findings import Flaw, Survey

SKETCHED = "学区"  # what the note of it is about
ROUNDS = 3  # a sentence may name the zone of another school, which has to be drawn first


def from_sentences(district: District, *, limit: str = "", index: Gazetteer | None = None) -> District:
    """Draw the zones that have no polygon from their sentences.

    Parameters
    ----------
    district : District
        Its zones without a polygon have an empty one, as `geodata.load` gives them.
    limit : str
        Area that sides without a limit of their own stay inside, such as 城区; empty for none.
    index : Gazetteer, optional
        ``sentences.gazetteer(district)``, where it has been made already.

    Returns
    -------
    District
        The same district, with a note of it; what a sentence did not settle stays empty, and `check` says why.
        One without a map, or whose zones are all drawn, as it is.

    Examples
    --------
    >>> import dataclasses
    >>> import shapely
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> nowhere = town.zones.set_geometry([shapely.Polygon()] * 3, crs=town.crs)
    >>> nowhere["sentence"] = ["一号院、四号院、七号院", "二号院、五号院、八号院", "十号院"]
    >>> told = dataclasses.replace(town, zones=nowhere)
    >>> (zs.zones.from_sentences(told).zones.area / 10000).tolist()
    [3.0, 3.0, 0.0]
    """
    without = district.zones.geometry.is_empty
    if not without.any() or not district.mapped:
        return district
    index = index or gazetteer(district)
    for _ in range(ROUNDS):
        bare = district.zones.geometry.is_empty
        if not bare.any():
            break
        district = replace(district, zones=_filled(district, bare, limit, replace(index, district=district)))
        if (district.zones.geometry.is_empty == bare).all():
            break
    left = district.zones.loc[district.zones.geometry.is_empty, "name"].tolist()
    done = f"已按学区文字落图 {without.sum() - len(left)} 个"
    more = f"；落不下 {len(left)} 个：{'、'.join(left[:3])}，原因见 zhaosheng zones check" if left else ""
    return replace(district, notes=(*district.notes, Note(SKETCHED, f"有 {without.sum()} 个没有图形", done + more)))


def _filled(district: District, bare: pd.Series, limit: str, index: Gazetteer) -> pd.DataFrame:
    """Return the layer of zones with the land of their sentences where they have no polygon."""
    layer = district.zones.copy()
    written = layer[layer["sentence"].fillna("").str.strip() != ""]
    for stage in sorted(set(layer.loc[bare, "stage"])):
        drawn, _ = placing.zones(district, written[written["stage"] == stage], limit=limit, index=index)
        land = dict(zip(drawn["zone_id"], drawn.geometry, strict=True))
        rows = layer.index[bare & (layer["stage"] == stage) & layer["zone_id"].isin(land)]
        layer.loc[rows, "geometry"] = [land[zone] for zone in layer.loc[rows, "zone_id"]]
    return layer


def check(survey: Survey) -> list[Flaw]:
    """Find zones without a polygon whose sentences gave no land, though nothing in them was refused.

    Parameters
    ----------
    survey : Survey
        The zones of one stage, sketched.

    Returns
    -------
    list of Flaw
        One a zone.
    """
    refused = {zone for zone, territory in survey.sentences.items() if territory.faults.found}
    bare = survey.zones[survey.zones.geometry.is_empty & ~survey.zones["zone_id"].isin(refused)]
    return [
        Flaw(
            "unplaced",
            shapely.Polygon(),
            f"{row.name}，没有图形，从文字也得不出地域：{_said(row)}",
            zones=(row.zone_id,),
        )
        for row in bare.itertuples(index=False)
    ]


def unplaced(district: District, *, on: str = "") -> list[str]:
    """Say of which zones in force the sentence cannot be put on the map, and why.

    Parameters
    ----------
    district : District
        Its zones, with sentences or without.
    on : str, optional
        The day; the first of September of the intake year by default.

    Returns
    -------
    list of str
        One a zone, in Chinese, in the order of the layer; zones that nothing is written of are left out.

    Examples
    --------
    >>> import dataclasses
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> sentences = ["中一路以西", "", "还包括十号院"]
    >>> told = dataclasses.replace(town, zones=town.zones.assign(sentence=sentences))
    >>> len(zs.zones.unplaced(told))
    1
    """
    day = pd.Timestamp(on or f"{district.about['intake_year']}-09-01")
    written = district.zones["sentence"].fillna("").str.strip() != ""
    if not written.any():
        return []
    index = gazetteer(district)
    district = from_sentences(district, index=index)
    index, drawn = replace(index, district=district), []
    for stage in STAGES:
        zones = versions.valid(district.zones, stage=stage, on=day)
        placed = sentence_checks.placed(zones, district, index)
        for row in zones.itertuples(index=False):
            faults = placed[row.zone_id].faults.found if row.zone_id in placed else []
            if faults:
                more = f"（共 {len(faults)} 处）" if len(faults) > 1 else ""
                drawn.append(f"{row.name}：{faults[0]}{more}")
            elif row.geometry.is_empty and isinstance(row.sentence, str) and row.sentence.strip():
                drawn.append(f"{row.name}：没有图形，从文字也得不出地域")
    return drawn


def _said(row: tuple) -> str:
    """Quote the sentence of a zone."""
    return f"「{row.sentence}」" if isinstance(row.sentence, str) and row.sentence else "没有学区文字"
