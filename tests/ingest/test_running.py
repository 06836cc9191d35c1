"""A recipe carried out: what comes out is what was put in, every row accounted for, nothing guessed."""

import json
import zipfile

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from zhaosheng_analysis import geodata, ingest, sheets
from zhaosheng_analysis.schema import DataError

PLAN = """学区,学校,一年级招生计划（班）,备注
东片,第一小学,4,
,第二小学,3,
西片,第三小学,/,不招生
合计,,7,
"""
PLANS = """
[[sources]]
files = "plan*.csv"
blank = ["/"]
fill_down = ["学区"]
rest = "ignore"
schools = { school_id = { key = "学校", prefix = "s" }, name = "学校", stage = { is = "primary", why = "表名" }, \
sector = { is = "public", why = "表名" }, status = { is = "open", why = "表名" }, area_id = { key = "学区" } }
plans = { school_id = { match = "学校", in = "schools" }, stage = { is = "primary", why = "表名" }, \
intake_year = { is = 2026, why = "标题" }, classes_n = "一年级招生计划（班）", class_size_n = { is = 45, \
why = "标准" }, \
skip_blank = "一年级招生计划（班）" }
"""


@pytest.fixture
def taken(tmp_path):
    """Return how to run a recipe over files; the folder is out."""

    def run(recipe: str, **files: str | bytes) -> ingest.Taken:
        place(tmp_path / "in", recipe, **files)
        return ingest.run(ingest.load(tmp_path / "in" / "ingest.toml"), tmp_path / "out")

    return run


def place(folder, recipe: str, **files: str | bytes) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "ingest.toml").write_text(recipe, encoding="utf-8")
    for name, content in files.items():
        stem, _, ending = name.rpartition("_")
        (folder / f"{stem}.{ending}").write_bytes(content.encode() if isinstance(content, str) else content)


