"""Random papers for whatever a rule book may ask: places, flags, days around its dates, moments around its closings."""

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import cases
from zhaosheng_analysis.policy.vocabulary import EVIDENCE


def papers(rules, *, number=3000):
    """Return random evidence: places, flags, days around every date of the rules, moments around every closing."""
    chance = np.random.default_rng(7)
    days = [pd.Timestamp(date.on) + pd.Timedelta(days=step) for date in rules.dates.values() for step in (-1, 0, 1)]
    shut = [pd.Timestamp(item.closes) for item in rules.windows if item.name == "registration" and item.closes]
    moments = [moment + pd.Timedelta(hours=step) for moment in shut for step in (-25, -1, 0, 1)]

    def column(name, kind, values):
        if kind in ("place", "one_of"):
            listed = [value for value in values if not (value == "none" and "hukou" in name)]
            # Half of the places are in the zone: otherwise hardly any family has all three of its addresses there.
            listed += listed[:1] * (len(listed) - 2) * (kind == "place")
            return [listed[place] for place in chance.integers(len(listed), size=number)]
        if kind == "flag":
            return (chance.random(number) < 0.7).tolist()
        pool = {"date": days, "moment": moments, "number": list(range(8)), "text": ["", "甲"]}[kind]
        return [pool[place] for place in chance.integers(len(pool), size=number)]

    drawn = {name: column(name, item.kind, item.values) for name, item in EVIDENCE.items()}
    return cases.evidence_of([dict(zip(drawn, row, strict=True)) for row in zip(*drawn.values(), strict=True)])
