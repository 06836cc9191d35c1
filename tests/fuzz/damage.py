"""Random damage to the frames and the files of a town; whatever it is, the end is an answer or a located DataError."""

import os
import random
import sqlite3
import string
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

CELLS = (
    None,
    "",
    " ",
    "是",
    "否",
    "0",
    "-1",
    "1e300",
    "inf",
    "-inf",
    "nan",
    "NaN",
    "NaT",
    "None",
    "1/2",
    "2025-02-30",
    "9999-99-99",
    "0001-01-01",
    "２０２５",
    "a\rb",
    "a\nb",
    'a"b',
    "a,b",
    "=1+1",
    "\u200b",
    "c1\u2028",
    "x" * 5000,
    "130299",
    "s1",
    "u1",
    "primary",
    "99999999999999999999",
    "1,000",
    "12.5",
    "√",
    "<img src=x>",
    "../..",
    "\x00",
    "🏫",
    float("inf"),
    float("nan"),
    -1,
    2**62,
    1.5,
    True,
    pd.Timestamp("2025-05-01"),
    pd.NaT,
)
COLUMNS = (
    lambda rng, n: [float("inf")] * n,
    lambda rng, n: [[1, 2]] * n,
    lambda rng, n: [{"a": 1}] * n,
    lambda rng, n: [b"\xff\x00"] * n,
    lambda rng, n: [None] * n,
    lambda rng, n: [rng.choice(CELLS) for _ in range(n)],
    lambda rng, n: pd.array([rng.random() for _ in range(n)], dtype="float32"),
    lambda rng, n: np.array([2**63 + 1] * n, dtype="uint64"),
    lambda rng, n: pd.Categorical(["a"] * n),
    lambda rng, n: pd.date_range("2025-01-01", periods=n, tz="Asia/Shanghai"),
    lambda rng, n: pd.to_timedelta(range(n), unit="D"),
)
SHAPES = (
    None,
    shapely.Polygon(),
    shapely.Point(0, 0),
    shapely.Point(float("inf"), 0),
    shapely.Point(float("nan"), float("nan")),
    shapely.LineString([(0, 0), (1, 1)]),
    shapely.Polygon([(500000, 4370000), (500100, 4370100), (500100, 4370000), (500000, 4370100)]),
    shapely.MultiPolygon(
        [shapely.box(500000, 4370000, 500100, 4370100), shapely.box(500200, 4370000, 500300, 4370100)]
    ),
    shapely.GeometryCollection([shapely.Point(500000, 4370000)]),
    shapely.box(500000, 4370000, 500000.001, 4370000.001),
    shapely.Point(500050, 4370050, 12),
)


def cell(rng, frames, name):
    frame = frames[name] = frames[name].copy()
    column = rng.choice([column for column in frame if column != "geometry"])
    for _ in range(rng.choice((1, 1, 3))):
        values = frame[column].astype(object)
        if len(values):
            values.iloc[rng.randrange(len(values))] = rng.choice(CELLS)
        frame[column] = values


def column(rng, frames, name):
    chosen = rng.choice([column for column in frames[name] if column != "geometry"])
    frames[name] = frames[name].copy()
    frames[name][chosen] = rng.choice(COLUMNS)(rng, len(frames[name]))


def lost_column(rng, frames, name):
    frames[name] = frames[name].drop(columns=rng.choice(list(frames[name].columns)))


def renamed_column(rng, frames, name):
    frames[name] = frames[name].rename(
        columns={rng.choice(list(frames[name].columns)): rng.choice(("", "name", 3, "编号"))}
    )


def rows_twice(rng, frames, name):
    frames[name] = pd.concat([frames[name], frames[name].sample(frac=0.5, random_state=rng.randrange(99))])


def rows_lost(rng, frames, name):
    frames[name] = frames[name].sample(frac=rng.choice((0, 0.3, 0.7)), random_state=rng.randrange(99))


