"""A recipe run over files of a folder of its own."""

import pytest

from tests.ingest.hands import place
from zhaosheng_analysis import ingest


@pytest.fixture
def taken(tmp_path):
    """Return how to run a recipe over files; the folder is out."""

    def run(recipe: str, **files: str | bytes) -> ingest.Taken:
        place(tmp_path / "in", recipe, **files)
        return ingest.run(ingest.load(tmp_path / "in" / "ingest.toml"), tmp_path / "out")

    return run
