"""The words a policy file quotes, held against the text they were taken from."""

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhaosheng_analysis.policy import notices
from zhaosheng_analysis.policy.decision_table import Table
from zhaosheng_analysis.policy.elements import walk
from zhaosheng_analysis.schema import Faults

if TYPE_CHECKING:
    from zhaosheng_analysis.policy.book import Policy


def listed(data: dict[str, Any], table: Table | None) -> tuple[tuple[str, str], ...]:
    """List what a file quotes, the rows of the tier table first.

    Parameters
    ----------
    data : dict
        The file as the parser gave it.
    table : Table or None
        Its tier table.

    Returns
    -------
    tuple of tuple of str, length 2
        Element and words of the text.
    """
    rows = [] if table is None else [(f"[tiers] 第{row.number}行规则", row.words) for row in table.rows]
    rest = [(path, item["words"]) for path, item in walk(data) if isinstance(item.get("words"), str) and item["words"]]
    return (*rows, *rest)


def check(policy: "Policy", folder: Path, faults: Faults) -> None:
    """Note a text that is not there or has changed, and words that do not occur in it.

    Parameters
    ----------
    policy : Policy
        The rules, with their source and quotations.
    folder : Path
        Folder of the source texts.
    faults : Faults
        Collects what is wrong.
    """
    path = folder / policy.source.file
    if not path.is_file():
        faults.add(
            f"{policy.file} [source]", f"原文「{policy.source.file}」不在所给文件夹中", "", "请改正文件名或文件夹"
        )
        return
    if notices.sha256(path) != policy.source.sha256:
        faults.add(f"{policy.file} [source]", "原文的 SHA-256 与所存不符", "", "原文已变，请逐条核对后更新 sha256")
        return
    text = normal(notices.text(path))
    for where, words in policy.quotations:
        if normal(words) not in text:
            faults.add(f"{policy.file} {where}", f"引文「{words}」不在原文中", "", "请照抄原文")


def normal(text: str) -> str:
    """Return text in simplified script, full-width folded, blanks removed; for matching, never for display.

    Parameters
    ----------
    text : str
        As it stands in a notice.

    Returns
    -------
    str
        The same, to be compared.
    """
    import opencc

    folded = unicodedata.normalize("NFKC", opencc.OpenCC("t2s").convert(text))
    return "".join(folded.split()).replace("“", '"').replace("”", '"')
