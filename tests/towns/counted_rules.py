"""Rules that count, for the nine plots: points, months, shares, years; without and with, and who it moves.

Read by ``tests/admission/test_each_rule.py`` beside `nine_rules`, in the same form.
"""

import pandas as pd

from tests.towns.nine_rules import (
    BASE,
    BY_TIER,
    CHECK,
    FLAG,
    HOME,
    IN,
    NONE,
    ONLY,
    OUT,
    SHARE,
    USUAL,
    ZONE,
    given_up,
    lock,
    only,
    ordered,
    records,
)

ITEM = '[[points.items]]\nid = "{0}"\nlabel = "{0}"\nclause = "一"\n'
BY_POINTS = ordered("-points")
OBEYS = FLAG.format("obeys", "服从安排")
OUTSIDE = BASE.replace('home = ["zone", "district", "none"]', 'home = ["zone", "district", "outside", "none"]')
OUTSIDE = OUTSIDE.replace("district/none | -   ", "district/outside/none | -")
YEARS = (
    '[measures.stayed]\nlabel = "居住年数"\nclause = "一"\nof = "years"\nfrom = "home_dated_on"\nuntil = "settled"\n'
)
TENURE = '[columns.homes.tenure]\nkind = "choice"\nlabel = "产权性质"\n'
TENURE += 'choices = { full = "商品房", shared = "共有产权房", public = "公租房" }\n'
MUST = 'must = { any = [{ home_tenure = "full" }, { home_tenure = "shared", home_share = ">= 0.5" }] }\n'
GONE = '[[rounds]]\nid = "gone"\nname = "放弃"\nkind = "withdrawal"\nclause = "一"\nrefill = '
NEXT = '[[rounds]]\nid = "next"\nname = "递补"\nkind = "waiting"\nof = "zone"\nclause = "一"\n'


def points(*items: str, about: str = "", groups: str = "") -> str:
    """Return a table of points."""
    return f'[points]\nlabel = "积分"\nclause = "一"\n{about}{"".join(items)}{groups}'


def flag(name: str, n: int, more: str = "") -> str:
    """Return a line for a flag."""
    return f"{ITEM.format(name)}points = {n}\n{more}if = {{ {name} = true }}\n"


def stayed(cap: str = "", about: str = "", per: str = "3") -> str:
    """Return points for the years a family has had its home."""
    return YEARS + points(f'{ITEM.format("stay")}measure = "stayed"\nper = {per}\n{cap}', about=about)


def group(take: str, cap: str = "") -> str:
    return f'[[points.groups]]\nid = "g"\ntake = "{take}"\n{cap}'


def two(first: dict, second: dict):
    """Give the flags only and obeys by part; whoever is not named has the first and not the second."""

    def change(tables, **who):
        both = {"only": first, "obeys": second}
        usual, children = {"only": True, "obeys": False}, tables["children"]
        cells = {
            name: [next((v for part, v in said.items() if who[part] == c), usual[name]) for c in children["child_id"]]
            for name, said in both.items()
        }
        kinds = dict.fromkeys(both, "boolean")
        return {"children": children.assign(**cells).astype(kinds)}

    return change


def bought(loser: int, others: int):
    return only("homes.dated_on", {"loser": pd.Timestamp(loser, 6, 1)}, pd.Timestamp(others, 6, 1))


def registered_far(tables, **who):
    """Register the loser at u9, so that it is of the second tier."""
    hukou = tables["hukou"].set_index("child_id", drop=False)
    far = ["unit_id", "x", "y", "address_id"]
    hukou.loc[who["loser"], far] = hukou.loc["c6", far]
    return {"hukou": hukou.reset_index(drop=True)}


def trade(tables, **who):
    rows = records({"loser": 20, "other": 9})(tables, **who)["records"]
    return {"records": rows.assign(kind="business")}


def shared(tables, **who):
    homes = only("homes.tenure", {"winner": "shared"}, "full")(tables, **who)["homes"]
    return {"homes": homes.assign(share=pd.Series(0.4, homes.index, dtype="Float64"))}


