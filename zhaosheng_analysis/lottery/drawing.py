"""Chance as an argument: a ticket is a hash of the seed and the name, so that anyone can recompute it.

The protocol: the roster's hash is published (`commit`), then the seed appears (the notary's balls, or a public
randomness round named beforehand), then `draw` orders the families and writes a record. `verify` recomputes everything,
and so does the one-screen program of `verifier`, which needs nothing but Python.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from zhaosheng_analysis.lottery import records
from zhaosheng_analysis.schema import DataError, Fault, Faults

RULES = {
    "skip": "放不下的多胞胎跳过，由后面放得下的补上",
    "stop": "遇到放不下的多胞胎即止，余位空缺",
    "expand": "最后一组多胞胎全部录取，超出计划",
    "split": "余位给多胞胎中的一部分",
}
#: Lines of ``draw.json``.
RECORD = dict.fromkeys(
    (
        "roster_sha256", "seed", "source", "stream", "rule", "overflow", "last_ticket", "last_family", "result_sha256",
    ),
    str,
) | dict.fromkeys(("plan", "families", "children", "admitted"), int)  # fmt: skip
RULE = "ticket = SHA-256(seed|stream|family)[:8], ascending; equal tickets by family"


def tickets(ids: Iterable[str], *, seed: str, stream: str = "") -> np.ndarray:
    """Draw one ticket an id: the first eight bytes of ``SHA-256(seed|stream|id)``, smallest first.

    Parameters
    ----------
    ids : iterable of str
        Names of those who draw; the order of the list does not matter.
    seed : str
        Published seed of the draw.
    stream : str, optional
        What the draw is for, such as a school id; other streams give unrelated tickets.

    Returns
    -------
    ndarray of uint64
        In the order of `ids`.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.lottery.tickets(["c1", "c2"], seed="2025-07-27", stream="s2").argsort().tolist()
    [0, 1]
    """
    head = hashlib.sha256(f"{seed}|{stream}|".encode())

    def ticket(name: str) -> int:
        digest = head.copy()
        digest.update(name.encode())
        return int.from_bytes(digest.digest()[:8], "big")

    return np.fromiter((ticket(str(name)) for name in ids), dtype=np.uint64)


def generator(seed: str, stream: str) -> np.random.Generator:
    """Return the random generator of one named stream of a seed, for synthetic data and simulation.

    Parameters
    ----------
    seed : str
        Seed of the whole.
    stream : str
        What the numbers are for; other streams give unrelated numbers.

    Returns
    -------
    Generator
        Always the same for the same seed and stream.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.lottery.generator("0", "homes").integers(100, size=3).tolist()
    [69, 77, 87]
    """
    digest = hashlib.sha256(f"{seed}|{stream}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def roster_csv(roster: Mapping[str, int]) -> str:
    """Write a roster in its one canonical form: ``family,heads``, sorted by family.

    Parameters
    ----------
    roster : mapping of str to int
        Children (heads) by family; twins are one family with 2.

    Returns
    -------
    str
        Its text, the same bytes everywhere.

    Raises
    ------
    DataError
        An empty roster, a name with a comma or line break, a family without children.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> print(zs.lottery.roster_csv({"t1": 2, "c1": 1}), end="")
    family,heads
    c1,1
    t1,2
    """
    faults = Faults()
    if not roster:
        faults.add("名册", "是空的", "至少一户", "请检查报名数据")
    odd = [name for name in roster if not name or any(mark in name for mark in ',"\r\n')]
    if odd:
        faults.add("名册", f"{len(odd)} 个名称含逗号、引号、换行或为空：{odd[:3]}", "不含这些符号的编号", "请改用编号")
    few = [name for name, heads in roster.items() if heads < 1]
    if few:
        faults.add("名册", f"{len(few)} 户人数小于 1：{'、'.join(few[:3])}", "不小于 1 的整数", "请改正人数")
    faults.raise_if_any()
    return "family,heads\n" + "".join(f"{name},{int(roster[name])}\n" for name in sorted(roster))


def commit(roster: Mapping[str, int]) -> str:
    """Return the SHA-256 of the canonical roster, to be published before the seed exists.

    Parameters
    ----------
    roster : mapping of str to int
        Children (heads) by family; twins are one family with 2.

    Returns
    -------
    str
        64 hex digits.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.lottery.commit({"f1": 1, "f2": 2})[:16]
    '2473b02a299d0bcc'
    """
    return records.sha256(roster_csv(roster))


def draw(
    roster: Mapping[str, int],
    *,
    seed: str,
    plan: int,
    stream: str = "",
    source: str = "",
    overflow: str = "skip",
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Order the families of a roster by ticket, fill the plan, and record everything needed to check it.

    Parameters
    ----------
    roster : mapping of str to int
        Children by family.
    seed : str
        Published seed.
    plan : int
        Seats, in children.
    stream : str, optional
        What the draw is for, such as a school id (and the round).
    source : str, optional
        Where the seed came from, in words.
    overflow : str, default "skip"
        What happens to twins who do not fit (`RULES`).

    Returns
    -------
    list of dict
        One a family in drawn order: place (1 first), family, heads, ticket (16 hex digits), seats.
    dict
        The record: the contents of ``draw.json``.

    Raises
    ------
    DataError
        The roster cannot be used, or there is no such rule for twins.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> result, record = zs.lottery.draw({"c1": 1, "c2": 1, "t1": 2}, seed="2025-07-27", plan=2, stream="s2")
    >>> [(row["family"], row["seats"]) for row in result]
    [('c1', 1), ('t1', 0), ('c2', 1)]
    >>> record["admitted"], record["last_family"]
    (2, 'c2')
    """
    if overflow not in RULES:
        raise DataError(Fault("派位", f"没有多胞胎规则「{overflow}」", "、".join(RULES), "请改正"))
    names = sorted(roster)
    drawn = dict(zip(names, tickets(names, seed=seed, stream=stream).tolist(), strict=True))
    order = sorted(names, key=lambda name: (drawn[name], name))
    heads = [int(roster[name]) for name in order]
    seats = fill(heads, plan, overflow=overflow)
    result = [
        {"place": place, "family": name, "heads": n, "ticket": f"{drawn[name]:016x}", "seats": got}
        for place, (name, n, got) in enumerate(zip(order, heads, seats, strict=True), 1)
    ]
    inside = [row for row in result if row["seats"]]
    record = {
        "roster_sha256": commit(roster),
        "seed": seed,
        "source": source,
        "stream": stream,
        "rule": RULE,
        "plan": plan,
        "overflow": overflow,
        "families": len(order),
        "children": sum(heads),
        "admitted": sum(seats),
        "last_ticket": inside[-1]["ticket"] if inside else "",
        "last_family": inside[-1]["family"] if inside else "",
        "result_sha256": records.sha256(result_csv(result)),
    }
    return result, record


