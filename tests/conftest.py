"""The nine-plot town, checked and saved once; every test has a copy of its own."""

import copy
import gc
import os
import shutil

import pytest

from zhaosheng_analysis import demo, geodata
from zhaosheng_analysis.geodata import kept


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Collect without looking for garbage, and never look through nine thousand collected tests for it afterwards."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Keep the districts that were read in a folder all workers of one run share, away from the user's own."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(kept.VARIABLE, str(folder))
        patch.setenv("OGR_SQLITE_SYNCHRONOUS", "OFF")  # a package a test draws need not outlive the power
        yield


@pytest.fixture(scope="session")
def checked_town() -> geodata.District:
    """Check the town once; tests take `town`, a copy of their own."""
    return demo.nine_plots(full=False)


@pytest.fixture(scope="session")
def saved_town(checked_town, tmp_path_factory):
    """Save the town once; tests take `town_dir`, a copy of their own."""
    folder = tmp_path_factory.mktemp("town")
    geodata.save(checked_town, folder)
    return folder


@pytest.fixture
def town(checked_town) -> geodata.District:
    """Return the town of nine plots, as `zhaosheng_analysis.demo.little_town` draws it, with answers by hand."""
    return copy.deepcopy(checked_town)


@pytest.fixture
def town_dir(saved_town, tmp_path):
    """Return the town as a folder on disk, as `geodata.save` writes it."""
    return shutil.copytree(saved_town, tmp_path / "town")
