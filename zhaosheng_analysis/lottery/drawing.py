"""Chance as an argument: a ticket is a hash of the seed and the name, so that anyone can recompute it.

The protocol: the hash of a document that holds everything (`commit`, `digest`) is published, then the seed appears (the
notary's balls, or a round of public randomness the document named), then `draw` orders the families and writes a
record. `verify` makes every file of a draw again from the document and compares them byte by byte; so does the program
of `verifier`, which needs nothing but Python.
"""

import hashlib
import html
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from zhaosheng_analysis.lottery import commitments, records, seeds

#: Files of a draw. All but the words under ``notes`` of draw.json follow from commitment and seed.
FILES = ("commitment.json", "result.csv", "draw.json", "verify.py", "派位结果.csv", "派位结果.html")
ANNOUNCED = "次序,户号,人数,派位号,录取人数"


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
    head = f"{seed}|{stream}|"
    names = ids.to_numpy(dtype=object) if hasattr(ids, "to_numpy") else ids
    drawn = b"".join([hashlib.sha256(f"{head}{name}".encode()).digest()[:8] for name in names])
    return np.frombuffer(drawn, dtype=">u8").astype(np.uint64)


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


def draw(
    document: Mapping[str, Any], *, seed: str, notes: Mapping[str, str] | None = None
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Order the families of a commitment by ticket, fill the plan, and record what came of it.

    Parameters
    ----------
    document : mapping of str to object
        The commitment, from `commit`; nothing else but the seed decides the draw.
    seed : str
        The seed in the form the commitment names.
    notes : mapping of str to str, optional
        What somebody wants to remember; no part of the proof, and marked so.

    Returns
    -------
    list of dict
        One a family in drawn order: place (1 first), number (in the roster), family, heads, ticket (16 hex digits),
        seats.
    dict
        The record: the contents of ``draw.json``.

    Raises
    ------
    DataError
        The seed is not of the form the commitment names.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> terms = dict(school="一小", round="第一轮", plan=2, seed_form="digits:6", seed_source="公证处摇号球")
    >>> document = zs.lottery.commit({"c1": 1, "c2": 1, "t1": 2}, **terms)
    >>> result, record = zs.lottery.draw(document, seed="07 12 31")
    >>> record["admitted"], record["seed"]
    (2, '071231')
    """
    committed, text = commitments.digest(document), seeds.plain(seed, document["seed_form"])
    rows = {family: (number, heads) for number, family, heads, _ in document["roster"]}
    drawn = dict(zip(rows, tickets(rows, seed=text, stream=committed).tolist(), strict=True))
    order = sorted(rows, key=lambda name: (drawn[name], name))
    seats = fill([rows[name][1] for name in order], document["plan"], overflow=document["overflow"])
    result = [
        {
            "place": place,
            "number": rows[name][0],
            "family": name,
            "heads": rows[name][1],
            "ticket": f"{drawn[name]:016x}",
            "seats": got,
        }
        for place, (name, got) in enumerate(zip(order, seats, strict=True), 1)
    ]
    inside = [row for row in result if row["seats"]]
    record = {
        "commitment_sha256": committed,
        "seed": text,
        "families": len(order),
        "children": sum(heads for _, heads in rows.values()),
        "admitted": sum(seats),
        "last_ticket": inside[-1]["ticket"] if inside else "",
        "last_family": inside[-1]["family"] if inside else "",
        "result_sha256": commitments.sha256(result_csv(result)),
        records.NOTES: dict(notes or {}),
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
        What happens to a family that does not fit (`commitments.RULES`); catalogue A-G4.

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
    >>> row = {"place": 1, "number": 1, "family": "f1", "heads": 1, "ticket": "03ed", "seats": 1}
    >>> print(zs.lottery.result_csv([row]), end="")
    place,number,family,heads,ticket,seats
    1,1,f1,1,03ed,1
    """
    names = ("place", "number", "family", "heads", "ticket", "seats")
    return ",".join(names) + "\n" + "".join(",".join(str(row[name]) for name in names) + "\n" for row in result)


def files(document: Mapping[str, Any], result: list[dict[str, Any]], record: Mapping[str, Any]) -> dict[str, bytes]:
    """Return every file of a draw, as the public gets them.

    Parameters
    ----------
    document : mapping of str to object
        The commitment.
    result : list of dict of str to object
        The drawn order, from `draw`.
    record : mapping of str to object
        The record, from `draw`.

    Returns
    -------
    dict of str to bytes
        Content by name: the commitment, the order, the record, the verifier, the list for the notice board and the
        same printed.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> terms = dict(school="一小", round="第一轮", plan=2, seed_form="digits:6", seed_source="公证处摇号球")
    >>> document = zs.lottery.commit({"c1": 1, "c2": 1, "t1": 2}, **terms)
    >>> sorted(zs.lottery.files(document, *zs.lottery.draw(document, seed="071231")))[:3]
    ['commitment.json', 'draw.json', 'result.csv']
    """
    listed = [[row[name] for name in ("place", "family", "heads", "ticket", "seats")] for row in result]
    lines = [ANNOUNCED, *(",".join(map(str, row)) for row in listed)]
    texts = (
        commitments.canonical(document),
        result_csv(result),
        commitments.canonical(record),
        verifier(),
        "\ufeff" + "".join(f"{line}\n" for line in lines),
        _printed(document, record, listed),
    )
    return {name: text.encode() for name, text in zip(FILES, texts, strict=True)}


def _printed(document: Mapping[str, Any], record: Mapping[str, Any], listed: list[list[Any]]) -> str:
    """Write the list as a page to be printed; it asks for nothing and runs nothing."""
    title = html.escape(f"{document['school']} {document['round']} 派位结果")
    facts = (
        ("招生计划", f"{document['plan']} 人，录取 {record['admitted']} 人"),
        ("种子", record["seed"]),
        ("种子来源", document["seed_source"]),
        ("承诺书 SHA-256", record["commitment_sha256"]),
    )
    rows = ["".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) for row in listed]
    return (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">\n'
        f"<title>{title}</title></head><body>\n<h1>{title}</h1>\n"
        + "".join(f"<p>{name}：{html.escape(value)}</p>\n" for name, value in facts)
        + "<table border>\n<tr>"
        + "".join(f"<th>{name}</th>" for name in ANNOUNCED.split(","))
        + "</tr>\n"
        + "".join(f"<tr>{row}</tr>\n" for row in rows)
        + "</table>\n</body></html>\n"
    )


