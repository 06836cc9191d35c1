"""What the layers of a folder seem to be: told by shapes and names, asked where it may be something else."""

import json

import geopandas as gpd
import pytest
import shapely

from zhaosheng_analysis import ingest

BOX = shapely.box(118.90, 39.40, 118.91, 39.41)


def squares(n: int, west: float = 118.9, south: float = 39.4) -> list[shapely.Polygon]:
    return [shapely.box(west + at / 100, south, west + (at + 1) / 100, south + 0.01) for at in range(n)]


@pytest.fixture
def suggested(tmp_path):
    """Return how to suggest from layers, each a list of properties and of shapes; its lines, asked ones marked."""

    def suggest(*, bare: bool = False, **layers: tuple[list[dict], list]) -> list[str]:
        for name, (rows, shapes) in layers.items():
            features = [
                {"type": "Feature", "properties": row, "geometry": shapely.geometry.mapping(shape)}
                for row, shape in zip(rows, shapes, strict=True)
            ]
            if not bare:
                text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
                (tmp_path / f"{name}.geojson").write_text(text, encoding="utf-8")
            else:
                gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4549").to_file(tmp_path / f"{name}.shp")
                (tmp_path / f"{name}.prj").unlink()
        return ingest.suggest(tmp_path).splitlines()

    return suggest


def starts(lines: list[str], word: str) -> bool:
    return any(line.startswith(word) for line in lines)


def test_what_is_still_missing_beside_a_map_is_listed_and_the_boundary_is_offered(suggested):
    lines = suggested(学区=([{"学区名称": f"{n}小学区", "对应学校": f"{n}小"} for n in "一二三"], squares(3)))
    assert '# 待定：empty = ["areas", "streets", "units"]  # 还没有的图层，写成空的' in lines
    assert starts(lines, "# 待定：boundary = {")
    assert 'zone_id = { key = "学区名称", prefix = "z" }' in lines
    assert "[sources.zone_schools]" in lines
    assert 'school_id = { key = "对应学校", prefix = "s" }' in lines


def test_zones_called_after_schools_are_joined_with_them_only_when_the_clerk_says_so(suggested):
    schools = [{"学校名称": f"{n}小", "学段": "小学"} for n in "一二三"]
    points = [shapely.Point(118.905 + at / 100, 39.405) for at in range(3)]
    zones = [{"片区名称": f"{n}小"} for n in "一二三"]
    lines = suggested(学校=(schools, points), 学区=(zones, squares(3)))
    assert (
        '# 待定：school_id = { match = "片区名称", in = "schools" }  # 学区名就是学校名的才留；不同名的逐个问' in lines
    )
    assert lines.index("[sources.schools]") < lines.index("[sources.zones]")
    assert 'stage = "学段"' in lines


def test_an_outline_is_the_boundary_and_townships_are_areas(suggested):
    lines = suggested(
        县界=([{"名称": "练习县"}], [shapely.box(118.9, 39.4, 118.93, 39.41)]),
        镇界=([{"名称": name} for name in ("东镇", "西乡", "城关街道")], squares(3)),
    )
    assert "[sources.boundary]" in lines
    assert "[sources.areas]" in lines
    assert '# 待定：kind = { is = "township", why = "看名称都是" }  # 请核对，或写表头' in lines
    assert not starts(lines, "# 待定：boundary = {")


@pytest.mark.parametrize(
    ("rows", "shapes"),
    [
        ([{"编号": str(at)} for at in range(3)], squares(3)),
        ([{"名称": name} for name in ("甲", "乙", "丙")], [box.centroid for box in squares(3)]),
        ([{"图层": "界线"}] * 3, [shapely.LineString(box.exterior.coords) for box in squares(3)]),
        ([{"a": "某某", "b": "何处"}, {"a": "这里", "b": "那里"}], squares(2)),
    ],
    ids=["numbers only", "points of something", "closed lines", "two columns of words"],
)
def test_a_layer_that_may_be_several_things_is_asked_about(suggested, rows, shapes):
    lines = suggested(图=(rows, shapes))
    assert starts(lines, "# 待定：看不出是什么图层")
    assert not starts(lines, "[[sources]]")


def test_north_before_east_is_asked_with_the_line_that_answers(suggested):
    lines = suggested(村界=([{"村名": f"{n}村"} for n in "东西"], squares(2, west=39.4, south=118.9)))
    assert starts(lines, "# 待定：north_first = true")
    assert starts(lines, "# 待定：datum = ")


