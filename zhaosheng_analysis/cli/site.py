"""The documentation as one folder of pages that open from the disk: ``zhaosheng docs``.

A checkout makes the whole site, with search, notebooks and the reference of the interface; an installed package writes
the same handbook plainly.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

import zhaosheng_analysis as zs
from zhaosheng_analysis import outputs
from zhaosheng_analysis.bootstrap import ROOT, in_checkout
from zhaosheng_analysis.cli import options, plain_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

    from zhaosheng_analysis.schema import Column, Table

DOCS = "写出说明书：用户手册、规则文件手册、数据字典、方法、词汇，不联网也能打开（检出目录里另有 API 和查找）。"
_LEVELS = {
    "layer": "图层",
    "planner": "表（district.xlsx 或同名 CSV、Parquet）",
    "child": "一人一行的表（CSV、Parquet）",
}

#: Where the wheel lays the pages that are docs/ in a checkout.
INSTALLED = Path(zs.__file__).parent / "docs"
#: A file that a page shows in full: its name, its text.
_NOTEBOOK = re.compile(r"\.\./\.\./notebooks/([\w-]+)\.ipynb")
_SHOWN = re.compile(r"^<!-- 文件：(.+?) -->\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def docs(
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")] = Path("build/site"),
    figures: Annotated[bool, typer.Option("--figures", help="笔记本先运行一遍，把图和表放进页面（几分钟）。")] = False,
) -> None:
    """Write the handbook: the whole site in a checkout, its plain pages where the package is installed."""
    if figures:
        options.need_checkout("zhaosheng docs --figures")
    with tempfile.TemporaryDirectory() as draft:
        source = Path(draft)
        if in_checkout():
            stage(source, figures=figures)
            build(source)
            made = _contents(source / "site")
        else:
            stage_handbook(source, docs=INSTALLED)
            made = plain_site.build(source) | _contents(source / "docs", but=".md")
        outputs.own(out)
        outputs.write({out / name: content for name, content in made.items()})
    typer.echo((out / "index.html").as_posix())


def _contents(folder: Path, *, but: str = "") -> dict[str, str | bytes]:
    """Return the files below a folder by their paths."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != but]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def stage(folder: Path, *, figures: bool = False) -> None:
    """Put all pages into a folder as Markdown: those of the handbook, and the reference of the interface."""
    stage_handbook(folder, docs=ROOT / "docs", figures=figures)
    pages = folder / "docs"
    (pages / "api").mkdir()
    for name in zs.__all__:
        (pages / "api" / f"{name}.md").write_text(api(name), encoding="utf-8")


def stage_handbook(folder: Path, *, docs: Path, figures: bool = False) -> None:
    """Put the pages of the handbook into a folder as Markdown: those written by hand, and those the package knows."""
    shutil.copytree(docs, folder / "docs")
    shutil.move(folder / "docs" / "zensical.toml", folder / "zensical.toml")
    pages = folder / "docs"
    shutil.copy(_beside(docs, "reports/example/early-warning.png"), pages / "素材" / "预警报告.png")
    (pages / "词汇.md").write_text(glossary(_beside(docs, "README.zh-CN.md")), encoding="utf-8")
    (pages / "数据字典.md").write_text(dictionary(), encoding="utf-8")
    for page in sorted(pages.rglob("*.md")):
        _relink(page)
        _offer(page, pages)
    (pages / "笔记本").mkdir()
    for path in sorted((docs.parent / "notebooks").glob("*.ipynb")):  # both lie side by side, in a wheel too
        (pages / "笔记本" / f"{path.stem}.md").write_text(notebook(path, figures=figures), encoding="utf-8")


def _beside(docs: Path, path: str) -> Path:
    """Find a file of the checkout, or the copy of it the wheel lays beside the pages."""
    return ROOT / path if in_checkout() else docs / Path(path).name


def _relink(page: Path) -> None:
    """Let links of a page to files of the checkout lead to what the site makes of them."""
    text = page.read_text(encoding="utf-8")
    moved = text.replace("../reports/example/early-warning.png", "素材/预警报告.png")
    page.write_text(_NOTEBOOK.sub(r"../笔记本/\1.md", moved), encoding="utf-8")


