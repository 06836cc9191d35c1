"""Families of the demo districts: where they live and own, where they are registered, what papers they hold.

In go a number of families by unit and the district's table of profiles (shares of kinds of families); out come the
tables `children`, `homes`, `hukou` and `permits`. No name of a person occurs anywhere: children are pseudonyms.
A profile says where things are, relative to where the family lives: ``here`` the same dwelling, ``zone`` another
dwelling of the same unit, ``else`` another school's part of the same town or countryside, ``country`` and ``town`` a
unit of the county outside or inside the towns, ``cross`` the neighbouring county, ``outside`` none of these.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis import lottery
from zhaosheng_analysis.demo.people import population

TWIN_FAMILIES_SHARE = 0.006
BOYS_SHARE = 0.53
SECOND_HAND_SHARE = 0.28
INCOMPLETE_SHARE = 0.015
EDGE_SHARE = 0.015
PROFILE_COLUMNS = [
    *["profile", "stage", "where", "weight", "tier", "home", "owner", "evidence"],
    *["child_hukou", "guardian", "head", "late", "permit", "extra"],
]


@dataclass(frozen=True)
class Place:
    """What a family of a district needs to know of it.

    Attributes
    ----------
    units : GeoDataFrame
        `unit_id`, geometry, dwellings_n, code (county), urban, school (the one that takes most of the unit).
    recipe : dict
        The district's ``*-people.toml``.
    seed : str
        Seed of the demo.
    """

    units: gpd.GeoDataFrame
    recipe: dict
    seed: str

    def date(self, name: str) -> pd.Timestamp:
        """Return one date of the recipe."""
        return pd.Timestamp(self.recipe["dates"][name])


def profiles(text: str) -> pd.DataFrame:
    """Read the table of profiles: one line a profile, cells divided by bars, ``-`` for nothing."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    table = pd.DataFrame(lines[1:], columns=lines[0])[PROFILE_COLUMNS].replace("-", "")
    return table.assign(weight=table["weight"].astype(float))


def households(place: Place, families: pd.DataFrame, *, stage: str, prefix: str) -> pd.DataFrame:
    """Give every family a profile, in the shares of the recipe, exact to the last family.

    Parameters
    ----------
    place : Place
        The district that is being peopled.
    families : DataFrame
        One row a family: unit_id, prev_school_id, prev_school_kind, under_age.
    stage : {"primary", "junior"}
        Stage of school.
    prefix : str
        First part of the family ids, as ``pc-2024-p``.

    Returns
    -------
    DataFrame
        The families with family_id, stage, code, urban, school and the columns of their profile.
    """
    table = profiles(place.recipe["profiles"])
    table = table[table["stage"].isin(["any", stage])]
    facts = place.units.set_index("unit_id")[["code", "urban", "school"]]
    families = families.sort_values(["unit_id", "prev_school_id", "under_age"], ignore_index=True)
    families = families.join(facts, on="unit_id", validate="m:1").assign(stage=stage)
    families.insert(0, "family_id", [f"{prefix}-{n:06d}" for n in range(1, len(families) + 1)])
    chosen = pd.Series(0, index=families.index)
    for where in ("urban", "rural"):
        rows = families.index[families["urban"] == (where == "urban")]
        open_to = table[table["where"].isin(["any", where])]
        rng = lottery.generator(place.seed, f"profiles-{stage}-{where}")
        chosen[rows] = rng.permutation(np.repeat(open_to.index, quotas(open_to["weight"], len(rows))))
    # Families between the two counties that treat each other as neighbours live nowhere else.
    between = families.index[families["code"].isin(place.recipe.get("cross_codes", []))]
    for row in table[table["where"].eq("cross")].itertuples():
        rng = lottery.generator(place.seed, f"profiles-{stage}-{row.profile}")
        chosen[rng.choice(between, round(len(between) * row.weight / 100), replace=False)] = row.Index
    return families.join(table.drop(columns=["stage", "where", "weight"]), on=chosen)


def newcomers(place: Place, *, stage: str, prefix: str) -> pd.DataFrame:
    """Return the families that live outside the district and ask for a private school: as many as the recipe says."""
    table = profiles(place.recipe["profiles"])
    table = table[table["where"].eq("away") & table["stage"].eq(stage)].drop(columns=["where", "stage"])
    rows = table.loc[table.index.repeat(table["weight"].astype(int))].drop(columns="weight").reset_index(drop=True)
    rows.insert(0, "family_id", [f"{prefix}-x{n:05d}" for n in range(1, len(rows) + 1)])
    home = {"unit_id": "", "prev_school_id": "", "prev_school_kind": "outside" if stage == "junior" else ""}
    return rows.assign(**home, under_age=False, stage=stage, code=place.recipe["code"], urban=True, school="")


def quotas(weights: pd.Series, total_n: int) -> np.ndarray:
    """Divide a whole number by weights, largest remainders first."""
    exact = weights.to_numpy() / weights.sum() * total_n
    whole = np.floor(exact).astype(int)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: total_n - whole.sum()]] += 1
    return whole


