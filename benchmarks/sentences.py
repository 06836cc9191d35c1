"""The reader of zone sentences measured on sentences of real notices: scorer's table, corpus, guards, splices, time.

Reads the gold trees, the further sentences, the scorer and the guard kept with the real material, which is looked for
in $ZHAOSHENG_REAL, else in ../shared/real beside the checkout; without it nothing is run. Nothing of it is kept in the
project but the figures, in ``benchmarks/results/sentences.md``. Run with ``make benchmark`` or ``python
benchmarks/sentences.py --splices 500000 --seed 1``.
"""

import argparse
import collections
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from zhaosheng_analysis import __version__
from zhaosheng_analysis.sentences import Parsed, grammar, parse

ROOT = Path(__file__).resolve().parent.parent
ZONES = Path(os.environ.get("ZHAOSHENG_REAL", ROOT.parent / "shared" / "real")) / "zones"
RESULT = Path(__file__).parent / "results" / "sentences.md"
VERDICTS = ("exact", "exact_unsaid", "doubt", "refused", "wrong_doubt", "silent", "crash")
FOUR = 4  # a box with fewer sides is open
LONGEST_SPLICE = 15
WORD = re.compile(r"[^\W_]")

Node = dict[str, object]


def answer(parsed: Parsed) -> dict[str, object]:
    """Return what `zhaosheng zones parse --json` says of a sentence, in the scorer's form."""
    tree = grammar.as_data(parsed.tree) if parsed.tree is not None else None
    return {"exit": 0 if parsed.understood else 1, "json": {"tree": tree, "unread": list(parsed.unread)}}


def scored(gold: list[dict], judge: object) -> list[str]:
    """Return the scorer's table, by city, as lines of Markdown."""
    by_city: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    for entry in gold:
        verdict, full, _ = judge(entry, answer(parse(entry["text"])))
        for key in ("all", entry["city"].split("·")[0]):
            by_city[key].update([verdict, *(["full"] if full else []), *(["vague"] if entry.get("vague") else [])])
    lines = [
        "| city | n | vague | " + " | ".join(VERDICTS) + " | with conditions |",
        "|---" * (len(VERDICTS) + 4) + "|",
    ]
    for city, found in sorted(by_city.items(), key=lambda item: -sum(item[1][v] for v in VERDICTS)):
        n = sum(found[verdict] for verdict in VERDICTS)
        cells = [f"{found[verdict]} ({found[verdict] / n:.1%})" if found[verdict] else "0" for verdict in VERDICTS]
        lines.append(f"| {city} | {n} | {found['vague']} | {' | '.join(cells)} | {found['full']} |")
    return lines


def leaves(node: Node) -> Iterator[str]:
    """Return every name of a tree."""
    yield from (str(node[key]) for key in ("place", "zone", "former") if isinstance(node.get(key), str))
    if "side" in node:
        yield from node["of"]
    yield from (name for key in ("ring", "between") for name in node.get(key, ()))
    yield from (name for names in node.get("bounds", {}).values() for name in names)
    for inner in inside(node):
        yield from leaves(inner)


def inside(node: Node) -> list[Node]:
    """Return the nodes a node is made of."""
    joined = [inner for key in ("or", "and", "minus") for inner in node.get(key, ())]
    wrapped = [node[key] for key in ("shared", "some") if key in node]
    return joined + wrapped + ([node["of"]] if "who" in node and "of" in node else [])


def sides(node: Node) -> int:
    """Count the sides of a box."""
    parts = node.get("and", [node])
    return sum(len(part.get("bounds", {})) + ("side" in part) for part in parts)


def is_open_among_others(node: Node) -> bool:
    """Tell whether a union holds a box with less than four sides and no limit beside another box (the second guard)."""
    parts = [part for part in node.get("or", ()) if sides(part)]
    opened = [part for part in parts if sides(part) < FOUR and not any("place" in p for p in part.get("and", ()))]
    return (len(parts) > 1 and bool(opened)) or any(map(is_open_among_others, inside(node)))


