"""How a verb runs: what it writes comes at its end and as one; however it ends, it is told in a line of Chinese."""

from __future__ import annotations

import errno
import re
import signal
import sys
import threading
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer
from typer.core import TyperGroup

from zhaosheng_analysis import disk, outputs
from zhaosheng_analysis.cli import usage

if TYPE_CHECKING:
    from collections.abc import Iterator


_RUN = "zhaosheng.run"
_NOTHING_NEW = "已中止：没有写出新的文件，原有的文件没有变。"
_AFTER_ALL = {"province": "已中止：做完的区县已经写好，总表没有变；再运行一次，接着做没做完的。"}
_DIGITS = re.compile(r"\d{15}")  # anything shorter is no identity number


class _Discreet:
    """A stream of text on which no identity number is written out, whatever text of the data it stood in."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, the numbers in it shortened."""
        if _DIGITS.search(text):
            from zhaosheng_analysis.schema import student_numbers

            text = student_numbers.hidden(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        """Do everything else as the stream does."""
        return getattr(self._stream, name)


class Stopped(BaseException):
    """The system asks the program to end (SIGTERM)."""


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does, so that it tidies up behind itself."""

    def stop(number: int, frame: object) -> None:
        del number, frame
        raise Stopped

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, usual)


@contextmanager
def _told_in_chinese() -> Iterator[None]:
    """End a call that cannot be read with a line that says why; a call without any words shows the help."""
    try:
        yield
    except usage.Misuse as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            raise
        typer.echo(usage.told(error), err=True)
        raise typer.Exit(2) from None


def _forced(verb: object, words: list[str]) -> tuple[list[str], list[str]]:
    """Take ``--force PATH`` out of the words of a verb; one that has a ``--force`` of its own keeps it."""
    if any(parameter.name == "force" for parameter in verb.params):
        return words, []
    rest, paths = [], []
    words = iter(words)
    for word in words:
        if word == "--force":
            paths.append(next(words, ""))
        elif word.startswith("--force="):
            paths.append(word.partition("=")[2])
        else:
            rest.append(word)
    return rest, paths


class Verbs(TyperGroup):
    """All verbs: what one writes comes at its end and as one; however it ends, it is told in a line of Chinese."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:
        """Note which verb runs, and what it may write over."""
        verb, names = self, []
        for word in args:
            if word not in getattr(verb, "commands", {}):
                break
            verb = verb.commands[word]
            names.append(word)
        rest, paths = _forced(verb, args)
        forced = tuple(Path(path).resolve() for path in paths)
        ctx.meta[_RUN] = {"verb": " ".join(names), "forced": forced, "anything": not paths and "--force" in rest}
        with _told_in_chinese():
            return super().parse_args(ctx, rest)

    def invoke(self, ctx: typer.Context) -> object:
        """Run a verb and put its files in place; on the screen too, no identity number is written out."""
        with redirect_stdout(_Discreet(sys.stdout)), redirect_stderr(_Discreet(sys.stderr)):
            return self._run(ctx)

    def _run(self, ctx: typer.Context) -> object:
        try:
            with _stoppable(), _told_in_chinese(), outputs.gathered(**ctx.meta[_RUN]) as run:
                return self._ended(ctx, run)
        except (KeyboardInterrupt, Stopped) as stopped:
            typer.echo(_AFTER_ALL.get(ctx.meta[_RUN]["verb"], _NOTHING_NEW), err=True)
            raise typer.Exit(130 if isinstance(stopped, KeyboardInterrupt) else 143) from None
        except MemoryError:
            typer.echo(
                "内存不够：没有写出新的文件，原有的文件没有变；请关闭别的程序，或减少进程数（--workers 1）再试。",
                err=True,
            )
            raise typer.Exit(1) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            raise disk.refused(Path(error.filename or "文件"), error) from None

    def _ended(self, ctx: typer.Context, run: outputs.Run) -> object:
        """Let the verb end with a code of its own; its files are put in place all the same."""
        try:
            return super().invoke(ctx)
        except typer.Exit as done:
            outputs.commit(run)
            run.files.clear()
            raise done from None
