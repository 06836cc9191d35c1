"""The verbs of a verifiable draw: publish the roster's hash, draw with a seed that came later, let anyone check."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhaosheng_analysis import disk
from zhaosheng_analysis.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = ("roster.csv", "result.csv", "draw.json", "verify.py", "派位结果.csv")

app = typer.Typer(
    help="可核验的电脑派位：先公布名册哈希，再用后来产生的种子派位，人人可以重算。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Roster = Annotated[
    Path, typer.Argument(help="名册（Excel、csv 等表格）：「户号」「人数」，或「报名号」和可选的「多胞胎编号」。")
]


@app.command(help="算出名册的 SHA-256，在种子产生之前公布。")
def commit(roster: Roster, sheet: options.Sheet = "") -> None:
    """Print the hash of a roster."""
    from zhaosheng_analysis import lottery

    families = _roster(roster, sheet)
    typer.echo(f"{lottery.commit(families)}")
    typer.echo(
        f"{roster.name}：{len(families)} 张票，{sum(families.values())} 名儿童。请在种子产生之前公布上面这一行。"
    )


@app.command(help="按公开的种子派位，写出记录、次序表和核验程序。")
def draw(
    roster: Roster,
    seed: Annotated[str, typer.Option(help="种子：公布哈希之后才产生的数字，如摇号球或公共随机数。")],
    plan: Annotated[int, typer.Option(help="招生计划（学位数）。")],
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")],
    stream: Annotated[str, typer.Option(help="为哪所学校、哪一轮派位。")] = "",
    source: Annotated[str, typer.Option(help="种子从哪里来，写进记录。")] = "",
    overflow: Annotated[str, typer.Option(help="末位放不下多胞胎时：skip、stop、expand、split。")] = "skip",
    published: Annotated[str, typer.Option(help="已公布的名册哈希；不符则不派位。")] = "",
    sheet: options.Sheet = "",
    force: Annotated[bool, typer.Option("--force", help="覆盖已有的派位结果。")] = False,
) -> None:
    """Draw and write the record beside its verifier; an existing draw is never overwritten unasked."""
    from zhaosheng_analysis import lottery

    families = _roster(roster, sheet)
    _allow(families, seed, plan, out, published, force=force)
    result, record = lottery.draw(families, seed=seed, plan=plan, stream=stream, source=source, overflow=overflow)
    contents = {
        "roster.csv": lottery.roster_csv(families),
        "result.csv": lottery.result_csv(result),
        "draw.json": json.dumps(record, ensure_ascii=False, indent=1) + "\n",
        "verify.py": lottery.verifier(),
        "派位结果.csv": "\ufeff" + _announced(result),
    }
    for name, content in contents.items():
        options.write(out / name, content)
    typer.echo(
        f"{record['children']} 名儿童、{record['families']} 张票，录取 {record['admitted']} 人，计划 {plan} 人。"
    )


@app.command(help="重算一次派位：名册、种子、结果有一个字节改动即失败。")
def verify(folder: Annotated[Path, typer.Argument(help="派位结果文件夹。")]) -> None:
    """Recompute a draw from its folder."""
    from zhaosheng_analysis import lottery
    from zhaosheng_analysis.schema import DataError, Faults

    options.whole(folder, FILES, "派位")
    record, families, result = _recorded(folder)
    faults = Faults()
    try:
        lottery.verify(record, families, result)
    except DataError as error:
        faults.found.extend(error.faults)
    written = {
        "roster.csv": lottery.roster_csv(families),
        "result.csv": lottery.result_csv(result),
        "verify.py": lottery.verifier(),
        "派位结果.csv": "\ufeff" + _announced(result),
    }
    for name, content in written.items():
        if (folder / name).read_bytes() != content.encode():
            faults.add(f"{folder.name}/{name}", "与应有的内容不是逐字节相同", "", "文件被改动过，请索取原件")
    faults.raise_if_any()
    typer.echo(f"核验无误：{record['families']} 张票，录取 {record['admitted']} 人，与公布的名册、种子和结果一致。")


def _roster(path: Path, sheet: str) -> dict[str, int]:
    """Read a roster from a table of any kind, and say how it was read."""
    from zhaosheng_analysis.lottery import rosters
    from zhaosheng_analysis.schema import DataError, Fault

    if not path.is_file():
        raise DataError(Fault(path.as_posix(), "没有这个文件", "Excel、csv 等表格", "请检查路径"))
    roster = rosters.read(path.read_bytes(), path.name, sheet=sheet)
    options.tell(roster.notes)
    return roster.families


def _allow(families: dict[str, int], seed: str, plan: int, out: Path, published: str, *, force: bool) -> None:
    """Refuse a draw that would not stand: no seed, another roster than the published one, or a draw already made."""
    from zhaosheng_analysis import lottery
    from zhaosheng_analysis.schema import Faults

    faults = Faults()
    if not seed.strip():
        faults.add("--seed", "是空的", "公布哈希之后才产生的数字", "请填写种子")
    if plan < 0:
        faults.add("--plan", f"{plan}", "不小于 0 的整数", "请改正招生计划")
    if published and published != lottery.commit(families):
        faults.add("名册", f"哈希是 {lottery.commit(families)}", f"公布的是 {published}", "请用公布时的名册")
    there = [name for name in FILES if (out / name).exists()]
    if there and not force:
        faults.add(out.as_posix(), f"已有派位结果（{'、'.join(there)}）", "", "换一个文件夹；确要重派，加 --force")
    faults.raise_if_any()


def _recorded(folder: Path) -> tuple[dict[str, Any], dict[str, int], list[dict[str, Any]]]:
    """Read a draw from its folder: record, roster, result."""
    from zhaosheng_analysis.schema import DataError, Fault

    record = disk.read(folder / "draw.json", expected="派位时写出的原件")
    try:
        families = {line["family"]: int(line["heads"]) for line in _lines(folder / "roster.csv")}
        numbers = ("place", "heads", "seats")
        result = [{**line, **{name: int(line[name]) for name in numbers}} for line in _lines(folder / "result.csv")]
    except (ValueError, KeyError, TypeError):
        raise DataError(
            Fault(folder.name, "名册或结果读不出来", "派位时写出的原件", "文件被改动过，请索取原件")
        ) from None
    return record, families, result


def _lines(path: Path) -> Iterator[dict[str, str]]:
    return iter(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def _announced(result: list[dict[str, Any]]) -> str:
    """Write the ordered list under Chinese headings, for the notice board."""
    lines = ["次序,户号,人数,派位号,录取人数"]
    lines += [f"{row['place']},{row['family']},{row['heads']},{row['ticket']},{row['seats']}" for row in result]
    return "".join(f"{line}\n" for line in lines)
