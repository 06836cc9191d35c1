"""A digit too many, two columns changed about, a school far from everything: each is asked, and nothing else is."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from zhaosheng_analysis import demo, geodata
from zhaosheng_analysis.geodata import slips


@pytest.fixture(scope="module")
def whole():
    return demo.nine_plots()


def asked(district: geodata.District, **tables: pd.DataFrame) -> list[str]:
    layers = {name: getattr(district, name) for name in geodata.LAYERS} | {"zone_schools": district.zone_schools}
    found = geodata.assemble(layers | district.tables | tables, district.about, where="九格镇")
    return [str(note) for note in found.notes if note.asks]


def rolls() -> pd.DataFrame:
    """Five grades of a school over four years, each child going up, some more or fewer by chance."""
    rows = [
        ("a", year, grade, 186 + (7 * year + 5 * grade) % 11) for year in range(2021, 2025) for grade in range(1, 6)
    ]
    return pd.DataFrame(rows, columns=["school_id", "school_year", "grade", "pupils_n"])


STEPS = [{"school_year": 1, "grade": 1}, {"school_year": -1, "grade": -1}, {"school_year": 1}, {"school_year": -1}]


@pytest.mark.parametrize("at", range(20))
@pytest.mark.parametrize("times", [10, 0.1])
def test_a_digit_too_many_or_too_few_is_found_wherever_it_stands(at, times):
    counts = rolls().sample(frac=1, random_state=at, ignore_index=True)
    assert slips.leaps(counts, "pupils_n", "school_id", STEPS).empty
    counts.loc[at, "pupils_n"] = int(counts.loc[at, "pupils_n"] * times)
    found = slips.leaps(counts, "pupils_n", "school_id", STEPS).index.to_list()
    assert at in found
    assert len(found) <= 2  # a corner has one neighbour, and cannot know which of the two is wrong


def test_small_counts_and_growing_estates_are_left_in_peace():
    counts = pd.DataFrame({"unit_id": "u", "entry_year": range(2020, 2026), "hukou_n": [0, 2, 9, 40, 90, 130]})
    steps = [{"entry_year": 1}, {"entry_year": -1}]
    assert slips.leaps(counts, "hukou_n", "unit_id", steps).empty


def test_a_slip_in_a_register_is_asked_about_by_the_folder(whole):
    cohorts = whole.table("cohorts").assign(hukou_n=lambda rows: rows["hukou_n"] + 20)
    assert not asked(whole, cohorts=cohorts)
    cohorts.loc[cohorts.index[4], "hukou_n"] *= 10
    (note,) = (it for it in asked(whole, cohorts=cohorts) if "少写了一位" in it)
    assert f"为 {cohorts['hukou_n'].iloc[4]} 人，前后为" in note


def test_a_slip_in_the_rolls_of_a_first_year_is_asked_about_by_the_folder(whole):
    """Of one year alone the grade beside is all there is to compare with."""
    rows = [("s1", 2024, grade, pupils, 2) for grade, pupils in enumerate((91, 88, 90, 87, 860, 85), start=1)]
    counts = pd.DataFrame(rows, columns=["school_id", "school_year", "grade", "pupils_n", "classes_n"])
    counts = counts.assign(school_id=whole.schools["school_id"].iloc[0], classes_n=9)
    (note,) = (it for it in asked(whole, roll_counts=counts) if "少写了一位" in it)
    assert "2024 5 为 860 人，前后为 87、85" in note
    assert not any("少写了一位" in it for it in asked(whole, roll_counts=counts.assign(pupils_n=90)))


def test_classes_and_their_size_changed_about_are_asked_about(whole):
    plans = whole.table("plans")
    turned = plans.assign(classes_n=plans["class_size_n"], class_size_n=plans["classes_n"])
    assert not any("写反" in it for it in asked(whole, plans=plans))
    assert any("班数多于班额，像是两列写反了" in it for it in asked(whole, plans=turned))


@pytest.mark.parametrize("east_m", [900, 300_000])
def test_a_school_far_from_all_others_is_named_and_the_meridian_is_not_blamed(whole, east_m):
    """Its outline is drawn around it, as where nobody drew one, so that it lies outside nothing."""
    more = [whole.schools.iloc[[0]].assign(school_id=f"x{at}", name=f"第{at}小学") for at in range(4)]
    more[3] = more[3].set_geometry(more[3].geometry.translate(east_m))
    schools = pd.concat([whole.schools, *more], ignore_index=True)
    hull = pd.concat([schools.geometry, whole.units.geometry]).union_all().convex_hull
    notes = asked(replace(whole, schools=schools, boundary=whole.boundary.set_geometry([hull], crs=whole.crs)))
    assert any("像是坐标错了一位：第 7 个要素「第3小学（离最近的 " in it for it in notes) == (east_m > 900)
    assert not any("中央经线" in it for it in notes)


def test_places_all_far_apart_are_nothing_odd():
    spots = gpd.points_from_xy(np.arange(6) * 30_000.0, np.zeros(6))
    assert slips.strays(gpd.GeoDataFrame({"name": list("abcdef")}, geometry=spots, crs=4549)).empty
