"""The verbs of a redraw: propose options with all their papers; score an assignment with the full engine."""

from __future__ import annotations

import math
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from zhaosheng_analysis import disk, outputs
from zhaosheng_analysis.cli import options, redraw_wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import click

    from zhaosheng_analysis import report
    from zhaosheng_analysis.forecast import Outlook
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy
    from zhaosheng_analysis.redraw import Option, Progress, Score


class _ProposeFirst(TyperGroup):
    """A group whose first verb may be left out: ``zhaosheng redraw FOLDER``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the verb in where it is missing."""
        if args and args[0] not in (*self.commands, "--help", "-h"):
            args = ["propose", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_ProposeFirst,
    help="重划学区：并排给出几个方案，每个都有下界；或给一个方案打分。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
Out = Annotated[Path, typer.Option(help="写到哪个文件夹。")]
Years = Annotated[str, typer.Option(help="哪些年份，如 2026-2030；不写则为今后五年。")]
Stage = Annotated[str, typer.Option(help="学段：primary 或 junior；不写则取缺学位最多的。")]
Stages = Annotated[
    str,
    typer.Option(
        "--stage",
        help="学段：primary、junior，或 both（先小学，再按其少动方案划初中，少拆同学）；不写则取缺学位最多的。",
    ),
]
Ids = Annotated[list[str] | None, typer.Option(help="小区编号，可重复：保持今天的学校。")]
Barriers = Annotated[list[str] | None, typer.Option("--barrier", help="道路编号或名称，可重复：学区不得跨越。")]
Barred = Annotated[list[str] | None, typer.Option("--forbid", help="小区编号=学校编号，可重复：不得划给该校。")]
Weights = Annotated[
    list[str] | None,
    typer.Option(
        "--weight",
        help="目标权重，可重复，如 walk=2；walk、moved、shortage、oversize、surplus、balance、border、"
        "mix（学生构成，须同时写 --mix）、split（与小学同学分开，初中）；所有方案都改。",
    ),
]
Closes = Annotated[
    str, typer.Option("--close", help="改写一所学校的停办论证材料（编号、名称，或含 close 的情景文件），不求方案。")
]
Prices = Annotated[
    list[str] | None,
    typer.Option("--cost", help="停办论证的单价，项目=元，可重复，如 校车或寄宿=1500；没有写的只列数量。"),
]
Files = Annotated[list[Path] | None, typer.Option("--scenario", help="情景文件（TOML 或 JSON），可重复。")]
Given = Annotated[
    list[Path] | None,
    typer.Option("--assignment", help="已有的方案文件 assignment.json，可重复：作为搜索的起点，并列在方案之后。"),
]
Mix = Annotated[
    str,
    typer.Option(
        "--mix",
        help="另量一群儿童是否集中在某校：nonlocal（常住而户籍不在本地）、kind=village、area_id=乡镇，"
        "或表格文件（小区编号、比例）；不写不量。只列出，写了 --weight mix=… 才参加求解。",
    ),
]
DEFAULT_SEED = "redraw"


@app.command(help="给出至少三个方案：比较页，每个方案的图、家庭名单、GeoPackage、通告草案、听证材料。")
def propose(
    folder: options.Folder,
    policy: options.PolicyName = "",
    years: Years = "",
    stage: Stages = "",
    out: Out = Path("redraw"),
    page: Annotated[bool, typer.Option("--page", help="另写可以手工编辑的网页。")] = False,
    scenario: Files = None,
    lock: Ids = None,
    barrier: Barriers = None,
    forbid: Barred = None,
    weight: Weights = None,
    mix: Mix = "",
    overload: Annotated[float, typer.Option(help="允许学校超出学位的比例，如 0.05。")] = 0.0,
    seconds: Annotated[float, typer.Option(help="每个方案至多搜索多少秒。")] = 10.0,
    iterations: Annotated[
        int, typer.Option(help="每个方案搜索多少次迭代；不因秒数而停时，同一种子处处结果相同。0 表示不限。")
    ] = 0,
    workers: options.Workers = 0,
    seed: options.Seed = DEFAULT_SEED,
    given: Given = None,
    primary: Annotated[
        Path | None,
        typer.Option("--primary", help="划初中时：按这份小学方案的学区算同学。"),
    ] = None,
    close: Closes = "",
    successor: Annotated[str, typer.Option(help="--close 时：由哪一所接收；不写则各小区、村去步行最近的。")] = "",
    stays: Annotated[bool, typer.Option("--stays", help="--close 时：在校生读完，只是不再招生。")] = False,
    cost: Prices = None,
) -> None:
    """Propose, score and write; Ctrl-C ends the search and keeps the best."""
    if close:
        _close(folder, policy, years, stage, out, close, successor, cost or [], stays=stays)
        return
    from zhaosheng_analysis import alerts, forecast, redraw, report
    from zhaosheng_analysis.redraw import objective
    from zhaosheng_analysis.schema import STAGES

    barred = tuple(options.pair(text, "--forbid") for text in forbid or ())
    hard = {"locked": tuple(lock or ()), "barriers": tuple(barrier or ()), "forbidden": barred, "overload": overload}
    weighed = {name: options.value(text) for name, text in (options.pair(each, "--weight") for each in weight or ())}
    objective.weights(weighed)
    spread = options.processes(workers)
    scenarios, drawn = redraw_wishes.files(stage, scenario or (), given or ())
    district, rules = options.read(folder, policy, job="redraw")
    groups = redraw_wishes.of_folder(district, stage, mix, scenarios)
    _tell_year(district, rules)
    ahead = _ahead(district, years, stage)
    redraw.hard_rules.judge(district, stages=[stage] if stage in STAGES else list(STAGES), year=ahead[0], **hard)
    outlook = forecast.project(district, rules, years=ahead)
    flags = alerts.flag(outlook, rules)
    asked = {
        "seed": seed,
        "seconds": seconds,
        "iterations": iterations or None,
        "years": ahead,
        "outlook": outlook,
        "scenarios": scenarios,
        "given": drawn,
    }
    stages = list(STAGES) if stage == "both" else [stage or redraw.most_short(district, flags, ahead)]
    follow = None if primary is None else redraw.read_assignment(primary).schools
    done = []
    with _interrupt() as stop:
        for each in stages:
            mine = _of_stage(asked, each, alone=len(stages) == 1)
            rigid, wanted = dict(hard), dict(weighed)
            rigid["forbidden"] = redraw.hard_rules.of_stage(district, barred, each)
            if mix:
                rigid["mix"] = groups[each]
            if each == "junior" and (follow is not None or done):
                rigid["primary"] = done[0][0].assignment if done else follow
                wanted = {"split": objective.FRIENDS} | wanted if done else wanted
            proposal = redraw.propose(
                district, flags, rules, stage=each, rules=rigid, weights=wanted, progress=_tell, stop=stop, **mine
            )
            place = out / each if len(stages) > 1 else out
            _write_proposal(proposal, district, rules, outlook, place, wanted, seed=seed, workers=spread, page=page)
            done.append(proposal)
    if len(done) > 1:
        both = report.both_stages.paper(done[0][0], done[1], district, rules)
        options.write(out / "both.html", report.pages.html(both))


def _of_stage(asked: dict[str, object], stage: str, *, alone: bool) -> dict[str, object]:
    """Return what is asked of one stage: of two, each takes the scenarios and assignments made for it."""
    if alone:
        return asked
    return asked | {name: [made for made in asked[name] if made.stage == stage] for name in ("scenarios", "given")}


def _write_proposal(
    proposal: tuple[Option, ...],
    district: District,
    rules: Policy,
    outlook: Outlook,
    out: Path,
    weighed: dict[str, object],
    *,
    seed: str,
    workers: int,
    page: bool,
) -> None:
    """Score the options of one stage and write their papers."""
    from zhaosheng_analysis import redraw

    _tell_broken(proposal)
    typer.echo("按预测和录取规则推算今天的学区（没有报名数据时只按预测）……", err=True)
    made = proposal[0].problem
    reference = redraw.reference_of(district, rules, stage=made.stage, seed=seed, years=made.years, outlook=outlook)
    if reference.side.ranked is None and redraw.has_intake(district, rules):
        said = "登记的儿童没有一名能按材料分到本小区的学校，无法推算今后各年的录取：只按各年人数比较，不模拟录取"
        typer.echo(f"说明：{said}；请核对户籍、房产等材料。", err=True)
    typer.echo("给各方案打分，划法相同的只算一次……", err=True)
    scores = redraw.scored(proposal, district, reference=reference, workers=workers, progress=_tell_scored)
    outputs.own(out)
    _write_all(proposal, scores, district, rules, out)
    if page:
        typer.echo("写可以手工编辑的网页……", err=True)
        _write_page(proposal, scores, district, out, weighed)


def _close(
    folder: Path,
    policy: str,
    years: str,
    stage: str,
    out: Path,
    wanted: str,
    successor: str,
    cost: Sequence[str],
    *,
    stays: bool,
) -> None:
    """Write the paper of a closure: page, PDF, the bureau's workbook, map, and the closure as a scenario."""
    from zhaosheng_analysis import figures, forecast, redraw, report
    from zhaosheng_analysis.redraw import scenarios
    from zhaosheng_analysis.schema import STAGES

    prices = {name: options.value(text) for name, text in (options.pair(each, "--cost") for each in cost)}
    if stage:
        options.one_of("--stage", stage, STAGES)
    district, rules = options.read(folder, policy, job="redraw")
    asked = {"school": wanted, "stage": stage, "successor": successor, "stays": stays} | _of_file(wanted)
    ahead = _ahead(district, years, stage)
    asked = {"from_year": ahead[0]} | asked
    # Years before the closure are told as well, so that none of the school's is missing on paper.
    first = min(ahead[0], *forecast.coming_years(district, 1))
    outlook = forecast.project(district, rules, years=range(first, ahead[-1] + 1))
    study = redraw.close(district, outlook, rules, prices=prices, **asked)
    outputs.own(out)
    paper = report.closing.paper(study)
    options.write(out / "closure.html", report.pages.html(paper))
    options.write(out / "closure.pdf", report.pdf.pdf(paper))
    options.write(out / "map.png", figures.style.png(figures.closing.where(study)))
    options.write(out / "内部-closure.xlsx", report.workbook.xlsx(report.closing.paper(study, public=False)))
    options.write(out / "scenario.json", scenarios.text(study.scenario))
    typer.echo(figures.closing.message(study))


def _of_file(wanted: str) -> dict[str, object]:
    """Return what a scenario file says of a closure, nothing where no file is named."""
    from zhaosheng_analysis import redraw
    from zhaosheng_analysis.schema import DataError, Fault

    if not wanted.lower().endswith((".json", ".toml")):
        return {}
    scenario = redraw.read_scenario(Path(wanted))
    closing = [change for change in scenario.changes if change["kind"] == "close"]
    if len(closing) != 1:
        found = f"有 {len(closing)} 项停办（close）"
        raise DataError(Fault(f"--close {wanted}", found, "情景中恰有一所学校停办", "请一所一所地论证"))
    return {
        "school": closing[0]["school"],
        "stage": scenario.stage,
        "from_year": scenario.from_year,
        "successor": closing[0].get("successor", ""),
        "stays": closing[0].get("pupils", "move") == "stay",
    }


@app.command(help="用预测和录取规则给一个方案文件（assignment.json）打分。")
def score(
    assignment_file: Annotated[Path, typer.Argument(metavar="ASSIGNMENT.json", help="页面导出的方案文件。")],
    district: Annotated[Path, typer.Option(help="区县数据文件夹。")],
    years: Years = "",
    out: Out = Path("redraw"),
    seed: options.Seed = DEFAULT_SEED,
) -> None:
    """Score an assignment and write its papers; what it breaks of the hard rules is said first."""
    from zhaosheng_analysis import forecast, redraw
    from zhaosheng_analysis.redraw import problems, scenarios

    assignment = redraw.read_assignment(assignment_file)
    there, rules = options.read(district, assignment.policy, job="redraw")
    ahead = _ahead(there, years, assignment.stage)
    outlook = forecast.project(there, rules, years=ahead)
    base = problems.problem(there, outlook, rules, stage=assignment.stage, years=ahead, locked=assignment.locked)
    reference = redraw.reference_of(there, rules, stage=assignment.stage, seed=seed, years=ahead, outlook=outlook)
    if assignment.scenario is not None:
        scenario = scenarios.parsed(assignment.scenario, where=assignment_file.name)
        base = redraw.under(base, scenario, outlook, ranked=reference.side.ranked)
    broken = redraw.check(base, assignment.schools)
    for row in broken.itertuples():
        typer.echo(f"不合规则（{row.label}）：{row.message}")
    option = redraw.valued(base, assignment.schools, assignment_file.stem, assignment.note or assignment_file.stem)
    result = redraw.score(there, rules, assignment, seed=seed, years=ahead, reference=reference)
    scores = {option.option_id: result}
    _write_option(option, [option], scores, _pictures([option], scores, there), there, rules, out)


def _ahead(district: District, years: str, stage: str = "") -> list[int]:
    """Return the years asked for whose children are known by unit; by default the five after the intake under way."""
    from zhaosheng_analysis.schema import DataError, Fault

    if not years:
        first = int(district.about["intake_year"]) + 1
        return _covered(district, list(range(first, first + 5)), stage)
    first, dash, last = years.partition("-")
    if not first.isdigit() or (dash and not last.isdigit()) or (dash and int(last) < int(first)):
        raise DataError(Fault(f"--years {years}", "不是年份", "写法：2026-2030 或 2026", "请改正"))
    return _covered(district, list(range(int(first), int(last or first) + 1)), stage)


def _covered(district: District, years: list[int], stage: str) -> list[int]:
    """Return the years whose children are known by unit: of later ones a forecast cannot say what new zones change."""
    from zhaosheng_analysis.schema import DataError, Fault

    cohorts = district.tables.get("cohorts")
    if cohorts is None or cohorts.empty:
        return years
    later = district.school_system.grades["junior"][0] - 1 if stage == "junior" else 0
    last = int(cohorts["entry_year"].max()) + later
    covered = [year for year in years if year <= last]
    if not covered:
        found = f"分小区的适龄人数（cohorts）只够算到 {last} 年，要算的是 {years[0]} 年以后"
        raise DataError(Fault("改划年份", found, f"不晚于 {last} 年", "请补上以后各年的 cohorts，或改 --years"))
    if covered != years:
        said = f"分小区的适龄人数（cohorts）只够算到 {last} 年，方案只算到 {last} 年；补上以后各年再算。"
        typer.echo(f"说明：{said}", err=True)
    return covered


def _tell_year(district: District, rules: Policy) -> None:
    """Say that the registered children are of another year than the rules: they are then not put through them."""
    children = district.tables.get("children")
    if children is None or children.empty or children["intake_year"].eq(rules.intake_year).any():
        return
    years = "、".join(map(str, sorted(children["intake_year"].unique())))
    said = f"登记的儿童是 {years} 年入学的，规则 {rules.id} 是 {rules.intake_year} 年的：只按各年人数比较，不模拟录取"
    typer.echo(f"说明：{said}；要模拟录取，请换用该年度的规则。", err=True)


@contextmanager
def _interrupt() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C ask the search to end; a second one ends the program."""
    asked: list[int] = []
    usual = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: object) -> None:
        del frame
        asked.append(number)
        signal.signal(signal.SIGINT, usual)
        typer.echo("正在停止搜索，保留已有的最好方案……", err=True)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, usual)


def _tell(name: str, step: Progress) -> None:
    """Show how a search stands: seconds, cost, bound, gap."""
    cost, gap = ("—", "—") if step.cost == float("inf") else (f"{step.cost:,.0f}", f"{step.gap:.2%}")
    bound = f"{step.bound:,.0f}" if math.isfinite(step.bound) else "—"
    typer.echo(f"{name}  {step.seconds:6.1f} 秒  代价 {cost}  下界 {bound}  与理论最优的差距不超过 {gap}", err=True)


def _tell_scored(done: int, whole: int) -> None:
    """Show how the scoring stands."""
    typer.echo(f"已打分 {done}/{whole}", err=True)


def _tell_broken(proposal: Sequence[Option]) -> None:
    """Say which hard rules a given assignment breaks: the others keep them and may cost more than it."""
    from zhaosheng_analysis import redraw

    for option in proposal:
        if option.option_id.startswith("given-"):
            for row in redraw.check(option.problem, option.assignment).itertuples():
                typer.echo(f"说明：给定方案「{option.name}」不合规则（{row.label}）：{row.message}", err=True)


def _write_all(
    proposal: tuple[Option, ...], scores: dict[str, Score], district: District, policy: Policy, out: Path
) -> None:
    """Write the comparison and a folder an option."""
    from zhaosheng_analysis import report

    typer.echo("画各方案的图……", err=True)
    drawn = _pictures(proposal, scores, district)
    for number, option in enumerate(proposal, 1):
        typer.echo(f"写方案「{option.name}」的材料（{number}/{len(proposal)}）……", err=True)
        _write_option(option, proposal, scores, drawn, district, policy, out)
    typer.echo("写方案比较页……", err=True)
    page = report.hearing.comparison(proposal, scores, district, policy, drawn=drawn)
    options.write(out / "options.html", report.pages.html(page))


def _pictures(
    proposal: Sequence[Option], scores: dict[str, Score], district: District
) -> dict[str, report.hearing.Pictures]:
    """Draw each option once for all its papers."""
    from zhaosheng_analysis import report

    return {
        option.option_id: report.hearing.pictures(option, scores[option.option_id], district) for option in proposal
    }


def _write_option(
    option: Option,
    proposal: Sequence[Option],
    scores: dict[str, Score],
    drawn: dict[str, report.hearing.Pictures],
    district: District,
    policy: Policy,
    out: Path,
) -> None:
    """Write the papers of one option: assignment, scenario, map, families, GeoPackage, notice, hearing pack."""
    from zhaosheng_analysis import figures, report
    from zhaosheng_analysis.redraw import assignments, scenarios

    score, pictures = scores[option.option_id], drawn[option.option_id]
    folder = disk.inside(out, option.option_id, what="方案编号")
    options.write(folder / "assignment.json", assignments.text(score.assignment))
    if option.scenario is not None:
        options.write(folder / "scenario.json", scenarios.text(option.scenario))
    options.write(folder / "map.png", figures.style.png(pictures.change))
    if score.simulated:
        families = report.workbook.xlsx(report.hearing.families(option, score, district, policy))
        options.write(folder / "内部-families.xlsx", families)
    options.write(folder / "zones.gpkg", _geopackage(option, score))
    notice = report.redraw_notice.notice(score, district)
    options.write(folder / "notice.txt", notice)
    title, *lines = notice.splitlines()
    options.write(folder / "notice.docx", report.word.docx(report.letters.letter(title, lines, district)))
    pack = report.hearing.pack(option, score, proposal, scores, district, policy, drawn=pictures)
    options.write(folder / "hearing.pdf", report.pdf.pdf(pack))
    options.write(folder / "hearing.html", report.pages.html(pack))
    options.write(folder / "hearing.docx", report.word.docx(pack))


def _geopackage(option: Option, score: Score) -> bytes:
    """Return the layers of an option for QGIS: zones old and new, schools, units with the schools they move between."""
    from zhaosheng_analysis.geodata import vectors
    from zhaosheng_analysis.redraw import JOINED

    there = score.district
    units = there.units[["unit_id", "name", "geometry"]].merge(
        option.assignment.rename("school_id").reset_index(), on="unit_id", how="left", validate="one_to_one"
    )
    moved = option.moved[["unit_id", "from", "walk_before_m", "walk_after_m"]].rename(
        columns={"from": "from_school_id"}
    )
    units = units.merge(moved, on="unit_id", how="left", validate="one_to_one")
    units["moved"] = units["unit_id"].isin(moved["unit_id"])
    names = there.schools.set_index("school_id")["name"].to_dict()
    for column in ("school", "from_school"):
        schools = units[f"{column}_id"].fillna("").str.split(JOINED)
        units[f"{column}_name"] = [JOINED.join(names.get(school, school) for school in joined) for joined in schools]
    with tempfile.TemporaryDirectory() as draft:
        path = Path(draft) / "zones.gpkg"
        names = ("boundary", "streets", "schools", "zones", "zone_schools")
        vectors.write({name: getattr(there, name) for name in names}, path)
        vectors.append(units, "assigned_units", path)
        return path.read_bytes()


def _write_page(
    proposed: tuple[Option, ...], scores: dict[str, Score], district: District, out: Path, weighed: dict[str, object]
) -> None:
    """Write the page to edit by hand, with all options; its terms have the usual weights but for those named."""
    from zhaosheng_analysis import report
    from zhaosheng_analysis.redraw import problems

    base = problems.weighed(proposed[0].problem, weighed)
    title = f"{district.name}学区调整（内部工作页）"  # it counts with the children of every unit
    options.write(out / "redraw.html", report.redraw_page.page(base, proposed, title=title, scores=scores))
