"""Audit a district by the rules its text lays down: every rule, every school, in three states, with evidence.

Comes in: a district and its policy. Goes out: `Findings`. The rules are data (``rules.toml``): a rule applies to
a policy that names it, and to all where it is national. Missing data is never a pass.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from importlib import import_module
from itertools import chain
from types import ModuleType
from typing import Any

import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.audit import questions, rules, verdicts
from zhaosheng_analysis.audit.findings import EVIDENCE, KEYS, SUMMARY, Findings, View, ids, lacking, pseudonyms, unknown
from zhaosheng_analysis.audit.verdicts import Rule
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import DataError, Fault, Faults, near


def run(
    district: District,
    policy: Policy,
    *,
    on: date | str | None = None,
    parameters: Mapping[str, Any] | None = None,
    only: Iterable[str] = (),
) -> Findings:
    """Audit a district.

    Parameters
    ----------
    district : District
        District, from `geodata.load`.
    policy : Policy
        The text it is audited by.
    on : date or str, optional
        Day of the audit; by default the day the data were made (about: data_as_of). No clock is read.
    parameters : mapping of str to object, optional
        Values instead of the policy's or the rule's own; an unknown name is refused.
    only : iterable of str, optional
        Ids of rules, to apply only these; all by default.

    Returns
    -------
    Findings
        What was found, ordered by rule and school.

    Raises
    ------
    DataError
        No day is known, or a parameter no rule reads.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> findings = zs.audit.run(zs.demo.nine_plots(), zs.policy.load("laoting-2025"), only=["size.oversized"])
    >>> findings.summary[["school_id", "state", "missing"]]
      school_id           state          missing
    0        s1  not_assessable  缺少「班级」(classes)
    1        s2  not_assessable  缺少「班级」(classes)
    2        s3  not_assessable  缺少「班级」(classes)
    """
    day, year = _day(district, on), int(district.about.get("intake_year") or policy.intake_year)
    chosen, applied = dict(parameters or {}), rules.applied(policy)
    _refuse_unknown("参数", chosen, {name for rule in applied for name in rule.parameters})
    _refuse_unknown("规则", only := list(only), {rule.id for rule in applied})
    clauses = questions.clauses(policy)
    view = View(district, policy, day, year, {})
    places = verdicts.places(view)
    judged = [
        _judge(rule, replace(view, chosen=_values(rule, policy, chosen), rows=rule.provisions), clauses, places)
        for rule in applied
        if not only or rule.id in only
    ]
    summary = pd.DataFrame({name: list(chain(*(part[name] for part, _ in judged))) for name in SUMMARY})
    evidence = _joined([part for _, part in judged if part is not None])
    evidence["subject"] = pseudonyms(evidence["value"].where(evidence["child"]), district)
    # An id made of a child's number would tell it to whoever tries all numbers; it is made of the pseudonym.
    named = evidence.assign(value=evidence["value"].where(~evidence["child"].astype(bool), evidence["subject"]))
    evidence["finding_id"] = ids(named[["rule", "school_id", "value", "grade", "class_no", "nth"]])
    return Findings(
        district=district.id,
        district_name=district.name,
        policy=policy.id,
        policy_title=policy.title,
        on=day,
        year=year,
        summary=schema.typed("findings.summary", summary),
        evidence=schema.typed("findings.evidence", evidence[EVIDENCE]),
        keys=schema.typed("findings.keys", evidence[KEYS]),
        items=questions.items(policy, applied),
        unlinked=pd.DataFrame([(rule.id, rule.title) for rule in rules.unlinked(policy)], columns=["rule", "title"]),
        synthetic=district.synthetic,
    )


def states(findings: Findings) -> pd.DataFrame:
    """Count the schools in each state, rule by rule.

    Parameters
    ----------
    findings : Findings
        Result of an audit.

    Returns
    -------
    DataFrame
        Columns rule, title, clause, severity, passed_n, found_n (schools), unknown_n, rows_n (findings) and missing.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> findings = zs.audit.run(zs.demo.nine_plots(), zs.policy.load("laoting-2025"), only=["size.oversized"])
    >>> zs.audit.states(findings)[["rule", "passed_n", "found_n", "unknown_n"]]
                 rule  passed_n  found_n  unknown_n
    0  size.oversized         0        0          3
    """
    keys = ["rule", "title", "clause", "severity"]
    frame = findings.summary.assign(
        passed_n=findings.summary["state"].eq("pass").astype(int),
        schools_n=findings.summary["state"].eq("finding").astype(int),
        unknown_n=findings.summary["state"].eq("not_assessable").astype(int),
    )
    counts = frame.groupby(keys, sort=False).agg(
        passed_n=("passed_n", "sum"),
        found_n=("schools_n", "sum"),
        unknown_n=("unknown_n", "sum"),
        rows_n=("found_n", "sum"),
        missing=("missing", lambda reasons: next((reason for reason in reasons if reason), "")),
    )
    return counts.reset_index()


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the evidence of all rules into one table, typed even where nothing was found."""
    if parts:
        return pd.concat(parts, ignore_index=True)
    columns = {name: pd.Series(dtype="str") for name in dict.fromkeys([*EVIDENCE, *KEYS])}
    whole = {name: pd.Series(dtype="Int64") for name in ("grade", "class_no", "nth")}
    return pd.DataFrame(columns | whole | {"child": pd.Series(dtype=bool)})


