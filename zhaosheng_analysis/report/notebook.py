"""Run a notebook with parameters and collect what its cells show; the notebook is the report."""

from __future__ import annotations

import ast
import asyncio
import atexit
import os
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from zhaosheng_analysis.report.blocks import MIME
from zhaosheng_analysis.schema import DataError, Fault, near

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from nbclient import NotebookClient
    from nbformat import NotebookNode

MINUTES_AT_MOST = 15
HEARTBEAT_S = 0.2  # how soon a run notices that it is to end
_NOT_MADE = "报告没有生成，已有的报告保持不变"
BACKSTAGE = "backstage"  # cells with this tag are for the notebook's reader, not for the report's


def find(name: str | Path) -> Path:
    """Find a notebook by its path, or one of the package's own by its name.

    A name never leads to the current folder: what somebody sent runs only where its path was written.

    Parameters
    ----------
    name : str or Path
        Path of a notebook (``mine/05.ipynb``), or the name of one of ours (``05-early-warning``).

    Returns
    -------
    Path
        The notebook, absolute.

    Raises
    ------
    DataError
        There is no such notebook.
    """
    ours = _ours()
    file = Path(name) if Path(name).suffix == ".ipynb" else ours / f"{name}.ipynb"
    if not file.is_file():
        there = sorted(path.stem for path in ours.glob("*.ipynb"))
        remedy = "请改用其中之一，自己的笔记本请写出路径（以 .ipynb 结尾）"
        raise DataError(Fault("报告", f"没有名为「{name}」的笔记本", f"可用：{'、'.join(there)}", remedy))
    return file.resolve()


def parameters(notebook: NotebookNode) -> dict[str, object]:
    """Return the parameters a notebook declares in its cell tagged ``parameters``, with their defaults.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook.

    Returns
    -------
    dict of str to object
        Default by name.
    """
    cell = _parameter_cell(notebook)
    body = ast.parse(cell["source"]).body
    return {statement.targets[0].id: ast.literal_eval(statement.value) for statement in body}


def inject(notebook: NotebookNode, chosen: dict[str, object], *, where: str) -> NotebookNode:
    """Put a cell with the chosen parameters after the declared ones; an unknown parameter is refused.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook.
    chosen : dict of str to object
        Value of some parameters.
    where : str
        What to call the notebook in messages.

    Returns
    -------
    NotebookNode
        The same notebook with one more cell.

    Raises
    ------
    DataError
        A parameter is unknown.
    """
    import nbformat

    names = parameters(notebook)
    unknown = [name for name in chosen if name not in names]
    if unknown:
        raise DataError(*[_refusal(where, name, names) for name in unknown])
    lines = "\n".join(f"{name} = {value!r}" for name, value in chosen.items())
    cell = nbformat.v4.new_code_cell(lines, metadata={"tags": ["injected-parameters", BACKSTAGE]}, id="injected")
    place = notebook.cells.index(_parameter_cell(notebook)) + 1
    notebook.cells.insert(place, cell)
    return notebook


