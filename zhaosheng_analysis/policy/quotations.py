"""The words a policy file quotes: each written once, and held against the text they were taken from."""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhaosheng_analysis.policy import notices, references
from zhaosheng_analysis.policy.decision_table import Table
from zhaosheng_analysis.policy.elements import walk
from zhaosheng_analysis.schema import Faults, keys, near

if TYPE_CHECKING:
    from zhaosheng_analysis.policy.book import Policy


Citation = tuple[str, str, str]
#: How a quotation of [quotes] is meant elsewhere.
NAMED = "@"
_CELL = re.compile(rf"(?<=\|)(\s*){NAMED}([\w-]+)(?=\s*(?:\||$))", re.MULTILINE)


def spelled(data: dict[str, Any], file: str, faults: Faults) -> dict[str, Any]:
    """Put the words of ``[quotes]`` where a file only names them (``words = "@name"``, a cell ``@name``).

    Names there are none of, and quotations nobody means, are noted.

    Parameters
    ----------
    data : dict
        The file as the parser gave it.
    file : str
        Its name, for the messages.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    dict
        The same without ``[quotes]``, every quotation in full.
    """
    quotes = data.get("quotes", {})
    if not isinstance(quotes, Mapping):
        faults.add(f"{file} [quotes]", f"写成了 {keys.shown(quotes)}", '应写作 名称 = "原文一句"', "请改正")
        return {name: item for name, item in data.items() if name != "quotes"}
    for name, words in quotes.items():
        if not isinstance(words, str) or not words:
            faults.add(f"{file} [quotes] {name}", f"写成了 {keys.shown(words)}", "应为原文一句，加引号", "请改正")
    used: set[str] = set()
    full = {name: _spelled(item, name, quotes, used) for name, item in data.items() if name != "quotes"}
    for name in sorted(used - set(quotes)):
        faults.add(
            f"{file} {NAMED}{name}",
            f"[quotes] 里没有「{name}」",
            f"已有：{'、'.join(quotes) or '无'}",
            near(name, quotes),
        )
    for name in sorted(set(quotes) - used):
        faults.add(f"{file} [quotes] {name}", "没有一处用到", f'用的地方写 words = "{NAMED}{name}"', "请补上或删去")
    return full


def _spelled(value: Any, key: str, quotes: Mapping[str, Any], used: set[str]) -> Any:
    """Return a value of a file with its quotations in full, and note which were named."""

    def full(name: str) -> str:
        used.add(name)
        return str(quotes.get(name, NAMED + name))

    if isinstance(value, dict):
        return {name: _spelled(item, name, quotes, used) for name, item in value.items()}
    if isinstance(value, list):
        return [_spelled(item, key, quotes, used) for item in value]
    if not isinstance(value, str):
        return value
    if key == "words" and value.startswith(NAMED):
        return full(value.removeprefix(NAMED))
    return _CELL.sub(lambda cell: cell[1] + full(cell[2]), value) if key == "rows" else value


def listed(data: dict[str, Any], table: Table | None) -> tuple[Citation, ...]:
    """List what a file rests on, the rows of the tier table first: the clauses it names and the words it quotes.

    Parameters
    ----------
    data : dict
        The file as the parser gave it, quotations in full.
    table : Table or None
        Its tier table.

    Returns
    -------
    tuple of tuple of str, length 3
        Element, clause and words of the text; one of the two may be empty.
    """
    rows = [] if table is None else [(f"[tiers] 第{row.number}行规则", row.clause, row.words) for row in table.rows]
    rest = [(path, *(_text(item.get(key)) for key in ("clause", "words"))) for path, item in walk(data)]
    kept = ("tiers.", "cases.")  # rows are there already, and a case is no rule
    return (*rows, *(cited for cited in rest if any(cited[1:]) and not cited[0].startswith(kept)))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def check(policy: "Policy", folder: Path, faults: Faults) -> None:
    """Note a text that is not there or has changed, clauses it does not have, and words that do not stand in them.

    Parameters
    ----------
    policy : Policy
        The rules, with their source and what they cite.
    folder : Path
        Folder of the source texts.
    faults : Faults
        Collects what is wrong.
    """
    where = f"{policy.file} [source]"
    path = folder / policy.source.file
    if not path.is_file():
        faults.add(where, f"原文「{policy.source.file}」不在所给文件夹中", "", "请改正文件名或文件夹")
        return
    if notices.sha256(path) != policy.source.sha256:
        faults.add(where, "原文的 SHA-256 与所存不符", "", "原文已变，请逐条核对后更新 sha256")
        return
    notice = references.Notice(notices.text(path))
    texts: dict[references.Reference, str | None] = {}
    lost: dict[references.Reference, list[str]] = {}
    for element, clause, words in policy.citations:
        at, places = f"{policy.file} {element}", references.read(clause)
        texts |= {place: _comparable(notice.text(place)) for place in places if place not in texts}
        for place in places:
            if texts[place] is None:
                lost.setdefault(place, []).append(at)
        if words:
            there = [text for text in map(texts.get, places) if text is not None]
            _stands(normal(words), words, there or [normal(notice.whole)], notice, at, faults)
    for place, elements in lost.items():
        several = f"，{len(elements)} 处写到" if len(elements) > 1 else ""
        todo = "zhaosheng policy source 列出各条的编号"
        faults.add(elements[0], f"原文没有条款「{place}」{several}", todo, "请改正 clause")


def _comparable(text: str | None) -> str | None:
    return None if text is None else normal(text)


def _stands(same: str, words: str, texts: list[str], notice: references.Notice, where: str, faults: Faults) -> None:
    """Note words that stand in none of some texts, and the clause they stand in instead."""
    if any(same in text for text in texts):
        return
    clause = notice.where(same, normal)
    if clause or same in normal(notice.whole):
        faults.add(where, f"引文「{words}」不在所写的条款中", f"在「{clause or '前言'}」", "请改正 clause")
    else:
        faults.add(where, f"引文「{words}」不在原文中", "", "请照抄原文")


def uncited(policy: "Policy", folder: Path) -> list[str]:
    """List the clauses of the source text that the file rests nothing on and does not leave out in words either.

    Parameters
    ----------
    policy : Policy
        The rules.
    folder : Path
        Folder of the source texts.

    Returns
    -------
    list of str
        The clauses that have none below them, in the order of the text.
    """
    notice = references.Notice(notices.text(folder / policy.source.file))
    cited = {path for _, clause, words in policy.citations for path in _meant(notice, clause, words)}
    return ["".join(leaf) for leaf in notice.leaves() if not any(_at_or_below(path, leaf) for path in cited)]


def _at_or_below(path: references.Path, leaf: references.Path) -> bool:
    """Tell whether a place a file names is a clause of the text, or stands inside its words."""
    depth = len(leaf) if references.chaptered(path) else len(references.bare(leaf))
    return len(path) >= depth and references.begins(leaf, path[:depth])


def _meant(notice: references.Notice, clause: str, words: str) -> Iterator[references.Path]:
    """List the places of a clause; of several of one number those in which the words stand, where they do in any."""
    for place in references.read(clause):
        several = notice.several(place)
        there = [one.path for one in several if words and normal(words) in normal(notice.text(one) or "")]
        yield from there or [place.path]


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
    folded = unicodedata.normalize("NFKC", _simplified()(text))
    return "".join(folded.split()).replace("“", '"').replace("”", '"')


@functools.cache
def _simplified() -> Callable[[str], str]:
    """Return what turns traditional script into simplified; it takes long to load."""
    import opencc

    return opencc.OpenCC("t2s").convert
