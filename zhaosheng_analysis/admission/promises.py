"""What the text promises families, recounted from the papers and registrations they filed: nobody may be judged short.

`checking` asks whether an outcome keeps its own rounds; here the children are asked, whatever `ranked` says of them.
Each function finds one kind of child and answers in Chinese; none finds anything where the tables are not there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis import applicants, tiers, zones
from zhaosheng_analysis.admission.outcome import PLACED, Outcome
from zhaosheng_analysis.admission.rounds import SEARCHING, Round, listed
from zhaosheng_analysis.applicants import declared_facts, own_homes, registration
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy, Window

_LOST = ("not_registered", "out_of_window", "double_registration")
SEVERAL = 2
_PAPERS = ("children", "homes", "hukou", "applications")  # permits are there wherever the rules look at them


@dataclass(frozen=True)
class Case:
    """One intake to be asked: its outcome, the children as they were given to it, and what the families filed."""

    outcome: Outcome
    ranked: pd.DataFrame
    district: District
    policy: Policy
    sequence: tuple[Round, ...]


def broken(case: Case) -> list[tuple[str, list[str]]]:
    """List every promise an outcome breaks.

    Parameters
    ----------
    case : Case
        The intake and its rounds.

    Returns
    -------
    list of tuple of (str, list of str)
        What is broken, in Chinese, and the children it concerns.
    """
    return [(what, sorted(found(case))) for what, found in PROMISES.items()]


def _filed_in_time(case: Case) -> list[str]:
    """Find children with one registration clearly first in a window, treated as not registered or as twice."""
    filed = case.district.tables.get("applications", pd.DataFrame())
    named = {"registration", *(name for check in case.policy.checks for name in check.windows)}
    windows = [item for item in case.policy.windows if item.name in named and item.opens is not None]
    if filed.empty or not windows or "submitted_at" not in filed:
        return []
    rows = filed[filed["child_id"].isin(case.ranked.index) & filed["submitted_at"].notna()]
    rows = rows.assign(stage=rows["child_id"].map(case.ranked["stage"].astype("str")))
    at = rows["submitted_at"]
    inside = [_theirs(case, item, rows) & registration.inside(item, at, case.policy) for item in windows]
    rows = every = rows[np.logical_or.reduce(inside)]
    only_public = any(check.rule == "public_registration" for check in case.policy.checks)
    if only_public or case.policy.parameter("dual_registration", default=False):  # the status is that of the public
        asked = filed.loc[filed["sector"] == "public", "child_id"]
        rows = rows[rows["sector"].eq("public") | ~(only_public | rows["child_id"].isin(asked))]
    first = rows[rows["submitted_at"].eq(rows.groupby("child_id")["submitted_at"].transform("min"))]
    rivals = first.groupby(["child_id", "sector", "choice_n"])["school_id"].nunique().groupby("child_id").max()
    sectors = first.groupby("child_id")["sector"].nunique()
    sure = set(rivals.index[rivals < SEVERAL]) & set(sectors.index[sectors < SEVERAL])
    if any(check.rule == "one_entrance" for check in case.policy.checks):
        area = case.district.schools.set_index("school_id")["area_id"]
        counties = every["school_id"].map(area).groupby(every["child_id"]).nunique()
        sure -= set(counties.index[counties >= SEVERAL])
    return [child for child in case.ranked.index[case.ranked["status"].isin(_LOST)] if child in sure]


def _theirs(case: Case, item: Window, rows: pd.DataFrame) -> np.ndarray:
    """Tell which registrations a window is for: those of its stage and channel, and of the children held to it."""
    theirs = registration.open_to(item, rows)
    checks = [check for check in case.policy.checks if check.rule == "window"]
    if not any(check.windows or check.when for check in checks):
        return theirs
    held = [check for check in checks if item.name in (check.windows or ("registration",))]
    whom = [registration.concerns(check, case.ranked, case.policy) for check in held]
    return theirs & rows["child_id"].isin(case.ranked.index[np.any(whom, axis=0)]).to_numpy()


def _private_kept(case: Case) -> list[str]:
    """Find children who got a private place and ended without it, other than by giving it up."""
    given_up = set(case.district.tables.get("withdrawals", pd.DataFrame(columns=["child_id"]))["child_id"])
    log = case.outcome.log[(case.outcome.log["result"] == "in") & (case.outcome.log["sector"] == "private")]
    last = log.sort_values("number").drop_duplicates("child_id", keep="last").set_index("child_id")["school_id"]
    ended = case.outcome.children["school_id"].reindex(last.index)
    return [child for child in last.index[ended.ne(last).fillna(value=True)] if child not in given_up]


def _left_beside_seats(case: Case) -> list[str]:
    """Find children of a phase for all who are left without a school while their area has seats (未报名、未录取)."""
    lost: set[str] = set()
    for item in case.sequence:
        if item.kind == "area" and "not_registered" in listed(item.takes.get("status", ())):
            area = case.district.schools.set_index("school_id")["area_id"]
            cuts = case.outcome.cuts
            cuts = cuts[(cuts["left_n"] > 0) & cuts["stage"].isin(item.stage) & (cuts["sector"] == item.sector)]
            near = case.ranked["area_id"].isin(cuts["school_id"].map(area).dropna())
            there = case.ranked[case.ranked["stage"].isin(item.stage) & near]
            waits = case.outcome.children["status"].reindex(there.index)
            lost |= set(there.index[~waits.isin([*PLACED, "under_age", "ineligible", "undetermined"])])
    return sorted(lost)


def _inside_the_city(case: Case) -> list[str]:
    """Find children of no address in the city whom one of its private schools recruited (不得在市域外招生).

    Its own leavers who go on there (直升) are not recruited: they are its pupils already.
    """
    if (case.district.areas["kind"] == "district").sum() < SEVERAL or "local" not in case.ranked:
        return []
    children = case.outcome.children
    goes_on = children["round"].isin([item.id for item in case.sequence if item.kind == "promotion"])
    private = children.index[children["status"].eq("private") & ~goes_on]
    return list(private[case.ranked["local"].reindex(private).eq("no")])


def _approved(case: Case) -> list[str]:
    """Find children of an approved preference, placed only after everybody of their own tier was asked."""
    reserved = [item for item in case.sequence if item.seats == "reserved" and "special" in item.takes]
    if not reserved or "special" not in case.ranked:
        return []
    own = [item for item in case.sequence if item.kind == "zone" and item.sector == "public"]
    children = case.outcome.children
    waits = children[case.ranked["special"].reindex(children.index).eq("yes")]
    waits = waits[waits["status"].isin(["redirected", "unplaced"]) & waits["zone_school_id"].notna()]
    asked = case.outcome.log[case.outcome.log["round"].isin([item.id for item in own])]["child_id"]
    if any("applied_private" in item.takes for item in own):  # who asks a private school too may be passed over there
        filed = case.district.tables.get("applications", pd.DataFrame({"child_id": [], "sector": []}))
        asked = pd.concat([asked, filed.loc[filed["sector"] == "private", "child_id"]])
    tiers_ = {name for item in own for name in listed(item.takes.get("tier", ()))}
    return list(waits.index[waits["tier"].isin(tiers_) & ~waits.index.isin(asked)])


def _best_paper(case: Case) -> list[str]:
    """Find children of several homes who stand worse than with one that counts alone at the same school."""
    if case.policy.table is None or not all(name in case.district.tables for name in _PAPERS):
        return []
    homes = case.district.table("homes")
    own = homes[homes["child_id"].isin(case.ranked.index) & homes["owner"].isin(case.policy.home.owners)]
    own = own[own["evidence"].ne("rent")]
    several = own.groupby("child_id").size()
    who = several.index[several > 1]
    if not len(who):
        return []
    worse: set[str] = set()
    for number in range(1, int(own["home_n"].max()) + 1):
        mine = who[who.isin(own.loc[own["home_n"] == number, "child_id"])]
        if len(mine):
            worse |= set(_stands_better(mine, number, case))
    return sorted(worse)


def _stands_better(who: pd.Index, number: int, case: Case) -> list[str]:
    """Return the children of a group who stand better with one of their homes alone, at the school they have now.

    A home that does not count alone promises nothing: what is missing on the other is asked for.
    """
    alone = _ranked_anew(who, case, number)
    alone = alone[own_homes.home_counts(alone, case.policy)]
    now = case.ranked.loc[alone.index]
    same = alone["school_id"].eq(now["school_id"]) & alone["status"].eq("registered")
    waits = now["status"].eq("incomplete") & alone["status"].eq("registered")
    return list(alone.index[same & (alone["tier_rank"] < now["tier_rank"]) | waits])


def _ranked_anew(who: pd.Index, case: Case, home: int = 0) -> pd.DataFrame:
    """Rank some children anew from their papers, with one of their homes alone where one is named."""
    tables = {name: case.district.tables[name] for name in _PAPERS}
    tables = {name: table[table["child_id"].isin(who)] for name, table in tables.items()}
    homes = tables["homes"]
    if home:
        tables["homes"] = homes[(homes["home_n"] == home) | homes["evidence"].eq("rent")]
    district = replace(case.district, tables={**case.district.tables, **tables})
    return tiers.assign(applicants.build(district, case.policy), case.policy)


def _blank_cells(case: Case) -> list[str]:
    """Find children with a blank on which their class hangs who were judged all the same: blank is not no."""
    if case.policy.table is None or not all(name in case.district.tables for name in _PAPERS):
        return []
    homes, hukou = case.district.table("homes"), case.district.table("hukou")
    blank = homes[["second_hand", "dated_on"]].isna().any(axis=1)
    open_ = {*homes.loc[blank, "child_id"], *hukou.loc[hukou["since_on"].isna(), "child_id"]}
    who = case.ranked.index[case.ranked["status"].eq("registered") & case.ranked.index.isin(open_)]
    if not len(who):
        return []
    anew = _ranked_anew(who, case)
    return list(anew.index[anew["status"].eq("incomplete")])


def _leavers(case: Case) -> list[str]:
    """Find leavers of a township's primary who were not given its junior, and stand nowhere else."""
    papers = all(name in case.district.tables for name in _PAPERS)
    if not papers or "prev_township" not in case.policy.facts or "township_id" not in case.district.schools:
        return []
    schools = case.district.schools.set_index("school_id")
    rural = schools[
        schools["status"].eq("open") & schools["sector"].eq("public") & ~schools["urban"].fillna(value=False)
    ]
    juniors = set(rural.loc[rural["stage"].isin(["junior", "both"]), "township_id"].dropna())
    left = case.ranked["prev_school_id"].map(schools["township_id"])
    mine = case.ranked["stage"].eq("junior") & left.isin(juniors) & case.ranked["status"].eq("registered")
    there = case.ranked["school_id"].map(schools["township_id"]).eq(left)
    return list(case.ranked.index[mine & ~there & case.ranked["tier"].astype("str").eq("returned")])


