"""What must be true of a folder that was read although one of its files was damaged, and of which nothing was said.

Whatever is not what it was must be told; where bytes inside a table were changed, another value may stand there that
nobody can tell from a true one, and then a reader must at least believe it (`oracle`).
"""

import unicodedata

import geopandas as gpd

from tests.fuzz import oracle

#: Damage that may leave another value, which looks as true as the one that was there.
INSIDE = ("flipped", "cut", "unequal_rows")


def frames(district):
    """Return all layers and tables of a district by name."""
    layers = ("boundary", "areas", "streets", "units", "schools", "zones", "zone_schools")
    return {name: getattr(district, name) for name in layers} | dict(district.tables)


def unsaid(told, district, sound):
    """Return what is other than in the sound district and was not told; empty where all is well."""
    notes = [note for note in district.notes if str(note) not in set(map(str, sound.notes))]
    if notes or district.unused:
        return []
    now, before = frames(district), frames(sound)
    other = [name for name in before if name not in now or not _as_good(now[name], before[name])]
    if not other:
        return []
    if told.split("(")[0] not in INSIDE:
        return [f"{name} is not what it was" for name in other]
    unlike = [f"{name} has lost its rows" for name in other if not len(now.get(name, ()))]
    return unlike + oracle.unbelievable(now, district.about) + [text for name in other for text in _spoilt(now[name])]


def _as_good(now, before):
    """Tell whether a table says what it said: an estate that is not named follows from the coordinates beside it."""
    if {"unit_id", "x", "y"} <= set(now) and now["unit_id"].isna().all() and now[["x", "y"]].notna().all(axis=None):
        now = now.assign(unit_id=before["unit_id"])
    return now.equals(before)


def _spoilt(frame):
    """Return the texts of a table that hold what nobody writes: signs of control, signs for what could not be read."""
    plain = frame.drop(columns=frame.geometry.name) if isinstance(frame, gpd.GeoDataFrame) else frame
    texts = plain.select_dtypes(include=["object", "string"]).astype("str").to_numpy().ravel()
    odd = [text for text in texts if isinstance(text, str) and any(_is_odd(letter) for letter in text)]
    return [f"spoilt text {odd[0][:20]!r}"] if odd else []


def _is_odd(letter):
    return letter == "\ufffd" or unicodedata.category(letter) in ("Cc", "Cn", "Co", "Cs")
