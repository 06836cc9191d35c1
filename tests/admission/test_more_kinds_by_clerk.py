"""More kinds of rules held against a clerk who reads one family's papers at a time: twenty little towns a kind.

The towns lie side by side in one district, each with three schools and the three zones of the nine plots; nobody asks a
school of another town. A case is a rule file (the one of the nine plots with the kind switched on) and a clerk: what
he makes of the papers of one family, and the order in which he serves them. Every answer he gives is compared with the
one a user gets: status, tier, points, zone and school of each child.
"""

import calendar
from collections import Counter
from dataclasses import replace
from datetime import date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.affinity import translate
from shapely.geometry import box

from tests.towns.clerks import ticket, walk
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
from zhaosheng_analysis import admission, applicants, demo, policy, tiers
from zhaosheng_analysis.policy import starting

TOWNS, APART, SEED = 20, 1000.0, "2025"
LEFT, BOTTOM = 500_000.0, 4_370_000.0
SETTLED, AGE = date(2025, 6, 30), date(2019, 8, 31)
CODES = {"city": "130224", "province": "110105"}
NO, MAYBE, YES = 0, 1, 2


class Towns:
    """Twenty towns drawn by lot: schools with seats and months they ask, and families with every paper there may be."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.seats, self.months, self.children = {}, {}, {}
        for town in range(TOWNS):
            for letter in "ABC":
                self.seats[f"{town:02d}{letter}"] = int(self.random.integers(1, 4))
                self.months[f"{town:02d}{letter}"] = int(self.random.choice([0, 12, 24]))
            for number in range(int(self.random.integers(5, 10))):
                self.children[f"{town:02d}-{number}"] = self.family(town)

    def one(self, *values):
        """Draw one of some values, as it is."""
        return values[int(self.random.integers(len(values)))]

    def family(self, town: int) -> dict:
        """Draw what one family has on paper; a place is a zone of the town (0, 1, 2), away, city or province."""
        one, schools = self.one, [f"{town:02d}{letter}" for letter in "ABC"]
        place = one(0, 1, 2, "away")
        homes = [
            {
                "place": place,
                "owner": one("parent", "parent", "child", "grandparent"),
                "evidence": one("title", "title", "title", "rent"),
                "share": one(0.5, 0.51, 1.0, 1.0, None),
                "use": one("flat", "flat", "flat", "office", None),
            }
            for _ in range(one(0, 1, 1, 1, 2))
        ]
        since = date(one(2022, 2023, 2024, 2025), one(*range(1, 13)), one(1, 2, 15, 28))
        return {
            "town": town,
            "homes": homes,
            "hukou": one(place, place, 0, 1, "away", "city", "province", None),
            "head": one("parent", "parent", "collective"),
            "father": one(place, 0, 1, "away", None),
            "mother": one(place, 0, 1, "away", None),
            "custody": one("father", "mother", None),
            "only": one(True, False, False, None),
            "obeys": one(True, True, False, None),
            "no_home": one(True, False, None),
            "sibling": one(None, *schools),
            "birth": one(date(2019, 3, 15), date(2019, 8, 31), date(2019, 9, 1), date(2019, 12, 1)),
            "insured": one(None, "blank", since, since, since, since),
            "filed": datetime(2025, 7, one(4, 5, 9, 10, 19, 20, 21, 22), 10),
            "wishes": list(map(str, self.random.permutation(schools)))[: one(1, 2, 3)],
        }

    def district(self):
        """Put the map and the families' papers into a district."""
        plots, drawn = demo.nine_plots(), [self.layers(town) for town in range(TOWNS)]
        schools, zones, links = (pd.concat(parts, ignore_index=True) for parts in zip(*drawn, strict=True))
        limits = box(LEFT - 900, BOTTOM - 900, LEFT + APART * TOWNS, BOTTOM + 900)
        return replace(
            plots,
            boundary=gpd.GeoDataFrame({"geometry": [limits]}, crs=plots.crs),
            areas=plots.areas.iloc[:0],
            schools=schools,
            zones=zones,
            zone_schools=links,
            tables=self.tables(plots.tables),
        )

    def layers(self, town: int):
        """Draw one town beside the others: its schools, zones, and which zone leads where."""
        plots, named = demo.nine_plots(), [f"{town:02d}{letter}" for letter in "ABC"]
        ids = [f"{town:02d}z{number}" for number in range(3)]
        schools = plots.schools.assign(school_id=named, name=named, aliases=pd.NA, sector="public", area_id=pd.NA)
        schools = schools.assign(months=[self.months[name] for name in named])
        zones = plots.zones.assign(zone_id=ids, name=ids)
        moved = [
            layer.set_geometry([translate(shape, APART * town) for shape in layer.geometry], crs=plots.crs)
            for layer in (schools, zones)
        ]
        return (*moved, plots.zone_schools.assign(zone_id=ids, school_id=named))

    def tables(self, models):
        """Fill in the tables, with the columns and kinds of those of the nine plots."""
        given = {"children": self.entrants(models), "homes": self.dwellings(models)}
        given |= {"hukou": self.registers(), "applications": self.filed()}
        made = {name: filled_in(models[name], rows) for name, rows in given.items()}
        seats = {"classes_n": 1, "class_size_n": 9, "reserved_n": 0, "stage": "primary", "intake_year": 2025}
        plans = pd.DataFrame({"school_id": list(self.seats), "seats_n": list(self.seats.values())}).assign(**seats)
        return made | {"plans": plans, "records": self.records(), "permits": models["permits"]}

    def entrants(self, models):
        usual = models["children"].iloc[0].to_dict()
        return [
            {**usual, "child_id": name, "birth_on": c["birth"], "sibling_school_id": c["sibling"], "twin_id": None}
            | {paper: c[paper] for paper in ("only", "obeys", "no_home", "custody")}
            for name, c in self.children.items()
        ]

    def dwellings(self, models):
        usual = models["homes"].iloc[0].to_dict()
        return [
            {**usual, **home, **self.at(c["town"], home["place"], f"{name}/{n}"), "child_id": name, "home_n": n}
            for name, c in self.children.items()
            for n, home in enumerate(c["homes"], 1)
        ]

    def registers(self):
        return [
            {"child_id": name, "person": person, "head": c["head"], "since_on": date(2020, 6, 1)}
            | self.at(c["town"], place, f"{name}/{person}")
            for name, c in self.children.items()
            for person, place in (("child", c["hukou"]), ("father", c["father"]), ("mother", c["mother"]))
            if place is not None
        ]

    def filed(self):
        return [
            {"child_id": name, "school_id": school, "sector": "public", "choice_n": n, "channel": "online"}
            | {"submitted_at": c["filed"]}
            for name, c in self.children.items()
            for n, school in enumerate(c["wishes"], 1)
        ]

    def records(self):
        rows = [
            {"child_id": name, "since_on": pd.NaT if c["insured"] == "blank" else pd.Timestamp(c["insured"])}
            for name, c in self.children.items()
            if c["insured"]
        ]
        usual = {"record_n": 1, "kind": "insurance", "holder": "father", "until_on": pd.Timestamp(SETTLED)}
        return pd.DataFrame(rows).astype({"since_on": "datetime64[us]"}).assign(**usual)

    def at(self, town: int, place, dwelling: str) -> dict:
        """Write an address as the tables have it: by its point, or only by the code of its county."""
        code, x, y = CODES.get(place, "130299"), np.nan, np.nan
        if place not in CODES:
            x = LEFT + APART * town + (50.0 + 100.0 * place if place != "away" else 500.0)
            y = BOTTOM + 50.0
        return {"unit_id": None, "x": x, "y": y, "address_id": dwelling, "district_code": code}


