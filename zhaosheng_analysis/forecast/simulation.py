"""Years to come, put through the district's own rules: which tiers are cut, who is turned away, where they end.

Where one zone decides, the chance that a tier is cut is counted over a thousand futures (`cutoffs`). Where children are
turned away and where they end has no closed form: some of the futures are carried out round by round with this year's
families in the numbers to come (`resampling`), the same families and tickets whatever the rule, so that two what-ifs
differ by the rule alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from zhaosheng_analysis import parallel, schema
from zhaosheng_analysis.admission import Outcome, repeating
from zhaosheng_analysis.forecast import cutoffs, futures, plans_in_force, resampling
from zhaosheng_analysis.forecast.outlook import Outlook
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import STAGES, takes

KEYS = ["school_id", "stage", "year"]
#: What became of children whose own school did not take them; a round may admit them to another as their right.
TURNED_AWAY = ("admitted", "redirected", "unplaced", "undetermined")


@dataclass(frozen=True)
class Simulation:
    """What the rules make of the years to come.

    Attributes
    ----------
    tiers : DataFrame
        One row a (school_id, stage, year, tier): children_n and refused_n (means), p_cut in [0, 1], method
        (``counted``: in closed form; ``carried out``: round by round).
    ends : DataFrame
        One row a (school_id, stage, year, status, to_school_id): children_n turned away, mean of the years carried out;
        to_school_id is empty for those left without a seat.
    sizes : DataFrame
        One row a (school_id, stage, year): class_size_n (median) if nobody is turned away, p_over, p_oversized,
        p_super.
    futures : int
        How many futures were counted.
    intakes : int
        How many were carried out a year.
    """

    tiers: pd.DataFrame
    ends: pd.DataFrame
    sizes: pd.DataFrame
    futures: int
    intakes: int

    def __post_init__(self) -> None:
        """Refuse tables that are not as declared (``simulation.tiers`` … in tables.toml)."""
        schema.expect_all(self, "simulation")


@dataclass(frozen=True)
class World:
    """What every intake to come needs; sent once to every worker.

    Attributes
    ----------
    intake : Repeatable or None
        The intake of this year; None where none is carried out.
    ranked : DataFrame
        This year's children with their tiers, in the order of their ids.
    district : District
        District, without the tables the rounds do not read.
    policy : Policy
        Rules of the intake.
    lines : Lines
        Families of each school in their lines.
    plans : dict of int to DataFrame
        Plan in force by year.
    seed : str
        Seed of the tickets.
    """

    intake: repeating.Repeatable | None
    ranked: pd.DataFrame
    district: District
    policy: Policy
    lines: resampling.Lines
    plans: dict[int, pd.DataFrame]
    seed: str


@takes(ranked="ranked")
def run(
    outlook: Outlook,
    ranked: pd.DataFrame,
    district: District,
    policy: Policy,
    *,
    seed: str,
    years: Iterable[int] | None = None,
    carried: Iterable[int] | None = None,
    drawn: int = 1000,
    intakes: int = 8,
    workers: int = 1,
    address: str = "",
) -> Simulation:
    """Put years to come through the rules.

    Parameters
    ----------
    outlook : Outlook
        The years to come, from `forecast.project`.
    ranked : DataFrame
        This year's children with their tiers; each school's mix is taken to stay.
    district : District
        The seats and who applied where.
    policy : Policy
        The rules.
    seed : str
        Seed of futures, families and tickets.
    years : iterable of int, optional
        Septembers; by default the first three of the outlook.
    carried : iterable of int, optional
        Which of them are carried out round by round, by default all; the others are counted only.
    drawn : int, default 1000
        Futures to count.
    intakes : int, default 8
        Futures to carry out round by round, a year; nought leaves `ends` empty.
    workers : int, default 1
        Processes of this machine; see `parallel.spread`.
    address : str, optional
        Address of a Dask scheduler, used in their place.

    Returns
    -------
    Simulation
        The same whatever the number of workers.
    """
    table = outlook.schools.reset_index(drop=True)
    years = sorted(years) if years else sorted(table["year"].unique())[:3]
    demand = futures.draw(replace(outlook, schools=table), futures=max(drawn, intakes), seed=seed)
    near = table["year"].isin(years).to_numpy()
    table, demand = table[near].reset_index(drop=True), demand[near]
    ranked = ranked.sort_index()
    filed = district.tables.get("applications", pd.DataFrame({"sector": []}))
    private = bool(filed["sector"].eq("private").any())
    intake = repeating.ready(ranked, district, policy) if private or intakes else None
    gone = gone_private(intake, seed=seed) if private else ranked.index[:0]
    wanted = families_wanted(table, demand, ranked, policy.intake_year, gone=gone)
    lines = resampling.lines(ranked, seed=seed)
    plans = planned(district, policy, years)
    world = World(intake, ranked, slim(district), policy, lines, plans, seed)
    drawn_years = set(years if carried is None else carried) if intakes else set()
    jobs = [
        (year, future, _of_year(wanted, year, future))
        for year in years
        if year in drawn_years
        for future in range(intakes)
    ]
    results = parallel.spread(carry_out, world, jobs, workers=workers, address=address)
    away = pd.concat(results, ignore_index=True) if results else pd.DataFrame(columns=AWAY)
    ladder = cutoffs.steps(ranked, district, policy).mask(ranked.index.isin(gone))
    tiers = tiers_of(
        away, wanted, seats_of(table, plans), ranked, ladder, district, policy, lines, drawn_years, intakes
    )
    tiers = within_shortage(tiers, table.set_index(KEYS)["p_short"])
    return Simulation(tiers, ends_of(away, intakes), sizes_of(table, demand, policy), demand.shape[1], intakes)


def gone_private(intake: repeating.Repeatable, *, seed: str) -> pd.Index:
    """Return this year's children who end at a private school.

    Parameters
    ----------
    intake : Repeatable
        The intake of this year.
    seed : str
        Seed of futures, families and tickets.

    Returns
    -------
    Index
        Their child_id.
    """
    children = intake.children.index
    ends = repeating.ends(intake, repeating.cast(np.arange(len(children))), seed=seed)
    return children[ends.status == "private"]


def families_wanted(
    table: pd.DataFrame, demand: np.ndarray, ranked: pd.DataFrame, intake_year: int, *, gone: pd.Index
) -> pd.DataFrame:
    """Count how many of each school's families come in each future.

    A zone school's demand counts the children who register for a public seat there and are not `gone` to a private
    school; all its families, with those and the late ones, come in the same proportion. A private school, or one
    chosen from the whole district, is asked by more than it can take: its families grow as its intake does from the
    year of the families on.

    Parameters
    ----------
    table : DataFrame
        Rows of `Outlook.schools`.
    demand : ndarray of float, shape (rows, futures)
        Demand of each row in each future.
    ranked : DataFrame
        This year's children with their tiers.
    intake_year : int
        September of the families.
    gone : Index
        Children gone to a private school.

    Returns
    -------
    DataFrame
        Whole families, (school_id, stage, year) by future.
    """
    counted = ranked[ranked["school_id"].notna()]
    keys = [counted["school_id"], counted["stage"].astype("str")]
    whole = counted.groupby(keys).size()
    stays = counted["status"].eq("registered") & ~counted.index.isin(gone)
    public = stays & counted.get("sector", pd.Series("public", counted.index)).eq("public")
    due = public.groupby(keys).sum()
    pairs = pd.MultiIndex.from_frame(table[["school_id", "stage"]])
    anchor = table["year"].eq(intake_year) | table["year"].eq(table["year"].min())
    usual = table[anchor].drop_duplicates(["school_id", "stage"], keep="last").set_index(["school_id", "stage"])
    zoned = (table["hukou_n"].fillna(0).gt(0) & table["sector"].eq("public")).to_numpy(dtype=bool)
    by_zone = due.reindex(pairs).to_numpy(dtype=float)
    by_past = usual["demand_n"].reindex(pairs).to_numpy(dtype=float)
    measure = np.where(zoned, by_zone, by_past)
    scale = whole.reindex(pairs).to_numpy(dtype=float) / np.where(measure > 0, measure, np.nan)
    numbers = np.floor(np.nan_to_num(demand * scale[:, None]) + 0.5).astype(int)
    return pd.DataFrame(numbers, index=pd.MultiIndex.from_frame(table[KEYS]))


def _of_year(wanted: pd.DataFrame, year: int, future: int) -> dict[tuple[str, str], int]:
    """Return the families of one future year by (school_id, stage)."""
    rows = wanted.loc[wanted.index.get_level_values("year") == year, future]
    return {(school, stage): int(number) for (school, stage, _), number in rows.items()}


def planned(district: District, policy: Policy, years: Iterable[int]) -> dict[int, pd.DataFrame]:
    """Return the plans in force in some years, in the shape and under the year that the rounds look for.

    Parameters
    ----------
    district : District
        District whose tables are read.
    policy : Policy
        Rules of the intake.
    years : iterable of int
        Septembers.

    Returns
    -------
    dict of int to DataFrame
        By year, the table plans with the year of the policy.
    """
    table, years = district.table("plans"), list(years)
    held = table[table["intake_year"] == policy.intake_year].set_index(["school_id", "stage"])["reserved_n"]
    by_stage = {stage: plans_in_force.in_force(district, stage, years) for stage in STAGES}
    by_year = {}
    for year in years:
        plans = pd.concat([by_stage[stage][year].assign(stage=stage) for stage in STAGES]).reset_index()
        reserved = held.reindex(pd.MultiIndex.from_frame(plans[["school_id", "stage"]])).fillna(0)
        by_year[year] = plans.assign(intake_year=policy.intake_year, reserved_n=reserved.to_numpy())
    return by_year


def seats_of(table: pd.DataFrame, plans: dict[int, pd.DataFrame]) -> pd.Series:
    """Return the seats of every row of an outlook under the plans of its years, by (school_id, stage, year).

    Parameters
    ----------
    table : DataFrame
        Rows of an outlook.
    plans : dict of int to DataFrame
        Plan in force by year.

    Returns
    -------
    Series of int
        Seats by (school_id, stage, year).
    """
    seats = pd.concat([plan.assign(year=year) for year, plan in plans.items()]).set_index(KEYS)["seats_n"]
    return seats.reindex(pd.MultiIndex.from_frame(table[KEYS])).fillna(0).astype(int)


def slim(district: District) -> District:
    """Return the district without the tables the rounds do not read.

    Parameters
    ----------
    district : District
        District whose tables are read.

    Returns
    -------
    District
        A copy that is quick to send.
    """
    kept = ("applications", "withdrawals", "feeders", "plans")
    return replace(district, tables={name: district.tables[name] for name in kept if name in district.tables})


AWAY = ["school_id", "stage", "tier", "tier_rank", "status", "to_school_id", "children_n", "year", "future"]


def carry_out(world: World, jobs: list[tuple[int, int, dict]]) -> list[pd.DataFrame]:
    """Carry out intakes to come, and count who was turned away where and ended where.

    Parameters
    ----------
    world : World
        What all intakes share.
    jobs : list of (int, int, dict)
        Year, future, and families wanted by (school_id, stage).

    Returns
    -------
    list of DataFrame
        One table a job, columns `AWAY`.
    """
    intakes = {}
    for year in dict.fromkeys(year for year, _, _ in jobs):
        there = replace(world.district, tables=world.district.tables | {"plans": world.plans[year]})
        same = repeating.replanned(world.intake, there, year=world.policy.intake_year)
        intakes[year] = same or repeating.ready(world.ranked, there, world.policy)
    return [_intake(world, intakes[year], year, future, wanted) for year, future, wanted in jobs]


def _intake(
    world: World, intake: repeating.Repeatable, year: int, future: int, wanted: dict[tuple[str, str], int]
) -> pd.DataFrame:
    cast = repeating.cast(*resampling.taken(world.lines, wanted, future % resampling.LINES))
    ends = repeating.ends(intake, cast, seed=f"{world.seed}/{future}")
    to = np.append(intake.world.schools["school_id"].to_numpy(object), "")[ends.school]
    told = intake.told.take(cast.row).assign(status=ends.status, to_school_id=to)
    elsewhere = told["school_id"].ne(told["to_school_id"]) | told["status"].eq("undetermined")
    gone = told[ends.refused_at_home & elsewhere & told["status"].isin(TURNED_AWAY)]
    keys = ["school_id", "stage", "tier", "tier_rank", "status", "to_school_id"]
    counts = gone.astype({"stage": "str"}).groupby(keys).size().rename("children_n").reset_index()
    return counts.assign(year=year, future=future)[AWAY]


def refused_at_home(outcome: Outcome) -> pd.DataFrame:
    """Return the children whose own school did not take them though they stood for a seat there.

    Parameters
    ----------
    outcome : Outcome
        One intake.

    Returns
    -------
    DataFrame
        Their rows of `Outcome.children`.
    """
    children, log = outcome.children, outcome.log
    home = log["child_id"].map(children["zone_school_id"])
    asked = log.loc[log["school_id"].eq(home) & log["result"].isin(["out", "tied"]), "child_id"]
    elsewhere = children["school_id"].fillna("").ne(children["zone_school_id"]) | children["status"].eq("undetermined")
    return children[children.index.isin(asked) & elsewhere & children["status"].isin(TURNED_AWAY)]


def tiers_of(
    away: pd.DataFrame,
    wanted: pd.DataFrame,
    seats: pd.Series,
    ranked: pd.DataFrame,
    place: pd.Series,
    district: District,
    policy: Policy,
    lines: resampling.Lines,
    years: set[int],
    intakes: int,
) -> pd.DataFrame:
    """Estimate the chance that each tier is cut: counted where one zone decides, else from the years carried out.

    Tiers that no round of the own zone takes ask there in a later round, if at all: only carrying out tells of them.

    Parameters
    ----------
    away : DataFrame
        Children turned away in the intakes carried out.
    wanted : DataFrame
        Families by school and future.
    seats : Series of int
        Seats by (school_id, stage, year).
    ranked : DataFrame
        This year's children with their tiers.
    place : Series
        Place of each child in the order of its school.
    district : District
        District whose tables are read.
    policy : Policy
        Rules of the intake.
    lines : Lines
        Families of each school in their lines.
    years : set of int
        Years carried out.
    intakes : int
        Intakes carried out a year.

    Returns
    -------
    DataFrame
        Rows of `Simulation.tiers`.
    """
    counted = cutoffs.chances(ranked, place, lines, wanted, seats)
    if counted.empty:
        return schema.empty("simulation.tiers")
    plain = cutoffs.closed_form(ranked, district, policy)
    pairs = pd.MultiIndex.from_frame(counted[["school_id", "stage"]])
    counted["method"] = np.where(plain.reindex(pairs, fill_value=False).to_numpy(dtype=bool), "counted", "carried out")
    counted = counted[(counted["method"] == "counted") | counted["year"].isin(years)].reset_index(drop=True)
    keys = [*KEYS, "tier"]
    by_future = away.groupby([*keys, "tier_rank", "future"], as_index=False)["children_n"].sum()
    seen = by_future.groupby(keys)["children_n"].agg(["size", "sum"])
    seen = seen.reindex(pd.MultiIndex.from_frame(counted[keys])).fillna(0) / max(intakes, 1)
    drawn = counted["method"].eq("carried out").to_numpy()
    counted["p_cut"] = np.where(drawn, seen["size"], counted["p_cut"])
    counted["refused_n"] = np.where(drawn, seen["sum"], counted["refused_n"])
    later = by_future[~pd.MultiIndex.from_frame(by_future[keys]).isin(pd.MultiIndex.from_frame(counted[keys]))]
    rows = pd.concat([counted, _refused_later(later, wanted, ranked, intakes)], ignore_index=True)
    return schema.typed("simulation.tiers", rows.sort_values([*KEYS, "tier_rank"], ignore_index=True))


def within_shortage(tiers: pd.DataFrame, short: pd.Series) -> pd.DataFrame:
    """Hold the chance of a cut that was counted to that of the shortage it needs: no tier is cut where seats suffice.

    Both are told of one school; the futures of the one know nothing of how often such schools fell short before.

    Parameters
    ----------
    tiers : DataFrame
        Rows of `Simulation.tiers`.
    short : Series of float
        Chance of a shortage in [0, 1] by (school_id, stage, year); nan where it is not known.

    Returns
    -------
    DataFrame
        The rows; where one zone decides, p_cut is at most the chance of the shortage.
    """
    most = short.reindex(pd.MultiIndex.from_frame(tiers[KEYS])).astype(float).to_numpy()
    held = np.fmin(tiers["p_cut"].to_numpy(dtype=float), most)
    return tiers.assign(p_cut=np.where(tiers["method"].eq("counted"), held, tiers["p_cut"]))


def _refused_later(by_future: pd.DataFrame, wanted: pd.DataFrame, ranked: pd.DataFrame, intakes: int) -> pd.DataFrame:
    """Return the rows of `tiers_of` for tiers that were refused in a later round; (KEYS, tier, tier_rank, future)."""
    keys = [*KEYS, "tier", "tier_rank"]
    seen = by_future.groupby(keys)["children_n"].agg(["size", "sum"]).reset_index()
    mix = ranked.groupby([ranked["school_id"], ranked["stage"].astype("str"), ranked["tier"].astype("str")]).size()
    share = mix / mix.groupby(level=[0, 1]).transform("sum")
    coming = wanted.mean(axis=1).reindex(pd.MultiIndex.from_frame(seen[KEYS])).to_numpy()
    part = share.reindex(pd.MultiIndex.from_frame(seen[["school_id", "stage", "tier"]])).to_numpy()
    columns = {"children_n": coming * part, "refused_n": seen["sum"] / intakes, "p_cut": seen["size"] / intakes}
    return seen[keys].assign(**columns, method="carried out")


def ends_of(away: pd.DataFrame, intakes: int) -> pd.DataFrame:
    """Count where the children turned away end, as means of the intakes carried out; most first.

    Parameters
    ----------
    away : DataFrame
        Children turned away in the intakes carried out.
    intakes : int
        Intakes carried out a year.

    Returns
    -------
    DataFrame
        Rows of `Simulation.ends`.
    """
    keys = [*KEYS, "status", "to_school_id"]
    if away.empty:
        return schema.empty("simulation.ends")
    mean = (away.groupby(keys)["children_n"].sum() / intakes).reset_index()
    order = [True] * len(KEYS) + [False]
    return schema.typed("simulation.ends", mean.sort_values([*KEYS, "children_n"], ascending=order, ignore_index=True))


def sizes_of(table: pd.DataFrame, demand: np.ndarray, policy: Policy) -> pd.DataFrame:
    """Work out the largest entry class if nobody is turned away: its median, and the chance of each limit.

    Parameters
    ----------
    table : DataFrame
        Rows of an outlook.
    demand : ndarray of float, shape (rows, futures)
        Demand of each row in each future.
    policy : Policy
        Its capacity names the limits.

    Returns
    -------
    DataFrame
        Rows of `Simulation.sizes`.
    """
    capacity = policy.capacity
    classes = table["classes_n"].to_numpy(dtype=float, na_value=np.nan)
    size = np.ceil(demand / np.where(classes > 0, classes, np.nan)[:, None])
    standard = table["stage"].map(dict(capacity.standard)).to_numpy(dtype=float)
    classed = classes > 0

    def share(beyond: np.ndarray) -> np.ndarray:
        return np.where(classed, beyond.mean(axis=1), np.nan)

    median = np.full(len(size), np.nan)
    median[classed] = np.floor(np.median(size[classed], axis=1) + 0.5)
    return table[KEYS].assign(
        class_size_n=pd.array(median, dtype="Int64"),
        p_over=share(size > standard[:, None]),
        p_oversized=share(size >= capacity.oversized),
        p_super=share(size >= capacity.super_oversized),
    )
