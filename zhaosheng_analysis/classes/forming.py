"""Classes formed by lot (阳光分班): dealt once by a seed, balanced in size, sex, age and origin.

Comes in: the entrants of one grade of one school. Goes out: a class for each; `papers` publishes the hash beforehand
and proves the result afterwards. Scores have no place in it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.classes import balance, binding, dealing, feasibility
from zhaosheng_analysis.classes import wishes as demands
from zhaosheng_analysis.classes.wishes import Wish
from zhaosheng_analysis.geodata import District, names
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import STAGES, DataError, Fault, Faults

COLUMNS = ("pupil_id", "sex", "birth_on", "migrant", "feeder", "special", "twin_id")
METHODS = {"random": "分层随机派位", "snake": "蛇形"}
TWINS = {"": "随派位结果", "together": "同班", "apart": "不同班"}
EVEN = {"sex": "性别均衡", "none": "不作平衡"}
ALSO = {"residence": "居住地", "band": "分层"}
# No key of an S may be made of these; levels of the leaving test serve no ranking and no progression.
BARRED = ("score", "exam", "test", "level", "rank", "grade", "成绩", "分数", "等级", "检测", "考试", "测试", "排名")
RULE = (
    "ticket = SHA-256(seed|classes|pupil_id)[:8]; wishes by seats drawn until all hold; "
    "layers sex, migrant, feeder, others named, age quarter; sizes one apart or as named"
)


def form(
    pupils: pd.DataFrame,
    classes_n: int,
    *,
    seed: str,
    stage: str,
    method: str = "random",
    key: str = "",
    basis: str = "",
    twins: str = "",
    even: str = "sex",
    also: str = "",
    sizes: Sequence[int] = (),
    wishes: Sequence[Wish] = (),
) -> pd.DataFrame:
    """Form the classes of one grade; `papers` makes a proof of it.

    Parameters
    ----------
    pupils : DataFrame
        `pupil_id`, sex (male | female), birth_on and, where known, migrant, special (随班就读), feeder, twin_id.
    classes_n : int
        Classes to form.
    seed : str
        Published seed, newer than the roster.
    stage : {"primary", "junior"}
        Stage of the school.
    method : {"random", "snake"}, default "random"
        A junior school that gives its lawful `basis` and a `key` may deal in a snake.
    key : str, optional
        Name of a column of numbers by which the snake deals.
    basis : str, optional
        Lawful basis of the snake, in words.
    twins : {"", "together", "apart"}, optional
        Where twins go; as the lot falls where nothing is said. See `terms`.
    even : {"sex", "none"}, default "sex"
        What is even besides the sizes.
    also : str, optional
        Further columns to be even, comma between: residence, and in a junior school with a lawful `basis` band.
    sizes : sequence of int, optional
        Size of each class; at most one apart where nothing is said.
    wishes : sequence of Wish, optional
        Who shares a class, who must not, who is placed beforehand (`wishes`).

    Returns
    -------
    DataFrame
        The result: pupil_id, class_no (from 1), number (in the class), sex; sorted by class and number.

    Raises
    ------
    DataError
        A roster that cannot be used, a barred or missing key, wishes that cannot be kept together, each named.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> pupils = zs.demo.nine_plots().table("children").rename(columns={"child_id": "pupil_id"})
    >>> result = zs.classes.form(pupils, 2, seed="2025-08-29", stage="primary")
    >>> result.groupby("class_no")["sex"].value_counts().to_dict()
    {(1, 'male'): 2, (1, 'female'): 1, (2, 'female'): 2, (2, 'male'): 2}
    """
    said = {"method": method, "key": key, "basis": basis, "twins": twins, "even": even, "also": also, "stage": stage}
    frame, faults = checked(pupils, keep=(*filter(None, also.split(",")), *filter(None, [key]))), Faults()
    _judge(frame, pupils, classes_n, said, faults)
    _judge_sizes(frame, classes_n, method, sizes, wishes, faults)
    if not seed:
        faults.add("分班种子", "是空的", "名册公布之后才产生的数字", "请写明种子")
    faults.raise_if_any()
    if method == "snake":
        return _numbered(frame, dealing.snake(frame, classes_n, key, seed=seed), seed)
    dealt = {"even": even, "also": tuple(filter(None, also.split(","))), "sizes": sizes}
    asked = demands.plain([*wishes, *demands.of_twins(frame, twins)])
    _judge_wishes(frame, classes_n, dealt, asked, faults)
    faults.raise_if_any()
    return _numbered(frame, dealing.deal(frame, classes_n, seed=seed, wishes=asked, **dealt), seed)


def terms(policy: Policy) -> dict[str, str]:
    """Return what a policy says of twins and of balance, as terms of `form`; where it is silent, as the lot falls.

    Parameters
    ----------
    policy : Policy
        Rules of the intake.

    Returns
    -------
    dict of str to str
        Keys twins and even.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.classes.terms(zs.policy.load("taobei-2024"))
    {'twins': '', 'even': 'sex'}
    """
    twins = policy.parameter("class.keep_twins", "unsaid")
    return {"twins": "" if twins == "unsaid" else twins, "even": policy.parameter("class.balance", "sex")}


def entrants(district: District, school_id: str, grade: int) -> pd.DataFrame:
    """Return the roster of one grade of a school from the district's tables: the roll of the last school year.

    Parameters
    ----------
    district : District
        District with the table roll.
    school_id : str
        The school.
    grade : int
        The grade, 1 to 9.

    Returns
    -------
    DataFrame
        Columns pupil_id, sex, birth_on, class_no where known, migrant (has a permit), feeder (primary attended),
        twin_id.

    Raises
    ------
    DataError
        No such school (by id, name or alias), or no such grade of it on the roll.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> pupils = town.table("children")[["sex", "birth_on"]].assign(pupil_id=list("abcdefg"), school_id="s1", grade=1)
    >>> town.tables["roll"] = pupils.assign(school_year=2025, class_no=1)
    >>> zs.classes.entrants(town, "s1", 1).head(2)
      pupil_id     sex   birth_on  class_no  migrant feeder twin_id
    0        a    male 2018-09-01         1    False
    1        b  female 2019-08-31         1    False
    """
    (school_id,) = names.find(district.schools, [school_id], where="学校")
    roll = district.table("roll")
    rows = roll[(roll["school_year"] == roll["school_year"].max()) & roll["school_id"].eq(school_id)]
    rows = rows[rows["grade"] == grade].drop_duplicates("pupil_id")
    if rows.empty:
        found, allowed = f"没有 {school_id} {grade} 年级", "学籍中有的学校和年级"
        raise DataError(Fault(f"{district.name}学籍", found, allowed, "请核对年级"))
    table = rows[["pupil_id", "sex", "birth_on", "class_no"]].reset_index(drop=True)
    permits, children = district.tables.get("permits"), district.tables.get("children")
    table["migrant"] = False if permits is None else table["pupil_id"].isin(permits["child_id"])
    if children is not None:
        facts = children.set_index("child_id")[["prev_school_id", "twin_id"]].reindex(table["pupil_id"]).fillna("")
        table["feeder"], table["twin_id"] = facts["prev_school_id"].to_numpy(), facts["twin_id"].to_numpy()
    return table


def checked(pupils: pd.DataFrame, *, keep: Sequence[str] = ()) -> pd.DataFrame:
    """Return a roster in its canonical columns and order.

    Parameters
    ----------
    pupils : DataFrame
        As for `form`.
    keep : sequence of str, optional
        Names of further columns to keep; blank where `ALSO` has them and the roster has not filled them in.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`, sorted by pupil_id.

    Raises
    ------
    DataError
        Columns or cells missing, numbers double.
    """
    faults = Faults()
    lost = [name for name in ("pupil_id", "sex", "birth_on") if name not in pupils]
    if lost:
        faults.add("分班名册", f"缺少列：{'、'.join(lost)}", "、".join(COLUMNS), "请补上")
        faults.raise_if_any()
    frame = pd.DataFrame({name: pupils[name] for name in ("pupil_id", "sex", "birth_on")})
    frame["birth_on"] = pd.to_datetime(frame["birth_on"]).dt.normalize()
    for name, empty in (("migrant", False), ("feeder", ""), ("special", False), ("twin_id", "")):
        cells = pupils[name] if name in pupils else pd.Series(empty, index=frame.index)
        frame[name] = cells.astype("boolean").fillna(False).astype(bool) if empty is False else cells.fillna("")
    for name in (name for name in keep if name in pupils):
        frame[name] = pupils[name].astype("str").where(pupils[name].notna(), "") if name in ALSO else pupils[name]
    nameless = int(frame["pupil_id"].isna().sum() + frame["pupil_id"].eq("").sum())
    if nameless:
        faults.add("分班名册", f"{nameless} 人没有学生编号", "每人须有编号", "请补填，不是学生的行请删去")
    double = frame["pupil_id"].duplicated().sum()
    if len(frame) == 0 or double:
        faults.add("分班名册", f"{len(frame)} 人，其中 {double} 个编号重复", "一人一行", "请检查名册")
    for name, wrong in (("sex", ~frame["sex"].isin(["male", "female"])), ("birth_on", frame["birth_on"].isna())):
        if wrong.any():
            shown = "、".join(frame.loc[wrong, "pupil_id"].head(3))
            faults.add("分班名册", f"{wrong.sum()} 人没有{balance.TRAITS.get(name, '出生日期')}：{shown}", "", "请补填")
    faults.raise_if_any()
    return frame[[*COLUMNS, *(name for name in keep if name in pupils)]].sort_values("pupil_id", ignore_index=True)


def _judge(frame: pd.DataFrame, pupils: pd.DataFrame, classes_n: int, said: Mapping[str, str], faults: Faults) -> None:
    """Note what may not be asked of a draw."""
    if not 1 <= classes_n <= len(frame):
        faults.add("分班", f"班数为 {classes_n}", f"1 到学生数 {len(frame)}", "请改正")
    for what, name, allowed in (
        ("方法", "method", METHODS),
        ("多胞胎", "twins", TWINS),
        ("均衡", "even", EVEN),
        ("学段", "stage", STAGES),
    ):
        if said[name] not in allowed:
            faults.add("分班", f"{what}「{said[name]}」", "、".join(allowed), "请改正")
    if said["method"] == "snake":
        _judge_snake(pupils, said["stage"], said["key"], said["basis"], faults)
    elif said["key"]:
        faults.add("分班", f"给了排序依据「{said['key']}」", "随机派位不用任何依据", "请去掉")
    _judge_also(pupils, said, faults)


def _judge_also(pupils: pd.DataFrame, said: Mapping[str, str], faults: Faults) -> None:
    """Note what else is to be even and cannot or may not be."""
    also = [*filter(None, said["also"].split(","))]
    for name in also:
        if name not in ALSO:
            faults.add("分班", f"另行均衡「{name}」", "、".join(ALSO), "请改正")
        elif name not in pupils:
            faults.add("分班名册", f"没有列 {name}（{ALSO[name]}）", "要均衡的列须在名册中", "请补上")
    if also and (said["even"] != "sex" or said["method"] == "snake" or len(set(also)) < len(also)):
        faults.add("分班", "另行均衡写重了，或与不作平衡、蛇形并用", "性别均衡的随机派位", "请改正")
    if "band" in also and (said["stage"] != "junior" or not said["basis"]):
        faults.add("分班", "按分层均衡", "仅初中，且写明合法依据 basis", "请写明依据，或去掉")


def _judge_sizes(
    frame: pd.DataFrame, classes_n: int, method: str, sizes: Sequence[int], wishes: Sequence[Wish], faults: Faults
) -> None:
    """Note sizes that do not hold the pupils, and wishes that say nothing."""
    if sizes and (len(sizes) != classes_n or sum(sizes) != len(frame) or min(sizes) < 1):
        shown = f"{len(sizes)} 个班共 {sum(sizes)} 人：{'、'.join(map(str, sizes))}"
        faults.add("分班", f"各班人数为 {shown}", f"{classes_n} 个班，共 {len(frame)} 人", "请改正各班人数")
    if method == "snake" and (sizes or wishes):
        faults.add("分班", "蛇形附了各班人数或约定", "只有随机派位能附", "请改用 random，或去掉")
    demands.judge(wishes, frame["pupil_id"], classes_n, faults)


def _judge_wishes(
    frame: pd.DataFrame, classes_n: int, dealt: Mapping[str, Any], asked: Sequence[Wish], faults: Faults
) -> None:
    """Note wishes that cannot be kept together."""
    strata, rooms = dealing.terms(frame, classes_n, **dealt)
    ids = frame["pupil_id"].tolist()
    for group in feasibility.conflicts(ids, strata[:, 0], rooms, asked):
        free, loose = dealing.terms(frame, classes_n, **dealt | {"even": "none"})
        helps = feasibility.possible(binding.blocks(ids, free[:, 0], group), loose)
        remedy = "去掉其中任何一条即可，或改变班数" + ("；不作性别均衡也可" if helps else "")
        faults.add("分班约定", feasibility.in_words(group, classes_n), "", remedy)


def _judge_snake(pupils: pd.DataFrame, stage: str, key: str, basis: str, faults: Faults) -> None:
    """Note an S without a lawful basis, in a primary school, or by anything that measures achievement."""
    if stage != "junior":
        faults.add("分班", "小学用蛇形", "小学一律随机派位", "请改用 random")
    if not basis:
        faults.add("分班", "蛇形没有写明依据", "学校须写明合法依据", "请写明 basis，或改用 random")
    if any(word in key.lower() for word in BARRED):
        remedy = "质量检测等级不得用于排名、升学和编班，请改用 random"
        faults.add("分班", f"排序依据「{key}」", "不得用成绩、等级、测试", remedy)
    elif key not in pupils:
        faults.add("分班", f"名册没有列「{key}」", "、".join(map(str, pupils.columns)), "请改正排序依据")


def _numbered(frame: pd.DataFrame, seats: np.ndarray, seed: str) -> pd.DataFrame:
    """Give every pupil a number in its class, by ticket, so that the number says nothing of the pupil."""
    tickets = lottery.tickets(frame["pupil_id"], seed=seed, stream="numbers")
    table = frame[["pupil_id", "sex"]].assign(class_no=seats + 1, ticket=tickets)
    table = table.sort_values(["class_no", "ticket", "pupil_id"], ignore_index=True)
    table["number"] = table.groupby("class_no").cumcount() + 1
    return table[["pupil_id", "class_no", "number", "sex"]]


def published(result: pd.DataFrame) -> pd.DataFrame:
    """Return the copy for the notice board: class, number and sex, no names and no ids.

    Parameters
    ----------
    result : DataFrame
        Classes, as `form` gives them.

    Returns
    -------
    DataFrame
        Columns 班, 班内序号 and 性别.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> pupils = zs.demo.nine_plots().table("children").rename(columns={"child_id": "pupil_id"})
    >>> result = zs.classes.form(pupils, 2, seed="2025-08-29", stage="primary")
    >>> zs.classes.published(result).head(2)
       班  班内序号 性别
    0  1     1  男
    1  1     2  女
    """
    words = {"male": "男", "female": "女"}
    table = result.sort_values(["class_no", "number"])
    return pd.DataFrame(
        {"班": table["class_no"].array, "班内序号": table["number"].array, "性别": table["sex"].map(words).array}
    )


def tests(pupils: pd.DataFrame, class_no: pd.Series, *, seed: str) -> pd.DataFrame:
    """Ask of any given list, trait by trait, whether a lot could have made it.

    Parameters
    ----------
    pupils : DataFrame
        As in `form`.
    class_no : Series of int
        Class of each pupil, on the same index.
    seed : str
        Seed of the lists dealt for comparison.

    Returns
    -------
    DataFrame
        Columns trait, unevenness, expected and p in (0, 1]: small says hardly a lot.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> pupils = zs.demo.nine_plots().table("children").rename(columns={"child_id": "pupil_id"})
    >>> sorted_by_sex = pupils["sex"].map({"female": 1, "male": 2})
    >>> zs.classes.tests(pupils, sorted_by_sex, seed="0")[["trait", "unevenness"]].head(1)
      trait  unevenness
    0   sex         1.0
    """
    frame = checked(pupils, keep=tuple(ALSO)).merge(
        pd.DataFrame({"pupil_id": pupils["pupil_id"], "class_no": class_no}), on="pupil_id", validate="1:1"
    )
    values = traits(frame)
    rows = [
        {"trait": trait, **balance.permutation_test(numbers, frame["class_no"].to_numpy(), seed=f"{seed}|{trait}")}
        for trait, numbers in values.items()
    ]
    return pd.DataFrame(rows)


def traits(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the traits of a roster by which lists are compared, as numbers.

    Parameters
    ----------
    frame : DataFrame
        From `checked`.

    Returns
    -------
    dict of str to ndarray
        By trait: a number a pupil, or a column for each value; feeder, residence and band only where several occur.
    """
    on = pd.Timestamp(int(frame["birth_on"].dt.year.max()) + 6, 8, 31)
    values = {
        "sex": frame["sex"].eq("male").to_numpy(float),
        "age_months": balance.age_months(frame["birth_on"], on).to_numpy(float),
        "migrant": frame["migrant"].to_numpy(float),
    }
    several = [name for name in ("feeder", *ALSO) if name in frame and len(set(frame[name])) > 1]
    return values | {name: pd.get_dummies(frame[name]).to_numpy(float) for name in several}
