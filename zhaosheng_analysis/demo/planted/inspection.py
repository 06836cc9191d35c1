"""The tables of an audited demo district put together: clean rolls and papers first, then what is wrong with them.

In go the tables of `demo.people.settlement` and the map; out come the tables an audit asks for, a scar on the map (a
zone that came too late), and the list of everything that was planted.
"""

from typing import Any

import pandas as pd

from zhaosheng_analysis.demo.people import population, rolls
from zhaosheng_analysis.demo.people.families import Place
from zhaosheng_analysis.demo.planted import defects, dossiers, lapses

MIGRANTS_SHARE = 0.14


def scarred(town: dict[str, Any], recipe: dict[str, Any]) -> dict[str, Any]:
    """Return the map with a school opened this year whose zone holds only from the sixth day of registration."""
    new = recipe["new_school_id"]
    if not new:
        return town
    schools, zones = town["schools"].copy(), town["zones"].copy()
    schools.loc[schools["school_id"].eq(new), "opened_year"] = recipe["intake_year"]
    own = town["zone_schools"].set_index("school_id")["zone_id"]
    late = registration_on(recipe) + pd.Timedelta(days=5)
    zones.loc[zones["zone_id"].eq(own[new]), "valid_from"] = late
    return town | {"schools": schools, "zones": zones}


def registration_on(recipe: dict[str, Any]) -> pd.Timestamp:
    """Return the day on which the public schools begin to register."""
    days = [row["opens_at"] for row in recipe["calendar"] if row["event"] == "registration" and "opens_at" in row]
    return pd.Timestamp(min(days)).normalize()


def tables_of(
    place: Place, town: dict[str, Any], tables: dict[str, pd.DataFrame], truth: pd.DataFrame, children: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the tables with everything an audit asks for, and what is wrong in them.

    Parameters
    ----------
    place : Place
        The district that is being peopled.
    town : dict of str to object
        The map.
    tables : dict of str to DataFrame
        Tables of the district so far.
    truth : DataFrame
        `children_truth` (profile, unzoned).
    children : DataFrame
        The children with what was decided about their family (`category`, `under_age`, `family_id`).

    Returns
    -------
    tuple of (dict of str to DataFrame, DataFrame)
        Tables by name, and what was planted.
    """
    schools = town["schools"]
    full = tables | _rolls(place, tables, schools, children, truth)
    full |= _papers(place, full, schools, children)
    plot = defects.Plot(full | {"children_truth": truth}, schools, place.seed)
    for plant in defects.PUPIL_DEFECTS:
        plant(plot)
    year = place.recipe["intake_year"]
    plot.tables["classes"] = pd.concat([tables["classes"], rolls.classes_of(plot.tables["roll"])], ignore_index=True)
    defects.note_sizes(plot)
    for plant in lapses.PAPER_LAPSES:
        plant(plot)
    _note_scars(plot, place, town, year)
    planted = pd.DataFrame(plot.planted)
    planted.insert(3, "name", planted["where"].map(schools.set_index("school_id")["name"]).fillna(""))
    return {name: table for name, table in plot.tables.items() if name != "children_truth"}, planted


def _rolls(
    place: Place, tables: dict[str, pd.DataFrame], schools: pd.DataFrame, children: pd.DataFrame, truth: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return clean admitted, roll, attendance, leavers and transfers."""
    seed, year, prefix = place.seed, place.recipe["intake_year"], place.recipe["prefix"]
    unzoned = set(truth.loc[truth["unzoned"], "child_id"])
    admitted = rolls.admissions(children, tables["applications"], tables["plans"], schools, unzoned=unzoned, seed=seed)
    new = rolls.entrants(admitted, children, tables["plans"], seed=seed)
    old = rolls.older(tables["classes"], intake_year=year, prefix=prefix, seed=seed)
    roll = rolls.roll(pd.concat([new, old], ignore_index=True), intake_year=year, seed=seed)
    as_of = place.date("data_as_of")
    return {
        "admitted": admitted,
        "roll": roll,
        "attendance": rolls.attendance(roll, seen_on=as_of - pd.Timedelta(days=15)),
        "leavers": rolls.leavers(children, admitted, intake_year=year, seed=seed),
        "transfers": rolls.transfers(roll, schools, intake_year=year, seed=seed),
        "class_changes": rolls.class_changes(roll, schools, intake_year=year, seed=seed),
        "class_draws": dossiers.class_draws(new, intake_year=year),
        "seat_locks": rolls.seat_locks(admitted, tables["homes"], intake_year=year),
    }


def _papers(
    place: Place, tables: dict[str, pd.DataFrame], schools: pd.DataFrame, children: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return the clean papers of the schools."""
    seed, year, as_of = place.seed, place.recipe["intake_year"], place.date("data_as_of")
    opens, roll = registration_on(place.recipe), tables["roll"]
    teaching = schools[schools["status"].eq("open")].sort_values("school_id")
    complaints = dossiers.complaints(teaching, registration_on=opens, seed=seed)
    hot = [row["school_id"] for row in place.recipe["stories"] if row["kind"] in ("red", "overflow", "yellow")]
    hot.sort(key=[row["school_id"] for row in place.recipe["stories"] if row["kind"] == "red"].count, reverse=True)
    hot += [school for school in complaints["school_id"].value_counts().index[:6].sort_values() if school not in hot]
    published = dossiers.publications(teaching, registration_on=opens)
    return {
        "publications": pd.concat([published, dossiers.statements(hot, registration_on=opens)], ignore_index=True),
        "documents": dossiers.documents(teaching),
        "form_fields": dossiers.form_fields(),
        "fees": dossiers.fees(roll, schools, seed=seed),
        "categories": dossiers.categories(place.recipe["categories"]),
        "policy_register": dossiers.policy_register(),
        "complaints": complaints,
        "interfaces": dossiers.interfaces(connected_on=pd.Timestamp(year - 1, 12, 1)),
        "verifications": dossiers.verifications(children, checked_on=opens + pd.Timedelta(days=9), seed=seed),
        "dropouts": dossiers.dropouts(roll, as_of=as_of, seed=seed),
        "migrant_counts": dossiers.migrant_counts(intake_year=year, pupils_n=round(len(roll) * MIGRANTS_SHARE)),
        "special_needs": dossiers.special_needs(
            roll[roll["school_id"].isin(teaching.loc[teaching["sector"].eq("public"), "school_id"])],
            placed_on=pd.Timestamp(year, 8, 30),
            seed=seed,
        ),
        "care_groups": dossiers.care_groups(roll, seed=seed),
        "findings": dossiers.findings(teaching, inspected_on=as_of - pd.Timedelta(days=20)),
        "ledger": dossiers.ledger(teaching, updated_on=as_of - pd.Timedelta(days=10)),
        "resources": dossiers.resources(roll, seed=seed),
    }


def _note_scars(plot: defects.Plot, place: Place, town: dict[str, Any], year: int) -> None:
    """Write down the zone that came too late and the estates in no zone."""
    new = place.recipe["new_school_id"]
    defects.note_weekends(plot, "{:%Y-%m-%d}在周末")
    plot.note("新校学区滞后", "ZH-02a", new, str(year), "zones", "当年新开办，学区在报名开始之后才生效")
    serving = population.served(town["units"], town["zones"], town["zone_schools"], town["schools"], stage="primary")
    for unit_id in serving.loc[~serving["zoned"], "unit_id"].unique():
        plot.note("新建小区无学区", "ZH-01、ZH-02b", unit_id, unit_id, "units", "报名前已交付的小区不在任何学区内")
