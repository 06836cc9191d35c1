"""Which file holds the rules of a district, and the rules read from it: by id, by path, or as its folder names them.

What comes in is a file a bureau can sign beside its notice; what goes out is a frozen `Policy`. A file with a gap, an
overlap, an unknown word or a quotation that is not in the notice is refused, with every fault in one message.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from zhaosheng_analysis import disk
from zhaosheng_analysis.geodata import District, declared
from zhaosheng_analysis.policy import quotations
from zhaosheng_analysis.policy.book import Policy, unknown
from zhaosheng_analysis.policy.building import build
from zhaosheng_analysis.schema import DataError, Fault, Faults

FOLDER = Path(__file__).parents[1] / "policies"
#: What a district without a rule file is forecast by.
NEUTRAL = "national-neutral"
_KEPT = 32  # rules kept in this process by the bytes of their file and the parameters set
_PROVED: dict[tuple[str, bytes, str], Policy] = {}


def names() -> list[str]:
    """List the policies of the package.

    Returns
    -------
    list of str
        Their ids, sorted.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.names()
    ['laoting-2025', 'pingcheng-2024', 'quzhou-2022', 'taobei-2024', 'zhanhe-2024']
    """
    return sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != NEUTRAL)


def borrowed(policy: Policy, district: District) -> bool:
    """Tell whether one of the package's own rule files is applied to another district than its own.

    Parameters
    ----------
    policy : Policy
        The rules.
    district : District
        The district they are applied to.

    Returns
    -------
    bool
        True for a borrowed file: what is printed for families must not cite it.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.borrowed(zs.policy.load("laoting-2025"), zs.demo.nine_plots())
    True
    """
    return policy.id in names() and bool(policy.district) and policy.district != district.id


def load(
    name: str | Path,
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002
    sources: str | Path | None = None,
    beside: str | Path | None = None,
) -> Policy:
    """Read a policy, check every word of it and prove its tier table.

    Parameters
    ----------
    name : str or Path
        Id of a policy of the package or path of a TOML file.
    set : mapping of str to object, optional
        Values of parameters to use instead of the defaults.
    sources : str, Path, optional
        Folder with the source texts; by default the environment variable ZHAOSHENG_SOURCES. With it, the stored hash
        must match the text and every `words` must occur in it.
    beside : str or Path, optional
        Folder of a district's data: a policy file in it (``NAME.toml``) goes before those of the package.

    Returns
    -------
    Policy
        The rules, proved.

    Raises
    ------
    DataError
        With every fault of the file, each naming the element.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> rules = zs.policy.load("laoting-2025", set={"cutoff.inclusive": False})
    >>> rules.kind, rules.intake_year, rules.changed
    ('admission', 2025, ('cutoff.inclusive',))
    """
    faults = Faults()
    policy = judged(name, faults, set=set, sources=sources, beside=beside)
    faults.raise_if_any()
    return policy


def judged(
    name: str | Path,
    faults: Faults,
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002
    sources: str | Path | None = None,
    beside: str | Path | None = None,
) -> Policy | None:
    """Read a policy as `load` does, and note its faults, those of its words and clauses among them.

    Parameters
    ----------
    name : str or Path
        Id of a policy of the package or path of a TOML file.
    faults : Faults
        Collects what is wrong.
    set, sources, beside : optional
        As for `load`.

    Returns
    -------
    Policy or None
        The rules, not to be used where a fault was noted; None where they could not be read so far.

    Raises
    ------
    DataError
        There is no such file, or it is no TOML.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> faults = zs.schema.Faults()
    >>> zs.policy.judged("laoting-2025", faults).id, faults.found
    ('laoting-2025', [])
    """
    path = _find(str(name), beside)
    policy = _built(path, dict(set or {}), faults)
    folder = sources or os.environ.get("ZHAOSHENG_SOURCES")
    if policy is None or not folder or not policy.source.file:
        return policy
    quotations.check(policy, Path(folder), faults)
    return replace(policy, words_checked=True)


def _built(path: Path, chosen: dict[str, Any], faults: Faults) -> Policy | None:
    """Make the rules of a file, or return those made of the same bytes before: a proof takes longer than many uses."""
    key = path.name, path.read_bytes(), repr(sorted(chosen.items()))
    if key in _PROVED:
        return _PROVED[key]
    own = Faults()
    policy = build(disk.read(path, expected="须为规则文件（TOML）"), path.name, chosen, own)
    faults.found.extend(own.found)
    if policy is None or own.found:
        return policy
    if len(_PROVED) >= _KEPT:
        _PROVED.clear()
    _PROVED[key] = policy
    return policy


def of(district: District, name: str = "", **options: Any) -> Policy:
    """Read the rules of a district: those asked for, else those its folder names, else assumptions that fit any.

    Parameters
    ----------
    district : District
        The district.
    name : str, optional
        Id or file of the rules, where not those the folder names are meant.
    **options : object
        As for `load`.

    Returns
    -------
    Policy
        The rules, proved. Without any the neutral ones (``national-neutral``), for the intake year of the folder.

    Raises
    ------
    DataError
        As for `load`.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.of(zs.demo.nine_plots()).id
    'laoting-2025'
    """
    rules = load(name or _of_folder(district, options.get("beside")) or NEUTRAL, **options)
    _same_stages(rules, district)
    if rules.kind != "forecast":
        return rules
    return replace(rules, district=district.id, intake_year=int(district.about["intake_year"]))


def _same_stages(rules: Policy, district: District) -> None:
    """Refuse rules whose stages have other grades than the schools of the district."""
    system = rules.school_system
    if system and system != district.school_system.name:
        found = f"[stages] 是{system}学制，{district.name}的数据是{district.school_system.name}学制"
        remedy = "请在数据说明（about）写明学制，或更正 [stages]"
        raise DataError(Fault(rules.file, found, "两处须一致", remedy))


def _of_folder(district: District, beside: str | Path | None) -> str:
    """Return what a folder goes by: the rules it names, a file of its own before all, else the policy.toml in it."""
    name = str(district.about.get("policy") or "")
    if beside and not name:
        return str(declared.beside(Path(beside)) or "")
    own = Path(beside) / name if beside and name.endswith(".toml") else None
    return str(own) if own is not None and own.is_file() else name


def _find(name: str, beside: str | Path | None) -> Path:
    if name and Path(name).is_dir():
        return _in_folder(Path(name))
    file = name if name.endswith(".toml") else f"{name}.toml"
    places = [*([Path(file)] if file == name else []), *([Path(beside) / file] if beside else []), FOLDER / file]
    existing = next((path for path in places if path.is_file()), None)
    here = declared.beside(Path(beside)) if beside else None
    # A bureau's own version of rules of the package, under the same id, is the one that is meant.
    if here is not None and (existing is None or (file != name and _own_id(here) == name)):
        return _named_so(here, name)
    if existing:
        return existing
    own = sorted(path.stem for path in Path(beside).glob("*.toml")) if beside else []
    if beside and not own:
        found, allowed = f"没有规则文件「{name}」，文件夹里也没有 policy.toml", f"自带的有 {'、'.join(names())}"
        raise DataError(Fault("政策", found, allowed, "请把规则文件放进数据文件夹，改名 policy.toml"))
    raise DataError(unknown("政策", "文件", name, [*names(), *own]))


def _in_folder(folder: Path) -> Path:
    """Return the rule file of a folder of data that was named in place of the file."""
    here = declared.beside(folder)
    if here is None:
        remedy = "请写规则文件的路径，或把它放进文件夹、改名 policy.toml"
        raise DataError(Fault(str(folder), "文件夹里没有 policy.toml", "", remedy))
    return here


def _own_id(path: Path) -> str:
    """Return the id a rule file gives itself."""
    return str(disk.read(path, expected="须为规则文件（TOML）").get("id", ""))


def _named_so(path: Path, name: str) -> Path:
    """Return the rule file of a folder, if it is the one that was asked for."""
    own = _own_id(path)
    if name in ("", own):
        return path
    found = f"数据说明里的政策是「{name}」，文件夹里的 {path.name} 是「{own}」"
    raise DataError(Fault(path.name, found, "两处须一致", "请改 about 表的 policy 或文件的 id"))
