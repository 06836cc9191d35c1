"""One row a child: the school it belongs to, whether its registration stands, and the facts the rules ask about.

Three steps: `addresses` puts every paper on the map, `residence` and `evidence` choose the school and say where each
paper lies as seen from it, `facts` and `registration` answer the questions of the policy. Nothing is guessed: a table
or column that is missing is an error that names it.
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis import addresses, evidence, facts, registration, residence
from zhaosheng_analysis.facts import FACTS
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.vocabulary import EVIDENCE

__all__ = ["EVIDENCE", "FACTS", "build"]


def build(district: District, policy: Policy) -> pd.DataFrame:
    """Describe every child of the policy's intake by the facts the rules ask about.

    Parameters
    ----------
    district : a district folder with the tables children, homes, hukou, permits and applications.
    policy : rules of an admission policy.

    Returns
    -------
    DataFrame indexed by child_id, in the order of the ids: stage, school_id (the school the child belongs to), zone_id,
    x, y, residence (the address that decided) with its clause, applied_id, status and status_clause, channel,
    submitted_at, settled_on, origin (district, city, outside), local and special (yes, no), unregistered (0, 1),
    price_flag, the evidence, and one categorical column a fact (same name: the fact wins).

    Raises
    ------
    DataError : tables or columns that the policy needs are missing.
    """
    children = _children(district, policy)
    applied = _applications(district, children)
    links = residence.leads(district, policy)
    found = addresses.locate(district, policy, children)
    every = policy.parameter("guardian.match", "any") == "all"

    first = evidence.relative(found, None, links, district)
    picked = evidence.pick(first, every_guardian=every)
    none_yet = _of_school(children, applied, None, links, district, picked)
    early = evidence.table(children, first, picked, none_yet, every_guardian=every)
    chosen = residence.choose(children, applied["applied_id"], picked, early, links, policy)
    chosen = _without_overlap(chosen, links, policy)

    seen = evidence.relative(found, chosen, links, district)
    picked = evidence.pick(seen, every_guardian=every)
    chosen = _with_zone(chosen, picked)
    school = _of_school(children, applied, chosen, links, district, picked)
    papers = evidence.table(children, seen, picked, school, every_guardian=every)
    _has_dates(papers, policy)
    return _described(children, applied, chosen, papers, found, policy)


def _children(district: District, policy: Policy) -> pd.DataFrame:
    children = district.table("children")
    children = children[children["intake_year"] == policy.intake_year]
    if children.empty:
        where, remedy = f"{district.name} children", "请核对 intake_year，或换用该年度的政策"
        raise DataError(Fault(where, f"没有 {policy.intake_year} 年入学的儿童", "", remedy))
    return children.set_index("child_id", verify_integrity=True).sort_index()


def _applications(district: District, children: pd.DataFrame) -> pd.DataFrame:
    """Return one row a child: what it applied to, when and how; the public choice counts before the private."""
    filed = district.table("applications")
    filed = filed[filed["child_id"].isin(children.index)]
    order = filed.assign(second=filed["sector"] != "public").sort_values(
        ["child_id", "second", "choice_n", "school_id"]
    )
    first = order.drop_duplicates("child_id").set_index("child_id")
    public = order[~order["second"]]
    by_child = filed.groupby("child_id")
    rivals = public.groupby(["child_id", "choice_n"])["school_id"].nunique().groupby("child_id").max()
    columns = {
        "registered": children.index.isin(filed["child_id"]),
        "sector": first["sector"],
        "channel": first["channel"],
        "submitted_at": first["submitted_at"],
        "sectors_n": by_child["sector"].nunique(),
        "schools_n": rivals,
        "applied_id": public.drop_duplicates("child_id").set_index("child_id")["school_id"],
    }
    table = pd.DataFrame(columns, index=children.index)
    counts = {name: table[name].fillna(value).astype(int) for name, value in (("sectors_n", 0), ("schools_n", 0))}
    return table.assign(**counts, sector=table["sector"].fillna("public"))


def _of_school(
    children: pd.DataFrame,
    applied: pd.DataFrame,
    chosen: pd.DataFrame | None,
    links: residence.Leads,
    district: District,
    picked: dict[str, pd.DataFrame],
) -> pd.DataFrame:
    """Return what the registration and the school it stands at contribute to the evidence."""
    school = pd.Series(pd.NA, index=children.index, dtype="str") if chosen is None else chosen["school_id"]
    schools = links.schools
    before = children["prev_school_id"]
    filed = district.table("applications")
    own = pd.MultiIndex.from_arrays([children.index, before]).isin(
        pd.MultiIndex.from_frame(filed[["child_id", "school_id"]])
    )
    township = before.map(schools["township_id"])
    columns = {
        "urban": school.map(schools["urban"]).astype("boolean").fillna(value=False) | school.isna(),
        "commissioned": school.map(schools["sector"]).eq("private"),
        "applied_own": own,
        "prev_township_same": township.notna() & township.eq(school.map(schools["township_id"])),
        "partner": _partner(children, picked, district),
    }
    return applied.drop(columns="applied_id").assign(**columns)


def _partner(children: pd.DataFrame, picked: dict[str, pd.DataFrame], district: District) -> np.ndarray:
    """Tell whose home and hukou lie in two counties of one city proper (areas with one urban parent): QZ 三(四)10."""
    counties = addresses.counties(district).set_index("area_id")["parent_id"].fillna("")
    home = picked["home"]["county"].reindex(children.index)
    hukou = picked["hukou"]["county"].reindex(children.index)
    shared = home.map(counties)
    both = shared.notna() & shared.ne("") & shared.eq(hukou.map(counties))
    return (both & home.ne(hukou)).to_numpy(dtype=bool)


def _with_zone(chosen: pd.DataFrame, picked: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Fill in the zone of a school applied to from whatever address of the child lies in it."""
    zone = chosen["zone_id"]
    for rows in picked.values():
        zone = zone.fillna(rows["zone_id"].where(rows["at"] == "zone").reindex(chosen.index))
    return chosen.assign(zone_id=zone)


