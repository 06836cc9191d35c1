"""Which tables a job cannot do without under a policy, and which make it say more.

``needs.toml`` says it for each job: a report, a forecast, a redraw, an intake, an audit. What only some policies
ask for follows from the policy: the tables of single rounds and of the questions of a checklist. A job asks before any
work, and names what it has to leave out.
"""

from collections.abc import Collection
from functools import cache
from typing import Any, NamedTuple

import pandas as pd

from zhaosheng_analysis import disk
from zhaosheng_analysis.policy import uses, vocabulary
from zhaosheng_analysis.policy.book import Policy
from zhaosheng_analysis.schema import TABLES, Faults

#: How a bureau comes by a layer that is empty.
LAYER_REMEDY = (
    "请把有图形的文件（社区、村界或小区的面，如 GeoPackage、Shapefile、GeoJSON）写进 ingest.toml 整理成图层 {name}"
    "（zhaosheng ingest suggest 写出初稿，不要列在 empty 里），或用 QGIS 画进 district.gpkg 的图层 {name}"
)
_OF_PERMITS = {"local", "origin"}  # what a permit may change without being named
OF_ROUNDS = {"promotion": "feeders", "withdrawal": "withdrawals", "transfer": "sibling_requests"}


class Needs(NamedTuple):
    """Names of tables, without layers, in the order of the dictionary: needed, and useful but optional.

    Attributes
    ----------
    needed : tuple of str
        Without them the job cannot be done.
    useful : tuple of str
        They are used where they are there.
    """

    needed: tuple[str, ...]
    useful: tuple[str, ...]


@cache
def _declared() -> dict[str, Any]:
    """Read what the jobs need."""
    return disk.own("policy", "needs.toml")


def jobs() -> tuple[str, ...]:
    """Return the jobs whose needs are told.

    Returns
    -------
    tuple of str
        Such as ``report``.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.needed_tables.jobs()
    ('report', 'forecast', 'redraw', 'admit', 'audit')
    """
    return tuple(_declared())


def tables(policy: Policy, job: str = "") -> Needs:
    """Return the tables a job needs under a policy, and those it can use.

    Parameters
    ----------
    policy : Policy
        The rules.
    job : str, optional
        One of `jobs`; without it what all jobs of the policy need together: a whole admission, or a whole checklist.

    Returns
    -------
    Needs
        Names of the tables it needs and of those it can use.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> rules = zs.policy.load("laoting-2025")
    >>> zs.policy.needed_tables.tables(rules, "forecast").needed
    ('about', 'plans', 'roll_counts')
    """
    if not job:
        job = "audit" if policy.kind == "audit" else "admit"
        whole = tables(policy, job)
        others = [] if policy.kind == "audit" else [tables(policy, other) for other in ("report", "redraw")]
        more = {name for it in others for part in it for name in part} | {"classes", "calendar"} if others else set()
        return Needs(whole.needed, _ordered({*whole.useful, *more} - set(whole.needed)))
    declared = _declared()[job]
    needed, useful = set(declared["needed"]), {name for part in declared["parts"] for name in part["tables"]}
    if job == "audit":
        needed |= _asked(policy)
    if job == "admit":
        needed |= {name for name in policy.columns if TABLES[name].level != "layer"}
        useful |= {OF_ROUNDS[kind] for kind in {item["kind"] for item in policy.rounds} & set(OF_ROUNDS)}
    needed |= {"seat_locks"} if policy.lock else set()
    needed, useful = needed - spared(policy), useful | (needed & spared(policy))
    return Needs(_ordered(needed), _ordered(useful - needed))


def _asked(policy: Policy) -> set[str]:
    """Find the tables that the questions and duties of a checklist name."""
    names = {name for item in (*policy.questions, *policy.duties) for name in item.needs}
    return names | {name for question in policy.questions for part in question.parts for name in part.get("needs", ())}


def layers(job: str) -> tuple[str, ...]:
    """Name the layers a job cannot do without something on them.

    Parameters
    ----------
    job : str
        One of `jobs`, or "" for none.

    Returns
    -------
    tuple of str
        Their names.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.needed_tables.layers("redraw"), zs.policy.needed_tables.layers("forecast")
    (('units',), ())
    """
    return tuple(_declared()[job].get("layers", ())) if job else ()


def on_empty_layers(empty: Collection[str]) -> dict[str, str]:
    """Return the jobs that cannot be done because nothing lies on a layer.

    Parameters
    ----------
    empty : collection of str
        Layers without anything on them.

    Returns
    -------
    dict of str to str
        Name of the job -> titles of the layers, joined by 、.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.needed_tables.on_empty_layers({"units"})
    {'学区调整方案': '小区与村'}
    """
    lost = {item["label"]: [name for name in item.get("layers", ()) if name in empty] for item in _declared().values()}
    return {job: "、".join(TABLES[name].title for name in names) for job, names in lost.items() if names}


