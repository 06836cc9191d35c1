"""What a rule file declares and nothing asks for: told beside what was proved, since a slip may be behind it.

A date no condition names, a window no round waits for, a column no rule reads: nothing is wrong with any of them, and
yet the sentence of the notice that it was written for has no effect.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from zhaosheng_analysis.policy import sectors
from zhaosheng_analysis.policy.book import Policy, mentioned
from zhaosheng_analysis.policy.conditions import Condition
from zhaosheng_analysis.policy.declarations import evidence
from zhaosheng_analysis.policy.vocabulary import WINDOWS
from zhaosheng_analysis.schema import Note

_WORD = re.compile(r"[^\W\d][\w.]*")
_REGISTRATION = "registration"
_MISSPELT = 0.85  # share of letters two names have in common when one is a slip for the other
# A date that takes the place of another where the file has it (`applicants.offered_facts`).
_SECOND = {"settled": "settled_second_hand"}


def listed(policy: Policy) -> list[Note]:
    """List what a policy declares and nothing asks for.

    Parameters
    ----------
    policy : Policy
        Rules of the intake.

    Returns
    -------
    list of Note
        One a kind of element, with its names; none where everything has its use.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> [note.found for note in zs.policy.unused.listed(zs.policy.load("pingcheng-2024")) if note.asks]
    []
    """
    words = _asked(policy)
    if policy.kind != "admission":
        return []
    return [*_dates(policy, words), *_windows(policy, words), *_declared(policy, words), *_of_the_table(policy, words)]


def _asked(policy: Policy) -> set[str]:
    """Return every word the rules of a file ask by: of conditions, keys, points, measures and the audit."""
    written = policy.written
    parts = (
        policy.rounds,
        [(item.when, item.must, item.date, list(item.windows)) for item in policy.checks],
        [item.only_if for item in policy.residence],
        (policy.home.must, policy.home.dated),
        [item.using for item in policy.audit.values()],
        [list(item.parts) for item in written.measures.values()],
        [(item.since, item.until, list(item.records)) for item in written.measures.values()],
        [(item.measure, item.group) for item in written.points.items],
        [list(item.windows.values()) for item in written.facts.values()],
    )
    words = {word for text in mentioned(parts) for word in _WORD.findall(text)}
    conditions = [condition for item in written.facts.values() for _, condition in item.when]
    conditions += [item.condition for item in written.points.items]
    for condition in conditions:
        words |= {*condition.columns, *_named(policy, condition)}
    facts = {*policy.facts, *(words & set(policy.words))}
    needs = {need.removeprefix("dates.") for name in facts for need in policy.words[name].needs}
    return words | set(policy.facts) | needs | {_SECOND[name] for name in needs & set(_SECOND)}


def _named(policy: Policy, condition: Condition) -> Iterator[str]:
    """List the dates a condition names."""
    limits = [item.wanted for item in condition.requirements if item.kind in ("by", "after")]
    yield from (name for name, item in policy.dates.items() if any(item is limit for limit in limits))
    for part in (*condition.any_of, *condition.none_of):
        yield from _named(policy, part)


def _note(policy: Policy, section: str, names: Iterable[str], done: str, *, asks: bool = True) -> list[Note]:
    """Make one note of the names of a kind that nothing asks for."""
    names = list(dict.fromkeys(names))
    shown = f"没有一处用到：{'、'.join(names)}"
    return [Note(f"{policy.file} {section}", shown, done, asks=asks)] if names else []


def _dates(policy: Policy, words: set[str]) -> list[Note]:
    names = [
        f"{name}（{item.label}）" if item.label else name for name, item in policy.dates.items() if name not in words
    ]
    return _note(policy, "[dates]", names, '条件写 "by 名称"，年龄写 [[checks]] 的 date；只作说明的可以留着')


def _windows(policy: Policy, words: set[str]) -> list[Note]:
    """Note windows nothing waits for, and those of the registration that no check holds anybody to."""
    idle = [item for item in policy.windows if item.name not in words and item.name not in WINDOWS]
    odd = [difflib.get_close_matches(item.name, WINDOWS, n=1, cutoff=_MISSPELT) for item in idle]
    meant = [f"{item.name}（是不是「{hint[0]}」？）" for item, hint in zip(idle, odd, strict=True) if hint]
    plain = [item.label or item.name for item, hint in zip(idle, odd, strict=True) if not hint]
    notes = _note(policy, "[[windows]]", meant, "名称写错了，就没有一名儿童按它报名")
    notes += _note(
        policy, "[[windows]]", plain, "写进规则书，核查时与招生日程（calendar 表）核对；录取不看", asks=False
    )
    held = any(item.rule == "window" for item in policy.checks)
    named = any(item.name == _REGISTRATION for item in policy.windows)
    if named and not held:
        found = "写了报名时间（registration），没有一项核查看它：过时报名的照样算已报名"
        done = '要看的写 [[checks]] rule = "window"、status = "out_of_window"'
        notes.append(Note(f"{policy.file} [[windows]]", found, done, asks=True))
    return notes + _out_of_every_window(policy) + _private_only(policy)


def _private_only(policy: Policy) -> list[Note]:
    """Note public rounds of which nobody said whether they take who asked only private schools."""
    open_ = list(sectors.left_open(policy))
    if not open_:
        return []
    found = f"没有写只报名民办学校的儿童，公办的这几轮收不收：{'、'.join(open_)}；按不收（没有报公办的，不给公办学位）"
    done = '不收的写 takes = { applied_public = true }；都安排的写 [[parameters]] name = "private_only"，取值 placed'
    return [Note(f"{policy.file} [[rounds]]", found, done, asks=True)]


def _out_of_every_window(policy: Policy) -> list[Note]:
    """Note the sector for which there is no window while a check holds it to one: all of it would be out of time."""
    words, notes = {"public": "公办", "private": "民办"}, []
    asked = {sector for item in policy.rounds for sector in _sectors(item)}
    for check in (check for check in policy.checks if check.rule == "window" and not check.when):
        windows = [item for item in policy.windows if item.name in (check.windows or (_REGISTRATION,))]
        covered = {sector for item in windows for sector in item.sector or words}
        for sector in sorted((set(check.sector or words) & asked) - covered) if windows else ():
            other = words["private" if sector == "public" else "public"]
            found = (
                f"没有{words[sector]}学校的报名时间，核查（window）却不分办学性质：报{words[sector]}的都算超出报名时间"
            )
            done = f"请补上{words[sector]}的报名时间；没有规定的，核查写 sector，只查{other}"
            notes.append(Note(f"{policy.file} [[checks]]", found, done, asks=True))
    return notes


def _sectors(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the sectors of the schools a round offers; a public one where it says nothing."""
    said = item.get("sector", "public")
    return ("public", "private") if said == "any" else (said,) if isinstance(said, str) else ()


