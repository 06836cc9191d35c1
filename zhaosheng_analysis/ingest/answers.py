"""Questions that were answered once, each a line: what was said, what it is, who decided, and when.

The file decisions.csv stands beside the recipe and is kept with the district, so that next year's file of the same
layout asks nothing twice, and an auditor reads who took what for what. Likeness is suggested and never taken.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from zhaosheng_analysis import disk, sheets
from zhaosheng_analysis.schema import DataError, Fault, csv_safety, names

COLUMNS = {"kind": "种类", "said": "原文", "is": "认作", "by": "决定人", "on": "日期", "hint": "建议", "rows": "出现处"}
NOBODY = "无"  # decided to be none of ours
_ALIKE = 0.6


@dataclass
class Answers:
    """What was decided, and what is asked for the first time.

    Attributes
    ----------
    decided : dict of tuple of str, length 2 to str
        (kind, what was said, evened out) -> id, or 无.
    open : dict of tuple of str, length 2 to tuple of (str, str)
        (kind, what was said) -> suggestions, and where it occurs.
    """

    decided: dict[tuple[str, str], str] = field(default_factory=dict)
    open: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def of(self, kind: str, said: str) -> str:
        """Return what was decided; "" where nothing was.

        Parameters
        ----------
        kind : str
            Such as schools.
        said : str
            As written.

        Returns
        -------
        str
            An id, 无, or "".
        """
        return self.decided.get((kind, names.plain(said)), "")

    def ask(self, kind: str, said: str, hint: str, rows: str) -> None:
        """Note a question.

        Parameters
        ----------
        kind : str
            Such as schools.
        said : str
            As written.
        hint : str
            What it may be.
        rows : str
            Where it occurs.
        """
        self.open.setdefault((kind, said), (hint, rows))


def load(path: Path) -> Answers:
    """Read the answers given so far.

    Parameters
    ----------
    path : Path
        A decisions.csv; where there is none, nothing was decided.

    Returns
    -------
    Answers
        The decisions; a line without an answer is still open.

    Raises
    ------
    DataError
        The file cannot be read, or a decision names nobody who took it.
    """
    if not path.is_file():
        return Answers()
    words = {word: name for name, title in COLUMNS.items() for word in (name, title)}
    sheet = sheets.read(path.read_bytes(), path.name, sheets.Sought(words))
    table, faults = sheet.table, list(sheet.faults)
    lost = [name for name in ("kind", "said", "is", "by", "on") if name not in table]
    if lost:
        titles = "、".join(f"「{COLUMNS[name]}」" for name in lost)
        raise DataError(*faults, Fault(path.name, f"缺少 {titles}", "", "请补上这些列"))
    taken = table[table["is"].notna()]
    unsigned = taken[taken["by"].isna() | taken["on"].isna()]
    if len(unsigned):
        shown = sheet.shown("said", unsigned["said"])
        faults.append(Fault(path.name, f"有 {len(unsigned)} 个决定没有写决定人或日期：{shown}", "", "请补上"))
    if faults:
        raise DataError(*faults)
    decided = {
        (kind, names.plain(said)): is_
        for kind, said, is_ in zip(taken["kind"], taken["said"], taken["is"], strict=True)
    }
    return Answers(decided)


def lines(path: Path) -> list[dict[str, str]]:
    """Return every line of a file of answers, answered or not.

    Parameters
    ----------
    path : Path
        A decisions.csv.

    Returns
    -------
    list of dict of str to str
        By `COLUMNS`; blank cells are "".
    """
    table = _table(path)
    return [{str(name): str(cell) for name, cell in row.items()} for row in table.fillna("").to_dict("records")]


def _table(path: Path) -> pd.DataFrame:
    """Read the lines of a file of answers under our names; none where there is no file."""
    if not path.is_file():
        return pd.DataFrame(columns=list(COLUMNS), dtype="str")
    words = {word: name for name, title in COLUMNS.items() for word in (name, title)}
    return sheets.read(path.read_bytes(), path.name, sheets.Sought(words)).table.reindex(columns=list(COLUMNS))


def save(path: Path, answers: Answers) -> None:
    """Add the open questions below the lines that are there; a line that is there is never touched.

    Parameters
    ----------
    path : Path
        The decisions.csv.
    answers : Answers
        With what is open.
    """
    old = _table(path)
    asked = set(zip(old["kind"], old["said"], strict=True))
    rows = [
        {"kind": kind, "said": said, "hint": hint, "rows": where}
        for (kind, said), (hint, where) in sorted(answers.open.items())
        if (kind, said) not in asked
    ]
    if not rows:
        return
    table = pd.concat([old, pd.DataFrame(rows).reindex(columns=list(COLUMNS))], ignore_index=True).astype("str")
    written = csv_safety.csv(table.rename(columns=COLUMNS).fillna(""))
    disk.write(path, written.encode("utf-8-sig"))


def alike(said: str, borne: Mapping[str, Iterable[str]], *, most: int = 3) -> str:
    """Suggest ids whose names are like what was said; none is ever taken.

    Parameters
    ----------
    said : str
        As written.
    borne : mapping of str to iterable of str
        Name -> ids that bear it.
    most : int, optional
        How many.

    Returns
    -------
    str
        Such as ``s3 第三小学；s7 第三中心小学``; "" where nothing is like it.
    """
    plain = names.plain(said)
    near = difflib.get_close_matches(plain, list(borne), n=most * 2, cutoff=_ALIKE)
    near += [word for word in borne if len(plain) > 2 and len(word) > 2 and (plain in word or word in plain)]
    near += sorted((word for word in borne if len(plain) > 1 and _shortens(plain, word)), key=len)
    words: dict[str, str] = {}
    for word in near:  # the nearest first
        for one in borne[word]:
            words.setdefault(one, word)
    return "；".join(f"{one} {word}" for one, word in list(words.items())[:most])


def _shortens(short: str, whole: str) -> bool:
    """Tell whether all characters of one name stand in another in their order, as those of 一小 in 某县第一小学."""
    rest = iter(whole)
    return all(character in rest for character in short)
