"""Sentences of a forecast: a tie is no refusal, and where nothing leads leavers to a school that is said once."""

from dataclasses import replace

import pandas as pd
import pytest

from tests.towns import declared, outlooks
from tests.towns.outlooks import outlook
from zhaosheng_analysis import policy, texts
from zhaosheng_analysis.forecast import Simulation


def test_of_children_in_a_tie_those_are_told_for_whom_there_is_no_seat():
    keys = {"school_id": "s", "stage": "primary", "year": 2026}
    tiers = pd.DataFrame([keys | {"tier": tier, "refused_n": away} for tier, away in (("1", 300.0), ("2", 64.0))])
    ends = pd.DataFrame([keys | {"status": "undetermined", "to_school_id": "", "children_n": 963.0}])
    through = Simulation(
        tiers=declared.whole("simulation.tiers", tiers),
        ends=declared.whole("simulation.ends", ends),
        sizes=declared.whole("simulation.sizes", pd.DataFrame([keys])),
        futures=1000,
        intakes=4,
    )
    made, rules = outlook([("s", 704, 1043, 550, 11)]), replace(policy.load("laoting-2025"), table=None)
    shown = texts.forecast.ends(through, made, rules, year=2026)
    assert shown["去向"].tolist() == ["没有学位（并列待定：文件没有规定先后，说不出是哪些儿童）"]
    assert shown["人数（平均）"].tolist() == [364], "the number that the sentences and the trace have"
    beyond = replace(through, ends=ends.assign(status="unplaced", children_n=364.0))
    rules = policy.load("pingcheng-2024")
    told = replace(beyond, tiers=through.tiers.assign(tier="J"))
    for world, tier in ((beyond, "-"), (told, "J")):
        said = texts.forecast.ends(world, made, rules, year=2026)["去向"].tolist()
        assert said == [f"按本文件没有录取：{rules.table.unplaced[tier]}"]


@pytest.mark.parametrize(
    ("unnamed", "said"),
    [
        (0, ""),
        (39, "；39名毕业生所在的小学没有对口初中，学区也连不到初中的学区，不归到哪一所初中，只计入全区总量"),
        (500, "；数据中没有校校对口，小学的学区也连不到初中的学区，各初中按历年人数推算"),
    ],
)
def test_leavers_whom_nothing_leads_are_counted_unless_nothing_leads_anybody(unnamed, said):
    row = {"level": "district", "id": "d", "name": "示范县", "stage": "junior", "year": 2026, "horizon": 1}
    row |= {"demand_n": 480, "leavers_n": 500, "elsewhere_n": 20, "unnamed_n": unnamed}
    told = outlooks.of(totals=declared.whole("outlook.totals", pd.DataFrame([row])))
    assert texts.forecast.leavers(told) == (
        f"2026年夏小学毕业500人，本区（县）初中预计入学480人，净外流20人（升入未列入本数据的学校，或去外地）{said}。"
    )
