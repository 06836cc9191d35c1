"""What is wrong with the papers of an audited demo district: late pages, forbidden proofs, fees, open cases.

Each function changes the tables of a `defects.Plot` and notes what an audit must find; at most a handful of each kind.
"""

import pandas as pd

from zhaosheng_analysis.demo.people import population
from zhaosheng_analysis.demo.planted.defects import Plot

FORBIDDEN_PROOFS = (
    ("学前教育经历证明", "ZH-18a"),
    ("超过正常入学年龄证明", "ZH-18a"),
    ("计划生育证明", "ZH-18a"),
    ("竞赛获奖证书", "ZH-07"),
)
FORBIDDEN_LABELS = (("重点班", "ZH-11"), ("实验班", "ZH-26"), ("子女班", "ZH-26"), ("拔尖创新人才班", "ZH-06b"))


def _add(plot: Plot, name: str, rows: list[dict[str, object]]) -> None:
    """Append rows to a table."""
    plot.tables[name] = pd.concat([plot.tables[name], pd.DataFrame(rows)], ignore_index=True)


def published_late(plot: Plot) -> None:
    """Plant a zone published on the first day of registration, conditions never published, and a lone notice board."""
    table = plot.tables["publications"].copy()
    calendar = plot.tables["calendar"].query("event == 'registration' and sector == 'public'")
    late, silent, single = (plot.school("publications") for _ in range(3))
    row = table["school_id"].eq(late) & table["item"].eq("zones")
    table.loc[row, "published_on"] = calendar["opens_at"].iloc[0].normalize()
    plot.note("公开不及时", "ZH-13", late, "zones", "publications", "划片范围在报名开始当天才公布")
    table = table[~(table["school_id"].eq(silent) & table["item"].eq("conditions"))]
    plot.note("应公开未公开", "ZH-13", silent, "conditions", "publications", "没有公布报名条件")
    table = table[~(table["school_id"].eq(single) & table["channel"].eq("website") & table["item"].ne("results"))]
    plot.note("公开渠道单一", "ZH-13", single, "", "publications", "只在公告栏公布，没有上网")
    plot.tables["publications"] = table.reset_index(drop=True)


def hot_school_silent(plot: Plot) -> None:
    """Take away the public statement of a school that is short of seats."""
    table = plot.tables["publications"]
    hot = table.loc[table["item"].eq("statement"), "school_id"].iloc[0]
    plot.tables["publications"] = table[~(table["school_id"].eq(hot) & table["item"].eq("statement"))]
    plot.note("热点学校未回应", "ZH-14", hot, "statement", "publications", "学位不足，没有公开声明")


def unanswered(plot: Plot) -> None:
    """Plant complaints without an answer, and one without an end."""
    table = plot.tables["complaints"].copy()
    rows = table.index[table["kind"].eq("complaint")][:3]
    table.loc[rows[:2], ["replied_on", "closed_on"]] = pd.NaT
    table.loc[rows[2], "closed_on"] = pd.NaT
    plot.tables["complaints"] = table
    for row in table.loc[rows[:2]].itertuples():
        plot.note("投诉未答复", "ZH-15、ZH-33", row.school_id, row.complaint_id, "complaints", "受理后没有答复")
    last = table.loc[rows[2]]
    plot.note("投诉未办结", "ZH-33", last["school_id"], last["complaint_id"], "complaints", "已答复，没有办结")


def off_platform(plot: Plot) -> None:
    """Let one school register all its children on paper instead of the platform."""
    school_id = plot.school("other")
    table = plot.tables["applications"].copy()
    table.loc[table["school_id"].eq(school_id), "channel"] = "offline"
    plot.tables["applications"] = table
    plot.note("未用统一平台", "ZH-16", school_id, "", "applications", "全部新生线下报名")


def not_shared(plot: Plot) -> None:
    """Cut the connection to social insurance, and leave records unmatched with civil affairs."""
    table = plot.tables["interfaces"].copy()
    cut = table["source"].eq("social_insurance")
    table.loc[cut, "connected"] = False
    table.loc[cut, "connected_on"] = pd.NaT
    table.loc[table["source"].eq("civil_affairs"), "unmatched_n"] = 3
    plot.tables["interfaces"] = table
    plot.note("数据未共享", "ZH-17a", "", "social_insurance", "interfaces", "社会保险数据没有接通")
    plot.note("数据未核对", "ZH-23b", "", "civil_affairs", "interfaces", "与民政名单有3条不一致")


