"""The tables that travel: what is made fulfils its declaration, and no door lets a table in that does not."""

import dataclasses
import importlib
import inspect
import pkgutil
import time
from functools import cache

import numpy as np
import pandas as pd
import pytest

import zhaosheng_analysis
from tests.towns import demo_districts
from zhaosheng_analysis import (
    admission,
    alerts,
    applicants,
    audit,
    demo,
    forecast,
    geodata,
    policy,
    redraw,
    schema,
    tiers,
    zones,
)
from zhaosheng_analysis.forecast import simulation
from zhaosheng_analysis.redraw import options, scoring
from zhaosheng_analysis.schema import RESULTS, TABLES, DataError

OWNERS = {
    "outcome": admission.Outcome,
    "outlook": forecast.Outlook,
    "simulation": forecast.Simulation,
    "findings": audit.Findings,
    "ledger": audit.Ledger,
    "option": redraw.Option,
    "score": redraw.Score,
    "closure": redraw.Closure,
}


def redrawn(district, rules, years):
    """Return an option and its score: one plot of the little town moved."""
    reference = scoring.reference_of(district, rules, stage="primary", seed="1", years=years)
    doors = pd.Series(reference.side.sets.to_dict() | {"u7": "s2"}, dtype="str").rename_axis("unit_id")
    day = f"{years[0]}-05-01"
    assignment = redraw.Assignment(district.id, rules.id, "primary", pd.Timestamp(day).date(), doors)
    score = redraw.score(district, rules, assignment, seed="1", years=years, reference=reference)
    problem = redraw.problem(district, forecast.project(district, rules, years=years), rules, years=years)
    return options.valued(problem, score.assignment.schools, "by-hand", "手工方案"), score


@cache
def made(name: str) -> dict[str, object]:
    """Return everything an office's year makes, redraws in the little town alone, by what it is declared as."""
    town = name == "town"
    district = demo.nine_plots() if town else demo_districts.district(name)
    rules = policy.load(district.about["policy"])
    ranked = tiers.assign(applicants.build(district, rules), rules) if town else demo_districts.ranked(name)
    last = int(district.table("roll_counts")["school_year"].max())
    years = range(last + 1, last + 4)
    outlook = forecast.project(district, rules, years=years)
    through = simulation.run(outlook, ranked, district, rules, seed="1", intakes=1, carried=years[:1])
    flags = alerts.flag(outlook, rules, ranked=ranked, through=through)
    findings = audit.run(district, rules) if town else demo_districts.audited(name)
    owners = {
        "outcome": admission.run(ranked, district, rules, seed="1"),
        "outlook": outlook,
        "simulation": through,
        "findings": findings,
        "ledger": audit.ledger.from_findings(findings, district),
    }
    if town:
        owners["closure"] = redraw.close(district, outlook, rules, "s3")
        owners["option"], owners["score"] = redrawn(district, rules, years)
    tables = {"ranked": ranked, "alerts": flags, "zone_findings": zones.check(district, stage="primary", policy=rules)}
    tables["actions"] = alerts.actions.propose(flags, outlook, district, rules)
    tables["alerts.published"] = flags[flags["year"] == flags["year"].min()]
    fields = {
        f"{prefix}.{it.name}": getattr(owner, it.name)
        for prefix, owner in owners.items()
        for it in dataclasses.fields(owner)
    }
    return owners | tables | {table: value for table, value in fields.items() if table in RESULTS}


@pytest.mark.parametrize(
    ("name", "district"),
    [(name, "town") for name in RESULTS]
    + [(name, "taobei") for name in RESULTS if name.split(".")[0] not in ("option", "score", "closure")],
)
def test_what_is_made_fulfils_its_declaration_value_by_value(name, district):
    table = made(district)[name]
    assert schema.verify(name, table) == []
    if name != "alerts.published":
        known = {column.name for column in RESULTS[name].columns.values() if not column.each}
        each = {column.each for column in RESULTS[name].columns.values()} - {""}
        strange = [column for column in table.columns if column not in known]
        assert not strange or each or name == "ranked", f"columns nobody declared: {strange}"


def rooms():
    """Import every room of the package."""
    for room in pkgutil.walk_packages(zhaosheng_analysis.__path__, "zhaosheng_analysis."):
        if not room.name.endswith("__main__"):
            yield importlib.import_module(room.name)


def doors():
    """Return every function that says which tables it takes: (name, parameter) -> function, table."""
    found = {}
    for room in rooms():
        for name, function in inspect.getmembers(room, inspect.isfunction):
            if function.__module__ == room.__name__ and hasattr(function, "takes"):
                where = f"{room.__name__.partition('.')[2]}.{name}"
                found |= {(where, parameter): (function, table) for parameter, table in function.takes.items()}
    return found


DOORS = doors()


def wanted(name):
    """Return the columns that must be in a table."""
    return [it for it in RESULTS[name].columns.values() if not (it.each or it.optional)]


