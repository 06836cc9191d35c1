"""What a cell is read as."""

import numpy as np
import pandas as pd

from zhaosheng_analysis.schema import cell_types


def test_a_whole_number_may_come_as_a_float_only_where_it_is_whole():
    assert cell_types.parse(pd.Series([1.0, 1.5, np.nan]), "whole").fillna(-1).tolist() == [1, -1, -1]


def test_an_infinite_number_names_nothing():
    cells = pd.Series(["a1", float("inf"), 3.0], dtype=object)
    for column in (cells, pd.Series([-np.inf, 1.0])):
        assert cell_types.parse(column, "id").isna().tolist() == np.isin(column, (np.inf, -np.inf)).tolist()
