"""Zones an audit asks about: every address, every new school, every new estate; and the reporting units."""

import pandas as pd

from zhaosheng_analysis import walks, zones
from zhaosheng_analysis.audit.findings import Seen, View, blank, seen, unknown
from zhaosheng_analysis.audit.lists import registration_start
from zhaosheng_analysis.schema import STAGES

AS_NEAR_M = 50.0  # a school this much farther is as near


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


def flaws(view: View, *, kinds: tuple[str, ...], of: str) -> Seen:
    """Find what `zones.check` finds wrong with the zones in force in September.

    Parameters
    ----------
    view : View
        What the check may look at.
    kinds : tuple of str
        Of `zones.KINDS`.
    of : str
        Zones or schools, the layer whose rows a finding leads to.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    checked = view.once("flaws", lambda: _checked(view))
    key = {"zones": "zone_id", "schools": "school_id"}[of]
    rows = pd.DataFrame(checked.loc[checked["kind"].isin(kinds), [f"{key}s", "message"]])
    rows[key] = [names[0] for names in rows[f"{key}s"]]
    every = pd.DataFrame({key: view.table(of)[key]})
    frame = pd.concat([every[~every[key].isin(rows[key])], rows], ignore_index=True)
    frame["told"] = frame["message"].fillna("")
    frame["school_id"] = frame[key] if of == "schools" else ""
    return seen(frame, frame["told"] != "", of, key)


def _checked(view: View) -> pd.DataFrame:
    """Return the flaws of the zones of both stages."""
    return zones.check(view.district, policy=view.policy, on=f"{view.year}-09-01")


def detours(view: View) -> Seen:
    """Find zones in which more than a share of the children live nearer to another public school of the stage.

    Near is by the way on foot; a child to whom no way leads is not counted as passing a school. 就近 does not mean the
    nearest: to be explained, not a breach.
    """
    due = view.table("cohorts")
    due = due[due["entry_year"] == view.year].groupby("unit_id")["resident_n"].sum()
    parts = [_detours(view, stage, due) for stage in STAGES]
    frame = pd.concat([part for part in parts if part is not None], ignore_index=True)
    if frame.empty:
        return unknown("没有生效的学区，或没有道路图层")
    frame["percent"] = frame["share"].map("{:.0%}".format)
    return seen(frame.assign(school_id=""), frame["share"] > view.chosen["max_detour_share"], "zones", "zone_id")


def _detours(view: View, stage: str, due: pd.Series) -> pd.DataFrame | None:
    """Return for each zone of a stage the share of its children who walk past another school."""
    valid = zones.valid(view.district.zones, stage=stage, on=f"{view.year}-09-01")
    ways = view.once("ways", lambda: walks.ways(view.district))
    if valid.empty or ways is None:
        return None
    schools = view.schools
    open_ = schools.index[
        schools["stage"].isin([stage, "both"]) & schools["sector"].eq("public") & schools["status"].eq("open")
    ]
    units = view.district.units.set_index("unit_id")
    spots = units.geometry.representative_point()
    metres = ways.of(pd.DataFrame({"x": spots.x, "y": spots.y}))[open_]
    hits = zones.all_of(spots, valid).merge(view.table("zone_schools"), on="zone_id", validate="m:m")
    hits = hits[hits["school_id"].isin(open_)]
    rows, columns = metres.index.get_indexer(hits["point"]), metres.columns.get_indexer(hits["school_id"])
    hits = (
        hits.assign(own_m=metres.to_numpy()[rows, columns]).groupby(["zone_id", "point"], as_index=False)["own_m"].min()
    )
    hits["nearest_m"] = hits["point"].map(metres.min(axis=1))
    hits["children_n"] = hits["point"].map(due).fillna(0)
    hits["past_n"] = hits["children_n"].where(hits["own_m"] > hits["nearest_m"] + AS_NEAR_M, 0)
    sums = hits.groupby("zone_id", as_index=False)[["children_n", "past_n"]].sum()
    sums = sums[sums["children_n"] > 0].assign(share=lambda table: table["past_n"] / table["children_n"])
    return sums.merge(valid[["zone_id", "name"]], on="zone_id", validate="1:1").rename(columns={"name": "zone"})
