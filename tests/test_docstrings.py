"""Whatever a face names says what it takes and gives, in a form that numpydoc's own parser reads whole."""

import inspect
import types
from collections.abc import Iterator

import pytest
from numpydoc.docscrape import get_doc_object
from numpydoc.validate import validate

import zhaosheng_analysis as zs

# Numpydoc also asks for a longer summary, for See Also and an example everywhere, and for its own place of the quotes.
NOT_ASKED = {"ES01", "SA01", "EX01", "GL01", "GL02"}
NOT_YET = {"sentences"}


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


PUBLIC = {name: thing for package in sorted(set(zs.__all__) - NOT_YET) for name, thing in public(package).items()}


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_public_says_what_it_takes_and_gives(name):
    thing = PUBLIC[name]
    found = [(code, said) for code, said in validate(get_doc_object(thing))["errors"] if code not in NOT_ASKED]
    if inspect.isclass(thing) and "__init__" not in vars(thing):
        found = [(code, said) for code, said in found if not code.startswith("PR")]
    if inspect.isclass(thing) and hasattr(thing, "__dataclass_fields__"):
        found = [(code, said) for code, said in found if not code.startswith("PR")] + unsaid(thing)
    assert not found


def unsaid(record: type) -> list[tuple[str, str]]:
    """Find the fields of a dataclass that its section Attributes does not explain, each with its type."""
    said = {name: entry for entry in get_doc_object(record)["Attributes"] for name in entry.name.split(", ")}
    fields = [name for name in record.__dataclass_fields__ if not name.startswith("_")]
    return [("PR01", name) for name in fields if name not in said or not (said[name].type and said[name].desc)]


def faces() -> Iterator[tuple[str, str]]:
    """Find the functions that the faces themselves name."""
    for package in sorted(set(zs.__all__) - NOT_YET):
        face = getattr(zs, package)
        names = getattr(face, "__all__", [name for name, thing in vars(face).items() if thing in of_room(face)])
        yield from ((package, name) for name in names if inspect.isfunction(getattr(face, name)))


@pytest.mark.parametrize(("package", "name"), [*faces()])
def test_every_function_of_a_face_is_shown_at_work(package, name):
    lines = get_doc_object(getattr(getattr(zs, package), name))["Examples"]
    assert any(line.startswith(">>> ") for line in lines), "show it on the nine-plot town: zs.demo.nine_plots()"
