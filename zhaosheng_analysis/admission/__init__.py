"""Who gets which seat under the district's rules, and why.

`run` carries out the rounds of a policy on ranked children and returns an `Outcome` (children, cuts, rounds, log);
`check` looks for any child wronged by it; `explain` tells one child's path, `changes` what would have altered its end.
`chances` draws again what only chance decided, `comparing` holds two rule books side by side.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
