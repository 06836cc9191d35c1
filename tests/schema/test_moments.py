"""Days as schools write them: every form with one reading is read, every other is asked about by name."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhaosheng_analysis.schema import moments

FORMS = [
    "{y}.{m}.{d}",
    "{y}。{m}。{d}",
    "{y}、{m}、{d}",
    "{y}—{m}—{d}",
    "{y}——{m}——{d}",
    "{y}–{m:02}–{d:02}",
    "{y}年{m:02}月{d:02}日",
    "{y}年{m}月{d}",
    "{y}年 {m}月 {d}号",
    "{y} - {m} - {d}",
    "{y}{m:02}{d:02}",
    "{y}·{m}·{d}",
    "{y}-{m:02}-{d:02} 00:00:00",
    "{y}/{m}/{d} 0:00:00",
    "{y}-{m:02}-{d:02}T00:00:00+08:00",
    "{y}{m:02}{d:02}000000",
]


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)), st.sampled_from(FORMS))
def test_a_day_is_read_in_every_form_with_one_reading(day, form):
    text = form.format(y=day.year, m=day.month, d=day.day)
    assert moments.moment(text, "date") == dt.datetime.combine(day, dt.time())


@given(st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2050, 1, 1)).map(lambda at: at.replace(microsecond=0)))
def test_a_time_of_day_is_read_as_it_is_written(at):
    for form in ("%Y-%m-%d %H:%M:%S", "%Y.%m.%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y年%m月%d日%H时%M分%S秒"):
        assert moments.moment(at.strftime(form), "timestamp") == at


@pytest.mark.parametrize(
    ("text", "kind", "doubt"),
    [
        ("43343", "date", "像是 Excel 的日期序号，即 2018-08-31"),
        ("43343.375", "timestamp", "像是 Excel 的日期序号，即 2018-08-31"),
        ("18.8.31", "date", "年份只有两位"),
        ("180831", "date", "年份只有两位"),
        ("18年8月31日", "date", "年份只有两位"),
        ("1/9/2018", "date", "分不清月和日：2018-01-09 还是 2018-09-01"),
        ("31/8/2018", "date", "年份须写在前面，是不是 2018-08-31"),
        ("9/9/2018", "date", "年份须写在前面，是不是 2018-09-09"),
        ("2018年8月", "date", "没有写日"),
        ("2018-13-01", "date", "没有这一天"),
        ("2018-08-31 08:00:00", "date", "带有钟点"),
        ("2018-08-30T16:00:00Z", "date", "是世界时，比北京时间早 8 小时"),
        ("2025-07-14", "timestamp", "没有钟点"),
        ("2025-07-14 25:00", "timestamp", "没有这个钟点"),
        ("不详", "date", ""),
    ],
)
def test_what_has_two_readings_or_none_is_asked_and_never_read(text, kind, doubt):
    assert moments.moment(text, kind) is None
    assert moments.doubt(text, kind) == doubt


@given(st.integers(20_000, 59_999))
def test_the_day_offered_for_a_serial_is_the_one_excel_shows(serial):
    shown = dt.date(1900, 3, 1) + dt.timedelta(days=serial - 61)  # day 61 is 1 March 1900 in every version of Excel
    assert moments.doubt(str(serial), "date").endswith(f"即 {shown.isoformat()}")
