"""The notebooks in JupyterLab, in Chinese, on a district of one's own: ``zhaosheng lab``."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from zhaosheng_analysis import disk
from zhaosheng_analysis.cli.demo import GEODATA

if TYPE_CHECKING:
    from nbformat import NotebookNode

LAB = "在中文的 JupyterLab 里打开笔记本，路径已经填好；改过的笔记本不会被覆盖。"
FIRST = "00-start-here.ipynb"
#: What JupyterLab starts with in the work folder; whoever changes it there keeps the change.
SETTINGS = {
    "translation-extension/plugin": '{"locale": "zh_CN"}\n',
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": false}\n',
}


def lab(
    folder: Annotated[Path | None, typer.Argument(help="区县数据文件夹；不写则用示例区县，缺的先生成。")] = None,
    work: Annotated[Path, typer.Option(help="笔记本放在哪个文件夹。")] = Path("招生笔记本"),
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="打开浏览器；或只给出网址。")] = True,
    port: Annotated[int, typer.Option(help="从哪个端口找起。")] = 8888,
) -> None:
    """Lay the notebooks out and stay until JupyterLab is closed."""
    there = prepare(folder, work)
    token, port = secrets.token_hex(16), _free(port)
    address = f"http://127.0.0.1:{port}/lab/tree/{quote(there.relative_to(work).as_posix())}/{FIRST}"
    typer.echo(f"笔记本在 {there.as_posix()}")
    typer.echo(f"{address}?token={token}")
    typer.echo("关闭：在这个窗口按 Ctrl+C。", err=True)
    raise typer.Exit(_serve(work, address=address, port=port, token=token, browser=browser))


def prepare(folder: Path | None, work: Path) -> Path:
    """Put the notebooks into a folder named like the district, each with its path filled in; none is written over.

    Parameters
    ----------
    folder : Path or None
        District folder; without it the demo districts the notebooks name, which are made where they are missing.
    work : Path
        Folder of all one's notebooks.

    Returns
    -------
    Path
        The folder with the notebooks.

    Raises
    ------
    DataError
        There is no such district folder.
    """
    import nbformat

    from zhaosheng_analysis import report
    from zhaosheng_analysis.schema import DataError, Fault

    if folder is not None and not folder.is_dir():
        raise DataError(Fault(folder.as_posix(), "没有这个文件夹", "", "请先用 zhaosheng demo 生成，或检查路径"))
    there = work / (folder.resolve().name if folder else "示例")
    for path in sorted(report.notebook.find(FIRST.removesuffix(".ipynb")).parent.glob("*.ipynb")):
        if not (there / path.name).exists():
            read = report.notebook.strip(nbformat.read(path, as_version=4))
            disk.write(there / path.name, nbformat.writes(_filled(read, folder)) + "\n")
    for name, text in SETTINGS.items():
        setting = work / ".jupyter" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        if not setting.exists():
            disk.write(setting, text)
    return there


def _filled(read: NotebookNode, folder: Path | None) -> NotebookNode:
    """Write the path of the district into the cell of parameters, and words of this district where words are asked."""
    from zhaosheng_analysis import report

    declared = report.notebook.parameters(read)
    if "DISTRICT_DIR" not in declared:
        return read
    chosen = {"DISTRICT_DIR": (folder or _demo(Path(declared["DISTRICT_DIR"]).name)).resolve().as_posix()}
    if folder is not None and "SENTENCE" in declared and (sentence := _sentence(folder)):
        chosen["SENTENCE"] = sentence
    cell = next(cell for cell in read.cells if "parameters" in cell.metadata.get("tags", []))
    cell.source = "\n".join(f"{name} = {_literal(chosen.get(name, value))}" for name, value in declared.items())
    return read


def _literal(value: object) -> str:
    """Write a parameter as the notebooks do, text in double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _demo(name: str) -> Path:
    """Return a demo district; it is made where it is missing."""
    from zhaosheng_analysis import demo

    if not (GEODATA / name / "district.gpkg").is_file():
        demo.write(GEODATA, districts=[name], seed=demo.SEED, progress=lambda line: typer.echo(line, err=True))
    return GEODATA / name


def _sentence(folder: Path) -> str:
    """Return the sentence of a zone of the district; empty where there is none, or where it cannot be read yet."""
    from zhaosheng_analysis import geodata
    from zhaosheng_analysis.schema import DataError

    try:
        zones = geodata.load(folder).zones
    except DataError as error:
        typer.echo(f"数据文件夹还有问题，笔记本照样打开：\n{error}", err=True)
        return ""
    said = zones.loc[zones["stage"] == "primary", "sentence"].dropna()
    return next(iter(said), "")


def _free(first: int) -> int:
    """Return the first free port from one on."""
    for port in range(first, first + 100):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)):
                return port
    return first


def _serve(work: Path, *, address: str, port: int, token: str, browser: bool) -> int:
    """Run JupyterLab of this Python until it is closed; it listens on this machine alone and asks nobody for news."""
    options = {
        "ServerApp.root_dir": work.resolve().as_posix(),
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": browser,
        "ServerApp.answer_yes": True,
        "ServerApp.allow_root": True,
        "LabApp.default_url": address.partition(str(port))[2],
        "LabApp.user_settings_dir": (work / ".jupyter").resolve().as_posix(),
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.news_url": "",
        "LabApp.extension_manager": "readonly",
        "ServerApp.log_level": "WARN",
    }
    command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
    # The kernel "python3" is this Python, whatever else is registered under the name for this user.
    environment = os.environ | {"JUPYTER_TOKEN": token, "JUPYTER_PREFER_ENV_PATH": "1", "PYTHONUTF8": "1"}
    serving = subprocess.Popen(command, env=environment)  # noqa: S603 - our own interpreter and arguments
    try:
        return serving.wait()
    except BaseException:
        serving.terminate()
        serving.wait()
        typer.echo("JupyterLab 已关闭。", err=True)
        return 0
