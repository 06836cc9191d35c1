"""The worked cases of the catalogue about audits (§8), each with the answer written there."""

import pandas as pd
import pytest

from tests.towns.audit_town import bare, changed, found, layers, one_class, only, run, states, tables, town
from zhaosheng_analysis.schema import DataError

day = pd.Timestamp


# ---- 8.4 湛河


def test_zhw_01_a_child_active_at_two_schools_is_one_finding():
    roll = tables("roll")["roll"]
    twice = pd.concat([roll, roll[roll["pupil_id"] == "o-a-1"].assign(school_id="b")])
    result = run(town({"roll": twice}), only=["roll.duplicate", "roll.separated", "roll.empty"])
    assert result.evidence["rule"].tolist() == ["roll.duplicate"]
    assert result.evidence["clause"].tolist() == ["二(六)"]


def test_zhw_02_registered_at_one_school_and_sitting_in_another():
    seats = changed("attendance", "pupil_id", "o-a-1", school_id="b")
    result = only("attendance", seats, "roll.separated")
    assert found(result, "roll.separated")["value"].tolist() == ["o-a-1"]
    assert result.evidence["sentence"].tolist() == ["学籍在本校 2 年级，实际在乙小学就读"]
    guest = only("attendance", seats, "roll.guest")
    assert states(guest, "roll.guest")["b"] == "finding"


def leavers(admitted: int, outside: int, lost: int, *, proof: str = "证1") -> dict[str, pd.DataFrame]:
    names = [f"l{n:03d}" for n in range(admitted + outside + lost)]
    where = ["admitted"] * admitted + ["outside"] * outside + [""] * lost
    frame = pd.DataFrame({"pupil_id": names, "school_id": "a", "leave_year": 2024, "destination": where})
    frame["proof_no"] = [proof if kind == "outside" else "" for kind in where]
    listed = pd.DataFrame({"child_id": names[:admitted], "stage": "junior", "intake_year": 2024, "school_id": "j"})
    return {"leavers": frame, "admitted": listed.assign(route="zone")}


def test_zhw_05_of_200_leavers_195_are_admitted_3_gone_and_2_nowhere():
    result = run(bare(**leavers(195, 3, 2)), only=["roll.leavers"])
    assert len(result.evidence) == 2
    assert set(result.evidence["sentence"]) == {"去向不明"}


def test_a_leaver_gone_without_a_proof_is_a_finding():
    result = run(bare(**leavers(195, 3, 2, proof="")), only=["roll.leavers"])
    assert result.evidence["sentence"].value_counts().to_dict() == {"去向没有凭据": 3, "去向不明": 2}


@pytest.mark.parametrize(("published", "state"), [("2024-07-10", "finding"), ("2024-07-09", "pass")])
def test_zhw_07_published_on_the_day_registration_opens_is_not_in_advance(published, state):
    told = tables("publications")["publications"]
    told.loc[(told["school_id"] == "a") & (told["item"] == "zones"), "published_on"] = day(published)
    assert states(only("publications", told, "public.advance"), "public.advance")["a"] == state


@pytest.mark.parametrize(("lead", "state"), [(0, "pass"), (1, "finding")])
def test_zhw_07_the_lead_is_a_parameter(lead, state):
    told = tables("publications")["publications"]
    told.loc[told["school_id"] == "a", "published_on"] = day("2024-07-10")
    result = only("publications", told, "public.advance", parameters={"pub_lead_days": lead})
    assert states(result, "public.advance")["a"] == state


def test_zhw_08_an_estate_handed_over_in_may_lies_in_no_zone():
    zones = layers()["zones"].iloc[1:]
    result = run(town({"zones": zones, "zone_schools": layers()["zone_schools"].iloc[1:]}), only=["zone.new_estates"])
    assert result.evidence["sentence"].tolist() == ["西村（2024-05-20 交付）小学不在任何学区内"]


def migrants(last: tuple[int, int], now: tuple[int, int]) -> pd.DataFrame:
    rows = [
        (year, sector, n)
        for year, pair in ((2023, last), (2024, now))
        for sector, n in zip(("public", "private"), pair, strict=True)
    ]
    return pd.DataFrame(rows, columns=["school_year", "sector", "pupils_n"]).assign(stage="primary")


