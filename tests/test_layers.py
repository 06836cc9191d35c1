"""Each module imports only from lower layers; the order is that of design §2."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "zhaosheng_analysis"

# Lowest first. A module may import from any line above its own and, within a line, from the modules before it.
LAYERS = (
    "bootstrap",
    "machinecode rules.grades files.kinds schema lottery placement.rosters files.identifiers",
    "files.datums files.formulas files.layers files.points files.vectors files.workbooks geodata",
    "rules.vocabulary rules.decision rules.elements rules.settings rules.proof policy rules.needs",
    "catchment.phrases catchment.reading catchment.halfplanes catchment.gazetteer catchment.territory",
    "catchment.drafting sentences",
    "catchment.walks catchment.holdings catchment.flaws catchment.bindings catchment.wording catchment.coverage",
    "catchment.mending catchment.versions zones catchment.memberships",
    "households.facts households.residence households.addresses households.evidence households.registration",
    "applicants",
    "tiers",
    "placement.loops placement.kernels placement.rings placement.rounds placement.words placement.readings",
    "placement.board placement.facets placement.offers placement.standing placement.seating placement.tally",
    "placement.turns placement.outcome placement.reasons placement.validity placement.margins",
    "admission placement.comparison placement.paths placement.prospects",
    "placement.balance placement.dealing placement.teams classes placement.transfers",
    "warning.levels projection.progression projection.intervals projection.intake projection.rolling",
    "projection.aggregates projection.panels projection.housing projection.stages projection.outlooks forecast",
    "projection.challengers projection.backtest projection.foresight projection.trials projection.hindsight",
    "projection.futures projection.samples projection.cutoffs projection.spreading projection.simulation",
    "warning.crowding alerts warning.actions warning.notices",
    "auditing.findings auditing.questions auditing.calendars auditing.classsizes auditing.registers auditing.admits",
    "auditing.entry auditing.moves auditing.formation auditing.draws auditing.seats auditing.publicity",
    "auditing.requirements auditing.sharing auditing.care auditing.territories auditing.indicators",
    "auditing.verdicts auditing.trail audit auditing.reconciliation auditing.ledger auditing.ledgerbook",
    "redrawing.clocks redrawing.instances redrawing.contiguity redrawing.programs redrawing.formulation",
    "redrawing.relaxation",
    "redrawing.cutting redrawing.rounding redrawing.walkloops redrawing.zoneloops redrawing.loadloops",
    "redrawing.localsearch redrawing.multipliers redrawing.zonesearch redrawing.columns redrawing.bounding",
    "redrawing.merging redrawing.portfolio",
    "redrawing.adjacency redrawing.terms redrawing.today redrawing.childcounts redrawing.zoning redrawing.scenarios",
    "redrawing.problems redrawing.appraisal redrawing.plans redrawing.violations redrawing.sides redrawing.intakes",
    "redrawing.fates redrawing.gains redrawing.scoring redraw",
    "demo.blueprint demo.parcels demo.dwellings demo.countryroads demo.streetplan demo.catchments demo.scene",
    "demo.schoolmap demo.zonemap",
    "demo.areamap demo.townscape",
    "demo.population demo.families demo.history demo.papers demo.past demo.plans demo.registrations demo.rolls",
    "demo.dossiers demo.defects demo.lapses demo.inspection demo.legacies demo.spots demo.settlement synthetic",
    "writing.labels writing.briefs writing.sayings writing.rulebook writing.bulletin pictures.fairness figures",
    "pictures.intakefigures writing.outlookbriefs writing.warningbriefs writing.scoreboard pictures.outlookfigures",
    "maps writing.zonebriefs pictures.zonefigures pictures.redrawfigures pictures.auditfigures",
    "writing.blocks writing.pages writing.printout writing.typeset writing.workbook writing.notebook report",
    "writing.pack writing.ledgerprint writing.daybook writing.redrawpage writing.redrawbriefs writing.hearing",
    "projection.archive commands.options commands.policy_verbs commands.admission_verbs commands.audit_verbs",
    "commands.class_verbs",
    "commands.lottery_verbs commands.forecast_verbs commands.zones_verbs commands.redraw_verbs cli __main__",
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
