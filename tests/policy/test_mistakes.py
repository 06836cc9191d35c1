"""Whatever is written wrongly in a rule file is answered in words: a value of another kind, a line left out."""

import copy
import random
import re
import tomllib
from pathlib import Path

import pytest

from zhaosheng_analysis import admission, tiers
from zhaosheng_analysis.policy import book
from zhaosheng_analysis.schema import DataError, Faults

BOOK = Path(__file__).parents[2] / "docs" / "规则文件手册.md"
FILE = tomllib.loads("\n".join(re.findall(r"```toml\n(.*?)```", BOOK.read_text(encoding="utf-8"), flags=re.DOTALL)))
STRANGE = [1, -3, 2.5, True, "错", [], {}, [1, "a"], {"a": 1}, "zone", [[1]], {"if": {}}, None]


def places(value, path=()):
    """List the path of everything inside a file."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        yield (*path, key)
        yield from places(part, (*path, key))


PLACES = list(places(FILE))


@pytest.mark.parametrize("seed", range(80))
def test_a_mistake_anywhere_is_told_and_never_a_traceback(seed):
    chance = random.Random(seed)
    spoiled, path, value = copy.deepcopy(FILE), chance.choice(PLACES), chance.choice(STRANGE)
    inside = spoiled
    for key in path[:-1]:
        inside = inside[key]
    if value is None:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    said = "好"
    try:
        faults = Faults()
        rules = book._build(spoiled, "spoiled.toml", {}, faults)
        faults.raise_if_any()
        admission.rounds.read(rules)
        tiers.tried(rules)
    except DataError as error:
        said = str(error)
    assert re.search(r"[\u4e00-\u9fff]", said)
