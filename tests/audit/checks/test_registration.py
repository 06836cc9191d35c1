"""Worked cases of the catalogue about coming in: registration, deferral, arrival, forms, designation, zones."""

import re
from pathlib import Path

import pandas as pd
import pytest
from shapely.geometry import LineString

from tests.towns.audit_town import LEFT, LOW, bare, changed, found, layers, only, run, square, states, tables, town
from zhaosheng_analysis.audit import View
from zhaosheng_analysis.audit.checks import registration

day = pd.Timestamp
# Every case of §8.4, and the cases of the other districts that ask for a finding, a list or a warning.
CASES = {
    "ZHW": (1, 2, 5, 7, 8, 10, 12, 13, 14, 16, 17),
    "PCW": (25, 26, 28),
    "TBW": (3, 4, 5, 7, 9, 10, 12, 13, 15, 16, 19, 20, 21),
    "QZW": (4, 13, 17, 18, 19, 20, 24),
    "LTW": (3, 7, 15, 21, 25, 28, 29, 30, 32),
}


def test_every_audit_case_of_the_catalogue_runs_under_its_id():
    names = {
        name.upper().replace("_", "-")
        for path in Path(__file__).parents[2].rglob("test_*.py")
        for test in re.findall(r"def test_(\w+)", path.read_text(encoding="utf-8"))
        for name in re.findall(r"(?:pc|tb|qz|zh|lt)w_\d+", test)
    }
    assert {f"{text}-{number:02d}" for text, numbers in CASES.items() for number in numbers} - names == set()


# ---- 平城


@pytest.mark.parametrize(
    ("leave", "after", "state"),
    [(True, 7, "pass"), (True, 8, "finding"), (False, 0, "pass"), (False, 1, "finding")],
)
def test_pcw_26_who_comes_after_the_day_or_a_week_of_leave_forfeits_the_seat(leave, after, state):
    came = tables("arrivals")["arrivals"]
    row = came["child_id"] == "e-a-1"
    came.loc[row, ["leave", "arrived_on"]] = [leave, day("2024-08-31") + pd.Timedelta(days=after)]
    assert states(only("arrivals", came, "entry.arrived", "pingcheng-2024"), "entry.arrived")["a"] == state


def test_without_a_day_of_their_own_children_are_due_on_the_day_the_rule_file_assumes():
    came = tables("arrivals")["arrivals"].assign(due_on=pd.NaT, arrived_on=day("2024-09-01"))
    assert only("arrivals", came, "entry.arrived", "pingcheng-2024").evidence.empty
    late = came.assign(arrived_on=day("2024-09-02"))
    assert len(only("arrivals", late, "entry.arrived", "pingcheng-2024").evidence) == len(late)


@pytest.mark.parametrize(
    ("kind", "channel", "state"),
    [
        ("city_direct", "online", "finding"),
        ("city_direct", "onsite", "pass"),
        ("outside", "online", "finding"),
        ("district", "online", "pass"),
    ],
)
def test_pcw_28_leavers_of_the_citys_own_primaries_register_on_site(kind, channel, state):
    children = tables("children")["children"].assign(prev_school_kind="district")
    children.loc[children["child_id"] == "e-j-1", "prev_school_kind"] = kind
    asked = changed("applications", "child_id", "e-j-1", channel=channel)
    result = run(town({"children": children, "applications": asked}), "pingcheng-2024", only=["entry.channel"])
    assert states(result, "entry.channel")["j"] == state


def test_papers_found_false_take_the_seat_away():
    checks = changed("verifications", "child_id", "e-b-2", result="differs")
    result = only("verifications", checks, "entry.false_papers", "pingcheng-2024")
    assert found(result, "entry.false_papers")["value"].tolist() == ["e-b-2"]


@pytest.mark.parametrize(("admitted", "state"), [("2024-07-19", "pass"), ("2024-07-20", "finding")])
def test_the_first_phase_is_told_before_the_second_begins(admitted, state):
    listed = tables("admitted")["admitted"].assign(admitted_on=day("2024-07-18"))
    listed.loc[listed["child_id"] == "e-a-1", "admitted_on"] = day(admitted)
    result = only("admitted", listed, "entry.first_phase", "pingcheng-2024")
    assert states(result, "entry.first_phase")["a"] == state


