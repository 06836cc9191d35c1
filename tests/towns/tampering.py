"""Hands that change one thing in a district folder, and eyes that read what is said about it."""

import pandas as pd
import pyogrio

from zhaosheng_analysis import geodata
from zhaosheng_analysis.geodata.folder import check


def alike(one, other):
    """Compare two districts, frame by frame, types and order included."""
    assert (one.id, one.name, one.code, one.crs, one.about) == (
        other.id,
        other.name,
        other.code,
        other.crs,
        other.about,
    )
    assert one.tables.keys() == other.tables.keys()
    for name in (*geodata.LAYERS, "zone_schools"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    for name, frame in one.tables.items():
        pd.testing.assert_frame_equal(frame, other.tables[name])
    return True


def sheet(folder, name):
    return pd.read_excel(folder / "district.xlsx", sheet_name=name, dtype="str", engine="calamine")


def messages(folder):
    return [str(fault) for fault in check(folder)]


def rewrite_layer(folder, name, change):
    """Change one layer of the GeoPackage in place."""
    path = folder / "district.gpkg"
    frames = {layer: pyogrio.read_dataframe(path, layer=layer) for layer, _ in pyogrio.list_layers(path)}
    path.unlink()
    frames[name] = change(frames[name])
    for layer, frame in frames.items():
        if frame is not None:
            pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG")


def rewrite_tables(folder, **tables):
    """Replace sheets of the workbook; None leaves a sheet out."""
    known = {name: sheet(folder, name) for name in ("about", "plans")}
    with pd.ExcelWriter(folder / "district.xlsx", engine="xlsxwriter") as book:
        for name, frame in {**known, **tables}.items():
            if frame is not None:
                frame.to_excel(book, sheet_name=name, index=False)
