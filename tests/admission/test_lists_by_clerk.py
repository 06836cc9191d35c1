"""Shortlists, rounds that ask what an earlier one did, and keys by condition: a clerk with paper on sixty towns a kind.

Points are the same in many towns, so that lists of the whole district end among equals.
"""

from dataclasses import replace

import pytest

from tests.towns import rulebook
from tests.towns.clerks import ticket, walk
from tests.towns.nine_rules import BASE, CHOICE
from tests.towns.rulebook import a_round
from tests.towns.two_schools import ORDER, TURNS, Towns, carried_out, left_by
from zhaosheng_analysis import admission, applicants, demo, policy, tiers
from zhaosheng_analysis.admission import descriptions, rounds
from zhaosheng_analysis.schema import DataError


def drawn(child, school):
    return ticket("s", school, f"c{child:03d}")


def first_by(places: dict, many: int, ties: str) -> set:
    """Take so many names off the top of a sheet; whoever stands level with the last comes with it, or none of them."""
    sheet = sorted(places, key=places.get)
    if not many:
        return set()
    if len(sheet) <= many:
        return set(sheet)
    line = places[sheet[many - 1]]
    level = [name for name in sheet if places[name] == line]
    above = {name for name in sheet if places[name] < line}
    return above | set(level) if ties == "in" or len(above) + len(level) == many else above


@pytest.mark.parametrize("ties", ["in", "out"])
@pytest.mark.parametrize("keep", [1, 97])
@pytest.mark.parametrize("turn", range(TURNS))
def test_the_best_so_many_of_the_district_by_points_draw_for_the_schools_they_named(keep, ties, turn):
    towns = Towns(11 + 100 * turn)
    wishes = {child: named for child, named in towns.asked["first"].items() if named}
    listed = first_by({child: -towns.children[child]["points_n"] for child in wishes}, keep, ties)
    placed = walk({child: wishes[child] for child in listed}, drawn, towns.seats)
    said = a_round("choice", key=["ticket"], shortlist={"key": ("-points_n",), "keep": keep, "ties": ties})
    assert carried_out(towns, said, again=True) == placed


@pytest.mark.parametrize("ties", ["in", "out"])
@pytest.mark.parametrize("times", [1.2])
@pytest.mark.parametrize("turn", range(TURNS))
def test_each_school_lists_so_many_for_each_seat_by_tier_and_draws_among_them(times, ties, turn):
    towns = Towns(12 + 100 * turn)
    wishes = {child: named[:1] for child, named in towns.asked["first"].items() if named}
    placed = {}
    for school, n in towns.seats.items():
        asking = {child: towns.children[child]["tier"] for child, named in wishes.items() if named == [school]}
        listed = first_by(asking, int(n * times + 1e-9), ties)
        placed |= walk({child: [school] for child in listed}, drawn, {school: n})
    said = {"key": ("tier",), "times": times, "each": "school", "ties": ties}
    said = a_round("choice", key=["ticket"], choices=1, shortlist=said)
    assert carried_out(towns, said, again=True) == placed


@pytest.mark.parametrize("answer", ["refused", "none", "cut", "admitted"])
@pytest.mark.parametrize("turn", range(TURNS))
def test_a_later_round_takes_only_those_with_whom_an_earlier_one_did_as_it_says(answer, turn):
    """The first round lists the sixty best; whoever it admitted keeps the seat, as the second takes nobody with one."""
    towns = Towns(13 + 100 * turn)
    first = {child: named for child, named in towns.asked["first"].items() if named}
    listed = first_by({child: -towns.children[child]["points_n"] for child in first}, 60, "in")
    placed = walk({child: first[child] for child in listed}, towns.order, towns.seats)
    did = dict.fromkeys(towns.asked["first"], "none") | dict.fromkeys(first, "cut")
    did |= dict.fromkeys(listed, "refused") | dict.fromkeys(placed, "admitted")
    assert set(did.values()) == {"refused", "none", "cut", "admitted"}
    asked = {child: named for child, named in towns.asked["second"].items() if did[child] == answer}
    if answer != "admitted":
        placed |= walk(asked, towns.order, left_by(placed, towns.seats))
    said = [
        a_round("choice", id="first", batch="first", key=ORDER, shortlist={"key": ("-points_n",), "keep": 60}),
        a_round("choice", id="second", batch="second", key=ORDER, takes={"round.first": answer}),
    ]
    assert carried_out(towns, *said, batches=True, again=True) == placed


@pytest.mark.parametrize("turn", range(TURNS))
def test_children_of_one_tier_stand_by_points_those_of_another_by_what_they_are_and_the_rest_draw(turn):
    towns = Towns(14 + 100 * turn)

    def order(child, school):
        about = towns.children[child]
        if about["tier"] == "1":
            return "1", 0, -about["points_n"], drawn(child, school)
        if about["special"] == "yes":
            return "2", 1, about["points_n"], drawn(child, school)
        return "2", 2, 0, drawn(child, school)

    placed = walk(towns.asked["first"], order, towns.seats)
    by = ({"if": {"tier": "1"}, "key": ("-points_n",)}, {"if": {"special": "yes"}, "key": ("points_n",)})
    said = a_round("choice", key=["tier", "key_by", "ticket"], key_by=by)
    assert carried_out(towns, said, again=True) == placed
    short = a_round(
        "choice", key=["tier", "ticket"], key_by=by
    )  # written without its place, it stands after the digits
    assert carried_out(towns, short) == placed


