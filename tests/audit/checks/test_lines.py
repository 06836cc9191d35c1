"""Every line and date an audit compares with, from both sides."""

import pandas as pd
import pytest

from tests.towns.audit_town import ON, bare, changed, found, layers, one_class, only, run, states, tables, town

day = pd.Timestamp


def test_half_an_answer_to_a_question_of_two_parts_is_none():
    answers = tables("findings")["findings"]
    answers.loc[answers["finding_id"] == "i-ZH-06-a", "question"] = "ZH-06a"
    assert states(only("findings", answers, "inspect.ZH-06"), "inspect.ZH-06")["a"] == "not_assessable"


@pytest.mark.parametrize(
    ("drawn", "state"),
    [
        ("2024-08-13 23:59", "finding"),
        ("2024-08-14 00:00", "pass"),
        ("2024-08-15 23:59", "pass"),
        ("2024-08-16 00:00", "finding"),
    ],
)
def test_the_draw_lies_in_its_two_days(drawn, state):
    table = tables("class_draws")["class_draws"].assign(drawn_at=day("2024-08-14 09:00"))
    table.loc[table["school_id"] == "a", "drawn_at"] = day(drawn)
    assert states(only("class_draws", table, "draw.day", "taobei-2024"), "draw.day")["a"] == state


@pytest.mark.parametrize(
    ("drawn", "state"), [("2024-09-04 09:00", "pass"), ("2024-09-04 09:01", "finding"), ("2024-09-04 08:59", "finding")]
)
def test_in_pingcheng_all_draw_at_nine(drawn, state):
    table = tables("class_draws")["class_draws"].assign(drawn_at=day("2024-09-04 09:00"))
    table.loc[table["school_id"] == "a", "drawn_at"] = day(drawn)
    assert states(only("class_draws", table, "draw.hour", "pingcheng-2024"), "draw.hour")["a"] == state


@pytest.mark.parametrize(
    ("moved", "state"), [("2024-09-30", "finding"), ("2024-08-31", "finding"), ("2023-09-01", "finding")]
)
def test_first_graders_do_not_transfer_within_a_year(moved, state):
    moves = tables("transfers")["transfers"].assign(grade=1, moved_on=day(moved))
    assert states(only("transfers", moves, "move.first_year", "taobei-2024"), "move.first_year")["a"] == state


@pytest.mark.parametrize(
    ("start", "months", "grade", "moved", "state"),
    [
        ("2024-09-01", 12, 1, "2024-08-31", "finding"),  # entered in September 2023: free from 2024-09-01 on
        ("2024-09-01", 12, 2, "2024-09-01", "pass"),
        ("2024-08-15", 12, 1, "2024-08-15", "pass"),
        ("2024-08-15", 12, 1, "2024-08-14", "finding"),
        ("2024-10-01", 12, 2, "2024-09-30", "finding"),
        ("2024-10-01", 12, 2, "2024-10-01", "pass"),
        ("2024-09-01", 6, 7, "2024-03-01", "pass"),
        ("2024-09-01", 6, 7, "2024-02-29", "finding"),
    ],
)
def test_how_long_and_from_when_nobody_transfers_is_a_parameter(start, months, grade, moved, state):
    """A-TB5: all of them entered in September 2023, grade 2 of September 2024 too."""
    school = "j" if grade > 6 else "a"
    moves = tables("transfers")["transfers"].assign(grade=grade, to_school_id=school, moved_on=day(moved))
    chosen = {"transfer_lock_start": day(start), "transfer_lock_months": months}
    result = only("transfers", moves, "move.first_year", "taobei-2024", parameters=chosen)
    assert states(result, "move.first_year")[school] == state


@pytest.mark.parametrize(
    ("moved", "grade", "state"),
    [("2024-08-28", 2, "finding"), ("2024-08-28", 1, "finding"), ("2024-08-28", 3, "pass"), ("2024-07-10", 2, "pass")],
)
def test_a_move_of_late_august_under_the_coming_grade_is_one_of_the_first_year(moved, grade, state):
    """The pupil entered in September 2023 and is written down as a second-grader four days before it is one."""
    moves = tables("transfers")["transfers"].assign(grade=grade, moved_on=day(moved))
    assert states(only("transfers", moves, "move.first_year", "taobei-2024"), "move.first_year")["a"] == state


@pytest.mark.parametrize(
    ("scope", "grade", "words"),
    [("all", 3, "历史存量"), ("all", 1, "招生违规"), ("entry", 1, "招生违规"), ("entry", 3, "")],
)
def test_which_grades_the_limit_of_taobei_concerns_is_a_parameter(scope, grade, words):
    """A-TB14: all grades, entry classes a breach of the intake and the others a legacy; or entry classes alone."""
    chosen = {"cap_scope": scope}
    result = run(bare(classes=one_class(46, grade=grade)), "taobei-2024", only=["size.over"], parameters=chosen)
    said = result.evidence["sentence"].tolist()
    assert [words in sentence for sentence in said] == ([True] if words else [])