def _day(district: District, on: date | str | None) -> pd.Timestamp:
    day = on or district.about.get("data_as_of")
    if day:
        return pd.Timestamp(day)
    raise DataError(
        Fault(f"{district.name}核查", "没有核查日期", "", "请在数据说明（about 表）的 data_as_of 填写数据截止日期")
    )


def _refuse_unknown(what: str, names: Iterable[str], allowed: set[str]) -> None:
    """Refuse a name nobody knows: a typing error must not run the default audit."""
    faults = Faults()
    for name in names:
        if name not in allowed:
            faults.add("核查", f"没有{what}「{name}」", f"可用：{'、'.join(sorted(allowed))}", near(name, allowed))
    faults.raise_if_any()


def _values(rule: Rule, policy: Policy, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values a rule works with: set for this run, else the policy's, else the rule's own."""
    return {
        name: chosen.get(name, policy.parameter(name, _default(default, policy)))
        for name, default in rule.parameters.items()
    }


def _default(default: Any, policy: Policy) -> Any:
    """Return a rule's own value; ``@standard.primary`` and the like are read from the policy's class sizes."""
    if not isinstance(default, str) or not default.startswith("@"):
        return default
    name, _, stage = default[1:].partition(".")
    value = getattr(policy.capacity, name)
    return value[stage] if stage else value


def _room(name: str) -> ModuleType:
    """Return the room a rule's check stands in: the questions, or one of the checks."""
    return questions if name == "questions" else import_module(f"zhaosheng_analysis.audit.checks.{name}")


def _judge(
    rule: Rule, view: View, clauses: Mapping[str, str], places: pd.DataFrame
) -> tuple[dict[str, list], pd.DataFrame | None]:
    """Apply one rule: one summary row a school, one evidence row a finding."""
    missing = lacking(view.district, rule.needs)
    room, _, name = rule.check.partition(".")
    seen = unknown(missing) if missing else getattr(_room(room), name)(view, **rule.using)
    facts = {
        "rule": rule.id,
        "item": "、".join(dict.fromkeys(questions.item_of(view.policy, row) for row in rule.provisions)) or rule.id,
        "title": rule.title,
        "todo": rule.todo,
        "clause": "、".join(dict.fromkeys(clauses[row] for row in rule.provisions)) or rule.clause or rule.basis,
        "severity": rule.severity,
    }
    summary, evidence = verdicts.summary(rule, view, seen, places), verdicts.evidence(rule, view, seen, places)
    summary |= {name: [fact] * len(summary["school_id"]) for name, fact in facts.items()}
    return summary, None if evidence is None else evidence.assign(**facts)
