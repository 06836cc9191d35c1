"""Reports: a notebook run with parameters, then written as a page, a PDF and a workbook.

In a notebook, `head` and `show` put pieces into the report. From outside, `render` runs a notebook on a folder.
Everything is written to temporary names and moved into place, so that a failed run leaves yesterday's report.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from zhaosheng_analysis import __version__, disk, figures, outputs, texts
from zhaosheng_analysis.alerts import small_schools
from zhaosheng_analysis.policy import borrowed
from zhaosheng_analysis.report import blocks, last_run, notebook
from zhaosheng_analysis.report.blocks import Block
from zhaosheng_analysis.schema import DataError, Fault, takes

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.figure import Figure

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

HASH_SHOWN = 16


def show(
    thing: pd.DataFrame | blocks.Listing | Figure | str,
    *,
    title: str = "",
    sheet: str = "",
    note: str = "",
    fold: bool = False,
) -> Block:
    """Put a table, a figure or a piece of Markdown into the report.

    Parameters
    ----------
    thing : DataFrame, Figure or str
        Table, matplotlib figure or Markdown.
    title : str, optional
        Title of a table.
    sheet : str, optional
        Name of its sheet in the workbook; the title by default.
    note : str, optional
        What stands below it.
    fold : bool, default False
        Whether the page shows the table only on request and the PDF leaves it to the workbook.

    Returns
    -------
    Block
        The block, which a notebook shows.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> plans = zs.demo.nine_plots().table("plans")[["school_id", "seats_n"]]
    >>> block = zs.report.show(plans, title="招生计划")
    >>> block.data["kind"], len(block.data["rows"])
    ('table', 3)
    """
    import pandas as pd

    if isinstance(thing, str):
        return blocks.text(thing)
    if isinstance(thing, pd.DataFrame | blocks.Listing):
        return blocks.table(thing, title=title, sheet=sheet or title, note=note, fold=fold)
    return blocks.figure(thing, note=note)


@takes(alerts="alerts")
def head(district: District, policy: Policy, alerts: pd.DataFrame, *, question: str) -> Block:
    """Open the report: what it is, its answer in one sentence, and what it was made from.

    Parameters
    ----------
    district : District
        District it is about.
    policy : Policy
        The rules.
    alerts : DataFrame
        Flags, from `alerts.flag`.
    question : str
        The question it answers, in Chinese.

    Returns
    -------
    Block
        The block, which a notebook shows.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> alerts = zs.alerts.flag(zs.forecast.project(town, rules, years=[2026]), rules)
    >>> head = zs.report.head(town, rules, alerts, question="今春哪些学校需要作出决定？")
    >>> print(head.data["headline"])
    2026 年预计 1 所学校学位不足，合计缺 1 个学位（1 个班）（有的学校历史不足，未校准）。
    """
    about, headline = district.about, texts.alert_sentences.headline(alerts, district, policy)
    text = f"原文哈希 {policy.source.sha256[:HASH_SHOWN]}" if policy.source.file else "没有本地文件"
    facts = [
        ("区县", f"{district.name}（{district.code}）"),
        ("政策文件", policy.title),
        ("规则", f"{policy.id}，{text}" + ("（借用，不是本区县的）" if borrowed(policy, district) else "")),
        ("数据截至", about.get("data_as_of", "未注明")),
        ("坐标系", district.crs),
    ]
    if small_schools.inside(alerts):
        facts.insert(0, ("使用范围", small_schools.INSIDE))
    title = texts.labels.sentence(f"title_{policy.kind}", district=district.name)
    data = {"kind": "head", "title": title, "question": question, "headline": headline, "facts": facts}
    data |= {"synthetic": district.synthetic, "district": district.name, "policy": policy.title}
    data["numbers"] = last_run.kept(district, policy, alerts)
    return Block(data | {"day": about.get("data_as_of", ""), "markdown": f"## {title}\n\n{headline}"})


@takes(alerts="alerts", actions="actions")
def decisions(
    alerts: pd.DataFrame, district: District, policy: Policy, *, actions: pd.DataFrame | None = None
) -> Block:
    """Put the list of what needs a decision this spring into the report, with the steps that can be taken.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.
    district : District
        District it is about.
    policy : Policy
        The rules.
    actions : DataFrame, optional
        Steps that can be taken, from `alerts.actions.propose`.

    Returns
    -------
    Block
        The block, which a notebook shows.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> alerts = zs.alerts.flag(zs.forecast.project(town, rules, years=[2026]), rules)
    >>> print(zs.report.decisions(alerts, town, rules).data["markdown"].split("；")[0])
    - 以下 1 所学校须在招生方案公布前定下办法：增班、调整学区，还是统筹分流
    """
    return blocks.text(texts.alert_sentences.decisions(alerts, district, policy, actions=actions), style="decisions")


@takes(alerts="alerts")
def chart(district: District, alerts: pd.DataFrame, policy: Policy, *, note: str = "") -> Block:
    """Put the interactive map into the report, with a still picture for print.

    Parameters
    ----------
    district : District
        District it is about.
    alerts : DataFrame
        Flags, from `alerts.flag`.
    policy : Policy
        The rules.
    note : str, optional
        What stands below it.

    Returns
    -------
    Block
        The block, which a notebook shows.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> alerts = zs.alerts.flag(zs.forecast.project(town, rules, years=[2026]), rules)
    >>> block = zs.report.chart(town, alerts, rules)
    >>> block.data["kind"], block.data["title"]
    ('map', '九格镇学区地图')
    """
    if not district.mapped:
        return show("没有地图：学校没有位置，也没有区县界、小区和学区。", title=f"{district.name}学区地图", note=note)
    metrics = texts.alerts.metrics(alerts, policy)
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
    unsaid: dict[str, object] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    turn: Callable[[], object] | None = None,
    halt: threading.Event | None = None,
) -> Path:
    """Run a notebook on a district folder and write the report in three forms.

    Parameters
    ----------
    name : str or Path
        A notebook, by name (``05-early-warning``) or path; it declares the parameter DISTRICT_DIR.
    district_dir : str or Path
        District folder.
    out : str or Path
        Folder of all reports; this one goes into a folder named like the district's.
    parameters : dict of str to object, optional
        More parameters of the notebook, which the report names.
    unsaid : dict of str to object, optional
        Parameters that change nothing in the report, such as a folder for other files, and are not named there.
    progress : callable, optional
        Called with (cells done, cells in all, heading).
    turn : callable, optional
        Called when all is computed and nothing is written yet: of several reports made at once each waits there until
        it may write, for they share an index.
    halt : Event, optional
        Set by another thread that wants the run to end (`notebook.Halted`).

    Returns
    -------
    Path
        The folder with ``early-warning.html``, ``.pdf``, ``.xlsx`` and the entry of the index, ``.json``.

    Raises
    ------
    DataError
        The folder or its data cannot be used, or a parameter is unknown. The old report stays.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.report.render("05-early-warning", district_dir="nowhere", out="reports")
    Traceback (most recent call last):
    zhaosheng_analysis.schema.faults.DataError: nowhere：没有这个文件夹；请先用 zhaosheng demo 生成，或检查路径。
    """
    path, source = notebook.find(name), Path(district_dir).resolve()
    if not source.is_dir():
        raise DataError(Fault(str(district_dir), "没有这个文件夹", "", "请先用 zhaosheng demo 生成，或检查路径"))
    chosen = {"DISTRICT_DIR": source.as_posix()} | (parameters or {}) | (unsaid or {})
    pieces = notebook.run(path, chosen, progress=progress, halt=halt)
    if turn is not None:
        turn()
    document = compose(path.stem.split("-", 1)[-1], pieces, foot=_foot(source, parameters or {}))
    target = Path(out) / source.name
    _write_index(Path(out), _write(target, document))
    return target


def compose(name: str, pieces: list[dict], *, foot: list[tuple[str, str]]) -> object:
    """Make one document of the pieces a notebook showed; the first piece of kind ``head`` opens it.

    Parameters
    ----------
    name : str
        Name of the document, as in its file name.
    pieces : list of dict
        Data of the blocks a notebook showed.
    foot : list of tuple of str, length 2
        What each is called, and what it is: how to repeat the run.

    Returns
    -------
    Document
        The document, before it takes a form.

    Raises
    ------
    DataError
        No piece of kind ``head`` is there.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> alerts = zs.alerts.flag(zs.forecast.project(town, rules, years=[2026]), rules)
    >>> head = zs.report.head(town, rules, alerts, question="今春哪些学校需要作出决定？")
    >>> pieces = [head.data, zs.report.show("一小需要决定。").data]
    >>> document = zs.report.compose("early-warning", pieces, foot=[("参数", "全部取默认值")])
    >>> document.head["district"], len(document.blocks)
    ('九格镇', 1)
    """
    from zhaosheng_analysis.report.pages import Document

    opening = next((piece for piece in pieces if piece["kind"] == "head"), None)
    if opening is None:
        raise DataError(Fault(name, "笔记本没有给出报告的标题", "", "请在笔记本里调用 zs.report.head"))
    rest = tuple(piece for piece in pieces if piece["kind"] != "head")
    made_by = ("程序", f"zhaosheng_analysis {__version__}")
    return Document(name, opening, rest, (*foot, made_by), __version__, opening["day"] or "2000-01-01")


def _foot(source: Path, parameters: dict[str, object]) -> list[tuple[str, str]]:
    """Return what somebody needs to repeat the run: parameters, and the hash of every file read."""
    named = {key: _named(key, value) for key, value in sorted(parameters.items())}
    settings = "；".join(f"{key} = {value}" for key, value in named.items() if value != "") or "全部取默认值"
    files = [(f"数据 {path.name}", f"SHA-256 {_hash(path)}") for path in _files(source)]
    return [("参数", settings), *files]


def _files(folder: Path) -> list[Path]:
    """Return the files of a district folder, in order; hidden ones are none of its data."""
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _named(key: str, value: object) -> object:
    """Return a parameter as it is printed: of a file its name, not where it lies on this machine."""
    return Path(str(value)).name if key in ("POLICY", "LAST") else value


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:HASH_SHOWN]


def _write(target: Path, document: object) -> dict[str, object]:
    """Make all forms first, then write them; return the entry of the report in the index."""
    from zhaosheng_analysis.report import last_run, pages, pdf, workbook

    keys = ("district", "headline", "policy", "synthetic")
    entry = {"name": document.name} | {key: document.head[key] for key in keys}
    entry |= {"changed": last_run.changed(document.blocks)}
    kept = {"numbers": document.head["numbers"]} if "numbers" in document.head else {}
    forms = {
        "html": pages.html(document),
        "pdf": pdf.pdf(document),
        "xlsx": workbook.xlsx(document),
        "json": json.dumps(entry | kept, ensure_ascii=False, indent=1),
    }
    outputs.write({target / f"{document.name}.{ending}": content for ending, content in forms.items()})
    return entry | kept | {"folder": target.name}


def _write_index(out: Path, entry: dict[str, object]) -> None:
    """List every report of the folder with its headline, the one just made among them."""
    from zhaosheng_analysis.report import pages

    records = (path for path in out.glob("*/*.json") if path.with_suffix(".html").exists())
    entries = {
        (path.parent.name, path.stem): disk.read(path, expected="程序写出的报告索引") | {"folder": path.parent.name}
        for path in records
        if not path.name.startswith(".") and not path.parent.name.startswith(".")
    }
    entries[str(entry["folder"]), str(entry["name"])] = entry
    outputs.write({out / "index.html": pages.index([entries[key] for key in sorted(entries)])})
