"""Twenty counties of one town each, under the rule book of 衢州: what their children ask for, and plans."""

import numpy as np
import pandas as pd

from tests.towns.clerks import lane, table

TOWNS = 20
ZONED = [f"{side}{number}" for number in range(TOWNS) for side in "AB"]
PUBLIC = {"primary": "ABN", "junior": "NJ"}
MIXED = ["mixed1", "mixed2", "mixed3", "mixed4", "mixed5"]
TIERS = ["resident", *MIXED, "commissioned", "agreed", "migrant", "cross", "other"]
WEIGHTS = [0.37, 0.07, 0.05, 0.05, 0.06, 0.05, 0.06, 0.05, 0.14, 0.05, 0.05]
PLACES = {f"{kind}{n}": n * 9000.0 + 1200.0 * at for n in range(TOWNS) for at, kind in enumerate("ABNJPQ")}
STAGE = {"A": "primary", "B": "primary", "J": "junior", "N": "both", "P": "both", "Q": "both"}
URBAN = {name: int(name[1:]) < TOWNS // 2 for name in ZONED}


def schools(*names, areas=True):
    """Return the schools of the towns."""
    return [
        {
            "school_id": name,
            "name": f"{name}学校",
            "stage": STAGE[name[0]],
            "sector": "private" if name[0] in "PQ" else "public",
            "area_id": f"county{name[1:]}" if areas else None,
            "approver": "county",
            "urban": URBAN.get(name, True),
            "township_id": f"t{name[1:]}",
            "x": PLACES[name],
        }
        for name in names
    ]


def one_child(chance, number):
    """Return a random child of one county and what it applied to."""
    town, tier = int(chance.integers(TOWNS)), str(chance.choice(TIERS, p=WEIGHTS))
    stage = str(chance.choice(["primary", "junior"], p=[0.6, 0.4]))
    own = f"{chance.choice(list('NPQ'))}{town}" if stage == "junior" and chance.random() < 0.25 else ""
    tier = "direct" if own and chance.random() < 0.8 else tier
    home = f"{chance.choice(list(PUBLIC[stage]))}{town}"
    child = {"tier": tier, "stage": stage, "prev_school_id": own or None, "y": 0.0}
    child["school_id"] = f"P{town}" if tier == "commissioned" else home
    child |= {
        "area_id": f"county{town}",
        "zone_id": f"Z{child['school_id']}",
        "x": PLACES[home] + float(chance.normal(0, 900)),
    }
    child |= {"points_n": int(chance.integers(0, 6)), "match": str(chance.choice(["yes", "no"]))}
    child |= {"staff": str(chance.choice(["yes", "no"], p=[0.1, 0.9])), "returner": bool(chance.random() < 0.3)}
    child["special"] = str(chance.choice(["yes", "no"], p=[0.08, 0.92]))
    child["status"] = str(chance.choice(["registered", "incomplete", "out_of_window"], p=[0.84, 0.08, 0.08]))
    wishes = [f"P{town}", f"Q{town}", f"P{(town + 1) % TOWNS}"]
    wishes = [str(name) for name in chance.permutation(wishes)[: int(chance.integers(0, 4))]]
    wishes = wishes if tier == "agreed" or chance.random() < 0.45 else []
    if tier == "agreed" and not wishes:
        wishes = [f"Q{town}"]
    filed = [(f"c{number:03d}", name, "private", place) for place, name in enumerate(wishes, 1)]
    if own and own not in wishes and tier == "direct":
        sector = "public" if own[0] == "N" else "private"
        filed.append((f"c{number:03d}", own, sector, 1 if sector == "public" else len(wishes) + 1))
    return child | {"permit": "yes"}, filed


def ten_counties(rules, seed):
    """Return random children of twenty counties, what they applied to, and the plans of the schools by stage."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(80, 420))
    made = [one_child(chance, number) for number in range(n)]
    plans = {
        (name, stage): (int(chance.integers(0, 3 + n // 60)), int(chance.integers(0, 3)))
        for name in PLACES
        for stage in ("primary", "junior")
        if STAGE[name[0]] in (stage, "both")
    }
    return table(rules, [child for child, _ in made]), [row for _, filed in made for row in filed], plans


def counties(rules, filed, plans):
    """Return the district of the twenty counties."""
    district = lane(rules, schools(*PLACES), dict.fromkeys(PLACES, 0), filed)
    rows = [(name, stage, seats, min(kept, seats)) for (name, stage), (seats, kept) in plans.items()]
    table_ = pd.DataFrame(rows, columns=["school_id", "stage", "seats_n", "reserved_n"])
    district.tables["plans"] = table_.assign(intake_year=rules.intake_year)
    return district
