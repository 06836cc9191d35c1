"""Damaged towns end in an answer or in a located DataError; what makes no sense is refused, what is odd is asked.

What makes no sense is decided by an oracle that shares nothing with the package (`oracle`).

``make fuzz`` goes on with other seeds for an hour (``FUZZ_SECONDS``).
"""

import functools
import shutil
import time

import numpy as np
import pytest

from tests.fuzz import damage, ending, file_oracle, oracle, senseless
from zhaosheng_analysis import admission, alerts, applicants, demo, forecast, geodata, policy, tiers, zones
from zhaosheng_analysis.demo import little_town
from zhaosheng_analysis.schema import DataError

FRAMES, FILES = 32, 10
USED = 6  # every so many damaged folders that are accepted are also forecast, flagged and admitted


def town():
    return little_town.town_layers() | little_town.town_tables() | little_town.town_past(), dict(little_town.ABOUT)


@functools.cache
def sound():
    return demo.nine_plots()


def used(district, rules):
    """Carry out what a planner would with a district that was accepted."""
    ahead = forecast.coming_years(district, 2)
    outlook = forecast.project(district, rules, years=ahead)
    alerts.flag(outlook, rules)
    zones.check(district)
    ranked = tiers.assign(applicants.build(district, rules), rules)
    outcome = admission.run(ranked, district, rules, seed="1")
    faults = admission.check(outcome, ranked, district, rules)
    assert not len(faults), faults


def of_frames(seed, rules, ways=None):
    frames, about = town()
    told = damage.frames_of(seed, frames, about)
    doubtful = oracle.unbelievable(frames, about)

    def case():
        district = geodata.assemble(frames, about, where="九格镇")
        assert district.notes or not doubtful, f"accepted without a word: {doubtful}"
        if seed % USED == 0:
            used(district, rules)

    return told, ending.of(case, ways)


def of_files(seed, rules, kept, folder, ways=None):
    shutil.copytree(kept, folder)
    told = damage.files_of(seed, folder)

    def case():
        district = geodata.load(folder)
        unsaid = file_oracle.unsaid(told, district, sound())
        assert not unsaid, f"accepted without a word: {unsaid}"
        if seed % USED == 0:
            used(district, rules)

    wrong = ending.of(case, ways)
    shutil.rmtree(folder)
    return told, wrong


@pytest.fixture(scope="module")
def rules():
    return policy.load("laoting-2025")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz") / "town"
    geodata.save(demo.nine_plots(), folder)
    return folder


def seeds(count):
    """Yield the fixed seeds, and others until the time is out where there is any."""
    end, seed = time.monotonic() + ending.SECONDS / 3, ending.FIRST
    while seed < ending.FIRST + count or time.monotonic() < end:
        yield seed
        seed += 1


def test_damaged_tables_end_in_an_answer_or_a_located_fault(rules):
    wrong = {seed: found for seed in seeds(FRAMES) if (found := of_frames(seed, rules))[1]}
    assert not wrong, ending.report(wrong)


def test_damaged_files_end_in_an_answer_or_a_located_fault(rules, kept, tmp_path):
    cases = ((seed, of_files(seed, rules, kept, tmp_path / "town")) for seed in seeds(FILES))
    wrong = {seed: found for seed, found in cases if found[1]}
    assert not wrong, ending.report(wrong)


@pytest.mark.parametrize("name", senseless.REFUSED)
def test_what_makes_no_sense_is_refused(name):
    change, word = senseless.REFUSED[name]
    frames, about = town()
    change(frames, about)
    with pytest.raises(DataError, match=word):
        geodata.assemble(frames, about, where="九格镇")


@pytest.mark.parametrize("name", ["zones", "streets", "units", "schools"])
def test_a_layer_whose_shapes_have_another_name_is_a_located_fault(name):
    frames, about = town()
    frames[name] = frames[name].rename(columns={"geometry": "图形"})
    with pytest.raises(DataError, match=f"九格镇「{name}」"):
        geodata.assemble(frames, about, where="九格镇")


@pytest.mark.parametrize("number", [np.uint64(2**63 + 1), 1e300, float("inf")])
def test_a_whole_number_no_table_can_hold_is_a_located_fault(number):
    frames, about = town()
    frames["plans"] = frames["plans"].assign(seats_n=np.full(len(frames["plans"]), number))
    with pytest.raises(DataError, match="九格镇「plans」"):
        geodata.assemble(frames, about, where="九格镇")


@pytest.mark.parametrize("name", senseless.ASKED)
def test_what_is_odd_is_asked_about(name):
    change, word = senseless.ASKED[name]
    frames, about = town()
    change(frames, about)
    district = geodata.assemble(frames, about, where="九格镇")
    assert any(word in str(note) for note in district.notes if note.asks)


def test_a_sound_town_is_asked_nothing():
    assert not [note for note in demo.nine_plots().notes if note.asks]
    frames, about = town()
    frames["areas"] = frames["areas"].drop(columns="geometry")  # areas may do without a shape
    assert not geodata.assemble(frames, about, where="九格镇").notes
