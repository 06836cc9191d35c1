"""The document a draw is bound to: everything that decides it, in one canonical text whose hash is published first.

After the publication nothing is left to choose: the tickets are made of this hash and of a seed whose source and form
stand in it. Who is on the list is bound by a salted hash of each child's name and document number, so that nothing of
them is published and no two families can change places.
"""

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from zhaosheng_analysis.lottery import seeds
from zhaosheng_analysis.schema import DataError, Fault, Faults, keys, near, student_numbers

VERSION = "zhaosheng-draw-1"
RULES = {
    "skip": "放不下的多胞胎跳过，由后面放得下的补上",
    "stop": "遇到放不下的多胞胎即止，余位空缺",
    "expand": "最后一组多胞胎全部录取，超出计划",
    "split": "余位给多胞胎中的一部分",
}
TICKET = "SHA-256(seed|commitment_sha256|family), first 16 hex digits, ascending"
TIE = "equal tickets: smaller family first, by code points"
COLUMNS = ["number", "family", "heads", "identity"]
#: Lines of ``commitment.json``.
KINDS = dict.fromkeys(
    ("version", "school", "round", "overflow", "ticket", "tie", "seed_form", "seed_source", "seed_how"), str
) | {"plan": int, "columns": keys.Strings, "roster": tuple[Any, ...]}
_FAMILY = re.compile(r"\w(?:[\w./·-]*\w)?")
_LONGEST = 64
_ROW = (int, str, int, str)
_IDENTITY = re.compile(r"[0-9a-f]{64}|")


