"""Sets of cells of a decision table as few blocks, and a block in words."""

from collections.abc import Mapping

import numpy as np

from zhaosheng_analysis.policy.decision_table import Table, impossible
from zhaosheng_analysis.policy.vocabulary import Fact


def merge(table: Table, marked: np.ndarray, *, most: int | None = None) -> list[dict[str, tuple[str, ...]]]:
    """Write a set of cells as few blocks ``fact -> values``; a fact of which any value will do is left out.

    Greedy: each block grows along one axis after the other from the first cell not yet described, freely over cells
    that are impossible.

    Parameters
    ----------
    table : Table
        The tier table.
    marked : ndarray of bool
        The cells, one axis a fact.
    most : int, optional
        How many blocks are enough.

    Returns
    -------
    list of dict of str to tuple of str
        The blocks; where all are asked for, together they cover the cells and nothing else that is possible.
    """
    left, blocks, free = marked.copy(), [], marked | impossible(table)
    while left.any() and (most is None or len(blocks) < most):
        spans = [[place] for place in np.argwhere(left)[0]]
        for axis, size in enumerate(marked.shape):
            for value in range(size):
                trial = [span if place != axis else sorted({*span, value}) for place, span in enumerate(spans)]
                if free[np.ix_(*trial)].all():
                    spans = trial
        blocks.append(_block(table, spans, marked[np.ix_(*spans)]))
        left[np.ix_(*spans)] = False
    return blocks


def _block(table: Table, spans: list[list[int]], inside: np.ndarray) -> dict[str, tuple[str, ...]]:
    """Name a block: facts of which any value will do and values met only in impossible cells are left out."""
    block = {}
    for axis, (fact, domain) in enumerate(table.facts.items()):
        met = inside.any(axis=tuple(other for other in range(inside.ndim) if other != axis))
        if len(spans[axis]) < len(domain):
            block[fact] = tuple(domain[place] for place, some in zip(spans[axis], met, strict=True) if some)
    return block


def in_words(block: Mapping[str, tuple[str, ...]], words: Mapping[str, Fact]) -> str:
    """Say a block of cells in Chinese.

    Parameters
    ----------
    block : mapping of str to tuple of str
        The values of each fact; a fact that is not named may have any.
    words : mapping of str to Fact
        Label and answers of each fact (``policy.words``).

    Returns
    -------
    str
        The facts and their values; 一切情形 where any will do.
    """
    said = [
        f"{words[fact].label}：{'或'.join(words[fact].answers[value] for value in values)}"
        for fact, values in block.items()
    ]
    return "；".join(said) or "一切情形"
