"""Work spread over processes and over a cluster: the same bytes as in one, and a worker that dies is survived."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.towns.admitting_town import families, rules, town
from zhaosheng_analysis import forecast, parallel
from zhaosheng_analysis.forecast import simulation
from zhaosheng_analysis.schema import DataError, Fault

#: What a planner may write: no main guard, a function of the script's own.
SCRIPT = """
import os
from zhaosheng_analysis import parallel
from zhaosheng_analysis.schema import DataError, Fault

def halves(world, jobs):
    if world < 0:
        raise DataError(Fault("一", "缺少", "甲、乙", "请补上"), Fault("二", "多余"))
    return [(job / 2, os.getpid()) for job in jobs]

print("top", os.getpid() > 0)
told = parallel.spread(halves, 1, range(9), workers=2)
print([half for half, _ in told], os.getpid() in {pid for _, pid in told})
try:
    parallel.spread(halves, -1, range(9), workers=2)
except DataError as error:
    print([fault.where for fault in error.faults], error)
"""


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


def test_a_plain_script_needs_no_main_guard(tmp_path):
    (tmp_path / "plain.py").write_text(SCRIPT, encoding="utf-8")
    where = {"PYTHONPATH": str(Path.cwd()), "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "plain.py"]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | where, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    top, halves, refused = done.stdout.split("\n", 2)
    assert top == "top True", "the script ran once, not once a worker"
    assert halves == f"{[number / 2 for number in range(9)]} False"
    assert refused.startswith("['一', '二'] ")
    assert str(DataError(Fault("一", "缺少", "甲、乙", "请补上"), Fault("二", "多余"))) in refused


def square_or_last_breath(job: tuple[str, int]) -> int:
    """Square one number, in one worker after another."""
    return last_breath(job[0], [job[1]])[0]


def test_long_jobs_are_handed_on_as_they_are_done(cluster, tmp_path):
    jobs, squares = [(str(tmp_path / "there"), number) for number in range(6)], [(n, n * n) for n in range(6)]
    (tmp_path / "there").touch()
    assert sorted(parallel.completed(square_or_last_breath, jobs)) == squares
    assert sorted(parallel.completed(square_or_last_breath, jobs, workers=2)) == squares
    dying = [(str(tmp_path / "mark"), number) for number in range(6)]
    assert sorted(parallel.completed(square_or_last_breath, dying, address=cluster.scheduler_address)) == squares
    assert (tmp_path / "mark").exists(), "a worker has died on the way"


@pytest.mark.parametrize("workers", [0, -1])
def test_fewer_than_one_worker_is_refused(workers):
    with pytest.raises(DataError, match="进程数"):
        parallel.spread(slow_squares, 1, [1], workers=workers)


def test_a_cluster_gives_the_bytes_of_one_process(cluster):
    outlook = forecast.project(town(), rules(), years=[2026, 2027])
    given = (outlook, families(), town(west=60), rules())
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