def verify(contents: Mapping[str, bytes], *, published: str, seed: str) -> dict[str, Any]:
    """Make a draw again from its commitment and seed, and compare every file byte by byte.

    Parameters
    ----------
    contents : mapping of str to bytes
        What is in each of `FILES`.
    published : str
        The hash that was published before the seed existed.
    seed : str
        The seed, from where it came and not from the record.

    Returns
    -------
    dict of str to object
        The record.

    Raises
    ------
    DataError
        With every file that is not as it must be; only the notes of the record are free.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> terms = dict(school="一小", round="第一轮", plan=2, seed_form="digits:6", seed_source="公证处摇号球")
    >>> document = zs.lottery.commit({"c1": 1, "c2": 1, "t1": 2}, **terms)
    >>> written = zs.lottery.files(document, *zs.lottery.draw(document, seed="071231"))
    >>> zs.lottery.verify(written, published=zs.lottery.digest(document), seed="071231")["families"]
    3
    """
    faults = records.whole(contents, FILES, what="派位结果")
    document = commitments.read(contents["commitment.json"], published=published)
    result, record = draw(document, seed=seed, notes=records.notes_of(contents["draw.json"]))
    records.unequal(files(document, result, record), contents, what="派位结果", faults=faults)
    faults.raise_if_any()
    return record


def verifier() -> str:
    """Return the text of ``verify.py``, to be written beside the files of a draw.

    Returns
    -------
    str
        A program that needs the standard library only.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> "hashlib" in zs.lottery.verifier()
    True
    """
    return records.program("zhaosheng_analysis.lottery")
