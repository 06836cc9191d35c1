"""What runs write: marked as theirs, put in place as one, and never over a district or a file they did not make.

Every folder a run writes into keeps a small file, ``.zhaosheng.json``: the files that are made, each with its SHA-256
and the verb that made it, and what that verb read. A file that is not in it, or that somebody has changed since, is not
ours: the run refuses to write over it and names it, unless it is told the exact path.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from zhaosheng_analysis import disk, folders
from zhaosheng_analysis.schema import Faults

#: Name of the file that says which files of a folder are made.
MARK = ".zhaosheng.json"
# A file of one of these names says that a folder is a district's.
_DISTRICT = ("district", "about", "boundary")
_DISTRICT_ENDINGS = (".gpkg", ".xlsx", ".xls", ".xlsb", ".ods", ".csv", ".parquet", ".geojson", ".kml", ".shp")


@dataclass
class Run:
    """What one run is about to write.

    Attributes
    ----------
    verb : str
        What it is called by.
    forced : tuple of Path
        Files, or folders whose files, it may write over although it did not make them.
    anything : bool
        Whether it may write over any file, but for those of a district.
    files : dict of Path to bytes
        What it writes, by whole path.
    whole : set of Path
        Folders that are all its own: what it wrote there before and does not now is taken away.
    read : dict of str to str
        What it read: name of the file -> SHA-256.
    """

    verb: str = ""
    forced: tuple[Path, ...] = ()
    anything: bool = False
    files: dict[Path, bytes] = field(default_factory=dict)
    whole: set[Path] = field(default_factory=set)
    read: dict[str, str] = field(default_factory=dict)


_NOW: ContextVar[Run | None] = ContextVar("run", default=None)


@contextmanager
def gathered(verb: str = "", *, forced: Iterable[Path] = (), anything: bool = False) -> Iterator[Run]:
    """Gather whatever is written meanwhile, and put it in place at the end; nothing where it fails.

    Parameters
    ----------
    verb : str, optional
        What the run is called by; that of the run around it where nothing is said.
    forced : iterable of Path, optional
        Files it may write over although it did not make them; a folder stands for its files.
    anything : bool, default False
        Whether it may write over any file, but for those of a district.

    Yields
    ------
    Run
        What is gathered.

    Raises
    ------
    DataError
        A file that is there is somebody else's, or the place cannot be written to.
    """
    around = _NOW.get()
    paths = tuple(path.resolve() for path in forced)
    if around is None:
        run = Run(verb, paths, anything)
    else:
        run = Run(verb or around.verb, (*around.forced, *paths), anything or around.anything, read=around.read)
    token = _NOW.set(run)
    try:
        yield run
    finally:
        _NOW.reset(token)
    commit(run)


def write(files: Mapping[Path, str | bytes]) -> None:
    """Write files as outputs of the run that is gathering, or at once where none is.

    Parameters
    ----------
    files : mapping of Path to str or bytes
        What to write where; text as UTF-8.

    Raises
    ------
    DataError
        A file that is there is somebody else's, or the place cannot be written to.
    """
    run = _NOW.get()
    contents = {path.resolve(): text.encode() if isinstance(text, str) else text for path, text in files.items()}
    if run is None:
        commit(Run(files=contents))
        return
    _judge(replace(run, files=contents))
    run.files |= contents


@contextmanager
def district(folder: Path) -> Iterator[Path]:
    """Let a made-up district be written beside its place and put there as one, but never over another's data.

    Parameters
    ----------
    folder : Path
        Where it goes; nothing is there, or what an earlier run has made and nobody has changed.

    Yields
    ------
    Path
        The folder to write into.

    Raises
    ------
    DataError
        Somebody else's district is there, or one that was changed, or the place cannot be written to.
    """
    run, made = _NOW.get() or Run(), _marked(folder)
    place = folder.resolve()
    if not run.anything and place not in run.forced:
        _judge_district(folder, made)
    with disk.together(folder, drop=lambda draft: {name for name in made if not (draft / name).exists()}) as draft:
        yield draft
        files = sorted(path for path in draft.rglob("*") if path.is_file())
        hashes = {path.relative_to(draft).as_posix(): {"sha256": _hash(path), "verb": run.verb} for path in files}
        (draft / MARK).write_text(_mark(hashes, {}), encoding="utf-8")


def _judge_district(folder: Path, made: Mapping[str, Any]) -> None:
    """Refuse a folder whose district is not as an earlier run has left it."""
    faults, holds = Faults(), _district(folder)
    remedy = f"请移走或换一个文件夹；确要覆盖，加 --force {folder.as_posix()}"
    if holds:
        faults.add(folder.as_posix(), f"已有区县数据（{holds}），不是本程序写出的", "不覆盖别人的文件", remedy)
    changed = [
        name for name in sorted(made) if (folder / name).exists() and _hash(folder / name) != made[name]["sha256"]
    ]
    if changed:
        found = f"有 {len(changed)} 个文件写出之后有人改过：{'、'.join(changed[:3])}"
        faults.add(folder.as_posix(), found, "不覆盖别人的文件", remedy)
    faults.raise_if_any()


def own(folder: Path) -> None:
    """Say that a folder is all this run's: what the same verb wrote there before and does not now is taken away.

    Parameters
    ----------
    folder : Path
        The folder.
    """
    run = _NOW.get()
    if run is not None:
        run.whole.add(folder.resolve())


def has_read(folder: Path) -> None:
    """Note the files of a folder as read by this run.

    Parameters
    ----------
    folder : Path
        The district folder.
    """
    run = _NOW.get()
    if run is not None and folder.is_dir():
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
        run.read |= {f"{folder.resolve().name}/{path.name}": _hash(path) for path in files}


def _judge(run: Run) -> None:
    """Refuse to write into a folder that holds a district, or over files nobody here has made; name each."""
    if not run.files:
        return
    above = _top({path.parent for path in run.files}).parent
    with folders.alone(above) if above.is_dir() else nullcontext():
        _judge_files(run)


def _judge_files(run: Run) -> None:
    faults, files, forced = Faults(), run.files, run.forced
    for folder in sorted({path.parent for path in files}):
        names = sorted(path.name for path in files if path.parent == folder and path not in forced)
        holds = _district(folder)
        if holds and names:
            found = f"这个文件夹里有区县数据（{holds}），不往里写"
            faults.add(folder.as_posix(), found, "", "请用 --out 换一个文件夹")
            continue
        made = {} if holds else _marked(folder)
        for name in names:
            path = folder / name
            if path.is_dir():
                faults.add(path.as_posix(), "写不进去：那里是一个文件夹", "", "请换一个文件夹")
            elif not (run.anything or folder in forced) and path.exists() and not _ours(path, made, files[path]):
                found = "已有这个文件，之后有人改过" if name in made else "已有这个文件，不是本程序写出的"
                remedy = f"请移走或换一个文件夹；确要覆盖，加 --force {path.as_posix()}"
                faults.add(path.as_posix(), found, "不覆盖别人的文件", remedy)
    faults.raise_if_any()


def _ours(path: Path, made: Mapping[str, Any], content: bytes) -> bool:
    """Tell whether a file is as a run left it, or would be written as it is already."""
    there = _hash(path)
    digest = made.get(path.name, {}).get("sha256")
    return there in (digest, hashlib.sha256(content).hexdigest())


def _district(folder: Path) -> str:
    """Name a file that says a folder is a district's; empty where there is none."""
    if not folder.is_dir():
        return ""
    made = _marked(folder)
    files = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in _DISTRICT_ENDINGS)
    return next((path.name for path in files if path.stem.lower() in _DISTRICT and path.name not in made), "")


