"""One row a child: the school it belongs to, whether its registration stands, and the facts the rules ask about.

Three steps: `addresses` puts every paper on the map, `residence` and `evidence` choose the school and say where each
paper lies as seen from it, `facts` and `registration` answer the questions of the policy. Nothing is guessed: a table
or column that is missing is an error that names it.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import (
    addresses,
    applied_to,
    evidence,
    facts,
    filings,
    locks,
    offered_facts,
    own_homes,
    readings,
    registration,
    residence,
)
from zhaosheng_analysis.geodata import District, names
from zhaosheng_analysis.policy import Cells, Policy, measures
from zhaosheng_analysis.schema import DataError, Fault, Faults

_IN_DISTRICT = addresses.PLACES.index("district")


def build(district: District, policy: Policy) -> pd.DataFrame:
    """Describe every child of the policy's intake by the facts the rules ask about.

    Parameters
    ----------
    district : District
        District with the tables children, homes, hukou, permits and applications.
    policy : Policy
        Rules of an admission policy.

    Returns
    -------
    DataFrame
        Indexed by child_id, in the order of the ids: stage, school_id (the school the child belongs to), zone_id, x, y,
        residence (the address that decided) with its clause, area_id (大学区 or county of the child's own zone),
        own_cell (its answers as seen from its own zone's school, where that is not the school applied to: a cell of
        ``policy.answer``), applied_id, status and status_clause, channel, submitted_at, settled_on, origin (district,
        city, outside), local and special (yes, no), unregistered (1 where no registration stands), price_flag, gave_up,
        the evidence, and one categorical column a fact (same name: the fact wins).

    Raises
    ------
    DataError
        Tables or columns that the policy needs are missing.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> children = zs.applicants.build(town, zs.policy.load("laoting-2025"))
    >>> children.loc[["c1", "c3", "c7"], ["school_id", "hukou", "status"]]
             school_id    hukou         status
    child_id
    c1              s1     town     registered
    c3              s1     town      under_age
    c7              s3  outside  out_of_window
    """
    if policy.answer is None:
        raise DataError(Fault(policy.file, "没有类别表", "", f"「{policy.title}」只规定核查，不规定录取次序"))
    _columns_are_there(district, policy)
    children, policy = _children(district, policy), _with_ids(policy, district)
    links = residence.leads(district, policy)
    asked = [item.name for item in policy.declared.columns if item.table == "applications"]
    filed = filings.effective(district.table("applications"), children["stage"], policy)
    applied = applied_to.first(filed[filed["turn_n"] > 0], children, asked)
    for name in (name for name, item in policy.declared.measures.items() if item.of in measures.FILED):
        applied.put(name, applied_to.listed(filed, children.index))
    applied.put("entrances_n", applied_to.entrances(filed, children.index, links, district, policy))
    wish = links.schools.index.get_indexer(applied["applied_id"])
    places = addresses.locate(district, policy, children)
    places = places.assign(rated=bool((~places.blank("points_n")).any()))
    none_yet = np.full(len(children), -1)
    before, best = _evidence(children, applied, places, none_yet, links, district, policy)
    chosen = residence.choose(children, wish, best, before, links, policy)
    chosen = residence.settle_overlaps(chosen, links, policy)
    papers, picked = _evidence(children, applied, places, chosen.school, links, district, policy)
    _has_dates(papers, policy)
    papers = _with_lost(papers, places)
    zone = _zone(chosen, picked)
    strange = (chosen.school >= 0) & (zone < 0)
    alone = residence.choose(children, none_yet, best, before, links, policy)
    own, home = np.where(strange, alone.school, chosen.school), np.where(strange, alone.zone, zone)
    known = facts.answers(papers, policy)
    cells = _cells(known, policy)
    if strange.any():
        apart = _of(places, np.flatnonzero(strange))
        there, _ = _evidence(
            children[strange], applied.take(np.flatnonzero(strange)), apart, own[strange], links, district, policy
        )
        cells[strange] = _cells(facts.answers(there, policy), policy)
    named = _named(chosen, zone, links, district, policy).assign(area_id=_area(chosen, zone, home, links, policy))
    table = _described(children, applied, named, papers, places, policy, known=known)
    given_up = district.tables.get("withdrawals", pd.DataFrame(columns=["child_id"]))
    table["gave_up"] = children.index.isin(given_up["child_id"])
    if policy.parameter("carry_online_ts", default=False):  # who failed online stands by that time on site: A-LT14
        table["submitted_at"] = table["submitted_at"].where(applied.blank("online_at"), applied.days("online_at"))
    return table.assign(own_cell=cells)


def _with_lost(papers: Cells, places: Cells) -> Cells:
    """Add the kinds of addresses of which nobody knows where they are, where there are any."""
    lost = np.flatnonzero(places.flag("lost"))
    if not lost.size:
        return papers
    kinds: dict[int, set[str]] = {}
    for child, kind in zip(places.whole("child")[lost], places.coded("kind").spelled()[lost], strict=True):
        kinds.setdefault(child, set()).add(kind)
    said = np.full(len(papers), "", dtype=object)
    for child, mine in kinds.items():
        said[child] = " ".join(sorted(mine))
    return papers.assign(lost=said)


def _columns_are_there(district: District, policy: Policy) -> None:
    """Refuse a district that was read without the columns its rules declare."""
    faults = Faults()
    for name, columns in policy.columns.items():
        lost = [
            column.title for column in columns if name in district.tables and column.name not in district.tables[name]
        ]
        if lost:
            found, remedy = f"没有列{'、'.join(lost)}", "请补上这些列，读数据时用同一规则文件"
            faults.add(f"{district.name} {name}", found, f"规则 {policy.id} 的 [columns] 要用", remedy)
    faults.raise_if_any()


def _evidence(
    children: pd.DataFrame,
    applied: Cells,
    places: Cells,
    school: np.ndarray,
    links: residence.Leads,
    district: District,
    policy: Policy,
) -> tuple[Cells, dict[str, Cells]]:
    """Return the evidence as seen from a school (-1: none yet), and the best address of each kind.

    Of several homes, and of several guardians where any will do, the one with which the child stands best counts.
    """
    every = policy.parameter("guardian.match", "any") == "all"
    seen = evidence.relative(places, school, links, district)
    everyone, lived_in = Cells(children), "lived" in policy.facts
    registered: list[pd.DataFrame] = []  # who registers by which dwelling, in the usual reading of everybody's papers

    def read(who: np.ndarray, turn: dict[str, np.ndarray]) -> tuple[Cells, dict[str, Cells]]:
        theirs = _of(seen, who)
        picked = evidence.pick(theirs, len(who), every_guardian=every, lived_in=lived_in, turn=turn)
        about = _of_school(children, applied, who, school[who], links, district, picked, policy)
        if policy.lock is not None:
            stands = about["registered"] & ~about["locked"].is_one(["yes"])
            mine = locks.claims(children.iloc[who], picked, _ids(school[who], links), stands, district, policy)
            registered[:] = registered or [mine]
            about = _with_rivals(about, children.index[who], mine, registered[0], policy)
        kids = everyone.take(who)  # a child may be read several times, each time another way
        table = evidence.table(kids, theirs, picked, about, every_guardian=every, declared=policy.declared.columns)
        return own_homes.set_aside(table, policy), picked

    papers, picked = read(np.arange(len(children)), {})
    kinds = ("home",) if every else ("home", "guardian_hukou")
    if policy.table is None or (school < 0).all():
        return papers, picked
    papers = readings.best(papers, seen, lambda who, turn: read(who, turn)[0], kinds, policy)
    told = [name for name in ("lock_rivals", "lock_turn") if name in papers]
    return papers.assign(**{name: papers[name].fillna("") for name in told}), picked


def _of(places: Cells, who: np.ndarray) -> Cells:
    """Return the addresses of some children, by position, numbered by the place of each among them."""
    child = places.whole("child")
    if len(who) > child.max(initial=-1) and np.array_equal(who, np.arange(len(who))):
        return places
    order = np.argsort(child, kind="stable")
    first, last = (np.searchsorted(child[order], who, side=side) for side in ("left", "right"))
    sizes = last - first
    rows = np.repeat(first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    return places.take(order[rows]).assign(child=np.repeat(np.arange(len(who)), sizes))


def _ids(school: np.ndarray, links: residence.Leads) -> np.ndarray:
    """Write out the ids of some schools; empty for none."""
    return np.where(school >= 0, links.schools.index.to_numpy(dtype=object)[school], "")


def _with_ids(policy: Policy, district: District) -> Policy:
    """Return the rules with the schools of their checks by id."""
    if not any(check.schools for check in policy.checks):
        return policy
    schools, where = district.schools.set_index("school_id", drop=False), f"{policy.file} [[checks]] schools"
    checks = tuple(
        replace(check, schools=tuple(names.find(schools, check.schools, where=where)) if check.schools else ())
        for check in policy.checks
    )
    return replace(policy, checks=checks)


def _children(district: District, policy: Policy) -> pd.DataFrame:
    children = district.table("children")
    children = children[children["intake_year"] == policy.intake_year]
    if children.empty:
        where, remedy = f"{district.name} children", "请核对 intake_year，或换用该年度的政策"
        raise DataError(Fault(where, f"没有 {policy.intake_year} 年入学的儿童", "", remedy))
    return children.set_index("child_id").sort_index()


def _of_school(
    children: pd.DataFrame,
    applied: Cells,
    who: np.ndarray,
    school: np.ndarray,
    links: residence.Leads,
    district: District,
    picked: dict[str, Cells],
    policy: Policy,
) -> dict[str, object]:
    """Return what the registration of some children and the school they stand at contribute to the evidence."""
    kids = children.iloc[who]
    before = links.schools.index.get_indexer(kids["prev_school_id"])
    both = (before >= 0) & (school >= 0) & (links.township[before] >= 0)
    spare = ("applied_id", "online_at", "private_channel", "private_at", "private_id")
    filed = applied.take(who)
    columns: dict[str, object] = {name: filed[name] for name in applied if name not in spare}
    columns |= {"channel": filed.coded("channel").filled(""), "registered": filed.flag("registered")}
    columns |= {
        "urban": links.in_town[school] | (school < 0),
        "commissioned": links.private[school] & (school >= 0),
        "prev_township_same": both & (links.township[before] == links.township[school]),
        "partner": _partner(picked, district, policy),
        "locked": locks.of(kids, picked, _ids(school, links), district, policy),
    }
    for name, item in policy.declared.measures.items():
        if item.records:
            columns[name] = measures.recorded(item, district.table("records"), kids.index, policy.dates).array
    return columns


def _with_rivals(
    about: dict[str, object], whose: pd.Index, mine: pd.DataFrame, every: pd.DataFrame, policy: Policy
) -> dict[str, object]:
    """Return what the lock says with the other families of this intake in it, and who they are, where there are any.

    Every family is held against every other, also where the papers of a few are read another way.
    """
    others = locks.rivals(mine, every, policy)
    if others.empty:
        return about
    others = others.reindex(whose).fillna("")
    turn = others["lock_turn"].map({"later": "yes", "open": "unknown"}).to_numpy(dtype=object)
    locked = np.where(pd.isna(turn), about["locked"].spelled(), turn)
    return about | {"locked": locked} | {name: others[name] for name in others}


def _partner(picked: dict[str, Cells], district: District, policy: Policy) -> np.ndarray:
    """Tell whose home and hukou lie in two counties the policy calls `partners`."""
    names = addresses.counties(district).set_index("area_id")["name"].to_dict() if policy.partners else {}
    home, hukou = (picked[kind].coded("county") for kind in ("home", "hukou"))
    owned = np.zeros(len(home), dtype=bool)
    for pair in policy.partners:
        ids = [county for county, name in names.items() if name in pair]
        apart = home.each(map(names.get, home.words), "") != hukou.each(map(names.get, hukou.words), "")
        owned |= home.is_one(ids) & hukou.is_one(ids) & apart
    return owned


def _zone(chosen: residence.Chosen, picked: dict[str, Cells]) -> np.ndarray:
    """Return the zone through which each child belongs to its school: of a school applied to, that of an address."""
    zone = chosen.zone
    for rows in picked.values():
        zone = np.where((zone < 0) & (rows.whole("at") == 0), rows.whole("zone"), zone)
    return zone


def _area(
    chosen: residence.Chosen, zone: np.ndarray, home: np.ndarray, links: residence.Leads, policy: Policy
) -> pd.Series:
    """Return the area (大学区, county) of each child's own zone (A-PC7, A-PC17).

    A choice zone belongs to the area of the school that took it over, or (``choice_area``) of the school chosen.
    """
    area = np.where(home >= 0, links.area[home], "")
    if policy.parameter("choice_area", "absorbing") == "chosen":
        schools = links.schools["area_id"].fillna("").to_numpy(dtype=object)[chosen.school]
        area = np.where((zone >= 0) & links.several[zone], schools, area)
    return pd.Series(area, dtype="str").replace("", pd.NA)


def _cells(known: facts.Answers, policy: Policy) -> np.ndarray:
    """Return the cell of ``policy.answer`` each child's answers lie in."""
    codes = [known.codes[name] for name in policy.facts]
    return np.ravel_multi_index(codes, policy.answer.shape).astype(np.int32)


def _named(
    chosen: residence.Chosen, zone: np.ndarray, links: residence.Leads, district: District, policy: Policy
) -> pd.DataFrame:
    """Write out ids and the way that decided."""
    ways = {"residence": [way.use for way in policy.residence], "clause": [way.clause for way in policy.residence]}

    def words(values: pd.Index | pd.Series | list[str], at: np.ndarray) -> pd.api.extensions.ExtensionArray:
        return pd.array(values, dtype="str").take(at, allow_fill=True)

    return pd.DataFrame(
        {
            "school_id": words(links.schools.index, chosen.school),
            "zone_id": words(district.zones["zone_id"], zone),
            "x": chosen.x,
            "y": chosen.y,
            "residence": words(ways["residence"], chosen.way),
            "residence_clause": words(ways["clause"], chosen.way),
        }
    )


def _has_dates(papers: Cells, policy: Policy) -> None:
    column = evidence.missing_dates(papers, policy)
    if column:
        where, remedy = f"{policy.file} 参数 house_date", "请在 homes 表中补上这一列，或改用 registration"
        raise DataError(Fault(where, f"homes 表没有列「{column}」", "", remedy))


def _described(
    children: pd.DataFrame,
    applied: Cells,
    chosen: pd.DataFrame,
    papers: Cells,
    places: Cells,
    policy: Policy,
    *,
    known: facts.Answers,
) -> pd.DataFrame:
    answers = facts.build(papers, policy, known=known)
    status = registration.status(papers, policy).assign(status_private=_private_status(applied, papers, policy))
    kept = ["intake_year", "sex", "prev_school_id", "twin_id", "twin_bundle", "sibling_school_id"]
    about = children[kept].assign(
        applied_id=applied["applied_id"].array,
        **_extras(papers, places, policy),
        settled_on=offered_facts.settled_on(papers, policy),
        unregistered=status["status"].ne("registered").astype("int8").array,
    )
    about = about.drop(columns=about.columns.intersection(answers.columns))
    own = facts.own(papers, policy, known=known)
    if "missing" in own:
        status = registration.with_missing(status, own)
    if (
        policy.home.must
        or "lock_turn" in papers
        or any(check.when or check.must or check.rule in registration.CELLS for check in policy.checks)
    ):
        lacking = registration.lacking(papers, policy)
        before = own["missing"] if "missing" in own else np.full(len(own), "", dtype=object)
        both = ("、".join(dict.fromkeys(filter(None, pair))) for pair in zip(before, lacking, strict=True))
        own = own.assign(missing=pd.array([*both], dtype="str"))
    taken = {*answers, *about, *own}
    taken |= set() if any(papers.coded("unanswered").words) else {"unanswered"}
    rest = papers.frame(children.index, without=taken)
    own = own.drop(columns=own.columns.intersection([*answers.columns, *about.columns]))
    if any(not check.waits for check in policy.checks):
        stands = status["status"].eq("registered")
        own = own.assign(asked_for=pd.array(np.where(stands, registration.asked_for(papers, policy), ""), dtype="str"))
    parts = [frame.set_axis(children.index) for frame in (about, chosen, status, rest, own, answers)]
    return pd.concat(parts, axis=1)


def _private_status(applied: Cells, papers: Cells, policy: Policy) -> np.ndarray:
    """Return whether the registration at private schools stands, by its own day and channel where it has its own."""
    either = applied.is_one("sector", "private") | (applied.whole("sectors_n") > 1)
    found = np.full(len(papers), "not_registered", dtype=object)
    if not either.any():
        return found
    rows = np.flatnonzero(either)
    filed = applied.take(rows)
    seen = papers.take(rows).assign(
        sector="private",
        channel=filed.coded("private_channel"),
        submitted_at=filed.days("private_at"),
        registered_id=filed.coded("private_id").filled(""),
    )
    found[either] = registration.status(seen, policy)["status"].to_numpy(dtype=object)
    return found


def _extras(papers: Cells, places: Cells, policy: Policy) -> dict[str, np.ndarray]:
    """Return what rounds ask beyond the tier table: where the child comes from, preference, and flags for visits."""
    linked = (places.whole("place") <= _IN_DISTRICT) & places.is_one("kind", "home", "hukou", "permit")
    local = np.bincount(places.whole("child")[linked], minlength=len(papers)) > 0
    band = policy.parameter("price_band", None)
    odd = np.abs(papers.numbers("price_ratio") - 1) > (1.0 if band is None else band)
    return {
        "origin": _origin(papers, places, policy),
        "local": np.where(local, "yes", "no"),
        "special": offered_facts.special(papers, policy).spelled(),
        "price_flag": odd & papers.is_one("home_evidence", "untransferred"),
    }


def _origin(papers: Cells, places: Cells, policy: Policy) -> np.ndarray:
    """Tell where a child comes from: this district, elsewhere in the city, beyond (A-LT15)."""
    hukou = places.take(np.flatnonzero(places.is_one("kind", "hukou")))
    inside, code = hukou.whole("place") <= _IN_DISTRICT, hukou.coded("code")
    city = code.each((word[:4] for word in code.words), "").astype(object)
    cities, count = np.unique(city[inside].astype(str), return_counts=True)
    near = city == (cities[count.argmax()] if len(cities) else "none")
    local, same_city = np.zeros(len(papers), dtype=bool), np.zeros(len(papers), dtype=bool)
    local[hukou.whole("child")], same_city[hukou.whole("child")] = inside, near
    if policy.parameter("county_includes_permit", default=True):
        local |= papers.is_one("permit_at", "zone", "town", "district")
    return np.select([local, same_city], ["district", "city"], "outside")
