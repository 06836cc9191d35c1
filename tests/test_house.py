"""House rules that no linter knows."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Four hundred lines are asked whether they hold two nouns; five hundred do.
LONGEST_FILE = 500
# Spelt in two halves, so that this file does not contain what it forbids.
HOSTS = re.compile("|".join(a + b for a, b in [("py", r"pi\.org"), ("python", "hosted"), ("npm", r"js\.(org|com)")]))
MACHINE = re.compile(r"(?<![\w.])/(work|farm|root|home/\w+|Users|tmp/[a-z])[/ ]")
# The five districts of the mission are named in their policy files and in the recipes of the demo, nowhere else.
DISTRICTS = re.compile(
    r"laoting|pingcheng|quzhou|taobei|zhanhe|乐亭|平城|衢州|洮北|湛河|柯城|衢江|实验小学|(?<!A-)\b(PC|TB|QZ|ZH|LT)-\d"
    r"|[\"'](pc|tb|qz|zh|lt)\.\w"
)
MAY_NAME = {"policies", "demo"}
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "common", "core", "base", "misc", "part2"}


def tracked(*endings: str) -> list[Path]:
    """Return the files of the project with one of the endings, tracked by git or about to be."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = [name for name in listing.splitlines() if name.endswith(endings)]
    return [ROOT / name for name in names if (ROOT / name).exists()]


def explained(text: str) -> int:
    """Count the lines of docstrings, which may be as long as there is something to say."""
    owners = ast.Module | ast.ClassDef | ast.FunctionDef
    firsts = [
        node.body[0] for node in ast.walk(ast.parse(text)) if isinstance(node, owners) and ast.get_docstring(node)
    ]
    return sum(first.end_lineno - first.lineno + 1 for first in firsts)


@pytest.mark.parametrize("path", tracked(".py"), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_file_is_short_and_its_name_says_something(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) - explained(text) <= LONGEST_FILE
    assert path.stem not in SAYS_NOTHING


def test_no_registry_host_and_no_path_of_a_machine_is_named():
    endings = (".py", ".md", ".toml", ".ipynb", ".yml", ".lock", ".html", ".typ", "Makefile", "run")
    texts = {path: path.read_text(encoding="utf-8") for path in tracked(*endings)}
    named = [str(path) for path, text in texts.items() if HOSTS.search(text) or MACHINE.search(text)]
    assert not named


def test_no_district_is_named_outside_its_policy_and_the_demo():
    package = ROOT / "zhaosheng_analysis"
    endings = (".py", ".pyi", ".toml", ".csv", ".html", ".typ", ".js", ".css")
    read = [path for path in tracked(*endings) if package in path.parents and not MAY_NAME & set(path.parts)]
    assert len(read) > 150
    # Examples are there to be tried: those of docstrings, and the nine lines of the README in that of the package.
    example = re.compile(r'^ *Examples\n *-{8}\n.*?"""', re.MULTILINE | re.DOTALL)
    texts = {
        path: example.sub("", path.read_text(encoding="utf-8")) for path in read if path != package / "__init__.py"
    }
    named = {path.relative_to(package).as_posix(): hit[0] for path in texts if (hit := DISTRICTS.search(texts[path]))}
    assert not named


def test_chance_is_never_global():
    package = [path for path in tracked(".py") if "tests" not in path.parts]
    forbidden = re.compile(r"np\.random\.(?!Generator|default_rng)|^import random|from random import", re.MULTILINE)
    assert not [str(path) for path in package if forbidden.search(path.read_text(encoding="utf-8"))]


def test_nothing_of_the_registry_tool_is_committed():
    assert not tracked("uv.lock", "pylock.toml")
