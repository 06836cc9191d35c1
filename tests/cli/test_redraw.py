"""The verb of a redraw, as a planner types it."""

import hashlib
import json
from collections import Counter

import pandas as pd
import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import applicants, demo, forecast, geodata
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError

FOLDER = "geodata/taobei"


@pytest.mark.parametrize(
    ("arguments", "found", "remedy"),
    [
        (["--weight", "walk"], "写成 walk", "左=右"),
        (["--weight", "steps=2"], "没有「steps」这一项", "walk、moved"),
        (["--weight", "walk=-1"], "取值为 -1", "不小于 0"),
        (["--forbid", "=tb-sch-j10"], "写成 =tb-sch-j10", "左=右"),
    ],
)
def test_a_wish_that_cannot_be_read_is_refused_before_anything_is_written(tmp_path, arguments, found, remedy):
    verb = ["redraw", FOLDER, "--years", "2026", "--stage", "junior", "--seconds", "1", "--out", str(tmp_path / "out")]
    with pytest.raises(DataError) as caught:
        CliRunner().invoke(main.app, [*verb, *arguments], catch_exceptions=False)
    assert found in str(caught.value)
    assert remedy in str(caught.value)
    assert not (tmp_path / "out").exists()


def content(district: geodata.District) -> str:
    """Return a hash of all tables and layers of a district, whatever objects hold them."""
    layers = {name: pd.DataFrame(getattr(district, name)) for name in geodata.LAYERS}
    tables = layers | {"zone_schools": district.zone_schools} | district.tables
    parts = [name + table.astype("str").to_csv() for name, table in sorted(tables.items())]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def test_a_redraw_projects_a_district_once_and_builds_its_applicants_once(tmp_path, monkeypatch):
    projected, built = Counter(), Counter()
    project, build = forecast.project, applicants.build

    def projecting(district, policy, *, years, **options):
        projected[content(district), tuple(years)] += 1
        return project(district, policy, years=years, **options)

    def building(district, policy, **options):
        built[content(district)] += 1
        return build(district, policy, **options)

    monkeypatch.setattr(forecast, "project", projecting)
    monkeypatch.setattr(applicants, "build", building)
    chosen = ["--stage", "primary", "--years", "2026", "--iterations", "1", "--seconds", "600", "--workers", "1"]
    geodata.save(demo.nine_plots(), tmp_path / "town")
    verb = ["redraw", str(tmp_path / "town"), *chosen, "--out", str(tmp_path / "new")]
    found = CliRunner().invoke(main.app, verb, catch_exceptions=False)
    assert found.exit_code == 0
    assignments = [
        json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "new").glob("*/assignment.json")
    ]
    sides = 1 + len({json.dumps(assignment | {"note": ""}, sort_keys=True) for assignment in assignments})
    assert len(assignments) > 2
    assert (len(projected), set(projected.values())) == (sides, {1}), "one forecast a side, none of them twice"
    # The registered children of 2025 are built beside those to come in 2026.
    assert (len(built), set(built.values())) == (sides + 1, {1}), "the applicants of a side are built once"
