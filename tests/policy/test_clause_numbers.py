"""Clauses of one number are told apart, by chapter and by which of them; what stands behind a list is no item of it."""

import pytest

from zhaosheng_analysis import policy
from zhaosheng_analysis.policy import notices, quotations, references, starting

CHAPTERS = """某区办法
第一章 总则
一、目的。
第二章 报名
一、时间。
（一）小学：
1.网上报名；
2.现场报名。
以上材料须真实。
（二）初中须带：
1.毕业证。
2.证书。
住房材料：
1.房产证。
2.合同。
"""
ARTICLES = (
    "第一章 总则\n第一条 为规范。\n第二条 适用：\n（一）甲；\n（二）乙。\n第二章 报名\n第三条 时间。\n第十二条 附则。"
)


def test_every_line_has_a_clause_of_its_own():
    said = notices.clauses(CHAPTERS)["条款"].to_list()
    assert said == [
        "",
        "第一章",
        "第一章一",
        "第二章",
        "第二章一",
        "第二章一(一)",
        "第二章一(一)1",
        "第二章一(一)2",
        "第二章一(一)",  # 以上材料 is said of both items
        "第二章一(二)",
        "第二章一(二)1",
        "第二章一(二)2",
        "第二章一(二)",
        "第二章一(二)1#2",
        "第二章一(二)2#2",
    ]


def test_a_heading_goes_on_below_its_line():
    lines = "一、办法\n1.网上报名\n家长登录平台。\n2.现场报名\n家长到校。"
    assert notices.clauses(lines)["条款"].to_list() == ["一", "一1", "一1", "一2", "一2"]


@pytest.mark.parametrize(
    ("clause", "begins"),
    [
        ("第一章一", "一、目的"),
        ("第二章一", "一、时间"),
        ("第二章一(二)1", "1.毕业证"),
        ("第二章一(二)1#2", "1.房产证"),
        ("第二章一(二)1#1", "1.毕业证"),
        ("一(二)2#2", "2.合同"),
        ("第二章", "第二章 报名"),
        ("第三章一", None),
        ("一(二)1#3", None),
    ],
)
def test_a_clause_names_one_of_several(clause, begins):
    text = references.Notice(CHAPTERS).text(references.read(clause)[0])
    assert (text is None) if begins is None else text.startswith(begins)


def test_numbers_that_continue_keep_the_chapter():
    places = references.read("第二章一(二)1#2、2#2；(一)")
    assert [str(place) for place in places] == ["第二章一(二)1#2", "第二章一(二)2#2", "第二章一(一)"]


def test_articles_are_found_by_their_number_alone():
    notice = references.Notice(ARTICLES)
    for clause, begins in (("第二条(一)", "(一)甲"), ("二(二)", "(二)乙"), ("第十二条", "第十二条")):
        assert notice.text(references.read(clause)[0]).startswith(begins)


def test_coverage_wants_both_clauses_of_one_number(tmp_path):
    (tmp_path / "notice.txt").write_text("三、材料\n1.毕业证。\n住房：\n1.房产证。\n", encoding="utf-8")
    text = starting.text("heping-2026", "tiers", year=2026)

    def uncited(clause, words=""):
        path = tmp_path / "heping-2026.toml"
        row = f'[dates.day]\non = 2026-03-01\nclause = "{clause}"\n' + (f'words = "{words}"\n' if words else "")
        path.write_text(text.replace('clause = "三', 'clause = "九') + row, encoding="utf-8")
        rules = policy.load(path)
        asked = [str(note) for note in policy.quoted_values.differing(rules, tmp_path)]
        assert any("三1#1、三1#2" in note for note in asked) == (clause == "三1" and not words)
        return quotations.uncited(rules, tmp_path)

    assert uncited("三1", "毕业证") == ["三1#2"]
    assert uncited("三1#2") == ["三1"]
    assert uncited("三1#1、三1#2") == []
    assert uncited("三1") == []  # without words either may be meant
