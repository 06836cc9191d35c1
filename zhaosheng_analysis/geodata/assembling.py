"""A district put together from its layers and tables, every one checked, and what each says of the others."""

import re
from collections.abc import Iterable, Mapping

import geopandas as gpd
import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.geodata import doubts, layers, old_datums, points, relations, sense, whereabouts
from zhaosheng_analysis.geodata.district import District
from zhaosheng_analysis.geodata.facts import of_sheet
from zhaosheng_analysis.schema import TABLES, Column, Faults, Note, examples, inspect, near, ordered

_UNMAPPED = "报告没有地图、邻校和路程；模拟录取、调整学区要有地图"


def assemble(
    frames: Mapping[str, pd.DataFrame],
    about: Mapping[str, str],
    *,
    where: str,
    columns: Mapping[str, Iterable[Column]] | None = None,
) -> District:
    """Make a district from layers and tables in memory, checked as if they had been read from disk.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Layers and tables by name.
    about : mapping of str to str
        Facts about the district: district_id, name, district_code, crs, intake_year, synthetic and so on.
    where : str
        What to call the source in messages.
    columns : mapping of str to iterable of Column, optional
        Columns that only the rule file asks for, by table (`policy.Policy.columns`).

    Returns
    -------
    District
        The district as `load` would have read it.

    Raises
    ------
    DataError
        With every fault at once.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> layers = {name: getattr(town, name) for name in zs.geodata.LAYERS}
    >>> layers |= {"zone_schools": town.zone_schools}
    >>> facts = town.about | {"name": "十格镇"}
    >>> zs.geodata.assemble(layers | town.tables, facts, where="内存").name
    '十格镇'
    """
    faults = Faults()
    frames = {name: _drawn(frame) for name, frame in frames.items()}
    judge_one_system(frames, where, faults)
    sheet = pd.DataFrame({"key": list(about), "value": [str(value) for value in about.values()]}, dtype="str")
    frames = {**frames, "about": sheet}
    district = put_together(frames, {name: f"{where}「{name}」" for name in frames}, faults, [], columns)
    faults.raise_if_any()
    return district


