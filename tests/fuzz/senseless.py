"""Changes to the nine-plot town that make no sense: each must be refused, or asked about where it may be true.

Each takes the frames of the town and its facts and changes them in place; the word is what the message must hold.
"""

import geopandas as gpd
import pandas as pd
import shapely

# One cell of the first row is enough: name -> table, column, value, word.
_REFUSED_CELLS = {
    "seats_without_classes": ("plans", "classes_n", 0, "没有班却有学位"),
    "classes_of_nobody": ("plans", "class_size_n", 0, "有班，班额却是 0"),
    "more_reserved_than_seats": ("plans", "reserved_n", 500, "预留学位多于招生计划数"),
    "a_plan_of_another_stage": ("plans", "stage", "junior", "学段不是该校所办的"),
    "x_without_y": ("homes", "y", None, "横坐标和纵坐标只写了一个"),
    "a_home_at_1e300": ("homes", "x", 1e300, "坐标在区县界 100 公里以外"),
    "born_1900": ("children", "birth_on", "1900-01-01", "与入学年份不符"),
    "born_2099": ("children", "birth_on", "2099-01-01", "与入学年份不符"),
    "a_district_code_that_does_not_exist": ("hukou", "district_code", "990101", "没有这样的行政区划代码"),
    "an_area_inside_itself": ("areas", "parent_id", "a1", "自己成了自己的上级"),
    "a_grade_the_stage_does_not_have": ("roll_counts", "grade", 8, "年级不是该校所办学段的"),
    "more_classes_than_pupils": ("roll_counts", "classes_n", 60, "班数多于学生数"),
    "pupils_without_a_class": ("roll_counts", "classes_n", 0, "有学生却没有班"),
    "an_application_of_another_sector": ("applications", "sector", "private", "办学性质与所报学校不符"),
    "a_control_character_in_an_id": ("children", "child_id", "c1\u200b", "不能识别"),
}
_ASKED_CELLS = {
    "a_deed_after_the_intake": ("homes", "dated_on", "2027-01-01", "凭证日期在招生年度之后"),
    "a_hukou_after_the_intake": ("hukou", "since_on", "2031-01-01", "迁入日期在招生年度之后"),
    "an_application_years_later": ("applications", "submitted_at", "2029-07-07 09:00:00", "报名时间在招生年度之后"),
    "an_application_of_another_decade": ("applications", "submitted_at", "2013-07-07 09:00", "早于招生年度一年以上"),
    "pupils_of_a_year_to_come": ("roll_counts", "school_year", 2099, "学年在招生年度之后"),
    "five_thousand_pupils_in_a_class": ("roll_counts", "pupils_n", 5000, "平均每班超过 100 人"),
    "children_who_are_not_born": ("cohorts", "entry_year", 2060, "还没有出生"),
    "more_children_than_flats": ("cohorts", "hukou_n", 5000, "多于住宅套数的两倍"),
    "a_plan_of_another_year": ("plans", "intake_year", 2019, "没有 2025 年招生计划"),
    "a_hukou_older_than_the_child": ("hukou", "since_on", "2011-01-01", "早于出生"),
    "a_home_in_another_estate": ("homes", "unit_id", "u9", "坐标在别的小区里"),
    "a_register_of_another_county_at_home": ("hukou", "district_code", "130224", "地址却在本区县"),
    "children_of_another_year": ("children", "intake_year", 2024, "不是本届的儿童"),
    "a_twin_without_a_twin": ("children", "twin_id", "t9", "没有同胞"),
    "one_flat_in_two_estates": ("homes", "address_id", "d-c2", "地址编号相同"),
    "a_school_that_is_open_and_closed": ("schools", "closed_year", 2020, "写着在办，停办年份却已经过去"),
}
REFUSED, ASKED = {}, {}


def refused(word):
    return lambda change: REFUSED.setdefault(change.__name__, (change, word)) and change


def asked(word):
    return lambda change: ASKED.setdefault(change.__name__, (change, word)) and change


