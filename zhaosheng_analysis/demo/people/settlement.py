"""The people of one demo district put together: from a map and a recipe to every table of the folder, and the truth.

One step a function, in the order of life: units are settled, cohorts are born, schools fill, families get papers,
register, and seats are set so that the planted stories hold.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.demo.people import families, history, papers, past, plans, population, registrations
from zhaosheng_analysis.demo.people.families import Place
from zhaosheng_analysis.demo.people.past import YEARS_AHEAD, Past
from zhaosheng_analysis.demo.planted import inspection, spots
from zhaosheng_analysis.geodata import names
from zhaosheng_analysis.schema import STAGES

CHILD_COLUMNS = [
    *["child_id", "stage", "intake_year", "birth_on", "sex", "prev_school_id", "prev_school_kind", "national_no"],
    *["twin_id", "category", "category_basis", "sibling_school_id", "staff_years_n", "agreement", "demolition"],
    *["demolition_papers", "returner"],
]
STORY_WORDS = {
    "red": "户籍适龄儿童多于招生计划（红色）",
    "yellow": "户籍适龄儿童占招生计划九成以上、不足十成（黄色）",
    "overflow": "当年不缺学位，三年内户籍适龄儿童将多于招生计划",
    "empties": "生源不足计划的六成，并逐年减少",
    "successor": "承接停招学校的学区后，户籍毕业生多于初中招生计划",
    "legacy": "高年级仍有历史形成的大班额（56人及以上）",
    "estate": "新建小区分期交付，入住家庭的儿童逐年增多",
}


def populate(
    town: dict[str, Any], recipe: dict[str, Any], *, seed: str
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Return the tables and the truth of one demo district.

    Parameters
    ----------
    town : dict of str to object
        Layers of the map, with zone_schools and, where the district has them, feeders.
    recipe : dict of str to object
        Numbers of the district (``demo/<district>-people.toml``) and `cohorts`, the national entry cohorts.
    seed : str
        Decides what chance decides.

    Returns
    -------
    tuple of (dict of str to DataFrame, dict of str to DataFrame)
        Tables by name, and the truth.
    """
    recipe = resolved(recipe, town["schools"])
    drawn = inspection.scarred(town, recipe)
    town = drawn | {"zones": valid_zones(drawn["zones"], pd.Timestamp(recipe["intake_year"], 8, 31))}
    place = Place(settled_units(town, recipe), recipe, seed)
    before = past.filled(place, town)
    children, dwellings = children_of(place, before)
    applications, zoned = applications_of(place, town, children, dwellings)
    children = finished(place, children, zoned, applications)
    registers = papers.hukou(place, children, dwellings)
    cohorts = cohorts_of(place, before, children, registers)
    seats = plans_of(place, before, town["schools"], children, registers, applications)
    year = recipe["intake_year"]
    tables = {
        "plans": seats[plans.PLAN_COLUMNS],
        "feeders": past.feeder_pairs(town),
        "cohorts": cohorts,
        "roll_counts": before.counts,
        "classes": history.classes(before.counts, years=recipe.get("class_years", [year - 1]), seed=seed),
        "housing": before.housing,
        "calendar": calendar(recipe),
        "children": children[CHILD_COLUMNS],
        "homes": papers.homes(place, children, dwellings),
        "hukou": registers,
        "permits": papers.permits(place, children, dwellings),
        "applications": applications,
    }
    truth = truth_of(place, before, town["schools"], children, cohorts, zoned)
    if recipe.get("audited"):
        tables, wrong = inspection.tables_of(place, town, tables, truth["children_truth"], children)
        tables |= {"schools": drawn["schools"], "zones": drawn["zones"]}
        truth["planted"] = pd.concat([truth["planted"], wrong], ignore_index=True)
    elif recipe.get("few_lapses"):
        tables, truth["lapses"] = spots.tables_of(place, town, tables, truth["children_truth"], children)
    kept = plans.past_plans(before.counts, town["schools"])
    tables["plans"] = pd.concat([kept, tables["plans"]], ignore_index=True)
    return tables, truth