def test_second_graders_may_transfer():
    moves = tables("transfers")["transfers"].assign(grade=2, moved_on=day("2024-09-30"))
    assert only("transfers", moves, "move.first_year", "taobei-2024").evidence.empty


@pytest.mark.parametrize(("size", "state"), [(45, "pass"), (46, "finding")])
def test_nobody_is_taken_into_a_class_beyond_45(size, state):
    moves = tables("transfers")["transfers"].assign(size_after_n=size)
    assert states(only("transfers", moves, "move.full_class", "taobei-2024"), "move.full_class")["a"] == state


@pytest.mark.parametrize(
    ("grade", "size", "state"),
    [
        (2, 50, "pass"),
        (2, 51, "finding"),
        (1, 45, "pass"),
        (1, 46, "finding"),
        (8, 55, "pass"),
        (8, 56, "finding"),
        (7, 50, "pass"),
        (7, 51, "finding"),
    ],
)
def test_siblings_may_break_the_base_size_but_not_in_grades_1_and_7_and_never_make_56(grade, size, state):
    school = "j" if grade > 6 else "a"
    moves = tables("transfers")["transfers"].assign(
        grade=grade, to_school_id=school, size_after_n=size, reason="sibling"
    )
    assert states(only("transfers", moves, "move.sibling", "quzhou-2022"), "move.sibling")[school] == state


@pytest.mark.parametrize(("filed", "state"), [("2022-06-25 23:59:59", "pass"), ("2022-06-26 00:00:00", "finding")])
def test_county_rules_are_filed_by_25_june(filed, state):
    calendar = pd.DataFrame({"event": ["county_rules_filed"], "opens_at": [pd.NaT], "closes_at": [day(filed)]})
    # The town's clock runs two years later, which is no matter of this rule.
    result = run(
        bare(calendar=calendar.assign(opens_at=day("2022-06-01"))), "quzhou-2022", only=["calendar.county_rules"]
    )
    assert states(result, "calendar.county_rules")[""] == state


@pytest.mark.parametrize(("born", "state"), [("2019-08-31", "pass"), ("2019-09-01", "finding")])
def test_a_child_born_after_the_last_birthday_is_under_age(born, state):
    children = tables("children")["children"].assign(birth_on=day("2019-01-01"))
    children.loc[children["child_id"] == "e-a-1", "birth_on"] = day(born)
    assert states(only("children", children, "area.under_age", "laoting-2025"), "area.under_age")["a"] == state


@pytest.mark.parametrize(("registered", "state"), [("2024-10-01", "pass"), ("2024-10-02", "finding")])
def test_entrants_are_on_the_roll_within_thirty_days_where_nothing_else_is_said(registered, state):
    roll = changed("roll", "pupil_id", "e-a-1", registered_on=day(registered))
    assert states(only("roll", roll, "roll.late"), "roll.late")["a"] == state


@pytest.mark.parametrize(("registered", "state"), [("2024-09-30", "pass"), ("2024-10-01", "finding")])
def test_taobei_sets_the_last_day_itself(registered, state):
    roll = changed("roll", "pupil_id", "e-a-1", registered_on=day(registered))
    assert states(only("roll", roll, "roll.late", "taobei-2024"), "roll.late")["a"] == state


@pytest.mark.parametrize(("updated", "state"), [("2024-10-01", "pass"), ("2024-09-30", "finding")])
def test_a_drop_out_case_is_stale_after_thirty_days(updated, state):
    cases = tables("dropouts")["dropouts"].assign(opened_on=day("2024-09-01"), updated_on=day(updated))
    assert states(only("dropouts", cases, "care.fresh"), "care.fresh")["a"] == state


@pytest.mark.parametrize(("replied", "state"), [("2024-07-16", "pass"), ("2024-07-17", "finding")])
def test_a_complaint_is_answered_within_fifteen_days(replied, state):
    asked = tables("complaints")["complaints"].assign(replied_on=day(replied))
    assert states(only("complaints", asked, "complaint.replied"), "complaint.replied")["a"] == state


@pytest.mark.parametrize(("opens", "state"), [("2024-07-10 08:00", "pass"), ("2024-07-10 08:01", "finding")])
def test_private_schools_register_at_the_same_minute(opens, state):
    calendar = tables("calendar")["calendar"]
    calendar.loc[calendar["sector"] == "private", "opens_at"] = day(opens)
    assert states(only("calendar", calendar, "calendar.synchronous"), "calendar.synchronous")[""] == state


