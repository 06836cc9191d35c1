"""Papers on which a rule file hangs and which it has no check for: what they leave unsaid is asked for, never a no.

A household register that was not handed in is no register elsewhere, a home of which nobody wrote whether it is
second-hand is not a new one. Where the file has a check of its own (``hukou_known`` …) that is what counts.
"""

from zhaosheng_analysis.policy import Check, Policy, uses

__all__ = ["asked_beside_tiers", "checks"]

#: Kind of an address -> the column that says where it is.
PLACED = {
    "home": "home_at",
    "grandparents": "grand_home_at",
    "temporary": "rent_at",
    "hukou": "hukou_at",
    "guardian_hukou": "guardian_hukou_at",
    "permit": "permit_at",
}
#: Test of a blank -> the columns of the evidence that hold a word nobody said where its row or cell is blank.
COLUMNS = {
    "hukou_known": (
        *("hukou_at", "hukou_since_on", "hukou_head", "same_register", "same_dwelling", "with_father", "with_mother"),
        *("partner", "origin"),
    ),
    "guardian_known": ("guardian_hukou_at", "guardian_hukou_since_on", "same_register", "grand_hukou"),
    "second_hand_known": ("home_second_hand",),
    "dates_known": ("hukou_since_on", "guardian_hukou_since_on"),  # of homes: where the paper has a date of its own
    "address_known": tuple(PLACED.values()),
}


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
    needed = [rule for rule, columns in COLUMNS.items() if rule not in own and asked & {*columns}]
    if policy.home.dated and "dates_known" not in {*own, *needed}:
        needed.append("dates_known")
    return tuple(Check(rule, "incomplete", "") for rule in needed)


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
    beside = [word for word, places in uses.listed(policy).items() if not all(map(_of_tiers, places))]
    asked = {column for word in beside for column in _reads(word, policy)}
    return rule != "dates_known" and bool(asked & {*COLUMNS[rule]})


def _of_tiers(place: str) -> bool:
    """Tell whether a place only makes the facts that others ask, the tier table among them."""
    return place == uses.TABLE or place.startswith("[define.")


def _reads(word: str, policy: Policy) -> set[str]:
    """Return the columns on which a word hangs, through the facts of the file."""
    fact = policy.declared.facts.get(word)
    return uses.reads(word) if fact is None else {column for part in fact.columns for column in _reads(part, policy)}
