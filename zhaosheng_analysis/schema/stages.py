"""The two stages of compulsory school (义务教育): what they are called, and which grades a school system gives them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

STAGES = {"primary": "小学", "junior": "初中"}
#: Grades of compulsory school.
_GRADES = range(1, 10)


@dataclass(frozen=True)
class SchoolSystem:
    """Which of the nine grades are primary and which junior (学制): six and three, or five and four.

    A district has one; what depends on the grade asks its district, and no grade of entry is written anywhere else.

    Attributes
    ----------
    name : str
        Its Chinese name.
    primary_n : int
        Grades of primary school, counted from the first.
    """

    name: str
    primary_n: int

    @property
    def grades(self) -> dict[str, range]:
        """Grades of each stage."""
        return {"primary": _GRADES[: self.primary_n], "junior": _GRADES[self.primary_n :]}

    @property
    def entry(self) -> dict[str, int]:
        """First grade of each stage."""
        return {stage: grades[0] for stage, grades in self.grades.items()}

    @property
    def last(self) -> dict[str, int]:
        """Last grade of each stage."""
        return {stage: grades[-1] for stage, grades in self.grades.items()}

    def stage_of(self, grades: pd.Series) -> pd.Series:
        """Return the stage of each grade.

        Parameters
        ----------
        grades : Series of int
            Grades 1 to 9.

        Returns
        -------
        Series of str
            Primary or junior, on the same index.

        Examples
        --------
        >>> import pandas as pd
        >>> import zhaosheng_analysis as zs
        >>> [system.stage_of(pd.Series([5, 6, 7])).to_list() for system in zs.schema.SCHOOL_SYSTEMS.values()]
        [['primary', 'primary', 'junior'], ['primary', 'junior', 'junior']]
        """
        return pd.Series(np.where(grades <= self.primary_n, "primary", "junior"), index=grades.index, dtype="str")

    def is_entry(self, grades: pd.Series) -> pd.Series:
        """Say of each grade whether it is the first of its stage.

        Parameters
        ----------
        grades : Series of int
            Grades 1 to 9.

        Returns
        -------
        Series of bool
            On the same index.

        Examples
        --------
        >>> import pandas as pd
        >>> import zhaosheng_analysis as zs
        >>> [system.is_entry(pd.Series([1, 6, 7])).to_list() for system in zs.schema.SCHOOL_SYSTEMS.values()]
        [[True, False, True], [True, True, False]]
        """
        return grades.isin(list(self.entry.values()))

    def is_last(self, grades: pd.Series) -> pd.Series:
        """Say of each grade whether it is the last of its stage.

        Parameters
        ----------
        grades : Series of int
            Grades 1 to 9.

        Returns
        -------
        Series of bool
            On the same index.

        Examples
        --------
        >>> import pandas as pd
        >>> import zhaosheng_analysis as zs
        >>> [system.is_last(pd.Series([5, 6, 9])).to_list() for system in zs.schema.SCHOOL_SYSTEMS.values()]
        [[False, True, True], [True, False, True]]
        """
        return grades.isin(list(self.last.values()))


#: What a district has that does not say otherwise.
SIX_THREE = SchoolSystem("六三", 6)
SCHOOL_SYSTEMS = {system.name: system for system in (SIX_THREE, SchoolSystem("五四", 5))}


def school_system_of(about: Mapping[str, str]) -> SchoolSystem:
    """Return the school system a district says it has; six and three where it says nothing.

    Parameters
    ----------
    about : mapping of str to str
        Facts about the district (sheet about).

    Returns
    -------
    SchoolSystem
        The system.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.school_system_of({"school_system": "五四"}).entry
    {'primary': 1, 'junior': 6}
    """
    system = about.get("school_system", "").strip().removesuffix("制").removesuffix("学")
    return SCHOOL_SYSTEMS.get(system, SIX_THREE)


def in_order(stages: Iterable[str]) -> list[str]:
    """Return the stages that occur, primary before junior.

    Parameters
    ----------
    stages : iterable of str
        Stages, in any order and as often as they occur.

    Returns
    -------
    list of str
        Each once.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.in_order(["junior", "primary", "junior"])
    ['primary', 'junior']
    """
    return sorted(set(stages), key=list(STAGES).index)
