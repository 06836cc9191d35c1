"""The papers of a redraw: pictures say their sentence, tables hold the numbers, the notice tells old from new."""

import datetime as dt
import io
import re
import zipfile
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import optimize
from typer.testing import CliRunner

from tests.towns import taobei_redrawn
from tests.towns.warning_report import HOSTILE
from zhaosheng_analysis import demo, figures, geodata, redraw, report, schema, texts, zones
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.cli import redraw as redraw_verbs
from zhaosheng_analysis.redraw import problems


@cache
def one():
    """Return 洮北 with one unit moved: district, rules, option, score."""
    district, rules, reference = taobei_redrawn.taobei()
    unit, _, new = taobei_redrawn.border_unit()
    outlook = reference.side.outlook
    found = problems.problem(district, outlook, rules, years=taobei_redrawn.YEARS)
    assignment = found.now.copy()
    assignment[unit] = new
    return district, rules, redraw.valued(found, assignment, "hand", "手工方案"), taobei_redrawn.scored((unit, new))


def rows(block) -> list[list]:
    """Return the rows of a table block."""
    return block.data["rows"]


def test_the_table_of_units_holds_the_unit_with_both_schools():
    district, _, option, _ = one()
    unit, old, new = taobei_redrawn.border_unit()
    names = district.schools.set_index("school_id")["name"].map(
        lambda name: figures.maps.short_name(name, district.name)
    )
    told = rows(report.redraw.moved_units(option))
    assert [row[:3] for row in told] == [
        [district.units.set_index("unit_id").loc[unit, "name"], names[old], names[new]]
    ]
    children = option.moved[list(taobei_redrawn.YEARS)].to_numpy().sum()
    assert told[0][-3] == round(children)


def test_an_option_that_moves_nothing_has_a_map_of_the_district():
    district, _, option, score = one()
    still = redraw.valued(option.problem, option.problem.now, "still", "一个不动")
    drawn = report.hearing.pictures(still, score, district)
    assert figures.style.message(drawn.change).startswith("一个不动：0 个小区或村改变学校")
    west, east = drawn.change.axes[0].get_xlim()
    assert west < district.schools.geometry.x.min() < district.schools.geometry.x.max() < east


def test_options_that_draw_the_same_zones_are_scored_once_and_keep_their_names():
    district, _, option, _ = one()
    reference = taobei_redrawn.taobei()[2]
    scores = redraw.scored([option, replace(option, option_id="same", name="另一名")], district, reference=reference)
    assert [score.assignment.note for score in scores.values()] == ["手工方案", "另一名"]
    assert scores["hand"].seats is scores["same"].seats


def test_the_comparison_has_today_and_every_option():
    _, _, option, score = one()
    told = rows(report.redraw.side_by_side([option], {"hand": score}))
    assert [row[0] for row in told] == ["今天的学区", "手工方案"]
    assert told[0][3] == score.seats["missing_before_n"].sum()
    assert told[1][3] == score.seats["missing_after_n"].sum()


def test_terms_in_the_table_add_up_to_the_cost():
    _, _, option, _ = one()
    block = report.redraw.weighing([option])
    place = [column["key"] for column in block.data["columns"]].index("cost")
    assert sum(row[place] for row in block.data["rows"]) == pytest.approx(option.cost)


def test_the_notice_names_both_zones_and_what_moved():
    district, _, _, score = one()
    unit, _, _ = taobei_redrawn.border_unit()
    name = district.units.set_index("unit_id").loc[unit, "name"]
    told = report.redraw_notice.notice(score, district)
    assert f"划出{name}" in told
    assert f"划入{name}" in told
    assert "示例数据" in told
    table = report.redraw_notice.differences(score)
    assert len(table) == 2
    assert all(row.what in told and row.reason in told for row in table.itertuples())


def test_who_loses_is_said_and_asked():
    district, rules, option, score = one()
    lost = score.families[score.families["loses"]]
    told = report.consultation.losers(score)
    assert f"变差的 {schema.small_cells.shown(len(lost))} 人中" in told
    assert not re.search(r"(?<![\d,.<])[1-9] 人", told)
    pack = report.hearing.pack(option, score, [option], {"hand": score}, district, rules)
    assert texts.labels.literal(told) in "".join(block.get("markdown", "") for block in pack.blocks)
    unit, old, new = taobei_redrawn.border_unit()
    asked = rows(report.consultation.consulted(option, score))
    there = score.families[score.families["unit_id"] == unit]
    assert asked[0][0] == f"{district.units.set_index('unit_id').loc[unit, 'name']}的家长"
    assert asked[0][2:4] == [int(there["changed"].sum()), int(there["loses"].sum())]
    assert {row[0] for row in asked[1:]} >= {
        district.schools.set_index("school_id")["name"][door] for door in (old, new)
    }


