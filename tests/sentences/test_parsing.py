"""Zone sentences: what each published one means, and that no word of it is lost."""

import pytest

from zhaosheng_analysis.sentences import Attribute, Union, parse
from zhaosheng_analysis.sentences.grammar import Beside, Chain, Former, Named, Side, Within, plain

# Sentence → the tree as it prints itself, written by hand from the notice (catalogue §9).
PUBLISHED = {
    "滨河路以东、金融街东延以南的城区,还包括盛世景湾、御景嘉园东区、腾飞家园、浩森尚景、郁庄上村、王庄上村、麻坨村、原西高小学学区": (
        "(滨河路以东 ∩ 金融街东延以南 ∩ 城区范围内) ∪ 盛世景湾 ∪ 御景嘉园东区 ∪ 腾飞家园 ∪ 浩森尚景 ∪ 郁庄上村 ∪ 王庄上村 ∪ 麻坨村"
        " ∪ 原西高小学学区"
    ),
    "滨河路以西、金融街以北的城区,金融街南侧机关单位家属楼,天正壹号院,乐泰和园、嘉林景苑、宏屹上院、原范庄小学学区": (
        "(滨河路以西 ∩ 金融街以北 ∩ 城区范围内) ∪ 金融街南侧机关单位家属楼 ∪ 天正壹号院 ∪ 乐泰和园 ∪ 嘉林景苑 ∪ 宏屹上院"
        " ∪ 原范庄小学学区"
    ),
    "滨河路以西、金融街以南的城区,还包括张楼村、蔡各庄村、高庄村、晁庄村,原三刘庄小学学区": (
        "(滨河路以西 ∩ 金融街以南 ∩ 城区范围内) ∪ 张楼村 ∪ 蔡各庄村 ∪ 高庄村 ∪ 晁庄村 ∪ 原三刘庄小学学区"
    ),
    "招生范围为:水悦华苑、乐康家园东区(二十二冶)、乐安家园,原井坨小学学区": (
        "水悦华苑 ∪ 乐康家园东区(二十二冶) ∪ 乐安家园 ∪ 原井坨小学学区"
    ),
    "乐亭县城区义务教育学校学区划分第一实验小学招生范围为:泰和盛景、龙王庙村。": "泰和盛景 ∪ 龙王庙村",
    "滨河路以西,含三合庄初中招生片区、原范庄学区": "滨河路以西 ∪ 三合庄初中学区 ∪ 原范庄学区",
    "招收范围为:滨河路以东,含原井坨学区。": "滨河路以东 ∪ 原井坨学区",
    "永泰南路以東,源茂街以南,御河西路以西,南至平城區學區范圍區域": "永泰南路以东 ∩ 源茂街以南 ∩ 御河西路以西 ∩ 平城区学区范围内",
    "永泰南路以東,源茂街以南,御河西路以西,昌寧街以北范圍內": "永泰南路以东 ∩ 源茂街以南 ∩ 御河西路以西 ∩ 昌宁街以北",
    "太和路以東,開源街以南,原平城區學區范圍內": "太和路以东 ∩ 开源街以南 ∩ 原平城区学区范围内",
    "平城區原第十九小學校學區范圍劃歸至現合并學校平城區第八小學校學區范圍": "原第十九小学校学区 → 平城区第八小学校",
    "2024年铁路二中不再招收新生，学区内学生到第二中学报名入学": "铁路二中学区 → 第二中学（2024年起）",
    "农村小学只招收本乡镇学生，农村初中只招收本乡镇小学毕业生": "农村小学只招收本乡镇学生 ∪ 农村初中只招收本乡镇小学毕业生",
    "山区各学校只招收本村适龄儿童": "山区各学校只招收本村适龄儿童",
    "单校划学区或多校划片招生": "单校划学区或多校划片招生",
    "小学与初中“校校对口”的方式招生": "小学与初中「校校对口」的方式招生",
    "承担了部分学区范围招生计划的民办学校,应明确其学区范围": "承担了部分学区范围招生计划的民办学校,应明确其学区范围",
    "在对应的小学学区范围内有入读需求的对象": "在对应的小学学区范围内有入读需求的对象",
    "北都街以北,包括同煤新苑、机车厂的小区": "北都街以北 ∪ 同煤新苑 ∪ 机车厂",
    "第四片區:十七校、二十三校。(十七校為第二階段報名點)": "十七校学区 ∪ 二十三校学区",
    "北起同泉路、北都街西段,南至前进路;西起机车厂,东至西环路。": "同泉路、北都街西段以南 ∩ 前进路以北 ∩ 机车厂以东 ∩ 西环路以西",
    "北起兴云桥,南至迎宾桥;西起御河西路,东至滨河路。": "兴云桥以南 ∩ 迎宾桥以北 ∩ 御河西路以东 ∩ 滨河路以西",
    "西环路以西的同煤新苑。": "西环路以西 ∩ 同煤新苑",
    "御河东路以东、南环东路以南、文兴路以西、规划路(未命名)以北。": (
        "御河东路以东 ∩ 南环东路以南 ∩ 文兴路以西 ∩ 规划路(未命名)以北"
    ),
    "古城内大北街以东": "大北街以东 ∩ 古城范围内",
    "和平街——解放路以东、新建南路以北,包括(阳光小区、城市花园)": "(和平街——解放路以东 ∩ 新建南路以北) ∪ 阳光小区 ∪ 城市花园",
    "和平街、解放路以东": "和平街、解放路以东",
}