def contents(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_plan_becomes_schools_without_coordinates_and_plans(taken, tmp_path):
    made = taken(PLANS, plan_csv=PLAN)
    plans, schools = made.tables["plans"], made.tables["schools"]
    assert plans[["classes_n", "seats_n"]].to_numpy().tolist() == [[4, 180], [3, 135]]
    assert set(plans["school_id"]) <= set(schools["school_id"])
    assert schools["name"].tolist() == ["第一小学", "第二小学", "第三小学"]
    assert schools["area_id"].nunique() == 2, "第二小学 has the 学区 above it"
    written = sheets.read((tmp_path / "out" / "schools.csv").read_bytes(), "schools.csv", sheets.Sought({}))
    assert {"经度", "纬度"} <= set(written.table), "where the coordinates are to be filled in"


def test_rows_that_came_and_went_add_up_to_those_written(taken):
    log = taken(PLANS, plan_csv=PLAN).log
    for _, part in log.groupby(["source", "table"]):
        steps = part[part["what"] != "写出"]
        assert steps["rows_n"].sum() == part.loc[part["what"] == "写出", "rows_n"].item()
    lost = log[log["rows_n"] < 0]
    assert set(lost["what"]) == {"合计、注释、重复的表头", "「一年级招生计划（班）」空白"}


def test_running_it_twice_changes_nothing(taken, tmp_path):
    taken(PLANS, plan_csv=PLAN)
    before = contents(tmp_path / "out")
    taken(PLANS, plan_csv=PLAN)
    assert contents(tmp_path / "out") == before


def test_what_somebody_filled_in_is_never_written_over(taken, tmp_path):
    taken(PLANS, plan_csv=PLAN)
    path = tmp_path / "out" / "schools.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    before = contents(tmp_path / "out")
    with pytest.raises(DataError, match=r"写成以后被改过：schools\.csv"):
        taken(PLANS, plan_csv=PLAN)
    assert contents(tmp_path / "out") == before


def test_a_folder_of_something_else_is_left_alone(taken, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "年报.docx").write_bytes(b"x")
    with pytest.raises(DataError, match="文件夹里已有别的文件"):
        taken(PLANS, plan_csv=PLAN)


def test_coordinates_of_another_source_fill_the_schools_of_the_plan(taken):
    about = """about = { district_id = "x", name = "小小县", district_code = "330105", crs = "EPSG:4549", \
intake_year = "2026", synthetic = "是" }"""
    places = """
[[sources]]
files = "places.csv"
datum = "CGCS2000"
schools = { school_id = { match = "名称", in = "schools" }, point = ["lng", "lat"], fills = true }
"""
    three = "名称,lng,lat\n第一小学,120.1,30.1\n第二小学,120.11,30.1\n第三小学,120.12,30.1\n"
    made = taken(about + PLANS + places, plan_csv=PLAN, places_csv=three).tables["schools"]
    there = made.set_index("name").to_crs("EPSG:4490").geometry
    assert there.x.round(6).to_dict() == {"第一小学": 120.1, "第二小学": 120.11, "第三小学": 120.12}


def test_a_name_nobody_bears_is_asked_and_its_answer_is_remembered(taken, tmp_path):
    roll = """
[[sources]]
files = "roll.csv"
roll_counts = { school_id = { match = "校名", in = "schools" }, school_year = { is = 2025, why = "表名" }, \
grade = "年级", pupils_n = "人数" }
"""
    counts = "校名,年级,人数\n第一小,1,40\n第二小学,1,41\n外区小学,1,9\n"
    with pytest.raises(DataError, match=r"有 2 个名称要人决定：「第一小」.*「外区小学」"):
        taken(PLANS + roll, plan_csv=PLAN, roll_csv=counts)
    assert not (tmp_path / "out").exists()
    path = tmp_path / "in" / "decisions.csv"
    asked = pd.read_csv(path, dtype="str")
    assert asked["原文"].tolist() == ["外区小学", "第一小"]
    assert "第一小学" in asked.set_index("原文").loc["第一小", "建议"]
    ids = asked.set_index("原文")["建议"].str.split().str[0]
    answers = asked.assign(认作=["无", ids["第一小"]], 决定人="张三", 日期="2026-11-29")
    answers.to_csv(path, index=False, encoding="utf-8-sig")
    made = taken(PLANS + roll, plan_csv=PLAN, roll_csv=counts)
    assert made.tables["roll_counts"]["pupils_n"].tolist() == [40, 41]
    assert "已决定不属于本区县" in set(made.log["what"])


def test_a_decision_without_a_name_and_a_day_is_none(taken, tmp_path):
    place(tmp_path / "in", PLANS, decisions_csv="种类,原文,认作,决定人,日期\nschools,第一小,s1,,\n")
    with pytest.raises(DataError, match="没有写决定人或日期"):
        taken(PLANS, plan_csv=PLAN)


# A made-up number of the code that no mainland identity number bears, with the right check character.
CHILD, OTHER = "71000020180831102X", "710000201809011037"
ROLL = """
key_file = "../own.key"
[[sources]]
files = "roll.csv"
rest = "ignore"
roll = { pupil_id = { pseudonym = "身份证件号" }, school_id = "学校标识码", school_year = { is = 2024, \
why = "表名" }, \
grade = { grade_from = "年级", in_year = 2024 }, class_no = { number_in = "班级" }, sex = "性别", \
birth_on = "出生日期" }
"""


def roll(*numbers: str) -> str:
    lines = [f"21320001,张某,{number},20180831,2,2023,一（{at}）班" for at, number in enumerate(numbers, start=1)]
    return "\n".join(["学校标识码,姓名,身份证件号,出生日期,性别,年级,班级", *lines, ""])


def test_no_number_and_no_name_of_a_child_reaches_the_folder(taken, tmp_path):
    ingest.pseudonyms.new_key(tmp_path / "own.key")
    made = taken(ROLL, roll_csv=roll(CHILD, OTHER)).tables["roll"]
    assert made[["grade", "class_no", "sex"]].to_numpy().tolist() == [[2, 1, "female"], [2, 2, "female"]]
    everything = b"".join(contents(tmp_path / "out").values())
    assert not any(word.encode() in everything for word in (CHILD, OTHER, CHILD[:14], "张某"))


def test_the_same_child_has_one_pseudonym_however_its_number_is_typed(taken, tmp_path):
    ingest.pseudonyms.new_key(tmp_path / "own.key")
    typed = [CHILD, f" {CHILD.lower()}\t", f"'{CHILD}"]
    made = [taken(ROLL, roll_csv=roll(number)).tables["roll"]["pupil_id"].item() for number in typed]
    assert len(set(made)) == 1


@pytest.mark.parametrize("number", ["710000201808311021", "7.10000201808311E+17", "无", "", "7100002018083110"])
def test_a_number_that_is_none_is_refused_and_not_shown_whole(taken, tmp_path, number):
    ingest.pseudonyms.new_key(tmp_path / "own.key")
    with pytest.raises(DataError, match="身份证件号") as refused:
        taken(ROLL, roll_csv=roll(OTHER, number))
    assert "C3" in str(refused.value)
    assert len(number) < 17 or number not in str(refused.value).replace("7.10000201808311E+17", "")


@pytest.mark.parametrize("where", ["in", "out"])
def test_the_key_never_lies_beside_the_data(taken, tmp_path, where):
    (tmp_path / where).mkdir()
    ingest.pseudonyms.new_key(tmp_path / where / "own.key")
    with pytest.raises(DataError):
        taken(ROLL.replace("../own.key", f"../{where}/own.key"), roll_csv=roll(CHILD))


def test_a_key_is_never_written_over(tmp_path):
    ingest.pseudonyms.new_key(tmp_path / "own.key")
    with pytest.raises(DataError, match="不覆盖已有的密钥"):
        ingest.pseudonyms.new_key(tmp_path / "own.key")


def test_columns_side_by_side_become_rows_and_an_empty_group_is_none(taken):
    recipe = """
[[sources]]
files = "plan.csv"
blank = ["/"]
plans = { school_id = "学校", intake_year = { is = 2026, why = "标题" }, class_size_n = { is = 50, why = "上限" }, \
each = [{ stage = { is = "primary", why = "表头" }, classes_n = "小学班数" }, \
{ stage = { is = "junior", why = "表头" }, classes_n = "初中班数" }] }
"""
    made = taken(recipe, plan_csv="学校,小学班数,初中班数\na,5,7\nb,3,/\n").tables["plans"]
    assert made[["school_id", "stage", "classes_n"]].to_numpy().tolist() == [
        ["a", "primary", 5],
        ["a", "junior", 7],
        ["b", "primary", 3],
    ]


def test_years_or_grades_as_columns_become_rows(taken):
    recipe = """
[[sources]]
files = "roll.csv"
melt = { columns = "*年级", into = "年级", value = "人数" }
roll_counts = { school_id = "学校", school_year = { is = 2025, why = "表名" }, grade = { number_in = "年级" }, \
pupils_n = "人数" }
"""
    made = taken(recipe, roll_csv="学校,一年级,二年级\na,40,41\nb,30,\n").tables["roll_counts"]
    assert made[["school_id", "grade", "pupils_n"]].to_numpy().tolist() == [["a", 1, 40], ["a", 2, 41], ["b", 1, 30]]


def test_a_total_spread_adds_up_and_is_marked(taken):
    grades = ", ".join(f'{{ grade = {{ is = {grade}, why = "六个年级" }} }}' for grade in range(1, 7))
    recipe = f"""
[[sources]]
files = "roll.csv"
roll_counts = {{ school_id = "学校", school_year = {{ is = 2025, why = "表名" }}, each = [{grades}], \
pupils_n = {{ share = "人数", why = "只有总数" }} }}
"""
    made = taken(recipe, roll_csv="学校,人数\na,100\nb,61\n")
    counts = made.tables["roll_counts"].groupby("school_id")["pupils_n"]
    assert counts.sum().to_dict() == {"a": 100, "b": 61}
    assert (counts.max() - counts.min() <= 1).all()
    assert any("推算" in note for note in made.notes)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('classes_n = "一年级招生计划（班）"', 'classes_n = "班级数"'), "没有「班级数」这一列"),
        (('rest = "ignore"\n', ""), "有 1 列没有写用途：「备注」"),
        (('blank = ["/"]\n', ""), "班数"),
        (('why = "标题"', 'why = ""'), "没有写理由"),
        (("plan*.csv", "plans*.csv"), "没有这样的文件"),
        (('prefix = "s"', 'prefx = "s"'), "不认识的键「prefx」"),
        (("skip_blank", "skip_blanks"), "不认识的键|应为表头"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_told(taken, change, told):
    with pytest.raises(DataError, match=told):
        taken(PLANS.replace(*change), plan_csv=PLAN)


def test_a_value_that_is_not_in_the_map_is_told_with_its_cell(taken):
    recipe = PLANS.replace(
        'stage = { is = "primary", why = "表名" }, sector',
        'stage = { from = "备注", values = { "小学" = "primary" } }, sector',
    )
    with pytest.raises(DataError, match="不在对照表里：D4「不招生」"):
        taken(recipe, plan_csv=PLAN)


ABOUT = """about = { district_id = "x", name = "小小县", district_code = "330105", crs = "EPSG:4549", \
intake_year = "2026", synthetic = "是" }
"""


def test_stretches_of_a_street_are_joined_and_words_that_are_no_names_left_out(taken, tmp_path):
    lines = [shapely.LineString([(120.0 + at / 100, 30.0), (120.01 + at / 100, 30.0)]) for at in range(4)]
    names = ["中华路", "中华路", "无名道路", "李府街"]
    layer = gpd.GeoDataFrame({"NAME": names}, geometry=lines, crs="EPSG:4326")
    (tmp_path / "shape").mkdir()
    layer.to_file(tmp_path / "shape" / "roads.shp", encoding="GB18030")
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "in" / "roads.zip", "w") as package:
        for path in (tmp_path / "shape").iterdir():
            package.write(path, path.name)
    recipe = f"""{ABOUT}
[[sources]]
files = "roads.zip"
leave = {{ name = "无名*" }}
streets = {{ street_id = {{ key = "name", prefix = "r" }}, name = "name", kind = {{ is = "street", why = "道路" }}, \
dissolve = true }}
"""
    made = taken(recipe)
    streets = made.tables["streets"].set_index("name")
    assert sorted(streets.index) == ["中华路", "李府街"]
    assert streets.geometry["中华路"].geom_type == "LineString"
    assert streets.length["中华路"] == pytest.approx(2 * streets.length["李府街"], rel=1e-3)


