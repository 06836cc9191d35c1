"""A town of two primary zones and one junior school, small enough to check every number of a report by hand.

::

    +--------+--------+     甲 (west): 120 children of 90 seats in 2026, red;  乙 (east): 60 of 90, green
    |  甲    |   乙   |     丙 (junior, the whole town): 95 of 100, yellow
    +--------+--------+     中街 runs north-south between the zones
"""

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, box

from tests.towns import declared, districts, outlooks, rulebook
from zhaosheng_analysis.forecast import Outlook
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Parameter, Policy
from zhaosheng_analysis.policy.elements import Levels, NotModelled, Unseen

CRS = districts.CRS
WEST, SOUTH = 500_000.0, 4_400_000.0


def square(left: float, low: float, right: float, top: float):
    """Return a rectangle in kilometres from the town's south-west corner."""
    return box(WEST + left * 1000, SOUTH + low * 1000, WEST + right * 1000, SOUTH + top * 1000)


def layer(**columns) -> gpd.GeoDataFrame:
    """Return a layer of the town."""
    return gpd.GeoDataFrame(columns, geometry="geometry", crs=CRS)


def town(*, west_name: str = "甲小学") -> District:
    """Return the town as a district."""
    return districts.district(
        checked=False,
        facts={"data_as_of": "2025-11-30", "policy": "jia-2025", "seed": "1"},
        boundary=[{"geometry": square(0, 0, 4, 2)}],
        areas=layer(area_id=["a"], name=["城区"], kind=["urban"], parent_id=[""], geometry=[square(0, 0, 4, 2)]),
        streets=layer(
            street_id=["s"],
            name=["中街"],
            geometry=[LineString([(WEST + 2000, SOUTH), (WEST + 2000, SOUTH + 2000)])],
        ),
        units=layer(unit_id=["u"], name=["一村"], kind=["village"], geometry=[square(0, 0, 4, 2)]),
        schools=layer(
            school_id=["j1", "y1", "b1"],
            name=[west_name, "乙小学", "丙中学"],
            stage=["primary", "primary", "junior"],
            successor_id=pd.array([None] * 3, dtype="str"),
            geometry=[Point(WEST + x, SOUTH + y) for x, y in [(800, 1200), (3100, 900), (2300, 500)]],
        ),
        zones=layer(
            zone_id=["zj", "zy", "zb"],
            name=["甲小学学区", "乙小学学区", "丙中学学区"],
            stage=["primary", "primary", "junior"],
            sentence=["中街以西", "中街以东", "全县"],
            valid_from=pd.to_datetime(["2020-01-01"] * 3),
            valid_to=pd.to_datetime([None] * 3),
            condition=[""] * 3,
            geometry=[square(0, 0, 2, 2), square(2, 0, 4, 2), square(0, 0, 4, 2)],
        ),
        zone_schools=pd.DataFrame({"zone_id": ["zj", "zy", "zb"], "school_id": ["j1", "y1", "b1"]}),
        classes=pd.DataFrame(
            {
                "school_id": ["j1"] * 4,
                "school_year": [2025] * 4,
                "grade": [1, 1, 6, 7],
                "class_no": [1, 2, 1, 1],
                "pupils_n": [45, 46, 56, 66],
                "label": [""] * 4,
            }
        ),
    )


DEMAND = {"j1": [120, 130, 110], "y1": [60, 55, 50], "b1": [95, 104, 99]}
SEATS = {"j1": 90, "y1": 90, "b1": 100}
YEARS = [2026, 2027, 2028]
COUNTS = [
    "demand_n",
    "low80_n",
    "high80_n",
    "hukou_n",
    "seats_n",
    "missing_seats_n",
    "missing_classes_n",
    "class_size_n",
]