def forbidden_proofs(plot: Plot) -> None:
    """Plant proofs that may not be asked for, a vaccination record too early, and four papers for migrants."""
    for document, provision in FORBIDDEN_PROOFS:
        school_id = plot.school("documents")
        row = {"school_id": school_id, "applicant": "local", "document": document, "needed_at": "registration"}
        _add(plot, "documents", [row])
        plot.note("违规索要证明", provision, school_id, document, "documents", f"报名时要求提交{document}")
    early, many = plot.school("documents"), plot.school("documents")
    table = plot.tables["documents"].copy()
    table.loc[table["school_id"].eq(early) & table["document"].eq("预防接种证明"), "needed_at"] = "registration"
    plot.tables["documents"] = table
    plot.note("接种证明前置", "ZH-18a、PC-40", early, "预防接种证明", "documents", "把预防接种证明作为报名前置条件")
    row = {"school_id": many, "applicant": "migrant", "document": "社会保险缴费证明", "needed_at": "registration"}
    _add(plot, "documents", [row])
    plot.note("随迁材料过多", "ZH-21a、QZ-39", many, "社会保险缴费证明", "documents", "随迁子女须交4份材料")


def collected(plot: Plot) -> None:
    """Plant form fields that may not be collected, and an app that asks again and again."""
    school_id, again = plot.school("forms"), plot.school("forms")
    for name in ("家长职务", "家庭收入"):
        row = {"school_id": school_id, "medium": "paper", "field": name, "in_roll_form": False, "events_n": 1}
        _add(plot, "form_fields", [row])
        plot.note("违规采集信息", "ZH-18b、QZ-38", school_id, name, "form_fields", f"纸质表格采集{name}")
    row = {"school_id": again, "medium": "mini_program", "field": "身份证件号", "in_roll_form": True, "events_n": 3}
    _add(plot, "form_fields", [row])
    plot.note("反复采集信息", "ZH-19", again, "身份证件号", "form_fields", "用小程序重复采集3次")


def charged(plot: Plot) -> None:
    """Plant fees tied to entry, three days after admission."""
    admitted = plot.tables["admitted"].set_index("child_id")["admitted_on"]
    for item, amount, sector in (("共建费", 5000.0, "public"), ("捐资助学款", 8000.0, "private")):
        (pupil_id,) = plot.pupils(1, plot.roll(grades=range(1, 2), sector=sector))
        row = {
            "fee_id": f"zh-fee-{item}",
            "school_id": plot.school_of(pupil_id),
            "pupil_id": pupil_id,
            "item": item,
            "amount_yuan": amount,
            "received_on": admitted[pupil_id] + pd.Timedelta(days=3),
            "listed": False,
        }
        _add(plot, "fees", [row])
        plot.note(
            "与入学挂钩收费", "ZH-08", row["school_id"], row["fee_id"], "fees", f"录取后3天收取{item}{amount:.0f}元"
        )


def labelled(plot: Plot) -> None:
    """Name classes as they may not be named."""
    year = int(plot.tables["roll"]["school_year"].iloc[0])
    table = plot.tables["classes"].copy()
    for label, provision in FORBIDDEN_LABELS:
        school_id = plot.school("labels")
        row = table["school_id"].eq(school_id) & table["school_year"].eq(year) & table["class_no"].eq(1)
        row &= table["grade"].eq(4)
        table.loc[row, "label"] = label
        plot.note("违规设班", provision, school_id, f"{school_id}-4-1", "classes", f"四年级1班称为{label}")
    plot.tables["classes"] = table


def drawn(plot: Plot) -> None:
    """Plant class formations without the bureau's signature, with teams filed too late, and without a draw."""
    table = plot.tables["class_draws"].copy()
    unsigned, late, chosen = (plot.school("draws") for _ in range(3))
    table.loc[table["school_id"].eq(unsigned), "signers"] = "家长代表、班主任、校长"
    table.loc[table["school_id"].eq(late), "teams_filed_at"] = table["drawn_at"].iloc[0] + pd.Timedelta(days=1)
    table.loc[table["school_id"].eq(chosen), "method"] = "other"
    plot.tables["class_draws"] = table
    plot.note("编班签字不全", "TB-24", unsigned, "primary", "class_draws", "缺教育局领导签字")
    plot.note("教师组合报备晚", "TB-37", late, "primary", "class_draws", "派位之后才报备教师组合")
    plot.note("未随机编班", "TB-33、LT-89", chosen, "primary", "class_draws", "没有用电脑随机派位")