def geojson(**shapes: shapely.Geometry | None) -> str:
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": shape and json.loads(shapely.to_geojson(shape))}
        for name, shape in shapes.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


ZONES = f"""{ABOUT}
[[sources]]
files = "zones.geojson"
datum = "GCJ-02"
zones = {{ zone_id = {{ key = "name", prefix = "z" }}, name = "name", stage = {{ is = "primary", why = "小学" }}, \
rule = {{ is = "single", why = "一校一区" }}, OPTIONS }}
"""


def test_a_layer_of_a_web_map_lies_where_its_datum_says(taken):
    box = shapely.box(120.10, 30.10, 120.12, 30.12)
    made = taken(ZONES.replace(", OPTIONS", ""), zones_geojson=geojson(甲=box)).tables["zones"]
    lon, lat = geodata.datums.convert(120.10, 30.10, source="GCJ-02", target="CGCS2000")
    west, south, *_ = made.to_crs("EPSG:4490").total_bounds
    assert (west, south) == (pytest.approx(float(lon), abs=1e-5), pytest.approx(float(lat), abs=1e-5))


def test_crossed_and_missing_outlines_are_refused_unless_the_recipe_says_what_to_do(taken):
    bow = shapely.Polygon([(120.1, 30.1), (120.12, 30.12), (120.12, 30.1), (120.1, 30.12)])
    shapes = geojson(甲=bow, 乙=None)
    with pytest.raises(DataError, match="自交"):
        taken(ZONES.replace(", OPTIONS", ""), zones_geojson=shapes)
    made = taken(ZONES.replace("OPTIONS", 'repair = true, no_shape = "原图没有画"'), zones_geojson=shapes)
    assert made.tables["zones"].geometry.is_valid.all()
    assert made.tables["zones"]["name"].tolist() == ["甲"]
    assert any("修复了 1 个图形" in note and "平方米" in note for note in made.notes)
    assert "没有图形（原图没有画）" in set(made.log["what"])


