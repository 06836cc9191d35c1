"""A school that may close: who goes where, how far, and what becomes of the classes of the schools that take them.

What a hearing on a closure asks, from the forecast without the closure: every child of the school goes to a school that
stays, unit by unit, and is added there grade by grade. Who of a unit goes where is told by its children to come.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.forecast import Outlook
from zhaosheng_analysis.geodata import District, names
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.redraw import problems
from zhaosheng_analysis.redraw.problems import Problem
from zhaosheng_analysis.redraw.scenarios import Scenario
from zhaosheng_analysis.redraw.status_quo import JOINED
from zhaosheng_analysis.schema import STAGES, DataError, Fault

#: From this walk on a child is taken to need a bus or a bed at school, in metres: an assumption.
FAR_M = 3000.0
#: Upper ends of the bands that walks are told by, in metres.
BANDS = (1000.0, 2000.0, FAR_M, np.inf)
#: Pupils a post of staff is planned for (统一城乡教职工编制标准, 中央编办发〔2014〕72号).
PER_POST = {"primary": 19.0, "junior": 13.5}
#: A school with fewer pupils is funded as if it had so many (国发〔2015〕67号).
FUNDED = 100
#: What a closure costs or saves -> what is counted, and the unit of its price.
COSTS = {
    "校车或寄宿": ("停办后步行超过 3 公里、原来不超过的在校生", "人·年"),
    "增加的班": ("接收学校须增加的班，取最多的一年", "班"),
    "腾出的班": ("停办时本校的班", "班"),
    "随转的教职工编制": ("停办时本校在校生 ÷ 每名教职工的学生数", "名"),
    "不再补足的公用经费": ("不足 100 人按 100 人拨付，停办后不再多拨的人数", "人·年"),
}


@dataclass(frozen=True)
class Closure:
    """What the closure of one school means.

    Attributes
    ----------
    district : District
        As it is.
    policy : Policy
        Its rules.
    scenario : Scenario
        The closure as a scenario, which options and scores can presuppose.
    years : tuple of int
        Septembers from the closure on.
    rolls : DataFrame
        One row a September of the past and of the forecast without the closure: year, children_n, classes_n, known.
    grades : DataFrame
        The school's pupils when it closes: grade, children_n, classes_n.
    units : DataFrame
        One row a unit of its zone: unit_id, name, to, walk_before_m, walk_after_m, pupils_n (its part of the pupils at
        the closure), and one a year: children entering.
    receivers : DataFrame
        One row a (school_id, year): children_before_n, children_come_n, children_after_n, classes_before_n,
        classes_after_n, most_n (most classes it has had), largest_n (children a class in the fullest grade if no class
        is added).
    classes : DataFrame
        The same by grade, without most_n.
    costs : DataFrame
        item, counted, quantity, unit, price (yuan, nan where nobody has named it), amount.
    """

    district: District
    policy: Policy
    scenario: Scenario
    years: tuple[int, ...]
    rolls: pd.DataFrame
    grades: pd.DataFrame
    units: pd.DataFrame
    receivers: pd.DataFrame
    classes: pd.DataFrame
    costs: pd.DataFrame

    def __post_init__(self) -> None:
        """Refuse tables that are not as declared (``closure.units`` … in tables.toml)."""
        schema.expect_all(self, "closure")

    @property
    def school_id(self) -> str:
        """The school that closes."""
        return str(self.scenario.changes[0]["school"])


def close(
    district: District,
    outlook: Outlook,
    policy: Policy,
    school: str,
    *,
    stage: str = "",
    from_year: int | None = None,
    successor: str = "",
    stays: bool = False,
    prices: Mapping[str, float] = MappingProxyType({}),
) -> Closure:
    """Study the closure of one school.

    Parameters
    ----------
    district : District
        As it is.
    outlook : Outlook
        Its forecast without the closure.
    policy : Policy
        Its rules: the standard size of a class.
    school : str
        Id, name or alias of the school that closes.
    stage : {"", "primary", "junior"}
        Stage that closes; needed where the school has both.
    from_year : int, optional
        First September without it; the first of the outlook by default.
    successor : str, optional
        Id, name or alias of the one school that takes everybody; without, each unit goes to the nearest on foot.
    stays : bool, default False
        Whether pupils stay until they leave and only nobody new comes.
    prices : mapping of str to float, optional
        Yuan by item of `COSTS`.

    Returns
    -------
    Closure
        The study.

    Raises
    ------
    DataError
        No such school, or it is not open, has no zone, or nobody could take its children.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026, 2027])
    >>> study = zs.redraw.close(town, outlook, rules, "s3")
    >>> study.units[["unit_id", "to"]]
      unit_id  to
    0      u3  s2
    1      u9  s2
    2      u6  s2
    """
    school_id = names.find(district.schools, [school], where="--close")[0]
    stage = _stage(district, school_id, stage)
    ahead = sorted({int(year) for year in outlook.schools["year"]})
    start = ahead[0] if from_year is None else from_year
    years = tuple(year for year in ahead if year >= start)
    if start not in ahead:
        raise DataError(Fault("停办年份", f"{start}", f"预测的年份：{'、'.join(map(str, ahead))}", "请改正"))
    base = problems.problem(district, outlook, policy, stage=stage, years=years)
    only = names.find(district.schools, [successor], where="--successor")[0] if successor else ""
    _judge(base, district, school_id, only)
    grades = _at_closure(outlook, school_id, stage, start)
    units = _homes(base, school_id, only, int(grades["children_n"].sum()))
    shares = units.groupby("to")["share"].sum()
    classes = _classes(outlook, policy, school_id, stage, years, shares, stays=stays)
    receivers = _receivers(classes, district, stage)
    change = {"kind": "close", "school": school_id, "successor": shares.idxmax(), "pupils": "stay" if stays else "move"}
    name = district.schools.set_index("school_id")["name"]
    scenario = Scenario(f"close-{school_id}", f"{name[school_id]}停办", stage, start, (change,))
    costs = _costs(units, grades, receivers, stage, prices)
    rolls = _rolls(outlook, district, school_id, stage)
    units = units.drop(columns="share")
    return Closure(district, policy, scenario, years, rolls, grades, units, receivers, classes, costs)


def _stage(district: District, school_id: str, stage: str) -> str:
    """Return the stage that closes; a school of both stages must be told which."""
    own = str(district.schools.set_index("school_id").loc[school_id, "stage"])
    able = tuple(STAGES) if own == "both" else (own,)
    if stage in able or (not stage and len(able) == 1):
        return stage or able[0]
    found = f"写成 {stage}" if stage else "没有写"
    raise DataError(Fault("--stage", found, f"这所学校的学段：{'、'.join(able)}", "请写明停办哪个学段"))


def _judge(base: Problem, district: District, school_id: str, only: str) -> None:
    """Refuse a school that cannot close and one that cannot take its children."""
    facts, able = district.schools.set_index("school_id"), set(base.schools["school_id"])
    faults = schema.Faults()
    if school_id not in able:
        faults.add(
            "--close", f"「{facts['name'][school_id]}」不在各年都开办、有学区的学校之中", "有学区的开办学校", "请改正"
        )
    if only and (only not in able or only == school_id):
        faults.add(
            "--successor", f"「{facts['name'][only]}」不能接收", "另一所同学段、各年都开办、有学区的学校", "请改正"
        )
    if not able - {school_id}:
        faults.add("--close", "没有别的学校可以接收", "至少一所同学段、有学区的学校", "请改用情景增加学校")
    faults.raise_if_any()


def _at_closure(outlook: Outlook, school_id: str, stage: str, year: int) -> pd.DataFrame:
    """Return the pupils the school would have in the September it closes, grade by grade."""
    rows, span = outlook.grades, outlook.school_system.grades[stage]
    rows = rows[(rows["school_id"] == school_id) & (rows["year"] == year) & rows["grade"].isin(span)]
    rows = rows.rename(columns={"pupils_n": "children_n"})[["grade", "children_n", "classes_n"]]
    return rows.sort_values("grade", ignore_index=True)


def _homes(base: Problem, school_id: str, only: str, pupils: int) -> pd.DataFrame:
    """Return the units of the school's zone, where their children go, and their part of them (share)."""
    years = list(base.years)
    able = [school for school in base.schools["school_id"] if school != school_id]
    rows = []
    for unit, joined in base.before.items():
        doors = joined.split(JOINED)
        if school_id not in doors:
            continue
        others = [only] if only else [door for door in doors if door in able] or able
        to = str(base.walk_m.loc[unit, others].idxmin())
        # Where families choose, only a part of them is at this school.
        rows.append((unit, to, base.walk_m.loc[unit, school_id], base.walk_m.loc[unit, to], 1.0 / len(doors)))
    if not rows:
        raise DataError(Fault("--close", "没有一个小区或村在它的学区里", "有学区的学校", "请先补画学区"))
    table = pd.DataFrame(rows, columns=["unit_id", "to", "walk_before_m", "walk_after_m", "part"])
    there = base.units.set_index("unit_id").reindex(table["unit_id"])
    children = there[years].reset_index(drop=True).mul(table["part"], axis=0)
    weight = children.sum(axis=1).to_numpy()
    share = weight / weight.sum() if weight.sum() > 0 else np.full(len(table), 1.0 / len(table))
    table.insert(1, "name", there["name"].to_numpy())
    table = table.drop(columns="part").assign(pupils_n=share * pupils, share=share).join(children)
    order = ["to", "share", "unit_id"]
    return table.sort_values(order, ascending=[True, False, True], ignore_index=True)


