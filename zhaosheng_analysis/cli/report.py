"""The verb ``report``: the reports of districts, computed side by side and put in place one after the other."""

from __future__ import annotations

import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis import outputs
from zhaosheng_analysis.cli import audit, options
from zhaosheng_analysis.cli.demo import GEODATA, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

REPORT = "写出学位预警报告：网页、PDF 和 Excel；规则是自查清单的区县，写出整套核查报告和台账。"
#: Folder of the pages for heads of schools, beside the report.
SCHOOL_PAGES = "一校一页"
_PACKS = threading.Lock()
_REFRESHED = 2  # times a second: what a faster bar costs is taken from the reports
Folders = Annotated[
    list[Path] | None,
    typer.Argument(readable=False, help="区县数据文件夹；不写则为 geodata/ 下全部示例区县，缺的先生成。"),
]


def report(
    folders: Folders = None,
    out: Annotated[Path, typer.Option(help="报告写到哪个文件夹。")] = Path("reports"),
    policy: options.PolicyName = "",
    settings: options.Settings = None,
    last: Annotated[
        Path | None, typer.Option(help="上次报告的文件夹（上次的 --out）：说出与上次相比新增、加重、减轻、消除了什么。")
    ] = None,
    schools: Annotated[bool, typer.Option("--schools", help="另写一校一页：每所公办学校一份 PDF，交给校长。")] = False,
    workers: options.Workers = 0,
) -> None:
    """Write the report of each folder; one that fails does not stop the others."""
    from zhaosheng_analysis.schema import DataError

    folders, chosen, failed = folders or _demo_folders(), options.chosen(settings or [], policy), []
    parts = {"out": out, "chosen": chosen, "last": last, "schools": schools}
    with _side_by_side(folders, options.processes(workers), parts) as jobs:
        for made in jobs:
            try:
                typer.echo(made.result().as_posix())
            except DataError as error:
                failed.extend(error.faults)
    if failed:
        raise DataError(*failed)
    typer.echo((out / "index.html").as_posix())


@contextmanager
def _side_by_side(folders: list[Path], workers: int, parts: dict[str, object]) -> Iterator[list[Future[Path]]]:
    """Make reports side by side, in the order of the folders; what is written is written one after the other."""
    turn, halt = threading.Lock(), threading.Event()

    def report_of(folder: Path, progress: Callable[[int, int, str], None]) -> Path:
        with ExitStack() as written, outputs.gathered():  # the turn ends when the files are in place
            wait = partial(written.enter_context, turn)
            made = _report_of(folder, **parts, watch={"progress": progress, "turn": wait, "halt": halt})
        progress(1, 1, "完成")
        return made

    with _bars([folder.name for folder in folders]) as bars, ThreadPoolExecutor(min(workers, len(folders))) as pool:
        try:
            yield [
                pool.submit(copy_context().run, report_of, folder, bar)
                for folder, bar in zip(folders, bars, strict=True)
            ]
        finally:
            halt.set()
            pool.shutdown(cancel_futures=True)


def _report_of(
    folder: Path,
    *,
    out: Path,
    chosen: dict[str, object],
    last: Path | None,
    schools: bool,
    watch: dict[str, object],
) -> Path:
    """Write what a district's rules ask for: the audit pack where they are a checklist, else the early warning."""
    from zhaosheng_analysis import report as reports

    asked = str(chosen.get("POLICY", ""))
    # A folder that cannot be read is told of by the notebook, which checks all of it.
    audited = folder.is_dir() and options.read(folder, asked, job="report")[1].kind == "audit"
    before = last / folder.resolve().name if last else None
    if audited:
        return _pack_of(folder, asked, out, chosen, before, schools=schools, watch=watch)
    if before:
        reports.last_run.last(before)  # what is wrong with it is told before the long work
        chosen = chosen | {"LAST": before.resolve().as_posix()}
    with tempfile.TemporaryDirectory() as draft:
        beside = {"SCHOOLS": Path(draft).as_posix()} if schools else {}
        made = reports.rendering.render(
            "05-early-warning", district_dir=folder, out=out, parameters=chosen, unsaid=beside, **watch
        )
        for path in sorted(Path(draft).iterdir()):
            options.write(made / SCHOOL_PAGES / path.name, path.read_bytes())
    return made / "early-warning.html"


def _pack_of(
    folder: Path,
    asked: str,
    out: Path,
    chosen: dict[str, object],
    before: Path | None,
    *,
    schools: bool,
    watch: dict[str, object],
) -> Path:
    """Write the audit pack of a district; one at a time, for the process hands on the key of its pseudonyms."""
    if schools:
        options.tell((f"{folder.name}：自查清单没有逐校的学位预测，不写一校一页。",))
    settings = {"SETTINGS": chosen["SETTINGS"]} if "SETTINGS" in chosen else {}
    settings |= {"LAST": (before / "ledger.xlsx").as_posix()} if before else {}
    with _PACKS:
        made, _, _ = audit.pack_of(folder, policy=asked, out=out, chosen=settings, **watch)
    return made / "compliance-audit.html"


def _demo_folders() -> list[Path]:
    """Return the folders below ``geodata/``; demo districts that are missing are made first."""
    from zhaosheng_analysis.demo import DISTRICTS

    missing = [name for name in DISTRICTS if not (GEODATA / name / "district.gpkg").is_file()]
    if missing:
        write(GEODATA, missing, "")
    folders = (path.parent for path in GEODATA.glob("*/district.gpkg"))
    return sorted(folder for folder in folders if not folder.name.startswith("."))


@contextmanager
def _bars(names: list[str]) -> Iterator[list[Callable[[int, int, str], None]]]:
    """Show a progress bar for each report on the error stream while they are made."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = [
        TextColumn("{task.fields[name]:<12}"),
        BarColumn(24),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    ]
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=_REFRESHED) as shown:

        def bar(name: str) -> Callable[[int, int, str], None]:
            task = shown.add_task("等待", name=name, start=False)

            def tell(done: int, total: int, heading: str) -> None:
                shown.start_task(task)
                shown.update(task, completed=done, total=total, description=heading)

            return tell

        yield [bar(name) for name in names]
