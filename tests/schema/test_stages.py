"""Grades 1 to 6 are primary, 7 to 9 junior; whatever asks for a stage gets it from here."""

import pandas as pd

from zhaosheng_analysis import schema


def test_the_nine_grades_fall_into_two_stages():
    grades = pd.Series(range(1, 10), index=[f"g{number}" for number in range(1, 10)])
    assert schema.stage_of(grades).to_dict() == {
        f"g{number}": "primary" if number < 7 else "junior" for number in range(1, 10)
    }
    assert grades[schema.is_entry(grades)].tolist() == [1, 7]
    assert grades[schema.is_last(grades)].tolist() == [6, 9]
    assert [grade for span in schema.GRADES.values() for grade in span] == grades.tolist()


def test_stages_come_primary_first_and_only_those_that_occur():
    assert schema.in_order(pd.Series(["junior", "primary", "junior"])) == ["primary", "junior"]
    assert schema.in_order(["junior"]) == ["junior"]
