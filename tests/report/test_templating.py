"""Text from data is text in every page, and no page asks for anything."""

from importlib import resources

import pytest

from zhaosheng_analysis.report import pages, pdf, templating


@pytest.mark.parametrize(
    "text",
    [
        "![看](http://example.org/x.png)", "<img src=http://example.org/x.png>", "[点](http://example.org)",
        "[点](javascript:alert(1))", "[点](//example.org)", "[点](data:text/html,x)", "[点](../../x)",
        "<http://example.org>",
        "[点][1]\n\n[1]: http://example.org", "<script>alert(1)</script>", "- <b onclick=x>y</b>", "## <i>x</i>",
        "[点](\x01javascript:alert(1))", '[点](a "x\\" onclick=y")', "![](x)", "<!-- x -->", "&lt;script&gt;",
    ],
)  # fmt: skip
def test_no_markdown_of_a_name_comes_alive(text):
    written = templating.markdown(text)
    assert not [tag for tag in ("<img", "<a ", "<script", "<b ", "<i>", "<!--") if tag in written]


def test_our_own_links_and_stress_stay():
    assert templating.markdown("**重** [图](%E6%96%B9/plan.json) [段](#s1)") == (
        '<p><strong>重</strong> <a href="%E6%96%B9/plan.json">图</a> <a href="#s1">段</a></p>\n'
    )


@pytest.mark.parametrize("name", ["report", "index", "printout", "map_page", "redraw"])
def test_every_page_forbids_every_request(name):
    folder = resources.files("zhaosheng_analysis.report") / "templates"
    assert "opening.html" in (folder / f"{name}.html").read_text(encoding="utf-8")
    opening = (folder / "opening.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in opening
    assert "http" not in opening.replace("http-equiv", "")


def test_every_template_that_is_a_page_has_the_opening():
    folder = resources.files("zhaosheng_analysis.report") / "templates"
    ours = [path for path in folder.iterdir() if path.name.endswith(".html")]
    own = {path.name for path in ours if "<body" in path.read_text("utf-8")}
    assert own == {"report.html", "index.html", "printout.html", "map_page.html", "redraw.html"}


def document(text):
    head = {
        "title": text, "question": text, "headline": text, "facts": [(text, text)], "synthetic": False,
        "district": text, "policy": text, "markdown": text, "kind": "head", "day": "",
    }  # fmt: skip
    return pages.Document(
        "x", head, ({"kind": "text", "style": "prose", "markdown": text},), ((text, text),), "1", "2000-01-01"
    )


def test_a_hostile_text_is_printed_in_the_page_and_in_the_pdf():
    text = '#eval(1) <img src=x> ![x](http://example.org/x.png) $x$ #read("/etc/passwd")'
    page = pages.html(document(text))
    assert "<img" not in page
    assert pdf.pdf(document(text)).startswith(b"%PDF")


def test_what_markdown_would_swallow_is_printed_in_the_pdf():
    block = pdf._block({"kind": "text", "style": "prose", "markdown": "<b>某校</b>\n\n    四格\n\n字"})
    assert "某校" in str(block["nodes"])
    assert "四格" in str(block["nodes"])
