"""Who was admitted and who sits where in an audited demo district: rolls with valid numbers, attendance, leavers.

In go the children of the intake, the plans and the classes of the year before; out come clean tables, in which plan,
admission list, roll and attendance agree. What is wrong is planted afterwards (see `demo.planted.defects`).
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.demo.people import population
from zhaosheng_analysis.schema import SIX_THREE
from zhaosheng_analysis.schema import student_numbers as identifiers

# No county of China has a code that begins with 99.
REGION = "990411"
J_SHARE, L_SHARE = 0.008, 0.004
ROLL_COLUMNS = [
    *["pupil_id", "student_no", "school_id", "school_year", "grade", "class_no", "status", "registered_on", "sex"],
    "birth_on",
]


def student_numbers(pupils: pd.DataFrame, *, seed: str) -> pd.Series:
    """Return a national student number for every pupil: mostly G + citizen number, a few J or L, all well-formed.

    Parameters
    ----------
    pupils : DataFrame
        `pupil_id`, birth_on, sex; the serial is odd for boys, and no two numbers are alike.
    seed : str
        Decides what chance decides.

    Returns
    -------
    Series of str
        Numbers on the index of the pupils.
    """
    ordered = pupils.sort_values("pupil_id")
    day = ordered["birth_on"].dt.strftime("%Y%m%d")
    nth = ordered.groupby([day, ordered["sex"]]).cumcount()
    serial = 2 * nth + np.where(ordered["sex"].eq("male"), 1, 2)
    body = REGION + day + serial.astype(str).str.zfill(3)
    number = body + identifiers.check_characters(body)
    kind = population.uniforms(ordered["pupil_id"], seed=seed, stream="student-no")
    temporary = REGION + day + (1000 + (kind * 1e7).astype(int) % 9000).astype(str)
    letter = np.select([kind < L_SHARE, kind < L_SHARE + J_SHARE], ["L", "J"], "G")
    numbers = pd.Series(letter, index=ordered.index) + number.where(letter != "L", temporary)
    return numbers.reindex(pupils.index)


def admissions(
    children: pd.DataFrame,
    applications: pd.DataFrame,
    plans: pd.DataFrame,
    schools: pd.DataFrame,
    *,
    unzoned: set[str],
    seed: str,
) -> pd.DataFrame:
    """Return a clean table `admitted`: everyone who registered and is of age, no school above its plan.

    A school admits its applicants in the order of their tickets; those beyond the plan are placed at the public school
    of the stage with the most empty seats, with a placement number, and so are `unzoned` children.
    """
    table = _asked(children, applications, seed)
    seats = plans.set_index(["stage", "school_id"])["seats_n"]
    place = table.groupby(["stage", "school_id"]).cumcount()
    room = seats.reindex(pd.MultiIndex.from_frame(table[["stage", "school_id"]])).to_numpy()
    fits = place < room
    table["route"] = np.select(
        [table["category"].ne(""), table["sector"].eq("private")], ["special", "registered"], "zone"
    )
    table.loc[~fits | table["child_id"].isin(unzoned), "route"] = "coordinated"
    table.loc[~fits, "school_id"] = _vacancies(table[fits], table[~fits], seats, schools)
    sector = schools.set_index("school_id")["sector"]
    year = int(plans["intake_year"].iloc[0])
    placed = table["route"].eq("coordinated")
    number = f"湛统筹〔{year}〕" + (placed.cumsum()).astype(str).str.zfill(4)
    return pd.DataFrame(
        {
            "child_id": table["child_id"],
            "stage": table["stage"],
            "intake_year": year,
            "school_id": table["school_id"],
            "route": table["route"],
            "list_sector": table["school_id"].map(sector),
            "placement_no": number.where(placed, ""),
            "admitted_on": pd.Timestamp(year, 7, 25),
        }
    ).sort_values("child_id", ignore_index=True)


def _asked(children: pd.DataFrame, applications: pd.DataFrame, seed: str) -> pd.DataFrame:
    """Return the first application of every child of age, each school's by ticket."""
    first = applications.sort_values(["child_id", "sector", "choice_n"]).drop_duplicates("child_id")
    facts = children.set_index("child_id")[["stage", "category", "under_age", "family_id"]]
    table = first.join(facts, on="child_id", validate="1:1")
    table = table[~table["under_age"]]
    table["ticket"] = lottery.tickets(table["family_id"], seed=seed, stream="audited-admission")
    return table.sort_values(["stage", "school_id", "ticket", "child_id"], ignore_index=True)


