"""Reports: a notebook run with parameters, then written as a page, a PDF and a workbook.

In a notebook, `head` and `show` put pieces into the report. From outside, `render` runs a notebook on a folder.
Everything is written to temporary names and moved into place, so that a failed run leaves yesterday's report.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from zhaosheng_analysis import __version__, disk, figures, texts
from zhaosheng_analysis.report import blocks, notebook
from zhaosheng_analysis.report.blocks import Block
from zhaosheng_analysis.schema import DataError, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.figure import Figure

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

HASH_SHOWN = 16


def show(
    thing: pd.DataFrame | Figure | str, *, title: str = "", sheet: str = "", note: str = "", fold: bool = False
) -> Block:
    """Put a table, a figure or a piece of Markdown into the report.

    Parameters
    ----------
    thing : table, matplotlib figure or text.
    title : of a table. sheet : name of its sheet in the workbook; the title by default. note : below it.
    fold : whether the page shows the table only on request and the PDF leaves it to the workbook.
    """
    import pandas as pd

    if isinstance(thing, str):
        return blocks.text(thing)
    if isinstance(thing, pd.DataFrame):
        return blocks.table(thing, title=title, sheet=sheet or title, note=note, fold=fold)
    return blocks.figure(thing, note=note)


def head(district: District, policy: Policy, alerts: pd.DataFrame, *, question: str) -> Block:
    """Open the report: what it is, its answer in one sentence, and what it was made from."""
    about, headline = district.about, texts.alert_sentences.headline(alerts, district, policy)
    hashed = policy.source.sha256[:HASH_SHOWN]
    facts = [
        ("区县", f"{district.name}（{district.code}）"),
        ("政策文件", policy.title),
        ("规则", f"{policy.id}，原文哈希 {hashed}"),
        ("数据截至", about.get("data_as_of", "未注明")),
        ("坐标系", district.crs),
    ]
    title = texts.labels.sentence(f"title_{policy.kind}", district=district.name)
    data = {"kind": "head", "title": title, "question": question, "headline": headline, "facts": facts}
    data |= {"synthetic": district.synthetic, "district": district.name, "policy": policy.title}
    return Block(data | {"day": about.get("data_as_of", ""), "markdown": f"## {title}\n\n{headline}"})


def decisions(
    alerts: pd.DataFrame, district: District, policy: Policy, *, actions: pd.DataFrame | None = None
) -> Block:
    """Put the list of what needs a decision this spring into the report, with the steps that can be taken."""
    return blocks.text(texts.alert_sentences.decisions(alerts, district, policy, actions=actions), style="decisions")


def chart(district: District, alerts: pd.DataFrame, policy: Policy, *, note: str = "") -> Block:
    """Put the interactive map into the report, with a still picture for print."""
    metrics = texts.alerts.METRICS[policy.kind]
    still = figures.maps.still(district, alerts, metric=metrics[0])
    return blocks.chart(
        figures.maps.data(district, alerts, metrics=metrics), still, title=f"{district.name}学区地图", note=note
    )


def render(
    name: str | Path,
    *,
    district_dir: str | Path,
    out: str | Path,
    parameters: dict[str, object] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Path:
    """Run a notebook on a district folder and write the report in three forms.

    Parameters
    ----------
    name : a notebook, by name (``05-early-warning``) or path; it declares the parameter DISTRICT_DIR.
    district_dir : district folder. out : folder of all reports; this one goes into a folder named like the district's.
    parameters : more parameters of the notebook.
    progress : called with (cells done, cells in all, heading).

    Returns
    -------
    The folder with ``early-warning.html``, ``.pdf``, ``.xlsx`` and the entry of the index, ``.json``.

    Raises
    ------
    DataError : the folder or its data cannot be used, or a parameter is unknown. The old report stays.
    """
    path, source = notebook.find(name), Path(district_dir).resolve()
    if not source.is_dir():
        raise DataError(Fault(str(district_dir), "没有这个文件夹", "", "请先用 zhaosheng demo 生成，或检查路径"))
    chosen = {"DISTRICT_DIR": source.as_posix()} | (parameters or {})
    pieces = notebook.run(path, chosen, progress=progress)
    document = compose(path.stem.split("-", 1)[-1], pieces, foot=_foot(source, parameters or {}))
    target = Path(out) / source.name
    _write(target, document)
    _write_index(Path(out))
    return target


def compose(name: str, pieces: list[dict], *, foot: list[tuple[str, str]]) -> object:
    """Make one document of the pieces a notebook showed; the first piece of kind ``head`` opens it."""
    from zhaosheng_analysis.report.pages import Document

    opening = next((piece for piece in pieces if piece["kind"] == "head"), None)
    if opening is None:
        raise DataError(Fault(name, "笔记本没有给出报告的标题", "", "请在笔记本里调用 zs.report.head"))
    rest = tuple(piece for piece in pieces if piece["kind"] != "head")
    made_by = ("程序", f"zhaosheng_analysis {__version__}")
    return Document(name, opening, rest, (*foot, made_by), __version__, opening["day"] or "2000-01-01")


def _foot(source: Path, parameters: dict[str, object]) -> list[tuple[str, str]]:
    """Return what somebody needs to repeat the run: parameters, and the hash of every file read."""
    told = {key: _named(key, value) for key, value in sorted(parameters.items())}
    settings = "；".join(f"{key} = {value}" for key, value in told.items()) or "全部取默认值"
    files = [(f"数据 {path.name}", f"SHA-256 {_hash(path)}") for path in sorted(source.iterdir()) if path.is_file()]
    return [("参数", settings), *files]


def _named(key: str, value: object) -> object:
    """Return a parameter as it is printed: of a policy file its name, not where it lies on this machine."""
    return Path(str(value)).name if key == "POLICY" else value


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:HASH_SHOWN]


def _write(target: Path, document: object) -> None:
    """Make all forms first, then move them into place."""
    from zhaosheng_analysis.report import pages, pdf, workbook

    keys = ("district", "headline", "policy", "synthetic")
    entry = {"name": document.name} | {key: document.head[key] for key in keys}
    forms = {
        "html": pages.html(document),
        "pdf": pdf.pdf(document),
        "xlsx": workbook.xlsx(document),
        "json": json.dumps(entry, ensure_ascii=False, indent=1),
    }
    for ending, content in forms.items():
        disk.write(target / f"{document.name}.{ending}", content)


def _write_index(out: Path) -> None:
    """List every report of the folder with its headline."""
    from zhaosheng_analysis.report import pages

    found = sorted(path for path in out.glob("*/*.json") if path.with_suffix(".html").exists())
    entries = [disk.read(path, expected="程序写出的报告索引") | {"folder": path.parent.name} for path in found]
    disk.write(out / "index.html", pages.index(entries))
