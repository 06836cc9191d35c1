"""The list of provisions: what each of the five texts asks for, and where each policy file answers it."""

import re
from collections import Counter

import pytest

from zhaosheng_analysis import policy

KINDS = {
    "eligibility",
    "evidence",
    "tier",
    "phase",
    "calendar",
    "capacity",
    "lottery",
    "choice",
    "zone-geometry",
    "zone-change",
    "reassignment",
    "class-formation",
    "registry-audit",
    "prohibition",
    "warning",
    "special group",
    "publication",
}
PREFIX = {
    "PC": "pingcheng-2024",
    "TB": "taobei-2024",
    "QZ": "quzhou-2022",
    "ZH": "zhanhe-2024",
    "LT": "laoting-2025",
}


@pytest.fixture(scope="module")
def provisions() -> list[dict[str, str]]:
    return [
        {"id": row, "policy": name, "clause": it.clause, "kind": "|".join(it.kinds), "rule": it.rule}
        for name in policy.names()
        for row, it in policy.load(name).catalogue.items()
    ]


def test_the_five_texts_hold_435_provisions(provisions):
    counts = Counter(row["policy"] for row in provisions)
    assert counts == {
        "pingcheng-2024": 106,
        "taobei-2024": 50,
        "quzhou-2022": 122,
        "zhanhe-2024": 53,
        "laoting-2025": 104,
    }
    assert len(provisions) == 435


def test_every_provision_has_one_name_and_belongs_to_the_policy_its_name_says(provisions):
    names = [row["id"] for row in provisions]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"(PC|TB|QZ|ZH|LT)-\d{2,3}[a-n]?", name) for name in names)
    assert all(row["policy"] == PREFIX[row["id"][:2]] for row in provisions)


def test_every_provision_is_of_one_or_more_of_the_seventeen_kinds(provisions):
    assert len(KINDS) == 17
    used = {kind for row in provisions for kind in row["kind"].split("|")}
    assert used == KINDS


def test_provisions_without_a_kind_of_their_own_are_counted_under_the_kind_they_steer(provisions):
    kinds = {row["id"]: row["kind"] for row in provisions}
    assert kinds["TB-17"] == "calendar|evidence"
    assert kinds["PC-67"] == "zone-geometry|choice|capacity"
    assert (kinds["TB-50"], kinds["QZ-107"]) == ("phase", "capacity")


def test_every_rule_is_one_short_sentence_in_simplified_chinese_with_its_clause(provisions):
    from opencc import OpenCC

    simplified = OpenCC("t2s")
    for row in provisions:
        assert 4 <= len(row["rule"]) <= 40, row
        assert re.search(r"[\u4e00-\u9fff]", row["rule"]), row
        assert simplified.convert(row["rule"]) == row["rule"], row
        assert row["clause"], row


def test_the_questions_of_zhanhe_are_numbered_1_to_25_without_a_hole(provisions):
    asked = {int(row["id"][3:5]) for row in provisions if row["policy"] == "zhanhe-2024"} & set(range(1, 26))
    assert asked == set(range(1, 26))
