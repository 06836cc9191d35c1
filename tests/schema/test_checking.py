"""Every table against its contract; each message as a planner would read it."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaosheng_analysis import schema
from zhaosheng_analysis.schema import cell_types, moments

PLAN = {"stage": "primary", "intake_year": 2025, "classes_n": 1, "class_size_n": 45, "seats_n": 45}


def plans(**columns):
    length = len(next(iter(columns.values()), [0]))
    return pd.DataFrame({"school_id": [f"s{at}" for at in range(length)], **PLAN, **columns})


def housing(*dates):
    return pd.DataFrame({"unit_id": [f"u{at}" for at in range(len(dates))], "delivered_on": dates, "dwellings_n": 1})


def message(name, frame, where="district.xlsx 工作表「plans」"):
    with pytest.raises(schema.DataError) as error:
        schema.check(name, frame, where=where)
    return str(error.value)


def test_a_clean_table_comes_back_typed_with_every_declared_column_in_order():
    checked = schema.check("plans", plans(classes_n=["１", "2.0"]), where="plans")
    assert list(checked.columns) == list(schema.TABLES["plans"].columns)
    assert checked["classes_n"].tolist() == [1, 2]
    assert checked["reserved_n"].tolist() == [0, 0], "a blank means what the contract says it means"
    assert [str(dtype) for dtype in checked.dtypes] == ["str", "str", *["int64"] * 5]


def test_headers_and_closed_lists_may_be_written_in_chinese():
    chinese = plans(stage=["小学", "初中"]).rename(columns={"school_id": "学校编号", "seats_n": "招生计划数"})
    assert schema.check("plans", chinese, where="plans")["stage"].tolist() == ["primary", "junior"]


def test_names_are_kept_as_written_but_ids_are_normalised():
    rows = pd.DataFrame({"school_id": [" ｓ１ "], "school_year": 2025, "grade": 1, "class_no": 1, "pupils_n": 40})
    checked = schema.check("classes", rows.assign(label="（１）班"), where="classes")
    assert checked.loc[0, ["school_id", "label"]].tolist() == ["s1", "（１）班"]


def test_a_missing_and_a_misspelt_column_are_named_together():
    assert message("plans", plans().rename(columns={"seats_n": "seat_n"})) == (
        "共 2 处问题：\n"
        "district.xlsx 工作表「plans」：不认识的列「seat_n」；是不是「seats_n」？请改列名或删去此列。\n"
        "district.xlsx 工作表「plans」：缺少 1 列：「招生计划数」(seats_n)；请补上这些列。"
    )


def test_words_where_numbers_belong_are_shown_with_their_excel_rows_three_at_most():
    assert message("plans", plans(classes_n=["六", "1", "4.5", "—", "两"])) == (
        "district.xlsx 工作表「plans」：列「班数」(classes_n)有 4 处不能识别："
        "第 2 行「六」、第 4 行「4.5」、第 5 行「—」等；须为整数，不小于 0、不大于 100；请更正。"
    )


def test_a_value_outside_the_closed_list_is_answered_with_the_list_and_a_suggestion():
    assert message("plans", plans(stage=["primary", "primery"])) == (
        "district.xlsx 工作表「plans」：列「学段」(stage)有 1 处不能识别：第 3 行「primery」；"
        "只能填写 小学(primary)、初中(junior)；是不是「primary」？请更正。"
    )


def test_a_number_out_of_range_is_named():
    assert message("plans", plans(seats_n=[45, -1])) == (
        "district.xlsx 工作表「plans」：列「招生计划数」(seats_n)有 1 处超出范围：第 3 行「-1」；"
        "须为整数，不小于 0、不大于 10000；请更正。"
    )


def test_rows_with_the_same_key_are_named():
    assert message("plans", plans(school_id=["s1", "s2", "s1"])) == (
        "district.xlsx 工作表「plans」：有 2 行的「学校编号」(school_id)、「学段」(stage)、「招生年度」(intake_year)"
        "与别的行相同：第 2 行「s1，primary，2025」、第 4 行「s1，primary，2025」；不得重复；请删去重复的行或更正编号。"
    )


def test_a_blank_cell_of_a_required_column_is_named_but_an_unread_one_is_not_called_blank():
    assert message("plans", plans(seats_n=[" ", "45", "四十五"])) == (
        "共 2 处问题：\n"
        "district.xlsx 工作表「plans」：列「招生计划数」(seats_n)有 1 处不能识别：第 4 行「四十五」；"
        "须为整数，不小于 0、不大于 10000；请更正。\n"
        "district.xlsx 工作表「plans」：列「招生计划数」(seats_n)有 1 处空白：第 2 行；此列不得空白；请补填。"
    )


def test_an_area_code_has_six_digits():
    hukou = pd.DataFrame({"child_id": ["c1", "c2"], "person": "child", "district_code": ["130225", "13022"]})
    assert message("hukou", hukou, "hukou.csv") == (
        "hukou.csv：列「户籍区划代码」(district_code)有 1 处超出范围：第 3 行「13022」；须为 6 位数字；请更正。"
    )


@pytest.mark.parametrize(
    "text", ["2019-08-31", "2019-8-31", "2019/8/31", "2019年8月31日", "20190831", "２０１９／８／３１", " 2019-08-31 "]
)
def test_a_date_may_be_written_in_these_ways(text):
    assert schema.check("housing", housing(text), where="x")["delivered_on"].tolist() == [pd.Timestamp(2019, 8, 31)]


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("2019-02-30", "没有这一天"),
        ("31.8.2019", "年份须写在前面，是不是 2019-08-31"),
        ("2019-08", "没有写日"),
        ("19-08-31", "年份只有两位"),
        ("8/31/2019", "年份须写在前面，是不是 2019-08-31"),
        ("43708", "像是 Excel 的日期序号，即 2019-08-31"),
        ("2019-08/31", ""),
        ("2019年8月", "没有写日"),
        ("明年", ""),
    ],
)
def test_a_date_that_does_not_exist_or_is_written_otherwise_is_refused_and_what_is_in_doubt_is_said(text, doubt):
    hint = f"「{text}」{doubt}，" if doubt else ""
    assert message("housing", housing("2019-08-31", text), "housing.csv") == (
        f"housing.csv：列「交付日期」(delivered_on)有 1 处不能识别：第 3 行「{text}」；须为真实存在的日期，"
        f"写成 2019-08-31、2019/8/31、2019年8月31日 或 20190831；{hint}请更正。"
    )


def test_a_bare_date_opens_at_midnight_and_closes_at_the_end_of_the_day():
    windows = pd.DataFrame({"event": ["registration"], "opens_at": "2025-07-07", "closes_at": "2025年7月9日"})
    checked = schema.check("calendar", windows, where="calendar")
    assert checked.loc[0, "opens_at"] == pd.Timestamp(2025, 7, 7)
    assert checked.loc[0, "closes_at"] == pd.Timestamp(2025, 7, 9, 23, 59, 59)


def test_the_time_of_registration_must_have_a_time_of_day():
    row = {"child_id": ["c1"], "school_id": "s1", "sector": "public", "choice_n": 1, "submitted_at": "2025-07-07"}
    assert message("applications", pd.DataFrame(row), "applications.csv") == (
        "applications.csv：列「报名时间」(submitted_at)有 1 处不能识别：第 2 行「2025-07-07」；"
        "须为日期加时间，写成 2019-08-31 09:00 或 2019-08-31 09:00:00；「2025-07-07」没有钟点，请更正。"
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-07-07 09:00", dt.datetime(2025, 7, 7, 9)),
        ("2025/7/7 9:05:07", dt.datetime(2025, 7, 7, 9, 5, 7)),
        ("2025-07-07T09:00:00.25", dt.datetime(2025, 7, 7, 9, 0, 0, 250_000)),
        ("2025-07-07 24:00", None),
        ("2025-07-07 09:60", None),
        ("2025-07-07 09", None),
    ],
)
def test_a_timestamp_is_read_to_the_microsecond_or_not_at_all(text, moment):
    assert moments.moment(text, "timestamp") == moment


@pytest.mark.parametrize(("cell", "value"), [("是", True), ("否", False), ("TRUE", True), ("0", False), (True, True)])
def test_a_flag_is_yes_or_no(cell, value):
    assert cell_types.parse(pd.Series([cell]), "flag").tolist() == [value]


@settings(max_examples=50, deadline=None)
@given(
    st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"]),
)
def test_every_real_day_is_read_in_every_form(day, form):
    assert moments.moment(day.strftime(form), "date") == dt.datetime.combine(day, dt.time())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_a_number_written_out_in_full_is_read_back_to_the_last_digit(numbers):
    text = pd.Series([repr(number) for number in numbers])
    assert cell_types.parse(text, "number").tolist() == numbers


def test_an_index_of_row_numbers_names_the_rows_and_any_other_index_is_counted():
    assert "第 9 行「六」" in message("plans", plans(classes_n=["六"]).set_axis([7]))
    assert "第 2 行「六」" in message("plans", plans(classes_n=["六"]).set_axis(["child"]))


def test_checking_a_checked_table_changes_nothing_and_the_input_is_left_alone():
    rows = plans(classes_n=["1", "2"])
    before = rows.copy()
    once = schema.check("plans", rows, where="x")
    pd.testing.assert_frame_equal(schema.check("plans", once, where="x"), once)
    pd.testing.assert_frame_equal(rows, before)


def test_an_empty_table_is_a_table():
    for name, table in schema.TABLES.items():
        empty = pd.DataFrame(columns=list(table.columns), dtype="str")
        assert schema.check(name, empty, where=name).empty
