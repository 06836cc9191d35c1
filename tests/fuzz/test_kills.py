"""A few kills in the suite; ``make fuzz`` does two hundred over all verbs."""

import random

from tests.fuzz import kills
from zhaosheng_analysis import demo, geodata


def test_a_run_that_is_killed_leaves_yesterday_or_today(tmp_path):
    geodata.save(demo.nine_plots(), tmp_path / "town")
    place, chance = tmp_path / "place", random.Random(5)
    yesterday, today = kills.verbs(tmp_path / "town", place)["admit"]
    wrong, count = kills.tried("admit", yesterday, today, place, [chance.random() for _ in range(3)])
    assert not wrong
    assert sum(count.values()) == 3
