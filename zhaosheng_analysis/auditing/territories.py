"""Zones an audit asks about: every address, every new school, every new estate; and the reporting units."""

import pandas as pd

from zhaosheng_analysis import zones
from zhaosheng_analysis.auditing.calendars import registration_start
from zhaosheng_analysis.auditing.findings import STAGES, Seen, View, blank, seen, unknown


def _day(view: View) -> pd.Timestamp:
    """Return the day on which zones must be in force: registration, else the day of the audit."""
    return registration_start(view) or view.on


def new_schools(view: View) -> Seen:
    """Find public schools opened this year without a zone in force when registration began."""
    schools, day = view.district.schools, _day(view)
    rows = schools[schools["opened_year"].eq(view.year) & schools["sector"].eq("public")]
    rows = pd.DataFrame(rows[["school_id", "stage"]])
    links = view.table("zone_schools")
    valid = pd.concat([zones.valid(view.district.zones, stage=stage, on=day) for stage in STAGES])
    served = links.loc[links["zone_id"].isin(valid["zone_id"]), "school_id"]
    rows["day"] = f"{day:%Y-%m-%d}"
    return seen(rows, ~rows["school_id"].isin(served), "zones")


def new_estates(view: View) -> Seen:
    """Find estates handed over before registration that lie in no zone of a stage, or in several that are no choice."""
    housing, day = view.table("housing"), _day(view)
    rows = housing[(housing["delivered_on"] < day) & (housing["delivered_on"] >= pd.Timestamp(view.year - 1, 9, 1))]
    rows = rows.drop_duplicates("unit_id")
    units = view.district.units.set_index("unit_id")
    parts = [_zoned(rows, units, view, stage, day) for stage in STAGES]
    frame = (
        pd.concat([part for part in parts if part is not None], ignore_index=True)
        if rows.size
        else rows.assign(told="")
    )
    return seen(frame.assign(school_id=""), frame["told"] != "", "housing", "unit_id")


def _zoned(rows: pd.DataFrame, units: pd.DataFrame, view: View, stage: str, day: pd.Timestamp) -> pd.DataFrame | None:
    """Say of each estate in how many zones of a stage it lies; a stage without any zone is left out."""
    valid = zones.valid(view.district.zones, stage=stage, on=day)
    if valid.empty:
        return None
    places = units.geometry.loc[rows["unit_id"]].representative_point().reset_index(drop=True)
    hits = zones.all_of(places, valid).merge(valid[["zone_id", "rule"]], on="zone_id", validate="m:1")
    counts = hits.groupby("point").size().reindex(places.index).fillna(0)
    choice = hits["rule"].isin(["choice", "district"]).groupby(hits["point"]).any().reindex(places.index).eq(True)
    frame = rows.reset_index(drop=True).assign(stage_said=STAGES[stage], told="")
    frame["unit_name"] = frame["unit_id"].map(units["name"])
    frame["delivered"] = frame["delivered_on"].dt.strftime("%Y-%m-%d")
    frame.loc[counts == 0, "told"] = "不在任何学区内"
    frame.loc[(counts > 1) & ~choice, "told"] = "同时在两个以上学区内"
    return frame


def gaps(view: View) -> Seen:
    """Find inhabited units that lie in no zone of a stage, with the children due to enter from them."""
    units, day = view.district.units, view.on
    due = view.table("cohorts")
    due = due[due["entry_year"] == view.year].set_index("unit_id")["hukou_n"]
    rows = pd.DataFrame({"unit_id": units["unit_id"], "unit_name": units["name"], "school_id": ""})
    rows["children_n"] = rows["unit_id"].map(due).fillna(0).astype(int)
    places = units.geometry.representative_point()
    parts = []
    for stage, word in STAGES.items():
        valid = zones.valid(view.district.zones, stage=stage, on=day)
        if len(valid):
            parts.append(rows.assign(stage_said=word, free=zones.locate(places, valid).isna().to_numpy()))
    if not parts:
        return unknown("没有生效的学区")
    frame = pd.concat(parts, ignore_index=True)
    return seen(frame, frame["free"] & (frame["children_n"] > view.chosen["max_gap"]), "units", "unit_id")


def empty_zones(view: View) -> Seen:
    """Find zones in force that lead to no open school, and public schools without a zone."""
    schools, day = view.schools, _day(view)
    valid = pd.concat([zones.valid(view.district.zones, stage=stage, on=day) for stage in STAGES])
    links = view.table("zone_schools")
    open_ = schools.index[schools["status"].isin(["open", "closing", "planned"])]
    served = set(links.loc[links["school_id"].isin(open_), "zone_id"])
    frame = pd.DataFrame({"school_id": "", "zone": valid["name"].to_numpy(), "zone_id": valid["zone_id"].to_numpy()})
    return seen(frame, ~frame["zone_id"].isin(served), "zones")


def promise(view: View) -> Seen:
    """Find stages with fewer public seats than children of age in the whole district."""
    plans, due = view.table("plans"), view.table("cohorts")
    plans = plans[(plans["intake_year"] == view.year) & plans["school_id"].map(view.schools["sector"]).eq("public")]
    if plans.empty:
        return unknown(f"没有 {view.year} 年公办招生计划")
    children = {"primary": int(due.loc[due["entry_year"] == view.year, "hukou_n"].sum())}
    if view.has("children"):
        table = view.table("children")
        table = table[table["intake_year"] == view.year]
        children["junior"] = int(table["stage"].eq("junior").sum())
    seats = plans.groupby("stage")["seats_n"].sum()
    rows = [
        {"school_id": "", "stage_said": STAGES[stage], "seats_n": int(seats.get(stage, 0)), "children_n": number}
        for stage, number in children.items()
    ]
    frame = pd.DataFrame(rows)
    return seen(frame, frame["seats_n"] < frame["children_n"], "plans")


def reporting_units(view: View) -> Seen:
    """Find schools that report to a unit nobody knows; a blank means straight to the district."""
    rows = view.district.schools
    rows = pd.DataFrame(rows.loc[rows["status"].isin(["open", "closing"]), ["school_id", "org_id"]])
    return seen(rows, ~blank(rows["org_id"]) & ~rows["org_id"].isin(view.district.areas["area_id"]), "schools")
