"""Districts that were read and found without fault, kept in the user's own cache for the next time.

A second reading of the same bytes by the same program says the same, so that it need not be done: what is kept goes
by the hash of every file of the folder, of the rule file and of the program that reads them. A folder somebody sent
brings nothing of this with it. What is kept holds no code (Arrow tables and JSON in a zip), is kept only if it comes
back exactly as it was, and is left out when it was not asked for in a month or when all of it grows too large.
"""

import contextlib
import hashlib
import importlib
import io
import json
import os
import platform
import stat
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import shapely

from zhaosheng_analysis import compiled, disk, outputs
from zhaosheng_analysis.schema import Column, DataError, Note

#: Variable of the environment: another folder for what is kept, or `OFF`.
VARIABLE = "ZHAOSHENG_CACHE"
OFF = "off"
_LARGEST = 2**30  # bytes of all that is kept
_LONGEST_S = 30 * 24 * 3600.0  # since it was last asked for
_WORTH = 400_000  # bytes of a folder from which reading it takes longer than looking it up
# The packages that read a folder and hold the rule files it may name, beside the modules of the package itself.
_READERS = ("geodata", "policy", "schema", "sheets")
_LIBRARIES = ("geopandas", "numpy", "pandas", "pandera", "pyarrow", "pyogrio", "pyproj", "shapely")
_TABLES, _SHAPES = "tables", "shapes"
# What a file that was spoilt, or holds what Arrow has no kind for, ends in.
_UNFIT = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    zipfile.BadZipFile,
    pa.ArrowException,
    shapely.errors.ShapelyError,
    DataError,
)


def mark(folder: Path, rules: str | Path = "") -> str:
    """Name what a folder holds, whoever made it: the hash of all that decides what is read.

    Parameters
    ----------
    folder : Path
        District folder.
    rules : str or Path, optional
        Rule file that was named, or its id.

    Returns
    -------
    str
        64 hexadecimal digits; "" where the folder is to be read anew: nothing is to be kept, the folder is small, or
        something in it is neither file nor folder.
    """
    if place() is None or not folder.is_dir():
        return ""
    try:
        listed = sorted(os.scandir(folder), key=lambda item: item.name)
        if any(item.is_symlink() or not (item.is_file() or item.is_dir()) for item in listed):
            return ""
        files = [Path(item.path) for item in listed if item.is_file() and item.name != outputs.MARK]
        if sum(file.stat().st_size for file in files) < _WORTH:
            return ""
        parts = [_reader(), folder.resolve().name, *(item.name for item in listed if item.is_dir())]
        parts += [f"{file.name}:{_hash(file)}" for file in files]
        named = Path(rules) if rules else None
        parts.append(f"{named.name}:{_hash(named)}" if named and named.is_file() else str(rules))
    except OSError:
        return ""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def recalled(mark: str) -> dict[str, Any] | None:
    """Return the attributes of a district that was kept under a mark, or None.

    Parameters
    ----------
    mark : str
        From `mark`.

    Returns
    -------
    dict of str to object or None
        What `keep` was given.
    """
    folder = place()
    if not mark or folder is None:
        return None
    file = folder / f"{mark}.zip"
    try:
        parts = _parts(file.read_bytes())
        os.utime(file)
    except _UNFIT:
        return None
    return parts


def keep(mark: str, parts: Mapping[str, Any]) -> None:
    """Keep the attributes of a district under a mark, if they come back as they are.

    Parameters
    ----------
    mark : str
        From `mark`.
    parts : mapping of str to object
        Attributes of a `District`.
    """
    folder = place()
    if not mark or folder is None:
        return
    try:
        packed = _packed(parts)
        if not _same(parts, _parts(packed)):
            return
        disk.write(folder / f"{mark}.zip", packed)
        _cleared(folder)
    except _UNFIT:
        return  # what cannot be kept is read again


def place() -> Path | None:
    """Return the folder of the user where districts are kept, or None where none may be."""
    given = os.environ.get(VARIABLE, "")
    above = Path(given).expanduser() if given else compiled.cache_folder()
    if given.strip().lower() == OFF or above is None:
        return None
    folder = above / "districts"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
    except OSError:
        return None
    # Only what nobody else could have put there is believed.
    strange = os.name == "posix" and (state.st_uid != os.getuid() or stat.S_IMODE(state.st_mode) & 0o022)
    return None if strange or not os.access(folder, os.W_OK) else folder


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _reader() -> str:
    """Name the program that reads: its own source, the libraries it reads with, and Python."""
    home = Path(__file__).parents[1]
    files = [*home.glob("*.py"), *(file for name in _READERS for file in (home / name).rglob("*"))]
    sources = sorted(file for file in files if file.suffix in (".py", ".toml"))
    own = [f"{file.relative_to(home)}:{_hash(file)}" for file in sources]
    # Asked of what is installed: to import pandera for its version takes longer than to recall a district.
    others = [f"{name}:{metadata.version(name)}" for name in _LIBRARIES]
    below = importlib.import_module("pyproj").proj_version_str, shapely.geos_version_string, platform.python_version()
    return hashlib.sha256(json.dumps([*own, *others, *below]).encode()).hexdigest()


