"""The pipe table of a policy file, and the parts of it that are written apart, read into rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from zhaosheng_analysis.policy.decision_table import ANY, Row, text_of
from zhaosheng_analysis.schema import Faults, keys, near

FIXED = ("tier", "when", "clause", "words")
MOST_ROWS = 2_000  # of which each is tried against all; fewer than there are numbers of rows
#: What every row of a part of the table shares, said once above it.
PART = ("title", "given", "when", "clause", "words", "rows")


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
