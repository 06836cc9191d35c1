"""Two hundred little towns in one district: each a street with its own schools, zones and families, far from the next.

::

    town k at x = k * 50 km      A 0 m    B 2000 m    …      one zone a school; A and B one area where the town says so

A clerk who reads a notice by hand fills the schools with `Clerk`, which knows nothing of the package but how a ticket
is made: the first eight bytes of SHA-256(seed|stream|child).
"""

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from shapely.geometry import Point, box

from tests.towns import districts, papers
from zhaosheng_analysis import admission
from zhaosheng_analysis.policy import Policy

STEP = 50_000.0
SEED = "x"


@dataclass
class World:
    """Towns, children and schools as the clerk sees them.

    Attributes
    ----------
    seats : seats of each school and stage.
    place : place of each school on the line, in metres.
    area : area of each school.
    child : papers of each child with town, own (its school), x and wishes (schools by batch).
    marks : other columns of each school.
    """

    seats: dict[tuple[str, str], int] = field(default_factory=dict)
    place: dict[str, float] = field(default_factory=dict)
    area: dict[str, str] = field(default_factory=dict)
    child: list[dict[str, Any]] = field(default_factory=list)
    marks: dict[str, dict[str, Any]] = field(default_factory=dict)
    sector: dict[str, str] = field(default_factory=dict)

    def school(self, name: str, town: int, dx: float, area: str, *stages: tuple[str, int], **marks: Any) -> str:
        """Build a school of a town; each stage with its seats."""
        school = f"{name}{town:03d}"
        self.place[school], self.area[school] = town * STEP + dx, f"{area}{town:03d}"
        self.sector[school] = marks.pop("sector", "public")
        self.marks[school] = marks
        for stage, seats in stages:
            self.seats[school, stage] = seats
        return school

    def district(self, rules: Policy, **tables: pd.DataFrame) -> Any:
        """Return the towns as one district with the applications of everybody."""
        stages = {}
        for school, stage in self.seats:
            stages[school] = "both" if school in stages else stage
        schools = pd.DataFrame(
            [
                {
                    "school_id": school,
                    "name": f"{school}校",
                    "stage": stages[school],
                    "sector": self.sector[school],
                    "area_id": self.area[school],
                    "geometry": Point(x, 0.0),
                    **self.marks[school],
                }
                for school, x in self.place.items()
            ]
        )
        plans = pd.DataFrame(
            [
                {"school_id": s, "stage": stage, "intake_year": rules.intake_year, "seats_n": n, "reserved_n": 0}
                for (s, stage), n in self.seats.items()
            ]
        )
        filed = [
            (f"c{number:05d}", school, self.sector[school], place, batch, child.get("submitted_at"))
            for number, child in enumerate(self.child)
            for batch, named in child["wishes"].items()
            for place, school in enumerate(named, 1)
        ]
        columns = ["child_id", "school_id", "sector", "choice_n", "batch", "submitted_at"]
        return districts.district(
            checked=False,
            facts={"district_id": "towns", "name": "两百个小镇"},
            boundary=[{"geometry": box(-1000, -1000, 200 * STEP, 1000)}],
            schools=schools,
            zone_schools=districts.links([(f"Z{name}", name) for name in self.place]).assign(if_vacant=False),
            plans=tables.pop("plans", plans),
            applications=pd.DataFrame(filed, columns=columns).astype({"submitted_at": "datetime64[us]"}),
            **tables,
        )

    def ranked(self, rules: Policy) -> pd.DataFrame:
        """Read the papers of every child by the rule file."""
        keep = set(rules.evidence)
        rows = [{name: value for name, value in child.items() if name in keep} for child in self.child]
        own = [child["own"] for child in self.child]
        before = [child.get("prev_school_id") for child in self.child]
        table = papers.ranked(
            rules,
            rows,
            school_id=own,
            zone_id=[f"Z{name}" for name in own],
            area_id=[self.area[name] for name in own],
            x=[child["x"] for child in self.child],
            prev_school_id=before,
        )
        table.index = pd.Index([f"c{number:05d}" for number in range(len(table))], name="child_id")
        return table

    def admitted(self, rules: Policy, table: pd.DataFrame, **tables: pd.DataFrame) -> dict[int, tuple[str, str]]:
        """Return school and round of every child with a seat, by the package."""
        district = self.district(rules, **tables)
        outcome = admission.run(table, district, rules, seed=SEED)
        assert admission.check(outcome, table, district, rules) == []
        placed = outcome.children[outcome.children["school_id"].notna()]
        placed = placed[placed["status"].isin(["admitted", "redirected", "private"])]
        return {int(name[1:]): (row["school_id"], row["round"]) for name, row in placed.iterrows()}