def _vacancies(inside: pd.DataFrame, over: pd.DataFrame, seats: pd.Series, schools: pd.DataFrame) -> list[str]:
    """Return a public school with empty seats for every child beyond a plan: always the one with most of them."""
    public = schools.loc[schools["sector"].eq("public") & schools["status"].eq("open"), "school_id"]
    taken = inside.groupby(["stage", "school_id"]).size()
    left = (seats - taken.reindex(seats.index).fillna(0)).astype(int)
    vacancies = []
    for stage in over["stage"]:
        offers = left[stage]
        school_id = offers[offers.index.isin(public)].idxmax()
        left[(stage, school_id)] -= 1
        vacancies.append(school_id)
    return vacancies


def entrants(admitted: pd.DataFrame, children: pd.DataFrame, plans: pd.DataFrame, *, seed: str) -> pd.DataFrame:
    """Return the new pupils in the classes of the plan, formed by tickets within each sex: sizes one apart at most."""
    facts = children.set_index("child_id")[["sex", "birth_on"]]
    table = admitted[["child_id", "stage", "school_id"]].join(facts, on="child_id", validate="1:1")
    table["ticket"] = lottery.tickets(table["child_id"], seed=seed, stream="class-formation")
    table = table.sort_values(["stage", "school_id", "sex", "ticket"], ignore_index=True)
    planned = plans.set_index(["stage", "school_id"])["classes_n"]
    classes = planned.reindex(pd.MultiIndex.from_frame(table[["stage", "school_id"]])).to_numpy()
    table["class_no"] = table.groupby(["stage", "school_id"]).cumcount() % classes + 1
    return pd.DataFrame(
        {
            "pupil_id": table["child_id"],
            "school_id": table["school_id"],
            "grade": table["stage"].map(SIX_THREE.entry),
            "class_no": table["class_no"].astype(int),
            "sex": table["sex"],
            "birth_on": table["birth_on"],
        }
    )


def older(classes: pd.DataFrame, *, intake_year: int, prefix: str, seed: str) -> pd.DataFrame:
    """Return the pupils of the other grades: the classes of last year, moved up a grade, pupil by pupil."""
    last = classes[(classes["school_year"] == intake_year - 1) & ~SIX_THREE.is_last(classes["grade"])]
    rows = last.loc[last.index.repeat(last["pupils_n"])].reset_index(drop=True)
    rows["pupil_id"] = [f"{prefix}-pupil-{n:06d}" for n in range(1, len(rows) + 1)]
    rows["grade"] += 1
    sex = population.uniforms(rows["pupil_id"], seed=seed, stream="pupil-sex") < 0.53
    days = (population.uniforms(rows["pupil_id"], seed=seed, stream="pupil-birth") * 365).astype(int)
    last_day = pd.to_datetime({"year": intake_year - 5 - rows["grade"], "month": 8, "day": 31})
    return rows[["pupil_id", "school_id", "grade", "class_no"]].assign(
        sex=np.where(sex, "male", "female"), birth_on=last_day - pd.to_timedelta(days, unit="D")
    )


def roll(pupils: pd.DataFrame, *, intake_year: int, seed: str) -> pd.DataFrame:
    """Return a clean table `roll`: one active row a pupil, registered in the September in which the stage began."""
    began = intake_year - (pupils["grade"] - SIX_THREE.stage_of(pupils["grade"]).map(SIX_THREE.entry))
    day = 2 + (population.uniforms(pupils["pupil_id"], seed=seed, stream="registered") * 26).astype(int)
    registered = pd.to_datetime({"year": began, "month": 9, "day": day})
    table = pupils.assign(
        student_no=student_numbers(pupils, seed=seed),
        school_year=intake_year,
        status="active",
        registered_on=registered,
    )
    return table[ROLL_COLUMNS].sort_values("pupil_id", ignore_index=True)


def attendance(roll_table: pd.DataFrame, *, seen_on: pd.Timestamp) -> pd.DataFrame:
    """Return a clean table `attendance`: everyone sits where the roll says."""
    return roll_table[["pupil_id", "school_id", "grade", "class_no"]].assign(seen_on=seen_on)


