"""Who has taken which character of a sentence: a node, a remark, a doubt. What nobody took is a doubt in the end."""

import re

from zhaosheng_analysis.sentences.grammar import Doubt, Node, Note
from zhaosheng_analysis.sentences.views import Text, View

WORDS = re.compile(r"[^\W_]+")


class Ledger:
    """The account of one sentence.

    Attributes
    ----------
    used, notes, doubts : what became of its stretches. taken : for each character whether anybody has taken it.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        self.used: list[tuple[int, int, Node]] = []
        self.notes: list[Note] = []
        self.doubts: list[Doubt] = []
        self.taken = bytearray(len(text.plain))

    def mark(self, view: View) -> None:
        """Take the words of a stretch, but not what is in its brackets."""
        for start, end in zip(view.starts, view.ends, strict=True):
            if end - start == 1 or self.text.plain[start] == "「":
                self.taken[start:end] = b"\1" * (end - start)

    def node(self, view: View, node: Node) -> None:
        """Say that a stretch became a node."""
        self.mark(view)
        start, end = view.span
        if end > start:
            self.used.append((start, end, node))

    def note(self, view: View, kind: str) -> None:
        """Say that a stretch, with all in its brackets, is a remark."""
        start, end = view.span
        self.taken[start:end] = b"\1" * (end - start)
        self.notes.append(Note(start, end, self.text.original[start:end], kind))

    def doubt(self, view: View, why: str, *, unread: bool = False) -> None:
        """Say that a stretch is for a clerk to settle; an unread one is in no node, with all in its brackets."""
        start, end = view.span
        if end <= start:
            return
        if unread:
            self.taken[start:end] = b"\1" * (end - start)
        doubt = Doubt(start, end, self.text.original[start:end], why, unread)
        if doubt not in self.doubts:
            self.doubts.append(doubt)

    def state(self) -> tuple[int, int, int]:
        """Return how much has been said so far, for `back_to`."""
        return len(self.used), len(self.notes), len(self.doubts)

    def back_to(self, state: tuple[int, int, int]) -> None:
        """Take back what has been said of nodes, remarks and doubts since a state."""
        for account, kept in zip((self.used, self.notes, self.doubts), state, strict=True):
            del account[kept:]

    def close(self) -> None:
        """Make a doubt of every word that nobody took, and put all in the order of the text."""
        for match in WORDS.finditer(self.text.plain):
            start = match.start()
            while start < match.end():
                end = start
                while end < match.end() and self.taken[end] == self.taken[start]:
                    end += 1
                if not self.taken[start]:
                    words = self.text.original[start:end]
                    self.doubts.append(Doubt(start, end, words, "没有读懂", unread=True))
                start = end
        for account in (self.used, self.notes, self.doubts):
            account.sort(key=_place)


def _place(entry: tuple | Note | Doubt) -> tuple[int, int]:
    return (entry[0], -entry[1]) if isinstance(entry, tuple) else (entry.start, -entry.end)
