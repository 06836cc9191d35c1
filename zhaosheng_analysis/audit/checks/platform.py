"""How registration was run: one platform, data shared between departments, papers compared by machine."""

import pandas as pd

from zhaosheng_analysis.audit.findings import Seen, View, seen
from zhaosheng_analysis.schema import TABLES

SOURCES = dict(TABLES["interfaces"].columns["source"].choices)


def interfaces(view: View, *, sources: tuple[str, ...]) -> Seen:
    """Find departments whose data are not connected.

    Parameters
    ----------
    view : View
        What the check may look at.
    sources : tuple of str
        Codes of the table interfaces that must be there.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    table = view.table("interfaces").set_index("source")["connected"]
    frame = pd.DataFrame({"school_id": "", "source": list(sources)})
    frame["source_said"] = frame["source"].map(SOURCES)
    return seen(frame, ~frame["source"].map(table).eq(True), "interfaces", "source")


def unmatched(view: View, *, sources: tuple[str, ...]) -> Seen:
    """Find departments with records that do not agree with the schools'."""
    rows = view.table("interfaces")
    rows = rows[rows["source"].isin(sources)].assign(school_id="")
    rows["source_said"] = rows["source"].map(SOURCES)
    return seen(rows, rows["unmatched_n"] > 0, "interfaces", "source")


def automatic(view: View) -> Seen:
    """Find kinds of proof that a machine compares in too small a share."""
    rows = view.table("verifications")
    shares = rows.assign(auto=rows["method"].eq("automatic")).groupby("item", as_index=False)["auto"].mean()
    shares = shares.assign(school_id="", share=shares["auto"].map("{:.0%}".format))
    shares["item_said"] = shares["item"].map(dict(TABLES["verifications"].columns["item"].choices))
    return seen(shares, shares["auto"] < view.chosen["verify.auto_share"], "verifications")


def platform(view: View) -> Seen:
    """Find schools whose registrations came through the platform in too small a share."""
    rows = view.table("applications")
    rows = rows[rows["channel"].notna()]
    shares = rows.assign(online=rows["channel"].eq("online")).groupby("school_id", as_index=False)["online"].mean()
    shares["share"] = shares["online"].map("{:.0%}".format)
    return seen(shares, shares["online"] < view.chosen["platform.share"], "applications")
