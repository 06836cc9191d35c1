"""The room left in classes, for the audit's report: within the base size, and for siblings beyond it (长幼随学)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhaosheng_analysis import classes, schema
from zhaosheng_analysis.report.blocks import Block, heading, laid

if TYPE_CHECKING:
    import pandas as pd

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy


NO_CLASSES = "没有「班级」表，余位无从计算。"


def seat_room(district: District, policy: Policy) -> Block:
    """Show by grade how many pupils fit within the base size, and how many siblings beyond it (长幼随学).

    Parameters
    ----------
    district : District
        District it is about.
    policy : Policy
        The rules.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    room = _room(district, policy)
    counts = room.groupby("grade").agg(
        classes_n=("class_no", "size"),
        room_n=("room_n", "sum"),
        sibling_room_n=("sibling_room_n", "sum"),
        full_n=("sibling_room_n", lambda left: int((left == 0).sum())),
    )
    table = counts.reset_index()
    columns = [
        heading("grade", "年级", "whole"),
        heading("classes_n", "班数", "whole"),
        heading("room_n", "标准班额内余位", "whole"),
        heading("sibling_room_n", "长幼随学余位", "whole"),
        heading("full_n", "已无余位的班", "whole"),
    ]
    note = "长幼随学：起始年级不得超过标准班额，其余年级可适当突破，任何班不得达到大班额。"
    return laid(table, columns, title="各年级余位", sheet="余位", note=note, empty=NO_CLASSES)


def _room(district: District, policy: Policy) -> pd.DataFrame:
    """Return the room of the classes of the last school year."""
    table, system = district.tables.get("classes", schema.empty("classes")), district.school_system
    room = classes.headroom(table[table["school_year"] == table["school_year"].max()], policy, system=system)
    return room.assign(stage=system.stage_of(room["grade"]), entry=system.is_entry(room["grade"]))


def class_room(district: District, policy: Policy) -> Block:
    """Show the room of every class: within the base size, and up to the cap for siblings, which is never oversized.

    Parameters
    ----------
    district : District
        District it is about.
    policy : Policy
        The rules.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    room = _room(district, policy)
    names = district.schools.set_index("school_id")["name"]
    rows = room.assign(name=room["school_id"].map(names)).sort_values(["name", "grade", "class_no"])
    columns = [
        heading("name", "学校", share=3),
        heading("grade", "年级", "whole"),
        heading("class_no", "班号", "whole"),
        heading("pupils_n", "现有人数", "whole"),
        heading("base", "标准班额", "whole"),
        heading("room_n", "标准班额内余位", "whole"),
        heading("cap", "长幼随学上限", "whole"),
        heading("sibling_room_n", "长幼随学余位", "whole"),
    ]
    return laid(rows, columns, title="逐班余位", sheet="逐班余位", fold=True, empty=NO_CLASSES)
