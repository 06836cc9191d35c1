"""What a reader of a rule file would not believe, worked out from its TOML alone.

It shares nothing with `policy` but the sound files: what their keys are called and what kind of value stands there.
What it names must be refused; where such a file is loaded without a word, rules nobody wrote are carried out.
"""

import datetime as dt
import math
import re
from collections import Counter, defaultdict

#: Where names are the author's own: what stands below is told by what it is, not by what it is called.
OWN_NAMES = {
    ("facts",),
    ("define",),
    ("dates",),
    ("labels",),
    ("quotes",),
    ("aliases",),
    ("catalogue",),
    ("measures",),
    ("columns",),
    ("columns", "*"),
    ("records",),
    ("terms",),
    ("evidence",),
}
#: Sections whose insides are named by facts, tiers, tables or schools of the file itself.
FREE = re.compile(
    r"^(facts|define|tiers|cases|points|labels|terms|columns|records|categories|parameters|settings|schools|groups"
    r"|steering|partners|campuses|variants)\b"
)
KINDS = ((bool, "yes or no"), (int | float, "number"), (dt.date, "day"), (str, "text"), (list, "list"), (dict, "table"))
FAR_BACK, FAR_AHEAD = 121, 3


def kind(value):
    return next((name for types, name in KINDS if isinstance(value, types)), type(value).__name__)


def walked(value, path=()):
    """Yield every value with its path, in which places of a list and own names are stars."""
    yield path, value
    if isinstance(value, dict):
        for key, part in value.items():
            yield from walked(part, (*path, "*" if path in OWN_NAMES else key))
    elif isinstance(value, list):
        for part in value:
            yield from walked(part, (*path, "[]"))


def habits(sound):
    """Return which kinds of values stand at each path of the sound files."""
    kinds = defaultdict(set)
    for data in sound:
        for path, value in walked(data):
            kinds[path].add(kind(value))
    return kinds


def unbelievable(data, kinds):
    """Return what no author of rules can have meant, in words."""
    judges = (_shapes, _numbers, _days, _names, _rows, _lines)
    return [reason for judge in judges for reason in judge(data, kinds)]


def _shapes(data, kinds):
    for path, value in walked(data):
        if not path or FREE.match(path[0]):
            continue
        if path not in kinds:
            yield f"{'.'.join(path)}: no sound file has that"
        elif kind(value) not in kinds[path]:
            yield f"{'.'.join(path)}: {kind(value)} where {sorted(kinds[path])} stand"
        if isinstance(value, str) and not value.strip():
            yield f"{'.'.join(path)}: blank"
        if path[-1] == "clause" and isinstance(value, str) and re.search(r"^[=+@-]|[<>]", value):
            yield f"{'.'.join(path)}: {value[:20]!r} is no clause"


def _numbers(data, kinds):
    for path, value in walked(data):
        if isinstance(value, float) and not math.isfinite(value):
            yield f"{'.'.join(map(str, path))}: {value}"
    for section in ("standard", "limit"):
        sizes = data.get("capacity", {})
        for value in sizes.get(section, {}).values() if isinstance(sizes.get(section), dict) else ():
            if isinstance(value, int | float) and not 1 <= value <= 100:
                yield f"capacity.{section}: {value}"
    levels = data.get("warning", {})
    lines = [levels.get(name) for name in ("yellow", "red") if isinstance(levels.get(name), int | float)]
    if lines != sorted(lines) or any(not 0 < line <= 10 for line in lines):
        yield f"warning: {lines}"


def _days(data, kinds):
    year = data.get("intake_year")
    if not isinstance(year, int) or isinstance(year, bool):
        return
    if not 1990 <= year <= 2100:
        yield f"intake_year: {year}"
    for path, value in walked(data):
        if isinstance(value, dt.date) and not year - FAR_BACK <= value.year <= year + FAR_AHEAD:
            yield f"{'.'.join(map(str, path))}: {value} for {year}"
    windows = [item for item in data.get("windows", []) if isinstance(item, dict)]
    days = [item[key] for item in windows for key in ("opens", "closes") if isinstance(item.get(key), dt.date)]
    if days and year not in {day.year for day in days}:
        yield f"windows: no day of {year}"
    for item in windows:
        opens, closes = item.get("opens"), item.get("closes")
        both = isinstance(opens, dt.date) and isinstance(closes, dt.date)
        if both and not 0 <= (_day(closes) - _day(opens)).days <= 400:
            yield f"windows: {opens} to {closes}"


def _day(value):
    return value.date() if isinstance(value, dt.datetime) else value


def _names(data, kinds):
    for section, key in (("parameters", "name"), ("cases", "name")):
        items = [item for item in data.get(section, []) if isinstance(item, dict)]
        seen = Counter(str(item.get(key)) for item in items if key in item)
        yield from (f"{section}: {name} stands {n} times" for name, n in seen.items() if n > 1)
    for section in ("windows", "residence", "checks", "rounds"):
        items = [repr(item) for item in data.get(section, [])]
        if len(items) > len(set(items)):
            yield f"{section}: the same twice"


def _rows(data, kinds):
    for path, value in walked(data):
        if not isinstance(value, str) or path[-1:] != ("rows",):
            continue
        lines = [line.strip() for line in value.splitlines() if line.strip() and not line.strip().startswith("#")]
        wide = {line.count("|") for line in lines}
        if len(wide) > 1:
            yield f"{'.'.join(path)}: rows of {sorted(wide)} bars"
        if len(lines) > len(set(lines)):
            yield f"{'.'.join(path)}: a row stands twice"


def _lines(data, kinds):
    for section in ("rounds", "residence"):
        if section in data and not data[section]:
            yield f"{section}: nothing in it"
