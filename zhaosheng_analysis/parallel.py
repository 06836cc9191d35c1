"""Work spread over cores, or over a Dask cluster when an address is given; the same results in the same order.

Both speak the interface of `concurrent.futures`. A worker of a cluster needs the same version of this package; one
that is lost has its jobs done by another.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from zhaosheng_analysis.schema import DataError, Fault

#: Parts of the work a worker gets: enough that none waits long for the last.
PARTS_PER_WORKER = 2
#: Fewer jobs than this are done before a process has started.
WORTH_STARTING = 6


def spread(
    function: Callable[[Any, list], list],
    world: Any,
    jobs: Iterable,
    *,
    workers: int | None = None,
    address: str = "",
    patience_s: float = 10.0,
) -> list:
    """Do jobs in any order and return their results in the order of the jobs.

    Parameters
    ----------
    function : of the package, not a lambda; takes `world` and a list of jobs, returns a list of results.
    world : what all jobs need.
    jobs : what differs.
    workers : processes on this machine; by default one a core, and none where jobs or cores are few.
    address : of a Dask scheduler (``tcp://host:8786``); given, `workers` is not asked.
    patience_s : seconds to wait for a scheduler to answer.

    Raises
    ------
    DataError : no scheduler answers at the address, or the extra ``cluster`` is not installed.
    """
    jobs = list(jobs)
    if address:
        return _on_cluster(function, world, jobs, address, patience_s)
    usual = (os.cpu_count() or 1) if len(jobs) >= WORTH_STARTING else 1
    workers = min(workers or usual, len(jobs))
    if workers <= 1:
        return function(world, jobs)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return _gathered(pool, function, world, jobs, workers)


def _gathered(pool: Executor, function: Callable, world: Any, jobs: list, workers: int) -> list:
    """Hand the jobs out in parts and put the results back in order."""
    parts = max(min(workers * PARTS_PER_WORKER, len(jobs)), 1)
    started = [pool.submit(function, world, jobs[part::parts]) for part in range(parts)]
    results: list = [None] * len(jobs)
    for part, future in enumerate(started):
        results[part::parts] = future.result()
    return results


def _on_cluster(function: Callable, world: Any, jobs: list, address: str, patience_s: float) -> list:
    """Do the jobs on a Dask cluster, the world sent once to every worker."""
    try:
        from distributed import Client
    except ImportError:
        fault = Fault(
            "--cluster", "没有安装 distributed", "集群计算需要附加组件 cluster", "请安装 zhaosheng-analysis[cluster]"
        )
        raise DataError(fault) from None
    try:
        client = Client(address, timeout=patience_s, set_as_default=False)
    except OSError:
        fault = Fault(
            "--cluster", f"{patience_s:.0f} 秒内连不上 {address}", "例如 tcp://127.0.0.1:8786", "请核对调度器地址"
        )
        raise DataError(fault) from None
    with client:
        everywhere = client.scatter(world, broadcast=True, hash=False)
        workers = max(len(client.scheduler_info()["workers"]), 1)
        with client.get_executor(retries=3) as pool:
            return _gathered(pool, function, everywhere, jobs, workers)
