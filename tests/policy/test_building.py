"""A policy file is proved before it is used; each way to get it wrong has a message a planner can act on."""

from pathlib import Path

import pytest

from zhaosheng_analysis import policy
from zhaosheng_analysis.schema import DataError

SOURCE = "通告\n一、报名\n二、类别\n住房在学区的，第一类；没有住房的，第二类。\n三、录取\n"
MINI = """
id = "mini-2024"
district = "mini"
kind = "admission"
title = "示范"
intake_year = 2024
[source]
file = "mini.txt"
sha256 = "00"
[dates.settled]
on = 2024-06-30
clause = "一"
[[windows]]
name = "registration"
clause = "一"
opens = 2024-07-01
closes = 2024-07-05
[facts]
home = ["zone", "none"]
in_time = ["yes", "no"]
[tiers]
order = ["1", "2"]
labels = { 1 = "有房", 2 = "无房" }
rows = '''
tier | home | in_time | when | clause | words
1    | zone | yes     |      | 二     | 住房在学区的
2    | zone | no      |      | 二     | 没有住房的
2    | none | -       |      | 二     | 没有住房的
'''
[[parameters]]
name = "mini.level"
sets = "match_level"
default = "zone"
options = ["zone", "dwelling"]
says = { zone = "学区内即可", dwelling = "须同一住房" }
question = "？"
why = "。"
[[rounds]]
id = "zone"
name = "第一轮"
kind = "zone"
clause = "三"
takes = { tier = ["1", "2"] }
window = "registration"
[[cases]]
id = "M-1"
clause = "二"
evidence = { home_at = "zone" }
expect = { tier = "2" }
"""


