"""Five districts that do not exist, on the real names of the five notices, with the truth that was planted in them.

`make` draws the map (`townscape`), lets children be born (`population`), fills the schools' past (`history`), gives
families their papers (`families`, `papers`) and registers them (`registrations`), then sets the seats (`plans`).
The same seed gives the same bytes. Every number comes from ``demo/<district>-people.toml``; every child is invented.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from zhaosheng_analysis import disk, geodata, outputs
from zhaosheng_analysis.demo.maps import townscape
from zhaosheng_analysis.demo.people import population, settlement

SEED = "示例"
TRUTH_FOLDER = "truth"
LONGEST_READ = 1000


def recipe_of(district_id: str) -> dict[str, Any]:
    """Read the numbers of one demo district, together with the national births they follow."""
    national = disk.own("demo", "national-people.toml")
    births = {int(year): float(count) for year, count in national["births_wan"].items()}
    return disk.own("demo", f"{district_id}-people.toml") | {"cohorts": population.entry_cohorts(births)}


def make(district_id: str, *, seed: str = SEED) -> tuple[geodata.District, dict[str, pd.DataFrame]]:
    """Make one demo district.

    Parameters
    ----------
    district_id : str
        One of `DISTRICTS`.
    seed : str, default SEED
        Decides everything that chance decides; the map does not depend on it.

    Returns
    -------
    District
        The district, checked as if it had been read from disk.
    dict of str to DataFrame
        The truth: planted (story, where, what must be found), children_truth (the family each child was made as, the
        tier that was meant), outlook (coming demand by school), cures (boundary moves that cure a planted shortage),
        where there are any.

    Raises
    ------
    DataError
        What was made breaks the contract of a district folder.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> district, truth = zs.demo.make("zhanhe")
    >>> district.name, district.synthetic, sorted(truth)
    ('湛河区', True, ['children_truth', 'outlook', 'planted'])
    """
    town = townscape.layers(district_id)
    recipe = recipe_of(district_id)
    tables, truth = settlement.populate(town, recipe, seed=seed)
    about = {
        "district_id": district_id,
        "name": recipe["name"],
        "district_code": recipe["code"],
        "crs": recipe["crs"],
        "datum": "CGCS2000",
        "policy": recipe["policy"],
        "intake_year": str(recipe["intake_year"]),
        "data_as_of": str(recipe["dates"]["data_as_of"]),
        "synthetic": "是",
        "seed": seed,
        "note": "示例数据：地图为示意，儿童与学校数字均为虚构，不反映任何真实学校的情况",
    }
    return geodata.assemble({**town, **tables}, about, where=f"示例 {recipe['name']}"), truth


def write(
    out: str | Path,
    *,
    districts: Iterable[str] = townscape.DISTRICTS,
    seed: str = SEED,
    progress: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write demo districts as folders below `out`, each with its truth in ``truth/``.

    Parameters
    ----------
    out : str or Path
        Folder that is to hold one folder a district.
    districts : iterable of str, default townscape.DISTRICTS
        Some of `DISTRICTS`.
    seed : str, default SEED
        Decides everything that chance decides.
    progress : callable, optional
        Called with one Chinese line before each district.

    Returns
    -------
    list of Path
        The folders, in the order of `districts`.

    Examples
    --------
    >>> import tempfile
    >>> import zhaosheng_analysis as zs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     zs.demo.write(folder, districts=[])  # ["zhanhe"] takes some seconds
    []
    """
    folders = []
    for district_id in districts:
        if progress:
            progress(f"正在生成示例数据：{district_id}")
        folder = Path(out) / district_id
        with outputs.district(folder) as draft:
            district, truth = make(district_id, seed=seed)
            geodata.save(district, draft, bulk="parquet")
            (draft / TRUTH_FOLDER).mkdir()
            for name, table in sorted(truth.items()):
                _save_truth(table, draft / TRUTH_FOLDER / name)
        folders.append(folder)
    return folders


def _save_truth(table: pd.DataFrame, path: Path) -> None:
    """Write one table of the truth: as CSV where a person would read it, as Parquet where it has a row a child."""
    if len(table) > LONGEST_READ:
        table.to_parquet(path.with_suffix(".parquet"), index=False, compression="zstd")
    else:
        table.to_csv(path.with_suffix(".csv"), index=False, lineterminator="\n")
