"""The land of one sentence: by precedence, with what each name means, what was assumed and what could not be placed."""

from dataclasses import dataclass, field

from shapely import LineString, MultiPolygon, union_all
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.schema import Fault, Faults
from zhaosheng_analysis.sentences.entries import Entry
from zhaosheng_analysis.sentences.grammar import Parsed

NAMED, FORMER, HALF = 3, 2, 1


@dataclass(frozen=True)
class Meaning:
    """One word of a sentence and the place of the map it means.

    Attributes
    ----------
    word : str
        As the sentence has it.
    layer, place_id, name : str
        Where it was found, and the name it has there.
    """

    word: str
    layer: str
    place_id: str
    name: str


@dataclass(frozen=True)
class Made:
    """A stretch of border that no map layer draws.

    Attributes
    ----------
    word : str
        The street or streets it belongs to.
    how : str
        extended or bridged.
    shape : BaseGeometry
        The stretch (m).
    """

    word: str
    how: str
    shape: BaseGeometry


@dataclass
class Territory:
    """The land of one sentence.

    Attributes
    ----------
    parsed : Parsed
        The sentence and its tree.
    ranked : dict of int to BaseGeometry
        Land (m) by precedence: `NAMED`, `FORMER`, `HALF`.
    places : list of Meaning
        What each name means.
    lines : dict of str to LineString
        Course (m) of each street the sentence names, whether or not it could be used.
    assumed : list of str
        What was settled that the sentence leaves open, in Chinese.
    faults : Faults
        What could not be placed; the land of these words is missing.
    doubts : Faults
        What was placed on so much of an assumption that a clerk has to settle it; the land is there.
    made : list of Made
        The stretches of border that were added, for the picture.
    doubtful : list of Entry
        Units and areas that a doubt is about and that are not in the land, for the picture.
    """

    parsed: Parsed
    ranked: dict[int, BaseGeometry] = field(default_factory=dict)
    places: list[Meaning] = field(default_factory=list)
    lines: dict[str, LineString] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    doubts: Faults = field(default_factory=Faults)
    made: list[Made] = field(default_factory=list)
    doubtful: list[Entry] = field(default_factory=list)

    @property
    def open(self) -> list[Fault]:
        """All a clerk has to look at: what could not be placed, then what stands on an assumption."""
        return [*self.faults.found, *self.doubts.found]

    @property
    def land(self) -> BaseGeometry:
        """All of it, whatever other zones may claim."""
        return union_all(list(self.ranked.values())) if self.ranked else MultiPolygon()

    def assume(self, note: str) -> None:
        """Say once what was settled that the sentence leaves open.

        Parameters
        ----------
        note : str
            What was settled, in Chinese.
        """
        if note not in self.assumed:
            self.assumed.append(note)

    def mean(self, meaning: Meaning) -> None:
        """Say once what a word means.

        Parameters
        ----------
        meaning : Meaning
            What the word means.
        """
        if meaning not in self.places:
            self.places.append(meaning)
