"""Twenty towns side by side with every paper a family may have, and a clerk who reads one family's papers at a time.

Each town has three schools and the three zones of the nine plots; nobody asks a school of another town.
"""

import calendar
import os
from collections import Counter
from dataclasses import replace
from datetime import date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.affinity import translate
from shapely.geometry import box

from tests.towns.clerks import ticket, walk
from zhaosheng_analysis import admission, applicants, demo, policy, tiers

TOWNS, APART, SEED = 20, 1000.0, "2025"
#: How often twenty towns are drawn for each kind of rule: ``CLERK_TOWNS=200 pytest -k clerk`` draws two hundred.
TURNS = max(1, int(os.environ.get("CLERK_TOWNS", "0")) // TOWNS)
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
