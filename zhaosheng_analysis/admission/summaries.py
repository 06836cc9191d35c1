"""What an intake came to, counted: who applied in which tier, how every tier ended, where the refused went."""

import pandas as pd

from zhaosheng_analysis.admission import rounds
from zhaosheng_analysis.admission.outcome import PLACED, Outcome
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import takes

#: Ends of children who took part in an intake.
ENDS = ("admitted", "redirected", "private", "undetermined", "unplaced")
#: Everybody else: registrations that do not stand, and none at all.
ASIDE = "other"


@takes(ranked="ranked")
def applicants(ranked: pd.DataFrame) -> pd.DataFrame:
    """Count the children by stage, tier and clause.

    Parameters
    ----------
    ranked : DataFrame
        Children with tiers (`tiers.assign`).

    Returns
    -------
    DataFrame
        stage, tier_rank, tier, clause, children_n, share (of the stage, in [0, 1]); primary first, in the order of the
        tiers.
    """
    keys = [ranked["stage"].astype("str"), *[ranked[name] for name in ("tier_rank", "tier", "clause")]]
    counts = ranked.groupby(keys, observed=True).size().rename("children_n").reset_index()
    counts = counts.sort_values(["stage", "tier_rank"], ascending=[False, True], kind="stable", ignore_index=True)
    return counts.assign(share=counts["children_n"] / counts.groupby("stage")["children_n"].transform("sum"))


@takes(ranked="ranked")
def registrations(ranked: pd.DataFrame) -> pd.DataFrame:
    """Count the registrations that stand and those that do not, with the clause that decided.

    Parameters
    ----------
    ranked : DataFrame
        Children with tiers (`tiers.assign`).

    Returns
    -------
    DataFrame
        stage, status, status_clause, children_n; primary first, the most children first.
    """
    keys = [ranked[name].astype("str") for name in ("stage", "status", "status_clause")]
    counts = ranked.groupby(keys).size().rename("children_n").reset_index()
    return counts.sort_values(["stage", "children_n"], ascending=[False, False], kind="stable", ignore_index=True)


def ends(outcome: Outcome) -> pd.DataFrame:
    """Count how each tier ended.

    Parameters
    ----------
    outcome : Outcome
        Of one intake.

    Returns
    -------
    DataFrame
        stage, tier_rank, tier_label, whole_n, one column an end: `ENDS` and `ASIDE`; primary first, in the order of the
        tiers.
    """
    children = outcome.children
    end = children["status"].where(children["status"].isin(ENDS), ASIDE).rename("end")
    keys = [children["stage"].astype("str"), children["tier_rank"], children["tier_label"]]
    counts = pd.crosstab(keys, end).reindex(columns=[*ENDS, ASIDE], fill_value=0)
    whole = counts.sum(axis=1)
    counts = counts.reset_index().rename_axis(columns=None)
    counts.insert(3, "whole_n", whole.to_numpy())
    return counts.sort_values(["stage", "tier_rank"], ascending=[False, True], kind="stable", ignore_index=True)


def margins(outcome: Outcome) -> pd.DataFrame:
    """List the schools where one tier had to share the last seats.

    Parameters
    ----------
    outcome : Outcome
        Of one intake.

    Returns
    -------
    DataFrame
        The rows of ``outcome.cuts`` concerned with chance: seats left over children of that tier; the least first.
    """
    rows = outcome.cuts[outcome.cuts["bound"] & (outcome.cuts["margin_n"] > 0)]
    return rows.assign(chance=rows["margin_left_n"] / rows["margin_n"]).sort_values(["chance", "name"])


def refused(outcome: Outcome) -> pd.DataFrame:
    """Count where the children went whom a school refused, by the first school that did.

    Parameters
    ----------
    outcome : Outcome
        Of one intake.

    Returns
    -------
    DataFrame
        school (name), status, to (name of the school in the end, empty without one), children_n.
    """
    lost = outcome.log[outcome.log["result"] == "out"].drop_duplicates("child_id")
    children = outcome.children.loc[lost["child_id"]]
    names = outcome.rounds.drop_duplicates("school_id").set_index("school_id")["name"]
    table = pd.DataFrame(
        {
            "school": lost["school_id"].map(names).to_numpy(),
            "status": children["status"].to_numpy(),
            "to": children["school"].astype("str").where(children["status"].isin(PLACED)).fillna("").to_numpy(),
        }
    )
    return table.value_counts().rename("children_n").reset_index()


def by_round(outcome: Outcome) -> pd.DataFrame:
    """Count each round.

    Parameters
    ----------
    outcome : Outcome
        Of one intake.

    Returns
    -------
    DataFrame
        number, round_name, schools_n, asked_n, admitted_n, refused_n, tied_n; asked and refused count proposals.
    """
    counts = {"round_name": ("round_name", "first"), "schools_n": ("school_id", "nunique")}
    counts |= {name: (name, "sum") for name in ("asked_n", "admitted_n", "refused_n", "tied_n")}
    return outcome.rounds.groupby("number", sort=True).agg(**counts).reset_index()


def private_rounds(outcome: Outcome, policy: Policy) -> pd.DataFrame:
    """Return the private schools of the rounds in which families choose them.

    Parameters
    ----------
    outcome : Outcome
        Of one intake.
    policy : Policy
        The rules it was carried out under.

    Returns
    -------
    DataFrame
        The rows of ``outcome.rounds`` concerned, round by round, by name.
    """
    plan = rounds.read(policy)
    private = [n for n, item in enumerate(plan) if item.sector == "private" and item.kind in rounds.CHOOSING]
    rows = outcome.rounds[outcome.rounds["number"].isin(private)]
    return rows.sort_values(["number", "name"], kind="stable")


@takes(ranked="ranked")
def residual(ranked: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Count the situations of the children who fell to the residual tiers.

    Parameters
    ----------
    ranked : DataFrame
        Children with tiers (`tiers.assign`).
    policy : Policy
        Its facts tell situations apart.

    Returns
    -------
    DataFrame
        tier, one column a fact but stage, children_n; the commonest first.
    """
    rows = ranked[ranked["tier"].isin(policy.table.residual)]
    asked = [name for name in policy.facts if name != "stage"]
    counts = rows.groupby(["tier", *asked], observed=True).size().rename("children_n").reset_index()
    return counts.sort_values("children_n", ascending=False, kind="stable", ignore_index=True)