def leavers(children: pd.DataFrame, admitted: pd.DataFrame, *, intake_year: int, seed: str) -> pd.DataFrame:
    """Return a clean table `leavers`: all admitted by a junior, and some who left the district with a proof."""
    juniors = children[children["stage"].eq("junior") & children["prev_school_id"].ne("")]
    placed = admitted.set_index("child_id")["school_id"]
    inside = pd.DataFrame(
        {
            "pupil_id": juniors["child_id"],
            "school_id": juniors["prev_school_id"],
            "destination": "admitted",
            "junior_id": juniors["child_id"].map(placed),
            "proof_no": "",
        }
    )
    inside = inside[inside["junior_id"].notna()]
    gone = inside.groupby("school_id").size().mul(0.012).round().astype(int)
    outside = pd.DataFrame({"school_id": gone.index.repeat(gone), "destination": "outside", "junior_id": ""})
    outside["pupil_id"] = [f"zh-leaver-{n:05d}" for n in range(1, len(outside) + 1)]
    outside["proof_no"] = [f"外出就读{intake_year}-{n:04d}" for n in range(1, len(outside) + 1)]
    late = population.uniforms(outside["pupil_id"], seed=seed, stream="deferred") < 0.1
    outside["destination"] = np.where(late, "deferred", "outside")
    table = pd.concat([inside, outside], ignore_index=True).assign(leave_year=intake_year)
    return table.sort_values("pupil_id", ignore_index=True)


def transfers(roll_table: pd.DataFrame, schools: pd.DataFrame, *, intake_year: int, seed: str) -> pd.DataFrame:
    """Return a clean table `transfers`: 24 pupils who came in summer, into classes of the standard size, approved.

    Second-graders came when their first year was over.
    """
    sizes = roll_table.groupby(["school_id", "grade", "class_no"])["pupil_id"].transform("size")
    public = roll_table["school_id"].map(schools.set_index("school_id")["sector"]).eq("public")
    fits = roll_table[public & sizes.le(43) & roll_table["grade"].between(2, 5)].assign(size_after_n=sizes)
    fits = fits.iloc[np.argsort(lottery.tickets(fits["pupil_id"], seed=seed, stream="transfers"))[:24]]
    first = fits["grade"].eq(2).map({True: pd.Timestamp(intake_year, 9, 2), False: pd.Timestamp(intake_year, 8, 27)})
    table = fits[["pupil_id", "grade", "size_after_n"]].assign(
        from_school_id="",
        to_school_id=fits["school_id"],
        moved_on=first,
        reason=np.resize(["moved_home", "work", "sibling"], len(fits)),
    )
    table["approval_no"] = [f"转字{n:03d}" for n in range(101, 101 + len(table))]
    return table.reset_index(drop=True)


def class_changes(roll_table: pd.DataFrame, schools: pd.DataFrame, *, intake_year: int, seed: str) -> pd.DataFrame:
    """Return a clean table `class_changes`: three pupils of grade 4 who changed class with an approval."""
    public = roll_table["school_id"].map(schools.set_index("school_id")["sector"]).eq("public")
    rows = roll_table[public & roll_table["grade"].eq(4) & roll_table["class_no"].eq(1)]
    rows = rows.iloc[np.argsort(lottery.tickets(rows["pupil_id"], seed=seed, stream="class-changes"))[:3]]
    table = rows[["pupil_id", "school_id", "grade"]].assign(
        from_class_no=2, to_class_no=1, changed_on=pd.Timestamp(intake_year, 9, 10)
    )
    table["approval_no"] = [f"调字{n:03d}" for n in range(1, len(table) + 1)]
    return table.reset_index(drop=True)


def seat_locks(admitted: pd.DataFrame, homes: pd.DataFrame, *, intake_year: int) -> pd.DataFrame:
    """Return a clean table `seat_locks`: the family's own home of everyone admitted by a public primary zone."""
    own = homes[homes["owner"].ne("other")].drop_duplicates("child_id")[["child_id", "address_id"]]
    taken = admitted.loc[admitted["route"].eq("zone") & admitted["stage"].eq("primary"), ["child_id", "school_id"]]
    return taken.merge(own, on="child_id", validate="1:1").assign(intake_year=intake_year)


def classes_of(roll_table: pd.DataFrame) -> pd.DataFrame:
    """Return the classes of one roll, counted."""
    keys = ["school_id", "school_year", "grade", "class_no"]
    return roll_table.groupby(keys, as_index=False).size().rename(columns={"size": "pupils_n"}).assign(label="")
