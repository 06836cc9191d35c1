"""The command line: one room a noun, each importing what it needs only when a verb is called.

``from zhaosheng_analysis.cli import app`` is the whole of it for programs that call the verbs themselves.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    """Return the application, made when it is first asked for."""
    if name == "app":
        from zhaosheng_analysis.cli.main import app

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
