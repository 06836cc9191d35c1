"""What a reader reads: labels, sentences and tables in Chinese, made from finished tables; nothing is computed here.

One room a subject. `labels` holds the words of columns and codes, all from ``labels.toml``. A rule book is written in
`policy`, `tiers`, `dates` and `provisions`; who applied in `applicants`, what came of it in `admission`, two results
side by side in `comparisons`, what is published in `bulletin`; what reports show of flags in `alerts`, of the forecast
in `forecast` and `accuracy`, of what they rest on in `premises`, of zones in `zones`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
