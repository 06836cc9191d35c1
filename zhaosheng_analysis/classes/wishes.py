"""Wishes of a class formation: who shares a class, who must not, who was placed beforehand, each with its reason.

A wish is part of the committed document; the lot is drawn among the arrangements that keep them all. Like-sounding
names become wishes here as well, so that whoever checks the draw needs no dictionary.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from zhaosheng_analysis import sheets
from zhaosheng_analysis.classes import sounds
from zhaosheng_analysis.lottery import commitments
from zhaosheng_analysis.schema import DataError, Fault, Faults, Note

KINDS = {"together": "同班", "apart": "不同班", "placed": "预先编入"}
NAMES = {"": "不看姓名", "same": "同名分开", "alike": "同名同音分开"}
_LABELS = {"要求": "kind", "学生编号": "pupils", "班号": "class_no", "理由": "reason", "原因": "reason"}
_SOUGHT = sheets.Sought(_LABELS | {name: name for name in _LABELS.values()}, dict.fromkeys(_LABELS.values(), "text"))
_WORDS = {word: kind for kind, word in KINDS.items()} | {kind: kind for kind in KINDS} | {"分开": "apart"}
_PAIR = 2


@dataclass(frozen=True, order=True)
class Wish:
    """What must hold of some pupils of a grade.

    Attributes
    ----------
    kind : {"together", "apart", "placed"}
        All in one class, no two in one class, or in the class given.
    pupils : tuple of str
        Numbers of the pupils, sorted; one alone where placed.
    class_no : int
        Class of those placed beforehand, from 1; 0 otherwise.
    reason : str
        Why, in one line.
    """

    kind: str
    pupils: tuple[str, ...]
    class_no: int = 0
    reason: str = ""

    def __str__(self) -> str:
        """Say the wish in Chinese, its reason behind it."""
        word = f"编入 {self.class_no} 班" if self.kind == "placed" else KINDS[self.kind]
        return f"{'、'.join(self.pupils)} {word}（{self.reason}）"


def read(content: bytes, file: str, *, sheet: str = "") -> tuple[list[Wish], tuple[Note, ...]]:
    r"""Read the wishes of a grade from a table: 要求 (同班, 不同班, 预先编入), 学生编号 (several with 、), 班号, 理由.

    Parameters
    ----------
    content : bytes
        A workbook, a text in any encoding, or a web page.
    file : str
        Its name, for the messages.
    sheet : str, optional
        Name of the sheet; "" takes the only one that fits.

    Returns
    -------
    list of Wish
        One a row.
    tuple of Note
        How the file was read.

    Raises
    ------
    DataError
        Columns missing, a demand not understood, a class that is no number.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> text = "要求,学生编号,班号,理由\n不同班,A1、A2,,家长申请\n".encode()
    >>> print(*zs.classes.wishes.read(text, "约定.csv")[0])
    A1、A2 不同班（家长申请）
    """
    table = sheets.read(content, file, _SOUGHT, sheet=sheet, strict=True)
    faults = Faults(list(table.faults))
    lost = [word for word, name in _LABELS.items() if word != "原因" and name not in table.table]
    if [word for word in lost if word != "班号"]:
        faults.add(table.where, f"缺少列：{'、'.join(lost)}", "要求、学生编号、班号、理由", "请补上")
    faults.raise_if_any()
    cells = table.table.reindex(columns=["kind", "pupils", "class_no", "reason"]).fillna("")
    lines = []
    for row in cells.itertuples():
        kind, number = _WORDS.get(row.kind.strip(), ""), row.class_no.strip().removesuffix("班").strip()
        where = f"{table.where}第 {row.Index + 2} 行"
        if not kind:
            faults.add(where, f"要求「{row.kind}」", "、".join(KINDS.values()), "请改正")
        if number and not number.isdecimal():
            faults.add(where, f"班号「{row.class_no}」", "数字", "请改正")
            number = ""
        ids = tuple(part for part in sounds.split(row.pupils) if part)
        lines.append(Wish(kind, ids, int(number or 0), row.reason.strip()))
    faults.raise_if_any()
    return lines, table.notes


def of_names(pupils: pd.DataFrame, level: str) -> list[Wish]:
    """Return the wishes that keep same or like-sounding names apart.

    Parameters
    ----------
    pupils : DataFrame
        Columns pupil_id and name.
    level : {"", "same", "alike"}
        Nothing, same characters, or same sound without regard to tones; a character read in two ways in names
        counts with both.

    Returns
    -------
    list of Wish
        One a name or sound that several pupils share.

    Raises
    ------
    DataError
        No column of names, or blank ones.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> pupils = pd.DataFrame({"pupil_id": ["A1", "A2", "A3"], "name": ["张伟", "章薇", "李明"]})
    >>> print(*zs.classes.wishes.of_names(pupils, "alike"))
    A1、A2 不同班（同音 zhang wei）
    """
    if level not in NAMES:
        raise DataError(Fault("分班", f"姓名「{level}」", "、".join(filter(None, NAMES)), "请改正"))
    if not level:
        return []
    if "name" not in pupils or pupils["name"].fillna("").str.strip().eq("").any():
        raise DataError(Fault("分班名册", "没有姓名，或有人没有姓名", "按姓名分开须有列 name（姓名）", "请补填"))
    names = pupils.set_index("pupil_id")["name"].astype(str)
    groups = [(f"同名 {name}", part.index) for name, part in names.groupby(names.map(sounds.written))]
    same = [set(ids) for _, ids in groups]
    if level == "alike":
        alike = sounds.alike(names)
        groups += [(f"同音 {sound}", ids) for sound, ids in alike.items() if set(ids) not in same]
    wishes = [Wish("apart", tuple(sorted(ids)), 0, why) for why, ids in groups if len(ids) >= _PAIR]
    whole = {wish.pupils: wish for wish in sorted(wishes, reverse=True)}
    return sorted(wish for wish in whole.values() if not any(set(wish.pupils) < set(other) for other in whole))


def of_twins(pupils: pd.DataFrame, twins: str) -> list[Wish]:
    """Return the wishes that keep twins together or apart.

    Parameters
    ----------
    pupils : DataFrame
        Columns pupil_id and twin_id ("" for none).
    twins : {"", "together", "apart"}
        What is asked for.

    Returns
    -------
    list of Wish
        One a family.
    """
    if not twins:
        return []
    kin = pupils[pupils["twin_id"] != ""].groupby("twin_id")["pupil_id"].apply(lambda ids: tuple(sorted(ids)))
    return [Wish(twins, ids, 0, f"多胞胎 {name}") for name, ids in kin.items() if len(ids) >= _PAIR]


def plain(wishes: Iterable[Wish]) -> list[Wish]:
    """Write wishes in their one spelling: numbers plain and sorted, wishes sorted, none twice.

    Parameters
    ----------
    wishes : iterable of Wish
        As read.

    Returns
    -------
    list of Wish
        As they stand in a commitment.
    """
    return sorted(
        {
            Wish(w.kind, tuple(sorted(map(commitments.plain_family, w.pupils))), w.class_no, w.reason.strip())
            for w in wishes
        }
    )


def judge(wishes: Iterable[Wish], ids: Iterable[str], classes_n: int, faults: Faults) -> None:
    """Note wishes that say nothing: unknown or too few pupils, no reason, no such class.

    Parameters
    ----------
    wishes : iterable of Wish
        The wishes.
    ids : iterable of str
        Numbers of the roster.
    classes_n : int
        Classes to form.
    faults : Faults
        Where what is wrong is noted.
    """
    pupils = set(ids)
    for wish in wishes:
        where = f"约定「{wish}」" if wish.kind in KINDS else "约定"
        lost = [name for name in wish.pupils if name not in pupils]
        if wish.kind not in KINDS:
            faults.add(where, f"要求「{wish.kind}」", "、".join(KINDS.values()), "请改正")
        if lost:
            faults.add(where, f"名册中没有 {'、'.join(lost)}", "名册中的学生编号", "请核对编号")
        if len(set(wish.pupils)) != len(wish.pupils) or len(wish.pupils) < (1 if wish.kind == "placed" else _PAIR):
            faults.add(where, f"写了 {len(set(wish.pupils))} 个不同的学生", "同班、不同班须有两人以上", "请补全")
        if not wish.reason.strip() or not wish.reason.isprintable():
            faults.add(where, "没有写明理由", "每条约定一行理由", "请写明理由")
        if (wish.kind == "placed") != (1 <= wish.class_no <= classes_n):
            allowed = f"预先编入须写 1 到 {classes_n} 的班号，其他要求不写"
            faults.add(where, f"班号为 {wish.class_no or '空'}", allowed, "请改正")
