"""The roll (学籍) against itself, against who is really there, and against where the leavers went."""

import numpy as np
import pandas as pd

from zhaosheng_analysis.audit.findings import Seen, View, among, blank, seen, unknown
from zhaosheng_analysis.audit.lists import active, seated, single
from zhaosheng_analysis.schema import student_numbers


def duplicate(view: View) -> Seen:
    """Find pupils with more than one active row, and numbers given to more than one pupil.

    A child is one finding, at the school of the later registration; at the others the question stays open.
    """
    rows = active(view).assign(other="", told="")
    order = [name for name in ("registered_on", "school_id") if name in rows]
    rows = rows.sort_values(["pupil_id", *order], na_position="first")
    twice = rows["pupil_id"].duplicated(keep=False)
    last = twice & ~rows["pupil_id"].duplicated(keep="last")
    others = rows[twice & ~last].groupby("pupil_id")["school_id"].agg(lambda ids: "、".join(_names(ids, view)))
    rows.loc[last, "told"] = "同一学生另有在籍学籍：" + rows.loc[last, "pupil_id"].map(others)
    if "student_no" in rows:
        numbered = rows[~blank(rows["student_no"]) & ~twice]
        shared = numbered[numbered["student_no"].duplicated(keep="first")].index
        rows.loc[shared, "told"] = "学籍号与另一名学生相同"
    gaps = dict.fromkeys(rows.loc[twice & ~last, "school_id"], "有学生在他校重复在籍，发现列在注册较晚的学校")
    return seen(rows, rows["told"] != "", "roll", "pupil_id", gaps=gaps)


def _names(ids: pd.Series, view: View) -> list[str]:
    return [str(view.schools["name"].get(one, one)) for one in ids]


def _present(view: View) -> tuple[pd.DataFrame, dict[str, str]]:
    """Put beside each pupil the schools attended; leave out schools from which there is no attendance at all."""
    rows, there = single(view), seated(view)
    silent = sorted(set(rows["school_id"].unique()) - set(there["school_id"].unique()))
    own = there.loc[there["school_id"] == there["home_id"], "pupil_id"]
    elsewhere = there.drop_duplicates("pupil_id").set_index("pupil_id")["school_id"]
    frame = rows[~rows["school_id"].isin(silent)] if silent else rows
    frame = frame.assign(own=among(frame["pupil_id"], own), elsewhere=frame["pupil_id"].map(elsewhere))
    return frame, dict.fromkeys(silent, "没有本校的实际就读记录")


def separated(view: View) -> Seen:
    """Find pupils on the roll of one school who sit in another (人籍分离)."""
    frame, gaps = view.once("present", lambda: _present(view))
    frame = frame.assign(other=view.school(frame["elsewhere"], "name"))
    return seen(frame, ~frame["own"] & frame["elsewhere"].notna(), "roll", "pupil_id", gaps=gaps)


def guests(view: View) -> Seen:
    """Find pupils who sit in a school whose roll they are not on, seen from that school (借读、挂靠)."""
    frame = seated(view)
    frame = frame[frame["home_id"].notna()]
    away = frame["school_id"] != frame["home_id"]
    own = frame.loc[~away, "pupil_id"]
    frame = frame.assign(other=view.school(frame["home_id"], "name"))
    return seen(frame, away & ~among(frame["pupil_id"], own), "attendance", "pupil_id")


def empty(view: View) -> Seen:
    """Find pupils on a roll who sit nowhere (空挂学籍)."""
    frame, gaps = view.once("present", lambda: _present(view))
    return seen(frame, frame["elsewhere"].isna(), "roll", "pupil_id", gaps=gaps)


def without_roll(view: View) -> Seen:
    """Find pupils who sit in a school and are on no roll."""
    frame = seated(view)
    return seen(frame, ~frame["enrolled"], "attendance", "pupil_id")


