"""The contracts themselves refer only to what exists."""

import pytest

from zhaosheng_analysis import schema
from zhaosheng_analysis.schema import cell_types


@pytest.mark.parametrize("table", schema.TABLES.values(), ids=lambda table: table.name)
def test_a_contract_refers_only_to_what_exists_and_every_column_has_a_label(table):
    assert table.level in {"layer", "planner", "child"}
    assert set(table.key) <= set(table.columns)
    labels = [column.label for column in table.columns.values()]
    assert len(set(labels)) == len(labels), "a Chinese header must name one column"
    for column in table.columns.values():
        assert column.kind in cell_types.DTYPES
        assert bool(column.choices) == (column.kind == "choice")
        assert column.kind != "flag" or column.required or column.empty is not None or "空着" in column.about
        for target in column.refers:
            other, key = target.split(".")
            assert key in schema.TABLES[other].key
