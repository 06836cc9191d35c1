"""Each child's chance under the whole rule book, by drawing again and again: for what has no closed form.

Twins, several choices and several rounds have none. Only what a new draw can change is drawn again (`margins`), with
seeds that are the same whatever the rules, so that two rule books differ by their rules alone.
"""

from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.placement import margins
from zhaosheng_analysis.policy import Policy


def simulate(ranked: pd.DataFrame, district: Any, policy: Policy, *, draws: int = 20, seed: str) -> pd.DataFrame:
    """Estimate the chance of any place, and of one at the school it belongs to, for every child.

    Parameters
    ----------
    ranked : children with tiers. draws : number of draws; the error of a chance is at most 0.5 / sqrt(draws).
    seed : name of the series of seeds.

    Returns
    -------
    DataFrame on the children's index: placed_share, own_share (at its zone school), error (standard error of
    placed_share, 0 where every draw agrees), certain (no draw can change the child's place), draws_n.
    """
    margin = margins.reduced(ranked, district, policy)
    ids = np.append(margin.world.schools["school_id"].to_numpy(object), "")
    home = margin.children["school_id"].fillna("none").to_numpy(object)
    placed, own = np.zeros(len(home)), np.zeros(len(home))
    for number in range(draws):
        school = margins.draw(margin, seed=f"{seed}|{number}")
        placed += school >= 0
        own += ids[school] == home
    share = placed / draws
    columns = {"placed_share": share, "own_share": own / draws, "error": np.sqrt(share * (1 - share) / draws)}
    found = pd.DataFrame(columns, index=margin.children.index).assign(certain=~margin.open, draws_n=draws)
    return found.loc[ranked.index]
