"""The colours of a warning and the chances from which they are shown."""

#: Least probability of a colour (reference/forecast.md §6.3).
COLOURS = {"red": 0.5, "orange": 0.3, "yellow": 0.1}
