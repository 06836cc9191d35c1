"""Class sizes, now and to come, against the limits of the standard."""

from tests.towns import hand_made
from zhaosheng_analysis import alerts


def test_classes_are_counted_at_the_limits_of_the_standard():
    counts = alerts.class_sizes.counts(hand_made.town(), hand_made.rules()).set_index("stage")
    # Primary classes of 45, 46 and 56 pupils, a junior class of 66: 45 is standard, 46 over, 56 and 66 oversized.
    assert counts.loc["primary", ["formed_n", "over_n", "oversized_n", "super_n"]].tolist() == [3, 2, 1, 0]
    assert counts.loc["junior", ["formed_n", "over_n", "oversized_n", "super_n"]].tolist() == [1, 1, 1, 1]
