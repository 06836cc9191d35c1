"""Plan, admission list and roll held against each other on every day, and again by a slow count of sets."""

import pandas as pd

from tests.towns import demo_districts
from tests.towns.audit_town import tables, town
from zhaosheng_analysis.audit import reconciliation

ON = pd.Timestamp("2024-10-31")


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(f"2024-{text}")


def scene():
    """甲小学 (plan 8) admits one a day from 1 July and registers them; one never comes, one was never admitted."""
    listed, roll = tables("admitted")["admitted"], tables("roll")["roll"]
    own = listed["school_id"] == "a"
    listed.loc[own, "admitted_on"] = pd.date_range("2024-07-01", periods=8)
    roll.loc[roll["pupil_id"] == "e-a-1", "registered_on"] = day("07-01")
    roll = roll[roll["pupil_id"] != "e-a-8"]
    stranger = roll[roll["pupil_id"] == "e-a-2"].assign(pupil_id="x", registered_on=day("08-15"), student_no="")
    return town({"admitted": listed, "roll": pd.concat([roll, stranger])})


def at(table: pd.DataFrame, when: str, school: str = "a") -> dict[str, int]:
    row = table[(table["day"] == day(when)) & (table["school_id"] == school)]
    return row.drop(columns=["day", "school_id", "stage"]).iloc[0].to_dict()


def test_each_day_says_who_is_on_one_list_only():
    table = reconciliation.daily(scene(), year=2024, on=ON)
    counts = {"plan_n": 8, "admitted_n": 3, "roll_n": 1, "waiting_n": 2, "unlisted_n": 0, "over_n": 0}
    assert at(table, "07-03") == counts
    assert at(table, "08-15") == counts | {"admitted_n": 8, "roll_n": 2, "waiting_n": 7, "unlisted_n": 1}
    assert at(table, "10-31") == counts | {"admitted_n": 8, "roll_n": 8, "waiting_n": 1, "unlisted_n": 1}
    assert day("07-04") in set(table["day"])
    assert day("07-20") not in set(table["day"])


def test_the_days_of_all_schools_add_up():
    table = reconciliation.daily(scene(), year=2024, on=ON)
    whole = reconciliation.by_day(table).set_index("day")
    assert whole["plan_n"].unique().tolist() == [28]
    assert whole.loc[day("10-31"), ["admitted_n", "roll_n"]].tolist() == [28, 28]
    assert whole["admitted_n"].is_monotonic_increasing


def test_who_still_differs_is_named_by_pseudonym_with_the_day_since():
    rows = reconciliation.still_different(scene(), year=2024, on=ON)
    assert rows[["school_id", "kind", "days"]].to_numpy().tolist() == [["a", "waiting", 115], ["a", "unlisted", 77]]
    assert not rows.astype(str).apply(lambda column: column.str.contains("e-a|^x$")).any().any()


def test_one_too_many_is_over_the_plan_from_its_day_on():
    listed = tables("admitted")["admitted"]
    extra = listed[listed["child_id"] == "e-a-1"].assign(child_id="y", admitted_on=day("08-01"))
    district = town({"admitted": pd.concat([listed, extra])})
    table = reconciliation.daily(district, year=2024, on=ON)
    assert (at(table, "07-25")["over_n"], at(table, "08-01")["over_n"]) == (0, 1)


def test_the_demo_district_agrees_with_a_slow_count_of_sets():
    district, planted = demo_districts.district("zhanhe"), demo_districts.truth("zhanhe", "planted")
    on = pd.Timestamp(district.about["data_as_of"])
    table = reconciliation.daily(district, year=2024, on=on)
    listed, roll = district.table("admitted"), district.table("roll")
    roll = roll[roll["grade"].isin([1, 7])]
    for when in (day("07-25"), day("09-10"), on):
        admitted = set(listed.loc[listed["admitted_on"] <= when, ["child_id", "school_id"]].itertuples(index=False))
        entered = set(roll.loc[roll["registered_on"] <= when, ["pupil_id", "school_id"]].itertuples(index=False))
        admitted, entered = {tuple(pair) for pair in admitted}, {tuple(pair) for pair in entered}
        now = table[table["day"] == when.normalize()][["waiting_n", "unlisted_n", "admitted_n", "roll_n"]].sum()
        assert now.tolist() == [len(admitted - entered), len(entered - admitted), len(admitted), len(entered)]
    stories = planted.query("table in ('roll', 'admitted')")["story"].value_counts()
    left = reconciliation.still_different(district, year=2024, on=on)["kind"].value_counts()
    assert left["waiting"] == stories["录取未注册"]
    assert left["unlisted"] == stories["学籍不在录取名单"]
