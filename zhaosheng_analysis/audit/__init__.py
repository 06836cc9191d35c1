"""Every checkable provision of a text, held against the data: pass, finding, or not assessable and why.

`run` applies the rules a policy asks for and returns `Findings` with evidence row by row; missing data is never a pass.
`ledger` turns them into a list to be cured and struck off, `reconciliation` compares the lists day by day. The checks
stand in ``checks``, one room a subject, and are named by ``rules.toml``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
