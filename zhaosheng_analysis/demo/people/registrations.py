"""Registrations of the demo districts: which schools a family applies to, through which channel and when.

In go the children with their dwellings, the zones and the windows of the recipe; out comes the table `applications`.
"""

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.demo.people import population
from zhaosheng_analysis.demo.people.families import Place

COLUMNS = ["child_id", "school_id", "sector", "choice_n", "channel", "submitted_at"]
OFFICE_OPENS_H, OFFICE_HOURS = 8.5, 9.0


def zone_schools_of(
    points: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, zone_schools: pd.DataFrame, *, stage: str, seed: str
) -> pd.Series:
    """Return the school each child registers at by its dwelling, by child_id; children in no zone are left out.

    Parameters
    ----------
    points : GeoDataFrame
        `child_id`, family_id and the point that counts; twins choose alike because the choice is the family's.
    zones : GeoDataFrame
        The zones.
    zone_schools : DataFrame
        Which schools a zone leads to.
    stage : {"primary", "junior"}
        Stage of school.
    seed : str
        Decides what chance decides.

    Returns
    -------
    Series of str
        A school_id by child_id.
    """
    local = zones.loc[(zones["stage"] == stage) & (zones["rule"] != "district"), ["zone_id", "geometry"]]
    inside = points.sjoin(local, predicate="within").drop(columns=["index_right", "geometry"])
    options = inside.merge(zone_schools, on="zone_id", how="inner", validate="many_to_many")
    options = options.sort_values(["child_id", "order_n", "school_id"]).drop_duplicates(["child_id", "school_id"])
    weight = 0.5 ** (options["order_n"] - 1)
    reach = weight.groupby(options["child_id"]).cumsum() / weight.groupby(options["child_id"]).transform("sum")
    wish = population.uniforms(options["family_id"], seed=seed, stream=f"choice-{stage}")
    chosen = options[reach > wish].drop_duplicates("child_id")
    return chosen.set_index("child_id")["school_id"]


def public_schools(
    place: Place,
    children: pd.DataFrame,
    dwellings: pd.DataFrame,
    zones: gpd.GeoDataFrame,
    zone_schools: pd.DataFrame,
    schools: gpd.GeoDataFrame,
) -> pd.DataFrame:
    """Return the public school of every child that lives in the district: child_id, school_id, zoned.

    In turn: the school named for migrants, the zone of the dwelling that counts, the schools that recruit in the
    whole district, the nearest school. One family in a hundred tries a school of another zone.
    """
    role = np.select(
        [children["extra"].str.contains("apply_second"), children["extra"].str.contains("apply_else")],
        ["second", "else"],
        "here",
    )
    lives = children.assign(role=role).drop(columns="unit_id")
    lives = lives.merge(dwellings, on=["family_id", "role"], how="inner", validate="many_to_one")
    points = gpd.GeoDataFrame(
        lives[["child_id", "family_id", "stage"]], geometry=gpd.points_from_xy(lives["x"], lives["y"]), crs=zones.crs
    )
    chosen = []
    for stage, rows in points.groupby("stage", sort=True):
        zone = zone_schools_of(rows, zones, zone_schools, stage=stage, seed=place.seed)
        school = rows["child_id"].map(zone).astype("str")
        wide = _district_wide(zones, zone_schools, stage=stage)
        lost = school.isna()
        school[lost] = _lottery_choice(place, rows.loc[lost], wide) if wide else _nearest(rows[lost], schools, stage)
        part = rows[["child_id", "family_id"]].assign(school_id=school, zoned=~lost, stage=stage)
        chosen.append(_strays(place, part, schools))
    table = pd.concat(chosen, ignore_index=True)
    named = lives.set_index("child_id")["extra"].str.contains("named_school")
    taken = table["stage"].map(place.recipe.get("migrant_school_ids", {}))
    table["school_id"] = taken.where(table["child_id"].map(named) & taken.notna(), table["school_id"])
    return table[["child_id", "school_id", "zoned"]]


