"""The declared rules of an audit: what is asked, with its clause, and the dates by which it is asked."""

from functools import cache
from typing import Any

from zhaosheng_analysis import disk
from zhaosheng_analysis.audit import questions
from zhaosheng_analysis.audit.checks import (
    calendars,
)
from zhaosheng_analysis.audit.verdicts import Rule
from zhaosheng_analysis.policy import Policy


@cache
def declared() -> tuple[Rule, ...]:
    """Return every rule of ``rules.toml``, in the order of the file."""
    frozen = [{key: tuple(it) if isinstance(it, list) else it for key, it in row.items()} for row in _file()["rules"]]
    return tuple(Rule(**row) for row in frozen)


def deadlines() -> dict[str, int]:
    """Return the days within which findings of each severity are to be put right, as proposed in the file."""
    return dict(_file()["deadlines"])


@cache
def _file() -> dict[str, Any]:
    """Read the file of the rules."""
    return disk.own("audit", "rules.toml")


def applied(policy: Policy) -> tuple[Rule, ...]:
    """Return the rules that apply to a policy: declared ones, one a window of its calendar, one a question to ask."""
    own = set(questions.provisions(policy)["id"])
    chosen = [rule for rule in declared() if rule.national or own & set(rule.provisions)]
    chosen += [Rule(**row) for row in calendars.declarations(policy)]
    answered = {row for rule in chosen for row in rule.provisions}
    return (*chosen, *[Rule(**row) for row in questions.declarations(policy, answered)])
