"""Chance of a shortage learnt from the past of all schools together, on top of the chance that past errors give.

Errors tell how far a forecast may be off; whether a school then exceeds its plan hangs on more: whether it was full,
for how long, how full its neighbours are, and which way its intake goes. A pooled classifier (gradient boosting) learns
this from forecasts of past origins beside what came: whether a school has ever gone beyond its plan, or is held to it;
how far it was misjudged before; how its intakes swing; how full its area is. What was forecast lately teaches more than
what was forecast long ago. Under three past origins there is nothing to learn from, and the chance of past errors
stands.
"""

from collections.abc import Callable

import numpy as np

from zhaosheng_analysis.forecast import intervals
from zhaosheng_analysis.forecast.backtest import Replay
from zhaosheng_analysis.forecast.progression import Panel, totals

#: Past origins, past cases and shortages among them that a classifier needs.
FEWEST_ORIGINS, FEWEST_CASES, FEWEST_SHORT = 3, 400, 30
#: What a forecast counts for as a lesson, against one made a year later.
RECENCY = 0.9
#: Years that the trend and the swing of a school's intakes are read from.
TREND_YEARS = 5
#: The odds of the chance are at most so many times those of past errors, and at least that part of them: a school whose
#: plan lies beyond the 80 % interval beside it is not told red, nor one that it lies below told safe.
FURTHEST = 5.0
#: Small trees: a few thousand cases do not bear more.
TREES = {
    "max_iter": 150,
    "learning_rate": 0.04,
    "max_features": 0.3,
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
        (*_lesson(panel, past[:number], replay, seats, ahead), now.origin - replay.origin)
        for number, replay in enumerate(past)
        for ahead in range(1, min(horizons, replay.expected.shape[1], now.origin - replay.origin) + 1)
    ]
    usable = [(facts, short, np.full(len(short), RECENCY**years)) for facts, short, years in lessons if len(short)]
    if len({replay.origin for replay in past}) < FEWEST_ORIGINS or not usable:
        return None
    features, short, weight = (np.concatenate(part) for part in zip(*usable, strict=True))
    if len(short) < FEWEST_CASES or min(short.sum(), (~short).sum()) < FEWEST_SHORT:
        return None
    return _judged(panel, past, now, seats, horizons, _fitted(features, short, weight))


def _fitted(features: np.ndarray, short: np.ndarray, weight: np.ndarray) -> object:
    """Return the classifier of some facts and what came of them, each counted by its weight."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    # Trees of this size are done before a second thread has woken up. Rows are sorted, so that the order in which
    # schools are written does not decide which of two equal splits is taken.
    order = np.lexsort((weight, short, *features.T))
    with threadpool_limits(limits=1):
        model = HistGradientBoostingClassifier(**TREES)
        return model.fit(features[order], short[order], sample_weight=weight[order])


def _judged(
    panel: Panel, past: list[Replay], now: Replay, seats: Callable[[int], np.ndarray], horizons: int, model: object
) -> np.ndarray:
    """Return the chances of `chances` by a fitted model."""
    from threadpoolctl import threadpool_limits

    judged = np.full((len(now.expected), horizons), np.nan)
    for ahead in range(1, min(horizons, now.expected.shape[1]) + 1):
        facts, plain, rows = _facts(panel, past, now, seats, ahead)
        if not rows.any():
            continue
        with threadpool_limits(limits=1):
            learnt = model.predict_proba(facts[rows])[:, 1]
        judged[rows, ahead - 1] = _bounded(learnt, plain[rows])
    return judged


def _bounded(learnt: np.ndarray, plain: np.ndarray) -> np.ndarray:
    """Return the first chance, no further from the second than `FURTHEST` allows."""
    inside = [np.clip(chance, EDGE, 1.0 - EDGE) for chance in (learnt, plain)]
    odds = [np.log(chance / (1.0 - chance)) for chance in inside]
    most = np.log(FURTHEST)
    moved = np.clip(odds[0] - odds[1], -most, most)
    return 1.0 / (1.0 + np.exp(-(odds[1] + moved)))


def _lesson(
    panel: Panel, past: list[Replay], replay: Replay, seats: Callable[[int], np.ndarray], ahead: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return what was known of each school at a past origin, and whether it lacked seats some years later."""
    facts, _, rows = _facts(panel, past, replay, seats, ahead)
    came = panel.pupils[:, replay.origin - panel.first_year + ahead, 0]
    rows &= np.isfinite(came)
    return facts[rows], (came > seats(replay.origin))[rows]


