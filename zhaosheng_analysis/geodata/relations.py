"""What the tables of a district must say of each other beside their ids: ages, times of day, seats, years of rolls.

Each of these is a cell that can be read and still cannot be right; a forecast or a draw made from it would be wrong
without a word.
"""

from collections.abc import Mapping

import pandas as pd

from zhaosheng_analysis.schema import SIX_THREE, TABLES, Faults, Note, SchoolSystem, Table, cell_types, examples

# Entrants of a stage are six or twelve; wide enough for every child that is late, early or held back.
_AGES = {"primary": (3, 15), "junior": (8, 21)}
_AGES_BEHIND_GRADE = (1, 15)
_FEW_MIDNIGHTS = 0.05  # hardly one registration in 86,400 falls on midnight
_SEATS_APART = 2.0
_FEW_ODD = 0.2  # of ids; where more are of another form there simply are several

Frames = Mapping[str, pd.DataFrame]
Places = Mapping[str, str]


def judge(checked: Frames, places: Places, system: SchoolSystem, faults: Faults, notes: list[Note]) -> None:
    """Note what cannot be right between the tables of a district.

    Parameters
    ----------
    checked : Mapping of str to pd.DataFrame
        Tables as `schema.inspect` returns them, by name.
    places : Mapping of str to str
        File and sheet of each, for the messages.
    system : SchoolSystem
        Which grades belong to which stage.
    faults : Faults
        Where what must be put right is noted.
    notes : list of Note
        Where it is noted what may be right and is worth a look.
    """
    if "children" in checked:
        _judge_births(checked["children"], places["children"], faults)
    if "roll" in checked:
        _judge_pupils(checked["roll"], places["roll"], faults)
    for name, frame in checked.items():
        _judge_clocks(name, frame, places[name], faults)
        _judge_persons(name, frame, places[name], faults, notes)
    if "plans" in checked:
        _judge_seats(checked["plans"], places["plans"], faults, notes)
    if "applications" in checked:
        _ask_of_choices(checked["applications"], places["applications"], notes)
    if "admitted" in checked:
        _ask_of_seats(checked["admitted"], places["admitted"], notes)
    if {"roll_counts", "schools"} <= checked.keys():
        _note_without_past(checked["roll_counts"], checked["schools"], places["roll_counts"], notes, system)


def _judge_persons(name: str, frame: pd.DataFrame, where: str, faults: Faults, notes: list[Note]) -> None:
    """Note ids of children that are words among numbers, such as 班主任, and ask about bare counts such as 9."""
    table = TABLES[name]
    for column in (column for column in table.columns.values() if column.person and not column.refers):
        ids = frame[column.name].dropna().astype("str")
        words = ids[~ids.str.contains(r"\d")]
        strange = words if 0 < len(words) <= _FEW_ODD * len(ids) else words[:0]
        if len(strange):
            found = f"列{column.title}有 {len(strange)} 处不像编号：{examples(table, strange)}"
            faults.add(where, found, "与其余的编号同样形式", "不是儿童的行请删去")
        length = ids.str.len()
        counts = ids[ids.str.fullmatch(r"\d{1,4}") & (2 * length < length.median())]
        if 0 < len(counts) <= _FEW_ODD * len(ids):
            found = f"列{column.title}有 {len(counts)} 个编号只是几位数字，与别的不同：{examples(table, counts)}"
            notes.append(Note(where, found, "都当作儿童；是人数、页码的请删去", asks=True))


def _judge_births(children: pd.DataFrame, where: str, faults: Faults) -> None:
    """Note children born in a year that makes them no entrants."""
    age = children["intake_year"] - children["birth_on"].dt.year
    odd = pd.Series(False, index=children.index)
    for stage, (youngest, oldest) in _AGES.items():
        odd |= children["stage"].eq(stage) & (age.lt(youngest) | age.gt(oldest)).fillna(False).astype(bool)
    _note_births("children", children, odd, where, faults)


