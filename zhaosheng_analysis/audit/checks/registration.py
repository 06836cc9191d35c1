"""From being of age to sitting in class: who never registered, was deferred, came late, or came in by another door."""

import pandas as pd

from zhaosheng_analysis.audit import lists
from zhaosheng_analysis.audit.findings import Seen, View, among, blank, seen, unknown

PROOFS = {"township": "乡镇级", "county": "县级", "city": "市级及以上"}
ON_SITE = ("onsite", "offline")
AWAY = {"city_direct": "市直小学", "outside": "区外小学"}


def unregistered(view: View) -> Seen:
    """Find children of age who neither registered nor were deferred by approval, and stand in no drop-out ledger."""
    children = view.table("children")
    rows = children[children["intake_year"].eq(view.year) & children["stage"].eq("primary")].assign(school_id="")
    limit = view.policy.date("age", None)
    rows = rows if limit is None else rows[rows["birth_on"] <= pd.Timestamp(limit)]
    deferrals = view.table("deferrals")
    excused = deferrals.loc[~blank(deferrals["approval_no"]), "child_id"]
    registered = among(rows["child_id"], view.table("applications")["child_id"]) | among(rows["child_id"], excused)
    for table, column in (("admitted", "child_id"), ("dropouts", "pupil_id")):
        if view.has(table):
            registered |= among(rows["child_id"], view.table(table)[column])
    return seen(rows, ~registered, "children", "child_id")


def deferrals(view: View, *, proof: tuple[str, ...] = ()) -> Seen:
    """Find deferred children without an approval, or whose proof comes from a unit that may not give it.

    Parameters
    ----------
    view : View
        What the check may look at.
    proof : tuple of str, optional
        Levels of the units that may; empty where the text does not ask.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    rows = view.table("deferrals").assign(school_id="", told="")
    rows.loc[blank(rows["approval_no"]), "told"] = "没有批准文号"
    if proof:
        low = ~rows["proof_level"].isin(proof)
        rows.loc[low, "told"] = rows["proof_level"].map(PROOFS).fillna("没有") + "证明，须由" + PROOFS[proof[0]]
        rows.loc[low, "told"] += "以上医疗单位出具"
    return seen(rows, rows["told"] != "", "deferrals", "child_id")


def late(view: View) -> Seen:
    """Find new pupils who came after their day, or after a week's leave, or not at all: their seats are forfeited."""
    rows = view.table("arrivals")
    due = rows["due_on"].fillna(pd.Timestamp(view.chosen["report.due"]))
    last = due + pd.to_timedelta(rows["leave"].astype(int) * int(view.chosen["report.leave_days"]), unit="D")
    came = rows["arrived_on"].dt.strftime("%Y-%m-%d").fillna("没有报到")
    rows = rows.assign(
        came=came, last=last.dt.strftime("%Y-%m-%d"), left=rows["leave"].map({True: "已准假", False: "没有请假"})
    )
    gaps = dict.fromkeys(rows.loc[last.isna(), "school_id"], "部分新生没有应报到日期，规则也没有写明")
    return seen(rows, (rows["arrived_on"].fillna(view.on) > last), "arrivals", "child_id", gaps=gaps)


def leftover(view: View) -> pd.DataFrame:
    """List the registration forms of leavers who did not come to the junior school (剩余登记表).

    Parameters
    ----------
    view : View
        What the check may look at.

    Returns
    -------
    DataFrame
        The rows of forms not arrived, with school_id (the junior) and explained: filed for a school elsewhere with a
        proof.
    """
    forms = view.table("forms")
    there = pd.MultiIndex.from_frame(_arrived(view)[["child_id", "school_id"]])
    rows = forms[~pd.MultiIndex.from_frame(forms[["pupil_id", "junior_id"]]).isin(there)]
    away = view.table("leavers")
    away = away.loc[away["destination"].isin(["outside", "deferred", "deceased"]) & ~blank(away["proof_no"])]
    return rows.assign(school_id=rows["junior_id"], explained=among(rows["pupil_id"], away["pupil_id"]))


