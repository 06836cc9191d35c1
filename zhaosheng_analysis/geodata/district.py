"""A district as it lies on disk: one GeoPackage of layers, one workbook of tables, checked at the door."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj

from zhaosheng_analysis import disk, schema
from zhaosheng_analysis.geodata import (
    containers,
    datums,
    declared,
    facts,
    forms,
    kept,
    layers,
    old_datums,
    points,
    relations,
    sense,
    sources,
    vectors,
    whereabouts,
    workbooks,
)
from zhaosheng_analysis.schema import (
    SCHOOL_SYSTEMS,
    TABLES,
    Column,
    DataError,
    Fault,
    Faults,
    Note,
    SchoolSystem,
    examples,
    inspect,
    near,
    ordered,
)

LAYERS = layers.SPATIAL
# Without these a folder does not say which district it is, where it lies and which intake it is about.
REQUIRED_FACTS = ("district_id", "name", "district_code", "crs", "intake_year", "synthetic")
_EPSG = re.compile(r"EPSG:\d{4,6}", re.IGNORECASE)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CLOSED_FACTS = {
    **{key: datums.DATUMS for key in TABLES["about"].columns["key"].choices if key.startswith("datum")},
    "synthetic": ("是", "否"),
    "school_system": tuple(SCHOOL_SYSTEMS),
}


@dataclass(frozen=True)
class District:
    """Everything known of one district, in metres, in one coordinate reference system.

    Attributes
    ----------
    id : str
        Slug of the district, in small letters.
    name : str
        Its Chinese name.
    code : str
        Its GB/T 2260 code.
    crs : str
        Its CGCS2000 three-degree zone, as ``EPSG:4547``.
    boundary : GeoDataFrame
        Its outline, one polygon.
    areas : GeoDataFrame
        Townships, former zones, 大学区 and other named pieces of land.
    streets : GeoDataFrame
        Streets, railways, rivers and walls, as lines.
    units : GeoDataFrame
        小区, villages and blocks, as polygons.
    schools : GeoDataFrame
        Schools and campuses, as points.
    zones : GeoDataFrame
        School zones, as polygons, each with its days of validity.
    zone_schools : DataFrame
        Which schools a zone leads to.
    tables : dict of str to DataFrame
        The other tables by name.
    about : dict of str to str
        Facts about the folder itself (data cut-off, seed, whether it is synthetic).
    places : dict of str to str
        Layer or table -> the file it was read from, and the system its coordinates were taken in.
    notes : tuple of Note
        What was found while reading and settled without asking.
    unused : dict of str to str
        File of the folder that is no source -> why.
    columns : dict of str to tuple of Column
        Columns that only the rule file of the folder asks for, by table.
    joined : dict of str to tuple of str
        School with a plan -> names of the schools and campuses that fill it too and are taken as one with it
        (`policy.campuses.joined`).
    """

    id: str
    name: str
    code: str
    crs: str
    boundary: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    schools: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    zone_schools: pd.DataFrame
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    unused: dict[str, str] = field(default_factory=dict)
    columns: dict[str, tuple[Column, ...]] = field(default_factory=dict)
    joined: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def synthetic(self) -> bool:
        """Whether the district is made up, so that every page made from it must say 示例数据."""
        return self.about.get("synthetic") == "是"

    @property
    def school_system(self) -> SchoolSystem:
        """Which grades belong to which stage: six and three, unless the folder or its rule file says otherwise."""
        return schema.school_system_of(self.about)

    def table(self, name: str) -> pd.DataFrame:
        """Return one table, or say which sheet is missing.

        Parameters
        ----------
        name : str
            Name of the table in tables.toml.

        Returns
        -------
        DataFrame
            The table, checked.

        Raises
        ------
        DataError
            The folder has no such table.
        """
        if name in self.tables:
            return self.tables[name]
        raise DataError(
            Fault(
                f"{self.name}数据文件夹",
                f"缺少工作表「{name}」",
                f"现有：{'、'.join(sorted(self.tables)) or '无'}",
                f"请在 district.xlsx 中补上工作表「{name}」，或提供 {name}.csv",
            )
        )


def load(path: str | Path, *, rules: str | Path = "") -> District:
    """Read a district folder, check everything in it, and bring its layers into the district's system.

    The columns that only its rule file asks for are read too. A large folder whose every file is as it was when it was
    read before by the same program comes from the user's own cache (`kept`).

    Parameters
    ----------
    path : str or Path
        Folder with district.gpkg and district.xlsx, or tables as NAME.csv or NAME.parquet.
    rules : str or Path, optional
        Rule file whose ``[columns]`` and ``[records]`` the tables follow; by default the one the folder holds:
        NAME.toml with the name in the sheet about, or ``policy.toml``.

    Returns
    -------
    District
        Everything the folder holds, checked.

    Raises
    ------
    DataError
        With every fault of the folder at once.

    Examples
    --------
    >>> import tempfile
    >>> import zhaosheng_analysis as zs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     zs.geodata.save(zs.demo.nine_plots(), folder)
    ...     town = zs.geodata.load(folder)
    >>> town.name, town.crs, sorted(town.zones["name"])
    ('九格镇', 'EPSG:4549', ['一小学区', '三小学区', '二小学区'])
    """
    folder = Path(path)
    mark = kept.mark(folder, rules)
    known = kept.recalled(mark)
    if known is not None:
        return District(**known)
    district = _loaded(folder, rules)
    if mark and kept.mark(folder, rules) == mark:  # nobody wrote to it meanwhile
        kept.keep(mark, vars(district))
    return district


def _loaded(folder: Path, rules: str | Path) -> District:
    """Read a district folder anew, and check everything in it."""
    faults = Faults()
    notes, unused = [], {}
    frames, places, columns, system = _read(folder, rules, faults, notes, unused)
    district = _assemble(frames, places, faults, notes, columns, system)
    faults.raise_if_any()
    return replace(district, unused=unused)


def check(path: str | Path) -> list[Fault]:
    """Return every fault of a district folder, without raising."""
    try:
        load(path)
    except DataError as error:
        return list(error.faults)
    return []


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
    _judge_one_system(frames, where, faults)
    sheet = pd.DataFrame({"key": list(about), "value": [str(value) for value in about.values()]}, dtype="str")
    frames = {**frames, "about": sheet}
    district = _assemble(frames, {name: f"{where}「{name}」" for name in frames}, faults, [], columns)
    faults.raise_if_any()
    return district


def _drawn(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a layer whose column of shapes was lost or renamed as the plain table that is left of it."""
    lost = isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name not in frame
    return pd.DataFrame(frame) if lost else frame


