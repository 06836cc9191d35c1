"""The sentence of an edited zone, drafted from the streets along its edge and the units that must be named.

A zone is a set of whole units. The draft looks for the few streets that bound most of it, says 「A以东、B以南范围内」,
and names what lies beyond them (还包括) and what lies within and does not belong (不含), by door numbers where that is
shorter. Where several parts or many names would be said, chains of two streets (「A——B以东」) are tried too, and the
shortest draft that gives the zone back is taken. A unit that a side cuts in two is named in any case. `placing.place`
gives the zone back.
"""

import functools
import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.sentences import atlases, door_runs, doors, placing
from zhaosheng_analysis.sentences.atlases import EVERYTHING, SLIVER_SHARE, Atlas, Held
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.grammar import Part, Place, Side, walk
from zhaosheng_analysis.sentences.halfplanes import TOWARD
from zhaosheng_analysis.sentences.parsing import parse
from zhaosheng_analysis.sentences.printing import WORDS
from zhaosheng_analysis.sentences.series import STEP

MOST_PARTS = 3
EXCLUDED_COSTS = 1.5  # a reader minds an exception more than an inclusion
BARE_COSTS = 1e5  # names to put up with for a share of the area that is wrong: a hundred for 0.1 %
CHAIN = "——"
MANY_NAMES = 4  # names in a draft from which on chains of streets are tried
MOST_DRAFTS = 4  # drafts, each without the streets that raised a question in those before
CHAINED = 4  # streets of an edge that may be chained, the longest shared ones


class Tried(NamedTuple):
    """A draft that was put on the map: the land that is wrong, as a share, and the names there is a question about."""

    sentence: str
    wrong_share: float
    doubted: tuple[str, ...]


class Width(NamedTuple):
    """How wide the search for the streets of an edge is: the least shared edge (m), and the most streets a side."""

    least_m: float
    most: int


KEPT = 4096  # names whose wording is remembered: one draft asks for the same ones a hundred times
WIDTHS = (Width(150.0, 6), Width(1.0, 12))  # the second only where the first leaves bare land astray


def write(zone: BaseGeometry, district: District, *, ground: Atlas | None = None) -> str:
    """Draft the sentence of a zone.

    Parameters
    ----------
    zone : BaseGeometry
        Polygon (m) made of whole units; a unit belongs to it if a point inside it does. Land that no unit covers, such
        as a river bed, is described as far as streets and limits describe it.
    district : District
        Layers streets, units, areas.
    ground : Atlas, optional
        The ``atlases.of(district)``, to be made once when many sentences are drafted.

    Returns
    -------
    str
        A sentence in the words of the notices, such as
        「滨河路以东、金融街以南的城区,还包括盛世景湾,不含天正壹号院」.

    Raises
    ------
    DataError
        No unit lies in the zone, or the names of what it holds cannot be said so that a reader knows them again.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> zs.sentences.write(town.zones.geometry[0], town)
    '中一路以西范围内'
    """
    ground = ground or atlases.of(district)
    target = atlases.bits(atlases.inside(zone, ground.spots))
    if not target:
        raise DataError(Fault("学区", "范围内没有任何小区或村", "至少一个", "请检查学区多边形与坐标系"))
    bare = atlases.bits(atlases.inside(zone, shapely.get_coordinates(shapely.point_on_surface(ground.cells))))
    weights = BARE_COSTS * shapely.area(ground.cells) / zone.area
    draft = functools.partial(_drafted, zone, Held(target, target, bare), weights, ground)
    return _undoubted(draft, zone, target, _shared(zone.boundary, ground), ground)


def _undoubted(
    draft: Callable[[dict[str, float]], str], zone: BaseGeometry, target: int, shared: dict[str, float], ground: Atlas
) -> str:
    """Return the first draft that gives the zone back without a question, leaving out the streets that raise one.

    A street that would have to be prolonged by more than it is long is a question; where no draft is without, the
    first that gives the zone back is taken, else the first.
    """
    tried: list[Tried] = []
    for _ in range(MOST_DRAFTS):
        try:
            tried.append(_tried(draft(shared), zone, target, ground))
        except DataError:
            if not tried:
                raise
            break
        doubted = {street for name in tried[-1].doubted for street in name.split(CHAIN)} & set(shared)
        if not doubted:
            break
        shared = {name: length for name, length in shared.items() if name not in doubted}
    return min(tried, key=lambda each: (each.wrong_share, bool(each.doubted))).sentence


