"""What a rule file declares for itself: a points city in forty lines, and every way to write it wrongly at once."""

import datetime as dt
import tomllib

import pytest

from zhaosheng_analysis import policy
from zhaosheng_analysis.policy import declarations, starting
from zhaosheng_analysis.policy.elements import Date
from zhaosheng_analysis.policy.vocabulary import EVIDENCE, FACTS
from zhaosheng_analysis.schema import DataError, Faults

DATES = {"counted": Date(dt.date(2025, 3, 31), "四(四)")}
CITY = """
[columns.homes.ownership]
kind = "share"
label = "父母产权份额"
unit = "比例"
[columns.homes.housing]
kind = "choice"
label = "住房性质"
choices = { flat = "商品住宅", special = "特殊房产", dorm = "集体宿舍" }
[columns.children.insured_on]
kind = "date"
label = "参保起始日期"
about = "中断超过三个月的，从最近一次续保算起"

[measures.home_months]
label = "学区内居住月数"
clause = "四(四)2(1)"
of = "months"
from = "home_dated_on"
until = "counted"
[measures.insured_months]
label = "参保月数"
clause = "四(四)2(2)"
of = "months"
from = "insured_on"
until = "counted"
count = "started"

[define.dwelling]
label = "住房类别"
answers = { bought = "购房", special = "特殊房产", rented = "租房", none = "无" }
when = [
  { answer = "bought", if = { home = "zone", home_housing = "flat", home_ownership = ">= 0.51" } },
  { answer = "special", if = { home = "zone", home_housing = "special" } },
  { answer = "rented", if = { rents = "yes", rent_at = "zone" } },
]
otherwise = "none"

[points]
label = "累计积分"
clause = "四(四)2"
decimals = 1
[[points.groups]]
id = "family"
take = "max"
[[points.items]]
id = "base_a"
label = "A 类基础分"
clause = "附表"
points = 100.0
if = { tier = "A" }
[[points.items]]
id = "owned"
label = "购房居住"
clause = "四(四)2(1)"
per = 3
measure = "home_months"
if = { dwelling = ["bought", "special"] }
[[points.items]]
id = "own_zone"
label = "原地段"
clause = "四(三)"
of = "pair"
points = 30.0
"""


def read(text):
    """Read what a text declares; raise what is wrong with it."""
    faults = Faults()
    found = declarations.read(tomllib.loads(text), DATES, EVIDENCE, FACTS, ("A", "B"), file="city.toml", faults=faults)
    faults.raise_if_any()
    return found


def test_a_points_city_is_said_without_python():
    found = read(CITY)
    assert [item.name for item in found.columns] == ["ownership", "housing", "insured_on"]
    assert set(declarations.evidence(found.columns[1])) == {"home_housing", "rent_housing"}
    assert found.facts["dwelling"].columns == ("home", "home_housing", "home_ownership", "rents", "rent_at")
    assert [item.id for item in found.points.of("pair")] == ["own_zone"]
    assert found.measures["insured_months"].count == "started"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[columns.homes.ownership]", "[columns.houses.ownership]", "没有表「houses」.*是不是「homes」"),
        ('kind = "share"', 'kind = "percent"', "写成了「percent」"),
        ('choices = { flat = "商品住宅", special = "特殊房产", dorm = "集体宿舍" }', "", "kind 和 choices 不配"),
        ("[columns.homes.housing]", "[columns.homes.owner]", "已有列「产权人」"),
        ('from = "home_dated_on"', 'from = "home_datd_on"', "是不是「home_dated_on」"),
        ('until = "counted"', 'until = "count"', "是不是「counted」"),
        ('of = "months"', 'of = "weeks"', "写成了「weeks」"),
        ('home_housing = "flat"', 'home_housing = "flats"', "没有取值「flats」.*是不是「flat」"),
        ('home = "zone", home_housing = "special"', 'home = "zon"', "没有取值「zon」.*是不是「zone」"),
        ('answer = "special", if', 'answer = "specials", if', "写成了「specials」"),
        ('otherwise = "none"', 'otherwise = "rented"', "答案「none」永远不会出现"),
        ("[define.dwelling]", "[define.hukou]", "「hukou」已是通用的词"),
        ('tier = "A"', 'tier = "C"', "没有取值「C」"),
        ("per = 3\n", "", "分值写得不全"),
        ('take = "max"', 'take = "most"', "写成了「most」"),
        ('id = "owned"', 'id = "base_a"', "编号「base_a」重复"),
        ('of = "pair"', 'of = "school"', "写成了「school」"),
        ("points = 30.0", 'points = "30"', "应为数字"),
        ("decimals = 1", "decimal = 1", "不认识的键「decimal」.*是不是「decimals」"),
        ("[points]\n", "[points]\nitems = 3\n", "应为键值表的列表"),
        ("[measures.home_months]", "measures = 3\n[extra]", "应为键值表"),
    ],
)
def test_what_points_nowhere_is_refused_with_the_nearest_word(old, new, said):
    text = CITY.replace(old, new, 1)
    if "items = 3" in new or "measures = 3" in new:
        text = new if "items" in new else "measures = 3\n"
    assert text != CITY
    with pytest.raises(DataError, match=f"(?s){said}"):
        read(text)


@pytest.mark.parametrize("name", ["several", "wish", "placed", "tier"])  # a fact, of a pair, of a child, the tier
def test_a_column_is_not_called_like_a_word_that_conditions_know(tmp_path, name):
    path = tmp_path / "heping-2026.toml"
    own = f'\n[columns.children.{name}]\nkind = "flag"\nlabel = "多孩家庭"\n'
    path.write_text(starting.text("heping-2026", year=2026) + own, encoding="utf-8")
    with pytest.raises(DataError, match=f"「{name}」已是通用的列"):
        policy.load(path)


@pytest.mark.parametrize("name", ["group", "ticket", "status", "key_by", "private_only"])
def test_a_column_may_not_have_the_name_of_what_an_order_is_made_of(name):
    """A digit of a key and a column of one name would be told as one."""
    faults = Faults()
    said = {"columns": {"children": {name: {"kind": "text", "label": "甲"}}}}
    declarations.read(said, {}, EVIDENCE, FACTS, (), file="x.toml", faults=faults)
    assert [fault.found for fault in faults.found] == [f"「{name}」已是通用的列"]