def read(corpus: list[dict], unlikely: re.Pattern) -> list[str]:
    """Return what became of the further sentences: exit, doubts, guards, by where they come from."""
    rows: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    why: collections.Counter = collections.Counter()
    for entry in corpus:
        parsed = parse(entry["text"])
        tree = answer(parsed)["json"]["tree"]
        names = [re.sub(r"[（(][^()（）]*[)）]$", "", name) for name in (leaves(tree) if tree else ())]
        found = ["n", "exit 0" if parsed.understood else "exit 1", *(["no tree"] if tree is None else [])]
        found += ["unlikely name"] if any(unlikely.search(name) for name in names) and parsed.understood else []
        found += ["open box"] if tree and is_open_among_others(tree) and parsed.understood else []
        for key in ("all", entry["src"]):
            rows[key].update(found)
        why.update(re.sub("「.*?」", "「…」", doubt.why) for doubt in parsed.doubts)
    columns = ("n", "exit 0", "exit 1", "no tree", "unlikely name", "open box")
    lines = ["| source | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    lines += [
        f"| {key} | " + " | ".join(str(found[column]) for column in columns) + " |" for key, found in rows.items()
    ]
    doubts = ["| doubt | times |", "|---|---|", *(f"| {words} | {n} |" for words, n in why.most_common())]
    return [*lines, "", *doubts]


def spliced(texts: list[str], *, times: int, seed: int) -> tuple[int, int]:
    """Read splices of fragments of the sentences; return how many raised an error and how many lost a character."""
    rng, errors, lost = np.random.default_rng(seed), 0, 0
    for _ in range(times):
        pieces = [texts[at] for at in rng.integers(len(texts), size=rng.integers(1, 5))]
        cuts = [rng.integers(len(piece)) for piece in pieces]
        text = "".join(
            piece[cut : cut + rng.integers(1, LONGEST_SPLICE)] for piece, cut in zip(pieces, cuts, strict=True)
        )
        try:
            parsed = parse(text)
        except Exception as error:
            errors += 1
            print(f"{text!r}: {error!r}", file=sys.stderr)
            continue
        spans = [(start, end) for start, end, _ in parsed.used]
        spans += [(each.start, each.end) for each in (*parsed.notes, *parsed.doubts)]
        covered = {place for span in spans for place in range(*span)}
        lost += any(WORD.match(character) and k not in covered for k, character in enumerate(parsed.text))
    return errors, lost


def main() -> None:
    """Measure, print and keep the tables."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--splices", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    if not ZONES.is_dir():
        print(f"no real material at {ZONES}: nothing to run")
        return
    sys.path.insert(0, str(ZONES))
    import score_zones
    import sentences_guard

    gold = json.loads((ZONES / "gold.json").read_text(encoding="utf-8"))["sentences"]
    corpus = json.loads((ZONES / "corpus.json").read_text(encoding="utf-8"))
    texts = [entry["text"] for entry in (*corpus, *gold)]
    started = time.process_time()
    for text in texts:
        parse(text)
    seconds = time.process_time() - started
    table = scored(gold, score_zones.judge)
    clear = sum(not entry.get("vague") for entry in gold)
    verdicts = collections.Counter(score_zones.judge(entry, answer(parse(entry["text"])))[0] for entry in gold)
    exact, right = verdicts["exact"], verdicts["exact"] + verdicts["doubt"]
    further = read(corpus, sentences_guard.BAD)
    errors, lost = spliced(texts, times=chosen.splices, seed=chosen.seed)
    lines = [
        "# Zone sentences benchmark",
        "",
        f"Version {__version__}. Made by `python benchmarks/sentences.py`.",
        "",
        "## Sentences with trees made by hand",
        "",
        "A sentence is exact where its land is that of the hand-made tree and no doubt is marked. Sentences with words",
        "that no reader can settle (vague) cannot be exact: a marked doubt is the right answer.",
        "",
        *table,
        "",
        f"Of the {clear} sentences without such words {exact} are exact ({exact / clear:.1%}). The scorer calls no",
        f"sentence with such words exact, so that {clear} of {len(gold)} ({clear / len(gold):.1%}) is the most any",
        f"reader can reach; exact or rightly doubted (the rest read right) are {right} ({right / len(gold):.1%}).",
        "",
        "## Further sentences",
        "",
        "Guards: an *unlikely name* is one that can hardly be a name of anything; an *open box* has less than four",
        "sides and stands beside another one. Both count only sentences read without a doubt.",
        "",
        *further,
        "",
        "## Splices",
        "",
        f"{chosen.splices} splices of fragments of these sentences (seed {chosen.seed}): {errors} errors,",
        f"{lost} with a character that is in no node, no remark and no doubt.",
        "",
        "## Time",
        "",
        f"{seconds:.2f} s of processor time for {len(texts)} sentences, read once each in a new process:",
        f"{1000 * seconds / len(texts):.2f} ms a sentence.",
        "",
    ]
    RESULT.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
