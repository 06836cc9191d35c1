"""National student numbers and the citizen numbers in them, against a slow oracle and the standard's own example."""

import pandas as pd
import pytest

from zhaosheng_analysis.schema import DataError, Fault, Note, student_numbers

EXAMPLE = "11010519491231002X"  # GB 11643-1999, appendix: a woman born on the last day of 1949


def slow_check(body: str) -> str:
    """ISO 7064 MOD 11-2, as the standard words it: the power of two belonging to each place."""
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body))
    return str((1 - total) % 11).replace("10", "X")


def test_the_example_of_the_standard_is_right_and_says_a_woman_of_1949():
    judged = student_numbers.students(pd.Series(["G" + EXAMPLE])).iloc[0]
    assert (judged["fault"], judged["sex"]) == ("", "female")
    assert judged["birth_on"] == pd.Timestamp("1949-12-31")


def test_check_characters_agree_with_the_slow_rule_for_a_thousand_numbers():
    bodies = pd.Series([f"990411{2010 + n % 9}{1 + n % 12:02d}{1 + n % 28:02d}{n % 1000:03d}" for n in range(1000)])
    assert student_numbers.check_characters(bodies).tolist() == [slow_check(body) for body in bodies]


@pytest.mark.parametrize("place", range(17))
def test_every_single_wrong_digit_is_noticed(place):
    wrong = EXAMPLE[:place] + str((int(EXAMPLE[place]) + 1) % 10) + EXAMPLE[place + 1 :]
    assert student_numbers.students(pd.Series(["G" + wrong]))["fault"].iloc[0] in {"check", "birth"}


def test_two_neighbouring_digits_exchanged_are_noticed():
    for place in range(16):
        if EXAMPLE[place] != EXAMPLE[place + 1]:
            swapped = EXAMPLE[:place] + EXAMPLE[place + 1] + EXAMPLE[place] + EXAMPLE[place + 2 :]
            assert student_numbers.students(pd.Series(["G" + swapped]))["fault"].iloc[0] != ""


def test_a_student_number_is_g_j_or_l_and_only_g_and_j_carry_a_check():
    temporary = "L130225201908310123"
    numbers = pd.Series(["G" + EXAMPLE, "J" + EXAMPLE, temporary, "X" + EXAMPLE, EXAMPLE, None])
    judged = student_numbers.students(numbers)
    assert judged["fault"].tolist() == ["", "", "", "form", "form", ""]
    assert judged["birth_on"].iloc[2] == pd.Timestamp("2019-08-31")


def test_only_a_g_number_says_the_sex():
    judged = student_numbers.students(pd.Series(["G" + EXAMPLE, "J" + EXAMPLE]))
    assert judged["sex"].iloc[0] == "female"
    assert pd.isna(judged["sex"].iloc[1])


def test_a_birth_date_that_does_not_exist_is_a_fault_before_the_check_character_is():
    assert student_numbers.students(pd.Series(["G110105194902300026"]))["fault"].iloc[0] == "birth"


def test_a_lower_case_x_and_a_short_number_are_not_well_formed():
    numbers = pd.Series(["G" + EXAMPLE.lower(), "G" + EXAMPLE[:-1]])
    assert student_numbers.students(numbers)["fault"].tolist() == ["form", "form"]


def test_a_masked_number_keeps_only_its_kind_and_its_end():
    assert student_numbers.masked(pd.Series(["G" + EXAMPLE, None])).tolist() == ["G…2X", "（空）"]


def test_nothing_in_gives_nothing_out():
    assert student_numbers.students(pd.Series([], dtype="str")).empty


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "第 3 行「110105194912310021」",
        "G11010519491231002x，",
        "１１０１０５１９４９１２３１００２Ｘ",
        "a,110105200012310026,b",
    ],
)
def test_no_identity_number_stands_in_a_message(text):
    for said in (student_numbers.hidden(text), str(Fault(text, text, text, text)), str(Note(text, text, text))):
        assert "1949123100" not in said
        assert "200012310026" not in said
        assert "１９４９" not in said
        assert "…" in said
    assert "1949123100" not in str(DataError(Fault("甲", text)))


@pytest.mark.parametrize(
    "text", ["2025-08-31", "a" * 64, "110105" + "0" * 12, "123456789012345678901234", "3.14159265358979323"]
)
def test_what_is_no_identity_number_stays(text):
    assert student_numbers.hidden(text) == text
