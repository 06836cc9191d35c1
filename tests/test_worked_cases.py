"""Every worked case about admission (catalogue §8.1–8.3, 8.5) is run: in the rule book's own cases, or as a test."""

import re
from pathlib import Path

import pytest

from zhaosheng_analysis import policy

HERE = Path(__file__).parent
CASES = {
    "pingcheng-2024": (
        "PCW-01 PCW-02 PCW-03 PCW-05 PCW-06 PCW-07a PCW-09 PCW-11 PCW-12a PCW-12b PCW-14 PCW-15 PCW-17 PCW-19 PCW-21 "
        "PCW-22a PCW-23a PCW-23b PCW-28"
    ),
    "taobei-2024": "TBW-01 TBW-02 TBW-04 TBW-05 TBW-06 TBW-09 TBW-10 TBW-12 TBW-13 TBW-15",
    "quzhou-2022": (
        "QZW-01 QZW-03 QZW-04 QZW-05 QZW-06 QZW-08 QZW-10 QZW-11 QZW-13 QZW-15 QZW-17 QZW-18 QZW-19 QZW-20 QZW-21 "
        "QZW-24 QZW-25"
    ),
    "laoting-2025": (
        "LTW-01 LTW-02 LTW-03 LTW-04 LTW-05 LTW-06 LTW-07 LTW-11 LTW-12 LTW-13 LTW-15 LTW-17 LTW-18 LTW-20 LTW-21 "
        "LTW-24 LTW-25 LTW-27 LTW-28 LTW-29 LTW-30 LTW-32"
    ),
}


def named() -> set[str]:
    """Return the cases named by test functions: test_pcw_22a_… runs PCW-22a."""
    found = set()
    for path in HERE.rglob("test_*.py"):
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            found |= {
                f"{kind.upper()}-{number}" for kind, number in re.findall(r"_(pcw|tbw|qzw|ltw)_(\d+[a-z]?)(?=_)", name)
            }
    return found


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_worked_case_about_admission_is_run(name):
    """A case of two halves (TBW-01: born on the day, born after it) may be written as TBW-01a and TBW-01b."""
    run = named() | {case.id for case in policy.load(name).cases}
    halves = {case[:-1] for case in run if f"{case[:-1]}a" in run and f"{case[:-1]}b" in run}
    assert set(CASES[name].split()) - run - halves == set()
