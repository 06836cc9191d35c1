"""Whatever a face names says what it takes and gives, in a form that numpydoc's own parser reads whole."""

import ast
import importlib
import importlib.util
import inspect
import re
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from numpydoc.docscrape import get_doc_object
from numpydoc.validate import validate

import zhaosheng_analysis as zs

# Numpydoc also asks for a longer summary, for See Also and an example everywhere, for its own place of the quotes, and
# for a capital letter before the name of a column.
NOT_ASKED = {"ES01", "SA01", "EX01", "GL01", "GL02", "PR08", "RT04"}


def defined(module: types.ModuleType) -> dict[str, object]:
    """Find the functions and classes a module defines, and the methods of the classes."""
    own = [thing for thing in vars(module).values() if getattr(thing, "__module__", None) == module.__name__]
    own = [thing for thing in own if inspect.isfunction(thing) or inspect.isclass(thing)]
    own += [thing for one in own if inspect.isclass(one) for thing in vars(one).values() if inspect.isfunction(thing)]
    return {thing.__qualname__: thing for thing in own}


def of_room(room: types.ModuleType) -> Iterator[object]:
    """Find the public functions and classes that a room defines: those of its ``__all__``, where it has one."""
    names = getattr(room, "__all__", [name for name in vars(room) if not name.startswith("_")])
    things = [thing for name, thing in vars(room).items() if name in names]
    for thing in things:
        if (inspect.isfunction(thing) or inspect.isclass(thing)) and thing.__module__ == room.__name__:
            yield thing


def public(package: str) -> dict[str, object]:
    """Find the functions and classes of a face and of the rooms it names, and the methods of the classes."""
    face = getattr(zs, package)
    named = [getattr(face, name) for name in face.__all__] if hasattr(face, "__all__") else [face]
    things = [thing for one in named for thing in (of_room(one) if inspect.ismodule(one) else [one])]
    things = [thing for thing in things if inspect.isfunction(thing) or inspect.isclass(thing)]
    methods = [thing for one in things if inspect.isclass(one) for thing in vars(one).values()]
    things += [thing for thing in methods if inspect.isfunction(thing) and not thing.__name__.startswith("_")]
    return {f"{thing.__module__}.{thing.__qualname__}".removeprefix("zhaosheng_analysis."): thing for thing in things}


PUBLIC = {name: thing for package in sorted(zs.__all__) for name, thing in public(package).items()}


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_public_says_what_it_takes_and_gives(name):
    assert not faults(PUBLIC[name])


def faults(thing: object) -> list[tuple[str, str]]:
    """Find what is wrong with a docstring; the fields of a dataclass are told as attributes."""
    found = [(code, said) for code, said in validate(get_doc_object(thing))["errors"] if code not in NOT_ASKED]
    if inspect.isclass(thing) and (hasattr(thing, "__dataclass_fields__") or "__init__" not in vars(thing)):
        found = [(code, said) for code, said in found if not code.startswith("PR")]
    return found + unsaid(thing) if hasattr(thing, "__dataclass_fields__") else found


def unsaid(record: type) -> list[tuple[str, str]]:
    """Find the fields of a dataclass that its section Attributes does not explain, each with its type."""
    said = {name: entry for entry in get_doc_object(record)["Attributes"] for name in entry.name.split(", ")}
    fields = [name for name in record.__dataclass_fields__ if not name.startswith("_")]
    return [("PR01", name) for name in fields if name not in said or not (said[name].type and said[name].desc)]


def faces() -> Iterator[tuple[str, str]]:
    """Find the functions that the faces themselves name."""
    for package in sorted(zs.__all__):
        face = getattr(zs, package)
        names = getattr(face, "__all__", [name for name, thing in vars(face).items() if thing in of_room(face)])
        yield from ((package, name) for name in names if inspect.isfunction(getattr(face, name)))


@pytest.mark.parametrize(("package", "name"), [*faces()])
def test_every_function_of_a_face_is_shown_at_work(package, name):
    lines = get_doc_object(getattr(getattr(zs, package), name))["Examples"]
    assert any(line.startswith(">>> ") for line in lines), "show it on the nine-plot town: zs.demo.nine_plots()"


MODULES = sorted(path for path in Path(zs.__path__[0]).rglob("*.py") if path.name != "__main__.py")


def leads(reference: str, module: types.ModuleType) -> bool:
    """Tell whether a dotted name is found from a module, its package or the whole."""
    for start in (module, importlib.import_module(module.__name__.rpartition(".")[0] or module.__name__), zs):
        place = start
        for name in reference.split("."):
            fields = getattr(place, "__annotations__", {})
            inside = getattr(place, name, fields.get(name))
            place = _room(place, name) if inside is None else inside
        if place is not None:
            return True
    return False


def _room(place: object, name: str) -> object:
    """Find a room of a package that the face does not name."""
    whole = f"{getattr(place, '__name__', '')}.{name}"
    return importlib.import_module(whole) if hasattr(place, "__path__") and importlib.util.find_spec(whole) else None


def module_of(path: Path) -> types.ModuleType:
    """Import the module that lies at a path."""
    parts = path.relative_to(Path(zs.__path__[0]).parent).with_suffix("").parts
    return importlib.import_module(".".join(part for part in parts if part != "__init__"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(zs.__path__[0]).as_posix())
def test_a_docstring_with_sections_is_read_whole_by_numpydoc(path):
    sectioned = {name: thing for name, thing in defined(module_of(path)).items() if "----\n" in (thing.__doc__ or "")}
    wrong = {name: faults(thing) for name, thing in sectioned.items()}
    assert not {name: found for name, found in wrong.items() if found}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(zs.__path__[0]).as_posix())
def test_a_dotted_name_in_a_docstring_leads_somewhere(path):
    module, tree, lost = module_of(path), ast.parse(path.read_text(encoding="utf-8")), []
    for node in ast.walk(tree):
        said = ast.get_docstring(node) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) else None
        own = {item.arg for item in ast.walk(node) if isinstance(item, ast.arg)}
        named = re.findall(r"(?<!`)`([a-zA-Z_]\w*(?:\.\w+)+)`(?!`)", said or "")
        lost += [name for name in named if name.partition(".")[0] not in own and not leads(name, module)]
    assert not lost
