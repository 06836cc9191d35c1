"""The sentence of a notice and the zone it describes, both ways.

`parse` reads a sentence into a tree, `place` puts it on a district's map, `write` drafts it from a polygon; placing
what was written gives the polygon back.
"""

from zhaosheng_analysis.catchment.drafting import write
from zhaosheng_analysis.catchment.reading import parse
from zhaosheng_analysis.catchment.territory import place

__all__ = ["parse", "place", "write"]
