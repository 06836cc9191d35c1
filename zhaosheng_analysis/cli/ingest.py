"""The verbs that take a bureau's own files in: suggest the file of decisions, carry it out, make a key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="接收教育局自己的文件：先生成 ingest.toml，改好后照它整理成区县文件夹，每个决定都有记录。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command(help="看一个文件夹里的文件像是什么，写出 ingest.toml 的初稿；拿不准的写成「待定」。")
def suggest(
    folder: Annotated[Path, typer.Argument(help="教育局自己的文件所在的文件夹。")],
    out: Annotated[
        Path | None, typer.Option(help="写成哪个文件；不写就是那个文件夹里的 ingest.toml；已有的不覆盖。")
    ] = None,
) -> None:
    """Propose a recipe, beside the files it names; one that is there is left as it is."""
    from zhaosheng_analysis import disk, ingest
    from zhaosheng_analysis.schema import DataError, Fault

    out = out or folder / "ingest.toml"
    if out.exists():
        raise DataError(Fault(out.name, "已有这个文件", "已作的决定不覆盖", "请换一个文件名"))
    words = ingest.suggest(folder)
    disk.write(out, words)
    typer.echo(out.as_posix())
    typer.echo(f"待定 {words.count('待定：')} 处；改好后运行 zhaosheng ingest run {out.as_posix()} --out 文件夹")


@app.command(help="照 ingest.toml 读入各文件，写成区县文件夹和接收记录。")
def run(
    recipe: Annotated[Path, typer.Argument(metavar="INGEST.toml", help="写明各列用途的文件。")],
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")],
) -> None:
    """Carry a recipe out, and say what was made, left out and is still open."""
    from zhaosheng_analysis import ingest

    decided = ingest.load(recipe)
    taken = ingest.run(decided, out)
    for note in taken.notes:
        typer.echo(f"说明：{note}", err=True)
    typer.echo(out.as_posix())
    for name, frame in taken.tables.items():
        typer.echo(f"  {name:<16}{len(frame):>9,} 行")
    gone = taken.log[(taken.log["rows_n"] < 0)]
    for (source, table), part in gone.groupby(["source", "table"], sort=False):
        listed = "、".join(f"{row.what} {-row.rows_n} 行" for row in part.itertuples())
        typer.echo(f"  {source or '合在一起'} →「{table}」没有写出的：{listed}")
    if taken.questions:
        typer.echo(f"还有 {len(taken.questions)} 处待定，写在 {decided.decisions}；填好后重新运行。")
        typer.echo(f"也可用 zhaosheng ingest ask {recipe.as_posix()} 写成网页作答。")
    typer.echo(f"接收记录：{ingest.LOG}。接下来：zhaosheng check {out.as_posix()}")


@app.command(
    help="从 PostgreSQL（PostGIS）数据库取出表和图层，写成文件：表名是样表的，就是区县文件夹；别的，再用 suggest。"
)
def fetch(
    address: Annotated[str, typer.Argument(help="如 postgresql://用户@主机/库；口令用 PGPASSWORD 或 .pgpass。")],
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")],
    schema: Annotated[str, typer.Option(help="在哪个模式里。")] = "public",
    table: Annotated[list[str] | None, typer.Option(help="取哪张表，可重复；不写则取模式里的全部。")] = None,
) -> None:
    """Take tables out of a database as they are at one moment."""
    from zhaosheng_analysis import ingest, outputs

    fetched = ingest.database.fetch(address, schema=schema, names=table or ())
    outputs.own(out)
    outputs.write({out / name: content for name, content in ingest.database.files(fetched).items()})
    for name, rows in sorted((fetched.tables | fetched.layers).items()):
        typer.echo(f"  {name:<16}{len(rows):>9,} 行")
    typer.echo(out.as_posix())


@app.command(help="生成做化名用的密钥；放在数据文件夹以外，由专人保管。")
def key(file: Annotated[Path, typer.Argument(help="写到哪个文件。")]) -> None:
    """Write a new key; one that is there is left as it is."""
    from zhaosheng_analysis import ingest

    ingest.pseudonyms.new_key(file)
    typer.echo(file.as_posix())


@app.command(help="把待定的名称和地址写成一张网页，不需要网络；答完存成 decisions.csv。")
def ask(
    recipe: Annotated[Path, typer.Argument(metavar="INGEST.toml", help="写明各列用途的文件。")],
    out: Annotated[Path, typer.Option(help="网页写成哪个文件。")] = Path("待定.html"),
) -> None:
    """Write the page of open questions."""
    from zhaosheng_analysis import disk, ingest, report

    decided = ingest.load(recipe)
    lines = ingest.answers.lines(decided.answers)
    left = sum(not line["is"] for line in lines)
    if not left:
        typer.echo(f"{decided.decisions} 里没有待定的；请先运行 zhaosheng ingest run。")
        return
    disk.write(out, report.questions_page.page(lines, file=decided.answers.name))
    typer.echo(out.as_posix())
    typer.echo(f"待定 {left} 处；用浏览器打开，答完把 {decided.answers.name} 放回 ingest.toml 旁边。")
