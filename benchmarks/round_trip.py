"""Random zones written as sentences and read back: whether the land comes back, unit for unit.

The zones are drawn on two kinds of ground: a town between avenues as maps draw them (both carriageways, ramps, gaps,
names by stretch) and the demo districts. The figures are kept in ``results/round_trip.md``. Run with ``python
benchmarks/round_trip.py --zones 1000 --seed r``.
"""

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the towns and the random zones are those of the tests

from tests.sentences import test_drafting  # noqa: E402
from tests.towns import carriageways, zone_maps  # noqa: E402
from zhaosheng_analysis import lottery  # noqa: E402
from zhaosheng_analysis.geodata import District  # noqa: E402
from zhaosheng_analysis.schema import DataError  # noqa: E402
from zhaosheng_analysis.sentences import atlases, drafting, placing  # noqa: E402

RESULT = Path(__file__).parent / "results" / "round_trip.md"
CLOSE_SHARE = 1e-3  # of the zone's area: less than this is the drawing, not the land


def told(zone: object, district: District, ground: atlases.Atlas) -> tuple[str, str]:
    """Draft a zone and read the draft; return the sentence and what is wrong with what comes back, or nothing."""
    try:
        sentence = drafting.write(zone, district, ground=ground)
    except DataError as refused:
        return "", f"no sentence: {refused}"
    found = placing.place(sentence, district, index=ground.gazetteer)
    if found.faults.found:
        return sentence, f"not understood: {found.faults.found[0]}"
    if (test_drafting.held(found.land, ground) != test_drafting.held(zone, ground)).any():
        return sentence, "other units"
    apart = found.land.symmetric_difference(zone).area
    return sentence, f"other land: {apart / zone.area:.2%}" if apart >= CLOSE_SHARE * zone.area else ""


def drawn(name: str, district: District, ground: atlases.Atlas, country: object, *, zones: int, seed: str) -> str:
    """Draw zones on one ground; return a row of the table, and print each that does not come back."""
    rng, done, wrong, longest, started = lottery.generator(seed, name), 0, 0, 0, time.process_time()
    while done < zones:
        zone = test_drafting.random_zone(ground, country, rng)
        if zone is None:
            continue
        done += 1
        sentence, fault = told(zone, district, ground)
        longest = max(longest, len(sentence))
        if fault:
            wrong += 1
            print(f"{name} {done}: {fault}: {sentence}", file=sys.stderr)
    seconds = (time.process_time() - started) / done
    return f"| {name} | {done} | {done - wrong} | {wrong} | {longest} | {1000 * seconds:.0f} |"


def avenues() -> tuple[District, atlases.Atlas, object]:
    """Return the town between avenues."""
    district = carriageways.avenues()
    ground = atlases.of(district)
    return district, ground, ground.gazetteer.country


def demo(district_id: str) -> tuple[District, atlases.Atlas, object]:
    """Return a demo district and the land its school zones may cover."""
    district, ground = zone_maps.demo(district_id), zone_maps.atlas(district_id)
    limits = district.areas.geometry[district.areas["kind"] == "limit"]
    country = max(limits, key=lambda land: land.area) if len(limits) else ground.gazetteer.country
    return district, ground, country


def main() -> None:
    """Draw, print and keep the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--zones", type=int, default=1000)
    arguments.add_argument("--seed", default="r")
    arguments.add_argument("--demo-zones", type=int, default=250)
    chosen = arguments.parse_args()
    grounds = {"avenues with carriageways": avenues}
    grounds |= {name: lambda name=name: demo(name) for name in test_drafting.DRAWN}
    rows = []
    for name, ground in grounds.items():
        zones = chosen.zones if ground is avenues else chosen.demo_zones
        rows.append(drawn(name, *ground(), zones=zones, seed=chosen.seed))
        print(rows[-1], flush=True)
    lines = [
        "# Random zones written and read back",
        "",
        f"Made by `python benchmarks/round_trip.py --zones {chosen.zones} --seed {chosen.seed}`. A zone is cut out",
        "along two to four streets, in a fifth of the cases with up to three units at its edge changed; it comes back",
        "where its draft is understood without a doubt, holds the same units and differs by less than",
        f"{CLOSE_SHARE:.1%} of its area.",
        "",
        "| ground | zones | come back | do not | longest sentence (characters) | ms a zone, drawn, written and read |",
        "| --- | --- | --- | --- | --- | --- |",
        *rows,
        "",
    ]
    RESULT.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
