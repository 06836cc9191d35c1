"""The draft notice of a redraw: which sentences change, and the notice as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import texts, zones
from zhaosheng_analysis.redraw import FIRST_DAY, JOINED
from zhaosheng_analysis.report import redraw
from zhaosheng_analysis.report.blocks import heading, laid
from zhaosheng_analysis.schema import STAGES

if TYPE_CHECKING:
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.redraw import Score
    from zhaosheng_analysis.report.blocks import Block


def notices(score: Score) -> Block:
    """Show the sentences that change: the old one, the draft, units gained and lost.

    Parameters
    ----------
    score : Score
        What it does.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    columns = [
        heading("name", "学区", share=3),
        heading("what", "原文字", share=6, look="long"),
        heading("reason", "草案", share=6, look="long"),
        heading("effect", "划入划出", share=6, look="long"),
    ]
    return laid(differences(score), columns, title="改变的学区文字", sheet="通告", empty="没有学区文字改变。")


def differences(score: Score) -> pd.DataFrame:
    """Return the zones that change: name, what (the old sentence), reason (the draft), effect (units in and out).

    Parameters
    ----------
    score : Score
        What it does.

    Returns
    -------
    DataFrame
        Columns name, what (the old sentence), reason (the draft) and effect (units in and out).
    """
    stage, day = score.assignment.stage, pd.Timestamp(score.assignment.valid_from)
    layer = score.district.zones
    new = layer[(layer["stage"] == stage) & (layer["valid_from"] == day)]
    old = zones.valid(layer, stage=stage, on=day - pd.Timedelta(days=1))
    ended = old[old["valid_to"] == day - pd.Timedelta(days=1)]
    units, rows = score.change.units, []
    for row in new.itertuples():
        base = ended.loc[ended["name"] == row.name, ["zone_id", "sentence"]]
        held = [
            units[column].str.split(JOINED).map(set(ids).intersection).map(bool)
            for column, ids in (("zones_before", list(base["zone_id"])), ("zones_after", [row.zone_id]))
        ]
        gained, lost = (JOINED.join(units.loc[some, "name"]) for some in (held[1] & ~held[0], held[0] & ~held[1]))
        effect = "；".join(filter(None, (gained and f"划入{gained}", lost and f"划出{lost}"))) or "范围不变，文字更正"
        before = _before(base, score) if len(base) else "（新设）"
        rows.append((row.name, before, row.sentence, effect))
    gone = ended[~ended["name"].isin(new["name"])]
    rows += [(name, _before(part, score), "（不再划定）", "全部划出") for name, part in gone.groupby("name")]
    return pd.DataFrame(rows, columns=["name", "what", "reason", "effect"])


def _before(base: pd.DataFrame, score: Score) -> str:
    """Return the old sentence of a zone, and say so where it had to be drafted."""
    words, sentence = score.words.get(base["zone_id"].iloc[0]), base["sentence"].iloc[0]
    return sentence if isinstance(sentence, str) else f"{words}（原通告没有文字，按图起草）"


def _others(score: Score, table: pd.DataFrame) -> str:
    """Say that the other zones stay, where there are others."""
    layer, day = score.district.zones, pd.Timestamp(score.assignment.valid_from)
    there = zones.valid(layer, stage=score.assignment.stage, on=day)
    return "其余学区不变。" if (~there["name"].isin(table["name"])).any() else ""


def notice(score: Score, district: District) -> str:
    """Return the draft notice as plain text: every zone that changes, then what changed from the old one.

    Parameters
    ----------
    score : Score
        What it does.
    district : District
        District it is about.

    Returns
    -------
    str
        Its lines.
    """
    stage, table = STAGES[score.assignment.stage], differences(score)
    lines = [f"{district.name}{stage}学区调整通告（草案）", ""]
    if table.empty:
        lines += ["各校学区范围不变。"]
        return "\n".join([*lines, *_made_up(district)]) + "\n"
    lines += [f"自{_day(score)}起，下列学区范围为："]
    lines += [f"{number}. {row.name}：{row.reason}。" for number, row in enumerate(table.itertuples(), 1)]
    pupils = "各年级学生自施行之日起一并按新学区就读。" if redraw.whole_school(score) else "在校学生不因调整转学。"
    lines += ["", f"{_others(score, table)}{pupils}", "", "与原通告的差别："]
    for row in table.itertuples():
        lines += [f"【{row.name}】{row.effect}", f"  原：{row.what}", f"  新：{row.reason}"]
    return "\n".join([*lines, *_made_up(district)]) + "\n"


def _day(score: Score) -> str:
    """Say from when, where a planner has set the day; else leave it to be filled in."""
    day = score.assignment.valid_from
    usual = (day.month, day.day) == FIRST_DAY
    return "　　年　　月　　日（施行日期由发文机关填写）" if usual else f" {day:%Y年%-m月%-d日} "


def _made_up(district: District) -> list[str]:
    """Say of demo data what they are."""
    return ["", texts.labels.sentence("synthetic_long")] if district.synthetic else []