def promoted(place: Place, children: pd.DataFrame, public: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """Send the leavers of public nine-year schools who want to stay to their own junior (直升)."""
    own = schools.loc[schools["stage"].eq("both") & schools["sector"].eq("public"), "school_id"]
    wish = population.uniforms(children["family_id"], seed=place.seed, stream="promotion")
    stays = children["prev_school_id"].isin(own) & (wish < place.recipe.get("promotion_share", 0.0))
    wanted = public["child_id"].map(children[stays].set_index("child_id")["prev_school_id"]).astype("str")
    return public.assign(school_id=wanted.where(wanted.notna(), public["school_id"]))


def _district_wide(zones: pd.DataFrame, zone_schools: pd.DataFrame, *, stage: str) -> list[str]:
    """Return the schools of zones that cover the whole district."""
    wide = zones.loc[(zones["stage"] == stage) & (zones["rule"] == "district"), "zone_id"]
    return sorted(zone_schools.loc[zone_schools["zone_id"].isin(wide), "school_id"].unique())


def _lottery_choice(place: Place, rows: pd.DataFrame, ids: list[str]) -> np.ndarray:
    """Return one of the schools for every family, evenly."""
    wish = population.uniforms(rows["family_id"], seed=place.seed, stream="wide")
    return np.array(ids)[(wish * len(ids)).astype(int)]


def _nearest(rows: gpd.GeoDataFrame, schools: gpd.GeoDataFrame, stage: str) -> pd.Series:
    """Return the nearest open public school of the stage, on the index of `rows`."""
    gates = schools[
        schools["stage"].isin([stage, "both"]) & schools["sector"].eq("public") & schools["status"].eq("open")
    ]
    near = rows.sjoin_nearest(gates[["school_id", "geometry"]].sort_values("school_id"))
    return near[~near.index.duplicated()]["school_id"]


def _strays(place: Place, table: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """Let a few families register at a public school of another zone."""
    stage = table["stage"].iloc[0]
    open_public = schools["sector"].eq("public") & schools["status"].eq("open") & schools["urban"]
    ids = np.array(sorted(schools.loc[open_public & schools["stage"].isin([stage, "both"]), "school_id"]))
    stray = population.uniforms(table["family_id"], seed=place.seed, stream="stray")
    strays = stray < place.recipe["shares"]["out_of_zone"]
    wish = population.uniforms(table["family_id"], seed=place.seed, stream="stray-wish")
    other = ids[(wish * len(ids)).astype(int)]
    return table.assign(school_id=table["school_id"].where(~strays, other))


def private_choices(place: Place, children: pd.DataFrame, public: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """Return the private choices: child_id, school_id, choice_n, as many first choices as each school's appeal says.

    Own leavers of a nine-year private school, its staff and ``away`` families, who choose nothing else, come first;
    then chance decides among the families who register in its county, and for a school the city approved a few
    (``cross_share``) of its neighbour. Up to `choices_n` schools a family.
    """
    parts = []
    county = schools.set_index("school_id")["county"]
    entrance = children["child_id"].map(public.set_index("child_id")["school_id"]).map(county)
    free = children.assign(code=entrance.fillna(children["code"])).drop_duplicates("family_id")
    stray = population.uniforms(free["family_id"], seed=place.seed, stream="cross") < place.recipe.get("cross_share", 0)
    for row in place.recipe["private"]:
        pool = free[free["stage"].eq(row["stage"]) & ~free["family_id"].isin(_taken(parts))]
        here = pool["code"].eq(county[row["school_id"]])
        if row["approver"] == "city":
            here |= pool["code"].isin(place.recipe.get("cross_codes", [])) & stray[free.index.get_indexer(pool.index)]
        pool = pool[here]
        wanted_n = min(round(row["seats"] * row["appeal"]), len(pool))
        order = lottery.tickets(pool["family_id"], seed=place.seed, stream=f"private-{row['school_id']}-{row['stage']}")
        own = pool["prev_school_id"].eq(row["school_id"]).to_numpy()
        eager = pool["extra"].str.contains("away|staff").to_numpy()
        first = pool.iloc[np.lexsort([order, ~(own | eager)])[:wanted_n]]
        parts.append(first[["family_id", "stage", "code"]].assign(school_id=row["school_id"], choice_n=1))
    if not parts:
        return pd.DataFrame({"child_id": [], "school_id": [], "choice_n": []})
    table = _more_choices(place, pd.concat(parts, ignore_index=True), county)
    return children[["child_id", "family_id"]].merge(
        table[["family_id", "school_id", "choice_n"]], on="family_id", validate="many_to_many"
    )[["child_id", "school_id", "choice_n"]]


def _taken(parts: list[pd.DataFrame]) -> pd.Series:
    """Return the families that already have a first choice."""
    return pd.concat(parts)["family_id"] if parts else pd.Series([], dtype=str)


def _more_choices(place: Place, first: pd.DataFrame, county: pd.Series) -> pd.DataFrame:
    """Add second and third choices among the other private schools of the stage, where the policy lets families."""
    most = place.recipe.get("choices_n", 1)
    parts = [first]
    for choice_n in range(2, most + 1):
        wants = population.uniforms(first["family_id"], seed=place.seed, stream=f"choice-{choice_n}") < 0.6 / choice_n
        rows = first[wants].drop(columns="school_id").assign(choice_n=choice_n)
        offers = pd.DataFrame(place.recipe["private"])[["stage", "school_id"]]
        offers = offers.assign(code=offers["school_id"].map(county))
        rows = rows.merge(offers, on=["stage", "code"], validate="many_to_many")
        rows["ticket"] = lottery.tickets(
            rows["family_id"] + "|" + rows["school_id"], seed=place.seed, stream=f"wish-{choice_n}"
        )
        chosen = pd.concat(parts)
        rows = rows.merge(chosen[["family_id", "school_id"]], how="left", indicator=True, validate="many_to_many")
        rows = rows[rows["_merge"].eq("left_only")].sort_values("ticket").drop_duplicates("family_id")
        parts.append(rows.drop(columns=["_merge", "ticket"]))
    return pd.concat(parts, ignore_index=True)


def stamped(place: Place, table: pd.DataFrame) -> pd.DataFrame:
    """Give every registration a channel and a time: mostly in its window, a few too early or too late.

    `table` has family_id, stage, sector and, where it is fixed, channel.
    """
    windows = pd.DataFrame(place.recipe["windows"])
    parts = []
    for (stage, sector), rows in table.groupby(["stage", "sector"], sort=True):
        offers = windows[windows["stage"].isin([stage, "any"]) & windows["sector"].isin([sector, "any"])]
        rows = rows.sort_values(["family_id", "school_id"])
        wish = population.uniforms(rows["family_id"], seed=place.seed, stream=f"window-{stage}-{sector}")
        reach = (offers["weight"] / offers["weight"].sum()).cumsum().to_numpy()
        which = np.searchsorted(reach, wish, side="right").clip(max=len(offers) - 1)
        picked = offers.iloc[which].reset_index(drop=True)
        channel = rows["channel"].where(rows["channel"].ne(""), picked["channel"].to_numpy())
        rows = rows.assign(channel=channel, submitted_at=_moments(place, rows, picked, f"{stage}-{sector}").to_numpy())
        parts.append(rows)
    return pd.concat(parts, ignore_index=True)


def _moments(place: Place, rows: pd.DataFrame, windows: pd.DataFrame, stream: str) -> pd.Series:
    """Return the second of each registration; online ones crowd the opening, on-site ones keep office hours."""
    u, v, w = (population.uniforms(rows["family_id"], seed=place.seed, stream=f"{name}-{stream}") for name in "uvw")
    opens, closes = pd.to_datetime(windows["opens"]), pd.to_datetime(windows["closes"])
    length_s = (closes - opens).dt.total_seconds().to_numpy()
    online = opens + pd.to_timedelta((u**2.2 * length_s).astype("int64"), unit="s")
    days = ((closes.dt.normalize() - opens.dt.normalize()).dt.days + 1).to_numpy()
    hour_s = ((OFFICE_OPENS_H + v * OFFICE_HOURS) * 3600).astype("int64")
    onsite = (
        opens.dt.normalize() + pd.to_timedelta((u * days).astype(int), unit="D") + pd.to_timedelta(hour_s, unit="s")
    )
    moment = online.where(windows["channel"].eq("online"), onsite)
    shares = place.recipe["shares"]
    late = w < shares["late_registration"]
    early = ~late & (w < shares["late_registration"] + shares["early_registration"])
    moment = moment.mask(late, closes + pd.to_timedelta(1 + (v * 2 * 86400).astype("int64"), unit="s"))
    return moment.mask(early, opens - pd.to_timedelta(1 + (v * 86400).astype("int64"), unit="s"))
