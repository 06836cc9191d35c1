"""The verbs of a verifiable draw: publish the hash of a commitment, draw with a later seed, let anyone check."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis.cli import options

if TYPE_CHECKING:
    from zhaosheng_analysis.lottery import rosters

COMMITMENT, KEY, SALTS = "commitment.json", "内部-密钥.txt", "内部-盐值.csv"

app = typer.Typer(
    help="可核验的电脑派位：先公布承诺书的哈希，再用后来产生的种子派位，人人可以重算。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Roster = Annotated[
    Path,
    typer.Argument(
        help="名册（Excel、csv 等表格）：「户号」「人数」，或「报名号」和可选的「多胞胎编号」；"
        "有「姓名」「身份证号」的，以加盐哈希绑定到人。"
    ),
]
Plan = Annotated[int | None, typer.Option(help="招生计划（学位数）。")]
Published = Annotated[str, typer.Option(help="种子产生之前公布的承诺书哈希。")]


@app.command(help="写出承诺书，算出它的 SHA-256，在种子产生之前公布；公布之后再没有可选的东西。")
def commit(
    roster: Roster,
    school: Annotated[str, typer.Option(help="为哪所学校派位。")] = "",
    plan: Plan = None,
    seed_form: Annotated[str, typer.Option(help="种子的形式：digits:6（六位摇号球）或 drand:轮次。")] = "",
    seed_source: Annotated[str, typer.Option(help="种子将从哪里来，如「某公证处 7 月 27 日当众摇球」。")] = "",
    out: Annotated[Path | None, typer.Option(help="承诺书写到哪个文件夹；密钥和盐值写到旁边的「内部」文件夹。")] = None,
    round_: Annotated[str, typer.Option("--round", help="哪一轮。")] = "第一轮",
    overflow: Annotated[str, typer.Option(help="末位放不下多胞胎时：skip、stop、expand、split。")] = "skip",
    sheet: options.Sheet = "",
) -> None:
    """Write a commitment and print its hash; without any terms only the roster is read, and its hash told."""
    from zhaosheng_analysis import lottery

    families = _roster(roster, sheet)
    asked = {"--school": school, "--plan": plan is not None, "--seed-form": seed_form, "--seed-source": seed_source}
    if not options.all_or_none(asked | {"--out": out}, roster.name):
        document = _trial(families, plan=0, name="", overflow=overflow)
        typer.echo(lottery.digest(document))
        typer.echo(f"{roster.name}：{len(families.families)} 张票，{sum(families.families.values())} 名儿童。")
        typer.echo(
            "这只是名册的哈希。正式派位请写明 --school、--plan、--seed-form、--seed-source、--out，公布承诺书的哈希。"
        )
        return
    inner = out.with_name(f"{out.name}-内部")
    _free(out, [COMMITMENT])
    _future(seed_form)
    key = _key(inner / KEY) if families.identities else ""
    salts = {name: lottery.commitments.salt(key, name) for name in families.identities}
    bound = {name: lottery.commitments.identity(salts[name], words) for name, words in families.identities.items()}
    document = lottery.commit(
        families.families,
        school=school,
        round=round_,
        plan=plan,
        seed_form=seed_form,
        seed_source=seed_source,
        overflow=overflow,
        identities=bound,
    )
    if salts:
        _write_salts(inner, salts)
    options.write(out / COMMITMENT, lottery.commitments.canonical(document))
    typer.echo(lottery.digest(document))
    children = sum(families.families.values())
    typer.echo(f"{roster.name}：{len(families.families)} 张票，{children} 名儿童。请在种子产生之前公布上面这一行。")
    typer.echo(f"种子：{document['seed_how']}")
    if not salts:
        typer.echo("说明：名册没有「姓名」「身份证号」，承诺书只绑定户号，不绑定是谁。", err=True)


@app.command(help="按承诺书和公开的种子派位，写出次序、记录、公告和核验程序。")
def draw(
    commitment: Annotated[Path, typer.Argument(help="commit 写出的承诺书 commitment.json；试派时为名册。")],
    seed: Annotated[str, typer.Option(help="公布哈希之后产生的种子，形式见承诺书。")],
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")],
    published: Annotated[str, typer.Option(help="种子产生之前公布的承诺书哈希；试派时不写。")] = "",
    plan: Plan = None,
    overflow: Annotated[str, typer.Option(help="试派时：末位放不下多胞胎时 skip、stop、expand、split。")] = "skip",
    sheet: options.Sheet = "",
    note: Annotated[str, typer.Option(help="备注，如公证书编号；不影响派位，记录里单列。")] = "",
    force: Annotated[bool, typer.Option("--force", help="覆盖已有的派位结果。")] = False,
) -> None:
    """Draw and write the record beside its verifier; an existing draw is never overwritten unasked."""
    from zhaosheng_analysis import lottery
    from zhaosheng_analysis.schema import DataError, Fault

    if not commitment.is_file():
        raise DataError(Fault(commitment.as_posix(), "没有这个文件", "commit 写出的承诺书", "请检查路径"))
    if not published and plan is not None:
        document = _trial(_roster(commitment, sheet), plan=plan, name=commitment.stem, overflow=overflow)
        typer.echo(f"说明：{document['seed_how']}承诺书哈希 {lottery.digest(document)}", err=True)
    else:
        document = lottery.commitments.read(commitment.read_bytes(), published=published)
    if not force:
        _free(out, [name for name in lottery.FILES if name != COMMITMENT])
        written = lottery.commitments.canonical(document).encode()
        if (out / COMMITMENT).exists() and (out / COMMITMENT).read_bytes() != written:
            _free(out, [COMMITMENT])
    result, record = lottery.draw(document, seed=seed, notes={"备注": note} if note else {})
    for name, content in lottery.files(document, result, record).items():
        options.write(out / name, content)
    typer.echo(
        f"{record['children']} 名儿童、{record['families']} 张票，录取 {record['admitted']} 人，"
        f"计划 {document['plan']} 人。"
    )


@app.command(help="核验一次派位：承诺书、次序、记录、公告有一个字节改动即失败。")
def verify(
    folder: Annotated[Path, typer.Argument(help="派位结果文件夹。")],
    published: Published,
    seed: Annotated[str, typer.Option(help="公开的种子，取自它的来源，不取自记录。")],
    number: Annotated[str, typer.Option(help="只看一户：户号。")] = "",
) -> None:
    """Make a draw again from its folder, and tell one family's line where it is asked for."""
    from zhaosheng_analysis import lottery

    options.whole(folder, lottery.FILES, "派位")
    contents = {name: (folder / name).read_bytes() for name in lottery.FILES}
    record = lottery.verify(contents, published=published, seed=seed)
    typer.echo(f"核验无误：{record['families']} 张票，录取 {record['admitted']} 人，与公布的承诺书和种子一致。")
    if number:
        typer.echo(_line(contents, record, number, published))


