"""A clean town to break: four schools, fifty-six pupils, every table an audit asks for, nothing wrong in any of them.

::

    +---------+---------+    a 甲小学 (public, west), b 乙小学 (public, east), p 丙小学 (private),
    |  a   j  |  b   p  |    j 丁中学 (public, junior, the whole town)
    +---------+---------+

Primaries admit 8 to grade 1 in two classes of 4 (p: 4 in one), j admits 8 to grade 7; last year's entrants are now in
grades 2 and 8. Registration runs from 10 to 16 July 2024.
"""

import functools
from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, box

from tests.towns import districts
from zhaosheng_analysis import audit, geodata, policy, schema
from zhaosheng_analysis.audit import findings, ledger
from zhaosheng_analysis.schema import student_numbers

CRS, LEFT, LOW = "EPSG:4547", 500_000.0, 3_700_000.0
YEAR, ON = 2024, "2024-10-31"
ABOUT = districts.about(
    district_id="town",
    name="核查镇",
    district_code="410499",
    crs=CRS,
    policy="zhanhe-2024",
    intake_year=YEAR,
    data_as_of=ON,
)
ENTRANTS = {"a": 8, "b": 8, "p": 4, "j": 8}
CLASSES = {"a": 2, "b": 2, "p": 1, "j": 2}
ITEMS = ("policy", "zones", "conditions", "procedure")
PAPERS = (("local", "居民户口簿"), ("migrant", "居住证"), ("migrant", "居民户口簿"), ("migrant", "务工证明"))
INSPECTED = [f"ZH-{n:02d}" for n in (5, 6, 7, 8, 9, 11, 14, 17, 19, 23, 27)]
FORBIDDEN = {"fee_id": ["f9"], "school_id": ["a"], "item": ["共建费"], "amount_yuan": [5000.0], "listed": [False]}
SPOT = {"a": (250, 500), "b": (1250, 500), "p": (1750, 500), "j": (750, 500)}


def square(left: float, low: float, right: float, top: float):
    return box(LEFT + left, LOW + low, LEFT + right, LOW + top)


def layer(**columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry="geometry", crs=CRS)


def layers() -> dict[str, pd.DataFrame]:
    schools = ["a", "b", "p", "j"]
    return {
        "boundary": layer(district_id=["town"], name=["核查镇"], geometry=[square(0, 0, 2000, 1000)]),
        "areas": layer(
            area_id=["west", "east"],
            name=["西片中心校", "东片中心校"],
            kind=["reporting_unit"] * 2,
            geometry=[square(0, 0, 1000, 1000), square(1000, 0, 2000, 1000)],
        ),
        "streets": layer(
            street_id=["s"],
            name=["中街"],
            kind=["street"],
            geometry=[LineString([(LEFT + 1000, LOW), (LEFT + 1000, LOW + 1000)])],
        ),
        "units": layer(
            unit_id=["uw", "ue"],
            name=["西村", "东村"],
            kind=["village"] * 2,
            area_id=["west", "east"],
            geometry=[square(0, 0, 1000, 1000), square(1000, 0, 2000, 1000)],
        ),
        "schools": layer(
            school_id=schools,
            name=["甲小学", "乙小学", "丙小学", "丁中学"],
            stage=["primary"] * 3 + ["junior"],
            sector=["public", "public", "private", "public"],
            approver=["", "", "county", ""],
            org_id=["west", "east", "east", "west"],
            status=["open"] * 4,
            opened_year=[2000, 2000, 2010, 2000],
            geometry=[Point(LEFT + SPOT[name][0], LOW + SPOT[name][1]) for name in schools],
        ),
        "zones": layer(
            zone_id=["za", "zb", "zj"],
            name=["甲小学学区", "乙小学学区", "丁中学学区"],
            stage=["primary", "primary", "junior"],
            rule=["single"] * 3,
            geometry=[square(0, 0, 1000, 1000), square(1000, 0, 2000, 1000), square(0, 0, 2000, 1000)],
        ),
        "zone_schools": pd.DataFrame(
            {"zone_id": ["za", "zb", "zj"], "school_id": ["a", "b", "j"], "order_n": [1, 1, 1]}
        ),
    }


