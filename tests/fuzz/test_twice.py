"""The same inputs give the same bytes, whatever the order of the rows; all verbs: ``python -m tests.fuzz.twice``."""

import pytest
import typer
from typer.testing import CliRunner

from tests.fuzz import twice
from zhaosheng_analysis import geodata
from zhaosheng_analysis.cli import main


def verbs(command, *before):
    if commands := getattr(command, "commands", {}):
        return {name for key, inner in commands.items() for name in verbs(inner, *before, key)}
    return {" ".join(before)}


def test_every_verb_is_done_twice_or_says_why_not():
    assert verbs(typer.main.get_command(main.app)) == twice.VERBS.keys() | twice.WITHOUT.keys()


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Do the quick verbs on the town and on the same town with its rows the other way round."""
    found = []
    for turned in (False, True):
        place = tmp_path_factory.mktemp("twice").resolve()
        twice.laid(place, turned=turned)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(place)
            said = {}
            for verb in twice.QUICK:
                ended = CliRunner().invoke(main.app, twice.words(verb, place, 1))
                assert ended.exit_code == 0, (verb, ended.output, ended.exception)
                said[verb] = twice.told(ended.output, place)
        found.append((place, said))
    return found


def test_the_same_rows_in_another_order_are_the_same_district(done):
    one, other = (geodata.load(place / "town") for place, _ in done)
    for name in (*geodata.LAYERS, "zone_schools"):
        assert getattr(one, name).equals(getattr(other, name)), name
    assert one.tables.keys() == other.tables.keys()
    for name, table in one.tables.items():
        assert table.equals(other.tables[name]), name


def test_every_quick_verb_writes_and_says_the_same(done):
    one, other = (twice.written(place) | said for place, said in done)
    assert twice.differing(one, other) == []
    assert len(one) > 30
