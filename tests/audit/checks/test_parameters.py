"""What each option of a parameter of the audit does: the same data, another line, another verdict."""

import pandas as pd
import pytest
from shapely.geometry import LineString

from tests.towns.audit_town import LEFT, LOW, bare, changed, layers, one_class, only, run, states, tables, town

day = pd.Timestamp


def counted(result):
    return len(result.evidence)


@pytest.mark.parametrize(("limit", "state"), [(9, "finding"), (10, "pass")])
def test_how_many_pupils_make_a_school_too_large(limit, state):
    """A-TB6: 甲小学 has 8 pupils a grade, here 5 and 5."""
    rows = [("a", 2024, grade, 5, 1) for grade in (1, 2)]
    frame = pd.DataFrame(rows, columns=list(tables("roll_counts")["roll_counts"]))
    result = run(
        bare(roll_counts=frame), "taobei-2024", only=["size.school"], parameters={"big_school.threshold": limit}
    )
    assert states(result, "size.school")["a"] == state


@pytest.mark.parametrize(("years", "rows"), [(3, 0), (4, 1), (6, 1)])
def test_how_long_a_dwelling_is_locked(years, rows):
    """A-TB7: the dwelling of e-a-1 gave a seat to another family three years ago."""
    locks = tables("seat_locks")["seat_locks"]
    before = locks.head(1).assign(child_id="x", intake_year=2021)
    result = only(
        "seat_locks", pd.concat([locks, before]), "lock.twice", "taobei-2024", parameters={"seat_lock.years": years}
    )
    assert counted(result) == rows


def test_without_a_number_of_years_no_dwelling_is_locked():
    result = only("seat_locks", tables("seat_locks")["seat_locks"], "lock.twice", "taobei-2024")
    assert set(states(result, "lock.twice").values()) == {"not_assessable"}


@pytest.mark.parametrize(("spared", "rows"), [(True, 0), (False, 1)])
def test_brothers_and_sisters_of_a_locked_dwelling_are_spared_or_not(spared, rows):
    locks, children = tables("seat_locks")["seat_locks"], tables("children")["children"]
    before = locks.head(1).assign(child_id="x", intake_year=2023)
    kin = children.assign(sibling_school_id=["a", *[""] * (len(children) - 1)])
    frames = {"seat_locks": pd.concat([locks, before]), "children": kin}
    chosen = {"seat_lock.years": 6, "seat_lock.sibling_exempt": spared}
    assert counted(run(town(frames), "taobei-2024", only=["lock.twice"], parameters=chosen)) == rows


@pytest.mark.parametrize(("gap", "state"), [(0, "finding"), (1, "pass"), (5, "pass")])
def test_how_far_leading_teachers_may_differ(gap, state):
    rows = [("a", 2024, 1, n + 1, f"t{n}", n == 0, "", "") for n in range(2)]
    table = pd.DataFrame(rows, columns=list(tables("class_teachers")["class_teachers"]))
    chosen = {"leading.max_gap": gap}
    result = run(bare(class_teachers=table), "taobei-2024", only=["draw.leading"], parameters=chosen)
    assert states(result, "draw.leading")["a"] == state


@pytest.mark.parametrize(("last", "state"), [("2024-09-09", "finding"), ("2024-09-10", "pass")])
def test_the_last_day_for_entrants_to_be_on_the_roll(last, state):
    chosen = {"roll.deadline": day(last)}
    result = only("roll", tables("roll")["roll"], "roll.late", "taobei-2024", parameters=chosen)
    assert states(result, "roll.late")["a"] == state


@pytest.mark.parametrize(
    ("allowed", "split", "grown"),
    [("sibling+oversize_cure", "pass", "pass"), ("sibling", "finding", "pass"), ("none", "finding", "finding")],
)
def test_what_excuses_more_classes_or_larger_ones_in_the_middle_of_a_stage(allowed, split, grown):
    """A-QZ16: an oversized class split in two; a class that grew from 45 to 46 by one registered brother."""
    chosen = {"audit.midstage_allow": allowed}
    columns = ["school_id", "school_year", "grade", "class_no", "pupils_n"]
    rows = [("a", 2023, 2, 1, 60), ("a", 2024, 3, 1, 30), ("a", 2024, 3, 2, 30)]
    two = run(
        bare(classes=pd.DataFrame(rows, columns=columns)), "quzhou-2022", only=["size.extra_classes"], parameters=chosen
    )
    assert states(two, "size.extra_classes")["a"] == split
    moved = tables("transfers")["transfers"].assign(grade=3, reason="sibling", moved_on=day("2024-08-27"))
    larger = bare(classes=one_class(46, before=45), transfers=moved)
    result = run(larger, "quzhou-2022", only=["size.growth"], parameters=chosen)
    assert states(result, "size.growth")["a"] == grown


