"""Twenty-five towns that share the county of 乐亭, its village schools, its private schools and the nearest vacancy.

Each town has two primaries and the zone of one junior.
"""

import numpy as np
import pandas as pd

from tests.towns.clerks import table

TOWNS = 25
NAMES = {"A0": "第二实验小学", "C0": "第三初级中学", "C1": "新戴河初级中学"}
NAMES |= {"J": "吉祥寺小学", "D": "大杨庄小学", "M": "毛庄小学", "m": "毛庄初中", "c": "蔡庄初中"}
NAMES |= {"P": "民办小学", "Z": "忠德小学", "H": "高平中学"}
PLACES = {
    f"{side}{town}": town * 5000.0 + step
    for side, step in zip("ABC", (0, 1000, 400), strict=True)
    for town in range(TOWNS)
}
PLACES |= {"J": 2000.0, "D": 3100.0, "M": -1500.0, "m": -1400.0, "c": 7000.0, "P": 500.0, "Z": 600.0, "H": 700.0}
PRIVATE = {"primary": "PZ", "junior": "H"}
ZONED = {
    "primary": [f"{side}{town}" for town in range(TOWNS) for side in "AB"],
    "junior": [f"C{n}" for n in range(TOWNS)],
}
VILLAGE = {"primary": ["J", "D", "M"], "junior": ["m", "c"]}
MIGRANTS = {"primary": ["A0", "J", "D", "M"], "junior": ["C0", "C1"]}
FIRST, LAST = ["1", "1b", "2", "3", "3a", "3b"], ["5", "6", "R"]
ONLINE = {"online": 0, "onsite": 1, "offline": 2}
ONSITE = {"onsite": 0, "offline": 1, "online": 2}
ORDERS = ["channel,rank,ts", "channel,ts", "rank,channel,ts"]


def schools():
    """Return the schools of the county."""
    stage = {name: stage for group in (ZONED, VILLAGE, PRIVATE) for stage, names in group.items() for name in names}
    rows = [{"school_id": name, "name": NAMES.get(name, f"{name}学校"), "x": x} for name, x in PLACES.items()]
    kinds = [{"stage": stage[name], "sector": "private" if name in "PZH" else "public"} for name in PLACES]
    return [row | kind for row, kind in zip(rows, kinds, strict=True)]


def county(rules, seed):
    """Return random children of twenty-five towns, what they applied to, and seats."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(60, 300))
    children, filed = [], []
    for number in range(n):
        tier = str(chance.choice([*FIRST, *LAST, "4", "N"]))
        stage = str(chance.choice(["primary", "junior"], p=[0.6, 0.4]))
        at_home = "A0" if tier == "4" and stage == "primary" else str(chance.choice(ZONED[stage]))
        child = {"tier": tier, "stage": stage, "school_id": at_home, "zone_id": f"Z{at_home}", "y": 0.0}
        child["x"] = PLACES[at_home] + float(chance.integers(-2000, 2000))
        child["channel"] = str(chance.choice(list(ONLINE), p=[0.6, 0.3, 0.1]))
        child["submitted_at"] = pd.Timestamp("2025-07-07 09:00") + pd.Timedelta(minutes=int(chance.integers(0, 9)))
        child["special"] = "yes" if chance.random() < 0.06 else "no"
        child["status"] = str(chance.choice(["registered", "incomplete", "out_of_window"], p=[0.85, 0.08, 0.07]))
        late = chance.random() < 0.1
        child["status_private"] = "out_of_window" if late else "registered"
        if child["status"] == "incomplete":
            child["status_private"] = "incomplete"
        child["origin"] = str(chance.choice(["district", "city", "outside"], p=[0.7, 0.2, 0.1]))
        wants = chance.random()
        if wants < 0.85:
            wished = at_home if chance.random() < 0.9 else str(chance.choice(ZONED[stage] + VILLAGE[stage]))
            filed.append((f"c{number:03d}", wished, "public", 1))
        if wants > 0.6:
            filed.append((f"c{number:03d}", str(chance.choice(list(PRIVATE[stage]))), "private", 1))
        children.append(child)
    return table(rules, children), filed, {name: int(chance.integers(0, 2 + n // 50)) for name in PLACES}
