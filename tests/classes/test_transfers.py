"""长幼随学 (衢州 三(一)6): who may join a brother or sister at which school, up to which class, and by which lot."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box
from typer.testing import CliRunner

from tests.towns.clerks import ticket
from tests.towns.street import CRS, street
from zhaosheng_analysis import geodata, policy, schema
from zhaosheng_analysis.classes import transfers
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError


def town(requests, classes):
    """Return the street: unit w lies in the zone of A, unit e in that of B; requests and classes as rows."""
    district = street({"A": 1, "B": 1, "P": 1})
    land = {"w": box(-500, -500, 1000, 500), "e": box(1000, -500, 3000, 500)}
    zones = {"zone_id": ["ZA", "ZB"], "stage": "primary", "valid_from": None, "valid_to": None}
    asked = pd.DataFrame(requests, columns=["grade", "from_school_id", "school_id", "sibling_school_id"])
    asked.insert(0, "pupil_id", [f"p{n:03d}" for n in range(len(asked))])
    sizes = pd.DataFrame(classes, columns=["school_id", "grade", "pupils_n"])
    sizes["class_no"] = sizes.groupby(["school_id", "grade"]).cumcount() + 1
    return replace(
        district,
        units=gpd.GeoDataFrame({"unit_id": list(land)}, geometry=list(land.values()), crs=CRS),
        zones=gpd.GeoDataFrame(zones, geometry=list(land.values()), crs=CRS),
        zone_schools=district.zone_schools.iloc[:2],
        tables={
            **district.tables,
            "sibling_requests": asked.assign(hukou_unit_id="w", home_unit_id="w"),
            "classes": sizes.assign(school_year=2021),
        },
    )


@pytest.fixture(scope="module")
def quzhou():
    return policy.load("quzhou-2022")


def test_a_school_of_the_zone_takes_brothers_and_sisters_up_to_the_cap_and_in_grade_1_to_the_base(quzhou):
    """Two classes of 44 and 49 pupils take 6 and 1 in grade 3 under a cap of 50, and 1 and 0 in grade 1."""
    sizes = [("A", grade, n) for grade in (1, 3) for n in (44, 49)]
    district = town([(grade, "B", "A", "A") for grade in (1, 3) for _ in range(9)], sizes)
    answers = transfers.run(district, quzhou, seed="s").set_index("grade")
    assert answers.loc[3, "verdict"].value_counts().to_dict() == {"over_base": 6, "refused": 2, "fits": 1}
    assert answers.loc[1, "verdict"].value_counts().to_dict() == {"refused": 8, "fits": 1}
    tighter = policy.under(quzhou, {"sib.cap_primary": 46})
    assert transfers.run(district, tighter, seed="s")["verdict"].eq("over_base").sum() == 1


def test_only_the_school_of_the_own_zone_and_only_from_outside_it(quzhou):
    """B is no zone school of these pupils; who is at A already is at home; from private P to A is allowed."""
    asked = [(3, "P", "B", "B"), (3, "A", "A", "A"), (3, "P", "A", "A"), (3, "B", "A", "B")]
    answers = transfers.run(town(asked, [("A", 3, 30), ("B", 3, 30)]), quzhou, seed="s")
    assert answers["verdict"].tolist() == ["barred", "barred", "fits", "stranger"]
    assert answers["reason"].tolist() == [
        "限申请现户籍地或居住地所在学区的学校",
        "限现在就读的不是学区学校",
        "转入1班，转入后31人",
        "没有兄弟姐妹在该校就读",
    ]
    lax = policy.under(quzhou, {"sib.require_enrolled": False})
    assert transfers.run(town(asked, [("A", 3, 30)]), lax, seed="s")["verdict"].iloc[3] == "fits"


def test_a_residence_elsewhere_than_the_hukou_opens_its_school_too(quzhou):
    district = town([(3, "P", "B", "B")], [("B", 3, 30)])
    requests = district.tables["sibling_requests"]
    there = replace(district, tables={**district.tables, "sibling_requests": requests.assign(home_unit_id="e")})
    assert transfers.run(district, quzhou, seed="s")["verdict"].tolist() == ["barred"]
    assert transfers.run(there, quzhou, seed="s")["verdict"].tolist() == ["fits"]


@pytest.mark.parametrize("seed", ["1", "2", "3", "4", "5"])
def test_qzw_18_one_vacancy_of_a_private_school_goes_by_lot_among_three(quzhou, seed):
    """Never beyond the base size of 45, though the class is of grade 3."""
    district = town([(3, "A", "P", "P")] * 3, [("P", 3, 44)])
    answers = transfers.run(district, quzhou, seed=seed)
    first = min(answers["pupil_id"], key=lambda pupil: ticket(seed, "siblings", pupil))
    assert answers.loc[answers["verdict"] == "fits", "pupil_id"].tolist() == [first]
    assert answers["verdict"].tolist().count("refused") == 2


def test_qzw_17_a_cap_at_the_oversized_line_cannot_be_used(quzhou):
    with pytest.raises(DataError, match=r"sib\.cap_primary"):
        policy.under(quzhou, {"sib.cap_primary": 56})


@pytest.mark.parametrize("seed", range(20))
def test_no_class_passes_its_cap_and_nobody_is_refused_beside_an_open_class(quzhou, seed):
    chance = np.random.default_rng(seed)
    sizes = [(school, grade, int(chance.integers(38, 55))) for school in "AP" for grade in (1, 2, 3) for _ in range(2)]
    asked = [(int(chance.integers(1, 4)), "B", str(chance.choice(["A", "P"])), "") for _ in range(60)]
    asked = [(grade, home, school, school) for grade, home, school, _ in asked]
    district = town(asked, sizes)
    answers = transfers.run(district, quzhou, seed=str(seed))
    assert answers["pupil_id"].tolist() == district.tables["sibling_requests"]["pupil_id"].tolist()
    joined = answers[answers["class_no"].notna()].groupby(["school_id", "grade", "class_no"]).size()
    before = district.tables["classes"].set_index(["school_id", "grade", "class_no"])["pupils_n"]
    after = before.add(joined.reindex(before.index).fillna(0))
    cap = pd.Series([50 if school == "A" and grade > 1 else 45 for school, grade, _ in before.index], before.index)
    assert (after <= np.maximum(cap, before)).all()
    full = (after >= cap).groupby(level=[0, 1]).all()
    refused = answers[answers["verdict"] == "refused"]
    assert all(full.loc[school, grade] for school, grade in zip(refused["school_id"], refused["grade"], strict=True))
    again = replace(district, tables={**district.tables, "sibling_requests": district.tables["sibling_requests"][::-1]})
    assert transfers.run(again, quzhou, seed=str(seed)).equals(answers)


def test_a_rule_book_without_such_a_round_answers_that_it_knows_none():
    district = town([(3, "B", "A", "A")], [("A", 3, 30)])
    answers = transfers.run(district, policy.load("laoting-2025"), seed="s")
    assert answers["reason"].tolist() == ["规则没有这类转学"]
    assert transfers.tally(answers) == {"asked_n": 1, "granted_n": 0, "beyond_n": 0, "refused_n": 1}


def test_the_verb_reads_the_requests_of_a_folder_and_writes_an_answer_to_each(checked_town, tmp_path):
    """u2 lies in the zone of s2, whose class of grade 3 has 45 pupils: one more beyond the base size."""
    asked = {"pupil_id": ["p1", "p2"], "grade": 3, "from_school_id": "s1", "school_id": ["s2", "s1"]}
    asked |= {"sibling_school_id": ["s2", "s1"], "hukou_unit_id": "u2", "home_unit_id": "u2"}
    sizes = {"school_id": ["s2"], "school_year": 2021, "grade": 3, "class_no": 1, "pupils_n": 45}
    given = {"sibling_requests": asked, "classes": sizes}
    tables = {name: schema.check(name, pd.DataFrame(rows), where="九格镇") for name, rows in given.items()}
    geodata.save(replace(checked_town, tables={**checked_town.tables, **tables}), tmp_path / "town")
    options = ["--policy", "quzhou-2022", "--seed", "7", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main.app, ["siblings", str(tmp_path / "town"), *options], catch_exceptions=False)
    assert "申请 2 份，同意 1 份（其中超过基准班额 1 份），不同意 1 份" in done.output
    written = pd.read_csv(tmp_path / "out" / "内部-siblings.csv", skiprows=1)
    assert written["verdict"].tolist() == ["over_base", "barred"]
    assert written["clause"].tolist() == ["三(一)6"] * 2
