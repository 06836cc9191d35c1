"""What only a checkout can do: run all tests, strip the notebooks, run the benchmarks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import typer

from zhaosheng_analysis import disk
from zhaosheng_analysis.bootstrap import ROOT
from zhaosheng_analysis.cli import options

TEST = "运行全部测试：代码规范、单元测试、笔记本。"
STRIP = "清空笔记本的输出，只留下标有 # NBVAL_CHECK_OUTPUT 的单元。"
BENCHMARK = "运行基准测试并打印结果表。"


def test() -> None:
    """Run lint, tests and notebooks of a checkout, one after another, and fail if one of them fails."""
    options.need_checkout("zhaosheng test")
    # Hundreds of processes import the package: compiled once for all of them, and not into the checkout.
    usual = os.environ | {"PYTHONPYCACHEPREFIX": str(ROOT / "build" / "pycache")}
    usual.pop("PYTHONDONTWRITEBYTECODE", None)
    quiet = usual | {"PYTHONWARNINGS": "error::UserWarning"}
    # Three on two cores, for a test waits for the processes it starts. Files in their own order, not those of many
    # tests first: the quick doctests at the end fill the cores.
    spread = ["-q", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
    steps = [
        (["ruff", "check", "."], usual),
        # No text is left to the encoding of the system, which is GBK on a Chinese Windows.
        (["ruff", "check", "--preview", "--select", "PLW1514", "."], usual),
        (["ruff", "format", "--check", "."], usual),
        (["lint-imports"], usual),
        (["deptry", "zhaosheng_analysis"], usual),
        (["pytest", *spread, "--doctest-modules", "tests", "zhaosheng_analysis"], usual),
        (["pytest", *spread, "--nbval-lax", "--nbval-current-env", "-W", "default", "notebooks"], quiet),
    ]
    codes = [_run(step, environment) for step, environment in steps]
    raise typer.Exit(max(codes))


def strip() -> None:
    """Strip every notebook of a checkout in place."""
    options.need_checkout("zhaosheng strip")
    import nbformat

    from zhaosheng_analysis import report as reports

    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        stripped = reports.notebook.strip(nbformat.read(path, as_version=4))
        disk.write(path, nbformat.writes(stripped) + "\n")
        typer.echo(path.name)


def benchmark() -> None:
    """Run every benchmark of a checkout."""
    options.need_checkout("zhaosheng benchmark")
    codes = [_run(["python", str(path)], dict(os.environ)) for path in sorted((ROOT / "benchmarks").glob("*.py"))]
    raise typer.Exit(max(codes, default=0))


def _run(arguments: list[str], environment: dict[str, str]) -> int:
    """Run a program of this Python's environment in the checkout and return its exit code."""
    typer.echo(f"— {' '.join(arguments)}", err=True)
    program = shutil.which(arguments[0], path=Path(sys.executable).parent)
    if program is None:
        typer.echo(f"没有安装 {arguments[0]}，请先运行 python -m zhaosheng_analysis.bootstrap", err=True)
        return 1
    command = [program, *arguments[1:]]
    return subprocess.run(command, cwd=ROOT, env=dict(environment), check=False).returncode  # noqa: S603 - our own
