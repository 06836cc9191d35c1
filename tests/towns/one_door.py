"""The one call that asks an intake and the audit beside it: what it says of an intake made by hand."""

from zhaosheng_analysis import audit


def faults(outcome, ranked, district, rules):
    """Return what `audit.check` finds of an intake and of an audit of the same folder by the same text."""
    findings = audit.run(district, rules, on=f"{rules.intake_year}-10-31", only=["plan.over"])
    return audit.check(findings, district, rules, intake=(outcome, ranked))
