"""The schools' side of an intake: who takes pupils, for how many seats, and who may choose them.

A school's code is its row number in `Board.schools`, one row a (school, stage) that takes new pupils; a school that has
closed leads to the school that succeeds it.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import filings
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Points, Policy
from zhaosheng_analysis.schema import STAGES, DataError, Fault
from zhaosheng_analysis.walks import Ways

_FILED = ["child_id", "school_id", "sector", "choice_n", "batch"]


@dataclass(frozen=True)
class Board:
    """The schools' side of an intake.

    Attributes
    ----------
    schools : DataFrame
        One row a (school, stage) that takes new pupils; its row number is the code of the school.
    code : dict of tuple of str, length 2 to int
        (school_id, stage) -> code, closed schools leading to their successor.
    applications : DataFrame
        What each family first registered for (`filings`).
    renewed : DataFrame
        What it registered for last, one later window for what an earlier one left open.
    zone_schools : DataFrame
        Tables of the district with the codes of the schools.
    feeders : DataFrame
        Tables of the district with the codes of the schools.
    every : DataFrame
        All schools by id, open or not (previous schools are looked up here).
    walk : DataFrame, Ways or None
        Metres from child (index) to school_id (columns), or what measures them when asked (`walks.Ways`); None is the
        straight line.
    points : Points
        Points of the policy.
    """

    schools: pd.DataFrame
    code: dict[tuple[str, str], int]
    applications: pd.DataFrame
    renewed: pd.DataFrame
    zone_schools: pd.DataFrame
    feeders: pd.DataFrame
    every: pd.DataFrame
    walk: pd.DataFrame | Ways | None
    points: Points = field(default_factory=Points)


def board(
    district: District, *, year: int, walk: pd.DataFrame | Ways | None = None, points: Points | None = None
) -> Board:
    """Set up the schools' side from a district: open schools by stage, plans of the intake year, choices.

    Parameters
    ----------
    district : District
        District whose tables are read.
    year : int
        September of the intake.
    walk : DataFrame or Ways, optional
        Metres from child_id to school_id, or what measures them; the straight line where it is not given.
    points : Points, optional
        Points of the policy, where it counts any.

    Returns
    -------
    Board
        The schools' side.

    Raises
    ------
    DataError
        A plan is negative or given twice; the faults name the schools.
    """
    every = pd.DataFrame(district.schools.drop(columns="geometry")).assign(
        x=district.schools.geometry.x, y=district.schools.geometry.y
    )
    for name in ("aliases", "campus_of", "area_id", "township_id", "successor_id"):
        every[name] = every[name] if name in every else pd.Series(pd.NA, every.index, dtype="str")
    every = every.set_index("school_id", drop=False).rename_axis(None)
    stages = every["stage"].map(lambda stage: list(STAGES) if stage == "both" else [stage])
    rows = every.assign(stage=stages).explode("stage")
    rows = rows[rows["status"] == "open"].sort_values(["school_id", "stage"]).reset_index(drop=True)
    schools = rows.merge(
        _plans(district, year), on=["school_id", "stage"], how="left", validate="one_to_one", indicator="planned"
    )
    schools["planned"] = schools["planned"] == "both"
    schools[["seats_n", "reserved_n"]] = schools[["seats_n", "reserved_n"]].fillna(0).astype(int)
    code = {(row.school_id, row.stage): row.Index for row in schools[["school_id", "stage"]].itertuples()}
    _follow(every, code)
    return Board(
        schools=schools,
        code=code,
        applications=_table(district, "applications", _FILED),
        renewed=_table(district, "applications", _FILED),
        zone_schools=district.zone_schools,
        feeders=_table(district, "feeders", ["primary_id", "junior_id"]),
        every=every,
        walk=walk,
        points=points or Points(),
    )


def with_filings(world: Board, district: District, stages: pd.Series, policy: Policy) -> Board:
    """Return the board with the registrations that stand, first and last, of the children of an intake.

    Parameters
    ----------
    world : Board
        From `board`.
    district : District
        Its applications, with channel and time where they are known.
    stages : Series of str
        Stage of each child, by child_id.
    policy : Policy
        Its windows say what is a second registration.

    Returns
    -------
    Board
        The same with `applications` and `renewed`, with batch, channel, submitted_at and turn_n.
    """
    rows = filings.effective(district.tables.get("applications", pd.DataFrame(columns=_FILED)), stages, policy)
    last = rows.groupby(["child_id", "sector"])["turn_n"].transform("max")
    renewed = rows[(rows["turn_n"] == last) & (rows["turn_n"] > 0)]
    columns = [*_FILED, "channel", "submitted_at", "turn_n"]
    return replace(world, applications=rows.loc[rows["turn_n"] == 1, columns], renewed=renewed[columns])


def _plans(district: District, year: int) -> pd.DataFrame:
    """Return seats and reserved seats of the intake year, one row a (school, stage)."""
    plans = district.table("plans")
    plans = plans[plans["intake_year"] == year].drop(columns="intake_year").fillna({"reserved_n": 0})
    plans = plans.drop(columns=plans.columns.intersection(district.schools.columns).difference(["school_id", "stage"]))
    twice = plans[plans.duplicated(["school_id", "stage"])]["school_id"].unique()
    if len(twice):
        raise DataError(
            Fault("plans", f"{len(twice)} 所学校同年同学段有多行：{'、'.join(twice[:3])}", "每校每学段一行", "请合并")
        )
    if plans.empty:
        years = "、".join(str(one) for one in sorted(district.table("plans")["intake_year"].unique()))
        raise DataError(Fault("plans", f"没有 {year} 年的招生计划", f"现有年份：{years or '无'}", "请补上当年计划"))
    return plans


def _follow(every: pd.DataFrame, code: dict[tuple[str, str], int]) -> None:
    """Let each school that takes no new pupils lead to the open school that succeeds it."""
    for school in every[every["status"] != "open"]["school_id"]:
        heir, seen = school, set()
        while heir in every.index and heir not in seen and every.loc[heir, "status"] != "open":
            seen.add(heir)
            heir = every.loc[heir, "successor_id"]
        for stage in STAGES:
            if (heir, stage) in code:
                code[school, stage] = code[heir, stage]


def _table(district: District, name: str, columns: list[str]) -> pd.DataFrame:
    """Return a table a district may lack, with the columns needed."""
    table = district.tables.get(name, pd.DataFrame(columns=columns, dtype="str"))
    return table.reindex(columns=columns)


def codes(ids: pd.Series, stages: pd.Series, world: Board) -> np.ndarray:
    """Return the code of each (school_id, stage), -1 where no such school takes pupils."""
    school, schools = pd.factorize(ids)
    stage, named = pd.factorize(stages)
    table = np.full((len(schools) + 1, len(named) + 1), -1)  # the last row and column: no school, no stage
    pairs = [world.code.get((one, other), -1) for one in schools for other in named]
    table[:-1, :-1] = np.reshape(pairs, (len(schools), len(named)))
    return table[school, stage]


def frame(child: Any, school: Any, order: Any) -> pd.DataFrame:
    """Return pairs, without those that lead to no school."""
    pairs = pd.DataFrame({"child": child, "school": school, "order": order})
    return pairs[pairs["school"] >= 0]


def applied(pool: pd.DataFrame, world: Board, batch: str = "") -> pd.DataFrame:
    """Return the applications of the children of a pool, of one batch or any: child, school, order (choice number).

    Smaller numbers come first, so that of a school named in two batches the better wish counts.
    """
    filed = world.applications
    child = pool.index.get_indexer(filed["child_id"])
    asked = (child >= 0) & (filed["batch"].eq(batch).to_numpy(dtype=bool, na_value=False) if batch else True)
    filed, child = filed[asked], child[asked]
    stage = pool["stage"].to_numpy()[child]
    pairs = frame(child, codes(filed["school_id"], stage, world), filed["choice_n"].to_numpy(int))
    return pairs if pairs["order"].is_monotonic_increasing else pairs.sort_values("order", kind="stable")


def choice_sets(pool: pd.DataFrame, world: Board) -> pd.DataFrame:
    """Return the zone school of each child, or every school of its choice zone.

    Parameters
    ----------
    pool : DataFrame
        Children who enter the round.
    world : Board
        The schools' side.

    Returns
    -------
    DataFrame
        Columns child (position), school (code), order, if_vacant and native (the zone's only school).
    """
    own = codes(pool["school_id"], pool["stage"], world)
    single = frame(np.arange(len(pool)), own, 0).assign(if_vacant=False, native=True)
    zones = world.zone_schools
    zones = zones[zones["zone_id"].duplicated(keep=False)]
    if zones.empty:
        return single
    several = pool.reset_index()[["zone_id", "stage"]].assign(child=np.arange(len(pool)), own=own)
    several = several.merge(zones, on="zone_id", how="inner", validate="m:m")
    several["school"] = codes(several["school_id"], several["stage"], world)
    several = several[several["school"] >= 0]
    reachable = (several["school"] == several["own"]).groupby(several["child"]).transform("any")
    several = several[reachable].rename(columns={"order_n": "order"})
    several = several.assign(native=False, if_vacant=several["if_vacant"].fillna(False).astype(bool))
    several = several.drop_duplicates(["child", "school"])
    counted = several.groupby("child")["school"].transform("size")
    several = several[counted > 1][["child", "school", "order", "if_vacant", "native"]]
    return pd.concat([single[~single["child"].isin(several["child"])], several], ignore_index=True)
