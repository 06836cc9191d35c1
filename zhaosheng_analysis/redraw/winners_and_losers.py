"""Who gains and who loses by an assignment: every child who seeks a public seat, on both sides, and every group.

A child gains who gets a seat, or one at the own school, or a way shorter by more than is noticed, and loses the other
way round. No group is left out, however small.
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis.admission import PLACED, wording
from zhaosheng_analysis.redraw.side import SEEKING, Side, units_of

#: A way that becomes longer or shorter by less than this is neither a loss nor a gain.
NOTICED_M = 200.0
LIMITS_M = (1000, 2000, 3000)
#: Facet and group of the row that counts every child.
ALL = "全体"


def side_by_side(before: Side, after: Side, walk_m: pd.DataFrame, stage: str) -> pd.DataFrame:
    """Return this year's children who seek a public seat, one row each: seat and way on both sides, and their groups.

    Parameters
    ----------
    before : Side
        Today's side.
    after : Side
        The other side.
    walk_m : DataFrame
        Ways to schools, in metres.
    stage : {"primary", "junior"}
        Stage of school.

    Returns
    -------
    DataFrame
        Columns unit_id, from, to (schools of the unit), seat_before, seat_after (2 at the own school, 1 elsewhere, 0
        none), way_before_m, way_after_m, changed, gains, loses, tier_label, hukou, kind, town; by child_id.
    """
    lies = units_of(before.ranked, before.district, stage)
    table = pd.DataFrame(index=lies.index)
    seeks = pd.Series(False, index=table.index)
    for when, side in (("before", before), ("after", after)):
        children = side.children.reindex(table.index)
        seeks |= children["status"].isin(SEEKING)
        placed = children["status"].isin(PLACED)
        own = placed & (children["school_id"] == children["zone_school_id"])
        table[f"seat_{when}"] = placed.astype(int) + own.astype(int)
        goes = children["school_id"].where(placed, children["zone_school_id"])
        rows, columns = walk_m.index.get_indexer(lies), walk_m.columns.get_indexer(goes)
        reached = (rows >= 0) & (columns >= 0)
        table[f"way_{when}_m"] = np.where(reached, walk_m.to_numpy()[rows, columns], np.nan)
    zoned = [lies.map(side.sets) for side in (before, after)]
    table["unit_id"], table["from"], table["to"] = lies, *(joined.fillna("") for joined in zoned)
    table["changed"] = (zoned[0] != zoned[1]) & zoned[1].notna()
    longer = table["way_after_m"] - table["way_before_m"]
    same = table["seat_before"] == table["seat_after"]
    table["gains"] = (table["seat_after"] > table["seat_before"]) | (same & (longer < -NOTICED_M))
    table["loses"] = (table["seat_after"] < table["seat_before"]) | (same & (longer > NOTICED_M))
    return _grouped(table, before, lies)[seeks]


FACETS = {"tier_label": "梯次", "hukou": "户籍", "kind": "住处", "town": "街道乡镇"}
HUKOU = {
    "zone": "户籍在片区",
    "district": "户籍在本区（县）其他地方",
    "outside": "户籍在区（县）外",
    "none": "没有户籍材料",
}
KINDS = {"community": "小区", "village": "村", "block": "街坊"}


def _grouped(table: pd.DataFrame, before: Side, lies: pd.Series) -> pd.DataFrame:
    """Add the groups each child belongs to; they are those of today, so that nobody changes group."""
    facts = before.district.units.set_index("unit_id")
    towns = before.district.areas.set_index("area_id")["name"]
    hukou = before.ranked["hukou_at"].astype("str").reindex(table.index)
    labels = before.children.sort_values("tier_rank")["tier_label"].astype("str")
    order = pd.CategoricalDtype(list(dict.fromkeys([*labels.dropna(), wording.UNDECIDED])), ordered=True)
    return table.assign(
        tier_label=labels.reindex(table.index).fillna(wording.UNDECIDED).astype(order),
        hukou=hukou.map(HUKOU).fillna("没有户籍材料"),
        kind=lies.map(facts["kind"]).map(KINDS).fillna("不在图上"),
        town=lies.map(facts["area_id"]).map(towns).fillna("不在图上"),
    )


def groups(both: pd.DataFrame) -> pd.DataFrame:
    """Say of every group how many change school, gain and lose; none is left out, however small.

    Parameters
    ----------
    both : DataFrame
        From `side_by_side`.

    Returns
    -------
    DataFrame
        One row a group.
    """
    parts = [_of_group(both, ALL, ALL)]
    for column, facet in FACETS.items():
        parts += [_of_group(rows, facet, name) for name, rows in both.groupby(column, sort=True, observed=True)]
    return pd.DataFrame(parts)


def _of_group(rows: pd.DataFrame, facet: str, name: str) -> dict[str, object]:
    """Return the row of one group."""
    counts = {
        "children_n": len(rows),
        "changed_n": int(rows["changed"].sum()),
        "gain_n": int(rows["gains"].sum()),
        "lose_n": int(rows["loses"].sum()),
    }
    for when in ("before", "after"):
        counts[f"own_{when}_n"] = int((rows[f"seat_{when}"] == 2).sum())
        counts[f"none_{when}_n"] = int((rows[f"seat_{when}"] == 0).sum())
    reached = rows.dropna(subset=["way_before_m", "way_after_m"])
    ways = {
        f"way_{when}_m": float(reached[f"way_{when}_m"].mean()) if len(reached) else np.nan
        for when in ("before", "after")
    }
    return {"facet": facet, "group": name, **counts, **ways}


def ways(both: pd.DataFrame) -> pd.DataFrame:
    """Return mean ways and shares beyond some limits, of all and of those whose zone changes, before and after."""
    rows = []
    reached = both.dropna(subset=["way_before_m", "way_after_m"])
    for whom, part in ((ALL, reached), ("学区改变的", reached[reached["changed"]])):
        row = {"whom": whom, "children_n": len(part)}
        for when in ("before", "after"):
            way = part[f"way_{when}_m"]
            row[f"mean_{when}_m"] = float(way.mean()) if len(part) else np.nan
            row |= {
                f"beyond_{limit}_{when}_share": float((way > limit).mean()) if len(part) else np.nan
                for limit in LIMITS_M
            }
        rows.append(row)
    return pd.DataFrame(rows)