def resolved(recipe: dict[str, Any], schools: pd.DataFrame) -> dict[str, Any]:
    """Return the recipe with the ids of the schools it names; a name that no school bears is a fault of the recipe."""
    ids = {word: borne[0] for word, borne in names.bearers(schools, "school_id").items()}
    approvers = dict(zip(schools["school_id"], schools["approver"].fillna("county"), strict=True))
    stories = [
        row | {"cure": row["cure"] | {"school_id": ids[row["cure"]["to"]]}} if "cure" in row else row
        for row in recipe.get("stories", [])
    ]
    named = {"stories": stories, "private": recipe.get("private", [])}
    rows = {key: [row | {"school_id": ids[row["school"]]} for row in value] for key, value in named.items()}
    rows["private"] = [row | {"approver": approvers[row["school_id"]]} for row in rows["private"]]
    migrants = {stage: ids[name] for stage, name in recipe.get("migrant_school", {}).items()}
    fixed = {ids[name]: classes for name, classes in recipe.get("fixed_classes", {}).items()}
    wide = {ids[name]: share for name, share in recipe.get("district_wide", {}).items()}
    single = {f"{key}_id": ids.get(recipe.get(key), "") for key in ("agreement_school", "new_school")}
    return recipe | rows | single | {"migrant_school_ids": migrants, "fixed_classes": fixed, "district_wide": wide}


def valid_zones(zones: gpd.GeoDataFrame, on: pd.Timestamp) -> gpd.GeoDataFrame:
    """Return the zones that hold on a day; a missing date is open."""
    begun = zones["valid_from"].isna() | (pd.to_datetime(zones["valid_from"]) <= on)
    return zones[begun & (zones["valid_to"].isna() | (pd.to_datetime(zones["valid_to"]) >= on))]


