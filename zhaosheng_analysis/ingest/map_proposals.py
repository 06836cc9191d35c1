"""What the layers of a folder seem to be, and how each is made: streets, schools, units, zones, areas, the boundary.

Shapes and names tell what a layer is; one that may be several things is asked about, never taken for one of them.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from zhaosheng_analysis.ingest import proposals, seeing, systems
from zhaosheng_analysis.ingest.seeing import ASK, Seen
from zhaosheng_analysis.schema import quoted

EMPTY = ("areas", "streets", "units", "zones", "zone_schools")  # what a district may have none of
_MOSTLY = 0.5
_CHINESE = r"[\u4e00-\u9fff]{2}"
_NEEDED = {
    "schools": ("stage", "sector", "status"),
    "zones": ("stage", "rule"),
    "units": ("kind",),
    "streets": ("kind",),
    "areas": ("kind",),
}
_CALLED = {
    "LineString": ("road", "name"),
    "Point": ("school", "name", "estate"),
    "Polygon": ("zone_name", "estate", "name"),
}
_KINDS = {
    "units": ((r"村(?:委会)?$", "village"), (r"(?:小区|苑|园|居|花园|家园|社区)$", "community")),
    "areas": ((r"(?:镇|乡|街道|办事处)$", "township"),),
    "streets": ((r"(?:路|街|巷|道|弄|里|线|胡同)(?:辅路|[东南西北中]段)?$", "street"),),
}
_PREFIX = {"streets": "r", "zones": "z", "units": "u", "areas": "a"}
_LAND = r"学区|施教|片区|服务区"  # of a zone, whatever school it is of
_WORDS = {
    "zones": r"学区|施教|片区|服务区|小$|小学|中学|学校",
    "areas": r"(?:镇|乡|街道|办事处)$",
    "units": r"(?:村|社区|小区|苑|园|居|花园|家园|新村|村委会|居委会)$",
}


def lines(seen: Seen, *, coded: bool, schools: bool, boundary: bool, district: str) -> list[str]:
    """Write the source of a layer.

    Parameters
    ----------
    seen : Seen
        A layer.
    coded : bool
        Whether schools have codes of their own in another table of the folder.
    schools : bool
        Whether the folder tells of schools, so that zones can be joined with them.
    boundary : bool
        Whether the folder has an outline of the district.
    district : str
        The system drafted for the district.

    Returns
    -------
    list of str
        Lines of the recipe, after those that say which file it is.
    """
    table, header = kind(seen)
    headers = [str(name) for name in seen.table if name != "geometry"]
    if not table:
        return [f"{ASK}看不出是什么图层，有 {'、'.join(headers[:12])}；图形是 {_shapes(seen)}"]
    made = list(_table(table, header, seen, coded=coded))
    land = [] if boundary or table not in ("zones", "units", "areas") else [_dissolved()]
    joined = list(_joined(header, seen, coded=coded, schools=schools)) if table == "zones" else []
    if table == "zones" and (several := _lists(header, seen)):
        made = [_chosen_among(several) if line.startswith(f"{ASK}rule") else line for line in made]
    used = {name for name in headers if any(quoted(name) in line for line in (*made, *joined))}
    rest = [name for name in headers if name not in used]
    ignored = f"  # 其余不用：{'、'.join(rest[:6])}{'等' if len(rest) > 6 else ''}" if rest else ""
    return [*_placed(seen, district), f'rest = "ignore"{ignored}', *land, f"[sources.{table}]", *made, *joined]


def kind(seen: Seen) -> tuple[str, str]:
    """Tell which layer of ours one of theirs is, and which column names its features.

    Parameters
    ----------
    seen : Seen
        A layer.

    Returns
    -------
    tuple of (str, str)
        Name of the layer, "" where it is not clear; the header, "" where there is none.
    """
    drawn = seen.table.geometry.dropna()
    shapes = set(drawn.geom_type.str.removeprefix("Multi"))
    shape = next(iter(shapes), "") if len(shapes) == 1 else ""
    header = _called(shape, seen)
    names = seen.table[header].dropna().astype("str") if header else pd.Series(dtype="str")
    if shape == "LineString":
        closed = drawn.map(lambda line: line.is_ring if line.geom_type == "LineString" else False).mean() > _MOSTLY
        return ("", header) if closed or not header else ("streets", header)
    if shape == "Point":
        return ("schools", header) if "school" in seen.things or _mostly(names, _WORDS["zones"]) else ("", header)
    if shape != "Polygon" or not header:
        return "", header
    if len(seen.table) == 1 and _mostly(names, r"(?:县|区|市|旗)$") and not _mostly(names, r"学区|片区"):
        return "boundary", header
    if "zone_name" in seen.things or "zone_text" in seen.things:
        return "zones", header
    if "estate" in seen.things:
        return "units", header
    return next((name for name, words in _WORDS.items() if _mostly(names, words)), ""), header


def _called(shape: str, seen: Seen) -> str:
    """Return the column that names the features: a known one, else the only one whose cells are all different words."""
    known = [seen.things[what] for what in _CALLED.get(shape, ()) if what in seen.things]
    if known:
        return max(known, key=lambda name: seen.table[name].notna().mean())
    cells = {str(name): seen.table[name].dropna().astype("str") for name in seen.table if name != "geometry"}
    cells = {name: some for name, some in cells.items() if len(some) and not some.duplicated().any()}
    named = [name for name, some in cells.items() if some.str.contains(_CHINESE).mean() > 0.8]
    fits = [[name for name in named if _mostly(cells[name], words)] for words in (_LAND, *_WORDS.values())]
    schools = [seen.things[what] for what in ("school",) if what in seen.things]
    return next((some[0] for some in (*fits, schools, named) if len(some) == 1), "")


def _mostly(names: pd.Series, words: str) -> bool:
    return bool(len(names) and names.str.strip().str.contains(words).mean() > _MOSTLY)


def _shapes(seen: Seen) -> str:
    words = {"Point": "点", "LineString": "线", "Polygon": "面"}
    kinds = seen.table.geometry.dropna().geom_type.str.removeprefix("Multi").value_counts()
    rings = "（闭合的线，若是面的边线，写 close = true）" if "LineString" in kinds else ""
    return "、".join(f"{n} 个{words.get(name, name)}" for name, n in kinds.items()) + rings


def _placed(seen: Seen, district: str) -> Iterator[str]:
    """Yield what must be said of the coordinates: order, datum of degrees, system of metres without one."""
    shapes = seen.table.geometry[~(seen.table.geometry.isna() | seen.table.geometry.is_empty)]
    if not len(shapes):
        return
    crs, bounds = seen.table.crs, tuple(shapes.total_bounds)
    degrees = np.abs(bounds).max() <= 180
    yield from systems.placed(
        bounds, crs if crs is not None and not (degrees and crs.to_epsg() == 4326) else None, district
    )


def _table(table: str, header: str, seen: Seen, *, coded: bool) -> Iterator[str]:
    """Yield the columns of a layer."""
    if table == "boundary":
        yield f'{ASK}district_id = {{ is = "", why = "本区县" }}'
    elif table == "schools":
        called = replace(seen, things={**seen.things, "school": header})
        yield proposals.column("schools", "school_id", called, coded=coded)
    else:
        yield f'{table[:-1]}_id = {{ key = {quoted(header)}, prefix = "{_PREFIX[table]}" }}'
    yield f"name = {quoted(header)}"
    names = seen.table[header].dropna().astype("str")
    for name in _NEEDED.get(table, ()):
        draft = next((code for words, code in _KINDS.get(table, ()) if names.str.contains(words).all()), "")
        alike = f'{ASK}kind = {{ is = "{draft}", why = "看名称都是" }}  # 请核对，或写表头'
        yield alike if name == "kind" and draft else proposals.column(table, name, seen, coded=coded)
    if table == "zones" and "zone_text" in seen.things:
        yield f"sentence = {quoted(seen.things['zone_text'])}"
    yield from ["dissolve = true  # 同名的合并"] if table == "streets" else []
    if table in _PREFIX and table != "streets" and seen.table[header].duplicated().any():
        yield f"{ASK}dissolve = true  # 有同名的：是一处的几块才合并，是两处的请换一列作编号"
    if seen.table.geometry.isna().any():
        yield f'{ASK}no_shape = ""  # 有的要素没有图形，写明为什么不要'
    if not seen.table.geometry.dropna().is_valid.all():
        yield f"{ASK}repair = true  # 有的边线自交"


def _dissolved() -> str:
    own = '{ is = "", why = "本区县" }'
    return f"{ASK}boundary = {{ district_id = {own}, name = {own}, dissolve = true }}  # 没有区县界时，由这一层合起来"


def _joined(header: str, seen: Seen, *, coded: bool, schools: bool) -> Iterator[str]:
    """Yield which school each zone is of: by a column of schools, else by a name that may be a school's."""
    school = _school_of(header, seen)
    if not (school or schools):
        return
    seen = replace(seen, things={**seen.things, **({"school": school} if school else {})})
    order = proposals.asked("zone_schools", "order_n", [], seen)
    key = f'zone_id = {{ key = {quoted(header)}, prefix = "z" }}'
    if school:
        if _lists(header, seen):
            order = f'{ASK}order_n = {{ is = 1, why = "几所学校不分先后" }}  # 请核对，或写表头'
            yield from ["", *seeing.written(seen), f"explode = {quoted(school)}", 'rest = "ignore"']
        yield from [
            "[sources.zone_schools]",
            key,
            proposals.column("zone_schools", "school_id", seen, coded=coded),
            order,
        ]
        yield "distinct = true"
        return
    way = (
        f'{{ match = {quoted(header)}, in = "schools" }}' if schools else f'{{ key = {quoted(header)}, prefix = "s" }}'
    )
    yield from [
        f"{ASK}[sources.zone_schools]",
        f"{ASK}{key}",
        f"{ASK}school_id = {way}  # 学区名就是学校名的才留；不同名的逐个问",
    ]
    yield from [order, f"{ASK}distinct = true"]


