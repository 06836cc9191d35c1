"""Runs kept and judged later: by hand on a town, and from the command line on a folder on disk."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.towns import forecast_town, rulebook
from tests.towns.forecast_town import ORIGIN, town
from zhaosheng_analysis import alerts, forecast, geodata
from zhaosheng_analysis.cli import forecast as forecast_verbs
from zhaosheng_analysis.forecast import archive, scoring
from zhaosheng_analysis.schema import DataError

ABOUT = {
    "district_id": "jia",
    "name": "示范县",
    "district_code": "130200",
    "crs": "EPSG:4547",
    "datum": "CGCS2000",
    "policy": "taobei-2024",
    "intake_year": "2025",
    "data_as_of": "2025-09-01",
    "synthetic": "是",
    "seed": "x",
}


def rolls(*, last: int, growth: int = 0) -> pd.DataFrame:
    """Return the rolls of the town up to a year; from 2026 on every entry grade has `growth` children more."""
    table = forecast_town.roll_counts(last=last)
    more = table["school_year"].gt(ORIGIN) & table["grade"].isin([1, 7])
    return table.assign(pupils_n=table["pupils_n"] + growth * more)


@pytest.fixture(scope="module")
def outlook():
    return forecast.project(town(), rulebook.rules(), years=range(2026, 2031))


def kept(folder, outlook, **options):
    flags = alerts.flag(outlook, rulebook.rules())
    return archive.save(
        folder,
        outlook,
        flags,
        town(),
        rulebook.rules(settings={"pace": 2}, changed=("pace",)),
        files={"a.csv": "0" * 64},
        **options,
    )


def test_a_run_is_kept_with_what_went_into_it_and_read_back_whole(tmp_path, outlook):
    path = kept(tmp_path, outlook, made_on="2025-10-01", parameters={"scenario": "mid"})
    run = archive.read(path)
    assert run.facts["origin_year"] == ORIGIN
    assert run.facts["settings"] == {"pace": 2}
    assert run.facts["notice"].startswith("内部：")
    assert {table.attrs["notice"] for name, table in run.tables.items()} == {run.facts["notice"]}
    assert run.facts["inputs"] == {"a.csv": "0" * 64}
    assert run.facts["years"] == [2026, 2027, 2028, 2029, 2030]
    pd.testing.assert_frame_equal(run.tables["schools"], outlook.schools.reset_index(drop=True), check_dtype=False)
    assert not list(tmp_path.glob("*.part"))


def test_the_same_run_is_kept_once_and_another_beside_it(tmp_path, outlook):
    first = kept(tmp_path, outlook, made_on="2025-10-01")
    assert kept(tmp_path, outlook, made_on="2025-10-02") == first
    assert archive.read(first).facts["made_on"] == "2025-10-01", "what stands is never written over"
    assert kept(tmp_path, outlook, parameters={"scenario": "low"}) != first
    assert archive.runs(tmp_path)["origin_year"].tolist() == [ORIGIN, ORIGIN]


def test_a_kept_table_that_was_changed_is_refused(tmp_path, outlook):
    path = kept(tmp_path, outlook)
    (path / "内部-alerts.csv").write_text("changed", encoding="utf-8")
    with pytest.raises(DataError, match=r"alerts\.csv.*与存档时不同"):
        archive.read(path)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"run\.json：没有这个文件"):
        archive.read(tmp_path)


def score(outlook, counts):
    tables = (outlook.schools, outlook.grades, outlook.totals)
    return scoring.errors(*tables, counts, origin=ORIGIN).set_index(["stage", "level", "horizon"])


def test_what_came_as_foretold_has_no_error(outlook):
    # Nobody moves and cohorts are known: every grade of 2026 is foretold to the child.
    found = score(outlook, rolls(last=2026))
    assert found.loc[("primary", "school", 1), ["n", "wape", "bias", "coverage80"]].tolist() == [2, 0, 0, 1]
    assert found.loc[("primary", "grade", 1), ["n", "wape"]].tolist() == [10, 0]
    assert found.loc[("junior", "school", 1), "wape"] == 0
    assert found.loc[("primary", "district", 1), "wape"] == 0
    assert found.index.get_level_values("horizon").unique().tolist() == [1], "later years have not come"


def test_errors_by_hand(outlook):
    # Ten more children at each entry grade: 82 and 50 instead of 72 and 40; the year before there were 66 and 40.
    found = score(outlook, rolls(last=2026, growth=10))
    assert found.loc[("primary", "school", 1), "wape"] == pytest.approx(20 / 132)
    assert found.loc[("primary", "school", 1), "bias"] == pytest.approx(-20 / 132)
    assert found.loc[("primary", "school", 1), "mase"] == pytest.approx(10 / np.mean([16, 10]))
    assert found.loc[("primary", "district", 1), "wape"] == pytest.approx(20 / 132)
    assert found.loc[("primary", "area", 1), "n"] == 1


def test_the_score_of_a_distribution_by_hand():
    # Sure of 100, came 110: the five pinball losses are q · 10, twice their mean is ten.
    numbers = pd.DataFrame([dict.fromkeys(scoring.QUANTILES, 100.0)])
    assert scoring._crps(numbers, np.array([110.0])) == pytest.approx(10 * np.mean([0.025, 0.1, 0.5, 0.9, 0.975]) * 2)


def test_warnings_kept_are_judged_by_seats_and_children(outlook):
    # West 72 and 82 of 80 seats, east 40 and 50 of 45, junior 100 and 110 of 100.
    calm = scoring.warnings(outlook.schools, rolls(last=2026), origin=ORIGIN).iloc[0]
    grown = scoring.warnings(outlook.schools, rolls(last=2026, growth=10), origin=ORIGIN).iloc[0]
    assert (calm["base"], grown["base"]) == (0, 1)
    chance = outlook.schools.loc[outlook.schools["year"] == 2026, "p_short"].to_numpy()
    assert calm["brier"] == pytest.approx(np.mean(chance**2))
    assert grown["brier"] == pytest.approx(np.mean((1 - chance) ** 2))
    assert np.isnan(calm["recall_red"])


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Write the town as of 2025 and as of 2027, and one whose rolls begin in 2024."""
    place = tmp_path_factory.mktemp("town")
    doors = forecast_town.doors("zj", "zy", "zb").assign(order_n=1, if_vacant=False)
    for name, first, last in (("then", 0, ORIGIN), ("now", 0, 2027), ("young", 2024, ORIGIN)):
        counts = rolls(last=last)
        made = town(zone_schools=doors, roll_counts=counts[counts["school_year"] >= first])
        schools = made.schools.assign(aliases="", campus_of="", org_id="", approver="", boarding=False, urban=True)
        units = made.units.assign(aliases="", area_id="t", dwellings_n=100)
        geodata.save(dataclasses.replace(made, schools=schools, units=units, about=ABOUT), place / name)
    return place


