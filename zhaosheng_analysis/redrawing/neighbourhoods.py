"""Large neighbourhoods: the zones of a few schools beside each other are drawn anew, best possible, all else stays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from zhaosheng_analysis.redrawing import clocks, cutting, instances
from zhaosheng_analysis.redrawing.clocks import Clock
from zhaosheng_analysis.redrawing.cutting import Effort
from zhaosheng_analysis.redrawing.instances import Instance
from zhaosheng_analysis.redrawing.relaxation import Relaxation

#: Pairs of unit and school in one neighbourhood: solved in about a tenth of a second.
PAIRS = 400
#: A pair is worth a look when forcing it costs at most this share of the gap.
WORTH = 0.3


@dataclass(frozen=True)
class Neighbourhood:
    """Some schools and their units, as an instance of its own.

    Attributes
    ----------
    schools, units : their numbers in the whole.
    part : the instance.
    plan : their present plan, in numbers of the part.
    kept : pairs worth a look.
    """

    schools: np.ndarray
    units: np.ndarray
    part: Instance
    plan: np.ndarray
    kept: np.ndarray


def cut_out(instance: Instance, plan: np.ndarray, schools: np.ndarray, worth: np.ndarray) -> Neighbourhood:
    """Return the zones of some schools as a neighbourhood.

    Parameters
    ----------
    schools : in ascending order.
    worth : (n, k) pairs worth a look.
    """
    units = np.flatnonzero(np.isin(plan, schools))
    position = np.full(instance.units_n, -1)
    position[units] = np.arange(len(units))
    edges = position[instance.edges]
    inside = (edges >= 0).all(axis=1)
    part = replace(
        instance,
        cost=instance.cost[np.ix_(units, schools)],
        pupils=instance.pupils[units],
        capacity=instance.capacity[schools],
        root=position[instance.root[schools]],
        fixed=np.searchsorted(schools, np.where(instance.fixed[units] >= 0, plan[units], schools[0])),
        edges=edges[inside],
        border=instance.border[inside],
        hinge_at=instance.hinge_at[:, schools],
        hinge_price=instance.hinge_price[:, schools],
    )
    present = np.searchsorted(schools, plan[units])
    kept = worth[np.ix_(units, schools)].copy()
    kept[np.arange(len(units)), present] = True
    return Neighbourhood(schools, units, part, present, kept)


def beside(instance: Instance, plan: np.ndarray) -> np.ndarray:
    """Return which schools' zones are adjacent, (k, k)."""
    touching = np.zeros((instance.schools_n, instance.schools_n), bool)
    one, other = plan[instance.edges].T
    touching[one, other] = touching[other, one] = True
    return touching


def choose(
    instance: Instance,
    plan: np.ndarray,
    relaxation: Relaxation,
    worth: np.ndarray,
    chance: np.random.Generator,
    *,
    pairs: int = PAIRS,
) -> np.ndarray:
    """Choose schools beside each other, the more likely the more their zones lose against the relaxation.

    Returns
    -------
    Schools in ascending order, as many as have `pairs` pairs worth a look between them, at least two.
    """
    touching = beside(instance, plan)
    weight = _losses(instance, plan, relaxation)
    chosen = [int(chance.choice(instance.schools_n, p=weight / weight.sum()))]
    while True:
        others = np.flatnonzero(touching[chosen].any(axis=0))
        others = others[~np.isin(others, chosen)]
        if not len(others):
            break
        wider = [*chosen, int(chance.choice(others))]
        units = np.isin(plan, wider)
        if len(wider) > 2 and worth[np.ix_(units, wider)].sum() > pairs:
            break
        chosen = wider
    return np.sort(chosen)


def _losses(instance: Instance, plan: np.ndarray, relaxation: Relaxation) -> np.ndarray:
    """Return what each zone's units cost more than the relaxation, and a little for every school."""
    more = np.clip(relaxation.reduced[np.arange(instance.units_n), plan], 0, np.abs(relaxation.bound) + 1)
    over = np.maximum(0, instances.loads(instance, plan) - instance.capacity).sum(axis=1)
    loss = np.bincount(plan, more, minlength=instance.schools_n)
    return loss + loss.mean() * (0.05 + 4 * (over > instances.SLACK)) + 1e-9


def improvements(
    instance: Instance,
    plan: np.ndarray,
    relaxation: Relaxation,
    *,
    chance: np.random.Generator,
    price: float,
    tries: int,
    effort: Effort,
    pairs: int = PAIRS,
    worth: np.ndarray,
    seen: set,
    clock: Clock = clocks.ENDLESS,
) -> Iterator[np.ndarray]:
    """Yield ever better plans from so many neighbourhoods.

    Parameters
    ----------
    plan : contiguous.
    price : of a child beyond a capacity.
    seen : neighbourhoods that were tried in the same state; changed in place.
    """
    for _ in range(tries):
        if clock.late():
            return
        schools = choose(instance, plan, relaxation, worth, chance, pairs=pairs)
        state = (pairs, schools.tobytes(), plan[np.isin(plan, schools)].tobytes(), np.isin(plan, schools).tobytes())
        if state in seen:
            continue
        seen.add(state)
        better = improve(
            instance, plan, cut_out(instance, plan, schools, worth), price=price, effort=effort, clock=clock
        )
        if better is not None:
            plan = better
            yield plan


def improve(
    instance: Instance,
    plan: np.ndarray,
    place: Neighbourhood,
    *,
    price: float,
    effort: Effort,
    clock: Clock = clocks.ENDLESS,
) -> np.ndarray | None:
    """Draw one neighbourhood anew; return the new plan if it is better, None otherwise."""
    part, elastic = place.part, None
    if instances.overflow(part, place.plan) > instances.SLACK:
        # To fit comes first; what it costs is mended by the neighbourhoods after it.
        part, elastic = replace(part, cost=np.where(part.allowed, 0.0, np.inf)), price
    solved = cutting.solve(part, effort, kept=place.kept, start=place.plan, elastic=elastic, clock=clock)
    if solved.plan is None:
        return None
    new = plan.copy()
    new[place.units] = place.schools[solved.plan]
    return new if merit(instance, new, price) < merit(instance, plan, price) - 1e-9 else None


def merit(instance: Instance, plan: np.ndarray, price: float) -> float:
    """Return the cost of a plan with its children beyond the capacities at a price."""
    return instances.price(instance, plan) + price * instances.overflow(instance, plan)
