"""An intake from the command line, on the nine-plot town and on the four demo districts: files, page, explanation."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.towns import demo_districts
from zhaosheng_analysis import admission, applicants, geodata, policy, schema, tiers
from zhaosheng_analysis.admission import explaining
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError

DEMO = Path(__file__).parents[2] / "geodata"


def call(*arguments):
    return CliRunner().invoke(main.app, [*map(str, arguments)], catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(checked_town, tmp_path_factory):
    """Save the nine-plot town a year earlier, so that the rules of 洮北 are for its children."""
    columns = ["child_id", "holder", "district_code", "issued_on", "work_papers", "points_n", "unit_id", "x", "y"]
    none = schema.check("permits", pd.DataFrame(columns=columns, dtype="str"), where="九格镇")
    dated = {name: checked_town.tables[name].assign(intake_year=2024) for name in ("children", "plans")}
    tables = {**checked_town.tables, **dated, "permits": none}
    about = {**checked_town.about, "policy": "taobei-2024", "intake_year": "2024"}
    target = tmp_path_factory.mktemp("town-2024")
    geodata.save(replace(checked_town, tables=tables, about=about), target)
    return target


@pytest.fixture(scope="module")
def result(folder):
    """Return the same intake carried out by hand."""
    district, rules = geodata.load(folder), policy.load("taobei-2024")
    ranked = tiers.assign(applicants.build(district, rules), rules)
    return ranked, admission.run(ranked, district, rules, seed="7"), district, rules


def test_admit_writes_what_the_engine_finds(folder, result, tmp_path):
    done = call("admit", folder, "--seed", "7", "--out", tmp_path / "out")
    assert done.exit_code == 0
    assert "自检合格" in done.output
    path = tmp_path / "out" / "内部-children.csv"
    assert path.read_text(encoding="utf-8-sig").startswith("内部")
    written = pd.read_csv(path, dtype=str, keep_default_na=False, skiprows=1).set_index("child_id")
    expected = result[1].children
    assert written["status"].tolist() == expected["status"].tolist()
    assert written["reason"].tolist() == expected["reason"].tolist()
    cuts = pd.read_csv(tmp_path / "out" / "内部-cuts.csv", skiprows=1)
    assert cuts["admitted_n"].tolist() == result[1].cuts["admitted_n"].tolist()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        ".zhaosheng.json",
        "summary.html",
        "内部-children.csv",
        "内部-cuts.csv",
        "内部-log.csv",
        "内部-rounds.csv",
        "内部-名单.csv",
    ]


def test_trials_and_the_official_run_are_kept_in_one_record(folder, tmp_path):
    """Two trials under two readings, the official run, and the first trial again, which adds nothing."""
    runs = [("--trial", "甲"), ("--trial", "乙", "--set", "tb.zone_by=hukou"), (), ("--trial", "甲")]
    for more in runs:
        call("admit", folder, "--seed", "7", "--out", tmp_path, *more)
    record = pd.read_csv(tmp_path / "内部-runs.csv", dtype=str, keep_default_na=False, skiprows=1)
    assert record["名称"].tolist() == ["甲", "乙", "正式"]
    assert record["对照"].tolist() == ["", "甲", "乙"]
    one, two, three = (record[name].tolist() for name in ("名单校验值", "规则校验值", "结果校验值"))
    assert (one[0], two[0], three[0]) == (one[2], two[2], three[2])
    parts = [tmp_path / part / "内部-children.csv" for part in ("trials/甲", "trials/乙", ".")]
    ends = [pd.read_csv(path, dtype=str, skiprows=1) for path in parts]
    moved = (ends[0][["status", "school_id"]].fillna("") != ends[1][["status", "school_id"]].fillna("")).any(axis=1)
    assert record["去向不同的"].tolist() == ["", str(moved.sum()), str(moved.sum())]
    with pytest.raises(DataError, match="已有同名"):
        call("admit", folder, "--seed", "8", "--out", tmp_path, "--trial", "甲")


def test_the_page_names_rules_seed_and_demo_data(folder, tmp_path):
    call("admit", folder, "--seed", "七 12", "--out", tmp_path, "--set", "tb.overflow=designate")
    page = (tmp_path / "summary.html").read_text(encoding="utf-8")
    assert "<h1>九格镇 2024 年录取模拟</h1>" in page
    assert "taobei-2024" in page
    assert "七 12" in page
    assert "tb.overflow" in page
    assert "示例数据" in page
    assert "自检合格" in page


def test_sensitivity_and_draws_are_written_when_asked_for(folder, tmp_path):
    few = ["--set", "tb.zone_by=home"]
    call("admit", folder, "--seed", "7", "--out", tmp_path, "--sensitivity", "--draws", "2", *few)
    assert "没有定论的问题各影响多少孩子" in (tmp_path / "summary.html").read_text(encoding="utf-8")
    chances = pd.read_csv(tmp_path / "内部-chances.csv", skiprows=1)
    assert len(chances) == 7
    assert chances["placed_share"].between(0, 1).all()
    flips = pd.read_csv(tmp_path / "内部-flips.csv", skiprows=1)
    assert {"parameter", "option", "child_id", "tier_a", "tier_b", "place_a", "place_b"} <= set(flips)


def test_explain_tells_the_path_of_one_child(folder, result):
    ranked, outcome, district, rules = result
    told = call("explain", folder, "c7", "--seed", "7", "--quick").stdout
    assert told.rstrip() == explaining.explain("c7", ranked, outcome, district, rules)
    assert "c7" in told
    assert "经过：" in told


def test_explain_says_what_would_change(folder):
    assert "怎样会不同" in call("explain", folder, "c1", "--seed", "7").output


def test_an_unknown_child_or_parameter_is_refused_in_chinese(folder):
    with pytest.raises(DataError, match="没有「c99」"):
        call("explain", folder, "c99", "--seed", "7")
    with pytest.raises(DataError, match="没有参数"):
        call("admit", folder, "--seed", "7", "--set", "tb.nothing=1")


@pytest.mark.parametrize("name", ["pingcheng", "taobei", "quzhou", "laoting"])
def test_every_demo_district_is_admitted_by_its_own_rules_and_every_path_can_be_told(name):
    """Check the whole outcome, then tell one child of every kind of result: tier, clause and end must be named."""
    district, rules, ranked = demo_districts.district(name), demo_districts.rules(name), demo_districts.ranked(name)
    outcome = admission.run(ranked, district, rules, seed="2025-07-12")
    assert admission.check(outcome, ranked, district, rules) == []
    children = outcome.children
    kinds = children.groupby(["stage", "status", children["round"].fillna("")], observed=True)
    for child in kinds.head(1).index:
        told = explaining.explain(child, ranked, outcome, district, rules)
        row = children.loc[child]
        assert f"依据{ranked.loc[child, 'clause']}「" in told
        assert pd.isna(row["round"]) or row["round_name"] in told.splitlines()[0]
        assert row["status_clause"] in told
        assert row["reason"] in told


def test_the_rules_of_next_year_are_compared_with_those_of_this_one(folder, tmp_path):
    """The yearly job: two tiers change places, a window and a parameter change; the same children, the same tickets."""
    text = (policy.FOLDER / "taobei-2024.toml").read_text(encoding="utf-8")
    for old, new in (
        ('id = "taobei-2024"', 'id = "taobei-2025"'),
        ("intake_year = 2024", "intake_year = 2025"),
        ('order = ["zone", "township", ', 'order = ["township", "zone", '),
        ('default = "warn"', 'default = "designate"'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    text = re.sub(r"^((?:opens|closes|on) = )2024", r"\g<1>2025", text, flags=re.MULTILINE)
    text = re.sub(r"^((?:opens|closes|on) = )(2018)", r"\g<1>2019", text, flags=re.MULTILINE)
    late = re.search(r'name = "registration"\n(?:.*\n)*?closes = (\S+)\n', text)
    text = text[: late.start(1)] + "2025-07-15" + text[late.end(1) :]
    (tmp_path / "taobei-2025.toml").write_text(text, encoding="utf-8")
    said = call("policy", "compare", "taobei-2024", tmp_path / "taobei-2025.toml", "--district", folder).output
    assert "taobei-2025 的日期和时间窗口移到 2024 年" in said
    listed = said.split("规则的变动：\n")[1].split("\n\n")[0].splitlines()
    zone, township = "本学区学生（城内）", "本乡镇学生（农村）"
    assert listed[0].startswith(f"类别的次序：{zone}、{township}、")
    assert f" → {township}、{zone}、" in listed[0]
    assert listed[1:] == [
        "第二阶段：报名：2024-07-15—2024-07-19 → 2024-07-15—2024-07-15",
        "学区内学生多于计划时怎么办？只预警，只报人数（warn） → 派位定出超出者，就近指定（designate）",
    ]
    again = call("policy", "compare", "taobei-2024", "taobei-2024", "--district", folder).output
    assert "没有（类别、日期、窗口、参数都相同）" in again
    assert "没有人的类别、状态或学校改变" in again
