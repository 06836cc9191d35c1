"""Kill runs at random moments: every output is yesterday's or today's, whole, and nothing of the run goes on.

A run is forked from a process that has loaded the package, so that the moments fall into its work and not into the
loading. ``python -m tests.fuzz.kills 200`` (a part of ``make fuzz``) does all verbs and counts; the suite does a few.
"""

import argparse
import contextlib
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path, PurePath

from zhaosheng_analysis import demo, geodata, outputs

ALIVE_S = 30  # how long workers may take to see that nobody waits for them
LONGEST_S = 900
STOPS = (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT)
CODES = {signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: 143, signal.SIGINT: 130}
ROOMS = (
    "cli.main",
    "geodata.folder",
    "applicants.building",
    "admission.engine",
    "admission.rounds",
    "policy.loading",
)
COMMIT_S = 0.05  # about as long as a folder takes to be put in place


def verbs(town, place):
    """Say each verb twice, as of yesterday and of today, with another result in the same place."""
    here, out = str(town), str(place / "out")
    runs = {
        "admit": (["admit", here, "--out", out, "--seed"], ["1"], ["2"]),
        "forecast": (
            ["forecast", "run", here, "--archive", str(place / "archive"), "--out", out],
            [],
            ["--years", "2"],
        ),
        "report": (["report", here, "--out", out], [], ["--set", "cutoff.inclusive=false"]),
        "audit": (["audit", here, "--out", out], [], ["--policy", "national-neutral"]),
        "redraw": (
            ["redraw", here, "--out", out, "--iterations", "1", "--seconds", "60", "--workers", "2", "--years"],
            ["2026"],
            ["2027"],
        ),
        "demo": (["demo", out, "--district", "taobei", "--seed"], ["1"], ["2"]),
        "province": (
            ["province", "admit", here, "--out", str(place / "province"), "--workers", "1", "--with"],
            ["--seed 1"],
            ["--seed 2"],
        ),
    }
    return {name: ([*words, *first], [*words, *second]) for name, (words, first, second) in runs.items()}


def begun(words):
    """Fork a run of a verb; return its process id."""
    child = os.fork()
    if child:
        return child
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - its file number is wanted
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    sys.argv = ["zhaosheng", *words]
    code = 1
    try:
        from zhaosheng_analysis.cli import main

        main.main()
    except SystemExit as done:
        code = done.code or 0
    finally:
        os._exit(code)


def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def inside(place):
    """Return every file that a reader would find, by path; what is hidden is not finished."""
    files = (path for path in sorted(place.rglob("*")) if path.is_file())
    parts = {path: path.relative_to(place) for path in files}
    return {
        str(part): path.read_bytes()
        for path, part in parts.items()
        if not any(name.startswith(".") and name.endswith((".part", ".old")) for name in part.parts)
    }


def left(place):
    return [str(path) for path in place.rglob(".*") if path.name.endswith((".part", ".old"))]


def orphans(had):
    """Return which processes of a run that was killed still live after a while."""
    end = time.monotonic() + ALIVE_S
    while (alive := [pid for pid in had if Path(f"/proc/{pid}").exists()]) and time.monotonic() < end:
        time.sleep(0.1)
    return alive


def below(pid):
    """Return the process ids below a process, at any depth."""
    found, ask = [], [pid]
    while ask:
        with contextlib.suppress(OSError):
            for path in Path(f"/proc/{ask.pop()}/task").glob("*/children"):
                children = [int(word) for word in path.read_text().split()]
                found += children
                ask += children
    return found


def killed(words, moment, place, aimed, number=signal.SIGKILL):
    """Start a verb and stop it after some seconds, unless it ends before; return its code and the processes it had.

    Where it is aimed, the seconds are counted from when the first unfinished file or folder is seen.
    """
    child, had = begun(words), set()
    end = time.monotonic() + (LONGEST_S if aimed else moment)
    while time.monotonic() < end:
        had |= set(below(child))
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), had
        if aimed and left(place):
            end, aimed = time.monotonic() + moment, False
        time.sleep(0.001 if aimed else 0.01)
    had |= set(below(child))
    os.kill(child, number)
    return ended(child), had


def tried(name, yesterday, today, place, moments, tell=lambda *_: None):
    """Kill a verb at each of some moments, every other time while it puts its files in place; return what was wrong."""
    wrong, count = [], Counter()
    for room in ROOMS:
        importlib.import_module(f"zhaosheng_analysis.{room}")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    first = ended(begun(yesterday))
    before = inside(place)
    begin = time.monotonic()
    second = ended(begun(today))
    length = time.monotonic() - begin
    after = inside(place)
    if first or second or before == after:
        return [f"{name}: ends {first} and {second}, {'same' if before == after else 'other'} files"], count
    for number, moment in enumerate(moments):
        shutil.rmtree(place)
        write(place, before)
        aimed = number % 2 == 1
        how = STOPS[number // 2 % len(STOPS)]
        code, had = killed(today, moment * (COMMIT_S if aimed else length), place, aimed, how)
        found = inside(place)
        which = state(found, before, after)
        count[which if code else "done"] += 1
        tell(name, number, how.name, "aimed" if aimed else "", code, which)
        if code not in (0, -how, CODES[how]):  # before the verb begins, the signal ends it by itself
            wrong.append(f"{name} at {moment:.3f}: {how.name} ends with {code}")
        if which == "torn":
            wrong.append(f"{name} at {moment:.3f}: {sorted(set(found) ^ set(before))[:5]}")
        wrong += [f"{name} at {moment:.3f}: {pid} lives on" for pid in orphans(had)]
    if ended(begun(today)) or inside(place) != after or left(place):
        wrong.append(f"{name}: the run after the kills is not whole, or leaves {left(place)}")
    return wrong, count


def state(found, before, after):
    """Say which files are there; a run that writes two folders may be stopped between them, and each is whole."""
    if found in (before, after):
        return "before" if found == before else "after"
    units = {unit(name) for name in before | after | found}
    whole = all(within(found, at) in (within(before, at), within(after, at)) for at in units)
    return "between" if whole else "torn"


def unit(name):
    """Say what a file belongs to that is replaced as one: a folder, of a province a district in it, or nothing."""
    path = PurePath(name)
    of_province = {"province.json", outputs.MARK} & set(path.parts)  # what was done, written after what it tells of
    return "" if of_province else str(path.parent if path.parts[0] == "province" else path.parts[0])


def within(files, at):
    return {name: content for name, content in files.items() if unit(name) == at} if at else {}


def write(place, files):
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)


def tell(*words):
    print(*words, flush=True)  # noqa: T201 - what the script is for


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", type=int, nargs="?", default=200)
    parser.add_argument("--only", nargs="*", default=list(verbs(Path(), Path())))
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    rng, wrong = random.Random(asked.seed), []
    with tempfile.TemporaryDirectory() as folder:
        town, place = Path(folder) / "town", Path(folder) / "place"
        geodata.save(demo.nine_plots(), town)
        each = verbs(town, place)
        for name in asked.only:
            moments = [rng.random() for _ in range(asked.runs // len(asked.only))]
            found, count = tried(name, *each[name], place, moments, tell)
            tell(name, dict(count), *found)
            wrong += found
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