def test_every_option_is_folded_under_the_summary_with_links_to_its_papers():
    district, rules, option, score = one()
    other = replace(option, option_id="more-classes", name="增班")
    page = report.pages.html(
        report.hearing.comparison([option, other], {"hand": score, "more-classes": score}, district, rules)
    )
    top, *parts = page.split('<details class="part">')
    assert [part.partition("</h2>")[0].rpartition(">")[2] for part in parts] == ["手工方案", "增班"]
    assert "<caption>方案比较</caption>" in top
    assert [word in top for word in ("改变学校的小区和村", "谁变好，谁变差")] == [False, False]
    for part, folder in zip(parts, ("hand", "more-classes"), strict=True):
        anchor = re.search(r'<div id="(s\d+)">', part)[1]
        assert f'<a href="#{anchor}">' in top
        assert f'<a href="{folder}/hearing.pdf">' in part
        assert "谁变好，谁变差" in part


def test_the_families_are_pseudonyms_of_this_years_children():
    district, rules, option, score = one()
    told = rows(report.redraw.family_rows(score))
    assert {row[0] for row in told} <= set(district.table("children")["child_id"])
    assert len(told) == len(score.families)
    book = zipfile.ZipFile(io.BytesIO(report.workbook.xlsx(report.hearing.families(option, score, district, rules))))
    assert "涉及的家庭" in book.read("xl/sharedStrings.xml").decode()


def test_the_hearing_pack_has_inquiry_consultation_and_reasons():
    district, rules, option, score = one()
    pack = report.hearing.pack(option, score, [option], {"hand": score}, district, rules)
    page = report.pages.html(pack)
    for part in ("一、调查", "四、理由与其他方案", "六、征求意见与决定", "没有考虑的", "谁变好，谁变差"):
        assert part in page
    assert f"{option.gap:.2%}" in page
    assert report.pdf.pdf(pack).startswith(b"%PDF")
    counts = re.compile(r"y\d+|total|all|none|children|(families|children|changed|gain|lose|own_\w+|none_\w+)_n")
    tables = [block for block in pack.blocks if block.get("kind") == "table" and block["rows"]]
    few = {
        (block["title"], column["key"])
        for block in tables
        for place, column in enumerate(block["columns"])
        if counts.fullmatch(column["key"])
        and any(
            isinstance(row[place], int | float) and 0 < row[place] < schema.small_cells.FEWEST for row in block["rows"]
        )
    }
    assert not few, "counts of few children in what the public gets"


def frames(*blocks):
    return [report.public_counts.frame(block) for block in blocks]


def test_no_small_count_of_the_ends_follows_from_the_two_tables_together():
    """A reader who solves all sums of both tables finds no hidden count of 1 to 9."""
    _, _, _, score = one()
    fates, tiers = frames(*report.public_counts.ends(score))
    true_fates, true_tiers = frames(report.redraw.fates(score), report.redraw.tiers(score))
    cells, small, rows_ = {}, [], []

    def term(table, true, row, name):
        """Return the number where it is printed, or else the place of an unknown."""
        if not isinstance(table.loc[row, name], str):
            return None, float(table.loc[row, name])
        at = cells.setdefault((id(table), row, name), len(cells))
        small.extend([at] if 0 < true.loc[row, name] < 10 and at not in small else [])
        return at, 0.0

    def equal(left, right):
        rows_.append([(sign, *term(*cell)) for sign, side in ((1, left), (-1, right)) for cell in side])

    ends_ = [name for name in fates if name in redraw.FATES]
    years = [name for name in tiers if name.startswith("y")]
    for row in fates.index:
        equal([(fates, true_fates, row, "children")], [(fates, true_fates, row, name) for name in ends_])
        same = tiers.index[tiers["zones"] == fates.loc[row, "zones"]]
        lost = [(fates, true_fates, row, name) for name in ("refused", "none")]
        equal([(tiers, true_tiers, other, f"y{fates.loc[row, 'year']}") for other in same], lost)
    for row in tiers.index:
        equal([(tiers, true_tiers, row, "all")], [(tiers, true_tiers, row, name) for name in years])
    matrix, right = np.zeros((len(rows_), len(cells))), np.zeros(len(rows_))
    for at, terms in enumerate(rows_):
        for sign, place, number in terms:
            if place is None:
                right[at] -= sign * number
            else:
                matrix[at, place] += sign
    assert small
    bounds = [(1, 9) if at in small else (0, None) for at in range(len(cells))]
    for at in small:
        least, most = (
            optimize.linprog(sign * np.eye(len(cells))[at], A_eq=matrix, b_eq=right, bounds=bounds).fun * sign
            for sign in (1, -1)
        )
        assert most - least >= 1, (at, least, most)


