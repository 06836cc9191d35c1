"""The verbs about zones: read a sentence, draft a sentence, check that zones cover everybody once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis import disk
from zhaosheng_analysis.cli import options

if TYPE_CHECKING:
    from typing import NamedTuple

    from geopandas import GeoDataFrame
    from shapely.geometry.base import BaseGeometry

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.sentences import Parsed, Territory

app = typer.Typer(
    help="学区：读懂文字、起草文字、检查覆盖。", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

SAME_SHARE = 1e-3
CUT_SHOWN = 3
Json = Annotated[bool, typer.Option("--json", help="输出 JSON。")]
Stage = Annotated[str, typer.Option(help="学段：primary（小学）或 junior（初中）。")]
Place = Annotated[Path | None, typer.Option(help="区县数据文件夹；给出后落到图上。")]
Assume = Annotated[
    list[str] | None,
    typer.Option(help="教育局认定的约定，可写多个：某路照直延长；甲路与乙街照直相接；某路取与乙街相接的一条。"),
]
Pictures = Annotated[Path | None, typer.Option(help="每项发现画一张图，存到这个文件夹。")]


@app.command(help="读一句学区文字：各部分是什么，哪些词没有读懂；给出数据文件夹则落到图上。")
def parse(
    sentence: Annotated[str, typer.Argument(help="通告中的一句学区文字，繁简均可。")],
    district: Place = None,
    stage: Stage = "primary",
    limit: Annotated[str, typer.Option(help="文字没有写明界限时，限于哪个区域，如城区。")] = "",
    assume: Assume = None,
    picture: Annotated[
        Path | None, typer.Option(help="画成图，存为这个 PNG 文件；读到的、补上的、有疑问的都在图上。")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the tree of a sentence; exit 1 if it leaves a doubt or, with a district, a name is not on the map."""
    from zhaosheng_analysis.sentences import parsing

    if picture is not None and district is None:
        _refuse("--picture", "没有给出数据文件夹", "图要画在一个区县的地图上", "请加上 --district")
    if assume and district is None:
        _refuse("--assume", "没有给出数据文件夹", "约定说的是图上的路", "请加上 --district")
    parsed, territory = parsing.parse(sentence), None
    if district is not None:
        from zhaosheng_analysis import sentences

        folder = options.mapped(district)
        territory = sentences.place(parsed, folder, stage=_stages(stage)[0], limit=limit, assume=assume or ())
        if picture is not None:
            _draw_sentence(territory, folder, picture, aside=as_json)
    typer.echo(_json(parsed, territory) if as_json else _written(parsed, territory))
    if territory and territory.lines and territory.open and picture is None and not as_json:
        typer.echo("  加上 --picture 文件名.png，可在图上看这几条路和它们的延长线。")
    raise typer.Exit(0 if parsed.understood and not (territory and territory.open) else 1)


@app.command(help="按图起草一个学区的文字，并读回来核对。")
def write(
    folder: options.Folder,
    zone_id: Annotated[str, typer.Argument(help="学区编号，见图层 zones。")],
    as_json: Json = False,
) -> None:
    """Draft the sentence of a zone and read it back; exit 1 if it does not give the zone again."""
    import shapely

    from zhaosheng_analysis.sentences import atlases, drafting, placing

    district = options.mapped(folder)
    zone = _zone(district.zones, zone_id)
    atlas = atlases.of(district)
    sentence = drafting.write(zone.geometry, district, ground=atlas)
    territory = placing.place(sentence, district, stage=zone.stage, index=atlas.gazetteer)
    apart = shapely.symmetric_difference(territory.land, zone.geometry)
    stray = apart.area / zone.geometry.area
    present, doubts = (
        zone.sentence if isinstance(zone.sentence, str) else "",
        list(map(str, territory.faults.found)),
    )
    unsettled = list(map(str, territory.doubts.found))
    cut = drafting.cut(zone.geometry, district) if stray >= SAME_SHARE else {}
    if as_json:
        record = {"zone_id": zone_id, "draft": sentence, "present": present, "stray_share": stray, "doubts": doubts}
        record |= {"to_settle": unsettled, "cut_units": cut}
        typer.echo(json.dumps(record, ensure_ascii=False, indent=2))
    else:
        lines = [sentence, *([f"现有文字：{present}"] if present else []), f"读回核对：与图形相差 {stray:.2%}"]
        lines += [f"待认定：{doubt}" for doubt in unsettled]
        lines += [f"疑问：{doubt}" for doubt in doubts]
        lines += _cut(cut) or _uninhabited(apart, district) if stray >= SAME_SHARE else []
        typer.echo("\n".join(lines))
    raise typer.Exit(0 if stray < SAME_SHARE and not doubts else 1)


