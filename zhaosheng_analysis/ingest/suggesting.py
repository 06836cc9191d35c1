"""A file of decisions proposed: what the files of a folder seem to be, for a clerk to correct and a recipe to do.

Headers are known by a table of what bureaus write, then by what stands below them, then by likeness, which is only ever
a remark. What is not known is a line to fill in, never a guess: the file that comes out runs only once it is complete.
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd

from zhaosheng_analysis import disk, sheets
from zhaosheng_analysis.ingest import contents, pieces
from zhaosheng_analysis.ingest.recipes import Source
from zhaosheng_analysis.schema import DataError, Faults

_LIKE = 0.75
_BESIDE = (".dbf", ".shx", ".prj", ".cpg", ".toml", ".md", ".key")
_GRADES = ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "七年级", "八年级", "九年级")
_SHORT = ("班数", "人数")  # words of two characters that count at the end of a longer header
# What a table is told by, and how its columns are made of what was seen: our column -> (what it is, how it is written).
# A column whose thing was not seen is a line to fill in where the table cannot do without it.
_TABLES: dict[str, tuple[tuple[str, ...], dict[str, tuple[str, str]]]] = {
    "roll": (
        ("person_no", "class", "grade"),
        {
            "pupil_id": ("person_no", '{{ pseudonym = "{0}" }}'),
            "school_id": ("school_code", '"{0}"'),
            "school_year": ("year", '{{ year_of = "{0}" }}'),
            "grade": ("grade", "{grade}"),
            "class_no": ("class", '{{ number_in = "{0}" }}'),
            "status": ("status", '"{0}"'),
            "sex": ("sex", '"{0}"'),
            "birth_on": ("birth", '"{0}"'),
        },
    ),
    "plans": (
        ("school", "classes"),
        {
            "school_id": ("school", '{{ key = "{0}", prefix = "s" }}'),
            "stage": ("stage", '"{0}"'),
            "intake_year": ("year", '{{ year_of = "{0}" }}'),
            "classes_n": ("classes", '"{0}"'),
            "class_size_n": ("size", '"{0}"'),
            "seats_n": ("seats", '"{0}"'),
        },
    ),
    "roll_counts": (
        ("school", "pupils", "grade"),
        {
            "school_id": ("school", '{{ key = "{0}", prefix = "s" }}'),
            "school_year": ("year", '{{ year_of = "{0}" }}'),
            "grade": ("grade", '{{ number_in = "{0}" }}'),
            "pupils_n": ("pupils", '"{0}"'),
        },
    ),
    "schools": (
        ("school", "stage", "longitude"),
        {
            "school_id": ("school", '{{ key = "{0}", prefix = "s" }}'),
            "name": ("school", '"{0}"'),
            "stage": ("stage", '"{0}"'),
            "sector": ("sector", '"{0}"'),
            "status": ("status", '"{0}"'),
        },
    ),
    "homes": (
        ("register_no", "address", "owner"),
        {
            "child_id": ("register_no", '"{0}"'),
            "home_n": ("home_n", '"{0}"'),
            "owner": ("kinship", '"{0}"'),
            "evidence": ("evidence", '"{0}"'),
            "unit_id": ("address", '{{ address = "{0}" }}'),
        },
    ),
}
_LAYERS = {
    "streets": (
        "road",
        {
            "street_id": '{{ key = "{0}", prefix = "r" }}',
            "name": '"{0}"',
        },
    ),
    "zones": ("name", {"zone_id": '{{ key = "{0}", prefix = "z" }}', "name": '"{0}"'}),
    "units": ("name", {"unit_id": '{{ key = "{0}", prefix = "u" }}', "name": '"{0}"'}),
    "schools": ("name", {"school_id": '{{ key = "{0}", prefix = "s" }}', "name": '"{0}"'}),
}
_NEEDED = {
    "roll": ("school_id", "school_year", "grade"),
    "plans": ("stage", "intake_year", "classes_n", "class_size_n"),
    "roll_counts": ("school_year", "grade", "pupils_n"),
    "schools": ("stage", "sector", "status"),
    "homes": ("home_n", "owner", "evidence"),
    "zones": ("stage", "rule"),
    "units": ("kind",),
    "streets": ("kind",),
}


@dataclass(frozen=True)
class Seen:
    """A table or layer of theirs, as far as it was understood.

    Attributes
    ----------
    file : str
        Its name.
    sheet : str
        The sheet; "" where there is one.
    table : DataFrame
        Its rows.
    things : dict of str to str
        What it is -> its header.
    by_content : frozenset of str
        Those known by what stands in them alone.
    """

    file: str
    sheet: str
    table: pd.DataFrame
    things: Mapping[str, str]
    by_content: frozenset[str]


@cache
def _aliases() -> dict[str, str]:
    """Return the headers that are known, as they are compared -> what they are."""
    return {sheets.folded(word): thing for thing, words in disk.own("ingest", "headers.toml").items() for word in words}


def suggest(folder: str | Path) -> str:
    r"""Propose the file of decisions for a folder of foreign files.

    Parameters
    ----------
    folder : str or Path
        What the bureau has.

    Returns
    -------
    str
        An ingest.toml; what must be filled in or confirmed stands in it as a remark 待定.

    Raises
    ------
    DataError
        There is no file that could be read.

    Examples
    --------
    >>> import pathlib
    >>> import tempfile
    >>> import zhaosheng_analysis as zs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "plan.csv").write_text("校名,招生班数\n一小,4\n", encoding="utf-8")
    ...     lines = zs.ingest.suggest(folder).splitlines()
    >>> print(*(line for line in lines if line[:1] not in "#"), sep="\n")
    [[sources]]
    files = "plan.csv"
    rest = "ignore"
    [sources.plans]
    school_id = { key = "校名", prefix = "s" }
    classes_n = "招生班数"
    """
    folder = Path(folder)
    faults = Faults()
    seen = [one for path in sorted(folder.iterdir()) if path.is_file() for one in _seen(path, faults)]
    if not seen:
        faults.add(folder.name, "没有能读的表或图层", "", "请核对文件夹")
        faults.raise_if_any()
    head = "# 由 zhaosheng ingest suggest 生成；带「待定」的各行请改好并去掉「# 待定：」，再运行 zhaosheng ingest run。"
    lines = [head, *_about()]
    if any("person_no" in one.things for one in seen):
        lines.append('# 待定：key_file = "../化名密钥"   先运行 zhaosheng ingest key；放在数据文件夹以外')
    for one in seen:
        lines += ["", *_source(one)]
    lines += [f"# 没有读的：{fault}" for fault in faults.found]
    return "\n".join(lines) + "\n"


def _about() -> Iterator[str]:
    """Ask for the facts of the district; a layer needs its system."""
    yield (
        '# 待定：about = { district_id = "", name = "", district_code = "", crs = "EPSG:4549", intake_year = "", '
        'synthetic = "否" }'
    )


def _seen(path: Path, faults: Faults) -> Iterator[Seen]:
    """Yield the tables and layers of a file, one a sheet."""
    if path.suffix.lower() in _BESIDE or path.name.startswith(("~$", ".")):
        return
    content = path.read_bytes()
    layered = path.suffix.lower() in (".shp", ".gpkg", ".kml", ".zip", ".gz") or content.lstrip()[:1] in (b"{", b"[")
    if layered:
        yield from _of_piece(path, faults)
        return
    try:
        grids = sheets.opened(content, path.name, _aliases())
    except DataError as error:
        faults.found += error.faults
        return
    for grid in grids:
        aliases = {word: word for word in _aliases()}
        if grid.hidden or not any(cell != "" for row in grid.cells for cell in row):
            continue
        heading = sheets.heading(grid, aliases)
        # A word that heads several columns, as 班数 below 小学 and 初中, is told by the group above it.
        twice = {sheets.folded(name) for name in heading.doubled}
        aliases = {word: word for word in aliases if word not in twice}
        heading = sheets.heading(grid, aliases) if twice else heading
        table = sheets.of(grid, path.name, sheets.Sought(aliases)).table
        names = [name for name in heading.names if name]
        written = {sheets.folded(name): name for name in _written(grid, heading, names)}
        table = table.rename(columns={name: written.get(sheets.folded(name), name) for name in table})
        yield _understood(path.name, grid.title if len(grids) > 1 else "", table)


def _written(grid: sheets.Grid, heading: sheets.Heading, names: list[str]) -> list[str]:
    """Return the headings as the file writes them, where one row has them; joined ones as they are joined."""
    cells = [["".join(str(cell).split()) for cell in row] for row in grid.cells[heading.top : heading.bottom + 1]]
    return [*(cell for row in cells for cell in row if cell), *[name for name in names if name not in _aliases()]]


def _of_piece(path: Path, faults: Faults) -> Iterator[Seen]:
    """Yield the layer or records of a file."""
    own = Faults()
    for piece in pieces.of(Source(path.name, {"rest": "ignore"}, ()), path.parent, own):
        yield _understood(path.name, "", piece.table)
    faults.found += own.found


def _understood(file: str, sheet: str, table: pd.DataFrame) -> Seen:
    """Tell what the columns of a table are: by their headers, then by what stands in them."""
    things: dict[str, str] = {}
    for header in (name for name in table if name != "geometry"):
        thing = _thing(str(header))
        if thing:
            things.setdefault(thing, str(header))
    by_content = set()
    for header in (name for name in table if name != "geometry" and name not in things.values()):
        thing = contents.kind(table[header].dropna().head(200).tolist())
        if thing and thing not in things:
            things[thing] = str(header)
            by_content.add(thing)
    return Seen(file, sheet, table, things, frozenset(by_content))


def _thing(header: str) -> str:
    """Tell what a header means; one that only ends with a known word counts too, as 一年级招生计划（班） does."""
    folded = sheets.folded(header)
    if folded in _aliases():
        return _aliases()[folded]
    ends = [word for word in _aliases() if (len(word) > 2 or word in _SHORT) and folded.endswith(word)]
    return _aliases()[max(ends, key=len)] if ends and not folded.startswith(("成员", "父亲", "母亲", "监护人")) else ""


def _source(seen: Seen) -> list[str]:
    """Write the source of one table."""
    lines = ["[[sources]]", f'files = "{seen.file}"', *([f'sheet = "{seen.sheet}"'] if seen.sheet else [])]
    if isinstance(seen.table, gpd.GeoDataFrame):
        return lines + _layer(seen)
    grades = [name for name in seen.table if name in _GRADES]
    table = "roll_counts" if len(grades) > 1 and "school" in seen.things else _likeliest(seen)
    used = set(grades) if table == "roll_counts" else set()
    if not table:
        columns = "、".join(map(str, seen.table.columns[:12]))
        return [f"# {line}" for line in lines] + [f"# 待定：看不出是什么表，有 {columns}"]
    things = dict(seen.things)
    if used:
        lines.append('melt = { columns = "*年级", into = "年级", value = "人数" }')
        things |= {"grade": "年级", "pupils": "人数"}
    body = _columns(table, things, seen, used)
    written = {cell for name in seen.table for cell in seen.table[name].dropna().unique()[:500]}
    blanks = sorted({"/", "—", "-", "－", "无"} & written)
    if blanks and table in ("plans", "roll_counts"):
        lines.append(f"blank = {json.dumps(blanks, ensure_ascii=False)}  # 请核对：都表示没有")
    rest = [str(name) for name in seen.table if name not in used]
    comment = f"  # 其余不用：{'、'.join(rest[:6])}{'等' if len(rest) > 6 else ''}" if rest else ""
    lines.append('rest = "ignore"' + comment)
    return [*lines, f"[sources.{table}]", *body]


def _likeliest(seen: Seen) -> str:
    """Return the table of which most of the tell-tale columns were seen; two at least."""
    scores = {name: sum(thing in seen.things for thing in tell) for name, (tell, _) in _TABLES.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= 2 else ""


def _columns(table: str, things: Mapping[str, str], seen: Seen, used: set[str]) -> list[str]:
    """Write how each column of ours is made, and ask for those that the table cannot do without."""
    lines = []
    for name, (thing, how) in _TABLES[table][1].items():
        if thing == "classes" and len(_side_by_side(seen)) > 1:
            lines.append(_each(seen))
            used |= {header for pair in _side_by_side(seen).values() for header in pair.values()}
        elif thing in things and not (name in ("stage", "seats_n") and len(_side_by_side(seen)) > 1):
            way, sure = _way(how, things[thing], seen)
            sure = sure and thing not in seen.by_content
            lines.append(f"{'' if sure else '# 待定：'}{name} = {way}{'' if sure else '  # 按内容认的，请核对'}")
            used.add(things[thing])
        elif name in _NEEDED[table] and not (name == "stage" and len(_side_by_side(seen)) > 1):
            lines.append(_asked(name, thing, seen))
    if table == "schools" and {"longitude", "latitude"} <= things.keys():
        lines.append(f'point = ["{things["longitude"]}", "{things["latitude"]}"]  # 来源还要写 datum，如 "GCJ-02"')
        used |= {things["longitude"], things["latitude"]}
    return lines


def _side_by_side(seen: Seen) -> dict[str, dict[str, str]]:
    """Return the columns of plans that stand side by side for two stages: stage -> our column -> their header."""
    stages: dict[str, dict[str, str]] = {}
    for header in map(str, seen.table.columns):
        stage = {"小学": "primary", "初中": "junior"}.get(next((w for w in ("小学", "初中") if w in header), ""), "")
        name = {"classes": "classes_n", "seats": "seats_n", "pupils": "seats_n"}.get(_thing(header), "")
        if stage and name:
            stages.setdefault(stage, {}).setdefault(name, header)
    return {stage: pair for stage, pair in stages.items() if "classes_n" in pair}


def _each(seen: Seen) -> str:
    """Write the groups of columns that stand side by side."""
    groups = [
        ", ".join(
            [f'stage = {{ is = "{stage}", why = "表头" }}', *(f'{name} = "{said}"' for name, said in pair.items())]
        )
        for stage, pair in _side_by_side(seen).items()
    ]
    return "each = [" + ", ".join(f"{{ {group} }}" for group in groups) + "]"


def _way(how: str, header: str, seen: Seen) -> tuple[str, bool]:
    """Write the way a column is made, and whether it is sure; a grade written as the year of entry is worked out."""
    if how != "{grade}":
        return how.format(header), True
    cells = seen.table[header].dropna().astype("str")
    if len(cells) and cells.str.fullmatch(r"(?:19|20)\d\d(?:级|\d\d)?").all():
        return f'{{ grade_from = "{header}", in_year = {int(cells.str[:4].max())} }}', False
    return f'{{ number_in = "{header}" }}', True


def _asked(name: str, thing: str, seen: Seen) -> str:
    """Write a line to be filled in, with the header that is most like what is looked for."""
    words = disk.own("ingest", "headers.toml").get(thing, [])
    like = [h for h in map(str, seen.table.columns) if difflib.get_close_matches(h, words, n=1, cutoff=_LIKE)]
    hint = f"；像是「{like[0]}」" if like else ""
    return f'# 待定：{name} = {{ is = "", why = "" }}  或写表头{hint}'


def _layer(seen: Seen) -> list[str]:
    """Write the source of a layer: what it is, by its shapes and names."""
    kinds = set(seen.table.geometry.dropna().geom_type.str.removeprefix("Multi"))
    headers = [name for name in seen.table if name != "geometry"]
    called = [seen.things[thing] for thing in ("road", "school", "name") if thing in seen.things] or headers[:1]
    header = max(called, key=lambda name: seen.table[name].notna().mean(), default="")
    named = seen.table[header].dropna().astype("str") if header else pd.Series(dtype="str")
    table = {"LineString": "streets", "Point": "schools"}.get(next(iter(kinds), ""), "")
    if not table:
        table = "zones" if named.str.contains("学|施教").mean() > 0.5 else "units"
    nameless = seen.table.crs is None or seen.table.crs.to_epsg() == 4326
    datum = '# 待定：datum = "GCJ-02"  坐标基准：CGCS2000、WGS-84、GCJ-02（高德、腾讯）、BD-09（百度）'
    lines = [datum] if nameless else []
    rest = "、".join(map(str, [name for name in headers if name != header][:6]))
    lines += ['rest = "ignore"' + (f"  # 其余不用：{rest}" if rest else ""), f"[sources.{table}]"]
    lines += [f"{name} = {how.format(header)}" for name, how in _LAYERS[table][1].items()]
    lines += [_asked(name, name, seen) for name in _NEEDED[table]]
    lines += ["dissolve = true  # 同名的合并"] if table == "streets" else []
    if seen.table.geometry.isna().any():
        lines.append('# 待定：no_shape = "…"  有的要素没有图形，写明为什么不要')
    shapes = seen.table.geometry.dropna()
    return lines + (["# 待定：repair = true  有的边线自交"] if not shapes.is_valid.all() else [])