def save(district: District, path: str | Path, *, bulk: str = "csv") -> None:
    """Write a district folder that `load` reads back as it was; the same district gives the same bytes.

    Everything is written beside the folder first and then moved into place, so that a failure leaves the old files.

    Parameters
    ----------
    district : District
        District whose tables are read.
    path : str or Path
        Folder to write; it is made where it is not there.
    bulk : {"csv", "parquet"}, default "csv"
        Format of the tables with one row a child: csv, which Excel opens, or parquet, a tenth of the size.

    Examples
    --------
    >>> import pathlib
    >>> import tempfile
    >>> import zhaosheng_analysis as zs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     zs.geodata.save(zs.demo.nine_plots(full=False), folder)
    ...     sorted(path.name for path in pathlib.Path(folder).iterdir())
    ['applications.csv', 'children.csv', 'district.gpkg', 'district.xlsx', 'homes.csv', 'hukou.csv']
    """
    folder = Path(path)
    sheet = pd.DataFrame({"key": list(district.about), "value": list(district.about.values())}, dtype="str")
    with disk.together(folder, drop=_outdated) as draft:
        geometry = {name: getattr(district, name) for name in layers.NAMES}
        vectors.write(geometry, draft / vectors.GEOPACKAGE)
        contracts = schema.extended(district.columns)
        workbooks.write({"about": sheet, **district.tables}, draft, bulk=bulk, contracts=contracts)


def _outdated(draft: Path) -> set[str]:
    """Name the files that would stand beside a new folder as second copies of its tables."""
    files = {f"{name}.{ending}" for name in TABLES for ending in ("csv", "parquet")}
    return files - {file.name for file in draft.iterdir()}


