"""The rule books of 洮北, 衢州 and 湛河 beside slow oracles written from the texts, sentence by sentence."""

import itertools

import pytest

from zhaosheng_analysis import policy, tiers
from zhaosheng_analysis.admission import rounds
from zhaosheng_analysis.applicants import cases, facts
from zhaosheng_analysis.schema import DataError

PLACES = ("zone", "town", "district", "outside", "none")


def _tiers(rules, children: list[dict]) -> list[str]:
    return [str(tier) for tier in tiers.assign(facts.build(cases.evidence_of(children), rules), rules)["tier"]]


def _all(**columns) -> list[dict]:
    return [dict(zip(columns, values, strict=True)) for values in itertools.product(*columns.values())]


TAOBEI = _all(
    stage=("primary", "junior"),
    urban=(True, False),
    home_at=PLACES,
    hukou_at=PLACES[:-1],
    rent_at=("none", "town"),
    prev_township_same=(True, False),
)


def taobei(child: dict, *, zone_by: str, rural_urban_home: str) -> str:
    """Classify a child by 二 of the text, read from one school's door."""
    home, hukou, urban = child["home_at"], child["hukou_at"], child["urban"]
    if hukou == "outside":
        return "designated"  # 随迁子女
    urban_hukou = hukou == "town" or (hukou == "zone" and urban)
    owns, rents = home != "none", child["rent_at"] != "none"
    if urban_hukou and rents and not owns:
        return "designated"  # 城内户籍租房居住的
    if not urban and child["stage"] == "junior":
        return "township" if child["prev_township_same"] else "returned"  # 农村初中只招收本乡镇小学毕业生
    owns_in_town = home == "town" or (home == "zone" and urban)
    by_home = zone_by == "home" and home in ("zone", "town", "district")
    if not urban_hukou and owns_in_town:
        by_home = rural_urban_home == "zone"
    if not urban_hukou and urban and not by_home:
        return "returned"  # 不允许招收周边农村的学生
    lies = home if by_home else hukou
    if lies != "zone":
        return "returned"
    return "zone" if urban else "township"


@pytest.mark.parametrize("zone_by", ["home", "hukou"])
@pytest.mark.parametrize("rural_urban_home", ["zone", "refuse"])
def test_taobei_puts_every_child_where_its_sentence_puts_it(zone_by, rural_urban_home):
    rules = policy.load("taobei-2024", set={"tb.zone_by": zone_by, "tb.rural_urban_home": rural_urban_home})
    expected = [taobei(child, zone_by=zone_by, rural_urban_home=rural_urban_home) for child in TAOBEI]
    assert set(expected) == {"zone", "township", "designated", "returned"}
    assert _tiers(rules, TAOBEI) == expected


QUZHOU = _all(
    stage=("primary", "junior"),
    prev_school_kind=("own", "district"),
    applied_own=(True, False),
    category=("", "现役军人子女"),
    category_basis=("", "党委会决定"),
    agreement=(True, False),
    commissioned=(True, False),
    home_at=("zone", "district", "none"),
    hukou_at=("zone", "outside"),
    guardian_hukou_at=("zone", "district"),
    same_dwelling=(True, False),
    partner=(True, False),
    permit_at=("zone", "outside"),
)
# Kinds of 统筹生 by which of home (H), child's hukou (C) and guardian's hukou (G) lie in the zone, first served first.
ORDERS = {
    "home_first": [{"HCG", "HC"}, {"HG"}, {"CG"}, {"H"}, {"C", "G"}],
    "hukou_first": [{"HCG", "HC"}, {"CG"}, {"HG"}, {"C", "G"}, {"H"}],
    "equal": [{"HCG", "HC", "HG", "CG", "H", "C", "G"}],
}


def quzhou(child: dict, *, match_level: str, tongchou_order: str, cross_rank: str) -> str:
    """Classify a child by 三(一)1, 3–5, 三(四)10 and 四(二) of the text."""
    if child["stage"] == "junior" and child["prev_school_kind"] == "own" and child["applied_own"]:
        return "direct"
    if child["agreement"]:
        return "agreed"
    places = {"H": child["home_at"], "C": child["hukou_at"], "G": child["guardian_hukou_at"]}
    here = "".join(letter for letter, place in places.items() if place == "zone")
    if here == "H" and child["partner"]:
        return "migrant" if cross_rank == "equal" else "cross"
    if not here:
        return "migrant" if child["permit_at"] == "zone" else "other"
    if child["commissioned"]:
        return "commissioned"
    if here == "HCG" and (match_level == "zone" or child["same_dwelling"]):
        return "resident"
    return next(f"mixed{place}" for place, kinds in enumerate(ORDERS[tongchou_order], 1) if here in kinds)


@pytest.mark.parametrize("match_level", ["address", "zone"])
@pytest.mark.parametrize("tongchou_order", sorted(ORDERS))
@pytest.mark.parametrize("cross_rank", ["equal", "after_permit"])
def test_quzhou_puts_every_child_where_its_sentence_puts_it(match_level, tongchou_order, cross_rank):
    chosen = {"match_level": match_level, "tongchou_order": tongchou_order, "cross_rank": cross_rank}
    rules = policy.under(policy.load("quzhou-2022"), {f"qz.{name}": value for name, value in chosen.items()})
    sample = QUZHOU[::7]  # 7 shares no factor with the number of values of any column: every value of each occurs
    assert _tiers(rules, sample) == [quzhou(child, **chosen) for child in sample]