def fill(heads: list[int], plan: int, *, overflow: str = "skip") -> list[int]:
    """Give the seats of a plan to families in drawn order; return the seats of each.

    Parameters
    ----------
    heads : list of int
        Children of each family, first drawn first.
    plan : int
        Seats.
    overflow : str, default "skip"
        What happens to a family that does not fit (`RULES`); catalogue A-G4.

    Returns
    -------
    list of int
        Seats each family gets, in drawn order.
    """
    seats, left = [0] * len(heads), plan
    for place, n in enumerate(heads):
        if left <= 0:
            break
        if n <= left:
            seats[place] = n
        elif overflow == "skip":
            continue
        else:
            seats[place] = {"stop": 0, "expand": n, "split": left}[overflow]
            break
        left -= n
    return seats


def result_csv(result: list[dict[str, Any]]) -> str:
    """Write a result in its one canonical form.

    Parameters
    ----------
    result : list of dict of str to object
        One dict a family in drawn order, as `draw` gives it.

    Returns
    -------
    str
        Its text, the same bytes everywhere.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> result, _ = zs.lottery.draw({"c1": 1, "t1": 2}, seed="2025-07-27", plan=3)
    >>> print(zs.lottery.result_csv(result), end="")
    place,family,heads,ticket,seats
    1,c1,1,727c346e2707d629,1
    2,t1,2,b24aae2c7a9b7c27,2
    """
    lines = [f"{row['place']},{row['family']},{row['heads']},{row['ticket']},{row['seats']}\n" for row in result]
    return "place,family,heads,ticket,seats\n" + "".join(lines)


