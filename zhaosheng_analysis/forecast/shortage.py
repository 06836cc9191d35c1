"""Chance of a shortage learnt from the past of all schools together, on top of the chance that past errors give.

Errors tell how far a forecast may be off; whether a school then exceeds its plan hangs on more: whether it was full,
for how long, how full its neighbours are, and which way its intake goes. A pooled classifier (gradient boosting) learns
this from forecasts of past origins beside what came. Under three past origins there is nothing to learn from, and the
chance of past errors stands.
"""

from collections.abc import Callable

import numpy as np

from zhaosheng_analysis.forecast import intervals
from zhaosheng_analysis.forecast.backtest import Replay
from zhaosheng_analysis.forecast.progression import Panel, totals

#: Past origins, past cases and shortages among them that a classifier needs.
FEWEST_ORIGINS, FEWEST_CASES, FEWEST_SHORT = 3, 400, 30
#: Weight of the classifier against the chance of past errors, both as log odds.
WEIGHT = 0.6
#: Small trees: a few thousand cases do not bear more.
TREES = {
    "max_iter": 80,
    "learning_rate": 0.06,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 40,
    "l2_regularization": 1.0,
    "early_stopping": False,
    "random_state": 0,
}
#: Chances are kept this far from nought and one.
EDGE = 1e-3


def chances(
    panel: Panel, earlier: list[Replay], now: Replay, seats: Callable[[int], np.ndarray], horizons: int
) -> np.ndarray | None:
    """Return the chance that each school lacks seats in each coming year, from all that was known at one origin.

    Parameters
    ----------
    panel : Panel
        History; what lies after the origin of `now` is not looked at.
    earlier : list of Replay
        Forecasts of earlier origins.
    now : Replay
        The forecast to be judged.
    seats : callable
        Given an origin, the seats of each school as planned then, shape (schools,), nan where there is no plan.
    horizons : int
        Years ahead.

    Returns
    -------
    ndarray of float, shape (schools, horizons), or None
        Chances, nan where a school is not forecast or has no plan; none where the past is too short.
    """
    past = [replay for replay in earlier if replay.origin < now.origin]
    lessons = [
        lesson
        for replay in past
        for ahead in range(1, min(horizons, replay.expected.shape[1], now.origin - replay.origin) + 1)
        for lesson in [_lesson(panel, replay, seats(replay.origin), ahead)]
    ]
    usable = [lesson for lesson in lessons if len(lesson[1])]
    if len({replay.origin for replay in past}) < FEWEST_ORIGINS or not usable:
        return None
    features, short = (np.concatenate(part) for part in zip(*usable, strict=True))
    if len(short) < FEWEST_CASES or min(short.sum(), (~short).sum()) < FEWEST_SHORT:
        return None
    return _judged(panel, now, seats(now.origin), horizons, _fitted(features, short))


def _fitted(features: np.ndarray, short: np.ndarray) -> object:
    """Return the classifier of some facts and what came of them."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    # Trees of this size are done before a second thread has woken up. Rows are sorted, so that the order in which
    # schools are written does not decide which of two equal splits is taken.
    order = np.lexsort((short, *features.T))
    with threadpool_limits(limits=1):
        return HistGradientBoostingClassifier(**TREES).fit(features[order], short[order])


def _judged(panel: Panel, now: Replay, seats: np.ndarray, horizons: int, model: object) -> np.ndarray:
    """Return the chances of `chances` by a fitted model."""
    from threadpoolctl import threadpool_limits

    judged = np.full((len(seats), horizons), np.nan)
    for ahead in range(1, min(horizons, now.expected.shape[1]) + 1):
        facts, plain, rows = _facts(panel, now, seats, ahead)
        if not rows.any():
            continue
        with threadpool_limits(limits=1):
            learnt = model.predict_proba(facts[rows])[:, 1]
        judged[rows, ahead - 1] = _blended(learnt, plain[rows])
    return judged


def _blended(learnt: np.ndarray, plain: np.ndarray) -> np.ndarray:
    """Return the weighted mean of two chances as log odds."""
    inside = [np.clip(chance, EDGE, 1.0 - EDGE) for chance in (learnt, plain)]
    odds = [np.log(chance / (1.0 - chance)) for chance in inside]
    return 1.0 / (1.0 + np.exp(-(WEIGHT * odds[0] + (1.0 - WEIGHT) * odds[1])))


def _lesson(panel: Panel, replay: Replay, seats: np.ndarray, ahead: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what was known of each school at a past origin, and whether it lacked seats some years later."""
    facts, _, rows = _facts(panel, replay, seats, ahead)
    came = panel.pupils[:, replay.origin - panel.first_year + ahead, 0]
    rows &= np.isfinite(came)
    return facts[rows], (came > seats)[rows]


def _facts(panel: Panel, replay: Replay, seats: np.ndarray, ahead: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (S, F) facts known at an origin, the chance by past errors, and which schools can be judged."""
    column = replay.origin - panel.first_year
    intakes = panel.pupils[:, max(column - 2, 0) : column + 1, 0]
    expected = replay.expected[:, ahead - 1, 0]
    rows = np.isfinite(expected) & (expected > 0) & np.isfinite(intakes[:, -1]) & (np.nan_to_num(seats) > 0)
    plan = np.where(rows, seats, 1.0)
    chance = intervals.exceed(replay.cells["entry"], expected, ahead, plan)
    low, high = intervals.bounds(replay.cells["entry"], expected, ahead, 0.8)
    there = totals(np.stack([np.where(rows, intakes[:, -1], 0.0), np.where(rows, plan, 0.0)], axis=1), panel.levels[0])
    filled = (there[:, 0] / np.maximum(there[:, 1], 1.0))[panel.levels[0]]
    whole = panel.pupils[:, column]
    before = [intakes[:, -back] / plan if intakes.shape[1] >= back else np.full(len(plan), -1.0) for back in (1, 2, 3)]
    second = whole[:, 1] / plan if whole.shape[1] > 1 else np.full(len(plan), np.nan)
    facts = [np.maximum(expected, 0.0) / plan, *before, second, (high - low) / plan, chance, np.log(plan), filled]
    facts += [np.log1p(np.nansum(whole, axis=1)), np.full(len(plan), float(ahead))]
    # What is not known is a value of its own: a column without any value would end in an error of the trees.
    return np.nan_to_num(np.stack(facts, axis=1), nan=-1.0), chance, rows


def sharpened(panel: Panel, replays: list[Replay], seats: Callable[[int], np.ndarray]) -> list[Replay]:
    """Give every forecast the chances it would have had, each from the origins before it only.

    Parameters
    ----------
    panel : Panel
        The whole history.
    replays : list of Replay
        Forecasts in the order of their origins.
    seats : callable
        As in `chances`.

    Returns
    -------
    list of Replay
        The same, with chances where the past was long enough.
    """
    parts = []
    for number, replay in enumerate(replays):
        learnt = chances(panel, replays[:number], replay, seats, replay.expected.shape[1])
        parts.append(replay if learnt is None else replay.with_shortage(learnt))
    return parts
