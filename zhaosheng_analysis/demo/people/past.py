"""The past of a demo district: who served whom, how the schools filled, which estates were built.

In go the place and the layers of the map; out comes one `Past`, from which children, plans and truth follow.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.demo.people import families, history, population
from zhaosheng_analysis.demo.people.families import Place
from zhaosheng_analysis.schema import STAGES

YEARS_AHEAD = 6


@dataclass(frozen=True)
class Past:
    """What the district knows of its schools and its coming children before registration begins.

    Attributes
    ----------
    serving : dict of str to DataFrame
        Who serves each unit, by stage (see `population.served`).
    expected : DataFrame
        Children who reach grade 1, by unit and year.
    living : DataFrame
        Children who reached grade 1 in the years before, by unit and year: whole ones.
    counts : DataFrame
        Table `roll_counts`.
    leavers : Series
        Pupils in grade 6 in the last school year, by school_id.
    housing : DataFrame
        Table `housing`.
    """

    serving: dict[str, pd.DataFrame]
    expected: pd.DataFrame
    living: pd.DataFrame
    counts: pd.DataFrame
    leavers: pd.Series
    housing: pd.DataFrame


def filled(place: Place, town: dict[str, Any]) -> Past:
    """Fill the schools of the last eight years from the children of their zones."""
    recipe, seed, year = place.recipe, place.seed, place.recipe["intake_year"]
    layers = (town["zones"], town["zone_schools"], town["schools"])
    serving = {stage: population.served(place.units, *layers, stage=stage) for stage in STAGES}
    years = range(history.years_of(year).start, year + YEARS_AHEAD + 1)
    housing = housing_of(place)
    planted = {row["school_id"]: row["growth"] for row in recipe["stories"] if "growth" in row}
    expected = population.expected(
        place.units,
        population.growth(serving["primary"], planted, seed=seed),
        population.filled(housing, place.units, years),
        recipe["cohorts"],
        total_n=recipe["entrants_n"],
        intake_year=year,
    )
    legacy = {row["school_id"] for row in recipe["stories"] if row["kind"] == "legacy"}
    private = {row["school_id"]: row["seats"] * min(1, row["appeal"]) for row in _private(place, "primary")}
    living = population.born(expected[list(history.years_of(year))], seed=seed)
    entrants = history.primary_entrants(
        living, _attended(place, serving["primary"]), town["schools"], private, seed=seed
    )
    options = {"legacy": legacy, "intake_year": year, "seed": seed}
    primary = history.march(entrants, town["schools"], stage="primary", **options)
    flows = _junior_entrants(place, primary, expected[year], serving, town)
    junior = history.march(flows, town["schools"], stage="junior", **options)
    counts = history.roll_counts([primary, junior], intake_year=year)
    return Past(serving, expected, living, counts, primary.leavers(year - 1), housing)


def _attended(place: Place, serving: pd.DataFrame) -> pd.DataFrame:
    """Return who takes the children of each unit when migrants of the towns go to the one school named for them."""
    school_id = place.recipe["migrant_school_ids"].get("primary")
    if school_id is None:
        return serving
    table = families.profiles(place.recipe["profiles"])
    in_town = table[table["stage"].isin(["any", "primary"]) & table["where"].isin(["any", "urban"])]
    named = in_town["extra"].str.contains("named_school")
    share = in_town.loc[named, "weight"].sum() / in_town["weight"].sum()
    return population.diverted(serving, place.units.loc[place.units["urban"], "unit_id"], school_id, share)


def _junior_entrants(
    place: Place, primary: history.Rolls, expected: pd.Series, serving: dict[str, pd.DataFrame], town: dict[str, Any]
) -> pd.DataFrame:
    """Return the grade-7 entrants of each junior, one column a year, from the leavers of the summer before."""
    total_n = primary.leavers(primary.years[-1]).sum()
    wide = dict(place.recipe["district_wide"])
    wide |= {row["school_id"]: row["seats"] * min(1, row["appeal"]) / total_n for row in _private(place, "junior")}
    shares = history.junior_shares(
        expected, serving["primary"], serving["junior"], town["schools"], feeder_pairs(town), wide
    )
    before = {year: primary.leavers(max(year - 1, primary.years[0])) for year in primary.years}
    leavers = pd.DataFrame(before).reindex(shares.index)
    return history.sent(leavers, shares, seed=place.seed, stream="history-junior")


def _private(place: Place, stage: str) -> list[dict[str, Any]]:
    """Return the private schools of one stage, as the recipe describes them."""
    return [row for row in place.recipe["private"] if row["stage"] == stage]


def feeder_pairs(town: dict[str, Any]) -> pd.DataFrame:
    """Return the feeder pairs, none where the district has none."""
    empty = pd.DataFrame({"primary_id": [], "junior_id": []}, dtype="str")
    return town.get("feeders", empty)[["primary_id", "junior_id"]]


def housing_of(place: Place) -> pd.DataFrame:
    """Return the new dwellings: one large estate in the zone of each school the recipe says, and a few small ones."""
    units = place.units.sort_values(["dwellings_n", "unit_id"], ascending=False)
    rows = []
    for story in place.recipe["stories"]:
        if story["kind"] == "overflow":
            unit = units[units["school"].eq(story["school_id"])].iloc[0]
            rows += [(unit["unit_id"], day, round(unit["dwellings_n"] * share)) for day, share in story["delivered"]]
    estate = units[units["name"].eq(place.recipe.get("gap_estate"))]
    # An estate that is wholly new: the last two fifths were handed over shortly before registration.
    rows += [
        (unit.unit_id, day, round(unit.dwellings_n * share))
        for unit in estate.itertuples()
        for day, share in place.recipe["gap_delivered"]
    ]
    other = units[units["dwellings_n"].ge(150) & ~units["unit_id"].isin([row[0] for row in rows])]
    order = np.argsort(lottery.tickets(other["unit_id"], seed=place.seed, stream="small-estates"))
    first = place.recipe["intake_year"] - 5
    for n, unit in enumerate(other.iloc[order[:8]].itertuples()):
        rows.append((unit.unit_id, f"{first + n}-0{1 + n % 6}-15", max(40, round(unit.dwellings_n * 0.12))))
    table = pd.DataFrame(rows, columns=["unit_id", "delivered_on", "dwellings_n"])
    table["delivered_on"] = pd.to_datetime(table["delivered_on"])
    return table.sort_values(["delivered_on", "unit_id"], ignore_index=True)
