"""Ask any audit whether it is right: its counts agree, and nobody the text asks about is passed over.

The children are counted anew from the tables, whatever the rules made of them; missing data is never a pass.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from zhaosheng_analysis import admission
from zhaosheng_analysis.audit import rules
from zhaosheng_analysis.audit.findings import Findings, blank, lacking
from zhaosheng_analysis.audit.lists import ACTIVE
from zhaosheng_analysis.audit.verdicts import Rule
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy

_COMING = (8, 16)  # from this day of the year schools write the grade of the coming year


@dataclass(frozen=True)
class Case:
    """One audit to be asked."""

    findings: Findings
    district: District
    policy: Policy
    applied: dict[str, Rule]
    chosen: Mapping[str, Any] = field(default_factory=dict)


def check(
    findings: Findings,
    district: District,
    policy: Policy,
    *,
    intake: tuple[admission.Outcome, pd.DataFrame] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> list[str]:
    """List every way an audit, and an intake beside it, contradicts itself or its tables; an empty list is valid.

    A school is in the state its findings put it in, a rule whose tables are missing passes nobody, who was admitted or
    sits in a class and is on no roll is named, and so is who moved before the first year was over, a
    move of late August under the coming grade among them. Nothing of that can be seen in an intake, whose result no
    roll of the coming year stands beside: who wants both asked in one call gives the intake too, and is told what
    `admission.check` finds first.

    Parameters
    ----------
    findings : Findings
        The audit, run with the policy's own parameters.
    district : District
        What was audited.
    policy : Policy
        By which text.
    intake : tuple of (Outcome, DataFrame), optional
        An intake under the same text and its ranked children.
    parameters : mapping of str to object, optional
        Those the audit was run with instead of the policy's own.

    Returns
    -------
    list of str
        One Chinese sentence a fault.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> zs.audit.check(zs.audit.run(town, rules), town, rules)
    []
    """
    applied = {rule.id: rule for rule in rules.applied(policy)}
    case = Case(findings, district, policy, applied, parameters or {})
    first = admission.check(*intake, district, policy) if intake else []
    faults = [*first, *_consistent(case), *(_some(what, found(case)) for what, found in PROMISES.items())]
    return [text for text in faults if text]


def _some(what: str, names: Iterable[str]) -> str:
    """Write a fault with its count first and at most three names; nothing where there is none."""
    names = sorted({str(name) for name in names})
    return f"{len(names)} {what}：{'、'.join(names[:3])}" if names else ""


def _consistent(case: Case) -> list[str]:
    """Check that state, count and evidence of every rule and school agree."""
    said = case.findings.summary.set_index(["rule", "school_id"])
    rows = case.findings.evidence.groupby(["rule", "school_id"]).size()
    own = said["found_n"].sub(rows.reindex(said.index, fill_value=0))
    # What is found in all schools is told of the district as a whole.
    wide = said["scope"].eq("district")
    odd = said.index[own.ne(0) & ~wide]
    wrong = said.index[said["state"].eq("finding") != said["found_n"].gt(0)]
    lacks = {rule: _lacks(case, rule) for rule in said.index.unique("rule")}
    bare = said.index[said["state"].eq("pass") & said.index.get_level_values("rule").map(lacks)]
    return [
        _some("条规则的发现数与发现的记录不符", [rule for rule, _ in odd]),
        _some("条规则有发现却没有判为发现问题，或没有发现却判了", [rule for rule, _ in wrong]),
        _some("条规则没有数据却判为符合", [rule for rule, _ in bare]),
    ]


def _lacks(case: Case, name: str) -> bool:
    """Tell whether a table a rule needs is not there, or empty."""
    return name in case.applied and bool(lacking(case.district, case.applied[name].needs))


def _named(case: Case, rule: str) -> set[tuple[str, str]]:
    """Return which children of which schools an audit names under a rule."""
    keys = case.findings.keys[["finding_id", "value"]]
    rows = case.findings.evidence.loc[case.findings.evidence["rule"].eq(rule), ["finding_id", "school_id"]]
    rows = rows.merge(keys, on="finding_id", validate="1:1")
    return set(zip(rows["value"], rows["school_id"], strict=True))


def _asked(case: Case, rule: str) -> bool:
    """Tell whether an audit applied a rule and could: its tables are there."""
    return rule in set(case.findings.summary["rule"]) and not _lacks(case, rule)


def _enrolled(case: Case) -> set[str]:
    """Return who is on any roll of the last school year."""
    roll = case.district.tables["roll"]
    now = roll[roll["school_year"].le(case.findings.year)]
    now = now[now["school_year"].eq(now["school_year"].max())]
    status = now["status"] if "status" in now else pd.Series(pd.NA, index=now.index)
    return set(now.loc[blank(status) | status.isin(ACTIVE), "pupil_id"])


def _seated_without_roll(case: Case) -> list[str]:
    """Find pupils who sit in a school, are on no roll and are not named (借读 among them)."""
    if not _asked(case, "roll.without"):
        return []
    rows, enrolled = case.district.tables["attendance"], _enrolled(case)
    named = _named(case, "roll.without")
    there = zip(rows["pupil_id"], rows["school_id"], strict=True)
    return [pupil for pupil, school in there if pupil not in enrolled and (pupil, school) not in named]


def _admitted_without_roll(case: Case) -> list[str]:
    """Find children who were admitted this year, are on no roll and are not named."""
    if not _asked(case, "plan.not_on_roll"):
        return []
    rows, enrolled = case.district.tables["admitted"], _enrolled(case)
    rows = rows[rows["intake_year"].eq(case.findings.year)]
    named = _named(case, "plan.not_on_roll")
    there = zip(rows["child_id"], rows["school_id"], strict=True)
    return [child for child, school in there if child not in enrolled and (child, school) not in named]


def _moved_in_the_first_year(case: Case) -> list[str]:
    """Find pupils who moved before their time after entry was over and are not named."""
    if not _asked(case, "move.first_year"):
        return []
    rule = case.applied["move.first_year"]
    start, months = (
        case.chosen.get(name, case.policy.parameter(name, rule.parameters[name]))
        for name in ("transfer_lock_start", "transfer_lock_months")
    )
    rows = case.district.tables["transfers"]
    since = pd.Timestamp(case.findings.year - 1, 9, 1)
    rows = rows[rows["moved_on"].between(since, case.findings.on)]
    named = {pupil for pupil, _ in _named(case, "move.first_year")}
    missed = []
    for row in rows[~rows["pupil_id"].isin(named)].itertuples():
        entered = pd.Timestamp(_entered(row, case), start.month, start.day)
        if row.moved_on < entered + pd.DateOffset(months=int(months)):
            missed.append(row.pupil_id)
    return missed


def _entered(row: tuple, case: Case) -> int:
    """Return the year in which a pupil who moved entered its stage; what the roll says of it goes before the date."""
    system, day = case.district.school_system, row.moved_on
    stage = system.stage_of(pd.Series([row.grade]))[0]
    year = day.year if (day.month, day.day) >= _COMING else day.year - 1
    roll = case.district.tables.get("roll", pd.DataFrame(columns=["pupil_id", "school_year", "grade"]))
    mine = roll[roll["pupil_id"].eq(row.pupil_id) & roll["grade"].eq(row.grade)]
    if year == day.year and day.month == _COMING[0] and mine["school_year"].eq(year - 1).any():
        year -= 1
    return year - (int(row.grade) - system.entry[stage])


PROMISES: dict[str, Callable[[Case], list[str]]] = {
    "名学生在校就读而没有任何学籍，核查没有列出": _seated_without_roll,
    "名儿童已录取而没有任何学籍，核查没有列出": _admitted_without_roll,
    "名学生在起始年级不转学的期限内转学，核查没有列出": _moved_in_the_first_year,
}