def _classes(
    outlook: Outlook,
    policy: Policy,
    school_id: str,
    stage: str,
    years: tuple[int, ...],
    shares: pd.Series,
    *,
    stays: bool,
) -> pd.DataFrame:
    """Return pupils and classes of each receiving school by year and grade, before and after."""
    span = outlook.school_system.grades[stage]
    size, first = float(policy.capacity.standard[stage]), span[0]
    foretold = outlook.grades[outlook.grades["grade"].isin(span)].set_index(["school_id", "year", "grade"])
    rows = []
    for year in years:
        for grade in span:
            leaves = not stays or year - (grade - first) >= years[0]
            certain = (school_id, year, grade) in foretold.index
            whole = int(foretold.loc[(school_id, year, grade), "pupils_n"]) if certain and leaves else 0
            for school, come in zip(shares.index, _split(whole, shares.to_numpy()), strict=True):
                key = (school, year, grade)
                before = int(foretold.loc[key, "pupils_n"]) if key in foretold.index else 0
                planned = foretold.loc[key, "classes_n"] if key in foretold.index else pd.NA
                now = int(np.ceil(before / size)) if pd.isna(planned) else int(planned)
                after = max(now, int(np.ceil((before + come) / size))) if come else now
                largest = int(np.ceil((before + come) / now)) if now else before + come
                rows.append((school, year, grade, before, come, before + come, now, after, largest))
    counts = ["children_before_n", "children_come_n", "children_after_n", "classes_before_n", "classes_after_n"]
    return pd.DataFrame(rows, columns=["school_id", "year", "grade", *counts, "largest_n"]).sort_values(
        ["school_id", "year", "grade"], ignore_index=True
    )


