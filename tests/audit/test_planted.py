"""The audited demo district: every planted defect is found, and nothing else is."""

import functools

import pandas as pd
import pytest

from tests.towns import demo_districts
from zhaosheng_analysis.audit import findings, source_rows

# Written down before the rules were run: by which rule each planted story must come to light.
STORIES = {
    "民办跨区招生": {"area.private"},
    "跨学区招生": {"area.zone"},
    "超计划招生": {"plan.over"},
    "超大班额": {"size.super_oversized", "size.oversized", "size.rebound", "size.growth"},
    "中途扩班": {"size.extra_classes"},
    "历史大班额": {"size.oversized"},
    "超标准班额": {"size.over"},
    "毕业生未被录取": {"roll.leavers"},
    "随迁子女无学位": {"area.permits"},
    "学籍不在录取名单": {"plan.not_admitted"},
    "录取未注册": {"plan.not_on_roll"},
    "公民办混合招生": {"area.mixed_lists"},
    "人籍分离": {"roll.separated", "roll.guest"},
    "借读民办": {"roll.separated", "roll.guest", "class.mixed"},
    "公民办混合编班": {"roll.separated", "roll.guest", "class.mixed"},
    "空挂学籍": {"roll.empty"},
    "重复建立学籍": {"roll.duplicate"},
    "无学籍就读": {"roll.without"},
    "学籍造假": {"roll.forged"},
    "注册不及时": {"roll.late"},
    "公开不及时": {"public.advance"},
    "应公开未公开": {"public.advance"},
    "公开渠道单一": {"public.advance"},
    "热点学校未回应": {"public.statements"},
    "投诉未答复": {"complaint.replied", "complaint.closed"},
    "投诉未办结": {"complaint.closed"},
    "未用统一平台": {"apply.platform"},
    "数据未共享": {"share.connected"},
    "数据未核对": {"share.care", "care.matched"},
    "违规索要证明": {"paper.banned", "paper.certificates"},
    "接种证明前置": {"paper.vaccination"},
    "随迁材料过多": {"paper.migrants"},
    "违规采集信息": {"form.outside", "form.parents"},
    "反复采集信息": {"form.repeated"},
    "与入学挂钩收费": {"fee.tied"},
    "违规设班": {"class.labels", "class.special_labels", "class.talent_labels"},
    "编班签字不全": {"draw.signed"},
    "教师组合报备晚": {"draw.teams"},
    "未随机编班": {"draw.method"},
    "起始年级转学": {"move.first_year"},
    "转入超标准班额": {"move.full_class"},
    "转学未经批准": {"move.unapproved"},
    "集中转入民办": {"move.poached"},
    "擅自调班": {"class.changed_unapproved"},
    "控辍保学缺位": {"care.owned", "care.fresh"},
    "随迁公办占比下降": {"share.migrants"},
    "残疾儿童安置": {"care.ordinary", "care.special", "care.home"},
    "特殊群体未落实": {"care.groups"},
    "政策清理": {"policy.register"},
    "优待政策不全": {"group.attributes"},
    "优待政策不在清单": {"group.used"},
    "公民办不同步": {"calendar.synchronous"},
    "起止在周末": {"calendar.weekends"},
    "入学面谈": {"inspect.ZH-05"},
    "台账空缺": {"ledger.filled"},
    "办学条件不足": {"balance.standards"},
    "新校学区滞后": {"zone.new_schools"},
    "新建小区无学区": {"zone.gaps", "zone.new_estates"},
}
# Sums of other findings, and zones whose children walk past a school: a trait of the map (see test_audit_entry).
COUNTED = {"care.seven", "zone.detour"}


@functools.cache
def audited() -> tuple[object, findings.Findings, pd.DataFrame]:
    """Audit the district as it stands."""
    district, planted = demo_districts.district("zhanhe"), demo_districts.truth("zhanhe", "planted")
    found = demo_districts.audited("zhanhe")
    return district, found, planted[planted["provision"] != ""]


def evidence() -> pd.DataFrame:
    _, found, _ = audited()
    keys = found.keys.drop(columns="table").drop_duplicates("finding_id")
    return found.evidence.merge(keys, on="finding_id", validate="1:1")


def seats(district: object) -> dict[str, str]:
    """Name the class in which each pupil sits, as school-grade-class."""
    rows = district.table("attendance").dropna(subset="class_no")
    spots = rows["school_id"] + "-" + rows["grade"].astype(str) + "-" + rows["class_no"].astype(str)
    return dict(zip(rows["pupil_id"], spots, strict=True))


def places(row: pd.Series, sits: dict[str, str]) -> set[str]:
    """List the names under which a planted defect may be found: its row, its class, its school."""
    return {row["row"], sits.get(row["row"], "-"), row["where"]}


