"""A clerk with paper: what the oracles of the rounds share, written from the words, with nothing of the engine."""

import hashlib
from dataclasses import replace

import pandas as pd
from shapely.geometry import Point

from tests.towns.declared import whole
from tests.towns.street import street


def ticket(seed, stream, name):
    """Return the ticket anybody with sha256sum would find."""
    return hashlib.sha256(f"{seed}|{stream}|{name}".encode()).hexdigest()[:16]


def serve(queue, school, left, placed):
    """Admit from the front of a queue until the seats of one school are gone."""
    for child in queue:
        if left[school] > 0:
            placed[child] = school
            left[school] -= 1


def walk(wishes, order, left):
    """Let children ask school after school; a school with too many keeps those who stand first, the rest go on.

    Parameters
    ----------
    wishes : child -> schools, first wish first. order : (child, school) -> place in the order of the school.
    left : seats of each school; not changed.
    """
    asked, kept = dict.fromkeys(wishes, 0), {school: [] for school in left}
    waiting = sorted(wishes)
    while waiting:
        child = waiting.pop()
        if asked[child] == len(wishes[child]):
            continue
        school = wishes[child][asked[child]]
        asked[child] += 1
        kept[school] = sorted([*kept[school], child], key=lambda name, school=school: order(name, school))
        waiting += kept[school][left[school] :]
        kept[school] = kept[school][: left[school]]
    return {child: school for school, children in kept.items() for child in children}


def lane(rules, schools, seats, filed, *, zone_schools=None, reserved=None):
    """Return the street with other schools on it, in the year of the rules.

    Parameters
    ----------
    schools : rows of school_id, name, stage, sector, x and more. seats : school_id -> seats.
    filed : rows of child_id, school_id, sector, choice_n. zone_schools : of the choice zones, if there are any.
    reserved : school_id -> seats kept back.
    """
    town = street({}, applications=filed)
    drawn = pd.DataFrame(schools).assign(status="open")
    drawn["geometry"] = [Point(x, 0.0) for x in drawn.pop("x")]
    layer = town.schools.iloc[:0].drop(columns=["area_id"])
    layer = pd.concat([layer, drawn], ignore_index=True).set_geometry("geometry").set_crs(town.crs)
    stages = drawn.set_index("school_id")["stage"]
    plans = pd.DataFrame({"school_id": list(seats), "seats_n": list(seats.values())})
    plans = plans.assign(stage=plans["school_id"].map(stages), intake_year=rules.intake_year)
    plans["reserved_n"] = plans["school_id"].map(reserved or {}).fillna(0).astype(int)
    links = town.zone_schools if zone_schools is None else zone_schools
    return replace(town, schools=layer, zone_schools=links, tables={**town.tables, "plans": plans})


def table(rules, children):
    """Return ranked children, one dict each, with tier, rank and clause as the rules have them."""
    clause = {row.tier: row.clause for row in rules.table.rows}
    usual = {"stage": "primary", "status": "registered", "status_clause": "", "twin_id": None, "prev_school_id": None}
    usual |= {"sibling_school_id": None, "special": "no", "local": "yes", "origin": "district", "unregistered": 0}
    rows = pd.DataFrame([{**usual, **child} for child in children])
    rows.index = pd.Index([f"c{n:03d}" for n in range(len(children))], name="child_id")
    rows["tier_rank"] = rows["tier"].map(rules.table.order.index).astype("int8")
    rows["clause"] = rows["tier"].map(clause)
    if "status_private" not in rows:
        rows["status_private"] = rows["status"]
    names = (
        "zone_id",
        "school_id",
        "twin_id",
        "prev_school_id",
        "sibling_school_id",
        "tier",
        "status",
        "stage",
        "clause",
    )
    return whole("ranked", rows.astype({name: "str" for name in names if name in rows}))
