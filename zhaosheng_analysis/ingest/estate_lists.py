"""Lists of estates with the school each is served by: a zone is the estates of one school, a stage a column of schools.

Comes in: a table as it was seen. Goes out: the tables it holds, one a column of schools, their estates taken for the
sentence of a zone, which the clerk confirms.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from zhaosheng_analysis import sheets
from zhaosheng_analysis.ingest.seeing import Seen

_SERVES = re.compile(
    r"(?:对口|对应|划片|服务|招生|所属|学区|施教区|片区|入学|就读|划入)?(?:公办)?(小学|初中|中学)(?:学校)?(?:名称|名)?"
)
_STAGES = {"小学": "primary", "初中": "junior", "中学": "junior"}
_PART = re.compile(r"(?:所含|包含|具体)?(?:楼栋|楼幢|楼号|幢号|栋号|村民小组|小组|组别)(?:号|名称|范围)?")
# What tells a table of people, of plans or of places.
_OTHERWISE = {
    "person_no",
    "register_no",
    "student_no",
    "person",
    "birth",
    "class",
    "pupils",
    "seats",
    "plan_classes",
    "births",
    "hukou_births",
    "delivered",
}
_PLACED = ("longitude", "latitude", "coordinates")


def of(seen: Seen) -> list[Seen]:
    """Take a table for what it says of each stage, where it lists estates or zones beside the schools that serve them.

    Parameters
    ----------
    seen : Seen
        A table.

    Returns
    -------
    list of Seen
        One a column of schools; the table itself where it is no such list.
    """
    if not {"estate", "zone_text"} & set(seen.things) or _OTHERWISE & set(seen.things):
        return [seen]
    if {*_PLACED} & set(seen.things):
        return _placed(seen)
    served = _served(seen)
    listed = _listed(seen)
    if not served:
        return [listed] if "school" in seen.things else [seen]
    named = listed.by_content - {"school"}
    return [
        replace(listed, things={**listed.things, "school": header}, by_content=named, said={"stage": stage})
        for header, stage in served.items()
    ]


def _placed(seen: Seen) -> list[Seen]:
    """Take estates that have coordinates for units, and beside them for a list of the schools that serve them."""
    if "estate" not in seen.things or not _served(seen):
        return [seen]
    where, served = {*_PLACED}, {*_served(seen)}
    units = {what: header for what, header in seen.things.items() if header not in served}
    listed = {what: header for what, header in seen.things.items() if what not in where}
    return [replace(seen, things=units), *of(replace(seen, things=listed))]


def shared(seen: Seen) -> list[str]:
    """Return the estates that stand under two schools although nothing says which part belongs to which.

    Parameters
    ----------
    seen : Seen
        A list of estates.

    Returns
    -------
    list of str
        Their names, in the order of the table.
    """
    school, text = seen.things.get("school", ""), seen.things.get("zone_text", "")
    if "zone_text" not in seen.by_content or school not in seen.table:
        return []
    cells = seen.table[[*(seen.append or (text,)), school]].dropna(subset=[text, school]).fillna("").drop_duplicates()
    schools_n = cells.groupby(list(seen.append or (text,)), sort=False)[school].transform("size")
    return list(dict.fromkeys(cells.loc[schools_n > 1, text]))


def _served(seen: Seen) -> dict[str, str]:
    """Return the columns that name the school of one stage -> that stage."""
    found: dict[str, str] = {}
    for header in (name for name in seen.table if name != "geometry"):
        match = _SERVES.fullmatch(sheets.folded(str(header)))
        cells = seen.table[header].dropna().astype("str")
        # Below 小学 may also stand 是 and 否, or how many there are.
        if match and len(cells) and cells.str.fullmatch(r"\D\S+").all():
            found[str(header)] = _STAGES[match[1]]
    return found


def _listed(seen: Seen) -> Seen:
    """Take the estates for the text of a zone, with the column that says which part of them."""
    if "zone_text" in seen.things:
        return seen
    estate = seen.things["estate"]
    things = {what: header for what, header in seen.things.items() if what != "estate"} | {"zone_text": estate}
    return replace(seen, things=things, by_content=seen.by_content | {"zone_text"}, append=tuple(_append(seen, estate)))


def _append(seen: Seen, estate: str) -> Iterator[str]:
    parts = [str(header) for header in seen.table if _PART.fullmatch(sheets.folded(str(header)))]
    yield from [estate, *parts] if parts else []
