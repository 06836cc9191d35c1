"""Over sixty explanations of all statuses and four plans, as a clerk reads them out: reviewed, and kept word for word.

Who changes a sentence reads `explanations.txt` again: ``python -m tests.admission.test_explanations`` writes it anew.
"""

from pathlib import Path

import pytest

from tests.towns.paper_town import Register
from zhaosheng_analysis import admission, applicants, policy, tiers
from zhaosheng_analysis.admission import explaining
from zhaosheng_analysis.policy import vocabulary

KEPT = Path(__file__).with_name("explanations.txt")
PLANS = ("pingcheng-2024", "laoting-2025", "quzhou-2022", "taobei-2024")
LATER = {
    "pingcheng-2024": "2024-07-03 12:00",
    "laoting-2025": "2025-07-08 12:00",
    "quzhou-2022": "2022-06-21 12:00",
    "taobei-2024": "2024-07-17 12:00",
}
ENDS = [*explaining.RESULTS.values(), *(said for code, said in vocabulary.STATUSES.items() if code != "registered")]
TOO_LATE = {
    "pingcheng-2024": "2024-07-06 09:00",
    "laoting-2025": "2025-07-09 17:00:01",
    "quzhou-2022": "2022-07-11 09:00",
    "taobei-2024": "2024-07-20 09:00",
}


def resident(book: Register, name: str, **more) -> None:
    book.child(name)
    book.home(name, 2, 3, **more)
    book.hukou(name, 2, 3)


def families(rules: policy.Policy) -> Register:
    """Write down one family of each kind; s1 has three seats, s2 two, the others one."""
    book, name = Register(rules), rules.id
    for child in ("甲一", "甲二", "甲三", "甲四", "甲五"):
        resident(book, child)
        book.applies(child, "s1")
    resident(book, "材料不全", papers=False)
    book.applies("材料不全", "s1")
    resident(book, "先后两报")
    book.applies("先后两报", "s1")
    book.applies("先后两报", "s2", submitted_at=LATER[name])
    resident(book, "先后不明")
    for school in ("s1", "s2"):
        book.applies("先后不明", school, submitted_at=None)
    resident(book, "未报名")
    resident(book, "迟报")
    book.applies("迟报", "s1", submitted_at=TOO_LATE[name])
    book.child("不足龄", birth_on=f"{rules.intake_year - 6}-10-01")
    book.hukou("不足龄", 2, 3)
    book.applies("不足龄", "s1")
    book.child("半证")
    book.away("半证")
    book.permit("半证", 2, 3, who="guardian")
    book.applies("半证", "s1")
    for child in ("民办一", "民办二"):
        resident(book, child)
        book.applies(child, "p1", sector="private", submitted_at=LATER[name].replace("2025-07-08", "2025-07-16"))
    book.child("照顾", category="现役军人子女")
    book.hukou("照顾", 2, 3)
    book.applies("照顾", "s1")
    for child in ("双胞胎一", "双胞胎二"):
        book.child(child, twin_id="双", twin_bundle=True)
        book.home(child, 24, 5)
        book.hukou(child, 24, 5)
        book.applies(child, "s3")
    book.child("初中", stage="junior", prev_school_kind="city_direct", national_no=False)
    book.hukou("初中", 2, 3)
    book.applies("初中", "s4")
    book.seats(s1=3, s2=2, s3=1, s4=1, p1=1)
    return book


def told(name: str) -> dict[str, str]:
    """Explain every child of a plan."""
    rules = policy.load(name)
    district = families(rules).district()
    ranked = tiers.assign(applicants.build(district, rules), rules)
    outcome = admission.run(ranked, district, rules, seed="2024-07-18")
    assert admission.check(outcome, ranked, district, rules) == []
    return {
        f"{name} {child}": admission.explain(child, ranked, outcome, district, rules) for child in sorted(ranked.index)
    }


def written(texts: dict[str, str]) -> str:
    return "".join(f"==== {head}\n{text}\n\n" for head, text in texts.items())


def kept() -> dict[str, str]:
    parts = KEPT.read_text(encoding="utf-8").split("==== ")[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2].rstrip("\n") for part in parts}


@pytest.mark.parametrize("name", PLANS)
def test_every_explanation_reads_as_it_was_reviewed(name):
    assert told(name) == {head: text for head, text in kept().items() if head.startswith(name)}


def test_no_explanation_stumbles_or_says_what_it_should_not():
    texts = kept()
    assert len(texts) >= 40
    for text in texts.values():
        assert not any(word in text for word in ("差在在", "nan", "None", "NaT", "<NA>"))
        assert "\n采用的材料：" in text
        assert any(f"\n{word}：" in text for word in ("还可以", "提醒", "之后"))
    assert {head.split()[0] for head in texts} == set(PLANS)
    ends = "".join(text.partition("\n")[0] for text in texts.values())
    assert [said for said in ENDS if said not in ends] == []


if __name__ == "__main__":
    KEPT.write_text(written({key: text for name in PLANS for key, text in told(name).items()}), encoding="utf-8")
