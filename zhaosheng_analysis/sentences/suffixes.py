"""The kind said once behind several names: 「松涛、竹影等里」 are 松涛里 and 竹影里."""

from dataclasses import replace

from zhaosheng_analysis.sentences import names
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.grammar import Except, Intersection, Node, Part, Place, Union

ENDS_OF_LI = ("里", "村", "社区", "邻", "区", "学区")  # 「公馆、松涛等里」 are 公馆里 and 松涛里


def with_kind(node: Node, kind: str) -> Node:
    """Return a place with its kind; one that has a kind already stays.

    Parameters
    ----------
    node : Node
        The place, or what is said of it.
    kind : str
        The kind: 里, 村, 社区.

    Returns
    -------
    Node
        The place with its kind.
    """
    if isinstance(node, Part):
        return replace(node, place=with_kind(node.place, kind))
    whole = plain(node.name).endswith(ENDS_OF_LI) if kind == "里" and isinstance(node, Place) else None
    if (
        isinstance(node, Place)
        and not (names.is_whole(plain(node.name)) if whole is None else whole)
        and not node.short
    ):
        cut = names.split_within(plain(node.name + kind))
        within, name = (node.name[: cut[0]], node.name[cut[1] :]) if cut else (node.within, node.name)
        return replace(node, name=name + kind, within=within, short=(name,))
    if isinstance(node, Except):
        return Except(with_kind(node.whole, kind), node.less)
    if isinstance(node, Intersection):
        first = node.parts[0].place if isinstance(node.parts[0], Part) else node.parts[0]
        return _renamed(node, first, with_kind(first, kind)) if isinstance(first, Place) else node
    return node


def _renamed(node: Node, old: Place, new: Node) -> Node:
    """Return a node in which one place has its whole name: 「德安（18鄰）、小城等里」."""
    if node == old:
        return new
    if isinstance(node, Part) and node.place == old:
        return replace(node, place=new)
    if isinstance(node, Intersection | Union):
        return replace(node, parts=tuple(_renamed(part, old, new) for part in node.parts))
    return node
