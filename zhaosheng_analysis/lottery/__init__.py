"""A draw that anybody can recompute: the roster's hash is published first, the seed comes later.

`commit` closes the roster, `draw` orders it by ticket = SHA-256(seed, school, family), `verify` recomputes a record and
`verifier` writes the one-screen program a family can run. `rings` holds the ring-and-step methods in use, with odds.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
