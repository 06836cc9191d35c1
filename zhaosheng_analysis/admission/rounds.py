"""What a round of a policy file may say: who enters, which schools they may get, how many seats, by which key.

A policy's `[[rounds]]` come in as tables and go out as `Round`, parameters resolved and every word checked, all faults
at once. Order is part of the law. Seats a round leaves flow on to later rounds; a
child placed in a later round gives its earlier seat back.

Who enters
    ``takes`` = a condition of the rule file (`words`), all of it must hold; ``excludes`` the same, none may hold.
    Columns of the ranked children, and ``placed`` (none, public, private), ``applied_public``, ``applied_private``,
    ``private_only`` (a public round by the way a child lives takes nobody of these unless it or the rules say so),
    ``has_area``; ``round.ID`` = what an earlier round did with the child (`RECALLED`). Unless said
    otherwise ``placed`` is none (``release = true``: anything) and ``status`` is registered.
    ``batch`` = only applications of that batch. ``registration`` = first or last: by which of its registrations a
    family that filed again in a later window takes part (`filings`).
Which schools, by kind
    ``zone`` the zone school, or the schools of a choice zone (those applied to in choice order, then, if ``fallback``,
    the others by order_n) · ``promotion`` the school attended (``from = "own"``) or its juniors (``"feeder"``), only if
    applied to when ``applied`` · ``reserve`` schools applied to, else the zone's · ``lottery`` and ``choice``
    applications in choice order · ``designated`` the schools of ``schools`` · ``area`` the schools of the child's area
    · ``nearest`` every school ``within`` the district or area. The last three go ``by`` nearest, listed or zone_first;
    designated and area put schools applied to before the others. ``withdrawal`` gives up a seat listed in the table
    withdrawals; the seat is lost unless ``refill``, and who gave it up ends there unless ``stays``.
    ``transfer`` answers requests of pupils of other grades to join a brother or sister (`classes.transfers`): takes
    zone_target, zone_now, from_sector; seats left (up to the base size of a class) or sibling (up to the cap for
    brothers and sisters).
    ``schools`` = ids, names or aliases, or {column = values}; ``not_schools`` bars some, said alike; ``offers`` =
    {pair column = values}: see `criteria`; ``choices`` = at most so many a child, or by ``choices_by`` = [{ if = {…},
    choices = 1 }, …], the first that holds. ``pool`` = id of one of [[pools]]: schools that fill their seats in one
    order; a child who asks for, or belongs to, one of them is offered all, those it named before the others (``by``).
How many seats
    ``seats`` = left (plan less those in and less what is still reserved; "plan" means the same), reserved, none (over
    and above the plan, without limit), all (without limit too, but what it takes is not left to later rounds), or a
    number; ``cap`` = at most so many a school in this round, below 1 a share of its plan, ``school.x`` the number in a
    column of the schools or plans, which may not be blank; ``share`` = that share of the plan (``share_of = "left"``:
    of the seats left), ``rounding`` = down, nearest or up; what is over stays for later rounds.
By which key
    ``key`` = digits, the first decides, smaller first, ``-x`` larger first, missing last: tier, choice, group,
    distance, ticket, or a column of the children, the pair or (school.x) the school; ``orders`` = {text column = values
    in order}; ``groups`` = filters in order of priority, read as the digit group. ``choice_first``: batch k uses k-th
    choices only; otherwise several choices are matched by deferred acceptance. A key without ticket orders nobody
    further: children tied at the last seat are counted and never named. ``key_by`` = [{ if = {…}, key = […] }, …], read
    as the digit key_by: those for whom the same condition is the first that holds stand by its key among themselves
    (and, where no digit before parts them, in the order of the list). ``shortlist`` = only so many by another key are
    looked at (`shortlists`). ``draw`` names the draw, ``ticket_by`` = school or child. ``bundle`` = none, skip, stop,
    expand, split: twins on one ticket, and what happens to a pair that does not fit; true takes the parameter
    bundle.overflow.
What becomes of them
    ``places`` = status of the admitted (admitted, redirected); ``final`` = true: a place got here is kept, its child
    enters no later round; ``overflow`` = next (the refused stay in the pool), end.
    A round ``kind = "waiting"`` goes on with round ``of``: its order, its tickets, the seats that were given up since.

Any value may be ``{ parameter = NAME, VALUE = ..., ... }``, a switch on a parameter; ``when`` = {parameter = values}
says under which values the round exists at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from zhaosheng_analysis.admission import judgements, shortlists, words
from zhaosheng_analysis.admission.kernels import OVERFLOW
from zhaosheng_analysis.admission.words import Words
from zhaosheng_analysis.policy import Policy, sectors, under, vocabulary
from zhaosheng_analysis.schema import STAGES, Faults, keys, near

KINDS = ("zone", "promotion", "reserve", "designated", "lottery", "choice", "area", "nearest", "withdrawal", "transfer")
WAITING = "waiting"
CHOOSING = ("lottery", "choice")
SEARCHING = ("designated", "area", "nearest")
ASIDE = ("withdrawal", "transfer")  # rounds in which nobody of the intake asks for a seat
#: What a round did with a child, as a later one may ask it: ``round.ID``.
RECALLED = words.RECALLED
UNLIMITED = ("none", "all")  # seats of rounds that admit whoever they are for
ANY_PLACE = ("none", "public", "private")
_ALLOWED = {
    "kind": (*KINDS, WAITING),
    "share_of": ("plan", "left"),
    "rounding": ("down", "nearest", "up"),
    "sector": ("public", "private", "any"),
    "by": ("nearest", "listed", "zone_first"),
    "within": ("area", "district"),
    "origin": ("own", "feeder"),
    "registration": ("first", "last"),
    "bundle": ("none", *OVERFLOW),
    "ticket_by": ("school", "child"),
    "overflow": ("next", "end"),
    "places": ("admitted", "redirected"),
}


@dataclass(frozen=True)
class Round:
    """One round, parameters resolved.

    The names are those of the module's text, where each is explained (``from`` is `origin`).

    Attributes
    ----------
    id : str
        Its name in the program.
    name : str
        Its Chinese name.
    kind : str
        One of `KINDS`.
    clause : str
        Clause of the text it rests on.
    stage : tuple of str
        Stages it is for.
    sector : {"public", "private", "any"}
        Whose seats it gives.
    takes : dict of str to object
        The values of columns that all must hold of a child who enters.
    excludes : dict of str to object
        The values of columns none of which may hold.
    schools : tuple of str or dict
        Ids, names or aliases of the schools offered, or the values of their columns.
    not_schools : tuple of str or dict
        Schools barred, named as in `schools`.
    offers : dict of str to object
        The values of columns of a pair of child and school that must hold.
    seats : str or int
        Which seats it fills: left, reserved, none, all, sibling, or a number.
    cap : float or str
        At most so many a school, below 1 a share of its plan; 0 is no cap; ``school.x`` the number in a column.
    key : tuple of str
        Digits, the first decides, smaller first; ``-x`` larger first.
    orders : dict of str to object
        The order of the values of a text column.
    groups : tuple of dict of str to object
        Filters in order of priority, read as the digit group.
    choices : int
        At most so many schools a child; 0 is any number.
    choice_first : bool
        Whether batch k uses k-th choices only.
    fallback : bool
        Whether the other schools of a choice zone follow those applied to.
    applied : bool
        Whether a school counts only if it was applied to.
    origin : {"own", "feeder"}
        Whose juniors a promotion leads to.
    registration : {"first", "last"}
        By which registration of a family that filed again in a later window it takes part.
    by : {"nearest", "listed", "zone_first"}
        Order of the schools offered to a child.
    within : {"district", "area"}
        Where they may lie.
    bundle : str
        What happens to twins on one ticket who do not fit; none where each draws alone.
    draw : str
        Name of the draw.
    ticket_by : {"school", "child"}
        Whether a child has a ticket a school or one for all.
    overflow : {"next", "end"}
        What becomes of the refused.
    places : {"admitted", "redirected"}
        Status of those who are in.
    final : bool
        Whether who is in takes part in no later round.
    stays : bool
        Whether who gives up a seat takes part in later rounds without proof and consent.
    refill : bool
        Whether a seat given up may be filled again.
    window : str
        Window in which it is applied for.
    batch : str
        Batch of the applications it looks at; empty is any.
    choices_by : tuple of dict
        Conditions with the number of schools a child may have asked for; the first that holds.
    share : float
        Share of the seats it fills, in [0, 1]; 0 is all.
    share_of : {"plan", "left"}
        Of what that is a share.
    rounding : {"down", "nearest", "up"}
        How the share becomes whole seats.
    pool : tuple of str
        Schools that fill their seats in one order, by id, name or alias; none where each stands for itself.
    of : str
        Of a round that goes on with another: the other's id.
    key_by : tuple of dict
        Conditions with the key of those for whom each is the first that holds.
    shortlist : Shortlist or None
        The few it looks at; None where it looks at everybody it is for.
    recalls : mapping of str to int
        Earlier rounds its conditions ask about, with their numbers in the sequence.
    facts : mapping of str to Fact
        Label and answers of each fact the policy may ask.
    words : Words
        The columns conditions may name.
    """

    id: str
    name: str
    kind: str
    clause: str
    stage: tuple[str, ...] = tuple(STAGES)
    sector: str = "public"
    takes: dict[str, Any] = field(default_factory=dict)
    excludes: dict[str, Any] = field(default_factory=dict)
    schools: Any = ()
    not_schools: Any = ()
    offers: dict[str, Any] = field(default_factory=dict)
    seats: Any = "left"
    cap: float | str = 0
    key: tuple[str, ...] = ("tier", "ticket")
    orders: dict[str, Any] = field(default_factory=dict)
    groups: tuple[dict[str, Any], ...] = ()
    choices: int = 0
    choice_first: bool = False
    fallback: bool = True
    applied: bool = False
    origin: str = "own"
    registration: str = "first"
    by: str = "nearest"
    within: str = "district"
    bundle: str = "none"
    draw: str = ""
    ticket_by: str = "school"
    overflow: str = "next"
    places: str = "admitted"
    final: bool = False
    refill: bool = False
    stays: bool = False
    window: str = ""
    batch: str = ""
    choices_by: tuple[dict[str, Any], ...] = ()
    share: float = 0
    share_of: str = "plan"
    rounding: str = "down"
    pool: tuple[str, ...] = ()
    of: str = ""
    key_by: tuple[dict[str, Any], ...] = ()
    shortlist: shortlists.Shortlist | None = None
    recalls: Mapping[str, int] = field(default_factory=dict, repr=False)
    words: Words = field(default_factory=Words, repr=False)
    facts: Mapping[str, vocabulary.Fact] = field(default_factory=lambda: vocabulary.FACTS, repr=False)

    @property
    def digits(self) -> tuple[str, ...]:
        """Names of the digits that come before the ticket, most important first, without their signs."""
        return tuple(name.removeprefix("-") for name in self.key if name != "ticket")

    @property
    def draws(self) -> bool:
        """Whether a ticket decides in the end."""
        return "ticket" in self.key

    @property
    def listing(self) -> "Round":
        """The round with the key of its shortlist in place of its own."""
        return replace(self, key=self.shortlist.key) if self.shortlist else self


_FIELDS = {item.name for item in fields(Round)} - {"facts", "words", "recalls"}
_ELSEWHERE = {"when", "provisions", "words", "note"}


def read(policy: Policy) -> tuple[Round, ...]:
    """Read the rounds of a policy in their order, leaving out those its parameters switch off.

    Parameters
    ----------
    policy : Policy
        Rules with their rounds.

    Returns
    -------
    tuple of Round
        The rounds that exist.

    Raises
    ------
    DataError
        With every unknown key, kind or value of every round.
    """
    faults = Faults()
    columns, rounds = words.of(policy), []
    tables = {str(table.get("id", "")): table for table in policy.rounds}
    for table in policy.rounds:
        where = f"{policy.id} [[rounds]]（{table.get('id', '未命名')}）"
        if _holds(table.get("when", {}), policy):
            full = _resumed(table, tables, where, faults)
            rounds.append(_round(_resolved(full, policy, where, faults), columns, where, policy, faults))
    ids = [item.id for item in rounds if item]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        faults.add(f"{policy.id} [[rounds]]", f"轮次编号「{name}」重复", "每轮一个编号", "请改名")
    _batches_are_named([item for item in rounds if item], policy, faults)
    faults.raise_if_any()
    return tuple(_recalling(item, number, rounds) for number, item in enumerate(rounds))


def remembers(sequence: tuple[Round, ...]) -> bool:
    """Tell whether what a round did with a child has to be kept: a later one asks for it, or it has a shortlist.

    Parameters
    ----------
    sequence : tuple of Round
        Rounds of an intake.

    Returns
    -------
    bool
        Whether it has.
    """
    return any(item.recalls or item.shortlist for item in sequence)


def _recalling(item: Round, number: int, rounds: list[Round]) -> Round:
    """Return a round with the numbers of the earlier ones its conditions ask about."""
    asked = {name for wanted in (item.takes, item.excludes) for name in words.named(wanted, {}, item.words)}
    before = {other.id: place for place, other in enumerate(rounds[:number]) if f"round.{other.id}" in asked}
    return replace(item, recalls=before) if before else item


def _resumed(table: dict[str, Any], tables: Mapping[str, Any], where: str, faults: Faults) -> dict[str, Any]:
    """Write out a round that goes on with another: all that is not said anew is the other's, its tickets among it."""
    if table.get("kind") != WAITING:
        return table
    other = tables.get(str(table.get("of", "")))
    if other is None or other.get("kind") == WAITING:
        ids = [name for name, one in tables.items() if one.get("kind") != WAITING]
        found = f"「of」写成了 {keys.shown(table.get('of', ''))}"
        faults.add(where, found, f"写它接着哪一轮：{'、'.join(ids)}", near(table.get("of", ""), ids))
        return {**table, "kind": KINDS[0]}
    draws = other.get("ticket_by") == "child" or other.get("pool")
    draw = {"draw": other["draw"]} if other.get("draw") else {"draw": other["id"]} if draws else {}
    return {"seats": "left", **other, "share": 0, **draw, **table, "kind": other["kind"]}


