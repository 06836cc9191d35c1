"""Families file as they do: twice, late, on site after online, again after a lost draw; what each filing gives."""

from pathlib import Path

import pandas as pd
import pytest

from tests.towns.paper_town import Register
from zhaosheng_analysis import admission, applicants, policy, tiers
from zhaosheng_analysis.applicants import filings


def resident(book: Register, name: str, *, x: float = 2, y: float = 3) -> None:
    """Write down a child of the zone around a point, with home and hukou there."""
    book.child(name)
    book.home(name, x, y)
    book.hukou(name, x, y)


def intake(book: Register, rules: policy.Policy) -> pd.DataFrame:
    """Carry out the intake of a book; it must be valid."""
    district = book.district()
    ranked = tiers.assign(applicants.build(district, rules), rules)
    outcome = admission.run(ranked, district, rules, seed="2024")
    assert admission.check(outcome, ranked, district, rules) == []
    return outcome.children


@pytest.fixture
def laoting() -> policy.Policy:
    return policy.load("laoting-2025")


@pytest.fixture
def pingcheng() -> policy.Policy:
    return policy.load("pingcheng-2024")


@pytest.mark.parametrize("school", ["s1", "s2"])
def test_ltw_32_who_is_in_online_keeps_the_seat_and_what_was_filed_on_site_gets_none(laoting, school):
    """二(三)1(1): admitted online on 07-12, registers on site on 07-14, at another school or the same."""
    book = Register(laoting)
    resident(book, "a")
    book.applies("a", "s1")
    book.applies("a", school, channel="onsite", submitted_at="2025-07-14 09:00")
    book.seats(s1=1, s2=5)
    told = intake(book, laoting).loc["a"]
    assert (told["status"], told["school_id"], told["round"]) == ("admitted", "s1", "online")


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("b", "a")])
def test_who_got_nothing_online_stands_on_site_by_the_time_on_site(laoting, first, second):
    """One seat is left on site; c takes the other one online. The earlier of the two on site has it (A-LT14)."""
    book = Register(laoting)
    for name in "abc":
        resident(book, name)
    book.applies("c", "s1", submitted_at="2025-07-07 09:00")
    for name in "ab":
        book.applies(name, "s1", submitted_at="2025-07-09 17:00:01")
    book.applies(first, "s1", channel="onsite", submitted_at="2025-07-14 09:00")
    book.applies(second, "s1", channel="onsite", submitted_at="2025-07-14 09:01")
    book.seats(s1=2, s2=5)
    told = intake(book, laoting)
    assert told["school_id"].to_dict() == {"c": "s1", first: "s1", second: "s2"}
    assert told.loc[first, "round"] == "onsite"


def test_a_second_choice_does_not_undo_the_first_confirmed_one(pingcheng):
    """四(二) 志愿一经确认，不可更改: s1 first, s2 an hour later; and the private school an hour later still."""
    book = Register(pingcheng)
    resident(book, "a")
    book.applies("a", "s1", submitted_at="2024-07-02 09:00")
    book.applies("a", "s2", submitted_at="2024-07-02 10:00")
    book.applies("a", "p1", sector="private", submitted_at="2024-07-02 11:00")
    book.seats(s1=1, s2=1, p1=1)
    told = intake(book, pingcheng).loc["a"]
    assert (told["status"], told["school_id"]) == ("admitted", "s1")


def test_who_lost_the_private_draw_files_again_and_has_the_school_of_the_second_phase(pingcheng):
    """四(三)3, 七(一): one private seat for two; the loser names s2 in the supplement, and there is a seat."""
    book = Register(pingcheng)
    for name in "ab":
        resident(book, name)
        book.applies(name, "p1", sector="private", submitted_at="2024-07-02 09:00")
        book.applies(name, "s2", submitted_at="2024-07-20 09:00")
    book.seats(s1=3, s2=1, p1=1)
    told = intake(book, pingcheng)
    assert sorted(told["status"]) == ["private", "redirected"]
    assert told.set_index("status").loc["redirected", ["school_id", "round"]].tolist() == ["s2", "area-registered"]
    assert told.set_index("status").loc["private", "school_id"] == "p1"


def test_who_is_in_at_a_private_school_keeps_the_place_whatever_is_filed_after(pingcheng):
    """七(三) 已被民办学校录取的学生不再参加公办学校的划片招生."""
    book = Register(pingcheng)
    resident(book, "a")
    book.applies("a", "p1", sector="private", submitted_at="2024-07-02 09:00")
    book.applies("a", "s1", submitted_at="2024-07-20 09:00")
    book.seats(s1=3, p1=1)
    told = intake(book, pingcheng).loc["a"]
    assert (told["status"], told["school_id"]) == ("private", "p1")


def test_a_supplement_filed_in_july_takes_no_seat_of_the_first_phase(pingcheng):
    """b registered for s1 in time; a, who lost the draw, names s1 in the supplement: the only seat is b's."""
    book = Register(pingcheng)
    for name in "abc":
        resident(book, name)
    book.applies("b", "s1")
    for name in "ac":
        book.applies(name, "p1", sector="private")
        book.applies(name, "s1", submitted_at="2024-07-20 09:00")
    book.seats(s1=1, s2=2, p1=1)
    told = intake(book, pingcheng)
    assert (told.loc["b", "status"], told.loc["b", "school_id"]) == ("admitted", "s1")
    assert sorted(told.loc[["a", "c"], "school_id"]) == ["p1", "s2"]


@pytest.mark.parametrize("hours", [("2024-07-02 09:00", "2024-07-02 09:00"), (None, "2024-07-02 09:00"), (None, None)])
def test_choices_whose_order_the_times_do_not_tell_are_asked_about(pingcheng, hours):
    book = Register(pingcheng)
    resident(book, "a")
    for school, hour in zip(("s1", "s2"), hours, strict=True):
        book.applies("a", school, submitted_at=hour)
    children = applicants.build(book.district(), pingcheng)
    assert (children.loc["a", "status"], children.loc["a", "status_clause"]) == ("double_registration", "四(二)")


def test_a_registration_too_late_does_not_spoil_the_one_in_time(laoting):
    """LTW-21, second half: a second late online, on site in time."""
    book = Register(laoting)
    resident(book, "a")
    book.applies("a", "s1", submitted_at="2025-07-09 17:00:01")
    assert applicants.build(book.district(), laoting).loc["a", "status"] == "out_of_window"
    book.applies("a", "s1", channel="onsite", submitted_at="2025-07-14 09:00")
    row = applicants.build(book.district(), laoting).loc["a"]
    assert (row["status"], row["channel"]) == ("registered", "onsite")


@pytest.mark.parametrize(("filed", "counts"), [("2016-08-25 11:00", [1, 1]), ("2016-08-25 13:00", [1, 0])])
def test_a_late_list_of_wishes_is_void_and_the_registration_before_it_stands(filed, counts):
    """福州 2016 五(二)1: seats are asked for in June, wishes filed until noon of 08-25; who is late is only spread."""
    rules = policy.load(Path(__file__).parents[1] / "policy" / "notices" / "fuzhou-2016.toml")
    row = {"child_id": "a", "school_id": "s1", "sector": "public", "choice_n": 1, "channel": "onsite"}
    rows = pd.DataFrame(
        [
            row | {"batch": None, "submitted_at": pd.Timestamp("2016-06-20 10:00")},
            row | {"batch": "派位", "submitted_at": pd.Timestamp(filed)},
        ]
    )
    stages = pd.Series(["primary"], index=pd.Index(["a"], name="child_id"))
    assert filings.effective(rows, stages, rules)["turn_n"].clip(upper=1).to_list() == counts