@pytest.mark.parametrize(
    ("now", "tolerance", "state"),
    [
        ((855, 145), 0.0, "finding"),
        ((860, 140), 0.0, "finding"),
        ((861, 139), 0.0, "pass"),
        ((860, 140), 0.002, "pass"),
        ((855, 145), 0.002, "finding"),
    ],
)
def test_zhw_10_the_public_share_of_migrants_fell_or_stood_still(now, tolerance, state):
    counts = migrants((860, 140), now)
    result = only("migrant_counts", counts, "share.migrants", parameters={"share_tolerance": tolerance})
    assert states(result, "share.migrants")[""] == state


@pytest.mark.parametrize(
    ("paper", "rule"),
    [
        ("学前教育经历证明", "paper.banned"),
        ("超过正常入学年龄证明", "paper.banned"),
        ("计划生育证明", "paper.banned"),
        ("竞赛获奖证书", "paper.certificates"),
        ("预防接种证明", "paper.vaccination"),
    ],
)
def test_zhw_12_a_paper_that_may_not_be_asked(paper, rule):
    papers = tables("documents")["documents"]
    more = pd.DataFrame([("a", "local", paper, "registration")], columns=papers.columns)
    result = only("documents", pd.concat([papers, more]), rule)
    assert states(result, rule) == {"a": "finding", "b": "pass", "j": "pass", "p": "pass"}


def test_vaccination_may_be_asked_for_after_term_has_started():
    papers = tables("documents")["documents"]
    more = pd.DataFrame([("a", "local", "预防接种证明", "after")], columns=papers.columns)
    assert only("documents", pd.concat([papers, more]), "paper.vaccination").evidence.empty


def fee(item: str, received: str, *, listed: bool) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "fee_id": ["f"],
            "school_id": ["a"],
            "item": [item],
            "amount_yuan": [5000.0],
            "received_on": [day(received)],
            "listed": [listed],
        }
    )


@pytest.mark.parametrize(
    ("item", "received", "listed", "state"),
    [
        ("共建费", "2024-07-28", False, "finding"),
        ("共建费", "2023-03-01", True, "finding"),
        ("校服费", "2024-08-24", False, "finding"),
        ("校服费", "2024-08-25", False, "pass"),
        ("校服费", "2024-07-28", True, "pass"),
    ],
)
def test_zhw_13_fees_tied_to_entry(item, received, listed, state):
    result = only("fees", fee(item, received, listed=listed), "fee.tied")
    assert states(result, "fee.tied")["a"] == state


def test_zhw_14_an_able_child_without_a_place():
    needs = changed("special_needs", "case_id", "n1", placement="")
    result = only("special_needs", needs, "care.ordinary")
    assert result.evidence["sentence"].tolist() == ["能适应普通学校的残疾儿童没有安置"]


def test_zhw_16_a_class_called_after_the_children_of_insiders_is_reported_with_the_key_classes():
    named = tables("classes")["classes"]
    named.loc[(named["school_id"] == "a") & (named["school_year"] == 2024) & (named["grade"] == 1), "label"] = "子女班"
    result = only("classes", named, "class.special_labels")
    assert set(result.evidence["item"]) == {"ZH-26"}
    assert len(result.evidence) == 2


def test_zhw_17_an_alleged_promise_without_a_record_waits_for_the_inspector():
    answers = tables("findings")["findings"]
    answers.loc[answers["finding_id"] == "i-ZH-09-a", "answer"] = ""
    result = only("findings", answers, "inspect.ZH-09")
    assert states(result, "inspect.ZH-09") == {"a": "not_assessable", "b": "pass", "j": "pass", "p": "pass"}


# ---- the audit cases of the other districts


def test_pcw_25_one_more_on_the_roll_than_plan_and_list_allow():
    roll = tables("roll")["roll"]
    extra = roll[roll["pupil_id"] == "e-a-1"].assign(pupil_id="x", student_no="")
    district = town({"roll": pd.concat([roll, extra])})
    result = run(
        district, "pingcheng-2024", only=["plan.over", "plan.roll_over", "plan.not_admitted", "plan.not_on_roll"]
    )
    assert sorted(result.evidence["rule"]) == ["plan.not_admitted", "plan.roll_over"]
    assert found(result, "plan.not_admitted")["value"].tolist() == ["x"]
    assert set(result.evidence["clause"]) == {"十"}


