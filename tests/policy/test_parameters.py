"""Every parameter of every rule book is read: each option changes lines or papers, or a test that is named shows it."""

import ast
import functools
from pathlib import Path

import pandas as pd
import pytest

from tests.towns import any_papers
from zhaosheng_analysis import policy
from zhaosheng_analysis.applicants import facts, offered_facts, registration

PREFIXES = ("pc", "tb", "qz", "zh", "lt")
#: Parameters of addresses, rounds, draws, classes, forecasts and audits -> the test that shows what their options do.
SHOWN = {
    "address.locate": "applicants/test_building::test_a_home_is_where_its_building_stands_or_where_its_estate_lies",
    "audit.midstage_allow": "audit/checks/test_parameters::"
    "test_what_excuses_more_classes_or_larger_ones_in_the_middle_of_a_stage",
    "big_school.threshold": "audit/checks/test_parameters::test_how_many_pupils_make_a_school_too_large",
    "bundle.overflow": "admission/test_cases_pingcheng::test_pcw_22a_the_pair_drawn_last_meets_one_seat",
    "class.balance": "classes/test_forming::test_taobeis_parameter_balances_the_sexes_or_leaves_them_to_the_lot",
    "class.keep_twins": "classes/test_forming::test_taobeis_parameter_keeps_twins_together_or_apart",
    "distance.metric": "admission/test_rounds::test_near_is_by_the_way_walked_or_by_the_straight_line",
    "guardian.match": "applicants/test_building::test_one_parent_is_enough_unless_the_policy_asks_for_both",
    "leading.max_gap": "audit/checks/test_parameters::test_how_far_leading_teachers_may_differ",
    "lt.bulu": "admission/test_silences::test_laoting_fills_empty_private_seats_on_29_july_or_not",
    "lt.carry_online_ts": "admission/test_silences::test_laoting_lets_who_failed_online_keep_its_time_on_site_or_not",
    "lt.county_includes_permit": "applicants/test_building::"
    "test_who_holds_a_permit_of_the_county_is_of_the_county_or_not",
    "lt.freed": "admission/test_cases_laoting::"
    "test_a_public_seat_freed_by_a_private_place_goes_to_the_zone_child_who_had_none",
    "lt.new_oversized": "alerts/test_flagging::test_by_the_upper_end_of_the_forecast_a_large_class_is_feared_earlier",
    "lt.order": "admission/test_cases_laoting::test_channel_stands_before_rank_unless_the_parameter_turns_them_round",
    "lt.overlap": "applicants/test_building::test_an_overlap_may_go_to_the_first_school_listed_or_stop_the_run",
    "lt.price_band": "applicants/test_building::test_how_far_from_the_market_a_price_is_told_is_a_parameter",
    "lt.private_count": "admission/test_cases_pingcheng::"
    "test_pcw_21_two_without_papers_count_as_registered_and_never_get_in",
    "lt.release_public": "admission/test_cases_laoting::"
    "test_who_keeps_a_public_seat_takes_no_part_in_the_draw_where_none_may_be_released",
    "lt.twin_bundle": "admission/test_silences::test_laoting_draws_twins_one_by_one_unless_the_parameter_bundles_them",
    "pc.choice_area": "admission/test_own_area::test_a_choice_zone_belongs_to_the_area_of_the_school_that_took_it_over",
    "pc.choice_priority": "admission/test_silences_pingcheng::"
    "test_children_of_a_choice_zone_stand_beside_or_behind_the_schools_own",
    "pc.phase1_result": "audit/checks/test_parameters::test_by_when_the_first_phase_is_told",
    "pc.phase2_key": "admission/test_silences_pingcheng::test_the_second_phase_goes_by_tier_by_wish_or_by_distance",
    "pc.phase2_unregistered": "admission/test_silences_pingcheng::"
    "test_who_did_not_register_in_time_may_enter_the_second_phase_or_not",
    "pc.private_count": "admission/test_cases_pingcheng::"
    "test_pcw_21_two_without_papers_count_as_registered_and_never_get_in",
    "pc.seat_condition": "admission/test_silences_pingcheng::"
    "test_where_the_choice_depends_on_seats_the_schools_own_children_come_first_in_a_tier",
    "pc.tie_break": "admission/test_cases_pingcheng::test_pcw_15_who_of_3b_is_in_is_a_parameter",
    "phase2.allow_cross_area": "admission/test_silences_pingcheng::"
    "test_a_full_area_sends_nobody_to_another_unless_the_parameter_says_so",
    "qz.buy_private": "admission/test_ten_steps::"
    "test_private_seats_are_bought_for_migrants_only_if_the_government_says_so",
    "qz.buzhao_city": "admission/test_ten_steps::test_qzw_13_a_private_school_takes_nobody_of_another_county",
    "qz.buzhao_county": "admission/test_silences::"
    "test_quzhou_fills_what_a_private_school_has_left_in_a_step_of_its_own_or_not",
    "qz.overflow_place": "admission/test_silences::test_quzhou_places_who_finds_its_school_full_or_lists_it",
    "qz.staff_cap": "admission/test_silences::"
    "test_quzhou_lets_children_of_the_staff_in_first_up_to_a_share_of_the_plan",
    "qz.staff_step": "admission/test_silences::test_quzhou_may_give_them_no_step_at_all",
    "qz.step5_dual": "admission/test_ten_steps::test_a_finalised_resident_no_longer_takes_part_in_the_private_draw",
    "qz.step9_batches": "admission/test_ten_steps::test_migrants_come_last_and_by_points",
    "qz.tie_break": "admission/test_silences::test_quzhou_breaks_ties_by_date_by_distance_or_by_lot",
    "report.due": "audit/checks/test_parameters::test_when_new_pupils_are_due_and_how_long_leave_lasts",
    "report.leave_days": "audit/checks/test_parameters::test_when_new_pupils_are_due_and_how_long_leave_lasts",
    "roll.deadline": "audit/checks/test_parameters::test_the_last_day_for_entrants_to_be_on_the_roll",
    "seat_lock.sibling_exempt": "audit/checks/test_parameters::"
    "test_brothers_and_sisters_of_a_locked_dwelling_are_spared_or_not",
    "seat_lock.years": "audit/checks/test_parameters::test_how_long_a_dwelling_is_locked",
    "sib.cap_junior": "classes/test_forming::test_how_far_siblings_may_break_the_base_size_is_a_parameter",
    "sib.cap_primary": "classes/test_forming::test_how_far_siblings_may_break_the_base_size_is_a_parameter",
    "sib.require_enrolled": "classes/test_forming::"
    "test_a_brother_or_sister_must_be_at_the_school_unless_the_parameter_says_otherwise",
    "special.reserve": "admission/test_silences_pingcheng::"
    "test_special_care_before_the_tiers_after_them_or_beyond_the_plan",
    "tb.cap_scope": "audit/checks/test_lines::test_which_grades_the_limit_of_taobei_concerns_is_a_parameter",
    "tb.designate": "admission/test_silences::test_taobei_designates_the_nearest_school_or_first_that_of_the_register",
    "tb.overflow": "admission/test_ten_steps::test_taobei_moves_the_surplus_only_when_the_parameter_says_so",
    "tb.transfer_lock_months": "audit/checks/test_lines::test_how_long_and_from_when_nobody_transfers_is_a_parameter",
    "tb.transfer_lock_start": "audit/checks/test_lines::test_how_long_and_from_when_nobody_transfers_is_a_parameter",
    "tb.unserved": "admission/test_ten_steps::"
    "test_a_rural_junior_of_taobei_goes_by_the_primary_attended_not_by_the_home",
    "twin.opt_in": "admission/test_silences_pingcheng::test_twins_who_may_not_be_bundled_are_drawn_one_by_one",
    "zh.hot_complaint_share": "audit/checks/test_parameters::test_what_makes_a_hot_school",
    "zh.hot_ratio": "audit/checks/test_parameters::test_what_makes_a_hot_school",
    "zh.joint_campus": "audit/checks/test_registration::"
    "test_a_joint_campus_with_its_papers_waits_for_a_person_unless_the_bureau_wants_a_finding",
    "zh.leaver_excused": "audit/checks/test_parameters::test_which_leavers_are_counted_off",
    "zh.ledger_max_age_days": "audit/checks/test_parameters::test_after_how_many_days_a_drop_out_case_is_stale",
    "zh.max_detour_share": "audit/checks/test_parameters::test_how_many_may_walk_past_another_school",
    "zh.max_gap": "audit/checks/test_parameters::test_how_many_children_outside_every_zone_are_a_gap",
    "zh.pub_lead_days": "audit/checks/test_cases::test_zhw_07_the_lead_is_a_parameter",
    "zh.share_tolerance": "audit/checks/test_cases::test_zhw_10_the_public_share_of_migrants_fell_or_stood_still",
    "zone.multi": "admission/test_silences::test_quzhou_sends_a_child_of_a_choice_zone_on_to_its_other_school_or_not",
}


