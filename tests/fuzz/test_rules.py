"""Damaged rule files end in rules that can be run or in a located fault; what makes no sense is refused.

``make fuzz`` goes on with other seeds (``FUZZ_SECONDS``).
"""

import copy
import functools
import time
import tomllib
from pathlib import Path

import pytest

from tests.fuzz import ending, rule_damage, rule_oracle, senseless_rules
from zhaosheng_analysis import admission, audit, policy, tiers
from zhaosheng_analysis.schema import DataError

RULES = 40
FILES = [policy.FOLDER / "taobei-2024.toml", *sorted((Path(__file__).parents[1] / "policy" / "notices").glob("*.toml"))]
FILES += [policy.FOLDER / f"{name}.toml" for name in ("laoting-2025", "quzhou-2022", "pingcheng-2024")]


@pytest.fixture(scope="module")
def sound():
    return [tomllib.loads(path.read_text(encoding="utf-8")) for path in FILES]


@functools.cache
def habits():
    return rule_oracle.habits([tomllib.loads(path.read_text(encoding="utf-8")) for path in FILES])


def of_rules(seed, sound, path, ways=None):
    told = rule_damage.of_rules(seed, sound[seed % len(sound)], path)

    def case():
        rules = policy.load(path)
        admission.rounds.read(rules)
        audit.rules.applied(rules)  # as `policy check` does
        doubtful = rule_oracle.unbelievable(tomllib.loads(path.read_text(encoding="utf-8")), habits())
        assert not doubtful, f"accepted without a word: {doubtful}"
        if ending.SECONDS and seed % 20 == 0:
            tiers.tried(rules)

    return told, ending.of(case, ways)


@pytest.mark.filterwarnings("ignore:Discarding nonzero nanoseconds")
def test_damaged_rules_end_in_rules_or_a_located_fault(sound, tmp_path):
    end, seed, wrong = time.monotonic() + ending.SECONDS / 4, ending.FIRST, {}
    while seed < ending.FIRST + RULES or time.monotonic() < end:
        told, found = of_rules(seed, sound, tmp_path / "rules.toml")
        wrong |= {seed: (told, found)} if found else {}
        seed += 1
    assert not wrong, ending.report(wrong)


def test_a_reader_believes_the_sound_rules(sound):
    for path, data in zip(FILES, sound, strict=True):
        assert not rule_oracle.unbelievable(data, habits()), path.name


def test_what_is_written_is_the_rule_file(sound, tmp_path):
    for path, data in zip(FILES, sound, strict=True):
        (tmp_path / path.name).write_text(rule_damage.written(data), encoding="utf-8")
        assert tomllib.loads((tmp_path / path.name).read_text(encoding="utf-8")) == data


@pytest.mark.parametrize("name", senseless_rules.REFUSED)
def test_rules_that_make_no_sense_are_refused(name, sound, tmp_path):
    change, word = senseless_rules.REFUSED[name]
    data = copy.deepcopy(next(data for data in sound if data["id"] == "laoting-2025"))
    change(data)
    (tmp_path / "rules.toml").write_text(rule_damage.written(data), encoding="utf-8")
    with pytest.raises(DataError, match=word):
        policy.load(tmp_path / "rules.toml")