@pytest.mark.parametrize(
    ("school", "grade", "size", "states_"),
    [
        ("a", 3, 45, "000"),
        ("a", 3, 46, "100"),
        ("a", 3, 55, "100"),
        ("a", 3, 56, "010"),
        ("a", 3, 65, "010"),
        ("a", 3, 66, "011"),
        ("j", 8, 50, "000"),
        ("j", 8, 51, "100"),
        ("j", 8, 55, "100"),
        ("j", 8, 56, "010"),
        ("j", 8, 65, "010"),
        ("j", 8, 66, "011"),
    ],
)
def test_tbw_03_and_ltw_25_the_lines_of_class_size_from_both_sides(school, grade, size, states_):
    names = ["size.over", "size.oversized", "size.super_oversized"]
    result = run(bare(classes=one_class(size, grade=grade, school=school)), "taobei-2024", only=names)
    assert "".join("1" if name in set(result.evidence["rule"]) else "0" for name in names) == states_


@pytest.mark.parametrize(("policy_id", "severity"), [("taobei-2024", "grave"), ("laoting-2025", "note")])
def test_46_in_a_primary_class_breaks_a_limit_in_taobei_and_misses_a_target_in_laoting(policy_id, severity):
    result = run(bare(classes=one_class(46)), policy_id, only=["size.over"])
    assert result.evidence["severity"].tolist() == [severity]


def test_tbw_05_three_above_the_plan():
    listed = pd.DataFrame({"child_id": [f"c{n}" for n in range(273)], "stage": "primary", "intake_year": 2024})
    listed = listed.assign(school_id="a", route="zone")
    plan = tables("plans")["plans"].assign(seats_n=270)
    result = run(bare(admitted=listed, plans=plan), "taobei-2024", only=["plan.over"])
    assert "超 3 人" in result.evidence["sentence"].iloc[0]
    assert len(result.evidence) == 1


def test_tbw_04_136_children_for_135_seats_need_a_fourth_class():
    names = [f"c{n}" for n in range(136)]
    children = pd.DataFrame({"child_id": names, "stage": "primary", "intake_year": 2024, "birth_on": day("2018-01-01")})
    asked = pd.DataFrame({"child_id": names, "school_id": "a", "sector": "public", "choice_n": 1})
    plan = tables("plans")["plans"].head(1).assign(classes_n=3, class_size_n=45, seats_n=135)
    district = bare(children=children.assign(sex="male"), applications=asked, plans=plan)
    result = run(district, "taobei-2024", only=["seat.short"])
    assert result.evidence["sentence"].tolist() == ["小学报名 136 人，学位 135 个，缺 1 个；按标准班额需 4 个班"]


def test_tbw_07_a_closed_school_with_one_new_pupil():
    schools = layers()["schools"]
    schools.loc[schools["school_id"] == "j", ["status", "closed_year"]] = ["closed", 2024]
    result = run(town({"schools": schools}), "taobei-2024", only=["area.closed"])
    assert states(result, "area.closed")["j"] == "finding"
    assert len(result.evidence) == 8


@pytest.mark.parametrize(
    ("moment", "state"),
    [("2024-07-19 23:59:59", "pass"), ("2024-07-20 00:00:00", "finding"), ("2024-07-14 23:59:59", "finding")],
)
def test_tbw_13_registration_inside_and_outside_the_window(moment, state):
    asked = tables("applications")["applications"].query("sector == 'public'").assign(submitted_at=day("2024-07-16"))
    asked.loc[asked["child_id"] == "e-a-1", "submitted_at"] = day(moment)
    assert states(only("applications", asked, "apply.window", "taobei-2024"), "apply.window")["a"] == state


@pytest.mark.parametrize(
    ("moment", "state"),
    [("2025-07-09 17:00:00", "pass"), ("2025-07-09 17:00:01", "finding"), ("2025-07-07 08:59:59", "finding")],
)
def test_ltw_21_the_online_window_closes_at_the_second(moment, state):
    asked = tables("applications")["applications"].query("child_id == 'e-a-1'").assign(submitted_at=day(moment))
    assert states(only("applications", asked, "apply.window", "laoting-2025"), "apply.window")["a"] == state


@pytest.mark.parametrize(("approval", "taobei", "laoting"), [("", "finding", "finding"), ("调2", "finding", "pass")])
def test_tbw_16_a_class_changed_after_the_draw(approval, taobei, laoting):
    moved = changed("class_changes", "pupil_id", "o-a-2", approval_no=approval, changed_on=day("2024-08-20"))
    assert states(only("class_changes", moved, "class.changed", "taobei-2024"), "class.changed")["a"] == taobei
    rule = "class.changed_unapproved"
    assert states(only("class_changes", moved, rule, "laoting-2025"), rule)["a"] == laoting


