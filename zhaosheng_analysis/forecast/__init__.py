"""How many children will come to each school, grade and year, how sure that is, and what drives it.

`project` returns an `Outlook`: grades 2 and up by shrunk progression, the entry grade from births and registers, with
calibrated intervals and drivers that add up. `simulation` puts each year through the rules, `backtest` and `scoring`
say how good such forecasts were, `archive` keeps every run.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
