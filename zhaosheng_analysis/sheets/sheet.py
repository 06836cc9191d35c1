"""What somebody looks for in a file, and what was read from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from zhaosheng_analysis.schema import Fault, Note
from zhaosheng_analysis.sheets import grids


@dataclass(frozen=True)
class Sought:
    """The columns somebody looks for.

    Attributes
    ----------
    words : mapping of str to str
        Heading as it may be written -> name of the column.
    kinds : mapping of str to str
        Name -> ``number`` (names somebody, must not lose a digit), ``text``, or ``count`` (a merged cell would count
        double).
    titles : mapping of str to str
        Name -> how messages call the column; 「name」 where it is not said.
    """

    words: Mapping[str, str]
    kinds: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def title(self, name: str) -> str:
        """Return how messages call a column.

        Parameters
        ----------
        name : str
            Name of the column.

        Returns
        -------
        str
            Such as 「班数」(classes_n).
        """
        return self.titles.get(name, f"「{name}」")


@dataclass(frozen=True)
class Sheet:
    """A table read from one sheet.

    Attributes
    ----------
    where : str
        File and sheet, for messages.
    table : DataFrame
        Text, blank cells missing; a column looked for has its name, another the heading it has. The index plus 2 is the
        row in the file, so that messages of `schema.inspect` name the right one.
    places : mapping of str to str
        Column of the table -> its letter in the file.
    notes : tuple of Note
        What was found and settled.
    faults : tuple of Fault
        What must be put right first; the table is then not to be used.
    """

    where: str
    table: pd.DataFrame
    places: Mapping[str, str]
    notes: tuple[Note, ...]
    faults: tuple[Fault, ...]

    def cell(self, row: int, name: str) -> str:
        """Name a cell of the table as the file does: row 2 of the index in column sex may be C4.

        Parameters
        ----------
        row : int
            Of the index of the table.
        name : str
            A column of the table.

        Returns
        -------
        str
            The address.
        """
        return f"{self.places[name]}{row + 2}"

    def shown(self, name: str, cells: pd.Series) -> str:
        """Name at most three cells of a column with what stands in them: C4「男」、C9「女」等; blank ones by place.

        Parameters
        ----------
        name : str
            A column of the table.
        cells : Series
            What stands in them, on the index of the table.

        Returns
        -------
        str
            The cells.
        """
        return grids.some(
            self.cell(row, name) + ("" if pd.isna(value) or value == "" else f"「{value}」")
            for row, value in cells.items()
        )
