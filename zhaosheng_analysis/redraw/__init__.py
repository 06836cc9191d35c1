"""Boundary changes: which small moves cure the shortages to come, whom they move, how far from the best they are.

`propose` searches options side by side, each with its cost and a proven bound; `score` puts an assignment through
forecast and admission in every year ahead; `check` says which hard rule an assignment breaks. A `Problem` holds units,
schools, seats and children; a `Assignment` is what is stored and exchanged. ``solver`` knows no district.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
