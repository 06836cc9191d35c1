"""What a clerk settles that sentence and map leave open: go straight on, meet at a corner, which of several streets.

A choice is a phrase a person can read, said with ``--assume`` and kept beside the zone (column `assume`):
「甲路照直延长」, 「甲路与乙街照直相接」, 「甲路取与乙街相接的一条」, 「甲路取第2条」; several are joined by
；. The number counts from the longest street of the layer as it is: a name beside it is the better choice to keep.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.words import SIDES

MARKS = re.compile(r"[;\n]+")
STRAIGHT = re.compile(r"(?P<street>.+)照直延长")
CORNER = re.compile(r"(?P<one>.+?)与(?P<other>.+)照直相接")
BESIDE = re.compile(r"(?P<street>.+?)取与(?P<other>.+)相接的一?条")
ARM = re.compile(r"(?P<street>.+?)取(?P<other>.+)以(?P<side>[东西南北])的?一段")
WHICH = re.compile(r"(?P<street>.+)取第(?P<number>\d{1,2})条")
FORMS = "「某路照直延长」「甲路与乙街照直相接」「某路取与乙街相接的一条」「某路取第2条」「甲路取乙街以东的一段」"


@dataclass
class Choices:
    """What was settled for one sentence, and what of it was asked for so far.

    Attributes
    ----------
    straight : dict of str to str
        Streets that go straight on past their ends, in simplified script -> the phrase.
    corners : dict of frozenset of str to str
        Pairs of streets that are taken to meet -> the phrase.
    which : dict of str to (int or str, str)
        Street -> which of several of that name, from 1, or the street that meets it; and the phrase.
    arms : dict of (str, str) to (str, str)
        Street and the one it meets -> on which side of the corner it goes on; and the phrase.
    used : set of str
        Phrases that settled something.
    """

    straight: dict[str, str] = field(default_factory=dict)
    corners: dict[frozenset[str], str] = field(default_factory=dict)
    which: dict[str, tuple[int | str, str]] = field(default_factory=dict)
    arms: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def goes_on(self, street: str) -> bool:
        """Tell whether a street was settled to go straight on.

        Parameters
        ----------
        street : str
            Its name.

        Returns
        -------
        bool
            Whether it was.
        """
        return self._asked(self.straight.get(plain(street)))

    def meet(self, one: str, other: str) -> bool:
        """Tell whether two streets were settled to meet.

        Parameters
        ----------
        one, other : str
            Their names.

        Returns
        -------
        bool
            Whether they were.
        """
        return self._asked(self.corners.get(frozenset(map(plain, (one, other)))))

    def of_name(self, street: str) -> int | str | None:
        """Return which of several streets of one name was settled on.

        Parameters
        ----------
        street : str
            The name.

        Returns
        -------
        int or str or None
            Its number from 1, or the name of the street that meets it; None where nothing was settled.
        """
        which, phrase = self.which.get(plain(street), (None, None))
        self._asked(phrase)
        return which

    def arm(self, street: str, corner: str) -> str:
        """Return on which side of a corner a street of a chain goes on.

        Parameters
        ----------
        street, corner : str
            The street, and the one it meets.

        Returns
        -------
        str
            east, west, south or north; empty where nothing was settled.
        """
        side, phrase = self.arms.get((plain(street), plain(corner)), ("", None))
        self._asked(phrase)
        return side

    def idle(self) -> list[str]:
        """Return the phrases that settled nothing.

        Returns
        -------
        list of str
            In the order given.
        """
        given = [*self.straight.values(), *self.corners.values()]
        given += [phrase for _, phrase in (*self.which.values(), *self.arms.values())]
        return [phrase for phrase in given if phrase not in self.used]

    def _asked(self, phrase: str | None) -> bool:
        """Remember that a phrase was asked for."""
        if phrase is not None:
            self.used.add(phrase)
        return phrase is not None


def read(written: str | Iterable[str] | None) -> Choices:
    """Read what a clerk settled.

    Parameters
    ----------
    written : str or iterable of str, optional
        Phrases, each one or several joined by ；.

    Returns
    -------
    Choices
        What was settled.

    Raises
    ------
    DataError
        A phrase is none of the forms, or two say different things of one street.

    Examples
    --------
    >>> from zhaosheng_analysis.sentences import choices
    >>> choices.read("甲路照直延长；乙街取第2条").of_name("乙街")
    2
    """
    given = [written] if isinstance(written, str) else list(written or [])
    phrases = [phrase.strip() for text in given for phrase in MARKS.split(plain(text)) if phrase.strip()]
    choices, faults = Choices(), []
    for phrase in dict.fromkeys(phrases):
        if match := STRAIGHT.fullmatch(phrase):
            choices.straight[match["street"]] = phrase
        elif match := CORNER.fullmatch(phrase):
            choices.corners[frozenset((match["one"], match["other"]))] = phrase
        elif (match := BESIDE.fullmatch(phrase)) and match["street"] not in choices.which:
            choices.which[match["street"]] = (match["other"], phrase)
        elif (match := WHICH.fullmatch(phrase)) and match["street"] not in choices.which:
            choices.which[match["street"]] = (int(match["number"]), phrase)
        elif (match := ARM.fullmatch(phrase)) and (match["street"], match["other"]) not in choices.arms:
            choices.arms[match["street"], match["other"]] = (SIDES[match["side"]], phrase)
        else:
            faults.append(Fault(f"约定「{phrase}」", "看不懂，或与前面的约定相矛盾", FORMS, "请照这几种写法改写"))
    if faults:
        raise DataError(*faults)
    return choices


def beside(row: object) -> str:
    """Return what was settled beside the sentence of a zone.

    Parameters
    ----------
    row : tuple
        A zone, as from ``itertuples``.

    Returns
    -------
    str
        Phrases joined by ；, or nothing.
    """
    text = getattr(row, "assume", "")
    return text if isinstance(text, str) else ""
