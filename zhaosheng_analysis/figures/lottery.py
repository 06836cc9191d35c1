"""What each published draw method does to one child, to neighbours and to twins: exact odds, as tables in Chinese."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.lottery import rings
from zhaosheng_analysis.schema import DataError

METHODS = {
    "ticket": "票号：种子与户号的 SHA-256，小者先",
    "nanchang": "南昌 2023：抽起始号和步长，中签者离圈",
    "fuzhou": "福州 2019—2023：步长公布，抽起始号，中签者留圈",
}
DIRECTIONS = 2  # a circle of n numbers has each distance twice


def together(n: int, plan: int, method: str) -> np.ndarray:
    """Return the exact chance that two numbers at each distance round the circle both win.

    Parameters
    ----------
    n : int
        Numbers in the circle.
    plan : int
        How many win.
    method : {"ticket", "nanchang", "fuzhou"}
        Way of drawing.

    Returns
    -------
    ndarray of float, shape (n,)
        Chances by distance; place 0 is the chance of one number.
    """
    if method == "nanchang":
        return rings.together(n, plan)
    if method == "fuzhou":
        return rings.together(n, plan, step=rings.step_of(n, plan), leave=False)
    return np.concatenate([[plan / n], np.full(n - 1, plan * (plan - 1) / (n * (n - 1)))])


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
        chance = together(n, plan, method)
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
    rows = [{"方法": METHODS["ticket"], "其余号码改变结果": _by_ticket(n, plan)}]
    rows.append({"方法": METHODS["nanchang"], "其余号码改变结果": _by_ring(n, plan, range(1, n), leave=True)})
    step = rings.step_of(n, plan)
    rows.append({"方法": METHODS["fuzhou"], "其余号码改变结果": _by_ring(n, plan, [step], leave=False)})
    table = pd.DataFrame(rows)
    return table.assign(其余号码改变结果=[f"{share:.1%}" for share in table["其余号码改变结果"]])


def _by_ticket(n: int, plan: int) -> float:
    """Return the share that moves up when a winner withdraws: one child of the rest, with the chance of a winner."""
    return plan / n / (n - 1)


def _by_ring(n: int, plan: int, steps: range | list[int], *, leave: bool) -> float:
    """Return the mean share of the others whose result differs without one number, start and step being the same."""
    changed = []
    for step in steps:
        before, after = _wins(n, plan, step, leave), _wins(n - 1, plan, step, leave)
        changed += [(np.delete(before, gone) != after).mean() for gone in range(n)]
    return float(np.mean(changed))


def _wins(n: int, plan: int, step: int, leave: bool) -> np.ndarray:
    """Return who wins when the start is the first number."""
    won = np.zeros(n, bool)
    won[np.array(rings.winners(n, plan, start=1, step=step, leave=leave)) - 1] = True
    return won


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
        single, pair, seats = twin_odds(children - DIRECTIONS * pairs, pairs, plan, overflow=rule)
        rows.append(
            {"规则": words, "单独一名": f"{single:.4f}", "一对中的每名": f"{pair:.4f}", "平均录取": f"{seats:.2f}"}
        )
    return pd.DataFrame(rows)


def twin_odds(singles: int, pairs: int, plan: int, *, overflow: str) -> tuple[float, float, float]:
    """Return the exact chance of a single child, of each child of a pair, and the expected number admitted.

    Pairs and singles are drawn in even order. Only a pair that meets one last seat is treated by the rule; before
    that everybody drawn is in.

    Parameters
    ----------
    singles : int
        Tickets of one child.
    pairs : int
        Tickets of two children.
    plan : int
        Seats.
    overflow : str
        A rule of `lottery.RULES`.

    Returns
    -------
    tuple of float, length 3
        The chance of a single child, that of a child of a pair, and the number expected.
    """
    one, two = 0.0, 0.0  # expected singles and pair children admitted
    for got in range(min(pairs, plan // 2) + 1):
        alone = plan - 2 * got
        if alone <= singles:  # exactly full with `got` pairs, the last ticket being of either kind
            chance = _state(singles, pairs, alone, got)
            one, two = one + chance * alone, two + chance * 2 * got
        before = alone - 1
        if 0 <= before <= singles and got < pairs:  # one seat left, and a pair is drawn
            chance = _state(singles, pairs, before, got) * (pairs - got) / (singles + pairs - before - got)
            extra = {"skip": float(before < singles), "stop": 0.0}.get(overflow, 0.0)
            one += chance * (before + extra)
            two += chance * (2 * got + {"expand": 2, "split": 1}.get(overflow, 0))
    if singles + 2 * pairs < plan:
        one, two = float(singles), 2.0 * pairs
    return one / max(singles, 1), two / max(2 * pairs, 1), one + two


def _state(singles: int, pairs: int, a: int, b: int) -> float:
    """Return the chance that the first a + b tickets are a singles and b pairs."""
    return math.comb(singles, a) * math.comb(pairs, b) / math.comb(singles + pairs, a + b)


def by_digits(n: int, plan: int) -> np.ndarray:
    """Return the exact chance of each number when step is announced and the start drawn digit by digit (Fuzhou).

    Parameters
    ----------
    n : int
        Numbers in the draw.
    plan : int
        How many win.

    Returns
    -------
    ndarray of float, shape (n,)
        Chances of the numbers 1 … n.
    """
    return rings.odds(n, plan, step=rings.step_of(n, plan), start=rings.start_odds(n), leave=False)


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
    chance = together(n, plan, "fuzhou")[1 : n // DIRECTIONS + 1]
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
    odds = by_digits(n, plan)
    return f"逐位摇起始号：{n} 个号码的中签机会在 {odds.min():.4f} 到 {odds.max():.4f} 之间，并不完全相同"


def order(roster: Mapping[str, int], *, seed: str, plan: int, stream: str = "") -> pd.DataFrame:
    """Draw a roster and list the families in drawn order, under Chinese headings.

    Parameters
    ----------
    roster : mapping of str to int
        Children by family.
    seed : str
        Published seed.
    plan : int
        Seats.
    stream : str, optional
        What the draw is for.

    Returns
    -------
    DataFrame
        One row a family.
    """
    result, _ = lottery.draw(roster, seed=seed, plan=plan, stream=stream)
    names = {"place": "次序", "family": "户号", "heads": "人数", "ticket": "派位号", "seats": "录取人数"}
    return pd.DataFrame(result).rename(columns=names)


def tampering(roster: Mapping[str, int], *, seed: str, plan: int, stream: str = "") -> pd.DataFrame:
    """Change one thing of a draw at a time and say what the verifier notices; the first line changes nothing.

    Parameters
    ----------
    roster : mapping of str to int
        Children by family.
    seed : str
        Published seed.
    plan : int
        Seats.
    stream : str, optional
        What the draw is for.

    Returns
    -------
    DataFrame
        One row a change: what was changed, and what the verifier says.
    """
    result, record = lottery.draw(roster, seed=seed, plan=plan, stream=stream)
    names = sorted(roster)
    changed = [{**result[0], "seats": 0}, *result[1:]]
    tries = {
        "什么都不改": (record, roster, result),
        "名册少一户": (record, {name: roster[name] for name in names[1:]}, result),
        "换一个种子": ({**record, "seed": f"{seed}0"}, roster, result),
        "结果改一行": (record, roster, changed),
        "多写一个学位": ({**record, "plan": plan + 1}, roster, result),
    }
    rows = [{"改动": what, "核验": _noticed(*parts)} for what, parts in tries.items()]
    return pd.DataFrame(rows)


def _noticed(record: Mapping[str, object], roster: Mapping[str, int], result: list[dict[str, object]]) -> str:
    """Say what the verifier finds."""
    try:
        lottery.verify(record, roster, result)
    except DataError as error:
        return "；".join(f"{fault.where}：{fault.found}" for fault in error.faults[:2])
    return "无误"
