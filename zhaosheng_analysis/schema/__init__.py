"""What every table must look like, and how it is told when one does not.

``tables.toml`` declares each layer and table once: it gives the checks, the template a bureau fills and the data
dictionary. Whatever is wrong with an input anywhere in the package is a `DataError` holding one `Fault` a fault: where,
what was found, what is allowed, what to do. Stages and grades of compulsory school are said here and nowhere else.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
