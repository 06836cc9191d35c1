"""Rules and papers for the nine plots, one kind of rule a case: the rule file without it and with it, and who it moves.

Read by ``tests/admission/test_each_rule.py``, which says what the parts ``loser`` and ``winner`` are.
"""

import numpy as np
import pandas as pd

BASE = """
id = "town-2025"
district = "town"
kind = "admission"
title = "九格镇2025年招生方案"
intake_year = 2025
[source]
file = "town.txt"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
[dates]
settled = { on = 2025-06-30, clause = "一" }
age = { on = 2019-08-31, clause = "一", inclusive = true }
[capacity]
standard = { primary = 45, junior = 50 }
assumed = ["standard"]
clause = "一"
[warning]
clause = "一"
[[residence]]
use = "home"
clause = "一"
[[residence]]
use = "temporary"
clause = "一"
[[residence]]
use = "hukou"
clause = "一"
[facts]
home = ["zone", "district", "none"]
hukou = ["zone", "district", "outside"]
[tiers]
order = ["1", "2", "3"]
rows = '''
tier | home          | hukou            | clause | words
1    | zone          | zone             | 一     | 一
2    | zone          | district/outside | 一     | 一
3    | district/none | -                | 一     | 一
'''
[tiers.labels]
1 = "甲"
2 = "乙"
3 = "丙"
"""
ZONE = '[[rounds]]\nid = "zone"\nname = "学区"\nkind = "zone"\nclause = "一"\n'
REST = '[[rounds]]\nid = "rest"\nname = "就近"\nkind = "nearest"\nclause = "一"\n'
BY_TIER = 'key = ["tier", "ticket"]\n'
USUAL = ZONE + BY_TIER + REST + BY_TIER
CHECK = '[[checks]]\nrule = "must"\nstatus = "ineligible"\nclause = "一"\n'
FLAG = '[columns.children.{0}]\nkind = "flag"\nlabel = "{1}"\n'
ONLY = FLAG.format("only", "独生子女")
POINTS = (
    f'{ONLY}[points]\nlabel = "积分"\nclause = "一"\n[[points.items]]\nid = "only"\nlabel = "独生"\nclause = "一"\n'
)
POINTS += "points = 10\nif = { only = true }\n"
MONTHS = "[records.insurance]\nlabel = '社保'\n[measures.insured]\nlabel = '参保月数'\nclause = '一'\nof = 'months'\n"
MONTHS += "records = 'insurance'\n"
MONTHS += 'until = "settled"\nunknown = "zero"\n'
WINDOW = '[[windows]]\nname = "registration"\nopens = 2025-07-05\ncloses = 2025-07-09\nclause = "一"\n'
WINDOW_CHECK = '[[checks]]\nrule = "window"\nstatus = "out_of_window"\nclause = "一"\n'


def ordered(*digits: str) -> str:
    """Return the two rounds with other digits of the first."""
    return f"{ZONE}key = {[*digits, 'ticket']}\n{REST}{BY_TIER}"


def only(column, value, other):
    """Give one child (by its part) a value in a column of a table, and all others another."""
    table, name = column.split(".")

    def change(tables, **who):
        frame = tables[table]
        part, given = next(iter(value.items()))
        cells = [given if child == who[part] else other for child in frame["child_id"]]
        kind = frame[name].dtype if name in frame else None
        return {table: frame.assign(**{name: pd.Series(cells, frame.index, dtype=kind)})}

    return change


def records(months):
    """Give children months of insurance up to the end of June 2025, all others none."""

    def change(tables, **who):
        known = {who.get(part, part): n for part, n in months.items()}
        since = [
            pd.Timestamp(2025, 7, 1) - pd.DateOffset(months=known.get(c, 0)) for c in tables["children"]["child_id"]
        ]
        rows = {"child_id": tables["children"]["child_id"], "record_n": 1, "kind": "insurance", "holder": "father"}
        return {"records": pd.DataFrame({**rows, "since_on": since, "until_on": pd.Timestamp(2025, 6, 30)})}

    return change


def school_months(tables, **who):
    return {"schools": {"s1": 12, "s2": 0, "s3": 0}} | records({who["loser"]: 24, who["other"]: 24, who["winner"]: 6})(
        tables, **who
    )


def of_a_school(tables, **who):
    return {"schools": {"s1": 12, "s2": 0, "s3": 0}} | only("children.only", {"loser": True}, False)(tables, **who)


def lock(tables, **who):
    home = tables["homes"].set_index("child_id").loc[who["winner"], "address_id"]
    used = {"address_id": home, "child_id": "older", "school_id": "s1", "intake_year": 2023}
    return {"seat_locks": pd.DataFrame([used])}


