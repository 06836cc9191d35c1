"""The line that the own past says is better is taken, and said."""

from tests.towns import forecast_town, rulebook
from tests.towns.forecast_town import ORIGIN, town
from zhaosheng_analysis import forecast, texts

SAID = "小学：回测显示上年的入学比例比几年平均更准，全区（县）新生总量按上年的比例推算。"


def carried(loss: float):
    """Return the forecast of a town of which each cohort loses so much more than the one before it until it enters."""
    counts = forecast_town.roll_counts()
    counts = counts[counts["school_id"] != "b1"]
    entered = counts["school_year"] - counts["grade"] + 1
    share = 1 - loss * (entered - 2012).clip(lower=0)
    counts = counts.assign(pupils_n=(counts["pupils_n"] * share).round().astype(int))
    return forecast.project(town(roll_counts=counts), rulebook.rules(), years=[ORIGIN + 1])


def test_where_fewer_come_every_year_the_share_of_the_last_year_is_the_line_and_said():
    told = carried(0.04)
    # 48 per cent of the cohort of 106 came to grade one; the next is 112. The mean of three years would be 52 per cent.
    assert told.schools["demand_n"].sum() == round(112 * 51 / 106)
    assert SAID in texts.forecast.cautions(told)


def test_where_as_many_come_every_year_nothing_is_said():
    told = carried(0.0)
    assert told.schools["demand_n"].sum() == 112
    assert SAID not in texts.forecast.cautions(told)


def test_without_births_the_total_keeps_to_the_last_one_and_says_so():
    counts = forecast_town.roll_counts()
    counts = counts[counts["school_id"] != "b1"]
    nobody = forecast_town.cohorts().iloc[:0]
    for first, said in ((2018, "全区（县）总量取各校合计与上次总量的中间值"), (2021, "全区（县）总量取上次总量")):
        there = town(roll_counts=counts[counts["school_year"] >= first], cohorts=nobody)
        told = forecast.project(there, rulebook.rules(), years=[ORIGIN + 1])
        assert any(said in line for line in texts.forecast.cautions(told)), first
        pupils = told.grades.groupby("year")["pupils_n"].sum()
        # 606 pupils, and 606 again if as many come as came: nothing in the rolls says more.
        assert abs(pupils[ORIGIN + 1] - pupils[ORIGIN]) <= 606 / 60
