from . import admission as admission
from . import alerts as alerts
from . import applicants as applicants
from . import audit as audit
from . import classes as classes
from . import demo as demo
from . import figures as figures
from . import forecast as forecast
from . import geodata as geodata
from . import ingest as ingest
from . import lottery as lottery
from . import policy as policy
from . import redraw as redraw
from . import report as report
from . import schema as schema
from . import sentences as sentences
from . import sheets as sheets
from . import texts as texts
from . import tiers as tiers
from . import walks as walks
from . import zones as zones

__version__: str
