"""What a reader of the tables of the nine-plot town would not believe, worked out from the cells alone.

It shares nothing with `schema`: no contract, no parser. Whatever it names must be refused or told; where the package
accepts it without a word, a wrong number follows in silence. It names less than the package does, and never what a
planner may rightly write.
"""

import math
import re
import unicodedata
from collections import Counter
from datetime import date, datetime

import geopandas as gpd
import pandas as pd
import shapely

NEAR_M = 5_000.0
#: Whole numbers -> the least and the most that can be.
NUMBERS = {
    "plans": {"intake_year": (1990, 2100), "classes_n": (0, 100), "class_size_n": (0, 100), "seats_n": (0, 10_000)},
    "cohorts": {"entry_year": (1990, 2100), "hukou_n": (0, 100_000), "resident_n": (0, 100_000)},
    "roll_counts": {"school_year": (1990, 2100), "grade": (1, 6), "pupils_n": (0, 10_000), "classes_n": (0, 200)},
    "children": {"intake_year": (1990, 2100)},
    "homes": {"home_n": (1, 50)},
    "applications": {"choice_n": (1, 20)},
    "zone_schools": {"order_n": (1, 10**18)},
    "units": {"dwellings_n": (0, 10**18)},
}
DAYS = {
    "children": ("birth_on",),
    "homes": ("dated_on",),
    "hukou": ("since_on",),
    "applications": ("submitted_at",),
}
REFERS = {
    "zone_schools": {"zone_id": ("zones", "zone_id"), "school_id": ("schools", "school_id")},
    "plans": {"school_id": ("schools", "school_id")},
    "cohorts": {"unit_id": ("units", "unit_id")},
    "roll_counts": {"school_id": ("schools", "school_id")},
    "homes": {"child_id": ("children", "child_id"), "unit_id": ("units", "unit_id")},
    "hukou": {"child_id": ("children", "child_id"), "unit_id": ("units", "unit_id")},
    "applications": {"child_id": ("children", "child_id"), "school_id": ("schools", "school_id")},
    "schools": {"area_id": ("areas", "area_id")},
    "units": {"area_id": ("areas", "area_id")},
}
NEEDED = {
    "boundary": ("district_id", "name"),
    "areas": ("area_id", "name", "kind"),
    "streets": ("street_id", "name", "kind"),
    "units": ("unit_id", "name", "kind"),
    "schools": ("school_id", "name", "stage", "sector", "status"),
    "zones": ("zone_id", "name", "stage", "rule"),
    "zone_schools": ("zone_id", "school_id", "order_n"),
    "plans": ("school_id", "stage", "intake_year", "classes_n", "class_size_n"),
    "cohorts": ("unit_id", "entry_year", "hukou_n"),
    "roll_counts": ("school_id", "school_year", "grade", "pupils_n"),
    "children": ("child_id", "stage", "intake_year", "birth_on", "sex"),
    "homes": ("child_id", "home_n", "owner", "evidence"),
    "hukou": ("child_id", "person", "district_code"),
    "applications": ("child_id", "school_id", "sector", "choice_n"),
}
KEYS = {
    "areas": ("area_id",),
    "streets": ("street_id",),
    "units": ("unit_id",),
    "schools": ("school_id",),
    "zones": ("zone_id",),
    "zone_schools": ("zone_id", "school_id"),
    "plans": ("school_id", "stage", "intake_year"),
    "cohorts": ("unit_id", "entry_year"),
    "roll_counts": ("school_id", "school_year", "grade"),
    "children": ("child_id",),
    "homes": ("child_id", "home_n"),
    "hukou": ("child_id", "person"),
}
WORDS = {
    ("schools", "stage"): {"primary", "junior", "both"},
    ("schools", "sector"): {"public", "private"},
    ("schools", "status"): {"open", "closing", "closed", "planned"},
    ("zones", "stage"): {"primary", "junior"},
    ("zones", "rule"): {"single", "choice", "feeder", "district"},
    ("plans", "stage"): {"primary", "junior"},
    ("children", "stage"): {"primary", "junior"},
    ("children", "sex"): {"male", "female", "1", "2"},
    ("homes", "owner"): {"parent", "child", "grandparent", "other"},
    ("homes", "evidence"): {"title", "web_contract", "presale", "resettlement", "untransferred", "rent"},
    ("hukou", "person"): {"child", "father", "mother"},
    ("hukou", "head"): {"parent", "grandparent", "relative", "collective"},
    ("applications", "sector"): {"public", "private"},
    ("applications", "channel"): {"online", "onsite", "offline"},
}
KINDS = {"boundary": "Polygon", "units": "Polygon", "zones": "Polygon", "streets": "LineString", "schools": "Point"}


