"""The result of an intake, and whether it is valid by the rules it was made under."""

from dataclasses import dataclass

import pandas as pd

from zhaosheng_analysis import schema

PLACED = ("admitted", "redirected", "private")


@dataclass(frozen=True)
class Outcome:
    """Who got which seat, and why.

    Attributes
    ----------
    children : DataFrame
        One row a child (index child_id): stage, status (admitted, redirected, private, undetermined, unplaced, or what
        `applicants` found wrong), school_id (undetermined: where it waits), school, sector, round, round_name,
        choice_n, tier, tier_label, tier_rank, clause, status_clause, round_clause, zone_school_id, key (digits in
        words), ticket (16 hexadecimal digits), reason (one Chinese sentence).
    cuts : DataFrame
        One row a (school_id, stage): name, sector, seats_n, admitted_n, left_n, over_n (beyond the plan, the tied
        included), tied_n, refused_n; and of the first round of its own (zone, choice, lottery, promotion) that refused
        somebody, else of the last: round, bound (somebody was refused), tier, tier_label, criterion, ticket of the last
        child in, margin_n, margin_left_n (children in the tier that straddles the seats, seats left for them).
    rounds : DataFrame
        One row a (round, school): the same numbers for each round, cut (in words), asked_n, filed_n (in private rounds
        by application also those whose papers did not pass) and over_plan (whether the one of the two that the
        parameter private_count names exceeds the seats; A-PC22, A-LT24). Who gets in does not depend on it.
    log : DataFrame
        One row a proposal (round, child_id, school_id): choice_n, result (in, out, tied), its digits d1, d2 … (smaller
        first), ticket, turn (place in the order of tickets) and family.
    """

    children: pd.DataFrame
    cuts: pd.DataFrame
    rounds: pd.DataFrame
    log: pd.DataFrame

    def __post_init__(self) -> None:
        """Refuse tables that are not as declared (``outcome.children`` … in tables.toml)."""
        schema.expect_all(self, "outcome")
