"""One slip at a time in each of the five rule files: a misspelt word, a value of another kind, an empty list.

What a slip does is known beforehand: a rule file that could be meant so (a shorter list of stages, another day) is no
slip, and the text a reader sees may say anything.
"""

import copy
import datetime as dt
import random
import tomllib

import pytest

from zhaosheng_analysis import admission, audit, policy
from zhaosheng_analysis.policy import building
from zhaosheng_analysis.schema import DataError, Faults

SECTIONS = ("rounds", "tiers", "parameters", "dates", "windows", "checks", "residence")
# Words a reader sees or a bureau chooses, and numbers of a range: another of them is no slip.
FREE = {"id", "label", "name", "clause", "words", "question", "why", "note", "says", "labels", "unplaced", "draw"}
# A name of a school is known with a district only, or with the text (`test_quoted_values`).
FREE |= {"school", "schools", "not_schools"}
FREE |= {"provisions", "unit", "ambiguity", "title", "range", "default", "options", "reading", "batch"}
SWITCH = {"key", "takes", "parameter"}  # an empty list is a branch of a switch there
SLIPS = 12  # a file and a seed


def places(value, path=()):
    """List the path of everything inside a file."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        yield (*path, key)
        yield from places(part, (*path, key))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def slips(value, path):
    """List what may stand there by a slip and can mean nothing."""
    if FREE & {str(key) for key in path} or path[-1] in ("rows", "given"):
        return []
    if isinstance(value, bool):
        return [1, "yes"]
    if isinstance(value, str):
        return [f"{value[:-1]}_", *([] if "seats" in path else [7])]
    if isinstance(value, int | float):
        return [f"{value} 人", -1]
    if isinstance(value, dt.date):
        return [str(value), value.replace(year=value.year - 100, day=1)]
    if isinstance(value, list):
        return ["没有这个词", []] if path[0] == "rounds" and not SWITCH & set(path) else ["没有这个词"]
    return ["没有这个词"]


def refused(data):
    """Tell whether the check of a rule file says anything."""
    faults = Faults()
    try:
        rules = building.build(data, "spoiled.toml", {}, faults)
        faults.raise_if_any()
        admission.rounds.prove(rules)
        audit.rules.applied(rules)
    except DataError:
        return True
    return any(note.asks for note in policy.unused.listed(rules))


@pytest.mark.parametrize("name", policy.names())
def test_a_slip_is_never_taken_without_a_word(name):
    data = tomllib.loads((policy.FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    chance = random.Random(name)
    kinds = {}
    for path in (path for section in SECTIONS if section in data for path in places({section: data[section]})):
        for slip, value in enumerate(slips(at(data, path), path)):
            kinds.setdefault((*("#" if isinstance(key, int) else key for key in path), slip), []).append((path, value))
    taken = []
    for kind in chance.sample(sorted(kinds, key=str), min(SLIPS, len(kinds))):
        path, value = chance.choice(kinds[kind])
        spoiled = copy.deepcopy(data)
        at(spoiled, path[:-1])[path[-1]] = value
        taken += [] if refused(spoiled) else [(path, value)]
    assert taken == []
