"""Classes as a school forms them: a trial straight from a roster, and a commitment with all its terms."""

import hashlib
import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.towns import audit_town
from zhaosheng_analysis import geodata
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError

FORM = ["--seed-form", "digits:6", "--seed-source", "公证处摇号球"]
PUPILS = "pupil_id,sex,birth_on\n" + "".join(f"p{n},{'MF'[n % 2]},2018-0{n % 9 + 1}-15\n" for n in range(8))


def call(*arguments):
    return CliRunner().invoke(main.app, ["classes", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "一年级.csv"
    path.write_text(PUPILS, encoding="utf-8")
    return path


def test_a_trial_is_formed_from_the_roster_and_says_that_it_is_none(roster, tmp_path):
    out = tmp_path / "试编"
    done = call("form", roster, "--classes", 2, "--stage", "primary", "--seed", "1", "--out", out)
    assert "不得作为正式结果" in done.output
    paper = (out / "内部-承诺书.json").read_bytes()
    assert json.loads(paper)["seed_form"] == "trial"
    assert "核验无误" in call("verify", out, "--published", hashlib.sha256(paper).hexdigest(), "--seed", "1").output


def test_a_folder_of_an_earlier_version_is_told_as_such(tmp_path):
    for name in ("roster.csv", "classes.json", "编班结果.csv", "公示.csv"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    with pytest.raises(DataError, match=r"早先版本写出的编班文件夹.*请用写出它的版本核验") as told:
        call("verify", tmp_path, "--published", "0" * 64, "--seed", "1")
    assert len(told.value.faults) == 1


def test_a_roster_alone_has_a_hash_and_a_commitment_needs_all_its_terms(roster, tmp_path):
    assert "这只是名册的哈希" in call("commit", roster).output
    with pytest.raises(DataError, match="没有写明 --seed-form、--seed-source、--out"):
        call("commit", roster, "--classes", 2, "--stage", "primary")
    terms = ("--classes", 2, "--stage", "primary", "--seed-form", "trial", "--seed-source", "我")
    with pytest.raises(DataError, match="trial 只用于试编"):
        call("commit", roster, *terms, "--out", tmp_path / "x")


def test_wishes_are_committed_and_a_list_goes_back_through_test_with_every_column(roster, tmp_path):
    """Formed, changed by hand, verified by both programs, tested, compared."""
    asked, out = tmp_path / "约定.csv", tmp_path / "编班"
    asked.write_text("要求,学生编号,班号,理由\n不同班,p0、p2,,家长申请\n预先编入,p1,2班,随班就读\n", encoding="utf-8")
    rows = [
        line + (",姓名" if n == 0 else f",{'张伟' if n in (2, 4) else f'王{n}'}")
        for n, line in enumerate(PUPILS.split())
    ]
    roster.write_text("\n".join(rows), encoding="utf-8")
    terms = ("--classes", 2, "--stage", "primary", "--wishes", asked, "--names", "alike")
    source = ("--seed-form", "digits:6", "--seed-source", "摇号球")
    done = call("commit", roster, *terms, *source, "--out", out)
    assert "不同班 2 条，预先编入 1 条，全部能同时满足" in done.output
    assert "月龄的班际差异：附约定" in done.output
    published = hashlib.sha256((out / "内部-承诺书.json").read_bytes()).hexdigest()
    call("form", out / "内部-承诺书.json", "--published", published, "--seed", "071231", "--out", out)
    listed = (out / "内部-编班结果.csv").read_text(encoding="utf-8").splitlines()
    assert listed[1] == "pupil_id,class_no,number,sex,birth_on,migrant,feeder,special,twin_id"
    assert "1 班：4 人，男 2 女 2" in call("test", out).output
    assert "1 班：4 人，男 2 女 2" in call("test", out / "内部-编班结果.csv").output
    at = dict(line.split(",")[:2] for line in listed[2:])
    move = ("change", out, f"p0={at['p2']}", f"p2={at['p0']}", "--reason", "医生证明", "--decided-by", "校务会")
    assert "记录了 2 人的调整" in call(*move, "--on", "2025-09-03").output
    said = call("verify", out, "--published", published, "--seed", "071231").output
    assert "2 人次手工调整" in said
    compared = call("compare", out / "内部-编班结果.csv", out).output
    assert "8 人两份都有，2 人换了班" in compared
    assert f"{out.as_posix()}：约定全部满足" in compared
    edited = tmp_path / "改过.csv"
    edited.write_text("\n".join([listed[0], *(line + "," for line in listed[1:2]), *listed[2:]]), encoding="utf-8")
    assert "性别：p = " in call("test", edited).output


def test_each_class_gets_its_list_with_every_column_of_the_roster(roster, tmp_path):
    rows = [
        line + (",家长电话,备注" if n == 0 else f",0138{n:04d},{'=1+1' if n == 1 else ''}")
        for n, line in enumerate(PUPILS.split())
    ]
    roster.write_text("\n".join(rows), encoding="utf-8")
    out, book = tmp_path / "试编", tmp_path / "名册"
    formed = call("form", roster, "--classes", 2, "--stage", "primary", "--seed", "1", "--out", out)
    assert "另有列「家长电话」、「备注」；编班不看这些列" in formed.output
    assert "8 人，2 个班" in call("lists", out, roster, "--out", book).output
    path = book / "内部-各班名册.xlsx"
    titles = pd.read_excel(path, sheet_name=None, header=None, engine="calamine")
    assert [sheet.iloc[0, 0] for sheet in titles.values()] == [
        "一年级 1 班，4 人。内部：含儿童信息，不得公布",
        "一年级 2 班，4 人。内部：含儿童信息，不得公布",
    ]
    listed = pd.concat(pd.read_excel(path, sheet_name=None, header=1, dtype=str, engine="calamine").values())
    assert list(listed) == ["班内序号", "学生编号", "性别", "出生日期", "家长电话", "备注"]
    lot = pd.read_csv(out / "内部-编班结果.csv", header=1, dtype=str).sort_values(["class_no", "number"])
    assert list(listed["学生编号"]) == list(lot["pupil_id"])
    phones = dict(line.split(",")[0::3][:2] for line in rows[1:])
    assert dict(zip(listed["学生编号"], listed["家长电话"], strict=True)) == phones
    assert listed.set_index("学生编号").loc["p0", "备注"] == "=1+1"
    other = tmp_path / "别的.csv"
    other.write_text("\n".join([*rows[:-1], "p99,M,2018-01-15,,"]), encoding="utf-8")
    with pytest.raises(DataError, match=r"名册里没有：p7；[\s\S]*编班结果里没有：p99；"):
        call("lists", out, other, "--out", tmp_path / "x")
    other.write_text("\n".join([rows[0], rows[1].replace(",M,", ",F,"), *rows[2:]]), encoding="utf-8")
    with pytest.raises(DataError, match="p0的性别与编班时的不同"):
        call("lists", out, other, "--out", tmp_path / "x")


def invoke(*arguments: str):
    return CliRunner().invoke(main.app, list(arguments), catch_exceptions=True)


def sixty(path, number: int = 60) -> str:
    frame = pd.DataFrame({"pupil_id": [f"p{n:03d}" for n in range(number)], "sex": ["男", "女"] * (number // 2)})
    frame["birth_on"] = pd.date_range("2017-09-01", periods=number, freq="5D").strftime("%Y-%m-%d")
    frame["migrant"] = ["是" if n % 5 == 0 else "否" for n in range(number)]
    frame.to_csv(path / "roster.csv", index=False)
    return str(path / "roster.csv")


def committed(names, out, *more):
    """Commit a roster and return the published hash."""
    terms = ["--classes", "2", "--stage", "primary", *FORM, "--for", "甲校一年级", "--out", str(out)]
    said = invoke("classes", "commit", names, *terms, *more).output
    return next(line for line in said.splitlines() if len(line) == 64)


def dealt(names, out, *more):
    """Commit and form; return the published hash."""
    hashed = committed(names, out, *more)
    paper = str(out / "内部-承诺书.json")
    made = invoke("classes", "form", paper, "--seed", "012345", "--published", hashed, "--out", str(out))
    assert "60 人编入 2 个班，每班 30—30 人" in made.output
    return hashed


def test_classes_are_committed_formed_once_and_verified(tmp_path):
    names, out = sixty(tmp_path), tmp_path / "out"
    hashed = dealt(names, out)
    assert "核验无误" in invoke("classes", "verify", str(out), "--published", hashed, "--seed", "01 23 45").output
    paper = str(out / "内部-承诺书.json")
    again = invoke("classes", "form", paper, "--seed", "012346", "--published", hashed, "--out", str(out))
    assert isinstance(again.exception, DataError)
    assert "一次运行即锁定" in str(again.exception)
    assert "p000" not in (out / "公示.csv").read_text(encoding="utf-8-sig")
    assert (out / "内部-编班结果.csv").read_text(encoding="utf-8").startswith("内部")


def test_a_rule_book_says_how_twins_and_sexes_are_dealt(tmp_path):
    names, out = sixty(tmp_path), tmp_path / "out"
    settings = ["--set", "class.keep_twins=apart", "--set", "class.balance=none"]
    hashed = dealt(names, out, "--policy", "taobei-2024", *settings)
    document = json.loads((out / "内部-承诺书.json").read_text(encoding="utf-8"))
    assert (document["twins"], document["even"]) == ("apart", "none")
    assert "核验无误" in invoke("classes", "verify", str(out), "--published", hashed, "--seed", "012345").output


def test_a_result_touched_by_hand_is_not_verified(tmp_path):
    names, out = sixty(tmp_path), tmp_path / "out"
    hashed = dealt(names, out)
    path = out / "内部-编班结果.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    first = lines[2].split(",")
    lines[2] = ",".join([first[0], "2" if first[1] == "1" else "1", *first[2:]])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    refused = invoke("classes", "verify", str(out), "--published", hashed, "--seed", "012345")
    assert "编班结果" in str(refused.exception)


def test_rosters_are_read_from_workbook_parquet_and_csv_alike(tmp_path):
    path = sixty(tmp_path)
    words = {"pupil_id": "学生编号", "sex": "性别", "birth_on": "出生日期", "migrant": "随迁子女"}
    frame = pd.read_csv(path, dtype=str).rename(columns=words)
    dated = frame.assign(出生日期=pd.to_datetime(frame["出生日期"]))
    dated.to_excel(tmp_path / "r.xlsx", index=False, engine="xlsxwriter")
    frame.to_parquet(tmp_path / "r.parquet")
    names = ("roster.csv", "r.xlsx", "r.parquet")
    hashes = {committed(str(tmp_path / name), tmp_path / f"out-{name}") for name in names}
    assert len(hashes) == 1
    (tmp_path / "r.txt").write_text("x")
    terms = ["--classes", "2", "--stage", "primary", *FORM, "--out", str(tmp_path / "o")]
    told = invoke("classes", "commit", str(tmp_path / "r.txt"), *terms).exception
    assert "r.txt：缺少列：「学生编号」(pupil_id)" in str(told)


def test_teachers_are_drawn_into_the_same_folder_and_verified_with_the_pupils(tmp_path):
    names, out = sixty(tmp_path), tmp_path / "out"
    pd.DataFrame({"教师组合": ["甲组", "乙组"]}).to_csv(tmp_path / "teams.csv", index=False)
    proof = ["classes", "verify", str(out), "--published", dealt(names, out), "--seed", "012345"]
    assert "未核验教师组合" in invoke(*proof).output
    filing = ["--filed-at", "2024-08-23T10:00", *FORM, "--out", str(out)]
    said = invoke("classes", "file", str(tmp_path / "teams.csv"), *filing).output
    hashed = next(line for line in said.splitlines() if len(line) == 64)
    terms = ["classes", "teachers", "--seed", "222222", "--published", hashed, "--out", str(out)]
    assert "才报备" in str(invoke(*terms, "--drawn-at", "2024-08-23T10:00").exception)
    drawn = invoke(*terms, "--drawn-at", "2024-08-26T09:00")
    assert drawn.exit_code == 0, drawn.output
    assert "须用公布的哈希和种子核验" in str(invoke(*proof).exception)
    proof += ["--teams-published", hashed, "--teams-seed", "222222"]
    assert "教师派位核验无误：2 组" in invoke(*proof).output
    assert "一次运行即锁定" in str(invoke(*terms, "--drawn-at", "2024-08-26T09:00").exception)
    path = out / "teachers.json"
    path.write_bytes(path.read_bytes().replace("甲组".encode(), "丙组".encode()))
    assert "教师派位 teachers.json" in str(invoke(*proof).exception)


def test_a_given_list_is_judged_trait_by_trait(tmp_path):
    frame = pd.read_csv(sixty(tmp_path), dtype=str)
    half = len(frame) // 2
    frame.assign(班号=[1] * half + [2] * half).to_csv(tmp_path / "sorted.csv", index=False)
    told = invoke("classes", "test", str(tmp_path / "sorted.csv")).output
    assert "1 班：30 人，男 15 女 15" in told
    assert "月龄：p = 0.001，随机编班难以出现" in told
    assert "性别：p = 1.000，看不出不是随机编班" in told
    assert "没有班号" in str(invoke("classes", "test", str(tmp_path / "roster.csv")).exception)


def test_a_folder_gives_roster_and_headroom(tmp_path):
    geodata.save(audit_town.town(), tmp_path / "town")
    town_ = str(tmp_path / "town")
    terms = ["--classes", "2", "--stage", "junior", *FORM, "--out", str(tmp_path / "paper")]
    said = invoke("classes", "commit", town_, "--school", "j", "--grade", "7", *terms).output
    assert any(len(line) == 64 for line in said.splitlines())
    assert "请写明 --school" in str(invoke("classes", "commit", town_, *terms[:-1], str(tmp_path / "o")).exception)
    told = invoke("classes", "headroom", town_, "--policy", "quzhou-2022", "--out", str(tmp_path)).output
    assert told.splitlines()[-1].startswith("14 个班")
    room = pd.read_csv(tmp_path / "headroom.csv", encoding="utf-8-sig")
    assert (room["现有人数"] + room["长幼随学余位"]).max() < 56
