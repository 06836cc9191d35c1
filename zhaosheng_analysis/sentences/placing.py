"""From the words of a zone sentence to land: names looked up, streets made into half-planes, precedence kept.

A named place beats a former zone, and a former zone beats a half-plane (A-LT7): 「金融街南侧机关单位家属楼」 belongs to
the school that names it although it lies in another school's half-plane. Equals that overlap stay in both zones, for
only the bureau can say which of them is meant (A-LT4).
"""

from collections.abc import Iterable

import geopandas as gpd
import pandas as pd
from shapely import MultiPolygon, union_all
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import Fault
from zhaosheng_analysis.sentences import choices, printing
from zhaosheng_analysis.sentences.gazetteer import Gazetteer, gazetteer
from zhaosheng_analysis.sentences.grammar import Parsed
from zhaosheng_analysis.sentences.parsing import parse
from zhaosheng_analysis.sentences.surveying import LAYERS, Surveyor
from zhaosheng_analysis.sentences.territory import Meaning, Territory

SENTENCE_SHOWN = 24


def place(
    sentence: str | Parsed,
    district: District,
    *,
    stage: str = "primary",
    limit: str = "",
    index: Gazetteer | None = None,
    assume: str | Iterable[str] = "",
) -> Territory:
    """Put one sentence on the map.

    Parameters
    ----------
    sentence : str or Parsed
        As in the notice, or as `parsing.parse` has read it.
    district : District
        Layers streets, areas, units, schools and zones are looked up.
    stage : str
        Whose present zones 「…学区」 means, where no area of that name is drawn: primary or junior.
    limit : str
        Area that half-planes stay inside where the sentence itself names none (A-LT6: 「城区」); empty for none.
    index : Gazetteer, optional
        Gazetteer, optional `gazetteer.gazetteer(district)`, made once when many sentences are placed.
    assume : str or iterable of str, optional
        What a clerk settled that sentence and map leave open: 「甲路照直延长；甲路与乙街照直相接；甲路取第2条」.

    Returns
    -------
    Territory
        The land of what could be placed, a fault for every word that could not, a doubt for what stands on more of an
        assumption than on the map.

    Raises
    ------
    DataError
        What was settled is in none of the forms of `choices.read`.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> found = zs.sentences.place("中一路以西，还包括五号院", town)
    >>> found.land.area / 10000, found.assumed, found.faults.found
    (4.0, [], [])
    """
    parsed = parse(sentence) if isinstance(sentence, str) else sentence
    territory, settled = Territory(parsed), choices.read(assume)
    _say_doubts(parsed, territory)
    if parsed.tree is not None:
        Surveyor(index or gazetteer(district), stage, territory, limit, settled).survey(parsed.tree)
    for phrase in settled.idle():
        territory.doubts.add(f"约定「{phrase}」", "这一句里用不上", "", "请核对路名，或删去这一条约定")
    return territory


def _say_doubts(parsed: Parsed, territory: Territory) -> None:
    """Carry what the reader left open into the faults of the territory."""
    shown = f"「{parsed.text[:SENTENCE_SHOWN]}…」"
    for doubt in parsed.doubts:
        if doubt.unread:
            territory.faults.add(shown, f"没有读懂「{doubt.words}」", "", "请改写这一句，或把它作为单独的规定列出")
        else:
            territory.faults.add(f"「{doubt.words}」", doubt.why, "", "请教育局写明")
    if parsed.tree is None and not parsed.doubts:
        listed = "、".join(f"「{note.words}」" for note in parsed.notes)
        territory.faults.add(listed, "这是对学生的条件，不是地域", "", "请写入政策文件的规则，而不是学区范围")


