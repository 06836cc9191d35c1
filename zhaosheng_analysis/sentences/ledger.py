"""Who has taken which character of a sentence: a node, a remark, a doubt. What nobody took is a doubt in the end."""

import itertools
import re

from zhaosheng_analysis.sentences.grammar import Doubt, Node, Note
from zhaosheng_analysis.sentences.views import Text, View

WORDS = re.compile(r"[^\W_]+")


class Ledger:
    """The account of one sentence.

    Parameters
    ----------
    text : Text
        The sentence.

    Attributes
    ----------
    used : list of tuple
        Stretches that became a node.
    notes : list of Note
        Stretches that became a note.
    doubts : list of Doubt
        Stretches that are open.
    taken : bytearray
        For each character whether anybody has taken it.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        self.used: list[tuple[int, int, Node]] = []
        self.notes: list[Note] = []
        self.doubts: list[Doubt] = []
        self.taken = bytearray(len(text.plain))

    def mark(self, view: View) -> None:
        """Take the words of a stretch, but not what is in its brackets."""
        first, last = view.span
        if last - first == len(view.s):  # nothing folded and nothing left out
            self.taken[first:last] = b"\1" * (last - first)
            return
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
            self.used = [each for each in self.used if not start <= each[0] < end]
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

    def close(self, tree: Node | None) -> None:
        """Account for the words that are left, and put all in the order of the text.

        What was taken without a node of its own (还包括, 和, 适龄儿童, the number of a point) is part of the whole
        tree; what nobody took is a doubt.
        """
        settled = bytearray(len(self.taken))
        spans = [(start, end) for start, end, _ in self.used]
        for start, end in [*spans, *((each.start, each.end) for each in (*self.notes, *self.doubts))]:
            settled[start:end] = b"\1" * (end - start)
        for start, end in self._left(settled):
            if self.taken[start] and tree is not None:
                self.used.append((start, end, tree))
            else:
                self.doubts.append(Doubt(start, end, self.text.original[start:end], "没有读懂", unread=True))
        for account in (self.used, self.notes, self.doubts):
            account.sort(key=_place)

    def _left(self, settled: bytearray) -> list[tuple[int, int]]:
        """Return the stretches of words that no node, remark or doubt spans, each wholly taken or not taken at all."""
        gaps = []
        for match in WORDS.finditer(self.text.plain):
            places = range(*match.span())
            for _, run in itertools.groupby(places, key=lambda place: (settled[place], self.taken[place])):
                stretch = list(run)
                if not settled[stretch[0]]:
                    gaps.append((stretch[0], stretch[-1] + 1))
        return gaps


def _place(entry: tuple | Note | Doubt) -> tuple[int, int]:
    return (entry[0], -entry[1]) if isinstance(entry, tuple) else (entry.start, -entry.end)