def _drafted(zone: BaseGeometry, target: Held, weights: np.ndarray, ground: Atlas, shared: dict[str, float]) -> str:
    """Draft the sentence of a zone with some streets."""
    for width in WIDTHS:
        bounds, said = _bounds(target, shared, weights, width, ground)
        if atlases.weight(said.bare ^ target.bare, weights) < BARE_COSTS * SLIVER_SHARE:
            break
    sentence = _said(bounds, target.whole, said, ground)
    if not _reads_back(sentence, target.whole, said, ground):
        allowed = "起草的文字须能照样读回来"
        raise DataError(Fault(f"「{sentence}」", "读回来的名称与图上的不同", allowed, "请在图层中改掉易混的名称"))
    named = ((target.whole & ~said.whole) | (said.some & ~target.whole)).bit_count()
    astray = atlases.weight(said.bare ^ target.bare, weights) >= BARE_COSTS * SLIVER_SHARE
    if len(bounds) < 2 and named < MANY_NAMES and not astray:
        return sentence
    shorter_than = float("inf") if astray else len(sentence)
    return _by_chains(zone, target, shared, weights, ground, shorter_than) or sentence


def _said(bounds: list[str], target: int, said: Held, ground: Atlas) -> str:
    """Return the sentence, with every name in quotation marks where they would else be read as something else."""
    sentence = _sentence(bounds, target, said, ground, _name)
    if _reads_back(sentence, target, said, ground):
        return sentence
    return _sentence(bounds, target, said, ground, _quoted)


def _by_chains(
    zone: BaseGeometry,
    target: Held,
    shared: dict[str, float],
    weights: np.ndarray,
    ground: Atlas,
    shorter_than: float,
) -> str:
    """Return a draft with chains of streets where it is so short and gives the zone back, else nothing."""
    chained, lengths = _chained(shared, ground)
    if not chained:
        return ""
    wider = replace(
        ground,
        sides=ground.sides | chained,
        meeting=ground.meeting | _chains_meeting({name for name, _ in chained}, ground),
    )
    bounds, said = _bounds(target, shared | lengths, weights, Width(WIDTHS[0].least_m, 2 * WIDTHS[0].most), wider)
    other = _said(bounds, target.whole, said, wider)
    known = len(other) < shorter_than and _reads_back(other, target.whole, said, wider)
    return other if known and _gives_back(other, zone, target.whole, ground) else ""


def _gives_back(sentence: str, zone: BaseGeometry, target: int, ground: Atlas) -> bool:
    """Tell whether a draft, put on the map, is the zone without a question."""
    tried = _tried(sentence, zone, target, ground)
    return not tried.wrong_share and not tried.doubted


def _tried(sentence: str, zone: BaseGeometry, target: int, ground: Atlas) -> Tried:
    """Put a draft on the map and compare it with the zone."""
    found = placing.place(sentence, ground.gazetteer.district, index=ground.gazetteer)
    held = atlases.bits(atlases.inside(found.land, ground.spots)) == target
    wrong = found.land.symmetric_difference(zone).area / zone.area
    fits = held and wrong < 2 * SLIVER_SHARE and not found.faults.found
    doubted = tuple(fault.where.strip("「」") for fault in found.doubts.found)
    return Tried(sentence, 0.0 if fits else max(wrong, 2 * SLIVER_SHARE), doubted)


def _chained(shared: dict[str, float], ground: Atlas) -> tuple[dict[tuple[str, str], Held], dict[str, float]]:
    """Return what lies on each side of two streets end to end, and how much of the edge each such chain is (m)."""
    streets = sorted(shared, key=lambda name: (-shared[name], name))[:CHAINED]
    pairs = [pair for pair in itertools.combinations(streets, 2) if pair in ground.meeting]
    sides, lengths = {}, {}
    for (one, other), side in itertools.product(pairs, TOWARD):
        chain = f"{one}{CHAIN}{other}"
        if (chain, side) not in ground.chains:
            ground.chains[chain, side] = _half_of_chain((one, other), side, ground)
        if ground.chains[chain, side] is not None:
            sides[chain, side], lengths[chain] = ground.chains[chain, side], shared[one] + shared[other]
    return sides, lengths


def _half_of_chain(streets: tuple[str, str], side: str, ground: Atlas) -> Held | None:
    """Return what lies on one side of two streets end to end, or None where that is no land."""
    try:
        return atlases.held(ground.gazetteer.half(streets, side), ground.shapes, ground.cells)
    except DataError:
        return None


def _chains_meeting(chains: set[str], ground: Atlas) -> set[tuple[str, str]]:
    """Return which chains meet which streets and chains: where one of their streets does."""
    parts = {chain: tuple(chain.split(CHAIN)) for chain in chains} | {name: (name,) for name in ground.bands}
    pairs = [(chain, other) for chain in chains for other in parts if not set(parts[chain]) & set(parts[other])]
    near = {
        (one, other)
        for one, other in pairs
        if any(pair in ground.meeting for pair in itertools.product(parts[one], parts[other]))
    }
    return near | {(other, one) for one, other in near}