MORE = {"share": "Float64", "use": "str", "custody": "str"} | dict.fromkeys(("only", "obeys", "no_home"), "boolean")


def filled_in(model, rows):
    """Return a table of some rows with the columns of a model, and those a rule file declares."""
    frame = pd.DataFrame(rows)
    frame = frame.reindex(columns=[*model.columns, *(name for name in frame if name in MORE)])
    return frame.astype({name: MORE.get(name) or model[name].dtype for name in frame})


class Clerk:
    """A clerk who follows the rule file of the nine plots; a kind of rule changes one of his habits."""

    def __init__(self, towns: Towns) -> None:
        self.towns, self.papers = towns, towns.children

    # What he makes of one family.

    def counts(self, home) -> int:
        """一：父母或儿童本人持不动产权证的房，算自有住房。"""
        return YES if home["owner"] in ("parent", "child") and home["evidence"] == "title" else NO

    def zone(self, child):
        """一：按自有住房、租住房、户籍的先后定学区。"""
        own = [home["place"] for home in child["homes"] if self.counts(home)]
        rented = [home["place"] for home in child["homes"] if home["evidence"] == "rent"]
        return next((place for place in [*own, *rented, child["hukou"]] if place in (0, 1, 2)), None)

    def here(self, child, place) -> bool:
        """Tell whether a place is in the child's own zone."""
        return place in (0, 1, 2) and place == self.zone(child)

    def home(self, child) -> str:
        """Tell where the family's own home is."""
        own = [home for home in child["homes"] if self.counts(home)]
        if any(self.here(child, home["place"]) for home in own):
            return "zone"
        return "district" if own else "none"

    def tier(self, child) -> str:
        """一：住房和户籍都在本学区的为第一类，只有住房在的为第二类，其余为第三类。"""
        if self.home(child) != "zone":
            return "3"
        return "1" if self.here(child, child["hukou"]) else "2"

    def status(self, child) -> str:
        return "registered"

    def waits(self, child) -> bool:
        """总则：没有交户口簿、而类别要看户籍的，先问，不当作外地的。"""
        return child["hukou"] is None and self.home(child) == "zone"

    def points(self, child):
        return None

    # How he serves them.

    def serve(self, standing) -> dict[str, str]:
        """一：按志愿，先第一类，再第二类，再第三类，同类抽签。"""
        return self.round(standing, self.towns.seats)

    def round(self, standing, seats, *, takes=lambda child: True):
        wishes = {name: self.wishes(self.papers[name]) for name in standing if takes(self.papers[name])}
        return walk(wishes, self.order, seats)

    def wishes(self, child):
        return child["wishes"]

    def order(self, name, school):
        return self.tier(self.papers[name]), ticket(SEED, school, name)

    def left(self, placed):
        held = Counter(placed.values())
        return {school: n - held[school] for school, n in self.towns.seats.items()}

    def answers(self):
        """Return status, tier, points, zone and school of every child."""
        status = {name: self.status(child) for name, child in self.papers.items()}
        status |= {
            name: "incomplete" for name, c in self.papers.items() if status[name] == "registered" and self.waits(c)
        }
        standing = [name for name, said in status.items() if said == "registered"]
        placed = self.serve(standing)
        return {
            name: (status[name], self.tier(child), self.points(child), self.zone(child), placed.get(name, ""))
            for name, child in self.papers.items()
        }


