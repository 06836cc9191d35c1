"""The verb ``province``: another verb carried out for many districts, side by side or on a cluster, and listed.

One task a district. Each writes into a folder of its own and leaves there what it was made of, so that a run that was
broken off goes on where it stopped, and one district that fails does not stop the rest.
"""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import os
import shlex
import threading
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhaosheng_analysis import __version__, disk, outputs
from zhaosheng_analysis.cli import options, verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PROVINCE = "为许多区县各做一遍：预警报告、核查、预测或录取；断了再运行，接着做没做完的；写出一张总表。"
#: Verb of a district, with the words it is called by; each takes a folder and ``--out``.
VERBS = {"report": ("report",), "audit": ("audit",), "forecast": ("forecast", "run"), "admit": ("admit",)}
#: What a district's run was made of, in its folder.
RECORD = "province.json"
_ONE_AT_A_TIME = threading.Lock()  # what a run prints is caught by the process, which a cluster may give several tasks
_LAST_LINES = 6
_STOPS = {130: KeyboardInterrupt, 143: verbs.Stopped}


@dataclass(frozen=True)
class Task:
    """What is to be done for one district.

    Attributes
    ----------
    verb : str
        A key of `VERBS`.
    folder : Path
        The district folder.
    out : Path
        Folder of its own it writes into.
    words : tuple of str
        Further options of the verb.
    """

    verb: str
    folder: Path
    out: Path
    words: tuple[str, ...]


def province(
    verb: Annotated[str, typer.Argument(help="report、audit、forecast 或 admit。")],
    folders: Annotated[list[Path], typer.Argument(readable=False, help="区县数据文件夹，如 全省/*。")],
    out: Annotated[Path, typer.Option(help="写到哪个文件夹；每个区县在里面有自己的一个。")],
    words: Annotated[str, typer.Option("--with", help="那条命令自己的选项，如 '--seed 2026 --draws 100'。")] = "",
    workers: options.Workers = 0,
    cluster: Annotated[str, typer.Option("--cluster", help="Dask 调度器地址，如 tcp://127.0.0.1:8786。")] = "",
) -> None:
    """Carry out a verb for each folder and list what came of it; a district that is done and unchanged is left."""
    from zhaosheng_analysis import parallel, report

    options.one_of("province", verb, VERBS)
    tasks = _tasks(verb, folders, out, words)
    spread = {"workers": min(options.processes(workers), len(tasks)), "address": cluster}
    records: list[dict[str, Any]] = [{} for _ in tasks]
    with _bar(len(tasks)) as step:
        for at, record in parallel.completed(carried_out, tasks, **spread):
            records[at] = record
            step(f"{record['folder']}：{report.province.STATES[record['state']]}")
    outputs.write({out / name: content for name, content in report.province.files(verb, records).items()})
    for record in records:
        if record["state"] == "failed":
            typer.echo(f"{record['folder']}：\n{record['said']}", err=True)
    typer.echo(report.province.headline(records))
    typer.echo((out / "province.html").as_posix())
    raise typer.Exit(1 if any(record["state"] == "failed" for record in records) else 0)


def carried_out(task: Task) -> dict[str, Any]:
    """Carry out the verb for one district, unless it is done and nothing has changed since.

    Parameters
    ----------
    task : Task
        What is to be done.

    Returns
    -------
    dict of str to object
        folder (str), state (``done``, ``kept`` or ``failed``), said (the last lines it printed), made_of (SHA-256) and
        what the list of the province shows of it (`report.province.shown`).
    """
    from zhaosheng_analysis import report
    from zhaosheng_analysis.schema import student_numbers

    made_of, path = _made_of(task), task.out / RECORD
    if path.is_file():
        before = disk.read(path, expected="province 写出的记录")
        if before["made_of"] == made_of and all((task.out / name).is_file() for name in before["files"]):
            return before | {"state": "kept"}
        path.unlink()  # a run broken off from here on must not be taken for the one that was recorded
    with _ONE_AT_A_TIME:
        state, said = _run(task)
    said = student_numbers.hidden(said)
    record = {"folder": task.folder.name, "state": state, "said": said, "made_of": made_of}
    if state == "done":
        record |= {"files": _files(task.out)} | report.province.shown(task.folder, task.out)
        with outputs.gathered("province"):  # at once, not with the list at the end: a broken run goes on from here
            outputs.write({path: json.dumps(record, ensure_ascii=False, indent=1)})
    return record


def _run(task: Task) -> tuple[str, str]:
    """Call the verb as the command line does; return how it ended and what it said last."""
    from zhaosheng_analysis.cli.main import app
    from zhaosheng_analysis.schema import DataError

    printed, told, around = io.StringIO(), io.StringIO(), dict(os.environ)
    words = [*VERBS[task.verb], str(task.folder), "--out", str(task.out), *task.words]
    words += ["--archive", str(task.out / "存档")] if task.verb == "forecast" else []
    try:
        with redirect_stdout(printed), redirect_stderr(told):
            code = app(words, standalone_mode=False)
    except DataError as error:
        return "failed", str(error)
    except Exception as error:
        return "failed", f"程序出错（{type(error).__name__}：{error}），请把这个区县的数据和这句话交给维护者"
    finally:
        os.environ.clear()
        os.environ.update(around)  # the key of one district's pseudonyms is none of the next one's
    if code in _STOPS and multiprocessing.parent_process() is None:
        raise _STOPS[code]  # who stops one district stops the province
    if code:
        return "failed", told.getvalue().strip() or printed.getvalue().strip()
    paths = task.out.as_posix()
    lines = [line for line in printed.getvalue().splitlines() if line and not line.startswith(paths)]
    return "done", "\n".join(lines[-_LAST_LINES:])


def _tasks(verb: str, folders: Sequence[Path], out: Path, words: str) -> list[Task]:
    """Name one task a folder; two folders of one name would write over each other."""
    from zhaosheng_analysis.schema import DataError, Fault

    tasks = [
        Task(verb, folder.resolve(), out.resolve() / folder.resolve().name, tuple(shlex.split(words)))
        for folder in folders
        if folder.is_dir() or not folder.is_file()  # 全省/* also finds the lists that lie beside the districts
    ]
    names, places = [task.folder.name for task in tasks], {task.folder for task in tasks}
    double = sorted({name for name in names if names.count(name) > 1})
    if double and len(places) < len(tasks):
        raise DataError(Fault("、".join(double), "同一个文件夹写了两次", "一个区县一次", "请删去一个"))
    if double:
        raise DataError(Fault("、".join(double), "有几个同名的文件夹", "一个区县一个名称", "请改文件夹名"))
    return sorted(tasks, key=lambda task: task.folder.name)


def _files(out: Path) -> list[str]:
    """Name what a run has left in its folder."""
    files = (path.relative_to(out) for path in out.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in files if not path.name.startswith(".") and path.name != RECORD)


def _made_of(task: Task) -> str:
    """Hash everything a run depends on: program, verb, options with the files they name, the district's files."""
    files = sorted(path for path in task.folder.glob("*") if path.is_file() and not path.name.startswith("."))
    named = [Path(word) for word in task.words if Path(word).is_file()]
    hashes = [[path.name, hashlib.sha256(path.read_bytes()).hexdigest()] for path in (*files, *named)]
    parts = [__version__, task.verb, list(task.words), hashes]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


@contextmanager
def _bar(total: int) -> Iterator[Callable[[str], None]]:
    """Show a bar of districts on the error stream."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task("开始", total=total)
        yield lambda words: shown.update(task, advance=1, description=words)
