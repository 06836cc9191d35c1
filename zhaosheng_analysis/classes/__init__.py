"""Children put into classes by a draw that can be recomputed, and seats kept for brothers and sisters.

`commit` closes the roster, `form` deals it out in layers so that classes are even, `verify` recomputes the record,
`tests` says whether any list, ours or not, could have come from chance. `teams` draws teachers, `transfers` answers
requests under 长幼随学 within `headroom`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
