"""The street of three schools under a rule book that is given: 衢州, 洮北."""

from dataclasses import replace

import pandas as pd

from tests.towns.declared import whole
from tests.towns.street import street
from zhaosheng_analysis import tiers
from zhaosheng_analysis.applicants import cases, facts, offered_facts, registration

RESIDENT = {"home_at": "zone", "hukou_at": "zone", "guardian_hukou_at": "zone"}
MIXED = {"home_at": "zone"}
MIGRANT = {"permit_at": "zone"}
URBAN = {"home_at": "zone", "hukou_at": "zone"}


def town(rules, seats, *, applications=(), reserved=None, schools=None, **tables):
    """Return the street in the year of the rules, all schools urban, in one county and approved by it."""
    drawn = street(seats, applications=applications, reserved=reserved, schools=schools, **tables)
    filled = drawn.schools.assign(area_id="kecheng", approver="county", urban=True, township_id="t1")
    plans = drawn.tables["plans"].assign(intake_year=rules.intake_year)
    return replace(drawn, schools=filled, tables={**drawn.tables, "plans": plans})


def ranked(rules, children):
    """Rank children given as (evidence, columns of the map); unless said, they belong to school A and live there."""
    evidence = cases.evidence_of([evidence for evidence, _ in children])
    evidence.index = pd.Index([f"c{number:03d}" for number in range(len(children))], name="child_id")
    table = tiers.assign(facts.build(evidence, rules), rules).join(registration.status(evidence, rules))
    table = table.assign(**{name: evidence[name] for name in ("stage", "points_n", "returner")})
    table = table.assign(special=offered_facts.special(evidence, rules).spelled())
    usual = {"zone_id": "ZA", "school_id": "A", "area_id": "kecheng", "twin_id": None, "prev_school_id": None}
    usual |= {"sibling_school_id": None, "x": 0.0, "y": 0.0}
    where = pd.DataFrame([{**usual, **columns} for _, columns in children], index=table.index)
    local = where.pop("local").fillna("yes") if "local" in where else "yes"
    where = where.astype({name: "str" for name in usual if name not in "xy"})
    return whole("ranked", table.assign(local=local).join(where))


def choose(school, numbers, choice=1):
    return [(f"c{number:03d}", school, "private", choice) for number in numbers]
