"""The lists of plan, admission and roll held against each other by day, as the report of the audit shows them."""

from dataclasses import replace

from tests.towns.audit_town import with_two_faults
from zhaosheng_analysis import report


def test_the_days_of_the_lists_stand_in_the_pack():
    district, found, _ = with_two_faults()
    rows = report.reconciliation.days(found, district).data["rows"]
    assert rows[-1] == ["2024-10-31", 28, 28, 28, 0, 0, 0]
    assert report.reconciliation.differences(found, district).data["rows"] == []
    assert all(row[6] > 0 for row in report.reconciliation.days_by_school(found, district).data["rows"])
    bare = replace(district, tables={name: t for name, t in district.tables.items() if name != "roll"})
    assert report.reconciliation.days(found, bare).data["rows"] == []
    assert report.reconciliation.differences(found, bare).data["rows"] == []
