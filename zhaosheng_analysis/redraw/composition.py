"""A group of children that should not gather at one school: who they are, and how far a school exceeds the average.

Off unless a planner names the group. It is one that the bureau holds lawfully by unit: residents without local hukou
(the cohorts tell them), units of a kind or township, or a table of shares of its own. Nothing of one child is used.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zhaosheng_analysis import sheets
from zhaosheng_analysis.geodata import District, names
from zhaosheng_analysis.schema import TABLES, DataError, Fault, Faults, Note
from zhaosheng_analysis.zones import unit_counts

#: The group that every register tells: children who live here and have their hukou elsewhere.
NONLOCAL = "nonlocal"
#: Columns of the units that may say who belongs to a group.
COLUMNS = ("kind", "area_id")
_LABELS = {"小区编号": "unit", "小区或村": "unit", "小区": "unit", "比例": "share", "占比": "share"}
_SOUGHT = sheets.Sought(_LABELS | {"unit_id": "unit", "share": "share"}, {"unit": "text", "share": "text"})


@dataclass(frozen=True)
class Composition:
    """A group of children by unit.

    Attributes
    ----------
    label : str
        Who they are, in Chinese.
    share : Series of float
        Which share of the children of each unit_id belongs to the group, in [0, 1].
    """

    label: str
    share: pd.Series


def of(district: District, group: str, *, stage: str) -> Composition:
    """Return a group that the district's own tables tell.

    Parameters
    ----------
    district : District
        Its units and cohorts.
    group : str
        ``nonlocal``, or a column of the units and a value, such as ``kind=village``.
    stage : {"primary", "junior"}
        Whose entrants are counted.

    Returns
    -------
    Composition
        The group.

    Raises
    ------
    DataError
        The group is none of these, no unit belongs to it, or the cohorts tell no residents.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> group = zs.redraw.composition.of(zs.demo.nine_plots(), "kind=community", stage="primary")
    >>> group.label, float(group.share.sum())
    ('小区类别为小区', 9.0)
    """
    if group == NONLOCAL:
        return _nonlocal(district, stage)
    column, equals, value = group.partition("=")
    if column not in COLUMNS or not equals:
        allowed = (
            f"{NONLOCAL}（常住而户籍不在本地的儿童）、{'、'.join(f'{name}=…' for name in COLUMNS)}，或一个表格文件"
        )
        raise DataError(Fault("--mix", f"没有「{group}」这一群", allowed, "请改正"))
    units = district.units.set_index("unit_id")[column].astype("str").sort_index()
    words = TABLES["units"].columns[column].choices or {}
    value = {word: code for code, word in words.items()}.get(value, value)
    if column == "area_id" and value not in set(units):
        value = names.find(district.areas, [value], key="area_id", where="--mix")[0]
    if value not in set(units):
        has = "、".join(words.get(code, code) for code in sorted(set(units))[:6])
        raise DataError(Fault("--mix", f"没有一个小区的 {column} 是「{value}」", f"现有：{has}", "请改正"))
    said = words.get(value, value)
    if column == "area_id":
        said = district.areas.set_index("area_id")["name"].get(value, value)
    return Composition(f"{TABLES['units'].columns[column].label}为{said}", units.eq(value).astype(float))


def _nonlocal(district: District, stage: str) -> Composition:
    """Return the children who live here and are registered elsewhere, all entry years that are known taken together."""
    cohorts = district.tables.get("cohorts")
    if cohorts is None or cohorts.empty or cohorts["resident_n"].isna().any():
        found = "适龄儿童表（cohorts）没有写全常住人数"
        raise DataError(Fault("--mix nonlocal", found, "每个小区、每年的户籍人数和常住人数", "请补填 resident_n"))
    counted = {
        column: unit_counts.due(district, stage=stage, column=column).groupby("unit_id")["children_n"].sum()
        for column in ("resident_n", "hukou_n")
    }
    share = 1.0 - counted["hukou_n"] / counted["resident_n"].where(counted["resident_n"] > 0)
    units = district.units["unit_id"].sort_values()
    share = share.reindex(units).fillna(0.0).astype(float).clip(0.0, 1.0)
    return Composition("常住而户籍不在本地的儿童", share)


def read(content: bytes, file: str, district: District) -> tuple[Composition, tuple[Note, ...]]:
    r"""Read a group from a table of the bureau's own: a share for every unit.

    Parameters
    ----------
    content : bytes
        A workbook or a text: columns 小区编号 and 比例 (``unit_id``, ``share``); 0.3 and 30% are the same.
    file : str
        Its name, for the messages; without its ending it names the group.
    district : District
        Its units.

    Returns
    -------
    Composition
        The group.
    tuple of Note
        How the file was read.

    Raises
    ------
    DataError
        Columns or units are missing, a unit is unknown or stands twice, a share is not from 0 to 1.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> rows = "小区编号,比例\n" + "".join(f"u{at},{10 * at}%\n" for at in range(1, 10))
    >>> group, _ = zs.redraw.composition.read(rows.encode(), "随迁.csv", zs.demo.nine_plots())
    >>> group.label, float(group.share["u3"])
    ('随迁', 0.3)
    """
    sheet = sheets.read(content, file, _SOUGHT, strict=True)
    faults = Faults(list(sheet.faults))
    lost = [word for word, name in (("小区编号", "unit"), ("比例", "share")) if name not in sheet.table]
    if lost:
        faults.add(sheet.where, f"缺少列：{'、'.join(lost)}", "小区编号、比例", "请补上")
    faults.raise_if_any()
    table, borne = sheet.table[["unit", "share"]].fillna(""), names.bearers(district.units, "unit_id")
    for word in table["unit"]:
        names.judge(word, borne, key="unit_id", where=sheet.where, faults=faults)
    values = {row.Index: _share(row.share) for row in table.itertuples()}
    wrong = [f"第 {at + 2} 行「{table['share'][at]}」" for at, value in values.items() if not 0 <= value <= 1]
    if wrong:
        faults.add(sheet.where, f"{len(wrong)} 个比例不对：{'、'.join(wrong[:3])}", "0 到 1，或 0% 到 100%", "请改正")
    faults.raise_if_any()
    ids = table["unit"].map(lambda word: names.meant(word, borne)[0])
    twice = sorted(ids[ids.duplicated()])
    left = sorted(set(district.units["unit_id"]) - set(ids))
    if twice:
        faults.add(sheet.where, f"{len(twice)} 个小区写了两次：{'、'.join(twice[:3])}", "每个小区一行", "请改正")
    if left:
        faults.add(sheet.where, f"没有写 {len(left)} 个小区：{'、'.join(left[:3])}", "每个小区一行", "请补全")
    faults.raise_if_any()
    share = pd.Series(list(values.values()), index=pd.Index(ids, name="unit_id"), dtype=float).sort_index()
    return Composition(file.rpartition(".")[0] or file, share), sheet.notes


def _share(word: str) -> float:
    """Return a share as a number, nan where it is none."""
    bare = word.strip().replace("％", "%")
    try:
        return float(bare.removesuffix("%")) / (100.0 if bare.endswith("%") else 1.0)
    except ValueError:
        return np.nan


def beyond(composition: Composition, children: pd.DataFrame) -> np.ndarray:
    """Return by how many children each unit's group exceeds the average of all, negative where it falls short.

    Parameters
    ----------
    composition : Composition
        The group.
    children : DataFrame
        Children, unit_id by year.

    Returns
    -------
    ndarray of float, shape (units,)
        They add up to 0.
    """
    count = children.sum(axis=1)
    share = composition.share.reindex(children.index)
    return ((share - average(composition, children)) * count).to_numpy(dtype=float)


def average(composition: Composition, children: pd.DataFrame) -> float:
    """Return the share of the group among all children, in [0, 1].

    Parameters
    ----------
    composition : Composition
        The group.
    children : DataFrame
        Children, unit_id by year.

    Returns
    -------
    float
        0 where there are no children.
    """
    count = children.sum(axis=1)
    whole = float(count.sum())
    return float((composition.share.reindex(children.index) * count).sum()) / whole if whole > 0 else 0.0