def settled_units(town: dict[str, Any], recipe: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return the units with their county code, whether they lie in a town, and the school that takes most of them."""
    units = town["units"].sort_values("unit_id", ignore_index=True)
    areas = town["areas"]
    urban = areas.loc[areas["kind"].eq("urban"), "geometry"]
    points = units.representative_point()
    code = counties(units["area_id"], areas, recipe)
    serving = population.served(units, town["zones"], town["zone_schools"], town["schools"], stage="primary")
    in_town = points.within(urban.union_all()) if len(urban) else units["kind"].ne("village")
    return units.assign(code=code, urban=in_town, school=units["unit_id"].map(population.main_school(serving)))


def children_of(place: Place, before: Past) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the children who want a place this year, with what was decided about their family, and the dwellings."""
    year, prefix = place.recipe["intake_year"], place.recipe["prefix"]
    groups = []
    for stage, made in (("primary", _primary_families(place, before)), ("junior", _junior_families(place, before))):
        groups.append(families.households(place, made, stage=stage, prefix=f"{prefix}-{year}-{stage[0]}"))
        groups.append(families.newcomers(place, stage=stage, prefix=f"{prefix}-{year}-{stage[0]}"))
    children = pd.concat(groups, ignore_index=True)
    children["birth_on"] = families.births(place, children)
    children = pd.concat([children, families.dates(place, children)], axis=1)
    return families.children(place, children), families.dwellings(place, children)


def _primary_families(place: Place, before: Past) -> pd.DataFrame:
    """Return one row a family with a child for grade 1, by unit; a few are too young and try all the same."""
    expected = before.expected[place.recipe["intake_year"]].sort_index()
    rng = lottery.generator(place.seed, "primary-families")
    counts = rng.poisson(expected)
    young = rng.multinomial(round(counts.sum() * place.recipe["shares"]["under_age"]), expected / expected.sum())
    parts = [
        pd.DataFrame({"unit_id": expected.index.repeat(number), "under_age": too_young})
        for number, too_young in ((counts, False), (young, True))
    ]
    return pd.concat(parts, ignore_index=True).assign(prev_school_id="", prev_school_kind="")


def _junior_families(place: Place, before: Past) -> pd.DataFrame:
    """Return one row a family with a primary leaver: of the district's schools, of the city's own, of outside."""
    shares = place.recipe["shares"]
    rng = lottery.generator(place.seed, "junior-families")
    serving = before.serving["primary"]
    size = serving["share"] * serving["unit_id"].map(before.expected[place.recipe["intake_year"]])
    parts = []
    for school_id, leavers_n in before.leavers.sort_index().items():
        rows = serving["school_id"].eq(school_id)
        weight = size[rows] if rows.any() else size
        applicants_n = rng.binomial(leavers_n, shares["junior_applicants"])
        units = rng.choice(serving.loc[weight.index, "unit_id"], applicants_n, p=weight / weight.sum())
        parts.append(pd.DataFrame({"unit_id": units, "prev_school_id": school_id, "prev_school_kind": "district"}))
    total_n = sum(len(part) for part in parts)
    for kind in ("city_direct", "outside"):
        newcomers_n = round(total_n * shares.get(kind, 0.0))
        units = rng.choice(serving["unit_id"], newcomers_n, p=size / size.sum())
        parts.append(pd.DataFrame({"unit_id": units, "prev_school_id": "", "prev_school_kind": kind}))
    return pd.concat(parts, ignore_index=True).assign(under_age=False)


def applications_of(
    place: Place, town: dict[str, Any], children: pd.DataFrame, dwellings: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table `applications`, and the public school of every child: child_id, school_id, zoned."""
    schools = town["schools"].assign(county=counties(town["schools"]["area_id"], town["areas"], place.recipe))
    public = registrations.public_schools(place, children, dwellings, town["zones"], town["zone_schools"], schools)
    public = registrations.promoted(place, children, public, schools)
    private = registrations.private_choices(place, children, public, schools)
    facts = children[["child_id", "family_id", "stage", "prev_school_kind"]]
    table = pd.concat([public.assign(choice_n=1), private], ignore_index=True)
    # A commissioned private school is the school of its zone: the child registers there once.
    table = table.drop_duplicates(["child_id", "school_id"]).merge(facts, on="child_id", validate="many_to_one")
    table["sector"] = table["school_id"].map(schools.set_index("school_id")["sector"])
    shares = place.recipe["shares"]
    silent = population.uniforms(table["family_id"], seed=place.seed, stream="silent") < shares["unregistered"]
    twice = population.uniforms(table["family_id"], seed=place.seed, stream="twice") < shares["double"]
    chose_private = table["child_id"].isin(private["child_id"])
    released = chose_private & table["sector"].eq("public") & (place.recipe["private_mode"] == "instead") & ~twice
    table = table[~silent & ~released]
    on_site = table["prev_school_kind"].isin(place.recipe.get("on_site_kinds", []))
    table = registrations.stamped(place, table.assign(channel=np.where(on_site, "onsite", "")))
    table = table.sort_values(["child_id", "sector", "choice_n", "school_id"], ignore_index=True)
    return table[registrations.COLUMNS], public


def counties(area_ids: pd.Series, areas: pd.DataFrame, recipe: dict[str, Any]) -> pd.Series:
    """Return the county code of every area id: of the county it is or lies in, else of the district."""
    codes = recipe.get("county_codes", {})
    parents = dict(zip(areas["area_id"], areas["parent_id"], strict=True))
    by_id = {row.area_id: codes[row.name] for row in areas.itertuples(index=False) if row.name in codes}
    county_codes = [by_id.get(area, by_id.get(parents.get(area), recipe["code"])) for area in area_ids]
    return pd.Series(county_codes, index=area_ids.index, dtype="str")


def finished(place: Place, children: pd.DataFrame, public: pd.DataFrame, applications: pd.DataFrame) -> pd.DataFrame:
    """Return the children with the columns of the contract: category and basis, sibling, staff and the rest."""
    extra, recipe = children["extra"], place.recipe
    draw = {
        name: population.uniforms(children["family_id"], seed=place.seed, stream=name)
        for name in ("category", "sibling", "staff", "national", "basis")
    }
    categories = recipe.get("categories", [{"category": "", "basis": ""}])
    names = np.array([row["category"] for row in categories])
    basis = np.array([row["basis"] for row in categories])
    which = (draw["category"] * len(names)).astype(int)
    special = extra.str.contains("special")
    near = children["child_id"].map(public.set_index("child_id")["school_id"])
    sibling = (draw["sibling"] < recipe["shares"].get("sibling", 0.0)) & children["stage"].eq("primary")
    applied = pd.MultiIndex.from_frame(applications[["child_id", "school_id"]])
    own = pd.MultiIndex.from_frame(children[["child_id", "prev_school_id"]]).isin(applied)
    staff_years = 1 + (draw["staff"] * 12).astype(int)
    return children.assign(
        intake_year=recipe["intake_year"],
        prev_school_kind=children["prev_school_kind"].mask(own, "own"),
        national_no=children["stage"].eq("primary") | (draw["national"] >= recipe["shares"]["no_national_number"]),
        category=np.where(special, names[which], ""),
        category_basis=np.where(special & (draw["basis"] >= 0.03), basis[which], ""),
        sibling_school_id=near.where(sibling, ""),
        staff_years_n=pd.Series(staff_years, index=children.index, dtype="Int64").where(extra.str.contains("staff")),
        agreement=near.eq(recipe["agreement_school_id"]),
        demolition=extra.str.contains("demolition"),
        demolition_papers=extra.str.contains("demolition_papers"),
        returner=extra.str.contains("returner"),
    )


def cohorts_of(place: Place, before: Past, children: pd.DataFrame, registers: pd.DataFrame) -> pd.DataFrame:
    """Return the table `cohorts`: children by unit and entry year, where they live and where they are registered.

    This year's and those of the years kept are counted; the younger ones are those the register knows today: families
    who will move in when an estate is handed over are not in it.
    """
    year = place.recipe["intake_year"]
    of_age = children[children["stage"].eq("primary") & ~children["under_age"]]
    units = before.expected.index
    living = of_age.groupby("unit_id").size().reindex(units).fillna(0)
    own = registers[registers["person"].eq("child") & registers["child_id"].isin(of_age["child_id"])]
    registered = own.groupby("unit_id").size().reindex(units).fillna(0)
    # A unit with few children borrows its register share from the district.
    share = (registered + 8 * registered.sum() / living.sum()) / (living + 8)
    today = population.filled(before.housing, place.units, range(year, year + 1))[year]
    rng = lottery.generator(place.seed, "cohorts")
    parts = [pd.DataFrame({"entry_year": year, "hukou_n": registered, "resident_n": living})]
    for entry in range(year + 1, year + YEARS_AHEAD + 1):
        then = population.filled(before.housing, place.units, range(entry, entry + 1))[entry]
        scaled = (before.expected[entry] * (today / then.where(then > 0, 1)).reindex(units)).clip(lower=0)
        counts = {"hukou_n": rng.poisson(scaled * share), "resident_n": rng.poisson(scaled)}
        parts.append(pd.DataFrame({"entry_year": entry, **counts}, index=units))
    old = lottery.generator(place.seed, "cohorts-past")
    for entry in range(year - history.YEARS_KEPT, year):
        living = before.living[entry].reindex(units)
        counts = {"hukou_n": old.binomial(living, share.clip(upper=1)), "resident_n": living}
        parts.append(pd.DataFrame({"entry_year": entry, **counts}, index=units))
    table = pd.concat(parts).rename_axis("unit_id").reset_index()
    table[["hukou_n", "resident_n"]] = table[["hukou_n", "resident_n"]].astype(int)
    return table.assign(
        source=np.where(table["entry_year"].le(year), "适龄儿童摸底（示例）", "户籍与常住登记（示例）")
    ).sort_values(["unit_id", "entry_year"], ignore_index=True)


def plans_of(
    place: Place,
    before: Past,
    schools: pd.DataFrame,
    children: pd.DataFrame,
    registers: pd.DataFrame,
    applications: pd.DataFrame,
) -> pd.DataFrame:
    """Return the table `plans` with the story of each school: seats from who registered and who is on the register."""
    year, recipe = place.recipe["intake_year"], place.recipe
    stories = {row["school_id"]: row["kind"] for row in recipe["stories"] if row["kind"] in plans.AIMS}
    facts = children.set_index("child_id")[["stage", "category", "under_age"]]
    public = applications[applications["sector"].eq("public")].join(facts, on="child_id", validate="m:1")
    parts = []
    for stage in STAGES:
        taken = history.schools_of(schools, stage)
        ids = taken.loc[taken["sector"].eq("public") & taken["status"].ne("closed"), "school_id"]
        rows = public[public["stage"].eq(stage)].groupby("school_id")
        of_age = facts.index[facts["stage"].eq(stage) & ~facts["under_age"]]
        own = registers[registers["person"].eq("child") & registers["child_id"].isin(of_age)]
        served = own.groupby("unit_id").size().rename("n").reset_index()
        served = served.merge(in_zones(before.serving[stage]), on="unit_id", validate="1:m")
        hukou = (served["n"] * served["share"]).groupby(served["school_id"]).sum()
        demand = pd.DataFrame({"school_id": ids.to_numpy()})
        demand["registered_n"] = demand["school_id"].map(rows.size()).fillna(0)
        demand["hukou_n"] = demand["school_id"].map(hukou).fillna(0)
        special = rows["category"].apply(lambda names: names.ne("").sum())
        demand["special_n"] = demand["school_id"].map(special).fillna(0).astype(int) if recipe.get("reserve") else 0
        fixed = recipe["fixed_classes"]
        parts.append(plans.public_plans(demand, stories, fixed, stage=stage, intake_year=year, seed=place.seed))
    parts.append(plans.private_plans(recipe["private"], intake_year=year))
    return pd.concat(parts, ignore_index=True).sort_values(["school_id", "stage"], ignore_index=True)


def in_zones(serving: pd.DataFrame) -> pd.DataFrame:
    """Return who serves the units by zone alone: a unit in no zone counts for no school."""
    return serving[serving["zoned"].astype(bool)]


def calendar(recipe: dict[str, Any]) -> pd.DataFrame:
    """Return the table `calendar` of the recipe."""
    table = pd.DataFrame(recipe["calendar"]).reindex(columns=["event", "stage", "sector", "opens_at", "closes_at"])
    for name in ("opens_at", "closes_at"):
        table[name] = pd.to_datetime(table[name], format="ISO8601")
    return table


def truth_of(
    place: Place,
    before: Past,
    schools: pd.DataFrame,
    children: pd.DataFrame,
    cohorts: pd.DataFrame,
    public: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Return what was planted: planted, children_truth, outlook, and cures where the recipe names some."""
    year = place.recipe["intake_year"]
    names = schools.set_index("school_id")["name"]
    rows = [
        (row["kind"], row["school_id"], names[row["school_id"]], STORY_WORDS[row["kind"]])
        for row in place.recipe["stories"]
    ]
    rows += [("estate", row.unit_id, "", STORY_WORDS["estate"]) for row in before.housing.itertuples()]
    planted = pd.DataFrame(rows, columns=["story", "where", "name", "what"]).drop_duplicates(ignore_index=True)
    unzoned = public.loc[~public["zoned"], "child_id"]
    meant = children[["child_id", "profile", "tier", "late", "under_age"]]
    coming = plans.outlook(
        before.expected, cohorts, in_zones(before.serving["primary"]), years=range(year, year + YEARS_AHEAD + 1)
    )
    truth = {
        "planted": planted,
        "children_truth": meant.assign(unzoned=meant["child_id"].isin(unzoned), stream=place.seed),
        "outlook": coming,
    }
    cures = cures_of(place)
    return truth | ({"cures": cures} if len(cures) else {})


def cures_of(place: Place) -> pd.DataFrame:
    """Return the moves that cure a planted shortage by themselves: school_id (short), unit_id, to_school_id."""
    units = place.units.set_index("name")["unit_id"]
    rows = [
        (row["school_id"], units[row["cure"]["unit"]], row["cure"]["school_id"])
        for row in place.recipe["stories"]
        if "cure" in row
    ]
    return pd.DataFrame(rows, columns=["school_id", "unit_id", "to_school_id"])
