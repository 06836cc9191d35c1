"""Names that are written or sound the same, for classes in which a name called must mean one child."""

import itertools
import re

import pandas as pd

# Family names read otherwise than the character is read in most words.
_FAMILY = {
    "单": "shan",
    "曾": "zeng",
    "仇": "qiu",
    "解": "xie",
    "区": "ou",
    "朴": "piao",
    "查": "zha",
    "任": "ren",
    "盖": "ge",
    "尉": "wei",
    "乐": "yue",
    "翟": "zhai",
    "缪": "miao",
    "员": "yun",
    "黑": "he",
    "折": "she",
    "种": "chong",
    "秘": "bi",
    "冼": "xian",
    "逄": "pang",
    "晟": "cheng",
    "繁": "po",
    "覃": "qin",
    "尉迟": "yu chi",
    "万俟": "mo qi",
    "长孙": "zhang sun",
    "澹台": "tan tai",
}
# Characters that are read in two ways in given names; the dictionary's further readings are not met in names.
_TWOFOLD = {
    "乐": ("le", "yue"),
    "行": ("hang", "xing"),
    "茜": ("qian", "xi"),
    "娜": ("na", "nuo"),
    "莎": ("sha", "suo"),
    "晟": ("cheng", "sheng"),
    "盛": ("cheng", "sheng"),
    "柏": ("bai", "bo"),
    "朝": ("chao", "zhao"),
    "长": ("chang", "zhang"),
    "重": ("chong", "zhong"),
    "率": ("lv", "shuai"),
    "蔚": ("wei", "yu"),
}


def split(cell: str) -> list[str]:
    """Split a cell that names several pupils.

    Parameters
    ----------
    cell : str
        Numbers divided by 、, commas, semicolons or blanks.

    Returns
    -------
    list of str
        The numbers.
    """
    return [part for part in re.split(r"[\s、,，;；]+", cell) if part]


def written(name: str) -> str:
    """Return a name without blanks and points between its parts.

    Parameters
    ----------
    name : str
        A name.

    Returns
    -------
    str
        Its characters.
    """
    return re.sub(r"[\s·•.]+", "", name)


def readings(name: str) -> list[str]:
    """Return how a name may be read, without tones.

    Parameters
    ----------
    name : str
        A name in Chinese characters.

    Returns
    -------
    list of str
        Syllables with a blank between, one text a reading, sorted.
    """
    import pypinyin

    plain = written(name)
    head = next((name for name in (plain[:2], plain[:1]) if name in _FAMILY and len(name) < len(plain)), "")
    rest = plain[len(head) :]
    usual = pypinyin.lazy_pinyin(rest, errors=list)
    said = [_TWOFOLD.get(letter, (sound,)) for letter, sound in zip(rest, usual, strict=True)]
    return sorted({" ".join(sounds) for sounds in itertools.product(*([(_FAMILY[head],)] if head else []), *said)})


def alike(names: pd.Series) -> dict[str, list[str]]:
    """Group pupils by how their names may be read.

    Parameters
    ----------
    names : Series of str
        Name of each pupil, by pupil_id.

    Returns
    -------
    dict of str to list of str
        Pupils by reading, where two or more share it.
    """
    groups: dict[str, list[str]] = {}
    for number, name in names.sort_index().items():
        for sound in readings(name):
            groups.setdefault(sound, []).append(number)
    return {sound: ids for sound, ids in sorted(groups.items()) if len(ids) > 1}
