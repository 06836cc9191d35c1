"""What a reader reads: labels, sentences and tables in Chinese, made from finished tables; nothing is computed here.

One room a subject. `labels` holds the words of columns and codes, all from ``labels.toml``; `alerts`, `forecast`,
`admission`, `policy` and `zones` write what reports and notebooks show of them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
