"""The inner loops of admission, in the plain subset of Python that numba compiles; `kernels` calls them.

Nothing here is decorated: `kernels` compiles a function when it is first needed on many children, so that importing
the package costs nothing and a small district never waits for a compiler.
"""

import numpy as np


def count(school: np.ndarray, tier: np.ndarray, schools: int, tiers: int) -> np.ndarray:
    """Count the children of each (school, tier) cell; a negative school is no school."""
    cells = np.zeros((schools, tiers), np.int64)
    for i in range(school.size):
        if school[i] >= 0:
            cells[school[i], tier[i]] += 1
    return cells


def gather(
    school: np.ndarray, tier: np.ndarray, key: np.ndarray, edge: np.ndarray, last: np.ndarray, start: np.ndarray
):
    """Admit every child above its school's marginal tier and collect those inside it, school by school.

    Parameters
    ----------
    school : ndarray of int, shape (children,)
        School of each child, -1 for none.
    tier : ndarray of int, shape (children,)
        Tier of each child.
    key : ndarray of uint64, shape (children,)
        Order inside the tier, smaller first.
    edge : ndarray of int, shape (schools,)
        Marginal tier of each school.
    last : ndarray of int, shape (schools,)
        Last whole tier of each school.
    start : ndarray of int, shape (schools + 1,)
        Where each school's marginal group begins.

    Returns
    -------
    ndarray of bool, shape (children,)
        Whether each child is admitted.
    ndarray of int
        Children of the marginal groups, school `s` from ``start[s]`` on.
    ndarray of uint64
        Their keys.
    ndarray of uint64, shape (schools,)
        Largest key in the last whole tier of each school, 0 where there is none.
    """
    admitted = np.zeros(school.size, np.bool_)
    who = np.empty(start[-1], np.int64)
    keys = np.empty(start[-1], np.uint64)
    top = np.zeros(edge.size, np.uint64)
    place = start[:-1].copy()
    for i in range(school.size):
        s = school[i]
        if s < 0 or tier[i] > edge[s]:
            continue
        if tier[i] == edge[s]:
            who[place[s]] = i
            keys[place[s]] = key[i]
            place[s] += 1
            continue
        admitted[i] = True
        if tier[i] == last[s] and key[i] > top[s]:
            top[s] = key[i]
    return admitted, who, keys, top


def divide(admitted: np.ndarray, who: np.ndarray, keys: np.ndarray, start: np.ndarray, seats: np.ndarray):
    """Give each school's open seats to the smallest keys of its marginal group; equal keys are treated alike.

    Parameters
    ----------
    admitted : ndarray of bool, shape (children,)
        Whether each child is admitted; filled on the way.
    who : ndarray of int
        Children of the marginal groups.
    keys : ndarray of uint64
        Their keys.
    start : ndarray of int, shape (schools + 1,)
        Where each school's marginal group begins.
    seats : ndarray of int, shape (schools,)
        Open seats of each school.

    Returns
    -------
    ndarray of bool, shape (children,)
        Whether a child has the same key as others for whom not all a seat is left.
    ndarray of uint64, shape (schools,)
        Key of the last child in of each school's marginal group, 0 where there is none.
    """

    def smallest(values, k):  # Hoare's quickselect; np.partition takes the compiler ten times as long
        low, high = 0, values.size - 1
        while low < high:
            pivot, i, j = values[(low + high) // 2], low, high
            while i <= j:
                while values[i] < pivot:
                    i += 1
                while values[j] > pivot:
                    j -= 1
                if i <= j:
                    values[i], values[j] = values[j], values[i]
                    i += 1
                    j -= 1
            if k > j and k < i:
                break
            low, high = (low, j) if k <= j else (i, high)
        return values[k]

    tied = np.zeros(admitted.size, np.bool_)
    highest = np.zeros(seats.size, np.uint64)
    for s in range(seats.size):
        if start[s] == start[s + 1]:
            continue
        threshold = smallest(keys[start[s] : start[s + 1]].copy(), seats[s])
        taken = 0
        for p in range(start[s], start[s + 1]):
            if keys[p] < threshold:
                admitted[who[p]] = True
                taken += 1
                highest[s] = max(highest[s], keys[p])
        if taken < seats[s]:
            for p in range(start[s], start[s + 1]):
                tied[who[p]] = keys[p] == threshold
    return tied, highest


def propose(choices: np.ndarray, key: np.ndarray, seats: np.ndarray, start: np.ndarray):
    """Let children propose in turn; a school holds the smallest keys in a heap whose root is the worst of them.

    Parameters
    ----------
    choices : ndarray of int, shape (children, choices)
        School of each choice, best first, -1 for none.
    key : ndarray of uint64
        Order at a school, smaller first.
    seats : ndarray of int, shape (schools,)
        Seats of each school.
    start : ndarray of int, shape (schools + 1,)
        Where each school's heap begins.

    Returns
    -------
    ndarray of int, shape (children,)
        Column of `choices` where each child ends, or the number of columns.
    ndarray of int, shape (schools,)
        Children held by each school.
    int
        How many proposals were made; it does not depend on the order of the children.
    """
    n, width = choices.shape
    held = np.full(n, -1, np.int64)
    keys = np.empty(start[-1], np.uint64)
    who = np.empty(start[-1], np.int64)
    filled = np.zeros(seats.size, np.int64)
    proposals = 0
    for first in range(n):
        child = first
        while child >= 0:
            held[child] += 1
            column = held[child]
            if column >= width:
                break
            s = choices[child, column]
            if s < 0:
                continue
            proposals += 1
            k = key[child, column]
            base = start[s]
            if filled[s] < seats[s]:
                i = filled[s]
                filled[s] += 1
                while i > 0 and keys[base + (i - 1) // 2] < k:
                    keys[base + i] = keys[base + (i - 1) // 2]
                    who[base + i] = who[base + (i - 1) // 2]
                    i = (i - 1) // 2
                keys[base + i] = k
                who[base + i] = child
                break
            if seats[s] == 0 or k > keys[base]:
                continue
            refused = who[base]
            i = 0
            while 2 * i + 1 < seats[s]:
                below = 2 * i + 1
                if below + 1 < seats[s] and keys[base + below + 1] > keys[base + below]:
                    below += 1
                if keys[base + below] <= k:
                    break
                keys[base + i] = keys[base + below]
                who[base + i] = who[base + below]
                i = below
            keys[base + i] = k
            who[base + i] = child
            child = refused
    return held, filled, proposals
