"""References to clauses: what they name in full, and what stands there in notices as bureaus write them."""

import pytest

from zhaosheng_analysis.policy import notices, quotations, references

NOTICE = """某区招生办法
为做好工作，制定本办法。
一、对象
（一）年满六周岁；
（二）具有本区户籍，其中：①本人户籍；②父母户籍。
二、办法
1.报名
（1）网上报名；
（2）现场报名。
2.录取：一是按类别；二是按积分。
四、其他
第一阶段：报名。第二阶段：录取。
附表：积分表
说明：
1、住房系指住宅。
2、租房须备案。
五、提示
不收费。
附件1
一、学校名单
"""


@pytest.mark.parametrize(
    ("clause", "places"),
    [
        ("一(二)", ["一(二)"]),
        ("七(一)1、2(2)", ["七(一)1", "七(一)2(2)"]),
        ("三(六)14、18", ["三(六)14", "三(六)18"]),
        ("七(一)2(5)、(6)", ["七(一)2(5)", "七(一)2(6)"]),
        ("一; 七(三); 十一(二)", ["一", "七(三)", "十一(二)"]),
        ("一、六(四)、八至十一", ["一", "六(四)", "八", "九", "十", "十一"]),
        ("四（三）2（1）–（3）", ["四(三)2(1)", "四(三)2(2)", "四(三)2(3)"]),
        ("十一(二)—(四)", ["十一(二)", "十一(三)", "十一(四)"]),
        ("五·第一阶段", ["五第一阶段"]),
        ("六(三)一是", ["六(三)一是"]),
        ("附件1 推论", ["附件1"]),
        ("原文未载，依假定", []),
        ("前言", ["前言"]),
        ("", []),
    ],
)
def test_a_reference_names_its_places_in_full(clause, places):
    assert [str(place) for place in references.read(clause)] == places


@pytest.mark.parametrize(
    ("clause", "begins"),
    [
        ("一(二)", "（二）具有本区户籍"),
        ("一(二)②", "②父母户籍"),
        ("二1(2)", "（2）现场报名"),
        ("二2一是", "一是按类别"),
        ("二2二是", "二是按积分"),
        ("四·第二阶段", "第二阶段：录取"),
        ("附表2", "2、租房须备案"),
        ("附表说明2", "2、租房须备案"),
        ("五", "五、提示"),
        ("附件1", "附件1"),
        ("前言", "某区招生办法"),
        ("全文", "某区招生办法"),
        ("三", None),
        ("一(三)", None),
        ("二1(3)", None),
        ("附件2", None),
        ("一(二)④", None),
    ],
)
def test_what_stands_at_a_place(clause, begins):
    text = references.Notice(NOTICE).text(references.read(clause)[0])
    assert (text is None) if begins is None else quotations.normal(text).startswith(quotations.normal(begins))


def test_a_number_of_an_appendix_is_none_of_the_text():
    notice = references.Notice(NOTICE)
    assert "学校名单" not in notice.text(references.read("一")[0])
    assert notice.where("学校名单", quotations.normal) == "附件1一"


def test_the_text_goes_on_after_a_table_that_stands_in_it():
    paths = ["".join(path) for path, _ in notices.numbered(NOTICE)]
    assert paths[-4:] == ["五", "五", "附件1", "附件1一"]
    assert "附表2" in paths


def test_an_item_may_begin_with_a_date_and_a_decimal_is_no_number():
    text = "五、时间\n（一）报名\n1.8月18日至20日报名。\n2、2016年4月30日前未入伙的。\n3.5公里以外的。"
    assert ["".join(path) for path, _ in notices.numbered(text)][-3:] == ["五(一)1", "五(一)2", "五(一)2"]


def test_leaves_are_the_clauses_that_have_none_below_them():
    said = ["".join(path) for path in references.Notice(NOTICE).leaves()]
    assert said == ["一(一)", "一(二)", "二1(1)", "二1(2)", "二2", "四", "五"]
