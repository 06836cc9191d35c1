"""Text from data is text in every page, and no page asks for anything."""

from importlib import resources

import pytest

from zhaosheng_analysis.report import pages, paper, pdf, templating

OPENING = '{% include "opening.html" %}'


@pytest.mark.parametrize(
    "text",
    [
        "![看](http://example.org/x.png)",
        "<img src=http://example.org/x.png>",
        "[点](http://example.org)",
        "[点](javascript:alert(1))",
        "[点](//example.org)",
        "[点](data:text/html,x)",
        "[点](../../x)",
        "<http://example.org>",
        "[点][1]\n\n[1]: http://example.org",
        "<script>alert(1)</script>",
        "- <b onclick=x>y</b>",
        "## <i>x</i>",
        "[点](\x01javascript:alert(1))",
        '[点](a "x\\" onclick=y")',
        "![](x)",
        "<!-- x -->",
        "&lt;script&gt;",
    ],
)
def test_no_markdown_of_a_name_comes_alive(text):
    written = templating.markdown(text)
    assert not [tag for tag in ("<img", "<a ", "<script", "<b ", "<i>", "<!--") if tag in written]


def test_our_own_links_and_stress_stay():
    assert templating.markdown("**重** [图](%E6%96%B9/plan.json) [段](#s1)") == (
        '<p><strong>重</strong> <a href="%E6%96%B9/plan.json">图</a> <a href="#s1">段</a></p>\n'
    )


def test_every_page_forbids_every_request():
    folder = resources.files("zhaosheng_analysis.report") / "templates"
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.name.endswith(".html")}
    own = {name: text for name, text in texts.items() if "<body" in text}
    assert {"report.html", "index.html", "printout.html", "map_page.html", "redraw.html"} <= set(own)
    assert all(text.lstrip().split("\n", 2)[0] == OPENING or f"\n{OPENING}" in text for text in own.values())
    assert "default-src 'none'" in texts["opening.html"]
    assert "http" not in texts["opening.html"].replace("http-equiv", "")


def document(text):
    head = {
        "title": text,
        "question": text,
        "headline": text,
        "facts": [(text, text)],
        "synthetic": False,
        "district": text,
        "policy": text,
        "markdown": text,
        "kind": "head",
        "day": "",
    }
    return pages.Document(
        "x", head, ({"kind": "text", "style": "prose", "markdown": text},), ((text, text),), "1", "2000-01-01"
    )


def test_a_hostile_text_is_printed_in_the_page_and_in_the_pdf():
    text = '#eval(1) <img src=x> ![x](http://example.org/x.png) $x$ #read("/etc/passwd")'
    page = pages.html(document(text))
    assert "<img" not in page
    assert pdf.pdf(document(text)).startswith(b"%PDF")


def test_what_markdown_would_swallow_is_printed_in_the_pdf():
    block = paper._block({"kind": "text", "style": "prose", "markdown": "<b>某校</b>\n\n    四格\n\n字"})
    assert "某校" in str(block["nodes"])
    assert "四格" in str(block["nodes"])
