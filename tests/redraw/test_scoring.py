"""What counts as a missing seat: schools that children are sent to, not private ones that nobody is sent to."""

import datetime as dt

import pandas as pd

from zhaosheng_analysis import geodata, policy, redraw
from zhaosheng_analysis.demo import little_town


def test_a_private_school_without_a_zone_lacks_no_seat_though_more_would_come():
    layers = little_town.town_layers() | little_town.town_tables() | little_town.town_past()
    school = {"school_id": "s4", "name": "育英小学", "stage": "primary", "sector": "private", "area_id": "a1"}
    school |= {"urban": True, "status": "open", "geometry": little_town.middle(8)}
    layers["schools"] = pd.concat([layers["schools"], little_town.layer([school])], ignore_index=True)
    plan = {"school_id": "s4", "stage": "primary", "intake_year": 2025, "classes_n": 1, "class_size_n": 1, "seats_n": 1}
    layers["plans"] = pd.concat([layers["plans"], pd.DataFrame([plan])], ignore_index=True)
    rolls = layers["roll_counts"]
    mine = rolls[rolls["school_id"] == "s1"].assign(school_id="s4", pupils_n=20, classes_n=1)
    layers["roll_counts"] = pd.concat([rolls, mine], ignore_index=True)
    town = geodata.assemble(layers, little_town.ABOUT, where="九格镇")
    schools = pd.Series({f"u{plot}": f"s{(plot - 1) % 3 + 1}" for plot in range(1, 10)}).rename_axis("unit_id")
    made = redraw.Assignment("town", "laoting-2025", "primary", dt.date(2026, 5, 1), schools)
    seats = redraw.score(town, policy.load("laoting-2025"), made, seed="1", years=[2026]).seats.set_index("school_id")
    assert seats.loc["s4", "demand_before_n"] > seats.loc["s4", "seats_before_n"]
    assert seats.loc["s4", ["missing_before_n", "missing_after_n"]].tolist() == [0, 0]
    assert seats.loc["s1", "missing_before_n"] == 1
