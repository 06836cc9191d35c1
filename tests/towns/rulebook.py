"""One rule book for every little town: a real policy, of which a test changes what the test is about."""

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

from zhaosheng_analysis import policy
from zhaosheng_analysis.policy import Parameter, Policy

YEAR = 2025


@functools.cache
def plain() -> Policy:
    """Read the rule book once."""
    return policy.load(Path(__file__).with_name("rulebook.toml"))


def rules(*rounds: dict[str, Any], settings: dict[str, Any] | None = None, **changes) -> Policy:
    """Return the rule book with other rounds, settings of what it leaves open, and elements of a `Policy`.

    Parameters
    ----------
    rounds : tables of rounds instead of the two of the file.
    settings : parameter -> value in force; one the file does not declare is declared with this only value.
    changes : attributes of `Policy`.
    """
    book = plain()
    declared = {name: opened(name, value) for name, value in (settings or {}).items() if name not in book.parameters}
    chosen = book.chosen | (settings or {})
    said = {"rounds": rounds or book.rounds, "parameters": book.parameters | declared, "chosen": chosen}
    return replace(book, **(said | changes))


def a_round(kind: str = "zone", **said) -> dict[str, Any]:
    """Return a round with what every round must say."""
    return {"id": kind, "name": f"{kind}轮", "kind": kind, "clause": "七(一)", **said}


def opened(name: str, value: Any) -> Parameter:
    """Declare a parameter with one value."""
    return Parameter(name=name, default=value, question=f"{name}？", why="文本未载明", options=(value,))
