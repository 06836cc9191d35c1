"""Of a record only its notes may differ, and only where they are notes."""

import pytest

from zhaosheng_analysis.lottery import records
from zhaosheng_analysis.schema import Faults


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (b'{"notes": {"a": "b"}}', {"a": "b"}),
        (b'{"notes": {"a": 1}}', {}),
        (b'{"notes": "a"}', {}),
        (b'{"notes": {"a": "\\ud800"}}', {}),
        (b"[]", {}),
        (b"\xff", {}),
        (b"", {}),
        (b"[" * 100_000, {}),
    ],
)
def test_notes_are_read_where_they_are_notes(content, notes):
    assert records.notes_of(content) == notes


def test_every_file_that_differs_is_named():
    faults = Faults()
    records.unequal({"a": b"1", "b": b"2", "c": b"3"}, {"a": b"1", "b": b"", "c": b"4"}, what="派位结果", faults=faults)
    assert [fault.where for fault in faults.found] == ["派位结果 b", "派位结果 c"]
