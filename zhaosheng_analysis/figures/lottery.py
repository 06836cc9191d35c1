"""What each published draw method does to one child, to neighbours and to twins: exact odds, as tables in Chinese."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.lottery import odds
from zhaosheng_analysis.schema import DataError

METHODS = {
    "ticket": "票号：种子与户号的 SHA-256，小者先",
    "nanchang": "南昌 2023：抽起始号和步长，中签者离圈",
    "fuzhou": "福州 2019—2023：步长公布，抽起始号，中签者留圈",
}
DIRECTIONS = 2  # a circle of n numbers has each distance twice


def methods(n: int, plan: int) -> pd.DataFrame:
    """Compare the methods: one number, neighbours, the likeliest distance, distances that never win, outcomes.

    Parameters
    ----------
    n : int
        Numbers in the draw.
    plan : int
        How many win.

    Returns
    -------
    DataFrame
        One row a method, columns named in Chinese.
    """
    outcomes = {"ticket": "实际上无穷", "nanchang": f"{n * n:,}", "fuzhou": f"{n:,}"}
    rows = []
    for method, name in METHODS.items():
        chance = odds.together(n, plan, method)
        apart = chance[1 : n // DIRECTIONS + 1]
        rows.append(
            {
                "方法": name,
                "一个号码中签": f"{chance[0]:.4f}",
                "相邻两号都中": f"{chance[1]:.4f}",
                "最高的间隔": f"相隔 {apart.argmax() + 1}：{apart.max():.4f}" if np.ptp(apart) > 1e-9 else "各间隔相同",
                "永不同中的间隔": f"{(apart < 1e-12).mean():.0%}",
                "可能的结果": outcomes[method],
            }
        )
    return pd.DataFrame(rows)


def withdrawal(n: int, plan: int) -> pd.DataFrame:
    """Say how many of the others change sides when one family withdraws before the draw and the numbers close up.

    Start and step stay the same; every step that may be drawn and every family that may withdraw counts alike, and one
    start stands for all, because the circle can be turned.

    Parameters
    ----------
    n : int
        Numbers in the draw.
    plan : int
        How many win.

    Returns
    -------
    DataFrame
        One row a method, columns named in Chinese.
    """
    rows = [
        {"方法": name, "其余号码改变结果": f"{odds.withdrawal(n, plan, method):.1%}"}
        for method, name in METHODS.items()
    ]
    return pd.DataFrame(rows)


def twins(children: int, pairs: int, plan: int) -> pd.DataFrame:
    """Compare the rules for a pair that does not fit: chance of a single child, of a pair, and expected seats taken.

    Parameters
    ----------
    children : int
        Children in the draw, twins included.
    pairs : int
        Pairs among them, each on one ticket.
    plan : int
        Seats.

    Returns
    -------
    DataFrame
        One row a rule, columns named in Chinese.
    """
    rows = []
    for rule, words in lottery.RULES.items():
        single, pair, seats = odds.twins(children - 2 * pairs, pairs, plan, overflow=rule)
        rows.append(
            {"规则": words, "单独一名": f"{single:.4f}", "一对中的每名": f"{pair:.4f}", "平均录取": f"{seats:.2f}"}
        )
    return pd.DataFrame(rows)


def message(n: int, plan: int) -> str:
    """Say what the ring with an announced step does to pairs of numbers.

    Parameters
    ----------
    n : int
        Numbers in the draw.
    plan : int
        How many win.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    chance = odds.together(n, plan, "fuzhou")[1 : n // DIRECTIONS + 1]
    never, bound = (chance < 1e-12).mean(), int(chance.argmax()) + 1
    return f"步长公布时，相隔 {bound} 的号码几乎同进同出，{never:.0%} 的间隔永远不会一起中签；票号没有这种牵连"


def digit_message(n: int, plan: int) -> str:
    """Say how uneven a start drawn digit by digit is.

    Parameters
    ----------
    n : int
        Numbers in the draw.
    plan : int
        How many win.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    chance = odds.by_digits(n, plan)
    return f"逐位摇起始号：{n} 个号码的中签机会在 {chance.min():.4f} 到 {chance.max():.4f} 之间，并不完全相同"


def example(roster: Mapping[str, int], plan: int) -> dict[str, object]:
    """Return the commitment of an example, whose seed is eight digits of a notary.

    Parameters
    ----------
    roster : mapping of str to int
        Children by family.
    plan : int
        Seats.

    Returns
    -------
    dict of str to object
        The document.
    """
    source = "公证处当众摇球"
    return lottery.commit(
        roster, school="示例学校", round="第一轮", plan=plan, seed_form="digits:8", seed_source=source
    )


def order(document: Mapping[str, object], *, seed: str) -> pd.DataFrame:
    """Draw a commitment and list the families in drawn order, under Chinese headings.

    Parameters
    ----------
    document : mapping of str to object
        The commitment.
    seed : str
        Published seed.

    Returns
    -------
    DataFrame
        One row a family.
    """
    result, _ = lottery.draw(document, seed=seed)
    names = {"place": "次序", "family": "户号", "heads": "人数", "ticket": "派位号", "seats": "录取人数"}
    return pd.DataFrame(result)[list(names)].rename(columns=names)


def tampering(document: Mapping[str, object], *, seed: str) -> pd.DataFrame:
    """Change one thing of a draw at a time and say what the verifier notices; the first line changes nothing.

    Parameters
    ----------
    document : mapping of str to object
        The commitment.
    seed : str
        Published seed.

    Returns
    -------
    DataFrame
        One row a change: what was changed, and what the verifier says.
    """
    whole = lottery.files(document, *lottery.draw(document, seed=seed))
    fewer = {**document, "roster": document["roster"][:-1]}
    more = {**document, "plan": document["plan"] + 1}
    tries = {
        "什么都不改": (whole, seed),
        "名册少一户，全部重写": (lottery.files(fewer, *lottery.draw(fewer, seed=seed)), seed),
        "多写一个学位，全部重写": (lottery.files(more, *lottery.draw(more, seed=seed)), seed),
        "换一个种子": (whole, f"{seed[:-1]}{(int(seed[-1]) + 1) % 10}"),
        "公告改一个字": (whole | {"派位结果.csv": whole["派位结果.csv"][:-2] + b"9\n"}, seed),
    }
    published = lottery.digest(document)
    rows = [{"改动": what, "核验": _noticed(*parts, published)} for what, parts in tries.items()]
    return pd.DataFrame(rows)


def _noticed(contents: Mapping[str, bytes], seed: str, published: str) -> str:
    """Say what the verifier finds."""
    try:
        lottery.verify(contents, published=published, seed=seed)
    except DataError as error:
        return "；".join(f"{fault.where}：{fault.found}" for fault in error.faults[:2])
    return "无误"