def call(*arguments: object) -> str:
    result = CliRunner().invoke(forecast_verbs.app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_forecast_backtest_and_score_from_the_command_line(folders, tmp_path):
    rules = ("--policy", "zhanhe-2024")
    made = call(
        "run", folders / "then", *rules, "--archive", tmp_path / "runs", "--out", tmp_path / "out", "--years", 3
    )
    path = tmp_path / "runs" / made.splitlines()[-1].split("/")[-1]
    facts = json.loads((path / "run.json").read_text(encoding="utf-8"))
    assert facts["inputs"] == archive.inputs(folders / "then")
    assert "仅供参考，不作为购房、迁户依据" in (tmp_path / "out" / "notice.txt").read_text(encoding="utf-8")
    assert path.name in call("archive", "--archive", tmp_path / "runs")
    told = call("score", path, folders / "now", "--out", tmp_path / "score")
    assert "误差" in told
    errors = pd.read_csv(tmp_path / "score" / "errors.csv")
    assert set(errors["horizon"]) == {1, 2}
    assert errors.loc[errors["horizon"] == 1, "wape"].max() == 0
    tried = call("backtest", folders / "then", *rules, "--horizons", "1,2", "--out", tmp_path / "tried")
    assert "gradient boosting" in tried
    assert "学校各年级" in tried
    scores = pd.read_csv(tmp_path / "tried" / "scores.csv")
    assert set(scores["method"]) == {"last value", "textbook", "gradient boosting", "shrunk cohorts"}


def test_lines_and_the_levels_published_last_are_chosen_on_the_command_line(folders, tmp_path):
    # 乙's 40 registered children are 89 % of 45 seats: green at 90 %, yellow at 80 %, and still yellow at 90 % where
    # yellow was published and the ratio has fallen by less than five points.
    def level(*options: object) -> tuple[Path, str]:
        made = call("run", folders / "then", "--policy", "zhanhe-2024", "--years", 2, "--archive", tmp_path, *options)
        path = tmp_path / made.splitlines()[-1].split("/")[-1]
        told = pd.read_csv(path / "内部-alerts.csv", skiprows=1).query("school_id == 'y1' and year == 2026")
        return path, told["level"].item()

    assert level()[1] == "green"
    published, loose = level("--yellow", 0.8)
    assert loose == "yellow"
    assert level("--before", published)[1] == "yellow"
    assert level("--before", published, "--slack", 0.01)[1] == "green"


def test_a_score_without_later_years_is_refused(folders, tmp_path):
    made = call("run", folders / "then", "--policy", "zhanhe-2024", "--archive", tmp_path, "--years", 2)
    path = tmp_path / made.splitlines()[-1].split("/")[-1]
    with pytest.raises(DataError, match="只到 2025 年"):
        call("score", path, folders / "then")


@pytest.mark.parametrize(("arguments", "said"), [(["--horizons", "0"], "正整数"), (["--horizons", "x"], "正整数")])
def test_horizons_that_are_none_are_refused(folders, arguments, said):
    with pytest.raises(DataError, match=said):
        call("backtest", folders / "then", "--policy", "zhanhe-2024", *arguments)


def test_a_past_too_short_to_try_is_said_to_be_uncalibrated(folders, tmp_path):
    told = call("backtest", folders / "young", "--policy", "zhanhe-2024", "--horizons", "1,3", "--out", tmp_path)
    assert "未校准：至少要有四个学年的在校生，才能把过去当作未知重新预测、与实际相比。" in told
    assert "nan" not in told
    assert pd.read_csv(tmp_path / "scores.csv").empty


def test_an_unknown_scenario_is_refused(folders, tmp_path):
    with pytest.raises(DataError, match="没有「best」"):
        call("run", folders / "then", "--policy", "zhanhe-2024", "--archive", tmp_path, "--scenario", "best")