def _either_place(case: Case) -> list[str]:
    """Find children whom a round lets choose other schools than their own, with seats left, who were not given one."""
    children: set[str] = set()
    filed = case.district.tables.get("applications", pd.DataFrame({"child_id": [], "school_id": []}))
    vacant = case.outcome.cuts[case.outcome.cuts["left_n"] > 0]
    for item in case.sequence:
        if item.kind == "choice" and "rent_at" in item.takes:
            named = vacant.loc[vacant["name"].isin(list(item.schools)), "school_id"]
            inside = case.ranked["stage"].isin(item.stage) & case.ranked.index.isin(
                filed.loc[filed["school_id"].isin(named), "child_id"]
            )
            for name, values in item.takes.items():
                inside &= case.ranked[name].isin(listed(values)) if name in case.ranked else True
            now = case.outcome.children["school_id"].reindex(case.ranked.index)
            children |= set(case.ranked.index[inside & ~now.isin(named)])
    return sorted(children)


def _one_entrance(case: Case) -> list[str]:
    """Find children registered in two counties, public and private together, whose registration was let stand."""
    filed = case.district.tables.get("applications")
    papers = all(name in case.district.tables for name in _PAPERS)
    if filed is None or not papers or not any(check.rule == "one_entrance" for check in case.policy.checks):
        return []
    schools = case.district.schools.set_index("school_id")
    county = schools["area_id"]
    if case.policy.parameter("refill_city", default=False):
        county = county.mask(schools["sector"].eq("private") & schools["approver"].eq("city"))
    counties = filed["school_id"].map(county).groupby(filed["child_id"]).nunique()
    stands = case.ranked.index[case.ranked["status"].eq("registered")]
    return list(stands[stands.isin(counties.index[counties >= SEVERAL])])


