"""A tree in words: on one line for a message, indented for a clerk who checks it against the notice."""

from collections.abc import Sequence

from zhaosheng_analysis.sentences.grammar import (
    Between,
    Bounds,
    Except,
    Former,
    Intersection,
    Node,
    Parsed,
    Part,
    Place,
    Range,
    Ring,
    Shared,
    Side,
    Some,
    Union,
    Who,
    ZoneOf,
    children,
)

WORDS = {
    "east": "东",
    "west": "西",
    "south": "南",
    "north": "北",
    "southeast": "东南",
    "northeast": "东北",
    "southwest": "西南",
    "northwest": "西北",
}
CHILDREN = {
    "hukou": "户籍",
    "match": "人户一致",
    "owner": "业主子女",
    "nonlocal": "非本地户籍",
    "migrant": "随迁子女",
    "resident": "实际居住",
    "staff": "职工子女",
    "lottery": "派位或摇号",
    "other": "另有条件",
}
PARITIES = {"odd": "单", "even": "双"}
REMARKS = {
    "quota": "招生计划",
    "migrant-elsewhere": "随迁子女另有去处",
    "double-zone": "共同学区",
    "may-choose": "可以选择",
    "to": "划归的学校",
    "demolished": "已拆迁",
    "temporary": "暂时的安排",
    "rule": "规定",
    "tier": "类别",
    "campus": "校区",
    "lead": "开头",
    "category": "学生类别",
    "excl-who": "不收的学生",
    "houses": "门牌上的名称",
}
ONE_LINE = 60  # a longer tree is easier to check line by line
JOINED = {Intersection: "同时满足：", Union: "以下各处合起来：", Except: "第一项中去掉其余各项："}


def said(node: Node) -> str:
    r"""Return a tree on one line, with ∪, ∩ and \.

    Parameters
    ----------
    node : Node
        The tree.

    Returns
    -------
    str
        The line.
    """
    if isinstance(node, Intersection):
        return " ∩ ".join(_bracketed(part, Union) for part in node.parts)
    if isinstance(node, Union):
        return " ∪ ".join(_bracketed(part, Intersection | Except) for part in node.parts)
    if isinstance(node, Except):
        whole = said(node.whole)
        less = "、".join(_bracketed(part, Union | Intersection | Except) for part in node.less)
        return f"({whole}) \\ {less}"
    return _leaf(node)


def _bracketed(part: Node, other: object) -> str:
    """Put a nested set of another kind into brackets, so that the printed tree cannot be misread."""
    return f"({said(part)})" if isinstance(part, other) else said(part)


def _leaf(node: Node) -> str:
    """Return a node that joins nothing."""
    if isinstance(node, Side):
        return f"{'——'.join(node.of)}以{WORDS[node.side]}"
    if isinstance(node, Bounds):
        return "，".join(f"{WORDS[side]}至{'——'.join(of)}" for side, of in node.lines)
    if isinstance(node, Ring):
        return f"{node.of[0]}以内" if len(node.of) == 1 else f"{'、'.join(node.of)}围合之内"
    if isinstance(node, Between):
        return f"{node.of[0]}与{node.of[1]}之间"
    if isinstance(node, ZoneOf):
        return f"{node.school}学区"
    if isinstance(node, Former):
        return f"原{node.name}"
    return _place(node) if isinstance(node, Place) else _part(node) if isinstance(node, Part) else _about(node)


def _place(node: Place) -> str:
    """Return a place with its other names."""
    if node.limit:
        return f"{node.within}{node.name.removesuffix('范围').removesuffix('范圍')}范围内"
    return node.within + node.name + (f"({'、'.join(node.aliases)})" if node.aliases else "")


def _part(node: Part) -> str:
    """Return a part by numbers: 「5–13、17–19鄰」, 「除7、9组」, 「1–99号（单号）」."""
    name, parity = _place(node.place), PARITIES.get(node.parity, "")
    parity = parity and (parity + node.unit if node.unit == "号" else f"{parity}数{node.unit}")
    called = f"({'、'.join(node.aliases)})" if node.aliases else ""
    if node.excepted:
        return f"{name}（除{_ranges(node.excepted, node.unit)}）{called}"
    if not node.only:
        return f"{name}{parity}"
    return f"{name}{_ranges(node.only, node.unit)}" + (f"（{parity}）" if parity else "") + called


def _ranges(pairs: Sequence[Range], unit: str) -> str:
    """Return numbers with their unit."""
    return "、".join(
        f"{first}{unit}起到底" if last is None else str(first) if first == last else f"{first}–{last}"
        for first, last in pairs
    ) + ("" if pairs[-1][1] is None else unit)


def _about(node: Some | Shared | Who) -> str:
    """Return what is said of a node rather than a place of its own."""
    inner = _bracketed(node.of, Union | Intersection | Except)
    if isinstance(node, Some):
        return f"{inner}的一部分（{node.hint}）"
    if isinstance(node, Shared):
        return f"{inner}（与{'、'.join(node.schools)}共同学区）" if node.schools != ("?",) else f"{inner}（共同学区）"
    return f"{inner}（{'、'.join(map(condition, node.conditions))}）"


def condition(code: str) -> str:
    """Return a condition on the child in Chinese: ``delivered<2019-04`` is 2019-04 前交付.

    Parameters
    ----------
    code : str
        Its code.

    Returns
    -------
    str
        The condition in Chinese.
    """
    if code.startswith("delivered"):
        day = code.lstrip("delivr<>=")
        return f"{day}{'前' if '<' in code else '后'}交付"
    return CHILDREN[code]


def outline(node: Node, depth: int = 0) -> str:
    """Return a tree indented, one node a line.

    Parameters
    ----------
    node : Node
        The tree.
    depth : int, default 0
        How far the first line is indented.

    Returns
    -------
    str
        The lines.
    """
    indent = "  " * depth
    if type(node) in JOINED:
        lines = [indent + JOINED[type(node)], *(outline(part, depth + 1) for part in children(node))]
        return "\n".join(lines)
    if isinstance(node, Who | Shared | Some) and type(node.of) in JOINED:
        head = said(node).removeprefix(_bracketed(node.of, Union | Intersection | Except))
        return f"{indent}{head.strip('（）')}：\n{outline(node.of, depth + 1)}"
    return indent + said(node)


def in_words(parsed: Parsed) -> str:
    """Return what was read in a sentence: the tree, remarks, and what a clerk has to settle.

    Parameters
    ----------
    parsed : Parsed
        The sentence as it was read.

    Returns
    -------
    str
        Several lines.
    """
    whole = said(parsed.tree) if parsed.tree is not None else "（没有读出地域）"
    lines = [whole if len(whole) <= ONE_LINE else outline(parsed.tree)]
    lines += [f"  附注（{REMARKS[note.kind]}）：「{note.words}」" for note in parsed.notes]
    lines += [f"  {'未读懂' if doubt.unread else '待定'}：{doubt}" for doubt in parsed.doubts]
    return "\n".join(lines)
