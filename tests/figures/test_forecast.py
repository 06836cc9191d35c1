"""Tables, sentences and pictures of a forecast: every number comes from the outlook, and adds up."""

from pathlib import Path

import pandas as pd
import pytest

from tests.towns import rulebook
from tests.towns.admitting_town import families, sure
from tests.towns.admitting_town import rules as admitting_rules
from tests.towns.admitting_town import town as admitting_town
from tests.towns.forecast_town import ORIGIN, town
from zhaosheng_analysis import alerts, figures, forecast, texts
from zhaosheng_analysis.forecast import simulation
from zhaosheng_analysis.schema import DataError

YEARS = range(2026, 2032)


def flats(number: int) -> pd.DataFrame:
    """Return flats handed over in unit u1 in the summer of 2026."""
    return pd.DataFrame({"unit_id": ["u1"], "delivered_on": [pd.Timestamp("2026-06-30")], "dwellings_n": [number]})


@pytest.fixture(scope="module")
def outlook():
    return forecast.project(town(housing=flats(500)), rulebook.rules(), years=YEARS)


@pytest.fixture(scope="module")
def flags(outlook):
    return alerts.flag(outlook, rulebook.rules())


def test_every_row_of_the_drivers_adds_up_to_the_forecast(outlook):
    table = texts.forecast.drivers(outlook, year=2028)
    assert (table.drop(columns=["学校", "学段", "预计入学"]).sum(axis=1) == table["预计入学"]).all()
    west = table.set_index("学校").loc["甲小学"]
    assert west["上次入学"] == 66, "30 and 36 children in 2025"
    assert west["新建住房"] == 11, "500 flats, .022 first graders each in their third year"


def test_the_district_walks_from_the_last_intake_to_the_forecast(outlook):
    steps = texts.forecast.steps(outlook, year=2028, stage="primary")
    assert steps["level_n"].iloc[0] == steps["change_n"].iloc[0] == 106
    assert steps["change_n"].iloc[:-1].sum() == steps["level_n"].iloc[-1]
    assert steps["level_n"].iloc[-2] == steps["level_n"].iloc[-1]


def test_the_headline_says_the_totals_and_what_is_missing(outlook, flags):
    said = texts.forecast.headline(outlook, flags)
    total = outlook.totals[(outlook.totals["level"] == "district") & (outlook.totals["stage"] == "primary")]
    assert f"小学新生2026年预计{total.sort_values('year')['demand_n'].iloc[0]:,}人" in said
    assert not flags.loc[flags["year"] == 2026, "missing_seats_n"].any()
    assert "2026年按中位数没有学校学位不足；同年各校共余" in said
    assert "未校准" in said
    fewer = flags.assign(missing_seats_n=flags["missing_seats_n"].mask(flags["school_id"] == "j1", 7))
    told = texts.forecast.headline(outlook, fewer)
    assert "2026年按中位数有1所公办学校学位不足，合计缺7个；同年其余公办学校共余" in told
    private = fewer.assign(sector=fewer["sector"].mask(fewer["school_id"] == "j1", "private"))
    assert "2026年按中位数没有学校学位不足" in texts.forecast.headline(outlook, private)


def test_ends_are_named_in_words():
    district, rules = admitting_town(west=60), admitting_rules()
    made = sure(forecast.project(district, rules, years=[2026]), j1=72)
    through = simulation.run(made, families(), district, rules, seed="s", drawn=50, intakes=1, workers=1)
    ends = texts.forecast.ends(through, made, rules, year=2026)
    assert set(ends["去向"]) == {"统筹到乙小学", "没有学位"}


PICTURES = {
    "scenarios": lambda made, rules: figures.forecast.scenarios({"low": made, "mid": made, "high": made}, town()),
    "drivers": lambda made, rules: figures.forecast.drivers(made, town(), year=2028),
    "held": lambda made, rules: figures.forecast.held(made, town()),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_twice_to_the_same_bytes_and_says_something(name, outlook):
    first, second = (PICTURES[name](outlook, rulebook.rules()) for _ in range(2))
    assert figures.style.svg(first) == figures.style.svg(second)
    assert len(figures.style.message(first)) > 8


def test_the_picture_of_cuts_names_the_school_that_turns_most_away():
    district, rules = admitting_town(west=60), admitting_rules()
    made = sure(forecast.project(district, rules, years=[2026]), j1=72)
    through = simulation.run(made, families(), district, rules, seed="s", drawn=50, intakes=0)
    picture = figures.forecast.cuts(through, made, district, rulebook.rules(), year=2026)
    assert figures.style.message(picture).startswith(
        "2026 年 1 所学校有儿童按规则不能录取的概率过半，最多的是甲小学，平均 12 人"
    )
    # The sentence says >99 per cent of the same chance.
    told = {text.get_text() for text in picture.axes[0].texts}
    assert ">99%" in told
    assert "100%" not in told


@pytest.fixture(scope="module")
def found():
    return texts.benchmarks.read(Path(__file__).parents[2] / "benchmarks" / "results")


def test_the_committed_results_are_told_as_they_are(found):
    aims = texts.benchmarks.aims(found)
    said = texts.benchmarks.summary(found)
    assert f"{len(aims)}项目标达到{(aims['达到'] == '是').sum()}项" in said
    for row in found["aims"].itertuples():
        least = row.measure.startswith("red ")  # of precision and recall more is better, of errors less
        assert row.met == (row.reached >= row.aim if least else round(row.reached, 2) <= row.aim)
    assert aims["指标"].notna().all()
    assert set(texts.benchmarks.methods(found)["方法"]) <= set(texts.benchmarks.METHODS.values())
    assert texts.benchmarks.intervals(found)["层级"].notna().all()
    assert len(texts.benchmarks.warnings(found)) == len(found["warnings"])


def test_pictures_of_the_results_say_what_the_numbers_say(found):
    wide = found["scores"].pivot_table(index="horizon", columns="method", values="wape")
    less = 1 - wide["shrunk cohorts"] / wide["textbook"]
    assert f"提前1年{less[1]:.0%}" in figures.style.message(figures.forecast.methods(found))
    assert "实际" in figures.style.message(figures.forecast.reliability(found))


def test_results_that_are_not_there_are_asked_for(tmp_path):
    with pytest.raises(DataError, match="make benchmark"):
        texts.benchmarks.read(tmp_path)


def test_the_origin_is_the_last_year_of_the_rolls(outlook):
    assert outlook.origin_year == ORIGIN
