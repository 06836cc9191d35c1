"""A text that Excel would run stays a text, and comes back as it was."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhaosheng_analysis import geodata
from zhaosheng_analysis.cli import options
from zhaosheng_analysis.schema import csv_safety

DANGEROUS = ["=1+1", "+86 138", "-2+3", "@SUM(A1)", "\t=1", "'=1", "=cmd|' /C calc'!A0", "＝1+1", "＠SUM(1)", "\n=1"]
HARMLESS = ["第一小学", "", "a=b", "1-2", "'", "'abc"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_would_run_begins_with_an_apostrophe(text):
    assert csv_safety.guarded(pd.DataFrame({"name": [text]}))["name"][0] == "'" + text


@pytest.mark.parametrize("text", HARMLESS)
def test_what_would_not_run_is_left_alone(text):
    assert csv_safety.guarded(pd.DataFrame({"name": [text]}))["name"][0] == text


def test_numbers_stay_numbers_and_blanks_stay_blank():
    table = pd.DataFrame({"share": [-0.5, None], "name": ["-0.5", None]})
    done = csv_safety.guarded(table)
    assert done["share"][0] == -0.5
    assert done["name"][0] == "'-0.5"
    assert done.iloc[1].isna().all()


@given(st.text(alphabet="'=+-@＝＋\n\t甲1 ", max_size=6))
def test_whatever_is_guarded_is_restored(text):
    table = pd.DataFrame({"name": pd.array([text], dtype="str")})
    assert csv_safety.restored(csv_safety.guarded(table))["name"][0] == text


def test_tables_for_people_are_guarded(tmp_path):
    options.save(tmp_path, schools=pd.DataFrame({"name": ["=1+1"], "share": [-1.5]}))
    assert (tmp_path / "schools.csv").read_text(encoding="utf-8-sig") == "name,share\n'=1+1,-1.5\n"


def test_the_tables_of_a_district_are_guarded_on_disk_and_as_they_were_after_reading(town, tmp_path):
    homes = town.tables["homes"].assign(address_id="=HYPERLINK(1)")
    dangerous = type(town)(**{**vars(town), "tables": town.tables | {"homes": homes}})
    geodata.save(dangerous, tmp_path / "town")
    assert "'=HYPERLINK(1)" in (tmp_path / "town" / "homes.csv").read_text(encoding="utf-8-sig")
    assert (geodata.load(tmp_path / "town").tables["homes"]["address_id"] == "=HYPERLINK(1)").all()


def test_headings_words_of_a_list_and_mixed_cells_are_guarded_too():
    table = pd.DataFrame({"=1+1": pd.Categorical(["@x", "y"]), "mixed": pd.Series(["=2", 3], dtype="object")})
    assert csv_safety.csv(table) == "'=1+1,mixed\n'@x,'=2\ny,3\n"
    assert list(csv_safety.restored(csv_safety.guarded(table)).columns) == ["=1+1", "mixed"]
