"""The lists several checks look at: who is on the roll, who sits where, who was admitted, when registration opens."""

from collections.abc import Iterable

import pandas as pd
import shapely

from zhaosheng_analysis import zones
from zhaosheng_analysis.audit.findings import View, among, blank
from zhaosheng_analysis.schema import STAGES

ACTIVE = ("active", "在籍", "在读", "正常")


def active(view: View) -> pd.DataFrame:
    """Return the active rows of the last school year on the roll; a blank status counts as active."""
    return view.once("active", lambda: _active(view))


def _active(view: View) -> pd.DataFrame:
    roll = view.table("roll")
    now = roll[roll["school_year"] == roll.loc[roll["school_year"] <= view.year, "school_year"].max()]
    status = now["status"] if "status" in now else pd.Series(pd.NA, index=now.index)
    return now[blank(status) | status.isin(ACTIVE)]


def single(view: View) -> pd.DataFrame:
    """Return the active rows of pupils who are on one roll only."""
    return view.once("single", lambda: active(view)[~active(view)["pupil_id"].duplicated(keep=False)])


def seated(view: View) -> pd.DataFrame:
    """Return who sits where, one row a pupil and school, with the school of the roll (home_id; missing: none)."""
    return view.once("seated", lambda: _seated(view))


def _seated(view: View) -> pd.DataFrame:
    there = view.table("attendance").drop_duplicates(["pupil_id", "school_id"])
    home = single(view).set_index("pupil_id")["school_id"]
    seated = active(view)["pupil_id"]
    return there.assign(home_id=there["pupil_id"].map(home), enrolled=among(there["pupil_id"], seated))


def admitted(view: View) -> pd.DataFrame:
    """Return the admission list of the year."""
    rows = view.table("admitted")
    return rows[rows["intake_year"] == view.year]


def entrants(view: View) -> pd.DataFrame:
    """Return the first graders of each stage on the roll of the year, with their stage."""
    rows = active(view)
    rows = rows[(rows["school_year"] == view.year) & view.district.school_system.is_entry(rows["grade"])]
    return rows.assign(stage=view.district.school_system.stage_of(rows["grade"]))


def located(view: View, rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Tell of each admitted child whether it has an address on the map, and one in a zone of the school."""
    ties = _ties(view).dropna(subset=["x", "y"]).drop_duplicates(["child_id", "x", "y"])
    valid = pd.concat([zones.valid(view.district.zones, stage=stage, on=view.on) for stage in STAGES])
    links = view.table("zone_schools").merge(valid[["zone_id", "geometry"]], on="zone_id", validate="m:1")
    pairs = rows[["child_id", "school_id"]].merge(ties[["child_id", "x", "y"]], on="child_id", validate="m:m")
    pairs = pairs.merge(pd.DataFrame(links[["school_id", "geometry"]]), on="school_id", validate="m:m")
    shapes = pairs["geometry"].to_numpy()
    shapely.prepare(shapes)
    hit = pairs[shapely.intersects_xy(shapes, pairs["x"].to_numpy(), pairs["y"].to_numpy())]
    inside = pd.MultiIndex.from_frame(rows[["child_id", "school_id"]]).isin(
        pd.MultiIndex.from_frame(hit[["child_id", "school_id"]].drop_duplicates())
    )
    return among(rows["child_id"], ties["child_id"]), pd.Series(inside, index=rows.index)


def migrants(view: View) -> set[str]:
    """Return the children with a permit whose own register and family home are both outside the district's town."""
    permits, registers_ = view.table("permits"), view.table("hukou")
    own = registers_[registers_["person"].eq("child") & registers_["district_code"].eq(view.district.code)]
    homes = view.table("homes") if view.has("homes") else pd.DataFrame({"child_id": [], "owner": []})
    owned = homes[homes["owner"].isin(["parent", "child"])]
    return set(permits["child_id"]) - set(own["child_id"]) - set(owned["child_id"])


# What planners write for the windows of the policy files; an event is matched by its own name first.
ALIASES = {
    "registration": ("online", "onsite", "private_registration"),
    "brochures": ("brochures_filed",),
    "private_brochures": ("brochures_published",),
    "forms": ("forms_delivered",),
    "outflow_filing": ("outflow_filed",),
    "lottery": ("private_lottery",),
    "reporting": ("report",),
    "disabled_report": ("disabled_data",),
    "class_formation": ("class_draw",),
    "class_draw": ("class_formation",),
}


def registration_start(view: View) -> pd.Timestamp | None:
    """Return the moment registration opens: the calendar's, else the text's."""
    planned = _first(view, ("registration", *ALIASES["registration"])) if view.has("calendar") else pd.NaT
    if pd.notna(planned):
        return planned
    opens = [pd.Timestamp(span.opens) for span in view.policy.windows if span.name == "registration" and span.opens]
    return min(opens, default=None)


def _first(view: View, names: Iterable[str]) -> pd.Timestamp:
    calendar = view.table("calendar")
    return calendar.loc[calendar["event"].isin(list(names)), "opens_at"].min()


def _ties(view: View) -> pd.DataFrame:
    """List every address of every child: child_id, district_code, unit_id, x, y, source."""
    own = pd.DataFrame()
    for name in ("homes", "hukou", "permits"):
        if view.has(name):
            columns = ["child_id", "district_code", "unit_id", "x", "y"]
            own = pd.concat([own, view.table(name).reindex(columns=columns).assign(source=name)], ignore_index=True)
    return own
