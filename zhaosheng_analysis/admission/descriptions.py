"""A round read aloud in Chinese: who enters, which schools and seats, in which order, what becomes of the rest."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from zhaosheng_analysis.admission import shortlists, wording, words
from zhaosheng_analysis.admission.criteria import holds
from zhaosheng_analysis.admission.rounds import ANY_PLACE, CHOOSING, SEARCHING, Round, listed
from zhaosheng_analysis.admission.words import Words
from zhaosheng_analysis.policy import Policy, conditions, vocabulary
from zhaosheng_analysis.schema import TABLES

FEW = 3  # tiers that are named one by one to a child who is in none of them
_PLACED = {
    frozenset({"none"}): "尚无学位",
    frozenset({"none", "public"}): "尚无民办学位",
    frozenset({"private"}): "已有民办学位",
    frozenset(ANY_PLACE): "不论是否已有学位",
}
_SAID = {
    ("applied_public", True): "报名公办学校",
    ("applied_public", False): "没有报名公办学校",
    ("applied_private", True): "报名民办学校",
    ("applied_private", False): "没有报名民办学校",
    ("private_only", True): "只报名民办学校",
    ("private_only", False): "报名公办学校或没有报名民办学校",
    ("special", "yes"): "优待照顾对象",
    ("local", "yes"): "户籍、住房或居住证在本区（县）",
    ("staff", "yes"): "举办者和教职工子女",
    ("returner", True): "回原籍就读",
    ("has_area", True): "所在片区明确",
    ("origin", "district"): "本区（县）的学生",
    ("origin", "city"): "本市其他区（县）的学生",
    ("origin", "outside"): "市外的学生",
    ("urban", True): "城区学校",
    ("urban", False): "农村学校",
    ("same_area", True): "限本人所在片区（县）的学校",
    ("same_township", True): "限毕业小学所在乡镇的学校",
    ("own_leaver", True): "限本校毕业生",
    ("feeder_here", True): "限对口小学毕业生",
    ("sibling_here", True): "限有兄弟姐妹在读的学校",
    ("zone_here", True): "限本人学区的学校",
    ("native", True): "限单一学区的学生",
    ("zone_target", True): "申请现户籍地或居住地所在学区的学校",
    ("zone_now", False): "现在就读的不是学区学校",
}
# Which table a column of the evidence is read from.
_TABLES = {
    "home_": "homes",
    "rent_": "homes",
    "hukou_": "hukou",
    "permit_": "permits",
    "": "children",
}
_NO_WORDS = Words()
_FILLED = {"known": "已填", "unknown": "空着"}
_SIGNS = (
    (">=", "不少于"),
    ("<=", "不多于"),
    (">", "多于"),
    ("<", "少于"),
    ("by ", "不晚于"),
    ("after ", "晚于"),
    ("known", "已填写"),
    ("unknown", "未填写"),
)
_KINDS = {
    "zone": "学区学校",
    "reserve": "所报学校（未报的为学区学校）",
    "lottery": "所报学校，按志愿分批",
    "choice": "所报学校",
    "withdrawal": "放弃已得的学位",
    "transfer": "申请转入的学校",
}
_ORDERS = {"nearest": "由近及远", "listed": "按所列次序", "zone_first": "先学区学校，再由近及远"}
NOT_ASKED = "没有报名本环节的"
_SECTORS = {"public": "公办", "private": "民办", "any": "公办、民办"}
_SEATS = {
    "left": "计划内剩余学位",
    "reserved": "预留学位，未用完的退回计划",
    "none": "不占计划",
    "all": "全部接收，占计划，超过计划也收",
    "sibling": "班额以内，非起始年级可到长幼随学上限",
}
_ROUNDED = {"down": "舍去尾数", "nearest": "四舍五入", "up": "尾数进一"}
_BUNDLES = {"skip": "放不下即跳过", "stop": "放不下即止", "expand": "放不下也录取", "split": "放不下可拆开"}


def who(item: Round, labels: Mapping[str, str]) -> str:
    """Say who enters a round.

    Parameters
    ----------
    item : Round
        The round.
    labels : mapping of str to str
        Tier -> Chinese name, of the policy's tier table.

    Returns
    -------
    str
        The conditions in Chinese, joined by ；.
    """
    usual = {} if item.kind == "transfer" else {"placed": ("none",), "status": ("registered",)}
    takes = {**usual, **item.takes}
    said = [condition(name, values, labels, item.facts, item.words) for name, values in takes.items()]
    barred = [
        f"除去{condition(name, values, labels, item.facts, item.words)}" for name, values in item.excludes.items()
    ]
    return "；".join(text for text in [*said, *barred] if text)


def condition(
    name: str,
    values: Any,
    labels: Mapping[str, str],
    facts: Mapping[str, vocabulary.Fact] = vocabulary.FACTS,
    words: Words = _NO_WORDS,
) -> str:
    """Say one condition on a child, such as 类别为第1类、第2类; empty where it excludes nobody.

    Parameters
    ----------
    name : str
        Column of the ranked children.
    values : object
        The value or values allowed.
    labels : mapping of str to str
        Chinese name of each tier, of the policy's tier table.
    facts : mapping of str to Fact, optional
        Label and answers of each fact (``policy.words``); those of the vocabulary by default.
    words : Words, optional
        Columns and dates of the rule file (`words.of`).

    Returns
    -------
    str
        The condition in Chinese.
    """
    if name in ("any", "not"):
        return _joined(name, values, labels, facts, words)
    if isinstance(values, Mapping):
        return _every({f"{name}.{part}": one for part, one in values.items()}, labels, facts, words)
    values = listed(values)
    if name == "tier":
        return f"类别为{'、'.join(_tier(value, labels) for value in values)}"
    if name == "status_private":
        return f"民办学校的报名为{'、'.join(vocabulary.STATUSES[value] for value in values)}"
    if name == "status":
        return "、".join(vocabulary.STATUSES[value] for value in values)
    if name == "placed":
        return _PLACED.get(frozenset(values), "、".join(values))
    if set(values) == {True, False}:
        return ""
    return "或".join(_answer(name, value, facts, words) for value in values)


def asked(wanted: Mapping[str, Any], policy: Policy) -> str:
    """Say a condition of a rule file on a child: all that must hold of it.

    Parameters
    ----------
    wanted : mapping of str to object
        The condition as it stands in the file.
    policy : Policy
        The rules.

    Returns
    -------
    str
        In Chinese.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.admission.descriptions.asked({"hukou": ["zone", "town"]}, zs.policy.load("laoting-2025"))
    '户籍：在本学区或户籍：在城区'
    """
    labels = policy.table.labels if policy.table else {}
    return _every(wanted, labels, policy.words, words.of(policy))


def _every(
    wanted: Mapping[str, Any], labels: Mapping[str, str], facts: Mapping[str, vocabulary.Fact], words: Words
) -> str:
    """Say conditions that must all hold; one that leaves a choice stands in brackets beside others."""
    said = {name: condition(name, values, labels, facts, words) for name, values in wanted.items()}
    if len(said) == 1:
        return next(iter(said.values()))
    return "且".join(_bracketed(name, wanted[name], text) for name, text in said.items() if text)


def columns(wanted: Any) -> list[str]:
    """List the columns a condition names, those of its alternatives among them.

    Parameters
    ----------
    wanted : mapping of str to object, or list of them
        As in ``takes`` and ``offers``.

    Returns
    -------
    list of str
        In the order of the file.
    """
    if isinstance(wanted, Mapping):
        parts = ((columns(said) if name in ("any", "not") else [name]) for name, said in wanted.items())
    else:
        parts = (columns(part) for part in wanted) if isinstance(wanted, list | tuple) else ()
    return [column for part in parts for column in part]


def offered(item: Round, policy: Policy) -> str:
    """Say what a round asks of a child and a school together.

    Parameters
    ----------
    item : Round
        A round with ``offers``.
    policy : Policy
        The rules.

    Returns
    -------
    str
        The condition in Chinese.
    """
    labels = dict(policy.table.labels) if policy.table is not None else {}
    return _every(item.offers, labels, item.facts, item.words)


def _bracketed(name: str, values: Any, text: str) -> str:
    """Put a choice between several values into brackets, as 「A或B且C」 may be read in two ways."""
    choice = name not in ("any", "not") and not isinstance(values, Mapping) and len(listed(values)) > 1
    return f"（{text}）" if choice and "或" in text else text


def aloud(read: conditions.Condition, policy: Policy) -> str:
    """Say a condition of a fact or of a line of points, as it was read.

    Parameters
    ----------
    read : Condition
        Of a defined fact or a line of the table of points.
    policy : Policy
        The rules.

    Returns
    -------
    str
        In Chinese; empty where it asks nothing.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.admission.descriptions.aloud(zs.policy.conditions.Condition(), zs.policy.load("laoting-2025"))
    ''
    """
    parts = {item.column: _written(item) for item in read.requirements}
    days = [_day(item, policy) for item in read.requirements if item.kind in ("by", "after")]
    written = {name: value for name, value in parts.items() if value is not None}
    alone = len(written) + len(days) + bool(read.any_of) + len(read.none_of) == 1
    texts = {name: asked({name: value}, policy) for name, value in written.items()}
    said = [text if alone else _bracketed(name, written[name], text) for name, text in texts.items()]
    if read.any_of:
        said.append(f"（{'；或'.join(aloud(part, policy) for part in read.any_of)}）")
    said += [f"不是（{aloud(part, policy)}）" for part in read.none_of]
    return "且".join([*said, *days])


def own(name: str, value: Any, policy: Policy) -> str:
    """Say what the papers of one child have in a column that a condition asks.

    Parameters
    ----------
    name : str
        A column of the evidence, of the file, or a fact.
    value : object
        What stands there.
    policy : Policy
        The rules.

    Returns
    -------
    str
        In Chinese, such as 11 or 没有填; empty where the column is a place or a fact, which the tier tells.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.admission.descriptions.own("hukou_since_on", None, zs.policy.load("laoting-2025"))
    '没有填'
    """
    if name in policy.words or name in vocabulary.FACTS or getattr(policy.askable.get(name), "kind", "") == "place":
        return ""
    if pd.isna(value) or value == "":
        return "没有填"
    return _word(name, value, words.of(policy).pair.get(name))


def _written(item: conditions.Requirement) -> Any:
    """Return what a column must be as a file writes it; nothing of a date, which has lost its name."""
    if item.kind in ("by", "after"):
        return None
    if item.kind == "known":
        return "known" if item.wanted else "unknown"
    if item.kind == "compare":
        return f"{item.wanted[0]} {item.wanted[1]:g}"
    if item.kind == "beside":
        return f"{item.wanted[0]} {item.wanted[1]}"
    return item.wanted


def _day(item: conditions.Requirement, policy: Policy) -> str:
    """Say that a day is not after a date, or after it."""
    label = wording.digit(item.column, words.of(policy).pair)
    return f"{label}{'不晚于' if item.kind == 'by' else '晚于'}{item.wanted.on:%Y-%m-%d}"


def _joined(
    name: str, values: Any, labels: Mapping[str, str], facts: Mapping[str, vocabulary.Fact], words: Words
) -> str:
    """Say several conditions one of which must hold, or one that must not."""
    parts = [values] if isinstance(values, Mapping) else values
    said = [_every(part, labels, facts, words) for part in parts]
    return f"不是（{'；'.join(said)}）" if name == "not" else f"（{'；或'.join(said)}）"


def _tier(name: str, labels: Mapping[str, str]) -> str:
    """Name a tier among others: one without a number stands in quotation marks."""
    said = wording.tier(name, dict(labels))
    return said if said.startswith("第") else f"「{said}」"


def _answer(name: str, value: Any, facts: Mapping[str, vocabulary.Fact], words: Words) -> str:
    """Say one value of a column."""
    if (name, value) in _SAID:
        return _SAID[name, value]
    if name in facts and value in facts[name].answers:
        return f"{facts[name].label}：{facts[name].answers[value]}"
    column = words.pair.get(name) or words.recalled.get(name)
    if name in words.recalled:
        return f"{column.label}{dict(column.said).get(value, value)}"
    label = wording.digit(name.removeprefix("school."), {name.removeprefix("school."): column} if column else {})
    if value in _FILLED:
        return f"{label}{_FILLED[value]}"
    sign, rest_ = next(((word, value[len(sign) :]) for sign, word in _SIGNS if str(value).startswith(sign)), ("", ""))
    if not sign:
        return f"{label}：{_word(name.removeprefix('school.'), value, column)}"
    limit, other = words.dates.get(rest_.strip()), words.pair.get(rest_.strip())
    said = rest_.strip() if other is None else other.label
    return f"{label}{sign}{said if limit is None else f'{limit.on:%Y-%m-%d}'}"


def _word(name: str, value: Any, column: vocabulary.Column | None) -> str:
    """Return the Chinese of a place or of a word of a closed list of the tables."""
    said = dict(column.said) if column is not None else {}
    if value in said:
        return said[value]
    asked = vocabulary.EVIDENCE.get(name)
    if asked is not None and asked.kind == "place":
        return vocabulary.FACTS["home"].answers.get(value, str(value))
    for prefix, table in _TABLES.items():
        listed_ = TABLES[table].columns.get(name.removeprefix(prefix)) if name.startswith(prefix) else None
        if listed_ is not None and value in listed_.choices:
            return listed_.choices[value]
    return wording.value(name, value)


def schools(item: Round) -> str:
    """Say which schools a round offers, and in which order to one child.

    Parameters
    ----------
    item : Round
        The round.

    Returns
    -------
    str
        The schools in Chinese.
    """
    limits = [condition(name, values, {}, item.facts, item.words) for name, values in item.offers.items()]
    if isinstance(item.schools, Mapping):
        limits += [
            condition(f"school.{name}", values, {}, item.facts, item.words) for name, values in item.schools.items()
        ]
    if isinstance(item.not_schools, Mapping):
        barred = {f"school.{name}": values for name, values in item.not_schools.items()}
        said = _every(barred, {}, item.facts, item.words)
        limits.append(f"{said}的除外")
    elif item.not_schools:
        limits.append(f"{'、'.join(item.not_schools)}除外")
    if item.choices:
        limits.append(f"至多{item.choices}所")
    for part in item.choices_by:
        said = _every(part["if"], {}, item.facts, item.words)
        limits.append(f"{said}的至多{part['choices']}所")
    if item.batch:
        limits.append(f"批次「{item.batch}」的志愿")
    if item.pool:
        limits.append(f"{'、'.join(item.pool)}合在一起，先按所填志愿，再{_ORDERS[item.by]}")
    return "；".join([f"{_SECTORS[item.sector]}：{_where(item)}", *limits])


def _where(item: Round) -> str:
    """Say where the schools of a round come from."""
    if item.kind == "promotion":
        origin = {"own": "就读小学的初中部", "feeder": "对口初中"}[item.origin]
        return f"{origin}，须已报名" if item.applied else origin
    if item.kind not in SEARCHING:
        return _KINDS[item.kind]
    area = "本人所在片区（县）内" if item.within == "area" else "全区（县）内"
    named = item.schools if item.schools and not isinstance(item.schools, Mapping) else ()
    return f"{'、'.join(named) or area}有空余学位的学校，{_ORDERS[item.by]}"


def seats(item: Round) -> str:
    """Say which seats a round fills.

    Parameters
    ----------
    item : Round
        The round.

    Returns
    -------
    str
        The seats in Chinese.
    """
    said = _SEATS.get(item.seats, f"每校{item.seats}个")
    if item.share:
        whole = "剩余学位" if item.share_of == "left" else "计划"
        said = f"{said}，用{whole}的{item.share:.0%}（{_ROUNDED[item.rounding]}）"
    if not item.cap:
        return said
    if isinstance(item.cap, str):
        return f"{said}，每校至多其{wording.digit(item.cap, item.words.pair)}"
    most = f"计划的{item.cap:.0%}" if item.cap < 1 else f"{item.cap:.0f}个"
    return f"{said}，每校至多{most}"


def order(item: Round) -> str:
    """Say by which key children are ordered at a school.

    Parameters
    ----------
    item : Round
        The round.

    Returns
    -------
    str
        The digits in Chinese, joined by →.
    """
    if item.kind == "withdrawal":
        return "—"
    digits = [_digit(name, item) for name in item.key if name != "ticket" and not name.startswith("key_by.")]
    digits.append("派位号" if item.draws else "其后文件未规定先后")
    twins = [f"多胞胎一捆一票，{_BUNDLES[item.bundle]}"] if item.bundle != "none" else []
    return "；".join([*_short(item), " → ".join(digits), *twins])


def _short(item: Round) -> list[str]:
    """Say how a round chooses the few it looks at; nothing where it looks at all."""
    made = item.shortlist
    if made is None:
        return []
    way = " → ".join(_digit(name, item.listing) for name in made.key)
    many = f"{made.keep} 名" if made.keep else f"学位数的 {made.times:g} 倍（{_ROUNDED[item.rounding]}）"
    return [f"先按{way}取前 {many}入围，{shortlists.EACH[made.each]}，{shortlists.TIES[made.ties]}；入围者再排先后"]


def _digit(name: str, item: Round) -> str:
    """Name one digit with its direction and, for words, their order."""
    plain = name.removeprefix("-")
    said = wording.digit(name, item.words.pair)
    if plain in item.orders:
        answers = item.facts[plain].answers if plain in item.facts else {}
        column = item.words.pair.get(plain)
        ordered = [answers.get(value) or _word(plain, value, column) for value in item.orders[plain]]
        return f"{said}（{'先于'.join(ordered)}）"
    if plain == "group":
        groups = [_every(group, {}, item.facts, item.words) for group in item.groups]
        return f"{said}（{'，再'.join(groups)}）"
    if plain == "key_by":
        whom = [_every(part["if"], {}, item.facts, item.words) for part in item.key_by]
        ways = [" → ".join(_digit(one, item) for one in part["key"]) for part in item.key_by]
        parts = [f"{who_}的按{way}" for who_, way in zip(whom, ways, strict=True)]
        return f"分别排序（{'；'.join(parts)}）"
    return f"{said}（高者先）" if name.startswith("-") else said


def rest(item: Round) -> str:
    """Say what becomes of those a round refuses.

    Parameters
    ----------
    item : Round
        The round.

    Returns
    -------
    str
        One phrase in Chinese.
    """
    if item.kind == "transfer":
        return "不予转入"
    if item.kind == "withdrawal":
        return "有证明并经同意的留在后面的环节，其余不再安排"
    return "进入后面的环节" if item.overflow == "next" else "不再安排"


def why_not(item: Round, child: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """Say which condition of a round a child does not meet; empty where it meets all that can be seen in its row.

    Parameters
    ----------
    item : Round
        The round.
    child : Series
        One row of the ranked children. Whether it already had a place is not asked here.
    labels : mapping of str to str
        Chinese name of each tier, of the policy's tier table.

    Returns
    -------
    str
        The condition in Chinese.
    """
    takes = {"status": ("registered",), **item.takes}
    row = pd.DataFrame([{name: child[name] for name in columns([takes, item.excludes]) if name in child}])
    for name, values in takes.items():
        if name != "placed" and (name in child or name in ("any", "not")) and not holds({name: values}, item, row)[0]:
            if name == "status_private" and child[name] == "not_registered":
                return "没有报名民办学校"
            many = name == "tier" and len(listed(values)) > FEW
            return "本环节不收本人的类别" if many else f"限{condition(name, values, labels, item.facts, item.words)}"
    for name, values in item.excludes.items():
        if (name in child or name in ("any", "not")) and holds({name: values}, item, row)[0]:
            return f"不收{condition(name, values, labels, item.facts, item.words)}"
    if item.kind == "area" and not child.get("has_area", True):
        return "本人的学区不属于任何片区，文件没有给出去处"
    asks = bool(item.offers) and bool(child.get(f"applied_{item.sector}", False))
    only = f"；条件：{_every(item.offers, labels, item.facts, item.words)}" if asks else ""
    if item.kind == "promotion":
        leaver = "毕业小学没有对口初中" if item.origin == "feeder" else "不是本校小学毕业生，或没有报名本校初中"
        return leaver + only
    if item.kind in CHOOSING:
        return f"{NOT_ASKED}{_SECTORS[item.sector]}学校，或所报学校不招收{only}"
    return ""
