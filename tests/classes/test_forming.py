"""Classes formed by lot: balanced, repeatable, blind to achievement; headroom for brothers and sisters."""

import functools
import itertools

import numpy as np
import pandas as pd
import pytest

from tests.towns import audit_town
from zhaosheng_analysis import classes, lottery, policy
from zhaosheng_analysis.classes import balance
from zhaosheng_analysis.schema import DataError


def roster(number: int, *, seed: str = "甲", boys: float = 0.53) -> pd.DataFrame:
    """Make a grade: sex, birthday, migrants (one in five), three feeders, some special needs, a few twins."""
    rng = lottery.generator(seed, "roster")
    frame = pd.DataFrame({"pupil_id": [f"p{n:04d}" for n in range(number)]})
    frame["sex"] = np.where(rng.random(number) < boys, "male", "female")
    frame["birth_on"] = pd.Timestamp("2017-09-01") + pd.to_timedelta(rng.integers(0, 365, number), unit="D")
    frame["migrant"] = rng.random(number) < 0.2
    frame["feeder"] = rng.choice(["甲园", "乙园", "丙园"], number)
    frame["special"] = rng.random(number) < 0.015
    frame["twin_id"] = ""
    for pair in range(number // 80):
        frame.loc[[10 * pair, 10 * pair + 1], "twin_id"] = f"t{pair}"
        frame.loc[10 * pair + 1, "birth_on"] = frame.loc[10 * pair, "birth_on"]
    return frame


def formed(pupils: pd.DataFrame, classes_n: int, **options) -> pd.DataFrame:
    result = classes.form(pupils, classes_n, stage="primary", seed=options.pop("seed", "42"), **options)
    return pupils.merge(result[["pupil_id", "class_no", "number"]], on="pupil_id", validate="1:1")


def spread(counts: pd.Series) -> int:
    return int(counts.max() - counts.min())


SIZES = [(45, 1), (46, 2), (90, 2), (91, 2), (133, 3), (270, 6), (299, 7), (412, 8)]


@pytest.mark.parametrize(("number", "classes_n"), SIZES)
@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_sizes_and_each_sex_differ_by_one_at_most(number, classes_n, seed):
    table = formed(roster(number, seed=seed), classes_n, seed=seed)
    assert sorted(table["pupil_id"]) == sorted(roster(number)["pupil_id"])
    assert spread(table.groupby("class_no").size()) <= 1
    for sex in ("male", "female"):
        assert spread(table[table["sex"] == sex].groupby("class_no").size()) <= 1


@pytest.mark.parametrize("seed", ["1", "2", "3", "4"])
def test_migrants_feeders_ages_and_special_needs_are_spread(seed):
    table = formed(roster(270, seed=seed), 6, seed=seed)
    assert spread(table[table["migrant"]].groupby("class_no").size().reindex(range(1, 7), fill_value=0)) <= 2
    for _, part in table.groupby("feeder"):
        assert spread(part.groupby("class_no").size().reindex(range(1, 7), fill_value=0)) <= 5
    assert spread(table[table["special"]].groupby("class_no").size().reindex(range(1, 7), fill_value=0)) <= 1
    assert np.ptp(balance.by_class(table)["mean_months"]) < 1.0


def test_a_fair_list_passes_the_test_and_a_sorted_one_does_not():
    pupils = roster(270)
    table = formed(pupils, 6)
    fair = classes.tests(pupils, table["class_no"], seed="x").set_index("trait")["p"]
    assert (fair > 0.05).all()
    by_age = pupils["birth_on"].rank(method="first").sub(1).floordiv(45).add(1).astype(int)
    unfair = classes.tests(pupils, by_age, seed="x").set_index("trait")["p"]
    assert unfair["age_months"] == pytest.approx(0.001)
    assert unfair["sex"] > 0.01


def test_the_permutation_test_agrees_with_counting_every_list_there_is():
    values, seats = np.array([1, 1, 1, 0, 0, 0.0]), np.array([1, 1, 1, 2, 2, 2])
    found = balance.permutation_test(values, seats, seed="s", draws=4999)
    shares = [
        balance.unevenness(values, np.isin(np.arange(6), chosen)) for chosen in itertools.combinations(range(6), 3)
    ]
    exact = np.mean(np.array(shares) >= found["unevenness"] - 1e-12)
    assert exact == pytest.approx(0.1)
    assert found["p"] == pytest.approx(exact, abs=0.02)


def test_the_screen_says_what_the_exact_test_says():
    pupils = roster(180).assign(school_id="s", grade=1)
    rng = lottery.generator("screen", "classes")
    for _ in range(5):
        pupils["class_no"] = rng.permutation(np.arange(180) % 4) + 1
        table = balance.screen(pupils, seed="s", traits=("sex",))
        exact = balance.permutation_test(
            pupils["sex"].eq("male").to_numpy(float), pupils["class_no"].to_numpy(), seed="s"
        )
        assert table["p"].iloc[0] == pytest.approx(exact["p"], abs=0.06)


def test_under_the_lot_every_class_is_equally_likely_for_a_pupil():
    pupils = roster(40)
    seats = [formed(pupils, 4, seed=str(seed)).set_index("pupil_id")["class_no"]["p0005"] for seed in range(200)]
    counts = np.bincount(seats, minlength=5)[1:]
    assert counts.min() > 50 - 3 * np.sqrt(200 * 0.25 * 0.75)


def test_twins_go_together_or_apart_or_as_the_lot_falls():
    pupils = roster(412)
    together, apart = formed(pupils, 8, twins="together"), formed(pupils, 8, twins="apart")
    near, far = ((table[table["twin_id"] != ""].groupby("twin_id")["class_no"].agg(set)) for table in (together, apart))
    assert {len(seats) for seats in near} == {1}
    assert {len(seats) for seats in far} == {2}
    for table in (together, apart):
        assert spread(table.groupby("class_no").size()) <= 1
        assert spread(table[table["sex"] == "male"].groupby("class_no").size()) <= 1


def test_the_order_of_the_roster_changes_nothing_and_another_seed_does():
    pupils = roster(133)
    one, other = formed(pupils, 3), formed(pupils.sample(frac=1, random_state=1), 3)
    assert one.set_index("pupil_id")["class_no"].to_dict() == other.set_index("pupil_id")["class_no"].to_dict()
    again = formed(pupils, 3, seed="43")
    assert (one.set_index("pupil_id")["class_no"] != again.set_index("pupil_id")["class_no"]).mean() > 0.4


def test_the_notice_board_shows_numbers_and_sex_and_nothing_else():
    pupils = roster(91)
    result = classes.form(pupils, 2, stage="primary", seed="s")
    shown = classes.published(result)
    assert list(shown) == ["班", "班内序号", "性别"]
    assert not shown.astype(str).apply(lambda column: column.str.contains("p0")).any().any()
    assert shown.groupby("班")["班内序号"].apply(list).tolist() == [
        list(range(1, 47)),
        list(range(1, 46)),
    ] or shown.groupby("班")["班内序号"].apply(list).tolist() == [list(range(1, 46)), list(range(1, 47))]


def test_ltw_30_levels_of_the_quality_test_are_no_key():
    pupils = roster(100).assign(quality_level=1, 质量检测等级=1)
    for key in ("quality_level", "质量检测等级"):
        with pytest.raises(DataError, match="质量检测等级不得用于"):
            classes.form(pupils, 2, stage="junior", seed="s", method="snake", key=key, basis="校务会")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"stage": "primary", "method": "snake", "key": "height_cm", "basis": "校务会"}, "小学一律随机派位"),
        ({"stage": "junior", "method": "snake", "key": "height_cm"}, "没有写明依据"),
        ({"stage": "junior", "method": "snake", "key": "weight", "basis": "校务会"}, "没有列「weight」"),
        ({"stage": "junior", "key": "height_cm"}, "随机派位不用任何依据"),
        ({"stage": "junior", "method": "zigzag"}, "方法「zigzag」"),
        ({"stage": "junior", "twins": "near"}, "多胞胎「near」"),
    ],
)
def test_what_may_not_be_asked_of_a_draw_is_refused(options, words):
    pupils = roster(100).assign(height_cm=150.0)
    with pytest.raises(DataError, match=words):
        classes.form(pupils, 2, seed="s", **options)


