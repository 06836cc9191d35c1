"""Who was admitted: plan = admitted = roll, child by child; who had no tie to zone or district; who was too young."""

import pandas as pd

from zhaosheng_analysis.audit.findings import Seen, View, among, blank, seen, unknown
from zhaosheng_analysis.audit.lists import _ties, admitted, entrants, located, migrants
from zhaosheng_analysis.schema import STAGES

PLACE = ["school_id", "stage"]


def _against_plan(view: View, counts: pd.DataFrame, none: str) -> Seen:
    """Hold the number of children of each school and stage against its plan."""
    plans = view.table("plans")
    plans = plans[plans["intake_year"] == view.year]
    if plans.empty or counts.empty:
        return unknown(f"没有 {view.year} 年的招生计划或名单")
    frame = plans[[*PLACE, "seats_n"]].merge(counts, on=PLACE, how="outer", validate="1:1")
    frame[["seats_n", "children_n"]] = frame[["seats_n", "children_n"]].fillna(0).astype(int)
    frame["over_n"] = frame["children_n"] - frame["seats_n"]
    frame["stage_said"] = frame["stage"].map(STAGES)
    idle = frame[(frame["seats_n"] > 0) & (frame["children_n"] == 0)]
    return seen(frame, frame["over_n"] > 0, "plans", gaps=dict.fromkeys(idle["school_id"], none))


def over_plan(view: View) -> Seen:
    """Find schools that admitted more children than planned, or without a plan."""
    counts = admitted(view).groupby(PLACE).size().rename("children_n").reset_index()
    return _against_plan(view, counts, "没有本校的录取名单")


def roll_over_plan(view: View) -> Seen:
    """Find schools with more entrants on the roll than planned; over-plan pupils get no registration."""
    counts = entrants(view).groupby(PLACE).size().rename("children_n").reset_index()
    return _against_plan(view, counts, "学籍中没有本校新生")


def not_on_roll(view: View) -> Seen:
    """List children admitted to a school who are not on its roll."""
    rows = admitted(view)
    there = pd.MultiIndex.from_frame(entrants(view)[["pupil_id", "school_id"]])
    return seen(rows, ~pd.MultiIndex.from_frame(rows[["child_id", "school_id"]]).isin(there), "admitted", "child_id")


def not_admitted(view: View) -> Seen:
    """List entrants on the roll of a school that never admitted them; who transferred in is on another list."""
    rows = entrants(view)
    listed = pd.MultiIndex.from_frame(admitted(view)[["child_id", "school_id"]])
    came = view.table("transfers")["pupil_id"] if view.has("transfers") else []
    excused = pd.MultiIndex.from_frame(rows[["pupil_id", "school_id"]]).isin(listed) | among(rows["pupil_id"], came)
    return seen(rows, ~excused, "roll", "pupil_id")


def double(view: View) -> Seen:
    """Find children on more than one admission list."""
    rows = admitted(view).sort_values(["child_id", "school_id"])
    other = rows.groupby("child_id")["school_id"].transform("first")
    rows = rows.assign(other=view.school(other, "name"))
    return seen(rows, rows["child_id"].duplicated(keep="first"), "admitted", "child_id")


def mixed_lists(view: View) -> Seen:
    """Find children admitted from the list of one sector and put on the roll of a school of the other (混合招生)."""
    rows = admitted(view)
    entered = entrants(view).drop_duplicates("pupil_id").set_index("pupil_id")["school_id"]
    rows = rows.assign(roll_id=rows["child_id"].map(entered))
    kinds = pd.DataFrame({"school": view.school(rows["school_id"], "sector"), "list": rows["list_sector"]})
    kinds["roll"] = view.school(rows["roll_id"], "sector")
    words = {"public": "公办", "private": "民办"}
    rows["list_said"] = kinds["list"].map(words).fillna("未注明性质")
    rows["roll_said"] = kinds["roll"].fillna(kinds["school"]).map(words)
    rows["other"] = view.school(rows["roll_id"].fillna(rows["school_id"]), "name")
    wrong = (kinds["list"] != kinds["school"]) | (kinds["roll"].notna() & (kinds["roll"] != kinds["list"]))
    gaps = dict.fromkeys(rows.loc[blank(rows["list_sector"]), "school_id"], "部分录取名单没有注明公办、民办")
    return seen(rows, wrong & ~blank(rows["list_sector"]), "admitted", "child_id", gaps=gaps)


