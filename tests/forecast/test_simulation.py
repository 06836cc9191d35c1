"""Years to come through the rules: counted by hand on a town of two zones, the same bytes wherever it is computed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.towns import forecast_town, rulebook, street
from tests.towns.admitting_town import REST, ZONE, families, rules, sure, town
from zhaosheng_analysis import forecast, parallel
from zhaosheng_analysis.admission import repeating
from zhaosheng_analysis.forecast import cutoffs, futures, resampling, simulation
from zhaosheng_analysis.schema import DataError


@pytest.fixture(scope="module")
def outlook():
    return forecast.project(town(), rules(), years=[2026, 2027])


def run(outlook, *, district=None, **options):
    chosen = {"seed": "s", "drawn": 100, "intakes": 2, "workers": 1} | options
    return simulation.run(outlook, families(), district or town(), rules(), **chosen)


def test_nobody_is_cut_where_all_who_come_have_a_seat(outlook):
    told = run(sure(outlook, j1=72, y1=40))
    assert told.tiers["p_cut"].eq(0).all()
    assert told.ends.empty


def test_the_third_tier_is_cut_where_twelve_seats_are_missing(outlook):
    # 72 families as they are, 60 seats: tiers one and two take 54, six of the eighteen of tier 3a get in, 12 do not.
    # 乙 has 5 of its 45 seats to give; 7 of the 12 are left without.
    told = run(sure(outlook, j1=72, y1=40), district=town(west=60))
    west = told.tiers[(told.tiers["school_id"] == "j1") & (told.tiers["year"] == 2026)].set_index("tier")
    assert west["p_cut"].to_dict() == {"1": 0, "2": 0, "3a": 1}
    assert west["refused_n"].to_dict() == {"1": 0, "2": 0, "3a": 12}
    assert set(told.tiers["method"]) == {"counted"}
    ends = told.ends[(told.ends["school_id"] == "j1") & (told.ends["year"] == 2026)]
    assert ends.set_index("to_school_id")["children_n"].to_dict() == {"y1": 5, "": 7}


def test_counting_and_carrying_out_agree(outlook):
    told = run(sure(outlook, j1=90, y1=40), district=town(west=60), intakes=4)
    refused = told.tiers[told.tiers["school_id"] == "j1"].groupby("year")["refused_n"].sum()
    ended = told.ends[told.ends["school_id"] == "j1"].groupby("year")["children_n"].sum()
    assert refused.tolist() == pytest.approx([30, 30])
    assert ended.tolist() == pytest.approx([30, 30])


def test_more_seats_refuse_nobody_else(outlook):
    few, many = (run(outlook, district=town(west=west), intakes=0).tiers for west in (60, 70))
    assert (many["refused_n"] <= few["refused_n"] + 1e-12).all()
    assert (many["p_cut"] <= few["p_cut"]).all()


def test_one_more_child_changes_no_other_family(outlook):
    lines = resampling.lines(families(), seed="s")
    fewer, more = (resampling.taken(lines, {("j1", "primary"): number}, 3) for number in (100, 101))
    assert fewer[0].tolist() == more[0].tolist()[:100]
    assert more[1].max() == 1, "the line of 72 begins again with copies"
    names = resampling.resampled(families(), *more).index
    assert names.is_unique
    assert len(names) == 101


def test_class_sizes_are_those_if_nobody_is_turned_away(outlook):
    told = run(sure(outlook, j1=112, y1=40), intakes=0).sizes.set_index(["school_id", "year"])
    # Two classes: 56 each, oversized and above the standard of 45; 乙's one class has 40.
    assert told.loc[("j1", 2026), ["class_size_n", "p_over", "p_oversized", "p_super"]].tolist() == [56, 1, 1, 0]
    assert told.loc[("y1", 2026), ["class_size_n", "p_over"]].tolist() == [40, 0]


def test_a_future_keeps_its_place_when_a_school_is_added(outlook):
    whole = futures.draw(outlook, futures=50, seed="s")
    fewer = replace(outlook, schools=outlook.schools[outlook.schools["school_id"] != "y1"])
    np.testing.assert_array_equal(
        whole[(outlook.schools["school_id"] != "y1").to_numpy()], futures.draw(fewer, futures=50, seed="s")
    )


def test_futures_fill_the_intervals_they_are_drawn_from(outlook):
    drawn = futures.draw(outlook, futures=4000, seed="s")
    table = outlook.schools
    inside = (drawn >= table[["low80_n"]].to_numpy()) & (drawn <= table[["high80_n"]].to_numpy())
    assert inside.mean() == pytest.approx(0.8, abs=0.03)
    assert np.median(drawn, axis=1) == pytest.approx(table["demand_n"].to_numpy(dtype=float), abs=1)


def test_what_schools_err_in_common_moves_them_together(outlook):
    def correlation(share):
        totals = outlook.totals.assign(common_share=share)
        drawn = futures.draw(replace(outlook, totals=totals), futures=2000, seed="s")
        primary = outlook.schools[outlook.schools["year"].eq(2026) & outlook.schools["stage"].eq("primary")].index
        # By ranks, on the normal scale: how a school's past errors are spread bends the plain correlation.
        scores = stats.norm.ppf(stats.rankdata(drawn[primary], axis=1) / (drawn.shape[1] + 1))
        return np.corrcoef(scores)[0, 1]

    assert correlation(0.0) == pytest.approx(0.0, abs=0.06)
    assert correlation(0.5) == pytest.approx(0.5, abs=0.06)


def test_the_order_of_families_changes_nothing(outlook):
    shuffled = simulation.run(
        outlook, families().iloc[::-1], town(west=60), rules(), seed="s", drawn=50, intakes=1, workers=1
    )
    same = run(outlook, district=town(west=60), drawn=50, intakes=1)
    pd.testing.assert_frame_equal(shuffled.tiers, same.tiers)
    pd.testing.assert_frame_equal(shuffled.ends, same.ends)


def test_a_choice_zone_is_carried_out_and_not_counted(outlook):
    doors = pd.concat([forecast_town.doors("zj", "zy", "zb"), pd.DataFrame({"zone_id": ["zj"], "school_id": ["y1"]})])
    shared = forecast_town.town(plans=town().table("plans"), zone_schools=doors.assign(order_n=1, if_vacant=False))
    plain = cutoffs.closed_form(families(), shared, rules())
    assert plain.to_dict() == {("j1", "primary"): False, ("y1", "primary"): True}


def test_a_year_that_is_only_counted_says_what_it_says_when_carried_out(outlook):
    both, first = (run(outlook, district=town(west=60), carried=years) for years in (None, [2026]))
    pd.testing.assert_frame_equal(first.tiers, both.tiers)
    assert set(both.ends["year"]) == {2026, 2027}
    pd.testing.assert_frame_equal(first.ends, both.ends[both.ends["year"] == 2026].reset_index(drop=True))


def test_two_processes_give_the_bytes_of_one(outlook):
    serial, spread = (run(outlook, district=town(west=60), workers=workers) for workers in (1, 2))
    for name in ("tiers", "ends", "sizes"):
        assert getattr(serial, name).to_csv() == getattr(spread, name).to_csv()


def test_an_address_nobody_answers_at_is_told_in_words():
    with pytest.raises(DataError, match=r"连不上"):
        parallel.spread(simulation.carry_out, None, [1], address="tcp://127.0.0.1:9", patience_s=1)


def test_families_who_go_private_do_not_count_as_demand_but_come_along():
    # Of A's 30 families ten apply to P, which has six seats: 24 stay. A demand of 48 means twice as many families.
    filed = [(f"c{n:03d}", "P", "private", 1) for n in range(10)]
    drawn = street.street({"A": 20, "B": 9, "P": 6}, applications=filed)
    book = rulebook.rules(rulebook.a_round("lottery", sector="private", key=["ticket"]), rulebook.a_round())
    children = street.ranked([{} for _ in range(30)])
    gone = simulation.gone_private(repeating.ready(children, drawn, book), seed="s")
    assert len(gone) == 6
    assert set(gone) <= {name for name, *_ in filed}
    row = {"school_id": "A", "stage": "primary", "year": 2024, "demand_n": 48, "hukou_n": 30, "sector": "public"}
    table = pd.DataFrame([row]).astype({"demand_n": "Int64", "hukou_n": "Int64"})
    wanted = simulation.families_wanted(table, np.array([[48.0]]), children, 2024, gone=gone)
    assert wanted.to_numpy().tolist() == [[60]]
    nobody = street.street({"A": 20, "B": 9, "P": 6})
    assert not len(simulation.gone_private(repeating.ready(children, nobody, book), seed="s"))


def test_a_tier_that_asks_its_school_in_a_later_round_is_told_too(outlook):
    # Tier 3a enters no zone round: the 18 ask the nearest school with a seat. 甲's 60 seats are filled by 54 of the
    # first two tiers and six of them; 乙 has five seats to give, seven are left without.
    first = dict(ZONE, takes={"tier": ["1", "2"]})
    told = simulation.run(
        sure(outlook, j1=72, y1=40),
        families(),
        town(west=60),
        rules(first, REST),
        seed="s",
        drawn=20,
        intakes=2,
        carried=[2026],
        workers=1,
    )
    west = told.tiers[(told.tiers["school_id"] == "j1") & (told.tiers["year"] == 2026)].set_index("tier")
    assert west["refused_n"].to_dict() == {"1": 0, "2": 0, "3a": 12}
    assert west.loc["3a", ["method", "p_cut", "children_n"]].tolist() == ["carried out", 1.0, 18.0]


def test_no_tier_is_likelier_cut_than_seats_are_short(outlook):
    west = town(west=60)
    made = sure(outlook, j1=72)
    held = replace(made, schools=made.schools.assign(p_short=0.4))
    free, told = (
        run(some, district=west, intakes=0).tiers.set_index([*simulation.KEYS, "tier"]) for some in (made, held)
    )
    assert free["p_cut"].max() == 1.0
    assert told["p_cut"].to_dict() == free["p_cut"].clip(upper=0.4).to_dict()
    assert told["refused_n"].to_dict() == free["refused_n"].to_dict(), "who stands where is told as before"
