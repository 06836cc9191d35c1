"""Children made of papers alone, without a map: ranked by a rule book as an intake would rank them."""

from typing import Any

import pandas as pd

from zhaosheng_analysis import tiers
from zhaosheng_analysis.applicants import cases, facts, registration
from zhaosheng_analysis.policy import Policy

_USUAL = {
    "zone_id": "ZA",
    "school_id": "A",
    "area_id": "area",
    "twin_id": None,
    "prev_school_id": None,
    "sibling_school_id": None,
    "x": 0.0,
    "y": 0.0,
}


def ranked(rules: Policy, rows: list[dict[str, Any]], **columns: list) -> pd.DataFrame:
    """Return the children of some papers with facts, status, points and tier.

    Parameters
    ----------
    rules : rule book.
    rows : columns of the evidence, one dict a child.
    columns : columns of the ranked children that no paper gives, such as school_id, one value a child.
    """
    evidence = cases.evidence_of(rows, rules.evidence)
    evidence.index = pd.Index([f"c{n:03d}" for n in range(len(rows))], name="child_id")
    answers, own = facts.build(evidence, rules), facts.own(evidence, rules)
    status = registration.status(evidence, rules)
    if "missing" in own:
        status = registration.with_missing(status, own)
    own = own.drop(columns=own.columns.intersection(answers.columns))
    rest = evidence.drop(columns=evidence.columns.intersection([*answers, *own, *_USUAL]))
    table = tiers.assign(pd.concat([rest, own, answers, status], axis=1), rules)
    usual = pd.DataFrame({name: [value] * len(rows) for name, value in _USUAL.items()} | columns, index=table.index)
    for name in ("zone_id", "school_id", "area_id", "twin_id", "prev_school_id", "sibling_school_id"):
        usual[name] = usual[name].astype("str")
    table = table.drop(columns=table.columns.intersection(usual.columns)).join(usual)
    words = [name for name in table if pd.api.types.infer_dtype(table[name], skipna=True) == "string"]
    table = table.assign(**{name: table[name].astype("str") for name in words})
    return table.assign(stage=table["stage"].astype("str"), status_private=table["status"], twin_bundle=True)
