"""The demo districts as they are committed, read once a session; nobody may change what they hand out."""

from functools import cache
from pathlib import Path

import pandas as pd

from tests.towns.once import shared
from zhaosheng_analysis import audit, geodata, policy, tiers
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy

FOLDER = Path(__file__).parents[2] / "geodata"


@cache
def district(name: str) -> District:
    """Read a district."""
    return geodata.load(FOLDER / name)


@cache
def rules(name: str) -> Policy:
    """Read the policy that a district names."""
    return policy.load(district(name).about["policy"])


@shared
def ranked(name: str) -> pd.DataFrame:
    """Return the children of a district with tier and clause."""
    return tiers.ranked(district(name), rules(name))


@shared
def audited(name: str) -> audit.Findings:
    """Audit a district by its own rules."""
    return audit.run(district(name), rules(name))


@cache
def truth(name: str, table: str) -> pd.DataFrame:
    """Read what was planted in a district; what is empty there is empty text."""
    return pd.read_csv(FOLDER / name / "truth" / f"{table}.csv", dtype="str", keep_default_na=False)
