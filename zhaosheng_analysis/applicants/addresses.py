"""Every address a family has on paper, on the map: homes, household registers, residence permits, rented flats.

What comes in are the child-level tables of a district; what goes out is one long table, one row an address, with the
zone of the child's stage it lies in. Children, zones and dwellings are numbered, because numbers compare fast.
Nothing here knows which school a child belongs to.
"""

from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis import schema, zones
from zhaosheng_analysis.applicants import own_homes
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Cells, Coded, Policy, needed_tables
from zhaosheng_analysis.schema import DataError, Fault

KINDS = ("home", "grandparents", "temporary", "hukou", "guardian_hukou", "permit")
PLACES = ("zone", "town", "district", "city", "outside")


def locate(district: District, policy: Policy, children: pd.DataFrame) -> Cells:
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
    Cells
        One row an address: child (position in `children`), kind (`KINDS`), x, y, place (position in `PLACES`, never
        zone), lost (whether nobody knows where it is and no code says it is outside), near (position of the farthest
        place in which a home counts among the several a family has: town where any address lies in one), county
        (area_id, empty where the district is one county), zone (position in ``district.zones``, -1 outside every
        zone), key (same number, same dwelling; -1 unknown), numbered (whether the dwelling has an address_id) and the
        columns of the paper itself.
    """
    if not district.mapped:
        remedy = "请补上区县界：图层 boundary，或在 ingest.toml 里由学校的点画示意的（hull）"
        raise DataError(Fault(f"{district.name}数据文件夹", "没有区县界，不知道哪些地址在本区县", "", remedy))
    parts = [_homes(district, policy), _hukou(district, policy), _permits(district, policy)]
    places = Cells(pd.concat([_numbered(part, children) for part in parts], ignore_index=True))
    places = _with_points(places, district, estate=policy.parameter("address.locate", "building") == "estate")
    spots = _spots(places, district)
    place = _places(places, spots, district, policy)
    return places.assign(
        kind=pd.Categorical(places["kind"], categories=KINDS),
        place=place,
        county=_counties(spots, district),
        lost=np.isnan(places.numbers("x")) & _of_head(places, district, blank=True),
        near=PLACES.index("town" if (place == PLACES.index("town")).any() else "district"),
        zone=_zones(places, children["stage"].eq("junior").to_numpy(), spots, district, policy),
    )


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
    papers = _papers("homes", district, policy)
    said = Cells(papers)
    rented = said.is_one("evidence", "rent") | said.is_one("owner", "other")
    own = said.is_one("owner", *own_homes.owners(policy)) & ~rented
    elders = said.is_one("owner", "grandparent") & ~own & ~rented & said.flag("occupied")
    homes = papers.assign(
        kind=np.select([own, elders, rented], ["home", "grandparents", "temporary"], "unused"),
        counts=own & _counts(said, policy),
        code=papers.get("district_code", pd.Series(pd.NA, papers.index)).astype("str"),
        **{name: pd.NaT for name in ("contract_on", "moved_on") if name not in papers},
    )
    homes = homes.drop(columns="district_code", errors="ignore")
    return homes[own | elders | rented].rename(columns={"dated_on": "on"})


def _counts(homes: Cells, policy: Policy) -> np.ndarray:
    """Tell which homes count as the family's own; the same rule as for the evidence of one child."""
    of_file = [item.name for item in policy.declared.columns if item.table == "homes"]
    paper = homes.assign(
        home_at="district",
        home_owner=homes.coded("owner"),
        home_evidence=homes.coded("evidence"),
        home_accepted=homes.flag("accepted"),
        home_dated_on=homes.days("dated_on"),
        home_occupied=homes.flag("occupied"),
        **{f"home_{name}": homes[declared(name)] for name in of_file},
    )
    return own_homes.home_counts(paper, policy)


def _hukou(district: District, policy: Policy) -> pd.DataFrame:
    hukou = _papers("hukou", district, policy).rename(columns={"since_on": "on", "district_code": "code"})
    kind = np.where(hukou["person"] == "child", "hukou", "guardian_hukou")
    return hukou.assign(kind=kind, counts=False)


def _permits(district: District, policy: Policy) -> pd.DataFrame:
    permits = _papers("permits", district, policy).rename(columns={"issued_on": "on", "district_code": "code"})
    return permits.assign(kind="permit", counts=False)


def _with_points(places: Cells, district: District, *, estate: bool) -> Cells:
    """Fill in points from the estate, or use the estate throughout (A-G11), and number the dwellings."""
    unit, inside = places.coded("unit_id"), district.units.geometry.representative_point()
    at = pd.Index(district.units["unit_id"]).get_indexer([*unit.words])
    own, of_unit = (
        (places.numbers("x"), places.numbers("y")),
        [unit.each(np.append(axis.to_numpy(), np.nan)[at], np.nan) for axis in (inside.x, inside.y)],
    )
    first, second = (of_unit, own) if estate else (own, of_unit)
    x, y = (np.where(np.isnan(one), other, one) for one, other in zip(first, second, strict=True))
    numbered = ~places.blank("address_id") & (places["address_id"] != "").to_numpy(dtype=bool, na_value=False)
    return places.assign(x=x, y=y, numbered=numbered, key=_keys(places["address_id"], numbered, *own))


