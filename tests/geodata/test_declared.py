"""A folder is read with the columns its own rule file asks for; the empty folder of that rule file has them too."""

from dataclasses import replace

import pandas as pd
import pytest

from zhaosheng_analysis import demo, geodata, schema
from zhaosheng_analysis.schema import DataError

RULES = """
[columns.homes.ownership]
kind = "share"
label = "产权份额"
[columns.homes.housing]
kind = "choice"
label = "住房性质"
choices = { flat = "商品住宅", dorm = "集体宿舍" }
[columns.children.obeys]
kind = "flag"
label = "服从安排"
[records.insurance]
label = "社会保险"
[records.tax]
label = "纳税"
"""


@pytest.fixture
def folder(tmp_path):
    """Write the little town with two columns and two records of its own, as a clerk would, and its rule file."""
    town = demo.nine_plots()
    geodata.save(town, tmp_path)
    homes = pd.read_csv(tmp_path / "homes.csv", dtype=str, encoding="utf-8-sig")
    homes["产权份额"], homes["住房性质"] = "51%", "商品住宅"
    homes.loc[0, ["产权份额", "住房性质"]] = [None, "dorm"]
    homes.to_csv(tmp_path / "homes.csv", index=False, encoding="utf-8-sig")
    rows = [["c1", "1", "社会保险", "父亲", "2024-01-01", ""], ["c1", "2", "tax", "mother", "2024.3.1", "2024.5.31"]]
    header = ["儿童编号", "记录序号", "记录种类", "记录人", "起始日期", "截止日期"]
    pd.DataFrame(rows, columns=header).to_csv(tmp_path / "records.csv", index=False, encoding="utf-8-sig")
    (tmp_path / "policy.toml").write_text(RULES, encoding="utf-8")
    return tmp_path


def test_a_folder_is_read_with_the_columns_of_the_rule_file_beside_it(folder):
    town = geodata.load(folder)
    homes = town.tables["homes"]
    assert homes["ownership"].isna().sum() == 1
    assert homes["ownership"].dropna().unique().tolist() == [0.51]
    assert set(homes["housing"]) == {"flat", "dorm"}
    assert town.tables["children"]["obeys"].isna().all()
    records = town.tables["records"]
    assert records["kind"].tolist() == ["insurance", "tax"]
    assert pd.isna(records.loc[0, "until_on"])
    assert "policy.toml" not in town.unused


def test_what_was_read_is_written_and_read_back_with_those_columns(folder, tmp_path):
    town = geodata.load(folder)
    other = tmp_path / "again"
    geodata.save(town, other)
    (other / "policy.toml").write_text(RULES, encoding="utf-8")
    again = geodata.load(other)
    for name in ("homes", "children", "records"):
        pd.testing.assert_frame_equal(again.tables[name], town.tables[name])


def test_the_rule_file_may_lie_elsewhere(folder, tmp_path):
    elsewhere = tmp_path / "rules"
    elsewhere.mkdir()
    (folder / "policy.toml").rename(elsewhere / "mine.toml")
    assert "ownership" in geodata.load(folder, rules=elsewhere / "mine.toml").tables["homes"]
    with pytest.raises(DataError, match=r"不认识的列「产权份额」.*\[columns.homes\]"):
        geodata.load(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("商品住宅", "商品房", "「住房性质」.*第 3 行「商品房」.*商品住宅"),
        ("51%", "五成", "「产权份额」.*「五成」"),
    ],
)
def test_what_a_declared_column_cannot_hold_is_refused(folder, old, new, said):
    text = (folder / "homes.csv").read_text(encoding="utf-8-sig").replace(old, new)
    (folder / "homes.csv").write_text(text, encoding="utf-8-sig")
    with pytest.raises(DataError, match=said):
        geodata.load(folder)


def test_a_record_of_a_kind_the_rule_file_does_not_know_is_refused(folder):
    (folder / "policy.toml").write_text(RULES.replace("records.tax", "records.business"), encoding="utf-8")
    with pytest.raises(DataError, match=r"「记录种类」.*tax"):
        geodata.load(folder)


def test_what_is_wrong_with_a_declaration_is_told_with_what_is_wrong_with_the_tables(folder):
    (folder / "policy.toml").write_text(RULES.replace('kind = "share"', 'kind = "percent"'), encoding="utf-8")
    with pytest.raises(DataError) as error:
        geodata.load(folder)
    assert any("percent" in fault.found for fault in error.value.faults)
    assert any("产权份额" in fault.found for fault in error.value.faults)


def test_the_empty_folder_and_the_dictionary_follow_the_rule_file(folder, tmp_path):
    columns = geodata.load(folder).columns
    out = tmp_path / "empty"
    geodata.template("mine", out, needed=["homes", "records"], columns=columns)
    told = pd.read_excel(out / "district.xlsx", sheet_name=None, dtype=str, engine="calamine")
    labels = {column.label for column in columns["homes"]}
    assert labels
    assert labels <= set(told["房产"])
    notes = told["说明"].set_index(["表", "列"])
    assert notes.loc[("homes", "ownership"), "空白"] == "不知道"
    assert "商品住宅(flat)" in notes.loc[("homes", "housing"), "允许"]
    known = schema.dictionary(schema.extended(columns))
    assert known.loc[known["列"] == "kind", "允许"].str.contains("社会保险").any()


def test_a_town_in_memory_takes_declared_columns_too(folder):
    town = geodata.load(folder)
    frames = {name: getattr(town, name) for name in geodata.LAYERS} | {"zone_schools": town.zone_schools} | town.tables
    made = geodata.assemble(frames, town.about, where="内存", columns=town.columns)
    assert made.tables["homes"]["ownership"].notna().any()
    assert replace(made, places=town.places, notes=town.notes).columns == town.columns


def test_a_junior_school_with_grade_six_is_refused_and_never_taken_in_silence():
    town = demo.nine_plots()
    schools = town.schools.assign(stage=["junior", *town.schools["stage"].iloc[1:]])
    first = schools["school_id"].iloc[0]
    rows = [{"school_id": first, "school_year": 2024, "grade": grade, "pupils_n": 40} for grade in (6, 7, 8, 9)]
    frames = {name: getattr(town, name) for name in geodata.LAYERS} | {"schools": schools}
    links = town.zone_schools[town.zone_schools["school_id"] != first]
    frames |= {"zone_schools": links, "roll_counts": pd.DataFrame(rows)}
    with pytest.raises(DataError, match="有 1 行年级不是该校所办学段的"):
        geodata.assemble(frames, town.about, where="内存")
    frames["roll_counts"] = pd.DataFrame(rows[1:])
    assert geodata.assemble(frames, town.about, where="内存").table("roll_counts")["grade"].min() == 7
