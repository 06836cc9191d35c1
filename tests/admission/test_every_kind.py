"""Every kind of rule a notice may hold: where it is worked by hand, who recounts it slowly, where the handbook says it.

The first column is a case of `test_each_rule` (on and off) or a test by hand; the second a test in which a clerk who
knows nothing of the engine answers for little towns drawn by lot (``CLERK_TOWNS=200`` draws two hundred of each that
has no two hundred yet); the third are words of the handbook.
"""

from pathlib import Path

import pytest

from tests.towns import counted_rules, nine_rules

TESTS = Path(__file__).parents[1]
HANDBOOK = (TESTS.parent / "docs" / "规则文件手册.md").read_text("utf-8")
MORE, WHERE = "admission/test_more_kinds_by_clerk", "admission/test_lengths_and_places_by_clerk"
ROUNDS, LISTS, LOT = "admission/test_kinds_by_clerk", "admission/test_lists_by_clerk", "policy/test_notices_by_lot"
POINTS = "policy/test_points::test_the_sum_is_that_of_a_clerk_who_adds_up_one_child"

#: Kind: worked by hand, the clerk, the handbook.
KINDS = {
    "按类别的基础分": ("按类别的基础分", f"{WHERE}::Lengths", "A类基础分"),
    "月数、年数乘分值": ("居住满一年的积分", f"{WHERE}::Lengths", "每满一个月积 2 分、封顶"),
    "封顶": ("积分封顶", f"{WHERE}::Lengths", "cap = 90"),
    "是与不是的加分": ("积分", f"{MORE}::PairPoints", "独生子女加10分"),
    "两项取高": ("两项取高", POINTS, 'take = "max"'),
    "合计封顶": ("两项合计封顶", f"{WHERE}::Lengths", "总分"),
    "小数": (
        "积分取整",
        "policy/test_points::test_so_many_points_for_so_many_months_are_those_of_fractions_rounded_as_at_school",
        "总分四舍五入到 `decimals` 位",
    ),
    "与学校有关的分": ("只在一所学校加分", f"{MORE}::PairPoints", 'of = "pair"'),
    "最低分数线": ("最低分数线", f"{WHERE}::Lengths", "| 最低分数线 |"),
    "同分依次比较": (
        "同分比购房时间",
        "admission/test_points::test_ties_in_points_are_broken_item_by_item_down_the_chain",
        "| 同分的再比…… |",
    ),
    "空着的积分是不知道": ("空着的积分不当作零", f"{MORE}::PairPoints", "算不出的总分排在最后，不当作 0"),
    "explain 逐项列出积分": ("policy/test_points::test_worked_by_hand", POINTS, "`explain` 逐项列出每一项和总分"),
    "一套住房几年一个学位": ("学位锁定", "admission/test_locks_by_clerk::Locked", "`years = 6`"),
    "兄姐除外": ("兄姐用过的住房不算锁定", "admission/test_locks_by_clerk::NoSiblings", "`siblings = true`"),
    "各学段的锁定年限": (
        "applicants/test_locks::test_the_years_of_each_stage_are_counted_apart",
        "audit/checks/test_seats::test_a_dwelling_used_again_is_found_as_by_a_clerk",
        "years = { primary = 6, junior = 3 }",
    ),
    "只锁定几所学校": (
        "applicants/test_locks::test_only_the_schools_and_stages_named_are_locked",
        "audit/checks/test_seats::test_a_dwelling_used_again_is_found_as_by_a_clerk",
        "锁定几年只在几所学校实行",
    ),
    "核查里的锁定": (
        "applicants/test_locks::test_the_audit_counts_the_years_of_the_same_section",
        "audit/checks/test_seats::test_a_dwelling_used_again_is_found_as_by_a_clerk",
        "核查（audit）也按这一节",
    ),
    "落户年限": ("落户时间", f"{WHERE}::Lengths", "hukou_since_on"),
    "居住年限": ("居住满一年的积分", f"{WHERE}::Lengths", "[measures.home_months]"),
    "社保年限": ("社保月数", f"{MORE}::Asked", "[records.insurance]"),
    "经商年限": ("经商月数", f"{WHERE}::Lengths", "一段一段的材料"),
    "各校要求的年限": ("各校要求的社保月数", f"{MORE}::Asked", "| 各校要求的年限不同 |"),
    "户籍在哪里": ("本市户籍", f"{WHERE}::Places", "zone→town→district"),
    "住房在哪里": ("住房在本市其他区县", f"{WHERE}::Places", "住房在本市其他区县"),
    "产权份额": ("产权份额", f"{WHERE}::Places", "产权份额 51% 以上"),
    "共有产权房": ("共有产权份额", f"{WHERE}::Places", "共有产权房"),
    "哪一辈的房": ("产权人", f"{WHERE}::Places", "祖辈的房算不算"),
    "房屋种类": ("住房用途", f"{MORE}::UseOfHome", "公租房、军产房"),
    "租购同权": ("租购同权", f"{MORE}::Rent", "| 租购同权 |"),
    "无房证明": ("无房证明", f"{MORE}::NoHome", "无房证明"),
    "集体户": ("集体户", f"{MORE}::Collective", "| 集体户 |"),
    "抚养权": ("抚养权、随父随母", f"{MORE}::Custody", "离异的随抚养一方"),
    "随父、随母": ("不与父母同户", f"{WHERE}::Places", "`with_father`"),
    "独生子女": ("积分", f"{MORE}::PairPoints", "独生子女"),
    "兄姐在读": ("兄姐在读", f"{MORE}::Siblings", "sibling_here"),
    "服从安排": ("服从安排", f"{MORE}::Obeys", "服从安排"),
    "分批填报": ("分批填报", f"{ROUNDS}::test_each_batch_is_a_list_of_its_own", "| 分批填报 |"),
    "校区、大学区合用一个计划": (
        "policy/test_campuses::test_five_children_of_both_zones_fill_the_five_seats",
        f"{ROUNDS}::test_two_campuses_or_joint_schools_with_one_plan_are_filled_as_one_school",
        "集团校几个校区",
    ),
    "大学区": ("学校组", "admission/test_rule_kinds::test_a_pool_is_filled_in_one_order_as_by_a_clerk", "[[pools]]"),
    "派位与按次序分学位": (
        "派位只用一半学位",
        f"{ROUNDS}::test_a_share_by_one_order_and_the_rest_by_another",
        "share = 0.2",
    ),
    "预留学位用不完的退回": (
        "预留学位",
        f"{ROUNDS}::test_seats_kept_back_go_to_the_favoured_and_return_to_everybody",
        "| 预留学位、用不完的退回 |",
    ),
    "一校的年龄要求": ("一校的年龄要求", f"{MORE}::OldEnough", "| 某一所学校另有年龄要求 |"),
    "节假日不办理": ("节假日不办理报名", f"{WHERE}::Places", "| 节假日、周末不办理报名 |"),
    "六三、五四": (
        "forecast/test_five_four::test_those_who_leave_the_fifth_grade_are_the_juniors_of_the_next",
        "forecast/test_five_four::test_random_closed_towns_are_carried_on_as_by_the_clerk",
        "五四学制写",
    ),
    "九年一贯、完全中学": (
        "applicants/test_locks::test_at_a_school_of_nine_years_the_register_must_say_of_which_stage",
        f"{LOT}::test_xicheng_is_that_of_a_clerk",
        "完全中学填“初中”",
    ),
    "一部分只有第一志愿": (
        "只能填一个志愿",
        f"{ROUNDS}::test_first_choices_of_some_and_all_choices_of_the_others_in_one_order",
        "| 部分儿童只能填一个志愿 |",
    ),
    "放弃后递补": ("放弃后递补", f"{WHERE}::Lengths", "| 放弃的学位依次递补 |"),
    "放弃的不再递补": ("放弃的学位不再递补", f"{WHERE}::NotRefilled", "refill = true"),
    "自己声明的列": ("住房用途", f"{MORE}::UseOfHome", "[columns.homes.use]"),
    "入围": (
        "admission/test_lists_by_clerk::test_the_two_eldest_by_hand_and_the_elder_of_those_not_listed",
        f"{LISTS}::test_each_school_lists_so_many_for_each_seat_by_tier_and_draws_among_them",
        "| 按积分取前 300 名",
    ),
}


def stands(named: str) -> bool:
    """Tell whether a case, a test or a clerk is there."""
    if "::" not in named:
        return named in nine_rules.CASES or named in counted_rules.CASES
    file, name = named.split("::")
    text = (TESTS / f"{file}.py").read_text("utf-8")
    return f"def {name}(" in text or (f"class {name}(" in text and f"{name}:" in text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_worked_by_hand_recounted_by_a_clerk_and_in_the_handbook(kind):
    by_hand, clerk, words = KINDS[kind]
    assert stands(by_hand), by_hand
    assert stands(clerk), clerk
    assert words in HANDBOOK, words


def test_every_rule_switched_on_and_off_is_a_kind():
    """A case that no kind names is one of the kinds a notice asks besides: it still has to change somebody."""
    spare = {*nine_rules.CASES, *counted_rules.CASES} - {by_hand for by_hand, *_ in KINDS.values()}
    assert spare == {"周末不办理、调休照办", "一种儿童另有报名时间", "至少填两个志愿"}