def verify(record: Mapping[str, Any], roster: Mapping[str, int], result: list[dict[str, Any]]) -> None:
    """Recompute a draw from its record and roster.

    Parameters
    ----------
    record : mapping of str to object
        Contents of ``draw.json``.
    roster : mapping of str to int
        Children by family.
    result : list of dict of str to object
        One dict a family in drawn order.

    Raises
    ------
    DataError
        With everything that differs: roster, result, or any line of the record.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> roster = {"c1": 1, "c2": 1, "t1": 2}
    >>> result, record = zs.lottery.draw(roster, seed="2025-07-27", plan=2)
    >>> zs.lottery.verify(record, roster, result)
    >>> zs.lottery.verify(record | {"admitted": 3}, roster, result)
    Traceback (most recent call last):
    zhaosheng_analysis.schema.faults.DataError: 派位记录「admitted」：为 3；重算为 2；记录被改动过，请用原件。
    """
    faults = Faults()

    def again() -> dict[str, Any]:
        records.unchanged(roster_csv(roster), record["roster_sha256"], what="名册", faults=faults)
        terms = ("seed", "plan", "stream", "source", "overflow")
        return draw(roster, **{name: record[name] for name in terms})[1]

    expected = records.repeated(record, RECORD, again, where="派位记录", faults=faults)
    records.unchanged(result_csv(result), expected["result_sha256"], what="派位结果", faults=faults)
    faults.raise_if_any()


def verifier() -> str:
    """Return the text of ``verify.py``, to be written beside roster.csv, draw.json and result.csv.

    Returns
    -------
    str
        A program of one screen that needs the standard library only.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> "import hashlib" in zs.lottery.verifier()
    True
    """
    return _VERIFIER


_VERIFIER = '''\
"""Recompute this draw: python verify.py (standard library only). Reads roster.csv, draw.json, result.csv here."""
import hashlib, json, pathlib, sys

here = pathlib.Path(__file__).parent
record = json.loads((here / "draw.json").read_text(encoding="utf-8"))
roster, result = (here / "roster.csv").read_bytes(), (here / "result.csv").read_bytes()
wrong = []

def must(ok, what):
    if not ok:
        wrong.append(what)

must(hashlib.sha256(roster).hexdigest() == record["roster_sha256"], "roster.csv is not the roster that was published")
must(hashlib.sha256(result).hexdigest() == record["result_sha256"], "result.csv is not the result that was recorded")
rows = []
for line in roster.decode().splitlines()[1:]:
    family, heads = line.split(",")
    digest = hashlib.sha256(f"{record['seed']}|{record['stream']}|{family}".encode()).hexdigest()
    rows.append((digest[:16], family, int(heads)))
rows.sort()
left, lines, inside, over = record["plan"], ["place,family,heads,ticket,seats"], [], record["overflow"]
for place, (ticket, family, heads) in enumerate(rows, 1):
    seats = heads if 0 < heads <= left else 0
    left -= seats
    if not seats and left > 0 and over != "skip":
        seats, left = {"stop": 0, "expand": heads, "split": left}[over], 0
    lines.append(f"{place},{family},{heads},{ticket},{seats}")
    if seats:
        inside.append((ticket, family, seats))
must("\\n".join(lines) + "\\n" == result.decode(), "result.csv does not follow from roster and seed")
last = inside[-1][:2] if inside else ("", "")
must((record["last_ticket"], record["last_family"]) == last, "draw.json names another last ticket")
must(record["admitted"] == sum(row[2] for row in inside), "draw.json counts another number of seats")
must((record["families"], record["children"]) == (len(rows), sum(row[2] for row in rows)), "draw.json: another roster")
print("WRONG: " + "; ".join(wrong) if wrong else f"OK: {len(rows)} tickets, {record['admitted']} seats, as published")
sys.exit(1 if wrong else 0)
'''
