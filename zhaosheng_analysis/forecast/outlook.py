"""What a forecast says: the tables of an outlook."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from zhaosheng_analysis.schema import DataError, Fault


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
    """

    schools: pd.DataFrame
    grades: pd.DataFrame
    drivers: pd.DataFrame
    totals: pd.DataFrame
    accuracy: pd.DataFrame
    origin_year: int

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
        wanted, told = sorted({int(year) for year in years}), set(self.schools["year"])
        missing = [year for year in wanted if year not in told]
        if missing:
            known = "、".join(map(str, sorted(told))) or "无"
            found = f"没有预测 {'、'.join(map(str, missing))} 年"
            raise DataError(Fault("预测", found, f"已预测：{known}", "请对所需年份运行 forecast.project"))
        kept = {
            name: table[table["year"].isin([self.origin_year, *wanted])]
            for name in ("schools", "grades", "drivers", "totals")
            for table in [getattr(self, name)]
        }
        return replace(self, **kept)
