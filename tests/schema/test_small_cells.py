"""No small count can be worked out of a published table: a solver other than the package's own tries every one."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import LinearConstraint, milp

from zhaosheng_analysis.schema import small_cells

FEWEST = small_cells.FEWEST


def worked_out(shown, true, columns, *, sums=(), others=(), by=""):
    """Return the hidden cells for which whole numbers leave one answer to who knows the sum of every column."""
    free = [*columns, *others]
    at = {(row, name): n for n, (row, name) in enumerate((row, name) for row in range(len(true)) for name in free)}
    low, high, lines, right = np.zeros(len(at)), np.full(len(at), np.inf), [], []
    for (row, name), n in at.items():
        cell, value = shown[name].iloc[row], true[name].iloc[row]
        if cell == f"<{FEWEST}":
            low[n], high[n] = 1, FEWEST - 1
        elif cell == small_cells.LEFT_OUT:
            low[n] = FEWEST if value >= FEWEST else 0
        else:
            low[n] = high[n] = value
    groups = true.groupby(by).indices.values() if by else [range(len(true))]
    for name in columns:
        for rows in groups:
            lines.append(np.isin(np.arange(len(at)), [at[row, name] for row in rows]).astype(float))
            right.append(true[name].iloc[list(rows)].sum())
    for total, parts in sums:
        for row in range(len(true)):
            line = np.isin(np.arange(len(at)), [at[row, name] for name in parts]).astype(float)
            if total in free:
                line[at[row, total]] = -1
            lines.append(line)
            right.append(line @ [true[name].iloc[r] for r, name in at])
    hidden = [key for key in at if shown[key[1]].iloc[key[0]] in (f"<{FEWEST}", small_cells.LEFT_OUT)]
    hidden = [(row, name) for row, name in hidden if true[name].iloc[row] > 0]
    rule = LinearConstraint(np.array(lines), right, right)
    found = []
    for key in hidden:
        aim = np.zeros(len(at))
        aim[at[key]] = 1
        ends = [
            milp(sign * aim, constraints=rule, integrality=np.ones(len(at)), bounds=(low, np.minimum(high, 10**4)))
            for sign in (1, -1)
        ]
        if round(ends[0].fun) == round(-ends[1].fun):
            found.append(key)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_no_small_count_follows_from_the_sums(seed):
    rng = np.random.default_rng(seed)
    rows, parts = int(rng.integers(3, 6)), ["公办", "民办", "统筹", "没有"]
    true = pd.DataFrame(rng.choice([0, 0, 1, 3, 7, 12, 30, 400], (rows, 4)), columns=parts)
    true["合计"] = true[parts].sum(axis=1)
    true["学段"] = rng.choice(["小学", "初中"], rows)
    options = {"sums": [("合计", parts)], "by": "学段"}
    shown = small_cells.masked(true, [*parts, "合计"], **options)
    counts = [*parts, "合计"]
    for name in counts:
        few = true[name].between(1, FEWEST - 1)
        assert set(shown[name][few]) <= {f"<{FEWEST}", small_cells.LEFT_OUT}
        assert f"<{FEWEST}" not in set(shown[name][~few])
    for row, _ in worked_out(shown, true, counts, **options):  # only where a stage has nothing else to hide it behind
        stage = shown[true["学段"] == true["学段"].iloc[row]]
        assert not stage[counts].map(lambda cell: isinstance(cell, int) and cell > 0).to_numpy().any()


def test_seats_left_do_not_tell_the_few_who_were_admitted():
    true = pd.DataFrame({"计划": [45, 45, 90], "录取": [3, 45, 60], "余位": [42, 0, 30]})
    options = {"sums": [("计划", ["录取", "余位"])], "others": ["余位"]}
    shown = small_cells.masked(true, ["录取"], **options)
    assert shown["录取"].iloc[0] == "<10"
    assert shown["余位"].iloc[0] == small_cells.LEFT_OUT
    assert not worked_out(shown, true, ["录取"], **options)


def test_what_is_large_is_left_alone():
    true = pd.DataFrame({"学校": ["一小", "二小"], "人数": [40, 0]})
    assert small_cells.masked(true, ["人数"])["人数"].tolist() == [40, 0]


def test_two_single_children_whose_sum_is_known_are_hidden_behind_others():
    true = pd.DataFrame({"人数": [1, 1, 30, 50]})
    shown = small_cells.masked(true, ["人数"])
    assert shown["人数"].tolist() == ["<10", "<10", small_cells.LEFT_OUT, 50]
    assert not worked_out(shown, true, ["人数"])


def test_a_table_that_counts_no_children_is_as_it_was():
    table = pd.DataFrame({"方案": ["少动", "就近"], "人数": [30, 40]})
    for columns in ([], ["人数"]):
        pd.testing.assert_frame_equal(small_cells.masked(table, columns), table, check_dtype=False)
    assert small_cells.masked(table.head(0), ["人数"]).empty


def test_a_hundred_small_places_hide_each_other():
    rng = np.random.default_rng(7)
    years = ["2026", "2027", "2028"]
    true = pd.DataFrame(rng.poisson(2, (100, 3)), columns=years)
    true["合计"] = true[years].sum(axis=1)
    options = {"sums": [("合计", years)]}
    shown = small_cells.masked(true, [*years, "合计"], **options)
    assert not (shown.map(lambda cell: isinstance(cell, int) and 0 < cell < FEWEST)).to_numpy().any()
    few = true.head(8)  # every cell tried by another solver, as if the reader knew all the other places
    assert not worked_out(small_cells.masked(few, [*years, "合计"], **options), few, [*years, "合计"], **options)