def _blank_register(case: Case) -> list[str]:
    """Find children whose own hukou is in no paper and who were judged all the same: blank is not outside."""
    papers = case.district.tables.get("hukou")
    checks = [check for check in registration.every(case.policy) if check.rule == "hukou_known"]
    if papers is None or not checks:
        return []
    registered = papers.loc[papers["person"].eq("child"), "child_id"]
    judged = case.ranked["status"].eq("registered") & ~case.ranked.index.isin(registered)
    if judged.any() and not checks[0].clause and all(name in case.district.tables for name in _PAPERS):
        anew = _ranked_anew(case.ranked.index[judged], case)  # it may not hang on it
        return list(anew.index[anew["status"].eq("incomplete")])
    return list(case.ranked.index[judged])


def _where_registered(case: Case) -> list[str]:
    """Find children who registered at the school of one of their own addresses and were given to another zone."""
    papers = all(name in case.district.tables for name in _PAPERS)
    if not papers or not any(way.registered and not way.only_if for way in case.policy.residence):
        return []
    filed = case.district.table("applications")
    filed = filed[filed["sector"].eq("public") & filed["child_id"].isin(case.ranked.index)]
    filed = filed[filed.groupby("child_id")["school_id"].transform("nunique") < SEVERAL]
    asked = filed.drop_duplicates("child_id").set_index("child_id")["school_id"]
    elsewhere = asked[case.ranked["school_id"].reindex(asked.index).ne(asked).fillna(value=True)]
    homes, hukou = case.district.table("homes"), case.district.table("hukou")
    owned = homes[homes["owner"].isin(case.policy.home.owners) & homes["evidence"].eq("title")]
    places = pd.concat([owned, hukou[hukou["person"].eq("child")]])[["child_id", "x", "y"]].dropna()
    places = places[places["child_id"].isin(elsewhere.index)].reset_index(drop=True)
    if places.empty:
        return []
    points = gpd.GeoSeries(gpd.points_from_xy(places["x"], places["y"]), crs=case.district.crs)
    stage = places["child_id"].map(case.ranked["stage"].astype("str"))
    leads = case.district.zone_schools.groupby("zone_id")["school_id"].agg(set)
    mine: set[str] = set()
    for name in stage.unique():
        drawn = case.district.zones[case.district.zones["stage"].eq(name)]
        inside = zones.locate(points[stage == name], drawn).dropna()
        pairs = zip(places.loc[inside.index, "child_id"], inside, strict=True)
        mine |= {child for child, zone in pairs if elsewhere[child] in leads.get(zone, set())}
    return sorted(mine)


