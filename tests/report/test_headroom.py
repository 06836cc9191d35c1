"""The room left in classes, as the report of the audit shows it."""

from tests.towns.audit_town import rules, town
from zhaosheng_analysis import report


def test_the_room_of_the_grades_is_that_of_their_classes():
    grades = report.headroom.seat_room(town(), rules("zhanhe-2024")).data["rows"]
    rooms = report.headroom.class_room(town(), rules("zhanhe-2024")).data["rows"]
    assert [row[0] for row in grades] == [1, 2, 7, 8]
    for grade, classes_n, room_n, sibling_room_n, _ in grades:
        own = [row for row in rooms if row[1] == grade]
        assert (len(own), sum(row[5] for row in own), sum(row[7] for row in own)) == (classes_n, room_n, sibling_room_n)