def word(value):
    """Return a cell as a person reads it; None where nothing stands in it."""
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip() or None


def number(text):
    try:
        return float(text.replace(",", "")) if text and re.fullmatch(r"[-+0-9.,eE]+", text) else None
    except ValueError:
        return None


def day(text):
    try:
        return datetime.fromisoformat(text).date() if text else None
    except ValueError:
        return None


def rows(frames, name):
    """Return the rows of a table, each a dict of what is written; nothing where there is no such table."""
    frame = frames.get(name)
    if frame is None:
        return []
    names = [column for column in frame if column != "geometry"]
    columns = [frame.iloc[:, at].astype(object) for at, column in enumerate(frame.columns) if column != "geometry"]
    return [
        {str(name): word(cell) for name, cell in zip(names, cells, strict=True)} for cells in zip(*columns, strict=True)
    ]


def unbelievable(frames, about):
    """Return what cannot be or would not be believed, in words; empty where nothing is wrong."""
    town = {name: rows(frames, name) for name in frames}
    judges = (_cells, _columns, _keys, _references, _shapes, _plans, _rolls, _registers, _children, _papers, _links)
    return [reason for judge in judges for reason in judge(town, frames, about)]


def _cells(town, frames, about):
    for name, table in town.items():
        for row in table:
            for column, (least, most) in NUMBERS.get(name, {}).items():
                text = row.get(column)
                if text is not None:
                    value = number(text.rstrip("人班套年"))
                    if value is None or not least <= value <= most or value % 1:
                        yield f"{name}.{column}: {text[:20]!r} is no such number"
            for column in DAYS.get(name, ()):
                text = row.get(column)
                if text is not None and not re.search(r"\d", text):
                    yield f"{name}.{column}: {text[:20]!r} is no day"
                elif day(text) and not 1900 <= day(text).year <= 2100:
                    yield f"{name}.{column}: {text[:20]} is of no time"
            for (table_name, column), words in WORDS.items():
                if table_name == name and row.get(column) and row[column].isascii() and row[column] not in words:
                    yield f"{name}.{column}: {row[column][:20]!r} is no such word"
            for column in NEEDED.get(name, ()):
                if column in row and row[column] is None:
                    yield f"{name}.{column}: blank"
            for column, text in row.items():
                if column.endswith("_id") and text and re.search(r"[\x00-\x1f\u200b\u2028]", text):
                    yield f"{name}.{column}: what nobody sees"


def _columns(town, frames, about):
    for name, needed in NEEDED.items():
        if name not in frames:
            if name in KINDS or name in ("zone_schools", "areas"):
                yield f"{name}: no such table"
            continue
        lost = [column for column in needed if column not in frames[name]]
        if lost:
            yield f"{name}: no column {lost}"
        if name in KINDS and "geometry" not in frames[name]:
            yield f"{name}: no shapes"
        strange = [column for column in frames[name] if column in ("name", 3, "编号", "")]
        if strange and not (strange == ["name"] and "name" in needed):
            yield f"{name}: a column nobody knows {strange}"


def _keys(town, frames, about):
    for name, key in KEYS.items():
        seen = Counter(tuple(row.get(column) for column in key) for row in town.get(name, []))
        again = [keys for keys, n in seen.items() if n > 1 and None not in keys]
        if again:
            yield f"{name}: {again[0]} stands {seen[again[0]]} times"


def _references(town, frames, about):
    for name, columns in REFERS.items():
        for column, (other, key) in columns.items():
            there = {row.get(key) for row in town.get(other, [])}
            lost = {row[column] for row in town.get(name, []) if row.get(column)} - there
            if lost and other in town:
                yield f"{name}.{column}: {sorted(lost)[0][:20]!r} is nowhere"


