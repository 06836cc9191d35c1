"""Each child's tier and the clause that put it there: one gather in the proved table of the policy."""

import re
from collections.abc import Iterable, Mapping
from itertools import chain

import numpy as np
import pandas as pd

from zhaosheng_analysis import applicants
from zhaosheng_analysis.applicants import cases, declared_facts, facts, own_homes, registration
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Cells, Policy, decision_table, needed_tables, points, under
from zhaosheng_analysis.schema import DataError, Fault

# Facts read off a register -> the evidence that says whether there is one.
_REGISTERS = {"hukou": "hukou_known", "guardian_hukou": "guardian_known", "guardian_in_time": "guardian_known"}
_BRANCH = str.maketrans("abcdef", "甲乙丙丁戊己")


def ranked(district: District, policy: Policy) -> pd.DataFrame | None:
    """Return this year's children with their tiers, or None where nobody has registered yet or the text sets no tiers.

    Parameters
    ----------
    district : District
        Children and their papers.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame or None
        As from `assign`.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.tiers.ranked(zs.demo.nine_plots(), zs.policy.load("laoting-2025"))["tier"].to_dict()
    {'c1': '1b', 'c2': '1b', 'c3': '1b', 'c4': '1b', 'c5': '1b', 'c6': '1b', 'c7': '2'}
    """
    if policy.table is None or not needed_tables.has_intake(district.tables, policy):
        return None
    return assign(applicants.build(district, policy), policy)


