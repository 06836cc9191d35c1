"""Why a round did not offer a child the school it asked for or belongs to: what the round asks of the two of them."""

from dataclasses import replace

import numpy as np
import pandas as pd

from zhaosheng_analysis.admission import criteria, descriptions, engine, proposals
from zhaosheng_analysis.admission.rounds import SEARCHING, Round
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy

_TOLD = 3


def told(one: pd.DataFrame, item: Round, district: District, policy: Policy) -> str:
    """Name the schools a round would have offered a child but for its condition, and that condition.

    Parameters
    ----------
    one : DataFrame
        The child's row of the ranked children.
    item : Round
        A round it did not enter.
    district : District
        The schools.
    policy : Policy
        The rules.

    Returns
    -------
    str
        In Chinese; empty where the round has no condition, looks for schools itself, or would have offered none.
    """
    if not item.offers or item.kind in SEARCHING:
        return ""
    world = engine.world(one, district, policy)
    pool = engine.described(one, world)
    pairs = proposals.offered(replace(item, offers={}), pool, world, np.ones(len(world.schools), dtype=bool))
    pairs = pairs[~criteria.meets(item.offers, item, pairs, pool, world)]
    if pairs.empty:
        return ""
    names = world.schools["name"].iloc[pairs["school"].to_numpy()[:_TOLD]]
    said = _own(one.iloc[0], item, policy)
    return f"{'、'.join(names)}不合本环节的条件{said}；条件：{descriptions.offered(item, policy)}"


def _own(row: pd.Series, item: Round, policy: Policy) -> str:
    """Say what the child's papers have in the columns the condition asks."""
    names = [name for name in descriptions.columns(item.offers) if name in row.index]
    said = {name: _value(name, row[name], policy) for name in dict.fromkeys(names)}
    own = [f"{policy.askable[name].label}：{text}" for name, text in said.items() if text and name in policy.askable]
    return f"；本人{'，'.join(own)}" if own else ""


def _value(name: str, value: object, policy: Policy) -> str:
    """Say an answer of a fact by its words, anything else as the papers have it."""
    fact = policy.words.get(name)
    return fact.answers.get(str(value), "") if fact is not None else descriptions.own(name, value, policy)
