"""Names that a list gives only in part: 「槐荫一、二、四横路」, 「柳溪东、南、西」, 「东、西柳溪村」.

Each name is put together from what the list says once; its characters keep their places in the sentence.
"""

import re
from dataclasses import replace
from string import ascii_uppercase

from zhaosheng_analysis.sentences import names, notes
from zhaosheng_analysis.sentences.sections import Item
from zhaosheng_analysis.sentences.views import GROUP, View

NUMERALS = "[一二三四五六七八九十ⅠⅡⅢⅣⅤⅥ]{1,2}"
AXES = (set("东西南北中"), set("上中下"), set("前中后"), set("左右"), set(ascii_uppercase), set("甲乙丙丁"))
DIRECTIONS = "[东西南北中上下前后左右A-Z甲乙丙丁]"
KINDS = "马路|横路|横街|大街|路|街|巷|弄|里|村|社区|区|苑|园|坊|小区|期|楼|院|段|队|委|居委会|居委|居民区"
STEP = re.compile(
    rf"(?:(?P<numeral>(?:第|[东西南北中本](?={NUMERALS}))?{NUMERALS})|(?P<direction>{DIRECTIONS}))(?P<kind>{KINDS})?"
)
AXIS = tuple("东西南北中本")  # 「天通苑东一区、东二区、本一区」
HALF = re.compile("[东西南北中前后上下大小新老]")
ONE_OF_HALVES = re.compile(rf"{HALF.pattern}(?!{NUMERALS})")
BORDER = re.compile("[东西南北][侧面边]?(?:均|都)?(?:[至到起]|以.*为界)")  # 「东、南至青云河」
LAST_OF_KIN = re.compile(rf"(?P<stem>.+?)(?P<numeral>{NUMERALS})(?P<kind>村|社区|里|街|路|巷|组|队)")


def spelt_out(run: list[Item]) -> list[Item]:
    """Return a run of items in which every name is whole.

    Parameters
    ----------
    run : list of Item
        Items joined by 、 or 和.

    Returns
    -------
    list of Item
        The items, every name whole.
    """
    return _steps_alone(run) or _with_heads(_with_kinds(_with_tails(run)))


def _steps_alone(run: list[Item]) -> list[Item]:
    """Give the kind said of the last to all of 「一、二区」, 「A、B座」 in the brackets of a place."""
    matches = [STEP.fullmatch(_bare(item.view).s) for item in run]
    if (
        len(run) < 2
        or not all(matches)
        or run[0].view.s.startswith("第")
        or not matches[-1]["kind"]
        or any(match["kind"] for match in matches[:-1])
    ):
        return []
    kind = _kind_view(run[-1].view, matches[-1])
    return [*(replace(item, view=_joined(_bare(item.view), kind, item.view)) for item in run[:-1]), run[-1]]


def _with_heads(run: list[Item]) -> list[Item]:
    """Put what the first name begins with before numerals and directions: 「槐荫南二街、三街」."""
    series: list[Item] = []
    place = 0
    while place < len(run):
        last = place + 1
        while last < len(run) and STEP.fullmatch(_bare(run[last].view).s):
            last += 1
        steps = [run[k] for k in range(place + 1, last)]
        series += _headed(run[place], steps) or [run[place], *steps]
        place = last
    return series


def _headed(first: Item, steps: list[Item]) -> list[Item]:
    """Return the first name and those that go on with it, whole; nothing where they do not go on with it."""
    if not steps:
        return []
    matches = [STEP.fullmatch(_bare(item.view).s) for item in steps]
    kinds = {match["kind"] for match in matches if match["kind"]}
    numeral = matches[0]["numeral"] is not None
    if len(kinds) > 1 or any((match["numeral"] is not None) != numeral for match in matches):
        return []
    kind = kinds.pop() if kinds else ""
    before = (matches[0]["numeral"] or "")[:1]
    counted = f"第{NUMERALS}" if before == "第" else f"[东西南北中本]{NUMERALS}" if before in AXIS else NUMERALS
    start = re.search(rf"(?:{counted if numeral else DIRECTIONS})(?P<kind>{kind})?$", _bare(first.view).s)
    if not start or (kind and not matches[-1]["kind"]):
        return []
    if start.start() < 2 and not (kind and _bare(first.view).s.startswith("第")):
        return []
    tail = _kind_view(steps[-1].view, matches[-1])
    head = first.view[: start.start()]
    if kind in ("大街", "路", "街", "马路") and not numeral and names.is_township(head.s):
        return []  # 「安平区西大街、东大街」
    if not numeral and not _of_one_axis([start[0][0], *(match["direction"] for match in matches)]):
        return []  # 「松林下、后巷」 are two
    axis = first.view[start.start() : start.start() + 1]
    whole = [_joined(_bare(first.view), tail if not start["kind"] else tail[:0], first.view)]
    for item, match in zip(steps, matches, strict=True):
        own = _bare(item.view)
        alone = numeral and match["numeral"][0] not in AXIS
        axis = axis if alone else own[:1] if numeral else own[:0]  # 「东一段、西一、二段」: 西二段
        named = head.plus(axis).plus(own) if alone and axis.s in AXIS else head.plus(own)
        whole.append(_joined(named, tail if not match["kind"] else tail[:0], item.view))
    return [replace(item, view=view) for item, view in zip([first, *steps], whole, strict=True)]


def _of_one_axis(directions: list[str]) -> bool:
    """Tell whether directions or letters stand against each other: east and west, A and B."""
    return any(set(directions) <= axis for axis in AXES)


def _with_kinds(run: list[Item]) -> list[Item]:
    """Put the kind said of the last name behind those like it: 「柳溪一、柳溪二、柳溪三村」."""
    series = list(run)
    for place in range(len(run) - 1, 0, -1):
        match = LAST_OF_KIN.fullmatch(_bare(run[place].view).s)
        kin = re.compile(rf"(?:.*){re.escape(match['stem'])}{NUMERALS}") if match else None
        before = place - 1
        while kin and before >= 0 and kin.fullmatch(_bare(series[before].view).s):
            view = series[before].view
            kind = _bare(run[place].view)[match.start("kind") :]
            series[before] = replace(series[before], view=_joined(_bare(view), kind, view))
            before -= 1
    return series


def _with_tails(run: list[Item]) -> list[Item]:
    """Put what the last name ends with behind single characters that it begins with one of: 「东、西柳溪村」."""
    series = list(run)
    for place, item in enumerate(run):
        whole = next((each.view for each in run[place + 1 :] if len(each.view) > 1), None)
        alone = HALF.fullmatch(item.view.s) and whole is not None and ONE_OF_HALVES.match(whole.s)
        if alone and BORDER.match(whole.s):
            series[place] = replace(item, view=item.view.plus(whole[1:]))
        elif alone and not names.objection(_bare(whole).s) and (place == 0 or HALF.fullmatch(run[place - 1].view.s)):
            series[place] = replace(item, view=item.view.plus(_bare(whole)[1:]))
    return series


def _bare(view: View) -> View:
    """Return a name without the brackets and the words on children behind it."""
    stem = view.s.rstrip(GROUP)
    return view[: notes.tail(stem)[0] or len(stem)]


def _joined(name: View, kind: View, whole: View) -> View:
    """Return a name with its kind and the brackets that stand behind it in the list."""
    return name.plus(kind).plus(whole[len(_bare(whole)) :])


def _kind_view(view: View, match: re.Match) -> View:
    """Return the kind said at the end of a step."""
    return _bare(view)[match.start("kind") : match.end("kind")] if match["kind"] else view[:0]
