"""One row a child: the facts the rules ask about, read off homes, hukou, permits and applications.

`build` answers every fact of the policy for every child of the intake, with the evidence the answer rests on; the
facts themselves are declared in the policy's vocabulary. What a table does not say is kept apart from no.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
