"""The verbs of an intake: carry it out under a district's rules, and explain one child's result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis import outputs
from zhaosheng_analysis.cli import options

if TYPE_CHECKING:
    import pandas as pd

    from zhaosheng_analysis.admission import Outcome
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

ADMIT = "按规则模拟一次录取，写出每个孩子的去向、每所学校的截止线和一页汇总。"
EXPLAIN = "说明一个孩子的录取结果：经过、条款、差在哪一位、怎样会不同。"

SIBLINGS = "按规则答复长幼随学转学申请（表 sibling_requests），写出每份申请转入哪个班、为什么。"

#: The record of runs, and what an earlier version called it: it tells how few ended otherwise.
RECORDS = ("内部-runs.csv", "runs.csv")


def admit(
    folder: options.Folder,
    seed: options.Seed,
    policy: options.PolicyName = "",
    settings: options.Settings = None,
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")] = Path("admission"),
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="另外逐个改动没有定论的参数，数出各有多少孩子变动（较慢）。")
    ] = False,
    draws: Annotated[int, typer.Option(help="另外换种子重派这么多次，写出每个孩子录取的机会（较慢）。")] = 0,
    trial: Annotated[
        str, typer.Option(help="试算的名称：结果写到 trials/名称，与正式录取记在同一份 内部-runs.csv。")
    ] = "",
) -> None:
    """Carry out one intake and write its outcome: tables, a page, a log of every proposal, and the record of runs."""
    from zhaosheng_analysis import admission, report, texts
    from zhaosheng_analysis.admission import chances

    district, rules, ranked = _ranked(folder, policy, settings)
    outcome = admission.run(ranked, district, rules, seed=seed)
    faults = admission.check(outcome, ranked, district, rules)
    sections = texts.bulletin.sections(outcome, ranked, rules, faults=faults)
    log = outcome.log.drop(columns=["number", "school", "at", "child"], errors="ignore")
    announced = {name: item.fact.answers for name, item in rules.declared.facts.items() if item.announce}
    papers = ranked[list(announced)].replace(announced)
    if "asked_for" in ranked and ranked["asked_for"].ne("").any():
        papers = papers.assign(asked_for=ranked["asked_for"])
    inner = {
        "children": outcome.children.join(papers).reset_index(),
        "cuts": outcome.cuts,
        "rounds": outcome.rounds,
        "log": log,
        "名单": texts.admission.roster(outcome, ranked, rules),
    }
    if sensitivity:
        flips, section = _flips(district, rules, seed, ranked, outcome.children)
        sections.append(section)
        inner["flips"] = flips
    if draws:
        inner["chances"] = chances.simulate(ranked, district, rules, draws=draws, seed=seed).reset_index()
    facts = _facts(district, rules, seed)
    page = report.printout.html(
        f"{district.name} {rules.intake_year} 年录取模拟",
        facts,
        sections,
        headline=texts.admission.headline(outcome),
        synthetic=district.synthetic,
    )
    if trial or any((out / name).is_file() for name in RECORDS):
        _record(out, trial, ranked, outcome, rules, seed)
    there = out / "trials" / trial if trial else out
    outputs.own(there)
    options.save_inner(there, **inner)
    options.write(there / "summary.html", page)
    typer.echo(texts.admission.headline(outcome))
    typer.echo(texts.admission.validity(faults, rules))
    raise typer.Exit(1 if faults else 0)


def explain(
    folder: options.Folder,
    child: Annotated[str, typer.Argument(help="儿童编号。")],
    seed: options.Seed,
    policy: options.PolicyName = "",
    settings: options.Settings = None,
    quick: Annotated[bool, typer.Option("--quick", help="只说经过，不逐一试算怎样会不同。")] = False,
) -> None:
    """Print the path of one child through the rules, and what would have changed its result."""
    from zhaosheng_analysis import admission, applicants, tiers

    district, rules = options.read(folder, policy, options.of_policy(settings), job="admit", audits=True)
    if rules.kind == "audit":
        typer.echo(_by_audit(folder, child, district, rules))
        return
    ranked = tiers.assign(applicants.build(district, rules), rules)
    outcome = admission.run(ranked, district, rules, seed=seed)
    typer.echo(admission.explain(child, ranked, outcome, district, rules))
    alternatives = [] if quick else admission.changes(child, ranked, outcome, district, rules, seed=seed)
    if alternatives:
        typer.echo("怎样会不同（其他条件和派位号都不变）：\n" + "\n".join(f"  {line}" for line in alternatives))


def _by_audit(folder: Path, child: str, district: District, rules: Policy) -> str:
    """Tell what there is to tell of a child under a text that audits and admits nobody."""
    from zhaosheng_analysis import audit

    if not district.synthetic:
        options.keyed(folder, None)
    return audit.explain(child, audit.run(district, rules), district, rules)


def siblings(
    folder: options.Folder,
    seed: options.Seed,
    policy: options.PolicyName = "",
    settings: options.Settings = None,
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")] = Path("siblings"),
) -> None:
    """Answer the requests to join a brother or sister at another school and write the answers."""
    from zhaosheng_analysis.classes import transfers

    district, rules = options.read(folder, policy, options.of_policy(settings))
    answers = transfers.run(district, rules, seed=seed)
    options.save_inner(out, siblings=answers)
    n = transfers.tally(answers)
    typer.echo(
        f"长幼随学申请 {n['asked_n']} 份，同意 {n['granted_n']} 份（其中超过基准班额 {n['beyond_n']} 份），"
        f"不同意 {n['refused_n']} 份"
    )


def _ranked(folder: Path, name: str, settings: list[str] | None) -> tuple[District, Policy, pd.DataFrame]:
    """Load a folder and its rules, and put every child of the intake into its tier."""
    from zhaosheng_analysis import applicants, tiers

    district, rules = options.read(folder, name, options.of_policy(settings), job="admit")
    return district, rules, tiers.assign(applicants.build(district, rules), rules)


def _record(out: Path, trial: str, ranked: pd.DataFrame, outcome: Outcome, rules: Policy, seed: str) -> None:
    """Add this run to ``内部-runs.csv``, and write which children end otherwise than in the run before it."""
    import pandas as pd

    from zhaosheng_analysis.admission import trials
    from zhaosheng_analysis.schema import DataError, Fault

    if Path(trial).name != trial or trial.startswith("."):
        raise DataError(Fault("--trial", f"名称「{trial}」", "不含 / 和 \\ 的一个词", "请改名"))
    book = next((out / name for name in RECORDS if (out / name).is_file()), None)
    said = {label: name for name, label in trials.COLUMNS.items()}
    runs = pd.DataFrame(columns=list(trials.COLUMNS))
    if book is not None:
        marked = int(book.name == RECORDS[0])
        runs = pd.read_csv(book, dtype="str", keep_default_na=False, encoding="utf-8-sig", skiprows=marked)
        runs = runs.rename(columns=said)
    row = trials.entry(trial or trials.OFFICIAL, ranked, outcome, rules, seed=seed)
    others = runs[runs["name"] != row["name"]]
    last = "" if others.empty else str(others["name"].iloc[-1])
    path = (out if last == trials.OFFICIAL else out / "trials" / last) / "内部-children.csv" if last else out
    moved = pd.DataFrame()
    if path.is_file():
        before = pd.read_csv(path, dtype="str", encoding="utf-8-sig", skiprows=1).set_index("child_id")
        moved = trials.differences(before, outcome.children)
        options.save_inner(out / "trials" / trial if trial else out, differences=moved)
    runs = trials.recorded(runs, row | {"against": last, "differing_n": len(moved) if last else ""})
    options.save_inner(out, runs=runs.rename(columns=trials.COLUMNS))


def _flips(
    district: District, rules: Policy, seed: str, ranked: pd.DataFrame, base: pd.DataFrame
) -> tuple[pd.DataFrame, object]:
    """Count the children each open question flips."""
    from zhaosheng_analysis import texts
    from zhaosheng_analysis.admission import comparing

    moves = comparing.flips(district, rules, seed=seed, ranked=ranked, base=base)
    table = texts.comparisons.sensitivity(comparing.counts(moves), rules)
    note = "同样的儿童、同样的派位号，每次只改一个参数；没有变动的取值也列出。"
    return moves.dropna(subset=["child_id"]), texts.sections.Section("没有定论的问题各影响多少孩子", table, note=note)


def _facts(district: District, rules: Policy, seed: str) -> list[tuple[str, str]]:
    """Return what is needed to repeat the run."""
    from zhaosheng_analysis.policy import parameters as settings

    return [
        ("区县", f"{district.name}（{district.code}）"),
        ("规则", f"{rules.id}（{rules.title}）"),
        ("派位种子", seed),
        ("数据截至", district.about.get("data_as_of", "未注明")),
        ("改动的参数", settings.listed(rules, rules.changed) or "无"),
    ]
