"""A folder put in the place of another in one step, one run at a time, and what killed runs left beside it taken away.

A finished folder is exchanged with the old one where the system can do that in one step (Linux, macOS); elsewhere it is
renamed twice, and a run that was killed between the two is mended by the next.
"""

import ctypes
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_HERE = -100  # AT_FDCWD: paths are counted from the current folder
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS
_UNFINISHED = re.compile(r"\.(?P<name>.+)\.(?P<pid>\d+)\.(?P<what>part|old)")


def unfinished(path: Path, what: str = "part") -> Path:
    """Name what is not finished yet: beside its place, hidden, with the number of this process.

    Parameters
    ----------
    path : Path
        Where it goes in the end.
    what : {"part", "old"}
        A draft, or what was there before and makes room.

    Returns
    -------
    Path
        A name nobody else uses.
    """
    return path.with_name(f".{path.name}.{os.getpid()}.{what}")


def clear(parent: Path) -> None:
    """Take away what runs that are no longer alive left unfinished in a folder; what had made room is put back.

    Parameters
    ----------
    parent : Path
        The folder; it need not be there.
    """
    for path in sorted(parent.glob(".*.*.*")) if parent.is_dir() else []:
        match = _UNFINISHED.fullmatch(path.name)
        if match is None or _alive(int(match["pid"])):
            continue
        place = parent / match["name"]
        if match["what"] == "old" and not place.exists():
            path.rename(place)
        else:
            remove(path)


def remove(path: Path) -> None:
    """Take a file or a folder away, if it is there.

    Parameters
    ----------
    path : Path
        The file or folder.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()


def _alive(pid: int) -> bool:
    """Tell whether a process is running; on Windows, where asking would end it, every one is taken as running."""
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@contextmanager
def alone(parent: Path) -> Iterator[None]:
    """Wait until no other run of this program is putting something into a folder.

    Parameters
    ----------
    parent : Path
        The folder, which is there. Nothing is left in it; systems without such locks do not wait.

    Yields
    ------
    None
        While nobody else does.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    held = os.open(parent, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def carry(old: Path, draft: Path, *, drop: frozenset[str] = frozenset()) -> None:
    """Put what else is in a folder into its draft, so that nothing is lost when the draft takes its place.

    Parameters
    ----------
    old : Path
        The folder as it is; it need not be there.
    draft : Path
        What takes its place.
    drop : frozenset of str
        Paths inside the folder that are not taken over.
    """
    for path in sorted(old.rglob("*")) if old.is_dir() else []:
        name = path.relative_to(old).as_posix()
        there = draft / name
        if name in drop or os.path.lexists(there):
            continue
        if path.is_dir() and not path.is_symlink():
            there.mkdir(parents=True)
        else:
            there.parent.mkdir(parents=True, exist_ok=True)
            _link(path, there)


def _link(path: Path, there: Path) -> None:
    try:
        os.link(path, there, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(path, there, follow_symlinks=False)


def movable(folder: Path) -> bool:
    """Tell whether a folder can be exchanged for another: nobody stands in it, and it is no disk of its own.

    Parameters
    ----------
    folder : Path
        The folder, resolved.

    Returns
    -------
    bool
        False for the current folder and those above it, the root of a disk and the home of a user.
    """
    above = {Path.cwd(), *Path.cwd().parents}
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() fails where there is none
    return folder not in above and folder != Path(home) and not folder.is_mount() and os.access(folder.parent, os.W_OK)


def swap(draft: Path, folder: Path) -> None:
    """Put a finished folder in the place of another; whoever looks finds the one or the other, whole.

    Parameters
    ----------
    draft : Path
        The finished folder, on the same disk.
    folder : Path
        Its place; what was there before is gone.
    """
    if not folder.exists():
        draft.rename(folder)
        return
    shutil.copymode(folder, draft)
    if _exchanged(draft, folder):
        remove(draft)
        return
    old = unfinished(folder, "old")
    folder.rename(old)
    try:
        draft.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    remove(old)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, where the system can."""
    paths = os.fsencode(one), os.fsencode(other)
    try:
        system = ctypes.CDLL(None)
        if sys.platform == "darwin":
            return system.renamex_np(*paths, _EXCHANGE) == 0
        return system.renameat2(_HERE, paths[0], _HERE, paths[1], _EXCHANGE) == 0
    except (OSError, AttributeError, TypeError):
        return False
