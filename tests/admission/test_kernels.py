"""The two kernels against slow obvious oracles, against each other, and against the package `matching`."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaosheng_analysis.admission import kernels

ROOT = Path(__file__).parents[2]
SEEDS = range(200)


def town(seed, *, schools=4, tiers=4, most=40, distinct=True):
    """Return a small random town: school, tier, key and seats."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(1, most))
    key = chance.permutation(n) if distinct else chance.integers(0, 4, n)
    school = chance.integers(-1, schools, n)
    return school, chance.integers(0, tiers, n), key.astype(np.uint64), chance.integers(0, most // schools, schools)


def obvious(school, tier, key, seats):
    """Admit child by child in the order of (tier, key); equals who do not all fit stay out and are tied."""
    inside, tied = set(), set()
    for s, left in enumerate(seats):
        queue = sorted((tier[i], key[i], i) for i in range(len(school)) if school[i] == s)
        for place in sorted({item[:2] for item in queue}):
            same = [i for t, k, i in queue if (t, k) == place]
            if len(same) > left:
                tied |= set(same) if left else set()
                break
            inside |= set(same)
            left -= len(same)
    return inside, tied


def obvious_bundles(school, tier, key, seats, weight, overflow):
    """Admit tier by tier; inside the tier that does not fit, walk the tickets and apply the rule to bundles."""
    taken = dict.fromkeys(range(len(school)), 0)
    for s, left in enumerate(seats):
        for t in sorted({tier[i] for i in range(len(school)) if school[i] == s}):
            group = sorted((key[i], i) for i in range(len(school)) if school[i] == s and tier[i] == t)
            fits = sum(weight[i] for _, i in group) <= left
            for _, i in group:
                if weight[i] <= left:
                    taken[i], left = weight[i], left - weight[i]
                elif overflow == "skip" and left:
                    continue
                else:
                    taken[i] = {"stop": 0, "expand": weight[i], "split": left}.get(overflow, 0) if left else 0
                    break
            if not fits:
                break
    return [taken[i] for i in range(len(school))]


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_admit_equals_the_obvious_way_on_200_towns(engine):
    for seed in SEEDS:
        for distinct in (True, False):
            school, tier, key, seats = town(seed, distinct=distinct)
            result = kernels.admit(school, tier, key, seats, engine=engine)
            inside, tied = obvious(school, tier, key, seats)
            assert set(np.flatnonzero(result.admitted)) == inside, seed
            assert set(np.flatnonzero(result.tied)) == tied, seed


def test_the_numpy_and_the_compiled_way_agree_on_every_number_of_the_cut():
    for seed in SEEDS:
        a, b = (kernels.admit(*town(seed, distinct=seed % 2 == 0), engine=engine) for engine in ("numpy", "numba"))
        for name in vars(a.cut):
            assert np.array_equal(getattr(a.cut, name), getattr(b.cut, name)), (seed, name)


def test_the_cut_names_the_last_child_in():
    for seed in SEEDS:
        school, tier, key, seats = town(seed)
        result = kernels.admit(school, tier, key, seats)
        for s in range(len(seats)):
            inside = sorted((tier[i], key[i]) for i in np.flatnonzero(result.admitted) if school[i] == s)
            last = (result.cut.tier[s], result.cut.key[s])
            assert last == (inside[-1] if inside else (-1, 0)), seed
            assert result.cut.admitted[s] == len(inside) <= seats[s]


@pytest.mark.parametrize("overflow", kernels.OVERFLOW)
def test_bundles_follow_the_rule_on_200_towns(overflow):
    for seed in SEEDS:
        school, tier, key, seats = town(seed)
        weight = np.random.default_rng(seed + 1000).choice([1, 1, 1, 2, 3], school.size)
        result = kernels.admit(school, tier, key, seats, weight=weight, overflow=overflow)
        expected = obvious_bundles(school, tier, key, seats, weight, overflow)
        assert result.taken.tolist() == expected, seed
        assert overflow == "expand" or (result.cut.admitted <= seats).all()


def test_the_order_of_the_rows_changes_nothing():
    for seed in SEEDS:
        school, tier, key, seats = town(seed, distinct=False)
        turn = np.random.default_rng(seed).permutation(school.size)
        result = kernels.admit(school, tier, key, seats)
        turned = kernels.admit(school[turn], tier[turn], key[turn], seats)
        assert np.array_equal(result.taken[turn], turned.taken)
        assert np.array_equal(result.tied[turn], turned.tied)


def test_one_more_seat_hurts_nobody_of_that_school():
    for seed in SEEDS:
        school, tier, key, seats = town(seed)
        for s in range(len(seats)):
            more = seats + (np.arange(len(seats)) == s)
            before, after = (kernels.admit(school, tier, key, plan).admitted for plan in (seats, more))
            assert (after >= before).all()
            assert after.sum() - before.sum() in (0, 1)


def test_case_pcw_15_the_tier_that_straddles_the_plan_is_counted():
    tier = np.repeat(np.arange(7), [62, 11, 9, 12, 5, 7, 1])
    cut = kernels.admit(np.zeros(107), tier, np.arange(107), np.array([90])).cut
    assert (cut.tier[0], cut.margin[0], cut.left[0], cut.admitted[0]) == (3, 12, 8, 90)


def market(seed, *, children=30, schools=5, choices=3):
    """Return a random market: choices, keys that differ at each school, seats."""
    chance = np.random.default_rng(seed)
    named = np.stack([chance.permutation(schools)[:choices] for _ in range(children)])
    named[chance.random(named.shape) < 0.1] = -1
    key = np.stack([chance.permutation(children) for _ in range(choices)], axis=1).astype(np.uint64)
    key = key * np.uint64(choices) + np.arange(choices, dtype=np.uint64)
    return named, key, chance.integers(0, children // schools + 2, schools)


def stable(named, key, seats):
    """Match by asking one child at a time, and each school to keep its best; slow and obvious."""
    at, next_choice = {s: [] for s in range(len(seats))}, [0] * len(named)
    free, proposals = list(range(len(named))), 0
    while free:
        child = free.pop()
        if next_choice[child] >= named.shape[1]:
            continue
        column = next_choice[child]
        next_choice[child] += 1
        school = named[child, column]
        if school < 0:
            free.append(child)
            continue
        proposals += 1
        at[school] = sorted([*at[school], (key[child, column], child)])
        free += [loser for _, loser in at[school][seats[school] :]]
        at[school] = at[school][: seats[school]]
    return {child: s for s, held in at.items() for _, child in held}, proposals


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_match_equals_the_obvious_way_and_makes_the_same_proposals(engine):
    for seed in SEEDS:
        named, key, seats = market(seed)
        result = kernels.match(named, key, seats, engine=engine)
        placed, proposals = stable(named, key, seats)
        assert {c: s for c, s in enumerate(result.school.tolist()) if s >= 0} == placed, seed
        assert result.proposals == proposals
        assert result.filled.tolist() == [list(placed.values()).count(s) for s in range(len(seats))]


def test_the_two_engines_of_match_agree_on_any_order_of_the_children():
    for seed in SEEDS:
        named, key, seats = market(seed)
        turn = np.random.default_rng(seed).permutation(len(named))
        a, b = (kernels.match(named, key, seats, engine=engine) for engine in ("numpy", "numba"))
        c = kernels.match(named[turn], key[turn], seats, engine="numba")
        assert np.array_equal(a.choice, b.choice)
        assert np.array_equal(a.filled, b.filled)
        assert np.array_equal(a.choice[turn], c.choice)
        assert a.proposals == b.proposals == c.proposals


def test_choice_first_is_the_same_as_filling_the_schools_choice_by_choice():
    for seed in SEEDS:
        named, key, seats = market(seed)
        result = kernels.match(named, key, seats, choice_first=True)
        left, school = seats.copy(), np.full(len(named), -1)
        for column in range(named.shape[1]):
            for s in range(len(seats)):
                asking = [(key[c, column], c) for c in np.flatnonzero((named[:, column] == s) & (school < 0))]
                for _, child in sorted(asking)[: left[s]]:
                    school[child] = s
                    left[s] -= 1
        assert np.array_equal(result.school, school), seed


def test_match_equals_the_package_matching():
    from matching.games import HospitalResident

    for seed in range(5):
        chance = np.random.default_rng(seed)
        n, schools = 120, 6
        named = np.stack([chance.permutation(schools) for _ in range(n)])
        order = np.stack([chance.permutation(n) for _ in range(schools)])
        seats = chance.integers(5, 22, schools)
        residents = {c: named[c].tolist() for c in range(n)}
        hospitals = {s: np.argsort(order[s]).tolist() for s in range(schools)}
        solved = HospitalResident.create_from_dictionaries(residents, hospitals, dict(enumerate(seats.tolist()))).solve(
            optimal="resident"
        )
        theirs = {int(c.name): int(s.name) for s, held in solved.items() for c in held}
        key = order[named, np.arange(n)[:, None]].astype(np.uint64)
        ours = kernels.match(named, key, seats).school
        assert {c: s for c, s in enumerate(ours.tolist()) if s >= 0} == theirs


@given(st.integers(0, 7), st.integers(0, 31), st.integers(0, 2**24 - 1), st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_a_packed_key_can_be_read_back_digit_by_digit(choice, tier, criterion, ticket):
    key = int(kernels.pack(choice=choice, tier=tier, criterion=criterion, ticket=ticket))
    assert (key >> 61, key >> 56 & 31, key >> 32 & (2**24 - 1), key & (2**32 - 1)) == (choice, tier, criterion, ticket)


def test_packed_keys_sort_as_their_digits_do():
    chance = np.random.default_rng(0)
    digits = np.stack([chance.integers(0, 2**bits, 500) for bits in kernels.LAYOUT.values()])
    key = kernels.pack(**dict(zip(kernels.LAYOUT, digits, strict=True)))
    assert np.array_equal(np.argsort(key, kind="stable"), np.lexsort(digits[::-1]))


@pytest.mark.parametrize(("name", "bits"), kernels.LAYOUT.items())
def test_a_digit_that_does_not_fit_is_refused(name, bits):
    with pytest.raises(OverflowError, match=name):
        kernels.pack(**{name: np.array([0, 2**bits])})
    with pytest.raises(OverflowError, match=name):
        kernels.pack(**{name: -1})


def test_what_the_kernels_cannot_use_is_refused():
    one = np.zeros(1, int)
    with pytest.raises(ValueError, match="overflow"):
        kernels.admit(one, one, one, one, overflow="maybe")
    with pytest.raises(ValueError, match="negative"):
        kernels.admit(one, one, one, one - 1)
    with pytest.raises(ValueError, match="tiers start"):
        kernels.admit(one, one - 1, one, one)
    with pytest.raises(TypeError, match="unknown digits"):
        kernels.pack(points=1)
    with pytest.raises(OverflowError, match="choices"):
        kernels.match(np.zeros((1, 9), int), np.zeros(1), np.ones(1), choice_first=True)


def test_nobody_and_no_school_give_an_empty_answer():
    nothing = np.zeros(0, int)
    for engine in ("numpy", "numba"):
        assert kernels.admit(nothing, nothing, nothing, np.ones(2), engine=engine).cut.admitted.tolist() == [0, 0]
        assert kernels.match(np.zeros((0, 3), int), np.zeros((0, 3)), np.ones(2), engine=engine).proposals == 0


COMPILE = """
import numpy as np, sys
from zhaosheng_analysis.admission import kernels
assert "numba" not in sys.modules
print(kernels.match(np.zeros((9, 1)), np.arange(9), np.array([4]), engine="numba").filled[0])
"""


def test_compiling_writes_nothing_into_the_package_and_warns_of_nothing(tmp_path):
    package = tmp_path / "site" / "zhaosheng_analysis"
    (package / "admission").mkdir(parents=True)
    parts = (
        "__init__.py",
        "compiled.py",
        "admission/__init__.py",
        "admission/__init__.pyi",
        "admission/kernels.py",
        "admission/loops.py",
    )
    for name in parts:
        (package / name).write_bytes((ROOT / "zhaosheng_analysis" / name).read_bytes())
    before = sorted(package.rglob("*"))
    for cache in (tmp_path / "cache", Path("/dev/null/nowhere")):
        told = {"PYTHONPATH": str(package.parent), "XDG_CACHE_HOME": str(cache), "PATH": ""}
        flags = ["-B", "-W", "error"]
        done = subprocess.run([sys.executable, *flags, "-c", COMPILE], capture_output=True, text=True, env=told)
        assert (done.stdout.strip(), done.stderr) == ("4", "")
    assert sorted(package.rglob("*")) == before
    assert list((tmp_path / "cache").rglob("*.nbi"))
