"""What the rows of a district must say to make sense, as tables.toml declares it: relations between their cells.

A cell may be read and in its range, and a row make no sense all the same: more seats reserved than there are, a
calendar that closes before it opens. What cannot be is a fault; what is odd but may be true is a question.
"""

import operator
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from zhaosheng_analysis.schema import (
    STAGES,
    TABLES,
    Faults,
    Note,
    Relation,
    SchoolSystem,
    Table,
    examples,
    school_system_of,
)

_COMPARED = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
#: The first two digits of a code of GB/T 2260.
PROVINCES = tuple(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 82))
    for code in range(first, last + 1)
)
_STAGES_OF = {"both": tuple(STAGES)} | {stage: (stage,) for stage in STAGES}

Frames = Mapping[str, pd.DataFrame]


def judge(
    checked: Frames, about: Mapping[str, str], places: Mapping[str, str], faults: Faults, notes: list[Note]
) -> None:
    """Note every row that makes no sense, and ask about those that are odd.

    Parameters
    ----------
    checked : Mapping of str to pd.DataFrame
        Tables as `schema.inspect` returns them, by name.
    about : Mapping of str to str
        The facts about the folder; empty where they cannot be used.
    places : Mapping of str to str
        File and sheet of each, for the messages.
    faults : Faults
        Where what must be put right is noted.
    notes : list of Note
        Where what is odd is asked.
    """
    for name, frame in checked.items():
        for relation in TABLES[name].relations:
            wrong = _wrong(relation, TABLES[name], frame, checked, about)
            if wrong is None or not wrong.any():
                continue
            shown = examples(TABLES[name], _shown(relation, frame[wrong]))
            found = f"有 {wrong.sum()} 行{relation.found}：{shown}"
            if relation.ask:
                notes.append(Note(places[name], found, "照此计算；如果写错了，请更正", asks=True))
            else:
                faults.add(places[name], found, "", relation.remedy)


def _wrong(
    relation: Relation, table: Table, frame: pd.DataFrame, checked: Frames, about: Mapping[str, str]
) -> pd.Series | None:
    """Tell of each row whether it breaks a relation; None where what it is compared with is not there."""
    if relation.circle:
        return _circled(frame, table.key[0], relation.circle)
    held = _holds(relation.holds, table, frame, checked, about)
    asked = _holds(relation.when, table, frame, checked, about, blank=False) if relation.when else True
    return None if held is None or asked is None else ~held & asked


def _holds(
    condition: str, table: Table, frame: pd.DataFrame, checked: Frames, about: Mapping[str, str], *, blank: bool = True
) -> pd.Series | None:
    """Tell of each row whether a condition holds; one with a blank holds as `blank` says."""
    left, sign, right = condition.split()
    if sign == "of" and left == "province":
        return frame[right].isna() | frame[right].str[:2].isin(PROVINCES)
    one, other = (_value(word, table, frame, checked, about) for word in (left, right))
    if one is None or other is None:
        return None
    if sign == "and":
        return one.isna() == other.isna()
    held = _fits(one, other, school_system_of(about)) if sign == "of" else _COMPARED[sign](one, other)
    both = np.asarray(pd.notna(one)) & np.asarray(pd.notna(other))
    return pd.Series(np.where(both, held.fillna(False).to_numpy(bool), blank), index=frame.index)


def _fits(one: pd.Series, school: pd.Series, system: SchoolSystem) -> pd.Series:
    """Tell whether a stage or grade is one that a school of a stage has."""
    if pd.api.types.is_numeric_dtype(one):
        grades = {stage: {grade for each in _STAGES_OF[stage] for grade in system.grades[each]} for stage in _STAGES_OF}
    else:
        grades = {stage: set(stages) for stage, stages in _STAGES_OF.items()}
    pairs = zip(one.astype(object), school.astype(object), strict=True)
    return pd.Series([value in grades.get(stage, ()) for value, stage in pairs], index=one.index, dtype=bool)


def _value(
    word: str, table: Table, frame: pd.DataFrame, checked: Frames, about: Mapping[str, str]
) -> pd.Series | float | None:
    """Return what a word of a condition stands for: a number, a column, a year, a fact, a column of another table."""
    name, _, inner = word.partition(".")
    if word.replace(".", "", 1).isdigit():
        return float(word)
    if name == "about":
        fact, sign, more = re.fullmatch(r"(\w+?)(?:([+-])(\d+))?", inner).groups()
        years = int(f"{sign}{more}") if sign else 0
        return float(about[fact]) + years if about.get(fact, "").isdigit() else None
    if name not in frame:
        return pd.Series(word, index=frame.index)  # a code of a choice
    if not inner:
        return frame[name]
    if inner == "year":
        return frame[name].dt.year
    other, key = table.columns[name].refers[0].split(".")
    if other not in checked:
        return None
    keys = checked[other][key]
    first = (keys.notna() & ~keys.duplicated()).to_numpy()
    return frame[name].map(pd.Series(checked[other][inner].array[first], index=keys.array[first]))


def _shown(relation: Relation, rows: pd.DataFrame) -> pd.Series:
    """Return what stands in the columns a relation is about, for the message."""
    words = [relation.circle] if relation.circle else f"{relation.when} {relation.holds}".split()
    names = [name for name in dict.fromkeys(word.partition(".")[0] for word in words) if name in rows]
    parts = [_text(rows[name]) for name in names]
    return parts[0].str.cat(parts[1:], sep="，", na_rep="空白").fillna("空白")


def _text(cells: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_dtype(cells):
        return cells.dt.strftime("%Y-%m-%d")
    return cells.astype("str")


def _circled(frame: pd.DataFrame, key: str, column: str) -> pd.Series:
    """Tell of each row whether the rows it names, one after another, lead back to it."""
    named = frame.dropna(subset=[key, column]).drop_duplicates(key).set_index(key)[column].to_dict()

    def leads_back(start: object) -> bool:
        seen, at = set(), named.get(start)
        while at is not None and at not in seen:
            if at == start:
                return True
            seen.add(at)
            at = named.get(at)
        return False

    return pd.Series([leads_back(row) for row in frame[key].astype(object)], index=frame.index, dtype=bool)
