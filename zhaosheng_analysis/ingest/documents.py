"""What number a child's paper may bear: the kind of document decides, and a passport is no citizen number gone wrong.

Comes in: kinds of documents, as words or in the code of the national roll sheet, and their numbers. Goes out: which
numbers no document of that kind can have.
"""

import re
import unicodedata

import pandas as pd

from zhaosheng_analysis.schema import student_numbers

# The code of the national roll sheet, and what offices write; the first pattern found in the word counts.
_KINDS = (
    ("citizen", re.compile(r"1|.*(?:居民身份证|户口|出生医学证明).*|身份证")),
    ("resident", re.compile(r".*(?:港澳台|港澳|台湾).*居住证")),
    ("taiwan", re.compile(r"8|.*台.*通行证|台胞证")),
    ("hong_kong", re.compile(r"[67]|.*(?:港澳|回乡|香港|澳门).*(?:通行证|身份证明?|护照)|回乡证")),
    ("permanent", re.compile(r"9|.*永久居(?:留|住).*")),
    ("passport", re.compile(r"a|.*护照.*")),
    ("other", re.compile(r"z|其他.*|其它.*|无.*")),
)
_FORMS = {
    "taiwan": r"\d{8}|\d{10}[A-Z]?",
    "hong_kong": r"[HM]\d{8}(?:\d{2})?|[A-Z]{1,2}\d{6,8}[\dA]?|\d{7}[\dA]",
    "permanent": r"[A-Z]{3}\d{12}|9\d{16}[\dX]",
    "passport": r"[A-Z0-9]{6,12}",
    "other": r".{4,}",
}


def kind(word: str) -> str:
    """Tell a kind of document.

    Parameters
    ----------
    word : str
        A word or a code of the national roll sheet.

    Returns
    -------
    str
        Such as passport; "" where it is not known.

    Examples
    --------
    >>> from zhaosheng_analysis.ingest import documents
    >>> documents.kind("港澳居民来往内地通行证"), documents.kind("A"), documents.kind("学生证")
    ('hong_kong', 'passport', '')
    """
    plain = re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", word).lower())
    return next((name for name, form in _KINDS if form.fullmatch(plain)), "")


def fits(numbers: pd.Series, kinds: pd.Series) -> pd.Series:
    """Tell which numbers a document of their kind can bear.

    Parameters
    ----------
    numbers : Series of str
        Numbers in capitals without spaces; what is missing fits.
    kinds : Series of str
        From `kind`, on the same index; a citizen's where it is "".

    Returns
    -------
    Series of bool
        On the same index. A number of 18 characters with a citizen's form must be a right one in any kind.
    """
    citizens = student_numbers.citizens(numbers)
    temporary = numbers.str.fullmatch(r"999\d{15}").fillna(False).astype(bool)
    resident = citizens & numbers.str.match(r"8[123]0000").fillna(False).astype(bool)
    good = citizens | temporary
    good = good.where(kinds != "resident", resident)
    for name, form in _FORMS.items():
        good = good.where(kinds != name, numbers.str.fullmatch(form).fillna(False).astype(bool))
    like_citizens = numbers.str.fullmatch(r"[1-8]\d{16}[\dX]").fillna(False).astype(bool)
    return (good & (~like_citizens | citizens)) | numbers.isna()
