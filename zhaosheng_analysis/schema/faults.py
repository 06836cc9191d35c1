"""What is wrong with an input, told so that it can be put right: where, what was found, what is allowed, what to do."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

#: Share of letters two words must have in common; half of them in Chinese, where many a name has two or three.
_ALIKE, _ALIKE_CHINESE = 0.6, 0.5


def _hidden(text: str) -> str:
    """Shorten the identity numbers in a message; what knows them is heavy, and a message is rare."""
    from zhaosheng_analysis.schema import student_numbers

    return student_numbers.hidden(text)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the input, in words a planner understands (simplified Chinese).

    Attributes
    ----------
    where : str
        File, sheet, row and column, as far as known.
    found : str
        What is there, count first, at most three examples.
    allowed : str
        What may be there.
    remedy : str
        What to do about it.
    """

    where: str
    found: str
    allowed: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        parts = [self.found, self.allowed, self.remedy]
        said = "；".join(part for part in parts if part).replace("？；", "？")
        return _hidden(f"{self.where}：{said}" + ("" if said.endswith("？") else "。"))


@dataclass(frozen=True)
class Note:
    """One thing that was found in an input and settled without asking, so that nothing is done in silence.

    Attributes
    ----------
    where : str
        File, sheet, row and column, as far as known.
    found : str
        What is there.
    done : str
        What was made of it.
    asks : bool
        Whether it may be a slip, so that somebody should say whether it is so (`check --strict`).
    """

    where: str
    found: str
    done: str = ""
    asks: bool = False

    def __str__(self) -> str:
        parts = (part for part in (self.found, self.done) if part)
        return _hidden(f"{self.where}：" + "；".join(parts) + "。")


class DataError(ValueError):
    """Input that cannot be used, with every fault that was found in it.

    Parameters
    ----------
    *faults : Fault
        Everything that is wrong.
    """

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        head = "" if len(faults) == 1 else f"共 {len(faults)} 处问题：\n"
        super().__init__(head + "\n".join(str(fault) for fault in faults))


@dataclass
class Faults:
    """Collect faults, then raise them all at once.

    Attributes
    ----------
    found : list of Fault
        The faults noted so far.
    """

    found: list[Fault] = field(default_factory=list)

    def add(self, where: str, found: str, allowed: str = "", remedy: str = "") -> None:
        """Note one fault.

        Parameters
        ----------
        where : str
            File, sheet, row and column, as far as known.
        found : str
            What is there.
        allowed : str, optional
            What may be there.
        remedy : str, optional
            What to do about it.
        """
        self.found.append(Fault(where, found, allowed, remedy))

    def raise_if_any(self) -> None:
        """Raise one `DataError` with every fault noted so far, if there is any."""
        if self.found:
            raise DataError(*self.found)


def near(word: object, known: Iterable[object], *, most: int = 1) -> str:
    """Suggest the most similar known names, as 「是不是…？」, or nothing; none is ever taken.

    Parameters
    ----------
    word : object
        What was written.
    known : iterable of object
        Every name there is.
    most : int, optional
        How many to suggest, 1 or more.

    Returns
    -------
    str
        The suggestion in Chinese, or "".

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.near("YEAR_AHEAD", ["YEARS_AHEAD", "SEED"])
    '是不是「YEARS_AHEAD」？'
    """
    cutoff = _ALIKE if str(word).isascii() else _ALIKE_CHINESE
    close = difflib.get_close_matches(str(word), sorted({str(name) for name in known}), n=most, cutoff=cutoff)
    return f"是不是{'或'.join(f'「{name}」' for name in close)}？" if close else ""
