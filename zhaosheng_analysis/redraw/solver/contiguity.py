"""Whether zones hold together: pieces of an assignment, and the units that separate a piece from its school."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from zhaosheng_analysis.redraw.solver.instances import Instance


def components(edges: np.ndarray, n: int) -> np.ndarray:
    """Return the number of the connected piece each of n units lies in."""
    ones = np.ones(len(edges))
    graph = coo_array((ones, (edges[:, 0], edges[:, 1])), shape=(n, n))
    return connected_components(graph, directed=False)[1]


def reachable(instance: Instance) -> np.ndarray:
    """Return whether a unit can be joined to a school through units that may all go there, (n, k)."""
    result = np.zeros((instance.units_n, instance.schools_n), bool)
    for school, root in enumerate(instance.root):
        open_to = instance.allowed[:, school]
        piece = components(instance.edges[open_to[instance.edges].all(axis=1)], instance.units_n)
        result[:, school] = open_to & (piece == piece[root])
    return result


def pieces(instance: Instance, assignment: np.ndarray) -> np.ndarray:
    """Return the number of the piece each unit lies in: joined are adjacent units of one zone."""
    inside = assignment[instance.edges[:, 0]] == assignment[instance.edges[:, 1]]
    return components(instance.edges[inside], instance.units_n)


def loose(instance: Instance, assignment: np.ndarray) -> np.ndarray:
    """Return the units that are not joined to their school inside its zone."""
    piece = pieces(instance, assignment)
    return np.flatnonzero(piece != piece[instance.root[assignment]])


def loose_pieces(instance: Instance, assignment: np.ndarray) -> list[np.ndarray]:
    """Return the loose pieces of an assignment, each as the units in it, in order of their first unit."""
    piece, units = pieces(instance, assignment), loose(instance, assignment)
    _, first = np.unique(piece[units], return_index=True)
    return [units[piece[units] == piece[units[at]]] for at in np.sort(first)]


def separator(instance: Instance, part: np.ndarray, school: int) -> np.ndarray:
    """Return the fewest-by-inclusion units around a part that cut it off from a school.

    Every contiguous zone of the school that holds a unit of the part holds one of these. Units that may not go to the
    school count as a wall.

    Parameters
    ----------
    instance : Instance
        The problem as the solver has it.
    part : ndarray
        Units that hang together and do not hold the school.
    school : int
        Number of the school.

    Returns
    -------
    ndarray of int
        Numbers of the units.
    """
    n, open_to = instance.units_n, instance.allowed[:, school]
    within = np.zeros(n, bool)
    within[part] = True
    one, other = instance.edges.T
    touching = np.zeros(n, bool)
    touching[other[within[one]]] = True
    touching[one[within[other]]] = True
    ring = touching & ~within & open_to
    passable = open_to & ~within & ~ring
    # The school's side: what can be reached from it without crossing the ring. Only ring units on it separate.
    keep = passable[one] & passable[other]
    piece = components(instance.edges[keep], n)
    root = instance.root[school]
    if ring[root]:
        return np.array([root])
    side = passable & (piece == piece[root])
    faces = np.zeros(n, bool)
    faces[other[side[one]]] = True
    faces[one[side[other]]] = True
    return np.flatnonzero(ring & faces)
