"""What every draw that others can check has in common: papers made again are compared byte by byte, notes apart.

The seats of a school, the classes of a grade and the teams of teachers are drawn by different rules; what of a record
is a note, and that nothing else may differ, is said here.
"""

import json
from collections.abc import Iterable, Mapping
from importlib import resources

from zhaosheng_analysis.lottery import commitments
from zhaosheng_analysis.schema import Faults

#: Line of a record that decides nothing and may be written freely.
NOTES = "notes"


def notes_of(content: bytes) -> dict[str, str]:
    """Return the notes of a record, or none where they cannot be read; what else is in it is compared as bytes.

    Parameters
    ----------
    content : bytes
        What is in the file of the record.

    Returns
    -------
    dict of str to str
        Its notes.
    """
    try:
        notes = json.loads(content.decode()).get(NOTES)
    except (ValueError, AttributeError, RecursionError):
        return {}
    formed = isinstance(notes, dict) and all(isinstance(value, str) for value in notes.values())
    return notes if formed and _encodes(notes) else {}


def _encodes(notes: dict[str, str]) -> bool:
    try:
        return bool(commitments.canonical(notes).encode())
    except UnicodeEncodeError:
        return False


def program(package: str) -> str:
    """Return the text of the program that checks the papers of a draw with Python alone.

    Parameters
    ----------
    package : str
        The package whose draws it checks.

    Returns
    -------
    str
        To be written beside the papers as ``verify.py``.
    """
    return (resources.files(package) / "verify.txt").read_text(encoding="utf-8")


def whole(contents: Mapping[str, bytes], names: Iterable[str], *, what: str) -> Faults:
    """Refuse a result from which files are missing; return where to note what else is wrong with it.

    Parameters
    ----------
    contents : mapping of str to bytes
        What is there, by name.
    names : iterable of str
        What must be there.
    what : str
        What the files are, in Chinese.

    Returns
    -------
    Faults
        Empty.

    Raises
    ------
    DataError
        With every file that is missing.
    """
    faults = Faults()
    for name in (name for name in names if name not in contents):
        faults.add(f"{what} {name}", "没有这个文件", "派位、编班时写出的原件", f"{what}不完整，请索取原件")
    faults.raise_if_any()
    return faults


def unequal(expected: Mapping[str, bytes], contents: Mapping[str, bytes], *, what: str, faults: Faults) -> None:
    """Note every file that is not, byte by byte, what it must be.

    Parameters
    ----------
    expected : mapping of str to bytes
        What follows from commitment and seed, by name.
    contents : mapping of str to bytes
        What is there.
    what : str
        What the files are, in Chinese.
    faults : Faults
        Collects what is wrong.
    """
    for name, content in expected.items():
        if contents[name] != content:
            faults.add(f"{what} {name}", "与应有的内容不是逐字节相同", "", "文件被改动过，请索取原件")
