"""Machine code that is kept belongs to one state of the source."""

import subprocess
import sys

LOOP = """
from typing import NamedTuple
from zhaosheng_analysis.compiled import compiled

class {name}(NamedTuple):
    step: int

@compiled
def walk(pace):
    return pace.step + {more}

print(walk({name}(2)))
"""


def test_code_kept_of_an_older_source_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kept"))
    file, said = tmp_path / "loop.py", []
    for name, more in (("Pace", 1), ("Tempo", 5), ("Pace", 1)):
        file.write_text(LOOP.format(name=name, more=more), encoding="utf-8")
        run = subprocess.run([sys.executable, "-c", "import loop"], cwd=tmp_path, capture_output=True, text=True)
        assert run.stderr == ""
        said.append(run.stdout.strip())
    assert said == ["3", "7", "3"]
    assert len(list((tmp_path / "kept" / "zhaosheng_analysis").iterdir())) == 2


def test_a_user_without_a_home_is_served(tmp_path, monkeypatch):
    """A process of a user number nobody has named, as in a container: no folder, no traceback."""
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    code = "import os, pwd\npwd.getpwuid = {}.__getitem__\nfrom zhaosheng_analysis import compiled\n"
    run = subprocess.run(
        [sys.executable, "-c", code + "print(compiled.cache_folder())"], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "None"
