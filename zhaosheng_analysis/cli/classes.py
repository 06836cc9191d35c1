"""The verbs of forming classes by lot: commit, form, file, teachers, verify; lists are in `class_lists`."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - typer asks for it when it runs
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis.cli import options

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    help="阳光分班：先公布名册哈希，再用后来产生的种子编班，人人可以重算。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
Roster = Annotated[
    Path,
    typer.Argument(
        help="名册（Excel、csv 等表格，或 parquet），或区县数据文件夹（再写 --school 和 --grade）。"
        "列：pupil_id, sex, birth_on，可选 migrant, feeder, special, twin_id。"
    ),
]
School = Annotated[str, typer.Option(help="学校编号或名称：名册取自数据文件夹的学籍表时用。")]
SeedForm = Annotated[str, typer.Option(help="种子的形式：digits:6（六位摇号球）或 drand:轮次。")]
SeedSource = Annotated[str, typer.Option(help="种子将从哪里来。")]
ClassesN = Annotated[int, typer.Option("--classes", help="班数。", show_default=False)]
StageOf = Annotated[str, typer.Option(help="学段：primary 或 junior。")]
Method = Annotated[str, typer.Option(help="random 随机；snake 蛇形（仅初中，须写明依据）。")]
SortKey = Annotated[str, typer.Option(help="蛇形的排序列；不得用成绩、等级、测试。")]
Basis = Annotated[str, typer.Option(help="蛇形的合法依据。")]
Twins = Annotated[str, typer.Option(help="多胞胎：together 同班，apart 不同班；不写则按政策，政策没有写的随派位。")]
Even = Annotated[str, typer.Option(help="均衡：sex 性别均衡，none 不作平衡；不写则按政策，政策没有写的性别均衡。")]
Also = Annotated[
    str, typer.Option(help="另行均衡的列：residence 居住地，band 分层（仅初中，须写明依据），可用逗号并列。")
]
Sizes = Annotated[str, typer.Option(help="各班人数，如 40,45,45；不写则相差不超过一人。")]
Wishes = Annotated[
    Path | None,
    typer.Option("--wishes", help="约定表：要求（同班、不同班、预先编入）、学生编号（几人用、隔开）、班号、理由。"),
]
Names = Annotated[str, typer.Option(help="姓名：same 同名分开，alike 同名同音分开；名册须有列 name（姓名）。")]
RulesOf = Annotated[str, typer.Option("--policy", help="规则编号或 TOML 文件：按它的多胞胎、均衡参数编班。")]
Published = Annotated[str, typer.Option(help="种子产生之前公布的承诺书哈希。")]
Grade = Annotated[int, typer.Option(help="年级：名册取自数据文件夹的学籍表时用。")]


@app.command(help="写出承诺书（内部），算出它的 SHA-256，在种子产生之前公布；公布之后再没有可选的东西。")
def commit(
    roster: Roster,
    classes_n: ClassesN = 0,
    stage: StageOf = "",
    seed_form: SeedForm = "",
    seed_source: SeedSource = "",
    out: Annotated[Path | None, typer.Option(help="承诺书写到哪个文件夹。")] = None,
    what: Annotated[str, typer.Option("--for", help="哪所学校哪个年级。")] = "",
    school: School = "",
    grade: Grade = 0,
    method: Method = "random",
    key: SortKey = "",
    basis: Basis = "",
    twins: Twins = "",
    even: Even = "",
    also: Also = "",
    sizes: Sizes = "",
    wishes: Wishes = None,
    names: Names = "",
    rules: RulesOf = "",
    settings: options.Settings = None,
    sheet: options.Sheet = "",
) -> None:
    """Write the commitment of a class formation and print its hash; without any terms only the roster is read."""
    from zhaosheng_analysis import classes, lottery

    pupils = roster_of(roster, school, grade, sheet)
    asked = {"--classes": classes_n, "--stage": stage, "--seed-form": seed_form, "--seed-source": seed_source}
    if not options.all_or_none(asked | {"--out": out}, roster.name):
        document = _trial(pupils, 1, "名册", {"stage": stage or "primary"})
        typer.echo(lottery.digest(document))
        typer.echo(f"{roster.name}：{len(pupils)} 人。这只是名册的哈希，正式编班请写明 {'、'.join(asked)}、--out。")
        return
    locked(out, classes.papers.FILES[0])
    _official(seed_form)
    terms = {"stage": stage, "method": method, "key": key, "basis": basis, "also": also}
    terms |= {**_said(rules, settings, twins, even), **_asked(pupils, sizes, wishes, names)}
    name = what or " ".join(filter(None, (school, f"{grade} 年级" if grade else ""))) or roster.stem
    document = classes.papers.commit(
        pupils, classes_n, school=name, seed_form=seed_form, seed_source=seed_source, **terms
    )
    options.write(out / classes.papers.FILES[0], lottery.commitments.canonical(document))
    typer.echo(lottery.digest(document))
    typer.echo(
        f"{len(document['roster'])} 人，{classes_n} 个班。请在种子产生之前公布上面这一行；承诺书含儿童信息，不公布。"
    )
    typer.echo(f"种子：{document['seed_how']}")
    _told(document)


@app.command(help="按承诺书和公布哈希之后产生的种子编班，写出结果、公示和记录；一次运行即锁定。")
def form(
    commitment: Annotated[Path, typer.Argument(help="commit 写出的承诺书；试编时为名册。")],
    seed: options.Seed,
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")],
    published: Annotated[str, typer.Option(help="种子产生之前公布的承诺书哈希；试编时不写。")] = "",
    note: Annotated[str, typer.Option(help="备注；不影响编班，记录里单列。")] = "",
    classes_n: ClassesN = 0,
    stage: StageOf = "",
    school: School = "",
    grade: Grade = 0,
    method: Method = "random",
    key: SortKey = "",
    basis: Basis = "",
    twins: Twins = "",
    even: Even = "",
    also: Also = "",
    sizes: Sizes = "",
    wishes: Wishes = None,
    names: Names = "",
    rules: RulesOf = "",
    settings: options.Settings = None,
    sheet: options.Sheet = "",
) -> None:
    """Form the classes of one grade and write the record; an existing record is never overwritten."""
    from zhaosheng_analysis import classes, lottery

    locked(out, classes.papers.FILES[1])
    if classes_n and not published:
        pupils = roster_of(commitment, school, grade, sheet)
        terms = {"stage": stage, "method": method, "key": key, "basis": basis, "also": also}
        terms |= {**_said(rules, settings, twins, even), **_asked(pupils, sizes, wishes, names)}
        document = _trial(pupils, classes_n, commitment.stem, terms)
        typer.echo(f"说明：{document['seed_how']}承诺书哈希 {lottery.digest(document)}", err=True)
    else:
        document = classes.papers.read(content_of(commitment), published=published)
    result, record = classes.papers.draw(document, seed=seed, notes={"备注": note} if note else {})
    for name, content in classes.papers.files(document, result, record).items():
        options.write(out / name, content)
    sizes = result.groupby("class_no").size()
    if document["seed_form"] == lottery.seeds.TRIAL:
        _told(document)
    typer.echo(f"{len(result)} 人编入 {record['classes_n']} 个班，每班 {sizes.min()}—{sizes.max()} 人。")


@app.command("file", help="教师组合报备：写出承诺书，算出它的 SHA-256，在种子产生之前公布。")
def filed(
    file: Annotated[
        Path, typer.Argument(help="报备的教师组合（Excel、csv 等表格，或 parquet），列 team 或 教师组合，一班一组。")
    ],
    filed_at: Annotated[datetime, typer.Option(help="报备时间，如 2024-08-23T10:00。")],
    seed_form: SeedForm,
    seed_source: SeedSource,
    out: Annotated[Path, typer.Option(help="编班结果文件夹。")],
    what: Annotated[str, typer.Option("--for", help="哪所学校哪个年级。")] = "",
    sheet: options.Sheet = "",
) -> None:
    """Write the commitment of the teams of teachers and print its hash."""
    import pandas as pd

    from zhaosheng_analysis import lottery
    from zhaosheng_analysis.classes import teams

    locked(out, teams.FILES[0])
    names = _teams(file, sheet)
    document = teams.commit(
        names, school=what or file.stem, filed_at=pd.Timestamp(filed_at), seed_form=seed_form, seed_source=seed_source
    )
    options.write(out / teams.FILES[0], lottery.commitments.canonical(document))
    typer.echo(lottery.digest(document))
    typer.echo(f"{len(names)} 组。请在种子产生之前公布上面这一行。")


@app.command(help="教师组合另行派位：先报备、后派位，写进同一文件夹。")
def teachers(
    seed: options.Seed,
    published: Published,
    drawn_at: Annotated[datetime, typer.Option(help="派位时间，须晚于报备。")],
    out: Annotated[Path, typer.Option(help="编班结果文件夹，内有报备时写出的承诺书。")],
) -> None:
    """Draw which team of teachers takes which class; an existing record is never overwritten."""
    import pandas as pd

    from zhaosheng_analysis.classes import teams

    locked(out, teams.FILES[1])
    document = teams.read(content_of(out / teams.FILES[0]), published=published)
    record = teams.draw(document, seed=seed, drawn_at=pd.Timestamp(drawn_at))
    written = teams.files(document, record)
    for name in teams.FILES[1:]:
        options.write(out / name, written[name])
    for number, team in record["classes"]:
        typer.echo(f"{number} 班：{team}")


@app.command(help="核验编班和教师派位：承诺书、结果、公示有一个字节改动即失败。")
def verify(
    folder: Annotated[Path, typer.Argument(help="编班结果文件夹。")],
    published: Published,
    seed: options.Seed,
    changes_published: Annotated[str, typer.Option(help="手工调整记录已公布的哈希。")] = "",
    teams_published: Annotated[str, typer.Option(help="教师承诺书已公布的哈希。")] = "",
    teams_seed: Annotated[str, typer.Option(help="教师派位公开的种子。")] = "",
) -> None:
    """Make a class formation again, and the draw of its teachers where there is one, from their folder."""
    from zhaosheng_analysis import classes
    from zhaosheng_analysis.classes import teams
    from zhaosheng_analysis.schema import DataError, Fault

    options.whole(folder, classes.papers.FILES, "编班")
    record = classes.papers.verify(contents_of(folder, classes.papers.FILES), published=published, seed=seed)
    typer.echo(f"核验无误：{record['pupils_n']} 人、{record['classes_n']} 个班，与公布的承诺书和种子一致。")
    if (folder / classes.changes.FILES[0]).exists():
        _verify_changes(folder, published, seed, changes_published)
    if not (folder / teams.FILES[1]).is_file():
        typer.echo("没有教师派位记录，未核验教师组合。")
        return
    if not (teams_published and teams_seed):
        remedy = "请写明 --teams-published 和 --teams-seed"
        raise DataError(Fault(folder.name, "有教师派位记录", "须用公布的哈希和种子核验", remedy))
    options.whole(folder, teams.FILES, "教师派位")
    drawn = teams.verify(contents_of(folder, teams.FILES), published=teams_published, seed=teams_seed)
    if drawn["classes_n"] != record["classes_n"]:
        found = f"教师 {drawn['classes_n']} 组，学生 {record['classes_n']} 个班"
        raise DataError(Fault(folder.name, found, "一班一组", "请核对两份记录"))
    typer.echo(f"教师派位核验无误：{drawn['classes_n']} 组。")


def contents_of(folder: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """Read papers of a folder."""
    return {name: (folder / name).read_bytes() for name in names}


def _verify_changes(folder: Path, published: str, seed: str, changes_published: str) -> None:
    """Replay the changes made by hand after the lot."""
    from zhaosheng_analysis import classes, lottery

    options.whole(folder, classes.changes.FILES, "手工调整")
    document = classes.papers.read(content_of(folder / classes.papers.FILES[0]), published=published)
    result, record = classes.papers.draw(document, seed=seed)
    contents = contents_of(folder, classes.changes.FILES)
    lines = classes.changes.verify(contents, document, result, record, published=changes_published)
    typer.echo(f"派位之后有 {len(lines)} 人次手工调整，记录与调整后名单相符；派位结果本身未动。")
    if not changes_published:
        hashed = lottery.commitments.sha256(contents[classes.changes.FILES[0]].decode())
        typer.echo(f"调整记录的哈希为 {hashed}，理由和日期有无改写，请与公布的比对（--changes-published）。")


def _asked(pupils: pd.DataFrame, sizes: str, wishes: Path | None, names: str) -> dict[str, object]:
    """Return sizes and wishes as the terms of a formation; nothing where nothing is asked."""
    from zhaosheng_analysis import classes
    from zhaosheng_analysis.schema import DataError, Fault

    parts = [part.strip() for part in sizes.replace("，", ",").replace("、", ",").split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise DataError(Fault("--sizes", f"「{sizes}」", "如 40,45,45", "请写各班人数"))
    asked = classes.wishes.of_names(pupils, names)
    if wishes is not None:
        read, notes = classes.wishes.read(content_of(wishes), wishes.name)
        options.tell(notes)
        asked += read
    return {"sizes": tuple(map(int, parts)), "wishes": asked}


def _told(document: dict[str, object]) -> None:
    """Say which wishes bind the lot, and what they cost in balance beside the free draw."""
    from zhaosheng_analysis import classes

    asked = classes.papers.wishes_of(document)
    if not asked:
        return
    kinds = [(word, sum(wish.kind == kind for wish in asked)) for kind, word in classes.wishes.KINDS.items()]
    typer.echo("约定：" + "，".join(f"{word} {number} 条" for word, number in kinds if number) + "，全部能同时满足。")
    terms = {name: document[name] for name in (*classes.papers.TERMS, "sizes")}
    pupils = classes.papers.pupils_of(document)
    table = classes.comparing.beside_free_draw(pupils, document["classes_n"], wishes=asked, **terms)
    for row in table[table[["with_wishes", "free"]].max(axis=1) > 0].itertuples():
        title = classes.comparing.TRAITS[row.trait]
        typer.echo(f"{title}的班际差异：附约定 {row.with_wishes:.3f}，不附约定 {row.free:.3f}（0 为完全均衡）。")


def _said(rules: str, settings: list[str] | None, twins: str, even: str) -> dict[str, str]:
    """Return how twins and balance are to be dealt with: as asked for, else as the rules have it."""
    from zhaosheng_analysis import classes
    from zhaosheng_analysis import policy as books

    said = classes.terms(books.load(rules, set=options.of_policy(settings))) if rules else {}
    return said | {name: value for name, value in (("twins", twins), ("even", even)) if value}


def _trial(pupils: pd.DataFrame, classes_n: int, name: str, terms: dict[str, str]) -> dict[str, object]:
    """Make the document of a formation that only tries things out: no seed was named beforehand."""
    from zhaosheng_analysis import classes, lottery

    named = {"school": name, "seed_form": lottery.seeds.TRIAL, "seed_source": "操作人"}
    return classes.papers.commit(pupils, classes_n, **named, **terms)


def _official(seed_form: str) -> None:
    """Refuse the form of a trial where a hash is to be published."""
    from zhaosheng_analysis import lottery
    from zhaosheng_analysis.schema import DataError, Fault

    if seed_form == lottery.seeds.TRIAL:
        raise DataError(Fault("--seed-form", "trial 只用于试编", lottery.seeds.FORMS, "请另选一种"))


def locked(out: Path, name: str) -> None:
    """Refuse to draw a second time into a folder."""
    from zhaosheng_analysis.schema import DataError, Fault

    if (out / name).exists():
        remedy = "如须重做，请另立文件夹并写明原因"
        raise DataError(Fault(out.as_posix(), f"已有记录 {name}", "一次运行即锁定", remedy))


def roster_of(path: Path, school: str, grade: int, sheet: str) -> pd.DataFrame:
    """Read a roster from a file, or from the roll of a district folder."""
    from zhaosheng_analysis import classes
    from zhaosheng_analysis.classes import rosters
    from zhaosheng_analysis.schema import DataError, Fault

    if path.is_dir():
        if not school or not grade:
            raise DataError(Fault(path.as_posix(), "是数据文件夹", "", "请写明 --school 学校编号 和 --grade 年级"))
        return classes.entrants(options.district(path), school, grade)
    pupils, notes = rosters.read(content_of(path), path.name, sheet=sheet)
    options.tell(notes)
    return pupils


def _teams(path: Path, sheet: str) -> list[str]:
    """Read the teams of teachers that were filed."""
    from zhaosheng_analysis.classes import rosters

    teams, notes = rosters.teams(content_of(path), path.name, sheet=sheet)
    options.tell(notes)
    return teams


def content_of(path: Path) -> bytes:
    """Read a file somebody named, or say that it is not there."""
    from zhaosheng_analysis.schema import DataError, Fault

    if not path.is_file():
        raise DataError(Fault(path.as_posix(), "没有这个文件", "Excel、csv 等表格，或 parquet", "请检查路径"))
    return path.read_bytes()
