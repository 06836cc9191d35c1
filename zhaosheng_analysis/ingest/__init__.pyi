from . import addresses as addresses
from . import answers as answers
from . import pseudonyms as pseudonyms
from .recipes import Recipe as Recipe
from .recipes import load as load
from .running import LOG as LOG
from .running import Taken as Taken
from .running import run as run
