"""Coming intakes of every school, how sure they are, and what drives them.

Shrunk cohort progression (分层收缩队列推移): `progression` moves the grades up, `entry_grade` makes the entry grade,
`panels` and `zones.memberships` turn the district's tables into arrays, `tuning` tunes on past origins, `intervals`
says how wrong such forecasts have been, `stages` puts these together and `outlook_tables` makes the tables.

Seats are the plan in force, carried forward. Past intakes of a full school are not its demand (censoring): where a
school was full, the forecast is a lower bound unless the children of its zone are known.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.forecast import accuracy, housing, outlook_tables, own_past, plans_in_force, rolls, stages
from zhaosheng_analysis.forecast.outlook import Outlook
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import STAGES, DataError, Fault


def coming_years(district: District, ahead: int) -> range:
    """Return the Septembers to forecast: those after the last one with roll counts.

    Parameters
    ----------
    district : District
        With the table roll_counts.
    ahead : int
        How many, 1 or more.

    Returns
    -------
    range
        In order.

    Raises
    ------
    DataError
        The table is missing or empty.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.forecast.coming_years(zs.demo.nine_plots(), 3)
    range(2026, 2029)
    """
    last = rolls.last_year(district)
    return range(last + 1, last + 1 + ahead)


def project(
    district: District,
    policy: Policy,
    *,
    years: Iterable[int],
    origin: int | None = None,
    scenario: str = "mid",
    invalid: Iterable[int] = (),
    shares: Mapping[tuple[str, str], float] | None = None,
    yields: tuple[float, ...] = housing.YIELDS,
    migrants: float | Mapping[int, float] = 0.0,
) -> Outlook:
    """Project every school's grades and say how sure that is.

    Parameters
    ----------
    district : District
        District with the tables roll_counts, cohorts, plans; feeders, housing and classes where there are any.
    policy : Policy
        Its intake year says which plan is carried forward.
    years : iterable of int
        Septembers wanted, after the origin.
    origin : int, optional
        September of the last year looked at; by default the last one with roll counts.
    scenario : {"low", "mid", "high"}, default "mid"
        For cohorts that are not born yet.
    invalid : iterable of int, optional
        Past Septembers to leave out (an epidemic, a campus that moved).
    shares : mapping of (str, str) to float, optional
        Share of a choice zone's children by (zone_id, school_id); by default they follow the plans.
    yields : tuple of float, default housing.YIELDS
        First graders a flat, by years since it was handed over.
    migrants : float or mapping of int to float, default 0.0
        More first graders of migrant families than now, in every coming year or by year: a scenario of policy, never
        fitted. They are spread over the schools by the children who live in a zone and are not registered there.

    Returns
    -------
    Outlook
        What is to come, as tables.

    Raises
    ------
    DataError
        A year is not after the origin, the origin is marked invalid, or a closing school names no successor.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026])
    >>> outlook.schools[["school_id", "year", "demand_n", "seats_n"]]
      school_id  year  demand_n  seats_n
    0        s1  2026         3        2
    1        s2  2026         2        3
    2        s3  2026         2        2
    """
    origin = rolls.last_year(district) if origin is None else origin
    years, invalid = sorted({int(year) for year in years}), tuple(invalid)
    check_years(years, origin, invalid)
    seats = {name: plans_in_force.planned(district, name, policy.intake_year)["seats_n"].dropna() for name in STAGES}
    coming = stages.carry(
        district,
        origin,
        years[-1] - origin,
        seats=seats,
        shares=shares,
        invalid=invalid,
        scenario=scenario,
        yields=yields,
        migrants=migrants
        if isinstance(migrants, Mapping)
        else dict.fromkeys(range(origin + 1, years[-1] + 1), migrants),
    )
    return compose(district, policy, list(coming.values()), years, origin)


def compose(district: District, policy: Policy, coming: list[stages.Coming], years: list[int], origin: int) -> Outlook:
    """Put the stages' tables under each other."""
    schools = [
        learnt(outlook_tables.schools(district, stage, years, origin), stage, district, policy) for stage in coming
    ]
    grades = pd.concat([outlook_tables.grades(district, stage, years, origin) for stage in coming], ignore_index=True)
    drivers = [outlook_tables.drivers(stage, years, origin, rows) for stage, rows in zip(coming, schools, strict=True)]
    table = pd.concat(schools, ignore_index=True)
    together = {(each.record.name, level): share for each in coming for level, share in each.together.items()}
    return Outlook(
        schools=table,
        grades=grades,
        drivers=pd.concat(drivers, ignore_index=True),
        totals=outlook_tables.with_leavers(outlook_tables.summed(table, district, together), coming, origin),
        accuracy=schema.typed(
            "outlook.accuracy", pd.concat([accuracy.accuracy(stage) for stage in coming], ignore_index=True)
        ),
        origin_year=origin,
        school_system=district.school_system,
        cautions=pd.concat([*(stage.cautions for stage in coming), _shared(district, table)], ignore_index=True),
    )


def _shared(district: District, schools: pd.DataFrame) -> pd.DataFrame:
    """Name the schools whose plan serves other campuses too, so that they stand for all of them."""
    rows = schools.loc[schools["school_id"].isin(district.joined), ["school_id", "stage", "year"]]
    rows = rows.sort_values("year").drop_duplicates(["school_id", "stage"]).assign(caution="shared")
    return schema.typed("outlook.cautions", rows[["school_id", "stage", "caution", "year"]].reset_index(drop=True))


def learnt(table: pd.DataFrame, coming: stages.Coming, district: District, policy: Policy) -> pd.DataFrame:
    """Replace the chance of a shortage by the one that the own past teaches, where it is long enough.

    Where a step moves children, or the plan of a later year is another, past errors and what the step may bring decide.

    Parameters
    ----------
    table : DataFrame
        Schools of one stage, as `outlook_tables.schools` gives them.
    coming : Coming
        The stage carried forward.
    district : District
        Rolls and plans of the past.
    policy : Policy
        Its intake year says which plan is carried forward.

    Returns
    -------
    DataFrame
        The table.
    """
    chances = own_past.shortages(coming, district, policy, coming.pupils.shape[1])
    if chances is None:
        return table
    plan = plans_in_force.planned(district, coming.record.name, policy.intake_year)["seats_n"]
    rows = pd.Index(coming.record.schools).get_indexer(table["school_id"])
    ahead = table["horizon"].to_numpy() - 1
    same = table["seats_n"].eq(table["school_id"].map(plan)).fillna(value=False).to_numpy(dtype=bool)
    usual = same & (coming.unsure[rows, ahead, 0] == 0) & np.isfinite(chances[rows, ahead])
    usable = usual & table["p_short"].notna().to_numpy()
    return table.assign(p_short=np.where(usable, chances[rows, ahead], table["p_short"]))


def check_years(years: list[int], origin: int, invalid: tuple[int, ...]) -> None:
    """Refuse years that are not ahead of the origin, and an origin that is not to be trusted."""
    if not years or years[0] <= origin:
        found = "、".join(map(str, years)) or "无"
        raise DataError(
            Fault("预测年份", f"要求预测 {found} 年", f"数据截至 {origin} 年 9 月，只能预测以后年份", "请改年份")
        )
    if origin in invalid:
        remedy = "人数突变的最后一年请照常计入，预测自会放宽区间并写明；不能用的，请从 roll_counts 中删去，从上一年起算"
        raise DataError(Fault("预测起点", f"{origin} 年被标为无效年份", "预测从最后一年的在校生起算", remedy))
