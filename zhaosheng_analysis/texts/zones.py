"""What a planner reads about zones: a headline, tables with Chinese headings, one page of findings."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis import walks
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import STAGES, takes
from zhaosheng_analysis.sentences import atlases, drafting, placing
from zhaosheng_analysis.zones import KINDS, SAFE, unit_counts, versions


@takes(findings="zone_findings")
def headline(findings: pd.DataFrame, district: District) -> str:
    """Say in one sentence whether the zones cover everybody once, and what is in the way.

    Parameters
    ----------
    findings : DataFrame
        What `zones.check` found.
    district : District
        The district it is about.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    if findings.empty:
        return f"{district.name}的学区全覆盖、无遗漏、不重复，没有发现问题。"
    parts = [f"{KINDS[kind][0]} {count} 处" for kind, count in _counts(findings).items()]
    left_out = findings[findings["kind"].isin(["gap", "ended"])]
    children = left_out["children_n"].sum() if left_out["children_n"].notna().any() else 0
    tail = f"；不在学区内的当年应入学 {children} 人" if children else ""
    return f"{district.name}的学区检查发现 {len(findings)} 项：{'、'.join(parts)}{tail}。"


def _counts(findings: pd.DataFrame) -> dict[str, int]:
    """Count findings by kind, the gravest kind first."""
    counted = findings["kind"].value_counts()
    return {kind: int(counted[kind]) for kind in KINDS if kind in counted}


@takes(findings="zone_findings")
def page(findings: pd.DataFrame, district: District, *, day: str, zones_n: dict[str, int]) -> str:
    """Write all findings on one page of text.

    Parameters
    ----------
    findings : DataFrame
        What `zones.check` found.
    district : District
        The district it is about.
    day : str
        The day the zones were looked at for.
    zones_n : dict of str to int
        Zones in force by stage.

    Returns
    -------
    str
        The whole page.
    """
    counted = "、".join(f"{STAGES[stage]} {count} 个" for stage, count in zones_n.items())
    lines = [f"{district.name}学区检查，{day} 生效的学区：{counted}", headline(findings, district)]
    for number, row in enumerate(findings.itertuples(index=False), start=1):
        lines += [
            "",
            f"{number}. {row.message}。",
            f"   怎么办：{row.remedy}。{_offer(row, district)}[{row.finding_id}]",
        ]
    return "\n".join(lines)


def _offer(row: tuple, district: District) -> str:
    """Say which safe repair is on offer."""
    if not row.action:
        return ""
    names = dict(zip(district.zones["zone_id"], district.zones["name"], strict=True))
    return f"可以自动修正：{SAFE[row.action]}（{names.get(row.target, row.target)}）。"


