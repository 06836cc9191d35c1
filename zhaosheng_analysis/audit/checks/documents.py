"""What families were asked for: papers, form fields, fees; by which groups and rules some were preferred."""

import pandas as pd

from zhaosheng_analysis.audit.findings import Seen, View, blank, seen, unknown

ATTRIBUTES = {"basis": "依据", "scope": "范围", "requirement": "条件", "procedure": "程序"}
# Words that betray a key made of achievement; levels of a quality test are one.
SCORES = ("score", "exam", "grade_level", "interview", "certificate", "contest", "level", "test")


def documents(view: View, *, words: tuple[str, ...], before: bool = False) -> Seen:
    """Find papers asked of families that may not be asked.

    Parameters
    ----------
    view : View
        What the check may look at.
    words : tuple of str
        A paper whose name contains one of them is banned.
    before : bool, default False
        Whether it is banned only as a condition of registration.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    rows = view.table("documents")
    hit = rows["document"].str.contains("|".join(words))
    if before:
        gaps = dict.fromkeys(rows.loc[hit & blank(rows["needed_at"]), "school_id"], "没有写明何时提交")
        return seen(rows, hit & rows["needed_at"].eq("registration"), "documents", "document", gaps=gaps)
    return seen(rows, hit, "documents", "document")


def migrant_papers(view: View) -> Seen:
    """Find schools that ask migrants for more papers than allowed."""
    rows = view.table("documents")
    rows = rows[rows["applicant"].eq("migrant")]
    if "needed_at" in rows:
        rows = rows[~rows["needed_at"].eq("after")]
    counts = rows.groupby("school_id")["document"].agg(["size", "、".join]).reset_index()
    counts = counts.rename(columns={"size": "papers_n", "join": "papers"})
    return seen(counts, counts["papers_n"] > view.chosen["migrant.papers_max"], "documents")


def fields(view: View, *, words: tuple[str, ...]) -> Seen:
    """Find fields of a form that may never be collected, such as a parent's post or income."""
    rows = _fields(view)
    return seen(rows, rows["field"].str.contains("|".join(words)), "form_fields", "field")


def outside_form(view: View) -> Seen:
    """Find fields that are not in the roll's form (学籍信息采集表)."""
    rows = _fields(view)
    return seen(rows, ~rows["in_roll_form"].astype(bool), "form_fields", "field")


def repeated(view: View) -> Seen:
    """Find fields collected more than once: by one medium twice, or by a school beside the platform."""
    rows = _fields(view)
    other = rows.groupby(["school_id", "field"])["medium"].transform("nunique") > 1
    platform = set(rows.loc[rows["medium"].eq("platform"), "field"])
    again = rows["field"].isin(platform) & ~rows["medium"].eq("platform")
    own = rows["medium"].isin(["app", "mini_program"])
    gaps = dict.fromkeys(rows.loc[rows["events_n"].isna(), "school_id"], "没有填写采集次数")
    wrong = (rows["events_n"] > 1) | (own & (other | again))
    return seen(rows.assign(events=rows["events_n"].astype("str")), wrong, "form_fields", "field", gaps=gaps)


MEDIA = {"platform": "区统一平台", "app": "手机应用", "mini_program": "小程序", "paper": "纸质表格"}


def _fields(view: View) -> pd.DataFrame:
    rows = view.table("form_fields")
    return rows.assign(school_id=rows["school_id"].fillna(""), medium_said=rows["medium"].map(MEDIA))


def fees(view: View, *, words: tuple[str, ...]) -> Seen:
    """Find fees tied to entry: by their name, or outside the published list and close to an admission.

    Parameters
    ----------
    view : View
        What the check may look at.
    words : tuple of str
        A fee whose item contains one of them is tied to entry whatever its date.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    rows = view.table("fees").assign(told="")
    named = rows["item"].str.contains("|".join(words))
    began, ended = _admission_days(view)
    days = pd.Timedelta(days=int(view.chosen["fees.days_from_admission"]))
    near = rows["received_on"].between(began - days, ended + days) if pd.notna(began) else False
    rows["told"] = "在录取前后收取，不在公示目录内"
    rows.loc[named, "told"] = "与入学挂钩的项目"
    rows["received"] = rows["received_on"].dt.strftime("%Y-%m-%d").fillna("日期不明")
    rows["yuan"] = rows["amount_yuan"].map("{:,.0f}".format)
    return seen(rows, named | (near & ~rows["listed"].astype(bool)), "fees", "fee_id")


def _admission_days(view: View) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and last day of the year's admissions."""
    if not view.has("admitted"):
        return pd.NaT, pd.NaT
    days = view.table("admitted").loc[view.table("admitted")["intake_year"] == view.year, "admitted_on"]
    return days.min(), days.max()


def categories(view: View) -> Seen:
    """Find preference groups without a basis, scope, requirement or procedure."""
    rows = view.table("categories").assign(school_id="")
    lacking = [[word for name, word in ATTRIBUTES.items() if empty[name]] for empty in _empties(rows)]
    rows["told"] = ["、".join(words) for words in lacking]
    return seen(rows, rows["told"] != "", "categories", "category")


def _empties(rows: pd.DataFrame) -> list[dict[str, bool]]:
    return pd.DataFrame({name: blank(rows[name]) for name in ATTRIBUTES}).to_dict("records")


def used_categories(view: View) -> Seen:
    """Find groups by which children were preferred and that are not on the list; one finding a group."""
    children, listed = view.table("children"), view.table("categories")
    used = children.loc[~blank(children["category"]), "category"].value_counts()
    frame = used.rename("children_n").rename_axis("category").reset_index().assign(school_id="")
    return seen(frame, ~frame["category"].isin(listed["category"]), "children", "category")


def register(view: View) -> Seen:
    """Find clauses of older policies without a verdict, or in conflict and not abolished."""
    rows = view.table("policy_register").assign(school_id="", told="")
    rows.loc[blank(rows["verdict"]), "told"] = "没有清理结论"
    open_ = rows["verdict"].eq("conflicts") & ~(rows["abolished_on"] <= view.on)
    rows.loc[open_, "told"] = "与上位规定抵触，没有纠正或废止"
    return seen(rows, rows["told"] != "", "policy_register", "clause")


def ordering_keys(view: View) -> Seen:
    """Find an admission round of the rule file whose order rests on a score, a test, a certificate or a level."""
    if not view.policy.rounds:
        return unknown("本文件没有录取规则，须由检查人员核实")
    rows = [
        {"school_id": "", "round": item.get("name", item["id"]), "key": name}
        for item in view.policy.rounds
        for name in _names(item.get("key", ()))
    ]
    frame = pd.DataFrame(rows, columns=["school_id", "round", "key"])
    return seen(frame, frame["key"].str.contains("|".join(SCORES)), "plans")


def _names(key: object) -> set[str]:
    """Return every name a round may order by, whatever its parameters choose."""
    if isinstance(key, str):
        return {key}
    if isinstance(key, dict):
        return {name for option, names in key.items() if option != "parameter" for name in _names(names)}
    return {name for part in key for name in _names(part)}
