"""The demo districts are what they say: the same for a seed, in range, conserved, with every planted story in them."""

import functools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from tests.towns import demo_districts
from tests.towns.demo_districts import FOLDER
from zhaosheng_analysis import applicants, demo, geodata, policy, tiers
from zhaosheng_analysis.demo import making
from zhaosheng_analysis.demo.maps import townscape
from zhaosheng_analysis.demo.people import families, history, population, settlement

DISTRICTS = townscape.DISTRICTS
ENTRANTS = {
    "pingcheng": (10500, 11500),
    "taobei": (2800, 3200),
    "quzhou": (8500, 9500),
    "zhanhe": (2000, 2300),
    "laoting": (3300, 3700),
}
AWAY = {"县外报民办", "区外报民办"}


@functools.cache
def made(district_id: str) -> tuple[geodata.District, dict[str, pd.DataFrame]]:
    return demo.make(district_id)


def seats_of(district: geodata.District, stage: str) -> pd.Series:
    """Return the seats of the intake year by school_id."""
    plans = district.table("plans")
    now = plans["stage"].eq(stage) & plans["intake_year"].eq(int(district.about["intake_year"]))
    return plans[now].set_index("school_id")["seats_n"]


def same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    assert sorted(one) == sorted(other)
    for name, table in one.items():
        pd.testing.assert_frame_equal(table, other[name])


def test_the_same_seed_gives_the_same_tables_whatever_the_order_of_units_and_zones():
    town, recipe = townscape.layers("taobei"), making.recipe_of("taobei")
    shuffled = town | {name: town[name].iloc[::-1].reset_index(drop=True) for name in ("units", "zones", "schools")}
    for one, other in zip(
        settlement.populate(town, recipe, seed="甲"), settlement.populate(shuffled, recipe, seed="甲"), strict=True
    ):
        same(one, other)


