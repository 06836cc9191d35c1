"""Chance as an argument: a ticket is a hash of the seed and the name, so that anyone can recompute it."""

import hashlib
from collections.abc import Iterable

import numpy as np


def tickets(ids: Iterable[str], *, seed: str, stream: str = "") -> np.ndarray:
    """Draw one ticket an id: the first eight bytes of ``SHA-256(seed|stream|id)``, smallest first.

    Parameters
    ----------
    ids : names of those who draw; the order of the list does not matter.
    seed : published seed of the draw.
    stream : what the draw is for, such as a school id; other streams give unrelated tickets.

    Returns
    -------
    uint64 array in the order of `ids`.
    """
    head = hashlib.sha256(f"{seed}|{stream}|".encode())

    def ticket(name: str) -> int:
        digest = head.copy()
        digest.update(name.encode())
        return int.from_bytes(digest.digest()[:8], "big")

    return np.fromiter((ticket(str(name)) for name in ids), dtype=np.uint64)


def generator(seed: str, stream: str) -> np.random.Generator:
    """Return the random generator of one named stream of a seed, for synthetic data and simulation."""
    digest = hashlib.sha256(f"{seed}|{stream}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))
