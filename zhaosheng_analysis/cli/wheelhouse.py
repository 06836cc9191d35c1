"""Everything a computer without the internet needs to install the package: ``zhaosheng wheelhouse``."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis.bootstrap import LOCK, ROOT, in_checkout

if TYPE_CHECKING:
    from zhaosheng_analysis.schema import DataError

WHEELHOUSE = "备好在不通互联网的电脑上安装所需的全部文件：程序、依赖、哈希、说明；这一步要联网。"
LIST = "requirements.txt"
HOWTO = """不用网络的安装

在系统（{system}）和 Python 版本（{python}）相同的电脑上，进入本文件夹的上一级，依次运行：

  Linux、macOS
    python3 -m venv 招生
    招生/bin/pip install --no-index --find-links "{folder}" --require-hashes -r "{folder}/{list}"
    招生/bin/zhaosheng --help

  Windows
    py -m venv 招生
    招生\\Scripts\\pip install --no-index --find-links "{folder}" --require-hashes -r "{folder}\\{list}"
    招生\\Scripts\\zhaosheng --help

每个文件都按 {list} 里的 SHA-256 核对；少一个、改一个都装不上。
"""


def wheelhouse(
    folder: Annotated[Path, typer.Argument(help="写到哪个文件夹；须是空的或还没有的。")],
    like: Annotated[
        list[str] | None,
        typer.Option("--platform", help="给别的系统备：如 win_amd64、manylinux_2_28_x86_64，可重复；不写则同本机。"),
    ] = None,
) -> None:
    """Collect the package and all it needs, as wheels with their hashes."""
    if folder.exists() and any(folder.iterdir()):
        raise _fault("文件夹里已有文件", "空的或还没有的文件夹", "请换一个", where=folder.as_posix())
    with tempfile.TemporaryDirectory() as draft:
        made = Path(draft)
        _own(made)
        _needed(made, like or [])
        wheels = sorted(made.glob("*.whl"))
        text = "".join(f"{_pinned(path)} --hash=sha256:{_hash(path)}\n" for path in wheels)
        system = "、".join(like) if like else f"{platform.system()} {platform.machine()}"
        target = {"system": system, "python": f"{sys.version_info.major}.{sys.version_info.minor}"}
        (made / LIST).write_text(text, encoding="utf-8")
        howto = HOWTO.format(folder=folder.resolve().name, list=LIST, **target)
        (made / "说明.txt").write_text(howto, encoding="utf-8-sig")
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, folder, dirs_exist_ok=True)
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    typer.echo(f"{folder.as_posix()}：{len(wheels)} 个安装文件，{size:.0f} MB")
    typer.echo((folder / "说明.txt").as_posix())


def _own(made: Path) -> None:
    """Put the package itself there: built from a checkout, else as it was installed."""
    if in_checkout():
        _run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(made), cwd=ROOT)
        return
    origin = metadata.distribution("zhaosheng-analysis").read_text("direct_url.json") or "{}"
    file = Path(_path(origin))
    if file.suffix != ".whl" or not file.is_file():
        remedy = "请在检出目录里运行，或用留着的安装文件（.whl）重装一次再运行"
        raise _fault("找不到程序自己的安装文件", "", remedy)
    shutil.copy(file, made)


def _path(origin: str) -> str:
    """Return the path of the file a package was installed from, as its direct_url.json has it."""
    import json
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    return url2pathname(urlsplit(json.loads(origin).get("url", "")).path)


def _needed(made: Path, like: list[str]) -> None:
    """Fetch what the package needs, in the versions of the lock where there is one, else in those installed here."""
    own = next(made.glob("*.whl"))
    with tempfile.TemporaryDirectory() as beside:
        pins = Path(beside) / "pins.txt"
        pins.write_text(_pins(), encoding="utf-8")
        asked = [word for name in like for word in ("--platform", name)]
        options = ["--only-binary", ":all:", *asked] if like else ["--prefer-binary"]
        verb = ["download", "--dest", str(made)] if like else ["wheel", "--wheel-dir", str(made)]
        _run(sys.executable, "-m", "pip", *verb, *options, "--quiet", "--constraint", str(pins), str(own))


def _pins() -> str:
    """Return the versions to fetch, one a line."""
    if in_checkout():
        lines = LOCK.read_text(encoding="utf-8").splitlines()
        return "\n".join(line.split(" \\")[0] for line in lines if "==" in line and not line.startswith((" ", "#")))
    versions = {found.name: found.version for found in metadata.distributions() if found.name != "zhaosheng-analysis"}
    return "\n".join(f"{name}=={version}" for name, version in sorted(versions.items()))


def _pinned(path: Path) -> str:
    """Return ``name==version`` of a wheel."""
    name, version = path.name.split("-")[:2]
    return f"{name}=={version}"


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(*command: str, cwd: Path | None = None) -> None:
    """Run a program that fetches or builds; what it says is shown where it fails."""
    done = subprocess.run(command, cwd=cwd, check=False)  # noqa: S603 - our own interpreter and arguments
    if done.returncode:
        raise _fault("没有备齐安装文件", "", "请检查网络或软件源设置后重试")


def _fault(found: str, allowed: str, todo: str, *, where: str = "zhaosheng wheelhouse") -> DataError:
    from zhaosheng_analysis.schema import DataError, Fault

    return DataError(Fault(where, found, allowed, todo))
