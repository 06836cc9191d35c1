"""Every address a family has on paper, on the map: homes, household registers, residence permits, rented flats.

What comes in are the child-level tables of a district; what goes out is one long table, one row an address, with the
zone of the child's stage it lies in. Children, zones and dwellings are numbered, because numbers compare fast.
Nothing here knows which school a child belongs to.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis import schema, zones
from zhaosheng_analysis.applicants import own_homes
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy, needed_tables
from zhaosheng_analysis.schema import DataError, Fault

KINDS = ("home", "grandparents", "temporary", "hukou", "guardian_hukou", "permit")
PLACES = ("zone", "town", "district", "city", "outside")


def locate(district: District, policy: Policy, children: pd.DataFrame) -> pd.DataFrame:
    """Put every address of every child on the map.

    Parameters
    ----------
    district : District
        Layers and the tables homes, hukou, permits.
    policy : Policy
        Rules; `[home]` says which homes are own, ``address.locate`` whether a building or its estate counts.
    children : DataFrame
        One row a child with stage, indexed by child_id.

    Returns
    -------
    DataFrame
        One row an address: child (position in `children`), kind (`KINDS`), x, y, place (position in `PLACES`, never
        zone), lost (whether nobody knows where it is and no code says it is outside), near (position of the farthest
        place in which a home counts among the several a family has: town where any address lies in one), county
        (area_id, empty where the district is one county), zone (position in ``district.zones``, -1 outside every
        zone), key (same number, same dwelling; -1 unknown) and the columns of the paper itself.
    """
    if not district.mapped:
        remedy = "请补上区县界：图层 boundary，或在 ingest.toml 里由学校的点画示意的（hull）"
        raise DataError(Fault(f"{district.name}数据文件夹", "没有区县界，不知道哪些地址在本区县", "", remedy))
    parts = [_homes(district, policy), _hukou(district, policy), _permits(district, policy)]
    places = pd.concat([_numbered(part, children) for part in parts], ignore_index=True)
    places = _with_points(places, district, estate=policy.parameter("address.locate", "building") == "estate")
    places["kind"] = pd.Categorical(places["kind"], categories=KINDS)
    places["place"], places["county"] = _places(places, district, policy), _counties(places, district)
    places["lost"] = _lost(places, district)
    places["near"] = PLACES.index("town" if places["place"].eq(PLACES.index("town")).any() else "district")
    junior = children["stage"].eq("junior").to_numpy()[places["child"]]
    places["zone"] = _zones(places, junior, district, policy)
    return places


def declared(name: str) -> str:
    """Return what a column only the rule file declares is called among the addresses, where no other is called so.

    Parameters
    ----------
    name : str
        Its name in the table.

    Returns
    -------
    str
        A name no table and no room uses: a file may call its column ``place`` or ``kind``.
    """
    return f"declared {name}"


def _papers(table: str, district: District, policy: Policy) -> pd.DataFrame:
    """Return a table of papers with the columns of the rule file under names of their own."""
    own = {item.name: declared(item.name) for item in policy.declared.columns if item.table == table}
    if table not in district.tables and table in needed_tables.spared(policy):
        return schema.empty(table)
    return district.table(table).rename(columns=own)


def _numbered(papers: pd.DataFrame, children: pd.DataFrame) -> pd.DataFrame:
    """Replace the child's id by its position; papers of other intakes are left out."""
    place = children.index.get_indexer(papers["child_id"])
    return papers.assign(child=place)[place >= 0].drop(columns="child_id")


def _homes(district: District, policy: Policy) -> pd.DataFrame:
    """Return homes with the part they play: own, lived in with grandparents, or temporary."""
    homes = _papers("homes", district, policy)
    rented = homes["evidence"].eq("rent") | homes["owner"].eq("other")
    own = homes["owner"].isin(own_homes.owners(policy)) & ~rented
    elders = homes["owner"].eq("grandparent") & ~own & ~rented & homes["occupied"].fillna(value=False)
    homes["kind"] = np.select([own, elders, rented], ["home", "grandparents", "temporary"], "unused")
    homes = homes[homes["kind"] != "unused"].rename(columns={"dated_on": "on", "district_code": "code"})
    homes["code"] = homes.get("code", pd.Series(pd.NA, homes.index)).astype("str")
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
            "home_accepted": homes["accepted"].fillna(value=False),
            "home_dated_on": homes["on"],
            "home_occupied": homes["occupied"].fillna(value=False),
            **{
                f"home_{item.name}": homes[declared(item.name)]
                for item in policy.declared.columns
                if item.table == "homes"
            },
        },
        index=homes.index,
    )
    return own_homes.home_counts(paper, policy) & homes["kind"].eq("home").to_numpy()