def test_estates_of_a_list_share_out_the_land_and_zones_are_made_of_them(taken):
    schools = [
        {"code": "s1", "name": "一小", "lng": "120.10", "lat": "30.10", "estates": ["甲园", "乙园", "丙园"]},
        {"code": "s2", "name": "二小", "lng": "120.14", "lat": "30.12", "estates": ["丁园", "戊园"]},
        {"code": "s3", "name": "三小", "lng": "120.12", "lat": "30.15", "estates": []},
    ]
    recipe = f"""{ABOUT}
[[sources]]
files = "schools.json"
datum = "GCJ-02"
rest = "ignore"
boundary = {{ district_id = {{ is = "x", why = "本县" }}, name = {{ is = "小小县", why = "本县" }}, hull = ["lng", \
"lat"], \
dissolve = true }}
[[sources]]
files = "schools.json"
datum = "GCJ-02"
explode = "estates"
rest = "ignore"
units = {{ unit_id = {{ key = "estates", prefix = "u" }}, name = "estates", kind = {{ is = "community", \
why = "名单" }}, cells = ["lng", "lat"], dissolve = true }}
zones = {{ zone_id = "code", name = "name", stage = {{ is = "primary", why = "小学" }}, rule = {{ is = "single", \
why = "名单" }}, union = "estates", dissolve = true }}
"""
    made = taken(recipe, schools_json=json.dumps(schools))
    units, zones, land = made.tables["units"], made.tables["zones"], made.tables["boundary"].union_all()
    assert len(units) == 5
    assert units.area.sum() == pytest.approx(land.area, rel=1e-6), "all of the land, and nothing twice"
    assert units.union_all().symmetric_difference(land).area < 1
    assert zones.area.sum() == pytest.approx(land.area, rel=1e-6)
    assert any("示意" in note for note in made.notes)
    assert "示意" in made.about["note"]


