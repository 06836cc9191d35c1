"""The picture of where layers lie shows every layer and names what each mark is."""

from zhaosheng_analysis import figures
from zhaosheng_analysis.geodata import whereabouts


def test_every_layer_is_drawn_and_named(town):
    page = figures.whereabouts.layers(
        town, whereabouts.otherwise(town), whereabouts.province(town), whereabouts.place(town)
    )
    layers, province = page.axes
    named = {text.get_text() for text in layers.get_legend().get_texts()}
    assert named == {"学校，按所声明的", "学校，若为 GCJ-02", "学校，若为 BD-09", "学区", "小区与村", "区县界"}
    spots = [tuple(map(tuple, each.get_offsets())) for each in layers.collections if len(each.get_offsets()) > 1]
    assert tuple(zip(town.schools.geometry.x, town.schools.geometry.y, strict=True)) in spots
    assert any("河北省" in text.get_text() for text in province.get_legend().get_texts())
    assert figures.style.png(page).startswith(b"\x89PNG")
