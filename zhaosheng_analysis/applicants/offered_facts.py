"""Facts any rule file may ask: one small function a fact, each citing the clauses it serves.

What comes in is the evidence table (one row a child, columns of `policy.vocabulary.EVIDENCE`, places relative to the
school the child belongs to) and a policy; what goes out is one answer a child, as a code of its word. A policy chooses
facts and steers them by its dates, its `[home]` and its parameters; adding a district adds no function unless its text
asks a question no other text asks, and that it may declare itself (`declared_facts`).
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants.days import by
from zhaosheng_analysis.applicants.own_homes import home_counts
from zhaosheng_analysis.applicants.words import is_one
from zhaosheng_analysis.policy import Cells, Coded, Policy

# The answers themselves are asked by name, through FACTS.
__all__ = ["FACTS", "settled_on"]

_IN_DISTRICT = ("zone", "town", "district")

_IN_TOWN = ("zone", "town")

_KIN = ("parent", "grandparent")


Papers = pd.DataFrame | Cells


def _yes(condition: np.ndarray) -> Coded:
    return Coded(condition.astype(np.intp), ("no", "yes"))


def _words(evidence: Papers, column: str) -> Coded:
    return Cells.of(evidence).coded(column)


def _flag(evidence: Papers, column: str) -> np.ndarray:
    return Cells.of(evidence).flag(column)


def _days(evidence: Papers, column: str) -> np.ndarray:
    return Cells.of(evidence).days(column)


def _homes(evidence: Papers) -> np.ndarray:
    return Cells.of(evidence).numbers("homes_n")


def settled_on(evidence: Papers, policy: Policy) -> np.ndarray:
    """Return the day from which both home and hukou are held (A-PC3): the later of the two, missing if either is.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of `policy.vocabulary.EVIDENCE`.
    policy : Policy
        Rules; the parameter ``house_date`` says which day of a home counts.

    Returns
    -------
    ndarray of datetime64[us], shape (children,)
        The day of each child.
    """
    column = {"webcontract": "home_contract_on", "move_in": "home_moved_on"}.get(
        policy.parameter("house_date", "registration"), "home_dated_on"
    )
    return np.maximum(_days(evidence, column), _days(evidence, "hukou_since_on"))


def stage(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Stage the child enters."""
    return _words(evidence, "stage")


