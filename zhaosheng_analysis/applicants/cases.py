"""Children without a map: an evidence table of named cases."""

from collections.abc import Mapping

import pandas as pd

from zhaosheng_analysis.policy import vocabulary

__all__ = ["evidence_of"]

_DTYPES = {"flag": "bool", "number": "float64", "date": "datetime64[us]", "moment": "datetime64[us]"}

_BLANK = {
    "flag": "boolean",
    "choice": "str",
    "text": "str",
    "id": "str",
    "whole": "Int64",
    "number": "Float64",
    "share": "Float64",
}


def evidence_of(rows: list[dict[str, object]], columns: Mapping[str, vocabulary.Column] | None = None) -> pd.DataFrame:
    """Make an evidence table of named cases; what a case does not mention has the default of the vocabulary.

    Parameters
    ----------
    rows : list of dict of str to object
        One dict a child, keys from `columns`.
    columns : mapping of str to Column, optional
        The columns of the evidence (``policy.evidence``); those of the vocabulary by default.

    Returns
    -------
    DataFrame
        One row a child, typed as the vocabulary says.
    """
    evidence = vocabulary.EVIDENCE if columns is None else columns
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name, column.default) for row in rows], dtype=_dtype(name, column))
            for name, column in evidence.items()
        }
    )


def _dtype(name: str, column: vocabulary.Column) -> str:
    """Return how a column of the evidence is kept; one a file declares may be blank."""
    usual = _DTYPES.get(column.kind, "object")
    return usual if name in vocabulary.EVIDENCE else _BLANK.get(column.kind, usual)
