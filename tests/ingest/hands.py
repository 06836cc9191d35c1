"""Folders of foreign files, as tests lay them out, and what is in a folder."""

from pathlib import Path


def place(folder: Path, recipe: str, **files: str | bytes) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "ingest.toml").write_text(recipe, encoding="utf-8")
    for name, content in files.items():
        stem, _, ending = name.rpartition("_")
        (folder / f"{stem}.{ending}").write_bytes(content.encode() if isinstance(content, str) else content)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
