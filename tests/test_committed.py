"""What lies under geodata/ is what the generator makes: the same tables, the same geometry."""

from pathlib import Path

import pandas as pd
import pytest

from zhaosheng_analysis import geodata, synthetic
from zhaosheng_analysis.townscape import DISTRICTS

FOLDER = Path(__file__).parent.parent / "geodata"


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_the_committed_demo_is_what_the_generator_makes(district_id):
    committed = geodata.load(FOLDER / district_id)
    made, _ = synthetic.make(district_id)
    assert committed.about == made.about
    assert committed.tables.keys() == made.tables.keys()
    for name, table in made.tables.items():
        pd.testing.assert_frame_equal(committed.tables[name], table, obj=name)
    for name in geodata.LAYERS:
        theirs, ours = getattr(committed, name), getattr(made, name)
        pd.testing.assert_frame_equal(theirs.drop(columns="geometry"), ours.drop(columns="geometry"), obj=name)
        assert theirs.geometry.geom_equals_exact(ours.geometry, tolerance=1e-6).all(), name
    pd.testing.assert_frame_equal(committed.zone_schools, made.zone_schools)


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_every_demo_says_that_it_is_made_up(district_id):
    committed = geodata.load(FOLDER / district_id)
    assert committed.synthetic
    assert "示例数据" in committed.about["note"]
