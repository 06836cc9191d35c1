"""What is wrong with the rolls of an audited demo district: planted pupil by pupil, and written down row by row.

Each function changes the tables of a `Plot` and notes what an audit must find. No pupil is used twice, so that every
finding has one cause; where one cause breaks two rules, the note names both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.demo.people.plans import CLASS_SIZE
from zhaosheng_analysis.schema import SIX_THREE


@dataclass(frozen=True)
class Plot:
    """The tables of an audited district while defects are planted in them.

    Attributes
    ----------
    tables : dict of str to DataFrame
        Tables by name, replaced as defects are planted.
    schools : DataFrame
        Layer of schools.
    seed : str
        Decides which pupils are taken.
    recipe : mapping of str to object
        Numbers and days of the district, where a defect needs them.
    planted : list of dict of str to str
        Notes: story, provision, where (school or unit), row, table, what.
    used : set of str
        Pupils and schools that already serve a defect.
    """

    tables: dict[str, pd.DataFrame]
    schools: pd.DataFrame
    seed: str
    recipe: Mapping[str, Any] = field(default_factory=dict)
    planted: list[dict[str, str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def note(self, story: str, provision: str, where: str, row: str, table: str, what: str) -> None:
        """Write down one defect."""
        self.planted.append(
            {"story": story, "provision": provision, "where": where, "row": row, "table": table, "what": what}
        )

    def pupils(self, n: int, rows: pd.DataFrame) -> list[str]:
        """Take n pupils that no other defect uses, by ticket."""
        free = rows.loc[~rows["pupil_id"].isin(self.used), "pupil_id"].drop_duplicates()
        order = np.argsort(lottery.tickets(free, seed=self.seed, stream="defects"))
        taken = free.iloc[order[:n]].tolist()
        self.used.update(taken)
        return taken

    def school(self, topic: str) -> str:
        """Take a public primary with pupils in grade 4 that no other defect of the topic uses, by ticket."""
        table = self.schools
        ids = table.loc[table["stage"].eq("primary") & table["sector"].eq("public"), "school_id"]
        teaching = set(self.roll(grades=range(4, 5))["school_id"])
        free = sorted(school for school in ids if school in teaching and f"{topic} {school}" not in self.used)
        taken = free[int(np.argmin(lottery.tickets(free, seed=self.seed, stream=f"defects of {topic}")))]
        self.used.add(f"{topic} {taken}")
        return taken

    def roll(self, *, grades: range, sector: str = "public") -> pd.DataFrame:
        """Return the roll of some grades of the schools of one sector."""
        table = self.tables["roll"]
        ids = self.schools.loc[self.schools["sector"].eq(sector), "school_id"]
        return table[table["grade"].isin(grades) & table["school_id"].isin(ids)]

    def change(self, name: str, ids: list[str], *, key: str = "pupil_id", **values: object) -> None:
        """Set columns of the rows of some pupils."""
        table = self.tables[name].copy()
        for column, value in values.items():
            table.loc[table[key].isin(ids), column] = value
        self.tables[name] = table

    def drop(self, name: str, ids: list[str], *, key: str = "pupil_id") -> None:
        """Remove the rows of some pupils."""
        table = self.tables[name]
        self.tables[name] = table[~table[key].isin(ids)].reset_index(drop=True)

    def school_of(self, pupil_id: str) -> str:
        """Return the school where a pupil is on the roll."""
        table = self.tables["roll"]
        return table.loc[table["pupil_id"].eq(pupil_id), "school_id"].iloc[0]


def note_weekends(plot: Plot, words: str) -> None:
    """Note the events that begin or end at a weekend, the day written as `words` has it."""
    for row in plot.tables["calendar"].itertuples():
        days = [day for day in (row.opens_at, row.closes_at) if pd.notna(day) and day.weekday() >= 5]
        if days:
            plot.note("起止在周末", "PC-19", "", row.event, "calendar", words.format(days[0]))


def other_school(plot: Plot, pupil_id: str, *, grade: int, sector: str) -> str:
    """Return another school of a sector with classes of the grade, by the pupil's ticket."""
    table = plot.roll(grades=range(grade, grade + 1), sector=sector)
    offers = sorted(set(table["school_id"]) - {plot.school_of(pupil_id)})
    return offers[int(lottery.tickets([pupil_id], seed=plot.seed, stream="other")[0] % len(offers))]


