"""Other values of the parameters, without reading the file again."""

import numpy as np
import pytest

from zhaosheng_analysis import policy
from zhaosheng_analysis.schema import DataError


def test_other_values_can_be_taken_without_reading_the_file_again():
    rules = policy.load("laoting-2025")
    other = policy.under(rules, {"lt.gap_rank": 6})
    read = policy.load("laoting-2025", set={"lt.gap_rank": 6})
    assert np.array_equal(other.answer, read.answer)
    assert not np.array_equal(other.answer, rules.answer)
    with pytest.raises(DataError):
        policy.under(rules, {"lt.gap_rank": 7})


def test_a_class_size_or_level_set_by_the_caller_is_the_one_in_force():
    rules = policy.load("quzhou-2022", set={"class.base_primary": 40, "warning.yellow": 0.8})
    assert rules.capacity.standard == {"primary": 40, "junior": 50}
    assert (rules.warning.yellow, rules.warning.red) == (0.8, 1.0)
    assert policy.under(rules, {"class.base_primary": 45}).capacity.standard["primary"] == 45
