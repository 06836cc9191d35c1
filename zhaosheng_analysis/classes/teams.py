"""Which team of teachers takes which class (教师组合): filed first, then drawn apart from the pupils.

Comes in: the teams as filed with the bureau. Goes out: a commitment published as one hash, and, once the seed is there,
a team for each class with a record anyone can make again.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.classes import papers
from zhaosheng_analysis.lottery import commitments, records, seeds
from zhaosheng_analysis.schema import DataError, Fault, Faults, keys

VERSION = "zhaosheng-teams-1"
FILES = ("teachers-commitment.json", "teachers.json", "verify.py")
RULE = "ticket = SHA-256(seed|commitment_sha256|team)[:8]; the smallest ticket takes class 1"
KINDS = dict.fromkeys(("version", "school", "rule", "seed_form", "seed_source", "seed_how"), str) | {
    "filed_at": keys.Minute,
    "teams": keys.Strings,
}


def commit(
    teams: list[str], *, school: str, filed_at: pd.Timestamp, seed_form: str, seed_source: str
) -> dict[str, Any]:
    """File the teams: return the document whose hash is published before the seed exists.

    Parameters
    ----------
    teams : list of str
        Names of the teams, one a class.
    school : str
        Which grade of which school.
    filed_at : Timestamp
        When the teams were filed.
    seed_form : str
        The form of the seed (`lottery.seeds`).
    seed_source : str
        Where the seed will come from, in words.

    Returns
    -------
    dict of str to object
        The document.

    Raises
    ------
    DataError
        No teams, double or empty names, no form of a seed.
    """
    document = {
        "version": VERSION,
        "school": school,
        "rule": RULE,
        "seed_form": seed_form,
        "seed_source": seed_source,
        "seed_how": seeds.how(seed_form) if seeds.is_form(seed_form) else "",
        "filed_at": f"{filed_at:%Y-%m-%d %H:%M}",
        "teams": sorted(commitments.plain_family(name) for name in teams),
    }
    faults = Faults()
    _judge(document, faults)
    faults.raise_if_any()
    return document


def read(content: bytes, *, published: str) -> dict[str, Any]:
    """Read a commitment; one that is not the published one, or that nothing can be drawn of, is refused.

    Parameters
    ----------
    content : bytes
        What is in its file.
    published : str
        The hash that was published.

    Returns
    -------
    dict of str to object
        The document.

    Raises
    ------
    DataError
        With everything that is wrong.
    """
    return commitments.opened(content, published=published, kinds=KINDS, what="教师承诺书", judge=_judge)


def draw(document: Mapping[str, Any], *, seed: str, drawn_at: pd.Timestamp | None = None) -> dict[str, Any]:
    """Draw which team takes which class.

    Parameters
    ----------
    document : mapping of str to object
        The commitment.
    seed : str
        The seed in the form the commitment names.
    drawn_at : Timestamp, optional
        When the draw is made; a note that decides nothing, but must be later than the filing.

    Returns
    -------
    dict of str to object
        The record: the team of each class.

    Raises
    ------
    DataError
        A seed of another form, a draw before the filing.
    """
    if drawn_at is not None and pd.Timestamp(document["filed_at"]) >= drawn_at:
        found, allowed = f"{document['filed_at']} 才报备", f"早于派位 {drawn_at:%Y-%m-%d %H:%M}"
        raise DataError(Fault("教师组合", found, allowed, "请先报备再派位"))
    committed, text = commitments.digest(document), seeds.plain(seed, document["seed_form"])
    names = document["teams"]
    order = np.argsort(lottery.tickets(names, seed=text, stream=committed), kind="stable")
    return {
        "commitment_sha256": committed,
        "seed": text,
        "classes_n": len(names),
        "classes": [[number, names[at]] for number, at in enumerate(order, 1)],
        records.NOTES: {} if drawn_at is None else {"drawn_at": f"{drawn_at:%Y-%m-%d %H:%M}"},
    }


def files(document: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the papers of a draw of teams, and the program that checks them (`papers.verifier`).

    Parameters
    ----------
    document : mapping of str to object
        The commitment.
    record : mapping of str to object
        The record.

    Returns
    -------
    dict of str to bytes
        Content by name.
    """
    texts = (commitments.canonical(document), commitments.canonical(record), papers.verifier())
    return {name: text.encode() for name, text in zip(FILES, texts, strict=True)}


def verify(contents: Mapping[str, bytes], *, published: str, seed: str) -> dict[str, Any]:
    """Draw the teams again from commitment and seed, and compare byte by byte.

    Parameters
    ----------
    contents : mapping of str to bytes
        What is in each of `FILES`.
    published : str
        The hash that was published.
    seed : str
        The seed, from where it came.

    Returns
    -------
    dict of str to object
        The record.

    Raises
    ------
    DataError
        With what is not as it must be; only the notes of the record are free.
    """
    faults = records.whole(contents, FILES, what="教师派位")
    document = read(contents[FILES[0]], published=published)
    record = draw(document, seed=seed) | {records.NOTES: records.notes_of(contents[FILES[1]])}
    records.unequal(files(document, record), contents, what="教师派位", faults=faults)
    faults.raise_if_any()
    return record


def _judge(document: Mapping[str, Any], faults: Faults) -> None:
    """Note what no team can be drawn of."""
    lines = {"school": "学校", "seed_source": "种子来源"}
    fixed = {"version": VERSION, "rule": RULE}
    commitments.judge_terms(document, what="教师承诺书", fixed=fixed, lines=lines, faults=faults)
    teams = document["teams"]
    folded = [commitments.plain_family(name).casefold() for name in teams]
    if not teams or len(set(folded)) != len(teams) or not all(name.strip() and name.isprintable() for name in teams):
        faults.add("教师组合", f"{len(teams)} 组（{len(set(folded))} 个不同）", "每班一组，名称不同、不空", "请改正")
    elif teams != sorted(commitments.plain_family(name) for name in teams):
        faults.add("教师组合", "不是规定的写法或次序", "按名称排序", "请用原件")
