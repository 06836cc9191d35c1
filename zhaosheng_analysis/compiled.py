"""Compile loops with numba, keeping the machine code in the user's own cache, never inside the package."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path


def compiled(loop: Callable) -> Callable:
    """Compile one loop at its first call; it runs without the interpreter's lock.

    Parameters
    ----------
    loop : callable
        Function in the plain subset of Python that numba knows.

    Returns
    -------
    callable
        The same function, compiled.
    """
    from numba import config, njit

    folder = cache_folder()
    if folder is None:
        return njit(nogil=True)(loop)
    # One folder for each state of the source: machine code of another version cannot even be read.
    source = Path(loop.__code__.co_filename).read_bytes()
    folder /= hashlib.sha256(source).hexdigest()[:16]
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    try:
        return njit(nogil=True, cache=True)(loop)
    finally:
        config.CACHE_DIR = before


def cache_folder() -> Path | None:
    """Return a folder of the user that can be written, or None: then loops are compiled anew in each process."""
    given = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        folder = Path(given).expanduser() / "zhaosheng_analysis"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # of a user without a home, who has no entry among the users either
        return None
    return folder if os.access(folder, os.W_OK) else None
