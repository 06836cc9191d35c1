"""A `Policy` out of the tables of one TOML file: every section read, every name known, the tier table proved."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from zhaosheng_analysis.geodata import declared
from zhaosheng_analysis.policy import (
    decision_table,
    declarations,
    elements,
    grammar,
    idle,
    proof,
    quotations,
    sense,
    shapes,
    steering,
    vocabulary,
)
from zhaosheng_analysis.policy.book import Policy, mentioned
from zhaosheng_analysis.policy.steering import steered
from zhaosheng_analysis.policy.vocabulary import EVIDENCE
from zhaosheng_analysis.schema import Faults, keys, near

_LISTS = grammar.LISTS
# Elements that stand under a name of their own.
_NAMED = {name: grammar.NAMED[name] for name in ("dates", "catalogue", "audit")}
_SINGLE = grammar.SINGLE
_KEYS = ("id", "district", "kind", "title", "intake_year", "issued_on", "number", "note", "partners")
_NEEDED = ("id", "kind", "title")
_KINDS = ("admission", "audit", "forecast")
# Rules of a district and year, read from its text; a file of assumptions only (kind forecast) has none of these.
_OF_A_TEXT = ("district", "intake_year", "source")
_SECTIONS = (
    *_SINGLE,
    *_NAMED,
    "quotes",
    "columns",
    "records",
    "measures",
    "define",
    "points",
    "facts",
    "tiers",
    "rounds",
)
_OWN_HOME = {
    "owners": ["parent", "child"],
    "evidence": ["title", "web_contract", "presale", "resettlement"],
    "clause": "",
}


def build(data: dict[str, Any], file: str, chosen: dict[str, Any], faults: Faults) -> Policy | None:
    """Make the rules a file holds, and note its faults.

    Parameters
    ----------
    data : dict of str to object
        The tables of the file.
    file : str
        Its name, for the messages.
    chosen : dict of str to object
        Values of parameters to use instead of the defaults.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    Policy or None
        The rules, not to be used where a fault was noted; None where they could not be read so far.
    """
    quoted = Faults()  # words that are not there keep nothing else from being judged
    data = quotations.spelled(data, file, quoted)
    policy = _made(data, file, chosen, faults)
    faults.found.extend(quoted.found)
    return policy


def _made(data: dict[str, Any], file: str, chosen: dict[str, Any], faults: Faults) -> Policy | None:
    """Make the rules of a file with its quotations in full; None where it cannot be read so far."""
    _check_keys(data, file, faults)
    if not shapes.sound(data, file, faults):
        return None
    read = _read_elements(data, file, faults)
    tiers = tuple(data.get("tiers", {}).get("order", ()))
    made = declarations.read(
        data, read["dates"], vocabulary.EVIDENCE, vocabulary.FACTS, tiers, file=file, faults=faults
    )
    words = vocabulary.FACTS | {name: item.fact for name, item in made.facts.items()}
    facts = {name: tuple(values) for name, values in data.get("facts", {}).items()}
    parameters = {item.name: item for item in read.pop("parameters")}
    proof.options_are_said(parameters, file, faults)
    values = proof.choose(parameters, chosen, read["notes"], file, faults)
    table = proof.table(data.get("tiers"), facts, words, parameters, file, faults)
    if faults.found:
        return None
    policy = Policy(
        **{key: data.get(key) for key in _KEYS if key != "partners"},
        **read,
        partners=tuple(tuple(pair) for pair in data.get("partners", ())),
        file=file,
        declared=made,
        written=made,
        facts=facts,
        table=table,
        answer=None if table is None else decision_table.compile_rows(table, values),
        rounds=tuple(data.get("rounds", ())),
        parameters=parameters,
        named=(named := steering.named(parameters, file, faults)),
        settled=steering.settled(read["notes"], named, file, faults),
        city=_asks_city(data),
        chosen=values,
        changed=tuple(sorted(chosen)),
        words_checked=False,
        provisions={path: _rows_named(item) for path, item in elements.walk(data) if "provisions" in item},
        citations=quotations.listed(data, table),
    )
    _prove(policy, data, faults)
    return policy if faults.found else steered(policy)


def _asks_city(data: Mapping[str, Any]) -> bool:
    """Tell whether a condition of a file asks for a place elsewhere in the city."""
    if "city" in {word for key in ("define", "checks", "points") for word in mentioned(data.get(key, {}))}:
        return True
    places = {name for name, item in EVIDENCE.items() if item.kind == "place"}
    parts = [data.get(key, ()) for key in ("rounds", "residence", "home")]
    while parts:
        part = parts.pop()
        if isinstance(part, Mapping):
            if any(name in places and "city" in set(mentioned(value)) for name, value in part.items()):
                return True
            parts += part.values()
        elif isinstance(part, list | tuple):
            parts += part
    return False


def _prove(policy: Policy, data: dict[str, Any], faults: Faults) -> None:
    """Note what the elements of a file, each readable by itself, say of each other that cannot be."""
    declared.system(data.get("stages", {}), f"{policy.file} [stages]", faults)
    proof.names_are_known(policy, faults)
    proof.facts_have_what_they_need(policy, faults)
    proof.rows_are_known(policy, faults)
    sense.judge(policy, data, faults)
    idle.judge(policy, data, faults)
    proof.switches_are_known(policy, faults)
    steering.all_are_read(policy, faults)


def _check_keys(data: dict[str, Any], file: str, faults: Faults) -> None:
    """Refuse keys and sections nobody reads, and miss those that must be there."""
    keys.known_only(data, [*_KEYS, *_SECTIONS, *_LISTS], where=file, faults=faults)
    if data.get("kind", _KINDS[0]) not in _KINDS:
        found = f"kind 为 {keys.shown(data['kind'])}"
        faults.add(file, found, f"可用：{'、'.join(_KINDS)}", near(data["kind"], _KINDS) or "请改正")
    for key in (*_NEEDED, *(() if data.get("kind") == "forecast" else _OF_A_TEXT)):
        if key not in data:
            keys.missing(key, where=file, faults=faults)


def _read_elements(data: dict[str, Any], file: str, faults: Faults) -> dict[str, Any]:
    """Read what consists of the dataclasses of `elements`: lists, dates by name, and sections that stand once."""
    lists = {name: _read_list(kind, data.get(name, []), f"{file} [[{name}]]", faults) for name, kind in _LISTS.items()}
    named = {name: _read_named(kind, data.get(name, {}), file, name, faults) for name, kind in _NAMED.items()}
    given = {"home": _OWN_HOME} | data
    single = {
        name: keys.read(kind, given.get(name, {}), where=f"{file} [{name}]", faults=faults)
        for name, kind in _SINGLE.items()
        if name in given or name not in (*_NEEDED, "lock")
    }
    return {"lock": None, **lists, **named, **single}


def _read_named(kind: type, items: Any, file: str, section: str, faults: Faults) -> dict[str, Any]:
    """Read the elements of a section that stand under names of their own; nothing where one has faults."""
    if not isinstance(items, dict):
        faults.add(f"{file} [{section}]", "应写作 名称 = { … }")
        return {}
    given = _flat(items, {field.name for field in fields(kind)})
    read = {
        name: keys.read(kind, item, where=f"{file} [{section}.{name}]", faults=faults) for name, item in given.items()
    }
    return {name: element for name, element in read.items() if element is not None}


def _read_list(kind: type, items: Any, where: str, faults: Faults) -> tuple:
    if not isinstance(items, list):
        faults.add(where, "应写作 [[…]] 的列表")
        return ()
    read = [
        keys.read(kind, item, where=f"{where} 第{number}项{_called(item)}", faults=faults)
        for number, item in enumerate(items, 1)
    ]
    return tuple(item for item in read if item is not None)


def _flat(items: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    """Put names with a dot together again, which TOML takes apart where they stand without quotation marks."""
    flat: dict[str, Any] = {}
    for name, item in items.items():
        inner = isinstance(item, dict) and item and not keys & set(item)
        if inner and all(isinstance(part, dict) for part in item.values()):
            flat |= {f"{name}.{rest}": part for rest, part in _flat(item, keys).items()}
        else:
            flat[name] = item
    return flat


def _called(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    label = next((item[key] for key in ("id", "name", "rule", "use", "title", "what") if key in item), "")
    return f"（{label}）" if label else ""


def _rows_named(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the catalogue rows one element names; the tiers name them by tier."""
    rows = item.get("provisions", [])
    return tuple(rows) if isinstance(rows, list) else tuple(row for some in rows.values() for row in some)
