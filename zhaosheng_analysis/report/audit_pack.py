"""The files of an audit that lie beside its report: ledger to fill and to print, list of findings, way back to records.

Notebook 06 writes them of the findings it shows, so that report and ledger come from one audit.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhaosheng_analysis import disk
from zhaosheng_analysis.audit import ledger_workbook
from zhaosheng_analysis.report import audit, ledger
from zhaosheng_analysis.schema import csv_safety

if TYPE_CHECKING:
    from zhaosheng_analysis.audit import Findings, Ledger

#: Files that go to the bureau beside the report.
OPEN = ("ledger.xlsx", "ledger.pdf", "findings.csv")
#: What leads from findings to records, for the office only; what to say of the pack in a few lines.
KEYS, TOLD = "keys.csv", "told.txt"


def write(findings: Findings, book: Ledger, folder: str | Path, *, faults: list[str]) -> None:
    """Write the files of an audit into a folder.

    Parameters
    ----------
    findings : Findings
        Result of the audit.
    book : Ledger
        Its ledger.
    folder : str or Path
        Where to; `OPEN`, `KEYS` and `TOLD` are written there.
    faults : list of str
        What `audit.check` found.
    """
    content = {
        "ledger.xlsx": ledger_workbook.write(book),
        "ledger.pdf": ledger.pdf(book),
        "findings.csv": csv_safety.csv(findings.evidence).encode("utf-8-sig"),
        KEYS: csv_safety.csv(findings.keys).encode("utf-8-sig"),
        TOLD: "\n".join(
            filter(None, (audit.headline(findings, book), audit.not_asked(findings), audit.validity(faults)))
        ),
    }
    for name, written in content.items():
        disk.write(Path(folder) / name, written)
