"""The closed vocabulary of the rule books: facts, evidence columns, registration checks, addresses, parameters, kinds.

A policy file may use no other name. The words live in ``vocabulary.toml``, beside their Chinese labels; what a fact
means is one function in `facts`, and a test holds that the two lists agree. Another test finds in the code what reads
each parameter.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from zhaosheng_analysis import disk

PLACES = ("zone", "town", "district", "city", "outside", "none")
STATUSES = {
    "registered": "已报名",
    "not_registered": "未报名",
    "out_of_window": "超出报名时间",
    "under_age": "不足龄",
    "ineligible": "不符合入学条件",
    "incomplete": "材料不全",
    "wrong_channel": "报名渠道不符",
    "double_registration": "重复报名",
}


@dataclass(frozen=True)
class Fact:
    """One question the rules ask about a child, with every answer it may have.

    Attributes
    ----------
    name : str
        The word in a rule file.
    label : str
        The word a planner reads.
    answers : dict of str to str
        Chinese label of each allowed answer.
    stage : tuple of str
        Stages in which the answer can be other than no; empty is both.
    needs : tuple of str
        What the file must have for it: ``dates.NAME``, ``parameters.NAME`` or a section.
    reads : tuple of str
        Columns of the evidence it looks at, and facts whose columns it looks at.
    asks : tuple of str
        Parameters of the package that change it; those of facts it looks at are theirs.
    """

    name: str
    label: str
    answers: dict[str, str]
    stage: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """One column of the evidence table.

    Attributes
    ----------
    name : str
        Name of the column.
    label : str
        Its Chinese label.
    kind : str
        One of place, one_of, flag, date, moment, number and text.
    default : object
        Value of a case that does not mention the column (None for dates: not stated).
    values : tuple of str
        Allowed values of a place or one_of column.
    said : tuple of (str, str)
        Values with their Chinese.
    source : tuple of str
        Tables, or columns of tables (``homes.dated_on``), of a district folder it is made of.
    blank : str
        What is made of a row or cell that is not there, in Chinese; empty where it must be.
    """

    name: str
    label: str
    kind: str
    default: Any = None
    values: tuple[str, ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    source: tuple[str, ...] = ()
    blank: str = ""


@dataclass(frozen=True)
class Steering:
    """One parameter the package reads by name, whatever the parameter of a rule book that sets it is called.

    Attributes
    ----------
    name : str
        The word in the code.
    label : str
        What it is, in Chinese.
    steers : tuple of str
        What it changes (`STEERED`).
    values : tuple of object
        Every value the package can read.
    kind : {"", "number", "date", "list"}
        What its values are, where they cannot be listed.
    """

    name: str
    label: str
    steers: tuple[str, ...]
    values: tuple[Any, ...] = ()
    kind: str = ""


def _column(name: str, data: dict[str, Any]) -> Column:
    values = PLACES if data["kind"] == "place" else tuple(data.get("values", ()))
    said, source = tuple(data.get("said", {}).items()), tuple(data.get("source", ()))
    return Column(name, data["label"], data["kind"], data.get("default"), values, said, source, data.get("blank", ""))


def _fact(name: str, data: dict[str, Any]) -> Fact:
    listed = {key: tuple(data.get(key, ())) for key in ("stage", "needs", "reads", "asks")}
    return Fact(name, data["label"], data["values"], **listed)


_WORDS = disk.own("policy", "vocabulary.toml")

FACTS = {name: _fact(name, data) for name, data in _WORDS["facts"].items()}
EVIDENCE = {name: _column(name, data) for name, data in _WORDS["evidence"].items()}
PAIR = {name: Column(name, data["label"], data["kind"]) for name, data in _WORDS["pair"].items()}
CHILD = {name: _column(name, data) for name, data in _WORDS["child"].items()}
TRANSFER = {name: _column(name, data) for name, data in _WORDS["transfer"].items()}
#: Chinese name of everything conditions may name that every rule file knows.
LABELS = {name: item.label for words in (CHILD, TRANSFER, EVIDENCE, PAIR, FACTS) for name, item in words.items()}
#: What a home must be to count is asked before it is known where it lies: of its paper alone.
OF_HOMES = ("home_owner", "home_evidence", "home_dated_on", "home_accepted", "home_occupied")
CHECKS: dict[str, str] = _WORDS["checks"]
PAPERS: dict[str, str] = _WORDS["papers"]
ADDRESSES: dict[str, str] = _WORDS["addresses"]
#: Windows the program reads by their name.
WINDOWS: dict[str, str] = _WORDS["windows"]
KINDS: dict[str, str] = _WORDS["kinds"]
REDRAW: dict[str, str] = _WORDS["redraw"]
#: What a round did with a child, as a later one may ask it; the number of an answer is its place.
ROUND_RESULTS = {"none": "没有参加", "admitted": "录取", "refused": "参加而没有录取", "cut": "没有入围"}
# What a parameter changes: what the papers of a child come to, the rounds of admission, classes, warnings, audits.
STEERED = ("papers", "rounds", "classes", "warning", "audit")
PARAMETERS = {
    name: Steering(name, data["label"], tuple(data["steers"]), tuple(data.get("values", ())), data.get("kind", ""))
    for name, data in _WORDS["parameters"].items()
}
SEVERITIES = ("grave", "plain", "note")
SCOPES = ("school", "district")

# A place, and the wider one it lies in, where a rule file does not tell the two apart.
_WIDER = {
    "zone": "town",
    "town": "district",
    "district": "elsewhere",
    "outside": "elsewhere",
    "none": "elsewhere",
    "city": "outside",
}


def widened(value: str, domain: Collection[str]) -> str:
    """Widen a place to the one a rule file distinguishes: zone, else town, else district, else elsewhere.

    Parameters
    ----------
    value : str
        Where something lies.
    domain : collection of str
        The places the file tells apart.

    Returns
    -------
    str
        The first that is one of them; the widest there is where none is.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.vocabulary.widened("town", ("zone", "elsewhere"))
    'elsewhere'
    """
    while value not in domain and value in _WIDER:
        value = _WIDER[value]
    return value


def unplaced(name: str, domain: Collection[str]) -> list[str]:
    """List the places a fact may come out with that a rule file leaves without an answer.

    Parameters
    ----------
    name : str
        The fact.
    domain : collection of str
        The answers the file has for it.

    Returns
    -------
    list of str
        None of a fact other than where a hukou is.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.vocabulary.unplaced("hukou", ("city", "outside"))
    ['zone', 'town', 'district']
    """
    # A home that lies where the rules tell no place is asked about (`policy check`); a register always is somewhere.
    answers = list(FACTS[name].answers) if name in ("hukou", "guardian_hukou") else []
    return [value for value in answers if value != "elsewhere" and widened(value, domain) not in domain]
