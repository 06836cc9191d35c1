"""Where a family lives, by what right and how long: clerks with paper on twenty towns, several kinds of rules at once.

A clerk reads one family's papers as a person would; nothing of the engine is in him. What he makes of a family, and
whom he lets in, is compared with what a user gets.
"""

from collections import Counter
from fractions import Fraction
from math import floor

import pytest

from tests.towns.clerks import walk
from tests.towns.nine_rules import BASE, BY_TIER, CHECK, CHOICE, FLAG, MONTHS, ONLY, SHARE, WINDOW, WINDOW_CHECK
from tests.towns.town_and_country import TownAndCountry, drawn
from tests.towns.twenty_towns import MAYBE, NO, TURNS, YES, Clerk, by_the_door, insured, whole_months

# ---- where: zone, town, county, city, beyond; whose home, of what kind, what share; with whom the child is registered

NEAR = ["zone", "town", "district", "city", "outside", "none"]


def all_of(*answers):
    """每一样都要符合：有一样不符合就不符合，否则有一样不知道就不知道。"""
    return min(answers)


def any_of(*answers):
    """有一样符合就符合。"""
    return max(answers)


def holds(value, test):
    """空着的不知道。"""
    return MAYBE if value is None else YES if test(value) else NO


class Places(Clerk):
    """二：父母的商品房、自建房份额过半的，共有产权房份额不低于一半的，祖父母的房份额百分之百的，算自有住房。

    报名7月4日至22日，周末和10日不办理，5日（周六）照常办理；须与父亲或母亲同户。按住房、户籍的远近分九类。
    """

    def counts(self, home):
        if home["evidence"] != "title":
            return NO
        parent, elder = (YES if home["owner"] == who else NO for who in ("parent", "grandparent"))
        share, tenure = home["share"], home["tenure"]
        return any_of(
            all_of(parent, holds(tenure, lambda kind: kind in ("full", "built")), holds(share, lambda n: n > 0.5)),
            all_of(holds(tenure, lambda kind: kind == "shared"), holds(share, lambda n: n >= 0.5)),
            all_of(elder, holds(share, lambda n: n == 1)),
        )

    def near(self, child, place):
        """Tell how near a place is to the child's school."""
        if self.here(child, place):
            return "zone"
        return {"away": "district", "city": "city", "province": "outside"}.get(place, "town")

    def home(self, child):
        own = [self.near(child, home["place"]) for home in child["homes"] if self.counts(home)]
        return min(own, key=NEAR.index, default="none")

    def tier(self, child):
        home = self.home(child)
        hukou = "outside" if child["hukou"] is None else self.near(child, child["hukou"])
        of_city = hukou != "outside"
        if home == "zone":
            return {"zone": "A", "town": "B", "district": "B"}.get(hukou, "C")
        if home == "town":
            return "D" if hukou in ("zone", "town") else "E"
        if home in ("district", "city"):
            return "F" if of_city else "G"
        return "H" if of_city else "I"

    def status(self, child):
        day = child["filed"].day
        if day == 10 or (child["filed"].weekday() >= 5 and day != 5):
            return "out_of_window"
        persons = ("father", "mother")
        known = [child["hukou"] is not None and child[person] is not None for person in persons]
        lives = [child["with"][person] if said else None for person, said in zip(persons, known, strict=True)]
        said = [self.counts(home) for home in child["homes"]]
        if True not in lives:
            return "incomplete" if None in lives else "ineligible"
        return "incomplete" if MAYBE in said and YES not in said else "registered"

    def waits(self, child):
        return child["hukou"] is None