def _keys(address: pd.Series, numbered: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Give each dwelling a number: by address_id, and where it is missing by the point to the decimetre."""
    keys, placed = np.full(len(x), -1), ~numbered & ~np.isnan(x) & ~np.isnan(y)
    keys[numbered] = pd.factorize(address.array[numbered])[0]
    spots = np.round(x[placed] * 10) + 1j * np.round(y[placed] * 10)
    keys[placed] = pd.factorize(spots)[0] + keys.max(initial=-1) + 1
    return keys


@dataclass(frozen=True)
class Spots:
    """The points of all addresses, each once, and which of them every address lies at (-1: nobody knows)."""

    which: np.ndarray
    points: gpd.GeoSeries

    def within(self, areas: gpd.GeoDataFrame) -> np.ndarray:
        """Tell which addresses lie in any of some areas."""
        if not len(areas):
            return np.zeros(len(self.which), dtype=bool)
        area = areas.union_all()
        shapely.prepare(area)
        return np.append(shapely.intersects_xy(area, self.points.x, self.points.y), False)[self.which]


def _spots(places: Cells, district: District) -> Spots:
    """Find the points of all addresses."""
    x, y = places.numbers("x"), places.numbers("y")
    known = ~np.isnan(x)
    at, spots = np.full(len(x), -1), x[known] + 1j * y[known]
    at[known], spots = pd.factorize(spots)
    return Spots(at, gpd.GeoSeries(shapely.points(spots.real, spots.imag), crs=district.boundary.crs))


def _of_head(places: Cells, district: District, *, blank: bool) -> np.ndarray:
    """Tell which papers bear the administrative code of the district (or of the prefecture it is)."""
    head = district.code[:4] if district.code.endswith("00") else district.code
    code = places.coded("code")
    return code.each((word.startswith(head) for word in code.words), blank)


def _places(places: Cells, spots: Spots, district: District, policy: Policy) -> np.ndarray:
    """Tell town, rest of the district and outside apart; without a point the administrative code decides."""
    unplaced = np.isnan(places.numbers("x"))
    inside = spots.within(district.boundary) | (_of_head(places, district, blank=False) & unplaced)
    town = spots.within(district.areas[district.areas["kind"] == "urban"])
    code = places.coded("code")
    near = code.each((word[:4] == district.code[:4] for word in code.words), blank=False) & policy.tells_city
    found = [PLACES.index(name) for name in ("town", "district", "city")]
    return np.select([town, inside, near], found, PLACES.index("outside")).astype(np.int8)


def counties(district: District) -> gpd.GeoDataFrame:
    """Return the counties of a prefecture (areas of kind district), none where there is nothing to tell apart."""
    areas = district.areas[district.areas["kind"] == "district"]
    return areas if len(areas) > 1 else areas.iloc[:0]


def _counties(spots: Spots, district: District) -> Coded:
    """Locate each address in the counties of a prefecture; empty where it lies in none, or there are none."""
    areas = counties(district)
    if areas.empty:
        return Coded(np.zeros(len(spots.which), dtype=int), ("",))
    codes, names = pd.factorize(zones.locate(spots.points, areas.rename(columns={"area_id": "zone_id"})))
    return Coded(np.append(codes, -1)[spots.which], tuple(names)).filled("")


def _zones(places: Cells, junior: np.ndarray, spots: Spots, district: District, policy: Policy) -> np.ndarray:
    """Locate each address in the zones of the child's stage that are valid when the school year starts.

    Two buildings of one point may be of two units, and on a border each is on the side of its own.
    """
    result = np.full(len(places), -1)
    numbers, unit = pd.Index(district.zones["zone_id"]), places.coded("unit_id")
    theirs = junior[places.whole("child")]
    for stage, mine in (("primary", ~theirs), ("junior", theirs)):
        layer = zones.valid(district.zones, stage=stage, on=f"{policy.intake_year}-09-01")
        rows = np.flatnonzero(mine & (spots.which >= 0))
        if rows.size and len(layer):
            _, first, which = np.unique(
                spots.which[rows] * (len(unit.words) + 1) + unit.codes[rows] + 1, return_index=True, return_inverse=True
            )
            points = spots.points.iloc[spots.which[rows[first]]].reset_index(drop=True)
            units = pd.Series(unit.spelled(None)[rows[first]])
            sides = partial(_sides, units, district.units, layer)
            result[rows] = numbers.get_indexer(zones.locate(points, layer, sides=sides))[which]
    return result


def _sides(unit: pd.Series, units: gpd.GeoDataFrame, layer: gpd.GeoDataFrame) -> pd.Series:
    """Return the zone of the unit of each building."""
    return unit.map(zones.of_units(units, layer))
