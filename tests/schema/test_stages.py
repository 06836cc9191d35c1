"""A school system says which of the nine grades are primary; whatever asks for a stage gets it from there."""

import pandas as pd
import pytest

from zhaosheng_analysis import schema


@pytest.mark.parametrize(("name", "primary", "junior"), [("六三", "123456", "789"), ("五四", "12345", "6789")])
def test_the_nine_grades_fall_into_two_stages(name, primary, junior):
    grades, system = pd.Series(range(1, 10), index=list("abcdefghi")), schema.SCHOOL_SYSTEMS[name]
    told = system.stage_of(grades)
    assert "".join(map(str, grades[told == "primary"])) == primary
    assert "".join(map(str, grades[told == "junior"])) == junior
    assert grades[system.is_entry(grades)].tolist() == [int(primary[0]), int(junior[0])]
    assert grades[system.is_last(grades)].tolist() == [int(primary[-1]), int(junior[-1])]
    assert [grade for span in system.grades.values() for grade in span] == grades.tolist()


def test_a_district_that_says_nothing_has_six_and_three():
    assert schema.school_system_of({}) is schema.SIX_THREE
    assert schema.school_system_of({"school_system": "五四"}).entry["junior"] == 6


def test_stages_come_primary_first_and_only_those_that_occur():
    assert schema.in_order(pd.Series(["junior", "primary", "junior"])) == ["primary", "junior"]
    assert schema.in_order(["junior"]) == ["junior"]
