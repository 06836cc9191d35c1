"""The verbs of forming classes by lot: commit, form, file, teachers, verify; and of lists and classes as they stand."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - typer asks for it when it runs
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis.cli import options

if TYPE_CHECKING:
    import pandas as pd

HARDLY = 0.01

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
    rules: RulesOf = "",
    settings: options.Settings = None,
    sheet: options.Sheet = "",
) -> None:
    """Write the commitment of a class formation and print its hash; without any terms only the roster is read."""
    from zhaosheng_analysis import classes, lottery

    pupils = _roster(roster, school, grade, sheet)
    asked = {"--classes": classes_n, "--stage": stage, "--seed-form": seed_form, "--seed-source": seed_source}
    if not options.all_or_none(asked | {"--out": out}, roster.name):
        document = _trial(pupils, 1, "名册", {"stage": stage or "primary"})
        typer.echo(lottery.digest(document))
        typer.echo(f"{roster.name}：{len(pupils)} 人。这只是名册的哈希，正式编班请写明 {'、'.join(asked)}、--out。")
        return
    _locked(out, classes.papers.FILES[0])
    _official(seed_form)
    terms = {"stage": stage, "method": method, "key": key, "basis": basis, **_said(rules, settings, twins, even)}
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
    rules: RulesOf = "",
    settings: options.Settings = None,
    sheet: options.Sheet = "",
) -> None:
    """Form the classes of one grade and write the record; an existing record is never overwritten."""
    from zhaosheng_analysis import classes, lottery

    _locked(out, classes.papers.FILES[1])
    if classes_n and not published:
        terms = {"stage": stage, "method": method, "key": key, "basis": basis, **_said(rules, settings, twins, even)}
        document = _trial(_roster(commitment, school, grade, sheet), classes_n, commitment.stem, terms)
        typer.echo(f"说明：{document['seed_how']}承诺书哈希 {lottery.digest(document)}", err=True)
    else:
        document = classes.papers.read(_content(commitment), published=published)
    result, record = classes.papers.draw(document, seed=seed, notes={"备注": note} if note else {})
    for name, content in classes.papers.files(document, result, record).items():
        options.write(out / name, content)
    sizes = result.groupby("class_no").size()
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

    _locked(out, teams.FILES[0])
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

    _locked(out, teams.FILES[1])
    document = teams.read(_content(out / teams.FILES[0]), published=published)
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
    teams_published: Annotated[str, typer.Option(help="教师承诺书已公布的哈希。")] = "",
    teams_seed: Annotated[str, typer.Option(help="教师派位公开的种子。")] = "",
) -> None:
    """Make a class formation again, and the draw of its teachers where there is one, from their folder."""
    from zhaosheng_analysis import classes
    from zhaosheng_analysis.classes import teams
    from zhaosheng_analysis.schema import DataError, Fault

    options.whole(folder, classes.papers.FILES, "编班")
    record = classes.papers.verify(_contents(folder, classes.papers.FILES), published=published, seed=seed)
    typer.echo(f"核验无误：{record['pupils_n']} 人、{record['classes_n']} 个班，与公布的承诺书和种子一致。")
    if not (folder / teams.FILES[1]).is_file():
        typer.echo("没有教师派位记录，未核验教师组合。")
        return
    if not (teams_published and teams_seed):
        remedy = "请写明 --teams-published 和 --teams-seed"
        raise DataError(Fault(folder.name, "有教师派位记录", "须用公布的哈希和种子核验", remedy))
    options.whole(folder, teams.FILES, "教师派位")
    drawn = teams.verify(_contents(folder, teams.FILES), published=teams_published, seed=teams_seed)
    if drawn["classes_n"] != record["classes_n"]:
        found = f"教师 {drawn['classes_n']} 组，学生 {record['classes_n']} 个班"
        raise DataError(Fault(folder.name, found, "一班一组", "请核对两份记录"))
    typer.echo(f"教师派位核验无误：{drawn['classes_n']} 组。")


def _contents(folder: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names}


@app.command("test", help="检验一份已有的分班名单：像不像随机编出来的。")
def judged(
    roster: Roster,
    school: School = "",
    grade: Grade = 0,
    seed: Annotated[str, typer.Option(help="用来重新发牌比较的种子；同一种子结果相同。")] = "检验",
    sheet: options.Sheet = "",
) -> None:
    """Print the balance of the classes of a list and ask, trait by trait, whether a lot could have made it."""
    from zhaosheng_analysis import classes
    from zhaosheng_analysis.classes import balance
    from zhaosheng_analysis.schema import DataError, Fault

    pupils = _roster(roster, school, grade, sheet)
    if "class_no" not in pupils or pupils["class_no"].isna().any():
        raise DataError(Fault(roster.as_posix(), "没有班号，或有人没有班号", "", "请补上列 class_no（班号）"))
    for row in balance.by_class(pupils).itertuples():
        migrants = "" if row.migrant_share != row.migrant_share else f"，随迁 {row.migrant_share:.0%}"
        ages = f"平均 {row.mean_months / 12:.1f} 岁"
        typer.echo(f"{row.class_no} 班：{row.pupils_n} 人，男 {row.male_n} 女 {row.female_n}，{ages}{migrants}")
    for row in classes.tests(pupils, pupils["class_no"], seed=seed).itertuples():
        words = "随机编班难以出现" if row.p <= HARDLY else "看不出不是随机编班"
        typer.echo(f"{balance.TRAITS[row.trait]}：p = {row.p:.3f}，{words}")


@app.command(help="逐班余位：标准班额内还能收几人，长幼随学最多还能收几人；任何班不得达到大班额。")
def headroom(
    folder: options.Folder,
    policy: options.PolicyName = "",
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")] = Path("reports"),
) -> None:
    """Write the room of every class of a district, and say how the requests of siblings fit where there are any."""
    from zhaosheng_analysis import classes

    district, rules = options.read(folder, policy, joined=False)
    table = district.table("classes")
    table = table[table["school_year"] == table["school_year"].max()]
    room = classes.headroom(table, rules, system=district.school_system)
    room.insert(1, "name", room["school_id"].map(district.schools.set_index("school_id")["name"]))
    words = {
        "school_id": "学校编号",
        "name": "学校",
        "grade": "年级",
        "class_no": "班号",
        "pupils_n": "现有人数",
        "base": "标准班额",
        "cap": "长幼随学上限",
        "room_n": "标准班额内余位",
        "sibling_room_n": "长幼随学余位",
    }
    options.save(out, headroom=room[list(words)].rename(columns=words))
    full = int((room["sibling_room_n"] == 0).sum())
    typer.echo(
        f"{len(room)} 个班：标准班额内余 {room['room_n'].sum()} 位，长幼随学可到 {room['sibling_room_n'].sum()} 位，"
        f"{full} 个班已无余位；没有一个班会达到 {rules.capacity.oversized} 人。"
    )


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


def _locked(out: Path, name: str) -> None:
    """Refuse to draw a second time into a folder."""
    from zhaosheng_analysis.schema import DataError, Fault

    if (out / name).exists():
        remedy = "如须重做，请另立文件夹并写明原因"
        raise DataError(Fault(out.as_posix(), f"已有记录 {name}", "一次运行即锁定", remedy))


def _roster(path: Path, school: str, grade: int, sheet: str) -> pd.DataFrame:
    """Read a roster from a file, or from the roll of a district folder."""
    from zhaosheng_analysis import classes
    from zhaosheng_analysis.classes import rosters
    from zhaosheng_analysis.schema import DataError, Fault

    if path.is_dir():
        if not school or not grade:
            raise DataError(Fault(path.as_posix(), "是数据文件夹", "", "请写明 --school 学校编号 和 --grade 年级"))
        return classes.entrants(options.district(path), school, grade)
    pupils, notes = rosters.read(_content(path), path.name, sheet=sheet)
    options.tell(notes)
    return pupils


def _teams(path: Path, sheet: str) -> list[str]:
    """Read the teams of teachers that were filed."""
    from zhaosheng_analysis.classes import rosters

    teams, notes = rosters.teams(_content(path), path.name, sheet=sheet)
    options.tell(notes)
    return teams


def _content(path: Path) -> bytes:
    from zhaosheng_analysis.schema import DataError, Fault

    if not path.is_file():
        raise DataError(Fault(path.as_posix(), "没有这个文件", "Excel、csv 等表格，或 parquet", "请检查路径"))
    return path.read_bytes()
