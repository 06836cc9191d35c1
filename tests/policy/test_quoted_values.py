"""Days, points and schools are held against the words they rest on; what agrees in other words is left alone."""

import re
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import demo, geodata, policy
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.policy import notices, starting


def told(folder, own, sources=None):
    path = folder / "heping-2026.toml"
    text = starting.text("heping-2026", "tiers", year=2026) + own
    if sources:
        (sources / "notice.txt").write_text(NOTICE, encoding="utf-8")
        text = re.sub("0{64}", notices.sha256(sources / "notice.txt"), text)
    path.write_text(text, encoding="utf-8")
    return [str(note) for note in policy.quoted_values.differing(policy.load(path), sources)]


def dated(on, words, more=""):
    said = f'words = "{words}"\n' if words else ""
    return f'[dates.day]\non = {on}\nclause = "三"\n{said}{more}'


@pytest.mark.parametrize(
    ("on", "words"),
    [
        ("2026-04-30", "2026年4月30日前取得房产证"),
        ("2026-04-30", "4月30日（含）前"),
        ("2026-04-30", "2026年5月1日以前"),  # before the first of May is up to the thirtieth of April
        ("2026-04-30", "二〇二六年四月三十日前"),
        ("2026-04-30", "截至2026.04.30"),
        ("2026-04-30", "于４月３０日前"),
        ("2025-08-31", "落户满一年（截止2026年8月31日）"),
        ("2025-08-31", "至2026年8月31日满12个月"),
        ("2020-08-31", "2026年8月31日前年满六周岁"),
        ("2020-02-28", "8月31日前满6周岁6个月"),
        ("2026-08-20", "8月下旬"),
        ("2026-04-18", "4月16—18日交验"),
        ("2026-04-18", "4月16日上午9:00至18日下午5:00交验"),
        ("2026-04-18", "4月16日、18日、20日"),
        ("2026-04-30", "取得房产证的"),  # no day is named
    ],
)
def test_a_day_the_words_name_in_any_way_is_left_alone(tmp_path, on, words):
    assert told(tmp_path, dated(on, words)) == []


@pytest.mark.parametrize(
    ("on", "words", "said"),
    [
        ("2026-03-30", "2026年4月30日前取得房产证", "4月30日"),
        ("2025-04-30", "2026年4月30日前取得房产证", "2026年4月30日"),
        ("2026-04-28", "4月30日（含）前", "4月30日"),
        ("2024-08-31", "落户满一年（截止2026年8月31日）", "2026年8月31日"),
        ("2026-04-19", "4月16—18日交验", "4月16日、4月18日"),
    ],
)
def test_another_day_than_the_quoted_one_is_told(tmp_path, on, words, said):
    slip = on == "2026-04-19"  # the day after a day may be meant: until the eighteenth, from the nineteenth
    notes = told(tmp_path, dated(on, words))
    assert len(notes) == (0 if slip else 1)
    assert slip or said in notes[0]


def test_whether_the_day_counts_is_held_against_the_words(tmp_path):
    assert told(tmp_path, dated("2026-04-30", "4月30日（不含）前", "inclusive = false\n")) == []
    assert "不含" in told(tmp_path, dated("2026-04-30", "4月30日（不含当日）前", "inclusive = true\n"))[0]


def test_the_days_of_a_window_are_held_against_its_words(tmp_path):
    window = '[[windows]]\nname = "registration"\nopens = 2026-05-10\ncloses = {}\n'
    window += 'clause = "三"\nwords = "5月10～12日报名"\n'
    assert told(tmp_path, window.format("2026-05-12")) == []
    assert "2026-05-20" in told(tmp_path, window.format("2026-05-20"))[0]
    assert told(tmp_path, window.format("2026-05-20") + 'note = "细则另定"\n') == []


POOL = '[[pools]]\nid = "east"\nname = "东片"\nschools = ["城东小学", "{}"]\nclause = "三"\nwords = "{}"\n'


def test_a_school_the_words_do_not_name_is_told(tmp_path):
    assert told(tmp_path, POOL.format("河西小学", "城东小学、河西小学组成大学区")) == []
    assert "「城南小学」" in told(tmp_path, POOL.format("城南小学", "城东小学、河西小学组成大学区"))[0]
    assert told(tmp_path, POOL.format("城南小学", "东片学位统筹使用")) == []  # they name no school at all


NOTICE = "一、对象\n二、时间\n6月1日报名。\n三、范围\n城东小学、河西小学组成大学区，4月30日前取得房产证。\n"


def test_with_the_text_an_element_without_words_is_held_against_its_clause(tmp_path):
    sources = tmp_path / "texts"
    sources.mkdir()
    at_three = [note for note in told(tmp_path, dated("2026-03-30", ""), sources) if "[dates.day]" in note]
    assert "条款「三」里的日期是4月30日" in at_three[0]
    assert not [note for note in told(tmp_path, dated("2026-04-30", ""), sources) if "[dates.day]" in note]
    notes = told(tmp_path, POOL.format("城南小学", "东片学位统筹使用"), sources)
    assert any("原文里没有学校「城南小学」" in note for note in notes)


def test_points_are_held_against_their_words(tmp_path):
    item = '[points]\nlabel = "积分"\nclause = "三"\n[[points.items]]\nid = "a"\nlabel = "甲"\n'
    item += 'clause = "三"\npoints = {}\nwords = "{}"\n'
    assert told(tmp_path, item.format(30, "申请原地段学校的加30分")) == []
    assert "20 分，引文说的是 30 分" in told(tmp_path, item.format(20, "申请原地段学校的加30分"))[0]


def test_schools_the_folder_does_not_have_are_told_when_it_is_checked(tmp_path):
    town = demo.nine_plots()
    text = starting.text("town-2025", "tiers", year=2025).replace(
        'clause = "五"\n', 'clause = "五"\nschools = ["一校"]\n', 1
    )
    geodata.save(replace(town, about=town.about | {"policy": "town-2025"}), tmp_path)
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    said = CliRunner().invoke(main.app, ["check", str(tmp_path)], catch_exceptions=False).output
    assert "[[rounds]]（rest）schools：没有学校「一校」" in said
