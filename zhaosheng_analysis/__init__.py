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

Packages are exposed, one a noun, and each is imported when it is first used, so that ``zhaosheng --help`` stays quick.
"""

import importlib
from types import ModuleType

__version__ = "0.1.0"

# Written out with the standard library: ``bootstrap`` imports this package before anything is installed.
__all__ = [
    "admission",
    "alerts",
    "applicants",
    "audit",
    "classes",
    "demo",
    "figures",
    "forecast",
    "geodata",
    "ingest",
    "lottery",
    "policy",
    "redraw",
    "report",
    "schema",
    "sentences",
    "sheets",
    "texts",
    "tiers",
    "walks",
    "zones",
]


def __getattr__(name: str) -> ModuleType:
    """Import a package at its first use."""
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the packages, the same whatever was used before."""
    return sorted(__all__)