def cut(zone: BaseGeometry, district: District) -> dict[str, float]:
    """Return the units that a zone holds only in part, for no sentence of whole units can give such a zone back.

    Parameters
    ----------
    zone : BaseGeometry
        Polygon (m).
    district : District
        Layer units.

    Returns
    -------
    dict of str to float
        Name of each unit -> the share of its area that lies in the zone, in (0, 1), the most divided first.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> zs.sentences.drafting.cut(town.zones.geometry[0].buffer(-20), town)
    {'一号院': 0.48, '七号院': 0.48, '四号院': 0.6}
    """
    shapes = district.units.geometry.to_numpy()
    near = np.flatnonzero(shapely.intersects(shapes, zone))
    share = shapely.area(shapely.intersection(shapes[near], zone)) / shapely.area(shapes[near])
    parted = (share > SLIVER_SHARE) & (share < 1 - SLIVER_SHARE)
    shares = zip(district.units["name"].to_numpy(dtype=object)[near[parted]], share[parted].round(4), strict=True)
    return {name: float(part) for name, part in sorted(shares, key=lambda each: (abs(each[1] - 0.5), each[0]))}


def _reads_back(sentence: str, target: int, said: Held, index: Atlas) -> bool:
    """Tell whether a draft is understood, and names just the units it was to name."""
    groups, left = _grouped(target & ~said.whole, index)
    wanted = set(np.flatnonzero(atlases.mask(left | (said.some & ~target), len(index.names))))
    parsed = parse(sentence)
    nodes = walk(parsed.tree)
    parts = [node for node in nodes if isinstance(node, Part)]
    roads = [part.place for part in parts]
    places = [node for node in nodes if isinstance(node, Place) and not node.limit and node not in roads]
    read_names = {node.within + node.name for node in places} - set(groups) - set(index.limits)
    held = [doors.held(part, index.doors) for part in parts]
    by_doors = {unit for each in held if each is not None for unit in each.whole}
    read = {place for place in wanted if index.ids[place] in by_doors or index.names[place] in read_names}
    named = {index.names[place] for place in wanted}
    strange = read_names - named or by_doors - {index.ids[place] for place in wanted} or None in held
    return not parsed.doubts and not strange and read == wanted


def _shared(edge: BaseGeometry, index: Atlas) -> dict[str, float]:
    """Return how far an edge runs along each street (m)."""
    names, bands = list(index.bands), np.array(list(index.bands.values()), dtype=object)
    shapely.prepare(edge)
    near = np.flatnonzero(shapely.intersects(edge, bands))
    lengths = shapely.length(shapely.intersection(edge, bands[near]))
    return {names[place]: length for place, length in zip(near, lengths, strict=True)}


def _bounds(
    target: Held, shared: dict[str, float], weights: np.ndarray, width: Width, index: Atlas
) -> tuple[list[str], Held]:
    """Return the words of the bounded parts, and what they hold together."""
    said = Held(0, 0, 0)
    bounds = []
    for _ in range(MOST_PARTS):
        words, held = _best_box(target, said, shared, weights, width, index)
        if not words:
            break
        bounds.append(words)
        said = said.with_(held)
    return bounds, said


def _best_box(
    target: Held, said: Held, shared: dict[str, float], weights: np.ndarray, width: Width, index: Atlas
) -> tuple[str, Held | None]:
    """Return the sides that spare the most naming, and what they hold; no words where naming the units is shorter.

    Parameters
    ----------
    target : Held
        What the zone holds.
    said : Held
        What earlier parts of the sentence hold.
    shared : dict of str to float
        See `_shared`.
    weights : ndarray
        What it costs that a cell of bare land is wrong, for no name can put that right.
    width : Width
        How wide the search is.
    index : Atlas
        The ground.

    Returns
    -------
    tuple of (str, Held or None)
        The words, and what the sides hold.
    """
    wanted, foreign = target.whole & ~said.whole, ~target.whole & ~said.some
    best, words, chosen = -atlases.weight(said.bare ^ target.bare, weights), "", None
    upright, level = (_strips(pair, wanted, shared, width, index) for pair in (("east", "west"), ("south", "north")))
    for (across, one), (along, other) in itertools.product(upright, level):
        sides = [*across, *along]
        if not sides or (one.whole & other.whole & wanted).bit_count() - len(sides) <= best:
            continue
        if not _meet(across, along, index):
            continue
        box = one.within(other)
        for limit in ("", *index.limits):
            held = box.within(index.limits[limit]) if limit else box
            gain = (held.whole & wanted).bit_count() - EXCLUDED_COSTS * (held.some & foreign).bit_count()
            gain -= len(sides) + 0.5 * bool(limit)
            if gain > best:
                gain -= atlases.weight((said.bare | held.bare) ^ target.bare, weights)
            if gain > best:
                best, words, chosen = gain, _box_words(sides, limit), held
    return words, chosen