def _judge_pupils(roll: pd.DataFrame, where: str, faults: Faults) -> None:
    """Note pupils born in a year that does not go with their grade."""
    behind = roll["school_year"] - roll["birth_on"].dt.year - roll["grade"]
    odd = behind.lt(_AGES_BEHIND_GRADE[0]) | behind.gt(_AGES_BEHIND_GRADE[1])
    _note_births("roll", roll, odd, where, faults)


def _note_births(name: str, frame: pd.DataFrame, odd: pd.Series, where: str, faults: Faults) -> None:
    odd = odd.fillna(False).astype(bool)
    if odd.any():
        table = TABLES[name]
        born = frame.loc[odd, "birth_on"].dt.strftime("%Y-%m-%d")
        year = "入学年份" if name == "children" else "年级"
        found = f"列{table.columns['birth_on'].title}有 {odd.sum()} 处与{year}不符：{examples(table, born)}"
        faults.add(where, found, f"须是这个{year}可能的年龄", "请核对年份，如 1958 是不是 2018")


def _judge_clocks(name: str, frame: pd.DataFrame, where: str, faults: Faults) -> None:
    """Note timestamps that have lost their time of day, as an export of dates leaves them."""
    table = TABLES[name]
    for column in (column for column in table.columns.values() if column.kind == "timestamp"):
        times = frame[column.name].dropna()
        midnight = times[times == times.dt.normalize()]
        if column.day == "start" or len(midnight) == 0:
            continue
        shown = examples(table, midnight.dt.strftime("%Y-%m-%d %H:%M:%S"))
        found = f"列{column.title}的 {len(times)} 个时间有 {len(midnight)} 个正好是零时：{shown}"
        if column.day == "end":
            remedy = "至当日结束的只写日期，至前一日结束的写前一日 23:59:59"
            faults.add(where, found, "不知是当日开始还是当日结束", remedy)
        elif len(midnight) > max(_FEW_MIDNIGHTS * len(times), 1):
            remedy = "像是导出时丢了钟点；请从原系统补上，没有钟点的把这一列留空"
            faults.add(where, found, cell_types.ALLOWED["timestamp"], remedy)


def _judge_seats(plans: pd.DataFrame, where: str, faults: Faults, notes: list[Note]) -> None:
    """Note seats that are not classes times class size: a fault where one of the three must be mistyped."""
    usual = plans["classes_n"] * plans["class_size_n"]
    apart = plans[plans["seats_n"].ne(usual) & plans["seats_n"].gt(0) & usual.gt(0)]
    if apart.empty:
        return
    ratio = apart["seats_n"] / usual[apart.index]
    shown = apart.apply(lambda row: f"{row.classes_n} 班 × {row.class_size_n} 人，计划 {row.seats_n} 人", axis=1)
    gross = (ratio >= _SEATS_APART) | (ratio <= 1 / _SEATS_APART)
    for rows, is_fault in ((shown[gross], True), (shown[~gross], False)):
        if len(rows) == 0:
            continue
        found = f"有 {len(rows)} 行的招生计划数不是班数乘班额：{examples(TABLES['plans'], rows)}"
        if is_fault:
            faults.add(where, found, "相差一倍以上的须改正", "请核对班数、班额和计划数")
        else:
            notes.append(Note(where, found, "按计划数计"))


def _ask_of_choices(applications: pd.DataFrame, where: str, notes: list[Note]) -> None:
    """Ask about children who have several schools under one number in one batch and channel."""
    once = applications.drop_duplicates(["child_id", "batch", "channel", "sector", "choice_n", "school_id"])
    same = once.duplicated(["child_id", "batch", "channel", "sector", "choice_n"], keep=False)
    if same.any():
        children = once.loc[same, "child_id"].nunique()
        shown = examples(TABLES["applications"], once.loc[same, "child_id"].astype("str"))
        found = f"有 {children} 名儿童的几所学校志愿序号相同：{shown}"
        notes.append(Note(where, found, "不分先后；如有先后，请填志愿序号", asks=True))