def _arrived(view: View) -> pd.DataFrame:
    rows = view.table("arrivals")
    return rows[rows["arrived_on"] <= view.on]


def leftover_forms(view: View) -> Seen:
    """Find forms left over at a junior school without a word where the child went."""
    forms = view.table("forms")
    rows = forms.assign(school_id=forms["junior_id"])
    left = leftover(view)
    left = left.assign(lost=~left["explained"])
    counts = left.groupby("school_id").agg(left_n=("lost", "size"), lost_n=("lost", "sum"))
    rows["sent_n"] = rows.groupby("school_id")["pupil_id"].transform("size")
    rows = rows.join(counts, on="school_id").fillna({"left_n": 0, "lost_n": 0}).astype({"left_n": int, "lost_n": int})
    return seen(rows, among(rows["pupil_id"], left.loc[left["lost"], "pupil_id"]), "forms", "pupil_id")


def channel(view: View) -> Seen:
    """Find leavers of the city's or another district's primaries who did not register on site, one by one."""
    children = view.table("children").set_index("child_id")
    rows = view.table("applications")
    rows = rows.assign(kind=rows["child_id"].map(children["prev_school_kind"]))
    rows = rows[rows["child_id"].map(children["stage"]).eq("junior") & rows["sector"].eq("public")]
    rows["kind_said"] = rows["kind"].map(AWAY)
    gaps = dict.fromkeys(rows.loc[blank(rows["channel"]), "school_id"], "部分报名没有写明方式")
    wrong = rows["kind"].isin(list(AWAY)) & ~rows["channel"].isin(ON_SITE) & ~blank(rows["channel"])
    return seen(rows, wrong, "applications", "child_id", gaps=gaps)


def two_entrances(view: View) -> Seen:
    """Find children who registered for public schools of more than one county of the city (一县一口)."""
    rows = view.table("applications")
    rows = rows[rows["sector"].eq("public")]
    rows = rows.assign(county=view.school(rows["school_id"], "area_id")).sort_values(["child_id", "school_id"])
    first = rows.groupby("child_id")[["county", "school_id"]].transform("first")
    rows["other"] = view.school(first["school_id"], "name")
    again = rows["county"].ne(first["county"]) & ~blank(rows["county"])
    gaps = dict.fromkeys(rows.loc[blank(rows["county"]), "school_id"], "没有写明学校所在的县")
    return seen(
        rows,
        again & ~rows.loc[again, "child_id"].duplicated().reindex(rows.index, fill_value=False),
        "applications",
        "child_id",
        gaps=gaps,
    )


def undesignated(view: View) -> Seen:
    """Find migrants, and children of the town whose family rents, admitted without the bureau's designation."""
    rows = lists.admitted(view)
    rows = rows[view.school(rows["school_id"], "sector").eq("public")]
    moved = among(rows["child_id"], lists.migrants(view))
    homes = view.table("homes")
    renting = among(rows["child_id"], homes.loc[homes["evidence"].eq("rent"), "child_id"])
    renting &= ~among(rows["child_id"], homes.loc[homes["owner"].isin(["parent", "child"]), "child_id"])
    renting &= ~moved
    rows = rows.assign(who=moved.map({True: "随迁子女", False: "租房居住的城区户籍学生"}))
    return seen(rows, (moved | renting) & blank(rows["placement_no"]), "admitted", "child_id")


def other_township(view: View) -> Seen:
    """Find rural schools with children of another township: by register, home or the primary attended.

    Where a zone or a feeder primary reaches into a township without a school of its own, its children belong there.
    """
    rows = lists.admitted(view)
    place = view.school(rows["school_id"], "township_id")
    rural = ~view.school(rows["school_id"], "urban").fillna(False).astype(bool) & ~blank(place)
    rows = rows[rural & view.school(rows["school_id"], "sector").eq("public")]
    if rows.empty:
        return unknown("没有写明所属乡镇的农村学校")
    place = view.school(rows["school_id"], "township_id")
    spared = lists.located(view, rows)[1] if view.has("zones", "zone_schools") else pd.Series(False, index=rows.index)
    wrong, judged = pd.Series(False, index=rows.index), pd.Series(False, index=rows.index)
    for stage, places in (("primary", _townships(view)), ("junior", _primary_townships(view))):
        own = rows["stage"].eq(stage)
        there = among(rows["child_id"], places["child_id"])
        pairs = pd.MultiIndex.from_arrays([rows["child_id"], place])
        inside = pd.Series(pairs.isin(pd.MultiIndex.from_frame(places)), index=rows.index)
        inside |= spared if stage == "primary" else _fed(view, rows)
        judged |= own & there
        wrong |= own & there & ~inside
    gaps = dict.fromkeys(rows.loc[~judged, "school_id"], "部分录取儿童不知属于哪个乡镇")
    return seen(rows, wrong & blank(rows["placement_no"]), "admitted", "child_id", gaps=gaps)