def run(
    path: Path,
    chosen: dict[str, object],
    *,
    progress: Callable[[int, int, str], None] | None = None,
    halt: threading.Event | None = None,
) -> list[dict]:
    """Execute a notebook and return its blocks in order.

    Parameters
    ----------
    path : Path
        The notebook; it runs in its own folder.
    chosen : dict of str to object
        Value of some parameters.
    progress : callable, optional
        Called before each cell with (cells done, cells in all, heading of the section).
    halt : Event, optional
        Set by another thread that wants the run to end; it then raises `Halted`.

    Returns
    -------
    list of dict
        Data of the blocks.

    Raises
    ------
    DataError
        An unknown parameter, the data error a cell stopped at, or a computation that was ended from outside.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = inject(nbformat.read(path, as_version=4), chosen, where=f"{path.stem} 的参数")
    client = NotebookClient(
        notebook,
        timeout=60 * MINUTES_AT_MOST,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=_announcer(notebook, progress) if progress else None,
    )
    # The Python that runs now, whatever else is registered as "python3" on this machine.
    client.create_kernel_manager().kernel_spec_manager.kernel_dirs = []
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as settings:
            # No settings of the user's: they may not be readable, and must change no report.
            _execute(client, os.environ | {"IPYTHONDIR": settings}, halt)
    except CellExecutionError as error:
        if error.ename == "DataError":
            raise DataError(Fault(_NOT_MADE, error.evalue.rstrip("。"))) from None
        raise
    except (DeadKernelError, CellTimeoutError):
        remedy = "请关闭别的程序再试"
        raise DataError(Fault(_NOT_MADE, "计算中途停止：内存不够，或超过时限", "", remedy)) from None
    return [block for cell in notebook.cells for block in _blocks(cell)]


class Halted(BaseException):
    """A run ended because another thread wanted it to; no error, and nothing to be told."""


def _execute(client: NotebookClient, environment: dict[str, str], halt: threading.Event | None) -> None:
    """Execute in a thread of its own, so that Ctrl-C and SIGTERM reach this run and not its loop; end the kernel."""
    with ThreadPoolExecutor(1) as alone:
        running = alone.submit(lambda: asyncio.run(client.async_execute(env=environment)))
        try:
            while not wait([running], timeout=HEARTBEAT_S).done:
                if halt is not None and halt.is_set():
                    raise Halted
            running.result()
        except BaseException:
            while not running.done():
                kernel = getattr(getattr(client.km, "provisioner", None), "pid", None)
                if kernel:
                    with suppress(ProcessLookupError):
                        os.kill(kernel, signal.SIGTERM)
                time.sleep(0.1)
            atexit.unregister(client._cleanup_kernel)  # there is none any more, and it would say so in a traceback
            raise


def strip(notebook: NotebookNode) -> NotebookNode:
    """Clear outputs and counts, but for the cells marked ``# NBVAL_CHECK_OUTPUT``, whose output is compared.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook.

    Returns
    -------
    NotebookNode
        The same notebook, stripped.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code" and not cell.source.startswith("# NBVAL_CHECK_OUTPUT"):
            cell.outputs, cell.execution_count = [], None
        cell.metadata = {name: value for name, value in cell.metadata.items() if name == "tags"}
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return notebook


def _ours() -> Path:
    """Return the folder of the package's notebooks: in an installed package within it, in a checkout beside it."""
    package = Path(str(resources.files("zhaosheng_analysis")))
    return package / "notebooks" if (package / "notebooks").is_dir() else package.parent / "notebooks"


def _parameter_cell(notebook: NotebookNode) -> NotebookNode:
    return next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))


def _refusal(where: str, name: str, names: dict) -> Fault:
    remedy = near(name, names) or "请改用其中之一"
    return Fault(where, f"没有名为 {name} 的参数", f"可用：{'、'.join(names)}", remedy)


def _announcer(notebook: NotebookNode, progress: Callable[[int, int, str], None]) -> Callable:
    """Return a hook that tells before each cell how far the run is and under which heading."""
    headings, last = [], ""
    for cell in notebook.cells:
        titles = [line.lstrip("# ") for line in cell.source.splitlines() if line.startswith("#")]
        last = titles[-1] if cell.cell_type == "markdown" and titles else last
        headings.append(last)

    def announce(cell: NotebookNode, cell_index: int) -> None:  # noqa: ARG001 - called by keyword
        progress(cell_index, len(headings), headings[cell_index])

    return announce


def _blocks(cell: NotebookNode) -> list[dict]:
    """Return the blocks of one cell: its prose, or what its code showed."""
    if BACKSTAGE in cell.metadata.get("tags", []):
        return []
    if cell.cell_type == "markdown":
        return [{"kind": "text", "style": "prose", "markdown": cell.source}]
    shown = [output.data for output in cell.get("outputs", []) if "data" in output]
    return [data[MIME] for data in shown if MIME in data]
