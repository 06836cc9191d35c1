"""One dwelling, one seat in six years: a clerk with the register of seats in his drawer, on twenty little towns.

He takes one family's paper after the other: by which dwelling it belongs to its school, who had a seat there by it, and
who else hands in the same dwelling this year. Nothing of the engine is in him.
"""

from datetime import date

import pandas as pd
import pytest

from tests.towns.nine_rules import BASE, BY_TIER, CHECK, CHOICE, HOME
from tests.towns.twenty_towns import TURNS, Clerk, Towns, by_the_door

YEARS, INTAKE = 6, 2025


class LockedTowns(Towns):
    """Twenty towns whose families have one dwelling at most, some the same one; some dwellings had a seat before."""

    def family(self, town: int) -> dict:
        drawn = super().family(town)
        one, schools = self.one, [f"{town:02d}{letter}" for letter in "ABC"]
        for home in drawn["homes"]:
            home |= {"dated_on": one(date(2020, 5, 1), date(2021, 6, 1), date(2021, 6, 1), None)}
        near = [schools[home["place"]] for home in drawn["homes"][:1] if home["place"] in (0, 1, 2)] * 3
        before = {"school_id": one(*schools, *near), "intake_year": one(2018, 2019, 2020, 2022, 2024)}
        before |= {"own": one(True, False, False)}
        return drawn | {"homes": drawn["homes"][:1], "lock": one(None, before), "lost": one(True, *[False] * 9)}

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.door = {name: f"{name}/1" for name, child in self.children.items() if child["homes"]}
        for name, child in self.children.items():
            near = [other for other in self.door if other < name and other[:2] == name[:2]]
            if name in self.door and near and self.random.random() < 0.3:
                other = near[-1]
                self.door[name] = self.door[other]
                child["homes"] = [child["homes"][0] | {"place": self.children[other]["homes"][0]["place"]}]
                child["lost"] = self.children[other]["lost"]

    def address(self, name: str) -> str | None:
        """Return the dwelling of a family as its paper says it; on some papers it is blank."""
        return None if self.children[name]["lost"] else self.door[name]

    def dwellings(self, models):
        rows = super().dwellings(models)
        return [{**row, "address_id": self.address(row["child_id"])} for row in rows]

    def tables(self, models):
        rows = [
            {"address_id": self.door[name], "child_id": name if lock["own"] else "older", "stage": None}
            | {key: lock[key] for key in ("school_id", "intake_year")}
            for name, lock in ((name, child["lock"]) for name, child in self.children.items())
            if lock and name in self.door
        ]
        self.used = rows
        drawer = pd.DataFrame(rows).drop_duplicates(["address_id", "school_id", "intake_year"])
        return super().tables(models) | {"seat_locks": drawer.astype({"stage": "str"})}


class Locked(Clerk):
    """六年一户：六年内用过的住房不再供别的家庭；兄姐除外。今年几家用一套房的，都等查清。"""

    earliest = False
    siblings = True

    def answers(self):
        self.towns.district()  # the register is drawn with the papers
        self.names = {id(child): name for name, child in self.papers.items()}
        return super().answers()

    def dwelling(self, child):
        """By which dwelling the family stands at its school: its own home, else the one it rents."""
        return next((home for home in child["homes"] if self.counts(home) or home["evidence"] == "rent"), None)

    def school(self, child):
        place = self.zone(child)
        return None if place is None else f"{child['town']:02d}{'ABC'[place]}"

    def used(self, name) -> bool:
        child, school = self.papers[name], self.school(self.papers[name])
        if self.siblings and child["sibling"] == school:
            return False
        return any(
            row["address_id"] == self.towns.address(name)
            and row["school_id"] == school
            and 1 <= INTAKE - row["intake_year"] < YEARS
            and row["child_id"] != name
            for row in self.towns.used
        )

    def concerned(self, name) -> bool:
        child = self.papers[name]
        return self.dwelling(child) is not None and self.school(child) is not None

    def rivals(self, name):
        mine = self.towns.address(name)
        there = [
            other
            for other in self.papers
            if self.concerned(other)
            and self.towns.address(other) == mine
            and self.school(self.papers[other]) == self.school(self.papers[name])
            and not self.used(other)
        ]
        return there if len(there) > 1 else []

    def status(self, child):
        name = self.names[id(child)]
        if not self.concerned(name):
            return "registered"
        if self.towns.address(name) is None:
            return "incomplete"
        if self.used(name):
            return "ineligible"
        others = self.rivals(name)
        if not others:
            return "registered"
        days = [self.dwelling(self.papers[other])["dated_on"] for other in others]
        mine = self.dwelling(child)["dated_on"]
        if not self.earliest or None in days or days.count(min(days)) > 1:
            return "incomplete"
        return "registered" if mine == min(days) else "ineligible"


class Earliest(Locked):
    """……；今年几家用一套房的，房屋材料日期最早的一家使用，日期不全或相同的等查清。"""

    earliest = True


class NoSiblings(Locked):
    """……；兄姐用过的也不行。"""

    siblings = False


LOCK = f'[lock]\nyears = {YEARS}\nclause = "一"\n'
USUAL = f'{HOME}{CHECK}must = {{ locked = "no" }}\n{CHOICE}{BY_TIER}'
CASES = {
    Locked: LOCK + USUAL,
    Earliest: f'{LOCK}rivals = "earliest"\n{USUAL}',
    NoSiblings: f"{LOCK}siblings = false\n{USUAL}",
}


@pytest.mark.parametrize("turn", range(TURNS))
@pytest.mark.parametrize("clerk", CASES, ids=lambda clerk: clerk.__name__)
def test_every_dwelling_is_judged_as_by_a_clerk_with_the_register(clerk, turn, tmp_path):
    towns = LockedTowns(40 + list(CASES).index(clerk) + 100 * turn)
    expected, found = clerk(towns).answers(), by_the_door(towns, BASE + CASES[clerk], tmp_path)
    wrong = {
        name: (expected[name], found[name], towns.children[name], towns.address(name) if name in towns.door else "")
        for name in expected
        if expected[name] != found[name]
    }
    assert wrong == {}
    assert {said[0] for said in expected.values()} >= {"registered", "incomplete", "ineligible"}