def _shapes(town, frames, about):
    land = _land(frames)
    for name, kind in KINDS.items():
        frame = frames.get(name)
        if not isinstance(frame, gpd.GeoDataFrame) or "geometry" not in frame:
            continue
        for shape in frame["geometry"]:
            if shape is None or shape.is_empty:
                yield f"{name}: no shape"
            elif shape.geom_type.removeprefix("Multi") != kind:
                yield f"{name}: a {shape.geom_type}"
            elif not all(map(math.isfinite, shape.bounds)):
                yield f"{name}: a shape without end"
            elif not shape.is_valid:
                yield f"{name}: a shape that crosses itself"
            elif kind == "Polygon" and shape.area < 1:
                yield f"{name}: a shape of no size"
            elif land is not None and shape.distance(land) > NEAR_M:
                yield f"{name}: a shape far away"


def _land(frames):
    frame = frames.get("boundary")
    if not isinstance(frame, gpd.GeoDataFrame) or "geometry" not in frame or len(frame) != 1:
        return None
    land = frame["geometry"].iloc[0]
    return land if land is not None and land.geom_type.endswith("Polygon") and land.is_valid else None


def _whole(row, *names):
    values = [number(row.get(name)) for name in names]
    return values if None not in values and all(map(math.isfinite, values)) else None


def _plans(town, frames, about):
    schools = {row.get("school_id"): row for row in town.get("schools", [])}
    years = {}
    for row in town.get("plans", []):
        if found := _whole(row, "classes_n", "class_size_n", "seats_n"):
            classes, size, seats = found
            if (classes == 0) != (seats == 0) or (classes and not size):
                yield f"plans: {classes:.0f} classes of {size:.0f} for {seats:.0f}"
            elif classes and not 0.5 < seats / (classes * size) < 2:
                yield f"plans: {classes:.0f} × {size:.0f} are not {seats:.0f}"
        school = schools.get(row.get("school_id"), {})
        if school.get("stage") not in (None, "both", row.get("stage")):
            yield "plans: a stage the school has not"
        if _whole(row, "intake_year"):
            years.setdefault(row.get("school_id"), set()).add(_whole(row, "intake_year")[0])
    intake = number(about.get("intake_year"))
    if intake and "plans" in town:
        for school, row in schools.items():
            if row.get("status") == "open" and row.get("sector") == "public" and intake not in years.get(school, ()):
                yield f"plans: {school} is open and has no plan for {intake:.0f}"
        for school, planned in years.items():
            if max(planned) > intake + 20 or min(planned) < intake - 40:
                yield f"plans: {school} plans for {sorted(planned)}"


def _rolls(town, frames, about):
    intake, grades = number(about.get("intake_year")), {}
    if town.get("roll_counts") == []:
        yield "roll_counts: no pupil in any school"
    for row in town.get("roll_counts", []):
        found = _whole(row, "school_year", "grade", "pupils_n")
        if not found:
            continue
        year, grade, pupils = found
        grades.setdefault((row.get("school_id"), year), set()).add(grade)
        if intake and pupils and year > intake:
            yield f"roll_counts: pupils of {year:.0f}, which is to come"
        classes = number(row.get("classes_n"))
        if classes is not None and pupils and (classes == 0 or classes > pupils or pupils / classes > 150):
            yield f"roll_counts: {pupils:.0f} pupils in {classes:.0f} classes"
    latest = max((year for _, year in grades), default=0)
    for (school, year), there in grades.items():
        after = grades.get((school, year + 1))
        if after is None and year < latest:
            yield f"roll_counts: {school} has no {year + 1:.0f}"
        elif after is not None and {grade + 1 for grade in there if grade < 6} - after:
            yield f"roll_counts: {school} has lost a grade in {year + 1:.0f}"


def _registers(town, frames, about):
    intake = number(about.get("intake_year"))
    homes = {row.get("unit_id"): number(row.get("dwellings_n")) for row in town.get("units", [])}
    years = {}
    for row in town.get("cohorts", []):
        found = _whole(row, "entry_year", "hukou_n")
        if not found:
            continue
        year, children = found
        years.setdefault(row.get("unit_id"), set()).add(year)
        if intake and children and year > intake + 7:
            yield f"cohorts: {children:.0f} enter in {year:.0f} and are not born"
        dwellings = homes.get(row.get("unit_id"))
        most = max(children, number(row.get("resident_n")) or 0)
        if dwellings is not None and most > 2 * dwellings + 20:
            yield f"cohorts: {most:.0f} of one year in {dwellings:.0f} dwellings"
    every = set().union(*years.values())  # the town writes noughts, so that nothing is left out
    for unit, there in years.items():
        inside = {year for year in every if min(there) < year < max(there)}
        if inside - there:
            yield f"cohorts: {unit} has no {sorted(inside - there)[0]:.0f}"


