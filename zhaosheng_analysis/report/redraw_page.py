"""The planner's page: units on a map, a school for each, seats and ways counted as one draws; it needs no network.

The page does the same sums as the package: loads, terms, cost and contiguity of any assignment. What it exports,
``assignment.json``, is read back and put through the full rules by ``zhaosheng redraw score``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import shapely

from zhaosheng_analysis import __version__, figures, redraw, texts
from zhaosheng_analysis.redraw import JOINED, objective, scenarios, valuing
from zhaosheng_analysis.report import children_groups, templating
from zhaosheng_analysis.schema import DataError, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from zhaosheng_analysis.redraw import Option, Problem, Score

#: Light tints that stay apart for every kind of colour blindness (Paul Tol, "light"); labels stand on them in black.
TINTS = ("#77AADD", "#EE8866", "#EEDD88", "#FFAABB", "#99DDFF", "#44BB99", "#BBCC33", "#C8B6E2")
#: A screen pixel of the whole district is several metres or more.
TOLERANCE_M = 2.0
SCRIPTS = ("page_writing.js", "redraw_sums.js", "redraw_map.js", "redraw_tables.js", "redraw.js")


def page(
    problem: Problem, options: Sequence[Option], *, title: str, scores: Mapping[str, Score] = MappingProxyType({})
) -> str:
    """Return the page as HTML: today's assignment to start from, the options beside it.

    Parameters
    ----------
    problem : Problem
        What today is and how terms are weighed on the page.
    options : sequence of Option
        Options of the problem, or of the same units under scenarios; each may have weights of its own.
    title : str
        Its title.
    scores : mapping of str to Score, optional
        What the options do, by option_id: the page then says what both ways of phasing in mean for classes.

    Returns
    -------
    str
        The whole page.

    Raises
    ------
    DataError
        An option is of other units, years, schools or seats than its scenario.
    """
    stage, policy = texts.labels.code("stage", problem.stage), problem.policy.title
    board = data(problem, options, scores)
    return html(board, title=title, stage=stage, policy=policy, synthetic=problem.district.synthetic)


def html(board: dict, *, title: str, stage: str, policy: str, synthetic: bool) -> str:
    """Return the page of a board (`data`), with everything it needs inside it.

    Parameters
    ----------
    board : dict
        What the page draws, from `data`.
    title : str
        Its title.
    stage : str
        Stage of school, in Chinese.
    policy : str
        Id of the policy.
    synthetic : bool
        Mark the page as demo data.

    Returns
    -------
    str
        The whole page.
    """
    return (
        templating.templates()
        .get_template("redraw.html")
        .render(
            title=title,
            board=board,
            stage=stage,
            policy=policy,
            synthetic=texts.labels.sentence("synthetic_long") if synthetic else "",
            not_a_basis=texts.labels.sentence("not_a_basis"),
            sheet=templating.own("redraw.css"),
            scripts=[templating.own(name) for name in SCRIPTS],
            **templating.leaflet(),
        )
    )


def data(problem: Problem, options: Sequence[Option], scores: Mapping[str, Score] = MappingProxyType({})) -> dict:
    """Return everything the page draws and counts, as plain JSON; what depends on a scenario stands under it.

    Parameters
    ----------
    problem : Problem
        What today is.
    options : sequence of Option
        The options.
    scores : mapping of str to Score, optional
        What they do, by option_id.

    Returns
    -------
    dict
        Plain values only.
    """
    district, policy, capacity = problem.district, problem.policy, problem.policy.capacity
    boundary = district.boundary.union_all()
    origin = np.floor(np.asarray(boundary.bounds[:2]))
    places = district.units.set_index("unit_id").loc[problem.units["unit_id"]]
    shapes = shapely.coverage_simplify(places.geometry.to_numpy(), TOLERANCE_M)
    content = {
        "district": {"id": district.id, "name": district.name},
        "policy": policy.id,
        "stage": problem.stage,
        "valid_from": dt.date(problem.years[0], *redraw.FIRST_DAY).isoformat(),
        "years": list(problem.years),
        "lines": {"yellow": policy.warning.yellow, "red": policy.warning.red},
        "sizes": {
            "over": capacity.standard[problem.stage] + 1,
            "oversized": capacity.oversized,
            "super": capacity.super_oversized,
        },
        "tones": texts.labels.book()["tones"],
        "tints": TINTS,
        "boundary": figures.maps.rings(boundary, origin),
        "views": figures.maps.views(district, origin),
        "streets": figures.maps.streets(district.streets, origin),
        "borders": _borders(shapes, origin),
        "units": _units(problem, shapes, origin),
        "terms": [
            {"term": term, "label": label, "unit": unit, "weight": problem.weights[term]}
            for term, (label, unit) in objective.TERMS.items()
            if term not in children_groups.MEASURED or term in children_groups.measured(problem)
        ],
        "locked": sorted(set(problem.locked)),
        "scenarios": [
            _scenario(
                ground, [option for option in options if option.problem.scenario == ground.scenario], origin, scores
            )
            for ground in _grounds(problem, options)
        ],
    }
    made = json.dumps([__version__, content])  # what a browser keeps of one page is not taken up by another
    return content | {"key": hashlib.sha256(made.encode()).hexdigest()[:16]}


def _grounds(problem: Problem, options: Sequence[Option]) -> list[Problem]:
    """Return one problem a scenario, the page's own first; refuse options whose numbers would be wrong beside it."""
    grounds, strange = [problem], []
    for option in options:
        mine = next((ground for ground in grounds if ground.scenario == option.problem.scenario), None)
        if mine is None:
            mine = option.problem
            grounds.append(mine)
        same = option.problem.schools.equals(mine.schools) and option.problem.years == problem.years
        if not same or not option.problem.units["unit_id"].equals(problem.units["unit_id"]):
            strange.append(option.name)
    if strange:
        found = f"{len(strange)} 个方案的小区、年份、学校或学位不同：{'、'.join(strange[:3])}"
        raise DataError(Fault("重划页面的方案", found, "一页只放同一地区、同一学段、同几年的方案", "请另出一页"))
    return grounds


