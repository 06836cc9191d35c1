"""What a notebook shows while long work runs and after: a bar with the time left, and whole pages in a frame."""

from __future__ import annotations

import html
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from zhaosheng_analysis.redraw import Progress

#: Seconds between two drawings of a bar.
_PAUSE_S = 0.3


class Bar:
    """A bar for long work in a notebook, which says how long it will still take; an interrupt ends it in good order.

    Parameters
    ----------
    title : str
        What is being done.
    parts : int, default 1
        How many parts the work has, as far as is known.
    seconds : float, default 0.0
        How long a part takes at most; 0 where only what is done tells.
    """

    def __init__(self, title: str, *, parts: int = 1, seconds: float = 0.0) -> None:
        self.title, self.parts, self.seconds = title, parts, seconds
        self._began, self._drawn, self._names, self._shown = 0.0, 0.0, [], None
        self._stopped, self._usual = False, None

    def __enter__(self) -> Bar:
        from IPython.display import HTML, display

        self._began = time.monotonic()
        self._shown = display(HTML(self._line(0.0, "开始")), display_id=True)
        if threading.current_thread() is threading.main_thread():
            self._usual = signal.signal(signal.SIGINT, self._stop)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._usual is not None:
            signal.signal(signal.SIGINT, self._usual)
        took = _spoken(time.monotonic() - self._began)
        said = "已停下，做完的部分留着" if self._stopped else "没有做完" if kind else "完成"
        self._draw(0.0 if kind else 1.0, f"{said}，用时{took}", last=True)

    def of_search(self, name: str, state: Progress) -> None:
        """Take the news of a search (`redraw.propose`, progress): its name and how it stands.

        Parameters
        ----------
        name : str
            Name of the option.
        state : Progress
            How its search stands.
        """
        if name not in self._names:
            self._names.append(name)
        part = min(state.seconds / self.seconds, 1.0) if self.seconds else 0.0
        self.parts = max(self.parts, len(self._names))
        self._tell(len(self._names) - 1 + part, name)

    def of_cells(self, done: int, total: int, heading: str) -> None:
        """Take the news of a report (`render`, progress): cells done, cells in all, heading.

        Parameters
        ----------
        done : int
            Cells that have run.
        total : int
            Cells in all.
        heading : str
            Under which heading it is.
        """
        self.parts = total
        self._tell(done, heading)

    def stopped(self) -> bool:
        """Tell whether somebody has interrupted the work, which then ends at its next step and keeps what is done.

        Returns
        -------
        bool
            Whether it shall stop.
        """
        return self._stopped

    def _stop(self, number: int, frame: object) -> None:
        """Note the first interrupt; a second one ends the work at once, as usual."""
        if self._stopped and callable(self._usual):
            self._usual(number, frame)
        self._stopped = True

    def _tell(self, done: float, what: str) -> None:
        """Draw how much is done and how long the rest takes: as the parts may take, or as those before took."""
        took = time.monotonic() - self._began
        left = (self.parts - done) * (self.seconds or (took / done if done else 0.0))
        self._draw(done / self.parts, f"{what}，还有约{_spoken(left)}" if left else what)

    def _draw(self, share: float, words: str, *, last: bool = False) -> None:
        from IPython.display import HTML

        now = time.monotonic()
        if self._shown is not None and (last or now - self._drawn > _PAUSE_S):
            self._drawn = now
            self._shown.update(HTML(self._line(share, words)))

    def _line(self, share: float, words: str) -> str:
        said = html.escape(f"{self.title}：{words}")
        return f'<div class="zs-bar"><progress value="{share:.3f}" style="width:16em"></progress> {said}</div>'


def bar(title: str, *, parts: int = 1, seconds: float = 0.0) -> Bar:
    """Return a bar for long work in a notebook; use it in a ``with`` and hand its methods to the work.

    Parameters
    ----------
    title : str
        What is being done.
    parts : int, default 1
        How many parts the work has, as far as is known.
    seconds : float, default 0.0
        How long a part takes at most; 0 where only what is done tells.

    Returns
    -------
    Bar
        The bar.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> bar = zs.report.bar("改划方案", parts=4, seconds=20)
    >>> bar.stopped()
    False
    """
    return Bar(title, parts=parts, seconds=seconds)


@dataclass(frozen=True)
class Inside:
    """A whole page in a frame of the notebook.

    Attributes
    ----------
    page : str
        The page as HTML.
    height : int
        Height of the frame, in pixels.
    """

    page: str
    height: int

    def _repr_html_(self) -> str:
        """Return the frame; the page brings all it needs, so that it needs no address."""
        held = html.escape(self.page, quote=True)
        return f'<iframe srcdoc="{held}" width="100%" height="{self.height}" style="border:0"></iframe>'


def inside(page: str | Path, *, height: int = 760) -> Inside:
    """Show a page in the notebook: one just made, or a report or redraw page that was written before.

    Parameters
    ----------
    page : str or Path
        The page as HTML, or its file.
    height : int, default 760
        Height of the frame, in pixels.

    Returns
    -------
    Inside
        What the notebook shows.

    Raises
    ------
    DataError
        There is no such file.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.report.inside("<html><body>一页</body></html>").height
    760
    >>> zs.report.inside("没有.html")
    Traceback (most recent call last):
    zhaosheng_analysis.schema.faults.DataError: 没有.html：没有这个网页文件；请检查路径。
    """
    from zhaosheng_analysis.schema import DataError, Fault

    if isinstance(page, str) and "<" in page:
        return Inside(page, height)
    file = Path(page)
    if not file.is_file():
        raise DataError(Fault(file.as_posix(), "没有这个网页文件", "", "请检查路径"))
    return Inside(file.read_text(encoding="utf-8"), height)


def _spoken(seconds: float) -> str:
    """Say a time as people do: 40 秒, 3 分钟."""
    return f" {seconds:.0f} 秒" if seconds < 90 else f" {seconds / 60:.0f} 分钟"