# ---- 洮北


def test_tbw_09_and_tbw_10_renters_of_the_town_and_migrants_go_where_the_bureau_sends_them():
    homes = tables("homes")["homes"]
    homes.loc[homes["child_id"] == "e-a-1", ["owner", "evidence"]] = ["other", "rent"]
    homes = homes[homes["child_id"] != "e-a-2"]
    papers = changed("hukou", "child_id", "e-a-2", district_code="130101", unit_id="")
    permits = tables("permits")["permits"].assign(child_id="e-a-2")
    frames = {"homes": homes, "hukou": papers, "permits": permits}
    result = run(town(frames), "taobei-2024", only=["entry.designated"])
    told = found(result, "entry.designated").set_index("value")["sentence"]
    assert told.to_dict() == {
        "e-a-1": "租房居住的城区户籍学生，没有统筹指定学校的文号",
        "e-a-2": "随迁子女，没有统筹指定学校的文号",
    }
    listed = tables("admitted")["admitted"]
    listed.loc[listed["child_id"].isin(["e-a-1", "e-a-2"]), "placement_no"] = "统1"
    assert run(town(frames | {"admitted": listed}), "taobei-2024", only=["entry.designated"]).evidence.empty


def rural() -> dict[str, pd.DataFrame]:
    """甲小学 and 丁中学 are schools of the western township."""
    schools = layers()["schools"].assign(urban=False, township_id=["west", "", "", "west"])
    children = tables("children")["children"].assign(prev_school_id="")
    children.loc[children["stage"] == "junior", "prev_school_id"] = "a"
    return {"schools": schools, "children": children}


def test_tbw_12_a_rural_school_takes_the_children_of_its_township():
    frames = rural()
    assert run(town(frames), "taobei-2024", only=["entry.township"]).evidence.empty
    east = changed("hukou", "child_id", "e-a-1", unit_id="ue", x=LEFT + 1250)
    homes = changed("homes", "child_id", "e-a-1", unit_id="ue", x=LEFT + 1250)
    frames["children"].loc[frames["children"]["child_id"] == "e-j-1", "prev_school_id"] = "b"
    frames["schools"].loc[frames["schools"]["school_id"] == "b", "township_id"] = "east"
    result = run(town(frames | {"hukou": east, "homes": homes}), "taobei-2024", only=["entry.township"])
    assert sorted(found(result, "entry.township")["value"]) == ["e-a-1", "e-j-1"]


@pytest.mark.parametrize(
    ("outcome", "state"), [("upheld", "finding"), ("not yet closed", "finding"), ("cleared", "pass")]
)
def test_tbw_15_a_child_shown_not_to_live_in_the_zone_is_on_the_list_all_the_same(outcome, state):
    """The complaint is upheld: home and register lie in the other zone, and no placement number takes its place."""
    moved = {"x": 501_250.0, "unit_id": "ue"} if outcome != "cleared" else {}
    homes, papers = (changed(name, "child_id", "e-a-1", **moved) for name in ("homes", "hukou"))
    result = run(town({"homes": homes, "hukou": papers}), "taobei-2024", only=["area.zone"])
    assert states(result, "area.zone")["a"] == state


def test_tbw_20_a_six_year_old_nobody_registered_is_on_the_ledger_unless_deferred_by_approval():
    extra = tables("children")["children"].head(1)
    more = pd.concat([extra.assign(child_id=name, category="") for name in ("d1", "d2", "d3")])
    children = pd.concat([tables("children")["children"], more])
    asked = pd.DataFrame({"child_id": ["d1", "d2"], "approval_no": ["缓1", ""]})
    cases = tables("dropouts")["dropouts"]
    frames = {"children": children, "deferrals": asked}
    result = run(town(frames), "taobei-2024", only=["entry.unregistered", "entry.deferred"])
    assert sorted(found(result, "entry.unregistered")["value"]) == ["d2", "d3"]
    assert found(result, "entry.deferred")["value"].tolist() == ["d2"]
    noted = cases.assign(pupil_id="d3", kind="out")
    result = run(town(frames | {"dropouts": noted}), "taobei-2024", only=["entry.unregistered"])
    assert found(result, "entry.unregistered")["value"].tolist() == ["d2"]


