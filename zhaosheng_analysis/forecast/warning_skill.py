"""How good warnings were: the probabilities said, the shortages that came, and how early they were told.

A shortage is an entry grade larger than the seats as they were planned at the origin. Warnings are judged by the
colours they would have had, and by the simplest rule there is: the last intake filled the plan.
"""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast.backtest import Replay
from zhaosheng_analysis.forecast.colours import COLOURS
from zhaosheng_analysis.forecast.progression import Panel

#: Edges of the bins of a reliability diagram.
BINS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.0)


def warnings(
    panel: Panel, replays: list[Replay], seats: Callable[[int], np.ndarray], *, horizons: Iterable[int]
) -> pd.DataFrame:
    """Score warnings that more children come to the entry grade than there are seats.

    Parameters
    ----------
    panel : Panel
        The whole history.
    replays : list of Replay
        Forecasts, from `backtest.run`.
    seats : callable
        Given an origin, the seats of each school as planned then, shape (schools,), nan where the school is not to be
        warned of.
    horizons : iterable of int
        Years ahead.

    Returns
    -------
    DataFrame
        One row a horizon, per cent: base (share of schools that fell short), precision_* and recall_* of each colour
        and of the rule "last intake filled the plan"; brier_skill against always saying the base rate; n.
    """
    rows = []
    for ahead in horizons:
        usable = [replay for replay in replays if replay.origin + ahead <= panel.last_year]
        parts = [said_and_came(panel, replay, seats(replay.origin), ahead) for replay in usable]
        if parts:
            chance, event, full = (np.concatenate(column) for column in zip(*parts, strict=True))
            if len(event):
                rows.append({"horizon": ahead} | judge(chance, event, full))
    return pd.DataFrame(rows, columns=None if rows else ["horizon", "base", "brier_skill", "n"])


#: False alarms a missed shortage is worth, between which a bureau chooses.
COSTS = (1.0, 1.5, 2.0, 3.0, 5.0)


def costs(
    panel: Panel,
    replays: list[Replay],
    seats: Callable[[int], np.ndarray],
    *,
    horizons: Iterable[int],
    worths: Iterable[float] = COSTS,
) -> pd.DataFrame:
    """Say what red would have been worth for each price of a missed shortage, so that the line can be chosen by it.

    Parameters
    ----------
    panel : Panel
        The whole history.
    replays : list of Replay
        Forecasts, from `backtest.run`.
    seats : callable
        As in `warnings`.
    horizons : iterable of int
        Years ahead.
    worths : iterable of float, default COSTS
        False alarms that a missed shortage is worth.

    Returns
    -------
    DataFrame
        One row a (horizon, false_alarms): line (least chance of red), precision and recall (per cent, precision nan
        where nothing was red), red and short (schools told of and schools that fell short).
    """
    rows, worths = [], list(worths)
    for ahead in horizons:
        usable = [replay for replay in replays if replay.origin + ahead <= panel.last_year]
        parts = [said_and_came(panel, replay, seats(replay.origin), ahead) for replay in usable]
        if not parts:
            continue
        chance, event, _ = (np.concatenate(column) for column in zip(*parts, strict=True))
        for worth in worths:
            red = chance >= 1.0 / (1.0 + worth)
            hit = float((red & event).sum())
            precision = 100 * hit / red.sum() if red.any() else float("nan")
            recall = 100 * hit / event.sum() if event.any() else float("nan")
            rows.append((ahead, worth, 1.0 / (1.0 + worth), precision, recall, int(red.sum()), int(event.sum())))
    columns = ["horizon", "false_alarms", "line", "precision", "recall", "red", "short"]
    return pd.DataFrame(rows, columns=columns)


