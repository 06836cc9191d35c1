"""Why a stretch of a notice is no place."""


class Refusal(str):
    """Why a stretch is no place."""

    __slots__ = ()