def test_an_s_gives_every_class_nearly_the_same_mean():
    pupils = roster(200).assign(height_cm=lambda frame: 140.0 + np.arange(len(frame)) % 37)
    result = classes.form(pupils, 4, stage="junior", seed="s", method="snake", key="height_cm", basis="校务会决议")
    table = pupils.merge(result[["pupil_id", "class_no"]], on="pupil_id", validate="1:1")
    assert np.ptp(table.groupby("class_no")["height_cm"].mean()) < 1
    assert spread(table.groupby("class_no").size()) <= 1


def test_the_feeder_of_a_list_is_tested_too():
    pupils = roster(270)
    by_feeder = pupils["feeder"].map({"甲园": 1, "乙园": 2, "丙园": 3})
    assert classes.tests(pupils, by_feeder, seed="x").set_index("trait")["p"]["feeder"] == pytest.approx(0.001)
    fair = classes.tests(pupils, formed(pupils, 6)["class_no"], seed="x").set_index("trait")["p"]
    assert fair["feeder"] > 0.05


def test_the_roster_of_a_grade_comes_from_the_rolls_of_a_folder():
    district = audit_town.town()
    pupils = classes.entrants(district, "j", 7)
    assert pupils["pupil_id"].tolist() == [f"e-j-{n}" for n in range(1, 9)]
    assert set(pupils) >= {"sex", "birth_on", "migrant", "feeder", "twin_id", "class_no"}
    assert classes.entrants(district, "b", 1).set_index("pupil_id")["migrant"].to_dict()["e-b-8"]
    assert classes.entrants(district, "丁中学", 7).equals(pupils)
    with pytest.raises(DataError, match="没有学校「jj」"):
        classes.entrants(district, "jj", 7)
    with pytest.raises(DataError, match="没有 j 5 年级"):
        classes.entrants(district, "j", 5)


