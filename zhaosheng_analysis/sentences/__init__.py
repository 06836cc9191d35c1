"""The sentence of a notice and the zone it describes, both ways.

`parse` reads a sentence into a tree, `place` puts it on a district's map and says what was assumed, `write` drafts it
from a polygon; placing what was written gives the polygon back.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
