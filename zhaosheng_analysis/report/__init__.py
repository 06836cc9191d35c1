"""Documents: a notebook run on a folder becomes a page, a PDF and a workbook; hearing packs, ledgers, pages.

In a notebook `head`, `show`, `chart` and `decisions` put pieces into the report; from outside `render` runs the
notebook. Everything is written under a temporary name and moved into place, so that a failed run leaves yesterday's.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
