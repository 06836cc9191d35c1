"""Show the package many damaged folders and rule files of other seeds than the suite's, and count how they end.

``python -m tests.fuzz.many frames 300 --first 30000`` (or files, rules, verbs).
"""

import argparse
import shutil
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path

from typer.testing import CliRunner

from tests.fuzz import damage, ending, test_fuzz, test_rules, twice
from zhaosheng_analysis import demo, geodata, policy
from zhaosheng_analysis.cli import main as command
from zhaosheng_analysis.schema import DataError


def of_frames(folder):
    rules = policy.load("laoting-2025")
    return lambda seed, ways: test_fuzz.of_frames(seed, rules, ways)


def of_files(folder):
    rules = policy.load("laoting-2025")
    geodata.save(demo.nine_plots(), folder / "kept")
    return lambda seed, ways: test_fuzz.of_files(seed, rules, folder / "kept", folder / "town", ways)


def of_rules(folder):
    sound = [tomllib.loads(path.read_text(encoding="utf-8")) for path in test_rules.FILES]
    return lambda seed, ways: test_rules.of_rules(seed, sound, folder / "rules.toml", ways)


def of_verbs(folder):
    """Damage the tables of the town; where they are accepted, type one of the verbs that read a district."""
    (folder / "kept").mkdir()
    twice.laid(folder / "kept", turned=False)
    verbs = [verb for verb, said in twice.VERBS.items() if "{town}" in said]
    accepted = []

    def case(seed, ways):
        frames, about = test_fuzz.town()
        told = damage.frames_of(seed, frames, about)
        try:
            district = geodata.assemble(frames, about, where="九格镇")
        except DataError:
            ways["not accepted"] += 1
            return told, ""
        verb = verbs[len(accepted) % len(verbs)]
        accepted.append(seed)
        place = folder / "place"
        shutil.copytree(folder / "kept", place)
        shutil.rmtree(place / "town")
        geodata.save(district, place / "town")

        def typed():
            done = CliRunner().invoke(command.app, list(map(str, twice.words(verb, place, 1))))
            if done.exception and not isinstance(done.exception, SystemExit):
                raise done.exception

        wrong = ending.of(typed, ways)
        shutil.rmtree(place)
        return f"{verb} after {told}", wrong

    return case


SPOKEN = 25  # so many cases to a line
KINDS = {"frames": of_frames, "files": of_files, "rules": of_rules, "verbs": of_verbs}


def tell(*words):
    print(*words, flush=True)  # noqa: T201 - what the script is for


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=30_000)
    asked = parser.parse_args()
    count = Counter()
    with tempfile.TemporaryDirectory() as folder:
        case = KINDS[asked.kind](Path(folder))
        for seed in range(asked.first, asked.first + asked.count):
            if count.total() % SPOKEN == SPOKEN - 1:
                tell(asked.kind, "up to", seed, dict(count))
            told, wrong = case(seed, count)
            if wrong:
                tell(f"--- seed {seed}: {told}\n{wrong}")
    tell(asked.kind, asked.first, dict(count))
    sys.exit(bool(count["wrong"]))


if __name__ == "__main__":
    main()
