"""Sixty little towns of two schools each, side by side in one district: nobody asks a school of another town."""

import os
from dataclasses import replace

import numpy as np

from tests.towns import rulebook
from tests.towns.clerks import lane, table
from zhaosheng_analysis import admission
from zhaosheng_analysis.admission import repeating

TOWNS = 60
#: How often sixty towns are drawn for each kind of rule: ``CLERK_TOWNS=200`` draws two hundred and forty.
TURNS = max(1, -(-int(os.environ.get("CLERK_TOWNS", "0")) // TOWNS))
ORDER = ["tier", "points_n", "ticket"]


class Towns:
    """Sixty towns drawn by lot: seats, seats kept back, children, and what each asked for in two batches."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.seats, self.kept, self.children, self.asked = {}, {}, [], {"first": {}, "second": {}}
        for town in range(TOWNS):
            schools = [f"{town:02d}{letter}" for letter in "AB"]
            for school in schools:
                self.seats[school] = int(random.integers(0, 5))
                self.kept[school] = int(random.integers(0, self.seats[school] + 1))
            for number in random.permutation(int(random.integers(1, 8))):
                child = len(self.children)
                about = {"tier": str(random.choice(["1", "2"])), "special": str(random.choice(["yes", "no"]))}
                self.children.append({**about, "points_n": float(number)})
                for lists in self.asked.values():
                    lists[child] = list(map(str, random.permutation(schools)))[: random.integers(0, 3)]

    def district(self, rules, *, batches: bool = False, reserved: bool = False):
        """Return the district the towns lie in."""
        lists = self.asked if batches else {"first": self.asked["first"]}
        rows = [
            (f"c{child:03d}", school, "public", choice, batch)
            for batch, named in lists.items()
            for child, wishes in named.items()
            for choice, school in enumerate(wishes, 1)
        ]
        schools = [
            {"school_id": name, "name": f"{name}校", "stage": "primary", "sector": "public", "x": 100.0 * place}
            for place, name in enumerate(self.seats)
        ]
        drawn = lane(rules, schools, self.seats, [row[:4] for row in rows], reserved=self.kept if reserved else None)
        if not batches:
            return drawn
        filed = drawn.tables["applications"].assign(batch=[row[4] for row in rows])
        return replace(drawn, tables={**drawn.tables, "applications": filed})

    def order(self, child, school):
        return self.children[child]["tier"], self.children[child]["points_n"]


def carried_out(towns: Towns, *said, again: bool = False, **more) -> dict[int, str]:
    """Run the rounds and return who has which school; `again`: an intake that is repeated ends alike."""
    rules = rulebook.rules(*said)
    district = towns.district(rules, **more)
    ranked = table(rules, towns.children)
    outcome = admission.run(ranked, district, rules, seed="s")
    assert admission.check(outcome, ranked, district, rules) == []
    if again:
        intake = repeating.ready(ranked, district, rules)
        ends = repeating.ends(intake, repeating.cast(np.arange(len(ranked))), seed="s")
        ids = np.append(intake.world.schools["school_id"].to_numpy(object), "")
        assert ids[ends.school].tolist() == outcome.children["school_id"].fillna("").tolist()
    placed = outcome.children["school_id"].dropna()
    return {int(child[1:]): school for child, school in placed[placed != ""].items()}


def left_by(placed, seats):
    """Count what is left of each school."""
    held = list(placed.values())
    return {school: n - held.count(school) for school, n in seats.items()}
