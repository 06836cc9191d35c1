"""The ledger of an audit: every item at every school, who answers for it, and when it was struck off (销号).

Comes in: findings. Goes out: a `Ledger`, which an office fills in Excel and brings back without loss, compares with
last year's, and adds up from school to reporting unit to district.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery, schema
from zhaosheng_analysis.audit import rules
from zhaosheng_analysis.audit.findings import Findings, pseudonyms
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import RESULTS, DataError, Fault, Note

KEY = ["item", "school_id"]
COLUMNS = RESULTS["ledger.rows"].columns
FILLED = ("answer", "answered_by", "answered_on", "owner", "due_on", "cured_by", "cured_on", "note")
FACTS = [name for name in COLUMNS if name not in FILLED]
STATES = {"finding": "发现问题", "not_assessable": "无法判定", "pass": "符合", "not_concerned": "不涉及"}
ANSWERS = {"clear": "未发现", "found": "发现问题"}
STATUSES = {
    "open": "待整改",
    "cured": "已销号",
    "waiting": "待核实",
    "noted": "提示",
    "pass": "符合",
    "not_concerned": "不涉及",
}
CHANGES = {
    "": "",
    "new": "新发现",
    "lasting": "仍未整改",
    "cured": "已销号",
    "rebounded": "反弹",
    "gone": "已消除",
    "lost": "失去依据",
}
SEVERITY = {"grave": "严重", "plain": "一般", "note": "提示", "": ""}
TOLD_AT_MOST = 2
_GRAVITY = ["grave", "plain", "note", ""]
_STATE_ORDER = ["finding", "not_assessable", "pass", "not_concerned"]


@dataclass(frozen=True)
class Ledger:
    """Items × schools of one audit.

    Attributes
    ----------
    district : str
        Slug of the district.
    district_name : str
        Its Chinese name.
    policy : str
        Id of the policy.
    policy_title : str
        Title of the text.
    on : Timestamp
        Day of the audit.
    year : int
        Year of the intake.
    synthetic : bool
        Whether the district is made up.
    rows : DataFrame
        One row an item and school (school_id empty: the district itself): `FACTS`, from the data, and `FILLED`, what
        people wrote.
    notes : tuple of Note
        What was settled while it, or last year's, was read from a workbook.
    """

    district: str
    district_name: str
    policy: str
    policy_title: str
    on: pd.Timestamp
    year: int
    synthetic: bool
    rows: pd.DataFrame
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        """Refuse rows that are not as declared (``ledger.rows`` in tables.toml)."""
        schema.expect_all(self, "ledger")


def from_findings(findings: Findings, district: District) -> Ledger:
    """Open a ledger: every item at every school, in the worst state any of its rules found.

    A school none of an item's rules is about is not concerned; a matter of the district has a row of its own.

    Parameters
    ----------
    findings : Findings
        Result of an audit.
    district : District
        District they are of.

    Returns
    -------
    Ledger
        One row an item and school.
    """
    cells = _cells(findings)
    items = findings.items.set_index("item")
    national = cells.drop_duplicates("item").set_index("item").drop(items.index, errors="ignore")
    items = pd.concat([items, national.rename(columns={"title": "text"})[["text", "clause", "scope"]]])
    rows = _grid(items, cells, district)
    facts = ["state", "severity", "found_n", "missing", "todo"]
    rows = rows.merge(cells[[*KEY, *facts]], on=KEY, how="left", validate="1:1")
    rows["told"] = _found_in_a_line(findings).reindex(pd.MultiIndex.from_frame(rows[KEY])).fillna("").to_numpy()
    rows["state"] = rows["state"].fillna("not_concerned")
    rows = rows.fillna({"severity": "", "found_n": 0, "missing": "", "todo": ""}).astype({"found_n": int})
    days = {severity: findings.on + pd.Timedelta(days=number) for severity, number in rules.deadlines().items()}
    rows["by"] = rows["severity"].map({severity: f"{day:%Y-%m-%d}" for severity, day in days.items()}).fillna("")
    units = district.areas.set_index("area_id")["name"]
    unit = findings.summary.drop_duplicates("school_id").set_index("school_id")["org_id"]
    rows["org"] = rows["school_id"].map(unit).map(units).fillna("区直学校").where(rows["school_id"].ne(""), "")
    rows["org"] = rows["org"].astype("str")  # of a district without areas none is known, and no kind of cell
    rows = rows.assign(change="", **{name: _empty(COLUMNS[name].kind, rows.index) for name in FILLED})
    order = {item: place for place, item in enumerate(items.index)}
    rows = rows.sort_values(KEY, key=lambda column: column.map(order) if column.name == "item" else column)
    identity = (findings.district, findings.district_name, findings.policy, findings.policy_title)
    rows = rows[[*FACTS, *FILLED]].reset_index(drop=True)
    return Ledger(*identity, findings.on, findings.year, findings.synthetic, rows)


def _cells(findings: Findings) -> pd.DataFrame:
    """Reduce the rules of an item to one state a school: a finding before a question before a note before a pass."""
    table = findings.summary.assign(item=findings.summary["item"].str.split("、")).explode("item")
    table["severity"] = table["severity"].where(table["state"].eq("finding"), "")
    table["gravity"] = table["severity"].map(_GRAVITY.index)
    table["rank"] = table["state"].map(_STATE_ORDER.index) + 1.5 * table["severity"].eq("note")
    table = table.sort_values(["item", "school_id", "rank", "gravity"], kind="stable")
    reasons = table[table["state"] == "not_assessable"].groupby(KEY)["missing"].agg(_joined)
    worst = table.groupby(KEY, as_index=False).agg(
        title=("title", "first"),
        clause=("clause", "first"),
        scope=("scope", "first"),
        state=("state", "first"),
        severity=("severity", "first"),
        found_n=("found_n", "sum"),
        todo=("todo", "first"),
    )
    worst["todo"] = worst["todo"].where(worst["state"] == "finding", "")
    missing = reasons.reindex(pd.MultiIndex.from_frame(worst[KEY])).fillna("").to_numpy()
    return worst.assign(missing=np.where(worst["state"] == "pass", "", missing))


def _found_in_a_line(findings: Findings) -> pd.Series:
    """Say in a line what was found about each item at each school: the first sentences, and how many more."""
    rows = findings.evidence.assign(item=findings.evidence["item"].str.split("、")).explode("item")
    # The findings of a rule about the whole district stand in the district's row.
    whole = findings.summary.loc[findings.summary["scope"] == "district", "rule"].unique()
    rows["school_id"] = rows["school_id"].mask(rows["rule"].isin(whole), "")
    who = rows["subject"].where(rows["subject"].eq(""), rows["subject"] + "：")
    return (who + rows["sentence"]).groupby([rows["item"], rows["school_id"]]).agg(_line)


def _line(sentences: pd.Series) -> str:
    more = f"；另 {len(sentences) - TOLD_AT_MOST} 条" if len(sentences) > TOLD_AT_MOST else ""
    return "；".join(sentences.head(TOLD_AT_MOST)) + more


def _joined(reasons: pd.Series) -> str:
    return "；".join(dict.fromkeys(reason for reason in reasons if reason))


def _grid(items: pd.DataFrame, cells: pd.DataFrame, district: District) -> pd.DataFrame:
    """Return every item at every open school, and a row for the district where a rule is about the whole."""
    schools = district.schools
    open_ = schools.loc[schools["status"].isin(["open", "closing"]), ["school_id", "name"]]
    wanted = items[items["scope"] == "school"].reset_index(names="item")[["item", "text", "clause", "scope"]]
    whole = cells.loc[cells["school_id"] == "", "item"].unique()
    own = items.loc[items.index.isin(whole)].reset_index(names="item")[["item", "text", "clause", "scope"]]
    own = own.assign(school_id="", name=district.name)
    every = pd.concat([wanted.merge(pd.DataFrame(open_), how="cross"), own], ignore_index=True)
    # A closed school with a finding is not on the list of open ones.
    extra = cells[cells["state"].eq("finding") & ~cells["school_id"].isin([*open_["school_id"], ""])]
    extra = extra[KEY].merge(items.reset_index(names="item"), on="item", validate="m:1")
    names = schools.set_index("school_id")["name"]
    return pd.concat([every, extra.assign(name=extra["school_id"].map(names))[every.columns]], ignore_index=True)


def _empty(kind: str, index: pd.Index) -> pd.Series:
    """Return a column nobody has filled yet."""
    return pd.Series(pd.NaT if kind == "date" else "", index=index, dtype="datetime64[us]" if kind == "date" else "str")


def statuses(ledger: Ledger) -> pd.Series:
    """Tell where each row stands: open (待整改), cured (已销号), waiting (待核实), noted (提示), pass, not_concerned.

    An inspector's answer counts where the data could not tell, and turns a pass into a finding, never the other way.
    What is only worth knowing (提示) is nothing to be put right unless an inspector says so.

    Parameters
    ----------
    ledger : Ledger
        The ledger.

    Returns
    -------
    Series of str
        On the index of the rows.
    """
    rows = ledger.rows
    deficient = rows["state"].eq("finding") | rows["answer"].eq("found")
    cured = deficient & rows["cured_on"].notna()
    checked = rows["state"].eq("not_assessable") & rows["answer"].eq("clear")
    noted = rows["severity"].eq("note") & ~rows["answer"].eq("found")
    conditions = [
        cured,
        deficient & noted,
        deficient,
        checked | rows["state"].eq("pass"),
        rows["state"].eq("not_assessable"),
    ]
    choices = ["cured", "noted", "open", "pass", "waiting"]
    return pd.Series(np.select(conditions, choices, "not_concerned"), index=rows.index, dtype="str")


def answer(
    ledger: Ledger, item: str, school_id: str, *, found: bool, by: str, on: date | str, note: str = ""
) -> Ledger:
    """Write down what an inspector saw at one school about one item.

    Parameters
    ----------
    ledger : Ledger
        The ledger.
    item : str
        Item of the ledger.
    school_id : str
        The school; empty for a matter of the district.
    found : bool
        Whether something is wrong.
    by : str
        Name of the person.
    on : date or str
        Day of the visit.
    note : str, optional
        What else is to be written down.

    Returns
    -------
    Ledger
        A copy with the answer.

    Raises
    ------
    DataError
        No such row.
    """
    at = _row(ledger, item, school_id)
    cells = {"answer": "found" if found else "clear", "answered_by": by, "answered_on": pd.Timestamp(on)}
    return _with(ledger, at, cells | ({"note": note} if note else {}))


def cure(ledger: Ledger, item: str, school_id: str, *, by: str, on: date | str, note: str = "") -> Ledger:
    """Strike off one open row: who, when, and what was done.

    Parameters
    ----------
    ledger : Ledger
        The ledger.
    item : str
        Item of the ledger.
    school_id : str
        The school; empty for a matter of the district.
    by : str
        Name of the person.
    on : date or str
        Day on which it was put right.
    note : str, optional
        What else is to be written down.

    Returns
    -------
    Ledger
        A copy with the row struck off.

    Raises
    ------
    DataError
        No such row, nothing open in it, nobody named, or a day before the audit found it.
    """
    at, where = _row(ledger, item, school_id), f"台账 {item} {school_id or ledger.district_name}"
    if statuses(ledger)[at] != "open":
        raise DataError(Fault(where, "没有待整改的问题", "只有待整改的可以销号", "请核对事项和学校"))
    if not by:
        raise DataError(Fault(where, "没有写明销号人", "", "请写明谁在何时销号"))
    if pd.Timestamp(on) < ledger.on:
        raise DataError(Fault(where, f"销号日期 {on} 早于核查日期 {ledger.on:%Y-%m-%d}", "", "请改正日期"))
    return _with(ledger, at, {"cured_by": by, "cured_on": pd.Timestamp(on)} | ({"note": note} if note else {}))


def _row(ledger: Ledger, item: str, school_id: str) -> int:
    rows = ledger.rows
    hit = rows.index[(rows["item"] == item) & (rows["school_id"] == school_id)]
    if len(hit):
        return int(hit[0])
    hint = schema.near(item, rows["item"].unique()) or schema.near(school_id, rows["school_id"].unique())
    raise DataError(Fault("台账", f"没有事项 {item}、学校 {school_id or '（区级）'} 这一行", "", hint or "请核对编号"))


def _with(ledger: Ledger, at: int, cells: dict) -> Ledger:
    rows = ledger.rows.copy()
    for name, value in cells.items():
        rows.loc[at, name] = value
    return replace(ledger, rows=rows)


def compare(before: Ledger, now: Ledger) -> Ledger:
    """Say of every row what became of it since last year's run; owners and days set are carried over where open.

    new: found now, not last time. lasting: found both times and never struck off. cured: found last time, struck off
    now. rebounded: struck off, or gone last time, and open again. gone: found last time, right now. lost: judged last
    time, without data now.

    Parameters
    ----------
    before : Ledger
        Ledger of last year's run.
    now : Ledger
        Ledger of this run.

    Returns
    -------
    Ledger
        The ledger of this run with its column change.
    """
    old = before.rows.assign(status=statuses(before)).set_index(KEY)
    status = statuses(now)
    keys = pd.MultiIndex.from_frame(now.rows[KEY])
    was = old["status"].reindex(keys).fillna("").to_numpy()
    past = old["change"].reindex(keys).fillna("").to_numpy()
    open_, cured = (status == "open").to_numpy(), (status == "cured").to_numpy()
    judged = np.isin(was, ["open", "cured", "noted", "pass"])
    change = np.select(
        [
            (open_ & (was == "cured")) | ((open_ | cured) & (past == "gone")),
            open_ & (was == "open"),
            cured & np.isin(was, ["open", "cured"]),
            open_ | cured,
            (status == "pass").to_numpy() & np.isin(was, ["open", "cured"]),
            (status == "waiting").to_numpy() & judged,
        ],
        ["rebounded", "lasting", "cured", "new", "gone", "lost"],
        "",
    )
    rows = now.rows.assign(change=pd.Series(change, index=now.rows.index, dtype="str"))
    for name in ("owner", "due_on"):
        carried = pd.Series(old[name].reindex(keys).array, index=rows.index)
        unset = rows[name].isna() | rows[name].eq("")
        rows[name] = rows[name].mask(unset & (change == "lasting"), carried)
    return replace(now, rows=rows, notes=(*now.notes, *before.notes))


def add_up(ledger: Ledger) -> pd.DataFrame:
    """Count the statuses from school to reporting unit (中心校、学区) to district.

    Parameters
    ----------
    ledger : Ledger
        The ledger.

    Returns
    -------
    DataFrame
        Columns level (school, org, district), org, name, then a column a status with the number of rows, most open
        first.
    """
    rows = ledger.rows.assign(status=statuses(ledger))
    rows["org"] = rows["org"].where(rows["school_id"].ne(""), "区级事项")
    parts = []
    for level, keys in (("school", ["org", "school_id", "name"]), ("org", ["org"]), ("district", [])):
        named = rows.assign(**{key: "" for key in ("org", "school_id", "name") if key not in keys})
        part = named.pivot_table(index=["org", "school_id", "name"], columns="status", values="item", aggfunc="count")
        parts.append(part.reindex(columns=list(STATUSES)).fillna(0).astype(int).reset_index().assign(level=level))
    table = pd.concat(parts, ignore_index=True)
    table["place"] = table["level"].map(["district", "org", "school"].index)
    table = table.sort_values(["place", "open", "org", "school_id"], ascending=[True, False, True, True], kind="stable")
    return table[["level", "org", "school_id", "name", *STATUSES]].reset_index(drop=True)


def spot_check(
    district: District, *, seed: str, schools_n: int = 5, pupils_n: int = 10
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw schools, one of every reporting unit first, and pupils of their rolls, by tickets anyone can recompute.

    Parameters
    ----------
    district : District
        Schools and rolls.
    seed : str
        Published before the draw.
    schools_n : int, default 5
        Schools in all.
    pupils_n : int, default 10
        Pupils of each.

    Returns
    -------
    DataFrame
        Schools: school_id, name, ticket in drawn order.
    DataFrame
        Pupils: school_id, grade, class_no, subject (pseudonym) and pupil_id.
    """
    schools = pd.DataFrame(district.schools.drop(columns="geometry", errors="ignore"))
    schools = schools[schools["status"].isin(["open", "closing"])]
    schools = schools.assign(ticket=lottery.tickets(schools["school_id"], seed=seed, stream="spot-check"))
    schools = schools.sort_values(["ticket", "school_id"])
    first = ~schools.fillna({"org_id": ""})["org_id"].duplicated()
    drawn = pd.concat([schools[first], schools[~first]]).head(schools_n)
    roll = district.tables.get("roll")
    if roll is None:
        pupils = pd.DataFrame(columns=["school_id", "grade", "class_no", "subject", "pupil_id"])
    else:
        rows = roll[(roll["school_year"] == roll["school_year"].max()) & roll["school_id"].isin(drawn["school_id"])]
        rows = rows.drop_duplicates(["school_id", "pupil_id"])
        rows = rows.assign(ticket=lottery.tickets(rows["pupil_id"], seed=seed, stream="spot-check pupils"))
        rows = rows.sort_values(["school_id", "ticket", "pupil_id"]).groupby("school_id").head(pupils_n)
        pupils = rows.assign(subject=pseudonyms(rows["pupil_id"], district))
        pupils = pupils[["school_id", "grade", "class_no", "subject", "pupil_id"]].reset_index(drop=True)
    drawn["ticket"] = [f"{int(number):016x}" for number in drawn["ticket"]]
    return drawn[["school_id", "name", "ticket"]].reset_index(drop=True), pupils


def need_guidance(ledger: Ledger, district: District) -> pd.DataFrame:
    """Rank the schools by findings and complaints (问题频发、舆情较多).

    Parameters
    ----------
    ledger : Ledger
        The ledger.
    district : District
        Its table complaints, where there is one.

    Returns
    -------
    DataFrame
        Columns school_id, name, open_n, complaints_n (missing without a register), most first.
    """
    rows = ledger.rows[ledger.rows["school_id"] != ""]
    open_ = statuses(ledger)[rows.index].eq("open")
    table = rows.assign(open_n=open_.astype(int)).groupby(["school_id", "name"], as_index=False)["open_n"].sum()
    complaints = district.tables.get("complaints")
    counts = pd.Series(dtype="Int64") if complaints is None else complaints["school_id"].value_counts()
    table["complaints_n"] = table["school_id"].map(counts).astype("Int64")
    if complaints is not None:
        table["complaints_n"] = table["complaints_n"].fillna(0)
    table["sum"] = table["open_n"] + table["complaints_n"].fillna(0)
    return table.sort_values(["sum", "school_id"], ascending=[False, True], ignore_index=True).drop(columns="sum")