def test_the_children_of_one_birth_year_are_hidden_in_every_year():
    _, _, _, score = one()
    shown, true = frames(report.public_counts.by_grade(score), report.redraw.by_grade(score))
    told = {}
    for name in (name for name in true if name.startswith("y")):
        for row in true.index:
            key = true.loc[row, "name"], int(name[1:]) - true.loc[row, "grade"]
            told.setdefault(key, set()).add(str(shown.loc[row, name]))
    assert "<10" in set().union(*told.values())
    assert not [words for words in told.values() if len(words) > 1]


def test_no_way_is_told_of_few_children():
    _, _, _, score = one()
    table, true = frames(report.public_counts.shown(report.redraw.groups(score)), report.redraw.groups(score))
    few = true["children_n"].between(1, 9)
    assert few.any()
    assert (table.loc[few, ["way_before_m", "way_after_m"]] == "…").all(axis=None)
    hidden = (table["way_before_m"] == "…") & (table["facet"] == "街道乡镇")
    assert true.loc[hidden, "children_n"].sum() >= 10
    told = dict(
        zip(
            report.public_counts.frame(report.redraw.ways(score))["whom"],
            rows(report.public_counts.ways(score)),
            strict=True,
        )
    )
    assert "…" in told["学区改变的"]  # ten of twelve children walked more than two kilometres


def test_every_group_of_the_score_stands_in_the_table_and_in_the_picture():
    district, _, option, score = one()
    told = rows(report.redraw.groups(score))
    assert [row[1] for row in told] == score.groups["group"].tolist()
    picture = figures.redraw.groups(option, score, district)
    drawn = {label.get_text().partition("（")[0] for label in picture.axes[0].get_yticklabels()}
    shown = score.groups[score.groups["facet"].isin(["梯次", "户籍", "住处"])]
    assert {name.partition("（")[0] for name in shown["group"]} == drawn


def test_the_picture_of_groups_tells_no_more_than_the_table_beside_it():
    district, _, option, score = one()
    table = report.public_counts.shown(report.redraw.groups(score))
    told = {tuple(row[:2]): [str(row[4]), str(row[5])] for row in rows(table) if row[0] in ("梯次", "户籍", "住处")}
    picture = figures.redraw.groups(option, score, district).axes[0]
    written = [label.get_text().strip() for label in picture.texts]
    assert written == [cell for cells in told.values() for cell in cells]
    assert "<10" in written
    lengths = [abs(bar.get_width()) for bars in picture.containers for bar in bars]
    assert not [length for length in lengths if 0 < length < 10 and length != 5]


def test_pictures_say_their_numbers():
    district, _, option, score = one()
    missing = score.seats["missing_after_n"].sum()
    assert f"变为 {missing:,} 个" in figures.style.message(figures.redraw.change(option, score))
    assert figures.style.png(figures.redraw.options([option], {"hand": score}, district)).startswith(b"\x89PNG")
    assert f"{100 * option.gap:.2f}%" in figures.style.message(figures.redraw.search([option], district))


def test_the_headline_says_over_which_years_seats_are_added_up_and_whether_any_zone_changes():
    _, _, option, score = one()
    said = figures.redraw.options_message([option], {"hand": score})
    before = score.seats["missing_before_n"].sum()
    summed = "（各年合计）" if len(option.problem.years) > 1 else ""
    assert f"一个方案把缺的 {before:,} 个学位{summed}" in said
    still = replace(option, moved=option.moved.iloc[:0])
    both = [replace(still, option_id="hand"), replace(still, option_id="other")]
    told = figures.redraw.options_message(both, {"hand": score, "other": score})
    assert told.endswith("，都不改学区")
    assert "最少" not in told