# ---- 长幼随学


def grade(sizes: list[int], *, of: int = 3, school: str = "s") -> pd.DataFrame:
    return pd.DataFrame({"school_id": school, "grade": of, "class_no": range(1, len(sizes) + 1), "pupils_n": sizes})


def siblings(number: int, *, of: int) -> pd.DataFrame:
    names = [f"k{n}" for n in range(number)]
    return pd.DataFrame({"pupil_id": names, "school_id": "s", "sibling_school_id": "s", "grade": of})


@functools.cache
def quzhou() -> policy.Policy:
    return policy.load("quzhou-2022")


@pytest.mark.parametrize(
    ("of", "size", "room", "siblings"),
    [
        (3, 44, 1, 6),
        (3, 45, 0, 5),
        (3, 50, 0, 0),
        (3, 57, 0, 0),
        (1, 44, 1, 1),
        (1, 45, 0, 0),
        (8, 50, 0, 5),
        (8, 54, 0, 1),
        (7, 50, 0, 0),
    ],
)
def test_headroom_by_class(of, size, room, siblings):
    row = classes.headroom(grade([size], of=of), quzhou()).iloc[0]
    assert (row["room_n"], row["sibling_room_n"]) == (room, siblings)


@pytest.mark.parametrize(
    ("of", "name", "cap", "room"),
    [(3, "primary", 45, 0), (3, "primary", 55, 10), (8, "junior", 50, 0), (8, "junior", 55, 5)],
)
def test_how_far_siblings_may_break_the_base_size_is_a_parameter(of, name, cap, room):
    """A-QZ13: classes of the base size, 45 and 50."""
    rules = policy.load("quzhou-2022", set={f"sib.cap_{name}": cap})
    row = classes.headroom(grade([45 if name == "primary" else 50], of=of), rules).iloc[0]
    assert row["sibling_room_n"] == room


