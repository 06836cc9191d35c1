"""How far children walk: along the streets, across rivers only on bridges, to the gate; the straight line beside it.

In go streets and points, in metres; out come distances. Where streets cross they meet; a river is crossed on a bridge
and nowhere else; a railway or a wall where the street's own line is drawn across it, for the level crossing, underpass
or gate is then part of the street (`network(..., bridged=("river", "railway"))` asks for bridges there too). A door
opens on the streets round its block; the way there is straight and crosses neither street nor barrier. Where the
streets are farther from two points than the points from each other, the way between them is straight too. Distances are
advice: near is not nearest (就近不等于最近).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
