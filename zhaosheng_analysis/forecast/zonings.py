"""Which schools the units of a district belong to from day to day, one stage at a time, each answer found once.

A forecast looks at the same zones again and again: from the present, from every past September, and from each of these
at the years after it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np
import pandas as pd

from zhaosheng_analysis import zones
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.zones import memberships

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Zoning:
    """The zones of one stage of a district by day.

    Attributes
    ----------
    district : District
        Units, zones and schools.
    stage : str
        ``primary`` or ``junior``.
    schools : list of str
        Ids in the order of the columns.
    """

    district: District
    stage: str
    schools: list[str]
    _found: dict[tuple, object] = field(default_factory=dict, repr=False, compare=False)

    def units(self) -> list[str]:
        """Return the ids of the units.

        Returns
        -------
        list of str
            In the order of the rows.
        """
        return self._once(("units",), self.district.units["unit_id"].tolist)

    def open_schools(self, year: int, *, open_in: int | None = None) -> frozenset[str]:
        """Return the schools that take children in one September.

        Parameters
        ----------
        year : int
            A September.
        open_in : int, optional
            As for `memberships.open_schools`.

        Returns
        -------
        frozenset of str
            Their school_id.
        """
        key = ("open", year, open_in)
        return self._once(key, lambda: frozenset(memberships.open_schools(self.district, year, open_in=open_in)))

    def turns(self) -> list[pd.Timestamp]:
        """Return the days from which other zones hold than on the day before.

        Returns
        -------
        list of Timestamp
            In order, each once.
        """
        return self._once(("turns",), partial(zones.versions.turns, self.district.zones, stage=self.stage))

    def shares(
        self, year: int, on: pd.Timestamp, *, seats: Mapping[str, float], shares: Mapping | None, open_in: int
    ) -> np.ndarray:
        """Return the (U, S + 1) shares of units among schools on a day.

        Parameters
        ----------
        year : int
            September; schools open then.
        on : Timestamp
            Day whose zones are looked at.
        seats : mapping of str to float
            Planned seats by school.
        shares : mapping of (str, str) to float or None
            Share of a choice zone's children by (zone_id, school_id).
        open_in : int
            Schools still open in this year keep their zones.

        Returns
        -------
        ndarray of float, shape (U, S + 1)
            As `memberships.share_table` gives them; not to be written into.
        """
        valid = self._once(("valid", on), lambda: self._valid(on))
        planned = tuple(sorted(dict(seats).items()))
        given = None if shares is None else tuple(sorted(shares.items()))
        key = ("shares", valid, self.open_schools(year, open_in=open_in), planned, given)

        def found() -> np.ndarray:
            rows = memberships.members(
                self.district, stage=self.stage, year=year, seats=seats, shares=shares, open_in=open_in, on=on
            )
            return memberships.share_table(rows, self.units(), self.schools)

        return self._once(key, found)

    def _valid(self, on: pd.Timestamp) -> tuple[str, ...]:
        return tuple(zones.valid(self.district.zones, stage=self.stage, on=on)["zone_id"])

    def _once(self, key: tuple, find: Callable[[], Answer]) -> Answer:
        """Return what was found under a key before, or find it."""
        if key not in self._found:
            self._found[key] = find()
        return self._found[key]
