"""The planner's page: units on a map, a school for each, seats and ways counted as one draws; it needs no network.

The page does the same sums as the package: loads, terms, cost and contiguity of any plan. What it exports,
``plan.json``, is read back and put through the full rules by ``zhaosheng redraw score``.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import shapely

from zhaosheng_analysis import maps
from zhaosheng_analysis.redrawing import problems, terms
from zhaosheng_analysis.redrawing.today import JOINED
from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.writing import labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from zhaosheng_analysis.redraw import Option
    from zhaosheng_analysis.redrawing.problems import Problem

#: Light tints that stay apart for every kind of colour blindness (Paul Tol, "light"); labels stand on them in black.
TINTS = ("#77AADD", "#EE8866", "#EEDD88", "#FFAABB", "#99DDFF", "#44BB99", "#BBCC33", "#C8B6E2")
#: A screen pixel of the whole district is several metres or more.
TOLERANCE_M = 2.0
SCRIPTS = ("redraw_sums.js", "redraw_map.js", "redraw.js")


def page(problem: Problem, options: Sequence[Option], *, title: str, scenario: Mapping[str, Any] | None = None) -> str:
    """Return the page as HTML: today's plan to start from, the options beside it.

    Parameters
    ----------
    options : of the same schools and seats as the problem; each may have weights of its own.
    scenario : table of the scenario the problem stands under; it goes into what the page exports.

    Raises
    ------
    DataError where an option stands under another scenario: its schools are not those of the page.
    """
    synthetic = problem.district.synthetic
    return (
        maps.templates()
        .get_template("redraw.html")
        .render(
            title=title,
            board=data(problem, options, scenario),
            stage=labels.code("stage", problem.stage),
            policy=problem.policy.title,
            synthetic=labels.sentence("synthetic_long") if synthetic else "",
            not_a_basis=labels.sentence("not_a_basis"),
            sheet=maps.own("redraw.css"),
            scripts=[maps.own(name) for name in SCRIPTS],
            **maps.leaflet(),
        )
    )


def data(problem: Problem, options: Sequence[Option], scenario: Mapping[str, Any] | None) -> dict:
    """Return everything the page draws and counts, as plain JSON.

    Units that must stay together share a row, as in the instance; a plan is a school's place in the list for each row.
    """
    _judge(problem, options)
    district, made, policy = problem.district, problem.instance, problem.policy
    boundary = district.boundary.union_all()
    origin = np.floor(np.asarray(boundary.bounds[:2]))
    places = district.units.set_index("unit_id").loc[problem.units["unit_id"]]
    shapes = shapely.coverage_simplify(places.geometry.to_numpy(), TOLERANCE_M)
    capacity = policy.capacity
    content = {
        "district": {"id": district.id, "name": district.name},
        "policy": policy.id,
        "stage": problem.stage,
        "valid_from": f"{problem.years[0]}-09-01",
        "years": list(problem.years),
        "lines": {"yellow": policy.warning.yellow, "red": policy.warning.red},
        "sizes": {
            "over": capacity.standard[problem.stage] + 1,
            "oversized": capacity.oversized,
            "super": capacity.super_oversized,
        },
        "tones": labels.book()["tones"],
        "tints": TINTS,
        "boundary": maps.rings(boundary, origin),
        "views": maps.views(district, origin),
        "streets": maps.streets(district.streets, origin),
        "borders": _borders(shapes, origin),
        "units": _units(problem, shapes, origin),
        "rows": _rows(problem),
        "schools": _schools(problem, origin),
        "edges": [[*pair, km] for pair, km in zip(made.edges.tolist(), problem.unnamed_km.tolist(), strict=True)],
        "terms": [
            {"term": term, "label": label, "unit": unit, "weight": problem.weights[term]}
            for term, (label, unit) in terms.TERMS.items()
        ],
        "hinges": [
            {"term": term, "sign": int(sign), "at": at.tolist()}
            for term, sign, at in zip(terms.LOADS, made.hinge_sign, made.hinge_at + problem.shared, strict=True)
        ],
        "start": problem.start.tolist(),
        "locked": sorted(set(problem.locked)),
        "scenario": None if scenario is None else dict(scenario),
        "options": [
            {"name": option.name, "gap": option.gap, "plan": problems.folded(problem, option.plan).tolist()}
            for option in options
        ],
    }
    return content | {"key": hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]}


def _judge(problem: Problem, options: Sequence[Option]) -> None:
    """Refuse options of other schools or seats: their numbers would be wrong on this page."""
    strange = [option.name for option in options if not option.problem.schools.equals(problem.schools)]
    if strange:
        found = f"{len(strange)} 个方案的学校或学位与本页不同：{'、'.join(strange[:3])}"
        raise DataError(Fault("重划页面的方案", found, "一页只放同一情景的方案", "请为每个情景另出一页"))


def _units(problem: Problem, shapes: np.ndarray, origin: np.ndarray) -> list[dict]:
    """Return each unit with its rings, its row, its children by year and its ways to the schools.

    `keeps` are the schools of a choice zone, which the page does not touch.
    """
    inner = shapely.point_on_surface(shapes)
    children = problem.children.to_numpy().tolist()
    walks = problem.walk_m.to_numpy().tolist()
    today, choice = _today(problem), set(problem.choice)
    return [
        {
            "id": unit.unit_id,
            "name": unit.name,
            "row": int(problem.row[place]),
            "rings": maps.rings(shapes[place], origin),
            "at": maps.line(inner[place], origin)[0],
            "pupils": children[place],
            "walks": walks[place],
            "today": today[place],
            "keeps": problem.now[unit.unit_id] if unit.unit_id in choice else "",
        }
        for place, unit in enumerate(problem.units[["unit_id", "name"]].itertuples(index=False))
    ]


def _today(problem: Problem) -> list[str]:
    """Return the names of the schools of each unit today, empty where it is in no zone."""
    names = problem.district.schools.set_index("school_id")["name"]
    found = [problem.now[unit].split(JOINED) for unit in problem.units["unit_id"]]
    return [JOINED.join(names[school] for school in schools if school) for schools in found]


def _rows(problem: Problem) -> list[dict]:
    """Return each row: its children by year, who changes school with each school, where it may go, where it must."""
    made = problem.instance
    return [
        {
            "pupils": made.pupils[row].tolist(),
            "changed": problem.changed[row].tolist(),
            "allowed": made.allowed[row].astype(int).tolist(),
            "fixed": int(made.fixed[row]),
        }
        for row in range(made.units_n)
    ]


def _schools(problem: Problem, origin: np.ndarray) -> list[dict]:
    """Return each school with its place, its row, its tint, seats by year, classes, and children of choice zones."""
    gates = problem.district.schools.set_index("school_id").geometry.loc[problem.schools["school_id"]]
    tints = tints_of(shapely.get_coordinates(gates.to_numpy()))
    seats = problem.schools[list(problem.years)].to_numpy().tolist()
    return [
        {
            "id": school.school_id,
            "name": school.name,
            "short": maps.short_name(school.name, problem.district.name),
            "at": maps.line(gates.iloc[place], origin)[0],
            "row": int(problem.instance.root[place]),
            "tint": tints[place],
            "seats": seats[place],
            "classes": float(school.classes_n),
            "shared": problem.shared[place].tolist(),
        }
        for place, school in enumerate(problem.schools[["school_id", "name", "classes_n"]].itertuples(index=False))
    ]


def tints_of(points: np.ndarray) -> list[int]:
    """Return a tint for each school such that schools of one tint are far apart.

    Parameters
    ----------
    points : (k, 2) metres.
    """
    chosen: list[int] = []
    for point in points:
        apart = np.hypot(*(points[: len(chosen)] - point).T)
        nearest = [min(apart[np.array(chosen) == tint], default=np.inf) for tint in range(len(TINTS))]
        chosen.append(int(np.argmax(nearest)))
    return chosen


def _borders(shapes: np.ndarray, origin: np.ndarray) -> list:
    """Return the lines that units share: the two units, then the line; one is drawn when their schools differ."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = one < other
    one, other = one[once], other[once]
    shared = shapely.line_merge(shapely.intersection(shapely.boundary(shapes[one]), shapely.boundary(shapes[other])))
    return [
        [int(a), int(b), maps.line(part, origin)]
        for a, b, lines in zip(one, other, shared, strict=True)
        for part in shapely.get_parts(lines)
        if part.geom_type == "LineString" and part.length > 0
    ]
