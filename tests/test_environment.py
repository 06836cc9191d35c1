"""pyproject.toml is the source; environment.yml and requirements.lock must say the same."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent


def declared() -> dict[str, str]:
    """Return every requirement of pyproject.toml, as name to specifier."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    return {canonicalize_name(r.name): str(r.specifier) for r in map(Requirement, lines)}


def conda() -> dict[str, str]:
    """Return every requirement of environment.yml but Python and the project itself."""
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    lines = [e for e in entries if isinstance(e, str)]
    lines += [e for section in entries if isinstance(section, dict) for e in section["pip"]]
    requirements = [Requirement(line) for line in lines if line != "-e ."]
    return {canonicalize_name(r.name): str(r.specifier) for r in requirements if r.name not in {"python", "pip"}}


def test_environment_yml_declares_what_pyproject_declares():
    assert conda() == declared()


def test_environment_yml_asks_for_the_python_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    assert f"python{project['project']['requires-python']}" in entries


def test_the_lock_pins_every_declared_package_with_a_hash():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = {canonicalize_name(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)}
    assert set(declared()) <= pinned
    entries = re.split(r"^(?=[A-Za-z0-9._-]+==)", lock, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_names_no_address():
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
