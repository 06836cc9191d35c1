"""The zones of an assignment: whole units dissolved, sentences drafted, old versions closed on the day before."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import shapely

from zhaosheng_analysis import zones
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.redraw import status_quo
from zhaosheng_analysis.redraw.status_quo import JOINED, StatusQuo
from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.sentences import Atlas, atlases, drafting


def redrawn(
    district: District, assignment: pd.Series, *, stage: str, valid_from: dt.date | str, atlas: Atlas | None = None
) -> District:
    """Return the district with the zones of an assignment in force from a day on.

    A zone whose units stay keeps its version, unless its sentence no longer says what is drawn.

    Parameters
    ----------
    district : District
        As it is.
    assignment : Series of str
        The school_id of each unit_id, several joined by 、 where families may choose; every unit once.
    stage : {"primary", "junior"}
        Stage of school.
    valid_from : date or str
        First day of the new zones; those they replace end on the day before.
    atlas : Atlas, optional
        The ``atlases.of(district)``, to be made once where several assignments are drawn.

    Returns
    -------
    District
        A copy; the one given stays as it is.

    Raises
    ------
    DataError
        The assignment leaves units out or names unknown ones.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> assignment = zs.zones.of_units(town.units, town.zones).str.replace("z", "s")
    >>> assignment["u7"] = "s2"
    >>> after = zs.redraw.redrawn(town, assignment, stage="primary", valid_from="2026-03-01")
    >>> zones = zs.zones.valid(after.zones, stage="primary", on="2026-03-01")
    >>> (zones.geometry.area / 10000).round().astype(int).to_list()
    [2, 4, 3]
    """
    _judge(district, assignment)
    return changed(district, assignment, stage=stage, valid_from=valid_from, atlas=atlas)


def changed(
    district: District, assignment: pd.Series, *, stage: str, valid_from: dt.date | str, atlas: Atlas | None = None
) -> District:
    """Return the district with some units given to other schools; units it does not name stay where they are."""
    return _drawn(district, assignment, stage, pd.Timestamp(valid_from), atlas)[0]


def checked(
    district: District,
    assignment: pd.Series,
    *,
    stage: str,
    valid_from: dt.date | str,
    on: dt.date | str,
    atlas: Atlas | None = None,
) -> tuple[District, gpd.GeoDataFrame]:
    """Return the district with the zones of an assignment, and what `zones.check` finds in them on a day.

    Parameters
    ----------
    district : District
        As it is.
    assignment : Series of str
        As for `redrawn`.
    stage : {"primary", "junior"}
        Stage of school.
    valid_from : date or str
        First day of the new zones.
    on : date or str
        The day.
    atlas : Atlas, optional
        As for `redrawn`.

    Returns
    -------
    District
        A copy; the one given stays as it is.
    GeoDataFrame
        One row a finding.

    Raises
    ------
    DataError
        The assignment leaves units out or names unknown ones.
    """
    _judge(district, assignment)
    day = pd.Timestamp(valid_from)
    there, findings = _drawn(district, assignment, stage, day, atlas)
    if findings is None or pd.Timestamp(on) != pd.Timestamp(_first_of_september(day)):
        findings = zones.check(there, stage=stage, on=on)
    return there, findings


def _drawn(
    district: District, assignment: pd.Series, stage: str, day: pd.Timestamp, atlas: Atlas | None
) -> tuple[District, gpd.GeoDataFrame | None]:
    """Return the district with the zones of an assignment and their findings, None where sentences are drafted anew."""
    present = status_quo.read(district, stage, _autumn(day))
    target, drafts, atlas = _targets(present, assignment), {}, atlas or atlases.of(district)
    there = _issued(district, present, target, day, drafts, atlas, sentences=())
    # A sentence that stayed may have spoken of land that another zone now holds: it is drafted anew as well.
    findings = zones.check(there, stage=stage, on=_first_of_september(day))
    wrong = {zone for ids in findings.loc[findings["kind"] == "wording", "zone_ids"] for zone in ids}
    if not wrong:
        return there, findings
    return _issued(district, present, target, day, drafts, atlas, sentences=sorted(wrong)), None


def _autumn(day: pd.Timestamp) -> int:
    """Return the year of the first September on or after a day."""
    return day.year + (day > pd.Timestamp(day.year, 9, 1))


def _first_of_september(day: pd.Timestamp) -> str:
    return f"{_autumn(day)}-09-01"


def _judge(district: District, assignment: pd.Series) -> None:
    """Refuse an assignment that leaves units out, names unknown ones or unknown schools."""
    units, schools = set(district.units["unit_id"]), set(district.schools["school_id"])
    named = set(assignment.str.split(JOINED).explode())
    for what, wrong in (
        ("缺少小区", sorted(units - set(assignment.index))),
        ("有不认识的小区", sorted(set(assignment.index) - units)),
        ("有不认识的学校", sorted(named - schools)),
    ):
        if wrong:
            message = f"{what} {len(wrong)} 个：{JOINED.join(wrong[:3])}"
            raise DataError(Fault("方案", message, "每个小区或村一次，学校须在学校图层", "请用同一份数据生成方案"))


def _targets(present: StatusQuo, assignment: pd.Series) -> pd.DataFrame:
    """Return which units each zone of the assignment holds, and which zone of today goes on as it.

    Parameters
    ----------
    present : StatusQuo
        StatusQuo's side.
    assignment : Series of str
        The school_id of each unit_id, several joined by 、 where families may choose.

    Returns
    -------
    DataFrame
        Columns zone_id (empty for a zone that is new), schools (school ids joined by 、), units (sorted tuple).
    """
    schools = present.links.sort_values(["zone_id", "order_n"]).groupby("zone_id")["school_id"].agg(tuple)
    stay = present.sets[~present.sets.index.isin(assignment.index) & present.sets.map(bool)].map(JOINED.join)
    assignment, rows = pd.concat([assignment, stay]), []
    # 甲、乙 and 乙、甲 are one zone, in the order of its first unit.
    same = assignment.str.split(JOINED).map(frozenset)
    assignment = assignment.groupby(same).transform("first")
    for aim, units in assignment.groupby(assignment):
        heirs = [zone for zone in schools.index if set(schools[zone]) == set(aim.split(JOINED))]
        lies = present.homes.reindex(units.index)
        stays = lies.map(lambda found, heirs=heirs: next((zone for zone in found if zone in heirs), ""))
        kept = stays[stays != ""].value_counts()
        main = kept.index[0] if len(kept) else heirs[0] if heirs else ""
        rows += [(zone, aim, tuple(sorted(part.index))) for zone, part in units.groupby(stays.where(stays != "", main))]
    return pd.DataFrame(rows, columns=["zone_id", "schools", "units"])


def _issued(
    district: District,
    present: StatusQuo,
    target: pd.DataFrame,
    day: pd.Timestamp,
    drafts: dict[tuple[str, ...], str],
    atlas: Atlas,
    *,
    sentences: Iterable[str],
) -> District:
    """Return the district with new versions of the zones whose units change, and of those told by id.

    `drafts` keeps the sentences by the units they describe.
    """
    held = present.homes.explode().dropna()
    held = held.groupby(held).agg(lambda part: tuple(sorted(part.index)))
    going = target[[row.units != held.get(row.zone_id, ()) or row.zone_id in sentences for row in target.itertuples()]]
    ended = (set(present.zones["zone_id"]) - set(target["zone_id"])) | set(going["zone_id"])
    layer = district.zones.copy()
    old = layer["zone_id"].isin(ended)
    layer.loc[old, "valid_to"] = day - pd.Timedelta(days=1)
    zones_, links, taken = [], [], set(layer["zone_id"])
    for row in going.itertuples(index=False):
        made = _version(district, present, row, held.get(row.zone_id, ()), day, taken)
        if row.units not in drafts:
            drafts[row.units] = drafting.write(made["geometry"], district, ground=atlas)
        made["sentence"] = drafts[row.units]
        taken.add(made["zone_id"])
        zones_.append(made)
        links.append(_doors(present, row, made["zone_id"]))
    if not zones_:
        return replace(district, zones=layer)
    new = gpd.GeoDataFrame(zones_, geometry="geometry", crs=layer.crs)
    new = new.reindex(columns=layer.columns).astype(layer.drop(columns="geometry").dtypes.to_dict())
    grown = pd.concat([layer, new], ignore_index=True).sort_values("zone_id", ignore_index=True)
    all_links = pd.concat([district.zone_schools, *links], ignore_index=True)
    return replace(district, zones=grown, zone_schools=all_links.sort_values(["zone_id", "order_n"], ignore_index=True))


def _version(
    district: District, present: StatusQuo, row: object, before: tuple[str, ...], day: pd.Timestamp, taken: set[str]
) -> dict[str, object]:
    """Return one new version of a zone, or a zone that is new, without its sentence."""
    shapes = district.units.set_index("unit_id").geometry
    base, schools = row.zone_id or f"{district.id}-zone-{schools_slug(row.schools)}", row.schools.split(JOINED)
    numbers = (f"{base}-{day.year}{f'-{n}' if n > 1 else ''}" for n in range(1, len(taken) + 2))
    facts = {"zone_id": next(name for name in numbers if name not in taken), "stage": present.stage}
    facts |= {"valid_from": day, "valid_to": pd.NaT, "condition": None}
    if not row.zone_id:
        names = district.schools.set_index("school_id")["name"]
        name = f"{JOINED.join(names[school] for school in schools)}{'任选' if len(schools) > 1 else '学区'}"
        rule = "choice" if len(schools) > 1 else "single"
        return facts | {"name": name, "rule": rule, "geometry": shapely.union_all(shapes[list(row.units)].to_numpy())}
    old = present.zones.set_index("zone_id").loc[row.zone_id]
    lost, gained = (shapes[sorted(some)].to_numpy() for some in _differ(before, row.units))
    land = shapely.union_all([old.geometry.difference(shapely.union_all(lost)), *gained])
    return facts | {"name": old["name"], "rule": old["rule"], "condition": old["condition"], "geometry": land}


def schools_slug(schools: str) -> str:
    """Return the part of a new zone's id that tells its schools."""
    return "-".join(school.rsplit("sch-", 1)[-1] for school in schools.split(JOINED))


def _differ(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[set[str], set[str]]:
    """Return what was lost and what was gained."""
    return set(before) - set(after), set(after) - set(before)


def _doors(present: StatusQuo, row: object, zone_id: str) -> pd.DataFrame:
    """Return the schools of a new version: those of the zone before it, or in the order of the assignment."""
    if row.zone_id:
        return present.links[present.links["zone_id"] == row.zone_id].assign(zone_id=zone_id)
    schools = row.schools.split(JOINED)
    order = range(1, len(schools) + 1)
    return pd.DataFrame({"zone_id": zone_id, "school_id": schools, "order_n": order, "if_vacant": False})
