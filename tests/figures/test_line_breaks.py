"""A long message above a picture is broken into lines."""

from zhaosheng_analysis.figures import line_breaks


def test_a_number_is_not_broken_over_two_lines():
    lines = line_breaks.lines("报名（2025-07-07）前未划入任何学区，共 123456 人。", 10)
    assert "".join(lines).replace(" ", "") == "报名（2025-07-07）前未划入任何学区，共123456人。"
    assert sum("2025-07-07" in part for part in lines) == 1
    assert not any(part.startswith(("，", "。", "）")) for part in lines)
