"""The pictures that `check` draws of where the layers of a folder lie, whether it is taken or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from zhaosheng_analysis.cli import options

if TYPE_CHECKING:
    from pathlib import Path

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.schema import DataError

HINT = "加上 --picture 文件名.png，可在图上看各图层的位置。"


def of_district(district: District, picture: Path) -> None:
    """Draw where the layers of a district lie.

    Parameters
    ----------
    district : District
        As declared.
    picture : Path
        PNG to write.
    """
    from zhaosheng_analysis import figures
    from zhaosheng_analysis.geodata import whereabouts

    page = figures.whereabouts.layers(
        district,
        whereabouts.otherwise(district),
        whereabouts.province(district.code),
        whereabouts.place(district),
        whereabouts.headquarters(district.about),
    )
    options.write(picture, figures.style.png(page))


def of_refused(folder: Path, refused: DataError, picture: Path | None) -> None:
    """Draw where the layers of a refused folder lie, or say that it can be done where that may be what is wrong.

    Parameters
    ----------
    folder : Path
        A folder that does not load.
    refused : DataError
        Why it does not.
    picture : Path or None
        PNG to write, where one was asked for.
    """
    from zhaosheng_analysis import figures
    from zhaosheng_analysis.geodata import outlines, whereabouts

    if picture is None:
        if any("坐标" in str(fault) for fault in refused.faults):
            typer.echo(HINT, err=True)
        return
    about, boxes = outlines.of(folder)
    if boxes:
        province = whereabouts.province(about.get("district_code", ""))
        page = figures.whereabouts.refused(folder.name, boxes, province, whereabouts.headquarters(about))
        options.write(picture, figures.style.png(page))
