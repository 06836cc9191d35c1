"""The checks a policy file must pass beyond its shape: parameters, tier table, and names that point somewhere."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from zhaosheng_analysis.policy import conditions, decision_table, declarations, pipe_table, table_proof
from zhaosheng_analysis.policy.elements import Case, Note, Parameter
from zhaosheng_analysis.policy.vocabulary import (
    ADDRESSES,
    CHECKS,
    KINDS,
    OF_HOMES,
    REDRAW,
    SCOPES,
    SEVERITIES,
    STATUSES,
    Column,
    Fact,
    unplaced,
)
from zhaosheng_analysis.schema import Faults, keys, near

if TYPE_CHECKING:
    from zhaosheng_analysis.policy.book import Policy

# Tests of a blank another tier may hang on.
_BLANKS = ("guardian_known", "dates_known", "second_hand_known", "answers_known", "address_known")
_TIER_KEYS = ("order", "residual", "labels", "rows", "impossible", "provisions", "unplaced", "parts")


def choose(
    parameters: Mapping[str, Parameter], chosen: Mapping[str, Any], notes: Iterable[Note], file: str, faults: Faults
) -> dict[str, Any]:
    """Return the value in force of every parameter; refuse unknown names and values outside the options.

    A value may be given as text (``"false"``, ``"0.95"``), as it comes from a command line. What a note settles is not
    to be chosen.
    """
    settled = {item.sets: item for item in notes if item.sets}
    for name in chosen:
        if name in settled:
            found = f"「{name}」在这份规则里不能选：{settled[name].question}——{settled[name].reading}"
            faults.add(f"{file} 参数", found, f"可选：{'、'.join(parameters)}", f"{settled[name].why}请去掉这一项")
        elif name not in parameters:
            faults.add(f"{file} 参数", f"没有参数「{name}」", f"可用：{'、'.join(parameters)}", near(name, parameters))
    values = {}
    for name, item in parameters.items():
        where = f"{file} 参数「{name}」"
        default = _option(item, item.default, f"{where}的默认值", faults)
        values[name] = _option(item, chosen[name], where, faults) if name in chosen else default
    return values


def options_are_said(parameters: Mapping[str, Parameter], file: str, faults: Faults) -> None:
    """Refuse options a planner could not read: words without Chinese, and Chinese for what is no option."""
    for name, item in parameters.items():
        where = f"{file} 参数「{name}」的 says"
        options = {decision_table.text_of(option): option for option in item.options}
        if item.range and not _is_range(item.range):
            faults.add(
                f"{file} 参数「{name}」的 range",
                f"写成了 {keys.shown(item.range)}",
                "[最小, 最大]，同是数或同是日期",
                "请改正",
            )
        if len(options) == 1:
            allowed = "参数至少有两个取值（或一段 range）"
            faults.add(
                where.removesuffix("的 says"), "只有一个取值，没有可选的", allowed, "请改写成 [[notes]]，或补上别的取值"
            )
        for code, said in item.says.items():
            if code not in options:
                allowed = "、".join(options) or "没有选项（取值是一段范围，不写 says）"
                faults.add(where, f"没有选项「{code}」", f"选项：{allowed}", near(code, options))
            elif not isinstance(said, str) or not said.strip():
                faults.add(where, f"选项「{code}」写成了 {keys.shown(said)}", "应为简短的中文", "请补上")
        for code, option in options.items():
            if code not in item.says and not isinstance(option, bool | int | float | date):
                faults.add(where, f"选项「{code}」没有中文说法", "数字、日期以外的选项都要有", "请在 says 中补上")


def _is_range(ends: tuple[Any, ...]) -> bool:
    """Tell whether a range has two ends of one kind, the lower first."""
    numbers = all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends)
    days = all(isinstance(end, date) for end in ends)
    return len(ends) == 2 and (numbers or days) and ends[0] <= ends[1]


def _option(item: Parameter, value: Any, where: str, faults: Faults) -> Any:
    if item.range and _is_range(item.range):
        return _in_range(item, value, where, faults)
    for option in item.options:
        if decision_table.text_of(option) == decision_table.text_of(value):
            return option
    allowed = "、".join(decision_table.text_of(option) for option in item.options) or "（没有声明 options 或 range）"
    faults.add(where, f"取值「{decision_table.text_of(value)}」不在选项内", f"可用：{allowed}")
    return value


def _in_range(item: Parameter, value: Any, where: str, faults: Faults) -> Any:
    low, high = item.range
    try:
        given = (
            value
            if not isinstance(value, str)
            else date.fromisoformat(value)
            if isinstance(low, date)
            else float(value)
        )
        inside = low <= given <= high
    except (TypeError, ValueError):
        inside = False
    if inside:
        return given
    faults.add(where, f"取值「{value}」超出范围", f"应在 {low} 至 {high} 之间")
    return value


def table(
    data: Any,
    facts: Mapping[str, tuple[str, ...]],
    words: Mapping[str, Fact],
    parameters: Mapping[str, Parameter],
    file: str,
    faults: Faults,
) -> decision_table.Table | None:
    """Read and prove the tier table of a policy file; None when the file has none."""
    facts_are_known(facts, words, file, faults)
    if data is None:
        return None
    where = f"{file} [tiers] "
    keys.known_only(data, _TIER_KEYS, where=where.strip(), faults=faults)
    before = len(faults.found)
    proved = decision_table.Table(
        facts=dict(facts),
        order=tuple(data.get("order", ())),
        residual=tuple(data.get("residual", data.get("order", ())[-1:])),
        labels=data.get("labels", {}),
        rows=pipe_table.parse(data.get("rows", ""), facts, where.strip(), faults, parts=data.get("parts", ())),
        impossible=_impossible(data.get("impossible", []), facts, f"{where}impossible", faults),
        unplaced=data.get("unplaced", {}),
    )
    _tiers_are_known(proved, data.get("provisions", {}), where.strip(), faults)
    _when_is_known(proved, parameters, where.strip(), faults)
    if len(faults.found) == before:
        options = {name: item.options for name, item in parameters.items()}
        table_proof.prove(proved, options, where.strip(), faults)
    return proved


def facts_are_known(facts: Mapping[str, tuple[str, ...]], words: Mapping[str, Fact], file: str, faults: Faults) -> None:
    """Refuse facts and values that are neither in the vocabulary nor declared by the file."""
    for name, values in facts.items():
        where = f"{file} [facts] {name}"
        if name not in words:
            faults.add(where, f"没有事实「{name}」", f"可用：{'、'.join(words)}", near(name, words))
            continue
        for value in set(values) - set(words[name].answers):
            answers = words[name].answers
            faults.add(where, f"没有取值「{value}」", f"可用：{'、'.join(answers)}", near(value, answers))
        lost = unplaced(name, values) if set(values) <= set(words[name].answers) else []
        if lost:
            said = "、".join(words[name].answers[value] for value in lost)
            found = f"{words[name].label}{said}的儿童没有取值"
            faults.add(where, found, "每一处都要有取值；没有分开的归到较大的一处", '请补上 "elsewhere"（在其他地方）等')


def _impossible(items: Any, facts: Mapping[str, tuple[str, ...]], where: str, faults: Faults) -> tuple:
    impossible = []
    for number, item in enumerate(items, 1):
        at = f"{where} 第{number}项"
        if set(item) != {"facts", "why"}:
            faults.add(at, f"键为 {'、'.join(item)}", "应为 facts 和 why")
            continue
        if not isinstance(item["facts"], Mapping) or not isinstance(item["why"], str) or not item["why"].strip():
            shown = f"facts = {keys.shown(item['facts'])}，why = {keys.shown(item['why'])}"
            faults.add(at, f"写成了 {shown}", 'facts = { 事实 = "取值/取值" }，why = "为什么不会有"', "请改正")
            continue
        needs = {
            name: tuple(map(str, value)) if isinstance(value, list | tuple) else tuple(str(value).split("/"))
            for name, value in item["facts"].items()
        }
        for name, values in needs.items():
            for value in set(values) - set(facts.get(name, ())):
                faults.add(at, f"{name} =「{value}」不在 [facts] 中", "", near(value, facts.get(name, ())))
        impossible.append(needs)
    return tuple(impossible)


def _tiers_with_rows(provisions: Any) -> Iterable[str]:
    """List the tiers for which rows of the catalogue are named; a plain list of rows is for all of them."""
    return provisions if isinstance(provisions, Mapping) else ()


def _tiers_are_known(table: decision_table.Table, provisions: Any, where: str, faults: Faults) -> None:
    for row in table.rows:
        if row.tier not in table.order:
            order = "、".join(table.order)
            faults.add(
                f"{where}第{row.number}行规则",
                f"类别「{row.tier}」不在 order 中",
                f"可用：{order}",
                near(row.tier, table.order),
            )
        if not row.words:
            faults.add(f"{where}第{row.number}行规则", "没有引文（words）", "", "请照抄原文一句")
    for tier in sorted(set(_tiers_with_rows(provisions)) - {*table.order, decision_table.ANY}):
        faults.add(
            f"{where}provisions", f"没有类别「{tier}」", f"可用：{'、'.join(table.order)}", near(tier, table.order)
        )
    for tier in set(table.residual) - set(table.order):
        faults.add(where, f"residual 中的「{tier}」不在 order 中", "", near(tier, table.order))
    for tier in set(table.unplaced) - {*table.order, decision_table.ANY}:
        faults.add(where, f"unplaced 中的「{tier}」不在 order 中", "", near(tier, table.order))
    for tier in table.order:
        if tier not in table.labels:
            faults.add(where, f"类别「{tier}」没有名称", "", "请在 labels 中补上")
        if tier not in {row.tier for row in table.rows}:
            faults.add(where, f"类别「{tier}」没有规则行", "", "请补一行或从 order 中删去")


def _when_is_known(
    table: decision_table.Table, parameters: Mapping[str, Parameter], where: str, faults: Faults
) -> None:
    for row in table.rows:
        for name, value in row.when.items():
            at = f"{where}第{row.number}行规则"
            if name not in parameters:
                faults.add(
                    at,
                    f"when 用了没有声明的参数「{name}」",
                    f"可用：{'、'.join(parameters)}",
                    near(name, parameters),
                )
                continue
            options = [decision_table.text_of(option) for option in parameters[name].options]
            for part in set(value.split("/")) - set(options):
                faults.add(
                    at, f"when 的 {name} =「{part}」不是它的选项", f"可用：{'、'.join(options)}", near(part, options)
                )


def names_are_known(policy: "Policy", faults: Faults) -> None:
    """Refuse tiers, windows, dates, parameters, checks, addresses and columns that point nowhere."""
    windows = {item.name for item in policy.windows}
    tiers = policy.table.order if policy.table else ()
    for number, item in enumerate(policy.rounds, 1):
        where = f"{policy.file} [[rounds]]（{item.get('id', f'第{number}项')}）"
        for key in ("id", "name", "kind", "clause"):
            if key not in item:
                keys.missing(key, where=where, faults=faults)
        _only_allowed(where, "时间窗口", [item["window"]] if item.get("window") else [], windows, faults)
        _only_allowed(where, "参数", item.get("when", {}), policy.parameters, faults)
        _options_are_known(where, item.get("when", {}), policy, faults)
        for name in _switched_by(item):
            _only_allowed(f"{where} parameter", "参数", [name], policy.parameters, faults)
        for takes in (item.get("takes", {}), item.get("excludes", {})):
            _only_allowed(where, "类别", _listed(takes.get("tier", [])), tiers, faults)
            _only_allowed(where, "状态", _listed(takes.get("status", [])), STATUSES, faults)
    for number, item in enumerate(policy.residence, 1):
        where = f"{policy.file} [[residence]] 第{number}项"
        _only_allowed(where, "地址", [item.use], ADDRESSES, faults)
        conditions.read(item.only_if, policy.askable, policy.dates, f"{where} only_if", faults)
        _zone_is_not_known(item.only_if, policy, where, faults)
        _only_allowed(where, "参数", item.when, policy.parameters, faults)
        _options_are_known(where, item.when, policy, faults)
    for number, item in enumerate(policy.checks, 1):
        where = f"{policy.file} [[checks]] 第{number}项"
        _only_allowed(where, "核查", [item.rule], CHECKS, faults)
        _only_allowed(where, "状态", [item.status], STATUSES, faults)
        _only_allowed(where, "日期", [item.date] if item.date else [], policy.dates, faults)
        _only_allowed(f"{where} windows", "时间窗口", item.windows, windows, faults)
        if item.windows and item.rule != "window":
            faults.add(where, f"rule = 「{item.rule}」不能写 windows", '只用于 rule = "window"', "请删去 windows")
        for key in ("when", "must"):
            conditions.read(getattr(item, key), policy.askable, policy.dates, f"{where} {key}", faults)
        if (item.rule == "must") != bool(item.must):
            faults.add(where, "rule 和 must 不配", 'rule = "must" 的核查写 must = { … }，别的不写', "请改正")
        if not item.waits and item.rule not in _BLANKS:
            faults.add(where, f"rule = 「{item.rule}」不能写 waits = false", "、".join(_BLANKS), "请删去 waits")
    conditions.read(policy.home.must, _of_homes(policy), policy.dates, f"{policy.file} [home] must", faults)
    for item in policy.windows:
        _days_are_inside(item, f"{policy.file} [[windows]]（{item.name}）", faults)
    for name, fact in policy.declared.facts.items():
        _only_allowed(f"{policy.file} [define.{name}] windows", "时间窗口", fact.windows.values(), windows, faults)
    for item in policy.redraw:
        _only_allowed(f"{policy.file} [[redraw]]", "禁令", [item.rule], REDRAW, faults)
    for item in policy.cases:
        _case_is_known(policy, item, faults)


def _of_homes(policy: "Policy") -> dict[str, Any]:
    """Return what the rules may ask of a home before it is known where it lies."""
    own = [f"home_{item.name}" for item in policy.declared.columns if item.table == "homes"]
    return {name: policy.evidence[name] for name in (*OF_HOMES, *own)}


def _days_are_inside(item: Any, where: str, faults: Faults) -> None:
    """Refuse days off outside their window, and working weekends where weekends are open anyway."""
    opens, closes = (day.date() if isinstance(day, datetime) else day for day in (item.opens, item.closes))
    for key in ("closed_on", "open_on"):
        lost = [day for day in getattr(item, key) if (opens and day < opens) or (closes and day > closes)]
        if lost:
            days = "、".join(map(str, lost))
            faults.add(where, f"{key} 的 {days} 不在这个窗口里", f"{opens} 至 {closes}", "请更正日期")
    if item.open_on and item.weekends:
        faults.add(where, "写了 open_on，却没有写 weekends = false", "", "请补上 weekends = false，或删去 open_on")


def _zone_is_not_known(asked: Mapping[str, Any], policy: "Policy", where: str, faults: Faults) -> None:
    """Refuse a way that waits for a place in the zone: which zone that is, the ways are there to find."""
    for name, values in asked.items():
        place = policy.askable.get(name)
        words = place.values if place is not None else ()
        if {str(value) for value in _listed(values)} == {"zone"} and "outside" in words:
            found = f"only_if 只写了 {name} = 「zone」，永远不会符合"
            faults.add(where, found, "这时还不知道属于哪个学区：写 town、district 等", "请改正")


def facts_have_what_they_need(policy: "Policy", faults: Faults) -> None:
    """Refuse facts whose date, parameter or section the file does not have, wherever the file asks for them."""
    asked = {name for item in policy.declared.facts.values() for name in item.columns}
    asked |= {name for item in policy.declared.points.items for name in item.condition.columns}
    asked |= {*policy.facts, *policy.asked_in_rounds}
    asked |= {
        name
        for case in policy.cases
        for part in (case.expect, *(it.get("expect", {}) for it in case.also))
        for name in part
    }
    there = {f"dates.{name}" for name in policy.dates} | {
        f"parameters.{name}" for name in (*policy.named, *policy.settled)
    }
    there |= {"lock"} if policy.lock else set()
    for name in sorted(asked & set(policy.words)):
        for need in policy.words[name].needs:
            if need not in there:
                section, _, key = need.partition(".")
                what = f'[[parameters]]（sets = "{key}"）' if section == "parameters" else f"[{need}]"
                found = f"事实「{policy.words[name].label}」（{name}）要用 {what}，文件里没有"
                faults.add(f"{policy.file} {name}", found, "", f"请补上 {what}，或不问这个事实")


def switches_are_known(policy: "Policy", faults: Faults) -> None:
    """Refuse lines of facts and points that hang on a parameter or an option there is none of."""
    for place, needs in declarations.switched(policy.written):
        where = f"{policy.file} {place}"
        _only_allowed(where, "参数", needs, policy.parameters, faults)
        _options_are_known(where, needs, policy, faults)


def _options_are_known(where: str, when: Mapping[str, Any], policy: "Policy", faults: Faults) -> None:
    """Refuse values a parameter can never have, under which an element would never be in force."""
    for name in set(when) & set(policy.parameters):
        item, asked = policy.parameters[name], _listed(when[name])
        if not asked:
            faults.add(where, f"when 的 {name} 一个取值也没有", "至少写一个取值", "请补上，或删去这一项")
        options = [decision_table.text_of(option) for option in item.options]
        for value in asked:
            if item.options and not any(_same(value, option) for option in item.options):
                said = decision_table.text_of(value)
                remedy = near(said, options) or ("" if said not in options else "与 options 写成同一类（数不加引号）")
                faults.add(where, f"没有选项（{name}）「{said}」", f"可用：{'、'.join(options)}", remedy)


def _switched_by(value: Any) -> Iterator[Any]:
    """List what the values of a round say they are chosen by."""
    if isinstance(value, Mapping):
        if "parameter" in value:
            yield value["parameter"]
        for part in value.values():
            yield from _switched_by(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _switched_by(part)


def _same(value: Any, option: Any) -> bool:
    """Tell whether two values are one; true is not 1."""
    return bool(value == option) and isinstance(value, bool) == isinstance(option, bool)


def rows_are_known(policy: "Policy", faults: Faults) -> None:
    """Refuse kinds, scopes and severities there are none of, and rows of the catalogue that it does not have."""
    for row, item in policy.catalogue.items():
        where = f"{policy.file} [catalogue] {row}"
        if not re.fullmatch(r"[\w-]+", row):
            faults.add(where, f"编号写成「{row}」", "字母、数字、汉字和 -，不含点和顿号", "请改编号")
        _only_allowed(where, "种类", item.kinds, KINDS, faults)
        _only_allowed(where, "范围", [item.scope], SCOPES, faults)
    for name, item in policy.audit.items():
        _only_allowed(
            f"{policy.file} [audit] {name}", "程度", [item.severity] if item.severity else [], SEVERITIES, faults
        )
    if not policy.catalogue and any(policy.provisions.values()):
        remedy = "请补上 [catalogue]（核查也依据它），或删去各处的 provisions"
        faults.add(f"{policy.file} provisions", "写了规定的编号，却没有规定目录", "", remedy)
        return
    for path, rows in policy.provisions.items():
        _only_allowed(f"{policy.file} {path} provisions", "规定", rows, policy.catalogue, faults)


def _case_is_known(policy: "Policy", item: Case, faults: Faults) -> None:
    where = f"{policy.file} [[cases]]（{item.id}）"
    _only_allowed(where, "证据列", {**item.child, **item.evidence}, policy.evidence, faults)
    others = [part for other in item.also for part in (other.get("child", {}), other.get("evidence", {}))]
    for papers in (item.child, item.evidence, *others):
        for name, value in papers.items():
            if name in policy.evidence:
                _paper_fits(policy.evidence[name], value, f"{where} {name}", faults)
    counted = ["points"] if policy.declared.points.items else []
    expectations = [item.expect, *(other.get("expect", {}) for other in item.also)]
    for expect in expectations:
        numbers = policy.declared.measures
        _only_allowed(where, "结果", expect, ["tier", "status", "clause", *counted, *policy.words, *numbers], faults)
        _only_allowed(
            where,
            "类别",
            [expect["tier"]] if "tier" in expect else [],
            policy.table.order if policy.table else (),
            faults,
        )
        _only_allowed(where, "状态", [expect["status"]] if "status" in expect else [], STATUSES, faults)
    for other in item.also:
        _only_allowed(where, "also 的键", other, {"set", "expect", "evidence", "child", "id"}, faults)
        _only_allowed(where, "参数", other.get("set", {}), policy.parameters, faults)


def _paper_fits(column: Column, value: Any, where: str, faults: Faults) -> None:
    """Refuse a paper of a case that its column could not hold."""
    words = column.values
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if column.kind == "flag":
        fits, allowed = isinstance(value, bool), "true 或 false"
    elif column.kind in ("number", "whole", "share", "metres"):
        fits, allowed = number, "数"
    elif column.kind in ("date", "moment", "timestamp"):
        fits, allowed = isinstance(value, date), "日期，如 2026-03-31，不加引号"
    elif words:
        fits, allowed = value in words, f"可用：{'、'.join(words)}"
    else:
        fits, allowed = isinstance(value, str), "文字，加引号"
    if not fits:
        faults.add(where, f"写成了 {keys.shown(value)}", allowed, near(value, words) or "请改正")


def _only_allowed(where: str, what: str, used: Any, allowed: Any, faults: Faults) -> None:
    for name in used:
        if not isinstance(name, str) or name not in allowed:
            faults.add(
                where, f"没有{what}「{name}」", f"可用：{'、'.join(map(str, allowed))}", near(str(name), allowed)
            )


def _listed(value: Any) -> list[str]:
    """List the values a condition of a round may have, whatever its parameter switch says."""
    if isinstance(value, dict):
        return [part for name, some in value.items() if name != "parameter" for part in _listed(some)]
    return list(value) if isinstance(value, list | tuple) else [value]