def _drawn(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a layer whose column of shapes was lost or renamed as the plain table that is left of it."""
    lost = isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name not in frame
    return pd.DataFrame(frame) if lost else frame


def put_together(
    frames: Mapping[str, pd.DataFrame],
    places: Mapping[str, str],
    faults: Faults,
    notes: list[Note],
    columns: Mapping[str, Iterable[Column]] | None = None,
    system: str = "",
) -> District | None:
    """Check every layer and table and the references between them; None where something is wrong."""
    for name in (*layers.NAMES, "about"):
        if name not in places:
            found = f"缺少{'工作表' if name == 'about' else '图层'}「{name}」（{TABLES[name].title}）"
            faults.add("区县文件夹", found, "", "请补上；没有内容的也要有空表")
    frames = {name: frames[name] for name in TABLES if name in frames}
    about = of_sheet(frames.pop("about", None), places.get("about", ""), system, faults)
    unmapped = bool(about) and _is_unmapped(frames)
    if unmapped:
        frames["schools"] = _without_places(frames["schools"], about["crs"])
        notes.append(Note(places["schools"], "学校没有位置，区县界、小区、学区都没有图形", _UNMAPPED))
    settled = _settled(frames, about, places, faults, notes, unmapped=unmapped)
    if "plans" in frames:
        settled["plans"] = relations.with_seats(frames["plans"], places["plans"], notes)
    checked, contracts = {}, schema.extended(columns or {})
    for name, frame in frames.items():
        checked[name], wrong = inspect(name, settled.get(name, frame), where=places[name], table=contracts[name])
        faults.found += wrong
        notes += _shortened(checked[name], contracts[name], places[name])
    _judge_strays(settled, places, faults)
    _judge_references(checked, places, faults)
    relations.judge(checked, places, schema.school_system_of(about), faults, notes)
    sense.judge(checked, about, places, faults, notes)
    _judge_addresses(checked, settled, places, faults, notes)
    if faults.found:
        return None
    notes += doubts.note(checked, about, places, schema.school_system_of(about))
    drawn = _spatial(frames)
    # A datum said of the layer itself reaches degrees of any system, so that nothing else is asked for.
    named = {name: "" if layers.is_nameless(frame, stated=True) else frame.crs.name for name, frame in drawn.items()}
    whereabouts.note(settled, checked["zone_schools"], about, places, named, notes)
    systems = {
        name: layers.system(frame, _datum(about, name), stated=_is_stated(about, name))
        for name, frame in frames.items()
    }
    stands = {name: where + (f"，{systems[name]}" if systems.get(name) else "") for name, where in places.items()}
    checked = {name: ordered(name, frame) for name, frame in checked.items()}
    spatial = {name: checked.pop(name) for name in layers.NAMES}
    identity = (about["district_id"], about["name"], about["district_code"], about["crs"])
    own = {name: tuple(some) for name, some in (columns or {}).items()}
    return District(*identity, **spatial, tables=checked, about=about, places=stands, notes=tuple(notes), columns=own)


def _shortened(frame: pd.DataFrame, table: schema.Table, where: str) -> list[Note]:
    """Say in which columns of words identity numbers stood, which are never kept."""
    texts = [column for column in table.columns.values() if column.kind == "text" and column.name in frame]
    counts = {column.title: schema.student_numbers.shortened(frame[column.name]) for column in texts}
    return [
        Note(where, f"列{title}的文字里有 {n} 处身份证号", "只留前六位和末两位，不写进任何结果")
        for title, n in counts.items()
        if n
    ]


def _spatial(frames: Mapping[str, pd.DataFrame]) -> dict[str, gpd.GeoDataFrame]:
    return {name: frame for name, frame in frames.items() if isinstance(frame, gpd.GeoDataFrame)}


def _settled(
    frames: Mapping[str, pd.DataFrame],
    about: Mapping[str, str],
    places: Mapping[str, str],
    faults: Faults,
    notes: list[Note],
    *,
    unmapped: bool,
) -> dict[str, pd.DataFrame]:
    """Return the layers and addresses that could be brought into the district's system."""
    if not about:
        return {}
    turned = _north_first(about, places, faults)
    frames = {name: layers.turned(frame) if name in turned else frame for name, frame in frames.items()}
    shift, said = old_datums.shift(frames, about)
    notes += said
    settled = {}
    for name in (name for name in (*layers.SPATIAL, *points.NAMES) if name in frames):
        reading = {"crs": about["crs"], "datum": _datum(about, name), "where": places[name], "faults": faults}
        if name in layers.SPATIAL:
            reading |= {"shift": shift, "stated": _is_stated(about, name), "unmapped": unmapped}
            settled[name] = layers.settle(frames[name], name, **reading)
        else:
            settled[name] = points.settle(frames[name], name, **reading)
    return {name: frame for name, frame in settled.items() if frame is not None}


def _north_first(about: Mapping[str, str], places: Mapping[str, str], faults: Faults) -> set[str]:
    """Return the layers of which the folder says that their files write north before east."""
    words = {word for word in re.split(r"[、,，;；\s]+", about.get("north_first", "")) if word}
    titles = {TABLES[name].title: name for name in layers.SPATIAL}
    named = {titles.get(word, word) for word in words}
    if named - set(layers.SPATIAL):
        found = f"「north_first」写着没有的图层：{'、'.join(sorted(named - set(layers.SPATIAL)))}"
        faults.add(places.get("about", "about"), found, f"只能是 {'、'.join(layers.SPATIAL)}", "请改正")
    return named


def _datum(about: Mapping[str, str], name: str) -> str:
    """Return the datum a layer or table is declared in: its own, else that of the folder."""
    return about.get(f"datum_{name}") or about.get("datum", "")


def _is_stated(about: Mapping[str, str], name: str) -> bool:
    return bool(about.get(f"datum_{name}"))


def judge_one_system(frames: Mapping[str, pd.DataFrame], where: str, faults: Faults) -> None:
    """Note layers that declare different systems: one of them is probably wrong."""
    declared: dict[str, list[str]] = {}
    for name in layers.SPATIAL:
        system = getattr(frames.get(name), "crs", None)
        if system is not None:
            declared.setdefault(system.to_string(), []).append(name)
    if len(declared) > 1:
        found = "；".join(f"{'、'.join(names)} 为 {system}" for system, names in declared.items())
        faults.add(where, f"各图层坐标系不一致：{found}", "所有图层须为同一坐标系", "请统一转换后再提供")


def _is_unmapped(frames: Mapping[str, pd.DataFrame]) -> bool:
    """Tell whether nothing at all is drawn of a district that has schools: in a first year there may be no map yet.

    Zones may be there as sentences.
    """
    empty = (name for name in layers.SPATIAL if name not in ("schools", "areas", "zones"))
    if not len(frames.get("schools", ())) or any(name not in frames or len(frames[name]) for name in empty):
        return False
    return not any(_is_drawn(frames[name]) for name in ("schools", "zones") if name in frames)


def _is_drawn(frame: pd.DataFrame) -> bool:
    """Tell whether a layer has any shape."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return "geometry" in frame
    return bool((~(frame.geometry.isna() | frame.geometry.is_empty)).any())


def _without_places(schools: pd.DataFrame, crs: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(schools, geometry=gpd.GeoSeries([None] * len(schools), schools.index, crs=crs))


def _judge_strays(settled: Mapping[str, pd.DataFrame], places: Mapping[str, str], faults: Faults) -> None:
    """Note schools, units and zones far outside the boundary."""
    boundary = settled.get("boundary")
    if boundary is None or not len(boundary):
        return
    for name in ("units", "schools", "zones"):
        if name in settled:
            layers.note_strays(settled[name], boundary, name, places[name], faults)


def _judge_addresses(
    checked: Mapping[str, pd.DataFrame],
    settled: Mapping[str, pd.DataFrame],
    places: Mapping[str, str],
    faults: Faults,
    notes: list[Note],
) -> None:
    """Note a boundary that is not one, and addresses that do not lie where the district lies."""
    boundary = settled.get("boundary")
    filled = any(_is_drawn(settled[name]) for name in layers.SPATIAL if name in settled)
    if boundary is None or not filled:
        return  # an empty form is a district without anything
    if len(boundary) != 1:
        faults.add(places["boundary"], f"有 {len(boundary)} 个要素", "区县界须正好一个面", "请合并或补画")
        return
    for name in points.NAMES:
        if name in checked:
            points.judge(checked[name], name, boundary.geometry.iloc[0], places[name], faults, notes)


def _judge_references(checked: Mapping[str, pd.DataFrame], places: Mapping[str, str], faults: Faults) -> None:
    """Note ids that do not occur in the table they refer to."""
    for name, frame in checked.items():
        for column in (column for column in TABLES[name].columns.values() if column.refers):
            targets = [target.split(".") for target in column.refers]
            if not all(table in checked for table, _ in targets):
                continue
            allowed = {value for table, other in targets for value in checked[table][other].astype(object)}
            cells = frame[column.name].dropna().astype(object)
            lost = cells[[cell not in allowed for cell in cells]]
            if len(lost):
                titles = "或".join(f"「{table}」" for table, _ in targets)
                found = f"列{column.title}有 {len(lost)} 处在{titles}中找不到：{examples(TABLES[name], lost)}"
                faults.add(places[name], found, "", f"{near(lost.iloc[0], allowed)}请更正编号或补上该行")
