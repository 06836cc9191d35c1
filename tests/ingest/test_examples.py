"""The recipes that are handed out as examples read as recipes, and stay short."""

from pathlib import Path

import pytest

from zhaosheng_analysis import ingest

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "ingest").glob("*.toml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_reads_as_a_recipe_of_at_most_25_lines(path):
    assert ingest.load(path).sources
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 25


def test_there_is_an_example_of_each_kind():
    made = {making.table for path in EXAMPLES for source in ingest.load(path).sources for making in source.makings}
    assert {"schools", "units", "zones", "zone_schools", "streets", "plans", "roll", "roll_counts", "cohorts"} <= made
