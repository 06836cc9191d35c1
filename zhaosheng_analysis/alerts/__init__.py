"""Early warnings: which schools will lack seats, how grave, and what may be done.

`flag` puts the statutory ratio and the colour of a probability beside each school and year, `headline` says it in a
sentence. `actions` proposes steps in the order they are tried, `notices` drafts the public notice, `class_sizes` judges
classes against 45/50, 56 and 66, `changes` says what the last run said otherwise, `small_schools` whether a
report must stay inside.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