TENURE = '[columns.homes.tenure]\nkind = "choice"\nlabel = "产权性质"\n'
TENURE += 'choices = { full = "商品房", built = "自建房", shared = "共有产权房", military = "军产房" }\n'
NINE = """
[home]
owners = ["parent", "child", "grandparent"]
evidence = ["title"]
clause = "一"
[home.must]
any = [
  { home_owner = "parent", home_tenure = ["full", "built"], home_share = "> 0.5" },
  { home_tenure = "shared", home_share = ">= 0.5" },
  { home_owner = "grandparent", home_share = "= 1" },
]
"""
PLACED = (
    BASE[: BASE.index("[facts]")]
    + """
[facts]
home = ["zone", "town", "district", "city", "outside", "none"]
hukou = ["zone", "town", "district", "city", "outside"]
[tiers]
order = ["A", "B", "C", "D", "E", "F", "G", "H", "I"]
rows = '''
tier | home          | hukou                   | clause | words
A    | zone          | zone                    | 一     | 一
B    | zone          | town/district           | 一     | 一
C    | zone          | city/outside            | 一     | 一
D    | town          | zone/town               | 一     | 一
E    | town          | district/city/outside   | 一     | 一
F    | district/city | zone/town/district/city | 一     | 一
G    | district/city | outside                 | 一     | 一
H    | outside/none  | zone/town/district/city | 一     | 一
I    | outside/none  | outside                 | 一     | 一
'''
[tiers.labels]
A = "甲"
B = "乙"
C = "丙"
D = "丁"
E = "戊"
F = "己"
G = "庚"
H = "辛"
I = "壬"
"""
)
DAYS = WINDOW.replace("07-05", "07-04").replace("07-09", "07-22")
DAYS += "weekends = false\nopen_on = [2025-07-05]\nclosed_on = [2025-07-10]\n"
TOGETHER = f"{CHECK}must = {{ any = [{{ with_father = true }}, {{ with_mother = true }}] }}\n"

# ---- how long: points by tier, years and months with caps, the higher of two, a sum with a cap, a line, a chain