def _split(whole: int, shares: np.ndarray) -> np.ndarray:
    """Split whole children by shares, the largest remainders first, so that none is lost."""
    exact = whole * shares / shares.sum()
    parts = np.floor(exact + 1e-9).astype(int)
    first = np.argsort(parts - exact, kind="stable")[: whole - parts.sum()]
    parts[first] += 1
    return parts


def _receivers(classes: pd.DataFrame, district: District, stage: str) -> pd.DataFrame:
    """Return the sums of each receiving school by year, and the most classes it has ever had."""
    keys, counts = ["school_id", "year"], [name for name in classes if name.endswith("_n") and name != "largest_n"]
    table = classes.groupby(keys)[counts].sum()
    table["largest_n"] = classes.groupby(keys)["largest_n"].max()
    rolls = district.table("roll_counts")
    rolls = rolls[rolls["grade"].isin(district.school_system.grades[stage])]
    had = _sums(rolls, ["school_id", "school_year"])["classes_n"]
    most = had.groupby("school_id").max().reindex(table.index.get_level_values("school_id"))
    return table.assign(most_n=most.to_numpy(dtype=float, na_value=np.nan)).reset_index().astype({"most_n": "Int64"})


def _costs(
    units: pd.DataFrame, grades: pd.DataFrame, receivers: pd.DataFrame, stage: str, prices: Mapping[str, float]
) -> pd.DataFrame:
    """Return what is to be paid or saved, counted; priced only where somebody has named a price."""
    unknown = sorted(set(prices) - set(COSTS))
    if unknown:
        raise DataError(Fault("--cost", f"没有「{'、'.join(unknown)}」这一项", f"可写：{'、'.join(COSTS)}", "请改正"))
    wrong = [item for item, price in prices.items() if isinstance(price, str) or not 0 <= price < np.inf]
    if wrong:
        raise DataError(Fault("--cost", f"「{'、'.join(wrong)}」的单价不是数", "不小于 0 的数（元）", "请改正"))
    pupils = float(grades["children_n"].sum())
    far = (units["walk_after_m"] > FAR_M) & (units["walk_before_m"] <= FAR_M)
    added = (receivers["classes_after_n"] - receivers["classes_before_n"]).groupby(receivers["year"]).sum()
    quantity = {
        "校车或寄宿": round(float(units.loc[far, "pupils_n"].sum())),
        "增加的班": int(added.max()),
        "腾出的班": float(grades["classes_n"].astype(float).sum(skipna=False)),
        "随转的教职工编制": round(pupils / PER_POST[stage], 1),
        "不再补足的公用经费": max(FUNDED - round(pupils), 0),
    }
    rows = [(item, counted, quantity[item], unit, prices.get(item, np.nan)) for item, (counted, unit) in COSTS.items()]
    table = pd.DataFrame(rows, columns=["item", "counted", "quantity", "unit", "price"])
    return table.astype({"quantity": float}).assign(amount=table["quantity"] * table["price"])


def _sums(rows: pd.DataFrame, by: str | list[str]) -> pd.DataFrame:
    """Return pupils and classes by year, or by school and year; classes are not known where a grade's are not."""
    sums = rows.groupby(by)[["pupils_n", "classes_n"]].sum()
    unknown = rows.assign(silent=rows["classes_n"].isna()).groupby(by)["silent"].any()
    return sums.assign(classes_n=sums["classes_n"].mask(unknown))


def _rolls(outlook: Outlook, district: District, school_id: str, stage: str) -> pd.DataFrame:
    """Return the school's pupils and classes of the past and, without the closure, of the coming years."""
    past = district.table("roll_counts")
    past = past[(past["school_id"] == school_id) & past["grade"].isin(district.school_system.grades[stage])]
    counted = _sums(past, "school_year").rename_axis("year")
    coming = outlook.grades
    coming = coming[(coming["school_id"] == school_id) & coming["grade"].isin(district.school_system.grades[stage])]
    coming = _sums(coming[~coming["year"].isin(counted.index)], "year")
    table = pd.concat([counted.assign(known=True), coming.assign(known=False)]).reset_index()
    return table.rename(columns={"pupils_n": "children_n"}).sort_values("year", ignore_index=True)
