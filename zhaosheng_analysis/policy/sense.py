"""What a rule file says word by word and cannot mean: lines in the wrong order, days of another century, things twice.

Every key may be known and every value of its kind, and still nobody could be admitted by it, or everybody warned of.
"""

import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from zhaosheng_analysis import disk
from zhaosheng_analysis.policy.elements import RIVALS
from zhaosheng_analysis.schema import STAGES, Faults, keys, near

if TYPE_CHECKING:
    from zhaosheng_analysis.policy.book import Policy

_YEARS = (1990, 2100)
_BACK, _AHEAD = 30, 2  # years from the intake in which a date of its rules can lie; a window only one year apart
_LONGEST_DAYS = 400  # of a window, which is open within one year of intakes
_OLDEST_PAPER = 120  # years before the intake that a paper of a case can bear
_YOUNGEST = 4  # years before the intake in which no entrant of a school is born any more
_LARGEST_CLASS = 100
_HIGHEST_LEVEL = 10
_SECTORS = ("public", "private")
_WITHIN = ("", "town")
_CHANNELS = ("online", "onsite", "offline")


def judge(policy: "Policy", data: Mapping[str, Any], faults: Faults) -> None:
    """Note what no rules can mean.

    Parameters
    ----------
    policy : Policy
        The rules as read.
    data : mapping of str to object
        The file they were read from.
    faults : Faults
        Collects what is wrong.
    """
    if not disk.is_name(policy.id):
        faults.add(f"{policy.file} id", f"「{policy.id[:40]}」不能作文件名", "文字、数字和 _ . - ·", "请改 id")
    _judge_days(policy, data, faults)
    _judge_births(policy, data, faults)
    _judge_levels(policy, faults)
    _judge_sizes(policy, faults)
    _judge_stages(policy, faults)
    _judge_scopes(policy, faults)
    _judge_doubles(policy, data, faults)
    _judge_empty(policy, data, faults)
    _judge_order(policy, faults)


def _judge_days(policy: "Policy", data: Mapping[str, Any], faults: Faults) -> None:
    """Note years no intake has, days far from it, and windows that end before they begin."""
    low, high = _YEARS
    if policy.intake_year is None:
        return
    if not low <= policy.intake_year <= high:
        faults.add(f"{policy.file} intake_year", f"为 {policy.intake_year}", f"{low} 至 {high} 之间的年份", "请改正")
        return
    for name, item in policy.dates.items():
        _near(item.on, policy, f"{policy.file} [dates.{name}]", _BACK, faults)
    for name, item in policy.parameters.items():
        for on in _days_of([item.default, *item.options, *(item.range or ())]):
            _near(on, policy, f"{policy.file} 参数「{name}」", _BACK, faults)
    for number, item in enumerate(policy.windows, 1):
        where = f"{policy.file} [[windows]] 第{number}项（{item.name}）"
        _near(item.opens, policy, where, 1, faults)
        _near(item.closes, policy, where, 1, faults)
        if item.opens and item.closes and _moment(item.closes, last=True) < _moment(item.opens):
            faults.add(where, f"截止 {item.closes} 早于开始 {item.opens}", "先开始、后截止", "请改正")
        elif item.opens and item.closes and (_moment(item.closes) - _moment(item.opens)).days > _LONGEST_DAYS:
            faults.add(where, f"从 {item.opens} 到 {item.closes}，长过一年", "一个时间窗口不到一年", "请核对年份")
    _judge_years(policy, data, faults)


def _judge_years(policy: "Policy", data: Mapping[str, Any], faults: Faults) -> None:
    """Note windows that are all of another year than the intake, and papers of a case of another time."""
    years = {on.year for item in policy.windows for on in (item.opens, item.closes) if on}
    if years and policy.intake_year not in years:
        found = f"为 {policy.intake_year}，时间窗口（[[windows]]）却没有一天在这一年（{min(years)} 年起）"
        faults.add(f"{policy.file} intake_year", found, "招生年度与时间窗口同年", "请核对年份，旧年的日期也要改")
    cases = data.get("cases", [])
    for number, item in enumerate(cases if isinstance(cases, list) else (), 1):
        for on in _days_of(item):
            _near(on, policy, f"{policy.file} [[cases]] 第{number}项", _OLDEST_PAPER, faults)


def _days_of(value: Any) -> Iterator[date]:
    """Yield every day inside a value."""
    if isinstance(value, date):
        yield value
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for part in inside:
        yield from _days_of(part)


def _judge_births(policy: "Policy", data: Mapping[str, Any], faults: Faults) -> None:
    """Note days that births are held against and on which nobody old enough can have been born."""
    if policy.intake_year is None:
        return
    for name in sorted({"age", *_held_against_births(data)} & set(policy.dates)):
        on, latest = policy.dates[name].on, policy.intake_year - _YOUNGEST
        if on is not None and on.year > latest:
            example = f"{policy.intake_year - 6}-08-31"
            allowed = f"与出生日期相比，应是最晚（或最早）的出生日期：当年8月31日前满6周岁写作 {example}"
            faults.add(f"{policy.file} [dates.{name}]", f"日期为 {on}", allowed, "请改成出生日期")