def _batches_are_named(rounds: list[Round], policy: Policy, faults: Faults) -> None:
    """Note rounds by application that name no batch where others do: whose list they read would be a guess."""
    if any(item.batch for item in rounds):
        for item in rounds:
            if item.kind in CHOOSING and not item.batch:
                faults.add(f"{policy.id} [[rounds]]（{item.id}）", "没有写 batch", "别的轮次分了批次", "请写明是哪一批")


def prove(policy: Policy) -> int:
    """Read the rounds under every option of every parameter.

    Parameters
    ----------
    policy : Policy
        Rules with rounds.

    Returns
    -------
    int
        Rounds in force by default.

    Raises
    ------
    DataError
        A switch without the option, an unknown key, a key without its groups.
    """
    for item in policy.parameters.values():
        for option in item.options:
            read(under(policy, {item.name: option}))
    for table in policy.rounds:
        _prove_switched_off(table, policy)
    return len(read(policy))


def _prove_switched_off(table: Mapping[str, Any], policy: Policy) -> None:
    """Read a round that another value of a parameter calls in, under every option of its own switches."""
    when = table.get("when", {})
    if _holds(when, policy):
        return
    called_in = {name: listed(values)[0] for name, values in when.items()}
    for name in set(_switches(table)) - set(called_in):
        for option in policy.parameters[name].options if name in policy.parameters else ():
            read(under(policy, {**called_in, name: option}))