@pytest.mark.parametrize(("east", "system"), [(39_495_000, "EPSG:4527"), (495_000, "EPSG:4549")])
@pytest.mark.parametrize("north_first", [False, True])
def test_metres_without_a_system_are_asked_for_one_by_the_zone_they_carry(suggested, east, system, north_first):
    shapes = [shapely.box(east + at * 600, 4_367_000, east + at * 600 + 500, 4_367_500) for at in range(2)]
    shapes = [shapely.transform(box, lambda points: points[:, ::-1]) for box in shapes] if north_first else shapes
    lines = suggested(bare=True, 村界=([{"村名": f"{n}村"} for n in "东西"], shapes))
    assert starts(lines, f'# 待定：crs = "{system}"')
    assert starts(lines, "# 待定：north_first = true") == north_first


def test_a_survey_that_calls_north_x_is_taken_as_the_clerk_says(tmp_path):
    (tmp_path / "学校.csv").write_text(
        "学校,学段,X坐标,Y坐标\n一小,小学,4367012,495020\n二小,小学,4368012,496020\n", "utf-8"
    )
    words = ingest.suggest(tmp_path)
    for mark in ("north_first", "crs", "sector", "status"):
        words = words.replace(f"# 待定：{mark} = ", f"{mark} = ")
    facts = 'district_id = "x", name = "某县", district_code = "130225", crs = "EPSG:4549", intake_year = "2026"'
    (tmp_path / "ingest.toml").write_text(f"about = {{ {facts} }}\n{words}", encoding="utf-8")
    schools = ingest.run(ingest.load(tmp_path / "ingest.toml"), tmp_path / "out").tables["schools"]
    assert sorted(zip(schools.geometry.x, schools.geometry.y, strict=True)) == [
        (495_020, 4_367_012),
        (496_020, 4_368_012),
    ]


def test_a_package_of_several_layers_is_a_source_each(tmp_path):
    zones = gpd.GeoDataFrame({"学区名称": ["东片", "西片"]}, geometry=squares(2), crs="EPSG:4490")
    schools = gpd.GeoDataFrame({"学校名称": ["一小"]}, geometry=[BOX.centroid], crs="EPSG:4490")
    zones.to_file(tmp_path / "图.gpkg", layer="划片")
    schools.to_file(tmp_path / "图.gpkg", layer="学校点")
    lines = ingest.suggest(tmp_path).splitlines()
    assert lines.index('layer = "学校点"') < lines.index("[sources.schools]") < lines.index('layer = "划片"')


def test_the_system_of_the_district_is_drafted_by_where_its_files_lie(suggested):
    lines = suggested(村界=([{"村名": "东村"}, {"村名": "西村"}], squares(2, west=116.8)))
    (about,) = [line for line in lines if line.startswith("# 待定：about")]
    assert 'crs = "EPSG:4548"' in about
    assert about.endswith("crs：村界.geojson 在 117 度带")
    assert 'data_as_of = ""' in about


def test_files_that_speak_for_other_meridians_are_said_to_disagree(suggested, tmp_path):
    suggested(村界=([{"村名": "东村"}, {"村名": "西村"}], squares(2, west=119.6)))
    zone = [shapely.box(39_495_000 + at * 600, 4_367_000, 39_495_500 + at * 600, 4_367_500) for at in range(2)]
    lines = suggested(bare=True, 学区=([{"学区名": "东片"}, {"学区名": "西片"}], zone))
    (about,) = [line for line in lines if line.startswith("# 待定：about")]
    assert "各文件不在一个三度带里，请核对：" in about
    assert "学区.shp 在 117 度带" in about
    assert "村界.geojson 在 120 度带" in about
    assert len([line for line in lines if line.startswith("# 待定：boundary = ")]) == 1


def test_a_zone_of_several_schools_is_joined_with_each(suggested):
    zones = [{"学区名称": "一学区", "学校": "甲小学、乙小学"}, {"学区名称": "二学区", "学校": "丙小学（东、西校区）"}]
    lines = suggested(学区=(zones, squares(2)))
    apart = lines.index('explode = "学校"')
    assert lines.index("[sources.zones]") < apart < lines.index("[sources.zone_schools]")
    assert lines[apart - 1] == 'files = "学区.geojson"'
    assert any('"*、*" = "choice"' in line for line in lines)
    assert 'explode = "学校"' not in suggested(学区=(zones[1:], squares(1)))
