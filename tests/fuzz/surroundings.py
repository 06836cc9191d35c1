"""Run a verb where something around it is missing: a home, a right, room on the disk, a reader.

A run is forked from a process that has loaded the package, and where that is root's the run is nobody's, because root
may write anywhere.
"""

import os
import resource
import signal
import sys
import tempfile
import traceback

NOBODY = 65534
#: So many bytes a file may have where the disk is small.
ROOM = 2_000


def nobody():
    """Leave the rights of root, if there are any; nobody has no home."""
    for name in ("HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "USER", "LOGNAME"):
        os.environ.pop(name, None)
    os.environ["TMPDIR"] = "/nowhere/at/all"
    tempfile.tempdir = None
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def full():
    """Let no file grow: what a full disk says, too, is said by the system when a file is written."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))


def deaf():
    """Close what is read from."""
    os.close(0)


def unread():
    """Write into a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(writer, 1)


def run(words, *around, folder):
    """Run a verb; return its exit code and what it says on the error stream."""
    said = folder / "said.txt"
    said.touch()
    said.chmod(0o666)
    child = os.fork()
    if not child:
        _child(words, around, said)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said.read_text(encoding="utf-8", errors="replace")


def _child(words, around, said):
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(said, os.O_WRONLY | os.O_TRUNC), 2)
        for change in around:
            change()
        sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
        sys.argv = ["zhaosheng", *words]
        from zhaosheng_analysis.cli import main

        main.main()
    except SystemExit as done:
        code = done.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code if isinstance(code, int) else 1)
