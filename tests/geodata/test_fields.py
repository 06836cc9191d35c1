"""Fields of layers as other programs write them: any case, and more of them than anybody asked for."""

import geopandas as gpd
import pytest

from zhaosheng_analysis import geodata
from zhaosheng_analysis.schema import DataError


def reload(folder, **changes) -> geodata.District:
    """Write the units of a folder anew under other fields, and load it."""
    units = gpd.read_file(folder / "district.gpkg", layer="units")
    changed = units.rename(columns=changes.get("names", {})).assign(**changes.get("more", {}))
    changed.to_file(folder / "district.gpkg", layer="units", driver="GPKG")
    return geodata.load(folder)


@pytest.mark.parametrize("change", [str.upper, str.title, str.lower])
def test_the_case_of_a_field_does_not_count(town, town_dir, change):
    names = {name: change(name) for name in town.units if name != "geometry"}
    assert reload(town_dir, names=names).units["dwellings_n"].tolist() == town.units["dwellings_n"].tolist()


def test_fields_nobody_asked_for_are_left_out_and_named(town, town_dir):
    found = reload(town_dir, more={"OBJECTID": 1, "Shape_Area": 2.0, "联系人": "x"})
    assert list(found.units) == list(town.units)
    (note,) = map(str, found.notes)
    assert "有 3 个字段没有用：OBJECTID、Shape_Area、联系人" in note


def test_a_field_that_is_nearly_a_declared_one_is_a_slip_of_the_hand(town_dir):
    with pytest.raises(DataError, match="不认识的列「dweling_n」；是不是「dwellings_n」"):
        reload(town_dir, names={"dwellings_n": "dweling_n"})
