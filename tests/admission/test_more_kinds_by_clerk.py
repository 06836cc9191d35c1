"""More kinds of rules held against a clerk who reads one family's papers at a time: twenty little towns a kind.

A case is a rule file (the one of the nine plots with the kind switched on) and a clerk: what he makes of the papers of
one family, and the order in which he serves them. Every answer he gives is compared with the one a user gets: status,
tier, points, zone and school of each child.
"""

from dataclasses import replace

import pytest

from tests.towns.clerks import ticket
from tests.towns.nine_rules import (
    BASE,
    BY_TIER,
    CHECK,
    CHOICE,
    CUSTODY,
    FLAG,
    HOME,
    MONTHS,
    ONLY,
    RENT_IS_OWN,
    SHARE,
    USE,
    WINDOW,
    WINDOW_CHECK,
)
from tests.towns.twenty_towns import AGE, MAYBE, NO, SEED, TOWNS, TURNS, YES, Clerk, Towns, by_the_door, insured
from zhaosheng_analysis import applicants, demo, policy
from zhaosheng_analysis.policy import starting


class Asked(Clerk):
    """三：学校要求参保月数的，只收已知达到该校月数的儿童。"""

    def wishes(self, child):
        months = insured(child)
        return [school for school in child["wishes"] if months is not None and months >= self.towns.months[school]]


class PairPoints(Clerk):
    """三：独生子女加10分；每参保一个月0.5分，最高8分；报本学区学校加6分；达到所报学校月数的再加5分；

    服从安排的，报要求24个月的学校加4分。有一项算不出的，总分算不出，排在最后。
    """

    def points(self, child):
        months = insured(child)
        if child["only"] is None or months is None:
            return "not known"
        return (10.0 if child["only"] else 0.0) + min(8.0, months * 0.5)

    def order(self, name, school):
        child, asked = self.papers[name], self.towns.months[school]
        drawn = ticket(SEED, school, name)
        if self.points(child) == "not known" or (asked == 24 and child["obeys"] is None):
            return True, 0, drawn
        place = self.zone(child)
        bonus = 6.0 if place is not None and school.endswith("ABC"[place]) else 0.0
        bonus += 5.0 if insured(child) >= asked else 0.0
        bonus += 4.0 if asked == 24 and child["obeys"] else 0.0
        return False, -(self.points(child) + bonus), drawn


class Homes(Clerk):
    """三：算自有住房的，须……；没有填的，材料不全，要问。"""

    def meets(self, home) -> int:
        raise NotImplementedError

    def counts(self, home):
        return min(super().counts(home), self.meets(home))

    def status(self, child):
        said = [self.counts(home) for home in child["homes"]]
        return "incomplete" if MAYBE in said and YES not in said else "registered"


class UseOfHome(Homes):
    """三：只有住宅算自有住房；商住不算；没有填用途的要问。"""

    def meets(self, home):
        return MAYBE if home["use"] is None else YES if home["use"] == "flat" else NO


class ShareOfHome(Homes):
    """三：产权份额不低于51%的才算自有住房；没有填份额的要问。"""

    def meets(self, home):
        return MAYBE if home["share"] is None else YES if home["share"] >= 0.51 else NO


class Owner(Clerk):
    """三：只有父母持有的房算自有住房。"""

    def counts(self, home):
        return super().counts(home) if home["owner"] == "parent" else NO


class Rent(Clerk):
    """三：在本学区租住的，与自有住房同等对待。"""

    def home(self, child):
        rented = [home for home in child["homes"] if home["evidence"] == "rent"]
        return "zone" if any(self.here(child, home["place"]) for home in rented) else super().home(child)


class NoHome(Clerk):
    """三：没有自有住房的须交无房证明；没有交的不收，没有写明交没交的要问。"""

    def status(self, child):
        if self.home(child) != "none" or child["no_home"]:
            return "registered"
        return "incomplete" if child["no_home"] is None else "ineligible"


