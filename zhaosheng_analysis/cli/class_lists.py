"""The verbs of class lists as they stand: print, test, compare, change by hand, room for brothers and sisters."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - typer asks for it when it runs
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis.cli import options
from zhaosheng_analysis.cli.classes import Grade, Roster, School, app, content_of, contents_of, roster_of

if TYPE_CHECKING:
    import pandas as pd

HARDLY = 0.01
Version = Annotated[Path, typer.Argument(help="名单文件（须有班号），或编班结果文件夹（有手工调整的取调整后）。")]


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

    pupils = listed(roster, school, grade, sheet)
    if "class_no" not in pupils or pupils["class_no"].isna().any():
        raise DataError(Fault(roster.as_posix(), "没有班号，或有人没有班号", "", "请补上列 class_no（班号）"))
    for row in balance.by_class(pupils).itertuples():
        migrants = "" if row.migrant_share != row.migrant_share else f"，随迁 {row.migrant_share:.0%}"
        ages = f"平均 {row.mean_months / 12:.1f} 岁"
        typer.echo(f"{row.class_no} 班：{row.pupils_n} 人，男 {row.male_n} 女 {row.female_n}，{ages}{migrants}")
    for row in classes.tests(pupils, pupils["class_no"], seed=seed).itertuples():
        words = "随机编班难以出现" if row.p <= HARDLY else "看不出不是随机编班"
        typer.echo(f"{balance.TRAITS[row.trait]}：p = {row.p:.3f}，{words}")


@app.command(help="比较两份名单：谁换了班，人数和男女怎样变，编班时的约定是否仍然满足。")
def compare(before: Version, after: Version) -> None:
    """Print what differs between two versions of the classes of a grade."""
    from zhaosheng_analysis import classes

    tables = [listed(path, "", 0, "") for path in (before, after)]
    versions = classes.comparing.versions(*tables)
    typer.echo(f"{versions['shared_n']} 人两份都有，{len(versions['moved'])} 人换了班。")
    for row in versions["moved"].itertuples():
        typer.echo(f"{row.pupil_id}：{row.class_before} 班 → {row.class_after} 班")
    for title, names in (("只在前一份", versions["left"]), ("只在后一份", versions["joined"])):
        if names:
            typer.echo(f"{title}：{'、'.join(names)}")
    for row in versions["balance"].itertuples():
        sizes = f"{row.pupils_before_n} → {row.pupils_after_n} 人，男 {row.boys_before_n} → {row.boys_after_n}"
        typer.echo(f"{row.class_no} 班：{sizes}")
    folder = next((path for path in (after, before) if path.is_dir()), None)
    if folder is not None:
        document = _document(folder)
        for path, table in zip((before, after), tables, strict=True):
            lost = classes.comparing.broken(classes.papers.wishes_of(document), table)
            typer.echo(f"{path.as_posix()}：" + ("约定全部满足。" if not lost else f"违反 {len(lost)} 条约定："))
            for wish in lost:
                typer.echo(f"  {wish}")


@app.command(help="派位之后手工调班：重新检查约定和均衡，写明理由和决定人，记入同一文件夹；派位结果本身不动。")
def change(
    folder: Annotated[Path, typer.Argument(help="编班结果文件夹。")],
    moves: Annotated[list[str], typer.Argument(help="学生编号=班号；对调写两个。")],
    reason: Annotated[str, typer.Option(help="理由，一行文字。")],
    decided_by: Annotated[str, typer.Option(help="谁决定的。")],
    on: Annotated[datetime, typer.Option(help="哪天决定的，如 2025-09-03。", formats=["%Y-%m-%d"])],
    despite: Annotated[bool, typer.Option("--despite", help="不顾约定和均衡；写进记录。")] = False,
) -> None:
    """Check changes made by hand and record them beside the papers of the draw."""
    import pandas as pd

    from zhaosheng_analysis import classes, lottery
    from zhaosheng_analysis.schema import DataError, Fault

    document, result, record = _drawn(folder)
    path = folder / classes.changes.FILES[0]
    earlier = classes.changes.read(path.read_bytes()) if path.exists() else []
    asked = [move.partition("=") for move in moves]
    odd = [move for move, (_, _, number) in zip(moves, asked, strict=True) if not number.strip().isdecimal()]
    if odd:
        raise DataError(Fault("手工调整", f"「{odd[0]}」", "学生编号=班号，如 A0001=2", "请改正"))
    pairs = [(name.strip(), int(number)) for name, _, number in asked]
    said = {"reason": reason, "decided_by": decided_by, "on": pd.Timestamp(on), "despite": despite}
    lines = classes.changes.change(document, result, pairs, earlier=earlier, **said)
    contents = classes.changes.files(document, result, record, lines)
    for name, content in contents.items():
        options.write(folder / name, content)
    for words in lines[-1]["breaks"]:
        typer.echo(f"已记录：{words}")
    typer.echo(lottery.commitments.sha256(contents[classes.changes.FILES[0]].decode()))
    typer.echo(f"记录了 {len(pairs)} 人的调整，共 {len(lines)} 人次。请公布上面这一行，作为调整记录的哈希。")


@app.command(help="各班名册（Excel，一班一张）：编班结果加上学校名册原有的每一列，有手工调整的取调整后。")
def lists(
    folder: Annotated[Path, typer.Argument(help="编班结果文件夹。")],
    roster: Annotated[Path, typer.Argument(help="学校的名册：编班时用的那一份，可以多列。")],
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")],
    sheet: options.Sheet = "",
) -> None:
    """Write a workbook with a sheet a class, every column of the school's roster in it."""
    from zhaosheng_analysis import classes

    document, result, _ = _drawn(folder)
    path = folder / classes.changes.FILES[0]
    if path.exists():
        result = classes.changes.replayed(result, classes.changes.read(path.read_bytes()))
    result = result.merge(classes.papers.pupils_of(document)[["pupil_id", "birth_on"]], on="pupil_id")
    table = classes.class_books.joined(classes.rosters.kept(content_of(roster), roster.name, sheet=sheet), result)
    content = classes.class_books.workbook(table, title=document["school"], teams=_teams_of(folder))
    options.write(out / "内部-各班名册.xlsx", content)
    typer.echo(f"{len(table)} 人，{table['班号'].nunique()} 个班，一班一张。")


