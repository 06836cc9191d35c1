"""Can the wishes of a grade be kept together, and if not, which few of them cannot.

An exact answer by a small integer program: a class for every block, a quota for every class. What cannot be kept is cut
down until leaving out any one of the rest would do, so that an office hears of three pairs and not of thirty.
"""

from collections.abc import Sequence

import numpy as np

from zhaosheng_analysis.classes import binding
from zhaosheng_analysis.classes.binding import Block
from zhaosheng_analysis.classes.wishes import Wish

_NUMERALS = "零一两三四五六七八九十"
Quotas = Sequence[Sequence[tuple[int, int]]]


def possible(bound: Sequence[Block] | None, pairs: Quotas) -> bool:
    """Say whether blocks fit into classes.

    Parameters
    ----------
    bound : sequence of Block or None
        From `binding.blocks`.
    pairs : sequence
        Quotas, as for `binding.rooms`.

    Returns
    -------
    bool
        Whether any arrangement keeps all wishes and quotas.
    """
    from scipy import optimize, sparse

    if not bound:
        return bound is not None
    classes, kinds = len(pairs), sorted({tuple(map(tuple, quota)) for quota in pairs})
    counts = [sum(tuple(map(tuple, quota)) == kind for quota in pairs) for kind in kinds]
    blocks_n = len(bound) * classes
    rows: list[tuple[dict[int, float], float, float]] = [
        ({number * classes + c: 1 for c in range(classes)}, 1, 1) for number in range(len(bound))
    ]
    rows += [
        ({blocks_n + kind * classes + c: 1 for c in range(classes)}, count, count) for kind, count in enumerate(counts)
    ]
    for c in range(classes):
        rows.append(({blocks_n + kind * classes + c: 1 for kind in range(len(kinds))}, 1, 1))
        for sex in (0, 1):
            heads = {at * classes + c: (block.boys_n, block.girls_n)[sex] for at, block in enumerate(bound)}
            room = {blocks_n + kind * classes + c: -quota[c][sex] for kind, quota in enumerate(kinds)}
            rows.append((heads | room, -np.inf, 0))
        rows += [({at * classes + c: 1 for at in clique}, 0, 1) for clique in _cliques(bound)]
    cells = [(row, column, value) for row, (line, _, _) in enumerate(rows) for column, value in line.items()]
    at, column, value = zip(*cells, strict=True)
    columns_n = blocks_n + len(kinds) * classes
    matrix = sparse.csr_array((value, (at, column)), shape=(len(rows), columns_n))
    constraint = optimize.LinearConstraint(matrix, [row[1] for row in rows], [row[2] for row in rows])
    bounds = optimize.Bounds(np.zeros(columns_n), _upper(bound, kinds, classes))
    answer = optimize.milp(np.zeros(columns_n), integrality=1, bounds=bounds, constraints=constraint)
    return answer.status == 0


def _upper(bound: Sequence[Block], kinds: Quotas, classes: int) -> np.ndarray:
    """Return 0 where a block or a quota must not go, else 1."""
    placed = [float(block.class_at in (-1, c)) for block in bound for c in range(classes)]
    return np.array(placed + [float(quota[c][0] >= 0) for quota in kinds for c in range(classes)])


def _cliques(bound: Sequence[Block]) -> list[list[int]]:
    """Cover all pairs that must be apart by groups within which all must be."""
    covered: set[tuple[int, int]] = set()
    conflicts = []
    for one, block in enumerate(bound):
        for other in sorted(block.rivals):
            if other < one or (one, other) in covered:
                continue
            clique = [one, other]
            for third in sorted(block.rivals & bound[other].rivals):
                if all(third in bound[member].rivals for member in clique):
                    clique.append(third)
            covered.update((a, b) for a in clique for b in clique)
            conflicts.append(clique)
    return conflicts


def conflicts(ids: Sequence[str], girl: np.ndarray, pairs: Quotas, wishes: Sequence[Wish]) -> list[list[Wish]]:
    """Name the wishes that cannot be kept together, in groups of which leaving out any one would do.

    Parameters
    ----------
    ids : sequence of str
        The roster, sorted.
    girl : ndarray of int
        1 for a girl.
    pairs : sequence
        Quotas, as for `binding.rooms`.
    wishes : sequence of Wish
        The wishes.

    Returns
    -------
    list of list of Wish
        Empty where all can be kept.
    """

    def kept(some: Sequence[Wish]) -> bool:
        return possible(binding.blocks(ids, girl, some), pairs)

    rest, groups = list(wishes), []
    while not kept(rest):
        few = list(rest)
        for wish in rest:
            less = [other for other in few if other is not wish]
            few = few if kept(less) else less
        groups.append(few)
        rest = [wish for wish in rest if wish not in few]
    return groups


def in_words(group: Sequence[Wish], classes_n: int) -> str:
    """Say in Chinese which wishes exclude each other.

    Parameters
    ----------
    group : sequence of Wish
        From `conflicts`.
    classes_n : int
        Classes to form.

    Returns
    -------
    str
        Such as 这三对无法同时分开（共 2 个班）：….
    """
    listed = "；".join(map(str, group))
    if len(group) == 1:
        return f"这条约定无法满足（共 {classes_n} 个班）：{listed}"
    number = _NUMERALS[len(group)] if len(group) < len(_NUMERALS) else f" {len(group)} "
    only_pairs = all(wish.kind == "apart" and len(wish.pupils) == 2 for wish in group)
    what = f"这{number}对无法同时分开" if only_pairs else f"这{number}条约定无法同时满足"
    return f"{what}（共 {classes_n} 个班）：{listed}"
