"""Who comes in the Septembers ahead: this year's children, some of them more than once and some left out.

The forecast of every school is shared out over its units as the redraw itself does it, and over the children who come
to it from elsewhere (permits, policy, a school chosen) as this year. The children of each place stand in a line by
their tickets; a year takes as many from its head as it expects, and begins again with copies where the line is short.
A unit without children this year is given those of its zone, else of the district, with their papers (`moved`).
Children who do not seek a public seat, or whose registration does not stand, come in the same proportion.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis import lottery
from zhaosheng_analysis.forecast import resampling
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.redraw import demand
from zhaosheng_analysis.redraw.side import SEEKING, Side, units_of
from zhaosheng_analysis.redraw.status_quo import JOINED

ELSEWHERE, ASIDE = "（外）", "（不入公办）"
PAPERS = ("children", "homes", "hukou", "permits", "applications")


@dataclass(frozen=True)
class Intakes:
    """The children of the years ahead, the same on both sides of a comparison.

    Attributes
    ----------
    drawn : DataFrame
        Year, child_id, copy (0 the child itself), one row a child that comes.
    moved : DataFrame
        `child_id` (name of the double), donor, unit_id: children who come from another unit, with their papers.
    """

    drawn: pd.DataFrame
    moved: pd.DataFrame


def can_stand(side: Side, district: District, stage: str) -> bool:
    """Tell whether any child of this year can stand for those to come: one whose papers lead to the school of its unit.

    Parameters
    ----------
    side : Side
        Today's.
    district : District
        District whose tables are read.
    stage : {"primary", "junior"}
        Stage of school.

    Returns
    -------
    bool
        False where no child has papers enough; the years ahead can then only be counted.
    """
    return bool(_places(side, district, stage)["own"].any())


def draw(
    side: Side, district: District, *, stage: str, years: tuple[int, ...], seed: str, more: pd.DataFrame | None = None
) -> Intakes:
    """Draw the children of the years ahead, as today's zones have them.

    Parameters
    ----------
    side : Side
        Today's.
    district : District
        District whose tables are read.
    stage : {"primary", "junior"}
        Stage of school.
    years : tuple of int
        Septembers.
    seed : str
        Its tickets say who comes again and who is left out; the rows' order does not matter.
    more : DataFrame, optional
        (unit_id, years) children of estates still to be built; the others do not change by them.

    Returns
    -------
    Intakes
        The same children for both sides.
    """
    here = _places(side, district, stage)
    wanted = _wanted(here, side, district, stage, years)
    if more is not None and len(more):
        added = more.reindex(columns=wanted.columns).fillna(0.0)
        wanted = wanted.add(np.floor(added + 0.5), fill_value=0).astype(int)
    lines = {place: _line(part.index, seed, "intake") for place, part in here.groupby("place")}
    moved = []
    for unit in wanted.index[wanted.max(axis=1).gt(0) & ~wanted.index.isin(list(lines))]:
        donors = _donors(here, side.sets, unit, seed)[: int(wanted.loc[unit].max())]
        lines[unit] = [f"{donor}@{unit}" for donor in donors]
        moved += zip(lines[unit], donors, [unit] * len(donors), strict=True)
    rows = [
        (year, lines[place][number % len(lines[place])], number // len(lines[place]))
        for place, counts in wanted.iterrows()
        for year, count in counts.items()
        for number in range(count)
    ]
    drawn = pd.DataFrame(rows, columns=["year", "child_id", "copy"]).sort_values(["year", "child_id", "copy"])
    return Intakes(drawn.reset_index(drop=True), pd.DataFrame(moved, columns=["child_id", "donor", "unit_id"]))


def _places(side: Side, district: District, stage: str) -> pd.DataFrame:
    """Return school, unit and place of this year's children; the place is the unit, or the school with a mark.

    A child whose school is not its unit's comes to the school from elsewhere. `counts` are those who seek a seat, at a
    public school or at the private one to which their zone is entrusted (委托学区).
    """
    unit = units_of(side.ranked, district, stage)
    children = side.children.reindex(unit.index)
    given = children["school_id"].where(children["sector"].eq("public"))
    school = side.ranked["school_id"].reindex(unit.index).fillna(given).fillna("").astype("str")
    sets = unit.map(side.sets).fillna("").str.split(JOINED)
    own = np.array([one in schools and one != "" for one, schools in zip(school, sets, strict=True)], dtype=bool)
    counts = children["status"].isin(SEEKING) | (children["status"].eq("private") & children["school_id"].eq(school))
    place = unit.where(own, school + ELSEWHERE).where(counts, school + ASIDE)
    return pd.DataFrame({"school": school, "unit": unit, "place": place, "own": own & counts, "counts": counts})


def _wanted(here: pd.DataFrame, side: Side, district: District, stage: str, years: tuple[int, ...]) -> pd.DataFrame:
    """Return how many children of each place come in each year, (places, years); a school's add up to its forecast."""
    expected = demand.demand(side.outlook, stage=stage, years=list(years)).fillna(0.0)
    table = side.outlook.schools
    seats = table[table["stage"] == stage].drop_duplicates("school_id").set_index("school_id")["seats_n"]
    held = demand.held(side.sets[side.sets != ""].str.split(JOINED), seats.fillna(1))
    parts = demand.by_school(district, side.outlook, held, stage=stage, years=years).fillna(0.0)
    now = here[here["counts"]].groupby("school").size()
    shared = now.index.intersection(expected.index)
    usual = expected.loc[shared].sum() / max(1, now[shared].sum())
    wanted = []
    for school in sorted(set(now.index) | set(parts["school_id"])):
        mine, count = here[here["school"] == school], int(now.get(school, 0))
        coming = expected.loc[school] if school in expected.index else (usual * count).round()
        units = parts[parts["school_id"] == school].set_index("unit_id")[list(years)]
        if units.empty:
            units = pd.DataFrame(0.0, index=sorted(mine.loc[mine["own"], "unit"].unique()), columns=list(years))
            units += coming / max(1, len(units))
        share = mine["own"].sum() / count if count else 1.0
        pieces = share * units if len(units) else units
        pieces = pd.concat([pieces, (coming - pieces.sum()).to_frame(school + ELSEWHERE).T])
        wanted.append(pieces.apply(lambda column, coming=coming: whole(column, int(coming[column.name]))))
    aside = here.loc[~here["counts"], "place"].value_counts()
    wanted.append(pd.DataFrame(np.floor(np.outer(aside, usual) + 0.5), index=aside.index, columns=list(years)))
    return pd.concat(wanted).groupby(level=0).sum().astype(int)