def table_lost(rng, frames, name):
    del frames[name]


def shuffled(rng, frames, name):
    frame = frames[name] = frames[name].copy()
    chosen = rng.choice([column for column in frame if column != "geometry"])
    frame[chosen] = rng.sample(list(frame[chosen]), len(frame))


def shape(rng, frames, name):
    layers = [name for name, frame in frames.items() if isinstance(frame, gpd.GeoDataFrame) and len(frame)]
    layer = frames[rng.choice(layers)]
    shapes = layer.geometry.to_list()
    shapes[rng.randrange(len(shapes))] = rng.choice(SHAPES)
    name = next(name for name, frame in frames.items() if frame is layer)
    frames[name] = layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs))


def number(rng, frames, name):
    frame = frames[name] = frames[name].copy()
    numbers = [column for column in frame if pd.api.types.is_numeric_dtype(frame[column])]
    if numbers and len(frame):
        chosen = rng.choice(numbers)
        values = frame[chosen].astype(object)
        values.iloc[rng.randrange(len(values))] = rng.choice((0, 1, 2, 7, 12, 60, 99, 100, 2024, 2026, 2100, 5000))
        frame[chosen] = values


IN_MEMORY = (
    cell,
    cell,
    cell,
    column,
    lost_column,
    renamed_column,
    rows_twice,
    rows_lost,
    table_lost,
    shuffled,
    shape,
    number,
)


def frames_of(seed, frames, about):
    """Damage the frames of a town by one to three changes; return what was done."""
    rng, told = random.Random(seed), []
    for _ in range(rng.choice((1, 1, 2, 3))):
        change, name = rng.choice(IN_MEMORY), rng.choice(sorted(frames))
        if len(frames[name].columns) > 1:
            change(rng, frames, name)
            told.append(f"{change.__name__}({name})")
    if rng.random() < 0.1:
        key = rng.choice(sorted(about))
        about[key] = str(rng.choice(CELLS))
        told.append(f"about.{key}={about[key]!r}")
    return told


def cut(rng, path):
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(len(content) + 1)])


def flipped(rng, path):
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 5, 50))):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(bytes(content))


def noise(rng, path):
    path.write_bytes(rng.randbytes(rng.choice((0, 1, 100, 5000))))


def text_instead(rng, path):
    words = "".join(rng.choice(string.printable + '学位,\t\r\n"') for _ in range(300))
    path.write_bytes(words.encode(rng.choice(("utf-8", "gb18030", "utf-16", "utf-32")), errors="replace"))


def folder_instead(rng, path):
    path.unlink()
    path.mkdir()


def loop_instead(rng, path):
    path.unlink()
    path.symlink_to(path)


def pipe_instead(rng, path):
    path.unlink()
    os.mkfifo(path)


def other_instead(rng, path):
    others = [other for other in sorted(path.parent.iterdir()) if other != path and other.is_file()]
    path.write_bytes(rng.choice(others).read_bytes())


def unequal_rows(rng, path):
    if path.suffix == ".csv":
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        lines[rng.randrange(len(lines))] += rng.choice((",", ",x,y,z", '"', ',"'))
        path.write_text("\n".join(lines), encoding=rng.choice(("utf-8", "gb18030", "utf-16")))


def odd_parquet(rng, path):
    if path.suffix == ".csv":
        frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
        values = (
            [[1]] * len(frame),
            [{"a": 1}] * len(frame),
            [b"\xff"] * len(frame),
            [2**62] * len(frame),
            [1.5] * len(frame),
            [float("inf")] * len(frame),
            [None] * len(frame),
        )
        frame[rng.choice(list(frame.columns))] = rng.choice(values)
        frame.to_parquet(path.with_suffix(".parquet"))
        path.unlink()


def other_case(rng, path):
    path.rename(
        path.with_name(
            rng.choice((path.name.upper(), path.name.capitalize(), f"{path.stem}.{path.suffix[1:].upper()}"))
        )
    )


