"""Schools that fill one plan together: campuses without a plan of their own, and groups the rules give one plan.

One row of plans is one number of seats, whatever the number of gates. Where it serves several schools they are taken
as one, the head: their pupils, zones and registrations are put together, so that nothing is counted twice and no seat
is given to one of them beforehand. Which campus a child goes to is the school's own matter afterwards.
"""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from zhaosheng_analysis.geodata import District, names
from zhaosheng_analysis.policy.book import Policy
from zhaosheng_analysis.schema import STAGES, DataError, Fault, Note

#: Columns that name a school, beside those that end in school_id.
_NAMES = ("primary_id", "junior_id", "successor_id", "campus_of")
_ADDED = {"roll_counts": ["pupils_n", "classes_n"], "plans": ["classes_n", "seats_n", "reserved_n"]}
#: Tables whose rows are single classes or pupils in them: a class keeps its campus.
_OF_CLASSES = ("classes", "roll", "attendance", "class_teachers")


def heads(district: District, policy: Policy | None = None) -> dict[str, str]:
    """Tell which schools fill the seats of another one's plan.

    Parameters
    ----------
    district : District
        A campus (``campus_of``) that is open and has no row in plans, while its main school has one for every stage of
        the campus, fills those of the main school.
    policy : Policy, optional
        A pool with ``plan`` fills the seats of that school, whose row is the plan of all of them.

    Returns
    -------
    dict of str to str
        School id -> id of the school with the plan.

    Raises
    ------
    DataError
        A school of a pool with one plan has a row in plans itself.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.campuses.heads(zs.demo.nine_plots())
    {}
    """
    if "plans" not in district.tables:
        return {}
    planned = _planned(district)
    schools = district.schools.set_index("school_id", drop=False)
    heads = {}
    for row in schools[schools["campus_of"].notna() & schools["status"].eq("open")].itertuples():
        main, stages = row.campus_of, list(STAGES) if row.stage == "both" else [row.stage]
        own = any((row.school_id, stage) in planned for stage in stages)
        if main in schools.index and not own and all((main, stage) in planned for stage in stages):
            heads[row.school_id] = main
    for pool in (pool for pool in (policy.pools if policy else ()) if pool.plan):
        heads |= _of_pool(pool, schools, planned, policy.file)
    return {school: _last(school, heads) for school in heads}


def joined(district: District, policy: Policy | None = None) -> District:
    """Take the schools that fill one plan together as one school, and say so in the notes of the district.

    Parameters
    ----------
    district : District
        As it was read.
    policy : Policy, optional
        Rules whose pools may have one plan.

    Returns
    -------
    District
        The same where every school has a plan of its own. Else without the other schools: their roll counts are added
        to those of the head, every other table names the head. Tables of classes and pupils keep their campus.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> town.schools.loc[town.schools["school_id"] == "s2", "campus_of"] = "s1"
    >>> town.tables["plans"] = town.tables["plans"].query("school_id != 's2'")
    >>> one = zs.policy.campuses.joined(town)
    >>> one.zone_schools["school_id"].to_list(), str(one.notes[-1]).split("：")[0]
    (['s1', 's1', 's3'], 'plans')
    """
    heirs = heads(district, policy)
    if not heirs:
        return district
    tables = {name: _renamed(name, frame, heirs) for name, frame in district.tables.items()}
    schools = _with_aliases(district.schools, heirs)
    links = _renamed("zone_schools", district.zone_schools, heirs)
    return replace(
        district,
        schools=schools.assign(**{name: schools[name].replace(heirs) for name in ("successor_id", "campus_of")}),
        areas=_renamed("areas", district.areas, heirs),
        zone_schools=links,
        tables=tables,
        joined=_groups(district, heirs),
        notes=(*district.notes, _note(district, heirs)),
    )


