"""A bureau's own files become a district folder, by one file of decisions that is kept with the district.

`suggest` looks at a folder of foreign files and writes the file of decisions (ingest.toml); the clerk corrects it;
`run` does what it says, and leaves beside the tables a log of every row: read, left out and why, written. Whatever two
readings are possible of is a question that is answered once, in decisions.csv, and never guessed.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
