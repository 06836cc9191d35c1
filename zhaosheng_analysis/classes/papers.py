"""The papers of a class formation: a commitment published as one hash, the classes that follow from it, their proof.

As with the seats of a school (`lottery`), nothing is left to choose once the hash is out: roster, number of classes,
rules and the source of the seed stand in the commitment, the lots are made of its hash and the seed, and `verify` makes
every paper again and compares byte by byte; so does the program beside them (`verifier`), with Python alone. The
commitment holds children and stays inside; its hash is published.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from zhaosheng_analysis.classes import forming
from zhaosheng_analysis.classes import wishes as demands
from zhaosheng_analysis.classes.wishes import Wish
from zhaosheng_analysis.lottery import commitments, records, seeds
from zhaosheng_analysis.schema import DataError, Fault, Faults, csv_safety, keys

VERSION = "zhaosheng-classes-2"
#: Papers of a class formation; the first and third hold children and are named 内部.
FILES = ("内部-承诺书.json", "classes.json", "内部-编班结果.csv", "公示.csv", "verify.py")
INSIDE = "内部：含儿童信息，不得公布"
#: Lines of the commitment; `TERMS` are those `forming.form` takes.
TERMS = ("stage", "method", "key", "basis", "twins", "even", "also")
KINDS = dict.fromkeys(("inside", "version", "school", "rule", "seed_form", "seed_source", "seed_how", *TERMS), str) | {
    "classes_n": int,
    "sizes": tuple[int, ...],
    "wishes": tuple[Any, ...],
    "columns": keys.Strings,
    "roster": tuple[Any, ...],
}

_WISH = {"kind": str, "pupils": list, "class_no": int, "reason": str}


def commit(
    pupils: pd.DataFrame,
    classes_n: int,
    *,
    school: str,
    seed_form: str,
    seed_source: str,
    sizes: Sequence[int] = (),
    wishes: Sequence[Wish] = (),
    **terms: str,
) -> dict[str, Any]:
    """Close the roster of a grade: return the document whose hash is published before the seed exists.

    Parameters
    ----------
    pupils : DataFrame
        As for `forming.form`.
    classes_n : int
        Classes to form.
    school : str
        Which grade of which school.
    seed_form : str
        The form of the seed, ``digits:6`` or ``drand:ROUND`` (`lottery.seeds`).
    seed_source : str
        Where the seed will come from, in words.
    sizes : sequence of int, optional
        As for `forming.form`.
    wishes : sequence of Wish, optional
        As for `forming.form`.
    **terms : str
        stage, method, key, basis, twins, even, also, as for `forming.form`.

    Returns
    -------
    dict of str to object
        The document.

    Raises
    ------
    DataError
        A roster or terms that no classes can be formed of.
    """
    terms = dict.fromkeys(TERMS, "") | {"method": "random", "even": "sex"} | terms
    plain = (
        pupils.assign(pupil_id=pupils["pupil_id"].map(commitments.plain_family, na_action="ignore"))
        if ("pupil_id" in pupils)
        else pupils
    )
    frame = forming.checked(plain, keep=_further(terms))
    rows = frame.assign(birth_on=frame["birth_on"].dt.strftime("%Y-%m-%d")).astype("object").to_numpy().tolist()
    document = {
        "inside": INSIDE,
        "version": VERSION,
        "school": school,
        "rule": forming.RULE,
        "seed_form": seed_form,
        "seed_source": seed_source,
        "seed_how": seeds.how(seed_form) if seeds.is_form(seed_form) else "",
        **terms,
        "classes_n": classes_n,
        "sizes": [int(size) for size in sizes],
        "wishes": [[w.kind, list(w.pupils), w.class_no, w.reason] for w in demands.plain(wishes)],
        "columns": list(frame.columns),
        "roster": rows,
    }
    faults = Faults()
    _judge(document, faults)
    faults.raise_if_any()
    # What could not be dealt is not published.
    forming.form(pupils_of(document), classes_n, seed="0", sizes=sizes, wishes=wishes_of(document), **terms)
    return document


def read(content: bytes, *, published: str) -> dict[str, Any]:
    """Read a commitment; one that is not the published one, or that no classes can be formed of, is refused.

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
    document = commitments.opened(content, published=published, kinds=KINDS, what="分班承诺书", judge=_judge)
    given = {name: document[name] for name in ("school", "seed_form", "seed_source", *TERMS)}
    given |= {"sizes": document["sizes"], "wishes": wishes_of(document)}
    if commitments.canonical(commit(pupils_of(document), document["classes_n"], **given)).encode() != content:
        raise DataError(Fault("分班承诺书", "不是规定的写法", "commit 写出的原件", "请用原件"))
    return document


