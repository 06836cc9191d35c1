"""The picture of where layers lie shows every layer and names what each mark is."""

from dataclasses import replace

import numpy as np
import shapely

from zhaosheng_analysis import figures, geodata
from zhaosheng_analysis.geodata import outlines, whereabouts


def test_every_layer_is_drawn_and_named(town):
    page = figures.whereabouts.layers(
        town, whereabouts.otherwise(town), whereabouts.province(town.code), whereabouts.place(town)
    )
    layers, province = page.axes
    named = {text.get_text() for text in layers.get_legend().get_texts()}
    assert named == {"学校，按所声明的", "学校，若为 GCJ-02", "学校，若为 BD-09", "学区", "小区与村", "区县界"}
    spots = [tuple(map(tuple, each.get_offsets())) for each in layers.collections if len(each.get_offsets()) > 1]
    assert tuple(zip(town.schools.geometry.x, town.schools.geometry.y, strict=True)) in spots
    assert any("河北省" in text.get_text() for text in province.get_legend().get_texts())
    assert figures.style.png(page).startswith(b"\x89PNG")


def test_a_layer_that_is_asked_about_is_drawn_where_it_may_lie(town):
    there = {"小区，若为 GCJ-02": town.units.translate(500, 0)}
    headquarters = whereabouts.Headquarters("乐亭县", 118.9, 39.4)
    page = figures.whereabouts.layers(town, there, None, (118.9, 39.4), headquarters)
    layers, code = page.axes
    assert "小区，若为 GCJ-02" in {text.get_text() for text in layers.get_legend().get_texts()}
    assert "乐亭县政府驻地：东经 118.90 度、北纬 39.40 度" in {
        text.get_text() for text in code.get_legend().get_texts()
    }


def test_a_refused_folder_shows_each_layer_as_declared_and_as_meant(town, tmp_path):
    swapped = town.zones.set_geometry(shapely.transform(np.asarray(town.zones.geometry.array), lambda at: at[:, ::-1]))
    geodata.save(replace(town, zones=swapped.set_crs(town.crs, allow_override=True)), tmp_path)
    about, boxes = outlines.of(tmp_path)
    assert about["district_code"] == town.code
    assert np.allclose(boxes["学区，若对调两个坐标"], boxes["小区与村"], atol=1e-6)
    page = figures.whereabouts.refused("某县", boxes, whereabouts.province(town.code), None)
    (axes,) = page.axes
    named = " ".join(text.get_text() for text in axes.get_legend().get_texts())
    assert all(each in named for each in ("区县界：", "学区，若对调两个坐标：", "河北省"))
