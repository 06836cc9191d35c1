"""How a key is read aloud: the Chinese names of its digits and their values."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis import schema, tiers
from zhaosheng_analysis.admission.rounds import Round
from zhaosheng_analysis.policy import vocabulary

UNDECIDED = "未定"  # the tier of who waits for a paper on which it hangs
UNDRAWN_M = 1_000_000.0  # above every walk: added to the straight line where no way is drawn
DIGITS = {
    "tier": "类别",
    "own_rank": "本人学区的类别",
    "choice": "志愿次序",
    "wish": "是否填报本校",
    "group": "优先次序",
    "distance": "距离",
    "ticket": "派位号",
    "channel": "报名方式",
    "submitted_at": "报名时间",
    "settled_on": "房户时间",
    "points_n": "积分",
    "status": "报名状态",
    "if_vacant": "视学位情况",
    "native": "本校学区",
    "own_leaver": "本校毕业生",
    "sibling_here": "兄弟姐妹同校",
    "zone_here": "学区内",
    "unregistered": "报名是否有效",
    "match": "房户一致",
    "key_by": "分别排序的先后",
}
TIERED = ("tier", "own_rank")  # the tier at the school registered at, and at that of the child's own zone (A-PC7)
CODES = schema.STAGES | {
    "online": "网上",
    "onsite": "现场",
    "offline": "线下",
    "registered": "已报名",
    "not_registered": "未报名",
}


def tier(name: Any, labels: dict[str, str] | None = None) -> str:
    """Return a tier as a planner says it: 第3乙类, or its own name where it has no number.

    Parameters
    ----------
    name : str or None
        The tier, empty or missing where a child has none.
    labels : dict of str to str, optional
        Chinese names of tiers that have no number.

    Returns
    -------
    str
        Its name.
    """
    if pd.isna(name) or name == "":
        return "未分类"
    return tiers.name_of(name, labels or {})


def titled(name: Any, labels: dict[str, str]) -> str:
    """Return a tier with its number and its name: 第3乙类（有房无户）, or its name alone where it has no number.

    Parameters
    ----------
    name : object
        Code of the tier.
    labels : dict of str to str
        Names of the tiers, by their codes.

    Returns
    -------
    str
        The tier in words.
    """
    said, label = tier(name, labels), labels.get(str(name), "")
    return f"{said}（{label}）" if label and label != said else said


def digit(name: str, columns: Mapping[str, vocabulary.Column] = MappingProxyType({})) -> str:
    """Return the Chinese name of a digit.

    Parameters
    ----------
    name : str
        Name of the digit, with or without its sign.
    columns : mapping of str to Column, optional
        What the rules may ask (`words.Words`); those of a rule file have their labels there.

    Returns
    -------
    str
        Its Chinese name.
    """
    plain = name.removeprefix("-")
    if plain.startswith("key_by."):
        return "各自的次序"
    if plain in DIGITS:
        return DIGITS[plain]
    return columns[plain].label if plain in columns else vocabulary.LABELS.get(plain, plain)


def value(name: str, code: Any) -> str:
    """Return the value of a digit as a planner writes it.

    Parameters
    ----------
    name : str
        Name of the digit.
    code : object
        Its value; missing where there is none.

    Returns
    -------
    str
        The value in Chinese.
    """
    if pd.isna(code):
        return "未填报" if name == "wish" else "无"
    if name == "distance":
        return f"{code:.0f}米" if code < UNDRAWN_M else f"直线{code - UNDRAWN_M:.0f}米（路网没有画到）"
    if name in ("group", "key_by"):
        return f"第{int(code) + 1}组"
    if name == "unregistered":
        return "没有成立（未按时、重复或材料未齐）" if code else "有效"
    if name in ("choice", "wish"):
        return f"第{int(code)}志愿"
    if isinstance(code, pd.Timestamp):
        return f"{code:%Y-%m-%d}" if code == code.normalize() else f"{code:%Y-%m-%d %H:%M:%S}"
    if isinstance(code, bool) or type(code).__name__ == "bool":
        return "是" if code else "否"
    if isinstance(code, float) and code.is_integer():
        return str(int(code))
    return CODES.get(str(code), str(code))


def digits(rows: pd.DataFrame, item: Round) -> list[str]:
    """Return the digits of proposals other than tiers and ticket, as 报名时间=2025-07-07 09:00:01、距离=820米.

    Parameters
    ----------
    rows : DataFrame
        Rows of `Outcome.log` of one round, with the values v1, v2 and so on behind its digits.
    item : Round
        The round.

    Returns
    -------
    list of str
        The digits and their values, one text a row.
    """
    parts = []
    for place, name in enumerate(item.digits, 1):
        if name not in TIERED:
            code, values = pd.factorize(rows[f"v{place}"].astype(object), use_na_sentinel=False)
            label = digit(name, item.words.pair)
            said = np.array([_said(name, label, one) for one in values], dtype=object)
            parts.append(said[code].tolist())
    return ["、".join(filter(None, row)) for row in zip(*parts, strict=True)] if parts else [""] * len(rows)


def _said(name: str, label: str, code: Any) -> str:
    """Return one digit with its value; of a key by condition its digits say themselves what they are."""
    if name == "key_by":
        return ""
    return str(code) if name.startswith("key_by.") else f"{label}={value(name, code)}"


def cut(label: str, admitted: int) -> str:
    """Say where a school stopped in a round: the tier of the last child in, or how many are in where no tier counts.

    Parameters
    ----------
    label : str
        Tier of the last child in, in words; empty where no tier counts.
    admitted : int
        How many are in.

    Returns
    -------
    str
        One phrase in Chinese.
    """
    if not admitted:
        return "本轮无人录取"
    if not label:
        return f"录取{admitted}人"
    return f"本校录至{label}" if label[0] == "第" else f"本校录至「{label}」"


def tickets(numbers: np.ndarray) -> np.ndarray:
    """Return tickets as 16 hexadecimal digits.

    Parameters
    ----------
    numbers : ndarray of uint64
        The tickets.

    Returns
    -------
    ndarray of str
        Their digits.
    """
    written = numbers.astype(">u8").tobytes().hex()
    return np.array([written[start : start + 16] for start in range(0, len(written), 16)], dtype=object)
