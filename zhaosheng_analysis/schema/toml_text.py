"""Words from data written into TOML: whatever stands in them, they are read back as they were."""

import json


def quoted(text: str) -> str:
    r"""Return a text as a basic string of TOML, its quotes and backslashes escaped.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        With its quotes.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> print(zs.schema.toml_text.quoted('班"级\\1'))
    "班\"级\\1"
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
