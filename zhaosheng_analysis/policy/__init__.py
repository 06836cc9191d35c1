"""A district's rules for one intake, as data: each with its clause, each silence of the text as a parameter.

`load` reads ``policies/ID.toml`` (or a file of one's own) and proves it: the tier table has no gap and no overlap, no
word is misspelt, every quotation stands in the source. `under` gives the same rules with other parameters.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
