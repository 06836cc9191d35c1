"""Changes made by hand after the lot: checked again against wishes and sizes, each with its reason, and recorded.

The papers of the draw stay as they are; a change stands beside them, and `verify` replays it. So what the lot decided
and what people decided afterwards can always be told apart.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from zhaosheng_analysis.classes import comparing, forming, papers
from zhaosheng_analysis.classes import wishes as demands
from zhaosheng_analysis.lottery import commitments, records
from zhaosheng_analysis.schema import DataError, Fault, Faults, csv_safety

VERSION = "zhaosheng-class-changes-1"
#: Papers of the changes; the first two hold children.
FILES = ("内部-调整记录.json", "内部-调整后名单.csv", "调整后公示.csv")
_KINDS = {"version": str, "inside": str, "result_sha256": str, "changes": tuple[Any, ...]}
_LINE = {"pupil_id": str, "from": int, "to": int, "reason": str, "decided_by": str, "on": str, "breaks": list}
Moves = Sequence[tuple[str, int]]


def change(
    document: Mapping[str, Any],
    result: pd.DataFrame,
    moves: Moves,
    *,
    reason: str,
    decided_by: str,
    on: pd.Timestamp,
    earlier: Sequence[Mapping[str, Any]] = (),
    despite: bool = False,
) -> list[dict[str, Any]]:
    """Check changes made by hand together, and return them as lines of the record behind the earlier ones.

    Parameters
    ----------
    document : mapping of str to object
        The commitment.
    result : DataFrame
        What the lot gave, from `papers.draw`.
    moves : sequence of (str, int)
        Pupil and the class it goes to; an exchange is two of them.
    reason : str
        Why, in one line.
    decided_by : str
        Who decided.
    on : Timestamp
        Day of the decision.
    earlier : sequence of mapping of str to object
        Lines that stand in the record already.
    despite : bool, optional
        Whether wishes may be broken and sizes or sexes end up further apart than before; it is recorded.

    Returns
    -------
    list of dict of str to object
        All lines.

    Raises
    ------
    DataError
        Unknown pupils or classes, no reason, wishes broken or classes less even without `despite`.
    """
    before = replayed(result, earlier)
    faults = Faults()
    _judge_moves(before, moves, document["classes_n"], faults)
    for title, words in (("理由", reason), ("决定人", decided_by)):
        if not words.strip() or not words.isprintable():
            faults.add(f"调整{title}", "是空的，或含不可见字符", "一行文字", f"请写明{title}")
    faults.raise_if_any()
    at = before.set_index("pupil_id")["class_no"]
    lines = [{"pupil_id": name, "from": int(at[name]), "to": int(to), "reason": reason.strip()} for name, to in moves]
    lines = [line | {"decided_by": decided_by.strip(), "on": f"{on:%Y-%m-%d}", "breaks": []} for line in lines]
    lapses = broken(document, before, replayed(before, lines))
    if lapses and not despite:
        remedy = "请改动别人，或两人对调；确须如此，另行写明不顾约定（--despite），写进记录"
        raise DataError(*(Fault("手工调整", words, "不违反约定，不使班级更不均衡", remedy) for words in lapses))
    lines[-1]["breaks"] = lapses
    return [*map(dict, earlier), *lines]


def broken(document: Mapping[str, Any], before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """Say what a list breaks that the one before it kept.

    Parameters
    ----------
    document : mapping of str to object
        The commitment.
    before : DataFrame
        pupil_id, class_no and sex.
    after : DataFrame
        The same after the change.

    Returns
    -------
    list of str
        In Chinese: wishes, sizes and, where they are to be even, boys.
    """
    pupils = papers.pupils_of(document)
    asked = [*papers.wishes_of(document), *demands.of_twins(pupils, document["twins"])]
    old = comparing.broken(asked, before)
    said = [f"违反约定：{wish}" for wish in comparing.broken(asked, after) if wish not in old]
    for title in ("人数", "男生"):
        if title == "男生" and document["even"] != "sex":
            continue
        those = [table if title == "人数" else table[table["sex"] == "male"] for table in (before, after)]
        gaps = [_gap(table, document) for table in those]
        if gaps[1] > max(gaps[0], 1):
            said.append(f"各班{title}与应有数最多差 {gaps[1]} 人，原来最多差 {gaps[0]} 人")
    return said


def _gap(table: pd.DataFrame, document: Mapping[str, Any]) -> int:
    """Return how far the classes are from their share of these pupils, rounded down to whole pupils."""
    shares = pd.Series(document["sizes"] or [1] * document["classes_n"], index=range(1, document["classes_n"] + 1))
    due = len(table) * shares / shares.sum()
    sizes = table.groupby("class_no").size().reindex(due.index, fill_value=0)
    return int((sizes - due).abs().max() // 1)


def _judge_moves(before: pd.DataFrame, moves: Moves, classes_n: int, faults: Faults) -> None:
    """Note moves of nobody, to nowhere, or of one pupil twice."""
    at = before.set_index("pupil_id")["class_no"]
    if not moves:
        faults.add("手工调整", "没有写谁调到哪个班", "学生编号=班号", "请写明")
    if len({name for name, _ in moves}) < len(moves):
        faults.add("手工调整", "同一学生写了两次", "一人一次", "请改正")
    for name, to in moves:
        if name not in at.index:
            faults.add("手工调整", f"名单中没有 {name}", "编班结果中的学生编号", "请核对编号")
        elif not 1 <= to <= classes_n or at[name] == to:
            faults.add("手工调整", f"{name} 调到 {to} 班，现在 {at[name]} 班", f"1 到 {classes_n} 的另一个班", "请改正")


def replayed(result: pd.DataFrame, lines: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a list after changes; the numbers within a class stay, newcomers are numbered behind.

    Parameters
    ----------
    result : DataFrame
        pupil_id, class_no, number, sex.
    lines : sequence of mapping of str to object
        Lines of the record.

    Returns
    -------
    DataFrame
        The same columns, sorted by class and number.
    """
    table = result.set_index("pupil_id")
    for line in lines:
        if line["pupil_id"] not in table.index or table.loc[line["pupil_id"], "class_no"] != line["from"]:
            raise DataError(Fault(FILES[0], f"{line['pupil_id']} 不在 {line['from']} 班", "与结果相符", "请索取原件"))
        behind = 1 + max(table.loc[table["class_no"] == line["to"], "number"], default=0)
        table.loc[line["pupil_id"], ["class_no", "number"]] = [line["to"], behind]
    return table.reset_index().sort_values(["class_no", "number"], ignore_index=True)[list(result.columns)]


