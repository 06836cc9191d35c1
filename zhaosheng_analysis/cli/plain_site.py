"""The handbook where the program is installed and there is no checkout: the same pages, made by the package alone.

No search and no reference of the interface, for which the site of a checkout has tools of its own.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_MARKED = re.compile(r"<h(\d)>(.*?)\s*\{ #([\w-]+) \}</h\1>")
_HEADING = re.compile(r"<h([23])>(.*?)</h\1>")
_LINK = re.compile(r'href="(?!https?:)([^"#]*?)\.md(#[^"]*)?"')
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


def build(source: Path) -> dict[str, str]:
    """Write every page of a staged handbook as HTML.

    Parameters
    ----------
    source : Path
        Folder with zensical.toml, which names the pages in their order, and docs/ with the pages.

    Returns
    -------
    dict of str to str
        The whole page by its path; each carries the list of all.
    """
    pages = source / "docs"
    named = tomllib.loads((source / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
    listed = [(title, path) for title, path in _flat(named) if (pages / path).is_file()]
    return {path.removesuffix(".md") + ".html": _page(pages / path, path, listed) for _, path in listed}


def _flat(nav: list[dict[str, object]]) -> Iterator[tuple[str, str]]:
    """Yield title and path of every page, depth first."""
    for entry in nav:
        for title, what in entry.items():
            if isinstance(what, str):
                yield title, what
            else:
                yield from _flat(what)


def _page(file: Path, path: str, listed: list[tuple[str, str]]) -> str:
    from zhaosheng_analysis.report import pages, templating

    up = "../" * path.count("/")
    text = _COMMENT.sub("", file.read_text(encoding="utf-8"))
    return (
        templating.templates()
        .get_template("handbook.html")
        .render(
            title=_TITLE.search(text)[1].replace("`", ""),
            body=_html(text),
            nav=[(title, up + other.removesuffix(".md") + ".html", other == path) for title, other in listed],
            report_css=pages.style(),
        )
    )


def _html(text: str) -> str:
    """Make HTML of a page; headings get the anchors that links of other pages name."""
    import mistune

    made = mistune.create_markdown(plugins=["table", "strikethrough"])(text)
    made = _MARKED.sub(r'<h\1 id="\3">\2</h\1>', made)
    made = _HEADING.sub(lambda it: f'<h{it[1]} id="{re.sub("<.*?>", "", it[2])}">{it[2]}</h{it[1]}>', made)
    return _LINK.sub(lambda it: f'href="{it[1]}.html{it[2] or ""}"', made)
