"""The report as a Word file, to be edited and stamped: what the PDF shows, in the styles of an office."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zhaosheng_analysis import figures
from zhaosheng_analysis.report import paper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docx.document import Document as Word
    from docx.text.paragraph import Paragraph

    from zhaosheng_analysis.report.pages import Document

#: Fonts every office in China has; another machine takes its own Chinese font instead.
BODY, TITLES = "仿宋", "黑体"
WIDTH_CM, MARGIN_CM = 17.0, 2.0  # of the text of an A4 page, and beside it
PICTURE_DPI = 144
POINTS_A_CM = 72 / 2.54
BODY_PT, CELL_PT, NOTE_PT = 12, 8, 9
#: The oldest day a zip archive can bear: one day for every part, whenever it was written.
_DAY = (1980, 1, 1, 0, 0, 0)


def docx(document: Document) -> bytes:
    """Return the report as the bytes of a Word file; the same report gives the same bytes.

    Parameters
    ----------
    document : Document
        The report.

    Returns
    -------
    bytes
        The file.
    """
    import docx as word

    book, shown = word.Document(), paper.printed(document)
    _styles(book)
    _frame(book, shown)
    _head(book, shown["head"])
    for block in shown["blocks"]:
        _WRITERS[block["kind"]](book, block)
    for label, value in shown["foot"]:
        _small(book, f"{label}：{value}")
    day = datetime.fromisoformat(document.day)
    book.core_properties.author, book.core_properties.title = "zhaosheng_analysis", shown["head"]["title"]
    book.core_properties.created = book.core_properties.modified = day
    draft = io.BytesIO()
    book.save(draft)
    return _steady(draft)


def _styles(book: Word) -> None:
    """Set body and headings in the fonts of an office, with a page of A4."""
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    for name, font in (("Normal", BODY), ("Title", TITLES), ("Heading 1", TITLES), ("Heading 2", TITLES)):
        style = book.styles[name]
        style.font.name, style.font.color.rgb = font, RGBColor(0x1F, 0x29, 0x33)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(key), None)
        fonts.set(qn("w:eastAsia"), font)
    book.styles["Normal"].font.size = Pt(BODY_PT)
    section = book.sections[0]
    section.page_width, section.page_height = Cm(WIDTH_CM + 2 * MARGIN_CM), Cm(29.7)
    section.left_margin = section.right_margin = Cm(MARGIN_CM)


def _frame(book: Word, shown: dict) -> None:
    """Write on every page its title, whether its children are made up, and its number."""
    section, head = book.sections[0], shown["head"]
    marks = [head["title"], *([shown["words"]["synthetic"]] if head["synthetic"] else [])]
    section.header.paragraphs[0].text = "　".join(marks)
    foot = section.footer.paragraphs[0]
    foot.text = shown["words"]["not_a_basis"] + "　"
    _page_number(foot)


def _page_number(line: Paragraph) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    line._p.append(field)


def _head(book: Word, head: dict) -> None:
    book.add_paragraph(head["title"], style="Title")
    if head["question"]:
        _small(book, head["question"])
    if head["headline"]:
        _run(book.add_paragraph(), head["headline"]).bold = True
    for label, value in head["facts"]:
        _small(book, f"{label}：{value}")


def _text(book: Word, block: dict) -> None:
    """Write headings, paragraphs and lists."""
    for node in block["nodes"]:
        if node["type"] == "heading":
            _inline(book.add_heading(level=min(node["level"] - 1, 2) or 1), node["children"])
        elif node["type"] == "list":
            for item in node["items"]:
                _inline(book.add_paragraph(style="List Bullet"), item)
        else:
            _inline(book.add_paragraph(), node["children"])


def _inline(line: Paragraph, nodes: Iterable[dict], *, strong: bool = False) -> None:
    for node in nodes:
        if "children" in node:
            _inline(line, node["children"], strong=strong or node["type"] == "strong")
        else:
            _run(line, " " if node["type"] == "break" else node["text"]).bold = strong or None


def _run(line: Paragraph, text: str) -> Any:
    """Add words to a line; a mark where a name may break is not written."""
    return line.add_run(text.replace("\u200b", ""))


def _small(book: Word, text: str) -> None:
    from docx.shared import Pt

    if text:
        line = book.add_paragraph()
        line.paragraph_format.space_before = Pt(NOTE_PT / 2)
        _run(line, text).font.size = Pt(NOTE_PT)


def _table(book: Word, block: dict) -> None:
    """Write a table whose first row stands again on every page."""
    from docx.oxml import OxmlElement
    from docx.shared import Cm

    _titled(book, block["title"])
    columns = len(block["labels"])
    if not block["cells"]:
        _small(book, block["empty"])
        return
    rows = [block["cells"][at : at + columns] for at in range(0, len(block["cells"]), columns)]
    table = book.add_table(rows=1 + len(rows), cols=columns, style="Table Grid")
    heads, widths = [{"text": label.replace("\n", "")} for label in block["labels"]], _widths_cm(block["widths"])
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)  # LibreOffice and WPS go by the columns, Word by the cells
    for at, cells in enumerate([heads, *rows]):
        row = table.rows[at]
        if at == 0:
            row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for place, cell, align, width in zip(row.cells, cells, block["aligns"], widths, strict=True):
            place.width = Cm(width)
            _cell(place, cell, right=align == "right")
    _small(book, block["note"])


def _widths_cm(widths: list[str]) -> list[float]:
    """Return the widths of columns: what each asks for in points, the rest of the line by the shares of the others."""
    points = [float(width[:-2]) if width.endswith("pt") else 0.0 for width in widths]
    shares = [float(width[:-2]) if width.endswith("fr") else 0.0 for width in widths]
    asked = [point / POINTS_A_CM for point in points]
    left = max(WIDTH_CM - sum(asked), 0.0)
    wide = [own or left * share / sum(shares) for own, share in zip(asked, shares, strict=True)]
    return [width * WIDTH_CM / sum(wide) for width in wide]


def _cell(place: Any, cell: dict, *, right: bool) -> None:
    """Write one cell, in its colour where it has one."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    line = place.paragraphs[0]
    pairs = [f"{words}（{code}）" if code else words for words, code in cell.get("pairs", ())]
    run = _run(line, "；".join(pairs) or cell["text"])
    run.font.size = Pt(CELL_PT)
    line.paragraph_format.space_before = line.paragraph_format.space_after = Pt(2)
    if right:
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if "fill" in cell:
        run.font.color.rgb = RGBColor.from_string(cell["ink"].removeprefix("#").upper())
        shade = OxmlElement("w:shd")
        shade.set(qn("w:val"), "clear")
        shade.set(qn("w:fill"), cell["fill"].removeprefix("#").upper())
        place._tc.get_or_add_tcPr().append(shade)