def rented(part):
    def change(tables, **who):
        mine = tables["homes"]["child_id"] == who[part]
        return {"homes": tables["homes"].assign(evidence=tables["homes"]["evidence"].mask(mine, "rent"))}

    return change


def without_home(tables, **who):
    return {"homes": tables["homes"][tables["homes"]["child_id"] != who["winner"]]} | only(
        "children.no_home", {"winner": False}, True
    )(tables, **who)


def parents(tables, **who):
    """Give every child a father at its own address and a mother at u9; the winner is with the mother."""
    own = tables["hukou"]
    father = own.assign(person="father")
    far = own[own["child_id"] == "c6"].iloc[0]
    away = {name: far[name] for name in ("unit_id", "x", "y", "address_id")}
    mother = own.assign(person="mother", **away)
    custody = only("children.custody", {"winner": "mother"}, "father")(tables, **who)
    return {"hukou": pd.concat([own, father, mother], ignore_index=True)} | custody


def strangers(tables, **who):
    """Register the winner apart from both parents, everybody else with the father."""
    own = tables["hukou"]
    far = own[own["child_id"] == "c6"].iloc[0]
    father = own.assign(person="father")
    mine = father["child_id"] == who["winner"]
    father = father.assign(**{name: father[name].mask(mine, far[name]) for name in ("unit_id", "x", "y", "address_id")})
    return {"hukou": pd.concat([own, father, father.assign(person="mother")], ignore_index=True)}


def reserved(tables, **who):
    plans = tables["plans"].assign(reserved_n=[1, 0, 0])
    category = only("children.category", {"loser": "烈士"}, None)(tables, **who)["children"]
    return {"plans": plans, "children": category.assign(category_basis=category["category"])}


def two_choices(tables, **who):
    """Let the loser name 二小 second; the flag says who may name one school only."""
    filed = tables["applications"]
    second = filed[filed["child_id"] == who["loser"]].assign(school_id="s2", choice_n=2)
    flags = only("children.only", {"loser": True}, False)(tables, **who)
    return {"applications": pd.concat([filed, second], ignore_index=True)} | flags


def second_batch(tables, **who):
    filed = tables["applications"]
    late = filed["child_id"] == who["winner"]
    return {"applications": filed.assign(batch=late.map({True: "二", False: "一"}))}


def given_up(tables, **who):
    row = {"child_id": who["winner"], "school_id": "s1", "proof": True, "consent": False}
    return {"withdrawals": pd.DataFrame([row])}


def of_another_province(tables, **who):
    """Register the winner in 北京, and everybody else elsewhere in the city."""
    hukou = tables["hukou"].assign(unit_id=pd.NA, x=np.nan, y=np.nan, address_id=pd.NA)
    code = hukou["child_id"].eq(who["winner"]).map({True: "110105", False: "130224"})
    return {"hukou": hukou.assign(district_code=code.astype("str")).astype(tables["hukou"].dtypes)}


def filed_on(day, others):
    def change(tables, **who):
        filed = tables["applications"]
        at = filed["child_id"].eq(who["winner"]).map({True: pd.Timestamp(day), False: pd.Timestamp(others)})
        return {"applications": filed.assign(submitted_at=at.astype("datetime64[us]"))}

    return change


def born_late(tables, **who):
    """Let the winner and c5, who asks for another school, be born after the day."""
    late = tables["children"]["child_id"].isin([who["winner"], "c5"])
    return {
        "children": tables["children"]
        .assign(birth_on=pd.to_datetime("2019-03-15"))
        .assign(
            birth_on=late.map({True: pd.Timestamp("2019-12-01"), False: pd.Timestamp("2019-03-15")}).astype(
                "datetime64[us]"
            )
        )
    }


CHOICE = '[[rounds]]\nid = "zone"\nname = "志愿"\nkind = "choice"\nclause = "一"\n'
RENT_IS_OWN = BASE.replace('home = ["zone"', 'dwelling = ["zone"').replace("tier | home    ", "tier | dwelling")
RENT_IS_OWN += """[define.dwelling]
label = "住所"
clause = "一"
answers = { zone = "在本学区自有或租住", district = "在别处", none = "无" }
when = [{ answer = "zone", if = { any = [{ home = "zone" }, { rent_at = "zone" }] } },
  { answer = "district", if = { home = ["town", "district"] } }]
otherwise = "none"
"""
CUSTODY = '[columns.children.custody]\nkind = "choice"\nlabel = "抚养权"\nchoices = { father = "父", mother = "母" }\n'
CUSTODY += f'{CHECK}must = {{ any = [{{ custody = "father", father_hukou_at = "zone" }}, '
CUSTODY += '{ custody = "mother", mother_hukou_at = "zone" }] }\n'
SHARE = '[columns.homes.share]\nkind = "share"\nlabel = "产权份额"\n'
USE = '[columns.homes.use]\nkind = "choice"\nlabel = "用途"\nchoices = { flat = "住宅", office = "商住" }\n'
HOME = '[home]\nowners = ["parent", "child"]\nevidence = ["title"]\nclause = "一"\n'
POOL = '[[pools]]\nid = "east"\nname = "东片"\nschools = ["一小", "二小"]\nclause = "一"\n'