class Clerk:
    """Fills schools round after round with a list and a pencil."""

    def __init__(self, world: World) -> None:
        """Begin with every seat empty."""
        self.world, self.got = world, {}
        self.left = dict(world.seats)

    def ticket(self, stream: str, child: int) -> int:
        """Draw the ticket of a child."""
        return int.from_bytes(hashlib.sha256(f"{SEED}|{stream}|c{child:05d}".encode()).digest()[:8], "big")

    def metres(self, child: int, school: str) -> int:
        """Return how far a child lives from a school, in whole metres."""
        return round(abs(self.world.child[child]["x"] - self.world.place[school]))

    def stage(self, child: int) -> str:
        """Return the stage of a child."""
        return self.world.child[child].get("stage", "primary")

    def free(self, children: list[int]) -> list[int]:
        """Return those who have no seat yet."""
        return [child for child in children if child not in self.got]

    def fill(
        self, name: str, wishes: dict[int, list[str]], place: Any, limit: dict[str, int] | None = None, *, all_in=False
    ) -> None:
        """Let children ask in turn; a school keeps the best it has seats for and sends the others on."""
        kept: dict[tuple[str, str], list[int]] = {}
        asking, asked = sorted(wishes, reverse=True), dict.fromkeys(wishes, 0)
        while asking:
            child = asking.pop()
            if asked[child] == len(wishes[child]):
                continue
            school = wishes[child][asked[child]]
            asked[child] += 1
            seat = (school, self.stage(child))
            best = sorted([*kept.get(seat, []), child], key=lambda other, at=school: place(other, at))
            most = len(best) if all_in else max(self.left.get(seat, 0), 0)
            most = min(most, limit.get(school, most)) if limit is not None else most
            kept[seat] = best[:most]
            asking += best[most:]
        for (school, stage), there in kept.items():
            self.left[school, stage] -= len(there)
            self.got |= dict.fromkeys(there, (school, name))

    def nearest(
        self, name: str, children: list[int], place: Any, *, area: bool = False, but: dict[int, str] | None = None
    ) -> None:
        """Let children go to the nearest public school with a seat; inside an area those they named come first.

        `but` is the school a child is not sent to.
        """
        ways = {}
        for child in self.free(children):
            family, stage = self.world.child[child], self.stage(child)
            number: dict[str, int] = {}
            for named in family["wishes"].values() if area else ():
                for turn, school in enumerate(named, 1):
                    number[school] = min(turn, number.get(school, turn))
            mine = self.world.area[family["own"]]
            there = [
                school
                for school, sector in self.world.sector.items()
                if sector == "public"
                and (but is None or but[child] != school)
                and self.left.get((school, stage), 0) > 0
                and (not area or self.world.area[school] == mine)
            ]
            ways[child] = sorted(there, key=lambda s, who=child, n=number: (n.get(s, 1000), self.true_metres(who, s)))
        self.fill(name, ways, place)

    def true_metres(self, child: int, school: str) -> float:
        """Return how far a child lives from a school."""
        return abs(self.world.child[child]["x"] - self.world.place[school])


def pick(random, *answers):
    """Draw one of some answers."""
    return answers[random.integers(0, len(answers))]


def likely(random, chance):
    """Draw yes or no."""
    return bool(random.random() < chance)


def near(random, day, spread):
    """Draw a day around another."""
    return day + dt.timedelta(days=int(random.integers(-spread, spread + 1)))


def whole_months(since, last):
    """Count the months from a day to another, that day included, as on a calendar: only those that are whole."""
    end = last + dt.timedelta(days=1)
    months = (end.year - since.year) * 12 + end.month - since.month
    short = end.day < since.day and (end + dt.timedelta(days=1)).month == end.month
    return max(months - short, 0)


def born(random):
    """Draw a birthday; a few are not yet six."""
    return near(random, dt.date(2010, 6, 15), 90)


def old_enough(family):
    """Tell who is six on the last day of August."""
    return family["birth_on"] <= dt.date(2010, 8, 31)


def settled(world, found, read, expected):
    """Hold what the package makes of every family against what the clerk reads, and return the table."""
    table = world.ranked(found)
    assert table["tier"].astype("str").to_list() == [kind for kind, _ in read]
    assert table["status"].to_list() == [status for _, status in read]
    got = world.admitted(found, table)
    assert got == expected
    return table
