"""What wishes cost in balance beside the free draw, and what differs between two lists of the same grade."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.classes import balance, forming
from zhaosheng_analysis.classes.wishes import Wish

DRAWS = 20
TRAITS = balance.TRAITS | forming.ALSO


def beside_free_draw(
    pupils: pd.DataFrame, classes_n: int, *, wishes: Sequence[Wish], sizes: Sequence[int] = (), **terms: str
) -> pd.DataFrame:
    """Measure how even the classes are on average with the wishes and without them.

    Parameters
    ----------
    pupils : DataFrame
        As for `forming.form`.
    classes_n : int
        Classes to form.
    wishes : sequence of Wish
        The wishes.
    sizes : sequence of int, optional
        As for `forming.form`.
    **terms : str
        As for `forming.form`.

    Returns
    -------
    DataFrame
        One row a trait: trait, with_wishes and free, the mean share of its variance that lies between the classes, in
        [0, 1], over `DRAWS` draws with seeds of their own.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> pupils = zs.demo.nine_plots().table("children").rename(columns={"child_id": "pupil_id"})
    >>> wish = zs.classes.wishes.Wish("apart", tuple(pupils["pupil_id"][:2]), 0, "家长申请")
    >>> zs.classes.comparing.beside_free_draw(pupils, 2, wishes=[wish], stage="primary")["trait"].tolist()
    ['sex', 'age_months', 'migrant']
    """
    terms |= {"sizes": sizes}
    tables = []
    for asked in (wishes, ()):
        said = terms if asked else terms | {"twins": ""}
        lists = [forming.form(pupils, classes_n, seed=f"均衡|{n}", wishes=asked, **said) for n in range(DRAWS)]
        tables.append(pd.concat([_unevenness(pupils, made) for made in lists]).groupby(level=0, sort=False).mean())
    return pd.DataFrame({"with_wishes": tables[0], "free": tables[1]}).rename_axis("trait").reset_index()


def _unevenness(pupils: pd.DataFrame, made: pd.DataFrame) -> pd.Series:
    """Return the unevenness of every trait of a list."""
    frame = forming.checked(pupils, keep=tuple(forming.ALSO))
    seats = made.set_index("pupil_id")["class_no"].reindex(frame["pupil_id"]).to_numpy()
    values = forming.traits(frame)
    return pd.Series({trait: balance.unevenness(numbers, seats) for trait, numbers in values.items()})


def broken(wishes: Sequence[Wish], result: pd.DataFrame) -> list[Wish]:
    """Return the wishes a list does not keep.

    Parameters
    ----------
    wishes : sequence of Wish
        The wishes.
    result : DataFrame
        Columns pupil_id and class_no.

    Returns
    -------
    list of Wish
        Those broken; a pupil who is no longer on the list breaks none.
    """
    at = result.set_index("pupil_id")["class_no"]
    differences = []
    for wish in wishes:
        seats = [at[name] for name in wish.pupils if name in at.index]
        kept = {
            "together": len(set(seats)) <= 1,
            "apart": len(set(seats)) == len(seats),
            "placed": all(seat == wish.class_no for seat in seats),
        }
        differences += [] if kept[wish.kind] else [wish]
    return differences


def versions(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, Any]:
    """Compare two lists of a grade.

    Parameters
    ----------
    before : DataFrame
        pupil_id, class_no and, where they are to be compared, sex and birth_on.
    after : DataFrame
        The same of another version.

    Returns
    -------
    dict of str to object
        moved (DataFrame: pupil_id, class_before, class_after), left and joined (lists of pupil_id), shared_n (pupils on
        both lists) and balance (DataFrame, one row a class: pupils and boys before and after).

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> one = pd.DataFrame({"pupil_id": ["a", "b"], "class_no": [1, 2], "sex": ["male", "female"]})
    >>> found = zs.classes.comparing.versions(one, one.assign(class_no=[2, 2]))
    >>> found["moved"].to_numpy().tolist(), found["balance"]["pupils_after_n"].tolist()
    ([['a', 1, 2]], [0, 2])
    """
    both = before.merge(after, on="pupil_id", suffixes=("_before", "_after"), validate="1:1").sort_values("pupil_id")
    moved = both[both["class_no_before"] != both["class_no_after"]]
    moved = moved[["pupil_id", "class_no_before", "class_no_after"]].set_axis(
        ["pupil_id", "class_before", "class_after"], axis=1
    )
    sides = [_sizes(table, when) for table, when in ((before, "before"), (after, "after"))]
    return {
        "moved": moved.reset_index(drop=True),
        "left": sorted(set(before["pupil_id"]) - set(after["pupil_id"])),
        "joined": sorted(set(after["pupil_id"]) - set(before["pupil_id"])),
        "shared_n": len(both),
        "balance": pd.concat(sides, axis=1).fillna(0).astype(int).sort_index().rename_axis("class_no").reset_index(),
    }


def _sizes(table: pd.DataFrame, when: str) -> pd.DataFrame:
    boys = table["sex"].eq("male") if "sex" in table else pd.Series(0, index=table.index)
    groups = table.assign(boys=np.asarray(boys, dtype=int)).groupby("class_no")["boys"]
    return pd.DataFrame({f"pupils_{when}_n": groups.size(), f"boys_{when}_n": groups.sum()})
