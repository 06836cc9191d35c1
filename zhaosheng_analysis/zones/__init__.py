"""School zones on the map: whose they are, what is wrong with them, what a change moves.

`locate` finds the zone of points, `check` holds the zones of a day against 全覆盖、无遗漏、不重复, `repair` applies
repairs chosen from its findings to a copy, `compare` says which units and children two versions move. `valid` keeps
what is in force on a day.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