@pytest.mark.parametrize(
    ("filed", "state"), [("2024-08-15 00:00", "finding"), ("2024-08-14 09:00", "finding"), ("2024-08-14 08:59", "pass")]
)
def test_tbw_19_teachers_are_filed_before_the_draw(filed, state):
    drawn = changed("class_draws", "school_id", "a", drawn_at=day("2024-08-14 09:00"), teams_filed_at=day(filed))
    assert states(only("class_draws", drawn, "draw.teams", "taobei-2024"), "draw.teams")["a"] == state


def test_tbw_21_a_class_list_without_the_bureaus_signature():
    drawn = changed("class_draws", "school_id", "a", signers="家长代表、班主任、校长")
    result = only("class_draws", drawn, "draw.signed", "taobei-2024")
    assert result.evidence["sentence"].tolist() == ["缺少教育局领导签字"]


def test_qzw_17_a_sibling_cap_at_the_oversized_line_is_refused():
    moves = tables("transfers")["transfers"].assign(reason="sibling")
    with pytest.raises(DataError, match="不得出现大班额"):
        only("transfers", moves, "move.sibling", "quzhou-2022", parameters={"sib.cap_primary": 56})


def test_qzw_13_a_private_school_of_the_county_takes_a_child_of_another():
    papers = changed("hukou", "child_id", "e-p-1", district_code="411002", unit_id="")
    homes = tables("homes")["homes"].query("child_id != 'e-p-1'")
    result = run(town({"hukou": papers, "homes": homes}), "quzhou-2022", only=["area.private"])
    assert found(result, "area.private")["value"].tolist() == ["e-p-1"]


def test_a_private_school_approved_by_the_city_may_take_the_citys_children():
    schools = layers()["schools"]
    schools.loc[schools["school_id"] == "p", "approver"] = "city"
    papers = changed("hukou", "child_id", "e-p-1", district_code="410402", unit_id="")
    homes = tables("homes")["homes"].query("child_id != 'e-p-1'")
    result = run(town({"schools": schools, "hukou": papers, "homes": homes}), "quzhou-2022", only=["area.private"])
    assert result.evidence.empty


@pytest.mark.parametrize(("papers", "state"), [(3, "pass"), (4, "finding")])
def test_qzw_19_migrants_bring_three_papers_at_most(papers, state):
    asked = tables("documents")["documents"]
    more = pd.DataFrame(
        [("a", "migrant", f"材料{n}", "registration") for n in range(papers - 3)], columns=asked.columns
    )
    assert (
        states(only("documents", pd.concat([asked, more]), "paper.migrants", "quzhou-2022"), "paper.migrants")["a"]
        == state
    )


@pytest.mark.parametrize(("opens", "state"), [("2022-05-31 23:59", "finding"), ("2022-06-01 00:00", "pass")])
def test_qzw_20_registration_does_not_open_before_june(opens, state):
    calendar = tables("calendar")["calendar"].head(2).assign(opens_at=day(opens))
    result = only("calendar", calendar, "calendar.not_before", "quzhou-2022")
    assert states(result, "calendar.not_before")[""] == state


def test_qzw_24_a_share_of_migrants_that_does_not_rise_is_a_warning():
    result = only("migrant_counts", migrants((880, 120), (874, 126)), "share.migrants", "quzhou-2022")
    assert "87.40%" in result.evidence["sentence"].iloc[0]


def test_ltw_15_a_migrant_at_a_school_that_may_take_none():
    schools = layers()["schools"]
    schools["name"] = schools["school_id"].map({"a": "第三实验小学", "b": "第二实验小学", "p": "丙小学", "j": "丁中学"})
    papers = tables("hukou")["hukou"].assign(district_code="130101", unit_id="")
    homes = tables("homes")["homes"].query("child_id == 'e-p-1'")
    for child, state in (("e-a-8", "finding"), ("e-b-8", "pass")):
        permits = tables("permits")["permits"].assign(child_id=child)
        district = town({"schools": schools, "hukou": papers, "homes": homes, "permits": permits})
        assert states(run(district, "laoting-2025", only=["area.migrant_school"]), "area.migrant_school")["a"] == state


def test_ltw_32_admitted_online_and_again_on_site():
    listed = tables("admitted")["admitted"]
    again = listed[listed["child_id"] == "e-a-1"].assign(school_id="b")
    result = only("admitted", pd.concat([listed, again]), "plan.double", "laoting-2025")
    assert found(result, "plan.double")["value"].tolist() == ["e-a-1"]
