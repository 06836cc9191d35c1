"""A report with numbers of few children shows every school, and says at its head that it stays inside."""

import pytest

from zhaosheng_analysis import alerts, demo, forecast, policy, report
from zhaosheng_analysis.alerts import small_schools


@pytest.fixture(scope="module")
def town():
    district, rules = demo.nine_plots(), policy.load("laoting-2025")
    return district, rules, alerts.flag(forecast.project(district, rules, years=[2026]), rules)


@pytest.mark.parametrize(
    ("demand", "hukou", "told"), [(3, 3, True), (9, 40, True), (40, 9, True), (10, 10, False), (0, 0, False)]
)
def test_few_children_keep_a_report_inside(town, demand, hukou, told):
    district, rules, flags = town
    counted = flags.assign(demand_n=demand, hukou_n=hukou)
    assert small_schools.inside(counted) is told
    head = report.head(district, rules, counted, question="哪些学校？")
    assert (("使用范围", small_schools.INSIDE) in head.data["facts"]) is told