def test_a_name_from_the_data_cannot_become_markup():
    district, rules, option, score = one()
    named = replace(option, name=HOSTILE)
    assert HOSTILE not in report.pages.html(report.hearing.comparison([named], {"hand": score}, district, rules))


def test_the_geopackage_holds_units_zones_and_schools(tmp_path):
    import pyogrio

    _, _, option, score = one()
    path = tmp_path / "zones.gpkg"
    path.write_bytes(redraw_verbs._geopackage(option, score))
    assert {"zones", "schools", "assigned_units"} <= {name for name, _ in pyogrio.list_layers(path)}
    units = pyogrio.read_dataframe(path, layer="assigned_units")
    assert units.loc[units["moved"].astype(bool), "unit_id"].tolist() == option.moved["unit_id"].tolist()
    assert units.set_index("unit_id")["school_id"].to_dict() == option.assignment.to_dict()
    unit, old, new = taobei_redrawn.border_unit()
    row, names = units.set_index("unit_id").loc[unit], score.district.schools.set_index("school_id")["name"]
    assert (row["from_school_name"], row["school_name"]) == (names[old], names[new])


def test_the_first_verb_may_be_left_out(tmp_path):
    runner = CliRunner()
    for words in (["redraw", str(tmp_path / "nowhere")], ["redraw", "propose", str(tmp_path / "nowhere")]):
        found = runner.invoke(main.app, words)
        assert isinstance(found.exception, schema.DataError)
        assert "nowhere" in str(found.exception)


def test_years_are_read_as_written_and_refused_otherwise():
    district, _, _, _ = one()
    assert redraw_verbs._ahead(district, "2026-2028") == [2026, 2027, 2028]
    assert redraw_verbs._ahead(district, "2027") == [2027]
    assert redraw_verbs._ahead(district, "") == [2025, 2026, 2027, 2028, 2029]
    for wrong in ("soon", "2030-2026", "2026-"):
        with pytest.raises(schema.DataError, match="不是年份"):
            redraw_verbs._ahead(district, wrong)


def test_an_assignment_scored_on_the_command_line_writes_its_papers(tmp_path):
    town = demo.nine_plots()
    geodata.save(town, tmp_path / "town")
    schools = zones.of_units(town.units, town.zones).str.replace("z", "s")
    schools["u7"] = "s2"
    given = redraw.Assignment("town", "laoting-2025", "primary", dt.date(2026, 5, 1), schools)
    redraw.write_assignment(given, tmp_path / "assignment.json")
    words = ["redraw", "score", str(tmp_path / "assignment.json"), "--district", str(tmp_path / "town")]
    found = CliRunner().invoke(main.app, [*words, "--years", "2026-2027", "--out", str(tmp_path / "out")])
    assert found.exit_code == 0, found.output
    written = {path.name for path in (tmp_path / "out" / "assignment").iterdir()}
    assert {
        "assignment.json",
        "map.png",
        "内部-families.xlsx",
        "zones.gpkg",
        "notice.txt",
        "notice.docx",
        "hearing.pdf",
        "hearing.docx",
    } <= written
    again = redraw.read_assignment(tmp_path / "out" / "assignment" / "assignment.json")
    pd.testing.assert_series_equal(again.schools, schools, check_names=False)


def test_what_units_said_stands_in_the_papers_of_the_hearing():
    district, rules, option, score = one()
    unit = taobei_redrawn.border_unit()[0]
    other = next(name for name in district.units["unit_id"] if name not in set(option.moved["unit_id"]))
    names = district.units.set_index("unit_id")["name"]
    said = {unit: "路太远，要校车", other: "同意"}
    spoken = replace(score, assignment=replace(score.assignment, comments=said))
    pack = report.hearing.pack(option, spoken, [option], {"hand": spoken}, district, rules)
    tables = {block["title"]: block["rows"] for block in pack.blocks if block["kind"] == "table"}
    assert [row[2] for row in tables["逐条宣读"]] == ["路太远，要校车"]
    asked = {row[0]: row for row in tables["征求意见的对象"]}
    assert asked[f"{names[unit]}的家长"][4] == "路太远，要校车"
    assert asked[f"{names[other]}的家长"][1:5] == ["学校不变", None, None, "同意"]
