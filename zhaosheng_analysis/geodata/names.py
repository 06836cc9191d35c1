"""What a word means on a layer: the one row with that id, name or alias; a near name is suggested and never taken."""

from collections.abc import Iterable, Mapping

import pandas as pd

from zhaosheng_analysis.schema import Faults, names, near

TITLES = {"school_id": "学校", "unit_id": "小区", "street_id": "道路", "area_id": "区域"}
JOINED = "、"


def bearers(layer: pd.DataFrame, key: str) -> dict[str, list[str]]:
    """Return who bears each id, name and alias of a layer.

    Parameters
    ----------
    layer : DataFrame
        A layer with the key, name and, where there are any, aliases (joined by 、).
    key : str
        Its key, such as ``school_id``.

    Returns
    -------
    dict of str to list of str
        Word, as it is written and as `schema.names.plain` evens it out -> the ids of the rows that bear it, each once,
        in the order of the layer.
    """
    ids_of: dict[str, dict[str, None]] = {}
    titles, aliases = (layer[part].fillna("") if part in layer else [""] * len(layer) for part in ("name", "aliases"))
    for row_id, name, others in zip(layer[key], titles, aliases, strict=True):
        for word in (row_id, name, *others.split(JOINED)):
            for written in dict.fromkeys((word, names.plain(word))) if word else ():
                ids_of.setdefault(written, {})[row_id] = None
    return {word: list(ids) for word, ids in ids_of.items()}


def find(layer: pd.DataFrame, words: Iterable[str], *, key: str = "school_id", where: str) -> list[str]:
    """Return the id of the row that each word means.

    Parameters
    ----------
    layer : DataFrame
        A layer with the key, name and aliases.
    words : iterable of str
        Ids, names or aliases.
    key : str, optional
        Key of the layer.
    where : str
        Who asks, for the messages.

    Returns
    -------
    list of str
        An id a word, in their order.

    Raises
    ------
    DataError
        Words that no row bears or several do, all at once.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> district = zs.demo.nine_plots()
    >>> zs.geodata.names.find(district.schools, ["s1", "第二实验小学"], where="轮次")
    ['s1', 's2']
    """
    faults, borne, words = Faults(), bearers(layer, key), list(words)
    for word in dict.fromkeys(words):
        judge(word, borne, key=key, where=where, faults=faults)
    faults.raise_if_any()
    return [meant(word, borne)[0] for word in words]


def meant(word: str, borne: Mapping[str, list[str]]) -> list[str]:
    """Return the ids that a word means, however its script, width and interpunct are typed; none where it means none.

    Parameters
    ----------
    word : str
        The word.
    borne : Mapping of str to list of str
        From `bearers`.

    Returns
    -------
    list of str
        Ids of the rows that bear it.
    """
    return borne.get(word) or borne.get(names.plain(word), [])


def judge(word: str, borne: Mapping[str, list[str]], *, key: str, where: str, faults: Faults) -> None:
    """Note a word that no row bears, or that several do.

    Parameters
    ----------
    word : str
        The word.
    borne : Mapping of str to list of str
        From `bearers`.
    key : str
        Key of the layer.
    where : str
        Who asks, for the messages.
    faults : Faults
        Collects what is wrong.
    """
    title, ids = TITLES[key], meant(word, borne)
    if not ids:
        faults.add(where, f"没有{title}「{word}」", "须为编号、名称或别名", near(word, borne) or "请核对，或登记为别名")
    elif len(ids) > 1:
        faults.add(where, f"有 {len(ids)} 个{title}叫「{word}」：{JOINED.join(ids)}", "应恰有一个", "请改写编号")
