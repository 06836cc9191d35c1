"""What an xls of 97—2003 says beside its values: hidden rows, errors, formulas without a result.

An xls is a small file system (compound file) that holds one stream of records; the layout is published as [MS-CFB] and
[MS-XLS]. The values come from calamine, which gives a blank for an error.
"""

import struct
from collections.abc import Iterator

from zhaosheng_analysis.sheets.grids import Details

_END = 0xFFFFFFFA  # sector numbers from here on are no sectors
_SHEET, _BOF, _EOF = 0x0085, 0x0809, 0x000A
_ROW, _FORMULA, _BOOLERR, _STRING = 0x0208, 0x0006, 0x0205, 0x0207
_HIDDEN_ROW = 0x20
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


def is_locked(content: bytes) -> bool:
    """Tell whether a compound file is a workbook behind a password."""
    return "EncryptedPackage".encode("utf-16-le") in content


def details(content: bytes) -> list[Details]:
    """Return what each sheet says, in the order of the sheets; nothing where the stream is not found."""
    stream = _stream(content, ("Workbook", "Book"))
    starts = [struct.unpack_from("<I", body)[0] for kind, body in _records(stream, 0) if kind == _SHEET]
    return [_details(stream, start) for start in starts]


def _details(stream: bytes, start: int) -> Details:
    details, waiting = Details(), None
    for kind, body in _records(stream, start):
        if waiting is not None and kind != _STRING:
            details.unread[waiting] = "公式没有算出的值"
        waiting = None
        if kind == _ROW and struct.unpack_from("<H", body, 12)[0] & _HIDDEN_ROW:
            details.hidden_rows.add(struct.unpack_from("<H", body)[0])
        elif kind == _BOOLERR and body[7]:
            details.unread[struct.unpack_from("<HH", body)] = f"错误值 {_ERRORS.get(body[6], '#')}"
        elif kind == _FORMULA and body[12:14] == b"\xff\xff":
            place = struct.unpack_from("<HH", body)
            if body[6] == 2:
                details.unread[place] = f"错误值 {_ERRORS.get(body[8], '#')}"
            waiting = place if body[6] == 0 else None
    return details


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one part of the stream, from its beginning to its end."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        if kind == _EOF:
            return
        at += 4 + length


def _stream(content: bytes, names: tuple[str, ...]) -> bytes:
    """Return one stream of a compound file."""
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    table = _allocation(content, size)
    first = struct.unpack_from("<I", content, 48)[0]
    directory = _chain(content, table, first, size)
    entries = [directory[at : at + 128] for at in range(0, len(directory), 128)]
    for entry in entries:
        name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le", errors="replace")
        if name in names:
            begins, length = struct.unpack_from("<II", entry, 116)
            if length >= struct.unpack_from("<I", content, 56)[0]:
                return _chain(content, table, begins, size)[:length]
            return _small(content, table, entries[0], begins, length, size)
    return b""


def _allocation(content: bytes, size: int) -> list[int]:
    """Return the table that leads from each sector to the next."""
    sectors = [number for number in struct.unpack_from("<109I", content, 76) if number < _END]
    more, count = struct.unpack_from("<II", content, 68)
    for _ in range(count):
        page = struct.unpack_from(f"<{size // 4}I", content, (more + 1) * size)
        sectors += [number for number in page[:-1] if number < _END]
        more = page[-1]
    return [number for at in sectors for number in struct.unpack_from(f"<{size // 4}I", content, (at + 1) * size)]


def _chain(content: bytes, table: list[int], sector: int, size: int) -> bytes:
    """Join the sectors of a stream."""
    parts = []
    while sector < len(table) and len(parts) <= len(table):
        parts.append(content[(sector + 1) * size : (sector + 2) * size])
        sector = table[sector]
    return b"".join(parts)


def _small(content: bytes, table: list[int], root: bytes, sector: int, length: int, size: int) -> bytes:
    """Join the small sectors of a short stream, which live inside the stream of the root."""
    small = 1 << struct.unpack_from("<H", content, 32)[0]
    inside = _chain(content, table, struct.unpack_from("<I", root, 116)[0], size)
    begins = struct.unpack_from("<I", content, 60)[0]
    packed = _chain(content, table, begins, size)
    follows = struct.unpack(f"<{len(packed) // 4}I", packed)
    parts = []
    while sector < len(follows) and len(parts) <= len(follows):
        parts.append(inside[sector * small : (sector + 1) * small])
        sector = follows[sector]
    return b"".join(parts)[:length]