def test_siblings_fill_the_smallest_class_then_break_the_base_size_then_are_refused():
    asked = siblings(13, of=3)
    told = classes.place_siblings(asked, grade([44, 44]), quzhou(), seed="x")
    assert told["verdict"].tolist() == ["fits"] * 2 + ["over_base"] * 10 + ["refused"]
    assert told["size_after_n"].max() == 50


@pytest.mark.parametrize("seed", ["a", "b", "c"])
def test_no_class_ever_reaches_56(seed):
    rng = lottery.generator(seed, "siblings")
    for of in range(1, 10):
        sizes = rng.integers(40, 60, 4).tolist()
        asked = siblings(60, of=of)
        told = classes.place_siblings(asked, grade(sizes, of=of), quzhou(), seed=seed)
        after = told["size_after_n"].dropna()
        assert (after < 56).all()
        if of in (1, 7):
            assert (after <= (45 if of == 1 else 50)).all()


def test_a_sibling_cap_of_56_is_a_configuration_error():
    with pytest.raises(DataError, match="不得出现大班额"):
        classes.sibling_caps({"class.oversized": 56, "sib.cap_primary": 56, "sib.cap_junior": 55})


def test_who_asks_at_a_school_without_the_grade_is_refused():
    asked = siblings(1, of=3).assign(school_id="elsewhere", sibling_school_id="elsewhere")
    assert classes.place_siblings(asked, grade([30]), quzhou(), seed="x")["verdict"].tolist() == ["refused"]


@pytest.mark.parametrize(("asked_for", "verdicts"), [(True, ["fits", "stranger"]), (False, ["fits", "fits"])])
def test_a_brother_or_sister_must_be_at_the_school_unless_the_parameter_says_otherwise(asked_for, verdicts):
    rules = policy.load("quzhou-2022", set={"sib.require_enrolled": asked_for})
    asked = siblings(2, of=3).assign(sibling_school_id=["s", "elsewhere"])
    told = classes.place_siblings(asked, grade([30, 30]), rules, seed="x").sort_values("pupil_id")
    assert told["verdict"].tolist() == verdicts


def test_without_the_schools_of_brothers_and_sisters_nobody_is_placed():
    with pytest.raises(DataError, match="sibling_school_id"):
        classes.place_siblings(siblings(1, of=3).drop(columns="sibling_school_id"), grade([30]), quzhou(), seed="x")


@pytest.mark.parametrize(("said", "near"), [("together", 1), ("apart", 2)])
def test_taobeis_parameter_keeps_twins_together_or_apart(said, near):
    terms = classes.terms(policy.load("taobei-2024", set={"class.keep_twins": said}))
    table = formed(roster(412), 8, **terms)
    assert set(table[table["twin_id"] != ""].groupby("twin_id")["class_no"].nunique()) == {near}


def test_where_taobei_says_nothing_twins_fall_as_the_lot_falls():
    terms = classes.terms(policy.load("taobei-2024"))
    assert formed(roster(412), 8, **terms).equals(formed(roster(412), 8))


@pytest.mark.parametrize(("said", "even"), [("sex", True), ("none", False)])
def test_taobeis_parameter_balances_the_sexes_or_leaves_them_to_the_lot(said, even):
    pupils = roster(270)
    terms = classes.terms(policy.load("taobei-2024", set={"class.balance": said}))
    table = formed(pupils, 6, **terms)
    assert spread(table.groupby("class_no").size()) <= 1
    assert (spread(table[table["sex"] == "male"].groupby("class_no").size()) <= 1) is even
