"""A town of three zones drawn by hand, and a book in which the papers of its children are written one at a time.

::

    y 12 +---------------------+            甲 zone -> s1, 乙 zone -> s2 (第二实验小学), 丙 zone -> s3, rural
         |  nobody's ground    |            两可 (in the corner of 甲): s1 or s2
      10 +------+--+-----------+---------+  one junior zone over the whole of the town: s4
         | 甲   |两可|    乙     |   丙    |  p1 is private; the town (城区) is x 0-20
         |      +--+           |  rural  |  hundred metres a unit
       0 +---------+-----------+---------+
         0      8  10          20        30
"""

import pandas as pd
from shapely.geometry import LineString, Point, box

from tests.towns import districts
from zhaosheng_analysis import geodata, policy
from zhaosheng_analysis.schema import TABLES

WEST, SOUTH = 500_000.0, 4_400_000.0
LIMITS = {
    "pingcheng-2024": "EPSG:4547",
    "laoting-2025": "EPSG:4549",
    "quzhou-2022": "EPSG:4549",
    "taobei-2024": "EPSG:4550",
}
# schools 乐亭 names that have no zone here
AWAY = {
    "laoting-2025": {
        "v1": ("吉祥寺小学", "primary"),
        "v2": ("大杨庄小学", "primary"),
        "v3": ("新戴河初级中学", "junior"),
        "v4": ("毛庄初中", "junior"),
        "v5": ("蔡庄初中", "junior"),
    }
}
CODES = {"pingcheng": "140213", "laoting": "130225", "quzhou": "330800", "taobei": "220802"}
OPEN = {  # an hour at which registration is open
    "pingcheng-2024": "2024-07-02 10:00",
    "laoting-2025": "2025-07-07 10:00",
    "quzhou-2022": "2022-06-20 10:00",
    "taobei-2024": "2024-07-16 10:00",
}


def at(x: float, y: float) -> dict[str, float]:
    return {"x": WEST + 100 * x, "y": SOUTH + 100 * y}


def area(left: float, low: float, right: float, top: float):
    return box(WEST + 100 * left, SOUTH + 100 * low, WEST + 100 * right, SOUTH + 100 * top)


class Register:
    """Papers of the children of the town, written down one at a time."""

    def __init__(self, rules: policy.Policy) -> None:
        self.year, self.rules = rules.intake_year, rules.id
        self.code = CODES[rules.district]
        self.tables = {name: [] for name in ("children", "homes", "hukou", "permits", "applications")}

    def child(self, name: str, *, stage: str = "primary", **more) -> None:
        born = f"{self.year - (6 if stage == 'primary' else 12)}-03-01"
        row = {"child_id": name, "stage": stage, "intake_year": self.year, "birth_on": born, "sex": "male"}
        no = dict.fromkeys(["demolition", "demolition_papers", "agreement", "returner"], False)
        self.tables["children"].append({**row, **no, "prev_school_kind": "district", "national_no": True, **more})

    def home(self, name: str, x: float, y: float, **more) -> None:
        number = 1 + sum(row["child_id"] == name for row in self.tables["homes"])
        row = {"child_id": name, "home_n": number, "owner": "parent", "evidence": "title", "dated_on": "2020-05-01"}
        row |= {
            "second_hand": False,
            "accepted": True,
            "occupied": True,
            "papers": True,
            "price_ratio": 1.0,
            **at(x, y),
        }
        self.tables["homes"].append({**row, "address_id": f"{x},{y}", **more})

    def hukou(self, name: str, x: float, y: float, *, who: str = "child father mother", **more) -> None:
        row = {"child_id": name, "head": "parent", "district_code": self.code, "since_on": "2020-06-01", **at(x, y)}
        for person in who.split():
            self.tables["hukou"].append({**row, "person": person, "address_id": f"{x},{y}", **more})

    def away(self, name: str, *, code: str = "410100", who: str = "child father mother") -> None:
        row = {"child_id": name, "head": "parent", "district_code": code, "since_on": "2018-01-01"}
        self.tables["hukou"] += [{**row, "person": person} for person in who.split()]

    def permit(self, name: str, x: float, y: float, *, who: str = "child guardian") -> None:
        row = {"child_id": name, "district_code": self.code, "issued_on": "2022-01-01", "work_papers": True, **at(x, y)}
        self.tables["permits"] += [{**row, "holder": holder} for holder in who.split()]

    def applies(self, name: str, school: str, *, sector: str = "public", **more) -> None:
        when = OPEN[self.rules]
        row = {"child_id": name, "school_id": school, "sector": sector, "choice_n": 1, "channel": "online"}
        self.tables["applications"].append({**row, "submitted_at": when, **more})

    def seats(self, **numbers: int) -> None:
        """Write the plans of the schools, those not named without a seat."""
        away = AWAY.get(self.rules, {})
        stages = {"s4": "junior"} | {name: stage for name, (_, stage) in away.items()}
        one = {"intake_year": self.year, "classes_n": 1}
        self.tables["plans"] = [
            {**one, "school_id": name, "stage": stages.get(name, "primary"), "class_size_n": max(n, 1), "seats_n": n}
            for name, n in {**dict.fromkeys(("s1", "s2", "s3", "s4", "p1", *away), 0), **numbers}.items()
        ]

    def district(self) -> geodata.District:
        columns = {name: list(TABLES[name].columns) for name in self.tables}
        tables = {name: pd.DataFrame(rows, columns=columns[name]) for name, rows in self.tables.items()}
        return town(self.rules, self.code, tables)


