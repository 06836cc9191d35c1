"""Audit a district by the rules its text lays down: every rule, every school, in three states, with evidence.

Comes in: a district and its policy. Goes out: `Findings`. The rules are data (``audit_rules.toml``): a rule applies to
a policy that has one of its provisions, and to all where it is national. Missing data is never a pass.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

from zhaosheng_analysis import (
    admits,
    calendars,
    care,
    classsizes,
    draws,
    formation,
    indicators,
    moves,
    publicity,
    questions,
    registers,
    requirements,
    seats,
    sharing,
    territories,
)
from zhaosheng_analysis.findings import (
    EVIDENCE,
    KEYS,
    SUMMARY,
    Findings,
    Seen,
    View,
    ids,
    lacking,
    pseudonyms,
    unknown,
)
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import DataError, Fault, Faults, near

_MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        *(admits, calendars, care, classsizes, draws, formation, indicators, moves, publicity, questions),
        *(registers, requirements, seats, sharing, territories),
    )
}

# Columns that name a child; in evidence they become pseudonyms.
_CHILD_KEYS = ("pupil_id", "child_id", "case_id")


@dataclass(frozen=True)
class Rule:
    """One rule of an audit, as declared in ``audit_rules.toml``.

    Attributes
    ----------
    id, title : name and the question it answers.
    check : ``module.function``; it gets a `View` and the keywords of `using`.
    severity : grave | plain | note; `severities` by policy.
    needs : tables and columns without which nothing can be judged, see `findings.lacking`.
    provisions : rows of the catalogue it answers for, of any policy.
    say : the sentence of one finding, with columns of the check's frame in braces.
    scope : school | district. only : "" | public | private | primary | junior.
    nothing : what a school without a row means: unknown; pass where the table is a register of events; skip: no answer
        is wanted of it.
    national : applies to every policy, by `basis` and with the severity `silent`, where the text itself says nothing.
    parameters : name -> default, for those the policy does not declare.
    """

    id: str
    title: str
    check: str
    severity: str
    say: str
    needs: tuple[str, ...] = ()
    provisions: tuple[str, ...] = ()
    scope: str = "school"
    only: str = ""
    nothing: str = "unknown"
    national: bool = False
    basis: str = ""
    silent: str = ""
    severities: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    using: Mapping[str, Any] = field(default_factory=dict)


@cache
def declared() -> tuple[Rule, ...]:
    """Return every rule of ``audit_rules.toml``, in the order of the file."""
    data = tomllib.loads((resources.files("zhaosheng_analysis") / "audit_rules.toml").read_text(encoding="utf-8"))
    frozen = [{key: tuple(it) if isinstance(it, list) else it for key, it in row.items()} for row in data["rules"]]
    return tuple(Rule(**row) for row in frozen)


def rules(policy: Policy) -> tuple[Rule, ...]:
    """Return the rules that apply to a policy: declared ones, one a window of its calendar, one a question to ask."""
    own = set(questions.provisions(policy)["id"])
    chosen = [rule for rule in declared() if rule.national or own & set(rule.provisions)]
    chosen += [Rule(**row) for row in calendars.declarations(policy)]
    answered = {row for rule in chosen for row in rule.provisions}
    return (*chosen, *[Rule(**row) for row in questions.declarations(policy, answered)])


def run(
    district: District,
    policy: Policy,
    *,
    on: date | str | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Findings:
    """Audit a district.

    Parameters
    ----------
    district : from `geodata.load`. policy : the text it is audited by.
    on : day of the audit; by default the day the data were made (about: data_as_of). No clock is read.
    parameters : name -> value, instead of the policy's or the rule's own; an unknown name is refused.

    Returns
    -------
    Findings, ordered by rule and school.

    Raises
    ------
    DataError : no day is known, or a parameter no rule reads.
    """
    day, year = _day(district, on), int(district.about.get("intake_year") or policy.intake_year)
    chosen, applied = dict(parameters or {}), rules(policy)
    _refuse_unknown(chosen, applied)
    clauses = questions.clauses(policy)
    view = View(district, policy, day, year, {})
    judged = [_judge(rule, replace(view, chosen=_values(rule, policy, chosen)), clauses) for rule in applied]
    summary = pd.concat([part for part, _ in judged], ignore_index=True)
    evidence = pd.concat([part for _, part in judged], ignore_index=True)
    evidence["finding_id"] = ids(evidence[["rule", "school_id", "value", "grade", "class_no", "nth"]])
    evidence["subject"] = pseudonyms(evidence["value"].where(evidence["child"]), district=district.id)
    return Findings(
        district=district.id,
        district_name=district.name,
        policy=policy.id,
        policy_title=policy.title,
        on=day,
        year=year,
        summary=summary[SUMMARY],
        evidence=evidence[EVIDENCE],
        keys=evidence[KEYS],
        items=questions.items(policy, applied),
        synthetic=district.synthetic,
    )


def states(findings: Findings) -> pd.DataFrame:
    """Count the schools in each state, rule by rule.

    Returns
    -------
    rule, title, clause, severity, passed_n, found_n (schools), unknown_n, rows_n (findings), missing.
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


def _day(district: District, on: date | str | None) -> pd.Timestamp:
    day = on or district.about.get("data_as_of")
    if day:
        return pd.Timestamp(day)
    raise DataError(Fault(f"{district.name}核查", "没有核查日期", "", "请在数据说明填写数据截止日期，或写明 on"))