def said_and_came(
    panel: Panel, replay: Replay, seats: np.ndarray, ahead: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the probability said, whether it came to pass, and whether the plan was full at the origin.

    Parameters
    ----------
    panel : Panel
        History of one stage.
    replay : Replay
        Forecasts of one origin.
    seats : ndarray of float, shape (schools,)
        Seats as planned then, nan where a school is not to be warned of.
    ahead : int
        Horizon, in years.

    Returns
    -------
    tuple of ndarray, length 3
        Chance of a shortage, whether it came, and whether the last intake filled the plan; one entry a school that is
        known.
    """
    expected = replay.expected[:, ahead - 1, 0]
    column = replay.origin - panel.first_year
    came, last = panel.pupils[:, column + ahead, 0], panel.pupils[:, column, 0]
    finite = np.isfinite(expected) & np.isfinite(came) & np.isfinite(seats)
    chance = replay.short(ahead, seats)
    return chance[finite], (came > seats)[finite], (last >= seats)[finite]


def judge(chance: np.ndarray, event: np.ndarray, full: np.ndarray) -> dict[str, float]:
    """Judge probabilities of a shortage against what came; all in per cent but brier_skill and n.

    Parameters
    ----------
    chance : ndarray of float, shape (n,)
        Probabilities.
    event : ndarray of bool, shape (n,)
        Whether a shortage came.
    full : ndarray of bool, shape (n,)
        Whether the last intake filled the plan.

    Returns
    -------
    dict of str to float
        Measures by name.
    """
    said = {colour: chance >= least for colour, least in COLOURS.items()} | {"full": full}
    skill = {"base": 100 * event.mean()}
    for name, warned in said.items():
        skill[f"precision_{name}"] = 100 * (warned & event).sum() / max(warned.sum(), 1)
        skill[f"recall_{name}"] = 100 * (warned & event).sum() / max(event.sum(), 1)
    brier = np.mean((chance - event) ** 2)
    return skill | {"brier_skill": 1 - brier / max(event.var(), 1e-12), "n": len(event)}


def reliability(
    panel: Panel, replays: list[Replay], seats: Callable[[int], np.ndarray], *, horizons: Iterable[int]
) -> pd.DataFrame:
    """Put the probabilities said beside how often a shortage came.

    Parameters
    ----------
    panel : Panel
        History of one stage.
    replays : list of Replay
        Forecasts, from `backtest.run`.
    seats : callable
        Given an origin, the seats of each school as planned then, shape (schools,).
    horizons : iterable of int
        Years ahead.

    Returns
    -------
    DataFrame
        One row a (horizon, bin): said and came (means, shares), n; bins by `BINS`, empty ones left out.
    """
    rows = []
    for ahead in horizons:
        usable = [replay for replay in replays if replay.origin + ahead <= panel.last_year]
        if not usable:
            continue
        parts = [said_and_came(panel, replay, seats(replay.origin), ahead) for replay in usable]
        chance, event, _ = (np.concatenate(column) for column in zip(*parts, strict=True))
        bins = np.clip(np.searchsorted(BINS, chance, side="right") - 1, 0, len(BINS) - 2)
        for number in np.unique(bins):
            at = bins == number
            rows.append((ahead, number, float(chance[at].mean()), float(event[at].mean()), int(at.sum())))
    return pd.DataFrame(rows, columns=["horizon", "bin", "said", "came", "n"])


def lead(
    panel: Panel,
    replays: list[Replay],
    seats: Callable[[int], np.ndarray],
    *,
    horizons: Iterable[int],
) -> dict[str, float]:
    """Say how many years ahead shortages were told, in red, without a break.

    Parameters
    ----------
    panel : Panel
        History of one stage.
    replays : list of Replay
        Forecasts, from `backtest.run`.
    seats : callable
        Given an origin, the seats of each school as planned then, shape (schools,); a shortage is measured against the
        plan of the year before it.
    horizons : iterable of int
        Years ahead that count, from one on.

    Returns
    -------
    dict of str to float
        The mean and median lead in years (nought for a shortage that was not told the year before), and n shortages. A
        lead is cut short where no earlier origin was forecast from.
    """
    by_origin = {replay.origin: replay for replay in replays}
    leads = []
    for year in sorted({origin + 1 for origin in by_origin if origin + 1 <= panel.last_year}):
        came = panel.pupils[:, year - panel.first_year, 0] > seats(year - 1)
        running, years = came & np.isfinite(seats(year - 1)), np.zeros(len(came))
        short = running.copy()
        for ahead in sorted(horizons):
            replay = by_origin.get(year - ahead)
            if replay is None:
                break
            chance = replay.short(ahead, seats(replay.origin))
            running &= np.nan_to_num(chance) >= COLOURS["red"]
            years += running
        leads.append(years[short])
    every = np.concatenate(leads) if leads else np.empty(0)
    if not len(every):
        return {"mean": float("nan"), "median": float("nan"), "n": 0}
    return {"mean": float(every.mean()), "median": float(np.median(every)), "n": len(every)}
