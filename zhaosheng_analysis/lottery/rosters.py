"""The roster of a draw as a school keeps it: a line a household or a line a child, under Chinese headings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from zhaosheng_analysis.schema import DataError, Fault, Faults

HEADINGS = {
    "family": ("户号", "家庭编号", "派位组", "family"),
    "heads": ("人数", "heads"),
    "child": ("编号", "报名号", "儿童编号", "学生编号", "child_id"),
    "twin": ("多胞胎编号", "双胞胎编号", "多胞胎组", "twin_id"),
}
_ALLOWED = "「户号」和「人数」（一户一行），或「报名号」和可选的「多胞胎编号」（一名儿童一行）"


def read(rows: Sequence[Sequence[Any]], *, where: str) -> dict[str, int]:
    """Read a roster from its cells, the first line being the headings; other columns, such as names, are not used.

    Parameters
    ----------
    rows : sequence of sequence of object
        Cells as text, one sequence a line.
    where : str
        File name, for the messages.

    Returns
    -------
    dict of str to int
        Children by family; twins are one family under their own number.

    Raises
    ------
    DataError
        Headings missing, numbers blank or double, head counts that are no whole numbers, with their lines.
    """
    lines = [[str(cell).strip() for cell in row] for row in rows]
    place = _headings(lines[0] if lines else [], where)
    body = [(number, row) for number, row in enumerate(lines[1:], 2) if any(row)]
    faults = Faults()
    found = _households(body, place, where, faults) if "family" in place else _children(body, place, where, faults)
    faults.raise_if_any()
    return found


def _headings(names: Sequence[str], where: str) -> dict[str, int]:
    """Find the columns of a roster."""
    known = {word: key for key, words in HEADINGS.items() for word in words}
    found = [(known[name], number) for number, name in enumerate(names) if name in known]
    twice = [key for key, n in Counter(key for key, _ in found).items() if n > 1]
    place = dict(found)
    by_household, by_child = {"family", "heads"} <= place.keys(), "child" in place and "family" not in place
    if twice or not (by_household or by_child):
        seen = "、".join(name for name in names if name) or "没有表头"
        raise DataError(Fault(f"{where} 表头", f"是「{seen}」", _ALLOWED, "请改表头"))
    return place


def _households(
    body: Sequence[tuple[int, Sequence[str]]], place: Mapping[str, int], where: str, faults: Faults
) -> dict[str, int]:
    """Read a line a household."""
    names = [(number, row[place["family"]]) for number, row in body]
    _check_names(names, "户号", where, faults)
    heads = [(number, row[place["heads"]]) for number, row in body]
    odd = [(number, text) for number, text in heads if not (text.isdecimal() and int(text) > 0)]
    if odd:
        faults.add(f"{where} 人数", f"{len(odd)} 行不是正整数：{_some(odd)}", "1、2、3……", "请改正")
        return {}
    return {name: int(text) for (_, name), (_, text) in zip(names, heads, strict=True)}


def _children(
    body: Sequence[tuple[int, Sequence[str]]], place: Mapping[str, int], where: str, faults: Faults
) -> dict[str, int]:
    """Read a line a child; who shares a twin number is one family."""
    names = [(number, row[place["child"]]) for number, row in body]
    _check_names(names, "报名号", where, faults)
    twins = [row[place["twin"]] if "twin" in place else "" for _, row in body]
    groups = Counter(twin for twin in twins if twin)
    alone = [(number, twin) for (number, _), twin in zip(names, twins, strict=True) if groups.get(twin) == 1]
    if alone:
        faults.add(f"{where} 多胞胎编号", f"{len(alone)} 个只有一名儿童：{_some(alone)}", "", "请补上另一名，或清空")
    both = sorted(groups.keys() & {name for _, name in names})
    if both:
        faults.add(f"{where} 多胞胎编号", f"{len(both)} 个同时是报名号：{'、'.join(both[:3])}", "", "请另编一个号")
    return dict(Counter(twin or name for (_, name), twin in zip(names, twins, strict=True)))


def _check_names(names: Sequence[tuple[int, str]], what: str, where: str, faults: Faults) -> None:
    """Note blank and double numbers with their lines."""
    blank = [(number, "空白") for number, name in names if not name]
    times = Counter(name for _, name in names if name)
    double = [(number, name) for number, name in names if times.get(name, 0) > 1]
    if not names:
        faults.add(where, "没有一行名单", "", "请检查文件")
    if blank:
        faults.add(f"{where} {what}", f"{len(blank)} 行空白：{_some(blank)}", "", "请补上")
    if double:
        faults.add(f"{where} {what}", f"{len(double)} 行重复：{_some(double)}", "每个号只出现一次", "请去重")


def _some(rows: Sequence[tuple[int, str]]) -> str:
    """Name at most three lines with what stands there."""
    return "、".join(f"第{number}行 {text}" for number, text in rows[:3])