def whole_months(since):
    """Count months on the fingers: one more as long as the day before its end is not after the last day."""
    n, year, month = 0, since.year, since.month
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        turn = date(year, month, min(since.day, calendar.monthrange(year, month)[1]))
        if turn.toordinal() - 1 > SETTLED.toordinal():
            return n
        n += 1


def insured(child):
    """二：参保月数按满月计至6月30日，没有参保的为0，参保而没有写起始日的不知道。"""
    if child["insured"] == "blank":
        return None
    return whole_months(child["insured"]) if child["insured"] else 0


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
    """三：非独生子女7月5日至9日报名，独生子女7月20日至21日报名；没有写是不是的，哪一个时间都不核。"""

    def status(self, child):
        first, last = {True: (20, 21), False: (5, 9), None: (1, 31)}[child["only"]]
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


def by_the_door(towns, text, tmp_path):
    """Return status, tier, points, zone and school of every child as a user gets them."""
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    rules, district = policy.load(path), towns.district()
    ranked = tiers.assign(applicants.build(district, rules), rules)
    outcome = admission.run(ranked, district, rules, seed=SEED)
    assert admission.check(outcome, ranked, district, rules) == []
    told = ranked.join(outcome.children[["school_id"]].rename(columns={"school_id": "placed"}))
    told["placed"] = told["placed"].fillna("")
    points = told["points"] if "[points]" in text else [None] * len(told)
    points = ["not known" if n is not None and pd.isna(n) else n for n in points]
    zones = [None if pd.isna(zone) else int(zone[-1]) for zone in told["zone_id"]]
    rows = zip(told.index, told["status"], told["tier"], points, zones, told["placed"], strict=True)
    return {name: tuple(said) for name, *said in rows}


@pytest.mark.parametrize("clerk", CASES, ids=lambda clerk: clerk.__name__)
def test_every_child_is_judged_as_by_a_clerk_with_the_words_of_the_rule(clerk, tmp_path):
    towns = Towns(list(CASES).index(clerk))
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