def _with_aliases(schools: pd.DataFrame, heirs: Mapping[str, str]) -> pd.DataFrame:
    """Return the schools without those that are joined to a head, which is found by their names too."""
    more: dict[str, list[str]] = {}
    for row in schools[schools["school_id"].isin(heirs)].itertuples():
        own = "" if pd.isna(row.aliases) else row.aliases
        more.setdefault(heirs[row.school_id], []).extend([row.school_id, row.name, *own.split(names.JOINED)])
    left = schools[~schools["school_id"].isin(heirs)].reset_index(drop=True)
    own = left["aliases"].fillna("").str.split(names.JOINED)
    every = [[*one, *more.get(school, ())] for one, school in zip(own, left["school_id"], strict=True)]
    written = pd.Series([names.JOINED.join(filter(None, words)) for words in every], dtype="str")
    return left.assign(aliases=written.where(written != "", pd.NA))


def _planned(district: District) -> set[tuple[str, str]]:
    """Return the (school, stage) pairs with a plan in the intake year of the folder."""
    plans = district.table("plans")
    plans = plans[plans["intake_year"] == int(district.about["intake_year"])]
    return set(zip(plans["school_id"], plans["stage"], strict=True))


def _of_pool(pool, schools: pd.DataFrame, planned: set[tuple[str, str]], file: str) -> dict[str, str]:
    """Return the schools of a pool with one plan -> the school with its row."""
    where = f"{file} [[pools]]（{pool.id}）"
    head, *_ = names.find(schools, (pool.plan,), where=f"{where} plan")
    others = [school for school in names.find(schools, pool.schools, where=f"{where} schools") if school != head]
    own = [school for school in others if any((school, stage) in planned for stage in STAGES)]
    if own:
        listed = "、".join(schools.loc[own, "name"])
        found = f"写着合用{schools.loc[head, 'name']}的一个计划，{listed}另有自己的计划"
        raise DataError(Fault(where, found, "一所学校只在一个计划里", "请删去 plan，或删去 plans 里它们的行"))
    return dict.fromkeys(others, head)


def _last(school: str, found: Mapping[str, str]) -> str:
    """Follow a campus of a campus to the school with the plan."""
    seen = set()
    while school in found and school not in seen:
        seen.add(school)
        school = found[school]
    return school


def _renamed(name: str, frame: pd.DataFrame, heirs: Mapping[str, str]) -> pd.DataFrame:
    """Return a table in which the head stands for the others: numbers added up, rows that are the same once."""
    columns = [column for column in frame if str(column).endswith("school_id") or column in _NAMES]
    if name in _OF_CLASSES or not columns or not frame[columns].isin(list(heirs)).to_numpy().any():
        return frame
    frame = frame.assign(**{column: frame[column].replace(heirs) for column in columns})
    if name in _ADDED:
        key = {"plans": ["school_id", "stage", "intake_year"]}.get(name, ["school_id", "school_year", "grade"])
        how = {column: "first" for column in frame if column not in key}
        how |= {column: lambda cells: cells.sum(min_count=1) for column in _ADDED[name]}
        return frame.groupby(key, as_index=False, sort=True).agg(how)[list(frame)].astype(frame.dtypes)
    if name == "applications":
        order = frame.sort_values(["child_id", "choice_n"], kind="stable")
        once = order.drop_duplicates(
            [column for column in ("child_id", "batch", "sector", "school_id") if column in order]
        )
        return once.sort_index().reset_index(drop=True)
    if name == "zone_schools":
        return frame.sort_values(["zone_id", "order_n"]).drop_duplicates(["zone_id", "school_id"], ignore_index=True)
    return frame.drop_duplicates(ignore_index=True) if name == "feeders" else frame


def _groups(district: District, heirs: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the names of the schools that are joined to each head."""
    titles = district.schools.set_index("school_id")["name"]
    return {
        head: tuple(sorted(titles[school] for school, other in heirs.items() if other == head))
        for head in sorted(set(heirs.values()))
    }


def _note(district: District, heirs: Mapping[str, str]) -> Note:
    """Say which schools are taken as one, and what that assumes."""
    titles = district.schools.set_index("school_id")["name"]
    shown = "；".join(f"{titles[head]}（{'、'.join(some)}）" for head, some in _groups(district, heirs).items())
    found = f"有 {len(heirs)} 所学校（校区）没有单列计划，与别校合用一个：{shown}"
    done = "合用的按一所学校计：在校生、学区、报名合在一起，距离按有计划的一所；录取后在哪一个校区由学校安排（假定）"
    return Note("plans", found, done)
