"""The nine plots with five grades of primary school and four of junior (五四学制): one junior school for them all.

Every plot that has a child has one of every age, so that s1 has three pupils in each of grades 1 to 5, s2 and s3 have
two, and the junior school j1 has seven in each of grades 6 to 9: the children a five-year primary school sends on.
"""

import pandas as pd

from zhaosheng_analysis import geodata
from zhaosheng_analysis.demo import little_town

PUPILS = {"s1": 3, "s2": 2, "s3": 2}
YEARS = range(little_town.ROLLS_FROM, little_town.INTAKE + 1)


def frames() -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Return the layers and tables of the town, and its facts; a test changes what it is about."""
    tables = little_town.town_layers() | little_town.town_tables() | little_town.town_past()
    school = little_town.layer(
        [
            {
                "school_id": "j1",
                "name": "九格初中",
                "stage": "junior",
                "sector": "public",
                "area_id": "a1",
                "urban": True,
                "status": "open",
                "geometry": little_town.middle(8),
            }
        ]
    )
    zone = {
        "zone_id": "zj",
        "name": "初中学区",
        "stage": "junior",
        "rule": "single",
        "geometry": little_town.box(0, 0, 3, 3),
    }
    link = pd.DataFrame({"zone_id": ["zj"], "school_id": ["j1"], "order_n": [1]})
    plan = {"school_id": "j1", "stage": "junior", "intake_year": 2025, "classes_n": 1, "class_size_n": 6, "seats_n": 6}
    taught = [(school_id, grade, n) for school_id, n in PUPILS.items() for grade in range(1, 6)]
    taught += [("j1", grade, 7) for grade in range(6, 10)]
    rolls = [
        {"school_id": school_id, "school_year": year, "grade": grade, "pupils_n": n, "classes_n": 1}
        for school_id, grade, n in taught
        for year in YEARS
    ]
    classes = [{**row, "class_no": 1} for row in rolls]
    tables |= {
        "schools": pd.concat([tables["schools"], school], ignore_index=True),
        "zones": pd.concat([tables["zones"], little_town.layer([zone])], ignore_index=True),
        "zone_schools": pd.concat([tables["zone_schools"], link], ignore_index=True),
        "plans": pd.concat([tables["plans"], pd.DataFrame([plan])], ignore_index=True),
        "roll_counts": pd.DataFrame(rolls),
        "classes": pd.DataFrame(classes).drop(columns="classes_n"),
        "feeders": pd.DataFrame({"primary_id": list(PUPILS), "junior_id": "j1"}),
    }
    return tables, little_town.ABOUT | {"school_system": "五四学制"}


def town() -> geodata.District:
    """Check the town as it stands."""
    tables, about = frames()
    return geodata.assemble(tables, about, where="五四镇")