@pytest.mark.parametrize(("gap", "rows"), [(0, 1), (7, 1), (8, 0)])
def test_how_many_children_outside_every_zone_are_a_gap(gap, rows):
    """A-ZH1: eight children are due from the village that lies in no primary zone."""
    zones, links = layers()["zones"].iloc[1:], layers()["zone_schools"].iloc[1:]
    result = run(town({"zones": zones, "zone_schools": links}), only=["zone.gaps"], parameters={"max_gap": gap})
    assert counted(result) == rows


@pytest.mark.parametrize(("share", "rows"), [(0.3, 2), (0.5, 2), (1.0, 0)])
def test_how_many_may_walk_past_another_school(share, rows):
    """A-ZH1: the two primaries change places, so everybody walks past the other."""
    zones, streets = layers()["zone_schools"], layers()["streets"]
    zones["school_id"] = ["b", "a", "j"]
    streets["geometry"] = [LineString([(LEFT, LOW + 500), (LEFT + 2000, LOW + 500)])]
    crossed = town({"zone_schools": zones, "streets": streets})
    assert counted(run(crossed, only=["zone.detour"], parameters={"max_detour_share": share})) == rows


@pytest.mark.parametrize(("days", "rows"), [(7, 1), (10, 1), (11, 0), (30, 0)])
def test_after_how_many_days_a_drop_out_case_is_stale(days, rows):
    """A-ZH1: the case was last looked at on 20 October, the audit is of the 31st."""
    cases = tables("dropouts")["dropouts"]
    result = only("dropouts", cases, "care.fresh", parameters={"ledger_max_age_days": days})
    assert counted(result) == rows


@pytest.mark.parametrize(
    ("ratio", "share", "hot"), [(1.0, 0.1, ["a"]), (0.8, 0.1, ["a", "b", "j"]), (1.0, 0.5, ["a", "b"])]
)
def test_what_makes_a_hot_school(ratio, share, hot):
    """A-ZH2: 甲 has eight registrations for eight seats and three complaints, 乙 seven and two, 丁 seven and none."""
    told = tables("publications")["publications"].query("item != 'statement'")
    asked = tables("applications")["applications"].query("child_id not in ('e-b-1', 'e-j-1')")
    told_of = pd.DataFrame({"complaint_id": list("kkkkk"), "school_id": list("aaabb")})
    told_of["complaint_id"] += pd.Series(range(5)).astype(str)
    frames = {"publications": told, "applications": asked}
    frames["complaints"] = told_of.assign(kind="complaint", received_on=day("2024-07-01"))
    chosen = {"hot_ratio": ratio, "hot_complaint_share": share}
    result = run(town(frames), only=["public.statements"], parameters=chosen)
    assert sorted(name for name, state in states(result, "public.statements").items() if state == "finding") == hot


@pytest.mark.parametrize(
    ("excused", "rows"), [(["outside", "deferred", "deceased"], 0), (["outside", "deferred"], 1), ([], 1)]
)
def test_which_leavers_are_counted_off(excused, rows):
    """A-ZH4: one leaver died, with a paper that says so."""
    gone = changed("leavers", "pupil_id", "e-j-1", destination="deceased", proof_no="证1")
    result = only("leavers", gone, "roll.leavers", parameters={"leaver_excused": excused})
    assert counted(result) == rows


@pytest.mark.parametrize(("due", "days", "rows"), [("2024-09-01", 7, 1), ("2024-09-01", 8, 0), ("2024-09-02", 7, 0)])
def test_when_new_pupils_are_due_and_how_long_leave_lasts(due, days, rows):
    """A-PC18: a pupil on leave came on 9 September."""
    came = tables("arrivals")["arrivals"].assign(due_on=pd.NaT)
    came.loc[came["child_id"] == "e-a-1", ["leave", "arrived_on"]] = [True, day("2024-09-09")]
    chosen = {"report.due": day(due), "report.leave_days": days}
    assert counted(only("arrivals", came, "entry.arrived", "pingcheng-2024", parameters=chosen)) == rows


@pytest.mark.parametrize(("told", "rows"), [("2024-07-16", 1), ("2024-07-17", 0), ("2024-07-19", 0)])
def test_by_when_the_first_phase_is_told(told, rows):
    """A-PC24: a child was admitted by zone on 17 July."""
    listed = tables("admitted")["admitted"].assign(admitted_on=day("2024-07-15"))
    listed.loc[listed["child_id"] == "e-a-1", "admitted_on"] = day("2024-07-17")
    chosen = {"first_phase.result": day(told)}
    assert counted(only("admitted", listed, "entry.first_phase", "pingcheng-2024", parameters=chosen)) == rows
