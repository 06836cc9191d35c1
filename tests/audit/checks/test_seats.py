"""The register of seats in an audit: dwellings that sent two families to one school too soon, found as by a clerk."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.towns.twenty_towns import TOWNS, TURNS
from zhaosheng_analysis import demo, policy
from zhaosheng_analysis.audit import findings
from zhaosheng_analysis.audit.checks import seats
from zhaosheng_analysis.policy import starting

CHOSEN = {"seat_lock.years": 0, "seat_lock.sibling_exempt": True}
YEARS = ({"primary": 6, "junior": 3}, {"primary": 5}, {"primary": 1, "junior": 9})


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    path = tmp_path_factory.mktemp("rules") / "town-2025.toml"
    path.write_text(starting.text("town-2025", "seat-lock", year=2025), encoding="utf-8")
    return policy.load(path)


def a_town(random):
    """Draw a register of few dwellings and many years; s1 is of nine years, s2 a primary, s3 a junior school."""

    def one(*values):
        return values[int(random.integers(len(values)))]

    names = [f"k{n}" for n in range(int(random.integers(2, 12)))]
    register = [
        {
            "address_id": one("d1", "d2"),
            "child_id": name,
            "school_id": one("s1", "s1", "s2", "s3"),
            "intake_year": one(2018, 2019, 2020, 2022, 2023, 2025, 2025),
            "stage": one("primary", "junior", None),
        }
        for name in names
    ]
    for row in register:  # a school of one stage says it by itself, and may not say another
        row["stage"] = {"s1": row["stage"], "s2": one("primary", None), "s3": one("junior", None)}[row["school_id"]]
    kin = {name: (one(None, None, "t1"), one(None, "s1", "s2", "s3")) for name in names}
    lock = {"years": one(*YEARS), "siblings": one(True, False), "schools": one((), (), ("s1",), ("s2", "s3"))}
    return register, kin, lock | {"stage": ()}


def by_a_clerk(register, kin, lock):
    """Hold every record against every one before it at the same door of the same school and stage."""
    taught, found, asked = {"s2": "primary", "s3": "junior"}, set(), set()
    for row in register:
        for other in register:
            one_door = row["address_id"] == other["address_id"] and row["school_id"] == other["school_id"]
            twins = kin[row["child_id"]][0] and kin[row["child_id"]][0] == kin[other["child_id"]][0]
            if row is other or not one_door or twins or (lock["schools"] and row["school_id"] not in lock["schools"]):
                continue
            stages = [it["stage"] or taught.get(it["school_id"]) for it in (row, other)]
            if None in stages:
                asked.add(row["school_id"])
                continue
            first = (other["intake_year"], other["child_id"]) < (row["intake_year"], row["child_id"])
            soon = row["intake_year"] - other["intake_year"] < lock["years"].get(stages[0], 0)
            sibling = lock["siblings"] and kin[row["child_id"]][1] == row["school_id"]
            if stages[0] == stages[1] and first and soon and not sibling:
                found.add(row["child_id"])
    return found, asked


@pytest.mark.parametrize("turn", range(TURNS))
def test_a_dwelling_used_again_is_found_as_by_a_clerk(rules, turn):
    random, town = np.random.default_rng(turn), demo.nine_plots()
    schools = town.schools.assign(stage=["both", "primary", "junior"])
    usual = town.tables["children"].iloc[:1]
    for _ in range(TOWNS if TURNS > 1 else 6):
        register, kin, said = a_town(random)
        people = usual.loc[usual.index.repeat(len(kin))].assign(
            child_id=[*kin],
            twin_id=pd.Series([twin for twin, _ in kin.values()], dtype="str").array,
            sibling_school_id=pd.Series([school for _, school in kin.values()], dtype="str").array,
        )
        drawer = pd.DataFrame(register).astype({"stage": "str"})
        district = replace(town, schools=schools, tables=town.tables | {"seat_locks": drawer, "children": people})
        book = replace(rules, lock=replace(rules.lock, **said))
        seen = seats.locked_twice(findings.View(district, book, pd.Timestamp("2025-10-01"), 2025, CHOSEN))
        found, asked = by_a_clerk(register, kin, said)
        assert set(seen.frame.loc[seen.wrong, "child_id"]) == found, (register, kin, said)
        assert set(seen.gaps) == asked, (register, kin, said)
