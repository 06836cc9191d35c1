"""One table of a printed document, with its title and what is said below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Section:
    """One table of a printed document.

    Attributes
    ----------
    title : str
        Above the table.
    table : DataFrame
        One row a line, its columns named in Chinese.
    note : str
        Below the table.
    on_paper : tuple of str
        Columns too long for a terminal; the page shows them.
    """

    title: str
    table: pd.DataFrame
    note: str = ""
    on_paper: tuple[str, ...] = ()
