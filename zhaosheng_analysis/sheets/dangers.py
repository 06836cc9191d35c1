"""What a packed workbook may not be: larger unpacked than anyone fills in, or one that defines or fetches things."""

import zipfile

from zhaosheng_analysis.schema import DataError, Fault

LARGEST = 1 << 30  # bytes unpacked, all parts together: a workbook of a million children has a third of it
_DENSEST = 300  # times smaller packed than unpacked; sheets full of one number come to about a hundred
_SMALL = 50 << 20  # bytes unpacked that harm nobody, however densely they were packed
_HEAD = 4096  # bytes; a definition stands before the root of a part
_LINKS = "xl/externalLinks/"


def refuse(package: zipfile.ZipFile, file: str) -> None:
    """Refuse a package that would not fit, brings definitions of its own, or draws on other workbooks.

    Parameters
    ----------
    package : ZipFile
        The opened package; nothing of it is unpacked but the first bytes of its XML.
    file : str
        Its name, for the messages.

    Raises
    ------
    DataError
        What it does.
    """
    parts = package.infolist()
    size = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if size > LARGEST or (size > _SMALL and size > _DENSEST * max(packed, 1)):
        found = f"解开后有 {size / (1 << 20):,.0f} MB，压缩前后相差 {size / max(packed, 1):,.0f} 倍"
        raise DataError(Fault(file, found, f"不超过 {LARGEST >> 20:,} MB", "请只留要用的表，另存为 xlsx"))
    if any(part.filename.startswith(_LINKS) for part in parts):
        allowed = "数据须在本文件里"
        raise DataError(Fault(file, "有取自其他工作簿的外部链接", allowed, "请在 Excel「数据—编辑链接」中断开后另存"))
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels")) and b"<!DOCTYPE" in _head(package, part):
            raise DataError(Fault(file, f"部件 {part.filename} 有文档类型定义（DTD）", "", "请用 Excel 另存为 xlsx"))


def _head(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """Return the first bytes of a part, in the encoding XML is written in."""
    with package.open(part) as stream:
        head = stream.read(_HEAD)
    return head.replace(b"\x00", b"").upper()  # UTF-16 has a zero beside every letter
