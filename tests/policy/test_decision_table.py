"""A decision table answers every situation by exactly one row, whatever the order of its rows."""

from dataclasses import replace

import numpy as np
import pytest

from zhaosheng_analysis import policy
from zhaosheng_analysis.policy import cell_blocks, decision_table, pipe_table, proof, table_proof, vocabulary
from zhaosheng_analysis.schema import Faults


def test_merged_blocks_cover_exactly_the_cells_they_describe():
    table = policy.load("pingcheng-2024").table
    generator = np.random.default_rng(5)
    for _ in range(20):
        marked = (generator.random(table.shape) < 0.1) & ~decision_table.impossible(table)
        again = np.zeros(table.shape, dtype=bool)
        for block in cell_blocks.merge(table, marked):
            again |= decision_table.cover(table, block)
        assert np.array_equal(again & ~decision_table.impossible(table), marked)


@pytest.mark.parametrize("name", ["pingcheng-2024", "laoting-2025"])
def test_the_order_of_the_rows_does_not_matter(name):
    rules = policy.load(name)

    def tiers(table: decision_table.Table) -> np.ndarray:
        names = np.array([*(row.tier for row in table.rows), "impossible"])
        return names[np.minimum(decision_table.compile_rows(table, rules.chosen), len(table.rows))]

    assert np.array_equal(tiers(rules.table), tiers(replace(rules.table, rows=rules.table.rows[::-1])))


def test_a_large_table_is_proved_cell_by_cell():
    facts = {"home": ("zone", "none"), "hukou": ("zone", "town", "district", "outside"), "permit": ("yes", "no")}
    lines = ["tier | home | hukou | permit | clause | words"]
    lines += [f"1 | {h} | {k} | {p} | 一 | 文" for h in facts["home"] for k in facts["hukou"] for p in facts["permit"]]
    faults = Faults()
    rows = pipe_table.parse("\n".join(lines), facts, "表", faults)
    whole = decision_table.Table(facts, ("1",), ("1",), {"1": "类"}, rows)
    table_proof.prove(whole, {}, "表", faults)
    assert faults.found == []
    for missing in range(len(rows)):
        faults = Faults()
        part = decision_table.Table(facts, ("1",), ("1",), {"1": "类"}, rows[:missing] + rows[missing + 1 :])
        table_proof.prove(part, {}, "表", faults)
        needs = rows[missing].needs
        assert len(faults.found) == 1
        assert all(f"{fact}={values[0]}" in str(faults.found[0]) for fact, values in needs.items())


@pytest.mark.parametrize(
    ("fact", "values", "lost"),
    [
        ("hukou", ["city", "outside"], "在本学区、在城区、在本区（县）其他地方"),
        ("hukou", ["zone", "district"], "在本市其他区（县）、在区（县）外"),
        ("guardian_hukou", ["town"], "在本区（县）其他地方、在本市其他区（县）、在区（县）外"),
        ("home", ["zone", "district"], ""),
        ("home", ["zone", "elsewhere"], ""),
        ("hukou", ["zone", "elsewhere"], ""),
        ("hukou", ["town", "district", "outside"], ""),
        ("permit", ["yes"], ""),
    ],
)
def test_a_fact_of_a_place_answers_wherever_a_child_may_be(fact, values, lost):
    """What a wider place does not catch would stop the intake at the first child from there."""
    faults = Faults()
    proof.facts_are_known({fact: tuple(values)}, vocabulary.FACTS, "x.toml", faults)
    assert [lost in fault.found for fault in faults.found] == [True] * bool(lost)
