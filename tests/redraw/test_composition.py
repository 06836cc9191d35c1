"""A group of children that should not gather at one school: counted by hand, and the best redraw of all there are."""

import pandas as pd
import pytest

from tests.towns import hand_made, nine_year_town
from tests.towns.nine_year_town import CHILDREN, HOME, UNITS, YEARS
from zhaosheng_analysis import demo, redraw
from zhaosheng_analysis.redraw.composition import Composition
from zhaosheng_analysis.schema import DataError

ONLY = dict.fromkeys(("walk", "shortage", "oversize", "surplus", "balance", "border", "split"), 0.0)
SHARE = dict(zip(UNITS, (0.9, 0.1, 0.0, 0.8, 0.2, 0.1, 0.7, 0.0, 0.3), strict=True))


@pytest.fixture(scope="module")
def town():
    return nine_year_town.town()


def problem(town, **weights: float) -> redraw.Problem:
    """Return the junior redraw in which only changes and the group cost anything."""
    return redraw.problem(
        town,
        None,
        hand_made.rules(),
        stage="junior",
        years=YEARS,
        children=nine_year_town.children(),
        weights=ONLY | weights,
        mix=Composition("随迁", pd.Series(SHARE).rename_axis("unit_id")),
    )


def gathered(assignment: dict[str, str]) -> float:
    """Count the children of the group whom each school has beyond the average of the town."""
    group = {unit: SHARE[unit] * sum(CHILDREN[unit]) for unit in UNITS}
    average = sum(group.values()) / sum(map(sum, CHILDREN.values()))
    total = 0.0
    for school in HOME.values():
        zone = [unit for unit, door in assignment.items() if door == school]
        total += max(0.0, sum(group[unit] for unit in zone) - average * sum(sum(CHILDREN[unit]) for unit in zone))
    return total


def test_what_mixes_the_group_is_the_best_of_all_assignments(town):
    made = problem(town, moved=1.0, mix=4.0)
    costs = [
        nine_year_town.moved(one) + 4.0 * gathered(one)
        for one in nine_year_town.every()
        if nine_year_town.fits(one, 40)
    ]
    option = redraw.solve(made, "mixed", "构成均衡", seed="1", seconds=60, iterations=1)
    assert option.cost == pytest.approx(min(costs))
    assert 0 <= option.bound <= min(costs) + 1e-6
    assert option.terms.set_index("term")["after"]["mix"] == pytest.approx(gathered(option.assignment.to_dict()))
    by_hand = redraw.valued(made, option.assignment, "same", "同一方案")
    assert by_hand.cost == pytest.approx(option.cost)


def test_a_group_is_measured_without_being_weighed_and_a_weight_without_a_group_is_refused(town):
    made = problem(town, moved=1.0)
    terms = redraw.valued(made, made.now, "now", "现状").terms.set_index("term")
    assert terms["weight"]["mix"] == 0.0
    assert terms["after"]["mix"] == pytest.approx(gathered(nine_year_town.COLUMNS))
    table = nine_year_town.children()
    with pytest.raises(DataError, match="没有说是哪一群"):
        redraw.problem(town, None, hand_made.rules(), stage="junior", years=YEARS, children=table, weights={"mix": 1.0})


def test_groups_are_those_a_bureau_holds_by_unit():
    town = demo.nine_plots()
    cohorts = town.table("cohorts")
    cohorts.loc[cohorts["unit_id"].eq("u1"), ["hukou_n", "resident_n"]] = [1, 4]
    share = redraw.composition.of(town, "nonlocal", stage="primary").share
    assert share["u1"] == pytest.approx(0.75)
    assert share.drop("u1").eq(0).all()
    villages = redraw.composition.of(town, "kind=小区", stage="primary")
    assert (villages.label, villages.share.sum()) == ("小区类别为小区", 9)
    for wrong in ("kind=village", "sex=male", "随迁"):
        with pytest.raises(DataError):
            redraw.composition.of(town, wrong, stage="primary")


def test_a_table_of_shares_names_every_unit_once():
    town = demo.nine_plots()
    said = "小区,占比\n" + "\n".join(f"{name}号院,{at}0%" for at, name in enumerate("一二三四五六七八九", 1))
    for text, match in (
        ("小区编号,比例\nu1,0.2\nu1,0.3\n", "写了两次"),
        ("小区编号,比例\nu1,1.2\n", "第 2 行「1.2」"),
        ("小区编号,比例\nu1,0.2\n", "没有写 8 个小区"),
        ("小区编号\nu1\n", "缺少列：比例"),
    ):
        with pytest.raises(DataError, match=match):
            redraw.composition.read(text.encode(), "随迁.csv", town)
    group, _ = redraw.composition.read(said.encode(), "随迁儿童.csv", town)
    assert (group.label, group.share["u4"]) == ("随迁儿童", pytest.approx(0.4))