def other_encoding(rng, path):
    if path.suffix == ".csv":
        text = path.read_text(encoding="utf-8-sig")
        path.write_bytes(
            text.encode(rng.choice(("gb18030", "utf-16", "utf-16-be", "utf-32", "big5")), errors="replace")
        )


def packed(path, change):
    """Write a workbook again with its parts changed."""
    with zipfile.ZipFile(path) as package:
        parts = {item: package.read(item) for item in package.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for item, content in parts.items():
            package.writestr(item, content)


def far_cell(rng, path):
    """Put a value into the last cell a sheet can have."""

    def change(parts):
        name = rng.choice(sorted(item for item in parts if "/worksheets/sheet" in item and "rels" not in item))
        cell = f'<c r="{rng.choice(("A", "XFD"))}1048576" t="inlineStr"><is><t>x</t></is></c>'
        row = f'<row r="1048576">{cell}</row></sheetData>'
        parts[name] = parts[name].replace(b"</sheetData>", row.encode())

    if path.suffix == ".xlsx":
        packed(path, change)


def bomb(rng, path):
    """Make a part of a workbook a thousand times larger than it looks, or one that names another file."""
    name = rng.choice(("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/media/x.png", "xl/workbook.xml"))
    text = rng.choice((b" " * 300_000_000, b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>'))
    if path.suffix == ".xlsx":
        packed(path, lambda parts: parts.update({name: text}))


def virtual(rng, path):
    """Put a list of other files of GDAL where a layer should be."""
    if path.suffix == ".gpkg":
        source = rng.choice(("/etc/passwd", "/vsicurl/http://127.0.0.1:9/x.csv", "CSV:/etc/passwd"))
        path.write_text(
            f'<OGRVRTDataSource><OGRVRTLayer name="streets"><SrcDataSource>{source}</SrcDataSource>'
            "<SrcLayer>passwd</SrcLayer></OGRVRTLayer></OGRVRTDataSource>",
            encoding="utf-8",
        )


STATEMENTS = (
    "DROP TABLE {}",
    "DELETE FROM {}",
    "DELETE FROM gpkg_contents WHERE table_name = '{}'",
    "DROP TABLE gpkg_geometry_columns",
    "UPDATE gpkg_geometry_columns SET srs_id = 3857 WHERE table_name = '{}'",
    "DELETE FROM gpkg_spatial_ref_sys",
    "ALTER TABLE {} RENAME TO other",
    "CREATE VIEW v AS SELECT * FROM {}",
    "UPDATE {} SET geom = x'4750'",
    "UPDATE {} SET geom = 'words'",
    "UPDATE {} SET geom = 5",
)


def foreign_package(rng, path):
    """Change the database inside a GeoPackage: a table gone, a column gone, words for shapes, another system."""
    if path.suffix == ".gpkg":
        name = rng.choice(("schools", "zones", "units", "boundary", "zone_schools"))
        statement = rng.choice(STATEMENTS).format(name)
        base = sqlite3.connect(path)
        try:
            base.executescript(statement)
            base.commit()
        except sqlite3.Error:
            base.rollback()
        finally:
            base.close()


def device_instead(rng, path):
    path.unlink()
    path.symlink_to(rng.choice(("/dev/zero", "/dev/stdin", "/etc/passwd", "..", "nowhere")))


FILES = (
    cut,
    other_encoding,
    far_cell,
    bomb,
    virtual,
    foreign_package,
    device_instead,
    flipped,
    noise,
    text_instead,
    folder_instead,
    loop_instead,
    pipe_instead,
    other_instead,
    unequal_rows,
    odd_parquet,
    other_case,
)


def files_of(seed, folder):
    """Damage one file of a district folder; return what was done."""
    rng = random.Random(seed)
    change, path = rng.choice(FILES), rng.choice(sorted(folder.iterdir()))
    change(rng, path)
    return f"{change.__name__}({path.name})"