def _private_seats(case: Case) -> list[str]:
    """Find children who asked a private school of their county that has seats left, kept out for the seat they hold."""
    draws = [item for item in case.sequence if item.kind == "lottery" and item.offers.get("same_area") is True]
    filed = case.district.tables.get("applications")
    if (
        filed is None
        or "area_id" not in case.ranked
        or not any("public" in listed(item.takes["placed"]) for item in draws if "placed" in item.takes)
    ):
        return []
    cuts, schools = case.outcome.cuts, case.district.schools.set_index("school_id")
    vacant = cuts[cuts["left_n"].gt(0) & cuts["sector"].eq("private")]
    children = case.outcome.children
    held = children["round"].isin([item.id for item in case.sequence if item.final])
    given_up = case.district.tables.get("withdrawals", pd.DataFrame(columns=["child_id"]))["child_id"]
    free = children["status"].isin(["admitted", "redirected", "unplaced"]) & ~held & ~children.index.isin(given_up)
    free &= case.ranked["status"].reindex(children.index).eq("registered")
    if "twin_id" in case.ranked:
        free &= case.ranked["twin_id"].reindex(children.index).isna()
    asked = filed[filed["sector"].eq("private") & filed["child_id"].isin(children.index[free])]
    there = pd.MultiIndex.from_frame(vacant[["school_id", "stage"]].astype("str"))
    stage = asked["child_id"].map(case.ranked["stage"].astype("str"))
    near = asked["school_id"].map(schools["area_id"]).eq(asked["child_id"].map(case.ranked["area_id"]))
    open_ = pd.MultiIndex.from_arrays([asked["school_id"].astype("str"), stage]).isin(there)
    return sorted(set(asked.loc[near & open_, "child_id"]))