@takes(findings="zone_findings")
def table(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the findings as a table for a report: 学段, 问题, 说明, 应入学, 怎么办, 可自动修正.

    Parameters
    ----------
    findings : DataFrame
        What `zones.check` found.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    return pd.DataFrame(
        {
            "学段": findings["stage"].map(STAGES),
            "问题": [KINDS[kind][0] for kind in findings["kind"]],
            "说明": [message.partition("：")[2] for message in findings["message"]],
            "应入学（人）": findings["children_n"].astype("Int64"),
            "怎么办": findings["remedy"],
            "可自动修正": ["是" if action else "否" for action in findings["action"]],
        }
    )


@takes(findings="zone_findings")
def plain(findings: gpd.GeoDataFrame) -> list[dict[str, object]]:
    """Return the findings as plain data for JSON, without the land; a number nobody knows is null.

    Parameters
    ----------
    findings : GeoDataFrame
        What `zones.check` found.

    Returns
    -------
    list of dict
        One dict a finding.
    """
    columns = ["finding_id", "stage", "kind", "zone_ids", "unit_ids", "school_ids", "area_m2", "message", "remedy"]
    rows = pd.DataFrame(findings[[*columns, "action", "target"]]).to_dict("records")
    counts = [None if pd.isna(number) else int(number) for number in findings["children_n"]]
    return [row | {"children_n": number} for row, number in zip(rows, counts, strict=True)]


def places(territory: placing.Territory) -> pd.DataFrame:
    """Return what each word of a sentence means on the map: 词, 图层, 编号, 图上的名称.

    Parameters
    ----------
    territory : Territory
        The sentence, placed.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = [(place.word, placing.LAYERS[place.layer], place.place_id, place.name) for place in territory.places]
    return pd.DataFrame(rows, columns=["词", "图层", "编号", "图上的名称"])


def doubts(territory: placing.Territory) -> str:
    """Say what was assumed and what could not be placed.

    Parameters
    ----------
    territory : Territory
        The sentence, placed.

    Returns
    -------
    str
        One line a doubt.
    """
    lines = [f"- 假定：{note}" for note in territory.assumed] + [f"- 疑问：{fault}" for fault in territory.faults.found]
    return "\n".join(lines) or "每个词都落到了图上，没有假定，没有疑问。"


def drafts(zones: gpd.GeoDataFrame, district: District) -> pd.DataFrame:
    """Draft the sentence of every zone and read it back: 学区, 通告文字, 按图起草, 读回相差.

    Parameters
    ----------
    zones : GeoDataFrame
        Zones with their sentences.
    district : District
        The district it is about.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    atlas = atlases.of(district)
    rows = []
    for row in zones.sort_values("zone_id").itertuples(index=False):
        drafted = drafting.write(row.geometry, district, ground=atlas)
        territory = placing.place(drafted, district, stage=row.stage, index=atlas.gazetteer)
        stray = shapely.symmetric_difference(territory.land, row.geometry).area / row.geometry.area
        rows.append((row.name, row.sentence if isinstance(row.sentence, str) else "", drafted, f"{stray:.2%}"))
    return pd.DataFrame(rows, columns=["学区", "通告文字", "按图起草", "读回相差"])


def entrants(district: District, *, stage: str) -> pd.Series:
    """Return the children of each unit who enter the stage in the first year anything is known of, by unit_id.

    Parameters
    ----------
    district : District
        The district it is about.
    stage : {"primary", "junior"}
        Stage of school.

    Returns
    -------
    Series of int
        Children by unit_id.
    """
    due = unit_counts.due(district, stage=stage)
    first = int(district.about["intake_year"])
    years = sorted(year for year in set(due["year"]) if year >= first)
    return due[due["year"] == years[0]].set_index("unit_id")["children_n"] if years else pd.Series(dtype=float)


def ways(measured: pd.DataFrame, children: pd.Series, district: District) -> pd.DataFrame:
    """Return, by school, how far children walk: 学校, 新生, 平均步行, shares beyond the limits, 步行无法到达.

    Parameters
    ----------
    measured : DataFrame
        Ways to school, from `walks.to_schools`.
    children : Series of int
        Children by unit_id.
    district : District
        The district it is about.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    far = walks.beyond(measured, children).sort_values("mean_m", ascending=False)
    names = district.schools.set_index("school_id")["name"]
    shares = {
        f"超过 {limit} 米": [f"{share:.0%}" for share in far[f"beyond_{limit}_share"]] for limit in walks.LIMITS_M
    }
    means = ["—" if np.isnan(mean) else f"{mean:.0f}" for mean in far["mean_m"]]
    columns = {"学校": far["school_id"].map(names).tolist(), "新生（人）": far["children_n"].tolist()}
    columns |= {"平均步行（米）": means, **shares, "图上步行无法到达（人）": far["no_way_n"].tolist()}
    return pd.DataFrame(columns)


def ways_message(measured: pd.DataFrame, children: pd.Series) -> str:
    """Say in one sentence how far children walk; advice, not a verdict.

    Parameters
    ----------
    measured : DataFrame
        Ways to school, from `walks.to_schools`.
    children : Series of int
        Children by unit_id.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    far = walks.beyond(measured, children)
    total = far["children_n"].sum()
    if not total:
        return "没有适龄儿童数据，步行距离只能逐小区查看。"
    parts = [
        f"超过 {limit} 米的占 {(far[f'beyond_{limit}_share'] * far['children_n']).sum() / total:.0%}"
        for limit in walks.LIMITS_M
    ]
    return f"{total} 名新生沿街步行到校，{'，'.join(parts)}（供参考：就近不等于最近）"


def moved(change: versions.Change, district: District) -> pd.DataFrame:
    """Return the units that change school: 小区或村, 原学校, 新学校, 儿童, 步行.

    Parameters
    ----------
    change : Change
        The two versions of the zones.
    district : District
        The district it is about.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    names = district.schools.set_index("school_id")["name"].to_dict()
    rows = change.units[change.units["moved"]].sort_values(["children_n", "unit_id"], ascending=[False, True])

    def schools_of(ids: str) -> str:
        return "、".join(names.get(school, school) for school in ids.split("、")) if ids else "（无学区）"

    metres = {
        when: ["—" if np.isnan(way) else f"{way:.0f}" for way in rows[f"walk_{when}_m"].astype(float)]
        for when in ("before", "after")
    }
    columns = {"小区或村": rows["name"].tolist(), "原学校": [schools_of(ids) for ids in rows["before"]]}
    columns |= {"新学校": [schools_of(ids) for ids in rows["after"]], "儿童（人）": rows["children_n"].tolist()}
    return pd.DataFrame(columns | {"原步行（米）": metres["before"], "新步行（米）": metres["after"]})
