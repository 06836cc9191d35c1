"""The shortest of a few runs, for the benchmarks beside it; run by itself it does nothing."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def best(task: Callable[[], Answer], *, repeats: int = 3) -> tuple[float, Answer]:
    """Return the shortest of a few runs, in seconds, and the answer."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        answer = task()
        seconds.append(time.perf_counter() - started)
    return min(seconds), answer