class Collective(Clerk):
    """三：先录取其他儿童，户口簿写明集体户的儿童在余下的学位里录取。"""

    def waits(self, child):
        return child["hukou"] is None  # the round asks whose register it is, whatever the class

    def together(self, child):
        return child["hukou"] is not None and child["head"] == "collective"

    def serve(self, standing):
        first = self.round(standing, self.towns.seats, takes=lambda child: not self.together(child))
        rest = [name for name in standing if name not in first]
        return first | self.round(rest, self.left(first))


class Custody(Clerk):
    """三：抚养的一方户籍在本学区的才收；不知道谁抚养、或不知道其户籍的要问，双方都不在的不用问。"""

    def status(self, child):
        may = [parent for parent in ("father", "mother") if child["custody"] in (parent, None)]
        there = [MAYBE if child[parent] is None else YES if self.here(child, child[parent]) else NO for parent in may]
        if there == [YES]:
            return "registered"
        return "ineligible" if set(there) == {NO} else "incomplete"


class Siblings(Clerk):
    """三：兄姐在该校就读的先于其他儿童。"""

    def order(self, name, school):
        return self.papers[name]["sibling"] != school, ticket(SEED, school, name)


class Obeys(Clerk):
    """三：先录取第一类；其余的和没有录取的，服从安排的才在余下的学位里录取，没有写的不算服从。"""

    def serve(self, standing):
        first = self.round(standing, self.towns.seats, takes=lambda child: self.tier(child) == "1")
        rest = [name for name in standing if name not in first]
        return first | self.round(rest, self.left(first), takes=lambda child: child["obeys"] is True)


class OldEnough(Clerk):
    """三：报各镇甲校（第一志愿）的，须在2019年8月31日以前（含）出生。"""

    def status(self, child):
        return "under_age" if child["wishes"][0].endswith("A") and child["birth"] > AGE else "registered"


class OfTheCity(Clerk):
    """三：只收本市户籍的儿童；没有交户口簿的要问，不当作外地的。"""

    def status(self, child):
        return {"province": "ineligible", None: "incomplete"}.get(child["hukou"], "registered")


class OwnTime(Clerk):
    """三：非独生子女7月5日至9日报名，独生子女7月20日至21日报名；没有写是不是的，先问是不是。"""

    def status(self, child):
        if child["only"] is None:
            return "incomplete"
        first, last = (20, 21) if child["only"] else (5, 9)
        return "registered" if first <= child["filed"].day <= last else "out_of_window"


class TwoChoices(Clerk):
    """三：至少填两个志愿，不足的不予受理。"""

    def status(self, child):
        return "registered" if len(child["wishes"]) >= 2 else "ineligible"


