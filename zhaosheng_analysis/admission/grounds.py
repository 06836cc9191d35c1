"""On what the facts a rule file makes for itself rest: the line that held for a child, or what each line lacks."""

from collections.abc import Iterator

import pandas as pd

from zhaosheng_analysis.admission import descriptions
from zhaosheng_analysis.applicants import declared_facts
from zhaosheng_analysis.policy import Defined, Policy, conditions


def lines(row: pd.DataFrame, policy: Policy) -> list[str]:
    """Say of every declared fact on which a child's tier rests which line of it held, or what every line lacked.

    Parameters
    ----------
    row : DataFrame
        One row of the ranked children, with the evidence.
    policy : Policy
        The rules.

    Returns
    -------
    list of str
        A line a fact, in Chinese; none where the file declares no facts.
    """
    defined = policy.declared.facts
    asked = [name for name in defined if name in set(_behind(_asking(row, policy), policy))]
    if not asked:
        return []
    named = [column for name in asked for column in defined[name].columns]
    table = declared_facts.with_declared(row, policy, named)
    return [_line(defined[name], table, policy) for name in asked]


def _asking(row: pd.DataFrame, policy: Policy) -> list[str]:
    """List the facts the line of the tier table that a child is in asks; all where its tier is not known yet."""
    child = row.iloc[0]
    if child.get("awaited") or not {*policy.facts} <= {*row} or policy.answer is None:
        return list(policy.facts)
    place = int(policy.answer[tuple(domain.index(child[name]) for name, domain in policy.facts.items())])
    if place < 0:
        return list(policy.facts)
    needs = policy.table.rows[place].needs
    return [name for name, domain in policy.facts.items() if len(needs[name]) < len(domain)]


def _behind(names: list[str], policy: Policy) -> Iterator[str]:
    """List the declared facts among some facts, and those they ask in turn."""
    open_ = [name for name in names if name in policy.declared.facts]
    while open_:
        name = open_.pop()
        yield name
        open_ += [column for column in policy.declared.facts[name].columns if column in policy.declared.facts]


def _line(item: Defined, table: pd.DataFrame, policy: Policy) -> str:
    """Say which line of one fact held."""
    answers = item.fact.answers
    for said, condition in item.when:
        answer = _judged(condition, table, policy)
        if answer == conditions.YES:
            return f"{item.fact.label}：{answers[said]}——{descriptions.aloud(condition, policy)}"
        if answer == conditions.UNKNOWN and not item.unknown:
            return f"{item.fact.label}：未定——{_open(_failing(condition, table, policy), table, policy)}，还判断不了"
    short = [f"{answers[said]}须{lacking(condition, table, policy)}" for said, condition in item.when]
    return f"{item.fact.label}：{answers[item.otherwise]}——以上各条都不符合（{'；'.join(dict.fromkeys(short))}）"


def _open(part: conditions.Condition, table: pd.DataFrame, policy: Policy) -> str:
    """Say what of a condition is not known: the column that is blank, else all of it."""
    name = part.requirements[0].column if len(part.requirements) == 1 and not (part.any_of or part.none_of) else ""
    if name in policy.askable and pd.isna(table[name].iloc[0]):
        return f"{policy.askable[name].label}空着"
    return f"不知道是否{descriptions.aloud(part, policy)}"


def lacking(condition: conditions.Condition, table: pd.DataFrame, policy: Policy) -> str:
    """Name the first part of a condition that does not hold of a child, with what its papers say instead.

    Parameters
    ----------
    condition : Condition
        Of a fact, a check or a home.
    table : DataFrame
        One row, with the columns the condition names.
    policy : Policy
        The rules.

    Returns
    -------
    str
        In Chinese, such as 连续参保月数不少于12（本人：11）; all of the condition where every part holds.
    """
    part = _failing(condition, table, policy)
    said = descriptions.aloud(part, policy)
    if len(part.requirements) != 1 or part.any_of or part.none_of:
        return said
    name = part.requirements[0].column
    own = descriptions.own(name, table[name].iloc[0], policy)
    return f"{said}（本人：{own}）" if own else said


def _failing(condition: conditions.Condition, table: pd.DataFrame, policy: Policy) -> conditions.Condition:
    """Return the first part of a condition that does not hold, the whole where each does."""
    parts = [conditions.Condition((one,)) for one in condition.requirements]
    parts += [conditions.Condition(any_of=condition.any_of)] if condition.any_of else []
    parts += [conditions.Condition(none_of=(one,)) for one in condition.none_of]
    return next((part for part in parts if _judged(part, table, policy) != conditions.YES), condition)


def _judged(condition: conditions.Condition, table: pd.DataFrame, policy: Policy) -> int:
    """Answer a condition for the one row."""
    inclusive = bool(policy.parameter("cutoff.inclusive", default=True))
    return int(conditions.judge(condition, table, inclusive=inclusive)[0])