def _switches(value: Any) -> Iterator[str]:
    """List the parameters the values of a round are chosen by."""
    if isinstance(value, Mapping):
        if isinstance(value.get("parameter"), str):
            yield value["parameter"]
        for part in value.values():
            yield from _switches(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _switches(part)


def _holds(when: Mapping[str, Any], policy: Policy) -> bool:
    """Say whether the parameters have the values a round asks for."""
    return all(policy.parameter(name) in listed(values) for name, values in when.items())


def listed(value: Any) -> tuple[Any, ...]:
    """Return one value or several as a tuple.

    Parameters
    ----------
    value : object
        One value, or a list or tuple of them.

    Returns
    -------
    tuple
        The values.
    """
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _pooled(name: Any, where: str, policy: Policy, faults: Faults) -> tuple[str, ...]:
    """Return the schools of a pool of the policy."""
    pools = {item.id: item for item in policy.pools}
    if name in pools:
        return pools[name].schools
    said = f"[[pools]] 有：{'、'.join(pools) or '无'}"
    faults.add(f"{where}「pool」", f"没有学校组「{keys.shown(name)}」", said, near(name, pools))
    return ()


def _resolved(value: Any, policy: Policy, where: str, faults: Faults) -> Any:
    """Replace every switch inside a value by what its parameter chooses."""
    if isinstance(value, Mapping) and isinstance(value.get("parameter"), str):
        chosen = policy.parameter(value["parameter"])
        word = str(chosen).lower() if isinstance(chosen, bool) else str(chosen)
        if word not in value:
            allowed = "、".join(name for name in value if name != "parameter")
            faults.add(where, f"开关「{value['parameter']}」没有写取值 {word}", f"已写：{allowed}", "请补上这一取值")
            return None
        return _resolved(value[word], policy, where, faults)
    if isinstance(value, Mapping):
        return {name: _resolved(item, policy, where, faults) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(part for item in value for part in _members(item, policy, where, faults))
    return value


def _members(item: Any, policy: Policy, where: str, faults: Faults) -> tuple[Any, ...]:
    """Return what one place of a list comes to: a switch there may choose no member, or several."""
    resolved = _resolved(item, policy, where, faults)
    switch = isinstance(item, Mapping) and "parameter" in item
    return resolved if switch and isinstance(resolved, tuple) else (resolved,)


def _round(table: dict[str, Any], columns: Words, where: str, policy: Policy, faults: Faults) -> Round | None:
    """Check one resolved round and build it; None when it has faults."""
    before = len(faults.found)
    judgements.filled(table, where, faults)
    judgements.flags(table, where, faults)
    table = _in_full(table, where, policy, faults)
    keys.known_only(set(table) - _ELSEWHERE, sorted(_FIELDS), where=where, faults=faults)
    for name in ("id", "name", "kind", "clause"):
        if not table.get(name):
            keys.missing(name, where=where, faults=faults)
    for name, allowed in _ALLOWED.items():
        if name in table and table[name] not in allowed:
            hint = near(table[name], allowed) or "请改正"
            faults.add(where, f"「{name}」写成了 {keys.shown(table[name])}", f"可用：{'、'.join(allowed)}", hint)
    judgements.numbers(table, columns, where, faults)
    judgements.key(table, columns, where, faults)
    judgements.wanted(table, columns, where, faults)
    if "shortlist" in table:
        table["shortlist"] = _short(table, columns, f"{where} shortlist", faults)
    if len(faults.found) > before:
        return None
    given = {name: value for name, value in table.items() if name in _FIELDS}
    given["key"] = _told_apart(given["key"], given.get("key_by", ()))
    return Round(**given, facts=policy.words, words=columns)


def _short(table: Mapping[str, Any], columns: Words, where: str, faults: Faults) -> shortlists.Shortlist | None:
    """Read the shortlist of a round and judge its key."""
    made = shortlists.read(table["shortlist"], where, faults)
    if made is None:
        return None
    judgements.digits(made.key, table.get("orders", {}), columns, where, faults)
    if made.times and table.get("seats", "left") in UNLIMITED and not table.get("cap"):
        faults.add(where, "写了 times，这一轮的学位没有限数", "人数（keep）", "请写 keep，或写 cap")
    return made


def _told_apart(key: tuple[str, ...], key_by: tuple[dict[str, Any], ...]) -> tuple[str, ...]:
    """Write the digit key_by out: which of the keys, then as many digits as the longest of them has."""
    longest = max((len(part["key"]) for part in key_by), default=0)
    own = [f"key_by.{number}" for number in range(1, longest + 1)]
    return tuple(name for digit in key for name in ([digit, *own] if digit == "key_by" else [digit]))


def _overflow(policy: Policy, where: str, faults: Faults) -> str:
    """Return what becomes of twins who do not fit as the parameter of the file says, or note that it has none."""
    said = policy.parameter("bundle.overflow", None)
    if said is None:
        allowed = '"skip"（跳过，下一名先录）、"stop"（到此为止）、"expand"（增加学位）、"split"（拆开录取）'
        found = "「bundle」写成了 true，文件没有参数 bundle.overflow"
        faults.add(where, found, allowed, "请写明是哪一种，或写 [[parameters]]，name 写 bundle.overflow")
    return said or "none"


def _in_full(table: dict[str, Any], where: str, policy: Policy, faults: Faults) -> dict[str, Any]:
    """Write out what a kind implies and what may be said in fewer words."""
    # Who filed no registration at a public school is given no public seat, unless the rules place everybody.
    leaves_out = sectors.silent(table) and policy.parameter("private_only", "left") != "placed"
    table = {("origin" if name == "from" else name): value for name, value in table.items()}
    kind = table.get("kind")
    implied: dict[str, Any] = {}
    if kind == "lottery":
        implied["choice_first"] = True
    if kind == "area":
        implied["within"] = "area"
    if kind in ("area", "nearest"):
        implied["places"] = "redirected"
    if table.get("pool"):
        implied["ticket_by"] = "child"
        table["pool"] = _pooled(table["pool"], where, policy, faults)
    table = {**implied, **table}
    for name in ("takes", "excludes"):  # TOML takes round.ID apart
        if isinstance(table.get(name), Mapping) and isinstance(table[name].get("round"), Mapping):
            others = {key: value for key, value in table[name].items() if key != "round"}
            table[name] = others | {f"round.{part}": value for part, value in table[name]["round"].items()}
    if leaves_out and isinstance(table.get("excludes", {}), Mapping):
        table["excludes"] = {**table.get("excludes", {}), sectors.PRIVATE_ONLY: True}
    if table.pop("release", False):
        table["takes"] = {"placed": ANY_PLACE, **table.get("takes", {})}
    table["stage"] = listed(table.get("stage") or tuple(STAGES))
    table["key"] = listed(table.get("key") or ("tier", "ticket"))
    if table.get("seats", "plan") == "plan":
        table["seats"] = "left"
    if isinstance(table.get("bundle"), bool):
        table["bundle"] = _overflow(policy, where, faults) if table["bundle"] else "none"
    if table.get("groups") and "group" not in table["key"]:
        table["key"] = ("group", *table["key"])
    if table.get("key_by") and "key_by" not in table["key"]:
        digits, last = [name for name in table["key"] if name != "ticket"], ["ticket"] * ("ticket" in table["key"])
        table["key"] = (*digits, "key_by", *last)
    if table.get("choice_first") and "choice" not in table["key"]:
        table["key"] = ("choice", *table["key"])
    return table
