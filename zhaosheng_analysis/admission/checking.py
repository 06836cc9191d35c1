"""Ask any outcome whether it is valid: every rule it should keep, and every child that breaks one."""

from typing import Any

import pandas as pd

from zhaosheng_analysis.admission import promises, rounds
from zhaosheng_analysis.admission.outcome import PLACED, Outcome
from zhaosheng_analysis.admission.rounds import Round
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import takes


@takes(ranked="ranked")
def check(outcome: Outcome, ranked: pd.DataFrame, district: District, policy: Policy) -> list[str]:
    """List every rule an outcome breaks, in Chinese; an empty list is a valid outcome.

    Nobody is lost or doubled, no plan is exceeded, a place is at an open school of the child's stage, nobody is
    refused while somebody behind it at the same school and round is in, no seat stays empty while somebody who asked
    for it is refused, every child without a place has a reason, and what the text promises families is kept
    (`promises`: recounted from what they filed).

    Parameters
    ----------
    outcome : Outcome
        The intake under the policy.
    ranked : DataFrame
        Children with tier and clause, from `tiers.assign`.
    district : District
        Schools, zones, plans and applications.
    policy : Policy
        Rules of the intake.

    Returns
    -------
    list of str
        One Chinese sentence a broken rule.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> ranked = zs.tiers.assign(zs.applicants.build(town, rules), rules)
    >>> outcome = zs.admission.run(ranked, town, rules, seed="2025-07-12")
    >>> zs.admission.check(outcome, ranked, town, rules)
    []
    """
    sequence = rounds.read(policy)
    plan = {item.id: item for item in sequence}
    case = promises.Case(outcome, ranked, district, policy, sequence)
    faults = [
        *_everybody(outcome, ranked),
        *_plans(outcome, district, policy, plan),
        *_places(outcome, district),
        *_envy(outcome, plan),
        *_waste(outcome, plan),
        *_promised(outcome),
        # What was promised to a child who stands twice cannot be told; that it does is a fault above.
        *(_some(what, who) for what, who in (promises.broken(case) if outcome.children.index.is_unique else ())),
    ]
    return [text for text in faults if text]


def _some(what: str, names: Any) -> str:
    """Write a fault with its count first and at most three names; nothing where there is none."""
    names = sorted(map(str, names))
    return f"{len(names)} {what}：{'、'.join(names[:3])}" if names else ""


def _everybody(outcome: Outcome, ranked: pd.DataFrame) -> list[str]:
    """Check that each child appears once, and that each without a place has a reason."""
    children = outcome.children
    bare = children[~children["status"].isin(PLACED) & (children["reason"].fillna("") == "")]
    placed = children["status"].isin(PLACED)
    return [
        _some("名儿童不在结果中", ranked.index.difference(children.index)),
        _some("名儿童不在报名名单中", children.index.difference(ranked.index)),
        _some("名儿童重复出现", children.index[children.index.duplicated()]),
        _some("名未录取儿童没有理由", bare.index),
        _some("名已录取儿童没有学校", children.index[placed & children["school_id"].isna()]),
    ]


def _plans(outcome: Outcome, district: District, policy: Policy, plan: dict[str, Round]) -> list[str]:
    """Check that no school takes more than its plan, counted anew from the tables.

    Rounds that take in whoever they are for may fill a school beyond it, but nobody comes in after them then.
    """
    children = outcome.children[outcome.children["status"].isin(PLACED)]
    seats = district.table("plans")
    seats = seats[seats["intake_year"] == policy.intake_year].set_index(["school_id", "stage"])["seats_n"]
    free = [name for name, item in plan.items() if item.seats == "none" or item.bundle == "expand"]
    in_n = children[~children["round"].isin(free)].groupby(["school_id", "stage"]).size()
    names = list(plan)
    last = max((place for place, name in enumerate(names) if plan[name].seats == "all"), default=-1)
    owed = children[children["round"].isin(names[: last + 1]) & ~children["round"].isin(free)]
    allowed = pd.concat([seats, owed.groupby(["school_id", "stage"]).size()]).groupby(level=[0, 1]).max()
    over = in_n[in_n > allowed.reindex(in_n.index).fillna(0)]
    return [_some("所学校超计划录取", [school for school, _ in over.index])]


def _places(outcome: Outcome, district: District) -> list[str]:
    """Check that every place is at an open school of the child's stage."""
    children = outcome.children[outcome.children["status"].isin(PLACED)]
    schools = district.schools.set_index("school_id")[["stage", "status"]]
    at = schools.reindex(children["school_id"]).set_axis(children.index)
    wrong = (at["status"] != "open") | ((at["stage"] != "both") & (at["stage"] != children["stage"]))
    return [_some("名儿童录取到不招生或学段不符的学校", children.index[wrong])]


def _envy(outcome: Outcome, plan: dict[str, Round]) -> list[str]:
    """Check that nobody is refused while somebody behind it at the same school and round is in (no justified envy)."""
    log = outcome.log.sort_values(["number", "school", "lead", "rest", "turn"], kind="stable")
    log = log.assign(place=range(len(log)))
    last = log[log["result"] == "in"].groupby(["number", "school"])["place"].max().rename("last")
    lost = log[log["result"] == "out"].merge(last.reset_index(), on=["number", "school"], validate="m:1")
    envious = lost[(lost["place"] < lost["last"]) & ~_bundled(lost, log, plan)]
    return [_some("名儿童未录取而排在其后者被录取", envious["child_id"].unique())]


def _bundled(lost: pd.DataFrame, log: pd.DataFrame, plan: dict[str, Round]) -> pd.Series:
    """Say which refused rows are twins on one ticket, whom the rule of the round may pass over."""
    size = log.groupby(["number", "school", "family"])["child_id"].nunique().rename("heads")
    heads = lost[["number", "school", "family"]].merge(
        size.reset_index(), on=["number", "school", "family"], how="left", validate="m:1"
    )["heads"]
    rule = lost["round"].map({name: item.bundle for name, item in plan.items()})
    return (rule != "none") & (heads.to_numpy() > 1)


def _waste(outcome: Outcome, plan: dict[str, Round]) -> list[str]:
    """Check that no seat of a round stays empty while a child who asked for it is refused, unless a bundle is why."""
    rounds_ = outcome.rounds
    bundles = rounds_["round"].map({name: item.bundle != "none" for name, item in plan.items()}).astype(bool)
    idle = rounds_[(rounds_["admitted_n"] < rounds_["seats_n"]) & (rounds_["refused_n"] > 0) & ~bundles]
    return [_some("所学校有空余学位仍拒收报名者", idle["name"].unique())]


def _promised(outcome: Outcome) -> list[str]:
    """Check that seats for which children are tied are not given away in a later round."""
    rounds_ = outcome.rounds
    tied = rounds_[rounds_["tied_n"] > 0].groupby("school_id")["number"].min().rename("tied_in")
    later = rounds_[rounds_["admitted_n"] > 0].join(tied, on="school_id")
    taken = later[later["number"] > later["tied_in"]]
    return [_some("所学校把同序未定者的学位给了后面的环节", taken["name"].unique())]