def home_of_the_city(tables, **who):
    """Let the winner's home lie in another county of the city, told by its code."""
    mine = tables["homes"]["child_id"] == who["winner"]
    homes = tables["homes"].assign(district_code=mine.map({True: "130224", False: None}).astype("str"))
    nowhere = {name: homes[name].mask(mine) for name in ("unit_id", "x", "y")}
    return {"homes": homes.assign(**nowhere)}


def brother(tables, **who):
    """Lock the winner's dwelling by a seat at the school its brother is at."""
    return lock(tables, **who) | only("children.sibling_school_id", {"winner": "s1"}, None)(tables, **who)


TIERS = [f'{ITEM.format(f"base{n}")}points = {worth}\nif = {{ tier = "{n}" }}\n' for n, worth in ((1, 80), (2, 100))]
EITHER = ONLY + OBEYS
GROUPED = [flag("only", 10, 'group = "g"\n'), flag("obeys", 8, 'group = "g"\n')]
LOCK = f'[lock]\nyears = 6\nclause = "一"\nsiblings = {{0}}\n{CHECK}must = {{{{ locked = "no" }}}}\n{USUAL}'
BUSINESS = '[records.business]\nlabel = "经商"\n[measures.trade]\nlabel = "经商月数"\nclause = "一"\nof = "months"\n'
BUSINESS += 'records = "business"\nuntil = "settled"\nunknown = "zero"\n'

#: As in `nine_rules`.
CASES = {
    "按类别的基础分": (BASE + ordered(), BASE + points(*TIERS) + BY_POINTS, registered_far, "loser", IN),
    "居住满一年的积分": (BASE + USUAL, BASE + stayed() + BY_POINTS, bought(2012, 2013), "loser", IN),
    "积分封顶": (
        BASE + stayed() + BY_POINTS,
        BASE + stayed("cap = 30\n") + BY_POINTS,
        bought(2012, 2013),
        "loser",
        OUT,
    ),
    "积分取整": (
        BASE + stayed(per="0.04") + BY_POINTS,
        BASE + stayed(per="0.04", about="decimals = 0\n") + BY_POINTS,
        bought(2017, 2018),  # 0.32 and 0.28 points
        "loser",
        OUT,
    ),
    "两项取高": (
        BASE + EITHER + points(*GROUPED, groups=group("sum")) + BY_POINTS,
        BASE + EITHER + points(*GROUPED, groups=group("max")) + BY_POINTS,
        two({}, {"loser": True}),
        "loser",
        OUT,
    ),
    "两项合计封顶": (
        BASE + EITHER + points(*GROUPED, groups=group("sum")) + BY_POINTS,
        BASE + EITHER + points(*GROUPED, groups=group("sum", "cap = 10\n")) + BY_POINTS,
        two({}, {"loser": True}),
        "loser",
        OUT,
    ),
    "空着的积分不当作零": (
        BASE + ONLY + points(flag("only", 10), about='unknown = "zero"\n') + BY_POINTS,
        BASE + ONLY + points(flag("only", 10)) + BY_POINTS,
        only("children.only", {"winner": None}, False),
        "winner",
        OUT,
    ),
    "兄姐用过的住房不算锁定": (BASE + LOCK.format("false"), BASE + LOCK.format("true"), brother, "winner", IN),
    "经商月数": (BASE + USUAL, BASE + BUSINESS + ordered("tier", "-trade"), trade, "loser", IN),
    "共有产权份额": (BASE + USUAL, BASE + SHARE + TENURE + HOME + MUST + USUAL, shared, "winner", OUT),
    "住房在本市其他区县": (
        OUTSIDE + USUAL,
        f'{OUTSIDE}{CHECK}must = {{ not = {{ home_at = "city" }} }}\n{USUAL}',
        home_of_the_city,
        "winner",
        NONE,
    ),
    "放弃的学位不再递补": (
        f"{BASE}{ZONE}{BY_TIER}{GONE}true\n{NEXT}",
        f"{BASE}{ZONE}{BY_TIER}{GONE}false\n{NEXT}",
        given_up,
        "loser",
        NONE,
    ),
}
