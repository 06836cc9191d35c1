"""The draft notice of a redraw: what it says of days, of zones that stay and of pupils at school."""

import datetime as dt
from dataclasses import replace

import pytest

from zhaosheng_analysis import demo, forecast, policy, redraw, report
from zhaosheng_analysis.redraw import scenarios

YEARS = [2026]


@pytest.fixture(scope="module")
def world():
    """Return the little town, its rules, today's side and the schools of its plots."""
    town, rules = demo.nine_plots(), policy.load("laoting-2025")
    outlook = forecast.project(town, rules, years=YEARS)
    reference = redraw.reference_of(town, rules, stage="primary", seed="1", years=YEARS, outlook=outlook)
    return town, rules, reference, redraw.problem(town, outlook, rules, years=YEARS).now


def score(world, changes: dict[str, str], day: dt.date) -> redraw.Score:
    """Return what today's zones do with some plots changed."""
    town, rules, reference, now = world
    schools = now.copy()
    schools.update(changes)
    made = redraw.Assignment("town", rules.id, "primary", day, schools)
    return redraw.score(town, rules, made, seed="1", years=YEARS, reference=reference)


def test_a_day_nobody_set_is_left_blank_and_other_zones_are_said_to_stay(world):
    made = score(world, {"u7": "s2"}, dt.date(2026, *redraw.FIRST_DAY))
    said = report.redraw_notice.notice(made, world[0])
    assert "自　　年　　月　　日（施行日期由发文机关填写）起" in said
    assert "5月1日" not in said
    assert "其余学区不变。在校学生不因调整转学。" in said
    whole = scenarios.Scenario("all", "各年级一起", "primary", 2026, ({"kind": "phase", "grades": "all"},))
    together = replace(made, assignment=replace(made.assignment, scenario=scenarios.table(whole)))
    said = report.redraw_notice.notice(together, world[0])
    assert "各年级学生自施行之日起一并按新学区就读。" in said
    assert "不因调整转学" not in said


def test_a_day_that_was_set_stands_and_nothing_else_is_said_to_stay_where_all_change(world):
    said = report.redraw_notice.notice(score(world, {"u7": "s2", "u9": "s2"}, dt.date(2026, 8, 20)), world[0])
    assert "自 2026年8月20日 起" in said
    assert "其余学区不变" not in said


def test_where_no_zone_changes_the_notice_says_that_alone(world):
    said = report.redraw_notice.notice(score(world, {}, dt.date(2026, *redraw.FIRST_DAY)), world[0])
    assert "各校学区范围不变。" in said
    assert "下列学区" not in said
