"""One page a school (一校一页), for its head: how it stands, why, what can be done, whence its numbers.

Every page is cut from the tables of the district's report; nothing is counted anew.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from zhaosheng_analysis import __version__, disk, figures, texts
from zhaosheng_analysis.alerts import small_schools
from zhaosheng_analysis.report import blocks, pdf, rendering
from zhaosheng_analysis.report.pages import Document
from zhaosheng_analysis.schema import takes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from zhaosheng_analysis.forecast import Outlook, Simulation
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

#: Letters a file name may not have on some machine.
_NO_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
LIMITS = (
    "本页只摘录全区（县）报告中与本校有关的数字；假设、界线、方法过去有多准，见全区（县）报告。"
    "级别针对学校和年份，不针对个人，不作为购房、迁移户口的依据。"
)


@takes(alerts="alerts", actions="actions")
def documents(
    alerts: pd.DataFrame,
    outlook: Outlook,
    actions: pd.DataFrame,
    district: District,
    policy: Policy,
    *,
    through: Simulation | None = None,
) -> Iterator[tuple[str, Document]]:
    """Yield the page of every public school, by its id.

    Parameters
    ----------
    alerts : DataFrame
        Flags of the district, from `alerts.flag`.
    outlook : Outlook
        The forecast behind them.
    actions : DataFrame
        Steps that can be taken, from `alerts.actions.propose`.
    district : District
        District they are about.
    policy : Policy
        The rules.
    through : Simulation, optional
        The simulated intakes behind the flags.

    Yields
    ------
    tuple of (str, Document)
        The school_id, and its page to be printed.
    """
    concerns = texts.concerns.concerns(alerts, outlook, actions, policy)
    for school, mine in texts.alerts.public(alerts).groupby("school_id", sort=True):
        name = str(mine["name"].iloc[0])
        pieces = [*_pieces(mine, outlook, actions, district, policy, through=through)]
        concerned = bool((concerns.rows["name"] == name).any())
        page = _document(name, _headline(mine, concerned=concerned), pieces, district, policy)
        if small_schools.inside(mine):
            page.head["facts"].insert(0, ("使用范围", small_schools.INSIDE))
        yield str(school), page


def write(
    alerts: pd.DataFrame,
    outlook: Outlook,
    actions: pd.DataFrame,
    district: District,
    policy: Policy,
    folder: str | Path,
    *,
    through: Simulation | None = None,
) -> None:
    """Write the page of every public school as PDF, named by the school; nothing where no folder is named.

    Parameters
    ----------
    alerts : DataFrame
        Flags of the district, from `alerts.flag`.
    outlook : Outlook
        The forecast behind them.
    actions : DataFrame
        Steps that can be taken, from `alerts.actions.propose`.
    district : District
        District they are about.
    policy : Policy
        The rules.
    folder : str or Path
        Where to; empty for nowhere.
    through : Simulation, optional
        The simulated intakes behind the flags.
    """
    if not folder:
        return
    for school, document in documents(alerts, outlook, actions, district, policy, through=through):
        name = _NO_NAME.sub("_", f"{document.name}（{school}）")
        disk.write(Path(folder) / f"{name}.pdf", pdf.pdf(document))


def _pieces(
    mine: pd.DataFrame,
    outlook: Outlook,
    actions: pd.DataFrame,
    district: District,
    policy: Policy,
    *,
    through: Simulation | None,
) -> Iterator[blocks.Block]:
    """Yield what a page shows: its zone, its years, why and what to do, its picture, where its numbers are from."""
    zone = _zone(district, str(mine["school_id"].iloc[0]))
    if zone:
        yield blocks.text(f"学区：{texts.labels.literal(zone)}")
    numbers = [name for name in texts.alerts.SHORT[policy.kind] if name != "name"]
    yield rendering.show(texts.alerts.levels(mine)[numbers], title="逐年的数字", sheet="数字")
    concern = texts.concerns.concerns(mine, outlook, actions, policy)
    if len(concern.rows):
        yield rendering.show(concern, title="为什么，怎么办", sheet="须注意")
    title = f"{mine['name'].iloc[0]}：{_headline(mine, concerned=bool(len(concern.rows)))[:-1]}"
    yield rendering.show(figures.alerts.school_outlook(outlook, mine, district, title=title))
    crowded = texts.alerts.crowded(mine)
    if len(crowded):
        yield rendering.show(crowded, title="若全部接收，超过标准班额的起始年级", sheet="班额")
    traced = texts.concerns.trace(mine, outlook, district, policy, through=through)
    if len(traced):
        yield rendering.show(traced, title="数字的来历", sheet="来历")
    yield blocks.text(LIMITS)


def _zone(district: District, school: str) -> str:
    """Return the sentences of a school's zones, as the notice has them."""
    links = district.zone_schools.loc[district.zone_schools["school_id"] == school, "zone_id"]
    zones = district.zones[district.zones["zone_id"].isin(links) & district.zones["sentence"].notna()]
    return "；".join(dict.fromkeys(zones.sort_values("zone_id")["sentence"].astype(str)))


def _headline(mine: pd.DataFrame, *, concerned: bool) -> str:
    """Say in one sentence what is short and when, or that nothing is."""
    short = mine[mine["missing_seats_n"] > 0].sort_values(["year", "stage"])
    if len(short):
        first = short.iloc[0]
        stage = texts.labels.code("stage", first["stage"])
        most = int(short["missing_seats_n"].max())
        return f"{stage}自 {first['year']} 年起预计缺学位，最多缺 {most} 个。"
    if concerned:
        return "预计人数未超过计划学位，但接近，须留意。"
    return f"{mine['year'].min()} 至 {mine['year'].max()} 年，预计人数都在计划学位之内。"


def _document(name: str, headline: str, pieces: list[blocks.Block], district: District, policy: Policy) -> Document:
    about = district.about.get("data_as_of") or "未注明"
    head = {
        "title": f"{name}：学位一页",
        "question": "今后几年，这所学校的学位够不够？",
        "headline": headline,
        "synthetic": district.synthetic,
        "facts": [("区县", f"{district.name}（{district.code}）"), ("政策文件", policy.title), ("数据截至", about)],
    }
    foot = (("程序", f"zhaosheng_analysis {__version__}"),)
    day = district.about.get("data_as_of") or "2000-01-01"
    return Document(name, head, tuple(piece.data for piece in pieces), foot, __version__, day)
