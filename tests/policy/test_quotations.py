"""Words are matched whatever script and width they are written in."""

from zhaosheng_analysis.policy import quotations


def test_traditional_words_and_full_width_marks_match_the_text():
    assert quotations.normal("學區范圍，(2018年)") == quotations.normal("学区范围,（2018年） ")
