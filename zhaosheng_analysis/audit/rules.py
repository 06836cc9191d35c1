"""The rules of an audit: what can be asked of any district, and which of it a policy asks for, with its clause.

What a rule looks at is declared once in ``rules.toml``. That a text asks for it, and what of it is the text's own, is
said by the policy: rows of its ``[catalogue]`` name rules in ``audit``, its ``[audit]`` gives the severity, the clause,
the basis, or the school and the day the text names.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from zhaosheng_analysis import disk
from zhaosheng_analysis.audit import questions
from zhaosheng_analysis.audit.checks import (
    calendars,
)
from zhaosheng_analysis.audit.verdicts import Rule
from zhaosheng_analysis.policy import Audited, Policy
from zhaosheng_analysis.schema import Faults, keys, near

_NOTHING_OWN = Audited()


@cache
def declared() -> tuple[Rule, ...]:
    """Return every rule of ``rules.toml``, in the order of the file, as it stands before any policy asks for it.

    Returns
    -------
    tuple of Rule
        The rules.
    """
    frozen = [{key: tuple(it) if isinstance(it, list) else it for key, it in row.items()} for row in _file()["rules"]]
    return tuple(Rule(**row) for row in frozen)


def deadlines() -> dict[str, int]:
    """Return the days within which findings of each severity are to be put right, as proposed in the file.

    Returns
    -------
    dict of str to int
        Days by severity.
    """
    return dict(_file()["deadlines"])


@cache
def _file() -> dict[str, Any]:
    """Read the file of the rules."""
    return disk.own("audit", "rules.toml")


def applied(policy: Policy) -> tuple[Rule, ...]:
    """Return the rules that apply to a policy.

    Those it names and the national ones, in the order of ``rules.toml``, then one a window of its calendar, then one a
    question that only a person can answer.

    Parameters
    ----------
    policy : Policy
        The text the district is audited by.

    Returns
    -------
    tuple of Rule
        The rules.

    Raises
    ------
    DataError
        Where the policy names a rule there is none of, or does not tell a rule what only a text can tell.
    """
    _judge(policy)
    rows = _rows(policy)
    chosen = [rule for general in declared() for rule in _asked_for(general, policy, rows)]
    chosen += [Rule(**row) for row in calendars.declarations(policy)]
    answered = {row for rule in chosen for row in rule.provisions}
    return (*chosen, *[Rule(**row) for row in questions.declarations(policy, answered)])


def unlinked(policy: Policy) -> tuple[Rule, ...]:
    """Return the rules a policy does not ask for: nothing is judged by them, nor reported as passed.

    Parameters
    ----------
    policy : Policy
        The text the district is audited by.

    Returns
    -------
    tuple of Rule
        The rules.
    """
    rows = _rows(policy)
    return tuple(rule for rule in declared() if not any(True for _ in _asked_for(rule, policy, rows)))


def _rows(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the rows of the catalogue that name each rule, in their order."""
    rows: dict[str, tuple[str, ...]] = {}
    for row, provision in policy.catalogue.items():
        for rule in provision.audit:
            rows[rule] = (*rows.get(rule, ()), row)
    return rows


def _asked_for(rule: Rule, policy: Policy, rows: dict[str, tuple[str, ...]]) -> Iterator[Rule]:
    """List a rule as a policy asks for it: under its own name, and under every name the policy gives a case of it."""
    cases = [name for name, own in policy.audit.items() if own.rule == rule.id]
    for name in [*([] if rule.id in cases else [rule.id]), *cases]:
        own = policy.audit.get(name, _NOTHING_OWN)
        if name in rows or own.clause or own.basis or rule.national:
            yield replace(
                rule,
                id=name,
                provisions=rows.get(name, ()),
                clause=own.clause,
                basis=own.basis or rule.basis,
                severity=own.severity or rule.severity,
                title=own.title or rule.title,
                todo=own.todo or rule.todo,
                using={**rule.using, **own.using},
            )


def _judge(policy: Policy) -> None:
    """Refuse names of rules there are none of, cases without a clause, and rules that are not told what they ask."""
    faults = Faults()
    general, rows = {rule.id: rule for rule in declared()}, _rows(policy)
    for row, provision in policy.catalogue.items():
        for name in provision.audit:
            _judge_name(f"{policy.file} [catalogue] {row} audit", name, {*general, *policy.audit}, faults)
    for name, own in policy.audit.items():
        where = f"{policy.file} [audit] {name}"
        _judge_name(where, own.rule or name, set(general), faults)
        if own.rule and name in general:
            faults.add(where, "与一条通用规则同名", "另起一个名字", "请改名，或删去 rule")
        rule = general.get(own.rule or name)
        if rule and not (name in rows or own.clause or own.basis or rule.national):
            allowed = "目录中有一行的 audit 写上它，或写明 clause、basis"
            faults.add(where, "没有写明依据哪一条规定", allowed, "请补上，或删去这一项")
    for name in sorted(rows.keys() | policy.audit.keys()):
        own = policy.audit.get(name, _NOTHING_OWN)
        if rule := general.get(own.rule or name):
            _judge_using(f"{policy.file} [audit] {name} using", rule, own, faults)
    faults.raise_if_any()


def _judge_using(where: str, rule: Rule, own: Audited, faults: Faults) -> None:
    """Refuse a rule that is not told what only the text can tell, or is told what it does not understand."""
    for key in rule.asks:
        if key not in own.using:
            faults.add(where, f"没有写明「{key}」", f"这条规则要知道：{'、'.join(rule.asks)}", "请照原文补上")
    keys.known_only(own.using, sorted({*rule.asks, *rule.using}), where=where, faults=faults)


def _judge_name(where: str, name: str, names: set[str], faults: Faults) -> None:
    if name not in names:
        faults.add(where, f"没有核查规则「{name}」", "规则名见 zhaosheng policy rules 所列", near(name, names))