def sha256(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        64 hex digits.
    """
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(document: Mapping[str, Any]) -> str:
    """Write a document in its one canonical form.

    Parameters
    ----------
    document : mapping of str to object
        Plain values.

    Returns
    -------
    str
        JSON, keys sorted, the same bytes everywhere.
    """
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a commitment, to be published before the seed exists.

    Parameters
    ----------
    document : mapping of str to object
        What `commit` returned.

    Returns
    -------
    str
        64 hex digits.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> terms = dict(school="一小", round="第一轮", plan=1, seed_form="digits:6", seed_source="公证处摇号球")
    >>> len(zs.lottery.digest(zs.lottery.commit({"f1": 1}, **terms)))
    64
    """
    return sha256(canonical(document))


def plain_family(name: str) -> str:
    """Return the number of a family as it is compared and printed: one width, nothing invisible.

    Parameters
    ----------
    name : str
        As somebody wrote it.

    Returns
    -------
    str
        In NFKC, without zero-width characters and blanks round it; letters keep their case.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.lottery.plain_family(" Ｆ0001\u200b")
    'F0001'
    """
    normal = unicodedata.normalize("NFKC", name)
    return "".join(letter for letter in normal if unicodedata.category(letter) != "Cf").strip()


def salt(key: str, family: str) -> str:
    """Return the salt of one family's line, which only the holder of the key can make.

    Parameters
    ----------
    key : str
        Kept by the office, never published.
    family : str
        Number of the family.

    Returns
    -------
    str
        32 hex digits, to be handed to the family.
    """
    return hmac.new(key.encode(), plain_family(family).encode(), hashlib.sha256).hexdigest()[:32]


def identity(salt: str, words: str) -> str:
    """Return the salted hash that binds a line to the children it stands for.

    Parameters
    ----------
    salt : str
        From `salt`.
    words : str
        Name and document number of each child of the family, as `rosters.read` writes them.

    Returns
    -------
    str
        64 hex digits.
    """
    return sha256(f"{salt}|{words}")


def commit(
    roster: Mapping[str, int],
    *,
    school: str,
    round: str,  # noqa: A002 - the term of the field
    plan: int,
    seed_form: str,
    seed_source: str,
    overflow: str = "skip",
    identities: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Close a roster: return the document whose hash is published before the seed exists.

    Parameters
    ----------
    roster : mapping of str to int
        Children (heads) by family; twins are one family with 2.
    school : str
        For which school the draw is.
    round : str
        For which round.
    plan : int
        Seats, in children.
    seed_form : str
        The form of the seed, ``digits:6`` or ``drand:ROUND`` (`seeds`).
    seed_source : str
        Where the seed will come from, in words.
    overflow : str, default "skip"
        What happens to twins who do not fit (`RULES`).
    identities : mapping of str to str, optional
        Salted hash of the children of each family (`identity`).

    Returns
    -------
    dict of str to object
        The document.

    Raises
    ------
    DataError
        An empty roster, numbers that are none, double or those of identity cards, an unknown rule or form.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> terms = dict(school="一小", round="第一轮", plan=1, seed_form="digits:6", seed_source="公证处摇号球")
    >>> zs.lottery.commit({"t1": 2, "c1": 1}, **terms)["roster"]
    [[1, 'c1', 1, ''], [2, 't1', 2, '']]
    """
    faults = Faults()
    judge_families(roster, faults)
    heads = {plain_family(name): n for name, n in roster.items()}
    bound = {plain_family(name): value for name, value in (identities or {}).items()}
    document = {
        "version": VERSION,
        "school": school,
        "round": round,
        "plan": plan,
        "overflow": overflow,
        "ticket": TICKET,
        "tie": TIE,
        "seed_form": seed_form,
        "seed_source": seed_source,
        "seed_how": seeds.how(seed_form) if seeds.is_form(seed_form) else "",
        "columns": COLUMNS,
        "roster": [[at, name, int(heads[name]), bound.get(name, "")] for at, name in enumerate(sorted(heads), 1)],
    }
    _judge_terms(document, faults)
    faults.raise_if_any()
    return document


def read(content: bytes, *, published: str) -> dict[str, Any]:
    """Read a commitment and refuse one whose hash is not the published one, or that no draw can be made of.

    Parameters
    ----------
    content : bytes
        What is in ``commitment.json``.
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
    return opened(content, published=published, kinds=KINDS, what="承诺书", judge=_judge)


def opened(
    content: bytes,
    *,
    published: str,
    kinds: Mapping[str, Any],
    what: str,
    judge: Callable[[Mapping[str, Any], Faults], None],
) -> dict[str, Any]:
    """Read a commitment of any kind: it must be the published one, well formed, and in its one canonical form.

    Parameters
    ----------
    content : bytes
        What is in its file.
    published : str
        The hash that was published.
    kinds : mapping of str to object
        Its lines and their kinds.
    what : str
        What it is called, in Chinese.
    judge : callable
        Notes what else is wrong with a document of these lines.

    Returns
    -------
    dict of str to object
        The document.

    Raises
    ------
    DataError
        With everything that is wrong.
    """
    now = hashlib.sha256(content).hexdigest()
    if now != published.strip().lower():
        raise DataError(Fault(what, f"SHA-256 为 {now}", f"公布的是 {published[:64]}", "请用公布时的原件"))
    faults = Faults()
    try:
        document = json.loads(content.decode())
    except (ValueError, RecursionError):
        raise DataError(Fault(what, "读不出来", "commit 写出的原件", "请用原件")) from None
    if keys.judge(document, kinds, {}, where=what, faults=faults):
        judge(document, faults)
        if not faults.found and canonical(document).encode() != content:
            faults.add(what, "不是规定的写法", "commit 写出的原件", "请用原件")
    faults.raise_if_any()
    return document


def judge_terms(
    document: Mapping[str, Any], *, what: str, fixed: Mapping[str, Any], lines: Mapping[str, str], faults: Faults
) -> None:
    """Note what every commitment must say: the version it was written by, words in one line, the form of its seed.

    Parameters
    ----------
    document : mapping of str to object
        The document.
    what : str
        What it is called, in Chinese.
    fixed : mapping of str to object
        Lines that this version writes in one way only.
    lines : mapping of str to str
        Lines of free words, with their titles.
    faults : Faults
        Where what is wrong is noted.
    """
    for name in (name for name, value in fixed.items() if document[name] != value):
        faults.add(f"{what}「{name}」", "与本程序的不同", str(fixed[name]), "请用写出它的版本核验")
    for name, title in lines.items():
        if not document[name].strip() or not document[name].isprintable():
            faults.add(title, "是空的，或含不可见字符", "公布前写明的一行文字", f"请写明{title}")
    if not seeds.is_form(document["seed_form"]):
        faults.add("种子形式", f"「{document['seed_form']}」", seeds.FORMS, "请写明种子的形式")
    elif document["seed_how"] != seeds.how(document["seed_form"]):
        faults.add(f"{what}「seed_how」", "与种子形式不符", seeds.how(document["seed_form"]), "请用原件")


def judge_families(
    roster: Mapping[str, int], faults: Faults, *, what: str = "名册", number: str = "户号", public: bool = True
) -> None:
    """Note what cannot be a list of families: empty, odd or double numbers, numbers of identity cards, no children.

    Parameters
    ----------
    roster : mapping of str to int
        Children by family.
    faults : Faults
        Where what is wrong is noted.
    what : str, default "名册"
        What the list is called.
    number : str, default "户号"
        What its numbers are called.
    public : bool, default True
        Whether the numbers will be published, so that none may be that of an identity card.
    """
    if not roster:
        faults.add(what, "是空的", "至少一户", "请检查报名数据")
        return
    numbers = [plain_family(name) for name in roster]
    odd = [name for name in numbers if not _FAMILY.fullmatch(name) or len(name) > _LONGEST]
    if odd:
        shown = "、".join(f"「{name[:20]}」" for name in odd[:3])
        allowed = "只含文字、数字和 _ . - / ·"
        faults.add(what, f"{len(odd)} 个{number}含逗号、引号、符号、不可见字符，或为空：{shown}", allowed, "请改用编号")
    folded = pd.Series([name.casefold() for name in numbers])
    double = folded[folded.duplicated(keep=False)]
    if len(double):
        shown = "、".join(dict.fromkeys(double.head(6)))
        faults.add(
            what, f"{len(double)} 个{number}只有大小写、全半角或不可见字符之别：{shown}", "一户一号", "请合并或改号"
        )
    cards = int(student_numbers.citizens(pd.Series(numbers, dtype="str")).sum())
    if cards and public:
        faults.add(what, f"{cards} 个{number}是身份证号或含身份证号的学籍号", "名册和结果都要公布", "请改用报名号")
    few = [name for name, heads in roster.items() if isinstance(heads, bool) or int(heads) != heads or heads < 1]
    if few:
        faults.add(what, f"{len(few)} 户人数小于 1 或不是整数：{'、'.join(few[:3])}", "不小于 1 的整数", "请改正人数")


def _judge(document: Mapping[str, Any], faults: Faults) -> None:
    """Note terms and rows no draw can be made of."""
    _judge_terms(document, faults)
    _judge_rows(document, faults)


def _judge_terms(document: Mapping[str, Any], faults: Faults) -> None:
    """Note terms no draw can be made of."""
    fixed = {"version": VERSION, "ticket": TICKET, "tie": TIE, "columns": COLUMNS}
    lines = {"school": "学校", "round": "轮次", "seed_source": "种子来源"}
    judge_terms(document, what="承诺书", fixed=fixed, lines=lines, faults=faults)
    if document["plan"] < 0:
        faults.add("招生计划", f"{document['plan']}", "不小于 0 的整数", "请改正招生计划")
    if document["overflow"] not in RULES:
        hint = near(document["overflow"], RULES) or "请改正"
        faults.add("派位", f"没有多胞胎规则「{document['overflow']}」", "、".join(RULES), hint)


def _judge_rows(document: Mapping[str, Any], faults: Faults) -> None:
    """Note rows of a commitment that are not as `commit` writes them."""
    rows = document["roster"]
    formed = [
        isinstance(row, list) and tuple(map(type, row)) == _ROW and bool(_IDENTITY.fullmatch(row[3])) for row in rows
    ]
    if not all(formed):
        faults.add("承诺书「roster」", f"{formed.count(False)} 行写法不对", "、".join(COLUMNS), "请用原件")
        return
    names = [row[1] for row in rows]
    if names != sorted(set(names)) or [row[0] for row in rows] != list(range(1, len(rows) + 1)):
        faults.add("承诺书「roster」", "行的次序或序号不对", "按户号排序，从 1 编号", "请用原件")
    if any(name != plain_family(name) for name in names):
        faults.add("承诺书「roster」", "有户号含不可见字符或全角字符", "", "请用原件")
    judge_families({row[1]: row[2] for row in rows}, faults, what="承诺书「roster」")
