"""Twenty towns of `twenty_towns` with the city around them, and papers whose days and shares lie on the edge of a rule.

A family may live outside the three zones of its town (``edge``), in the country (``away``), in another county of the
city or in another province; a day is often the last that counts, or the one after it, or blank.
"""

from datetime import date

import geopandas as gpd
import pandas as pd
from shapely.geometry import box

from tests.towns.clerks import ticket
from tests.towns.twenty_towns import APART, BOTTOM, LEFT, MORE, SEED, SETTLED, TOWNS, Towns

EDGE = 350.0
MORE |= {"tenure": "str", "soldier": "boolean"}


class TownAndCountry(Towns):
    """Families with one dwelling or two, some beyond the zones, registers shared with a parent or not, few seats."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.seats = {school: 1 + (n == 3) * (school[-1] == "A") for school, n in self.seats.items()}

    def family(self, town: int) -> dict:
        one, drawn = self.one, super().family(town)
        place = one(0, 0, 1, 2, "edge", "away", "city", "province")
        days = [date(2022, 7, 1), date(2022, 7, 2), date(2023, 6, 30), date(2023, 7, 1), date(2024, 2, 29)]
        for home in drawn["homes"]:
            home |= {
                "place": place,
                "dated_on": one(*days, None),
                "tenure": one("full", "full", "built", "shared", "military", None),
                "share": one(0.49, 0.5, 0.51, 1.0, 1.0, None),
            }
        live = one("father", "mother", "both", "both", "neither", "neither")
        return drawn | {
            "hukou": one(place, place, 0, 1, "edge", "away", "city", "province", None),
            "since": one(*days, date(2024, 7, 1), None),
            "with": {person: live in (person, "both") for person in ("father", "mother")},
            "trade": one(None, "blank", *days),
            **{flag: one(*[True, False] * 7, None) for flag in ("only", "obeys", "no_home", "soldier")},
            "gives_up": one(True, False),
            "filed": drawn["filed"].replace(day=one(4, 5, 9, 10, 19, 20, 21, 22)),
        }

    def district(self):
        """Lay the built-up area of each town over its zones and the edge, and the country around it."""
        drawn = super().district()
        towns = [
            box(LEFT + APART * town - 100, BOTTOM - 100, LEFT + APART * town + EDGE + 50, BOTTOM + 400)
            for town in range(TOWNS)
        ]
        rows = {"area_id": [f"u{town}" for town in range(TOWNS)], "name": "城区", "kind": "urban", "geometry": towns}
        areas = pd.concat([drawn.areas, gpd.GeoDataFrame(rows, crs=drawn.crs)], ignore_index=True)
        return drawn.__class__(**{**vars(drawn), "areas": areas})

    def at(self, town: int, place, dwelling: str) -> dict:
        written = super().at(town, "away" if place == "edge" else place, dwelling)
        return written | ({"x": LEFT + APART * town + EDGE} if place == "edge" else {})

    def registers(self):
        """Write the registers; a parent who shares the child's stands under its number."""
        rows = [row | {"since_on": self.children[row["child_id"]]["since"]} for row in super().registers()]
        for row in rows:
            if row["person"] != "child" and self.children[row["child_id"]]["with"][row["person"]]:
                row["address_id"] = f"{row['child_id']}/child"
        return rows

    def records(self):
        """Add to the months insured those a family has kept a shop."""
        rows = [
            {"child_id": name, "since_on": pd.NaT if c["trade"] == "blank" else pd.Timestamp(c["trade"])}
            for name, c in self.children.items()
            if c["trade"]
        ]
        usual = {"record_n": 2, "kind": "business", "holder": "mother", "until_on": pd.Timestamp(SETTLED)}
        trade = pd.DataFrame(rows).astype({"since_on": "datetime64[us]"}).assign(**usual)
        return pd.concat([super().records(), trade], ignore_index=True)

    def entrants(self, models):
        rows = super().entrants(models)
        return [row | {"soldier": self.children[row["child_id"]]["soldier"]} for row in rows]

    def tables(self, models):
        """Add who will give up the school it named first, should it get it."""
        gone = [
            {"child_id": name, "school_id": c["wishes"][0], "proof": True, "consent": False}
            for name, c in self.children.items()
            if c["gives_up"]
        ]
        return super().tables(models) | {"withdrawals": pd.DataFrame(gone)}


def drawn(name: str, school: str) -> str:
    """Return the ticket of a child at a school."""
    return ticket(SEED, school, name)