def _lists(header: str, seen: Seen) -> str:
    """Return the column of schools where a zone may name several of them; "" where none does."""
    school = _school_of(header, seen)
    return school if school and seeing.lists(seen.table[school]) else ""


def _chosen_among(school: str) -> str:
    """Ask whether zones that name several schools let families choose."""
    marks = ", ".join(f'"*{mark}*" = "choice"' for mark in "、,，;；")
    values = f'{{ {marks}, "*" = "single" }}'
    rule = f"{{ from = {quoted(school)}, values = {values} }}"
    return f"{ASK}rule = {rule}  # 有的写着几所学校：多校选择，还是别的，请核对"


def _school_of(header: str, seen: Seen) -> str:
    """Return the column, other than the names of the zones, that says whose zone each is."""
    known = [seen.things[what] for what in ("school",) if what in seen.things]
    others = [str(name) for name in seen.table if re.search(r"(?:学校|校名|小学|初中|中学)(?:名称)?$", str(name))]
    return next((name for name in (*known, *others) if name != header), "")


def absent(made: set[str], *, mapped: bool = True) -> list[str]:
    """Return the line that lists layers there is nothing for yet.

    Parameters
    ----------
    made : set of str
        Tables that some source makes.
    mapped : bool, default True
        Whether any file has a place on the map; else there is no boundary either.

    Returns
    -------
    list of str
        One line, or none.
    """
    left = [name for name in (*EMPTY, *(() if mapped else ("boundary",))) if name not in made]
    written = json.dumps(left, ensure_ascii=False)
    return [f"{ASK}empty = {written}  # 还没有的图层，写成空的"] if left else []


def tables(words: list[str]) -> set[str]:
    """Return the tables that lines of a recipe make, drafted ones too.

    Parameters
    ----------
    words : list of str
        Lines of a recipe.

    Returns
    -------
    set of str
        Names.
    """
    return {found[1] for line in words if (found := re.match(rf"(?:{ASK})?\[sources\.(\w+)\]", line))}