HELD = {
    "eligibility",
    "evidence",
    "tier",
    "phase",
    "capacity",
    "lottery",
    "choice",
    "reassignment",
    "special group",
    "calendar",
}
WRITTEN = ("taobei-2024", "quzhou-2022", "zhanhe-2024")


@pytest.mark.parametrize("name", WRITTEN)
def test_no_provision_of_the_text_is_missing_from_the_rule_book(name):
    table = policy.coverage(policy.load(name))
    held = table["kind"].str.split("|").map(lambda kinds: bool(HELD & set(kinds)))
    assert held.any()
    assert table.loc[held & table["element"].eq(""), "id"].tolist() == []
    assert table.loc[table["element"].eq(""), "id"].tolist() == []


@pytest.mark.parametrize("name", WRITTEN)
def test_an_element_answers_only_for_provisions_of_its_own_text(name):
    rules = policy.load(name)
    own = set(policy.coverage(rules)["id"])
    named = {row for rows in rules.provisions.values() for row in rows}
    assert named <= own


@pytest.mark.parametrize("name", ["taobei-2024", "quzhou-2022"])
def test_every_worked_case_comes_out_as_the_text_says(name):
    rules = policy.load(name)
    assert len(rules.cases) >= 14
    assert tiers.tried(rules) == []


@pytest.mark.parametrize("name", ["taobei-2024", "quzhou-2022"])
def test_every_option_of_every_parameter_gives_rounds_that_can_be_read(name):
    usual = policy.load(name)
    for parameter in usual.parameters.values():
        for option in parameter.options:
            chosen = policy.under(usual, {parameter.name: option})
            assert rounds.read(chosen), (parameter.name, option)


@pytest.mark.parametrize(
    ("prefix", "last", "name"), [("TB", 14, "taobei-2024"), ("QZ", 20, "quzhou-2022"), ("ZH", 7, "zhanhe-2024")]
)
def test_every_silence_of_the_text_is_a_parameter_or_a_note(prefix, last, name):
    rules = policy.load(name)
    said = {word for item in (*rules.parameters.values(), *rules.notes) for word in item.ambiguity.split("、")}
    assert {f"A-{prefix}{number}" for number in range(1, last + 1)} <= said


def test_taobei_orders_nobody_unless_a_parameter_says_so():
    zone = rounds.read(policy.load("taobei-2024"))[0]
    assert (zone.id, zone.draws) == ("zone", False)
    assert rounds.read(policy.load("taobei-2024", set={"tb.overflow": "designate"}))[0].draws


def test_quzhou_takes_its_steps_in_the_order_of_the_text():
    """Save the reserved seats, which are taken off the plan before step 5 (三(六)15, A-QZ5)."""
    steps = [item.id for item in rounds.read(policy.load("quzhou-2022"))]
    inner = ["promotion", "policy", "resident", "private", "refill-county", "resident-rest", "mixed", "migrant"]
    assert [step for step in steps if step in inner] == inner


def test_quzhou_holds_the_public_seat_of_a_child_who_also_chose_private_schools():
    allowed = {
        mode: {item.id: item for item in rounds.read(policy.load("quzhou-2022", set={"qz.step5_dual": mode}))}
        for mode in ("hold", "skip", "finalise")
    }
    assert allowed["hold"]["private"].takes["placed"] == ("none", "public")
    assert allowed["skip"]["private"].takes["placed"] == ("none",)
    assert allowed["skip"]["resident"].takes["applied_private"] == (False,)
    assert allowed["finalise"]["resident"].takes["applied_private"] == (True, False)


def test_siblings_may_never_make_an_oversized_class():
    for name in ("sib.cap_primary", "sib.cap_junior"):
        assert policy.load("quzhou-2022").parameters[name].range[1] < policy.load("quzhou-2022").capacity.oversized
        with pytest.raises(DataError, match="超出范围"):
            policy.load("quzhou-2022", set={name: 56})


def test_zhanhe_asks_25_questions_and_admits_nobody():
    rules = policy.load("zhanhe-2024")
    assert rules.kind == "audit"
    assert (rules.table, rules.rounds) == (None, ())
    assert [question.id for question in rules.questions] == [f"ZH-{number:02d}" for number in range(1, 26)]
    assert {question.answer for question in rules.questions} == {"data", "inspector", "both"}
    for question in rules.questions:
        assert question.needs, question.id
        assert [part["id"] for part in question.parts] in ([], list(question.provisions)), question.id
        assert all(part["text"] in question.text for part in question.parts), question.id


def test_class_limits_are_law_in_taobei_and_assumed_elsewhere():
    taobei_caps, *others = (policy.load(name).capacity for name in WRITTEN)
    assert taobei_caps.limit == {"primary": 45, "junior": 50}
    assert "standard" not in taobei_caps.assumed
    assert all("standard" in capacity.assumed and not capacity.limit for capacity in others)
