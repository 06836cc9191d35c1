"""What the package writes it reads back as it was, whatever stands in it: every writer with its reader.

Tables as CSV, Parquet and sheets of a workbook, layers of a GeoPackage, assignments and scenarios as JSON, an archived
forecast, a new rule file, a draft of an ingest. Commitments of draws are in `tests/lottery`, ledgers in `tests/audit`.
"""

import datetime as dt
import re
import tomllib

import geopandas as gpd
import pandas as pd
import shapely
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from tests.fuzz import ending, test_fuzz
from zhaosheng_analysis import geodata, ingest, policy, redraw
from zhaosheng_analysis.policy import starting
from zhaosheng_analysis.redraw import assignments, scenarios

N = 7  # children, plots with a register, years of one: so many rows are changed
# Cells are read without the blanks around them, and a cell of blanks as one that is missing.
TEXT = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"], include_characters="\n"), min_size=1, max_size=30)
NUMBER = re.compile(r"\d+\.?\d*[eE][+-]?\d+")  # such a text is refused: Excel makes it of a long number
TEXT = TEXT.map(str.strip).filter(bool).filter(lambda text: not NUMBER.fullmatch(text))
ODD = ["=1+1", "'=1", "_x0041_", "0012", "1.", "是", "NaN", "a,b\"c'd", "一\n二", "2025-02-30", "<b>&amp;"]
TEXTS = st.lists(TEXT, min_size=N, max_size=N)
OFFSETS = st.lists(st.tuples(*[st.floats(-40.0, 40.0)] * 2), min_size=N, max_size=N)
RATIOS = st.lists(st.floats(0, 1e6), min_size=N, max_size=N)
DAYS = st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2024, 12, 31)), min_size=N, max_size=N)
# A town takes half a second: the suite tries what is written here, `make fuzz` two hundred more.
FEW = settings(phases=settings.default.phases if ending.SECONDS else (Phase.explicit,), max_examples=200, deadline=None)


def told(texts, offsets, ratios, days):
    """Return the town with its texts, places, numbers and days changed."""
    frames, about = test_fuzz.town()
    homes = frames["homes"]
    east, north = map(list, zip(*offsets, strict=True))
    frames["homes"] = homes.assign(x=homes["x"] + east, y=homes["y"] + north, price_ratio=ratios, dated_on=days)
    frames["children"] = frames["children"].assign(category_basis=texts)
    cohorts = frames["cohorts"]
    frames["cohorts"] = cohorts.assign(source=[texts[at % N] for at in range(len(cohorts))])
    schools, zones, streets = frames["schools"], frames["zones"], frames["streets"]
    moved = [shapely.affinity.translate(point, *offsets[at]) for at, point in enumerate(schools.geometry)]
    frames["schools"] = schools.set_geometry(gpd.GeoSeries(moved, index=schools.index, crs=schools.crs))
    frames["zones"] = zones.assign(condition=[f"条件{text}" for text in texts[: len(zones)]])
    frames["streets"] = streets.assign(name=[f"街{at}{text}" for at, text in enumerate(texts[: len(streets)])])
    return geodata.assemble(frames, about, where="九格镇")


def same(one, other):
    for name in (*geodata.LAYERS, "zone_schools"):
        assert getattr(one, name).equals(getattr(other, name)), name
    assert one.tables.keys() == other.tables.keys()
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[name], check_exact=True)


@FEW
@example(ODD[:N], [(0.1, 1 / 3)] * N, [0.1] * N, [dt.date(2019, 2, 28)] * N, "csv")
@example(ODD[-N:], [(-1e-9, 39.999)] * N, [1 / 3] * N, [dt.date(2020, 2, 29)] * N, "parquet")
@given(TEXTS, OFFSETS, RATIOS, DAYS, st.sampled_from(["csv", "parquet"]))
def test_tables_and_layers_come_back_as_they_were(tmp_path_factory, texts, offsets, ratios, days, bulk):
    town, place = told(texts, offsets, ratios, days), tmp_path_factory.mktemp("kept")
    geodata.save(town, place, bulk=bulk)
    same(geodata.load(place), town)


