"""The same rules otherwise: with other values of their parameters, or as they would read in another year."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from zhaosheng_analysis.policy import (
    decision_table,
    proof,
)
from zhaosheng_analysis.policy.book import Policy
from zhaosheng_analysis.policy.steering import steered
from zhaosheng_analysis.schema import Faults


def under(policy: Policy, chosen: Mapping[str, Any]) -> Policy:
    """Return the same policy with other parameter values, without reading it again.

    Parameters
    ----------
    policy : Policy
        A loaded policy.
    chosen : mapping of str to object
        Values of parameters, on top of the values in force.

    Returns
    -------
    Policy
        A copy with its tier table compiled anew; the one given stays as it is.

    Raises
    ------
    DataError
        Unknown parameters, or values outside the options.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> rules = zs.policy.load("laoting-2025")
    >>> zs.policy.under(rules, {"cutoff.inclusive": False}).parameter("cutoff.inclusive")
    False
    >>> rules.parameter("cutoff.inclusive")
    True
    """
    faults = Faults()
    changed = {name: policy.chosen[name] for name in policy.changed} | dict(chosen)
    values = proof.choose(policy.parameters, changed, policy.notes, policy.file, faults)
    faults.raise_if_any()
    answer = None if policy.table is None else decision_table.compile_rows(policy.table, values)
    return steered(replace(policy, chosen=values, changed=tuple(sorted(changed)), answer=answer))


def as_if_in(policy: Policy, year: int) -> Policy:
    """Return the rules as they would read in another year: every date and window so many years earlier or later.

    So the rules of two years are compared on the same children.

    Parameters
    ----------
    policy : Policy
        A loaded policy.
    year : int
        September of the other intake.

    Returns
    -------
    Policy
        The same where it is that year's.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> rules = zs.policy.as_if_in(zs.policy.load("laoting-2025"), 2026)
    >>> rules.intake_year, rules.date("age").year - zs.policy.load("laoting-2025").date("age").year
    (2026, 1)
    """
    years = year - policy.intake_year

    def moved(on: Any) -> Any:
        if not isinstance(on, date):
            return on
        leap = (on.month, on.day) == (2, 29)  # the last day of February stays the last
        return (on.replace(day=28) if leap else on).replace(year=on.year + years)

    if not years:
        return policy
    dates = {name: replace(item, on=moved(item.on)) for name, item in policy.dates.items()}
    # The holidays of another year are not known: its days off are left out.
    off = {"closed_on": (), "weekends": True, "open_on": ()}
    windows = tuple(replace(item, opens=moved(item.opens), closes=moved(item.closes), **off) for item in policy.windows)
    return replace(policy, intake_year=year, dates=dates, windows=windows)