def _refuse_unknown(chosen: Mapping[str, Any], applied: tuple[Rule, ...]) -> None:
    """Refuse a parameter that no rule reads: a typing error must not run the default audit."""
    known, faults = {name for rule in applied for name in rule.parameters}, Faults()
    for name in chosen:
        if name not in known:
            faults.add("核查参数", f"没有参数「{name}」", f"可用：{'、'.join(sorted(known))}", near(name, known))
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


def _judge(rule: Rule, view: View, clauses: Mapping[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Apply one rule: one summary row a school, one evidence row a finding."""
    missing = lacking(view.district, rule.needs)
    module, _, name = rule.check.partition(".")
    found = unknown(missing) if missing else getattr(_MODULES[module], name)(view, **rule.using)
    own = [row for row in rule.provisions if row in clauses]
    facts = {
        "rule": rule.id,
        "item": "、".join(dict.fromkeys(questions.item_of(view.policy, row) for row in own)) or rule.id,
        "title": rule.title,
        "clause": "、".join(dict.fromkeys(clauses[row] for row in own)) or rule.basis,
        "severity": rule.severities.get(view.policy.id, rule.severity if own else rule.silent or rule.severity),
    }
    return _summary(rule, view, found).assign(**facts), _evidence(rule, view, found).assign(**facts)


def _schools(rule: Rule, view: View, found: Seen) -> pd.DataFrame:
    """Return the schools a rule is put to, and those it found something at."""
    schools = view.district.schools.drop(columns="geometry", errors="ignore")
    if rule.scope == "district":
        return pd.DataFrame({"school_id": [""], "name": [view.district.name], "org_id": [""]})
    open_ = schools["status"].isin(["open", "closing"])
    wanted = {"public": schools["sector"].eq("public"), "private": schools["sector"].eq("private")}
    wanted |= {stage: schools["stage"].isin([stage, "both"]) for stage in ("primary", "junior")}
    asked = open_ & wanted[rule.only] if rule.only else open_
    at_fault = schools["school_id"].isin(found.frame.loc[found.wrong, "school_id"])
    table = schools[asked | at_fault].assign(org_id=_org(schools))
    return table[["school_id", "name", "org_id"]]


def _org(schools: pd.DataFrame) -> pd.Series:
    """Return the reporting unit of each school: its own, else the township or area it lies in."""
    columns = [schools[name] for name in ("org_id", "township_id", "area_id") if name in schools]
    unit = columns[0].where(columns[0].ne(""))
    for column in columns[1:]:
        unit = unit.fillna(column.where(column.ne("")))
    return unit.fillna("")


def _summary(rule: Rule, view: View, found: Seen) -> pd.DataFrame:
    """Put each school, or the district, in one of the three states."""
    table = _schools(rule, view, found)
    where, gaps = found.frame["school_id"].astype("str"), dict(found.gaps)
    if rule.scope == "district":
        where, gaps = pd.Series("", index=where.index, dtype="str"), {"": next(iter(gaps.values()), "")}
    table["looked_n"] = table["school_id"].map(where.value_counts()).fillna(0).astype(int)
    table["found_n"] = table["school_id"].map(where[found.wrong].value_counts()).fillna(0).astype(int)
    none = "登记中没有本校记录" if rule.nothing == "pass" else "没有可查的记录"
    gap = table["school_id"].map(gaps).fillna("")
    gap = gap.where(gap.ne("") | table["looked_n"].gt(0), none)
    open_question = gap.ne("") & ~((gap == none) & (rule.nothing == "pass"))
    table["missing"] = found.missing or gap.where(table["found_n"].eq(0), "")
    table["state"] = "pass"
    table.loc[open_question | bool(found.missing), "state"] = "not_assessable"
    table.loc[table["found_n"] > 0, "state"] = "finding"
    table["parameters"] = "；".join(f"{name}={value}" for name, value in view.chosen.items())
    table = table[table["looked_n"] > 0] if rule.nothing == "skip" else table
    return table.assign(scope=rule.scope)


def _evidence(rule: Rule, view: View, found: Seen) -> pd.DataFrame:
    """Write one sentence a finding; what names a child stays in `value` until it has become a pseudonym."""
    rows = found.frame[found.wrong].copy()
    names = view.schools["name"] if len(rows) else pd.Series(dtype="str")
    rows["name"] = rows["school_id"].map(names).fillna(view.district.name)
    rows["org_id"] = rows["school_id"].map(pd.Series(_org(view.schools))).fillna("") if len(rows) else ""
    shown = rows.assign(**{key: str(value) for key, value in view.chosen.items() if "." not in key})
    sentences = [rule.say.format(**row) for row in shown.to_dict("records")]
    value = rows[found.key].astype("str") if found.key else pd.Series("", index=rows.index, dtype="str")
    grade, class_no = (rows.get(name, pd.Series(pd.NA, index=rows.index)) for name in ("grade", "class_no"))
    table = pd.DataFrame(
        {
            "school_id": rows["school_id"].astype("str"),
            "name": rows["name"],
            "org_id": rows["org_id"],
            "grade": grade.astype("Int64"),
            "class_no": class_no.astype("Int64"),
            "sentence": pd.Series(sentences, index=rows.index, dtype="str"),
            "table": found.table,
            "column": found.key,
            "value": value,
        }
    )
    order = ["school_id", "grade", "class_no", "value", "sentence"]
    table = table.sort_values(order, ignore_index=True, na_position="first")
    table["nth"] = table.groupby(["school_id", "value", "grade", "class_no"], dropna=False).cumcount()
    return table.assign(child=found.key in _CHILD_KEYS)