def assign(children: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Add each child's tier, its rank, and the clause and words of the text behind it.

    Parameters
    ----------
    children : DataFrame
        One row a child with one column a fact (`applicants.build`).
    policy : Policy
        Rules with a tier table.

    Returns
    -------
    DataFrame
        The children with tier (ordered category), tier_rank (int8, 0 is served first), clause, words (categories), and,
        where they have own_cell, own_rank: the rank each has at the school of its own zone (A-PC7).

    Raises
    ------
    DataError
        Facts missing or unknown, or a situation the policy declared impossible.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> ranked = zs.tiers.assign(zs.applicants.build(town, rules), rules)
    >>> ranked.loc[["c1", "c7"], ["tier", "tier_rank", "clause"]]
             tier  tier_rank clause
    child_id
    c1         1b          1  二(二)1
    c7          2          2  二(二)2
    """
    table = _table(policy)
    answer = policy.answer.ravel().take(cells(children, policy))
    if (answer == decision_table.IMPOSSIBLE).any():
        raise DataError(_impossible(children, policy, answer == decision_table.IMPOSSIBLE))
    rows = table.rows
    rank_of = np.array([table.order.index(row.tier) for row in rows], dtype=np.int8)
    rank = rank_of.take(answer)
    children = _with_points(children, pd.Series(rank, index=children.index), policy)
    own = {"own_rank": rank_of.take(policy.answer.ravel().take(children["own_cell"]))} if "own_cell" in children else {}
    return children.drop(columns="own_cell", errors="ignore").assign(
        tier=pd.Categorical.from_codes(rank, categories=table.order, ordered=True),
        tier_rank=rank,
        **own,
        clause=_gathered([row.clause for row in rows], answer),
        words=_gathered([row.words for row in rows], answer),
    )


def _with_points(children: pd.DataFrame, rank: pd.Series, policy: Policy) -> pd.DataFrame:
    """Add the points of a policy that has a table of them: one column a line, the sum, and what is not known of it."""
    table = policy.declared.points
    if not table.items:
        return children
    asked = children.assign(tier=rank.map(dict(enumerate(policy.table.order))))
    if "awaited" in children:  # a line that asks what is not known yet is not known itself, and never 0 in silence
        open_ = children["open_facts"].str.split()
        asked["tier"] = asked["tier"].mask(children["awaited"] != "")
        for name in set(policy.facts) & set(policy.declared.facts):
            asked[name] = asked[name].mask([name in names for names in open_])
    inclusive = bool(policy.parameter("cutoff.inclusive", default=True))
    counted = points.count(table, table.of("child"), asked, asked, inclusive=inclusive)
    return children.join(counted.rename(columns={item.id: f"points_{item.id}" for item in table.items}))


def _table(policy: Policy):
    if policy.table is None:
        raise DataError(Fault(policy.file, "没有类别表", "", f"「{policy.title}」只规定核查，不规定录取次序"))
    return policy.table


def _gathered(words: list[str], answer: np.ndarray) -> pd.Categorical:
    distinct = list(dict.fromkeys(words))
    place = np.array([distinct.index(word) for word in words], dtype=np.int16)
    return pd.Categorical.from_codes(place.take(answer), categories=distinct)


def cells(children: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Return the number of each child's cell, counted row by row through the array of cells.

    Parameters
    ----------
    children : DataFrame
        One row a child with one column a fact.
    policy : Policy
        Rules with a tier table.

    Returns
    -------
    ndarray of int, shape (children,)
        Positions in ``policy.answer.ravel()``.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> cells = zs.tiers.cells(zs.applicants.build(town, rules), rules)
    >>> rows = [rules.table.rows[place] for place in rules.answer.ravel()[cells]]
    >>> [row.tier for row in rows]
    ['1b', '1b', '1b', '1b', '1b', '1b', '2']
    """
    number = np.zeros(len(children), dtype=np.int16 if policy.answer.size < np.iinfo(np.int16).max else np.int64)
    for name, domain in policy.facts.items():
        number *= len(domain)
        number += _codes(children, name, domain, policy)
    return number


def _codes(children: pd.DataFrame, name: str, domain: tuple[str, ...], policy: Policy) -> np.ndarray:
    where = f"{policy.file} 事实「{policy.words[name].label}」（{name}）"
    if name not in children:
        raise DataError(Fault(where, "儿童表中没有这一列", "", "请先用 applicants.build 生成"))
    column = children[name]
    if isinstance(column.dtype, pd.CategoricalDtype) and tuple(column.cat.categories) == domain:
        codes = column.cat.codes.to_numpy()
    else:
        codes = pd.Index(domain, dtype="str").get_indexer(column.astype("str"))
    if (codes < 0).any():
        who = "、".join(map(str, children.index[codes < 0][:3]))
        raise DataError(
            Fault(where, f"{int((codes < 0).sum())} 名儿童没有可用的取值（{who}）", f"可用：{'、'.join(domain)}")
        )
    return codes


def _impossible(children: pd.DataFrame, policy: Policy, rows: np.ndarray) -> Fault:
    who = "、".join(map(str, children.index[rows][:3]))
    first = children.loc[rows, list(policy.facts)].iloc[0]
    situation = "、".join(f"{name}={value}" for name, value in first.items())
    found = f"{int(rows.sum())} 名儿童的情形被声明为不可能（{who}）：{situation}"
    return Fault(f"{policy.file} [[tiers.impossible]]", found, "", "请核对证据，或删去这一声明并补规则行")


def name_of(tier: object, labels: Mapping[str, str]) -> str:
    """Return a tier as a planner says it: 第3乙类, or its Chinese name where it has no number.

    Parameters
    ----------
    tier : object
        The tier.
    labels : mapping of str to str
        Chinese names of tiers that have no number.

    Returns
    -------
    str
        Its name.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.tiers.name_of("3b", {}), zs.tiers.name_of("N", {"N": "不属于本片"})
    ('第3乙类', '不属于本片')
    """
    name = str(tier)
    return f"第{name.translate(_BRANCH)}类" if is_numbered(name) else labels.get(name, name)


def is_numbered(tier: str) -> bool:
    """Tell whether a tier goes by a number, such as 3 or 3b; any other has the name its policy gives it.

    Parameters
    ----------
    tier : str
        The tier, as the policy writes it.

    Returns
    -------
    bool
        Whether it is a number, with or without one of the letters a to f.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> [zs.tiers.is_numbered(tier) for tier in ("3", "3b", "N", "2024届", "2nd")]
    [True, True, False, False, False]
    """
    return re.fullmatch(r"[0-9]+[a-f]?", tier) is not None


def explain(row: pd.Series, policy: Policy) -> str:
    """Say in one Chinese sentence why a child is in its tier: the facts its rule asks for, the clause and its words.

    Parameters
    ----------
    row : Series
        One row of `assign`'s result.
    policy : Policy
        The same rules.

    Returns
    -------
    str
        One sentence; where the tier hangs on a missing paper, that it is not known yet, and what it waits for.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> ranked = zs.tiers.assign(zs.applicants.build(town, rules), rules)
    >>> zs.tiers.explain(ranked.loc["c1"], rules).split("。")[0]
    '第1乙类（城区有户有房但不统一）'
    """
    table = _table(policy)
    waits = row.get("awaited")
    if isinstance(waits, str) and waits:
        return f"未定（等{waits}）。补齐以前不能归类。"
    label = table.labels[row["tier"]]
    rule = table.rows[policy.answer[tuple(domain.index(row[name]) for name, domain in policy.facts.items())]]
    asked = [name for name, domain in policy.facts.items() if name != "stage" and len(rule.needs[name]) < len(domain)]
    said = [f"{policy.words[name].label}：{_answer(name, row, policy)}" for name in asked]
    number = name_of(row["tier"], {})
    head = f"{number}（{label}）" if number.startswith("第") else label
    return "。".join([head, *(["，".join(said)] if said else []), f"依据{row['clause']}「{row['words']}」。"])


def _answer(name: str, row: pd.Series, policy: Policy) -> str:
    """Return the answer to a fact in words; a register that was not handed in is never 在区（县）外."""
    told = _REGISTERS.get(name, "")
    return "没有交材料" if told and not row.get(told, True) else policy.words[name].answers[row[name]]


def tried(policy: Policy) -> list[str]:
    """Run every named case of a policy file and say in Chinese what came out otherwise than expected.

    A case is a child in the columns of the evidence table; it needs no map. Its `also` lists other parameter values or
    other evidence with what must then come out.

    Parameters
    ----------
    policy : Policy
        Rules with their cases.

    Returns
    -------
    list of str
        One line a failure, empty when all hold.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.tiers.tried(zs.policy.load("taobei-2024"))
    []
    """
    outcomes, given = [], [(case, other) for case in policy.cases for other in ({"expect": case.expect}, *case.also)]
    rows = [
        {**case.child, **case.evidence, **other.get("child", {}), **other.get("evidence", {})} for case, other in given
    ]
    answered = _under_each(
        rows, [other.get("set") or {} for _, other in given], [it["expect"] for _, it in given], policy
    )
    for (case, other), (got, missing) in zip(given, answered, strict=True):
        wrong = [f"{key}={got[key]}（应为 {value}）" for key, value in other["expect"].items() if got[key] != value]
        if wrong:
            under_ = "".join(f"，{name}={value}" for name, value in other.get("set", {}).items())
            lacks = f"；算例里没有写：{missing}" if missing else ""
            outcomes.append(f"算例 {case.id}{under_}：{'、'.join(wrong)}{lacks}")
    return outcomes


def _under_each(
    rows: list[dict[str, object]], settings: list[dict], names: list[Iterable[str]], policy: Policy
) -> list[tuple[dict[str, str], str]]:
    """Answer rows, those under the same parameter values together: a hundred take hardly longer than one."""
    alike: dict[str, list[int]] = {}
    for place, changed in enumerate(settings):
        alike.setdefault(repr(changed), []).append(place)
    found: dict[int, tuple[dict[str, str], str]] = {}
    for places in alike.values():
        changed = settings[places[0]]
        rules = under(policy, changed) if changed else policy
        mine, asked = ([part[place] for place in places] for part in (rows, names))
        found |= zip(places, _answered(mine, rules, asked), strict=True)
    return [found[place] for place in range(len(rows))]


def outcome(evidence: dict[str, object], policy: Policy, *, names: Iterable[str] = ()) -> dict[str, str]:
    """Return the tier, status, clause and facts of one child described by evidence columns.

    The clause is that of the status when the registration does not stand, else that of the tier.

    Parameters
    ----------
    evidence : dict of str to object
        Values of columns of `policy.vocabulary.EVIDENCE`; what is not mentioned has its default.
    policy : Policy
        Rules with a tier table.
    names : iterable of str
        What else is to be answered: facts the tier table does not ask, and measures; ``unknown`` where a blank decides.

    Returns
    -------
    dict of str to str
        Every fact, tier, status and clause, and what `names` asks.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> rules = zs.policy.load("laoting-2025")
    >>> child = {"stage": "primary", "home_at": "zone", "home_owner": "parent", "home_evidence": "title"}
    >>> found = zs.tiers.outcome(child, rules)
    >>> found["tier"], found["status"], found["clause"]
    ('2', 'registered', '二(二)2')
    """
    return _answered([evidence], policy, [names])[0][0]


def _answered(
    rows: list[dict[str, object]], policy: Policy, names: list[Iterable[str]]
) -> list[tuple[dict[str, str], str]]:
    """Return of each row what `outcome` does, and by name the blanks on which the tier or the registration hangs."""
    table = own_homes.set_aside(cases.evidence_of(rows, policy.evidence), policy)
    papers = Cells(table)
    known = facts.answers(papers, policy)
    answers, own = facts.build(papers, policy, known=known), facts.own(papers, policy, known=known)
    state = registration.status(papers, policy)
    state = registration.with_missing(state, own) if "missing" in own else state
    own = own.drop(columns=own.columns.intersection(answers.columns))
    rest = table.drop(columns=table.columns.intersection([*answers, *own]))
    ranked = assign(pd.concat([rest, own, answers], axis=1), policy)
    waits = registration.lacking(papers, policy)
    announced = [name for name, item in policy.declared.facts.items() if item.announce]
    usual = [*dict.fromkeys([*policy.facts, *announced]), "tier"]
    counted = ["points"] if policy.declared.points.items else []
    more = [name for name in dict.fromkeys(chain(*names)) if name not in {*usual, *counted, "status", "clause"}]
    told = declared_facts.with_declared(papers, policy, more)
    beside = {name: told[name].astype(object).fillna("unknown") for name in more}
    outcomes = []
    for place, asked in enumerate(names):
        child, status = ranked.iloc[place], state.iloc[place]
        clause = status["status_clause"] if status["status"] != "registered" else child["clause"]
        answer = child[usual].to_dict() | {"status": status["status"], "clause": clause} | child[counted].to_dict()
        answer |= {name: beside[name].iloc[place] for name in asked if name in more}
        lacks = dict.fromkeys([own["missing"].iloc[place] if "missing" in own else "", waits[place]])
        outcomes.append((answer, "、".join(said for said in lacks if said)))
    return outcomes
