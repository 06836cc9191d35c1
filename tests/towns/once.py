"""What takes seconds to make and nobody changes is made once a run of the tests, whichever worker asks first."""

import os
import pickle
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

from zhaosheng_analysis import disk
from zhaosheng_analysis.geodata import kept


def shared(make: Callable) -> Callable:
    """Keep what a function makes of some names in the folder that all workers of one run share (`own_cache`).

    Two workers that ask at the same moment both make it; what they make is the same.
    """

    @cache
    @wraps(make)
    def known(*names: Any) -> Any:
        if kept.VARIABLE not in os.environ:  # while tests are collected
            return make(*names)
        folder = Path(os.environ[kept.VARIABLE])
        path = folder / f"{make.__module__}.{make.__qualname__}{names}.pickle".replace("/", "-")
        if not path.exists():
            made = make(*names)
            folder.mkdir(parents=True, exist_ok=True)
            disk.write(path, pickle.dumps(made))
            return made
        return pickle.loads(path.read_bytes())  # noqa: S301 - of this very run

    return known
