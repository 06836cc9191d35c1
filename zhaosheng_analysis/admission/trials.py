"""The record of an intake's runs: every trial and the official one, with seed, hashes and what differed.

A bureau is asked afterwards what was tried before the draw that counts. Each run is one row that is never rewritten;
the same run again adds nothing, another run under the same name is refused.
"""

import hashlib

import pandas as pd

from zhaosheng_analysis.admission.outcome import PLACED, Outcome
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import DataError, Fault

OFFICIAL = "正式"
COLUMNS = {
    "name": "名称",
    "seed": "派位种子",
    "policy": "规则",
    "settings": "改动的参数",
    "policy_sha256": "规则校验值",
    "children_sha256": "名单校验值",
    "result_sha256": "结果校验值",
    "children_n": "儿童数",
    "placed_n": "有学校的",
    "against": "对照",
    "differing_n": "去向不同的",
}


def entry(name: str, ranked: pd.DataFrame, outcome: Outcome, policy: Policy, *, seed: str) -> dict[str, object]:
    """Describe one run.

    Parameters
    ----------
    name : str
        Name of the trial, or `OFFICIAL`.
    ranked : DataFrame
        Children with tier and clause.
    outcome : Outcome
        Of these children under the policy.
    policy : Policy
        Rules of the intake.
    seed : str
        Published seed.

    Returns
    -------
    dict of str to object
        The keys of `COLUMNS`, without against and differing_n.
    """
    rows = policy.table.rows if policy.table else ()
    rules = repr((policy.id, policy.rounds, rows, sorted(map(str, policy.changed))))
    children = outcome.children
    return {
        "name": name,
        "seed": seed,
        "policy": policy.id,
        "settings": "、".join(f"{key}={policy.parameter(key)}" for key in sorted(policy.changed)),
        "policy_sha256": _hash(rules),
        "children_sha256": _hash(ranked.sort_index().to_csv()),
        "result_sha256": _hash(children.sort_index()[["status", "school_id", "round", "ticket"]].to_csv()),
        "children_n": len(children),
        "placed_n": int(children["status"].isin(PLACED).sum()),
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def differences(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """List the children who ended otherwise in two runs.

    Parameters
    ----------
    before : DataFrame
        Children of a run by child_id, with status and school_id.
    now : DataFrame
        Those of another.

    Returns
    -------
    DataFrame
        Columns child_id, status_before, school_before, status, school_id; who is in one run only has blanks.
    """
    columns = ["status", "school_id"]
    both = before[columns].add_suffix("_before").join(now[columns], how="outer").rename_axis("child_id").astype("str")
    both = both.fillna("").rename(columns={"school_id_before": "school_before"})
    moved = (both["status_before"] != both["status"]) | (both["school_before"] != both["school_id"])
    return both[moved].sort_index().reset_index()


def recorded(runs: pd.DataFrame, row: dict[str, object]) -> pd.DataFrame:
    """Add a run to the record.

    Parameters
    ----------
    runs : DataFrame
        The record so far, columns of `COLUMNS`.
    row : dict of str to object
        From `entry`, with against and differing_n.

    Returns
    -------
    DataFrame
        The record with the run; as it was where the same run is in it.

    Raises
    ------
    DataError
        Another run has this name.
    """
    same = runs[runs["name"] == row["name"]]
    columns = ["seed", "policy_sha256", "children_sha256", "result_sha256"]
    if any(all(str(old[key]) == str(row[key]) for key in columns) for old in same.to_dict("records")):
        return runs
    if len(same) and row["name"] != OFFICIAL:
        where, remedy = f"试算「{row['name']}」", "请另起名称；记录中的试算不改写"
        raise DataError(Fault(where, "已有同名而种子、名单、规则或结果不同的试算", "一次试算一个名称", remedy))
    return pd.concat([runs, pd.DataFrame([row])[list(COLUMNS)].astype("str")], ignore_index=True)
