"""What a forecast says: the tables of an outlook."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Outlook:
    """What is to come, as tables; every number of children is whole.

    Attributes
    ----------
    schools : one row a (school_id, stage, year): intake expected, intervals, registered children, seats, p_short.
    grades : one row a (school_id, year, grade); the year of origin shows what was observed.
    drivers : one row a (school_id, stage, year, driver); they add up to the change from the last intake.
    totals : one row a (level, id, stage, year) for areas and the district; schools add up to them. For juniors of the
        district also leavers_n of its primaries, elsewhere_n who come to no junior school of it (net), unnamed_n whom
        no feeder list and no zone leads to one.
    accuracy : one row a (level, horizon): error and coverage of past origins.
    origin_year : September of the last intake that was looked at.
    """

    schools: pd.DataFrame
    grades: pd.DataFrame
    drivers: pd.DataFrame
    totals: pd.DataFrame
    accuracy: pd.DataFrame
    origin_year: int