def whole(parts: pd.Series, total: int) -> pd.Series:
    """Round parts to whole numbers that add up to a total: the largest remainders are rounded up, ties by name."""
    down = np.floor(parts.clip(lower=0.0) + 1e-9)
    order = (down - parts).round(9).rename("rest").rename_axis("name").reset_index().sort_values(["rest", "name"])
    up = order["name"].head(max(0, total - int(down.sum())))
    return (down + down.index.isin(up)).astype(int)


def _line(names: pd.Index, seed: str, stream: str) -> list[str]:
    """Return children by their tickets."""
    tickets = lottery.tickets(names, seed=seed, stream=stream)
    return [str(name) for _, name in sorted(zip(tickets.tolist(), names, strict=True))]


def _donors(here: pd.DataFrame, sets: pd.Series, unit: str, seed: str) -> list[str]:
    """Return the children who lend themselves to a unit without any: those of its zone, else of the district."""
    own = here[here["own"]]
    near = own[own["unit"].map(sets) == sets.get(unit, "")]
    return _line((near if len(near) else own).index, seed, f"intake {unit}")


def with_doubles(district: District, moved: pd.DataFrame, lives: pd.Series, sets: pd.Series) -> District:
    """Return the district with the doubles of children who come from another unit.

    Every paper that lies in the zone of the donor's home lies in the middle of the new unit, in a dwelling of its own;
    whoever filed at a school of the old zone files at the first of the new one. Other papers stay as they are.

    Parameters
    ----------
    district : District
        District whose tables are read.
    moved : DataFrame
        From `Intakes`.
    lives : Series
        Unit of this year's children.
    sets : Series
        `unit_id` -> schools, joined by 、.

    Returns
    -------
    District
        The district with their papers.
    """
    if moved.empty:
        return district
    tables = dict(district.tables)
    middle = district.units.set_index("unit_id").representative_point()
    for name in PAPERS:
        new = resampling.copied(tables[name], pd.Index(moved["donor"]), pd.Index(moved["child_id"]))
        about = moved.set_index("child_id").loc[new["child_id"]]
        old = about["donor"].map(lives).map(sets).fillna("").to_numpy()
        if "address_id" in new or "x" in new:
            new = _resettled(new, about["unit_id"].to_numpy(), old, district, sets, middle)
        for column in ("school_id", "sibling_school_id"):
            if column in new and name in ("children", "applications"):
                first = about["unit_id"].map(sets).fillna("").str.split(JOINED).str[0].to_numpy()
                leaves = [
                    one in schools.split(JOINED) for one, schools in zip(new[column].fillna("?"), old, strict=True)
                ]
                new[column] = new[column].where(~(np.array(leaves, dtype=bool) & (first != "")), first)
        new = new.astype(tables[name].dtypes.to_dict())
        tables[name] = pd.concat([tables[name], new], ignore_index=True)
    return replace(district, tables=tables)


def _resettled(
    papers: pd.DataFrame,
    to: np.ndarray,
    old: np.ndarray,
    district: District,
    sets: pd.Series,
    middle: Mapping,
) -> pd.DataFrame:
    """Return papers with those of the old zone in the new unit."""
    units = district.units.set_index("unit_id")
    spots = shapely.points(papers["x"].astype(float), papers["y"].astype(float))
    row, unit = units.sindex.query(spots, predicate="intersects")
    at = papers["unit_id"].to_numpy(dtype=object, na_value=None).copy()
    at[row] = units.index.to_numpy()[unit]
    home = np.array([sets.get(place, "?") == schools for place, schools in zip(at, old, strict=True)], dtype=bool)
    homes = papers.assign(unit_id=papers["unit_id"].where(~home, to))
    for axis in ("x", "y"):
        homes[axis] = papers[axis].where(~home, getattr(middle.loc[to], axis).to_numpy())
    if "address_id" in papers:
        homes["address_id"] = papers["address_id"].where(
            ~home, papers["address_id"] + "@" + pd.Series(to, papers.index)
        )
    return homes
