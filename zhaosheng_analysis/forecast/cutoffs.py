"""Where admission is cut when one zone decides: counting, no draw.

The rounds of a policy that take the children of a school's own zone serve them in steps, a round at a time and tier by
tier within it. A step is cut when it and the steps before it hold more children than there are seats; a lottery within
the step changes who is refused, not how many. Choice zones and reserved seats have no such closed form.
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis.admission import holds, rounds
from zhaosheng_analysis.forecast import resampling
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy

#: Kinds of rounds that serve the children of the school's own zone.
OWN = ("zone", "reserve", "choice")


def steps(ranked: pd.DataFrame, district: District, policy: Policy) -> pd.Series:
    """Return the place of each child in the order in which its own school serves them.

    Parameters
    ----------
    ranked : DataFrame
        Children with tiers.
    district : District
        Applications say who applied to which sector.
    policy : Policy
        Its rounds.

    Returns
    -------
    Series of float
        Numbers that grow with the round and, within it, with the tier; nan for children no round of the own zone takes.
    """
    filed = district.tables.get("applications", pd.DataFrame({"child_id": [], "sector": []}))
    rows = ranked.assign(
        placed="none",
        **{
            f"applied_{sector}": ranked.index.isin(filed.loc[filed["sector"] == sector, "child_id"])
            for sector in ("public", "private")
        },
    )
    place = pd.Series(np.nan, index=ranked.index)
    for number, item in enumerate(rounds.read(policy)):
        if item.kind in OWN and item.sector in ("public", "any"):
            enters = place.isna() & _enters(item, rows)
            tiered = ranked["tier_rank"].astype(float) if "tier" in item.key else 0.0
            place = place.where(~enters, 100.0 * number + tiered)
    return place


def _enters(item: rounds.Round, children: pd.DataFrame) -> pd.Series:
    """Say who may enter a round, as far as columns tell."""
    inside = children["stage"].isin(item.stage).to_numpy(bool)
    for wanted, said in (({"status": "registered", **item.takes}, True), (item.excludes, False)):
        for name, values in wanted.items():
            if name in children or name in ("any", "not"):
                inside = inside & holds({name: values}, item, children) == said
    return pd.Series(inside, children.index)


def closed_form(ranked: pd.DataFrame, district: District, policy: Policy) -> pd.Series:
    """Return the (school_id, stage) whose cut needs no draw: one zone, one school, nothing reserved.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    district : District
        District whose tables are read.
    policy : Policy
        Rules of the intake.

    Returns
    -------
    Series of bool
        By (school_id, stage) of the children.
    """
    links = district.zone_schools
    several = set(links.loc[links["zone_id"].duplicated(keep=False), "zone_id"])
    shared = ranked["zone_id"].isin(several)
    keys = [ranked["school_id"], ranked["stage"].astype("str")]
    plans = district.table("plans")
    held = plans[plans["intake_year"].eq(policy.intake_year) & plans["reserved_n"].fillna(0).gt(0)]
    chosen = set(district.zones.loc[district.zones["rule"] == "district", "stage"])
    alone = ~shared.groupby(keys).any()
    reserved = alone.index.isin(pd.MultiIndex.from_frame(held[["school_id", "stage"]]))
    return alone & ~reserved & ~alone.index.get_level_values(1).isin(chosen)


def chances(
    ranked: pd.DataFrame, place: pd.Series, lines: resampling.Lines, wanted: pd.DataFrame, seats: pd.Series
) -> pd.DataFrame:
    """Return, for each school, year and tier, the chance that somebody is refused and how many that would be.

    Parameters
    ----------
    ranked : DataFrame
        Children with tier and tier_rank.
    place : Series
        From `steps`.
    lines : Lines
        Families of each school in line.
    wanted : DataFrame
        (school_id, stage, year) by future, families that come.
    seats : Series
        By (school_id, stage, year).

    Returns
    -------
    DataFrame
        Columns school_id, stage, year, tier, tier_rank, children_n and refused_n (means over futures), p_cut in [0, 1].
    """
    rows, counted = [], {}
    ladder = pd.DataFrame({"place": place, "tier": ranked["tier"].astype("str"), "tier_rank": ranked["tier_rank"]})
    for (school, stage, year), futures in wanted.iterrows():
        if (school, stage) not in lines.members:
            continue
        if (school, stage) not in counted:
            own = ladder.iloc[lines.members[school, stage]]
            tiers = own.drop_duplicates(["place", "tier"]).dropna().sort_values("place")
            counted[school, stage] = tiers, _prefixes(own, tiers, lines.orders[school, stage])
        tiers, prefix = counted[school, stage]
        counts = _counts(prefix, futures.to_numpy(dtype=int))
        before = counts.cumsum(axis=1)
        refused = np.clip(before - seats[school, stage, year], 0, counts)
        rank, names = tiers["tier_rank"].to_numpy(int), tiers["tier"].to_numpy(object)
        for tier in np.unique(rank):
            at = np.flatnonzero(rank == tier)
            lost, came = refused[:, at].sum(axis=1), counts[:, at].sum(axis=1)
            rows.append((school, stage, year, names[at[0]], int(tier), came.mean(), lost.mean(), (lost > 0).mean()))
    columns = ["school_id", "stage", "year", "tier", "tier_rank", "children_n", "refused_n", "p_cut"]
    return pd.DataFrame(rows, columns=columns)


def _prefixes(own: pd.DataFrame, tiers: pd.DataFrame, orders: np.ndarray) -> np.ndarray:
    """Count the children of each step among the first of each line; (lines, families + 1, steps)."""
    ladder = pd.MultiIndex.from_frame(tiers[["place", "tier"]])
    step = ladder.get_indexer(pd.MultiIndex.from_frame(own[["place", "tier"]]))
    each = (step[:, None] == np.arange(len(tiers))).astype(int)
    prefix = np.zeros((len(orders), len(own) + 1, len(tiers)), dtype=int)
    prefix[:, 1:] = each[orders].cumsum(axis=1)
    return prefix


def _counts(prefix: np.ndarray, futures: np.ndarray) -> np.ndarray:
    """Count the children of each step that come in each future; (futures, steps)."""
    whole, rest = np.divmod(futures, prefix.shape[1] - 1)
    line = np.arange(len(futures)) % len(prefix)
    return whole[:, None] * prefix[0, -1] + prefix[line, rest]
