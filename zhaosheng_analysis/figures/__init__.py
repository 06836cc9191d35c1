"""Pictures, one room a subject: each takes finished tables and its title is its message as a sentence.

Every function returns a matplotlib figure with a Chinese title, axes with units and the source line; `style` sets the
look without touching any global setting, `maps` draws districts.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