def attends_elsewhere(plot: Plot) -> None:
    """Plant pupils who sit in another school than the roll says, guests of private schools and a mixed class."""
    cases = (
        ("人籍分离", "ZH-25a", 5, range(2, 6), "public", "public"),
        ("借读民办", "ZH-12b、ZH-10b、ZH-25a", 3, range(2, 6), "public", "private"),
        ("公民办混合编班", "ZH-10b、ZH-25a", 3, range(8, 9), "private", "public"),
    )
    for story, provision, n, grades, roll_sector, seat_sector in cases:
        for pupil_id in plot.pupils(n, plot.roll(grades=grades, sector=roll_sector)):
            roll = plot.tables["roll"].set_index("pupil_id")
            grade = int(roll.loc[pupil_id, "grade"])
            seat = other_school(plot, pupil_id, grade=grade, sector=seat_sector)
            plot.change("attendance", [pupil_id], school_id=seat, class_no=1)
            plot.note(
                story, provision, plot.school_of(pupil_id), pupil_id, "attendance", f"学籍在本校，实际在 {seat} 就读"
            )


def hung_and_doubled(plot: Plot) -> None:
    """Plant rolls nobody sits behind, pupils with two rolls, and pupils who sit in class without one."""
    for pupil_id in plot.pupils(4, plot.roll(grades=range(2, 10))):
        plot.drop("attendance", [pupil_id])
        plot.note("空挂学籍", "ZH-25b", plot.school_of(pupil_id), pupil_id, "roll", "有学籍，任何学校都没有此人")
    for pupil_id in plot.pupils(3, plot.roll(grades=range(2, 6))):
        roll = plot.tables["roll"]
        row = roll[roll["pupil_id"].eq(pupil_id)]
        second = other_school(plot, pupil_id, grade=int(row["grade"].iloc[0]), sector="public")
        plot.tables["roll"] = pd.concat([roll, row.assign(school_id=second, class_no=1)], ignore_index=True)
        plot.note(
            "重复建立学籍", "ZH-25c", second, pupil_id, "roll", f"在 {row['school_id'].iloc[0]} 与本校各有一条在籍记录"
        )
    for pupil_id in plot.pupils(2, plot.roll(grades=range(3, 6))):
        school_id = plot.school_of(pupil_id)
        plot.drop("roll", [pupil_id])
        plot.note("无学籍就读", "ZH-25a、LT-92", school_id, pupil_id, "attendance", "在班就读，没有学籍")


def forged(plot: Plot) -> None:
    """Plant student numbers that cannot be: a wrong check character, another birthday, the other sex."""
    roll = plot.roll(grades=range(2, 10))
    numbered = roll[roll["student_no"].str.startswith("G")]
    for pupil_id in plot.pupils(3, numbered):
        number = plot.tables["roll"].set_index("pupil_id").loc[pupil_id, "student_no"]
        wrong = "3" if number[-1] != "3" else "7"
        plot.change("roll", [pupil_id], student_no=number[:-1] + wrong)
        plot.note("学籍造假", "ZH-25d", plot.school_of(pupil_id), pupil_id, "roll", "学籍号校验码不符")
    for pupil_id in plot.pupils(2, numbered):
        born = plot.tables["roll"].set_index("pupil_id").loc[pupil_id, "birth_on"]
        plot.change("roll", [pupil_id], birth_on=born + pd.Timedelta(days=40))
        plot.note("学籍造假", "ZH-25d", plot.school_of(pupil_id), pupil_id, "roll", "出生日期与学籍号不符")
    for pupil_id in plot.pupils(2, numbered):
        sex = plot.tables["roll"].set_index("pupil_id").loc[pupil_id, "sex"]
        plot.change("roll", [pupil_id], sex="female" if sex == "male" else "male")
        plot.note("学籍造假", "ZH-25d", plot.school_of(pupil_id), pupil_id, "roll", "性别与学籍号不符")


def late_rolls(plot: Plot) -> None:
    """Plant new pupils whose roll was made after the end of September."""
    year = int(plot.tables["roll"]["school_year"].iloc[0])
    for pupil_id in plot.pupils(3, plot.roll(grades=range(1, 2))):
        plot.change("roll", [pupil_id], registered_on=pd.Timestamp(year, 10, 18))
        plot.note("注册不及时", "ZH-24", plot.school_of(pupil_id), pupil_id, "roll", "新生学籍在10月18日才注册")