def test_addresses_become_units_and_doubtful_ones_are_asked_once(taken, tmp_path):
    recipe = """
[[sources]]
files = "units.csv"
units = { unit_id = "编号", name = "名称", kind = { is = "community", why = "名单" } }
[[sources]]
files = "homes.csv"
homes = { child_id = "编号", home_n = { is = 1, why = "一户一处" }, owner = { is = "父母", \
why = "登记表只收父母房产" }, \
evidence = { is = "不动产权证", why = "登记表" }, unit_id = { address = "地址" } }
"""
    units = "编号,名称\nu1,金桂园\nu2,丰园东区\nu3,丰园西区\n"
    homes = "编号,地址\nc1,城关镇金桂园3幢102\nc2,丰园5号楼\nc3,外地某处\n"
    made = taken(recipe, units_csv=units, homes_csv=homes)
    assert made.tables["homes"]["unit_id"].fillna("").tolist() == ["u1", "", ""]
    assert list(made.questions) == [("addresses", "丰园5号楼")]
    path = tmp_path / "in" / "decisions.csv"
    asked = pd.read_csv(path, dtype="str").assign(认作="u3", 决定人="张三", 日期="2026-11-29")
    asked.to_csv(path, index=False, encoding="utf-8-sig")
    made = taken(recipe, units_csv=units, homes_csv=homes)
    assert made.tables["homes"]["unit_id"].fillna("").tolist() == ["u1", "u3", ""]
    assert not made.questions


def test_a_shapefile_that_does_not_say_its_encoding_is_read_and_that_is_said(taken, tmp_path):
    (tmp_path / "in").mkdir()
    line = [shapely.LineString([(120.0, 30.0), (120.01, 30.0)])]
    gpd.GeoDataFrame({"NAME": ["中华路"]}, geometry=line, crs="EPSG:4326").to_file(
        tmp_path / "in" / "roads.shp", encoding="GB18030"
    )
    (tmp_path / "in" / "roads.cpg").unlink()
    table = bytearray((tmp_path / "in" / "roads.dbf").read_bytes())
    table[29] = 0
    (tmp_path / "in" / "roads.dbf").write_bytes(table)
    recipe = f"""{ABOUT}
[[sources]]
files = "roads.shp"
streets = {{ street_id = {{ key = "NAME", prefix = "r" }}, name = "NAME", kind = {{ is = "street", why = "道路" }} }}
"""
    made = taken(recipe)
    assert made.tables["streets"]["name"].tolist() == ["中华路"]
    assert any("没有声明编码，按 GB18030 读取" in note for note in made.notes)


def test_a_child_without_an_identity_number_may_go_by_another(taken, tmp_path):
    ingest.pseudonyms.new_key(tmp_path / "own.key")
    recipe = ROLL.replace('{ pseudonym = "身份证件号" }', '{ pseudonym = "身份证件号", or = "学籍辅号" }')
    lines = ["学校标识码,姓名,身份证件号,学籍辅号,出生日期,性别,年级,班级"]
    lines += [f"1,某,{number},{other},20180831,2,2023,1班" for number, other in ((CHILD, ""), ("", "F0001"))]
    made = taken(recipe, roll_csv="\n".join(lines) + "\n").tables["roll"]
    assert made["pupil_id"].nunique() == 2


def test_counts_that_are_no_numbers_are_never_left_out_of_a_sum(taken):
    recipe = """
[[sources]]
files = "roll.csv"
roll_counts = { school_id = "学校", school_year = { is = 2025, why = "表名" }, grade = "年级", pupils_n = "人数", \
total = true }
"""
    made = taken(recipe, roll_csv="学校,年级,人数\na,1,40人\na,1,2\n").tables["roll_counts"]
    assert made["pupils_n"].tolist() == [42]
    with pytest.raises(DataError, match="第 2 行「两」"):
        taken(recipe, roll_csv="学校,年级,人数\na,1,两\na,1,3\n")


def test_a_school_without_coordinates_among_others_is_told(taken):
    recipe = f"""{ABOUT}
[[sources]]
files = "schools.csv"
datum = "CGCS2000"
schools = {{ school_id = "编号", name = "名称", stage = {{ is = "primary", why = "x" }}, \
sector = {{ is = "public", why = "x" }}, status = {{ is = "open", why = "x" }}, point = ["lng", "lat"] }}
"""
    with pytest.raises(DataError, match="有 1 个没有图形或坐标"):
        taken(recipe, schools_csv="编号,名称,lng,lat\ns1,甲,120.1,30.1\ns2,乙,,\n")