def files(
    document: Mapping[str, Any], result: pd.DataFrame, record: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
) -> dict[str, bytes]:
    """Return every paper of the changes.

    Parameters
    ----------
    document : mapping of str to object
        The commitment.
    result : DataFrame
        What the lot gave.
    record : mapping of str to object
        The record of the lot.
    lines : sequence of mapping of str to object
        From `change`.

    Returns
    -------
    dict of str to bytes
        Content by name.
    """
    after = replayed(result, lines)
    entries = {
        "version": VERSION,
        "inside": papers.INSIDE,
        "result_sha256": record["result_sha256"],
        "changes": [dict(line) for line in lines],
    }
    listed = f"{papers.INSIDE}\n" + csv_safety.csv(papers.listed(document, after))
    board = "\ufeff" + csv_safety.csv(forming.published(after))
    texts = (commitments.canonical(entries), listed, board)
    return {name: text.encode() for name, text in zip(FILES, texts, strict=True)}


def read(content: bytes, *, published: str = "") -> list[dict[str, Any]]:
    """Read the lines of a record of changes.

    Parameters
    ----------
    content : bytes
        What is in its file.
    published : str, optional
        The hash that was published.

    Returns
    -------
    list of dict of str to object
        The lines.

    Raises
    ------
    DataError
        It is not as `files` writes it.
    """
    published = published or commitments.sha256(content.decode(errors="replace"))
    record = commitments.opened(content, published=published, kinds=_KINDS, what=FILES[0], judge=_judge)
    return list(record["changes"])


def _judge(record: Mapping[str, Any], faults: Faults) -> None:
    if record["version"] != VERSION or record["inside"] != papers.INSIDE:
        faults.add(FILES[0], "是另一版本写的", VERSION, "请用写出它的版本核验")
    for line in record["changes"]:
        complete = isinstance(line, dict) and set(line) == set(_LINE)
        if not complete or not all(type(line[name]) is kind for name, kind in _LINE.items()):
            faults.add(FILES[0], "有一条写法不对", "、".join(_LINE), "请用原件")
            return


def verify(
    contents: Mapping[str, bytes],
    document: Mapping[str, Any],
    result: pd.DataFrame,
    record: Mapping[str, Any],
    *,
    published: str = "",
) -> list[dict[str, Any]]:
    """Replay the changes on what the lot gave, and compare their papers byte by byte.

    Parameters
    ----------
    contents : mapping of str to bytes
        What is in each of `FILES`.
    document : mapping of str to object
        The commitment.
    result : DataFrame
        What the lot gave.
    record : mapping of str to object
        The record of the lot.
    published : str, optional
        The hash of the record of changes that was published; without it nobody knows whether a reason was rewritten.

    Returns
    -------
    list of dict of str to object
        The lines.

    Raises
    ------
    DataError
        With every paper that is not as it must be.
    """
    faults = records.whole(contents, FILES, what="手工调整")
    lines = read(contents[FILES[0]], published=published)
    records.unequal(files(document, result, record, lines), contents, what="手工调整", faults=faults)
    faults.raise_if_any()
    return lines
