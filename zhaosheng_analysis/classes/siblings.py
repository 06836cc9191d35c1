"""Seats for brothers and sisters (长幼随学): how far a class may grow for them, and which class they join."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import SIX_THREE, STAGES, DataError, Fault, Faults, SchoolSystem


def sibling_caps(chosen: Mapping[str, Any]) -> dict[str, int]:
    """Return the largest class by stage that 长幼随学 may make; a cap at or above the oversized line is refused.

    Parameters
    ----------
    chosen : mapping of str to object
        Value in force of the parameters sib.cap_primary, sib.cap_junior and class.oversized.

    Returns
    -------
    dict of str to int
        Largest class by stage.

    Raises
    ------
    DataError
        A cap reaches the oversized line.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.classes.sibling_caps({"sib.cap_primary": 50, "sib.cap_junior": 55, "class.oversized": 56})
    {'primary': 50, 'junior': 55}
    """
    caps, faults = {stage: int(chosen[f"sib.cap_{stage}"]) for stage in STAGES}, Faults()
    for stage, cap in caps.items():
        if cap >= chosen["class.oversized"]:
            allowed = f"小于大班额起点 {chosen['class.oversized']} 人（不得出现大班额）"
            faults.add("长幼随学班额上限", f"sib.cap_{stage} 为 {cap}", allowed, "请改小")
    faults.raise_if_any()
    return caps


def headroom(table: pd.DataFrame, policy: Policy, *, system: SchoolSystem = SIX_THREE) -> pd.DataFrame:
    """Say of every class how many more it takes, and how many siblings beyond the base size (长幼随学).

    Parameters
    ----------
    table : DataFrame
        Classes of one school year: school_id, grade, class_no, pupils_n.
    policy : Policy
        Gives base size, sibling cap (50 and 55 where it is silent) and the oversized line.
    system : SchoolSystem, optional
        That of the district: which grades are first of a stage.

    Returns
    -------
    DataFrame
        The classes with base, cap, room_n (up to the base size) and sibling_room_n (up to the cap; in the first
        grades of the stages the base size itself). The cap is always below the oversized line.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> classes = pd.DataFrame({"school_id": "s1", "grade": [1, 2], "class_no": 1, "pupils_n": [44, 47]})
    >>> zs.classes.headroom(classes, zs.policy.load("quzhou-2022"))
      school_id  grade  class_no  pupils_n  base  cap  room_n  sibling_room_n
    0        s1      1         1        44    45   45       1               1
    1        s1      2         1        47    45   50       0               3
    """
    standard, oversized = policy.capacity.standard, policy.parameter("class.oversized", policy.capacity.oversized)
    chosen = {
        "class.oversized": oversized,
        "sib.cap_primary": policy.parameter("sib.cap_primary", 50),
        "sib.cap_junior": policy.parameter("sib.cap_junior", 55),
    }
    caps = sibling_caps(chosen)
    stage = system.stage_of(table["grade"])
    base = stage.map({name: policy.parameter(f"class.base_{name}", standard[name]) for name in caps}).astype(int)
    cap = base.where(system.is_entry(table["grade"]), np.maximum(base, stage.map(caps)))
    return table.assign(
        base=base,
        cap=cap,
        room_n=(base - table["pupils_n"]).clip(lower=0),
        sibling_room_n=(cap - table["pupils_n"]).clip(lower=0),
    )


def place_siblings(
    requests: pd.DataFrame, table: pd.DataFrame, policy: Policy, *, seed: str, beyond: bool = True
) -> pd.DataFrame:
    """Place children who ask to follow a brother or sister, the smallest class first, in drawn order.

    Parameters
    ----------
    requests : DataFrame
        Columns pupil_id, school_id, grade and, where the policy asks that a brother or sister be enrolled there
        (``sib.require_enrolled``), sibling_school_id.
    table : DataFrame
        Classes, as in `headroom`.
    policy : Policy
        Gives the sizes, as in `headroom`.
    seed : str
        Decides who comes first.
    beyond : bool, default True
        Whether classes may grow beyond the base size, to the cap.

    Returns
    -------
    DataFrame
        The requests in drawn order with class_no, size_after_n, verdict: fits (within the base size), over_base (a
        moderate excess the text allows), refused (no class has room), stranger (no brother or sister there); nobody
        ever makes a class oversized.

    Raises
    ------
    DataError
        The schools of the brothers and sisters are asked for and not given.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> classes = pd.DataFrame({"school_id": "s1", "grade": [2, 2], "class_no": [1, 2], "pupils_n": [44, 49]})
    >>> asked = pd.DataFrame({"pupil_id": ["p1", "p2"], "school_id": "s1", "grade": 2, "sibling_school_id": "s1"})
    >>> placed = zs.classes.place_siblings(asked, classes, zs.policy.load("quzhou-2022"), seed="2022-08-20")
    >>> placed[["pupil_id", "class_no", "size_after_n", "verdict"]]
      pupil_id  class_no  size_after_n    verdict
    1       p2         1            45       fits
    0       p1         1            46  over_base
    """
    kin = _enrolled(requests, policy)
    room = headroom(table, policy).sort_values(["school_id", "grade", "class_no"], ignore_index=True)
    sizes, cap, rows = room["pupils_n"].to_numpy().copy(), room["cap" if beyond else "base"].to_numpy(), []
    drawn = lottery.tickets(requests["pupil_id"], seed=seed, stream="siblings")
    line = requests.assign(ticket=drawn).sort_values(["ticket", "pupil_id"])
    where = room.groupby(["school_id", "grade"]).groups
    for row in line.itertuples():
        if not kin[row.Index]:
            rows.append((pd.NA, pd.NA, "stranger"))
            continue
        own = np.asarray(where.get((row.school_id, row.grade), []), dtype=int)
        open_ = own[sizes[own] < cap[own]] if len(own) else own
        if len(open_) == 0:
            rows.append((pd.NA, pd.NA, "refused"))
            continue
        at = open_[np.argmin(sizes[open_])]
        sizes[at] += 1
        verdict = "fits" if sizes[at] <= room["base"][at] else "over_base"
        rows.append((room["class_no"][at], sizes[at], verdict))
    verdicts = pd.DataFrame(rows, columns=["class_no", "size_after_n", "verdict"], index=line.index)
    return line.drop(columns="ticket").join(
        verdicts.astype({"class_no": "Int64", "size_after_n": "Int64"}), validate="1:1"
    )


def _enrolled(requests: pd.DataFrame, policy: Policy) -> pd.Series:
    """Say whose brother or sister is enrolled at the school asked for, or that the policy does not ask (A-QZ13)."""
    if not policy.parameter("sib.require_enrolled", True):
        return pd.Series(True, index=requests.index)
    if "sibling_school_id" not in requests:
        remedy = "请补上兄弟姐妹在读的学校，或设 sib.require_enrolled=false"
        raise DataError(Fault("长幼随学申请", "缺少列「sibling_school_id」", "每份申请一所学校", remedy))
    return requests["sibling_school_id"].eq(requests["school_id"])
