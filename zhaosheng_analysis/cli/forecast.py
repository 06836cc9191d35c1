"""The verbs of a forecast: make and keep it, try it on the past, score it by what came, list what is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis.cli import options

if TYPE_CHECKING:
    import pandas as pd

    from zhaosheng_analysis.forecast import Outlook, Simulation
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

ARCHIVE = Path("forecasts")

app = typer.Typer(
    help="学位预测：预测并存档、用过去检验、用后来的实际打分。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Store = Annotated[Path, typer.Option("--archive", help="存档文件夹。")]
Invalid = Annotated[list[int] | None, typer.Option(help="不算数的年份（疫情、校区搬迁），可重复。")]


@app.command(help="预测今后各年各校各年级人数并给出预警；连同输入文件的哈希一起存档。")
def run(
    folder: options.Folder,
    policy: options.PolicyName = "",
    settings: options.Settings = None,
    years: Annotated[int, typer.Option(help="预测几年。")] = 6,
    scenario: Annotated[str, typer.Option(help="尚未出生的年份：low、mid 或 high。")] = "mid",
    invalid: Invalid = None,
    migrants: Annotated[float, typer.Option(help="政策情形：每年比现在多（负数为少）几名随迁一年级新生。")] = 0.0,
    yellow: Annotated[float | None, typer.Option(help="黄色线，占计划的几成，如 0.8；不写用规则文件的。")] = None,
    red: Annotated[float | None, typer.Option(help="红色线，如 1.0；不写用规则文件的。")] = None,
    false_alarms: Annotated[
        float, typer.Option(help="漏报一次抵误报几次；概率颜色的界线由此而定（1 为五成报红，2 为三分之一）。")
    ] = 1.0,
    before: Annotated[Path | None, typer.Option(help="上次发布的那份存档：级别不因小幅回落而下调。")] = None,
    slack: Annotated[float, typer.Option(help="有 --before 时，比例须低于界线多少才下调。")] = 0.05,
    intakes: Annotated[int, typer.Option(help="每年按规则逐轮模拟几次；0 表示不模拟。")] = 0,
    seed: Annotated[str, typer.Option(help="模拟用的种子；同一种子结果相同。")] = "forecast",
    workers: options.Workers = 0,
    cluster: Annotated[str, typer.Option("--cluster", help="Dask 调度器地址，如 tcp://127.0.0.1:8786。")] = "",
    out: Annotated[Path | None, typer.Option(help="另外把表格写到这个文件夹（CSV）。")] = None,
    archive: Store = ARCHIVE,
) -> None:
    """Project a district, put it through its rules if asked, flag it, and keep the run."""
    from zhaosheng_analysis import alerts, forecast, texts, tiers
    from zhaosheng_analysis.forecast import archive as archives

    spread = {"workers": options.processes(workers), "address": cluster}
    district, rules = options.read(folder, policy, options.of_policy(settings), job="forecast")
    chosen = {"scenario": _scenario(scenario), "invalid": sorted(invalid or []), "migrants": migrants}
    ahead = forecast.coming_years(district, years)
    outlook = forecast.project(district, rules, years=ahead, **chosen)
    ranked = tiers.ranked(district, rules)
    through = _through(outlook, ranked, district, rules, intakes, seed, spread)
    lines = {"yellow": yellow, "red": red, "false_alarms": false_alarms} | _published(before, ahead[0], slack)
    flags = alerts.flag(outlook, rules, ranked=ranked, through=through, **lines)
    if out:
        options.save_inner(out, **_tables(outlook, flags, through, district, rules))
        _notice(out, flags, outlook, district, rules)
    kept = archives.save(
        archive,
        outlook,
        flags,
        district,
        rules,
        files=archives.inputs(folder),
        parameters=chosen
        | {"intakes": intakes, "seed": seed if intakes else "", "yellow": yellow, "red": red}
        | {"false_alarms": false_alarms}
        | {"before": before.name if before else "", "slack": slack if before else 0.0},
        made_on=f"{date.today():%Y-%m-%d}",
    )
    for sentence in [*alerts.headline(flags), *texts.forecast.cautions(outlook), *_left_out(outlook)]:
        typer.echo(sentence)
    typer.echo(kept.as_posix())


def _left_out(outlook: Outlook) -> list[str]:
    """Name the stages that could not be forecast because nobody of them is in the roll counts."""
    from zhaosheng_analysis.schema import STAGES

    done = set(outlook.schools["stage"])
    return [f"{word}：没有分年级在校生，未作预测。" for stage, word in STAGES.items() if stage not in done]


def _scenario(scenario: str) -> str:
    """Refuse a scenario that does not exist."""
    from zhaosheng_analysis.schema import DataError, Fault

    if scenario not in ("low", "mid", "high"):
        raise DataError(Fault("--scenario", f"没有「{scenario}」", "low（低）、mid（中）、high（高）", "请改正"))
    return scenario


def _published(before: Path | None, first: int, slack: float) -> dict[str, object]:
    """Return the levels published last, of the year before the first one told now, and how loosely they are held."""
    from zhaosheng_analysis.forecast import archive

    if before is None:
        return {}
    alerts = archive.read(before).tables["alerts"]
    last = alerts[alerts["year"] == max(alerts.loc[alerts["year"] < first, "year"], default=alerts["year"].min())]
    return {"before": last[["school_id", "stage", "level"]], "hysteresis": slack}


def _through(
    outlook: Outlook,
    ranked: pd.DataFrame | None,
    district: District,
    rules: Policy,
    intakes: int,
    seed: str,
    spread: dict[str, int | str],
) -> Simulation | None:
    """Put the next three years through the rules, where the text sets tiers and it is asked for."""
    from zhaosheng_analysis.forecast import simulation

    if ranked is None or not intakes:
        return None
    return simulation.run(outlook, ranked, district, rules, seed=seed, intakes=intakes, **spread)


def _tables(
    outlook: Outlook, flags: pd.DataFrame, through: Simulation | None, district: District, rules: Policy
) -> dict[str, pd.DataFrame]:
    """Return every table of a run by name."""
    from zhaosheng_analysis.alerts import actions
    from zhaosheng_analysis.forecast import archive as archives

    tables = {name: getattr(outlook, name) for name in archives.TABLES}
    tables["cautions"] = outlook.cautions
    tables |= {"alerts": flags, "actions": actions.propose(flags, outlook, district, rules)}
    if through is not None:
        tables |= {"cuts": through.tiers, "turned-away": through.ends, "class-sizes": through.sizes}
    return tables


def _notice(out: Path, flags: pd.DataFrame, outlook: Outlook, district: District, rules: Policy) -> None:
    """Draft the public notice as text, as page and for Word."""
    from zhaosheng_analysis import report
    from zhaosheng_analysis.alerts import notices

    drafted = notices.draft(flags, district, rules, accuracy=outlook.accuracy)
    options.write(out / "notice.txt", notices.text(drafted))
    options.write(out / "notice.html", notices.page(drafted))
    lines = [f"{number}. {heading}：{words}" for number, (heading, words) in enumerate(drafted.items, start=1)]
    letter = report.letters.letter(drafted.title, lines, district, table=drafted.table, above="预警学校")
    options.write(out / "notice.docx", report.word.docx(letter))


@app.command(help="把过去各年当作未知重新预测，与实际相比，并与几种简单方法相比。")
def backtest(
    folder: options.Folder,
    policy: options.PolicyName = "",
    settings: options.Settings = None,
    horizons: Annotated[str, typer.Option(help="提前几年，用逗号分开。")] = "1,2,3",
    invalid: Invalid = None,
    out: Annotated[Path | None, typer.Option(help="另外把表格写到这个文件夹（CSV）。")] = None,
) -> None:
    """Try the forecast of each stage on rolling origins, and print the tables."""
    from zhaosheng_analysis.forecast import own_past

    district, rules = options.read(folder, policy, options.of_policy(settings), job="forecast")
    scores = own_past.run(district, rules, horizons=_numbers(horizons), invalid=invalid or ())
    if scores["scores"].empty:
        typer.echo("未校准：至少要有四个学年的在校生，才能把过去当作未知重新预测、与实际相比。")
    for name, heading in own_past.HEADINGS.items():
        if len(scores[name]) and len(scores["scores"]):
            _show(heading, scores[name])
    if out:
        options.save(out, **scores)


@app.command("tables", help="规划报表：先给上年预测打分，再列片区分年级、计划学位、住房开发学生（CSV 和一个 Excel）。")
def planning_tables(
    folder: options.Folder,
    policy: options.PolicyName = "",
    settings: options.Settings = None,
    within: Annotated[float, typer.Option(help="新建住房学生中原住本区（县）的比例，0—1；是假设，由本地给出。")] = 0.0,
    out: Annotated[Path, typer.Option(help="写到这个文件夹。")] = Path("planning"),
) -> None:
    """Write the tables a planning authority hands in."""
    from zhaosheng_analysis.forecast import planning
    from zhaosheng_analysis.schema import DataError, Fault

    if not 0 <= within <= 1:
        raise DataError(Fault("--within", f"{within}", "0 到 1 的比例", "请改正"))
    district, rules = options.read(folder, policy, options.of_policy(settings))
    tables = planning.tables(district, rules, within=within)
    options.save_inner(out, **tables)
    options.write(out / "内部-planning.xlsx", _book(tables, district))


def _book(tables: dict[str, pd.DataFrame], district: District) -> bytes:
    """Put the planning tables into one workbook, a sheet each, headed in Chinese."""
    from zhaosheng_analysis import sheets, texts

    day = date.fromisoformat(district.about.get("data_as_of") or "2000-01-01")

    def fill(book: object) -> None:
        for name, table in texts.forecast.planning(tables).items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, list(table.columns))
            for number, row in enumerate(table.astype(object).where(table.notna(), "").itertuples(index=False), 1):
                sheet.write_row(number, 0, list(row))

    return sheets.workbook(fill, title=f"内部：{district.name}学位规划报表", day=day)


def _numbers(text: str) -> tuple[int, ...]:
    """Read horizons."""
    from zhaosheng_analysis.schema import DataError, Fault

    parts = text.split(",")
    if not all(part.strip().isdigit() and int(part) > 0 for part in parts):
        raise DataError(Fault("--horizons", f"「{text}」", "正整数，用逗号分开", "例如 --horizons 1,3,5"))
    return tuple(sorted({int(part) for part in parts}))


@app.command(help="用后来的实际给一份存档打分。")
def score(
    run: Annotated[Path, typer.Argument(help="存档文件夹，由 forecast run 写出。")],
    folder: Annotated[Path, typer.Argument(help="区县数据文件夹，含后来各年的 roll_counts。")],
    out: Annotated[Path | None, typer.Option(help="另外把表格写到这个文件夹（CSV）。")] = None,
) -> None:
    """Compare an archived forecast with what came."""
    from zhaosheng_analysis.forecast import archive as archives
    from zhaosheng_analysis.forecast import scoring
    from zhaosheng_analysis.schema import DataError, Fault

    kept, district = archives.read(run), options.district(folder)
    origin, counts = kept.facts["origin_year"], district.table("roll_counts")
    if district.id != kept.facts["district_id"]:
        fault = f"存档是{kept.facts['district']}的，数据是{district.name}的"
        raise DataError(Fault(f"{run.name}", fault, "须是同一区县", "请核对两个文件夹"))
    if not (counts["school_year"] > origin).any():
        last = int(counts["school_year"].max())
        raise DataError(
            Fault(f"{folder.name} roll_counts", f"只到 {last} 年", f"须有 {origin} 年以后的实际", "请补数据")
        )
    tables = {name: kept.tables[name] for name in ("schools", "grades", "totals")}
    asked = {"origin": origin, "system": district.school_system}
    scores = {
        "errors": scoring.errors(**tables, counts=counts, **asked),
        "warnings": scoring.warnings(tables["schools"], counts, **asked),
    }
    _show("误差与命中", scores["errors"])
    _show("预警（起始年级人数超过计划）", scores["warnings"])
    if out:
        options.save(out, **scores)


@app.command("archive", help="列出存档的预测。")
def list_runs(archive: Store = ARCHIVE) -> None:
    """List the runs that are kept."""
    from zhaosheng_analysis.forecast import archive as archives

    table = archives.runs(archive)
    if table.empty:
        typer.echo(f"{archive.as_posix()}：还没有存档。")
    else:
        _show(archive.as_posix(), table)


def _show(heading: str, table: pd.DataFrame) -> None:
    """Print a table under its heading, columns and codes in Chinese."""
    from zhaosheng_analysis import texts

    shown = table.round(3).rename(columns={"level": "scale"})
    for name in ("stage", "scale"):
        if name in shown:
            shown[name] = [texts.labels.code(name, value) for value in shown[name]]
    shown = shown.rename(columns={name: texts.labels.column(name)["label"] for name in shown})
    typer.echo(f"\n{heading}\n{shown.to_string(index=False, na_rep='—')}")