@app.command(help="把教育局认定的约定（照直延长、照直相接、取第几条）记在一个学区旁边，结果另存为一个新的数据文件夹。")
def settle(
    folder: options.Folder,
    zone_id: Annotated[str, typer.Argument(help="学区编号，见图层 zones。")],
    assume: Assume = None,
    out: Annotated[Path, typer.Option(help="改好的数据存到这个文件夹。")] = ...,
) -> None:
    """Write the district with what was settled beside a zone; `check` reads it again. Exit 1 if a doubt is left."""
    import dataclasses

    from zhaosheng_analysis import geodata, sentences

    if out.resolve() == folder.resolve():
        _refuse("--out", "与原文件夹相同", "原数据不改动", "请另写一个文件夹")
    district = options.mapped(folder, sketched=False)  # what is saved is what was drawn by hand
    zone = _zone(district.zones, zone_id)
    choices = "；".join(assume or ())
    territory = sentences.place(zone.sentence or "", district, stage=zone.stage, assume=choices)
    kept = district.zones.get("assume", "")
    layer = district.zones.assign(assume=kept)
    layer.loc[layer["zone_id"] == zone_id, "assume"] = choices
    geodata.save(dataclasses.replace(district, zones=layer), out)
    typer.echo(f"{zone.name}：{choices or '没有约定'}\n{sentences.placing.summary(territory)}\n已存到 {out}")
    raise typer.Exit(1 if territory.open else 0)


def _cut(units: dict[str, float]) -> list[str]:
    """Say which units a zone cuts, which is why no sentence of whole units gives it back."""
    if not units:
        return []
    listed = "、".join(f"{name} {share:.0%} 在内" for name, share in list(units.items())[:CUT_SHOWN])
    more = f"等 {len(units)} 个" if len(units) > CUT_SHOWN else ""
    return [f"原因：学区切开了小区，文字只能写整个小区：{listed}{more}。请把边界画到小区边上，或写明按楼栋、门牌划分。"]


def _uninhabited(apart: BaseGeometry, district: District) -> list[str]:
    """Say that what a draft leaves out or adds is land without units, which only streets could describe."""
    import shapely

    held = shapely.intersection(apart, shapely.union_all(district.units.geometry.to_numpy()))
    if held.area > SAME_SHARE * apart.area:
        return []
    return [
        f"原因：相差的 {apart.area / 1e6:.2f} 平方公里里没有小区和村（如河滩），没有相接的路把它围住；小区与村都相符。"
    ]


@app.command(help="检查学区：遗漏、重叠、飞地、切开的小区、学校与学区不符、文字与图不符；有发现即失败。")
def check(
    folder: options.Folder,
    stage: Annotated[str, typer.Option(help="学段：primary 或 junior；不写则两个学段。")] = "",
    on: Annotated[str, typer.Option(help="看哪一天生效的学区，如 2025-09-01；不写则为招生年份的 9 月 1 日。")] = "",
    policy: options.PolicyName = "",
    pictures: Pictures = None,
    as_json: Json = False,
) -> None:
    """Print every finding on one page; exit 1 if there is one."""
    from zhaosheng_analysis import policy as policies
    from zhaosheng_analysis import texts, zones

    district = options.mapped(folder)
    day = on or f"{district.about['intake_year']}-09-01"
    chosen = _stages(stage)
    named = policy or district.about.get("policy")
    rules = policies.of(district, policy, beside=folder) if named else None
    findings = zones.check(district, stage=stage or None, policy=rules, on=day)
    layers = {each: zones.valid(district.zones, stage=each, on=day) for each in chosen}
    counted = {each: len(layer) for each, layer in layers.items()}
    if as_json:
        typer.echo(json.dumps(texts.zones.plain(findings), ensure_ascii=False, indent=2))
    else:
        typer.echo(texts.zones.page(findings, district, day=day, zones_n=counted))
    if pictures is not None:
        _draw(findings, layers, district, pictures, aside=as_json)
    raise typer.Exit(1 if len(findings) else 0)