def test_another_seed_gives_other_children_on_the_same_map():
    district, _ = made("taobei")
    other, _ = demo.make("taobei", seed="乙")
    assert district.units.equals(other.units)
    assert not district.table("children").equals(other.table("children"))


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_counts_and_shares_are_those_of_a_district_of_this_size(district_id):
    district, _ = made(district_id)
    children = district.table("children")
    low, high = ENTRANTS[district_id]
    assert low < (children["stage"] == "primary").sum() < high
    assert 0.007 < children["twin_id"].notna().mean() < 0.016
    homes = district.table("homes")
    titled = homes[homes["owner"].ne("other")].drop_duplicates("child_id")
    assert 0.18 < titled["second_hand"].mean() < 0.32
    assert 0.01 < (~homes["papers"]).mean() < 0.02


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_twins_are_alike_in_everything_but_sex(district_id):
    district, _ = made(district_id)
    twins = district.table("children").dropna(subset="twin_id")
    assert (twins.groupby("twin_id").size() == 2).all()
    for column in ("birth_on", "stage", "category"):
        assert len(twins.drop_duplicates(["twin_id", column])) == twins["twin_id"].nunique()
    doors = district.table("applications").merge(twins[["child_id", "twin_id"]], on="child_id")
    assert (doors.groupby(["twin_id", "school_id"]).size() == 2).all()


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_the_children_of_the_intake_are_the_sum_of_the_units(district_id):
    district, truth = made(district_id)
    year = int(district.about["intake_year"])
    meant = truth["children_truth"].set_index("child_id")
    children = district.table("children")
    of_age = children["stage"].eq("primary") & ~children["child_id"].map(meant["under_age"])
    away = children["child_id"].map(meant["profile"]).isin(AWAY)
    cohorts = district.table("cohorts")
    assert cohorts.loc[cohorts["entry_year"] == year, "resident_n"].sum() == (of_age & ~away).sum()


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_the_classes_of_a_grade_add_up_to_its_roll(district_id):
    district, _ = made(district_id)
    counts, classes = district.table("roll_counts"), district.table("classes")
    classes = classes[classes["school_year"] <= counts["school_year"].max()]
    keys = ["school_id", "school_year", "grade"]
    sums = classes.groupby(keys, as_index=False)["pupils_n"].agg(["sum", "size"])
    both = counts.merge(sums, on=keys, validate="1:1")
    assert len(both) == len(sums) > 0
    assert counts["school_year"].max() in set(sums["school_year"])
    assert (both["pupils_n"] == both["sum"]).all()
    assert (both["classes_n"] == both["size"]).all()


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_cohorts_move_up_almost_whole_in_the_classes_they_began_in(district_id):
    district, _ = made(district_id)
    counts = district.table("roll_counts")
    later = counts.assign(school_year=counts["school_year"] - 1, grade=counts["grade"] - 1)
    pairs = counts.merge(later, on=["school_id", "school_year", "grade"], suffixes=("", "_next"), validate="1:1")
    pairs = pairs[pairs["grade"] != 6]
    assert (pairs["classes_n"] == pairs["classes_n_next"]).all()
    large = pairs[pairs["pupils_n"] >= 40]
    ratio = large["pupils_n_next"] / large["pupils_n"]
    assert 0.98 < ratio.mean() < 1.01
    assert ratio.between(0.85, 1.1).all()


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_primary_rolls_peak_in_2023_and_the_register_shows_the_fall(district_id):
    district, _ = made(district_id)
    counts = district.table("roll_counts")
    primary = counts[counts["grade"] <= 6].groupby("school_year")["pupils_n"].sum()
    assert primary.idxmax() == min(2023, primary.index.max())
    coming = district.table("cohorts").groupby("entry_year")["resident_n"].sum()
    year = int(district.about["intake_year"])
    assert coming[year + 4] < 0.8 * coming[year]


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_the_register_and_the_plans_reach_back_as_far_as_the_rolls(district_id):
    district, _ = made(district_id)
    counts, cohorts, plans = (district.table(name) for name in ("roll_counts", "cohorts", "plans"))
    years = range(int(district.about["intake_year"]) - 8, int(district.about["intake_year"]))
    came = counts[counts["grade"] == 1].groupby("school_year")["pupils_n"].sum()
    due = cohorts.groupby("entry_year")["resident_n"].sum()
    assert (came[list(years)] / due[list(years)]).between(0.85, 1.1).all()
    past = plans[plans["intake_year"].isin(years)].set_index(["school_id", "intake_year", "stage"])["classes_n"]
    formed = counts[counts["grade"].isin([1, 7])]
    keys = [formed["school_id"], formed["school_year"], formed["grade"].map({1: "primary", 7: "junior"})]
    pd.testing.assert_series_equal(
        past.sort_index(), formed.set_index(keys)["classes_n"].sort_index(), check_names=False, check_dtype=False
    )


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_every_planted_story_is_in_the_data(district_id):
    district, truth = made(district_id)
    year = int(district.about["intake_year"])
    seats = seats_of(district, "primary")
    hukou = truth["outlook"].pivot_table(index="school_id", columns="year", values="hukou_n")
    stories = truth["planted"].groupby("story")["where"].agg(list)
    ratio = hukou.div(seats, axis=0)
    assert (ratio.loc[stories["red"], year] > 1).all()
    assert ratio.loc[stories["yellow"], year].between(0.9, 1).all()
    assert (ratio.loc[stories["overflow"], year] < 1).all()
    assert (ratio.loc[stories["overflow"], [year + 2, year + 3]].max(axis=1) > 1.05).all()
    assert (ratio.loc[stories["empties"], year] < 0.6).all()
    assert (ratio.loc[stories["empties"], year + 3] < 0.4).all()
    classes = district.table("classes")
    crowded = classes[(classes["pupils_n"] >= 56) & (classes["school_year"] < year)]
    assert set(crowded["school_id"]) == set(stories["legacy"])
    if "successor" in stories:
        juniors = seats_of(district, "junior")
        wanted = district.table("applications").groupby("school_id").size()
        assert (wanted[stories["successor"]] > juniors[stories["successor"]]).all()
    # No school is red or yellow that was not meant to be.
    others = ratio.index.difference(stories["red"] + stories["yellow"] + stories["overflow"])
    assert (ratio.loc[others, year].dropna() < 0.9).all()