def urban(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Whether the school is in town; texts may leave rural zoning to the townships."""
    return _yes(_flag(evidence, "urban"))


def home(evidence: Papers, policy: Policy) -> Coded:
    """Where the own home that counts lies."""
    at = _words(evidence, "home_at")
    return Coded(np.where(home_counts(evidence, policy), at.codes, len(at.words)), (*at.words, "none"))


def lived(evidence: Papers, policy: Policy) -> Coded:
    """Whether the own home is lived in (实际常住的产权房)."""
    return _yes(home_counts(evidence, policy) & _flag(evidence, "home_occupied"))


def several(evidence: Papers, policy: Policy) -> Coded:
    """Whether the parents own several homes in town (有多处产权房)."""
    return _yes(home_counts(evidence, policy) & (_homes(evidence) > 1))


def hukou(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Where the child's hukou is."""
    return _words(evidence, "hukou_at")


def kin(evidence: Papers, policy: Policy) -> Coded:
    """Whether the child's hukou is with parents or direct relatives (A-PC13), or in a 集体户 shared with a parent."""
    heads = ("parent",) if policy.parameter("kin", "relatives") == "parents" else _KIN
    shared = is_one(evidence, "hukou_head", "collective") & _flag(evidence, "same_register")
    return _yes(is_one(evidence, "hukou_head", *heads) | shared)


def match(evidence: Papers, policy: Policy) -> Coded:
    """Whether home and hukou agree: 房户一致 (A-PC4), or 三者一致 where the rules ask for the guardian too (A-QZ3).

    Both in the zone, and where ``match_level`` is dwelling or address, at one address; where ``guardian_hukou`` is a
    fact of the rules, a guardian's hukou too.
    """
    agree = home_counts(evidence, policy) & is_one(evidence, "home_at", "zone") & is_one(evidence, "hukou_at", "zone")
    three = "guardian_hukou" in policy.facts
    if three:
        agree &= is_one(evidence, "guardian_hukou_at", "zone")
    if policy.parameter("match_level", "zone") != "zone":
        agree &= _flag(evidence, "same_dwelling")
        agree &= _flag(evidence, "same_register") | (not three)
    return _yes(agree)


def unified(evidence: Papers, policy: Policy) -> Coded:
    """Whether both unities hold (两统一): one hukou with the parents, at the home they own, head and live in.

    Of several homes the one with the hukou counts, lived in or not (以户籍为确定片内学校的依据).
    """
    own = home_counts(evidence, policy) & is_one(evidence, "home_at", *_IN_TOWN)
    own &= _flag(evidence, "home_occupied") | (_homes(evidence) > 1)
    own &= is_one(evidence, "hukou_at", *_IN_TOWN) & is_one(evidence, "hukou_head", "parent")
    return _yes(own & _flag(evidence, "same_register") & _flag(evidence, "same_dwelling"))


def in_time(evidence: Papers, policy: Policy) -> Coded:
    """Whether home and hukou are held in time, a year earlier for second-hand homes."""
    both = settled_on(evidence, policy)
    second = _flag(evidence, "home_second_hand")
    of_second = "settled_second_hand" if "settled_second_hand" in policy.dates else "settled"
    return _yes(np.where(second, by(both, policy, of_second), by(both, policy, "settled")))


def guardian_hukou(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Where a guardian's hukou is (A-G9: any guardian, or all)."""
    return _words(evidence, "guardian_hukou_at")


def guardian_in_time(evidence: Papers, policy: Policy) -> Coded:
    """Whether a parent held town hukou by the date."""
    held = is_one(evidence, "guardian_hukou_at", *_IN_TOWN)
    return _yes(held & by(_days(evidence, "guardian_hukou_since_on"), policy, "town_hukou"))


def demolished(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Whether the old home was pulled down and both papers are there."""
    return _yes(_flag(evidence, "demolition") & _flag(evidence, "demolition_papers"))


def grand(evidence: Papers, policy: Policy) -> Coded:
    """Whether a family living in the grandparents' home meets its conditions.

    A parent's hukou is with the grandparents, the child's hukou is under them by the date, they live there; that the
    parents own nothing in town is the fact `home`.
    """
    lives = is_one(evidence, "grand_home_at", *_IN_TOWN)
    under = is_one(evidence, "hukou_head", "grandparent") & is_one(evidence, "hukou_at", *_IN_TOWN)
    under &= _flag(evidence, "grand_hukou") & by(_days(evidence, "hukou_since_on"), policy, "grandparents")
    return Coded(np.select([lives & under, lives], [1, 2], 0), ("none", "meets", "fails"))


def permit(evidence: Papers, policy: Policy) -> Coded:
    """Whether a residence permit counts, by where it is from (A-PC10)."""
    scopes = {"zone": ("zone",), "town": _IN_TOWN, "district": _IN_DISTRICT}
    where = scopes[policy.parameter("permit_scope", "district")]
    return _yes(is_one(evidence, "permit_at", *where) & ~is_one(evidence, "permit_holders", "none"))


def sector(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Whether the child registered at a public school or only at private ones."""
    return Coded(is_one(evidence, "sector", "private").astype(np.intp), ("public", "private"))


def rents(evidence: Papers, policy: Policy) -> Coded:
    """Whether the family rents and owns nothing that counts (租房居住的)."""
    return _yes(~is_one(evidence, "rent_at", "none") & ~home_counts(evidence, policy))


def link(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Whether anything ties the child to the zone, be it a rented home or one not yet accepted (A-PC10, A-PC14).

    As in 「与该校学区有关的其他类别学生」.
    """
    papers = ("home_at", "hukou_at", "guardian_hukou_at", "rent_at", "grand_home_at", "permit_at")
    return _yes(np.logical_or.reduce([is_one(evidence, column, "zone") for column in papers]))


def own_leaver(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Whether the child left the primary part of the same school (直升)."""
    return _yes(is_one(evidence, "prev_school_kind", "own"))


def prev_township(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Whether the primary attended lies in the junior's township (只招收本乡镇小学毕业生)."""
    return _yes(_flag(evidence, "prev_township_same"))


def national_roll(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Whether the child is in the national electronic registry."""
    return _yes(_flag(evidence, "national_no"))


def special(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Whether a preference with a basis document applies."""
    return _yes(~is_one(evidence, "category", "") & ~is_one(evidence, "category_basis", ""))


def direct(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Whether the child asks to go straight on to the junior part of its own school (可直升)."""
    chose = is_one(evidence, "stage", "junior") & is_one(evidence, "prev_school_kind", "own")
    return _yes(chose & _flag(evidence, "applied_own"))


def agreement(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Whether an earlier agreement gives the child to a private school (协议约定生)."""
    return _yes(_flag(evidence, "agreement"))


def locked(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Whether the dwelling a child belongs to its school by has sent another there in the years of ``[lock]``."""
    return _words(evidence, "locked")


def commissioned(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Whether the school of the zone is a private one commissioned to serve it (委托学区生)."""
    return _yes(_flag(evidence, "commissioned"))


def cross(evidence: Papers, policy: Policy) -> Coded:  # noqa: ARG001
    """Whether the hukou is in the partner county of the one the home is in."""
    return _yes(_flag(evidence, "partner"))


def staff(evidence: Papers, policy: Policy) -> Coded:
    """Whether a parent works at the private school on a long contract (A-QZ7)."""
    years = np.nan_to_num(Cells.of(evidence).numbers("staff_years_n"))
    return _yes(years >= policy.parameter("staff.years"))


FACTS: dict[str, Callable[[Papers, Policy], Coded]] = {
    function.__name__: function
    for function in (
        stage,
        urban,
        home,
        lived,
        several,
        hukou,
        kin,
        match,
        unified,
        in_time,
        guardian_hukou,
        guardian_in_time,
        demolished,
        grand,
        permit,
        sector,
        rents,
        link,
        own_leaver,
        prev_township,
        national_roll,
        special,
        direct,
        agreement,
        commissioned,
        cross,
        staff,
        locked,
    )
}
