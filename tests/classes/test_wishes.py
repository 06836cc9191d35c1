"""Wishes against counting every arrangement there is: what is possible, what is named, and how often each is drawn."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from zhaosheng_analysis import classes, lottery
from zhaosheng_analysis.classes import binding, changes, comparing, dealing, feasibility, papers, sounds, wishes
from zhaosheng_analysis.classes.wishes import Wish
from zhaosheng_analysis.schema import DataError


def grade(number: int, *, boys: int) -> pd.DataFrame:
    ids = [f"p{n}" for n in range(number)]
    sex = ["male"] * boys + ["female"] * (number - boys)
    return pd.DataFrame({"pupil_id": ids, "sex": sex, "birth_on": pd.Timestamp("2019-01-01")})


def lawful(pupils: pd.DataFrame, classes_n: int, asked: list[Wish], *, sizes=(), even: bool = True):
    """Return every arrangement that keeps sizes, sexes and wishes, by trying all."""
    girl, found = pupils["sex"].eq("female").to_numpy(), []
    for seats in itertools.product(range(1, classes_n + 1), repeat=len(pupils)):
        at = np.array(seats)
        counts = np.bincount(at, minlength=classes_n + 1)[1:]
        girls = np.bincount(at[girl], minlength=classes_n + 1)[1:]
        if (sizes and list(counts) != list(sizes)) or (not sizes and np.ptp(counts) > 1):
            continue
        share = counts * girl.sum() / len(pupils)
        apart = np.abs(girls - share).max() >= 1 if sizes else max(np.ptp(girls), np.ptp(counts - girls)) > 1
        if not (even and apart) and not comparing.broken(asked, pupils.assign(class_no=at)):
            found.append(seats)
    return found


def some_wishes(chance: np.random.Generator, number: int, classes_n: int) -> list[Wish]:
    asked = []
    for at in range(int(chance.integers(1, 6))):
        kind = str(chance.choice(["together", "apart", "apart", "placed"]))
        ids = sorted(chance.choice(number, 1 if kind == "placed" else int(chance.integers(2, 4)), replace=False))
        class_no = int(chance.integers(1, classes_n + 1)) if kind == "placed" else 0
        asked.append(Wish(kind, tuple(f"p{n}" for n in ids), class_no, f"理由{at}"))
    return wishes.plain(asked)


@pytest.mark.parametrize("case", range(40))
def test_what_can_be_kept_and_what_is_named_agree_with_trying_every_arrangement(case):
    chance = lottery.generator(str(case), "wishes")
    classes_n, boys = int(chance.integers(2, 4)), int(chance.integers(1, 6))
    pupils, sizes = grade(6, boys=boys), ((1, 5), (2, 4), ())[case % 3] if classes_n == 2 else ()
    asked = some_wishes(chance, 6, classes_n)
    possible = lawful(pupils, classes_n, asked, sizes=sizes)
    strata, rooms = dealing.terms(pupils, classes_n, even="sex", also=(), sizes=sizes)
    named = feasibility.conflicts(list(pupils["pupil_id"]), strata[:, 0], rooms, asked)
    assert bool(named) == (not possible)
    for group in named:
        assert not lawful(pupils, classes_n, group, sizes=sizes)
        for left in group:
            assert lawful(pupils, classes_n, [wish for wish in group if wish is not left], sizes=sizes)
    if named:
        with pytest.raises(DataError, match=r"无法(同时)?(分开|满足)"):
            classes.form(pupils, classes_n, seed="s", stage="primary", sizes=sizes, wishes=asked)
        return
    made = classes.form(pupils, classes_n, seed="s", stage="primary", sizes=sizes, wishes=asked)
    assert tuple(made.sort_values("pupil_id")["class_no"]) in possible


@pytest.mark.parametrize(
    ("boys", "classes_n", "even", "asked"),
    [
        (6, 2, "none", [Wish("apart", ("p0", "p1"), 0, "甲")]),
        (6, 3, "none", [Wish("apart", ("p0", "p1", "p2"), 0, "甲"), Wish("apart", ("p2", "p3"), 0, "乙")]),
        (7, 2, "none", [Wish("together", ("p0", "p1"), 0, "甲"), Wish("apart", ("p1", "p3"), 0, "乙")]),
        (4, 2, "sex", [Wish("together", ("p0", "p4"), 0, "甲"), Wish("together", ("p1", "p5"), 0, "乙")]),
    ],
)
def test_every_lawful_arrangement_of_the_bound_has_its_due_chance(boys, classes_n, even, asked):
    """Due is the share of lawful arrangements of the whole grade, each as likely as another."""
    pupils = grade(max(boys, 6), boys=boys)
    bound = sorted({name for wish in asked for name in wish.pupils})
    every = lawful(pupils, classes_n, asked, even=even == "sex")
    at = [int(name[1:]) for name in bound]
    due = pd.Series([tuple(seats[n] for n in at) for seats in every]).value_counts()
    strata, rooms = dealing.terms(pupils, classes_n, even=even, also=(), sizes=())
    blocks = binding.blocks(list(pupils["pupil_id"]), strata[:, 0], asked)
    drawn = []
    for seed in range(2500):
        seats = binding.seated(blocks, rooms, seed=str(seed))[2]
        of = {n: seat + 1 for block, seat in zip(blocks, seats, strict=True) for n in block.members}
        drawn.append(tuple(of[n] for n in at))
    got = pd.Series(drawn).value_counts().reindex(due.index, fill_value=0)
    assert got.sum() == len(drawn)
    assert stats.chisquare(got, due / due.sum() * got.sum()).pvalue > 0.001


def test_three_pairs_that_exclude_each_other_are_named_and_no_other():
    pairs = [("p0", "p1"), ("p1", "p2"), ("p0", "p2"), ("p3", "p4")]
    asked = [Wish("apart", pair, 0, "家长申请") for pair in pairs]
    with pytest.raises(DataError, match="这三对无法同时分开") as told:
        classes.form(grade(8, boys=4), 2, seed="s", stage="primary", wishes=asked)
    assert "p3" not in str(told.value)
    assert "不作性别均衡" not in str(told.value)


def test_where_only_the_balance_of_the_sexes_stands_in_the_way_it_is_said():
    asked = [Wish("together", ("p0", "p1"), 0, "家长申请")]
    with pytest.raises(DataError, match="不作性别均衡也可"):
        classes.form(grade(8, boys=2), 2, seed="s", stage="primary", wishes=asked)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish("apart", ("p0", "px"), 0, "甲"), "名册中没有 px"),
        (Wish("apart", ("p0",), 0, "甲"), "须有两人以上"),
        (Wish("together", ("p0", "p1"), 0, " "), "没有写明理由"),
        (Wish("placed", ("p0",), 3, "甲"), "1 到 2 的班号"),
        (Wish("together", ("p0", "p1"), 1, "甲"), "其他要求不写"),
        (Wish("near", ("p0", "p1"), 0, "甲"), "要求「near」"),
    ],
)
def test_a_wish_that_says_nothing_is_refused(wish, words):
    with pytest.raises(DataError, match=words):
        classes.form(grade(6, boys=3), 2, seed="s", stage="primary", wishes=[wish])


def test_sizes_are_kept_and_each_class_has_its_share_of_the_boys():
    pupils = grade(100, boys=43)
    made = classes.form(pupils, 3, seed="s", stage="primary", sizes=(20, 35, 45))
    counts = made.groupby("class_no")["sex"].agg(["size", lambda sex: (sex == "male").sum()]).to_numpy()
    assert counts[:, 0].tolist() == [20, 35, 45]
    assert (np.abs(counts[:, 1] - counts[:, 0] * 0.43) < 1).all()
    with pytest.raises(DataError, match="3 个班，共 100 人"):
        classes.form(pupils, 3, seed="s", stage="primary", sizes=(20, 35, 46))


def test_residence_is_spread_where_it_is_asked_for_and_bands_only_by_a_basis():
    pupils = grade(90, boys=45).assign(residence=["东村", "西村", "南村"] * 30, band="1")
    made = classes.form(pupils, 3, seed="s", stage="primary", also="residence").merge(pupils, on="pupil_id")
    assert np.ptp(made.groupby(["residence", "class_no"]).size()) <= 3
    for stage, basis in (("primary", "某文件"), ("junior", "")):
        with pytest.raises(DataError, match="仅初中，且写明合法依据"):
            classes.form(pupils, 3, seed="s", stage=stage, basis=basis, also="band")


@pytest.mark.parametrize(
    ("names", "level", "groups"),
    [
        (["张伟", "张 伟", "章薇", "李明"], "same", [("p0", "p1")]),
        (["张伟", "张 伟", "章薇", "李明"], "alike", [("p0", "p1", "p2")]),
        (["曾茜", "曾倩", "增西", "单田"], "alike", [("p0", "p1"), ("p0", "p2")]),
        (["解晓", "谢晓", "姐晓", "任真"], "alike", [("p0", "p1")]),
        (["李明", "黎明", "王二", "任真"], "", []),
    ],
)
def test_names_that_are_written_or_sound_the_same_are_kept_apart(names, level, groups):
    found = wishes.of_names(pd.DataFrame({"pupil_id": [f"p{n}" for n in range(4)], "name": names}), level)
    assert sorted(wish.pupils for wish in found) == groups
    assert all(wish.kind == "apart" for wish in found)


def test_family_names_are_read_as_family_names():
    assert [sounds.readings(name) for name in ("单雄信", "仇英", "尉迟恭", "区大相")] == [
        ["shan xiong xin"],
        ["qiu ying"],
        ["yu chi gong"],
        ["ou da xiang"],
    ]


@pytest.fixture(scope="module")
def formed():
    pupils = grade(20, boys=10)
    asked = [Wish("apart", ("p0", "p1"), 0, "家长申请"), Wish("together", ("p12", "p13"), 0, "路远")]
    form = {"seed_form": "digits:6", "seed_source": "摇号球"}
    document = papers.commit(pupils, 2, school="甲校一年级", stage="primary", wishes=asked, **form)
    return document, *papers.draw(document, seed="071231")


def test_a_change_by_hand_is_checked_again_recorded_and_replayed(formed):
    document, result, record = formed
    at = result.set_index("pupil_id")
    said = {"reason": "医生证明", "decided_by": "校务会", "on": pd.Timestamp("2025-09-03")}
    here, there = at.loc["p0", "class_no"], at.loc["p1", "class_no"]
    with pytest.raises(DataError, match="p0、p1 不同班"):
        changes.change(document, result, [("p0", there)], **said)
    mates = [name for name in ("p2", "p3", "p4", "p5") if at.loc[name, "class_no"] == there]
    other = 3 - at.loc["p12", "class_no"]
    lines = changes.change(document, result, [("p0", there), ("p1", here)], **said)
    with pytest.raises(DataError, match="p12、p13 同班"):
        changes.change(document, result, [("p12", other)], earlier=lines, **said)
    lines = changes.change(document, result, [("p12", other)], earlier=lines, despite=True, **said)
    assert "p12、p13 同班" in str(lines[-1]["breaks"])
    with pytest.raises(DataError, match="最多差 2 人，原来最多差 1 人"):
        changes.change(document, result, [(mates[0], other)], earlier=lines, **said)
    contents = changes.files(document, result, record, lines)
    assert changes.verify(contents, document, result, record) == lines
    published = lottery.commitments.sha256(contents[changes.FILES[0]].decode())
    for name in changes.FILES:
        forged = contents | {name: contents[name].replace(b"2", b"1", 1)}
        with pytest.raises(DataError):
            changes.verify(forged, document, result, record, published=published)
    found = comparing.versions(result, changes.replayed(result, lines))
    assert found["moved"]["pupil_id"].tolist() == ["p0", "p1", "p12"]
