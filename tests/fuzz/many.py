"""Show the package many damaged folders and rule files of other seeds than the suite's, and count how they end.

``python -m tests.fuzz.many frames 300 --first 30000`` (or files, or rules).
"""

import argparse
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path

from tests.fuzz import test_fuzz, test_rules
from zhaosheng_analysis import demo, geodata, policy


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


SPOKEN = 25  # so many cases to a line
KINDS = {"frames": of_frames, "files": of_files, "rules": of_rules}


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
