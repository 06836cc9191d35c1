"""Tables as offices keep them, read in one way everywhere: what a file is, where its heading stands, what cells say.

`read` takes the bytes of a workbook (xlsx, xls, xlsb, ods), of text in any encoding met, or of a web page called .xls,
and returns the table with the columns looked for, what was settled on the way (`Sheet.notes`) and what must be put
right first (`Sheet.faults`), each with its cell. `opened` gives every sheet as it stands, `of` makes a table of one.
`workbook` writes one that opens everywhere alike.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
