"""What a forecast says: the tables of an outlook."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.schema import SIX_THREE, DataError, Fault, SchoolSystem

#: Drivers of a change, in the order in which they are added.
DRIVERS = ("level", "cohort", "zone", "mobility", "capture", "size", "housing", "migrants", "redraw", "closure")


@dataclass(frozen=True)
class Outlook:
    """What is to come, as tables; every number of children is whole.

    Attributes
    ----------
    schools : DataFrame
        One row a (school_id, stage, year): intake expected, intervals, registered children, seats, p_short.
    grades : DataFrame
        One row a (school_id, year, grade); the year of origin shows what was observed.
    drivers : DataFrame
        One row a (school_id, stage, year, driver); they add up to the change from the last intake.
    totals : DataFrame
        One row a (level, id, stage, year) for areas and the district; schools add up to them. For juniors of the
        district also leavers_n of its primaries, elsewhere_n who come to no junior school of it (net), unnamed_n whom
        no feeder list and no zone leads to one.
    accuracy : DataFrame
        One row a (level, horizon): error and coverage of past origins.
    origin_year : int
        September of the last intake that was looked at.
    school_system : SchoolSystem
        Which grades belong to which stage.
    cautions : DataFrame
        One row a (school_id, stage, caution): schools that open, merge, move or lack rolls, short and broken histories.
    """

    schools: pd.DataFrame
    grades: pd.DataFrame
    drivers: pd.DataFrame
    totals: pd.DataFrame
    accuracy: pd.DataFrame
    origin_year: int
    school_system: SchoolSystem = SIX_THREE
    cautions: pd.DataFrame = field(default_factory=lambda: schema.empty("outlook.cautions"))

    def __post_init__(self) -> None:
        """Refuse tables that are not as declared (``outlook.schools`` … in tables.toml)."""
        schema.expect_all(self, "outlook")

    def of_years(self, years: Iterable[int]) -> "Outlook":
        """Keep some of the years; what was observed at the origin stays.

        Parameters
        ----------
        years : iterable of int
            Septembers, each of which this outlook tells of.

        Returns
        -------
        Outlook
            Without the other years.

        Raises
        ------
        DataError
            A year is not in the outlook.
        """
        wanted, projected = sorted({int(year) for year in years}), set(self.schools["year"])
        missing = [year for year in wanted if year not in projected]
        if missing:
            allowed = "、".join(map(str, sorted(projected))) or "无"
            found = f"没有预测 {'、'.join(map(str, missing))} 年"
            raise DataError(Fault("预测", found, f"已预测：{allowed}", "请对所需年份运行 forecast.project"))
        kept = {
            name: table[table["year"].isin([self.origin_year, *wanted])]
            for name in ("schools", "grades", "drivers", "totals")
            for table in [getattr(self, name)]
        }
        return replace(self, **kept)

    def changes(self, year: int, *, by: str = "") -> pd.DataFrame:
        """Set the change of every school from the last intake to one year beside its drivers.

        Parameters
        ----------
        year : int
            A September of the outlook.
        by : str
            A driver (`DRIVERS`) whose largest changes come first; the whole change by default.

        Returns
        -------
        DataFrame
            school_id, name, stage, before_n (the last intake), one column a driver that does anything at any school,
            demand_n; every row adds up, the largest change first.
        """
        keys = ["school_id", "stage"]
        rows = self.drivers[self.drivers["year"] == year]
        wide = rows.pivot_table(index=keys, columns="driver", values="pupils_n", aggfunc="sum")
        wide = wide.reindex(columns=[name for name in DRIVERS if name in wide]).astype("Int64")
        of_year = self.schools[self.schools["year"] == year].set_index(keys).reindex(wide.index)
        whole = wide.sum(axis=1)
        change = wide[by] if by else whole
        table = wide.loc[:, wide.abs().sum() > 0]
        table = table.assign(demand_n=of_year["demand_n"])
        table.insert(0, "before_n", of_year["demand_n"] - whole)
        table.insert(0, "name", of_year["name"])
        order = change.abs().sort_values(ascending=False, kind="stable").index
        table = table.loc[order].reset_index().rename_axis(columns=None)
        return table[["school_id", "name", *table.columns.drop(["school_id", "name"])]]

    def steps(self, year: int, stage: str) -> pd.DataFrame:
        """Follow the district's way from the last intake to one year, drivers in order.

        Parameters
        ----------
        year : int
            A September of the outlook.
        stage : {"primary", "junior"}
            Whose intake.

        Returns
        -------
        DataFrame
            step (``before``, a driver that does anything, ``demand``), change_n, level_n after it; the first row is the
            last intake, the last row the forecast.
        """
        rows = self.drivers[(self.drivers["year"] == year) & (self.drivers["stage"] == stage)]
        change = rows.groupby("driver")["pupils_n"].sum().reindex(DRIVERS).fillna(0).astype(int)
        chosen = (self.schools["year"] == year) & (self.schools["stage"] == stage)
        end = int(self.schools.loc[chosen, "demand_n"].sum())
        start, change = end - int(change.sum()), change[change != 0]
        table = pd.DataFrame({"step": ["before", *change.index, "demand"], "change_n": [start, *change, end]})
        return table.assign(level_n=[start, *(start + change.cumsum()), end])