def demand(present: Collection[str], job: str, *, where: str, policy: Policy | None = None) -> None:
    """Refuse, before any work, a folder that lacks a table or layer the job cannot do without.

    Parameters
    ----------
    present : collection of str
        Tables of the folder, and layers with something on them.
    job : str
        One of `jobs`.
    where : str
        Name of the folder, for the message.
    policy : Policy, optional
        The rules; papers they do not look at may be missing.

    Raises
    ------
    DataError
        Tables are missing; all of them are named.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.needed_tables.demand(zs.demo.nine_plots().tables, "forecast", where="九宫格")
    """
    declared, faults = _declared()[job], Faults()
    spare = spared(policy) if policy is not None else set()
    for name in declared["needed"]:
        if name not in {*present, *spare, "about"}:  # no folder is read without it
            found = f"缺少表「{TABLES[name].title}」({name})，{declared['label']}不能没有它"
            remedy = f"请补上工作表「{name}」或 {name}.csv；空白样表：zhaosheng template 规则编号 --for {job}"
            faults.add(where, found, "", remedy)
    for name in layers(job):
        if name not in present:
            found = f"图层「{TABLES[name].title}」({name})里一个也没有，{declared['label']}不能没有它"
            faults.add(where, found, "", LAYER_REMEDY.format(name=name))
    faults.raise_if_any()


def still_wanting(present: Collection[str], policy: Policy) -> dict[str, str]:
    """Return the jobs that cannot be done yet, each with the tables that it lacks.

    Parameters
    ----------
    present : collection of str
        Tables of the folder.
    policy : Policy
        The rules.

    Returns
    -------
    dict of str to str
        Name of the job -> titles of the tables, joined by 、.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.needed_tables.still_wanting({"plans", "roll_counts"}, zs.policy.load("laoting-2025"))
    {'模拟录取': '儿童、房产、户籍、居住证、报名'}
    """
    lacking = {}
    for job, declared in _declared().items():
        titles = [TABLES[name].title for name in tables(policy, job).needed if name not in {*present, "about"}]
        if titles and (job != "admit" or policy.kind == "admission"):
            lacking[declared["label"]] = "、".join(titles)
    return lacking


def left_out(present: Collection[str], job: str) -> pd.DataFrame:
    """Return what a job leaves out because tables are missing.

    Parameters
    ----------
    present : collection of str
        Tables of the folder.
    job : str
        One of `jobs`.

    Returns
    -------
    DataFrame
        没有的部分, 缺少的表: one row a part.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.needed_tables.left_out(zs.demo.nine_plots().tables, "report")["缺少的表"].to_list()
    ['新建住宅', '班级']
    """
    rows = []
    for part in _declared()[job]["parts"]:
        missing = [TABLES[name].title for name in part["tables"] if name not in present]
        if missing:
            rows.append((part["label"], "、".join(missing)))
    return pd.DataFrame(rows, columns=["没有的部分", "缺少的表"], dtype="str")


def spared(policy: Policy) -> set[str]:
    """Return tables of papers an intake asks for usually and these rules do not look at, such as permits.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    set of str
        Names of tables; without them nobody is judged otherwise.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.needed_tables.spared(zs.policy.load("laoting-2025"))
    set()
    """
    if policy.table is None:
        return set()
    words = {column for word in uses.listed(policy) for column in {word, *uses.reads(word)}}
    sources = {text.partition(".")[0] for name in words & set(policy.evidence) for text in _source(name)}
    asked = "permits" in sources or bool(words & _OF_PERMITS) or any(way.use == "permit" for way in policy.residence)
    return set() if asked or any(item.table == "permits" for item in policy.declared.columns) else {"permits"}


def _source(column: str) -> tuple[str, ...]:
    return vocabulary.EVIDENCE[column].source if column in vocabulary.EVIDENCE else ()


def has_intake(present: Collection[str], policy: Policy | None = None) -> bool:
    """Tell whether the children of an intake and all their papers are there.

    Parameters
    ----------
    present : collection of str
        Tables of the folder.
    policy : Policy, optional
        The rules; papers they do not look at may be missing.

    Returns
    -------
    bool
        False before anybody has registered: forecasts and redraws then go by counts alone.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.needed_tables.has_intake({"plans", "roll_counts"})
    False
    """
    spare = spared(policy) if policy is not None else set()
    return set(_declared()["admit"]["needed"]) - spare <= {*present, "about"}


def _ordered(names: set[str]) -> tuple[str, ...]:
    """Return the tables among some names, in the order of the dictionary."""
    return tuple(name for name, table in TABLES.items() if name in names and table.level != "layer")