def _strips(
    pair: tuple[str, str], wanted: int, shared: dict[str, float], width: Width, index: Atlas
) -> list[tuple[list[tuple[str, str]], Held]]:
    """Return what lies between two opposite sides, on one side only, and everything: the sides, and what they hold."""
    options = [[None, *_along(wanted, side, shared, width, index)] for side in pair]
    strips = []
    for picked in itertools.product(*options):
        sides = [side for side in picked if side]
        strips.append((sides, functools.reduce(Held.within, [index.sides[side] for side in sides], EVERYTHING)))
    return strips


def _along(wanted: int, side: str, shared: dict[str, float], width: Width, index: Atlas) -> list[tuple[str, str]]:
    """Return the streets the zone lies on one side of and borders, the longest shared edge first."""
    sides = [
        (name, side)
        for name, length in shared.items()
        if length >= width.least_m
        and (name, side) in index.sides
        and 2 * (index.sides[name, side].whole & wanted).bit_count() >= wanted.bit_count()
    ]
    return sorted(sides, key=lambda option: (-shared[option[0]], option))[: width.most]


def _meet(across: list[tuple[str, str]], along: list[tuple[str, str]], index: Atlas) -> bool:
    """Tell whether neighbouring sides come near each other on the map, as the reader of a sentence will demand."""
    return all(a != b and (a, b) in index.meeting for a, _ in across for b, _ in along)


def _box_words(sides: list[tuple[str, str]], limit: str) -> str:
    """Say the sides, and the limit as notices do: 「…的城区」, 「…,原某区学区范围内」."""
    said = "、".join(f"{_street(name)}以{WORDS[side]}" for name, side in sides)
    if not limit:
        return said + "范围内"
    return said + (f"的{limit}" if limit == "城区" else f",{_limit(limit.removesuffix('范围'))}范围内")


def _sentence(bounds: list[str], target: int, said: Held, index: Atlas, name: Callable[[str], str]) -> str:
    """Join the bounded parts, what else belongs, and what does not."""
    groups, left = _grouped(target & ~said.whole, index)
    more = [*map(_group, groups), *_names(left, index, name)]
    less = _names(said.some & ~target, index, name)
    sentence = ";".join(bounds)
    if more:
        sentence += (",还包括" if bounds else "") + "、".join(more)
    return sentence + (f",不含{'、'.join(less)}" if less else "")


def _grouped(left: int, index: Atlas) -> tuple[list[str], int]:
    """Name former zones and named areas that lie wholly in what is left, the largest first."""
    chosen = []
    for name, held in sorted(index.groups.items(), key=lambda item: (-item[1].bit_count(), item[0])):
        if held.bit_count() > 1 and not held & ~left:
            chosen.append(name)
            left &= ~held
    return chosen, left


def _names(units: int, index: Atlas, said: Callable[[str], str]) -> list[str]:
    """Return the names of some units by their numbers, as a sentence may hold them; door numbers where shorter."""
    places = np.flatnonzero(atlases.mask(units, len(index.names)))
    wanted = {index.ids[place]: said(index.names[place]) for place in places}
    runs = door_runs.chosen(wanted, index.doors) if index.doors else []
    spared = {unit for run in runs for unit in run.unit_ids}
    left = sorted((place for place in places if index.ids[place] not in spared), key=index.ids.__getitem__)
    return [*sorted(run.words for run in runs), *(said(index.names[place]) for place in left)]


@functools.lru_cache(KEPT)
def _name(name: str) -> str:
    """Return a name as a sentence may hold it: in quotation marks where it would be read as something else."""
    read = parse(name)
    whole = isinstance(read.tree, Place) and replace(read.tree, within="") == Place(name.removeprefix(read.tree.within))
    return name if whole and not read.doubts and not STEP.fullmatch(plain(name)) else f"「{name}」"


def _quoted(name: str) -> str:
    """Return a name in quotation marks, where names that stand side by side would be read as something else."""
    return f"「{name}」"


@functools.lru_cache(KEPT)
def _group(name: str) -> str:
    """Return the name of an area, in quotation marks where it would be read as something made of parts."""
    read = parse(name)
    return name if len([*walk(read.tree)]) == 1 and not read.doubts else _quoted(name)


@functools.lru_cache(KEPT)
def _limit(name: str) -> str:
    """Return the name of a limit as it may stand before 范围内, in quotation marks where it must."""
    return f"「{name}」" if parse(f"甲路以东,{name}范围内").doubts else name


@functools.lru_cache(KEPT)
def _street(name: str) -> str:
    """Return the name of a street as it may stand before 以东, in quotation marks where it must."""
    if CHAIN in name:
        return CHAIN.join(map(_street, name.split(CHAIN)))
    read = parse(f"{name}以东")
    return name if read.tree == Side("east", (name,)) and not read.doubts else f"「{name}」"