def _line(contents: dict[str, bytes], record: dict, number: str, published: str) -> str:
    """Say where one family stands and how its ticket came."""
    from zhaosheng_analysis import lottery
    from zhaosheng_analysis.schema import DataError, Fault

    document = lottery.commitments.read(contents[COMMITMENT], published=published)
    result, _ = lottery.draw(document, seed=record["seed"])
    sought = lottery.plain_family(number).casefold()
    row = next((row for row in result if row["family"].casefold() == sought), None)
    if row is None:
        raise DataError(Fault("户号", f"名册里没有「{number}」", "报名时得到的户号", "请核对"))
    return (
        f"{row['family']}：名册第 {row['number']} 行，{row['heads']} 人，派位号 {row['ticket']}，第 {row['place']} 位，"
        f"录取 {row['seats']} 人。派位号是「{record['seed']}|{record['commitment_sha256']}|{row['family']}」"
        "的 SHA-256 的前 16 位。"
    )


def _roster(path: Path, sheet: str) -> rosters.Roster:
    """Read a roster from a table of any kind, and say how it was read."""
    from zhaosheng_analysis.lottery import rosters
    from zhaosheng_analysis.schema import DataError, Fault

    if not path.is_file():
        raise DataError(Fault(path.as_posix(), "没有这个文件", "Excel、csv 等表格", "请检查路径"))
    roster = rosters.read(path.read_bytes(), path.name, sheet=sheet)
    options.tell(roster.notes)
    return roster


def _trial(families: rosters.Roster, *, plan: int, name: str, overflow: str) -> dict[str, object]:
    """Make the document of a draw that only tries things out: no seed was named beforehand."""
    from zhaosheng_analysis import lottery

    terms = {"school": name or "名册", "round": "试派", "seed_form": lottery.seeds.TRIAL, "seed_source": "操作人"}
    return lottery.commit(families.families, plan=plan, overflow=overflow, **terms)


def _future(seed_form: str) -> None:
    """Refuse a seed that may be known already: whoever closes a roster must not know it."""
    from zhaosheng_analysis import lottery
    from zhaosheng_analysis.schema import DataError, Fault

    if seed_form == lottery.seeds.TRIAL:
        raise DataError(Fault("--seed-form", "trial 只用于试派", lottery.seeds.FORMS, "请另选一种"))
    due = lottery.seeds.due(seed_form) if lottery.seeds.is_form(seed_form) else None
    if due is not None and due <= datetime.now(UTC):
        raise DataError(Fault("--seed-form", f"{seed_form} 已在 {due:%Y-%m-%d %H:%M} 产生", "将来的轮次", "请另选一轮"))


def _free(out: Path, names: list[str]) -> None:
    """Refuse to write over what a commitment or a draw left."""
    from zhaosheng_analysis.schema import DataError, Fault

    there = [name for name in names if (out / name).exists()]
    if there:
        found = f"已有承诺书或派位结果（{'、'.join(there)}）"
        raise DataError(Fault(out.as_posix(), found, "", "换一个文件夹；派位确要重做，加 --force"))


def _key(path: Path) -> str:
    """Return the key of the salts; one is made, and said, where there is none."""
    if path.is_file():
        return path.read_text(encoding="utf-8").strip()
    key = secrets.token_hex(32)
    options.write(path, key + "\n", aside=True)
    typer.echo(f"说明：已生成密钥 {path.as_posix()}，只由单位保管，不得公布。", err=True)
    return key


def _write_salts(inner: Path, salts: dict[str, str]) -> None:
    """Write the salt of every family, to be handed out one by one."""
    lines = ["内部：逐户交给本人，不得公布", "户号,盐值", *(f"{name},{salt}" for name, salt in sorted(salts.items()))]
    options.write(inner / SALTS, "\ufeff" + "".join(f"{line}\n" for line in lines), aside=True)