def template(
    policy_id: str,
    out: str | Path,
    *,
    needed: Collection[str] | None = None,
    useful: Collection[str] = (),
    crs: str = "EPSG:4490",
    columns: Mapping[str, Iterable[Column]] | None = None,
    system: str = "",
) -> None:
    """Write an empty, commented district folder that a planner can fill.

    Parameters
    ----------
    policy_id : str
        Policy the data are for; it is noted in the sheet about.
    out : str or Path
        Folder to make; files that are there already are not touched.
    needed : collection of str, optional
        Tables the policy cannot do without (`policy.needed_tables.tables`); every table there is, where nothing is
        said.
    useful : collection of str, optional
        Tables that are optional: the sheet 说明 tells them apart, and their sheets have a grey tab.
    crs : str, default "EPSG:4490"
        System of the empty layers, CGCS2000 degrees unless said otherwise; `load` brings it into the district's.
    columns : mapping of str to iterable of Column, optional
        Columns that only the policy asks for, by table (`policy.Policy.columns`).
    system : str, optional
        School system the policy says (`policy.Policy.school_system`); it is noted in the sheet about.

    Raises
    ------
    DataError
        Where the folder holds a district already.

    Examples
    --------
    >>> import pathlib
    >>> import tempfile
    >>> import zhaosheng_analysis as zs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     zs.geodata.template("laoting-2025", folder, needed=["plans"])
    ...     sorted(path.name for path in pathlib.Path(folder).iterdir())
    ['district.gpkg', 'district.xlsx']
    """
    folder = Path(out)
    there = [name for name in (vectors.GEOPACKAGE, sources.WORKBOOK) if (folder / name).exists()]
    if there:
        raise DataError(Fault(folder.name, f"已有 {'、'.join(there)}", "样表不覆盖已有数据", "请换一个文件夹"))
    contracts = schema.extended(columns or {})
    empty = {name: schema.empty(name, table) for name, table in contracts.items()}
    keys = list(TABLES["about"].columns["key"].choices)
    said = {"policy": policy_id, "school_system": system or None}
    empty["about"] = pd.DataFrame({"key": keys, "value": [said.get(key) for key in keys]}, dtype="str")
    for name in layers.SPATIAL:
        empty[name] = gpd.GeoDataFrame(empty[name], geometry=gpd.GeoSeries([], crs=crs))
    tables = [name for name, table in TABLES.items() if table.level != "layer"]
    needed = set(tables if needed is None else needed)
    sheets = {name: empty[name] for name in tables if name in needed or name in useful}
    notes = schema.dictionary(contracts).drop(columns="由谁生成")
    notes = notes[notes["表"].isin({*sheets, *layers.NAMES})]
    grades = ["图层" if name in layers.NAMES else "需要" if name in needed else "可选" for name in notes["表"]]
    notes.insert(0, "本规则", grades)
    with disk.together(folder) as draft:
        vectors.write({name: empty[name] for name in layers.NAMES}, draft / vectors.GEOPACKAGE)
        forms.write(sheets, draft / sources.WORKBOOK, notes=notes, optional=set(sheets) - needed, contracts=contracts)


def _read(
    folder: Path, rules: str | Path, faults: Faults, notes: list[Note], unused: dict[str, str]
) -> tuple[dict[str, pd.DataFrame], dict[str, str], dict[str, tuple[Column, ...]], str]:
    """Read every layer and table of a folder, where each stands, and the columns and school system of its rule file."""
    frames, places = {}, {}
    containers.outsiders(folder, faults)
    faults.raise_if_any()
    rule_file = _rules(folder, rules)
    columns, system = declared.of_file(rule_file, faults) if rule_file else ({}, "")
    contracts = schema.extended(columns)
    tables = sources.read(folder, faults, notes, unused, contracts)
    read = (vectors.read(folder, faults, notes), tables)
    for name, where, frame in chain(*read):
        if name in places:
            faults.add(where, f"与 {places[name]} 是同一张表", "一张表只能有一处", "请删去其中一处")
            continue
        places[name] = where
        if frame is not None:
            frames[name] = vectors.placed(frame) if name in layers.SPATIAL else frame
            if isinstance(frames[name], gpd.GeoDataFrame):
                frames[name] = layers.fielded(frames[name], contracts[name], where, notes)
    if rule_file:
        unused.pop(rule_file.name, None)
    packed = {name: frame for name, frame in frames.items() if places[name].startswith(vectors.GEOPACKAGE)}
    _judge_one_system(packed, vectors.GEOPACKAGE, faults)
    if not places:
        remedy = "请核对路径；空白样表可用 zhaosheng template 生成"
        faults.add(folder.name, f"没有 {vectors.GEOPACKAGE} 和 {sources.WORKBOOK}", "须为区县数据文件夹", remedy)
        faults.raise_if_any()
    return frames, places, columns, system


def _rules(folder: Path, named: str | Path) -> Path | None:
    """Find the rule file that was named, or the one the folder holds."""
    if named and Path(named).is_file():
        return Path(named)
    return declared.beside(folder, str(named) or sources.policy(folder))