@pytest.mark.parametrize("text", PUBLISHED, ids=lambda t: t[:16])
def test_a_published_sentence_is_read_as_the_notice_means_it(text):
    assert str(parse(text).tree) == PUBLISHED[text]


@pytest.mark.parametrize("text", PUBLISHED, ids=lambda t: t[:16])
def test_every_word_of_a_published_sentence_is_used(text):
    assert parse(text).unread == ()


def test_the_tree_holds_typed_parts():
    side = "滨河路以西、金融街以北的城区,金融街南侧机关单位家属楼,乐康家园西区(水岸星城),原范庄小学学区"
    tree = parse(side).tree
    assert isinstance(tree, Union)
    half, strip, named, former = tree.parts
    assert half.parts == (Side(Chain(("滨河路",)), "west"), Side(Chain(("金融街",)), "north"), Within("城区"))
    assert strip == Beside("金融街", "south", "机关单位家属楼")
    assert named == Named("乐康家园西区", ("水岸星城",))
    assert former == Former("范庄", "小学学区")


def test_traditional_and_simplified_script_give_the_same_tree():
    text = "太和路以東,開源街以南,原平城區學區范圍內"
    assert parse(text).tree == parse(plain(text)).tree


def test_two_parts_of_a_zone_are_told_apart_when_a_direction_comes_again():
    tree = parse("北起甲街,南至乙街;西起丙路,东至丁路;北起戊街,南至己街").tree
    assert isinstance(tree, Union)
    assert [len(part.parts) for part in tree.parts] == [4, 2]


def test_a_rule_is_not_taken_for_a_place():
    parsed = parse("盛世景湾,原范庄小学学区学生须凭证报名")
    assert str(parsed.tree) == "盛世景湾"
    assert parsed.unread == ("原范庄小学学区学生须凭证报名",)


@pytest.mark.parametrize("text", PUBLISHED, ids=lambda t: t[:16])
def test_a_named_place_points_to_its_own_words(text):
    parsed = parse(text)
    named = [(start, end, node) for start, end, node in parsed.used if isinstance(node, Named)]
    assert all(parsed.plain[start:end].removesuffix("的小区") == str(node) for start, end, node in named)


def test_what_is_no_place_is_not_taken_for_one():
    for text in ("单校划学区或多校划片招生", "在对应的小学学区范围内有入读需求的对象"):
        assert isinstance(parse(text).tree, Attribute)


def test_nothing_at_all_is_said_so():
    assert parse("。").tree is None
    assert "未读懂" in str(parse("学生须按规定报名"))


@pytest.mark.parametrize("name", ["须江花园", "由家庄村", "按察司社区", "可人花园", "录安村"])
def test_a_name_with_the_character_of_a_rule_is_still_a_name(name):
    assert str(parse(f"盛世景湾、{name}").tree) == f"盛世景湾 ∪ {name}"


@pytest.mark.parametrize("quoted", ["「含光小区」", "“含光小区”"])
def test_a_name_in_quotation_marks_stands_as_it_is(quoted):
    parsed = parse(f"{quoted},还包括「东至新村」、「和平路(北)」;「含元路」以东、中街以南")
    assert str(parsed.tree) == "含光小区 ∪ 东至新村 ∪ 和平路(北) ∪ (含元路以东 ∩ 中街以南)"
    assert parsed.unread == ()
