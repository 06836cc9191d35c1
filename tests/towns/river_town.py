"""A town of twelve units, three schools, a river and a zone of choice, small enough to redraw by hand.

::

    +----+----+~~~~+----+     甲 in a2 has a1 a2 a3 b2 b3;  丙 in b1 has b1 c1;  乙 in d2 has c2 c3 d1 d2
    | a3 | b3 ~ c3 | d3 |     d3 is a zone of choice (乙、丙).  No bridge crosses the river (~) between b3 and c3,
    +----+----~----+----+     so these two are no neighbours although they touch.
    | a2 | b2 | c2 | d2 |
    +----+----+----+----+
    | a1 | b1 | c1 | d1 |
    +----+----+----+----+
"""

import pandas as pd
from shapely import union_all
from shapely.geometry import LineString, Point

from tests.towns import districts, hand_made
from zhaosheng_analysis import redraw, schema
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.redraw import problems, scenarios

YEARS = (2026, 2027)
UNITS = [f"{column}{row}" for column in "abcd" for row in (1, 2, 3)]
TODAY = dict.fromkeys(["a1", "a2", "a3", "b2", "b3"], "s-jia") | {"b1": "s-bing", "c1": "s-bing"}
TODAY |= dict.fromkeys(["c2", "c3", "d1", "d2"], "s-yi") | {"d3": "s-yi、s-bing"}
SCHOOLS = {"s-bing": "b1", "s-jia": "a2", "s-yi": "d2"}
SEATS = {"s-bing": 40, "s-jia": 80, "s-yi": 60}
CHILDREN = {unit: (10.0 + place, 20.5 - place) for place, unit in enumerate(UNITS)}
ASIDE = {frozenset(("b3", "c3"))}
NAMES = {unit: f"{unit}小区" for unit in UNITS}


def beside(one: str, other: str) -> bool:
    """Return whether a child can walk from one unit into the other: they share an edge and no river runs along it."""
    apart = abs(ord(one[0]) - ord(other[0])) + abs(int(one[1]) - int(other[1]))
    return apart == 1 and frozenset((one, other)) not in ASIDE


def square(unit: str):
    """Return a unit: half a kilometre each way."""
    left, low = "abcd".index(unit[0]) / 2, (int(unit[1]) - 1) / 2
    return hand_made.square(left, low, left + 0.5, low + 0.5)


def line(*points: tuple[float, float]) -> LineString:
    """Return a line through kilometres from the south-west corner."""
    return LineString([(hand_made.WEST + x * 1000, hand_made.SOUTH + y * 1000) for x, y in points])


def town(names: dict[str, str]) -> District:
    """Return the town; `names` are those of units and schools that differ from the plain ones."""
    words = {"s-bing": "丙小学", "s-jia": "甲小学", "s-yi": "乙小学"} | NAMES | names
    sets = sorted(set(TODAY.values()))
    zones = hand_made.layer(
        zone_id=[f"z{place}" for place in range(len(sets))],
        name=[f"学区{place}" for place in range(len(sets))],
        stage=["primary"] * len(sets),
        rule=["choice" if "、" in doors else "single" for doors in sets],
        sentence=[""] * len(sets),
        valid_from=pd.to_datetime(["2020-01-01"] * len(sets)),
        valid_to=pd.to_datetime([None] * len(sets)),
        condition=[""] * len(sets),
        geometry=[union_all([square(unit) for unit in UNITS if TODAY[unit] == doors]) for doors in sets],
    )
    links = [(f"z{place}", door) for place, doors in enumerate(sets) for door in doors.split("、")]
    schools = hand_made.layer(
        school_id=list(SCHOOLS),
        name=[words[school] for school in SCHOOLS],
        aliases=[""] * 3,
        stage=["primary"] * 3,
        sector=["public"] * 3,
        status=["open"] * 3,
        opened_year=[2000] * 3,
        closed_year=[None] * 3,
        successor_id=[""] * 3,
        campus_of=[None] * 3,
        geometry=[Point(square(unit).centroid) for unit in SCHOOLS.values()],
    )
    plan = pd.DataFrame({"school_id": list(SEATS), "stage": "primary", "intake_year": 2025, "classes_n": [1, 2, 1]})
    plan = plan.assign(class_size_n=[40, 40, 60], seats_n=list(SEATS.values()), reserved_n=0)
    return districts.district(
        checked=False,
        boundary=[{"geometry": hand_made.square(0, 0, 2, 1.5)}],
        areas=hand_made.layer(
            area_id=["a"], name=["城"], kind=["urban"], parent_id=[""], geometry=[hand_made.square(0, 0, 2, 1.5)]
        ),
        streets=hand_made.layer(
            street_id=["r", "w", "n"],
            name=["清河", "西街", "南街"],
            kind=["river", "street", "street"],
            geometry=[line((1, 1), (1, 1.5)), line((0.5, 0), (0.5, 1.5)), line((0, 0.5), (2, 0.5))],
        ),
        units=hand_made.layer(
            unit_id=UNITS,
            name=[words[unit] for unit in UNITS],
            aliases=[""] * 12,
            kind=["community"] * 12,
            area_id=["a"] * 12,
            dwellings_n=[100] * 12,
            geometry=[square(unit) for unit in UNITS],
        ),
        schools=schools,
        zones=zones,
        zone_schools=districts.links(links),
        plans=plan,
    )


def problem(*, names: dict[str, str] | None = None, **options) -> problems.Problem:
    """Return the town's problem."""
    children = pd.DataFrame.from_dict(CHILDREN, orient="index", columns=list(YEARS))
    children = children.rename_axis("unit_id")
    return problems.problem(
        town(names or {}), None, hand_made.rules(), years=YEARS, stage="primary", children=children, **options
    )


def with_more_classes(found: problems.Problem) -> problems.Problem:
    """Return the problem under the scenario that 丙 gets two classes more."""
    change = {"kind": "classes", "school": "s-bing", "classes_n": 2}
    return redraw.under(found, scenarios.Scenario("more", "丙小学增加 2 个班", "primary", 2026, (change,)), None)


def with_yi_closed(found: problems.Problem) -> problems.Problem:
    """Return the problem under the scenario that 乙 closes."""
    change = {"kind": "close", "school": "s-yi"}
    return redraw.under(found, scenarios.Scenario("close", "停办乙小学", "primary", 2026, (change,)), None)


def option(found: problems.Problem, changes: dict[str, str], name: str = "方案一") -> redraw.Option:
    """Return an option that differs from today by some units."""
    plan = pd.Series(TODAY | changes).rename_axis("unit_id")
    tables = {name: schema.empty(f"option.{name}") for name in ("terms", "moved")}
    return redraw.Option(
        "hand", name, None, plan, cost=0.0, bound=0.0, gap=0.0123, seed="", problem=found, history=(), **tables
    )
