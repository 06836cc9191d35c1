"""Papers on which a rule file hangs and which it has no check for: what they leave unsaid is asked for, never a no.

A household register that was not handed in is no register elsewhere, a home of which nobody wrote whether it is
second-hand is not a new one. Where the file has a check of its own (``hukou_known`` …) that is what counts.
"""

import re
from collections.abc import Mapping
from typing import Any

from zhaosheng_analysis.applicants import fillings
from zhaosheng_analysis.policy import Check, Policy, uses

__all__ = ["asked_beside_tiers", "beside_tiers", "checks", "tiers_beside"]

_JUDGED = ("[define.", "[[checks]]")  # what is not known there is asked for by the fact, or the check, itself
_ROUND = re.compile(r"\[\[rounds\]\] (.+) 的 \w+")
_TESTS = ("hukou_known", "guardian_known", "second_hand_known", "dates_known", "address_known", "answers_known")


def checks(policy: Policy) -> tuple[Check, ...]:
    """Return the tests of blanks the rules need and do not have: they rest on no clause.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    tuple of Check
        In the order they are made, after those of the file.
    """
    if policy.table is None:
        return ()
    own = {check.rule for check in policy.checks}
    asked = {column for word in uses.listed(policy) for column in uses.reads(word)}
    asked |= {"home_accepted"} if policy.home.if_accepted else set()
    needed = [rule for rule in _TESTS if rule not in own and asked & {*fillings.columns(rule)}]
    if policy.home.dated and "dates_known" not in {*own, *needed}:
        needed.append("dates_known")
    return tuple(Check(rule, "incomplete", "") for rule in needed)


def beside_tiers(policy: Policy) -> set[str]:
    """Return the columns of the evidence that anything but the tier table asks of who is registered.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    set of str
        Their names.
    """
    beside = [word for word, places in uses.listed(policy).items() if not all(_of_tiers(at, policy) for at in places)]
    return {column for word in beside for column in _reads(word, policy)}


def asked_beside_tiers(rule: str, policy: Policy) -> bool:
    """Tell whether anything but the tier table asks what a test of a blank is about.

    A day that is blank is not known to a condition and last in an order, so it is asked for there already.

    Parameters
    ----------
    rule : str
        The test.
    policy : Policy
        The rules.

    Returns
    -------
    bool
        Whether a child without the paper waits whatever its tier.
    """
    return rule != "dates_known" and bool(beside_tiers(policy) & {*fillings.columns(rule)})


def tiers_beside(column: str, policy: Policy) -> set[str] | None:
    """Return the tiers of the children who are asked about a column by more than the tier table.

    Parameters
    ----------
    column : str
        Column of the evidence.
    policy : Policy
        The rules.

    Returns
    -------
    set of str or None
        Tiers the rounds that ask it take; None where anybody is asked.
    """
    places = {place for word, at in uses.listed(policy).items() if column in _reads(word, policy) for place in at}
    tiers: set[str] = set()
    for place in places:
        if not _of_tiers(place, policy):
            listed = _round(place, policy).get("takes", {}).get("tier")
            if not isinstance(listed, list):
                return None
            tiers |= set(listed)
    return tiers


def _of_tiers(place: str, policy: Policy) -> bool:
    """Tell whether a place only makes the facts that others ask, or asks nobody who is registered."""
    if place == uses.TABLE or place.startswith(_JUDGED):
        return True
    status = _round(place, policy).get("takes", {}).get("status", "registered")
    return isinstance(status, str | list) and bool(status) and "registered" not in status


def _round(place: str, policy: Policy) -> Mapping[str, Any]:
    """Return the round a place is in; none where it is elsewhere."""
    found = _ROUND.match(place)
    return {str(item.get("id")): item for item in policy.rounds}.get(found[1], {}) if found else {}


def _reads(word: str, policy: Policy) -> set[str]:
    """Return the columns on which a word hangs, through the facts of the file."""
    fact = policy.declared.facts.get(word)
    return uses.reads(word) if fact is None else {column for part in fact.columns for column in _reads(part, policy)}
