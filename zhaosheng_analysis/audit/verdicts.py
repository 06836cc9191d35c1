"""From what one rule saw to what is reported: a state for every school, a sentence for every finding."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.audit.findings import Seen, View, blank

OPEN = ("open", "closing")
# Columns that name a child; in evidence they become pseudonyms.
CHILD_KEYS = ("pupil_id", "child_id", "case_id")


@dataclass(frozen=True)
class Rule:
    """One rule of an audit, as declared in ``rules.toml``.

    Attributes
    ----------
    id : str
        Name, the fault it looks for in a few words, and what is done about it.
    title : str
        Name, the fault it looks for in a few words, and what is done about it.
    check : str
        ``module.function``; it gets a `View` and the keywords of `using`.
    severity : str
        Grave | plain | note.
    say : str
        The sentence of one finding, with columns of the check's frame in braces.
    todo : str
        Name, the fault it looks for in a few words, and what is done about it.
    needs : tuple of str
        Tables and columns without which nothing can be judged, see `findings.lacking`.
    provisions : tuple of str
        Rows of the policy's catalogue it answers for.
    clause : str
        Where the text asks for it, if no row does.
    scope : str
        School | district.
    only : str
        "" | public | private | primary | junior.
    nothing : str
        What a school without a row means: unknown; pass where the table is a register of events; skip: no answer is
        wanted of it.
    national : bool
        Applies to every policy.
    basis : str
        What it rests on where the text itself says nothing.
    parameters : mapping of str to object
        Name -> default, for those the policy does not declare.
    using : mapping of str to object
        Keywords of the check;.
    asks : tuple of str
        Those only a text can tell.
    """

    id: str
    title: str
    check: str
    severity: str
    say: str
    todo: str
    needs: tuple[str, ...] = ()
    provisions: tuple[str, ...] = ()
    clause: str = ""
    scope: str = "school"
    only: str = ""
    nothing: str = "unknown"
    national: bool = False
    basis: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    using: Mapping[str, Any] = field(default_factory=dict)
    asks: tuple[str, ...] = ()


def places(view: View) -> pd.DataFrame:
    """Return the schools with what a verdict needs of them, indexed by school_id, and the district under ""."""
    schools = view.district.schools
    table = pd.DataFrame(schools[["school_id", "name", "stage", "sector", "status"]])
    table["org_id"] = _units(schools)
    whole = {"school_id": "", "name": view.district.name, "stage": "", "sector": "", "status": "", "org_id": ""}
    return pd.concat([table, pd.DataFrame([whole])], ignore_index=True).set_index("school_id")


def _units(schools: pd.DataFrame) -> pd.Series:
    """Return the reporting unit of each school; where a district names none at all, its township or area.

    A blank beside named units means straight to the district.
    """
    unit = pd.Series("", index=schools.index, dtype="str")
    for name in ("org_id", "township_id", "area_id"):
        if name in schools and not blank(schools[name]).all():
            return schools[name].fillna("").astype("str")
    return unit


def summary(rule: Rule, view: View, seen: Seen, places: pd.DataFrame) -> dict[str, list]:
    """Put each school the rule is about, or the district, in one of the three states.

    Parameters
    ----------
    rule : Rule
        The rule.
    view : View
        What the check may look at.
    seen : Seen
        What its check saw.
    places : DataFrame
        From `places`.

    Returns
    -------
    dict of str to list
        Cells of school_id, name, org_id, scope, state, looked_n, found_n, missing (why not assessable), parameters.
    """
    where, gaps = seen.frame["school_id"].to_numpy(object), dict(seen.gaps)
    if rule.scope == "district":
        where, gaps = np.full(len(where), "", dtype=object), {"": next(iter(gaps.values()), "")}
    looked, wrong = Counter(where.tolist()), Counter(where[seen.wrong.to_numpy()].tolist())
    asked = [name for name in _asked(rule, view, places) if rule.nothing != "skip" or name in looked]
    asked += sorted(set(wrong) & set(places.index) - set(asked))
    facts = view.once("facts of places", places[["name", "org_id"]].to_dict)
    looked_n = np.array([looked.get(name, 0) for name in asked], dtype=int)
    found_n = np.array([wrong.get(name, 0) for name in asked], dtype=int)
    none = "登记中没有本校记录" if rule.nothing == "pass" else "没有可查的记录"
    said = np.array([gaps.get(name) or "" for name in asked], dtype=object)
    gap = np.where((said == "") & (looked_n == 0), none, said)
    spared = (gap == none) & (rule.nothing == "pass")
    unsure = (gap != "") & ~spared | bool(seen.missing)
    state = np.select([found_n > 0, unsure], ["finding", "not_assessable"], "pass")
    return {
        "school_id": asked,
        "name": [facts["name"][school] for school in asked],
        "org_id": [facts["org_id"][school] for school in asked],
        "scope": [rule.scope] * len(asked),
        "state": state.tolist(),
        "looked_n": looked_n.tolist(),
        "found_n": found_n.tolist(),
        "missing": [seen.missing] * len(asked) if seen.missing else np.where(found_n > 0, "", gap).tolist(),
        "parameters": ["；".join(f"{name}={_said(value)}" for name, value in view.chosen.items())] * len(asked),
    }


def _asked(rule: Rule, view: View, places: pd.DataFrame) -> list[str]:
    """Return the open schools a rule is put to, in the order of their ids; the district for a rule about the whole."""
    return [""] if rule.scope == "district" else view.once(f"asked {rule.only}", lambda: _open(rule.only, places))


def _open(only: str, places: pd.DataFrame) -> list[str]:
    """Return the open schools, all or those of one sector or stage, in the order of their ids."""
    fits = places["status"].isin(OPEN)
    if only in ("public", "private"):
        fits &= places["sector"].eq(only)
    elif only:
        fits &= places["stage"].isin([only, "both"])
    return sorted(places.index[fits])


def _said(value: Any) -> str:
    """Write a parameter's value."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def evidence(rule: Rule, view: View, seen: Seen, places: pd.DataFrame) -> pd.DataFrame | None:
    """Write one sentence a finding; what names a child stays in `value` until it has become a pseudonym.

    Parameters
    ----------
    rule : Rule
        The rule.
    view : View
        What the check may look at.
    seen : Seen
        What its check saw.
    places : DataFrame
        Facts of the schools.

    Returns
    -------
    DataFrame or None
        None without findings; else school_id, name, org_id, grade, class_no, sentence, table, column, value, child,
        nth.
    """
    if not seen.wrong.any():
        return None
    rows = seen.frame[seen.wrong]
    where = rows["school_id"].fillna("").to_numpy(object)
    settings = {key: _said(value) for key, value in view.chosen.items() if "." not in key}
    settings |= {key: _said(value) for key, value in rule.using.items()}
    sentences = [rule.say.format(**(settings | row)) for row in rows.to_dict("records")]
    empty = pd.Series(pd.NA, index=rows.index)
    columns = {
        "school_id": where,
        "name": places["name"].reindex(where).fillna(view.district.name).to_numpy(),
        "org_id": places["org_id"].reindex(where).fillna("").to_numpy(),
        "grade": rows.get("grade", empty).astype("Int64").array,
        "class_no": rows.get("class_no", empty).astype("Int64").array,
        "sentence": pd.array(sentences, dtype="str"),
        "table": seen.table,
        "column": seen.key,
        "value": rows[seen.key].astype("str").array if seen.key else "",
        "child": seen.key in CHILD_KEYS,
    }
    table = pd.DataFrame(columns, index=range(len(rows)))
    order = ["school_id", "grade", "class_no", "value", "sentence"]
    table = table.sort_values(order, ignore_index=True, na_position="first")
    table["nth"] = table.groupby(["school_id", "value", "grade", "class_no"], dropna=False).cumcount()
    return table
