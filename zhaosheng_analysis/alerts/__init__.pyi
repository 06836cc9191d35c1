from . import actions as actions
from . import changes as changes
from . import class_sizes as class_sizes
from . import levels as levels
from . import notices as notices
from .flagging import flag as flag
from .flagging import headline as headline
from .what_ifs import what_if as what_if
