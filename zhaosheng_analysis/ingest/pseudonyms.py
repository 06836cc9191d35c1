"""Pseudonyms that nobody can turn back without the key: the same child has the same one in every table, every year.

Comes in: citizen or roll numbers. Goes out: HMAC-SHA-256 under a key that lies outside the folder of the sources and
outside that of the district, so that neither folder alone tells who is who.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from pathlib import Path

from zhaosheng_analysis import disk
from zhaosheng_analysis.schema import DataError, Fault

_KEY = re.compile(r"[0-9a-f]{64}")
_LENGTH = 20  # 80 bits: no two children of a country share one by chance


def new_key(path: Path) -> None:
    """Write a new key of 256 bits; one that is there is left as it is.

    Parameters
    ----------
    path : Path
        Where it goes.

    Raises
    ------
    DataError
        There is a file already.
    """
    if path.exists():
        remedy = "密钥换了，化名就对不上往年；确要换的，请先改名保存旧的"
        raise DataError(Fault(path.name, "已有这个文件", "不覆盖已有的密钥", remedy))
    disk.write(path, secrets.token_hex(32) + "\n")


def key(path: Path, *, outside: tuple[Path, ...]) -> bytes:
    """Read the key of the pseudonyms.

    Parameters
    ----------
    path : Path
        Its file.
    outside : tuple of Path
        Folders it must not lie in.

    Returns
    -------
    bytes
        32 bytes.

    Raises
    ------
    DataError
        There is no key, it is none, or it lies beside the data.
    """
    if not path.is_file():
        raise DataError(Fault(path.name, "没有这个密钥文件", "", f"请先运行 zhaosheng ingest key {path.as_posix()}"))
    held = [folder for folder in outside if path.resolve().is_relative_to(folder.resolve())]
    if held:
        remedy = "请移到只有专人能读的另一个文件夹"
        raise DataError(Fault(path.name, f"密钥放在数据文件夹 {held[0].name} 里", "密钥须与数据分开存放", remedy))
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    if not _KEY.fullmatch(text):
        raise DataError(Fault(path.name, "不是密钥", "须为 64 位十六进制数字", "请用 zhaosheng ingest key 生成"))
    return bytes.fromhex(text)


def of(number: str, secret: bytes) -> str:
    """Return the pseudonym of a number.

    Parameters
    ----------
    number : str
        However wide, spaced or cased it is typed; a student number that begins with G is the citizen number in it.
    secret : bytes
        From `key`.

    Returns
    -------
    str
        Letter p and 20 hexadecimal digits.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> typed = ("7100002018083110 2x", "７10000201808311０2X")
    >>> plain, wide = (zs.ingest.pseudonyms.of(text, b"key") for text in typed)
    >>> plain == wide, plain[0], len(plain)
    (True, 'p', 21)
    """
    even = "".join(unicodedata.normalize("NFKC", number).upper().split())
    even = even[1:] if re.fullmatch(r"G\d{17}[\dX]", even) else even
    return "p" + hmac.new(secret, even.encode(), hashlib.sha256).hexdigest()[:_LENGTH]
