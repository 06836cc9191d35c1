"""The columns of a table of children, each read once however many questions are asked of it.

A condition asks the same few columns over and over. Here a column of words becomes codes and a day or a flag an array
the first time it is asked for; a table that differs in some columns, or has some of the rows, shares what was read.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["Cells", "Coded"]


@dataclass(frozen=True)
class Coded:
    """A column as numbers of its words.

    Attributes
    ----------
    codes : ndarray of int, shape (rows,)
        Position of each row's word; -1 a blank.
    words : tuple of object
        The words (or flags, or numbers), each once.
    """

    codes: np.ndarray
    words: tuple[Any, ...]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)

    def filled(self, word: Any) -> "Coded":
        """Return the column with a word in place of blanks.

        Parameters
        ----------
        word : object
            The word.

        Returns
        -------
        Coded
            No row is blank.
        """
        return Coded(np.where(self.codes < 0, len(self.words), self.codes), (*self.words, word))

    def each(self, answers: Iterable[Any], blank: Any) -> np.ndarray:
        """Return something of every row that is known of its word.

        Parameters
        ----------
        answers : iterable of object
            Of each word.
        blank : object
            Of a blank.

        Returns
        -------
        ndarray, shape (rows,)
            The answers.
        """
        return np.array([*answers, blank])[self.codes]

    def is_one(self, words: Iterable[Any]) -> np.ndarray:
        """Tell which rows have one of some words; a blank has none.

        Parameters
        ----------
        words : iterable of object
            The words.

        Returns
        -------
        ndarray of bool, shape (rows,)
            Whether they do.
        """
        words = tuple(words)
        return self.each((word in words for word in self.words), blank=False)

    def spelled(self, blank: Any = np.nan) -> np.ndarray:
        """Write the words out.

        Parameters
        ----------
        blank : object, optional
            What stands for a blank.

        Returns
        -------
        ndarray of object, shape (rows,)
            The word of every row.
        """
        words = np.empty(len(self.words) + 1, dtype=object)
        words[:] = [*self.words, blank]
        return words[self.codes]


class Cells:
    """A table whose columns are read once.

    Parameters
    ----------
    table : DataFrame or Cells
        What it is made of.
    own : dict of str to object, optional
        Columns in place of those of `table`, or beside them: a Series, an array, a `Coded`, or one value for all.
    rows : ndarray of int, optional
        Which rows of `table` these are, some perhaps several times; -1 is a row of blanks. All by default.
    """

    def __init__(
        self, table: "pd.DataFrame | Cells", own: dict[str, Any] | None = None, rows: np.ndarray | None = None
    ) -> None:
        """Keep the table; nothing is read yet."""
        self._table, self._own, self._rows = table, own or {}, rows
        self._gaps = rows is not None and bool((rows < 0).any())
        self._read: dict[tuple[str, str], Any] = {}

    @classmethod
    def of(cls, table: "pd.DataFrame | Cells") -> "Cells":
        """Return a table as cells, one that is so already as it is.

        Parameters
        ----------
        table : DataFrame or Cells
            Rows of children.

        Returns
        -------
        Cells
            The same rows.
        """
        return table if isinstance(table, Cells) else cls(table)

    @property
    def index(self) -> pd.Index:
        """Whose rows these are."""
        if self._rows is None:
            return self._table.index
        return pd.RangeIndex(len(self._rows)) if self._gaps else self._table.index.take(self._rows)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._table) if self._rows is None else len(self._rows)

    def __iter__(self) -> Iterator[str]:
        """Name the columns, in their order."""
        yield from dict.fromkeys((*self._table, *self._own))

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a column."""
        return name in self._own or name in self._table

    def __getitem__(self, name: str) -> pd.Series:
        """Return a column as it stands."""
        return self._column("series", name)

    def given(self, name: str) -> "pd.Series | Coded":
        """Return a column as it was given, codes of words among it.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        Series or Coded
            One value or code a row.
        """
        own = self._own.get(name)
        return own if isinstance(own, Coded) else self[name]

    def coded(self, name: str) -> Coded:
        """Return a column of words as codes.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        Coded
            One code a row.
        """
        return self._column("coded", name)

    def flag(self, name: str) -> np.ndarray:
        """Return a column of yes and no; a blank is no.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        ndarray of bool, shape (rows,)
            The flags.
        """
        return self._column("flag", name)

    def days(self, name: str) -> np.ndarray:
        """Return a column of days or moments.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        ndarray of datetime64[us], shape (rows,)
            The moments; NaT a blank.
        """
        return self._column("days", name)

    def numbers(self, name: str) -> np.ndarray:
        """Return a column of numbers.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        ndarray of float, shape (rows,)
            The numbers; NaN a blank.
        """
        return self._column("numbers", name)

    def whole(self, name: str) -> np.ndarray:
        """Return a column of whole numbers.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        ndarray of int64, shape (rows,)
            The numbers; -1 a blank.
        """
        return self._column("whole", name)

    def blank(self, name: str) -> np.ndarray:
        """Tell where a column is blank.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        ndarray of bool, shape (rows,)
            Whether it is.
        """
        return self._column("blank", name)

    def is_one(self, name: str, *words: Any) -> np.ndarray:
        """Tell in which rows a column is one of some words; a blank is none.

        Parameters
        ----------
        name : str
            Its name.
        *words : object
            The words.

        Returns
        -------
        ndarray of bool, shape (rows,)
            Whether it is.
        """
        return self.coded(name).is_one(words)

    def assign(self, **columns: Any) -> "Cells":
        """Return the same rows with other columns, or more.

        Parameters
        ----------
        **columns : object
            A Series, array or `Coded` of these rows, or one value for all.

        Returns
        -------
        Cells
            They share what was read of the others.
        """
        return Cells(self, columns)

    def put(self, name: str, column: Any) -> None:
        """Add a column to a table that is still being made.

        Parameters
        ----------
        name : str
            Its name.
        column : object
            As for `assign`.
        """
        self._own[name] = column
        for way in _READ:
            self._read.pop((way, name), None)

    def take(self, rows: np.ndarray) -> "Cells":
        """Return some rows.

        Parameters
        ----------
        rows : ndarray of int
            Their positions; -1 is a row of blanks.

        Returns
        -------
        Cells
            They share what was read.
        """
        return self if np.array_equal(rows, np.arange(len(self))) else Cells(self, rows=rows)

    def _column(self, way: str, name: str) -> Any:
        """Read a column one way, or return what was read before."""
        if (way, name) not in self._read:
            self._read[way, name] = self._fresh(way, name)
        return self._read[way, name]

    def _fresh(self, way: str, name: str) -> Any:
        if name in self._own:
            return _READ[way](self._own[name], self)
        if not isinstance(self._table, Cells):
            read = _READ[way](self._table[name], self._table)
        else:
            read = self._table._column(way, name)
        if self._rows is None:
            return read
        if way == "series":
            return pd.Series(read.array.take(self._rows, allow_fill=self._gaps), self.index)
        if way == "coded":
            return Coded(_taken(read.codes, self._rows, -1 if self._gaps else None), read.words)
        return _taken(read, self._rows, _ABSENT[way] if self._gaps else None)

    def frame(self, index: pd.Index, *, without: Collection[str] = ()) -> pd.DataFrame:
        """Write the table out.

        Parameters
        ----------
        index : Index
            Whose rows these are.
        without : collection of str, optional
            Columns that are left out.

        Returns
        -------
        DataFrame
            One row a child.
        """
        return pd.DataFrame({name: self._written(name) for name in self if name not in without}, index=index)

    def _written(self, name: str) -> Any:
        """Return a column as a data frame keeps it."""
        return _array(self._own[name]) if name in self._own else self[name].array


