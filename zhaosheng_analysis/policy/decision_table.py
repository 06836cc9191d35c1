"""A decision table over a closed vocabulary, proved: every situation is answered by exactly one row.

Hit policy *unique*: all cells of the fact domains are enumerated under every option of the parameters the rows depend
on; a gap, an overlap or a dead row is a fault that names the situation. The proved table is an array with one number a
cell, so that a million children cost one gather.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zhaosheng_analysis.policy.vocabulary import Fact
from zhaosheng_analysis.schema import Faults, keys, near

ANY = "-"
IMPOSSIBLE = 255
FIXED = ("tier", "when", "clause", "words")
MOST_ROWS = IMPOSSIBLE - 1
_MOST_CELLS = 1 << 22
_MOST_TRIED = 2_000_000_000  # cells times rows times combinations of parameters: some seconds
_MOST_TOLD = 20
#: What every row of a part of the table shares, said once above it.
PART = ("title", "given", "when", "clause", "words", "rows")


@dataclass(frozen=True)
class Row:
    """One line of the table: under `when`, a child whose facts are all in `needs` is in `tier`, by `clause`.

    Attributes
    ----------
    number : int
        Its place in the table, from 1.
    tier : str
        The tier it gives.
    needs : dict of str to tuple of str
        The values a child's facts must have; a fact that is not named may have any.
    when : dict of str to str
        The values of parameters under which the row exists.
    clause : str
        Clause of the text it rests on.
    words : str
        The words of the text, as quoted.
    """

    number: int
    tier: str
    needs: dict[str, tuple[str, ...]]
    when: dict[str, str]
    clause: str
    words: str


@dataclass(frozen=True)
class Table:
    """The rows over the domains of the facts.

    Attributes
    ----------
    facts : dict of str to tuple of str
        Allowed values of each fact, in the order of the file; the axes of the array of cells.
    order : tuple of str
        Tiers, first served first.
    residual : tuple of str
        The tiers that take what no other takes.
    labels : dict of str to str
        Chinese name of each tier.
    rows : tuple of Row
        Its lines, in the order of the file.
    impossible : tuple of dict of str to tuple of str
        Combinations of facts that cannot occur, each with its values.
    unplaced : dict of str to str
        What the text has, or has not, for a child of a tier (``-`` every other) left without a place.
    """

    facts: dict[str, tuple[str, ...]]
    order: tuple[str, ...]
    residual: tuple[str, ...]
    labels: dict[str, str]
    rows: tuple[Row, ...]
    impossible: tuple[dict[str, tuple[str, ...]], ...] = ()
    unplaced: dict[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each fact."""
        return tuple(len(values) for values in self.facts.values())


