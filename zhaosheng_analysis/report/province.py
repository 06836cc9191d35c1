"""The list of a province: one line a district, a map of them, and the way to each one's own pages.

Comes in: what `zhaosheng province` kept of each district. Goes out: province.html and province.csv.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zhaosheng_analysis import texts
from zhaosheng_analysis.audit import ledger
from zhaosheng_analysis.report import blocks, last_run, pages, templating

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from geopandas import GeoSeries

STATES = {"done": "完成", "kept": "完成（上次已做，未变）", "failed": "未完成"}
TITLES = {"report": "学位预警", "audit": "班额、学籍、程序核查", "forecast": "学位预测", "admit": "录取模拟"}
#: Pages of a district, the first that is there is where its name leads.
_PAGES = ("early-warning.html", "compliance-audit.html", "summary.html")
_DEGREES = "EPSG:4490"
_TOLERANCE_DEG = 0.001  # a hundred metres, on the picture of a province


def shown(folder: Path, out: Path) -> dict[str, Any]:
    """Take from a district and its outputs what the list of the province shows.

    Parameters
    ----------
    folder : Path
        The district folder.
    out : Path
        Where its outputs are.

    Returns
    -------
    dict of str to object
        name, synthetic, page (path from the list, "" where no page is written), years (`last_run.by_year`), findings of
        an audit by severity, and shape (WKT in degrees).
    """
    from zhaosheng_analysis import geodata

    district = geodata.load(folder)
    there = [path for name in _PAGES for path in sorted(out.rglob(name))]
    numbers = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(out.rglob("early-warning.json"))]
    outline = district.boundary.geometry.to_crs(_DEGREES).union_all().simplify(_TOLERANCE_DEG)
    return {
        "name": district.name,
        "synthetic": bool(district.synthetic),
        "page": there[0].relative_to(out.parent).as_posix() if there else "",
        "years": last_run.by_year(numbers[0].get("numbers")) if numbers else [],
        "findings": _findings(out),
        "shape": outline.wkt,
    }


def _findings(out: Path) -> dict[str, int]:
    """Count the findings of an audit by severity, the gravest first; nothing where there was none."""
    import pandas as pd

    lists = sorted(out.rglob("findings.csv"))
    if not lists:
        return {}
    found = pd.read_csv(lists[0], usecols=["severity"])["severity"].value_counts()
    return {name: int(found.get(name, 0)) for name in ledger.SEVERITY if name}


def headline(records: Sequence[dict[str, Any]]) -> str:
    """Say in one sentence what came of all districts.

    Parameters
    ----------
    records : sequence of dict of str to object
        One a district, as `cli.province.carried_out` returns them.

    Returns
    -------
    str
        A sentence.
    """
    failed = [record["folder"] for record in records if record["state"] == "failed"]
    kept = sum(record["state"] == "kept" for record in records)
    parts = [f"{len(records)} 个区县，完成 {len(records) - len(failed)} 个"]
    parts += [f"其中 {kept} 个上次已做、数据未变"] if kept else []
    parts += [f"未完成 {len(failed)} 个：{'、'.join(failed)}"] if failed else []
    return "，".join(parts) + "。"


def table(records: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Make the list: one row a district, those that lack most seats first.

    Parameters
    ----------
    records : sequence of dict of str to object
        One a district.

    Returns
    -------
    DataFrame
        区县, 状态; of a warning its first year (首年), seats lacking and schools that lack them, schools red and yellow
        by the ratio and with oversized classes, and the most seats lacking in any of its years; of an audit its
        findings by severity; 结果 (what was said last).
    """
    import pandas as pd

    rows = []
    for record in _ordered(records):
        row = {"区县": record.get("name", record["folder"]), "状态": STATES[record["state"]]}
        years = record.get("years", [])
        if years:
            row |= {
                "首年": f"{years[0]['year']}",
                "缺学位（个）": years[0]["lacking_n"],
                "缺学位（所）": years[0]["short_n"],
                "户籍学位比红（所）": years[0]["red_n"],
                "户籍学位比黄（所）": years[0]["yellow_n"],
                "大班额（所）": years[0]["oversized_n"],
                "三年内最多缺（个）": max(it["lacking_n"] for it in years),
            }
        found = record.get("findings", {})
        row |= {f"核查发现：{ledger.SEVERITY[name]}（条）": number for name, number in found.items()}
        rows.append(row | {"结果": record["said"]})
    made = pd.DataFrame(rows)
    counts = [name for name in made if name not in ("区县", "状态", "首年", "结果")]
    made[counts] = made[counts].astype("Int64")
    return made[[*(name for name in made if name != "结果"), "结果"]]


def files(verb: str, records: Sequence[dict[str, Any]]) -> dict[str, bytes]:
    """Write the list as a page and as a table.

    Parameters
    ----------
    verb : str
        A key of `TITLES`.
    records : sequence of dict of str to object
        One a district.

    Returns
    -------
    dict of str to bytes
        Content by name: province.html and province.csv.
    """
    from zhaosheng_analysis.schema import csv_safety

    rows = table(records)
    page = templating.templates().get_template("province.html")
    html = page.render(
        title=f"各区县{TITLES[verb]}",
        headline=headline(records),
        synthetic=any(record.get("synthetic") for record in records),
        warning=texts.labels.sentence("synthetic_long"),
        columns=list(rows),
        rows=[
            {"page": record.get("page", ""), "cells": [_written(cell) for cell in cells]}
            for record, cells in zip(_ordered(records), rows.itertuples(index=False), strict=True)
        ],
        note=last_run.TWO_COUNTS if any(record.get("years") for record in records) else "",
        picture=_picture(records),
        report_css=pages.style(),
        tables_js=templating.own("tables.js"),
    )
    return {"province.html": html.encode(), "province.csv": ("\ufeff" + csv_safety.csv(rows)).encode()}


def _ordered(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the districts that failed first, then those that lack most seats or have most grave findings."""
    return sorted(
        records, key=lambda record: (-_lacking(record), -record.get("findings", {}).get("grave", 0), record["folder"])
    )


def _lacking(record: dict[str, Any]) -> int:
    """Count the seats a district lacks in its first year; one that failed comes first of all."""
    if record["state"] == "failed":
        return 10**9
    years = record.get("years", [])
    return years[0]["lacking_n"] if years else 0


def _written(cell: object) -> str:
    import pandas as pd

    return "—" if pd.isna(cell) else str(cell)


def _picture(records: Sequence[dict[str, Any]]) -> str:
    """Draw the districts that have a map, shaded by the seats they lack; nothing where no warning was made."""
    import geopandas as gpd

    from zhaosheng_analysis import figures

    drawn = [record for record in records if record.get("years") and not record["shape"].endswith("EMPTY")]
    if not drawn:
        return ""
    shapes: GeoSeries = gpd.GeoSeries.from_wkt([record["shape"] for record in drawn], crs=_DEGREES)
    made = figures.province.districts(
        shapes,
        [record["name"] for record in drawn],
        [_lacking(record) for record in drawn],
        synthetic=any(record["synthetic"] for record in drawn),
    )
    return blocks.figure(made).data["svg"]
