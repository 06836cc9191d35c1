"""Which tables a policy cannot do without, and which make it say more.

An admission policy asks who the children are, where they live and what seats there are; a forecast and the later rounds
ask for more. An audit policy names the tables of each question itself.
"""

from typing import NamedTuple

from zhaosheng_analysis.policy.book import Policy
from zhaosheng_analysis.schema import TABLES

ADMISSION = ("about", "plans", "children", "homes", "hukou", "permits", "applications")
OUTLOOK = ("cohorts", "roll_counts", "classes", "housing", "calendar")
OF_ROUNDS = {"promotion": "feeders", "withdrawal": "withdrawals", "transfer": "sibling_requests"}


class Needs(NamedTuple):
    """Names of tables, without layers, in the order of the dictionary: needed, and useful but optional.

    Attributes
    ----------
    needed : tuple of str
        Without them the rules cannot be applied.
    useful : tuple of str
        They can be used where they are there.
    """

    needed: tuple[str, ...]
    useful: tuple[str, ...]


def tables(policy: Policy) -> Needs:
    """Return the tables a policy needs, and those it can use.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    Needs
        Names of the tables it needs and of those it can use.
    """
    if policy.kind == "audit":
        asked = {name for item in (*policy.questions, *policy.duties) for name in item.needs}
        asked |= {name for question in policy.questions for part in question.parts for name in part.get("needs", ())}
        return Needs(_ordered({"about", *asked}), ())
    kinds = {item["kind"] for item in policy.rounds}
    needed = {*ADMISSION, *(name for name in policy.columns if TABLES[name].level != "layer")}
    return Needs(_ordered(needed), _ordered({*OUTLOOK, *(OF_ROUNDS[kind] for kind in kinds & set(OF_ROUNDS))}))


def _ordered(names: set[str]) -> tuple[str, ...]:
    """Return the tables among some names, in the order of the dictionary."""
    return tuple(name for name, table in TABLES.items() if name in names and table.level != "layer")
