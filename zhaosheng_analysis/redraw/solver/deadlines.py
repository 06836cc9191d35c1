"""When a search has to end: at a time, when it is asked to, or when the user interrupts it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Clock:
    """The end of a search.

    Attributes
    ----------
    until : float
        Value of `time.perf_counter` at which it ends.
    stop : callable or None
        Says whether to end at once; None where nobody is asked.
    halt : Event
        Ends it when set.
    """

    until: float
    stop: Callable[[], bool] | None = None
    halt: threading.Event = field(default_factory=threading.Event)

    def left(self) -> float:
        """Return the seconds that are left."""
        return self.until - time.perf_counter()

    def late(self) -> bool:
        """Say whether the search has to end."""
        return self.halt.is_set() or self.left() <= 0 or (self.stop is not None and self.stop())


#: A clock that never ends a search.
ENDLESS = Clock(float("inf"))