def town(rules: str, code: str, tables: dict[str, pd.DataFrame]) -> geodata.District:
    """Draw the town of the picture above."""
    crs = LIMITS[rules]

    whole, urban = area(0, 0, 30, 12), area(0, 0, 20, 12)
    street = LineString([tuple(at(10, y).values()) for y in (0, 12)])
    zones = [
        ("z1", "甲", "primary", "single", area(0, 0, 10, 10) - area(8, 8, 10, 10)),
        ("z2", "乙", "primary", "single", area(10, 0, 20, 10)),
        ("z3", "丙", "primary", "single", area(20, 0, 30, 10)),
        ("z4", "两可", "primary", "choice", area(8, 8, 10, 10)),
        ("z5", "初中", "junior", "single", area(0, 0, 20, 10)),
    ]
    schools = [
        ("s1", "第一实验小学", "primary", "public", True, Point(*at(4, 5).values())),
        ("s2", "第二实验小学", "primary", "public", True, Point(*at(15, 5).values())),
        ("s3", "毛庄小学", "primary", "public", False, Point(*at(25, 5).values())),
        ("s4", "第三初级中学", "junior", "public", True, Point(*at(10, 2).values())),
        ("p1", "忠德小学", "primary", "private", True, Point(*at(12, 9).values())),
    ]
    schools += [
        (name, word, stage, "public", False, Point(*at(28, 1).values()))
        for name, (word, stage) in AWAY.get(rules, {}).items()
    ]
    leads = [("z1", "s1"), ("z2", "s2"), ("z3", "s3"), ("z4", "s1"), ("z4", "s2"), ("z5", "s4")]
    year = rules[-4:]
    urban_area = {"area_id": "u", "name": "城区", "kind": "urban", "geometry": urban}
    one_area = {"area_id": "a1", "name": "第一片区", "kind": "area", "point_school_id": "s2", "geometry": whole}
    sides = [("w", "柯城区", area(0, 0, 10, 12)), ("e", "衢江区", area(10, 0, 30, 12))]
    halves = [{"area_id": i, "name": n, "kind": "district", "geometry": g} for i, n, g in sides]
    drawn = {"pingcheng-2024": [one_area], "quzhou-2022": halves}.get(rules, [urban_area])
    side = {"s1": "w", "s2": "e", "s3": "e", "s4": "w", "p1": "e"}
    inside = {"pingcheng-2024": dict.fromkeys(side, "a1"), "quzhou-2022": side}.get(rules, {})
    facts = {"district_id": "town", "name": "示范", "district_code": code, "crs": crs, "policy": rules}
    return districts.district(
        facts=facts | {"intake_year": year, "data_as_of": f"{year}-06-30"},
        boundary=[{"district_id": "town", "name": "示范", "geometry": whole}],
        areas=drawn,
        streets=[{"street_id": "k", "name": "中街", "geometry": street}],
        units=[{"unit_id": "n1", "name": "新村", "kind": "village", "geometry": whole}],
        schools=[
            {"school_id": i, "name": n, "stage": s, "sector": c, "urban": u, "area_id": inside.get(i), "geometry": g}
            for i, n, s, c, u, g in schools
        ],
        zones=[
            {"zone_id": i, "name": n, "stage": s, "rule": r, "valid_from": f"{year}-01-01", "geometry": g}
            for i, n, s, r, g in zones
        ],
        zone_schools=districts.links(leads),
        **tables,
    )
