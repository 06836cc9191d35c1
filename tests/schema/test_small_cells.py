"""No small count can be worked out of a published table: a solver other than the package's own tries every one."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import LinearConstraint, milp

from zhaosheng_analysis.schema import small_cells

FEWEST = small_cells.FEWEST


def worked_out(shown, true, columns, *, sums=(), others=(), by=""):
    """Return the hidden cells for which whole numbers leave one answer to who knows the sum of every column."""
    found = worked_out_together({"": shown}, {"": small_cells.Counts(true, columns, sums, others, by)})
    return [(row, name) for _, row, name in found]


def worked_out_together(shown, tables, links=()):
    """Return the same of several tables that are read side by side; a link says which columns add up to the same."""
    at = {
        cell: n
        for n, cell in enumerate(
            (table, row, name)
            for table, counts in tables.items()
            for row in range(len(counts.table))
            for name in (*counts.columns, *counts.others)
        )
    }
    value = np.array([tables[table].table[name].iloc[row] for table, row, name in at], float)
    printed = [shown[table][name].iloc[row] for table, row, name in at]
    low, high = value.copy(), value.copy()
    for n, cell in enumerate(printed):
        if cell == f"<{FEWEST}":
            low[n], high[n] = 1, FEWEST - 1
        elif cell == small_cells.LEFT_OUT:
            low[n], high[n] = (FEWEST if value[n] >= FEWEST else 0), 10**4
    lines = []

    def known(cells, less=()):
        line = np.zeros(len(at))
        line[[at[cell] for cell in cells]] = 1
        line[[at[cell] for cell in less]] = -1
        lines.append(line)

    for table, counts in tables.items():
        true = counts.table
        groups = true.groupby(counts.by).indices.values() if counts.by else [range(len(true))]
        for rows in groups:
            for name in counts.columns:
                known([(table, row, name) for row in rows])
        for total, parts in counts.sums:
            for row in range(len(true)):
                whole = [(table, row, total)] if (table, row, total) in at else []
                known([(table, row, name) for name in parts], whole)
    for one, other in links:
        (left, names, key), (right, more, its) = one, other
        for word in tables[left].table[key]:
            cells = [
                [(table, row, name) for row in np.flatnonzero(tables[table].table[column] == word) for name in columns]
                for table, columns, column in ((left, names, key), (right, more, its))
            ]
            known(*cells)
    rule, found = LinearConstraint(np.array(lines), np.array(lines) @ value, np.array(lines) @ value), []
    for cell, n in at.items():
        if printed[n] not in (f"<{FEWEST}", small_cells.LEFT_OUT) or not value[n]:
            continue
        aim = np.zeros(len(at))
        aim[n] = 1
        ends = [
            milp(sign * aim, constraints=rule, integrality=np.ones(len(at)), bounds=(low, high)).fun for sign in (1, -1)
        ]
        if round(ends[0]) == round(-ends[1]):
            found.append(cell)
    return found


@pytest.mark.parametrize("seed", range(2))
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


@pytest.mark.parametrize("seed", [11, 23])
def test_what_one_table_leaves_out_does_not_stand_in_another(seed):
    rng = np.random.default_rng(seed)
    ends = pd.DataFrame(rng.choice([0, 1, 4, 12, 30], (4, 3)), columns=["录取", "统筹", "没有"]).assign(
        类别=list("甲乙丙丁")
    )
    ends["合计"] = ends[["录取", "统筹", "没有"]].sum(axis=1)
    tiers = ends[["类别"]].assign(人数=ends["合计"])
    rest = pd.DataFrame(
        {"类别": [*"甲乙丙丁"] * 2, "人数": [*(ends["没有"] // 3), *(ends["没有"] - ends["没有"] // 3)]}
    )
    tables = {
        "ends": small_cells.Counts(ends, [*ends.columns.drop("类别")], [("合计", ["录取", "统筹", "没有"])]),
        "tiers": small_cells.Counts(tiers, ["人数"]),
        "rest": small_cells.Counts(rest, ["人数"]),
    }
    links = [(("ends", ["合计"], "类别"), ("tiers", ["人数"], "类别"))]
    links += [(("ends", ["没有"], "类别"), ("rest", ["人数"], "类别"))]
    told = [small_cells.Link(*((table, names, [key]) for table, names, key in link)) for link in links]
    assert not worked_out_together(small_cells.together(tables, told), tables, links)
    alone = {name: small_cells.masked(c.table, c.columns, sums=c.sums) for name, c in tables.items()}
    assert worked_out_together(alone, tables, links)  # each by itself would have told


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
