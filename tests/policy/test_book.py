"""What can be asked of rules in force: parameters and dates by name, windows by whom they let in."""

from datetime import date, datetime

import pytest

from zhaosheng_analysis import policy
from zhaosheng_analysis.schema import DataError


def test_parameters_are_found_in_full_or_by_what_they_set_and_never_by_a_part_of_their_name():
    rules = policy.load("pingcheng-2024", set={"pc.match_level": "dwelling", "cutoff.inclusive": "false"})
    assert rules.parameter("pc.match_level") == rules.parameter("match_level") == "dwelling"
    assert rules.parameter("cutoff.inclusive") is False
    assert rules.changed == ("cutoff.inclusive", "pc.match_level")
    assert rules.parameter("tie_break", 7) == rules.parameter("inclusive", 7) == rules.parameter("nothing", 7) == 7
    # 洮北 says how far leading teachers may differ, and nothing of the children no zone has: max_gap is another thing.
    assert (
        policy.load("taobei-2024").parameter("max_gap", 0)
        == 0
        != policy.load("taobei-2024").parameter("leading.max_gap")
    )
    with pytest.raises(DataError, match="没有参数"):
        rules.parameter("nothing")


def test_a_date_parameter_keeps_to_its_range():
    assert policy.load("pingcheng-2024", set={"pc.phase1_result": "2024-07-16"}).parameter("pc.phase1_result") == date(
        2024, 7, 16
    )
    with pytest.raises(DataError, match="超出范围"):
        policy.load("pingcheng-2024", set={"pc.phase1_result": "2024-07-25"})


def test_windows_are_found_by_stage_sector_and_channel():
    rules = policy.load("laoting-2025")
    (online,) = rules.window("registration", stage="primary", sector="public", channel="online")
    assert online.closes == datetime(2025, 7, 9, 17)
    assert len(rules.window("registration")) == 6
    with pytest.raises(DataError, match="没有时间窗口"):
        rules.window("registrations")


def test_the_calendar_of_pingcheng_is_that_of_the_notice():
    rules = policy.load("pingcheng-2024")
    days = {item.name: (item.opens, item.closes) for item in rules.windows}
    assert days["registration"] == (date(2024, 7, 1), date(2024, 7, 5))
    assert days["onsite_verification"] == (date(2024, 7, 13), date(2024, 7, 15))
    assert days["supplement"] == (date(2024, 7, 20), date(2024, 7, 21))
    assert rules.date("settled_second_hand") == date(2023, 6, 30)
