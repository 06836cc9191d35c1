"""洮北 of the demo districts, its assignment of today and assignments that change a few units."""

import datetime as dt

import pandas as pd
import shapely

from tests.towns import demo_districts
from tests.towns.once import shared
from zhaosheng_analysis import redraw
from zhaosheng_analysis.redraw import assignments

GEODATA = "geodata"
YEARS = range(2026, 2029)  # what holds of each year is not shown better by five of them


@shared
def taobei():
    """Return 洮北, its rules, and today's side of every comparison."""
    district, rules = demo_districts.district("taobei"), demo_districts.rules("taobei")
    return district, rules, redraw.reference_of(district, rules, stage="primary", seed="2026", years=YEARS)


@shared
def scored(*changes: tuple[str, str]) -> redraw.Score:
    """Score today's assignment of 洮北 with some units changed."""
    district, rules, reference = taobei()
    doors = pd.Series(reference.side.sets.to_dict() | dict(changes), dtype="str").rename_axis("unit_id")
    assignment = assignments.Assignment("taobei", rules.id, "primary", dt.date(2026, 5, 1), doors)
    return redraw.score(district, rules, assignment, seed="2026", years=YEARS, reference=reference)


def border_unit() -> tuple[str, str, str]:
    """Return a unit at the edge of the zone of the shortest school, its school and the school beside it."""
    district, _, reference = taobei()
    sets = reference.side.sets
    old = "tb-sch-minsheng" if (sets == "tb-sch-minsheng").any() else sets.value_counts().index[0]
    shapes = district.units.set_index("unit_id").geometry
    other = shapely.union_all(shapes[sets.index[sets != old]].to_numpy())
    gate = district.schools.set_index("school_id").geometry[old]
    near = [unit for unit in sets.index[sets == old] if shapes[unit].boundary.intersection(other).length > 50]
    unit = max(near, key=lambda name: (shapes[name].distance(gate), name))
    lines = {u: shapes[u].boundary.intersection(shapes[unit].boundary).length for u in sets.index[sets != old]}
    return unit, old, sets[max(lines, key=lambda name: (lines[name], name))]