@pytest.fixture(autouse=True)
def no_texts_unless_given(monkeypatch):
    """Read the source texts only where a test hands over a folder."""
    monkeypatch.delenv("ZHAOSHENG_SOURCES", raising=False)


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the mini policy with some words changed."""
    text = MINI
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "mini-2024.toml"
    path.write_text(text, encoding="utf-8")
    return path


def message(folder: Path, *changes: tuple[str, str], **options) -> str:
    """Return what a planner reads when the changed file is loaded."""
    with pytest.raises(DataError) as error:
        policy.load(written(folder, *changes), **options)
    return str(error.value)


def test_the_mini_policy_is_good(tmp_path):
    assert policy.load(written(tmp_path)).id == "mini-2024"


def test_a_deleted_row_is_a_gap_that_is_named(tmp_path):
    said = message(tmp_path, ("2    | none | -       |      | 二     | 没有住房的\n", ""))
    assert "mini-2024.toml [tiers]" in said
    assert "有 2 种情形没有规则" in said
    assert "home=none" in said


def test_a_widened_row_is_an_overlap_that_names_both_rows(tmp_path):
    said = message(tmp_path, ("2    | none |", "2    | zone/none |"))
    assert "第1行与第3行规则重叠" in said
    assert "home=zone、in_time=yes" in said
    assert "第2行与第3行规则重叠" in said


def test_a_row_no_option_ever_uses_is_dead(tmp_path):
    dead = ("2    | none | -       |", "2    | none | -       | ")
    said = message(
        tmp_path,
        dead,
        ("rows = '''", 'impossible = [{ facts = { home = ["none"] }, why = "x" }]\nrows = \'\'\''),
    )
    assert "第3行规则" in said
    assert "永远用不到" in said


def test_a_misspelt_value_names_its_row_and_the_word_that_was_meant(tmp_path):
    said = message(tmp_path, ("2    | none |", "2    | nonne |"))
    assert "第3行规则" in said
    assert "「nonne」" in said
    assert "是不是「none」" in said


def test_a_misspelt_fact_is_suggested(tmp_path):
    said = message(tmp_path, ('in_time = ["yes", "no"]', 'in_tme = ["yes", "no"]'))
    assert "没有事实「in_tme」" in said
    assert "是不是「in_time」" in said


def test_a_row_needs_a_clause_and_words(tmp_path):
    said = message(tmp_path, ("| 二     | 住房在学区的", "|      | "))
    assert "第1行规则" in said
    assert "没有写条款" in said
    assert "没有引文" in said


def test_an_unknown_key_is_refused_wherever_it_stands(tmp_path):
    said = message(
        tmp_path,
        ('title = "示范"', 'titel = "示范"'),
        ("opens = 2024-07-01", "opened = 2024-07-01"),
        ("[[cases]]", "[[case]]"),
    )
    assert "共 " in said
    assert all(word in said for word in ("「titel」", "「opened」", "「case」", "是不是「cases」", "缺少「title」"))


def test_a_value_of_the_wrong_kind_is_refused(tmp_path):
    assert "应为日期" in message(tmp_path, ("on = 2024-06-30", 'on = "六月三十"'))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('tier = ["1", "2"] }', 'tier = ["1", "3"] }', "没有类别「3」"),
        ('window = "registration"', 'window = "registraton"', "是不是「registration」"),
        ('evidence = { home_at = "zone" }', 'evidence = { home_att = "zone" }', "是不是「home_at」"),
        ('expect = { tier = "2" }', 'expect = { tier = "9" }', "没有类别「9」"),
        ("2    | none | -       |      |", "2    | none | -       | mini.levl=zone |", "没有声明的参数「mini.levl」"),
        ("2    | none | -       |      |", "2    | none | -       | mini.level=area |", "「area」不是它的选项"),
        ('default = "zone"', 'default = "area"', "默认值：取值「area」不在选项内"),
        ('order = ["1", "2"]', 'order = ["1", "2", "3"]', "类别「3」没有规则行"),
    ],
)
def test_names_that_point_nowhere_are_refused(tmp_path, old, new, words):
    assert words in message(tmp_path, (old, new))


def test_rows_under_a_parameter_are_proved_for_every_option(tmp_path):
    only = ("2    | none | -       |      |", "2    | none | -       | mini.level=zone |")
    said = message(tmp_path, only)
    assert "mini.level=dwelling 时" in said
    other = only[1] + " 二     | 没有住房的\n2    | none | -       | mini.level=dwelling |"
    assert policy.load(written(tmp_path, (only[0], other))).table is not None


def test_an_unknown_parameter_is_refused_and_suggested(tmp_path):
    said = message(tmp_path, set={"mini.levle": "zone"})
    assert "没有参数「mini.levle」" in said
    assert "是不是「mini.level」" in said


def test_a_value_outside_the_options_is_refused(tmp_path):
    assert "可用：zone、dwelling" in message(tmp_path, set={"mini.level": "area"})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('zone = "学区内即可", ', "", "「mini.level」的 says：选项「zone」没有中文说法"),
        ('zone = "学区内即可"', 'zone = "学区内即可", zonne = "学区"', "没有选项「zonne」"),
        ('zone = "学区内即可"', 'zone = "学区内即可", zonne = "学区"', "是不是「zone」"),
        ('zone = "学区内即可"', 'zone = " "', '选项「zone」写成了 " "；应为简短的中文'),
        ('says = { zone = "学区内即可", dwelling = "须同一住房" }', 'says = "学区内即可"', "「says」：写成了"),
        (
            'options = ["zone", "dwelling"]\nsays = { zone = "学区内即可", dwelling = "须同一住房" }',
            'range = [0, 1]\nsays = { 0 = "没有" }',
            "没有选项「0」",
        ),
    ],
)
def test_options_that_are_words_are_said_in_chinese_and_nothing_else_is(tmp_path, old, new, words):
    assert words in message(tmp_path, (old, new))


def test_numbers_dates_and_yes_or_no_need_no_words(tmp_path):
    said = 'default = "zone"\noptions = ["zone", "dwelling"]\nsays = { zone = "学区内即可", dwelling = "须同一住房" }'
    for sets, options in (
        ("cutoff.inclusive", "[true, false]"),
        ("price_band", "[1, 2.5]"),
        ("report.due", "[2024-06-30, 2024-07-01]"),
    ):
        changes = (said, f"default = {options.strip('[]').split(',')[0]}\noptions = {options}"), ("match_level", sets)
        assert policy.load(written(tmp_path, *changes)).id == "mini-2024"


def test_words_must_stand_in_the_text_that_was_read(tmp_path):
    (tmp_path / "mini.txt").write_text(SOURCE, encoding="utf-8")
    right = ('sha256 = "00"', f'sha256 = "{policy_hash(tmp_path)}"')
    assert policy.load(written(tmp_path, right), sources=tmp_path).words_checked
    said = message(tmp_path, right, ("住房在学区的\n", "住房在学区内的\n"), sources=tmp_path)
    assert "第1行规则：引文「住房在学区内的」不在原文中" in said


def test_clauses_are_those_of_the_text_and_words_stand_in_the_clause_that_is_named(tmp_path):
    (tmp_path / "mini.txt").write_text(SOURCE, encoding="utf-8")
    right = ('sha256 = "00"', f'sha256 = "{policy_hash(tmp_path)}"')
    said = message(tmp_path, right, ("| 二     | 住房在学区的", "| 三     | 住房在学区的"), sources=tmp_path)
    assert "第1行规则：引文「住房在学区的」不在所写的条款中；在「二」" in said
    said = message(tmp_path, right, ('clause = "三"', 'clause = "四(一)"'), sources=tmp_path)
    assert "原文没有条款「四(一)」" in said


def test_clauses_nobody_rests_on_are_listed(tmp_path):
    (tmp_path / "mini.txt").write_text(SOURCE + "四、附则\n（一）解释\n（二）施行\n", encoding="utf-8")
    right = ('sha256 = "00"', f'sha256 = "{policy_hash(tmp_path)}"')
    left_out = '[[not_modelled]]\nwhat = "解释权"\nwhy = "不决定录取"\nclause = "四(一)"\n'
    book = policy.load(written(tmp_path, right, ("[[cases]]", f"{left_out}[[cases]]")), sources=tmp_path)
    assert policy.quotations.uncited(book, tmp_path) == ["四(二)"]


def test_words_that_are_needed_twice_are_written_once(tmp_path):
    quotes = "[quotes]\nhomeless = '没有住房的'\n[facts]"
    changes = (("[facts]", quotes), ("| 没有住房的", "| @homeless"))
    rules = policy.load(written(tmp_path, *changes))
    assert [row.words for row in rules.table.rows] == ["住房在学区的", "没有住房的", "没有住房的"]
    assert "没有「homless」；已有：homeless；是不是「homeless」" in message(
        tmp_path, changes[0], ("| 没有住房的", "| @homless")
    )
    assert "[quotes] homeless：没有一处用到" in message(tmp_path, changes[0])


PARTS = """
[[tiers.parts]]
title = "住房在学区"
given = { home = "zone" }
clause = "二"
rows = '''
tier | in_time | words
1    | yes     | 住房在学区的
2    | no      | 没有住房的
'''
[[tiers.parts]]
title = "没有住房"
given = { home = ["none"] }
clause = "二"
words = "没有住房的"
when = { "mini.level" = ["zone", "dwelling"] }
rows = '''
tier
2
'''
"""


def test_a_table_in_parts_is_the_table_in_one(tmp_path):
    whole = policy.load(written(tmp_path))
    rows = MINI[MINI.index("rows = '''") : MINI.index("[[parameters]]")]
    apart = policy.load(written(tmp_path, (rows, PARTS)))
    assert (apart.answer == whole.answer).all()
    assert [row.needs for row in apart.table.rows] == [row.needs for row in whole.table.rows]
    assert [row.words for row in apart.table.rows] == [row.words for row in whole.table.rows]
    for old, new, told in (
        ("home =", "hom =", "given：「hom」不是已声明的事实"),
        ("given = { home", "givne = { home", "不认识的键「givne」"),
        ('given = { home = "zone" }', 'given = "zone"', "[[tiers.parts]] 第1项 given：写成了"),
        ('clause = "二"\nwords', "words", "表头缺少：clause"),
        ("tier\n2", "", "没有规则行"),
    ):
        assert told in message(tmp_path, (rows, PARTS.replace(old, new, 1)))


def test_a_parameter_without_a_choice_is_a_note(tmp_path):
    one = (
        'options = ["zone", "dwelling"]\nsays = { zone = "学区内即可", dwelling = "须同一住房" }',
        'options = ["zone"]',
    )
    assert "只有一个取值，没有可选的；参数至少有两个取值（或一段 range）；请改写成 [[notes]]" in message(tmp_path, one)
    note = '[[notes]]\nquestion = "？"\nreading = "56 人"\nwhy = "。"\nsets = "class.oversized"\nvalue = 60\n[[rounds]]'
    rules = policy.load(written(tmp_path, ("[[rounds]]", note)))
    assert rules.parameter("class.oversized") == rules.capacity.oversized == 60
    assert "class.oversized" not in rules.parameters
    for old, new, told in (
        ("value = 60\n", "", "sets 和 value 不成对"),
        ("class.oversized", "class.oversize", "是不是「class.oversized」"),
        ("value = 60", 'value = "多"', "没有一处读得懂"),
        ("class.oversized", "match_level", "已由别处给出"),
    ):
        assert told in message(tmp_path, ("[[rounds]]", note.replace(old, new)))


def test_a_text_that_has_changed_is_refused(tmp_path):
    (tmp_path / "mini.txt").write_text(SOURCE, encoding="utf-8")
    assert "SHA-256 与所存不符" in message(tmp_path, sources=tmp_path)


def policy_hash(folder: Path) -> str:
    import hashlib

    return hashlib.sha256((folder / "mini.txt").read_bytes()).hexdigest()


def test_a_broken_file_says_so(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("id = ", encoding="utf-8")
    with pytest.raises(DataError, match="不是合法的 TOML"):
        policy.load(path)
