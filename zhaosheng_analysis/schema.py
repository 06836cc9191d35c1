"""What every table must look like, and the one error a planner sees when it does not.

A fault says *where: what was found; what is allowed; what to do*. All faults of a file are collected before the
error is raised, because a clerk who mends a workbook wants the whole list, not the first line of it.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the input, in words a planner understands (simplified Chinese).

    Attributes
    ----------
    where : file, sheet, row and column, as far as known.
    found : what is there, count first, at most three examples.
    allowed : what may be there.
    remedy : what to do about it.
    """

    where: str
    found: str
    allowed: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        parts = [self.found, self.allowed, self.remedy]
        return f"{self.where}：" + "；".join(part for part in parts if part) + "。"


class DataError(ValueError):
    """Input that cannot be used, with every fault that was found in it."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        head = "" if len(faults) == 1 else f"共 {len(faults)} 处问题：\n"
        super().__init__(head + "\n".join(str(fault) for fault in faults))


@dataclass
class Faults:
    """Collect faults, then raise them all at once."""

    found: list[Fault] = field(default_factory=list)

    def add(self, where: str, found: str, allowed: str = "", remedy: str = "") -> None:
        """Note one fault."""
        self.found.append(Fault(where, found, allowed, remedy))

    def raise_if_any(self) -> None:
        """Raise one `DataError` with every fault noted so far, if there is any."""
        if self.found:
            raise DataError(*self.found)