def outlook(*, west_name: str = "甲小学") -> Outlook:
    """Return the forecast of the town, with intervals of ten children either way."""
    names = {"j1": west_name, "y1": "乙小学", "b1": "丙中学"}
    rows = [
        {
            "school_id": school,
            "sector": "public",
            "name": names[school],
            "stage": "junior" if school == "b1" else "primary",
            "area_id": "",
            "year": year,
            "horizon": year - 2025,
            "demand_n": demand,
            "low80_n": demand - 10,
            "high80_n": demand + 10,
            "low95_n": demand - 15,
            "high95_n": demand + 15,
            "hukou_n": demand - 5,
            "seats_n": SEATS[school],
            "classes_n": 2,
            "class_size_n": 45,
            "p_short": 0.999 if demand > 115 else 0.6 if demand > SEATS[school] else 0.1,
            "calibrated": True,
        }
        for school, series in DEMAND.items()
        for year, demand in zip(YEARS, series, strict=True)
    ]
    schools = pd.DataFrame(rows)
    accuracy = pd.DataFrame(
        {
            "level": ["school", "district"],
            "horizon": [1, 1],
            "wape": [0.08, 0.02],
            "coverage80": [0.79, 0.83],
            "coverage95": [0.94, 0.96],
            "n": [21, 7],
        }
    )
    grades = schools[["school_id", "year", "low80_n", "high80_n", "classes_n"]].assign(grade=1)
    grades = grades.assign(pupils_n=schools["demand_n"], class_size_n=-(-schools["demand_n"] // 2))
    totals = schools.groupby(["stage", "year"], as_index=False)[["demand_n", "seats_n", "low80_n", "high80_n"]].sum()
    totals = totals.assign(level="district", id="jia")
    return outlooks.of(schools=schools, grades=grades, totals=totals, accuracy=accuracy)


def alerts(*, west_name: str = "甲小学") -> pd.DataFrame:
    """Return the alerts of the town: 甲 red throughout, 乙 green, 丙 yellow then red then yellow."""
    frame = outlook(west_name=west_name).schools
    ratio = frame["hukou_n"] / frame["seats_n"]
    level = ratio.map(lambda value: "red" if value >= 1 else "yellow" if value >= 0.9 else "green")
    size = -(-frame["demand_n"] // frame["classes_n"])
    missing = (frame["demand_n"] - frame["seats_n"]).clip(lower=0)
    frame = frame.assign(
        ratio=ratio.where(frame["school_id"] != "b1", (frame["demand_n"] - 3) / frame["seats_n"]),
        level=level.where(frame["school_id"] != "b1", ["yellow"] * 7 + ["red", "yellow"]),
        probability=frame["p_short"],
        colour=frame["p_short"].map({0.999: "red", 0.6: "orange", 0.1: "yellow"}),
        missing_seats_n=missing,
        missing_classes_n=-(-missing // 45),
        counted="zone",
        cut_chance=float("nan"),
        turned_away_n=float("nan"),
        cut_tier=["2" if school == "j1" else "" for school in frame["school_id"]],
        cut_label=["第2类（甲）" if school == "j1" else "" for school in frame["school_id"]],
        class_size_n=size,
        class_flag=["oversized" if value >= 56 else "over" if value > 50 else "ok" for value in size],
        newly_oversized=size >= 56,
        surplus=frame["demand_n"] / frame["seats_n"] < 0.6,
        watch=frame["horizon"] > 3,
        reason="示例",
    ).astype(dict.fromkeys(COUNTS, "Int64"))
    return declared.whole("alerts", frame)


INCLUSIVE = Parameter(
    name="cutoff.inclusive",
    default=True,
    question="「…日前」是否含当日？",
    why="通知用语不一",
    clause="一",
    options=(True, False),
)


def rules(**changes) -> Policy:
    """Return the rule book with what a report shows of it: one silence, one thing not modelled, one document unseen."""
    said = {
        "parameters": {"cutoff.inclusive": INCLUSIVE},
        "chosen": {"cutoff.inclusive": True},
        "warning": Levels(clause="五"),
        "not_modelled": (NotModelled(what="残疾儿童入学", why="须专家委员会评估"),),
        "unseen": (Unseen(title="市教字〔2021〕1号", clause="三", effect="优待对象范围"),),
    }
    return rulebook.rules(**(said | changes))
