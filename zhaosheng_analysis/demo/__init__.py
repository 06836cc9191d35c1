"""Districts that do not exist, with known truth: the real names of the five texts, made-up maps and children.

`make` draws, peoples and spoils a district from a seed, `write` saves several as folders, with what was planted in
them beside (``truth``). ``maps`` draws, ``people`` fills, ``planted`` spoils.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
