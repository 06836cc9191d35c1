"""The rows of a district's layers that bear a name, by name or alias."""

from typing import NamedTuple

import pandas as pd
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.sentences.characters import plain

LABELS = {"streets": "街道", "units": "小区与村", "areas": "区域", "schools": "学校"}
KEYS = {"streets": "street_id", "units": "unit_id", "areas": "area_id", "zones": "zone_id", "schools": "school_id"}


class Entry(NamedTuple):
    """One row of a layer that bears a name: its id, its own name and its shape (m)."""

    place_id: str
    name: str
    shape: BaseGeometry


def entries(layer: pd.DataFrame, key: str) -> dict[str, list[Entry]]:
    """Return the rows that bear each name or alias.

    Parameters
    ----------
    layer : DataFrame
        A layer with the columns name and geometry.
    key : str
        Its column of ids.

    Returns
    -------
    dict of str to list of Entry
        By name or alias in simplified script.
    """
    aliases = layer["aliases"].fillna("") if "aliases" in layer else pd.Series("", index=layer.index)
    columns = (layer[key], layer["name"].fillna(""), aliases, layer.geometry)
    named: dict[str, list[Entry]] = {}
    for place_id, name, others, shape in zip(*columns, strict=True):
        for word in dict.fromkeys([plain(name), *plain(others).split("、")]):
            if word:
                named.setdefault(word, []).append(Entry(place_id, name, shape))
    return named