USUAL = CHOICE + BY_TIER
HUKOU_KNOWN = '[[checks]]\nrule = "hukou_known"\nstatus = "incomplete"\nclause = "一"\n'
OBEYS = FLAG.format("obeys", "服从安排")
SCHOOL_MONTHS = '[columns.schools.months]\nkind = "whole"\nlabel = "须参保月数"\n'
LINE = '[[points.items]]\nid = "{0}"\nlabel = "{0}"\nclause = "一"\n'
PAIR = '[points]\nlabel = "积分"\nclause = "一"\n'
PAIR += LINE.format("single") + "points = 10\nif = { only = true }\n"
PAIR += LINE.format("months") + 'per = 0.5\nmeasure = "insured"\ncap = 8\n'
PAIR += LINE.format("own") + 'of = "pair"\npoints = 6\nif = { zone_here = true }\n'
PAIR += LINE.format("obeys") + 'of = "pair"\npoints = 4\nif = { obeys = true, "school.months" = ">= 24" }\n'
PAIR += LINE.format("enough") + 'of = "pair"\npoints = 5\nif = { insured = ">= school.months" }\n'
REST = CHOICE.replace('"zone"', '"rest"')
OWN_TIME = WINDOW + WINDOW.replace('"registration"', '"single"').replace("07-05", "07-20").replace("07-09", "07-21")
OWN_TIME += f'{WINDOW_CHECK}when = {{ only = false }}\n{WINDOW_CHECK}when = {{ only = true }}\nwindows = ["single"]\n'
A_SCHOOLS = ", ".join(f'"{town:02d}A"' for town in range(TOWNS))
AGE_CHECK = f'[[checks]]\nrule = "age"\ndate = "age"\nschools = [{A_SCHOOLS}]\nstatus = "under_age"\nclause = "一"\n'
WISHES = '[measures.wishes]\nlabel = "所填志愿数"\nclause = "一"\nof = "choices"\n'
CASES = {
    Clerk: HOME + USUAL,
    Asked: HOME + MONTHS + SCHOOL_MONTHS + USUAL + 'offers = { insured = ">= school.months" }\n',
    PairPoints: HOME + MONTHS + SCHOOL_MONTHS + ONLY + OBEYS + PAIR + CHOICE + 'key = ["-points", "ticket"]\n',
    UseOfHome: USE + HOME + 'must = { home_use = "flat" }\n' + USUAL,
    ShareOfHome: SHARE + HOME + 'must = { home_share = ">= 0.51" }\n' + USUAL,
    Owner: HOME.replace(', "child"', "") + USUAL,
    Rent: HOME + USUAL,
    NoHome: FLAG.format("no_home", "无房证明")
    + HOME
    + f'{CHECK}must = {{ any = [{{ home = ["zone", "town", "district"] }}, {{ no_home = true }}] }}\n{USUAL}',
    Collective: HOME + USUAL + 'excludes = { hukou_head = "collective" }\n' + REST + BY_TIER,
    Custody: HOME + CUSTODY + USUAL,
    Siblings: HOME
    + CHOICE
    + 'groups = [{ sibling_here = true }, { sibling_here = false }]\nkey = ["group", "ticket"]\n',
    Obeys: OBEYS + HOME + USUAL + 'takes = { tier = "1" }\n' + REST + BY_TIER + "takes = { obeys = true }\n",
    OldEnough: HOME + AGE_CHECK + USUAL,
    OfTheCity: HOME + HUKOU_KNOWN + CHECK + 'must = { hukou_at = ["zone", "town", "district", "city"] }\n' + USUAL,
    OwnTime: ONLY + HOME + OWN_TIME + USUAL,
    TwoChoices: HOME + WISHES + CHECK + 'must = { wishes = ">= 2" }\n' + USUAL,
}


@pytest.mark.parametrize("turn", range(TURNS))
@pytest.mark.parametrize("clerk", CASES, ids=lambda clerk: clerk.__name__)
def test_every_child_is_judged_as_by_a_clerk_with_the_words_of_the_rule(clerk, turn, tmp_path):
    towns = Towns(list(CASES).index(clerk) + 100 * turn)
    text = (RENT_IS_OWN if clerk is Rent else BASE) + CASES[clerk]
    expected, found = clerk(towns).answers(), by_the_door(towns, text, tmp_path)
    wrong = {
        name: (expected[name], found[name], towns.children[name]) for name in expected if expected[name] != found[name]
    }
    assert wrong == {}
    if clerk is not Clerk:
        assert expected != Clerk(towns).answers()


@pytest.mark.parametrize("kind", ["tiers", "lottery"])
def test_a_starting_file_waits_for_a_register_that_was_not_handed_in(kind, tmp_path):
    """A blank is not no: without its row in the table hukou, c1 is asked for it, and not taken for one from outside."""
    path = tmp_path / "town-2025.toml"
    path.write_text(starting.text("town-2025", kind, year=2025), encoding="utf-8")
    town = demo.nine_plots()
    hukou = town.tables["hukou"]
    bare = replace(town, tables={**town.tables, "hukou": hukou[hukou["child_id"] != "c1"]})
    asked = applicants.build(bare, policy.load(path))["status"].eq("incomplete")
    assert asked.index[asked].tolist() == ["c1"]