def put(frames, table, column, value, row=0):
    frame = frames[table] = frames[table].copy()
    if column not in frame:
        frame[column] = None
    frame[column] = frame[column].astype(object)
    frame.loc[frame.index[row], column] = value


def of_cells(cells):
    return {
        name: (lambda frames, about, cell=(table, column, value): put(frames, *cell), word)
        for name, (table, column, value, word) in cells.items()
    }


def add(frames, table, **values):
    frames[table] = pd.concat([frames.get(table, pd.DataFrame()), pd.DataFrame([values])], ignore_index=True)


def redrawn(frames, name, shape, row=0):
    layer = frames[name]
    shapes = layer.geometry.to_list()
    shapes[row] = shape
    frames[name] = layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs))


def move(frames, east=0.0, north=0.0, tables=("homes", "hukou")):
    for name in tables:
        frames[name] = frames[name].assign(x=frames[name]["x"] + east, y=frames[name]["y"] + north)


@refused("招生计划数不是班数乘班额")
def far_too_many_seats(frames, about):
    frames["plans"] = frames["plans"].assign(seats_n=9999, classes_n=2, class_size_n=45)


@refused("坐标在区县界 100 公里以外")
def homes_a_thousand_kilometres_away(frames, about):
    move(frames, east=1e6)


@refused("坐标在区县界 100 公里以外")
def homes_of_the_next_projection_zone(frames, about):
    move(frames, east=-256_000.0)


@refused("公里以外")
def homes_ten_kilometres_away(frames, about):
    move(frames, north=1e4)


@refused("坐标在区县界 100 公里以外")
def homes_with_x_and_y_swapped(frames, about):
    frames["homes"] = frames["homes"].rename(columns={"x": "y", "y": "x"})


@refused("截止早于开始")
def a_calendar_that_closes_before_it_opens(frames, about):
    add(frames, "calendar", event="registration", opens_at="2025-07-09 09:00", closes_at="2025-07-07 17:00")


@refused("失效早于生效")
def a_zone_that_ends_before_it_begins(frames, about):
    put(frames, "zones", "valid_from", "2026-01-01")
    put(frames, "zones", "valid_to", "2025-01-01")


@refused("停办早于开办")
def a_school_closed_before_it_opened(frames, about):
    put(frames, "schools", "opened_year", 2020)
    put(frames, "schools", "closed_year", 2010)


@refused("自己成了自己的校本部")
def campuses_of_each_other(frames, about):
    put(frames, "schools", "campus_of", "s2", row=0)
    put(frames, "schools", "campus_of", "s1", row=1)


@refused("自己承接自己")
def successors_in_a_circle(frames, about):
    for row, other in enumerate(("s2", "s3", "s1")):
        put(frames, "schools", "successor_id", other, row=row)


@refused("区县界须正好一个面")
def two_boundaries(frames, about):
    again = frames["boundary"].assign(district_id="town2")
    frames["boundary"] = pd.concat([frames["boundary"], again], ignore_index=True)


@refused("区县界须正好一个面")
def no_boundary_at_all(frames, about):
    frames["boundary"] = frames["boundary"].iloc[:0]


@refused("没有图形")
def an_empty_boundary(frames, about):
    frames["boundary"] = gpd.GeoDataFrame(
        frames["boundary"].drop(columns="geometry"), geometry=[shapely.Polygon()], crs=frames["boundary"].crs
    )


@refused("所报学校不办该生的学段")
def a_leaver_who_applies_to_a_primary(frames, about):
    put(frames, "children", "stage", "junior")
    put(frames, "children", "birth_on", "2013-03-01")


@refused("须为 1990 至 2100 之间的年份")
def an_intake_of_no_year(frames, about):
    about["intake_year"] = "二〇二五"


@refused("须为真实存在的日期")
def the_thirtieth_of_february(frames, about):
    about["data_as_of"] = "2025-02-30"


@refused("须为六位行政区划代码")
def a_folder_of_no_province(frames, about):
    about["district_code"] = "990101"


