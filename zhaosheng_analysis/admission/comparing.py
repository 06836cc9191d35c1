"""Two rule books on the same children with the same tickets: who changes tier, who changes school, who moves.

The seed fixes every ticket, so that whatever differs is the rules' doing. A comparison is of two policies, or of one
with another value of a parameter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from zhaosheng_analysis import applicants, tiers
from zhaosheng_analysis.admission import intake
from zhaosheng_analysis.admission.outcome import PLACED
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy, Window, parameters, steering, under, vocabulary
from zhaosheng_analysis.schema import STAGES, DataError, takes

OUTSIDE = "未列入"  # a child of one intake only
# The parameters of classes, warnings and audits decide nothing about a child.
_OF_AN_INTAKE = {"papers", "rounds"}


@dataclass(frozen=True)
class Comparison:
    """What differs between two results of the same children.

    Attributes
    ----------
    names : tuple of str, length 2
        The two sets of rules in words.
    children_n : int
        Children in either intake.
    tiers : DataFrame
        Children by tier under the first rules (rows) and the second (columns), one block a stage.
    schools : DataFrame
        One row a (stage, school under the first, school under the second) that differs: children_n.
    movers : DataFrame
        One row a child with another tier, status or school: child_id, stage, and tier, status, school under both.
    """

    names: tuple[str, str]
    children_n: int
    tiers: pd.DataFrame
    schools: pd.DataFrame
    movers: pd.DataFrame


def compare(district: District, first: Policy, second: Policy, *, seed: str) -> Comparison:
    """Run one intake under two sets of rules and list what moves.

    Parameters
    ----------
    district : District
        Children, schools and plans; both policies must be of its intake year.
    first, second : Policy
        Rules, the first being the baseline.
    seed : str
        Published seed; the tickets of both runs.

    Returns
    -------
    Comparison
        What differs.
    """
    return between(result(district, first, seed=seed), result(district, second, seed=seed), names=named(first, second))


@takes(ranked="ranked")
def result(district: District, policy: Policy, *, seed: str, ranked: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the children's results under one policy, from their papers on, or from their tiers on if given.

    Parameters
    ----------
    district : District
        Schools, zones, plans and applications.
    policy : Policy
        Rules of the intake.
    seed : str
        Published seed; every ticket is drawn from it.
    ranked : DataFrame, optional
        Children with their tiers; made from their papers where not given.

    Returns
    -------
    DataFrame
        One row a child, as `Outcome.children`.
    """
    if ranked is None:
        ranked = tiers.assign(applicants.build(district, policy), policy)
    return intake.run(ranked, district, policy, seed=seed).children


def named(first: Policy, second: Policy) -> tuple[str, str]:
    """Name two sets of rules by their ids, or by the parameters in which they differ.

    Parameters
    ----------
    first, second : Policy
        The two sets of rules.

    Returns
    -------
    tuple of str, length 2
        Their names in Chinese.
    """
    if first.id != second.id:
        return first.id, second.id
    differing = [name for name in first.chosen if first.chosen[name] != second.chosen[name]]
    if not differing:
        return f"{first.id}（{first.file}）", f"{second.id}（{second.file}）"
    return parameters.listed(first, differing), parameters.listed(second, differing)


def of_rules(first: Policy, second: Policy) -> list[str]:
    """List what differs between two sets of rules beside their tiers: dates, windows, values of parameters.

    Parameters
    ----------
    first, second : Policy
        The two sets of rules, of one year (`policy.as_if_in`).

    Returns
    -------
    list of str
        One line a difference, in Chinese.
    """
    days = [
        (item.label or name, *(f"{rules.date(name):%Y-%m-%d}" for rules in (first, second)))
        for name, item in first.dates.items()
        if name in second.dates
    ]
    windows = [
        {(item.name, item.stage, item.sector, item.channel): item for item in rules.windows}
        for rules in (first, second)
    ]
    spans = [
        (item.label, *(_span(part[key]) for part in windows)) for key, item in windows[0].items() if key in windows[1]
    ]
    answers = [
        (item.question, *(parameters.said(item, rules.parameter(name)) for rules in (first, second)))
        for name, item in first.parameters.items()
        if name in second.parameters
    ]
    pairs = [item for item in [*days, *spans, *answers] if item[1] != item[2]]
    return [
        f"{what}{'' if what.endswith('？') else '：'}{before} → {after}" for what, before, after in dict.fromkeys(pairs)
    ]


def _span(item: Window) -> str:
    """Say from when until when a window is open."""
    return "—".join(
        f"{pd.Timestamp(day):%Y-%m-%d %H:%M}".removesuffix(" 00:00") for day in (item.opens, item.closes) if day
    )


@takes(a="outcome.children", b="outcome.children")
def between(a: pd.DataFrame, b: pd.DataFrame, *, names: tuple[str, str]) -> Comparison:
    """Compare two tables of results (`Outcome.children`).

    Parameters
    ----------
    a, b : DataFrame
        Results indexed by child_id.
    names : tuple of str, length 2
        What to call the two.

    Returns
    -------
    Comparison
        What differs.
    """
    both = _side_by_side(a, b)
    changed = pd.concat([both[f"{name}_a"] != both[f"{name}_b"] for name in ("tier", "status", "place")], axis=1)
    movers = both[changed.any(axis=1)].reset_index()
    matrix = both.pivot_table(index=["stage", "tier_a"], columns="tier_b", aggfunc="size", fill_value=0)
    moved = both[both["place_a"] != both["place_b"]].groupby(["stage", "place_a", "place_b"]).size()
    schools = moved.rename("children_n").reset_index()
    schools = schools.sort_values(["children_n", "stage", "place_a", "place_b"], ascending=[False, True, True, True])
    return Comparison(names, len(both), _in_order(matrix, a, b), schools.reset_index(drop=True), movers)


