"""What an audit rule sees and what it says: three states, evidence in sentences, children only as pseudonyms.

A check gets a `View` and returns `Seen`: everything it looked at, and which rows of that are wrong. What is not there
is never right: a school of which nothing could be looked at is not assessable, and so is a rule whose data are missing.
"""

import hashlib
import hmac
import os
import secrets
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.geodata import District, layers
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import RESULTS, TABLES

#: Variable of the environment that holds the key of the pseudonyms, in hexadecimal.
KEY = "ZHAOSHENG_PSEUDONYM_KEY"
SEVERITIES = {"grave": "严重", "plain": "一般", "note": "提示"}
SUMMARY, EVIDENCE, KEYS = (list(RESULTS[f"findings.{name}"].columns) for name in ("summary", "evidence", "keys"))


@dataclass(frozen=True)
class View:
    """What a check may look at.

    Attributes
    ----------
    district : District
        What is audited.
    policy : Policy
        By which text.
    on : Timestamp
        The day of the audit; later records are not expected yet.
    year : int
        Year of the intake audited.
    chosen : mapping of str to object
        Value in force of each parameter of the rule.
    memo : dict of str to object
        What several rules look at, made once.
    rows : tuple of str
        Rows of the policy's catalogue the rule answers for.
    """

    district: District
    policy: Policy
    on: pd.Timestamp
    year: int
    chosen: Mapping[str, Any]
    memo: dict[str, Any] = field(default_factory=dict)
    rows: tuple[str, ...] = ()

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what several rules look at, made by the first of them.

        Parameters
        ----------
        name : str
            What it is called in the memo.
        make : callable
            Makes it.

        Returns
        -------
        object
            The thing, the same for every rule.
        """
        if name not in self.memo:
            self.memo[name] = make()
        return self.memo[name]

    def table(self, name: str) -> pd.DataFrame:
        """Return one table or layer.

        Parameters
        ----------
        name : str
            Name in tables.toml.

        Returns
        -------
        DataFrame
            The table or layer.
        """
        return table_of(self.district, name)

    def has(self, *names: str) -> bool:
        """Tell whether tables a check can use, but does not need, are there with rows in them.

        Parameters
        ----------
        *names : str
            Names in tables.toml.

        Returns
        -------
        bool
            Whether each has a row.
        """
        return all(table_of(self.district, name) is not None and len(table_of(self.district, name)) for name in names)

    @property
    def schools(self) -> pd.DataFrame:
        """The schools, indexed by school_id."""
        return self.once("schools", lambda: self.district.schools.set_index("school_id"))

    def school(self, ids: pd.Series, column: str) -> pd.Series:
        """Look up one fact of the school of each row.

        Parameters
        ----------
        ids : Series of str
            The school_id of each row.
        column : str
            Column of the schools.

        Returns
        -------
        Series
            The fact, on the same index.
        """
        return ids.map(self.schools[column])


@dataclass(frozen=True)
class Seen:
    """What a check looked at and what is wrong with it.

    Attributes
    ----------
    frame : DataFrame
        One row a thing looked at; school_id (empty for the district), and the columns its sentence names.
    wrong : Series
        Which rows are wrong.
    table : str
        Where the rows come from, and the column that names them; an empty key names no child.
    key : str
        Where the rows come from, and the column that names them; an empty key names no child.
    missing : str
        Why nothing could be judged, for the whole district.
    gaps : mapping of str to str
        `school_id` -> why that school could not be judged, even where its other rows are right.
    """

    frame: pd.DataFrame
    wrong: pd.Series
    table: str
    key: str = ""
    missing: str = ""
    gaps: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Findings:
    """The result of an audit.

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
    summary : DataFrame
        One row a rule and school (school_id empty: the district), see `SUMMARY`.
    evidence : DataFrame
        One row a finding, see `EVIDENCE`; children as pseudonyms, no number of a document.
    keys : DataFrame
        Table, column and value each finding_id was made from. For the office only, never printed.
    items : DataFrame
        One row an item of the ledger: item, text, clause, answer (data, inspector, both), scope.
    unlinked : DataFrame
        Rules the policy does not ask for: rule, title. Nothing was judged by them.
    synthetic : bool
        Whether the district is made up.
    """

    district: str
    district_name: str
    policy: str
    policy_title: str
    on: pd.Timestamp
    year: int
    summary: pd.DataFrame
    evidence: pd.DataFrame
    keys: pd.DataFrame
    items: pd.DataFrame
    unlinked: pd.DataFrame
    synthetic: bool

    def __post_init__(self) -> None:
        """Refuse tables that are not as declared (``findings.summary`` … in tables.toml)."""
        schema.expect_all(self, "findings")


def unknown(why: str) -> Seen:
    """Say that a check cannot judge anything, and why."""
    return Seen(pd.DataFrame({"school_id": pd.Series(dtype="str")}), pd.Series(dtype=bool), "", missing=why)


def seen(frame: pd.DataFrame, wrong: pd.Series | np.ndarray, table: str, key: str = "", **more: Any) -> Seen:
    """Say what was looked at and which rows are wrong; a comparison with something missing is not wrong."""
    mask = pd.Series(np.asarray(pd.Series(wrong).fillna(False), dtype=bool), index=frame.index)
    return Seen(frame, mask, table, key, **more)


def table_of(district: District, name: str) -> pd.DataFrame | None:
    """Return a layer or table, or None where the district has none."""
    return getattr(district, name) if name in layers.NAMES else district.tables.get(name)


def lacking(district: District, needs: tuple[str, ...]) -> str:
    """Say which tables and columns a rule needs and the district lacks; empty where everything is there.

    Parameters
    ----------
    district : District
        District that is audited.
    needs : tuple of str
        Names ``table`` or ``table.column``; a column with ``?`` must exist, but may be wholly blank, because a blank is
        an answer in it. Any other column without a single value counts as not filled in.

    Returns
    -------
    str
        One line of Chinese.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.audit.lacking(zs.demo.nine_plots(), ("plans", "roll.class_no", "children.sex"))
    '缺少「学籍」(roll)'
    """
    reasons = []
    for need in dict.fromkeys(need.partition(".")[0] for need in needs):
        frame, title = table_of(district, need), TABLES[need].title
        if frame is None:
            reasons.append(f"缺少「{title}」({need})")
        elif frame.empty:
            reasons.append(f"「{title}」({need}) 没有任何记录")
        else:
            columns = [name.partition(".")[2] for name in needs if name.startswith(f"{need}.")]
            reasons += [_blank(frame, need, column) for column in columns]
    return "；".join(reason for reason in reasons if reason)


def _blank(frame: pd.DataFrame, table: str, column: str) -> str:
    """Say that a column is not there, or not filled in."""
    name, optional = column.rstrip("?"), column.endswith("?")
    title = "图形" if name == "geometry" else TABLES[table].columns[name].label
    if name not in frame:
        return f"「{TABLES[table].title}」({table}) 缺少列「{title}」({name})"
    if not optional and blank(frame[name]).all():
        return f"「{TABLES[table].title}」({table}) 的列「{title}」({name}) 全部空白"
    return ""


def blank(cells: pd.Series) -> pd.Series:
    """Tell which cells say nothing: missing, or an empty text."""
    empty = cells.isna()
    return empty | cells.eq("") if pd.api.types.is_string_dtype(cells) else empty


def among(cells: pd.Series, names: Iterable[str]) -> pd.Series:
    """Tell which cells are among names; what is missing is not. Ten times as fast as ``isin`` on text."""
    import pyarrow as pa
    from pyarrow import compute

    left = pa.array(cells.astype("str"), from_pandas=True).cast(pa.large_string())
    right = pa.array(pd.Series(list(names) if isinstance(names, set) else names, dtype="str"), from_pandas=True)
    present = compute.is_in(left, value_set=right.cast(pa.large_string()).drop_null())
    return pd.Series(present.to_numpy(zero_copy_only=False), index=cells.index)


def pseudonyms(names: pd.Series, district: District) -> pd.Series:
    """Return a pseudonym a name that nobody without the key can turn back: 生 and ten letters.

    The key stands in the environment under `KEY`, where the verb puts what its file says; without it one is made for
    this process, so that pseudonyms of two runs do not meet. Of made-up districts everybody knows the key.

    Parameters
    ----------
    names : Series of str
        Numbers of children or pupils, missing where there is none.
    district : District
        Where they live; another district gives unrelated pseudonyms.

    Returns
    -------
    Series of str
        On the same index, empty where there is no name.
    """
    key = b"synthetic" if district.synthetic else os.environ.get(KEY, "").encode() or _made()

    def pseudonym(name: str) -> str:
        return "生" + hmac.new(key, f"{district.id}|{name}".encode(), hashlib.sha256).hexdigest()[:10]

    keys = {name: pseudonym(str(name)) for name in names.dropna().unique()}
    return names.map(keys).astype("str").where(names.notna(), "")


@cache
def _made() -> bytes:
    """Make a key for this process, and say so."""
    said = f"没有化名密钥（环境变量 {KEY}）：本次用临时密钥，化名和发现编号与别次运行对不上"
    warnings.warn(said, stacklevel=3)
    return secrets.token_bytes(32)


def ids(parts: pd.DataFrame) -> list[str]:
    """Return one short id a row, from its cells alone: the same finding has the same id in every run."""
    lines = ["|".join(str(cell) for cell in row) for row in parts.itertuples(index=False, name=None)]
    return [hashlib.sha256(line.encode()).hexdigest()[:12] for line in lines]
