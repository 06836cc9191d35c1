"""Forecasts kept as they were made, so that what comes can judge them.

One run is one folder: ``run.json`` (origin, policy, parameters, SHA-256 of every input and table) beside the tables as
Parquet and the alerts also as CSV. The folder's name tells the district, the origin and a hash of what went in; the
same run is kept once. A folder is written under a temporary name and moved into place whole.
"""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from zhaosheng_analysis import __version__, disk
from zhaosheng_analysis.forecast.outlook import Outlook
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import Faults, csv_safety, keys, small_cells, takes

TABLES = ("schools", "grades", "drivers", "totals", "accuracy")
FACTS = "run.json"
SYNTHETIC = "示例数据：儿童是虚构的，不得当作真实情况"
INSIDE = f"内部：含不足 {small_cells.FEWEST} 人的数，不得公布"
#: What run.json says of a run.
KINDS = {
    "district_id": str,
    "district": str,
    "synthetic": bool,
    "policy": str,
    "settings": keys.Table,
    "origin_year": int,
    "years": list,
    "parameters": keys.Table,
    "version": str,
    "inputs": keys.Table,
    "made_on": str,
    "tables": keys.Table,
}
#: What it says since it carries a notice; a run of an earlier version has none.
LATER = {"notice": str}
#: Kinds of files a district folder is made of.
INPUTS = (".gpkg", ".xlsx", ".csv", ".parquet")


@dataclass(frozen=True)
class Run:
    """One archived forecast.

    Attributes
    ----------
    facts : dict of str to object
        What is known of it.
    tables : dict of str to DataFrame
        Its tables by name.
    """

    facts: dict[str, Any]
    tables: dict[str, pd.DataFrame]


def digest(content: bytes) -> str:
    """Return the SHA-256 of some bytes.

    Parameters
    ----------
    content : bytes
        The bytes.

    Returns
    -------
    str
        64 hex digits.
    """
    return hashlib.sha256(content).hexdigest()


def inputs(folder: str | Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a district folder, by name.

    Parameters
    ----------
    folder : str or Path
        District folder.

    Returns
    -------
    dict of str to str
        SHA-256 of each file by name.
    """
    files = sorted(path for path in Path(folder).iterdir() if path.suffix in INPUTS)
    return {path.name: digest(path.read_bytes()) for path in files}


@takes(alerts="alerts")
def save(
    out: str | Path,
    outlook: Outlook,
    alerts: pd.DataFrame,
    district: District,
    policy: Policy,
    *,
    files: dict[str, str],
    parameters: dict[str, Any] | None = None,
    made_on: str = "",
) -> Path:
    """Keep one forecast.

    Parameters
    ----------
    out : str or Path
        Folder of all runs.
    outlook : Outlook
        The forecast.
    alerts : DataFrame
        The warnings.
    district : District
        What it was said about.
    policy : Policy
        Under which rules.
    files : dict of str to str
        SHA-256 of the inputs, from `inputs`.
    parameters : mapping of str to object, optional
        Scenario, invalid years and whatever else steered the run.
    made_on : str, optional
        Day of the run; no part of its name.

    Returns
    -------
    Path
        The folder of the run; one that is there already is left as it is.
    """
    tables = {name: getattr(outlook, name) for name in TABLES} | {"alerts": alerts}
    notice = f"{INSIDE}；{SYNTHETIC}" if district.synthetic else INSIDE
    written = {f"{name}.parquet": _parquet(table, notice) for name, table in tables.items()}
    written["内部-alerts.csv"] = f"{INSIDE}\n{csv_safety.csv(alerts)}".encode("utf-8-sig")
    facts = {
        "district_id": district.id,
        "district": district.name,
        "synthetic": district.synthetic,
        "policy": policy.id,
        "settings": {name: value for name, value in policy.chosen.items() if name in policy.changed},
        "origin_year": outlook.origin_year,
        "years": sorted({int(year) for year in outlook.schools["year"]}),
        "parameters": parameters or {},
        "version": __version__,
        "inputs": files,
    }
    name = f"{district.id}-{outlook.origin_year}-{digest(_json(facts))[:8]}"
    facts |= {
        "notice": notice,
        "made_on": made_on,
        "tables": {file: digest(content) for file, content in written.items()},
    }
    place = disk.inside(Path(out), name, what="区县编号")
    disk.place(place, written | {FACTS: _json(facts)})
    return place


def _parquet(table: pd.DataFrame, notice: str) -> bytes:
    """Write a table whose metadata say what it may be used for."""
    buffer, table = io.BytesIO(), table.copy(deep=False)
    table.attrs["notice"] = notice
    table.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def _json(facts: dict[str, Any]) -> bytes:
    return (json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n").encode()


def read(path: str | Path) -> Run:
    """Read one run, and refuse it if a table is not what was kept.

    Parameters
    ----------
    path : str or Path
        Folder of the run.

    Returns
    -------
    Run
        What is known of it, and its tables.

    Raises
    ------
    DataError
        No run lies there, or a table is missing or was changed since.
    """
    path = Path(path)
    facts, faults = _facts(path / FACTS), Faults()
    for name, expected in facts["tables"].items():
        file = disk.inside(path, name, what="存档的文件名")
        if not file.is_file() or digest(file.read_bytes()) != expected:
            faults.add(f"{path.name}/{name}", "缺失或与存档时不同", "存档只能读，不能改", "请从备份恢复")
    faults.raise_if_any()
    tables = {
        name.removesuffix(".parquet"): pd.read_parquet(path / name)
        for name in facts["tables"]
        if name.endswith(".parquet")
    }
    return Run(facts, tables)


def _facts(path: Path) -> dict[str, Any]:
    """Read what is known of a run."""
    facts, faults = disk.read(path, expected="预测存档由 zhaosheng forecast run 写出"), Faults()
    keys.judge(facts, KINDS, LATER, where=f"{path.parent.name}/{path.name}", faults=faults)
    faults.raise_if_any()
    return facts


def runs(out: str | Path) -> pd.DataFrame:
    """List the runs of a folder.

    Parameters
    ----------
    out : str or Path
        Folder of all runs.

    Returns
    -------
    DataFrame
        Columns name, district, policy, origin_year, first_year, last_year, made_on and version; oldest origin first.
    """
    rows = []
    for path in sorted(Path(out).glob(f"*/{FACTS}")):
        facts = _facts(path)
        years = facts["years"]
        own = (facts[name] for name in ("district", "policy", "origin_year"))
        rows.append((path.parent.name, *own, years[0], years[-1], facts["made_on"], facts["version"]))
    columns = ["name", "district", "policy", "origin_year", "first_year", "last_year", "made_on", "version"]
    return pd.DataFrame(rows, columns=columns).sort_values(["district", "origin_year", "name"], ignore_index=True)
