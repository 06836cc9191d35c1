"""Whoever forms classes can choose nothing once the hash is published, and every tampering is found in words."""

import itertools
import json
import random

import numpy as np
import pandas as pd
import pytest

from tests.fuzz import ending
from tests.lottery.test_commitments import alone, but_for_notes, put, tampered
from zhaosheng_analysis import classes, lottery
from zhaosheng_analysis.classes import papers, teams
from zhaosheng_analysis.schema import DataError

SEED = "071231"
FORM = {"seed_form": "digits:6", "seed_source": "公证处摇号球"}
CHANGES = 1000 if ending.SECONDS else 100
PROGRAM = compile(papers.verifier(), "verify.py", "exec")

WISHES = [
    classes.wishes.Wish("together", ("p020", "p021", "p022"), 0, "同村，路远"),
    classes.wishes.Wish("together", ("p040", "p022"), 0, "家长申请"),
    classes.wishes.Wish("apart", ("p030", "p021"), 0, "冲突"),
    classes.wishes.Wish("apart", ("p031", "p032", "p033"), 0, "同名同音"),
    classes.wishes.Wish("placed", ("p050",), 2, "随班就读"),
]
#: So tight that no draw of 2,000 keeps them; a search does.
CLIQUES = [classes.wishes.Wish("apart", tuple(f"p{4 * n + m:03d}" for m in range(4)), 0, "试") for n in range(3, 13)]


def roster(number=40):
    rng = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "pupil_id": [f"p{n:03d}" for n in range(number)],
            "sex": rng.choice(["male", "female"], number),
            "birth_on": pd.Timestamp("2018-09-01") + pd.to_timedelta(rng.integers(0, 365, number), "D"),
            "migrant": rng.random(number) < 0.2,
        }
    )


@pytest.fixture(scope="module")
def whole():
    document = papers.commit(roster(), 3, school="甲校一年级", stage="primary", **FORM)
    notes = {"备注": "公证书 1 号"}
    return papers.files(document, *papers.draw(document, seed=SEED, notes=notes)), lottery.digest(document)


@pytest.fixture(scope="module")
def staffed():
    names = ["甲组", "乙组", "丙组"]
    document = teams.commit(names, school="甲校一年级", filed_at=pd.Timestamp("2024-08-23 10:00"), **FORM)
    record = teams.draw(document, seed=SEED, drawn_at=pd.Timestamp("2024-08-26 09:00"))
    return teams.files(document, record), lottery.digest(document)


def test_what_was_formed_is_verified(whole, staffed):
    assert papers.verify(whole[0], published=whole[1], seed=" 07 12 31")["pupils_n"] == 40
    record = teams.verify(staffed[0], published=staffed[1], seed=SEED)
    assert sorted(team for _, team in record["classes"]) == ["丙组", "乙组", "甲组"]


@pytest.mark.parametrize(
    ("room", "fixture", "record", "said"),
    [(papers, "whole", "classes.json", ""), (teams, "staffed", "teachers.json", "teams-")],
)
def test_every_tampering_is_found_by_both_verifiers(room, fixture, record, said, request, tmp_path):
    """`make fuzz` tries a thousand of each."""
    contents, published = request.getfixturevalue(fixture)
    known = (f"--{said}published", published, f"--{said}seed", SEED)
    assert alone(put(tmp_path, contents), *known, program=PROGRAM)[0] == 0
    tried, chance = 0, random.Random(17)
    every = list(itertools.islice(tampered(contents, chance), 6 * CHANGES))
    for name, content in every if ending.SECONDS else chance.sample(every, 2 * CHANGES):
        if content == contents[name] or (name == record and but_for_notes(content) == but_for_notes(contents[name])):
            continue
        with pytest.raises(DataError):
            room.verify(contents | {name: content}, published=published, seed=SEED)
        (tmp_path / name).write_bytes(content)
        code, told = alone(tmp_path, *known, program=PROGRAM)
        assert (code, told[:5]) == (1, "WRONG"), (name, content)
        (tmp_path / name).write_bytes(contents[name])
        tried += 1
        if tried == CHANGES:
            break
    assert tried == CHANGES
    with pytest.raises(DataError, match="没有这个文件"):
        room.verify({}, published=published, seed=SEED)
    with pytest.raises(DataError):
        room.verify(contents, published=published, seed="071232")
    assert alone(tmp_path, *known[:3], "071232", program=PROGRAM)[0] == 1


@pytest.mark.parametrize("name", [*papers.FILES[:4], *teams.FILES[:2]])
def test_a_missing_paper_is_found_by_the_program(whole, staffed, tmp_path, name):
    put(tmp_path, whole[0] | staffed[0])
    known = ("--published", whole[1], "--seed", SEED, "--teams-published", staffed[1], "--teams-seed", SEED)
    assert alone(tmp_path, *known, program=PROGRAM)[0] == 0
    (tmp_path / name).unlink()
    code, said = alone(tmp_path, *known, program=PROGRAM)
    assert (code, said[:5]) == (1, "WRONG")