def _held_against_births(value: Any) -> Iterator[str]:
    """List the dates that a condition on birth_on names."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key == "birth_on" and isinstance(part, str):
                yield from part.split()[1:]
            yield from _held_against_births(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _held_against_births(part)


def _near(on: date | None, policy: "Policy", where: str, back: int, faults: Faults) -> None:
    """Note a day far from the intake."""
    first, last = policy.intake_year - back, policy.intake_year + _AHEAD
    if on is not None and not first <= on.year <= last:
        allowed = f"{policy.intake_year} 年招生，应在 {first} 年至 {last} 年之间"
        faults.add(where, f"日期为 {on}", allowed, "请核对年份")


def _moment(on: date, *, last: bool = False) -> datetime:
    """Return a day as its first or last moment; a moment as it is, without its zone of time."""
    if isinstance(on, datetime):
        return on.replace(tzinfo=None)
    return datetime(on.year, on.month, on.day, *((23, 59, 59) if last else ()))


def _judge_levels(policy: "Policy", faults: Faults) -> None:
    """Note lines of warning that are no numbers, or in the wrong order."""
    levels, where = policy.warning, f"{policy.file} [warning]"
    if levels is None:
        return
    said = {"surplus": levels.surplus, "yellow": levels.yellow, "red": levels.red}
    odd = [name for name, value in said.items() if not (math.isfinite(value) and 0 < value <= _HIGHEST_LEVEL)]
    for name in odd:
        faults.add(where, f"警戒线 {name} = {said[name]}", "适龄人数 ÷ 学位，如 0.9、1.0", "请改正")
    if not odd and not levels.surplus < levels.yellow <= levels.red:
        shown = "、".join(f"{name} = {value}" for name, value in said.items())
        faults.add(where, f"警戒线次序不对：{shown}", "surplus < yellow ≤ red", "请改正")


def _judge_sizes(policy: "Policy", faults: Faults) -> None:
    """Note class sizes that are none, or in the wrong order."""
    sizes, where = policy.capacity, f"{policy.file} [capacity]"
    if sizes is None:
        return
    for section in ("standard", "limit"):
        for stage, value in getattr(sizes, section).items():
            whole = isinstance(value, int) and not isinstance(value, bool)
            if stage not in STAGES or not whole or not 0 < value <= _LARGEST_CLASS:
                allowed = f"{'、'.join(STAGES)}，1 至 {_LARGEST_CLASS} 的整数"
                faults.add(where, f"{section} 的班额 {stage} = {keys.shown(value)}", allowed, "请改正")
    standard = [value for value in sizes.standard.values() if isinstance(value, int)]
    if not max(standard, default=0) < sizes.oversized < sizes.super_oversized:
        found = f"班额次序不对：标准 {sizes.standard}，大班额 {sizes.oversized}，超大班额 {sizes.super_oversized}"
        faults.add(where, found, "标准 < 大班额 < 超大班额", "请改正")


def _judge_stages(policy: "Policy", faults: Faults) -> None:
    """Note stages there are none of, by which an element would be for nobody."""
    lock = () if policy.lock is None else (policy.lock,)
    for section, items in (
        ("[[windows]]", policy.windows),
        ("[[checks]]", policy.checks),
        ("[[residence]]", policy.residence),
        ("[lock]", lock),
    ):
        for number, item in enumerate(items, 1):
            where = f"{policy.file} {section}" + (f" 第{number}项" if section.startswith("[[") else "")
            years = getattr(item, "years", 0)
            said = [item.stage] if isinstance(item.stage, str) and item.stage else list(item.stage or ())
            for name in [*said, *(years if isinstance(years, dict) else ())]:
                if name not in STAGES:
                    faults.add(where, f"没有学段「{name}」", "、".join(STAGES), near(name, STAGES) or "请改正")
    for rivals in (item.rivals for item in lock if item.rivals not in RIVALS):
        said = "、".join(f"{name} {label}" for name, label in RIVALS.items())
        faults.add(f"{policy.file} [lock] rivals", f"没有「{rivals}」", said, near(rivals, RIVALS) or "请改正")


def _judge_scopes(policy: "Policy", faults: Faults) -> None:
    """Note sectors and ways of registering there are none of, by which a window or a check would be for nobody."""
    for section, items in (("[[windows]]", policy.windows), ("[[checks]]", policy.checks)):
        for number, item in enumerate(items, 1):
            said = {"sector": item.sector, "channel": getattr(item, "channel", ()), "allow": getattr(item, "allow", ())}
            for key, values in said.items():
                words = _SECTORS if key == "sector" else _CHANNELS
                for name in values:
                    if name not in words:
                        where = f"{policy.file} {section} 第{number}项 {key}"
                        faults.add(where, f"没有「{name}」", "、".join(words), near(name, words) or "请改正")
    for number, item in enumerate(policy.residence, 1):
        if item.within not in _WITHIN:
            where = f"{policy.file} [[residence]] 第{number}项 within"
            faults.add(
                where, f"没有「{item.within}」", "town（住址须在城区），或不写", near(item.within, _WITHIN) or "请改正"
            )


def _judge_doubles(policy: "Policy", data: Mapping[str, Any], faults: Faults) -> None:
    """Note what stands twice where it can stand once."""
    tiers = data.get("tiers", {})
    for section, items in (("facts", data.get("facts", {})), ("tiers", tiers)):
        for key, values in items.items():
            if isinstance(values, list) and all(isinstance(value, str) for value in values):
                _once(values, f"{policy.file} [{section}] {key}", faults)
    named: tuple[tuple[str, Callable[[Any], Any]], ...] = (
        ("cases", lambda item: item.get("id")),
        ("rounds", lambda item: item),
        ("parameters", lambda item: item.get("name")),
        ("windows", lambda item: item),
        ("checks", lambda item: item),
        ("residence", lambda item: item),
    )
    for section, called in named:
        said = [str(called(item)) for item in data.get(section, ()) if isinstance(item, Mapping)]
        _once(said, f"{policy.file} [[{section}]]", faults)
    for item in policy.parameters.values():
        _once([str(option) for option in item.options], f"{policy.file} 参数「{item.name}」的 options", faults)


def _once(values: Iterable[Hashable], where: str, faults: Faults) -> None:
    """Note values that stand twice."""
    seen, double = set(), []
    for value in values:
        double += [value] if value in seen else []
        seen.add(value)
    if double:
        shown = "、".join(dict.fromkeys(str(value)[:40] for value in double[:3]))
        faults.add(where, f"有 {len(double)} 项写了两次：{shown}", "各写一次", "请删去重复的")


def _judge_empty(policy: "Policy", data: Mapping[str, Any], faults: Faults) -> None:
    """Note lists without which nobody gets anywhere."""
    for fact, values in policy.facts.items():
        if not values:
            faults.add(f"{policy.file} [facts] {fact}", "没有取值", "至少一个", "请补上，或删去这个事实")
    if policy.home is not None and not (policy.home.owners and policy.home.evidence):
        faults.add(f"{policy.file} [home]", "owners 或 evidence 是空的", "至少一种", "请写明哪些住房算数")
    if policy.table is None:
        return
    if not policy.rounds:
        faults.add(f"{policy.file} [[rounds]]", "有类别，却没有一轮录取", "至少一轮", "请写明怎样录取")
    if "residence" in data and not policy.residence:
        faults.add(f"{policy.file} [[residence]]", "是空的：没有一名儿童有学校", "至少一项", "请写明到哪所学校登记")


def _judge_order(policy: "Policy", faults: Faults) -> None:
    """Note rounds that stand before one whose window closes earlier, and left places given before zones are served."""
    slips = Faults()
    _judge_rounds(policy, slips)
    faults.found += list(dict.fromkeys(slips.found))  # what is wrong in both stages is told once


def _judge_rounds(policy: "Policy", faults: Faults) -> None:
    for stage in STAGES:
        for sector in _SECTORS:
            rounds = list(_rounds(policy, stage, sector))
            for (number, item), (later, follower) in itertools.combinations(rounds, 2):
                if _exclude_each_other(item, follower):
                    continue
                first, second = (_closes(policy, one, stage, sector) for one in (item, follower))
                if first and second and second < first:
                    found = f"第{number}轮截止 {first:%m-%d}，排在截止 {second:%m-%d} 的第{later}轮之前"
                    faults.add(f"{policy.file} [[rounds]]", found, "按先后排列", "请调整次序，或改 window")
            _judge_rest(policy, rounds, faults)


def _judge_rest(policy: "Policy", rounds: list[tuple[int, Mapping[str, Any]]], faults: Faults) -> None:
    """Note a coordinated round that stands before every round of the zones."""
    kinds = [item.get("kind") for _, item in rounds]
    if "nearest" in kinds and "zone" in kinds and kinds.index("nearest") < kinds.index("zone"):
        number = rounds[kinds.index("nearest")][0]
        found = f"第{number}轮统筹安排余位，排在按学区录取的一轮之前"
        faults.add(f"{policy.file} [[rounds]]", found, "先按学区录取，后统筹余位", "请调整次序")


def _exclude_each_other(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two rounds stand under different readings of one parameter, so that never both are held."""
    first, second = one.get("when", {}), other.get("when", {})
    return any(not set(_listed(first[name])) & set(_listed(second[name])) for name in first.keys() & second.keys())


def _listed(value: Any) -> list[str]:
    return [str(part) for part in value] if isinstance(value, list) else [str(value)]


def _rounds(policy: "Policy", stage: str, sector: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the rounds of a stage and sector, with their numbers."""
    for number, item in enumerate(policy.rounds, 1):
        stages, said = item.get("stage", STAGES), item.get("sector", sector)
        if stage in stages and said == sector:
            yield number, item


def _closes(policy: "Policy", item: Mapping[str, Any], stage: str, sector: str) -> datetime | None:
    """Return when the last window of a round closes; None where nothing is said."""
    moments = [
        _moment(window.closes, last=True)
        for window in policy.windows
        if window.name == item.get("window")
        and window.closes
        and stage in (window.stage or STAGES)
        and sector in (window.sector or _SECTORS)
    ]
    return max(moments, default=None)
