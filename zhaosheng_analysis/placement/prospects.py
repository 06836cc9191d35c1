"""Each child's chance under the whole rule book, by drawing again and again: for what has no closed form.

Twins, several choices and several rounds have none. The rounds are carried out with many seeds, which are the same
whatever the rules, so that two rule books differ by their rules alone.
"""

from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis import admission
from zhaosheng_analysis.placement.outcome import PLACED
from zhaosheng_analysis.policy import Policy


def simulate(ranked: pd.DataFrame, district: Any, policy: Policy, *, draws: int = 20, seed: str) -> pd.DataFrame:
    """Estimate the chance of any place, and of one at the school it belongs to, for every child.

    Parameters
    ----------
    ranked : children with tiers. draws : number of whole intakes; the error of a chance is at most 0.5 / sqrt(draws).
    seed : name of the series of seeds.

    Returns
    -------
    DataFrame on the children's index: placed_share, own_share (at its zone school), error (standard error of
    placed_share, 0 where every draw agrees; not a proof of certainty), draws_n.
    """
    placed, own = np.zeros(len(ranked)), np.zeros(len(ranked))
    for number in range(draws):
        children = admission.run(ranked, district, policy, seed=f"{seed}|{number}").children.loc[ranked.index]
        inside = children["status"].isin(PLACED).to_numpy()
        placed += inside
        own += inside & (children["school_id"] == children["zone_school_id"]).fillna(value=False).to_numpy(bool)
    share = placed / draws
    columns = {"placed_share": share, "own_share": own / draws, "error": np.sqrt(share * (1 - share) / draws)}
    return pd.DataFrame(columns, index=ranked.index).assign(draws_n=draws)
