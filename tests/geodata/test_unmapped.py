"""A bureau's first year without a map: schools without a place, no boundary, estates or zones; all else as with one."""

from dataclasses import replace

import pandas as pd
import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import alerts, applicants, demo, forecast, geodata, policy, report
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError

DRAWN = ("boundary", "areas", "streets", "units", "zones", "zone_schools")


@pytest.fixture(scope="module")
def whole():
    """Return the nine plots with rolls and plans alone, and a map."""
    town = demo.nine_plots()
    return replace(town, tables={name: town.table(name) for name in ("plans", "roll_counts")})


@pytest.fixture(scope="module")
def folder(whole, tmp_path_factory):
    """Return the same town in a folder in which nothing is drawn; its schools are a plain table."""
    path = tmp_path_factory.mktemp("unmapped") / "town"
    schools = whole.schools.drop(columns=["geometry", "area_id", "township_id", "org_id"], errors="ignore")
    geodata.save(replace(whole, **{name: getattr(whole, name).iloc[:0] for name in DRAWN}), path)
    layers = {name: getattr(whole, name).iloc[:0] for name in DRAWN}
    (path / "district.gpkg").unlink()
    geodata.vectors.write(layers, path / "district.gpkg")
    schools.to_csv(path / "schools.csv", index=False)
    return path


@pytest.fixture(scope="module")
def bare(folder):
    """Return the town as it is read back."""
    return geodata.load(folder)


def test_it_is_read_and_said(bare):
    assert not bare.mapped
    assert bare.schools.geometry.isna().all()
    assert any("学校没有位置" in note.found for note in bare.notes)


def test_it_is_forecast_and_warned_of_as_with_a_map(bare, whole):
    rules, found = policy.load(policy.NEUTRAL), {}
    for name, district in (("bare", bare), ("whole", whole)):
        outlook = forecast.project(district, rules, years=[2026, 2027])
        found[name] = alerts.flag(outlook, rules)
    columns = ["school_id", "stage", "year", "demand_n", "level"]
    pd.testing.assert_frame_equal(found["bare"][columns], found["whole"][columns])


def test_nobody_is_sent_to_a_neighbour_and_there_is_no_map(bare):
    rules = policy.load(policy.NEUTRAL)
    outlook = forecast.project(bare, rules, years=[2026])
    flags = alerts.flag(outlook, rules)
    steps = alerts.actions.propose(flags, outlook, bare, rules)
    assert "neighbour" not in set(steps["action"])
    assert "没有地图" in str(report.chart(bare, flags, rules).data)


def test_what_needs_a_map_is_refused(bare, folder):
    with pytest.raises(DataError, match="要有地图"):
        CliRunner().invoke(main.app, ["zones", "check", str(folder)], catch_exceptions=False)
    town = demo.nine_plots()
    papers = replace(bare, tables={**bare.tables, **town.tables})
    with pytest.raises(DataError, match="没有区县界"):
        applicants.build(papers, policy.load("laoting-2025"))


def test_check_says_that_there_is_nothing_to_draw(folder, tmp_path):
    done = CliRunner().invoke(main.app, ["check", str(folder), "--picture", str(tmp_path / "layers.png")])
    assert done.exit_code == 0
    assert "没有图可画" in done.output
    assert not (tmp_path / "layers.png").exists()


def test_zones_may_be_there_as_sentences(bare, whole):
    """A list of estates with their schools, without a map, is no half of one."""
    frames = {name: getattr(bare, name) for name in geodata.LAYERS if name != "schools"}
    frames |= {"schools": pd.DataFrame(bare.schools.drop(columns="geometry")), "zone_schools": whole.zone_schools}
    frames["zones"] = pd.DataFrame(whole.zones.drop(columns="geometry"))
    town = geodata.assemble(frames | bare.tables, bare.about, where="只有文字")
    assert not town.mapped
    rules = policy.load(policy.NEUTRAL)
    said, without = (forecast.project(one, rules, years=[2026]).schools for one in (town, bare))
    pd.testing.assert_series_equal(said["demand_n"], without["demand_n"])


def test_half_a_map_is_a_fault(folder, whole, tmp_path):
    mixed = replace(whole, schools=whole.schools.assign(geometry=None))
    layers = {name: getattr(mixed, name) for name in geodata.LAYERS} | {"zone_schools": mixed.zone_schools}
    with pytest.raises(DataError, match="没有图形"):
        geodata.assemble(layers | mixed.tables, mixed.about, where="半张图")