book = functools.cache(policy.load)


def options(item):
    """Return what else a parameter may be: its options, or the two ends of its range."""
    return [value for value in item.options or item.range if value != item.default]


@functools.cache
def papers(name):
    """Return the random papers of a rule book."""
    return any_papers.papers(book(name))


def judged(name, rules):
    """Return facts, status, row of the tier table, settlement day and preference of the papers under some options."""
    answers = facts.build(papers(name), rules)
    row = rules.answer[tuple(answers[fact].cat.codes for fact in rules.facts)]
    more = {
        "row": row,
        "settled_on": offered_facts.settled_on(papers(name), rules),
        "special": offered_facts.special(papers(name), rules).spelled(),
    }
    return pd.concat([answers, registration.status(papers(name), rules)], axis=1).assign(**more)


default = functools.cache(lambda name: judged(name, book(name)))


def differs(name, chosen):
    """Tell whether some options move a line of class sizes or warnings, or change what papers are worth."""
    usual, other = book(name), policy.under(book(name), chosen)
    if (other.capacity, other.warning) != (usual.capacity, usual.warning):
        return True
    return usual.kind == "admission" and not judged(name, other).equals(default(name))


@pytest.mark.parametrize("name", policy.names())
def test_every_option_of_every_parameter_changes_something_or_is_shown_in_a_test(name):
    idle = [
        (item.name, option)
        for item in book(name).parameters.values()
        for option in options(item)
        if item.name not in SHOWN and not differs(name, {item.name: option})
    ]
    assert idle == []


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_the_test_that_shows_a_parameter_is_there_and_sets_it(name):
    module, test = SHOWN[name].split("::")
    text = (Path(__file__).parents[1] / f"{module}.py").read_text(encoding="utf-8")
    bodies = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    said = {node.value for node in ast.walk(bodies[test]) if isinstance(node, ast.Constant)}
    short = name.partition(".")[2] if name.partition(".")[0] in PREFIXES else name
    sets = {book(rules).parameters[name].sets for rules in policy.names() if name in book(rules).parameters}
    family = short.rpartition("_")[0]  # an f-string such as sib.cap_{stage}
    assert {name, short, *sets} & said or any(family and family in str(text) for text in said)


def test_only_parameters_that_exist_are_shown():
    known = {name for rules in policy.names() for name in book(rules).parameters}
    assert set(SHOWN) <= known
