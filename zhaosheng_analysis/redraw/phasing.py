"""Phase-in: new zones for those who enter from now on, or for all grades at once; what each means for the schools.

A school's pupils of each grade are shared out over the units of today's zone by the children of that entry year, as the
forecast shares them. The pupils of units whose schools stay do not move; nor do pupils whom no zone explains.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.forecast import Outlook
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.redraw import demand
from zhaosheng_analysis.redraw.status_quo import JOINED


def phases(
    district: District,
    outlook: Outlook,
    before: pd.Series,
    after: pd.Series,
    *,
    stage: str,
    years: Iterable[int],
    seats: Mapping[str, float],
) -> pd.DataFrame:
    """Count the pupils of every grade of the schools concerned under both ways of phasing in.

    Parameters
    ----------
    district : District
        Its children by unit and entry year.
    outlook : Outlook
        Its forecast with today's zones.
    before : Series of str
        The school_id of each unit_id today, several joined by 、, "" without one.
    after : Series of str
        The same in the new zones.
    stage : {"primary", "junior"}
        Stage of school.
    years : iterable of int
        Septembers; the new zones hold from the first.
    seats : mapping of str to float
        By school_id; children of several schools are shared out by them.

    Returns
    -------
    DataFrame
        One row a (school_id, year, grade): pupils_before_n, pupils_entry_n (only those who enter from the first year on
        follow the new zones), pupils_all_n (all grades do), leave_n (who would leave the school if all do). No rows
        where no zone changes; over all schools the three count the same pupils.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026])
    >>> before = zs.zones.of_units(town.units, town.zones).str.replace("z", "s")
    >>> after = before.where(before.index != "u7", "s2")
    >>> same = {"stage": "primary", "years": [2026], "seats": {}}
    >>> table = zs.redraw.phasing.phases(town, outlook, before, after, **same)
    >>> table.groupby("school_id")[["pupils_before_n", "pupils_entry_n", "pupils_all_n"]].sum().round(1)
               pupils_before_n  pupils_entry_n  pupils_all_n
    school_id
    s1                    18.0            17.0          12.0
    s2                    12.0            13.0          18.0
    """
    years, grades = sorted(years), outlook.school_system.grades[stage]
    entries = sorted({year - (grade - grades[0]) for year in years for grade in grades})
    due = demand.weights(district, stage=stage, years=entries)
    held = [demand.held(sets.fillna("").map(_schools), seats) for sets in (before, after)]
    units = before.index[before.fillna("") != after.reindex(before.index).fillna("")]
    if units.empty:
        return schema.empty("score.phases")
    rows = []
    for year in years:
        for grade in grades:
            there = outlook.grades[(outlook.grades["year"] == year) & (outlook.grades["grade"] == grade)]
            pupils = there.groupby("school_id")["pupils_n"].sum().astype(float)
            entry = year - (grade - grades[0])
            leave, come = _moves(pupils, due[entry], held, units)
            whole = pupils.reindex(leave.index.union(come.index)).fillna(0.0)
            all_ = whole.sub(leave, fill_value=0.0).add(come, fill_value=0.0)
            table = pd.DataFrame({"pupils_before_n": whole, "pupils_all_n": all_, "leave_n": leave}).fillna(0.0)
            new = table["pupils_all_n"] if entry >= years[0] else table["pupils_before_n"]
            rows.append(table.assign(pupils_entry_n=new, year=year, grade=grade).rename_axis("school_id").reset_index())
    columns = ["school_id", "year", "grade", "pupils_before_n", "pupils_entry_n", "pupils_all_n", "leave_n"]
    table = pd.concat(rows, ignore_index=True)[columns]
    return table.sort_values(columns[:3], ignore_index=True)


def _schools(joined: str) -> tuple[str, ...]:
    return tuple(school for school in joined.split(JOINED) if school)


def _moves(pupils: pd.Series, due: pd.Series, held: list[pd.DataFrame], units: pd.Index) -> tuple[pd.Series, pd.Series]:
    """Return the pupils of one grade who leave each school and who come to it when the units that change move."""
    home = held[0].assign(part=due.reindex(held[0]["unit_id"]).to_numpy() * held[0]["share"])
    home["pupils"] = home["part"] / home.groupby("school_id")["part"].transform("sum")
    home["pupils"] *= pupils.reindex(home["school_id"]).fillna(0.0).to_numpy()
    mine = home[home["unit_id"].isin(units)]
    to = held[1][held[1]["unit_id"].isin(units)]
    # Pupils of a unit that is given no school stay where they are.
    mine = mine[mine["unit_id"].isin(to["unit_id"])]
    going = mine.groupby("unit_id")["pupils"].sum()
    come = (going.reindex(to["unit_id"]).fillna(0.0).to_numpy() * to["share"]).groupby(to["school_id"]).sum()
    return mine.groupby("school_id")["pupils"].sum(), come


def classes(phases: pd.DataFrame, size: float) -> pd.DataFrame:
    """Count the classes each school needs at a class size, grade by grade.

    Parameters
    ----------
    phases : DataFrame
        From `phases`.
    size : float
        Pupils in a class, more than 0.

    Returns
    -------
    DataFrame
        One row a (school_id, year): pupils_before_n, pupils_entry_n, pupils_all_n, classes_before_n, classes_entry_n,
        classes_all_n, leave_n, all whole numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> counts = {"pupils_before_n": 45.0, "pupils_entry_n": 46.0, "pupils_all_n": 91.0, "leave_n": 0.0}
    >>> table = pd.DataFrame([{"school_id": "s1", "year": 2026, "grade": 1} | counts])
    >>> zs.redraw.phasing.classes(table, 45)[["classes_before_n", "classes_entry_n", "classes_all_n"]].to_numpy()
    array([[1, 2, 3]])
    """
    sides = ("before", "entry", "all")
    counted = phases.assign(
        **{f"classes_{side}_n": np.ceil(phases[f"pupils_{side}_n"].round() / size) for side in sides}
    )
    counts = [f"{what}_{side}_n" for what in ("pupils", "classes") for side in sides] + ["leave_n"]
    return counted.groupby(["school_id", "year"])[counts].sum().round().astype(int).reset_index()


def transfers(phases: pd.DataFrame) -> float:
    """Count the pupils beyond the entry grade who would change school in the first year if all grades did.

    Parameters
    ----------
    phases : DataFrame
        From `phases`.

    Returns
    -------
    float
        Pupils.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> table = pd.DataFrame({"year": [2026, 2026, 2027], "grade": [1, 2, 2], "leave_n": [5.0, 3.0, 4.0]})
    >>> zs.redraw.phasing.transfers(table)
    3.0
    """
    if phases.empty:
        return 0.0
    first = (phases["year"] == phases["year"].min()) & (phases["grade"] > phases["grade"].min())
    return float(phases.loc[first, "leave_n"].sum())