def _told_apart(case: Case) -> list[str]:
    """Find children refused or left open beside one of their own tier who is in, where the text sets no order in it."""
    level = [item.id for item in case.sequence if item.digits == ("tier",) and not item.draws]
    log = case.outcome.log[case.outcome.log["round"].isin(level)]
    log = log.assign(tier=log["child_id"].map(case.ranked["tier"].astype("str")), inside=log["result"].eq("in"))
    chosen = log.groupby(["round", "school_id", "tier"])["inside"].transform("any")
    return sorted(set(log.loc[chosen & ~log["inside"], "child_id"]))


def _one_dwelling(case: Case) -> list[str]:
    """Find children of two families who got seats at one school in one intake by one dwelling that is locked to one.

    A seat that was left over (调剂) is not had by the dwelling.
    """
    if case.policy.lock is None or "lock_rivals" not in case.ranked:
        return []
    children = case.outcome.children
    spare = [item.id for item in case.sequence if item.kind in SEARCHING]
    held = children.loc[children["status"].isin(PLACED) & ~children["round"].isin(spare), "school_id"]
    mine = case.ranked["school_id"].reindex(held.index).eq(held)
    seated = set(held.index[mine])
    others = case.ranked.loc[case.ranked["lock_rivals"].ne(""), "lock_rivals"]
    return [child for child, said in others.items() if child in seated and seated & {*said.split("、")}]


def _announced(case: Case) -> list[str]:
    """Find children told another way than their papers give, of what the text has every family told (审验方式)."""
    wrong: set[str] = set()
    for name in (name for name, item in case.policy.declared.facts.items() if item.announce):
        if name in case.ranked and set(case.policy.evidence) <= set(case.ranked):
            counted = declared_facts.with_declared(case.ranked, case.policy, [name])[name].astype("object")
            answers = case.ranked[name].astype("object")
            wrong |= set(case.ranked.index[counted.fillna("").ne(answers.fillna(""))])
    return sorted(wrong)


PROMISES: dict[str, Callable[..., list[str]]] = {
    "名儿童在时限内先报的名有效，却按未报名、超期或重复报名处理": _filed_in_time,
    "名儿童已录取到民办学校，后来却失去了这个学位": _private_kept,
    "名未录取儿童所在大学区还有空余学位": _left_beside_seats,
    "名市外儿童被民办学校补招": _inside_the_city,
    "名政策保障生没有按自己的类别参加录取": _approved,
    "名儿童因多一处住房而排后或不能参加": _best_paper,
    "名乡镇小学毕业生没有登记到本乡镇初中": _leavers,
    "名可到两处就读的儿童没有安排到所报而有空额的一处": _either_place,
    "名儿童在两个县（市、区）报名，却按有效报名处理": _one_entrance,
    "名儿童没有户籍材料，却当作户籍在外认定": _blank_register,
    "名儿童有会改变类别的空格（是否二手房、日期），却没有先问": _blank_cells,
    "名儿童在自己一处地址的学区学校报名，却算到另一个学区": _where_registered,
    "名儿童报了有空余学位的民办学校，却因已有公办学位没有录取": _private_seats,
    "名儿童没有录取而同类别的有人录取，文件没有规定同类先后": _told_apart,
    "名儿童与另一家用同一住房在同一年录取到同一所学校": _one_dwelling,
    "名儿童被告知的办法（如网上、现场审验）与其材料不符": _announced,
}