def _assemble(
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
    about = _facts(frames.pop("about", None), places.get("about", ""), system, faults)
    settled = _settled(frames, about, places, faults, notes)
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
    named = {name: "" if layers.is_nameless(frame) else frame.crs.name for name, frame in _spatial(frames).items()}
    whereabouts.note(settled, checked["zone_schools"], about, places, named, notes)
    systems = {name: layers.system(frame, _datum(about, name)) for name, frame in frames.items()}
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
) -> dict[str, pd.DataFrame]:
    """Return the layers and addresses that could be brought into the district's system."""
    if not about:
        return {}
    shift, said = old_datums.shift(frames, about)
    notes += said
    settled = {}
    for name in (name for name in (*layers.SPATIAL, *points.NAMES) if name in frames):
        told = {"crs": about["crs"], "datum": _datum(about, name), "where": places[name], "faults": faults}
        if name in layers.SPATIAL:
            settled[name] = layers.settle(frames[name], name, **told, shift=shift)
        else:
            settled[name] = points.settle(frames[name], name, **told)
    return {name: frame for name, frame in settled.items() if frame is not None}


def _datum(about: Mapping[str, str], name: str) -> str:
    """Return the datum a layer or table is declared in: its own, else that of the folder."""
    return about.get(f"datum_{name}") or about.get("datum", "")


def _facts(frame: pd.DataFrame | None, where: str, system: str, faults: Faults) -> dict[str, str]:
    """Return the facts about the folder, or nothing where they cannot be used."""
    if frame is None:
        return {}
    frame, wrong = inspect("about", frame, where=where)
    faults.found += wrong
    values = frame["value"].fillna("").map(schema.student_numbers.hidden)
    about = facts.with_system(dict(zip(frame["key"], values, strict=True)), system, where, faults)
    missing = [key for key in REQUIRED_FACTS if not about.get(key)]
    if missing:
        titles = "、".join(f"「{TABLES['about'].columns['key'].choices[key]}」({key})" for key in missing)
        faults.add(where, f"缺少 {len(missing)} 项：{titles}", "", "请补填")
    odd = [key for key, words in _CLOSED_FACTS.items() if about.get(key) and about[key] not in words]
    for key in odd:
        title = f"「{TABLES['about'].columns['key'].choices[key]}」({key})"
        faults.add(where, f"{title}为「{about[key]}」", f"只能填写 {'、'.join(_CLOSED_FACTS[key])}", "请更正")
    if about.get("district_id") and not _SLUG.fullmatch(about["district_id"]):
        odd.append("district_id")
        title = f"「{TABLES['about'].columns['key'].choices['district_id']}」(district_id)"
        faults.add(
            where, f"{title}为「{about['district_id']}」", "只能用小写字母、数字和连字符，如 heping-qu", "请更正"
        )
    if missing or wrong or odd:
        return {}
    before = len(faults.found)
    about = facts.settled(about, where, faults)
    return about if _good_system(about["crs"], where, faults) and len(faults.found) == before else {}


def _good_system(crs: str, where: str, faults: Faults) -> bool:
    """Tell whether the district's system is a projection of CGCS2000 in metres."""
    try:
        # Nothing but a number: other texts could name a file of this machine or an address.
        system = pyproj.CRS(crs) if _EPSG.fullmatch(crs) else None
    except pyproj.exceptions.CRSError:
        system = None
    if system is not None and system.is_projected and datums.exact(system) and system.geodetic_crs.to_epsg() == 4490:
        return True
    allowed = "须为 CGCS2000 三度带投影，如 EPSG:4547（中央经线 114 度）、EPSG:4549（120 度）、EPSG:4550（123 度）"
    faults.add(where, f"「坐标系」(crs) 为「{crs}」", allowed, "请按区县所在经度改正")
    return False


def _judge_one_system(frames: Mapping[str, pd.DataFrame], where: str, faults: Faults) -> None:
    """Note layers that declare different systems: one of them is probably wrong."""
    declared: dict[str, list[str]] = {}
    for name in layers.SPATIAL:
        system = getattr(frames.get(name), "crs", None)
        if system is not None:
            declared.setdefault(system.to_string(), []).append(name)
    if len(declared) > 1:
        found = "；".join(f"{'、'.join(names)} 为 {system}" for system, names in declared.items())
        faults.add(where, f"各图层坐标系不一致：{found}", "所有图层须为同一坐标系", "请统一转换后再提供")


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
    filled = any(len(settled[name]) for name in layers.SPATIAL if name in settled)
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
