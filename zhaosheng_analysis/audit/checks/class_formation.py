"""Classes as they stand: forbidden names, two sectors in one class, and whether a list could have come from a lot."""

import pandas as pd

from zhaosheng_analysis.audit import lists
from zhaosheng_analysis.audit.findings import Seen, View, blank, seen, unknown
from zhaosheng_analysis.classes import balance


def labels(view: View, *, forbidden: tuple[str, ...]) -> Seen:
    """Find classes that bear a forbidden name.

    Parameters
    ----------
    view : View
        What the check may look at.
    forbidden : tuple of str
        Words no class may be called by, whatever stands around them.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    rows = view.table("classes")
    rows = rows[rows["school_year"] == rows.loc[rows["school_year"] <= view.year, "school_year"].max()]
    pattern = "|".join(forbidden)
    return seen(rows, rows["label"].fillna("").str.contains(pattern), "classes")


def mixed(view: View) -> Seen:
    """Find classes with pupils of public and of private rolls in them (混合编班).

    Where an inspector wrote down the papers of a joint campus (检查记录 of the rule's own row, 未发现) the school waits
    for a person.
    """
    frame = lists.seated(view)
    frame = frame[frame["class_no"].notna() & frame["home_id"].notna()]
    if frame.empty:
        return unknown("实际就读没有班号，或没有一人有学籍")
    foreign = view.school(frame["home_id"], "sector") != view.school(frame["school_id"], "sector")
    keys = ["school_id", "grade", "class_no"]
    counted = frame.assign(foreign=foreign).groupby(keys, as_index=False)
    classes = counted.agg(pupils_n=("pupil_id", "size"), foreign_n=("foreign", "sum"))
    joint = classes["school_id"].isin(_joint(view)) & (classes["foreign_n"] > 0)
    gaps = dict.fromkeys(classes.loc[joint, "school_id"], "登记有公办民办合作办学文件，须由人核实")
    return seen(classes, (classes["foreign_n"] > 0) & ~joint, "attendance", gaps=gaps)


def _joint(view: View) -> pd.Series:
    """Return the schools whose joint campus is documented, where that spares them."""
    if view.chosen["joint_campus"] != "finding_unless_documented" or not view.has("findings"):
        return pd.Series(dtype="str")
    findings = view.table("findings")
    papers = findings["question"].isin(view.rows) & findings["answer"].eq("clear") & ~blank(findings["evidence"])
    return findings.loc[papers, "school_id"]


def _seated(view: View) -> pd.DataFrame:
    """Return the entrants of the year on the roll whose class is known."""
    rows = lists.active(view)
    return rows[
        view.district.school_system.is_entry(rows["grade"])
        & (rows["school_year"] == view.year)
        & ~blank(rows["class_no"])
    ]


def _screened(rows: pd.DataFrame, view: View, traits: tuple[str, ...]) -> Seen:
    """Test every grade for each trait; the level is shared between all tests of the district (Bonferroni)."""
    if rows.empty:
        return unknown(f"学籍中没有 {view.year} 学年起始年级的班号")
    tests = balance.screen(rows, seed=f"{view.district.id}|{view.year}", traits=traits)
    level = view.chosen["balance.level"] / max(int((tests["classes_n"] > 1).sum()), 1)
    tests["trait_said"] = tests["trait"].map(balance.TRAITS)
    tests["p_said"] = tests["p"].map("{:.4f}".format)
    return seen(tests, tests["p"] <= level, "roll")


def unbalanced(view: View) -> Seen:
    """Find grades whose classes differ in sex or age more than a lot would make them: one test a school, grade, trait.

    Chance alone seldom names a school.
    """
    return _screened(_seated(view), view, ("sex", "age_months"))


def migrants_apart(view: View) -> Seen:
    """Find grades whose migrants sit together more than a lot would seat them."""
    rows = _seated(view)
    rows = rows.assign(
        migrant=rows["pupil_id"].isin(view.table("permits")["child_id"]),
        stage=view.district.school_system.stage_of(rows["grade"]),
    )
    return _screened(rows, view, ("migrant",))


def differs_from_admission(view: View) -> Seen:
    """Find entrants in a class of a school that did not admit them; classes are formed from the admission list."""
    rows, listed = _seated(view), view.table("admitted")
    admitted = pd.MultiIndex.from_frame(listed[["child_id", "school_id"]])
    inside = pd.MultiIndex.from_frame(rows[["pupil_id", "school_id"]]).isin(admitted)
    return seen(rows, ~inside, "roll", "pupil_id")