def forged(view: View) -> Seen:
    """Find student numbers that cannot be: form, birth date, check character, or another birth date or sex."""
    rows = active(view)
    rows = rows[~blank(rows["student_no"])].copy()
    judged = student_numbers.students(rows["student_no"])
    born = judged["birth_on"].ne(rows["birth_on"]) & judged["birth_on"].notna() & rows["birth_on"].notna()
    sex = judged["sex"].ne(rows["sex"]) & judged["sex"].notna() & ~blank(rows["sex"])
    fault = judged["fault"].map(student_numbers.FAULTS).fillna("")
    rows["told"] = np.select(
        [fault != "", born, sex], [fault, "号码中的出生日期与学籍不一致", "号码中的性别与学籍不一致"], ""
    )
    rows["number"] = student_numbers.masked(rows["student_no"])
    unsaid = [name for name in ("birth_on", "sex") if blank(rows[name]).any()]
    gaps = dict.fromkeys(rows.loc[blank(rows[unsaid[0]]), "school_id"], "部分学生没有出生日期或性别") if unsaid else {}
    return seen(rows, rows["told"] != "", "roll", "pupil_id", gaps=gaps)


def late(view: View) -> Seen:
    """Find entrants put on the roll after the deadline: the policy's, the calendar's, or so many days into the term."""
    rows = active(view)
    rows = rows[(rows["school_year"] == view.year) & view.district.school_system.is_entry(rows["grade"])].copy()
    if rows.empty:
        return unknown(f"学籍中没有 {view.year} 学年的起始年级")
    deadline = _deadline(view)
    rows["deadline"] = f"{deadline:%Y-%m-%d}"
    rows["registered"] = rows["registered_on"].dt.strftime("%Y-%m-%d")
    # Who began in an earlier year at another school keeps the date of then.
    gaps = dict.fromkeys(rows.loc[rows["registered_on"].isna(), "school_id"], "部分新生没有注册日期")
    return seen(rows, rows["registered_on"] > deadline, "roll", "pupil_id", gaps=gaps)


def _deadline(view: View) -> pd.Timestamp:
    """Return the last day for entrants to be on the roll."""
    if view.chosen["roll.deadline"]:
        return pd.Timestamp(view.chosen["roll.deadline"])
    if view.has("calendar"):
        calendar = view.table("calendar")
        planned = calendar.loc[calendar["event"].isin(["roll_registration", "roll_recheck"]), "closes_at"].dropna()
        if len(planned):
            return planned.max().normalize()
    return pd.Timestamp(view.year, 9, 1) + pd.Timedelta(days=int(view.chosen["ledger_max_age_days"]))


def leavers(view: View) -> Seen:
    """Find primary leavers admitted nowhere: no destination, one without proof, or one the admission list denies."""
    rows = view.table("leavers")
    rows = rows[rows["leave_year"] == view.year].copy()
    if rows.empty:
        return unknown(f"小学毕业生去向中没有 {view.year} 年")
    unknown_, said = blank(rows["destination"]), rows["destination"]
    excused = said.isin(list(view.chosen["leaver_excused"]))
    unproved = excused & blank(rows["proof_no"])
    refused = said.isin(["outside", "deferred", "deceased"]) & ~excused
    listed = view.table("admitted")
    missing = said.eq("admitted") & ~among(rows["pupil_id"], listed.loc[listed["stage"].eq("junior"), "child_id"])
    messages = ["去向不明", "去向没有凭据", "去向不在可扣除之列", "登记为已录取，但初中录取名单中没有"]
    rows["told"] = np.select([unknown_, unproved, refused, missing], messages, "")
    return seen(rows, rows["told"] != "", "leavers", "pupil_id")


def vanished(view: View) -> Seen:
    """Find pupils on last year's roll, not in a last grade, who are on none now and have no transfer on record."""
    roll = view.table("roll")
    year = roll.loc[roll["school_year"] <= view.year, "school_year"].max()
    before = roll[(roll["school_year"] == year - 1) & ~view.district.school_system.is_last(roll["grade"])]
    if before.empty:
        return unknown(f"学籍中没有 {year - 1} 学年，无法掌握流动")
    moved = view.table("transfers")["pupil_id"] if view.has("transfers") else []
    here = among(before["pupil_id"], active(view)["pupil_id"]) | among(before["pupil_id"], moved)
    before = before.assign(year=year - 1)
    return seen(before, ~here & ~before["status"].isin(["left", "转出", "休学", "死亡"]), "roll", "pupil_id")
