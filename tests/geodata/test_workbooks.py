"""Tables as the package writes them."""

import dataclasses

import pandas as pd

from zhaosheng_analysis import geodata, schema
from zhaosheng_analysis.geodata import workbooks


def test_a_table_too_long_to_read_in_a_workbook_is_kept_in_a_file_of_its_own():
    assert workbooks.in_bulk("plans", pd.DataFrame(index=range(3001)))
    assert not workbooks.in_bulk("plans", pd.DataFrame(index=range(3000)))


def test_text_that_looks_like_a_formula_stays_text(town, tmp_path):
    plans = town.table("plans")
    cohorts = pd.DataFrame({"unit_id": ["u1"], "entry_year": [2025], "hukou_n": [1], "source": ["=1+1"]})
    tables = {"plans": plans, "cohorts": schema.check("cohorts", cohorts, where="x")}
    formula = dataclasses.replace(town, tables=tables)
    geodata.save(formula, tmp_path / "town")
    assert geodata.load(tmp_path / "town").table("cohorts")["source"].tolist() == ["=1+1"]