def moved(plot: Plot) -> None:
    """Plant transfers against the rules, a burst of them, and changes of class without approval."""
    year = int(plot.tables["roll"]["school_year"].iloc[0])
    blank = {"from_school_id": "", "reason": "work", "moved_on": pd.Timestamp(year, 10, 12), "approval_no": "转字009"}
    cases = (
        ("起始年级转学", "TB-35", range(1, 2), {"size_after_n": 44}, "一年级入学不满一年转入"),
        ("转入超标准班额", "TB-40", range(3, 4), {"size_after_n": 47}, "转入后班额47人"),
        ("转学未经批准", "QZ-89", range(4, 5), {"size_after_n": 40, "approval_no": ""}, "没有批准文号"),
    )
    for story, provision, grades, facts, what in cases:
        (pupil_id,) = plot.pupils(1, plot.roll(grades=grades))
        school_id = plot.school_of(pupil_id)
        _add(
            plot, "transfers", [{"pupil_id": pupil_id, "grade": grades[0], "to_school_id": school_id, **blank, **facts}]
        )
        plot.note(story, provision, school_id, pupil_id, "transfers", what)
    _burst(plot, pd.Timestamp(year, 8, 29))
    for pupil_id in plot.pupils(2, plot.roll(grades=range(5, 6))):
        row = plot.tables["roll"].set_index("pupil_id").loc[pupil_id]
        change = {"pupil_id": pupil_id, "school_id": row["school_id"], "grade": row["grade"], "from_class_no": 2}
        change |= {"to_class_no": row["class_no"], "changed_on": pd.Timestamp(year, 9, 20), "approval_no": ""}
        _add(plot, "class_changes", [change])
        plot.note("擅自调班", "TB-34、LT-90", row["school_id"], pupil_id, "class_changes", "编班后调班，没有批准")


def _burst(plot: Plot, on: pd.Timestamp) -> None:
    """Let six pupils move from one public school to one private school on one day."""
    rows = plot.roll(grades=range(4, 6), sector="private")
    target = rows["school_id"].value_counts().index[0]
    source = plot.school("transfers")
    for pupil_id in plot.pupils(6, rows[rows["school_id"].eq(target)]):
        grade = int(rows.set_index("pupil_id").loc[pupil_id, "grade"])
        row = {"pupil_id": pupil_id, "grade": grade, "from_school_id": source, "to_school_id": target, "moved_on": on}
        _add(plot, "transfers", [row | {"reason": "other", "size_after_n": 40, "approval_no": "转字010"}])
        plot.note("集中转入民办", "ZH-06a、QZ-89", target, pupil_id, "transfers", f"同一天由 {source} 转入的6人之一")


def neglected(plot: Plot) -> None:
    """Plant drop-out cases without an owner, without news for over a month, without action."""
    table = plot.tables["dropouts"].copy()
    rows = table.index[table["closed_on"].isna()][:3]
    table.loc[rows[0], "owner"] = ""
    table.loc[rows[1], "updated_on"] -= pd.Timedelta(days=60)
    table.loc[rows[1], "opened_on"] -= pd.Timedelta(days=60)
    table.loc[rows[2], "action"] = ""
    plot.tables["dropouts"] = table
    words = (("ZH-20a", "没有包保责任人"), ("ZH-20b", "台账两个月没有更新"), ("ZH-20b", "没有劝返措施"))
    for row, (provision, what) in zip(table.loc[rows].itertuples(), words, strict=True):
        plot.note("控辍保学缺位", provision, row.school_id, row.case_id, "dropouts", what)


def migrants_fall(plot: Plot) -> None:
    """Let the public share of migrant pupils fall in the last year."""
    table = plot.tables["migrant_counts"].copy()
    last = table["school_year"].eq(table["school_year"].max()) & table["stage"].eq("primary")
    moved_n = 24
    table.loc[last & table["sector"].eq("public"), "pupils_n"] -= moved_n
    table.loc[last & table["sector"].eq("private"), "pupils_n"] += moved_n
    plot.tables["migrant_counts"] = table
    year = str(table["school_year"].max())
    plot.note("随迁公办占比下降", "ZH-21b", "", year, "migrant_counts", "公办就读比例低于上年")


