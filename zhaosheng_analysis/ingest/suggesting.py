"""A file of decisions proposed: what the files of a folder seem to be, for a clerk to correct and a recipe to do.

What is not known is a line to fill in, never a guess: the file that comes out runs only once it is complete.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd

from zhaosheng_analysis.ingest import (
    contents,
    estate_lists,
    headings,
    map_proposals,
    places,
    proposals,
    seeing,
    systems,
)
from zhaosheng_analysis.ingest.headings import GRADES
from zhaosheng_analysis.ingest.seeing import ASK, Seen
from zhaosheng_analysis.schema import Faults, quoted

_OF_ZONES = ("school", "school_code", "stage", "zone_name", "zone_text", "estate")
_SCHOOL_YEAR = re.compile(r"20\d\d(?:[-—~至]20\d\d)?学?年(?:度|秋季?)?")
_CLASS = re.compile(r"(?:(?:小学|初中|初)?[一二三四五六七八九](?:年级)?)?[（(]?\d{1,2}[)）]?班")
_BORN = re.compile(r"(?:19|20)\d\d年?(?:出生|生)(?:人口|人数|儿童)?(?:数)?")


def suggest(folder: str | Path) -> str:
    r"""Propose the file of decisions for a folder of foreign files.

    Parameters
    ----------
    folder : str or Path
        What the bureau has.

    Returns
    -------
    str
        An ingest.toml; what must be filled in or confirmed stands in it as a remark 待定.

    Raises
    ------
    DataError
        It is no folder, or there is no file in it that could be read.

    Examples
    --------
    >>> import pathlib
    >>> import tempfile
    >>> import zhaosheng_analysis as zs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "plan.csv").write_text("校名,招生班数\n一小,4\n", encoding="utf-8")
    ...     lines = zs.ingest.suggest(folder).splitlines()
    >>> print(*(line for line in lines if line[:1] not in "#"), sep="\n")
    [[sources]]
    files = "plan.csv"
    rest = "ignore"
    [sources.plans]
    school_id = { key = "校名", prefix = "s" }
    classes_n = "招生班数"
    """
    folder = Path(folder)
    faults = Faults()
    if not folder.is_dir():
        faults.add(folder.name, "不是文件夹", "放着教育局各个文件的文件夹", "请写这个文件所在的文件夹")
        faults.raise_if_any()
    seen = [one for whole in seeing.folder(folder, faults) for part in _parted(whole) for one in estate_lists.of(part)]
    if not seen:
        faults.add(folder.name, "没有能读的表或图层", "", "请核对文件夹")
        faults.raise_if_any()
    head = "# 由 zhaosheng ingest suggest 生成；带「待定」的各行请改好并去掉「# 待定：」，再运行 zhaosheng ingest run。"
    district, why = systems.system(seen)
    lines = [head, *_about(district, why)]
    coded = any("school_code" in one.things and seeing.pair(one) for one in seen)
    kinds = {map_proposals.kind(one)[0] for one in seen if isinstance(one.table, gpd.GeoDataFrame)}
    land = bool(kinds & {"boundary", "zones", "units", "areas"})
    about = {
        "schools": any("school" in one.things for one in seen),
        "boundary": "boundary" in kinds,
        "district": district,
    }
    listed = "schools" in kinds or any("schools" in proposals.names(one) for one in seen)
    rolls = any(
        {"grade", "entry"} & set(one.things) or any(map(headings.is_grade, map(str, one.table))) for one in seen
    )
    # Schools come first: the names in other tables are matched with them.
    called = {name for one in seen if _of_schools(one) for name in _schools_in(one)}
    ordered = sorted(seen, key=lambda one: (not _of_schools(one), not seeing.pair(one)))
    options = {"land": land, "about": about, "lists": rolls and not listed}
    differ = [bool(called) and not _schools_in(one) <= called for one in ordered]
    written = [["", *_source(one, coded=coded or odd, **options)] for one, odd in zip(ordered, differ, strict=True)]
    if any("pseudonym = " in line for source in written for line in source):
        lines.append(f'{ASK}key_file = "../化名.key"  # 先运行 zhaosheng ingest key；放在数据文件夹以外')
    mapped = any(isinstance(one.table, gpd.GeoDataFrame) or seeing.pair(one) for one in seen)
    made = map_proposals.tables([line for source in written for line in source])
    lines += map_proposals.absent(made, mapped=mapped)
    lines += _once([line for source in written for line in source])
    lines += [f"# 没有读的：{fault}" for fault in faults.found]
    return "\n".join(lines) + "\n"


def _once(lines: list[str]) -> list[str]:
    """Offer to put the boundary together once only."""
    offered = [at for at, line in enumerate(lines) if line.startswith(f"{ASK}boundary = ")]
    return [line for at, line in enumerate(lines) if at not in offered[1:]]


def _about(district: str, why: str) -> Iterator[str]:
    """Ask for the facts of the district; a layer needs its system."""
    yield (
        f'{ASK}about = {{ district_id = "", name = "", district_code = "", crs = "{district}", headquarters = "", '
        'intake_year = "", data_as_of = "", synthetic = "否" }  # headquarters：政府驻地的东经、北纬，如 118.9, 39.4，'
        f"用来核对中央经线；data_as_of：数据截止日期，如 2025-08-31；不知道的留空{'；' if why else ''}{why}"
    )


def _of_schools(seen: Seen) -> bool:
    if isinstance(seen.table, gpd.GeoDataFrame):
        return map_proposals.kind(seen)[0] == "schools"
    return "schools" in proposals.names(seen)


def _schools_in(seen: Seen) -> set[str]:
    """Return the names of schools that a table writes, by which those of other tables may be known."""
    named = ("school", "name") if _of_schools(seen) else ("school", "apply_school", "primary_of", "junior_of")
    headers = [seen.things[what] for what in named if seen.things.get(what) in seen.table]
    headers = headers[:1] if _of_schools(seen) else headers
    return {name for header in headers for name in seen.table[header].dropna().astype("str")}


def _source(seen: Seen, *, coded: bool, land: bool, about: Mapping[str, Any], lists: bool) -> list[str]:
    """Write the source of one table; where no file lists the schools, plans do (`lists`): who has one is a school."""
    lines = list(seeing.written(seen))
    if isinstance(seen.table, gpd.GeoDataFrame):
        own = map_proposals.lines(seen, coded=coded, **about)
        return lines + own if len(own) > 1 else [*(f"# {line}" for line in lines), *own]
    melted, seen, used = _melted(seen)
    names = proposals.names(seen)
    if "plans" in names and lists:
        names = list(dict.fromkeys(["schools", *names]))
    tables = [proposals.table(name, seen, coded=coded) for name in names]
    if not tables:
        headers = "、".join(map(str, seen.table.columns[:12]))
        remark = (
            "；抽签或编班的名单不必整理，直接用 zhaosheng lottery、zhaosheng classes；"
            "在校生名册须有学籍号或身份证号，报名表须有报名号或身份证号：同名同日生的儿童不少，姓名认不出一个人"
            if "person" in seen.things
            else ""
        )
        if "teacher" in seen.things:
            remark = "；像是教师名单，本工具不用"
        if sum(bool(_BORN.fullmatch(name)) for name in map(str, seen.table.columns)) > 1:
            remark = "；按自然年出生的人数，一年的孩子分在两届（界线是 8 月 31 日），请换成按 9 月至次年 8 月统计的"
        elif {"classes", "pupils"} & set(seen.things) and {"school", "school_code"} & set(seen.things):
            remark = "；是各校的在校总数还是招生计划，标题没有写；在校人数须分年级"
        return [f"# {line}" for line in lines] + [f"{ASK}看不出是什么表，有 {headers}{remark}"]
    used |= {header for table in tables for header in table.used} | set(seen.append)
    lines += melted
    names = {table.name for table in tables}
    zone = next((seen.things[what] for what in ("school", "zone_name") if what in seen.things), "")
    if "zones" in names and seen.table[zone].duplicated().any():
        lines.append(f"gather = {quoted(seen.things['zone_text'])}")
    if any(line.startswith(("point", f"{ASK}cells")) for table in tables for line in table.lines):
        lines += _placed(seen, about["district"])
        lines += [] if land else [_boundary(seen)]
    lines += _blanks(seen, names)
    twice = estate_lists.shared(seen) if "zones" in names else []
    if twice:
        lines.append(f"{ASK}{'、'.join(f'「{name}」' for name in twice[:4])}等各在几所学校下，没有写是哪一部分，请核对")
    rest = [str(name) for name in seen.table if name not in used]
    comment = f"  # 其余不用：{'、'.join(rest[:6])}{'等' if len(rest) > 6 else ''}" if rest else ""
    lines.append('rest = "ignore"' + comment)
    for table in tables:
        school = proposals.listed("zones", seen) if table.name == "zone_schools" else ""
        if school:
            lines += ["", *seeing.written(seen), f"explode = {quoted(school)}", 'rest = "ignore"']
        lines += [f"[sources.{table.name}]", *table.lines]
    return lines


def _parted(seen: Seen) -> list[Seen]:
    """Take a sheet that holds plans and zones for two, since a zone may stand in several rows and a plan in one."""
    ground = {"zone_text", "estate"} & set(seen.things)
    if isinstance(seen.table, gpd.GeoDataFrame) or not ground or "school" not in seen.things:
        return [seen]
    plans = replace(seen, things={what: header for what, header in seen.things.items() if what not in ground})
    if "plans" not in proposals.names(plans):
        return [seen]
    zones = {what: header for what, header in seen.things.items() if what in _OF_ZONES}
    return [plans, replace(seen, table=seen.table[list(zones.values())], things=zones)]


def _placed(seen: Seen, district: str) -> list[str]:
    """Write what must be said of columns of coordinates."""
    points = places.written_points(seen.table, seeing.pair(seen))
    return list(systems.placed(tuple(points.total_bounds), None, district)) if len(points) else [systems.DATUM]


def _boundary(seen: Seen) -> str:
    """Offer to sketch the boundary around the schools, where there is no layer at all."""
    pair = json.dumps(seeing.pair(seen), ensure_ascii=False)
    own = '{ is = "", why = "本区县" }'
    return (
        f"{ASK}boundary = {{ district_id = {own}, name = {own}, hull = {pair}, dissolve = true }}"
        "  # 没有区县界时，由学校的点画示意的"
    )


def _melted(seen: Seen) -> tuple[list[str], Seen, set[str]]:
    """Write how columns side by side, one a grade or one a year of birth, become rows."""
    headers = list(map(str, seen.table.columns))
    grades, spans = [name for name in headers if headings.is_grade(name)], headings.spans(headers, seen.words)
    if len(grades) > 1 and "grade" not in seen.things:
        ending = [name for name in headers if name.endswith("年级")]
        columns = json.dumps("*年级" if ending == grades else grades, ensure_ascii=False)
        things = {**seen.things, "grade": "年级", "pupils": "人数"}
        melt = f'melt = {{ columns = {columns}, into = "年级", value = "人数" }}'
        return [*_kept(seen, grades), melt], _with(seen, things), set(grades)
    classes = [name for name in headers if _CLASS.fullmatch(name)]
    if len(classes) > 1 and "class" not in seen.things and _counts(seen, classes):
        columns = json.dumps(classes, ensure_ascii=False)
        things = {**seen.things, "class": "班号", "pupils": "各班人数"}
        melt = f'melt = {{ columns = {columns}, into = "班号", value = "各班人数" }}'
        return [melt], _with(seen, things), set(classes)
    schools = [name for name in headers if contents.kind([name]) == "school"]
    if len(schools) > 1 and "grade" in seen.things and "school" not in seen.things and _counts(seen, schools):
        columns = json.dumps(schools, ensure_ascii=False)
        things = {**seen.things, "school": "学校", "pupils": "学生数"}
        melt = f'melt = {{ columns = {columns}, into = "学校", value = "学生数" }}'
        return [melt], _with(seen, things), set(schools)
    years = [name for name in headers if _SCHOOL_YEAR.fullmatch(name)]
    if len(years) > 1 and _counts(seen, years) and not {"year", "term"} & set(seen.things):
        columns = json.dumps(years, ensure_ascii=False)
        things = {**seen.things, "term": "各学年", "pupils": "学生数"}
        named = {name for name in GRADES if name in seen.words}
        said = {"grade": GRADES.index(*named) + 1} if len(named) == 1 and "grade" not in seen.things else {}
        melt = f'melt = {{ columns = {columns}, into = "各学年", value = "学生数" }}'
        return [melt], replace(_with(seen, things), said=said), set(years)
    if spans:
        columns = json.dumps(list(spans), ensure_ascii=False)
        whose = "births" if "常住" in seen.words and "户籍" not in seen.words else "hukou_births"
        things = {**seen.things, "cohort": "出生时段", whose: "适龄人数"}
        line = f'melt = {{ columns = {columns}, into = "出生时段", value = "适龄人数" }}'
        unsaid = frozenset() if "常住" in seen.words or "户籍" in seen.words else frozenset({whose})
        melted = replace(_with(seen, things), by_content=seen.by_content | unsaid)
        return [line], melted, set(spans)
    return [], seen, set()


def _counts(seen: Seen, headers: list[str]) -> bool:
    """Tell whether nothing but numbers stands below headers."""
    return all(seen.table[name].dropna().astype("str").str.strip().str.fullmatch(r"\d+人?").all() for name in headers)


def _kept(seen: Seen, grades: list[str]) -> list[str]:
    """Ask which rows are wanted where pupils and classes stand below each other, told apart by a column of words."""
    for header in (name for name in seen.table if name not in grades):
        words = list(dict.fromkeys(seen.table[header].dropna().astype("str")))
        kinds = {headings.thing(word) for word in words}
        if len(kinds) > 1 and kinds <= {"pupils", "classes", "size"}:
            pupils = next((word for word in words if headings.thing(word) == "pupils"), "")
            kept = f"{{ {quoted(header)} = {quoted(pupils)} }}"
            return [f"{ASK}keep = {kept}  # 有 {'、'.join(words[:4])} 几种行，只要人数"]
    return []


def _with(seen: Seen, things: Mapping[str, str]) -> Seen:
    return replace(seen, things=things)


def _blanks(seen: Seen, names: set[str]) -> list[str]:
    """Write the marks that seem to stand for nothing."""
    written = {cell for name in seen.table for cell in seen.table[name].dropna().unique()[:500]}
    blanks = sorted({"/", "—", "-", "－", "无"} & written)
    if not blanks or not names & {"plans", "roll_counts"}:
        return []
    return [f"blank = {json.dumps(blanks, ensure_ascii=False)}  # 请核对：都表示没有"]