@pytest.mark.parametrize("district_id", ["pingcheng", "laoting"])
def test_the_rules_put_the_families_into_the_tiers_they_were_made_for(district_id):
    district, truth = made(district_id)
    rules = policy.load(district.about["policy"])
    ranked = tiers.assign(applicants.build(district, rules), rules)
    meant = truth["children_truth"].set_index("child_id")["tier"].reindex(ranked.index)
    asked = (ranked["stage"] == "primary") & (ranked["status"] == "registered") & (ranked["sector"] == "public")
    # A village may lie in the zone of a town school by name (乐亭附件1): its families then have tiers of the town.
    asked &= meant != "R"
    assert (ranked["tier"].astype(str) == meant)[asked].mean() > 0.97


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_every_profile_of_the_recipe_is_inhabited(district_id):
    _, truth = made(district_id)
    table = families.profiles(making.recipe_of(district_id)["profiles"])
    assert set(truth["children_truth"]["profile"]) == set(table["profile"])


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_children_are_pseudonyms_and_dates_lie_before_the_data(district_id):
    district, _ = made(district_id)
    assert not any("name" in column for column in district.table("children").columns)
    known = pd.Timestamp(district.about["data_as_of"])
    assert district.table("hukou")["since_on"].max() <= known
    assert district.table("homes")["dated_on"].max() <= known
    births = district.table("children").set_index("child_id")["birth_on"]
    own = district.table("hukou").query("person == 'child'").set_index("child_id")["since_on"]
    assert (own >= births.reindex(own.index)).all()


def test_the_planted_addresses_lie_in_their_units():
    district, _ = made("laoting")
    homes = district.table("homes").dropna(subset="unit_id")
    units = district.units.set_index("unit_id").geometry.loc[homes["unit_id"]].reset_index(drop=True)
    points = gpd.GeoSeries(gpd.points_from_xy(homes["x"], homes["y"]), crs=district.crs)
    assert points.within(units).all()
    shared = homes.drop_duplicates(["child_id", "address_id"]).merge(
        district.table("children")[["child_id", "twin_id"]], on="child_id"
    )
    alone = shared[shared["twin_id"].isna()]
    assert not alone["address_id"].duplicated().any()


def test_an_entry_cohort_is_a_third_of_one_birth_year_and_two_thirds_of_the_next():
    cohorts = population.entry_cohorts({2016: 300.0, 2017: 150.0, 2018: 90.0})
    assert cohorts.to_dict() == {2023: pytest.approx(200.0), 2024: pytest.approx(110.0)}


def test_national_births_put_the_primary_peak_in_2023_and_the_junior_peak_in_2026():
    entry = making.recipe_of("laoting")["cohorts"]
    primary = entry.rolling(6).sum()
    junior = entry.rolling(3).sum()
    assert primary.loc[2012:].idxmax() == 2023
    assert junior.loc[2014:2025].idxmax() + 6 == 2026


def test_weights_divide_a_number_exactly():
    assert families.quotas(pd.Series([1.0, 1.0, 1.0]), 100).sum() == 100
    assert families.quotas(pd.Series([50.0, 30.0, 20.0]), 10).tolist() == [5, 3, 2]


def test_a_grade_is_divided_into_classes_that_keep_its_sum():
    counts = pd.DataFrame(
        {"school_id": ["a"], "school_year": [2023], "grade": [1], "pupils_n": [133], "classes_n": [3]}
    )
    sizes = history.classes(counts, years=[2023], seed="s")["pupils_n"]
    assert sizes.sum() == 133
    assert np.ptp(sizes) <= 3