def draw(
    document: Mapping[str, Any], *, seed: str, notes: Mapping[str, str] | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Form the classes of a commitment.

    Parameters
    ----------
    document : mapping of str to object
        The commitment.
    seed : str
        The seed in the form the commitment names.
    notes : mapping of str to str, optional
        What somebody wants to remember; no part of the proof.

    Returns
    -------
    DataFrame
        The classes, as `forming.form` gives them.
    dict of str to object
        The record.

    Raises
    ------
    DataError
        The seed is not of the form the commitment names.
    """
    committed, text = commitments.digest(document), seeds.plain(seed, document["seed_form"])
    terms = {name: document[name] for name in (*TERMS, "sizes")} | {"wishes": wishes_of(document)}
    result = forming.form(pupils_of(document), document["classes_n"], seed=f"{text}|{committed}", **terms)
    record = {
        "commitment_sha256": committed,
        "seed": text,
        "classes_n": document["classes_n"],
        "pupils_n": len(result),
        "wishes_n": [[kind, sum(wish[0] == kind for wish in document["wishes"])] for kind in demands.KINDS],
        "result_sha256": commitments.sha256(_result_csv(document, result)),
        records.NOTES: dict(notes or {}),
    }
    return result, record


def files(document: Mapping[str, Any], result: pd.DataFrame, record: Mapping[str, Any]) -> dict[str, bytes]:
    """Return every paper of a class formation.

    Parameters
    ----------
    document : mapping of str to object
        The commitment.
    result : DataFrame
        The classes, from `draw`.
    record : mapping of str to object
        The record, from `draw`.

    Returns
    -------
    dict of str to bytes
        Content by name.
    """
    board = "\ufeff" + csv_safety.csv(forming.published(result))
    texts = (
        commitments.canonical(document),
        commitments.canonical(record),
        _result_csv(document, result),
        board,
        verifier(),
    )
    return {name: text.encode() for name, text in zip(FILES, texts, strict=True)}


def verifier() -> str:
    """Return the program that checks classes, and the teams of teachers beside them, with Python alone.

    Returns
    -------
    str
        To be written beside the papers as ``verify.py``.
    """
    return records.program("zhaosheng_analysis.classes")


def verify(contents: Mapping[str, bytes], *, published: str, seed: str) -> dict[str, Any]:
    """Form the classes again from commitment and seed, and compare every paper byte by byte.

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
        With every paper that is not as it must be; only the notes of the record are free.
    """
    faults = records.whole(contents, FILES, what="编班结果")
    document = read(contents[FILES[0]], published=published)
    result, record = draw(document, seed=seed, notes=records.notes_of(contents[FILES[1]]))
    records.unequal(files(document, result, record), contents, what="编班结果", faults=faults)
    faults.raise_if_any()
    return record


def listed(document: Mapping[str, Any], result: pd.DataFrame) -> pd.DataFrame:
    """Return the result with everything the commitment says of each pupil, as a list that `rosters.read` takes again.

    Parameters
    ----------
    document : mapping of str to object
        The commitment.
    result : DataFrame
        Columns pupil_id, class_no and number.

    Returns
    -------
    DataFrame
        Sorted by pupil_id: pupil_id, class_no, number and the columns of the roster, days as text, yes or no as 是, 否.
    """
    table = pd.DataFrame(document["roster"], columns=document["columns"], dtype="object")
    yes = {True: "是", False: "否"}
    table = table.assign(migrant=table["migrant"].map(yes), special=table["special"].map(yes))
    rows = result[["pupil_id", "class_no", "number"]].merge(table, on="pupil_id", validate="1:1")
    return rows.sort_values("pupil_id", ignore_index=True)


def _result_csv(document: Mapping[str, Any], result: pd.DataFrame) -> str:
    """Write the classes of the pupils in their one canonical form, under a line that says they stay inside."""
    return f"{INSIDE}\n" + csv_safety.csv(listed(document, result))


def pupils_of(document: Mapping[str, Any]) -> pd.DataFrame:
    """Return the roster of a commitment as a table.

    Parameters
    ----------
    document : mapping of str to object
        The commitment.

    Returns
    -------
    DataFrame
        As for `forming.form`.
    """
    table = pd.DataFrame(document["roster"], columns=document["columns"])
    return table.assign(birth_on=pd.to_datetime(table["birth_on"], format="%Y-%m-%d", errors="coerce"))


def wishes_of(document: Mapping[str, Any]) -> list[Wish]:
    """Return the wishes of a commitment.

    Parameters
    ----------
    document : mapping of str to object
        The commitment.

    Returns
    -------
    list of Wish
        As for `forming.form`; the twins are a term of their own.
    """
    return [Wish(kind, tuple(ids), class_no, reason) for kind, ids, class_no, reason in document["wishes"]]


def _further(terms: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns of a roster that its terms ask for beyond `forming.COLUMNS`."""
    return (*filter(None, terms["also"].split(",")), *filter(None, [terms["key"]]))


def _judge(document: Mapping[str, Any], faults: Faults) -> None:
    """Note terms and rows of another kind than `commit` writes."""
    fixed = {"version": VERSION, "rule": forming.RULE, "inside": INSIDE}
    lines = {"school": "学校", "seed_source": "种子来源"}
    commitments.judge_terms(document, what="分班承诺书", fixed=fixed, lines=lines, faults=faults)
    columns = [*forming.COLUMNS, *_further(document)]
    if document["columns"] != columns:
        faults.add("分班承诺书「columns」", "与本程序的不同", "、".join(columns), "请用原件")
        return
    kinds = dict(zip(forming.COLUMNS, (str, str, str, bool, str, bool, str), strict=True))
    kinds |= {name: str if name in forming.ALSO else int | float for name in columns[len(kinds) :]}
    odd = [at for at, row in enumerate(document["roster"], 1) if not _is_row(row, kinds)]
    if odd:
        faults.add("分班承诺书「roster」", f"第 {odd[0]} 行等 {len(odd)} 行写法不对", "、".join(columns), "请用原件")
        return
    if not all(_is_row(row, _WISH) and all(isinstance(name, str) for name in row[1]) for row in document["wishes"]):
        faults.add("分班承诺书「wishes」", "有一条写法不对", "要求、学生编号、班号、理由", "请用原件")
        return
    ids = {row[columns.index("pupil_id")]: 1 for row in document["roster"]}
    commitments.judge_families(ids, faults, what="分班名册", number="学生编号", public=False)


def _is_row(row: object, kinds: Mapping[str, Any]) -> bool:
    return (
        isinstance(row, list)
        and len(row) == len(kinds)
        and all(isinstance(cell, kind) for cell, kind in zip(row, kinds.values(), strict=True))
    )
