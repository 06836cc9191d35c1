"""The rule files as reading matter: short rows, a quotation once, switches one deep, every doubt explained there."""

import re
import tomllib
import unicodedata
from collections import Counter

import pytest

from zhaosheng_analysis import policy
from zhaosheng_analysis.policy.elements import walk

COLUMNS = 120
CODE = re.compile(r"A-[A-Z]+\d+")


def file(name):
    """Return a rule file as text."""
    return (policy.FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def width(line):
    """Return how many columns a line takes; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def tables(tiers):
    """List the tier tables of a file."""
    return [part["rows"] for part in (tiers, *tiers.get("parts", ())) if "rows" in part]


def depth(value):
    """Return how many switches stand one inside the other."""
    if isinstance(value, list):
        return max(map(depth, value), default=0)
    if not isinstance(value, dict):
        return 0
    return ("parameter" in value) + max(map(depth, value.values()), default=0)


@pytest.mark.parametrize("name", policy.names())
def test_a_row_of_the_tier_table_fits_on_a_page(name):
    rows = [row for text in tables(tomllib.loads(file(name)).get("tiers", {})) for row in text.splitlines()]
    assert [row for row in rows if width(row) > COLUMNS] == []


@pytest.mark.parametrize("name", policy.names())
def test_a_quotation_is_written_once(name):
    data = tomllib.loads(file(name))
    said = [item["words"] for _, item in walk(data) if isinstance(item.get("words"), str)]
    for text in tables(data.get("tiers", {})):
        head, *rows = [[cell.strip() for cell in row.split("|")] for row in text.strip().splitlines()]
        said += [row[head.index("words")] for row in rows if "words" in head]
    said += list(data.get("quotes", {}).values())
    assert [words for words, times in Counter(said).items() if times > 1 and not words.startswith("@")] == []


@pytest.mark.parametrize("name", policy.names())
def test_switches_stand_in_no_other_switch(name):
    rounds = tomllib.loads(file(name)).get("rounds", [])
    assert [item["id"] for item in rounds if any(depth(value) > 1 for value in item.values())] == []


@pytest.mark.parametrize("name", policy.names())
def test_every_doubt_that_is_cited_is_explained_in_the_file(name):
    rules = policy.load(name)
    explained = {
        code for item in (*rules.parameters.values(), *rules.notes) for code in CODE.findall(item.ambiguity) if item.why
    }
    assert set(CODE.findall(file(name))) <= explained


@pytest.mark.parametrize("name", policy.names())
def test_a_parameter_has_something_to_choose(name):
    assert [item.name for item in policy.load(name).parameters.values() if len(item.options) == 1] == []