def _hukou(district: District, policy: Policy) -> pd.DataFrame:
    hukou = _papers("hukou", district, policy).rename(columns={"since_on": "on", "district_code": "code"})
    kind = np.where(hukou["person"] == "child", "hukou", "guardian_hukou")
    return hukou.assign(kind=kind, counts=False)


def _permits(district: District, policy: Policy) -> pd.DataFrame:
    permits = _papers("permits", district, policy).rename(columns={"issued_on": "on", "district_code": "code"})
    return permits.assign(kind="permit", counts=False)


def _with_points(places: pd.DataFrame, district: District, *, estate: bool) -> pd.DataFrame:
    """Fill in points from the estate, or use the estate throughout (A-G11), and number the dwellings."""
    units = district.units.set_index("unit_id").geometry.representative_point()
    inside = {axis: getattr(units, axis).reindex(places["unit_id"]).to_numpy() for axis in ("x", "y")}
    own = {axis: places[axis].to_numpy(dtype="float64", na_value=np.nan) for axis in ("x", "y")}
    first, second = (inside, own) if estate else (own, inside)
    x, y = (np.where(np.isnan(first[axis]), second[axis], first[axis]) for axis in ("x", "y"))
    return places.assign(x=x, y=y, key=_keys(places["address_id"], own["x"], own["y"]))


def _keys(address: pd.Series, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Give each dwelling a number: by address_id, and where it is missing by the point to the decimetre."""
    by_name = pd.factorize(address.where(address.fillna("") != ""))[0]
    spots = np.round(x * 10) + 1j * np.round(y * 10)
    by_point = pd.factorize(np.where(np.isnan(x), None, spots.astype(object)))[0]
    return np.where(by_name >= 0, by_name, np.where(by_point >= 0, by_point + by_name.max(initial=0) + 1, -1))


def _places(rows: pd.DataFrame, district: District, policy: Policy) -> np.ndarray:
    """Tell town, rest of the district and outside apart; without a point the administrative code decides."""
    x, y = rows["x"].to_numpy(), rows["y"].to_numpy()
    inside = _within(district.boundary, x, y)
    town = _within(district.areas[district.areas["kind"] == "urban"], x, y)
    head = district.code[:4] if district.code.endswith("00") else district.code
    same = rows["code"].str.startswith(head).fillna(value=False).to_numpy(dtype=bool)
    near = rows["code"].str[:4].eq(district.code[:4]).fillna(value=False).to_numpy(dtype=bool) & policy.tells_city
    places = [PLACES.index(name) for name in ("town", "district", "city")]
    return np.select([town, inside | (same & np.isnan(x)), near], places, PLACES.index("outside")).astype(np.int8)


def _lost(rows: pd.DataFrame, district: District) -> np.ndarray:
    """Tell which addresses have neither estate nor point, and no code that says they are outside the district."""
    head = district.code[:4] if district.code.endswith("00") else district.code
    own = rows["code"].fillna(head).str.startswith(head).to_numpy(dtype=bool)
    return rows["x"].isna().to_numpy() & own


def _within(areas: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Tell which points lie in any of some areas."""
    located, result = ~np.isnan(x), np.zeros(len(x), dtype=bool)
    if len(areas):
        area = areas.union_all()
        shapely.prepare(area)
        result[located] = shapely.intersects_xy(area, x[located], y[located])
    return result


def counties(district: District) -> gpd.GeoDataFrame:
    """Return the counties of a prefecture (areas of kind district), none where there is nothing to tell apart."""
    areas = district.areas[district.areas["kind"] == "district"]
    return areas if len(areas) > 1 else areas.iloc[:0]


def _counties(places: pd.DataFrame, district: District) -> pd.Series:
    areas = counties(district)
    if areas.empty:
        return pd.Series("", index=places.index, dtype="str")
    return zones.locate(_points(places, district), areas.rename(columns={"area_id": "zone_id"})).fillna("")


def _points(places: pd.DataFrame, district: District) -> gpd.GeoSeries:
    return gpd.GeoSeries(gpd.points_from_xy(places["x"], places["y"]), index=places.index, crs=district.boundary.crs)


def _zones(places: pd.DataFrame, junior: np.ndarray, district: District, policy: Policy) -> np.ndarray:
    """Locate each address in the zones of the child's stage that are valid when the school year starts."""
    result = np.full(len(places), -1, dtype=np.int32)
    numbers = pd.Index(district.zones["zone_id"])
    for stage, wanted in (("primary", ~junior), ("junior", junior)):
        layer = zones.valid(district.zones, stage=stage, on=f"{policy.intake_year}-09-01")
        mine = wanted & places["x"].notna().to_numpy()
        if mine.any() and len(layer):
            sides = places.loc[mine, "unit_id"].map(zones.of_units(district.units, layer))
            result[mine] = numbers.get_indexer(zones.locate(_points(places[mine], district), layer, sides=sides))
    return result
