"""Whether a public round takes who asked only private schools: the round says it, or the rules, or it does not."""

from collections.abc import Iterator, Mapping
from typing import Any

from zhaosheng_analysis.policy.book import Policy, mentioned

__all__ = ["PRIVATE_ONLY", "left_open", "silent"]

#: The parameter, and the word of a round, that says it.
PRIVATE_ONLY = "private_only"
# Rounds that give a seat to who has filed nothing at the school.
_GIVING = ("zone", "promotion", "reserve", "designated", "area", "nearest")
_WORDS = {PRIVATE_ONLY, "applied_public", "applied_private"}


def silent(item: Mapping[str, Any]) -> bool:
    """Tell whether a round gives public seats and does not say if it takes who asked only private schools.

    Parameters
    ----------
    item : mapping of str to object
        The round as it stands in the file.

    Returns
    -------
    bool
        Whether that is left open.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.sectors.silent({"kind": "zone"})
    True
    >>> zs.policy.sectors.silent({"kind": "zone", "takes": {"applied_public": True}})
    False
    """
    asked = set(mentioned([item.get(name, ()) for name in ("takes", "excludes", "offers")]))
    return item.get("kind") in _GIVING and item.get("sector", "public") == "public" and not asked & _WORDS


def left_open(policy: Policy) -> Iterator[str]:
    """Name the rounds of a file with private schools that leave open whether they take who asked only those.

    Parameters
    ----------
    policy : Policy
        The rules.

    Yields
    ------
    str
        The name of each.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> list(zs.policy.sectors.left_open(zs.policy.load("laoting-2025")))
    []
    """
    private = any(item.get("sector") in ("private", "any") for item in policy.rounds)
    if private and PRIVATE_ONLY not in {*policy.named, *policy.settled}:
        yield from (str(item.get("name", item.get("id"))) for item in policy.rounds if silent(item))
