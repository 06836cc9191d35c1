from .little_town import nine_plots as nine_plots
from .making import SEED as SEED
from .making import make as make
from .making import write as write
from .maps.townscape import DISTRICTS as DISTRICTS