def _titled(book: Word, title: str) -> None:
    if title:
        line = book.add_paragraph()
        _run(line, title).bold = True
        line.paragraph_format.keep_with_next = True


def _picture(book: Word, block: dict) -> None:
    """Draw a figure as pixels: Word shows no vectors of ours."""
    from docx.shared import Cm

    book.add_picture(io.BytesIO(_pixels(block["svg"])), width=Cm(WIDTH_CM))
    book.inline_shapes[-1]._inline.docPr.set("descr", block["title"])
    _small(book, block["note"])


def _pixels(svg: str) -> bytes:
    """Return a vector picture as PNG bytes, with the fonts of the PDF."""
    import typst

    page = f"#set page(width: {WIDTH_CM}cm, height: auto, margin: 0pt)\n"
    page += '#image(bytes(sys.inputs.svg), format: "svg", width: 100%)'
    return typst.compile(
        page.encode(),
        format="png",
        ppi=PICTURE_DPI,
        font_paths=[str(figures.style.font_file().parent)],
        ignore_system_fonts=True,
        sys_inputs={"svg": svg},
    )


def _pointer(book: Word, block: dict) -> None:
    _small(book, block["text"])


_WRITERS = {"text": _text, "table": _table, "picture": _picture, "pointer": _pointer}


def _steady(draft: io.BytesIO) -> bytes:
    """Return the archive with one day for every part: the moment of writing is in no byte."""
    result = io.BytesIO()
    with zipfile.ZipFile(draft) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = zipfile.ZipInfo(name, _DAY)
            part.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(part, old.read(name))
    return result.getvalue()
