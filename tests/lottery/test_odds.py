"""Exact odds of the draw methods, against every order written down and against draws on a computer."""

import itertools

import pytest

from zhaosheng_analysis import lottery
from zhaosheng_analysis.lottery import drawing


@pytest.mark.parametrize(("singles", "pairs", "plan"), [(5, 2, 4), (4, 3, 5), (6, 1, 3), (2, 1, 9)])
@pytest.mark.parametrize("rule", lottery.RULES)
def test_the_odds_of_twins_are_those_of_every_order(singles, pairs, plan, rule):
    """Write down every order of the tickets, fill it by hand, and average."""
    one, two, orders = 0, 0, list(itertools.combinations(range(singles + pairs), pairs))
    for places in orders:
        heads = [2 if place in places else 1 for place in range(singles + pairs)]
        seats = drawing.fill(heads, plan, overflow=rule)
        two += sum(seats[place] for place in places)
        one += sum(seats) - sum(seats[place] for place in places)
    expected = (one / singles / len(orders), two / 2 / pairs / len(orders), (one + two) / len(orders))
    assert lottery.odds.twins(singles, pairs, plan, overflow=rule) == pytest.approx(expected)


@pytest.mark.parametrize(("rule", "pair"), [("skip", 0.3313), ("stop", 0.3313), ("expand", 0.335)])
def test_a_pair_of_twins_has_nearly_the_chance_of_a_single(rule, pair):
    """Reference: 300 children, 100 seats, six pairs among them; 200,000 draws."""
    assert lottery.odds.twins(288, 6, 100, overflow=rule)[1] == pytest.approx(pair, abs=4 * (0.22 / 200_000) ** 0.5)


def test_a_withdrawal_from_tickets_moves_the_first_who_waits():
    """Eight for four: a winner withdraws with chance 1/2, and then one of seven changes sides."""
    assert lottery.odds.withdrawal(8, 4, "ticket") == pytest.approx(1 / 2 / 7)
