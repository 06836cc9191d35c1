"""Tickets, draws and rings: recomputed by hand, by another program, and from published examples."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhaosheng_analysis import lottery
from zhaosheng_analysis.lottery import drawing, rings

TERMS = {"school": "民校", "round": "第一轮", "plan": 4, "seed_form": "digits:6", "seed_source": "公证处摇号球"}
ROSTER = {"f01": 1, "f02": 2, "f03": 1, "f04": 1, "f05": 3, "f06": 1}


def by_hand(roster, seed, stream):
    """Order families as anybody with sha256sum would."""
    return sorted(roster, key=lambda name: hashlib.sha256(f"{seed}|{stream}|{name}".encode()).hexdigest()[:16])


def test_a_ticket_is_what_sha256sum_says():
    text = hashlib.sha256("2025-07-12|民校|c007".encode()).hexdigest()
    assert f"{lottery.tickets(['c007'], seed='2025-07-12', stream='民校')[0]:016x}" == text[:16]


def test_a_withdrawal_moves_nobody_else():
    names = [f"c{n}" for n in range(50)]
    everyone = dict(zip(names, lottery.tickets(names, seed="s").tolist(), strict=True))
    without = dict(zip(names[1:], lottery.tickets(names[1:], seed="s").tolist(), strict=True))
    assert {name: everyone[name] for name in names[1:]} == without


def test_a_draw_orders_by_ticket_and_fills_the_plan():
    document = lottery.commit(ROSTER, **TERMS)
    result, record = lottery.draw(document, seed="88 12 07")
    assert [row["family"] for row in result] == by_hand(ROSTER, "881207", lottery.digest(document))
    assert record["admitted"] == sum(row["seats"] for row in result) <= 4
    assert record["commitment_sha256"] == lottery.digest(document)


@pytest.mark.parametrize(
    ("overflow", "seats"),
    [("skip", [1, 0, 1, 0]), ("stop", [1, 0, 0, 0]), ("expand", [1, 2, 0, 0]), ("split", [1, 1, 0, 0])],
)
def test_a_pair_at_the_last_seat_is_treated_as_the_rule_says(overflow, seats):
    assert drawing.fill([1, 2, 1, 1], 2, overflow=overflow) == seats


def test_case_pcw_22a_a_pair_drawn_twelfth_takes_two_of_forty_seats():
    heads = [1] * 40
    heads[11] = 2
    seats = drawing.fill(heads, 40)
    assert sum(seats) == 40
    assert seats[:39] == heads[:39]
    assert seats[39] == 0


@given(st.lists(st.integers(1, 3), max_size=30), st.integers(0, 20))
def test_only_expand_ever_exceeds_the_plan_and_skip_leaves_no_seat_a_single_could_have(heads, plan):
    for overflow in ("skip", "stop", "split"):
        assert sum(drawing.fill(heads, plan, overflow=overflow)) <= plan
    skipped = drawing.fill(heads, plan)
    left = plan - sum(skipped)
    assert not [n for n, got in zip(heads, skipped, strict=True) if got == 0 and n <= left]
    assert sum(drawing.fill(heads, plan, overflow="expand")) - plan <= 2


def test_the_ring_of_nanchang_2023_is_reproduced():
    drawn = rings.winners(20, 15, start=6, step=3)
    assert drawn == [6, 9, 12, 15, 18, 1, 4, 8, 13, 17, 2, 7, 14, 20, 10]


@pytest.mark.parametrize("leave", [True, False])
def test_ring_odds_are_those_of_every_start_tried_in_turn(leave):
    n, plan, step = 23, 7, 4
    won = np.zeros((n, n))
    for start in range(1, n + 1):
        won[start - 1, np.array(rings.winners(n, plan, start=start, step=step, leave=leave)) - 1] = 1
    assert np.allclose(rings.odds(n, plan, step=step, leave=leave), won.mean(axis=0))
    pair = [np.mean(won[:, 0] * won[:, d]) for d in range(n)]
    assert np.allclose(rings.together(n, plan, step=step, leave=leave), pair)


def test_neighbours_in_nanchangs_ring_win_together_more_often_than_by_chance():
    chance = rings.together(300, 100)
    assert chance[0] == pytest.approx(1 / 3)
    assert (round(chance[1], 4), round(chance[1:].min(), 4), round(chance[1:].max(), 4)) == (0.1254, 0.1045, 0.1254)


def test_fuzhous_step_ties_numbers_eight_apart_and_parts_most_others_for_ever():
    chance = rings.together(666, 90, step=rings.step_of(666, 90), leave=False)
    assert rings.step_of(666, 90) == 8
    assert round(chance[8], 4) == 0.1336
    assert round((chance[1:] == 0).mean(), 2) == 0.73


def test_fuzhous_digit_balls_make_the_start_uneven():
    start = rings.start_odds(845)
    assert (round(start.min(), 5), round(start.max(), 5)) == (0.00111, 0.00125)
    won = rings.odds(845, 200, step=rings.step_of(845, 200), start=start, leave=False)
    assert (round(won.min(), 4), round(won.max(), 4)) == (0.2360, 0.2375)
    assert won.sum() == pytest.approx(200)
    last = rings.start_odds(1003)
    assert np.allclose(last[[0, 1, 2, 1000, 1001, 1002]], last[500] / 2)


def test_a_ring_is_drawn_without_repetition():
    for leave in (True, False):
        assert sorted(rings.winners(24, 24, start=5, step=4, leave=leave)) == list(range(1, 25))
    assert all(a != b for a, b in pairwise(rings.winners(9, 9, start=1, step=3, leave=False)))
    with pytest.raises(ValueError, match="plan"):
        rings.winners(5, 6, start=1, step=1)