class Lengths(Clerk):
    """三：第一至三类基础分100、80、60；学区内住房每满一年3分，最高6分；落户每满12个月4分，不足的按月折算；

    独生子女10分、服从安排5分取高的；无房证明4分、军人5分合计最高6分；报本学区学校加6分；总分留一位小数。
    不到71分的不录取；参保或经商满该校月数的才能报该校；同分比落户早、参保长。放弃的学位依次递补。
    """

    refill = True

    def waits(self, child):
        return child["hukou"] is None  # the points and the order ask whose register it is

    def trade(self, child):
        return None if child["trade"] in (None, "blank") else whole_months(child["trade"])

    def points(self, child):
        home = self.home(child)
        own = next((home["dated_on"] for home in child["homes"] if self.counts(home)), None)
        since = None if child["hukou"] is None else child["since"]
        if home == "zone" and own is None:
            return "not known"
        if since is None or None in (child["only"], child["obeys"], child["no_home"], child["soldier"]):
            return "not known"
        total = Fraction({"1": 100, "2": 80, "3": 60}[self.tier(child)])
        if home == "zone":
            total += min(6, whole_months(own) // 12 * 3)
        total += Fraction(4, 12) * whole_months(since)
        total += 10 if child["only"] else 5 if child["obeys"] else 0
        total += min(6, 4 * child["no_home"] + 5 * child["soldier"])
        return floor(total * 10 + Fraction(1, 2)) / 10

    def wishes(self, child):
        trade = self.trade(child)
        return [
            school
            for school in child["wishes"]
            if any(n is not None and n >= self.towns.months[school] for n in (insured(child), trade))
        ]

    def order(self, name, school):
        child = self.papers[name]
        place = self.zone(child)
        bonus = 6 if place is not None and school.endswith("ABC"[place]) else 0
        months = insured(child)
        return -(self.points(child) + bonus), child["since"], (months is None, -(months or 0)), drawn(name, school)

    def serve(self, standing):
        known = [name for name in standing if self.points(self.papers[name]) != "not known"]
        over = [name for name in known if self.points(self.papers[name]) >= 71]
        placed = self.round(over, self.towns.seats)
        gone = {
            n for n, school in placed.items() if self.papers[n]["gives_up"] and self.papers[n]["wishes"][0] == school
        }
        stays = {name: school for name, school in placed.items() if name not in gone}
        held = Counter((stays if self.refill else placed).values())
        left = {school: n - held[school] for school, n in self.towns.seats.items()}
        waiting = {name: self.wishes(self.papers[name]) for name in over if name not in placed}
        return stays | walk(waiting, self.order, left)


LINE = '[[points.items]]\nid = "{0}"\nlabel = "{0}"\nclause = "一"\n'
LIVED = (
    '[measures.stayed]\nlabel = "居住年数"\nclause = "一"\nof = "years"\nfrom = "home_dated_on"\nuntil = "settled"\n'
)
LIVED += '[measures.settled_for]\nlabel = "落户月数"\nclause = "一"\nof = "months"\n'
LIVED += 'from = "hukou_since_on"\nuntil = "settled"\n'
TRADE = '[records.business]\nlabel = "经商"\n[measures.trade]\nlabel = "经商月数"\nclause = "一"\nof = "months"\n'
TRADE += 'records = "business"\nuntil = "settled"\n'
COUNTED = '[points]\nlabel = "积分"\nclause = "一"\ndecimals = 1\n'
for tier, base in (("1", 100), ("2", 80), ("3", 60)):
    COUNTED += LINE.format(f"base{tier}") + f'points = {base}\nif = {{ tier = "{tier}" }}\n'
COUNTED += LINE.format("stay") + 'measure = "stayed"\nper = 3\ncap = 6\nif = { home = "zone" }\n'
COUNTED += LINE.format("months") + 'measure = "settled_for"\nper = "4/12"\n'
for flag, n, group in (("only", 10, "best"), ("obeys", 5, "best"), ("no_home", 4, "sum"), ("soldier", 5, "sum")):
    COUNTED += LINE.format(flag) + f'points = {n}\ngroup = "{group}"\nif = {{ {flag} = true }}\n'
COUNTED += LINE.format("own") + 'of = "pair"\npoints = 6\nif = { zone_here = true }\n'
COUNTED += '[[points.groups]]\nid = "best"\ntake = "max"\n[[points.groups]]\nid = "sum"\ntake = "sum"\ncap = 6\n'
FLAGS = ONLY + "".join(
    FLAG.format(name, label) for name, label in (("obeys", "服从"), ("no_home", "无房证明"), ("soldier", "军人"))
)
SCHOOL_MONTHS = '[columns.schools.months]\nkind = "whole"\nlabel = "须参保月数"\n'
OFFERS = 'offers = { any = [{ insured = ">= school.months" }, { trade = ">= school.months" }] }\n'
GONE = '[[rounds]]\nid = "gone"\nname = "放弃"\nkind = "withdrawal"\nclause = "一"\nrefill = '
NEXT = '[[rounds]]\nid = "next"\nname = "递补"\nkind = "waiting"\nof = "zone"\nclause = "一"\n'
LISTED = CHOICE + 'key = ["-points", "hukou_since_on", "-insured", "ticket"]\ntakes = { points = ">= 71" }\n' + OFFERS
HOME = '[home]\nowners = ["parent", "child"]\nevidence = ["title"]\nclause = "一"\n'


class NotRefilled(Lengths):
    """……；放弃的学位不再递补。"""

    refill = False


LONG = FLAGS + HOME + LIVED + MONTHS + TRADE + SCHOOL_MONTHS + COUNTED + LISTED + GONE
AWAY = BASE.replace('home = ["zone", "district", "none"]', 'home = ["zone", "district", "outside", "none"]')
AWAY = AWAY.replace("district/none | -   ", "district/outside/none | -")
OTHER = {Lengths: NotRefilled, NotRefilled: Lengths, Places: Clerk}
CASES = {
    Places: PLACED + SHARE + TENURE + NINE + DAYS + WINDOW_CHECK + TOGETHER + CHOICE + BY_TIER,
    Lengths: f"{AWAY}{LONG}true\n{NEXT}",
    NotRefilled: f"{AWAY}{LONG}false\n{NEXT}",
}


#: That a seat given up is lost is worked out by hand beside (`test_rule_kinds`), and here where many towns are drawn.
KINDS = [*CASES] if TURNS > 1 else [Places, Lengths]


@pytest.mark.parametrize("turn", range(TURNS))
@pytest.mark.parametrize("clerk", KINDS, ids=lambda clerk: clerk.__name__)
def test_every_family_is_judged_as_by_a_clerk(clerk, turn, tmp_path):
    towns = TownAndCountry(60 + list(CASES).index(clerk) + 100 * turn)
    if clerk is not Places:
        for child in towns.children.values():
            child["homes"] = child["homes"][:1]
    expected, found = clerk(towns).answers(), by_the_door(towns, CASES[clerk], tmp_path)
    wrong = {
        name: (expected[name], found[name], towns.children[name]) for name in expected if expected[name] != found[name]
    }
    assert wrong == {}
    assert expected != OTHER[clerk](towns).answers()
