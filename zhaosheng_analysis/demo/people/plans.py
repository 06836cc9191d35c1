"""Plans of the demo districts: seats set so that each planted story holds, and the stories written down as truth.

A story is about one school: ``red`` has fewer seats than registered children of its zone, ``yellow`` fills nine in ten,
``overflow`` is calm today and short of seats within three years, ``empties`` cannot fill half of its plan.
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis.demo.people import population
from zhaosheng_analysis.schema import SIX_THREE

CLASS_SIZE = {"primary": 45, "junior": 50}
# What the seats aim at: registered children over seats; schools without a story aim at all registrations over seats.
AIMS = {"red": 1.15, "yellow": 0.95, "overflow": 0.87, "empties": 0.52, "successor": 1.15}
ORDINARY = (0.76, 0.92)
CALM = 0.88
PLAN_COLUMNS = ["school_id", "stage", "intake_year", "classes_n", "class_size_n", "seats_n", "reserved_n"]


def public_plans(
    demand: pd.DataFrame, stories: dict[str, str], fixed: dict[str, int], *, stage: str, intake_year: int, seed: str
) -> pd.DataFrame:
    """Return the plans of the public schools of one stage, with the story of each.

    Parameters
    ----------
    demand : DataFrame
        `school_id`, registered_n (children who apply), hukou_n (children registered in its zone), special_n.
    stories : dict of str to str
        Planted story by school_id.
    fixed : dict of str to int
        Classes by school_id where the district has decided them (a closing school has none).
    stage : {"primary", "junior"}
        Stage of school.
    intake_year : int
        September of the intake.
    seed : str
        Decides what chance decides.

    Returns
    -------
    DataFrame
        Columns of the demand and of the table plans, and story.
    """
    size = CLASS_SIZE[stage]
    table = demand.sort_values("school_id", ignore_index=True).copy()
    table["story"] = table["school_id"].map(stories).fillna("")
    ease = population.uniforms(table["school_id"], seed=seed, stream=f"plan-{stage}")
    target = ORDINARY[0] + ease * (ORDINARY[1] - ORDINARY[0])
    for_all = np.ceil(table["registered_n"] / (size * target))
    # A school without a story stays calm by the statutory ratio, too: country schools have children on their register
    # who live in town.
    for_register = np.ceil(table["hukou_n"] / (size * CALM))
    ordinary = np.maximum(for_all, for_register).clip(lower=1)
    on_hukou = table["hukou_n"] / (size * table["story"].map(AIMS))
    exact = _exact(table["hukou_n"], table["story"].map(AIMS).fillna(1.0), size)
    planted = {
        "red": on_hukou.round().clip(lower=1),
        "successor": on_hukou.round().clip(lower=1),
        "yellow": exact["classes_n"],
        "overflow": exact["classes_n"],
        "empties": np.ceil(on_hukou).clip(lower=2),
    }
    classes = ordinary
    for story, wanted in planted.items():
        classes = classes.mask(table["story"].eq(story), wanted)
    classes = classes.mask(table["school_id"].isin(list(fixed)), table["school_id"].map(fixed))
    table["classes_n"] = classes.astype(int)
    table["class_size_n"] = exact["class_size_n"].where(table["story"].isin(["yellow", "overflow"]), size)
    table["seats_n"] = table["classes_n"] * table["class_size_n"]
    return table.assign(stage=stage, intake_year=intake_year, reserved_n=table["special_n"])


def _exact(hukou: pd.Series, aim: pd.Series, size: int) -> pd.DataFrame:
    """Return classes_n and class_size_n, up to seven below the standard, that come nearest to an aim."""
    tries = [(classes, each) for classes in range(1, 31) for each in range(size - 7, size + 1)]
    seats = np.array([classes * each for classes, each in tries])
    best = np.abs(hukou.to_numpy()[:, None] / seats - aim.to_numpy()[:, None]).argmin(axis=1)
    return pd.DataFrame([tries[place] for place in best], columns=["classes_n", "class_size_n"], index=hukou.index)


def private_plans(private: list[dict], *, intake_year: int) -> pd.DataFrame:
    """Return the plans of the private schools as the recipe sets them, divided into classes of the standard size."""
    table = pd.DataFrame(private, columns=["school_id", "stage", "seats"])
    size = table["stage"].map(CLASS_SIZE).astype(float)
    table["classes_n"] = np.ceil(table["seats"] / size).astype(int)
    table["class_size_n"] = np.ceil(table["seats"] / table["classes_n"]).astype(int)
    table["seats_n"] = table["seats"].astype(int)
    return table.assign(intake_year=intake_year, reserved_n=0, story="")[[*PLAN_COLUMNS, "story"]]


def past_plans(counts: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """Return the plans of the years kept: the classes that entered, each of the standard size.

    Parameters
    ----------
    counts : DataFrame
        Table `roll_counts`.
    schools : DataFrame
        A school that closed before the intake had plans while it took children.

    Returns
    -------
    DataFrame
        Columns of `PLAN_COLUMNS`.
    """
    entry = counts[SIX_THREE.is_entry(counts["grade"]) & counts["school_id"].isin(schools["school_id"])]
    stage = SIX_THREE.stage_of(entry["grade"])
    size = stage.map(CLASS_SIZE)
    table = pd.DataFrame({"school_id": entry["school_id"], "stage": stage, "intake_year": entry["school_year"]})
    table = table.assign(classes_n=entry["classes_n"], class_size_n=size, seats_n=entry["classes_n"] * size)
    return table.assign(reserved_n=0)[PLAN_COLUMNS]


def outlook(
    expected: pd.DataFrame,
    register: pd.DataFrame,
    serving: pd.DataFrame,
    *,
    years: range,
) -> pd.DataFrame:
    """Return the true coming demand at the primary schools: school_id, year, resident_n, hukou_n (register of today).

    Parameters
    ----------
    expected : DataFrame
        Children who will live in each unit, by year, new estates filled.
    register : DataFrame
        Table `cohorts`, what the register knows today.
    serving : DataFrame
        Who serves each unit: unit_id, school_id and share.
    years : range
        Septembers.

    Returns
    -------
    DataFrame
        Columns school_id, year, resident_n and hukou_n.
    """
    living = expected.rename_axis("unit_id").reset_index().melt("unit_id", var_name="year", value_name="resident_n")
    cohorts = register.rename(columns={"entry_year": "year"})[["unit_id", "year", "hukou_n"]]
    table = living[living["year"].isin(years)].merge(cohorts, on=["unit_id", "year"], how="left", validate="1:1")
    table = table.merge(serving[["unit_id", "school_id", "share"]], on="unit_id", validate="many_to_many")
    for name in ("resident_n", "hukou_n"):
        table[name] = table[name].fillna(0) * table["share"]
    sums = table.groupby(["school_id", "year"], as_index=False)[["resident_n", "hukou_n"]].sum()
    return sums.round(1)
