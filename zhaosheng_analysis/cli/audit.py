"""The verbs of an audit: the pack of a district, its ledger."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from zhaosheng_analysis import outputs
from zhaosheng_analysis.cli import options

app = typer.Typer(
    help="自查台账：填好之后汇总、打印；抽查名单。", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
AUDIT = "核查班额、学籍、程序：写出核查报告（网页、PDF、Excel）和可填报的台账。"


def audit(
    folder: options.Folder,
    policy: options.PolicyName = "",
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")] = Path("reports"),
    last: Annotated[Path | None, typer.Option(help="上一次的台账 xlsx，用来比较新增、销号和反弹。")] = None,
    seed: Annotated[str, typer.Option(help="抽查的种子；不写则用核查日期。")] = "",
    keys: Annotated[Path | None, typer.Option(help="另存发现编号与原始记录的对照表（仅限本单位内部）。")] = None,
    key: options.Key = None,
) -> None:
    """Write the audit pack of one district."""
    chosen = {"LAST": last.resolve().as_posix() if last else ""} | ({"SEED": seed} if seed else {})
    made, results, written = pack_of(folder, policy=policy, out=out, chosen=chosen, key=key)
    if keys:
        options.write(keys, written)
    for name in ("html", "pdf", "xlsx"):
        typer.echo((made / f"compliance-audit.{name}").as_posix())
    typer.echo(results)


def pack_of(
    folder: Path,
    *,
    policy: str,
    out: Path,
    chosen: dict[str, object],
    key: Path | None = None,
    **watch: object,
) -> tuple[Path, str, bytes]:
    """Write the audit pack of one district: report, ledger to fill and to print, list of findings.

    Parameters
    ----------
    folder : Path
        District folder.
    policy : str
        Id or file of the rules; those of the folder where empty.
    out : Path
        Folder of all reports.
    chosen : dict of str to object
        Parameters of notebook 06.
    key : Path, optional
        Key of the pseudonyms; one is made beside the folder where there is none.
    **watch : object
        As `report.rendering.render` takes them: progress, turn, halt.

    Returns
    -------
    tuple of (Path, str, bytes)
        Folder of the pack, what to say of it in a few lines, and the table that leads from findings to records (csv),
        for the office only.
    """
    from zhaosheng_analysis import report
    from zhaosheng_analysis.report import audit_pack

    district, rules = options.read(folder, policy, chosen.get("SETTINGS"), joined=False)
    if key or not district.synthetic:
        options.keyed(folder, key)
    parameters = {"POLICY": policy or rules.id, "LAST": ""} | chosen
    before = report.ledger.previous(str(parameters["LAST"]))  # what is wrong with it is told before the long work
    options.tell(before.notes if before else ())
    with tempfile.TemporaryDirectory() as draft, outputs.gathered():
        made = report.rendering.render(
            "06-compliance-audit",
            district_dir=folder,
            out=out,
            parameters=parameters,
            unsaid={"PACK": Path(draft).as_posix()},
            **watch,
        )
        for name in audit_pack.OPEN:
            options.write(made / name, (Path(draft) / name).read_bytes())
        results, keys = (Path(draft) / name for name in (audit_pack.TOLD, audit_pack.KEYS))
        return made, results.read_text(encoding="utf-8"), keys.read_bytes()


@app.command("print", help="汇总一份填好的台账（学校、上报单位、全区），写出可打印签字的 PDF。")
def printed(
    file: Annotated[Path, typer.Argument(help="台账 xlsx：zhaosheng audit 写出、由各校填好的。")],
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")] = Path("reports"),
    last: Annotated[Path | None, typer.Option(help="上一次的台账 xlsx，用来比较新增、销号和反弹。")] = None,
) -> None:
    """Add up a ledger that came back, and print it; everything wrong in it is told at once."""
    from zhaosheng_analysis import report
    from zhaosheng_analysis.audit import ledger, ledger_workbook
    from zhaosheng_analysis.schema import DataError, Fault

    if not file.is_file():
        raise DataError(Fault(file.as_posix(), "没有这个文件", "zhaosheng audit 写出的台账", "请检查路径"))
    book = report.ledger.compared(
        ledger_workbook.read(file.read_bytes(), where=file.name), last.as_posix() if last else ""
    )
    options.tell(book.notes)
    options.write(out / "ledger.pdf", report.ledger.pdf(book))
    table = ledger.add_up(book)
    for row in table[table["level"] != "school"].to_dict("records"):
        counts = "，".join(f"{word} {row[code]}" for code, word in ledger.STATUSES.items())
        typer.echo(f"{row['org'] or book.district_name}：{counts}")
    turns = book.rows["change"].value_counts()
    if turns.drop("", errors="ignore").sum():
        changes = "，".join(f"{word} {turns.get(code, 0)}" for code, word in ledger.CHANGES.items() if code)
        typer.echo(f"与上次相比：{changes}")


@app.command(help="按公布的种子抽学校和学生，写出抽查名单（化名）；谁都可以重算。")
def sample(
    folder: options.Folder,
    seed: options.Seed,
    schools_n: Annotated[int, typer.Option("--schools", help="抽几所学校，每个上报单位先抽一所。")] = 5,
    pupils_n: Annotated[int, typer.Option("--pupils", help="每校抽几名学生。")] = 10,
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")] = Path("reports"),
) -> None:
    """Draw schools and pupils for a spot check."""
    from zhaosheng_analysis.audit import ledger

    district = options.district(folder)
    schools, pupils = ledger.spot_check(district, seed=seed, schools_n=schools_n, pupils_n=pupils_n)
    names = district.schools.set_index("school_id")["name"]
    pupils = pupils.assign(school=pupils["school_id"].map(names))
    words = {"school": "学校", "grade": "年级", "class_no": "班号", "subject": "学生（化名）"}
    schools = schools.rename(columns={"school_id": "学校编号", "name": "学校", "ticket": "抽样号"})
    options.save(out, sample_schools=schools)
    options.save_inner(out, sample_pupils=pupils[list(words)].rename(columns=words))
    typer.echo(f"抽到 {len(schools)} 所学校、{len(pupils)} 名学生。")
