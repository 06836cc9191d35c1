"""The verbs of an audit: the pack of a district, its ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis.commands import options

if TYPE_CHECKING:
    from collections.abc import Callable

AUDIT = "核查班额、学籍、程序：写出核查报告（网页、PDF、Excel）和可填报的台账。"


def audit(
    folder: options.Folder,
    policy: options.PolicyName = "",
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")] = Path("reports"),
    last: Annotated[Path | None, typer.Option(help="上一次的台账 xlsx，用来比较新增、销号和反弹。")] = None,
    seed: Annotated[str, typer.Option(help="抽查的种子；不写则用核查日期。")] = "",
    keys: Annotated[Path | None, typer.Option(help="另存发现编号与原始记录的对照表（仅限本单位内部）。")] = None,
) -> None:
    """Write the audit pack of one district."""
    chosen = {"LAST": last.resolve().as_posix() if last else ""} | ({"SEED": seed} if seed else {})
    made, told, written = pack_of(folder, policy=policy, out=out, chosen=chosen)
    if keys:
        options.write(keys, written)
    for name in ("html", "pdf", "xlsx"):
        typer.echo((made / f"compliance-audit.{name}").as_posix())
    typer.echo(told)


def pack_of(
    folder: Path,
    *,
    policy: str,
    out: Path,
    chosen: dict[str, object],
    progress: Callable[[int, int, str], None] | None = None,
) -> tuple[Path, str, bytes]:
    """Write the audit pack of one district: report, ledger to fill and to print, list of findings.

    Parameters
    ----------
    policy : id or file of the rules; those of the folder where empty. chosen : parameters of notebook 06.

    Returns
    -------
    Folder of the pack, headline, and the table that leads from findings to records (csv), for the office only.
    """
    from zhaosheng_analysis import audit as audits
    from zhaosheng_analysis import geodata, report
    from zhaosheng_analysis import policy as policies
    from zhaosheng_analysis.auditing import ledger, ledgerbook
    from zhaosheng_analysis.writing import pack

    district = geodata.load(folder)
    rules = policies.load(policy or district.about["policy"], set=chosen.get("SETTINGS"))
    parameters = {"POLICY": policy or rules.id, "LAST": ""} | chosen
    made = report.render("06-compliance-audit", district_dir=folder, out=out, parameters=parameters, progress=progress)
    found = audits.run(district, rules)
    book = pack.compared(ledger.from_findings(found, district), str(parameters["LAST"]))
    options.write(made / "ledger.xlsx", ledgerbook.write(book))
    options.write(made / "ledger.pdf", pack.ledger_pdf(book, synthetic=district.synthetic))
    options.write(made / "findings.csv", found.evidence.to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))
    return made, pack.headline(found, book), found.keys.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")
