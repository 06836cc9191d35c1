"""The items an audit must answer, and who can: the data, an inspector, or both.

The items of a checklist are its own questions and duties. Of the other texts, every provision of an auditable kind is
an item. What no rule answers becomes a question for an inspector, whose answer is a row of the table findings; what
there is to look at is said by the row of the policy's catalogue.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from zhaosheng_analysis.audit.findings import Seen, View, blank, unknown
from zhaosheng_analysis.policy import Policy, Provision

KINDS = frozenset(
    {"registry-audit", "prohibition", "class-formation", "publication", "calendar", "warning", "capacity"}
)
ANSWERS = {"clear": False, "found": True}
NOT_IN_DATA = "数据不含此事，须由主管部门在台账中填写"


def asked(policy: Policy) -> dict[str, Provision]:
    """Return the rows of a policy's catalogue that only a person can answer, which say what to look at.

    Parameters
    ----------
    policy : Policy
        The text the district is audited by.

    Returns
    -------
    dict of str to Provision
        The rows by id.
    """
    return {row: provision for row, provision in policy.catalogue.items() if provision.look}


def provisions(policy: Policy) -> pd.DataFrame:
    """Return the provisions of a policy.

    Parameters
    ----------
    policy : Policy
        The text the district is audited by.

    Returns
    -------
    DataFrame
        Columns id, clause, rule and auditable.
    """
    rows = [(row, it.clause, it.rule, bool(KINDS & set(it.kinds))) for row, it in policy.catalogue.items()]
    return pd.DataFrame(rows, columns=["id", "clause", "rule", "auditable"])


def clauses(policy: Policy) -> dict[str, str]:
    """Return the clause of every provision and duty of a policy, in the text's own numbering.

    Parameters
    ----------
    policy : Policy
        The text the district is audited by.

    Returns
    -------
    dict of str to str
        Clause by id of the provision, or of the duty that no provision stands for.
    """
    duties = {duty.id: duty.clause for duty in policy.duties}
    return duties | {row: provision.clause for row, provision in policy.catalogue.items()}


def item_of(policy: Policy, provision: str) -> str:
    """Return the item of the ledger a provision belongs to: its question, its duty, or itself.

    Parameters
    ----------
    policy : Policy
        The text the district is audited by.
    provision : str
        Id of the provision.

    Returns
    -------
    str
        Id of the item.
    """
    questions = (item.id for item in (*policy.questions, *policy.duties) if provision in item.provisions)
    return next(questions, provision)


def items(policy: Policy, applied: Iterable[Any]) -> pd.DataFrame:
    """List the items of the ledger.

    Parameters
    ----------
    policy : Policy
        The text the district is audited by.
    applied : iterable of object
        The rules in force, which tell whether data answer an item.

    Returns
    -------
    DataFrame
        Columns item, text, clause, answer (data, inspector, both), scope (school, district), look (what an inspector
        looks at).
    """
    by_item: dict[str, list[Any]] = {}
    for rule in applied:
        for row in rule.provisions:
            by_item.setdefault(item_of(policy, row), []).append(rule)
    rows, looks = [row for row in _declared(policy) if row["item"] in by_item], asked(policy)
    for row in rows:
        answering = by_item[row["item"]]
        inspected = [rule for rule in answering if rule.check == "questions.answers" and rule.nothing != "skip"]
        row["answer"] = "inspector" if len(inspected) == len(answering) else "both" if inspected else "data"
        # The 25 questions are put to every school; a duty or a provision only where a rule is.
        to_schools = row.pop("question") or any(rule.scope == "school" for rule in answering)
        row["scope"] = "school" if to_schools else "district"
        row["look"] = looks[row["item"]].look if row["item"] in looks else ""
    return pd.DataFrame(rows, columns=["item", "text", "clause", "answer", "scope", "look"], dtype="str")


def _declared(policy: Policy) -> list[dict[str, Any]]:
    """Return every possible item of a policy in the order of the text."""
    if policy.questions:
        rows = [{"item": it.id, "text": it.text, "clause": it.clause, "question": True} for it in policy.questions]
        return rows + [{"item": it.id, "text": it.what, "clause": it.clause, "question": False} for it in policy.duties]
    return [
        {"item": row.id, "text": row.rule, "clause": row.clause, "question": False}
        for row in provisions(policy).itertuples()
    ]


def declarations(policy: Policy, answered: set[str]) -> list[dict[str, Any]]:
    """Return a rule for every item an inspector answers, as keywords of `verdicts.Rule`.

    Parameters
    ----------
    policy : Policy
        The text the district is audited by.
    answered : set of str
        Provisions that have a rule already.

    Returns
    -------
    list of dict
        One dict a rule.
    """
    if policy.questions:
        rows = [_question(it) for it in policy.questions]
        # A duty that names a list nobody has read is asked even where rules answer a part of it.
        left = [it.id for it in policy.duties if it.id in asked(policy) or not answered & set(it.provisions)]
        return rows + [_asked(row, policy) for row in left]
    table = provisions(policy)
    left = table.loc[table["auditable"] & ~table["id"].isin(answered), "id"]
    return [_asked(row, policy) for row in left]


def _question(question: Any) -> dict[str, Any]:
    """Declare the inspection of one question of a checklist; where the data answer it, only what was written counts."""
    needed = question.answer in ("inspector", "both")
    parts = [part["id"] for part in question.parts if "findings" in part.get("needs", ())]
    return {
        "id": f"inspect.{question.id}",
        "title": question.text,
        "check": "questions.answers",
        "severity": "plain",
        "todo": "按检查组意见整改，把结果写进检查记录",
        "say": "检查发现：{evidence}（{inspector}，{inspected_on:%Y-%m-%d}）",
        "needs": ("findings.question", "findings.answer?") if needed else (),
        "provisions": tuple(question.provisions),
        "nothing": "unknown" if needed else "skip",
        "using": {"question": question.id, "parts": tuple(parts), "also": tuple(question.provisions)},
    }


def _asked(row: str, policy: Policy) -> dict[str, Any]:
    """Declare the inspection of one provision, or one duty, that the data cannot answer."""
    provision, duties = policy.catalogue.get(row), {duty.id: duty.what for duty in policy.duties}
    scope = provision.scope if provision else "school"
    return {
        "id": f"inspect.{row}",
        "title": (provision.look if provision else "") or duties.get(row, row),
        "check": "questions.answers",
        "severity": "plain",
        "todo": "按检查组意见整改，把结果写进检查记录",
        "say": "检查发现：{evidence}（{inspector}，{inspected_on:%Y-%m-%d}）",
        "needs": ("findings.question", "findings.answer?") if scope == "school" else (),
        "provisions": (row,),
        "scope": scope,
        "using": {"question": row, "parts": (), "also": ()},
    }


def answers(view: View, *, question: str, parts: tuple[str, ...], also: tuple[str, ...]) -> Seen:
    """Read what inspectors wrote about one question; a question with parts is answered when each part is.

    Parameters
    ----------
    view : View
        What the check may look at.
    question : str
        Id of the question.
    parts : tuple of str
        Ids of its parts.
    also : tuple of str
        Other ids under which it may be answered.

    Returns
    -------
    Seen
        The answers, and what is lacking.
    """
    written = view.district.tables.get("findings")
    asked_of = view.policy.catalogue.get(question)
    if written is None or (asked_of and asked_of.scope == "district"):
        return unknown(NOT_IN_DATA)
    rows = written[written["question"].isin([question, *parts, *also])]
    answered = rows[~blank(rows["answer"])].copy()
    answered["evidence"] = answered["evidence"].fillna("未写明")
    answered["inspector"] = answered["inspector"].fillna("未署名")
    open_ = rows.loc[blank(rows["answer"]), "school_id"].unique()
    gaps = dict.fromkeys(open_, "检查记录没有结论")
    if parts:
        gaps |= _half_answered(answered, question, parts)
    return Seen(answered, answered["answer"].map(ANSWERS).astype(bool), "findings", "finding_id", gaps=gaps)


def _half_answered(answered: pd.DataFrame, question: str, parts: tuple[str, ...]) -> dict[str, str]:
    """Say which schools have an answer to one part of a question only."""
    by_school = answered.groupby("school_id")["question"].agg(set)
    open_ = {school: sorted(set(parts) - given) for school, given in by_school.items() if question not in given}
    return {school: f"还没有回答 {'、'.join(left)}" for school, left in open_.items() if left}


def ledger_filled(view: View) -> Seen:
    """Find questions of the self-inspection ledger that a school left open, or that have no row for it at all.

    Parameters
    ----------
    view : View
        What the check may look at.

    Returns
    -------
    Seen
        The questions, and which are open.
    """
    schools = view.district.schools
    open_ = schools.loc[schools["status"].isin(["open", "closing"]), "school_id"]
    asked_ = [question.id for question in view.policy.questions]
    every = pd.MultiIndex.from_product([open_, asked_], names=["school_id", "question"]).to_frame(index=False)
    frame = every.merge(view.table("ledger")[["school_id", "question", "status"]], how="left", validate="1:1")
    return Seen(frame, blank(frame["status"]), "ledger", "question")


def inspected(view: View) -> Seen:
    """Find open schools no inspector has written anything about (逐校排查).

    Parameters
    ----------
    view : View
        What the check may look at.

    Returns
    -------
    Seen
        The schools, and which were not visited.
    """
    schools = view.district.schools
    rows = pd.DataFrame(schools.loc[schools["status"].isin(["open", "closing"]), ["school_id"]])
    visited = view.table("findings").dropna(subset="inspected_on")["school_id"]
    return Seen(rows, ~rows["school_id"].isin(visited), "schools", "school_id")
