"""How likely each child is to get in before the draw: exact where one school and one lottery decide."""

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.placement import kernels


def chances(
    ranked: pd.DataFrame, seats: pd.Series, *, twins: str = "", draws: int = 1000, seed: str = "chances"
) -> pd.Series:
    """Return each child's chance of a seat at its zone school, tier by tier with a lottery in the last tier.

    Without twins the chance is exact: 1 below the marginal tier, seats left over its size inside it, 0 above. Twins on
    one ticket have no closed form; their tiers are drawn `draws` times, all families on the same tickets whatever the
    rule, so that two rules differ by the rule alone.

    Parameters
    ----------
    ranked : children with school_id and tier_rank, and twin_id where `twins` is given.
    seats : seats by school_id.
    twins : "" for single tickets, or what happens to a pair that does not fit (`kernels.OVERFLOW`).
    draws : number of simulated draws.

    Returns
    -------
    Chance from 0 to 1 on the children's index; NaN for a child without a school.
    """
    if not ranked["school_id"].notna().any():
        return pd.Series(np.nan, ranked.index)
    codes, schools = pd.factorize(ranked["school_id"])
    places = seats.reindex(schools).fillna(0).to_numpy(int)
    tier = ranked["tier_rank"].to_numpy(int)
    exact = _closed(codes, tier, places)
    if not twins:
        return pd.Series(np.where(codes >= 0, exact, np.nan), ranked.index)
    margin = (exact > 0) & (exact < 1)
    drawn = _simulated(ranked[margin], codes[margin], tier[margin], _left(codes, tier, places), twins, draws, seed)
    exact[margin] = drawn
    return pd.Series(np.where(codes >= 0, exact, np.nan), ranked.index)


def _closed(school: np.ndarray, tier: np.ndarray, seats: np.ndarray) -> np.ndarray:
    """Return the exact chance of single tickets from the counts of the (school, tier) cells."""
    tiers = int(tier.max(initial=0)) + 1
    real = school >= 0
    cells = np.bincount((school * tiers + tier)[real], minlength=seats.size * tiers).reshape(-1, tiers)
    before = cells.cumsum(axis=1) - cells
    share = np.clip((seats[:, None] - before) / np.maximum(cells, 1), 0, 1)
    return np.where(real, share[school, tier], 0.0)


def _left(school: np.ndarray, tier: np.ndarray, seats: np.ndarray) -> np.ndarray:
    """Return the seats left for the marginal tier of each school."""
    order = np.zeros(school.size, np.uint64)
    return kernels.admit(school, tier, order, seats).cut.left


def _simulated(
    group: pd.DataFrame, school: np.ndarray, tier: np.ndarray, left: np.ndarray, rule: str, draws: int, seed: str
) -> np.ndarray:
    """Draw the marginal tiers again and again, twins on one ticket."""
    names = pd.Series(group.index, group.index, dtype="str")
    family = group["twin_id"].replace("", pd.NA).fillna(names).astype("str")
    key = pd.DataFrame({"family": family.to_numpy(), "school": school, "tier": tier})
    unit = key.groupby(["family", "school", "tier"]).ngroup().to_numpy()
    first, weight = np.unique(unit, return_index=True, return_counts=True)[1:]
    chance = lottery.generator(seed, "chances")
    wins = np.zeros(first.size)
    for _ in range(draws):
        turn = chance.permutation(first.size)
        taken = kernels.admit(school[first], np.zeros(first.size), turn, left, weight=weight, overflow=rule).taken
        wins += taken / weight
    return (wins / draws)[unit]
