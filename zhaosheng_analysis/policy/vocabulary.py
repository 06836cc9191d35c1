"""The closed vocabulary of the rule books: facts, evidence columns, registration checks and kinds of address.

A policy file may use no other name. The words live in ``vocabulary.toml``, beside their Chinese labels; what a fact
means is one function in `facts`, and a test holds that the two lists agree.
"""

from dataclasses import dataclass
from typing import Any

from zhaosheng_analysis import disk

PLACES = ("zone", "town", "district", "outside", "none")
STATUSES = {
    "registered": "已报名",
    "not_registered": "未报名",
    "out_of_window": "超出报名时间",
    "under_age": "不足龄",
    "ineligible": "不符合入学条件",
    "incomplete": "材料不全",
    "wrong_channel": "报名渠道不符",
    "double_registration": "重复报名",
}


@dataclass(frozen=True)
class Fact:
    """One question the rules ask about a child, with every answer it may have.

    Attributes
    ----------
    name : str
        The word in a rule file.
    label : str
        The word a planner reads.
    answers : dict of str to str
        Chinese label of each allowed answer.
    stage : tuple of str
        Stages in which the answer can be other than no; empty is both.
    """

    name: str
    label: str
    answers: dict[str, str]
    stage: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """One column of the evidence table.

    Attributes
    ----------
    name : str
        Name of the column.
    label : str
        Its Chinese label.
    kind : str
        One of place, one_of, flag, date, moment, number and text.
    default : object
        Value of a case that does not mention the column (None for dates: not stated).
    values : tuple of str
        Allowed values of a place or one_of column.
    """

    name: str
    label: str
    kind: str
    default: Any = None
    values: tuple[str, ...] = ()


def _column(name: str, data: dict[str, Any]) -> Column:
    values = PLACES if data["kind"] == "place" else tuple(data.get("values", ()))
    return Column(name, data["label"], data["kind"], data.get("default"), values)


_WORDS = disk.own("policy", "vocabulary.toml")

FACTS = {
    name: Fact(name, data["label"], data["values"], tuple(data.get("stage", ())))
    for name, data in _WORDS["facts"].items()
}
EVIDENCE = {name: _column(name, data) for name, data in _WORDS["evidence"].items()}
CHECKS: dict[str, str] = _WORDS["checks"]
ADDRESSES: dict[str, str] = _WORDS["addresses"]
