"""The verbs of the command line; each imports what it needs when it is called, so that ``--help`` answers at once."""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from typer.core import TyperGroup

from zhaosheng_analysis import disk, outputs
from zhaosheng_analysis.bootstrap import ROOT
from zhaosheng_analysis.cli import (
    admission,
    audit,
    class_lists,
    forecast,
    ingest,
    lab,
    layer_pictures,
    lottery,
    options,
    redraw,
    site,
    wheelhouse,
    zones,
)
from zhaosheng_analysis.cli import (
    policy as policy_verbs,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zhaosheng_analysis.geodata import District

GEODATA = Path("geodata")
#: Folder of the pages for heads of schools, beside the report.
SCHOOL_PAGES = "一校一页"

_RUN = "zhaosheng.run"
_SENTENCES_SHOWN = 5
_DIGITS = re.compile(r"\d{15}")  # anything shorter is no identity number


class _Discreet:
    """A stream of text on which no identity number is written out, whatever text of the data it stood in."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, the numbers in it shortened."""
        if _DIGITS.search(text):
            from zhaosheng_analysis.schema import student_numbers

            text = student_numbers.hidden(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        """Do everything else as the stream does."""
        return getattr(self._stream, name)


class _Stopped(BaseException):
    """The system asks the program to end (SIGTERM)."""


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does, so that it tidies up behind itself."""

    def stop(number: int, frame: object) -> None:
        del number, frame
        raise _Stopped

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, usual)


def _forced(verb: object, words: list[str]) -> tuple[list[str], list[str]]:
    """Take ``--force PATH`` out of the words of a verb; one that has a ``--force`` of its own keeps it."""
    if any(parameter.name == "force" for parameter in verb.params):
        return words, []
    rest, paths = [], []
    words = iter(words)
    for word in words:
        if word == "--force":
            paths.append(next(words, ""))
        elif word.startswith("--force="):
            paths.append(word.partition("=")[2])
        else:
            rest.append(word)
    return rest, paths


class _Verbs(TyperGroup):
    """All verbs: what one writes comes at its end and as one; however it ends, it is told in a line of Chinese."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:
        """Note which verb runs, and what it may write over."""
        verb, names = self, []
        for word in args:
            if word not in getattr(verb, "commands", {}):
                break
            verb = verb.commands[word]
            names.append(word)
        rest, paths = _forced(verb, args)
        forced = tuple(Path(path).resolve() for path in paths)
        ctx.meta[_RUN] = {"verb": " ".join(names), "forced": forced, "anything": not paths and "--force" in rest}
        return super().parse_args(ctx, rest)

    def invoke(self, ctx: typer.Context) -> object:
        """Run a verb and put its files in place; on the screen too, no identity number is written out."""
        with redirect_stdout(_Discreet(sys.stdout)), redirect_stderr(_Discreet(sys.stderr)):
            return self._run(ctx)

    def _run(self, ctx: typer.Context) -> object:
        try:
            with _stoppable(), outputs.gathered(**ctx.meta[_RUN]) as run:
                return self._ended(ctx, run)
        except (KeyboardInterrupt, _Stopped) as stopped:
            typer.echo("已中止：没有写出新的文件，原有的文件没有变。", err=True)
            raise typer.Exit(130 if isinstance(stopped, KeyboardInterrupt) else 143) from None
        except MemoryError:
            typer.echo(
                "内存不够：没有写出新的文件，原有的文件没有变；请关闭别的程序，或减少进程数（--workers 1）再试。",
                err=True,
            )
            raise typer.Exit(1) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            raise disk.unwritable(Path(error.filename or "文件"), error) from None

    def _ended(self, ctx: typer.Context, run: outputs.Run) -> object:
        """Let the verb end with a code of its own; its files are put in place all the same."""
        try:
            return super().invoke(ctx)
        except typer.Exit as done:
            outputs.commit(run)
            run.files.clear()
            raise done from None


app = typer.Typer(
    name="zhaosheng",
    cls=_Verbs,
    help="义务教育招生分析：学位预警、学区、录取规则、班额与学籍核查。所有数据只在本机处理，不联网。"
    "不覆盖不是本程序写出的文件；确要覆盖，在任何命令后加 --force 完整路径。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.add_typer(ingest.app, name="ingest")
app.add_typer(policy_verbs.app, name="policy")
app.add_typer(zones.app, name="zones")
app.add_typer(redraw.app, name="redraw")
app.add_typer(lottery.app, name="lottery")
app.add_typer(forecast.app, name="forecast")
app.add_typer(class_lists.app, name="classes")
app.add_typer(audit.app, name="ledger")
app.command(help=audit.AUDIT)(audit.audit)
app.command(help=admission.ADMIT)(admission.admit)
app.command(help=admission.EXPLAIN)(admission.explain)
app.command(help=admission.SIBLINGS)(admission.siblings)
app.command(help=site.DOCS)(site.docs)
app.command(help=lab.LAB)(lab.lab)
app.command(help=wheelhouse.WHEELHOUSE)(wheelhouse.wheelhouse)

Folders = Annotated[
    list[Path] | None, typer.Argument(help="区县数据文件夹；不写则为 geodata/ 下全部示例区县，缺的先生成。")
]


def main() -> None:
    """Run the command line; what is wrong with the input is told in Chinese, without a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console in GBK lacks rare characters of names
    try:
        app()
    except ValueError as error:
        from zhaosheng_analysis.schema import DataError

        if not isinstance(error, DataError):
            raise
        sys.stderr.write(f"{error}\n")
        sys.exit(1)


@app.command(help="写出学位预警报告：网页、PDF 和 Excel；规则是自查清单的区县，写出整套核查报告和台账。")
def report(
    folders: Folders = None,
    out: Annotated[Path, typer.Option(help="报告写到哪个文件夹。")] = Path("reports"),
    policy: options.PolicyName = "",
    settings: options.Settings = None,
    last: Annotated[
        Path | None, typer.Option(help="上次报告的文件夹（上次的 --out）：说出与上次相比新增、加重、减轻、消除了什么。")
    ] = None,
    schools: Annotated[bool, typer.Option("--schools", help="另写一校一页：每所公办学校一份 PDF，交给校长。")] = False,
) -> None:
    """Write the report of each folder; one that fails does not stop the others."""
    from zhaosheng_analysis.schema import DataError

    chosen = options.chosen(settings or [], policy)
    failed = []
    for folder in folders or _demo_folders():
        try:
            with _bar(folder.name) as progress, outputs.gathered():
                made = _report_of(folder, out=out, chosen=chosen, last=last, schools=schools, progress=progress)
            typer.echo(made.as_posix())
        except DataError as error:
            failed.extend(error.faults)
    if failed:
        raise DataError(*failed)
    typer.echo((out / "index.html").as_posix())


def _report_of(
    folder: Path,
    *,
    out: Path,
    chosen: dict[str, object],
    last: Path | None,
    schools: bool,
    progress: Callable[[int, int, str], None],
) -> Path:
    """Write what a district's rules ask for: the audit pack where they are a checklist, else the early warning."""
    from zhaosheng_analysis import report as reports

    asked = str(chosen.get("POLICY", ""))
    # A folder that cannot be read is told of by the notebook, which checks all of it.
    audited = folder.is_dir() and options.read(folder, asked, job="report")[1].kind == "audit"
    before = last / folder.resolve().name if last else None
    if not audited:
        if before:
            reports.last_run.last(before)  # what is wrong with it is told before the long work
            chosen = chosen | {"LAST": before.resolve().as_posix()}
        with tempfile.TemporaryDirectory() as draft:
            beside = {"SCHOOLS": Path(draft).as_posix()} if schools else {}
            made = reports.rendering.render(
                "05-early-warning", district_dir=folder, out=out, parameters=chosen, unsaid=beside, progress=progress
            )
            for path in sorted(Path(draft).iterdir()):
                options.write(made / SCHOOL_PAGES / path.name, path.read_bytes())
        return made / "early-warning.html"
    if schools:
        options.tell((f"{folder.name}：自查清单没有逐校的学位预测，不写一校一页。",))
    settings = {"SETTINGS": chosen["SETTINGS"]} if "SETTINGS" in chosen else {}
    settings |= {"LAST": (before / "ledger.xlsx").as_posix()} if before else {}
    made, _, _ = audit.pack_of(folder, policy=asked, out=out, chosen=settings, progress=progress)
    return made / "compliance-audit.html"


@app.command(help="生成示例区县：真实地名，虚构儿童，示意地图。")
def demo(
    folder: Annotated[Path, typer.Argument(help="写到哪个文件夹。")] = GEODATA,
    district: Annotated[list[str] | None, typer.Option(help="区县编号，可重复；不写则五个都生成。")] = None,
    seed: Annotated[str, typer.Option(help="随机种子；同一种子结果相同。")] = "",
) -> None:
    """Write demo districts as folders."""
    for made in _make_demo(folder, district, seed):
        typer.echo(made.as_posix())


@app.command(help="检查数据文件夹，一次说出全部问题。")
def check(
    folder: options.Folder,
    strict: Annotated[bool, typer.Option("--strict", help="有疑问的也算不合格：逐条确认或更正之后才通过。")] = False,
    picture: Annotated[
        Path | None, typer.Option(help="把各图层叠在一起画成图，存为这个 PNG 文件：位置对不对，一看便知。")
    ] = None,
) -> None:
    """Load a folder, which checks it, and say what is in it."""
    from dataclasses import replace

    from zhaosheng_analysis import geodata
    from zhaosheng_analysis.policy import campuses
    from zhaosheng_analysis.schema import DataError

    try:
        loaded = geodata.load(folder)
    except DataError as refused:
        layer_pictures.of_refused(folder, refused, picture)
        if picture is None:
            raise
        typer.echo(str(refused), err=True)
        raise typer.Exit(1) from None  # an error of its own would throw the picture away
    district = replace(loaded, notes=campuses.joined(loaded).notes)  # who shares a plan is told here too
    typer.echo(f"{district.name}：没有发现问题。")
    layers = {name: getattr(district, name) for name in geodata.LAYERS}
    for name, table in sorted((layers | district.tables).items()):
        typer.echo(f"  {name:<16}{len(table):>9,} 行  {district.places[name]}")
    if district.notes:
        typer.echo("读入时已按下面的办法处理，请看一遍：")
    asked = [note for note in district.notes if note.asks]
    for note in district.notes:
        typer.echo(f"  {'（请确认）' if note.asks else ''}{note}")
    if district.unused:
        typer.echo(f"没有用到的文件：{'、'.join(f'{name}（{why}）' for name, why in district.unused.items())}")
    if picture is not None:
        layer_pictures.of_district(district, picture)
    elif any("换算" in str(note) for note in asked):
        typer.echo("  加上 --picture 文件名.png，可在图上看各图层的位置。")
    doubts = _rules_told(district, folder) + _unplaced(district, folder)
    for doubt in doubts:
        typer.echo(f"  （请确认）{doubt}")
    if strict and (asked or doubts):
        typer.echo(f"有 {len(asked) + len(doubts)} 处疑问，须确认或更正。", err=True)
        raise typer.Exit(1)


def _unplaced(district: District, folder: Path) -> list[str]:
    """Say which sentences of zones cannot be put on the map, the first few one by one."""
    from zhaosheng_analysis import zones

    lost = zones.unplaced(district)
    if not lost:
        return []
    shown = "".join(f"\n      {line}" for line in lost[:_SENTENCES_SHOWN])
    more = f"\n      ……其余 {len(lost) - _SENTENCES_SHOWN} 个" if len(lost) > _SENTENCES_SHOWN else ""
    return [
        f"有 {len(lost)} 个学区的文字不能都落到图上，全部见 zhaosheng zones check {folder.as_posix()}：{shown}{more}"
    ]


def _rules_told(district: District, folder: Path) -> list[str]:
    """Say which rule file a folder goes by, and return what of the two does not fit together."""
    from zhaosheng_analysis import admission
    from zhaosheng_analysis import policy as policies
    from zhaosheng_analysis.geodata import declared

    name = str(district.about.get("policy") or "")
    beside = declared.beside(folder, name)
    rules = policies.of(district, beside=folder)
    for job, titles in policies.needed_tables.still_wanting(district.tables, rules).items():
        typer.echo(f"还不能做{job}：缺少{titles}（一行也没有的，留一张空表）。")
    if rules.kind == "forecast":
        typer.echo(f"规则文件：没有写（about 表的 policy），按通用假定（{rules.id}）。")
        return [f"文件夹里有 {beside.name}，about 表没有写它的编号，因此没有用到"] if beside else []
    own = beside is not None and rules.file == beside.name
    typer.echo(f"规则文件：{rules.id}（{'文件夹里的 ' + rules.file if own else '程序自带的'}），{rules.title}。")
    year = int(district.about["intake_year"])
    doubts = [] if own or not beside else [f"文件夹里的 {beside.name} 不是 about 表所写的 {name}，没有用到"]
    if rules.district and rules.district != district.id:
        doubts.append(f"规则文件写的是 {rules.district}，数据是 {district.id}")
    if rules.intake_year != year:
        doubts.append(f"规则文件是 {rules.intake_year} 年的，数据是 {year} 年的")
    unlike = admission.reserves.unlike(district, rules)
    if unlike:
        shown = "；".join(unlike[:3])
        doubts.append(f"{len(unlike)} 处预留学位与经审批的照顾对象人数不符：{shown}{'；……' if len(unlike) > 3 else ''}")
    return doubts


@app.command(help="写出空白样表：带批注的工作簿和空图层，供填报。")
def template(
    policy: Annotated[str, typer.Argument(help="规则编号：决定需要哪些表。")],
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")] = Path("template"),
    job: Annotated[
        str, typer.Option("--for", help="只要做哪件事的表：report、forecast、redraw、admit 或 audit；不写则全部。")
    ] = "",
) -> None:
    """Write an empty district folder to fill, with the tables the policy needs and those it can use."""
    from zhaosheng_analysis import geodata
    from zhaosheng_analysis import policy as policies
    from zhaosheng_analysis.policy import needed_tables

    rules = policies.load(policy)
    if job:
        options.one_of("--for", job, needed_tables.jobs())
    tables = needed_tables.tables(rules, job)
    more = {"columns": rules.columns, "system": rules.school_system}
    geodata.template(rules.id, out, needed=tables.needed, useful=tables.useful, **more)
    typer.echo(out.as_posix())
    typer.echo(f"  需要填：{'、'.join(map(_titled, tables.needed))}")
    typer.echo(f"  可选（工作表标签为灰色）：{'、'.join(map(_titled, tables.useful)) or '无'}")
    typer.echo(f"  图层（district.gpkg）：{'、'.join(map(_titled, geodata.LAYERS))}")
    written, beside = Path(policy), out / "policy.toml"
    if written.suffix == ".toml" and written.is_file() and not beside.exists():  # else its own columns are strangers
        disk.write(beside, written.read_bytes())
        typer.echo("  规则文件：已抄成 policy.toml，各条命令自己会找到它；规则改了，请再抄一次")


def _titled(name: str) -> str:
    """Name a table as a planner knows it, with its sheet."""
    from zhaosheng_analysis.schema import TABLES

    return f"{TABLES[name].title}({name})"


@app.command(help="运行全部测试：代码规范、单元测试、笔记本。")
def test() -> None:
    """Run lint, tests and notebooks of a checkout, one after another, and fail if one of them fails."""
    options.need_checkout("zhaosheng test")
    quiet = os.environ | {"PYTHONWARNINGS": "error::UserWarning"}
    # Files in their own order, not those of many tests first: the quick doctests at the end fill both cores.
    spread = ["-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    steps = [
        (["ruff", "check", "."], os.environ),
        (["ruff", "format", "--check", "."], os.environ),
        (["lint-imports"], os.environ),
        (["deptry", "zhaosheng_analysis"], os.environ),
        (["pytest", *spread, "--doctest-modules", "tests", "zhaosheng_analysis"], os.environ),
        (["pytest", *spread, "--nbval-lax", "--nbval-current-env", "-W", "default", "notebooks"], quiet),
    ]
    codes = [_run(step, environment) for step, environment in steps]
    raise typer.Exit(max(codes))


@app.command(help="清空笔记本的输出，只留下标有 # NBVAL_CHECK_OUTPUT 的单元。")
def strip() -> None:
    """Strip every notebook of a checkout in place."""
    options.need_checkout("zhaosheng strip")
    import nbformat

    from zhaosheng_analysis import report as reports

    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        stripped = reports.notebook.strip(nbformat.read(path, as_version=4))
        disk.write(path, nbformat.writes(stripped) + "\n")
        typer.echo(path.name)


@app.command(help="运行基准测试并打印结果表。")
def benchmark() -> None:
    """Run every benchmark of a checkout."""
    options.need_checkout("zhaosheng benchmark")
    codes = [_run(["python", str(path)], os.environ) for path in sorted((ROOT / "benchmarks").glob("*.py"))]
    raise typer.Exit(max(codes, default=0))


def _run(arguments: list[str], environment: dict | os._Environ) -> int:
    """Run a program of this Python's environment in the checkout and return its exit code."""
    typer.echo(f"— {' '.join(arguments)}", err=True)
    program = shutil.which(arguments[0], path=Path(sys.executable).parent)
    if program is None:
        typer.echo(f"没有安装 {arguments[0]}，请先运行 python -m zhaosheng_analysis.bootstrap", err=True)
        return 1
    command = [program, *arguments[1:]]
    return subprocess.run(command, cwd=ROOT, env=dict(environment), check=False).returncode  # noqa: S603 - our own


def _demo_folders() -> list[Path]:
    """Return the folders below ``geodata/``; demo districts that are missing are made first."""
    from zhaosheng_analysis.demo import DISTRICTS

    missing = [name for name in DISTRICTS if not (GEODATA / name / "district.gpkg").is_file()]
    if missing:
        _make_demo(GEODATA, missing, "")
    folders = (path.parent for path in GEODATA.glob("*/district.gpkg"))
    return sorted(folder for folder in folders if not folder.name.startswith("."))


def _make_demo(folder: Path, districts: list[str] | None, seed: str) -> list[Path]:
    """Write demo districts, telling progress on the error stream."""
    from zhaosheng_analysis import demo as synthetic
    from zhaosheng_analysis.demo import DISTRICTS
    from zhaosheng_analysis.schema import DataError, Fault, near

    unknown = [name for name in districts or [] if name not in DISTRICTS]
    if unknown:
        allowed = f"可用：{'、'.join(DISTRICTS)}"
        raise DataError(
            *[Fault("--district", f"没有示例区县「{name}」", allowed, near(name, DISTRICTS)) for name in unknown]
        )
    chosen = {"districts": districts or DISTRICTS, "seed": seed or synthetic.SEED}
    return synthetic.write(folder, **chosen, progress=lambda line: typer.echo(line, err=True))


@contextmanager
def _bar(name: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show a progress bar on the error stream while a report is made."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = [
        TextColumn("{task.fields[name]:<12}"),
        BarColumn(24),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    ]
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task("启动", name=name)

        def tell(done: int, total: int, heading: str) -> None:
            shown.update(task, completed=done, total=total, description=heading)

        yield tell
        shown.update(task, completed=shown.tasks[0].total or 1, total=shown.tasks[0].total or 1, description="完成")