def _facts(
    panel: Panel, past: list[Replay], replay: Replay, seats: Callable[[int], np.ndarray], ahead: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (S, F) facts known at an origin, the chance by past errors, and which schools can be judged."""
    history, places = panel.until(replay.origin), seats(replay.origin)
    last, expected = history.pupils[:, -1, 0], replay.expected[:, ahead - 1, 0]
    rows = np.isfinite(expected) & (expected > 0) & np.isfinite(last) & (np.nan_to_num(places) > 0)
    plan, hoped = np.where(rows, places, 1.0), np.maximum(expected, 0.0)
    chance = intervals.exceed(replay.cells["entry"], expected, ahead, plan)
    low, high = intervals.bounds(replay.cells["entry"], expected, ahead, 0.8)
    before = np.nan_to_num(replay.expected[:, :ahead, 0]).max(axis=1)
    grown = np.divide(hoped, last, out=np.full(len(plan), np.nan), where=np.nan_to_num(last) > 0)
    facts = [hoped / plan, chance, high / plan, np.log(plan), np.full(len(plan), float(ahead))]
    facts += _of_past(history, seats, plan) + _of_area(history, rows, plan, hoped) + _of_errors(history, past)
    facts += [low / plan, *_of_trend(history, plan), before / plan, grown]
    # What is not known is a value of its own: a column without any value would end in an error of the trees.
    return np.nan_to_num(np.stack(facts, axis=1), nan=-1.0, posinf=-1.0, neginf=-1.0), chance, rows


def _of_past(history: Panel, seats: Callable[[int], np.ndarray], plan: np.ndarray) -> list[np.ndarray]:
    """Return how full each school was, in the seats of now and of each year, and how often it took more than planned.

    A school that is held to its plan fills it year after year and never exceeds it; one that opens a class when it
    must does so again.
    """
    intakes, whole = history.pupils[:, :, 0], history.pupils[:, -1]
    years = range(history.first_year, history.last_year + 1)
    planned = np.stack([seats(year) for year in years], axis=1)
    planned = np.where(planned > 0, planned, np.nan)
    filled, beyond = intakes / planned, intakes[:, 1:] / planned[:, :-1]
    recent = [intakes[:, -back] / plan if len(years) >= back else np.full(len(plan), np.nan) for back in (1, 2, 3)]
    others = [whole[:, grade] / plan if grade < whole.shape[1] else np.full(len(plan), np.nan) for grade in range(1, 6)]
    counted = np.isfinite(filled).sum(axis=1)
    mean = np.divide(np.nansum(filled, axis=1), counted, out=np.full(len(plan), np.nan), where=counted > 0)
    often = (beyond > 1.0).mean(axis=1) if len(years) > 1 else np.zeros(len(plan))
    earlier = [plan / planned[:, max(len(years) - 1 - back, 0)] for back in (1, 3)]
    most = [_largest(intakes) / plan, _largest(filled), _largest(beyond)]
    return [*recent, *others, filled[:, -1], mean, often, *earlier, *most]


def _of_trend(history: Panel, plan: np.ndarray) -> list[np.ndarray]:
    """Return which way the last intakes went and how they swung, in plans, and how many of one were there a year on."""
    recent = history.pupils[:, -TREND_YEARS:, 0]
    known = np.isfinite(recent)
    counted = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.where(known, recent, 0.0).sum(axis=1, keepdims=True) / counted
    beyond, time = np.where(known, recent - mean, 0.0), np.arange(recent.shape[1]) - (recent.shape[1] - 1) / 2
    slope = beyond @ time / max(time @ time, 1.0)
    swing = np.sqrt((beyond**2).sum(axis=1) / counted[:, 0])
    stayed = np.full(len(plan), np.nan)
    if min(history.pupils.shape[1:]) > 1:
        entered, after = history.pupils[:, -2, 0], history.pupils[:, -1, 1]
        stayed = np.divide(after, entered, out=stayed, where=np.nan_to_num(entered) > 0)
    return [slope / plan, swing / plan, stayed]


def _largest(values: np.ndarray) -> np.ndarray:
    """Return the largest number of each row, nan where there is none."""
    largest = np.where(np.isfinite(values), values, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(largest), largest, np.nan)


def _of_area(history: Panel, rows: np.ndarray, plan: np.ndarray, hoped: np.ndarray) -> list[np.ndarray]:
    """Return how full the school's area was and is to be, the school's part of its seats, and the district's growth."""
    area = history.levels[0]
    columns = [np.where(rows, values, 0.0) for values in (history.pupils[:, -1, 0], hoped, plan)]
    last, coming, there = totals(np.stack(columns, axis=1), area)[area].T
    there = np.maximum(there, 1.0)
    growth = columns[1].sum() / max(columns[0].sum(), 1.0)
    return [last / there, coming / there, plan / there, np.full(len(plan), growth)]


def _of_errors(history: Panel, past: list[Replay]) -> list[np.ndarray]:
    """Return how far off the last intake's forecast was, and the mean and swing of all that are over by now."""
    latest, every = np.full(len(history.pupils), np.nan), []
    for replay in past:
        for ahead in range(1, min(history.last_year - replay.origin, replay.expected.shape[1]) + 1):
            came = history.pupils[:, replay.origin - history.first_year + ahead, 0]
            off = intervals.scaled(came, replay.expected[:, ahead - 1, 0])
            every.append(off)
            if ahead == 1 and replay.origin + 1 == history.last_year:
                latest = off
    if not every:
        return [latest, latest, latest]
    seen = np.stack(every, axis=1)
    counted = np.isfinite(seen).sum(axis=1)
    mean = np.divide(np.nansum(seen, axis=1), counted, out=np.full(len(latest), np.nan), where=counted > 0)
    swing = np.sqrt(np.nansum((seen - mean[:, None]) ** 2, axis=1) / np.maximum(counted, 1))
    return [latest, mean, np.where(counted > 1, swing, np.nan)]


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
