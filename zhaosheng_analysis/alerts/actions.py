"""What a bureau can do about a shortage, and how many seats each step would give.

Steps are tried from the mildest to the hardest: classrooms that leavers free, classes up to the standard size, seats to
spare at schools near by, classes above the standard for a while, new classrooms. Each says what is still missing after
it. Seats of a neighbour are given away once only, to the school that lacks most.
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.forecast import Outlook, plans_in_force
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import RESULTS, takes

#: A neighbour is at most this far away, in a straight line.
NEAR_M = 3000.0
#: At most so many neighbours are named.
NEIGHBOURS = 3
KEYS = ["school_id", "stage", "year"]
COLUMNS = list(RESULTS["actions"].columns)


@takes(flags="alerts")
def propose(flags: pd.DataFrame, outlook: Outlook, district: District, policy: Policy) -> pd.DataFrame:
    """Propose steps for every public school and year that lacks seats within three years, or has seats to spare.

    Parameters
    ----------
    flags : DataFrame
        From `alerts.flag`.
    outlook : Outlook
        The forecast behind them; its grades say how many classes leave.
    district : District
        Plans, and where the schools are.
    policy : Policy
        Class sizes; a limit in the text forbids larger classes even for a while.

    Returns
    -------
    DataFrame
        One row a step in its order: action (classrooms, standard, neighbour, temporary, build, reduce), seats_n it
        gives, left_n still missing after it, to_school_id for neighbours, advice in Chinese.
    """
    plans = _plans(flags, district)
    spare = _spare(flags)
    public = district.schools.loc[district.schools["sector"] == "public", "school_id"]
    near = flags[~flags["watch"] & flags["school_id"].isin(public)]
    needy = near[near["missing_seats_n"] > 0].sort_values(
        ["year", "missing_seats_n", "school_id"], ascending=[True, False, True]
    )
    rows = []
    for row in needy.itertuples():
        plan = plans.loc[(row.school_id, row.stage, row.year)]
        rows += _steps(row, plan, _leaving(outlook, row), spare, district, policy)
    rows += [step for row in near[near["surplus"]].itertuples() for step in _fewer(row, plans)]
    return pd.DataFrame(rows, columns=COLUMNS) if rows else schema.empty("actions")


def _plans(flags: pd.DataFrame, district: District) -> pd.DataFrame:
    """Return classes and class size in force by (school_id, stage, year)."""
    parts = [
        plans_in_force.planned(district, stage, int(year)).assign(stage=stage, year=year)
        for stage, year in flags[["stage", "year"]].drop_duplicates().itertuples(index=False)
    ]
    return pd.concat(parts).reset_index().set_index(KEYS).astype(float)


def _spare(flags: pd.DataFrame) -> pd.Series:
    """Return the seats that stay free even if as many come as the 80 % interval allows."""
    free = (flags["seats_n"] - flags["high80_n"]).astype(float).where(flags["ratio"].notna(), 0.0)
    return pd.Series(np.floor(free.clip(lower=0)).to_numpy(), index=pd.MultiIndex.from_frame(flags[KEYS]))


def _leaving(outlook: Outlook, row) -> float:
    """Return the classes of the last grade that leave in the summer before the intake."""
    grades = outlook.grades
    last = grades[
        (grades["school_id"] == row.school_id)
        & (grades["grade"] == outlook.school_system.last[row.stage])
        & (grades["year"] == row.year - 1)
    ]
    return float(last["classes_n"].astype(float).fillna(0).sum())


def _steps(row, plan: pd.Series, leaving: float, spare: pd.Series, district: District, policy: Policy) -> list[tuple]:
    """Return the steps for one school and year, until nothing is missing."""
    standard = float(policy.capacity.standard[row.stage])
    classes, size = plan["classes_n"], plan["class_size_n"] if plan["class_size_n"] > 0 else standard
    left, rows = float(row.missing_seats_n), []

    def step(action: str, seats: float, advice: str, to: str = "") -> None:
        nonlocal left
        if seats > 0 and left > 0:
            left = max(left - seats, 0.0)
            key = (row.school_id, row.stage, row.year, row.name)
            rows.append((*key, len(rows) + 1, action, int(seats), int(left), to, advice))

    rooms = min(max(leaving - classes, 0.0), np.ceil(left / size))
    step("classrooms", rooms * size, f"用毕业年级腾出的教室增{rooms:.0f}个班，每班{size:.0f}人")
    step("standard", (standard - size) * classes, f"计划班额由{size:.0f}人放到标准班额{standard:.0f}人")
    for school, name, metres in _neighbours(row, spare, district) if left > 0 else []:
        seats = min(spare[school, row.stage, row.year], left)
        spare[school, row.stage, row.year] -= seats
        step("neighbour", seats, f"统筹{seats:.0f}人到{name}（直线{metres / 1000:.1f}千米，按80%上限仍有余）", school)
    most = policy.capacity.oversized - 1
    if not policy.capacity.limit:
        extra = (most - max(standard, size)) * classes
        step("temporary", extra, f"起始年级临时放到每班{most}人：超过标准班额，不到大班额，只作应急，须逐年消化")
    rooms = np.ceil(left / standard)
    step("build", rooms * standard, f"新增{rooms:.0f}个班的校舍（每班{standard:.0f}人），或调整学区")
    return rows


def _neighbours(row, spare: pd.Series, district: District) -> list[tuple[str, str, float]]:
    """Return the nearest public schools of the stage with seats to spare that year: id, name, metres."""
    schools = district.schools.set_index("school_id")
    free = spare[(spare > 0).to_numpy() & (spare.index.get_level_values("year") == row.year)]
    names = [school for school, stage, _ in free.index if stage == row.stage and school != row.school_id]
    others = schools.loc[[name for name in names if schools.loc[name, "sector"] == "public"]]
    if not district.mapped:
        return []  # nobody knows which is near
    metres = others.distance(schools.loc[row.school_id, "geometry"])
    near = others.assign(metres=metres)[metres <= NEAR_M].sort_values("metres").head(NEIGHBOURS)
    return [(name, near.loc[name, "name"], float(near.loc[name, "metres"])) for name in near.index]


def _fewer(row, plans: pd.DataFrame) -> list[tuple]:
    """Return the classes that a school with seats to spare could do without, even at the upper end of the interval."""
    plan = plans.loc[(row.school_id, row.stage, row.year)]
    size = plan["class_size_n"]
    needed = np.ceil(float(row.high80_n) / size) if size > 0 else plan["classes_n"]
    classes = int(max(plan["classes_n"] - max(needed, 1), 0))
    if not classes:
        return []
    advice = f"可少设{classes}个班（按80%上限计），教室、教师可调剂到缺学位的学段或学校"
    key = (row.school_id, row.stage, row.year, row.name)
    return [(*key, 1, "reduce", -int(classes * size), 0, "", advice)]
