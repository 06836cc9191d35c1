"""What becomes of the children of the years ahead under the rules: who has a seat where, and who goes without.

The zones, the schools and the seats are those of one side in that year; the children and their tickets are the same on
both sides. Papers keep their dates: every year ahead is this year's intake, with its settling days, in other numbers.
"""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery, walks
from zhaosheng_analysis.admission import repeating
from zhaosheng_analysis.forecast import simulation
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.redraw.future_children import Intakes

KEYS = ["year", "school_id", "tier_rank", "tier", "tier_label", "fate"]
#: Fates of children for whom their own school has no seat.
AWAY = ("refused", "none")
#: What may become of a child -> Chinese.
FATES = {
    "own": "本校",
    "refused": "本校录不下，|去其他公办",
    "apart": "另到其他|公办学校",
    "private": "民办学校",
    "none": "没有学位",
    "aside": "没有|参加录取",
}


def counted(
    pool: pd.DataFrame, now: District, there: District, intakes: Intakes, policy: Policy, *, seed: str
) -> pd.DataFrame:
    """Put every year ahead through the rules and count what becomes of its children.

    Parameters
    ----------
    pool : DataFrame
        Ranked children under the side's zones, with the doubles of `future_children`.
    now : District
        The district of this year's intake as if the zones were in force.
    there : District
        With schools and plans to come.
    intakes : Intakes
        The children of the years ahead.
    policy : Policy
        Rules of the intake.
    seed : str
        Of the tickets, a year apart.

    Returns
    -------
    DataFrame
        `KEYS` and children_n; school_id is the child's own school (empty without one).
    """
    pool, ways, bare, intake, parts = pool.sort_index(), walks.ways(now), simulation.slim(now), None, []
    planned = simulation.planned(there, policy, intakes.drawn["year"].unique())
    for year, rows in intakes.drawn.groupby("year"):
        tables = bare.tables | {"plans": planned[year]}
        then = replace(bare, schools=open_in(there.schools, year), tables=tables)
        same = repeating.replanned(intake, then, year=policy.intake_year) if intake else None
        intake = same or repeating.ready(pool, then, policy, walk=ways)
        cast = repeating.cast(pool.index.get_indexer(rows["child_id"]), rows["copy"].to_numpy())
        ends = repeating.ends(intake, cast, seed=f"{seed}/{year}")
        parts.append(fates(intake, cast, ends, seed=f"{seed}/{year}").assign(year=year))
    whole = pd.concat(parts)
    return whole.groupby(KEYS).size().rename("children_n").reset_index()


def open_in(schools: gpd.GeoDataFrame, year: int) -> gpd.GeoDataFrame:
    """Return the schools with the status they have in one September."""
    opens, closes = (pd.to_numeric(schools[name]).astype(float) for name in ("opened_year", "closed_year"))
    status = schools["status"].mask(schools["status"].eq("planned") & opens.le(year), "open")
    status = status.mask(status.eq("open") & opens.gt(year), "planned")
    return schools.assign(status=status.mask(status.eq("open") & closes.le(year), "closed"))


def fates(intake: repeating.Repeatable, cast: repeating.Cast, ends: repeating.Ends, *, seed: str) -> pd.DataFrame:
    """Say of each child what becomes of it: own school and tier, and one of `FATES`.

    Who was refused at the own school and has a seat at another is `refused`; who has one there without having been
    refused (another school chosen, a place by policy, no school of its own) is `apart`. Of children tied at the last
    seats as many get one as there are seats; the tickets say who, where the text does not.
    """
    told = intake.told.take(cast.row)
    home = told["school_id"].fillna("").astype("str")
    public, tied = np.isin(ends.status, ["admitted", "redirected"]), ends.status == "undetermined"
    tickets = pd.Series(lottery.tickets(repeating.called(intake, cast)[tied], seed=seed, stream="tied"))
    place = tickets.groupby(ends.school[tied]).rank(method="first", ascending=False).to_numpy()
    seated = public.copy()
    seated[tied] = place > ends.over[ends.school[tied]]
    placed = seated | (ends.status == "private")
    none = (ends.status == "unplaced") | (tied & ~seated)
    ids = np.append(intake.world.schools["school_id"].to_numpy(object), "")
    own = placed & (ids[ends.school] == home.to_numpy(object))
    fate = np.select(
        [own, seated & ends.refused_at_home, seated, placed, none],
        ["own", "refused", "apart", "private", "none"],
        "aside",
    )
    return pd.DataFrame(
        {
            "school_id": home.array,
            "tier_rank": told["tier_rank"].to_numpy(int),
            "tier": told["tier"].astype("str").fillna("未定").array,
            "tier_label": told["tier_label"].astype("str").fillna("未定").array,
            "fate": fate,
        }
    )