def _side_by_side(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Return every child of either result with tier, status and place under both."""
    index = a.index.union(b.index)
    stage = a["stage"].astype("str").reindex(index).fillna(b["stage"].astype("str").reindex(index))
    table = pd.DataFrame({"stage": stage}, index=index)
    for side, frame in (("a", a), ("b", b)):
        aside = frame["status"].map({name: f"未参加录取（{said}）" for name, said in vocabulary.STATUSES.items()})
        without = aside.mask(frame["status"].eq("undetermined"), "待定").fillna("没有学位")
        place = frame["school"].where(frame["status"].isin(PLACED), without)
        parts = {"tier": frame["tier_label"], "status": frame["status"], "place": place}
        for name, column in parts.items():
            table[f"{name}_{side}"] = column.astype("str").reindex(index).fillna(OUTSIDE)
    return table.rename_axis("child_id")


def _in_order(matrix: pd.DataFrame, a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Put the tiers of a matrix in the order in which they are served."""
    place: dict[str, int] = {}
    for frame in (b, a):
        place |= frame.groupby("tier_label")["tier_rank"].min().to_dict()
    matrix = matrix[sorted(matrix.columns, key=lambda tier: (place.get(tier, 99), tier))]
    rows = sorted(matrix.index, key=lambda row: (list(STAGES).index(row[0]), place.get(row[1], 99), row[1]))
    return matrix.loc[rows]


def flips(
    district: District,
    policy: Policy,
    *,
    seed: str,
    names: tuple[str, ...] = (),
    ranked: pd.DataFrame | None = None,
    base: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """List the children whose result changes when one parameter takes another of its options, same tickets.

    Parameters
    ----------
    district : District
        Schools, zones, plans and applications.
    policy : Policy
        Its chosen values are the baseline.
    seed : str
        Published seed; every ticket is drawn from it.
    names : tuple of str, optional
        Parameters to try; none means every one that an intake reads.
    ranked : DataFrame, optional
        The children with their tiers under the policy; made here where they are not given.
    base : DataFrame, optional
        Their results under the policy with this seed (`Outcome.children`); made here where they are not given.

    Returns
    -------
    DataFrame
        One row a (parameter, option, child) that differs: the columns of `Comparison.movers` with parameter, value,
        option. An option under which nobody moves has one row without a child, one the data cannot answer a `note` that
        says why.
    """
    if ranked is None:
        ranked = tiers.assign(applicants.build(district, policy), policy)
    if base is None:
        base = result(district, policy, seed=seed, ranked=ranked)
    tables = []
    for name, option in options(policy, names):
        rules = under(policy, {name: option})
        # Where the papers say something else, the tiers are assigned anew.
        ranked_before = None if "papers" in steering.read_by(policy, name) else ranked
        try:
            other, note = result(district, rules, seed=seed, ranked=ranked_before), ""
        except DataError as lacking:
            other, note = base, str(lacking)
        moved = between(base, other, names=named(policy, rules)).movers.assign(note=note)
        moved = moved if len(moved) else moved.reindex([0]).assign(note=note)
        item = policy.parameters[name]
        said = {"value": parameters.said(item, policy.chosen[name]), "option": parameters.said(item, option)}
        tables.append(moved.assign(parameter=name, **said))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["parameter", "value", "option"])


def options(policy: Policy, names: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """List every other option of the parameters an intake reads.

    Parameters
    ----------
    policy : Policy
        Rules of the intake.
    names : tuple of str, optional
        Parameters asked for; none means every one that an intake reads.

    Yields
    ------
    tuple of (str, object)
        Name of the parameter and an option that is not in force.
    """
    for item in policy.parameters.values():
        wanted = item.name in names if names else bool(steering.read_by(policy, item.name) & _OF_AN_INTAKE)
        for option in item.options if wanted else ():
            if option != policy.chosen[item.name]:
                yield item.name, option


def counts(moves: pd.DataFrame) -> pd.DataFrame:
    """Count the flipped children of each option.

    Parameters
    ----------
    moves : DataFrame
        Table of `flips`.

    Returns
    -------
    DataFrame
        Columns parameter, value, option, note, tiers_n, status_n, schools_n and flipped_n, most flipped first.
    """
    keys = ["parameter", "value", "option", "note"]
    if moves.empty:
        return pd.DataFrame(columns=[*keys, "tiers_n", "status_n", "schools_n", "flipped_n"])
    differs = {
        f"{part}_n": moves[f"{name}_a"].fillna("") != moves[f"{name}_b"].fillna("")
        for part, name in (("tiers", "tier"), ("status", "status"), ("schools", "place"))
    }
    marks = moves[keys].assign(**differs, flipped_n=moves["child_id"].notna())
    totals = marks.groupby(keys, sort=False).sum().reset_index()
    return totals.sort_values("flipped_n", ascending=False, kind="stable", ignore_index=True)
