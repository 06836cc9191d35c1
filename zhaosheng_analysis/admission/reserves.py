"""Seats kept back for approved preferences against the children who are approved, school by school."""

import pandas as pd

from zhaosheng_analysis.admission import rounds
from zhaosheng_analysis.admission.rounds import listed
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import STAGES

_STAGES = {"primary": "小学", "junior": "初中"}
_SCHOOL = ["school_id", "stage"]


def unlike(district: District, policy: Policy) -> list[str]:
    """List the schools whose reserved seats are not as many as the approved children who ask for them.

    A child counts at the school of its first choice, of several (public and private) at one that reserves seats.

    Parameters
    ----------
    district : District
        Plans, children and applications.
    policy : Policy
        Rules of the intake; only those that give reserved seats to approved children are asked.

    Returns
    -------
    list of str
        One Chinese sentence a school and stage, in the order of the plans; none where all agree.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.admission.reserves.unlike(zs.demo.nine_plots(), zs.policy.load("quzhou-2022"))
    []
    """
    needed = ("plans", "children", "applications")
    if policy.table is None or not all(name in district.tables for name in needed):
        return []
    kept = [item for item in rounds.read(policy) if item.seats == "reserved"]
    if not any("yes" in listed(item.takes.get("special", ())) for item in kept):
        return []
    plans = district.table("plans")
    plans = plans[plans["intake_year"] == policy.intake_year].set_index(_SCHOOL)["reserved_n"].fillna(0).astype(int)
    approved_n = _approved(district, plans).reindex(plans.index, fill_value=0)
    names = district.schools.set_index("school_id")["name"]
    return [
        f"{names.get(school, school)}（{_STAGES[stage]}）：预留学位 {held} 个，经审批的照顾对象 {asked} 名，"
        + (f"少 {asked - held} 个，没有预留的按本人类别录取" if asked > held else f"多 {held - asked} 个，用不完的退回")
        for (school, stage), held, asked in zip(plans.index, plans, approved_n, strict=True)
        if held != asked
    ]


def _approved(district: District, reserved: pd.Series) -> pd.Series:
    """Count the approved children at each school and stage."""
    children = district.table("children")
    children = children[children["stage"].isin(STAGES)].fillna({"category": "", "category_basis": ""})
    children = children[children["category"].ne("") & children["category_basis"].ne("")]
    filed = district.table("applications")
    first = filed[filed["choice_n"].fillna(1).eq(1)].merge(children[["child_id", "stage"]], on="child_id")
    keeps = reserved.reindex(first.set_index(_SCHOOL).index, fill_value=0).gt(0).to_numpy()
    first = first.assign(other=~keeps, private=first["sector"].eq("private"))
    once = first.sort_values(["child_id", "other", "private", "school_id"]).drop_duplicates("child_id")
    return once.groupby(_SCHOOL).size()