def _fed(view: View, rows: pd.DataFrame) -> pd.Series:
    """Tell who comes from a primary that feeds the junior school: a township without a junior of its own."""
    if not view.has("feeders"):
        return pd.Series(False, index=rows.index)
    came = rows["child_id"].map(view.table("children").set_index("child_id")["prev_school_id"])
    pairs = pd.MultiIndex.from_arrays([came, rows["school_id"]])
    return pd.Series(pairs.isin(pd.MultiIndex.from_frame(view.table("feeders"))), index=rows.index)


def _townships(view: View) -> pd.DataFrame:
    """Return the townships of every child's registers and own homes."""
    area = view.district.units.set_index("unit_id")["area_id"]
    homes, registers = view.table("homes"), view.table("hukou")
    parts = [registers[["child_id", "unit_id"]], homes.loc[homes["owner"].ne("other"), ["child_id", "unit_id"]]]
    rows = pd.concat(parts, ignore_index=True)
    rows["township_id"] = rows["unit_id"].map(area)
    return rows.loc[~blank(rows["unit_id"]), ["child_id", "township_id"]].dropna().drop_duplicates()


def _primary_townships(view: View) -> pd.DataFrame:
    """Return the township of the primary each child attended."""
    children = view.table("children")
    rows = pd.DataFrame({"child_id": children["child_id"]})
    rows["township_id"] = view.school(children["prev_school_id"], "township_id")
    return rows[~blank(rows["township_id"])].drop_duplicates()


def falsified(view: View) -> Seen:
    """Find children admitted although a check of their papers found a difference (虚假材料须取消录取资格)."""
    checks = view.table("verifications")
    false = checks.loc[checks["result"].eq("differs"), "child_id"]
    rows = lists.admitted(view)
    verified = among(rows["child_id"], checks.loc[~blank(checks["result"]), "child_id"])
    gaps = dict.fromkeys(rows.loc[~verified, "school_id"], "部分录取儿童没有核验结果")
    return seen(rows, among(rows["child_id"], false), "admitted", "child_id", gaps=gaps)


def talents(view: View, *, words: tuple[str, ...]) -> Seen:
    """Find children admitted for a talent by an ordinary school (特长生)."""
    children = view.table("children").set_index("child_id")
    rows = lists.admitted(view)
    rows = rows.assign(category=rows["child_id"].map(children["category"]).fillna(""))
    return seen(rows, rows["category"].str.contains("|".join(words)), "admitted", "child_id")


def after_results(view: View) -> Seen:
    """Find children admitted by zone after the first phase had to be told and before the second began."""
    if not view.chosen["first_phase.result"]:
        return unknown("规则没有写明第一阶段结果哪天公布")
    limit = pd.Timestamp(view.chosen["first_phase.result"])
    rows = lists.admitted(view)
    rows = rows[rows["route"].eq("zone") & view.school(rows["school_id"], "sector").eq("public")]
    rows = rows.assign(told=rows["admitted_on"].dt.strftime("%Y-%m-%d"), limit=f"{limit:%Y-%m-%d}")
    gaps = dict.fromkeys(rows.loc[rows["admitted_on"].isna(), "school_id"], "部分录取没有日期")
    return seen(rows, rows["admitted_on"] >= limit + pd.Timedelta(days=1), "admitted", "child_id", gaps=gaps)
