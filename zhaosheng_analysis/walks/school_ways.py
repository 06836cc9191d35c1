"""The walk of children to the schools of a district, to the gate; the straight line beside it."""

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.walks.measuring import distances
from zhaosheng_analysis.walks.streets import Network, network

LIMITS_M = (500, 1000)


@dataclass(frozen=True)
class Ways:
    """The walk from dwellings to the schools of a district, measured when asked for and each dwelling once.

    Attributes
    ----------
    net : Network
        The streets.
    gates : GeoSeries
        Gates of the schools, by school_id.
    known : dict of tuple of float, length 2 to ndarray
        What was measured so far: metres to every gate, by place.
    """

    net: Network
    gates: gpd.GeoSeries
    known: dict[tuple[float, float], np.ndarray] = field(default_factory=dict)

    def of(self, children: pd.DataFrame) -> pd.DataFrame:
        """Measure the walk of children (x, y in metres) to every school.

        Parameters
        ----------
        children : DataFrame
            Columns x and y in metres.

        Returns
        -------
        DataFrame
            Metres to the decimetre, children down and school_id across; missing where no way is drawn.
        """
        spots = list(zip(children["x"], children["y"], strict=True))
        new = sorted({spot for spot in spots if spot not in self.known and not np.isnan(spot).any()})
        if new:
            homes = gpd.GeoSeries(shapely.points(np.array(new)), crs=self.gates.crs)
            self.known.update(zip(new, distances(homes, self.gates, self.net).round(1).to_numpy(), strict=True))
        nowhere = np.full(len(self.gates), np.nan)
        metres = np.array([self.known.get(spot, nowhere) for spot in spots])
        return pd.DataFrame(metres.reshape(-1, len(self.gates)), index=children.index, columns=self.gates.index)


def ways(district: District) -> Ways | None:
    """Return the ways of a district, or None where no streets are drawn.

    Parameters
    ----------
    district : District
        Its streets and schools.

    Returns
    -------
    Ways or None
        What measures the walks.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> homes = town.table("homes").set_index("child_id")
    >>> zs.walks.ways(town).of(homes.loc[["c1", "c6"]])
    school_id     s1     s2     s3
    child_id
    c1         100.0  200.0  300.0
    c6         300.0  200.0  100.0
    """
    if district.streets.empty:
        return None
    return Ways(network(district.streets), district.schools.set_index("school_id").geometry)


def to_schools(
    district: District, zones: gpd.GeoDataFrame, *, net: Network | None = None, links: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Measure the way from each unit to the schools of its zone.

    Parameters
    ----------
    district : District
        Units, schools and streets.
    zones : GeoDataFrame
        Zones in force of one stage; a unit belongs to those that hold a point inside it.
    net : Network, optional
        The ``network(district.streets)``, made once where several layers are measured.
    links : DataFrame, optional
        The zone_schools of the zones, where they are not those of the district.

    Returns
    -------
    DataFrame
        Columns unit_id, zone_id, school_id, walk_m (missing where no way leads) and straight_m; sorted. A school inside
        the unit is reached straight.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> zs.walks.to_schools(town, town.zones).round(1).head(3)
      unit_id zone_id school_id  walk_m  straight_m
    0      u1      z1        s1   100.0       100.0
    1      u2      z2        s2   100.0       100.0
    2      u3      z3        s3   100.0       100.0
    """
    net = net or network(district.streets)
    units = district.units.set_index("unit_id")
    homes = gpd.GeoSeries(shapely.point_on_surface(units.geometry.to_numpy()), index=units.index, crs=district.crs)
    zone, unit = shapely.STRtree(homes.to_numpy()).query(zones.geometry.to_numpy(), predicate="intersects")
    held = pd.DataFrame({"unit_id": homes.index[unit], "zone_id": zones["zone_id"].to_numpy()[zone]})
    doors_of = (district.zone_schools if links is None else links)[["zone_id", "school_id"]]
    pairs = held.merge(doors_of, on="zone_id", how="inner", validate="many_to_many")
    gates = district.schools.set_index("school_id").geometry
    gates = gates[gates.index.isin(pairs["school_id"])]
    walked = distances(homes, gates, net)
    rows, columns = homes.index.get_indexer(pairs["unit_id"]), gates.index.get_indexer(pairs["school_id"])
    straight = shapely.distance(homes.to_numpy()[rows], gates.to_numpy()[columns])
    within = shapely.intersects(units.geometry.to_numpy()[rows], gates.to_numpy()[columns])
    ways = pairs.assign(
        walk_m=np.where(within, straight, walked.to_numpy()[rows, columns]),
        straight_m=straight,
    )
    return ways.sort_values(["unit_id", "zone_id", "school_id"], ignore_index=True)


def beyond(ways: pd.DataFrame, children: pd.Series, *, limits_m: tuple[int, ...] = LIMITS_M) -> pd.DataFrame:
    """Count, by school, the children who walk farther than some limits; of several schools the nearest counts.

    Parameters
    ----------
    ways : DataFrame
        Ways, from `to_schools`.
    children : Series of int
        Children by unit_id.
    limits_m : tuple of int, default LIMITS_M
        Limits in metres.

    Returns
    -------
    DataFrame
        Columns school_id, children_n, mean_m (walked, weighed by children), beyond_<limit>_share (0 to 1) for each
        limit, no_way_n (children whom no way leads to the school; they count as beyond every limit).

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> children = town.table("homes")["unit_id"].value_counts()
    >>> zs.walks.beyond(zs.walks.to_schools(town, town.zones), children, limits_m=(100,)).round(1)
      school_id  children_n  mean_m  beyond_100_share  no_way_n
    0        s1           3    66.7               0.0         0
    1        s2           2    50.0               0.0         0
    2        s3           2   100.0               0.0         0
    """
    nearest = ways.sort_values(["unit_id", "walk_m", "school_id"]).drop_duplicates("unit_id")
    nearest = nearest.assign(children_n=nearest["unit_id"].map(children).fillna(0).astype(float))
    nearest = nearest[nearest["children_n"] > 0]
    nearest["walked"] = nearest["children_n"] * nearest["walk_m"]
    nearest["no_way_n"] = nearest["children_n"].where(nearest["walk_m"].isna(), 0.0)
    for limit in limits_m:
        nearest[f"beyond_{limit}_share"] = nearest["children_n"].where(~(nearest["walk_m"] <= limit), 0.0)
    shares = [f"beyond_{limit}_share" for limit in limits_m]
    sums = nearest.groupby("school_id")[["children_n", "walked", "no_way_n", *shares]].sum()
    sums[shares] = sums[shares].div(sums["children_n"], axis=0)
    sums["mean_m"] = sums["walked"] / (sums["children_n"] - sums["no_way_n"]).replace(0, np.nan)
    whole = {"children_n": "int64", "no_way_n": "int64"}
    return sums.reset_index()[["school_id", "children_n", "mean_m", *shares, "no_way_n"]].astype(whole)
