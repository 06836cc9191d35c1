"""How a case may end: in an answer, or in a DataError that says where; a traceback or a hang is told."""

import os
import signal
import traceback
from contextlib import contextmanager

from zhaosheng_analysis.schema import DataError

#: How long `make fuzz` goes on; nothing in the suite, where the seeds are fixed.
SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
FIRST = int(os.environ.get("FUZZ_FIRST", "20000")) if SECONDS else 0
# Seconds of this process's own work, and by the clock for what waits without working (a pipe, a lock).
WORK_S, CLOCK_S = 60, 600


@contextmanager
def patience():
    """Give a case a minute of work, on a machine that is busy with others too."""

    def give_up(number, frame):
        raise TimeoutError("hangs")

    usual = {number: signal.signal(number, give_up) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, WORK_S)
    signal.setitimer(signal.ITIMER_REAL, CLOCK_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in usual.items():
            signal.signal(number, handler)


def of(case, ways=None):
    """Run a case; return what is wrong with its end, or nothing. How it ended is counted in `ways`."""
    way, wrong = "answered", ""
    try:
        with patience():
            case()
    except DataError as error:
        located = all(fault.where and fault.found for fault in error.faults)
        way, wrong = "refused", "" if located else f"no place: {error}"
    except Exception:
        wrong = "".join(traceback.format_exc().splitlines(keepends=True)[-8:])
    if ways is not None:
        ways["wrong" if wrong else way] += 1
    return wrong


def report(wrong):
    return "\n".join(f"--- seed {seed}: {told}\n{found}" for seed, (told, found) in wrong.items())
