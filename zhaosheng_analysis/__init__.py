"""School catchments, admission rules, seat forecasts and class-size compliance for Chinese education bureaus.

The data's way, from a folder on disk to a warning that can be signed::

    import zhaosheng_analysis as zs

    district = zs.geodata.load("geodata/laoting")              # boundary, streets, units, schools, zones, plans
    policy   = zs.policy.load("laoting-2025")                  # the rules, each with its clause
    children = zs.applicants.build(district, policy)           # one row a child: the facts the rules ask about
    ranked   = zs.tiers.assign(children, policy)               # tier + clause
    outcome  = zs.admission.run(ranked, district, policy, seed="2025-07-12")
    outlook  = zs.forecast.project(district, policy, years=range(2026, 2032))
    alerts   = zs.alerts.flag(outlook, policy)
    findings = zs.audit.run(district, policy)
    options  = zs.redraw.propose(district, alerts, policy, seed="2025-07-12")

Modules are exposed, not names, and each is imported when it is first used, so that ``zhaosheng --help`` stays quick.
"""

import importlib
from types import ModuleType

__version__ = "0.1.0"

_FOLDERS = {
    "": (
        "admission alerts applicants audit classes figures forecast geodata lottery maps policy redraw report schema "
        "sentences synthetic tiers zones"
    ),
    "auditing": "indicators ledger ledgerbook",
    "catchment": "coverage drafting territory versions walks",
    "files": "datums",
    "pictures": "auditfigures fairness intakefigures outlookfigures redrawfigures zonefigures",
    "placement": "balance comparison paths rings teams",
    "projection": "simulation",
    "redrawing": "scenarios scoring",
    "warning": "actions notices",
    "writing": (
        "bulletin daybook hearing outlookbriefs pack redrawbriefs redrawpage rulebook scoreboard warningbriefs "
        "zonebriefs"
    ),
}
_MODULES = {name: f"{folder}.{name}".lstrip(".") for folder, names in _FOLDERS.items() for name in names.split()}


def __getattr__(name: str) -> ModuleType:
    """Import a module of the package at its first use."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{_MODULES[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the modules, whether loaded or not."""
    return sorted({*_MODULES, *globals()})
