"""Words of a warning that must be true: one ratio is written one way, years that are only watched say so."""

import numpy as np
import pytest

from tests.towns import rulebook
from tests.towns.outlooks import outlook
from zhaosheng_analysis import alerts, texts
from zhaosheng_analysis.forecast import intervals


@pytest.mark.parametrize(("hukou", "written", "level"), [(1079, "89.9%", "green"), (1199, "99.9%", "yellow")])
def test_a_ratio_is_written_alike_in_the_sentence_and_in_the_table_and_never_beyond_its_line(hukou, written, level):
    rules = rulebook.rules()
    flags = alerts.flag(outlook([("s", hukou, 1000, 1200, 27)]), rules)
    assert flags["level"].tolist() == [level]
    assert f"占{written}" in flags["reason"].item()
    listing = texts.alerts.grid(flags, rules)
    year = str(flags["year"].item())
    heading = next(column for column in listing.columns if column["key"] == year)
    assert texts.labels.written(listing.rows[year].item(), heading).endswith(written)


def test_the_table_of_levels_marks_the_years_that_are_only_watched():
    rules = rulebook.rules()
    for horizon, marked in ((3, False), (4, True)):
        flags = alerts.flag(outlook([("s", 300, 300, 100, 2)], horizon=horizon), rules)
        year = str(flags["year"].item())
        heading = next(column for column in texts.alerts.grid(flags, rules).columns if column["key"] == year)
        assert ("（观察）" in heading["label"]) == marked
        assert ("三年以外，仅列入观察" in flags["reason"].item()) == marked


@pytest.mark.parametrize("errors", [50, 63])
def test_few_past_errors_are_never_written_as_nearly_certain(errors):
    past = np.full(errors, 100.0)
    known = intervals.calibrate(past, past + np.arange(errors) % 7, np.ones(errors, dtype=int))
    for seats, written in ((1.0, "98%"), (900.0, "2%")):
        chance = intervals.exceed(known, np.array([100.0]), 1, np.array([seats])).item()
        assert texts.labels.written(chance, {"format": "chance"}) == written
        assert min(chance, 1 - chance) == pytest.approx(1 / (errors + 1))


def test_a_school_that_is_red_by_its_register_alone_is_not_told_to_lack_seats():
    flags = alerts.flag(outlook([("s", 120, 90, 100, 2)]), rulebook.rules())
    assert flags[["level", "missing_seats_n"]].to_numpy().tolist() == [["red", 0]]
    reason = flags["reason"].item()
    assert "占120.0%" in reason
    assert "缺" not in reason, reason