def pupils() -> pd.DataFrame:
    """List the pupils on the roll: this year's entrants (e-) and last year's (o-)."""
    rows = []
    for school, number in ENTRANTS.items():
        for kind, back in (("e", 0), ("o", 1)):
            for n in range(number):
                first = 7 if school == "j" else 1
                boy = n // CLASSES[school] % 2 == 0
                born = pd.Timestamp(YEAR - back - first - 5, 1 + n // CLASSES[school], 15)
                body = f"990499{born:%Y%m%d}{n + 1:02d}{1 if boy else 2}"
                rows.append(
                    (f"{kind}-{school}-{n + 1}", school, first + back, n % CLASSES[school] + 1, boy, born, body)
                )
    table = pd.DataFrame(rows, columns=["pupil_id", "school_id", "grade", "class_no", "boy", "birth_on", "body"])
    table["sex"] = table.pop("boy").map({True: "male", False: "female"})
    # The serial says sex and order within a day; schools share days, so the county part tells them apart.
    county = table["school_id"].map({"a": "990401", "b": "990402", "p": "990403", "j": "990404"})
    table["body"] = county + table["body"].str[6:]
    table["student_no"] = "G" + table["body"] + student_numbers.check_characters(table.pop("body"))
    return table


@functools.cache
def _clean() -> dict[str, pd.DataFrame]:
    every = pupils()
    new = every[every["pupil_id"].str.startswith("e-")]
    child = new.rename(columns={"pupil_id": "child_id"})
    stage = child["school_id"].map(lambda name: "junior" if name == "j" else "primary")
    west = child["school_id"].isin(["a", "j"])
    x, y = child["school_id"].map(lambda n: LEFT + SPOT[n][0]), child["school_id"].map(lambda n: LOW + SPOT[n][1])
    spot = {"unit_id": west.map({True: "uw", False: "ue"}), "x": x, "y": y}
    private = child["school_id"].eq("p")
    date = pd.Timestamp
    teaching = ["a", "b", "p", "j"]
    tables = {
        "plans": pd.DataFrame(
            {
                "school_id": teaching,
                "stage": ["primary"] * 3 + ["junior"],
                "intake_year": YEAR,
                "classes_n": [2, 2, 1, 2],
                "class_size_n": [4, 4, 4, 4],
                "seats_n": [8, 8, 4, 8],
            }
        ),
        "cohorts": pd.DataFrame({"unit_id": ["uw", "ue"], "entry_year": YEAR, "hukou_n": [8, 8], "resident_n": [8, 8]}),
        "calendar": pd.DataFrame(
            {
                "event": ["registration", "registration", "class_draw"],
                "stage": "",
                "sector": ["public", "private", ""],
                "opens_at": [date("2024-07-10 08:00")] * 2 + [date("2024-08-26 09:00")],
                "closes_at": [date("2024-07-16 18:00")] * 2 + [date("2024-08-27 18:00")],
            }
        ),
        "children": child[["child_id", "birth_on", "sex"]].assign(stage=stage, intake_year=YEAR),
        "homes": child[["child_id"]].assign(home_n=1, owner="parent", evidence="title", **spot),
        "hukou": child[["child_id"]].assign(person="child", head="parent", district_code="410499", **spot),
        "permits": pd.DataFrame({"child_id": ["e-b-8"], "holder": ["guardian"], "district_code": ["410499"]}),
        "applications": child[["child_id", "school_id"]].assign(
            sector=private.map({True: "private", False: "public"}),
            choice_n=1,
            channel="online",
            submitted_at=date("2024-07-11 10:00"),
        ),
        "admitted": child[["child_id", "school_id"]].assign(
            stage=stage,
            intake_year=YEAR,
            route=private.map({True: "registered", False: "zone"}),
            list_sector=private.map({True: "private", False: "public"}),
            placement_no="",
            admitted_on=date("2024-07-25"),
        ),
        "roll": every.assign(
            school_year=YEAR,
            status="active",
            registered_on=every["pupil_id"]
            .str.startswith("e-")
            .map({True: date("2024-09-10"), False: date("2023-09-10")}),
        ),
        "attendance": every[["pupil_id", "school_id", "grade", "class_no"]].assign(seen_on=date("2024-10-15")),
        "leavers": new[new["school_id"].eq("j")][["pupil_id"]].assign(
            school_id=["a", "b"] * 4, leave_year=YEAR, destination="admitted", junior_id="j", proof_no=""
        ),
        "transfers": pd.DataFrame(
            {
                "pupil_id": ["o-a-1"],
                "grade": [2],
                "from_school_id": ["b"],
                "to_school_id": ["a"],
                "moved_on": [date("2024-09-02")],
                "reason": ["moved_home"],
                "size_after_n": [4],
                "approval_no": ["转1"],
            }
        ),
        "class_changes": pd.DataFrame(
            {
                "pupil_id": ["o-a-2"],
                "school_id": ["a"],
                "grade": [2],
                "from_class_no": [1],
                "to_class_no": [2],
                "changed_on": [date("2024-09-20")],
                "approval_no": ["调1"],
            }
        ),
        "class_draws": pd.DataFrame(
            {
                "school_id": teaching,
                "stage": ["primary"] * 3 + ["junior"],
                "intake_year": YEAR,
                "method": "random",
                "teams_filed_at": date("2024-08-20 09:00"),
                "drawn_at": date("2024-08-26 09:00"),
                "signers": "家长代表、班主任、校长、教育局领导",
                "copies_n": 3,
            }
        ),
        "publications": pd.DataFrame(
            [
                (f"{school}-{item}-{way}", school, item, way, date("2024-06-25"))
                for school in teaching
                for way in ("website", "board")
                for item in (*ITEMS, "plan", "results", "statement", "fees")
            ]
            + [
                (item, "", item, "website", date("2024-06-25"))
                for item in ("hotline", "complaints", "explanation", "plan")
            ],
            columns=["publication_id", "school_id", "item", "channel", "published_on"],
        ),
        "documents": pd.DataFrame(
            [(school, who, paper, "registration") for school in teaching for who, paper in PAPERS],
            columns=["school_id", "applicant", "document", "needed_at"],
        ),
        "form_fields": pd.DataFrame(
            {"school_id": "", "medium": "platform", "field": ["姓名", "出生日期"], "in_roll_form": True, "events_n": 1}
        ),
        "fees": pd.DataFrame(
            {
                "fee_id": ["f1"],
                "school_id": ["p"],
                "pupil_id": ["o-p-1"],
                "item": ["学费"],
                "amount_yuan": [3000.0],
                "received_on": [date("2024-08-30")],
                "listed": [True],
            }
        ),
        "categories": pd.DataFrame(
            {
                "category": ["军人子女"],
                "basis": ["办法"],
                "scope": ["现役"],
                "requirement": ["证明"],
                "procedure": ["审核"],
            }
        ),
        "policy_register": pd.DataFrame(
            {
                "policy_no": ["一号"],
                "title": ["旧办法"],
                "clause": ["第一条"],
                "verdict": ["conforms"],
                "abolished_on": [pd.NaT],
            }
        ),
        "findings": pd.DataFrame(
            [
                (f"i-{question}-{school}", question, school, "clear", "", "检查组", date("2024-10-11"))
                for school in teaching
                for question in INSPECTED
            ],
            columns=["finding_id", "question", "school_id", "answer", "evidence", "inspector", "inspected_on"],
        ),
        "ledger": pd.DataFrame(
            [(f"ZH-{n:02d}", school, "pass") for n in range(1, 26) for school in teaching],
            columns=["question", "school_id", "status"],
        ),
        "complaints": pd.DataFrame(
            {
                "complaint_id": ["k1"],
                "school_id": ["a"],
                "kind": ["complaint"],
                "received_on": [date("2024-07-01")],
                "replied_on": [date("2024-07-03")],
                "closed_on": [date("2024-07-10")],
            }
        ),
        "interfaces": pd.DataFrame(
            {
                "source": ["hukou", "property", "permit", "social_insurance", "civil_affairs"],
                "connected": True,
                "unmatched_n": 0,
            }
        ),
        "verifications": child[["child_id"]].assign(item="hukou", method="automatic", result="match"),
        "dropouts": pd.DataFrame(
            {
                "case_id": ["x1"],
                "pupil_id": [""],
                "school_id": ["a"],
                "kind": ["suspected"],
                "opened_on": [date("2024-10-10")],
                "updated_on": [date("2024-10-20")],
                "owner": ["责任人"],
                "action": ["家访"],
                "closed_on": [pd.NaT],
            }
        ),
        "migrant_counts": pd.DataFrame(
            {
                "school_year": [2023, 2023, 2024, 2024],
                "stage": "primary",
                "sector": ["public", "private"] * 2,
                "pupils_n": [86, 14, 87, 13],
            }
        ),
        "special_needs": pd.DataFrame(
            {
                "case_id": ["n1", "n2", "n3"],
                "ability": ["ordinary", "special", "home"],
                "zone_school_id": "a",
                "placement": ["ordinary", "special", "home"],
                "school_id": ["a", "", ""],
            }
        ),
        "care_groups": pd.DataFrame(
            {
                "case_id": ["g1", "g2", "g3", "g4"],
                "group": ["left_behind", "de_facto_orphan", "orphan", "poor"],
                "school_id": "a",
                "entry_status": "enrolled",
                "matched": True,
            }
        ),
        "housing": pd.DataFrame({"unit_id": ["uw"], "delivered_on": [date("2024-05-20")], "dwellings_n": [100]}),
        "seat_locks": child[["child_id", "school_id"]].assign(address_id="d-" + child["child_id"], intake_year=YEAR),
        "roll_counts": pd.DataFrame(
            [
                (school, year, first + up, ENTRANTS[school], CLASSES[school])
                for school, first in (("a", 1), ("b", 1), ("p", 1), ("j", 7))
                for year in (2023, 2024)
                for up in (0, 1)
            ],
            columns=["school_id", "school_year", "grade", "pupils_n", "classes_n"],
        ),
        "classes": pd.DataFrame(
            [
                (school, year, first + up, n + 1, 4, f"{n + 1}班")
                for school, first in (("a", 1), ("b", 1), ("p", 1), ("j", 7))
                for year in (2023, 2024)
                for up in (0, 1)
                for n in range(CLASSES[school])
            ],
            columns=["school_id", "school_year", "grade", "class_no", "pupils_n", "label"],
        ),
        "resources": pd.DataFrame(
            {
                "school_id": teaching,
                "stage": ["primary"] * 3 + ["junior"],
                "qualified_teachers_n": 9,
                "leading_teachers_n": 9,
                "arts_teachers_n": 9,
                "rooms_m2": 900.0,
                "sports_m2": 900.0,
                "equipment_yuan": 90000.0,
                "multimedia_rooms_n": 9,
            }
        ),
        "deferrals": pd.DataFrame(
            {
                "child_id": ["d1"],
                "requested_on": [date("2024-06-20")],
                "proof_level": ["county"],
                "approved_on": [date("2024-06-28")],
                "approval_no": ["缓1"],
            }
        ),
        "arrivals": child[["child_id", "school_id"]].assign(
            due_on=date("2024-08-31"), leave=False, arrived_on=date("2024-08-30")
        ),
        "forms": new[new["school_id"].eq("j")][["pupil_id"]].assign(primary_id=["a", "b"] * 4, junior_id="j"),
        "class_teachers": pd.DataFrame(
            [
                (school, YEAR, first, n + 1, f"t-{school}-{n}", True, "", "")
                for school, first in (("a", 1), ("b", 1), ("p", 1), ("j", 7))
                for n in range(CLASSES[school])
            ],
            columns=[
                "school_id",
                "school_year",
                "grade",
                "class_no",
                "teacher_id",
                "leading",
                "replaces_id",
                "approval_no",
            ],
        ),
    }
    tables["children"]["category"] = ["军人子女"] + [""] * (len(child) - 1)
    tables["children"]["category_basis"] = ["证"] + [""] * (len(child) - 1)
    return tables


def tables(*names: str) -> dict[str, pd.DataFrame]:
    """Return copies of the clean tables."""
    found = _clean()
    return {name: found[name].copy() for name in names or found}


def with_another_school(name: str) -> dict[str, pd.DataFrame]:
    """Return the layers and tables that change when a twin of 甲小学, with pupils of its own, opens in its zone."""
    frames = {}
    for table, frame in (layers() | tables()).items():
        column = "to_school_id" if table == "transfers" else "school_id"
        if column not in frame or table == "leavers":
            continue
        more = frame[frame[column] == "a"].copy()
        for key in ("pupil_id", "child_id", "publication_id", "finding_id", "complaint_id", "case_id", "address_id"):
            if key in more:
                more[key] = more[key].mask(more[key] != "", more[key] + "-" + name)
        more[column] = name
        if "zone_school_id" in more:
            more["zone_school_id"] = name
        if "student_no" in more:
            body = "990409" + more["student_no"].str[7:18]
            more["student_no"] = "G" + body + student_numbers.check_characters(body)
        frames[table] = pd.concat([frame, more], ignore_index=True)
    frames["schools"].loc[frames["schools"]["school_id"] == name, "name"] = "新来小学"
    own = {table: tables(table)[table] for table in ("children", "homes", "hukou", "verifications")}
    for table, frame in own.items():
        more = frame[frame["child_id"].str.startswith("e-a-")]
        frames[table] = pd.concat([frame, more.assign(child_id=more["child_id"] + "-" + name)], ignore_index=True)
    return frames


@functools.cache
def _town() -> geodata.District:
    return geodata.assemble(layers() | tables(), ABOUT, where="核查镇")


def town(changed: Mapping[str, pd.DataFrame] | None = None, **about: str) -> geodata.District:
    """Return the town with some tables or layers changed; what is changed is checked as if read from disk."""
    district = _town()
    checked = {
        name: schema.ordered(name, schema.check(name, frame, where="核查镇")) for name, frame in (changed or {}).items()
    }
    layers_ = {name: frame for name, frame in checked.items() if name in geodata.layers.NAMES}
    own = {name: frame for name, frame in checked.items() if name not in layers_}
    return replace(district, **layers_, tables=district.tables | own, about=district.about | about)


def bare(**only: pd.DataFrame) -> geodata.District:
    """Return the town with the layers and only these tables."""
    whole = town(only)
    return replace(whole, tables={name: whole.tables[name] for name in only})


@functools.cache
def rules(policy_id: str) -> policy.Policy:
    return policy.load(policy_id)


def run(district: geodata.District, policy_id: str = "zhanhe-2024", **options) -> findings.Findings:
    return audit.run(district, rules(policy_id), **options)


def found(result: findings.Findings, rule: str) -> pd.DataFrame:
    """Return the evidence of one rule with the keys it was made from."""
    rows = result.evidence[result.evidence["rule"] == rule]
    return rows.merge(result.keys[["finding_id", "column", "value"]], on="finding_id", validate="1:1")


def states(result: findings.Findings, rule: str) -> dict[str, str]:
    """Return school -> state of one rule."""
    rows = result.summary[result.summary["rule"] == rule]
    return dict(zip(rows["school_id"], rows["state"], strict=True))


def changed(name: str, key: str, value: str, **cells) -> pd.DataFrame:
    """Return one table of the clean town with some cells of one row changed."""
    frame = tables(name)[name]
    for column, cell in cells.items():
        frame.loc[frame[key] == value, column] = cell
    return frame


def only(name: str, frame: pd.DataFrame, rule: str, policy_id: str = "zhanhe-2024", **options) -> findings.Findings:
    """Audit the town with one table changed by one rule."""
    return run(town({name: frame}), policy_id, only=[rule], **options)


def one_class(size: int, *, grade: int = 3, school: str = "a", before: int | None = None) -> pd.DataFrame:
    """Return a table with one class, and the same cohort a year before."""
    rows = [(school, 2024, grade, 1, size)]
    rows += [] if before is None else [(school, 2023, grade - 1, 1, before)]
    return pd.DataFrame(rows, columns=["school_id", "school_year", "grade", "class_no", "pupils_n"])


@functools.cache
def with_two_faults() -> tuple[geodata.District, findings.Findings, ledger.Ledger]:
    """Return town, audit and ledger: 甲小学 took a fee tied to entry and has a pupil who sits in 乙小学."""
    seats = changed("attendance", "pupil_id", "o-a-1", school_id="b")
    fees = pd.concat([tables("fees")["fees"], pd.DataFrame(FORBIDDEN)])
    district = town({"attendance": seats, "fees": fees})
    found = run(district)
    return district, found, ledger.from_findings(found, district)
