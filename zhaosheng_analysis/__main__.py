"""``python -m zhaosheng_analysis``: the same as ``zhaosheng``; on a bare Python it builds the environment first."""

import sys
from importlib.util import find_spec

if __name__ == "__main__":
    if find_spec("typer") is None:
        from zhaosheng_analysis import bootstrap

        sys.exit(bootstrap.rerun(sys.argv[1:]))
    from zhaosheng_analysis.cli.main import main

    main()