def _frames(parts: Mapping[str, Any]) -> Iterator[tuple[str, pd.DataFrame]]:
    """List the layers and tables of a district by the name they have in what is kept."""
    for name, part in parts.items():
        if isinstance(part, pd.DataFrame):
            yield f"{_SHAPES}/{name}", part
    for name, frame in parts[_TABLES].items():
        yield f"{_TABLES}/{name}", frame


def _packed(parts: Mapping[str, Any]) -> bytes:
    """Write the attributes of a district as one file."""
    plain = {name: part for name, part in parts.items() if name != _TABLES and not isinstance(part, pd.DataFrame)}
    plain["notes"] = [asdict(note) for note in parts["notes"]]
    plain["columns"] = {name: [asdict(column) for column in some] for name, some in parts["columns"].items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("facts.json"), json.dumps(plain, ensure_ascii=False))
        for name, frame in _frames(parts):
            archive.writestr(zipfile.ZipInfo(name), _written(frame))
    return packed.getvalue()


def _written(frame: pd.DataFrame) -> bytes:
    """Write one table as an Arrow file, shapes as WKB."""
    if frame.attrs:
        raise ValueError("attributes of a table are not kept")
    if isinstance(frame, gpd.GeoDataFrame):
        frame = pd.DataFrame(frame).assign(**{frame.geometry.name: shapely.to_wkb(frame.geometry.to_numpy())})
    table, sink = pa.Table.from_pandas(frame), pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _parts(packed: bytes) -> dict[str, Any]:
    """Read the attributes of a district."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        parts = json.loads(archive.read("facts.json"))
        read = {name: _read(archive.read(name)) for name in archive.namelist() if "/" in name}
    parts["notes"] = tuple(Note(**note) for note in parts["notes"])
    parts["columns"] = {name: tuple(map(_column, some)) for name, some in parts["columns"].items()}
    parts["joined"] = {name: tuple(some) for name, some in parts["joined"].items()}
    parts[_TABLES] = {}
    for name, frame in read.items():
        kind, _, own = name.partition("/")
        shaped = "geometry" in frame and kind == _SHAPES
        (parts if kind == _SHAPES else parts[_TABLES])[own] = _drawn(frame, parts["crs"]) if shaped else frame
    return parts


def _column(said: dict[str, Any]) -> Column:
    return Column(**{name: tuple(part) if isinstance(part, list) else part for name, part in said.items()})


def _read(written: bytes) -> pd.DataFrame:
    """Read one table, with memory of its own that may be written to."""
    return pa.ipc.open_file(pa.BufferReader(written)).read_all().to_pandas().copy()


def _drawn(frame: pd.DataFrame, crs: str) -> gpd.GeoDataFrame:
    """Turn WKB back into shapes in the district's system."""
    shapes = gpd.GeoSeries(shapely.from_wkb(frame["geometry"].to_numpy(object)), frame.index, crs=crs)
    return gpd.GeoDataFrame(frame.assign(geometry=shapes), geometry="geometry")


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two districts are the same, the kind of every cell and the order of everything included."""
    frames, others = dict(_frames(one)), dict(_frames(other))
    plain = [{name: part for name, part in parts.items() if name != _TABLES} for parts in (one, other)]
    plain = [{name: part for name, part in parts.items() if not isinstance(part, pd.DataFrame)} for parts in plain]
    if plain[0] != plain[1] or list(one[_TABLES]) != list(other[_TABLES]) or set(frames) != set(others):
        return False
    return all(_same_table(frame, others[name]) for name, frame in frames.items())


def _same_table(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    if type(one) is not type(other) or getattr(one, "crs", None) != getattr(other, "crs", None):
        return False
    if isinstance(one, gpd.GeoDataFrame):
        if one.geometry.name != other.geometry.name or list(one.columns) != list(other.columns):
            return False
        drawn = [shapely.to_wkb(frame.geometry.to_numpy()).tolist() for frame in (one, other)]
        one, other = (pd.DataFrame(frame.drop(columns=frame.geometry.name)) for frame in (one, other))
        if drawn[0] != drawn[1]:
            return False
    with contextlib.suppress(AssertionError):
        pd.testing.assert_frame_equal(one, other, check_exact=True, check_index_type=True, check_column_type=True)
        return all(
            [type(cell) for cell in one[name]] == [type(cell) for cell in other[name]]
            for name in [name for name, kind in one.dtypes.items() if pd.api.types.is_object_dtype(kind)]
        )
    return False


def _cleared(folder: Path) -> None:
    """Remove what was not asked for in a month, then the oldest until what is kept is not too large."""
    files: Iterable[Path] = sorted(folder.glob("*.zip"), key=lambda file: file.stat().st_mtime, reverse=True)
    size, now = 0, time.time()
    for file in files:
        state = file.stat()
        size += state.st_size
        if size > _LARGEST or now - state.st_mtime > _LONGEST_S:
            file.unlink(missing_ok=True)
