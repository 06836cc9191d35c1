"""House rules of the notebooks: they call, the package computes (design §2, style §8.3)."""

import ast
import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
LONGEST_CELL, MOST_LINES, MOST_CELLS = 10, 90, 25
MARK = "# NBVAL_CHECK_OUTPUT"
ALLOWED_IMPORTS = {"zhaosheng_analysis", "pandas", "matplotlib", "IPython"}
HEAD_WORDS = ("给谁看", "需要", "得到", "用时")

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def cells(path: Path, kind: str | None = None) -> list[dict]:
    """Return the cells of a notebook, of one kind if asked."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if kind in (None, cell["cell_type"])]


def source(cell: dict) -> str:
    """Return the text of a cell."""
    return "".join(cell["source"])


def test_it_opens_with_the_question_and_says_for_whom(path):
    first = source(cells(path)[0])
    assert first.startswith("# ")
    assert all(word in first for word in HEAD_WORDS)


def test_the_parameters_are_literals(path):
    first = cells(path, "code")[0]
    assert "parameters" in first["metadata"].get("tags", [])
    for statement in ast.parse(source(first)).body:
        assert isinstance(statement, ast.Assign)
        ast.literal_eval(statement.value)


def test_the_second_code_cell_imports_and_no_other_does(path):
    code = [ast.parse(source(cell)) for cell in cells(path, "code")]
    imports = [[n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)] for tree in code]
    assert imports[1]
    assert not any(imports[:1] + imports[2:])
    names = {a.name for n in imports[1] if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module for n in imports[1] if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= ALLOWED_IMPORTS


def test_the_cells_are_thin(path):
    code = [source(cell).rstrip().splitlines() for cell in cells(path, "code")]
    assert max(map(len, code)) <= LONGEST_CELL
    assert sum(map(len, code)) <= MOST_LINES
    assert len(code) <= MOST_CELLS


def test_nothing_is_defined_looped_over_shelled_out_or_commented_out(path):
    for cell in cells(path, "code"):
        text = source(cell)
        assert not re.search(r"^\s*[!%]", text, re.MULTILINE)
        forbidden = ast.FunctionDef | ast.ClassDef | ast.For | ast.While | ast.Lambda
        assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, forbidden)]
        comments = [line for line in text.splitlines() if line.lstrip().startswith("#") and line.strip() != MARK]
        assert not [line for line in comments if re.search(r"[=(]", line)]


def test_prose_comes_before_code(path):
    every = cells(path)
    code = [i for i, cell in enumerate(every) if cell["cell_type"] == "code"]
    for i in code[2:]:
        assert every[i - 1]["cell_type"] == "markdown", source(every[i])


def test_only_checked_cells_keep_output_and_count_and_there_is_one(path):
    code = cells(path, "code")
    checked = [cell for cell in code if source(cell).startswith(MARK)]
    assert checked
    assert all(cell["execution_count"] is not None and cell["outputs"] for cell in checked)
    rest = [cell for cell in code if cell not in checked]
    assert not [cell for cell in rest if cell["execution_count"] is not None or cell["outputs"]]


def test_it_ends_on_what_it_does_not_say(path):
    assert "没有说" in " ".join(source(cell) for cell in cells(path, "markdown")[-2:])


def test_the_kernel_is_python3(path):
    assert json.loads(path.read_text(encoding="utf-8"))["metadata"]["kernelspec"]["name"] == "python3"
