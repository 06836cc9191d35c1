"""What an audit finds in a demo district because of its very story: nobody planted it as a lapse.

Large classes of past years, registrations a little too late, schools short of seats, gaps the notice leaves, days at
the weekend. Counted here from the tables and the recipe alone, without the rules of the audit.
"""

from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.demo.people import population
from zhaosheng_analysis.demo.people.plans import CLASS_SIZE
from zhaosheng_analysis.demo.planted.defects import Plot, note_weekends
from zhaosheng_analysis.schema import SIX_THREE

OVERSIZED = 56
PRIVATE_MOST = 0.15
DAY = pd.Timedelta(days=1, seconds=-1)
LARGE_SCHOOL, LARGE_NINE_YEAR = 2000, 2500


def note(plot: Plot, town: dict[str, Any]) -> None:
    """Write all of it down."""
    _sizes(plot)
    _registrations(plot)
    _seats(plot)
    _private(plot)
    _calendar(plot)
    _land(plot, town)


def _sizes(plot: Plot) -> None:
    """Note classes above the standard size, and schools above theirs."""
    classes = plot.tables["classes"]
    classes = classes[classes["school_year"] == classes["school_year"].max()]
    standard = SIX_THREE.stage_of(classes["grade"]).map(CLASS_SIZE)
    for row in classes[classes["pupils_n"] > standard].itertuples():
        story = "历史大班额" if row.pupils_n >= OVERSIZED else "超标准班额"
        spot = f"{row.school_id}-{row.grade}-{row.class_no}"
        plot.note(story, "TB-02、QZ-84、LT-84", row.school_id, spot, "classes", f"一个班{row.pupils_n}人")
    counts = plot.tables["roll_counts"]
    pupils = counts[counts["school_year"] == counts["school_year"].max()].groupby("school_id")["pupils_n"].sum()
    nine = set(plot.schools.loc[plot.schools["stage"].eq("both"), "school_id"])
    for school_id, number in pupils.items():
        if number > (LARGE_NINE_YEAR if school_id in nine else LARGE_SCHOOL):
            plot.note("大校额", "TB-04", school_id, school_id, "roll_counts", f"在校生{number}人")


def _registrations(plot: Plot) -> None:
    """Note registrations outside every window of their stage, sector and channel; a channel without one has them all.

    Of sectors and districts whose text sets no days (`undated`) nothing is late.
    """
    stage = plot.tables["children"].set_index("child_id")["stage"]
    rows = plot.tables["applications"].assign(stage=lambda table: table["child_id"].map(stage))
    rows = rows[~rows["sector"].isin(plot.recipe.get("undated", []))]
    inside = pd.Series(False, index=rows.index)
    free = ~rows["channel"].isin([window["channel"] for window in plot.recipe["windows"]])
    for window in plot.recipe["windows"]:
        fits = rows["channel"].eq(window["channel"]) | free
        for name in ("stage", "sector"):
            fits &= rows[name].eq(window[name]) | (window[name] == "any")
        opens, closes = pd.Timestamp(window["opens"]), pd.Timestamp(window["closes"])
        # A text that names days only means whole days (A-G12).
        days = rows["submitted_at"].between(opens.normalize(), closes.normalize() + DAY)
        to_the_hour = plot.recipe.get("to_the_hour", False) & rows["sector"].eq("public")
        inside |= fits & days & (~to_the_hour | rows["submitted_at"].between(opens, closes))
    for row in rows[~inside].itertuples():
        plot.note(
            "不在报名时间", "PC-17、TB-15、LT-29", row.school_id, row.child_id, "applications", f"{row.submitted_at}"
        )


def _seats(plot: Plot) -> None:
    """Note public schools for which more registered than they have seats."""
    stage = plot.tables["children"].set_index("child_id")["stage"]
    asked = plot.tables["applications"].query("sector == 'public' and choice_n == 1")
    counts = asked.groupby(["school_id", asked["child_id"].map(stage).rename("stage")]).size()
    plans = plot.tables["plans"].set_index(["school_id", "stage"])
    for (school_id, stage_), number in counts.items():
        seats = int(plans.loc[(school_id, stage_), "seats_n"])
        if number > seats:
            plot.note("报名多于学位", "TB-45、QZ-99", school_id, stage_, "plans", f"报名{number}人，学位{seats}个")
        if np.ceil(number / plans.loc[(school_id, stage_), "classes_n"]) >= OVERSIZED:
            plot.note("可能新增大班额", "LT-84", school_id, stage_, "plans", f"报名{number}人")


def _private(plot: Plot) -> None:
    """Note a share of pupils at private schools above the line, or above last year's."""
    sector = plot.schools.set_index("school_id")["sector"]
    counts = plot.tables["roll_counts"]
    private = counts["pupils_n"].where(counts["school_id"].map(sector).eq("private"), 0)
    share = private.groupby(counts["school_year"]).sum() / counts.groupby("school_year")["pupils_n"].sum()
    if share.iloc[-1] > share.iloc[-2] or share.iloc[-1] > PRIVATE_MOST:
        year = str(share.index[-1])
        plot.note("民办占比", "LT-70、LT-86", "", year, "roll_counts", f"民办占{share.iloc[-1]:.1%}")


def _calendar(plot: Plot) -> None:
    """Note days at the weekend, and stages whose private registration has other days than the public one."""
    note_weekends(plot, "{:%Y-%m-%d}")
    windows = pd.DataFrame(plot.recipe["windows"])
    for stage in CLASS_SIZE:
        own = windows[windows["stage"].isin([stage, "any"])]
        spans = {
            sector: set(
                own.loc[own["sector"].isin([sector, "any"]), ["opens", "closes"]].itertuples(index=False, name=None)
            )
            for sector in ("public", "private")
        }
        if spans["public"] != spans["private"]:
            plot.note("公民办不同步", "LT-04", "", stage, "calendar", "民办报名在公办之后")


def _land(plot: Plot, town: dict[str, Any]) -> None:
    """Note units in no zone, places the notice names twice, and zones of several pieces."""
    names = town["units"].set_index("unit_id")["name"]
    for stage in CLASS_SIZE:
        if not town["zones"]["stage"].eq(stage).any():
            continue
        serving = population.served(town["units"], town["zones"], town["zone_schools"], town["schools"], stage=stage)
        for unit_id in serving.loc[~serving["zoned"].astype(bool), "unit_id"].unique():
            plot.note("小区无学区", "LT-01、LT-100", "", unit_id, "units", f"{names[unit_id]}不在任何学区内")
    for name in plot.recipe.get("named_twice", []):
        plot.note("重复列名", "LT-95", "", name, "zones", f"两个学区的文字都列了{name}")
    for row in town["zones"][town["zones"]["name"].isin(plot.recipe.get("in_pieces", []))].itertuples():
        plot.note("学区分片", "LT-01", "", row.zone_id, "zones", f"{row.name}不止一片，文字没有写明")
