"""The Word file says what the PDF says: words, every cell, pictures; the same report gives the same bytes."""

import io
import re
import zipfile

import docx as word
import matplotlib.figure
import pandas as pd
import pytest

from zhaosheng_analysis import demo
from zhaosheng_analysis.report import blocks, letters, pages, pdf
from zhaosheng_analysis.report import word as writer

HEAD = {
    "title": "学区调整听证材料",
    "question": "为什么调整？",
    "headline": "甲小学缺 12 个学位。",
    "synthetic": True,
    "facts": [("区县", "九院（130225）")],
}


def document(*pieces: blocks.Block) -> pages.Document:
    return pages.Document(
        "hearing", HEAD, tuple(piece.data for piece in pieces), (("程序", "0.1"),), "0.1", "2026-03-01"
    )


@pytest.fixture(scope="module")
def pieces() -> tuple[blocks.Block, ...]:
    fig = matplotlib.figure.Figure(figsize=(3, 2))
    fig.suptitle("figure")
    fig.add_subplot().plot([1, 2])
    table = pd.DataFrame({"name": ["甲<b>小学", "乙=1+1"], "seats_n": [90, 45]})
    headings = [blocks.heading("name", "学校"), blocks.heading("seats_n", "学位", "whole")]
    return (
        blocks.text("## 一、调查\n\n先看**缺口**，再看：\n\n- 一项\n- 两项"),
        blocks.laid(table, headings, title="学位", sheet="学位", note="注：计划数。"),
        blocks.figure(fig, note="图注"),
    )


def text_of(book) -> str:
    return "\n".join(line.text for line in book.paragraphs)


def test_words_cells_and_pictures_are_all_there(pieces):
    book = word.Document(io.BytesIO(writer.docx(document(*pieces))))
    told = text_of(book)
    for words in (
        "学区调整听证材料",
        "为什么调整？",
        "甲小学缺 12 个学位。",
        "一、调查",
        "一项",
        "两项",
        "图注",
        "程序：0.1",
    ):
        assert words in told
    assert [[cell.text for cell in row.cells] for row in book.tables[0].rows] == [
        ["学校", "学位"],
        ["甲<b>小学", "90"],
        ["乙=1+1", "45"],
    ]
    assert len(book.inline_shapes) == 1
    assert "示例数据" in book.sections[0].header.paragraphs[0].text
    strong = [run.text for line in book.paragraphs for run in line.runs if run.bold]
    assert "缺口" in strong


def test_the_word_file_and_the_pdf_say_the_same(pieces):
    import pypdf

    made = document(*pieces)
    paper = pypdf.PdfReader(io.BytesIO(pdf.pdf(made)))
    printed = re.sub(r"[\s：]", "", "".join(page.extract_text() for page in paper.pages))
    book = word.Document(io.BytesIO(writer.docx(made)))
    words = [line.text for line in book.paragraphs] + [
        cell.text for table in book.tables for row in table.rows for cell in row.cells
    ]
    assert words
    assert not [one for one in words if re.sub(r"[\s：]", "", one) not in printed]


def test_the_same_report_gives_the_same_bytes_and_names_no_moment(pieces):
    one, other = (writer.docx(document(*pieces)) for _ in range(2))
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        properties = archive.read("docProps/core.xml").decode()
        outside = [name for name in archive.namelist() if name.endswith(".rels") and b"External" in archive.read(name)]
    assert re.findall(r"\d{4}-\d\d-\d\d", properties) == ["2026-03-01", "2026-03-01"]
    assert not outside


def test_a_letter_is_its_own_lines_and_its_table():
    town = demo.nine_plots()
    lines = ["1. 依据：**不是粗体**", "", "2. <script>alert(1)</script>"]
    table = pd.DataFrame({"学校": ["甲"], 2026: [3]})
    book = word.Document(io.BytesIO(writer.docx(letters.letter("预警", lines, town, table=table, above="学校"))))
    told = text_of(book)
    assert "1. 依据：**不是粗体**" in told
    assert "2. <script>alert(1)</script>" in told
    assert [cell.text for cell in book.tables[0].rows[0].cells] == ["学校", "2026"]