def _teams_of(folder: Path) -> dict[int, str]:
    """Return the team of teachers of each class; nothing where none was drawn."""
    import json

    from zhaosheng_analysis import classes

    path = folder / classes.teams.FILES[1]
    return dict(json.loads(path.read_text(encoding="utf-8"))["classes"]) if path.is_file() else {}


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


def listed(path: Path, school: str, grade: int, sheet: str) -> pd.DataFrame:
    """Read a list with classes: a file, the roll of a district folder, or the folder of a formation."""
    from zhaosheng_analysis import classes

    names = (classes.changes.FILES[1], classes.papers.FILES[2])
    written = next((path / name for name in names if (path / name).is_file()), path)
    return roster_of(written, school, grade, sheet)


def _document(folder: Path) -> dict[str, object]:
    """Read the commitment that lies in a folder, whatever was published."""
    from zhaosheng_analysis import classes, lottery

    content = content_of(folder / classes.papers.FILES[0])
    published = lottery.commitments.sha256(content.decode(errors="replace"))
    return classes.papers.read(content, published=published)


def _drawn(folder: Path) -> tuple[dict[str, object], pd.DataFrame, dict[str, object]]:
    """Draw again what the papers of a folder say, and refuse papers that differ."""
    import json

    from zhaosheng_analysis import classes, lottery

    options.whole(folder, classes.papers.FILES, "编班")
    contents = contents_of(folder, classes.papers.FILES)
    published = lottery.commitments.sha256(contents[classes.papers.FILES[0]].decode(errors="replace"))
    seed = str(json.loads(contents[classes.papers.FILES[1]].decode()).get("seed", ""))
    record = classes.papers.verify(contents, published=published, seed=seed)
    document = classes.papers.read(contents[classes.papers.FILES[0]], published=published)
    return document, classes.papers.draw(document, seed=seed)[0], record