# Name: the rule file without the rule, and with it; the papers; who is elsewhere, and where with the rule.
IN, OUT, NONE = "s1/zone", "s2/rest", "/"
CASES = {
    "积分": (
        BASE + USUAL,
        BASE + POINTS + ordered("tier", "-points"),
        only("children.only", {"loser": True}, False),
        "loser",
        IN,
    ),
    "只在一所学校加分": (
        BASE + USUAL,
        BASE
        + '[columns.schools.months]\nkind = "whole"\nlabel = "须参保月数"\n'
        + POINTS.replace("if = { only = true }", 'of = "pair"\nif = { only = true, school.months = ">= 12" }')
        + ordered("tier", "-points"),
        of_a_school,
        "loser",
        IN,
    ),
    "最低分数线": (
        BASE + POINTS + USUAL,
        BASE + POINTS + USUAL + 'takes = { points = ">= 5" }\n',
        only("children.only", {"winner": True}, False),
        "loser",
        NONE,
    ),
    "同分比购房时间": (
        BASE + USUAL,
        BASE + ordered("tier", "home_dated_on"),
        only("homes.dated_on", {"loser": pd.Timestamp(2019, 1, 1)}, pd.Timestamp(2020, 5, 1)),
        "loser",
        IN,
    ),
    "学位锁定": (
        BASE + USUAL,
        f'{BASE}[lock]\nyears = 6\nclause = "一"\n{CHECK}must = {{ locked = "no" }}\n{USUAL}',
        lock,
        "winner",
        NONE,
    ),
    "社保月数": (
        BASE + USUAL,
        BASE + MONTHS + ordered("tier", "-insured"),
        records({"loser": 20, "other": 9}),
        "loser",
        IN,
    ),
    "各校要求的社保月数": (
        BASE + USUAL,
        BASE + MONTHS + '[columns.schools.months]\nkind = "whole"\nlabel = "须参保月数"\n'
        f'{ZONE}{BY_TIER}offers = {{ insured = ">= school.months" }}\n{REST}{BY_TIER}',
        school_months,
        "winner",
        OUT,
    ),
    "落户时间": (
        BASE + USUAL,
        BASE
        + '[measures.since]\nlabel = "落户月数"\nclause = "一"\nof = "months"\n'
        + 'from = "hukou_since_on"\nuntil = "settled"\n'
        + ordered("tier", "-since"),
        only("hukou.since_on", {"loser": pd.Timestamp(2010, 1, 1)}, pd.Timestamp(2020, 6, 1)),
        "loser",
        IN,
    ),
    "产权份额": (
        BASE + USUAL,
        BASE + SHARE + HOME + 'must = { home_share = ">= 0.51" }\n' + USUAL,
        only("homes.share", {"winner": 0.5}, 1.0),
        "winner",
        OUT,
    ),
    "住房用途": (
        BASE + USUAL,
        BASE + USE + HOME + 'must = { home_use = "flat" }\n' + USUAL,
        only("homes.use", {"winner": "office"}, "flat"),
        "winner",
        OUT,
    ),
    "产权人": (
        BASE + USUAL,
        BASE + HOME.replace(', "child"', "") + USUAL,
        only("homes.owner", {"winner": "child"}, "parent"),
        "winner",
        OUT,
    ),
    "租购同权": (BASE + USUAL, RENT_IS_OWN + USUAL, rented("winner"), "winner", IN),
    "无房证明": (
        BASE + USUAL,
        BASE
        + FLAG.format("no_home", "无房证明")
        + CHECK
        + 'must = { any = [{ home = ["zone", "town", "district"] }, { no_home = true }] }\n'
        + USUAL,
        without_home,
        "winner",
        NONE,
    ),
    "集体户": (
        BASE + USUAL,
        BASE + ZONE + BY_TIER + 'excludes = { hukou_head = "collective" }\n' + REST + BY_TIER,
        only("hukou.head", {"winner": "collective"}, "parent"),
        "winner",
        OUT,
    ),
    "抚养权、随父随母": (BASE + USUAL, BASE + CUSTODY + USUAL, parents, "winner", NONE),
    "不与父母同户": (
        BASE + USUAL,
        BASE + ZONE + BY_TIER + "excludes = { with_father = false, with_mother = false }\n" + REST + BY_TIER,
        strangers,
        "winner",
        OUT,
    ),
    "兄姐在读": (
        BASE + USUAL,
        BASE
        + ZONE
        + 'groups = [{ sibling_here = true }, { sibling_here = false }]\nkey = ["group", "ticket"]\n'
        + REST
        + BY_TIER,
        only("children.sibling_school_id", {"loser": "s1"}, None),
        "loser",
        IN,
    ),
    "服从安排": (
        BASE + USUAL,
        BASE + FLAG.format("obeys", "服从安排") + USUAL + "takes = { obeys = true }\n",
        only("children.obeys", {"loser": False}, True),
        "loser",
        NONE,
    ),
    "一校的年龄要求": (
        BASE + USUAL,
        BASE
        + '[[checks]]\nrule = "age"\ndate = "age"\nschools = ["一小"]\nstatus = "under_age"\nclause = "一"\n'
        + USUAL,
        born_late,
        "winner",
        NONE,
    ),
    "节假日不办理报名": (
        BASE + WINDOW + WINDOW_CHECK + USUAL,
        BASE + WINDOW + "closed_on = [2025-07-07]\n" + WINDOW_CHECK + USUAL,
        filed_on("2025-07-07 10:00", "2025-07-08 10:00"),
        "winner",
        NONE,
    ),
    "周末不办理、调休照办": (
        BASE + WINDOW + WINDOW_CHECK + USUAL,
        BASE + WINDOW + "weekends = false\nopen_on = [2025-07-06]\n" + WINDOW_CHECK + USUAL,
        filed_on("2025-07-05 10:00", "2025-07-06 10:00"),
        "winner",
        NONE,
    ),
    "一种儿童另有报名时间": (
        BASE + ONLY + WINDOW + WINDOW_CHECK + USUAL,
        BASE
        + ONLY
        + WINDOW
        + WINDOW.replace('"registration"', '"single"').replace("2025-07-05", "2025-07-20").replace("07-09", "07-21")
        + WINDOW_CHECK
        + "when = { only = false }\n"
        + WINDOW_CHECK
        + 'when = { only = true }\nwindows = ["single"]\n'
        + USUAL,
        only("children.only", {"winner": True}, False),
        "winner",
        NONE,
    ),
    "本市户籍": (
        BASE + USUAL,
        BASE + CHECK + 'must = { hukou_at = ["zone", "town", "district", "city"] }\n' + USUAL,
        of_another_province,
        "winner",
        NONE,
    ),
    "预留学位": (
        BASE + USUAL,
        BASE + '[[rounds]]\nid = "held"\nname = "预留"\nkind = "reserve"\nclause = "一"\nseats = "reserved"\n'
        'takes = { special = "yes" }\n' + BY_TIER + USUAL,
        reserved,
        "loser",
        "s1/held",
    ),
    "分批填报": (
        BASE + CHOICE + 'batch = "二"\n' + BY_TIER + CHOICE.replace('"zone"', '"two"') + 'batch = "一"\n' + BY_TIER,
        BASE + CHOICE + 'batch = "一"\n' + BY_TIER + CHOICE.replace('"zone"', '"two"') + 'batch = "二"\n' + BY_TIER,
        second_batch,
        "winner",
        NONE,
    ),
    "只能填一个志愿": (
        BASE + ONLY + CHOICE + BY_TIER,
        BASE + ONLY + CHOICE + BY_TIER + "choices_by = [{ if = { only = true }, choices = 1 }]\n",
        two_choices,
        "loser",
        NONE,
    ),
    "至少填两个志愿": (
        BASE + CHOICE + BY_TIER,
        BASE
        + '[measures.wishes]\nlabel = "所填志愿数"\nclause = "一"\nof = "choices"\n'
        + CHECK
        + 'must = { wishes = ">= 2" }\n'
        + CHOICE
        + BY_TIER,
        two_choices,
        "winner",
        NONE,
    ),
    "学校组": (
        BASE + USUAL,
        BASE + POOL + CHOICE + 'pool = "east"\n' + BY_TIER + REST + BY_TIER,
        None,
        "pool",
        "",
    ),
    "派位只用一半学位": (BASE + USUAL, BASE + ZONE + "share = 0.5\n" + BY_TIER + REST + BY_TIER, None, "second", OUT),
    "放弃后递补": (
        BASE
        + ZONE
        + BY_TIER
        + '[[rounds]]\nid = "gone"\nname = "放弃"\nkind = "withdrawal"\nclause = "一"\nrefill = true\n',
        BASE
        + ZONE
        + BY_TIER
        + '[[rounds]]\nid = "gone"\nname = "放弃"\nkind = "withdrawal"\nclause = "一"\nrefill = true\n'
        '[[rounds]]\nid = "next"\nname = "递补"\nkind = "waiting"\nof = "zone"\nclause = "一"\n',
        given_up,
        "loser",
        "s1/next",
    ),
}
