"""Indicators of balance between schools: the student-weighted 差异系数, seven resources, migrants' public share."""

import numpy as np
import pandas as pd

from zhaosheng_analysis.audit.findings import Seen, View, seen, unknown
from zhaosheng_analysis.schema import STAGES

# 教督〔2017〕6号: indicator -> (column of the table resources, per how many pupils, primary, junior).
RESOURCES = {
    "每百名学生拥有高于规定学历教师数": ("qualified_teachers_n", 100, 4.2, 5.3),
    "每百名学生拥有县级以上骨干教师数": ("leading_teachers_n", 100, 1.0, 1.0),
    "每百名学生拥有体育、艺术专任教师数": ("arts_teachers_n", 100, 0.9, 0.9),
    "生均教学及辅助用房面积": ("rooms_m2", 1, 4.5, 5.8),
    "生均体育运动场馆面积": ("sports_m2", 1, 7.5, 10.2),
    "生均教学仪器设备值": ("equipment_yuan", 1, 2000.0, 2500.0),
    "每百名学生拥有网络多媒体教室数": ("multimedia_rooms_n", 100, 2.3, 2.4),
}
CV_MOST = {"primary": 0.50, "junior": 0.45}
MET_LEAST = 6
SMALLEST = 50  # teaching points below 50 pupils are left out of the comparison


def variation(values: np.ndarray, pupils: np.ndarray) -> tuple[float, float, float]:
    """Compute the student-weighted coefficient of variation of a resource.

    Parameters
    ----------
    values : ndarray
        What each school has in all.
    pupils : ndarray
        Its pupils.

    Returns
    -------
    tuple of float, length 3
        Mean a pupil of the county, standard deviation, and their ratio (0: every pupil has the same; lower is better).
        Each school counts by its pupils: X̄ = Σx/Σp, S = √Σ(p/P)(x/p − X̄)² (教督〔2012〕3号).
    """
    values, pupils = np.asarray(values, dtype=float), np.asarray(pupils, dtype=float)
    mean = values.sum() / pupils.sum()
    deviation = float(np.sqrt((pupils / pupils.sum() * (values / pupils - mean) ** 2).sum()))
    return float(mean), deviation, deviation / float(mean)


def pupils_of(view: View) -> pd.DataFrame:
    """Count the pupils of each school and stage in the last school year, from the class lists where those are newer."""
    counts = view.table("roll_counts")
    if view.has("classes") and _last(view.table("classes"), view) > _last(counts, view):
        counts = view.table("classes")
    counts = counts[counts["school_year"] == _last(counts, view)]
    counts = counts.assign(stage=view.district.school_system.stage_of(counts["grade"]))
    return counts.groupby(["school_id", "stage"], as_index=False)["pupils_n"].sum()


def _last(table: pd.DataFrame, view: View) -> int:
    return int(table.loc[table["school_year"] <= view.year, "school_year"].max())


def resources(view: View) -> pd.DataFrame:
    """Return one row a school, stage and indicator: value a pupil, standard, met."""
    table = view.table("resources").merge(pupils_of(view), on=["school_id", "stage"], how="inner", validate="1:1")
    table = table[table["pupils_n"] >= SMALLEST]
    parts = [
        table[["school_id", "stage", "pupils_n"]].assign(
            indicator=name,
            amount=table[column].astype(float),
            per=per,
            standard=np.where(table["stage"].eq("primary"), primary, junior),
        )
        for name, (column, per, primary, junior) in RESOURCES.items()
    ]
    every = pd.concat(parts, ignore_index=True)
    every["value"] = every["amount"] * every["per"] / every["pupils_n"]
    return every.assign(met=every["value"] >= every["standard"])


def coefficients(view: View) -> pd.DataFrame:
    """Return the 差异系数 of every indicator and stage: mean, sd, cv, schools_n."""
    every = resources(view).dropna(subset="amount")
    rows = []
    for (stage, name), part in every.groupby(["stage", "indicator"], sort=False):
        mean, deviation, ratio = variation(part["amount"].to_numpy() * part["per"].iloc[0], part["pupils_n"].to_numpy())
        rows.append((stage, name, mean, deviation, ratio, len(part)))
    return pd.DataFrame(rows, columns=["stage", "indicator", "mean", "sd", "cv", "schools_n"])


def too_unequal(view: View) -> Seen:
    """Find indicators whose 差异系数 is above the line of its stage."""
    table = coefficients(view)
    if table.empty:
        return unknown("办学资源与在校生数对不上")
    table = table.assign(school_id="", most=table["stage"].map(CV_MOST), stage_said=table["stage"].map(STAGES))
    table["cv_said"] = table["cv"].map("{:.3f}".format)
    return seen(table, table["cv"] > table["most"], "resources")


def too_poor(view: View) -> Seen:
    """Find schools that meet fewer than six of the seven standards, or miss one by more than the share allowed."""
    table = resources(view)
    unsaid = table["amount"].isna().groupby(table["school_id"]).any()
    table["far"] = table["value"] < view.chosen["resource.floor"] * table["standard"]
    counts = table.groupby(["school_id", "stage"], as_index=False).agg(
        met_n=("met", "sum"),
        far=("far", "any"),
        lacking=("indicator", lambda names: "、".join(names[~table.loc[names.index, "met"]])),
    )
    counts["stage_said"] = counts["stage"].map(STAGES)
    gaps = dict.fromkeys(unsaid.index[unsaid], "部分指标没有填写")
    countable = ~counts["school_id"].isin(list(gaps))
    return seen(counts, ((counts["met_n"] < MET_LEAST) | counts["far"]) & countable, "resources", gaps=gaps)


def migrant_shares(view: View) -> pd.DataFrame:
    """Tabulate the share of migrants in public (and bought) seats by school year.

    Parameters
    ----------
    view : View
        What the check may look at.

    Returns
    -------
    DataFrame
        Columns school_year, public_n, pupils_n and share, in [0, 1].

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> counts = {"school_year": 2025, "sector": ["public", "private"], "pupils_n": [8, 2]}
    >>> town.tables["migrant_counts"] = pd.DataFrame(counts)
    >>> zs.audit.migrant_shares(zs.audit.View(town, rules, pd.Timestamp("2025-09-01"), 2025, {}))
       school_year  public_n  pupils_n  share
    0         2025         8        10    0.8
    """
    counts = view.table("migrant_counts")
    public = counts["pupils_n"].where(counts["sector"].isin(["public", "purchased"]), 0)
    table = counts.assign(public_n=public).groupby("school_year", as_index=False)[["public_n", "pupils_n"]].sum()
    return table.assign(share=table["public_n"] / table["pupils_n"].clip(lower=1))


def migrants_public(view: View) -> Seen:
    """Find a share of migrants in public schools that fell; an equal share is no rise either, but for rounding."""
    table = migrant_shares(view)
    table = table[table["school_year"] <= view.year].sort_values("school_year")
    if len(table) < 2:
        return unknown("随迁子女人数不足两个学年")
    last, now = table.iloc[-2], table.iloc[-1]
    # A fall within the tolerance counts as kept; without a tolerance an equal share has not risen.
    fell = now["share"] - last["share"] < -view.chosen["share_tolerance"]
    flat = now["share"] <= last["share"] and view.chosen["share_tolerance"] == 0
    row = {
        "school_id": "",
        "now": f"{now['share']:.2%}",
        "last": f"{last['share']:.2%}",
        "year": int(now["school_year"]),
    }
    return seen(pd.DataFrame([row | {"told": "下降" if fell else "没有提升"}]), [fell or flat], "migrant_counts")