def text_of(value: Any) -> str:
    """Write a parameter value as on a command line: true, false, 0.5, 2024-06-30, words as they are, a,b for a list.

    Parameters
    ----------
    value : object
        A value as the file has it.

    Returns
    -------
    str
        Its text.
    """
    if isinstance(value, list | tuple):
        return ",".join(text_of(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def parse(
    text: str, facts: Mapping[str, tuple[str, ...]], where: str, faults: Faults, *, parts: Sequence[Any] = ()
) -> tuple[Row, ...]:
    """Read the pipe table of a policy file, and the parts of it that are written apart.

    Parameters
    ----------
    text : str
        Lines ``tier | fact … | when | clause | words``; ``-`` is any value, ``a/b`` alternatives. Every fact must be a
        column.
    facts : mapping of str to tuple of str
        Declared domain of each fact.
    where : str
        File and element, for the messages.
    faults : Faults
        Collects what is wrong, each with the number of its row.
    parts : sequence of mapping of str to object, optional
        Tables under `PART`: what all their rows share is said once; a fact they do not name may have any value.

    Returns
    -------
    tuple of Row
        The rows that could be read, numbered through.
    """
    rows = _rows(text, facts, {}, where, 0, faults) if text or not parts else []
    for number, part in enumerate(parts, 1):
        at = f"{where}.parts 第{number}项"
        keys.known_only(part, PART, where=at, faults=faults)
        rows += _rows(str(part.get("rows", "")), facts, _shared(part, facts, at, faults), where, len(rows), faults)
    return tuple(rows) if _few_enough(rows, where, faults) else ()


def _shared(part: Mapping[str, Any], facts: Mapping[str, Any], where: str, faults: Faults) -> dict[str, str]:
    """Return the cells all rows of a part have, whether they say so or not."""
    given, when = part.get("given", {}), part.get("when", {})
    for key, value in (("given", given), ("when", when)):
        if not isinstance(value, Mapping):
            faults.add(f"{where} {key}", f"写成了 {keys.shown(value)}", "应为键值表 { … }", "请改正")
            return {}
    for name in sorted(set(given) - set(facts)):
        faults.add(f"{where} given", f"「{name}」不是已声明的事实", f"可用：{'、'.join(facts)}", near(name, facts))
    shared = dict.fromkeys(facts, ANY) | {name: _written(value, "/") for name, value in given.items() if name in facts}
    shared |= {key: str(part[key]) for key in ("clause", "words") if key in part}
    return shared | {"when": ", ".join(f"{name}={_written(value, '/')}" for name, value in when.items())}


def _written(value: Any, between: str) -> str:
    """Write a value, or one of several, as a cell of the table."""
    return between.join(text_of(part) for part in value) if isinstance(value, list | tuple) else text_of(value)


def _rows(
    text: str, facts: Mapping[str, tuple[str, ...]], shared: dict[str, str], where: str, before: int, faults: Faults
) -> list[Row]:
    """Read the lines of one table; cells it has no column for are those its rows share."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        faults.add(where, "没有规则行")
        return []
    head, *body = lines
    if not _head_is_right(head, facts, shared, where, faults):
        return []
    rows = []
    for number, cells in enumerate(body, before + 1):
        at = f"{where}第{number}行规则"
        if _full(cells, head, at, faults):
            own = dict(zip(head, cells, strict=True))
            when = ", ".join(said for said in (shared.get("when", ""), own.get("when", "").strip(" -")) if said)
            rows.append(_row(number, {**shared, **own, "when": when}, facts, at, faults))
    return rows


def _head_is_right(
    head: list[str], facts: Mapping[str, Any], shared: Mapping[str, str], where: str, faults: Faults
) -> bool:
    allowed = {*FIXED, *facts}
    missing = {"tier", "clause", "words", *facts} - {*head, *shared}
    for name in head:
        if name not in allowed:
            faults.add(where, f"表头「{name}」不是已声明的事实", f"可用：{'、'.join(facts)}", near(name, allowed))
    if missing:
        faults.add(where, f"表头缺少：{'、'.join(sorted(missing))}")
    return not missing and set(head) <= allowed


def _few_enough(rows: list[Row], where: str, faults: Faults) -> bool:
    """Refuse rows that stand there twice, and more rows than are numbered."""
    first: dict[str, int] = {}
    said = [(row.number, str((row.tier, row.needs, row.when, row.clause, row.words))) for row in rows]
    double = [(first[row], number) for number, row in said if first.setdefault(row, number) != number]
    if double:
        shown = "；".join(f"第{number}行与第{other}行" for other, number in double[:3])
        faults.add(where, f"有 {len(double)} 行与前面的行完全相同：{shown}", "每种情形只能有一行", "请删去重复的行")
    elif len(rows) > MOST_ROWS:
        faults.add(where, f"有 {len(rows)} 行规则", f"至多 {MOST_ROWS} 行", "请合并相近的行（一格可写几个取值）")
    return not double and len(rows) <= MOST_ROWS


def _full(cells: list[str], head: list[str], where: str, faults: Faults) -> bool:
    if len(cells) != len(head):
        faults.add(where, f"有 {len(cells)} 格", f"应有 {len(head)} 格", "请用「|」补齐各格")
    return len(cells) == len(head)


def _row(number: int, cells: dict[str, str], facts: Mapping[str, tuple[str, ...]], where: str, faults: Faults) -> Row:
    needs = {}
    for fact, domain in facts.items():
        values = tuple(domain) if cells[fact] == ANY else tuple(value.strip() for value in cells[fact].split("/"))
        for value in set(values) - set(domain):
            faults.add(where, f"{fact} =「{value}」不是它的取值", f"可用：{'、'.join(domain)}", near(value, domain))
        needs[fact] = values
    if not cells["clause"]:
        faults.add(where, "没有写条款（clause）", "", "每一行都要有依据")
    return Row(
        number, cells["tier"], needs, _when(cells.get("when", ""), where, faults), cells["clause"], cells["words"]
    )


def _when(text: str, where: str, faults: Faults) -> dict[str, str]:
    pairs = [pair.split("=", 1) for pair in text.replace("，", ",").split(",") if pair.strip(" -")]
    if any(len(pair) != 2 for pair in pairs):
        faults.add(where, f"when 写成「{text}」", "应写作 参数=取值，多个用逗号隔开")
        return {}
    return {name.strip(): value.strip() for name, value in pairs}


def active(table: Table, chosen: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return the rows that exist under the chosen parameter values.

    Parameters
    ----------
    table : Table
        The tier table.
    chosen : mapping of str to object
        Value of each parameter.

    Returns
    -------
    tuple of Row
        The rows, in the order of the table.
    """
    said = {name: text_of(value) for name, value in chosen.items()}
    return tuple(row for row in table.rows if all(said[name] in value.split("/") for name, value in row.when.items()))


def cover(table: Table, needs: Mapping[str, tuple[str, ...]]) -> np.ndarray:
    """Mark the cells in which every named fact has one of its values.

    Parameters
    ----------
    table : Table
        The tier table.
    needs : mapping of str to tuple of str
        The values of each fact that count; a fact that is not named may have any.

    Returns
    -------
    ndarray of bool
        One axis a fact, True in the cells.
    """
    inside = np.ones(table.shape, dtype=bool)
    for axis, (fact, domain) in enumerate(table.facts.items()):
        if fact in needs:
            shape = [1] * len(table.shape)
            shape[axis] = len(domain)
            inside &= np.isin(domain, needs[fact]).reshape(shape)
    return inside


def impossible(table: Table) -> np.ndarray:
    """Mark the cells declared impossible.

    Parameters
    ----------
    table : Table
        The tier table.

    Returns
    -------
    ndarray of bool
        One axis a fact, True in those cells.
    """
    marked = np.zeros(table.shape, dtype=bool)
    for needs in table.impossible:
        marked |= cover(table, needs)
    return marked


def compile_rows(table: Table, chosen: Mapping[str, Any]) -> np.ndarray:
    """Compile the table under the chosen parameter values.

    Parameters
    ----------
    table : Table
        The tier table.
    chosen : mapping of str to object
        Value of each parameter.

    Returns
    -------
    ndarray of uint8
        One axis a fact, holding the position in `table.rows` of the row that answers the cell; `IMPOSSIBLE` (255) where
        the cell was declared impossible or nothing answers.
    """
    answer = np.full(table.shape, IMPOSSIBLE, dtype=np.uint8)
    position = {row.number: place for place, row in enumerate(table.rows)}
    for row in active(table, chosen):
        answer[cover(table, row.needs)] = position[row.number]
    answer[impossible(table)] = IMPOSSIBLE
    return answer


def prove(table: Table, options: Mapping[str, tuple[Any, ...]], where: str, faults: Faults) -> None:
    """Prove that every possible situation is answered by exactly one row, under every option of the parameters used.

    Parameters
    ----------
    table : Table
        The table to prove.
    options : mapping of str to tuple of object
        Options of every declared parameter.
    where : str
        File and element, for the messages.
    faults : Faults
        Collects gaps, overlaps and dead rows, each once.
    """
    if _too_large(table, options, where, faults):
        return
    barred, used, said = impossible(table), set(), set()
    for chosen in combinations(table, options):
        rows = active(table, chosen)
        hits = np.zeros((len(rows), *table.shape), dtype=bool)
        for place, row in enumerate(rows):
            hits[place] = cover(table, row.needs) & ~barred
            used |= {row.number} if hits[place].any() else set()
        count = hits.sum(axis=0)
        tail = _under(chosen)
        if "gap" not in said and (gap := (count == 0) & ~barred).any():
            said.add("gap")
            faults.add(
                where, f"有 {int(gap.sum())} 种情形没有规则{tail}：{_cells(table, gap)}", "", "请补一行，或声明不可能"
            )
        for pair in _overlaps(rows, hits, count):
            if pair not in said and len(said) < _MOST_TOLD:
                said.add(pair)
                both = np.logical_and(*(hits[[row.number for row in rows].index(number)] for number in pair))
                found = f"第{pair[0]}行与第{pair[1]}行规则重叠{tail}：{_cells(table, both)}"
                faults.add(where, found, "每种情形只能有一行", "请缩小其中一行")
    for row in table.rows:
        if row.number not in used:
            faults.add(f"{where}第{row.number}行规则", f"类别「{row.tier}」的这一行永远用不到", "", "请删去或改正取值")


def _too_large(table: Table, options: Mapping[str, tuple[Any, ...]], where: str, faults: Faults) -> bool:
    """Refuse a table nobody could prove: too many situations, or too many parameters that change its rows."""
    cells, tried = math.prod(table.shape), math.prod(len(options[name]) for name in _steering(table, options))
    if cells > _MOST_CELLS:
        found = f"事实的取值组合有 {cells:,} 种情形"
        faults.add(where, found, f"至多 {_MOST_CELLS:,} 种", "请减少 [facts] 里的事实或取值")
    elif cells * len(table.rows) * tried > _MOST_TRIED:
        found = f"when 用到的参数有 {tried:,} 种组合，每种 {cells:,} 种情形，无法逐一证明"
        faults.add(where, found, "", "请减少 when 里的参数，或减少事实")
    else:
        return False
    return True


def _steering(table: Table, options: Mapping[str, tuple[Any, ...]]) -> list[str]:
    """Name the parameters on which rows depend."""
    named = {name for row in table.rows for name in row.when}
    return [name for name in options if name in named]


def combinations(table: Table, options: Mapping[str, tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """List every combination of the parameter values the rows depend on.

    Parameters
    ----------
    table : Table
        The tier table.
    options : mapping of str to tuple of object
        Options of every declared parameter.

    Yields
    ------
    dict of str to object
        A value for each parameter the rows name.
    """
    names = _steering(table, options)
    for values in itertools.product(*(options[name] for name in names)):
        yield dict(zip(names, values, strict=True))


def _overlaps(rows: tuple[Row, ...], hits: np.ndarray, count: np.ndarray) -> Iterator[tuple[int, int]]:
    if (count > 1).any():
        for first, second in itertools.combinations(range(len(rows)), 2):
            if (hits[first] & hits[second]).any():
                yield rows[first].number, rows[second].number


def _under(chosen: Mapping[str, Any]) -> str:
    return f"（{'、'.join(f'{name}={text_of(value)}' for name, value in chosen.items())} 时）" if chosen else ""


def _cells(table: Table, marked: np.ndarray) -> str:
    """Describe marked cells: at most three blocks, facts that do not matter left out."""
    blocks = merge(table, marked, most=4)
    words = [
        "、".join(f"{fact}={'/'.join(values)}" for fact, values in block.items()) or "一切情形" for block in blocks[:3]
    ]
    return "；".join(words) + ("；……" if len(blocks) > 3 else "")


def merge(table: Table, marked: np.ndarray, *, most: int | None = None) -> list[dict[str, tuple[str, ...]]]:
    """Write a set of cells as few blocks ``fact -> values``; a fact of which any value will do is left out.

    Greedy: each block grows along one axis after the other from the first cell not yet described, freely over cells
    that are impossible.

    Parameters
    ----------
    table : Table
        The tier table.
    marked : ndarray of bool
        The cells, one axis a fact.
    most : int, optional
        How many blocks are enough.

    Returns
    -------
    list of dict of str to tuple of str
        The blocks; where all are asked for, together they cover the cells and nothing else that is possible.
    """
    left, blocks, free = marked.copy(), [], marked | impossible(table)
    while left.any() and (most is None or len(blocks) < most):
        spans = [[place] for place in np.argwhere(left)[0]]
        for axis, size in enumerate(marked.shape):
            for value in range(size):
                trial = [span if place != axis else sorted({*span, value}) for place, span in enumerate(spans)]
                if free[np.ix_(*trial)].all():
                    spans = trial
        blocks.append(_block(table, spans, marked[np.ix_(*spans)]))
        left[np.ix_(*spans)] = False
    return blocks


def _block(table: Table, spans: list[list[int]], inside: np.ndarray) -> dict[str, tuple[str, ...]]:
    """Name a block: facts of which any value will do and values met only in impossible cells are left out."""
    block = {}
    for axis, (fact, domain) in enumerate(table.facts.items()):
        met = inside.any(axis=tuple(other for other in range(inside.ndim) if other != axis))
        if len(spans[axis]) < len(domain):
            block[fact] = tuple(domain[place] for place, some in zip(spans[axis], met, strict=True) if some)
    return block


def in_words(block: Mapping[str, tuple[str, ...]], words: Mapping[str, Fact]) -> str:
    """Say a block of cells in Chinese.

    Parameters
    ----------
    block : mapping of str to tuple of str
        The values of each fact; a fact that is not named may have any.
    words : mapping of str to Fact
        Label and answers of each fact (``policy.words``).

    Returns
    -------
    str
        The facts and their values; 一切情形 where any will do.
    """
    said = [
        f"{words[fact].label}：{'或'.join(words[fact].answers[value] for value in values)}"
        for fact, values in block.items()
    ]
    return "；".join(said) or "一切情形"
