"""Files that come packed: one table or layer in a zip or gz, unpacked aside, no larger than anyone fills in.

A zip that is a workbook is no envelope. Names inside an envelope are never used as paths.
"""

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from zhaosheng_analysis import sheets
from zhaosheng_analysis.geodata import vectors
from zhaosheng_analysis.schema import DataError, Fault

LARGEST = 1 << 30  # bytes unpacked
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_DATA = (*vectors.ENDINGS, *sheets.ENDINGS, "json")
_STEP = 1 << 20


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """Give the file that is in an envelope, or the file itself where it is none.

    Parameters
    ----------
    path : Path
        What the bureau has.

    Yields
    ------
    Path
        A plain file, called as the envelope is; parts of a Shapefile lie beside it.

    Raises
    ------
    DataError
        It is broken, too large unpacked, or holds several tables and layers or none.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if not (head.startswith(_GZIP) or (head == _ZIP and path.suffix.lower() == ".zip")):
        yield path
        return
    with tempfile.TemporaryDirectory() as aside:
        try:
            inside = _gunzipped(path, Path(aside)) if head.startswith(_GZIP) else _unzipped(path, Path(aside))
        except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            raise DataError(Fault(path.name, "打不开", "须为完好、未加密的压缩包", "请重新压缩")) from None
        yield inside


def _gunzipped(path: Path, aside: Path) -> Path:
    """Unpack a gz beside; schools.json.gz is schools.json then."""
    inside = aside / path.stem
    with gzip.open(path) as packed:
        _copy(packed, inside, path.name, LARGEST)
    return inside


def _unzipped(path: Path, aside: Path) -> Path:
    """Unpack the one table or layer of a zip, with what belongs to a Shapefile."""
    with zipfile.ZipFile(path) as package:
        names = [name for name in package.namelist() if not name.startswith("__MACOSX") and not name.endswith("/")]
        data = [name for name in names if _ending(name) in _DATA]
        if len(data) != 1:
            raise DataError(Fault(path.name, f"压缩包里有 {len(data)} 个表或图层", "应恰有一个", "请解压后分别写明"))
        whole = PurePosixPath(data[0])
        parts = [name for name in names if PurePosixPath(name).with_suffix("") == whole.with_suffix("")]
        left = LARGEST
        for name in parts:
            with package.open(name) as packed:
                left -= _copy(packed, aside / f"{path.stem}.{_ending(name)}", path.name, left)
    return aside / f"{path.stem}.{_ending(data[0])}"


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower().lstrip(".")


def _copy(packed: IO[bytes], to: Path, file: str, most: int) -> int:
    """Unpack one part, no further than is allowed; what it says of its own size is not believed."""
    with to.open("wb") as plain:
        while step := packed.read(_STEP):
            plain.write(step)
            if plain.tell() > most:
                raise DataError(Fault(file, f"解开后超过 {LARGEST >> 20:,} MB", "", "请只留要用的表或图层"))
        return plain.tell()
