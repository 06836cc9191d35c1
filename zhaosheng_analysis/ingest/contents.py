"""What a column is, told by what stands in it rather than by its header.

Comes in: the cells of a column. Goes out: a word such as person_no, or nothing; a guess for the clerk to confirm.
"""

import re
from collections.abc import Sequence

import pandas as pd

from zhaosheng_analysis.schema import moments, student_numbers

_MOSTLY = 0.8
_WORDS = {
    "stage": {"小学", "初中", "初级中学", "完全小学", "九年一贯制", "九年一贯制学校", "九年一贯", "中小学"},
    "sector": {"公办", "民办", "非民办", "公立", "私立"},
}
_FORMS = {
    "school": re.compile(r".{2,30}(?:小学|中学|学校|校区|初中|实验)(?:[(（].*[)）])?"),
    "zone_text": re.compile(
        r".*(?:[东西南北](?:至|到|临|起)|以[东西南北]|[路街道河][东西南北]侧).*|(?=.*(?:小区|社区|村|花园|苑|家园)).+、.+"
    ),
    "address": re.compile(r".*(?:路|街|巷|弄|村|小区|园|苑).*\d+.*(?:号|幢|栋|室|组|单元).*"),
    "class": re.compile(r".{0,8}[(（]?\d{1,2}[)）]?班"),
}


def kind(cells: Sequence[str]) -> str:
    """Tell what a column is by its cells.

    Parameters
    ----------
    cells : sequence of str
        The cells that are not blank.

    Returns
    -------
    str
        person_no, sex, stage, sector, birth, school, zone_text, address, class; "" where nothing is clear.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.ingest.contents.kind(["20180831", "20180901", "20171111"]), zs.ingest.contents.kind(["1", "2", "2", "1"])
    ('birth', 'sex')
    """
    texts = pd.Series([str(cell).strip() for cell in cells if str(cell).strip()], dtype="str")
    if len(texts) == 0:
        return ""
    if student_numbers.citizens(texts).mean() >= _MOSTLY:
        return "person_no"
    if len(texts) > 2 and set(texts) in ({"1", "2"}, {"男", "女"}, {"M", "F"}):
        return "sex"
    for name, words in _WORDS.items():
        if set(texts) <= words:
            return name
    born = [moments.moment(text, "date") for text in texts]
    if sum(day is not None and day.year >= 1995 for day in born) >= _MOSTLY * len(texts):
        return "birth"
    for name, form in _FORMS.items():
        if texts.map(lambda text, form=form: form.fullmatch(text) is not None).mean() >= _MOSTLY:
            return name
    return ""
