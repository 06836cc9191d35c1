"""The four demo districts with a handful of lapses: all of them found, nothing else, and the rest not assessable."""

import functools

import pandas as pd
import pytest

from tests.towns import demo_districts
from zhaosheng_analysis import audit
from zhaosheng_analysis.audit import findings

DISTRICTS = ("pingcheng", "taobei", "quzhou", "laoting")
# Written down before the rules were run: by which rules a story may come to light, and by one of them it must.
STORIES = {
    "毕业生未被录取": {"roll.leavers"},
    "跨学区招生": {"area.zone", "area.zone_named", "entry.township"},
    "超计划招生": {"plan.over"},
    "重复录取": {"plan.double"},
    "不足龄入学": {"area.under_age"},
    "随迁子女入错学校": {"area.migrant_school"},
    "违规设班": {"class.labels"},
    "日程不合原文": {"calendar.class_plan_filing", "calendar.notices", "calendar.county_rules", "calendar.order"},
    "缓学未经批准": {"entry.deferred"},
    "缓学证明不合规定": {"entry.deferred_proof"},
    "适龄未报名": {"entry.unregistered"},
    "骨干教师集中": {"draw.leading"},
    "擅自调换教师": {"draw.swapped"},
    "长幼随学超上限": {"move.sibling", "move.full_class"},
    "长幼随学转入民办": {"move.sibling_private"},
    "历史大班额": {"size.oversized", "size.super_oversized"},
    "超标准班额": {"size.over"},
    "大校额": {"size.school"},
    "不在报名时间": {"apply.window", "apply.early"},
    "报名多于学位": {"seat.short"},
    "可能新增大班额": {"seat.bursting"},
    "民办占比": {"share.private"},
    "起止在周末": {"calendar.weekends"},
    "公民办不同步": {"calendar.synchronous"},
    "小区无学区": {"zone.gaps"},
    "重复列名": {"zone.overlap"},
    "学区分片": {"zone.pieces"},
}


@functools.cache
def audited(name: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, tuple]:
    """Return evidence with keys, summary, the planted truth, and the rules in force."""
    district, rules = demo_districts.district(name), demo_districts.rules(name)
    found = demo_districts.audited(name)
    keys = found.keys.drop(columns="table")
    evidence = found.evidence.merge(keys, on="finding_id", validate="1:1")
    return evidence, found.summary, demo_districts.truth(name, "lapses"), (district, audit.rules.applied(rules))


def spots(row: pd.Series) -> set[str]:
    """List the names a finding goes by; one about a child goes by the child alone."""
    if row["column"] in ("pupil_id", "child_id", "case_id"):
        return {row["value"]}
    grade, class_no = row["grade"], row["class_no"]
    if pd.notna(class_no) and row["rule"] != "draw.swapped":
        return {f"{row['school_id']}-{grade}-{class_no}"}
    if pd.notna(grade):
        return {row["value"], row["school_id"], f"{row['school_id']}-{grade}"}
    return {row["value"], row["school_id"]} - {""}


def meets(lapse: pd.Series, row: pd.Series) -> bool:
    """Tell whether a finding is about a lapse: the same row, school or named thing."""
    if row["rule"] not in STORIES[lapse["story"]]:
        return False
    named = {lapse["row"], lapse["where"]} - {""}
    return (
        bool(named & spots(row))
        or (lapse["where"] == "" and not row["value"] and not row["school_id"])
        or (lapse["row"] in row["sentence"])
    )


@functools.cache
def pairs(name: str) -> tuple[pd.DataFrame, pd.DataFrame, set[int], set[int]]:
    evidence, _, lapses, (_, applied) = audited(name)
    asked = {rule.id for rule in applied}
    # What the district's text does not ask about is told, and not expected.
    lapses = lapses[[bool(STORIES[story] & asked) for story in lapses["story"]]].reset_index(drop=True)
    hit = [
        (at, place)
        for at, lapse in lapses.iterrows()
        for place, row in evidence[evidence["rule"].isin(STORIES[lapse["story"]])].iterrows()
        if meets(lapse, row)
    ]
    return lapses, evidence, {at for at, _ in hit}, {place for _, place in hit}


@pytest.mark.parametrize("name", DISTRICTS)
def test_every_lapse_is_found(name):
    lapses, _, hit, _ = pairs(name)
    lost = lapses.drop(index=sorted(hit))
    assert lost.empty, lost[["story", "where", "row"]].to_string()


@pytest.mark.parametrize("name", DISTRICTS)
def test_nothing_else_is_found(name):
    _, evidence, _, hit = pairs(name)
    rest = evidence.drop(index=sorted(hit))
    assert rest.empty, rest[["rule", "name", "value", "sentence"]].to_string()


@pytest.mark.parametrize("name", DISTRICTS)
def test_as_many_findings_as_lapses_of_the_kinds_that_are_counted_one_by_one(name):
    lapses, evidence, _, _ = pairs(name)
    for story in ("毕业生未被录取", "重复录取", "违规设班", "适龄未报名", "超标准班额", "小区无学区", "起止在周末"):
        (rule,) = STORIES[story]
        assert (evidence["rule"] == rule).sum() == (lapses["story"] == story).sum(), story


@pytest.mark.parametrize("name", DISTRICTS)
def test_a_handful_is_planted_of_at_least_four_kinds(name):
    _, _, lapses, (district, _) = audited(name)
    planted = [
        "毕业生未被录取",
        "跨学区招生",
        "超计划招生",
        "重复录取",
        "违规设班",
        "日程不合原文",
        "缓学未经批准",
        "长幼随学超上限",
    ]
    kinds = lapses[lapses["story"].isin(planted)].groupby("story").size()
    assert len(kinds) >= 4
    assert kinds.max() <= 3
    assert district.synthetic


@pytest.mark.parametrize("name", DISTRICTS)
def test_what_these_districts_have_no_table_for_is_not_assessable(name):
    _, summary, _, (district, applied) = audited(name)
    lacking = {rule.id for rule in applied if findings.lacking(district, rule.needs)}
    rows = summary[summary["rule"].isin(lacking)]
    assert {"roll.separated", "paper.banned"} & lacking
    assert set(rows["state"]) == {"not_assessable"}
    assert (rows["missing"] != "").all()
    counts = summary["state"].value_counts()
    assert counts["not_assessable"] > counts["pass"]