@pytest.mark.parametrize(("leading", "state"), [((1, 0), "pass"), ((2, 0), "finding"), ((2, 1), "pass")])
def test_leading_teachers_differ_by_one_at_most(leading, state):
    rows = [("a", 2024, 1, n + 1, f"t{n}-{k}", k < best, "", "") for n, best in enumerate(leading) for k in range(3)]
    table = pd.DataFrame(rows, columns=list(tables("class_teachers")["class_teachers"]))
    assert states(run(bare(class_teachers=table), "taobei-2024", only=["draw.leading"]), "draw.leading")["a"] == state


@pytest.mark.parametrize(("approval", "state"), [("", "finding"), ("调师1", "pass")])
def test_a_filed_teacher_is_not_swapped_without_an_approval(approval, state):
    table = changed("class_teachers", "teacher_id", "t-a-0", replaces_id="t9", approval_no=approval)
    assert states(only("class_teachers", table, "draw.swapped", "taobei-2024"), "draw.swapped")["a"] == state


# ---- 衢州


def test_qzw_04_one_child_at_the_entrances_of_two_counties():
    schools = layers()["schools"].assign(area_id=["west", "east", "east", "west"])
    again = tables("applications")["applications"].query("child_id == 'e-a-1'").assign(school_id="b", choice_n=2)
    asked = pd.concat([tables("applications")["applications"], again])
    result = run(town({"schools": schools, "applications": asked}), "quzhou-2022", only=["entry.once"])
    assert found(result, "entry.once")[["school_id", "value"]].to_numpy().tolist() == [["b", "e-a-1"]]
    same = schools.assign(area_id="west")
    assert run(town({"schools": same, "applications": asked}), "quzhou-2022", only=["entry.once"]).evidence.empty


def test_qzw_18_into_a_private_school_only_by_open_registration_and_lot():
    moves = tables("transfers")["transfers"].assign(to_school_id="p", from_school_id="a", reason="sibling")
    result = only("transfers", moves, "move.sibling_private", "quzhou-2022")
    assert states(result, "move.sibling_private") == {"p": "finding"}
    other = only("transfers", moves.assign(reason="work"), "move.sibling_private", "quzhou-2022")
    assert other.evidence.empty


def test_every_school_is_inspected():
    told = tables("findings")["findings"].query("school_id != 'b'")
    result = only("findings", told, "inspect.coverage", "quzhou-2022")
    assert states(result, "inspect.coverage") == {"a": "pass", "b": "finding", "j": "pass", "p": "pass"}


def test_ordinary_schools_take_no_talents():
    children = changed("children", "child_id", "e-a-2", category="美术特长生")
    result = only("children", children, "entry.talents", "quzhou-2022")
    assert found(result, "entry.talents")["value"].tolist() == ["e-a-2"]


# ---- 乐亭


def test_ltw_03_an_address_in_no_zone_is_on_the_list_of_gaps():
    zones = layers()["zones"].iloc[[0, 2]]
    result = run(town({"zones": zones, "zone_schools": layers()["zone_schools"].iloc[[0, 2]]}), "laoting-2025")
    gaps = found(result, "zone.gaps")
    assert gaps["sentence"].tolist() == ["东村（小学）不在任何学区内，当年适龄 8 人"]


def test_ltw_07_a_place_in_two_zones_is_a_defect_of_the_notice():
    zones = layers()["zones"].assign(sentence=["西村、东村", "东村", ""])
    zones.loc[zones["zone_id"] == "za", "geometry"] = square(0, 0, 2000, 1000)
    result = run(town({"zones": zones}), "laoting-2025", only=["zone.overlap", "zone.wording"])
    rows = found(result, "zone.overlap")
    assert len(rows) == 1
    assert "甲小学学区" in rows["sentence"].iloc[0]
    assert "乙小学学区" in rows["sentence"].iloc[0]


