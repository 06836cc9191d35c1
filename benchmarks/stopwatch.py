"""The shortest of a few runs, and the results kept of them, for the benchmarks beside it; by itself it does nothing."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
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


def keep(name: str, title: str, lines: Sequence[str]) -> None:
    """Print the lines of a benchmark and keep them as ``results/NAME.md``."""
    text = "\n".join(
        [f"# {title}", "", f"Made by `python benchmarks/{name}.py`.", "", *(f"- {line}" for line in lines)]
    )
    (Path(__file__).parent / "results" / f"{name}.md").write_text(text + "\n", encoding="utf-8")
    print(text)
