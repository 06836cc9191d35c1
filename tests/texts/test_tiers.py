"""The tiers of rules in words."""

from zhaosheng_analysis import policy, texts


def test_tiers_of_two_sets_of_rules_differ_by_what_each_asks_for():
    usual = policy.load("laoting-2025")
    assert texts.tiers.tier_changes(usual, usual) == []
    order, *lines = texts.tiers.tier_changes(usual, policy.load("laoting-2025", set={"lt.gap_rank": 2}))
    before, after = order.removeprefix("类别的次序：").split(" → ")
    assert before.replace("第1乙类（城区有户有房但不统一）、", "") == after
    (line,) = lines
    assert line.startswith("第2类（城区无户籍、有实际常住的产权房）的条件：")
    asked, wider = line.split("的条件：")[1].split(" → ")
    assert wider == f"城乡：城区学校；房产：在城区；户籍：在城区；两统一：不符合；或 {asked}"
