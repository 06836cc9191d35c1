"""Jinja templates, Leaflet and the package's own scripts, ready to be written into a page."""

from __future__ import annotations

import json
import re
from functools import cache

# A place of this page, or a file in a folder beside it: letters, 汉字, their percent codes.
_BESIDE = re.compile(r"#?(?:(?!\.\.)[\w.%~-]+/)*(?!\.\.)[\w.%~-]+")


def page(content: dict, *, title: str) -> str:
    """Return the map alone as one HTML page, for a notebook or to send around.

    Parameters
    ----------
    content : dict
        What the map draws, from `figures.maps.data`.
    title : str
        Its title.

    Returns
    -------
    str
        The whole page.
    """
    return templates().get_template("map_page.html").render(title=title, map=content, **assets())


def assets() -> dict[str, str]:
    """Return Leaflet's and our own script and style, ready to be put between tags.

    Returns
    -------
    dict of str to str
        Text by name.
    """
    return leaflet() | {"map_js": own("page_writing.js") + own("map.js"), "map_css": own("map.css")}


@cache
def leaflet() -> dict[str, str]:
    """Return Leaflet's script and style from its package, without their references to other files.

    Returns
    -------
    dict of str to str
        Text by name.
    """
    from importlib import resources

    folder = resources.files("xstatic.pkg.leaflet") / "data"
    script = (folder / "leaflet.js").read_text(encoding="utf-8")
    sheet = (folder / "leaflet.css").read_text(encoding="utf-8")
    return {
        "leaflet_js": re.sub(r"//# sourceMappingURL=.*", "", script).strip(),
        "leaflet_css": re.sub(r"url\([^)]*\)", "none", sheet),
    }


def markdown(text: str) -> str:
    """Write Markdown as HTML that neither shows nor leads to anything outside: names from data stand in these texts.

    Headings, lists and stress are ours; a picture, or a link that is more than the name of a file beside the page or a
    place within it, is printed as it was written.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    str
        HTML; no tag of the text itself is alive.
    """
    import mistune

    class Inward(mistune.HTMLRenderer):
        def image(self, text: str, url: str, title: str | None = None) -> str:
            return mistune.escape(f"![{text}]({url})" + (f" {title}" if title else ""))

        def link(self, text: str, url: str, title: str | None = None) -> str:
            if _BESIDE.fullmatch(url) and not title:
                return f'<a href="{mistune.escape(url)}">{text}</a>'
            return f"{text}（{mistune.escape(url)}）"

    return mistune.create_markdown(renderer=Inward(escape=True))(text)


def embedded(content: object) -> str:
    """Write JSON that may stand inside a script element: no ``</`` and no ``<!--`` can end it early.

    Parameters
    ----------
    content : object
        Plain values.

    Returns
    -------
    str
        JSON.
    """
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def own(name: str) -> str:
    """Return one of the package's own scripts or style sheets.

    Parameters
    ----------
    name : str
        Name of the file.

    Returns
    -------
    str
        Its text.
    """
    from importlib import resources

    return (resources.files("zhaosheng_analysis.report") / "templates" / name).read_text(encoding="utf-8")


@cache
def templates() -> object:
    """Return the templates of the package; everything put into them is escaped.

    Returns
    -------
    Environment
        Templates of jinja2.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    folder = PackageLoader("zhaosheng_analysis.report", "templates")
    templates = Environment(
        loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters["embedded"] = embedded
    return templates