@pytest.mark.parametrize(
    ("opens", "closes", "state"),
    [
        ("2024-07-01", "2024-07-05", "pass"),
        ("2024-06-30", "2024-07-05", "finding"),
        ("2024-07-01", "2024-07-06", "finding"),
    ],
)
def test_the_calendar_keeps_to_the_window_of_the_text(opens, closes, state):
    calendar = tables("calendar")["calendar"].head(2).assign(opens_at=day(opens), closes_at=day(closes))
    result = only("calendar", calendar, "calendar.registration", "pingcheng-2024")
    assert states(result, "calendar.registration")[""] == state


@pytest.mark.parametrize(("before", "now", "history"), [(56, 56, "上一学年已有"), (55, 56, "今年新出现")])
def test_an_oversized_class_is_new_or_a_legacy(before, now, history):
    result = run(bare(classes=one_class(now, before=before)), only=["size.oversized", "size.rebound"])
    assert history in result.evidence["sentence"].iloc[0]
    assert (states(result, "size.rebound")["a"] == "finding") == (before < 56)


def test_a_class_that_was_cured_and_is_oversized_again_has_rebounded():
    rows = [("a", 2022, 1, 1, 60), ("a", 2023, 2, 1, 50), ("a", 2024, 3, 1, 57)]
    classes = pd.DataFrame(rows, columns=["school_id", "school_year", "grade", "class_no", "pupils_n"])
    result = run(bare(classes=classes), only=["size.oversized"])
    assert result.evidence["sentence"].tolist() == ["3年级1班 57 人，为大班额，消除后反弹"]


def test_a_third_class_in_the_middle_of_a_stage_is_an_extension_unless_it_cures_an_oversized_one():
    for largest, state in ((55, "finding"), (56, "pass")):
        rows = [("a", 2023, 2, 1, largest), ("a", 2024, 3, 1, 30), ("a", 2024, 3, 2, 26)]
        classes = pd.DataFrame(rows, columns=["school_id", "school_year", "grade", "class_no", "pupils_n"])
        result = run(bare(classes=classes), "quzhou-2022", only=["size.extra_classes"])
        assert states(result, "size.extra_classes")["a"] == state


@pytest.mark.parametrize(
    ("before", "now", "siblings", "state"),
    [(45, 46, 0, "finding"), (45, 46, 1, "pass"), (45, 47, 1, "finding"), (44, 45, 0, "pass"), (49, 51, 2, "finding")],
)
def test_a_class_grows_beyond_the_standard_only_by_registered_siblings(before, now, siblings, state):
    moves = pd.DataFrame(
        {
            "pupil_id": [f"s{n}" for n in range(siblings)] or ["x"],
            "grade": 3,
            "to_school_id": "a" if siblings else "b",
            "moved_on": day("2024-08-27"),
            "reason": "sibling",
            "size_after_n": now,
        }
    )
    result = run(bare(classes=one_class(now, before=before), transfers=moves), "quzhou-2022", only=["size.growth"])
    assert states(result, "size.growth")["a"] == state


@pytest.mark.parametrize(("pupils", "state"), [(2000, "pass"), (2001, "finding")])
def test_a_school_of_more_than_2000_is_too_large(pupils, state):
    counts = pd.DataFrame(
        {"school_id": ["a"], "school_year": [2024], "grade": [1], "pupils_n": [pupils], "classes_n": [50]}
    )
    assert states(run(bare(roll_counts=counts), "taobei-2024", only=["size.school"]), "size.school")["a"] == state


def test_five_who_move_the_same_way_in_a_month_are_too_many_and_four_are_not():
    for number, state in ((4, "pass"), (5, "finding")):
        moves = pd.DataFrame(
            {
                "pupil_id": [f"m{n}" for n in range(number)],
                "grade": 4,
                "from_school_id": "a",
                "to_school_id": "p",
                "moved_on": pd.date_range("2024-08-01", periods=number, freq="7D"),
                "reason": "other",
            }
        )
        assert states(run(bare(transfers=moves), only=["move.poached"]), "move.poached")["p"] == state


def test_a_zone_of_a_new_school_must_be_in_force_when_registration_opens():
    schools, zones = layers()["schools"], layers()["zones"]
    schools.loc[schools["school_id"] == "a", "opened_year"] = 2024
    for begins, state in (("2024-07-10", "pass"), ("2024-07-11", "finding")):
        zones["valid_from"] = [day(begins), pd.NaT, pd.NaT]
        result = run(town({"schools": schools, "zones": zones}), only=["zone.new_schools"], on=ON)
        assert states(result, "zone.new_schools")["a"] == state


def test_a_child_of_the_other_zone_needs_a_placement_number():
    listed = changed("admitted", "child_id", "e-a-1", school_id="b")
    assert found(only("admitted", listed, "area.zone"), "area.zone")["value"].tolist() == ["e-a-1"]
    placed = changed("admitted", "child_id", "e-a-1", school_id="b", placement_no="统1", route="coordinated")
    assert only("admitted", placed, "area.zone").evidence.empty
