"""长幼随学: pupils of any grade who ask to join a brother or sister, answered by the transfer rounds of a policy.

A request is refused by a condition of its round, by the absence of a brother or sister, or for want of room; chance
decides only who comes first where room is short.
"""

from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from zhaosheng_analysis import zones
from zhaosheng_analysis.admission import Round, descriptions, holds, rounds
from zhaosheng_analysis.classes import siblings
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy

_PLACES = ("hukou_unit_id", "home_unit_id")
_SAID = {
    "fits": "转入{class_no}班，转入后{size_after_n}人",
    "over_base": "转入{class_no}班，转入后{size_after_n}人，因长幼随学超过基准班额",
    "stranger": "没有兄弟姐妹在该校就读",
    "refused": "该年级各班都已到上限",
}


def run(district: District, policy: Policy, *, seed: str) -> pd.DataFrame:
    """Answer every request of the table sibling_requests.

    Parameters
    ----------
    district : District
        Tables sibling_requests and classes (the latest school year counts; grades are those of that year), units,
        zones.
    policy : Policy
        Its rounds of kind transfer; a school of a sector that has none takes nobody.
    seed : str
        Published seed of the draw.

    Returns
    -------
    DataFrame
        The requests by pupil_id with round, verdict (fits, over_base, refused, stranger, barred), class_no,
        size_after_n, clause and reason, one row each.

    Raises
    ------
    DataError
        A table is missing, or the cap of a class reaches the oversized line.
    """
    asked = _described(district.table("sibling_requests"), district, policy)
    table = district.table("classes")
    table = table[table["school_year"] == table["school_year"].max()]
    parts = [
        _answered(item, asked[_concerns(item, asked)], table, policy, seed)
        for item in rounds.read(policy)
        if item.kind == "transfer"
    ]
    decided = pd.concat(parts) if parts else asked.iloc[:0]
    rest = asked[~asked.index.isin(decided.index)].assign(verdict="barred", reason="规则没有这类转学")
    results = pd.concat([decided, rest]).sort_values("pupil_id", ignore_index=True)
    return results[[*district.table("sibling_requests"), *_ANSWER]]


_ANSWER = ["round", "verdict", "class_no", "size_after_n", "clause", "reason"]


def _described(requests: pd.DataFrame, district: District, policy: Policy) -> pd.DataFrame:
    """Say of each request which sector it leads to, and whether the two schools are those of the pupil's zones."""
    schools = district.schools.set_index("school_id")
    stage = district.school_system.stage_of(requests["grade"])
    own = _zone_schools(requests.assign(stage=stage), district, policy)
    about = {
        "stage": stage,
        "to_sector": requests["school_id"].map(schools["sector"]),
        "from_sector": requests["from_school_id"].map(schools["sector"]),
        "zone_target": [a in b for a, b in zip(requests["school_id"], own, strict=True)],
        "zone_now": [a in b for a, b in zip(requests["from_school_id"], own, strict=True)],
    }
    empty = dict.fromkeys(_ANSWER)
    return requests.assign(**about, **empty).reset_index(drop=True)


def _zone_schools(requests: pd.DataFrame, district: District, policy: Policy) -> list[set[str]]:
    """Return the schools of the zones in which each pupil is registered and lives."""
    spots = district.units.set_index("unit_id").geometry.representative_point()
    schools: list[set[str]] = [set() for _ in range(len(requests))]
    for stage in rounds.STAGES:
        layer = zones.valid(district.zones, stage=stage, on=f"{policy.intake_year}-09-01")
        mine = requests["stage"].eq(stage).to_numpy().nonzero()[0]
        for name in _PLACES:
            points = spots.reindex(requests[name].iloc[mine]).set_axis(mine)
            points = gpd.GeoSeries(points.fillna(Point()), crs=district.units.crs)
            inside = zones.all_of(points, layer).merge(district.zone_schools, on="zone_id", validate="m:m")
            for row in inside.itertuples():
                schools[row.point].add(row.school_id)
    return schools


def _concerns(item: Round, asked: pd.DataFrame) -> pd.Series:
    """Say which requests a round is for."""
    return asked["stage"].isin(item.stage) & (asked["to_sector"].eq(item.sector) | (item.sector == "any"))


def _answered(item: Round, asked: pd.DataFrame, table: pd.DataFrame, policy: Policy, seed: str) -> pd.DataFrame:
    """Answer the requests of one round: its conditions first, then room."""
    asked = asked.assign(round=item.id, clause=item.clause)
    barred = pd.Series("", asked.index)
    for name, values in item.takes.items():
        fails = barred.eq("") & ~holds({name: values}, item, asked)
        barred[fails] = f"限{descriptions.condition(name, values, {})}"
    able = asked[barred == ""].drop(columns=["verdict", "class_no", "size_after_n", "reason"])
    placed = siblings.place_siblings(able, table, policy, seed=seed, beyond=item.seats == "sibling")
    placed["reason"] = [_SAID[row["verdict"]].format(**row) for row in placed.to_dict("records")]
    out = asked[barred != ""].assign(verdict="barred", reason=barred[barred != ""])
    return pd.concat([placed, out])


def tally(answers: pd.DataFrame) -> dict[str, Any]:
    """Count the requests, those granted, those of them beyond the base size, and those refused.

    Parameters
    ----------
    answers : DataFrame
        Requests with their verdicts, as `run` gives them.

    Returns
    -------
    dict of str to object
        Keys asked_n, granted_n, beyond_n and refused_n.
    """
    verdict = answers["verdict"]
    granted = verdict.isin(["fits", "over_base"])
    return {
        "asked_n": len(answers),
        "granted_n": int(granted.sum()),
        "beyond_n": int(verdict.eq("over_base").sum()),
        "refused_n": int((~granted).sum()),
    }
