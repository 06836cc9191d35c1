"""A handful of lapses in the demo districts that are not audited in full, each written down as an audit must find it.

They stand on admission and leavers' lists made here, and on small tables of their own (deferrals, teachers,
transfers). Everything else an audit asks for these districts do not have, and an audit must say so. Which
lapses a district has is told by its recipe (``few_lapses``).
"""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery, zones
from zhaosheng_analysis.demo.people import rolls
from zhaosheng_analysis.demo.people.families import Place
from zhaosheng_analysis.demo.planted import legacies
from zhaosheng_analysis.demo.planted.defects import Plot
from zhaosheng_analysis.schema import SIX_THREE

COLUMNS = ["story", "provision", "where", "name", "row", "table", "what"]


def tables_of(
    place: Place, town: dict[str, Any], tables: dict[str, pd.DataFrame], truth: pd.DataFrame, children: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the tables with the lists and what is wrong in them, and the list of all that an audit must find."""
    schools, seed, year = town["schools"], place.seed, place.recipe["intake_year"]
    unzoned = set(truth.loc[truth["unzoned"], "child_id"])
    listed = rolls.admissions(children, tables["applications"], tables["plans"], schools, unzoned=unzoned, seed=seed)
    listed = placed(within_plans(listed, tables["plans"]), tables, town, place.recipe)
    listed["admitted_on"] = pd.Timestamp(place.recipe.get("admitted_on", f"{year}-07-25"))
    left = rolls.leavers(children, listed, intake_year=year, seed=seed)
    left["pupil_id"] = left["pupil_id"].str.replace("zh-", f"{place.recipe['prefix']}-", regex=False)
    made = {"facts": children, "links": town["zone_schools"]}
    plot = Plot(tables | made | {"admitted": listed, "leavers": left}, schools, seed, place.recipe)
    for name in place.recipe["few_lapses"]:
        LAPSES[name](plot)
    legacies.note(plot, town)
    planted = pd.DataFrame(plot.planted)
    planted["name"] = planted["where"].map(schools.set_index("school_id")["name"]).fillna("")
    return {name: table for name, table in plot.tables.items() if name not in made}, planted[COLUMNS]


def within_plans(listed: pd.DataFrame, plans: pd.DataFrame) -> pd.DataFrame:
    """Drop who does not fit into any plan of the district: the city's own schools take them (平城 juniors)."""
    keys = ["school_id", "stage"]
    seats = plans.set_index(keys)["seats_n"].reindex(pd.MultiIndex.from_frame(listed[keys])).to_numpy()
    last = listed["route"].eq("coordinated")
    order = listed.assign(last=last).sort_values(["last", "child_id"])
    place = order.groupby(keys).cumcount().reindex(listed.index)
    return listed[place < seats].reset_index(drop=True)


def placed(
    listed: pd.DataFrame, tables: dict[str, pd.DataFrame], town: dict[str, Any], recipe: dict[str, Any]
) -> pd.DataFrame:
    """Give whoever the map does not put into the zone of the school, or the text sends there, a placement number."""
    ties = pd.concat([tables[name][["child_id", "x", "y"]] for name in ("homes", "hukou", "permits")]).dropna()
    points = gpd.GeoSeries(gpd.points_from_xy(ties["x"], ties["y"]), crs=town["zones"].crs)
    hits = zones.all_of(points, town["zones"]).merge(town["zone_schools"], on="zone_id", validate="m:m")
    inside = pd.MultiIndex.from_arrays([ties["child_id"].to_numpy()[hits["point"]], hits["school_id"]])
    pairs = pd.MultiIndex.from_frame(listed[["child_id", "school_id"]])
    stays = pd.Series(pairs.isin(inside), index=listed.index) & listed["route"].eq("zone")
    if recipe.get("designates"):
        homes = tables["homes"]
        own = homes.loc[homes["owner"].isin(["parent", "child"]), "child_id"]
        renting = homes.loc[homes["evidence"].eq("rent") & ~homes["child_id"].isin(own), "child_id"]
        stays &= ~listed["child_id"].isin([*renting, *tables["permits"]["child_id"]])
        came = listed["child_id"].map(tables["children"].set_index("child_id")["prev_school_id"])
        fed = pd.MultiIndex.from_arrays([came, listed["school_id"]])
        stays &= listed["stage"].eq("primary") | fed.isin(pd.MultiIndex.from_frame(tables["feeders"]))
    private = town["schools"].loc[town["schools"]["sector"].eq("private"), "school_id"]
    moves = ~stays & listed["route"].isin(["zone", "coordinated"]) & ~listed["school_id"].isin(private)
    numbers = f"{recipe['name'][0]}统筹〔{recipe['intake_year']}〕" + moves.cumsum().astype(str).str.zfill(4)
    return listed.assign(
        route=listed["route"].mask(moves, "coordinated"), placement_no=numbers.where(moves, listed["placement_no"])
    )


def _admitted(plot: Plot, stage: str, route: str) -> pd.DataFrame:
    """Return the children admitted by one route to public schools, with a zone of their own."""
    table = plot.tables["admitted"]
    table = table[table["stage"].eq(stage) & table["route"].eq(route)]
    public = plot.schools.loc[plot.schools["sector"].eq("public"), "school_id"]
    return table[table["school_id"].isin(public)].rename(columns={"child_id": "pupil_id"})


def _roomy(plot: Plot, child_id: str, stage: str, *, among: list[str] | None = None) -> str:
    """Return an open public school, not the child's own, whose plan has room for ten more, by the child's ticket."""
    plans, listed = (plot.tables[name][plot.tables[name]["stage"].eq(stage)] for name in ("plans", "admitted"))
    plans, taken = plans.set_index("school_id")["seats_n"], listed.groupby("school_id").size()
    schools = plot.schools[plot.schools["sector"].eq("public") & plot.schools["status"].eq("open")]
    roomy = plans.index[plans.sub(taken.reindex(plans.index).fillna(0)).ge(10)]
    own = plot.tables["admitted"].set_index("child_id")["school_id"].get(child_id)
    offers = sorted((set(roomy) & set(schools["school_id"]) & set(among or roomy)) - {own})
    return offers[int(lottery.tickets([child_id], seed=plot.seed, stream="spots")[0] % len(offers))]


def leavers_lost(plot: Plot) -> None:
    """Plant two leavers whom nobody admitted."""
    for pupil_id in plot.pupils(2, plot.tables["leavers"].query("destination == 'admitted'")):
        school = plot.tables["leavers"].set_index("pupil_id").loc[pupil_id, "school_id"]
        plot.drop("admitted", [pupil_id], key="child_id")
        plot.change("leavers", [pupil_id], destination="", junior_id="")
        plot.note("毕业生未被录取", "PC-07、TB-30", school, pupil_id, "leavers", "没有被任何初中录取，去向不明")


def cross_zone(plot: Plot) -> None:
    """Plant two children admitted by zone to a school of another zone, without a number."""
    zoned = set(plot.tables["links"]["school_id"])
    for child_id in plot.pupils(2, _admitted(plot, "primary", "zone")):
        target = _roomy(plot, child_id, "primary", among=sorted(zoned))
        plot.change("admitted", [child_id], key="child_id", school_id=target)
        plot.note("跨学区招生", "TB-31、QZ-102i、LT-26", target, child_id, "admitted", "不在本校学区，没有统筹安置文号")


def over_plan(plot: Plot) -> None:
    """Plant two children too many at a public primary that is full, placed there by number."""
    plans = plot.tables["plans"].query("stage == 'primary'").set_index("school_id")["seats_n"]
    public = plot.schools.loc[plot.schools["sector"].eq("public"), "school_id"]
    taken = plot.tables["admitted"].query("stage == 'primary'").groupby("school_id").size()
    free = (plans - taken.reindex(plans.index).fillna(0)).reindex(public).dropna()
    school_id = str(free[free.ge(0)].sort_index(kind="stable").idxmin())
    more = int(free[school_id]) + 2
    for nth, child_id in enumerate(plot.pupils(more, _admitted(plot, "primary", "zone")), 1):
        number = f"统筹安置附{nth:02d}"
        plot.change(
            "admitted", [child_id], key="child_id", school_id=school_id, placement_no=number, route="coordinated"
        )
    plot.note("超计划招生", "PC-98、TB-31、QZ-32", school_id, school_id, "admitted", "录取比计划多2人")


def twice_admitted(plot: Plot) -> None:
    """Plant a child admitted by two schools."""
    (child_id,) = plot.pupils(1, _admitted(plot, "primary", "zone"))
    table = plot.tables["admitted"]
    row = table[table["child_id"].eq(child_id)]
    other = _roomy(plot, child_id, "primary")
    again = row.assign(school_id=other, route="coordinated", placement_no="统筹重复01")
    plot.tables["admitted"] = pd.concat([table, again], ignore_index=True).sort_values("child_id", ignore_index=True)
    plot.note("重复录取", "PC-74、LT-33", other, child_id, "admitted", "两所学校都录取了")


def too_young(plot: Plot) -> None:
    """Plant a child too young for school on the admission list."""
    young = plot.tables["facts"].query("under_age").rename(columns={"child_id": "pupil_id"})
    asked = plot.tables["applications"].query("sector == 'public' and choice_n == 1").set_index("child_id")["school_id"]
    (child_id,) = plot.pupils(1, young[young["pupil_id"].isin(asked.index)])
    row = plot.tables["admitted"].query("stage == 'primary' and route == 'zone'").head(1)
    more = row.assign(child_id=child_id, school_id=asked[child_id], route="coordinated", placement_no="统筹不足龄01")
    plot.tables["admitted"] = pd.concat([plot.tables["admitted"], more], ignore_index=True)
    plot.note("不足龄入学", "LT-26", asked[child_id], child_id, "admitted", "出生晚于入学年龄界限")


def labelled(plot: Plot) -> None:
    """Call a class a key class."""
    table = plot.tables["classes"].copy()
    year = table["school_year"].max()
    rows = table[table["school_year"].eq(year) & table["grade"].isin([5, 8]) & table["class_no"].eq(1)]
    row = rows.iloc[int(lottery.tickets(["label"], seed=plot.seed, stream="spots")[0] % len(rows))]
    table.loc[row.name, "label"] = "重点班"
    plot.tables["classes"] = table
    spot = f"{row['school_id']}-{row['grade']}-{row['class_no']}"
    plot.note("违规设班", "TB-33、QZ-86、LT-89", row["school_id"], spot, "classes", "称为重点班")


def calendar_slips(plot: Plot) -> None:
    """Let one event of the calendar slip behind the day the text sets, or before what it must follow."""
    slip = plot.recipe["slip"]
    table = plot.tables["calendar"].copy()
    rows = table["event"].eq(slip["event"])
    if rows.any():
        table.loc[rows, "closes_at"] += pd.Timedelta(days=slip["days"])
    else:
        day = pd.Timestamp(slip["on"])
        more = {"event": slip["event"], "opens_at": day, "closes_at": day + pd.Timedelta(hours=10)}
        table = pd.concat([table, pd.DataFrame([more])], ignore_index=True)
    plot.tables["calendar"] = table
    plot.note("日程不合原文", slip["provision"], "", slip["event"], "calendar", slip["what"])


def deferred(plot: Plot) -> None:
    """Plant a deferral without an approval, or with a proof from a clinic; note every child nobody registered."""
    children = plot.tables["facts"].query("stage == 'primary' and not under_age")
    listed = set(plot.tables["applications"]["child_id"]) | set(plot.tables["admitted"]["child_id"])
    silent = children[~children["child_id"].isin(listed)].rename(columns={"child_id": "pupil_id"})
    asked = plot.pupils(3, silent)
    day = pd.Timestamp(plot.recipe["intake_year"], 6, 20)
    table = pd.DataFrame({"child_id": asked, "requested_on": day, "proof_level": "county"})
    table["approved_on"] = day + pd.Timedelta(days=8)
    table["approval_no"] = [f"缓学{n:02d}" for n in range(1, 4)]
    if plot.recipe.get("deferral_proof"):
        table.loc[2, "proof_level"] = "township"
        plot.note("缓学证明不合规定", "LT-69", "", asked[2], "deferrals", "乡镇卫生院出具的证明")
    else:
        table.loc[2, ["approval_no", "approved_on"]] = ["", pd.NaT]
        plot.note("缓学未经批准", "TB-29", "", asked[2], "deferrals", "没有批准文号")
    plot.tables["deferrals"] = table
    approved = set(table.loc[table["approval_no"].ne(""), "child_id"])
    for child_id in sorted(set(silent["pupil_id"]) - approved):
        plot.note("适龄未报名", "TB-28、LT-67", "", child_id, "children", "没有报名，没有批准缓学")


def teachers(plot: Plot) -> None:
    """File the teachers of last year's new classes; plant leading ones heaped in one class, and an unapproved swap."""
    classes = plot.tables["classes"]
    year = int(classes["school_year"].max())
    rows = [
        (row.school_id, year, row.grade, row.class_no, f"{row.school_id}-{row.grade}{row.class_no:02d}-{nth}", nth == 1)
        for row in classes[classes["school_year"].eq(year) & SIX_THREE.is_entry(classes["grade"])].itertuples()
        for nth in (1, 2, 3)
    ]
    table = pd.DataFrame(rows, columns=["school_id", "school_year", "grade", "class_no", "teacher_id", "leading"])
    table = table.assign(replaces_id="", replaced_on=pd.Series(pd.NaT, index=table.index), approval_no="")
    heaped, swapped = _two_schools(plot, table)
    own = table["school_id"].eq(heaped) & table["grade"].eq(1)
    table.loc[own & table["class_no"].eq(1), "leading"] = True
    plot.note(
        "骨干教师集中", "TB-36", heaped, f"{heaped}-1", "class_teachers", "一年级1班三名教师都是骨干，其余班各一名"
    )
    row = table.index[table["school_id"].eq(swapped) & table["grade"].eq(1)][1]
    table.loc[row, "replaces_id"] = f"{swapped}-原任"
    table.loc[row, "replaced_on"] = pd.Timestamp(year + 1, 3, 5)
    plot.note("擅自调换教师", "TB-38", swapped, table.loc[row, "teacher_id"], "class_teachers", "没有批准文号")
    plot.tables["class_teachers"] = table


def _two_schools(plot: Plot, table: pd.DataFrame) -> list[str]:
    """Take two schools with at least two first classes, by ticket."""
    counts = table[table["grade"].eq(1)].groupby("school_id")["class_no"].max()
    ids = sorted(counts.index[counts.ge(2)])
    return [ids[at] for at in np.argsort(lottery.tickets(ids, seed=plot.seed, stream="teachers"))[:2]]


def siblings(plot: Plot) -> None:
    """Write a few transfers; plant a sibling who makes a class larger than the cap, and one into a private school."""
    classes = plot.tables["classes"]
    classes = classes[classes["school_year"].eq(classes["school_year"].max()) & classes["grade"].between(2, 5)]
    public = plot.schools.loc[plot.schools["sector"].eq("public"), "school_id"]
    private = plot.schools.loc[plot.schools["sector"].eq("private") & plot.schools["stage"].ne("junior"), "school_id"]
    fits = classes[classes["school_id"].isin(public) & classes["pupils_n"].le(40)].sort_values(["school_id", "grade"])
    fits = fits.drop_duplicates("school_id").head(7)
    day = pd.Timestamp(plot.recipe["intake_year"], 6, 10)
    table = pd.DataFrame(
        {
            "pupil_id": [f"{plot.recipe['prefix']}-moved-{n}" for n in range(len(fits))],
            "grade": fits["grade"].to_numpy(),
            "from_school_id": "",
            "to_school_id": fits["school_id"].to_numpy(),
            "moved_on": day,
            "reason": "moved_home",
            "size_after_n": fits["pupils_n"].to_numpy() + 1,
            "approval_no": [f"转字{n:03d}" for n in range(len(fits))],
        }
    )
    table.loc[5, ["reason", "size_after_n"]] = ["sibling", 53]
    where = table.loc[5, "to_school_id"]
    plot.note("长幼随学超上限", "QZ-25", where, table.loc[5, "pupil_id"], "transfers", "转入后班额53人，上限50人")
    table.loc[6, ["reason", "to_school_id"]] = ["sibling", sorted(private)[0]]
    plot.note(
        "长幼随学转入民办", "QZ-27", sorted(private)[0], table.loc[6, "pupil_id"], "transfers", "没有公开报名和派位"
    )
    plot.tables["transfers"] = table


def migrants_misplaced(plot: Plot) -> None:
    """Plant a migrant at an experimental primary that may take none; note those the overflow brought there as well."""
    named = plot.recipe["migrant_school_ids"]["primary"]
    local = plot.tables["hukou"].query("person == 'child'").set_index("child_id")["district_code"]
    homes = plot.tables["homes"].query("owner in ('parent', 'child')")["child_id"]
    names = plot.schools.set_index("school_id")["name"]
    barred = sorted(names.index[names.str.contains("实验小学") & names.index.to_series().ne(named)])
    own = pd.concat([_admitted(plot, "primary", route) for route in ("coordinated", "zone", "special")])
    moved = own[own["pupil_id"].isin(plot.tables["permits"]["child_id"]) & ~own["pupil_id"].isin(homes)]
    moved = moved[moved["pupil_id"].map(local).ne(plot.recipe["code"])]
    (child_id,) = plot.pupils(1, moved[moved["school_id"].eq(named)])
    target = _roomy(plot, child_id, "primary", among=barred)
    plot.change("admitted", [child_id], key="child_id", school_id=target)
    there = [(child_id, target), *moved.loc[moved["school_id"].isin(barred), ["pupil_id", "school_id"]].to_numpy()]
    for child, school_id in there:
        plot.note("随迁子女入错学校", "LT-20", school_id, child, "admitted", "小学随迁子女应由第二实验小学接收")


LAPSES: dict[str, Callable[[Plot], None]] = {
    "leavers_lost": leavers_lost,
    "cross_zone": cross_zone,
    "over_plan": over_plan,
    "twice_admitted": twice_admitted,
    "too_young": too_young,
    "labelled": labelled,
    "calendar_slips": calendar_slips,
    "deferred": deferred,
    "teachers": teachers,
    "siblings": siblings,
    "migrants_misplaced": migrants_misplaced,
}