def under_age(view: View) -> Seen:
    """Find first graders born after the last birthday the text allows."""
    limit = view.policy.date("age", None)
    if limit is None:
        return unknown("原文没有入学年龄的出生日期界限")
    rows = admitted(view)
    rows = rows[rows["stage"].eq("primary")]
    born = view.table("children").set_index("child_id")["birth_on"]
    rows = rows.assign(birth=rows["child_id"].map(born), limit=f"{limit:%Y-%m-%d}")
    rows["born"] = rows["birth"].dt.strftime("%Y-%m-%d")
    gaps = dict.fromkeys(rows.loc[rows["birth"].isna(), "school_id"], "部分录取儿童不在儿童表中")
    return seen(rows, rows["birth"] > pd.Timestamp(limit), "admitted", "child_id", gaps=gaps)


def closed(view: View) -> Seen:
    """Find children admitted by a school that is closed or takes no more intakes."""
    rows = admitted(view)
    rows = rows.assign(status=view.school(rows["school_id"], "status"))
    ended = view.school(rows["school_id"], "closed_year") <= view.year
    return seen(rows, rows["status"].isin(["closed", "closing"]) | ended.fillna(False), "admitted", "child_id")


def outside_district(view: View, *, sector: str) -> Seen:
    """Find children admitted without any register, home or permit in the district; a city's school takes the city's."""
    rows = admitted(view)
    rows = rows[view.school(rows["school_id"], "sector").eq(sector)]
    ties = _ties(view)
    here = ties["district_code"].eq(view.district.code) | ~blank(ties["unit_id"])
    city = ties["district_code"].str[:4].eq(view.district.code[:4])
    tied, near = among(rows["child_id"], ties["child_id"]), ties.loc[here | city, "child_id"]
    by_city = view.school(rows["school_id"], "approver").eq("city")
    local = among(rows["child_id"], ties.loc[here, "child_id"]) | (by_city & among(rows["child_id"], near))
    gaps = dict.fromkeys(rows.loc[~tied, "school_id"], "部分录取儿童没有户籍、房产、居住证记录")
    return seen(rows, ~local & tied, "admitted", "child_id", gaps=gaps)


def cross_zone(view: View, *, named: str = "") -> Seen:
    """Find children admitted by zone to a school in whose zones they have no address, without a placement number.

    Parameters
    ----------
    view : View
        What the check may look at.
    named : str, optional
        The school whose zone is the whole town for migrants, where the text says so.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    rows = admitted(view)
    if named and view.has("permits", "hukou"):
        at_home = view.school(rows["school_id"], "name").str.contains(named, regex=False)
        rows = rows[~(at_home & among(rows["child_id"], migrants(view)))]
    rows = rows[rows["route"].isin(["zone", "coordinated"]) & view.school(rows["school_id"], "sector").eq("public")]
    if rows.empty:
        return unknown("录取名单中没有公办学校的学区录取")
    judged, inside = located(view, rows)
    zoned = rows["school_id"].isin(view.table("zone_schools")["school_id"])
    wrong = ~inside & blank(rows["placement_no"]) & zoned
    gaps = dict.fromkeys(rows.loc[~judged & blank(rows["placement_no"]), "school_id"], "部分录取儿童没有可定位的住址")
    gaps |= dict.fromkeys(rows.loc[~zoned, "school_id"], "本校没有学区图形")
    return seen(rows, wrong & judged, "admitted", "child_id", gaps=gaps)


def wrong_migrant_school(view: View, *, named: str, barred: str) -> Seen:
    """Find migrants at a school that may take none.

    Parameters
    ----------
    view : View
        What the check may look at.
    named : str
        The school that takes them.
    barred : str
        Word in the names of the schools that may not.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    rows = admitted(view)
    names = view.school(rows["school_id"], "name")
    barred_here = names.str.contains(barred, regex=False) & ~names.str.contains(named, regex=False)
    rows = rows[barred_here & rows["stage"].eq("primary")]
    moved = migrants(view)
    return seen(rows, among(rows["child_id"], moved), "admitted", "child_id")


def permits_unserved(view: View) -> Seen:
    """Find children with a permit of the district who applied and were admitted nowhere."""
    permits = view.table("permits")
    local = permits[permits["district_code"].eq(view.district.code)].drop_duplicates("child_id")
    asked = (
        local[among(local["child_id"], view.table("applications")["child_id"])] if view.has("applications") else local
    )
    frame = asked.assign(school_id="")
    return seen(frame, ~among(frame["child_id"], admitted(view)["child_id"]), "permits", "child_id")