def test_an_intake_of_sixty_varies_as_children_are_counted_and_the_register_does_not_tell_who_comes_and_goes():
    places = [f"u{number:03}" for number in range(500)]
    due = pd.DataFrame(60.0, index=places, columns=range(2010, 2018))
    living = population.born(due, seed="s")
    own = pd.DataFrame(np.eye(len(places)), index=places, columns=places)
    came = history.sent(living, own, seed="s", stream="x")
    assert living.to_numpy().std() / 60 == pytest.approx(60**-0.5, abs=0.005), "13 per cent"
    # 85 of a hundred stay, each by chance, and 15 come from elsewhere by chance: a variance of 60 * (.85 * .15 + .15).
    assert (came - living).to_numpy().mean() == pytest.approx(0, abs=0.3)
    assert (came - living).to_numpy().var() == pytest.approx(60 * 0.2775, rel=0.05)


def planted(story: str) -> set[str]:
    truth = made("zhanhe")[1]["planted"]
    return set(truth.loc[truth["story"].isin(story.split("、")), "row"])


def test_the_rolls_of_the_audited_district_are_clean_but_for_what_was_planted():
    district, _ = made("zhanhe")
    roll, seen = district.table("roll"), district.table("attendance")
    once = roll[~roll["pupil_id"].duplicated(keep=False)]
    assert set(roll.loc[roll["pupil_id"].duplicated(), "pupil_id"]) == planted("重复建立学籍")
    assert set(roll["pupil_id"]) - set(seen["pupil_id"]) == planted("空挂学籍")
    assert set(seen["pupil_id"]) - set(roll["pupil_id"]) == planted("无学籍就读")
    both = once.merge(seen, on="pupil_id", suffixes=("", "_seen"), validate="1:1")
    apart = both[both["school_id"] != both["school_id_seen"]]
    assert set(apart["pupil_id"]) == planted("人籍分离、借读民办、公民办混合编班")
    assert set(roll.loc[roll["registered_on"] > "2024-09-30", "pupil_id"]) == planted("注册不及时")


def remainder(number: str) -> int:
    """ISO 7064 MOD 11-2, of which GB 11643 is a case: powers of two from the right, X is ten, the sum leaves one."""
    digits = [10 if character == "X" else int(character) for character in number]
    return sum(digit * 2**place for place, digit in enumerate(reversed(digits))) % 11


def test_student_numbers_are_sound_but_for_the_forged_ones():
    district, _ = made("zhanhe")
    roll = district.table("roll")
    numbers = roll[roll["student_no"].str.startswith("G")]
    body = numbers["student_no"].str[1:]
    sound = body.map(lambda number: remainder(number) == 1)
    sound &= body.str[6:14] == numbers["birth_on"].dt.strftime("%Y%m%d")
    sound &= (body.str[16].astype(int) % 2 == 1) == (numbers["sex"] == "male")
    assert set(numbers.loc[~sound, "pupil_id"]) == planted("学籍造假")
    assert not roll["student_no"][~roll["pupil_id"].duplicated()].duplicated().any()
    assert set(body.str[:2]) == {"99"}
    assert set(roll["student_no"].str[0]) == {"G", "J", "L"}


def test_lists_plans_and_rolls_agree_but_for_what_was_planted():
    district, _ = made("zhanhe")
    admitted, roll = district.table("admitted"), district.table("roll")
    new = roll[roll["grade"].isin([1, 7])]
    assert set(new["pupil_id"]) - set(admitted["child_id"]) == planted("学籍不在录取名单")
    assert set(admitted["child_id"]) - set(roll["pupil_id"]) == planted("录取未注册")
    leavers = district.table("leavers")
    assert set(leavers.loc[leavers["destination"].isna(), "pupil_id"]) == planted("毕业生未被录取")
    taken = admitted.groupby(["school_id", "stage"]).size()
    plans = district.table("plans").query("intake_year == 2024")
    seats = plans.set_index(["school_id", "stage"])["seats_n"].reindex(taken.index)
    over = taken[taken > seats]
    truth = made("zhanhe")[1]["planted"]
    assert set(over.index.get_level_values("school_id")) == set(truth.loc[truth["story"] == "超计划招生", "where"])
    assert (taken - seats)[over.index].sum() == len(planted("超计划招生")) == 2


