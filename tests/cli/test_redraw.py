"""The verb of a redraw, as a planner types it."""

import pytest
from typer.testing import CliRunner

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
