"""From evidence to facts: one small function a fact, each citing the clauses it serves.

What comes in is the evidence table (one row a child, columns of `policy.vocabulary.EVIDENCE`, places relative to the
school the child belongs to) and a policy; what goes out is one categorical column a fact, with the values the policy
declares. A policy chooses facts and steers them by its dates, its `[home]` and its parameters; adding a district adds
no function unless its text asks a question no other text asks.
"""

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from itertools import product

import numpy as np
import pandas as pd

from zhaosheng_analysis.policy import Defined, Policy, conditions, decision_table, measures, vocabulary
from zhaosheng_analysis.schema import DataError, Fault, Faults

# The answers themselves are asked by name, through FACTS.
__all__ = [
    "FACTS",
    "answered",
    "asked",
    "awaited",
    "build",
    "by",
    "cut",
    "evidence_of",
    "home_counts",
    "joined",
    "own",
    "owners",
    "settled_on",
    "with_declared",
]

_WIDER = {
    "zone": "town",
    "town": "district",
    "district": "elsewhere",
    "outside": "elsewhere",
    "none": "elsewhere",
    "city": "outside",
}
_IN_DISTRICT = ("zone", "town", "district")
_IN_TOWN = ("zone", "town")
_KIN = ("parent", "grandparent")


def build(evidence: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Compute the facts a policy asks about.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of `policy.vocabulary.EVIDENCE`.
    policy : Policy
        The rules; `policy.facts` names the facts and their values.

    Returns
    -------
    DataFrame
        On the same index, one categorical column a fact, categories in the order of the policy.

    Raises
    ------
    DataError
        A fact came out with a value the policy does not declare.
    """
    columns, _ = answered(evidence, policy)
    return pd.DataFrame(
        {name: _categories(name, values, policy) for name, values in columns.items()}, index=evidence.index
    )


def answered(evidence: pd.DataFrame, policy: Policy) -> tuple[dict[str, np.ndarray], pd.Series]:
    """Answer every fact a policy asks about, those it declares itself among them.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.

    Returns
    -------
    dict of str to ndarray
        The answers of the facts of the tier table.
    Series of str
        On the index of `evidence`: the label of every blank on which a declared fact hangs that has no answer for it,
        joined by 、; empty where all is known.
    """
    table, answers, blanks = _answers(evidence, policy)
    named = {column for item in policy.declared.points.items for column in item.condition.columns}
    named |= set(policy.asked_in_rounds)
    matters = _deciding(answers, blanks, policy)
    matters |= {name: blank for name, blank in blanks.items() if name in named}
    return answers, _hanging(matters, table, policy)


def _answers(
    evidence: pd.DataFrame, policy: Policy
) -> tuple[pd.DataFrame, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return what conditions may name, the answers of the tier table, and where a declared fact hangs on a blank."""
    defined = policy.declared.facts
    table = asked(evidence, policy, [name for item in defined.values() for name in item.columns])
    blanks = {}
    for name, item in defined.items():
        answer, blanks[name] = _defined(item, table, policy)
        table[name] = pd.Series(answer, evidence.index).mask(blanks[name])
    answers = {
        name: table[name].fillna(defined[name].otherwise).to_numpy(dtype=object)
        if name in defined
        else FACTS[name](evidence, policy)
        for name in policy.facts
    }
    return table, answers, blanks


def _hanging(matters: Mapping[str, np.ndarray], table: pd.DataFrame, policy: Policy) -> pd.Series:
    """Name the blanks on which the given facts hang."""
    missing = pd.Series("", index=table.index, dtype="str")
    for name, here in matters.items():
        missing = joined(missing, here, _papers(name, policy), table, policy)
    return missing


def awaited(evidence: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Tell whose tier cannot be told yet, for want of which papers.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        On the index of `evidence`: awaited (labels of the blanks on which the tier hangs, joined by 、; empty where it
        is known) and open_facts (names of the facts of the tier table not known, joined by a space).
    """
    table, answers, blanks = _answers(evidence, policy)
    waits = _hanging(_deciding(answers, blanks, policy), table, policy)
    if policy.home.must:
        unsure = home_unsure(evidence, policy)
        waits = joined(waits, unsure, condition_of_home(policy).columns, evidence, policy)
    open_ = pd.Series("", index=evidence.index, dtype="str")
    for name in policy.facts:
        if name in blanks:
            open_ = open_.mask(blanks[name], open_ + " " + name)
    return pd.DataFrame({"awaited": waits, "open_facts": open_.str.strip()})


def _papers(name: str, policy: Policy) -> list[str]:
    """List the columns a declared fact is made of, through other declared facts."""
    defined = policy.declared.facts
    return [
        paper
        for column in defined[name].columns
        for paper in (_papers(column, policy) if column in defined else [column])
    ]


def _deciding(
    answers: Mapping[str, np.ndarray], blanks: Mapping[str, np.ndarray], policy: Policy
) -> dict[str, np.ndarray]:
    """Tell whose unknown answer decides the tier: where another answer would give another one."""
    matters = {name: np.zeros_like(blank) for name, blank in blanks.items()}
    open_ = [name for name in policy.facts if name in blanks and blanks[name].any()]
    if not open_:
        return matters
    codes = {name: np.asarray(_categories(name, values, policy).codes, dtype=int) for name, values in answers.items()}
    rank = np.array([policy.table.order.index(row.tier) for row in policy.table.rows])
    patterns, which = np.unique(np.column_stack([blanks[name] for name in open_]), axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        here = np.flatnonzero(which == number)
        varied = [name for name, blank in zip(open_, pattern, strict=True) if blank]
        low, high = np.full(here.size, len(rank)), np.full(here.size, -1)
        for choice in product(*(range(len(policy.facts[name])) for name in varied)):
            given = dict(zip(varied, choice, strict=True))
            row = policy.answer[tuple(given.get(name, codes[name][here]) for name in policy.facts)]
            tier = np.broadcast_to(rank.take(row.astype(int), mode="clip"), here.shape)
            possible = np.broadcast_to(row != decision_table.IMPOSSIBLE, here.shape)
            low = np.where(possible, np.minimum(low, tier), low)
            high = np.where(possible, np.maximum(high, tier), high)
        for name in varied:
            matters[name][here] |= low < high
    return matters


def asked(evidence: pd.DataFrame, policy: Policy, names: Iterable[str]) -> pd.DataFrame:
    """Return the evidence with the measures of a policy and the facts of the vocabulary that conditions name.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.
    names : iterable of str
        Columns that conditions name; where a fact has the name of a column, the fact is meant.

    Returns
    -------
    DataFrame
        On the index of `evidence`.
    """
    numbers: dict[str, pd.Series] = {}
    for name, item in policy.declared.measures.items():
        values = ChainMap(numbers, evidence)
        numbers[name] = evidence[name] if item.records else measures.measured(item, values, policy.dates)
    answers = {name: FACTS[name](evidence, policy) for name in dict.fromkeys(names) if name in FACTS}
    return evidence.assign(**numbers, **answers)


def with_declared(evidence: pd.DataFrame, policy: Policy, names: Iterable[str]) -> pd.DataFrame:
    """Return what conditions on a child may name, the facts of the file among it; not known where they hang on a blank.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.
    names : iterable of str
        Columns that conditions name.

    Returns
    -------
    DataFrame
        On the index of `evidence`.
    """
    names = list(names)
    defined = policy.declared.facts if set(names) & set(policy.declared.facts) else {}
    table = asked(evidence, policy, [*names, *(name for item in defined.values() for name in item.columns)])
    for name, item in defined.items():
        answer, blank = _defined(item, table, policy)
        table[name] = pd.Series(answer, evidence.index).mask(blank)
    return table


def own(evidence: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return what only this rule file makes of the papers.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        On the index of `evidence`: the measures, the facts its points ask for, where a tier may hang on a blank awaited
        and open_facts (`awaited`), and, where it declares facts, missing (`answered`). No column where there is none of
        these.
    """
    declared = policy.declared
    named = [name for item in declared.points.of("child") for name in item.condition.columns]
    named += [name for name in policy.asked_in_rounds if name not in policy.facts and name not in policy.evidence]
    given = asked(evidence, policy, named)
    given = given[[*declared.measures, *dict.fromkeys(name for name in named if name in FACTS)]]
    if policy.table is not None and (declared.facts or policy.home.must):
        given = given.join(awaited(evidence, policy))
    if not declared.facts:
        return given
    answers, missing = answered(evidence, policy)
    more = {name: answers[name] for name in dict.fromkeys(named) if name in answers and name not in given}
    asks = {*named, *(name for name, item in declared.facts.items() if item.announce)}
    beside = [name for name in declared.facts if name in asks and name not in policy.facts]
    told = with_declared(evidence, policy, beside)[beside] if beside else given[[]]
    return given.assign(**more, **told, missing=missing)


def _defined(item: Defined, table: pd.DataFrame, policy: Policy) -> tuple[np.ndarray, np.ndarray]:
    """Answer one declared fact, and tell where that hangs on a blank."""
    answer = np.full(len(table), item.otherwise, dtype=object)
    open_, blank = np.ones(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    inclusive = bool(policy.parameter("cutoff.inclusive", default=True))
    for said, condition in item.when:
        holds = conditions.judge(condition, table, inclusive=inclusive)
        answer[open_ & (holds == conditions.YES)] = said
        blank |= open_ & (holds == conditions.UNKNOWN)
        open_ &= holds == conditions.NO
    if item.unknown:
        answer[blank] = item.unknown
        blank[:] = False
    return answer, blank


def joined(
    missing: pd.Series, blank: np.ndarray, names: Iterable[str], table: pd.DataFrame, policy: Policy
) -> pd.Series:
    """Add the labels of the blanks an answer hangs on to what is missing.

    Parameters
    ----------
    missing : Series of str
        What is missing already, joined by 、.
    blank : ndarray of bool, shape (children,)
        Whose answer is not known.
    names : iterable of str
        Columns it is made of.
    table : DataFrame
        Their values (`asked`).
    policy : Policy
        The rules.

    Returns
    -------
    Series of str
        On the same index.
    """
    for name in names:
        here = blank & table[name].isna().to_numpy()
        if here.any():
            label = policy.askable[name].label
            new = ~missing.str.contains(label, regex=False).to_numpy() & here
            missing = missing.mask(new, missing.where(missing == "", missing + "、") + label)
    return missing


def _categories(name: str, values: np.ndarray, policy: Policy) -> pd.Categorical:
    domain = policy.facts[name]
    codes = pd.Index(domain, dtype=object).get_indexer(_collapsed(values, domain))
    lost = codes < 0
    if lost.any():
        words = "、".join(sorted({str(value) for value in np.asarray(values)[lost]}))
        where, remedy = f"{policy.file} [facts] {name}", "请在 [facts] 中补上这个取值"
        said = f"{int(lost.sum())} 名儿童的{policy.words[name].label}为「{words}」"
        raise DataError(Fault(where, said, "、".join(domain), remedy))
    return pd.Categorical.from_codes(codes, categories=pd.Index(domain, dtype="str"))


def _collapsed(values: np.ndarray, domain: tuple[str, ...]) -> np.ndarray:
    """Widen places to the ones a policy distinguishes: zone, else town, else district, else elsewhere."""
    values = np.asarray(values, dtype=object)
    for _ in range(3):
        for place, wider in _WIDER.items():
            if place not in domain and (places := values == place).any():
                values = np.where(places, wider, values)
    return values


def by(moments: pd.Series, policy: Policy, name: str) -> np.ndarray:
    """Tell which moments are on time for a date of the policy; a missing moment is not.

    Whether the day itself counts is in the text (含, 及以前, 不含) or else the parameter ``cutoff.inclusive`` (A-G1).

    Parameters
    ----------
    moments : Series of datetime
        Moments; a missing one is not on time.
    policy : Policy
        Rules that have the date.
    name : str
        Name of the date.

    Returns
    -------
    ndarray of bool, shape (moments,)
        Whether each is on time.
    """
    limit = pd.Timestamp(policy.date(name))
    said = policy.dates[name].inclusive
    inclusive = policy.parameter("cutoff.inclusive", True) if said is None else said
    if not isinstance(policy.date(name), datetime) and inclusive:
        limit += pd.Timedelta(days=1)
        return (moments < limit).to_numpy(dtype=bool, na_value=False)
    return (moments <= limit if inclusive else moments < limit).to_numpy(dtype=bool, na_value=False)


def _yes(condition: np.ndarray) -> np.ndarray:
    return np.where(condition, "yes", "no")


def _is(evidence: pd.DataFrame, column: str, *values: str) -> np.ndarray:
    return np.isin(evidence[column].to_numpy(dtype=object), values)


def _flag(evidence: pd.DataFrame, column: str) -> np.ndarray:
    return evidence[column].to_numpy(dtype=bool)


def home_counts(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Tell whose best home counts as the family's own under ``[home]``.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of `policy.vocabulary.EVIDENCE`.
    policy : Policy
        Rules; its ``[home]`` says what counts.

    Returns
    -------
    ndarray of bool, shape (children,)
        Whether the best home of each counts.
    """
    counts = ~_is(evidence, "home_at", "none") & _is(evidence, "home_owner", *owners(policy))
    counts &= _is(evidence, "home_evidence", *policy.home.evidence)
    if policy.parameter("unaccepted_as", "none") == "none":
        counts &= ~_is(evidence, "home_evidence", *policy.home.if_accepted) | _flag(evidence, "home_accepted")
    for kind, name in policy.home.dated.items():
        counts &= ~_is(evidence, "home_evidence", kind) | by(evidence["home_dated_on"], policy, name)
    return counts & (_home_must(evidence, policy) != conditions.NO)


def home_unsure(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Tell whose best home counts unless a paper that is missing says otherwise (``[home] must``).

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        Rules.

    Returns
    -------
    ndarray of bool, shape (children,)
        Whether that is to be asked.
    """
    return home_counts(evidence, policy) & (_home_must(evidence, policy) == conditions.UNKNOWN)


def condition_of_home(policy: Policy) -> conditions.Condition:
    """Return what a home must be to count, beside its owner and paper.

    Parameters
    ----------
    policy : Policy
        Rules.

    Returns
    -------
    Condition
        It asks for nothing where the rules say nothing.
    """
    return conditions.read(policy.home.must, policy.evidence, policy.dates, policy.file, Faults())


def _home_must(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Answer what a home must be to count, for the best home of each child."""
    if not policy.home.must:
        return np.full(len(evidence), conditions.YES, dtype=np.int8)
    return conditions.judge(
        condition_of_home(policy), evidence, inclusive=bool(policy.parameter("cutoff.inclusive", default=True))
    )


def owners(policy: Policy) -> list[str]:
    """Return whose homes count; grandparents' only where direct relatives do (A-PC13).

    Parameters
    ----------
    policy : Policy
        Rules; its ``[home]`` says whose homes count.

    Returns
    -------
    list of str
        Owners, as the table homes has them.
    """
    parents_only = policy.parameter("kin", "relatives") == "parents"
    return [owner for owner in policy.home.owners if not (parents_only and owner == "grandparent")]


def settled_on(evidence: pd.DataFrame, policy: Policy) -> pd.Series:
    """Return the day from which both home and hukou are held (A-PC3): the later of the two, missing if either is.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of `policy.vocabulary.EVIDENCE`.
    policy : Policy
        Rules; the parameter ``house_date`` says which day of a home counts.

    Returns
    -------
    Series of datetime
        The day of each child, on the same index.
    """
    column = {"webcontract": "home_contract_on", "move_in": "home_moved_on"}.get(
        policy.parameter("house_date", "registration"), "home_dated_on"
    )
    return evidence[[column, "hukou_since_on"]].max(axis=1, skipna=False)


def stage(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Stage the child enters."""
    return evidence["stage"].to_numpy(dtype=object)


def urban(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Whether the school is in town; texts may leave rural zoning to the townships."""
    return _yes(_flag(evidence, "urban"))


def home(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Where the own home that counts lies."""
    return np.where(home_counts(evidence, policy), evidence["home_at"].to_numpy(dtype=object), "none")


def lived(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Whether the own home is lived in (实际常住的产权房)."""
    return _yes(home_counts(evidence, policy) & _flag(evidence, "home_occupied"))


def several(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Whether the parents own several homes in town (有多处产权房)."""
    return _yes(home_counts(evidence, policy) & (evidence["homes_n"].to_numpy() > 1))


def hukou(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Where the child's hukou is."""
    return evidence["hukou_at"].to_numpy(dtype=object)


def kin(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Whether the child's hukou is with parents or direct relatives (A-PC13), or in a 集体户 shared with a parent."""
    heads = ("parent",) if policy.parameter("kin", "relatives") == "parents" else _KIN
    shared = _is(evidence, "hukou_head", "collective") & _flag(evidence, "same_register")
    return _yes(_is(evidence, "hukou_head", *heads) | shared)


def match(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Whether home and hukou agree: 房户一致 (A-PC4), or 三者一致 where the rules ask for the guardian too (A-QZ3).

    Both in the zone, and where ``match_level`` is dwelling or address, at one address; where ``guardian_hukou`` is a
    fact of the rules, a guardian's hukou too.
    """
    agree = home_counts(evidence, policy) & _is(evidence, "home_at", "zone") & _is(evidence, "hukou_at", "zone")
    three = "guardian_hukou" in policy.facts
    if three:
        agree &= _is(evidence, "guardian_hukou_at", "zone")
    if policy.parameter("match_level", "zone") != "zone":
        agree &= _flag(evidence, "same_dwelling")
        agree &= _flag(evidence, "same_register") | (not three)
    return _yes(agree)


def unified(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Whether both unities hold (两统一): one hukou with the parents, at the home they own, head and live in.

    Of several homes the one with the hukou counts, lived in or not (以户籍为确定片内学校的依据).
    """
    own = home_counts(evidence, policy) & _is(evidence, "home_at", *_IN_TOWN)
    own &= _flag(evidence, "home_occupied") | (evidence["homes_n"].to_numpy() > 1)
    own &= _is(evidence, "hukou_at", *_IN_TOWN) & _is(evidence, "hukou_head", "parent")
    return _yes(own & _flag(evidence, "same_register") & _flag(evidence, "same_dwelling"))


def in_time(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Whether home and hukou are held in time, a year earlier for second-hand homes."""
    both = settled_on(evidence, policy)
    second = _flag(evidence, "home_second_hand")
    of_second = "settled_second_hand" if "settled_second_hand" in policy.dates else "settled"
    return _yes(np.where(second, by(both, policy, of_second), by(both, policy, "settled")))


def guardian_hukou(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Where a guardian's hukou is (A-G9: any guardian, or all)."""
    return evidence["guardian_hukou_at"].to_numpy(dtype=object)


def guardian_in_time(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Whether a parent held town hukou by the date."""
    held = _is(evidence, "guardian_hukou_at", *_IN_TOWN)
    return _yes(held & by(evidence["guardian_hukou_since_on"], policy, "town_hukou"))


def demolished(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Whether the old home was pulled down and both papers are there."""
    return _yes(_flag(evidence, "demolition") & _flag(evidence, "demolition_papers"))


def grand(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Whether a family living in the grandparents' home meets its conditions.

    A parent's hukou is with the grandparents, the child's hukou is under them by the date, they live there; that the
    parents own nothing in town is the fact `home`.
    """
    lives = _is(evidence, "grand_home_at", *_IN_TOWN)
    under = _is(evidence, "hukou_head", "grandparent") & _is(evidence, "hukou_at", *_IN_TOWN)
    under &= _flag(evidence, "grand_hukou") & by(evidence["hukou_since_on"], policy, "grandparents")
    return np.select([lives & under, lives], ["meets", "fails"], "none")


def permit(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Whether a residence permit counts, by where it is from (A-PC10)."""
    scopes = {"zone": ("zone",), "town": _IN_TOWN, "district": _IN_DISTRICT}
    where = scopes[policy.parameter("permit_scope", "district")]
    return _yes(_is(evidence, "permit_at", *where) & ~_is(evidence, "permit_holders", "none"))


def sector(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Whether the child registered at a public school or only at private ones."""
    return np.where(_is(evidence, "sector", "private"), "private", "public")


def rents(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Whether the family rents and owns nothing that counts (租房居住的)."""
    return _yes(~_is(evidence, "rent_at", "none") & ~home_counts(evidence, policy))


def link(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Whether anything ties the child to the zone, be it a rented home or one not yet accepted (A-PC10, A-PC14).

    As in 「与该校学区有关的其他类别学生」.
    """
    ties = np.zeros(len(evidence), dtype=bool)
    for column in ("home_at", "hukou_at", "guardian_hukou_at", "rent_at", "grand_home_at", "permit_at"):
        ties |= _is(evidence, column, "zone")
    return _yes(ties)


def own_leaver(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Whether the child left the primary part of the same school (直升)."""
    return _yes(_is(evidence, "prev_school_kind", "own"))


def prev_township(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Whether the primary attended lies in the junior's township (只招收本乡镇小学毕业生)."""
    return _yes(_flag(evidence, "prev_township_same"))


def national_roll(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Whether the child is in the national electronic registry."""
    return _yes(_flag(evidence, "national_no"))


def special(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Whether a preference with a basis document applies."""
    return _yes(~_is(evidence, "category", "") & ~_is(evidence, "category_basis", ""))


def direct(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Whether the child asks to go straight on to the junior part of its own school (可直升)."""
    chose = _is(evidence, "stage", "junior") & _is(evidence, "prev_school_kind", "own")
    return _yes(chose & _flag(evidence, "applied_own"))


def agreement(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Whether an earlier agreement gives the child to a private school (协议约定生)."""
    return _yes(_flag(evidence, "agreement"))


def locked(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Whether the dwelling a child belongs to its school by has sent another there in the years of ``[lock]``."""
    return evidence["locked"].to_numpy(dtype=object)


def commissioned(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Whether the school of the zone is a private one commissioned to serve it (委托学区生)."""
    return _yes(_flag(evidence, "commissioned"))


def cross(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:  # noqa: ARG001
    """Whether the hukou is in the partner county of the one the home is in."""
    return _yes(_flag(evidence, "partner"))


def staff(evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Whether a parent works at the private school on a long contract (A-QZ7)."""
    return _yes(evidence["staff_years_n"].fillna(0).to_numpy() >= policy.parameter("staff.years"))


FACTS: dict[str, Callable[[pd.DataFrame, Policy], np.ndarray]] = {
    function.__name__: function
    for function in (
        stage,
        urban,
        home,
        lived,
        several,
        hukou,
        kin,
        match,
        unified,
        in_time,
        guardian_hukou,
        guardian_in_time,
        demolished,
        grand,
        permit,
        sector,
        rents,
        link,
        own_leaver,
        prev_township,
        national_roll,
        special,
        direct,
        agreement,
        commissioned,
        cross,
        staff,
        locked,
    )
}

_DTYPES = {"flag": "bool", "number": "float64", "date": "datetime64[us]", "moment": "datetime64[us]"}
_BLANK = {
    "flag": "boolean",
    "choice": "str",
    "text": "str",
    "id": "str",
    "whole": "Int64",
    "number": "Float64",
    "share": "Float64",
}


def evidence_of(rows: list[dict[str, object]], columns: Mapping[str, vocabulary.Column] | None = None) -> pd.DataFrame:
    """Make an evidence table of named cases; what a case does not mention has the default of the vocabulary.

    Parameters
    ----------
    rows : list of dict of str to object
        One dict a child, keys from `columns`.
    columns : mapping of str to Column, optional
        The columns of the evidence (``policy.evidence``); those of the vocabulary by default.

    Returns
    -------
    DataFrame
        One row a child, typed as the vocabulary says.
    """
    evidence = vocabulary.EVIDENCE if columns is None else columns
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name, column.default) for row in rows], dtype=_dtype(name, column))
            for name, column in evidence.items()
        }
    )


def _dtype(name: str, column: vocabulary.Column) -> str:
    """Return how a column of the evidence is kept; one a file declares may be blank."""
    usual = _DTYPES.get(column.kind, "object")
    return usual if name in vocabulary.EVIDENCE else _BLANK.get(column.kind, usual)


def cut(on: date) -> pd.Timestamp:
    """Return the last moment of a day.

    Parameters
    ----------
    on : date
        A day.

    Returns
    -------
    Timestamp
        Its last microsecond.
    """
    return pd.Timestamp(on) + pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)
