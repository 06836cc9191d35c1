"""Whatever is written wrongly in a rule file is answered in words: a value of another kind, a line left out."""

import copy
import random
import re
import tomllib
from pathlib import Path

import pytest

from zhaosheng_analysis import admission, tiers
from zhaosheng_analysis.policy import building, loading, starting
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
        rules = building.build(spoiled, "spoiled.toml", {}, faults)
        faults.raise_if_any()
        admission.rounds.read(rules)
        tiers.tried(rules)
    except DataError as error:
        said = str(error)
    assert re.search(r"[\u4e00-\u9fff]", said)


@pytest.mark.parametrize("name", ["age", "older"])
def test_a_day_that_births_are_held_against_is_a_day_of_birth(tmp_path, name):
    text = starting.text("heping-2026", "tiers", year=2026)
    if name == "older":
        text = text.replace(
            "checks = [",
            'checks = [\n  { rule = "must", must = { birth_on = "by older" }, status = "under_age", clause = "二" },',
            1,
        )
        text += '\n[dates.older]\non = 2020-02-28\nlabel = "最晚出生日"\nclause = "二"\n'
    path = tmp_path / "heping-2026.toml"
    wrong = text.replace("on = 2020-", "on = 2026-")
    assert wrong != text
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        loading.load(path)
    assert f"[dates.{name}]" in str(caught.value)
    assert "当年8月31日前满6周岁写作 2020-08-31" in str(caught.value)