def spots(row: pd.Series) -> set[str]:
    """List the names a finding goes by; one about a child goes by the child alone."""
    if row["column"] in ("pupil_id", "child_id", "case_id"):
        return {row["value"]}
    grade, class_no = row["grade"], row["class_no"]
    if pd.notna(class_no):
        return {f"{row['school_id']}-{grade}-{class_no}"}
    return {row["value"], row["school_id"]}


def pairs() -> tuple[pd.DataFrame, pd.DataFrame, set[tuple[int, int]]]:
    district, _, planted = audited()
    planted = planted[planted["story"] != "无法判定"].reset_index(drop=True)
    rows, sits = evidence(), seats(district)
    found = {
        (at, place)
        for at, defect in planted.iterrows()
        for place, row in rows[rows["rule"].isin(STORIES[defect["story"]])].iterrows()
        if places(defect, sits) & spots(row)
    }
    return planted, rows, found


def test_every_planted_story_has_a_rule_that_must_find_it():
    _, _, planted = audited()
    assert set(planted["story"]) - {"无法判定"} == set(STORIES)


def test_every_planted_defect_is_found():
    planted, _, found = pairs()
    lost = planted.drop(index=sorted({at for at, _ in found}))
    assert lost.empty, lost[["story", "where", "row"]].to_string()


def test_nothing_is_found_that_was_not_planted():
    _, rows, found = pairs()
    rest = rows.drop(index=sorted({place for _, place in found}))
    rest = rest[~rest["rule"].isin(COUNTED)]
    assert rest.empty, rest[["rule", "name", "sentence"]].to_string()


def test_a_story_told_of_many_children_is_found_child_by_child():
    planted, rows, _ = pairs()
    for story, rule in (
        ("人籍分离", "roll.separated"),
        ("重复建立学籍", "roll.duplicate"),
        ("学籍造假", "roll.forged"),
    ):
        children = set(planted.loc[planted["story"] == story, "row"])
        assert children <= set(rows.loc[rows["rule"] == rule, "value"])
    doubled = rows[rows["rule"] == "roll.duplicate"]
    assert len(doubled) == (planted["story"] == "重复建立学籍").sum()


def test_classes_above_the_standard_are_those_counted_by_hand():
    district, _, _ = audited()
    classes = district.table("classes")
    now = classes[classes["school_year"] == 2024]
    limit = now["grade"].gt(6).map({True: 50, False: 45})
    by_hand = now[(now["pupils_n"] > limit) & (now["pupils_n"] < 56)]
    rows = evidence()
    found = rows[rows["rule"] == "size.over"]
    keys = ["school_id", "grade", "class_no"]
    assert set(map(tuple, found[keys].astype(str).to_numpy())) == set(map(tuple, by_hand[keys].astype(str).to_numpy()))


def test_the_seven_groups_sum_up_what_was_planted_in_them():
    planted, rows, _ = pairs()
    seven = rows[rows["rule"] == "care.seven"]["sentence"]
    lost = sum(int(sentence.split("人中 ")[1].split(" 人")[0]) for sentence in seven)
    nowhere = planted["what"].isin(
        ["台账没有入学状态", "能随班就读，没有安置", "需特殊教育，没有安置", "需送教上门，没有安排", "没有劝返措施"]
    )
    assert lost == nowhere.sum() + (planted["story"] == "随迁子女无学位").sum()


def test_what_an_inspector_left_open_is_not_assessable_and_never_a_pass():
    _, found, planted = audited()
    (school,) = planted.loc[planted["story"] == "无法判定", "where"]
    rows = found.summary[(found.summary["rule"] == "inspect.ZH-09") & (found.summary["school_id"] == school)]
    assert rows["state"].tolist() == ["not_assessable"]


def test_no_id_of_a_child_and_no_number_of_a_document_stands_in_the_evidence():
    district, found, _ = audited()
    told = found.evidence[["subject", "sentence"]].to_csv()
    assert "zh-pupil" not in told
    assert "zh-2024-" not in told
    numbers = district.table("roll")["student_no"].dropna()
    assert not any(number in told for number in numbers.head(200))


@pytest.mark.parametrize("rule", ["roll.forged", "area.zone", "plan.not_admitted"])
def test_a_finding_leads_back_to_its_row(rule):
    district, found, planted = audited()
    finding = found.evidence.loc[found.evidence["rule"] == rule, "finding_id"].iloc[0]
    rows = source_rows.rows(found, finding, district)
    assert len(rows) == 1
    assert set(planted["row"]) & set(rows.iloc[0].astype(str))
