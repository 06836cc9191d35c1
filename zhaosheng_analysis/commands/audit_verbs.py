"""The verbs of an audit: the pack of a district, and classes formed by lot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis.commands import options

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

AUDIT = "核查班额、学籍、程序：写出核查报告（网页、PDF、Excel）和可填报的台账。"
FILES = ("roster.csv", "classes.json", "编班结果.csv", "公示.csv")

app = typer.Typer(
    help="阳光分班：先公布名册哈希，再用后来产生的种子编班，人人可以重算。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
Roster = Annotated[
    Path, typer.Argument(help="名册 csv：pupil_id, sex, birth_on，可选 migrant, feeder, special, twin_id。")
]


def audit(
    folder: options.Folder,
    policy: options.PolicyName = "",
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")] = Path("reports"),
    last: Annotated[Path | None, typer.Option(help="上一次的台账 xlsx，用来比较新增、销号和反弹。")] = None,
    seed: Annotated[str, typer.Option(help="抽查的种子；不写则用核查日期。")] = "",
    keys: Annotated[Path | None, typer.Option(help="另存发现编号与原始记录的对照表（仅限本单位内部）。")] = None,
) -> None:
    """Write the audit pack of one district."""
    chosen = {"LAST": last.resolve().as_posix() if last else ""} | ({"SEED": seed} if seed else {})
    made, told, written = pack_of(folder, policy=policy, out=out, chosen=chosen)
    if keys:
        options.write(keys, written)
    for name in ("html", "pdf", "xlsx"):
        typer.echo((made / f"compliance-audit.{name}").as_posix())
    typer.echo(told)


def pack_of(
    folder: Path,
    *,
    policy: str,
    out: Path,
    chosen: dict[str, object],
    progress: Callable[[int, int, str], None] | None = None,
) -> tuple[Path, str, bytes]:
    """Write the audit pack of one district: report, ledger to fill and to print, list of findings.

    Parameters
    ----------
    policy : id or file of the rules; those of the folder where empty. chosen : parameters of notebook 06.

    Returns
    -------
    Folder of the pack, headline, and the table that leads from findings to records (csv), for the office only.
    """
    from zhaosheng_analysis import audit as audits
    from zhaosheng_analysis import geodata, report
    from zhaosheng_analysis import policy as policies
    from zhaosheng_analysis.auditing import ledger, ledgerbook
    from zhaosheng_analysis.writing import pack

    district = geodata.load(folder)
    rules = policies.load(policy or district.about["policy"], set=chosen.get("SETTINGS"))
    parameters = {"POLICY": policy or rules.id, "LAST": ""} | chosen
    made = report.render("06-compliance-audit", district_dir=folder, out=out, parameters=parameters, progress=progress)
    found = audits.run(district, rules)
    book = pack.compared(ledger.from_findings(found, district), str(parameters["LAST"]))
    options.write(made / "ledger.xlsx", ledgerbook.write(book))
    options.write(made / "ledger.pdf", pack.ledger_pdf(book, synthetic=district.synthetic))
    options.write(made / "findings.csv", found.evidence.to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))
    return made, pack.headline(found, book), found.keys.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


@app.command(help="算出名册的 SHA-256，在种子产生之前公布。")
def commit(roster: Roster) -> None:
    """Print the hash of a roster."""
    from zhaosheng_analysis import classes

    typer.echo(classes.commit(_read(roster)))


@app.command(help="用公布名册之后产生的种子编班，写出结果、公示和记录；一次运行即锁定。")
def form(
    roster: Roster,
    classes_n: Annotated[int, typer.Option("--classes", help="班数。")],
    seed: options.Seed,
    stage: Annotated[str, typer.Option(help="学段：primary 或 junior。")],
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")],
    method: Annotated[str, typer.Option(help="random 随机；snake 蛇形（仅初中，须写明依据）。")] = "random",
    key: Annotated[str, typer.Option(help="蛇形的排序列；不得用成绩、等级、测试。")] = "",
    basis: Annotated[str, typer.Option(help="蛇形的合法依据。")] = "",
    twins: Annotated[
        str, typer.Option(help="多胞胎：together 同班，apart 不同班；不写则按政策，政策没有写的随派位。")
    ] = "",
    even: Annotated[
        str, typer.Option(help="均衡：sex 性别均衡，none 不作平衡；不写则按政策，政策没有写的性别均衡。")
    ] = "",
    rules: Annotated[str, typer.Option("--policy", help="规则编号或 TOML 文件：按它的多胞胎、均衡参数编班。")] = "",
    settings: options.Settings = None,
    source: Annotated[str, typer.Option(help="种子从哪里来，写进记录。")] = "",
    published: Annotated[str, typer.Option(help="已公布的名册哈希；不符则不编班。")] = "",
) -> None:
    """Form the classes of one grade and write the record; an existing record is never overwritten."""
    from zhaosheng_analysis import classes
    from zhaosheng_analysis import policy as books
    from zhaosheng_analysis.schema import DataError, Fault

    said = classes.terms(books.load(rules, set=options.of_policy(settings))) if rules else {}
    said |= {name: value for name, value in (("twins", twins), ("even", even)) if value}
    if (out / FILES[1]).exists():
        raise DataError(Fault(out.as_posix(), "已有编班记录", "一次运行即锁定", "如须重做，请另立文件夹并写明原因"))
    pupils = _read(roster)
    terms = {"stage": stage, "method": method, "key": key, "basis": basis, "source": source, **said}
    result, record = classes.form(pupils, classes_n, seed=seed, published=published, **terms)
    out.mkdir(parents=True, exist_ok=True)
    contents = (
        pupils.to_csv(index=False, lineterminator="\n").encode(),
        json.dumps(record, ensure_ascii=False, indent=1).encode(),
        result.to_csv(index=False, lineterminator="\n").encode(),
        classes.published(result).to_csv(index=False, lineterminator="\n").encode("utf-8-sig"),
    )
    for name, content in zip(FILES, contents, strict=True):
        options.write(out / name, content)
    sizes = result.groupby("class_no").size()
    typer.echo(f"{len(result)} 人编入 {classes_n} 个班，每班 {sizes.min()}—{sizes.max()} 人。")


@app.command(help="重算一次编班：名册、种子、结果有一处改动即失败。")
def verify(folder: Annotated[Path, typer.Argument(help="编班结果文件夹。")]) -> None:
    """Recompute a class formation from its folder."""
    import pandas as pd

    from zhaosheng_analysis import classes
    from zhaosheng_analysis.schema import Faults

    faults = Faults()
    for name in FILES[:3]:
        if not (folder / name).is_file():
            faults.add(f"{folder.name}/{name}", "没有这个文件", "", "编班记录不完整，请索取原件")
    faults.raise_if_any()
    record = json.loads((folder / FILES[1]).read_text(encoding="utf-8"))
    result = pd.read_csv(folder / FILES[2], dtype={"pupil_id": str})
    classes.verify(record, _read(folder / FILES[0]), result)
    typer.echo(f"核验无误：{record['pupils_n']} 人、{record['classes_n']} 个班，与公布的名册、种子和结果一致。")


def _read(path: Path) -> pd.DataFrame:
    """Read a roster: text as text, dates as dates, 是 and 否 as flags."""
    import pandas as pd

    from zhaosheng_analysis.files import kinds
    from zhaosheng_analysis.schema import DataError, Fault

    if not path.is_file():
        raise DataError(Fault(path.as_posix(), "没有这个文件", "csv", "请检查路径"))
    words = {"sex": {"male": "男", "female": "女"}}
    typed = {"birth_on": "date", "migrant": "flag", "special": "flag", "sex": "choice"}
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
    for name, kind in typed.items():
        if name in frame:
            frame[name] = kinds.parse(frame[name], kind, words=words.get(name))
    for name in frame.columns.difference([*typed, "pupil_id", "feeder", "twin_id"]):
        numbers = pd.to_numeric(frame[name], errors="coerce")
        frame[name] = numbers if numbers.notna().all() else frame[name]
    return frame
