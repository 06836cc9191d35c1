"""Reserved seats are held against the children who are approved, school by school."""

import pytest

from tests.towns.paper_town import Register
from zhaosheng_analysis import admission, policy


def book(name: str, reserved: dict[str, int], *filed: tuple[str, str, str]) -> list[str]:
    """Compare seats and children of a town: who files at which school of which sector, each with an approval."""
    rules = policy.load(name)
    written = Register(rules)
    for child, school, sector in filed:
        if child not in {row["child_id"] for row in written.tables["children"]}:
            written.child(child, category="现役军人子女", category_basis="党委会决定")
        written.applies(child, school, sector=sector)
    written.seats(s1=5, s2=5, p1=5)
    district = written.district()
    plans = district.tables["plans"]
    plans["reserved_n"] = plans["school_id"].map(reserved).fillna(0).astype("Int64")
    return admission.reserves.unlike(district, rules)


@pytest.mark.parametrize(
    ("reserved", "told"),
    [
        ({"s1": 2}, []),
        ({"s1": 1}, ["预留学位 1 个，经审批的照顾对象 2 名，少 1 个，没有预留的按本人类别录取"]),
        ({"s1": 4}, ["预留学位 4 个，经审批的照顾对象 2 名，多 2 个，用不完的退回"]),
    ],
)
def test_a_school_with_another_number_of_seats_than_children_is_named(reserved, told):
    found = book("quzhou-2022", reserved, ("a", "s1", "public"), ("b", "s1", "public"), ("b", "p1", "private"))
    assert [line.split("：", 1)[1] for line in found] == told


def test_a_child_of_two_first_choices_counts_where_seats_are_kept():
    assert book("quzhou-2022", {"p1": 1}, ("a", "s1", "public"), ("a", "p1", "private")) == []
    both = book("quzhou-2022", {"p1": 1, "s1": 1}, ("a", "s1", "public"), ("a", "p1", "private"))
    assert ["多 1 个" in line for line in both] == [True]


def test_rules_without_reserved_seats_ask_nothing():
    assert book("pingcheng-2024", {"s1": 3}, ("a", "s1", "public")) == []