def commit(run: Run) -> None:
    """Put what a run has made into its place.

    Parameters
    ----------
    run : Run
        What it writes.

    Raises
    ------
    DataError
        A file that is there is somebody else's, or the place cannot be written to.
    """
    _judge(run)
    for root in _roots(run.files):
        files = {path: content for path, content in run.files.items() if path.is_relative_to(root)}
        gone = _left(run, root)
        with disk.together(root, drop=lambda _, gone=gone: gone) as draft:
            for folder in sorted({path.parent for path in files} | {(root / name).parent for name in gone}):
                marks = _marks(run, folder, {(root / name).name for name in gone if (root / name).parent == folder})
                there = draft / folder.relative_to(root)
                there.mkdir(parents=True, exist_ok=True)
                (there / MARK).write_text(marks, encoding="utf-8")
            for path, content in files.items():
                (draft / path.relative_to(root)).write_bytes(content)


def _roots(files: Mapping[Path, bytes]) -> list[Path]:
    """Return the folders to replace as one: that around all files where nothing in it is foreign, else each alone."""
    parents = sorted({path.parent for path in files})
    if not parents:
        return []
    top = _top(parents)
    inside = [path for path in top.rglob("*") if not path.is_dir()] if top.is_dir() and top in parents else []
    if top in parents and all(path.name == MARK or path.name in _marked(path.parent) for path in inside):
        return [top]
    return parents


def _top(inside: Iterable[Path]) -> Path:
    """Return the folder around all folders."""
    each = sorted(inside)
    return next(top for top in (each[0], *each[0].parents) if all(folder.is_relative_to(top) for folder in each))


def _left(run: Run, root: Path) -> frozenset[str]:
    """Name what the same verb left in a folder that is all its own, and does not write now."""
    left = set()
    for folder in (folder for folder in run.whole if folder.is_relative_to(root)):
        names = {name for name, made in _marked(folder).items() if made.get("verb") == run.verb}
        left |= {folder / name for name in names} - run.files.keys()
    return frozenset(path.relative_to(root).as_posix() for path in left if path.exists())


def _marks(run: Run, folder: Path, gone: set[str]) -> str:
    """Write which files of a folder are made, by whom and from what."""
    kept = _read(folder)
    made = {name: made for name, made in kept["files"].items() if name not in gone and (folder / name).exists()}
    hashes = {path.name: hashlib.sha256(content) for path, content in run.files.items() if path.parent == folder}
    made |= {name: {"sha256": digest.hexdigest(), "verb": run.verb} for name, digest in hashes.items()}
    verbs = {each["verb"] for each in made.values()}
    read = {verb: files for verb, files in (kept["read"] | {run.verb: run.read}).items() if verb in verbs}
    return _mark(made, read)


def _mark(files: Mapping[str, Any], read: Mapping[str, Any]) -> str:
    content = {"made_by": "zhaosheng_analysis", "files": files, "read": read}
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _marked(folder: Path) -> dict[str, Any]:
    """Return the files of a folder that a run has made."""
    return _read(folder)["files"]


def _read(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the mark of a folder; one that is spoilt says nothing."""
    try:
        data = json.loads((folder / MARK).read_text(encoding="utf-8"))
        files = {str(name): made for name, made in data["files"].items() if {"sha256", "verb"} <= made.keys()}
        return {"files": files, "read": dict(data["read"])}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {"files": {}, "read": {}}


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise disk.unwritable(path, error) from None