def unplaced(plot: Plot) -> None:
    """Plant disabled children without a place, or in another place than assessed; care cases without an entry."""
    table = plot.tables["special_needs"].copy()
    cases = (
        ("ordinary", "ZH-22a", {"placement": "", "school_id": "", "placed_on": pd.NaT}, "能随班就读，没有安置"),
        ("ordinary", "ZH-22a", {"placement": "special", "school_id": ""}, "能随班就读，安置到特殊教育学校"),
        ("special", "ZH-22b", {"placement": "", "placed_on": pd.NaT}, "需特殊教育，没有安置"),
        ("home", "ZH-22c", {"placement": "", "placed_on": pd.NaT}, "需送教上门，没有安排"),
    )
    for ability, provision, facts, what in cases:
        rows = table[table["ability"].eq(ability) & ~table["case_id"].isin(plot.used)]
        case = rows.iloc[0]
        plot.used.add(case["case_id"])
        for column, value in facts.items():
            table.loc[case.name, column] = value
        plot.note("残疾儿童安置", provision, case["zone_school_id"], case["case_id"], "special_needs", what)
    plot.tables["special_needs"] = table
    care = plot.tables["care_groups"].copy()
    for row in care.iloc[[3, 70]].itertuples():
        plot.note("特殊群体未落实", "ZH-23a", row.school_id, row.case_id, "care_groups", "台账没有入学状态")
    care.loc[[3, 70], "entry_status"] = ""
    for row in care.iloc[[11, 90]].itertuples():
        plot.note("数据未核对", "ZH-23b", row.school_id, row.case_id, "care_groups", "与公安民政数据不一致")
    care.loc[[11, 90], "matched"] = False
    plot.tables["care_groups"] = care


def policies_open(plot: Plot) -> None:
    """Plant a clause without a verdict, a conflicting one still in force, and preference policies that lack a part."""
    table = plot.tables["policy_register"].copy()
    table.loc[3, "verdict"] = ""
    table.loc[5, "abolished_on"] = pd.NaT
    plot.tables["policy_register"] = table
    for row, what in ((3, "没有清理结论"), (5, "与上位规定抵触，没有废止")):
        spot = f"{table.loc[row, 'policy_no']} {table.loc[row, 'clause']}"
        plot.note("政策清理", "ZH-00", "", spot, "policy_register", what)
    listed = plot.tables["categories"].copy()
    vague, missing = listed["category"].iloc[2], listed["category"].iloc[3]
    listed.loc[2, "procedure"] = ""
    plot.tables["categories"] = listed[listed["category"].ne(missing)].reset_index(drop=True)
    plot.note("优待政策不全", "ZH-03", "", vague, "categories", "没有办理程序")
    plot.note("优待政策不在清单", "ZH-03", "", missing, "children", "录取时用到，清单里没有")


def calendar_early(plot: Plot) -> None:
    """Let the private schools register three days before the public ones."""
    table = plot.tables["calendar"].copy()
    row = table["event"].eq("registration") & table["sector"].eq("private")
    table.loc[row, "opens_at"] -= pd.Timedelta(days=3)
    plot.tables["calendar"] = table
    plot.note("公民办不同步", "ZH-04b", "", "registration", "calendar", "民办报名比公办早3天")


def inspected(plot: Plot) -> None:
    """Plant what an inspector found, what nobody answered, and holes in the ledger."""
    table = plot.tables["findings"].copy()
    chosen = table.index[table["question"].eq("ZH-05")][4]
    blank = table.index[table["question"].eq("ZH-09")][7]
    table.loc[chosen, ["answer", "evidence"]] = ["found", "入学前组织面谈"]
    table.loc[blank, ["answer", "evidence"]] = ""
    plot.tables["findings"] = table
    row = table.loc[chosen]
    plot.note("入学面谈", "ZH-05", row["school_id"], row["finding_id"], "findings", "检查组查实入学面谈")
    row = table.loc[blank]
    plot.note("无法判定", "ZH-09", row["school_id"], row["finding_id"], "findings", "有反映，没有证据：应为无法判定")
    ledger = plot.tables["ledger"].copy()
    holes = ledger.index[
        population.uniforms(ledger["question"] + ledger["school_id"], seed=plot.seed, stream="ledger").argsort()[:3]
    ]
    for row in ledger.loc[holes].itertuples():
        plot.note("台账空缺", "ZH-29", row.school_id, row.question, "ledger", "没有填报")
    ledger.loc[holes, "status"] = ""
    ledger.loc[holes, "updated_on"] = pd.NaT
    plot.tables["ledger"] = ledger


def poor(plot: Plot) -> None:
    """Take most of the rooms of one school away."""
    school_id = plot.school("other")
    table = plot.tables["resources"].copy()
    table.loc[table["school_id"].eq(school_id), "rooms_m2"] *= 0.4
    plot.tables["resources"] = table
    plot.note("办学条件不足", "QZ-84", school_id, "rooms_m2", "resources", "生均教学及辅助用房不足标准的一半")


PAPER_LAPSES = (
    published_late,
    hot_school_silent,
    unanswered,
    off_platform,
    not_shared,
    forbidden_proofs,
    collected,
    charged,
    labelled,
    drawn,
    moved,
    neglected,
    migrants_fall,
    unplaced,
    policies_open,
    calendar_early,
    inspected,
    poor,
)