def _scenario(ground: Problem, options: Sequence[Option], origin: np.ndarray, scores: Mapping[str, Score]) -> dict:
    """Return what the assignments of one scenario are counted by.

    Units that must stay together share a row, as in the instance; an assignment holds for each row the places of its
    schools in the list, several where families choose.
    """
    made, start = ground.instance, _assignment(ground, "现状", ground.now)
    start = [schools if len(schools) > 1 else [int(began)] for schools, began in zip(start, ground.start, strict=True)]
    return {
        "name": "" if ground.scenario is None else ground.scenario.name,
        "scenario": None if ground.scenario is None else scenarios.table(ground.scenario),
        "members": _members(ground),
        "rows": _rows(ground),
        "schools": _schools(ground, origin),
        "edges": [[*pair, km] for pair, km in zip(made.edges.tolist(), ground.unnamed_km.tolist(), strict=True)],
        "hinges": [
            {"term": term, "sign": int(sign), "at": at[:, : len(ground.years)].tolist()}
            for term, sign, at in zip(
                objective.LOADS[:-1], made.hinge_sign, made.hinge_at + ground.shared, strict=False
            )
        ],
        "start": start,
        "options": [
            {
                "name": option.name,
                "gap": None if np.isnan(option.gap) else option.gap,
                "assignment": _assignment(ground, option.name, option.assignment),
                "phases": _phases(ground, scores.get(option.option_id)),
                "groups": _groups(scores.get(option.option_id)),
            }
            for option in options
        ],
    }


def _groups(score: Score | None) -> list[list] | None:
    """Return every group of children with how many there are, gain and lose; nothing where nobody has registered."""
    if score is None or not score.simulated:
        return None
    table = score.groups[["facet", "group", "children_n", "gain_n", "lose_n"]]
    return [[str(facet), str(group), *map(int, counts)] for facet, group, *counts in table.itertuples(index=False)]


def _phases(ground: Problem, score: Score | None) -> dict | None:
    """Return what both ways of phasing in mean: pupils who would move at once, classes of the schools concerned."""
    if score is None or score.phases.empty:
        return None
    table = redraw.phasing.classes(score.phases, ground.policy.capacity.standard[ground.stage])
    classes = table.groupby("year")[[f"classes_{side}_n" for side in ("before", "entry", "all")]].sum()
    classes = classes.reindex(list(ground.years)).fillna(0).astype(int)
    return {"moving": round(redraw.phasing.transfers(score.phases)), "classes": classes.to_numpy().tolist()}


def _assignment(ground: Problem, name: str, assignment: pd.Series) -> list[list[int]]:
    """Return an assignment as school numbers of every row; rows that are fixed anyway stand where they must."""
    number = {school: place for place, school in enumerate(ground.schools["school_id"])}
    schools = [[int(school)] if school >= 0 else [] for school in ground.instance.fixed]
    leads = valuing.leading(ground)
    for unit, own in enumerate(assignment.reindex(ground.units["unit_id"]).fillna("").str.split(JOINED)):
        numbers = [number[school] for school in own if school in number]
        if leads[unit] and numbers:
            schools[ground.row[unit]] = numbers
    lost = [unit for unit, row in zip(ground.units["unit_id"], ground.row, strict=True) if not schools[row]]
    if lost and assignment is not ground.now:
        message = f"{len(lost)} 个小区的学校不在其情景中：{'、'.join(lost[:3])}"
        raise DataError(Fault(f"方案「{name}」", message, "只能划给该情景中的学校", "请核对方案"))
    return schools


