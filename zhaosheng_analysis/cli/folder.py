"""A district folder: ``zhaosheng template`` lays out an empty one, ``zhaosheng check`` says what is in one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis import disk
from zhaosheng_analysis.cli import layer_pictures, options

if TYPE_CHECKING:
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy
    from zhaosheng_analysis.schema import Note

CHECK = "检查数据文件夹，一次说出全部问题。"
TEMPLATE = "写出空白样表：带批注的工作簿和空图层，供填报。"
_SENTENCES_SHOWN = 5


def check(
    folder: options.Folder,
    strict: Annotated[bool, typer.Option("--strict", help="有疑问的也算不合格：逐条确认或更正之后才通过。")] = False,
    picture: Annotated[
        Path | None, typer.Option(help="把各图层叠在一起画成图，存为这个 PNG 文件：位置对不对，一看便知。")
    ] = None,
) -> None:
    """Load a folder, which checks it, and say what is in it."""
    district = _read(folder, picture)
    if picture is not None and not district.mapped:
        typer.echo("没有图可画：学校没有位置，也没有区县界、小区和学区。", err=True)
    elif picture is not None:  # before the rules are read, which may be refused
        layer_pictures.of_district(district, picture)
    said, doubts = _rules_told(district, folder)
    doubts += _unplaced(district, folder) if district.mapped else []
    asked = _contents_told(district, len(doubts))
    if picture is None and any("换算" in str(note) for note in asked):
        typer.echo("  加上 --picture 文件名.png，可在图上看各图层的位置。")
    for line in said:
        typer.echo(line)
    for doubt in doubts:
        typer.echo(f"  （请确认）{doubt}")
    if strict and (asked or doubts):
        typer.echo(f"有 {len(asked) + len(doubts)} 处疑问，须确认或更正。", err=True)
        raise typer.Exit(1)


def _read(folder: Path, picture: Path | None) -> District:
    """Read a folder with what is noted of its campuses; of one that is refused the layers are drawn all the same."""
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
    return replace(loaded, notes=campuses.joined(loaded).notes)  # who shares a plan is told here too


def _contents_told(district: District, doubts: int) -> list[Note]:
    """Say what is in a folder and how it was read, and return what of that is to be confirmed beside the doubts."""
    from zhaosheng_analysis import geodata

    asked = [note for note in district.notes if note.asks]
    n = len(asked) + doubts
    typer.echo(f"{district.name}：{f'没有错误，有 {n} 处请确认' if n else '没有发现问题'}。")
    if len(district.boundary):
        lon, lat = geodata.whereabouts.place(district)
        judged = district.about.get("headquarters") or geodata.whereabouts.prefecture(district.code)
        ask = "" if judged else "；对不对请看一眼：没有写政府驻地（about 表的 headquarters），中央经线没有核对"
        typer.echo(f"  区县界按 {district.crs} 在东经 {lon:.2f} 度、北纬 {lat:.2f} 度{ask}")
    layers = {name: getattr(district, name) for name in geodata.LAYERS}
    for name, table in sorted((layers | district.tables).items()):
        typer.echo(f"  {name:<16}{len(table):>9,} 行  {district.places[name]}")
    if district.notes:
        typer.echo("读入时已按下面的办法处理，请看一遍：")
    for note in district.notes:
        typer.echo(f"  {'（请确认）' if note.asks else ''}{note}")
    if district.unused:
        typer.echo(f"没有用到的文件：{'、'.join(f'{name}（{why}）' for name, why in district.unused.items())}")
    return asked


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


def _schools_lost(district: District, rules: Policy) -> list[str]:
    """Say which schools the rules name that the folder does not have."""
    from zhaosheng_analysis import policy
    from zhaosheng_analysis.geodata import names
    from zhaosheng_analysis.schema import Faults

    borne, faults = names.bearers(district.schools, "school_id"), Faults()
    for where, schools, _ in policy.quoted_values.with_schools(rules):
        for word in dict.fromkeys(schools):
            names.judge(word, borne, key="school_id", where=f"{rules.file} {where}", faults=faults)
    return [str(fault) for fault in faults.found]


def _rules_told(district: District, folder: Path) -> tuple[list[str], list[str]]:
    """Return the lines that say which rule file a folder goes by, and what of the two does not fit together."""
    from zhaosheng_analysis import admission, geodata
    from zhaosheng_analysis import policy as policies
    from zhaosheng_analysis.geodata import declared

    name = str(district.about.get("policy") or "")
    beside = declared.beside(folder, name)
    rules = policies.of(district, beside=folder)
    wanting = policies.needed_tables.still_wanting(district.tables, rules).items()
    said = [f"还不能做{job}：缺少{titles}（一行也没有的，留一张空表）。" for job, titles in wanting]
    empty = [layer for layer in geodata.LAYERS if getattr(district, layer).empty]
    blank = policies.needed_tables.on_empty_layers(empty).items()
    said += [f"还不能做{job}：图层「{titles}」里一个也没有。" for job, titles in blank]
    if rules.kind == "forecast":
        said.append(f"规则文件：没有写（about 表的 policy），按通用假定（{rules.id}）。")
        return said, []
    own = beside is not None and rules.file == beside.name
    said.append(f"规则文件：{rules.id}（{'文件夹里的 ' + rules.file if own else '程序自带的'}），{rules.title}。")
    year = int(district.about["intake_year"])
    doubts = [] if own or not beside else [f"文件夹里的 {beside.name} 不是 about 表所写的 {name}，没有用到"]
    if rules.district and rules.district != district.id:
        doubts.append(f"规则文件写的是 {rules.district}，数据是 {district.id}")
    if rules.intake_year != year:
        doubts.append(f"规则文件是 {rules.intake_year} 年的，数据是 {year} 年的")
    lost = _schools_lost(district, rules)
    if lost:  # a question, not a refusal: a forecast, a redraw and an audit of this folder look at no such rule
        said.append(
            f"还不能做录取：规则文件写了数据里没有的学校（{len(lost)} 处，见“请确认”）；预测、调整学区不受影响。"
        )
    doubts += lost
    unlike = admission.reserves.unlike(district, rules)
    if unlike:
        shown = "；".join(unlike[:3])
        doubts.append(f"{len(unlike)} 处预留学位与经审批的照顾对象人数不符：{shown}{'；……' if len(unlike) > 3 else ''}")
    return said, doubts


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
    if filled := needed_tables.layers(job):
        typer.echo(f"  图层里不能空着的：{'、'.join(map(_titled, filled))}")
    written, beside = Path(policy), out / "policy.toml"
    if written.suffix == ".toml" and written.is_file() and not beside.exists():  # else its own columns are strangers
        disk.write(beside, written.read_bytes())
        typer.echo("  规则文件：已抄成 policy.toml，各条命令自己会找到它；规则改了，请再抄一次")
    typer.echo(f"下一步：填工作簿（每张表去掉示例行）、在 QGIS 里画图层，再运行 zhaosheng check {out.as_posix()}")


def _titled(name: str) -> str:
    """Name a table as a planner knows it, with its sheet."""
    from zhaosheng_analysis.schema import TABLES

    return f"{TABLES[name].title}({name})"
