"""A package is entered by its face: nobody outside imports one of its rooms that the face does not name.

Which packages may know which is said in ``[tool.importlinter]`` of pyproject.toml and checked beside this.
"""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import zhaosheng_analysis

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "zhaosheng_analysis"
PACKAGES = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.pyi"))
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def entered(path: Path) -> list[tuple[str, str]]:
    """Return what a module takes from other packages, as (package, name); a name with a dot went past the face."""
    own, taken = path.relative_to(PACKAGE).parts[0], []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("zhaosheng_analysis."):
            continue
        package, _, room = node.module.removeprefix("zhaosheng_analysis.").partition(".")
        if package != own and package in PACKAGES:
            taken += [(package, f"{room}.{alias.name}" if room else alias.name) for alias in node.names]
    return taken


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_other_packages_are_entered_by_their_face(path):
    public = {package: importlib.import_module(f"zhaosheng_analysis.{package}").__all__ for package in PACKAGES}
    past = [f"{package}.{name}" for package, name in entered(path) if name not in public[package]]
    assert not past, f"name it in the face, or ask the face for it: {past}"


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_face_names_is_there_and_it_opens_with_a_paragraph(package):
    face = importlib.import_module(f"zhaosheng_analysis.{package}")
    assert all(getattr(face, name) is not None for name in face.__all__)
    assert len(face.__doc__.split()) > 20, "say what a newcomer needs to know"


def test_every_package_is_exposed_and_nothing_else_is():
    floors = {"tiers"}
    assert set(zhaosheng_analysis.__all__) == set(PACKAGES) | floors


def test_what_is_exposed_does_not_depend_on_what_was_used_before():
    told = "import zhaosheng_analysis as zs; a = set(dir(zs)); zs.redraw.propose; print(sorted(set(dir(zs)) - a))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout) == []