@pytest.fixture(scope="module")
def eldest(tmp_path_factory):
    """Carry out a rule file: the two eldest are listed, c4 and c5 are level; c2 and c3 of 一小 get what is left."""
    first = CHOICE.replace('"志愿"', '"首轮"') + 'shortlist = { key = ["birth_on"], keep = 2 }\nkey = ["ticket"]\n'
    last = CHOICE.replace('"zone"', '"last"').replace('"志愿"', '"末轮"') + 'takes = { round.zone = "cut" }\n'
    last += 'key = ["tier", "key_by", "ticket"]\nkey_by = [{ if = { tier = ["1", "2", "3"] }, key = ["birth_on"] }]\n'
    path = tmp_path_factory.mktemp("rules") / "town-2025.toml"
    path.write_text(BASE + first + last, encoding="utf-8")
    rules, district = policy.load(path), demo.nine_plots()
    ranked = tiers.assign(applicants.build(district, rules), rules)
    ranked["tier"], ranked["tier_rank"] = ranked["tier"].where(ranked["tier"].eq("none"), "1"), 0
    return admission.run(ranked, district, rules, seed="s"), ranked, district, rules


def test_the_two_eldest_by_hand_and_the_elder_of_those_not_listed(eldest):
    outcome, *rest = eldest
    assert admission.check(outcome, *rest) == []
    told = outcome.children[["school_id", "round"]].fillna("").agg("/".join, axis=1).to_dict()
    assert told == {"c1": "s1/zone", "c4": "s2/zone", "c5": "s2/zone", "c2": "s1/last"} | dict.fromkeys(
        ["c3", "c6", "c7"], "/"
    )


def test_who_is_not_on_the_list_is_told_its_place_and_the_line(eldest):
    outcome, people, district, rules = eldest
    said = "没有入围（本人出生日期 2019-09-01，入围线 出生日期 2019-03-15）"
    assert not {"listed", "said", "list", "standing"} & set(outcome.log)
    assert outcome.children["not_shortlisted"].ne("").pipe(lambda cut: cut.index[cut].tolist()) == ["c2", "c3"]
    assert outcome.children.loc["c3", "not_shortlisted"] == f"「首轮」{said}"
    assert f"；「首轮」{said}；未获得学位；" in outcome.children.loc["c3", "reason"]
    told = admission.explain("c3", people, outcome, district, rules)
    assert f"\n  1 首轮：{said}\n  2 末轮（一）：\n" in told
    assert "差在各自的次序，本人出生日期 2019-09-01，最后录取者出生日期 2019-08-31" in told
    assert outcome.children.loc["c2", "key"] == "出生日期 2019-08-31"
    assert "  2 末轮：未参加（限在「首轮」没有入围" in admission.explain("c1", people, outcome, district, rules)


def test_where_all_are_level_and_too_many_nobody_is_listed_and_told_so(eldest):
    ranked, district, rules = eldest[1:]
    said = {**rules.rounds[0], "shortlist": {"key": ["intake_year"], "keep": 2, "ties": "out"}}
    outcome = admission.run(ranked, district, replace(rules, rounds=(said,)), seed="s")
    assert outcome.children["school_id"].fillna("").eq("").all()
    told = outcome.children.loc["c1", "not_shortlisted"]
    assert told.endswith("2025；末位同序而放不下，没有人入围）")


def test_a_list_and_a_key_by_condition_are_read_aloud(eldest):
    first, last = rounds.read(eldest[-1])
    assert descriptions.order(first).startswith("先按出生日期取前 2 名入围，全部合在一起，末位同序的一并入围；")
    assert descriptions.who(last, {}) == "尚无学位；已报名；在「首轮」没有入围"
    assert " → 分别排序（类别为第1类、第2类、第3类的按出生日期） → 派位号" in descriptions.order(last)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"shortlist": {"key": ("-points_n",)}}, "人数写得不对"),
        ({"shortlist": {"key": ("-points_n",), "keep": 3, "times": 1.2}}, "人数写得不对"),
        ({"shortlist": {"keep": 3}}, "没有写 key"),
        ({"shortlist": {"key": ("-point_n",), "keep": 3}}, "没有排序项「point_n」"),
        ({"shortlist": {"key": ("ticket",), "keep": 3}}, "没有排序项「ticket」"),
        ({"shortlist": {"key": ("-points_n",), "keep": True}}, "keep"),
        ({"shortlist": {"key": ("-points_n",), "keep": 3, "ties": "inn"}}, "写成了「inn」"),
        ({"shortlist": {"key": ("-points_n",), "kepp": 3}}, "kepp"),
        ({"shortlist": {"key": ("-points_n",), "times": 2.0}, "seats": "all"}, "没有限数"),
        ({"shortlist": 300}, "写成了 300"),
        ({"takes": {"round.choice": "refused"}}, "问的「round.choice」不在本轮之前"),
        ({"takes": {"round.later": "refused"}}, "问的「round.later」不在本轮之前"),
        ({"takes": {"round.earlier": "refuse"}}, "refuse"),
        ({"takes": {"round.erlier": "refused"}}, "没有列「round.erlier」"),
        ({"offers": {"round.earlier": "refused"}}, "没有列「round.earlier」"),
        ({"key": ("tier", "key_by", "ticket")}, "key 中有 key_by，但没有 key_by"),
        ({"key_by": ({"if": {"tier": "1"}, "key": ("ticket",)},)}, "没有排序项「ticket」"),
        ({"key_by": ({"if": {"tier": "9"}, "key": ("-points_n",)},)}, "9"),
        ({"key_by": ({"tier": "1"},)}, "应为 { if = {…}, key = [排序项] }"),
    ],
)
def test_what_could_never_be_meant_is_refused_when_the_file_is_read(said, found):
    book = rulebook.rules(a_round("zone", id="earlier"), a_round("choice", **said), a_round("nearest", id="later"))
    with pytest.raises(DataError) as told:
        rounds.read(book)
    assert found in str(told.value)
