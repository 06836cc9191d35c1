"""The nine-plot town, checked and saved once; every test has a copy of its own."""

import copy
import shutil

import pytest

from tests.towns.nine_plots import ABOUT, town_layers, town_tables
from zhaosheng_analysis import geodata


@pytest.fixture(scope="session")
def checked_town() -> geodata.District:
    """Check the town once; tests take `town`, a copy of their own."""
    return geodata.assemble({**town_layers(), **town_tables()}, ABOUT, where="九格镇")


@pytest.fixture(scope="session")
def saved_town(checked_town, tmp_path_factory):
    """Save the town once; tests take `town_dir`, a copy of their own."""
    folder = tmp_path_factory.mktemp("town")
    geodata.save(checked_town, folder)
    return folder


@pytest.fixture
def town(checked_town) -> geodata.District:
    """Return a town of nine plots of 100 m, three zones of one column each, seven children.

    ::

        y
        300 +-----------+-----------+-----------+
            | u7        | u8        | u9        |     zones z1 z2 z3 are the columns, west to east;
            | c3        |           | c6        |     school s1 in u4 serves z1, s2 in u5 serves z2,
        200 +-----------+-----------+-----------+     s3 in u6 (private) serves z3
            | u4   [s1] | u5   [s2] | u6   [s3] |
            | c2        | c5 (twin) |           |     seats: s1 2, s2 3, s3 2
        100 +-----------+-----------+-----------+
            | u1        | u2        | u3        |     every child owns the home it lives in and is registered there,
            | c1        | c4 (twin) | c7        |     but c7, whose hukou is in another county
          0 +-----------+-----------+-----------+
            0          100         200         300  x

    Answers by hand: z1 has c1 c2 c3 for two seats, z2 has c4 c5 for three, z3 has c6 c7 for two.
    c3 is born one day after the cut-off of 31 August 2019, so that two eligible children remain in z1.
    中一路 runs north along x = 100, 中二路 along x = 200; 横一街 runs east along y = 100, 横二街 along y = 200.
    (0, 0) is (500000, 4370000) of EPSG:4549.
    """
    return copy.deepcopy(checked_town)


@pytest.fixture
def town_dir(saved_town, tmp_path):
    """Return the town as a folder on disk, as `geodata.save` writes it."""
    return shutil.copytree(saved_town, tmp_path / "town")
