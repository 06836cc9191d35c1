"""The page on which a clerk answers what ingest could not decide: only what is doubtful, without a network.

Comes in: the lines of decisions.csv. Goes out: one HTML file that hands out the same lines with the answers in them.
"""

from collections.abc import Sequence

from zhaosheng_analysis.ingest import answers
from zhaosheng_analysis.report import templating

KINDS = {
    "schools": "学校",
    "units": "小区或村",
    "zones": "学区",
    "areas": "片区",
    "streets": "道路",
    "addresses": "地址",
}
SCRIPTS = ("page_writing.js", "questions.js")


def page(lines: Sequence[dict[str, str]], *, file: str = "decisions.csv") -> str:
    """Return the page.

    Parameters
    ----------
    lines : sequence of dict of str to str
        From `ingest.answers.lines`: one a question, answered ones among them.
    file : str, optional
        What to call the file it hands out.

    Returns
    -------
    str
        The whole page.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> line = {"kind": "schools", "said": "一小", "is": "", "by": "", "on": "", "hint": "s1 第一小学", "rows": ""}
    >>> "第一小学" in zs.report.questions_page.page([line])
    True
    """
    board = {
        "lines": list(lines),
        "kinds": {line["kind"]: KINDS.get(line["kind"], line["kind"]) for line in lines},
        "columns": list(answers.COLUMNS.items()),
        "nobody": answers.NOBODY,
        "file": file,
    }
    return (
        templating.templates()
        .get_template("questions.html")
        .render(
            title="接收文件时要人决定的事",
            board=templating.embedded(board),
            sheet=templating.own("questions.css"),
            scripts=[templating.own(name) for name in SCRIPTS],
        )
    )
