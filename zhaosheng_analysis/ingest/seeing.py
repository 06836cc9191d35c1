"""What the files of a folder are made of: tables, sheets and files that are alike, and what each column is.

Headers are known by a table of what bureaus write, then by what stands below them. What is not known stays unknown.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from zhaosheng_analysis import sheets
from zhaosheng_analysis.geodata import vectors
from zhaosheng_analysis.ingest import cell_words, contents, headings, pieces
from zhaosheng_analysis.ingest.recipes import DECISIONS, Source
from zhaosheng_analysis.schema import DataError, Fault, Faults, quoted

BESIDE = (".dbf", ".shx", ".prj", ".cpg", ".toml", ".md", ".key", ".db", ".ini", ".lnk")
_OTHER_DAY = re.compile(r"登记|办理|发证|签发|迁入|入户|落户|入学|交付|报名|审核|提交|起缴|到期")
# Not among the headers that are known: 小学 and 初中 head groups of columns as well.
_GOES_ON = {
    "primary_of": re.compile(r"(?:毕业|生源|来源)?小学(?:学校|名称)?"),
    "junior_of": re.compile(r"(?:对口|升入|接收|直升|对口升入|对口直升)?(?:初中|中学)(?:学校|名称)?"),
}
_SUMS = ("合计", "小计", "总计", "计", "共计", "总数")
ASK = "# 待定："  # a line that the clerk must look at
SECTION = "小节"
_SECTION = re.compile(
    r"[(（]?[一二三四五六七八九十]+[)）、.．].*|(?:公办|民办|城区|农村|乡镇|市直|县直|区直)*(?:小学|初中|中学|学校)?(?:阶段|学段|部分)?"
    r"|.{1,8}(?:镇|乡|街道|片区)"
)


@dataclass(frozen=True)
class Seen:
    """A table or layer of theirs, as far as it was understood.

    Attributes
    ----------
    files : str
        Its name, or a pattern of several that are alike.
    sheets : tuple of str
        Its sheet, or several that are alike; () where the file has one.
    table : DataFrame
        Its rows.
    things : mapping of str to str
        What it is -> its header.
    by_content : frozenset of str
        Those known by what stands in them alone.
    words : str
        File, sheet and title, where a year may be named.
    all_sheets : bool
        Whether the sheets are all that the file has.
    rivals : mapping of str to tuple of str
        What several headers may be, none of them by a word that stands alone -> those headers.
    layer : str
        Its layer; "" where the file has one.
    section : str
        The column of the headings that stand alone in a row, as 一、公办小学; "" where there are none.
    said : mapping of str to object
        Column of ours -> what a header or the title says of every row, as 对口初中 does of the stage.
    append : tuple of str
        Columns written into the first of them, as 楼栋 after 小区; () where there are none.
    """

    files: str
    sheets: tuple[str, ...]
    table: pd.DataFrame
    things: Mapping[str, str]
    by_content: frozenset[str] = frozenset()
    words: str = ""
    all_sheets: bool = True
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    layer: str = ""
    section: str = ""
    said: Mapping[str, object] = field(default_factory=dict)
    append: tuple[str, ...] = ()


def folder(path: Path, faults: Faults) -> list[Seen]:
    """Look at every file of a folder; sheets and files that are alike are one.

    Parameters
    ----------
    path : Path
        What the bureau has.
    faults : Faults
        Where files that cannot be read are noted.

    Returns
    -------
    list of Seen
        In the order of the files.
    """
    seen = [one for file in sorted(path.iterdir()) if file.is_file() for one in _of_file(file, faults)]
    return _alike(seen, path)


def _of_file(path: Path, faults: Faults) -> list[Seen]:
    """Return the tables and layers of a file; sheets that are alike are one."""
    if path.suffix.lower() in BESIDE or path.name.startswith(("~$", ".")) or path.name == DECISIONS:
        return []
    layered = path.suffix.lower().lstrip(".") in (*vectors.ENDINGS, "zip", "gz")
    with path.open("rb") as file:
        listed = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    if layered or listed:
        seen = []
        for layer in vectors.layers_of(path) or ("",):
            options = {"rest": "ignore", **({"layer": layer} if layer else {})}
            parts = list(pieces.of(Source(path.name, options, ()), path.parent, faults))
            words = f"{path.stem} {layer}".strip()
            seen += [replace(_understood(path.name, (), piece.table, words), layer=layer) for piece in parts]
        return seen
    try:
        grids = sheets.opened(path.read_bytes(), path.name, headings.aliases())
        shown = [grid for grid in grids if not grid.hidden and any(cell != "" for row in grid.cells for cell in row)]
        return _sheets_alike([_of_grid(path, grid, several=len(grids) > 1) for grid in shown])
    except DataError as error:
        faults.found += error.faults
        return []


def _of_grid(path: Path, grid: sheets.Grid, *, several: bool) -> Seen:
    """Understand one sheet."""
    meanings = {word: word for word in headings.aliases()}
    heading = sheets.heading(grid, meanings)
    # A word that heads several columns, as 班数 below 小学 and 初中, is told by the group above it.
    twice = {sheets.folded(name) for name in heading.doubled} | _told_by_group(grid, heading)
    if twice:
        meanings = {word: word for word in meanings if word not in twice}
        alone = sheets.heading(grid, meanings)
        if twice & {sheets.folded(name) for name in alone.names}:
            meanings |= _grouped(grid, heading.top - 1, heading.top)
        elif alone.bottom < heading.bottom:
            meanings |= _grouped(grid, heading.top, heading.bottom)
        heading = sheets.heading(grid, meanings)
    table = sheets.of(grid, path.name, sheets.Sought(meanings)).table
    names = [name for name in heading.names if name]
    written = {sheets.folded(name): name for name in _written(grid, heading, names)}
    table = table.rename(columns={name: written.get(sheets.folded(name), name) for name in table})
    if pieces.headless(table):
        raise DataError(Fault(sheets.place(path.name, grid), *pieces.HEADLESS))
    above = [str(cell) for row in grid.cells[: heading.top] for cell in row if cell != ""]
    words = " ".join([*above, grid.title, path.stem])
    title, others = pieces.section_title(grid, heading), _of_others(grid, heading)
    parted, alone = pieces.sectioned(table, SECTION, title) if len(table) else (table, pd.Series(dtype=bool))
    heads = set(parted.loc[alone, SECTION]) | ({title} & set(parted[SECTION].dropna())) if alone.any() else set()
    if not heads or not alone.any() or not all(_SECTION.fullmatch(head) for head in heads):
        return _understood(path.name, (grid.title,) if several else (), table, words, others)
    seen = _understood(path.name, (grid.title,) if several else (), parted[~alone], words, others)
    stages = {word for word in headings.STAGES for head in heads if word in head}
    things = {**seen.things, **({"stage": SECTION} if stages and "stage" not in seen.things else {})}
    return replace(seen, things=things, section=SECTION)


def _told_by_group(grid: sheets.Grid, heading: sheets.Heading) -> set[str]:
    """Return the words of the lower row that mean something else below their group, as 班级 does below 计划招生."""
    found, group = set(), ""
    for place, cell in enumerate(grid.cells[heading.top] if heading.bottom > heading.top else ()):
        group = "".join(str(cell).split()) or group
        lower = "".join(str(grid.cells[heading.bottom][place]).split())
        means = headings.aliases().get(sheets.folded(group + lower))
        if lower and group != lower and means and means != headings.aliases().get(sheets.folded(lower)):
            found.add(sheets.folded(lower))
    return found


def _of_others(grid: sheets.Grid, heading: sheets.Heading) -> frozenset[str]:
    """Return the headers that stand below a group that is about somebody else than the child: 监护人, 父亲信息."""
    found, group = set(), ""
    for place, cell in enumerate(grid.cells[heading.top]):
        group = "".join(str(cell).split()) or group
        lower = grid.cells[heading.bottom][place] if heading.bottom > heading.top else ""
        if lower != "" and group.startswith(headings.whole()[1]):
            found.add("".join(str(lower).split()))
    return frozenset(found)


def _grouped(grid: sheets.Grid, upper: int, lower: int) -> dict[str, str]:
    """Return the headers of one row as they are joined with the groups in a row above it."""
    if upper < 0:
        return {}
    group, joined = "", {}
    above, below = grid.cells[upper], grid.cells[lower]
    for place, cell in enumerate(below):
        word = "".join(str(above[place]).split()) if place < len(above) else ""
        group = word or group
        if group and cell != "":
            text = group + "".join(str(cell).split())
            joined[text] = text
    return joined if len({word for word in above if word != ""}) > 1 else {}


def _written(grid: sheets.Grid, heading: sheets.Heading, names: list[str]) -> list[str]:
    """Return the headings as the file writes them, where one row has them; joined ones as they are joined."""
    cells = [["".join(str(cell).split()) for cell in row] for row in grid.cells[heading.top : heading.bottom + 1]]
    return [
        *(cell for row in cells for cell in row if cell),
        *[name for name in names if name not in headings.aliases()],
    ]


def _understood(
    file: str, titles: tuple[str, ...], table: pd.DataFrame, words: str, others: frozenset[str] = frozenset()
) -> Seen:
    """Tell what the columns of a table are: by their headers, then by what stands in them."""
    things: dict[str, str] = {}
    own = [name for name in table if name != "geometry" and "".join(str(name).split()) not in others]
    exact = [header for header in own if sheets.folded(str(header)) in headings.aliases()]
    like: dict[str, list[str]] = {}
    for header in [*exact, *(name for name in own if name not in exact)]:
        meaning = headings.thing(str(header))
        if meaning:
            things.setdefault(meaning, str(header))
        if meaning and header not in exact:
            like.setdefault(meaning, []).append(str(header))
    for what, form in _GOES_ON.items():
        named = [header for header in own if form.fullmatch(sheets.folded(str(header))) and _names(table[header])]
        things |= {what: str(named[0])} if len(named) == 1 else {}
    summed = [header for header in own if sheets.folded(str(header)) in _SUMS]
    if {"男", "女"} <= {*map(str, own)} and len(summed) == 1 and "pupils" not in things:
        things["pupils"] = str(summed[0])
    rivals = {what: tuple(some) for what, some in like.items() if len(some) > 1 and things[what] in some}
    by_content = set()
    for header in (name for name in own if name not in things.values() and not headings.another(str(name))):
        meaning = contents.kind(table[header].dropna().head(200).tolist())
        if meaning == "birth" and _OTHER_DAY.search(str(header)):
            continue
        if meaning and meaning not in things and not headings.thing(str(header)):
            things[meaning] = str(header)
            by_content.add(meaning)
    return Seen(file, titles, table, things, frozenset(by_content), words, rivals=rivals)


def _names(cells: pd.Series) -> bool:
    """Tell whether names stand in a column, and no numbers of them."""
    return bool(cells.dropna().astype("str").str.fullmatch(r"\D\S+").all())


def _sheets_alike(seen: list[Seen]) -> list[Seen]:
    """Take sheets of one form for one table where their names say what they differ in: school, grade or class."""
    several = {}
    for one in seen:
        several.setdefault(tuple(one.table.columns), []).append(one)
    out = []
    for alike in several.values():
        titles = tuple(title for one in alike for title in one.sheets)
        what = _titled(titles)
        known = {"year", "term"} if what in ("year", "term") else {what}
        if len(alike) == 1 or not what or known & set(alike[0].things):
            out += alike
            continue
        whole = pd.concat([one.table.assign(**{pieces.SHEET: one.sheets[0]}) for one in alike], ignore_index=True)
        things = {**alike[0].things, what: pieces.SHEET}
        joined = replace(alike[0], sheets=titles, table=whole, things=things, all_sheets=len(alike) == len(seen))
        out.append(joined)
    return sorted(out, key=lambda one: next(at for at, other in enumerate(seen) if other.sheets[:1] == one.sheets[:1]))


def _titled(titles: Sequence[str]) -> str:
    """Tell what the names of sheets are: schools, years, grades or classes."""
    years = [cell_words.year(unicodedata.normalize("NFKC", title)) for title in titles]
    if all(years) and len(set(years)) == len(years):
        return "term" if all("学年" in title for title in titles) else "year"
    if titles and all(cell_words.grade_in(title) for title in titles):
        return "class" if all("班" in title for title in titles) else "grade"
    return {"school": "school", "class": "class"}.get(contents.kind(titles), "")


def _alike(seen: list[Seen], path: Path) -> list[Seen]:
    """Take files of one form for one source where their names differ in a year alone."""
    several: dict[tuple, list[Seen]] = {}
    for one in seen:
        pattern = re.sub(r"(19|20)\d\d", "*", one.files)
        several.setdefault((pattern, one.sheets, tuple(one.table.columns)), []).append(one)
    out = []
    for (pattern, *_), alike in several.items():
        files = {one.files for one in alike}
        if (
            len(alike) == 1
            or {file.name for file in path.glob(pattern)} != files
            or {"year", "term"} & set(alike[0].things)
        ):
            out += alike
            continue
        whole = pd.concat([one.table.assign(**{pieces.FILE: Path(one.files).stem}) for one in alike], ignore_index=True)
        if isinstance(alike[0].table, gpd.GeoDataFrame):
            out += alike
            continue
        out.append(replace(alike[0], files=pattern, table=whole, things={**alike[0].things, "year": pieces.FILE}))
    return out


def lists(cells: pd.Series) -> bool:
    """Tell whether some cells name several things, as 甲小学、乙小学 does and 甲小学（东、西校区） does not.

    Parameters
    ----------
    cells : Series of str
        Names.

    Returns
    -------
    bool
        Whether one cell is a list of names.
    """
    parted = [re.split(r"[、,，;；\n]+", cell.strip()) for cell in cells.dropna().astype("str")]
    return any(len(parts) > 1 and all(map(_is_name, parts)) for parts in parted)


def _is_name(word: str) -> bool:
    word = word.strip()
    closed = sum(map(word.count, "（(")) == sum(map(word.count, "）)"))
    return len(word) > 1 and closed and not word.isdigit()


def pair(seen: Seen) -> list[str]:
    """Return the columns of longitude and latitude, or the one that holds both.

    Parameters
    ----------
    seen : Seen
        A table.

    Returns
    -------
    list of str
        Two headers, one, or none.
    """
    both = [seen.things[what] for what in ("longitude", "latitude") if what in seen.things]
    return both if len(both) == 2 else [seen.things["coordinates"]] if "coordinates" in seen.things else []


def written(seen: Seen) -> Iterator[str]:
    """Yield the lines that say where a table stands.

    Parameters
    ----------
    seen : Seen
        A table or layer.

    Yields
    ------
    str
        A line of the recipe.
    """
    yield "[[sources]]"
    yield f"files = {quoted(seen.files)}"
    if seen.layer:
        yield f"layer = {quoted(seen.layer)}"
    if seen.section:
        yield f"{ASK}section = {quoted(seen.section)}  # 「一、公办小学」那样单独一行的，是下面各行的小节"
    if seen.append:
        yield f"append = {json.dumps(seen.append, ensure_ascii=False)}"
    if len(seen.sheets) > 1 and seen.all_sheets:
        yield 'sheet = "*"'
    elif len(seen.sheets) > 1:
        yield "sheet = [" + ", ".join(quoted(title) for title in seen.sheets) + "]"
    elif seen.sheets:
        yield f"sheet = {quoted(seen.sheets[0])}"
