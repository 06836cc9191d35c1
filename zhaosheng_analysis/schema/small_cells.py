"""Small counts in what is published: a cell of a few children could point at one of them.

Ten is the smallest group that school statistics commonly show (most American states, NCES 2011-603); a count of the
children of one school and tier is read by neighbours who know the families, so that the stricter usual number is taken.
"""

FEWEST = 10
NOTE = f"不足 {FEWEST} 人的只写“<{FEWEST}”。"


def shown(number: float) -> str:
    """Write a number of children; below `FEWEST` only that it is.

    Parameters
    ----------
    number : float
        Children, whole.

    Returns
    -------
    str
        The number with separators, or ``<10``.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.small_cells.shown(9), zs.schema.small_cells.shown(1200)
    ('<10', '1,200')
    """
    return f"<{FEWEST}" if number < FEWEST else f"{int(number):,}"
