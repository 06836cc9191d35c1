"""Time the admission kernels against what else one would do; prints ratios of one and the same run.

One zone a child: 10^6 children, 5,000 schools, seven tiers. Several choices: 10^5 children, five choices, and the
package `matching` at a size it can do. Monte Carlo: one more draw of a demo district against a whole intake. The whole
path of a demo district, from the folder to the outcome, against reading and writing the same Parquet, and how its cost
grows with the children. Years to come against whole intakes. CPU time of the process, best of a few runs; what is
printed is kept in ``results/admission.md``, but for runs of some parts only (``python benchmarks/admission.py path``).
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from zhaosheng_analysis import admission, applicants, forecast, geodata, policy, tiers
from zhaosheng_analysis.admission import chances, kernels, reasons

DEMO = Path(__file__).resolve().parent.parent / "geodata"
RESULTS = Path(__file__).resolve().parent / "results" / "admission.md"
# Microseconds a child that the whole path is to take on one core, and seconds to load a district read before.
AIMS = {"applicants": 15, "intake, with reasons": 15, "of it reasons": 10, "draw of the margin": 2}
AIM_LOAD_S = 0.2

CHILDREN, SCHOOLS, TIERS, PLAN = 1_000_000, 5_000, 7, 174


def best(work: Callable[[], object], runs: int = 5) -> float:
    """Return the least CPU seconds of several runs."""
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def show(title: str, times: dict[str, float], reference: str) -> None:
    """Print one table: milliseconds, and how many times as long as the reference each way takes."""
    say(f"\n## {title}\n\n| way | ms | x {reference} |\n| --- | ---: | ---: |")
    for way, seconds in times.items():
        say(f"| {way} | {seconds * 1e3:.2f} | {seconds / times[reference]:.3g} |")


said: list[str] = []


def say(text: str) -> None:
    """Print a text and keep it for the results."""
    print(text)
    said.append(text)


def one_zone() -> None:
    """One zone a child: tier, date and ticket decide."""
    chance = np.random.default_rng(20240718)
    school = chance.integers(0, SCHOOLS, CHILDREN).astype(np.int32)
    tier = chance.choice(TIERS, CHILDREN, p=[0.55, 0.12, 0.1, 0.08, 0.06, 0.06, 0.03]).astype(np.int8)
    date, ticket = chance.integers(0, 4000, CHILDREN), chance.integers(0, 2**32, CHILDREN)
    key, seats = kernels.pack(criterion=date, ticket=ticket), np.full(SCHOOLS, PLAN)

    def lexsort() -> np.ndarray:
        order = np.lexsort((ticket, date, tier, school))
        at = school[order]
        inside = np.zeros(CHILDREN, bool)
        inside[order] = np.arange(CHILDREN) - np.searchsorted(at, np.arange(SCHOOLS))[at] < seats[at]
        return inside

    table = pd.DataFrame({"school": school, "tier": tier, "date": date, "ticket": ticket})

    def grouped() -> np.ndarray:
        place = table.sort_values(["tier", "date", "ticket"]).groupby("school").cumcount()
        return (place < PLAN).sort_index().to_numpy()

    ways = {
        "admit (numba)": lambda: kernels.admit(school, tier, key, seats, engine="numba").admitted,
        "admit (NumPy)": lambda: kernels.admit(school, tier, key, seats, engine="numpy").admitted,
        "np.lexsort of the four keys": lambda: np.lexsort((ticket, date, tier, school)),
        "np.lexsort and fill": lexsort,
        "pandas sort_values, cumcount": grouped,
        "count (school, tier) once": lambda: np.bincount(school * TIERS + tier, minlength=SCHOOLS * TIERS),
    }
    right = lexsort()
    for way in ("admit (numba)", "admit (NumPy)", "pandas sort_values, cumcount"):
        assert np.array_equal(ways[way](), right), way
    times = {way: best(work, 9 if "admit" in way else 3) for way, work in ways.items()}
    show(f"{CHILDREN:,} children, {SCHOOLS:,} schools, {TIERS} tiers, {right.sum():,} admitted", times, "admit (numba)")


def market(n: int, schools: int, choices: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return choices, keys (four tiers, one ticket) and seats for 95 % of the children."""
    chance = np.random.default_rng(n)
    named = chance.random((n, schools)).argsort(axis=1)[:, :choices].astype(np.int32)
    key = kernels.pack(tier=chance.integers(0, 4, n), ticket=chance.permutation(n))
    return named, key, np.full(schools, n * 95 // 100 // schools)


def several_choices(n: int = 100_000, schools: int = 50) -> None:
    """Several choices: nanoseconds a proposal, engines side by side."""
    named, key, seats = market(n, schools, 5)
    solved = kernels.match(named, key, seats, engine="numba")
    times = {
        "match (numba)": best(lambda: kernels.match(named, key, seats, engine="numba")),
        "match (NumPy)": best(lambda: kernels.match(named, key, seats, engine="numpy"), 2),
        "np.lexsort of all pairs": best(lambda: np.lexsort((np.repeat(key, 5), named.ravel())), 3),
    }
    show(f"{n:,} children x 5 choices, {schools} schools, {solved.proposals:,} proposals", times, "match (numba)")
    say(f"\n{times['match (numba)'] / solved.proposals * 1e9:.0f} ns a proposal")


def against_matching(n: int = 1000, schools: int = 20) -> None:
    """Time the package `matching` on a market it can do, and check that it says the same."""
    from matching.games import HospitalResident

    named, key, seats = market(n, schools, 5)
    order = np.argsort(key)
    residents = {child: named[child].tolist() for child in range(n)}
    wanted = [set(np.flatnonzero((named == school).any(axis=1)).tolist()) for school in range(schools)]
    hospitals = {school: [int(c) for c in order if c in wanted[school]] for school in range(schools)}
    capacities = dict(enumerate(seats.tolist()))

    def theirs() -> dict:
        return HospitalResident.create_from_dictionaries(residents, hospitals, capacities).solve()

    placed = {int(child.name): int(school.name) for school, held in theirs().items() for child in held}
    ours = kernels.match(named, key, seats, engine="numba").school
    assert {child: school for child, school in enumerate(ours.tolist()) if school >= 0} == placed
    times = {
        "match (numba)": best(lambda: kernels.match(named, key, seats, engine="numba"), 20),
        "match (NumPy)": best(lambda: kernels.match(named, key, seats, engine="numpy"), 5),
        "matching, build and solve": best(theirs, 2),
    }
    show(f"{n:,} children x 5 choices, {schools} schools, the same assignment", times, "match (numba)")


def another_draw(name: str = "quzhou") -> None:
    """Draw the margin of a demo intake again against a whole intake, and check that both say the same."""
    district = geodata.load(DEMO / name)
    rules = policy.load(district.about["policy"])
    ranked = tiers.assign(applicants.build(district, rules), rules)
    margin = chances.reduced(ranked, district, rules)
    ids = np.append(margin.intake.world.schools["school_id"].to_numpy(object), "")
    whole = admission.run(ranked, district, rules, seed="1").children
    placed = whole["school_id"].where(whole["status"].isin(admission.PLACED)).fillna("")
    assert ids[chances.draw(margin, seed="1")].tolist() == placed.tolist()
    times = {
        "draw of the margin": best(lambda: chances.draw(margin, seed="2"), 3),
        "whole intake": best(lambda: admission.run(ranked, district, rules, seed="2"), 2),
        "finding the margin, once": best(lambda: chances.reduced(ranked, district, rules), 2),
    }
    show(f"{name}: {len(ranked):,} children, a draw can move {margin.open.sum():,}", times, "draw of the margin")


def of_reasons(intake: Callable[[], object], runs: int = 3) -> float:
    """Return the least CPU seconds that sentences take within several intakes."""
    plain, seconds = reasons.sentences, []

    def timed(*given: object) -> object:
        start = time.process_time()
        made = plain(*given)
        seconds.append(time.process_time() - start)
        return made

    reasons.sentences = timed
    try:
        for _ in range(runs):
            intake()
    finally:
        reasons.sentences = plain
    return min(seconds)


def whole_path(name: str) -> None:
    """Take a demo district from its folder to the outcome, against reading and writing the same tables as Parquet."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ZHAOSHENG_CACHE"] = "off"
        anew = best(lambda: geodata.load(DEMO / name), 2)
        os.environ["ZHAOSHENG_CACHE"] = folder
        geodata.load(DEMO / name)
        times = {"load, kept from before": best(lambda: geodata.load(DEMO / name)), "load anew": anew}
        district = geodata.load(DEMO / name)
        rules = policy.load(district.about["policy"])
        children = applicants.build(district, rules)
        ranked = tiers.assign(children, rules)
        outcome = admission.run(ranked, district, rules, seed="1")
        margin = chances.reduced(ranked, district, rules)
        files = [file for file in (DEMO / name).glob("*.parquet") if file.stem in district.tables]

        def read_and_write() -> None:
            for file in files:
                pd.read_parquet(file)
            outcome.children.to_parquet(Path(folder) / "outcome.parquet")

        times |= {
            "applicants": best(lambda: applicants.build(district, rules), 2),
            "tiers": best(lambda: tiers.assign(children, rules)),
            "intake, with reasons": best(lambda: admission.run(ranked, district, rules, seed="2"), 3),
            "of it reasons": of_reasons(lambda: admission.run(ranked, district, rules, seed="2")),
            "draw of the margin": best(lambda: chances.draw(margin, seed="2")),
            "read its Parquet, write the outcome": best(read_and_write),
        }
    show(f"{name}: {len(ranked):,} children, the whole path", times, "read its Parquet, write the outcome")
    say("\n| part | us a child | aim | |\n| --- | ---: | ---: | --- |")
    for way, aim in AIMS.items():
        each = times[way] / len(ranked) * 1e6
        say(f"| {way} | {each:.1f} | {aim} | {'reached' if each <= aim else 'not reached'} |")
    load = times["load, kept from before"]
    say(f"\nLoading it again: {load:.3f} s (aim {AIM_LOAD_S} s, {'reached' if load <= AIM_LOAD_S else 'not reached'}).")
    path = sum(times[way] for way in ("load, kept from before", "applicants", "tiers", "intake, with reasons"))
    ratio = path / times["read its Parquet, write the outcome"]
    say(f"\nThe whole path: {ratio:.1f} x reading and writing (aim 4, {'reached' if ratio <= 4 else 'not reached'}).")


def kernels_growing() -> None:
    """Time the kernel against the children, five hundred schools a hundred thousand."""
    say("\n## The kernel against the children\n\n| children | ms | ns a child |\n| ---: | ---: | ---: |")
    for n in (1_000, 10_000, 100_000, 1_000_000, 10_000_000):
        chance, schools = np.random.default_rng(n), max(n // 200, 5)
        school = chance.integers(0, schools, n).astype(np.int32)
        tier, key = chance.integers(0, TIERS, n).astype(np.int8), chance.integers(0, 2**62, n).astype(np.uint64)
        seats = np.full(schools, n * PLAN // 200 // schools)
        seconds = best(lambda school=school, tier=tier, key=key, seats=seats: kernels.admit(school, tier, key, seats))
        say(f"| {n:,} | {seconds * 1e3:.3f} | {seconds / n * 1e9:.1f} |")


def times_larger(district: geodata.District, times: int) -> geodata.District:
    """Return a district with every family of the intake several times, and as many seats for them."""
    tables = dict(district.tables)
    for name in ("children", "homes", "hukou", "permits", "applications", "withdrawals"):
        if name in tables:
            copies = [tables[name]]
            for number in range(1, times):
                own = [column for column in ("child_id", "twin_id") if column in tables[name]]
                copies.append(tables[name].assign(**{c: tables[name][c] + f"x{number}" for c in own}))
            tables[name] = pd.concat(copies, ignore_index=True)
    tables["plans"] = tables["plans"].assign(seats_n=tables["plans"]["seats_n"] * times)
    return replace(district, tables=tables)


def growing(name: str = "pingcheng") -> None:
    """Time applicants and intake of a demo district against its children: an eighth, all, four and sixteen times."""
    district = geodata.load(DEMO / name)
    rules = policy.load(district.about["policy"])
    title = "| children | applicants, us a child | intake with reasons, us a child |\n| ---: | ---: | ---: |"
    say(f"\n## {name}: cost against the children\n\n{title}")
    few = district.table("children").sort_values("child_id").iloc[::8]
    sizes = [replace(district, tables=district.tables | {"children": few})]
    sizes += [times_larger(district, times) for times in (1, 4, 16)]
    for number, there in enumerate(sizes):
        runs = 3 if number < 2 else 1
        ranked = tiers.assign(applicants.build(there, rules), rules)
        found = best(lambda there=there: applicants.build(there, rules), runs) / len(ranked) * 1e6
        placed = best(lambda there=there, ranked=ranked: admission.run(ranked, there, rules, seed="1"), runs)
        say(f"| {len(ranked):,} | {found:.1f} | {placed / len(ranked) * 1e6:.1f} |")


def years_to_come(name: str = "pingcheng", intakes: int = 64) -> None:
    """Carry out years to come of a demo district, three of them in `intakes` futures each, against whole intakes."""
    district = geodata.load(DEMO / name)
    rules = policy.load(district.about["policy"])
    ranked = tiers.assign(applicants.build(district, rules), rules)
    outlook = forecast.project(district, rules, years=forecast.coming_years(district, 3))
    options = {"seed": "1", "workers": 1}
    times = {
        "whole intake": best(lambda: admission.run(ranked, district, rules, seed="1"), 2),
        f"3 years x {intakes} intakes": best(
            lambda: forecast.simulation.run(outlook, ranked, district, rules, intakes=intakes, **options), 1
        ),
    }
    show(f"{name}: {len(ranked):,} children, years to come", times, "whole intake")


PARTS: dict[str, list[tuple]] = {
    "kernels": [(one_zone,), (several_choices,), (against_matching,), (kernels_growing,)],
    "draws": [(another_draw, demo) for demo in ("quzhou", "laoting", "pingcheng", "taobei")],
    "path": [(whole_path, demo) for demo in ("quzhou", "laoting", "pingcheng", "taobei")],
    "growing": [(growing,)],
    "years": [(years_to_come,)],
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="only these, printed and kept nowhere")
    chosen = parser.parse_args().parts
    say("# Admission benchmark\n\nCPU time of one process, best of a few runs; the ratios are of one and the same run.")
    for part in chosen or PARTS:
        for work, *given in PARTS[part]:
            work(*given)
    if not chosen:
        RESULTS.write_text("\n".join(said) + "\n", encoding="utf-8")
