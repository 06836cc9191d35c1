"""Every kind of rule a notice may hold, on and off: each changes who is let in, as worked out by hand.

The nine plots, all three schools public: c1, c2 and c3 ask for the two seats of 一小; the one who is left goes to 二小,
which has a seat to spare. ``loser`` is that one, ``winner`` one of the two who got in; a rule that favours brings the
loser in, a rule that burdens puts the winner out. The same papers without the rule leave everything as it was.
"""

import functools
from dataclasses import replace

import pandas as pd
import pytest

from tests.towns import counted_rules, nine_rules
from tests.towns.nine_rules import BASE, BY_TIER, HOME, IN, NONE, OUT, SHARE, USUAL, WINDOW, ZONE, only
from zhaosheng_analysis import admission, applicants, demo, policy, tiers
from zhaosheng_analysis.schema import DataError

CASES = nine_rules.CASES | counted_rules.CASES


@pytest.fixture(scope="module")
def town():
    """Return the nine plots with three public schools and children who are of age and filed at one moment."""
    plots = demo.nine_plots()
    tables = {name: frame.copy() for name, frame in plots.tables.items()}
    tables["applications"] = tables["applications"].assign(
        sector="public", submitted_at=pd.Timestamp("2025-07-08 10:00"), batch=pd.NA
    )
    tables["children"] = tables["children"].assign(birth_on=pd.Timestamp("2019-03-15"), twin_id=pd.NA)
    hukou = tables["hukou"].assign(district_code="130299")
    tables["hukou"] = hukou.assign(**{name: tables["homes"][name] for name in ("unit_id", "x", "y", "address_id")})
    return replace(plots, schools=plots.schools.assign(sector="public"), tables=tables)


@pytest.fixture(scope="module")
def ruled(tmp_path_factory):
    """Return a reader of rule files written as text, each read once."""
    path = tmp_path_factory.mktemp("rules") / "rules.toml"

    @functools.cache
    def read(text):
        path.write_text(text, encoding="utf-8")
        return policy.load(path)

    return read


def let_in(district, rules, *, checked=True):
    """Return where each child is let in, and the ranked children."""
    ranked = tiers.assign(applicants.build(district, rules), rules)
    outcome = admission.run(ranked, district, rules, seed="2025")
    assert not checked or admission.check(outcome, ranked, district, rules) == []
    return outcome.children[["school_id", "round"]].fillna("").agg("/".join, axis=1), ranked


def changed(district, given):
    """Return the district with other tables; months asked for stand in the table of schools."""
    months = given.pop("schools", None) if given else None
    if months is not None:
        district = replace(district, schools=district.schools.assign(months=district.schools["school_id"].map(months)))
    return replace(district, tables=district.tables | (given or {}))


@pytest.fixture(scope="module")
def parts(town, ruled):
    """Tell who of c1, c2 and c3 is left out by the tickets alone, and who are in."""
    found, _ = let_in(town, ruled(BASE + USUAL))
    mine = found[["c1", "c2", "c3"]]
    winners = mine.index[mine == IN].tolist()
    (loser,) = mine.index[mine == OUT]
    return {"loser": loser, "winner": winners[0], "other": winners[1]}


@pytest.mark.parametrize("name", CASES)
def test_each_rule_changes_somebody_and_nobody_without_it(name, town, parts, ruled):
    without, with_it, papers, part, expected = CASES[name]
    district = changed(town, papers(town.tables, **parts) if papers else {})
    before, _ = let_in(district, ruled(without), checked=False)  # nearly always the same few rules
    after, _ = let_in(district, ruled(with_it))
    if part == "second":  # of two seats one is drawn in the zone
        assert ((before == IN).sum(), (after == IN).sum()) == (2, 1)
    elif part == "pool":  # nobody is left over for the round after the pool
        assert ((before == OUT).sum(), (after == OUT).sum(), (after == NONE).sum()) == (1, 0, 0)
    else:
        assert after[parts[part]] == expected
        assert before[parts[part]] != expected


def test_a_home_of_which_the_share_is_not_known_is_asked_about(town, parts, ruled):
    """A blank is not no: the family is asked for the share by name, and nobody's home is struck off for it."""
    homes = only("homes.share", {"winner": None}, 1.0)(town.tables, **parts)["homes"].astype({"share": "Float64"})
    rules = ruled(BASE + SHARE + HOME + 'must = { home_share = ">= 0.51" }\n' + USUAL)
    _, ranked = let_in(changed(town, {"homes": homes}), rules)
    mine = ranked.loc[parts["winner"]]
    assert (mine["status"], mine["status_clause"], mine["missing"], mine["home"]) == (
        "incomplete",
        "一",
        "产权份额",
        "zone",
    )
    assert (ranked["status"] == "registered").sum() == len(ranked) - 1


def explained(child, name, town, parts, ruled):
    """Explain a child under the rule of a case."""
    _, text, papers, *_ = CASES[name]
    district, rules = changed(town, papers(town.tables, **parts)), ruled(text)
    ranked = tiers.assign(applicants.build(district, rules), rules)
    outcome = admission.run(ranked, district, rules, seed="2025")
    return admission.explain(parts[child], ranked, outcome, district, rules)


def test_who_gave_up_a_seat_is_told_so_and_who_moved_up_whence_the_seat_is(town, parts, ruled):
    gone = explained("winner", "放弃后递补", town, parts, ruled)
    assert "  2 放弃（一）：放弃一小的学位\n  3 递补：未参加（已放弃学位）" in gone
    assert "结论：第1类；录取到一小，后来放弃了学位；依据一" in gone
    assert "本人学区的学校" not in gone
    up = explained("loser", "放弃后递补", town, parts, ruled)
    assert "一小：1 个学位（其中 1 个是录取后放弃或另有去处空出的），1 人，录取" in up


def test_who_is_not_offered_its_own_school_is_told_what_the_round_asks_and_what_the_papers_say(town, parts, ruled):
    told = explained("winner", "各校要求的社保月数", town, parts, ruled)
    assert "  1 学区：未参加（一小不合本环节的条件；本人参保月数：6；条件：参保月数不少于须参保月数）" in told


def test_who_has_a_time_of_its_own_is_told_when(town, parts, ruled):
    late = explained("winner", "一种儿童另有报名时间", town, parts, ruled)
    assert "（2025-07-20—2025-07-21；依据一）" in late


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HOME + 'must = { home_at = "zone" }\n' + USUAL, "没有列「home_at」"),
        (WINDOW + "closed_on = [2025-07-12]\n" + USUAL, r"closed_on 的 2025-07-12 不在这个窗口里"),
        (WINDOW + "open_on = [2025-07-06]\n" + USUAL, "没有写 weekends = false"),
        (ZONE + BY_TIER + 'offers = { homes_n = ">= school.month" }\n', "没有列「school.month」"),
        (ZONE + BY_TIER + 'offers = { homes_n = ">= hukou_at" }\n', "「hukou_at」不是数"),
    ],
)
def test_a_word_that_leads_nowhere_is_refused(text, said, ruled):
    with pytest.raises(DataError, match=said):
        admission.rounds.prove(ruled(BASE + text))


def test_a_check_names_a_school_there_is(town, ruled):
    check = '[[checks]]\nrule = "age"\ndate = "age"\nschools = ["十小"]\nstatus = "under_age"\nclause = "一"\n'
    with pytest.raises(DataError, match="十小"):
        applicants.build(town, ruled(BASE + check + USUAL))