def test_class_sizes_of_the_audited_year_are_those_of_its_roll():
    district, _ = made("zhanhe")
    classes = district.table("classes").query("school_year == 2024")
    roll = district.table("roll")
    assert classes["pupils_n"].sum() == len(roll)
    large = classes[classes["pupils_n"] > classes["grade"].map(lambda grade: 45 if grade <= 6 else 50)]
    spots = large["school_id"] + "-" + large["grade"].astype(str) + "-" + large["class_no"].astype(str)
    assert set(spots) == planted("超大班额、历史大班额、超标准班额")
    assert (large["pupils_n"] >= 66).sum() == 1
    assert set(classes.loc[classes["label"].notna(), "label"]) == {"重点班", "实验班", "子女班", "拔尖创新人才班"}


def test_every_kind_of_defect_is_planted_at_least_once_and_only_a_handful_of_times():
    truth = made("zhanhe")[1]["planted"]
    audit = truth[truth["provision"].notna()]
    assert audit.groupby("story").size().between(1, 15).all()
    named = set("、".join(audit["provision"]).split("、"))
    answerable = {
        "00",
        "02a",
        "02b",
        "03",
        "04a",
        "04b",
        "05",
        "06a",
        "06b",
        "07",
        "08",
        "09",
        "10a",
        "10b",
        "11",
        "12a",
    }
    answerable |= {"12b", "13", "14", "15", "16", "17a", "18a", "18b", "19", "20a", "20b", "21a", "21b", "22a", "22b"}
    answerable |= {"22c", "23a", "23b", "24", "25a", "25b", "25c", "25d", "25e", "26", "29", "33"}
    assert {f"ZH-{row}" for row in answerable} <= named


def test_a_written_district_is_read_back_as_it_was_made(tmp_path):
    told = []
    (folder,) = demo.write(tmp_path, districts=["taobei"], seed=demo.SEED, progress=told.append)
    district, truth = made("taobei")
    loaded = geodata.load(folder)
    assert len(told) == 1
    for name in ("children", "roll_counts", "plans"):
        pd.testing.assert_frame_equal(loaded.table(name), district.table(name))
    assert sorted(path.stem for path in (folder / "truth").iterdir()) == sorted(truth)


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_the_committed_demo_is_what_the_generator_makes(district_id):
    committed, (new, truth) = demo_districts.district(district_id), made(district_id)
    assert committed.about == new.about
    same(committed.tables | {"zone_schools": committed.zone_schools}, new.tables | {"zone_schools": new.zone_schools})
    for name in geodata.LAYERS:
        theirs, ours = getattr(committed, name), getattr(new, name)
        pd.testing.assert_frame_equal(theirs.drop(columns="geometry"), ours.drop(columns="geometry"))
        assert theirs.geometry.geom_equals_exact(ours.geometry, tolerance=1e-6).all(), name
    planted = {path.name: path.read_text("utf-8-sig") for path in (FOLDER / district_id / "truth").glob("*.csv")}
    assert planted.keys() >= {"planted.csv", "outlook.csv"}
    for name, text in planted.items():
        assert text.splitlines() == truth[name.removesuffix(".csv")].to_csv(index=False).splitlines(), name


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_every_demo_says_that_it_is_made_up(district_id):
    district, _ = made(district_id)
    assert district.synthetic
    assert "示例数据" in district.about["note"]