def build(folder: Path) -> None:
    """Let zensical make pages of the Markdown; a link that leads nowhere ends it."""
    program = shutil.which("zensical", path=Path(sys.executable).parent)
    if program is None:
        from zhaosheng_analysis.schema import DataError, Fault

        raise DataError(
            Fault("zhaosheng docs", "没有安装 zensical", "", "请先运行 python -m zhaosheng_analysis.bootstrap")
        )
    # griffe reads the docstrings of the package that runs, and imports nothing.
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(  # noqa: S603 - a program of this environment
        [program, "build", "--strict"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        typer.echo(done.stdout + done.stderr, err=True)
        raise typer.Exit(done.returncode)


def materials(page: str) -> dict[str, bytes]:
    """Return the files a page shows in full, by name: blocks of text below a line ``<!-- 文件：名称 -->``."""
    return {name: _made(name, text) for name, text in _SHOWN.findall(page)}


def _made(name: str, text: str) -> bytes:
    """Make a file of what a page shows; a table becomes a workbook where its name says so."""
    if not name.endswith(".xlsx"):
        return text.encode("utf-8-sig" if name.endswith(".csv") else "utf-8")
    import pandas as pd

    made = io.BytesIO()
    pd.read_csv(io.StringIO(text)).to_excel(made, index=False, engine="xlsxwriter")
    return made.getvalue()


def _offer(page: Path, pages: Path) -> None:
    """Lay the files a page shows beside the pages, and link to each below its block."""
    text = page.read_text(encoding="utf-8")
    for name, content in materials(text).items():
        there = pages / "素材" / "练习" / Path(name).name
        there.parent.mkdir(exist_ok=True)
        there.write_bytes(content)
    up = "../" * (len(page.relative_to(pages).parts) - 1)

    def linked(block: re.Match) -> str:
        name = Path(block[1]).name
        return f"{block[0]}\n\n[下载 {name}]({up}素材/练习/{name})\n"

    page.write_text(_SHOWN.sub(linked, text), encoding="utf-8")


def glossary(readme: Path) -> str:
    """Return the glossary, which stands in the README."""
    return "# 词汇\n" + readme.read_text(encoding="utf-8").partition("## 词汇\n")[2].partition("\n## ")[0]


def dictionary() -> str:
    """Write the data dictionary: every layer and table a bureau hands in, every column, what a blank cell means."""
    from zhaosheng_analysis.schema import TABLES

    handed_in = [table for table in TABLES.values() if table.level in _LEVELS]
    lines = [
        "# 数据字典",
        "",
        "区县数据文件夹里的每个图层、每张表、每一列。由程序自己的声明（`schema/tables.toml`）写成，与检查用的是同一份；",
        "`zhaosheng check` 按它检查，`zhaosheng template` 按它写[样表](样表.md)。表头写列名或中文都可以。",
        "",
        "**空白**一栏说空着的格子是什么意思：“不知道”就是不知道，不当作没有，也不当作 0；用到它的地方会说缺什么。",
        "",
    ]
    for table in handed_in:
        lines += [f"## {table.title} `{table.name}` {{ #{table.name} }}", "", *_about(table), ""]
        lines += ["| 列 | 中文 | 可以填 | 空白 | 说明 |", "|---|---|---|---|---|"]
        lines += [_line(column) for column in table.columns.values()] + [""]
    return "\n".join(lines)


def _about(table: Table) -> Iterator[str]:
    """Say what a table is, and what its rows must say together."""
    shapes = {"polygon": "面", "line": "线", "point": "点"}
    shape = f"，几何为{shapes[table.geometry]}" if table.geometry else ""
    key = "、".join(f"`{name}`" for name in table.key)
    yield f"{_LEVELS[table.level]}{shape}。" + (f"没有两行的 {key} 相同。" if key else "")
    relations = [relation.found + ("（请确认）" if relation.ask else "") for relation in table.relations]
    if relations:
        yield f"\n会指出的：{'；'.join(relations)}。"


def _line(column: Column) -> str:
    """Write one column as a row of the page."""
    refers = f"须在 {'、'.join(f'`{name}`' for name in column.refers)} 里" if column.refers else ""
    unit = f"单位：{column.unit}" if column.unit else ""
    person = "化名，不得用身份证号" if column.person else ""
    about = "；".join(filter(None, [column.about, refers, unit, person]))
    cells = [f"`{column.name}`", column.label, column.allowed, column.blank, about]
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def api(name: str) -> str:
    """Write the page of one package: its face, and the rooms the face shows."""
    package = importlib.import_module(f"zhaosheng_analysis.{name}")
    shown = {member: getattr(package, member) for member in getattr(package, "__all__", ())}
    rooms = [member for member, value in shown.items() if isinstance(value, ModuleType)]
    rooms = [room for room in rooms if shown[room].__name__.startswith(f"{package.__name__}.")]
    own = [member for member, value in shown.items() if not isinstance(value, ModuleType)]
    named = ["    options:", f"      members: {json.dumps(own)}"] if own else []
    lines = [f"# {name}", "", f"::: {package.__name__}", *named, ""]
    for room in rooms:
        lines += [f"## {name}.{room}", "", f"::: {shown[room].__name__}", ""]
    return "\n".join(lines)


def notebook(path: Path, *, figures: bool) -> str:
    """Write a notebook as a page: its words, its code, and what the code showed if it is run."""
    import nbformat

    read = nbformat.read(path, as_version=4)
    if figures:
        typer.echo(f"运行 {path.name}", err=True)
        _run(read, path.parent)
    return "\n\n".join(piece for cell in read.cells for piece in _pieces(cell)) + "\n"


def _run(read: NotebookNode, folder: Path) -> None:
    """Run a notebook in its folder with this Python."""
    from nbclient import NotebookClient

    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(read, timeout=900, kernel_name="python3", resources=resources)
    client.create_kernel_manager().kernel_spec_manager.kernel_dirs = []
    client.execute()


def _pieces(cell: NotebookNode) -> Iterator[str]:
    """Return the Markdown of one cell and its outputs."""
    if cell.cell_type == "markdown":
        yield cell.source
        return
    yield f"```python\n{cell.source}\n```"
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "text/html" in data:
            body = re.sub(r"\n\s*\n", "\n", data["text/html"])
            yield f'<div class="zs-shown">{body}</div>'
        elif "image/png" in data:
            yield f'<img alt="图" src="data:image/png;base64,{data["image/png"].strip()}">'
        elif words := data.get("text/plain") or output.get("text"):
            yield f"```text\n{words.rstrip()}\n```"
