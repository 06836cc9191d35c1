"""Which papers a child was judged on, as its family is told: what counted, and why a home that is owned did not."""

from typing import Any

import pandas as pd

from zhaosheng_analysis.admission import grounds
from zhaosheng_analysis.applicants import own_homes
from zhaosheng_analysis.policy import Policy, vocabulary
from zhaosheng_analysis.schema import TABLES


def counted(row: pd.Series, policy: Policy) -> str:
    """Tell the papers on which a child was judged, one phrase each.

    Parameters
    ----------
    row : Series
        The child before the intake, with its evidence.
    policy : Policy
        The rules.

    Returns
    -------
    str
        In Chinese; empty of a table without evidence.
    """
    if any(name not in row for name in ("home_at", "home_owner", "hukou_at", "permit_at", "rent_at")):
        return ""
    said = []
    home = _home_on_paper(row)
    if home["home_at"] != "none":
        paper = _words("homes", "evidence", home["home_evidence"]), _words("homes", "owner", home["home_owner"])
        parts = (*paper, _since(home.get("home_dated_on")), _why_no_home(row, policy))
        said.append(f"住房（{'，'.join(part for part in parts if part)}）")
    if row.get("grand_home_at", "none") != "none":
        said.append(f"所住祖辈的住房（{_place(row['grand_home_at'])}）")
    if row["rent_at"] != "none":
        said.append("租住的房屋")
    if row.get("hukou_known", True):
        said.append(f"户籍（{'，'.join(filter(None, (_place(row['hukou_at']), _since(row.get('hukou_since_on')))))}）")
    if row["permit_at"] != "none":
        said.append(
            f"居住证（{'，'.join(filter(None, (_place(row['permit_at']), _since(row.get('permit_issued_on')))))}）"
        )
    absent = [] if row.get("hukou_known", True) else ["户籍"]
    return "、".join(said) + (f"；没有交{'、'.join(absent)}材料" if absent else "") if said or absent else "没有材料"


def _home_on_paper(row: pd.Series) -> pd.Series:
    """Return the row with what is written of a home that was set aside, as the family handed it in."""
    if not bool(row.get(f"{own_homes.ASIDE}home", False)):
        return row
    papers = {name: row[f"{own_homes.ASIDE}{name}"] for name in row.index if f"{own_homes.ASIDE}{name}" in row.index}
    return pd.Series({**row, **papers}, name=row.name)


def _why_no_home(row: pd.Series, policy: Policy) -> str:
    """Say that a home does not count as the family's own, and what ``[home]`` asks of it that it is not."""
    if bool(own_homes.home_counts(row.to_frame().T.infer_objects(), policy)[0]):
        return ""
    if not bool(row.get(f"{own_homes.ASIDE}home", False)):
        return "不作为家庭自有住房计入"
    paper = _home_on_paper(row).to_frame().T.infer_objects()
    return f"不作为家庭自有住房计入：{grounds.lacking(own_homes.condition_of_home(policy), paper, policy)}"


def _words(table: str, column: str, code: Any) -> str:
    """Return the Chinese of a word of a closed list."""
    return TABLES[table].columns[column].choices.get(code, "")


def _place(at: Any) -> str:
    return vocabulary.FACTS["hukou"].answers.get(at, "")


def _since(day: Any) -> str:
    """Say the day of a paper; that there is none on it, where it is blank."""
    return "没有写日期" if pd.isna(day) else f"{day:%Y-%m-%d}"