def _children(town, frames, about):
    born, families = {}, {}
    for row in town.get("children", []):
        birth, intake = day(row.get("birth_on")), number(row.get("intake_year"))
        born[row.get("child_id")] = birth
        if birth and intake and not 3 <= intake - birth.year <= (21 if row.get("stage") == "junior" else 15):
            yield f"children: born {birth} for {intake:.0f}"
        if intake and intake != number(about.get("intake_year")):
            yield f"children: of {intake:.0f}"
        if row.get("twin_id"):
            families.setdefault(row["twin_id"], []).append(birth)
    for twin, births in families.items():
        known = [birth for birth in births if birth]
        if len(births) == 1 or (known and (max(known) - min(known)).days > 2):
            yield f"children: twins {twin} born {sorted(set(map(str, births)))}"
    yield from _before_birth(town, born)


def _before_birth(town, born):
    for name, column, when in (("hukou", "since_on", "child"), ("applications", "submitted_at", None)):
        for row in town.get(name, []):
            then, birth = day(row.get(column)), born.get(row.get("child_id"))
            if then and birth and then < birth and row.get("person") == when:
                yield f"{name}.{column}: {then} is before the birth"


def _papers(town, frames, about):
    land, intake = _land(frames), number(about.get("intake_year"))
    units = frames.get("units")
    plots = {}
    if isinstance(units, gpd.GeoDataFrame) and "geometry" in units and "unit_id" in units:
        plots = {word(unit): shape for unit, shape in zip(units["unit_id"], units["geometry"], strict=True)}
    for name, column in (("homes", "dated_on"), ("hukou", "since_on"), ("applications", "submitted_at")):
        for row in town.get(name, []):
            then = day(row.get(column))
            if then and intake and then.year > intake:
                yield f"{name}.{column}: {then} is to come"
            if then and (then < date(1949, 1, 1) or (name == "applications" and intake and then.year < intake - 1)):
                yield f"{name}.{column}: {then} is long ago"
    for name in ("homes", "hukou"):
        for row in town.get(name, []):
            x, y = row.get("x"), row.get("y")
            if (x is None) != (y is None) and {"x", "y"} <= row.keys():
                yield f"{name}: one coordinate"
            if x is None or y is None:
                continue
            if not (spot := _whole(row, "x", "y")):
                yield f"{name}: {x[:9]}, {y[:9]} is no place"
                continue
            point, plot = shapely.Point(spot), plots.get(row.get("unit_id"))
            if land is not None and point.distance(land) > NEAR_M:
                yield f"{name}: a place far away"
            elif (
                plot is not None and plot.distance(point) > 50 and any(other.covers(point) for other in plots.values())
            ):
                yield f"{name}: {row['unit_id']} is not where the coordinates are"
            code = row.get("district_code")
            if name == "hukou" and land is not None and land.covers(point) and code != about.get("district_code"):
                yield "hukou: inside the town under another code"


def _links(town, frames, about):
    schools = {row.get("school_id"): row for row in town.get("schools", [])}
    zones = {row.get("zone_id"): row for row in town.get("zones", [])}
    for row in town.get("zone_schools", []):
        school, zone = schools.get(row.get("school_id"), {}), zones.get(row.get("zone_id"), {})
        if school.get("stage") and zone.get("stage") and school["stage"] not in ("both", zone["stage"]):
            yield f"zone_schools: a {school['stage']} school for a {zone['stage']} zone"
        if school.get("status") == "closed":
            yield "zone_schools: a school that is closed"
    asked = Counter()
    for row in town.get("applications", []):
        school = schools.get(row.get("school_id"), {})
        if school.get("sector") and row.get("sector") and school["sector"] != row["sector"]:
            yield "applications: another sector"
        if school.get("status") == "closed":
            yield "applications: a school that is closed"
        asked[row.get("child_id"), row.get("school_id"), row.get("submitted_at")] += 1
    if any(n > 1 for n in asked.values()):
        yield "applications: the same twice"
