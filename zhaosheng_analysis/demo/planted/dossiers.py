"""The papers a school of an audited demo district files: what it published, asked for, collected, drew and answered.

All of them are clean here: every school published in time, asks for nothing forbidden and filled its ledger. What is
wrong is planted afterwards (see `defects`).
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.demo.people import population
from zhaosheng_analysis.schema import SIX_THREE, TABLES

PUBLISHED_ITEMS = ("policy", "zones", "conditions", "procedure", "plan")
CHANNELS = ("website", "board")
DOCUMENTS = {
    "local": ("居民户口簿", "不动产权证书或购房合同", "监护人身份证明"),
    "migrant": ("居民户口簿", "居住证", "务工或经商证明"),
    "junior": ("居民户口簿", "小学毕业登记信息"),
}
FORM_FIELDS = (
    "姓名",
    "性别",
    "出生日期",
    "民族",
    "身份证件号",
    "户口所在地",
    "现住址",
    "联系电话",
    "是否随迁子女",
    "监护人姓名",
)
SOURCES = (
    ("hukou", "公安局"),
    ("property", "自然资源和规划局"),
    ("permit", "公安局"),
    ("social_insurance", "人力资源和社会保障局"),
    ("civil_affairs", "民政局"),
    ("disability", "残联"),
)
# Public share of migrant pupils in the years before, rising; the last year is made from the roll.
PUBLIC_SHARES = (0.842, 0.851, 0.86)
QUESTIONS = tuple(f"ZH-{n:02d}" for n in range(1, 26))
# A pupil's share of the school's means: qualified, leading, arts teachers; rooms, sports ground, equipment, multimedia.
MEANS = {
    "primary": (0.048, 0.0115, 0.0102, 5.3, 8.6, 2400.0, 0.027),
    "junior": (0.061, 0.0115, 0.0102, 6.8, 11.9, 3000.0, 0.028),
}
RESOURCES = (
    *("qualified_teachers_n", "leading_teachers_n", "arts_teachers_n", "rooms_m2", "sports_m2", "equipment_yuan"),
    "multimedia_rooms_n",
)


def publications(schools: pd.DataFrame, *, registration_on: pd.Timestamp) -> pd.DataFrame:
    """Return what was published: five items a school through two channels, a fortnight early; hotline and results."""
    items = pd.MultiIndex.from_product([schools["school_id"], PUBLISHED_ITEMS, CHANNELS]).to_frame(index=False)
    items.columns = ["school_id", "item", "channel"]
    items["published_on"] = registration_on - pd.Timedelta(days=15)
    results = pd.DataFrame({"school_id": schools["school_id"], "item": "results", "channel": "website"})
    results["published_on"] = registration_on + pd.Timedelta(days=22)
    district = [("hotline", "website", -16), ("hotline", "news", -16), ("complaints", "website", -16)]
    district += [("explanation", "wechat", -12), ("explanation", "news", -10), ("rebuttal", "wechat", 3)]
    own = pd.DataFrame(district, columns=["item", "channel", "days"]).assign(school_id="")
    own["published_on"] = registration_on + pd.to_timedelta(own.pop("days"), unit="D")
    table = pd.concat([items, results, own], ignore_index=True)
    table.insert(0, "publication_id", [f"zh-pub-{n:04d}" for n in range(1, len(table) + 1)])
    return table


def statements(hot: list[str], *, registration_on: pd.Timestamp) -> pd.DataFrame:
    """Return the public statements of the schools that are short of seats."""
    return pd.DataFrame(
        {
            "publication_id": [f"zh-pub-hot-{n:02d}" for n in range(1, len(hot) + 1)],
            "school_id": hot,
            "item": "statement",
            "channel": "website",
            "published_on": registration_on - pd.Timedelta(days=5),
        }
    )


def documents(schools: pd.DataFrame) -> pd.DataFrame:
    """Return the papers each school asks for, by kind of applicant; the vaccination record only after term starts."""
    rows = []
    for row in schools.itertuples():
        kinds = [kind for kind in DOCUMENTS if (kind == "junior") == (row.stage == "junior") or row.stage == "both"]
        kinds += ["migrant"] if row.stage == "junior" else []
        rows += [(row.school_id, kind, name, "registration") for kind in kinds for name in DOCUMENTS[kind]]
        rows.append((row.school_id, kinds[0], "预防接种证明", "after"))
    return pd.DataFrame(rows, columns=["school_id", "applicant", "document", "needed_at"])


def form_fields() -> pd.DataFrame:
    """Return what the one platform of the district collects: fields of the roll form, once."""
    return pd.DataFrame(
        {"school_id": "", "medium": "platform", "field": FORM_FIELDS, "in_roll_form": True, "events_n": 1}
    )


def class_draws(entrants: pd.DataFrame, *, intake_year: int) -> pd.DataFrame:
    """Return the record of each class formation: random, teams filed before, four signers, three copies."""
    stage = SIX_THREE.stage_of(entrants["grade"])
    table = entrants.assign(stage=stage)[["school_id", "stage"]].drop_duplicates()
    table = table.sort_values(["school_id", "stage"], ignore_index=True)
    return table.assign(
        intake_year=intake_year,
        method="random",
        teams_filed_at=pd.Timestamp(intake_year, 8, 23, 10),
        drawn_at=pd.Timestamp(intake_year, 8, 26, 9),
        signers="家长代表、班主任、校长、教育局领导",
        copies_n=3,
    )


def fees(roll: pd.DataFrame, schools: pd.DataFrame, *, seed: str) -> pd.DataFrame:
    """Return the fees of some pupils: published items only, in September."""
    sector = roll["school_id"].map(schools.set_index("school_id")["sector"])
    picked = roll[population.uniforms(roll["pupil_id"], seed=seed, stream="fees") < 0.05]
    private = sector.loc[picked.index].eq("private")
    table = picked[["school_id", "pupil_id"]].assign(
        item=np.where(private, "学费", "作业本费"),
        amount_yuan=np.where(private, 4200.0, 15.0),
        received_on=pd.Timestamp(int(roll["school_year"].iloc[0]), 9, 3),
        listed=True,
    )
    table.insert(0, "fee_id", [f"zh-fee-{n:05d}" for n in range(1, len(table) + 1)])
    return table.reset_index(drop=True)


def categories(recipe_rows: list[dict[str, str]]) -> pd.DataFrame:
    """Return the preference policies, each with basis, scope, requirement and procedure."""
    return pd.DataFrame(
        [
            {
                "category": row["category"],
                "basis": row["basis"],
                "scope": f"{row['category']}，义务教育阶段起始年级",
                "requirement": "持有效证明，在报名期间提出申请",
                "procedure": "本人申请、部门确认、区教体局审定、公示",
            }
            for row in recipe_rows
        ]
    )


def policy_register() -> pd.DataFrame:
    """Return the inventory of local admission policies, each clause with a verdict, conflicting ones abolished."""
    rows = [
        ("湛教〔2019〕12号", "小学招生办法（示例）", "第三条", "2019-05-20", "conforms", ""),
        ("湛教〔2019〕12号", "小学招生办法（示例）", "第八条", "2019-05-20", "conflicts", "2024-06-28"),
        ("湛教〔2021〕30号", "初中招生办法（示例）", "第二条", "2021-06-02", "conforms", ""),
        ("湛教〔2021〕30号", "初中招生办法（示例）", "第五条", "2021-06-02", "conforms", ""),
        ("湛教〔2022〕18号", "人才子女入学办法（示例）", "第四条", "2022-04-11", "conforms", ""),
        ("湛教〔2023〕9号", "转学管理办法（示例）", "第六条", "2023-03-15", "conflicts", "2024-07-01"),
    ]
    table = pd.DataFrame(rows, columns=["policy_no", "title", "clause", "issued_on", "verdict", "abolished_on"])
    return table.assign(
        issued_on=pd.to_datetime(table["issued_on"]), abolished_on=pd.to_datetime(table["abolished_on"])
    )


def complaints(schools: pd.DataFrame, *, registration_on: pd.Timestamp, seed: str) -> pd.DataFrame:
    """Return enquiries and complaints, all answered within a week and closed."""
    rng = lottery.generator(seed, "complaints")
    ids = np.array(sorted(schools["school_id"]))
    n = 60
    received = registration_on + pd.to_timedelta(np.sort(rng.integers(-10, 60, n)), unit="D")
    replied = received + pd.to_timedelta(rng.integers(1, 6, n), unit="D")
    return pd.DataFrame(
        {
            "complaint_id": [f"zh-case-{k:03d}" for k in range(1, n + 1)],
            "school_id": rng.choice(ids, n),
            "kind": rng.choice(["enquiry", "complaint", "appeal"], n, p=[0.75, 0.2, 0.05]),
            "received_on": received,
            "replied_on": replied,
            "closed_on": replied + pd.to_timedelta(rng.integers(0, 5, n), unit="D"),
        }
    )


def interfaces(*, connected_on: pd.Timestamp) -> pd.DataFrame:
    """Return the connections to the other departments, all working, nothing unmatched."""
    table = pd.DataFrame(SOURCES, columns=["source", "department"])
    return table.assign(connected=True, connected_on=connected_on, unmatched_n=0)


def verifications(children: pd.DataFrame, *, checked_on: pd.Timestamp, seed: str) -> pd.DataFrame:
    """Return the checks of register and home of each child: nine in ten automatic, all matched."""
    parts = []
    for item in ("hukou", "home"):
        manual = population.uniforms(children["child_id"], seed=seed, stream=f"verified-{item}") < 0.1
        method = np.where(manual, "manual", "automatic")
        parts.append(pd.DataFrame({"child_id": children["child_id"], "item": item, "method": method}))
    return pd.concat(parts, ignore_index=True).assign(result="match", checked_on=checked_on)


def dropouts(roll: pd.DataFrame, *, as_of: pd.Timestamp, seed: str) -> pd.DataFrame:
    """Return the ledger of drop-outs: owned, acted upon, updated within the month, half of them back at school."""
    order = np.argsort(lottery.tickets(roll["pupil_id"], seed=seed, stream="dropouts"))
    rows = roll.iloc[order[:12]].reset_index(drop=True)
    opened = as_of - pd.to_timedelta(20 + 9 * np.arange(len(rows)), unit="D")
    return pd.DataFrame(
        {
            "case_id": [f"zh-drop-{n:02d}" for n in range(1, len(rows) + 1)],
            "pupil_id": rows["pupil_id"],
            "school_id": rows["school_id"],
            "kind": "suspected",
            "opened_on": opened,
            "updated_on": as_of - pd.to_timedelta(np.arange(len(rows)) % 15, unit="D"),
            "owner": [f"包保人{n:02d}" for n in range(1, len(rows) + 1)],
            "action": "学校、村（社区）联合家访劝返",
            "closed_on": pd.Series(opened + pd.Timedelta(days=15)).where(np.arange(len(rows)) % 2 == 0),
        }
    )


def migrant_counts(*, intake_year: int, pupils_n: int) -> pd.DataFrame:
    """Return migrant pupils by sector and year; the public share rises every year."""
    rows = []
    shares = [*PUBLIC_SHARES, PUBLIC_SHARES[-1] + 0.006]
    for step, share in enumerate(shares):
        total = pupils_n - 30 * (len(shares) - 1 - step)
        for stage, part in (("primary", 0.66), ("junior", 0.34)):
            public = round(total * part * share)
            year = intake_year - len(shares) + 1 + step
            rows.append((year, stage, "public", public))
            rows.append((year, stage, "private", round(total * part) - public))
    return pd.DataFrame(rows, columns=["school_year", "stage", "sector", "pupils_n"])


def special_needs(public: pd.DataFrame, *, placed_on: pd.Timestamp, seed: str) -> pd.DataFrame:
    """Return disabled children, each placed as assessed; those able to stay do so at the school of their zone."""
    rng = lottery.generator(seed, "special-needs")
    ids = np.array(sorted(public["school_id"].unique()))
    n = 36
    ability = rng.choice(["ordinary", "special", "home"], n, p=[0.6, 0.25, 0.15])
    zone = rng.choice(ids, n)
    return pd.DataFrame(
        {
            "case_id": [f"zh-need-{k:02d}" for k in range(1, n + 1)],
            "birth_on": placed_on - pd.to_timedelta(rng.integers(6 * 365, 14 * 365, n), unit="D"),
            "ability": ability,
            "zone_school_id": zone,
            "placement": ability,
            "school_id": np.where(ability == "ordinary", zone, ""),
            "placed_on": placed_on,
        }
    )


def care_groups(roll: pd.DataFrame, *, seed: str) -> pd.DataFrame:
    """Return the ledger of the four groups, everyone at school, matched with police and civil affairs."""
    order = np.argsort(lottery.tickets(roll["pupil_id"], seed=seed, stream="care"))
    rows = roll.iloc[order[:120]].reset_index(drop=True)
    groups = np.repeat(["left_behind", "poor", "de_facto_orphan", "orphan"], [60, 44, 10, 6])
    return pd.DataFrame(
        {
            "case_id": [f"zh-care-{n:03d}" for n in range(1, len(rows) + 1)],
            "group": groups,
            "pupil_id": rows["pupil_id"],
            "school_id": rows["school_id"],
            "entry_status": "enrolled",
            "contact": [f"联系人{n:03d}" for n in range(1, len(rows) + 1)],
            "matched": True,
        }
    )


def findings(schools: pd.DataFrame, *, inspected_on: pd.Timestamp) -> pd.DataFrame:
    """Return the inspectors' answers to the questions that no data can answer: nothing found."""
    rows = pd.MultiIndex.from_product([["ZH-05", "ZH-09"], sorted(schools["school_id"])]).to_frame(index=False)
    rows.columns = ["question", "school_id"]
    rows.insert(0, "finding_id", [f"zh-insp-{n:03d}" for n in range(1, len(rows) + 1)])
    return rows.assign(answer="clear", evidence="查阅档案、访谈", inspector="检查组一", inspected_on=inspected_on)


def ledger(schools: pd.DataFrame, *, updated_on: pd.Timestamp) -> pd.DataFrame:
    """Return the schools' own ledger: 25 questions by school, every cell filled, everyone content with himself."""
    rows = pd.MultiIndex.from_product([QUESTIONS, sorted(schools["school_id"])]).to_frame(index=False)
    rows.columns = ["question", "school_id"]
    return rows.assign(status="pass", owner="校责任人", updated_on=updated_on, cured_on=pd.NaT)


def resources(roll: pd.DataFrame, *, seed: str) -> pd.DataFrame:
    """Return each school's means by stage: a little above the national standard for each pupil, more or less."""
    table = roll.assign(stage=SIX_THREE.stage_of(roll["grade"])).groupby(["school_id", "stage"], as_index=False).size()
    rng = lottery.generator(seed, "resources")
    for place, name in enumerate(RESOURCES):
        each = table["stage"].map({key: values[place] for key, values in MEANS.items()})
        amount = table["size"] * each * np.exp(rng.normal(0.08, 0.12, len(table)))
        whole = TABLES["resources"].columns[name].kind == "whole"
        table[name] = np.ceil(amount).astype(int) if whole else amount.round(1)
    return table.drop(columns="size")