def addresses(place: Place, requests: pd.DataFrame) -> pd.DataFrame:
    """Give every request its own dwelling: adds address_id, x, y to family_id, role, unit_id.

    Points lie at random inside the unit; two families never share a dwelling.
    """
    units = place.units.set_index("unit_id")
    requests = requests.sort_values(["unit_id", "role", "family_id"], ignore_index=True)
    parts = []
    for unit_id, rows in requests.groupby("unit_id", sort=True):
        rng = lottery.generator(place.seed, f"address-{rows['role'].iloc[0][0]}-{unit_id}-{rows['family_id'].iloc[0]}")
        dwellings = max(int(units.loc[unit_id, "dwellings_n"]), len(rows))
        numbers = rng.choice(dwellings, size=len(rows), replace=False) + 1
        spots = spots_in(units.loc[unit_id, "geometry"], len(rows), rng)
        address = [f"{unit_id}-d{number:05d}" for number in numbers]
        parts.append(rows.assign(address_id=address, x=spots[:, 0].round(2), y=spots[:, 1].round(2)))
    return pd.concat(parts, ignore_index=True)


def spots_in(shape: shapely.Geometry, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n points inside a shape, as an (n, 2) array in metres, at least a metre from its edge where it can be."""
    inner = shape.buffer(-1.0)
    shape = shape if inner.is_empty else inner
    west, south, east, north = shape.bounds
    shapely.prepare(shape)
    spots = np.empty((0, 2))
    while len(spots) < n:
        tries = rng.uniform((west, south), (east, north), (4 * (n - len(spots)) + 8, 2))
        spots = np.vstack([spots, tries[shapely.contains_xy(shape, tries[:, 0], tries[:, 1])]])
    return spots[:n]


def elsewhere(place: Place, families: pd.DataFrame, *, among: str) -> pd.Series:
    """Return for every family a unit of its own county that another school serves, drawn by dwellings.

    Parameters
    ----------
    place : Place
        The district that is being peopled.
    families : DataFrame
        The families.
    among : str
        ``else`` town families stay in town and others in the country; ``town`` or ``country`` for all.

    Returns
    -------
    Series of str
        A unit_id on the index of the families.
    """
    units = place.units.sort_values("unit_id")
    unit_ids = pd.Series(families["unit_id"].to_numpy(), index=families.index)
    for code, rows in families[families["unit_id"].ne("")].groupby("code", sort=True):
        for urban, part in rows.groupby(rows["urban"] if among == "else" else rows["code"].eq(code), sort=True):
            wanted = urban if among == "else" else among == "town"
            offers = units[units["code"].eq(code) & units["urban"].eq(wanted)]
            rng = lottery.generator(place.seed, f"elsewhere-{among}-{code}-{urban}")
            unit_ids[part.index] = _other_school(part["school"], offers, rng)
    return unit_ids


def _other_school(school: pd.Series, offers: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Draw a unit for each family, again while its own school serves it; where there is one school only, keep it."""
    units, schools = offers["unit_id"].to_numpy(), offers["school"].to_numpy()
    chance = (offers["dwellings_n"] / offers["dwellings_n"].sum()).to_numpy()
    drawn = rng.choice(len(offers), len(school), p=chance)
    for _ in range(8):
        same = schools[drawn] == school.to_numpy()
        drawn[same] = rng.choice(len(offers), same.sum(), p=chance)
    return units[drawn]


def dwellings(place: Place, families: pd.DataFrame) -> pd.DataFrame:
    """Return the dwellings of all families, one row a family and role: unit_id, address_id, x, y."""
    used = families[["home", "child_hukou", "guardian"]]
    needs = {role: used.eq(role).any(axis=1) for role in ("zone", "else", "country", "town", "cross")}
    needs["here"] = ~families["extra"].str.contains("away")
    needs["second"] = families["extra"].str.contains("two_homes")
    units = {role: elsewhere(place, families[needs[role]], among=role) for role in ("else", "country", "town")}
    units["second"] = elsewhere(place, families[needs["second"]], among="else")
    units["cross"] = _across(place, families[needs["cross"]])
    parts = []
    for role, needed in needs.items():
        unit = units.get(role, families["unit_id"])
        parts.append(pd.DataFrame({"family_id": families["family_id"], "role": role, "unit_id": unit})[needed])
    return addresses(place, pd.concat(parts, ignore_index=True))


def _across(place: Place, families: pd.DataFrame) -> pd.Series:
    """Return a unit of the neighbouring county for the families of the two counties that treat each other as such."""
    codes = place.recipe.get("cross_codes", [])
    units = families["unit_id"].copy()
    for code in codes:
        other = place.units[place.units["code"].isin(codes) & place.units["code"].ne(code) & place.units["urban"]]
        rows = families.index[families["code"].eq(code)]
        rng = lottery.generator(place.seed, f"across-{code}")
        units[rows] = rng.choice(other["unit_id"].sort_values(), len(rows))
    return units


def births(place: Place, families: pd.DataFrame) -> pd.Series:
    """Return a birth date a family: in the year up to the cut-off, a few older; under-age ones just after it."""
    rng = lottery.generator(place.seed, "births")
    n = len(families)
    junior = families["stage"].eq("junior")
    older = rng.random(n) < np.where(junior, 0.03, 0.012)
    days = rng.integers(0, 365, n) + np.where(older, rng.integers(30, 365, n), 0)
    too_young = -1 - np.minimum(rng.exponential(25, n).astype(int), 110)
    last = place.date("born_by")
    last = pd.Series(last, index=families.index).mask(junior, last - pd.DateOffset(years=6))
    return last - pd.to_timedelta(np.where(families["under_age"], too_young, days), unit="D")


def dates(place: Place, families: pd.DataFrame) -> pd.DataFrame:
    """Return when each family got its home and its registers: home_on, guardian_on, child_on, second_hand.

    Late families got one or the other after the district's cut-off; a few dates lie on the cut-off day itself.
    `families` has birth_on.
    """
    rng = lottery.generator(place.seed, "dates")
    n = len(families)
    late = families["late"]
    resale = families["evidence"].isin(["title", "mixed"]) & families["home"].ne("")
    second_hand = late.eq("second") | families["evidence"].eq("untransferred")
    second_hand |= resale & (rng.random(n) < SECOND_HAND_SHARE)
    limit = _cutoffs(place, families, second_hand)
    settled, last = place.date("settled"), place.date("data_as_of")
    home_on = limit - pd.to_timedelta((rng.beta(1.2, 2.4, n) * 3650).astype(int), unit="D")
    home_on = home_on.mask(late.eq("home"), _between(rng, limit, last))
    home_on = home_on.mask(late.eq("second"), _between(rng, limit, settled))
    guardian_on = home_on + pd.to_timedelta(rng.exponential(200, n).astype(int), unit="D")
    earlier = limit - pd.to_timedelta(rng.integers(0, 90, n), unit="D")
    guardian_on = guardian_on.where(guardian_on <= limit, earlier)
    guardian_on = guardian_on.mask(late.isin(["home", "second"]), home_on)
    guardian_on = guardian_on.mask(late.eq("hukou"), _between(rng, limit, last))
    first_days = families["birth_on"] + pd.to_timedelta(rng.integers(10, 90, n), unit="D")
    child_on = guardian_on.where(guardian_on >= first_days, first_days)
    on_the_day = (rng.random(n) < EDGE_SHARE) & late.eq("") & (child_on <= limit)
    child_on = child_on.mask(on_the_day, limit)
    after = _between(lottery.generator(place.seed, "guardian-late"), limit, last)
    guardian_on = guardian_on.mask(late.eq("guardian"), after)
    return pd.DataFrame(
        {"home_on": home_on, "guardian_on": guardian_on, "child_on": child_on, "second_hand": second_hand}
    )


def _cutoffs(place: Place, families: pd.DataFrame, second_hand: pd.Series) -> pd.Series:
    """Return the day each family's papers are measured against: homes bought second-hand have their own."""
    named = place.recipe["dates"]
    limit = pd.Series(place.date("settled"), index=families.index)
    limit = limit.mask(second_hand, pd.Timestamp(named.get("settled_second_hand", named["settled"])))
    untransferred = families["evidence"].eq("untransferred")
    return limit.mask(untransferred, pd.Timestamp(named.get("untransferred", named["settled"])))


def _between(rng: np.random.Generator, after: pd.Series, until: pd.Timestamp) -> pd.Series:
    """Return days after `after` and not later than `until`; one in ten is the very next day."""
    span = (until - after).dt.days.clip(lower=1).to_numpy()
    draws, eager = rng.random(len(after)), rng.random(len(after)) < 0.1
    days = np.where(eager, 1, 1 + (draws * span).astype(int))
    return after + pd.to_timedelta(np.minimum(days, span), unit="D")


def children(place: Place, families: pd.DataFrame) -> pd.DataFrame:
    """Return one row a child, twins as two rows with one twin_id; the columns of the family are kept."""
    twins = population.uniforms(families["family_id"], seed=place.seed, stream="twins") < TWIN_FAMILIES_SHARE
    twins &= ~families["under_age"].to_numpy(dtype=bool)
    table = families.assign(twin_id=np.where(twins, "tw-" + families["family_id"], ""))
    table = table.loc[table.index.repeat(np.where(twins, 2, 1))].reset_index(drop=True)
    order = table.groupby("family_id").cumcount()
    table["child_id"] = table["family_id"] + np.where(order > 0, "b", "")
    boys = population.uniforms(table["child_id"], seed=place.seed, stream="sex") < BOYS_SHARE
    return table.assign(sex=np.where(boys, "male", "female"))