@app.command(help="采用检查中提出的安全修正：只改点名的几项，结果另存为一个新的数据文件夹。")
def repair(
    folder: options.Folder,
    chosen: Annotated[list[str], typer.Argument(help="要采用的发现编号，如 primary-sliver_gap-1，可写多个。")],
    out: Annotated[Path, typer.Option(help="改好的数据存到这个文件夹。")],
    on: Annotated[str, typer.Option(help="看哪一天生效的学区；须与检查时相同。")] = "",
) -> None:
    """Write the district with the chosen repairs made, and say which zones changed."""
    from zhaosheng_analysis import geodata, zones

    if out.resolve() == folder.resolve():
        _refuse("--out", "与原文件夹相同", "原数据不改动", "请另写一个文件夹")
    district = options.mapped(folder)
    findings = zones.check(district, on=on or None)
    geodata.save(zones.repair(district, findings, chosen), out)
    for row in findings[findings["finding_id"].isin(chosen)].itertuples(index=False):
        typer.echo(f"已修正 {row.finding_id}：{row.message}")
    typer.echo(f"已存到 {out}")


def _refuse(where: str, found: str, allowed: str, remedy: str) -> None:
    """Refuse what cannot be done."""
    from zhaosheng_analysis.schema import DataError, Fault

    raise DataError(Fault(where, found, allowed, remedy))


def _stages(stage: str) -> list[str]:
    """Return the stage asked for, both where none is; refuse what is none."""
    from zhaosheng_analysis.schema import STAGES, near

    if stage and stage not in STAGES:
        allowed = "或 ".join(f"{code}（{word}）" for code, word in STAGES.items())
        _refuse("--stage", f"没有学段「{stage}」", f"只能写 {allowed}", near(stage, STAGES))
    return [stage] if stage else list(STAGES)


def _zone(zones: GeoDataFrame, zone_id: str) -> NamedTuple:
    """Return one zone, or say which there are."""
    from zhaosheng_analysis.schema import DataError, Fault, near

    rows = zones[zones["zone_id"] == zone_id]
    if rows.empty:
        zone_ids = zones["zone_id"].tolist()
        allowed = f"现有 {len(zone_ids)} 个：{'、'.join(zone_ids[:3])} 等"
        raise DataError(Fault("学区编号", f"没有「{zone_id}」", allowed, near(zone_id, zone_ids) or "请核对编号"))
    return next(rows.itertuples(index=False))


def _written(parsed: Parsed, territory: Territory | None) -> str:
    """Write a tree for a reader."""
    if territory is None:
        return str(parsed)
    from zhaosheng_analysis.sentences import placing

    return placing.summary(territory)


def _json(parsed: Parsed, territory: Territory | None) -> str:
    """Write a tree for a program."""
    from zhaosheng_analysis.sentences import grammar

    record: dict[str, object] = {
        "sentence": parsed.text,
        "tree": grammar.as_data(parsed.tree) if parsed.tree is not None else None,
        "used": [
            {"start": start, "end": end, "words": parsed.text[start:end], "node": type(node).__name__.lower()}
            for start, end, node in parsed.used
        ],
        "unread": list(parsed.unread),
        "doubts": [vars(doubt) for doubt in parsed.doubts],
        "notes": [vars(note) for note in parsed.notes],
    }
    if territory is not None:
        record["places"] = [vars(place) for place in territory.places]
        record["area_m2"] = round(territory.land.area, 1)
        record["assumed"] = territory.assumed
        record["faults"] = [str(fault) for fault in territory.faults.found]
        record["to_settle"] = [str(doubt) for doubt in territory.doubts.found]
    return json.dumps(record, ensure_ascii=False, indent=2)


def _draw_sentence(territory: Territory, district: District, file: Path, *, aside: bool) -> None:
    """Draw what a sentence came to and name the file."""
    from zhaosheng_analysis import figures

    options.write(file, figures.style.png(figures.sentences.sentence(territory, district)), aside=aside)


def _draw(
    findings: GeoDataFrame, layers: dict[str, GeoDataFrame], district: District, folder: Path, *, aside: bool
) -> None:
    """Draw every finding into a folder and name the files."""
    from zhaosheng_analysis import figures

    for row in findings.itertuples(index=False):
        image = figures.style.png(figures.zones.finding(row, layers[row.stage], district))
        options.write(disk.inside(folder, f"{row.finding_id}.png", what="问题编号"), image, aside=aside)