@FEW
@example(ODD[:N], [(0.1, 1 / 3)] * N)
@given(TEXTS, OFFSETS)
def test_layers_as_geojson_come_back_to_the_millimetre(tmp_path_factory, texts, offsets):
    town, place = told(texts, offsets, [1.0] * N, [dt.date(2019, 2, 28)] * N), tmp_path_factory.mktemp("geojson")
    geodata.save(town, place)
    layers = {name: gpd.read_file(place / "district.gpkg", layer=name) for name in geodata.LAYERS}
    (place / "district.gpkg").unlink()
    for name, layer in layers.items():
        layer.to_crs("EPSG:4490").to_file(place / f"{name}.geojson", COORDINATE_PRECISION=11, RFC7946=False)
    town.zone_schools.to_csv(place / "zone_schools.csv", index=False)
    back = geodata.load(place)
    assert back.zones["condition"].tolist() == town.zones["condition"].tolist()
    assert back.streets["name"].tolist() == town.streets["name"].tolist()
    for name in geodata.LAYERS:
        one, other = (getattr(side, name).geometry.reset_index(drop=True) for side in (back, town))
        assert shapely.hausdorff_distance(one.to_numpy(), other.to_numpy()).max() < 1e-3, name


WORD = st.text(st.characters(exclude_categories=["C"], exclude_characters="、"), min_size=1, max_size=12)
WORD = WORD.map(str.strip).filter(bool)
MANY = settings(deadline=None, derandomize=True, max_examples=30)


@MANY
@given(st.dictionaries(WORD, WORD, min_size=1, max_size=5), st.text(max_size=30), st.dates(), st.booleans())
def test_an_assignment_comes_back_as_it_was(tmp_path_factory, schools, note, day, locked):
    doors = pd.Series(schools, dtype="str", name="school_id").rename_axis("unit_id").sort_index()
    kept = tuple(sorted(schools)[:2]) if locked else ()
    made = assignments.Assignment("town", "laoting-2025", "primary", day, doors, kept, None, note, schools)
    path = tmp_path_factory.getbasetemp() / "assignment.json"
    redraw.write_assignment(made, path)
    back = redraw.read_assignment(path)
    pd.testing.assert_series_equal(back.schools, made.schools)
    assert vars(back) | {"schools": 0} == vars(made) | {"schools": 0}


@MANY
@given(WORD, st.text(max_size=30), st.integers(2026, 2040), st.lists(st.tuples(WORD, st.integers(1, 30)), min_size=1))
def test_a_scenario_comes_back_as_it_was(tmp_path_factory, name, note, year, more):
    changes = tuple({"kind": "classes", "school": school, "classes_n": n} for school, n in more)
    made = redraw.Scenario("more-classes", name, "primary", year, changes, note)
    path = tmp_path_factory.getbasetemp() / "scenario.json"
    path.write_text(scenarios.text(made), encoding="utf-8")
    assert redraw.read_scenario(path) == made


@settings(deadline=None, derandomize=True, max_examples=5)
@example('引号"""与\\反斜线\\')
@given(TEXT)
def test_a_new_rule_file_has_the_title_it_was_given(tmp_path_factory, title):
    path = tmp_path_factory.getbasetemp() / "heping-2026.toml"
    path.write_text(starting.text("heping-2026", year=2026, title=title), encoding="utf-8")
    assert policy.load(path).title == title


@settings(deadline=None, derandomize=True, max_examples=8)
@example(['学校"名称', "a\\b", "'''"], '一"览[1]')
@given(st.lists(WORD, min_size=3, max_size=3, unique=True), WORD.filter(lambda name: not set(name) & set("/\\.")))
def test_a_draft_of_an_ingest_is_a_file_that_can_be_read(tmp_path_factory, heads, name):
    place = tmp_path_factory.mktemp("in")
    rows = pd.DataFrame([["第一小学", "小学", "公办"]] * 2, columns=heads)
    rows.to_csv(place / f"{name}.csv", index=False)
    draft = tomllib.loads(ingest.suggest(place))
    assert f"{name}.csv" in str(draft)