def _without_overlap(chosen: pd.DataFrame, links: residence.Leads, policy: Policy) -> pd.DataFrame:
    """Treat a place two zones claim as the policy says: a choice, the first listed school's, or an error (A-LT4)."""
    way = policy.parameter("overlap", "choice")
    several = chosen["zone_id"].isin(links.pairs.loc[links.pairs["zone_id"].duplicated(), "zone_id"])
    if way == "choice" or not several.any():
        return chosen
    if way == "error":
        found = f"{int(several.sum())} 名儿童住在两校都列名的地方"
        raise DataError(
            Fault(f"{policy.file} 学区重叠", found, "每个地址只能归一所学校", "请改正学区文字，或改用 choice")
        )
    first = links.pairs.drop_duplicates("zone_id").set_index("zone_id")["school_id"]
    single = links.pairs[~links.pairs["zone_id"].duplicated(keep=False)].drop_duplicates("school_id")
    school = chosen["zone_id"].map(first)
    zone = school.map(single.set_index("school_id")["zone_id"])
    return chosen.assign(
        school_id=chosen["school_id"].mask(several, school),
        zone_id=chosen["zone_id"].mask(several & zone.notna(), zone),
    )


def _has_dates(papers: pd.DataFrame, policy: Policy) -> None:
    for column in evidence.settle_contract(papers, policy):
        where, remedy = f"{policy.file} 参数 house_date", "请在 homes 表中补上这一列，或改用 registration"
        raise DataError(Fault(where, f"homes 表没有列「{column}」", "", remedy))


def _described(
    children: pd.DataFrame,
    applied: pd.DataFrame,
    chosen: pd.DataFrame,
    papers: pd.DataFrame,
    found: pd.DataFrame,
    policy: Policy,
) -> pd.DataFrame:
    answers = facts.build(papers, policy)
    status = registration.status(papers, policy)
    kept = ["intake_year", "sex", "prev_school_id", "twin_id", "sibling_school_id"]
    about = children[kept].assign(applied_id=applied["applied_id"], **_extras(papers, found, policy))
    about = about.assign(settled_on=facts.settled_on(papers, policy))
    rest = papers.drop(columns=[name for name in papers if name in answers or name in about])
    return pd.concat([about, chosen, status, rest, answers], axis=1)


def _extras(papers: pd.DataFrame, found: pd.DataFrame, policy: Policy) -> dict[str, np.ndarray]:
    """Return what rounds ask beyond the tier table: where the child comes from, preference, and flags for visits."""
    special = facts.special(papers, policy)
    here = found["place"].ne("outside") & found["kind"].isin(["home", "hukou", "permit"])
    local = papers.index.isin(found.loc[here, "child_id"])
    band = policy.parameter("price_band", None)
    odd = (papers["price_ratio"] - 1).abs().gt(1.0 if band is None else band) & papers["home_evidence"].eq(
        "untransferred"
    )
    return {
        "origin": _origin(papers, found, policy),
        "local": np.where(local, "yes", "no"),
        "special": special,
        "unregistered": (~papers["registered"]).astype("int8").to_numpy(),
        "price_flag": odd.to_numpy(),
    }


def _origin(papers: pd.DataFrame, found: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Tell where a child comes from: this district, elsewhere in the city, beyond; LT 三(二) (A-LT15)."""
    own = found[found["kind"] == "hukou"].drop_duplicates("child_id").set_index("child_id")
    place = own["place"].reindex(papers.index)
    code = own["code"].reindex(papers.index).fillna("")
    home_code = found.loc[found["place"].ne("outside") & found["code"].notna(), "code"]
    city = home_code.str[:4].mode()
    same_city = code.str[:4].eq(city.iloc[0]) if len(city) else pd.Series(data=False, index=papers.index)
    local = place.isin(["town", "district"])
    if policy.parameter("county_includes_permit", True):
        local |= papers["permit_at"].ne("none") & papers["permit_at"].ne("outside")
    return np.select([local, same_city], ["district", "city"], "outside")