def zones(
    district: District, sentences: pd.DataFrame, *, limit: str = "", index: Gazetteer | None = None
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Draw the zones of one stage from their sentences alone.

    Parameters
    ----------
    district : District
        As in `place`.
    sentences : DataFrame
        zone_id, stage, sentence; all of one stage, for precedence is settled among them, as far as the days they are
        in force overlap (columns valid_from, valid_to, where they are there). Where there is a column rule, a zone of
        several schools (choice) is cut out of the single zones around it; where there is a column assume, it holds
        what a clerk settled.
    limit : str
        As in `place`.
    index : Gazetteer, optional
        As in `place`.

    Returns
    -------
    zones : GeoDataFrame
        zone_id, geometry (m), one row a sentence that gave land.
    doubts : list of Fault
        Every doubt.
    """
    index = index or gazetteer(district)
    territories = {
        row.zone_id: place(
            row.sentence, district, stage=row.stage, limit=limit, index=index, assume=choices.beside(row)
        )
        for row in sentences.itertuples(index=False)
    }
    chosen = set(sentences.loc[sentences["rule"] == "choice", "zone_id"]) if "rule" in sentences else set()
    rivals = _in_force_together(sentences)
    land = {zone: settled(zone, {name: territories[name] for name in rivals[zone]}, chosen) for zone in territories}
    doubts = [fault for territory in territories.values() for fault in territory.open]
    frame = gpd.GeoDataFrame({"zone_id": list(land)}, geometry=list(land.values()), crs=district.crs)
    return frame[~frame.geometry.is_empty].reset_index(drop=True), doubts


def _in_force_together(sentences: pd.DataFrame) -> dict[str, list[str]]:
    """Return for each zone the zones that are in force on some day on which it is, itself among them."""
    ids = list(sentences["zone_id"])
    if not {"valid_from", "valid_to"} <= set(sentences.columns):
        return dict.fromkeys(ids, ids)
    days = [pd.to_datetime(sentences[column]).to_numpy() for column in ("valid_from", "valid_to")]
    spans = list(zip(ids, *days, strict=True))  # a day that is not said is before or after none
    return {
        zone: [each for each, since, until in spans if not (since > end or begin > until)] for zone, begin, end in spans
    }


def settled(zone: str, territories: dict[str, Territory], chosen: set[str]) -> BaseGeometry:
    """Return the land of one zone less what others claim with better right.

    Parameters
    ----------
    zone : str
        Id of the zone.
    territories : dict of str to Territory
        All zones of its stage, by id.
    chosen : set of str
        Ids of the zones that several schools share.

    Returns
    -------
    BaseGeometry
        Polygons (m), empty where nothing is left.
    """
    kept = []
    for rank, land in territories[zone].ranked.items():
        better = [
            other
            for name, territory in territories.items()
            for above, other in territory.ranked.items()
            if name != zone and (above > rank or (above == rank and name in chosen and zone not in chosen))
        ]
        kept.append(land.difference(union_all(better)) if better else land)
    return union_all(kept) if kept else MultiPolygon()


def _meanings(places: list[Meaning]) -> list[str]:
    """Say what each word means on the map; a street drawn in many pieces is one line."""
    pieces: dict[tuple[str, str, str], list[str]] = {}
    for each in places:
        pieces.setdefault((each.word, each.layer, each.name), []).append(each.place_id)
    return [
        f"  「{word}」→ {LAYERS[layer]} "
        + (f"{ids[0]} {name}" if len(ids) == 1 else f"{name}（图上 {len(ids)} 段，如 {ids[0]}）")
        for (word, layer, name), ids in pieces.items()
    ]


def summary(territory: Territory) -> str:
    """Say in Chinese what a sentence came to: tree, names, area, assumptions, doubts.

    Parameters
    ----------
    territory : Territory
        What `place` returned.

    Returns
    -------
    str
        Several lines.
    """
    lines = [printing.in_words(territory.parsed), f"面积：{territory.land.area / 1e6:.3f} 平方公里"]
    lines += _meanings(territory.places)
    lines += [f"  假定：{note}" for note in territory.assumed]
    lines += [f"  疑问：{fault}" for fault in territory.open]
    return "\n".join(lines)
