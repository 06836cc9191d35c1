"""Work spread over processes, or over a Dask cluster when an address is given; the same results in the same order.

One process unless more are asked for. They start without importing the script that asks, so that a plain script needs
no main guard. A worker of a cluster needs the same version of this package; one that is lost has its jobs done by
another.
"""

import os
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from zhaosheng_analysis.schema import DataError, Fault

#: Parts of the work a worker gets: enough that none waits long for the last.
PARTS_PER_WORKER = 2
_WATCH_S = 0.5
_WATCHED: set[int] = set()  # parents whose end this process waits for


def spread(
    function: Callable[[Any, list], list],
    world: Any,
    jobs: Iterable,
    *,
    workers: int = 1,
    address: str = "",
    patience_s: float = 10.0,
) -> list:
    """Do jobs in any order and return their results in the order of the jobs.

    Parameters
    ----------
    function : callable
        Takes `world` and a list of jobs and returns a list of results.
    world : object
        What all jobs need.
    jobs : iterable
        What differs.
    workers : int
        Processes on this machine, 1 or more; no more are started than there are jobs.
    address : str
        Of a Dask scheduler (``tcp://host:8786``); given, `workers` is not asked.
    patience_s : float
        Seconds to wait for a scheduler to answer.

    Returns
    -------
    list
        One result a job; the same whatever the number of workers.

    Raises
    ------
    DataError
        The first one of a job; or fewer than one worker, no scheduler at the address, no extra ``cluster`` installed.
    """
    jobs = list(jobs)
    if address:
        return _on_cluster(function, world, jobs, address, patience_s)
    if workers < 1:
        raise DataError(Fault("workers", f"取值为 {workers}", "进程数，1 或以上", "请改正"))
    if min(workers, len(jobs)) <= 1:
        return function(world, jobs)
    return _in_processes(function, world, jobs, min(workers, len(jobs)))


def completed(
    function: Callable[[Any], Any],
    jobs: Iterable,
    *,
    workers: int = 1,
    address: str = "",
    patience_s: float = 10.0,
) -> Iterator[tuple[int, Any]]:
    """Do long jobs and hand each result on as soon as it is there.

    Parameters
    ----------
    function : callable
        Takes a job and returns its result.
    jobs : iterable
        What differs.
    workers : int
        Processes on this machine, 1 or more.
    address : str
        Of a Dask scheduler; given, `workers` is not asked.
    patience_s : float
        Seconds to wait for a scheduler to answer.

    Yields
    ------
    tuple of (int, object)
        Place of the job and its result, in the order in which they are done.

    Raises
    ------
    DataError
        No scheduler at the address, or no extra ``cluster`` installed.
    """
    jobs = list(enumerate(jobs))
    if address:
        with _client(address, patience_s) as client:
            from distributed import as_completed

            started = [client.submit(_placed, function, *job, retries=3, pure=False) for job in jobs]
            yield from (future.result() for future in as_completed(started, loop=client.loop))
    elif min(workers, len(jobs)) <= 1:
        yield from (_placed(function, *job) for job in jobs)
    else:
        from joblib import Parallel, delayed

        pool = Parallel(n_jobs=workers, backend="loky", batch_size=1, return_as="generator_unordered")
        here = os.getpid()
        yield from pool(delayed(_orphan_free)(here, _placed, function, *job) for job in jobs)


def _placed(function: Callable[[Any], Any], at: int, job: Any) -> tuple[int, Any]:
    return at, function(job)


def cores() -> int:
    """Return how many processes this machine can run at once."""
    import joblib

    return joblib.cpu_count()


def _in_processes(function: Callable, world: Any, jobs: list, workers: int) -> list:
    """Do the jobs in processes of this machine."""
    from joblib import Parallel, delayed

    parts = _dealt(jobs, workers)
    with warnings.catch_warnings():
        # A worker that has grown large is replaced by a fresh one between two parts: nothing a reader must act on.
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs", category=UserWarning)
        # Arrays are copied to the workers, not mapped: a mapped one cannot be written to, as one of this process can.
        pool = Parallel(n_jobs=workers, backend="loky", batch_size=1, pre_dispatch="all", max_nbytes=None)
        here = os.getpid()
        return _gathered(pool(delayed(_orphan_free)(here, function, world, part) for part in parts), len(jobs))


def _orphan_free(parent: int, function: Callable, *given: Any) -> Any:
    """Do a part of the jobs in a worker that ends when the process that asked has been killed."""
    if parent not in _WATCHED:
        _WATCHED.add(parent)
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    return function(*given)


def _end_with(parent: int) -> None:
    """End this process as soon as its parent is another one, as it is when the first was killed."""
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(1)


def _dealt(jobs: list, workers: int) -> list[list]:
    """Deal the jobs out in parts."""
    parts = max(min(workers * PARTS_PER_WORKER, len(jobs)), 1)
    return [jobs[part::parts] for part in range(parts)]


def _gathered(parts: list[list], count: int) -> list:
    """Put the results of the parts back in the order of the jobs."""
    results: list = [None] * count
    for part, part_results in enumerate(parts):
        results[part :: len(parts)] = part_results
    return results


def _on_cluster(function: Callable, world: Any, jobs: list, address: str, patience_s: float) -> list:
    """Do the jobs on a Dask cluster, the world sent once to every worker."""
    with _client(address, patience_s) as client:
        everywhere = client.scatter(world, broadcast=True, hash=False)
        workers = max(len(client.scheduler_info()["workers"]), 1)
        with client.get_executor(retries=3) as pool:
            started = [pool.submit(function, everywhere, part) for part in _dealt(jobs, workers)]
            return _gathered([future.result() for future in started], len(jobs))


def _client(address: str, patience_s: float) -> Any:
    """Connect to a scheduler, or say why not."""
    try:
        from distributed import Client
    except ImportError:
        fault = Fault(
            "--cluster", "没有安装 distributed", "集群计算需要附加组件 cluster", "请安装 zhaosheng-analysis[cluster]"
        )
        raise DataError(fault) from None
    try:
        return Client(address, timeout=patience_s, set_as_default=False)
    except OSError:
        fault = Fault(
            "--cluster", f"{patience_s:.0f} 秒内连不上 {address}", "例如 tcp://127.0.0.1:8786", "请核对调度器地址"
        )
        raise DataError(fault) from None
