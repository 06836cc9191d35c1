"""Each module imports only from lower layers; the order is that of design §2."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "zhaosheng_analysis"

# Lowest first. A module may import from any line above its own and, within a line, from the modules before it.
LAYERS = (
    "bootstrap",
    "kinds schema lottery rosters identifiers",
    "datums layers vectors workbooks geodata",
    "vocabulary decision elements settings proof policy",
    "phrases sentences halfplanes gazetteer territory drafting",
    "holdings flaws bindings wording coverage mending walks versions zones memberships",
    "facts residence addresses evidence registration applicants",
    "tiers",
    "loops kernels rings rounds words readings board facets offers standing tally outcome reasons chances validity",
    "admission comparison paths prospects",
    "balance dealing classes",
    "progression intervals intake rolling aggregates panels housing stages outlooks forecast",
    "challengers backtest foresight trials hindsight",
    "futures samples cutoffs spreading simulation",
    "levels crowding alerts actions notices",
    "findings questions calendars classsizes registers admits moves formation draws seats publicity",
    "requirements sharing care territories indicators verdicts audit ledger ledgerbook",
    "machinecode instances contiguity programs formulation relaxation cutting rounding walkloops zoneloops localsearch",
    "neighbourhoods climbing redraw",
    "demo.blueprint demo.parcels demo.dwellings demo.streetplan demo.catchments demo.scene demo.schoolmap demo.zonemap",
    "demo.areamap townscape",
    "demo.population demo.families demo.history demo.papers demo.past demo.plans demo.registrations demo.rolls",
    "demo.dossiers demo.defects demo.lapses demo.inspection demo.settlement synthetic",
    "labels briefs sayings rulebook bulletin fairness figures intakefigures outlookbriefs scoreboard outlookfigures",
    "maps zonebriefs zonefigures auditfigures",
    "blocks pages printout typeset workbook notebook report pack",
    "archive options cli_policy cli_admission cli_audit cli_lottery cli_forecast cli_zones cli __main__",
)
RANK = {name: (row, column) for row, line in enumerate(LAYERS) for column, name in enumerate(line.split())}
MODULES = sorted(
    path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
    for path in PACKAGE.rglob("*.py")
    if path.stem != "__init__"
)


def imports(module: str) -> set[str]:
    """Return the modules of the package that one module imports, at the top or inside a function."""
    found = set()
    path = PACKAGE / (module.replace(".", "/") + ".py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("zhaosheng_analysis"):
            inner = node.module.removeprefix("zhaosheng_analysis").lstrip(".")
            named = {".".join(filter(None, (inner, alias.name))) for alias in node.names}
            found |= {name if name in MODULES else inner for name in named}
    return found - {"", "__version__"}


def test_every_module_has_a_layer():
    assert set(MODULES) <= set(RANK), "put the new module into LAYERS"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_lower_layers(module):
    upward = {name for name in imports(module) if RANK[name] >= RANK[module]}
    assert not upward, f"{module} imports {sorted(upward)}, which stand above it"