def _units(problem: Problem, shapes: np.ndarray, origin: np.ndarray) -> list[dict]:
    """Return each unit with its rings, a place in its middle, and the names of its schools today."""
    inner = shapely.point_on_surface(shapes)
    names = problem.district.schools.set_index("school_id")["name"]
    today = [problem.before[unit].split(JOINED) for unit in problem.units["unit_id"]]
    return [
        {
            "id": unit.unit_id,
            "name": unit.name,
            "rings": figures.maps.rings(shapes[place], origin),
            "at": figures.maps.line(inner[place], origin)[0],
            "today": JOINED.join(names[school] for school in today[place] if school),
        }
        for place, unit in enumerate(problem.units[["unit_id", "name"]].itertuples(index=False))
    ]


def _members(ground: Problem) -> list[dict]:
    """Return each unit's row, its children by year, its ways to the schools, and what it has beyond a group's average.

    `keeps` are the schools of a choice zone as the file has them; `stays` their numbers where the row is not its.
    """
    children, walks = ground.children.to_numpy().tolist(), ground.walk_m.to_numpy().tolist()
    choice, leads = set(ground.choice), valuing.leading(ground)
    beyond = ground.counted[:, len(ground.years) :].sum(axis=1).tolist()
    number = {school: place for place, school in enumerate(ground.schools["school_id"])}
    return [
        {
            "row": int(ground.row[place]),
            "pupils": children[place],
            "walks": walks[place],
            "beyond": beyond[place],
            "keeps": ground.now[unit] if unit in choice else "",
            "stays": None
            if leads[place]
            else [number[school] for school in ground.now[unit].split(JOINED) if school in number],
        }
        for place, unit in enumerate(ground.units["unit_id"])
    ]


def _rows(ground: Problem) -> list[dict]:
    """Return each row: who changes school with each school, where it may go, whether it must stay, its classmates."""
    made, ids = ground.instance, ground.units["unit_id"]
    allowed = np.ones(made.cost.shape, dtype=bool)
    np.logical_and.at(allowed, ground.row, ~ground.barred)
    # A choice zone has one school in the instance; here it may become another, unless it is locked or holds a school.
    zone = ids.isin(ground.choice).to_numpy() & valuing.leading(ground)
    free = made.fixed < 0
    free[np.setdiff1d(ground.row[zone], [*ground.row[ids.isin(ground.locked)], *made.root])] = True
    return [
        {
            "changed": ground.changed[row].tolist(),
            "allowed": allowed[row].astype(int).tolist(),
            "firm": not free[row],
            "flock": int(made.flock[row]),
            "members": float(made.members[row]),
        }
        for row in range(made.units_n)
    ]


def _schools(ground: Problem, origin: np.ndarray) -> list[dict]:
    """Return each school with its place, its row, its tint, seats by year, classes, children it gets anyway."""
    gates = ground.district.schools.set_index("school_id").geometry.loc[ground.schools["school_id"]]
    tints = figures.redraw.tints_of(shapely.get_coordinates(gates.to_numpy()), len(TINTS))
    seats = ground.schools[list(ground.years)].to_numpy().tolist()
    return [
        {
            "id": school.school_id,
            "name": school.name,
            "short": figures.maps.short_name(school.name, ground.district.name),
            "at": figures.maps.line(gates.iloc[place], origin)[0],
            "row": int(ground.instance.root[place]),
            "tint": tints[place],
            "seats": seats[place],
            "classes": float(school.classes_n),
            "given": ground.shift[place].tolist(),
        }
        for place, school in enumerate(ground.schools[["school_id", "name", "classes_n"]].itertuples(index=False))
    ]


def _borders(shapes: np.ndarray, origin: np.ndarray) -> list:
    """Return the lines that units share: the two units, then the line; one is drawn when their schools differ."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = one < other
    one, other = one[once], other[once]
    shared = shapely.line_merge(shapely.intersection(shapely.boundary(shapes[one]), shapely.boundary(shapes[other])))
    return [
        [int(a), int(b), figures.maps.line(part, origin)]
        for a, b, lines in zip(one, other, shared, strict=True)
        for part in shapely.get_parts(lines)
        if part.geom_type == "LineString" and part.length > 0
    ]
