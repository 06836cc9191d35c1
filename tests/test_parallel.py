"""A real scheduler and two workers on loopback: the same bytes as serial, and a worker that dies is survived."""

import os
import time
from pathlib import Path

import pytest

from tests.towns.admitting_town import Rules, families, town
from zhaosheng_analysis import forecast, parallel
from zhaosheng_analysis.forecast import simulation


@pytest.fixture(scope="module")
def cluster():
    from distributed import LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "host": "127.0.0.1"}
    with LocalCluster(dashboard_address=None, silence_logs=50, **options) as running:
        yield running


def slow_squares(world: int, jobs: list[int]) -> list[int]:
    """Square some numbers, slowly enough to be interrupted."""
    time.sleep(0.5)
    return [world * job * job for job in jobs]


def last_breath(world: str, jobs: list[int]) -> list[int]:
    """Kill the first worker that is asked, and only that one: the file `world` marks the deed."""
    mark = Path(world)
    if 0 in jobs and not mark.exists():
        mark.write_text("gone", encoding="utf-8")
        os._exit(1)
    return [job * job for job in jobs]


def test_a_cluster_gives_the_bytes_of_one_process(cluster):
    outlook = forecast.project(town(), Rules(), years=[2026, 2027])
    given = (outlook, families(), town(west=60), Rules())
    options = {"seed": "s", "drawn": 20, "intakes": 2}
    serial = simulation.run(*given, workers=1, **options)
    spread = simulation.run(*given, address=cluster.scheduler_address, **options)
    for name in ("tiers", "ends", "sizes"):
        assert getattr(serial, name).to_csv() == getattr(spread, name).to_csv()


def test_jobs_come_back_in_their_order(cluster):
    found = parallel.spread(slow_squares, 3, range(7), address=cluster.scheduler_address)
    assert found == [3 * number**2 for number in range(7)]


def test_a_worker_that_dies_is_survived(cluster, tmp_path):
    mark = tmp_path / "mark"
    found = parallel.spread(last_breath, str(mark), range(6), address=cluster.scheduler_address)
    assert found == [number**2 for number in range(6)]
    assert mark.read_text(encoding="utf-8") == "gone", "one worker did die"