@pytest.mark.parametrize(
    "terms",
    [
        {"twins": "together"},
        {"twins": "apart"},
        {"even": "none", "twins": "together"},
        {"method": "snake", "key": "height_cm", "basis": "校务会决议", "stage": "junior"},
        {},
        {"also": "residence", "sizes": [10, 12, 19, 20], "wishes": WISHES},
        {"also": "residence,band", "stage": "junior", "basis": "某市文件", "twins": "apart", "wishes": WISHES},
        {"twins": "apart", "wishes": CLIQUES},
    ],
)
@pytest.mark.parametrize("seed", ["071231", "999999"])
def test_the_program_deals_as_the_package_does(terms, seed, tmp_path):
    """It shares no line with it: twins, special needs, primaries attended, equal births and an S."""
    rng = np.random.default_rng(int(seed))
    pupils = roster(61).assign(
        feeder=rng.choice(["东小", "西小", ""], 61),
        special=rng.random(61) < 0.1,
        twin_id=[f"t{n // 2}" if n < 10 else "" for n in range(61)],
        birth_on=pd.Timestamp("2018-09-01") + pd.to_timedelta(rng.integers(0, 30, 61), "D"),
        height_cm=140.0 + rng.integers(0, 20, 61) / 2,
    )
    pupils["residence"] = rng.choice(["=南里", '北"里', "a,b", ""], 61)
    pupils["band"] = rng.choice(["1", "2"], 61)
    document = papers.commit(pupils, 4, school="甲校", **({"stage": "primary"} | terms), **FORM)
    put(tmp_path, papers.files(document, *papers.draw(document, seed=seed)))
    code, said = alone(tmp_path, "Ｐ007", "--published", lottery.digest(document), "--seed", seed, program=PROGRAM)
    assert (code, said.splitlines()[0].split(";")[0]) == (0, "OK: 61 pupils, 4 classes")
    assert "p007: class " in said


def test_an_organiser_can_choose_nothing_after_the_publication(whole):
    """Another number of classes, rule, pupil or source is another hash, and a published nonsense is told in words."""
    contents, published = whole
    document = json.loads(contents[papers.FILES[0]])
    turned = [list(document["roster"][1]), list(document["roster"][0]), *document["roster"][2:]]
    for other in (
        {"classes_n": 2},
        {"twins": "apart"},
        {"even": "none"},
        {"school": "乙校"},
        {"seed_source": "球"},
        {"roster": document["roster"][1:]},
        {"roster": turned},
        {"roster": [[1]]},
        {"stage": "x"},
        {"classes_n": 0},
        {"classes_n": True},
        {"columns": []},
        {"seed_form": "mine"},
        {"key": "score"},
        {"roster": []},
        {"rule": ""},
    ):
        content = lottery.commitments.canonical(document | other).encode()
        forged = contents | {papers.FILES[0]: content}
        with pytest.raises(DataError, match="公布的是"):
            papers.verify(forged, published=published, seed=SEED)
        if (
            set(other) & {"roster", "stage", "columns", "seed_form", "key", "rule"}
            and other.get("roster") != document["roster"][1:]
        ):
            with pytest.raises(DataError):
                papers.read(content, published=lottery.commitments.sha256(content.decode()))


def test_pupils_written_twice_and_names_of_one_team_are_refused():
    double = roster(4).assign(pupil_id=["A1", "Ａ1\u200b", "a2", "A2"])
    with pytest.raises(DataError, match=r"重复|大小写"):
        papers.commit(double, 2, school="甲校", stage="primary", **FORM)
    with pytest.raises(DataError, match="教师组合"):
        teams.commit(["甲组", "甲组\u200b"], school="甲校", filed_at=pd.Timestamp("2024-08-23"), **FORM)
    with pytest.raises(DataError, match="教师组合"):
        teams.commit([], school="甲校", filed_at=pd.Timestamp("2024-08-23"), **FORM)


def test_the_board_shows_no_ids_and_the_inner_papers_say_so(whole):
    contents, _ = whole
    assert b"p001" not in contents["公示.csv"]
    assert b"p001" not in contents["classes.json"]
    for name in papers.FILES[:3:2]:
        assert name.startswith("内部")
        assert "内部" in contents[name].decode().splitlines()[0] or '"inside"' in contents[name].decode()


def test_a_snake_is_dealt_from_its_paper_as_from_the_roster():
    pupils = roster().assign(height_cm=lambda frame: 140.0 + np.arange(len(frame)) % 37)
    terms = {"stage": "junior", "method": "snake", "key": "height_cm", "basis": "校务会决议"}
    document = papers.commit(pupils, 3, school="甲校", **terms, **FORM)
    result, record = papers.draw(document, seed=SEED)
    again = classes.form(pupils, 3, seed=f"{SEED}|{lottery.digest(document)}", **terms)
    pd.testing.assert_frame_equal(result, again)
    papers.verify(papers.files(document, result, record), published=lottery.digest(document), seed=SEED)
