"""A district folder, read and checked: boundary, streets, units, schools, zones, and every table beside them.

`load` reads a folder into a `District`, converts its datum to the CGCS2000 zone of the district and tells every fault
at once; `template` writes the empty folder a planner fills; `save` writes what `load` reads back.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
