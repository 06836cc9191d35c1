"""Every address a family has on paper, on the map: homes, household registers, residence permits, rented flats.

What comes in are the child-level tables of a district; what goes out is one long table, one row an address, with the
zone of the child's stage it lies in. Nothing here knows which school a child belongs to.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis import facts, zones
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy

COLUMNS = ("child_id", "kind", "person", "head", "on", "x", "y", "unit_id", "code", "key")


def locate(district: District, policy: Policy, children: pd.DataFrame) -> pd.DataFrame:
    """Put every address of every child on the map.

    Parameters
    ----------
    district : layers and the tables homes, hukou, permits.
    policy : rules; `[home]` says which homes are own, ``address.locate`` whether a building or its estate counts.
    children : one row a child with stage, indexed by child_id.

    Returns
    -------
    DataFrame, one row an address: child_id, kind (home, grandparents, temporary, hukou, guardian_hukou, permit), x, y,
    place (town, district or outside), county (area_id, empty where the district is one county), zone_id, key (same key,
    same dwelling) and the columns of the paper itself.
    """
    found = pd.concat([_homes(district, policy), _hukou(district), _permits(district)], ignore_index=True)
    found = found[found["child_id"].isin(children.index)].reset_index(drop=True)
    found = _with_points(found, district, estate=policy.parameter("address.locate", "building") == "estate")
    found["place"], found["county"] = _places(found, district), _counties(found, district)
    stage = found["child_id"].map(children["stage"]).to_numpy()
    found["zone_id"] = _zones(found, stage, district, policy)
    return found


def _homes(district: District, policy: Policy) -> pd.DataFrame:
    """Return homes with the part they play: own, lived in with grandparents, or temporary."""
    homes = district.table("homes").copy()
    rented = homes["evidence"].eq("rent") | homes["owner"].eq("other")
    own = homes["owner"].isin(policy.home.owners) & ~rented
    elders = homes["owner"].eq("grandparent") & ~own & ~rented & homes["occupied"].fillna(False)
    homes["kind"] = np.select([own, elders, rented], ["home", "grandparents", "temporary"], "unused")
    homes = homes[homes["kind"] != "unused"].rename(columns={"dated_on": "on"})
    for column in ("contract_on", "moved_on"):
        homes[column] = homes.get(column, pd.NaT)
    return homes.assign(counts=_counts(homes, policy))


def _counts(homes: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Tell which homes count as the family's own; the same rule as for the evidence of one child."""
    paper = pd.DataFrame(
        {
            "home_at": "district",
            "home_owner": homes["owner"],
            "home_evidence": homes["evidence"],
            "home_accepted": homes["accepted"].fillna(False),
            "home_dated_on": homes["on"],
        },
        index=homes.index,
    )
    return facts.home_counts(paper, policy) & homes["kind"].eq("home").to_numpy()


def _hukou(district: District) -> pd.DataFrame:
    hukou = district.table("hukou").rename(columns={"since_on": "on", "district_code": "code"})
    return hukou.assign(kind=np.where(hukou["person"] == "child", "hukou", "guardian_hukou"))


def _permits(district: District) -> pd.DataFrame:
    permits = district.table("permits").rename(columns={"issued_on": "on", "district_code": "code"})
    return permits.assign(kind="permit")


def _with_points(found: pd.DataFrame, district: District, *, estate: bool) -> pd.DataFrame:
    """Fill in points from the estate, or use the estate throughout (A-G11), and name each dwelling."""
    units = district.units.set_index("unit_id").geometry.representative_point()
    inside = pd.DataFrame({"x": found["unit_id"].map(units.x), "y": found["unit_id"].map(units.y)}).astype("float64")
    own = found[["x", "y"]].astype("float64")
    points = inside.where(inside.notna(), own) if estate else own.where(own.notna(), inside)
    written = points["x"].round(1).astype("str") + "," + points["y"].round(1).astype("str")
    key = found["address_id"].where(found["address_id"].fillna("") != "", written.mask(points["x"].isna()))
    return found.assign(x=points["x"], y=points["y"], key=key)


def _places(found: pd.DataFrame, district: District) -> np.ndarray:
    """Tell town, rest of the district and outside apart; without a point the administrative code decides."""
    x, y = found["x"].to_numpy(), found["y"].to_numpy()
    inside = shapely.contains_xy(district.boundary.union_all(), x, y) & ~np.isnan(x)
    urban = district.areas[district.areas["kind"] == "urban"]
    town = np.zeros(len(found), dtype=bool)
    if len(urban):
        town = shapely.contains_xy(urban.union_all(), x, y) & ~np.isnan(x)
    code = found["code"].fillna("").astype(str)
    same = code.str.startswith(district.code[:4] if district.code.endswith("00") else district.code).to_numpy()
    return np.select([town, inside | (same & np.isnan(x))], ["town", "district"], "outside")


def counties(district: District) -> gpd.GeoDataFrame:
    """Return the counties of a prefecture (areas of kind district), none where there is nothing to tell apart."""
    found = district.areas[district.areas["kind"] == "district"]
    return found if len(found) > 1 else found.iloc[:0]


def _counties(found: pd.DataFrame, district: District) -> pd.Series:
    areas = counties(district)
    if areas.empty:
        return pd.Series("", index=found.index, dtype="str")
    points = gpd.GeoSeries(gpd.points_from_xy(found["x"], found["y"]), index=found.index, crs=district.boundary.crs)
    return zones.locate(points, areas.rename(columns={"area_id": "zone_id"})).fillna("")


def _zones(found: pd.DataFrame, stage: np.ndarray, district: District, policy: Policy) -> pd.Series:
    """Locate each address in the zones of the child's stage that are valid when the school year starts."""
    result = pd.Series(pd.NA, index=found.index, dtype="str")
    points = gpd.GeoSeries(gpd.points_from_xy(found["x"], found["y"]), index=found.index, crs=district.boundary.crs)
    for name in ("primary", "junior"):
        layer = zones.valid(district.zones, stage=name, on=f"{policy.intake_year}-09-01")
        mine = (stage == name) & found["x"].notna().to_numpy()
        if mine.any() and len(layer):
            result[mine] = zones.locate(points[mine], layer)
    return result