def not_admitted(plot: Plot) -> None:
    """Plant leavers whom nobody admitted, and a child with residence permits who has no seat."""
    leavers = plot.tables["leavers"].query("destination == 'admitted'")
    # One with residence permits and without a seat is another story, told below.
    leavers = leavers[~leavers["pupil_id"].isin(plot.tables["permits"]["child_id"])]
    for pupil_id in plot.pupils(3, leavers):
        school = plot.tables["leavers"].set_index("pupil_id").loc[pupil_id, "school_id"]
        for name in ("roll", "attendance"):
            plot.drop(name, [pupil_id])
        plot.drop("admitted", [pupil_id], key="child_id")
        plot.change("leavers", [pupil_id], destination="", junior_id="")
        plot.note("毕业生未被录取", "ZH-25e", school, pupil_id, "leavers", "没有被任何初中录取，去向不明")
    holders = plot.tables["permits"].groupby("child_id").size()
    rows = plot.tables["roll"]
    waiting = rows[rows["pupil_id"].isin(holders[holders.eq(2)].index) & rows["grade"].eq(1)]
    for pupil_id in plot.pupils(1, waiting):
        school = plot.school_of(pupil_id)
        for name in ("roll", "attendance"):
            plot.drop(name, [pupil_id])
        plot.drop("admitted", [pupil_id], key="child_id")
        plot.note("随迁子女无学位", "ZH-21a", school, pupil_id, "admitted", "持居住证并已报名，没有被录取")


def lists_disagree(plot: Plot) -> None:
    """Plant one on the roll but not on the list, one on the list who never came, private ones on public lists."""
    rows = plot.roll(grades=range(1, 2))
    rows = rows[~rows["pupil_id"].isin(plot.tables["permits"]["child_id"])]
    (extra,) = plot.pupils(1, rows)
    plot.drop("admitted", [extra], key="child_id")
    plot.note("学籍不在录取名单", "PC-98", plot.school_of(extra), extra, "roll", "已注册学籍，不在录取名单上")
    (absent,) = plot.pupils(1, rows)
    plot.note("录取未注册", "PC-98", plot.school_of(absent), absent, "admitted", "在录取名单上，没有学籍也没有到校")
    for name in ("roll", "attendance"):
        plot.drop(name, [absent])
    for pupil_id in plot.pupils(2, plot.roll(grades=range(1, 2), sector="private")):
        plot.change("admitted", [pupil_id], key="child_id", list_sector="public")
        plot.note(
            "公民办混合招生", "ZH-10a", plot.school_of(pupil_id), pupil_id, "admitted", "民办学校新生列在公办录取名单上"
        )


def from_outside(plot: Plot) -> None:
    """Note the children from outside the district whom a private school admitted, and plant cross-zone ones."""
    away = plot.tables["children_truth"].query("profile == '区外报民办'")["child_id"]
    admitted = plot.tables["admitted"].set_index("child_id")["school_id"]
    for child_id in sorted(set(away) & set(admitted.index)):
        plot.used.add(child_id)
        plot.note(
            "民办跨区招生", "ZH-04a、ZH-12a", admitted[child_id], child_id, "admitted", "户籍、住房、居住证都不在审批地"
        )
    own = (
        plot.tables["admitted"].query("route == 'zone' and stage == 'primary'").rename(columns={"child_id": "pupil_id"})
    )
    for pupil_id in plot.pupils(4, own[own["pupil_id"].isin(plot.tables["roll"]["pupil_id"])]):
        target = _roomy_school(plot, pupil_id)
        _move(plot, pupil_id, target)
        plot.note("跨学区招生", "ZH-12a", target, pupil_id, "admitted", "房户都不在本校学区，也没有统筹安置文号")


def _roomy_school(plot: Plot, pupil_id: str) -> str:
    """Return a public primary, not the pupil's own, whose plan has room for ten more, by the pupil's ticket."""
    plans = plot.tables["plans"].query("stage == 'primary'").set_index("school_id")["seats_n"]
    taken = plot.tables["admitted"].query("stage == 'primary'").groupby("school_id").size()
    roomy = plans.index[plans.sub(taken.reindex(plans.index).fillna(0)).ge(10)]
    public = set(plot.schools.loc[plot.schools["sector"].eq("public"), "school_id"])
    offers = sorted(set(roomy) & public - {plot.school_of(pupil_id)})
    return offers[int(lottery.tickets([pupil_id], seed=plot.seed, stream="roomy")[0] % len(offers))]


