"""Zone sentences: what each published one means, and that no word of it is lost."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from zhaosheng_analysis import sentences
from zhaosheng_analysis.sentences import Parsed, grammar, parse
from zhaosheng_analysis.sentences.characters import plain

# Sentence → the tree as it prints itself, written by hand from the notice (catalogue §9).
PUBLISHED = {
    "滨河路以东、金融街东延以南的城区,还包括盛世景湾、御景嘉园东区、腾飞家园、浩森尚景、郁庄上村、王庄上村、麻坨村、原西高小学学区": (
        "(滨河路以东 ∩ 金融街东延以南 ∩ 城区范围内) ∪ 盛世景湾 ∪ 御景嘉园东区 ∪ 腾飞家园 ∪ 浩森尚景 ∪ 郁庄上村 ∪ 王庄上村 ∪ 麻坨村"
        " ∪ 原西高小学学区"
    ),
    "滨河路以西、金融街以北的城区,金融街南侧机关单位家属楼,天正壹号院,乐泰和园、嘉林景苑、宏屹上院、原范庄小学学区": (
        "(滨河路以西 ∩ 金融街以北 ∩ 城区范围内) ∪ (金融街以南 ∩ 机关单位家属楼) ∪ 天正壹号院 ∪ 乐泰和园 ∪ 嘉林景苑 ∪ 宏屹上院"
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
    "永泰南路以東,源茂街以南,御河西路以西,南至平城區學區范圍區域": "永泰南路以东 ∩ 源茂街以南 ∩ 御河西路以西 ∩ 平城區學區范围内",
    "永泰南路以東,源茂街以南,御河西路以西,昌寧街以北范圍內": "永泰南路以东 ∩ 源茂街以南 ∩ 御河西路以西 ∩ 昌寧街以北",
    "太和路以東,開源街以南,原平城區學區范圍內": "太和路以东 ∩ 開源街以南 ∩ 原平城區學區范围内",
    "平城區原第十九小學校學區范圍劃歸至現合并學校平城區第八小學校學區范圍": "原第十九小學校學區",
    "2024年铁路二中不再招收新生，学区内学生到第二中学报名入学": "铁路二中学区",
    "北都街以北,包括同煤新苑、机车厂的小区": "北都街以北 ∪ 同煤新苑 ∪ 机车厂",
    "第四片區:十七校、二十三校。(十七校為第二階段報名點)": "十七校学区 ∪ 二十三校学区",
    "北起同泉路、北都街西段,南至前进路;西起机车厂,东至西环路。": "北至同泉路——北都街西段，南至前进路，西至机车厂，东至西环路",
    "北起兴云桥,南至迎宾桥;西起御河西路,东至滨河路。": "北至兴云桥，南至迎宾桥，西至御河西路，东至滨河路",
    "西环路以西的同煤新苑。": "西环路以西 ∩ 同煤新苑",
    "御河东路以东、南环东路以南、文兴路以西、规划路(未命名)以北。": (
        "御河东路以东 ∩ 南环东路以南 ∩ 文兴路以西 ∩ 规划路(未命名)以北"
    ),
    "古城内大北街以东": "大北街以东 ∩ 古城范围内",
    "和平街——解放路以东、新建南路以北,包括(阳光小区、城市花园)": "(和平街——解放路以东 ∩ 新建南路以北) ∪ 阳光小区 ∪ 城市花园",
    "和平街、解放路以东": "和平街——解放路以东",
}
#: Sentences of the notices that describe how children are assigned, and no land.
RULES = [
    "农村小学只招收本乡镇学生，农村初中只招收本乡镇小学毕业生",
    "山区各学校只招收本村适龄儿童",
    "单校划学区或多校划片招生",
    "小学与初中“校校对口”的方式招生",
    "承担了部分学区范围招生计划的民办学校,应明确其学区范围",
    "在对应的小学学区范围内有入读需求的对象",
]
GUIDE = Path(__file__).parents[2] / "docs" / "zone-sentences.zh.md"
EXAMPLES = re.findall(
    r"^\| (?!例子|形式|`)(.+?) \| (.+?) \| (.*?) \| (.*?) \|$", GUIDE.read_text(encoding="utf-8"), re.M
)
SPLICED = 4_000
WORD = re.compile(r"[^\W_]")
#: What a sentence may say of all of its tree, beside the names: links, wording about children, numbers of points, a lead.
JOINING = re.compile(
    "(?:[一二三四五六七八九十0-9①-⑳]|还|另加?|但|基本|所|以及|和|及|与|或|并且?|且|其中|包括|包含|含|不含|不包括|不包含|但|已?划入.{2,8}的|除|购|外|其余|邻|具体|主要|的|在|为|是|凡|"
    "户籍|户口|常住|住户|居民|村民|居委会?|非|本?[市区县]|本地|符合|条件|人户一致|业主|子女|学龄|适龄|少年|儿童|小学|应届|毕业生|新生|"
    "地址|住址|登记|居住|具有|派位|摇号|范围|区域|地段|片区|部分|以内|内|所有|全部|各|小区|社区|行政村|村|企事业|事业|单位|住宅|楼盘|"
    "片|段|未命名|学生|随迁|人口|流动|单|双|号|数|对口|自由|共同|共享|双学区|学区|年|月|日|以?前|以?后|交付|招收|招录|接收|本学区|施教区|形成|拆迁中|已拆除|世居户|两所一致|两证齐全|该|此|"
    "入学|合围|围合|所围|围成|包围|地块|三角|地带|现有|民居|开发|交房|建成|所辖|所属|行政|人员|职工|经济|联社|楼盘|区块|直升|生源|工作|人员中|非.{0,9}户籍|集体|集体户|全里|全村|辖区|皆|各里|一侧|生源及|由|升入|幢|购房|为|属|本校|多校划片|均|都|以上|生|组|镇区|其|人口|招生|在建|新建|暂未|交付|楼栋|入住|竣工|[四五六八九]年级|其他|经商|务工|社员|成员|股东|经联社|旧|各|全|以外|之外|之间|其他乡镇|政府|管辖|同时|还包括|户口|房产|机关|有|事业|企业|职工|双向|双选|里|少数民族|地区|以[东西南北]|世居|栋|该街|两侧|全路|乡|镇|经济社)+|.*(?:招生|招收|服务|教育).*范围为?|等|[东西南北中前后]段(?:至|到|以|为|是)?(?:为界)?|[东西南北]{1,2}[面边侧部方界]?线?(?:划界)?(?:至|到|起)?|[\\d号、（）()单双-]+"
)
#: What can be no name, wherever a reader finds it.
NO_NAME = re.compile(
    r"^.?$|^\d+$|\d[-~]\d|[()（）【】、，；：]|(?<!学区)范围|适龄|户籍|除外|不含|以[东西南北]|为界|之间"
)


@pytest.mark.parametrize("text", PUBLISHED, ids=lambda t: t[:16])
def test_a_published_sentence_is_read_as_the_notice_means_it(text):
    assert str(parse(text).tree) == PUBLISHED[text]


@pytest.mark.parametrize("text", PUBLISHED, ids=lambda t: t[:16])
def test_every_word_of_a_published_sentence_is_understood(text):
    assert parse(text).understood


@pytest.mark.parametrize("text", RULES)
def test_how_children_are_assigned_is_a_remark_and_no_land(text):
    parsed = parse(text)
    assert parsed.tree is None
    assert parsed.doubts == ()
    assert [note.words for note in parsed.notes] == [text]


def test_a_zone_handed_on_names_the_school_that_takes_it():
    parsed = parse("2024年铁路二中不再招收新生，学区内学生到第二中学报名入学")
    assert parsed.handed_on
    assert [note.words for note in parsed.notes] == ["第二中学"]


@pytest.mark.parametrize(("text", "tree", "notes", "doubts"), EXAMPLES, ids=[row[0][:16] for row in EXAMPLES])
def test_the_guide_says_what_the_reader_does(text, tree, notes, doubts):
    parsed = parse(text)
    assert (str(parsed.tree) if parsed.tree is not None else "—") == tree
    assert "；".join(note.words for note in parsed.notes) == notes
    assert "；".join(doubt.words for doubt in parsed.doubts) == doubts


def test_the_guide_has_an_example_of_every_node_that_it_documents():
    found = {type(node) for text, *_ in EXAMPLES for node in grammar.walk(parse(text).tree)}
    assert found == set(grammar.Node.__args__)


def test_the_tree_is_given_as_plain_data():
    text = "东至青云路，南至白塔街、长虹路；槐荫里（5-13、17鄰）、望湖花园（双数幢号），安平镇柳溪村（不含柳园）"
    assert grammar.as_data(parse(text).tree) == {
        "or": [
            {"bounds": {"east": ["青云路"], "south": ["白塔街", "长虹路"]}},
            {"place": "槐荫里", "of": "鄰", "only": [[5, 13], [17, 17]]},
            {"place": "望湖花园", "of": "幢", "parity": "even"},
            {"minus": [{"place": "柳溪村", "in": "安平镇"}, {"place": "柳园"}]},
        ]
    }


def test_traditional_and_simplified_script_give_the_same_tree():
    text = "太和路以東,開源街以南,原平城區學區范圍內"
    assert plain(str(parse(text).tree)) == str(parse(plain(text)).tree)


def test_two_parts_of_a_zone_are_told_apart_when_a_direction_comes_again():
    tree = parse("北起甲街,南至乙街;西起丙路,东至丁路;北起戊街,南至己街").tree
    assert isinstance(tree, grammar.Union)
    assert [len(part.lines) for part in tree.parts] == [4, 2]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("安平區\n松涛里\n永和區\n竹影里（全里）", "安平區松涛里 ∪ 永和區竹影里"),
        ("松涛里\n第1-18鄰、33鄰\n竹影里\n（全里）", "松涛里1–18、33鄰 ∪ 竹影里"),
        ("2.青云路：1-9号\n5.白塔街\n7.长虹路（双）：2-40号", "青云路1–9号 ∪ 白塔街 ∪ 长虹路2–40号（双号）"),
    ],
)
def test_lines_of_a_list_are_read_with_what_stands_above_them(text, tree):
    parsed = parse(text)
    assert str(parsed.tree) == tree
    assert parsed.understood


def test_a_sentence_that_crashed_the_reader_once():
    assert str(parse("西至直路，南至乙界、丙界").tree) == "西至直路，南至乙界——丙界"


def test_a_name_keeps_its_characters():
    assert str(parse("乾潭村、含光路、昌寧街小區").tree) == "乾潭村 ∪ 含光路 ∪ 昌寧街小區"
    assert str(parse("含光路以东；乙路以西").tree) == "含光路以东 ∩ 乙路以西"


@pytest.mark.parametrize("name", ["须江花园", "由家庄村", "按察司社区", "可人花园", "录安村", "在田社区", "新生里"])
def test_a_name_with_the_character_of_a_rule_is_still_a_name(name):
    assert str(parse(f"盛世景湾、{name}").tree) == f"盛世景湾 ∪ {name}"


@pytest.mark.parametrize("quoted", ["「含光小区」", "“含光小区”"])
def test_a_name_in_quotation_marks_stands_as_it_is(quoted):
    parsed = parse(f"{quoted},还包括「东至新村」、「和平路(北)」;「含元路」以东、中街以南")
    assert str(parsed.tree) == "含光小区 ∪ 东至新村 ∪ 和平路(北) ∪ (含元路以东 ∩ 中街以南)"
    assert parsed.understood


@pytest.mark.parametrize(
    "words",
    ["3号", "12-15", "村", "适龄儿童", "区域", "青云路（", "以东", "青云路至", "户籍", "不含", "/", "无", "全区"],
)
def test_what_cannot_be_a_name_is_no_place(words):
    parsed = parse(f"槐荫社区；{words}")
    assert names_of(parsed) <= {"槐荫社区"}
    assert parse(words).tree is None
    assert not parse(words).understood


def test_a_doubt_points_to_its_place_in_the_text():
    text = "槐荫社区、甲路与乙路交叉口以南、柳溪村"
    parsed = parse(text)
    assert [text[doubt.start : doubt.end] for doubt in parsed.doubts] == [doubt.words for doubt in parsed.doubts]
    assert parsed.unread == ("甲路与乙路交叉口以南",)
    assert str(parsed.tree) == "槐荫社区 ∪ 柳溪村"


def test_nothing_at_all_is_said_so():
    for text in ("", "。", " \n", "（）"):
        assert parse(text).tree is None
        assert not parse(text).understood
    assert "未读懂" in str(parse("甲路至乙路"))


def names_of(parsed: Parsed) -> set[str]:
    """Return the names of all places in a tree."""
    return {node.name for node in grammar.walk(parsed.tree) if isinstance(node, grammar.Place)}


def named(node: grammar.Node) -> list[str]:
    """Return the names a node holds itself."""
    return [word for word in flat(vars(node).values()) if isinstance(word, str) and len(word) > 1]


def flat(values: object) -> list[object]:
    """Return what nested tuples hold."""
    return [each for value in values for each in (flat(value) if isinstance(value, tuple) else [value])]


def assert_accounted_for(parsed: Parsed) -> None:
    """Check that every word of a sentence is in a node, in a remark or in a doubt, and that its names can be names."""
    spans = [(start, end) for start, end, _ in parsed.used]
    spans += [(each.start, each.end) for each in (*parsed.notes, *parsed.doubts)]
    covered = set(itertools.chain.from_iterable(range(*span) for span in spans))
    said = plain(parsed.text)
    assert not [place for place in range(len(said)) if WORD.match(said[place]) and place not in covered]
    joined = isinstance(
        parsed.tree, grammar.Union | grammar.Intersection | grammar.Except | grammar.Who | grammar.Shared
    )
    joining = [
        re.sub("[「」]", "", said[start:end]) for start, end, node in parsed.used if joined and node == parsed.tree
    ]
    said_names = [plain(name) for node in grammar.walk(parsed.tree) for name in named(node)]
    spelt = [name[:-2] for name in said_names if name[-2:-1] in "一二三四"]  # 「柳溪一二村」 are 柳溪一村 and 柳溪二村
    joining = [words for words in joining if not any(name in words or words in name for name in said_names + spelt)]
    assert all(JOINING.fullmatch(words) for words in joining), (parsed.text, joining)
    quoted = set(re.findall("[「“]([^」”]*)[」”]", parsed.text))
    odd = [name for name in names_of(parsed) - quoted if NO_NAME.search(plain(name))]
    assert not odd, (parsed.text, odd)


@pytest.mark.parametrize("text", [*PUBLISHED, *RULES, *(row[0] for row in EXAMPLES)], ids=lambda t: t[:16])
def test_every_character_is_accounted_for(text):
    assert_accounted_for(parse(text))


def test_random_splices_are_read_without_an_error_and_accounted_for():
    rng, texts = np.random.default_rng(14), [*PUBLISHED, *RULES, *(row[0] for row in EXAMPLES)]
    for _ in range(SPLICED // 100):
        chosen = rng.integers(len(texts), size=(100, 3))
        for picked in chosen:
            pieces = [texts[k][(a := rng.integers(len(texts[k]))) : a + rng.integers(1, 20)] for k in picked]
            assert_accounted_for(parse("".join(pieces)))


def test_the_door_of_the_package():
    assert sentences.parse("槐荫社区").tree == grammar.Place("槐荫社区")


@pytest.mark.parametrize("mark", ["，", "、"])
@pytest.mark.parametrize("last", ["北至松涛路", "北抵松涛路"])
@pytest.mark.parametrize(
    ("behind", "node"),
    [
        ("合围区域（不含望湖苑）", "({}) \\ 望湖苑"),
        ("围合区域（除望湖苑外）", "({}) \\ 望湖苑"),
        ("合围范围内（望湖苑除外）", "({}) \\ 望湖苑"),
        ("以内（不包括望湖苑）", "({}) \\ 望湖苑"),
        ("的区域（含望湖苑）", "{} ∪ 望湖苑"),
        ("区域", "{}"),
    ],
)
def test_a_bracket_behind_the_word_for_all_between_speaks_of_all_of_it(mark, last, behind, node):
    box = mark.join(["东至青云路", "西至白塔街", "南至柳溪河", last])
    parsed = parse(box + behind)
    assert not parsed.doubts
    assert str(parsed.tree) == node.format("东至青云路，西至白塔街，南至柳溪河，北至松涛路")
