"""The school system (学制) a folder or its rule file says: grades of a stage are never those of a constant."""

from pathlib import Path

import pandas as pd
import pytest

from tests.towns import five_four, rulebook
from tests.towns.tampering import messages, rewrite_tables, sheet
from zhaosheng_analysis import geodata, policy
from zhaosheng_analysis.schema import DataError

RULES = Path(rulebook.__file__).with_name("rulebook.toml")
FIVE_FOUR = "[stages]\nprimary = [1, 5]\njunior = [6, 9]\nclause = '一'\n"


@pytest.fixture(scope="module")
def frames():
    return five_four.frames()


def test_a_district_of_five_and_four_grades_is_read_where_it_says_so(frames):
    tables, about = frames
    town = geodata.assemble(tables, about, where="五四镇")
    assert (town.school_system.name, town.about["school_system"]) == ("五四", "五四")
    with pytest.raises(DataError, match=r"(?s)有 7 行年级不是该校所办学段的.*第 107 行「7，6，j1」.*写明学制为五四"):
        geodata.assemble(tables, about | {"school_system": ""}, where="五四镇")
    with pytest.raises(DataError, match=r"(?s)学制.*为「四五」.*只能填写 六三、五四"):
        geodata.assemble(tables, about | {"school_system": "四五"}, where="五四镇")


def with_rules(folder, stages, system=""):
    """Put a rule file with some stages beside the data, and what the sheet about says of them."""
    about = sheet(folder, "about").set_index("key")["value"].to_dict() | {"policy": "own", "school_system": system}
    rewrite_tables(folder, about=pd.DataFrame({"key": list(about), "value": list(about.values())}))
    (folder / "policy.toml").write_text(f"id = 'own'\n{stages}", encoding="utf-8")
    return messages(folder)


def test_the_rule_file_of_a_folder_may_say_it_and_must_not_say_otherwise(town_dir):
    assert with_rules(town_dir, FIVE_FOUR) == []
    assert geodata.load(town_dir).school_system.name == "五四"
    (told,) = with_rules(town_dir, FIVE_FOUR, "六三制")
    assert "「学制」(school_system)为「六三」，规则文件 [stages] 是「五四」；两处须一致" in told
    (told,) = with_rules(town_dir, "[stages]\nprimary = [1, 4]\n")
    assert "应为 primary = [1, 6]、junior = [7, 9]（六三）或primary = [1, 5]、junior = [6, 9]（五四）" in told


def test_rules_of_another_school_system_are_refused(town, frames, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(f"{RULES.read_text(encoding='utf-8')}\n{FIVE_FOUR}", encoding="utf-8")
    assert policy.of(geodata.assemble(*frames, where="五四镇"), str(path)).school_system == "五四"
    with pytest.raises(DataError, match=r"\[stages\] 是五四学制，九格镇的数据是六三学制"):
        policy.of(town, str(path))


def test_the_form_for_such_a_rule_file_says_its_school_system(tmp_path):
    geodata.template("own", tmp_path / "form", needed=["about", "plans"], system="五四")
    sheets = pd.read_excel(
        tmp_path / "form" / "district.xlsx", sheet_name=None, header=None, dtype="str", engine="calamine"
    )
    assert any((cells == "五四").to_numpy().any() for cells in sheets.values())