def _ask_of_seats(admitted: pd.DataFrame, where: str, notes: list[Note]) -> None:
    """Ask about children who stand on the lists of several schools in one year."""
    once = admitted.drop_duplicates(["child_id", "intake_year", "school_id"])
    twice = once[once.duplicated(["child_id", "intake_year"], keep=False)]
    if len(twice):
        shown = examples(TABLES["admitted"], twice["child_id"].astype("str"))
        found = f"有 {twice['child_id'].nunique()} 名儿童同年录取在几所学校：{shown}"
        notes.append(Note(where, found, "核查时逐名列出；如果写错了，请更正", asks=True))


def with_seats(plans: pd.DataFrame, where: str, notes: list[Note], table: Table = TABLES["plans"]) -> pd.DataFrame:
    """Return plans whose blank seats are classes times class size; many plans name classes only.

    Parameters
    ----------
    plans : DataFrame
        As read, before it is checked.
    where : str
        File and sheet, for the notes.
    notes : list of Note
        Where it is noted what was worked out.
    table : Table, optional
        The contract, where its rows are called otherwise than those of the folder.

    Returns
    -------
    DataFrame
        The plans with seats_n.
    """
    if not {"classes_n", "class_size_n"} <= set(plans.columns):
        return plans
    seats = plans["seats_n"] if "seats_n" in plans else pd.Series(pd.NA, index=plans.index, dtype="str")
    classes, size = (
        cell_types.parse(plans[name], "whole", unit=unit)
        for name, unit in (("classes_n", "班"), ("class_size_n", "人"))
    )
    blank = seats.isna() & classes.notna() & size.notna()
    if not blank.any():
        return plans
    filled = examples(table, (classes * size)[blank])
    notes.append(Note(where, f"有 {blank.sum()} 行没有写招生计划数", f"按班数乘班额推算：{filled}"))
    return plans.assign(seats_n=seats.astype("object").mask(blank, (classes * size).astype("str")).astype("str"))


def _note_without_past(
    counts: pd.DataFrame, schools: pd.DataFrame, where: str, notes: list[Note], system: SchoolSystem
) -> None:
    """Note schools that appear with upper grades in a year others have rolls before: their own are missing."""
    lost = without_past(counts, schools, system=system)
    if len(lost):
        shown = "、".join(f"{row.school_id}（{row.school_year} 年起）" for row in lost.itertuples())
        done = "预测时，全区合计按它们最早一年的人数补足，升级率不从补足的数推算；请补填更早的在校生"
        notes.append(Note(where, f"有 {len(lost)} 所学校没有更早的在校生：{shown}", done))


def without_past(counts: pd.DataFrame, schools: pd.DataFrame, *, system: SchoolSystem = SIX_THREE) -> pd.DataFrame:
    """Return the first year of every school that begins with upper grades after the rolls of the others begin.

    Parameters
    ----------
    counts : pd.DataFrame
        Roll counts: school_id, school_year, grade, pupils_n.
    schools : pd.DataFrame
        The schools: school_id, opened_year, successor_id.
    system : SchoolSystem, optional
        That of the district.

    Returns
    -------
    pd.DataFrame
        school_id and school_year, sorted. A school that began with its entry grade, that opened in that year or took
        over another has no past to miss.
    """
    filled = counts[counts["pupils_n"] > 0]
    if filled.empty:
        return filled[["school_id", "school_year"]]
    first = filled.groupby("school_id")["school_year"].transform("min")
    begins = filled[(filled["school_year"] == first) & (first > counts["school_year"].min())]
    upper = begins[~system.is_entry(begins["grade"])][["school_id", "school_year"]].drop_duplicates()
    opened = upper["school_id"].map(schools.drop_duplicates("school_id").set_index("school_id")["opened_year"])
    opened = opened.astype("Int64")  # of no school at all it would be text
    new = opened.ge(upper["school_year"]).fillna(False).astype(bool) | upper["school_id"].isin(schools["successor_id"])
    return upper[~new].sort_values("school_id", ignore_index=True)