def _declared(policy: Policy, words: set[str]) -> list[Note]:
    """Note columns, records, numbers and facts of the file's own that no rule asks for."""
    made, notes = policy.written, []
    columns = [
        f"{item.table}.{item.name}（{item.label}）"
        for item in made.columns
        if not words & {item.name, f"school.{item.name}", *evidence(item)}
    ]
    notes += _note(policy, "[columns]", columns, "样表里有这一列，录取不看它")
    notes += _note(policy, "[records]", set(made.records) - words, "样表里有这一种，录取不看它")
    notes += _note(policy, "[measures]", (name for name in made.measures if name not in words), "算了而没有一处问它")
    facts = [name for name, item in made.facts.items() if name not in words and not item.announce]
    notes += _note(policy, "[define]", facts, "判了而没有一处问它；只为告诉家长的，写 announce = true")
    pools = [item.id for item in policy.pools if item.id not in words and not item.plan]
    return notes + _note(policy, "[[pools]]", pools, '轮次写 pool = "编号"')


def _of_the_table(policy: Policy, words: set[str]) -> list[Note]:
    """Note facts of the tier table that no row asks, and a lock that no fact looks at."""
    if policy.table is None:
        return []
    asked = {
        name
        for row in policy.table.rows
        for name, values in row.needs.items()
        if set(values) != set(policy.facts.get(name, ()))
    }
    asked |= set(policy.asked_in_rounds)
    idle = [name for name in policy.facts if name not in asked]
    notes = _note(policy, "[facts]", idle, "类别表的每一行都不问它，轮次也不问")
    if policy.lock is not None and "locked" not in words:
        notes += [Note(f"{policy.file} [lock]", "类别表、核查和轮次都没有问 locked", "录取不看学位锁定", asks=True)]
    return notes
