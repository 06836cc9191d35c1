from . import facts as facts
from . import filings as filings
from . import locks as locks
from . import registration as registration
from .building import build as build
from .facts import FACTS as FACTS
