"""What every draw that others can check has in common: a hash published first, and a record that tells all of it.

The seats of a school, the classes of a grade and the teams of teachers are drawn by different rules; that the list is
the one that was published, and the record what repeating the draw gives, is judged here.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from zhaosheng_analysis.schema import Faults, keys


def sha256(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal.

    Parameters
    ----------
    text : str
        A list in its one canonical form.

    Returns
    -------
    str
        64 hex digits.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.lottery.records.sha256("")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(text.encode()).hexdigest()


def unchanged(text: str, published: str, *, what: str, faults: Faults) -> None:
    """Note a list whose hash is not the one that was published, recorded or drawn again.

    Parameters
    ----------
    text : str
        The list in its canonical form, as it is now.
    published : str
        Its SHA-256, as it was.
    what : str
        What the list is, in Chinese.
    faults : Faults
        Collects what is wrong.
    """
    now = sha256(text)
    if now != published:
        faults.add(what, f"SHA-256 为 {now}", f"应为 {published}", f"{what}被改动过，请用原件")


def repeated(
    record: Mapping[str, Any],
    kinds: Mapping[str, Any],
    again: Callable[[], Mapping[str, Any]],
    *,
    where: str,
    faults: Faults,
) -> Mapping[str, Any]:
    """Repeat a draw and note every line of its record that comes out otherwise.

    Parameters
    ----------
    record : mapping of str to object
        The record that is doubted.
    kinds : mapping of str to type
        Its lines and their kinds, as for `schema.keys.judge`.
    again : callable
        Draws again by the terms of the record and returns the record of that.
    where : str
        What the record is called, in Chinese.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    mapping of str to object
        The record of the repetition.

    Raises
    ------
    DataError
        The record lacks a line or has one of another kind, so that nothing can be repeated.
    """
    keys.judge(record, kinds, {}, where=where, faults=faults)
    faults.raise_if_any()
    expected = again()
    for name in kinds:
        if expected[name] != record[name]:
            found, right = f"为 {keys.shown(record[name])}", f"重算为 {keys.shown(expected[name])}"
            faults.add(f"{where}「{name}」", found, right, "记录被改动过，请用原件")
    return expected
