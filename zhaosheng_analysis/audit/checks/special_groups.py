"""Children who need more (out of school, migrant, left behind, orphaned, poor, disabled): whether each has a place."""

import pandas as pd

from zhaosheng_analysis.audit.findings import Seen, View, blank, seen, unknown

KINDS = {"suspected": "疑似辍学", "dropped": "辍学", "out": "失学"}
GROUPS = {
    "left_behind": "农村留守儿童",
    "de_facto_orphan": "事实无人抚养儿童",
    "orphan": "孤儿",
    "poor": "家庭经济困难学生",
}
ABLE = {"ordinary": "能适应普通学校", "special": "需特殊教育学校", "home": "需专人护理"}


def _open(view: View) -> pd.DataFrame:
    """Return the open cases of the drop-out ledger."""
    rows = view.table("dropouts")
    rows = rows[(rows["opened_on"] <= view.on) & ~(rows["closed_on"] <= view.on)]
    return rows.assign(school_id=rows["school_id"].fillna(""), kind_said=rows["kind"].map(KINDS))


def dropouts_owned(view: View) -> Seen:
    """Find open cases without a person in charge."""
    rows = _open(view)
    return seen(rows, blank(rows["owner"]), "dropouts", "case_id")


def dropouts_fresh(view: View) -> Seen:
    """Find open cases not updated within the days given, or without any step taken."""
    rows = _open(view)
    age = (view.on - rows["updated_on"].fillna(rows["opened_on"])).dt.days
    rows = rows.assign(days=age, told="")
    rows.loc[blank(rows["action"]), "told"] = "没有劝返措施"
    stale = age > view.chosen["ledger_max_age_days"]
    rows.loc[stale, "told"] = "已 " + age[stale].astype(str) + " 天未更新"
    return seen(rows, rows["told"] != "", "dropouts", "case_id")


def dropouts_once(view: View) -> Seen:
    """Find children in more than one open ledger, or both in a ledger and at school."""
    rows = _open(view)
    named = ~blank(rows["pupil_id"])
    twice = named & rows["pupil_id"].duplicated(keep=False)
    there = view.table("attendance")["pupil_id"] if view.has("attendance") else []
    present = named & rows["pupil_id"].isin(there)
    rows["told"] = ""
    rows.loc[present, "told"] = "在台账未销案，却有实际就读记录"
    rows.loc[twice, "told"] = "同时在两本以上台账"
    return seen(rows, rows["told"] != "", "dropouts", "case_id")


def placed(view: View, *, ability: str) -> Seen:
    """Find disabled children not placed as their assessment says.

    Parameters
    ----------
    view : View
        What the check may look at.
    ability : str
        Ordinary, special or home; an able child belongs in an ordinary school, and in its zone's.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    rows = view.table("special_needs")
    rows = rows[rows["ability"].eq(ability)].assign(told="")
    home = rows["school_id"].where(~blank(rows["school_id"]), rows["zone_school_id"]).fillna("")
    if ability == "ordinary":
        far = ~blank(rows["school_id"]) & ~blank(rows["zone_school_id"]) & (rows["school_id"] != rows["zone_school_id"])
        rows.loc[far, "told"] = "不在学区学校就读"
    other = rows["placement"].ne(ability)
    rows.loc[other, "told"] = "安置方式与评估意见不符"
    rows.loc[blank(rows["placement"]), "told"] = "没有安置"
    rows = rows.assign(school_id=home, ability_said=ABLE[ability])
    return seen(rows, rows["told"] != "", "special_needs", "case_id")


def entered(view: View) -> Seen:
    """Find children of the four care groups whose entry is not settled, and groups without a ledger."""
    rows = view.table("care_groups").assign(told="")
    rows["group_said"] = rows["group"].map(GROUPS)
    rows.loc[blank(rows["entry_status"]), "told"] = "入学状态没有落实"
    absent = [
        {"group_said": words, "told": "没有建立台账"}
        for code, words in GROUPS.items()
        if not rows["group"].eq(code).any()
    ]
    frame = pd.concat([rows, pd.DataFrame(absent)], ignore_index=True) if absent else rows
    frame["school_id"] = frame["school_id"].fillna("")
    return seen(frame, frame["told"] != "", "care_groups", "case_id")


def matched(view: View) -> Seen:
    """Find children of the care groups whom police and civil affairs do not know as such."""
    rows = view.table("care_groups")
    rows = rows.assign(school_id=rows["school_id"].fillna(""), group_said=rows["group"].map(GROUPS))
    return seen(rows, ~rows["matched"].astype(bool), "care_groups", "case_id")


def seven_groups(view: View) -> Seen:
    """Count for each of the seven groups the children who are nowhere (应入尽入)."""
    missing = [
        name for name in ("dropouts", "permits", "admitted", "care_groups", "special_needs") if not view.has(name)
    ]
    if missing:
        return unknown(f"七类群体缺少：{'、'.join(missing)}")
    care, needs, cases = view.table("care_groups"), view.table("special_needs"), _open(view)
    rows = [("辍学儿童", len(cases), int(blank(cases["action"]).sum()))]
    rows += [(word, int(care["group"].eq(code).sum()), _unsettled(care, code)) for code, word in GROUPS.items()]
    rows.append(("残疾儿童", len(needs), int(blank(needs["placement"]).sum())))
    migrants = view.table("permits").drop_duplicates("child_id")
    lost = ~migrants["child_id"].isin(view.table("admitted")["child_id"])
    if view.has("applications"):
        lost &= migrants["child_id"].isin(view.table("applications")["child_id"])
    rows.append(("随迁子女", len(migrants), int(lost.sum())))
    frame = pd.DataFrame(rows, columns=["group_said", "children_n", "lost_n"]).assign(school_id="")
    return seen(frame, (frame["lost_n"] > 0) | (frame["children_n"] == 0), "care_groups")


def _unsettled(care: pd.DataFrame, group: str) -> int:
    return int((care["group"].eq(group) & blank(care["entry_status"])).sum())
