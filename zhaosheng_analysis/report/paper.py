"""What paper shows of a report: blocks with their cells written and their Markdown reduced to plain nodes.

The PDF and the Word file are set from the same pieces, so that they say the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import mistune

from zhaosheng_analysis import figures
from zhaosheng_analysis.report.blocks import brief
from zhaosheng_analysis.report.pages import NUMBERS
from zhaosheng_analysis.texts import labels

if TYPE_CHECKING:
    from zhaosheng_analysis.report.pages import Document

CELL_PT, INSET_PT = 7.6, 7.0  # letter size of a cell and its padding, as in report.typ


def printed(document: Document) -> dict:
    """Return everything paper shows, cells already written.

    Parameters
    ----------
    document : Document
        The report.

    Returns
    -------
    dict of str to object
        Plain JSON: head, version, font, blocks, foot and the words of every page.
    """
    return {
        "head": document.head,
        "version": document.version,
        "font": figures.style.FAMILY,
        "blocks": [_block(block) for block in document.blocks],
        "foot": [list(pair) for pair in document.foot],
        "words": {name: labels.sentence(name) for name in ("synthetic", "not_a_basis")},
    }


def _block(block: dict) -> dict:
    """Return one block as the template wants it; folded tables are left to the workbook."""
    if block["kind"] == "text":
        parse = mistune.create_markdown(renderer="ast")
        nodes = [node for node in map(_node, parse(block["markdown"])) if node]
        return {"kind": "text", "style": block["style"], "nodes": nodes}
    if block["kind"] in ("figure", "map"):
        return {"kind": "picture", "svg": block["svg"], "title": block["title"], "note": block["note"]}
    if block["fold"]:
        return {
            "kind": "pointer",
            "text": f"{block['title']}：{len(block['rows'])} 行，见 Excel 的「{block['sheet']}」表。",
        }
    return _table(block)


def _table(block: dict) -> dict:
    """Return a table with its cells written and its columns measured."""
    block = brief(block)
    columns, rows = block["columns"], block["rows"]
    cells = [[_cell(value, column) for value, column in zip(row, columns, strict=True)] for row in rows]
    return {
        "kind": "table",
        "title": block["title"],
        "note": block["note"],
        "empty": block["empty"],
        "labels": ["\n".join(column["lines"]) for column in columns],
        "aligns": ["right" if column["format"] in NUMBERS else "left" for column in columns],
        "widths": [_width(column, [row[at]["text"] for row in cells]) for at, column in enumerate(columns)],
        "cells": [cell for row in cells for cell in row],
    }


def _cell(value: labels.Cell, column: dict) -> dict:
    cell = {"text": _breaking(labels.written(value, column))} | (labels.tone(value, column) or {})
    if column["format"] == "setting":
        cell["pairs"] = [[words, _breaking(code)] for words, code in value]
    return cell


def _breaking(text: str) -> str:
    """Let a long name such as lt.carry_online_ts break after its marks."""
    return re.sub(r"(?<=[a-z0-9])([_.,+])(?=[a-z])", "\\1\u200b", text)


def _width(column: dict, texts: list[str]) -> str:
    """Return the width of a column: the share of the line that its table gives it, else what its longest word needs."""
    if column["share"]:
        return f"{column['share']}fr"
    longest = max(map(_half_widths, [*column["lines"], *texts]))
    return f"{longest * CELL_PT / 2 + INSET_PT:.1f}pt"


def _half_widths(text: str) -> int:
    """Count a text in half letters: a Chinese character is two."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text) + 1


def _node(token: dict) -> dict | None:
    """Reduce Markdown to headings, paragraphs and lists of inline nodes."""
    if token["type"] == "heading":
        return {"type": "heading", "level": token["attrs"]["level"], "children": _inline(token["children"])}
    if token["type"] == "paragraph":
        return {"type": "paragraph", "children": _inline(token["children"])}
    if token["type"] == "list":
        items = [_inline(item["children"][0]["children"]) for item in token["children"]]
        return {"type": "list", "items": items}
    written = token.get("raw", "").strip()  # a mark of Markdown nobody of us uses: it came with a name, and is text
    return {"type": "paragraph", "children": [{"type": "text", "text": written}]} if written else None


def _inline(tokens: list[dict]) -> list[dict]:
    """Reduce inline Markdown to text, strong, code and breaks."""
    kinds = {"text": "text", "codespan": "code", "softbreak": "break", "linebreak": "break"}
    return [
        {"type": kinds[token["type"]], "text": token.get("raw", "")}
        if token["type"] in kinds
        else {"type": token["type"], "children": _inline(token.get("children", []))}
        for token in tokens
    ]