@pytest.mark.parametrize(
    ("proof", "approval", "told"),
    [
        ("township", "缓1", "申请缓学，乡镇级证明，须由县级以上医疗单位出具"),
        ("", "缓1", "申请缓学，没有证明，须由县级以上医疗单位出具"),
        ("county", "", "申请缓学，没有批准文号"),
        ("county", "缓1", ""),
        ("city", "缓1", ""),
    ],
)
def test_ltw_28_a_deferral_rests_on_a_county_hospital_and_an_approval(proof, approval, told):
    asked = tables("deferrals")["deferrals"].assign(proof_level=proof, approval_no=approval)
    result = only("deferrals", asked, "entry.deferred_proof", "laoting-2025")
    assert result.evidence["sentence"].tolist() == ([told] if told else [])


def test_ltw_29_of_400_forms_388_arrive_9_are_filed_elsewhere_and_3_are_unexplained():
    names = [f"f{n:03d}" for n in range(400)]
    forms = pd.DataFrame({"pupil_id": names, "junior_id": "j"})
    came = pd.DataFrame({"child_id": names[:388], "school_id": "j", "arrived_on": day("2024-08-30")})
    away = pd.DataFrame({"pupil_id": names[388:397], "school_id": "a", "leave_year": 2024, "destination": "outside"})
    district = bare(forms=forms, arrivals=came, leavers=away.assign(proof_no="备案1"))
    result = run(district, "laoting-2025", only=["entry.forms"])
    assert found(result, "entry.forms")["value"].tolist() == names[397:]
    assert "分发 400 份，剩余 12 份，其中 3 份没有去向" in result.evidence["sentence"].iloc[0]
    left = registration.leftover(View(district, None, day("2024-10-31"), 2024, {}))
    assert left["explained"].value_counts().to_dict() == {True: 9, False: 3}


# ---- zones and days


def test_a_zone_whose_children_pass_another_school_on_the_way_must_be_explained():
    """The schools change places: everybody walks past the other one."""
    zones = layers()["zone_schools"]
    zones["school_id"] = ["b", "a", "j"]
    streets = layers()["streets"]
    streets["geometry"] = [LineString([(LEFT, LOW + 500), (LEFT + 2000, LOW + 500)])]
    result = run(town({"zone_schools": zones, "streets": streets}), only=["zone.detour"])
    assert sorted(result.evidence["sentence"].str[:5]) == ["乙小学学区", "甲小学学区"]
    turned = town({"zone_schools": zones, "streets": streets})
    assert run(turned, only=["zone.detour"], parameters={"max_detour_share": 1.0}).evidence.empty
    right = run(town({"streets": streets}), only=["zone.detour"])
    assert right.evidence.empty


def test_a_closed_school_that_still_has_a_zone():
    schools = layers()["schools"]
    schools.loc[schools["school_id"] == "a", ["status", "closed_year"]] = ["closed", 2023]
    result = run(town({"schools": schools}), only=["zone.closed"])
    assert states(result, "zone.closed")["a"] == "finding"


@pytest.mark.parametrize(
    ("opens", "closes", "told"),
    [
        ("2024-07-12 08:00", "2024-07-15 18:00", []),
        ("2024-07-13 00:00", "2024-07-15 18:00", ["周六开始"]),
        ("2024-07-12 08:00", "2024-07-14 23:59:59", ["周日截止"]),
    ],
)
def test_a_day_at_the_weekend_is_named(opens, closes, told):
    calendar = tables("calendar")["calendar"].head(1).assign(opens_at=day(opens), closes_at=day(closes))
    result = only("calendar", calendar, "calendar.weekends")
    assert [word for word in told if word in "".join(result.evidence["sentence"])] == told
    assert len(result.evidence) == len(told)


def test_a_joint_campus_with_its_papers_waits_for_a_person_unless_the_bureau_wants_a_finding():
    seats = changed("attendance", "pupil_id", "o-a-1", school_id="p", class_no=1)
    papers = pd.DataFrame(
        {
            "finding_id": ["x"],
            "question": ["ZH-10b"],
            "school_id": ["p"],
            "answer": ["clear"],
            "evidence": ["合作协议"],
            "inspector": ["检查组"],
            "inspected_on": [day("2024-10-11")],
        }
    )
    told = pd.concat([tables("findings")["findings"], papers])
    both = town({"attendance": seats, "findings": told})
    assert states(run(both, only=["class.mixed"]), "class.mixed")["p"] == "not_assessable"
    strict = run(both, only=["class.mixed"], parameters={"joint_campus": "finding"})
    assert states(strict, "class.mixed")["p"] == "finding"