@refused("只能用小写字母、数字和连字符")
def an_id_that_is_a_path(frames, about):
    about["district_id"] = "../outside/evil"


@refused("区县界 5 公里以外")
def the_projection_zone_one_off(frames, about):
    about["crs"] = "EPSG:4548"
    for name, frame in frames.items():
        if isinstance(frame, gpd.GeoDataFrame) and name != "boundary":
            frames[name] = frame.set_crs("EPSG:4548", allow_override=True)
    frames["boundary"] = frames["boundary"].to_crs("EPSG:4548")
    for name in list(frames):
        if isinstance(frames[name], gpd.GeoDataFrame) and name == "boundary":
            frames[name] = frames[name].set_crs("EPSG:4548", allow_override=True)


@refused("坐标在区县界 100 公里以外")
def homes_in_another_zone_than_the_sheet_says(frames, about):
    about["crs"] = "EPSG:4548"
    for name, frame in frames.items():
        if isinstance(frame, gpd.GeoDataFrame):
            frames[name] = frame.to_crs("EPSG:4548")


@asked("几所学校志愿序号相同")
def every_choice_the_first(frames, about):
    add(
        frames,
        "applications",
        child_id="c1",
        school_id="s2",
        sector="public",
        choice_n=1,
        channel="online",
        submitted_at="2025-07-07 10:00:00",
    )


@asked("同年录取在几所学校")
def one_child_admitted_to_three_schools(frames, about):
    for school in ("s1", "s2", "s3"):
        add(
            frames,
            "admitted",
            child_id="c1",
            stage="primary",
            intake_year=2025,
            school_id=school,
            route="zone",
        )


@asked("多胞胎的出生日期相差")
def twins_of_two_years(frames, about):
    put(frames, "children", "birth_on", "2018-11-02", row=3)


@asked("缺年级，上一年却有这批学生")
def a_grade_that_is_lost(frames, about):
    rolls = frames["roll_counts"]
    frames["roll_counts"] = rolls[~(rolls["school_year"].eq(2024) & rolls["grade"].eq(3) & rolls["school_id"].eq("s1"))]


@asked("缺整个学年")
def a_school_whose_last_rolls_are_lost(frames, about):
    rolls = frames["roll_counts"]
    frames["roll_counts"] = rolls[~(rolls["school_year"].eq(2025) & rolls["school_id"].eq("s2"))]


@asked("中间缺年份")
def a_year_that_is_lost_from_the_register(frames, about):
    registers = frames["cohorts"]
    frames["cohorts"] = registers[~(registers["entry_year"].eq(2026) & registers["unit_id"].eq("u1"))]


@asked("面积不到 1 平方米")
def an_estate_of_no_size(frames, about):
    redrawn(frames, "units", shapely.box(500_000, 4_370_000, 500_000.001, 4_370_000.001))


@asked("在区县界以外")
def a_boundary_of_no_size(frames, about):
    redrawn(frames, "boundary", shapely.box(500_000, 4_370_000, 500_000.001, 4_370_000.001))


@asked("几乎重合")
def two_estates_that_are_one(frames, about):
    redrawn(frames, "units", frames["units"].geometry.iloc[4])


@asked("对应的是已停办的学校")
def a_zone_of_a_school_that_is_closed(frames, about):
    put(frames, "schools", "status", "closed")


@refused("须为真实存在的日期")
def data_of_the_year_one(frames, about):
    about["data_as_of"] = "0001-01-01"


@refused("学区的学段不是该校所办的")
def a_zone_of_another_stage_than_its_school(frames, about):
    put(frames, "zones", "stage", "junior")


@asked("坐标在区县界 5 公里以外")
def one_home_in_the_next_town(frames, about):
    put(frames, "homes", "x", frames["homes"]["x"].iloc[0] + 20_000.0)


@asked("按没有在校生计")
def rolls_without_a_row(frames, about):
    frames["roll_counts"] = frames["roll_counts"].iloc[:0]


REFUSED |= of_cells(_REFUSED_CELLS)
ASKED |= of_cells(_ASKED_CELLS)
