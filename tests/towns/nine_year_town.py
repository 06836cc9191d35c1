"""The nine plots with schools of nine years: junior zones are the columns, and primaries are the rows.

Every junior school of today therefore takes a third of each primary. Every redraw of the six plots without a school can
be listed: 729 assignments, of which those with joined zones count.
"""

import itertools
from collections.abc import Iterator

import pandas as pd

from zhaosheng_analysis import geodata
from zhaosheng_analysis.demo import little_town
from zhaosheng_analysis.geodata import District

UNITS = [f"u{plot}" for plot in range(1, 10)]
HOME = {"u4": "s1", "u5": "s2", "u6": "s3"}
ROWS = {f"u{plot}": f"s{(plot - 1) // 3 + 1}" for plot in range(1, 10)}
COLUMNS = {f"u{plot}": f"s{(plot - 1) % 3 + 1}" for plot in range(1, 10)}
CHILDREN = {unit: (float(3 + place), float(9 - place)) for place, unit in enumerate(UNITS)}
YEARS = (2026, 2027)


def town() -> District:
    """Return the town: every school takes grades 1 to 9."""
    layers = little_town.town_layers()
    both = layers["zones"].assign(stage="junior", zone_id=["y1", "y2", "y3"], name=["甲学区", "乙学区", "丙学区"])
    rows = layers["zones"].assign(
        geometry=[little_town.box(0, at, 3, 1) for at in range(3)], zone_id=["x1", "x2", "x3"]
    )
    layers["zones"] = pd.concat([rows, both], ignore_index=True)
    layers["schools"] = layers["schools"].assign(stage="both", sector="public")
    schools = ["s1", "s2", "s3"]
    layers["zone_schools"] = pd.DataFrame(
        {"zone_id": ["x1", "x2", "x3", "y1", "y2", "y3"], "school_id": schools * 2, "order_n": 1}
    )
    plans = pd.DataFrame({"school_id": schools * 2, "stage": ["primary"] * 3 + ["junior"] * 3, "intake_year": 2025})
    plans = plans.assign(classes_n=2, class_size_n=20, seats_n=40)
    return geodata.assemble(layers | {"plans": plans}, little_town.ABOUT, where="九年一贯镇")


def children() -> pd.DataFrame:
    """Return the children of every plot and year."""
    return pd.DataFrame.from_dict(CHILDREN, orient="index", columns=list(YEARS)).rename_axis("unit_id")


def beside(one: str, other: str) -> bool:
    """Say whether two plots share a side."""
    a, b = (int(unit[1]) - 1 for unit in (one, other))
    return abs(a % 3 - b % 3) + abs(a // 3 - b // 3) == 1


def joined(assignment: dict[str, str]) -> bool:
    """Walk through every zone from its school and see whether every plot of it is met."""
    for home, school in HOME.items():
        zone = {unit for unit, door in assignment.items() if door == school}
        met, waiting = {home}, [home]
        while waiting:
            here = waiting.pop()
            new = {unit for unit in zone - met if beside(here, unit)}
            met |= new
            waiting += new
        if met != zone:
            return False
    return True


def every() -> Iterator[dict[str, str]]:
    """List the assignments with joined zones."""
    free = [unit for unit in UNITS if unit not in HOME]
    for doors in itertools.product(sorted(HOME.values()), repeat=len(free)):
        assignment = HOME | dict(zip(free, doors, strict=True))
        if joined(assignment):
            yield assignment


def fits(assignment: dict[str, str], most: float) -> bool:
    """Count the children of every school and year."""
    return all(
        sum(CHILDREN[unit][year] for unit, door in assignment.items() if door == school) <= most + 1e-6
        for school in HOME.values()
        for year in range(len(YEARS))
    )


def moved(assignment: dict[str, str]) -> float:
    """Count the children of plots whose junior school changes."""
    return sum(sum(CHILDREN[unit]) for unit, door in assignment.items() if door != COLUMNS[unit])