def _coded(column: Any, table: Cells) -> Coded:
    if isinstance(column, Coded):
        return column
    if not pd.api.types.is_list_like(column):
        blank = column is None or column is pd.NA
        return Coded(np.full(len(table), -1 if blank else 0), () if blank else (column,))
    if isinstance(getattr(column, "dtype", None), pd.CategoricalDtype):
        whole = column.cat if isinstance(column, pd.Series) else column
        return Coded(np.asarray(whole.codes), tuple(whole.categories))
    codes, words = pd.factorize(getattr(column, "array", column))
    return Coded(codes, tuple(words.tolist()))


def _taken(column: np.ndarray, rows: np.ndarray, absent: Any) -> np.ndarray:
    """Return some rows of a column; where there are gaps, -1 is a blank."""
    return column[rows] if absent is None else np.append(column, np.asarray(absent, dtype=column.dtype))[rows]


def _series(column: Any, table: Cells) -> pd.Series:
    return column if isinstance(column, pd.Series) else pd.Series(_array(column), table.index)


def _array(column: Any) -> Any:
    """Return a column as a data frame keeps it."""
    if not isinstance(column, Coded):
        return getattr(column, "array", column)
    if all(isinstance(word, str) for word in column.words):
        return pd.array(column.words, dtype="str").take(column.codes, allow_fill=True)
    return column.spelled()


def _as(dtype: str, absent: Any) -> Callable[[Any, Cells], np.ndarray]:
    """Return how a column is read as an array of one kind."""

    def read(column: Any, table: Cells) -> np.ndarray:
        if isinstance(column, Coded) or not pd.api.types.is_list_like(column):
            coded = _coded(column, table)
            return np.array([*coded.words, absent], dtype=dtype)[coded.codes]
        if isinstance(column, np.ndarray) and column.dtype != object:
            return column.astype(dtype, copy=False)
        return pd.Series(column, copy=False).to_numpy(dtype=dtype, na_value=absent)

    return read


def _days(column: Any, table: Cells) -> np.ndarray:
    if isinstance(column, Coded) or not pd.api.types.is_list_like(column):
        coded = _coded(column, table)
        return np.array([*map(pd.Timestamp, coded.words), pd.NaT], dtype="datetime64[us]")[coded.codes]
    return pd.Series(column, copy=False).astype("datetime64[us]").to_numpy()


def _blank(column: Any, table: Cells) -> np.ndarray:
    if isinstance(column, Coded) or not pd.api.types.is_list_like(column):
        return _coded(column, table).codes < 0
    return np.asarray(pd.isna(column))


_READ: Mapping[str, Callable[[Any, Any], Any]] = {
    "coded": _coded,
    "series": _series,
    "flag": _as("bool", absent=False),
    "days": _days,
    "numbers": _as("float64", absent=np.nan),
    "whole": _as("int64", absent=-1),
    "blank": _blank,
}
_ABSENT = {"flag": False, "days": np.datetime64("NaT", "us"), "numbers": np.nan, "whole": -1, "blank": True}
