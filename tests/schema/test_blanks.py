"""What a blank cell means is said of every column, and no column says two things."""

import pytest

from zhaosheng_analysis import schema

COLUMNS = [(table.name, column) for table in schema.TABLES.values() for column in table.columns.values()]


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda part: getattr(part, "name", part))
def test_a_blank_means_one_thing(table, column):
    assert column.blank
    assert not (column.blank_means and (column.required or column.empty is not None))
    assert not any(word in column.about for word in ("空白为", "空着表示"))


def test_what_blanks_mean_by_hand():
    said = {(table, column.name): column.blank for table, column in COLUMNS}
    assert said["zones", "valid_to"] == "尚未失效"
    assert said["records", "until_on"] == "仍在继续"
    assert said["records", "since_on"] == said["hukou", "since_on"] == said["homes", "second_hand"] == "不知道"
    assert said["plans", "reserved_n"] == "当作 0"
    assert said["schools", "boarding"] == "当作否"
    assert said["homes", "child_id"] == "不得空白"
    pages = schema.dictionary().set_index(["表", "列"])["空白"]
    assert pages["schools", "closed_year"] == "没有停办"
