"""No number and no name of a child reaches a district, and the same child is always the same."""

import pytest

from tests.ingest.hands import contents
from zhaosheng_analysis import ingest
from zhaosheng_analysis.schema import DataError

# A made-up number of the code that no mainland identity number bears, with the right check character.
CHILD, OTHER = "71000020180831102X", "710000201809011037"


ROLL = """
key_file = "../own.key"
[[sources]]
files = "roll.csv"
rest = "ignore"
roll = { pupil_id = { pseudonym = "身份证件号" }, school_id = "学校标识码", school_year = { is = 2024, \
why = "表名" }, \
grade = { grade_from = "年级", in_year = 2024 }, class_no = { number_in = "班级" }, sex = "性别", \
birth_on = "出生日期" }
"""


def roll(*numbers: str) -> str:
    lines = [f"21320001,张某,{number},20180831,2,2023,一（{at}）班" for at, number in enumerate(numbers, start=1)]
    return "\n".join(["学校标识码,姓名,身份证件号,出生日期,性别,年级,班级", *lines, ""])


def test_no_number_and_no_name_of_a_child_reaches_the_folder(taken, tmp_path):
    ingest.pseudonyms.new_key(tmp_path / "own.key")
    made = taken(ROLL, roll_csv=roll(CHILD, OTHER)).tables["roll"]
    assert made[["grade", "class_no", "sex"]].to_numpy().tolist() == [[2, 1, "female"], [2, 2, "female"]]
    everything = b"".join(contents(tmp_path / "out").values())
    assert not any(word.encode() in everything for word in (CHILD, OTHER, CHILD[:14], "张某"))


def test_the_same_child_has_one_pseudonym_however_its_number_is_typed(taken, tmp_path):
    ingest.pseudonyms.new_key(tmp_path / "own.key")
    typed = [CHILD, f" {CHILD.lower()}\t", f"'{CHILD}"]
    made = [taken(ROLL, roll_csv=roll(number)).tables["roll"]["pupil_id"].item() for number in typed]
    assert len(set(made)) == 1


@pytest.mark.parametrize("number", ["710000201808311021", "7.10000201808311E+17", "无", "", "7100002018083110"])
def test_a_number_that_is_none_is_refused_and_not_shown_whole(taken, tmp_path, number):
    ingest.pseudonyms.new_key(tmp_path / "own.key")
    with pytest.raises(DataError, match="身份证件号") as refused:
        taken(ROLL, roll_csv=roll(OTHER, number))
    assert "C3" in str(refused.value)
    assert len(number) < 17 or number not in str(refused.value).replace("7.10000201808311E+17", "")


@pytest.mark.parametrize("where", ["in", "out"])
def test_the_key_never_lies_beside_the_data(taken, tmp_path, where):
    (tmp_path / where).mkdir()
    ingest.pseudonyms.new_key(tmp_path / where / "own.key")
    with pytest.raises(DataError):
        taken(ROLL.replace("../own.key", f"../{where}/own.key"), roll_csv=roll(CHILD))


def test_a_key_is_never_written_over(tmp_path):
    ingest.pseudonyms.new_key(tmp_path / "own.key")
    with pytest.raises(DataError, match="不覆盖已有的密钥"):
        ingest.pseudonyms.new_key(tmp_path / "own.key")


TYPED = ROLL.replace('"身份证件号" }', '"身份证件号", document = "证件类型" }')


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("居民身份证", CHILD),
        ("1", OTHER),
        ("护照", "E12345678"),
        ("A", "123456789"),
        ("港澳居民来往内地通行证", "H12345678"),
        ("6", "H1234567890"),
        ("台湾居民来往大陆通行证", "12345678"),
        ("港澳台居民居住证", "810000201808310012"),
        ("外国人永久居留身份证", "USA310100180831"),
        ("居民身份证", "999213200010000001"),
        ("其他", "某村证明第12号"),
    ],
)
def test_a_number_is_judged_by_the_document_it_stands_on(taken, tmp_path, kind, number):
    ingest.pseudonyms.new_key(tmp_path / "own.key")
    heads, row = roll(number).splitlines()
    made = taken(TYPED, roll_csv=f"{heads},证件类型\n{row},{kind}\n").tables["roll"]
    assert made["pupil_id"].item().startswith("p")


@pytest.mark.parametrize(
    ("kind", "number", "told"),
    [
        ("居民身份证", "E12345678", "与「证件类型」不符"),
        ("护照", "71000020180831102", "与「证件类型」不符"),
        ("护照", "710000201808311021", "与「证件类型」不符"),
        ("港澳台居民居住证", CHILD, "与「证件类型」不符"),
        ("其他", "710000201808311021", "与「证件类型」不符"),
        ("会员证", CHILD, "不认识的证件类型"),
        ("", "E12345678", "与「证件类型」不符"),
    ],
)
def test_a_number_of_another_document_is_refused(taken, tmp_path, kind, number, told):
    ingest.pseudonyms.new_key(tmp_path / "own.key")
    heads, row = roll(number).splitlines()
    with pytest.raises(DataError, match=told) as refused:
        taken(TYPED, roll_csv=f"{heads},证件类型\n{row},{kind}\n")
    assert number not in str(refused.value)


def test_a_list_without_headers_loses_no_child_and_shows_no_number(taken, tmp_path):
    ingest.pseudonyms.new_key(tmp_path / "own.key")
    lines = "\n".join(roll(CHILD, OTHER).splitlines()[1:])
    with pytest.raises(DataError, match="没有表头") as refused:
        taken(ROLL, roll_csv=lines)
    assert CHILD not in str(refused.value)
    with pytest.raises(DataError, match="没有表头"):
        ingest.suggest(tmp_path / "in")


def test_a_child_without_an_identity_number_may_go_by_another(taken, tmp_path):
    ingest.pseudonyms.new_key(tmp_path / "own.key")
    recipe = ROLL.replace('{ pseudonym = "身份证件号" }', '{ pseudonym = "身份证件号", or = "学籍辅号" }')
    lines = ["学校标识码,姓名,身份证件号,学籍辅号,出生日期,性别,年级,班级"]
    lines += [f"1,某,{number},{other},20180831,2,2023,1班" for number, other in ((CHILD, ""), ("", "F0001"))]
    made = taken(recipe, roll_csv="\n".join(lines) + "\n").tables["roll"]
    assert made["pupil_id"].nunique() == 2
