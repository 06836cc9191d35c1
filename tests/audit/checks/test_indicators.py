"""Indicators of balance: the published figures of the student-weighted 差异系数, and hand-made counties."""

import numpy as np
import pandas as pd
import pytest

from tests.towns.audit_town import bare, run, states, tables, town
from zhaosheng_analysis.audit.checks import indicators

# 县域义务教育校际均衡指标计算方法, 以生均图书册数为例: five schools, the county mean is 6.33 and the coefficient 0.52.
PUPILS, BOOKS = np.array([45, 37, 89, 76, 55]), np.array([279, 137, 935, 160, 402])


def test_the_coefficient_is_weighted_by_pupils_and_is_the_published_one():
    mean, deviation, ratio = indicators.variation(BOOKS, PUPILS)
    assert (round(mean, 2), round(deviation, 2), round(ratio, 2)) == (6.33, 3.26, 0.52)
    assert ratio == pytest.approx(0.51526, abs=5e-6)
    each = BOOKS / PUPILS
    unweighted = np.sqrt(((each - each.mean()) ** 2).mean()) / each.mean()
    assert abs(ratio - unweighted) > 0.02


def test_equal_schools_have_no_variation_and_two_halves_have_the_textbook_one():
    assert indicators.variation(np.array([10, 20]), np.array([1, 2]))[2] == 0
    assert indicators.variation(np.array([0, 20]), np.array([10, 10]))[2] == pytest.approx(1.0)


def county(rooms: list[float], pupils: list[int]) -> dict[str, pd.DataFrame]:
    """Two public primaries with plenty of everything but rooms."""
    schools = ["a", "b"]
    counted = ("qualified_teachers_n", "leading_teachers_n", "arts_teachers_n", "multimedia_rooms_n")
    rich = {name: [n * 10 for n in pupils] for name in counted}
    return {
        "resources": pd.DataFrame(
            {
                "school_id": schools,
                "stage": "primary",
                **rich,
                "rooms_m2": rooms,
                "sports_m2": [n * 20.0 for n in pupils],
                "equipment_yuan": [n * 9000.0 for n in pupils],
            }
        ),
        "roll_counts": pd.DataFrame(
            {"school_id": schools, "school_year": 2024, "grade": 1, "pupils_n": pupils, "classes_n": 2}
        ),
    }


@pytest.mark.parametrize(
    ("rooms", "state"),
    [(450.0, "pass"), (400.0, "pass"), (382.5, "pass"), (382.0, "finding")],
)
def test_one_indicator_may_miss_its_standard_by_fifteen_per_cent(rooms, state):
    result = run(bare(**county([rooms, 900.0], [100, 100])), only=["balance.standards"])
    assert states(result, "balance.standards") == {
        "a": state,
        "b": "pass",
        "j": "not_assessable",
        "p": "not_assessable",
    }


def test_teaching_points_below_fifty_pupils_are_left_out():
    result = run(bare(**county([1.0, 900.0], [49, 100])), only=["balance.standards"])
    assert states(result, "balance.standards")["a"] == "not_assessable"


@pytest.mark.parametrize(("poor", "state"), [(300.0, "pass"), (299.0, "finding")])
def test_the_coefficient_of_a_primary_indicator_is_at_most_a_half(poor, state):
    # Two schools of 100: means x and 900 give |900 − x| / (900 + x), which is 0.5 at x = 300.
    result = run(bare(**county([poor, 900.0], [100, 100])), only=["balance.cv"])
    assert states(result, "balance.cv")[""] == state


def test_a_pupil_who_vanished_without_a_transfer_is_a_finding():
    roll = tables("roll")["roll"]
    before = roll[roll["grade"].isin([2, 8])]
    before = before.assign(school_year=2023, grade=before["grade"] - 1)
    lost = before.head(1).assign(pupil_id="lost", student_no="")
    moved = before.head(1).assign(pupil_id="moved", student_no="")
    moves = tables("transfers")["transfers"]
    gone = moves.assign(pupil_id="moved", to_school_id="")
    district = town({"roll": pd.concat([roll, before, lost, moved]), "transfers": pd.concat([moves, gone])})
    result = run(district, only=["roll.vanished"])
    assert result.evidence["sentence"].tolist() == ["2023 学年在籍 1 年级，本学年没有学籍，也没有转学记录"]
