"""Build the environment with nothing but Python: one folder ``.venv`` beside the lock file.

Only the standard library is imported here, for this runs before anything is installed.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
STAMP = VENV / ".installed"


def in_checkout() -> bool:
    """Tell whether the package runs in a checkout of the project, which alone has tests and benchmarks."""
    project = ROOT / "pyproject.toml"
    return project.is_file() and 'name = "zhaosheng-analysis"' in project.read_text(encoding="utf-8")


def python() -> Path:
    """Return the interpreter of the environment, whether it exists yet or not."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure() -> Path:
    """Create or update the environment when the lock or the project file has changed, and return its interpreter.

    Every package is installed from ``requirements.lock`` with its hash checked.
    """
    if not LOCK.exists():
        sys.exit("找不到 requirements.lock：请在项目的检出目录里运行，或用 pip 安装本包及其依赖。")
    wanted = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return python()
    sys.stderr.write("正在准备运行环境（首次约需一至两分钟）…\n")
    venv.create(VENV, with_pip=True)
    _pip("--require-hashes", "--requirement", str(LOCK))
    _pip("--no-build-isolation", "--no-deps", "--editable", str(ROOT))
    STAMP.write_text(wanted)
    return python()


def _pip(*arguments: str) -> None:
    """Run pip of the environment; its own message is shown when it fails.

    Nothing is compiled beforehand: most of what is installed is never imported, and what is, Python compiles itself.
    """
    usual = ("--quiet", "--disable-pip-version-check", "--no-compile")
    command = [str(python()), "-m", "pip", "install", *usual, *arguments]
    if subprocess.run(command, check=False).returncode:  # noqa: S603 - our own interpreter and arguments
        sys.exit("运行环境安装失败：请检查网络或软件源设置后重试；已安装的部分会被保留。")


def rerun(arguments: list[str]) -> int:
    """Run ``python -m zhaosheng_analysis`` with the environment's interpreter and return its exit code."""
    command = [str(ensure()), "-m", "zhaosheng_analysis", *arguments]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own interpreter and arguments


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - an older interpreter may start this file
        sys.exit("需要 Python 3.11 或更高版本。")
    ensure()