def _move(plot: Plot, pupil_id: str, school_id: str) -> None:
    """Move a new pupil to another school: list, roll and attendance, into its smallest class."""
    roll = plot.tables["roll"]
    sizes = roll[roll["school_id"].eq(school_id) & roll["grade"].eq(1)].groupby("class_no").size()
    class_no = int(sizes.idxmin())
    plot.change("admitted", [pupil_id], key="child_id", school_id=school_id)
    for name in ("roll", "attendance"):
        plot.change(name, [pupil_id], school_id=school_id, class_no=class_no)


def over_plan(plot: Plot) -> None:
    """Plant two children too many at a school that is full: placed elsewhere by number, taken all the same."""
    plans = plot.tables["plans"].query("stage == 'primary'").set_index("school_id")["seats_n"]
    admitted = plot.tables["admitted"].query("stage == 'primary'")
    taken = admitted.groupby("school_id").size()
    full = taken.index[
        taken.eq(plans.reindex(taken.index))
        & plot.schools.set_index("school_id")["sector"].reindex(taken.index).eq("public")
    ]
    school_id = sorted(full)[0]
    placed = admitted.query("route == 'coordinated'").rename(columns={"child_id": "pupil_id"})
    for pupil_id in plot.pupils(2, placed):
        _move(plot, pupil_id, school_id)
        plot.change("admitted", [pupil_id], key="child_id", route="zone", placement_no="")
        plot.note("超计划招生", "ZH-27、PC-98", school_id, pupil_id, "admitted", "录取人数超过招生计划")


def class_sizes(plot: Plot) -> None:
    """Plant one class of 67, and one class too many in the middle of a stage."""
    roll = plot.tables["roll"]
    grades = roll.groupby(["school_id", "grade"]).agg(n=("pupil_id", "size"), classes=("class_no", "nunique"))
    grades = grades.query("grade in (4, 5, 6) and classes >= 2 and n >= 86").reset_index()
    where = grades.sort_values(["n", "school_id"], ascending=[False, True]).iloc[0]
    here = roll[roll["school_id"].eq(where["school_id"]) & roll["grade"].eq(where["grade"])].sort_values("pupil_id")
    others = here.loc[here["class_no"].ne(1), "pupil_id"]
    others = others.iloc[np.argsort(lottery.tickets(others, seed=plot.seed, stream="crowd"))]
    missing = 67 - int(here["class_no"].eq(1).sum())
    _seat(plot, others.iloc[:missing].tolist(), 1)
    spot = f"{where['school_id']}-{where['grade']}-1"
    plot.used.add(where["school_id"])
    plot.note("超大班额", "LT-84、QZ-88", where["school_id"], spot, "classes", "一个班67人")
    two = roll[roll["grade"].eq(3) & ~roll["school_id"].isin(plot.used)]
    two = two.groupby("school_id").agg(n=("pupil_id", "size"), classes=("class_no", "nunique")).query("classes == 2")
    school_id = two["n"].idxmax()
    plot.used.add(school_id)
    pupils = roll[roll["school_id"].eq(school_id) & roll["grade"].eq(3)].sort_values("pupil_id")["pupil_id"]
    _seat(plot, pupils.iloc[::3].tolist(), 3)
    plot.note("中途扩班", "QZ-88", school_id, f"{school_id}-3", "classes", "三年级由2个班增为3个班")


def _seat(plot: Plot, pupil_ids: list[str], class_no: int) -> None:
    """Put pupils into a class of their school, on the roll and in the room."""
    for name in ("roll", "attendance"):
        plot.change(name, pupil_ids, class_no=class_no)


def note_sizes(plot: Plot) -> None:
    """Write down the classes above the standard that nobody planted: the legacy of years of too large intakes."""
    planted = {note["row"] for note in plot.planted}
    year = int(plot.tables["roll"]["school_year"].iloc[0])
    classes = plot.tables["classes"]
    standard = SIX_THREE.stage_of(classes["grade"]).map(CLASS_SIZE)
    large = classes[(classes["school_year"] == year) & (classes["pupils_n"] > standard)]
    for row in large.itertuples():
        spot = f"{row.school_id}-{row.grade}-{row.class_no}"
        story = "历史大班额" if row.pupils_n >= 56 else "超标准班额"
        if spot not in planted:
            plot.note(story, "LT-84、LT-85", row.school_id, spot, "classes", f"一个班{row.pupils_n}人")


PUPIL_DEFECTS = (
    from_outside,
    over_plan,
    class_sizes,
    not_admitted,
    lists_disagree,
    attends_elsewhere,
    hung_and_doubled,
    forged,
    late_rolls,
)
