"""Random damage to a rule file: keys, kinds, values, order, rows of its tables, and the bytes themselves."""

import copy
import datetime as dt
import json
import math
import random

VALUES = (
    "",
    " ",
    "错",
    "zone",
    "yes",
    "../x",
    "a\u2028b",
    "=1+1",
    "<img src=x>",
    "x" * 3000,
    0,
    -1,
    1,
    10**12,
    0.5,
    math.inf,
    -math.inf,
    math.nan,
    True,
    False,
    [],
    {},
    [[]],
    [1, "a"],
    {"a": 1},
    [{"a": 1}],
    dt.date(1, 1, 1),
    dt.date(2025, 2, 28),
    dt.datetime(9999, 12, 31, 23, 59),
    dt.time(9, 0),
)
CELLS = ("", "-", "错", "yes/no", "a/b/c", "yes/yes", "1", "§", "|", "not yes", "3..1", "1=2", "zone", "=", "residual")


def places(value, path=()):
    """List the path of everything inside a file."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        yield (*path, key)
        yield from places(part, (*path, key))


def at(data, path):
    for key in path:
        data = data[key]
    return data


def chosen(rng, data, kind=object):
    """Choose a place that holds a value of a kind, every section as often as the others; None where there is none."""
    sections = {}
    for path in places(data):
        if isinstance(at(data, path), kind):
            sections.setdefault(path[0], []).append(path)
    return rng.choice(sections[rng.choice(list(sections))]) if sections else None


def other_value(rng, data):
    path = chosen(rng, data)
    at(data, path[:-1])[path[-1]] = copy.deepcopy(rng.choice(VALUES))
    return path


def lost(rng, data):
    path = chosen(rng, data)
    del at(data, path[:-1])[path[-1]]
    return path


def other_key(rng, data):
    path = chosen(rng, data, dict) or ()
    inside = at(data, path)
    if inside:
        old, other = rng.choice(list(inside)), rng.choice(list(inside))
        inside[rng.choice((old + "s", old.upper(), "name", "id", "", "甲", other))] = inside.pop(old)
    return path


def shuffled(rng, data):
    path = chosen(rng, data, list)
    rng.shuffle(at(data, path))
    return path


def repeated(rng, data):
    path = chosen(rng, data, list)
    items = at(data, path)
    if items:
        items.insert(rng.randrange(len(items) + 1), copy.deepcopy(rng.choice(items)))
    return path


def emptied(rng, data):
    path = chosen(rng, data, list | dict | str)
    at(data, path[:-1])[path[-1]] = type(at(data, path))()
    return path


def exchanged(rng, data):
    one, other = chosen(rng, data), chosen(rng, data)
    values = copy.deepcopy(at(data, one)), copy.deepcopy(at(data, other))  # apart, or one ends up inside itself
    for path, value in ((one, values[1]), (other, values[0])):
        try:
            at(data, path[:-1])[path[-1]] = value
        except (KeyError, IndexError, TypeError):  # the one stood inside the other
            continue
    return one, other


def number(rng, data):
    path = chosen(rng, data, int | float)
    if path:
        old = at(data, path)
        at(data, path[:-1])[path[-1]] = rng.choice((old + 1, -old, old * 10, old / 2, 0, math.inf, old + 0.5))
    return path


def day(rng, data):
    path = chosen(rng, data, dt.date)
    if path:
        old = at(data, path)
        years = rng.choice((-100, -1, 1, 100))
        at(data, path[:-1])[path[-1]] = old.replace(year=old.year + years, day=min(old.day, 28))
    return path


def row(rng, data):
    """Damage the text of a table of rows: a cell, a line gone, twice, moved, or a thousand of it."""
    tables = [path for path in places(data) if isinstance(at(data, path), str) and at(data, path).count("|") > 3]
    if not tables:
        return None
    path = rng.choice(tables)
    lines = at(data, path).split("\n")
    one, way = rng.randrange(len(lines)), rng.randrange(6)
    if way == 0:
        cells = lines[one].split("|")
        cells[rng.randrange(len(cells))] = f" {rng.choice(CELLS)} "
        lines[one] = "|".join(cells)
    elif way == 1:
        del lines[one]
    elif way == 2:
        lines.insert(one, lines[one])
    elif way == 3:
        rng.shuffle(lines)
    elif way == 4:
        lines[one:one] = [lines[one]] * rng.choice((10, 300, 1000))
    else:
        lines[one] += rng.choice(("|", " | x", "| - | -"))
    at(data, path[:-1])[path[-1]] = "\n".join(lines)
    return (*path, way)


CHANGES = (
    other_value,
    other_value,
    lost,
    other_key,
    shuffled,
    repeated,
    emptied,
    exchanged,
    number,
    day,
    row,
    row,
)


def text(value):
    """Write a value as TOML, tables within tables."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)} = {text(part)}' for key, part in value.items())}}}"
    return json.dumps(value).replace("\x7f", "\\u007f") if isinstance(value, str) else repr(value)


def written(data):
    return "".join(f"{json.dumps(key)} = {text(value)}\n" for key, value in data.items())


def of_rules(seed, data, path):
    """Write a rule file with one to three changes, or with bytes spoilt; return what was done."""
    rng, data = random.Random(seed), copy.deepcopy(data)
    told = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        change = rng.choice(CHANGES)
        told.append(f"{change.__name__}{change(rng, data)}")
    content = written(data).encode()
    if rng.random() < 0.05:
        at_byte = rng.randrange(len(content))
        content = rng.choice((content[:at_byte], content[:at_byte] + b"\xff\x00" + content[at_byte:], content * 2))
        told.append("bytes")
    path.write_bytes(content)
    return told
