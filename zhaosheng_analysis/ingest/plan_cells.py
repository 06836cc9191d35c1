"""What a cell of a plan of intake says: 4个班180人 are four classes and 180 seats, 4个班，每班45人 a size of class.

Comes in: a cell. Goes out: the numbers it names, each with what it counts; a bare number names none.
"""

import re
import unicodedata

_NUMBER = r"(\d{1,5})"
_CLASSES = re.compile(rf"{_NUMBER}个?(?:教学|平行)?班(?!额)")
_SIZE = re.compile(rf"(?:每班(?:额|不超过)?|班额(?:为|是)?|[xX×*]){_NUMBER}人?|{_NUMBER}人/班")
_SEATS = re.compile(rf"{_NUMBER}(?:人|名|个?学位)(?!/班)")
_BOTH = re.compile(rf"{_NUMBER}(?:个?班)?/{_NUMBER}人?")  # below a header that says （班/人）
_BETWEEN = re.compile(r"计划|合计|招收|招生|新生|学生|[、,;()。:共计约]")


def said(cell: str) -> dict[str, int]:
    """Return what a cell of a plan says.

    Parameters
    ----------
    cell : str
        As it is written.

    Returns
    -------
    dict of str to int
        classes_n, class_size_n and seats_n, as far as they are named; {} where anything else stands there, or one is
        named twice.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.ingest.plan_cells.said("4个班，180人"), zs.ingest.plan_cells.said("3个班（每班50人）")
    ({'classes_n': 4, 'seats_n': 180}, {'class_size_n': 50, 'classes_n': 3})
    """
    text = "".join(unicodedata.normalize("NFKC", cell).split())
    both = _BOTH.fullmatch(text)
    if both:
        return {"classes_n": int(both[1]), "seats_n": int(both[2])}
    found: dict[str, int] = {}
    for name, form in (("class_size_n", _SIZE), ("classes_n", _CLASSES), ("seats_n", _SEATS)):
        matches = list(form.finditer(text))
        if len(matches) > 1:
            return {}
        for match in matches:
            found[name] = int(next(group for group in match.groups() if group))
            text = text[: match.start()] + "、" + text[match.end() :]
    return {} if _BETWEEN.sub("", text) else found