def without(table, column):
    """Return a table without a column, or with rows that have no name."""
    return table.drop(columns=column) if column in table else table.rename_axis(None)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: "-".join(door))
def test_a_door_names_the_column_that_is_missing_its_title_and_where_the_table_comes_from(door):
    function, name = DOORS[door]
    table = made("town")[name]
    for column in wanted(name):
        with pytest.raises(DataError) as told:
            function(**{door[1]: without(table, column.name)})
        for part in (door[0], f"「{RESULTS[name].title}」({name})", column.title, RESULTS[name].made_by):
            assert part in str(told.value)


@pytest.mark.parametrize("name", [name for name in RESULTS if name.partition(".")[0] in OWNERS])
def test_no_outlook_outcome_or_option_can_be_made_of_less(name):
    owner, field = name.split(".")
    whole = made("town")[owner]
    for column in wanted(name):
        with pytest.raises(DataError, match="缺少 1 列") as told:
            dataclasses.replace(whole, **{field: without(getattr(whole, field), column.name)})
        assert column.title in str(told.value)
        assert f"({name})" in str(told.value)


@pytest.mark.parametrize("name", RESULTS)
def test_a_column_of_another_kind_is_told(name):
    table = made("town")[name]
    for column in wanted(name):
        if column.name not in table or table[column.name].isna().all():
            continue
        text = column.kind in ("id", "text", "choice")
        wrong = np.arange(len(table)) if text else pd.array(["?"] * len(table), dtype="str")
        with pytest.raises(DataError) as told:
            schema.expect(name, table.assign(**{column.name: wrong}))
        assert f"列{column.title}的类型是" in str(told.value)


def test_everything_wrong_with_a_table_is_told_at_once():
    table = made("town")["alerts"]
    broken = table.drop(columns=["ratio", "reason"]).assign(year="2026", demand_n="很多")
    with pytest.raises(DataError) as told:
        alerts.headline(broken)
    said = str(told.value)
    assert "缺少 2 列：「户籍学位比」(ratio)、「说明」(reason)" in said
    assert "「入学年份」(year)的类型是" in said
    assert "「预计入学」(demand_n)的类型是" in said


def test_what_is_no_table_is_told_too():
    with pytest.raises(DataError, match="收到的是 Outlook，不是表"):
        alerts.headline(made("town")["outlook"])


def test_values_that_are_not_declared_are_found():
    table = made("town")["alerts"]
    first = table.index[:1]
    for column, value, said in (
        ("level", "purple", "「预警级别」(level)有 1 处超出范围"),
        ("probability", 1.5, "「缺学位概率」(probability)有 1 处超出范围"),
        ("reason", None, "「说明」(reason)有 1 处空白"),
    ):
        wrong = table.copy()
        wrong.loc[first, column] = value
        assert [said in str(fault) for fault in schema.verify("alerts", wrong)] == [True]
    twice = pd.concat([table, table.head(1)], ignore_index=True)
    assert "与别的行相同" in str(schema.verify("alerts", twice)[0])


def test_columns_a_school_year_or_tier_brings_with_it_do_no_harm():
    table = made("town")["alerts"].assign(p_cut_9=0.5, 备注="—")
    schema.expect("alerts", table)
    assert schema.verify("alerts", table) == []


def test_a_door_costs_a_million_rows_no_more_than_seven():
    table = made("town")["ranked"]
    many = table.iloc[np.arange(1_000_000) % len(table)]
    many.index = pd.Index(np.arange(len(many)).astype("str"), dtype="str", name="child_id")
    began = time.perf_counter()
    for _ in range(20):
        schema.expect("ranked", many)
    assert (time.perf_counter() - began) / 20 < 0.02, "columns and types are looked at, not values"
    assert schema.verify("ranked", many) == []


def test_results_stand_in_the_dictionary_and_in_no_template(tmp_path):
    pages = schema.dictionary()
    for name, table in RESULTS.items():
        mine = pages[pages["表"] == name]
        assert mine["列"].tolist() == list(table.columns)
        assert (mine["列名"] != "").all()
        assert set(mine["由谁生成"]) == {table.made_by}
    assert (pages.loc[pages["表"].isin(list(TABLES)), "由谁生成"] == "").all()
    geodata.template("laoting-2025", tmp_path / "empty")
    notes = pd.read_excel(tmp_path / "empty" / "district.xlsx", sheet_name=None, engine="calamine")
    assert not set(notes) & set(RESULTS)
    assert not set(notes["说明"]["表"]) & set(RESULTS)
    assert "由谁生成" not in notes["说明"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_no_result_is_read_as_a_table_of_a_district(town_dir, ending):
    table = made("town")["actions"]
    if ending == "csv":
        table.to_csv(town_dir / "actions.csv", index=False)
    else:
        table.to_parquet(town_dir / "actions.parquet")
    loaded = geodata.load(town_dir)
    assert "actions" not in loaded.tables
    assert loaded.unused == {f"actions.{ending}": "文件名不是表名"}
