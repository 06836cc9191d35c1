"""What hangs on a blank: whose tier or declared fact cannot be told yet, and the papers it waits for, by name."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import fillings
from zhaosheng_analysis.policy import Cells, Policy, conditions, decision_table, uses, vocabulary

__all__ = ["add", "deciding", "hanging", "paper", "settled", "wait"]
_TRIED = 4096  # ways to fill the blanks of a child that are all tried; where there are more each is asked for
# What is brought where the answer itself is not a paper.
_PAPERS = {
    "locked": "住房的地址编号，或写明学段的锁定记录",
    "same_dwelling": "户籍和住房的地址编号",
    "same_register": "儿童和监护人户籍的地址编号",
}
Lines = Iterable[tuple[str, conditions.Condition]]


def add(said: np.ndarray, where: np.ndarray, label: str, *, between: str = "、") -> None:
    """Add a label to what is said of some children, of whom it is not said already.

    Parameters
    ----------
    said : ndarray of object, shape (children,)
        What is said, joined; changed in place.
    where : ndarray of bool, shape (children,)
        Of whom.
    label : str
        What is added.
    between : str, optional
        What joins them.
    """
    for row in np.flatnonzero(where):
        if label not in said[row].split(between):
            said[row] = f"{said[row]}{between}{label}" if said[row] else label


def hanging(matters: Mapping[str, np.ndarray], table: Cells, policy: Policy) -> np.ndarray:
    """Name the blanks on which the given facts hang.

    Parameters
    ----------
    matters : mapping of str to ndarray of bool, shape (children,)
        By declared fact, whose answer is asked for and not known.
    table : Cells
        One row a child: what conditions may name (`declared_facts.with_blanks`).
    policy : Policy
        The rules.

    Returns
    -------
    ndarray of object, shape (children,)
        Labels joined by 、; empty where nothing is missing.
    """
    missing = np.full(len(table), "", dtype=object)
    for name, here in matters.items():
        _name(missing, here, policy.declared.facts[name].when, table, policy)
    return missing


def wait(missing: np.ndarray, blank: np.ndarray, condition: conditions.Condition, table: Cells, policy: Policy) -> None:
    """Add the labels of the blanks a condition hangs on to what is missing.

    Parameters
    ----------
    missing : ndarray of object, shape (children,)
        What is missing already, joined by 、; changed in place.
    blank : ndarray of bool, shape (children,)
        Of whom the condition is not known.
    condition : Condition
        What must hold.
    table : Cells
        The values it names, and those of the facts of the file where it names one (`declared_facts.with_declared`).
    policy : Policy
        The rules.
    """
    _name(missing, blank, [("yes", condition)], table, policy)


def _name(missing: np.ndarray, here: np.ndarray, lines: Lines, table: Cells, policy: Policy) -> None:
    """Add what the answer of some lines hangs on; a fact of the file is traced back to its own papers."""
    defined = policy.declared.facts
    for column, rows in _moving(lines, table, here, policy).items():
        if column in defined:
            _name(missing, rows, defined[column].when, table, policy)
        else:
            add(missing, rows, paper(column, policy))


def paper(column: str, policy: Policy) -> str:
    """Name what is brought where a column is blank.

    Parameters
    ----------
    column : str
        A fact of the vocabulary or a column a condition may name.
    policy : Policy
        The rules.

    Returns
    -------
    str
        In Chinese: the paper, or the cell to be filled in.
    """
    if column in _PAPERS:
        return _PAPERS[column]
    if column in fillings.CELLS:
        return f"{vocabulary.EVIDENCE[column].label}（请写明）"
    reads = uses.reads(column)
    for rule in ("hukou_known", "guardian_known", "second_hand_known"):
        if len(reads) == 1 and reads & {*fillings.columns(rule)}:
            return vocabulary.PAPERS[rule]
    return policy.askable[column].label


def _moving(lines: Lines, table: Cells, here: np.ndarray, policy: Policy) -> dict[str, np.ndarray]:
    """Tell by column where filling its blank one way or another can change the answer of some lines."""
    lines = list(lines)
    order = dict.fromkeys(name for _, condition in lines for name in condition.columns)
    moved: dict[str, np.ndarray] = {}
    for mine, blank, answers in _ways(lines, table, here, policy):
        turning = [names for axis, names in enumerate(blank) if answers is None or _turns(answers, axis)]
        # A check may be unknown by the rules of the language where every way to fill the blanks leads to one answer.
        for name in itertools.chain(*(turning or blank)):
            there = moved.setdefault(name, np.zeros(len(table), dtype=bool))
            there[mine] |= table.blank(name)[mine]
    return {name: moved[name] for name in order if name in moved}


def settled(
    lines: Lines, otherwise: str, table: Cells, here: np.ndarray, policy: Policy
) -> Iterator[tuple[np.ndarray, str]]:
    """Find the children of whom every way to fill their blanks leads to one answer: it is known without them.

    Parameters
    ----------
    lines : iterable of tuple of (str, Condition)
        Answers with their conditions; the first that holds decides.
    otherwise : str
        The answer where none holds.
    table : Cells
        The values they name.
    here : ndarray of bool, shape (children,)
        Whom to look at.
    policy : Policy
        The rules.

    Yields
    ------
    tuple of (ndarray of int, str)
        Positions of children, and their answer.
    """
    lines = list(lines)
    for mine, _, answers in _ways(lines, table, here, policy):
        if answers is not None and (answers == answers.flat[0]).all():
            yield mine, [*dict.fromkeys(said for said, _ in lines), otherwise][answers.flat[0]]


def _turns(answers: np.ndarray, axis: int) -> bool:
    """Tell whether one blank can change the answer, whatever the other blanks turn out to be."""
    return bool((answers != answers.take([0], axis=axis)).any())


def _ways(
    lines: list[tuple[str, conditions.Condition]], table: Cells, here: np.ndarray, policy: Policy
) -> Iterator[tuple[np.ndarray, list[tuple[str, ...]], np.ndarray | None]]:
    """Yield children alike in what they lack, the columns that are blank, and the answer of every way to fill them.

    Answers have one axis a blank, and are None where there are too many ways.
    """
    at = np.flatnonzero(here)
    leaves = list(dict.fromkeys(leaf for _, condition in lines for leaf in condition.every))
    if not at.size or not leaves:
        return
    inclusive = bool(policy.parameter("cutoff.inclusive", default=True))
    rows = table.take(at)
    judged = np.column_stack([_judged(leaf, rows, inclusive=inclusive) for leaf in leaves])
    patterns, which = np.unique(judged, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        assumed = dict(zip(leaves, pattern, strict=True))
        open_: dict[tuple[str, ...], list[conditions.Requirement]] = {}
        for leaf in (leaf for leaf in leaves if assumed[leaf] == conditions.UNKNOWN):
            open_.setdefault((leaf.column, leaf.wanted[1]) if leaf.kind == "beside" else (leaf.column,), []).append(
                leaf
            )
        filled = [_fillings(tuple(mine), inclusive=inclusive) for mine in open_.values()]
        few = np.prod([len(way) for way in filled], dtype=float) <= _TRIED
        answers = _answers(lines, assumed, list(open_.values()), filled) if few else None
        yield at[which == number], list(open_), answers


def _judged(leaf: conditions.Requirement, table: pd.DataFrame | Cells, *, inclusive: bool) -> np.ndarray:
    """Answer one requirement."""
    return conditions.judge(conditions.Condition((leaf,)), table, inclusive=inclusive)


@lru_cache(maxsize=1024)
def _fillings(leaves: tuple[conditions.Requirement, ...], *, inclusive: bool) -> np.ndarray:
    """Return the answers of the requirements on one blank, one row for each way they can turn out together."""
    first = leaves[0]
    if first.kind == "beside":
        return np.array([[conditions.NO] * len(leaves), [conditions.YES] * len(leaves)])
    table = pd.DataFrame({first.column: _tellings(leaves)})
    return np.unique(np.column_stack([_judged(leaf, table, inclusive=inclusive) for leaf in leaves]), axis=0)


def _tellings(leaves: tuple[conditions.Requirement, ...]) -> pd.Series:
    """Return values of a column which tell apart all that its requirements tell apart."""
    if leaves[0].kind == "flag":
        return pd.Series([True, False], dtype="boolean")
    if leaves[0].kind in ("by", "after"):
        limits = [pd.Timestamp(leaf.wanted.on) for leaf in leaves]
        days = [limit + pd.Timedelta(days=days) for limit in limits for days in (-1, 0, 2)]
        return pd.Series(days, dtype="datetime64[us]")
    wanted = [one for leaf in leaves for one in (leaf.wanted[1:] if leaf.kind == "compare" else leaf.wanted)]
    if all(isinstance(one, float | int) for one in wanted):
        limits = np.unique(wanted)
        return pd.Series([limits[0] - 1, *limits, *(limits[1:] + limits[:-1]) / 2, limits[-1] + 1], dtype="Float64")
    return pd.Series([*dict.fromkeys(wanted), ""], dtype="str")


def _answers(
    lines: list[tuple[str, conditions.Condition]],
    known: Mapping[conditions.Requirement, int],
    blank: list[list[conditions.Requirement]],
    filled: list[np.ndarray],
) -> np.ndarray:
    """Return the number of the answer (the last: none of the lines holds) for every way to fill some blanks."""
    shape = tuple(len(ways) for ways in filled)
    n = int(np.prod(shape, dtype=int))
    given = {leaf: np.full(n, answer, dtype=np.int8) for leaf, answer in known.items()}
    for leaves, ways, at in zip(blank, filled, np.indices(shape).reshape(len(shape), n), strict=True):
        given |= {leaf: ways[at, number] for number, leaf in enumerate(leaves)}
    codes = {said: code for code, said in enumerate(dict.fromkeys(said for said, _ in lines))}
    answer = np.full(n, len(codes))
    for said, condition in reversed(lines):
        answer[conditions.joined(condition, given.__getitem__, n) == conditions.YES] = codes[said]
    return answer.reshape(shape)


def deciding(
    codes: Mapping[str, np.ndarray], waits: Mapping[str, np.ndarray], policy: Policy
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Tell whose unknown answer decides the tier: where another answer would give another one.

    Parameters
    ----------
    codes : mapping of str to ndarray of int, shape (children,)
        By fact of the tier table, the position of each answer in its values.
    waits : mapping of str to ndarray of bool, shape (children,)
        By declared fact, where it hangs on a blank.
    policy : Policy
        The rules.

    Returns
    -------
    dict of str to ndarray of bool
        By declared fact, where the tier hangs on it.
    dict of str to ndarray of int
        By declared fact that is not known of somebody, positions of answers with the last tier that may come out: who
        is served before the paper is there is served no better than without it.
    """
    matters = {name: np.zeros_like(blank) for name, blank in waits.items()}
    open_ = [name for name in policy.facts if name in waits and waits[name].any()]
    last = {name: codes[name].copy() for name in open_}
    if not open_:
        return matters, last
    patterns, which = np.unique(np.column_stack([waits[name] for name in open_]), axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        here = np.flatnonzero(which == number)
        varied = [name for name, blank in zip(open_, pattern, strict=True) if blank]
        high = _ranks({name: values[here] for name, values in codes.items()}, policy)
        low = np.where(high < 0, len(policy.table.rows), high)
        for choice in itertools.product(*(range(len(policy.facts[name])) for name in varied)):
            given = dict(zip(varied, choice, strict=True))
            ranks = _ranks({name: given.get(name, codes[name][here]) for name in policy.facts}, policy, here.size)
            worse, low = ranks > high, np.where(ranks >= 0, np.minimum(low, ranks), low)
            high = np.where(worse, ranks, high)
            for name in varied:
                last[name][here[worse]] = given[name]
        for name in varied:
            matters[name][here] |= low < high
    return matters, last


def _ranks(codes: Mapping[str, np.ndarray | int], policy: Policy, n: int = 1) -> np.ndarray:
    """Return the rank of the tier of some answers, -1 where the rules say they cannot be."""
    of_row = np.array([policy.table.order.index(row.tier) for row in policy.table.rows])
    row = policy.answer[tuple(codes[name] for name in policy.facts)].astype(int)
    return np.broadcast_to(
        np.where(row == decision_table.IMPOSSIBLE, -1, of_row.take(row, mode="clip")), (max(n, np.size(row)),)
    )
